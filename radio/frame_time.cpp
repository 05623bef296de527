#include "radio/frame_time.h"

namespace dectbed::radio {

namespace {
__extension__ typedef __int128 wide;

// A bit of a clock that runs ppb fast lasts ps_per_frame / bits_per_frame * 1e9 / (1e9 + ppb), in lowest terms:
constexpr std::int64_t ppb_unit = 1'000'000'000;
constexpr std::int64_t numerator = 7'812'500 * ppb_unit;  // 10 ms and 11520 bits have 1280 in common
constexpr std::int64_t denominator(std::int32_t ppb) { return 9 * (ppb_unit + ppb); }
static_assert(frame_nominal.count() / 1280 == 7'812'500 && bits_per_frame / 1280 == 9);

/// Floor of n / d, d > 0, exactly. `guess` is the quotient in floating point, `inverse` is 1 / d: wide numbers are
/// quick to multiply and slow to divide, so the guesses are multiplied back until nothing but a remainder is left.
std::int64_t floor_div(wide n, std::int64_t d, double guess, double inverse) {
    const auto first = static_cast<std::int64_t>(guess);
    auto rest = static_cast<std::int64_t>(n - static_cast<wide>(first) * d);
    const auto second = static_cast<std::int64_t>(static_cast<double>(rest) * inverse);
    rest -= second * d;
    std::int64_t q = first + second;
    for (; rest < 0; rest += d) --q;
    for (; rest >= d; rest -= d) ++q;
    return q;
}
}  // namespace

void station_timing::set_rate(std::int32_t ppb) {
    ppb_ = ppb;
    bit_ps_ = static_cast<double>(numerator) / static_cast<double>(denominator(ppb));
    denominator_inverse_ = 1.0 / static_cast<double>(denominator(ppb));
}

sim::time_point station_timing::instant_of_bits(std::int64_t bits) const {
    const std::int64_t d = denominator(ppb_), passed = bits - origin_bits_;
    const std::int64_t ps = floor_div(static_cast<wide>(passed) * numerator + d / 2, d,
                                      static_cast<double>(passed) * bit_ps_, denominator_inverse_);
    return sim::time_point{sim::duration{origin_ps_ + ps}};
}

std::int64_t station_timing::bits_at(sim::time_point t) const {
    const std::int64_t ps = sim::picoseconds_of(t) - origin_ps_;
    // Half a picosecond is allowed for, because instant_of_bits rounds to the nearest: a bit begins at
    // the picosecond that function gives.
    constexpr std::int64_t d = 2 * numerator;
    constexpr double inverse = 1.0 / static_cast<double>(d);
    const std::int64_t dividend = denominator(ppb_);
    const wide n = (2 * static_cast<wide>(ps) + 1) * dividend;
    const double guess = static_cast<double>(ps) * static_cast<double>(dividend) * (2 * inverse);
    std::int64_t q = floor_div(n, d, guess, inverse);
    if (n == static_cast<wide>(q) * d) --q;  // exactly half a picosecond before a bit: that rounds up, to the next one
    return origin_bits_ + q;
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

station_timing station_timing::shifted(sim::duration by) const {
    station_timing later = *this;
    later.origin_ps_ += by.count();
    return later;
}

station_timing station_timing::following(const station_timing& source, sim::duration by) const {
    station_timing next = source.shifted(by);
    next.first_frame_ = first_frame_;
    next.origin_bits_ += (source.first_frame_ - first_frame_) * bits_per_frame;
    return next;
}

station_timing station_timing::retuned(sim::time_point when, std::int32_t ppb) const {
    station_timing next = *this;
    // The new piece begins at the last whole bit, so that every bit so far keeps its instant.
    next.origin_bits_ = bits_at(when);
    next.origin_ps_ = sim::picoseconds_of(instant_of_bits(next.origin_bits_));
    next.set_rate(ppb);
    return next;
}

}  // namespace dectbed::radio
