// What middleboxes make of the octets of others: SIP, DNS, HTTP, and the rules of a firewall. Pure functions.
#include "models/network/link/captive_portal.h"
#include "models/network/link/dns_meddling.h"
#include "models/network/link/egress_rule.h"
#include "models/network/link/sip_alg.h"
#include "models/network/link/tcp_reset.h"
#include "tests/models/network/link/links_fixture.h"

namespace dectbed::models::network {
namespace {

const endpoint inside{{0xC0A80114}, 5060}, outside{{0xCB007107}, 5061};

const std::string register_request =
    "REGISTER sip:csp.example SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.168.1.20:5060;branch=z9hG4bK0011;rport\r\n"
    "Max-Forwards: 70\r\n"
    "From: <sip:base@csp.example>;tag=1\r\n"
    "To: <sip:base@csp.example>\r\n"
    "Call-ID: abc@192.168.1.20\r\n"
    "CSeq: 1 REGISTER\r\n"
    "Contact: <sip:base@192.168.1.20:5060>;expires=3600\r\n"
    "User-Agent: DB-100/1.0.0 (02:1b:2c:00:00:01)\r\n"
    "Content-Length: 0\r\n\r\n";

TEST(sip_alg, rewrites_via_and_contact_and_nothing_else) {
    const std::string out = rewrite_sip(register_request, inside, outside, false);
    EXPECT_NE(out.find("Via: SIP/2.0/UDP 203.0.113.7:5061;branch=z9hG4bK0011;rport\r\n"), std::string::npos) << out;
    EXPECT_NE(out.find("Contact: <sip:base@203.0.113.7:5061>;expires=3600\r\n"), std::string::npos);
    EXPECT_NE(out.find("Call-ID: abc@192.168.1.20\r\n"), std::string::npos);
    EXPECT_EQ(rewrite_sip(out, outside, inside, false), register_request) << "and back";
}

TEST(sip_alg, corrupts_by_replacing_everywhere) {
    const std::string out = rewrite_sip(register_request, inside, outside, true);
    EXPECT_NE(out.find("Call-ID: abc@203.0.113.7\r\n"), std::string::npos);
    EXPECT_EQ(out.find("192.168.1.20"), std::string::npos);
}

TEST(sip_alg, a_longer_number_is_another_address) {
    const std::string other =
        "OPTIONS sip:x SIP/2.0\r\nContact: <sip:b@192.168.1.201:5060>, <sip:b@2192.168.1.20>\r\n\r\n";
    EXPECT_EQ(rewrite_sip(other, inside, outside, false), other);
    const std::string compact = "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP 192.168.1.20\r\nM : <sip:192.168.1.20:50601>\r\n\r\n";
    EXPECT_EQ(rewrite_sip(compact, inside, outside, false),
              "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP 203.0.113.7:5061\r\nM : <sip:203.0.113.7:5061:50601>\r\n\r\n")
        << "a gateway that does not know ports apart from addresses, as its kind";
}

TEST(sip_alg, knows_sip_when_it_sees_it) {
    EXPECT_TRUE(looks_like_sip(register_request));
    EXPECT_TRUE(looks_like_sip("SIP/2.0 200 OK\r\n\r\n"));
    for (const char* text : {"", "\r\n\r\n", "SIP/2.0", "GET / HTTP/1.1\r\n\r\n", "\0\0\0\0"})
        EXPECT_FALSE(looks_like_sip(text));
}

TEST(sip_alg, random_octets_do_no_harm) {
    sim::random_stream draws(1, "test", "sip");
    for (int i = 0; i < 20000; ++i) {
        std::string text = register_request;
        for (std::uint64_t n = draws.below(6); n > 0; --n)
            text[draws.below(text.size())] = static_cast<char>(draws.below(256));
        text.resize(draws.below(text.size()));
        (void)looks_like_sip(text);
        const std::string out = rewrite_sip(text, inside, outside, draws.chance(0.5));
        EXPECT_LE(out.size(), text.size() + 64);
    }
}

// RFC 1035: id 1234, one question "a.example" A IN.
const char* const query = "1234010000010000000000000161076578616d706c650000010001";

TEST(dns_meddling, an_answer_in_these_octets) {
    const auto out = answer_with_address(hex(query), ip("192.0.2.80"), 60);
    ASSERT_TRUE(out);
    EXPECT_EQ(sim::to_hex(*out),
              "1234818000010001000000000161076578616d706c650000010001"
              "c00c000100010000003c0004c0000250");
}

TEST(dns_meddling, glances_at_what_it_can_and_leaves_the_rest) {
    const auto g = glance_at_dns(hex(query));
    ASSERT_TRUE(g);
    EXPECT_EQ(g->id, 0x1234);
    EXPECT_FALSE(g->response);
    EXPECT_EQ(g->type, 1);
    const auto whole = hex(query);
    for (std::size_t n = 0; n < whole.size(); ++n)
        EXPECT_FALSE(glance_at_dns(sim::byte_view(whole).first(n))) << n << " octets";
    auto nameserver = hex(query);
    nameserver[nameserver.size() - 3] = 2;
    EXPECT_FALSE(answer_with_address(nameserver, ip("192.0.2.80"), 60)) << "type NS has no address";
    auto pointer = hex(query);
    pointer[12] = 0xC0;
    EXPECT_FALSE(glance_at_dns(pointer));
    sim::random_stream draws(1, "test", "dns");
    for (int i = 0; i < 50000; ++i) {
        sim::bytes octets(draws.below(64));
        for (auto& o : octets) o = static_cast<std::uint8_t>(draws.chance(0.4) ? draws.below(4) : draws.below(256));
        const auto out = answer_with_address(octets, ip("192.0.2.80"), 60);
        EXPECT_LE(out ? out->size() : 0u, octets.size() + 16);
    }
}

const endpoint client{{0xC0A80114}, 50000}, web{{0xC6336401}, 80};
const ipv4_address router{0xC0A80101};

tcp_packet segment(std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledgement,
                   std::string_view data = "") {
    tcp_packet p;
    p.flags = flags;
    p.sequence = sequence;
    p.acknowledgement = acknowledgement;
    p.data = sim::view(data);
    return p;
}

TEST(captive_portal, a_connection_gets_its_redirect_and_its_end) {
    auto a = answer_as_portal(encode_tcp(client, web, segment(tcp_syn, 1000, 0)).value(), router, "", 1);
    ASSERT_TRUE(a.datagram);
    EXPECT_TRUE(checksums_right(*a.datagram));
    auto ip_out = decode_ipv4(*a.datagram).value();
    auto t = decode_tcp(ip_out.payload).value();
    EXPECT_EQ(ip_out.source, web.address) << "it stands in for the server";
    EXPECT_EQ(t.flags, tcp_syn | tcp_ack);
    EXPECT_EQ(t.acknowledgement, 1001u);
    const std::uint32_t ours = t.sequence;
    EXPECT_FALSE(
        answer_as_portal(encode_tcp(client, web, segment(tcp_ack, 1001, ours + 1)).value(), router, "", 2).datagram);

    const std::string request = "POST /v1/redirections HTTP/1.1\r\nHost: redirect.vendor.example\r\n\r\n{}";
    a = answer_as_portal(encode_tcp(client, web, segment(tcp_ack | tcp_psh, 1001, ours + 1, request)).value(), router,
                         "", 3);
    ASSERT_TRUE(a.datagram);
    EXPECT_EQ(a.redirected, "POST http://redirect.vendor.example/v1/redirections");
    ip_out = decode_ipv4(*a.datagram).value();
    t = decode_tcp(ip_out.payload).value();
    EXPECT_EQ(t.sequence, ours + 1);
    EXPECT_EQ(t.acknowledgement, 1001 + request.size());
    EXPECT_TRUE(t.has(tcp_fin));
    const std::string text(sim::text(t.data));
    EXPECT_EQ(text.substr(0, 54), "HTTP/1.1 302 Found\r\nLocation: http://192.168.1.1/\r\nCac");

    const auto end = ours + 2 + static_cast<std::uint32_t>(t.data.size());
    a = answer_as_portal(encode_tcp(client, web, segment(tcp_ack | tcp_fin, 1001 + 70, end)).value(), router, "", 4);
    ASSERT_TRUE(a.datagram);
    const auto last_ip = decode_ipv4(*a.datagram).value();
    const auto last = decode_tcp(last_ip.payload).value();
    EXPECT_EQ(last.sequence, end);
    EXPECT_EQ(last.acknowledgement, 1001u + 71);
}

TEST(captive_portal, its_own_page_is_no_redirect) {
    const endpoint own{router, 80};
    const auto a = answer_as_portal(encode_tcp(client, own, segment(tcp_ack, 5, 7, "GET / HTTP/1.1\r\n\r\n")).value(),
                                    router, "http://login.example/", 1);
    ASSERT_TRUE(a.datagram);
    EXPECT_TRUE(a.redirected.empty());
    const auto d = decode_ipv4(*a.datagram).value();
    EXPECT_EQ(std::string(sim::text(decode_tcp(d.payload).value().data)).substr(0, 15), "HTTP/1.1 200 OK");
}

TEST(captive_portal, resets_follow_the_standard) {
    const auto r = reset_segment(encode_tcp(client, web, segment(tcp_syn, 1000, 0)).value(), 1);
    ASSERT_TRUE(r);
    const auto d = decode_ipv4(*r).value();
    const auto t = decode_tcp(d.payload).value();
    EXPECT_EQ(t.flags, tcp_rst | tcp_ack);
    EXPECT_EQ(t.acknowledgement, 1001u);
    EXPECT_FALSE(reset_segment(encode_tcp(client, web, segment(tcp_rst, 1, 0)).value(), 1));
}

TEST(egress_rule, is_read_and_judges) {
    const auto sip = parse_egress_rule("udp/5060-5061@203.0.113.0/24");
    ASSERT_TRUE(sip);
    EXPECT_TRUE(sip->allows(protocol_udp, ip("203.0.113.20"), 5060));
    EXPECT_TRUE(sip->allows(protocol_udp, ip("203.0.113.20"), 5061));
    EXPECT_FALSE(sip->allows(protocol_udp, ip("203.0.113.20"), 5062));
    EXPECT_FALSE(sip->allows(protocol_tcp, ip("203.0.113.20"), 5060));
    EXPECT_FALSE(sip->allows(protocol_udp, ip("203.0.114.20"), 5060));
    EXPECT_TRUE(parse_egress_rule("any")->allows(protocol_icmp, ip("1.2.3.4"), 0));
    EXPECT_TRUE(parse_egress_rule("tcp")->allows(protocol_tcp, ip("1.2.3.4"), 65535));
    EXPECT_FALSE(parse_egress_rule("any@1.2.3.4")->allows(protocol_tcp, ip("1.2.3.5"), 80));
    for (const char* text : {"", "sctp", "udp/", "udp/66000", "udp/5-4", "icmp/3", "tcp/80@", "tcp@1.2.3",
                             "tcp@1.2.3.4/33", "tcp@1.2.3.400", "tcp/80-", "tcp/80@1.2.3.4.5", "udp/53 "})
        EXPECT_FALSE(parse_egress_rule(text)) << text;
}

}  // namespace
}  // namespace dectbed::models::network
