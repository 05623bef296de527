#include "models/network/link/frame_guard.h"

#include "models/network/link/checksum.h"
#include "tests/models/network/link/links_fixture.h"

namespace dectbed::models::network {

namespace {

const endpoint a{{0x0A000001}, 40000}, b{{0x0A000002}, 80};

/// Rewrites the header checksum so that what is wrong is what the test made wrong.
sim::bytes resealed(sim::bytes d) {
    const std::size_t header = std::min<std::size_t>(4u * (d[0] & 15), d.size());
    if (header < 20) return d;
    d[10] = d[11] = 0;
    const auto sum = internet_checksum(sim::byte_view(d).first(header));
    d[10] = static_cast<std::uint8_t>(sum >> 8);
    d[11] = static_cast<std::uint8_t>(sum);
    return d;
}
sim::bytes with_total(sim::bytes d, std::size_t total) {
    d[2] = static_cast<std::uint8_t>(total >> 8);
    d[3] = static_cast<std::uint8_t>(total);
    return resealed(std::move(d));
}
std::string verdict(const sim::bytes& d) { return std::string(refuse_datagram(d).value_or("passes")); }

}  // namespace

TEST(frame_guard, good_packets_pass_with_and_without_padding) {
    for (const auto& d :
         {udp(a, b), tcp(a, b, tcp_syn), tcp(a, b, tcp_ack, "data"), echo(a.address, b.address, icmp_echo, 7),
          *make_icmp_error(b.address, icmp_unreachable, 1, udp(a, b))}) {
        EXPECT_EQ(verdict(d), "passes");
        auto padded = *framed(mac(1), mac(2), d);
        EXPECT_FALSE(refuse_frame(padded));
        padded.resize(std::max<std::size_t>(padded.size(), 90));
        EXPECT_FALSE(refuse_frame(padded));
    }
    EXPECT_FALSE(refuse_frame(*arp(arp_request, mac(1), a.address, b.address)));
    EXPECT_FALSE(refuse_frame(hex("020000000001 020000000002 88cc 0011"))) << "unknown types are for others to ignore";
}

TEST(frame_guard, every_truncation_of_a_frame_is_refused) {
    for (const auto& f : {framed(mac(1), mac(2), udp(a, b)), framed(mac(1), mac(2), tcp(a, b, tcp_ack, "data")),
                          framed(mac(1), mac(2), echo(a.address, b.address, icmp_echo, 7)),
                          arp(arp_request, mac(1), a.address, b.address)})
        for (std::size_t n = 0; n < f->size(); ++n)
            EXPECT_TRUE(refuse_frame(sim::byte_view(*f).first(n))) << n << " of " << f->size();
}

// Every shorter segment with lengths that agree with each other: the five-octet TCP segment among them.
TEST(frame_guard, segments_shorter_than_their_headers_are_refused) {
    const auto whole_tcp = tcp(a, b, tcp_ack), whole_udp = udp(a, b, "");
    for (std::size_t n = 20; n < 40; ++n) {
        sim::bytes d(whole_tcp.begin(), whole_tcp.begin() + static_cast<std::ptrdiff_t>(n));
        EXPECT_EQ(verdict(with_total(d, n)), "TCP header truncated") << n - 20;
    }
    for (std::size_t n = 20; n < 28; ++n) {
        sim::bytes d(whole_udp.begin(), whole_udp.begin() + static_cast<std::ptrdiff_t>(n));
        EXPECT_EQ(verdict(with_total(d, n)), "UDP header truncated") << n - 20;
    }
}

TEST(frame_guard, inconsistent_lengths_are_refused_each_with_its_reason) {
    auto d = tcp(a, b, tcp_ack, "data");
    d[32] = 4 << 4;
    EXPECT_EQ(verdict(d), "TCP data offset below 5");
    d[32] = 7 << 4;
    EXPECT_EQ(verdict(d), "TCP data offset beyond the segment");

    d = udp(a, b);
    d[25] = 12;
    EXPECT_EQ(verdict(d), "UDP length differs from the datagram's");
    d[25] = 14;
    EXPECT_EQ(verdict(d), "UDP length differs from the datagram's");

    d = udp(a, b);
    EXPECT_EQ(verdict(with_total(d, d.size() + 1)), "IPv4 total length exceeds the octets received");
    EXPECT_EQ(verdict(with_total(d, 19)), "IPv4 total length below its header length");
    auto trailing = d;
    trailing.push_back(0);
    EXPECT_EQ(verdict(trailing), "octets behind the IPv4 total length");
    auto version = d;
    version[0] = 0x65;
    EXPECT_EQ(verdict(version), "IP version is not 4");
    version[0] = 0x44;
    EXPECT_EQ(verdict(version), "IPv4 header length below 20 octets");
    auto sum = d;
    sum[11] ^= 1;
    EXPECT_EQ(verdict(sum), "IPv4 header checksum wrong");
}

TEST(frame_guard, addresses_that_may_not_be_on_a_wire_are_refused) {
    EXPECT_EQ(verdict(udp({ip("127.0.0.1"), 1}, b)), "loopback address on a wire");
    EXPECT_EQ(verdict(udp(a, {ip("127.0.0.1"), 1})), "loopback address on a wire");
    EXPECT_EQ(verdict(udp({ip("224.0.0.1"), 1}, b)), "source address names no single host");
    EXPECT_EQ(verdict(udp({broadcast_address, 1}, b)), "source address names no single host");
    EXPECT_EQ(verdict(udp({{}, 68}, {broadcast_address, 67})), "passes");
    EXPECT_EQ(refuse_frame(*framed(mac(1), broadcast_mac, udp(a, b))), "source MAC address is a group's");
}

TEST(frame_guard, malformed_options_are_refused) {
    const auto tcp_with = [](const std::string& options) {
        const auto octets = hex(options);
        tcp_packet p;
        p.flags = tcp_syn;
        p.options = octets;
        return encode_tcp(a, b, p).value();
    };
    EXPECT_EQ(verdict(tcp_with("020405b4 01030307 0402080a 0000000100000000")), "passes");
    EXPECT_EQ(verdict(tcp_with("00ffffff")), "passes") << "what follows the end is nobody's";
    for (const char* options : {"02000000", "02010101", "02050000", "0204 05b4 01010308", "08080000 00000000",
                                "05090000 00000000 01010101", "01010102", "fd000101"})
        EXPECT_EQ(verdict(tcp_with(options)), "TCP options malformed") << options;

    ipv4_packet p;
    p.protocol = 99;
    p.source = a.address;
    p.destination = b.address;
    for (auto [options, wanted] : {std::pair{"94040000", "passes"},
                                   {"94050000", "IPv4 options malformed"},
                                   {"07000000", "IPv4 options malformed"},
                                   {"01010194", "IPv4 options malformed"}}) {
        const auto octets = hex(options);
        p.options = octets;
        EXPECT_EQ(verdict(encode_ipv4(p).value()), wanted) << options;
    }
}

TEST(frame_guard, fragments_pass_only_if_no_checked_header_can_be_replaced) {
    const auto fragment = [](std::uint32_t offset, bool more, std::size_t octets, std::uint8_t protocol) {
        const auto whole = tcp(a, b, tcp_ack, std::string(200, 'x'));
        const sim::bytes payload(whole.begin() + 20, whole.begin() + 20 + static_cast<std::ptrdiff_t>(octets));
        ipv4_packet p;
        p.protocol = protocol;
        p.source = a.address;
        p.destination = b.address;
        p.fragment_offset = offset;
        p.more_fragments = more;
        p.payload = payload;
        return verdict(encode_ipv4(p).value());
    };
    EXPECT_EQ(fragment(0, true, 24, protocol_tcp), "passes");
    EXPECT_EQ(fragment(64, true, 24, protocol_tcp), "passes");
    EXPECT_EQ(fragment(64, false, 5, protocol_tcp), "passes");
    EXPECT_EQ(fragment(0, true, 16, protocol_tcp), "TCP header truncated");
    EXPECT_EQ(fragment(8, true, 24, protocol_tcp), "IPv4 fragment inside the TCP header");
    EXPECT_EQ(fragment(0, true, 23, protocol_tcp), "IPv4 fragment's length no multiple of 8");
    EXPECT_EQ(fragment(800, false, 0, protocol_udp), "empty IPv4 fragment");
    EXPECT_EQ(fragment(65528, false, 16, protocol_udp), "IPv4 fragment reaches beyond 65535 octets");
}

TEST(frame_guard, what_passes_can_be_decoded_whatever_the_octets) {
    sim::random_stream draws(11, "test", "guard");
    std::uint64_t passed = 0;
    for (int i = 0; i < 50'000; ++i) {
        sim::bytes f;
        if (i % 2 == 0) {
            f.resize(draws.below(120));
            for (auto& octet : f) octet = static_cast<std::uint8_t>(draws.u32());
            if (f.size() > 14) f[12] = 8, f[13] = draws.below(2) != 0 ? 6 : 0;
        } else {
            f = *framed(mac(1), mac(2), draws.below(2) != 0 ? tcp(a, b, tcp_ack, "data") : udp(a, b));
            f[draws.below(f.size())] ^= static_cast<std::uint8_t>(1 + draws.below(255));
            f = *framed(mac(1), mac(2), resealed(inside(f)), static_cast<std::uint16_t>(f[12] << 8 | f[13]));
        }
        if (refuse_frame(f)) continue;
        ++passed;
        const auto e = decode_ethernet(f);
        ASSERT_TRUE(e);
        if (e.assume_value().type == ether_type_arp) {
            ASSERT_TRUE(decode_arp(e.assume_value().payload));
        }
        if (e.assume_value().type != ether_type_ipv4) continue;
        const auto p = decode_ipv4(e.assume_value().payload);
        ASSERT_TRUE(p);
        if (p.assume_value().is_fragment()) continue;
        const auto protocol = p.assume_value().protocol;
        if (protocol == protocol_tcp) {
            ASSERT_TRUE(decode_tcp(p.assume_value().payload));
        }
        if (protocol == protocol_udp) {
            ASSERT_TRUE(decode_udp(p.assume_value().payload));
        }
        if (protocol == protocol_icmp) {
            ASSERT_TRUE(decode_icmp(p.assume_value().payload));
        }
    }
    EXPECT_GT(passed, 1000u);
}

TEST(frame_guard, what_is_refused_is_journalled_and_goes_no_further) {
    world w;
    const auto who = w.s.journal().declare("office/base[0]", "base");
    catcher got(w.s);
    const auto guard = guarded_frames(w.s, who, "base", got.sink());
    guard(framed(mac(1), mac(2), udp(a, b)));
    auto broken = *framed(mac(1), mac(2), udp(a, b));
    broken.pop_back();
    guard(make_wire(broken));
    EXPECT_EQ(got.got.size(), 1u);
    const auto drops = w.all<sim::record::packet_dropped>();
    ASSERT_EQ(drops.size(), 1u);
    EXPECT_EQ(drops[0].where, "base");
    EXPECT_EQ(drops[0].reason, "IPv4 total length exceeds the octets received");
    EXPECT_EQ(drops[0].octets, static_cast<std::int64_t>(broken.size()));
    const auto datagram_guard = guarded_datagrams(w.s, who, "line", got.sink());
    datagram_guard(make_wire(udp(a, b)));
    datagram_guard(make_wire(sim::bytes(5)));
    EXPECT_EQ(got.got.size(), 2u);
}

}  // namespace dectbed::models::network
