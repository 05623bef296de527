// SIP over TLS (RFC 3261, 26): the firmware's client against the registrar's model.
#include <gtest/gtest.h>

#include "models/firmware/lib/sip_client.h"
#include "models/servers/registrar.h"
#include "tests/models/tls/client_host.h"

namespace dectbed::models::tls {
namespace {

constexpr const char* domain = "csp.example";

struct sip_bench : tls_bench {
    explicit sip_bench(const std::function<void(sip_bench&)>& change = nullptr) {
        parameters.own = certificates.issue("vendor", wish_of(s, {domain}));
        p.tls_port = 5061;
        p.udp = false;
        p.domain = domain;
        config.timer = 5;
        config.token = 6;
        config.socket = 9;
        config.registrar_port = 5061;
        config.local_port = 5061;
        config.expires_s = 3600;
        config.stream_sockets = 60;
        config.transport = FW_SIP_TLS;
        std::strcpy(config.registrar, domain);
        std::strcpy(config.domain, domain);
        std::strcpy(config.user, "base");
        std::strcpy(config.instance, "00000000-0000-1000-8000-021b2c000001");
        std::strcpy(config.user_agent, "DB-100/1.0.0 (02:1b:2c:00:00:01)");
        config.context = this;
        config.registered = [](void* context, std::uint32_t) { ++static_cast<sip_bench*>(context)->registered; };
        config.failed = [](void* context, unsigned code, std::uint32_t) {
            ++static_cast<sip_bench*>(context)->failed;
            static_cast<sip_bench*>(context)->status = code;
        };
        config.check_sync = [](void* context, bool) { ++static_cast<sip_bench*>(context)->syncs; };
        config.tls = &device;
        config.now_unix = [](void* context) { return sim::unix_s(static_cast<sip_bench*>(context)->s); };
        if (change) change(*this);
        way = std::make_unique<acceptor>(s, who, parameters);
        p.tls = [this](network::tcp_stream_ptr raw) { return way->wrap(std::move(raw)); };
        server = std::make_unique<servers::registrar>(s, who, server_stack, p);
        fw_sip_init(&client, &io, &host.dns, &config);
        host.deliver = [this](const dectbed_event* e) { fw_sip_handle(&client, e); };
    }
    ~sip_bench() { fw_sip_free(&client); }

    void start() {
        io.now_us = static_cast<std::uint64_t>(s.now().time_since_epoch() / 1us);
        zone.listen(*this);
        const std::uint32_t dns_server = server_address.value;
        fw_dns_set_servers(&host.dns, &dns_server, 1);
        const environment_scope scope(libraries);
        fw_sip_register_now(&client, client_address.value);
    }
    std::string answers() const {
        std::string all;
        for (const auto& m : records<sim::record::sip_message>())
            if (!m.received) all += std::to_string(m.status) + " ";
        return all;
    }
    std::vector<std::string> handshakes() const {
        std::vector<std::string> all;
        for (const auto& h : records<sim::record::tls_handshake>()) all.push_back(h.result);
        return all;
    }

    /// A DNS server that knows the domain's one address.
    struct name_server {
        network::udp_socket_ptr socket;
        void listen(sip_bench& b) {
            if (socket) return;
            socket = b.server_stack.open_udp(53);
            socket->on_data = [this, &b](network::endpoint from, sim::byte_view data) {
                sim::bytes m = sim::to_bytes(data);
                std::size_t at = 12;
                while (m.at(at) != 0) at += 1u + m[at];
                m.resize(at + 5);  // header and question
                m[2] = 0x81;
                m[3] = 0x80;
                m[7] = 1;
                m[10] = m[11] = 0;
                const std::uint32_t a = b.server_address.value;
                const sim::bytes answer{0xC0,
                                        0x0C,
                                        0,
                                        1,
                                        0,
                                        1,
                                        0,
                                        0,
                                        1,
                                        0,
                                        0,
                                        4,
                                        static_cast<std::uint8_t>(a >> 24),
                                        static_cast<std::uint8_t>(a >> 16),
                                        static_cast<std::uint8_t>(a >> 8),
                                        static_cast<std::uint8_t>(a)};
                m.insert(m.end(), answer.begin(), answer.end());
                socket->send(from, m);
            };
        }
    };

    client_host host{*this};
    servers::registrar_parameters p;
    fw_sip_config config{};
    fw_sip_client client{};
    std::unique_ptr<acceptor> way;
    std::unique_ptr<servers::registrar> server;
    name_server zone;
    int registered = 0, failed = 0, syncs = 0, asked_for_time = 0;
    unsigned status = 1;
};

class sip_by_both_models : public testing::TestWithParam<model> {};

TEST_P(sip_by_both_models, when_the_certificate_is_good_then_one_session_serves_all) {
    sip_bench b([](sip_bench& x) {
        x.use(GetParam());
        x.p.accounts = {{"base", "secret"}};
        std::strcpy(x.config.password, "secret");
        x.config.keep_alive_s = 60;
        x.config.keep_alive_timer = 7;
    });
    b.start();
    b.run(5s);
    EXPECT_EQ(b.registered, 1) << b.host.log;
    EXPECT_EQ(b.answers(), "401 200 ");
    EXPECT_EQ(b.handshakes(), std::vector<std::string>{"done"});
    b.server->check_sync("*", false, 0s);
    b.run(5s);
    EXPECT_EQ(b.syncs, 1);
    b.pass(30min);
    EXPECT_EQ(b.registered, 2) << "refreshed";
    EXPECT_EQ(b.handshakes().size(), 1u) << "over the same session, kept open by CRLF";
    const auto facts = b.records<sim::record::tls_handshake>().front();
    EXPECT_EQ(facts.server_name, domain);
}

TEST_P(sip_by_both_models, when_the_certificate_is_bad_then_nothing_is_said) {
    const struct {
        const char* what;
        std::function<void(sip_bench&)> spoil;
    } cases[] = {
        {"wrong name",
         [](sip_bench& b) { b.parameters.own = b.certificates.issue("vendor", wish_of(b.s, {"sip.other.example"})); }},
        {"unknown issuer",
         [](sip_bench& b) {
             b.parameters.own = b.certificates.issue("nobody", wish_of(b.s, {domain}));
             b.parameters.own_root = b.certificates.root_pem("nobody");
         }},
        {"certificate expired",
         [](sip_bench& b) {
             auto w = wish_of(b.s, {domain});
             w.valid_to = sim::start_unix_s(b.s) - 1;
             b.parameters.own = b.certificates.issue("vendor", w);
         }},
    };
    for (const auto& c : cases) {
        sip_bench b([&](sip_bench& x) {
            x.use(GetParam());
            c.spoil(x);
        });
        b.start();
        b.run(40s);
        EXPECT_EQ(b.registered, 0) << c.what;
        EXPECT_EQ(b.failed, 1) << c.what;
        EXPECT_EQ(b.status, 0u);
        EXPECT_NE(b.host.log.find(std::string("registrar: tls failed: ") + c.what), std::string::npos) << b.host.log;
        EXPECT_TRUE(b.records<sim::record::sip_message>().empty()) << c.what;
        ASSERT_EQ(b.handshakes().size(), 1u);
        EXPECT_NE(b.handshakes()[0], "done");
    }
}

TEST_P(sip_by_both_models, when_the_session_breaks_then_it_is_made_anew_and_resumed) {
    sip_bench b([](sip_bench& x) { x.use(GetParam()); });
    b.start();
    b.run(5s);
    ASSERT_EQ(b.registered, 1);
    // The server's process ends and comes back: all of its connections are reset.
    sim::fault_spec f;
    f.at = b.s.now() + 1s;
    f.lasts = 1s;
    f.target = "internet/server";
    f.action = "outage";
    f.arguments["mode"] = "refuse";
    b.s.faults().arm(f);
    b.pass(40s);
    EXPECT_EQ(b.registered, 2) << b.host.log;
    const auto all = b.records<sim::record::tls_handshake>();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_FALSE(all[0].resumed);
    EXPECT_TRUE(all[1].resumed);
}

INSTANTIATE_TEST_SUITE_P(tls, sip_by_both_models, testing::Values(model::openssl, model::timing),
                         [](const auto& p) { return p.param == model::openssl ? "openssl" : "timing"; });

TEST(sip_over_tls, when_addresses_are_sips_then_they_stand_in_every_field) {
    sip_bench b([](sip_bench& x) {
        x.config.transport = FW_SIP_UDP;
        x.config.sips = true;  // SIPS means TLS whatever else is written
    });
    b.start();
    b.run(5s);
    EXPECT_EQ(b.registered, 1) << b.host.log << b.host.connections << b.client.state << b.failed;
    const auto bound = b.records<sim::record::sip_registration>();
    ASSERT_EQ(bound.size(), 1u);
    EXPECT_EQ(bound[0].aor, "sip:base@csp.example") << "one person under both schemes";
    EXPECT_EQ(bound[0].contact.substr(0, 10), "sips:base@");
    b.server->check_sync("*", false, 0s);
    b.run(5s);
    EXPECT_EQ(b.syncs, 1);
}

TEST(sip_over_tls, when_sips_comes_without_tls_or_binds_less_than_sips_then_it_is_refused) {
    sip_bench b([](sip_bench& x) { x.p.tcp = true; });
    const auto ask = [&](const char* scheme, const char* contact) {
        servers::tcp_client c(b, 5060);
        c.say(std::string("REGISTER ") + scheme +
              ":csp.example SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bK" + scheme + contact +
              "\r\nFrom: <" + scheme + ":u@csp.example>;tag=1\r\nTo: <" + scheme +
              ":u@csp.example>\r\nCall-ID: " + scheme + contact + "\r\nCSeq: 1 REGISTER\r\nContact: <" + contact +
              ":u@192.0.2.1:5060>\r\nContent-Length: 0\r\n\r\n");
        b.run(2s);
        return servers::status_line(c.answer);
    };
    EXPECT_EQ(ask("sip", "sip"), "SIP/2.0 200 OK");
    EXPECT_EQ(ask("sips", "sips"), "SIP/2.0 400 SIPS Without TLS");
    // By TLS, but a contact that anybody may listen to.
    tls_client c(b, "", domain);
    c.stream = b.client_stack.connect({b.server_address, 5061});
    c.stream->on_connected = [&] {
        c.within([&] { c.tls = fw_tls_open(&b.device, domain, sim::unix_s(b.s)); });
        c.flush();
    };
    c.to_say =
        "REGISTER sips:csp.example SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bKx\r\nFrom: "
        "<sips:u@csp.example>;tag=1\r\nTo: <sips:u@csp.example>\r\nCall-ID: x\r\nCSeq: 1 REGISTER\r\nContact: "
        "<sip:u@192.0.2.1:5061>\r\nContent-Length: 0\r\n\r\n";
    c.stream->on_data = [&](sim::byte_view data) { c.take(data); };
    b.run(5s);
    EXPECT_EQ(servers::status_line(c.answer), "SIP/2.0 400 SIPS Needs SIPS Contacts");
}

TEST(sip_over_tls, when_its_owner_wants_the_time_first_then_it_waits_for_it) {
    sip_bench b([](sip_bench& x) {
        x.config.wants_time = [](void* context) { return static_cast<sip_bench*>(context)->asked_for_time++ == 0; };
    });
    b.start();
    b.run(40s);
    EXPECT_EQ(b.host.connections, 0);
    EXPECT_EQ(b.failed, 0);
    b.start();
    b.run(5s);
    EXPECT_EQ(b.registered, 1);
}

TEST(sip_over_tls, when_the_device_knows_no_tls_then_the_target_is_out_of_reach) {
    sip_bench b([](sip_bench& x) { x.config.tls = nullptr; });
    b.start();
    b.run(5s);
    EXPECT_EQ(b.failed, 1);
    EXPECT_EQ(b.host.connections, 0);
}

}  // namespace
}  // namespace dectbed::models::tls
