#include "models/servers/http_server.h"

#include <gtest/gtest.h>

#include "models/servers/http_codec.h"
#include "tests/models/servers/bench.h"

namespace dectbed::models::servers {
namespace {

const std::string get_a = "GET /a HTTP/1.1\r\nHost: h\r\nUser-Agent: RB-1/1.0.0 (02:1b:2c:00:00:01)\r\n\r\n";
const std::string post =
    "POST /p HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\nhello world";

http_site echo() {
    http_site site;
    site.serve = [](const http_exchange& x) {
        return http_answer{
            {200, "text/plain", x.request.method + " " + x.request.target + " " + x.request.body, {}, false, nullptr},
            "echo"};
    };
    return site;
}

http_server_parameters quick() {
    http_server_parameters p;
    p.service = {4, sim::distribution::constant(0.01), 10, overflow_policy::reject};
    return p;
}

TEST(http_server, when_asked_then_it_answers_and_publishes_both) {
    bench b;
    http_server server(b.s, b.who, b.server_stack, quick(), echo());
    tcp_client c(b);
    c.say(get_a);
    b.run(1s);
    EXPECT_EQ(c.answer,
              "HTTP/1.1 200 OK\r\nServer: dectbed\r\nContent-Type: text/plain\r\n"
              "Date: Wed, 01 Jan 2025 00:00:00 GMT\r\nContent-Length: 7\r\n\r\nGET /a ");
    EXPECT_FALSE(c.finished);
    const auto requests = b.records<sim::record::http_request>();
    ASSERT_EQ(requests.size(), 1u);
    EXPECT_EQ(requests[0].method, "GET");
    EXPECT_EQ(requests[0].target, "/a");
    EXPECT_EQ(requests[0].host, "h");
    EXPECT_EQ(requests[0].source, "203.0.113.5:49152");
    EXPECT_EQ(requests[0].client, b.base);
    const auto responses = b.records<sim::record::http_response>();
    ASSERT_EQ(responses.size(), 1u);
    EXPECT_EQ(responses[0].id, requests[0].id);
    EXPECT_EQ(responses[0].status, 200);
    EXPECT_EQ(responses[0].octets, static_cast<std::int64_t>(c.answer.size()));
    EXPECT_EQ(responses[0].served, sim::duration{10ms});
    EXPECT_EQ(responses[0].client, b.base);
    EXPECT_EQ(responses[0].verdict, "echo");
}

TEST(http_server, when_requests_are_pipelined_then_answers_keep_their_order) {
    bench b;
    http_server server(b.s, b.who, b.server_stack, quick(), echo());
    tcp_client c(b);
    std::string many;
    for (int i = 0; i < 50; ++i) many += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
    c.say(many);
    b.run(5s);
    std::size_t at = 0;
    for (int i = 0; i < 50; ++i) {
        at = c.answer.find("GET /" + std::to_string(i) + " ", at);
        ASSERT_NE(at, std::string::npos) << i;
    }
    EXPECT_EQ(count_of(c.answer, "HTTP/1.1 200 OK"), 50u);
    EXPECT_EQ(server.open_connections(), 1u);
}

TEST(http_server, when_a_request_comes_octet_by_octet_then_it_is_the_same_request) {
    bench b;
    http_server server(b.s, b.who, b.server_stack, quick(), echo());
    tcp_client c(b);
    c.say("P");
    b.run(10ms);
    for (char octet : post.substr(1) + get_a) c.say(std::string(1, octet));
    b.run(1s);
    EXPECT_EQ(count_of(c.answer, "HTTP/1.1 200 OK"), 2u);
    EXPECT_NE(c.answer.find("POST /p hello world"), std::string::npos);
}

TEST(http_server, when_a_request_is_cut_anywhere_then_nothing_is_answered_but_the_timeout) {
    for (std::size_t cut = 1; cut < post.size(); ++cut) {
        bench b;
        http_server server(b.s, b.who, b.server_stack, quick(), echo());
        tcp_client c(b);
        c.say(post.substr(0, cut));
        b.run(29s);
        ASSERT_EQ(c.answer, "") << cut;
        b.run(5s);
        ASSERT_EQ(status_line(c.answer), "HTTP/1.1 408 Request Timeout") << cut;
        ASSERT_TRUE(c.closed) << cut;
        ASSERT_EQ(server.open_connections(), 0u) << cut;
        ASSERT_TRUE(b.records<sim::record::http_request>().empty());
    }
}

TEST(http_server, when_the_peer_finishes_in_the_middle_then_the_connection_is_closed) {
    for (std::size_t cut = 0; cut < post.size(); ++cut) {
        bench b;
        http_server server(b.s, b.who, b.server_stack, quick(), echo());
        tcp_client c(b);
        c.say(cut == 0 ? " " : post.substr(0, cut));
        b.run(10ms);
        c.hang_up();
        b.run(1s);
        ASSERT_EQ(server.open_connections(), 0u) << cut;
    }
}

TEST(http_server, when_the_peer_finishes_after_its_request_then_it_still_gets_the_answer) {
    bench b;
    http_server server(b.s, b.who, b.server_stack, quick(), echo());
    tcp_client c(b);
    c.say(get_a);
    b.run(3ms);
    c.hang_up();
    b.run(1s);
    EXPECT_EQ(status_line(c.answer), "HTTP/1.1 200 OK");
    EXPECT_NE(c.answer.find("Connection: close"), std::string::npos);
    EXPECT_EQ(server.open_connections(), 0u);
}

TEST(http_server, when_octets_are_garbage_then_the_answer_is_400_or_the_like_and_the_end) {
    sim::random_stream random(1, "test", "garbage");
    for (int round = 0; round < 300; ++round) {
        bench b;
        http_server server(b.s, b.who, b.server_stack, quick(), echo());
        tcp_client c(b);
        std::string garbage;
        const auto length = 1 + random.below(400);
        for (std::uint64_t i = 0; i < length; ++i) garbage.push_back(static_cast<char>(random.below(256)));
        c.say(garbage + "\r\n\r\n");
        b.run(2min);
        ASSERT_TRUE(c.closed);
        ASSERT_EQ(server.open_connections(), 0u);
        const auto status = status_line(c.answer).substr(0, 12);
        ASSERT_TRUE(status == "HTTP/1.1 400" || status == "HTTP/1.1 408" || status == "HTTP/1.1 505" || status.empty())
            << status;
    }
}

TEST(http_server, when_one_octet_of_a_request_is_changed_then_the_server_survives) {
    sim::random_stream random(2, "test", "mutation");
    for (int round = 0; round < 500; ++round) {
        bench b;
        http_server server(b.s, b.who, b.server_stack, quick(), echo());
        tcp_client c(b);
        std::string changed = post + get_a;
        changed[random.below(changed.size())] = static_cast<char>(random.below(256));
        c.say(changed);
        b.run(5min);
        ASSERT_EQ(server.open_connections(), 0u);
        ASSERT_EQ(c.answer.compare(0, 9, "HTTP/1.1 "), 0);
    }
}

TEST(http_server, when_limits_are_passed_then_the_status_says_which) {
    auto status_for = [](const std::string& request) {
        bench b;
        auto p = quick();
        p.limits = {1000, 100};
        http_server server(b.s, b.who, b.server_stack, p, echo());
        tcp_client c(b);
        c.say(request);
        b.run(1s);
        EXPECT_TRUE(c.closed);
        return status_line(c.answer);
    };
    EXPECT_EQ(status_for("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n"),
              "HTTP/1.1 413 Payload Too Large");
    EXPECT_EQ(
        status_for("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n80\r\n" + std::string(128, 'x')),
        "HTTP/1.1 413 Payload Too Large");
    EXPECT_EQ(status_for("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(2000, 'x') + "\r\n\r\n"),
              "HTTP/1.1 431 Request Header Fields Too Large");
    EXPECT_EQ(status_for("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(2000, 'x')),
              "HTTP/1.1 431 Request Header Fields Too Large");
    EXPECT_EQ(status_for("GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 400 Bad Request");
    EXPECT_EQ(status_for("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), "HTTP/1.1 400 Bad Request");
    EXPECT_EQ(status_for("GET / HTTP/3.0\r\nHost: a\r\n\r\n"), "HTTP/1.1 505 HTTP Version Not Supported");
}

TEST(http_request_reader, the_end_of_a_chunked_body_may_come_in_any_pieces) {
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::string body : {"0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n", "0\r\nA: b\r\n\r\n", "0;x=y\r\n\r\n"}) {
        const std::string all = head + body;
        for (std::size_t first = 1; first < all.size(); ++first)
            for (std::size_t second = first; second <= all.size(); ++second) {
                http_request_reader reader({1024, 1024});
                const auto say = [&](std::size_t from, std::size_t to) {
                    reader.append(sim::view(all).subspan(static_cast<std::ptrdiff_t>(from),
                                                         static_cast<std::ptrdiff_t>(to - from)));
                    return reader.advance();
                };
                auto state = say(0, first);
                for (const auto& [from, to] : {std::pair{first, second}, std::pair{second, all.size()}}) {
                    if (from == to) continue;
                    ASSERT_EQ(state, http_request_reader::state::need_more) << body << first << " " << second;
                    state = say(from, to);
                }
                ASSERT_EQ(state, http_request_reader::state::complete) << body << first << " " << second;
                EXPECT_EQ(reader.take().body, body[0] == '3' ? "abc" : "");
            }
    }
}

TEST(http_server, when_chunked_then_the_body_is_joined) {
    bench b;
    http_server server(b.s, b.who, b.server_stack, quick(), echo());
    tcp_client c(b);
    c.say("POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
    b.run(1s);
    EXPECT_NE(c.answer.find("POST /p hello world"), std::string::npos);
}

TEST(http_server, when_continue_is_expected_then_it_is_said_once) {
    bench b;
    http_server server(b.s, b.who, b.server_stack, quick(), echo());
    tcp_client c(b);
    c.say("POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    b.run(100ms);
    EXPECT_EQ(c.answer, "HTTP/1.1 100 Continue\r\n\r\n");
    c.say("hel");
    b.run(100ms);
    c.say("lo");
    b.run(100ms);
    EXPECT_EQ(count_of(c.answer, "100 Continue"), 1u);
    EXPECT_NE(c.answer.find("POST /p hello"), std::string::npos);
}

TEST(http_server, when_head_then_length_without_body_and_when_1_0_then_close) {
    bench b;
    http_server server(b.s, b.who, b.server_stack, quick(), echo());
    tcp_client c(b);
    c.say("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n");
    tcp_client d(b);
    d.say("GET /x HTTP/1.0\r\n\r\n");
    b.run(1s);
    EXPECT_NE(c.answer.find("Content-Length: 8\r\n"), std::string::npos);
    EXPECT_EQ(body_of(c.answer), "");
    EXPECT_FALSE(c.finished);
    EXPECT_EQ(status_line(d.answer), "HTTP/1.0 200 OK");
    EXPECT_TRUE(d.closed);
}

TEST(http_server, when_idle_then_the_connection_is_closed_not_before_its_time) {
    bench b;
    http_server server(b.s, b.who, b.server_stack, quick(), echo());
    tcp_client c(b);
    c.say(get_a);
    b.run(59s);
    EXPECT_FALSE(c.finished);
    b.run(2s);
    EXPECT_TRUE(c.closed);
    EXPECT_EQ(count_of(c.answer, "HTTP/1.1"), 1u);
    const auto open = b.records<sim::record::server_connections>();
    ASSERT_EQ(open.size(), 2u);
    EXPECT_EQ(open[0].open, 1);
    EXPECT_EQ(open[1].open, 0);
}

TEST(http_server, when_full_then_the_policy_decides) {
    for (auto policy : {overflow_policy::reject, overflow_policy::drop, overflow_policy::close}) {
        bench b;
        auto p = quick();
        p.service = {1, sim::distribution::constant(1.0), 1, policy};
        http_server server(b.s, b.who, b.server_stack, p, echo());
        std::vector<std::unique_ptr<tcp_client>> clients;
        for (int i = 0; i < 3; ++i) {
            clients.push_back(std::make_unique<tcp_client>(b));
            clients.back()->say(get_a);
        }
        b.run(10s);
        EXPECT_EQ(status_line(clients[0]->answer), "HTTP/1.1 200 OK");
        EXPECT_EQ(status_line(clients[1]->answer), "HTTP/1.1 200 OK");
        EXPECT_EQ(b.records<sim::record::server_refused>().size(), 1u);
        const auto& last = *clients[2];
        switch (policy) {
            case overflow_policy::reject:
                EXPECT_EQ(status_line(last.answer), "HTTP/1.1 503 Service Unavailable");
                EXPECT_NE(last.answer.find("Retry-After: 30\r\n"), std::string::npos);
                break;
            case overflow_policy::drop:
                EXPECT_EQ(last.answer, "");
                EXPECT_FALSE(last.closed);
                break;
            case overflow_policy::close:
                EXPECT_EQ(last.answer, "");
                EXPECT_EQ(last.reason, network::close_reason::reset);
                EXPECT_TRUE(last.closed);
                break;
        }
    }
}

void arm_outage(bench& b, const std::string& mode, sim::duration at, sim::duration lasts) {
    sim::fault_spec f;
    f.at = start + at;
    f.lasts = lasts;
    f.target = "internet/server";
    f.action = "outage";
    f.arguments["mode"] = mode;
    b.s.faults().arm(f);
}

TEST(http_server, when_refusing_then_connections_are_reset_and_afterwards_accepted) {
    bench b;
    http_server server(b.s, b.who, b.server_stack, quick(), echo());
    arm_outage(b, "refuse", 1s, 10s);
    tcp_client before(b);
    before.say(get_a);
    b.run(2s);
    EXPECT_TRUE(before.closed);
    EXPECT_EQ(before.reason, network::close_reason::reset);
    tcp_client during(b);
    during.say(get_a);
    b.run(2s);
    EXPECT_TRUE(during.closed);
    EXPECT_EQ(during.answer, "");
    b.run(20s);
    tcp_client after(b);
    after.say(get_a);
    b.run(1s);
    EXPECT_EQ(status_line(after.answer), "HTTP/1.1 200 OK");
    EXPECT_EQ(server.open_connections(), 1u);
}

TEST(http_server, when_silent_then_nothing_is_said_and_old_connections_are_reset_later) {
    bench b;
    http_server server(b.s, b.who, b.server_stack, quick(), echo());
    arm_outage(b, "silent", 1s, 10s);
    tcp_client before(b), gone(b);
    before.say(get_a);
    gone.say(get_a);
    b.run(2s);
    before.say(get_a);
    tcp_client during(b);
    during.say(get_a);
    gone.hang_up();
    b.run(5s);
    EXPECT_EQ(count_of(before.answer, "200 OK"), 1u);
    EXPECT_EQ(during.answer, "");
    EXPECT_FALSE(during.closed);
    b.run(10s);
    EXPECT_EQ(count_of(before.answer, "200 OK"), 1u);
    EXPECT_TRUE(gone.closed);
    before.say(get_a);
    during.say(get_a);
    b.run(1s);
    EXPECT_EQ(before.reason, network::close_reason::reset);
    EXPECT_TRUE(during.closed);
    EXPECT_EQ(server.open_connections(), 0u);
}

TEST(http_server, when_the_client_resets_while_being_served_then_nothing_happens) {
    bench b;
    http_server server(b.s, b.who, b.server_stack, quick(), echo());
    tcp_client c(b);
    c.say(get_a);
    b.run(3ms);
    c.stream->abort();
    b.run(1s);
    EXPECT_EQ(b.records<sim::record::http_request>().size(), 1u);
    EXPECT_TRUE(b.records<sim::record::http_response>().empty());
    EXPECT_EQ(server.open_connections(), 0u);
}

TEST(http_server, when_it_is_gone_then_its_streams_call_nothing) {
    bench b;
    tcp_client c(b);
    {
        http_server server(b.s, b.who, b.server_stack, quick(), echo());
        c.say(get_a);
        b.run(3ms);
    }
    c.say(get_a);
    tcp_client d(b);
    d.say(get_a);
    b.run(5min);
    EXPECT_EQ(c.answer, "");
}

}  // namespace
}  // namespace dectbed::models::servers
