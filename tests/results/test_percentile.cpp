#include <gtest/gtest.h>

#include "results/percentile.h"

namespace dectbed::results {
namespace {

using std::chrono::seconds;

std::vector<sim::duration> one_to(int n) {
    std::vector<sim::duration> v;
    for (int i = n; i >= 1; --i) v.push_back(seconds(i));
    return v;
}

TEST(percentile, of_one_hundred_values_is_the_value_of_that_rank) {
    const spread s = spread_of(one_to(100));
    EXPECT_EQ(s.n, 100);
    EXPECT_EQ(s.min, seconds(1));
    EXPECT_EQ(s.p50, seconds(50));
    EXPECT_EQ(s.p90, seconds(90));
    EXPECT_EQ(s.p95, seconds(95));
    EXPECT_EQ(s.p99, seconds(99));
    EXPECT_EQ(s.max, seconds(100));
    EXPECT_EQ(s.mean, sim::from_seconds(50.5));
}

TEST(percentile, rank_is_rounded_up) {
    EXPECT_EQ(spread_of(one_to(10)).p95, seconds(10));
    EXPECT_EQ(spread_of(one_to(10)).p50, seconds(5));
    EXPECT_EQ(spread_of(one_to(11)).p50, seconds(6));
    EXPECT_EQ(spread_of(one_to(20)).p95, seconds(19));
    EXPECT_EQ(spread_of(one_to(21)).p95, seconds(20));
}

TEST(percentile, of_one_value_is_that_value) {
    const spread s = spread_of({seconds(7)});
    EXPECT_EQ(s.p50, seconds(7));
    EXPECT_EQ(s.p99, seconds(7));
    EXPECT_EQ(s.mean, seconds(7));
}

TEST(percentile, of_nothing_is_nothing) {
    const spread s = spread_of({});
    EXPECT_EQ(s.n, 0);
    EXPECT_EQ(s.max, sim::duration{0});
}

TEST(percentile, mean_of_long_durations_does_not_overflow) {
    const auto days = std::chrono::hours(24 * 100);
    const spread s = spread_of(std::vector<sim::duration>(1000, days));
    EXPECT_EQ(s.mean, sim::duration(days));
}

}  // namespace
}  // namespace dectbed::results
