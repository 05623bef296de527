// Pages over the air: who hears them, when, and what they cost; and blind slots as portable parts learn of them.
#include "radio/paging.h"

#include <set>

#include "radio/nwk/lce_page.h"
#include "radio/timers.h"
#include "tests/radio/locked_pair.h"

namespace dectbed::radio::test {
namespace {

constexpr duration multiframe = 16 * frame_nominal;

sim::bytes page_for(std::uint32_t tpui) {
    return nwk::encode(nwk::short_page{nwk::lce_header::voice, true, static_cast<std::uint16_t>(tpui)}).value();
}

struct pages {
    std::vector<std::pair<time_point, sim::bytes>> heard;
};

/// Collects pages beside what the handset of the tests remembers.
std::unique_ptr<pages> listen(world& w, handset& h) {
    auto p = std::make_unique<pages>();
    h.on_paged = [&w, raw = p.get()](sim::byte_view m) { raw->heard.emplace_back(w.s.now(), sim::to_bytes(m)); };
    return p;
}

TEST(paging, a_locked_portable_part_hears_a_page_in_the_next_frame_0) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        locked_pair w(seed);
        const auto heard = listen(w, *w.h);
        w.run(duration{static_cast<std::int64_t>(seed) * 17'000'000'000});
        const auto asked = w.s.now();
        ASSERT_TRUE(w.b->part->page(page_for(0x1234)));
        w.run(2s);
        ASSERT_EQ(heard->heard.size(), 1U);
        EXPECT_EQ(heard->heard[0].second, page_for(0x1234));
        EXPECT_GT(heard->heard[0].first - asked, 0ms);
        EXPECT_LE(heard->heard[0].first - asked, multiframe + 1ms);
        const auto sent = w.all<sim::record::page_sent>();
        ASSERT_EQ(sent.size(), 1U);
        EXPECT_TRUE(sent[0].sent);
        EXPECT_EQ(sent[0].octets, "0c1234");
        const auto told = w.all<sim::record::page_heard>();
        ASSERT_EQ(told.size(), 1U);
        EXPECT_EQ(w.s.journal().path_of(told[0].fixed_part), "office/base[0]");
    }
}

TEST(paging, is_heard_by_all_that_are_locked_here_and_by_nobody_else) {
    world w;
    base& here = w.add_base({0, 0, 0});
    base& there = w.add_base({20, 0, 0});
    for (int i = 0; i < 6; ++i) w.add_handset({10, i * 1.0, 0});
    w.add_handset({5, 5, 0});  // locks to nobody
    w.start_all();
    w.run(1s);
    std::vector<std::unique_ptr<pages>> heard;
    for (std::size_t i = 0; i < w.handsets.size(); ++i) {
        heard.push_back(listen(w, *w.handsets[i]));
        if (i < 6) w.handsets[i]->part->lock(band::eu, i % 2 == 0 ? here.id : there.id);
    }
    w.run(6s);
    w.handsets[4]->part->unlock();
    ASSERT_TRUE(here.part->page(page_for(1)));
    w.run(1s);
    const std::size_t expected[] = {1, 0, 1, 0, 0, 0, 0};
    for (std::size_t i = 0; i < heard.size(); ++i) EXPECT_EQ(heard[i]->heard.size(), expected[i]) << i;
}

TEST(paging, several_pages_follow_each_other_by_the_extend_flag) {
    locked_pair w;
    const auto heard = listen(w, *w.h);
    for (std::uint32_t i = 0; i < 8; ++i) ASSERT_TRUE(w.b->part->page(page_for(i)));
    const auto asked = w.s.now();
    w.run(1s);
    ASSERT_EQ(heard->heard.size(), 8U);
    for (std::uint32_t i = 0; i < 8; ++i) EXPECT_EQ(heard->heard[i].second, page_for(i));
    EXPECT_LE(heard->heard[5].first - asked, 2 * multiframe);
    EXPECT_NEAR(sim::to_seconds(heard->heard[5].first - heard->heard[4].first), 0.020, 1e-6);
    EXPECT_GT(heard->heard[6].first - heard->heard[5].first, 20ms);  // frame 12 to frame 0
}

TEST(paging, the_extend_flag_is_followed_whatever_frame_the_clock_begins_with) {
    station_clock clock;
    clock.phase = 3ms;
    clock.first_frame = 5;
    locked_pair w(1, 10, clock);
    const auto heard = listen(w, *w.h);
    for (std::uint32_t i = 0; i < 3; ++i) ASSERT_TRUE(w.b->part->page(page_for(i)));
    w.run(1s);
    EXPECT_EQ(heard->heard.size(), 3U);
}

TEST(paging, full_pages_carry_a_whole_tpui_or_28_bits_of_an_ipui) {
    locked_pair w;
    const auto heard = listen(w, *w.h);
    const auto by_tpui = nwk::encode(nwk::full_page{nwk::lce_header::voice, true, 4, 0x12345, 1, 0}).value();
    const auto by_ipui = nwk::encode(nwk::ipui_page{nwk::lce_header::general, ipui_type::n, 0x2427900}).value();
    ASSERT_TRUE(w.b->part->page(by_tpui));
    ASSERT_TRUE(w.b->part->page(by_ipui));
    w.run(1s);
    ASSERT_EQ(heard->heard.size(), 2U);
    EXPECT_EQ(heard->heard[0].second, by_tpui);
    EXPECT_EQ(heard->heard[1].second, by_ipui);
}

TEST(paging, a_fast_page_is_for_portable_parts_in_high_duty) {
    world w;
    base& b = w.add_base({0, 0, 0});
    handset& usual = w.add_handset({10, 0, 0});
    handset& quick = w.add_handset({0, 10, 0}, paging_duty::high);
    w.start_all();
    w.run(1s);
    usual.part->lock(band::eu, b.id);
    quick.part->lock(band::eu, b.id);
    w.run(6s);
    const auto slow = listen(w, usual), fast = listen(w, quick);
    int only_quick = 0;
    for (int i = 0; i < 40; ++i) {
        w.run(207ms);
        fast->heard.clear();
        slow->heard.clear();
        const auto asked = w.s.now();
        ASSERT_TRUE(b.part->page(page_for(static_cast<std::uint32_t>(i)), true));
        w.run(200ms);
        ASSERT_EQ(fast->heard.size(), 1U);
        EXPECT_LE(fast->heard[0].first - asked, 41ms);  // frames 6 to 10 and 12 to 16 lie farthest apart
        only_quick += slow->heard.empty() ? 1 : 0;
    }
    EXPECT_GT(only_quick, 20);
    EXPECT_LT(only_quick, 40);
}

TEST(paging, low_duty_hears_within_four_multiframes_if_the_fixed_part_repeats) {
    for (const bool repetition : {true, false}) {
        world w;
        base& b = w.add_base({0, 0, 0});
        auto info = waiting_information();
        if (repetition) info.fixed_part_capabilities |= capability_bit(19);
        b.part->set_information(info);
        for (int i = 0; i < 4; ++i) w.add_handset({10, i * 1.0, 0}, paging_duty::low);
        w.start_all();
        w.run(1s);
        std::vector<std::unique_ptr<pages>> heard;
        for (auto& h : w.handsets) {
            heard.push_back(listen(w, *h));
            h->part->lock(band::eu, b.id);
        }
        w.run(6s);
        const auto asked = w.s.now();
        ASSERT_TRUE(b.part->page(page_for(7)));
        w.run(2s);
        std::set<std::int64_t> when;
        for (const auto& p : heard) {
            ASSERT_EQ(p->heard.size(), 1U);  // once, however often it was sent
            EXPECT_LE(p->heard[0].first - asked, (repetition ? 5 : 1) * multiframe);
            when.insert((p->heard[0].first - asked) / multiframe);
        }
        // Without page repetition a portable part does not enter low duty.
        EXPECT_EQ(when.size(), repetition ? 4U : 1U);
    }
}

TEST(paging, a_burst_that_says_release_has_no_page) {
    locked_pair w;
    const auto heard = listen(w, *w.h);
    int in_the_link = 0, afterwards = 0;
    for (std::uint32_t i = 0; i < 170; ++i) {  // RELEASE at every millisecond before and after the page
        w.link();
        heard->heard.clear();
        const auto asked = w.s.now();
        ASSERT_TRUE(w.b->part->page(page_for(0x1000 + i)));
        w.run(i * 1ms);
        w.b->part->release(w.b->link);
        w.run(1s);
        ASSERT_EQ(w.h->last("released")->link, w.h->link);
        if (heard->heard.empty()) continue;
        ASSERT_EQ(heard->heard.size(), 1U) << i;
        EXPECT_NE(heard->heard[0].first, w.h->last("released")->at) << i;
        (heard->heard[0].first < w.h->last("released")->at ? in_the_link : afterwards) += 1;
        EXPECT_LE(heard->heard[0].first - asked, multiframe + 10ms);
    }
    EXPECT_GT(in_the_link, 1);
    EXPECT_GT(afterwards, 1);
    EXPECT_GE(in_the_link + afterwards, 140);
    EXPECT_LT(in_the_link + afterwards, 170);
}

TEST(paging, is_heard_during_a_link_too) {
    locked_pair w;
    w.link();
    const auto heard = listen(w, *w.h);
    ASSERT_TRUE(w.b->part->page(page_for(5)));
    w.run(1s);
    EXPECT_EQ(heard->heard.size(), 1U);
}

TEST(paging, what_cannot_be_sent_in_time_is_refused_and_told) {
    locked_pair w;
    int accepted = 0;
    for (std::uint32_t i = 0; i < 100; ++i) accepted += w.b->part->page(page_for(i)) ? 1 : 0;
    EXPECT_GE(accepted, (T204_multiframes - 1) * 6);
    EXPECT_LE(accepted, T204_multiframes * 6);
    w.run(3s);
    int sent = 0, not_sent = 0;
    for (const auto& r : w.all<sim::record::page_sent>()) (r.sent ? sent : not_sent)++;
    EXPECT_EQ(sent, accepted);
    EXPECT_EQ(not_sent, 100 - accepted);
    EXPECT_FALSE(w.b->part->page({1, 2}));
    EXPECT_FALSE(w.b->part->page(sim::bytes(30, 0)));
    w.b->part->stop();
    EXPECT_FALSE(w.b->part->page(page_for(1)));
}

TEST(paging, costs_one_event_a_burst_and_nothing_otherwise) {
    locked_pair w;
    w.run(5s);
    EXPECT_EQ(w.events_in(60s), 0U);
    w.b->part->page(page_for(1));
    EXPECT_EQ(w.events_in(60s), 2U);  // the burst, and telling the user
    EXPECT_EQ(w.events_in(60s), 0U);
}

TEST(paging, stations_may_vanish_with_pages_on_their_way) {
    for (int when_ms = 0; when_ms < 400; when_ms += 13) {
        locked_pair w(static_cast<std::uint64_t>(when_ms) + 1);
        auto info = waiting_information();
        info.fixed_part_capabilities |= capability_bit(19);
        w.b->part->set_information(info);
        for (std::uint32_t i = 0; i < 10; ++i) w.b->part->page(page_for(i));
        w.run(duration{when_ms * 1'000'000'000LL});
        switch (when_ms % 4) {
            case 0:
                w.b->part->stop();
                break;
            case 1:
                w.bases.clear();
                break;
            case 2:
                w.handsets.clear();
                break;
            default:
                w.h->part->set_power(false);
        }
        w.run(10s);
    }
}

TEST(blind_slots, a_portable_part_is_told_by_zero_pages) {
    // Eleven links on one transceiver leave one slot pair; whoever knows that chooses it at once.
    world w(3);
    base& b = w.add_base({0, 0, 0}, {}, 11);
    for (int i = 0; i < 11; ++i) w.add_handset({10.0, i * 0.5, 0});
    w.start_all();
    w.run(1s);
    for (auto& h : w.handsets) h->part->lock(band::eu, b.id);
    w.run(6s);
    for (auto& h : w.handsets) {
        h->part->open_link();
        w.run(2s);
        ASSERT_EQ(h->count("established"), 1);
    }
    std::set<std::int64_t> slots;
    int vain = 0;
    for (const auto& r : w.all<sim::record::access_request>()) {
        if (r.outcome == "confirmed") {
            EXPECT_TRUE(slots.insert(r.slot).second);
        }
        vain += r.outcome == "confirmed" ? 0 : 1;
    }
    EXPECT_EQ(slots.size(), 11U);
    EXPECT_EQ(vain, 0);
}

}  // namespace
}  // namespace dectbed::radio::test
