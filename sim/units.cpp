#include "sim/units.h"

#include <vector>

#include "sim/math.h"

namespace dectbed::sim {

// Interference sums ask for this by the million, so each thousandth of a decade is worked out once, when first
// needed; whole decades are exact enough to be a table from the start.
double dbm::milliwatt() const {
    constexpr std::int32_t decade = 10'000, decades_below = 30;
    static std::vector<double> mantissas(decade, 0.0);
    static const std::vector<double> powers = [] {
        std::vector<double> p;
        for (int e = -decades_below; e <= decades_below; ++e) p.push_back(repro::exp10(e));
        return p;
    }();
    std::int32_t exponent = milli / decade, rest = milli % decade;
    if (rest < 0) {
        rest += decade;
        --exponent;
    }
    if (exponent < -decades_below || exponent > decades_below) return repro::exp10(milli / 10000.0);
    double& mantissa = mantissas[static_cast<std::size_t>(rest)];
    if (mantissa == 0.0) mantissa = repro::exp10(rest / 10000.0);
    return mantissa * powers[static_cast<std::size_t>(exponent + decades_below)];
}

dbm dbm::of_milliwatt(double mw) {
    constexpr dbm nothing{-300'000};
    if (!(mw > 0)) return nothing;
    const dbm level = of(10.0 * repro::log10(mw));
    return level < nothing ? nothing : level;
}

double distance_m(const position& a, const position& b) {
    const double x = a.x_m - b.x_m, y = a.y_m - b.y_m, z = a.z_m - b.z_m;
    return std::sqrt(x * x + y * y + z * z);
}

}  // namespace dectbed::sim
