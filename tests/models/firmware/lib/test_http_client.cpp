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
    ~http_bench() {
        fw_http_free(&client);
        fw_dns_free(&dns);
    }
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
                 {"http://h/a", "https://g/", "https://g/"},
                 {"https://h/a", "//g/x", "https://g/x"},
                 {"http://u:p@h/a", "b", "http://u:p@h/b"},
                 {"http://u:p@h/a", "http://h/b", "http://u:p@h/b"},
                 {"http://u:p@h/a", "http://g/b", "http://g/b"},
                 {"http://h/a", "ftp://g/", nullptr},
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

TEST(http_client, when_there_is_a_proxy_then_it_is_asked_for_all_hosts_over_one_connection) {
    http_bench b;
    std::strcpy(b.client.config.proxy, "192.0.2.9");
    b.client.config.keep_us = 2 * second_us;
    std::vector<std::pair<std::uint32_t, std::uint16_t>> peers;
    b.host.on[DECTBED_REQ_TCP_CONNECT] = [&](const request& r) {
        const auto& c = r.as<dectbed_req_socket>();
        peers.emplace_back(c.address, c.port);
        b.socket = c.socket;
        b.tcp(DECTBED_EV_TCP_CONNECTED, "");
    };
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    b.answers = {answer, answer};
    b.start("http://192.0.2.1:8080/x?y");
    b.host.run_for(second_us);
    b.start("http://user:secret@192.0.2.2/z");
    b.host.run_for(second_us);
    ASSERT_EQ(b.requests.size(), 2u);
    const auto begins = [](const std::string& text, const std::string& with) { return text.rfind(with, 0) == 0; };
    EXPECT_TRUE(begins(b.requests[0], "GET http://192.0.2.1:8080/x?y HTTP/1.1\r\nHost: 192.0.2.1:8080\r\n"));
    EXPECT_TRUE(begins(b.requests[1], "GET http://192.0.2.2:80/z HTTP/1.1\r\nHost: 192.0.2.2\r\n"));
    ASSERT_EQ(peers.size(), 1u);
    EXPECT_EQ(peers[0], std::make_pair(std::uint32_t{0xC0000209}, std::uint16_t{3128}));
}

TEST(http_client, when_told_to_keep_the_connection_then_several_files_come_over_one) {
    http_bench b;
    b.client.config.keep_us = 2 * second_us;
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
    b.answers = {answer + "1", answer + "2", answer + "3"};
    for (const char* wanted : {"1", "2"}) {
        b.start("http://192.0.2.1/x");
        b.host.run_for(second_us);
        EXPECT_EQ(b.body, wanted);
    }
    EXPECT_EQ(b.host.count(DECTBED_REQ_TCP_CONNECT), 1u);
    EXPECT_EQ(b.requests[1].find("Connection:"), std::string::npos);
    EXPECT_EQ(b.host.count(DECTBED_REQ_TCP_CLOSE), 0u);
    b.host.run_for(3 * second_us);
    EXPECT_EQ(b.host.count(DECTBED_REQ_TCP_CLOSE), 1u) << "nobody wanted it";
    b.start("http://192.0.2.1/x");
    b.host.run_for(second_us);
    EXPECT_EQ(b.host.count(DECTBED_REQ_TCP_CONNECT), 2u);
    EXPECT_EQ(b.body, "3");
}

TEST(http_client, when_a_kept_connection_was_closed_meanwhile_then_it_connects_anew) {
    http_bench b;
    b.client.config.keep_us = 60 * second_us;
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
    b.answers = {answer + "1", "", answer + "2"};
    b.start("http://192.0.2.1/x");
    b.host.run_for(second_us);
    EXPECT_EQ(b.body, "1");
    b.start("http://192.0.2.1/x");  // the server's FIN crosses the request
    b.closed(DECTBED_TCP_CLOSED_BY_PEER);
    b.host.run_for(second_us);
    EXPECT_EQ(b.error, FW_HTTP_OK);
    EXPECT_EQ(b.body, "2");
    EXPECT_EQ(b.host.count(DECTBED_REQ_TCP_CONNECT), 2u);
}

TEST(http_client, when_challenged_then_it_answers_once_with_what_the_address_holds) {
    const std::string challenge =
        "HTTP/1.1 401 U\r\nWWW-Authenticate: Digest realm=\"r\", qop=\"auth\", algorithm=SHA-256, nonce=\"n1\"\r\n"
        "Content-Length: 0\r\n\r\n";
    const std::string stale =
        "HTTP/1.1 401 U\r\nWWW-Authenticate: Digest realm=\"r\", qop=\"auth\", algorithm=SHA-256, nonce=\"n2\", "
        "stale=true\r\nContent-Length: 0\r\n\r\n";
    const std::string good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    http_bench b;
    b.answers = {challenge, good};
    b.start("http://base:p%40ss@192.0.2.1/x");
    b.host.run_for(second_us);
    EXPECT_EQ(b.body, "ok");
    ASSERT_EQ(b.requests.size(), 2u);
    EXPECT_EQ(b.requests[0].find("Authorization"), std::string::npos);
    EXPECT_NE(b.requests[1].find("Authorization: Digest username=\"base\", realm=\"r\", uri=\"/x\""),
              std::string::npos);
    EXPECT_EQ(b.requests[1].find("Host: base"), std::string::npos);
    // It uses the challenge it has, and takes the next when the nonce has become old.
    b.answers = {stale, good};
    b.served = 0;
    b.start("http://base:p%40ss@192.0.2.1/x");
    b.host.run_for(second_us);
    EXPECT_EQ(b.body, "ok");
    ASSERT_EQ(b.requests.size(), 4u);
    EXPECT_NE(b.requests[2].find("nonce=\"n1\", nc=00000002"), std::string::npos);
    EXPECT_NE(b.requests[3].find("nonce=\"n2\", nc=00000001"), std::string::npos);
    b.answers = {challenge, challenge, challenge};
    b.served = 0;
    b.start("http://base:wrong@192.0.2.1/x");
    b.host.run_for(second_us);
    EXPECT_EQ(b.status, 401u);
    EXPECT_EQ(b.requests.size(), 6u);
    b.answers = {challenge};
    b.served = 0;
    b.start("http://192.0.2.1/x");
    b.host.run_for(second_us);
    EXPECT_EQ(b.status, 401u) << "nothing to answer with";
}

struct download : http_bench {
    std::string taken;
    std::vector<std::uint64_t> offsets;
    void fetch() {
        fw_http_options options{};
        options.sink = [](void* context, std::uint64_t offset, const void* data, std::size_t octets) {
            auto& self = *static_cast<download*>(static_cast<http_bench*>(context));
            self.offsets.push_back(offset);
            self.taken.resize(offset);
            self.taken.append(static_cast<const char*>(data), octets);
            return true;
        };
        error = -1;
        io.now_us = host.now_us;
        fw_http_get(
            &client, "http://192.0.2.1/image", &options,
            [](void* context, const fw_http_result* result) {
                auto& self = *static_cast<http_bench*>(context);
                self.error = result->error;
                self.status = result->status;
                ++self.finished;
            },
            static_cast<http_bench*>(this));
    }
};

TEST(http_client, when_a_download_breaks_off_then_it_goes_on_where_it_was) {
    for (const bool naive : {false, true}) {
        download b;
        b.io.naive = naive;
        b.answers = {"HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 5000\r\n\r\n" + std::string(2000, 'a'),
                     "HTTP/1.1 206 P\r\nETag: \"v1\"\r\nContent-Range: bytes 2000-4999/5000\r\nContent-Length: "
                     "3000\r\n\r\n" +
                         std::string(3000, 'b')};
        b.close_after = true;
        b.piece = 700;
        b.fetch();
        b.host.run_for(5 * second_us);
        EXPECT_EQ(b.error, naive ? FW_HTTP_CLOSED_EARLY : FW_HTTP_OK);
        EXPECT_EQ(b.requests.size(), naive ? 1u : 2u);
        if (naive) continue;
        EXPECT_EQ(b.status, 200u);
        EXPECT_EQ(b.taken, std::string(2000, 'a') + std::string(3000, 'b')) << "longer than what is ever collected";
        EXPECT_NE(b.requests[1].find("Range: bytes=2000-\r\nIf-Range: \"v1\"\r\n"), std::string::npos);
    }
}

TEST(http_client, when_the_file_has_changed_meanwhile_then_it_begins_anew) {
    download b;
    b.answers = {"HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 10\r\n\r\n01234",
                 "HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Length: 3\r\n\r\nabc"};
    b.close_after = true;
    b.fetch();
    b.host.run_for(5 * second_us);
    EXPECT_EQ(b.error, FW_HTTP_OK);
    EXPECT_EQ(b.taken, "abc");
    // A part that is not the one that is missing is no part of it.
    download wrong;
    wrong.answers = {"HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 10\r\n\r\n01234",
                     "HTTP/1.1 206 P\r\nContent-Range: bytes 3-9/10\r\nContent-Length: 7\r\n\r\n3456789"};
    wrong.close_after = true;
    wrong.fetch();
    wrong.host.run_for(5 * second_us);
    EXPECT_EQ(wrong.error, FW_HTTP_MALFORMED);
}

TEST(http_client, when_asked_conditionally_or_for_the_head_then_there_is_no_body) {
    http_bench b;
    fw_http_options options{};
    options.if_none_match = "\"v1\"";
    b.answers = {"HTTP/1.1 304 N\r\nETag: \"v1\"\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n"};
    const auto done = [](void* context, const fw_http_result* result) {
        auto& self = *static_cast<http_bench*>(context);
        self.error = result->error;
        self.status = result->status;
        EXPECT_EQ(result->body_octets, 0u);
    };
    fw_http_get(&b.client, "http://192.0.2.1/x", &options, done, &b);
    b.host.run_for(second_us);
    EXPECT_EQ(b.status, 304u);
    EXPECT_NE(b.requests[0].find("If-None-Match: \"v1\"\r\n"), std::string::npos);
    options = {};
    options.head = true;
    fw_http_get(&b.client, "http://192.0.2.1/x", &options, done, &b);
    b.host.run_for(second_us);
    EXPECT_EQ(b.error, FW_HTTP_OK);
    EXPECT_EQ(b.status, 200u);
    EXPECT_EQ(b.requests[1].substr(0, 5), "HEAD ");
}

}  // namespace
}  // namespace dectbed::test
