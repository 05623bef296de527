#include "sim/kernel.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace dectbed::sim {
namespace {

constexpr time_point start{};
constexpr duration one_ps{1};

TEST(kernel, when_times_are_equal_then_insertion_order_decides) {
    kernel k;
    std::string order;
    k.after(2ms, [&] { order += 'c'; });
    k.after(1ms, [&] {
        order += 'a';
        k.soon([&] { order += 'd'; });
        k.after(1ms, [&] { order += 'e'; });
    });
    k.after(1ms, [&] { order += 'b'; });
    k.run_until(start + 1s);
    EXPECT_EQ(order, "abdce");
}

TEST(kernel, when_many_events_share_times_then_each_instant_keeps_its_order) {
    kernel k;
    constexpr int events = 20'000, instants = 37;
    std::vector<std::vector<int>> seen(instants);
    for (int i = 0; i < events; ++i) {
        const int instant = (i * 7919) % instants;
        k.after(std::chrono::microseconds{instant},
                [&seen, instant, i] { seen[static_cast<std::size_t>(instant)].push_back(i); });
    }
    k.run_until(start + 1s);
    std::size_t total = 0;
    for (const auto& instant : seen) {
        total += instant.size();
        EXPECT_TRUE(std::is_sorted(instant.begin(), instant.end()));
    }
    EXPECT_EQ(total, static_cast<std::size_t>(events));
}

TEST(kernel, when_a_limit_is_reached_then_its_whole_instant_has_run) {
    kernel k;
    int calls = 0;
    k.after(1s, [&] {
        ++calls;
        k.soon([&] {
            ++calls;
            k.soon([&] { ++calls; });
        });
    });
    k.after(duration{1s} + one_ps, [&] { ++calls; });
    k.run_until(start + 1s);
    EXPECT_EQ(calls, 3);
    EXPECT_EQ(k.now(), start + 1s);
    k.run_until(start + 2s);
    EXPECT_EQ(calls, 4);
}

TEST(kernel, when_nothing_is_left_then_time_stands_at_the_last_event) {
    kernel k;
    k.after(3s, [] {});
    k.run_until(start + 1h);
    EXPECT_EQ(k.now(), start + 3s);
    bool ran = false;
    k.after(1s, [&] { ran = true; });
    k.run_until(start + 1h);
    EXPECT_TRUE(ran);
    EXPECT_EQ(k.now(), start + 4s);
}

TEST(kernel, when_only_cancelled_calls_are_left_then_the_run_is_over) {
    kernel k;
    std::vector<event_handle> handles;
    for (int i = 0; i < 1000; ++i) handles.push_back(k.after(10s + std::chrono::seconds{i}, [] { FAIL(); }));
    k.after(1s, [&] {
        for (auto& h : handles) h.cancel();
    });
    k.run_until(start + 24h);
    EXPECT_EQ(k.now(), start + 1s);
}

TEST(kernel, when_a_call_is_cancelled_then_it_and_its_captures_are_gone) {
    kernel k;
    auto captured = std::make_shared<int>(1);
    event_handle h = k.after(1s, [captured] { FAIL(); });
    EXPECT_TRUE(h.pending());
    event_handle copy = h;
    h.cancel();
    EXPECT_FALSE(copy.pending());
    EXPECT_EQ(captured.use_count(), 1);
    copy.cancel();
    event_handle none;
    none.cancel();
    EXPECT_FALSE(none.pending());
    k.run_until(start + 2s);
}

TEST(kernel, when_a_call_runs_then_its_handle_is_no_longer_pending) {
    kernel k;
    event_handle h;
    bool inside = true;
    h = k.after(1s, [&] {
        inside = h.pending();
        h.cancel();
    });
    k.run_until(start + 2s);
    EXPECT_FALSE(inside);
    EXPECT_FALSE(h.pending());
}

TEST(kernel, when_stopped_then_later_calls_wait_for_the_next_run) {
    kernel k;
    int calls = 0;
    k.after(1s, [&] {
        ++calls;
        k.stop();
    });
    k.after(1s, [&] { ++calls; });
    k.run_until(start + 5s);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(k.now(), start + 1s);
    k.run_until(start + 5s);
    EXPECT_EQ(calls, 2);
}

TEST(kernel, when_a_call_throws_then_run_until_throws_it_and_can_go_on) {
    kernel k;
    bool later = false;
    k.after(1s, [] { throw run_failure("office/base[3]", "fell over"); });
    k.after(2s, [&] { later = true; });
    try {
        k.run_until(start + 5s);
        FAIL() << "nothing thrown";
    } catch (const run_failure& failure) {
        EXPECT_EQ(failure.who(), "office/base[3]");
        EXPECT_STREQ(failure.what(), "office/base[3]: fell over");
    }
    EXPECT_EQ(k.now(), start + 1s);
    k.run_until(start + 5s);
    EXPECT_TRUE(later);
}

TEST(kernel, when_time_never_advances_then_the_run_fails) {
    kernel k;
    k.same_instant_limit = 1000;
    std::function<void()> again = [&] { k.soon(again); };
    k.after(1s, again);
    EXPECT_THROW(k.run_until(start + 5s), run_failure);
    EXPECT_EQ(k.now(), start + 1s);
}

TEST(kernel, when_an_instant_stays_within_its_limit_then_the_run_goes_on) {
    kernel k;
    k.same_instant_limit = 1000;
    for (int second = 0; second < 5; ++second) {
        for (int i = 0; i < 999; ++i) k.after(std::chrono::seconds{second}, [] {});
    }
    EXPECT_NO_THROW(k.run_until(start + 10s));
    EXPECT_EQ(k.executed_events(), 5u * 999);
}

TEST(kernel, when_the_past_is_asked_for_then_it_is_refused) {
    kernel k;
    k.after(2s, [&] {
        EXPECT_THROW(k.at(start + 1s, [] {}), run_failure);
        EXPECT_THROW(k.after(-one_ps, [] {}), run_failure);
        EXPECT_NO_THROW(k.at(k.now(), [] {}));
    });
    k.run_until(start + 3s);
    EXPECT_THROW(k.run_until(start + 1s), run_failure);
}

TEST(kernel, when_one_kernel_is_gone_then_another_begins_at_zero) {
    std::weak_ptr<int> left_over;
    {
        kernel k;
        auto owned = std::make_shared<int>(7);
        left_over = owned;
        k.after(1s, [] {});
        k.after(9s, [owned] { FAIL(); });
        k.run_until(start + 2s);
        EXPECT_THROW(kernel second, std::logic_error);
    }
    EXPECT_TRUE(left_over.expired());
    kernel k;
    EXPECT_EQ(k.now(), start);
    bool ran = false;
    k.after(one_ps, [&] { ran = true; });
    k.run_until(start + 1s);
    EXPECT_TRUE(ran);
    EXPECT_EQ(k.now(), start + one_ps);
}

TEST(kernel, when_a_run_is_over_then_cancelled_calls_that_are_left_are_released) {
    // What it looks for is found by the leak check of the sanitizer preset.
    kernel k;
    event_handle h = k.after(10s, [] { FAIL(); });
    k.after(1s, [&] {
        h.cancel();
        k.stop();
    });
    k.run_until(start + 5s);
    EXPECT_FALSE(h.pending());
}

TEST(kernel, when_in_real_time_then_order_holds_and_the_wall_clock_is_followed) {
    kernel k(kernel::pace::real_time);
    std::string order;
    k.after(60ms, [&] { order += 'c'; });
    k.after(20ms, [&] {
        order += 'a';
        k.soon([&] { order += 'd'; });
    });
    k.after(20ms, [&] { order += 'b'; });
    event_handle cancelled = k.after(30ms, [&] { order += 'x'; });
    k.after(25ms, [&] { cancelled.cancel(); });
    const auto begin = std::chrono::steady_clock::now();
    k.run_until(start + 100ms);
    const auto took = std::chrono::steady_clock::now() - begin;
    EXPECT_EQ(order, "abdc");
    EXPECT_EQ(k.now(), start + 100ms);
    EXPECT_GE(took, 95ms);
    EXPECT_LT(took, 5s);  // a loaded machine may lag, not hang
}

TEST(kernel, when_a_call_throws_in_real_time_then_the_loop_ends_cleanly) {
    kernel k(kernel::pace::real_time);
    bool later = false;
    k.after(5ms, [] { throw run_failure("", "stop here"); });
    k.after(10ms, [&] { later = true; });
    EXPECT_THROW(k.run_until(start + 1s), run_failure);
    k.run_until(start + 20ms);
    EXPECT_TRUE(later);
}

}  // namespace
}  // namespace dectbed::sim
