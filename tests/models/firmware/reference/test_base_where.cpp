// The reference base without a band that asks where it is: by STUN, by the redirection server's echo, and in a chain.
#include <gtest/gtest.h>

#include "models/firmware/reference/base_band_chain.h"
#include "tests/models/firmware/reference/beacon_bench.h"

namespace dectbed::test {
namespace {

constexpr std::uint32_t geolocation = 0xC6336404, stun = 0xC6336405;

class where_bench : public beacon_bench {
  public:
    explicit where_bench(std::vector<std::uint8_t> methods, const dectbed_firmware* firmware = dectbed_reference_base())
        : beacon_bench(firmware) {
        identity.band_discovery = methods.at(0);
        for (std::size_t i = 1; i < methods.size(); ++i) identity.band_fallbacks[i - 1] = methods[i];
        std::strcpy(identity.stun_server, "stun.vendor.example");
        std::strcpy(identity.geolocation_url, "http://geo.vendor.example/v1/country/");
        world.names["geo.vendor.example"] = geolocation;
        world.names["stun.vendor.example"] = stun;
        world.http = [this, before = world.http](const http_call& call) -> http_answer {
            if (call.target == "/v1/address") return {echo_status, "{\"address\":\"" + seen_as + "\"}", "", false};
            if (call.host == "geo.vendor.example") {
                looked_up.push_back(call.target);
                return {geo_status, "{\"country\":\"" + country + "\"}", "", geo_silent};
            }
            return before(call);
        };
        host.on[DECTBED_REQ_UDP_SEND] = [this, before = host.on[DECTBED_REQ_UDP_SEND]](const request& r) {
            before(r);
            if (r.as<dectbed_req_udp_send>().port == 3478) answer_stun(r);
        };
    }

    std::string seen_as = "203.0.113.7", country = "US";
    unsigned echo_status = 200, geo_status = 200;
    bool geo_silent = false;
    int stun_lost = 0, stun_asked = 0;
    std::vector<std::string> looked_up;

    std::uint8_t found_by() const {
        return host.of(DECTBED_REQ_RADIO_START).front().as<dectbed_req_radio_start>().found_by;
    }

  private:
    void answer_stun(const request& r) {
        ++stun_asked;
        if (stun_lost-- > 0) return;
        const octets query = r.data<dectbed_req_udp_send>();
        // XOR-MAPPED-ADDRESS of 203.0.113.7:40000, worked out by hand: port ^ 2112, address ^ 2112A442
        octets reply = from_hex("0101000C2112A442");
        reply.insert(reply.end(), query.begin() + 8, query.begin() + 20);
        const octets attribute = from_hex("002000080001BD52EA12D545");
        reply.insert(reply.end(), attribute.begin(), attribute.end());
        dectbed_ev_udp_received event{};
        event.socket = r.as<dectbed_req_udp_send>().socket;
        event.address = stun;
        event.port = 3478;
        host.post(DECTBED_EV_UDP_RECEIVED, event, 20000, reply);
    }
};

constexpr std::uint8_t by_beacon = DECTBED_BAND_DISCOVERY_BEACON, by_stun = DECTBED_BAND_DISCOVERY_STUN,
                       by_echo = DECTBED_BAND_DISCOVERY_REDIRECTION_ECHO;

TEST(base_where, ACT_45_47_stun_tells_the_address_and_the_table_the_band) {
    where_bench b({by_stun});
    b.power_on();
    ASSERT_TRUE(b.starts());
    EXPECT_EQ(b.looked_up, (std::vector<std::string>{"/v1/country/203.0.113.7"})) << "the mapped address";
    EXPECT_EQ(b.bands_started(), (std::vector<int>{DECTBED_BAND_US}));
    EXPECT_EQ(b.found_by(), by_stun);
    EXPECT_EQ(b.host.count(DECTBED_REQ_RADIO_SCAN), 0u);
}

TEST(base_where, ACT_46_47_the_redirection_server_tells_the_address) {
    where_bench b({by_echo});
    b.country = "JP";
    b.power_on();
    ASSERT_TRUE(b.starts());
    EXPECT_EQ(b.bands_started(), (std::vector<int>{DECTBED_BAND_JAPAN}));
    EXPECT_EQ(b.found_by(), by_echo);
    EXPECT_EQ(b.stun_asked, 0);
}

TEST(base_where, ACT_45_a_lost_stun_request_is_repeated_and_a_naive_base_does_not_repeat_it) {
    where_bench careful({by_stun});
    careful.stun_lost = 2;
    careful.power_on();
    ASSERT_TRUE(careful.starts());
    EXPECT_EQ(careful.stun_asked, 3);

    where_bench naive({by_stun}, dectbed_naive_base());
    naive.stun_lost = 1;
    naive.power_on();
    EXPECT_FALSE(naive.starts(3600 * second_us));
    EXPECT_EQ(naive.stun_asked, 1);
    EXPECT_EQ(naive.transmissions(), 0u);
}

TEST(base_where, ACT_48_49_without_a_result_the_base_stays_receive_only) {
    struct failure {
        const char* what;
        std::function<void(where_bench&)> make;
    };
    const failure failures[] = {
        {"database down", [](where_bench& b) { b.world.refuses[geolocation] = true; }},
        {"database silent", [](where_bench& b) { b.geo_silent = true; }},
        {"address unknown", [](where_bench& b) { b.geo_status = 404; }},
        {"country not in the table", [](where_bench& b) { b.country = "AQ"; }},
        {"no country", [](where_bench& b) { b.country = "Germany"; }},
        {"band not supported", [](where_bench& b) { b.identity.bands = 1u << DECTBED_BAND_EU; }},
        {"carrier's address", [](where_bench& b) { b.seen_as = "100.64.3.9"; }},
        {"private address", [](where_bench& b) { b.seen_as = "10.1.2.3"; }},
        {"no address", [](where_bench& b) { b.seen_as = "a.b.c.d"; }},
        {"echo not offered", [](where_bench& b) { b.echo_status = 404; }},
        {"echo overloaded", [](where_bench& b) { b.echo_status = 503; }},
        {"no DNS", [](where_bench& b) { b.world.dns_up = false; }},
        {"no Internet", [](where_bench& b) { b.world.drop_offers = 1 << 30; }},
        {"nothing burned in", [](where_bench& b) { b.identity.geolocation_url[0] = '\0'; }},
    };
    for (const auto& f : failures) {
        SCOPED_TRACE(f.what);
        where_bench b({by_echo});
        f.make(b);
        b.power_on();
        EXPECT_FALSE(b.starts(3600 * second_us));
        EXPECT_EQ(b.transmissions(), 0u);
        EXPECT_EQ(b.led, static_cast<std::uint32_t>(DECTBED_LED_BLINK_FAST)) << "nobody could hand it a code";
    }
}

TEST(base_where, ACT_48_a_database_that_comes_back_is_asked_again) {
    where_bench b({by_echo});
    b.geo_status = 503;
    b.power_on();
    EXPECT_FALSE(b.starts(120 * second_us));
    EXPECT_EQ(b.looked_up.size(), reference::band_lookup_timing::tries_max) << "bounded, then a rest";
    b.geo_status = 200;
    ASSERT_TRUE(b.starts(1200 * second_us));
    EXPECT_EQ(b.bands_started(), (std::vector<int>{DECTBED_BAND_US}));
}

TEST(base_where, ACT_49_the_chain_goes_on_to_the_beacon) {
    where_bench b({by_echo, by_beacon});
    b.geo_status = 404;
    b.add(1, DECTBED_BAND_BRAZIL);
    b.power_on();
    ASSERT_TRUE(b.starts(300 * second_us));
    EXPECT_EQ(b.bands_started(), (std::vector<int>{DECTBED_BAND_BRAZIL}));
    EXPECT_EQ(b.found_by(), by_beacon);
    EXPECT_EQ(b.looked_up.size(), 1u);
    EXPECT_EQ(b.acknowledgements.size(), 1u);
}

TEST(base_where, ACT_49_the_chain_goes_on_from_the_beacon_and_round_again) {
    where_bench b({by_beacon, by_stun});
    b.geo_status = 404;
    b.power_on();
    EXPECT_FALSE(b.starts(1800 * second_us)) << "no beacon, no country, a rest, and again";
    EXPECT_EQ(b.looked_up.size(), 1u);
    EXPECT_TRUE(b.run_until([&] { return b.looked_up.size() == 2; }, 1800 * second_us));
    b.geo_status = 200;
    ASSERT_TRUE(b.starts(3600 * second_us));
    EXPECT_EQ(b.found_by(), by_stun);
}

TEST(base_where, ACT_49_a_network_that_goes_away_in_between_is_waited_for) {
    where_bench b({by_stun});
    b.stun_lost = 3;
    b.power_on();
    ASSERT_TRUE(b.run_until([&] { return b.stun_asked == 1; }, 60 * second_us));
    b.world.carrier(false);
    b.run_for(20 * second_us);
    EXPECT_EQ(b.stun_asked, 1) << "nothing is asked without a network";
    b.stun_lost = 0;
    b.world.carrier(true);
    ASSERT_TRUE(b.starts());
}

}  // namespace
}  // namespace dectbed::test
