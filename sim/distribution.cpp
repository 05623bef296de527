#include "sim/distribution.h"

#include "sim/math.h"

namespace dectbed::sim {

namespace {

/// 95th percentile of the standard normal distribution.
constexpr double normal_p95 = 1.6448536269514722;

double sigma_of(double median, double p95) { return p95 > median ? repro::log(p95 / median) / normal_p95 : 0.0; }

double at_least_zero(double x) { return x > 0 ? x : 0.0; }

}  // namespace

double distribution::sample(random_stream& stream) const {
    // Every family but `constant` takes exactly one draw, so changing a parameter moves no later draw.
    switch (kind) {
        case family::constant:
            return at_least_zero(a);
        case family::uniform:
            return at_least_zero(stream.uniform(a, b));
        case family::normal:
            return at_least_zero(stream.normal(a, b));
        case family::lognormal: {
            const double z = stream.normal(0.0, 1.0);
            return a > 0 ? a * repro::exp(sigma_of(a, b) * z) : 0.0;
        }
        case family::exponential:
            return at_least_zero(stream.exponential(a));
    }
    return 0.0;
}

double distribution::mean() const {
    switch (kind) {
        case family::constant:
        case family::exponential:
            return a;
        case family::uniform:
            return (a + b) / 2;
        case family::normal: {
            if (b <= 0) return at_least_zero(a);
            // The cut at zero moves the mean: m * F(m/s) + s * f(m/s), F and f standard normal.
            constexpr double one_over_sqrt_2pi = 0.39894228040143267794, sqrt_half = 0.70710678118654752440;
            const double z = a / b;
            const double density = z * z > 1400 ? 0.0 : one_over_sqrt_2pi * repro::exp(-z * z / 2);
            return a * 0.5 * repro::erfc(-z * sqrt_half) + b * density;
        }
        case family::lognormal: {
            if (a <= 0) return 0.0;
            const double sigma = sigma_of(a, b);
            return a * repro::exp(sigma * sigma / 2);
        }
    }
    return 0.0;
}

}  // namespace dectbed::sim
