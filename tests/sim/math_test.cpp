#include "sim/math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "sim/random.h"

namespace dectbed::sim {
namespace {

constexpr double ulp_limit = 2.0;
constexpr int samples = 200'000;

using plain = double (*)(double);
using exact = std::function<long double(long double)>;

/// Distance from the exact value in units of the last place of the rounded exact value.
double ulps(double got, long double want) {
    const double rounded = static_cast<double>(want);
    if (got == rounded)
        return static_cast<double>(std::abs(got - want) / std::max<long double>(1e-320L, std::abs(want) * 0x1p-53L)) /
               2;
    int e = 0;
    std::frexp(std::abs(rounded), &e);
    const long double ulp = std::ldexp(1.0L, std::max(e - 53, -1074));
    return static_cast<double>(std::abs(static_cast<long double>(got) - want) / ulp);
}

double worst(plain f, const exact& reference, double low, double high, const char* name) {
    random_stream s(1, "math", name);
    double most = 0, where = 0;
    for (int i = 0; i < samples; ++i) {
        const double x = s.uniform(low, high);
        const double error = ulps(f(x), reference(x));
        if (error > most) {
            most = error;
            where = x;
        }
    }
    EXPECT_LE(most, ulp_limit) << name << " at " << where;
    return most;
}

/// Arguments spread evenly over orders of magnitude.
double worst_by_magnitude(plain f, const exact& reference, double low_exponent, double high_exponent,
                          const char* name) {
    random_stream s(2, "math", name);
    double most = 0, where = 0;
    for (int i = 0; i < samples; ++i) {
        const double x = std::ldexp(s.uniform(1, 2), static_cast<int>(s.uniform(low_exponent, high_exponent)));
        const double error = ulps(f(x), reference(x));
        if (error > most) {
            most = error;
            where = x;
        }
    }
    EXPECT_LE(most, ulp_limit) << name << " at " << where;
    return most;
}

#define EXPECT_ACCURATE(function, low, high)                                            \
    std::printf("%-8s [%g, %g] worst %.3f ulp\n", #function, double(low), double(high), \
                worst(                                                                  \
                    repro::function, [](long double x) { return ::function##l(x); }, low, high, #function))

TEST(repro_math, logarithms_are_within_two_units_of_the_last_place) {
    EXPECT_ACCURATE(log, 0.5, 2);
    EXPECT_ACCURATE(log, 0.999, 1.001);
    EXPECT_ACCURATE(log, 1e-5, 1e5);
    EXPECT_ACCURATE(log2, 0.5, 2);
    EXPECT_ACCURATE(log2, 0.999, 1.001);
    EXPECT_ACCURATE(log2, 1e-5, 1e5);
    EXPECT_ACCURATE(log10, 0.5, 2);
    EXPECT_ACCURATE(log10, 0.999, 1.001);
    EXPECT_ACCURATE(log10, 1e-5, 1e9);
    worst_by_magnitude(
        repro::log, [](long double x) { return std::log(x); }, -1070, 1023, "log");
    worst_by_magnitude(
        repro::log2, [](long double x) { return std::log2(x); }, -1070, 1023, "log2");
    worst_by_magnitude(
        repro::log10, [](long double x) { return std::log10(x); }, -1070, 1023, "log10");
}

TEST(repro_math, exponentials_are_within_two_units_of_the_last_place) {
    const exact ten = [](long double x) { return ::exp10l(x); };
    EXPECT_ACCURATE(exp, -1, 1);
    EXPECT_ACCURATE(exp, -700, 700);
    EXPECT_ACCURATE(exp2, -1, 1);
    EXPECT_ACCURATE(exp2, -1000, 1000);
    std::printf("exp10    worst %.3f ulp\n", worst(repro::exp10, ten, -1, 1, "exp10"));
    std::printf("exp10    worst %.3f ulp\n", worst(repro::exp10, ten, -300, 300, "exp10 wide"));
}

TEST(repro_math, powers_are_within_two_units_of_the_last_place) {
    random_stream s(3, "math", "pow");
    double most = 0;
    for (int i = 0; i < samples; ++i) {
        const double base = std::ldexp(s.uniform(1, 2), static_cast<int>(s.between(-40, 40)));
        const double e = s.uniform(-17, 17);
        most = std::max(
            most, ulps(repro::pow(base, e), std::pow(static_cast<long double>(base), static_cast<long double>(e))));
    }
    std::printf("pow      worst %.3f ulp\n", most);
    EXPECT_LE(most, ulp_limit);
}

TEST(repro_math, sine_and_cosine_are_within_two_units_of_the_last_place) {
    EXPECT_ACCURATE(sin, -4, 4);
    EXPECT_ACCURATE(cos, -4, 4);
    EXPECT_ACCURATE(sin, -1e5, 1e5);
    EXPECT_ACCURATE(cos, -1e5, 1e5);
    // Next to multiples of pi/2 the argument reduction is what counts.
    double most = 0;
    for (int k = 1; k <= 60'000; ++k) {
        const double x = k * 1.5707963267948966;
        most = std::max(most, ulps(repro::sin(x), ::sinl(x)));
        most = std::max(most, ulps(repro::cos(x), ::cosl(x)));
    }
    std::printf("sin, cos near k pi/2 worst %.3f ulp\n", most);
    EXPECT_LE(most, ulp_limit);
}

TEST(repro_math, error_functions_are_within_two_units_of_the_last_place) {
    EXPECT_ACCURATE(erf, -0.6, 0.6);
    EXPECT_ACCURATE(erf, -7, 7);
    EXPECT_ACCURATE(erfc, -7, 2);
    EXPECT_ACCURATE(erfc, 0, 5);
    EXPECT_ACCURATE(erfc, 5, 26);
    worst_by_magnitude(
        repro::erf, [](long double x) { return std::erf(x); }, -300, -1, "erf");
}

/// Newton's method in long double on the exact tail, from our own result.
long double quantile_exact(double p) {
    const bool upper = p > 0.5;
    const long double tail = upper ? 1.0L - p : p;
    long double x = -static_cast<long double>(repro::normal_quantile(static_cast<double>(tail)));
    for (int i = 0; i < 3; ++i) {
        const long double density = std::exp(-x * x / 2) * 0.3989422804014326779399460599L;
        // Around the middle the difference from one half is exact, the tail itself is not.
        const long double error = x < 0.7L ? (0.5L - tail) - 0.5L * std::erf(x * 0.7071067811865475244008443621L)
                                           : 0.5L * std::erfc(x * 0.7071067811865475244008443621L) - tail;
        x += error / density;
    }
    return upper ? x : -x;
}

TEST(repro_math, normal_quantile_is_within_two_units_of_the_last_place) {
    std::printf("quantile worst %.3f ulp\n",
                worst(
                    repro::normal_quantile, [](long double p) { return quantile_exact(static_cast<double>(p)); }, 0, 1,
                    "normal_quantile"));
    std::printf("quantile worst %.3f ulp\n",
                worst(
                    repro::normal_quantile, [](long double p) { return quantile_exact(static_cast<double>(p)); }, 1e-6,
                    0.075, "lower tail"));
    std::printf("quantile worst %.3f ulp\n",
                worst_by_magnitude(
                    repro::normal_quantile, [](long double p) { return quantile_exact(static_cast<double>(p)); }, -1000,
                    -1, "far tail"));
    EXPECT_EQ(repro::normal_quantile(0.5), 0.0);
    EXPECT_EQ(repro::normal_quantile(0.25), -repro::normal_quantile(0.75));
}

TEST(repro_math, edges_are_those_of_the_standard_library) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    EXPECT_EQ(repro::log(0), -infinity);
    EXPECT_EQ(repro::log(1), 0);
    EXPECT_EQ(repro::log(infinity), infinity);
    EXPECT_TRUE(std::isnan(repro::log(-1)));
    EXPECT_EQ(repro::exp(0), 1);
    EXPECT_EQ(repro::exp(-1000), 0);
    EXPECT_EQ(repro::exp(1000), infinity);
    EXPECT_EQ(repro::exp2(10), 1024);
    EXPECT_EQ(repro::exp2(-1074), 0x1p-1074);
    EXPECT_EQ(repro::exp10(0), 1);
    EXPECT_EQ(repro::log2(8), 3);
    EXPECT_EQ(repro::pow(2, 10), 1024);
    EXPECT_EQ(repro::pow(7, 0), 1);
    EXPECT_EQ(repro::sin(0), 0);
    EXPECT_EQ(repro::cos(0), 1);
    EXPECT_EQ(repro::erf(30), 1);
    EXPECT_EQ(repro::erf(-30), -1);
    EXPECT_EQ(repro::erfc(30), 0);
    EXPECT_EQ(repro::erfc(-30), 2);
    EXPECT_EQ(repro::normal_quantile(0), -infinity);
    EXPECT_EQ(repro::normal_quantile(1), infinity);
}

/// The bits themselves: they must be the same on every machine, so they are written down.
TEST(repro_math, results_have_the_bits_they_always_had) {
    EXPECT_EQ(repro::log(3.0), 0x1.193ea7aad030bp+0);
    EXPECT_EQ(repro::exp(1.0), 0x1.5bf0a8b145769p+1);
    EXPECT_EQ(repro::sin(1.0), 0x1.aed548f090ceep-1);
    EXPECT_EQ(repro::cos(1.0), 0x1.14a280fb5068cp-1);
    EXPECT_EQ(repro::log10(2.0), 0x1.34413509f79ffp-2);
    EXPECT_EQ(repro::exp10(0.5), 0x1.94c583ada5b53p+1);
    EXPECT_EQ(repro::pow(3.0, 2.5), 0x1.f2d4a45635640p+3);
}

}  // namespace
}  // namespace dectbed::sim
