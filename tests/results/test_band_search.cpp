// Bases that look for a band: what is counted, and what is not taken for a code.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "results/activity_metrics.h"
#include "results/batch.h"
#include "results/device_tracker.h"
#include "tests/results/story.h"

namespace dectbed::results {
namespace {

using test::story;
namespace record = sim::record;

TEST(band_search, ACT_44_beacons_are_counted_by_what_they_are_worth_and_bands_by_who_took_them) {
    run_result run;
    activity_metrics metrics;
    story tell([&](const sim::journal_entry& e) { metrics.on(e); });
    const auto base = tell.declare("office/base[0]", "base"), other = tell.declare("office/base[1]", "base");
    const auto handset = tell.declare("office/handset[0]", "handset");
    tell.tell(base, record::band_message_heard{handset, "us", "usable"});
    tell.tell(other, record::band_message_heard{handset, "us", "usable"});
    tell.tell(base, record::band_message_heard{handset, "", "malformed"});
    tell.tell(base, record::band_discovered{"beacon", "us", handset, 0});
    run.radio = metrics.radio();
    for (const std::string& text : {summary_json(run), summary_json(unpack(pack(run)))}) {
        const auto counted = nlohmann::json::parse(text).at("radio").at("band_search");
        EXPECT_EQ(counted.size(), 3U);
        EXPECT_EQ(counted.at("usable beacon"), 2);
        EXPECT_EQ(counted.at("malformed beacon"), 1);
        EXPECT_EQ(counted.at("us discovered"), 1);
    }
}

TEST(band_search, ACT_44_a_base_that_listens_misses_a_band_and_a_reply_is_no_code) {
    device_tracker tracker;
    story tell([&](const sim::journal_entry& e) { tracker.on(e); });
    const auto office = tell.declare("office", "site");
    const auto base = tell.declare("office/base[0]", "base", office);
    const auto handset = tell.declare("office/handset[0]", "handset", office);
    const auto server = tell.declare("internet/redirection", "server");
    tell.at(1).power(base).reset(base, "power_on").link(base).lease(server, base);
    tell.at(2).answer(server, base, 404, "mac unknown");
    tell.at(3).tell(base, record::scan_finished{});
    EXPECT_EQ(tracker.cause(tracker.devices()[0]), "no band");
    // It locks to the beacon as a portable part would, and gets a reply.
    tell.at(4).lock(base, handset).tell(base, record::nwk_message{handset, "MM-INFO-ACCEPT", true, "8551"});
    EXPECT_FALSE(tracker.devices()[0].reached(milestone::locked));
    EXPECT_FALSE(tracker.devices()[0].reached(milestone::code_received));
    tell.at(5).transmitter(handset).transmitter(base).announces(base, "waiting_for_code");
    EXPECT_EQ(tracker.cause(tracker.devices()[0]), "no code entered");
    tell.at(6).code(base, handset);
    EXPECT_TRUE(tracker.devices()[0].reached(milestone::code_received));
}

}  // namespace
}  // namespace dectbed::results
