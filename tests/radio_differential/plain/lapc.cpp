#include "tests/radio_differential/plain/lapc.h"

#include "radio/dlc_frame.h"

namespace dectbed::radio::plain {

namespace {
constexpr int retransmissions_max = 3;  // N250 (EN 300 175-4, annex A)
constexpr std::size_t piece_octets = 63;
}  // namespace

data_link::wishes data_link::send(const sim::bytes& message) {
    wishes w;
    if (dead_ || message.empty()) return w;
    sim::bytes rest = message;
    while (!rest.empty()) {
        piece p;
        while (!rest.empty() && p.octets.size() < piece_octets) {
            p.octets.push_back(rest.front());
            rest.erase(rest.begin());
        }
        p.last = rest.empty();
        pieces_.push_back(p);
    }
    next(w);
    return w;
}

void data_link::next(wishes& w) {
    if (waiting_ || pieces_.empty()) return;
    waiting_ = true;
    first_ = !spoken_;
    tries_ = 0;
    put_on_air(w);
}

void data_link::put_on_air(wishes& w) {
    dlc_frame f;
    f.kind = dlc_kind::i;
    f.new_link = first_;
    f.command_bit = own_ == side::fixed;
    f.send_number = static_cast<std::uint8_t>(number_);
    f.receive_number = static_cast<std::uint8_t>(expected_);
    f.more = !pieces_.front().last;
    f.information = pieces_.front().octets;
    w.frames.push_back(encode(f, signature_).value());
    w.clock = wishes::timer::start;
    spoken_ = true;
}

void data_link::ready_to_receive(bool new_link, wishes& w) {
    dlc_frame f;
    f.kind = dlc_kind::rr;
    f.new_link = new_link;
    f.command_bit = own_ == side::portable;
    f.receive_number = static_cast<std::uint8_t>(expected_);
    w.frames.push_back(encode(f, signature_).value());
    spoken_ = true;
}

/// The peer says which number it expects: the one after ours confirms it.
void data_link::confirm(int number, wishes& w) {
    if (!waiting_ || number == number_) return;
    waiting_ = false;
    number_ = 1 - number_;
    if (pieces_.front().last) ++w.confirmed;
    pieces_.pop_front();
    w.clock = wishes::timer::stop;
}

data_link::wishes data_link::frame_came(sim::byte_view octets) {
    wishes w;
    const auto decoded = decode_dlc_frame(octets, signature_);
    if (dead_ || !decoded) return w;
    const dlc_frame& f = decoded.value();
    if (f.link_number != 1 || f.sapi != 0 || f.receive_number > 1 || f.send_number > 1) return w;
    if (f.kind == dlc_kind::rr) {
        confirm(f.receive_number, w);
        next(w);
        return w;
    }
    if (f.kind != dlc_kind::i || f.command_bit == (own_ == side::fixed)) return w;
    confirm(f.receive_number, w);
    if (f.send_number == expected_) {
        expected_ = 1 - expected_;
        message_.insert(message_.end(), f.information.begin(), f.information.end());
        if (!f.more) {
            w.received.push_back(message_);
            message_.clear();
        }
    }
    // Our next I frame carries the number too; a first frame of a link wants an answer of its own.
    if (f.new_link || waiting_ || pieces_.empty()) ready_to_receive(f.new_link, w);
    next(w);
    return w;
}

data_link::wishes data_link::once_more() {
    wishes w;
    if (waiting_ && !dead_) {
        tries_ = tries_ == 0 ? 1 : tries_;
        put_on_air(w);
    }
    return w;
}

data_link::wishes data_link::timer_ran_out() {
    wishes w;
    if (!waiting_ || dead_) return w;
    if (tries_ == retransmissions_max) {
        dead_ = w.given_up = true;
        waiting_ = false;
        pieces_.clear();
        return w;
    }
    ++tries_;
    put_on_air(w);
    return w;
}

}  // namespace dectbed::radio::plain
