// The negative control: what a base without retries and jitter does, and does not do.
#include "tests/models/firmware/reference/base_bench.h"

namespace dectbed::test {
namespace {

struct naive_bench : base_bench {
    naive_bench() : base_bench(dectbed_naive_base()) {}
};

void provision(base_bench& b) { b.mac_url = "http://prov.csp.example/office/"; }

TEST(naive_base, when_nothing_goes_wrong_then_it_comes_into_service_like_the_reference) {
    naive_bench b;
    provision(b);
    b.power_on();
    EXPECT_TRUE(b.reaches("in_service"));
}

TEST(naive_base, when_two_differ_only_in_their_entropy_then_they_do_everything_at_the_same_instants) {
    std::vector<std::vector<std::uint64_t>> times;
    for (const std::uint8_t entropy : {std::uint8_t{3}, std::uint8_t{77}}) {
        naive_bench b;
        b.identity.entropy[0] = entropy;
        provision(b);
        b.power_on();
        ASSERT_TRUE(b.reaches("in_service"));
        times.emplace_back();
        for (const auto& m : b.world.dhcp_seen) times.back().push_back(m.first);
        for (const auto& c : b.world.calls) times.back().push_back(c.at_us);
        for (const auto& r : b.world.registers) times.back().push_back(r.first);
    }
    EXPECT_EQ(times[0], times[1]);
}

TEST(naive_base, when_the_only_offer_is_lost_then_it_never_asks_again) {
    naive_bench b;
    b.world.drop_offers = 1;
    b.power_on();
    b.run_for(3600 * second_us);
    EXPECT_EQ(b.state, "getting_address");
    EXPECT_EQ(b.world.dhcp_seen.size(), 1u);
}

TEST(naive_base, when_its_cable_is_plugged_in_again_then_it_begins_anew) {
    naive_bench b;
    provision(b);
    b.world.drop_offers = 1;
    b.power_on();
    b.run_for(60 * second_us);
    b.world.carrier(false);
    b.world.carrier(true, second_us);
    EXPECT_TRUE(b.reaches("in_service"));
}

TEST(naive_base, when_the_server_is_busy_once_then_it_does_not_come_back) {
    naive_bench b;
    provision(b);
    b.outage = {503, "", "Retry-After: 20\r\n", false};
    b.down = true;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    b.down = false;
    const std::size_t calls = b.world.calls.size();
    b.run_for(2 * 3600 * second_us);
    EXPECT_EQ(b.world.calls.size(), calls);
    EXPECT_EQ(calls, 1u);
}

TEST(naive_base, when_a_name_is_not_answered_then_it_has_asked_once) {
    naive_bench b;
    b.world.dns_up = false;
    std::size_t questions = 0;
    const auto send = b.host.on[DECTBED_REQ_UDP_SEND];
    b.host.on[DECTBED_REQ_UDP_SEND] = [&](const request& r) {
        questions += r.as<dectbed_req_udp_send>().port == 53 ? 1u : 0u;
        send(r);
    };
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    EXPECT_EQ(questions, 1u);
}

TEST(naive_base, when_its_registration_is_not_answered_then_it_has_sent_one_request_and_stays_out) {
    naive_bench b;
    provision(b);
    b.world.sip = [](const std::string&) { return std::string(); };
    b.power_on();
    ASSERT_TRUE(b.reaches("registering"));
    b.run_for(2 * 3600 * second_us);
    EXPECT_EQ(b.world.registers.size(), 1u);
    EXPECT_EQ(b.state, "registering");
}

TEST(naive_base, when_its_renewal_is_lost_then_it_sends_one_and_the_lease_runs_out) {
    naive_bench b;
    provision(b);
    b.world.lease_s = 1200;
    b.power_on();
    ASSERT_TRUE(b.reaches("in_service"));
    const std::size_t before = b.world.dhcp_seen.size();
    b.world.drop_acks = b.world.drop_offers = 1000;
    ASSERT_TRUE(b.reaches("getting_address", 1300 * second_us));
    EXPECT_EQ(b.world.dhcp_seen.size(), before + 1);
}

TEST(naive_base, when_the_air_is_full_at_its_start_then_it_stays_silent) {
    naive_bench b;
    provision(b);
    b.world.radio_status = DECTBED_NO_CHANNEL;
    b.power_on();
    ASSERT_TRUE(b.reaches("in_service"));
    const std::size_t before = b.host.count(DECTBED_REQ_RADIO_START);
    b.run_for(3600 * second_us);
    EXPECT_EQ(b.host.count(DECTBED_REQ_RADIO_START), before);
}

}  // namespace
}  // namespace dectbed::test
