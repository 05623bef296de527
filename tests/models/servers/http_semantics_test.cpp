// Dates, validators, ranges and credentials of HTTP.
#include <gtest/gtest.h>

#include "models/firmware/lib/http_text.h"
#include "models/servers/http_authentication.h"
#include "models/servers/http_conditions.h"
#include "tests/models/servers/bench.h"

namespace dectbed::models::servers {
namespace {

TEST(http_dates, when_written_then_they_are_those_of_rfc_9110) {
    EXPECT_EQ(http_date(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110, 5.6.7
    EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(http_date(1'709'164'800), "Thu, 29 Feb 2024 00:00:00 GMT");
    EXPECT_EQ(http_date(4'102'444'799), "Thu, 31 Dec 2099 23:59:59 GMT");
}

TEST(http_dates, when_read_then_they_are_what_was_written_and_the_client_agrees) {
    for (std::int64_t t = 0; t < 4'000'000'000; t += 86'399 * 331) {
        const std::string text = http_date(t);
        EXPECT_EQ(parse_http_date(text), t) << text;
        std::int64_t client = -1;
        EXPECT_TRUE(fw_http_parse_date(text.c_str(), &client));
        EXPECT_EQ(client, t) << text;
    }
    for (const char* bad :
         {"", "Sun, 06 Nov 1994 08:49:37 CET", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
          "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 36 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 28:49:37 GMT",
          "Sun, -6 Nov 1994 08:49:37 GMT"})
        EXPECT_FALSE(parse_http_date(bad)) << bad;
}

TEST(http_ranges, when_read_then_they_are_those_of_rfc_9110_14_1_2) {
    const struct {
        const char* field;
        byte_range::kind what;
        std::size_t first, size;
    } cases[] = {{"bytes=0-499", byte_range::kind::satisfiable, 0, 500},
                 {"bytes=500-999", byte_range::kind::satisfiable, 500, 500},
                 {"bytes=-500", byte_range::kind::satisfiable, 9500, 500},
                 {"bytes=9500-", byte_range::kind::satisfiable, 9500, 500},
                 {"bytes=0-20000", byte_range::kind::satisfiable, 0, 10'000},
                 {"bytes=-20000", byte_range::kind::satisfiable, 0, 10'000},
                 {"bytes=10000-", byte_range::kind::unsatisfiable, 0, 0},
                 {"bytes=-0", byte_range::kind::unsatisfiable, 0, 0},
                 {"bytes=0-0,-1", byte_range::kind::none, 0, 0},
                 {"bytes=5-4", byte_range::kind::none, 0, 0},
                 {"bytes=a-b", byte_range::kind::none, 0, 0},
                 {"bytes=", byte_range::kind::none, 0, 0},
                 {"bytes=99999999999999999999-", byte_range::kind::none, 0, 0},
                 {"items=0-5", byte_range::kind::none, 0, 0}};
    for (const auto& c : cases) {
        const auto r = parse_range(c.field, 10'000);
        EXPECT_EQ(r.what, c.what) << c.field;
        if (c.what != byte_range::kind::satisfiable) continue;
        EXPECT_EQ(r.first, c.first) << c.field;
        EXPECT_EQ(r.size, c.size) << c.field;
    }
    EXPECT_EQ(parse_range("bytes=0-", 0).what, byte_range::kind::unsatisfiable);
}

struct conditions {
    representation what{std::make_shared<const std::string>("0123456789"), "\"abc\"", 784'111'777, "text/plain"};
    http_request request;
    http_response out;
    std::string verdict;
    conditions() { request.method = "GET"; }
    int ask() {
        out = {};
        answer_with(what, request, out, verdict);
        return out.status;
    }
};

TEST(http_conditions, when_the_client_has_it_already_then_it_is_not_sent) {
    conditions c;
    EXPECT_EQ(c.ask(), 200);
    EXPECT_EQ(c.out.body_view(), "0123456789");
    for (const char* tags : {"\"abc\"", "W/\"abc\"", "\"x\", \"abc\"", "*"}) {
        c.request.if_none_match = tags;
        EXPECT_EQ(c.ask(), 304) << tags;
    }
    c.request.if_none_match = "\"x\"";
    c.request.if_modified_since = http_date(784'111'777);  // counts for nothing beside If-None-Match
    EXPECT_EQ(c.ask(), 200);
    c.request.if_none_match.clear();
    EXPECT_EQ(c.ask(), 304);
    c.request.if_modified_since = http_date(784'111'776);
    EXPECT_EQ(c.ask(), 200);
    c.request.if_modified_since = "yesterday";
    EXPECT_EQ(c.ask(), 200);
}

TEST(http_conditions, when_a_part_is_asked_for_then_only_of_the_same_version) {
    conditions c;
    c.request.range = "bytes=4-";
    EXPECT_EQ(c.ask(), 206);
    EXPECT_EQ(c.out.body_view(), "456789");
    EXPECT_EQ(c.out.fields.back().second, "bytes 4-9/10");
    c.request.if_range = "\"abc\"";
    EXPECT_EQ(c.ask(), 206);
    c.request.if_range = http_date(784'111'777);
    EXPECT_EQ(c.ask(), 206);
    for (const std::string& other : {std::string("\"x\""), std::string("W/\"abc\""), http_date(784'111'778)}) {
        c.request.if_range = other;
        EXPECT_EQ(c.ask(), 200) << other;
        EXPECT_EQ(c.out.body_size(), 10u);
    }
    c.request.if_range.clear();
    c.request.range = "bytes=10-";
    EXPECT_EQ(c.ask(), 416);
    EXPECT_EQ(c.out.fields.back().second, "bytes */10");
    c.request.method = "HEAD";
    EXPECT_EQ(c.ask(), 200);
}

// RFC 7616, 3.9.1
constexpr const char* nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
constexpr const char* cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
constexpr const char* sha_256_response = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
constexpr const char* md5_response = "8ca523f5e9506fed4657c9700eebdbec";

TEST(digest_access, when_computed_then_it_is_the_example_of_rfc_7616) {
    const auto response = [](digest_algorithm a) {
        const digest_credentials c{
            "Mufasa", "http-auth@example.org", nonce, "/dir/index.html", "", "", "", cnonce, "auth", "00000001"};
        return digest_response(a, c, "GET", "Circle of Life");
    };
    EXPECT_EQ(response(digest_algorithm::sha256), sha_256_response);
    EXPECT_EQ(response(digest_algorithm::md5), md5_response);
}

TEST(digest_access, when_the_client_answers_the_example_then_it_says_the_same) {
    fw_http_challenge c{};
    fw_http_read_challenge(
        "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=MD5, "
        "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
        "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
        &c);
    EXPECT_EQ(c.scheme, FW_HTTP_DIGEST_MD5);
    fw_http_read_challenge(
        "Basic realm=\"x\", Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, "
        "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
        "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
        &c);
    EXPECT_EQ(c.scheme, FW_HTTP_DIGEST_SHA256) << "the stronger one";
    char out[768];
    ASSERT_TRUE(
        fw_http_authorize(&c, "Mufasa", "Circle of Life", "GET", "/dir/index.html", 15, cnonce, out, sizeof out));
    const auto p = parse_digest(out);
    EXPECT_EQ(p.at("response"), sha_256_response);
    EXPECT_EQ(p.at("nc"), "00000001");
    EXPECT_EQ(p.at("opaque"), "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS");
    EXPECT_EQ(p.at("uri"), "/dir/index.html");
    ASSERT_TRUE(
        fw_http_authorize(&c, "Mufasa", "Circle of Life", "GET", "/dir/index.html", 15, cnonce, out, sizeof out));
    EXPECT_EQ(parse_digest(out).at("nc"), "00000002");
    EXPECT_FALSE(fw_http_authorize(&c, "Mufasa", "x", "GET", "/", 1, cnonce, out, 40)) << "does not fit";
}

TEST(basic_access, when_the_client_answers_then_it_is_the_example_of_rfc_7617) {
    fw_http_challenge c{};
    fw_http_read_challenge("Basic realm=\"WallyWorld\"", &c);
    char out[200];
    ASSERT_TRUE(fw_http_authorize(&c, "Aladdin", "open sesame", "GET", "/", 1, "", out, sizeof out));
    EXPECT_STREQ(out, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

struct guard : bench {
    http_authentication_parameters p;
    http_request r;
    guard() {
        p.scheme = http_scheme::digest;
        p.users = {{"base", "secret"}};
        r.method = "GET";
        r.target = "/a";
    }
    /// What a client makes of a challenge.
    void answer(const http_response& challenge, const char* user, const char* password) {
        fw_http_challenge c{};
        fw_http_read_challenge(challenge.fields.back().second.c_str(), &c);
        char out[768];
        ASSERT_TRUE(fw_http_authorize(&c, user, password, "GET", "/a", 2, "00ff", out, sizeof out));
        r.authorization = out;
    }
};

TEST(http_authentication, when_credentials_are_right_then_they_are_granted_until_the_nonce_is_old) {
    for (const auto algorithm : {digest_algorithm::md5, digest_algorithm::sha256}) {
        guard g;
        g.p.algorithm = algorithm;
        const http_authentication a(g.s, g.who, g.p);
        using verdict = http_authentication::verdict;
        EXPECT_EQ(a.judge(g.r), verdict::missing);
        g.answer(a.challenge(verdict::missing), "base", "secret");
        EXPECT_EQ(a.judge(g.r), verdict::granted);
        g.r.target = "/b";
        EXPECT_EQ(a.judge(g.r), verdict::refused) << "for another path";
        g.r.target = "/a";
        g.pass(g.p.nonce_lifetime + 1s);
        EXPECT_EQ(a.judge(g.r), verdict::stale);
        const auto stale = a.challenge(verdict::stale);
        EXPECT_NE(stale.fields.back().second.find("stale=true"), std::string::npos);
        g.answer(stale, "base", "secret");
        EXPECT_EQ(a.judge(g.r), verdict::granted);
        g.answer(stale, "base", "wrong");
        EXPECT_EQ(a.judge(g.r), verdict::refused);
        g.answer(stale, "nobody", "secret");
        EXPECT_EQ(a.judge(g.r), verdict::refused);
    }
}

TEST(http_authentication, when_the_field_is_spoilt_then_it_is_refused_and_nothing_breaks) {
    guard g;
    const http_authentication a(g.s, g.who, g.p);
    g.answer(a.challenge(http_authentication::verdict::missing), "base", "secret");
    const std::string whole = g.r.authorization;
    for (std::size_t n = 0; n < whole.size() - 1; ++n) {
        g.r.authorization = whole.substr(0, n);
        EXPECT_NE(a.judge(g.r), http_authentication::verdict::granted) << n;
    }
    auto noise = g.s.stream("test", "noise");
    for (int i = 0; i < 20'000; ++i) {
        g.r.authorization = whole;
        for (std::uint64_t n = 1 + noise.below(4); n > 0; --n)
            g.r.authorization[noise.below(whole.size())] = static_cast<char>(noise.below(256));
        (void)a.judge(g.r);
        fw_http_challenge c{};
        fw_http_read_challenge(std::string(g.r.authorization.c_str()).c_str(), &c);
    }
    g.p.scheme = http_scheme::basic;
    const http_authentication basic(g.s, g.who, g.p);
    for (const char* bad : {"Basic", "Basic ", "Basic !!!!", "Basic YQ==", "Basic YTpi", "basic", "Digest x"}) {
        g.r.authorization = bad;
        EXPECT_EQ(basic.judge(g.r), http_authentication::verdict::refused) << bad;
    }
    g.r.authorization = "basic YmFzZTpzZWNyZXQ=";
    EXPECT_EQ(basic.judge(g.r), http_authentication::verdict::granted);
}

}  // namespace
}  // namespace dectbed::models::servers
