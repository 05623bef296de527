// DSC2 against the test sets of EN 300 175-7 V2.4.0, Annex M.3, and against openssl; which bits it reaches.
#include "radio/security/dsc2.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "radio/nwk/elements.h"
#include "radio/security/stand_ins.h"
#include "sim/random.h"

namespace dectbed::radio {
namespace {

sim::bytes octets_of(std::string_view hex) { return sim::from_hex(hex).value(); }
template <std::size_t n>
std::array<std::uint8_t, n> array_of(std::string_view hex) {
    std::array<std::uint8_t, n> a{};
    const auto o = octets_of(hex);
    std::copy(o.begin(), o.end(), a.begin());
    return a;
}

struct block_set {
    const char* key;
    unsigned j;
    const char* iv;
    const char* block;
};
constexpr block_set blocks[] = {
    {"000102030405060708090a0b0c0d0e0f", 3, "0011223344556677", "caf325b790df780ce79e9c03e3513735"},
    {"18be67844ae13d6c2000000000000000", 5, "6df15af141bb26e9", "32a30c3ebe25bd4d52f051d8697f34b2"},
    {"2ea612db153c60000000000000000000", 32, "440d491c4d064db7", "8e26c2b0ce13908e926d212163399b2d"},
    {"39b32d12074d4dc80000000000000000", 13, "5d037a5a767d4509", "19c2fb2647032e3ae8030b1bb34674d1"},
    {"3b251e1f6e5d1ad463cb6bfc7f967ff5", 11, "323b2213260d6b89", "8753b38ee1d286834612d684b71a1120"},
    {"301c0bdb56ae07320120759a235022ee", 36, "58786b365cfd3e12", "24e689ddc3950dbbb496f109b2e58eab"},
    {"3bf63a9e797d5f490ddc4cad314f4000", 0, "49442e4013661cd0", "28b505f59336d2abf4e98e657b751544"},
    {"42307eb7600000000000000000000000", 15, "409d12e1798b121f", "8ece05e64ec7f08abadfb26950382207"},
    {"58b026ca369909027bb95772139d7049", 20, "4a80187e16c56899", "f939f162d5cd9c9c9512e4d40d57c218"},
    {"40805db2338000000000000000000000", 32, "0fbf2f146ad6047e", "0fcfcf7fe42734355ba01401e69ffaae"},
};

TEST(dsc2, blocks_are_those_of_the_standards_test_sets) {
    for (const auto& b : blocks) {
        sim::bytes stream(16 * (b.j + 1));
        dsc2::with_bits(array_of<16>(b.key)).key_stream(array_of<8>(b.iv), stream);
        EXPECT_EQ(sim::to_hex(sim::byte_view(stream.data() + 16 * b.j, 16)), b.block);
    }
}

TEST(dsc2, streams_of_720_bits_are_those_of_the_standards_test_sets) {
    const struct {
        const char *key, *iv, *stream;
    } sets[] = {
        {"5e9d489c191661726b7232e6401d71f0", "03847f4f494a0677",
         "b5d23e32b712b63e376360fb522cb1f51edd0ed98b5553477227ca871b8e652adbb64a1ca85427beac153100e95f5c0e"
         "f7904eae70cf0f20949d1c478835ee69d4cde775aecf7b7e65c000343088c020d99c1529e6d636f77e32"},
        {"285248db27251640", "13d329d80a2809ce",
         "7e7246af0b138505d1afd2b78a8add1cd8d56d3cd8e8e1372044dffd2ddf0257bfb4bc897f20b8f4b3bf0a77cffb95f7"
         "006d0a16e03970f0057ca5624dce64519af557a72570fa1cab64aacf694ea02513bdbde73cb9a76ce232"},
        {"06e30a6c4328", "12c21003",
         "d3163cbe4e3bd210dc1900b51fa6532276d1aee336505b2b1ffab960ee92edc9a58aaf8bf489d65930210ba3bb4706cd"
         "af5cb0b6058b7441ba78c21d71fce1740cbe6b1093f9eedc1ea5137257467e8e8453dfbe73d2465b8ef4"},
    };
    for (const auto& s : sets) {
        std::array<std::uint8_t, 90> stream;
        dsc2::with_bits(array_of<16>(s.key)).key_stream(array_of<8>(s.iv), stream);
        EXPECT_EQ(sim::to_hex(sim::byte_view(stream)), s.stream);
    }
}

TEST(dsc2, openssl_gives_the_same_stream) {
    sim::random_stream r(5, "test", "dsc2");
    for (int round = 0; round < 5; ++round) {
        cipher_key key;
        for (auto& o : key) o = static_cast<std::uint8_t>(r.below(256));
        const cipher_iv iv{static_cast<std::uint8_t>(r.below(16)), static_cast<std::uint32_t>(r.below(1U << 24)), {}};
        std::array<std::uint8_t, 90> stream;
        dsc2::with_bits(key).key_stream(iv, stream);
        const std::string command = "head -c 90 /dev/zero | openssl enc -aes-128-ctr -K " +
                                    sim::to_hex(sim::byte_view(key)) + " -iv " +
                                    sim::to_hex(sim::byte_view(octets(iv))) + "0000000000000000 | od -An -v -tx1";
        FILE* pipe = popen(command.c_str(), "r");
        ASSERT_NE(pipe, nullptr);
        std::string out;
        for (int c; (c = std::fgetc(pipe)) != EOF;)
            if (c != '\n') out += static_cast<char>(c);
        ASSERT_EQ(pclose(pipe), 0);
        ASSERT_EQ(sim::to_hex(octets_of(out)), sim::to_hex(sim::byte_view(stream)));
    }
}

TEST(dsc2, a_key_is_a_number_whose_least_significant_bit_leads) {
    sim::bytes x(20), y(20);
    dsc2(array_of<16>("01000000000000000000000000000080")).key_stream(cipher_iv{}, x);
    dsc2::with_bits(array_of<16>("01000000000000000000000000000080")).key_stream(cipher_iv{}, y);
    EXPECT_EQ(x, y);  // bit 7 of the number stands at place 7, bit 120 at place 120
    dsc2(array_of<16>("00000000000000000000000000000003")).key_stream(cipher_iv{}, x);
    dsc2::with_bits(array_of<16>("c0000000000000000000000000000000")).key_stream(cipher_iv{}, y);
    EXPECT_EQ(x, y);
    EXPECT_EQ(sim::to_hex(sim::byte_view(extended_cipher_key(array_of<8>("0102030405060708")))),
              "00000000000000000102030405060708");
}

TEST(dsc2, the_iv_leads_with_the_least_significant_bit_of_the_frame_number) {
    const auto text = [](const cipher_iv& iv) { return sim::to_hex(sim::byte_view(octets(iv))); };
    EXPECT_EQ(text({0, 0, {}}), "0000000000000000");
    EXPECT_EQ(text({1, 0, {}}), "8000000000000000");
    EXPECT_EQ(text({8, 0, {}}), "1000000000000000");
    EXPECT_EQ(text({0, 1, {}}), "0800000000000000");
    EXPECT_EQ(text({0, 0x800000, {}}), "0000001000000000");
    EXPECT_EQ(text({15, 0xFFFFFF, {}}), "fffffff000000000");
    EXPECT_EQ(text({0, 0, 15}), "0000000000000000");  // the first bearer of an advanced connection: LBN* is 0
    EXPECT_EQ(text({0, 0, 14}), "0000000800000000");
    EXPECT_EQ(text({0, 0, 0}), "0000000f00000000");
}

TEST(dsc2, the_two_sides_of_a_frame_share_one_stream_of_720_bits) {
    const dsc2 generator(array_of<16>("000102030405060708090a0b0c0d0e0f"));
    const cipher_iv iv{5, 0x123456, {}};
    std::array<std::uint8_t, 90> stream;
    generator.key_stream(iv, stream);
    const auto s = segments(generator, iv);
    EXPECT_TRUE(std::equal(s.fixed_part.begin(), s.fixed_part.end(), stream.begin()));
    EXPECT_TRUE(std::equal(s.portable_part.begin(), s.portable_part.end(), stream.begin() + 45));
    std::array<std::uint8_t, 210> of_double_slots;  // m = 840: the head of the stream does not depend on its length
    generator.key_stream(iv, of_double_slots);
    EXPECT_TRUE(std::equal(stream.begin(), stream.end(), of_double_slots.begin()));
}

TEST(dsc2, only_ct_tails_are_ciphered_and_nothing_around_them) {
    const sim::bytes segment(45, 0xFF);
    for (unsigned ta = 0; ta < 8; ++ta) {
        auto a = array_of<8>("0011223344550000");
        a[0] = static_cast<std::uint8_t>(ta << 5 | 0x0E);
        const auto clear = a;
        EXPECT_EQ(cipher_a_field(segment, a), ta <= 1);
        EXPECT_EQ(sim::to_hex(sim::byte_view(a)).substr(2), ta <= 1 ? "eeddccbbaa0000" : "11223344550000");
        EXPECT_EQ(a[0], clear[0]);
        cipher_a_field(segment, a);
        EXPECT_EQ(a, clear);
    }
}

TEST(dsc2, redundancy_in_the_b_field_stays_clear) {
    sim::bytes segment(45, 0xFF);
    const auto reach = [&](b_field_protection p, std::size_t octets) {
        sim::bytes b(octets);
        sim::bytes long_segment(octets + 5, 0xFF);
        cipher_b_field(long_segment, p, b);
        return sim::to_hex(b);
    };
    const std::string subfield = "ffffffffffffffff0000";
    EXPECT_EQ(reach(b_field_protection::none, 40), std::string(80, 'f'));
    EXPECT_EQ(reach(b_field_protection::multi, 40), subfield + subfield + subfield + subfield);
    EXPECT_EQ(reach(b_field_protection::single, 40), std::string(76, 'f') + "0000");
    EXPECT_EQ(reach(b_field_protection::none, 10), std::string(20, 'f'));
    EXPECT_EQ(reach(b_field_protection::multi, 10), subfield);
    // KSS(40) meets b0, KSS(120) meets b80: the positions in the segment do not shift by the bits left clear.
    for (std::size_t i = 0; i < segment.size(); ++i) segment[i] = static_cast<std::uint8_t>(i);
    sim::bytes b(40);
    cipher_b_field(segment, b_field_protection::multi, b);
    EXPECT_EQ(sim::to_hex(sim::byte_view(b.data(), 12)), "05060708090a0b0c00000f10");
}

TEST(stand_ins, dsc_has_a_stand_in_that_never_meets_dsc2) {
    const std::array<std::uint8_t, 8> key{1, 2, 3, 4, 5, 6, 7, 8};
    sim::bytes x(90), y(90), z(90);
    stand_in_dsc(key).key_stream({3, 99, {}}, x);
    dsc2(extended_cipher_key(key)).key_stream(cipher_iv{3, 99, {}}, y);
    stand_in_dsc(key).key_stream({3, 99, {}}, z);
    EXPECT_NE(x, y);
    EXPECT_EQ(x, z);
}

TEST(stand_ins, are_named_by_the_messages_that_ask_for_secret_algorithms) {
    const auto named = [](std::string_view hex) {
        return stand_in_named_by(nwk::decode_message(octets_of(hex)).value());
    };
    EXPECT_EQ(named("05400a03014800"), dsaa_stand_in_used);
    EXPECT_EQ(named("05420b020188"), dsaa_stand_in_used);
    EXPECT_EQ(named("054c19028198"), dsc_stand_in_used);
    EXPECT_EQ(named("05400a03024800"), std::nullopt);
    EXPECT_EQ(named("05420b020288"), std::nullopt);
    EXPECT_EQ(named("054c19028298"), std::nullopt);
    EXPECT_EQ(named("054c19020198"), std::nullopt) << "ciphering off";
    EXPECT_EQ(named("05400a00"), std::nullopt);
}

}  // namespace
}  // namespace dectbed::radio
