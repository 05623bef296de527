#include "sim/units.h"

#include "sim/math.h"

namespace dectbed::sim {

double dbm::milliwatt() const { return repro::exp10(milli / 10000.0); }

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
