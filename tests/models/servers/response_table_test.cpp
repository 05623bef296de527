#include "models/servers/response_table.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "models/servers/http_server.h"
#include "models/servers/plug_in.h"
#include "sim/kernel.h"
#include "tests/models/servers/bench.h"
#include "tests/temporary_folder.h"

namespace dectbed::models::servers {
namespace {

http_request request(const std::string& method, const std::string& target, const std::string& body = {}) {
    http_request r;
    r.method = method;
    r.target = target;
    r.body = body;
    r.fields = {{"Host", "h"}, {"X-Token", "abc-1"}};
    return r;
}

response_rule rule(const std::string& path, const std::string& content) {
    response_rule r;
    r.path = path;
    r.content = content;
    return r;
}

const response_facts facts{"203.0.113.5", "02:1b:2c:00:00:01", "office/base[1]"};

TEST(response_pattern, stars_stand_for_anything_and_say_for_what) {
    struct row {
        const char *pattern, *text;
        bool matches;
        std::vector<std::string> captures;
    };
    const std::vector<row> rows = {{"", "", true, {}},
                                   {"", "a", false, {}},
                                   {"a", "a", true, {}},
                                   {"a", "ab", false, {}},
                                   {"*", "", true, {""}},
                                   {"*", "a/b", true, {"a/b"}},
                                   {"/a/*/c", "/a/b/c", true, {"b"}},
                                   {"/a/*/c", "/a/c", false, {}},
                                   {"*<mac>*</mac>*", "<x><mac>02</mac></x>", true, {"<x>", "02", "</x>"}},
                                   {"*.cfg", "a.cfg.cfg", true, {"a.cfg"}},
                                   {"a**b", "a1b", true, {"", "1"}},
                                   {"ab*b", "ab", false, {}},
                                   {"*aab", "aaab", true, {"a"}}};
    for (const row& r : rows) {
        std::vector<std::string> captures;
        EXPECT_EQ(pattern_matches(r.pattern, r.text, &captures), r.matches) << r.pattern << " of " << r.text;
        if (!r.matches) continue;
        EXPECT_EQ(captures, r.captures) << r.pattern << " of " << r.text;
    }
}

TEST(response_pattern, query_is_decoded) {
    EXPECT_EQ(query_of("/a"), text_pairs{});
    EXPECT_EQ(query_of("/a?x=1&y=a%20b+c&z&&=q#f"), (text_pairs{{"x", "1"}, {"y", "a b c"}, {"z", ""}, {"", "q"}}));
    EXPECT_EQ(query_of("/a?x=%4"), (text_pairs{{"x", "%4"}}));
}

TEST(response_table, first_row_that_is_for_the_request_counts) {
    response_rule post = rule("/rps/*", "post");
    post.method = "POST";
    response_rule pin = rule("/rps/*", "pin {query.pin}");
    pin.query = {{"pin", "47*"}};
    response_rule token = rule("/t", "token");
    token.headers = {{"x-token", "abc*"}};
    response_rule device = rule("/d", "device");
    device.client = "office/base[2]";
    response_rule body = rule("/b", "{body.1}");
    body.body = "sn=*;";
    response_table table(
        {post, pin, token, device, body, rule("/rps/*", "any {path.1} {mac} {mac12} {source} {else}")});
    const auto said = [&table](const http_request& r) {
        const auto a = table.find(r, facts);
        return a ? a->response.body : std::string("nothing");
    };
    EXPECT_EQ(said(request("POST", "/rps/1")), "post");
    EXPECT_EQ(said(request("GET", "/rps/1?pin=4711")), "pin 4711");
    EXPECT_EQ(said(request("GET", "/rps/a%2Fb?pin=5")), "any a/b 02:1b:2c:00:00:01 021b2c000001 203.0.113.5 {else}");
    EXPECT_EQ(said(request("GET", "/t")), "token");
    EXPECT_EQ(said(request("GET", "/d")), "nothing");
    EXPECT_EQ(said(request("GET", "/b", "sn=77;")), "77");
    EXPECT_EQ(said(request("GET", "/b", "sn=77")), "nothing");
}

TEST(response_table, rows_are_used_up_and_files_stay_as_they_are) {
    response_rule once = rule("/a", "{mac}");
    once.times = 1;
    once.verbatim = true;
    once.name = "first";
    response_rule later = rule("/a", "later");
    later.verdict = "file";
    later.fields = {{"X-Mac", "{mac12}"}};
    response_table table({once, later});
    const auto first = table.find(request("GET", "/a"), facts), second = table.find(request("GET", "/a"), facts);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->response.body, "{mac}");
    EXPECT_EQ(first->verdict, "first");
    EXPECT_EQ(second->response.body, "later");
    EXPECT_EQ(second->verdict, "file");
    EXPECT_EQ(second->response.fields, (text_pairs{{"X-Mac", "021b2c000001"}}));
}

TEST(response_table, finds_the_address_of_a_device_that_is_known) {
    const auto known = [](const std::string& mac) { return mac == "02:1b:2c:00:00:01"; };
    EXPECT_EQ(known_mac_in("/rps/021B2C000001.cfg", known), "02:1b:2c:00:00:01");
    EXPECT_EQ(known_mac_in("<mac>02-1b-2c-00-00-01</mac>", known), "02:1b:2c:00:00:01");
    EXPECT_EQ(known_mac_in("112233445566 02:1b:2c:00:00:01", known), "02:1b:2c:00:00:01");
    EXPECT_EQ(known_mac_in("x021b2c0000012", known), "");
    EXPECT_EQ(known_mac_in("", known), "");
}

TEST(response_table, a_server_answers_from_it_later_if_told_so) {
    bench b;
    http_server_parameters p;
    p.service = {4, sim::distribution::constant(0.01), 10, overflow_policy::reject};
    response_rule slow = rule("/rps", "for {mac12}");
    slow.status = 203;
    slow.delay = 2s;
    p.responses = {slow};
    http_site site;
    site.serve = [](const http_exchange&) {
        http_answer a;
        a.response.body = "the model";
        return a;
    };
    http_server server(b.s, b.who, b.server_stack, p, site);
    tcp_client c(b);
    c.say("GET /rps?id=021b2c000001 HTTP/1.1\r\nHost: h\r\n\r\n");
    b.run(1s);
    EXPECT_EQ(c.answer, "");
    b.run(2s);
    EXPECT_NE(c.answer.find("HTTP/1.1 203"), std::string::npos) << c.answer;
    EXPECT_NE(c.answer.find("for 021b2c000001"), std::string::npos) << c.answer;
    c.say("GET /other HTTP/1.1\r\nHost: h\r\n\r\n");
    b.run(1s);
    EXPECT_NE(c.answer.find("the model"), std::string::npos) << c.answer;
    const auto responses = b.records<sim::record::http_response>();
    ASSERT_EQ(responses.size(), 2u);
    EXPECT_EQ(responses[0].client, b.base) << "named in the query";
    EXPECT_EQ(responses[0].served, sim::duration{2s + 10ms});
    EXPECT_EQ(responses[0].verdict, "table");
}

// --- plug-in -------------------------------------------------------------------------------------------------------

TEST(plug_in_protocol, good_and_bad_lines) {
    std::string error;
    EXPECT_FALSE(read_plug_in_answer(R"({"pass": true})", error));
    EXPECT_EQ(error, "");
    const auto a = read_plug_in_answer(
        R"({"status": 404, "headers": {"X-A": "1"}, "type": "text/xml", "body_hex": "41ff", "delay_ms": 1.5, "verdict": "v"})",
        error);
    ASSERT_TRUE(a) << error;
    EXPECT_EQ(a->response.status, 404);
    EXPECT_EQ(a->response.body, "A\xff");
    EXPECT_EQ(a->response.fields, (text_pairs{{"X-A", "1"}}));
    EXPECT_EQ(a->delay, sim::duration{1500us});
    EXPECT_EQ(a->verdict, "v");
    for (const char* bad :
         {"", "[]", "{", R"({"status": 99})", R"({"status": "200"})", R"({"headers": {"a b": "1"}})",
          R"({"headers": {"a": "1\r\nb: 2"}})", R"({"body": 1})", R"({"body_hex": "4"})", R"({"body_hex": "zz"})",
          R"({"delay_ms": -1})", R"({"pass": 1})", R"({"stauts": 200})", R"({"type": "a\nb"})"}) {
        EXPECT_FALSE(read_plug_in_answer(bad, error)) << bad;
        EXPECT_NE(error, "") << bad;
    }
}

struct program {
    std::string path = test::temporary_folder() / "plug_in.sh";
    explicit program(const std::string& text) {
        std::ofstream(path) << "#!/bin/sh\n" << text;
        ::chmod(path.c_str(), 0755);
    }
    ~program() { ::unlink(path.c_str()); }
    plug_in_parameters parameters() const {
        plug_in_parameters p;
        p.file = path;
        p.cpu_max = std::chrono::milliseconds{300};
        p.blocked_max = std::chrono::milliseconds{600};
        return p;
    }
};

const char* const hello = "read line; echo '{\"hello\": 1}'\n";

std::string failure_of(const program& p) {
    try {
        plug_in tool(p.parameters(), "internet/redirection");
        tool.ask(request("GET", "/"), facts, 1, 0);
    } catch (const sim::run_failure& e) {
        return e.what();
    }
    return "none";
}

TEST(plug_in, a_program_is_asked_line_by_line) {
    const program p(
        std::string(hello) +
        "n=0; while read line; do n=$((n+1)); case \"$line\" in *'\"target\":\"/pass\"'*) echo '{\"pass\": true}';; "
        "*'\"mac\":\"02:1b:2c:00:00:01\"'*) echo \"{\\\"body\\\": \\\"$n\\\"}\";; esac; done\n");
    plug_in tool(p.parameters(), "internet/redirection");
    EXPECT_EQ(tool.ask(request("GET", "/a"), facts, 1, 5)->response.body, "1");
    EXPECT_FALSE(tool.ask(request("GET", "/pass"), facts, 2, 6));
    EXPECT_EQ(tool.ask(request("POST", "/b", "\xff"), facts, 3, 7)->response.body, "3");
}

TEST(plug_in, what_is_wrong_with_a_program_is_said) {
    EXPECT_NE(failure_of(program("exit 0\n")).find("has ended"), std::string::npos);
    EXPECT_NE(failure_of(program("read line; echo hallo; read line\n")).find("answers the hello with \"hallo\""),
              std::string::npos);
    EXPECT_NE(failure_of(program(std::string(hello) + "read line; echo '{\"stat\": 1}'; read line\n"))
                  .find("breaks the protocol"),
              std::string::npos);
    const std::string complains = "read line; echo 'no table \"x\"' >&2; exit 1\n";
    EXPECT_NE(failure_of(program(hello + complains)).find("has ended; the end of its standard error: no table \"x\""),
              std::string::npos);
    EXPECT_NE(failure_of(program(std::string(hello) + "read line; exit 1\n")).find("has ended"), std::string::npos);
    EXPECT_NE(failure_of(program(std::string(hello) + "while :; do :; done\n")).find("computes for more"),
              std::string::npos);
    EXPECT_NE(failure_of(program(std::string(hello) + "exec sleep 600\n")).find("sleeps for more"), std::string::npos);
}

}  // namespace
}  // namespace dectbed::models::servers
