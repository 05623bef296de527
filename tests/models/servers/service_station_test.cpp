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
