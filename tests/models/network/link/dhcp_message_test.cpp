#include "models/network/link/dhcp_message.h"

#include "tests/models/network/link/links_fixture.h"

namespace dectbed::models::network {

namespace {

std::string zeros(std::size_t octets) { return std::string(2 * octets, '0'); }

/// A DISCOVER as a base sends it, written octet by octet.
std::string discover_hex() {
    return "01 01 06 00 3903f326 0004 8000 00000000 00000000 00000000 00000000"
           "021b2c000001" +
           zeros(10) + zeros(64) + zeros(128) +
           "63825363"
           "350101"              // 53: DISCOVER
           "3d0701021b2c000001"  // 61: Ethernet, MAC
           "3c0662617365"
           "2d31"                  // 60: "base-1"
           "37080103060f2b3a3b42"  // 55: 1 3 6 15 43 58 59 66
           "390205dc"              // 57: 1500
           "ff" +
           zeros(300 - 240 - 3 - 9 - 8 - 10 - 4 - 1);
}

/// The OFFER to it.
std::string offer_hex() {
    return "02 01 06 00 3903f326 0000 8000 00000000 c0a80164 00000000 00000000"
           "021b2c000001" +
           zeros(10) + zeros(64) + zeros(128) +
           "63825363"
           "350102"                   // 53: OFFER
           "3604c0a80101"             // 54
           "330400015180"             // 51: 86400 s
           "3a040000a8c0"             // 58: 43200 s
           "3b0400012750"             // 59: 75600 s
           "0104ffffff00"             // 1
           "0304c0a80101"             // 3
           "06 08 c6336435 c6336436"  // 6: two servers
           "0f036c616e"               // 15: "lan"
           "2b0401020a0b"             // 43
           "4204707276"
           "31"  // 66: "prv1"
           "ff";
}

}  // namespace

TEST(dhcp_message, discover_golden_octets_both_ways) {
    const auto octets = hex(discover_hex());
    ASSERT_EQ(octets.size(), 300u);
    const auto decoded = decode_dhcp(octets);
    ASSERT_TRUE(decoded) << decoded.assume_error().reason;
    const auto& m = decoded.assume_value();
    EXPECT_EQ(m.op, 1);
    EXPECT_EQ(m.xid, 0x3903F326u);
    EXPECT_EQ(m.secs, 4);
    EXPECT_TRUE(m.broadcast);
    EXPECT_EQ(to_text(m.client_mac()), "02:1b:2c:00:00:01");
    EXPECT_EQ(m.type(), dhcp_type::discover);
    EXPECT_EQ(m.text(dhcp_vendor_class), "base-1");
    EXPECT_EQ(*m.find(dhcp_parameter_request_list), hex("0103060f2b3a3b42"));
    EXPECT_EQ(*m.find(dhcp_client_identifier), hex("01021b2c000001"));
    EXPECT_EQ(m.number(dhcp_maximum_message_size), 1500u);
    EXPECT_EQ(m.find(dhcp_router), nullptr);
    EXPECT_EQ(encode_dhcp(m).value(), octets);
}

TEST(dhcp_message, offer_golden_octets_both_ways) {
    const auto octets = hex(offer_hex());
    dhcp_message m;
    m.op = 2;
    m.xid = 0x3903F326;
    m.broadcast = true;
    m.yiaddr = ip("192.168.1.100");
    m.set_client_mac(*parse_mac("02:1b:2c:00:00:01"));
    m.set_type(dhcp_type::offer);
    m.set(dhcp_server_identifier, ip("192.168.1.1"));
    m.set_u32(dhcp_lease_time, 86400);
    m.set_u32(dhcp_renewal_time, 43200);
    m.set_u32(dhcp_rebinding_time, 75600);
    m.set(dhcp_subnet_mask, ip("255.255.255.0"));
    m.set(dhcp_router, ip("192.168.1.1"));
    m.set(dhcp_dns_servers, std::vector<ipv4_address>{ip("198.51.100.53"), ip("198.51.100.54")});
    m.set_text(dhcp_domain_name, "lan");
    m.set(dhcp_vendor_specific, hex("01020a0b"));
    m.set_text(dhcp_tftp_server_name, "prv1");
    EXPECT_EQ(sim::to_hex(encode_dhcp(m).value()), sim::to_hex(octets));
    const auto decoded = decode_dhcp(octets);
    ASSERT_TRUE(decoded) << decoded.assume_error().reason;
    EXPECT_EQ(decoded.assume_value().options, m.options);
    EXPECT_EQ(decoded.assume_value().yiaddr, m.yiaddr);
    EXPECT_EQ(decoded.assume_value().number(dhcp_lease_time), 86400u);
    EXPECT_EQ(decoded.assume_value().address(dhcp_dns_servers), ip("198.51.100.53"));
}

TEST(dhcp_message, every_truncation_is_refused) {
    const auto octets = hex(offer_hex());
    for (std::size_t n = 0; n < octets.size(); ++n) {
        const auto decoded = decode_dhcp(sim::byte_view(octets).first(n));
        ASSERT_FALSE(decoded) << n << " octets";
        EXPECT_LE(decoded.assume_error().offset, n);
    }
}

TEST(dhcp_message, wrong_fields_are_refused_with_their_place) {
    const auto refused = [](std::size_t at, std::uint8_t value) {
        auto octets = hex(discover_hex());
        octets[at] = value;
        const auto decoded = decode_dhcp(octets);
        return decoded ? std::string("accepted") : decoded.assume_error().reason;
    };
    EXPECT_EQ(refused(0, 3), "op is neither request nor reply");
    EXPECT_EQ(refused(2, 17), "hlen exceeds 16");
    EXPECT_EQ(refused(11, 1), "reserved flags are set");
    EXPECT_EQ(refused(237, 0), "no DHCP magic cookie");
    EXPECT_EQ(refused(241, 0), "option 1: length 61 exceeds the 56 octets left") << "a shorter option shifts the rest";
    EXPECT_EQ(refused(241, 200), "option 53: length 200 exceeds the 58 octets left");
}

TEST(dhcp_message, fixed_length_options_of_wrong_length_are_refused) {
    for (auto [code, octets] : {std::pair<int, std::size_t>{1, 3},
                                {3, 5},
                                {3, 0},
                                {6, 6},
                                {50, 3},
                                {51, 5},
                                {53, 2},
                                {54, 0},
                                {57, 1},
                                {58, 2},
                                {59, 8},
                                {61, 1}}) {
        dhcp_message m;
        m.options.push_back({static_cast<std::uint8_t>(code), sim::bytes(octets)});
        EXPECT_FALSE(encode_dhcp(m)) << code;
        auto raw = hex("01010600" + zeros(232) + "63825363");
        raw.push_back(static_cast<std::uint8_t>(code));
        raw.push_back(static_cast<std::uint8_t>(octets));
        raw.insert(raw.end(), octets, 1);
        raw.push_back(255);
        const auto decoded = decode_dhcp(raw);
        ASSERT_FALSE(decoded) << code;
        EXPECT_EQ(decoded.assume_error().reason.find("option " + std::to_string(code) + " must hold"), 0u);
    }
}

TEST(dhcp_message, long_options_are_split_and_joined) {
    dhcp_message m;
    m.set_type(dhcp_type::ack);
    sim::bytes data(600);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7);
    m.set(dhcp_vendor_specific, data);
    const auto octets = encode_dhcp(m).value();
    EXPECT_EQ(octets.size(), 240u + 3 + 600 + 3 * 2 + 1);
    const auto decoded = decode_dhcp(octets);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded.assume_value().find(dhcp_vendor_specific), data);
}

TEST(dhcp_message, overloaded_fields_hold_options) {
    auto raw = hex("02010600" + zeros(232) + "63825363 340103 350105 ff");
    const auto in_file = hex("420470727631 ff"), in_sname = hex("0f036c616e ff");
    std::copy(in_file.begin(), in_file.end(), raw.begin() + 108);
    std::copy(in_sname.begin(), in_sname.end(), raw.begin() + 44);
    const auto decoded = decode_dhcp(raw);
    ASSERT_TRUE(decoded) << decoded.assume_error().reason;
    const auto& m = decoded.assume_value();
    EXPECT_EQ(m.type(), dhcp_type::ack);
    EXPECT_EQ(m.text(dhcp_tftp_server_name), "prv1");
    EXPECT_EQ(m.text(dhcp_domain_name), "lan");
    EXPECT_EQ(m.find(dhcp_overload), nullptr);
    EXPECT_TRUE(m.file.empty());

    for (auto [overload, reason] : {std::pair{0, "option 52 is not 1, 2 or 3"}, {4, "option 52 is not 1, 2 or 3"}}) {
        auto wrong = raw;
        wrong[242] = static_cast<std::uint8_t>(overload);
        const auto refused = decode_dhcp(wrong);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.assume_error().reason, reason);
    }
    auto endless = raw;
    endless[114] = 0;  // the end option of the file field
    ASSERT_FALSE(decode_dhcp(endless));
    EXPECT_EQ(decode_dhcp(endless).assume_error().reason, "no end option");
    auto nested = raw;
    const auto again = hex("340101 ff");
    std::copy(again.begin(), again.end(), nested.begin() + 108);
    ASSERT_FALSE(decode_dhcp(nested));
    EXPECT_EQ(decode_dhcp(nested).assume_error().reason, "option 52 in an overloaded field");
}

TEST(dhcp_message, names_of_fields_and_types_go_both_ways) {
    dhcp_message m;
    m.sname = "server";
    m.file = std::string(128, 'f');
    const auto octets = encode_dhcp(m).value();
    EXPECT_EQ(decode_dhcp(octets).assume_value().sname, "server");
    EXPECT_EQ(decode_dhcp(octets).assume_value().file, m.file);
    m.sname = std::string(65, 's');
    EXPECT_FALSE(encode_dhcp(m));
    m.sname.clear();
    m.file += 'f';
    EXPECT_FALSE(encode_dhcp(m));
    for (int i = 1; i <= 8; ++i)
        EXPECT_EQ(parse_dhcp_type(to_text(static_cast<dhcp_type>(i))), static_cast<dhcp_type>(i));
    EXPECT_FALSE(parse_dhcp_type("offer"));
    EXPECT_FALSE(parse_dhcp_type(""));
}

}  // namespace dectbed::models::network
