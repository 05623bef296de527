// Lease, registration and their loss.
#include "tests/models/firmware/reference/base_bench.h"

namespace dectbed::test {
namespace {

void provision(base_bench& b) { b.mac_url = "http://prov.csp.example/office/"; }

TEST(base_network, when_offers_are_lost_then_discover_is_repeated_after_4_8_16_seconds) {
    base_bench b;
    b.world.drop_offers = 3;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    const auto& seen = b.world.dhcp_seen;
    ASSERT_GE(seen.size(), 5u);
    for (int i = 0; i < 3; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const std::uint64_t wait = seen[at + 1].first - seen[at].first, wanted = (4ull << i) * second_us;
        EXPECT_GE(wait, wanted - second_us);
        EXPECT_LE(wait, wanted + second_us);
    }
}

TEST(base_network, when_boot_begins_then_the_first_discover_waits_one_to_ten_seconds_more) {
    base_bench b;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    EXPECT_GE(b.world.dhcp_seen[0].first, 4 * second_us);
    EXPECT_LE(b.world.dhcp_seen[0].first, 13500000u);
}

TEST(base_network, when_request_is_refused_then_it_starts_over) {
    base_bench b;
    b.world.nak = 1;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    std::string types;
    for (const auto& m : b.world.dhcp_seen) types += static_cast<char>('0' + m.second.at(242));
    EXPECT_EQ(types, "1313");
}

TEST(base_network, when_there_is_no_carrier_then_it_waits_and_starts_when_plugged_in) {
    base_bench b;
    b.power_on();
    b.world.carrier(false, 2000);
    ASSERT_TRUE(b.reaches("waiting_for_link"));
    b.run_for(200 * second_us);
    EXPECT_EQ(b.state, "waiting_for_link");
    EXPECT_EQ(b.led, DECTBED_LED_BLINK_FAST);
    EXPECT_TRUE(b.world.dhcp_seen.empty());
    b.world.carrier(true);
    EXPECT_TRUE(b.reaches("waiting_for_code"));
}

TEST(base_network, when_lease_is_half_over_then_it_is_renewed_without_disturbance) {
    base_bench b;
    provision(b);
    b.world.lease_s = 1200;
    b.power_on();
    ASSERT_TRUE(b.reaches("in_service"));
    const auto before = b.world.dhcp_seen.size();
    b.run_for(2500 * second_us);
    EXPECT_EQ(b.world.dhcp_seen.size(), before + 4);
    EXPECT_EQ(b.state, "in_service");
    const auto& renewal = b.world.dhcp_seen.back().second;
    EXPECT_EQ(hex(octets(renewal.begin() + 12, renewal.begin() + 16)), "c0a80114");
}

TEST(base_network, when_lease_runs_out_then_service_ends_and_returns) {
    base_bench b;
    provision(b);
    b.world.lease_s = 600;
    b.power_on();
    ASSERT_TRUE(b.reaches("in_service"));
    b.world.drop_acks = b.world.drop_offers = 1000;
    ASSERT_TRUE(b.reaches("getting_address", 700 * second_us));
    EXPECT_EQ(b.service, 0);
    b.world.drop_acks = b.world.drop_offers = 0;
    ASSERT_TRUE(b.reaches("in_service", 300 * second_us));
    EXPECT_EQ(b.resets, 1);  // only the one after provisioning
}

TEST(base_network, when_registrar_is_silent_then_registration_is_repeated_with_growing_waits) {
    base_bench b;
    provision(b);
    const auto answer = b.world.sip;
    b.world.sip = [](const std::string&) { return std::string(); };
    b.power_on();
    ASSERT_TRUE(b.reaches("registering"));
    b.run_for(150 * second_us);
    EXPECT_EQ(b.state, "registering");
    EXPECT_EQ(b.service, 0);
    EXPECT_EQ(b.led, DECTBED_LED_BLINK_FAST);
    b.world.sip = answer;
    EXPECT_TRUE(b.reaches("in_service"));
}

TEST(base_network, when_registrar_refuses_with_retry_after_then_it_waits_that_long) {
    base_bench b;
    provision(b);
    const auto answer = b.world.sip;
    b.world.sip = [](const std::string& r) { return sip_reply(r, "503 Service Unavailable", "Retry-After: 30\r\n"); };
    b.power_on();
    ASSERT_TRUE(b.run_until([&] { return b.world.registers.size() == 2; }, 120 * second_us));
    EXPECT_GE(b.world.registers[1].first - b.world.registers[0].first, 30 * second_us);
    EXPECT_LE(b.world.registers[1].first - b.world.registers[0].first, 38 * second_us);
}

TEST(base_network, when_in_service_then_registration_is_refreshed_before_half_of_its_life) {
    base_bench b;
    provision(b);
    b.power_on();
    ASSERT_TRUE(b.reaches("in_service"));
    b.run_for(3 * 3600 * second_us);
    EXPECT_EQ(b.state, "in_service");
    EXPECT_GE(b.world.registers.size(), 6u);
    EXPECT_LE(b.world.registers.size(), 8u);
    EXPECT_EQ(sip_header(b.world.registers[0].second, "Call-ID"), sip_header(b.world.registers[5].second, "Call-ID"));
    EXPECT_EQ(sip_header(b.world.registers[5].second, "CSeq"), "6 REGISTER");
}

TEST(base_network, when_refresh_fails_then_service_lasts_until_the_binding_runs_out) {
    base_bench b;
    provision(b);
    b.power_on();
    ASSERT_TRUE(b.reaches("in_service"));
    const auto begun = b.host.now_us;
    const auto answer = b.world.sip;
    b.world.sip = [](const std::string&) { return std::string(); };
    ASSERT_TRUE(b.reaches("registering", 3800 * second_us));
    EXPECT_GE(b.host.now_us - begun, 3600 * second_us);
    EXPECT_EQ(b.service, 0);
    b.world.sip = answer;
    EXPECT_TRUE(b.reaches("in_service", 200 * second_us));
}

TEST(base_network, when_in_service_for_a_day_then_the_watchdog_costs_no_event) {
    base_bench b;
    provision(b);
    b.power_on();
    ASSERT_TRUE(b.reaches("in_service"));
    b.run_for(86400 * second_us);
    EXPECT_TRUE(b.host.of(DECTBED_REQ_WATCHDOG).empty());
    EXPECT_FALSE(b.host.of(DECTBED_REQ_WATCHDOG_AWAKE).empty());
}

TEST(base_network, when_dns_is_silent_then_it_recovers_when_dns_does) {
    base_bench b;
    b.world.dns_up = false;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code", 300 * second_us));
    b.world.dns_up = true;
    b.send_code(1, "1234567890");
    ASSERT_TRUE(b.gets_verdict(1));
    EXPECT_EQ(b.verdict_on(1), 0);
}

TEST(base_network, when_any_event_comes_in_any_state_then_nothing_breaks) {
    // every kind of event, with plausible and with odd contents, in every state that can be reached
    const std::vector<std::string> states = {"waiting_for_link", "getting_address", "asking_by_mac", "waiting_for_code",
                                             "asking_by_code",   "fetching",        "storing",       "confirming",
                                             "registering",      "in_service"};
    std::vector<std::uint16_t> types;  // all but BOOT, which is first and comes only once by contract
    for (const auto& [first, last] :
         {std::pair{0x1102, 0x1105}, {0x1201, 0x1206}, {0x1301, 0x130A}, {0x1401, 0x1401}, {0x1501, 0x1502}}) {
        for (int type = first; type <= last; ++type) types.push_back(static_cast<std::uint16_t>(type));
    }
    for (const auto& wanted : states) {
        for (const std::uint16_t type : types) {
            for (const std::uint8_t fill : {0x00, 0x01, 0x20, 0xFF}) {
                base_bench b;
                b.power_on();
                if (wanted == "waiting_for_link") b.world.carrier(false, 2000);
                if (wanted == "registering" || wanted == "in_service") provision(b);
                if (wanted == "registering") b.world.sip = [](const std::string&) { return std::string(); };
                b.run_until([&] { return b.state == wanted || b.state == "waiting_for_code"; }, 60 * second_us);
                if (b.state != wanted) b.send_code(1, "1234567890");
                ASSERT_TRUE(b.reaches(wanted)) << wanted;
                b.host.post_raw(type, octets(120, fill), 0, fill);
                b.host.post_raw(type, octets(16, fill), 0, fill);
                b.run_for(second_us);
            }
        }
    }
}

}  // namespace
}  // namespace dectbed::test
