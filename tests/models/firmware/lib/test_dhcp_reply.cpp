#include "models/firmware/lib/dhcp_client.h"
#include "tests/models/firmware/lib/client_bench.h"

namespace dectbed::test {
namespace {

const std::uint8_t mac[6] = {0x02, 0x1B, 0x2C, 0, 0, 1};

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

std::string routes_in(const std::string& options) {
    fw_dhcp_reply reply;
    if (!parses(plain_reply_with(options), &reply)) return "refused";
    std::string all;
    for (std::uint32_t i = 0; i < reply.routes.count; ++i) {
        const auto& r = reply.routes.route[i];
        char network[16], gateway[16];
        fw_ipv4_text(r.network, network);
        fw_ipv4_text(r.gateway, gateway);
        all += std::string(network) + "/" + std::to_string(r.prefix_length) + " by " + gateway + "; ";
    }
    return all;
}

TEST(dhcp_parse, GS_35_when_there_are_classless_routes_then_all_of_them_are_read) {
    // RFC 3442: 0/0, 10/8, 10.0.0/24, 10.17/16, 10.27.129/24, 10.229.0.128/25, 10.198.122.47/32
    EXPECT_EQ(routes_in("7934 00 c0a801fe 08 0a c0a80101 18 0a0000 c0a80102 10 0a11 c0a80103 18 0a1b81 00000000"
                        "19 0ae50080 c0a80104 20 0ac67a2f c0a80105"),
              "10.0.0.0/8 by 192.168.1.1; 10.0.0.0/24 by 192.168.1.2; 10.17.0.0/16 by 192.168.1.3; 10.27.129.0/24 by "
              "0.0.0.0; 10.229.0.128/25 by 192.168.1.4; 10.198.122.47/32 by 192.168.1.5; ");
    EXPECT_EQ(routes_in("7908 0c 0aff c0a80101 00"), "10.240.0.0/12 by 192.168.1.1; ") << "padding bits do not count";
    EXPECT_EQ(routes_in("790c 08 7f c0a80101 08 0a e0000001"), "") << "loopback, and by a group";
    EXPECT_EQ(routes_in("790c 08 0a c0a80101 21 0a000000 c0"), "10.0.0.0/8 by 192.168.1.1; ") << "no such prefix";
    std::string many = "7960 ";
    for (int i = 0; i < 16; ++i) many += "08 0a c0a80101 ";
    EXPECT_EQ(routes_in(many).size(), 12 * std::string("10.0.0.0/8 by 192.168.1.1; ").size());
}

TEST(dhcp_parse, GS_35_when_there_are_static_routes_then_destinations_are_networks_of_their_class_or_hosts) {
    EXPECT_EQ(routes_in("2120 0a000000 c0a80101 ac100000 c0a80101 c0000200 c0a80102 c0000205 c0a80103"),
              "10.0.0.0/8 by 192.168.1.1; 172.16.0.0/16 by 192.168.1.1; 192.0.2.0/24 by 192.168.1.2; 192.0.2.5/32 by "
              "192.168.1.3; ");
    EXPECT_EQ(routes_in("2108 00000000 c0a80101"), "") << "no default route: RFC 2132, 5.8";
    EXPECT_EQ(routes_in("2107 0a000000 c0a801"), "") << "no pairs";
    EXPECT_EQ(routes_in("2108 0a000000 c0a80101 7908 10 0b0c c0a80102 00"), "11.12.0.0/16 by 192.168.1.2; ")
        << "RFC 3442: 121 goes before 33";
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

}  // namespace
}  // namespace dectbed::test
