// Bands as data: carriers where EN 300 175-2 puts them, and what is said to be unconfirmed.
#include "radio/band.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "radio/a_field.h"
#include "sim/random.h"

namespace dectbed::radio {
namespace {

/// Golden: EN 300 175-2, 4.1.1 and Annex F, in kHz. (Annex F prints 1886.876 for carrier 6, against its own formula.)
constexpr std::int32_t basic[] = {1897344, 1895616, 1893888, 1892160, 1890432,
                                  1888704, 1886976, 1885248, 1883520, 1881792};

TEST(bands, ACT_38_basic_carriers_lie_where_the_standard_puts_them) {
    for (int c = 0; c < 10; ++c) {
        for (int code = 0; code <= 5; ++code) EXPECT_EQ(centre_khz(static_cast<rf_band>(code), c), basic[c]);
        EXPECT_EQ(plan_of(band::eu).centre_khz(c), basic[c]);
    }
    EXPECT_FALSE(centre_khz(rf_band::basic, 10));
    EXPECT_FALSE(centre_khz(rf_band::basic, -1));
    EXPECT_FALSE(centre_khz(rf_band::up_to_1977, 64));
}

TEST(bands, ACT_38_extended_carriers_follow_the_rule_of_their_rf_band) {
    const struct {
        rf_band code;
        int carrier;
        std::int32_t khz;
    } golden[] = {
        {rf_band::up_to_1977, 10, 1899072}, {rf_band::up_to_1977, 17, 1911168}, {rf_band::up_to_1977, 18, 1912896},
        {rf_band::up_to_1977, 19, 1914624}, {rf_band::up_to_1977, 20, 1916352}, {rf_band::up_to_1977, 21, 1918080},
        {rf_band::up_to_1977, 22, 1919808}, {rf_band::up_to_1977, 23, 1921536}, {rf_band::up_to_1977, 24, 1923264},
        {rf_band::up_to_1977, 25, 1924992}, {rf_band::up_to_1977, 26, 1926720}, {rf_band::up_to_1977, 27, 1928448},
        {rf_band::up_to_1977, 55, 1976832}, {rf_band::up_to_1977, 56, 2011392}, {rf_band::up_to_1977, 63, 2023488},
        {rf_band::up_to_1923, 10, 1899072}, {rf_band::up_to_1923, 24, 1923264}, {rf_band::up_to_1923, 25, 2011392},
        {rf_band::up_to_1923, 32, 2023488}, {rf_band::from_1916, 10, 1916352},  {rf_band::from_1916, 23, 1938816},
        {rf_band::from_1916, 25, 2011392},  {rf_band::from_1916, 32, 2023488},  {rf_band::from_1937, 10, 1937088},
        {rf_band::from_1937, 22, 1957824},  {rf_band::from_1958, 10, 1957824},  {rf_band::from_1958, 22, 1978560},
    };
    for (const auto& g : golden)
        EXPECT_EQ(centre_khz(g.code, g.carrier), g.khz) << static_cast<int>(g.code) << ", " << g.carrier;
    EXPECT_FALSE(centre_khz(rf_band::up_to_1923, 33));
    EXPECT_FALSE(centre_khz(rf_band::from_1916, 24));
    EXPECT_FALSE(centre_khz(rf_band::from_1937, 23));
}

TEST(bands, ACT_38_plans_hold_the_carriers_of_their_regions) {
    const struct {
        band which;
        std::vector<int> numbers;
        std::int32_t first_khz, last_khz;
    } golden[] = {
        {band::eu, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 1897344, 1881792},
        {band::us, {23, 24, 25, 26, 27}, 1921536, 1928448},
        {band::latin_america, {17, 18, 19, 20, 21, 22, 23, 24, 25, 26}, 1911168, 1926720},
        {band::brazil, {17, 18, 19, 20, 21}, 1911168, 1918080},
        {band::japan, {0, 1, 10, 11, 12}, 1897344, 1902528},
        {band::korea, {0, 1, 2}, 1787272, 1790728},
        {band::taiwan, {2, 3, 4, 5, 6, 7, 8, 9}, 1893888, 1881792},
        {band::china, {11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21}, 1900800, 1918080},
        {band::thailand, {11, 12, 13}, 1900800, 1904256},
    };
    EXPECT_EQ(all_bands().size(), std::size(golden));
    for (const auto& g : golden) {
        const band_plan& p = plan_of(g.which);
        ASSERT_EQ(p.which, g.which);
        ASSERT_EQ(static_cast<std::size_t>(p.carriers), g.numbers.size()) << to_text(g.which);
        for (std::size_t i = 0; i < g.numbers.size(); ++i) {
            EXPECT_EQ(p.numbers[i], g.numbers[i]);
            EXPECT_EQ(p.place_of(g.numbers[i]), static_cast<int>(i));
            // The whole emission lies in the band.
            EXPECT_GE(p.centre[i] - 700, p.low_khz) << to_text(g.which) << ", " << g.numbers[i];
            EXPECT_LE(p.centre[i] + 700, p.high_khz) << to_text(g.which) << ", " << g.numbers[i];
        }
        EXPECT_EQ(p.centre_khz(g.numbers.front()), g.first_khz);
        EXPECT_EQ(p.centre_khz(g.numbers.back()), g.last_khz);
        EXPECT_EQ(band_named(to_text(g.which)), g.which);
    }
    EXPECT_FALSE(band_named("none"));
    EXPECT_FALSE(band_named("mars"));
    EXPECT_EQ(plan_of(static_cast<band>(200)).carriers, 0);
    EXPECT_FALSE(plan_of(band::none).contains(0));
    EXPECT_FALSE(plan_of(band::us).contains(0));
    EXPECT_FALSE(plan_of(band::us).contains(64));
}

TEST(bands, ACT_40_what_is_unconfirmed_is_said) {
    EXPECT_TRUE(assumptions_of(plan_of(band::eu)).empty());
    EXPECT_EQ(assumptions_of(plan_of(band::us)),
              std::vector<std::string>{"band us: 20.7 dBm as the highest power is unconfirmed"});
    EXPECT_EQ(assumptions_of(plan_of(band::brazil)).size(), 2U);
    EXPECT_EQ(assumptions_of(plan_of(band::korea)).size(), 3U);
    EXPECT_EQ(assumptions_of(plan_of(band::thailand)).size(), 4U);
    for (band b : all_bands()) EXPECT_STRNE(plan_of(b).source, "");
}

TEST(bands, every_carrier_of_every_band_is_scanned_in_turn) {
    for (band b : all_bands()) {
        const band_plan& p = plan_of(b);
        for (std::int64_t frame = -20; frame < 20; ++frame)
            for (int i = 0; i < p.carriers; ++i) {
                const int number = p.numbers[static_cast<std::size_t>(i)];
                const int wait = p.frames_until_scanned(number, frame);
                ASSERT_GE(wait, 0);
                ASSERT_LT(wait, p.carriers);
                ASSERT_EQ(p.scanned_carrier(frame + wait), number);
            }
    }
}

TEST(bands, distance_counts_in_channels_whatever_the_raster) {
    EXPECT_EQ(channels_apart(1897344, 1897344), 0);
    EXPECT_EQ(channels_apart(1897344, 1895616), 1);
    EXPECT_EQ(channels_apart(1881792, 1897344), 9);
    EXPECT_EQ(channels_apart(1897344, 1899072), 1);  // carriers 0 and 10 are neighbours
    EXPECT_EQ(channels_apart(1897344, 1897344 + 864), 0);
    EXPECT_EQ(channels_apart(1897344, 1897344 + 865), 1);
    EXPECT_EQ(channels_apart(1789000, 1897344), 63);
}

// --- QT extended carriers ------------------------------------------------------------------------------------

TEST(a_field, extended_carriers_golden_both_ways) {
    // QH 0010, carriers 23..27 of 10..32, RF band 00001, no part 2, spare, 5 carriers scanned:
    //   0010 0000 0000 0000 0111 1100 000|0 0001| 0 0 00 0101
    a_field a;
    tail::extended_carriers t;
    t.rf_carriers = plan_of(band::us).extended_carriers;
    t.code = static_cast<std::uint8_t>(plan_of(band::us).code);
    t.carriers_scanned = 5;
    a.content = t;
    EXPECT_EQ(t.rf_carriers, 0b000'0000'0000'0011'1110'0000U);
    const auto octets = encode(a, side::fixed);
    ASSERT_TRUE(octets);
    EXPECT_EQ(sim::to_hex(octets.value()).substr(0, 12), "8e20007c0105");
    const auto back = decode_a_field(octets.value(), side::fixed);
    ASSERT_TRUE(back);
    const auto& heard = std::get<tail::extended_carriers>(back.value().content);
    EXPECT_EQ(heard.rf_carriers, t.rf_carriers);
    EXPECT_EQ(heard.code, 1);
    EXPECT_FALSE(heard.part_two_follows);
    EXPECT_EQ(heard.carriers_scanned, 5);
    for (std::size_t n = 0; n < octets.value().size(); ++n)
        EXPECT_FALSE(decode_a_field(sim::byte_view(octets.value()).first(static_cast<std::ptrdiff_t>(n)), side::fixed));
}

TEST(a_field, extended_carriers_round_trip_and_refuse_what_does_not_fit) {
    sim::random_stream r(1, "test", "extended carriers");
    for (int i = 0; i < 2'000; ++i) {
        tail::extended_carriers t;
        t.rf_carriers = static_cast<std::uint32_t>(r.below(1U << 23));
        t.code = static_cast<std::uint8_t>(r.below(32));
        t.part_two_follows = r.chance(0.5);
        t.spare_a41 = r.chance(0.5);
        t.carriers_scanned = static_cast<std::uint8_t>(r.below(64));
        a_field a;
        a.content = t;
        const auto octets = encode(a, side::fixed);
        ASSERT_TRUE(octets);
        const auto back = decode_a_field(octets.value(), side::fixed);
        ASSERT_TRUE(back);
        const auto& heard = std::get<tail::extended_carriers>(back.value().content);
        ASSERT_EQ(heard.rf_carriers, t.rf_carriers);
        ASSERT_EQ(heard.code, t.code);
        ASSERT_EQ(heard.part_two_follows, t.part_two_follows);
        ASSERT_EQ(heard.spare_a41, t.spare_a41);
        ASSERT_EQ(heard.carriers_scanned, t.carriers_scanned);
    }
    const auto refused = [](const tail::extended_carriers& t) {
        a_field a;
        a.content = t;
        return !encode(a, side::fixed);
    };
    EXPECT_TRUE(refused({1U << 23, 0, false, false, 0}));
    EXPECT_TRUE(refused({0, 32, false, false, 0}));
    EXPECT_TRUE(refused({0, 0, false, false, 64}));
}

}  // namespace
}  // namespace dectbed::radio
