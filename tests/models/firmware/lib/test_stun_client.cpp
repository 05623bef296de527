#include "models/firmware/lib/stun_client.h"
#include "tests/models/firmware/lib/client_bench.h"

namespace dectbed::test {
namespace {

/// RFC 5769, 2.2 and 2.3
const char* const vector_transaction = "b7e7a701bc34d686fa87dfae";
const char* const vector_ipv4 =
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a6430008"
    "00142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96";
const char* const vector_ipv6 =
    "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3"
    "f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c";

bool reads(const octets& data, const std::string& transaction, fw_stun_result* result) {
    const exact e(data);
    return fw_stun_read_answer(e.data(), e.size(), from_hex(transaction).data(), result);
}

TEST(stun_message, when_the_answer_is_the_vector_of_rfc_5769_then_its_address_is_read) {
    fw_stun_result r;
    ASSERT_TRUE(reads(from_hex(vector_ipv4), vector_transaction, &r));
    EXPECT_EQ(r.error, FW_STUN_OK);
    EXPECT_EQ(r.address, 0xC0000201u);
    EXPECT_EQ(r.port, 32853);
    ASSERT_TRUE(reads(from_hex(vector_ipv6), vector_transaction, &r));
    EXPECT_EQ(r.error, FW_STUN_MALFORMED) << "an address that this client cannot have";
    EXPECT_EQ(r.address, 0u);
}

TEST(stun_message, when_it_is_no_answer_to_our_question_then_it_is_ignored) {
    fw_stun_result r;
    EXPECT_FALSE(reads(from_hex(vector_ipv4), "b7e7a701bc34d686fa87dfaf", &r));
    auto other = from_hex(vector_ipv4);
    other[1] = 0x11 ^ 0x10 ^ 0x01;
    other[0] = 0;  // a request
    EXPECT_FALSE(reads(other, vector_transaction, &r));
    auto damaged = from_hex(vector_ipv4);
    damaged[44] ^= 1;
    EXPECT_FALSE(reads(damaged, vector_transaction, &r)) << "FINGERPRINT";
    for (std::size_t n = 0; n < damaged.size(); ++n) {
        const auto whole = from_hex(vector_ipv4);
        EXPECT_FALSE(
            reads(octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)), vector_transaction, &r));
    }
}

TEST(stun_message, when_an_old_server_answers_then_its_plain_address_counts) {
    fw_stun_result r;
    ASSERT_TRUE(
        reads(from_hex("0101000c2112a442b7e7a701bc34d686fa87dfae0001000800010102cb007105"), vector_transaction, &r));
    EXPECT_EQ(r.error, FW_STUN_OK);
    EXPECT_EQ(r.address, 0xCB007105u);
    EXPECT_EQ(r.port, 0x0102);
    ASSERT_TRUE(reads(from_hex("010100102112a442b7e7a701bc34d686fa87dfae0001000800010102cb00710570010000"),
                      vector_transaction, &r));
    EXPECT_EQ(r.error, FW_STUN_MALFORMED) << "something it must understand and does not";
}

TEST(stun_message, when_refused_then_the_code_is_told) {
    fw_stun_result r;
    ASSERT_TRUE(reads(from_hex("011100082112a442b7e7a701bc34d686fa87dfae0009000400000414"), vector_transaction, &r));
    EXPECT_EQ(r.error, FW_STUN_REFUSED);
    EXPECT_EQ(r.code, 420);
    ASSERT_TRUE(reads(from_hex("011100002112a442b7e7a701bc34d686fa87dfae"), vector_transaction, &r));
    EXPECT_EQ(r.error, FW_STUN_MALFORMED);
}

TEST(stun_message, when_octets_are_random_then_nothing_is_read_past_their_end) {
    noise n(1);
    fw_stun_result r;
    for (int i = 0; i < 20000; ++i) {
        (void)reads(n.spoil(from_hex(i % 2 != 0 ? vector_ipv4 : vector_ipv6)), vector_transaction, &r);
        (void)reads(n.garbage(100), vector_transaction, &r);
    }
}

/// A client whose requests a script answers.
struct stun_bench {
    static constexpr std::uint32_t socket = 40, timer = 41, token = 42;
    stun_bench() {
        fw_io_init(&io, &host.api);
        host.deliver = [this](const dectbed_event* event) {
            if (!fw_io_begin(&io, event)) return;
            if (!fw_stun_handle(&client, event)) fw_dns_handle(&dns, event);
        };
        host.on[DECTBED_REQ_UDP_SEND] = [this](const request& r) {
            asked.push_back(r);
            if (answer) answer(r);
        };
        dectbed_ev_boot boot = fake_host::handset_identity();
        host.boot_event(boot);
        host.run_for(1000);
        const fw_dns_config d{1, 1, 1};
        fw_dns_init(&dns, &io, &d);
        const fw_stun_config c{timer, token, socket};
        fw_stun_init(&client, &io, &dns, &c);
    }
    ~stun_bench() { fw_dns_free(&dns); }
    void start(const char* name = "198.51.100.7", std::uint16_t port = 0) {
        fw_stun_start(
            &client, name, port,
            [](void* context, const fw_stun_result* r) {
                auto& self = *static_cast<stun_bench*>(context);
                ++self.calls;
                self.result = *r;
            },
            this);
    }
    /// "Success" with that address, from the server that was asked unless another is given.
    void reply(const request& r, std::uint32_t address, std::uint32_t from = 0) {
        const auto u = r.as<dectbed_req_udp_send>();
        const octets question = r.data<dectbed_req_udp_send>();
        octets message = from_hex("0101000c2112a442");
        message.insert(message.end(), question.begin() + 8, question.begin() + 20);
        for (std::uint8_t o : from_hex("00200008")) message.push_back(o);
        const std::uint32_t masked = address ^ 0x2112A442;
        for (std::uint32_t o : {0u, 1u, 0x21u, 0x13u}) message.push_back(static_cast<std::uint8_t>(o));
        for (int shift = 24; shift >= 0; shift -= 8) message.push_back(static_cast<std::uint8_t>(masked >> shift));
        dectbed_ev_udp_received event{};
        event.socket = u.socket;
        event.address = from != 0 ? from : u.address;
        event.port = u.port;
        host.post(DECTBED_EV_UDP_RECEIVED, event, 5000, message);
    }
    fake_host host;
    fw_io io{};
    fw_dns_client dns{};
    fw_stun_client client{};
    std::function<void(const request&)> answer;
    std::vector<request> asked;
    int calls = 0;
    fw_stun_result result{};
};

TEST(stun_client, when_answered_then_the_address_is_told_once) {
    stun_bench b;
    b.answer = [&](const request& r) {
        b.reply(r, 0xCB007105);
        b.reply(r, 0xCB007106);
    };
    b.start();
    b.host.run_for(second_us);
    EXPECT_EQ(b.calls, 1);
    EXPECT_EQ(b.result.error, FW_STUN_OK);
    EXPECT_EQ(b.result.address, 0xCB007105u);
    EXPECT_EQ(b.result.port, 1);
    EXPECT_EQ(b.asked[0].as<dectbed_req_udp_send>().port, 3478);
    b.host.run_for(60 * second_us);
    EXPECT_EQ(b.asked.size(), 1u);
}

TEST(stun_client, when_nobody_answers_then_it_asks_at_the_times_of_rfc_8489_and_gives_up) {
    stun_bench b;
    b.start();
    const auto begun = b.host.now_us;
    b.host.run_for(39 * second_us);
    EXPECT_EQ(b.calls, 0);
    b.host.run_for(second_us);
    EXPECT_EQ(b.result.error, FW_STUN_TIMEOUT);
    std::vector<std::uint64_t> ms;
    for (const auto& r : b.asked) ms.push_back((r.at_us - begun) / 1000);
    EXPECT_EQ(ms, (std::vector<std::uint64_t>{0, 500, 1500, 3500, 7500, 15500, 31500}));
    EXPECT_EQ(b.asked[0].data<dectbed_req_udp_send>(), b.asked[6].data<dectbed_req_udp_send>()) << "one transaction";
}

TEST(stun_client, when_a_stranger_answers_then_it_is_ignored_and_a_later_answer_counts) {
    stun_bench b;
    b.answer = [&](const request& r) {
        b.reply(r, 0x01010101, 0x02020202);
        if (b.asked.size() == 3) b.reply(r, 0xCB007105);
    };
    b.start();
    b.host.run_for(10 * second_us);
    EXPECT_EQ(b.asked.size(), 3u);
    EXPECT_EQ(b.result.address, 0xCB007105u);
}

TEST(stun_client, when_cancelled_or_started_again_then_the_old_transaction_is_silent) {
    stun_bench b;
    b.start();
    b.host.run_for(second_us);
    fw_stun_cancel(&b.client);
    b.host.run_for(60 * second_us);
    EXPECT_EQ(b.calls, 0);
    b.start();
    b.start("198.51.100.8", 4000);
    b.host.run_for(100000);
    EXPECT_EQ(b.asked.back().as<dectbed_req_udp_send>().port, 4000);
    EXPECT_NE(b.asked.back().data<dectbed_req_udp_send>(), b.asked.front().data<dectbed_req_udp_send>());
}

TEST(stun_client, when_the_name_is_unknown_then_it_says_so_at_once) {
    stun_bench b;
    b.start("stun.csp.example");
    EXPECT_EQ(b.calls, 1);
    EXPECT_EQ(b.result.error, FW_STUN_NAME_NOT_FOUND);
    EXPECT_STREQ(fw_stun_error_text(b.result.error), "name not found");
}

}  // namespace
}  // namespace dectbed::test
