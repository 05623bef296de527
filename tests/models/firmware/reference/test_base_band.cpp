// Which band a reference base transmits on: that of manufacture, until a configuration names another.
#include <gtest/gtest.h>

#include "tests/models/firmware/reference/base_bench.h"

namespace dectbed::test {
namespace {

std::vector<int> bands_started(base_bench& b) {
    std::vector<int> out;
    for (const auto& r : b.host.of(DECTBED_REQ_RADIO_START)) out.push_back(r.as<dectbed_req_radio_start>().band);
    return out;
}

int mismatches_logged(base_bench& b) {
    int n = 0;
    for (const auto& r : b.host.of(DECTBED_REQ_LOG)) {
        const std::string octets(r.raw.begin(), r.raw.end());
        n += octets.find("band differs") != std::string::npos ? 1 : 0;
    }
    return n;
}

TEST(base_band, ACT_38_ACT_40_when_the_file_names_another_band_then_the_base_logs_it_and_changes) {
    base_bench b;
    b.identity.band = DECTBED_BAND_US;
    b.mac_url = "http://prov.csp.example/office/";
    b.power_on();
    ASSERT_TRUE(b.reaches("in_service"));
    EXPECT_EQ(bands_started(b), (std::vector<int>{DECTBED_BAND_US, DECTBED_BAND_EU}));
    EXPECT_EQ(mismatches_logged(b), 1);
    // A restart begins with the band of the configuration at once.
    b.power_off();
    b.state.clear();
    b.power_on();
    ASSERT_TRUE(b.reaches("in_service"));
    EXPECT_EQ(bands_started(b).back(), DECTBED_BAND_EU);
}

TEST(base_band, ACT_38_when_the_file_names_the_same_band_then_nothing_is_said) {
    base_bench b;
    b.mac_url = "http://prov.csp.example/office/";
    b.power_on();
    ASSERT_TRUE(b.reaches("in_service"));
    EXPECT_EQ(mismatches_logged(b), 0);
    for (int band : bands_started(b)) EXPECT_EQ(band, DECTBED_BAND_EU);
}

TEST(base_band, ACT_38_when_the_file_names_any_band_then_it_is_understood) {
    const struct {
        const char* name;
        int band;
    } all[] = {
        {"eu", DECTBED_BAND_EU},         {"us", DECTBED_BAND_US},       {"latin_america", DECTBED_BAND_LATIN_AMERICA},
        {"brazil", DECTBED_BAND_BRAZIL}, {"japan", DECTBED_BAND_JAPAN}, {"korea", DECTBED_BAND_KOREA},
        {"taiwan", DECTBED_BAND_TAIWAN}, {"china", DECTBED_BAND_CHINA}, {"thailand", DECTBED_BAND_THAILAND}};
    EXPECT_EQ(std::size(all), static_cast<std::size_t>(DECTBED_BANDS) - 1);
    for (const auto& expected : all) {
        base_bench b;
        b.file.replace(b.file.find("eu"), 2, expected.name);
        b.mac_url = "http://prov.csp.example/office/";
        b.power_on();
        ASSERT_TRUE(b.reaches("in_service")) << expected.name;
        EXPECT_EQ(bands_started(b).back(), expected.band) << expected.name;
    }
}

TEST(base_band, ACT_38_when_the_file_names_an_unknown_band_then_it_is_refused_and_the_band_stays) {
    base_bench b;
    b.file.replace(b.file.find("eu"), 2, "moon");
    b.mac_url = "http://prov.csp.example/office/";
    b.power_on();
    b.run_for(120 * second_us);
    EXPECT_NE(b.state, "in_service");
    for (int band : bands_started(b)) EXPECT_EQ(band, DECTBED_BAND_EU);
    EXPECT_TRUE(b.world.registers.empty());
}

}  // namespace
}  // namespace dectbed::test
