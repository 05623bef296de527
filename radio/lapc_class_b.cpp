#include "radio/lapc_class_b.h"

#include "radio/timers.h"

namespace dectbed::radio {

namespace {
constexpr std::uint8_t modulo = 8, window = 3;
constexpr std::uint8_t distance(std::uint8_t from, std::uint8_t to) {
    return static_cast<std::uint8_t>((to - from) & (modulo - 1));
}
}  // namespace

const char* to_text(lapc_b_state s) {
    switch (s) {
        case lapc_b_state::unlinked:
            return "unlinked";
        case lapc_b_state::establishing:
            return "establishing";
        case lapc_b_state::multi_frame:
            return "multi-frame";
        case lapc_b_state::timer_recovery:
            return "timer recovery";
        case lapc_b_state::re_establishing:
            return "re-establishing";
        case lapc_b_state::releasing:
            return "releasing";
        case lapc_b_state::refused:
            return "refused";
        case lapc_b_state::failed:
            return "failed";
    }
    return "failed";
}

// --- frames ------------------------------------------------------------------------------------------------

dlc_frame lapc_b::frame(dlc_kind kind, bool command) const {
    dlc_frame f;
    f.kind = kind;
    f.link_number = link_number_;
    f.command_bit = command_bit_of(own_, command);
    f.receive_number = vr_;
    return f;
}

void lapc_b::give(dlc_frame f, lapc_actions& out) const {
    out.frames.push_back(std::move(encode(f, lsig_).value()));  // every field is in range by construction
}

/// 9.2.5.8: RNR while the own receiver is busy, REJ for a sequence error that was not reported yet, else RR.
void lapc_b::give_supervisory(bool command, bool poll_final, lapc_actions& out) {
    dlc_kind kind = dlc_kind::rr;
    if (own_busy_) {
        kind = dlc_kind::rnr;
    } else if (sequence_error_) {
        kind = dlc_kind::rej;
        sequence_error_ = false;
        rejecting_ = true;
    }
    dlc_frame f = frame(kind, command);
    f.poll_final = poll_final;
    give(std::move(f), out);
}

void lapc_b::give_unnumbered(std::uint8_t which, bool command, bool poll_final, lapc_actions& out) const {
    dlc_frame f = frame(dlc_kind::u, command);
    f.receive_number = 0;
    f.new_link = true;
    f.unnumbered = which;
    f.poll_final = poll_final;
    give(std::move(f), out);
}

/// The I frame that establishes the link.
void lapc_b::give_front(lapc_actions& out) {
    dlc_frame f = frame(dlc_kind::i, true);
    f.new_link = f.poll_final = true;
    f.more = queue_.front().more;
    f.information = queue_.front().octets;
    give(std::move(f), out);
    start(out);
}

void lapc_b::start(lapc_actions& out) {
    timer_on_ = out.start_timer = true;
    out.stop_timer = false;
}

void lapc_b::stop(lapc_actions& out) {
    timer_on_ = out.start_timer = false;
    out.stop_timer = true;
}

sim::duration lapc_b::timer() const {
    switch (state_) {
        case lapc_b_state::establishing:
        case lapc_b_state::re_establishing:
            return DL_02;
        case lapc_b_state::releasing:
            return DL_00;
        default:
            return DL_04;
    }
}

// --- sending -----------------------------------------------------------------------------------------------

lapc_actions lapc_b::send(sim::bytes message) {
    lapc_actions out;
    if (state_ == lapc_b_state::failed || state_ == lapc_b_state::releasing || release_wanted_ || message.empty())
        return out;
    for (std::size_t at = 0; at < message.size(); at += dlc_information_max) {
        const std::size_t n = std::min(dlc_information_max, message.size() - at);
        const auto from = message.begin() + static_cast<std::ptrdiff_t>(at);
        queue_.push_back({sim::bytes(from, from + static_cast<std::ptrdiff_t>(n)), at + n < message.size()});
    }
    if (state_ == lapc_b_state::unlinked) {
        vs_ = va_ = vr_ = 0;
        retransmissions_ = 0;
        clear_exceptions();
        state_ = lapc_b_state::establishing;
        give_front(out);
        vs_ = 1;
    } else {
        (void)transmit(out);
    }
    return out;
}

/// 9.2.5.1. True if an I frame was sent.
bool lapc_b::transmit(lapc_actions& out) {
    if (state_ != lapc_b_state::multi_frame || peer_busy_) return false;
    bool any = false;
    for (std::uint8_t sent; (sent = distance(va_, vs_)) < window && sent < queue_.size(); any = true) {
        dlc_frame f = frame(dlc_kind::i, true);
        f.send_number = vs_;
        f.more = queue_[sent].more;
        f.information = queue_[sent].octets;
        give(std::move(f), out);
        vs_ = (vs_ + 1) % modulo;
        if (!timer_on_) start(out);
    }
    return any;
}

bool lapc_b::number_valid(std::uint8_t nr) const { return distance(va_, nr) <= distance(va_, vs_); }

/// 9.2.5.3.2. `keep_timer`: an answer with F set is awaited, or the peer is busy.
void lapc_b::acknowledge(std::uint8_t nr, bool keep_timer, lapc_actions& out) {
    const bool progress = nr != va_;
    for (; va_ != nr; va_ = (va_ + 1) % modulo) {
        if (!queue_.front().more) ++out.acknowledged;
        queue_.pop_front();
    }
    if (!progress || keep_timer) return;
    stop(out);
    if (va_ != vs_) start(out);
}

lapc_actions lapc_b::timer_expired() {
    lapc_actions out;
    timer_on_ = false;
    switch (state_) {
        case lapc_b_state::establishing:
        case lapc_b_state::re_establishing:
            if (retransmissions_ >= N250) {
                fail(out);
            } else {
                ++retransmissions_;
                if (state_ == lapc_b_state::establishing) {
                    give_front(out);
                } else {
                    give_unnumbered(u_sabm, true, true, out);
                    start(out);
                }
            }
            return out;
        case lapc_b_state::releasing:
            state_ = lapc_b_state::unlinked;  // abnormal, but over
            release_wanted_ = false;
            out.released = true;
            return out;
        case lapc_b_state::multi_frame:
        case lapc_b_state::timer_recovery:
            // 9.2.5.7
            retransmissions_ = state_ == lapc_b_state::multi_frame ? 0 : retransmissions_ + 1;
            state_ = lapc_b_state::timer_recovery;
            if (retransmissions_ < N250) {
                give_supervisory(true, true, out);
                start(out);
            } else {
                begin_anew(out);
            }
            return out;
        case lapc_b_state::unlinked:
        case lapc_b_state::refused:
        case lapc_b_state::failed:
            return out;
    }
    return out;
}

lapc_actions lapc_b::repeat() {
    // What was on the way is lost, as after a time-out, but nobody has been asked in vain yet.
    lapc_actions out = va_ != vs_ || !established() ? timer_expired() : lapc_actions{};
    if (state_ == lapc_b_state::establishing) retransmissions_ = 0;
    return out;
}

lapc_actions lapc_b::set_busy(bool busy) {
    lapc_actions out;
    if (busy == own_busy_) return out;
    own_busy_ = busy;
    if (established()) give_supervisory(false, false, out);
    return out;
}

lapc_actions lapc_b::release() {
    lapc_actions out;
    if (state_ == lapc_b_state::unlinked || state_ == lapc_b_state::refused || state_ == lapc_b_state::failed) {
        out.released = true;
        return out;
    }
    release_wanted_ = true;
    check_release(out);
    return out;
}

/// 9.2.6: normal release waits for what is outstanding, and for an establishment to be over.
void lapc_b::check_release(lapc_actions& out) {
    if (!release_wanted_ || !queue_.empty() || !established()) return;
    state_ = lapc_b_state::releasing;
    give_unnumbered(u_disc, true, true, out);
    start(out);
}

// --- receiving -----------------------------------------------------------------------------------------------

lapc_actions lapc_b::receive(sim::byte_view octets) {
    lapc_actions out;
    const auto decoded = decode_dlc_frame(octets, lsig_);
    if (!decoded || decoded.value().sapi != 0 || state_ == lapc_b_state::failed || state_ == lapc_b_state::refused) {
        ++discarded_;
        return out;
    }
    const dlc_frame& f = decoded.value();
    const side peer = own_ == side::fixed ? side::portable : side::fixed;
    const bool command = f.command_bit == command_bit_of(peer, true);
    const bool requests = f.kind == dlc_kind::i && command && f.new_link && f.send_number == 0 && f.poll_final;
    if (state_ == lapc_b_state::establishing) {
        receive_answer(f, command, out);
    } else if (state_ == lapc_b_state::unlinked && requests) {
        receive_first(f, out);
    } else if (f.kind == dlc_kind::u) {
        receive_u(f, command, out);
    } else if (requests && established() && vr_ == 1 &&
               (f.link_number == link_number_ || f.link_number == lln_unassigned)) {
        dlc_frame rr = frame(dlc_kind::rr, false);  // the answer to the first one was lost
        rr.new_link = rr.poll_final = true;
        give(std::move(rr), out);
    } else if (!established() || f.link_number != link_number_ || (f.kind == dlc_kind::i && !command)) {
        ++discarded_;
    } else if (!number_valid(f.receive_number)) {
        if (f.kind == dlc_kind::i && f.send_number == vr_ && !own_busy_) take(f, out);
        begin_anew(out);  // 9.2.9.2.2
    } else if (f.kind == dlc_kind::i) {
        receive_i(f, out);
    } else {
        receive_s(f, command, out);
    }
    check_release(out);
    return out;
}

/// 9.2.4.2: the peer asks for class B.
void lapc_b::receive_first(const dlc_frame& f, lapc_actions& out) {
    const bool assignable = f.link_number >= lln_class_b_first && f.link_number <= lln_class_b_last;
    // The portable part chooses the number, whoever asks.
    if (own_ == side::fixed ? !assignable : f.link_number != lln_unassigned) {
        ++discarded_;
        return;
    }
    if (assignable) link_number_ = f.link_number;
    clear_exceptions();
    retransmissions_ = 0;
    vs_ = va_ = 0;
    vr_ = 0;
    state_ = lapc_b_state::multi_frame;
    take(f, out);
    dlc_frame rr = frame(dlc_kind::rr, false);
    rr.new_link = rr.poll_final = true;
    give(std::move(rr), out);
    (void)transmit(out);
}

/// What comes while the own request waits for its RR.
void lapc_b::receive_answer(const dlc_frame& f, bool command, lapc_actions& out) {
    if (f.kind != dlc_kind::rr || command) {
        ++discarded_;
        return;
    }
    if (f.link_number == lln_class_a || f.link_number == lln_unassigned) {
        first_accepted_ = f.link_number == lln_class_a && f.new_link;
        if (first_accepted_ && !queue_.front().more) ++out.acknowledged;
        stop(out);
        state_ = lapc_b_state::refused;
        out.refused = true;
        return;
    }
    const bool chosen_by_peer = own_ == side::fixed && link_number_ == lln_unassigned;
    if (!f.poll_final || f.receive_number != 1 || (!chosen_by_peer && f.link_number != link_number_)) {
        ++discarded_;
        return;
    }
    link_number_ = f.link_number;
    state_ = lapc_b_state::multi_frame;
    retransmissions_ = 0;
    acknowledge(1, false, out);
    (void)transmit(out);
}

void lapc_b::take(const dlc_frame& f, lapc_actions& out) {
    vr_ = (vr_ + 1) % modulo;
    rejecting_ = sequence_error_ = false;
    partial_.insert(partial_.end(), f.information.begin(), f.information.end());
    if (!f.more) {
        out.messages.push_back(std::move(partial_));
        partial_.clear();
    } else if (partial_.size() > lapc_message_octets_max) {
        partial_.clear();
        ++discarded_;
    }
}

/// 9.2.5.2, 9.2.5.6, 9.2.9.2.1.
void lapc_b::receive_i(const dlc_frame& f, lapc_actions& out) {
    acknowledge(f.receive_number, state_ == lapc_b_state::timer_recovery || peer_busy_, out);
    if (own_busy_) {
        ++discarded_;
        if (f.send_number != vr_) sequence_error_ = !rejecting_;
        if (f.poll_final) give_supervisory(false, true, out);
        return;
    }
    if (f.send_number != vr_) {
        ++discarded_;
        if (!rejecting_) sequence_error_ = true;
        if (f.poll_final || sequence_error_) give_supervisory(false, f.poll_final, out);
        return;
    }
    take(f, out);
    if (f.poll_final) {
        give_supervisory(false, true, out);
        (void)transmit(out);
    } else if (!transmit(out)) {
        give_supervisory(false, false, out);
    }
}

/// 9.2.5.3 to 9.2.5.5, 9.2.5.7.
void lapc_b::receive_s(const dlc_frame& f, bool command, lapc_actions& out) {
    const bool answers = !command && f.poll_final;
    peer_busy_ = f.kind == dlc_kind::rnr;
    if (command && f.poll_final) give_supervisory(false, true, out);
    if (state_ == lapc_b_state::timer_recovery) {
        acknowledge(f.receive_number, true, out);
        if (!answers) return;
        state_ = lapc_b_state::multi_frame;
        retransmissions_ = 0;
        vs_ = f.receive_number;
        stop(out);
        if (peer_busy_) start(out);  // and then ask again
        (void)transmit(out);
        return;
    }
    const bool rejected = f.kind == dlc_kind::rej && !answers;  // an answer that nobody asked for is ignored
    acknowledge(f.receive_number, false, out);
    if (rejected) {
        vs_ = f.receive_number;
        stop(out);
    }
    if (peer_busy_) start(out);
    (void)transmit(out);
}

/// 7.11.5 to 7.11.9, 9.2.6, 9.2.8, 9.2.9.2.4.
void lapc_b::receive_u(const dlc_frame& f, bool command, lapc_actions& out) {
    const bool ours = f.link_number == link_number_;
    switch (f.unnumbered) {
        case u_sabm:
            if (!command || !f.new_link || !ours) break;
            if (established()) {
                give_unnumbered(u_ua, false, f.poll_final, out);
                anew(out);
            } else if (state_ == lapc_b_state::re_establishing) {
                give_unnumbered(u_ua, false, f.poll_final, out);  // the own one waits for its own UA
            } else {
                give_unnumbered(u_dm, false, f.poll_final, out);
            }
            return;
        case u_disc:
            if (!command || !f.new_link || !ours) break;
            if (established() || state_ == lapc_b_state::re_establishing) {
                give_unnumbered(u_ua, false, f.poll_final, out);
                stop(out);
                state_ = lapc_b_state::unlinked;
                queue_.clear();
                partial_.clear();
                release_wanted_ = false;
                out.released = true;
            } else if (state_ == lapc_b_state::releasing) {
                give_unnumbered(u_ua, false, f.poll_final, out);
            } else {
                give_unnumbered(u_dm, false, f.poll_final, out);
            }
            return;
        case u_ua:
        case u_dm: {
            if (command || !f.poll_final || !ours) break;
            const bool agreed = f.unnumbered == u_ua;
            if (state_ == lapc_b_state::releasing) {
                stop(out);
                state_ = lapc_b_state::unlinked;
                release_wanted_ = false;
                out.released = true;
            } else if (state_ == lapc_b_state::re_establishing) {
                stop(out);
                agreed ? anew(out) : fail(out);
            } else if (!agreed && state_ == lapc_b_state::timer_recovery) {
                begin_anew(out);
            } else {
                break;
            }
            return;
        }
        default:
            break;
    }
    ++discarded_;
}

// --- anew ----------------------------------------------------------------------------------------------------

void lapc_b::clear_exceptions() { peer_busy_ = own_busy_ = rejecting_ = sequence_error_ = false; }

void lapc_b::begin_anew(lapc_actions& out) {
    clear_exceptions();
    retransmissions_ = 0;
    state_ = lapc_b_state::re_establishing;
    give_unnumbered(u_sabm, true, true, out);
    start(out);
}

/// Both ends count from 0. What was sent and not acknowledged is lost, and all that waited behind it (9.2.8.2).
void lapc_b::anew(lapc_actions& out) {
    if (va_ != vs_) {
        for (const chunk& c : queue_) out.lost += c.more ? 0 : 1;
        queue_.clear();
    }
    vs_ = va_ = vr_ = 0;
    retransmissions_ = 0;
    clear_exceptions();
    partial_.clear();
    state_ = lapc_b_state::multi_frame;
    out.reestablished = true;
    stop(out);
    (void)transmit(out);
}

void lapc_b::fail(lapc_actions& out) {
    stop(out);
    state_ = lapc_b_state::failed;
    queue_.clear();
    release_wanted_ = false;
    out.failed = true;
}

// --- refusal -------------------------------------------------------------------------------------------------

std::deque<sim::bytes> lapc_b::take_unsent() {
    std::deque<sim::bytes> messages;
    sim::bytes whole;
    if (first_accepted_ && !queue_.empty()) queue_.pop_front();
    for (chunk& c : queue_) {
        whole.insert(whole.end(), c.octets.begin(), c.octets.end());
        if (c.more) continue;
        messages.push_back(std::move(whole));
        whole.clear();
    }
    queue_.clear();
    return messages;
}

sim::bytes lapc_b::refusal(side own, std::uint16_t lsig, bool accepted) {
    dlc_frame rr;
    rr.kind = dlc_kind::rr;
    rr.link_number = lln_class_a;
    rr.new_link = accepted;
    rr.command_bit = command_bit_of(own, false);
    rr.receive_number = accepted ? 1 : 0;
    return std::move(encode(rr, lsig).value());
}

}  // namespace dectbed::radio
