#include "radio/lapc.h"

#include <algorithm>

#include "radio/timers.h"

namespace dectbed::radio {

namespace {
constexpr std::uint8_t class_a = 1;  // LLN
}  // namespace

const char* to_text(lapc_state s) {
    switch (s) {
        case lapc_state::unlinked:
            return "unlinked";
        case lapc_state::establishing:
            return "establishing";
        case lapc_state::established:
            return "established";
        case lapc_state::failed:
            return "failed";
    }
    return "failed";
}

lapc lapc::after_first(side own, std::uint16_t lsig, bool sent_it) {
    lapc l(own, lsig);
    l.state_ = lapc_state::established;
    l.first_sent_ = true;
    (sent_it ? l.vs_ : l.vr_) = 1;
    return l;
}

sim::bytes lapc::encode_own(dlc_frame f) const {
    f.link_number = class_a;
    return std::move(encode(f, lsig_).value());  // every field is in range by construction
}

sim::duration lapc::timer() const { return state_ == lapc_state::establishing ? DL_07 : DL_04; }

lapc_actions lapc::send(sim::bytes message) {
    lapc_actions out;
    if (state_ == lapc_state::failed || message.empty()) return out;
    for (std::size_t at = 0; at < message.size(); at += dlc_information_max) {
        const std::size_t n = std::min(dlc_information_max, message.size() - at);
        const auto from = message.begin() + static_cast<std::ptrdiff_t>(at);
        queue_.push_back({sim::bytes(from, from + static_cast<std::ptrdiff_t>(n)), at + n < message.size()});
    }
    transmit_next(out);
    return out;
}

void lapc::transmit_next(lapc_actions& out) {
    if (outstanding_ || queue_.empty()) return;
    outstanding_ = true;
    outstanding_new_link_ = !first_sent_;
    retransmissions_ = 0;
    if (state_ == lapc_state::unlinked) state_ = lapc_state::establishing;
    transmit(out);
    vs_ ^= 1U;
}

/// Sends the front of the queue. Its N(S) is V(S) the first time and V(S) - 1 afterwards; the caller
/// moves V(S) on after the first time, so a retransmission sees the other parity.
void lapc::transmit(lapc_actions& out) {
    const bool again = retransmissions_ > 0;
    dlc_frame f;
    f.new_link = outstanding_new_link_;
    f.command_bit = command_bit_of(own_, true);
    f.kind = dlc_kind::i;
    f.send_number = again ? vs_ ^ 1U : vs_;
    f.receive_number = vr_;
    f.more = queue_.front().more;
    f.information = queue_.front().octets;
    out.frames.push_back(encode_own(std::move(f)));
    out.start_timer = true;
    out.stop_timer = false;
    first_sent_ = true;
}

void lapc::receive_number(std::uint8_t nr, lapc_actions& out) {
    if (!outstanding_ || nr != vs_) return;
    outstanding_ = false;
    out.stop_timer = true;
    state_ = lapc_state::established;
    if (!queue_.front().more) ++out.acknowledged;
    queue_.pop_front();
}

lapc_actions lapc::receive(sim::byte_view octets) {
    lapc_actions out;
    const auto decoded = decode_dlc_frame(octets, lsig_);
    const side peer = own_ == side::fixed ? side::portable : side::fixed;
    if (state_ == lapc_state::failed || !decoded || decoded.value().link_number != class_a ||
        decoded.value().sapi != 0 || decoded.value().receive_number > 1 || decoded.value().send_number > 1) {
        ++discarded_;
        return out;
    }
    const dlc_frame& f = decoded.value();
    switch (f.kind) {
        case dlc_kind::i: {
            if (f.command_bit != command_bit_of(peer, true)) {
                ++discarded_;
                return out;
            }
            receive_number(f.receive_number, out);
            if (f.send_number == vr_) {
                vr_ ^= 1U;
                if (state_ == lapc_state::unlinked) state_ = lapc_state::established;
                partial_.insert(partial_.end(), f.information.begin(), f.information.end());
                if (!f.more) {
                    out.messages.push_back(std::move(partial_));
                    partial_.clear();
                } else if (partial_.size() > lapc_message_octets_max) {
                    partial_.clear();
                    ++discarded_;
                }
            }
            // An own I frame carries the acknowledgement too, unless the peer's first frame asks for RR.
            if (!outstanding_ && !queue_.empty() && !f.new_link) {
                transmit_next(out);
                return out;
            }
            dlc_frame rr;
            rr.new_link = f.new_link;
            rr.command_bit = command_bit_of(own_, false);
            rr.kind = dlc_kind::rr;
            rr.receive_number = vr_;
            out.frames.push_back(encode_own(std::move(rr)));
            first_sent_ = true;
            transmit_next(out);
            return out;
        }
        case dlc_kind::rr:
            receive_number(f.receive_number, out);
            transmit_next(out);
            return out;
        case dlc_kind::rnr:
        case dlc_kind::rej:
        case dlc_kind::u:  // not used in class A
            ++discarded_;
            return out;
    }
    return out;
}

lapc_actions lapc::repeat() {
    lapc_actions out;
    if (!outstanding_ || state_ == lapc_state::failed) return out;
    retransmissions_ = std::max(retransmissions_, 1);
    transmit(out);
    return out;
}

lapc_actions lapc::timer_expired() {
    lapc_actions out;
    if (!outstanding_ || state_ == lapc_state::failed) return out;
    if (retransmissions_ >= N250) {
        state_ = lapc_state::failed;
        queue_.clear();
        outstanding_ = false;
        out.failed = true;
        return out;
    }
    ++retransmissions_;
    transmit(out);
    return out;
}

}  // namespace dectbed::radio
