// Random mutations of valid packets: nothing may crash, hang, or leave a malformed packet behind.
#include "models/network/link/frame_guard.h"
#include "models/network/link/internet.h"
#include "models/network/link/site_network.h"
#include "tests/models/network/link/links_fixture.h"

namespace dectbed::models::network {

namespace {

using namespace std::chrono_literals;

const endpoint host{{0xC0A80132}, 777}, server{{0xC6336435}, 80};
const ipv4_address wan{0x64400002};

void put_checksum_right(sim::bytes& d) {
    const std::size_t header = 4u * (d[0] & 15);
    if (header < 20 || header > d.size()) return;
    d[10] = d[11] = 0;
    const auto sum = static_cast<std::uint16_t>(~second_opinion(words_of(sim::byte_view(d).first(header))));
    d[10] = static_cast<std::uint8_t>(sum >> 8);
    d[11] = static_cast<std::uint8_t>(sum);
}

/// Flips, overwrites, cuts, grows; sometimes repairs what the guard looks at first.
sim::bytes mutated(sim::bytes d, sim::random_stream& draws, std::size_t protected_octets) {
    const auto changes = draws.below(4);
    for (std::uint64_t i = 0; i < changes && d.size() > protected_octets; ++i) {
        const auto at = protected_octets + draws.below(d.size() - protected_octets);
        switch (draws.below(4)) {
            case 0:
                d[at] ^= static_cast<std::uint8_t>(1u << draws.below(8));
                break;
            case 1:
                d[at] = static_cast<std::uint8_t>(draws.u32());
                break;
            case 2:
                d.resize(at);
                break;
            default:
                d.insert(d.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::uint8_t>(draws.u32()));
                break;
        }
    }
    return d;
}
sim::bytes with_lengths(sim::bytes d) {
    if (d.size() < 20) return d;
    d[2] = static_cast<std::uint8_t>(d.size() >> 8);
    d[3] = static_cast<std::uint8_t>(d.size());
    put_checksum_right(d);
    return d;
}

sim::bytes dhcp_payload(sim::random_stream& draws) {
    dhcp_message m;
    m.xid = draws.u32();
    m.broadcast = draws.chance(0.5);
    m.set_client_mac(mac(draws.below(300)));
    m.set_type(static_cast<dhcp_type>(1 + draws.below(8)));
    if (draws.chance(0.5))
        m.set(dhcp_requested_address, ipv4_address{0xC0A80100 + static_cast<std::uint32_t>(draws.below(256))});
    if (draws.chance(0.5)) m.set(dhcp_server_identifier, ip("192.168.1.1"));
    if (draws.chance(0.3)) m.ciaddr = {0xC0A80100 + static_cast<std::uint32_t>(draws.below(256))};
    if (draws.chance(0.3)) m.set(dhcp_client_identifier, sim::bytes(2 + draws.below(20), 7));
    if (draws.chance(0.5)) m.set(dhcp_parameter_request_list, hex("0103060f2b42"));
    return encode_dhcp(m).value();
}

struct besieged : world {
    besieged() : world(99), net(s, s.journal().declare("internet", "internet")), draws(5, "test", "hostile") {
        site_network_parameters p;
        p.router.lan_mac = mac(0xFF);
        p.router.lan_address = ip("192.168.1.1");
        p.router.wan_address = wan;
        site.emplace(
            s,
            site_network_entities{s.journal().declare("o/switch", "switch"), s.journal().declare("o/router", "router"),
                                  s.journal().declare("o/access_line", "access_line")},
            p, net);
        for (int i = 0; i < 3; ++i) {
            auto& port = site->add_port(s.journal().declare("o/base[" + std::to_string(i) + "]", "base"));
            port.connect([this](const frame& f) { seen += f->size() >= ethernet_header_octets ? 1u : 0u; });
            port.set_device_up(true);
            ports.push_back(&port);
        }
        to_net = net.attach(server.address, [this](const datagram& d) {
            ++at_server;
            ASSERT_FALSE(refuse_datagram(*d));
            last_at_server = *d;
        });
    }
    internet net;
    sim::random_stream draws;
    std::optional<site_network> site;
    std::vector<ethernet_port*> ports;
    datagram_sink to_net;
    std::uint64_t seen = 0, at_server = 0;
    sim::bytes last_at_server;
};

}  // namespace

TEST(hostile_input, a_hundred_thousand_mutated_packets_do_no_harm) {
    besieged b;
    std::uint64_t sent = 0;
    for (int i = 0; i < 100'000; ++i) {
        sim::bytes d;
        bool from_server = false;
        switch (b.draws.below(8)) {
            case 0:
                d = udp(host, server, "question");
                break;
            case 1:
                d = tcp(host, server, static_cast<std::uint8_t>(b.draws.below(32)), "data");
                break;
            case 2:
                d = echo(host.address, server.address, icmp_echo, 7);
                break;
            case 3:
                d = encode_udp({{}, 68}, {broadcast_address, 67}, mutated(dhcp_payload(b.draws), b.draws, 0)).value();
                break;
            case 4:
                d = udp(server, {wan, host.port}, "answer");
                from_server = true;
                break;
            case 5:
                d = tcp(server, {wan, host.port}, static_cast<std::uint8_t>(b.draws.below(32)), "data");
                from_server = true;
                break;
            case 6:
                d = *make_icmp_error(server.address, icmp_unreachable, 1, tcp({wan, host.port}, server, tcp_syn));
                from_server = true;
                break;
            default:
                d = *make_icmp_error(host.address, icmp_unreachable, 3, udp(server, host));
                break;
        }
        d = mutated(std::move(d), b.draws, 0);
        if (b.draws.chance(0.8)) d = with_lengths(std::move(d));
        ++sent;
        if (from_server) {
            if (b.draws.chance(0.5)) {
                b.to_net(make_wire(d));
            } else {
                b.site->router().from_wan(make_wire(d));
            }
        } else if (d.size() <= ethernet_mtu) {
            auto f = *framed(b.draws.chance(0.2) ? broadcast_mac : mac(0xFF), mac(1 + b.draws.below(3)), d);
            if (b.draws.chance(0.1))
                f = mutated(*arp(arp_request, mac(1), host.address, ip("192.168.1.1")), b.draws, 0);
            if (b.draws.chance(0.2)) f = mutated(std::move(f), b.draws, 0);
            b.ports[b.draws.below(3)]->transmit(make_wire(f));
            if (b.draws.chance(0.1)) b.site->router().from_lan(make_wire(f));
        }
        if (i % 8 == 0) b.run_for(1ms);
    }
    b.run_for(10s);
    EXPECT_EQ(sent, 100'000u);
    EXPECT_GT(b.at_server, 10'000u);
    EXPECT_GT(b.seen, 10'000u);
    EXPECT_GT(b.drops().size(), 1000u);
    EXPECT_LT(b.site->router().translation().size(), 65'000u);

    // Afterwards it still works.
    b.ports[0]->transmit(framed(mac(0xFF), mac(1), udp({host.address, 4321}, server, "still there?")));
    b.run_for(1s);
    EXPECT_TRUE(checksums_right(b.last_at_server));
    EXPECT_EQ(sim::text(sim::byte_view(b.last_at_server).subspan(28)), "still there?");
}

TEST(hostile_input, the_same_siege_gives_the_same_journal) {
    std::vector<std::string> digests;
    for (int run = 0; run < 2; ++run) {
        besieged b;
        for (int i = 0; i < 2000; ++i) {
            auto d = with_lengths(mutated(udp(host, server, "question"), b.draws, 0));
            b.ports[0]->transmit(framed(mac(0xFF), mac(1), d));
            if (i % 8 == 0) b.run_for(1ms);
        }
        b.run_for(10s);
        digests.push_back(b.s.journal().digest());
    }
    EXPECT_EQ(digests[0], digests[1]);
}

}  // namespace dectbed::models::network
