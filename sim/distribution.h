// A distribution of durations or of other non-negative quantities, as scenarios write them:
// "5 s", "uniform(1 s, 2 s)", "lognormal(median: 20 s, p95: 60 s)", "exponential(mean: 3 s)",
// "normal(mean: 3 s, sd: 1 s)" (cut at zero).
#pragma once

#include <string>

#include "sim/random.h"
#include "sim/time.h"

namespace dectbed::sim {

/// Parameters are in the caller's unit; for time that is seconds.
struct distribution {
    enum class family { constant, uniform, normal, lognormal, exponential };
    family kind = family::constant;
    double a = 0;  ///< constant: value; uniform: low; normal: mean; lognormal: median; exponential: mean
    double b = 0;  ///< uniform: high; normal: standard deviation; lognormal: 95th percentile

    static distribution constant(double value) { return {family::constant, value, 0}; }
    static distribution constant(duration value) { return constant(to_seconds(value)); }
    static distribution uniform(double low, double high) { return {family::uniform, low, high}; }
    static distribution normal(double mean, double sd) { return {family::normal, mean, sd}; }
    static distribution lognormal(double median, double p95) { return {family::lognormal, median, p95}; }
    static distribution exponential(double mean) { return {family::exponential, mean, 0}; }

    double sample(random_stream& stream) const;  ///< never negative
    duration sample_time(random_stream& stream) const { return from_seconds(sample(stream)); }
    double mean() const;
    friend bool operator==(const distribution& x, const distribution& y) {
        return x.kind == y.kind && x.a == y.a && x.b == y.b;
    }
};

}  // namespace dectbed::sim
