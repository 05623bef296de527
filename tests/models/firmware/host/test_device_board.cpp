#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <new>

#include "models/firmware/host/firmware_probe.h"
#include "tests/models/firmware/host/scripted_firmware.h"

namespace dectbed::test {
namespace {

using namespace std::chrono_literals;
namespace record = sim::record;
using fw::current_firmware;
using fw::shared_text;

TEST(device_board, when_power_comes_then_the_first_event_is_boot_with_what_the_factory_wrote) {
    board_bench bench;
    bench.config.reset_hold = 240ms;
    bench.config.factory.mac = {2, 0, 0, 0, 0, 1};
    bench.config.factory.rfpi = {1, 2, 3, 4, 5};
    bench.config.factory.emc = 0x0DB0;
    bench.config.factory.band = DECTBED_BAND_EU;
    bench.config.factory.redirection_by_mac = true;
    bench.config.factory.model = "model-with-a-name-longer-than-the-field-of-thirty-two";
    bench.config.factory.serial = "S1";
    bench.config.factory.redirection_url = "http://redirect.vendor.example/v1/redirections";
    bench.power_on();
    bench.run(239ms);
    EXPECT_EQ(scripted_firmware::created, 0);
    bench.run(2ms);
    ASSERT_EQ(scripted_firmware::types(), std::vector<std::uint16_t>{DECTBED_EV_BOOT});
    const auto b = scripted_firmware::events[0].as<dectbed_ev_boot>();
    EXPECT_EQ(b.event.now_us, 240'000u);
    EXPECT_EQ(b.reset_cause, DECTBED_RESET_POWER_ON);
    EXPECT_EQ(b.flash_octets, 8u << 20);
    EXPECT_EQ(b.cost_tls_handshake_us, 0u);
    EXPECT_EQ(b.cost_hash_megabyte_us, 25'000u);
    EXPECT_EQ(b.mac[5], 1);
    EXPECT_EQ(b.rfpi[4], 5);
    EXPECT_EQ(b.emc, 0x0DB0);
    EXPECT_EQ(b.redirection_by_mac, 1);
    EXPECT_EQ(std::string(b.model), "model-with-a-name-longer-than-t");
    EXPECT_EQ(std::string(b.serial), "S1");
    EXPECT_EQ(std::string(b.redirection_url), bench.config.factory.redirection_url);
    const auto power = bench.log.all<record::power_changed>();
    ASSERT_EQ(power.size(), 1u);
    EXPECT_TRUE(power[0].on);
    EXPECT_EQ(power[0].cause, "plugged in");
    EXPECT_EQ(bench.log.all<record::device_reset>().at(0).cause, "power_on");
}

TEST(device_board, when_idle_then_no_event_happens) {
    board_bench bench;
    bench.power_on();
    bench.run(1s);
    const auto before = bench.sim.kernel().executed_events();
    bench.run(24h);
    EXPECT_LE(bench.sim.kernel().executed_events() - before, 1u);  // the end of the run itself
}

TEST(device_board, when_requests_follow_consume_cpu_then_they_and_the_next_event_wait_for_it) {
    board_bench bench;
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) {
            f.log("a");
            f.u32(DECTBED_REQ_CONSUME_CPU, 1000);
            f.log("b");
            f.u32(DECTBED_REQ_CONSUME_CPU, 500);
            f.log("c");
        } else {
            f.log("key");
        }
    };
    bench.power_on();
    bench.sim.kernel().after(200us, [&] { bench.board->press(DECTBED_KEY_BUTTON, 10s); });
    bench.run(1s);
    EXPECT_EQ(bench.log.logs(), (std::vector<std::string>{"a", "b", "c", "key"}));
    const auto at = bench.log.times<record::firmware_log>();
    EXPECT_EQ(at[0] - sim::time_point{}, sim::duration(0us));
    EXPECT_EQ(at[1] - sim::time_point{}, sim::duration(1000us));
    EXPECT_EQ(at[2] - sim::time_point{}, sim::duration(1500us));
    EXPECT_EQ(at[3] - sim::time_point{}, sim::duration(1500us));
}

TEST(device_board, when_the_processor_is_slower_then_what_the_firmware_computes_takes_longer) {
    board_bench bench;
    bench.config.cpu_speed = 0.25;
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_BOOT) return;
        f.u32(DECTBED_REQ_CONSUME_CPU, 1000);
        f.log("done");
    };
    bench.power_on();
    bench.run(1s);
    EXPECT_EQ(bench.log.times<record::firmware_log>(), std::vector<sim::time_point>{sim::time_point(4ms)});
}

TEST(device_board, when_there_is_no_update_then_a_reset_for_one_starts_the_same_firmware) {
    board_bench bench;
    bench.power_on();
    bench.run(1s);
    bench.board->reset(DECTBED_RESET_UPDATE);
    bench.run(1s);
    EXPECT_EQ(bench.log.all<record::device_reset>().back().cause, "update");
    EXPECT_TRUE(bench.log.all<record::state_changed>().empty());
    EXPECT_EQ(scripted_firmware::created, 2);
}

TEST(device_board, when_a_timer_is_restarted_or_stopped_then_only_the_last_word_counts) {
    board_bench bench;
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) {
            f.timer(1, 100, 11);
            f.timer(1, 300, 12);
            f.timer(2, 200, 13);
            f.timer(3, 0, 14);
            f.timer(4, 250, 15);
            f.timer(5, 250, 16);
        }
        if (e.type == DECTBED_EV_TIMER && e.as<dectbed_ev_timer>().timer == 2) {
            dectbed_req_timer stop{};
            stop.timer = 4;
            f.request(DECTBED_REQ_TIMER_STOP, 0, stop);
        }
        // Timer 5 stops itself too late for nobody: 1 expires in the queue behind a long calculation.
        if (e.type == DECTBED_EV_TIMER && e.as<dectbed_ev_timer>().timer == 5) {
            f.u32(DECTBED_REQ_CONSUME_CPU, 1000);
            dectbed_req_timer stop{};
            stop.timer = 1;
            f.request(DECTBED_REQ_TIMER_STOP, 0, stop);
        }
    };
    bench.power_on();
    bench.run(1s);
    std::vector<std::pair<std::uint32_t, std::uint64_t>> got;
    for (const auto& e : scripted_firmware::of_type(DECTBED_EV_TIMER)) {
        got.emplace_back(e.as<dectbed_ev_timer>().timer, e.now_us);
        EXPECT_EQ(e.token, e.as<dectbed_ev_timer>().timer == 3 ? 14u : e.as<dectbed_ev_timer>().timer == 2 ? 13u : 16u);
    }
    // A stopped timer is not heard of again, even if its event already waited in the queue.
    EXPECT_EQ(got, (std::vector<std::pair<std::uint32_t, std::uint64_t>>{{3, 0}, {2, 200}, {5, 250}}));
}

TEST(device_board, when_the_watchdog_is_not_fed_then_the_device_resets) {
    board_bench bench;
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) {
            f.led(DECTBED_LED_ON);
            if (scripted_firmware::created == 1) {
                f.u32(DECTBED_REQ_WATCHDOG, 1000);
                f.timer(1, 600'000);
            }
        }
        if (e.type == DECTBED_EV_TIMER) f.u32(DECTBED_REQ_WATCHDOG, 1000);
    };
    bench.power_on();
    bench.run(10s);
    EXPECT_EQ(bench.log.times<record::watchdog_fired>(), std::vector<sim::time_point>{sim::time_point(1600ms)});
    const auto boots = scripted_firmware::of_type(DECTBED_EV_BOOT);
    ASSERT_EQ(boots.size(), 2u);
    EXPECT_EQ(boots[1].as<dectbed_ev_boot>().reset_cause, DECTBED_RESET_WATCHDOG);
    EXPECT_EQ(boots[1].now_us, 1'600'000u);  // counts from power-on, not from reset
    EXPECT_EQ(scripted_firmware::destroyed, 1);
    std::vector<std::string> leds;
    for (const auto& l : bench.log.all<record::led_changed>()) leds.push_back(l.pattern);
    EXPECT_EQ(leds, (std::vector<std::string>{"on", "off", "on"}));
    // Entropy is fresh at every boot.
    EXPECT_NE(sim::bytes(boots[0].octets.begin() + 32, boots[0].octets.begin() + 64),
              sim::bytes(boots[1].octets.begin() + 32, boots[1].octets.begin() + 64));
}

TEST(device_board, when_the_watchdog_is_switched_off_then_it_stays_quiet) {
    board_bench bench;
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_BOOT) return;
        f.u32(DECTBED_REQ_WATCHDOG, 1000);
        f.u32(DECTBED_REQ_WATCHDOG, 0);
    };
    bench.power_on();
    bench.run(10s);
    EXPECT_TRUE(bench.log.all<record::watchdog_fired>().empty());
}

TEST(device_board, when_one_spell_of_work_is_too_long_then_the_watchdog_that_needs_no_feeding_bites) {
    board_bench bench;
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) {
            if (scripted_firmware::created > 1) return;
            f.u32(DECTBED_REQ_WATCHDOG_AWAKE, 1000);
            f.timer(1, 100'000'000);
        }
        if (e.type == DECTBED_EV_TIMER && e.as<dectbed_ev_timer>().timer == 1) {
            f.u32(DECTBED_REQ_CONSUME_CPU, 900'000);  // and sleeps then: the next spell counts from nothing
            f.timer(2, 1'000'000);
        }
        if (e.type == DECTBED_EV_TIMER && e.as<dectbed_ev_timer>().timer == 2) {
            f.u32(DECTBED_REQ_CONSUME_CPU, 600'000);
            f.u32(DECTBED_REQ_CONSUME_CPU, 600'000);
            f.led(DECTBED_LED_ON);
        }
    };
    bench.power_on();
    bench.run(1000s);
    EXPECT_EQ(bench.log.times<record::watchdog_fired>(), std::vector<sim::time_point>{sim::time_point(102'900ms)});
    const auto boots = scripted_firmware::of_type(DECTBED_EV_BOOT);
    ASSERT_EQ(boots.size(), 2u);
    EXPECT_EQ(boots[1].as<dectbed_ev_boot>().reset_cause, DECTBED_RESET_WATCHDOG);
    EXPECT_TRUE(bench.log.all<record::led_changed>().empty());
}

TEST(device_board, when_reset_is_requested_then_later_requests_are_lost_and_the_cause_is_told) {
    board_bench bench;
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_BOOT || scripted_firmware::created > 1) return;
        f.timer(1, 1000);
        f.log("before");
        f.u32(DECTBED_REQ_RESET, DECTBED_RESET_UPDATE);
        f.log("after");
    };
    bench.power_on();
    bench.run(1s);
    EXPECT_EQ(bench.log.logs(), std::vector<std::string>{"before"});
    EXPECT_EQ(scripted_firmware::types(), (std::vector<std::uint16_t>{DECTBED_EV_BOOT, DECTBED_EV_BOOT}));
    EXPECT_EQ(bench.log.all<record::device_reset>().back().cause, "update");
}

TEST(device_board, when_the_wall_clock_is_set_then_it_runs_and_power_loss_unsets_it) {
    board_bench bench;
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) {
            f.plain(DECTBED_REQ_WALL_CLOCK_GET);
            if (scripted_firmware::created != 1) return;
            dectbed_req_wall_clock_set set{};
            set.unix_us = 1'700'000'000'000'000;
            f.request(DECTBED_REQ_WALL_CLOCK_SET, 0, set);
            f.timer(1, 5'000'000);
        }
        if (e.type == DECTBED_EV_TIMER) f.plain(DECTBED_REQ_WALL_CLOCK_GET);
    };
    bench.power_on();
    bench.run(10s);
    bench.board->set_supply(false, "power cut");
    bench.board->set_supply(true, "power restored");
    bench.run(1s);
    const auto clocks = scripted_firmware::of_type(DECTBED_EV_WALL_CLOCK);
    ASSERT_EQ(clocks.size(), 3u);
    EXPECT_EQ(clocks[0].as<dectbed_ev_wall_clock>().is_set, 0u);
    EXPECT_EQ(clocks[1].as<dectbed_ev_wall_clock>().unix_us, 1'700'000'005'000'000);
    EXPECT_EQ(clocks[2].as<dectbed_ev_wall_clock>().is_set, 0u);
    EXPECT_EQ(clocks[2].now_us, 0u);  // time starts anew with power
}

TEST(device_board, when_keys_and_displays_are_used_then_people_and_journal_see_them) {
    board_bench bench;
    std::string seen;
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_KEY && e.as<dectbed_ev_key>().pressed)
            f.plain(DECTBED_REQ_DISPLAY, 0, sim::view("Menu\n1 \x01\xC3\xA9\xC3"));
    };
    bench.build();
    bench.board->on_display_changed = [&] { seen = bench.board->display(); };
    bench.board->press(DECTBED_KEY_OK);  // without power
    bench.power_on();
    bench.run(1s);
    bench.board->press(DECTBED_KEY_MENU);
    bench.run(1s);
    EXPECT_EQ(seen, "Menu\n1 ?\xC3\xA9?");
    const auto keys = scripted_firmware::of_type(DECTBED_EV_KEY);
    ASSERT_EQ(keys.size(), 2u);
    EXPECT_EQ(keys[1].now_us - keys[0].now_us, 100'000u);
    EXPECT_EQ(bench.log.all<record::key_pressed>().size(), 2u);
    bench.board->set_plugged(false, "battery removed");
    EXPECT_EQ(seen, "");
}

TEST(device_board, when_states_are_named_then_the_journal_has_where_they_came_from) {
    board_bench bench;
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_BOOT) return;
        dectbed_req_state s{};
        fw::set_field(s.machine, "dhcp");
        fw::set_field(s.state, "init");
        f.request(DECTBED_REQ_STATE, 0, s);
        std::memset(s.state, 'x', sizeof s.state);  // not terminated
        fw::set_field(s.cause, "offer");
        f.request(DECTBED_REQ_STATE, 0, s);
    };
    bench.power_on();
    bench.run(1s);
    const auto states = bench.log.all<record::state_changed>();
    ASSERT_EQ(states.size(), 2u);
    EXPECT_EQ(states[0].from, "");
    EXPECT_EQ(states[1].from, "init");
    EXPECT_EQ(states[1].to, std::string(40, 'x'));
    EXPECT_EQ(states[1].cause, "offer");
}

TEST(device_board, when_a_fault_cuts_power_then_it_is_back_when_the_fault_ends) {
    board_bench bench;
    bench.build();
    sim::fault_spec cut;
    cut.name = "cut";
    cut.target = "office/base[1]";
    cut.action = "power_cut";
    cut.at = sim::time_point(2s);
    cut.lasts = sim::duration(3s);
    bench.sim.faults().arm(cut);
    bench.power_on();
    bench.run(10s);
    std::vector<std::string> causes;
    for (const auto& p : bench.log.all<record::power_changed>()) causes.push_back(p.cause);
    EXPECT_EQ(causes, (std::vector<std::string>{"plugged in", "power cut", "power restored"}));
    EXPECT_EQ(bench.log.times<record::power_changed>().back(), sim::time_point(5s));
}

TEST(device_board, when_plugged_in_during_a_power_cut_then_it_waits_for_the_supply) {
    board_bench bench;
    bench.build();
    bench.board->set_supply(false, "power cut");
    bench.board->set_plugged(true, "plugged in");
    bench.run(1s);
    EXPECT_FALSE(bench.board->powered());
    bench.board->set_supply(true, "power restored");
    EXPECT_TRUE(bench.board->powered());
}

/// What a firmware in this process can do to itself without harm to others costs its device a reset.
void expect_failure(const scripted_firmware::script& script, const char* kind, const std::string& reason) {
    board_bench bench;
    scripted_firmware::on_event = script;
    bench.power_on();
    bench.run(1s);
    const auto failures = processor_failures(bench.log);
    ASSERT_EQ(failures.size(), 1u);
    EXPECT_EQ(failures[0].cause.find(std::string(kind) + ": "), 0u) << failures[0].cause;
    EXPECT_NE(failures[0].cause.find(reason), std::string::npos) << failures[0].cause;
    EXPECT_FALSE(bench.board->running());
    bench.run(601ms);
    const auto boots = scripted_firmware::of_type(DECTBED_EV_BOOT);
    ASSERT_EQ(boots.size(), 2u);
    EXPECT_EQ(boots[1].as<dectbed_ev_boot>().reset_cause, DECTBED_RESET_WATCHDOG);
}

TEST(device_board, when_a_firmware_throws_then_its_watchdog_resets_it) {
    expect_failure([](scripted_firmware&, const received_event&) { throw std::runtime_error("index out of range"); },
                   "crash", "let an exception escape: index out of range, in event 0x1101");
}

TEST(device_board, when_a_firmware_and_its_host_chase_each_other_then_its_watchdog_resets_it) {
    expect_failure([](scripted_firmware& f, const received_event&) { f.timer(1, 0); }, "hang", "without time passing");
}

TEST(device_board, when_a_firmware_requests_without_end_then_its_watchdog_resets_it) {
    expect_failure(
        [](scripted_firmware& f, const received_event&) {
            for (int i = 0; i < 100'000; ++i) f.log("x");
        },
        "requests", "more than 65536 requests");
}

TEST(firmware_probe, when_firmware_code_runs_then_the_probe_says_whose) {
    board_bench bench;
    fw::firmware_probe probe{};
    fw::set_firmware_probe(&probe);
    fw::firmware_probe inside{};
    scripted_firmware::on_event = [&](scripted_firmware&, const received_event&) { inside = probe; };
    bench.power_on();
    bench.run(1s);
    EXPECT_STREQ(inside.device, "office/base[1]");
    EXPECT_STREQ(inside.firmware, "scripted 0");
    EXPECT_EQ(inside.inside, 1u);
    EXPECT_EQ(inside.event_type, DECTBED_EV_BOOT);
    EXPECT_EQ(inside.sequence, 2u);  // create(), then boot
    EXPECT_EQ(probe.inside, 0u);
    fw::set_firmware_probe(nullptr);
}

TEST(firmware_probe, when_a_firmware_crashes_then_another_process_can_tell_which) {
    void* shared = mmap(nullptr, sizeof(fw::firmware_probe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(shared, MAP_FAILED);
    auto* probe = new (shared) fw::firmware_probe{};
    const pid_t child = fork();
    if (child == 0) {
        board_bench bench;
        fw::set_firmware_probe(probe);
        scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
            if (e.type == DECTBED_EV_BOOT) f.timer(1, 1000);
            if (e.type == DECTBED_EV_TIMER) raise(SIGKILL);
        };
        bench.power_on();
        bench.run(1s);
        _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_STREQ(probe->device, "office/base[1]");
    EXPECT_STREQ(probe->firmware, "scripted 0");
    EXPECT_EQ(probe->event_type, DECTBED_EV_TIMER);
    EXPECT_EQ(probe->inside, 1u);
    munmap(shared, sizeof(fw::firmware_probe));
}

TEST(device_board, when_requests_are_garbage_then_all_are_refused_and_nothing_breaks) {
    board_bench bench;
    sim::random_stream stream(7, "garbage", "test");
    auto draw = [&] { return stream.u32(); };
    constexpr int records = 20'000, per_event = 200;
    int sent = 0;
    const std::vector<std::uint16_t> bases{0x0100, 0x0200, 0x0300, 0x0400, 0x0500};
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT || e.type == DECTBED_EV_TIMER) {
            if (sent >= records) return;
            for (int i = 0; i < per_event; ++i, ++sent) {
                sim::bytes octets(draw() % 4 ? draw() % 200 : draw() % 3000);
                octets.resize(std::max<std::size_t>(octets.size(), 8));
                for (auto& octet : octets) octet = static_cast<std::uint8_t>(draw() % 3 ? draw() : 0);
                dectbed_record header{static_cast<std::uint16_t>(draw()), static_cast<std::uint16_t>(octets.size()),
                                      static_cast<std::uint32_t>(sent)};
                // Mostly plausible types, so that the fields behind them are looked at.
                if (draw() % 8) header.type = static_cast<std::uint16_t>(bases[draw() % 5] + draw() % 12);
                if (header.type == DECTBED_REQ_CONSUME_CPU || header.type == DECTBED_REQ_RESET) header.type = 0;
                if (draw() % 16 == 0) header.size = static_cast<std::uint16_t>(draw() % 8);  // shorter than a header
                std::memcpy(octets.data(), &header, sizeof header);
                f.raw(octets);
            }
            f.host->request(f.host->context, nullptr);
            f.timer(1'000'000, 1000);
        }
    };
    bench.power_on();
    bench.run(24h);
    EXPECT_EQ(sent, records);
    EXPECT_GT(scripted_firmware::of_type(DECTBED_EV_REFUSED).size(), 15'000u);
}

/// Power fails at every instant of a busy life; the device must come back each time.
TEST(device_board, when_power_fails_during_anything_then_the_next_life_is_clean) {
    board_bench bench;
    bench.config.reset_hold = 10us;
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) {
            f.log("boot");
            f.led(DECTBED_LED_ON);
            f.timer(1, 20);
            f.u32(DECTBED_REQ_CONSUME_CPU, 15);
            f.u32(DECTBED_REQ_ENTROPY, 100);
            f.program(0, {1, 2, 3, 4});
            f.u32(DECTBED_REQ_WATCHDOG, 1);
            f.plain(DECTBED_REQ_DISPLAY, 0, sim::view("hello"));
        }
        if (e.type == DECTBED_EV_TIMER) {
            f.u32(DECTBED_REQ_CONSUME_CPU, 30);
            f.erase(0);
            f.timer(1, 1);
        }
    };
    bench.build();
    int lives = 0;
    for (sim::duration after{0}; after < 1200us; after += 1us) {
        scripted_firmware::events.clear();
        bench.board->set_plugged(true, "plugged in");
        bench.sim.kernel().after(after, [&] { bench.board->set_plugged(false, "unplugged"); });
        bench.run(5ms);
        EXPECT_FALSE(bench.board->running());
        EXPECT_EQ(bench.board->led(), DECTBED_LED_OFF);
        if (!scripted_firmware::events.empty()) {
            ++lives;
            EXPECT_EQ(scripted_firmware::events[0].type, DECTBED_EV_BOOT);
            EXPECT_EQ(scripted_firmware::events[0].now_us, 10u);
        }
        EXPECT_EQ(scripted_firmware::created, scripted_firmware::destroyed);
    }
    EXPECT_GT(lives, 1000);
}

TEST(device_board, when_the_receive_queue_is_full_then_the_rest_is_dropped_and_journalled) {
    board_bench bench;
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) f.u32(DECTBED_REQ_CONSUME_CPU, 1'000'000);
    };
    bench.power_on();
    bench.run(500ms);
    for (int i = 0; i < 300; ++i)
        bench.board->post_received(fw::make_event(DECTBED_EV_ETHERNET_FRAME, 0, dectbed_ev_data{}, sim::bytes(60)));
    bench.run(2s);
    EXPECT_EQ(scripted_firmware::of_type(DECTBED_EV_ETHERNET_FRAME).size(), 256u);
    EXPECT_EQ(bench.log.all<record::packet_dropped>().size(), 44u);
}

TEST(device_board, when_run_again_with_the_same_seed_then_the_journal_is_the_same) {
    // One SystemC simulation a process: the other seed's digest is compared within one run by its parts.
    board_bench bench(42);
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) f.u32(DECTBED_REQ_ENTROPY, 16);
    };
    bench.power_on();
    bench.run(1s);
    auto stream = sim::random_stream(42, "office/base[1]", "entropy");
    for (int i = 0; i < 32; ++i) stream.below(256);
    std::string expected;
    for (int i = 0; i < 16; ++i) expected.push_back(static_cast<char>(stream.below(256)));
    EXPECT_EQ(scripted_firmware::of_type(DECTBED_EV_ENTROPY).at(0).data_after(sizeof(dectbed_ev_data)), expected);
}

TEST(device_board, when_devices_have_a_text_alike_then_it_is_kept_once) {
    const shared_text one("stun.vendor.example"), same(std::string("stun.vendor.") + "example"), other("other");
    EXPECT_EQ(&one.str(), &same.str());
    EXPECT_EQ(one, std::string("stun.vendor.example"));
    EXPECT_EQ(other, std::string("other"));
    shared_text none;
    EXPECT_TRUE(none.empty());
    none = one;
    EXPECT_EQ(&none.str(), &one.str());
    EXPECT_TRUE(shared_text("").empty());
}

}  // namespace
}  // namespace dectbed::test
