// The reference base without a band: it listens, believes what is to be believed, acknowledges, and only then
// transmits.
#include <gtest/gtest.h>

#include "tests/models/firmware/reference/beacon_bench.h"

namespace dectbed::test {
namespace {

namespace timing = reference::band_search_timing;

TEST(base_beacon, ACT_42_when_there_is_no_beacon_then_every_band_is_scanned_and_nothing_is_transmitted) {
    beacon_bench b;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    b.run_for(3600 * second_us);
    EXPECT_EQ(b.transmissions(), 0u);
    EXPECT_EQ(b.led, static_cast<std::uint32_t>(DECTBED_LED_BLINK_FAST)) << "nobody could hand it a code";
    const auto scans = b.host.of(DECTBED_REQ_RADIO_SCAN);
    ASSERT_GT(scans.size(), 100u);
    for (std::size_t i = 0; i < 18; ++i) {
        EXPECT_EQ(scans[i].as<dectbed_req_radio_scan>().band, i % 9 + 1);
    }
}

TEST(base_beacon, ACT_42_a_round_takes_the_sum_over_bands_of_carriers_times_dwell) {
    beacon_bench b;
    b.power_on();
    ASSERT_TRUE(b.run_until([&] { return b.host.count(DECTBED_REQ_RADIO_SCAN) >= 10; }, 120 * second_us));
    const auto scans = b.host.of(DECTBED_REQ_RADIO_SCAN);
    std::uint64_t expected_us = 0;
    for (int band = 1; band < DECTBED_BANDS; ++band) {
        const auto dwell = band == DECTBED_BAND_EU ? timing::dwell_frames : timing::dwell_frames_extended;
        EXPECT_EQ(scans[static_cast<std::size_t>(band - 1)].as<dectbed_req_radio_scan>().dwell_frames, dwell);
        expected_us += static_cast<std::uint64_t>(carriers_of[band]) * dwell * 10000;
    }
    EXPECT_EQ(scans[9].at_us - scans[0].at_us, expected_us);
    EXPECT_EQ(expected_us, 32000000u);
}

TEST(base_beacon, ACT_42_only_the_supported_bands_are_scanned) {
    beacon_bench b;
    b.identity.bands = 1u << DECTBED_BAND_US | 1u << DECTBED_BAND_EU;
    b.power_on();
    b.run_for(60 * second_us);
    for (const auto& r : b.host.of(DECTBED_REQ_RADIO_SCAN)) {
        EXPECT_LE(r.as<dectbed_req_radio_scan>().band, DECTBED_BAND_US);
    }
}

TEST(base_beacon, ACT_42_43_when_a_beacon_is_heard_then_it_is_acknowledged_and_the_base_begins_on_its_band) {
    beacon_bench b;
    b.add(1, DECTBED_BAND_US);
    b.power_on();
    ASSERT_TRUE(b.starts());
    ASSERT_EQ(b.acknowledgements.size(), 1u);
    EXPECT_EQ(b.acknowledgements[0].second, "0550010186050780a800db0800017b06810db0010402");
    EXPECT_EQ(b.bands_started(), (std::vector<int>{DECTBED_BAND_US}));
    const auto locks = b.host.of(DECTBED_REQ_RADIO_LOCK);
    ASSERT_EQ(locks.size(), 1u);
    EXPECT_EQ(locks[0].as<dectbed_req_radio_lock>().band, DECTBED_BAND_US);
    EXPECT_GT(b.host.of(DECTBED_REQ_LINK_OPEN)[0].at_us, b.host.of(DECTBED_REQ_RADIO_SCAN)[8].at_us);
    EXPECT_EQ(b.band_state, "known");
    // The code is entered as ever.
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    b.run_for(second_us);
    EXPECT_EQ(b.service, 1);
    EXPECT_EQ(b.led, static_cast<std::uint32_t>(DECTBED_LED_BLINK_SLOW));
    b.file.replace(b.file.find("eu"), 2, "us");
    b.send_code(1, "1234567890");
    ASSERT_TRUE(b.reaches("in_service"));
    EXPECT_EQ(b.bands_started(), (std::vector<int>{DECTBED_BAND_US, DECTBED_BAND_US}));
    EXPECT_EQ(b.logged("band differs"), 0);
}

TEST(base_beacon, ACT_43_the_band_is_not_kept_before_a_code_has_succeeded) {
    beacon_bench b;
    b.add(1, DECTBED_BAND_US);
    b.power_on();
    ASSERT_TRUE(b.starts());
    b.power_off();
    b.beacons.clear();
    const auto before = b.transmissions();
    b.power_on();
    b.run_for(300 * second_us);
    EXPECT_EQ(b.transmissions(), before);
}

TEST(base_beacon, ACT_42_a_configured_base_needs_no_beacon) {
    beacon_bench b;
    b.mac_url = "http://prov.csp.example/office/";
    b.power_on();
    ASSERT_TRUE(b.reaches("in_service"));
    EXPECT_EQ(b.bands_started(), (std::vector<int>{DECTBED_BAND_EU}));
    EXPECT_EQ(b.host.count(DECTBED_REQ_LINK_OPEN), 0u);
}

TEST(base_beacon, ACT_40_42_a_band_of_manufacture_comes_first) {
    beacon_bench b;
    b.identity.band = DECTBED_BAND_TAIWAN;
    b.power_on();
    ASSERT_TRUE(b.starts());
    EXPECT_EQ(b.bands_started(), (std::vector<int>{DECTBED_BAND_TAIWAN}));
    EXPECT_EQ(b.host.count(DECTBED_REQ_RADIO_SCAN), 0u);
}

TEST(base_beacon, ACT_44_when_no_beacon_comes_for_long_then_it_rests_and_listens_again) {
    beacon_bench b;
    b.power_on();
    ASSERT_TRUE(b.run_until([&] { return b.band_state == "resting"; }, 700 * second_us));
    EXPECT_GE(b.host.now_us, 600 * second_us);
    EXPECT_EQ(b.logged("no beacon in range"), 1);
    const auto scans = b.host.count(DECTBED_REQ_RADIO_SCAN);
    b.run_for(119 * second_us);
    EXPECT_EQ(b.host.count(DECTBED_REQ_RADIO_SCAN), scans);
    b.run_for(2 * second_us);
    EXPECT_EQ(b.host.count(DECTBED_REQ_RADIO_SCAN), scans + 1);
    b.add(1, DECTBED_BAND_EU);
    EXPECT_TRUE(b.starts());
}

TEST(base_beacon, ACT_44_when_the_acknowledgement_or_its_reply_is_lost_then_the_base_begins_all_the_same) {
    for (const char* answer : {"lost", "none"}) {
        beacon_bench b;
        b.add(1, DECTBED_BAND_US).answer = answer;
        b.power_on();
        ASSERT_TRUE(b.starts()) << answer;
        EXPECT_EQ(b.acknowledgements.size(), 1u);
        EXPECT_EQ(b.bands_started(), (std::vector<int>{DECTBED_BAND_US}));
    }
}

TEST(base_beacon, ACT_44_when_the_handset_has_stopped_before_then_the_base_stays_silent_and_listens_on) {
    beacon_bench b;
    auto& beacon = b.add(1, DECTBED_BAND_US);
    beacon.there = false;  // it ended at the acknowledgement of another base
    b.power_on();
    ASSERT_TRUE(b.run_until([&] { return b.host.count(DECTBED_REQ_RADIO_LOCK) == 3; }, 120 * second_us));
    b.beacons.clear();
    b.run_for(300 * second_us);
    EXPECT_EQ(b.transmissions(), 0u);
    EXPECT_EQ(b.logged("beacon not acknowledged"), 1);
    EXPECT_EQ(b.band_state, "scanning");
}

TEST(base_beacon, ACT_44_when_another_base_has_the_link_then_the_next_attempt_comes_later) {
    beacon_bench b;
    b.add(1, DECTBED_BAND_US).links_that_fail = 2;
    b.power_on();
    ASSERT_TRUE(b.starts());
    const auto opens = b.host.of(DECTBED_REQ_LINK_OPEN);
    ASSERT_EQ(opens.size(), 3u);
    for (std::size_t i = 1; i < opens.size(); ++i) EXPECT_GE(opens[i].at_us - opens[i - 1].at_us, second_us);
}

TEST(base_beacon, ACT_44_when_handsets_name_different_bands_then_the_majority_is_taken_and_said) {
    beacon_bench b;
    b.add(1, DECTBED_BAND_EU);
    b.add(2, DECTBED_BAND_US).rssi_milli_dbm = -60000;
    b.add(3, DECTBED_BAND_US).rssi_milli_dbm = -40000;
    b.power_on();
    ASSERT_TRUE(b.starts());
    EXPECT_EQ(b.bands_started(), (std::vector<int>{DECTBED_BAND_US}));
    EXPECT_EQ(b.host.of(DECTBED_REQ_RADIO_LOCK)[0].as<dectbed_req_radio_lock>().rfpi[4], 3) << "the strongest of them";
    EXPECT_EQ(b.logged("beacons name 2 bands: US is taken, which 2 of 3 name"), 1);
}

TEST(base_beacon, ACT_44_when_as_many_name_the_one_as_the_other_then_the_first_decoded_is_taken) {
    beacon_bench b;
    b.add(1, DECTBED_BAND_BRAZIL).rssi_milli_dbm = -30000;
    b.add(2, DECTBED_BAND_US).rssi_milli_dbm = -70000;
    b.power_on();
    ASSERT_TRUE(b.starts());
    EXPECT_EQ(b.bands_started(), (std::vector<int>{DECTBED_BAND_US}));
}

TEST(base_beacon, ACT_44_forged_and_broken_beacons_are_ignored_and_counted) {
    beacon_bench b;
    b.identity.bands = 1u << DECTBED_BAND_US | 1u << DECTBED_BAND_EU;
    b.add(1, DECTBED_BAND_EU).emc = 0x1111;
    b.add(2, DECTBED_BAND_EU).announcement = 0x14101;  // reserved bits
    b.add(3, DECTBED_BAND_EU).announcement = 0x1400A;  // no such band
    b.add(4, DECTBED_BAND_EU).announcement = 0x14000;
    b.add(5, DECTBED_BAND_EU).announcement = 0x14007;  // Taiwan: not this transceiver's
    b.add(6, DECTBED_BAND_EU).announcement = 0x24001;  // of another version: something else
    b.add(7, DECTBED_BAND_EU).announcement = 0x12000;  // a base in service
    b.add(8, DECTBED_BAND_EU).rssi_milli_dbm = -80001;
    b.power_on();
    b.run_for(300 * second_us);
    EXPECT_EQ(b.transmissions(), 0u);
    EXPECT_EQ(b.host.count(DECTBED_REQ_RADIO_LOCK), 0u);
    EXPECT_EQ(b.logged("band beacon ignored"), 5) << "each once";
    EXPECT_EQ(b.logged("ignored (5 so far)"), 1);
    b.add(9, DECTBED_BAND_US);
    EXPECT_TRUE(b.starts());
}

TEST(base_beacon, ACT_44_a_beacon_that_names_a_band_other_than_its_own_is_never_locked_to) {
    beacon_bench b;
    b.add(1, DECTBED_BAND_EU).announcement = 0x14002;  // heard on the European band, names the American one
    b.power_on();
    b.run_for(300 * second_us);
    EXPECT_GE(b.host.count(DECTBED_REQ_RADIO_LOCK), 3u);
    EXPECT_EQ(b.transmissions(), 0u);
}

TEST(base_beacon, ACT_44_a_handset_that_rejects_or_answers_for_another_band_is_not_believed) {
    for (const char* answer : {"rejects", "other band"}) {
        beacon_bench b;
        b.add(1, DECTBED_BAND_EU).answer = answer;
        b.power_on();
        b.run_until([&] { return b.acknowledgements.size() >= 1; }, 120 * second_us);
        if (answer == std::string("rejects")) {
            b.run_for(20 * second_us);
            EXPECT_EQ(b.bands_started().size(), 0u);
        } else {
            EXPECT_TRUE(b.starts());  // no reply to what was said: as if it had been lost
        }
    }
}

TEST(base_beacon, ACT_42_any_event_in_any_state_of_the_search_does_no_harm) {
    for (int at = 0; at < 60; ++at) {
        beacon_bench b;
        b.add(1, DECTBED_BAND_EU);
        b.identity.bands = 1u << DECTBED_BAND_EU;
        b.power_on();
        b.run_for(3 * second_us + static_cast<std::uint64_t>(at) * 150000);
        for (std::uint16_t type = DECTBED_EV_RADIO_STARTED; type <= DECTBED_EV_PAGED; ++type) {
            b.host.post(type, dectbed_ev_scan_result{}, 1000, from_hex("0550"));
        }
        EXPECT_TRUE(b.starts(180 * second_us)) << at;
    }
}

}  // namespace
}  // namespace dectbed::test
