#include <gtest/gtest.h>

#include "sim/bytes.h"
#include "sim/time.h"
#include "sim/units.h"

namespace dectbed::sim {
namespace {

TEST(bytes, hexadecimal_goes_both_ways) {
    const bytes octets{0x00, 0x1f, 0xa0, 0xff};
    EXPECT_EQ(to_hex(octets), "001fa0ff");
    EXPECT_EQ(from_hex("00 1F a0\nff").value(), octets);
    EXPECT_TRUE(from_hex("").value().empty());
    ASSERT_FALSE(from_hex("0g").has_value());
    EXPECT_EQ(from_hex("0g").error().offset, 1u);
    EXPECT_FALSE(from_hex("123").has_value());
}

TEST(bytes, when_the_input_runs_out_then_the_reader_says_where_and_gives_zero) {
    const bytes octets{0x12, 0x34, 0x56};
    byte_reader r(octets);
    EXPECT_EQ(r.u16(), 0x1234);
    EXPECT_EQ(r.u16(), 0);
    EXPECT_FALSE(r.ok());
    EXPECT_EQ(r.offset(), 2u);
    EXPECT_EQ(r.u8(), 0);
}

TEST(bytes, fields_are_big_endian_both_ways) {
    byte_writer w;
    w.u8(1);
    w.u16(0x0203);
    w.u24(0x040506);
    w.u32(0x0708090a);
    w.u48(0x0b0c0d0e0f10);
    w.u64(0x1112131415161718);
    w.patch_u16(1, 0xaabb);
    EXPECT_EQ(to_hex(w.data()), "01aabb0405060708090a0b0c0d0e0f101112131415161718");
    byte_reader r(w.data());
    EXPECT_EQ(r.u8(), 1);
    EXPECT_EQ(r.u16(), 0xaabb);
    EXPECT_EQ(r.u24(), 0x040506u);
    EXPECT_EQ(r.u32(), 0x0708090au);
    EXPECT_EQ(r.u48(), 0x0b0c0d0e0f10u);
    EXPECT_EQ(r.u64(), 0x1112131415161718u);
    EXPECT_TRUE(r.ok());
    EXPECT_EQ(r.left(), 0u);
}

TEST(time, text_is_rounded_to_microseconds) {
    EXPECT_EQ(to_text(duration{12s} + 345678us), "12.345678 s");
    EXPECT_EQ(to_text(duration{499'999}), "0.000000 s");
    EXPECT_EQ(to_text(duration{500'000}), "0.000001 s");
    EXPECT_EQ(to_text(duration{-1500ms}), "-1.500000 s");
    EXPECT_EQ(to_text(duration{-1}), "0.000000 s");
    EXPECT_EQ(to_text(duration::min()), "-9223372.036855 s");
    EXPECT_EQ(to_text(time_point{} + 24h), "86400.000000 s");
}

TEST(time, seconds_convert_to_the_nearest_picosecond) {
    EXPECT_EQ(from_seconds(1.5), duration{1500ms});
    EXPECT_EQ(from_seconds(-0.25), duration{-250ms});
    EXPECT_EQ(from_seconds(1e-12), duration{1});
    EXPECT_DOUBLE_EQ(to_seconds(duration{1500ms}), 1.5);
}

TEST(units, levels_convert_to_power_and_back) {
    EXPECT_DOUBLE_EQ(dbm::of(0).milliwatt(), 1.0);
    EXPECT_DOUBLE_EQ(dbm::of(30).milliwatt(), 1000.0);
    EXPECT_EQ(dbm::of_milliwatt(250).milli, 23'979);
    EXPECT_EQ(dbm::of_milliwatt(0).milli, -300'000);
    EXPECT_EQ(dbm::of_milliwatt(1e-320).milli, -300'000);
    for (int level = -120'000; level <= 30'000; level += 137) {
        EXPECT_EQ(dbm::of_milliwatt(dbm{level}.milliwatt()).milli, level);
    }
    EXPECT_EQ((dbm::of(24) + db::of(-90.5)).milli, -66'500);
    EXPECT_EQ((dbm::of(-60) - dbm::of(-70)).milli, 10'000);
}

TEST(units, time_for_octets_rounds_up_and_does_not_overflow) {
    EXPECT_EQ(bit_rate{8'000'000}.time_for_octets(1), duration{1us});
    EXPECT_EQ(bit_rate{3}.time_for_octets(1), duration{2'666'666'666'667});
    EXPECT_EQ(bit_rate{1'000'000'000}.time_for_octets(1'000'000'000), duration{8s});
}

TEST(units, distance_is_in_three_dimensions) { EXPECT_DOUBLE_EQ(distance_m({0, 0, 0}, {2, 3, 6}), 7.0); }

}  // namespace
}  // namespace dectbed::sim
