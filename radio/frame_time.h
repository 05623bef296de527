// DECT time: integers (frame, slot, bit) in the clock of a station, and its place in simulated time.
//
// EN 300 175-2, 4.2: a frame is 10 ms = 24 slots = 11520 bits; a slot is no whole number of picoseconds,
// so an instant is converted from the clock's origin in one step and rounded once. Nothing accumulates.
#pragma once

#include <cstdint>

#include "radio/air_interface.h"
#include "sim/time.h"

namespace dectbed::radio {

constexpr std::int64_t bits_per_slot = 480;
constexpr std::int64_t slots_per_frame = 24;
constexpr std::int64_t bits_per_frame = bits_per_slot * slots_per_frame;
constexpr std::int64_t frames_per_multiframe = 16;
constexpr int duplex_slots = 12;  ///< slot n: fixed part to portable part; slot n + 12: back
constexpr sim::duration frame_nominal = std::chrono::milliseconds(10);

/// Bits on air of the physical packets (EN 300 175-2, 4.4): P00 is a dummy bearer's, P32 a full slot's
/// with the Z-field. Both carry the whole A-field within the first 96 bits.
constexpr std::int64_t bits_p00 = 96;
constexpr std::int64_t bits_p32 = 424;

/// Longer than an A-field is on the air (83.3 us) by any clock.
constexpr sim::duration a_field_at_most = frame_nominal / 100;

/// A place in a station's frame structure.
struct slot_time {
    std::int64_t frame = 0;  ///< frames since the station's frame 0; negative before it
    int slot = 0;            ///< 0..23
    int bit = 0;             ///< 0..479
    friend bool operator==(const slot_time& a, const slot_time& b) {
        return a.frame == b.frame && a.slot == b.slot && a.bit == b.bit;
    }
};

/// A station's clock as a piecewise affine function of simulated time: this piece starts at `origin`,
/// where the station has counted `origin_bits`, and runs `ppb` fast (negative: slow).
class station_timing {
  public:
    station_timing() { set_rate(0); }
    explicit station_timing(const station_clock& c) : origin_ps_(c.phase.count()), first_frame_(c.first_frame) {
        set_rate(c.ppb);
    }

    friend bool operator==(const station_timing& a, const station_timing& b) {
        return a.origin_ps_ == b.origin_ps_ && a.origin_bits_ == b.origin_bits_ && a.ppb_ == b.ppb_ &&
               a.first_frame_ == b.first_frame_;
    }
    std::int32_t ppb() const { return ppb_; }
    double bit_ps() const { return bit_ps_; }  ///< length of a bit

    /// Instant at which a number of bits since frame 0 has passed; nearest picosecond.
    sim::time_point instant_of_bits(std::int64_t bits) const;
    sim::time_point instant_of(const slot_time& t) const {
        return instant_of_bits(t.frame * bits_per_frame + t.slot * bits_per_slot + t.bit);
    }
    /// Whole bits passed at an instant. Inverse of instant_of_bits: bits_at(instant_of_bits(b)) == b.
    std::int64_t bits_at(sim::time_point t) const;
    slot_time at(sim::time_point t) const;
    /// First frame in which the bit at `slot` starts at `t` or later.
    std::int64_t frame_not_before(sim::time_point t, int slot) const;

    /// Frame number 0..15 and the 24-bit multiframe number of a frame.
    int frame_number(std::int64_t frame) const {
        return static_cast<int>((frame + first_frame_) & (frames_per_multiframe - 1));
    }
    std::int64_t multiframe(std::int64_t frame) const { return (frame + first_frame_) >> 4; }
    /// First frame with that frame number that is not before `frame`.
    std::int64_t next_frame_numbered(std::int64_t frame, int number) const {
        return frame + ((number - frame_number(frame)) & (frames_per_multiframe - 1));
    }

    /// Bits since frame 0 of multiframe 0: two stations in step count the same.
    std::int64_t counted_bits_at(sim::time_point t) const { return bits_at(t) + first_frame_ * bits_per_frame; }
    /// The same clock, later by so much.
    station_timing shifted(sim::duration by) const;
    /// In step with another clock, later by so much, but with the own numbers of frames.
    station_timing following(const station_timing& source, sim::duration by) const;
    /// The same clock with another rate from `when` on, without a jump there.
    station_timing retuned(sim::time_point when, std::int32_t ppb) const;

  private:
    void set_rate(std::int32_t ppb);

    std::int64_t origin_ps_ = 0, origin_bits_ = 0;
    double bit_ps_ = 0, denominator_inverse_ = 0;  // of the rate; they only guess, results are exact
    std::int32_t ppb_ = 0;
    std::uint8_t first_frame_ = 0;
};

}  // namespace dectbed::radio
