#include "models/firmware/lib/dhcp_client.h"
#include "tests/models/firmware/lib/client_bench.h"

namespace dectbed::test {
namespace {

const std::uint8_t mac[6] = {0x02, 0x1B, 0x2C, 0, 0, 1};

class dhcp_bench {
  public:
    explicit dhcp_bench(std::uint8_t seed = 1, std::uint32_t probes = 0, std::uint32_t remembered = 0) {
        fw_io_init(&io, &host.api);
        io.random[0] = seed;
        host.deliver = [this](const dectbed_event* event) {
            if (fw_io_begin(&io, event)) fw_dhcp_handle(&client, event);
        };
        host.on[DECTBED_REQ_IP_CONFIGURE] = [this](const request& r) {
            address = r.as<dectbed_req_ip_configure>().address;
        };
        fw_dhcp_config config{};
        config.timer = 3;
        config.socket = 4;
        config.token = 5;
        std::memcpy(config.mac, mac, sizeof mac);
        std::strcpy(config.vendor_class, "DB100");
        config.start_delay_min_us = second_us;
        config.start_delay_max_us = 10 * second_us;
        config.context = this;
        config.probes = probes;
        config.remembers = remembered != 0;
        config.informed = [](void* context, const fw_dhcp_lease*) { ++static_cast<dhcp_bench*>(context)->informed; };
        host.on[DECTBED_REQ_ADDRESS_PROBE] = [this](const request& r) {
            probed.push_back({host.now_us, r.as<dectbed_req_address>().address});
        };
        config.bound = [](void* context, const fw_dhcp_lease* now) {
            auto& self = *static_cast<dhcp_bench*>(context);
            self.lease = *now;
            ++self.bound;
        };
        config.lost = [](void* context, const char*) { ++static_cast<dhcp_bench*>(context)->lost; };
        fw_dhcp_init(&client, &io, &config);
        fw_dhcp_remember(&client, remembered);
        fw_dhcp_start(&client);
    }
    ~dhcp_bench() { fw_dhcp_free(&client); }
    bool until(fw_dhcp_state state, std::uint64_t limit_us = 200 * second_us) {
        return host.run_until_true([&] { return client.state == state; }, limit_us);
    }
    fake_host host;
    fake_world world{host};
    fw_io io{};
    fw_dhcp_client client{};
    fw_dhcp_lease lease{};
    std::uint32_t address = 0;
    int bound = 0, lost = 0, informed = 0;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> probed;

    void conflict(std::uint32_t with) {
        dectbed_ev_address_conflict e{};
        e.address = with;
        e.mac[5] = 9;
        host.post(DECTBED_EV_ADDRESS_CONFLICT, e);
        host.run_for(1);
    }
    std::string types() const {
        std::string all;
        for (const auto& m : world.dhcp_seen) all += static_cast<char>('0' + m.second[242]);
        return all;
    }
};

TEST(dhcp_client, GS_35_when_it_discovers_then_the_octets_are_those_of_rfc_2131) {
    dhcp_bench b;
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    ASSERT_EQ(b.world.dhcp_seen.size(), 2u);
    octets discover = b.world.dhcp_seen[0].second, wanted(300, 0);
    ASSERT_EQ(discover.size(), 300u);
    const octets head = from_hex("01010600");
    std::copy(head.begin(), head.end(), wanted.begin());
    std::copy(discover.begin() + 4, discover.begin() + 8, wanted.begin() + 4);  // the identifier is random
    wanted[10] = 0x80;
    std::copy(mac, mac + 6, wanted.begin() + 28);
    const octets options = from_hex(
        "63825363 350101 3d0701021b2c000001 39020240 3c054442313030"
        "3713 01 79 02 03 06 0c 0f 21 2a 2b 33 36 3a 3b 42 43 78 7d 96 ff");
    std::copy(options.begin(), options.end(), wanted.begin() + 236);
    EXPECT_EQ(hex(discover), hex(wanted));

    const octets more = from_hex(
        "63825363 350103 3d0701021b2c000001 3204c0a80114 3604c0a80101 39020240 3c054442313030"
        "3713 01 79 02 03 06 0c 0f 21 2a 2b 33 36 3a 3b 42 43 78 7d 96 ff");
    std::fill(wanted.begin() + 236, wanted.end(), 0);
    std::copy(more.begin(), more.end(), wanted.begin() + 236);
    EXPECT_EQ(hex(b.world.dhcp_seen[1].second), hex(wanted));
    const auto sent = b.host.of(DECTBED_REQ_UDP_SEND)[0].as<dectbed_req_udp_send>();
    EXPECT_EQ(sent.address, 0xFFFFFFFFu);
    EXPECT_EQ(b.host.of(DECTBED_REQ_UDP_OPEN)[0].as<dectbed_req_socket>().port, 68);
}

TEST(dhcp_client, when_bound_then_interface_and_owner_know_the_lease) {
    dhcp_bench b;
    b.world.dhcp_options = from_hex("2b03aabbcc 420474667470 0608c0a80102c0a80103");
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    EXPECT_EQ(b.address, fake_world::base_address);
    EXPECT_EQ(b.bound, 1);
    EXPECT_EQ(b.lease.prefix_length, 24u);
    EXPECT_EQ(b.lease.router, fake_world::router);
    EXPECT_EQ(b.lease.dns_count, 3u);
    EXPECT_EQ(b.lease.dns[2], 0xC0A80103u);
    EXPECT_EQ(b.lease.vendor_specific_octets, 3u);
    EXPECT_STREQ(b.lease.boot_server, "tftp");
    const auto configured = b.host.of(DECTBED_REQ_IP_CONFIGURE)[0].as<dectbed_req_ip_configure>();
    EXPECT_EQ(configured.prefix_length, 24u);
    EXPECT_EQ(configured.gateway, fake_world::router);
}

TEST(dhcp_client, when_nobody_answers_then_waits_double_up_to_64_s_for_ever) {
    dhcp_bench b;
    b.world.drop_offers = 1000;
    b.host.run_for(600 * second_us);
    const std::uint64_t nominal[] = {4, 8, 16, 32, 64, 64, 64, 64};
    ASSERT_GE(b.world.dhcp_seen.size(), 9u);
    for (std::size_t i = 0; i < 8; ++i) {
        const auto wait = b.world.dhcp_seen[i + 1].first - b.world.dhcp_seen[i].first;
        EXPECT_GE(wait, (nominal[i] - 1) * second_us);
        EXPECT_LE(wait, (nominal[i] + 1) * second_us);
        EXPECT_NE(wait, nominal[i] * second_us) << "no jitter";
    }
    const octets& late = b.world.dhcp_seen[5].second;
    EXPECT_GE(late[8] << 8 | late[9], 100) << "secs counts from the first";
}

TEST(dhcp_client, when_requests_stay_unanswered_then_it_starts_over) {
    dhcp_bench b;
    b.world.drop_acks = 4;
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    std::string types;
    for (const auto& m : b.world.dhcp_seen) types += static_cast<char>('0' + m.second[242]);
    EXPECT_EQ(types, "1333313");
}

TEST(dhcp_client, when_bound_then_its_socket_is_closed_until_the_renewal) {
    dhcp_bench b;
    b.world.lease_s = 1000;
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    EXPECT_EQ(b.host.of(DECTBED_REQ_UDP_OPEN).size(), 1u);
    EXPECT_EQ(b.host.of(DECTBED_REQ_UDP_CLOSE).size(), 1u);
    ASSERT_TRUE(b.until(FW_DHCP_RENEWING, 1000 * second_us));
    EXPECT_EQ(b.host.of(DECTBED_REQ_UDP_OPEN).size(), 2u);
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    EXPECT_EQ(b.host.of(DECTBED_REQ_UDP_CLOSE).size(), 2u);
}

TEST(dhcp_client, when_t1_and_t2_pass_unanswered_then_renewing_rebinding_and_loss) {
    dhcp_bench b;
    b.world.lease_s = 1000;
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    const auto begun = b.host.now_us;
    b.world.drop_acks = 1000;
    ASSERT_TRUE(b.until(FW_DHCP_RENEWING, 1000 * second_us));
    EXPECT_NEAR(static_cast<double>(b.host.now_us - begun), 500e6, 1e6);
    EXPECT_EQ(b.host.of(DECTBED_REQ_UDP_SEND).back().as<dectbed_req_udp_send>().address, fake_world::router);
    ASSERT_TRUE(b.until(FW_DHCP_REBINDING, 1000 * second_us));
    EXPECT_NEAR(static_cast<double>(b.host.now_us - begun), 875e6, 1e6);
    EXPECT_EQ(b.host.of(DECTBED_REQ_UDP_SEND).back().as<dectbed_req_udp_send>().address, 0xFFFFFFFFu);
    EXPECT_EQ(b.lost, 0);
    ASSERT_TRUE(b.until(FW_DHCP_INIT, 1000 * second_us));
    EXPECT_NEAR(static_cast<double>(b.host.now_us - begun), 1000e6, 1e6);
    EXPECT_EQ(b.lost, 1);
    EXPECT_EQ(b.address, 0u);
    b.world.drop_acks = 0;
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    EXPECT_EQ(b.bound, 2);
}

TEST(dhcp_client, when_renewed_then_owner_is_not_disturbed) {
    dhcp_bench b;
    b.world.lease_s = 1000;
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    b.host.run_for(5000 * second_us);
    EXPECT_EQ(b.client.state, FW_DHCP_BOUND);
    EXPECT_EQ(b.bound, 1);
    EXPECT_EQ(b.lost, 0);
    EXPECT_EQ(b.host.count(DECTBED_REQ_IP_CONFIGURE), 1u);
}

TEST(dhcp_client, when_renewal_is_refused_then_address_is_given_up_at_once) {
    dhcp_bench b;
    b.world.lease_s = 1000;
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    b.world.nak = 1;
    ASSERT_TRUE(b.host.run_until_true([&] { return b.lost == 1; }, 600 * second_us));
    EXPECT_EQ(b.address, 0u);
    EXPECT_TRUE(b.until(FW_DHCP_BOUND));
}

TEST(dhcp_client, when_server_names_its_own_times_then_they_hold_if_in_order) {
    dhcp_bench b;
    b.world.lease_s = 1000;
    b.world.dhcp_options = from_hex("3a0400000064 3b04000000c8");
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    const auto begun = b.host.now_us;
    b.world.drop_acks = 1000;
    ASSERT_TRUE(b.until(FW_DHCP_REBINDING, 1000 * second_us));
    EXPECT_NEAR(static_cast<double>(b.host.now_us - begun), 200e6, 1e6);
}

TEST(dhcp_client, when_lease_is_for_ever_then_no_timer_runs) {
    dhcp_bench b;
    b.world.lease_s = 0xFFFFFFFF;
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    EXPECT_FALSE(b.host.timer_running(3));
}

TEST(dhcp_client, when_reply_has_another_identifier_then_it_is_not_ours) {
    dhcp_bench b;
    ASSERT_TRUE(b.until(FW_DHCP_SELECTING));
    b.world.drop_offers = 0;
    octets reply = dhcp_reply(b.world.dhcp_seen[0].second, 2, 0x0A000001, 60);
    reply[4] ^= 1;
    dectbed_ev_udp_received event{};
    event.socket = 4;
    event.port = 67;
    const auto before = b.host.count(DECTBED_REQ_UDP_SEND);
    b.host.post(DECTBED_EV_UDP_RECEIVED, event, 0, reply);
    b.host.run_for(10);
    EXPECT_EQ(b.host.count(DECTBED_REQ_UDP_SEND), before);
}

TEST(dhcp_client, when_told_to_probe_then_an_address_is_used_after_rfc_5227_s_waits) {
    dhcp_bench b(1, 3);
    ASSERT_TRUE(b.until(FW_DHCP_PROBING));
    const auto begun = b.host.now_us;
    EXPECT_EQ(b.address, 0u);
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    ASSERT_EQ(b.probed.size(), 4u);  // three probes and the announcement
    EXPECT_LE(b.probed[0].first - begun, second_us);
    for (int i : {1, 2}) {
        EXPECT_GE(b.probed[i].first - b.probed[i - 1].first, second_us);
        EXPECT_LE(b.probed[i].first - b.probed[i - 1].first, 2 * second_us);
    }
    EXPECT_EQ(b.probed[3].first - b.probed[2].first, 2 * second_us);
    for (const auto& p : b.probed) EXPECT_EQ(p.second, fake_world::base_address);
    EXPECT_EQ(b.address, fake_world::base_address);
}

TEST(dhcp_client, when_somebody_else_has_the_address_then_it_is_declined_and_ten_seconds_pass) {
    dhcp_bench b(1, 3);
    ASSERT_TRUE(b.until(FW_DHCP_PROBING));
    b.conflict(0x01020304);  // another address: nothing to us
    EXPECT_EQ(b.client.state, FW_DHCP_PROBING);
    b.conflict(fake_world::base_address);
    EXPECT_EQ(b.client.state, FW_DHCP_INIT);
    EXPECT_EQ(b.types(), "134");
    const octets& decline = b.world.dhcp_seen.back().second;
    EXPECT_EQ(hex(octets(decline.begin() + 236, decline.begin() + 265)),
              hex(from_hex("63825363 350104 3d0701021b2c000001 3204c0a80114 3604c0a80101 ff")));
    const auto declined = b.host.now_us;
    ASSERT_TRUE(b.until(FW_DHCP_SELECTING));
    EXPECT_GE(b.host.now_us - declined, 10 * second_us);
    EXPECT_EQ(b.bound, 0);
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
}

TEST(dhcp_client, when_its_address_is_claimed_later_then_it_is_defended_once_and_then_given_up) {
    dhcp_bench b(1, 3);
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    const auto before = b.probed.size();
    b.conflict(fake_world::base_address);
    EXPECT_EQ(b.client.state, FW_DHCP_BOUND);
    EXPECT_EQ(b.probed.size(), before + 1);
    b.conflict(fake_world::base_address);
    EXPECT_EQ(b.client.state, FW_DHCP_INIT);
    EXPECT_EQ(b.lost, 1);
    EXPECT_EQ(b.address, 0u);
    EXPECT_EQ(b.types(), "134");
}

TEST(dhcp_client, when_an_address_is_remembered_then_it_is_asked_for_without_a_discover) {
    dhcp_bench b(1, 0, 0xC0A80114);
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    EXPECT_EQ(b.types(), "3");
    const octets& request = b.world.dhcp_seen[0].second;
    EXPECT_EQ(hex(octets(request.begin() + 252, request.begin() + 258)), "3204c0a80114");
    EXPECT_EQ(hex(octets(request.begin() + 12, request.begin() + 16)), "00000000") << "ciaddr";
    EXPECT_EQ(b.bound, 1);
}

TEST(dhcp_client, when_the_remembered_address_is_refused_then_it_discovers_at_once) {
    dhcp_bench b(1, 0, 0xC0A80163);
    b.world.nak = 1;
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    EXPECT_EQ(b.types(), "313");
}

TEST(dhcp_client, when_nobody_knows_the_remembered_address_then_it_discovers_after_two_tries) {
    dhcp_bench b(1, 0, 0xC0A80163);
    b.world.drop_acks = 2;
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    EXPECT_EQ(b.types(), "3313");
}

TEST(dhcp_client, when_released_then_the_server_is_told_and_nothing_is_left) {
    dhcp_bench b;
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    fw_dhcp_release(&b.client);
    b.host.run_for(second_us);
    EXPECT_EQ(b.types(), "137");
    const octets& release = b.world.dhcp_seen.back().second;
    EXPECT_EQ(hex(octets(release.begin() + 12, release.begin() + 16)), "c0a80114");
    EXPECT_EQ(b.address, 0u);
    EXPECT_EQ(b.client.state, FW_DHCP_STOPPED);
    EXPECT_FALSE(b.host.timer_running(3));
}

TEST(dhcp_client, when_it_informs_then_it_asks_for_options_only_and_keeps_its_lease) {
    dhcp_bench b;
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    fw_dhcp_inform(&b.client);
    b.host.run_for(second_us);
    EXPECT_EQ(b.types(), "138");
    const octets& inform = b.world.dhcp_seen.back().second;
    EXPECT_EQ(hex(octets(inform.begin() + 12, inform.begin() + 16)), "c0a80114");
    EXPECT_EQ(b.client.state, FW_DHCP_BOUND);
    EXPECT_EQ(b.bound, 1);
}

TEST(dhcp_client, GS_35_when_a_lease_has_routes_then_they_are_configured_and_go_with_it) {
    dhcp_bench b;
    b.world.lease_s = 1000;
    b.world.dhcp_options = from_hex("7906 08 0a c0a80101");
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    const auto configured = b.host.of(DECTBED_REQ_IP_CONFIGURE);
    ASSERT_EQ(configured.size(), 1u);
    ASSERT_EQ(configured[0].as<dectbed_record>().size, sizeof(dectbed_req_ip_configure) + sizeof(dectbed_ip_route));
    struct with_route {
        dectbed_req_ip_configure head;
        dectbed_ip_route route;
    };
    const auto one = configured[0].as<with_route>();
    EXPECT_EQ(one.head.gateway, 0u) << "option 121 names no default route";
    EXPECT_EQ(one.route.network, 0x0A000000u);
    EXPECT_EQ(one.route.prefix_length, 8u);
    EXPECT_EQ(one.route.gateway, 0xC0A80101u);
    b.host.run_for(600 * second_us);  // a renewal with the same routes
    EXPECT_EQ(b.host.count(DECTBED_REQ_IP_CONFIGURE), 1u);
    b.world.dhcp_options = from_hex("7906 08 0b c0a80101");
    b.host.run_for(600 * second_us);
    EXPECT_EQ(b.host.count(DECTBED_REQ_IP_CONFIGURE), 2u) << "other routes";
    b.world.dhcp_options.clear();
    b.host.run_for(600 * second_us);
    ASSERT_EQ(b.host.count(DECTBED_REQ_IP_CONFIGURE), 3u) << "none any more";
    EXPECT_EQ(b.client.routes, nullptr);
}

TEST(dhcp_client, when_the_server_names_the_host_then_later_requests_say_that_name) {
    dhcp_bench b;
    b.world.lease_s = 1000;
    b.world.dhcp_options = from_hex("0c06626173652d37");
    ASSERT_TRUE(b.until(FW_DHCP_BOUND));
    const auto says_it = [](const octets& m) {
        const octets wanted = from_hex("0c06626173652d37");
        return std::search(m.begin(), m.end(), wanted.begin(), wanted.end()) != m.end();
    };
    for (const auto& m : b.world.dhcp_seen) EXPECT_FALSE(says_it(m.second));
    b.host.run_for(600 * second_us);
    EXPECT_TRUE(says_it(b.world.dhcp_seen.back().second));
}

}  // namespace
}  // namespace dectbed::test
