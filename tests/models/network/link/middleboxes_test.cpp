// A router with middleboxes: what leaves, what comes back, what it answers itself.
#include "models/network/link/middleboxes.h"

#include "models/network/link/dns_meddling.h"
#include "models/network/link/lan_switch.h"
#include "models/network/link/site_router.h"
#include "tests/models/network/link/links_fixture.h"

namespace dectbed::models::network {
namespace {

using namespace std::chrono_literals;

const mac_address router_mac = mac(0xFF);
const ipv4_address router_ip{0xC0A80101}, wan_ip{0x64400001};
const endpoint host{{0xC0A80164}, 40000}, web{{0xC6336435}, 80}, registrar{{0xCB007114}, 5060};
const endpoint dns{{0xC0000235}, 53};
const char* const dns_query = "1234010000010000000000000161076578616d706c650000010001";

/// A switch, a router with middleboxes, and one host: mac(1) is `host`.
struct boxed : world {
    explicit boxed(middlebox_parameters p)
        : hub(s, s.journal().declare("office/switch", "switch")),
          base(s.journal().declare("office/base[0]", "base", {}, to_text(mac(1)))),
          lan(s),
          wan(s) {
        site_router_parameters r;
        r.lan_mac = router_mac;
        r.lan_address = router_ip;
        r.wan_address = wan_ip;
        r.middleboxes = std::make_shared<const middlebox_parameters>(std::move(p));
        router = std::make_unique<site_router>(s, s.journal().declare("office/router", "router"), r);
        router->connect_lan(hub.add_port(s.journal().find("office/router")));
        router->connect_wan(wan.sink());
        port = &hub.add_port(base);
        port->connect(lan.sink());
        port->set_device_up(true);
    }
    void out(const sim::bytes& d) {
        port->transmit(framed(router_mac, mac(1), d));
        run_for(1ms);
    }
    void in(const sim::bytes& d) {
        router->from_wan(make_wire(d));
        run_for(1ms);
    }
    /// The last datagram on the LAN, its checksums checked.
    ipv4_packet last_on_lan() {
        frame_ = decode_ethernet(lan.last()).value();
        EXPECT_TRUE(checksums_right(frame_.payload));
        return decode_ipv4(frame_.payload).value();
    }
    std::string last_action() const {
        const auto all_of = all<sim::record::middlebox_action>();
        return all_of.empty() ? "" : all_of.back().box + ": " + all_of.back().action + ": " + all_of.back().detail;
    }
    lan_switch hub;
    sim::entity_id base;
    catcher lan, wan;
    std::unique_ptr<site_router> router;
    ethernet_port* port = nullptr;
    ethernet_packet frame_;
};

middlebox_parameters with_firewall(bool rejects) {
    middlebox_parameters p;
    p.firewall.emplace();
    p.firewall->rejects = rejects;
    p.firewall->allow = {*parse_egress_rule("udp/53"), *parse_egress_rule("tcp/80@198.51.100.0/24")};
    return p;
}

TEST(middleboxes, a_firewall_lets_out_what_is_allowed_and_answers_come_back) {
    boxed b(with_firewall(false));
    b.out(tcp(host, web, tcp_syn));
    ASSERT_EQ(b.wan.got.size(), 1u);
    b.in(tcp(web, {wan_ip, host.port}, tcp_syn | tcp_ack));
    EXPECT_EQ(b.last_on_lan().destination, host.address);
    b.out(tcp(host, {ip("203.0.113.1"), 80}, tcp_syn));
    b.out(udp(host, registrar));
    b.out(echo(host.address, web.address, icmp_echo, 3));
    EXPECT_EQ(b.wan.got.size(), 1u);
    EXPECT_EQ(b.all<sim::record::middlebox_action>().size(), 3u);
    EXPECT_EQ(b.last_action(), "firewall: dropped: icmp 198.51.100.53");
    EXPECT_EQ(b.all<sim::record::middlebox_action>().back().client, b.base);
    EXPECT_EQ(b.lan.got.size(), 1u) << "in silence";
}

TEST(middleboxes, a_firewall_that_rejects_says_so) {
    boxed b(with_firewall(true));
    b.out(tcp(host, registrar, tcp_syn));
    ASSERT_EQ(b.lan.got.size(), 1u);
    const auto reset = b.last_on_lan();
    EXPECT_EQ(reset.source, registrar.address);
    EXPECT_EQ(decode_tcp(reset.payload).value().flags, tcp_rst | tcp_ack);
    b.out(udp(host, registrar));
    const auto error = b.last_on_lan();
    EXPECT_EQ(error.source, router_ip);
    EXPECT_EQ(decode_icmp(error.payload).value().code, icmp_administratively_prohibited);
    EXPECT_EQ(b.all<sim::record::icmp_sent>().size(), 1u);
}

TEST(middleboxes, the_sip_gateway_works_both_ways) {
    middlebox_parameters p;
    p.sip_alg = sip_alg_mode::rewrite;
    boxed b(p);
    const endpoint phone{host.address, 5060};
    const std::string request =
        "REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 192.168.1.100:5060;branch=z9hG4bK1\r\n"
        "Call-ID: 1@192.168.1.100\r\nContact: <sip:b@192.168.1.100:5060>\r\n\r\n";
    b.out(udp(phone, registrar, request));
    ASSERT_EQ(b.wan.got.size(), 1u);
    EXPECT_TRUE(checksums_right(b.wan.last()));
    const auto sent_ip = decode_ipv4(b.wan.last()).value();
    const std::string sent(sim::text(decode_udp(sent_ip.payload).value().data));
    EXPECT_NE(sent.find("Via: SIP/2.0/UDP 100.64.0.1:5060;"), std::string::npos) << sent;
    EXPECT_NE(sent.find("<sip:b@100.64.0.1:5060>"), std::string::npos) << sent;
    EXPECT_NE(sent.find("Call-ID: 1@192.168.1.100"), std::string::npos) << sent;
    std::string answer = "SIP/2.0 200 OK\r\n" + sent.substr(sent.find("\r\n") + 2);
    b.in(udp(registrar, {wan_ip, 5060}, answer));
    const std::string got(sim::text(decode_udp(b.last_on_lan().payload).value().data));
    EXPECT_EQ(got, "SIP/2.0 200 OK\r\n" + request.substr(request.find("\r\n") + 2));
    b.out(udp(phone, registrar, "\r\n\r\n"));
    const auto keep_alive = decode_ipv4(b.wan.last()).value();
    EXPECT_EQ(sim::text(decode_udp(keep_alive.payload).value().data), "\r\n\r\n");
}

TEST(middleboxes, a_portal_opens_by_a_log_in_and_closes_again) {
    middlebox_parameters p;
    p.portal.emplace();
    boxed b(p);
    b.out(tcp(host, web, tcp_syn));
    b.out(udp(host, registrar));
    b.out(tcp(host, {web.address, 443}, tcp_syn));
    EXPECT_TRUE(b.wan.got.empty());
    ASSERT_EQ(b.lan.got.size(), 2u) << "it takes the connection to port 80, and resets that to 443";
    b.out(udp(host, dns, "question"));
    EXPECT_EQ(b.wan.got.size(), 1u) << "names are let through";
    b.arm("office/router", "log_in", {}, 1s, 10s);
    b.run_for(2s);
    b.out(tcp({host.address, 40001}, web, tcp_syn));
    EXPECT_EQ(b.wan.got.size(), 2u);
    b.run_for(10s);
    b.out(tcp({host.address, 40002}, web, tcp_syn));
    EXPECT_EQ(b.wan.got.size(), 2u);
    EXPECT_EQ(b.last_action(), "captive portal: closed: the session ran out");
}

TEST(middleboxes, a_portal_that_captures_names_gives_its_own_address) {
    middlebox_parameters p;
    p.portal.emplace();
    p.portal->captures_dns = true;
    p.portal->opens_after = 60s;
    boxed b(p);
    b.out(encode_udp(host, dns, hex(dns_query)).value());
    ASSERT_EQ(b.lan.got.size(), 1u);
    const auto d = b.last_on_lan();
    EXPECT_EQ(d.source, dns.address) << "as if the DNS server had said it";
    const auto data = decode_udp(d.payload).value().data;
    EXPECT_EQ(sim::to_hex(data.subspan(data.size() - 4)), "c0a80101");
    b.run_for(60s);
    b.out(encode_udp(host, dns, hex(dns_query)).value());
    EXPECT_EQ(b.wan.got.size(), 1u) << "somebody has logged in";
}

middlebox_parameters with_dns(dns_lie lie) {
    middlebox_parameters p;
    p.dns.emplace();
    p.dns->upstream = dns.address;
    p.dns->lie = lie;
    p.dns->address = ip("192.0.2.80");
    return p;
}

/// What a host gets for its question when the server answers `rcode` without a record.
sim::bytes asked_through(boxed& b, std::uint8_t rcode) {
    b.out(encode_udp(host, {router_ip, 53}, hex(dns_query)).value());
    EXPECT_EQ(b.wan.got.size(), 1u);
    const auto question = decode_ipv4(b.wan.last()).value();
    EXPECT_EQ(question.destination, dns.address);
    EXPECT_EQ(question.source, wan_ip);
    auto answer = hex(dns_query);
    answer[2] = 0x81;
    answer[3] = static_cast<std::uint8_t>(0x80 | rcode);
    const auto port = decode_udp(question.payload).value().source_port;
    b.in(encode_udp(dns, {wan_ip, port}, answer).value());
    b.run_for(10s);
    if (b.lan.got.empty()) return {};
    const auto d = b.last_on_lan();
    EXPECT_EQ(d.source, router_ip) << "the router answers";
    return sim::to_bytes(decode_udp(d.payload).value().data);
}

TEST(middleboxes, the_dns_forwarder_passes_questions_on_and_may_lie) {
    {
        boxed honest(with_dns(dns_lie::none));
        EXPECT_EQ(glance_at_dns(asked_through(honest, 3))->rcode, 3);
    }
    {
        boxed wildcard(with_dns(dns_lie::wildcard));
        auto answer = asked_through(wildcard, 3);
        EXPECT_EQ(glance_at_dns(answer)->rcode, 0);
        EXPECT_EQ(sim::to_hex(sim::byte_view(answer).subspan(answer.size() - 4)), "c0000250");
        EXPECT_EQ(wildcard.last_action(), "dns forwarder: lied: the name has 192.0.2.80");
    }
    {
        boxed no_reason(with_dns(dns_lie::wildcard));
        EXPECT_EQ(glance_at_dns(asked_through(no_reason, 0))->answers, 0) << "only names that do not exist";
    }
    boxed liar(with_dns(dns_lie::wrong));
    EXPECT_EQ(glance_at_dns(asked_through(liar, 0))->answers, 1);
}

TEST(middleboxes, the_dns_forwarder_may_be_slow_or_lose_questions) {
    auto p = with_dns(dns_lie::none);
    p.dns->delay = sim::distribution::constant(3.0);
    {
        boxed slow(p);
        const auto before = slow.s.now();
        asked_through(slow, 0);
        ASSERT_EQ(slow.lan.got.size(), 1u);
        EXPECT_GE(slow.lan.at[0] - before, 3s);
    }
    p = with_dns(dns_lie::none);
    p.dns->loss = 1;
    boxed deaf(p);
    deaf.out(encode_udp(host, {router_ip, 53}, hex(dns_query)).value());
    EXPECT_TRUE(deaf.wan.got.empty());
    EXPECT_EQ(deaf.drops(), (std::vector<std::string>{"dns forwarder"}));
}

TEST(middleboxes, a_short_mtu_is_told_or_is_a_black_hole_and_clamping_prevents_it) {
    middlebox_parameters p;
    p.mtu = 1400;
    {
        boxed told(p);
        told.out(tcp(host, web, tcp_ack, std::string(1460, 'x')));
        EXPECT_TRUE(told.wan.got.empty());
        ASSERT_EQ(told.lan.got.size(), 1u);
        const auto error = told.last_on_lan();
        EXPECT_EQ(decode_icmp(error.payload).value().rest, 1400u);
        EXPECT_EQ(error.destination, host.address);
    }
    p.fragmentation_needed = false;
    {
        boxed hole(p);
        hole.out(tcp(host, web, tcp_ack, std::string(1460, 'x')));
        EXPECT_TRUE(hole.wan.got.empty());
        EXPECT_TRUE(hole.lan.got.empty());
        EXPECT_EQ(hole.drops(), (std::vector<std::string>{"longer than the line's MTU"}));
    }
    p.clamp_mss = true;
    boxed clamped(p);
    tcp_packet syn;
    syn.flags = tcp_syn;
    const auto option = hex("020405b4");
    syn.options = option;
    clamped.out(encode_tcp(host, web, syn).value());
    EXPECT_EQ(sim::to_hex(sim::byte_view(clamped.wan.last()).subspan(40)), "02040550");
    EXPECT_TRUE(checksums_right(clamped.wan.last()));
}

TEST(middleboxes, a_hundred_thousand_random_packets_meet_all_of_them_and_do_no_harm) {
    sim::random_stream draws(11, "test", "hostile");
    for (int round = 0; round < 4; ++round) {
        middlebox_parameters p = with_dns(dns_lie::wrong);
        p.sip_alg = round % 2 == 0 ? sip_alg_mode::rewrite : sip_alg_mode::corrupt;
        p.mtu = 600;
        p.clamp_mss = true;
        if (round == 2) p.portal = captive_portal_parameters{"http://login.example/", std::nullopt, true};
        if (round == 3) p.firewall = with_firewall(true).firewall;
        boxed b(p);
        for (int i = 0; i < 25'000; ++i) {
            sim::bytes d;
            const endpoint sip{host.address, 5060};
            const std::string text = "REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 192.168.1.100:5060\r\n\r\n";
            switch (draws.below(9)) {
                case 0:
                    d = udp(sip, registrar, text);
                    break;
                case 1:
                    d = udp(registrar, {wan_ip, 5060}, text);
                    break;
                case 2:
                    d = encode_udp(host, {router_ip, 53}, hex(dns_query)).value();
                    break;
                case 3:
                    d = encode_udp(dns, {wan_ip, host.port}, hex(dns_query)).value();
                    break;
                case 4:
                    d = tcp(host, web, static_cast<std::uint8_t>(draws.below(64)), "GET / HTTP/1.1\r\n\r\n");
                    break;
                case 5:
                    d = tcp(web, {wan_ip, host.port}, static_cast<std::uint8_t>(draws.below(64)),
                            std::string(700, 'x'));
                    break;
                case 6:
                    d = tcp(host, {router_ip, 80}, tcp_ack, "GET /");
                    break;
                case 7:
                    d = *make_icmp_error(web.address, icmp_unreachable, 4, tcp({wan_ip, host.port}, web, tcp_ack), 68);
                    break;
                default:
                    d = udp(host, {dns.address, 53}, std::string(draws.below(1400), '\x01'));
                    break;
            }
            const std::uint64_t changes = draws.chance(0.7) ? draws.below(5) : 0;
            for (std::uint64_t n = changes; n > 0; --n)
                d[draws.below(d.size())] ^= static_cast<std::uint8_t>(1 + draws.below(255));
            if (draws.chance(0.5))
                b.port->transmit(framed(router_mac, mac(1), d));
            else
                b.router->from_wan(make_wire(d));
            if (i % 32 == 0) b.run_for(1ms);
            if (b.wan.got.size() > 1000) b.wan.got.clear();
            if (b.lan.got.size() > 1000) b.lan.got.clear();
        }
        for (const auto& d : b.wan.got) EXPECT_LE(d->size(), 600u);
        b.run_for(20s);
        b.out(udp(host, {dns.address, 53}));
        EXPECT_GT(b.wan.got.size() + (round == 2 ? 1u : 0u), 0u) << "and traffic goes on";
    }
}

}  // namespace
}  // namespace dectbed::models::network
