// Authentication, look-up and fail-over of registrars, keep-alives, streams and requests of the server: what a SIP
// client does beyond a plain REGISTER.
#include "tests/models/firmware/lib/sip_bench.h"

namespace dectbed::test {
namespace {

// --- the client -----------------------------------------------------------------------------------------------------

/// With what the plain bench leaves out: a password, keep-alives, streams.
class service_bench : public sip_bench {
  public:
    explicit service_bench(const std::function<void(fw_sip_config&)>& change)
        : sip_bench([&](fw_sip_config& config) {
              config.keep_alive_timer = 7;
              config.stream_sockets = 60;
              std::strcpy(config.password, "secret");
              change(config);
          }) {}
};

constexpr auto unchanged = [](fw_sip_config&) {};

std::string challenge(const std::string& nonce, const std::string& more = "") {
    return "WWW-Authenticate: Digest realm=\"csp.example\",nonce=\"" + nonce + "\",algorithm=SHA-512,qop=\"auth\"\r\n" +
           "WWW-Authenticate: Digest realm=\"csp.example\",nonce=\"" + nonce + "\",algorithm=SHA-256,qop=\"auth\"" +
           more + "\r\nWWW-Authenticate: Digest realm=\"csp.example\",nonce=\"" + nonce +
           "\",algorithm=MD5,qop=\"auth\"\r\n";
}

/// The response field that belongs to a REGISTER.
bool credentials_right(const std::string& message, const std::string& password) {
    const std::string field = sip_header(message, "Authorization");
    const auto value = [&](const std::string& name) {
        const auto at = field.find(name + "=\"");
        const auto from = at + name.size() + 2;
        return at == std::string::npos ? std::string() : field.substr(from, field.find('"', from) - from);
    };
    fw_digest_challenge c;
    const std::string text = "Digest realm=\"csp.example\",nonce=\"" + value("nonce") + "\",algorithm=SHA-256,qop=auth";
    if (!fw_digest_read_challenge(text.c_str(), &c)) return false;
    const auto nc = field.find("nc=");
    if (nc == std::string::npos) return false;
    const std::string cnonce = value("cnonce");
    const fw_digest_request r{
        "base",         password.c_str(),
        "REGISTER",     "sip:csp.example",
        cnonce.c_str(), static_cast<std::uint32_t>(std::stoul(field.substr(nc + 3, 8), nullptr, 16))};
    char out[FW_DIGEST_RESPONSE_OCTETS];
    return fw_digest_response(&c, &r, out) && value("response") == out && field.find("SHA-256") != std::string::npos;
}

TEST(sip_client_digest, when_challenged_then_it_answers_the_first_algorithm_it_knows_and_keeps_the_nonce) {
    service_bench b(unchanged);
    b.world.sip = [](const std::string& r) {
        return credentials_right(r, "secret") ? sip_reply(r, "200 OK", "Expires: 100\r\n")
                                              : sip_reply(r, "401 Unauthorized", challenge("abc"));
    };
    b.start();
    b.host.run_for(60 * second_us);
    EXPECT_EQ(b.registered, 2);
    ASSERT_EQ(b.world.registers.size(), 3u) << "the refresh brings its credentials at once";
    EXPECT_EQ(sip_header(b.world.registers[0].second, "Authorization"), "");
    EXPECT_NE(b.world.registers[1].second.find("nc=00000001"), std::string::npos);
    EXPECT_NE(b.world.registers[2].second.find("nc=00000002"), std::string::npos);
    EXPECT_EQ(sip_header(b.world.registers[1].second, "CSeq"), "2 REGISTER");
}

TEST(sip_client_digest, when_the_password_is_wrong_then_it_fails_once_without_a_loop) {
    service_bench b(unchanged);
    b.world.sip = [](const std::string& r) { return sip_reply(r, "401 Unauthorized", challenge("abc")); };
    b.start();
    b.host.run_for(60 * second_us);
    EXPECT_EQ(b.world.registers.size(), 2u);
    EXPECT_EQ(b.failed, 1);
    EXPECT_EQ(b.status, 401u);
}

TEST(sip_client_digest, when_the_nonce_is_stale_then_it_takes_the_new_one_but_not_for_ever) {
    service_bench b(unchanged);
    int asked = 0;
    b.world.sip = [&](const std::string& r) {
        return sip_reply(r, "401 Unauthorized", challenge("n" + std::to_string(++asked), ",stale=true"));
    };
    b.start();
    b.host.run_for(60 * second_us);
    EXPECT_EQ(b.world.registers.size(), 4u);
    EXPECT_EQ(b.failed, 1);
}

TEST(sip_client_digest, when_there_is_no_password_or_no_challenge_to_read_then_the_status_is_told) {
    service_bench none([](fw_sip_config& c) { c.password[0] = '\0'; });
    none.world.sip = [](const std::string& r) { return sip_reply(r, "401 Unauthorized", challenge("abc")); };
    none.start();
    none.host.run_for(second_us);
    EXPECT_EQ(none.status, 401u);
    EXPECT_EQ(none.world.registers.size(), 1u);
    service_bench unreadable(unchanged);
    unreadable.world.sip = [](const std::string& r) {
        return sip_reply(r, "407 Proxy", "Proxy-Authenticate: Basic x\r\n");
    };
    unreadable.start();
    unreadable.host.run_for(second_us);
    EXPECT_EQ(unreadable.status, 407u);
}

// --- requests of the server
// -------------------------------------------------------------------------------------------

std::string incoming(const std::string& method, const std::string& more, const std::string& branch = "z9hG4bKn1") {
    return method + " sip:base@192.168.1.20:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.3:5060;branch=" + branch +
           ";rport\r\nMax-Forwards: 70\r\nFrom: <sip:csp.example>;tag=7\r\nTo: <sip:base@csp.example>\r\nCall-ID: "
           "n@x\r\n"
           "CSeq: 1 " +
           method + "\r\n" + more + "Content-Length: 0\r\n\r\n";
}

TEST(sip_client_requests, when_check_sync_comes_then_it_is_answered_and_told_once) {
    service_bench b(unchanged);
    b.start();
    b.host.run_for(second_us);
    b.deliver(incoming("NOTIFY", "Event: check-sync;reboot=true\r\n"));
    const std::string answer = b.last_sent();
    EXPECT_EQ(answer.substr(0, 16), "SIP/2.0 200 OK\r\n");
    EXPECT_EQ(sip_header(answer, "Via"),
              "SIP/2.0/UDP 198.51.100.3:5060;branch=z9hG4bKn1;rport=5060;received=198.51.100.3");
    EXPECT_EQ(sip_header(answer, "To").find("<sip:base@csp.example>;tag="), 0u);
    EXPECT_EQ(sip_header(answer, "CSeq"), "1 NOTIFY");
    const std::size_t sent = b.host.count(DECTBED_REQ_UDP_SEND);
    b.deliver(incoming("NOTIFY", "Event: check-sync;reboot=true\r\n"));  // our answer was lost
    EXPECT_EQ(b.host.count(DECTBED_REQ_UDP_SEND), sent + 1);
    EXPECT_EQ(b.syncs, std::vector<bool>{true});
    b.deliver(incoming("NOTIFY", "o: check-sync\r\n", "z9hG4bKn2"));
    EXPECT_EQ(b.syncs, (std::vector<bool>{true, false}));
}

TEST(sip_client_requests, when_something_else_comes_then_it_gets_the_right_answer_or_none) {
    service_bench b(unchanged);
    b.start();
    b.host.run_for(second_us);
    b.deliver(incoming("OPTIONS", ""));
    EXPECT_EQ(b.last_sent().substr(0, 14), "SIP/2.0 200 OK");
    EXPECT_EQ(sip_header(b.last_sent(), "Allow"), "OPTIONS, NOTIFY");
    b.deliver(incoming("NOTIFY", "Event: message-summary\r\n"));
    EXPECT_EQ(b.last_sent().substr(0, 21), "SIP/2.0 489 Bad Event");
    b.deliver(incoming("INVITE", ""));
    EXPECT_EQ(b.last_sent().substr(0, 30), "SIP/2.0 405 Method Not Allowed");
    const std::size_t sent = b.host.count(DECTBED_REQ_UDP_SEND);
    b.deliver(incoming("ACK", ""));
    b.deliver(incoming("NOTIFY", "Event: check-sync\r\n"), 0x01020304);  // a stranger
    b.deliver("\r\n\r\n");
    EXPECT_EQ(b.host.count(DECTBED_REQ_UDP_SEND), sent);
    EXPECT_TRUE(b.syncs.empty());
    noise random(3);
    for (int i = 0; i < 3000; ++i) {
        b.deliver(text_of(random.spoil(bytes_of(incoming("NOTIFY", "Event: check-sync;reboot=true\r\n")))));
    }
}

// --- keep-alive
// -------------------------------------------------------------------------------------------------------

TEST(sip_client_keep_alive, when_registered_then_stun_goes_out_within_a_fifth_before_the_interval) {
    service_bench b([](fw_sip_config& c) { c.keep_alive_s = 25; });
    b.start();
    b.host.run_for(110 * second_us);
    std::vector<std::uint64_t> at;
    for (const auto& r : b.host.of(DECTBED_REQ_UDP_SEND)) {
        const octets data = r.data<dectbed_req_udp_send>();
        if (data.size() == 28 && data[0] == 0 && data[1] == 1) at.push_back(r.at_us);
    }
    ASSERT_GE(at.size(), 4u);
    for (std::size_t i = 1; i < at.size(); ++i) {
        EXPECT_GE(at[i] - at[i - 1], 20 * second_us);
        EXPECT_LE(at[i] - at[i - 1], 25 * second_us);
    }
    EXPECT_EQ(b.world.registers.size() - at.size(), 1u) << "a server that knows no STUN is left alone";
}

TEST(sip_client_keep_alive, when_the_server_sees_another_address_then_it_registers_anew) {
    service_bench b([](fw_sip_config& c) { c.keep_alive_s = 25; });
    std::uint16_t port = 40000;
    int registers = 0;
    b.host.on[DECTBED_REQ_UDP_SEND] = [&](const request& r) {
        const octets data = r.data<dectbed_req_udp_send>();
        dectbed_ev_udp_received event{};
        event.socket = 9;
        event.address = 0xC6336403;
        event.port = 5060;
        if (data[0] == 0) {
            octets answer = from_hex("0101 000c 2112a442");
            answer.insert(answer.end(), data.begin() + 8, data.begin() + 20);
            const octets mapped = from_hex("0020 0008 0001 0000 ea12d547");
            answer.insert(answer.end(), mapped.begin(), mapped.end());
            answer[26] = static_cast<std::uint8_t>(port >> 8 ^ 0x21);
            answer[27] = static_cast<std::uint8_t>(port ^ 0x12);
            b.host.post(DECTBED_EV_UDP_RECEIVED, event, 15000, answer);
        } else {
            ++registers;
            b.host.post(DECTBED_EV_UDP_RECEIVED, event, 15000, bytes_of(sip_reply(text_of(data), "200 OK", "")));
        }
    };
    b.start();
    b.host.run_for(100 * second_us);
    EXPECT_EQ(registers, 1);
    port = 41000;
    b.host.run_for(30 * second_us);
    EXPECT_EQ(registers, 2);
}

// --- streams
// ----------------------------------------------------------------------------------------------------------

struct stream_bench : service_bench {
    explicit stream_bench(std::uint32_t keep_alive_s = 0)
        : service_bench([&](fw_sip_config& c) {
              c.transport = FW_SIP_TCP;
              c.keep_alive_s = keep_alive_s;
          }) {
        host.on[DECTBED_REQ_TCP_CONNECT] = [this](const request& r) {
            socket = r.as<dectbed_req_socket>().socket;
            ++connections;
            dectbed_ev_tcp event{};
            event.socket = socket;
            if (accepts) host.post(DECTBED_EV_TCP_CONNECTED, event, 15000);
        };
        host.on[DECTBED_REQ_TCP_SEND] = [this](const request& r) {
            sent.push_back(text_of(r.data<dectbed_req_tcp_send>()));
            if (sent.back() == "\r\n\r\n") {
                if (pongs) say("\r\n");
            } else if (sent.back().substr(0, 8) == "REGISTER") {
                say(sip_reply(sent.back(), "200 OK", ""));
            }
        };
    }
    void say(const std::string& text, std::size_t piece = 1000) {
        dectbed_ev_tcp event{};
        event.socket = socket;
        for (std::size_t at = 0; at < text.size(); at += piece)
            host.post(DECTBED_EV_TCP_RECEIVED, event, 15000 + at, bytes_of(text.substr(at, piece)));
    }
    void close() {
        dectbed_ev_tcp_closed event{};
        event.socket = socket;
        event.reason = DECTBED_TCP_RESET;
        host.post(DECTBED_EV_TCP_CLOSED, event, 0);
    }
    std::uint32_t socket = 0;
    int connections = 0;
    bool accepts = true, pongs = true;
    std::vector<std::string> sent;
};

TEST(sip_client_stream, when_by_tcp_then_one_connection_serves_register_and_notify) {
    stream_bench b;
    b.start();
    b.host.run_for(second_us);
    EXPECT_EQ(b.registered, 1);
    EXPECT_EQ(sip_header(b.sent.at(0), "Via").find("SIP/2.0/TCP 192.168.1.20:5060;branch="), 0u);
    EXPECT_NE(sip_header(b.sent.at(0), "Contact").find(":5060;transport=tcp>"), std::string::npos);
    b.say("\r\n" + incoming("NOTIFY", "Event: check-sync\r\n") + incoming("OPTIONS", "", "z9hG4bKn2"), 10);
    b.host.run_for(second_us);
    EXPECT_EQ(b.syncs.size(), 1u);
    ASSERT_EQ(b.sent.size(), 3u);
    EXPECT_EQ(sip_header(b.sent[2], "CSeq"), "1 OPTIONS");
    b.host.run_for(1900 * second_us);
    EXPECT_EQ(b.registered, 2);
    EXPECT_EQ(b.connections, 1);
}

TEST(sip_client_stream, when_the_connection_breaks_then_it_is_made_anew_after_15_to_30_s) {
    stream_bench b;
    b.start();
    b.host.run_for(second_us);
    b.close();
    b.host.run_for(14 * second_us);
    EXPECT_EQ(b.connections, 1);
    b.host.run_for(17 * second_us);
    EXPECT_EQ(b.connections, 2);
    EXPECT_EQ(b.registered, 2);
}

TEST(sip_client_stream, when_a_ping_gets_no_pong_any_more_then_the_flow_is_made_anew) {
    stream_bench b(60);
    b.start();
    b.host.run_for(130 * second_us);
    EXPECT_EQ(b.connections, 1);
    b.pongs = false;
    b.host.run_for(110 * second_us);
    EXPECT_EQ(b.connections, 2);
}

TEST(sip_client_stream, when_nobody_accepts_or_rubbish_comes_then_it_fails_or_starts_again) {
    stream_bench silent;
    silent.accepts = false;
    silent.start();
    silent.host.run_for(40 * second_us);
    EXPECT_EQ(silent.failed, 1);
    stream_bench b;
    b.start();
    b.host.run_for(second_us);
    b.say("HTTP/1.1 400 Bad\r\n\r\n");
    b.host.run_for(40 * second_us);
    EXPECT_EQ(b.connections, 2);
}

TEST(sip_message, when_a_stream_is_cut_anywhere_then_the_frame_is_incomplete_or_whole) {
    const std::string text = incoming("NOTIFY", "");
    for (std::size_t n = 0; n < text.size(); ++n) {
        const exact e(bytes_of(text.substr(0, n)));
        EXPECT_EQ(fw_sip_frame(e.text(), e.size()), 0) << n;
    }
    const std::string with_body = "A b SIP/2.0\r\nl: 3\r\n\r\nxyzMORE";
    EXPECT_EQ(fw_sip_frame(with_body.data(), with_body.size()), static_cast<long>(with_body.size()) - 4);
    const std::string none = "A b SIP/2.0\r\nVia: x\r\n\r\n";
    EXPECT_EQ(fw_sip_frame(none.data(), none.size()), -1);
}

// --- look-up: RFC 3263
// ------------------------------------------------------------------------------------------------

void put_name(octets& out, const std::string& name) {
    std::size_t begin = 0;
    while (begin < name.size()) {
        const auto end = std::min(name.find('.', begin), name.size());
        out.push_back(static_cast<std::uint8_t>(end - begin));
        out.insert(out.end(), name.begin() + static_cast<std::ptrdiff_t>(begin),
                   name.begin() + static_cast<std::ptrdiff_t>(end));
        begin = end + 1;
    }
    out.push_back(0);
}
void put_record(octets& out, std::uint16_t type, std::uint32_t ttl_s, const octets& data) {
    out.insert(out.end(), {0xC0, 0x0C, static_cast<std::uint8_t>(type >> 8), static_cast<std::uint8_t>(type), 0, 1, 0,
                           0, static_cast<std::uint8_t>(ttl_s >> 8), static_cast<std::uint8_t>(ttl_s), 0,
                           static_cast<std::uint8_t>(data.size())});
    out.insert(out.end(), data.begin(), data.end());
    ++out[7];
}
octets srv(std::uint16_t priority, std::uint16_t weight, std::uint16_t port, const std::string& target) {
    octets d;
    for (const std::uint16_t v : {priority, weight, port}) {
        d.push_back(static_cast<std::uint8_t>(v >> 8));
        d.push_back(static_cast<std::uint8_t>(v));
    }
    put_name(d, target);
    return d;
}
octets naptr(std::uint16_t order, const std::string& service, const std::string& replacement) {
    octets d{static_cast<std::uint8_t>(order >> 8), static_cast<std::uint8_t>(order), 0, 50, 1, 's'};
    d.push_back(static_cast<std::uint8_t>(service.size()));
    d.insert(d.end(), service.begin(), service.end());
    d.push_back(0);
    put_name(d, replacement);
    return d;
}

struct lookup_bench : service_bench {
    using records = std::vector<std::pair<std::uint16_t, octets>>;
    explicit lookup_bench(fw_sip_lookup_mode mode)
        : service_bench([mode](fw_sip_config& c) {
              c.registrar_port = 0;
              c.lookup = mode;
              c.any_transport = true;
              std::strcpy(c.registrar, "csp.ex");
          }) {
        host.on[DECTBED_REQ_UDP_SEND] = [this](const request& r) {
            const auto u = r.as<dectbed_req_udp_send>();
            if (u.port == 53) {
                dns_asked(r);
                return;
            }
            tried.push_back({u.address, u.port});
            if (dead.count(u.address) != 0) return;
            dectbed_ev_udp_received event{};
            event.socket = u.socket;
            event.address = u.address;
            event.port = u.port;
            host.post(DECTBED_EV_UDP_RECEIVED, event, 15000,
                      bytes_of(sip_reply(text_of(r.data<dectbed_req_udp_send>()), answer, "")));
        };
    }
    void dns_asked(const request& r) {
        const auto u = r.as<dectbed_req_udp_send>();
        octets m = r.data<dectbed_req_udp_send>();
        std::string name;
        std::size_t at = 12;
        for (; m.at(at) != 0; at += 1 + m[at])
            name += (name.empty() ? "" : ".") + std::string(m.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                                                            m.begin() + static_cast<std::ptrdiff_t>(at) + 1 + m[at]);
        const auto type = static_cast<std::uint16_t>(m[at + 1] << 8 | m[at + 2]);
        questions.push_back(name + " " + std::to_string(type));
        m[2] = 0x81;
        m[3] = 0x80;
        const auto known = zone.find(name);
        if (known == zone.end()) m[3] = 0x83;
        if (known != zone.end())
            for (const auto& [t, data] : known->second)
                if (t == type) put_record(m, t, 60, data);
        dectbed_ev_udp_received event{};
        event.socket = u.socket;
        event.address = u.address;
        event.port = 53;
        host.post(DECTBED_EV_UDP_RECEIVED, event, 5000, m);
    }
    std::map<std::string, records> zone;
    std::vector<std::string> questions;
    std::vector<std::pair<std::uint32_t, std::uint16_t>> tried;
    std::map<std::uint32_t, bool> dead;
    std::string answer = "200 OK";
};

TEST(sip_lookup, when_naptr_srv_and_a_are_there_then_they_are_asked_in_that_order) {
    lookup_bench b(FW_SIP_LOOKUP_NAPTR);
    b.zone["csp.ex"] = {{35, naptr(20, "SIP+D2T", "_sip._tcp.csp.ex")}, {35, naptr(10, "SIP+D2U", "_s._udp.csp.ex")}};
    b.zone["_s._udp.csp.ex"] = {{33, srv(20, 0, 5070, "two.ex")}, {33, srv(10, 0, 5066, "one.ex")}};
    b.zone["one.ex"] = {{1, {198, 51, 100, 1}}};
    b.zone["two.ex"] = {{1, {198, 51, 100, 2}}};
    b.start();
    b.host.run_for(second_us);
    EXPECT_EQ(b.registered, 1);
    EXPECT_EQ(b.questions, (std::vector<std::string>{"csp.ex 35", "_s._udp.csp.ex 33", "one.ex 1"}));
    ASSERT_EQ(b.tried.size(), 1u);
    EXPECT_EQ(b.tried[0], (std::pair<std::uint32_t, std::uint16_t>{0xC6336401, 5066}));
}

TEST(sip_lookup, when_the_first_server_is_dead_or_busy_then_the_second_serves) {
    for (const bool busy : {false, true}) {
        lookup_bench b(FW_SIP_LOOKUP_SRV);
        b.zone["_sip._udp.csp.ex"] = {{33, srv(20, 0, 5060, "two.ex")}, {33, srv(10, 0, 5060, "one.ex")}};
        b.zone["one.ex"] = {{1, {198, 51, 100, 1}}};
        b.zone["two.ex"] = {{1, {198, 51, 100, 2}}};
        if (busy) {
            b.answer = "503 Service Unavailable";
        } else {
            b.dead[0xC6336401] = true;
        }
        b.start();
        b.host.run_for(40 * second_us);
        EXPECT_EQ(b.registered, busy ? 0 : 1);
        EXPECT_EQ(b.failed, busy ? 1 : 0);
        EXPECT_EQ(b.tried.front().first, 0xC6336401u);
        EXPECT_EQ(b.tried.back().first, 0xC6336402u);
    }
}

TEST(sip_lookup, when_one_of_several_addresses_is_dead_then_the_next_is_tried_and_kept) {
    lookup_bench b(FW_SIP_LOOKUP_A);
    b.zone["csp.ex"] = {{1, {198, 51, 100, 1}}, {1, {198, 51, 100, 2}}};
    b.dead[0xC6336401] = true;
    b.start();
    b.host.run_for(40 * second_us);
    EXPECT_EQ(b.registered, 1);
    b.tried.clear();
    b.host.run_for(1800 * second_us);
    EXPECT_EQ(b.registered, 2);
    EXPECT_EQ(b.tried.size(), 1u) << "who answered before is asked first";
}

TEST(sip_lookup, when_there_are_no_services_then_the_domain_itself_is_the_server) {
    lookup_bench b(FW_SIP_LOOKUP_NAPTR);
    b.zone["csp.ex"] = {{1, {198, 51, 100, 9}}};
    b.start();
    b.host.run_for(second_us);
    EXPECT_EQ(b.questions, (std::vector<std::string>{"csp.ex 35", "_sip._udp.csp.ex 33", "csp.ex 1"}));
    EXPECT_EQ(b.tried.at(0), (std::pair<std::uint32_t, std::uint16_t>{0xC6336409, 5060}));
    lookup_bench none(FW_SIP_LOOKUP_SRV);
    none.zone["_sip._udp.csp.ex"] = {{33, srv(0, 0, 0, "")}};
    none.start();
    none.host.run_for(second_us);
    EXPECT_EQ(none.failed, 1) << "a target of \".\" says that there is no such service";
}

TEST(sip_lookup, when_targets_have_weights_then_they_are_chosen_in_that_share) {
    fw_io io{};
    fake_host host;
    fw_io_init(&io, &host.api);
    io.random[1] = 99;
    int heavy_first = 0, weightless_first = 0;
    for (int i = 0; i < 10000; ++i) {
        fw_sip_target t[3] = {};
        t[0].weight = 10;
        t[1].weight = 30;
        t[2].weight = 0;
        t[0].port = 1;
        t[1].port = 2;
        t[2].port = 3;
        fw_sip_lookup_order(&io, t, 3);
        heavy_first += t[0].port == 2;
        weightless_first += t[0].port == 3;
        EXPECT_EQ(t[0].port + t[1].port + t[2].port, 6);
    }
    EXPECT_NEAR(heavy_first, 7300, 300);  // 30 of 41 values of the running sum
    EXPECT_NEAR(weightless_first, 244, 100);
}

}  // namespace
}  // namespace dectbed::test
