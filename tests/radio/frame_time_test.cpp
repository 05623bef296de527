#include "radio/frame_time.h"

#include <gtest/gtest.h>

#include "radio/band.h"
#include "sim/random.h"

namespace dectbed::radio {
namespace {

using namespace std::chrono_literals;

TEST(band, carriers_lie_where_the_formula_puts_them) {
    const band_plan& eu = plan_of(band::eu);
    EXPECT_EQ(eu.carriers, 10);
    EXPECT_EQ(eu.centre_hz(0), 1'897'344'000);
    EXPECT_EQ(eu.centre_hz(6), 1'886'976'000);
    EXPECT_EQ(eu.centre_hz(9), 1'881'792'000);
    EXPECT_EQ(eu.power_max, sim::dbm::of(24));
    EXPECT_EQ(plan_of(band::none).carriers, 0);
    EXPECT_EQ(eu.scanned_carrier(23), 3);
    EXPECT_EQ(eu.scanned_carrier(-1), 9);
}

TEST(frame_time, slot_boundaries_are_rounded_once) {
    const station_timing t(station_clock{0ms, 0, 0});
    EXPECT_EQ(sim::picoseconds_of(t.instant_of({0, 1, 0})), 416'666'667);
    EXPECT_EQ(sim::picoseconds_of(t.instant_of({0, 2, 0})), 833'333'333);
    EXPECT_EQ(sim::picoseconds_of(t.instant_of({0, 3, 0})), 1'250'000'000);
    EXPECT_EQ(sim::picoseconds_of(t.instant_of({0, 0, 1})), 868'056);
    EXPECT_EQ(sim::picoseconds_of(t.instant_of({864'000'000, 0, 0})), 8'640'000'000'000'000'000);  // 100 days
}

TEST(frame_time, conversion_is_exact_both_ways_for_any_clock) {
    sim::random_stream r(1, "test", "clock");
    for (int i = 0; i < 20'000; ++i) {
        const station_timing t(station_clock{sim::duration{r.between(0, 9'999'999'999)},
                                             static_cast<std::int32_t>(r.between(-25'000, 25'000)),
                                             static_cast<std::uint8_t>(r.below(16))});
        const std::int64_t bits = r.between(-1'000'000, 9'000'000'000'000);  // 90 days
        const auto instant = t.instant_of_bits(bits);
        ASSERT_EQ(t.bits_at(instant), bits);
        ASSERT_EQ(t.bits_at(instant - sim::duration{1}), bits - 1);
        const slot_time s = t.at(instant);
        ASSERT_EQ(t.instant_of(s), instant);
        ASSERT_GE(s.slot, 0);
        ASSERT_LT(s.slot, 24);
    }
}

TEST(frame_time, fast_clock_gains_what_its_ppb_say) {
    const station_timing nominal(station_clock{0ms, 0, 0}), fast(station_clock{0ms, 5'000, 0});
    const auto day = sim::time_point{24h};
    // 5e-6 of a day at 1.152 Mbit/s.
    EXPECT_EQ(fast.bits_at(day) - nominal.bits_at(day), 497'664);
}

TEST(frame_time, retuning_neither_jumps_nor_forgets) {
    const station_timing before(station_clock{3ms, 7'000, 5});
    const auto when = sim::time_point{12'345s + 678us};
    const station_timing after = before.retuned(when, -7'000);
    EXPECT_EQ(after.bits_at(when), before.bits_at(when));
    EXPECT_EQ(after.frame_number(100), before.frame_number(100));
    const auto later = when + 1000s;
    const auto lost = before.bits_at(later) - after.bits_at(later);  // 14e-6 * 1000 s * 1.152 Mbit/s = 16128
    EXPECT_NEAR(static_cast<double>(lost), 16'128.0, 1.0);
}

TEST(frame_time, frames_are_numbered_in_multiframes) {
    const station_timing t(station_clock{0ms, 0, 14});
    EXPECT_EQ(t.frame_number(0), 14);
    EXPECT_EQ(t.frame_number(2), 0);
    EXPECT_EQ(t.multiframe(1), 0);
    EXPECT_EQ(t.multiframe(2), 1);
    EXPECT_EQ(t.next_frame_numbered(0, 8), 10);
    EXPECT_EQ(t.next_frame_numbered(10, 8), 10);
    EXPECT_EQ(t.next_frame_numbered(11, 8), 26);
}

TEST(frame_time, frame_not_before_gives_the_first_burst_still_to_come) {
    const station_timing t(station_clock{0ms, 0, 0});
    EXPECT_EQ(t.frame_not_before(t.instant_of({7, 5, 0}), 5), 7);
    EXPECT_EQ(t.frame_not_before(t.instant_of({7, 5, 0}) + sim::duration{1}, 5), 8);
    EXPECT_EQ(t.frame_not_before(t.instant_of({7, 4, 479}), 5), 7);
}

}  // namespace
}  // namespace dectbed::radio
