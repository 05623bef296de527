// Radio frequency bands as data: which carriers exist, where they lie and how loud one may be.
#pragma once

#include <cstdint>

#include "radio/air_interface.h"

namespace dectbed::radio {

constexpr int carriers_max = 10;  ///< of the basic band; extended carriers follow with the other regions

struct band_plan {
    band which = band::none;
    int carriers = 0;               ///< carrier numbers 0 .. carriers - 1
    std::int64_t first_hz = 0;      ///< carrier 0
    std::int64_t step_hz = 0;       ///< carrier c lies at first_hz - c * step_hz
    sim::dbm power_max;             ///< normal transmitted power
    std::uint16_t rf_carriers = 0;  ///< QT static, RF-cars: carrier 0 as bit 9

    /// Centre frequency, 0 <= carrier < carriers.
    std::int64_t centre_hz(int carrier) const { return first_hz - carrier * step_hz; }
    /// Carrier the primary receiver of every fixed part scans in frame n (EN 300 175-3, 11.8: one a
    /// frame, ascending, over the allowed carriers).
    int scanned_carrier(std::int64_t frame) const {
        const auto r = static_cast<int>(frame % carriers);
        return r < 0 ? r + carriers : r;
    }
};

/// The plan of a band; band::none has no carriers.
const band_plan& plan_of(band b);

}  // namespace dectbed::radio
