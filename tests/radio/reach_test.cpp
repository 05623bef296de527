// What the medium finds by place, frequency and phase, against all that exists.
#include <gtest/gtest.h>

#include <cmath>

#include "radio/medium.h"
#include "radio/timers.h"
#include "sim/random.h"

namespace dectbed::radio {
namespace {

using namespace std::chrono_literals;

struct crowd {
    sim::simulation s{1};
    path_loss_parameters loss;
    propagation truth;
    std::unique_ptr<medium> m;
    std::vector<station_index> stations;
    std::vector<sim::position> places;
    std::vector<plan_ptr> plans;
    sim::random_stream draw{77, "crowd", "places"};

    explicit crowd(const path_loss_parameters& p, int senders, int listeners, double across_m)
        : loss(p), truth(p, sim::stream_key(1, "crowd", "radio shadowing")) {
        m = std::make_unique<medium>(s, p, receiver_parameters{}, "crowd");
        for (int i = 0; i < senders + listeners; ++i) {
            places.push_back({draw.uniform(0, across_m), draw.uniform(0, across_m), draw.uniform(0, 9)});
            const auto who = s.journal().declare("station[" + std::to_string(i) + "]", "station");
            stations.push_back(m->add_station(who, places.back()));
        }
        for (int i = 0; i < senders; ++i) plans.push_back(m->begin(random_plan(i)));
    }
    plan random_plan(int i) {
        plan p;
        p.transmitter = stations[static_cast<std::size_t>(i)];
        p.carrier = static_cast<int>(draw.below(10));
        p.slot = static_cast<int>(draw.below(24));
        p.bits = draw.chance(0.5) ? bits_p32 : bits_p00;
        p.power = sim::dbm::of(24);
        p.since = s.now();
        station_clock c;
        c.phase = sim::duration{static_cast<std::int64_t>(draw.below(10'000'000'000))};
        c.ppb = static_cast<std::int32_t>(draw.between(-10'000, 10'000));
        p.timing = station_timing(c);
        return p;
    }
    void run(sim::duration d) {
        const auto end = s.now() + d;
        (void)s.kernel().at(end, [] {});
        s.kernel().run_until(end);
    }
    sim::dbm heard(const plan& p, station_index at) const {
        const auto& from = places[p.transmitter];
        return p.power - truth.loss(from, places[at]);
    }
    /// By the definition, over all plans, with exact instants. Above margin_certain: that much or more.
    sim::db margin(const plan& p, std::int64_t frame, std::int64_t bits, station_index at) const {
        const receiver_parameters r;
        const auto from = p.burst_start(frame), to = p.burst_end(frame, bits);
        const sim::dbm noise = r.sensitivity - r.co_channel;
        double mw = noise.milliwatt();
        for (const plan_ptr& other : plans) {
            if (other->transmitter == p.transmitter) continue;
            bool meets = false;
            const std::int64_t about = other->timing.at(from).frame;
            for (std::int64_t f = about - 2; f <= about + 2; ++f)
                meets = meets || (other->sends_at(other->burst_start(f)) && other->burst_start(f) < to &&
                                  other->burst_end(f, other->bits) > from);
            const sim::dbm level = heard(*other, at) - rejection_at(r, channels_apart(other->centre_khz, p.centre_khz));
            if (meets && level >= noise - sim::db::of(20)) mw += level.milliwatt();
        }
        return heard(p, at) - r.co_channel - sim::dbm::of_milliwatt(mw);
    }
};

void compare_with_all(const path_loss_parameters& loss, double across_m) {
    constexpr int senders = 300, listeners = 60;
    crowd c(loss, senders, listeners, across_m);
    int exact = 0, good = 0, none = 0, ended = 0;
    for (int round = 0; round < 1500; ++round) {
        if (round % 10 == 0) c.run(sim::duration{static_cast<std::int64_t>(c.draw.below(700'000'000'000))});
        if (round % 25 == 0) {  // somebody ends, somebody begins
            auto& p = c.plans[c.draw.below(c.plans.size())];
            c.m->end(p);
            c.plans.push_back(c.m->begin(c.random_plan(static_cast<int>(c.draw.below(senders)))));
            ++ended;
        }
        if (round % 40 == 0) {  // somebody walks, perhaps while sending
            const auto who = c.draw.below(senders + listeners);
            c.places[who].x_m = c.draw.uniform(0, across_m);
            c.m->move(c.stations[who], c.places[who]);
        }
        const plan_ptr p = c.plans[c.draw.below(c.plans.size())];
        const station_index at = c.stations[senders + c.draw.below(listeners)];
        const auto back = sim::duration{
            static_cast<std::int64_t>(c.draw.below(c.draw.chance(0.2) ? 4'000'000'000'000 : 300'000'000'000))};
        const std::int64_t frame = p->timing.at(std::max(c.s.now() - back, sim::time_point{1s})).frame;
        if (!p->sends_at(p->burst_start(frame))) continue;
        bool interfered = false, blind = false;
        const sim::db got = c.m->margin(*p, frame, p->burst_start(frame), bits_p00, at, interfered, blind);
        const sim::db want = c.margin(*p, frame, bits_p00, at);
        ASSERT_FALSE(blind);
        if (want >= margin_certain + sim::db{20}) {
            EXPECT_GE(got, margin_certain);
            ++good;
        } else if (want <= margin_hopeless - sim::db{20}) {
            EXPECT_LE(got, margin_hopeless);
            ++none;
        } else {
            EXPECT_NEAR(got.value(), want.value(), 0.03) << round;
            ++exact;
        }
    }
    EXPECT_GT(exact, 20);
    EXPECT_GT(good, 40);
    EXPECT_GT(none, 50);
    EXPECT_GT(ended, 40);
}

TEST(reach, margins_are_those_of_all_that_exists) { compare_with_all({}, 400); }

TEST(reach, margins_are_those_of_all_that_exists_on_a_wide_site) {
    path_loss_parameters p;
    p.exponent = 4.5;  // 49 m to the limit of reading: several cells
    compare_with_all(p, 130);
}

TEST(reach, margins_are_those_of_all_that_exists_in_shadows) {
    path_loss_parameters p;
    p.exponent = 4;
    p.shadowing_db = 5;
    compare_with_all(p, 150);
}

TEST(reach, rssi_is_that_of_all_that_exists) {
    path_loss_parameters loss;
    loss.exponent = 4;
    crowd c(loss, 200, 20, 600);
    c.run(1s);
    int loud = 0;
    for (int i = 200; i < 220; ++i) {
        const station_index at = c.stations[static_cast<std::size_t>(i)];
        const auto map =
            c.m->measure(at, station_timing{}, plan_of(band::eu), std::vector<sim::time_point>(10, c.s.now()));
        for (std::size_t carrier = 0; carrier < 10; ++carrier) {
            sim::dbm loudest = receiver_parameters{}.rssi_floor, shown = loudest;
            for (const plan_ptr& p : c.plans)
                loudest =
                    std::max(loudest, c.heard(*p, at) - leakage_at(receiver_parameters{},
                                                                   std::abs(static_cast<int>(carrier) - p->carrier)));
            for (const sim::dbm slot : map.at[carrier]) shown = std::max(shown, slot);
            EXPECT_EQ(shown, loudest);
            loud += loudest > receiver_parameters{}.rssi_floor ? 1 : 0;
        }
    }
    EXPECT_GT(loud, 60);
}

TEST(reach, beacons_are_all_that_can_be_understood_in_the_order_they_began) {
    path_loss_parameters loss;
    loss.exponent = 4;
    crowd c(loss, 1, 20, 200);
    for (int i = 0; i < 400; ++i) {
        plan p = c.random_plan(static_cast<int>(c.draw.below(20)) + 1);
        if (c.draw.chance(0.8)) p.broadcast = std::make_shared<beacon>();
        c.plans.push_back(c.m->begin(p));
        if (c.draw.chance(0.2)) c.m->end(c.plans.back());
        c.run(5ms);
    }
    std::vector<plan*> found;
    std::size_t all = 0;
    for (const station_index at : c.stations)
        for (int carrier = 0; carrier < 10; ++carrier) {
            const auto from = sim::time_point{500ms}, to = sim::time_point{900ms};
            c.m->beacons(plan_of(band::eu).centre_khz(carrier), at, from, to, found);
            std::vector<plan*> expected;
            for (const plan_ptr& p : c.plans)
                if (p->broadcast && p->carrier == carrier && p->transmitter != at && p->until > from && p->since < to &&
                    c.heard(*p, at) - receiver_parameters{}.sensitivity > margin_hopeless)
                    expected.push_back(p.get());
            EXPECT_EQ(found, expected);
            all += found.size();
        }
    EXPECT_GT(all, 150U);
}

TEST(loss_cache, forgets_what_was_not_asked_for_lately_and_never_more) {
    loss_cache cache(1024);
    int worked = 0;
    const auto ask = [&](std::uint32_t owner, std::uint32_t other, std::uint32_t version = 0) {
        return cache.of(owner, other, version, [&] {
            ++worked;
            return sim::db{static_cast<std::int32_t>(owner * 100'000 + other * 10 + version)};
        });
    };
    for (std::uint32_t owner = 0; owner < 200; ++owner)
        for (std::uint32_t other = 0; other < 50; ++other) {
            ASSERT_EQ(ask(owner, other).milli, static_cast<std::int32_t>(owner * 100'000 + other * 10));
            ASSERT_EQ(ask(owner, other / 2).milli, static_cast<std::int32_t>(owner * 100'000 + other / 2 * 10));
            ASSERT_LE(cache.slots(), 1024U + 128U);
        }
    EXPECT_LT(worked, 200 * 50 * 3 / 2);
    const int before = worked;
    EXPECT_EQ(ask(199, 7).milli, 199 * 100'000 + 70);
    EXPECT_EQ(worked, before);
    EXPECT_EQ(ask(199, 7, 3).milli, 199 * 100'000 + 73);  // it has moved
    EXPECT_EQ(worked, before + 1);
    cache.forget(199);
    EXPECT_EQ(ask(199, 7, 3).milli, 199 * 100'000 + 73);
    EXPECT_EQ(worked, before + 2);
}

plan steady_plan(station_index who, sim::time_point since) {
    plan p;
    p.transmitter = who;
    p.carrier = 3;
    p.slot = 4;
    p.bits = bits_p00;
    p.power = sim::dbm::of(24);
    p.since = since;
    return p;
}

TEST(fading, a_watch_loses_the_signal_when_every_block_of_the_period_was_bad) {
    // Mean margins from hopeless to safe, in blocks of a second: five bad ones in a row lose the lock.
    int lost_some = 0, kept_some = 0;
    for (const double distance : {90.0, 150.0, 220.0, 260.0, 300.0, 400.0}) {
        path_loss_parameters p;
        p.fades = {fading_kind::rayleigh, 0, 1s};
        sim::simulation s{3};
        medium m(s, p, receiver_parameters{}, "home");
        const auto rx = m.add_station(s.journal().declare("handset", "handset"), {0, 0, 0});
        const auto tx = m.add_station(s.journal().declare("base", "base"), {distance, 0, 0});
        const auto sent = m.begin(steady_plan(tx, s.now()));
        sim::time_point lost = never;
        signal_watch w(m, rx, T207, margin_lock, [&] { lost = s.now(); });
        w.watch(sent);
        (void)s.kernel().at(sim::time_point{900s}, [] {});
        const auto before = s.kernel().executed_events();
        s.kernel().run_until(sim::time_point{900s});
        EXPECT_LE(s.kernel().executed_events() - before, 8U);
        sim::time_point expected = never;
        int bad = 0;
        for (int second = 0; second < 900 && expected == never; ++second) {
            const auto at = sim::time_point{std::chrono::seconds(second)};
            bad = m.quiet_margin(*sent, rx) + m.fade(*sent, rx, at) < margin_lock ? bad + 1 : 0;
            if (bad == 5) expected = at + 1s;
        }
        if (expected == never) {
            EXPECT_EQ(lost, never) << distance;
        } else {
            EXPECT_EQ(lost, expected) << distance;
        }
        (lost == never ? kept_some : lost_some) += 1;
    }
    EXPECT_GE(lost_some, 2);
    EXPECT_GE(kept_some, 2);
}

TEST(fading, receptions_follow_the_gain_of_their_block) {
    path_loss_parameters p;
    p.fades = {fading_kind::rayleigh, 0, 100ms};
    sim::simulation s{3};
    medium m(s, p, receiver_parameters{}, "home");
    const auto rx = m.add_station(s.journal().declare("handset", "handset"), {0, 0, 0});
    const auto tx = m.add_station(s.journal().declare("base", "base"), {150, 0, 0});
    const auto sent = m.begin(steady_plan(tx, s.now()));
    int good = 0, bad = 0, whole_blocks = 0;
    for (std::int64_t block = 1; block < 400; ++block) {
        const sim::db at = m.quiet_margin(*sent, rx) + m.fade(*sent, rx, m.fades().start_of(block));
        if (at > margin_hopeless && at < margin_certain) continue;
        for (std::int64_t f = block * 10; f < block * 10 + 10; ++f) {
            const bool got = m.receive(sent, f, bits_p00, rx, draw_purpose::beacon) == reception::good;
            EXPECT_EQ(got, at >= margin_certain);
            (got ? good : bad) += 1;
        }
        ++whole_blocks;
    }
    EXPECT_GT(whole_blocks, 100);
    EXPECT_GT(good, 200);
    EXPECT_GT(bad, 50);
}

}  // namespace
}  // namespace dectbed::radio
