// SystemC allows one elaboration a process: run these one at a time (ctest does).
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "sim/systemc_bridge.h"

namespace dectbed::sim {
namespace {

constexpr time_point start{};

time_point systemc_time() { return time_point{duration{static_cast<std::int64_t>(sc_core::sc_time_stamp().value())}}; }

/// A module with one method, woken by its event.
struct responder : sc_core::sc_module {
    SC_HAS_PROCESS(responder);
    sc_core::sc_event wake{"wake"};
    std::function<void()> action;
    explicit responder(const char* name) : sc_module(sc_core::sc_module_name(name)) {
        SC_METHOD(run);
        sensitive << wake;
        dont_initialize();
    }
    void run() { action(); }
};

TEST(bridge, when_both_sides_act_in_one_instant_then_the_order_is_that_of_scheduling) {
    kernel k;
    systemc_bridge bridge(k);
    responder r("r");
    std::string order;
    r.action = [&] { order += 's'; };
    bridge.start();
    k.after(1ms, [&] {
        order += 'a';
        bridge.enter([&] { r.wake.notify(sc_core::SC_ZERO_TIME); });
        order += 'b';                   // SystemC runs in an event of its own, after this one ...
        k.soon([&] { order += 'd'; });  // ... and before what was scheduled after it
    });
    k.after(1ms, [&] { order += 'c'; });  // scheduled before, so it comes before SystemC
    k.run_until(start + 1s);
    EXPECT_EQ(order, "abcsd");
}

TEST(bridge, when_timed_notifications_meet_kernel_events_then_each_sees_its_own_instant) {
    kernel k;
    systemc_bridge bridge(k);
    responder r("r");
    std::vector<std::string> log;
    r.action = [&] {
        EXPECT_TRUE(bridge.inside());
        EXPECT_EQ(systemc_time(), k.now());
        log.push_back("s" + to_text(k.now()));
        if (k.now() < start + 3ms) r.wake.notify(to_sc_time(1ms));
    };
    bridge.start();
    for (int i = 1; i <= 3; ++i) {
        k.after(std::chrono::milliseconds{i}, [&] {
            EXPECT_FALSE(bridge.inside());
            log.push_back("k" + to_text(k.now()));
        });
    }
    k.soon([&] { bridge.enter([&] { r.wake.notify(to_sc_time(1ms)); }); });
    k.run_until(start + 1s);
    EXPECT_EQ(log, (std::vector<std::string>{"k0.001000 s", "s0.001000 s", "k0.002000 s", "s0.002000 s", "k0.003000 s",
                                             "s0.003000 s"}));
}

TEST(bridge, when_systemc_moves_an_event_nearer_or_drops_it_then_the_bridge_follows) {
    kernel k;
    systemc_bridge bridge(k);
    responder r("r");
    std::vector<std::string> log;
    r.action = [&] { log.push_back(to_text(k.now())); };
    bridge.start();
    k.after(1ms, [&] { bridge.enter([&] { r.wake.notify(to_sc_time(50ms)); }); });
    k.after(2ms, [&] { bridge.enter([&] { r.wake.notify(to_sc_time(3ms)); }); });  // the nearer one wins
    k.after(10ms, [&] { bridge.enter([&] { r.wake.notify(to_sc_time(50ms)); }); });
    k.after(11ms, [&] { bridge.enter([&] { r.wake.cancel(); }); });
    k.run_until(start + 1s);
    EXPECT_EQ(log, std::vector<std::string>{"0.005000 s"});
    EXPECT_EQ(k.now(), start + 11ms);
}

TEST(bridge, when_a_day_passes_then_the_two_clocks_agree_to_the_picosecond) {
    kernel k;
    systemc_bridge bridge(k);
    responder r("r");
    // Periods that no coarser unit divides, so that any rounding would show.
    constexpr duration hardware_period{1'000'000'000'007}, network_period{999'999'999'989};
    std::int64_t hardware = 0, network = 0;
    r.action = [&] {
        ++hardware;
        ASSERT_EQ(systemc_time(), k.now());
        ASSERT_EQ(k.now(), start + hardware * hardware_period);
        r.wake.notify(to_sc_time(hardware_period));
    };
    bridge.start();
    bridge.enter([&] { r.wake.notify(to_sc_time(hardware_period)); });
    std::function<void()> tick = [&] {
        ++network;
        bridge.enter([&] { ASSERT_EQ(systemc_time(), k.now()); });
        ASSERT_EQ(k.now(), start + network * network_period);
        k.after(network_period, tick);
    };
    k.after(network_period, tick);
    k.run_until(start + 24h);
    EXPECT_EQ(k.now(), start + 24h);
    EXPECT_EQ(hardware, duration{24h} / hardware_period);
    EXPECT_EQ(network, duration{24h} / network_period);
    bridge.enter([&] { EXPECT_EQ(systemc_time(), start + 24h); });
}

TEST(bridge, when_systemc_and_the_kernel_exchange_without_delay_then_every_round_is_in_order) {
    kernel k;
    systemc_bridge bridge(k);
    responder r("r");
    std::vector<int> log;
    constexpr int rounds = 10'000;
    int round = 0;
    r.action = [&] {
        log.push_back(2 * round);
        k.soon([&] {
            log.push_back(2 * round + 1);
            // Both ways to notify without delay, in turn.
            if (++round == rounds) return;
            bridge.enter([&] {
                if (round % 2 != 0) {
                    r.wake.notify();
                } else {
                    r.wake.notify(sc_core::SC_ZERO_TIME);
                }
            });
        });
    };
    bridge.start();
    k.after(5ms, [&] { bridge.enter([&] { r.wake.notify(sc_core::SC_ZERO_TIME); }); });
    k.run_until(start + 1s);
    EXPECT_EQ(k.now(), start + 5ms);
    ASSERT_EQ(log.size(), 2u * rounds);
    for (int i = 0; i < 2 * rounds; ++i) ASSERT_EQ(log[static_cast<std::size_t>(i)], i);
}

TEST(bridge, when_delta_cycles_never_end_then_the_run_fails) {
    kernel k;
    systemc_bridge bridge(k);
    responder r("r");
    bridge.delta_limit = 500;
    int deltas = 0;
    r.action = [&] {
        ++deltas;
        r.wake.notify(sc_core::SC_ZERO_TIME);
    };
    bridge.start();
    k.after(1s, [&] { bridge.enter([&] { r.wake.notify(sc_core::SC_ZERO_TIME); }); });
    EXPECT_THROW(k.run_until(start + 2s), run_failure);
    EXPECT_EQ(k.now(), start + 1s);
    EXPECT_GE(deltas, 499);
}

/// Notifies itself without end once it is woken.
struct restless_guest : sc_core::sc_module, systemc_bridge::guest {
    SC_HAS_PROCESS(restless_guest);
    sc_core::sc_event wake{"wake"};
    std::string path, told;
    bool restless_one, held_ = false;
    std::function<void()> action;
    int runs = 0;
    restless_guest(const sc_core::sc_module_name& name, std::string device_path, bool restless_too)
        : sc_module(name), path(std::move(device_path)), restless_one(restless_too) {
        SC_METHOD(run);
        sensitive << wake;
        dont_initialize();
    }
    void run() {
        ++runs;
        if (action) action();
        if (restless_one) wake.notify(sc_core::SC_ZERO_TIME);
    }
    const std::string& device() const override { return path; }
    const char* module() const override { return name(); }
    bool held() const override { return held_; }
    void hold(bool still) override {
        held_ = still;
        for (auto* object : get_child_objects()) {
            sc_core::sc_process_handle process(object);
            if (process.valid()) still ? process.suspend() : process.resume();
        }
    }
    void restless(const std::string& why) override { told = why; }
    void running(bool) override {}
};

TEST(bridge, when_guests_keep_an_instant_from_ending_then_only_those_are_held) {
    kernel k;
    systemc_bridge bridge(k);
    bridge.delta_limit = 500;
    restless_guest a("a", "office/base[0]", false), b("b", "office/base[1]", true), c("c", "office/base[2]", false),
        d("d", "office/base[3]", true), e("e", "office/base[4]", false);
    for (auto* guest : {&a, &b, &c, &d, &e}) bridge.add(*guest);
    bridge.start();
    k.after(1s, [&] {
        bridge.enter([&] {
            for (auto* guest : {&a, &b, &c, &d, &e}) guest->wake.notify(sc_core::SC_ZERO_TIME);
        });
    });
    k.after(2s, [&] { bridge.enter([&] { c.wake.notify(sc_core::SC_ZERO_TIME); }); });
    k.run_until(start + 3s);
    for (auto* guest : {&b, &d}) {
        EXPECT_TRUE(guest->held_);
        EXPECT_EQ(guest->told, "does not come to rest: more than 500 delta cycles in one instant");
    }
    for (auto* guest : {&a, &c, &e}) {
        EXPECT_FALSE(guest->held_);
        EXPECT_EQ(guest->told, "");
        EXPECT_EQ(guest->runs, guest == &c ? 2 : 1);
    }
    for (auto* guest : {&a, &b, &c, &d, &e}) bridge.remove(*guest);
}

TEST(bridge, when_no_guest_is_the_cause_then_the_run_fails_and_all_guests_may_go_on) {
    kernel k;
    systemc_bridge bridge(k);
    bridge.delta_limit = 500;
    restless_guest g("g", "office/base[0]", false);
    bridge.add(g);
    responder r("r");
    r.action = [&] { r.wake.notify(sc_core::SC_ZERO_TIME); };
    bridge.start();
    k.after(1s, [&] { bridge.enter([&] { r.wake.notify(sc_core::SC_ZERO_TIME); }); });
    EXPECT_THROW(k.run_until(start + 2s), run_failure);
    EXPECT_FALSE(g.held_);
    EXPECT_EQ(g.told, "");
    bridge.remove(g);
}

TEST(bridge, when_a_guest_throws_then_the_run_fails_by_the_name_of_its_device) {
    kernel k;
    systemc_bridge bridge(k);
    restless_guest g("platform_1", "office/base[7]", false);
    g.action = [] { throw std::runtime_error("no more memory"); };
    restless_guest other("platform_12", "office/base[8]", false);
    bridge.add(other);
    bridge.add(g);
    bridge.start();
    k.after(1s, [&] { bridge.enter([&] { g.wake.notify(sc_core::SC_ZERO_TIME); }); });
    try {
        k.run_until(start + 2s);
        FAIL() << "nothing thrown";
    } catch (const run_failure& failure) {
        EXPECT_EQ(failure.who(), "office/base[7]");
        EXPECT_NE(std::string(failure.what()).find("no more memory"), std::string::npos) << failure.what();
    }
    bridge.remove(g);
    bridge.remove(other);
}

TEST(bridge, when_an_exchange_with_the_kernel_never_ends_then_the_run_fails) {
    kernel k;
    systemc_bridge bridge(k);
    responder r("r");
    k.same_instant_limit = 5000;
    r.action = [&] { k.soon([&] { bridge.enter([&] { r.wake.notify(sc_core::SC_ZERO_TIME); }); }); };
    bridge.start();
    k.after(1s, [&] { bridge.enter([&] { r.wake.notify(sc_core::SC_ZERO_TIME); }); });
    EXPECT_THROW(k.run_until(start + 2s), run_failure);
    EXPECT_EQ(k.now(), start + 1s);
}

TEST(bridge, when_a_process_throws_then_run_until_throws_the_same) {
    kernel k;
    systemc_bridge bridge(k);
    responder r("r");
    r.action = [] { throw run_failure("office/base[1]", "flash is gone"); };
    bridge.start();
    k.after(1s, [&] { bridge.enter([&] { r.wake.notify(); }); });
    try {
        k.run_until(start + 2s);
        FAIL() << "nothing thrown";
    } catch (const run_failure& failure) {
        EXPECT_EQ(failure.who(), "office/base[1]");
    }
}

TEST(bridge, when_systemc_reports_an_error_then_it_is_a_run_failure) {
    kernel k;
    systemc_bridge bridge(k);
    responder r("r");
    r.action = [] { SC_REPORT_ERROR("dectbed/test", "impossible"); };
    bridge.start();
    k.after(1s, [&] { bridge.enter([&] { r.wake.notify(); }); });
    try {
        k.run_until(start + 2s);
        FAIL() << "nothing thrown";
    } catch (const run_failure& failure) {
        EXPECT_NE(std::string(failure.what()).find("impossible"), std::string::npos) << failure.what();
    }
}

TEST(bridge, when_entered_from_a_process_then_it_refuses_to_nest) {
    kernel k;
    systemc_bridge bridge(k);
    responder r("r");
    r.action = [&] { bridge.enter([] {}); };
    bridge.start();
    k.after(1s, [&] { bridge.enter([&] { r.wake.notify(); }); });
    EXPECT_THROW(k.run_until(start + 2s), run_failure);
}

TEST(bridge, when_initial_processes_want_the_kernel_then_they_get_it) {
    kernel k;
    systemc_bridge bridge(k);
    struct eager : sc_core::sc_module {
        SC_HAS_PROCESS(eager);
        kernel& k;
        bool served = false;
        eager(const char* name, kernel& kernel_) : sc_module(sc_core::sc_module_name(name)), k(kernel_) {
            SC_METHOD(run);
        }
        void run() {
            k.soon([this] { served = true; });
        }
    } e("e", k);
    bridge.start();
    k.run_until(start + 1s);
    EXPECT_TRUE(e.served);
}

TEST(bridge, when_a_second_bridge_is_made_then_it_is_refused) {
    kernel k;
    systemc_bridge bridge(k);
    EXPECT_THROW(systemc_bridge another(k), run_failure);
}

TEST(bridge, when_in_real_time_then_exchanges_keep_their_order) {
    kernel k(kernel::pace::real_time);
    systemc_bridge bridge(k);
    responder r("r");
    std::string order;
    r.action = [&] {
        order += 's';
        EXPECT_EQ(systemc_time(), k.now());
        k.soon([&] { order += 'k'; });
        if (order.size() < 20) r.wake.notify(to_sc_time(10ms));
    };
    bridge.start();
    k.after(1ms, [&] { bridge.enter([&] { r.wake.notify(to_sc_time(10ms)); }); });
    k.run_until(start + 200ms);
    EXPECT_EQ(order, "sksksksksksksksksksksk");
    EXPECT_EQ(k.now(), start + 200ms);
}

}  // namespace
}  // namespace dectbed::sim
