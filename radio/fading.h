// Block fading: multipath that is constant for a coherence time and independent from block to block.
//
// The gain of a path in a block is a pure function of a key, both stations, the centre frequency and the block's
// number, the same in both directions: Rice, with Rayleigh as its case K = 0. Frequencies fade independently
// (a simplification: indoors the coherence bandwidth is a few channels).
#pragma once

#include <cstdint>

#include "sim/time.h"
#include "sim/units.h"

namespace dectbed::radio {

enum class fading_kind : std::uint8_t { none, rayleigh, rice };

struct fading_parameters {
    fading_kind kind = fading_kind::none;
    double rice_k_db = 6.0;  ///< power of the steady path over that of all others; only of rice
    sim::duration coherence = std::chrono::milliseconds(100);
};

class fading {
  public:
    fading(const fading_parameters& p, std::uint64_t key);

    bool on() const { return on_; }
    sim::duration coherence() const { return coherence_; }
    std::int64_t block_of(sim::time_point t) const { return t.time_since_epoch() / coherence_; }
    sim::time_point start_of(std::int64_t block) const { return sim::time_point{block * coherence_}; }

    /// Gain over the mean, in -40..+10 dB (what is beyond counts as the limit).
    sim::db gain(std::uint64_t station, std::uint64_t other, std::int32_t centre_khz, std::int64_t block) const;
    static constexpr sim::db gain_max{10'000}, gain_min{-40'000};

    /// Probability that a block's gain lies below that.
    double probability_below(sim::db gain) const;

    /// Start of the first stretch within [from, until) that is at least `length` long and all of whose blocks have a
    /// gain below `limit`; `until` if there is none. Looks at about one block in (length / coherence).
    sim::time_point first_outage(std::uint64_t station, std::uint64_t other, std::int32_t centre_khz, sim::db limit,
                                 sim::duration length, sim::time_point from, sim::time_point until) const;

  private:
    bool on_;
    sim::duration coherence_;
    std::uint64_t key_;
    double k_ = 0, steady_ = 0;  // Rice factor; amplitude of the steady path
};

}  // namespace dectbed::radio
