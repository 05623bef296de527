// The rules of countries: may this station transmit here, on this frequency, at this power?
#include "radio/regulation.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace dectbed::radio {
namespace {

using verdict = transmission_verdict;

verdict ask(const char* country, band b, int carrier, double dbm) {
    return transmission_rules(country).check(plan_of(b).centre_khz(carrier), sim::dbm::of(dbm));
}

TEST(regulation, ACT_38_each_band_is_allowed_where_it_belongs) {
    const struct {
        const char* country;
        band where;
    } homes[] = {{"DE", band::eu},     {"CH", band::eu},    {"HK", band::eu},
                 {"US", band::us},     {"CA", band::us},    {"AR", band::latin_america},
                 {"BR", band::brazil}, {"JP", band::japan}, {"KR", band::korea},
                 {"TW", band::taiwan}, {"CN", band::china}, {"TH", band::thailand}};
    for (const auto& h : homes) {
        const transmission_rules rules(h.country);
        const band_plan& p = plan_of(h.where);
        for (int i = 0; i < p.carriers; ++i)
            EXPECT_EQ(rules.check(p.centre[static_cast<std::size_t>(i)], p.power_max), verdict::allowed)
                << h.country << ", " << int{p.numbers[static_cast<std::size_t>(i)]};
    }
}

TEST(regulation, ACT_38_frequency_decides_not_the_carrier_number) {
    EXPECT_EQ(ask("DE", band::us, 23, 20), verdict::out_of_band);
    EXPECT_EQ(ask("US", band::eu, 0, 10), verdict::out_of_band);
    EXPECT_EQ(ask("BR", band::latin_america, 21, 24), verdict::allowed);
    EXPECT_EQ(ask("BR", band::latin_america, 22, 24), verdict::out_of_band);  // 1919.808 reaches over the edge
    EXPECT_EQ(ask("US", band::latin_america, 22, 10), verdict::out_of_band);
    EXPECT_EQ(ask("US", band::latin_america, 23, 10), verdict::allowed);
    EXPECT_EQ(ask("TW", band::eu, 2, 24), verdict::allowed);
    EXPECT_EQ(ask("TW", band::eu, 1, 24), verdict::out_of_band);
    EXPECT_EQ(ask("JP", band::eu, 0, 20), verdict::allowed);  // F2: the rasters are the same
    EXPECT_EQ(ask("KR", band::eu, 0, 20), verdict::out_of_band);
    EXPECT_EQ(ask("CW", band::us, 25, 20), verdict::out_of_band);
}

TEST(regulation, ACT_38_limits_hold_to_the_kilohertz_and_the_milli_dbm) {
    const transmission_rules de("DE");
    EXPECT_EQ(de.check(1'880'700, sim::dbm{24'000}), verdict::allowed);
    EXPECT_EQ(de.check(1'880'699, sim::dbm{24'000}), verdict::out_of_band);
    EXPECT_EQ(de.check(1'899'300, sim::dbm{24'000}), verdict::allowed);
    EXPECT_EQ(de.check(1'899'301, sim::dbm{24'000}), verdict::out_of_band);
    EXPECT_EQ(de.check(1'890'432, sim::dbm{24'001}), verdict::too_loud);
    EXPECT_EQ(ask("US", band::us, 25, 20.7), verdict::allowed);
    EXPECT_EQ(ask("US", band::us, 25, 24), verdict::too_loud);
}

TEST(regulation, ACT_38_a_refusal_has_a_reason) {
    const transmission_rules de("DE");
    EXPECT_EQ(de.explain(1'921'536, sim::dbm{20'700}),
              "1921.536 MHz is outside what DE allows: 1880.000 MHz to 1900.000 MHz at up to 24.0 dBm");
    EXPECT_EQ(de.explain(1'890'432, sim::dbm{27'000}),
              "27.0 dBm on 1890.432 MHz is more than DE allows: 1880.000 MHz to 1900.000 MHz at up to 24.0 dBm");
    EXPECT_EQ(de.explain(1'890'432, sim::dbm{20'000}), "1890.432 MHz at 20.0 dBm is allowed in DE");
}

TEST(regulation, ACT_38_an_unknown_country_gets_an_answer_of_its_own) {
    for (const char* country : {"XX", "", "D", "de", "DEU", "BE BG"}) {
        const transmission_rules rules(country);
        EXPECT_FALSE(rules.known()) << country;
        EXPECT_EQ(rules.check(1'890'432, sim::dbm{0}), verdict::unknown_country);
        ASSERT_EQ(assumptions_of(rules).size(), 1U);
    }
    EXPECT_EQ(transmission_rules("XX").explain(1'890'432, sim::dbm{0}),
              "nothing is known about the rules of country XX");
}

TEST(regulation, ACT_40_what_is_unconfirmed_about_a_country_is_said) {
    EXPECT_TRUE(assumptions_of(transmission_rules("DE")).empty());
    EXPECT_TRUE(assumptions_of(transmission_rules("ZA")).empty());
    EXPECT_EQ(assumptions_of(transmission_rules("KE")).size(), 1U);
    EXPECT_EQ(assumptions_of(transmission_rules("US")),
              std::vector<std::string>{
                  "country US: 1920.000 MHz to 1930.000 MHz: 20.7 dBm as the highest power is unconfirmed"});
    EXPECT_EQ(assumptions_of(transmission_rules("JP")).size(), 3U);
    EXPECT_EQ(assumptions_of(transmission_rules("TH")).size(), 2U);
}

TEST(regulation, countries_are_listed_once_each) {
    const auto& all = countries_with_rules();
    EXPECT_GT(all.size(), 80U);
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
    EXPECT_TRUE(std::adjacent_find(all.begin(), all.end()) == all.end());
    for (const std::string& iso : all) {
        EXPECT_EQ(iso.size(), 2U);
        EXPECT_TRUE(transmission_rules(iso).known());
    }
}

}  // namespace
}  // namespace dectbed::radio
