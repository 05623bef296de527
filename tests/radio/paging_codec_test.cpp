// Pages as octets and tails, and the frames they go out in.
#include <gtest/gtest.h>

#include <set>

#include "radio/page_schedule.h"
#include "radio/paging.h"
#include "radio/timers.h"
#include "sim/random.h"

namespace dectbed::radio {
namespace {

TEST(paging_codec, refuses_what_does_not_fit) {
    for (std::size_t n : {0U, 1U, 2U, 4U, 6U, 30U}) {
        EXPECT_FALSE(page_tail(sim::bytes(n, 0), false));
    }
    EXPECT_FALSE(page_tail(sim::bytes(3, 0), false, 16, 0));
    EXPECT_FALSE(page_tail(sim::bytes(3, 0), false, 0, 0x1000));
    EXPECT_FALSE(paged_message(tail::page_other{false, 4, 0}));
}

TEST(paging_codec, messages_travel_in_tails) {
    sim::random_stream r(7, "test", "pages");
    for (int i = 0; i < 2000; ++i) {
        sim::bytes message(r.below(2) == 0 ? short_page_octets : full_page_octets);
        for (auto& o : message) o = static_cast<std::uint8_t>(r.below(256));
        message[0] &= 0x0F;  // the rest of the first octet is not sent
        const bool extend = r.below(2) == 0;
        a_field a;
        a.content = page_tail(message, extend, blind_full_slots, 0x0FF).value();
        const auto on_air = encode(a, side::fixed);
        ASSERT_TRUE(on_air);
        EXPECT_EQ(on_air.value()[0] >> 5, 7);  // PT
        const auto heard = decode_a_field(on_air.value(), side::fixed);
        ASSERT_TRUE(heard);
        const auto& t = std::get<tail::page_other>(heard.value().content);
        EXPECT_EQ(t.extend, extend);
        EXPECT_EQ(paged_message(t).value(), message);
    }
}

TEST(page_schedule, first_page_takes_frame_0_and_further_ones_extend) {
    page_schedule s;
    const auto of = [&](std::uint8_t n) { return s.add({0, 0, n}, false, false, 100); };
    const std::int64_t m = 7;  // frame 112 is the first frame 0 from frame 100 on
    const int expected[] = {0, 2, 4, 6, 10, 12};
    for (std::uint8_t n = 0; n < 6; ++n) {
        const auto places = of(n);
        ASSERT_EQ(places.size(), 1U);
        EXPECT_EQ(places[0].frame(), m * 16 + expected[n]);
    }
    EXPECT_EQ(of(6)[0].frame(), (m + 1) * 16);
    for (int place = 0; place < 6; ++place) EXPECT_EQ(s.extended(m * 16 + expected[place]), place < 5);
    EXPECT_FALSE(s.extended((m + 1) * 16));
    EXPECT_EQ(s.at(m * 16 + 4)->message[2], 2);
    EXPECT_EQ(s.at(m * 16 + 8), nullptr);
}

TEST(page_schedule, a_page_for_low_duty_is_repeated_in_the_three_multiframes_that_follow) {
    page_schedule s;
    const auto places = s.add({1, 2, 3}, false, true, 0);
    ASSERT_EQ(places.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(places[i].frame(), static_cast<std::int64_t>(i) * 16);
        EXPECT_EQ(s.at(places[i].frame())->transmission, static_cast<int>(i) + 1);
    }
    // Repeats come first: a page asked for a multiframe later finds frame 0 taken.
    EXPECT_EQ(s.add({4, 5, 6}, false, true, 1)[0].frame(), 16 + 2);
}

TEST(page_schedule, nothing_is_sent_that_is_older_than_t204) {
    page_schedule s;
    int placed = 0, refused = 0;
    for (int i = 0; i < 60; ++i) {
        const auto places = s.add({0, 0, static_cast<std::uint8_t>(i)}, false, false, 1);
        placed += places.empty() ? 0 : 1;
        refused += places.empty() ? 1 : 0;
        for (const auto& p : places) EXPECT_LE(p.frame(), 1 + T204_multiframes * 16);
    }
    EXPECT_EQ(placed, 5 * 6 + 1);  // frames 16 to 97
    EXPECT_EQ(refused, 60 - placed);
}

TEST(page_schedule, a_fast_page_takes_any_frame_of_the_multiframe_under_way) {
    page_schedule s;
    EXPECT_EQ(s.add({0, 0, 1}, true, false, 3)[0].frame(), 4);
    EXPECT_EQ(s.add({0, 0, 2}, true, false, 3)[0].frame(), 6);
    EXPECT_FALSE(s.extended(4));  // nobody who listens to frame 0 only is told of it
    EXPECT_EQ(s.add({0, 0, 3}, true, false, 13)[0].frame(), 16);
    EXPECT_EQ(s.add({0, 0, 4}, true, false, 16)[0].frame(), 18);
    EXPECT_TRUE(s.extended(16));
}

TEST(page_schedule, t205_leaves_a_frame_0_to_nt_however_many_pages_there_are) {
    page_schedule s;
    for (std::int64_t frame = 1; frame < 200 * 16; frame += 4) s.add({9, 9, 9}, false, false, frame);
    std::int64_t longest = 0, row = 0;
    for (std::int64_t m = 1; m < 200; ++m) {
        row = s.occupied(m) ? row + 1 : 0;
        longest = std::max(longest, row);
    }
    EXPECT_EQ(longest, T205_multiframes - 1);
}

TEST(page_schedule, random_requests_keep_the_rules_of_the_t_mux) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        sim::random_stream r(seed, "test", "pages");
        page_schedule s;
        std::set<std::int64_t> taken;
        std::int64_t next = 0;
        for (int i = 0; i < 200; ++i) {
            next += static_cast<std::int64_t>(r.below(12));
            for (const auto& p : s.add({0, 0, static_cast<std::uint8_t>(i)}, r.below(4) == 0, r.below(2) == 0, next)) {
                EXPECT_GE(p.frame(), next);
                EXPECT_GE(page_place(static_cast<int>(p.frame() & 15)), 0);
                EXPECT_TRUE(taken.insert(p.frame()).second) << "seed " << seed;
            }
        }
        for (std::int64_t f : taken) {
            ASSERT_NE(s.at(f), nullptr);
            const int place = page_place(static_cast<int>(f & 15));
            // A normal page in a later frame: every earlier one of the multiframe said so.
            if (s.at(f)->fast) continue;
            for (int before = 0; before < place; ++before)
                EXPECT_TRUE(s.extended((f & ~15) + page_frames[static_cast<std::size_t>(before)])) << "seed " << seed;
        }
        s.forget_before(next >> 4);
        for (std::int64_t f : taken)
            if (f >> 4 < next >> 4) {
                EXPECT_EQ(s.at(f), nullptr);
            }
    }
}

}  // namespace
}  // namespace dectbed::radio
