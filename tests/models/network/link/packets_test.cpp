#include "models/network/link/packets.h"

#include "models/network/link/checksum.h"
#include "tests/models/network/link/links_fixture.h"

namespace dectbed::models::network {

TEST(checksum, rfc_1071_example) {
    EXPECT_EQ(internet_checksum(hex("0001 f203 f4f5 f6f7")), 0x220D);
    EXPECT_EQ(internet_checksum(hex("0001 f203 f4f5 f6")), internet_checksum(hex("0001 f203 f4f5 f600")));
}

TEST(checksum, incremental_update_agrees_with_full_computation) {
    sim::random_stream draws(3, "test", "checksum");
    for (int i = 0; i < 2000; ++i) {
        sim::bytes b(20);
        for (auto& octet : b) octet = static_cast<std::uint8_t>(draws.u32());
        const auto sum = internet_checksum(b);
        const auto at = 2 * draws.below(10);
        const auto old_word = static_cast<std::uint16_t>(b[at] << 8 | b[at + 1]);
        const auto new_word = static_cast<std::uint16_t>(draws.u32());
        b[at] = static_cast<std::uint8_t>(new_word >> 8);
        b[at + 1] = static_cast<std::uint8_t>(new_word);
        ASSERT_EQ(checksum_update(sum, old_word, new_word), internet_checksum(b));
    }
}

TEST(packets, arp_golden_octets_both_ways) {
    const auto octets = hex("0001 0800 06 04 0001 021b2c000001 c0a80102 000000000000 c0a80101");
    const auto decoded = decode_arp(octets);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded.assume_value().operation, arp_request);
    EXPECT_EQ(to_text(decoded.assume_value().sender_mac), "02:1b:2c:00:00:01");
    EXPECT_EQ(decoded.assume_value().sender, ip("192.168.1.2"));
    EXPECT_EQ(decoded.assume_value().target, ip("192.168.1.1"));
    EXPECT_EQ(encode_arp(decoded.assume_value()), octets);
    for (std::size_t n = 0; n < octets.size(); ++n)
        EXPECT_FALSE(decode_arp(sim::byte_view(octets).first(n))) << n << " octets";
    for (auto [at, value] : {std::pair{1, 6}, {4, 8}, {5, 16}, {2, 0x86}, {7, 3}, {7, 0}}) {
        auto wrong = octets;
        wrong[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(value);
        EXPECT_FALSE(decode_arp(wrong)) << at;
    }
}

TEST(packets, a_host_can_tell_the_arp_requests_that_it_may_ignore) {
    const auto own = ip("192.168.1.5");
    EXPECT_TRUE(is_arp_request_for_other(*arp(arp_request, mac(1), ip("192.168.1.2"), ip("192.168.1.1")), own));
    EXPECT_FALSE(is_arp_request_for_other(*arp(arp_request, mac(1), ip("192.168.1.2"), own), own));
    EXPECT_FALSE(is_arp_request_for_other(*arp(arp_reply, mac(1), ip("192.168.1.2"), ip("192.168.1.1")), own));
    EXPECT_FALSE(is_arp_request_for_other(*arp(arp_request, mac(1), ip("192.168.1.2"), ip("192.168.1.2")), own))
        << "gratuitous";
    EXPECT_FALSE(is_arp_request_for_other(*arp(arp_request, mac(1), own, ip("192.168.1.1")), own)) << "conflict";
    EXPECT_FALSE(is_arp_request_for_other(hex("ffffffffffff 020000000001 0806 0001"), own)) << "truncated";
}

// The header that the encyclopaedias use: 192.168.0.1 to 192.168.0.199, UDP, checksum b861.
TEST(packets, ipv4_golden_header_both_ways) {
    auto octets = hex("4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7");
    octets.resize(0x73, 0xAA);
    const auto decoded = decode_ipv4(octets);
    ASSERT_TRUE(decoded);
    const auto& p = decoded.assume_value();
    EXPECT_EQ(p.total_octets, 115);
    EXPECT_TRUE(p.dont_fragment);
    EXPECT_FALSE(p.is_fragment());
    EXPECT_EQ(p.ttl, 64);
    EXPECT_EQ(p.protocol, protocol_udp);
    EXPECT_EQ(p.source, ip("192.168.0.1"));
    EXPECT_EQ(p.destination, ip("192.168.0.199"));
    EXPECT_EQ(p.payload.size(), 95u);
    EXPECT_EQ(encode_ipv4(p).value(), octets);
    for (std::size_t n = 0; n < octets.size(); ++n)
        EXPECT_FALSE(decode_ipv4(sim::byte_view(octets).first(n))) << n << " octets";
}

TEST(packets, ipv4_options_and_fragments_are_recognised) {
    ipv4_packet p;
    p.protocol = protocol_udp;
    p.source = ip("10.0.0.1");
    p.destination = ip("10.0.0.2");
    p.fragment_offset = 1480;
    p.more_fragments = true;
    const auto options = hex("94040000"), payload = hex("0102030405060708");  // router alert (RFC 2113)
    p.options = options;
    p.payload = payload;
    const auto octets = encode_ipv4(p).value();
    EXPECT_EQ(octets[0], 0x46);
    EXPECT_EQ(second_opinion(words_of(sim::byte_view(octets).first(24))), 0xFFFF);
    const auto decoded = decode_ipv4(octets);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded.assume_value().fragment_offset, 1480u);
    EXPECT_TRUE(decoded.assume_value().more_fragments);
    EXPECT_EQ(sim::to_bytes(decoded.assume_value().options), options);
    EXPECT_EQ(sim::to_bytes(decoded.assume_value().payload), payload);

    p.fragment_offset = 4;
    EXPECT_FALSE(encode_ipv4(p));
    p.fragment_offset = 65528;
    const auto beyond = encode_ipv4(p).value();
    EXPECT_FALSE(decode_ipv4(beyond)) << "65528 + 8 octets";
    const sim::bytes odd(3);
    p.options = odd;
    EXPECT_FALSE(encode_ipv4(p));
}

TEST(packets, udp_golden_octets_both_ways_and_every_truncation) {
    // 10.0.0.1:1024 to 10.0.0.2:53, "abc"; the checksum computed by hand: 0a00+0001+0a00+0002+0011+000b+0400+
    // 0035+000b+6162+6300 = dcc1 (no carry), complement 233e.
    const auto octets = hex("4500 001f 0001 0000 4011 66cb 0a000001 0a000002 0400 0035 000b 233e 616263");
    EXPECT_EQ(sim::to_hex(encode_udp({ip("10.0.0.1"), 1024}, {ip("10.0.0.2"), 53}, sim::view("abc"), 1).value()),
              sim::to_hex(octets));
    EXPECT_TRUE(checksums_right(octets));
    EXPECT_FALSE(wrong_checksum(octets));
    const auto segment = sim::byte_view(octets).subspan(20);
    const auto decoded = decode_udp(segment);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded.assume_value().source_port, 1024);
    EXPECT_EQ(decoded.assume_value().destination_port, 53);
    EXPECT_EQ(sim::text(decoded.assume_value().data), "abc");
    for (std::size_t n = 0; n < segment.size(); ++n) EXPECT_FALSE(decode_udp(segment.first(n))) << n << " octets";
    auto longer = sim::to_bytes(segment);
    longer.push_back(0);
    EXPECT_FALSE(decode_udp(longer));
}

TEST(packets, udp_checksum_that_comes_to_zero_is_sent_as_ffff) {
    // Data chosen so that the sum without it lacks exactly its value.
    const endpoint from{ip("10.0.0.1"), 1024}, to{ip("10.0.0.2"), 53};
    auto probe = encode_udp(from, to, hex("0000")).value();
    const auto missing = static_cast<std::uint16_t>(probe[26] << 8 | probe[27]);
    const sim::bytes data{static_cast<std::uint8_t>(missing >> 8), static_cast<std::uint8_t>(missing)};
    const auto octets = encode_udp(from, to, data).value();
    EXPECT_EQ(octets[26] << 8 | octets[27], 0xFFFF);
    EXPECT_FALSE(wrong_checksum(octets));
    EXPECT_TRUE(checksums_right(octets));
}

TEST(packets, tcp_both_ways_and_every_truncation) {
    const auto options = hex("020405b4 04020000");
    tcp_packet p;
    p.sequence = 0x01020304;
    p.acknowledgement = 0x0A0B0C0D;
    p.flags = tcp_syn | tcp_ack;
    p.window = 0x2000;
    p.options = options;
    p.data = sim::view("xyz");
    const auto octets = encode_tcp({ip("10.0.0.1"), 80}, {ip("10.0.0.2"), 40000}, p).value();
    EXPECT_EQ(sim::to_hex(sim::byte_view(octets).subspan(20, 16)), "00509c40010203040a0b0c0d70122000");
    EXPECT_TRUE(checksums_right(octets));
    EXPECT_FALSE(wrong_checksum(octets));
    const auto segment = sim::byte_view(octets).subspan(20);
    const auto decoded = decode_tcp(segment);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded.assume_value().sequence, p.sequence);
    EXPECT_EQ(decoded.assume_value().acknowledgement, p.acknowledgement);
    EXPECT_EQ(decoded.assume_value().flags, p.flags);
    EXPECT_EQ(decoded.assume_value().window, p.window);
    EXPECT_EQ(sim::to_bytes(decoded.assume_value().options), options);
    EXPECT_EQ(sim::text(decoded.assume_value().data), "xyz");
    for (std::size_t n = 0; n < 28; ++n) EXPECT_FALSE(decode_tcp(segment.first(n))) << n << " octets";
    for (std::uint8_t words : {0, 4, 8, 15}) {
        auto wrong = sim::to_bytes(segment);
        wrong[12] = static_cast<std::uint8_t>(words << 4);
        EXPECT_EQ(decode_tcp(wrong).has_value(), words == 5) << int{words};
    }
    for (std::size_t at : {std::size_t{10}, std::size_t{24}, octets.size() - 1}) {
        auto damaged = octets;
        damaged[at] ^= 0x10;
        EXPECT_TRUE(wrong_checksum(damaged)) << at;
    }
}

TEST(packets, icmp_errors_quote_the_offender_and_are_not_made_about_errors) {
    const auto offender = udp({ip("10.0.0.9"), 5000}, {ip("10.0.0.1"), 7}, "a longer text than eight octets");
    const auto error = make_icmp_error(ip("10.0.0.1"), icmp_unreachable, icmp_port_unreachable, offender);
    ASSERT_TRUE(error);
    EXPECT_TRUE(checksums_right(*error));
    const auto outer = decode_ipv4(*error);
    ASSERT_TRUE(outer);
    EXPECT_EQ(outer.assume_value().destination, ip("10.0.0.9"));
    const auto icmp = decode_icmp(outer.assume_value().payload);
    ASSERT_TRUE(icmp);
    EXPECT_EQ(icmp.assume_value().type, 3);
    EXPECT_EQ(icmp.assume_value().code, 3);
    EXPECT_EQ(sim::to_bytes(icmp.assume_value().data), sim::bytes(offender.begin(), offender.begin() + 28));
    for (std::size_t n = 0; n < 36; ++n) EXPECT_FALSE(decode_icmp(outer.assume_value().payload.first(n))) << n;

    EXPECT_FALSE(make_icmp_error(ip("10.0.0.9"), icmp_unreachable, 1, *error)) << "about an error";
    EXPECT_TRUE(
        make_icmp_error(ip("10.0.0.9"), icmp_unreachable, 1, echo(ip("10.0.0.1"), ip("10.0.0.9"), icmp_echo, 1)));
    EXPECT_FALSE(make_icmp_error(ip("10.0.0.1"), icmp_unreachable, 3, udp({{}, 68}, {broadcast_address, 67})));
    ipv4_packet fragment = outer.assume_value();
    fragment.fragment_offset = 800;
    EXPECT_FALSE(make_icmp_error(ip("10.0.0.1"), icmp_unreachable, 1, encode_ipv4(fragment).value()));
}

TEST(packets, ttl_runs_out_at_its_last_hop_and_not_before) {
    auto d = udp({ip("10.0.0.9"), 5000}, {ip("10.0.0.1"), 7}, "x", 9);
    EXPECT_TRUE(decrement_ttl(d, 8));
    EXPECT_EQ(d[8], 1);
    EXPECT_TRUE(checksums_right(d));
    const auto before = d;
    EXPECT_FALSE(decrement_ttl(d));
    EXPECT_EQ(d, before);
}

TEST(packets, frames_beyond_the_mtu_are_not_made) {
    EXPECT_TRUE(encode_ethernet(mac(1), mac(2), ether_type_ipv4, sim::bytes(1500)));
    EXPECT_FALSE(encode_ethernet(mac(1), mac(2), ether_type_ipv4, sim::bytes(1501)));
    EXPECT_FALSE(decode_ethernet(sim::bytes(13)));
    EXPECT_FALSE(decode_ethernet(sim::bytes(1515)));
    auto f = encode_ethernet(mac(1), mac(2), 46, sim::bytes(46)).value();
    EXPECT_TRUE(decode_ethernet(f)) << "an 802.3 length";
    f.pop_back();
    EXPECT_FALSE(decode_ethernet(f));
}

}  // namespace dectbed::models::network
