#include "models/network/link/pcap.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "models/network/link/dhcp_message.h"
#include "models/network/link/internet.h"
#include "models/network/link/site_network.h"
#include "tests/models/network/link/links_fixture.h"
#include "tests/temporary_folder.h"

namespace dectbed::models::network {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

struct folder {
    folder() : path(test::temporary_folder() / "links") {
        fs::remove_all(path);
        fs::create_directories(path);
    }
    ~folder() { fs::remove_all(path); }
    fs::path path;
};

sim::bytes contents(const fs::path& p) {
    std::ifstream in(p, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// tshark's lines, with checksum verification switched on.
std::vector<std::string> tshark(const fs::path& p, const std::string& arguments) {
    const std::string command = "tshark -n -r '" + p.string() +
                                "' -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE " +
                                arguments + " 2>/dev/null";
    std::FILE* pipe = popen(command.c_str(), "r");
    std::vector<std::string> lines;
    if (pipe == nullptr) return {"cannot run tshark"};
    std::string line;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
        if (c != '\n') {
            line += static_cast<char>(c);
            continue;
        }
        lines.push_back(line);
        line.clear();
    }
    EXPECT_EQ(pclose(pipe), 0) << command;
    return lines;
}
const char* const bad =
    "-Y '_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0 || "
    "icmp.checksum.status == 0'";

}  // namespace

TEST(pcap, golden_file) {
    folder f;
    const auto path = (f.path / "a.pcap").string();
    pcap_file file(path, link_type::raw_ip, 0x01020304);
    file.write(sim::time_point{3s + 5ns + sim::duration{999}}, hex("4500"));
    file.close();
    EXPECT_EQ(sim::to_hex(contents(path)), sim::to_hex(hex("4d3cb2a1 0200 0400 00000000 00000000 ffff0000 65000000"
                                                           "07030201 05000000 02000000 02000000 4500")));
    EXPECT_EQ(file.packets(), 1u);
    file.write(sim::time_point{4s}, hex("4500"));
    EXPECT_EQ(file.packets(), 1u) << "closed";
}

TEST(pcap, errors_name_file_and_reason) {
    try {
        pcap_file file("/nonexistent/folder/x.pcap", link_type::ethernet);
        FAIL();
    } catch (const sim::run_failure& e) {
        EXPECT_STREQ(e.what(), "capture: cannot open '/nonexistent/folder/x.pcap': No such file or directory");
    }
    if (!fs::exists("/dev/full")) return;
    pcap_file full("/dev/full", link_type::ethernet);
    full.write({}, sim::bytes(10));
    try {
        full.close();
        FAIL();
    } catch (const sim::run_failure& e) {
        EXPECT_STREQ(e.what(), "capture: cannot complete '/dev/full': No space left on device");
    }
}

TEST(pcap, tshark_reads_every_link_of_a_site_without_a_bad_octet) {
    folder f;
    world w;
    internet net(w.s, w.s.journal().declare("internet", "internet"));
    const endpoint server{ip("198.51.100.53"), 53};
    datagram_sink to_net;
    to_net = net.attach(server.address, [&](const datagram& d) {
        const auto p = decode_ipv4(*d).value();
        if (p.protocol == protocol_udp) {
            const auto u = decode_udp(p.payload).value();
            to_net(make_wire(udp(server, {p.source, u.source_port}, sim::text(u.data))));
        } else if (p.protocol == protocol_tcp) {
            const auto t = decode_tcp(p.payload).value();
            to_net(make_wire(tcp({p.destination, t.destination_port}, {p.source, t.source_port}, tcp_rst | tcp_ack)));
        }
    });
    site_network_parameters p;
    p.router.lan_mac = mac(0xFF);
    p.router.lan_address = ip("192.168.1.1");
    p.router.wan_address = ip("100.64.0.2");
    p.router.dhcp.dns = {server.address};
    site_network office(
        w.s,
        {w.s.journal().declare("office/switch", "switch"), w.s.journal().declare("office/router", "router"),
         w.s.journal().declare("office/access_line", "access_line")},
        p, net);
    auto& port = office.add_port(w.s.journal().declare("office/base[0]", "base"));
    port.set_device_up(true);
    capture_set captures(w.s, f.path.string());
    office.lan().capture(captures.tap("office/switch", link_type::ethernet));
    office.lan().capture(port, captures.tap("office/base[0]", link_type::ethernet));
    office.line().capture(captures.tap("office/access_line", link_type::raw_ip));
    net.capture(server.address, captures.tap("internet/dns", link_type::raw_ip));

    const endpoint host{ip("192.168.1.2"), 40001};
    dhcp_message m;
    m.xid = 0x12345678;
    m.broadcast = true;
    m.set_client_mac(mac(1));
    m.set_type(dhcp_type::discover);
    m.set(dhcp_parameter_request_list, hex("0103060f"));
    port.transmit(
        framed(broadcast_mac, mac(1), encode_udp({{}, 68}, {broadcast_address, 67}, encode_dhcp(m).value()).value()));
    w.run_for(1s);
    port.transmit(arp(arp_request, mac(1), host.address, ip("192.168.1.1")));
    // A genuine DNS query and, sent back as it is, something that tshark still reads as DNS.
    const auto query = hex("1234 0100 0001 0000 0000 0000 03646e73 03637370 07657861 6d706c65 00 0001 0001");
    port.transmit(framed(mac(0xFF), mac(1), encode_udp(host, server, query).value()));
    port.transmit(framed(mac(0xFF), mac(1), tcp(host, server, tcp_syn)));
    port.transmit(framed(mac(0xFF), mac(1), echo(host.address, ip("192.168.1.1"), icmp_echo, 1)));
    port.transmit(framed(mac(0xFF), mac(1), udp(host, {ip("192.0.2.123"), 9})));
    w.run_for(1s);
    captures.close();

    const auto paths = captures.paths();
    ASSERT_EQ(paths.size(), 4u);
    EXPECT_EQ(fs::path(paths[1]).filename(), "office.base[0].pcap");
    for (const auto& path : paths) {
        EXPECT_GE(tshark(path, "").size(), 4u) << path;
        EXPECT_EQ(tshark(path, bad), std::vector<std::string>{}) << path;
    }
    EXPECT_EQ(tshark(paths[0], "-Y dhcp -T fields -e dhcp.option.dhcp"), (std::vector<std::string>{"1", "2"}));
    EXPECT_EQ(tshark(paths[0], "-Y dns -T fields -e dns.qry.name"), std::vector<std::string>(2, "dns.csp.example"));
    EXPECT_EQ(tshark(paths[0], "-Y arp").size(), 2u);
    EXPECT_EQ(tshark(paths[3], "-T fields -e ip.src -e ip.dst")[0], "100.64.0.2\t198.51.100.53");
    EXPECT_EQ(tshark(paths[2], "-Y icmp -T fields -e icmp.type -e icmp.code"), std::vector<std::string>{"3\t1"});
    const auto stamps = tshark(paths[1], "-T fields -e frame.time_epoch");
    ASSERT_FALSE(stamps.empty());
    EXPECT_EQ(stamps[0], "1735689600.000033320") << "354 octets of 80 ns to the last bit, and 5 us";
    EXPECT_TRUE(std::is_sorted(stamps.begin(), stamps.end()));
}

}  // namespace dectbed::models::network
