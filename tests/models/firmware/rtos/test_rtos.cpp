// The kernel for blocking tasks: order, time, and the objects that tasks wait for.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/firmware/rtos/rt.h"
#include "models/firmware/rtos/rt_io.h"

namespace dectbed::test {
namespace {

using words = std::vector<std::string>;
constexpr std::uint32_t first_timer = 100;

/// The host of one kernel: keeps its timers and hands them back in the order of time.
struct rt_bench {
    rt_bench() {
        host.abi = DECTBED_FIRMWARE_ABI;
        host.context = this;
        host.request = [](void* context, const dectbed_record* r) { static_cast<rt_bench*>(context)->take(r); };
        os = rt_create(&host, first_timer);
    }
    ~rt_bench() { rt_destroy(os); }

    void take(const dectbed_record* r) {
        requests.push_back(r->type);
        if (r->type == DECTBED_REQ_TIMER_START || r->type == DECTBED_REQ_TIMER_STOP) {
            const auto* t = reinterpret_cast<const dectbed_req_timer*>(r);
            timers.erase(t->timer);
            if (r->type == DECTBED_REQ_TIMER_START) timers[t->timer] = {now_us + t->delay_us, ++order};
        } else if (r->type == DECTBED_REQ_FLASH_READ) {
            flash_reads.push_back(*reinterpret_cast<const dectbed_req_flash*>(r));
        }
    }

    struct body {
        std::function<void()> run;
    };
    rt_task* task(const char* name, unsigned priority, std::function<void()> run) {
        bodies.push_back(std::make_unique<body>(body{std::move(run)}));
        return rt_start(
            os, name, priority, 0, [](void* b) { static_cast<body*>(b)->run(); }, bodies.back().get());
    }
    void say(const std::string& what) {
        said.push_back(std::to_string(now_us / 1000) + " " + rt_name(os) + " " + what);
    }

    template <class Event>
    void deliver(std::uint16_t type, Event e, std::uint32_t token = 0) {
        e.event.record = {type, sizeof e, token};
        e.event.now_us = now_us;
        rt_handle(os, &e.event);
    }
    void boot() { deliver(DECTBED_EV_BOOT, dectbed_ev_boot{}); }
    void run_until(std::uint64_t ms) {
        while (!timers.empty()) {
            auto next = timers.begin();
            for (auto t = timers.begin(); t != timers.end(); ++t)
                if (t->second < next->second) next = t;
            if (next->second.first > ms * 1000) break;
            now_us = next->second.first;
            dectbed_ev_timer e{};
            e.timer = next->first;
            timers.erase(next);
            deliver(DECTBED_EV_TIMER, e);
        }
        now_us = ms * 1000;
    }

    dectbed_host host{};
    rt* os;
    std::uint64_t now_us = 0, order = 0;
    std::map<std::uint32_t, std::pair<std::uint64_t, std::uint64_t>> timers;
    std::vector<std::uint16_t> requests;
    std::vector<dectbed_req_flash> flash_reads;
    std::vector<std::unique_ptr<body>> bodies;
    words said;
};

TEST(rtos, when_several_are_ready_then_the_most_urgent_runs_and_equals_in_their_order) {
    rt_bench b;
    for (const char* name : {"a", "b"}) b.task(name, 1, [&] { b.say("runs"); });
    b.task("urgent", 5, [&] { b.say("runs"); });
    b.task("c", 1, [&] { b.say("runs"); });
    EXPECT_TRUE(b.said.empty());  // nothing runs before an event
    b.boot();
    EXPECT_EQ(b.said, (words{"0 urgent runs", "0 a runs", "0 b runs", "0 c runs"}));
}

TEST(rtos, when_tasks_delay_then_time_passes_for_each_on_its_own) {
    rt_bench b;
    const auto every = [&](std::uint32_t ms) {
        return [&b, ms] {
            for (int i = 0; i < 3; ++i) {
                rt_delay(b.os, ms);
                b.say("ticks");
            }
        };
    };
    b.task("slow", 2, every(30));
    b.task("fast", 1, every(20));
    b.boot();
    b.run_until(1000);
    EXPECT_EQ(b.said, (words{"20 fast ticks", "30 slow ticks", "40 fast ticks", "60 slow ticks", "60 fast ticks",
                             "90 slow ticks"}));
    EXPECT_TRUE(b.timers.empty());
}

TEST(rtos, when_a_semaphore_is_given_then_the_more_urgent_taker_runs_at_once) {
    rt_bench b;
    rt_semaphore s;
    rt_semaphore_init(&s, 0, 2);
    b.task("taker", 3, [&] {
        while (rt_take(b.os, &s, 50)) b.say("has it");
        b.say("gives up");
    });
    b.task("giver", 1, [&] {
        rt_delay(b.os, 10);
        rt_give(b.os, &s);
        b.say("gave");
    });
    b.boot();
    b.run_until(1000);
    EXPECT_EQ(b.said, (words{"10 taker has it", "10 giver gave", "60 taker gives up"}));
    for (int i = 0; i < 5; ++i) rt_give(b.os, &s);
    EXPECT_EQ(s.count, 2u);
}

TEST(rtos, when_a_queue_is_full_or_empty_then_its_users_wait) {
    rt_bench b;
    int buffer[2];
    rt_queue q;
    rt_queue_init(&q, buffer, sizeof buffer[0], 2);
    b.task("producer", 1, [&] {
        for (int i = 0; i < 5; ++i) {
            rt_send(b.os, &q, &i, RT_FOREVER);
            b.say("sent " + std::to_string(i));
        }
        rt_delay(b.os, 25);  // by then the consumer has had everything
        const int late = 9;
        for (int i = 0; i < 2; ++i) EXPECT_TRUE(rt_send(b.os, &q, &late, RT_NOW));
        EXPECT_FALSE(rt_send(b.os, &q, &late, RT_NOW));
        EXPECT_FALSE(rt_send(b.os, &q, &late, 5));
        b.say("no room");
    });
    b.task("consumer", 1, [&] {
        for (int i = 0; i < 5; ++i) {
            int got = -1;
            rt_delay(b.os, 10);
            EXPECT_TRUE(rt_receive(b.os, &q, &got, RT_FOREVER));
            EXPECT_EQ(got, i);
        }
    });
    b.boot();
    b.run_until(1000);
    EXPECT_EQ(b.said, (words{"0 producer sent 0", "0 producer sent 1", "10 producer sent 2", "20 producer sent 3",
                             "30 producer sent 4", "60 producer no room"}));
}

TEST(rtos, when_an_urgent_task_waits_for_a_mutex_then_its_owner_inherits_the_priority) {
    rt_bench b;
    rt_mutex m;
    rt_semaphore wake;
    rt_mutex_init(&m);
    rt_semaphore_init(&wake, 0, 1);
    b.task("low", 1, [&] {
        rt_lock(b.os, &m, RT_FOREVER);
        rt_delay(b.os, 10);
        rt_give(b.os, &wake);  // without inheritance "middle" would run here
        b.say("unlocks");
        rt_unlock(b.os, &m);
        b.say("is low again");
    });
    b.task("middle", 2, [&] {
        rt_take(b.os, &wake, RT_FOREVER);
        b.say("runs");
    });
    b.task("high", 3, [&] {
        rt_delay(b.os, 5);
        EXPECT_FALSE(rt_lock(b.os, &m, 1));
        EXPECT_TRUE(rt_lock(b.os, &m, RT_FOREVER));
        b.say("has it");
        rt_unlock(b.os, &m);
    });
    b.boot();
    b.run_until(1000);
    EXPECT_EQ(b.said, (words{"10 low unlocks", "10 high has it", "10 middle runs", "10 low is low again"}));
}

TEST(rtos, when_two_kernels_run_side_by_side_then_neither_knows_of_the_other) {
    rt_bench a, b;
    a.task("one", 1, [&] {
        a.say("begins");
        b.boot();  // a kernel within a task of another
        a.say("ends");
    });
    b.task("two", 1, [&] { b.say("runs"); });
    a.boot();
    EXPECT_EQ(a.said, (words{"0 one begins", "0 one ends"}));
    EXPECT_EQ(b.said, (words{"0 two runs"}));
}

TEST(rtos, when_a_task_ends_then_its_place_is_free_again) {
    rt_bench b;
    int ran = 0;
    for (int round = 0; round < 100; ++round) {
        ASSERT_NE(b.task("short", 1, [&] { ++ran; }), nullptr);
        b.boot();
    }
    EXPECT_EQ(ran, 100);
    for (int i = 0; i < RT_TASKS_MAX; ++i) EXPECT_NE(b.task("long", 1, [&] { rt_delay(b.os, RT_FOREVER); }), nullptr);
    EXPECT_EQ(b.task("one too many", 1, [] {}), nullptr);
}

TEST(rtos, when_a_stack_overflows_then_it_crashes_there_and_then) {
    const pid_t child = fork();
    if (child == 0) {
        rt_bench b;
        std::function<int(int)> deep = [&](int n) {
            volatile char room[256];
            room[0] = static_cast<char>(n);
            return deep(n + 1) + room[0];
        };
        signal(SIGSEGV, SIG_DFL);
        b.task("deep", 1, [&] { deep(0); });
        b.boot();
        _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

// --- rt_io -------------------------------------------------------------------------------------------------------

TEST(rtos_io, when_a_connection_carries_data_then_a_task_reads_it_in_its_own_portions) {
    rt_bench b;
    auto io = std::make_unique<rt_io>();
    rt_io_init(io.get(), b.os, 16, 1);
    b.task("client", 1, [&] {
        EXPECT_EQ(rt_tcp_connect(io.get(), 0xC0000201, 80, 100), nullptr);
        b.say("no answer");
        rt_socket* s = rt_tcp_connect(io.get(), 0xC0000201, 80, 100);
        ASSERT_NE(s, nullptr);
        char octets[4];
        int n;
        while ((n = rt_tcp_receive(io.get(), s, octets, sizeof octets, 1000)) > 0)
            b.say(std::string(octets, static_cast<std::size_t>(n)));
        b.say(std::to_string(n));
        EXPECT_EQ(rt_tcp_receive(io.get(), s, octets, sizeof octets, 1000), 0);
        rt_close(io.get(), s);
    });
    b.boot();
    b.run_until(150);
    dectbed_ev_tcp connected{};
    connected.socket = 17;
    b.deliver(DECTBED_EV_TCP_CONNECTED, connected);
    struct {
        dectbed_ev_tcp head;
        char data[6];
    } received{};
    received.head.socket = 17;
    std::copy_n("sixsix", 6, received.data);
    received.head.event.record = {DECTBED_EV_TCP_RECEIVED, sizeof received.head + 6, 0};
    rt_handle(b.os, &received.head.event);
    dectbed_ev_tcp_closed closed{};
    closed.socket = 17;
    closed.reason = DECTBED_TCP_CLOSED_BY_PEER;
    b.deliver(DECTBED_EV_TCP_CLOSED, closed);
    EXPECT_EQ(b.said, (words{"100 client no answer", "150 client sixs", "150 client ix", "150 client 0"}));
}

TEST(rtos_io, when_two_tasks_use_the_flash_then_they_take_turns) {
    rt_bench b;
    auto io = std::make_unique<rt_io>();
    rt_io_init(io.get(), b.os, 16, 1);
    for (const char* name : {"a", "b"})
        b.task(name, 1, [&] {
            std::uint8_t octets[4] = {};
            EXPECT_TRUE(rt_flash_read(io.get(), 0, octets, sizeof octets));
            b.say(std::to_string(octets[0]));
        });
    b.boot();
    for (std::uint8_t value : {7, 8}) {
        ASSERT_EQ(b.flash_reads.size(), 1u);
        struct {
            dectbed_ev_flash head;
            std::uint8_t data[4];
        } done{};
        done.data[0] = value;
        done.head.event.record = {DECTBED_EV_FLASH_DATA, sizeof done.head + 4, b.flash_reads[0].record.token};
        b.flash_reads.clear();
        rt_handle(b.os, &done.head.event);
    }
    EXPECT_EQ(b.said, (words{"0 a 7", "0 b 8"}));
}

}  // namespace
}  // namespace dectbed::test
