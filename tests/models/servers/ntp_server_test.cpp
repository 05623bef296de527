#include "models/servers/ntp_server.h"

#include <gtest/gtest.h>

#include "models/firmware/lib/fw_clock.h"
#include "sim/wall_clock.h"
#include "tests/models/servers/bench.h"

namespace dectbed::models::servers {
namespace {

/// A mode 3 packet as clients send it, and the timestamp of RFC 5905's figure 4: the first day of the UNIX era.
TEST(ntp_packet, when_octets_are_golden_then_both_ways_agree) {
    sim::bytes octets(48, 0);
    octets[0] = 0x23;  // leap 0, version 4, client
    for (std::size_t i = 0; i < 8; ++i) octets[40 + i] = static_cast<std::uint8_t>(0xE0 + i);
    const auto p = decode_ntp(octets);
    ASSERT_TRUE(p);
    EXPECT_EQ(p->version, 4);
    EXPECT_EQ(p->mode, 3);
    EXPECT_EQ(p->transmit, 0xE0E1E2E3E4E5E6E7u);
    EXPECT_EQ(encode(*p), octets);
    std::uint8_t written[FW_NTP_OCTETS];
    fw_ntp_write_request(written, 0xE0E1E2E3E4E5E6E7u);
    EXPECT_EQ(sim::bytes(written, written + sizeof written), octets);
    for (std::size_t n = 0; n < octets.size(); ++n) EXPECT_FALSE(decode_ntp(sim::byte_view(octets).first(n)));
    EXPECT_EQ(ntp_timestamp(0), 2'208'988'800ull << 32);
    EXPECT_EQ(ntp_timestamp(500'000), (2'208'988'800ull << 32) + 0x80000000u);
    EXPECT_EQ(ntp_timestamp(2'085'978'496'000'000), 0u) << "the second era begins on 7 February 2036";
}

struct time_bench : bench {
    ntp_parameters p;
    std::unique_ptr<ntp_server> server;
    network::udp_socket_ptr socket = client_stack.open_udp(0);
    sim::bytes answer;
    time_bench() {
        socket->on_data = [this](network::endpoint, sim::byte_view data) { answer = sim::to_bytes(data); };
    }
    void ask(std::uint64_t cookie) {
        std::uint8_t request[FW_NTP_OCTETS];
        fw_ntp_write_request(request, cookie);
        answer.clear();
        socket->send({server_address, 123}, sim::byte_view(request, sizeof request));
        run(1s);
    }
    fw_ntp_answer read(std::uint64_t cookie, std::int64_t& received, std::int64_t& sent) const {
        return fw_ntp_read_answer(answer.data(), answer.size(), cookie, &received, &sent);
    }
};

TEST(ntp_server, when_asked_then_the_client_reads_the_true_time) {
    time_bench b;
    sim::set_start(b.s, 1'772'438'400);
    b.server = std::make_unique<ntp_server>(b.s, b.who, b.server_stack, b.p);
    b.pass(100s);
    b.ask(42);
    std::int64_t received = 0, sent = 0;
    ASSERT_EQ(b.read(42, received, sent), FW_NTP_GOOD);
    EXPECT_EQ(received, 1'772'438'500'001'000);
    EXPECT_EQ(sent, 1'772'438'500'001'100);
    EXPECT_EQ(b.read(43, received, sent), FW_NTP_FOREIGN);
    EXPECT_EQ(b.records<sim::record::ntp_exchange>().size(), 1u);
}

TEST(ntp_server, when_it_is_wrong_or_not_synchronised_then_that_is_what_clients_get) {
    time_bench b;
    b.p.clock_offset_s = 20ll * 365 * 86'400;  // in the next era
    b.server = std::make_unique<ntp_server>(b.s, b.who, b.server_stack, b.p);
    b.ask(1);
    std::int64_t received = 0, sent = 0;
    ASSERT_EQ(b.read(1, received, sent), FW_NTP_GOOD);
    EXPECT_EQ(sent / 1'000'000, sim::start_unix_s(b.s) + b.p.clock_offset_s);
    b.p.stratum = 16;
    network::fake::stack other(b.net, network::ipv4_address{0xC6336402});
    const auto who = b.s.journal().declare("internet/other", "server", b.internet);
    ntp_server unsynchronised(b.s, who, other, b.p);
    std::uint8_t request[FW_NTP_OCTETS];
    fw_ntp_write_request(request, 2);
    b.socket->send({network::ipv4_address{0xC6336402}, 123}, sim::byte_view(request, sizeof request));
    b.run(1s);
    EXPECT_EQ(b.read(2, received, sent), FW_NTP_UNUSABLE);
}

TEST(ntp_server, when_octets_are_no_request_then_nothing_is_answered) {
    time_bench b;
    b.server = std::make_unique<ntp_server>(b.s, b.who, b.server_stack, b.p);
    auto noise = b.s.stream("test", "noise");
    for (int i = 0; i < 2000; ++i) {
        sim::bytes octets(noise.below(60));
        for (auto& o : octets) o = static_cast<std::uint8_t>(noise.below(256));
        if (octets.size() >= 48) octets[0] = static_cast<std::uint8_t>((octets[0] & 0xF8) | 4);
        b.socket->send({b.server_address, 123}, octets);
    }
    b.run(1s);
    EXPECT_TRUE(b.answer.empty());
    EXPECT_TRUE(b.records<sim::record::ntp_exchange>().empty());
}

}  // namespace
}  // namespace dectbed::models::servers
