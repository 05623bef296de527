// How a base learns its band, as a scenario says it.
#include "tests/scenarios/sample_scenario.h"

namespace dectbed::scenarios {
namespace {

const std::string four = "      count: 4\n", five = "      count: 5\n";

TEST(scenario_band_discovery, ACT_41_42_bases_and_handsets_have_a_method_and_a_capability) {
    const scenario plain = expect_loads(load_sample(sample_text));
    const auto& before = plain.sites.begin()->second;
    EXPECT_EQ(before.bases[0].band_discovery, (std::vector<band_method>{band_method::sku}));
    EXPECT_TRUE(before.bases[0].supported_bands.empty());
    EXPECT_FALSE(before.handsets[0].beacon);
    EXPECT_EQ(before.handsets[0].beacon_linger, sim::duration{0});

    auto text =
        with(sample_text, four, four + "      band_discovery: beacon\n      supported_bands: [eu, latin_america]\n");
    text = with(text, five, five + "      beacon: true\n      beacon_linger: 45 s\n");
    const scenario loaded = expect_loads(load_sample(text));
    const auto& site = loaded.sites.begin()->second;
    EXPECT_EQ(site.bases[0].band_discovery, (std::vector<band_method>{band_method::beacon}));
    EXPECT_EQ(site.bases[0].supported_bands,
              (std::vector<commercial_band>{commercial_band::eu, commercial_band::latin_america}));
    EXPECT_TRUE(site.handsets[0].beacon);
    EXPECT_EQ(site.handsets[0].beacon_linger, std::chrono::seconds{45});
}

TEST(scenario_band_discovery, ACT_42_an_unknown_method_is_refused_and_the_known_ones_are_named) {
    const auto d = expect_one_error(load_sample(with(sample_text, four, four + "      band_discovery: crystal\n")));
    EXPECT_EQ(d.key, "sites.office.bases.band_discovery");
    for (const char* name : {"sku", "beacon", "stun", "redirection_echo"})
        EXPECT_NE(d.message.find(name), std::string::npos) << d.message;
}

TEST(scenario_band_discovery, ACT_44_a_beacon_does_not_linger_longer_than_manufacture_can_say) {
    const auto d = expect_one_error(
        load_sample(with(sample_text, five, five + "      beacon: true\n      beacon_linger: 5 min\n")));
    EXPECT_EQ(d.key, "sites.office.handsets.beacon_linger");
}

TEST(scenario_band_discovery, ACT_49_methods_form_a_chain_and_need_their_servers) {
    const std::string chain = "      band_discovery: [redirection_echo, beacon]\n";
    auto d = expect_one_error(load_sample(with(sample_text, four, four + chain)));
    EXPECT_EQ(d.key, "sites.office.bases.geolocation_url") << d.message;

    d = expect_one_error(load_sample(with(sample_text, four, four + "      band_discovery: [sku, beacon]\n")));
    EXPECT_NE(d.message.find("sku stands alone"), std::string::npos) << d.message;
    d = expect_one_error(load_sample(with(sample_text, four, four + "      band_discovery: [beacon, beacon]\n")));
    EXPECT_NE(d.message.find("twice"), std::string::npos) << d.message;
    d = expect_one_error(load_sample(with(sample_text, four, four + "      stun_server: \"stun example\"\n")));
    EXPECT_EQ(d.key, "sites.office.bases.stun_server");
}

}  // namespace
}  // namespace dectbed::scenarios
