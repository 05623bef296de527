// The air as its users see it: scan, lock, links, losses, determinism.
#include <chrono>
#include <set>

#include "radio/dlc_frame.h"
#include "radio/nwk/elements.h"
#include "radio/timers.h"
#include "tests/radio/world.h"

namespace dectbed::radio::test {
namespace {

/// One base on the air and one handset locked to it.
struct locked_pair : world {
    base* b = nullptr;
    handset* h = nullptr;
    explicit locked_pair(std::uint64_t seed = 1, double distance = 10, station_clock clock = {}, int bearers_max = 8)
        : world(seed) {
        b = &add_base({0, 0, 0}, clock, bearers_max);
        h = &add_handset({distance, 0, 0});
        start_all();
        run(1s);
        h->part->lock(band::eu, b->id);
        run(6s);
        EXPECT_EQ(h->count("locked", "ok"), 1);
    }
    void link() {
        h->part->open_link();
        run(3s);
        ASSERT_NE(h->link, 0U);
    }
};

TEST(fixed_part, scans_all_carriers_before_it_transmits) {
    world w;
    base& b = w.add_base({0, 0, 0});
    b.part->start(band::eu, sim::dbm::of(24));
    w.run(199ms);
    EXPECT_FALSE(b.part->on_air());
    w.run(2ms);
    EXPECT_TRUE(b.part->on_air());
    ASSERT_EQ(b.log.size(), 1U);
    EXPECT_EQ(b.log[0].detail, "ok");
    EXPECT_GE(b.carrier, 0);
    EXPECT_LE(b.carrier, 9);
    EXPECT_LE(b.slot, 11);
    const auto info = w.all<sim::record::system_information_changed>();
    ASSERT_EQ(info.size(), 1U);
    EXPECT_EQ(info[0].service, "waiting_for_code");
    EXPECT_FALSE(info[0].access_rights_requests);
}

TEST(fixed_part, without_a_band_it_does_not_start) {
    world w;
    base& b = w.add_base({0, 0, 0});
    b.part->start(band::none, sim::dbm::of(24));
    w.run(1s);
    ASSERT_EQ(b.log.size(), 1U);
    EXPECT_EQ(b.log[0].detail, "failed");
}

TEST(fixed_part, avoids_the_channels_it_hears) {
    world w;
    for (int i = 0; i < 12; ++i) {
        w.add_base({i * 3.0, 0, 0}, {duration{0}, 0, 1});  // same clock: slots coincide
        w.bases.back()->part->start(band::eu, sim::dbm::of(24));
        w.run(300ms);
    }
    std::set<std::pair<int, int>> used;
    for (auto& b : w.bases) used.insert({b->carrier, b->slot});
    EXPECT_EQ(used.size(), 12U);
}

TEST(fixed_part, beacon_without_listeners_costs_no_events) {
    world w;
    for (int i = 0; i < 20; ++i) w.add_base({i * 5.0, 0, 0});
    w.start_all();
    w.run(10s);
    EXPECT_EQ(w.events_in(3600s), 0U);
}

TEST(portable_part, idle_lock_costs_no_events) {
    locked_pair w;
    w.run(10s);
    EXPECT_EQ(w.events_in(3600s), 0U);
    EXPECT_EQ(w.h->count("unlocked"), 0);
}

TEST(portable_part, scan_takes_ten_dwells_and_finds_exactly_those_in_range) {
    world w;
    // 24 dBm - 37 dB - 30 log d: -83 dBm at about 216 m; 4.5 dB above that nothing is lost.
    const double near_m[] = {5, 40, 100, 150};
    for (double d : near_m) w.add_base({d, 0, 0});
    for (double d : {360.0, 400.0, 1000.0}) w.add_base({d, 0, 0});  // 6 dB below
    handset& h = w.add_handset({0, 0, 0});
    w.start_all();
    w.run(1s);
    h.part->scan(band::eu, 128);
    const auto began = w.s.now();
    w.run(20s);
    ASSERT_EQ(h.count("scanned"), 1);
    EXPECT_EQ(h.last("scanned")->at - began, 128 * 10 * 10ms);
    ASSERT_EQ(h.scanned.size(), std::size(near_m));
    for (std::size_t i = 0; i < h.scanned.size(); ++i) {
        const scan_entry& e = h.scanned[i];
        EXPECT_EQ(e.identity, w.bases[i]->id);
        EXPECT_EQ(e.carrier, w.bases[i]->carrier);
        EXPECT_EQ(e.slot, w.bases[i]->slot);
        EXPECT_EQ(e.rssi, w.on_air->level({0, 0, 0}, {near_m[i], 0, 0}, sim::dbm::of(24)));
        EXPECT_TRUE(e.heard_capabilities);
        EXPECT_TRUE(e.heard_escape);
        EXPECT_EQ(e.information, waiting_information());
    }
    const auto finished = w.all<sim::record::scan_finished>();
    ASSERT_EQ(finished.size(), 1U);
    EXPECT_EQ(finished[0].found, 4);
}

TEST(portable_part, short_scan_hears_the_identity_but_not_everything_else) {
    world w;
    for (int i = 0; i < 8; ++i) w.add_base({10.0 + i, 0, 0});
    handset& h = w.add_handset({0, 0, 0});
    w.start_all();
    w.run(1s);
    h.part->scan(band::eu, 17);
    w.run(5s);
    ASSERT_EQ(h.scanned.size(), 8U);
    int both = 0;
    for (const scan_entry& e : h.scanned) both += e.heard_capabilities && e.heard_escape ? 1 : 0;
    EXPECT_EQ(both, 0);  // one multiframe shows one QT message
}

TEST(portable_part, scan_notices_what_starts_and_stops_meanwhile) {
    world w;
    base& b = w.add_base({5, 0, 0});
    base& c = w.add_base({6, 0, 0});
    handset& h = w.add_handset({0, 0, 0});
    w.start_all();
    w.run(1s);
    c.part->stop();
    b.part->stop();
    h.part->scan(band::eu, 64);
    b.part->start(band::eu, sim::dbm::of(24));
    w.run(10s);
    // b came up within the first carrier's dwell: it is heard, unless it took that very carrier too late.
    ASSERT_LE(h.scanned.size(), 1U);
    if (b.carrier > 0) {
        ASSERT_EQ(h.scanned.size(), 1U);
    }
}

TEST(portable_part, locks_within_the_time_the_qt_cycle_allows) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        world w(seed);
        base& b = w.add_base({20, 0, 0});
        handset& h = w.add_handset({0, 0, 0});
        w.start_all();
        w.run(1s + duration{static_cast<std::int64_t>(seed) * 137'000'000'000});
        const auto began = w.s.now();
        h.part->lock(band::eu, b.id);
        w.run(10s);
        ASSERT_EQ(h.count("locked", "ok"), 1);
        const auto took = h.last("locked")->at - began;
        EXPECT_GE(took, 20ms);
        // Nine carriers in vain, then settling, NT and one QT cycle (EN 300 175-3, 7.2.3.1: 8 multiframes).
        EXPECT_LE(took, 9 * lock_dwell_frames * 10ms + 10ms + 170ms + 1280ms);
        EXPECT_TRUE(h.locked.heard_capabilities);
        const auto locks = w.all<sim::record::lock_changed>();
        ASSERT_EQ(locks.size(), 1U);
        EXPECT_TRUE(locks[0].locked);
        EXPECT_EQ(w.s.journal().path_of(locks[0].fixed_part), "office/base[0]");
        EXPECT_EQ(locks[0].rfpi, to_text(b.id));
    }
}

TEST(portable_part, after_a_scan_it_knows_where_to_look) {
    world w;
    base& b = w.add_base({20, 0, 0});
    handset& h = w.add_handset({0, 0, 0});
    w.start_all();
    w.run(1s);
    h.part->scan(band::eu, 17);
    w.run(5s);
    const auto began = w.s.now();
    h.part->lock(band::eu, b.id);
    w.run(10s);
    ASSERT_EQ(h.count("locked", "ok"), 1);
    EXPECT_LE(h.last("locked")->at - began, 10ms + 170ms + 1280ms);
}

TEST(portable_part, lock_to_nobody_fails_after_all_carriers) {
    world w;
    handset& h = w.add_handset({0, 0, 0});
    h.part->lock(band::eu, make_rfpi_class_a(1, 2, 3));
    w.run(10s);
    ASSERT_EQ(h.count("locked", "failed"), 1);
    EXPECT_EQ(h.last("locked")->at.time_since_epoch(), 10 * lock_dwell_frames * 10ms);
}

TEST(portable_part, hears_changed_information_with_the_next_qt) {
    locked_pair w;
    system_information info = waiting_information();
    info.escape_data = encode_announcement(announced_service::busy);
    w.b->part->set_information(info);
    const auto changed = w.s.now();
    w.run(5s);
    ASSERT_NE(w.h->last("information"), nullptr);
    EXPECT_EQ(w.h->last("information")->detail, "busy");
    const auto took = w.h->last("information")->at - changed;
    EXPECT_GT(took, 0ms);
    EXPECT_LE(took, 330ms);  // an escape message comes every other multiframe

    w.b->part->set_information({info.fixed_part_capabilities | capability_bit(44), 0, 0});
    w.run(5s);
    EXPECT_EQ(w.h->last("information")->detail, "none");
    EXPECT_FALSE(w.h->information.heard_escape);
    EXPECT_NE(w.h->information.information.fixed_part_capabilities & capability_bit(44), 0U);
}

TEST(portable_part, power_loss_of_the_fixed_part_unlocks_after_t207) {
    locked_pair w;
    w.b->part->stop();
    const auto stopped = w.s.now();
    w.run(4999ms);
    EXPECT_EQ(w.h->count("unlocked"), 0);
    w.run(2ms);
    ASSERT_EQ(w.h->count("unlocked", "signal lost"), 1);
    EXPECT_EQ(w.h->last("unlocked")->at - stopped, T207);
}

TEST(portable_part, walking_out_of_range_and_back_in_time_keeps_the_lock) {
    locked_pair w;
    w.h->part->move_to({2000, 0, 0});
    w.run(4s);
    w.h->part->move_to({15, 0, 0});
    w.run(20s);
    EXPECT_EQ(w.h->count("unlocked"), 0);
    w.h->part->move_to({2000, 0, 0});
    w.run(6s);
    EXPECT_EQ(w.h->count("unlocked", "signal lost"), 1);
}

TEST(portable_part, walls_attenuate) {
    path_loss_parameters loss;
    loss.walls.push_back({5, -10, 5, 10, 12.0});
    loss.walls.push_back({20, -10, 20, 10, 12.0});
    world w(1, loss);
    const auto power = sim::dbm::of(24);
    EXPECT_EQ(w.on_air->level({0, 0, 0}, {10, 0, 0}, power), sim::dbm::of(24 - 37 - 30 - 12));
    EXPECT_EQ(w.on_air->level({0, 20, 0}, {10, 20, 0}, power), sim::dbm::of(24 - 37 - 30));
}

TEST(link, set_up_takes_at_least_two_frames) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        locked_pair w(seed);
        const auto began = w.s.now();
        w.h->part->open_link();
        w.run(3s);
        ASSERT_EQ(w.h->count("established"), 1);
        const auto took = w.h->last("established")->at - began;
        EXPECT_GE(took, 30ms);  // a frame to prepare, then two from the access request
        EXPECT_LE(took, 10ms + 110ms + 20ms + 10ms);
        ASSERT_NE(last(*w.b, "established"), nullptr);
        EXPECT_LT(last(*w.b, "established")->at, w.h->last("established")->at);
        EXPECT_EQ(last(*w.b, "established")->detail[0], 'e');  // default PMID
        const auto requests = w.all<sim::record::access_request>();
        ASSERT_EQ(requests.size(), 1U);
        EXPECT_EQ(requests[0].outcome, "confirmed");
        EXPECT_NE(requests[0].slot, w.b->slot);
        const auto bearers = w.all<sim::record::bearer_changed>();
        ASSERT_EQ(bearers.size(), 1U);
        EXPECT_TRUE(bearers[0].established);
    }
}

sim::bytes info_request(std::size_t octets) {
    nwk::message m;
    m.type = nwk::mm::info_request;
    m.elements.push_back(nwk::encode_info_type({0}).value());
    m.elements.push_back(nwk::encode(nwk::ipui_n(ipei{0x0E02, 0x04279})).value());
    nwk::proprietary p{vendor_emc, sim::bytes(octets - 2 - 3 - 9 - 5, 0x31)};
    m.elements.push_back(nwk::encode(p).value());
    return nwk::encode(m).value();
}

TEST(link, message_takes_its_time_on_the_c_channel) {
    for (const std::size_t octets : {20U, 22U, 40U, 63U}) {
        locked_pair w(octets);
        w.link();
        const sim::bytes message = info_request(octets);
        ASSERT_EQ(message.size(), octets);
        const auto began = w.s.now();
        w.h->part->send(w.h->link, message);
        w.run(2s);
        ASSERT_EQ(w.b->messages.size(), 1U);
        EXPECT_EQ(w.b->messages[0], message);
        const auto segments = static_cast<std::int64_t>(frame_octets(octets) / 5);
        const auto took = last(*w.b, "received")->at - began;
        EXPECT_GT(took, (segments - 1) * 20ms);
        EXPECT_LE(took, segments * 20ms + 10ms);
        ASSERT_EQ(w.h->count("sent"), 1);
        const auto acknowledged = w.h->last("sent")->at - last(*w.b, "received")->at;
        EXPECT_GT(acknowledged, 0ms);
        EXPECT_LE(acknowledged, 40ms);
        const auto messages = w.all<sim::record::nwk_message>();
        ASSERT_EQ(messages.size(), 1U);
        EXPECT_EQ(messages[0].message, "MM-INFO-REQUEST");
        EXPECT_TRUE(messages[0].proprietary);
        EXPECT_EQ(messages[0].octets, sim::to_hex(message));
        EXPECT_EQ(w.s.journal().path_of(messages[0].sender), "office/handset[0]");
    }
}

TEST(link, carries_many_messages_both_ways_in_order) {
    locked_pair w;
    w.link();
    for (std::uint8_t i = 0; i < 5; ++i) {
        w.h->part->send(w.h->link, {0x05, 0x50, 0x78, 1, i});
        w.b->part->send(w.b->link, {0x85, 0x52, 0x78, 1, i});
    }
    w.h->part->send(w.h->link, sim::bytes(150, 0x55));  // longer than one I frame
    w.run(5s);
    ASSERT_EQ(w.b->messages.size(), 6U);
    ASSERT_EQ(w.h->messages.size(), 5U);
    for (std::uint8_t i = 0; i < 5; ++i) {
        EXPECT_EQ(w.b->messages[i].back(), i);
        EXPECT_EQ(w.h->messages[i].back(), i);
    }
    EXPECT_EQ(w.b->messages[5], sim::bytes(150, 0x55));
    EXPECT_EQ(w.h->count("sent"), 6);
}

TEST(link, idle_link_costs_no_events) {
    locked_pair w;
    w.link();
    w.run(10s);
    EXPECT_EQ(w.events_in(600s), 0U);
    EXPECT_EQ(w.h->count("released"), 0);
}

TEST(link, is_released_by_either_side) {
    for (const bool by_base : {false, true}) {
        locked_pair w;
        w.link();
        if (by_base) {
            w.b->part->release(w.b->link);
        } else {
            w.h->part->release(w.h->link);
        }
        const auto began = w.s.now();
        w.run(1s);
        ASSERT_EQ(w.h->count("released", "normal"), 1);
        ASSERT_NE(last(*w.b, "released"), nullptr);
        EXPECT_EQ(last(*w.b, "released")->detail, "normal");
        EXPECT_LE(w.h->last("released")->at - began, 31ms);
        EXPECT_LE(last(*w.b, "released")->at - began, 31ms);
        EXPECT_EQ(w.h->count("unlocked"), 0);
        w.h->part->open_link();
        w.run(1s);
        EXPECT_EQ(w.h->count("established"), 2);
    }
}

TEST(link, release_waits_until_the_peer_has_everything) {
    locked_pair w;
    w.link();
    w.b->part->send(w.b->link, info_request(60));
    w.b->part->release(w.b->link);
    w.b->part->send(w.b->link, info_request(30));  // too late
    w.run(1s);
    ASSERT_EQ(w.h->messages.size(), 1U);
    EXPECT_EQ(w.h->messages[0], info_request(60));
    EXPECT_EQ(w.h->count("released", "normal"), 1);
    EXPECT_LT(w.h->last("received")->at, w.h->last("released")->at);
    ASSERT_NE(last(*w.b, "sent"), nullptr);
    EXPECT_EQ(last(*w.b, "released")->detail, "normal");
}

TEST(link, unlocking_in_the_middle_of_a_set_up_leaves_nothing_behind) {
    for (int when_ms = 1; when_ms < 160; when_ms += 3) {
        locked_pair w(static_cast<std::uint64_t>(when_ms));
        w.h->part->open_link();
        w.run(duration{when_ms * 1'000'000'000LL});
        w.h->part->unlock();
        w.run(duration{when_ms % 40 * 1'000'000'000LL});
        if (when_ms % 2 == 0) w.handsets.clear();
        w.run(10s);
        if (when_ms % 2 != 0) {
            EXPECT_EQ(w.h->count("unlocked", "requested"), 1);
            EXPECT_EQ(w.h->count("released"), 1);
        }
        w.add_handset({3, 0, 0}).part->lock(band::eu, w.b->id);  // the base is free again
        w.run(5s);
        w.handsets.back()->part->open_link();
        w.run(1s);
        EXPECT_EQ(w.handsets.back()->count("established"), 1) << when_ms;
    }
}

TEST(link, power_loss_of_the_fixed_part_is_found_by_t201) {
    locked_pair w;
    w.link();
    w.b->part->stop();
    const auto stopped = w.s.now();
    w.run(10s);
    ASSERT_EQ(w.h->count("released", "signal lost"), 1);
    EXPECT_EQ(w.h->last("released")->at - stopped, T201);
    EXPECT_EQ(w.h->count("unlocked", "signal lost"), 1);
    EXPECT_EQ(last(*w.b, "released"), nullptr);
}

TEST(link, power_loss_of_the_portable_part_is_found_by_t201) {
    locked_pair w;
    w.link();
    w.h->part->set_power(false);
    const auto stopped = w.s.now();
    w.run(10s);
    EXPECT_EQ(w.h->count("released"), 0);
    ASSERT_NE(last(*w.b, "released"), nullptr);
    EXPECT_EQ(last(*w.b, "released")->detail, "signal lost");
    EXPECT_EQ(last(*w.b, "released")->at - stopped, T201);
}

TEST(link, message_survives_a_walk_through_a_dead_spot) {
    locked_pair w;
    w.link();
    w.h->part->send(w.h->link, info_request(60));
    w.run(100ms);
    w.h->part->move_to({5000, 0, 0});
    w.run(1s);
    EXPECT_TRUE(w.b->messages.empty());
    w.h->part->move_to({10, 0, 0});
    w.run(3s);
    ASSERT_EQ(w.b->messages.size(), 1U);
    EXPECT_EQ(w.b->messages[0], info_request(60));
    EXPECT_EQ(w.h->count("sent"), 1);
}

TEST(link, in_the_grey_zone_segments_are_repeated_but_arrive) {
    // Margin of about 0 dB: 6 % of the A-fields break.
    locked_pair w(3, 216);
    w.link();
    const auto began = w.s.now();
    for (int i = 0; i < 10; ++i) w.h->part->send(w.h->link, info_request(60));
    w.run(60s);
    EXPECT_EQ(w.b->messages.size(), 10U);
    EXPECT_EQ(w.h->count("sent"), 10);
    const auto took = last(*w.b, "received")->at - began;
    EXPECT_GT(took, 10 * (13 + 1) * 20ms);
}

TEST(link, a_busy_fixed_part_says_so) {
    locked_pair w(1, 10, {}, 1);
    handset& second = w.add_handset({0, 10, 0});
    second.part->lock(band::eu, w.b->id);
    w.run(5s);
    w.link();
    second.part->open_link();
    w.run(4s);
    ASSERT_EQ(second.count("released", "base busy"), 1);
    const auto requests = w.all<sim::record::access_request>();
    EXPECT_EQ(requests.back().outcome, "no free slot");
    EXPECT_EQ(second.count("unlocked"), 0);
    w.h->part->release(w.h->link);
    w.run(1s);
    second.part->open_link();
    w.run(1s);
    EXPECT_EQ(second.count("established"), 1);
}

TEST(link, without_a_lock_there_is_none) {
    world w;
    handset& h = w.add_handset({0, 0, 0});
    h.part->open_link();
    w.run(1s);
    EXPECT_EQ(h.count("released", "setup failed"), 1);
}

TEST(link, set_up_to_a_silent_fixed_part_gives_up_after_t200) {
    locked_pair w;
    w.b->part->stop();
    w.h->part->open_link();
    const auto began = w.s.now();
    w.run(4900ms);
    ASSERT_EQ(w.h->count("released", "setup failed"), 1);
    EXPECT_LE(w.h->last("released")->at - began, T200 + 150ms);
    EXPECT_LE(w.all<sim::record::access_request>().size(), static_cast<std::size_t>(N200 + 1));
}

TEST(link, many_access_requests_at_once_collide_and_most_get_through) {
    world w(7);
    base& b = w.add_base({0, 0, 0}, {}, 11);
    for (int i = 0; i < 60; ++i) w.add_handset({i % 2 == 0 ? 10.0 : -10.0, 0, 0});  // all equally far
    w.start_all();
    w.run(1s);
    for (auto& h : w.handsets) h->part->lock(band::eu, b.id);
    w.run(6s);
    for (auto& h : w.handsets) {
        h->on_established = [&w, raw = h.get()] {
            w.s.kernel().after(200ms, [raw] { raw->part->release(raw->link); });
        };
        h->part->open_link();
    }
    w.run(10s);
    int collisions = 0, confirmed = 0;
    for (const auto& r : w.all<sim::record::access_request>()) {
        collisions += r.outcome == "collision" ? 1 : 0;
        confirmed += r.outcome == "confirmed" ? 1 : 0;
    }
    EXPECT_GT(collisions, 1);
    EXPECT_GT(confirmed, 11);
    for (auto& h : w.handsets) EXPECT_GE(h->count("released"), 1);
}

TEST(air, same_seed_same_journal_other_seed_another) {
    const auto run = [](std::uint64_t seed) {
        world w(seed);
        for (int i = 0; i < 6; ++i) w.add_base({i * 15.0, 0, 0});
        for (int i = 0; i < 10; ++i) w.add_handset({i * 9.0, 5, 0});
        w.start_all();
        w.run(1s);
        for (auto& h : w.handsets) h->part->scan(band::eu, 32);
        w.run(5s);
        for (std::size_t i = 0; i < w.handsets.size(); ++i) w.handsets[i]->part->lock(band::eu, w.bases[i % 6]->id);
        w.run(6s);
        for (auto& h : w.handsets) h->part->open_link();
        w.run(5s);
        return w.s.journal().digest();
    };
    const auto first = run(5);
    EXPECT_EQ(first, run(5));
    EXPECT_NE(first, run(6));
}

TEST(air, a_far_handset_changes_nobody_elses_luck) {
    const auto run = [](bool with_stranger) {
        world w(11);
        for (int i = 0; i < 3; ++i) w.add_base({i * 60.0, 0, 0});
        if (with_stranger) w.add_handset({90'000, 0, 0});
        for (int i = 0; i < 4; ++i) {  // in the grey zone, so that draws matter
            portable_part::config c;
            c.place = {i * 60.0, 190, 0};
            const auto who = w.s.journal().declare(fmt::format("office/known[{}]", i), "handset", w.site);
            w.handsets.push_back(std::make_unique<handset>(w.s, *w.on_air, who, c));
        }
        w.start_all();
        w.run(1s);
        std::string seen;
        for (auto& h : w.handsets) {
            h->part->lock(band::eu, w.bases[0]->id);
            h->on_established = [raw = h.get()] { raw->part->send(raw->link, sim::bytes(60, 1)); };
        }
        w.run(8s);
        for (auto& h : w.handsets) h->part->open_link();
        w.run(8s);
        for (std::size_t i = with_stranger ? 1 : 0; i < w.handsets.size(); ++i)
            for (const told& t : w.handsets[i]->log)
                seen += fmt::format("{} {} {} {}\n", i - (with_stranger ? 1 : 0), t.what,
                                    t.at.time_since_epoch().count(), t.detail);
        return seen;
    };
    const auto alone = run(false);
    EXPECT_NE(alone.find("established"), std::string::npos);
    EXPECT_EQ(alone, run(true));
}

TEST(air, stations_may_go_away_at_any_time) {
    for (int when = 0; when < 40; ++when) {
        locked_pair w(static_cast<std::uint64_t>(when + 1));
        w.h->part->open_link();
        w.h->on_established = [&w] { w.h->part->send(w.h->link, sim::bytes(40, 7)); };
        w.run(duration{when * 7'000'000'000});
        if (when % 2 == 0) {
            w.bases.clear();
        } else {
            w.handsets.clear();
        }
        w.run(20s);
    }
}

TEST(air, interferer_that_slides_over_a_beacon_breaks_the_lock_and_then_leaves_it) {
    // Two fixed parts on the same carrier cannot be forced from outside; a crowded band does it: with
    // 240 of them most channels are used twice, and their clocks slide by up to 10 ppm against each other.
    world w(2);
    for (int i = 0; i < 240; ++i) w.add_base({static_cast<double>(i % 16), static_cast<double>(i / 16), 0});
    for (int i = 0; i < 240; ++i) w.add_handset({static_cast<double>(i % 16), static_cast<double>(i / 16), 0.9});
    w.start_all();
    w.run(1s);
    for (std::size_t i = 0; i < w.handsets.size(); ++i) w.handsets[i]->part->lock(band::eu, w.bases[i]->id);
    w.run(30s);
    int locked_first = 0;
    for (auto& h : w.handsets) locked_first += h->count("locked", "ok");
    EXPECT_GT(locked_first, 60);
    w.run(3600s);
    int lost = 0;
    for (auto& h : w.handsets) lost += h->count("unlocked", "signal lost");
    EXPECT_GT(lost, 0);
    EXPECT_LE(lost, locked_first);
}

}  // namespace
}  // namespace dectbed::radio::test
