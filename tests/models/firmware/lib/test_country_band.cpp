// The table of bands that a base carries with it, against the rules of countries that transmissions are judged by.
#include <gtest/gtest.h>

#include "models/firmware/lib/country_band.h"
#include "radio/band.h"
#include "radio/regulation.h"

namespace dectbed {
namespace {

TEST(country_band, ACT_47_every_country_with_rules_has_the_band_that_they_allow) {
    for (const std::string& country : radio::countries_with_rules()) {
        const std::uint8_t code = fw_country_band(country.c_str());
        ASSERT_NE(code, 0) << country;
        const radio::transmission_rules rules(country);
        const auto& plan = radio::plan_of(static_cast<radio::band>(code));
        for (int i = 0; i < plan.carriers; ++i) {
            const std::int32_t centre_khz = plan.centre[static_cast<std::size_t>(i)];
            EXPECT_EQ(rules.check(centre_khz, plan.power_max), radio::transmission_verdict::allowed)
                << country << ", " << rules.explain(centre_khz, plan.power_max);
        }
    }
}

TEST(country_band, ACT_48_what_is_no_country_or_not_in_the_table_has_no_band) {
    for (const char* text : {"", "D", "DEU", "de", "AQ", "XX", " B", "E "}) EXPECT_EQ(fw_country_band(text), 0) << text;
    EXPECT_EQ(fw_country_band("DE"), 1);
    EXPECT_EQ(fw_country_band("US"), 2);
    EXPECT_EQ(fw_country_band("ZW"), 1) << "the last of its row";
    EXPECT_EQ(fw_country_band("AT"), 1) << "the first of its row";
}

}  // namespace
}  // namespace dectbed
