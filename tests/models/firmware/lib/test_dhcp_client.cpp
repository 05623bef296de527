#include "models/firmware/lib/dhcp_client.h"
#include "tests/models/firmware/lib/client_bench.h"

namespace dectbed::test {
namespace {

const std::uint8_t mac[6] = {0x02, 0x1B, 0x2C, 0, 0, 1};

class dhcp_bench {
  public:
    explicit dhcp_bench(std::uint8_t seed = 1) {
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
        config.bound = [](void* context, const fw_dhcp_lease* now) {
            auto& self = *static_cast<dhcp_bench*>(context);
            self.lease = *now;
            ++self.bound;
        };
        config.lost = [](void* context, const char*) { ++static_cast<dhcp_bench*>(context)->lost; };
        fw_dhcp_init(&client, &io, &config);
        fw_dhcp_start(&client);
    }
    bool until(fw_dhcp_state state, std::uint64_t limit_us = 200 * second_us) {
        return host.run_until_true([&] { return client.state == state; }, limit_us);
    }
    fake_host host;
    fake_world world{host};
    fw_io io{};
    fw_dhcp_client client{};
    fw_dhcp_lease lease{};
    std::uint32_t address = 0;
    int bound = 0, lost = 0;
};

TEST(dhcp_client, when_it_discovers_then_the_octets_are_those_of_rfc_2131) {
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
        "63825363 350101 3d0701021b2c000001 3c054442313030"
        "3709 01 03 06 2b 33 36 3a 3b 42 ff");
    std::copy(options.begin(), options.end(), wanted.begin() + 236);
    EXPECT_EQ(hex(discover), hex(wanted));

    const octets more = from_hex(
        "63825363 350103 3d0701021b2c000001 3204c0a80114 3604c0a80101 3c054442313030"
        "3709 01 03 06 2b 33 36 3a 3b 42 ff");
    std::fill(wanted.begin() + 236, wanted.end(), 0);
    std::copy(more.begin(), more.end(), wanted.begin() + 236);
    EXPECT_EQ(hex(b.world.dhcp_seen[1].second), hex(wanted));
    const auto sent = b.host.of(DECTBED_REQ_UDP_SEND)[0].as<dectbed_req_udp_send>();
    EXPECT_EQ(sent.address, 0xFFFFFFFFu);
    EXPECT_EQ(b.host.of(DECTBED_REQ_UDP_OPEN)[0].as<dectbed_req_socket>().port, 68);
}

TEST(dhcp_client, when_bound_then_interface_and_owner_know_the_lease) {
    dhcp_bench b;
    b.world.dhcp_options = from_hex("2b03aabbcc 420474667470 060cc0a80101c0a80102c0a80103");
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

octets a_reply() {
    octets request(240, 0);
    request[1] = 1;
    request[2] = 6;
    std::copy(mac, mac + 6, request.begin() + 28);
    return dhcp_reply(request, 5, fake_world::base_address, 3600, from_hex("2b03aabbcc 42026162 3a0400000010"));
}

bool parses(const octets& data, fw_dhcp_reply* reply) {
    const exact e(data);
    return fw_dhcp_parse(e.data(), e.size(), mac, reply);
}

TEST(dhcp_parse, when_reply_is_cut_at_any_length_then_nothing_is_read_past_the_end) {
    const octets whole = a_reply();
    fw_dhcp_reply reply;
    ASSERT_TRUE(parses(whole, &reply));
    for (std::size_t n = 0; n < whole.size(); ++n) {
        const bool ok = parses(octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)), &reply);
        if (n < 243) {
            EXPECT_FALSE(ok) << n;
        }
    }
}

TEST(dhcp_parse, when_reply_is_spoilt_then_it_is_refused_or_read_but_never_harmful) {
    noise random(5);
    fw_dhcp_reply reply;
    for (int i = 0; i < 50000; ++i) {
        parses(random.spoil(a_reply()), &reply);
        parses(random.garbage(400), &reply);
        EXPECT_LE(reply.lease.dns_count, 3u);
    }
}

TEST(dhcp_parse, when_options_are_overloaded_then_file_and_sname_are_read) {
    octets m = a_reply();
    m.pop_back();
    const octets overload = from_hex("340103ff");
    m.insert(m.end(), overload.begin(), overload.end());
    const octets in_file = from_hex("3304000000ffff"), in_sname = from_hex("3604c0a80109ff");
    std::copy(in_file.begin(), in_file.end(), m.begin() + 108);
    std::copy(in_sname.begin(), in_sname.end(), m.begin() + 44);
    fw_dhcp_reply reply;
    ASSERT_TRUE(parses(m, &reply));
    EXPECT_EQ(reply.lease.lease_s, 255u);
    EXPECT_EQ(reply.lease.server, 0xC0A80109u);
}

TEST(dhcp_parse, when_fields_make_no_sense_then_reply_is_refused) {
    fw_dhcp_reply reply;
    const struct {
        std::size_t at;
        std::uint8_t value;
    } wrong[] = {{0, 1}, {1, 6}, {2, 16}, {28, 9}, {236, 0}, {241, 2}};
    for (const auto& w : wrong) {
        octets m = a_reply();
        m[w.at] = w.value;
        EXPECT_FALSE(parses(m, &reply)) << w.at;
    }
    for (const char* mask :
         {"0104ff00ff00", "010400000000", "0104ffffffff", "0103ffffff", "0603c0a801", "0303010203"}) {
        octets m = a_reply();
        m.pop_back();
        const octets option = from_hex(mask);
        m.insert(m.end(), option.begin(), option.end());
        m.push_back(255);
        EXPECT_FALSE(parses(m, &reply)) << mask;
    }
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

}  // namespace
}  // namespace dectbed::test
