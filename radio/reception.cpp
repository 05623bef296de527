#include "radio/reception.h"

#include <vector>

#include "sim/math.h"

namespace dectbed::radio {

namespace {
double between_hopeless_and_certain(sim::db margin) {
    constexpr double x_at_limit = 6.214608098422191;  // ln 500: exp(-x) / 2 = 1e-3
    const double x = x_at_limit * sim::repro::exp10(margin.value() / 10.0);
    double good = 1.0 - 0.5 * sim::repro::exp(-x);
    for (int doubling = 0; doubling < 6; ++doubling) good *= good;  // 64 bits
    return 1.0 - good;
}
}  // namespace

double a_field_error_probability(sim::db margin) {
    if (margin >= margin_certain) return 0.0;
    if (margin <= margin_hopeless) return 1.0;
    // Margins are whole thousandths: each is worked out once.
    static std::vector<double> known(static_cast<std::size_t>(margin_certain.milli - margin_hopeless.milli), -1.0);
    double& error = known[static_cast<std::size_t>(margin.milli - margin_hopeless.milli)];
    if (error < 0.0) error = between_hopeless_and_certain(margin);
    return error;
}

sim::db margin_needed(double luck) {
    sim::db too_little = margin_hopeless, enough = margin_certain;
    while (enough.milli - too_little.milli > 1) {
        const sim::db between{too_little.milli + (enough.milli - too_little.milli) / 2};
        (a_field_error_probability(between) <= luck ? enough : too_little) = between;
    }
    return enough;
}

}  // namespace dectbed::radio
