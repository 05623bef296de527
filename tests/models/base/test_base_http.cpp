// HTTP as a service: what a firmware without a client of its own asks for, and gets.
#include <gmock/gmock.h>

#include "dectbed/http_service.h"
#include "tests/models/base/base_bench.h"

namespace dectbed::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* server = "http://192.168.1.2/file.cfg";

struct wish {
    std::string url, fields = {}, body = {};
    std::uint8_t method = DECTBED_HTTP_GET;
    std::uint32_t exchange = 1, timeout_ms = 0, body_max = 65'536;
    bool more = false;
};

void ask(scripted_firmware& f, const wish& w) {
    dectbed_req_http r{};
    r.exchange = w.exchange;
    r.timeout_ms = w.timeout_ms;
    r.body_octets_max = w.body_max;
    r.method = w.method;
    r.url_octets = static_cast<std::uint16_t>(w.url.size());
    r.fields_octets = static_cast<std::uint16_t>(w.fields.size());
    r.body_octets = static_cast<std::uint16_t>(w.body.size());
    r.more = w.more ? 1 : 0;
    f.request(DECTBED_REQ_HTTP, 70 + w.exchange, r, sim::view(w.url + w.fields + w.body));
}

void piece(scripted_firmware& f, std::uint32_t exchange, const std::string& octets, std::uint32_t last) {
    dectbed_req_http_body r{};
    r.exchange = exchange;
    r.last = last;
    f.request(DECTBED_REQ_HTTP_BODY, 90 + exchange, r, sim::view(octets));
}

/// A base with the service, and a web server that gives one answer to everything.
struct http_bench : base_bench {
    http_bench() : base_bench([](mb::base_config& c) { c.http_service = true; }) {
        peer.listen(80, [this](mn::tcp_stream_ptr s) {
            streams.push_back(s);
            auto* stream = s.get();
            s->on_data = [this, stream](sim::byte_view data) {
                asked += sim::text(data);
                ++arrivals;
                if (answer.empty() || asked.size() < asked_least) return;
                stream->send(sim::to_bytes(sim::view(answer)));
                stream->close();
            };
        });
    }
    void want(const std::vector<wish>& wishes, sim::duration time = 20s) {
        power_on([wishes, this](scripted_firmware& f, const received_event& e) {
            if (e.type != DECTBED_EV_ETHERNET_LINK) return;
            configure(f);
            dectbed_req_http_setup s{};
            std::strcpy(s.user_agent, "bench/1");
            f.request(DECTBED_REQ_HTTP_SETUP, 69, s);
            for (const auto& w : wishes) ask(f, w);
            if (then) then(f);
        });
        run(time);
    }
    static std::vector<dectbed_ev_http_response> responses() {
        std::vector<dectbed_ev_http_response> all;
        for (const auto& e : scripted_firmware::of_type(DECTBED_EV_HTTP_RESPONSE))
            all.push_back(e.as<dectbed_ev_http_response>());
        return all;
    }
    static std::string text(std::size_t i = 0) {
        return scripted_firmware::of_type(DECTBED_EV_HTTP_RESPONSE).at(i).data_after(sizeof(dectbed_ev_http_response));
    }
    static std::string body() {
        std::string all;
        for (const auto& e : scripted_firmware::of_type(DECTBED_EV_HTTP_BODY)) {
            EXPECT_EQ(e.as<dectbed_ev_http_body>().offset, all.size());
            all += e.data_after(sizeof(dectbed_ev_http_body));
        }
        return all;
    }
    static std::vector<std::uint16_t> refusals() {
        std::vector<std::uint16_t> all;
        for (const auto& e : scripted_firmware::of_type(DECTBED_EV_REFUSED))
            all.push_back(e.as<dectbed_ev_refused>().reason);
        return all;
    }
    std::string asked, answer;
    std::size_t asked_least = 0;  ///< octets, before it answers
    int arrivals = 0;
    std::function<void(scripted_firmware&)> then;
    std::vector<mn::tcp_stream_ptr> streams;
};

TEST(base_http, a_get_goes_out_and_status_fields_and_body_come_back) {
    http_bench b;
    const std::string file(40'000, 'x');
    b.answer = "HTTP/1.1 200 Fine\r\nContent-Length: 40000\r\nETag: \"7\"\r\nX-Kind: test\r\n\r\n" + file;
    b.want({{server, "Accept-Language: de\r\nX-One: 1\r\n"}});
    EXPECT_THAT(b.asked, StartsWith("GET /file.cfg HTTP/1.1\r\nHost: 192.168.1.2\r\nUser-Agent: bench/1\r\n"));
    EXPECT_THAT(b.asked, HasSubstr("Accept-Language: de\r\nX-One: 1\r\n"));
    ASSERT_EQ(b.responses().size(), 1u);
    EXPECT_EQ(b.responses()[0].exchange, 1u);
    EXPECT_EQ(b.responses()[0].error, DECTBED_HTTP_OK);
    EXPECT_EQ(b.responses()[0].status, 200);
    EXPECT_EQ(b.responses()[0].body_octets, file.size());
    EXPECT_THAT(b.text(), HasSubstr("X-Kind: test\r\n"));
    EXPECT_EQ(b.body(), file);
    EXPECT_EQ(scripted_firmware::of_type(DECTBED_EV_HTTP_BODY).size(), 3u) << "16384 octets at most each";
    EXPECT_TRUE(scripted_firmware::of_type(DECTBED_EV_TCP_RECEIVED).empty()) << "no octet of it is the firmware's";
}

TEST(base_http, a_post_has_its_body_and_its_own_content_type) {
    http_bench b;
    b.answer = "HTTP/1.1 503 No\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n";
    b.want({{server, "Content-Type: application/json\r\n", "{\"a\":1}", DECTBED_HTTP_POST}});
    EXPECT_THAT(b.asked, StartsWith("POST /file.cfg HTTP/1.1\r\n"));
    EXPECT_THAT(b.asked, HasSubstr("Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}"));
    ASSERT_EQ(b.responses().size(), 1u);
    EXPECT_EQ(b.responses()[0].status, 503);
    EXPECT_EQ(b.responses()[0].retry_after_s, 17u);
}

TEST(base_http, a_long_body_of_any_octets_comes_in_pieces_and_goes_out_whole) {
    http_bench b;
    std::string whole;
    for (int i = 0; i < 100'000; ++i) whole += static_cast<char>(i * 31 >> 3);
    b.answer = "HTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n";
    b.asked_least = whole.size();
    b.then = [&](scripted_firmware& f) {
        for (std::size_t at = 1000; at < whole.size(); at += DECTBED_HTTP_PIECE_MAX)
            piece(f, 1, whole.substr(at, DECTBED_HTTP_PIECE_MAX), at + DECTBED_HTTP_PIECE_MAX >= whole.size());
    };
    wish w{server, "Content-Type: application/octet-stream\r\n", whole.substr(0, 1000), DECTBED_HTTP_POST};
    w.more = true;
    b.want({w});
    const std::size_t head = b.asked.find("\r\n\r\n");
    ASSERT_NE(head, std::string::npos);
    EXPECT_THAT(b.asked.substr(0, head), HasSubstr("\r\nContent-Length: 100000"));
    EXPECT_EQ(b.asked.substr(head + 4), whole);
    EXPECT_GT(b.arrivals, 60) << "segments of 1460 octets";
    ASSERT_EQ(b.responses().size(), 1u);
    EXPECT_EQ(b.responses()[0].status, 201);
    EXPECT_TRUE(b.refusals().empty());
}

/// A body of the most octets that there may be, and `more`.
void post_the_most(http_bench& b, std::size_t more) {
    b.answer = "HTTP/1.1 200 Fine\r\nContent-Length: 0\r\n\r\n";
    b.asked_least = DECTBED_HTTP_BODY_MAX;
    const std::string full(DECTBED_HTTP_PIECE_MAX, 'x');
    b.then = [full, more](scripted_firmware& f) {
        for (int i = 0; i < DECTBED_HTTP_BODY_MAX / DECTBED_HTTP_PIECE_MAX - 1; ++i) piece(f, 1, full, 0);
        piece(f, 1, std::string(more, 'y'), 1);
    };
    wish w{server, "", full, DECTBED_HTTP_POST};
    w.more = true;
    b.want({w});
}

TEST(base_http, the_longest_body_goes_out) {
    http_bench b;
    post_the_most(b, 0);
    ASSERT_EQ(b.responses().size(), 1u);
    EXPECT_EQ(b.responses()[0].status, 200);
    EXPECT_GT(b.asked.size(), std::size_t{DECTBED_HTTP_BODY_MAX});
}

TEST(base_http, a_body_of_one_octet_more_is_answered_so_and_nothing_of_it_is_sent) {
    http_bench b;
    post_the_most(b, 1);
    ASSERT_EQ(b.responses().size(), 1u);
    EXPECT_EQ(b.responses()[0].error, DECTBED_HTTP_BODY_TOO_LARGE);
    EXPECT_EQ(b.text(), "request body over 1048576 octets");
    EXPECT_EQ(b.asked, "");
}

TEST(base_http, pieces_that_do_not_fit_are_refused) {
    http_bench b;
    wish whole{server, "", "x", DECTBED_HTTP_POST}, open = whole, get{server};
    open.exchange = 2;
    open.timeout_ms = 3000;
    get.exchange = 3;
    whole.more = false;
    open.more = get.more = true;
    b.then = [](scripted_firmware& f) {
        piece(f, 1, "more", 0);
        piece(f, 7, "whose?", 1);
        piece(f, 2, std::string(DECTBED_HTTP_PIECE_MAX + 1, 'x'), 0);
        piece(f, 2, "", 2);
        f.plain(DECTBED_REQ_HTTP_BODY, 99);
    };
    b.want({whole, open, get}, 2980ms);
    auto refused = b.refusals();
    std::sort(refused.begin(), refused.end());
    EXPECT_EQ(refused, (std::vector<std::uint16_t>{DECTBED_BAD_FIELD, DECTBED_BAD_FIELD, DECTBED_BAD_FIELD,
                                                   DECTBED_BAD_FIELD, DECTBED_WRONG_STATE, DECTBED_NOT_FOUND}));
    EXPECT_TRUE(b.responses().empty());
    b.run(100ms);
    ASSERT_EQ(b.responses().size(), 1u) << "patience counts from the first record on";
    EXPECT_EQ(b.responses()[0].exchange, 2u);
    EXPECT_EQ(b.responses()[0].error, DECTBED_HTTP_TIMEOUT);
}

TEST(base_http, errors_have_names) {
    http_bench b;
    b.answer = "what?\r\n\r\n";
    b.want({{server},
            {"http://192.168.1.2:81/", "", "", DECTBED_HTTP_GET, 2},
            {"gopher://x/", "", "", DECTBED_HTTP_GET, 3},
            {"http://prov.csp.example/", "", "", DECTBED_HTTP_GET, 4}});
    std::map<std::uint32_t, std::uint16_t> by;
    for (const auto& r : b.responses()) by[r.exchange] = r.error;
    EXPECT_EQ(by[1], DECTBED_HTTP_MALFORMED);
    EXPECT_EQ(by[2], DECTBED_HTTP_CONNECT_FAILED);
    EXPECT_EQ(by[3], DECTBED_HTTP_BAD_URL);
    EXPECT_EQ(by[4], DECTBED_HTTP_NAME_TIMEOUT) << "it was told no resolver";
    EXPECT_EQ(b.text(0), "bad url");
}

TEST(base_http, an_answer_that_is_too_long_is_not_taken) {
    http_bench b;
    b.answer = "HTTP/1.1 200 Fine\r\nContent-Length: 11\r\n\r\nhello world";
    b.want({{server, "", "", DECTBED_HTTP_GET, 1, 0, 10}});
    ASSERT_EQ(b.responses().size(), 1u);
    EXPECT_EQ(b.responses()[0].error, DECTBED_HTTP_TOO_LARGE);
}

TEST(base_http, the_firmwares_patience_ends_an_exchange_not_before_its_time) {
    http_bench b;  // which says nothing
    b.want({{server, "", "", DECTBED_HTTP_GET, 1, 3000}}, 2980ms);
    EXPECT_TRUE(b.responses().empty());
    b.run(100ms);
    ASSERT_EQ(b.responses().size(), 1u);
    EXPECT_EQ(b.responses()[0].error, DECTBED_HTTP_TIMEOUT);
}

TEST(base_http, what_makes_no_sense_is_refused) {
    http_bench b;
    const std::string long_url = "http://192.168.1.2/" + std::string(240, 'x');
    b.want({{""},
            {long_url},
            {"http://192.168.1.2/a b"},
            {server, "no colon\r\n"},
            {server, "X: 1"},
            {server, "X: 1\r\n\r\nGET / HTTP/1.1\r\n"},
            {server, "", "body"},
            {server, "", "", 9},
            {server, "", "", DECTBED_HTTP_GET, 0},
            {server, "", "", DECTBED_HTTP_GET, 1, 0, 65'537}});
    EXPECT_EQ(b.refusals(), std::vector<std::uint16_t>(10, DECTBED_BAD_FIELD));
    EXPECT_EQ(b.asked, "");
}

TEST(base_http, four_at_a_time_and_each_once) {
    http_bench b;
    std::vector<wish> wishes;
    for (const std::uint32_t n : {1u, 2u, 2u, 3u, 4u, 5u}) wishes.push_back({server, "", "", DECTBED_HTTP_GET, n});
    b.want(wishes, 1s);
    EXPECT_EQ(b.refusals(), (std::vector<std::uint16_t>{DECTBED_WRONG_STATE, DECTBED_TOO_MANY}));
}

TEST(base_http, a_firmware_without_the_flag_has_no_such_service) {
    base_bench b;
    b.power_on([](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) ask(f, {server});
    });
    const auto refused = scripted_firmware::of_type(DECTBED_EV_REFUSED);
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].as<dectbed_ev_refused>().reason, DECTBED_NOT_AVAILABLE);
}

TEST(base_http, a_reset_ends_what_is_under_way) {
    http_bench b;
    b.want({{server}}, 1s);
    b.base.hardware().board().reset(DECTBED_RESET_WATCHDOG);
    scripted_firmware::on_event = nullptr;
    b.run(90s);
    EXPECT_TRUE(b.responses().empty());
}

}  // namespace
}  // namespace dectbed::test
