#include "radio/quick_math.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "sim/math.h"

namespace dectbed::radio::quick {

namespace {

constexpr double one_over_ln10 = 0.4342944819032518, ln2 = 0.6931471805599453, two_pi = 6.283185307179586;
constexpr int log_bits = 7, turn_parts = 64;
constexpr int lowest_db = -300, highest_db = 60, milli_per_db = 1000;

struct tables {
    struct reference {
        double inverse, log;
    };
    std::array<reference, 1 << log_bits> mantissa;
    struct direction {
        double cosine, sine;
    };
    std::array<direction, turn_parts> turn;
    std::array<double, highest_db - lowest_db + 1> of_db;
    std::array<double, milli_per_db> of_milli;

    tables() {
        for (std::size_t i = 0; i < mantissa.size(); ++i) {
            const double inverse = 1.0 / (1.0 + (static_cast<double>(i) + 0.5) / static_cast<double>(mantissa.size()));
            mantissa[i] = {inverse, -sim::repro::log(inverse)};
        }
        for (std::size_t i = 0; i < turn.size(); ++i) {
            const double angle = two_pi * (static_cast<double>(i) + 0.5) / turn_parts;
            turn[i] = {sim::repro::cos(angle), sim::repro::sin(angle)};
        }
        for (std::size_t i = 0; i < of_db.size(); ++i)
            of_db[i] = sim::repro::exp10((lowest_db + static_cast<double>(i)) / 10.0);
        for (std::size_t i = 0; i < of_milli.size(); ++i)
            of_milli[i] = sim::repro::exp10(static_cast<double>(i) / (10.0 * milli_per_db));
    }
};
const tables known;

}  // namespace

double log(double x) {
    // x = 2^e m, m = c (1 + r) with c from the table: |r| < 2^-8, so r^7 / 7 is below 2^-58.
    std::uint64_t bits = 0;
    std::memcpy(&bits, &x, sizeof bits);
    const auto exponent = static_cast<int>(bits >> 52) - 1023;
    const auto& c = known.mantissa[bits >> (52 - log_bits) & (known.mantissa.size() - 1)];
    bits = (bits & 0x000FFFFFFFFFFFFFULL) | 0x3FF0000000000000ULL;
    double m = 0;
    std::memcpy(&m, &bits, sizeof m);
    const double r = m * c.inverse - 1.0;
    const double series = r * (1.0 - r * (0.5 - r * (1.0 / 3 - r * (0.25 - r * (0.2 - r * (1.0 / 6))))));
    return exponent * ln2 + (c.log + series);
}

double log10(double x) { return log(x) * one_over_ln10; }

double cos_of_turns(double turns) {
    const auto part = std::min(static_cast<std::size_t>(turns * turn_parts), known.turn.size() - 1);
    const auto& there = known.turn[part];
    const double r = two_pi * (turns - (static_cast<double>(part) + 0.5) / turn_parts);  // at most 0.05
    const double z = r * r;
    const double cosine = 1.0 - z * (0.5 - z * (1.0 / 24 - z * (1.0 / 720 - z * (1.0 / 40320))));
    const double sine = r * (1.0 - z * (1.0 / 6 - z * (1.0 / 120 - z * (1.0 / 5040))));
    return there.cosine * cosine - there.sine * sine;
}

double milliwatt(sim::dbm level) {
    const std::int32_t above =
        std::clamp(level.milli, lowest_db * milli_per_db, highest_db * milli_per_db) - lowest_db * milli_per_db;
    return known.of_db[static_cast<std::size_t>(above / milli_per_db)] *
           known.of_milli[static_cast<std::size_t>(above % milli_per_db)];
}

bool thousandths(double value, double error, std::int32_t& rounded) {
    const double shifted = value * 1000.0 + 0.5, whole = std::floor(shifted);
    const double slack = error * 1000.0, rest = shifted - whole;
    rounded = static_cast<std::int32_t>(whole);
    return rest > slack && rest < 1.0 - slack;
}

}  // namespace dectbed::radio::quick
