// The air as its users see it: scan, lock, losses, determinism.
#include <chrono>
#include <set>

#include "radio/dlc_frame.h"
#include "radio/nwk/elements.h"
#include "radio/timers.h"
#include "tests/radio/locked_pair.h"

namespace dectbed::radio::test {
namespace {

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

TEST(portable_part, a_scan_for_the_strongest_reports_them_as_one_for_all_does) {
    world w;
    for (int i = 0; i < 12; ++i) w.add_base({3.0 + i * 4, i % 7 * 5.0, 0});
    handset& all = w.add_handset({0, 0, 0});
    w.start_all();
    w.run(1s);
    all.part->scan(band::eu, 128);
    w.run(20s);
    const auto everybody = all.scanned;
    ASSERT_EQ(everybody.size(), 12U);
    for (const int most : {1, 5, 11, 100}) {
        all.part->scan(band::eu, 128, most);
        w.run(20s);
        ASSERT_EQ(all.scanned.size(), std::min(everybody.size(), static_cast<std::size_t>(most)));
        for (std::size_t i = 0; i < all.scanned.size(); ++i) {
            EXPECT_EQ(all.scanned[i].identity, everybody[i].identity);
            EXPECT_EQ(all.scanned[i].information, everybody[i].information);
        }
    }
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
