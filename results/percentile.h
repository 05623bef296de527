// Order statistics of small samples, the way a person counts: nearest rank, no interpolation.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/time.h"

namespace dectbed::results {

/// Durations are picoseconds, so that the arithmetic is exact. An empty sample has n = 0 and zeros.
struct spread {
    std::int64_t n = 0;
    sim::duration min{0}, mean{0}, p50{0}, p90{0}, p95{0}, p99{0}, max{0};
};

/// Nearest rank: the smallest value such that at least `percent` of the sample is not above it.
/// `sorted` is ascending and not empty; 0 < percent <= 100.
sim::duration nearest_rank(const std::vector<sim::duration>& sorted, int percent);

spread spread_of(std::vector<sim::duration> sample);

}  // namespace dectbed::results
