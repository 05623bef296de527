#include "radio/shadowing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "sim/math.h"
#include "sim/random.h"

namespace dectbed::radio {

namespace {
constexpr std::size_t wave_count = 32;
typedef double lanes __attribute__((vector_size(16)));
typedef float rounded_lanes __attribute__((vector_size(16)));
// Of a sum of 128 products in single precision (half an ulp of 1 is u = 2^-24). A product of two rounded numbers of at
// most 1 is off by 3 u, the four of a wave and their sums of at most 4 by 20 u: 640 u for all waves. Eight lanes add up
// four waves each, at most 8 in all: 4 x 8 u each, 256 u; the lanes are added in three steps of at most 64: 192 u.
constexpr double sum_error = 1100 * 0x1p-24;
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
    if (!on()) return l;
    l.waves.resize(4 * wave_count);
    double* next = l.waves.data();
    for (const wave& w : waves_) {
        const double one = std::fmod(w.one.times(p), two_pi), other = std::fmod(w.other.times(p) + w.phase, two_pi);
        next[0] = sim::repro::cos(one);
        next[wave_count] = sim::repro::sin(one);
        next[2 * wave_count] = sim::repro::cos(other);
        next[3 * wave_count] = sim::repro::sin(other);
        ++next;
    }
    l.rounded.assign(l.waves.begin(), l.waves.end());
    return l;
}

double shadow_field::about_error_db() const {
    return deviation_db_ * sum_error / std::sqrt(static_cast<double>(wave_count));
}

double shadow_field::about_loss_db(const local& a, const local& b) const {
    if (!on()) return 0;
    const float* const one = a.rounded.data();
    const float* const other = b.rounded.data();
    const auto term = [&](std::size_t i) {  // as below
        const auto at = [i](const float* from, std::size_t quarter) {
            rounded_lanes v;
            std::memcpy(&v, from + quarter * wave_count + i, sizeof v);
            return v;
        };
        return (at(one, 0) * at(other, 2) - at(one, 1) * at(other, 3)) +
               (at(other, 0) * at(one, 2) - at(other, 1) * at(one, 3));
    };
    rounded_lanes even{}, odd{};
    for (std::size_t i = 0; i < wave_count; i += 8) {
        even += term(i);
        odd += term(i + 4);
    }
    even += odd;
    const double sum = static_cast<double>((even[0] + even[1]) + (even[2] + even[3]));
    const double loss = deviation_db_ * sum / std::sqrt(static_cast<double>(wave_count));
    return std::clamp(loss, -limit_db(), limit_db());
}

double shadow_field::loss_db(const local& a, const local& b) const {
    if (!on()) return 0;
    const double* const one = a.waves.data();
    const double* const other = b.waves.data();
    // cos(one(a) + other(b)) + cos(one(b) + other(a)), four waves side by side: pairs of numbers are what every
    // processor that we know works on at once, in the same way.
    const auto term = [&](std::size_t i) {
        const auto at = [i](const double* from, std::size_t quarter) {
            lanes v;
            std::memcpy(&v, from + quarter * wave_count + i, sizeof v);
            return v;
        };
        return (at(one, 0) * at(other, 2) - at(one, 1) * at(other, 3)) +
               (at(other, 0) * at(one, 2) - at(other, 1) * at(one, 3));
    };
    lanes even{}, odd{};
    for (std::size_t i = 0; i < wave_count; i += 4) {
        even += term(i);
        odd += term(i + 2);
    }
    even += odd;
    const double sum = even[0] + even[1];
    // Each pair of cosines has the variance 1, except where both ends are close together.
    const double loss = deviation_db_ * sum / std::sqrt(static_cast<double>(wave_count));
    return std::clamp(loss, -limit_db(), limit_db());
}

}  // namespace dectbed::radio
