#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/firmware/host/scripted_platform.h"

namespace dectbed::test {
namespace {

using namespace std::chrono_literals;
namespace record = sim::record;
using fw::platform_port;
using virtual_platform::mailbox_registers;
using effect = mailbox_registers::effect;

// --- registers ------------------------------------------------------------------------------------------

effect write_word(mailbox_registers& m, std::uint32_t address, std::uint32_t value) {
    unsigned char octets[4];
    for (int i = 0; i < 4; ++i) octets[i] = static_cast<unsigned char>(value >> (8 * i));
    return m.write(address, octets, 4);
}

TEST(mailbox, when_a_request_is_written_word_by_word_then_its_octets_come_out) {
    mailbox_registers m;
    EXPECT_EQ(write_word(m, DECTBED_MAILBOX_WORD, 0x000C1002), effect::none);  // type 0x1002, 12 octets
    EXPECT_EQ(write_word(m, DECTBED_MAILBOX_WORD, 0x00000007), effect::none);
    EXPECT_EQ(write_word(m, DECTBED_MAILBOX_WORD, 0x04030201), effect::none);
    EXPECT_EQ(write_word(m, DECTBED_MAILBOX_SEND, 12), effect::request);
    EXPECT_EQ(m.take_request(),
              (std::vector<unsigned char>{0x02, 0x10, 0x0C, 0x00, 0x07, 0, 0, 0, 0x01, 0x02, 0x03, 0x04}));
}

TEST(mailbox, when_the_size_is_not_what_was_written_then_a_record_of_no_type_with_its_token_comes_out) {
    const std::vector<unsigned char> refused{0, 0, 8, 0, 7, 0, 0, 0};
    for (const std::uint32_t said : {0u, 8u, 11u, 13u, 0xFFFFu}) {
        mailbox_registers m;
        write_word(m, DECTBED_MAILBOX_WORD, 0x00001002 | said << 16);
        write_word(m, DECTBED_MAILBOX_WORD, 7);
        write_word(m, DECTBED_MAILBOX_WORD, 0x04030201);
        write_word(m, DECTBED_MAILBOX_SEND, 12);
        EXPECT_EQ(m.take_request(), refused) << said;
    }
    mailbox_registers empty;
    write_word(empty, DECTBED_MAILBOX_SEND, 0xFFFFFFFF);
    EXPECT_EQ(empty.take_request(), (std::vector<unsigned char>{0, 0, 8, 0, 0, 0, 0, 0}));
}

TEST(mailbox, when_more_is_written_than_a_record_can_be_then_it_is_none_and_the_next_one_is_whole) {
    mailbox_registers m;
    for (int i = 0; i < 100'000; ++i) write_word(m, DECTBED_MAILBOX_WORD, 0xFFFF1002);
    write_word(m, DECTBED_MAILBOX_SEND, 400'000);
    EXPECT_EQ(m.take_request().size(), 8u);
    write_word(m, DECTBED_MAILBOX_WORD, 0x00081002);
    write_word(m, DECTBED_MAILBOX_WORD, 9);
    write_word(m, DECTBED_MAILBOX_SEND, 8);
    EXPECT_EQ(m.take_request(), (std::vector<unsigned char>{0x02, 0x10, 8, 0, 9, 0, 0, 0}));
}

TEST(mailbox, when_an_event_is_shown_then_its_size_and_octets_are_read_at_any_place_and_zeros_behind_it) {
    mailbox_registers m;
    unsigned char size[4] = {1, 1, 1, 1};
    EXPECT_TRUE(m.read(DECTBED_MAILBOX_WAITING, size, 4));
    EXPECT_EQ(size[0] | size[1] | size[2] | size[3], 0);
    const unsigned char event[] = {1, 2, 3, 4, 5};
    m.show(event, sizeof event);
    EXPECT_TRUE(m.read(DECTBED_MAILBOX_WAITING, size, 4));
    EXPECT_EQ(size[0], 5);
    unsigned char three[3] = {};
    EXPECT_TRUE(m.read(DECTBED_MAILBOX_WINDOW + 3, three, 3));
    EXPECT_EQ((std::vector<unsigned char>{three, three + 3}), (std::vector<unsigned char>{4, 5, 0}));
    EXPECT_TRUE(m.read(DECTBED_MAILBOX_OCTETS - 3, three, 3));
    EXPECT_FALSE(m.read(DECTBED_MAILBOX_OCTETS - 2, three, 3));
    EXPECT_FALSE(m.read(~std::uint64_t{0}, three, 3));
    EXPECT_FALSE(m.read(DECTBED_MAILBOX_WORD, three, 3));
    EXPECT_EQ(write_word(m, DECTBED_MAILBOX_NEXT, 1), effect::seen);
    EXPECT_EQ(write_word(m, DECTBED_MAILBOX_NEXT, 1), effect::none);
    EXPECT_FALSE(m.shows());
}

TEST(mailbox, when_anything_is_accessed_anyhow_then_it_stays_within_its_octets) {
    mailbox_registers m;
    std::uint64_t x = 1;
    const auto draw = [&x] { return x = x * 6364136223846793005u + 1442695040888963407u, x >> 33; };
    unsigned char octets[300] = {};
    int requests = 0;
    for (int i = 0; i < 200'000; ++i) {
        const std::uint64_t address = draw() % 8 == 0 ? draw() << 30 : draw() % 0x20;
        const std::size_t n = draw() % 4 == 0 ? draw() % sizeof octets : 4;
        for (auto& o : octets) o = static_cast<unsigned char>(draw());
        if (draw() % 5 == 0) m.show(octets, 1 + draw() % 299);
        if (draw() % 2 == 0) {
            m.read(address, octets, n);
        } else if (m.write(address, octets, n) == effect::request) {
            ++requests;
            const auto r = m.take_request();
            ASSERT_GE(r.size(), 8u);
            ASSERT_EQ(r[2] | r[3] << 8, static_cast<int>(r.size()));
        }
        ASSERT_LE(m.take_fault().size(), std::size_t{DECTBED_MAILBOX_FAULT_OCTETS});
    }
    EXPECT_GT(requests, 100);
}

// --- libraries ------------------------------------------------------------------------------------------

std::string error_of(const std::string& name, std::uint32_t kind = DECTBED_KIND_BASE) {
    fw::firmware_library library;
    fw::firmware_source source;
    source.name = std::string(FIRMWARE_FOLDER "/") + name;
    source.platform = true;
    const auto image = library.open(source, kind);
    return image ? "" : image.error().reason;
}

TEST(platform_library, when_it_cannot_be_used_then_the_error_says_what_and_why) {
    using ::testing::HasSubstr;
    EXPECT_EQ(error_of("platform_good.so"), "");
    EXPECT_THAT(error_of("none.so"), HasSubstr("there is no such file"));
    EXPECT_THAT(error_of("firmware_reentrant.so"), HasSubstr("does not export dectbed_platform_entry()"));
    EXPECT_THAT(error_of("platform_of_other_abi.so"),
                HasSubstr("built for version 7 of platform.h, this program has version 1"));
    EXPECT_THAT(error_of("platform_of_other_systemc.so"), HasSubstr("built with SystemC 20051212"));
    EXPECT_THAT(error_of("platform_of_handset.so"), HasSubstr("platforms are for bases"));
    EXPECT_THAT(error_of("platform_without_make.so"), HasSubstr("lacks make"));
    EXPECT_THAT(error_of("platform_good.so", DECTBED_KIND_HANDSET), HasSubstr("is for a base, not for a handset"));
    fw::firmware_library library;
    fw::firmware_source source;
    source.name = FIRMWARE_FOLDER "/platform_good.so";
    source.in = fw::firmware_source::place::within;
    EXPECT_THAT(library.open(source, DECTBED_KIND_BASE).error().reason, HasSubstr("it is a platform"));
}

// --- a platform on a board ------------------------------------------------------------------------------

TEST(platform, when_power_comes_then_reset_falls_and_boot_waits_in_the_mailbox) {
    std::vector<sim::bytes> events;
    platform_bench bench([&](scripted_platform& p) { events.push_back(p.next_event()); });
    bench.config.reset_hold = 240ms;
    bench.power_on();
    bench.run(239ms);
    EXPECT_EQ(scripted_platform::lives, 0);
    bench.run(2ms);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(scripted_platform::arguments, (std::vector<std::string>{"one", "two words"}));
    dectbed_ev_boot b{};
    ASSERT_EQ(events[0].size(), sizeof b);
    std::memcpy(&b, events[0].data(), sizeof b);
    EXPECT_EQ(b.event.record.type, DECTBED_EV_BOOT);
    EXPECT_EQ(b.event.now_us, 240'000u);
    EXPECT_EQ(b.reset_cause, DECTBED_RESET_POWER_ON);
    const auto before = bench.sim.kernel().executed_events();
    bench.run(24h);
    EXPECT_EQ(bench.sim.kernel().executed_events(), before) << "a platform that sleeps costs nothing";
}

TEST(platform, when_an_access_is_ahead_of_time_then_what_it_asks_for_happens_at_its_own_picosecond) {
    platform_bench bench([](scripted_platform& p) {
        p.next_event();
        p.sync();
        p.ahead = sc_core::sc_time(1234567, sc_core::SC_PS);  // and 40 ns for each access
        p.led(DECTBED_LED_ON);
        p.ahead += sc_core::sc_time(3, sc_core::SC_MS);
        p.led(DECTBED_LED_FLASH);
    });
    bench.power_on();
    bench.run(1s);
    const auto at = bench.log.times<record::led_changed>();
    ASSERT_EQ(at.size(), 2u);
    constexpr int accesses_of_an_event = 3, accesses_of_a_light = sizeof(dectbed_req_led) / 4 + 1;
    const auto first = sim::duration{accesses_of_an_event * 40'000 + 1'234'567 + accesses_of_a_light * 40'000};
    EXPECT_EQ(at[0] - sim::time_point{}, first);
    EXPECT_EQ(at[1] - at[0], sim::duration{3ms} + sim::duration{accesses_of_a_light * 40'000});
}

TEST(platform, when_an_event_has_not_been_seen_then_the_next_one_waits_behind_it) {
    std::vector<std::uint64_t> now_us;
    platform_bench bench([&](scripted_platform& p) {
        for (;;) {
            p.wait(sc_core::sc_time(100, sc_core::SC_MS), p.reset.posedge_event());
            const auto octets = p.next_event();
            if (octets.empty()) return;
            dectbed_event e;
            std::memcpy(&e, octets.data(), sizeof e);
            now_us.push_back(e.now_us);
        }
    });
    bench.power_on();
    bench.run(10ms);
    for (int i = 0; i < 3; ++i) bench.board->press(DECTBED_KEY_BUTTON, 1ms);  // pressed, released
    bench.run(2s);
    ASSERT_EQ(now_us.size(), 7u);
    EXPECT_EQ(now_us[0], 0u);
    for (std::size_t i = 1; i < now_us.size(); ++i) EXPECT_EQ(now_us[i] / 100'000, i) << "as it is delivered";
}

TEST(platform, when_a_request_is_malformed_or_not_for_platforms_then_it_is_refused) {
    std::vector<dectbed_ev_refused> refused;
    platform_bench bench([&](scripted_platform& p) {
        p.next_event();
        p.u32(DECTBED_REQ_CONSUME_CPU, 1000, 5);
        p.write(DECTBED_MAILBOX_WORD, 0x00101002);
        p.write(DECTBED_MAILBOX_WORD, 6);
        p.write(DECTBED_MAILBOX_SEND, 8);
        std::uint32_t value = 0;
        EXPECT_EQ(p.transfer(tlm::TLM_WRITE_COMMAND, 0x20, &value, 4), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(p.transfer(tlm::TLM_READ_COMMAND, DECTBED_MAILBOX_OCTETS, &value, 4),
                  tlm::TLM_ADDRESS_ERROR_RESPONSE);
        for (int i = 0; i < 2; ++i) {
            const auto octets = p.next_event();
            refused.emplace_back();
            std::memcpy(&refused.back(), octets.data(), std::min(octets.size(), sizeof refused.back()));
        }
    });
    bench.power_on();
    bench.run(1s);
    ASSERT_EQ(refused.size(), 2u);
    EXPECT_EQ(refused[0].event.record.type, DECTBED_EV_REFUSED);
    EXPECT_EQ(refused[0].event.record.token, 5u);
    EXPECT_EQ(refused[0].request_type, DECTBED_REQ_CONSUME_CPU);
    EXPECT_EQ(refused[0].reason, DECTBED_NOT_AVAILABLE);
    EXPECT_EQ(refused[1].event.record.token, 6u);
    EXPECT_EQ(refused[1].reason, DECTBED_BAD_FIELD);
}

TEST(platform, when_an_event_was_seen_ahead_of_time_then_the_next_one_comes_at_that_time) {
    std::vector<std::uint64_t> now_us;
    platform_bench bench(
        [&](scripted_platform& p) {
            while (!p.reset.read()) {
                if (!p.interrupt.read()) p.wait(p.interrupt.posedge_event());
                dectbed_event e{};
                p.transfer(tlm::TLM_READ_COMMAND, DECTBED_MAILBOX_WINDOW, &e, sizeof e);
                now_us.push_back(e.now_us);
                p.ahead = sc_core::sc_time(50, sc_core::SC_MS);
                p.write(DECTBED_MAILBOX_NEXT, 1);
                EXPECT_EQ(p.read(DECTBED_MAILBOX_WAITING), 0u);
                p.wait(sc_core::SC_ZERO_TIME);  // the interrupt falls
            }
        },
        500ms);
    bench.power_on();
    bench.run(10ms);
    bench.board->press(DECTBED_KEY_BUTTON, 1ms);
    bench.run(2s);
    EXPECT_EQ(now_us, (std::vector<std::uint64_t>{0, 50'000, 100'000}));
    EXPECT_EQ(bench.failure(), "") << "each was seen in time";
}

TEST(platform, when_it_is_ahead_by_more_time_than_there_is_then_it_fails) {
    platform_bench bench([](scripted_platform& p) {
        p.next_event();
        p.ahead = sc_core::sc_max_time();
        if (scripted_platform::lives == 1) p.led(DECTBED_LED_ON);
    });
    bench.power_on();
    bench.run(2s);
    EXPECT_EQ(bench.failure(), "crash: its platform is ahead of the simulation by more time than there is");
    EXPECT_EQ(scripted_platform::lives, 2);
}

TEST(platform, when_it_has_too_many_requests_ahead_of_time_then_it_fails) {
    platform_bench bench([](scripted_platform& p) {
        p.next_event();
        for (int spell = 0; spell < 3; ++spell) {
            p.ahead = sc_core::sc_time(1, sc_core::SC_SEC) * 3600;
            for (int i = 0; i < 50'000; ++i) p.write(DECTBED_MAILBOX_SEND, 0);
            p.wait(sc_core::sc_time(1, sc_core::SC_US));
        }
    });
    bench.power_on();
    bench.run(1s);
    EXPECT_EQ(bench.failure(), "requests: has more than 131072 requests ahead of the simulation's time");
}

TEST(platform, when_a_payload_has_no_data_then_that_is_an_error_and_no_more) {
    std::vector<tlm::tlm_response_status> said;
    platform_bench bench([&](scripted_platform& p) {
        p.next_event();
        for (const auto command : {tlm::TLM_WRITE_COMMAND, tlm::TLM_READ_COMMAND})
            for (const std::uint64_t address : {DECTBED_MAILBOX_WORD, DECTBED_MAILBOX_FAULT, DECTBED_MAILBOX_WINDOW})
                said.push_back(p.transfer(command, address, nullptr, 4));
    });
    bench.power_on();
    bench.run(1s);
    EXPECT_EQ(said, std::vector<tlm::tlm_response_status>(6, tlm::TLM_GENERIC_ERROR_RESPONSE));
    EXPECT_EQ(bench.failure(), "");
}

TEST(platform, when_power_is_cut_then_what_it_said_ahead_of_time_is_lost_and_it_lives_again_after_it) {
    platform_bench bench([](scripted_platform& p) {
        p.next_event();
        p.led(DECTBED_LED_ON);
        p.ahead += sc_core::sc_time(2, sc_core::SC_SEC);
        p.led(DECTBED_LED_FLASH);
    });
    bench.power_on();
    bench.run(1s);
    bench.board->set_supply(false, "power cut");
    bench.run(5s);
    EXPECT_EQ(scripted_platform::lives, 1);
    bench.board->set_supply(true, "power restored");
    bench.run(1s);
    EXPECT_EQ(scripted_platform::lives, 2);
    std::vector<std::string> patterns;
    for (const auto& l : bench.log.all<record::led_changed>()) patterns.push_back(l.pattern);
    EXPECT_EQ(patterns, (std::vector<std::string>{"on", "off", "on"}));
}

TEST(platform, when_it_asks_for_a_reset_then_it_gets_one_even_if_that_takes_no_time) {
    platform_bench bench([](scripted_platform& p) {
        p.next_event();
        if (scripted_platform::lives < 3) p.u32(DECTBED_REQ_RESET, DECTBED_RESET_SOFTWARE);
    });
    bench.power_on();
    bench.run(1s);
    EXPECT_EQ(scripted_platform::lives, 3);
}

TEST(platform, when_it_reports_a_fault_then_its_watchdog_resets_it) {
    platform_bench bench([](scripted_platform& p) {
        p.next_event();
        char text[] = "an unknown instruction at 0x0000000c";
        if (scripted_platform::lives == 1)
            p.transfer(tlm::TLM_WRITE_COMMAND, DECTBED_MAILBOX_FAULT, text, sizeof text - 1);
    });
    bench.power_on();
    bench.run(1599ms);
    EXPECT_EQ(bench.failure(), "crash: its platform reported: an unknown instruction at 0x0000000c");
    EXPECT_EQ(scripted_platform::lives, 1);
    bench.run(2ms);
    EXPECT_EQ(scripted_platform::lives, 2);
    EXPECT_EQ(bench.log.all<record::watchdog_fired>().size(), 1u);
}

TEST(platform, when_it_leaves_an_event_unseen_then_it_hangs_and_is_held_in_reset_after_three) {
    platform_bench bench([](scripted_platform& p) { p.wait(p.reset.posedge_event()); }, 500ms);
    bench.power_on();
    bench.run(499ms);
    EXPECT_EQ(bench.failure(), "");
    bench.run(2ms);
    EXPECT_EQ(bench.failure(), "hang: its platform left event 0x1101 in its mailbox for 0.500000 s");
    bench.run(1h);
    const auto failures = processor_failures(bench.log);
    ASSERT_EQ(failures.size(), 3u);
    EXPECT_NE(failures.back().cause.find("held in reset until power is cut"), std::string::npos);
    EXPECT_EQ(scripted_platform::lives, 3);
}

TEST(platform, when_its_own_watchdog_is_not_fed_then_that_bites) {
    platform_bench bench([](scripted_platform& p) {
        p.next_event();
        if (scripted_platform::lives == 1) p.u32(DECTBED_REQ_WATCHDOG, 700);
        for (;;) {  // a busy loop in simulated time
            p.wait(sc_core::sc_time(10, sc_core::SC_US), p.reset.posedge_event());
            if (p.reset.read()) return;
        }
    });
    bench.power_on();
    bench.run(2s);
    EXPECT_EQ(scripted_platform::lives, 2);
    EXPECT_EQ(bench.log.all<record::watchdog_fired>().size(), 1u);
}

TEST(platform, when_a_spell_of_work_lasts_too_long_then_the_watchdog_for_that_bites) {
    platform_bench bench([](scripted_platform& p) {
        p.next_event();
        if (scripted_platform::lives > 1) return;
        p.u32(DECTBED_REQ_WATCHDOG_AWAKE, 300);
        p.sync();
        while (!p.reset.read()) p.wait(sc_core::sc_time(1, sc_core::SC_MS), p.reset.posedge_event());
    });
    bench.power_on();
    bench.run(1s);
    EXPECT_EQ(scripted_platform::lives, 1) << "it has seen all events";
    bench.board->press(DECTBED_KEY_BUTTON, 1s);
    bench.run(299ms);
    EXPECT_EQ(scripted_platform::lives, 1);
    bench.run(2ms);
    EXPECT_EQ(scripted_platform::lives, 2);
}

TEST(platform, when_its_delta_cycles_never_end_then_only_its_device_fails) {
    platform_bench bench([](scripted_platform& p) {
        p.next_event();
        p.sync();
        p.wait(sc_core::sc_time(3, sc_core::SC_SEC), p.reset.posedge_event());
        while (true) p.wait(sc_core::SC_ZERO_TIME);
    });
    bench.build_beside(blink);
    bench.run(60s);
    EXPECT_EQ(bench.failure(), "hang: its platform does not come to rest: more than 2000 delta cycles in one instant");
    EXPECT_EQ(processor_failures(bench.log).size(), 3u);
    EXPECT_EQ(bench.lights("office/base[2]").size(), 60u);
}

TEST(platform, when_it_never_yields_between_accesses_then_only_its_device_fails) {
    platform_bench bench([](scripted_platform& p) {
        p.next_event();
        std::uint32_t value = 0;
        while (true) p.transfer(tlm::TLM_READ_COMMAND, DECTBED_MAILBOX_WAITING, &value, 4);
    });
    bench.build_beside(blink);
    bench.run(60s);
    EXPECT_EQ(bench.failure(),
              "hang: its platform does not yield: more than 1000000 accesses to its mailbox in one instant of SystemC");
    EXPECT_EQ(bench.lights("office/base[2]").size(), 60u);
}

TEST(platform, when_it_makes_too_many_requests_at_once_then_it_fails) {
    platform_bench bench([](scripted_platform& p) {
        p.next_event();
        for (std::uint64_t i = 0; i <= platform_port::requests_max; ++i) p.write(DECTBED_MAILBOX_SEND, 0);
    });
    bench.power_on();
    bench.run(1s);
    EXPECT_EQ(bench.failure(), "requests: made more than 65536 requests in one instant of SystemC");
}

// --- updates --------------------------------------------------------------------------------------------

/// One that comes for a platform, and what it does with its events.
void offer_update(platform_bench& bench, scripted_firmware::script script) {
    fw::firmware_update update;
    update.image = scripted_firmware::image(DECTBED_KIND_BASE);
    update.attempts = 2;
    bench.config.update = std::make_shared<const fw::firmware_update>(update);
    scripted_firmware::on_event = std::move(script);
}

TEST(platform, when_an_update_is_taken_back_then_it_lives_again_each_time) {
    platform_bench bench(blink);
    offer_update(bench, [](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_BOOT) return;
        f.timer(1, 500'000);  // one event in the instant of the bite
        f.u32(DECTBED_REQ_WATCHDOG, 500);
    });
    bench.power_on();
    bench.run(3500ms);
    for (int times = 1; times <= 2; ++times) {
        bench.board->reset(DECTBED_RESET_UPDATE);
        const auto before = bench.lights("office/base[1]").size();
        bench.run(999ms);
        EXPECT_EQ(scripted_firmware::created, 2 * times);
        EXPECT_EQ(scripted_platform::lives, times);
        EXPECT_EQ(bench.lights("office/base[1]").size(), before) << "it is in reset";
        bench.run(3500ms);
        EXPECT_EQ(scripted_platform::lives, 1 + times);
        EXPECT_EQ(bench.lights("office/base[1]").size(), before + 4);
    }
    std::vector<std::string> slots;
    for (const auto& s : bench.log.all<record::state_changed>())
        if (s.machine == fw::device_board::loader_machine) slots.push_back(s.to + ": " + s.cause);
    const std::string there = "slot b on trial: update", back = "slot a: 2 watchdog resets";
    EXPECT_EQ(slots, (std::vector<std::string>{there, back, there, back}));
    EXPECT_EQ(scripted_firmware::destroyed, scripted_firmware::created);
    EXPECT_EQ(bench.failure(), "");
}

TEST(platform, when_it_goes_on_in_its_reset_while_an_update_runs_then_that_does_not_notice) {
    platform_bench bench([](scripted_platform& p) {
        p.next_event();
        p.wait(sc_core::sc_time(1, sc_core::SC_SEC));
        p.led(DECTBED_LED_ON);
        std::uint32_t value = 0;
        for (std::uint64_t i = 0; i < platform_port::accesses_max + 10; ++i)
            p.transfer(tlm::TLM_READ_COMMAND, DECTBED_MAILBOX_WAITING, &value, 4);
    });
    offer_update(bench, [](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT || e.type == DECTBED_EV_TIMER) f.timer(1, 100'000);
    });
    bench.power_on();
    bench.run(500ms);
    bench.board->reset(DECTBED_RESET_UPDATE);
    bench.run(5050ms);
    EXPECT_EQ(scripted_firmware::of_type(DECTBED_EV_TIMER).size(), 50u);
    EXPECT_EQ(bench.failure(), "");
    EXPECT_EQ(scripted_platform::lives, 1);
    EXPECT_TRUE(bench.lights("office/base[1]").empty());
}

std::string failure_of_run(platform_bench& bench) {
    try {
        bench.power_on();
        bench.run(1s);
    } catch (const sim::run_failure& f) {
        return f.who() + " | " + f.what();
    }
    return "none";
}

TEST(platform, when_an_exception_or_an_error_escapes_it_then_the_run_fails_by_the_name_of_its_device) {
    platform_bench bench([](scripted_platform&) { throw std::runtime_error("no more memory"); });
    EXPECT_EQ(failure_of_run(bench),
              "office/base[1] | office/base[1]: its virtual platform let an exception escape: no more memory");
}

TEST(platform, when_systemc_reports_an_error_of_it_then_the_run_fails_by_the_name_of_its_device) {
    platform_bench bench([](scripted_platform&) { SC_REPORT_ERROR("their/model", "impossible"); });
    const auto said = failure_of_run(bench);
    EXPECT_EQ(said.rfind("office/base[1] | ", 0), 0u) << said;
    EXPECT_NE(said.find("impossible"), std::string::npos) << said;
}

TEST(platform, when_it_cannot_be_made_then_the_run_fails_by_the_name_of_its_device) {
    static const dectbed_platform throwing = {
        DECTBED_PLATFORM_ABI,
        SYSTEMC_VERSION,
        DECTBED_KIND_BASE,
        0,
        "x",
        "1",
        [](const dectbed_platform_device*) -> dectbed_platform_pins { throw std::runtime_error("there is no image"); }};
    platform_bench bench({}, 0ms, throwing);
    EXPECT_EQ(failure_of_run(bench),
              "office/base[1] | office/base[1]: platform 'scripted.so' cannot be made: there is no image");
}

TEST(platform, when_it_lacks_a_pin_then_the_run_fails) {
    static const dectbed_platform without = {
        DECTBED_PLATFORM_ABI, SYSTEMC_VERSION, DECTBED_KIND_BASE, 0, "x", "1", [](const dectbed_platform_device*) {
            return dectbed_platform_pins{nullptr, nullptr, nullptr};
        }};
    platform_bench bench({}, 0ms, without);
    EXPECT_NE(failure_of_run(bench).find("lacks one of the pins"), std::string::npos);
}

}  // namespace
}  // namespace dectbed::test
