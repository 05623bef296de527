// Links over the air: set-up, messages at the C-channel's pace, release, loss.
#include <chrono>
#include <set>

#include "radio/dlc_frame.h"
#include "radio/nwk/elements.h"
#include "radio/timers.h"
#include "tests/radio/locked_pair.h"

namespace dectbed::radio::test {
namespace {

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

}  // namespace
}  // namespace dectbed::radio::test
