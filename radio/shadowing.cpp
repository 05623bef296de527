#include "radio/shadowing.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/math.h"
#include "sim/random.h"

namespace dectbed::radio {

namespace {
constexpr int wave_count = 32;
constexpr double two_pi = 6.283185307179586;
// The spectrum has a long tail; waves shorter than this part of the correlation distance are cut to it.
constexpr double shortest_wave = 50.0;  // rad per correlation distance
}  // namespace

shadow_field::shadow_field(double deviation_db, double correlation_m, std::uint64_t key) : deviation_db_(deviation_db) {
    if (!on()) return;
    std::uint64_t drawn = 0;
    const auto unit = [&] { return std::max(sim::random_unit(key, 0, drawn++), 0x1p-53); };
    const auto normal = [&] { return sim::repro::normal_quantile(unit()); };
    const auto draw = [&] {
        // exp(-d) has the spectrum of a multivariate Cauchy distribution: normal over |normal|.
        std::array<double, 3> k{};
        for (double& each : k) each = normal();
        const double scale = 1.0 / std::max(std::abs(normal()), 1.0 / shortest_wave);
        for (double& each : k) each = std::clamp(each * scale, -shortest_wave, shortest_wave) / correlation_m;
        return vector3{k[0], k[1], k[2]};
    };
    waves_.resize(wave_count);
    for (wave& w : waves_) {
        w.one = draw();
        w.other = draw();
        w.phase = two_pi * unit();
    }
}

double shadow_field::loss_db(const sim::position& a, const sim::position& b) const {
    double sum = 0;
    for (const wave& w : waves_) {
        const double forth = w.one.times(a) + w.other.times(b) + w.phase;
        const double back = w.one.times(b) + w.other.times(a) + w.phase;
        sum += sim::repro::cos(std::fmod(forth, two_pi)) + sim::repro::cos(std::fmod(back, two_pi));
    }
    // Each pair of cosines has the variance 1, except where both ends are close together.
    const double loss = deviation_db_ * sum / std::sqrt(static_cast<double>(wave_count));
    return std::clamp(loss, -limit_db(), limit_db());
}

}  // namespace dectbed::radio
