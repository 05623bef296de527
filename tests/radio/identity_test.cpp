#include "radio/identity.h"

#include <gtest/gtest.h>

#include "radio/fixed_identity.h"
#include "radio/portable_identity.h"
#include "sim/random.h"

namespace dectbed::radio {
namespace {

TEST(identity, ipei_text_and_octets) {
    // EN 300 175-6, 10.1: the standard's own example, and one that is in circulation.
    EXPECT_EQ(to_text(ipei{12, 137}), "00012 0000137 9");
    const auto id = ipei_from_text("03586 0017017 7").value();
    EXPECT_EQ(id.emc, 0x0E02);
    EXPECT_EQ(id.psn, 0x04279U);
    const auto o = id.octets();
    EXPECT_EQ(sim::to_hex(sim::byte_view(o)), "00e0204279");
    EXPECT_EQ(ipei::from_octets(o).value(), id);
    EXPECT_EQ(to_text(ipei{0x2B6E, 0xC8AA5}), "11118 0821925 6");
}

TEST(identity, ipei_text_is_checked) {
    EXPECT_FALSE(ipei_from_text("00012 0000137 8"));
    EXPECT_FALSE(ipei_from_text("00012 0000137"));
    EXPECT_FALSE(ipei_from_text("00012 0000137 99"));
    EXPECT_FALSE(ipei_from_text("0001x 0000137 9"));
    EXPECT_EQ(ipei_from_text("0001x 0000137 9").error().offset, 4U);
    EXPECT_FALSE(ipei::from_octets(sim::from_hex("10e0204279").value()));
    EXPECT_FALSE(ipei::from_octets(sim::from_hex("00e02042").value()));
}

TEST(identity, ipei_goes_there_and_back_with_every_check_character) {
    sim::random_stream r(9, "test", "ipei");
    bool star = false;
    for (int i = 0; i < 5000; ++i) {
        const ipei id{static_cast<std::uint16_t>(r.below(0x10000)), static_cast<std::uint32_t>(r.below(0x100000))};
        const auto text = to_text(id);
        star = star || text.back() == '*';
        ASSERT_EQ(ipei_from_text(text).value(), id) << text;
        ASSERT_EQ(ipei::from_octets(id.octets()).value(), id);
    }
    EXPECT_TRUE(star);
}

TEST(identity, class_a_rfpi) {
    const auto id = make_rfpi_class_a(0x2B6E, 0x19154, 5);
    EXPECT_EQ(to_text(id), "02b6ec8aa5");
    EXPECT_EQ(id.fmid(), 0xAA5);
    EXPECT_EQ(rfpi_from_text("02b6ec8aa5").value(), id);
    EXPECT_FALSE(rfpi_from_text("02b6ec8a"));
    EXPECT_EQ(default_pmid(0x1234), 0xE1234U);
    EXPECT_EQ(link_signature(0xE1234), 0);
    EXPECT_EQ(link_signature(0x01234), 0x1234);
}

TEST(identity, XC_04_one_identity_in_all_its_spellings) {
    const struct {
        const char *hex, *printed;
    } rows[] = {
        {"00e0204279", "03586 0017017 7"}, {"02c332b510", "11315 0177424 2"}, {"02b6ec8aa5", "11118 0821925 6"},
        {"029e74a599", "10727 0304537 3"}, {"0004d00001", "00077 0000001 9"},
    };
    for (const auto& row : rows) {
        const auto id = ipei_from_any_text(row.hex).value();
        EXPECT_EQ(to_text(id), row.printed);
        const std::string upper = to_text(id, ipei_spelling::octets_apart);
        for (const std::string& spelling :
             {to_text(id, ipei_spelling::printed), to_text(id, ipei_spelling::printed_without_check),
              to_text(id, ipei_spelling::hexadecimal), to_text(id, ipei_spelling::octet_list), upper}) {
            const auto back = ipei_from_any_text(spelling);
            ASSERT_TRUE(back) << spelling << ": " << back.error().reason;
            EXPECT_EQ(back.value(), id) << spelling;
        }
    }
    const auto id = ipei_from_any_text("0x02,0xB6,0xEC,0x8A,0xA5").value();
    EXPECT_EQ(to_text(id, ipei_spelling::octets_apart), "02 B6 EC 8A A5");
    EXPECT_EQ(to_text(id, ipei_spelling::octet_list), "0x02,0xB6,0xEC,0x8A,0xA5");
    EXPECT_EQ(to_text(id, ipei_spelling::hexadecimal), "02b6ec8aa5");
    EXPECT_EQ(to_text(id, ipei_spelling::printed_without_check), "11118 0821925");
    EXPECT_EQ(ipei_from_any_text("0x02, 0xb6, 0xec, 0x8a, 0xa5").value(), id);
    EXPECT_EQ(ipei_from_any_text("02B6EC8AA5").value(), id);
    EXPECT_EQ(ipei_from_any_text("1111808219256").value(), id);
    EXPECT_EQ(ipei_from_any_text("111180821925").value(), id);
}

TEST(identity, XC_04_bad_spellings_are_refused_with_the_place_and_the_reason) {
    const struct {
        const char* text;
        std::size_t offset;
        const char* reason;
    } rows[] = {
        {"", 0, "no IPEI given"},
        {"03586 0017017 8", 14, "check character is '8', expected '7'"},
        {"00077 000011", 12, "11 of 13 characters"},
        {"03586 00170177 77", 15, "more than 13 characters"},
        {"0358x 0017017 7", 4, "'x' is no digit"},
        {"0358* 0017017 7", 4, "'*' is no digit"},
        {"65536 0000001", 0, "EMC exceeds 65535"},
        {"03586 1048576", 5, "PSN exceeds 1048575"},
        {"10e0204279", 0, "IPUI type 1 is not N"},
        {"00e020427g", 9, "not a hexadecimal digit"},
        {"0x00,0xE0,0x20,0x42", 19, "a list of 5 octets has 4 commas"},
        {"0x00,0xE0,0x20,0x42,79", 20, "an octet of the list is written 0xHH"},
        {"0x00,0xE0,0x20,0x42,0x79,0x00", 24, "more than 5 octets"},
        {"00,E0,20,42,79", 0, "an octet of the list is written 0xHH"},
    };
    for (const auto& row : rows) {
        const auto id = ipei_from_any_text(row.text);
        ASSERT_FALSE(id) << row.text;
        EXPECT_EQ(id.error().reason, row.reason) << row.text;
        EXPECT_EQ(id.error().offset, row.offset) << row.text;
    }
}

TEST(identity, XC_04_no_text_harms_the_parser) {
    sim::random_stream r(10, "test", "ipei text");
    const std::string_view alphabet = "0123456789abcdefABCDEFx, *-\t";
    for (int i = 0; i < 50'000; ++i) {
        std::string text;
        for (auto n = r.below(20); n > 0; --n) text += alphabet[r.below(alphabet.size())];
        const auto id = ipei_from_any_text(text);
        if (id) {
            ASSERT_EQ(ipei_from_any_text(to_text(id.value())).value(), id.value()) << text;
        } else {
            ASSERT_LE(id.error().offset, text.size()) << text;
        }
    }
}

TEST(identity, classes_of_access_rights) {
    const struct {
        ari id;
        std::uint8_t rpn;
        bool sari;
        const char *rfpi, *text;
    } rows[] = {
        {{ari_class::a, 0x2B6E, 0x19154}, 5, false, "02b6ec8aa5", "A: EMC 2b6e, FPN 19154, RPN 5"},
        {{ari_class::b, 0x16E6, 0x001}, 0xFF, false, "116e6001ff", "B: EIC 16e6, FPN 001, RPN 255"},
        {{ari_class::c, 0x8001, 0xABC}, 1, true, "a8001abc01", "C: POC 8001, FPN abc, RPN 1, SARIs"},
        {{ari_class::d, 0x26201, 0x7F}, 2, false, "3262017f02", "D: GOP 26201, FPN 7f, RPN 2"},
        {{ari_class::e, 0x5555, 0x123}, 0x45, false, "4555512345", "E: FIL 5555, FPN 123, RPN 69"},
    };
    for (const auto& row : rows) {
        const auto id = to_rfpi({row.id, row.rpn, row.sari}).value();
        EXPECT_EQ(to_text(id), row.rfpi);
        EXPECT_EQ(describe(id), row.text);
        const auto back = from_rfpi(id).value();
        EXPECT_EQ(back.pari, row.id);
        EXPECT_EQ(back.rpn, row.rpn);
        EXPECT_EQ(back.sari_available, row.sari);
        const auto number = to_number(row.id).value();
        EXPECT_EQ(ari_from_number(number, ari_bits(row.id.arc)).value(), row.id);
        EXPECT_FALSE(ari_from_number(number, 30));
    }
    EXPECT_EQ(make_rfpi_class_a(0x2B6E, 0x19154, 5), to_rfpi({rows[0].id, 5, false}).value());
    EXPECT_FALSE(to_rfpi({rows[0].id, 8, false}));
    EXPECT_FALSE(to_number({ari_class::a, 0, 1}));
    EXPECT_FALSE(to_number({ari_class::a, 1, 0}));
    EXPECT_FALSE(to_number({ari_class::a, 1, 0x20000}));
    EXPECT_FALSE(to_number({ari_class::b, 0x10000, 1}));
    EXPECT_FALSE(to_number({ari_class::e, 0x5555, 0x12A}));
    EXPECT_FALSE(to_number({ari_class::e, 0x5554, 0x123}));
    EXPECT_FALSE(to_number({static_cast<ari_class>(5), 1, 1}));
    EXPECT_FALSE(from_rfpi(rfpi_from_text("5000000000").value()));
    EXPECT_EQ(describe(rfpi_from_text("7000000000").value()), "7000000000 (access rights class is not defined)");
}

TEST(identity, a_park_covers_what_begins_like_it) {
    const ari here{ari_class::b, 0x1001, 0x120}, same_site{ari_class::b, 0x1001, 0x12F},
        other{ari_class::b, 0x1001, 0x130};
    const auto exact = make_park(here).value();
    EXPECT_EQ(exact.pli, 31);
    EXPECT_TRUE(covers(exact, here));
    EXPECT_FALSE(covers(exact, same_site));
    const auto wide = make_park(here, 27).value();  // FPN without FPS
    EXPECT_TRUE(covers(wide, same_site));
    EXPECT_FALSE(covers(wide, other));
    EXPECT_TRUE(covers(wide, to_rfpi({same_site, 200, true}).value()));
    const ari class_a{ari_class::a, 0x2B6E, 0x19154};
    EXPECT_EQ(make_park(class_a).value().pli, 36);
    EXPECT_FALSE(covers(make_park(class_a).value(), here));
    EXPECT_TRUE(covers(park{0, 0}, here));
    EXPECT_FALSE(make_park(here, 32));
    EXPECT_EQ(describe(exact), "31 bits, B: EIC 1001, FPN 120");
    EXPECT_EQ(describe(make_park(here, 5).value()), "5 bits, 00100");
}

TEST(identity, location_areas_are_the_leading_bits) {
    const ari p{ari_class::b, 0x1001, 0x120};
    const auto a = to_rfpi({p, 0x10, false}).value(), b = to_rfpi({p, 0x1F, true}).value();
    EXPECT_EQ(default_location_area_level(a), 31);
    EXPECT_EQ(default_location_area_level(make_rfpi_class_a(1, 1, 0)), 36);
    EXPECT_TRUE(same_location_area(a, b, 31));
    EXPECT_TRUE(same_location_area(a, b, 35));
    EXPECT_FALSE(same_location_area(a, b, 36));
    EXPECT_FALSE(same_location_area(a, b, 63));
    EXPECT_TRUE(same_location_area(a, a, 39));
}

TEST(identity, ipui_of_every_type) {
    const struct {
        ipui id;
        const char* hex;
        int bits;
        const char* text;
    } rows[] = {
        {make_ipui(ipei{0x0E02, 0x04279}), "00e0204279", 40, "N 03586 0017017 7"},
        {{ipui_type::o, 0, 0, "1234", 16}, "112340", 20, "O 1234 (16 bits)"},
        {{ipui_type::o, 0, 0, "8", 1}, "18", 5, "O 8 (1 bits)"},
        {{ipui_type::p, 0x8001, 0, "00ff", 16}, "2800100ff0", 36, "P POC 8001, account 00ff (16 bits)"},
        {{ipui_type::q, 0, 0, "12345678901234567890", 0}, "312345678901234567890f", 84, "Q 12345678901234567890"},
        {{ipui_type::r, 0, 0, "262011234567890", 0}, "4262011234567890", 64, "R 262011234567890"},
        {{ipui_type::s, 0, 0, "4930123456", 0}, "54930123456f", 44, "S 4930123456"},
        {{ipui_type::t, 0x16E6, 0, "4711", 0}, "616e64711f", 36, "T EIC 16e6, 4711"},
        {{ipui_type::u, 0, 0, "123", 0}, "7123", 16, "U 123"},
    };
    for (const auto& row : rows) {
        const auto e = encode(row.id);
        ASSERT_TRUE(e) << row.text << ": " << e.error().reason;
        EXPECT_EQ(sim::to_hex(e.value().value), row.hex);
        EXPECT_EQ(e.value().bits, row.bits) << row.text;
        const auto back = decode_ipui(e.value().value, row.bits);
        ASSERT_TRUE(back) << row.text << ": " << back.error().reason;
        EXPECT_EQ(back.value(), row.id);
        EXPECT_EQ(describe(row.id), row.text);
    }
    const auto refused = [](const char* hex, int bits) { return !decode_ipui(sim::from_hex(hex).value(), bits); };
    EXPECT_TRUE(refused("8123", 16)) << "reserved type";
    EXPECT_TRUE(refused("00e02042", 32)) << "N has 40 bits";
    EXPECT_TRUE(refused("71a3", 16)) << "digit beyond 9";
    EXPECT_TRUE(refused("712f", 16)) << "F is no digit";
    EXPECT_TRUE(refused("7120", 12)) << "fill must be F";
    EXPECT_TRUE(refused("112341", 20)) << "fill must be 0";
    EXPECT_TRUE(refused("1c", 5)) << "bit past the end";
    EXPECT_TRUE(refused("7123", 15)) << "BCD in whole digits";
    EXPECT_TRUE(refused("2801", 16)) << "shorter than the POC";
    EXPECT_TRUE(refused("", 0));
    EXPECT_FALSE(encode(ipui{ipui_type::r, 0, 0, "2620112345678901", 0})) << "16 digits";
    EXPECT_FALSE(encode(ipui{ipui_type::o, 0, 0, "12", 16}));
    EXPECT_FALSE(encode(ipui{ipui_type::o, 5, 0, "12", 8}));
    EXPECT_FALSE(encode(ipui{ipui_type::n, 5, 0x100000, "", 0}));
}

TEST(identity, random_ipui_and_noise) {
    sim::random_stream r(11, "test", "ipui");
    int decoded = 0;
    for (int i = 0; i < 50'000; ++i) {
        sim::bytes value(r.below(14));
        for (auto& o : value) o = static_cast<std::uint8_t>(r.below(256));
        if (!value.empty() && r.chance(0.7)) value[0] = static_cast<std::uint8_t>(r.below(8) << 4 | r.below(10));
        for (std::size_t k = 1; k < value.size() && i % 2 == 0; ++k)  // decimal digits in half of them
            value[k] = static_cast<std::uint8_t>(r.below(10) << 4 | r.below(10));
        const int bits = static_cast<int>(8 * value.size()) - static_cast<int>(r.below(9));
        const auto id = decode_ipui(value, bits);
        if (!id) continue;
        ++decoded;
        const auto e = encode(id.value());
        ASSERT_TRUE(e);
        ASSERT_EQ(e.value().value, value);
        ASSERT_EQ(e.value().bits, bits);
    }
    EXPECT_GT(decoded, 2000);
}

TEST(identity, temporary_identities_are_told_apart_by_their_digits) {
    const auto id = make_ipui(ipei{0x0E02, 0x04279});
    EXPECT_EQ(default_tpui(id).value(), 0xE4279U);
    EXPECT_EQ(emergency_tpui(id).value(), 0xF1279U);
    EXPECT_EQ(default_tpui(ipui{ipui_type::o, 0, 0, "1234", 16}).value(), 0xE1234U);
    EXPECT_EQ(default_tpui(ipui{ipui_type::s, 0, 0, "4930123456", 0}).value(), 0xE3456U);
    EXPECT_EQ(tpui_of_extension("47").value(), 0xBBB47U);
    EXPECT_EQ(tpui_of_extension("12345").value(), 0x12345U);
    EXPECT_FALSE(tpui_of_extension("123456"));
    EXPECT_FALSE(tpui_of_extension(""));
    EXPECT_FALSE(tpui_of_extension("1a"));
    EXPECT_EQ(connectionless_group_tpui(0xFFF).value(), collective_broadcast_tpui);
    EXPECT_EQ(call_group_tpui(7).value(), 0xDD007U);
    EXPECT_FALSE(call_group_tpui(0x1000));
    const struct {
        std::uint32_t tpui;
        tpui_kind kind;
    } rows[] = {
        {0x00000, tpui_kind::assigned_individual},
        {0xBBB47, tpui_kind::assigned_individual},
        {0x0C000, tpui_kind::reserved},
        {0xCCFFF, tpui_kind::connectionless_group},
        {0xC0000, tpui_kind::reserved},
        {0xDD007, tpui_kind::call_group},
        {0xE4279, tpui_kind::default_individual},
        {0xEF000, tpui_kind::default_individual},
        {0xF1279, tpui_kind::emergency},
        {0xF0F0F, tpui_kind::not_available},
        {0xF2000, tpui_kind::reserved},
        {0xFFFFF, tpui_kind::reserved},
    };
    for (const auto& row : rows) EXPECT_EQ(kind_of(row.tpui), row.kind) << std::hex << row.tpui;
}

}  // namespace
}  // namespace dectbed::radio
