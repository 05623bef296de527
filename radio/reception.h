// What a receiver can stand: sensitivity, co-channel and adjacent-channel protection, and the
// probability that an A-field arrives broken near those limits.
//
// One curve joins EN 300 175-2's figures: non-coherent FSK, BER = exp(-x) / 2, passes BER 1e-3 at a
// carrier-to-disturbance ratio of 11 dB, the very co-channel protection of 6.4. So noise counts as a
// disturbance 11 dB below the sensitivity, and everything is one margin in dB against BER 1e-3.
#pragma once

#include <array>
#include <cstdint>

#include "sim/units.h"

namespace dectbed::radio {

struct receiver_parameters {
    sim::dbm sensitivity{-83'000};  ///< BER 1e-3 (EN 300 175-2, 6.2)
    sim::db co_channel{11'000};     ///< wanted above interferer at BER 1e-3 (6.4)
    /// How much stronger a carrier 1, 2, 3 and more channels away may be than one on the own channel:
    /// 6.4 allows -13, -34 and -40 dB instead of 11 dB.
    std::array<sim::db, 3> rejection{sim::db{24'000}, sim::db{45'000}, sim::db{51'000}};
    /// Of a transmitter into channels 1, 2, 3, more away, at 24 dBm (5.5.1: -8, -30, -41, -44 dBm).
    std::array<sim::db, 4> leakage{sim::db{32'000}, sim::db{54'000}, sim::db{65'000}, sim::db{68'000}};
    sim::dbm rssi_floor{-93'000};    ///< 8.3: below it a channel counts as quiet
    sim::dbm rssi_ceiling{-33'000};  ///< top of the range: at or above it a channel is busy
    sim::db rssi_step{6'000};        ///< resolution of RSSI
};

/// Attenuation of a carrier so many channels away, as a disturbance.
constexpr sim::db rejection_at(const receiver_parameters& p, int channels) {
    return channels == 0 ? sim::db{0} : p.rejection[static_cast<std::size_t>(channels > 3 ? 3 : channels) - 1];
}
constexpr sim::db leakage_at(const receiver_parameters& p, int channels) {
    return channels == 0 ? sim::db{0} : p.leakage[static_cast<std::size_t>(channels > 4 ? 4 : channels) - 1];
}

/// Above this margin fewer than one A-field in a million is lost: counted as none.
constexpr sim::db margin_certain{4'500};
/// At or below this margin fewer than one in a thousand arrives: counted as none.
constexpr sim::db margin_hopeless{-6'000};
/// A disturbance so far below the noise changes a margin by less than 0.05 dB: it counts as none.
constexpr sim::db negligible{20'000};
/// Idle lock: below this, 31 multiframes in a row (T207) without a good frame 0 become likely.
constexpr sim::db margin_lock{-3'000};
/// Traffic bearer: below this, 500 frames in a row (T201) without a good A-field become likely.
constexpr sim::db margin_bearer{-5'000};

/// Probability that the 64 bits of an A-field hold an error; exactly 0 and 1 outside the two limits.
double a_field_error_probability(sim::db margin);
/// The least margin at which that is no greater than `luck`, 0..1: with a uniform draw, what it takes to arrive whole.
sim::db margin_needed(double luck);

}  // namespace dectbed::radio
