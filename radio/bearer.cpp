#include "radio/bearer.h"

#include "radio/identity.h"
#include "radio/t_mux.h"
#include "radio/timers.h"

namespace dectbed::radio {

bearer::bearer(medium& m, const parameters& p, bearer_events fixed, std::function<void()> retired)
    : medium_(m), p_(p), retired_(std::move(retired)) {
    end_of(side::fixed).own = p.fixed;
    end_of(side::portable).own = p.portable;
    const std::int64_t answer = p.request_frame + 1;
    open_end(side::fixed, std::move(fixed), answer);
    const plan& down = *end_of(side::fixed).transmission;
    const auto expected =
        down.timing.instant_of_bits(answer * bits_per_frame + slot_of(side::portable) * bits_per_slot + bits_p32);
    end_of(side::fixed).setup = m.simulation().kernel().at(expected, [this, answer] { other_expected(answer); });
}

bearer::~bearer() {
    retired_ = nullptr;
    for (side s : {side::fixed, side::portable}) close(s, release_reason::radio_off, false);
}

void bearer::open_end(side s, bearer_events events, std::int64_t first_frame) {
    end& e = end_of(s);
    e.active = true;
    e.events = std::move(events);
    e.link = std::make_unique<lapc>(s, link_signature(p_.pmid));
    plan t;
    t.transmitter = e.own;
    t.region = p_.region;
    t.carrier = p_.carrier;
    t.slot = slot_of(s);
    t.bits = bits_p32;
    t.power = s == side::fixed ? p_.fixed_power : p_.portable_power;
    t.timing = p_.timing;
    t.since = t.burst_start(first_frame);
    e.transmission = medium_.begin(std::move(t));
}

void bearer::confirm_received(bearer_events portable) {
    open_end(side::portable, std::move(portable), p_.request_frame + 1);
}

bool bearer::heard_by_portable(std::int64_t frame) {
    const end& fixed = end_of(side::fixed);
    if (!fixed.transmission) return false;
    const auto r = medium_.receive(fixed.transmission, frame, bits_p32, p_.portable, draw_purpose::bearer);
    if (medium_.observer() != nullptr && r != reception::not_sent) {
        if (frame == p_.request_frame + 1) {
            tell(side::fixed, frame, r == reception::good,
                 tail::basic_control{tail::basic_command::bearer_confirm, p_.identity.fmid(), p_.pmid});
        } else {
            tell(side::fixed, frame, r == reception::good, tail::identity{p_.identity, false});
        }
    }
    return r == reception::good;
}

/// For a capture: what a side's burst said. Q2 answers the peer's burst half a frame before.
void bearer::tell(side s, std::int64_t frame, bool heard, const tail::any& said) {
    if (medium_.observer() == nullptr) return;
    const end& peer = end_of(other(s));
    const std::int64_t answered = s == side::fixed ? frame - 1 : frame;
    a_field a;
    a.header.ba = static_cast<std::uint8_t>(b_field::u_type);
    a.header.q2 = peer.outstanding && peer.sent_in == answered ? peer.peer_received : true;
    a.content = said;
    tell_burst(medium_, *end_of(s).transmission, frame, peer.own, heard, s, a,
               std::holds_alternative<tail::identity>(said));
}

sim::time_point bearer::fixed_burst_end(std::int64_t frame) const {
    return p_.timing.instant_of_bits(frame * bits_per_frame + slot_of(side::fixed) * bits_per_slot + bits_p32);
}

sim::time_point bearer::portable_burst_start(std::int64_t frame) const {
    return p_.timing.instant_of({frame, slot_of(side::portable), 0});
}

/// EN 300 175-3, 10.5.1.1, step 6: "other" makes the bearer established for the fixed part; without it
/// the fixed part ends the set-up.
void bearer::other_expected(std::int64_t frame) {
    end& fixed = end_of(side::fixed);
    const end& portable = end_of(side::portable);
    const auto heard = portable.transmission
                           ? medium_.receive(portable.transmission, frame, bits_p32, fixed.own, draw_purpose::bearer)
                           : reception::not_sent;
    if (heard != reception::not_sent)
        tell(side::portable, frame, heard == reception::good, tail::identity{p_.identity, false});
    if (heard != reception::good) {
        close(side::fixed, release_reason::setup_failed, true);
        return;
    }
    fixed.established = true;
    fixed.watch = std::make_unique<signal_watch>(medium_, fixed.own, T201, margin_bearer,
                                                 [this] { close(side::fixed, release_reason::signal_lost, true); });
    fixed.watch->watch(portable.transmission);
    fixed.events.established();
}

void bearer::established_for_portable() {
    end& e = end_of(side::portable);
    e.established = true;
    e.watch = std::make_unique<signal_watch>(medium_, e.own, T201, margin_bearer,
                                             [this] { close(side::portable, release_reason::signal_lost, true); });
    e.watch->watch(end_of(side::fixed).transmission);
    e.events.established();
}

// --- data link -------------------------------------------------------------------------------------------

void bearer::send(side from, sim::bytes message) {
    end& e = end_of(from);
    if (!e.active || e.finishing || e.releasing) return;
    apply(from, e.link->send(std::move(message)));
}

void bearer::apply(side s, lapc_actions actions) {
    end& e = end_of(s);
    for (const sim::bytes& frame : actions.frames) enqueue(s, frame);
    if (actions.stop_timer || actions.start_timer) e.link_timer.cancel();
    if (actions.start_timer)
        e.link_timer = medium_.simulation().kernel().after(e.link->timer(),
                                                           [this, s] { apply(s, end_of(s).link->timer_expired()); });
    for (int i = 0; i < actions.acknowledged; ++i) e.events.sent();
    for (sim::bytes& message : actions.messages) e.events.received(std::move(message));
    if (actions.failed) release(s, release_reason::signal_lost);
    release_if_finished(s);
}

void bearer::enqueue(side s, const sim::bytes& frame) {
    end& e = end_of(s);
    for (std::size_t at = 0; at < frame.size(); at += segment_octets) {
        std::array<std::uint8_t, segment_octets> segment{};
        for (std::size_t i = 0; i < segment_octets; ++i) segment[i] = frame[at + i];
        e.segments.push_back(segment);
    }
    if (!e.opportunity.pending()) {
        const plan& t = *e.transmission;
        schedule_opportunity(s, t.timing.frame_not_before(std::max(medium_.simulation().now(), t.since), t.slot));
    }
}

// --- C-channel -------------------------------------------------------------------------------------------

void bearer::schedule_opportunity(side s, std::int64_t not_before) {
    end& e = end_of(s);
    const plan& t = *e.transmission;
    std::int64_t frame = not_before;
    if (!c_channel_frame(s, t.timing.frame_number(frame))) ++frame;
    e.opportunity =
        medium_.simulation().kernel().at(t.burst_end(frame, bits_p00), [this, s, frame] { opportunity(s, frame); });
}

/// A segment counts as taken if the peer had it and its next burst, half a frame later, says so (Q2).
bool bearer::acknowledged(side s) {
    const end& e = end_of(s);
    const end& peer = end_of(other(s));
    if (!e.peer_received || !peer.transmission) return false;
    const std::int64_t frame = s == side::fixed ? e.sent_in : e.sent_in + 1;
    const auto r = medium_.receive(peer.transmission, frame, bits_p00, e.own, draw_purpose::acknowledgement);
    if (r != reception::not_sent) tell(other(s), frame, r == reception::good, tail::identity{p_.identity, false});
    return r == reception::good;
}

/// The end of this side's burst in a frame in which it may send CT.
void bearer::opportunity(side s, std::int64_t frame) {
    end& e = end_of(s);
    end& peer = end_of(other(s));
    if (e.outstanding && acknowledged(s)) {
        e.segments.pop_front();
        e.packet_number ^= 1U;
        e.outstanding = false;
    }
    if (e.segments.empty()) {
        release_if_finished(s);
        return;
    }
    const std::array<std::uint8_t, segment_octets> segment = e.segments.front();
    e.outstanding = true;
    e.sent_in = frame;
    e.peer_received = peer.active && medium_.receive(e.transmission, frame, bits_p00, peer.own,
                                                     draw_purpose::segment) == reception::good;
    tell(s, frame, e.peer_received, tail::c_channel{e.packet_number, segment});
    schedule_opportunity(s, frame + 2);
    if (!e.peer_received || peer.expected_number != e.packet_number) return;
    peer.expected_number ^= 1U;
    deliver(other(s), segment);
}

void bearer::deliver(side to, const std::array<std::uint8_t, 5>& segment) {
    end& e = end_of(to);
    e.frame.insert(e.frame.end(), segment.begin(), segment.end());
    if (e.frame.size() < announced_length(e.frame)) return;
    sim::bytes frame = std::move(e.frame);
    e.frame.clear();
    if (!e.releasing) apply(to, e.link->receive(frame));
}

// --- end of an end -----------------------------------------------------------------------------------------

void bearer::finish(side from) {
    end_of(from).finishing = true;
    release_if_finished(from);
}

void bearer::release_if_finished(side s) {
    const end& e = end_of(s);
    if (e.finishing && e.active && e.link->idle() && e.segments.empty()) release(s);
}

void bearer::release(side from, release_reason why) {
    end& e = end_of(from);
    if (!e.active || e.releasing) return;
    e.releasing = true;
    e.segments.clear();
    e.outstanding = false;
    e.opportunity.cancel();
    e.link_timer.cancel();
    const plan& t = *e.transmission;
    const std::int64_t frame = t.timing.frame_not_before(std::max(medium_.simulation().now(), t.since), t.slot);
    e.releasing_burst = medium_.simulation().kernel().at(
        t.burst_end(frame, bits_p00), [this, from, frame, why] { release_burst(from, frame, 1, why); });
}

void bearer::release_burst(side s, std::int64_t frame, int remaining, release_reason why) {
    end& e = end_of(s);
    end& peer = end_of(other(s));
    const bool heard = peer.active && medium_.receive(e.transmission, frame, bits_p00, peer.own,
                                                      draw_purpose::segment) == reception::good;
    tell(s, frame, heard,
         tail::basic_release{
             0, 15, e.established ? tail::release_code::connection : tail::release_code::setup_or_handover_failed,
             p_.pmid});
    if (heard) close(other(s), peer.established ? release_reason::normal : release_reason::setup_failed, true);
    if (remaining == 0) {
        close(s, why, true);
        return;
    }
    e.releasing_burst = medium_.simulation().kernel().at(
        e.transmission->burst_end(frame + 1, bits_p00),
        [this, s, frame, remaining, why] { release_burst(s, frame + 1, remaining - 1, why); });
}

void bearer::drop(side from) { close(from, release_reason::radio_off, false); }

void bearer::close(side s, release_reason why, bool tell) {
    end& e = end_of(s);
    if (!e.active) return;
    e.active = e.established = e.releasing = false;
    e.opportunity.cancel();
    e.link_timer.cancel();
    e.setup.cancel();
    e.releasing_burst.cancel();
    if (e.watch) e.watch->stop();
    medium_.end(e.transmission);
    if (tell) e.events.closed(why);
    if (!end_of(other(s)).active && retired_) {
        const auto retired = std::move(retired_);
        retired_ = nullptr;
        retired();
    }
}

}  // namespace dectbed::radio
