// What is near enough must be so near; and what is worked out from it must be what the exact functions give.
#include "radio/quick_math.h"

#include <gtest/gtest.h>

#include <cmath>

#include "radio/fading.h"
#include "radio/propagation.h"
#include "radio/wall_zones.h"
#include "sim/math.h"
#include "sim/random.h"

namespace dectbed::radio {
namespace {

sim::random_stream draw_for(const char* what) { return {5, "quick math", what}; }

TEST(quick_math, logarithms_and_cosines_are_within_what_is_promised) {
    auto draw = draw_for("functions");
    for (int i = 0; i < 200'000; ++i) {
        const double x = sim::repro::exp10(draw.uniform(-6, 12));
        ASSERT_NEAR(quick::log10(x), sim::repro::log10(x), 1e-13) << x;
        const double small = sim::repro::exp10(draw.uniform(-16, 4));
        ASSERT_NEAR(quick::log(small), sim::repro::log(small), 1e-13) << small;
        const double turns = draw.uniform(0, 1);
        ASSERT_NEAR(quick::cos_of_turns(turns), sim::repro::cos(6.283185307179586 * turns), 1e-12) << turns;
    }
    EXPECT_NEAR(quick::log10(1.0), 0.0, 1e-15);
}

TEST(quick_math, powers_are_those_of_the_level) {
    for (std::int32_t milli = -200'000; milli < 60'000; milli += 37) {
        const sim::dbm level{milli};
        ASSERT_NEAR(quick::milliwatt(level) / level.milliwatt(), 1.0, 1e-12) << milli;
    }
    EXPECT_EQ(quick::milliwatt(sim::dbm{-400'000}), quick::milliwatt(sim::dbm{-300'000}));
}

TEST(quick_math, thousandths_are_given_only_where_the_error_cannot_change_them) {
    std::int32_t rounded = 0;
    EXPECT_TRUE(quick::thousandths(81.2344, 1e-6, rounded));
    EXPECT_EQ(rounded, 81'234);
    EXPECT_TRUE(quick::thousandths(-3.0016, 1e-6, rounded));
    EXPECT_EQ(rounded, -3'002);
    EXPECT_FALSE(quick::thousandths(81.2345, 1e-6, rounded));
    EXPECT_FALSE(quick::thousandths(81.2345005, 1e-6, rounded));
    EXPECT_TRUE(quick::thousandths(81.234502, 1e-6, rounded));
    EXPECT_EQ(rounded, 81'235);
}

/// By the formulas of the model alone.
sim::db exact_loss(const path_loss_parameters& p, const shadow_field& shadows, const sim::position& a,
                   const sim::position& b) {
    path_loss_parameters open = p;
    open.walls.clear();
    const double distance = std::max(sim::distance_m(a, b), 1.0);
    double loss = p.reference_db + 10.0 * p.exponent * sim::repro::log10(distance) + wall_loss_db(p, a, b);
    const int floors = floors_between(p, a.z_m, b.z_m);
    if (floors > 0) {
        open.reference_db = 0;
        const sim::position low{0, 0, 0}, high{0, 0, floors * p.storey_height_m + 0.5};
        loss += path_loss(open, low, high).value() -
                10.0 * p.exponent * sim::repro::log10(std::max(sim::distance_m(low, high), 1.0));
    }
    return sim::db::of(std::max(loss + (shadows.on() ? shadows.loss_db(a, b) : 0), shadows.on() ? 0.0 : -1e9));
}

path_loss_parameters of_buildings() {
    path_loss_parameters p;
    p.exponent = 3.5;
    p.shadowing_db = 5;
    p.shadowing_correlation_m = 10;
    for (const double x : {0.0, 60.0, 120.0}) {
        p.walls.push_back({x, 0, x + 40, 0, 12});
        p.walls.push_back({x + 40, 0, x + 40, 30, 12});
        p.walls.push_back({x + 40, 30, x, 30, 12});
        p.walls.push_back({x, 30, x, 0, 12});
        p.walls.push_back({x, 15, x + 40, 15, 5});
    }
    return p;
}

TEST(propagation, the_quick_loss_is_the_exact_one_and_never_below_its_bounds) {
    const auto p = of_buildings();
    propagation model(p, 9);
    wall_zones zones(model);
    auto draw = draw_for("places");
    const auto place = [&] {
        return sim::position{draw.uniform(-20, 180), draw.uniform(-20, 60), draw.uniform(0, 12)};
    };
    std::vector<sim::position> places;
    std::vector<std::int32_t> zone;
    for (int i = 0; i < 400; ++i) {
        places.push_back(place());
        if (i % 40 == 0 && i > 0) places.back() = places.front();  // not even a metre away
        zone.push_back(zones.of(places.back()));
    }
    int walled = 0;
    for (std::size_t i = 0; i < places.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            const auto loss = model.loss(places[i], places[j]);
            // Floors come to it by another formula, rounded by itself.
            const int floors = floors_between(p, places[i].z_m, places[j].z_m);
            const auto exact = exact_loss(p, model.shadowing(), places[i], places[j]);
            ASSERT_NEAR(loss.milli, exact.milli, floors == 0 ? 0 : 1);
            const auto& open = model.at_least(squared_m2(places[i], places[j]), floors);
            const auto& walls = zones.between(zone[i], zone[j]);
            const auto least = std::max(open.loss + walls.loss, sim::db{0});
            ASSERT_GE(loss, least);
            ASSERT_LE(sim::repro::exp10(-loss.value() / 10.0), open.gain * walls.gain * (1 + 1e-9) + 1e-300);
            walled += walls.loss > sim::db{10'000} ? 1 : 0;
        }
    EXPECT_GT(walled, 1000);
}

TEST(wall_zones, know_nothing_when_there_are_too_many_and_follow_who_walks_out) {
    path_loss_parameters p;
    for (int i = 0; i < 30; ++i) {
        p.walls.push_back({i * 2.0, -1, i * 2.0, 61, 3});
        p.walls.push_back({-1, i * 2.0, 61, i * 2.0, 3});
    }
    const propagation model(p, 1);
    wall_zones zones(model);
    std::int32_t last = 0;
    for (int i = 0; i < 200; ++i) last = zones.of({i % 29 * 2 + 1.0, i / 29 * 2 + 1.0, 0});
    EXPECT_EQ(last, wall_zones::unknown);
    EXPECT_EQ(zones.between(0, last).loss, sim::db{0});

    path_loss_parameters one;
    one.walls.push_back({10, 0, 10, 10, 12});
    const propagation simple(one, 1);
    wall_zones two(simple);
    const auto left = two.of({5, 5, 0}), right = two.of({15, 5, 0});
    EXPECT_EQ(two.between(left, right).loss, sim::db{11'999});
    EXPECT_EQ(two.of({5, 40, 0}), left);  // from there a path goes round the wall
    EXPECT_LT(two.between(left, right).loss, sim::db{0} + sim::db{1});
}

TEST(fading, the_quick_gain_is_the_exact_one) {
    for (const auto kind : {fading_kind::rayleigh, fading_kind::rice}) {
        fading_parameters p;
        p.kind = kind;
        const fading f(p, 77);
        const double k = kind == fading_kind::rice ? sim::repro::exp10(p.rice_k_db / 10.0) : 0.0;
        const double steady = std::sqrt(k / (k + 1.0));
        for (std::int64_t block = 0; block < 100'000; ++block) {
            const auto words =
                sim::random_block(77ULL ^ 1000ULL, {2000U, 0U, static_cast<std::uint32_t>(block), 1'897'344U});
            const auto unit = [](std::uint32_t high, std::uint32_t low) {
                return static_cast<double>((static_cast<std::uint64_t>(high) << 32 | low) >> 11) * 0x1p-53;
            };
            const double u = std::min(unit(words[0], words[1]), 1.0 - 0x1p-53);
            const double scattered = std::sqrt(-sim::repro::log(1.0 - u) / (k + 1.0));
            const double angle = 6.283185307179586 * unit(words[2], words[3]);
            double power = scattered * scattered;
            if (k > 0) power += 2.0 * scattered * steady * sim::repro::cos(angle) + steady * steady;
            const sim::db exact = power <= 1e-4
                                      ? fading::gain_min
                                      : std::min(sim::db::of(10.0 * sim::repro::log10(power)), fading::gain_max);
            ASSERT_EQ(f.gain(1000, 2000, 1'897'344, block), exact) << block;
        }
    }
}

}  // namespace
}  // namespace dectbed::radio
