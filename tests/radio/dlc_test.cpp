#include <gtest/gtest.h>

#include "radio/checksums.h"
#include "radio/dlc_frame.h"
#include "radio/lapc.h"
#include "radio/timers.h"
#include "sim/random.h"
#include "tests/radio/codec_property.h"

namespace dectbed::radio {
namespace {

dlc_frame first_i_frame() {
    dlc_frame f;
    f.new_link = true;
    f.command_bit = command_bit_of(side::portable, true);
    f.information = sim::from_hex("0550780105").value();
    return f;
}

TEST(dlc_frame, first_i_frame_of_a_portable_part) {
    const auto octets = encode(first_i_frame(), 0).value();
    // NLF, LLN 1, command 0 | I 0,0 | length 5 | information | checksum
    EXPECT_EQ(sim::to_hex(octets).substr(0, 16), "9100150550780105");
    EXPECT_EQ(octets.size(), 10U);
    EXPECT_TRUE(fletcher_holds(octets, 0));
    EXPECT_FALSE(fletcher_holds(octets, 0x1234));
    unsigned s = 0, w = 0;
    for (std::size_t i = 0; i < octets.size(); ++i) {
        s += octets[i];
        w += static_cast<unsigned>(i + 1) * octets[i];
    }
    EXPECT_EQ(s % 255, 0U);
    EXPECT_EQ(w % 255, 0U);
}

TEST(dlc_frame, response_of_a_fixed_part) {
    dlc_frame f;
    f.new_link = true;
    f.command_bit = command_bit_of(side::fixed, false);
    f.kind = dlc_kind::rr;
    f.receive_number = 1;
    const auto octets = encode(f, 0).value();
    EXPECT_EQ(sim::to_hex(octets).substr(0, 6), "912101");
    EXPECT_EQ(octets.size(), 5U);
}

TEST(dlc_frame, lengths_are_multiples_of_a_segment) {
    EXPECT_EQ(frame_octets(0), 5U);
    EXPECT_EQ(frame_octets(22), 30U);  // the standard's example, 7.7.3
    EXPECT_EQ(frame_octets(63), 70U);
    for (std::size_t n = 0; n <= 63; ++n) {
        dlc_frame f = first_i_frame();
        f.information.assign(n, 0xA5);
        const auto octets = encode(f, 0xBEEF).value();
        ASSERT_EQ(octets.size() % 5, 0U);
        ASSERT_EQ(announced_length(octets), octets.size());
        ASSERT_EQ(decode_dlc_frame(octets, 0xBEEF).value().information, f.information);
        test::expect_every_truncation_refused(octets, [](sim::byte_view v) { return decode_dlc_frame(v, 0xBEEF); });
    }
}

TEST(dlc_frame, what_is_wrong_is_refused_where_it_is) {
    const auto good = encode(first_i_frame(), 0).value();
    auto bad = good;
    bad[0] = 0x90;
    EXPECT_EQ(decode_dlc_frame(bad, 0).error().offset, 0U);
    bad = good;
    bad[5] ^= 1U;
    EXPECT_EQ(decode_dlc_frame(bad, 0).error().offset, 8U);
    bad = good;
    bad.push_back(0xF0);
    EXPECT_EQ(decode_dlc_frame(bad, 0).error().offset, 10U);
    dlc_frame filled = first_i_frame();
    filled.information.resize(1);
    bad = encode(filled, 0).value();
    bad[5] = 0;
    EXPECT_EQ(decode_dlc_frame(bad, 0).error().offset, 5U);
    filled.information.resize(64);
    EXPECT_FALSE(encode(filled, 0));
}

TEST(dlc_frame, random_frames_go_there_and_back) {
    sim::random_stream r(4, "test", "dlc");
    for (int i = 0; i < 20'000; ++i) {
        dlc_frame f;
        f.new_link = r.chance(0.5);
        f.link_number = static_cast<std::uint8_t>(r.below(8));
        f.sapi = static_cast<std::uint8_t>(r.below(4));
        f.command_bit = r.chance(0.5);
        f.poll_final = r.chance(0.5);
        f.more = r.chance(0.5);
        f.kind = static_cast<dlc_kind>(r.below(5));
        if (f.kind == dlc_kind::u) {
            f.unnumbered = static_cast<std::uint8_t>((r.below(256) & 0xEC) | 0x03);
        } else {
            f.receive_number = static_cast<std::uint8_t>(r.below(8));
            if (f.kind == dlc_kind::i) f.send_number = static_cast<std::uint8_t>(r.below(8));
        }
        f.information.resize(r.below(64));
        for (auto& octet : f.information) octet = static_cast<std::uint8_t>(r.below(256));
        const auto lsig = static_cast<std::uint16_t>(r.below(0x10000));
        const auto octets = encode(f, lsig).value();
        const auto back = decode_dlc_frame(octets, lsig);
        ASSERT_TRUE(back) << back.error().reason;
        ASSERT_EQ(encode(back.value(), lsig).value(), octets);
        ASSERT_EQ(back.value().kind, f.kind);
        ASSERT_EQ(back.value().information, f.information);
    }
}

struct pair_of_entities {
    lapc pt{side::portable, 0}, ft{side::fixed, 0};
};

TEST(lapc, first_message_establishes_the_link) {
    pair_of_entities e;
    auto out = e.pt.send({0x05, 0x50});
    ASSERT_EQ(out.frames.size(), 1U);
    EXPECT_TRUE(out.start_timer);
    EXPECT_EQ(e.pt.state(), lapc_state::establishing);
    EXPECT_EQ(e.pt.timer(), DL_07);
    EXPECT_TRUE(decode_dlc_frame(out.frames[0], 0).value().new_link);

    auto in = e.ft.receive(out.frames[0]);
    ASSERT_EQ(in.messages.size(), 1U);
    EXPECT_EQ(in.messages[0], (sim::bytes{0x05, 0x50}));
    ASSERT_EQ(in.frames.size(), 1U);
    const auto rr = decode_dlc_frame(in.frames[0], 0).value();
    EXPECT_TRUE(rr.new_link);
    EXPECT_EQ(rr.kind, dlc_kind::rr);
    EXPECT_EQ(rr.receive_number, 1);
    EXPECT_EQ(e.ft.state(), lapc_state::established);

    auto done = e.pt.receive(in.frames[0]);
    EXPECT_EQ(done.acknowledged, 1);
    EXPECT_TRUE(done.stop_timer);
    EXPECT_EQ(e.pt.state(), lapc_state::established);

    out = e.pt.send({0x05, 0x51});
    EXPECT_FALSE(decode_dlc_frame(out.frames[0], 0).value().new_link);
    EXPECT_EQ(decode_dlc_frame(out.frames[0], 0).value().send_number, 1);
}

TEST(lapc, window_is_one) {
    pair_of_entities e;
    auto first = e.pt.send({1});
    EXPECT_TRUE(e.pt.send({2}).frames.empty());
    auto answer = e.ft.receive(first.frames[0]);
    auto second = e.pt.receive(answer.frames[0]);
    ASSERT_EQ(second.frames.size(), 1U);
    EXPECT_TRUE(second.start_timer);
    EXPECT_EQ(e.ft.receive(second.frames[0]).messages[0], sim::bytes{2});
}

TEST(lapc, a_lost_acknowledgement_does_not_deliver_twice) {
    pair_of_entities e;
    auto sent = e.pt.send({1});
    (void)e.ft.receive(sent.frames[0]);  // its answer is lost
    auto again = e.pt.timer_expired();
    ASSERT_EQ(again.frames.size(), 1U);
    EXPECT_EQ(decode_dlc_frame(again.frames[0], 0).value().send_number, 0);
    auto answer = e.ft.receive(again.frames[0]);
    EXPECT_TRUE(answer.messages.empty());
    ASSERT_EQ(answer.frames.size(), 1U);
    EXPECT_EQ(e.pt.receive(answer.frames[0]).acknowledged, 1);
}

TEST(lapc, gives_up_after_n250_retransmissions) {
    lapc pt(side::portable, 0);
    (void)pt.send({1});
    for (int i = 0; i < N250; ++i) EXPECT_EQ(pt.timer_expired().frames.size(), 1U);
    EXPECT_TRUE(pt.timer_expired().failed);
    EXPECT_EQ(pt.state(), lapc_state::failed);
    EXPECT_TRUE(pt.send({2}).frames.empty());
}

TEST(lapc, foreign_and_broken_frames_are_counted_and_ignored) {
    pair_of_entities e;
    auto sent = e.pt.send({1});
    EXPECT_TRUE(e.pt.receive(sent.frames[0]).frames.empty());  // its own: wrong C/R
    auto broken = sent.frames[0];
    broken[4] ^= 0x10;
    EXPECT_TRUE(e.ft.receive(broken).frames.empty());
    dlc_frame class_b = first_i_frame();
    class_b.link_number = 2;
    EXPECT_TRUE(e.ft.receive(encode(class_b, 0).value()).frames.empty());
    EXPECT_EQ(e.ft.discarded(), 2U);
    EXPECT_EQ(e.pt.discarded(), 1U);
    EXPECT_EQ(e.ft.state(), lapc_state::unlinked);
}

TEST(lapc, random_traffic_over_a_lossy_way_arrives_once_and_in_order) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        sim::random_stream r(seed, "test", "lapc");
        pair_of_entities e;
        std::deque<std::pair<side, sim::bytes>> way;
        std::vector<sim::bytes> sent[2], got[2];
        int acknowledged = 0;
        bool timer[2] = {false, false};
        const auto apply = [&](side s, lapc_actions a) {
            const auto i = static_cast<std::size_t>(s);
            if (a.stop_timer) timer[i] = false;
            if (a.start_timer) timer[i] = true;
            for (auto& m : a.messages) got[i].push_back(m);
            for (auto& f : a.frames)
                if (!r.chance(0.02)) way.emplace_back(s == side::fixed ? side::portable : side::fixed, f);
            acknowledged += a.acknowledged;
            ASSERT_FALSE(a.failed);
        };
        const auto entity = [&](side s) -> lapc& { return s == side::fixed ? e.ft : e.pt; };
        for (int i = 0; i < 40; ++i) {
            const side s = r.chance(0.5) ? side::fixed : side::portable;
            sim::bytes m(1 + r.below(150));
            for (auto& octet : m) octet = static_cast<std::uint8_t>(r.below(256));
            sent[static_cast<std::size_t>(s)].push_back(m);
            apply(s, entity(s).send(m));
            for (int k = 0; k < 50; ++k) {
                if (!way.empty()) {
                    auto [to, frame] = way.front();
                    way.pop_front();
                    apply(to, entity(to).receive(frame));
                } else if (timer[0]) {
                    timer[0] = false;
                    apply(side::fixed, e.ft.timer_expired());
                } else if (timer[1]) {
                    timer[1] = false;
                    apply(side::portable, e.pt.timer_expired());
                }
            }
        }
        EXPECT_TRUE(got[0] == sent[1]) << seed;
        EXPECT_TRUE(got[1] == sent[0]) << seed;
        EXPECT_EQ(acknowledged, 40);
        EXPECT_TRUE(e.pt.idle() && e.ft.idle());
    }
}

}  // namespace
}  // namespace dectbed::radio
