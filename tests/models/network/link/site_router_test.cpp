#include "models/network/link/site_router.h"

#include "models/network/link/lan_switch.h"
#include "tests/models/network/link/links_fixture.h"

namespace dectbed::models::network {

namespace {

using namespace std::chrono_literals;

const mac_address router_mac = mac(0xFF);
const ipv4_address router_ip{0xC0A80101}, wan_ip{0x64400001};
const endpoint host{{0xC0A80164}, 40000}, host2{{0xC0A80165}, 40000}, server{{0xC6336435}, 80};

site_router_parameters office() {
    site_router_parameters p;
    p.lan_mac = router_mac;
    p.lan_address = router_ip;
    p.wan_address = wan_ip;
    p.dhcp.first = ip("192.168.1.100");
    p.dhcp.last = ip("192.168.1.199");
    p.dhcp.dns = {ip("198.51.100.53")};
    return p;
}

/// A switch, a router, and two hosts: mac(1) is `host`, mac(2) is `host2`.
struct office_lan : world {
    explicit office_lan(site_router_parameters p = office())
        : hub(s, s.journal().declare("office/switch", "switch")),
          router(s, s.journal().declare("office/router", "router"), p),
          wan(s) {
        router.connect_lan(hub.add_port(s.journal().find("office/router")));
        router.connect_wan(wan.sink());
        for (std::uint64_t i = 1; i <= 2; ++i) {
            lan.push_back(std::make_unique<catcher>(s));
            auto& port = hub.add_port(s.journal().declare("office/base[" + std::to_string(i) + "]", "base"));
            port.connect(lan.back()->sink());
            port.set_device_up(true);
            ports.push_back(&port);
        }
    }
    void from_host(const sim::bytes& d, std::uint64_t h = 1) {
        ports[h - 1]->transmit(framed(router_mac, mac(h), d));
        run_for(1ms);
    }
    void from_wan(const sim::bytes& d) {
        router.from_wan(make_wire(d));
        run_for(1ms);
    }
    catcher& at(std::uint64_t h) { return *lan[h - 1]; }
    lan_switch hub;
    site_router router;
    catcher wan;
    std::vector<std::unique_ptr<catcher>> lan;
    std::vector<ethernet_port*> ports;
};

}  // namespace

TEST(site_router, answers_arp_for_its_own_address_only) {
    office_lan l;
    l.ports[0]->transmit(arp(arp_request, mac(1), host.address, router_ip));
    l.run_for(1ms);
    ASSERT_EQ(l.at(1).got.size(), 1u);
    const auto e = decode_ethernet(l.at(1).last()).value();
    EXPECT_EQ(e.destination, mac(1));
    EXPECT_EQ(e.source, router_mac);
    const auto answer = decode_arp(e.payload).value();
    EXPECT_EQ(answer.operation, arp_reply);
    EXPECT_EQ(answer.sender, router_ip);
    EXPECT_EQ(answer.sender_mac, router_mac);
    EXPECT_EQ(answer.target, host.address);
    l.ports[0]->transmit(arp(arp_request, mac(1), host.address, host2.address));
    l.ports[0]->transmit(arp(arp_request, mac(1), {}, router_ip));  // RFC 5227 probe
    l.run_for(1ms);
    EXPECT_EQ(l.at(1).got.size(), 2u);
}

TEST(site_router, forwards_out_and_back_with_one_hop_less) {
    office_lan l;
    l.from_host(udp(host, server, "question"));
    ASSERT_EQ(l.wan.got.size(), 1u);
    EXPECT_EQ(l.wan.last(), udp({wan_ip, host.port}, server, "question", default_ttl - 1));
    l.from_wan(udp(server, {wan_ip, host.port}, "answer"));
    ASSERT_EQ(l.at(1).got.size(), 1u) << "no ARP: the traffic has told who it is";
    EXPECT_EQ(inside(l.at(1).last()), udp(server, host, "answer", default_ttl - 1));
    EXPECT_EQ(decode_ethernet(l.at(1).last()).value().destination, mac(1));
    EXPECT_TRUE(l.drops().empty());
}

TEST(site_router, drops_what_nobody_asked_for) {
    office_lan l;
    l.from_wan(udp(server, {wan_ip, 999}));
    l.from_wan(udp(server, {ip("100.64.0.9"), 999}));
    l.from_wan(sim::bytes(10));
    l.from_host(udp({ip("10.9.9.9"), 1}, server));
    EXPECT_EQ(l.drops(), (std::vector<std::string>{"no mapping", "not for this line's address", "IPv4 header truncated",
                                                   "source address is not of this LAN"}));
    EXPECT_TRUE(l.wan.got.empty());
}

TEST(site_router, tells_the_host_when_the_ttl_has_run_out) {
    office_lan l;
    const auto d = udp(host, server, "question", 1);
    l.from_host(d);
    EXPECT_TRUE(l.wan.got.empty());
    ASSERT_EQ(l.at(1).got.size(), 1u);
    EXPECT_EQ(inside(l.at(1).last()), make_icmp_error(router_ip, icmp_time_exceeded, 0, d));
    l.from_host(udp(host, server, "question", 2));
    EXPECT_EQ(l.wan.got.size(), 1u);
    l.from_wan(udp(server, {wan_ip, host.port}, "late", 1));
    EXPECT_EQ(l.drops(), std::vector<std::string>(2, "time to live exceeded"));
}

TEST(site_router, resolves_a_host_it_does_not_know_and_keeps_the_order) {
    site_router_parameters p = office();
    p.arp_timeout = 10s;
    office_lan l(p);
    l.from_host(udp(host, server));
    l.run_for(20s);
    for (const char* text : {"1", "2", "3", "4"}) l.from_wan(udp(server, {wan_ip, host.port}, text));
    ASSERT_EQ(l.at(1).got.size(), 1u);
    const auto asked = decode_arp(decode_ethernet(l.at(1).last()).value().payload).value();
    EXPECT_EQ(asked.operation, arp_request);
    EXPECT_EQ(asked.target, host.address);
    EXPECT_EQ(asked.sender, router_ip);
    l.ports[0]->transmit(arp(arp_reply, mac(1), host.address, router_ip, router_mac));
    l.run_for(1ms);
    ASSERT_EQ(l.at(1).got.size(), 4u);
    for (std::size_t i = 0; i < 3; ++i)
        EXPECT_EQ(inside(*l.at(1).got[i + 1]),
                  udp(server, host, std::string(1, static_cast<char>('1' + i)), default_ttl - 1));
    EXPECT_EQ(l.drops(), std::vector<std::string>{"ARP queue full"});
    l.run_for(10s);
    EXPECT_EQ(l.at(1).got.size(), 4u) << "answered: no further requests";
}

TEST(site_router, asks_three_times_a_second_apart_and_gives_up) {
    site_router_parameters p = office();
    p.arp_timeout = 10s;
    office_lan l(p);
    l.from_host(udp(host, server));
    l.run_for(20s);
    const auto start = l.s.now();
    l.router.from_wan(make_wire(udp(server, {wan_ip, host.port})));
    l.run_for(10s);
    ASSERT_EQ(l.at(1).got.size(), 3u);
    EXPECT_EQ(l.at(1).at[1] - l.at(1).at[0], 1s);
    EXPECT_EQ(l.at(1).at[2] - l.at(1).at[1], 1s);
    ASSERT_EQ(l.entries.back().at - start, 3s);
    EXPECT_EQ(l.drops(), std::vector<std::string>{"no ARP answer"});
}

TEST(site_router, tells_a_neighbour_that_another_does_not_exist) {
    office_lan l;
    const auto d = udp(host, {ip("192.168.1.77"), 5}, "anybody");
    l.from_host(d);
    l.run_for(5s);
    auto forwarded = d;
    ASSERT_TRUE(decrement_ttl(forwarded));
    EXPECT_EQ(inside(l.at(1).last()), make_icmp_error(router_ip, icmp_unreachable, icmp_host_unreachable, forwarded));
}

TEST(site_router, forwards_between_hosts_that_do_not_know_better) {
    office_lan l;
    l.from_host(udp(host2, server), 2);
    l.from_host(udp(host, host2, "hi"));
    EXPECT_EQ(inside(l.at(2).last()), udp(host, host2, "hi", default_ttl - 1));
}

TEST(site_router, answers_ping_inside_and_outside) {
    office_lan l;
    l.from_host(echo(host.address, router_ip, icmp_echo, 3));
    const auto answer = inside(l.at(1).last());
    const auto inner = decode_ipv4(answer).value();
    EXPECT_EQ(inner.source, router_ip);
    EXPECT_EQ(decode_icmp(inner.payload).value().type, icmp_echo_reply);
    EXPECT_TRUE(checksums_right(inside(l.at(1).last())));
    l.from_wan(echo(server.address, wan_ip, icmp_echo, 4));
    EXPECT_EQ(decode_ipv4(l.wan.last()).value().destination, server.address);
    EXPECT_TRUE(checksums_right(l.wan.last()));
    auto damaged = echo(host.address, router_ip, icmp_echo, 3);
    damaged.back() ^= 1;
    l.from_host(damaged);
    EXPECT_EQ(l.drops(), std::vector<std::string>{"ICMP checksum wrong"});
}

TEST(site_router, has_no_other_services) {
    office_lan l;
    const auto d = udp(host, {router_ip, 53}, "dns?");
    l.from_host(d);
    EXPECT_EQ(inside(l.at(1).last()), make_icmp_error(router_ip, icmp_unreachable, icmp_port_unreachable, d));
    l.from_host(tcp(host, {router_ip, 80}, tcp_syn, "", 77));
    const auto answer = inside(l.at(1).last());
    EXPECT_TRUE(checksums_right(answer));
    const auto reset = decode_tcp(decode_ipv4(answer).value().payload).value();
    EXPECT_EQ(reset.flags, tcp_rst | tcp_ack);
    EXPECT_EQ(reset.acknowledgement, 78u);
    const auto before = l.at(1).got.size();
    l.from_host(tcp(host, {router_ip, 80}, tcp_rst));
    EXPECT_EQ(l.at(1).got.size(), before) << "never a reset for a reset";
}

TEST(site_router, gives_leases_over_the_wire) {
    office_lan l;
    dhcp_message m;
    m.xid = 42;
    m.broadcast = true;
    m.set_client_mac(mac(1));
    m.set_type(dhcp_type::discover);
    const auto discover = encode_udp({{}, 68}, {broadcast_address, 67}, encode_dhcp(m).value()).value();
    l.ports[0]->transmit(framed(broadcast_mac, mac(1), discover));
    l.run_for(1s);
    ASSERT_EQ(l.at(1).got.size(), 1u);
    const auto e = decode_ethernet(l.at(1).last()).value();
    EXPECT_EQ(e.destination, broadcast_mac);
    EXPECT_TRUE(checksums_right(e.payload));
    const auto p = decode_ipv4(e.payload).value();
    EXPECT_EQ(p.source, router_ip);
    EXPECT_EQ(p.destination, broadcast_address);
    const auto u = decode_udp(p.payload).value();
    EXPECT_EQ(u.source_port, 67);
    EXPECT_EQ(u.destination_port, 68);
    const auto offer = decode_dhcp(u.data).value();
    EXPECT_EQ(offer.type(), dhcp_type::offer);
    EXPECT_EQ(offer.yiaddr, ip("192.168.1.100"));
    EXPECT_EQ(offer.address(dhcp_router), router_ip);
    EXPECT_EQ(l.at(2).got.size(), 2u) << "both broadcasts";

    m.broadcast = false;
    l.ports[0]->transmit(
        framed(broadcast_mac, mac(1), encode_udp({{}, 68}, {broadcast_address, 67}, encode_dhcp(m).value()).value()));
    l.run_for(1s);
    const auto direct = decode_ethernet(l.at(1).last()).value();
    EXPECT_EQ(direct.destination, mac(1));
    EXPECT_EQ(decode_ipv4(direct.payload).value().destination, ip("192.168.1.100"));
}

TEST(site_router, hairpins_between_two_hosts_by_their_outside_endpoints) {
    office_lan l;
    l.from_host(udp(host, server));
    l.from_host(udp(host2, server), 2);
    const auto outside = l.router.translation().outside_of(protocol_udp, host2, {}, l.s.now());
    ASSERT_TRUE(outside);
    l.from_host(udp(host, *outside, "through the mirror"));
    EXPECT_EQ(inside(l.at(2).last()), udp({wan_ip, host.port}, host2, "through the mirror", default_ttl - 1));
    EXPECT_TRUE(checksums_right(inside(l.at(2).last())));
}

TEST(site_router, passes_icmp_errors_through_the_translation) {
    office_lan l;
    l.from_host(udp(host, server));
    const auto error = make_icmp_error(ip("203.0.113.254"), icmp_unreachable, icmp_host_unreachable, l.wan.last());
    l.from_wan(*error);
    const auto at_host = inside(l.at(1).last());
    const auto got = decode_ipv4(at_host).value();
    EXPECT_TRUE(checksums_right(inside(l.at(1).last())));
    const auto quoted = decode_icmp(got.payload).value().data;
    EXPECT_EQ((ipv4_address{sim::byte_reader(quoted.subspan(12)).u32()}), host.address);
}

TEST(site_router, a_power_cut_forgets_translations_and_keeps_leases) {
    office_lan l;
    l.from_host(udp(host, server));
    EXPECT_EQ(l.router.translation().size(), 1u);
    l.arm("office/router", "power_cut", {}, 1s, 5s);
    l.run_for(2s);
    EXPECT_EQ(l.router.translation().size(), 0u);
    l.from_host(udp(host, server));
    l.from_wan(udp(server, {wan_ip, host.port}));
    EXPECT_EQ(l.wan.got.size(), 1u);
    l.run_for(5s);
    l.from_host(udp(host, server));
    EXPECT_EQ(l.wan.got.size(), 2u);
    std::vector<std::string> causes;
    for (const auto& r : l.all<sim::record::power_changed>()) causes.push_back(r.cause);
    EXPECT_EQ(causes, (std::vector<std::string>{"power cut", "power restored"}));
}

TEST(site_router, malformed_frames_end_at_the_guard) {
    office_lan l;
    auto d = tcp(host, server, tcp_syn);
    d.resize(25);
    d[3] = 25;  // five octets of TCP; the header checksum is put right again
    d[10] = d[11] = 0;
    const auto sum = static_cast<std::uint16_t>(~second_opinion(words_of(sim::byte_view(d).first(20))));
    d[10] = static_cast<std::uint8_t>(sum >> 8);
    d[11] = static_cast<std::uint8_t>(sum);
    l.from_host(d);
    EXPECT_TRUE(l.wan.got.empty());
    EXPECT_EQ(l.drops(), std::vector<std::string>{"TCP header truncated"});
}

TEST(site_router, a_datagram_through_costs_no_event_of_the_routers_own) {
    office_lan l;
    l.from_host(udp(host, server));
    const auto before = l.s.kernel().executed_events();
    for (int i = 0; i < 100; ++i) l.router.from_lan(framed(router_mac, mac(1), udp(host, server)));
    l.run_for(1s);
    EXPECT_LE(l.s.kernel().executed_events() - before, 2u);
    EXPECT_EQ(l.wan.got.size(), 101u);
}

}  // namespace dectbed::models::network
