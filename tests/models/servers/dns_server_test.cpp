#include "models/servers/dns_server.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/models/servers/bench.h"
#include "tests/temporary_folder.h"

namespace dectbed::models::servers {
namespace {

dns_zone zone() {
    dns_zone z;
    z.add("prov.csp.example", {0xC6336402});
    z.add("Many.csp.example.", {0xC6336403});
    z.add("many.csp.example", {0xC6336404});
    z.add_alias("www.csp.example", "prov.csp.example");
    z.add_alias("dangling.csp.example", "nowhere.csp.example");
    z.add_alias("loop.csp.example", "loop.csp.example");
    for (std::uint32_t i = 0; i < 60; ++i) z.add("huge.csp.example", {0x0A000000 + i});
    return z;
}

/// A query with recursion desired, identifier 0x1234.
sim::bytes query(const std::string& name, std::uint16_t type = 1, std::uint16_t klass = 1) {
    sim::byte_writer w;
    w.u16(0x1234);
    w.u16(0x0100);
    w.u16(1);
    w.zeros(6);
    std::size_t begin = 0;
    while (begin < name.size()) {
        const auto end = std::min(name.find('.', begin), name.size());
        w.u8(static_cast<std::uint8_t>(end - begin));
        w.octets(name.substr(begin, end - begin));
        begin = end + 1;
    }
    w.u8(0);
    w.u16(type);
    w.u16(klass);
    return w.take();
}

int rcode(const sim::bytes& answer) { return answer.at(3) & 15; }
int answers(const sim::bytes& answer) { return answer.at(6) << 8 | answer.at(7); }

TEST(dns, when_the_name_has_an_address_then_the_octets_are_these) {
    const auto r = answer_dns(query("prov.csp.example"), zone(), 300);
    // RFC 1035, 4.1: header (QR, RD, RA), the question again, one A record with its name in full or as a pointer.
    const std::string header_and_question =
        "123481800001000100000000"
        "0470726f760363737007"
        "6578616d706c6500"
        "00010001";
    EXPECT_EQ(sim::to_hex(r.octets).substr(0, header_and_question.size()), header_and_question);
    EXPECT_EQ(sim::to_hex(r.octets).substr(sim::to_hex(r.octets).size() - 28),
              "00010001"
              "0000012c"
              "0004"
              "c6336402");
    EXPECT_EQ(r.query_name, "prov.csp.example");
    EXPECT_EQ(r.query_type, "A");
    EXPECT_EQ(r.result, "198.51.100.2");
}

TEST(dns, when_there_are_several_addresses_then_all_come_and_case_does_not_matter) {
    const auto r = answer_dns(query("MANY.csp.EXAMPLE"), zone(), 300);
    EXPECT_EQ(answers(r.octets), 2);
    EXPECT_EQ(r.result, "198.51.100.3 198.51.100.4");
}

TEST(dns, when_the_name_is_an_alias_then_the_chain_is_answered) {
    const auto r = answer_dns(query("www.csp.example"), zone(), 300);
    EXPECT_EQ(answers(r.octets), 2);
    EXPECT_EQ(r.result, "198.51.100.2");
    EXPECT_EQ(answer_dns(query("www.csp.example", 5), zone(), 300).result, "prov.csp.example");
    EXPECT_EQ(answer_dns(query("dangling.csp.example"), zone(), 300).result, "NXDOMAIN");
    EXPECT_EQ(rcode(answer_dns(query("loop.csp.example"), zone(), 300).octets), 3);
}

TEST(dns, when_the_name_is_unknown_then_nxdomain_and_when_the_type_is_then_nodata) {
    auto r = answer_dns(query("nobody.csp.example"), zone(), 300);
    EXPECT_EQ(rcode(r.octets), 3);
    EXPECT_EQ(r.result, "NXDOMAIN");
    r = answer_dns(query("prov.csp.example", 28), zone(), 300);
    EXPECT_EQ(rcode(r.octets), 0);
    EXPECT_EQ(answers(r.octets), 0);
    EXPECT_EQ(r.query_type, "AAAA");
    EXPECT_EQ(r.result, "NODATA");
    EXPECT_EQ(rcode(answer_dns(query("prov.csp.example", 1, 3), zone(), 300).octets), 5);
}

TEST(dns, when_an_answer_is_too_long_for_udp_then_it_is_truncated) {
    const auto r = answer_dns(query("huge.csp.example"), zone(), 300);
    EXPECT_LE(r.octets.size(), 512u);
    EXPECT_NE(r.octets[2] & 0x02, 0);
    EXPECT_EQ(answers(r.octets), 0);
}

TEST(dns, when_a_query_is_cut_anywhere_then_formerr_or_silence) {
    const auto whole = query("prov.csp.example");
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        const sim::bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut));
        const auto r = answer_dns(part, zone(), 300);
        if (cut < 12) {
            EXPECT_TRUE(r.octets.empty()) << cut;
        } else {
            ASSERT_EQ(r.octets.size(), 12u) << cut;
            EXPECT_EQ(rcode(r.octets), 1) << cut;
            EXPECT_EQ(r.octets[0], 0x12);
            EXPECT_EQ(r.octets[1], 0x34);
        }
        EXPECT_FALSE(r.question);
    }
}

TEST(dns, when_it_is_a_response_or_another_opcode_then_it_is_not_answered_as_a_query) {
    auto q = query("prov.csp.example");
    q[2] |= 0x80;
    EXPECT_TRUE(answer_dns(q, zone(), 300).octets.empty());
    q = query("prov.csp.example");
    q[2] |= 0x10;  // STATUS
    EXPECT_EQ(rcode(answer_dns(q, zone(), 300).octets), 4);
    q = query("prov.csp.example");
    q[5] = 0;  // no question
    q.resize(12);
    EXPECT_EQ(rcode(answer_dns(q, zone(), 300).octets), 1);
}

TEST(dns, when_octets_are_garbage_or_changed_then_it_survives) {
    sim::random_stream random(1, "test", "dns");
    const auto whole = query("prov.csp.example");
    for (int round = 0; round < 20'000; ++round) {
        sim::bytes octets;
        if (round % 2 == 0) {
            octets = whole;
            for (int i = 0; i < 3; ++i)
                octets[random.below(octets.size())] = static_cast<std::uint8_t>(random.below(256));
        } else {
            octets.resize(random.below(100));
            for (auto& o : octets) o = static_cast<std::uint8_t>(random.below(256));
        }
        const auto r = answer_dns(octets, zone(), 300);
        ASSERT_TRUE(r.octets.empty() || r.octets.size() >= 12);
    }
}

TEST(dns_server, when_asked_then_it_answers_after_its_service_time_and_publishes) {
    bench b;
    dns_parameters p;
    p.zone = zone();
    dns_server server(b.s, b.who, b.server_stack, p);
    const auto socket = b.client_stack.open_udp(0);
    std::vector<std::string> answers_seen;
    socket->on_data = [&](network::endpoint from, sim::byte_view data) {
        EXPECT_EQ(from, (network::endpoint{b.server_address, 53}));
        answers_seen.push_back(sim::to_text(b.s.now()));
        EXPECT_EQ(data[0], 0x12);
    };
    socket->send({b.server_address, 53}, query("prov.csp.example"));
    socket->send({b.server_address, 53}, sim::bytes{1, 2, 3});
    b.run();
    EXPECT_EQ(answers_seen, std::vector<std::string>{"0.002500 s"});
    const auto exchanges = b.records<sim::record::dns_exchange>();
    ASSERT_EQ(exchanges.size(), 1u);
    EXPECT_EQ(exchanges[0].query_name, "prov.csp.example");
    EXPECT_EQ(exchanges[0].result, "198.51.100.2");
    EXPECT_EQ(b.records<sim::record::server_refused>().size(), 1u);
}

TEST(dns_server, when_out_then_silent_and_then_back) {
    bench b;
    dns_parameters p;
    p.zone = zone();
    dns_server server(b.s, b.who, b.server_stack, p);
    sim::fault_spec f;
    f.at = start + 1s;
    f.lasts = 10s;
    f.target = "internet/server";
    f.action = "outage";
    b.s.faults().arm(f);
    const auto socket = b.client_stack.open_udp(0);
    int seen = 0;
    socket->on_data = [&](network::endpoint, sim::byte_view) { ++seen; };
    for (int second : {0, 5, 12}) {
        b.s.kernel().at(start + std::chrono::seconds{second}, [&] {
            socket->send({b.server_address, 53}, query("prov.csp.example"));
        });
    }
    b.run();
    EXPECT_EQ(seen, 2);
}

/// The same with an OPT record (RFC 6891): 1,232 octets, version.
sim::bytes with_edns(sim::bytes q, std::uint8_t version = 0) {
    q[11] = 1;
    for (const std::uint8_t octet : {0, 0, 41, 0x04, 0xD0, 0, static_cast<int>(version), 0, 0, 0, 0})
        q.push_back(octet);
    return q;
}

dns_zone with_services() {
    dns_zone z = zone();
    EXPECT_EQ(z.add_record("_sip._udp.csp.example. 300 IN SRV 10 60 5060 sip1.csp.example.", 300), "");
    EXPECT_EQ(z.add_record("_sip._udp.csp.example. 300 IN SRV 20 0 5062 sip2.csp.example.", 300), "");
    EXPECT_EQ(z.add_record("csp.example. 60 IN NAPTR 10 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.csp.example.", 300), "");
    EXPECT_NE(z.add_record("_sip._udp.csp.example. IN SRV ten 60 5060 x.", 300), "");
    return z;
}

TEST(dns, when_asked_for_services_then_the_octets_are_those_of_rfc_2782) {
    const auto r = answer_dns(query("_sip._udp.csp.example", 33), with_services(), 300);
    EXPECT_EQ(answers(r.octets), 2);
    EXPECT_EQ(r.query_type, "SRV");
    EXPECT_EQ(r.result, "10 60 5060 sip1.csp.example. 20 0 5062 sip2.csp.example.");
    // type SRV, class IN, 300 s, then length, priority, weight and port
    EXPECT_NE(sim::to_hex(r.octets).find("002100010000012c"
                                         "0018"
                                         "000a003c13c4"
                                         "0473697031"),
              std::string::npos)
        << sim::to_hex(r.octets);
    EXPECT_EQ(answer_dns(query("csp.example", 35), with_services(), 300).result,
              "10 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.csp.example.");
    EXPECT_EQ(answer_dns(query("_sip._udp.csp.example", 1), with_services(), 300).result, "NODATA");
}

TEST(dns, when_there_is_nothing_then_the_soa_says_how_long_that_counts) {
    dns_manner m;
    m.negative_ttl_s = 42;
    for (const auto& q : {query("nobody.csp.example"), query("prov.csp.example", 28)}) {
        const auto r = answer_dns(q, zone(), m);
        EXPECT_EQ(answers(r.octets), 0);
        EXPECT_EQ(r.octets[9], 1);  // one record of authority
        EXPECT_EQ(sim::to_hex(r.octets).substr(2 * r.octets.size() - 8), "0000002a");
    }
}

TEST(dns, when_addresses_rotate_then_each_comes_first_once) {
    dns_manner m;
    EXPECT_EQ(answer_dns(query("many.csp.example"), zone(), m).result, "198.51.100.3 198.51.100.4");
    m.rotation = 1;
    EXPECT_EQ(answer_dns(query("many.csp.example"), zone(), m).result, "198.51.100.4 198.51.100.3");
}

TEST(dns, when_the_client_knows_edns_then_longer_answers_fit_and_other_versions_are_refused) {
    const auto r = answer_dns(with_edns(query("huge.csp.example")), zone(), 300);
    EXPECT_EQ(answers(r.octets), 60);
    EXPECT_GT(r.octets.size(), 512u);
    EXPECT_EQ(r.octets[11], 1);  // OPT
    const auto bad = answer_dns(with_edns(query("prov.csp.example"), 1), zone(), 300);
    EXPECT_EQ(bad.result, "BADVERS");
    EXPECT_EQ(answers(bad.octets), 0);
}

TEST(dns, when_a_zone_file_is_loaded_then_its_records_are_served_with_their_times) {
    const std::string path = test::temporary_folder() / "zone";
    std::ofstream(path) << "$ORIGIN csp.example.\n$TTL 120\n@ IN SOA ns hostmaster 1 7200 900 604800 30\n@ IN NS ns\n"
                           "ns IN A 192.0.2.53\nsip IN CNAME sip1 ; the first one\nsip1 10 IN A 203.0.113.20\n"
                           "_sip._tcp IN SRV 0 0 5060 sip1\n";
    dns_zone z;
    ASSERT_EQ(z.load(path, 300), "");
    EXPECT_EQ(answer_dns(query("sip.csp.example"), z, 300).result, "203.0.113.20");
    const auto hex = sim::to_hex(answer_dns(query("sip1.csp.example"), z, 300).octets);
    EXPECT_EQ(hex.substr(hex.size() - 28),
              "00010001"
              "0000000a"
              "0004"
              "cb007114");
    EXPECT_EQ(answer_dns(query("_sip._tcp.csp.example", 33), z, 300).result, "0 0 5060 sip1.csp.example.");
    const auto no = sim::to_hex(answer_dns(query("nobody.csp.example"), z, 300).octets);
    EXPECT_EQ(no.substr(no.size() - 8), "0000001e");  // 30 s, the SOA's own
    std::ofstream(path) << "$ORIGIN csp.example.\nns IN A 192.0.2.53\nbad IN A not.an.address\n";
    dns_zone broken;
    EXPECT_NE(broken.load(path, 300).find("line "), std::string::npos);
    EXPECT_EQ(broken.load(path + ".none", 300), "cannot be read");
}

TEST(dns_server, when_an_answer_does_not_fit_then_tcp_brings_it_whole) {
    bench b;
    dns_parameters p;
    p.zone = zone();
    dns_server server(b.s, b.who, b.server_stack, p);
    tcp_client c(b, 53);
    const auto q = query("huge.csp.example");
    const std::string framed = std::string{'\0', static_cast<char>(q.size())} + std::string(sim::text(q));
    c.say(framed.substr(0, 5));
    b.run(100ms);
    c.say(framed.substr(5) + framed);
    b.run(1s);
    const std::size_t octets = static_cast<std::size_t>(static_cast<unsigned char>(c.answer.at(0))) << 8 |
                               static_cast<unsigned char>(c.answer.at(1));
    EXPECT_EQ(c.answer.size(), 2 * (octets + 2));
    EXPECT_EQ(answers(sim::to_bytes(sim::view(c.answer.substr(2)))), 60);
    EXPECT_FALSE(c.closed);
    b.run(30s);
    EXPECT_TRUE(c.closed);  // idle
}

TEST(dns_server, when_names_are_disturbed_then_only_those_and_only_for_that_time) {
    bench b;
    dns_parameters p;
    p.zone = zone();
    p.rotate = false;
    dns_server server(b.s, b.who, b.server_stack, p);
    int second = 1;
    for (const char* failure : {"servfail", "refused", "nxdomain", "timeout", "mismatch", "truncated"}) {
        sim::fault_spec f;
        f.at = start + std::chrono::seconds{10 * second++};
        f.lasts = 5s;
        f.target = "internet/server";
        f.action = "dns_failure";
        f.arguments = {{"name", "prov.*"}, {"as", failure}};
        b.s.faults().arm(f);
    }
    sim::fault_spec moved;
    moved.at = start + 100s;
    moved.lasts = 5s;
    moved.target = "internet/server";
    moved.action = "dns_address";
    moved.arguments = {{"name", "prov.csp.example"}, {"address", "192.0.2.9"}};
    b.s.faults().arm(moved);
    std::vector<sim::bytes> seen;
    const auto socket = b.client_stack.open_udp(0);
    socket->on_data = [&](network::endpoint, sim::byte_view d) { seen.push_back(sim::to_bytes(d)); };
    const auto ask = [&](int at, const std::string& name) {
        seen.clear();
        b.s.kernel().run_until(start + std::chrono::seconds{at});
        socket->send({b.server_address, 53}, query(name));
        b.run(1s);
        return seen.empty() ? sim::bytes{} : seen.back();
    };
    EXPECT_EQ(rcode(ask(11, "prov.csp.example")), 2);
    EXPECT_EQ(rcode(ask(13, "many.csp.example")), 0);
    EXPECT_EQ(rcode(ask(17, "prov.csp.example")), 0);
    EXPECT_EQ(rcode(ask(21, "prov.csp.example")), 5);
    EXPECT_EQ(rcode(ask(31, "prov.csp.example")), 3);
    EXPECT_TRUE(ask(41, "prov.csp.example").empty());
    EXPECT_EQ(ask(51, "prov.csp.example").at(1), 0x35);
    EXPECT_EQ(ask(61, "prov.csp.example").at(2) & 0x02, 0x02);
    ask(101, "prov.csp.example");
    EXPECT_EQ(b.records<sim::record::dns_exchange>().back().result, "192.0.2.9");
    ask(107, "prov.csp.example");
    EXPECT_EQ(b.records<sim::record::dns_exchange>().back().result, "198.51.100.2");
}

}  // namespace
}  // namespace dectbed::models::servers
