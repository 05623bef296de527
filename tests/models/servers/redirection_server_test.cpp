#include "models/servers/redirection_server.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/models/servers/bench.h"
#include "tests/temporary_folder.h"

namespace dectbed::models::servers {
namespace {

std::string request(const std::string& body, const std::string& method = "POST",
                    const std::string& target = "/v1/redirections", bool agent = true) {
    return method + " " + target + " HTTP/1.1\r\nHost: redirect.vendor.example\r\n" +
           (agent ? "User-Agent: RB-1/1.0.0 (02:1b:2c:00:00:01)\r\n" : "") +
           "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

redirection_parameters loaded() {
    redirection_parameters p;
    std::string reason;
    p.table.add_code("4711471147", "http://prov.csp.example/office/", reason);
    p.table.add_mac("02:1B:2C:00:00:02", "http://prov.csp.example/known/", reason);
    return p;
}

std::string with_code(const std::string& code) {
    return R"({"mac":"02:1b:2c:00:00:01","model":"RB-1","serial":"S1","code":")" + code + "\"}";
}

struct outcome {
    std::string status, body, verdict, answer;
};

outcome ask(const std::string& octets, redirection_parameters p = loaded()) {
    bench b;
    redirection_server server(b.s, b.who, b.server_stack, std::move(p));
    tcp_client c(b);
    c.say(octets);
    b.run(5s);
    const auto responses = b.records<sim::record::http_response>();
    return {status_line(c.answer), body_of(c.answer), responses.empty() ? "" : responses.back().verdict, c.answer};
}

TEST(redirection_server, ACT_05_when_the_code_is_known_then_it_gives_the_address) {
    const auto o = ask(request(with_code("4711471147")));
    EXPECT_EQ(o.status, "HTTP/1.1 200 OK");
    EXPECT_EQ(o.body, R"({"provisioning_url":"http://prov.csp.example/office/","matched":"code"})");
    EXPECT_EQ(o.verdict, "address by code");
    EXPECT_NE(o.answer.find("Content-Type: application/json\r\n"), std::string::npos);
}

TEST(redirection_server, ACT_07_when_a_wired_phone_sends_the_code_then_it_gets_the_very_same_answer) {
    const auto base = ask(request(with_code("4711471147")));
    auto o = ask(request(R"({"mac":"02:1b:2c:77:00:05","model":"Desk phone","serial":"W9","code":"4711471147"})"));
    EXPECT_EQ(o.status, base.status);
    EXPECT_EQ(o.body, base.body);
    o = ask(request(R"({"mac":"02:1b:2c:77:00:05","model":"Desk phone","serial":"W9","code":"0000000000"})"));
    EXPECT_EQ(o.body, R"({"error":"code_refused"})");
}

TEST(redirection_server, ACT_05_27_when_the_code_is_wrong_then_it_is_refused_even_if_the_mac_is_known) {
    const auto o = ask(request(R"({"mac":"02:1b:2c:00:00:02","code":"0000000000"})"));
    EXPECT_EQ(o.status, "HTTP/1.1 403 Forbidden");
    EXPECT_EQ(o.body, R"({"error":"code_refused"})");
    EXPECT_EQ(o.verdict, "code refused");
}

TEST(redirection_server, GS_40_when_the_code_is_unknown_then_the_ipei_of_the_handset_that_brought_it_may_decide) {
    const auto ask_for = [](const std::string& members) {
        auto p = loaded();
        std::string reason;
        EXPECT_TRUE(p.table.add_ipei_range("00db000000-00db0000ff", "http://prov.csp.example/carton/", reason))
            << reason;
        return ask(request(R"({"mac":"02:1b:2c:00:00:02",)" + members + "}"), p);
    };
    const auto carton = ask_for(R"("code":"0000000000","ipei":"00db000010")");
    EXPECT_EQ(carton.body, R"({"provisioning_url":"http://prov.csp.example/carton/","matched":"ipei"})");
    EXPECT_EQ(carton.verdict, "address by ipei");
    EXPECT_EQ(ask_for(R"("code":"4711471147","ipei":"00db000010")").verdict, "address by code");
    EXPECT_EQ(ask_for(R"("code":"0000000000","ipei":"00db000100")").verdict, "code refused");
    EXPECT_EQ(ask_for(R"("code":"0000000000","ipei":17)").verdict, "bad request");
    EXPECT_EQ(ask_for(R"("ipei":"00db000010")").verdict, "address by mac");
}

TEST(redirection_server, ACT_05_06_when_no_code_is_given_then_the_mac_decides) {
    auto o = ask(request(R"({"mac":"02:1b:2c:00:00:02"})"));
    EXPECT_EQ(o.body, R"({"provisioning_url":"http://prov.csp.example/known/","matched":"mac"})");
    EXPECT_EQ(o.verdict, "address by mac");
    o = ask(request(R"({"mac":"02:1b:2c:00:00:01"})"));
    EXPECT_EQ(o.status, "HTTP/1.1 404 Not Found");
    EXPECT_EQ(o.body, R"({"error":"mac_unknown"})");
    EXPECT_EQ(o.verdict, "mac unknown");
}

TEST(redirection_server, when_the_request_keeps_to_nothing_then_it_is_a_bad_request) {
    const std::vector<std::string> bodies{"",
                                          "{",
                                          "[]",
                                          "null",
                                          "{}",
                                          R"({"mac":5})",
                                          R"({"mac":"nonsense"})",
                                          R"({"mac":"02:1b:2c:00:00:02","code":4711471147})",
                                          R"({"mac":"02:1b:2c:00:00:02","code":null})",
                                          "{\"mac\":\"02:1b:2c:00:00:02\",\"x\":" + std::string(30'000, '['),
                                          "{\"mac\":\"\xff\xfe\"}"};
    for (const auto& body : bodies) {
        const auto o = ask(request(body));
        EXPECT_EQ(o.status, "HTTP/1.1 400 Bad Request") << body;
        EXPECT_EQ(o.verdict, "bad request");
    }
    EXPECT_EQ(ask(request("", "GET")).status, "HTTP/1.1 405 Method Not Allowed");
    EXPECT_NE(ask(request("", "GET")).answer.find("Allow: POST\r\n"), std::string::npos);
    EXPECT_EQ(ask(request("", "POST", "/v2/redirections")).status, "HTTP/1.1 404 Not Found");
    EXPECT_EQ(ask(request(with_code("4711471147"), "POST", "/v1/redirections?x=1")).status, "HTTP/1.1 200 OK");
}

TEST(redirection_server, when_a_body_is_cut_anywhere_then_no_address_is_given) {
    const std::string body = with_code("4711471147");
    for (std::size_t cut = 0; cut < body.size(); ++cut) {
        ASSERT_EQ(ask(request(body.substr(0, cut))).status, "HTTP/1.1 400 Bad Request") << cut;
    }
}

TEST(redirection_server, when_the_user_agent_is_missing_then_the_body_names_the_client) {
    bench b;
    redirection_server server(b.s, b.who, b.server_stack, loaded());
    tcp_client c(b);
    c.say(request(with_code("4711471147"), "POST", "/v1/redirections", false));
    b.run(5s);
    EXPECT_EQ(b.records<sim::record::http_request>().at(0).client, b.base);
}

TEST(redirection_server, ACT_28_when_more_come_than_the_limit_then_429_until_the_window_has_passed) {
    bench b;
    auto p = loaded();
    p.per_source = {2, 60s};
    redirection_server server(b.s, b.who, b.server_stack, p);
    tcp_client c(b);
    for (int i = 0; i < 3; ++i) {
        c.say(request(with_code("4711471147")));
        b.run(1s);
    }
    EXPECT_EQ(count_of(c.answer, "200 OK"), 2u);
    EXPECT_EQ(count_of(c.answer, "429 Too Many Requests"), 1u);
    EXPECT_NE(c.answer.find("Retry-After: 59\r\n"), std::string::npos) << c.answer;
    EXPECT_EQ(b.records<sim::record::http_response>().back().verdict, "rate limited");
    EXPECT_EQ(b.records<sim::record::server_refused>().at(0).reason, "rate limit");
    b.run(57s);  // the first one leaves the window 60 s after it came
    tcp_client d(b);
    d.say(request(with_code("4711471147")));
    b.run(1s);
    EXPECT_EQ(status_line(d.answer), "HTTP/1.1 200 OK");
}

TEST(redirection_server, when_limited_by_mac_then_others_behind_the_same_router_go_on) {
    bench b;
    auto p = loaded();
    p.per_mac = {1, 60s};
    redirection_server server(b.s, b.who, b.server_stack, p);
    tcp_client c(b);
    c.say(request(R"({"mac":"02:1b:2c:00:00:01","code":"4711471147"})"));
    b.run(1s);
    c.say(request(R"({"mac":"02:1b:2c:00:00:01","code":"4711471147"})"));
    b.run(1s);
    c.say(request(R"({"mac":"02:1b:2c:00:00:02","code":"4711471147"})"));
    b.run(1s);
    std::vector<std::string> verdicts;
    for (const auto& r : b.records<sim::record::http_response>()) verdicts.push_back(r.verdict);
    EXPECT_EQ(verdicts, (std::vector<std::string>{"address by code", "rate limited", "address by code"}));
}

TEST(redirection_server, when_its_queue_is_full_then_503_with_its_own_words) {
    bench b;
    auto p = loaded();
    p.http.service = {1, sim::distribution::constant(1.0), 0, overflow_policy::reject};
    redirection_server server(b.s, b.who, b.server_stack, p);
    tcp_client c(b), d(b);
    c.say(request(with_code("4711471147")));
    d.say(request(with_code("4711471147")));
    b.run(5s);
    EXPECT_EQ(status_line(d.answer), "HTTP/1.1 503 Service Unavailable");
    EXPECT_EQ(body_of(d.answer), R"({"error":"overloaded"})");
    EXPECT_NE(d.answer.find("Retry-After: 30\r\n"), std::string::npos);
}

TEST(redirection_table, csv_and_json_say_the_same) {
    redirection_table csv, json;
    std::string error;
    EXPECT_TRUE(csv.add_csv(
        "# mappings\n\ncode, 123456 ,http://a.example/\r\nmac,02:1B:2C:00:00:0A,http://b.example/x/\n", error))
        << error;
    EXPECT_TRUE(json.add_json(
        R"({"codes":{"123456":"http://a.example/"},"macs":{"02:1b:2c:00:00:0a":"http://b.example/x/"}})", error))
        << error;
    EXPECT_EQ(csv.codes, json.codes);
    for (const auto* table : {&csv, &json}) {
        ASSERT_EQ(table->macs.size(), 1u);
        const std::string* url = table->url_of_mac("02:1b:2c:00:00:0a");
        ASSERT_NE(url, nullptr);
        EXPECT_EQ(*url, "http://b.example/x/");
    }
}

TEST(redirection_table, when_a_file_is_wrong_then_it_says_where_and_nothing_is_added) {
    redirection_table t;
    std::string error;
    EXPECT_FALSE(t.add_csv("code,123456,http://a.example/\ncode,12345,http://a.example/\n", error));
    EXPECT_EQ(error, "line 2: \"12345\" is no activation code (6 to 16 digits)");
    EXPECT_FALSE(t.add_csv("code,123456", error));
    EXPECT_FALSE(t.add_csv("colour,123456,http://a.example/", error));
    EXPECT_FALSE(t.add_csv("mac,nonsense,http://a.example/", error));
    for (const char* bad : {"ipei,02c3,http://a.example/", "ipei,02c33fffff-02c3300000,http://a.example/",
                            "ipei,02c330000g-02c33fffff,http://a.example/", "mac,02:1b:2c:00:00:09-x,http://a.example/",
                            "ipei,02c3300000-02c33fffff,gopher://a.example/"})
        EXPECT_FALSE(t.add_csv(bad, error)) << bad;
    EXPECT_FALSE(t.add_csv("code,123456,gopher://a.example/", error));
    EXPECT_FALSE(t.add_json("{", error));
    EXPECT_FALSE(t.add_json("[]", error));
    EXPECT_FALSE(t.add_json(R"({"colours":{}})", error));
    EXPECT_FALSE(t.add_json(R"({"codes":{"123456":5}})", error));
    EXPECT_FALSE(t.add_json(R"({"codes":{"123456":"http://a.example/","1":"http://a.example/"}})", error));
    EXPECT_FALSE(t.add_file("/nonexistent/file.csv", error));
    EXPECT_TRUE(t.codes.empty());
    EXPECT_TRUE(t.macs.empty());
}

TEST(redirection_table, files_are_read_by_their_kind) {
    const std::string folder = test::temporary_folder();
    const std::string csv = folder + "/redirection.csv", json = folder + "/redirection.json";
    std::ofstream(csv) << "code,123456,http://a.example/\n";
    std::ofstream(json) << R"({"codes":{"654321":"http://b.example/"}})";
    redirection_table t;
    std::string error;
    EXPECT_TRUE(t.add_file(csv, error)) << error;
    EXPECT_TRUE(t.add_file(json, error)) << error;
    EXPECT_EQ(t.codes.size(), 2u);
}

TEST(redirection_table, GS_40_when_a_range_of_ipeis_or_macs_is_told_then_what_lies_in_it_is_redirected) {
    redirection_table csv, json;
    std::string error;
    EXPECT_TRUE(csv.add_csv(
        "# a carton\nipei,02c3300000-02c33fffff,http://a.example/\n"
        "mac,02:1b:2c:00:00:10-02:1b:2c:00:00:1f,http://b.example/\nmac,02:1b:2c:00:00:11,http://c.example/\n",
        error))
        << error;
    EXPECT_TRUE(json.add_json(R"({"ipeis":{"02c3300000-02c33fffff":"http://a.example/"},"macs":{
        "02:1b:2c:00:00:10-02:1b:2c:00:00:1f":"http://b.example/","02:1b:2c:00:00:11":"http://c.example/"}})",
                              error))
        << error;
    for (const auto* t : {&csv, &json}) {
        const auto text = [](const std::string* url) { return url != nullptr ? *url : ""; };
        EXPECT_EQ(text(t->url_of_ipei("02c3300000")), "http://a.example/");
        EXPECT_EQ(text(t->url_of_ipei("02c332b510")), "http://a.example/");
        EXPECT_EQ(text(t->url_of_ipei("02c33fffff")), "http://a.example/");
        for (const char* out : {"02c32fffff", "02c3400000", "2c332b510", "", "02c332b51g"})
            EXPECT_EQ(t->url_of_ipei(out), nullptr);
        EXPECT_EQ(text(t->url_of_mac("02:1b:2c:00:00:10")), "http://b.example/");
        EXPECT_EQ(text(t->url_of_mac("02:1b:2c:00:00:11")), "http://c.example/") << "its own entry goes before";
        EXPECT_EQ(t->url_of_mac("02:1b:2c:00:00:20"), nullptr);
    }
}

}  // namespace
}  // namespace dectbed::models::servers
