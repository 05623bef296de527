#include "models/servers/dns_server.h"

#include <gtest/gtest.h>

#include "tests/models/servers/bench.h"

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

}  // namespace
}  // namespace dectbed::models::servers
