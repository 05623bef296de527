// The elements' codecs one by one: what they refuse and where, cuts, noise; and the pages.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "radio/nwk/describe.h"
#include "radio/nwk/lce_page.h"
#include "sim/random.h"
#include "tests/radio/codec_property.h"
#include "tests/radio/element_round_trip.h"

namespace dectbed::radio::nwk {
namespace {

element of(std::uint8_t code, std::string_view hex) { return {code, sim::from_hex(hex).value()}; }

constexpr std::uint8_t codes[] = {ie::info_type,
                                  ie::identity_type,
                                  ie::portable_identity,
                                  ie::fixed_identity,
                                  ie::location_area,
                                  ie::auth_type,
                                  ie::nwk_assigned_identity,
                                  ie::allocation_type,
                                  ie::rand,
                                  ie::res,
                                  ie::rs,
                                  ie::cipher_info,
                                  ie::multi_display,
                                  ie::multi_keypad,
                                  ie::key,
                                  ie::reject_reason,
                                  ie::setup_capability,
                                  ie::terminal_capability,
                                  ie::called_party_number,
                                  ie::duration,
                                  ie::iwu_to_iwu,
                                  ie::model_identifier,
                                  ie::escape_to_proprietary,
                                  ie::codec_list,
                                  ie::basic_service,
                                  ie::release_reason,
                                  ie::signal,
                                  ie::timer_restart,
                                  ie::single_display,
                                  ie::single_keypad};

TEST(nwk_elements, wrong_contents_are_refused_where_they_are_wrong) {
    const struct {
        element e;
        const char* line;
    } rows[] = {
        {of(ie::fixed_identity, "80a0"), "FIXED-IDENTITY: 80a0 (ends before the identity does at octet 2)"},
        {of(ie::fixed_identity, "80a01100112001"), "FIXED-IDENTITY: 80a01100112001 (1 octets too many at octet 6)"},
        {of(ie::fixed_identity, "80a091001120"),
         "FIXED-IDENTITY: 80a091001120 (the bit before the ARC is not 0 at octet 1)"},
        {of(ie::fixed_identity, "80a111001120"),
         "FIXED-IDENTITY: 80a111001120 (ends before the identity does at octet 2)"},
        {of(ie::fixed_identity, "81a011001120"),
         "FIXED-IDENTITY: 81a011001120 (ARI and RPN have 40 bits, not 32 at octet 1)"},
        {of(ie::fixed_identity, "a0a502b6ec8aa5"),
         "FIXED-IDENTITY: a0a502b6ec8aa5 (bits past the identity's end are not 0 at octet 1)"},
        {of(ie::fixed_identity, "83a811001120ff"), "FIXED-IDENTITY: 83a811001120ff (type 03 is reserved at octet 0)"},
        {of(ie::fixed_identity, "8080"), "FIXED-IDENTITY: 8080 (0 bits are no length of a fixed identity at octet 1)"},
        {of(ie::fixed_identity, "a08100"), "FIXED-IDENTITY: PARK 0 bits, 0"},
        {of(ie::location_area, "1f"), "LOCATION-AREA: 1f (location information type 0 is reserved at octet 0)"},
        {of(ie::location_area, "80"), "LOCATION-AREA: 80 (ends before the extended location information at octet 1)"},
        {of(ie::location_area, "5f00"), "LOCATION-AREA: 5f00 (1 octets too many at octet 1)"},
        {of(ie::location_area, "df7f"), "LOCATION-AREA: level 31, extended 7f"},
        {of(ie::identity_type, "8290"), "IDENTITY-TYPE: 8290 (identity group 2 is reserved at octet 0)"},
        {of(ie::identity_type, "0080"), "IDENTITY-TYPE: 0080 (bits 8 to 5 of the group are not 1000 at octet 0)"},
        {of(ie::nwk_assigned_identity, "f4a10102030405"),
         "NWK-ASSIGNED-IDENTITY: f4a10102030405 (a TMSI has at most 32 bits, not 33 at octet 1)"},
        {of(ie::duration, "61"), "DURATION: 61 (ends before the time duration at octet 1)"},
        {of(ie::duration, "e1"), "DURATION: e1 (bit 8 does not suit the time limit at octet 0)"},
        {of(ie::duration, "c3"), "DURATION: c3 (lock limit 4 is reserved at octet 0)"},
        {of(ie::duration, "f3"), "DURATION: f3 (time limit 3 is reserved at octet 0)"},
        {of(ie::cipher_info, "8250"), "CIPHER-INFO: 8250 (cipher key type 5 is reserved at octet 1)"},
        {of(ie::cipher_info, "ff98"), "CIPHER-INFO: ff98 (ends before the cipher key at octet 2)"},
        {of(ie::allocation_type, "2088"), "ALLOCATION-TYPE: 2088 (authentication algorithm 20 is reserved at octet 0)"},
        {of(ie::key, "9300"), "KEY: 9300 (key type 93 is reserved at octet 0)"},
        {of(ie::key, "9001"), "KEY: 9001 (1 octets are no length of a key of this type at octet 1)"},
        {of(ie::key, "950102"), "KEY: type 95, empty, index 0102"},
        {of(ie::codec_list, "90020004"), "CODEC-LIST: 90020004 (ends before a codec's entry does at octet 4)"},
        {of(ie::codec_list, "a0020084"),
         "CODEC-LIST: a0020084 (negotiation indicator or reserved bits are not known at octet 0)"},
        {of(ie::model_identifier, "0e02"), "MODEL-IDENTIFIER: 0e02 (ends before the MODIC at octet 2)"},
        {of(ie::portable_identity, "80a830e0204279"),
         "PORTABLE-IDENTITY: 80a830e0204279 (e is no decimal digit at octet 3)"},
        {of(ie::portable_identity, "a0942bbb47"),
         "PORTABLE-IDENTITY: a0942bbb47 (assignment type 2 is reserved at octet 2)"},
        {of(0x33, "0102"), "33: 0102"},
        {of(ie::reject_reason, "99"), "REJECT-REASON: 99 reserved"},
    };
    for (const auto& row : rows) EXPECT_EQ(describe(row.e), row.line);
}

TEST(nwk_elements, encoders_refuse_what_does_not_fit) {
    EXPECT_FALSE(encode(location_area{}));
    EXPECT_FALSE(encode(location_area{std::uint8_t{64}, {}}));
    EXPECT_FALSE(encode(duration{lock_limit::none, time_limit::infinite, 1}));
    EXPECT_FALSE(encode(allocation_type{algorithm::gsm, 0, 0}));
    EXPECT_FALSE(encode(allocation_type{algorithm::dsaa, 16, 0}));
    EXPECT_FALSE(encode(cipher_info{true, 0x80, {}, key_type::derived, 0}));
    EXPECT_FALSE(encode(cipher_info{true, algorithm::proprietary, {}, key_type::derived, 0}));
    EXPECT_FALSE(encode(cipher_info{true, algorithm::dsc, {}, key_type::uak, 0}));
    EXPECT_FALSE(encode(key{transferred_key::dck_dsc, sim::bytes(16), {}}));
    EXPECT_FALSE(encode(key{transferred_key::default_dsc2, sim::bytes(16), {}}));
    EXPECT_FALSE(encode(key{transferred_key::dck_dsc2, sim::bytes(16), std::uint16_t{1}}));
    EXPECT_FALSE(encode(terminal_capability{}));
    EXPECT_FALSE(encode(terminal_capability{{0x80}, {}, {}, {}}));
    EXPECT_FALSE(encode(terminal_capability{{0x11}, {}, {0x60}, {}}));
    EXPECT_FALSE(encode(setup_capability{8, 0, 0, {}}));
    EXPECT_FALSE(encode(model_identifier{0, 0, sim::bytes(17)}));
    EXPECT_FALSE(encode(codec_list{}));
    EXPECT_FALSE(encode(codec_list{false, {{0x80, 0, 0, 0}}}));
    EXPECT_FALSE(encode(basic_service{16, 0}));
    EXPECT_FALSE(encode(called_party_number{8, 0, ""}));
    EXPECT_FALSE(encode(iwu_to_iwu{false, 64, {}}));
    EXPECT_FALSE(encode_keypad(""));
    EXPECT_FALSE(encode_display(std::string(256, 'x')));
    EXPECT_FALSE(encode_octet(ie::rand, 1));
    EXPECT_FALSE(encode(fixed_identity{fixed_identity_type::ari, 33, sim::bytes(5)}));
    EXPECT_FALSE(fixed_identity_of(park{0x10, 4}));
    EXPECT_FALSE(portable_identity_of_tpui(0x100000));
}

TEST(nwk_elements, capabilities_of_a_terminal) {
    const auto t = decode_terminal_capability(of(ie::terminal_capability, "210008828060803fff")).value();
    EXPECT_EQ(t.tone(), 2);
    EXPECT_EQ(t.display(), 1);
    EXPECT_EQ(t.general.size(), 4U);
    EXPECT_EQ(t.profiles, std::vector<std::uint8_t>{0});
    EXPECT_TRUE(t.dsaa2());
    EXPECT_TRUE(t.dsc2());
    EXPECT_EQ(t.blind.size(), 2U);
    const auto old = decode_terminal_capability(of(ie::terminal_capability, "9182")).value();
    EXPECT_TRUE(old.gap());
    EXPECT_FALSE(old.has_profile(1, 1));
    EXPECT_FALSE(old.has_profile(9, 1));
    EXPECT_FALSE(old.dsaa2());
    EXPECT_EQ(old.slot_types(), 0x08);
}

TEST(nwk_elements, vendor_data_rides_in_iwu_to_iwu_too) {
    const auto e = encode(vendor_iwu({0x0DB0, {1, 2, 3}})).value();
    EXPECT_EQ(sim::to_hex(e.contents), "c0810db0010203");
    EXPECT_EQ(vendor_of(decode_iwu_to_iwu(e).value()).value().emc, 0x0DB0);
    EXPECT_FALSE(vendor_of(decode_iwu_to_iwu(of(ie::iwu_to_iwu, "c6810db0")).value()));
    EXPECT_FALSE(vendor_of(decode_iwu_to_iwu(of(ie::iwu_to_iwu, "c0800db0")).value()));
}

TEST(nwk_elements, noise_harms_no_codec_and_what_decodes_encodes_the_same) {
    sim::random_stream r(12, "test", "elements");
    std::map<std::uint8_t, int> taken;
    for (int i = 0; i < 200'000; ++i) {
        element e;
        e.code = codes[r.below(std::size(codes))];
        e.contents.resize(form_of(e.code) == element_form::double_octet ? 1 : r.below(20));
        for (auto& o : e.contents) o = static_cast<std::uint8_t>(r.below(256));
        if (e.contents.size() > 2 && r.chance(0.6)) {  // lengths and markers that fit, so that more is reached
            const bool identity = e.code == ie::portable_identity || e.code == ie::fixed_identity;
            e.contents[0] = static_cast<std::uint8_t>(0x80 | (identity ? r.below(3) * 16 : r.below(128)));
            e.contents[1] = static_cast<std::uint8_t>(0x80 | std::min<std::size_t>(127, 8 * (e.contents.size() - 2)));
            e.contents[2] = static_cast<std::uint8_t>(r.below(128));
        }
        if (e.code == ie::allocation_type && r.chance(0.5)) e.contents = {static_cast<std::uint8_t>(r.below(4)), 0x18};
        if (e.code == ie::codec_list && e.contents.size() % 3 == 1) {
            e.contents[0] = static_cast<std::uint8_t>(0x80 | r.below(2) << 4);
            for (std::size_t k = 1; k < e.contents.size(); ++k)
                e.contents[k] &= k % 3 == 1 ? 0x7F : k % 3 == 2 ? 0x0F : k + 1 == e.contents.size() ? 0xFF : 0x7F;
        }
        ASSERT_FALSE(describe(e).empty());
        const auto again = through_its_codec(e);
        if (again.empty()) continue;
        ++taken[e.code];
        ASSERT_EQ(sim::to_hex(again), sim::to_hex(e.contents)) << element_name(e.code);
    }
    for (std::uint8_t code : codes) EXPECT_GT(taken[code], 3) << element_name(code);
}

TEST(lce_page, golden_octets_both_ways_and_in_words) {
    const struct {
        lce_page page;
        const char *hex, *text;
    } rows[] = {
        {short_page{lce_header::voice, true, 0xBB47}, "0cbb47", "LCE-REQUEST-PAGE short, voice, assigned TPUI ..bb47"},
        {short_page{lce_header::no_u_plane, false, 0x4279}, "004279",
         "LCE-REQUEST-PAGE short, no U-plane, default TPUI ..4279"},
        {short_page{lce_header::ringing, true, 0x3FFF}, "093fff",
         "LCE-REQUEST-PAGE short, ringing, pattern 3, group mask fff"},
        {full_page{lce_header::voice, true, 4, 0xBBB47, 1, 0}, "0c4bbb4710",
         "LCE-REQUEST-PAGE full, voice, TPUI bbb47, slot type 4, setup 1"},
        {full_page{lce_header::ringing, false, 4, 0x2CFFF, 0, 0}, "0142cfff00",
         "LCE-REQUEST-PAGE full, ringing, pattern 2, group TPUI ..cfff"},
        {ipui_page{lce_header::general, ipui_type::n, 0x0204279}, "0300204279",
         "LCE-REQUEST-PAGE full, general, IPUI N..0204279"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(sim::to_hex(encode(row.page).value()), row.hex);
        const auto octets = sim::from_hex(row.hex).value();
        const auto back = decode_lce_page(octets);
        ASSERT_TRUE(back) << row.hex;
        EXPECT_EQ(back.value().index(), row.page.index());
        EXPECT_EQ(sim::to_hex(encode(back.value()).value()), row.hex);
        EXPECT_EQ(describe(back.value()), row.text);
        for (std::size_t n = 0; n < octets.size(); ++n)  // three octets of a full page are a short one
            EXPECT_EQ(static_cast<bool>(decode_lce_page(sim::byte_view(octets.data(), n))), n == 3) << n;
    }
    EXPECT_FALSE(decode_lce_page(sim::from_hex("0380204279").value())) << "reserved IPUI type";
    EXPECT_FALSE(encode(lce_page(full_page{lce_header::voice, false, 4, 0, 0, 0})));
    EXPECT_FALSE(encode(lce_page(full_page{lce_header::voice, true, 4, 0x100000, 0, 0})));
    EXPECT_FALSE(encode(lce_page(ipui_page{lce_header::ringing, ipui_type::n, 0})));
    EXPECT_FALSE(encode(lce_page(ipui_page{lce_header::voice, ipui_type::n, 0x10000000})));
}

TEST(lce_page, calls_whom_it_names) {
    const auto id = make_ipui(radio::ipei{0x0E02, 0x04279});
    constexpr std::uint32_t assigned = 0xBBB47, none = 0xFFFFFFFF;
    EXPECT_TRUE(addresses(short_page{lce_header::voice, true, 0xBB47}, id, assigned));
    EXPECT_FALSE(addresses(short_page{lce_header::voice, true, 0xBB47}, id, none));
    EXPECT_TRUE(addresses(short_page{lce_header::voice, false, 0x4279}, id, none));
    EXPECT_TRUE(addresses(short_page{lce_header::voice, false, 0x4279}, id, assigned));
    EXPECT_FALSE(addresses(short_page{lce_header::voice, false, 0x4278}, id, assigned));
    EXPECT_TRUE(addresses(full_page{lce_header::voice, true, 4, assigned, 0, 0}, id, assigned));
    EXPECT_TRUE(addresses(full_page{lce_header::voice, true, 4, 0xE4279, 0, 0}, id, assigned));
    EXPECT_FALSE(addresses(full_page{lce_header::voice, true, 4, assigned, 0, 0}, id, none));
    EXPECT_TRUE(addresses(ipui_page{lce_header::voice, ipui_type::n, 0x0204279}, id, none));
    EXPECT_FALSE(addresses(ipui_page{lce_header::voice, ipui_type::o, 0x0204279}, id, none));
    EXPECT_FALSE(addresses(short_page{lce_header::ringing, false, 0x4279}, id, none));
    EXPECT_FALSE(addresses(full_page{lce_header::ringing, true, 4, assigned, 0, 0}, id, assigned));
}

TEST(lce_page, noise_harms_nobody) {
    sim::random_stream r(13, "test", "pages");
    for (int i = 0; i < 20'000; ++i) {
        sim::bytes b(r.chance(0.5) ? 5 : r.below(7));
        for (auto& o : b) o = static_cast<std::uint8_t>(r.below(256));
        const auto p = decode_lce_page(b);
        if (!p) continue;
        b[0] &= 0x0F;  // X X X X are not sent
        ASSERT_EQ(sim::to_hex(encode(p.value()).value()), sim::to_hex(b));
        ASSERT_FALSE(describe(p.value()).empty());
    }
}

}  // namespace
}  // namespace dectbed::radio::nwk
