#include "models/firmware/lib/turn_client.h"
#include "tests/models/firmware/lib/client_bench.h"

namespace dectbed::test {
namespace {

// RFC 5769, 2.4: a request with long-term credentials.
const char* const rfc_5769_request =
    "00010060 2112a442 78ad3433c6ad72c029da412e"
    "00060012 e3839ee38388e383aae38383e382afe382b9 0000"
    "0015001c 662f2f3439396b39353464364f4c33346f4c39465354767936347341"
    "0014000b 6578616d706c652e6f7267 00"
    "00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666";

TEST(turn_client, when_integrity_is_computed_then_it_is_that_of_rfc_5769_2_4) {
    const octets m = from_hex(rfc_5769_request);
    const std::size_t at = m.size() - 24;
    std::uint8_t key[FW_TURN_KEY_OCTETS], sum[20];
    ASSERT_TRUE(fw_turn_key("\xE3\x83\x9E\xE3\x83\x88\xE3\x83\xAA\xE3\x83\x83\xE3\x82\xAF\xE3\x82\xB9", "example.org",
                            "TheMatrIX", key));
    ASSERT_TRUE(fw_turn_integrity(m.data(), at, key, sizeof key, sum));
    EXPECT_EQ(hex(octets(sum, sum + 20)), hex(octets(m.end() - 20, m.end())));
    EXPECT_FALSE(fw_turn_key(std::string(400, 'u').c_str(), "r", "p", key));
}

class turn_bench {
  public:
    turn_bench() {
        fw_io_init(&io, &host.api);
        host.deliver = [this](const dectbed_event* event) {
            if (!fw_io_begin(&io, event)) return;
            if (!fw_dns_handle(&dns, event)) fw_turn_handle(&client, event);
        };
        const fw_dns_config dns_config{16, 32, 3};
        fw_dns_init(&dns, &io, &dns_config);
        fw_turn_config config{};
        config.timer = 5;
        config.token = 6;
        config.socket = 9;
        std::strcpy(config.user, "base");
        std::strcpy(config.password, "secret");
        fw_turn_init(&client, &io, &dns, &config);
        host.on[DECTBED_REQ_UDP_SEND] = [this](const request& r) {
            sent.push_back(r.data<dectbed_req_udp_send>());
            if (server) say(server(sent.back()));
        };
    }
    ~turn_bench() { fw_dns_free(&dns); }
    void start() {
        fw_turn_allocate(
            &client, "198.51.100.3", 0,
            [](void* context, const fw_turn_result* r) {
                ++static_cast<turn_bench*>(context)->calls;
                static_cast<turn_bench*>(context)->result = *r;
            },
            this);
    }
    void say(const octets& message) {
        if (message.empty()) return;
        dectbed_ev_udp_received event{};
        event.socket = 9;
        event.address = 0xC6336403;
        event.port = 3478;
        host.post(DECTBED_EV_UDP_RECEIVED, event, 10000, message);
    }
    static octets answer(const octets& request, std::uint16_t type, const octets& attributes) {
        octets m{static_cast<std::uint8_t>(type >> 8), static_cast<std::uint8_t>(type),
                 static_cast<std::uint8_t>(attributes.size() >> 8), static_cast<std::uint8_t>(attributes.size())};
        m.insert(m.end(), request.begin() + 4, request.begin() + 20);
        m.insert(m.end(), attributes.begin(), attributes.end());
        return m;
    }
    static octets challenge(const octets& request, int code = 401) {
        octets a = from_hex("00090004 00000400 00140003 63737000 00150004 6e6f6e65");
        a[7] = static_cast<std::uint8_t>(code % 100);
        return answer(request, 0x0113, a);
    }
    static octets success(const octets& request, const char* password = "secret") {
        octets m = answer(request, 0x0103,
                          from_hex("00160008 0001 e112 e121c041 00200008 0001 3112 ea12a447 000d0004 00000258"));
        std::uint8_t key[FW_TURN_KEY_OCTETS], sum[20];
        EXPECT_TRUE(fw_turn_key("base", "csp", password, key));
        EXPECT_TRUE(fw_turn_integrity(m.data(), m.size(), key, sizeof key, sum));
        const octets head = from_hex("00080014");
        m.insert(m.end(), head.begin(), head.end());
        m.insert(m.end(), sum, sum + 20);
        m[3] = static_cast<std::uint8_t>(m.size() - 20);
        return m;
    }
    static bool has_credentials(const octets& request) { return request.size() > 60; }
    fake_host host;
    fw_io io{};
    fw_dns_client dns{};
    fw_turn_client client{};
    std::function<octets(const octets&)> server;
    std::vector<octets> sent;
    int calls = 0;
    fw_turn_result result{};
};

TEST(turn_client, ACT_45_when_allocated_then_the_mapped_address_is_known) {
    turn_bench b;
    b.server = [](const octets& r) {
        return turn_bench::has_credentials(r) ? turn_bench::success(r) : turn_bench::challenge(r);
    };
    b.start();
    b.host.run_for(second_us);
    ASSERT_EQ(b.calls, 1);
    EXPECT_EQ(b.result.error, FW_STUN_OK);
    EXPECT_EQ(b.result.relayed_address, 0xC0336403u);
    EXPECT_EQ(b.result.relayed_port, 0xC000);
    EXPECT_EQ(b.result.mapped_address, 0xCB000005u);
    EXPECT_EQ(b.result.mapped_port, 0x1000);
    EXPECT_EQ(b.result.lifetime_s, 600u);
    ASSERT_EQ(b.sent.size(), 2u);
    EXPECT_EQ(hex(b.sent[0]).substr(0, 16), "000300082112a442");
    EXPECT_EQ(hex(b.sent[0]).substr(40), "0019000411000000");
    EXPECT_NE(hex(b.sent[0]).substr(16, 24), hex(b.sent[1]).substr(16, 24)) << "a new transaction";
    fw_turn_release(&b.client);
    ASSERT_EQ(b.sent.size(), 3u);
    EXPECT_EQ(hex(b.sent[2]).substr(0, 4), "0004");
    EXPECT_EQ(hex(b.sent[2]).substr(40, 16), "000d000400000000");
    EXPECT_EQ(b.host.count(DECTBED_REQ_UDP_CLOSE), 1u);
}

TEST(turn_client, when_credentials_are_refused_or_the_quota_is_reached_then_the_code_is_told) {
    for (const auto& [first, second, code] :
         std::vector<std::tuple<int, int, int>>{{401, 401, 401}, {401, 486, 486}, {508, 508, 508}, {401, 438, 438}}) {
        turn_bench b;
        b.server = [first = first, second = second](const octets& r) {
            octets a = turn_bench::challenge(r, turn_bench::has_credentials(r) ? second : first);
            a[26] = static_cast<std::uint8_t>((turn_bench::has_credentials(r) ? second : first) / 100);
            return a;
        };
        b.start();
        b.host.run_for(60 * second_us);
        EXPECT_EQ(b.calls, 1);
        EXPECT_EQ(b.result.error, FW_STUN_REFUSED);
        EXPECT_EQ(b.result.code, code);
        EXPECT_LE(b.sent.size(), 3u);
    }
}

TEST(turn_client, when_nobody_answers_or_somebody_forges_then_it_times_out_after_39_5_s) {
    turn_bench silent;
    silent.start();
    silent.host.run_for(39 * second_us);
    EXPECT_EQ(silent.calls, 0);
    silent.host.run_for(second_us);
    EXPECT_EQ(silent.result.error, FW_STUN_TIMEOUT);
    EXPECT_EQ(silent.sent.size(), 7u);
    turn_bench forged;
    forged.server = [](const octets& r) {
        return turn_bench::has_credentials(r) ? turn_bench::success(r, "guess") : turn_bench::challenge(r);
    };
    forged.start();
    forged.host.run_for(60 * second_us);
    EXPECT_EQ(forged.result.error, FW_STUN_TIMEOUT);
}

TEST(turn_client, when_answers_are_cut_or_spoilt_then_it_calls_back_once) {
    noise random(12);
    for (int i = 0; i < 3000; ++i) {
        turn_bench b;
        b.server = [&](const octets& r) {
            return random.spoil(turn_bench::has_credentials(r) ? turn_bench::success(r) : turn_bench::challenge(r));
        };
        b.start();
        b.host.run_for(100 * second_us);
        EXPECT_EQ(b.calls, 1);
    }
}

}  // namespace
}  // namespace dectbed::test
