// The band a device is made for, as a scenario says it.
#include "tests/scenarios/sample_scenario.h"

namespace dectbed::scenarios {
namespace {

const std::string four = "      count: 4\n", five = "      count: 5\n";

TEST(scenario_bands, ACT_40_each_population_has_a_band_of_its_own) {
    const scenario plain = expect_loads(load_sample(sample_text));
    ASSERT_EQ(plain.sites.size(), 1U);
    EXPECT_FALSE(plain.sites.begin()->second.bases[0].band);
    EXPECT_FALSE(plain.sites.begin()->second.handsets[0].band);

    auto text = with(sample_text, four, four + "      band: us\n");
    text = with(text, five, five + "      band: latin_america\n");
    const scenario loaded = expect_loads(load_sample(text));
    ASSERT_EQ(loaded.sites.size(), 1U);
    EXPECT_EQ(loaded.sites.begin()->second.bases[0].band, commercial_band::us);
    EXPECT_EQ(loaded.sites.begin()->second.handsets[0].band, commercial_band::latin_america);
}

TEST(scenario_bands, ACT_40_an_unknown_band_is_refused_and_the_known_ones_are_named) {
    const auto d = expect_one_error(load_sample(with(sample_text, four, four + "      band: mars\n")));
    EXPECT_EQ(d.key, "sites.office.bases.band");
    for (const char* name : {"eu", "us", "latin_america", "brazil", "japan", "korea", "taiwan", "china", "thailand"})
        EXPECT_NE(d.message.find(name), std::string::npos) << d.message;
}

TEST(scenario_bands, ACT_40_a_base_without_a_band_cannot_have_one) {
    const auto d =
        expect_one_error(load_sample(with(sample_text, four, four + "      eu_band: false\n      band: us\n")));
    EXPECT_NE(d.message.find("write either of them"), std::string::npos) << d.message;
}

TEST(scenario_bands, ACT_39_expectations_may_speak_of_what_was_sent_out_of_band) {
    const std::string name = "expectations:\n";
    (void)expect_loads(load_sample(with(sample_text, name,
                                        name + "  - name: nobody breaks the rules\n"
                                               "    never: {record: out_of_band_transmission, where: {slots: \"> 0\", "
                                               "band: us, reason: outside the band}}\n")));
}

}  // namespace
}  // namespace dectbed::scenarios
