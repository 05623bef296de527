// FTP under TLS (RFC 4217): the firmware's client against the server's model, and the server's rules by themselves.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "models/firmware/lib/ftp_client.h"
#include "models/servers/ftp_server.h"
#include "tests/models/tls/client_host.h"
#include "tests/temporary_folder.h"

namespace dectbed::models::tls {
namespace {

struct ftps_bench : tls_bench {
    explicit ftps_bench(model m = model::openssl, const std::function<void(ftps_bench&)>& change = nullptr) {
        use(m);
        const auto folder = test::temporary_folder() / "ftps";
        std::filesystem::create_directories(folder);
        for (int i = 0; i < 20'000; ++i) content += static_cast<char>('a' + i % 26);
        std::ofstream(folder / "common.cfg") << content;
        p.folder = folder.string();
        p.accounts = {{"user", "password"}};
        config.timer = 5;
        config.token = 6;
        config.socket_first = 40;
        config.body_octets_max = 64 * 1024;
        config.tls = &device;
        config.now_unix = [](void* context) { return sim::unix_s(static_cast<ftps_bench*>(context)->s); };
        config.context = this;
        p.tls = [this](network::tcp_stream_ptr raw) { return way->wrap(std::move(raw)); };
        if (change) change(*this);
        way = std::make_unique<acceptor>(s, who, parameters);
        server = std::make_unique<servers::ftp_server>(s, who, server_stack, p);
        fw_ftp_init(&client, &io, &host.dns, &config);
        host.deliver = [this](const dectbed_event* e) { fw_ftp_handle(&client, e); };
    }
    ~ftps_bench() { fw_ftp_free(&client); }

    void get(const char* path, bool secure = true, fw_sink sink = nullptr, const char* password = "password") {
        const fw_ftp_options options{secure, sink};
        io.now_us = static_cast<std::uint64_t>(s.now().time_since_epoch() / 1us);
        const environment_scope scope(libraries);
        fw_ftp_get(
            &client, host_address().c_str(), 0, "user", password, path, &options,
            [](void* context, const fw_ftp_result* r) {
                auto& self = *static_cast<ftps_bench*>(context);
                ++self.done;
                self.error = r->error;
                self.code = r->code;
                self.body.assign(r->body, r->body[0] != '\0' ? r->body_octets : 0);
                self.octets = r->body_octets;
                self.detail = r->detail;
            },
            this);
    }
    std::string host_address() const { return network::to_text(server_address); }

    client_host host{*this};
    servers::ftp_parameters p;
    fw_ftp_config config{};
    fw_ftp_client client{};
    std::unique_ptr<acceptor> way;
    std::unique_ptr<servers::ftp_server> server;
    std::string content, body, detail, pieces;
    int done = 0;
    enum fw_ftp_error error = FW_FTP_OK;
    unsigned code = 0;
    std::size_t octets = 0;
};

class ftps_by_both_models : public testing::TestWithParam<model> {
  protected:
    static void with_address(ftps_bench& b) {
        b.parameters.own = b.certificates.issue("vendor", wish_of(b.s, {network::to_text(b.server_address)}));
    }
};

TEST_P(ftps_by_both_models, MIT_25_when_a_file_is_there_then_it_comes_by_two_sessions) {
    ftps_bench b(GetParam(), with_address);
    b.get("common.cfg");
    b.run(20s);
    ASSERT_EQ(b.done, 1);
    EXPECT_EQ(b.error, FW_FTP_OK) << b.detail << b.host.log;
    EXPECT_EQ(b.body, b.content);
    const auto sessions = b.records<sim::record::tls_handshake>();
    ASSERT_EQ(sessions.size(), 2u) << "control and data";
    EXPECT_EQ(sessions[0].result, "done");
    EXPECT_EQ(sessions[1].result, "done");
    EXPECT_TRUE(sessions[1].resumed) << "the control connection's session (RFC 4217, 10.2)";
    const auto transfers = b.records<sim::record::file_transfer>();
    ASSERT_EQ(transfers.size(), 1u);
    EXPECT_EQ(transfers[0].protocol, "ftps");
    EXPECT_EQ(transfers[0].result, "done");
}

TEST_P(ftps_by_both_models, when_there_is_a_sink_then_it_gets_the_file_in_order) {
    ftps_bench b(GetParam(), with_address);
    b.get("common.cfg", true, [](void* context, std::uint64_t offset, const void* data, std::size_t octets) {
        auto& self = *static_cast<ftps_bench*>(context);
        EXPECT_EQ(offset, self.pieces.size());
        self.pieces.append(static_cast<const char*>(data), octets);
        return true;
    });
    b.run(20s);
    EXPECT_EQ(b.error, FW_FTP_OK);
    EXPECT_EQ(b.pieces, b.content);
    EXPECT_EQ(b.octets, b.content.size());
}

TEST_P(ftps_by_both_models, when_the_file_or_the_password_is_wrong_then_the_reply_tells) {
    ftps_bench b(GetParam(), with_address);
    b.get("nothing.cfg");
    b.run(20s);
    EXPECT_EQ(b.error, FW_FTP_REFUSED);
    EXPECT_EQ(b.code, 550u);
    b.get("common.cfg", true, nullptr, "wrong");
    b.run(20s);
    EXPECT_EQ(b.done, 2);
    EXPECT_EQ(b.code, 530u);
}

TEST_P(ftps_by_both_models, SPL_07_when_the_certificate_does_not_verify_then_nothing_is_downloaded) {
    const struct {
        const char* wanted;
        std::function<void(ftps_bench&)> spoil;
    } cases[] = {
        {"wrong name",
         [](ftps_bench& b) { b.parameters.own = b.certificates.issue("vendor", wish_of(b.s, {"x.example"})); }},
        {"unknown issuer",
         [](ftps_bench& b) {
             b.parameters.own = b.certificates.issue("nobody", wish_of(b.s, {b.host_address()}));
             b.parameters.own_root = b.certificates.root_pem("nobody");
         }},
        {"certificate expired",
         [](ftps_bench& b) {
             auto w = wish_of(b.s, {b.host_address()});
             w.valid_to = sim::start_unix_s(b.s) - 1;
             b.parameters.own = b.certificates.issue("vendor", w);
         }},
    };
    for (const auto& c : cases) {
        ftps_bench b(GetParam(), c.spoil);
        b.get("common.cfg");
        b.run(20s);
        EXPECT_EQ(b.error, FW_FTP_TLS_FAILED) << c.wanted;
        EXPECT_EQ(b.detail, c.wanted);
        EXPECT_EQ(b.body, "");
        EXPECT_TRUE(b.records<sim::record::file_transfer>().empty());
        b.pass(10min);
        EXPECT_EQ(b.server->sessions(), 0u);
    }
}

INSTANTIATE_TEST_SUITE_P(tls, ftps_by_both_models, testing::Values(model::openssl, model::timing),
                         [](const auto& p) { return p.param == model::openssl ? "openssl" : "timing"; });

TEST(ftps, when_the_server_knows_no_tls_then_the_password_is_not_said) {
    ftps_bench b(model::openssl, [](ftps_bench& x) { x.p.tls = nullptr; });
    b.get("common.cfg");
    b.run(20s);
    EXPECT_EQ(b.error, FW_FTP_REFUSED);
    EXPECT_EQ(b.code, 530u);
    EXPECT_TRUE(b.records<sim::record::server_refused>().empty()) << "nobody tried to log in";
    b.get("common.cfg", false);
    b.run(20s);
    EXPECT_EQ(b.error, FW_FTP_OK);
    EXPECT_EQ(b.body, b.content);
}

TEST(ftps, when_commands_follow_auth_in_the_clear_then_they_do_not_count) {
    ftps_bench b;
    servers::tcp_client c(b, 21);
    c.say("AUTH TLS\r\nUSER user\r\nPASS password\r\n");
    b.run(2s);
    EXPECT_EQ(c.answer.find("331"), std::string::npos) << c.answer;
    EXPECT_NE(c.answer.find("234 "), std::string::npos);
    b.pass(10min);
    EXPECT_EQ(b.server->sessions(), 0u) << "no handshake ever comes";
}

TEST(ftps, when_the_data_connection_is_cut_then_half_a_file_is_none) {
    ftps_bench b(model::openssl, [](ftps_bench& x) {
        x.parameters.own = x.certificates.issue("vendor", wish_of(x.s, {x.host_address()}));
    });
    // TLS for the control connection, and a data connection that ends without close_notify.
    int wraps = 0;
    b.client.config.body_octets_max = 64 * 1024;
    servers::ftp_parameters p = b.p;
    p.port = 2121;
    p.tls = [&](network::tcp_stream_ptr raw) -> network::tcp_stream_ptr {
        if (++wraps == 1) return b.way->wrap(std::move(raw));
        auto secure = b.way->wrap(raw);
        raw->abort();
        return secure;
    };
    servers::ftp_server other(b.s, b.who, b.server_stack, p);
    const fw_ftp_options options{true, nullptr};
    {
        const environment_scope scope(b.libraries);
        fw_ftp_get(
            &b.client, b.host_address().c_str(), 2121, "user", "password", "common.cfg", &options,
            [](void* context, const fw_ftp_result* r) {
                auto& self = *static_cast<ftps_bench*>(context);
                ++self.done;
                self.error = r->error;
                self.octets = r->body_octets;
            },
            &b);
    }
    b.run(20s);
    EXPECT_EQ(b.done, 1);
    EXPECT_NE(b.error, FW_FTP_OK);
    EXPECT_EQ(b.octets, 0u);
    EXPECT_EQ(wraps, 2);
}

}  // namespace
}  // namespace dectbed::models::tls
