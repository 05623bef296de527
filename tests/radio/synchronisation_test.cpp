// Fixed parts that take their timing from one another: over the air from base to base, and over the LAN.
#include "radio/synchronisation.h"

#include <cmath>
#include <cstdlib>

#include "radio/site_air.h"
#include "radio/site_fixed_part.h"
#include "radio/timers.h"
#include "tests/radio/world.h"

namespace dectbed::radio::test {
namespace {

using state = synchronisation_state;
using changed = sim::record::synchronisation_changed;

/// Bases in a row of which only neighbours hear each other: 60 m apart, heard with -66.3 dBm at 60 m, -75.4 at 120 m.
struct row : world {
    static constexpr double apart_m = 60;
    explicit row(std::uint64_t seed = 1) : world(seed) {}
    base& add(synchronisation::method by, int level, double x_m, std::int32_t ppb, int bearers = 8) {
        fixed_part::config c;
        const auto n = static_cast<std::uint32_t>(bases.size());
        c.identity = make_rfpi_class_a(vendor_emc, n + 1, 0);
        c.place = {x_m, 0, 0};
        c.clock.phase = duration{static_cast<std::int64_t>(n) * 2'345'678'901 % 10'000'000'000};
        c.clock.ppb = ppb;
        c.clock.first_frame = static_cast<std::uint8_t>(5 * n % 16);
        c.bearers_max = bearers;
        c.timing.by = by;
        c.timing.system = 7;
        c.timing.level = level;
        c.timing.weakest = sim::dbm::of(-70);
        return add_configured_base(c);
    }
    void add_row(int n, int root = 0) {
        for (int i = 0; i < n; ++i)
            add(synchronisation::method::air, i == root ? 1 : 0, i * apart_m, i % 2 == 0 ? 4'000 + i : -4'000 - i);
    }
    site_fixed_part& at(std::size_t i) { return static_cast<site_fixed_part&>(*bases[i]->part); }
    state state_of(std::size_t i) { return bases[i]->part->synchronised(); }
    /// By how much the frames of one begin after those of the other, their numbers included.
    double apart_us(std::size_t a, std::size_t b) {
        const station_timing &one = at(a).timing(), &other = at(b).timing();
        const auto now = s.now();
        // The instant at which each begins the same bit.
        const std::int64_t bits = one.counted_bits_at(now);
        const auto first = one.instant_of_bits(one.bits_at(now));
        const auto second = other.instant_of_bits(other.bits_at(now) + bits - other.counted_bits_at(now));
        return static_cast<double>((first - second).count()) / 1e6;
    }
    changed latest(std::size_t i) {
        const auto who = at(i).who();
        const auto all = all_of<changed>(who);
        return all.empty() ? changed{} : all.back();
    }
};

TEST(synchronisation, ranks_roots_before_hops) {
    const chain_place by_level{0, 9, 3}, low{1, 2, 7}, low_nearer{1, 2, 1}, high{1, 5, 0};
    EXPECT_TRUE(better(by_level, low));
    EXPECT_TRUE(better(low, high));
    EXPECT_TRUE(better(low_nearer, low));
    EXPECT_FALSE(better(low, low));
    EXPECT_EQ(adjustment_ppb, 173'611);  // two bits in 11,520
    EXPECT_LE(24 * air_error(12), 4us);
}

TEST(synchronisation, a_clock_that_follows_counts_the_same_bits) {
    station_clock a, b;
    a.phase = 1ms;
    a.ppb = 3'000;
    a.first_frame = 14;
    b.phase = 7ms;
    b.ppb = -9'000;
    b.first_frame = 3;
    const station_timing source(a), own(b);
    const station_timing next = own.following(source, duration{150'000});
    for (const auto t : {time_point{1s}, time_point{3600s}}) {
        EXPECT_EQ(next.counted_bits_at(t + duration{150'000}), source.counted_bits_at(t));
        const slot_time here = next.at(t), there = source.at(t - duration{150'000});
        EXPECT_EQ(here.slot, there.slot);
        EXPECT_EQ(here.bit, there.bit);
        EXPECT_EQ(next.frame_number(here.frame), source.frame_number(there.frame));
        EXPECT_EQ(next.multiframe(here.frame), source.multiframe(there.frame));
    }
}

TEST(synchronisation, a_row_of_five_is_in_step_hop_by_hop) {
    row w;
    w.add_row(5);
    w.start_all();
    w.run(40s);
    for (std::size_t i = 0; i < 5; ++i) {
        ASSERT_TRUE(w.bases[i]->part->on_air()) << i;
        EXPECT_EQ(w.state_of(i), i == 0 ? state::free_running : state::synchronised) << i;
        EXPECT_EQ(w.latest(i).hops, static_cast<std::int64_t>(i));
        EXPECT_EQ(w.latest(i).source, i > 0 ? w.at(i - 1).who() : sim::entity_id{});
        EXPECT_EQ(w.at(i).timing().ppb(), 4'000);  // the root's
    }
    for (std::size_t i = 0; i < 5; ++i)
        for (std::size_t j = 0; j < i; ++j) EXPECT_LT(std::abs(w.apart_us(i, j)), 4.0) << i << ' ' << j;
    // Neighbours keep their dummy bearers out of each other's slots.
    for (std::size_t i = 1; i < 5; ++i) EXPECT_NE(w.bases[i]->slot, w.bases[i - 1]->slot);
    // In step they cost nothing, and stay in step.
    EXPECT_EQ(w.events_in(3600s), 0U);
    for (std::size_t i = 1; i < 5; ++i) EXPECT_LT(std::abs(w.apart_us(i, 0)), 4.0);
}

TEST(synchronisation, without_it_the_same_bases_drift_apart) {
    row w;
    for (int i = 0; i < 2; ++i) w.add(synchronisation::method::none, 0, i * 60.0, i == 0 ? 4'000 : -4'000);
    w.start_all();
    w.run(1s);
    const double before = w.apart_us(0, 1);
    w.run(1000s);
    EXPECT_NEAR(std::abs(w.apart_us(0, 1) - before), 8000, 10);
    EXPECT_TRUE(w.all<changed>().empty());
    EXPECT_EQ(w.state_of(0), state::none);
}

TEST(synchronisation, the_middle_one_lost_and_back) {
    row w;
    w.add_row(5);
    w.start_all();
    w.run(40s);
    const auto lost = w.s.now();
    w.bases[2]->part->stop();
    w.run(4s);
    EXPECT_EQ(w.state_of(3), state::synchronised);  // nothing missed for long enough yet
    w.run(4s);
    EXPECT_EQ(w.state_of(3), state::free_running);
    EXPECT_EQ(w.latest(3).hops, 0);
    EXPECT_EQ(w.state_of(4), state::synchronised);  // with the one that runs free
    EXPECT_EQ(w.latest(4).hops, 1);
    bool noticed = false;
    for (const auto& [at, r] : w.records_of<changed>())
        if (at > lost && r.state == "free running") {
            noticed = true;
            EXPECT_GE(at - lost, T207);
            EXPECT_LE(at - lost, T207 + 20ms);
        }
    EXPECT_TRUE(noticed);
    w.run(60s);
    // 4,000 ppb against its own -4,003 for a minute: 0.5 ms.
    EXPECT_NEAR(std::abs(w.apart_us(3, 1)), 8.003 * 63, 10);
    EXPECT_LT(std::abs(w.apart_us(4, 3)), 1.0);

    w.bases[2]->part->start(band::eu, sim::dbm::of(24));
    w.run(10s);
    EXPECT_EQ(w.state_of(2), state::synchronised);
    EXPECT_EQ(w.latest(2).hops, 2);
    w.run(20s);
    for (std::size_t i = 1; i < 5; ++i) {
        EXPECT_EQ(w.state_of(i), state::synchronised) << i;
        EXPECT_EQ(w.latest(i).hops, static_cast<std::int64_t>(i));
        EXPECT_LT(std::abs(w.apart_us(i, 0)), 4.0) << i;
    }
}

TEST(synchronisation, a_short_absence_is_made_up_for_bit_by_bit) {
    row w;
    w.add_row(2);
    auto& h = w.add_handset({80, 0, 0});
    w.start_all();
    w.run(40s);
    h.part->lock(band::eu, w.bases[1]->id);
    w.run(5s);
    h.part->open_link();
    w.run(3s);
    ASSERT_NE(h.link, 0U);
    w.bases[0]->part->stop();
    w.run(100s);
    EXPECT_EQ(w.state_of(1), state::free_running);
    w.bases[0]->part->start(band::eu, sim::dbm::of(24));
    w.run(3s);
    // About 95 s at 8 ppm are 0.76 ms or 876 bits, two bits a frame: 4.4 s. The link goes on through it.
    EXPECT_EQ(w.state_of(1), state::adjusting);
    EXPECT_NEAR(std::abs(static_cast<double>(w.latest(1).corrected_ns)), 780'000, 40'000);
    h.part->send(h.link, {0x05, 0x50, 0x78, 1, 0});
    w.run(10s);
    EXPECT_EQ(w.state_of(1), state::synchronised);
    EXPECT_LT(std::abs(w.apart_us(1, 0)), 1.0);
    EXPECT_EQ(h.count("released"), 0);
    EXPECT_EQ(h.count("unlocked"), 0);
    EXPECT_EQ(h.count("sent"), 1);
    EXPECT_EQ(w.bases[1]->messages.size(), 1U);
}

TEST(synchronisation, a_long_absence_waits_for_the_last_link_and_keeps_the_locks) {
    row w;
    w.add_row(2);
    auto& h = w.add_handset({80, 0, 0});
    auto& idle = w.add_handset({85, 0, 0});
    w.start_all();
    w.run(40s);
    for (handset* one : {&h, &idle}) one->part->lock(band::eu, w.bases[1]->id);
    w.run(5s);
    h.part->open_link();
    w.run(3s);
    ASSERT_NE(h.link, 0U);
    w.bases[0]->part->stop();
    w.run(1800s);  // 8 ppm of it: more than a frame
    w.bases[0]->part->start(band::eu, sim::dbm::of(24));
    w.run(30s);
    EXPECT_EQ(w.state_of(1), state::adjusting);
    EXPECT_EQ(h.count("released"), 0);
    EXPECT_GT(std::abs(w.apart_us(1, 0)), 10'000.0);
    h.part->release(h.link);
    w.run(1s);
    EXPECT_EQ(w.state_of(1), state::synchronised);
    EXPECT_LT(std::abs(w.apart_us(1, 0)), 1.0);
    w.run(10s);
    EXPECT_EQ(h.count("unlocked"), 0);  // the dummy bearer came back on its channel
    EXPECT_EQ(idle.count("unlocked"), 0);
    idle.part->open_link();
    w.run(3s);
    EXPECT_EQ(idle.count("established"), 1);
}

TEST(synchronisation, one_that_hears_no_source_runs_free) {
    row w;
    w.add(synchronisation::method::air, 0, 0, 1'000);
    w.add(synchronisation::method::air, 1, 200, 2'000);  // heard with -82 dBm
    w.start_all();
    w.run(19s);
    EXPECT_EQ(w.state_of(0), state::searching);
    EXPECT_FALSE(w.bases[0]->part->on_air());
    w.run(22s);
    EXPECT_EQ(w.state_of(0), state::free_running);
    EXPECT_TRUE(w.bases[0]->part->on_air());
    EXPECT_EQ(w.at(0).timing().ppb(), 1'000);
}

TEST(synchronisation, two_trees_merge_when_somebody_hears_both) {
    row w;
    for (int i : {0, 1, 3, 4})
        w.add(synchronisation::method::air, 0, i * row::apart_m, i % 2 == 0 ? 3'000 + i : -3'000);
    w.add(synchronisation::method::air, 0, 2 * row::apart_m, 500);
    for (std::size_t i = 0; i < 4; ++i) w.bases[i]->part->start(band::eu, sim::dbm::of(24));
    w.run(60s);
    int roots = 0;
    for (std::size_t i = 0; i < 4; ++i) roots += w.state_of(i) == state::free_running ? 1 : 0;
    EXPECT_EQ(roots, 2);
    w.bases[4]->part->start(band::eu, sim::dbm::of(24));
    w.run(60s);
    roots = 0;
    for (std::size_t i = 0; i < 5; ++i) {
        roots += w.state_of(i) == state::free_running ? 1 : 0;
        EXPECT_LT(std::abs(w.apart_us(i, 0)), 4.0) << i;
    }
    EXPECT_EQ(roots, 1);
}

TEST(synchronisation, hops_are_bounded) {
    row w;
    for (int i = 0; i < 4; ++i) {
        fixed_part::config c;
        c.identity = make_rfpi_class_a(vendor_emc, static_cast<std::uint32_t>(20 + i), 0);
        c.place = {i * row::apart_m, 100, 0};
        c.timing.by = synchronisation::method::air;
        c.timing.system = 7;
        c.timing.level = i == 0 ? 1 : 0;
        c.timing.hops_max = 2;
        c.timing.weakest = sim::dbm::of(-70);
        w.add_configured_base(c);
    }
    w.start_all();
    w.run(60s);
    EXPECT_EQ(w.latest(2).hops, 2);
    EXPECT_EQ(w.state_of(3), state::free_running);
}

TEST(synchronisation, over_the_lan_all_follow_one_and_another_when_it_is_gone) {
    row w;
    for (int i = 0; i < 6; ++i)
        w.add(synchronisation::method::lan, i == 2 ? 1 : 0, i * 500.0, i % 2 == 0 ? 5'000 : -5'000);
    w.start_all();
    w.run(10s);
    for (std::size_t i = 0; i < 6; ++i) {
        EXPECT_EQ(w.state_of(i), i == 2 ? state::free_running : state::synchronised);
        EXPECT_EQ(w.latest(i).hops, i == 2 ? 0 : 1);
        EXPECT_LT(std::abs(w.apart_us(i, 2)), 0.501);
    }
    w.bases[2]->part->stop();
    w.run(20s);
    int roots = 0;
    for (std::size_t i : {0U, 1U, 3U, 4U, 5U}) {
        roots += w.state_of(i) == state::free_running ? 1 : 0;
        EXPECT_LT(std::abs(w.apart_us(i, 0)), 1.001) << i;
    }
    EXPECT_EQ(roots, 1);
    w.run(600s);
    for (std::size_t i : {1U, 3U, 4U, 5U}) EXPECT_LT(std::abs(w.apart_us(i, 0)), 1.001) << i;
    w.bases[2]->part->start(band::eu, sim::dbm::of(24));
    w.run(60s);
    for (std::size_t i = 0; i < 6; ++i) EXPECT_LT(std::abs(w.apart_us(i, 2)), 1.001) << i;
}

TEST(synchronisation, the_slot_of_the_source_is_not_for_links) {
    row w;
    w.add_row(1);
    for (int i = 0; i < 14; ++i) w.add_handset({75.0 + i, 2, 0});
    w.add(synchronisation::method::air, 0, row::apart_m, -2'000, 12);
    w.start_all();
    w.run(40s);
    for (auto& h : w.handsets) h->part->lock(band::eu, w.bases[1]->id);
    w.run(5s);
    for (auto& h : w.handsets) h->part->open_link();
    w.run(10s);
    int links = 0;
    for (auto& h : w.handsets) links += h->count("established");
    EXPECT_EQ(links, 10);  // of twelve pairs, one for the dummy bearer and one for the source
    EXPECT_EQ(w.state_of(1), state::synchronised);
    w.run(60s);
    EXPECT_EQ(w.state_of(1), state::synchronised);
}

TEST(synchronisation, bursts_in_step_do_not_slide_over_one_another) {
    // Two bases out of each other's earshot, a handset between them on the one: the other's bearer slides over its own
    // sooner or later if the clocks differ, and never if they do not.
    for (const bool in_step : {false, true}) {
        row w(3);
        const auto by = in_step ? synchronisation::method::lan : synchronisation::method::none;
        for (int i = 0; i < 12; ++i) w.add(by, i == 0 ? 1 : 0, i * 4.0, i % 2 == 0 ? 9'000 : -9'000);
        w.start_all();
        w.run(10s);
        for (int i = 0; i < 36; ++i) w.add_handset({(i % 12) * 4.0, 3.0 + i / 12, 0});
        for (std::size_t i = 0; i < w.handsets.size(); ++i) w.handsets[i]->part->lock(band::eu, w.bases[i % 12]->id);
        w.run(10s);
        for (auto& h : w.handsets) h->part->open_link();
        w.run(10s);
        const auto before = w.all<sim::record::handover>().size();
        w.run(600s);
        const auto handovers = w.all<sim::record::handover>().size() - before;
        if (in_step) {
            EXPECT_EQ(handovers, 0U);
        } else {
            EXPECT_GT(handovers, 10U);
        }
    }
}

TEST(synchronisation, same_seed_same_records) {
    const auto digest = [](std::uint64_t seed) {
        row w(seed);
        for (int i = 0; i < 5; ++i) w.add(synchronisation::method::air, 0, i * row::apart_m, 1'000 * i);
        w.start_all();
        w.run(100s);
        std::string all;
        for (const auto& [at, r] : w.records_of<changed>())
            all += fmt::format("{} {} {} {}\n", at.time_since_epoch().count(), r.state, r.hops, r.corrected_ns);
        return all;
    };
    EXPECT_EQ(digest(4), digest(4));
    EXPECT_NE(digest(4), digest(5));
}

}  // namespace
}  // namespace dectbed::radio::test
