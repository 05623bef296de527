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

shadow_field::local shadow_field::at(const sim::position& p) const {
    local l;
    for (auto* each : {&l.one_cos, &l.one_sin, &l.other_cos, &l.other_sin}) each->reserve(waves_.size());
    for (const wave& w : waves_) {
        const double one = std::fmod(w.one.times(p), two_pi), other = std::fmod(w.other.times(p) + w.phase, two_pi);
        l.one_cos.push_back(sim::repro::cos(one));
        l.one_sin.push_back(sim::repro::sin(one));
        l.other_cos.push_back(sim::repro::cos(other));
        l.other_sin.push_back(sim::repro::sin(other));
    }
    return l;
}

double shadow_field::loss_db(const local& a, const local& b) const {
    if (!on()) return 0;
    double sum = 0;
    for (std::size_t i = 0; i < waves_.size(); ++i) {
        // cos(one(a) + other(b)) + cos(one(b) + other(a))
        const double forth = a.one_cos[i] * b.other_cos[i] - a.one_sin[i] * b.other_sin[i];
        const double back = b.one_cos[i] * a.other_cos[i] - b.one_sin[i] * a.other_sin[i];
        sum += forth + back;
    }
    // Each pair of cosines has the variance 1, except where both ends are close together.
    const double loss = deviation_db_ * sum / std::sqrt(static_cast<double>(wave_count));
    return std::clamp(loss, -limit_db(), limit_db());
}

}  // namespace dectbed::radio
