#include "models/firmware/lib/http_client.h"
#include "tests/models/firmware/lib/client_bench.h"

namespace dectbed::test {
namespace {

class http_bench {
  public:
    http_bench() {
        fw_io_init(&io, &host.api);
        host.deliver = [this](const dectbed_event* event) {
            if (!fw_io_begin(&io, event)) return;
            if (!fw_dns_handle(&dns, event)) fw_http_handle(&client, event);
        };
        const fw_dns_config dns_config{16, 32, 3};
        fw_dns_init(&dns, &io, &dns_config);
        fw_http_config config{};
        config.timer = 5;
        config.token = 6;
        config.socket_first = 50;
        std::strcpy(config.user_agent, "DB100/1.0.0 (02:1b:2c:00:00:01)");
        config.body_octets_max = 1000;
        fw_http_init(&client, &io, &dns, &config);
        host.on[DECTBED_REQ_TCP_CONNECT] = [this](const request& r) {
            socket = r.as<dectbed_req_socket>().socket;
            if (accept) tcp(DECTBED_EV_TCP_CONNECTED, "");
        };
        host.on[DECTBED_REQ_TCP_SEND] = [this](const request& r) {
            requests.push_back(text_of(r.data<dectbed_req_tcp_send>()));
            if (served < answers.size()) {
                const std::string answer = answers[served++];
                for (std::size_t at = 0; at < answer.size(); at += piece) {
                    tcp(DECTBED_EV_TCP_RECEIVED, answer.substr(at, piece));
                }
            }
            if (close_after) closed(DECTBED_TCP_CLOSED_BY_PEER);
        };
    }
    ~http_bench() { fw_http_free(&client); }
    void tcp(std::uint16_t type, const std::string& data) {
        dectbed_ev_tcp event{};
        event.socket = socket;
        host.post(type, event, 1000, bytes_of(data));
    }
    void closed(std::uint32_t reason) {
        dectbed_ev_tcp_closed event{};
        event.socket = socket;
        event.reason = reason;
        host.post(DECTBED_EV_TCP_CLOSED, event, 2000);
    }
    void start(const std::string& url, const char* content_type = nullptr, const char* posted = nullptr) {
        error = -1;
        io.now_us = host.now_us;
        fw_http_start(
            &client, url.c_str(), content_type, posted,
            [](void* context, const fw_http_result* result) {
                auto& self = *static_cast<http_bench*>(context);
                self.error = result->error;
                self.status = result->status;
                self.retry_after_s = result->retry_after_s;
                self.body.assign(result->body, result->body_octets);
                ++self.finished;
            },
            this);
    }
    void get(const std::string& answer) {
        answers = {answer};
        served = 0;
        start("http://192.0.2.1/x");
        host.run_for(100 * second_us);
    }
    fake_host host;
    fw_io io{};
    fw_dns_client dns{};
    fw_http_client client{};
    std::uint32_t socket = 0;
    bool accept = true, close_after = false;
    std::size_t piece = 7, served = 0;
    std::vector<std::string> answers, requests;
    int error = -1, finished = 0;
    unsigned status = 0, retry_after_s = 0;
    std::string body;
};

TEST(http_client, when_it_posts_then_the_request_is_just_this) {
    http_bench b;
    b.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"};
    b.start("http://192.0.2.1:8080/v1/redirections?x=1#f", "application/json", "{\"a\":1}");
    b.host.run_for(second_us);
    ASSERT_EQ(b.requests.size(), 1u);
    EXPECT_EQ(b.requests[0],
              "POST /v1/redirections?x=1 HTTP/1.1\r\nHost: 192.0.2.1:8080\r\n"
              "User-Agent: DB100/1.0.0 (02:1b:2c:00:00:01)\r\nAccept: */*\r\nConnection: close\r\n"
              "Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}");
    EXPECT_EQ(b.error, FW_HTTP_OK);
    EXPECT_EQ(b.status, 200u);
    EXPECT_EQ(b.body, "{}");
    EXPECT_EQ(b.host.count(DECTBED_REQ_TCP_CLOSE), 1u);
}

TEST(http_client, when_body_is_chunked_or_ends_with_the_connection_then_it_is_whole) {
    http_bench b;
    b.get(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: "
        "1\r\n\r\n");
    EXPECT_EQ(b.error, FW_HTTP_OK);
    EXPECT_EQ(b.body, "hello world");
    b.close_after = true;
    b.get("HTTP/1.0 200 OK\r\n\r\nuntil the end");
    EXPECT_EQ(b.error, FW_HTTP_OK);
    EXPECT_EQ(b.body, "until the end");
}

TEST(http_client, when_an_interim_response_comes_first_then_the_final_one_counts) {
    http_bench b;
    b.get("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(b.error, FW_HTTP_OK);
    EXPECT_EQ(b.status, 404u);
}

TEST(http_client, when_response_is_cut_at_any_octet_then_it_is_closed_early) {
    const std::string whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello";
    for (std::size_t n = 0; n < whole.size(); ++n) {
        http_bench b;
        b.close_after = true;
        b.get(whole.substr(0, n));
        EXPECT_EQ(b.error, FW_HTTP_CLOSED_EARLY) << n;
        EXPECT_EQ(b.finished, 1) << n;
    }
}

TEST(http_client, when_response_is_garbage_then_it_fails_once_and_harms_nothing) {
    noise random(4);
    const std::string whole =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nRetry-After: 5\r\nLocation: /y\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    for (int i = 0; i < 3000; ++i) {
        http_bench b;
        b.close_after = true;
        b.get(text_of(i % 4 == 0 ? random.garbage(200) : random.spoil(bytes_of(whole))));
        EXPECT_EQ(b.finished, 1);
    }
}

TEST(http_client, when_body_exceeds_the_limit_then_it_is_too_large) {
    http_bench b;
    b.get("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n");
    EXPECT_EQ(b.error, FW_HTTP_TOO_LARGE);
    b.piece = 300;
    b.get("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" + std::string(1024, 'x') + "\r\n0\r\n\r\n");
    EXPECT_EQ(b.error, FW_HTTP_TOO_LARGE);
    b.get("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'));
    EXPECT_EQ(b.error, FW_HTTP_OK);
    EXPECT_EQ(b.body.size(), 1000u);
}

TEST(http_client, when_redirected_then_it_follows_five_times_and_no_more) {
    const std::string redirect = "HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n";
    const std::string end = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    http_bench b;
    b.answers = {redirect, redirect, redirect, redirect, redirect, end};
    b.start("http://192.0.2.1/first", "text/plain", "data");
    b.host.run_for(100 * second_us);
    EXPECT_EQ(b.error, FW_HTTP_OK);
    ASSERT_EQ(b.requests.size(), 6u);
    EXPECT_EQ(b.requests[1].substr(0, 9), "GET /next");
    b.answers = {redirect, redirect, redirect, redirect, redirect, redirect, end};
    b.served = 0;
    b.start("http://192.0.2.1/first");
    b.host.run_for(100 * second_us);
    EXPECT_EQ(b.error, FW_HTTP_TOO_MANY_REDIRECTS);
    b.answers = {"HTTP/1.1 307 T\r\nLocation: http://192.0.2.2/p\r\nContent-Length: 0\r\n\r\n", end};
    b.served = 0;
    b.start("http://192.0.2.1/first", "text/plain", "data");
    b.host.run_for(100 * second_us);
    EXPECT_EQ(b.requests.back().substr(0, 7), "POST /p");
    EXPECT_EQ(b.host.of(DECTBED_REQ_TCP_CONNECT).back().as<dectbed_req_socket>().address, 0xC0000202u);
    b.get("HTTP/1.1 301 M\r\nLocation: https://192.0.2.1/\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(b.error, FW_HTTP_BAD_URL);
}

TEST(http_client, when_location_is_relative_then_it_is_resolved_against_the_request) {
    const struct {
        const char *base, *location, *wanted;
    } cases[] = {{"http://h/a/b?q", "c", "http://h/a/c"},
                 {"http://h/a/b", "/c?d", "http://h/c?d"},
                 {"http://h", "c", "http://h/c"},
                 {"http://h:81/a", "//g/x", "http://g/x"},
                 {"http://h/a", "http://g:8/", "http://g:8/"},
                 {"http://h/a", "https://g/", nullptr},
                 {"http://h/a/", "x?u=http://y", "http://h/a/x?u=http://y"}};
    for (const auto& c : cases) {
        char out[FW_URL_OCTETS];
        EXPECT_EQ(fw_http_resolve_location(c.base, c.location, out), c.wanted != nullptr) << c.location;
        if (c.wanted != nullptr) {
            EXPECT_STREQ(out, c.wanted);
        }
    }
    char out[FW_URL_OCTETS];
    EXPECT_FALSE(fw_http_resolve_location("http://h/", std::string(300, 'x').c_str(), out));
}

TEST(http_client, when_retry_after_is_given_then_it_is_reported) {
    http_bench b;
    b.get("HTTP/1.1 503 S\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(b.retry_after_s, 120u);
    b.get(
        "HTTP/1.1 503 S\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:51:00 GMT\r\n"
        "Content-Length: 0\r\n\r\n");
    EXPECT_EQ(b.retry_after_s, 83u);
    b.get("HTTP/1.1 503 S\r\nRetry-After: 99999999999999\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(b.retry_after_s, 86400u);
    b.get("HTTP/1.1 503 S\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(b.retry_after_s, 0u);
}

TEST(http_client, when_date_is_read_then_it_is_that_instant) {
    std::int64_t t = 0;
    ASSERT_TRUE(fw_http_parse_date("Sun, 06 Nov 1994 08:49:37 GMT", &t));
    EXPECT_EQ(t, 784111777);
    ASSERT_TRUE(fw_http_parse_date("Thu, 29 Feb 2024 00:00:00 GMT", &t));
    EXPECT_EQ(t, 1709164800);
    EXPECT_FALSE(fw_http_parse_date("Sun, 06 Nox 1994 08:49:37 GMT", &t));
    EXPECT_FALSE(fw_http_parse_date("yesterday", &t));
}

TEST(http_client, when_nothing_happens_then_timeouts_do) {
    http_bench b;
    b.accept = false;
    b.start("http://192.0.2.1/");
    b.host.run_for(10 * second_us - 1);
    EXPECT_EQ(b.error, -1);
    b.host.run_for(1);
    EXPECT_EQ(b.error, FW_HTTP_CONNECT_TIMEOUT);
    EXPECT_EQ(b.host.count(DECTBED_REQ_TCP_ABORT), 1u);
    b.accept = true;
    b.start("http://192.0.2.1/");
    b.host.run_for(15 * second_us);
    EXPECT_EQ(b.error, -1);
    b.host.run_for(2000);
    EXPECT_EQ(b.error, FW_HTTP_RESPONSE_TIMEOUT);
}

TEST(http_client, when_a_server_drips_then_the_exchange_ends_after_a_minute) {
    http_bench b;
    b.start("http://192.0.2.1/");
    b.host.run_for(2000);
    b.tcp(DECTBED_EV_TCP_RECEIVED, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n");
    for (int i = 0; i < 30 && b.error < 0; ++i) {
        b.host.run_for(5 * second_us);
        if (b.error < 0) b.tcp(DECTBED_EV_TCP_RECEIVED, "x");
    }
    EXPECT_EQ(b.error, FW_HTTP_RESPONSE_TIMEOUT);
    EXPECT_LE(b.host.now_us, 66 * second_us);
}

TEST(http_client, when_connection_is_refused_or_reset_then_it_says_which) {
    const struct {
        std::uint32_t reason;
        bool connected;
        int wanted;
    } cases[] = {{DECTBED_TCP_RESET, false, FW_HTTP_CONNECT_FAILED},
                 {DECTBED_TCP_TIMEOUT, false, FW_HTTP_CONNECT_TIMEOUT},
                 {DECTBED_TCP_UNREACHABLE, false, FW_HTTP_CONNECT_FAILED},
                 {DECTBED_TCP_RESET, true, FW_HTTP_CLOSED_EARLY},
                 {DECTBED_TCP_CLOSED_BY_PEER, true, FW_HTTP_CLOSED_EARLY}};
    for (const auto& c : cases) {
        http_bench b;
        b.accept = c.connected;
        b.start("http://192.0.2.1/");
        b.closed(c.reason);
        b.host.run_for(second_us);
        EXPECT_EQ(b.error, c.wanted);
    }
    http_bench refused;
    refused.accept = false;
    refused.start("http://192.0.2.1/");
    dectbed_ev_refused event{};
    event.request_type = DECTBED_REQ_TCP_CONNECT;
    event.reason = DECTBED_LINK_DOWN;
    refused.host.post(DECTBED_EV_REFUSED, event, 10, {}, 6);
    refused.host.run_for(second_us);
    EXPECT_EQ(refused.error, FW_HTTP_CONNECT_FAILED);
}

TEST(http_client, when_url_is_bad_then_it_says_so_at_once) {
    for (const std::string& url :
         {std::string("https://h/"), std::string("h/"), std::string(), std::string("http:///x"),
          std::string("http://h:0/"), "http://" + std::string(130, 'h') + "/", "http://h/" + std::string(300, 'x'),
          std::string("http://h/a\r\nX: y")}) {
        http_bench b;
        b.start(url);
        EXPECT_EQ(b.error, FW_HTTP_BAD_URL) << url;
        EXPECT_EQ(b.finished, 1);
    }
}

TEST(http_client, when_cancelled_then_late_events_change_nothing) {
    http_bench b;
    b.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
    b.start("http://192.0.2.1/");
    b.host.run_for(1500);
    fw_http_cancel(&b.client);
    b.host.run_for(60 * second_us);
    EXPECT_EQ(b.finished, 0);
    b.served = 0;
    b.start("http://192.0.2.1/");
    b.host.run_for(second_us);
    EXPECT_EQ(b.error, FW_HTTP_OK);
    const auto connects = b.host.of(DECTBED_REQ_TCP_CONNECT);
    EXPECT_NE(connects[0].as<dectbed_req_socket>().socket, connects[1].as<dectbed_req_socket>().socket);
}

}  // namespace
}  // namespace dectbed::test
