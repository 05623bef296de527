#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "sim/systemc_bridge.h"

namespace dectbed::sim {
namespace {

constexpr time_point start{};

/// A module with one method, woken by its event.
struct responder : sc_core::sc_module {
    SC_HAS_PROCESS(responder);
    sc_core::sc_event wake{"wake"};
    std::function<void()> action;
    explicit responder(sc_core::sc_module_name name) : sc_module(name) {
        SC_METHOD(run);
        sensitive << wake;
        dont_initialize();
    }
    void run() { action(); }
};

TEST(bridge, when_systemc_and_the_kernel_exchange_without_delay_then_every_round_is_in_order) {
    kernel k;
    systemc_bridge bridge(k);
    responder r("r");
    std::vector<int> log;
    constexpr int rounds = 1000;
    int round = 0;
    r.action = [&] {
        log.push_back(2 * round);
        k.soon([&] {
            log.push_back(2 * round + 1);
            if (++round < rounds) bridge.enter([&] { r.wake.notify(); });
        });
    };
    bridge.start();
    k.after(5ms, [&] { bridge.enter([&] { r.wake.notify(sc_core::SC_ZERO_TIME); }); });
    k.run_until(start + 1s);
    ASSERT_EQ(log.size(), 2u * rounds);
    for (int i = 0; i < 2 * rounds; ++i) ASSERT_EQ(log[static_cast<std::size_t>(i)], i);
}

}  // namespace
}  // namespace dectbed::sim
