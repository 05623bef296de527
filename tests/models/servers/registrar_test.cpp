#include "models/servers/registrar.h"

#include <gtest/gtest.h>

#include "tests/models/servers/bench.h"

namespace dectbed::models::servers {
namespace {

struct message {
    std::string method = "REGISTER";
    std::string branch = "z9hG4bK1";
    std::string rport = ";rport";
    std::string call_id = "call-1@192.168.1.20";
    int cseq = 1;
    std::string contact =
        "<sip:base-021b2c000001@192.168.1.20:5060>;+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-021b2c000001>\"";
    std::string expires = "3600";
    std::string user_agent = "RB-1/1.0.0 (02:1b:2c:00:00:01)";
    std::string to = "<sip:base-021b2c000001@csp.example>";

    std::string text() const {
        return method + " sip:csp.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.168.1.20:5060;branch=" + branch + rport +
               "\r\nMax-Forwards: 70\r\nFrom: <sip:base-021b2c000001@csp.example>;tag=a1\r\nTo: " + to +
               "\r\nCall-ID: " + call_id + "\r\nCSeq: " + std::to_string(cseq) + " " + method + "\r\n" +
               (contact.empty() ? "" : "Contact: " + contact + "\r\n") +
               (expires.empty() ? "" : "Expires: " + expires + "\r\n") +
               (user_agent.empty() ? "" : "User-Agent: " + user_agent + "\r\n") + "Content-Length: 0\r\n\r\n";
    }
};

struct sip_bench : bench {
    registrar server;
    network::udp_socket_ptr socket = client_stack.open_udp(5070), via_port = client_stack.open_udp(5060);
    std::vector<std::string> answers, answers_at_via;

    explicit sip_bench(registrar_parameters p = {}) : server(s, who, server_stack, std::move(p)) {
        socket->on_data = [this](network::endpoint, sim::byte_view d) { answers.emplace_back(sim::text(d)); };
        via_port->on_data = [this](network::endpoint, sim::byte_view d) { answers_at_via.emplace_back(sim::text(d)); };
    }
    std::string ask(const message& m, sim::duration wait = 1s) {
        const auto before = answers.size();
        socket->send({server_address, 5060}, sim::view(m.text()));
        run(wait);
        return answers.size() == before ? "" : answers.back();
    }
};

bool has_line(const std::string& answer, const std::string& line) {
    return answer.find("\r\n" + line + "\r\n") != std::string::npos;
}

TEST(registrar, when_registered_then_the_answer_has_every_field_it_must_have) {
    sip_bench b;
    const auto a = b.ask({});
    EXPECT_EQ(status_line(a), "SIP/2.0 200 OK");
    EXPECT_TRUE(has_line(a, "Via: SIP/2.0/UDP 192.168.1.20:5060;branch=z9hG4bK1;rport=5070;received=203.0.113.5")) << a;
    EXPECT_TRUE(has_line(a, "From: <sip:base-021b2c000001@csp.example>;tag=a1")) << a;
    EXPECT_NE(a.find("\r\nTo: <sip:base-021b2c000001@csp.example>;tag="), std::string::npos) << a;
    EXPECT_TRUE(has_line(a, "Call-ID: call-1@192.168.1.20")) << a;
    EXPECT_TRUE(has_line(a, "CSeq: 1 REGISTER")) << a;
    EXPECT_NE(a.find("<sip:base-021b2c000001@192.168.1.20:5060>;expires=3600;+sip.instance="), std::string::npos) << a;
    EXPECT_TRUE(has_line(a, "Expires: 3600")) << a;
    EXPECT_TRUE(has_line(a, "Content-Length: 0")) << a;
    EXPECT_TRUE(b.server.registered("sip:base-021b2c000001@csp.example"));

    const auto messages = b.records<sim::record::sip_message>();
    ASSERT_EQ(messages.size(), 2u);
    EXPECT_TRUE(messages[0].received);
    EXPECT_EQ(messages[0].method, "REGISTER");
    EXPECT_EQ(messages[0].aor, "sip:base-021b2c000001@csp.example");
    EXPECT_EQ(messages[0].source, "203.0.113.5:5070");
    EXPECT_EQ(messages[0].client, b.base);
    EXPECT_FALSE(messages[1].received);
    EXPECT_EQ(messages[1].status, 200);
    EXPECT_EQ(messages[1].octets, static_cast<std::int64_t>(a.size()));
    const auto registrations = b.records<sim::record::sip_registration>();
    ASSERT_EQ(registrations.size(), 1u);
    EXPECT_TRUE(registrations[0].active);
    EXPECT_EQ(registrations[0].expires_s, 3600);
    EXPECT_EQ(registrations[0].contact, "sip:base-021b2c000001@192.168.1.20:5060");
    EXPECT_EQ(registrations[0].client, b.base);
}

TEST(registrar, when_not_refreshed_then_the_binding_expires_not_before_its_time) {
    sip_bench b;
    b.ask({});
    b.run(3598s);
    EXPECT_EQ(b.server.bindings(), 1u);
    b.run(2s);
    EXPECT_EQ(b.server.bindings(), 0u);
    const auto registrations = b.records<sim::record::sip_registration>();
    ASSERT_EQ(registrations.size(), 2u);
    EXPECT_FALSE(registrations[1].active);
    EXPECT_EQ(registrations[1].client, b.base);
}

TEST(registrar, when_refreshed_then_the_time_starts_anew) {
    sip_bench b;
    b.ask({});
    b.run(3000s);
    message again;
    again.cseq = 2;
    again.branch = "z9hG4bK2";
    EXPECT_EQ(status_line(b.ask(again)), "SIP/2.0 200 OK");
    b.run(3000s);
    EXPECT_EQ(b.server.bindings(), 1u);
    b.run(700s);
    EXPECT_EQ(b.server.bindings(), 0u);
}

TEST(registrar, when_the_same_request_comes_again_then_the_same_octets_answer) {
    sip_bench b;
    const auto first = b.ask({});
    const auto second = b.ask({});
    EXPECT_EQ(first, second);
    EXPECT_EQ(b.records<sim::record::sip_registration>().size(), 1u);
    EXPECT_EQ(b.records<sim::record::sip_message>().size(), 4u);
}

TEST(registrar, when_a_device_restarts_with_a_new_address_then_its_old_contact_is_replaced) {
    sip_bench b;
    b.ask({});
    message restarted;
    restarted.call_id = "call-2@192.168.1.21";
    restarted.branch = "z9hG4bK9";
    restarted.contact =
        "<sip:base-021b2c000001@192.168.1.21:5060>;+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-021b2c000001>\"";
    b.ask(restarted);
    EXPECT_EQ(b.server.bindings(), 1u);
}

TEST(registrar, when_expires_is_zero_or_star_then_bindings_go) {
    sip_bench b;
    b.ask({});
    message off;
    off.cseq = 2;
    off.branch = "z9hG4bK2";
    off.expires = "0";
    const auto a = b.ask(off);
    EXPECT_EQ(status_line(a), "SIP/2.0 200 OK");
    EXPECT_EQ(a.find("\r\nContact:"), std::string::npos) << a;
    EXPECT_EQ(b.server.bindings(), 0u);
    message on;
    on.cseq = 3;
    on.branch = "z9hG4bK3";
    b.ask(on);
    EXPECT_EQ(b.server.bindings(), 1u);
    message star;
    star.cseq = 4;
    star.branch = "z9hG4bK4";
    star.contact = "*";
    star.expires = "0";
    EXPECT_EQ(status_line(b.ask(star)), "SIP/2.0 200 OK");
    EXPECT_EQ(b.server.bindings(), 0u);
    star.cseq = 5;
    star.branch = "z9hG4bK5";
    star.expires = "60";
    EXPECT_EQ(status_line(b.ask(star)), "SIP/2.0 400 Bad Request");
}

TEST(registrar, when_asked_without_contact_then_it_tells_the_bindings) {
    sip_bench b;
    b.ask({});
    message query;
    query.cseq = 2;
    query.branch = "z9hG4bK2";
    query.contact = "";
    query.expires = "";
    const auto a = b.ask(query);
    // The same Call-ID with a higher CSeq; three seconds have passed at most.
    EXPECT_EQ(status_line(a), "SIP/2.0 200 OK");
    EXPECT_NE(a.find("expires=359"), std::string::npos) << a;
}

TEST(registrar, when_rport_is_missing_then_the_port_of_via_is_used) {
    sip_bench b;
    message m;
    m.rport = "";
    b.ask(m);
    ASSERT_EQ(b.answers_at_via.size(), 1u);
    EXPECT_TRUE(
        has_line(b.answers_at_via[0], "Via: SIP/2.0/UDP 192.168.1.20:5060;branch=z9hG4bK1;received=203.0.113.5"))
        << b.answers_at_via[0];
}

TEST(registrar, when_the_request_is_out_of_bounds_then_the_status_says_so) {
    registrar_parameters p;
    p.domain = "csp.example";
    p.users = {"base-021b2c000001"};
    sip_bench b(p);
    message m;
    m.expires = "30";
    auto a = b.ask(m);
    EXPECT_EQ(status_line(a), "SIP/2.0 423 Interval Too Brief");
    EXPECT_TRUE(has_line(a, "Min-Expires: 60")) << a;
    m = {};
    m.branch = "z9hG4bK2";
    m.to = "<sip:stranger@csp.example>";
    EXPECT_EQ(status_line(b.ask(m)), "SIP/2.0 404 Not Found");
    m.branch = "z9hG4bK3";
    m.to = "<sip:base-021b2c000001@other.example>";
    EXPECT_EQ(status_line(b.ask(m)), "SIP/2.0 404 Not Found");
    m = {};
    m.branch = "z9hG4bK4";
    m.cseq = 10;
    m.expires = "99999999999";
    a = b.ask(m);
    EXPECT_TRUE(has_line(a, "Expires: 86400")) << a;
    m.branch = "z9hG4bK5";
    m.cseq = 9;
    EXPECT_EQ(status_line(b.ask(m)), "SIP/2.0 500 Out of Order");
}

TEST(registrar, other_methods_have_their_answers) {
    sip_bench b;
    message m;
    m.method = "OPTIONS";
    auto a = b.ask(m);
    EXPECT_EQ(status_line(a), "SIP/2.0 200 OK");
    EXPECT_TRUE(has_line(a, "Allow: REGISTER, OPTIONS")) << a;
    m.method = "INVITE";
    m.branch = "z9hG4bK2";
    a = b.ask(m);
    EXPECT_EQ(status_line(a), "SIP/2.0 405 Method Not Allowed");
    EXPECT_TRUE(has_line(a, "Allow: REGISTER, OPTIONS")) << a;
    m.method = "ACK";
    m.branch = "z9hG4bK3";
    EXPECT_EQ(b.ask(m), "");
    EXPECT_EQ(b.server.bindings(), 0u);
}

TEST(registrar, when_the_user_agent_says_nothing_then_the_instance_names_the_client) {
    sip_bench b;
    message m;
    m.user_agent = "";
    b.ask(m);
    EXPECT_EQ(b.records<sim::record::sip_registration>().at(0).client, b.base);
}

TEST(registrar, when_a_message_is_cut_anywhere_then_nothing_is_registered) {
    const std::string whole = message{}.text();
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        const auto r = decode_sip_request(sim::view(std::string_view(whole).substr(0, cut)), {{1}, 2});
        ASSERT_FALSE(r.has_value()) << cut;
    }
    EXPECT_TRUE(decode_sip_request(sim::view(whole), {{1}, 2}).has_value());
}

TEST(registrar, when_lines_are_missing_then_it_is_refused_or_understood_never_a_crash) {
    const std::string whole = message{}.text();
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < whole.size();) {
        const auto end = whole.find("\r\n", begin) + 2;
        lines.push_back(whole.substr(begin, end - begin));
        begin = end;
    }
    for (const std::string needed : {"Via", "From", "To", "Call-ID", "CSeq"}) {
        std::string text;
        for (const auto& line : lines) {
            if (line.compare(0, needed.size() + 1, needed + ":") != 0) text += line;
        }
        EXPECT_FALSE(decode_sip_request(sim::view(text), {{1}, 2}).has_value()) << needed;
    }
}

TEST(registrar, when_octets_are_garbage_or_changed_then_it_survives) {
    sip_bench b;
    sim::random_stream random(1, "test", "sip");
    const std::string whole = message{}.text();
    for (int round = 0; round < 20'000; ++round) {
        std::string octets;
        if (round % 2 == 0) {
            octets = whole;
            const auto changes = 1 + random.below(4);
            for (std::uint64_t i = 0; i < changes; ++i)
                octets[random.below(octets.size())] = static_cast<char>(random.below(256));
        } else if (round % 4 == 1) {
            octets = whole;
            octets.erase(random.below(octets.size()), 1 + random.below(40));
        } else {
            octets.resize(random.below(200));
            for (auto& o : octets) o = static_cast<char>(random.below(256));
            octets += "\r\n\r\n";
        }
        b.socket->send({b.server_address, 5060}, sim::view(octets));
    }
    b.run(10min);
    EXPECT_EQ(status_line(b.ask([] {
                  message m;
                  m.call_id = "fresh";
                  m.branch = "z9hG4bKfresh";
                  return m;
              }())),
              "SIP/2.0 200 OK");
}

TEST(registrar, when_full_then_503_with_retry_after) {
    registrar_parameters p;
    p.service = {1, sim::distribution::constant(1.0), 0, overflow_policy::reject};
    sip_bench b(p);
    b.socket->send({b.server_address, 5060}, sim::view(message{}.text()));
    message second;
    second.branch = "z9hG4bK2";
    second.call_id = "other";
    b.socket->send({b.server_address, 5060}, sim::view(second.text()));
    b.run(5s);
    ASSERT_EQ(b.answers.size(), 2u);
    EXPECT_EQ(status_line(b.answers[0]), "SIP/2.0 503 Service Unavailable");
    EXPECT_TRUE(has_line(b.answers[0], "Retry-After: 30")) << b.answers[0];
    EXPECT_EQ(status_line(b.answers[1]), "SIP/2.0 200 OK");
}

TEST(registrar, when_out_then_silent_and_a_repeated_request_is_answered_afterwards) {
    sip_bench b;
    sim::fault_spec f;
    f.at = start + 1ms + 1us;  // while the request is in service
    f.lasts = 2s;
    f.target = "internet/server";
    f.action = "outage";
    b.s.faults().arm(f);
    EXPECT_EQ(b.ask({}), "");
    EXPECT_EQ(b.ask({}), "");
    b.run(1s);
    EXPECT_EQ(status_line(b.ask({})), "SIP/2.0 200 OK");
}

}  // namespace
}  // namespace dectbed::models::servers
