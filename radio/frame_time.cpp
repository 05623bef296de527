#include "radio/frame_time.h"

namespace dectbed::radio {

namespace {
__extension__ typedef __int128 wide;

constexpr std::int64_t ppb_unit = 1'000'000'000;
constexpr std::int64_t ps_per_frame = 10'000'000'000;

wide floor_div(wide n, wide d) {  // d > 0
    const wide q = n / d;
    return n % d < 0 ? q - 1 : q;
}
// A bit of a clock that runs ppb fast lasts ps_per_frame / bits_per_frame * 1e9 / (1e9 + ppb).
wide numerator() { return static_cast<wide>(ps_per_frame) * ppb_unit; }
wide denominator(std::int32_t ppb) { return static_cast<wide>(bits_per_frame) * (ppb_unit + ppb); }
}  // namespace

sim::time_point station_timing::instant_of_bits(std::int64_t bits) const {
    const wide d = denominator(ppb_);
    const wide ps = floor_div((bits - origin_bits_) * numerator() + d / 2, d);
    return sim::time_point{sim::duration{origin_ps_ + static_cast<std::int64_t>(ps)}};
}

std::int64_t station_timing::bits_at(sim::time_point t) const {
    const wide ps = sim::picoseconds_of(t) - origin_ps_;
    // Half a picosecond is allowed for, because instant_of_bits rounds to the nearest: a bit begins at
    // the picosecond that function gives.
    const wide n = (2 * ps + 1) * denominator(ppb_);
    const wide d = 2 * numerator();
    wide q = floor_div(n, d);
    if (n == q * d) --q;  // exactly half a picosecond before a bit: that rounds up, to the next picosecond
    return origin_bits_ + static_cast<std::int64_t>(q);
}

slot_time station_timing::at(sim::time_point t) const {
    const std::int64_t bits = bits_at(t);
    std::int64_t frame = bits / bits_per_frame, rest = bits % bits_per_frame;
    if (rest < 0) {
        rest += bits_per_frame;
        --frame;
    }
    return {frame, static_cast<int>(rest / bits_per_slot), static_cast<int>(rest % bits_per_slot)};
}

std::int64_t station_timing::frame_not_before(sim::time_point t, int slot) const {
    const slot_time now = at(t);
    const slot_time here{now.frame, slot, 0};
    return instant_of(here) >= t ? now.frame : now.frame + 1;
}

station_timing station_timing::retuned(sim::time_point when, std::int32_t ppb) const {
    station_timing next = *this;
    // The new piece begins at the last whole bit, so that every bit so far keeps its instant.
    next.origin_bits_ = bits_at(when);
    next.origin_ps_ = sim::picoseconds_of(instant_of_bits(next.origin_bits_));
    next.ppb_ = ppb;
    return next;
}

}  // namespace dectbed::radio
