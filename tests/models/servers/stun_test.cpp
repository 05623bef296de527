// STUN messages against the vectors of RFC 5769, and what the server answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/firmware/lib/stun_client.h"
#include "models/servers/stun_server.h"
#include "sim/random.h"
#include "tests/models/servers/bench.h"

namespace dectbed::models::servers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

sim::bytes hex(const char* text) { return sim::from_hex(text).value(); }

const char* const transaction = "b7e7a701 bc34d686 fa87dfae";
/// RFC 5769, 2.1 to 2.3: short-term credentials.
const char* const password = "VOkJxbRl1RmTxUk/WvJxBt";
const char* const sample_request =
    "00010058 2112a442 b7e7a701 bc34d686 fa87dfae 80220010 5354554e 20746573 7420636c 69656e74 00240004 6e0001ff"
    "80290008 932ff9b1 51263b36 00060009 6576746a 3a683676 59202020 00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249"
    "c1b571a2 80280004 e57a3bcf";
const char* const sample_ipv4_response =
    "0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643"
    "00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96";
const char* const sample_ipv6_response =
    "01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200014 0002a147 0113a9fa"
    "a5d3f179 bc25f4b5 bed2b9d9 00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c";
/// RFC 5769, 2.4: long-term credentials, no FINGERPRINT.
const char* const sample_long_term =
    "00010060 2112a442 78ad3433 c6ad72c0 29da412e 00060012 e3839ee3 8388e383 aae38383 e382afe3 82b90000 0015001c"
    "662f2f34 39396b39 3534643 64f4c3334 6f4c3946 53547679 36347341 0014000b 6578616d 706c652e 6f726700 00080014"
    "f6702465 6dd64a3e 02b8e071 2e85c9a2 8ca89666";

std::string text_of(const stun_message& m, std::uint16_t type) {
    const auto* a = m.find(type);
    return a == nullptr ? "" : std::string(sim::text(a->value));
}

TEST(stun_codec, reads_the_vectors_of_rfc_5769_and_finds_their_integrity_right) {
    const auto request = decode_stun(hex(sample_request));
    ASSERT_TRUE(request) << request.assume_error().reason;
    EXPECT_EQ(request.value().kind, stun_class::request);
    EXPECT_EQ(request.value().method, stun_binding);
    EXPECT_EQ(sim::to_hex(request.value().transaction), sim::to_hex(hex(transaction)));
    EXPECT_EQ(text_of(request.value(), stun_software), "STUN test client");
    EXPECT_EQ(text_of(request.value(), stun_username), "evtj:h6vY");
    EXPECT_TRUE(integrity_right(hex(sample_request), sim::view(password)));
    EXPECT_FALSE(integrity_right(hex(sample_request), sim::view("another")));

    const auto response = decode_stun(hex(sample_ipv4_response));
    ASSERT_TRUE(response) << response.assume_error().reason;
    EXPECT_EQ(response.value().kind, stun_class::success);
    const auto* mapped = response.value().find(stun_xor_mapped_address);
    ASSERT_NE(mapped, nullptr);
    EXPECT_EQ(read_stun_xor_address(mapped->value), (network::endpoint{{0xC0000201}, 32853}));
    EXPECT_TRUE(integrity_right(hex(sample_ipv4_response), sim::view(password)));

    ASSERT_TRUE(decode_stun(hex(sample_ipv6_response)));
    EXPECT_TRUE(integrity_right(hex(sample_ipv6_response), sim::view(password)));
    EXPECT_EQ(
        read_stun_xor_address(decode_stun(hex(sample_ipv6_response)).value().find(stun_xor_mapped_address)->value),
        std::nullopt)
        << "of IPv6";

    const auto long_term = decode_stun(hex(sample_long_term));
    ASSERT_TRUE(long_term) << long_term.assume_error().reason;
    const auto key =
        long_term_key(text_of(long_term.value(), stun_username), text_of(long_term.value(), stun_realm), "TheMatrIX");
    EXPECT_TRUE(integrity_right(hex(sample_long_term), key));
}

TEST(stun_codec, writes_the_vectors_of_rfc_5769) {
    stun_message m;
    m.kind = stun_class::success;
    const auto id = hex(transaction);
    std::copy(id.begin(), id.end(), m.transaction.begin());
    m.add_text(stun_software, "test vector");
    m.add(stun_xor_mapped_address, stun_xor_address({{0xC0000201}, 32853}));
    sim::bytes out = encode_stun(m).value();
    add_integrity(out, sim::view(password));
    add_fingerprint(out);
    auto expected = hex(sample_ipv4_response);
    // The vector pads with blanks, we with zeros, which the sums cover: compare what stands before and read the rest.
    ASSERT_EQ(out.size(), expected.size());
    EXPECT_EQ(sim::to_hex(sim::byte_view(out).first(35)), sim::to_hex(sim::byte_view(expected).first(35)));
    EXPECT_EQ(sim::to_hex(sim::byte_view(out).subspan(36, 12)), sim::to_hex(sim::byte_view(expected).subspan(36, 12)));
    EXPECT_TRUE(decode_stun(out));
    EXPECT_TRUE(integrity_right(out, sim::view(password)));

    // The request of 2.4 has NUL padding only: every octet of it can be compared.
    const auto read = decode_stun(hex(sample_long_term)).value();
    stun_message again;
    again.transaction = read.transaction;
    for (const auto& a : read.attributes)
        if (a.type != stun_message_integrity) again.add(a.type, a.value);
    sim::bytes written = encode_stun(again).value();
    add_integrity(written, long_term_key(text_of(read, stun_username), text_of(read, stun_realm), "TheMatrIX"));
    EXPECT_EQ(sim::to_hex(written), sim::to_hex(hex(sample_long_term)));
}

TEST(stun_codec, methods_and_classes_are_interleaved_as_in_figure_3) {
    for (unsigned method = 0; method <= 0xFFF; method += 7) {
        for (unsigned kind = 0; kind < 4; ++kind) {
            stun_message m;
            m.method = static_cast<std::uint16_t>(method);
            m.kind = static_cast<stun_class>(kind);
            const auto back = decode_stun(encode_stun(m).value());
            ASSERT_TRUE(back);
            EXPECT_EQ(back.value().method, method);
            EXPECT_EQ(back.value().kind, m.kind);
        }
    }
    stun_message error;
    error.kind = stun_class::error;
    EXPECT_EQ(sim::to_hex(sim::byte_view(encode_stun(error).value()).first(2)), "0111");
    error.method = 0x1000;
    EXPECT_FALSE(encode_stun(error));
}

TEST(stun_codec, every_shortened_and_every_damaged_vector_is_refused_or_read_without_harm) {
    for (const char* vector : {sample_request, sample_ipv4_response, sample_ipv6_response, sample_long_term}) {
        const auto whole = hex(vector);
        for (std::size_t n = 0; n < whole.size(); ++n) EXPECT_FALSE(decode_stun(sim::byte_view(whole).first(n))) << n;
        sim::random_stream luck(1, "test", "damage");
        for (int i = 0; i < 2000; ++i) {
            auto damaged = whole;
            damaged[luck.below(damaged.size())] ^= static_cast<std::uint8_t>(1 + luck.below(255));
            const auto read = decode_stun(damaged);
            if (read && read.value().find(stun_fingerprint) != nullptr) ADD_FAILURE() << sim::to_hex(damaged);
        }
    }
    EXPECT_EQ(decode_stun(hex("00010008 2112a442 000000000000000000000000 00060005 61626364")).assume_error().reason,
              "attribute of 5 octets exceeds the message");
}

// --- the server's answers ------------------------------------------------------------------------------------------

const stun_endpoints two_addresses{{0xC6336401}, {0xC6336501}, 3478, 3479}, one_address{{0xC6336401}, {}, 3478, 3479};
const network::endpoint client{{0xCB007105}, 40000};

sim::bytes request(std::uint32_t change = 0, bool with_fingerprint = false) {
    stun_message m;
    m.transaction.fill(7);
    if (change != 0) m.add(stun_change_request, sim::bytes{0, 0, 0, static_cast<std::uint8_t>(change)});
    sim::bytes out = encode_stun(m).value();
    if (with_fingerprint) add_fingerprint(out);
    return out;
}

TEST(stun_server, says_where_the_request_came_from_and_by_which_way_it_answers) {
    const auto r = answer_stun(request(0, true), client, {}, two_addresses, "dectbed");
    const auto m = decode_stun(r.octets);
    ASSERT_TRUE(m);
    EXPECT_EQ(r.result, "mapped");
    EXPECT_EQ(r.to, client);
    EXPECT_EQ(m.value().kind, stun_class::success);
    EXPECT_EQ(m.value().transaction[0], 7);
    EXPECT_EQ(read_stun_xor_address(m.value().find(stun_xor_mapped_address)->value), client);
    EXPECT_EQ(read_stun_address(m.value().find(stun_mapped_address)->value), client);
    EXPECT_EQ(read_stun_address(m.value().find(stun_response_origin)->value), two_addresses.at({}));
    EXPECT_EQ(read_stun_address(m.value().find(stun_other_address)->value), two_addresses.at({true, true}));
    EXPECT_EQ(text_of(m.value(), stun_software), "dectbed");
    EXPECT_NE(m.value().find(stun_fingerprint), nullptr) << "asked with one, answered with one";
    EXPECT_EQ(decode_stun(answer_stun(request(), client, {}, two_addresses, "").octets).value().find(stun_fingerprint),
              nullptr);
}

TEST(stun_server, answers_from_where_it_is_asked_to) {
    for (const stun_place at :
         {stun_place{false, false}, stun_place{false, true}, stun_place{true, false}, stun_place{true, true}}) {
        for (std::uint32_t change : {0u, 2u, 4u, 6u}) {
            const auto r = answer_stun(request(change), client, at, two_addresses, "");
            EXPECT_EQ(r.from.alternate_address, at.alternate_address != ((change & 4) != 0));
            EXPECT_EQ(r.from.alternate_port, at.alternate_port != ((change & 2) != 0));
        }
    }
    stun_message to_other_port;
    to_other_port.add(stun_response_port, hex("1f400000"));
    EXPECT_EQ(answer_stun(encode_stun(to_other_port).value(), client, {}, two_addresses, "").to,
              (network::endpoint{client.address, 8000}));
}

TEST(stun_server, refuses_what_it_does_not_understand_and_is_silent_to_what_is_no_question) {
    const auto refused = decode_stun(answer_stun(request(6), client, {}, one_address, "").octets);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused.value().kind, stun_class::error);
    EXPECT_EQ(sim::to_hex(refused.value().find(stun_error_code)->value).substr(0, 8), "00000414");
    EXPECT_EQ(sim::to_hex(refused.value().find(stun_unknown_attributes)->value), "0003");

    stun_message odd;
    odd.add(0x7001, {});
    odd.add(0x7001, {});
    odd.add(0xF001, {});
    const auto r = answer_stun(encode_stun(odd).value(), client, {}, two_addresses, "");
    EXPECT_EQ(r.result, "420 Unknown Attribute");
    EXPECT_EQ(sim::to_hex(decode_stun(r.octets).value().find(stun_unknown_attributes)->value), "7001");
    stun_message bad;
    bad.add(stun_change_request, hex("0000"));
    EXPECT_EQ(answer_stun(encode_stun(bad).value(), client, {}, two_addresses, "").result, "400 Bad Request");

    stun_message indication;
    indication.kind = stun_class::indication;
    stun_message allocate;
    allocate.method = 3;
    stun_message answer;
    answer.kind = stun_class::success;
    for (const auto& m : {indication, allocate, answer})
        EXPECT_THAT(answer_stun(encode_stun(m).value(), client, {}, two_addresses, "").octets, IsEmpty());
    EXPECT_THAT(answer_stun(hex("0102"), client, {}, two_addresses, "").octets, IsEmpty());
}

TEST(stun_server, and_the_client_of_the_firmware_library_understand_one_another) {
    sim::random_stream luck(1, "test", "endpoints");
    for (int i = 0; i < 500; ++i) {
        std::uint8_t identifier[FW_STUN_TRANSACTION_OCTETS], question[FW_STUN_REQUEST_OCTETS];
        for (auto& o : identifier) o = static_cast<std::uint8_t>(luck.below(256));
        fw_stun_write_request(question, identifier);
        const network::endpoint from{{static_cast<std::uint32_t>(luck.below(1ull << 32))},
                                     static_cast<std::uint16_t>(luck.below(65536))};
        const auto r = answer_stun(sim::byte_view(question, sizeof question), from, {}, two_addresses, "dectbed");
        fw_stun_result heard{};
        ASSERT_TRUE(fw_stun_read_answer(r.octets.data(), r.octets.size(), identifier, &heard));
        EXPECT_EQ(heard.error, FW_STUN_OK);
        EXPECT_EQ((network::endpoint{{heard.address}, heard.port}), from);
    }
}

TEST(stun_server, answers_over_the_network_from_four_sockets_until_it_is_out) {
    bench b;
    network::fake::stack second(b.net, {0xC6336501});
    stun_server server(b.s, b.who, b.server_stack, &second, {});
    const auto socket = b.client_stack.open_udp(0);
    std::vector<std::string> from;
    socket->on_data = [&](network::endpoint sender, sim::byte_view) { from.push_back(network::to_text(sender)); };
    for (std::uint32_t change : {0u, 2u, 4u, 6u}) {
        socket->send({b.server_address, 3478}, request(change));
        b.run(1s);
    }
    EXPECT_THAT(from, ElementsAre("198.51.100.1:3478", "198.51.100.1:3479", "198.51.101.1:3478", "198.51.101.1:3479"));
    const auto told = b.records<sim::record::stun_exchange>();
    ASSERT_EQ(told.size(), 4u);
    EXPECT_EQ(told[3].source, network::to_text(socket->local()));
    EXPECT_EQ(told[3].answered, "198.51.101.1:3479");
    socket->send({b.server_address, 3478}, hex("ffff"));
    b.run(1s);
    server.station().set_outage(outage_mode::silent, "test");
    socket->send({b.server_address, 3478}, request());
    b.run(1s);
    EXPECT_EQ(from.size(), 4u);
    socket->on_data = nullptr;
}

}  // namespace
}  // namespace dectbed::models::servers
