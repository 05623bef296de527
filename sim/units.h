// Strong units. Decibels are quantised to 1/1000 dB in integers, so that sums and comparisons of
// levels do not depend on rounding (docs/architecture.md, Determinism).
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include "sim/time.h"

namespace dectbed::sim {

/// A ratio in thousandths of a decibel.
struct db {
    std::int32_t milli = 0;
    static db of(double value) { return {static_cast<std::int32_t>(std::lround(value * 1000.0))}; }
    double value() const { return milli / 1000.0; }
    friend db operator+(db a, db b) { return {a.milli + b.milli}; }
    friend db operator-(db a, db b) { return {a.milli - b.milli}; }
    friend db operator-(db a) { return {-a.milli}; }
    friend bool operator==(db a, db b) { return a.milli == b.milli; }
    friend bool operator!=(db a, db b) { return a.milli != b.milli; }
    friend bool operator<(db a, db b) { return a.milli < b.milli; }
    friend bool operator>(db a, db b) { return a.milli > b.milli; }
    friend bool operator<=(db a, db b) { return a.milli <= b.milli; }
    friend bool operator>=(db a, db b) { return a.milli >= b.milli; }
};

/// A power level in thousandths of a decibel above one milliwatt.
struct dbm {
    std::int32_t milli = 0;
    static dbm of(double value) { return {static_cast<std::int32_t>(std::lround(value * 1000.0))}; }
    double value() const { return milli / 1000.0; }
    double milliwatt() const;            ///< reproducible
    static dbm of_milliwatt(double mw);  ///< reproducible; 0 mW gives -300 dBm
    friend dbm operator+(dbm a, db b) { return {a.milli + b.milli}; }
    friend dbm operator-(dbm a, db b) { return {a.milli - b.milli}; }
    friend db operator-(dbm a, dbm b) { return {a.milli - b.milli}; }
    friend bool operator==(dbm a, dbm b) { return a.milli == b.milli; }
    friend bool operator!=(dbm a, dbm b) { return a.milli != b.milli; }
    friend bool operator<(dbm a, dbm b) { return a.milli < b.milli; }
    friend bool operator>(dbm a, dbm b) { return a.milli > b.milli; }
    friend bool operator<=(dbm a, dbm b) { return a.milli <= b.milli; }
    friend bool operator>=(dbm a, dbm b) { return a.milli >= b.milli; }
};

/// A rate in bits per second; 0 means "no limit" only where a parameter says so.
struct bit_rate {
    std::int64_t bits_per_second = 0;
    /// Time to send so many octets, rounded up to a picosecond.
    duration time_for_octets(std::int64_t octets) const {
        __extension__ using wide = __int128;  // 8e12 times an octet count leaves 64 bits at 1.1 MB
        const wide ps = static_cast<wide>(octets) * 8 * 1'000'000'000'000;
        return duration{static_cast<std::int64_t>((ps + bits_per_second - 1) / bits_per_second)};
    }
};

/// A place in metres; z is height above the ground floor.
struct position {
    double x_m = 0, y_m = 0, z_m = 0;
};
double distance_m(const position& a, const position& b);

}  // namespace dectbed::sim
