// From the box to service, and every way in which that can go wrong and right itself.
#include "tests/models/firmware/reference/base_bench.h"

namespace dectbed::test {
namespace {

TEST(base_onboarding, ACT_23_35_36_when_right_code_is_sent_then_base_restarts_and_registers) {
    base_bench b;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    EXPECT_EQ(b.service, 1);
    EXPECT_EQ(b.led, DECTBED_LED_BLINK_SLOW);
    b.send_code(7, "1234567890");
    ASSERT_TRUE(b.gets_verdict(7));
    EXPECT_EQ(b.verdict_on(7), 0);
    EXPECT_EQ(b.resets, 0);
    b.world.release(7);
    ASSERT_TRUE(b.reaches("in_service"));
    EXPECT_EQ(b.resets, 1);
    EXPECT_EQ(b.service, 2);
    EXPECT_EQ(b.led, DECTBED_LED_ON);
    ASSERT_FALSE(b.world.registers.empty());
    EXPECT_NE(b.world.registers[0].second.find("To: <sip:base-021b2c000001@csp.example>"), std::string::npos);
}

TEST(base_onboarding, ACT_30_when_code_arrives_then_redirection_comes_before_provisioning) {
    base_bench b;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    b.send_code(7, "1234567890");
    ASSERT_TRUE(b.gets_verdict(7));
    ASSERT_EQ(b.world.calls.size(), 4u);
    EXPECT_EQ(b.world.calls[0].body, "{\"mac\":\"02:1b:2c:00:00:01\",\"model\":\"DB100\",\"serial\":\"A1B2C3\"}");
    EXPECT_EQ(b.world.calls[1].body,
              "{\"mac\":\"02:1b:2c:00:00:01\",\"model\":\"DB100\",\"serial\":\"A1B2C3\",\"code\":\"1234567890\","
              "\"ipei\":\"00db012345\"}");
    EXPECT_EQ(b.world.calls[1].target, "/v1/redirections");
    EXPECT_NE(b.world.calls[1].head.find("User-Agent: DB100/1.0.0 (02:1b:2c:00:00:01)"), std::string::npos);
    EXPECT_EQ(b.world.calls[2].target, "/office/021b2c000001.cfg");
    EXPECT_EQ(b.world.calls[3].target, "/office/common.cfg");
    // two signs of progress, then the verdict
    ASSERT_EQ(b.world.air.size(), 3u);
    EXPECT_EQ(hex(b.world.air[0].data), "05520101867b06810db0010201");
    EXPECT_EQ(hex(b.world.air[1].data), "05520101867b06810db0010202");
    EXPECT_EQ(hex(b.world.air[2].data), "85510101867b08810db00103000000");
}

TEST(base_onboarding, when_handset_keeps_the_link_then_base_restarts_after_two_seconds) {
    base_bench b;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    b.send_code(7, "1234567890");
    ASSERT_TRUE(b.gets_verdict(7));
    b.run_for(2 * second_us - 1000);
    EXPECT_EQ(b.resets, 0);
    b.run_for(2000);
    EXPECT_EQ(b.resets, 1);
}

TEST(base_onboarding, ACT_06_when_mac_is_known_then_nobody_types_anything) {
    base_bench b;
    b.mac_url = "http://prov.csp.example/office";
    b.power_on();
    ASSERT_TRUE(b.reaches("in_service"));
    EXPECT_EQ(b.resets, 1);
    EXPECT_TRUE(b.world.air.empty());
}

TEST(base_onboarding, when_the_factory_says_so_then_the_mac_alone_is_never_asked_for) {
    base_bench b;
    b.identity.redirection_by_mac = 0;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    b.run_for(1600 * second_us);
    EXPECT_TRUE(b.world.calls.empty());
    b.send_code(7, "1234567890");
    EXPECT_TRUE(b.reaches("in_service"));
}

TEST(base_onboarding, ACT_04_when_configured_then_the_redirection_server_is_not_asked_again) {
    base_bench b;
    b.mac_url = "http://prov.csp.example/office/";
    b.power_on();
    ASSERT_TRUE(b.reaches("in_service"));
    const auto before = b.world.calls.size();
    b.power_off();
    b.power_on();
    b.state.clear();
    ASSERT_TRUE(b.reaches("in_service"));
    EXPECT_EQ(b.world.calls.size(), before);
}

TEST(base_onboarding, ACT_37_when_radio_starts_then_no_server_has_been_asked_yet) {
    base_bench b;
    b.power_on();
    ASSERT_TRUE(b.run_until([&] { return b.host.count(DECTBED_REQ_RADIO_START) > 0; }, 10 * second_us));
    EXPECT_TRUE(b.world.calls.empty());
    EXPECT_EQ(b.service, 0);
    EXPECT_EQ(b.host.of(DECTBED_REQ_RADIO_START)[0].as<dectbed_req_radio_start>().band, DECTBED_BAND_EU);
}

TEST(base_onboarding, ACT_27_28_when_code_is_refused_then_base_waits_again_and_right_code_works) {
    base_bench b;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    b.send_code(7, "9999999999");
    ASSERT_TRUE(b.gets_verdict(7));
    EXPECT_EQ(b.verdict_on(7), 1);
    EXPECT_EQ(b.state, "waiting_for_code");
    EXPECT_EQ(b.service, 1);
    b.world.release(7);
    b.send_code(8, "1234567890");
    ASSERT_TRUE(b.gets_verdict(8));
    EXPECT_EQ(b.verdict_on(8), 0);
    EXPECT_EQ(b.calls_to("prov.csp.example"), 2);
}

TEST(base_onboarding, ACT_28_when_three_codes_are_refused_then_base_is_locked_for_a_minute) {
    base_bench b;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    for (std::uint32_t link = 1; link <= 3; ++link) {
        b.send_code(link, "9999999999");
        ASSERT_TRUE(b.gets_verdict(link));
        EXPECT_EQ(b.verdict_on(link), 1);
        EXPECT_EQ(b.retry_after_on(link), link == 3 ? 60 : 0);
        b.world.release(link);
    }
    const auto refused_at = b.host.now_us;
    b.send_code(4, "1234567890");
    ASSERT_TRUE(b.gets_verdict(4));
    EXPECT_EQ(b.verdict_on(4), 5);
    EXPECT_GT(b.retry_after_on(4), 0);
    EXPECT_LE(b.retry_after_on(4), 60);
    b.run_for(refused_at + 60 * second_us - b.host.now_us + second_us);
    b.send_code(5, "1234567890");
    ASSERT_TRUE(b.gets_verdict(5));
    EXPECT_EQ(b.verdict_on(5), 0);
}

TEST(base_onboarding, when_another_handset_sends_a_code_meanwhile_then_it_is_told_busy) {
    base_bench b;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    b.send_code(1, "1234567890");
    ASSERT_TRUE(b.reaches("asking_by_code"));
    EXPECT_EQ(b.service, 3);
    b.send_code(2, "1234567890");
    ASSERT_TRUE(b.gets_verdict(2));
    EXPECT_EQ(b.verdict_on(2), 6);
    ASSERT_TRUE(b.gets_verdict(1));
    EXPECT_EQ(b.verdict_on(1), 0);
}

TEST(base_onboarding, when_handset_leaves_while_verifying_then_base_goes_on) {
    base_bench b;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    b.send_code(1, "1234567890");
    ASSERT_TRUE(b.reaches("asking_by_code"));
    b.world.release(1, DECTBED_RELEASE_SIGNAL_LOST);
    ASSERT_TRUE(b.reaches("in_service"));
    EXPECT_EQ(b.verdict_on(1), -1);
}

TEST(base_onboarding, when_provisioned_then_a_code_is_answered_already_provisioned) {
    base_bench b;
    b.mac_url = "http://prov.csp.example/office/";
    b.power_on();
    ASSERT_TRUE(b.reaches("in_service"));
    const auto before = b.world.calls.size();
    b.send_code(3, "1234567890");
    ASSERT_TRUE(b.gets_verdict(3));
    EXPECT_EQ(b.verdict_on(3), 4);
    EXPECT_EQ(b.world.calls.size(), before);
    EXPECT_EQ(b.state, "in_service");
}

TEST(base_onboarding, ACT_35_when_redirection_is_silent_then_three_tries_and_verdict_unreachable_within_patience) {
    base_bench b;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    b.world.refuses[fake_world::redirection] = false;
    const auto connects = b.host.count(DECTBED_REQ_TCP_CONNECT);
    const auto begun = b.host.now_us;
    b.send_code(1, "1234567890");
    ASSERT_TRUE(b.gets_verdict(1));
    EXPECT_EQ(b.verdict_on(1), 2);
    EXPECT_EQ(b.host.count(DECTBED_REQ_TCP_CONNECT) - connects, 3u);
    EXPECT_LT(b.host.now_us - begun, 60 * second_us);
    EXPECT_EQ(b.state, "waiting_for_code");
    b.world.refuses.clear();
    b.world.release(1);
    b.send_code(2, "1234567890");
    ASSERT_TRUE(b.gets_verdict(2));
    EXPECT_EQ(b.verdict_on(2), 0);
}

TEST(base_onboarding, when_server_is_overloaded_then_retry_after_is_honoured) {
    base_bench b;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    b.outage = {503, "{\"error\":\"overloaded\"}", "Retry-After: 20\r\n", false};
    b.down = true;
    b.send_code(1, "1234567890");
    ASSERT_TRUE(b.run_until([&] { return b.calls_to("redirect.vendor.example") == 3; }, 60 * second_us));
    const auto& calls = b.world.calls;
    EXPECT_GE(calls[2].at_us - calls[1].at_us, 20 * second_us);
    EXPECT_LE(calls[2].at_us - calls[1].at_us, 26 * second_us);
    b.down = false;
    ASSERT_TRUE(b.gets_verdict(1));
    EXPECT_EQ(b.verdict_on(1), 0);
}

TEST(base_onboarding, when_server_asks_for_more_patience_than_a_person_has_then_verdict_comes_at_once) {
    base_bench b;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    b.outage = {429, "{\"error\":\"rate_limited\"}", "Retry-After: 120\r\n", false};
    b.down = true;
    b.send_code(1, "1234567890");
    ASSERT_TRUE(b.gets_verdict(1, 5 * second_us));
    EXPECT_EQ(b.verdict_on(1), 2);
    EXPECT_EQ(b.retry_after_on(1), 120);
}

TEST(base_onboarding, ACT_35_when_retries_fail_then_waits_grow_and_differ_between_bases) {
    std::vector<std::uint64_t> first_waits;
    for (std::uint8_t seed = 0; seed < 8; ++seed) {
        base_bench b;
        b.identity.entropy[5] = static_cast<std::uint8_t>(b.identity.entropy[5] + seed);
        b.outage = {500, "", "", false};
        b.down = true;
        b.power_on();
        ASSERT_TRUE(b.reaches("waiting_for_code"));
        ASSERT_EQ(b.world.calls.size(), 3u);
        const auto first = b.world.calls[1].at_us - b.world.calls[0].at_us;
        const auto second = b.world.calls[2].at_us - b.world.calls[1].at_us;
        EXPECT_GE(first, 1500000u);
        EXPECT_LE(first, 2700000u);
        EXPECT_GE(second, 3000000u);
        EXPECT_LE(second, 5200000u);
        first_waits.push_back(first);
    }
    std::sort(first_waits.begin(), first_waits.end());
    EXPECT_GT(first_waits.back() - first_waits.front(), 200000u);
}

TEST(base_onboarding, ACT_35_when_redirection_was_down_at_boot_then_mac_is_asked_again_in_ten_minutes) {
    base_bench b;
    b.mac_url = "http://prov.csp.example/office/";
    b.outage = {500, "", "", false};
    b.down = true;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    const auto tried = b.world.calls.size();
    b.down = false;
    b.run_for(449 * second_us);
    EXPECT_EQ(b.world.calls.size(), tried);
    ASSERT_TRUE(b.reaches("in_service", 310 * second_us));
}

TEST(base_onboarding, when_file_lacks_a_mandatory_key_then_it_is_refused_and_retried_later) {
    for (const char* key : {"band", "sip.registrar", "sip.user"}) {
        base_bench b;
        const auto at = b.file.find(key);
        b.file.erase(at, b.file.find('\n', at) + 1 - at);
        b.power_on();
        ASSERT_TRUE(b.reaches("waiting_for_code"));
        b.send_code(1, "1234567890");
        ASSERT_TRUE(b.gets_verdict(1));
        EXPECT_EQ(b.verdict_on(1), 3) << key;
        EXPECT_EQ(b.state, "waiting_for_code");
        b.run_for(60 * second_us);
        EXPECT_TRUE(b.world.registers.empty());
        // the address is kept: when the file is right, no code is needed
        b.file = base_bench().file;
        ASSERT_TRUE(b.reaches("in_service", 800 * second_us)) << key;
    }
}

TEST(base_onboarding, when_unknown_keys_and_comments_are_in_the_file_then_they_do_no_harm) {
    base_bench b;
    b.file =
        "# office\r\n\r\n  band=eu\r\ncolour = red\nsip.registrar =sip.csp.example\nsip.user= u\nsip.expires = 120";
    b.mac_url = "http://prov.csp.example/office/";
    b.power_on();
    ASSERT_TRUE(b.reaches("in_service"));
    EXPECT_NE(b.world.registers[0].second.find("REGISTER sip:sip.csp.example SIP/2.0"), std::string::npos);
    EXPECT_NE(b.world.registers[0].second.find("Expires: 120\r\n"), std::string::npos);
}

TEST(base_onboarding, when_power_fails_at_any_octet_of_the_flash_then_base_still_gets_into_service) {
    base_bench reference;
    reference.power_on();
    ASSERT_TRUE(reference.reaches("waiting_for_code"));
    reference.send_code(1, "1234567890");
    ASSERT_TRUE(reference.gets_verdict(1));
    const std::uint64_t total = reference.host.flash.written;
    ASSERT_GT(total, 100u);
    for (std::uint64_t cut = 0; cut < total; ++cut) {
        base_bench b;
        b.host.flash.octets_until_cut = cut;
        b.host.flash.torn_and = static_cast<std::uint8_t>(cut * 37);
        b.power_on();
        ASSERT_TRUE(b.reaches("waiting_for_code"));
        b.send_code(1, "1234567890");
        ASSERT_TRUE(b.run_until([&] { return b.host.flash.dead; }, 60 * second_us));
        EXPECT_NE(b.verdict_on(1), 0) << "promised before it was kept, cut " << cut;
        b.power_off();
        b.host.flash.dead = false;
        b.host.flash.octets_until_cut = ~0ull;
        b.state.clear();
        b.power_on();
        ASSERT_TRUE(
            b.run_until([&] { return b.state == "waiting_for_code" || b.state == "in_service"; }, 120 * second_us));
        if (b.state == "waiting_for_code") {  // the address was not kept yet: the code is needed again
            b.send_code(2, "1234567890");
            ASSERT_TRUE(b.reaches("in_service")) << cut;
        }
    }
}

TEST(base_onboarding, when_flash_fails_then_no_activation_is_promised) {
    base_bench b;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    b.host.on[DECTBED_REQ_FLASH_PROGRAM] = [&](const request& r) {  // worn out
        dectbed_ev_flash event{};
        event.status = DECTBED_FLASH_NOT_ERASED;
        b.host.post(DECTBED_EV_FLASH_DONE, event, 1000, {}, r.token());
    };
    b.send_code(1, "1234567890");
    ASSERT_TRUE(b.gets_verdict(1));
    EXPECT_EQ(b.verdict_on(1), 3);
}

TEST(base_onboarding, when_flash_never_answers_then_base_restarts) {
    base_bench b;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    b.send_code(1, "1234567890");
    ASSERT_TRUE(b.reaches("fetching"));
    ASSERT_TRUE(b.run_until([&] { return b.calls_to("prov.csp.example") == 1; }, 60 * second_us));
    b.host.flash_answers = false;
    ASSERT_TRUE(b.reaches("storing"));
    b.run_for(31 * second_us);
    EXPECT_EQ(b.resets, 1);
}

TEST(base_onboarding, when_carrier_is_lost_while_verifying_then_verdict_unreachable_and_recovery) {
    base_bench b;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    b.world.refuses[fake_world::redirection] = false;
    b.send_code(1, "1234567890");
    ASSERT_TRUE(b.reaches("asking_by_code"));
    b.world.carrier(false);
    ASSERT_TRUE(b.gets_verdict(1));
    EXPECT_EQ(b.verdict_on(1), 2);
    EXPECT_EQ(b.state, "waiting_for_link");
    EXPECT_EQ(b.service, 0);
    b.world.refuses.clear();
    b.world.carrier(true);
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    EXPECT_EQ(b.service, 1);
}

TEST(base_onboarding, ACT_37_when_band_is_unknown_then_transmitter_stays_off) {
    base_bench b;
    b.identity.band = DECTBED_BAND_NONE;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    EXPECT_EQ(b.host.count(DECTBED_REQ_RADIO_START), 0u);
}

TEST(base_onboarding, when_no_channel_is_free_then_radio_start_is_repeated) {
    base_bench b;
    b.world.radio_status = DECTBED_NO_CHANNEL;
    b.power_on();
    b.run_for(30 * second_us);
    const auto tries = b.host.count(DECTBED_REQ_RADIO_START);
    EXPECT_GE(tries, 3u);
    EXPECT_LE(tries, 5u);
    b.world.radio_status = DECTBED_OK;
    b.run_for(60 * second_us);
    const auto after = b.host.count(DECTBED_REQ_RADIO_START);
    b.run_for(300 * second_us);
    EXPECT_EQ(b.host.count(DECTBED_REQ_RADIO_START), after);
}

}  // namespace
}  // namespace dectbed::test
