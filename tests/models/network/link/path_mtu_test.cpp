#include "models/network/link/path_mtu.h"

#include "tests/models/network/link/links_fixture.h"

namespace dectbed::models::network {
namespace {

const endpoint host{{0xC0A80164}, 40000}, server{{0xC6336435}, 80};

sim::bytes with_df(sim::bytes d, bool df) {
    d[6] = df ? 0x40 : 0;
    d[10] = d[11] = 0;
    std::uint32_t sum = second_opinion(words_of(sim::byte_view(d).first(20)));
    sum = ~sum & 0xFFFF;
    d[10] = static_cast<std::uint8_t>(sum >> 8);
    d[11] = static_cast<std::uint8_t>(sum);
    return d;
}

sim::bytes syn(std::string_view options_hex) {
    tcp_packet p;
    p.flags = tcp_syn;
    const auto options = hex(options_hex);
    p.options = options;
    return encode_tcp(host, server, p).value();
}

TEST(path_mtu, what_fits_is_left_alone) {
    const auto d = udp(host, server, std::string(1372, 'x'));
    const auto fit = fit_to_mtu(d, 1400, true, server.address);
    ASSERT_EQ(fit.parts.size(), 1u);
    EXPECT_EQ(fit.parts[0], d);
    EXPECT_FALSE(fit.error);
}

TEST(path_mtu, what_may_be_fragmented_is_and_every_part_fits) {
    for (std::size_t size = 1373; size < 1473; ++size) {
        const auto fit =
            fit_to_mtu(with_df(udp(host, server, std::string(size, 'x')), false), 1400, true, server.address);
        ASSERT_EQ(fit.parts.size(), 2u);
        std::size_t payload = 0;
        for (const auto& part : fit.parts) {
            EXPECT_LE(part.size(), 1400u);
            EXPECT_EQ(second_opinion(words_of(sim::byte_view(part).first(20))), 0xFFFF);
            payload += part.size() - 20;
        }
        EXPECT_EQ(payload, size + 8);
        EXPECT_FALSE(fit.error);
    }
}

TEST(path_mtu, rfc_1191_the_sender_is_told_the_next_hops_mtu_in_these_octets) {
    const auto d = with_df(tcp(host, server, tcp_ack, std::string(1460, 'x')), true);
    const auto fit = fit_to_mtu(d, 1400, true, ip("198.51.100.1"));
    EXPECT_TRUE(fit.parts.empty());
    ASSERT_TRUE(fit.error);
    EXPECT_TRUE(checksums_right(*fit.error));
    const sim::byte_view icmp = sim::byte_view(*fit.error).subspan(20);
    EXPECT_EQ(sim::to_hex(icmp.first(2)), "0304") << "destination unreachable, fragmentation needed and DF set";
    EXPECT_EQ(sim::to_hex(icmp.subspan(4, 4)), "00000578") << "unused, then 1400";
    EXPECT_EQ(sim::to_bytes(icmp.subspan(8, 28)), sim::bytes(d.begin(), d.begin() + 28));
    EXPECT_FALSE(fit_to_mtu(d, 1400, false, ip("198.51.100.1")).error) << "a black hole";
}

TEST(path_mtu, clamping_lowers_the_mss_wherever_the_option_stands_and_keeps_the_checksum_right) {
    // alone; after one and after two octets of padding (odd and even offsets); before and behind others
    for (const char* options :
         {"020405b4", "01020405b4010101", "0101020405b40101", "0402020405b40303", "080a0102030405060708020405b4"}) {
        std::string padded = options;
        while (padded.size() % 8 != 0) padded += "00";
        auto d = syn(padded);
        ASSERT_TRUE(checksums_right(d));
        ASSERT_TRUE(clamp_mss(d, 1400)) << options;
        EXPECT_TRUE(checksums_right(d)) << options;
        EXPECT_NE(sim::to_hex(sim::byte_view(d).subspan(40)).find("02040550"), std::string::npos) << options;
        EXPECT_FALSE(clamp_mss(d, 1400)) << "low enough now";
    }
    auto d = syn("02040218");
    EXPECT_FALSE(clamp_mss(d, 1400)) << "536 fits";
    auto data = tcp(host, server, tcp_ack, "data");
    EXPECT_FALSE(clamp_mss(data, 1400));
    auto other = udp(host, server);
    EXPECT_FALSE(clamp_mss(other, 1400));
}

TEST(path_mtu, clamping_survives_random_options) {
    sim::random_stream draws(3, "test", "options");
    for (int i = 0; i < 20000; ++i) {
        sim::bytes options(4 * (1 + draws.below(10)));
        for (auto& o : options) o = static_cast<std::uint8_t>(draws.chance(0.5) ? draws.below(5) : draws.below(256));
        tcp_packet p;
        p.flags = tcp_syn;
        p.options = options;
        auto d = encode_tcp(host, server, p).value();
        clamp_mss(d, 1400);
        ASSERT_TRUE(checksums_right(d)) << sim::to_hex(options);
    }
}

}  // namespace
}  // namespace dectbed::models::network
