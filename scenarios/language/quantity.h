// Quantities with units and distributions, as scenarios write them: "30 s", "20 Mbit/s",
// "lognormal(median: 20 s, p95: 60 s)". Values are in the base unit of their dimension.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/distribution.h"

namespace dectbed::scenarios {

enum class dimension {
    number,       ///< no unit
    time,         ///< seconds
    rate,         ///< bit/s
    level,        ///< dBm
    gain,         ///< dB
    length,       ///< metres
    speed,        ///< m/s
    share,        ///< per one; written in %
    clock_error,  ///< ppm
    octets,       ///< octets; 1 kB = 1000 B, 1 KiB = 1024 B
};

struct unit {
    const char* name;
    double numerator, denominator;  ///< of the base unit; a quotient, so that "350 ms" is exactly 0.35
};
const std::vector<unit>& units_of(dimension d);
const char* name_of(dimension d);        ///< "time"
const char* example_of(dimension d);     ///< "30 s"
std::string expected_text(dimension d);  ///< "a time such as "30 s" (ps, ns, us, ms, s, min, h, d)"

/// The value, or why not.
struct quantity_result {
    double value = 0;
    std::string error;  ///< empty: fine
};
quantity_result parse_quantity(std::string_view text, dimension d);

struct distribution_result {
    sim::distribution value;
    std::string error;
};
/// A constant, or uniform(a, b), normal(mean:, sd:), lognormal(median:, p95:), exponential(mean:). Values
/// outside [low, high] are refused.
distribution_result parse_distribution(std::string_view text, dimension d, double low, double high);

/// Shortest text that parses back to the same value.
std::string quantity_text(double value, dimension d);
std::string time_text(sim::duration d);  ///< exact: "90 s", "5 min", "1500 ms"
std::string distribution_text(const sim::distribution& x, dimension d);

std::string_view trim(std::string_view s);

}  // namespace dectbed::scenarios
