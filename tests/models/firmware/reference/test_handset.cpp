// The reference handset: screens, search, delivery of a code to every waiting base, a call that leads nowhere.
#include "tests/models/firmware/reference/handset_bench.h"

namespace dectbed::test {
namespace {

constexpr std::uint64_t second_us = handset_bench::second_us;

TEST(handset_screens, when_switched_on_then_it_searches_and_says_not_registered) {
    handset_bench h;
    ASSERT_TRUE(h.shows("Searching"));
    ASSERT_TRUE(h.shows("Not registered"));
    EXPECT_EQ(h.host.of(DECTBED_REQ_RADIO_SCAN)[0].as<dectbed_req_radio_scan>().dwell_frames, 40u);
}

TEST(handset_screens, ACT_34_when_code_is_typed_with_a_typo_then_clear_takes_the_last_digit) {
    handset_bench h;
    ASSERT_TRUE(h.shows("Not registered"));
    h.press(DECTBED_KEY_MENU);
    EXPECT_EQ(h.screen, "Menu\n1 Activation code");
    h.press(DECTBED_KEY_OK);
    EXPECT_EQ(h.screen, "Activation code:\n");
    h.type("129");
    h.press(DECTBED_KEY_CLEAR);
    h.type("3");
    EXPECT_EQ(h.screen, "Activation code:\n123");
    h.press(DECTBED_KEY_OK);
    EXPECT_EQ(h.screen, "Activation code:\n123") << "too short to be sent";
    h.type("45678901234567890");
    EXPECT_EQ(h.screen, "Activation code:\n1234567890123456") << "sixteen digits at most";
}

TEST(handset_screens, when_clear_is_pressed_in_an_empty_field_then_it_goes_back) {
    handset_bench h;
    ASSERT_TRUE(h.shows("Not registered"));
    h.press(DECTBED_KEY_MENU);
    h.press(DECTBED_KEY_OK);
    h.press(DECTBED_KEY_CLEAR);
    EXPECT_EQ(h.screen, "Menu\n1 Activation code");
    h.press(DECTBED_KEY_CLEAR);
    EXPECT_EQ(h.screen, "Not registered");
}

TEST(handset_screens, when_nobody_presses_a_key_for_a_minute_then_it_goes_idle) {
    handset_bench h;
    ASSERT_TRUE(h.shows("Not registered"));
    h.press(DECTBED_KEY_MENU);
    h.press(DECTBED_KEY_OK);
    h.type("12");
    h.host.run_for(59 * second_us);
    EXPECT_EQ(h.screen, "Activation code:\n12");
    h.host.run_for(2 * second_us);
    EXPECT_EQ(h.screen, "Not registered");
}

TEST(handset_screens, ACT_22_when_it_is_a_plain_handset_then_there_is_no_way_to_enter_a_code) {
    handset_bench h(true);
    h.add(1, 1);
    ASSERT_TRUE(h.shows("Not registered"));
    h.press(DECTBED_KEY_MENU);
    EXPECT_EQ(h.screen, "Menu\n1 Phone book");
    h.press(DECTBED_KEY_OK);
    h.type("1234567890");
    h.press(DECTBED_KEY_OK);
    h.host.run_for(60 * second_us);
    EXPECT_TRUE(h.sent.empty());
    EXPECT_EQ(h.host.count(DECTBED_REQ_RADIO_SCAN), 0u);
    for (const auto& s : h.screens) EXPECT_EQ(s.find("code"), std::string::npos);
}

TEST(handset_search, when_a_base_is_in_service_then_it_locks_to_the_strongest) {
    handset_bench h;
    h.add(1, 2, -70000);
    h.add(2, 2, -55000);
    h.add(3, 1, -40000);
    h.add(4, 2, -30000).emc = 0x1234;
    ASSERT_TRUE(h.shows("In service"));
    EXPECT_EQ(h.locked_to, 2);
    const auto scans = h.host.count(DECTBED_REQ_RADIO_SCAN);
    h.host.run_for(600 * second_us);
    EXPECT_EQ(h.host.count(DECTBED_REQ_RADIO_SCAN), scans) << "a locked handset rests";
}

TEST(handset_search, when_no_base_is_in_service_then_searches_grow_rare) {
    handset_bench h;
    h.add(1, 1);
    ASSERT_TRUE(h.shows("Not registered"));
    h.host.run_for(1000 * second_us);
    const auto scans = h.host.of(DECTBED_REQ_RADIO_SCAN);
    ASSERT_GE(scans.size(), 8u);
    EXPECT_LE(scans.size(), 15u);
    EXPECT_LE(scans[1].at_us - scans[0].at_us, 17 * second_us);
    const auto last_gap = scans.back().at_us - scans[scans.size() - 2].at_us;
    EXPECT_GE(last_gap, 94 * second_us);
    EXPECT_LE(last_gap, 155 * second_us);
}

TEST(handset_search, when_base_leaves_service_then_handset_unlocks_and_returns_with_it) {
    handset_bench h;
    h.add(1, 2);
    ASSERT_TRUE(h.shows("In service"));
    h.announce(1, 0);
    ASSERT_TRUE(h.shows("Not registered"));
    h.base(1)->service = 2;
    ASSERT_TRUE(h.shows("In service"));
    h.lose_signal();
    ASSERT_TRUE(h.shows("Not registered"));
    ASSERT_TRUE(h.shows("In service"));
}

TEST(handset_search, when_base_is_below_the_floor_then_it_is_left_alone) {
    handset_bench h;
    h.add(1, 2, -80001);
    ASSERT_TRUE(h.shows("Not registered"));
    h.host.run_for(300 * second_us);
    EXPECT_EQ(h.host.count(DECTBED_REQ_RADIO_LOCK), 0u);
}

TEST(handset_activation, ACT_31_34_when_three_bases_wait_then_each_gets_the_code_strongest_first) {
    handset_bench h;
    h.add(1, 1, -70000);
    h.add(2, 1, -50000);
    h.add(3, 1, -60000);
    h.add(4, 2, -40000);
    h.add(5, 1, -81000);
    for (auto& b : h.bases) b.script = {{100000, progress}, {2000000, verdict_activated}};
    ASSERT_TRUE(h.shows("In service"));
    h.enter_code();
    ASSERT_TRUE(h.shows("Activated: 3\nFailed: 0"));
    ASSERT_EQ(h.sent.size(), 3u);
    EXPECT_EQ(h.sent[0].first, 2);
    EXPECT_EQ(h.sent[1].first, 3);
    EXPECT_EQ(h.sent[2].first, 1);
    EXPECT_EQ(hex(h.sent[0].second),
              "0550010186"
              "050780a800db012345"
              "7b10810db001010a31323334353637383930");
    const std::vector<std::string> wanted = {"Searching bases",      "Base 1 of 3\nSending",  "Base 1 of 3\nChecking",
                                             "Base 2 of 3\nSending", "Base 2 of 3\nChecking", "Base 3 of 3\nSending"};
    auto at = h.screens.begin();
    for (const auto& w : wanted) {
        at = std::find(at, h.screens.end(), w);
        ASSERT_NE(at, h.screens.end()) << w;
    }
}

TEST(handset_activation, ACT_34_when_no_base_waits_then_ok_searches_again_with_the_same_code) {
    handset_bench h;
    ASSERT_TRUE(h.shows("Not registered"));
    h.enter_code();
    ASSERT_TRUE(h.shows("No base found"));
    h.add(1, 1).script = {{100000, verdict_activated}};
    h.press(DECTBED_KEY_OK);
    ASSERT_TRUE(h.shows("Activated: 1\nFailed: 0"));
    h.press(DECTBED_KEY_CLEAR);
    EXPECT_EQ(h.screen, "Not registered");
}

TEST(handset_activation, when_one_base_refuses_then_its_neighbours_still_get_their_try) {
    handset_bench h;
    h.add(1, 1, -50000).script = {{100000, verdict_refused}};
    h.add(2, 1, -60000).script = {{100000, verdict_activated}};
    ASSERT_TRUE(h.shows("Not registered"));
    h.enter_code();
    ASSERT_TRUE(h.shows("Activated: 1\nFailed: 1"));
    EXPECT_EQ(h.sent.size(), 2u);
    EXPECT_EQ(h.link, 0u);
}

TEST(handset_activation, ACT_34_when_every_base_refuses_then_the_code_is_refused) {
    handset_bench h;
    h.add(1, 1, -50000).script = {{100000, verdict_refused}};
    h.add(2, 1, -60000).script = {{100000, verdict_refused}};
    ASSERT_TRUE(h.shows("Not registered"));
    h.enter_code();
    ASSERT_TRUE(h.shows("Code refused"));
    EXPECT_EQ(h.sent.size(), 2u);
}

struct ending {
    const char* what;
    std::vector<std::pair<std::uint64_t, std::string>> script;
    const char* expected;
};

TEST(handset_activation, when_verdicts_differ_then_the_final_screen_says_so) {
    const ending endings[] = {
        {"redirection unreachable", {{1000, verdict(2, 30)}}, "Activated: 0\nFailed: 1"},
        {"provisioning failed", {{1000, verdict(3)}}, "Activated: 0\nFailed: 1"},
        {"already provisioned", {{1000, verdict(4)}}, "Activated: 0\nFailed: 0"},
        {"locked out", {{1000, verdict(5, 40)}}, "Locked, wait"},
        {"busy three times", {{1000, verdict(6, 10)}}, "Activated: 0\nFailed: 1"},
        {"of a later version", {{1000, verdict(77)}}, "Activated: 0\nFailed: 1"},
        {"plain reject", {{1000, "8553600120"}}, "Activated: 0\nFailed: 1"},
        {"link lost", {{1000, "release"}}, "No confirmation"},
        {"silence", {}, "No confirmation"},
        {"progress, then silence", {{1000, progress}}, "No confirmation"},
        {"verdict of another maker, then silence", {{1000, "85510101867b08811234010300 0000"}}, "No confirmation"},
        {"verdict cut short, then silence", {{1000, "85510101867b07810db001030000"}}, "No confirmation"},
        {"activated, said by a reject, then silence", {{1000, verdict(0)}}, "No confirmation"},
        {"garbage, then the verdict",
         {{500, "ffff"}, {1000, "05"}, {2000, verdict_activated}},
         "Activated: 1\nFailed: 0"},
    };
    for (const auto& e : endings) {
        handset_bench h;
        h.add(1, 1).script = e.script;
        ASSERT_TRUE(h.shows("Not registered"));
        h.enter_code();
        EXPECT_TRUE(h.shows(e.expected, 200 * second_us)) << e.what << ": " << h.screen;
        h.host.run_for(3 * second_us);
        EXPECT_EQ(h.link, 0u) << e.what;
    }
}

TEST(handset_activation, when_progress_comes_then_patience_is_extended) {
    handset_bench h;
    h.add(1, 1).script = {{80 * second_us, progress}, {160 * second_us, verdict_activated}};
    ASSERT_TRUE(h.shows("Not registered"));
    h.enter_code();
    EXPECT_TRUE(h.shows("Activated: 1\nFailed: 0", 300 * second_us));
}

TEST(handset_activation, ACT_34_when_no_verdict_comes_then_patience_ends_after_ninety_seconds) {
    handset_bench h;
    h.add(1, 1);
    ASSERT_TRUE(h.shows("Not registered"));
    h.enter_code();
    ASSERT_TRUE(h.host.run_until_true([&] { return !h.sent.empty(); }, 60 * second_us));
    h.host.run_for(90 * second_us - 1000);
    EXPECT_EQ(h.screen, "Base 1 of 1\nChecking");
    EXPECT_TRUE(h.shows("No confirmation", second_us));
}

TEST(handset_activation, when_set_up_fails_twice_then_the_third_attempt_succeeds) {
    handset_bench h;
    auto& b = h.add(1, 1);
    b.script = {{1000, verdict_activated}};
    b.set_ups_that_fail = 2;
    ASSERT_TRUE(h.shows("Not registered"));
    h.enter_code();
    EXPECT_TRUE(h.shows("Activated: 1\nFailed: 0"));
    EXPECT_EQ(h.host.count(DECTBED_REQ_LINK_OPEN), 3u);
}

TEST(handset_activation, when_set_up_never_works_then_the_next_base_has_its_turn) {
    handset_bench h;
    h.add(1, 1, -40000).set_ups_that_fail = 100;
    h.add(2, 1, -50000).lockable = false;
    h.add(3, 1, -60000).script = {{1000, verdict_activated}};
    ASSERT_TRUE(h.shows("Not registered"));
    h.enter_code();
    EXPECT_TRUE(h.shows("Activated: 1\nFailed: 2"));
    EXPECT_EQ(h.host.count(DECTBED_REQ_LINK_OPEN), 4u);
}

TEST(handset_activation, when_base_still_announces_waiting_after_activation_then_it_is_not_asked_twice) {
    handset_bench h;
    h.add(1, 1).script = {{1000, verdict_activated}};
    ASSERT_TRUE(h.shows("Not registered"));
    h.enter_code();
    ASSERT_TRUE(h.shows("Activated: 1\nFailed: 0"));
    h.press(DECTBED_KEY_OK);
    ASSERT_TRUE(h.shows("No base found"));
    h.host.run_for(61 * second_us);
    h.press(DECTBED_KEY_OK);  // it lost its configuration: it may have it again
    EXPECT_TRUE(h.shows("Activated: 1\nFailed: 0"));
}

TEST(handset_activation, when_on_hook_is_pressed_then_everything_is_given_up) {
    handset_bench h;
    h.add(1, 1);
    ASSERT_TRUE(h.shows("Not registered"));
    h.enter_code();
    ASSERT_TRUE(h.shows("Base 1 of 1\nChecking"));
    h.press(DECTBED_KEY_ON_HOOK);
    EXPECT_EQ(h.screen, "Not registered");
    EXPECT_EQ(h.link, 0u);
    EXPECT_EQ(h.locked_to, -1);
}

TEST(handset_activation, when_activated_bases_come_into_service_then_the_handset_finds_one_by_itself) {
    handset_bench h;
    h.add(1, 1).script = {{1000, verdict_activated}};
    ASSERT_TRUE(h.shows("Not registered"));
    h.enter_code();
    ASSERT_TRUE(h.shows("Activated: 1\nFailed: 0"));
    h.base(1)->service = 2;
    h.host.run_for(20 * second_us);
    EXPECT_EQ(h.locked_to, 1);
    EXPECT_EQ(h.screen, "Activated: 1\nFailed: 0") << "what a person may still read stays";
    h.press(DECTBED_KEY_CLEAR);
    EXPECT_EQ(h.screen, "In service");
}

TEST(handset_call, ACT_25_when_unregistered_handset_calls_then_it_says_that_it_has_no_key) {
    for (const bool plain : {false, true}) {
        handset_bench h(plain);
        h.add(1, 2).script = {{100000, "0540 0a03 011000 0c08 0102030405060708 0e08 0102030405060708"}};
        ASSERT_TRUE(h.shows(plain ? "Not registered" : "In service"));
        h.press(DECTBED_KEY_OFF_HOOK);
        EXPECT_EQ(h.screen, "Calling");
        ASSERT_TRUE(h.host.run_until_true([&] { return !h.sent.empty(); }, 20 * second_us));
        h.base(1)->script = {{100000, "835ae209"}};
        ASSERT_TRUE(h.shows("Not allowed"));
        ASSERT_EQ(h.sent.size(), 2u);
        EXPECT_EQ(hex(h.sent[0].second), "0305050780a800db012345060781a8000db00001e080");
        EXPECT_EQ(hex(h.sent[1].second), "8543600113");
        h.press(DECTBED_KEY_CLEAR);
        EXPECT_EQ(h.screen, plain ? "Not registered" : "In service");
    }
}

TEST(handset_call, when_base_connects_an_unregistered_call_then_it_shows) {
    handset_bench h;
    h.add(1, 2).script = {{100000, "8307"}};
    ASSERT_TRUE(h.shows("In service"));
    h.press(DECTBED_KEY_OFF_HOOK);
    ASSERT_TRUE(h.shows("Connected"));
    h.press(DECTBED_KEY_ON_HOOK);
    EXPECT_EQ(h.link, 0u);
}

TEST(handset_call, when_there_is_no_base_then_it_says_so) {
    handset_bench h;
    ASSERT_TRUE(h.shows("Not registered"));
    h.press(DECTBED_KEY_OFF_HOOK);
    EXPECT_TRUE(h.shows("No base"));
    h.press(DECTBED_KEY_OK);
    EXPECT_EQ(h.screen, "Not registered") << "OK repeats an activation only";
}

TEST(handset_call, when_base_does_not_answer_then_the_call_ends_after_cc_03) {
    handset_bench h;
    h.add(1, 2);
    ASSERT_TRUE(h.shows("In service"));
    h.press(DECTBED_KEY_OFF_HOOK);
    EXPECT_TRUE(h.shows("Not allowed", 22 * second_us));
}

TEST(handset_robustness, when_any_event_comes_on_any_screen_then_nothing_breaks) {
    std::vector<std::uint16_t> types;
    for (const auto& [first, last] :
         {std::pair{0x1102, 0x1105}, {0x1201, 0x1206}, {0x1301, 0x130A}, {0x1401, 0x1401}, {0x1501, 0x1502}}) {
        for (int type = first; type <= last; ++type) types.push_back(static_cast<std::uint16_t>(type));
    }
    const std::vector<std::string> stops = {"Searching",
                                            "Not registered",
                                            "Activation code:\n123456",
                                            "Searching bases",
                                            "Base 1 of 1\nSending",
                                            "Base 1 of 1\nChecking",
                                            "Code refused",
                                            "Calling",
                                            "Not allowed"};
    for (const auto& stop : stops) {
        for (const std::uint16_t type : types) {
            for (const std::uint8_t fill : {0x00, 0x01, 0x03, 0xFF}) {
                handset_bench h;
                h.add(1, 1).script = {{second_us, verdict_refused}};
                if (stop == "Calling" || stop == "Not allowed") {
                    h.shows("Not registered");
                    h.press(DECTBED_KEY_OFF_HOOK);
                } else if (stop != "Searching" && stop != "Not registered") {
                    h.shows("Not registered");
                    h.press(DECTBED_KEY_MENU);
                    h.press(DECTBED_KEY_OK);
                    h.type("123456");
                    if (stop != "Activation code:\n123456") h.press(DECTBED_KEY_OK);
                }
                ASSERT_TRUE(h.shows(stop)) << stop << " but " << h.screen;
                h.host.post_raw(type, octets(120, fill), 0, fill);
                h.host.post_raw(type, octets(16, fill), 0, fill);
                h.host.run_for(400 * second_us);
                EXPECT_EQ(h.link, 0u) << stop;
            }
        }
    }
}

TEST(handset_robustness, when_messages_are_garbled_then_nothing_breaks) {
    std::uint64_t seed = 7;
    for (int i = 0; i < 3000; ++i) {
        handset_bench h;
        octets m = from_hex(i % 2 ? verdict_activated : progress);
        for (auto& o : m) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            if ((seed >> 61) == 0) o = static_cast<std::uint8_t>(seed >> 40);
        }
        m.resize(seed >> 33 & 1 ? m.size() : (seed >> 34) % (m.size() + 1));
        h.add(1, 1).script = {{1000, hex(m)}};
        ASSERT_TRUE(h.shows("Not registered"));
        h.enter_code("123456");
        h.host.run_for(150 * second_us);
        EXPECT_EQ(h.link, 0u);
    }
}

}  // namespace
}  // namespace dectbed::test
