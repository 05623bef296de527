#include "models/servers/service_station.h"

#include <gtest/gtest.h>

#include "tests/models/servers/bench.h"

namespace dectbed::models::servers {
namespace {

service_parameters parameters(std::size_t workers, double seconds, std::size_t queue_max) {
    return {workers, sim::distribution::constant(seconds), queue_max, overflow_policy::reject};
}

TEST(service_station, when_requests_meet_then_they_queue_in_order_for_the_workers) {
    bench b;
    service_station station(b.s, b.who, parameters(2, 1.0, 10));
    std::vector<std::string> log;
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(station.submit([&, i](sim::duration waited, sim::duration served) {
            log.push_back(std::to_string(i) + " at " + sim::to_text(b.s.now()) + " waited " + sim::to_text(waited));
            EXPECT_EQ(served, sim::duration{1s});
        }));
    }
    b.run();
    EXPECT_EQ(log, (std::vector<std::string>{"0 at 1.000000 s waited 0.000000 s", "1 at 1.000000 s waited 0.000000 s",
                                             "2 at 2.000000 s waited 1.000000 s", "3 at 2.000000 s waited 1.000000 s",
                                             "4 at 3.000000 s waited 2.000000 s"}));
    const auto queue = b.records<sim::record::server_queue>();
    EXPECT_EQ(queue[4].busy, 2);
    EXPECT_EQ(queue[4].waiting, 3);
    EXPECT_EQ(queue.back().busy, 0);
    EXPECT_EQ(queue.back().waiting, 0);
}

TEST(service_station, when_the_queue_is_full_then_the_next_is_refused) {
    bench b;
    service_station station(b.s, b.who, parameters(1, 1.0, 1));
    int served = 0;
    auto done = [&](sim::duration, sim::duration) { ++served; };
    EXPECT_TRUE(station.submit(done));
    EXPECT_TRUE(station.submit(done));
    EXPECT_FALSE(station.submit(done));
    b.run(1500ms);
    EXPECT_TRUE(station.submit(done));  // one place is free again
    b.run();
    EXPECT_EQ(served, 3);
    ASSERT_EQ(b.records<sim::record::server_refused>().size(), 1u);
    EXPECT_EQ(b.records<sim::record::server_refused>()[0].reason, "queue full");
}

TEST(service_station, when_out_then_work_in_hand_is_lost_and_nothing_is_taken_until_it_is_back) {
    bench b;
    service_station station(b.s, b.who, parameters(1, 1.0, 10));
    station.offer_outage();
    int served = 0;
    auto done = [&](sim::duration, sim::duration) { ++served; };
    station.submit(done);
    station.submit(done);
    sim::fault_spec f;
    f.at = start + 500ms;
    f.target = "internet/server";
    f.action = "outage";
    f.lasts = 10s;
    b.s.faults().arm(f);
    b.s.kernel().at(start + 5s, [&] { EXPECT_FALSE(station.submit(done)); });
    b.s.kernel().at(start + 20s, [&] { EXPECT_TRUE(station.submit(done)); });
    b.run();
    EXPECT_EQ(served, 1);
    const auto states = b.records<sim::record::server_state>();
    ASSERT_EQ(states.size(), 2u);
    EXPECT_FALSE(states[0].up);
    EXPECT_TRUE(states[1].up);
}

TEST(service_station, when_outages_overlap_then_it_is_back_after_the_last) {
    bench b;
    service_station station(b.s, b.who, parameters(1, 1.0, 10));
    station.offer_outage();
    for (int i = 0; i < 2; ++i) {
        sim::fault_spec f;
        f.at = start + 1s * (i + 1);
        f.target = "internet/server";
        f.action = "outage";
        f.arguments["mode"] = i == 0 ? "refuse" : "silent";
        f.lasts = 10s;
        b.s.faults().arm(f);
    }
    b.s.kernel().at(start + 11500ms, [&] { EXPECT_FALSE(station.up()); });
    b.s.kernel().at(start + 12500ms, [&] { EXPECT_TRUE(station.up()); });
    b.run();
}

TEST(service_station, when_the_outage_has_a_strange_argument_then_the_run_fails) {
    bench b;
    service_station station(b.s, b.who, parameters(1, 1.0, 10));
    station.offer_outage();
    sim::fault_spec f;
    f.at = start + 1s;
    f.target = "internet/server";
    f.action = "outage";
    f.arguments["mode"] = "noisy";
    b.s.faults().arm(f);
    EXPECT_THROW(b.run(), sim::run_failure);
}

TEST(service_station, service_times_are_those_of_the_servers_own_stream) {
    auto times = [](const char* other) {
        bench b;
        service_parameters p{1, sim::distribution::exponential(1.0), 100, overflow_policy::reject};
        service_station first(b.s, b.who, p);
        service_station second(b.s, b.s.journal().declare(other, "server"), p);
        std::vector<sim::duration> served;
        for (int i = 0; i < 20; ++i) {
            first.submit([&](sim::duration, sim::duration d) { served.push_back(d); });
            if (std::string(other) == "busy") second.submit([](sim::duration, sim::duration) {});
        }
        b.run();
        return served;
    };
    EXPECT_EQ(times("idle"), times("busy"));
}

sim::fault_spec fault(const char* action, sim::duration at, sim::duration lasts, sim::fault_arguments arguments) {
    sim::fault_spec f;
    f.at = start + at;
    f.target = "internet/server";
    f.action = action;
    f.lasts = lasts;
    f.arguments = std::move(arguments);
    return f;
}

TEST(service_station, when_slow_then_service_takes_so_many_times_as_long_and_afterwards_does_not) {
    bench b;
    service_station station(b.s, b.who, parameters(1, 0.5, 10));
    station.offer_outage();
    b.s.faults().arm(fault("slow", 1s, 10s, {{"factor", "4"}}));
    std::vector<sim::duration> served;
    const auto done = [&](sim::duration, sim::duration d) { served.push_back(d); };
    for (const auto at : {0s, 2s, 20s}) b.s.kernel().at(start + at, [&] { station.submit(done); });
    b.run();
    EXPECT_EQ(served, (std::vector<sim::duration>{500ms, 2s, 500ms}));
}

TEST(service_station, when_a_share_of_requests_fails_then_about_that_share_is_turned_away) {
    bench b;
    service_station station(b.s, b.who, parameters(1000, 0.001, 10));
    station.offer_outage();
    b.s.faults().arm(fault("failures", 0s, 1000s, {{"share", "0.3"}}));
    int taken = 0, turned_away = 0;
    for (int i = 0; i < 2000; ++i) {
        b.s.kernel().at(start + 1s + i * 1s, [&, i] {
            const bool ok = station.submit([](sim::duration, sim::duration) {});
            if (i < 990) ++(ok ? taken : turned_away);
            if (i > 1000) {
                EXPECT_TRUE(ok);
            }
        });
    }
    b.run();
    EXPECT_GT(turned_away, 240);  // 297 expected, 14 standard deviation
    EXPECT_LT(turned_away, 360);
    for (const auto& r : b.records<sim::record::server_refused>()) EXPECT_EQ(r.reason, "partial outage");
}

TEST(service_station, when_maintained_then_everybody_is_told_the_announced_end) {
    bench b;
    service_station station(b.s, b.who, parameters(1, 0.1, 10));
    station.offer_outage();
    b.s.faults().arm(fault("maintenance", 10s, 100s, {{"announced", "90"}}));
    std::vector<std::int64_t> told;
    for (const auto at : {5s, 10s, 50s, 99s, 105s, 111s}) {
        b.s.kernel().at(start + at + 1ms, [&, at] {
            const bool taken = station.submit([](sim::duration, sim::duration) {});
            EXPECT_EQ(taken, at < 10s || at > 110s) << at.count();
            told.push_back(station.retry_after_s(7));
        });
    }
    b.run();
    // It lasts longer than was announced: come back in a second, then.
    EXPECT_EQ(told, (std::vector<std::int64_t>{7, 90, 50, 1, 1, 7}));
    const auto states = b.records<sim::record::server_state>();
    ASSERT_EQ(states.size(), 2u);
    EXPECT_EQ(states[0].reason, "maintenance begins");
    EXPECT_TRUE(station.up());
}

TEST(service_station, when_an_action_has_strange_arguments_then_the_run_fails) {
    const std::vector<std::pair<const char*, sim::fault_arguments>> strange = {
        {"slow", {{"factor", "0"}}},       {"slow", {}},
        {"failures", {{"share", "2"}}},    {"failures", {{"share", "x"}}},
        {"maintenance", {{"share", "1"}}}, {"maintenance", {{"announced", ""}}}};
    for (const auto& [action, arguments] : strange) {
        bench b;
        service_station station(b.s, b.who, parameters(1, 0.1, 10));
        station.offer_outage();
        b.s.faults().arm(fault(action, 1s, 1s, arguments));
        EXPECT_THROW(b.run(), sim::run_failure) << action;
    }
}

TEST(service_station, when_the_load_is_above_the_target_then_more_workers_serve_after_a_delay_and_go_when_it_ends) {
    bench b;
    service_parameters p = parameters(2, 1.0, 1000);
    p.scaling = {6, 0.7, 2, 60s, 120s, 10s};
    service_station station(b.s, b.who, p);
    int served = 0;
    // Three requests a second for ten minutes, then one every ten seconds: two workers serve two a second.
    for (int i = 0; i < 1800; ++i)
        b.s.kernel().at(start + i * 333ms, [&] { station.submit([&](sim::duration, sim::duration) { ++served; }); });
    for (int i = 0; i < 200; ++i)
        b.s.kernel().at(start + 900s + i * 10s,
                        [&] { station.submit([&](sim::duration, sim::duration) { ++served; }); });
    b.s.kernel().at(start + 59s, [&] { EXPECT_EQ(station.workers(), 2u); });
    b.s.kernel().at(start + 75s, [&] { EXPECT_EQ(station.workers(), 4u); });
    b.s.kernel().at(start + 179s, [&] { EXPECT_EQ(station.workers(), 4u) << "no decision before it has cooled down"; });
    b.run();
    EXPECT_EQ(served, 2000);
    EXPECT_EQ(station.workers(), 2u);
    const auto scaled = b.records<sim::record::server_scaled>();
    ASSERT_GE(scaled.size(), 2u);
    EXPECT_EQ(scaled.front().workers, 4);
    EXPECT_EQ(scaled.back().workers, 2);
    for (const auto& s : scaled) EXPECT_LE(s.workers, 6);
}

TEST(overflow_policy, names_go_both_ways) {
    for (auto p : {overflow_policy::reject, overflow_policy::drop, overflow_policy::close}) {
        overflow_policy parsed{};
        EXPECT_TRUE(parse(to_text(p), parsed));
        EXPECT_EQ(parsed, p);
    }
    overflow_policy parsed{};
    EXPECT_FALSE(parse("explode", parsed));
}

}  // namespace
}  // namespace dectbed::models::servers
