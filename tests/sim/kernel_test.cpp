#include "sim/kernel.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dectbed::sim {
namespace {

constexpr time_point start{};

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
    k.after(duration{1s} + duration{1}, [&] { ++calls; });
    k.run_until(start + 1s);
    EXPECT_EQ(calls, 3);
    EXPECT_EQ(k.now(), start + 1s);
    k.run_until(start + 2s);
    EXPECT_EQ(calls, 4);
}

}  // namespace
}  // namespace dectbed::sim
