#include "models/servers/http_proxy.h"

#include <gtest/gtest.h>

#include "models/servers/redirection_server.h"
#include "sim/random.h"
#include "tests/models/servers/bench.h"

namespace dectbed::models::servers {
namespace {

TEST(http_proxy, takes_requests_apart) {
    auto r = read_proxy_request("GET http://prov.example:8080/a/b?c=d HTTP/1.1\r\nHost: prov.example\r\n\r\n");
    ASSERT_TRUE(r.valid);
    EXPECT_EQ(r.host, "prov.example");
    EXPECT_EQ(r.port, 8080);
    EXPECT_EQ(r.head, "GET /a/b?c=d HTTP/1.1\r\nVia: 1.1 dectbed\r\nConnection: close\r\nHost: prov.example\r\n\r\n");
    r = read_proxy_request("POST http://prov.example HTTP/1.1\r\nHost: prov.example\r\n\r\n");
    ASSERT_TRUE(r.valid);
    EXPECT_EQ(r.port, 80);
    EXPECT_EQ(r.head.substr(0, 17), "POST / HTTP/1.1\r\n");
    r = read_proxy_request("CONNECT prov.example:8443 HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(r.valid && r.connect);
    EXPECT_EQ(r.port, 8443);
    for (const char* bad :
         {"", "GET", "GET / HTTP/1.1\r\n\r\n", "GET http:// HTTP/1.1\r\n\r\n", "GET http://a:0/ HTTP/1.1\r\n\r\n",
          "GET http://a:x/ HTTP/1.1\r\n\r\n", "GET https://a/ HTTP/1.1\r\n\r\n", "CONNECT :1 HTTP/1.1\r\n\r\n"})
        EXPECT_FALSE(read_proxy_request(bad).valid) << bad;
    sim::random_stream draws(1, "test", "proxy");
    for (int i = 0; i < 20000; ++i) {
        std::string text = "GET http://prov.example:8080/a HTTP/1.1\r\nHost: x\r\n\r\n";
        for (std::uint64_t n = draws.below(6); n > 0; --n)
            text[draws.below(text.size())] = static_cast<char>(draws.below(256));
        text.resize(draws.below(text.size() + 1));
        (void)read_proxy_request(text);
    }
}

/// A client, a proxy at the server's address, and a redirection server behind it.
struct proxied : bench {
    proxied() {
        http_proxy_parameters p;
        p.names = {{"redirect.vendor.example", {0xC6336410}}, {"nobody.example", {0xC6336477}}};
        proxy = std::make_unique<http_proxy>(s, who, server_stack, std::move(p));
    }
    network::fake::stack origin_stack{net, {0xC6336410}};
    redirection_server origin{s, s.journal().declare("internet/redirection", "server", internet), origin_stack, {}};
    std::unique_ptr<http_proxy> proxy;
    std::string ask(const std::string& text) {
        tcp_client c(*this, 3128);
        c.say(text);
        run(2min);
        return c.answer;
    }
};

const std::string agent = "User-Agent: DB-100/1.0.0 (02:1b:2c:00:00:01)\r\n";

TEST(http_proxy, passes_a_request_on_from_its_own_address) {
    proxied p;
    const auto answer =
        p.ask("GET http://redirect.vendor.example/v1/address HTTP/1.1\r\nHost: redirect.vendor.example\r\n" + agent +
              "Connection: close\r\n\r\n");
    EXPECT_EQ(status_line(answer), "HTTP/1.1 200 OK");
    EXPECT_NE(body_of(answer).find(network::to_text(p.server_address)), std::string::npos) << answer;
    const auto said = p.records<sim::record::middlebox_action>();
    ASSERT_EQ(said.size(), 1u);
    EXPECT_EQ(said[0].action, "forwarded");
    EXPECT_EQ(said[0].client, p.base);
    EXPECT_EQ(p.records<sim::record::http_request>().at(0).client, p.base) << "the origin still knows who asked";
}

TEST(http_proxy, opens_a_tunnel) {
    proxied p;
    const auto answer =
        p.ask("CONNECT redirect.vendor.example:80 HTTP/1.1\r\n\r\nGET /v1/address HTTP/1.1\r\nHost: x\r\n" + agent +
              "Connection: close\r\n\r\n");
    EXPECT_EQ(status_line(answer), "HTTP/1.1 200 Connection established");
    EXPECT_NE(answer.find("HTTP/1.1 200 OK"), std::string::npos) << answer;
}

TEST(http_proxy, says_why_it_does_not) {
    proxied p;
    EXPECT_EQ(status_line(p.ask("GET /v1/address HTTP/1.1\r\nHost: x\r\n\r\n")), "HTTP/1.1 400 Bad Request");
    EXPECT_EQ(status_line(p.ask("GET http://unknown.example/ HTTP/1.1\r\n\r\n")), "HTTP/1.1 502 Bad Gateway");
    EXPECT_EQ(status_line(p.ask("GET http://nobody.example/ HTTP/1.1\r\n\r\n")), "HTTP/1.1 504 Gateway Timeout");
    EXPECT_EQ(status_line(p.ask("GET http://a/" + std::string(9000, 'x'))),
              "HTTP/1.1 431 Request Header Fields Too Large");
}

}  // namespace
}  // namespace dectbed::models::servers
