// A base's hardware that may play the portable part: who serves which request, what crosses the pins, and what the
// journal says about beacons.
#include <gmock/gmock.h>

#include "models/firmware/reference/base_band_search.h"
#include "radio/band.h"
#include "radio/vendor_announcement.h"
#include "tests/models/base/base_bench.h"

namespace dectbed::test {
namespace {

using testing::ElementsAre;

struct listening_base : base_bench {
    listening_base() : base_bench(searches_bands), handset(sim.journal().declare("office/handset[1]", "handset")) {}
    static void searches_bands(mb::base_config& c) {
        c.board.factory.rfpi = {};
        c.board.factory.ipei = {0, 0xDB, 8, 0, 1};
        c.board.factory.emc = 0x0DB0;
        c.board.factory.band_discovery = DECTBED_BAND_DISCOVERY_BEACON;
        c.board.factory.bands = 1u << DECTBED_BAND_EU | 1u << DECTBED_BAND_US;
    }
    radio::scan_entry beacon(std::uint8_t last, std::uint32_t announcement, std::uint16_t emc = 0x0DB0) const {
        radio::scan_entry e;
        e.identity.octets[4] = last;
        e.heard_escape = true;
        e.information.escape_emc = emc;
        e.information.escape_data = announcement;
        e.who = handset;
        return e;
    }
    fake_fixed_part& fixed() { return *air.fixed.at(0); }
    fake_portable_part& portable() { return *air.portable.at(0); }

    sim::entity_id handset;
};

void scan(scripted_firmware& f, std::uint8_t band, std::uint32_t token) {
    dectbed_req_radio_scan s{};
    s.band = band;
    s.dwell_frames = 40;
    f.request(DECTBED_REQ_RADIO_SCAN, token, s);
}
void lock(scripted_firmware& f, std::uint8_t band, std::uint8_t last, std::uint32_t token) {
    dectbed_req_radio_lock l{};
    l.band = band;
    l.rfpi[4] = last;
    f.request(DECTBED_REQ_RADIO_LOCK, token, l);
}
void start(scripted_firmware& f, std::uint32_t token) {
    dectbed_req_radio_start s{};
    s.band = DECTBED_BAND_US;
    f.request(DECTBED_REQ_RADIO_START, token, s);
}

TEST(base_beacon, ACT_42_43_scan_lock_link_and_message_cross_the_pins_before_the_base_begins) {
    listening_base b;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) scan(f, DECTBED_BAND_US, 1);
        if (e.type == DECTBED_EV_SCAN_DONE) lock(f, DECTBED_BAND_US, 7, 2);
        if (e.type == DECTBED_EV_LOCKED) f.request(DECTBED_REQ_LINK_OPEN, 3, dectbed_req_link{});
        dectbed_req_link l{};
        l.link = 33;
        if (e.type == DECTBED_EV_LINK_ESTABLISHED) f.request(DECTBED_REQ_NWK_SEND, 4, l, sim::view("ack"));
        if (e.type == DECTBED_EV_NWK_RECEIVED) f.request(DECTBED_REQ_LINK_RELEASE, 5, l);
        if (e.type == DECTBED_EV_LINK_RELEASED) {
            f.request(DECTBED_REQ_RADIO_UNLOCK, 6, dectbed_req_radio_lock{});
            start(f, 7);
        }
    });
    b.portable().on.scanned({b.beacon(7, 0x14002)});
    b.run(10ms);
    b.portable().on.locked(true, b.beacon(7, 0x14002));
    b.run(10ms);
    b.portable().on.link_established(33);
    b.run(10ms);
    b.portable().on.sent(33);
    b.portable().on.received(33, sim::view("reply"));
    b.run(10ms);
    b.portable().on.link_released(33, radio::release_reason::normal);
    b.run(10ms);
    EXPECT_THAT(b.portable().calls,
                ElementsAre("power on", "scan 40", "lock 7", "open", "send 33 ack", "release 33", "unlock"));
    EXPECT_THAT(b.fixed().calls, ElementsAre("start 0"));
    b.fixed().on.started(true, 23, 3);
    b.run(10ms);
    b.fixed().on.link_established(33, 1);  // a number of its own, used before by the other part
    b.run(10ms);
    b.fixed().on.received(33, sim::view("code"));
    b.run(10ms);
    EXPECT_EQ(b.fixed().calls.back(), "release 33");
    const auto boot = scripted_firmware::of_type(DECTBED_EV_BOOT).at(0).as<dectbed_ev_boot>();
    EXPECT_EQ(boot.band_discovery, DECTBED_BAND_DISCOVERY_BEACON);
    EXPECT_EQ(boot.bands, 6);
    EXPECT_EQ(boot.ipei[1], 0xDB);
}

TEST(base_beacon, ACT_42_one_transceiver_plays_one_part_at_a_time) {
    listening_base b;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) {
            scan(f, DECTBED_BAND_EU, 1);
            start(f, 2);  // scanning
        }
        if (e.type == DECTBED_EV_SCAN_DONE) {
            start(f, 3);
            scan(f, DECTBED_BAND_EU, 4);  // starting
            lock(f, DECTBED_BAND_EU, 1, 5);
            f.request(DECTBED_REQ_LINK_OPEN, 6, dectbed_req_link{});
        }
    });
    b.portable().on.scanned({});
    b.run(10ms);
    std::vector<std::pair<std::uint32_t, int>> refused;
    for (const auto& e : scripted_firmware::of_type(DECTBED_EV_REFUSED))
        refused.emplace_back(e.token, e.as<dectbed_ev_refused>().reason);
    EXPECT_THAT(refused, ElementsAre(std::pair(2u, DECTBED_WRONG_STATE), std::pair(4u, DECTBED_WRONG_STATE),
                                     std::pair(5u, DECTBED_WRONG_STATE), std::pair(6u, DECTBED_WRONG_STATE)));
    EXPECT_THAT(b.fixed().calls, ElementsAre("start 0"));
}

TEST(base_beacon, ACT_42_44_the_journal_says_what_was_heard_and_whom_the_base_believed) {
    listening_base b;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT || (e.type == DECTBED_EV_SCAN_DONE && e.token == 1))
            scan(f, e.type == DECTBED_EV_BOOT ? DECTBED_BAND_EU : DECTBED_BAND_US, e.type == DECTBED_EV_BOOT ? 1 : 2);
        if (e.type == DECTBED_EV_SCAN_DONE && e.token == 2) lock(f, DECTBED_BAND_EU, 1, 3);
    });
    radio::scan_entry base = b.beacon(9, 0x12000);
    b.portable().on.scanned({b.beacon(1, 0x14001), b.beacon(2, 0x14001, 0x1111), b.beacon(3, 0x14007),
                             b.beacon(4, 0x14101), base, b.beacon(1, 0x14001)});
    b.run(10ms);
    b.portable().on.scanned({b.beacon(5, 0x14002), b.beacon(1, 0x14001)});
    b.run(10ms);
    std::vector<std::string> heard;
    for (const auto& r : b.log.all<record::band_message_heard>()) {
        heard.push_back(r.verdict + " " + r.band);
        EXPECT_EQ(r.from, b.handset);
    }
    EXPECT_THAT(
        heard, ElementsAre("usable eu", "other manufacturer eu", "unsupported band taiwan", "malformed ", "usable us"));
    const auto discovered = b.log.all<record::band_discovered>();
    ASSERT_EQ(discovered.size(), 1u);
    EXPECT_EQ(discovered[0].method, "beacon");
    EXPECT_EQ(discovered[0].band, "eu");
    EXPECT_EQ(discovered[0].from, b.handset);
    EXPECT_EQ(discovered[0].others, 1);
}

TEST(base_beacon, ACT_42_a_base_of_one_band_cannot_play_the_portable_part) {
    base_bench b;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) scan(f, DECTBED_BAND_EU, 1);
    });
    EXPECT_TRUE(b.air.portable.empty());
    EXPECT_EQ(scripted_firmware::of_type(DECTBED_EV_REFUSED).at(0).as<dectbed_ev_refused>().reason,
              DECTBED_NOT_AVAILABLE);
}

TEST(base_beacon, ACT_42_the_scan_time_follows_from_the_bands_their_carriers_and_the_dwell) {
    namespace timing = reference::band_search_timing;
    std::int64_t frames = 0;
    for (const auto band : radio::all_bands()) {
        const auto& plan = radio::plan_of(band);
        const bool three_multiframes = plan.extended();
        const auto dwell = band == radio::band::eu ? timing::dwell_frames : timing::dwell_frames_extended;
        EXPECT_GT(static_cast<int>(dwell), (three_multiframes ? 3 : 2) * 16)
            << "an announcement, and a frame to settle";
        frames += plan.carriers * static_cast<std::int64_t>(dwell);
    }
    EXPECT_EQ(frames, 3200) << "32 s for all bands";
}

TEST(base_beacon, ACT_41_the_beacon_has_a_format_of_its_own_among_the_announcements) {
    EXPECT_EQ(radio::encode_band_beacon(radio::band::us), 0x14002u);
    for (const auto band : radio::all_bands()) {
        const auto bits = radio::encode_band_beacon(band);
        ASSERT_TRUE(radio::decode_band_beacon(bits));
        EXPECT_EQ(radio::decode_band_beacon(bits).value(), band);
        EXPECT_FALSE(radio::decode_announcement(bits));
    }
    for (const std::uint32_t bits : {0x14000u, 0x1400Au, 0x14101u, 0x140FFu}) {
        EXPECT_TRUE(radio::claims_band_beacon(bits));
        EXPECT_FALSE(radio::decode_band_beacon(bits));
    }
    for (const std::uint32_t bits : {0x11000u, 0x24001u, 0x114001u}) EXPECT_FALSE(radio::claims_band_beacon(bits));
    radio::system_information info;
    info.escape_emc = 1;
    info.escape_data = 0x14008;
    EXPECT_EQ(radio::announcement_text(info), "band beacon china");
}

}  // namespace
}  // namespace dectbed::test
