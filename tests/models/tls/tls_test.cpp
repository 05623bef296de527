// TLS by OpenSSL and by the timing model: the firmware's client against the servers' acceptor.
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include <ctime>

#include "sim/wall_clock.h"
#include "tests/models/tls/tls_bench.h"

namespace dectbed::models::tls {
namespace {

class both_models : public testing::TestWithParam<model> {};

TEST_P(both_models, when_everything_is_right_then_octets_go_to_and_fro) {
    tls_bench b;
    b.use(GetParam());
    b.listen();
    tls_client c(b, std::string(40'000, 'x'));
    b.run(2s);
    EXPECT_EQ(c.state(), FW_TLS_OPEN) << c.failure();
    EXPECT_EQ(b.heard.size(), 40'000u);
    EXPECT_EQ(c.answer, b.heard);
    EXPECT_EQ(b.facts.version, "TLSv1.3");
    EXPECT_EQ(b.facts.cipher, "TLS_AES_128_GCM_SHA256");
    EXPECT_EQ(b.facts.server_name, host_name);
    c.finish();
    b.run(2s);
    EXPECT_TRUE(b.peer_finished);
    const auto records = b.records<sim::record::tls_handshake>();
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].result, "done");
    EXPECT_EQ(records[0].model, to_text(GetParam()));
    EXPECT_FALSE(records[0].resumed);
    EXPECT_GE(records[0].took, b.parameters.costs.full);
}

TEST_P(both_models, when_it_comes_again_then_the_session_is_resumed_and_costs_less) {
    tls_bench b;
    b.use(GetParam());
    b.listen();
    tls_client first(b);
    b.run(2s);
    ASSERT_EQ(first.answer, "hello") << first.failure();
    tls_client second(b);
    b.run(2s);
    EXPECT_EQ(second.answer, "hello");
    EXPECT_TRUE(fw_tls_resumed(second.tls));
    EXPECT_TRUE(b.facts.resumed);
    EXPECT_LT(second.cpu_us, first.cpu_us / 2);
    b.pass(b.parameters.ticket_lifetime);
    tls_client late(b);
    b.run(2s);
    EXPECT_EQ(late.answer, "hello");
    EXPECT_FALSE(fw_tls_resumed(late.tls));
}

TEST_P(both_models, when_tickets_are_off_then_nothing_is_resumed) {
    tls_bench b;
    b.use(GetParam());
    b.parameters.session_tickets = false;
    b.listen();
    for (int i = 0; i < 2; ++i) {
        tls_client c(b);
        b.run(2s);
        EXPECT_EQ(c.answer, "hello") << c.failure();
        EXPECT_FALSE(fw_tls_resumed(c.tls));
    }
}

TEST_P(both_models, SPL_07_when_the_certificate_does_not_verify_then_there_is_no_session) {
    const struct {
        const char* what;
        std::function<void(tls_bench&)> spoil;
        const char* wanted;
    } cases[] = {
        {"expired",
         [](tls_bench& b) {
             auto w = wish_of(b.s);
             w.valid_to = sim::start_unix_s(b.s) - 1;
             b.parameters.own = b.certificates.issue("vendor", w);
         },
         "certificate expired"},
        {"early",
         [](tls_bench& b) {
             auto w = wish_of(b.s);
             w.valid_from = sim::start_unix_s(b.s) + 3600;
             b.parameters.own = b.certificates.issue("vendor", w);
         },
         "certificate not yet valid"},
        {"name", [](tls_bench& b) { b.parameters.own = b.certificates.issue("vendor", wish_of(b.s, {"x.example"})); },
         "wrong name"},
        {"issuer",
         [](tls_bench& b) {
             b.parameters.own = b.certificates.issue("nobody", wish_of(b.s));
             b.parameters.own_root = b.certificates.root_pem("nobody");
         },
         "unknown issuer"},
        {"self", [](tls_bench& b) { b.parameters.own = b.certificates.self_signed(wish_of(b.s)); },
         "self-signed certificate"},
        {"no anchors", [](tls_bench& b) { b.trust(""); }, "unknown issuer"},
    };
    for (const auto& c : cases) {
        tls_bench b;
        b.use(GetParam());
        c.spoil(b);
        b.listen();
        tls_client client(b);
        b.run(5s);
        EXPECT_EQ(client.state(), FW_TLS_FAILED) << c.what;
        EXPECT_EQ(client.failure(), c.wanted) << c.what;
        EXPECT_EQ(b.heard, "") << c.what;
        const auto records = b.records<sim::record::tls_handshake>();
        ASSERT_EQ(records.size(), 1u) << c.what;
        EXPECT_EQ(records[0].result.rfind("alert from the client: ", 0), 0u) << records[0].result;
    }
}

TEST_P(both_models, SPL_07_when_a_chain_was_found_good_then_time_and_name_and_anchors_still_count) {
    tls_bench b;
    b.use(GetParam());
    b.parameters.session_tickets = false;
    b.listen();
    const std::string known = b.parameters.own_root;
    const auto failure = [&](const char* host, std::int64_t at) {
        tls_client c(b, "hello", host, at);
        b.run(5s);
        EXPECT_EQ(c.answer.empty(), !c.failure().empty());
        return c.failure();
    };
    const auto w = wish_of(b.s);
    const std::int64_t good = w.valid_from + 1000;
    for (int round = 0; round < 2; ++round) {
        b.trust(known);
        EXPECT_EQ(failure(host_name, good), "");
        EXPECT_EQ(failure(host_name, good + 1), "");
        EXPECT_EQ(failure(host_name, w.valid_from - 1), "certificate not yet valid");
        EXPECT_EQ(failure(host_name, w.valid_to + 1), "certificate expired");
        EXPECT_EQ(failure("x.example", good), "wrong name");
        b.trust(b.certificates.root_pem("nobody"));
        EXPECT_EQ(failure(host_name, good), "unknown issuer");
    }
}

TEST_P(both_models, SPL_07_when_a_bundle_was_imported_then_its_issuers_are_trusted_too) {
    tls_bench b;
    b.use(GetParam());
    b.parameters.own = b.certificates.issue("provider", wish_of(b.s));
    b.parameters.own_root = b.certificates.root_pem("provider");
    b.trust(b.certificates.root_pem("vendor") + b.parameters.own_root);
    b.listen();
    tls_client c(b);
    b.run(2s);
    EXPECT_EQ(c.answer, "hello") << c.failure();
}

TEST_P(both_models, when_the_clock_is_not_set_then_only_the_build_date_counts) {
    for (const bool old : {false, true}) {
        tls_bench b;
        b.use(GetParam());
        auto w = wish_of(b.s);
        b.device.built_unix = old ? w.valid_to + 1 : w.valid_from - 1000;
        b.listen();
        tls_client c(b, "hello", host_name, FW_TLS_CLOCK_UNKNOWN);
        b.run(2s);
        EXPECT_EQ(c.failure(), old ? "certificate expired" : "");
    }
    tls_bench b;
    b.use(GetParam());
    b.listen();
    tls_client in_1970(b, "hello", host_name, 100);
    b.run(2s);
    EXPECT_EQ(in_1970.failure(), "certificate not yet valid");
}

TEST_P(both_models, when_the_server_speaks_one_version_then_that_is_taken) {
    for (const bool newer : {false, true}) {
        tls_bench b;
        b.use(GetParam());
        b.parameters.tls_1_2 = !newer;
        b.parameters.tls_1_3 = newer;
        b.listen();
        tls_client c(b);
        b.run(2s);
        EXPECT_EQ(c.answer, "hello") << c.failure();
        EXPECT_EQ(b.facts.version, newer ? "TLSv1.3" : "TLSv1.2");
        tls_client again(b);
        b.run(2s);
        EXPECT_TRUE(fw_tls_resumed(again.tls)) << newer;
        b.device.versions = newer ? 1 : 2;
        tls_client other(b, "hello", "192.0.2.1");
        b.run(2s);
        EXPECT_EQ(other.state(), FW_TLS_FAILED);
        EXPECT_EQ(other.failure(), "alert: protocol version");
    }
}

TEST_P(both_models, when_a_client_certificate_is_demanded_then_only_who_has_one_gets_in) {
    tls_bench b;
    b.use(GetParam());
    const auto own = b.demand_certificate();
    b.listen();
    tls_client without(b);
    b.run(2s);
    EXPECT_EQ(without.answer, "");
    EXPECT_EQ(b.records<sim::record::tls_handshake>().at(0).result.rfind("alert: ", 0), 0u);
    const std::string pem = "subject=" + subject_of(own->chain.front().get()) + "\n" + pem_of(*own);
    b.trust(b.parameters.own_root, pem.c_str(), key_pem_of(*own).c_str());
    tls_client with(b);
    b.run(2s);
    EXPECT_EQ(with.answer, "hello") << with.failure();
    const auto record = b.records<sim::record::tls_handshake>().at(1);
    EXPECT_EQ(record.client_subject, "CN=DB-100 02:1b:2c:00:00:01,O=dectbed");
    EXPECT_EQ(record.client, b.base);
}

TEST_P(both_models, when_a_client_sends_noise_then_it_is_told_and_the_server_lives) {
    tls_bench b;
    b.use(GetParam());
    b.listen();
    for (int i = 0; i < 200; ++i) {
        auto raw = b.client_stack.connect({b.server_address, 443});
        raw->on_connected = [&b, i, stream = raw.get()] {
            auto noise = b.s.stream("noise", std::to_string(i));
            sim::bytes octets(1 + noise.below(400));
            for (auto& o : octets) o = static_cast<std::uint8_t>(noise.below(256));
            // Most begin as records do.
            if (i % 4 != 0)
                std::copy_n(
                    std::initializer_list<std::uint8_t>{i % 2 ? std::uint8_t{23} : std::uint8_t{22}, 3, 3, 0}.begin(),
                    std::min<std::size_t>(octets.size(), 4), octets.begin());
            stream->send(octets);
            stream->close();
        };
        b.run(40s);
        raw->on_connected = nullptr;
    }
    EXPECT_EQ(b.server->under_way(), 0u);
    for (const auto& r : b.records<sim::record::tls_handshake>()) EXPECT_NE(r.result, "done");
    tls_client c(b);
    b.run(2s);
    EXPECT_EQ(c.answer, "hello");
}

TEST_P(both_models, when_a_client_says_nothing_then_the_handshake_times_out) {
    tls_bench b;
    b.use(GetParam());
    b.listen();
    auto raw = b.client_stack.connect({b.server_address, 443});
    b.run(b.parameters.handshake_timeout - 10ms);
    EXPECT_EQ(b.server->under_way(), 1u);
    b.run(1s);
    EXPECT_EQ(b.server->under_way(), 0u);
    EXPECT_EQ(b.records<sim::record::tls_handshake>().at(0).result, "timed out");
}

TEST_P(both_models, when_cores_are_busy_then_handshakes_queue) {
    tls_bench b;
    b.use(GetParam());
    b.parameters.costs = {1, 100ms, 100ms};
    b.listen();
    tls_client one(b), two(b), three(b);
    b.run(5s);
    const auto records = b.records<sim::record::tls_handshake>();
    ASSERT_EQ(records.size(), 3u);
    EXPECT_GE(records[2].took, 300ms);
    EXPECT_LT(records[0].took, 200ms);
}

INSTANTIATE_TEST_SUITE_P(tls, both_models, testing::Values(model::openssl, model::timing),
                         [](const auto& i) { return i.param == model::openssl ? "openssl" : "timing"; });

TEST(tls_timing, when_compared_with_genuine_tls_then_octets_and_flights_are_the_same) {
    for (const bool newer : {true, false}) {
        for (const bool certificate : {false, true}) {
            std::vector<std::size_t> pieces[2][2];
            for (const model m : {model::openssl, model::timing}) {
                tls_bench b;
                b.use(m);
                b.parameters.tls_1_3 = newer;
                if (certificate) {
                    const auto own = b.demand_certificate();
                    b.trust(b.parameters.own_root, pem_of(*own).c_str(), key_pem_of(*own).c_str());
                }
                b.listen();
                for (int again = 0; again < 2; ++again) {
                    tls_client c(b, std::string(1000, 'x'));
                    b.run(2s);
                    ASSERT_EQ(c.answer.size(), 1000u)
                        << c.failure() << ", TLS 1.3: " << newer << ", certificate: " << certificate
                        << ", timing model: " << (m == model::timing) << ", again: " << again;
                    c.finish();
                    b.run(2s);
                    pieces[m == model::timing][again] = c.pieces;
                }
            }
            for (int again = 0; again < 2; ++again) {
                const auto &genuine = pieces[0][again], &modelled = pieces[1][again];
                ASSERT_EQ(genuine.size(), modelled.size()) << newer << certificate << again;
                // A signature in DER is a few octets longer or shorter with its numbers.
                for (std::size_t i = 0; i < genuine.size(); ++i)
                    EXPECT_NEAR(double(genuine[i]), double(modelled[i]), 6) << newer << certificate << again << i;
            }
        }
    }
}

TEST(tls_timing, when_the_peer_speaks_genuine_tls_then_both_say_so) {
    {
        tls_bench b;
        b.use(model::timing);
        b.listen();
        b.device.model = DECTBED_TLS_GENUINE;
        tls_client genuine(b);
        b.run(2s);
        EXPECT_EQ(genuine.failure(), "alert: handshake failure");
        EXPECT_EQ(b.records<sim::record::tls_handshake>().at(0).result,
                  "the client speaks TLS, this world has the timing model");
    }
    tls_bench b;
    b.listen();
    b.device.model = DECTBED_TLS_TIMING;
    tls_client modelled(b);
    b.run(2s);
    EXPECT_EQ(modelled.state(), FW_TLS_FAILED);
}

TEST(tls_environment, when_no_scope_is_open_then_openssl_gets_no_randomness) {
    sim::simulation s(1);
    entity_environment e(s, "internet/x", "test");
    unsigned char first[16], second[16];
    {
        const environment_scope scope(e);
        EXPECT_EQ(RAND_bytes(first, sizeof first), 1);
        EXPECT_EQ(time(nullptr), sim::unix_s(s));
    }
    EXPECT_NE(RAND_bytes(second, sizeof second), 1);
    EXPECT_GT(time(nullptr), sim::unix_s(s) + 86'400) << "outside a scope it is the machine's";
    entity_environment same(s, "internet/x", "test");
    const environment_scope scope(same);
    EXPECT_EQ(RAND_bytes(second, sizeof second), 1);
    EXPECT_TRUE(std::equal(first, first + sizeof first, second));
}

TEST(tls_certificates, when_the_same_octets_are_parsed_again_then_it_is_the_same_object) {
    sim::simulation s(7);
    pki p(s);
    const std::string first = p.root_pem("vendor"), second = p.root_pem("other");
    const auto a = certificates_in(first), again = certificates_in(first), b = certificates_in(second);
    ASSERT_EQ(a.size(), 1u);
    ASSERT_EQ(b.size(), 1u);
    unsigned char* der = nullptr;
    const int size = i2d_X509(a[0].get(), &der);
    ASSERT_GT(size, 0);
    const unsigned char* at = der;
    X509* shared = d2i_X509(nullptr, &at, size);
    EXPECT_EQ(at, der + size);
    at = der;
    X509* into = X509_new();
    EXPECT_EQ(d2i_X509(&into, &at, size), shared);
    EXPECT_EQ(into, shared);
    EXPECT_EQ(X509_cmp(shared, again[0].get()), 0);
    EXPECT_NE(X509_cmp(shared, b[0].get()), 0);
    for (int octets = 0; octets < size; ++octets) {
        at = der;
        EXPECT_EQ(d2i_X509(nullptr, &at, octets), nullptr) << octets;
    }
    X509_free(shared);
    X509_free(into);
    OPENSSL_free(der);
    ERR_clear_error();
}

TEST(tls_pki, when_made_twice_then_it_is_the_same_to_the_last_octet) {
    std::string pem[2], root[2];
    for (int i = 0; i < 2; ++i) {
        sim::simulation s(7);
        pki p(s);
        if (i == 1) p.issue("other", wish_of(s));  // one more certificate changes no other
        const auto own = p.issue("vendor", wish_of(s));
        pem[i] = pem_of(*own) + key_pem_of(*own);
        root[i] = p.root_pem("vendor");
    }
    EXPECT_EQ(pem[0], pem[1]);
    EXPECT_EQ(root[0], root[1]);
    EXPECT_NE(root[0], "");
}

TEST(tls_determinism, when_run_twice_then_every_octet_on_the_wire_is_the_same) {
    std::vector<std::string> wire[2];
    for (auto& w : wire) {
        tls_bench b(3);
        b.listen();
        for (int i = 0; i < 2; ++i) {
            tls_client c(b);
            auto inner = std::move(c.stream->on_data);
            c.stream->on_data = [&w, inner](sim::byte_view data) {
                w.emplace_back(sim::text(data));
                inner(data);
            };
            b.run(2s);
        }
    }
    EXPECT_EQ(wire[0], wire[1]);
    EXPECT_GT(wire[0].size(), 3u);
}

}  // namespace
}  // namespace dectbed::models::tls
