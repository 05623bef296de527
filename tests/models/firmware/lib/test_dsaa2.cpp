// DSAA2 and the processes around it, against the test sets of EN 300 175-7 V2.4.0, Annex L.3, and against openssl.
#include <cstdio>
#include <string>

#include "models/firmware/lib/dsaa2.h"
#include "sim/bytes.h"
#include "tests/models/firmware/lib/client_bench.h"

namespace dectbed::test {
namespace {

using key = std::array<std::uint8_t, FW_AUTH_KEY_OCTETS>;
using answer = std::array<std::uint8_t, FW_AUTH_RES_OCTETS>;

/// Bits of the standard's test sets: a last half octet is padded.
octets bits_of(std::string text) {
    if (text.size() % 2 != 0) text += '0';
    return sim::from_hex(text).value();
}
template <std::size_t n>
std::string text_of(const std::array<std::uint8_t, n>& a) {
    return sim::to_hex(sim::byte_view(a));
}

struct bit_string {
    std::size_t bits;
    const char* hex;
};
struct set_1 {
    bit_string d1, d2, d3;
    const char* e;
};
struct set_2 {
    bit_string d1, d2, d3;
    const char* e1;
    bit_string e2;
};

constexpr set_1 sets_1[] = {
    {{128, "42025ee339743af647b5778025e9b66d"},
     {64, "a0f3624e949640a0"},
     {64, "17da4751f5b2b180"},
     "294016c034cd1a5576081826366a7e4a"},
    {{128, "5ddb5285d9072931833b35567776898a"},
     {64, "8493a3292770fa99"},
     {64, "b950d6d2e77e641d"},
     "4c3fea069ebf6cfe419b045447fcfe34"},
    {{128, "63340a1bd9baf80a25d20044c354a708"},
     {64, "86167c7d8d0ea8f4"},
     {64, "74bbc76ec7c0f65e"},
     "1461f1bfe0fae42e61f436a3d32d5f4a"},
    {{120, "bcd32db021d5d00993428051f1cc37"},
     {60, "10439453b0b8733"},
     {56, "afe2c12d7dc18f"},
     "ce6aaedbe96cdce78650116cdd109180"},
    {{80, "d080644999a0d8b73653"}, {48, "89e394b277b6"}, {60, "d48e6d18f1c655e"}, "9f05e22adbcf67d829db6b1810b4ba50"},
    {{96, "070557f02963399b76cd42e8"},
     {56, "59be23a3ca4fff"},
     {48, "4a8772360c1a"},
     "06b8a3fb7c83f879e30cdc92023f78f0"},
    {{128, "ca29adacb9651a3ebc77d383d7a02763"},
     {64, "e79cea2d91cd0fd9"},
     {64, "79957a90b4040f6e"},
     "95b73e80b2263ceea7943e327e8c8ef8"},
    {{111, "7fb30f8631efa4266e1aba5d9e4e"},
     {59, "9d459058b476dd0"},
     {61, "c9802a2cd2cb52d8"},
     "f2172d3a00a04c5111b1e506556cbcf1"},
    {{125, "906c24847949feddf67e9f7ece0036a0"},
     {61, "e280be2c1c938ee8"},
     {43, "a20f2c144fa"},
     "deae8b4865df23ee14b273e5aaeee00f"},
    {{99, "631c95b179bb52ebba6b28ef4"},
     {43, "1e171cb2af6"},
     {61, "6c0c285011136ab8"},
     "312ad124b1f0541c93d286fcd618451e"},
};
/// The inputs are those of the other variant.
constexpr set_2 results_2[] = {
    {sets_1[0].d1, sets_1[0].d2, sets_1[0].d3, "faa865e7", {128, "4d4853333c5641b723a6ef41112b83ba"}},
    {sets_1[1].d1, sets_1[1].d2, sets_1[1].d3, "2f2863b4", {80, "caee95550f277c157e84"}},
    {sets_1[2].d1, sets_1[2].d2, sets_1[2].d3, "728a4748", {64, "58f2181a1a00a3f4"}},
    {sets_1[3].d1, sets_1[3].d2, sets_1[3].d3, "d01df4bd", {120, "a4dc5352d1a5c4245396f6c62ce53b"}},
    {sets_1[4].d1, sets_1[4].d2, sets_1[4].d3, "1a114590", {80, "98d88329f6003cd7c490"}},
    {sets_1[5].d1, sets_1[5].d2, sets_1[5].d3, "02b9ed2c", {96, "2ecd2991dfd13c4c8ba7bfd6"}},
    {sets_1[6].d1, sets_1[6].d2, sets_1[6].d3, "843b2133", {128, "cefdd369896f6a9eba04fd14d198052d"}},
    {sets_1[7].d1, sets_1[7].d2, sets_1[7].d3, "feb8fdae", {109, "1713b0043b2aa8b74722022f8588"}},
    {sets_1[8].d1, sets_1[8].d2, sets_1[8].d3, "ae015682", {123, "cdc7608f40f7223637e34633490aff8"}},
    {sets_1[9].d1, sets_1[9].d2, sets_1[9].d3, "f6683a52", {89, "52b1a3ea0949a87fbd91d50"}},
};

fw_dsaa2_input input(const octets& o, const bit_string& b) { return {o.data(), b.bits}; }

/// The octets without the bits past the end.
std::string cut(sim::bytes octets, std::size_t bits) {
    octets.resize((bits + 7) / 8);
    if (bits % 8 != 0) octets.back() = static_cast<std::uint8_t>(octets.back() & 0xFF00U >> bits % 8);
    return sim::to_hex(octets);
}

TEST(dsaa2, variant_1_gives_the_standards_test_sets) {
    for (const auto& s : sets_1) {
        const auto d1 = bits_of(s.d1.hex), d2 = bits_of(s.d2.hex), d3 = bits_of(s.d3.hex);
        key e;
        ASSERT_TRUE(fw_dsaa2_1(input(d1, s.d1), input(d2, s.d2), input(d3, s.d3), e.data()));
        EXPECT_EQ(text_of(e), s.e);
    }
}

TEST(dsaa2, variant_2_gives_the_standards_test_sets) {
    for (const auto& s : results_2) {
        const auto d1 = bits_of(s.d1.hex), d2 = bits_of(s.d2.hex), d3 = bits_of(s.d3.hex);
        answer e1;
        key e2;
        ASSERT_TRUE(fw_dsaa2_2(input(d1, s.d1), input(d2, s.d2), input(d3, s.d3), e1.data(), e2.data()));
        EXPECT_EQ(text_of(e1), s.e1);
        EXPECT_EQ(cut({e2.begin(), e2.end()}, s.e2.bits), sim::to_hex(bits_of(s.e2.hex)));
    }
}

TEST(dsaa2, bits_past_the_end_of_an_input_do_not_matter) {
    const octets clean{0x40, 0x80}, dirty{0x40, 0xBF};
    key e, f;
    ASSERT_TRUE(fw_dsaa2_1({clean.data(), 10}, {clean.data(), 10}, {nullptr, 0}, e.data()));
    ASSERT_TRUE(fw_dsaa2_1({dirty.data(), 10}, {dirty.data(), 10}, {nullptr, 0}, f.data()));
    EXPECT_EQ(e, f);
    EXPECT_FALSE(fw_dsaa2_1({dirty.data(), 129}, {dirty.data(), 8}, {nullptr, 0}, f.data()));
    EXPECT_FALSE(fw_dsaa2_1({dirty.data(), 8}, {dirty.data(), 65}, {nullptr, 0}, f.data()));
    EXPECT_FALSE(fw_dsaa2_1({dirty.data(), 8}, {dirty.data(), 8}, {dirty.data(), 65}, f.data()));
    EXPECT_EQ(f, key{});
}

/// Output of a shell command.
std::string output_of(const std::string& command) {
    std::string out;
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return out;
    for (int c; (c = std::fgetc(pipe)) != EOF;) out += static_cast<char>(c);
    return pclose(pipe) == 0 ? out : std::string{};
}

/// AES-128 of one block by the command-line program.
octets openssl_aes(const std::string& k, const octets& block) {
    std::string escaped;
    for (std::uint8_t o : block) {
        char text[8];
        std::snprintf(text, sizeof text, "\\0%03o", o);
        escaped += text;
    }
    const auto out = output_of("printf '%b' '" + escaped + "' | openssl enc -aes-128-ecb -nopad -K " + k +
                               " | od -An -v -tx1 | tr -d '\\n'");
    return sim::from_hex(out).value();
}

/// The same number with its least significant bit in front.
octets reversed(const octets& number) {
    std::string bits;
    for (auto o : number)
        for (int b = 7; b >= 0; --b) bits += (o >> b & 1) != 0 ? '1' : '0';
    std::reverse(bits.begin(), bits.end());
    octets out;
    for (std::size_t i = 0; i < bits.size(); i += 8)
        out.push_back(static_cast<std::uint8_t>(std::stoul(bits.substr(i, 8), nullptr, 2)));
    return out;
}

TEST(dsaa2, openssl_computes_the_same_from_the_words_of_the_standard) {
    noise n(3);
    for (int round = 0; round < 8; ++round) {
        octets k(16), rs(16), rand_f(8), rand_p(8);
        for (auto* o : {&k, &rs, &rand_f, &rand_p})
            for (auto& x : *o) x = static_cast<std::uint8_t>(n.next());
        // A11: AES twice over RS, each number with its bit 0 in front.
        const auto key_bits = sim::to_hex(reversed(k));
        const auto ks = reversed(openssl_aes(key_bits, openssl_aes(key_bits, reversed(rs))));
        key ours, dck;
        answer res1;
        ASSERT_TRUE(fw_auth_a11(FW_AUTH_DSAA2, k.data(), rs.data(), ours.data()));
        ASSERT_EQ(text_of(ours), sim::to_hex(ks));
        // A12: the answer from the first pass, the cipher key from the second with the last bit turned.
        octets block = reversed(rand_f);
        const auto second = reversed(rand_p), session_bits = reversed(ks);
        block.insert(block.end(), second.begin(), second.end());
        auto w = openssl_aes(sim::to_hex(session_bits), block);
        ASSERT_TRUE(fw_auth_a12(FW_AUTH_DSAA2, ks.data(), rand_f.data(), rand_p.data(), res1.data(), dck.data()));
        ASSERT_EQ(text_of(res1), sim::to_hex(reversed({w.begin(), w.begin() + 4})));
        w.back() ^= 1;
        ASSERT_EQ(text_of(dck), sim::to_hex(reversed(openssl_aes(sim::to_hex(session_bits), w))));
    }
}

TEST(auth_processes, keys_are_repeated_and_added) {
    answer ac;
    ASSERT_TRUE(fw_auth_code_from_digits("1234", ac.data()));
    EXPECT_EQ(text_of(ac), "ffff1234");
    ASSERT_TRUE(fw_auth_code_from_digits("90210", ac.data()));
    EXPECT_EQ(text_of(ac), "fff90210");
    ASSERT_TRUE(fw_auth_code_from_digits("00000000", ac.data()));
    EXPECT_EQ(text_of(ac), "00000000");
    for (const char* bad : {"", "123456789", "12a4", "12 4", "*"})
        EXPECT_FALSE(fw_auth_code_from_digits(bad, ac.data())) << bad;

    key k;
    const octets code{0xFF, 0xFF, 0x12, 0x34}, upi{0x0F},
        uak = sim::from_hex("000102030405060708090a0b0c0d0e0f").value();
    ASSERT_TRUE(fw_auth_b1(code.data(), code.size(), k.data()));
    EXPECT_EQ(text_of(k), "ffff1234ffff1234ffff1234ffff1234");
    ASSERT_TRUE(fw_auth_b1(code.data(), 3, k.data()));
    EXPECT_EQ(text_of(k), "ffff12ffff12ffff12ffff12ffff12ff");
    ASSERT_TRUE(fw_auth_b2(uak.data(), uak.size(), upi.data(), upi.size(), k.data()));
    EXPECT_EQ(text_of(k), "0f0e0d0c0b0a09080706050403020100");
    EXPECT_FALSE(fw_auth_b1(code.data(), 0, k.data()));
    EXPECT_FALSE(fw_auth_b1(code.data(), 17, k.data()));
    EXPECT_FALSE(fw_auth_b2(uak.data(), 16, upi.data(), 0, k.data()));
}

TEST(auth_processes, both_ends_of_a_key_allocation_agree) {
    const octets rs = sim::from_hex("0123456789abcdef0f1e2d3c4b5a6978").value(), rand_f(8, 0x11), rand_p(8, 0x22);
    for (std::uint8_t algorithm : {FW_AUTH_DSAA2, FW_AUTH_DSAA_STAND_IN}) {
        key k, ks, ks2, dck, uak;
        answer ac, res1, again, res2;
        ASSERT_TRUE(fw_auth_code_from_digits("0000", ac.data()));
        ASSERT_TRUE(fw_auth_b1(ac.data(), ac.size(), k.data()));
        ASSERT_TRUE(fw_auth_a11(algorithm, k.data(), rs.data(), ks.data()));
        ASSERT_TRUE(fw_auth_a12(algorithm, ks.data(), rand_f.data(), rand_p.data(), res1.data(), dck.data()));
        ASSERT_TRUE(fw_auth_a12(algorithm, ks.data(), rand_f.data(), rand_p.data(), again.data(), dck.data()));
        EXPECT_EQ(res1, again);
        ASSERT_TRUE(fw_auth_a21(algorithm, k.data(), rs.data(), ks2.data()));
        ASSERT_TRUE(fw_auth_a22(algorithm, ks2.data(), rand_p.data(), rand_f.data(), res2.data()));
        EXPECT_NE(res1, res2);
        ASSERT_TRUE(fw_auth_b1(ks2.data(), ks2.size(), uak.data()));
        EXPECT_EQ(uak, ks2);
        EXPECT_NE(uak, k);
        const bool dsaa2 = algorithm == FW_AUTH_DSAA2;
        EXPECT_EQ(fw_auth_rs_octets(algorithm), dsaa2 ? 16U : 8U);
        EXPECT_EQ(fw_auth_dck_octets(algorithm), dsaa2 ? 16U : 8U);
        EXPECT_EQ(ks == ks2, dsaa2) << "with one RS only DSAA keeps the two session keys apart";
        if (!dsaa2) {  // odd bits are inverted, bit 0 being the last
            for (std::size_t i = 0; i < ks.size(); ++i) EXPECT_EQ(ks[i] ^ ks2[i], 0xAA);
        }
        EXPECT_EQ(std::all_of(dck.begin() + 8, dck.end(), [](auto o) { return o == 0; }), !dsaa2);
    }
}

TEST(auth_processes, the_stand_in_is_not_dsaa2_and_other_algorithms_are_refused) {
    const octets rs(16, 0x5A);
    const key k{};
    key a, b;
    ASSERT_TRUE(fw_auth_a11(FW_AUTH_DSAA2, k.data(), rs.data(), a.data()));
    ASSERT_TRUE(fw_auth_a11(FW_AUTH_DSAA_STAND_IN, k.data(), rs.data(), b.data()));
    EXPECT_NE(a, b);
    for (int algorithm : {0x00, 0x03, 0x20, 0x40, 0x7F}) {
        const auto code = static_cast<std::uint8_t>(algorithm);
        answer res;
        EXPECT_EQ(fw_auth_rs_octets(code), 0U);
        EXPECT_EQ(fw_auth_dck_octets(code), 0U);
        EXPECT_FALSE(fw_auth_a11(code, k.data(), rs.data(), a.data()));
        EXPECT_FALSE(fw_auth_a21(code, k.data(), rs.data(), a.data()));
        EXPECT_FALSE(fw_auth_a12(code, k.data(), rs.data(), rs.data(), res.data(), a.data()));
        EXPECT_FALSE(fw_auth_a22(code, k.data(), rs.data(), rs.data(), res.data()));
    }
}

}  // namespace
}  // namespace dectbed::test
