#include "models/servers/health_watch.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/models/servers/bench.h"

namespace dectbed::models::servers {
namespace {

struct watched {
    bench b;
    std::vector<std::pair<double, bool>> decided;
    health_watch watch{b.s, b.internet, b.who, {10s, 3, 2}, [this](bool up) {
                           decided.emplace_back(sim::to_seconds(b.s.now().time_since_epoch()), up);
                       }};
    void change(sim::duration at, bool up) {
        b.s.kernel().at(start + at, [this, up] { watch.changed(up); });
    }
};

TEST(health_watch, when_a_server_dies_then_the_third_failed_check_says_so) {
    watched w;
    w.change(100s, false);
    w.change(300s, true);
    w.b.run();
    ASSERT_EQ(w.decided.size(), 2u);
    // The first check comes within ten seconds, the third twenty seconds after it.
    EXPECT_FALSE(w.decided[0].second);
    EXPECT_GT(w.decided[0].first, 120);
    EXPECT_LE(w.decided[0].first, 130);
    EXPECT_TRUE(w.decided[1].second);
    EXPECT_GT(w.decided[1].first, 310);
    EXPECT_LE(w.decided[1].first, 320);
    // Both at the same phase.
    EXPECT_NEAR(std::fmod(w.decided[1].first - w.decided[0].first, 10.0), 0.0, 1e-6);
    const auto told = w.b.records<sim::record::server_health>();
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0].member, w.b.who);
    EXPECT_EQ(told[0].reason, "3 checks in a row failed");
    EXPECT_EQ(told[1].reason, "2 checks in a row succeeded");
}

TEST(health_watch, when_it_is_back_before_enough_checks_failed_then_nothing_is_decided) {
    watched w;
    w.change(100s, false);
    w.change(119s, true);
    w.b.run();
    EXPECT_TRUE(w.decided.empty());
    EXPECT_TRUE(w.watch.healthy());
}

TEST(health_watch, when_nothing_changes_then_it_costs_nothing) {
    watched w;
    const auto events = w.b.s.kernel().executed_events();
    w.b.run(24h);
    EXPECT_LE(w.b.s.kernel().executed_events() - events, 1u);
}

}  // namespace
}  // namespace dectbed::models::servers
