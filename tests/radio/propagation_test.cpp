#include "radio/propagation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "radio/fading.h"
#include "sim/random.h"

namespace dectbed::radio {
namespace {

using namespace std::chrono_literals;

TEST(propagation, free_space_follows_the_inverse_square_law) {
    // 20 log10(4 pi 1 m 1890 MHz / c) = 37.98 dB; a hundred times as far loses 40 dB more.
    EXPECT_NEAR(free_space_loss(1, 1.89e9).value(), 37.98, 0.01);
    EXPECT_EQ(free_space_loss(100, 1.89e9) - free_space_loss(1, 1.89e9), sim::db::of(40));
    path_loss_parameters p;
    p.exponent = 2;
    p.reference_db = free_space_loss(1, 1.89e9).value();
    for (const double d : {1.0, 7.0, 300.0})
        EXPECT_NEAR(path_loss(p, {0, 0, 0}, {d, 0, 0}).value(), free_space_loss(d, 1.89e9).value(), 0.002);
}

TEST(propagation, nothing_beyond_the_reach_loses_less) {
    for (const double shadow_db : {0.0, 6.0}) {
        path_loss_parameters p;
        p.shadowing_db = shadow_db;
        const propagation loss(p, 17);
        for (const double limit : {60.0, 90.0, 113.0}) {
            const double reach = loss.reach_m(sim::db::of(limit));
            for (int i = 0; i < 300; ++i) {
                const double angle = i * 0.1;
                const sim::position there{reach * std::cos(angle) + 5, reach * std::sin(angle) - 9, 0};
                EXPECT_GE(loss.loss({5, -9, 0}, there), sim::db::of(limit));
            }
        }
        EXPECT_EQ(loss.reach_m(sim::db::of(36.9 - loss.parameters().shadowing_db * 3)), 0);
    }
    // Without shadows the bound is no more than rounding away from what is reached.
    const propagation plain({}, 0);
    EXPECT_NEAR(plain.reach_m(sim::db::of(97)), 100, 0.2);
    EXPECT_LT(plain.loss({0, 0, 0}, {99.9, 0, 0}), sim::db::of(97));
}

/// Mean and deviation, and the correlation with the same path one end of which is moved.
struct field_statistics {
    double mean = 0, deviation = 0, correlation = 0;
};
field_statistics statistics_of(double deviation_db, double distance_m, double moved_m, int fields) {
    double sum = 0, squares = 0, products = 0;
    int n = 0;
    for (int key = 0; key < fields; ++key) {
        const shadow_field field(deviation_db, distance_m, static_cast<std::uint64_t>(key) * 7919 + 1);
        for (int i = 0; i < 20; ++i) {
            const auto place = [&](std::uint64_t which) {
                return 1000 * sim::random_unit(99, which, static_cast<std::uint64_t>(i));
            };
            const sim::position a{place(0), place(1), 3}, b{place(2), place(3), 9};
            const double here = field.loss_db(a, b), there = field.loss_db(a, {b.x_m + moved_m, b.y_m, b.z_m});
            sum += here;
            squares += here * here;
            products += here * there;
            ++n;
        }
    }
    const double mean = sum / n, variance = squares / n - mean * mean;
    return {mean, std::sqrt(variance), (products / n - mean * mean) / variance};
}

TEST(shadowing, is_log_normal_with_the_deviation_and_the_correlation_asked_for) {
    const auto same = statistics_of(6, 20, 0, 400);
    EXPECT_NEAR(same.mean, 0, 0.3);
    EXPECT_NEAR(same.deviation, 6, 0.3);
    EXPECT_NEAR(same.correlation, 1, 1e-9);
    EXPECT_NEAR(statistics_of(6, 20, 20, 400).correlation, std::exp(-1.0), 0.06);
    EXPECT_NEAR(statistics_of(6, 20, 5, 400).correlation, std::exp(-0.25), 0.06);
    EXPECT_NEAR(statistics_of(6, 20, 200, 400).correlation, 0, 0.06);
}

TEST(shadowing, the_quick_sum_is_as_near_as_it_says_and_losses_are_the_exact_ones) {
    path_loss_parameters p;
    p.shadowing_db = 5;
    const propagation loss(p, 11);
    const shadow_field& field = loss.shadowing();
    sim::random_stream r(3, "test", "places");
    const auto place = [&] { return sim::position{r.unit() * 300, r.unit() * 200, r.unit() * 12}; };
    double worst = 0;
    for (int i = 0; i < 20'000; ++i) {
        const auto a = loss.at(place()), b = loss.at(place());
        const double exact = field.loss_db(a.shadow, b.shadow);
        worst = std::max(worst, std::abs(field.about_loss_db(a.shadow, b.shadow) - exact));
        const sim::db open = path_loss(p, a.place, b.place);
        // The formula's own rounding is half a thousandth.
        EXPECT_NEAR(loss.loss_between(a, b).value(), std::max(open.value() + exact, 0.0), 1.001e-3);
    }
    EXPECT_LE(worst, field.about_error_db());
    EXPECT_GT(worst, field.about_error_db() / 1000);  // it is no exact sum
}

TEST(shadowing, is_the_same_both_ways_and_bounded) {
    const shadow_field field(8, 15, 3), other(8, 15, 4);
    int differ = 0;
    for (int i = 0; i < 500; ++i) {
        const sim::position a{i * 1.7, i * -0.3, 1}, b{i * 0.9 - 40, 25, 4};
        EXPECT_EQ(field.loss_db(a, b), field.loss_db(b, a));
        EXPECT_LE(std::abs(field.loss_db(a, b)), field.limit_db());
        EXPECT_LE(std::abs(field.loss_db(a, a)), field.limit_db());
        differ += field.loss_db(a, b) != other.loss_db(a, b) ? 1 : 0;
    }
    EXPECT_GT(differ, 450);
    EXPECT_FALSE(shadow_field(0, 15, 3).on());
    EXPECT_EQ(shadow_field(0, 15, 3).loss_db({1, 2, 3}, {4, 5, 6}), 0);
}

TEST(fading, has_the_distribution_it_says) {
    for (const fading_parameters& p :
         {fading_parameters{fading_kind::rayleigh, 0, 10ms}, fading_parameters{fading_kind::rice, 6, 10ms},
          fading_parameters{fading_kind::rice, 0, 10ms}}) {
        const fading f(p, 5);
        constexpr int n = 40'000;
        double power = 0;
        int below_10 = 0, below_3 = 0, above_3 = 0;
        for (int block = 0; block < n; ++block) {
            const sim::db g = f.gain(11, 22, 1'897'344, block);
            EXPECT_EQ(g, f.gain(22, 11, 1'897'344, block));
            power += std::pow(10, g.value() / 10);
            below_10 += g < sim::db::of(-10);
            below_3 += g < sim::db::of(-3);
            above_3 += g >= sim::db::of(3);
        }
        EXPECT_NEAR(power / n, 1, 0.02);
        EXPECT_NEAR(static_cast<double>(below_10) / n, f.probability_below(sim::db::of(-10)), 0.006);
        EXPECT_NEAR(static_cast<double>(below_3) / n, f.probability_below(sim::db::of(-3)), 0.01);
        EXPECT_NEAR(static_cast<double>(above_3) / n, 1 - f.probability_below(sim::db::of(3)), 0.01);
    }
    // Rayleigh: the power is exponential. 1 - exp(-0.1) = 9.5 % lie 10 dB below the mean.
    const fading rayleigh({fading_kind::rayleigh, 0, 10ms}, 5);
    EXPECT_NEAR(rayleigh.probability_below(sim::db::of(-10)), 0.0952, 0.0001);
    // With a steady path 60 dB above the rest nothing moves.
    const fading steady({fading_kind::rice, 60, 10ms}, 5);
    EXPECT_NEAR(steady.gain(1, 2, 3, 4).value(), 0, 0.05);
    const fading none({}, 5);
    EXPECT_EQ(none.gain(1, 2, 3, 4), sim::db{0});
    EXPECT_EQ(none.probability_below(sim::db::of(20)), 0);
}

TEST(fading, blocks_pairs_and_frequencies_are_independent) {
    const fading f({fading_kind::rayleigh, 0, 10ms}, 5);
    double products[3] = {};
    constexpr int n = 20'000;
    const auto power = [&](std::uint64_t other, std::int32_t khz, std::int64_t block) {
        return std::pow(10, f.gain(7, other, khz, block).value() / 10) - 1;
    };
    for (int block = 0; block < n; ++block) {
        const double here = power(8, 1'897'344, block);
        products[0] += here * power(8, 1'897'344, block + 1);
        products[1] += here * power(9, 1'897'344, block);
        products[2] += here * power(8, 1'895'616, block);
    }
    for (const double p : products) EXPECT_NEAR(p / n, 0, 0.04);
}

TEST(fading, the_search_for_outages_finds_what_a_step_by_step_search_finds) {
    const fading f({fading_kind::rayleigh, 0, 100ms}, 31);
    int found = 0;
    for (int limit_db = -6; limit_db <= 4; limit_db += 2)
        for (std::uint64_t pair = 0; pair < 40; ++pair) {
            const sim::db limit = sim::db::of(limit_db);
            const sim::time_point from{123'456'789ns}, until{60s};
            const sim::duration length = 730ms;
            sim::time_point naive = until, began = from;
            for (auto t = from; t < until + length; t += 1ms) {
                const bool out = f.gain(pair, 1000, 5, f.block_of(t)) < limit;
                if (!out) began = f.start_of(f.block_of(t) + 1);
                if (out && t + 1ms >= began + length) {
                    naive = began;
                    break;
                }
            }
            naive = std::min(naive, until);
            EXPECT_EQ(f.first_outage(pair, 1000, 5, limit, length, from, until), naive) << limit_db << ' ' << pair;
            found += naive < until ? 1 : 0;
        }
    EXPECT_GT(found, 60);
    EXPECT_LT(found, 220);
}

TEST(propagation, what_is_worked_out_of_a_place_changes_nothing) {
    path_loss_parameters p;
    auto draw = [n = std::uint64_t{0}](double most) mutable { return most * sim::random_unit(3, 0, n++); };
    for (int i = 0; i < 90; ++i) {
        p.walls.push_back({draw(100), draw(100), draw(100), draw(100), 1 + draw(9)});
    }
    const propagation loss(p, 17);
    for (int i = 0; i < 2000; ++i) {
        const sim::position a{draw(100), draw(100), draw(12)}, b{draw(100), draw(100), draw(12)};
        ASSERT_EQ(loss.loss(a, b), path_loss(p, a, b));
        ASSERT_EQ(loss.loss(b, a), loss.loss(a, b));
    }
}

TEST(propagation, floors_shorten_the_reach_and_nothing_beyond_it_loses_less) {
    path_loss_parameters p;
    p.shadowing_db = 4;
    const propagation loss(p, 5);
    const auto reach = loss.reaches(sim::db::of(100));
    int beyond = 0;
    for (int i = 0; i < 4000; ++i) {
        const auto draw = [&](std::uint64_t what, double most) {
            return most * sim::random_unit(8, what, static_cast<std::uint64_t>(i));
        };
        const sim::position a{0, 0, draw(0, 33)}, b{draw(1, 400), draw(2, 100), draw(3, 33)};
        const auto floors = static_cast<std::size_t>(std::abs(loss.storey_of(a) - loss.storey_of(b)));
        const double d = sim::distance_m(a, b);
        if (d * d <= reach[std::min(floors, reach.size() - 1)]) continue;
        ++beyond;
        EXPECT_GT(loss.loss(a, b), sim::db::of(100));
    }
    EXPECT_GT(beyond, 1000);
    for (std::size_t n = 1; n < reach.size(); ++n) EXPECT_LT(reach[n], reach[n - 1]);
}

}  // namespace
}  // namespace dectbed::radio
