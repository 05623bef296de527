#include "radio/medium.h"

#include <gtest/gtest.h>

#include "radio/propagation.h"
#include "radio/timers.h"
#include "sim/random.h"

namespace dectbed::radio {
namespace {

using namespace std::chrono_literals;

struct bench {
    sim::simulation s{1};
    medium m{s, path_loss_parameters{}, receiver_parameters{}};
    int names = 0;

    station_index at(double x_m, double y_m = 0) {
        return m.add_station(s.journal().declare("station[" + std::to_string(names++) + "]", "station"), {x_m, y_m, 0});
    }
    static plan full_slot(station_index who, int carrier, int slot, station_clock clock = {}) {
        plan p;
        p.transmitter = who;
        p.carrier = carrier;
        p.slot = slot;
        p.bits = bits_p32;
        p.power = sim::dbm::of(24);
        p.timing = station_timing(clock);
        return p;
    }
    void run(sim::duration d) {
        const auto end = s.now() + d;
        (void)s.kernel().at(end, [] {});  // time goes on even if nothing happens
        s.kernel().run_until(end);
    }
};

TEST(propagation, log_distance_with_floors) {
    const path_loss_parameters p;
    EXPECT_EQ(path_loss(p, {0, 0, 0}, {10, 0, 0}), sim::db::of(67));
    EXPECT_EQ(path_loss(p, {0, 0, 0}, {0, 100, 0}), sim::db::of(97));
    EXPECT_EQ(path_loss(p, {0, 0, 0}, {0.2, 0, 0}), sim::db::of(37));
    EXPECT_EQ(floors_between(p, 1, 2.9), 0);
    EXPECT_EQ(floors_between(p, 1, 7), 2);
    // One floor costs its 18.3 dB, two cost 18.3 * 2^(4/3 - 0.46) = 33.5 dB.
    const auto flat = path_loss(p, {0, 0, 1}, {20, 0, 1});
    EXPECT_NEAR((path_loss(p, {0, 0, 1}, {20, 0, 3.5}) - flat).value(), 18.3, 0.11);
    EXPECT_NEAR((path_loss(p, {0, 0, 1}, {200, 0, 7}) - path_loss(p, {0, 0, 1}, {200, 0, 1})).value(), 33.5, 0.1);
    EXPECT_EQ(path_loss(p, {1, 2, 3}, {4, 5, 6}), path_loss(p, {4, 5, 6}, {1, 2, 3}));
}

TEST(propagation, a_path_through_the_corner_of_two_walls_crosses_one) {
    path_loss_parameters p;
    p.walls.push_back({0, 0, 5, 5, 10});
    p.walls.push_back({5, 5, 10, 0, 10});
    EXPECT_EQ(wall_loss_db(p, {5, 0, 0}, {5, 10, 0}), 10);
    EXPECT_EQ(wall_loss_db(p, {2, 0, 0}, {2, 10, 0}), 10);
    EXPECT_EQ(wall_loss_db(p, {2, 10, 0}, {8, 10, 0}), 0);
}

TEST(reception, curve_passes_the_standards_points) {
    // BER 1e-3 at margin 0: 1 - 0.999^64.
    EXPECT_NEAR(a_field_error_probability(sim::db{0}), 0.0620, 0.0002);
    EXPECT_EQ(a_field_error_probability(margin_certain), 0.0);
    EXPECT_LT(a_field_error_probability(sim::db{4'499}), 1e-6);
    EXPECT_EQ(a_field_error_probability(margin_hopeless), 1.0);
    EXPECT_GT(a_field_error_probability(sim::db{-5'999}), 0.999);
    for (int m = -6'000; m < 4'500; m += 100)
        EXPECT_GE(a_field_error_probability(sim::db{m}), a_field_error_probability(sim::db{m + 100}));
    // The limits for giving up: unlikely to miss that often by chance above them.
    double lock = 1, link = 1;
    for (int i = 0; i < 31; ++i) lock *= a_field_error_probability(margin_lock);
    for (int i = 0; i < 500; ++i) link *= a_field_error_probability(margin_bearer);
    EXPECT_LT(lock, 1e-3);
    EXPECT_LT(link, 1e-2);
}

TEST(medium, equal_signals_in_one_slot_destroy_each_other) {
    bench b;
    const auto rx = b.at(0), one = b.at(10), two = b.at(-10);
    const auto p = b.m.begin_burst(bench::full_slot(one, 3, 14), 5);
    const auto q = b.m.begin_burst(bench::full_slot(two, 3, 14), 5);
    EXPECT_EQ(b.m.receive(p, 5, bits_p32, rx, draw_purpose::access), reception::interfered);
    EXPECT_EQ(b.m.receive(q, 5, bits_p32, rx, draw_purpose::access), reception::interfered);
}

TEST(medium, the_much_stronger_signal_captures_the_receiver) {
    bench b;
    const auto rx = b.at(0), near = b.at(10), far = b.at(40);  // 18 dB apart
    const auto p = b.m.begin_burst(bench::full_slot(near, 3, 14), 5);
    const auto q = b.m.begin_burst(bench::full_slot(far, 3, 14), 5);
    EXPECT_EQ(b.m.receive(p, 5, bits_p32, rx, draw_purpose::access), reception::good);
    EXPECT_EQ(b.m.receive(q, 5, bits_p32, rx, draw_purpose::access), reception::interfered);
}

TEST(medium, other_slots_and_frames_do_not_disturb) {
    bench b;
    const auto rx = b.at(0), one = b.at(10), two = b.at(-10);
    const auto p = b.m.begin_burst(bench::full_slot(one, 3, 14), 5);
    (void)b.m.begin_burst(bench::full_slot(two, 3, 15), 5);
    (void)b.m.begin_burst(bench::full_slot(two, 3, 14), 6);
    EXPECT_EQ(b.m.receive(p, 5, bits_p32, rx, draw_purpose::access), reception::good);
    EXPECT_EQ(b.m.receive(p, 6, bits_p32, rx, draw_purpose::access), reception::not_sent);
}

TEST(medium, neighbouring_carriers_disturb_when_they_are_strong_enough) {
    // Wanted at 100 m; the other at distance d on the next carrier may be 13 dB stronger (11 - 24 = -13 dB).
    for (const auto& [channels, limit_db] : {std::pair{1, 13.0}, {2, 34.0}, {3, 40.0}, {7, 40.0}})
        for (const bool too_strong : {false, true}) {
            bench b;
            const auto rx = b.at(0), wanted = b.at(40), other = b.at(-40);
            plan o = bench::full_slot(other, 1 + channels, 4);
            o.power = sim::dbm::of(24) + sim::db::of(limit_db + (too_strong ? 7 : -6));
            const auto p = b.m.begin(bench::full_slot(wanted, 1, 4));
            (void)b.m.begin(o);
            EXPECT_EQ(b.m.receive(p, 3, bits_p00, rx, draw_purpose::beacon),
                      too_strong ? reception::interfered : reception::good)
                << channels;
        }
}

TEST(medium, unsynchronised_bursts_overlap_exactly_as_their_clocks_say) {
    bench b;
    const auto rx = b.at(0), one = b.at(10), two = b.at(-10);
    const auto p = b.m.begin(bench::full_slot(one, 3, 4));
    // The other's slot 0 begins just after our burst's end, or one bit before it.
    const auto ours_end = p->burst_end(0, bits_p32).time_since_epoch();
    for (const bool touching : {false, true}) {
        station_clock c;
        c.phase = ours_end - (touching ? sim::duration{868'056} : sim::duration{0});
        const auto q = b.m.begin(bench::full_slot(two, 3, 0, c));
        EXPECT_EQ(b.m.receive(p, 2, bits_p32, rx, draw_purpose::bearer),
                  touching ? reception::interfered : reception::good);
        EXPECT_EQ(b.m.receive(p, 2, bits_p00, rx, draw_purpose::bearer), reception::good);  // only the tail is hit
        b.m.end(q);
        b.run(1ms);
    }
}

TEST(medium, drifting_clocks_meet_and_part) {
    bench b;
    const auto rx = b.at(0), one = b.at(10), two = b.at(-10);
    const auto p = b.m.begin(bench::full_slot(one, 3, 4));
    // Half a slot later and 10 ppm fast: it comes nearer by 100 ns a frame's ten, 10 us a second.
    station_clock c{sim::duration{500'000'000}, 10'000, 0};
    (void)b.m.begin(bench::full_slot(two, 3, 4, c));
    int changes = 0;
    bool was_good = true;
    for (int second = 0; second < 200; ++second) {
        b.run(1s);
        const auto frame = p->timing.at(b.s.now()).frame;
        const bool good = b.m.receive(p, frame, bits_p32, rx, draw_purpose::bearer) == reception::good;
        if (good != was_good) ++changes;
        was_good = good;
        // 500 us - t * 10 us, and a burst lasts 368 us: they meet from 13.2 s to 86.8 s.
        const double distance_us = 500.0 - (second + 1) * 10.0;
        if (distance_us > 370 || distance_us < -370) {
            ASSERT_TRUE(good) << second;
        }
        if (distance_us < 366 && distance_us > -366) {
            EXPECT_FALSE(good) << second;
        }
    }
    EXPECT_EQ(changes, 2);
}

/// What was worked out while all clocks on the air went alike must not be believed when one comes that does not.
TEST(medium, a_clock_far_faster_than_all_before_it_slides_through_more_than_half_a_frame) {
    bench b;
    const auto rx = b.at(0), one = b.at(10), two = b.at(-10);
    const auto p = b.m.begin(bench::full_slot(one, 3, 4));
    const auto received = [&](std::int64_t frame) { return b.m.receive(p, frame, bits_p32, rx, draw_purpose::bearer); };
    b.run(5s);
    EXPECT_EQ(received(p->timing.at(b.s.now()).frame - 1), reception::good);
    // 4.5 ms before ours, and 5.5 ms after: the latter comes nearer by 300 us a second.
    b.run(10ms);
    const std::int64_t first = p->timing.at(b.s.now()).frame;
    station_clock c;
    c.phase = p->burst_start(first).time_since_epoch() - 4'500us;
    c.ppb = 300'000;
    const auto q = b.m.begin(bench::full_slot(two, 3, 0, c));
    int hits = 0;
    for (std::int64_t f = first + 1; f < first + 1980; ++f) {
        const auto from = p->burst_start(f), to = p->burst_end(f, bits_p32);
        b.run(to - b.s.now());
        bool hit = false;
        const std::int64_t near = q->timing.frame_not_before(from - frame_nominal, 0);
        for (std::int64_t g = near; g < near + 3; ++g)
            hit = hit || (q->burst_start(g) < to && q->burst_end(g, bits_p32) > from);
        ASSERT_EQ(received(f), hit ? reception::interfered : reception::good) << f;
        hits += hit ? 1 : 0;
    }
    EXPECT_GT(hits, 100);  // (18.33 - 1.23) s after it began and later
}

TEST(medium, watch_foresees_the_slide_that_silences_a_signal) {
    bench b;
    const auto rx = b.at(0), one = b.at(10), two = b.at(-10);
    plan wanted = bench::full_slot(one, 3, 4);
    wanted.bits = bits_p00;
    const auto p = b.m.begin(wanted);
    // 83 us of A-field and 368 us of burst: at 10 us a second the overlap lasts 45 s, from 36.8 s before to 8.3 s
    // after.
    station_clock c{sim::duration{500'000'000}, 10'000, 0};
    const auto q = b.m.begin(bench::full_slot(two, 3, 4, c));
    sim::time_point lost = never;
    signal_watch w(b.m, rx, T207, margin_lock, [&] { lost = b.s.now(); });
    w.watch(p);
    b.run(300s);
    // They meet when the other begins 83.3 us after ours: (500 - 83.3) / 10 = 41.7 s; T207 later it is lost.
    EXPECT_NEAR(sim::to_seconds(lost), 41.67 + 5.0, 0.1);
    (void)q;
}

/// What stepping through the frames finds: the first burst of a row that is hit for the whole period, and the period.
sim::time_point silenced_by_stepping(const plan& p, const plan& q, sim::duration period, sim::time_point until) {
    auto row = never;
    for (std::int64_t f = p.timing.frame_not_before(p.since, p.slot); p.burst_start(f) < until; ++f) {
        const auto from = p.burst_start(f), to = p.burst_end(f, bits_p00);
        if (row != never && to >= row + period) return row + period;
        const std::int64_t near = q.timing.frame_not_before(from - frame_nominal, q.slot);
        bool hit = false;
        for (std::int64_t g = near; g < near + 3; ++g)
            hit = hit || (q.sends_at(q.burst_start(g)) && q.burst_start(g) < to && q.burst_end(g, q.bits) > from);
        if (!hit) row = never;
        if (hit && row == never) row = from;
    }
    return never;
}

TEST(medium, watch_foresees_slides_to_the_very_burst) {
    sim::random_stream r(5, "slides", "test");
    int silenced = 0, passed = 0;
    for (int i = 0; i < 300; ++i) {
        bench b;
        const auto rx = b.at(0), one = b.at(10), two = b.at(-10);
        const auto clock = [&](std::int64_t ppb_max) {
            station_clock c;
            c.phase = sim::duration{r.between(0, 9'999'999'999)};
            c.ppb = static_cast<std::int32_t>(r.between(-ppb_max, ppb_max));
            return c;
        };
        const std::int64_t ppb_max = i % 3 == 0 ? 400'000 : i % 3 == 1 ? 25'000 : 200;
        station_clock ours = clock(ppb_max), theirs = clock(ppb_max);
        // Often near each other, now and then across the end of a frame.
        if (i % 2 == 0) theirs.phase = sim::duration{(ours.phase.count() + r.between(0, 400'000'000)) % 10'000'000'000};
        plan wanted = bench::full_slot(one, 3, 4, ours);
        wanted.bits = bits_p00;
        const auto p = b.m.begin(wanted);
        const auto q = b.m.begin(bench::full_slot(two, 3, 4, theirs));
        const auto period = i % 4 == 0 ? handover_reaction : T207;
        auto lost = never;
        signal_watch w(b.m, rx, period, margin_lock, [&] { lost = b.s.now(); });
        w.watch(p);
        b.run(100s);
        const auto expected = silenced_by_stepping(*p, *q, period, b.s.now());
        EXPECT_EQ(lost, expected) << i;
        ++(expected == never ? passed : silenced);
    }
    EXPECT_GT(silenced, 30);
    EXPECT_GT(passed, 30);
}

TEST(medium, a_transmission_counts_from_its_first_burst) {
    for (const auto period : {sim::duration{handover_reaction}, sim::duration{T207}}) {
        bench b;
        const auto rx = b.at(0), one = b.at(10), two = b.at(-10);
        const auto p = b.m.begin(bench::full_slot(one, 3, 4));
        auto lost = never;
        signal_watch w(b.m, rx, period, margin_lock, [&] { lost = b.s.now(); });
        w.watch(p);
        b.run(1s);
        plan announced = bench::full_slot(two, 3, 4);
        announced.since = announced.burst_start(announced.timing.frame_not_before(b.s.now(), 4) + 1);
        const auto q = b.m.begin(std::move(announced));
        b.run(20s);
        EXPECT_EQ(lost, q->since + period);
    }
}

TEST(medium, who_moves_is_given_the_whole_period_again) {
    for (const bool interferer_moves : {false, true}) {
        bench b;
        const auto rx = b.at(0), one = b.at(10), two = b.at(100);
        const auto p = b.m.begin(bench::full_slot(one, 3, 4));
        const auto q = b.m.begin(bench::full_slot(two, 3, 4));
        auto lost = never;
        signal_watch w(b.m, rx, T207, margin_lock, [&] { lost = b.s.now(); });
        w.watch(p);
        b.run(60s);
        EXPECT_EQ(lost, never);
        const auto moved = b.s.now();
        interferer_moves ? b.m.move(two, {11, 0, 0}) : b.m.move(rx, {90, 0, 0});
        b.run(20s);
        ASSERT_NE(lost, never);
        EXPECT_GE(lost - moved, T207);
        EXPECT_LE(lost - moved, T207 + frame_nominal);
        (void)q;
    }
}

TEST(medium, watch_does_not_mind_an_interferer_that_leaves_in_time) {
    bench b;
    const auto rx = b.at(0), one = b.at(10), two = b.at(-10);
    const auto p = b.m.begin(bench::full_slot(one, 3, 4));
    bool lost = false;
    signal_watch w(b.m, rx, T207, margin_lock, [&] { lost = true; });
    w.watch(p);
    b.run(10s);
    const auto q = b.m.begin(bench::full_slot(two, 3, 4));
    b.run(4900ms);
    b.m.end(q);
    b.run(20s);
    EXPECT_FALSE(lost);
    (void)b.m.begin(bench::full_slot(two, 3, 4));
    b.run(4999ms);
    EXPECT_FALSE(lost);
    b.run(2ms);
    EXPECT_TRUE(lost);
}

TEST(medium, rssi_shows_who_sends_where) {
    bench b;
    const auto rx = b.at(0), other = b.at(10);
    (void)b.m.begin(bench::full_slot(other, 3, 4));
    b.run(50ms);
    const auto map = b.m.measure(rx, station_timing{}, plan_of(band::eu), std::vector<sim::time_point>(10, b.s.now()));
    const auto level = sim::dbm::of(24 - 67);
    EXPECT_EQ(map.at[3][4], level);
    EXPECT_EQ(map.at[3][5], sim::dbm::of(-93));
    EXPECT_EQ(map.at[2][4], level - sim::db::of(32));
    EXPECT_EQ(map.at[5][4], sim::dbm::of(-93));
    // Half a slot off, it covers two slots.
    const auto shifted = b.m.measure(rx, station_timing(station_clock{sim::duration{200'000'000}, 0, 0}),
                                     plan_of(band::eu), std::vector<sim::time_point>(10, b.s.now()));
    EXPECT_EQ(shifted.at[3][3], level);
    EXPECT_EQ(shifted.at[3][4], level);
}

}  // namespace
}  // namespace dectbed::radio
