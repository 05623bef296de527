// What hosts put on the wire, read by tshark with every checksum verified.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>

#include "bench.h"
#include "models/network/link/pcap.h"
#include "tests/temporary_folder.h"

using namespace dectbed;
using namespace dectbed::models::network;
using namespace dectbed::models::network::bench;

namespace {

std::string run(const std::string& command) {
    std::string out;
    FILE* p = popen(command.c_str(), "r");
    std::array<char, 4096> part{};
    while (p != nullptr && std::fgets(part.data(), part.size(), p) != nullptr) out += part.data();
    EXPECT_EQ(pclose(p), 0) << command << "\n" << out;
    return out;
}

/// Number of packets that match a display filter.
std::size_t packets(const std::string& file, const std::string& filter) {
    const auto lines = run("tshark -n -r '" + file +
                           "' -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE "
                           "-T fields -e frame.number -Y '" +
                           filter + "' 2>/dev/null");
    return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
}

}  // namespace

TEST(wireshark, when_tshark_reads_a_lan_then_no_packet_is_malformed_and_no_checksum_wrong) {
    const auto file = test::temporary_folder() / "hosts.pcap";
    std::size_t written = 0;
    {
        two_hosts lan;
        pcap_file capture(file.string(), link_type::ethernet);
        const auto tap = [&](const frame& f) {
            capture.write(lan.s.now(), *f);
            ++written;
        };
        lan.end_a.tap = lan.end_b.tap = tap;
        auto loss = std::make_shared<sim::random_stream>(1, "cable", "loss");
        lan.end_b.lose = [loss](const bytes&) { return loss->chance(0.05); };
        lan.a.deconfigure();
        lan.a.open_udp(68)->send({broadcast_address, 67}, pattern(300));
        lan.run_for(10ms);
        lan.a.configure(ip_a, 24, ip_gateway);
        watcher server, client;
        lan.b.listen(80, [&](tcp_stream_ptr s) {
            server.watch(std::move(s));
            server.stream->send(pattern(200'000));
        });
        client.watch(lan.a.connect({ip_b, 80}));
        client.stream->send(pattern(5000));
        lan.a.open_udp(0)->send({ip_b, 9999}, pattern(4000));
        lan.a.open_udp(0)->send({ip_b, 9999}, pattern(3));
        lan.run_for(30s);
        client.stream->close();
        watcher refused(lan.a.connect({ip_b, 81}));
        lan.run_for(30s);
        EXPECT_EQ(client.received.size(), 200'000u);
        capture.close();
    }
    const std::string path = file.string();
    EXPECT_EQ(packets(path, "frame"), written);
    EXPECT_EQ(packets(path, "_ws.malformed || _ws.expert.severity >= 0x800000"), 0u);
    EXPECT_EQ(packets(path, "ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0"), 0u);
    EXPECT_EQ(packets(path, "icmp.checksum.status == 0"), 0u);
    EXPECT_GE(packets(path, "tcp.checksum.status == 1"), 150u);
    EXPECT_GE(packets(path, "udp.checksum.status == 1"), 3u);
    EXPECT_GE(packets(path, "icmp.type == 3"), 1u);
    EXPECT_GE(packets(path, "arp"), 4u);
    EXPECT_GE(packets(path, "tcp.options.mss_val == 1460 && tcp.flags.syn == 1"), 2u);
    EXPECT_GE(packets(path, "tcp.options.sack_le"), 1u);
    EXPECT_EQ(packets(path, "tcp.flags.reset == 1"), 1u);
    std::filesystem::remove(file);
}
