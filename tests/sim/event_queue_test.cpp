#include "sim/event_queue.h"

#include <gtest/gtest.h>
#include <ns3/make-event.h>

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <vector>

#include "sim/random.h"

namespace dectbed::sim {
namespace {

void nothing() {}

/// Events at times that share instants, lie within a millisecond, some seconds, a quarter of an hour, or a day.
struct event_list : ::testing::Test {
    void TearDown() override {
        while (!queue.IsEmpty()) queue.RemoveNext().impl->Unref();
    }
    std::uint64_t draw_time(std::uint64_t from) {
        static constexpr std::uint64_t spans[] = {1, 1'000'000'000, 3'000'000'000'000, 1'000'000'000'000'000,
                                                  86'400'000'000'000'000};
        return from + draws.below(spans[draws.below(5)]);
    }
    void insert(std::uint64_t time) {
        ns3::Scheduler::Event e;
        e.impl = ns3::MakeEvent(&nothing);
        e.key = {time, ++uid, 0};
        queue.Insert(e);
        expected.push_back(e);
    }
    void sort() {
        std::sort(expected.begin(), expected.end(), [](const auto& a, const auto& b) {
            return std::tie(a.key.m_ts, a.key.m_uid) < std::tie(b.key.m_ts, b.key.m_uid);
        });
    }

    event_queue queue;
    random_stream draws{7, "event list", "test"};
    std::vector<ns3::Scheduler::Event> expected;
    std::uint32_t uid = 0;
};

TEST_F(event_list, when_events_come_and_go_then_time_and_then_insertion_decide_the_order) {
    for (int i = 0; i < 300; ++i) insert(draw_time(0));
    for (int i = 0; i < 4'000; ++i) {
        sort();
        ASSERT_FALSE(queue.IsEmpty());
        EXPECT_EQ(queue.PeekNext().key.m_uid, expected.front().key.m_uid);
        const auto next = queue.RemoveNext();
        ASSERT_EQ(next.key.m_uid, expected.front().key.m_uid);
        ASSERT_EQ(next.key.m_ts, expected.front().key.m_ts);
        next.impl->Unref();
        expected.erase(expected.begin());
        if (i < 3'700) insert(draw_time(next.key.m_ts));
    }
    EXPECT_TRUE(queue.IsEmpty());
}

TEST_F(event_list, when_events_are_removed_then_the_others_stay_in_order) {
    for (int i = 0; i < 400; ++i) insert(draw_time(0));
    // Some have run, so that there are events on both sides of the horizon.
    sort();
    for (int i = 0; i < 100; ++i) queue.RemoveNext().impl->Unref();
    expected.erase(expected.begin(), expected.begin() + 100);
    for (int i = 0; i < 150; ++i) {
        const auto at = static_cast<std::ptrdiff_t>(draws.below(expected.size()));
        const auto gone = expected[static_cast<std::size_t>(at)];
        queue.Remove(gone);
        gone.impl->Unref();
        expected.erase(expected.begin() + at);
    }
    for (const auto& e : expected) {
        ASSERT_FALSE(queue.IsEmpty());
        const auto next = queue.RemoveNext();
        EXPECT_EQ(next.key.m_uid, e.key.m_uid);
        next.impl->Unref();
    }
    EXPECT_TRUE(queue.IsEmpty());
}

TEST_F(event_list, when_only_cancelled_events_are_left_beyond_the_horizon_then_the_run_is_over) {
    insert(1);
    insert(86'400'000'000'000'000);
    insert(2 * 86'400'000'000'000'000ull);
    queue.begin_run(1'000, true);
    EXPECT_FALSE(queue.IsEmpty());
    queue.RemoveNext().impl->Unref();
    expected[1].impl->Cancel();
    EXPECT_FALSE(queue.IsEmpty());
    expected[2].impl->Cancel();
    EXPECT_TRUE(queue.IsEmpty());
    EXPECT_FALSE(queue.IsEmpty());  // said once: they are still to be released
}

}  // namespace
}  // namespace dectbed::sim
