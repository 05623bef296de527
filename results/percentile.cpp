#include "results/percentile.h"

#include <algorithm>

namespace dectbed::results {

sim::duration nearest_rank(const std::vector<sim::duration>& sorted, int percent) {
    const std::size_t n = sorted.size();
    const std::size_t rank = (n * static_cast<std::size_t>(percent) + 99) / 100;  // rounded up, from 1
    return sorted[std::max<std::size_t>(rank, 1) - 1];
}

spread spread_of(std::vector<sim::duration> sample) {
    spread s;
    if (sample.empty()) return s;
    std::sort(sample.begin(), sample.end());
    __extension__ typedef __int128 wide;  // 10^6 devices times 106 days does not fit 64 bits
    wide sum = 0;
    for (const sim::duration d : sample) sum += d.count();
    s.n = static_cast<std::int64_t>(sample.size());
    s.min = sample.front();
    s.mean = sim::duration{static_cast<std::int64_t>(sum / s.n)};
    s.p50 = nearest_rank(sample, 50);
    s.p90 = nearest_rank(sample, 90);
    s.p95 = nearest_rank(sample, 95);
    s.p99 = nearest_rank(sample, 99);
    s.max = sample.back();
    return s;
}

}  // namespace dectbed::results
