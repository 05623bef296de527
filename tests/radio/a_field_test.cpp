#include "radio/a_field.h"

#include <gtest/gtest.h>

#include "radio/checksums.h"
#include "radio/identity.h"
#include "radio/t_mux.h"
#include "radio/vendor_announcement.h"
#include "sim/random.h"
#include "tests/radio/codec_property.h"

namespace dectbed::radio {
namespace {

std::string hex(const a_field& a, side from) { return sim::to_hex(encode(a, from).value()); }
sim::bytes octets(std::string_view text) { return sim::from_hex(text).value(); }

TEST(checksums, r_crc_matches_the_catalogue) {
    // CRC-16/DECT-R of the catalogues: check value over "123456789".
    EXPECT_EQ(r_crc(sim::view("123456789")), 0x007E);
}

TEST(checksums, scrambling_sequences_are_those_of_the_standard) {
    // EN 300 175-3, 6.2.4 and annex E: first octets for frame numbers 0, 1, 2, 3, 4.
    const char* first[] = {"3bcd215d8865bd44ef", "32dea2779a42bb10cb", "2dea2779a42bb10cb7", "2779a42bb10cb7a89d",
                           "196f513bcd215d8865"};
    for (int f = 0; f < 5; ++f) EXPECT_EQ(sim::to_hex(sim::byte_view(scrambling_sequence(f)).first(9)), first[f]) << f;
    EXPECT_EQ(scrambling_sequence(11), scrambling_sequence(3));
}

TEST(checksums, x_crc_is_the_parity_of_the_test_bits) {
    sim::bytes b(40, 0);
    EXPECT_EQ(x_crc_full_slot(b), 0);
    b[6] = 0x80;  // bit 48: the first test bit
    EXPECT_EQ(x_crc_full_slot(b), 0x8);
    b[6] = 0x10;  // bit 51: fourth
    EXPECT_EQ(x_crc_full_slot(b), 0x1);
    b[6] = 0;
    b[0] = 0xFF;  // bits 0..7 are not tested
    EXPECT_EQ(x_crc_full_slot(b), 0);
}

TEST(a_field, identity) {
    a_field a;
    a.content = tail::identity{rfpi_from_text("02b6ec8aa5").value(), false};
    EXPECT_EQ(hex(a, side::fixed).substr(0, 12), "6e02b6ec8aa5");
    const auto back = decode_a_field(octets(hex(a, side::fixed)), side::fixed).value();
    EXPECT_EQ(to_text(std::get<tail::identity>(back.content).id), "02b6ec8aa5");
    EXPECT_EQ(back.header, a.header);
}

TEST(a_field, static_information) {
    a_field a;
    tail::static_information t;
    t.slot = 5;
    t.escape = true;
    t.rf_carriers = 0x3FF;
    t.carrier = 3;
    t.scanned_next = 7;
    a.content = t;
    // 000 0 0101 | 00 1 00 0 11 | 11111111 | 00 000011 | 0 0 000111
    EXPECT_EQ(hex(a, side::fixed).substr(0, 12), "8e0523ff0307");
    const auto back =
        std::get<tail::static_information>(decode_a_field(octets(hex(a, side::fixed)), side::fixed).value().content);
    EXPECT_EQ(back.slot, 5);
    EXPECT_TRUE(back.escape);
    EXPECT_EQ(back.transceivers, 1);
    EXPECT_EQ(back.rf_carriers, 0x3FF);
    EXPECT_EQ(back.carrier, 3);
    EXPECT_EQ(back.scanned_next, 7);
}

TEST(a_field, capabilities_multiframe_number_and_escape) {
    a_field a;
    a.content = tail::capabilities{capability_bit(17) | capability_bit(23) | capability_bit(36) | capability_bit(38)};
    EXPECT_EQ(hex(a, side::fixed).substr(2, 10), "3041000a00");
    a.content = tail::multiframe_number{0x123456};
    EXPECT_EQ(hex(a, side::fixed).substr(2, 10), "6f0f123456");
    a.content = tail::escape{0x0DB0, encode_announcement(announced_service::waiting_for_code)};
    EXPECT_EQ(hex(a, side::fixed).substr(2, 10), "70db011000");
}

TEST(a_field, zero_page) {
    a_field a;
    tail::zero_page t;
    t.rfpi_low = 0xC8AA5;
    t.information_type = 1;
    t.information = 0xFFF;
    a.content = t;
    EXPECT_EQ(hex(a, side::fixed).substr(0, 12), "ee0c8aa51fff");
    EXPECT_FALSE(encode(a, side::portable));
}

TEST(a_field, access_request_confirm_and_release) {
    a_field a;
    a.first_transmission = true;
    a.header.ba = 0;
    a.content = tail::basic_control{tail::basic_command::access_request, 0xAA5, 0xE1234};
    EXPECT_EQ(hex(a, side::portable).substr(0, 12), "e000aa5e1234");
    const auto back = decode_a_field(octets(hex(a, side::portable)), side::portable).value();
    EXPECT_TRUE(back.first_transmission);
    EXPECT_EQ(std::get<tail::basic_control>(back.content).fmid, 0xAA5);
    EXPECT_FALSE(encode(a, side::fixed));
    a.first_transmission = false;
    a.content = tail::basic_control{tail::basic_command::bearer_confirm, 0xAA5, 0xE1234};
    EXPECT_EQ(hex(a, side::fixed).substr(0, 12), "c004aa5e1234");
    a.content = tail::basic_release{0, 15, tail::release_code::base_busy, 0xE1234};
    EXPECT_EQ(hex(a, side::fixed).substr(0, 12), "c00f0fae1234");
}

TEST(a_field, advanced_connection_control_of_a_fast_set_up) {
    constexpr std::uint32_t pmid = 0x10123;
    const auto both_ways = [](const tail::any& said, side from, const char* expected) {
        a_field a;
        a.header.ba = 0;
        a.content = said;
        const std::string on_air = hex(a, from);
        EXPECT_EQ(on_air.substr(0, 12), expected);
        const auto back = decode_a_field(octets(on_air), from).value();
        EXPECT_EQ(back.content.index(), said.index()) << expected;
        EXPECT_EQ(hex(back, from), on_air);
    };
    using c = tail::basic_command;
    both_ways(tail::basic_control{c::access_request, 0xAA5, pmid, true}, side::fixed, "c010aa510123");
    both_ways(tail::basic_control{c::bearer_confirm, 0xAA5, pmid, true}, side::portable, "c014aa510123");
    both_ways(tail::basic_control{c::wait, 0xAA5, pmid, true}, side::portable, "c015aa510123");
    tail::attributes asked;
    both_ways(asked, side::fixed, "c0160fc0000f");
    asked.confirm = true;
    both_ways(asked, side::portable, "c0170fc0000f");
    // ECN 5, LBN 14, symmetric multibearer, IPM, double slot, CF, 64 levels, rate 0.4, A-field at 4 levels, B-field by
    // it.
    both_ways(tail::attributes{false, 5, 14, 2, 0x10, 2, true, 3, 4, 2, 0}, side::fixed, "c0165e902b48");
    using r = tail::release_code;
    both_ways(tail::basic_release{tail::listen_everywhere, 15, r::stay_on_listen, pmid, true}, side::fixed,
              "c01fffe10123");
    both_ways(tail::basic_release{5, 15, r::stay_on_listen, pmid, true}, side::fixed, "c01f5fe10123");
    both_ways(tail::basic_release{0, 15, r::connection, pmid, true}, side::portable, "c01f0f210123");
}

TEST(a_field, fields_of_attributes_that_do_not_fit_are_refused) {
    a_field a;
    for (const tail::attributes& t :
         {tail::attributes{false, 16}, tail::attributes{false, 0, 16}, tail::attributes{false, 0, 15, 4},
          tail::attributes{false, 0, 15, 3, 64}, tail::attributes{false, 0, 15, 3, 0, 16},
          tail::attributes{false, 0, 15, 3, 0, 0, false, 8}, tail::attributes{false, 0, 15, 3, 0, 0, false, 0, 16},
          tail::attributes{false, 0, 15, 3, 0, 0, false, 0, 0, 4},
          tail::attributes{false, 0, 15, 3, 0, 0, false, 0, 0, 3, 4}}) {
        a.content = t;
        EXPECT_FALSE(encode(a, side::fixed));
    }
}

TEST(a_field, c_channel) {
    a_field a;
    a.header.q2 = true;
    a.header.ba = 0;
    a.content = tail::c_channel{1, {0x91, 0x00, 0x41, 0x05, 0x50}};
    EXPECT_EQ(hex(a, side::portable).substr(0, 12), "219100410550");
}

TEST(a_field, every_truncation_surplus_and_flipped_bit_is_refused) {
    a_field a;
    a.content = tail::identity{rfpi_from_text("02b6ec8aa5").value(), false};
    auto good = octets(hex(a, side::fixed));
    test::expect_every_truncation_refused(good, [](sim::byte_view v) { return decode_a_field(v, side::fixed); });
    for (std::size_t bit = 0; bit < 64; ++bit) {
        auto bad = good;
        bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ 0x80U >> bit % 8);
        ASSERT_FALSE(decode_a_field(bad, side::fixed)) << bit;
    }
    good.push_back(0);
    EXPECT_EQ(decode_a_field(good, side::fixed).error().offset, 8U);
}

TEST(a_field, what_does_not_fit_is_refused) {
    a_field a;
    a.content = tail::basic_control{tail::basic_command::access_request, 0x1000, 0};
    EXPECT_NE(encode(a, side::portable).error().reason.find("FMID"), std::string::npos);
    a.content = tail::escape{0, 0x100000};
    EXPECT_FALSE(encode(a, side::fixed));
    tail::static_information t;
    t.slot = 12;
    a.content = t;
    EXPECT_FALSE(encode(a, side::fixed));
    a.content = tail::c_channel{2, {}};
    EXPECT_FALSE(encode(a, side::fixed));
}

TEST(a_field, decoding_any_content_and_encoding_again_changes_nothing) {
    sim::random_stream r(3, "test", "a-field");
    for (int i = 0; i < 50'000; ++i) {
        sim::bytes b(6);
        for (auto& octet : b) octet = static_cast<std::uint8_t>(r.below(256));
        const auto crc = r_crc(b);
        b.push_back(static_cast<std::uint8_t>(crc >> 8));
        b.push_back(static_cast<std::uint8_t>(crc));
        for (side from : {side::fixed, side::portable}) {
            const auto a = decode_a_field(b, from);
            ASSERT_TRUE(a) << sim::to_hex(b);
            const auto again = encode(a.value(), from);
            ASSERT_TRUE(again) << again.error().reason;
            ASSERT_EQ(sim::to_hex(again.value()), sim::to_hex(b));
        }
    }
}

TEST(t_mux, all_mandatory_messages_come_within_eight_multiframes) {
    for (int variant = 0; variant < 8; ++variant) {
        const bool escape = (variant & 1) != 0, wide = (variant & 2) != 0, more = (variant & 4) != 0;
        system_information info;
        info.escape_emc = escape ? 0x0DB0 : 0;
        info.extended_capabilities = more ? capability_bit(12) : 0;
        for (std::int64_t from = 0; from < 8; ++from) {
            bool fixed = false, carriers = false, capabilities = false, number = false, escaped = false;
            bool extended = false, extended_2 = false;
            for (std::int64_t m = from; m < from + 8; ++m) switch (scheduled_qt(m, info, wide)) {
                    case qt_kind::static_information:
                        fixed = true;
                        break;
                    case qt_kind::extended_carriers:
                        carriers = true;
                        break;
                    case qt_kind::capabilities:
                        capabilities = true;
                        break;
                    case qt_kind::extended_capabilities:
                        extended = true;
                        break;
                    case qt_kind::extended_capabilities_part_2:
                        extended_2 = true;
                        break;
                    case qt_kind::multiframe_number:
                        number = true;
                        break;
                    case qt_kind::escape:
                        escaped = true;
                        break;
                }
            EXPECT_TRUE(fixed && capabilities && number);
            EXPECT_EQ(carriers, wide);
            EXPECT_EQ(escaped, escape);
            EXPECT_EQ(extended, more);
            EXPECT_EQ(extended_2, more);
        }
        // One after the other, each in the very next multiframe (table 6.19); the escape message in every fourth at
        // least.
        for (std::int64_t m = 0; m < 16; ++m) {
            const auto kind = [&](std::int64_t ahead) { return scheduled_qt(m + ahead, info, wide); };
            if (kind(0) == qt_kind::static_information) {
                EXPECT_EQ(kind(1) == qt_kind::extended_carriers, wide);
            }
            if (kind(0) == qt_kind::capabilities) {
                EXPECT_EQ(kind(1) == qt_kind::extended_capabilities, more);
                EXPECT_EQ(kind(2) == qt_kind::extended_capabilities_part_2, more);
            }
            bool escaped = !escape;
            for (std::int64_t ahead = 0; ahead < 4; ++ahead) escaped = escaped || kind(ahead) == qt_kind::escape;
            EXPECT_TRUE(escaped) << variant << ' ' << m;
        }
    }
    for (std::int64_t m = 0; m < 64; ++m) {
        EXPECT_EQ(scheduled_qt(m, true) == qt_kind::escape, m % 2 == 1);
        for (bool escape : {false, true})
            EXPECT_EQ(scheduled_qt(m, escape, true) == qt_kind::static_information,
                      scheduled_qt(m + 1, escape, true) == qt_kind::extended_carriers);
        EXPECT_TRUE(scheduled_qt(m, true, true) == qt_kind::escape ||
                    scheduled_qt(m + 1, true, true) == qt_kind::escape ||
                    scheduled_qt(m + 2, true, true) == qt_kind::escape);
    }
}

TEST(t_mux, a_dummy_bearer_carries_qt_in_frame_8_and_nt_otherwise) {
    const station_timing t(station_clock{sim::duration{0}, 0, 0});
    const auto id = make_rfpi_class_a(0x0DB0, 1, 0);
    system_information info;
    info.escape_emc = 0x0DB0;
    for (std::int64_t frame = 0; frame < 256; ++frame) {
        const auto a = dummy_bearer_content(id, info, plan_of(band::eu), 4, 9, t, frame);
        EXPECT_EQ(std::holds_alternative<tail::identity>(a.content), frame % 16 != 8);
        EXPECT_EQ(a.header.ba, 7);
        ASSERT_TRUE(encode(a, side::fixed));
        if (const auto* s = std::get_if<tail::static_information>(&a.content)) {
            EXPECT_EQ(s->scanned_next, (frame + 1) % 10);
            EXPECT_EQ(s->carrier, 4);
            EXPECT_EQ(s->slot, 9);
            EXPECT_TRUE(s->escape);
        }
    }
}

TEST(vendor_announcement, goes_there_and_back) {
    for (auto s : {announced_service::not_ready, announced_service::waiting_for_code, announced_service::in_service,
                   announced_service::busy}) {
        EXPECT_EQ(decode_announcement(encode_announcement(s)).value(), s);
        EXPECT_EQ(announcement_text({0, 0x0DB0, encode_announcement(s)}), to_text(s));
    }
    EXPECT_EQ(encode_announcement(announced_service::waiting_for_code), 0x11000U);
    EXPECT_FALSE(decode_announcement(0x21000));
    EXPECT_FALSE(decode_announcement(0x14000));
    EXPECT_FALSE(decode_announcement(0x11001));
    EXPECT_FALSE(decode_announcement(0x111000));
    EXPECT_EQ(announcement_text({0, 0x1234, 0x21000}), "vendor 21000");
    EXPECT_EQ(announcement_text({}), "none");
}

TEST(vendor_announcement, another_vendors_bits_are_read_as_its_profile_says) {
    vendor_announcement other;
    other.emc = 0x2C41;
    other.mask = 0xFFFF0;
    other.services = {0xB4010, 0xB4070, 0xB4090, std::nullopt};
    set_vendor_announcements({other});
    EXPECT_EQ(announcement_text({0, 0x2C41, 0xB4073}), "waiting_for_code");
    EXPECT_EQ(announcement_text({0, 0x2C41, 0xB4090}), "in_service");
    EXPECT_EQ(announcement_text({0, 0x2C41, 0xB4040}), "vendor b4040");
    EXPECT_EQ(announcement_text({0, 0x2C41, encode_announcement(announced_service::in_service)}), "vendor 12000");
    EXPECT_EQ(announcement_text({0, 0x0DB0, encode_announcement(announced_service::in_service)}), "in_service");
    set_vendor_announcements({});
    EXPECT_EQ(announcement_text({0, 0x2C41, 0xB4090}), "vendor b4090");
}

}  // namespace
}  // namespace dectbed::radio
