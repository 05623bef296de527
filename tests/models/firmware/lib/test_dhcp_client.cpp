#include "models/firmware/lib/dhcp_client.h"
#include "models/firmware/lib/lldp.h"
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
        "3712 01 02 03 06 0c 0f 2a 2b 33 36 3a 3b 42 43 78 79 7d 96 ff");
    std::copy(options.begin(), options.end(), wanted.begin() + 236);
    EXPECT_EQ(hex(discover), hex(wanted));

    const octets more = from_hex(
        "63825363 350103 3d0701021b2c000001 3204c0a80114 3604c0a80101 39020240 3c054442313030"
        "3712 01 02 03 06 0c 0f 2a 2b 33 36 3a 3b 42 43 78 79 7d 96 ff");
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

octets a_reply() {
    octets request(240, 0);
    request[1] = 1;
    request[2] = 6;
    std::copy(mac, mac + 6, request.begin() + 28);
    return dhcp_reply(request, 5, fake_world::base_address, 3600, from_hex("2b03aabbcc 42026162 3a0400000010"));
}

bool parses(const octets& data, fw_dhcp_reply* reply) {
    const exact e(data);
    return fw_dhcp_parse(e.data(), e.size(), mac, 32473, reply);
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

octets plain_reply_with(const std::string& options) {
    octets request(240, 0);
    request[1] = 1;
    request[2] = 6;
    std::copy(mac, mac + 6, request.begin() + 28);
    return dhcp_reply(request, 5, fake_world::base_address, 3600, from_hex(options.c_str()));
}

std::string url_of(const std::string& options) {
    fw_dhcp_reply reply;
    char url[256] = "";
    if (!parses(plain_reply_with(options), &reply)) return "malformed";
    return fw_dhcp_provisioning_url(&reply.lease, url, sizeof url) ? url : "";
}

std::string option(unsigned code, const std::string& text) {
    octets o(2 + text.size());
    o[0] = static_cast<std::uint8_t>(code);
    o[1] = static_cast<std::uint8_t>(text.size());
    std::copy(text.begin(), text.end(), o.begin() + 2);
    return hex(o);
}

TEST(dhcp_parse, GS_33_when_option_66_is_a_url_then_its_scheme_counts) {
    EXPECT_EQ(url_of(option(66, "http://10.0.0.1/management/provisioning")), "http://10.0.0.1/management/provisioning");
    EXPECT_EQ(url_of(option(66, "tftp.example")), "tftp://tftp.example/");
    EXPECT_EQ(url_of(""), "");
}

TEST(dhcp_parse, GS_34_when_option_66_ends_with_a_nul_or_a_blank_then_that_is_no_part_of_it) {
    const std::string visible = "http://10.0.0.1/management/provisioning";
    ASSERT_EQ(visible.size(), 39u);
    EXPECT_EQ(url_of(option(66, visible + std::string(1, '\0'))), visible);
    EXPECT_EQ(url_of(option(66, visible + " ")), visible);
}

TEST(dhcp_parse, GS_32_when_option_43_names_the_server_raw_or_encapsulated_then_it_is_found) {
    EXPECT_EQ(url_of(option(43, "http://prov.csp.example/a/")), "http://prov.csp.example/a/");
    const std::string inner = option(7, "x") + option(1, "http://prov.csp.example/b/") + "ff";
    const octets raw = from_hex(inner.c_str());
    EXPECT_EQ(url_of(option(43, std::string(raw.begin(), raw.end()))), "http://prov.csp.example/b/");
    EXPECT_EQ(url_of("2b03aabbcc"), "") << "not made of sub-options";
    EXPECT_EQ(url_of(option(66, "http://a/") + option(43, "http://b/")), "http://a/");
}

TEST(dhcp_parse, when_vendor_information_or_option_150_names_the_server_then_they_come_after_66_and_43) {
    const octets block = from_hex((std::string("00007ed9") + "0b" + option(1, "http://c/")).c_str());
    const std::string text(block.begin(), block.end());
    EXPECT_EQ(url_of(option(125, text)), "http://c/");
    EXPECT_EQ(url_of("9608c0000201c0000202"), "tftp://192.0.2.1/");
    octets other = block;
    other[3] = 0xDA;
    EXPECT_EQ(url_of(option(125, std::string(other.begin(), other.end()))), "") << "another enterprise";
}

TEST(dhcp_parse, when_option_120_names_sip_servers_then_the_first_one_counts_in_both_encodings) {
    fw_dhcp_reply reply;
    // RFC 3361, 3.1 and 3.2
    ASSERT_TRUE(
        parses(plain_reply_with("781b 00 07 6578616d706c65 03 636f6d 00 07 6578616d706c65 03 6e6574 00"), &reply));
    EXPECT_STREQ(reply.lease.sip_server, "example.com");
    ASSERT_TRUE(parses(plain_reply_with("7809 01 c0000201 c0000202"), &reply));
    EXPECT_STREQ(reply.lease.sip_server, "192.0.2.1");
    for (const char* bad : {"7801 00", "7803 00 05 61", "7804 00 01 61 3f", "7802 02 00", "7804 01 c00002"}) {
        ASSERT_TRUE(parses(plain_reply_with(bad), &reply)) << bad;
        EXPECT_STREQ(reply.lease.sip_server, "") << bad;
    }
}

TEST(dhcp_parse, when_there_are_classless_routes_then_the_router_option_does_not_count) {
    fw_dhcp_reply reply;
    ASSERT_TRUE(parses(plain_reply_with("790c 08 0a c0a80101 00 c0a801fe 00"), &reply));
    EXPECT_EQ(reply.lease.router, 0xC0A801FEu);
    ASSERT_TRUE(parses(plain_reply_with("7906 08 0a c0a80101"), &reply));
    EXPECT_EQ(reply.lease.router, 0u);
}

TEST(dhcp_parse, when_options_2_12_15_and_42_are_there_then_they_are_read) {
    fw_dhcp_reply reply;
    ASSERT_TRUE(parses(plain_reply_with("0204 fffff1f0" + option(12, "base-7") +
                                        option(15, "csp.example" + std::string(1, '\0')) + "2a08 c0a80105 0a000001"),
                       &reply));
    EXPECT_TRUE(reply.lease.has_time_offset);
    EXPECT_EQ(reply.lease.time_offset_s, -3600);
    EXPECT_STREQ(reply.lease.host_name, "base-7");
    EXPECT_STREQ(reply.lease.domain, "csp.example");
    ASSERT_EQ(reply.lease.ntp_count, 2u);
    EXPECT_EQ(reply.lease.ntp[1], 0x0A000001u);
    ASSERT_TRUE(parses(plain_reply_with("0203 000e10"), &reply));
    EXPECT_FALSE(reply.lease.has_time_offset) << "of another length";
}

TEST(dhcp_parse, when_an_option_comes_in_parts_then_they_are_joined) {
    fw_dhcp_reply reply;
    ASSERT_TRUE(parses(plain_reply_with(option(66, "http://a") + option(66, ".example/")), &reply));
    EXPECT_STREQ(reply.lease.boot_server, "http://a.example/");
}

TEST(lldp, when_it_announces_then_the_octets_are_those_of_802_1ab_and_tia_1057) {
    std::uint8_t out[FW_LLDP_FRAME_MAX];
    const std::size_t n = fw_lldp_announce(out, mac, "DB-100", 121);
    EXPECT_EQ(hex(octets(out, out + n)),
              hex(from_hex("0180c200000e 021b2c000001 88cc"
                           "0207 04021b2c000001 0407 03021b2c000001 0602 0079 0a06 44422d313030"
                           "fe07 0012bb01 0003 03 fe08 0012bb02 01 800000 0000")));
}

octets an_lldp_frame() {
    return from_hex(
        "0180c200000e 021b2f000001 88cc 0207 04021b2f000001 0402 0733 0602 0079 0a06 737769746368"
        "fe06 0080c201 0001 fe07 0012bb01 0003 04 fe08 0012bb02 01 40296e 0000");
}

TEST(lldp, when_the_switch_names_a_voice_vlan_then_it_is_read) {
    const exact e(an_lldp_frame());
    fw_lldp_neighbour n;
    ASSERT_TRUE(fw_lldp_read(e.data(), e.size(), &n));
    EXPECT_TRUE(n.has_policy);
    EXPECT_TRUE(n.tagged);
    EXPECT_EQ(n.vlan, 20);
    EXPECT_EQ(n.priority, 5);
    EXPECT_EQ(n.dscp, 46);
    EXPECT_STREQ(n.system, "switch");
    EXPECT_EQ(n.ttl_s, 121);
}

TEST(lldp, when_a_frame_is_cut_or_spoilt_then_nothing_is_read_past_its_end) {
    fw_lldp_neighbour n;
    const octets whole = an_lldp_frame();
    for (std::size_t i = 0; i < whole.size(); ++i) {
        const exact e(octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(i)));
        EXPECT_FALSE(fw_lldp_read(e.data(), e.size(), &n)) << i;
    }
    noise random(6);
    for (int i = 0; i < 50000; ++i) {
        const exact spoilt(random.spoil(whole)), garbage(random.garbage(100));
        (void)fw_lldp_read(garbage.data(), garbage.size(), &n);
        if (fw_lldp_read(spoilt.data(), spoilt.size(), &n) && n.has_policy) {
            EXPECT_LE(n.vlan, 4094);
        }
    }
}

}  // namespace
}  // namespace dectbed::test
