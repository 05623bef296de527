// Authentication, streams and the registrar's own requests.
#include <gtest/gtest.h>

#include "models/servers/registrar.h"
#include "models/servers/stun_codec.h"
#include "tests/models/servers/bench.h"

namespace dectbed::models::servers {
namespace {

digest_credentials mufasa() {
    return {"Mufasa",
            "http-auth@example.org",
            "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            "/dir/index.html",
            "",
            "",
            "",
            "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            "auth",
            "00000001"};
}

TEST(digest, when_computed_then_it_is_what_rfc_7616_3_9_1_prints) {
    EXPECT_EQ(digest_response(digest_algorithm::md5, mufasa(), "GET", "Circle of Life"),
              "8ca523f5e9506fed4657c9700eebdbec");
    EXPECT_EQ(digest_response(digest_algorithm::sha256, mufasa(), "GET", "Circle of Life"),
              "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

TEST(digest, when_computed_then_it_is_what_rfc_2617_3_5_prints) {
    digest_credentials c{"Mufasa",
                         "testrealm@host.com",
                         "dcd98b7102dd2f0e8b11d0f600bfb0c093",
                         "/dir/index.html",
                         "",
                         "",
                         "",
                         "0a4f113b",
                         "auth",
                         "00000001"};
    EXPECT_EQ(digest_response(digest_algorithm::md5, c, "GET", "Circle Of Life"), "6629fae49393a05397450978507c4ef1");
}

TEST(digest, when_a_nonce_is_old_or_changed_then_that_is_seen) {
    nonce_mint mint("secret", 300s), other("other", 300s);
    const std::string nonce = mint.make(start + 10s);
    EXPECT_NE(nonce, mint.make(start + 10s));
    EXPECT_EQ(mint.check(nonce, start + 310s), nonce_mint::state::fresh);
    EXPECT_EQ(mint.check(nonce, start + 311s), nonce_mint::state::stale);
    EXPECT_EQ(other.check(nonce, start + 10s), nonce_mint::state::forged);
    for (std::size_t i = 0; i < nonce.size(); ++i) {
        std::string changed = nonce;
        changed[i] = changed[i] == '0' ? '1' : '0';
        EXPECT_EQ(mint.check(changed, start + 10s), nonce_mint::state::forged) << i;
    }
    EXPECT_EQ(mint.check("", start), nonce_mint::state::forged);
}

constexpr const char* aor = "sip:base-021b2c000001@csp.example";

std::string request(int cseq, const std::string& authorization, const std::string& transport = "UDP",
                    const std::string& user = "base-021b2c000001") {
    return "REGISTER sip:csp.example SIP/2.0\r\nVia: SIP/2.0/" + transport + " 192.168.1.20:5060;branch=z9hG4bK" +
           std::to_string(cseq) + ";rport\r\nMax-Forwards: 70\r\nFrom: <sip:" + user +
           "@csp.example>;tag=a1\r\nTo: <sip:" + user +
           "@csp.example>\r\nCall-ID: call-1@192.168.1.20\r\nCSeq: " + std::to_string(cseq) +
           " REGISTER\r\nContact: <sip:base-021b2c000001@192.168.1.20:5060>;"
           "+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-021b2c000001>\"\r\n" +
           (authorization.empty() ? "" : "Authorization: " + authorization + "\r\n") +
           "Expires: 3600\r\nUser-Agent: RB-1/1.0.0 (02:1b:2c:00:00:01)\r\nContent-Length: 0\r\n\r\n";
}

std::string value_in(const std::string& text, const std::string& name) {
    const auto at = text.find(name + "=\"");
    if (at == std::string::npos) return {};
    const auto from = at + name.size() + 2;
    return text.substr(from, text.find('"', from) - from);
}

std::string credentials(const std::string& nonce, const std::string& password, int nc = 1,
                        digest_algorithm a = digest_algorithm::md5, const std::string& user = "base-021b2c000001") {
    digest_credentials c{user, "csp.example", nonce, "sip:csp.example", "", "", "", "0a4f113b", "auth", ""};
    char count[9];
    std::snprintf(count, sizeof count, "%08x", static_cast<unsigned>(nc));
    c.nc = count;
    return "Digest username=\"" + c.user + "\",realm=\"" + c.realm + "\",nonce=\"" + nonce + "\",uri=\"" + c.uri +
           "\",response=\"" + digest_response(a, c, "REGISTER", password) + "\",algorithm=" + to_text(a) +
           ",qop=auth,nc=" + c.nc + ",cnonce=\"" + c.cnonce + "\"";
}

registrar_parameters with_accounts() {
    registrar_parameters p;
    p.domain = "csp.example";
    p.accounts = {{"base-021b2c000009", "other"}, {"base-*", "secret"}};
    return p;
}

struct sip_bench : bench {
    registrar server;
    network::udp_socket_ptr socket = client_stack.open_udp(5070);
    std::vector<std::string> answers;
    explicit sip_bench(registrar_parameters p) : server(s, who, server_stack, std::move(p)) {
        socket->on_data = [this](network::endpoint, sim::byte_view d) { answers.emplace_back(sim::text(d)); };
    }
    ~sip_bench() { socket->on_data = nullptr; }
    std::string ask(const std::string& text, sim::duration wait = 1s) {
        const auto before = answers.size();
        socket->send({server_address, 5060}, sim::view(text));
        run(wait);
        return answers.size() == before ? "" : answers.back();
    }
};

TEST(registrar_digest, when_credentials_are_right_then_it_registers_and_counts_the_nonce) {
    sip_bench b(with_accounts());
    const auto first = b.ask(request(1, ""));
    EXPECT_EQ(status_line(first), "SIP/2.0 401 Unauthorized");
    EXPECT_NE(first.find("WWW-Authenticate: Digest realm=\"csp.example\", nonce=\""), std::string::npos) << first;
    EXPECT_EQ(first.find("stale"), std::string::npos);
    EXPECT_FALSE(b.server.registered(aor));
    const std::string nonce = value_in(first, "nonce");
    EXPECT_EQ(status_line(b.ask(request(2, credentials(nonce, "secret")))), "SIP/2.0 200 OK");
    EXPECT_TRUE(b.server.registered(aor));
    EXPECT_EQ(status_line(b.ask(request(3, credentials(nonce, "secret", 2)))), "SIP/2.0 200 OK");
    // RFC 7616, 3.4: a count that does not grow is a replay.
    const auto replayed = b.ask(request(4, credentials(nonce, "secret", 2)));
    EXPECT_EQ(status_line(replayed), "SIP/2.0 401 Unauthorized");
    EXPECT_NE(replayed.find("stale=true"), std::string::npos);
}

TEST(registrar_digest, when_the_password_or_the_user_is_wrong_then_403_and_nothing_is_bound) {
    sip_bench b(with_accounts());
    const std::string nonce = value_in(b.ask(request(1, "")), "nonce");
    EXPECT_EQ(status_line(b.ask(request(2, credentials(nonce, "wrong")))), "SIP/2.0 403 Forbidden");
    EXPECT_EQ(status_line(b.ask(request(3, credentials(nonce, "secret", 1, digest_algorithm::md5, "base-other")))),
              "SIP/2.0 403 Forbidden");
    EXPECT_EQ(status_line(b.ask(request(4, credentials(nonce, "other", 1, digest_algorithm::md5, "base-021b2c000009"),
                                        "UDP", "base-021b2c000009"))),
              "SIP/2.0 200 OK");
    EXPECT_EQ(status_line(
                  b.ask(request(5, credentials(nonce, "x", 1, digest_algorithm::md5, "stranger"), "UDP", "stranger"))),
              "SIP/2.0 403 Forbidden");
    EXPECT_FALSE(b.server.registered(aor));
}

TEST(registrar_digest, when_the_nonce_is_too_old_then_stale_and_when_it_is_foreign_then_a_plain_challenge) {
    sip_bench b(with_accounts());
    const std::string nonce = value_in(b.ask(request(1, "")), "nonce");
    b.s.kernel().after(301s, [] {});  // time passes only where something happens
    b.run(301s);
    const auto stale = b.ask(request(2, credentials(nonce, "secret")));
    EXPECT_EQ(status_line(stale), "SIP/2.0 401 Unauthorized");
    EXPECT_NE(stale.find("stale=true"), std::string::npos);
    EXPECT_EQ(status_line(b.ask(request(3, credentials(value_in(stale, "nonce"), "secret")))), "SIP/2.0 200 OK");
    const auto foreign = b.ask(request(4, credentials("abcdef", "secret")));
    EXPECT_EQ(status_line(foreign), "SIP/2.0 401 Unauthorized");
    EXPECT_EQ(foreign.find("stale"), std::string::npos);
}

TEST(registrar_digest, when_two_algorithms_are_offered_then_one_field_each_in_order_and_only_those_count) {
    auto p = with_accounts();
    p.algorithms = {digest_algorithm::sha256, digest_algorithm::md5};
    sip_bench b(p);
    const auto first = b.ask(request(1, ""));
    const auto sha = first.find("algorithm=SHA-256"), md5 = first.find("algorithm=MD5");
    ASSERT_NE(sha, std::string::npos);
    ASSERT_NE(md5, std::string::npos);
    EXPECT_LT(sha, md5);
    const std::string nonce = value_in(first, "nonce");
    EXPECT_EQ(status_line(b.ask(request(2, credentials(nonce, "secret", 1, digest_algorithm::sha256)))),
              "SIP/2.0 200 OK");
}

TEST(registrar_digest, when_an_algorithm_is_not_offered_then_it_does_not_count) {
    auto only = with_accounts();
    only.algorithms = {digest_algorithm::sha256};
    sip_bench b(only);
    const std::string nonce = value_in(b.ask(request(1, "")), "nonce");
    EXPECT_EQ(status_line(b.ask(request(2, credentials(nonce, "secret")))), "SIP/2.0 401 Unauthorized");
}

TEST(registrar_stream, when_messages_come_in_pieces_or_together_then_each_is_answered_and_ping_gets_pong) {
    registrar_parameters p;
    p.tcp = true;
    bench b;
    registrar server(b.s, b.who, b.server_stack, p);
    tcp_client c(b, 5060);
    const std::string text = request(1, "", "TCP");
    c.say("\r\n\r\n");
    b.run(1s);
    EXPECT_EQ(c.answer, "\r\n");
    for (std::size_t at = 0; at < text.size(); at += 100) c.say(text.substr(at, 100));
    b.run(1s);
    EXPECT_EQ(count_of(c.answer, "SIP/2.0 200 OK"), 1u);
    c.say(request(2, "", "TCP") + request(3, "", "TCP"));
    b.run(1s);
    EXPECT_EQ(count_of(c.answer, "SIP/2.0 200 OK"), 3u);
    c.say("no SIP at all\r\n\r\n");
    b.run(1s);
    EXPECT_TRUE(c.closed);
    EXPECT_EQ(c.reason, network::close_reason::reset);
}

TEST(registrar_stream, when_tcp_is_not_offered_then_nobody_listens) {
    bench b;
    registrar server(b.s, b.who, b.server_stack, {});
    tcp_client c(b, 5060);
    b.run(1s);
    EXPECT_TRUE(c.closed);
}

std::string answer_to(const std::string& request, const std::string& status) {
    std::string out = "SIP/2.0 " + status + "\r\n";
    for (const char* name : {"Via", "From", "To", "Call-ID", "CSeq"}) {
        const auto at = request.find(std::string(name) + ": ");
        out += request.substr(at, request.find("\r\n", at) + 2 - at);
    }
    return out + "Content-Length: 0\r\n\r\n";
}

TEST(registrar_notify, when_asked_then_check_sync_goes_to_where_the_register_came_from) {
    sip_bench b({});
    b.ask(request(1, ""));
    b.server.check_sync("base-*", true, {});
    b.run(100ms);
    ASSERT_EQ(b.answers.size(), 2u);
    const std::string notify = b.answers.back();
    EXPECT_EQ(status_line(notify), "NOTIFY sip:base-021b2c000001@192.168.1.20:5060 SIP/2.0");
    EXPECT_NE(notify.find("\r\nEvent: check-sync;reboot=true\r\n"), std::string::npos);
    EXPECT_NE(notify.find("\r\nTo: <sip:base-021b2c000001@csp.example>\r\n"), std::string::npos);
    b.socket->send({b.server_address, 5060}, sim::view(answer_to(notify, "200 OK")));
    b.run(60s);
    EXPECT_EQ(b.answers.size(), 2u);  // answered: not sent again
    const auto messages = b.records<sim::record::sip_message>();
    ASSERT_EQ(messages.size(), 4u);
    EXPECT_EQ(messages[3].method, "NOTIFY");
    EXPECT_EQ(messages[3].status, 200);
    EXPECT_EQ(messages[3].client, b.base);
    b.server.check_sync("handset-*", false, {});
    b.run(1s);
    EXPECT_EQ(b.answers.size(), 2u);
}

TEST(registrar_notify, when_nobody_answers_then_it_is_sent_as_rfc_3261_says_for_32_s) {
    sip_bench b({});
    b.ask(request(1, ""));
    std::vector<sim::time_point> seen;
    b.socket->on_data = [&](network::endpoint, sim::byte_view) { seen.push_back(b.s.now()); };
    b.server.check_sync("*", false, {});
    b.run(100s);
    ASSERT_EQ(seen.size(), 11u);
    const int waits_ms[] = {500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000, 4000};
    for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(seen[i + 1] - seen[i], std::chrono::milliseconds{waits_ms[i]}) << i;
    EXPECT_TRUE(b.server.registered(aor));
}

TEST(registrar_notify, when_who_is_registered_no_longer_answers_options_then_the_binding_goes) {
    registrar_parameters p;
    p.qualify = 60s;
    sip_bench b(p);
    b.ask(request(1, ""));
    b.socket->on_data = [&](network::endpoint, sim::byte_view d) {
        const std::string text(sim::text(d));
        EXPECT_EQ(text.substr(0, 8), "OPTIONS ");
        if (b.s.now() < start + 200s) b.socket->send({b.server_address, 5060}, sim::view(answer_to(text, "200 OK")));
    };
    b.run(200s);
    EXPECT_TRUE(b.server.registered(aor));
    b.run(100s);
    EXPECT_FALSE(b.server.registered(aor));
}

TEST(registrar_keep_alive, when_stun_comes_to_the_sip_port_then_the_mapped_address_is_told) {
    sip_bench b({});
    stun_message m;
    m.transaction[0] = 7;
    b.socket->send({b.server_address, 5060}, encode_stun(m).value());
    b.run(1s);
    ASSERT_EQ(b.answers.size(), 1u);
    const auto answer = decode_stun(sim::view(b.answers[0]));
    ASSERT_TRUE(answer.has_value());
    const auto* mapped = answer.value().find(stun_xor_mapped_address);
    ASSERT_NE(mapped, nullptr);
    EXPECT_EQ(read_stun_xor_address(mapped->value), (network::endpoint{b.client_address, 5070}));
}

TEST(sip_codec, when_a_stream_is_cut_anywhere_then_the_frame_is_incomplete_or_whole) {
    const std::string text = request(1, "");
    const std::string two = text + text;
    for (std::size_t n = 0; n <= two.size(); ++n) {
        const auto frame = sip_frame(sim::view(std::string_view(two).substr(0, n)));
        ASSERT_TRUE(frame.has_value()) << n;
        EXPECT_EQ(*frame, n < text.size() ? 0 : text.size()) << n;
    }
    EXPECT_FALSE(sip_frame(sim::view("OPTIONS sip:x SIP/2.0\r\nVia: x\r\n\r\n")).has_value());
    EXPECT_FALSE(sip_frame(sim::view("X\r\nContent-Length: 99999999\r\n\r\n")).has_value());
}

TEST(sip_codec, when_answers_are_spoilt_then_they_are_refused_or_read) {
    const std::string good = answer_to(request(1, ""), "200 OK");
    const auto read = decode_sip_answer(sim::view(good));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read.value().status, 200);
    EXPECT_EQ(read.value().branch, "z9hG4bK1");
    EXPECT_EQ(read.value().cseq, 1);
    sim::random_stream random(1, "test", "sip");
    for (int round = 0; round < 20'000; ++round) {
        std::string octets = good;
        for (int i = 0; i < 3; ++i) octets[random.below(octets.size())] = static_cast<char>(random.below(256));
        octets.resize(random.below(octets.size() + 1));
        (void)decode_sip_answer(sim::view(octets));
        (void)sip_frame(sim::view(octets));
    }
}

}  // namespace
}  // namespace dectbed::models::servers
