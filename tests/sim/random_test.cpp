#include "sim/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "sim/distribution.h"

namespace dectbed::sim {
namespace {

using words = std::array<std::uint32_t, 4>;

/// Known-answer vectors of philox4x32 with ten rounds, as the generator's authors publish them.
TEST(random, when_given_the_published_vectors_then_the_published_answers_come) {
    EXPECT_EQ(random_block(0, {0, 0, 0, 0}), (words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    EXPECT_EQ(random_block(~0ull, {~0u, ~0u, ~0u, ~0u}), (words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    EXPECT_EQ(random_block(0x299f31d0a4093822ull, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}),
              (words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(random, when_streams_differ_in_seed_path_or_purpose_then_their_keys_differ) {
    std::set<std::uint64_t> keys;
    for (std::uint64_t seed : {1ull, 2ull, 1ull << 40}) {
        for (const char* path : {"office/base[1]", "office/base[2]", "office/base", ""}) {
            for (const char* purpose : {"jitter", "clock", ""}) keys.insert(stream_key(seed, path, purpose));
        }
    }
    EXPECT_EQ(keys.size(), 3u * 4 * 3);
    // The boundary between path and purpose counts.
    EXPECT_NE(stream_key(1, "ab", "c"), stream_key(1, "a", "bc"));
}

TEST(random, when_another_entity_draws_then_nobody_elses_draws_change) {
    auto draws_of_first = [](int others) {
        random_stream first(7, "office/base[1]", "jitter");
        std::vector<random_stream> more;
        for (int i = 0; i < others; ++i) more.emplace_back(7, "office/base[" + std::to_string(i + 2) + "]", "jitter");
        std::vector<std::uint64_t> draws;
        for (int i = 0; i < 100; ++i) {
            for (auto& other : more) other.u32();
            draws.push_back(first.u64());
        }
        return draws;
    };
    EXPECT_EQ(draws_of_first(0), draws_of_first(3));
}

TEST(random, when_a_stream_is_made_again_then_it_repeats) {
    random_stream a(3, "x", "y"), b(3, "x", "y");
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(a.u64(), b.u64());
}

TEST(random, when_drawn_below_n_then_values_are_even_and_in_range) {
    random_stream s(1, "x", "below");
    constexpr int n = 10, draws = 100'000;
    std::array<int, n> counts{};
    for (int i = 0; i < draws; ++i) ++counts.at(s.below(n));
    double chi_square = 0;
    for (int c : counts) chi_square += (c - draws / n) * (c - draws / n) / double(draws / n);
    EXPECT_LT(chi_square, 27.9);  // 9 degrees of freedom, 0.1 %
    EXPECT_EQ(s.below(1), 0u);
    EXPECT_THROW(s.below(0), std::logic_error);
    // Just above half the range, where every second draw must be thrown away to stay even.
    const std::uint64_t large = (1ull << 63) + 1;
    for (int i = 0; i < 1000; ++i) ASSERT_LT(s.below(large), large);
    bool low = false, high = false;
    for (int i = 0; i < 1000; ++i) {
        const auto v = s.between(-3, 3);
        ASSERT_TRUE(v >= -3 && v <= 3);
        low |= v == -3;
        high |= v == 3;
    }
    EXPECT_TRUE(low && high);
}

TEST(random, when_counters_are_close_then_units_are_independent_and_in_range) {
    double sum = 0, product = 0, previous = 0.5;
    constexpr int n = 100'000;
    for (std::uint64_t i = 0; i < n; ++i) {
        const double u = random_unit(99, 5, i);
        ASSERT_TRUE(u >= 0 && u < 1);
        sum += u;
        product += (u - 0.5) * (previous - 0.5);
        previous = u;
    }
    EXPECT_NEAR(sum / n, 0.5, 0.005);
    EXPECT_NEAR(product / n, 0, 0.002);
    EXPECT_NE(random_unit(99, 5, 0), random_unit(99, 6, 0));
    EXPECT_NE(random_unit(99, 5, 0), random_unit(98, 5, 0));
}

struct moments {
    double mean = 0, deviation = 0, smallest = 0;
};

moments of(const distribution& d) {
    random_stream s(5, "x", "moments");
    constexpr int n = 200'000;
    double sum = 0, squares = 0, smallest = 1e300;
    for (int i = 0; i < n; ++i) {
        const double x = d.sample(s);
        sum += x;
        squares += x * x;
        smallest = std::min(smallest, x);
    }
    const double mean = sum / n;
    return {mean, std::sqrt(squares / n - mean * mean), smallest};
}

TEST(distribution, moments_are_those_of_the_family) {
    EXPECT_EQ(of(distribution::constant(4.5)).mean, 4.5);
    const auto uniform = of(distribution::uniform(2, 6));
    EXPECT_NEAR(uniform.mean, 4, 0.02);
    EXPECT_NEAR(uniform.deviation, 4 / std::sqrt(12.0), 0.01);
    EXPECT_GE(uniform.smallest, 2);
    const auto normal = of(distribution::normal(10, 2));
    EXPECT_NEAR(normal.mean, 10, 0.03);
    EXPECT_NEAR(normal.deviation, 2, 0.02);
    const auto exponential = of(distribution::exponential(3));
    EXPECT_NEAR(exponential.mean, 3, 0.05);
    EXPECT_NEAR(exponential.deviation, 3, 0.05);
    const auto lognormal_d = distribution::lognormal(20, 60);
    EXPECT_NEAR(of(lognormal_d).mean, lognormal_d.mean(), 0.3);
    const auto cut = distribution::normal(1, 2);
    EXPECT_NEAR(of(cut).mean, cut.mean(), 0.01);
    EXPECT_GE(of(cut).smallest, 0);
}

TEST(distribution, when_lognormal_then_median_and_95th_percentile_are_as_asked) {
    random_stream s(5, "x", "lognormal");
    const auto d = distribution::lognormal(20, 60);
    constexpr int n = 200'000;
    int below_median = 0, below_p95 = 0;
    for (int i = 0; i < n; ++i) {
        const double x = d.sample(s);
        below_median += x < 20;
        below_p95 += x < 60;
    }
    EXPECT_NEAR(below_median / double(n), 0.5, 0.005);
    EXPECT_NEAR(below_p95 / double(n), 0.95, 0.003);
}

TEST(distribution, when_a_parameter_changes_then_later_draws_of_the_stream_stay) {
    for (auto other : {distribution::uniform(0, 1), distribution::normal(5, 1), distribution::lognormal(2, 3),
                       distribution::exponential(9)}) {
        random_stream a(1, "x", "y"), b(1, "x", "y");
        distribution::uniform(5, 6).sample(a);
        other.sample(b);
        EXPECT_EQ(a.u64(), b.u64());
    }
}

TEST(distribution, sample_time_is_in_seconds) {
    random_stream s(1, "x", "y");
    EXPECT_EQ(distribution::constant(2.5).sample_time(s), duration{2500ms});
    EXPECT_EQ(distribution::constant(duration{3s}).sample_time(s), duration{3s});
}

}  // namespace
}  // namespace dectbed::sim
