#include "radio/duplex_bearer.h"

#include <algorithm>

#include "radio/capture/observer.h"

namespace dectbed::radio {

duplex_bearer::~duplex_bearer() {
    close(side::fixed);
    close(side::portable);
}

void duplex_bearer::open(side s, std::int64_t first_frame) {
    plan t;
    t.transmitter = station(s);
    t.region = p_.region;
    t.carrier = p_.carrier;
    t.slot = slot_of(s);
    t.bits = bits();
    t.power = s == side::fixed ? p_.fixed_power : p_.portable_power;
    t.timing = p_.timing;
    t.since = t.burst_start(first_frame);
    plans_[place(s)] = medium_.begin(std::move(t));
}

void duplex_bearer::close(side s) {
    if (alive(s)) medium_.end(plans_[place(s)]);
}

void duplex_bearer::retime(const station_timing& timing) {
    p_.timing = timing;
    for (side s : {side::fixed, side::portable})
        if (alive(s)) medium_.retime(plans_[place(s)], timing);
}

reception duplex_bearer::receive(side to, std::int64_t frame, std::int64_t bits, draw_purpose purpose) {
    const plan_ptr& p = plans_[place(other(to))];
    return p ? medium_.receive(p, frame, bits, station(to), purpose) : reception::not_sent;
}

sim::time_point duplex_bearer::burst_start(side of, std::int64_t frame) const {
    return p_.timing.instant_of({frame, slot_of(of), 0});
}

sim::time_point duplex_bearer::burst_end(side of, std::int64_t frame, std::int64_t bits) const {
    return p_.timing.instant_of_bits(frame * bits_per_frame + slot_of(of) * bits_per_slot + bits);
}

std::int64_t duplex_bearer::next_frame(side of) const {
    const plan_ptr& p = plans_[place(of)];
    const auto now = medium_.simulation().now();
    return p_.timing.frame_not_before(p ? std::max(now, p->since) : now, slot_of(of));
}

void duplex_bearer::tell(side s, std::int64_t frame, bool heard, const tail::any& said, bool q2) {
    if (medium_.observer() == nullptr || !plans_[place(s)]) return;
    a_field a;
    a.header.ba = static_cast<std::uint8_t>(b_field::u_type);
    a.header.q2 = q2;
    a.content = said;
    tell_burst(medium_, *plans_[place(s)], frame, station(other(s)), heard, s, a,
               std::holds_alternative<tail::identity>(said));
}

}  // namespace dectbed::radio
