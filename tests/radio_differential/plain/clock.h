// A station's oscillator, written out: which picosecond a bit begins in.
#pragma once

#include <cstdint>
#include <limits>

namespace dectbed::radio::plain {

using ps = std::int64_t;  ///< picoseconds since the start of the run, or a span of them

constexpr ps millisecond = 1'000'000'000;
constexpr ps second = 1000 * millisecond;
constexpr ps forever = std::numeric_limits<ps>::max();
constexpr ps frame_length = 10 * millisecond;

constexpr int carriers = 10, slots = 24, slot_pairs = 12;
constexpr std::int64_t slot_bits = 480, frame_bits = slots * slot_bits;
constexpr std::int64_t short_burst = 96, full_burst = 424;  ///< P00, P32

struct oscillator {
    ps phase = 0;
    std::int32_t ppb = 0;
    int first_frame = 0;

    /// Bits since the clock's frame 0, times 10 ms a frame, at a rate of 1 + ppb / 1e9, to the nearest picosecond.
    ps instant(std::int64_t bits) const {
        __extension__ typedef __int128 wide;
        const wide top = static_cast<wide>(bits) * frame_length * 1'000'000'000;
        const wide bottom = static_cast<wide>(frame_bits) * (1'000'000'000 + ppb);
        const wide doubled = 2 * top + bottom;
        wide quotient = doubled / (2 * bottom);
        if (doubled < 0 && quotient * 2 * bottom != doubled) --quotient;
        return phase + static_cast<ps>(quotient);
    }
    ps instant(std::int64_t frame, int slot, std::int64_t bit) const {
        return instant(frame * frame_bits + slot * slot_bits + bit);
    }
    /// The last bit that has begun at `t`.
    std::int64_t bit_at(ps t) const {
        std::int64_t bits = (t - phase) / (frame_length / frame_bits);
        while (instant(bits) > t) --bits;
        while (instant(bits + 1) <= t) ++bits;
        return bits;
    }
    int frame_number(std::int64_t frame) const { return static_cast<int>((frame + first_frame) & 15); }
    std::int64_t multiframe(std::int64_t frame) const { return (frame + first_frame) / 16; }
};

}  // namespace dectbed::radio::plain
