// Functions for results that are rounded to thousandths of a decibel anyway: near enough, quick, and by exact
// arithmetic only, so that they are the same on every machine.
//
// Whoever must have the very result of sim/math.h takes these where the error cannot change how it is rounded, and
// those otherwise.
#pragma once

#include "sim/units.h"

namespace dectbed::radio::quick {

/// x > 0 and normal; within 1e-13 for 1e-6 < x < 1e12.
double log10(double x);
double log(double x);  ///< natural; within 1e-13 for 1e-16 < x < 1e4
/// Cosine of so many turns, 0 <= turns < 1; within 1e-12.
double cos_of_turns(double turns);
/// Within 1e-12 of it, relatively; -300..+60 dBm, what is beyond counts as the limit.
double milliwatt(sim::dbm level);

/// `value` in thousandths, rounded like sim::db::of; false where an error of `error` might change the result.
bool thousandths(double value, double error, std::int32_t& rounded);

}  // namespace dectbed::radio::quick
