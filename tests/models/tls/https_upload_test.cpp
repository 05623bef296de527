// A long request by https: many records, and more segments, by both models of TLS.
#include <gtest/gtest.h>

#include "models/firmware/lib/http_client.h"
#include "tests/models/tls/client_host.h"

namespace dectbed::models::tls {
namespace {

struct upload_bench : tls_bench {
    explicit upload_bench(model m) {
        use(m);
        parameters.own = certificates.issue("vendor", wish_of(s, {network::to_text(server_address)}));
        echo = false;
        listen();
        fw_http_config config{};
        config.timer = 5;
        config.token = 6;
        config.socket_first = 40;
        config.body_octets_max = 1000;
        config.tls = &device;
        config.now_unix = [](void* context) { return sim::unix_s(static_cast<upload_bench*>(context)->s); };
        config.context = this;
        fw_http_init(&client, &io, &host.dns, &config);
        host.deliver = [this](const dectbed_event* e) { fw_http_handle(&client, e); };
    }
    ~upload_bench() { fw_http_free(&client); }

    void post(const std::string& body) {
        const std::string url = "https://" + network::to_text(server_address) + "/upload";
        const fw_http_options options{};
        io.now_us = static_cast<std::uint64_t>(s.now().time_since_epoch() / 1us);
        const environment_scope scope(libraries);
        fw_http_post(
            &client, url.c_str(), &options, body.data(), body.size(),
            [](void* context, const fw_http_result* r) {
                auto& self = *static_cast<upload_bench*>(context);
                ++self.done;
                self.status = r->status;
                self.detail = r->detail;
            },
            this);
    }

    client_host host{*this};
    fw_http_client client{};
    int done = 0;
    unsigned status = 0;
    std::string detail;
};

class https_by_both_models : public testing::TestWithParam<model> {};

TEST_P(https_by_both_models, when_a_hundred_thousand_octets_are_posted_then_all_of_them_arrive_before_the_answer) {
    upload_bench b(GetParam());
    std::string body;
    for (int i = 0; i < 100'000; ++i) body += static_cast<char>(i * 31 >> 3);
    b.post(body);
    b.run(10s);
    const std::size_t head = b.heard.find("\r\n\r\n");
    ASSERT_NE(head, std::string::npos) << b.detail;
    EXPECT_NE(b.heard.find("\r\nContent-Length: 100000\r\n"), std::string::npos);
    EXPECT_EQ(b.heard.substr(head + 4), body);
    EXPECT_EQ(b.done, 0);
    b.accepted->send(sim::to_bytes(sim::view("HTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n")));
    b.run(2s);
    EXPECT_EQ(b.done, 1);
    EXPECT_EQ(b.status, 201u) << b.detail;
}

TEST_P(https_by_both_models, when_nobody_answers_then_a_long_request_is_given_the_time_that_it_takes) {
    upload_bench b(GetParam());
    b.post(std::string(80'000, 'x'));  // ten seconds at 8000 octets a second, and fifteen of silence
    b.run(24s);
    EXPECT_EQ(b.done, 0);
    b.run(2s);
    EXPECT_EQ(b.done, 1);
    EXPECT_EQ(b.status, 0u);
}

INSTANTIATE_TEST_SUITE_P(tls, https_by_both_models, testing::Values(model::openssl, model::timing),
                         [](const auto& p) { return p.param == model::openssl ? "openssl" : "timing"; });

}  // namespace
}  // namespace dectbed::models::tls
