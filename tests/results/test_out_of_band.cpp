// What was sent against the rules of a country, from the journal to the summary.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "results/activity_metrics.h"
#include "results/batch.h"
#include "tests/results/story.h"

namespace dectbed::results {
namespace {

using test::story;
using namespace std::chrono_literals;

sim::record::out_of_band_transmission over(std::int64_t slots, sim::duration on_air) {
    return {false, "us", 25, 1'924'992, "outside the band", slots, on_air};
}

TEST(out_of_band, ACT_39_slots_and_time_are_summed_by_station_and_site) {
    run_result run;
    activity_metrics metrics;
    story tell([&](const sim::journal_entry& e) { metrics.on(e); });
    const auto office = tell.declare("office", "site"), home = tell.declare("home", "site");
    const auto base = tell.declare("office/base[0]", "base", office);
    const auto handset = tell.declare("office/handset[0]", "handset", office);
    const auto other = tell.declare("home/base[0]", "base", home);
    tell.declare("home/base[1]", "base", home);
    tell.tell(base, sim::record::out_of_band_transmission{true, "us", 25, 1'924'992, "outside the band", 0, {}});
    tell.tell(base, over(100, 8ms)).tell(base, over(23, 2ms));
    tell.tell(handset, over(1, 1ms)).tell(other, over(7, 500ms));
    EXPECT_EQ(metrics.radio().slots_out_of_band(), 131);

    run.radio = metrics.radio();
    for (const std::string& text : {summary_json(run), summary_json(unpack(pack(run)))}) {
        const auto radio = nlohmann::json::parse(text).at("radio");
        EXPECT_EQ(radio.at("slots_out_of_band"), 131);
        const auto& list = radio.at("out_of_band");
        EXPECT_EQ(list.size(), 5U);
        EXPECT_EQ(list.at("office").at("slots"), 124);
        EXPECT_EQ(list.at("office").at("seconds"), 0.011);
        EXPECT_EQ(list.at("home").at("slots"), 7);
        EXPECT_EQ(list.at("office/base[0]").at("slots"), 123);
        EXPECT_EQ(list.at("office/handset[0]").at("slots"), 1);
        EXPECT_EQ(list.at("home/base[0]").at("seconds"), 0.5);
    }
}

TEST(out_of_band, ACT_39_a_run_that_kept_the_rules_says_zero) {
    const auto radio = nlohmann::json::parse(summary_json({})).at("radio");
    EXPECT_EQ(radio.at("slots_out_of_band"), 0);
    EXPECT_TRUE(radio.at("out_of_band").empty());
}

}  // namespace
}  // namespace dectbed::results
