// A duplex bearer: a pair of slots on one carrier between a fixed and a portable part, each side on the air or not
// (EN 300 175-3, 5.5.2, 5.6.1: a TBC's physical half).
#pragma once

#include <array>
#include <cstdint>

#include "radio/a_field.h"
#include "radio/medium.h"
#include "radio/slot_type.h"

namespace dectbed::radio {

constexpr side other(side s) { return s == side::fixed ? side::portable : side::fixed; }

class duplex_bearer {
  public:
    struct parameters {
        station_index fixed = 0, portable = 0;
        station_timing timing;  ///< of the fixed part; the portable part follows it
        band region = band::eu;
        int carrier = 0, slot = 0;
        slot_type kind = slot_type::full;
        sim::dbm fixed_power, portable_power;
        std::uint32_t pmid = 0;
        rfpi identity;                   ///< of the fixed part
        std::int64_t request_frame = 0;  ///< the bearer request was in slot + 12 of this frame
    };
    duplex_bearer(medium& m, const parameters& p) : medium_(m), p_(p) {}
    ~duplex_bearer();
    duplex_bearer(const duplex_bearer&) = delete;
    duplex_bearer& operator=(const duplex_bearer&) = delete;

    const parameters& settings() const { return p_; }
    std::int64_t bits() const { return packet_bits(p_.kind); }  ///< of a burst
    int slot_of(side s) const { return p_.slot + (s == side::fixed ? 0 : duplex_slots); }

    void open(side s, std::int64_t first_frame);  ///< on the air from that frame on
    void close(side s);
    /// The fixed part's clock has been adjusted, and the portable part follows.
    void retime(const station_timing& timing);
    bool alive(side s) const { return plans_[place(s)] && plans_[place(s)]->until == never; }
    /// Null before open(); an ended plan after close().
    const plan_ptr& sent_by(side s) const { return plans_[place(s)]; }

    /// What a side gets of the other's burst in a frame.
    reception receive(side to, std::int64_t frame, std::int64_t bits, draw_purpose purpose);
    sim::time_point burst_start(side of, std::int64_t frame) const;
    sim::time_point burst_end(side of, std::int64_t frame, std::int64_t bits) const;
    /// First frame in which that side, or the one that opened last, can still begin a burst.
    std::int64_t next_frame(side of) const;

    /// For a capture: what a side's burst said.
    void tell(side s, std::int64_t frame, bool heard, const tail::any& said, bool q2 = true);

  private:
    static std::size_t place(side s) { return static_cast<std::size_t>(s); }
    station_index station(side s) const { return s == side::fixed ? p_.fixed : p_.portable; }

    medium& medium_;
    parameters p_;
    std::array<plan_ptr, 2> plans_;
};

}  // namespace dectbed::radio
