// LAPC class B: establishment, window of three, busy receivers, reject and time-out recovery, SABM and DISC.
#include "radio/lapc_class_b.h"

#include <gtest/gtest.h>

#include <deque>

#include "radio/timers.h"
#include "sim/random.h"
#include "tests/radio/codec_property.h"

namespace dectbed::radio {
namespace {

dlc_frame decoded(const sim::bytes& octets) { return decode_dlc_frame(octets, 0).value(); }

struct pair_of_b {
    lapc_b pt{side::portable, 0, 4}, ft{side::fixed, 0, lln_unassigned};
    void establish() {
        const auto asked = pt.send({1});
        const auto answered = ft.receive(asked.frames.at(0));
        const auto done = pt.receive(answered.frames.at(0));
        ASSERT_EQ(done.acknowledged, 1);
        ASSERT_TRUE(pt.established() && ft.established());
    }
};

TEST(lapc_b, control_octets_are_the_standards) {
    // 7.11, with P/F: SABM, UA, DISC, DM, RR 5, RNR 5, REJ 5 with it, I 2/3.
    const auto control = [](dlc_kind kind, std::uint8_t which, std::uint8_t nr, bool pf) {
        dlc_frame f;
        f.kind = kind;
        f.unnumbered = which;
        f.receive_number = nr;
        f.poll_final = pf;
        f.link_number = 4;
        f.send_number = kind == dlc_kind::i ? 3 : 0;
        return encode(f, 0).value()[1];
    };
    EXPECT_EQ(control(dlc_kind::u, u_sabm, 0, true), 0x3F);
    EXPECT_EQ(control(dlc_kind::u, u_ua, 0, true), 0x73);
    EXPECT_EQ(control(dlc_kind::u, u_disc, 0, true), 0x53);
    EXPECT_EQ(control(dlc_kind::u, u_dm, 0, false), 0x0F);
    EXPECT_EQ(control(dlc_kind::rr, 0, 5, false), 0xA1);
    EXPECT_EQ(control(dlc_kind::rnr, 0, 5, false), 0xA5);
    EXPECT_EQ(control(dlc_kind::rej, 0, 5, true), 0xB9);
    EXPECT_EQ(control(dlc_kind::i, 0, 2, false), 0x46);
}

TEST(lapc_b, is_established_by_the_first_i_frame_with_poll) {
    pair_of_b e;
    const auto asked = e.pt.send({0x05, 0x54});
    ASSERT_EQ(asked.frames.size(), 1U);
    EXPECT_TRUE(asked.start_timer);
    EXPECT_EQ(e.pt.timer(), DL_02);
    EXPECT_EQ(e.pt.state(), lapc_b_state::establishing);
    // NLF, LLN 4, command of a portable part: C/R 0; N(R) 0, P, N(S) 0.
    EXPECT_EQ(asked.frames[0][0], 0xC1);
    EXPECT_EQ(asked.frames[0][1], 0x10);
    EXPECT_TRUE(e.pt.send({0x05, 0x55}).frames.empty());  // window 1 until then

    const auto answered = e.ft.receive(asked.frames[0]);
    ASSERT_EQ(answered.messages.size(), 1U);
    ASSERT_EQ(answered.frames.size(), 1U);
    // A response of the fixed part: C/R 0; RR with N(R) 1 and F.
    EXPECT_EQ(answered.frames[0][0], 0xC1);
    EXPECT_EQ(answered.frames[0][1], 0x31);
    EXPECT_EQ(e.ft.state(), lapc_b_state::multi_frame);

    const auto done = e.pt.receive(answered.frames[0]);
    EXPECT_EQ(done.acknowledged, 1);
    ASSERT_EQ(done.frames.size(), 1U);  // the one that waited
    EXPECT_EQ(done.frames[0][0], 0x41);
    EXPECT_EQ(done.frames[0][1], 0x02);  // N(S) 1
    EXPECT_TRUE(done.start_timer);
    EXPECT_EQ(e.pt.timer(), DL_04);
}

TEST(lapc_b, a_fixed_part_asks_with_the_unassigned_number_and_the_portable_part_chooses) {
    lapc_b pt(side::portable, 0, 5), ft(side::fixed, 0, lln_unassigned);
    const auto asked = ft.send({9});
    EXPECT_EQ(decoded(asked.frames.at(0)).link_number, lln_unassigned);
    const auto answered = pt.receive(asked.frames[0]);
    EXPECT_EQ(decoded(answered.frames.at(0)).link_number, 5);
    EXPECT_EQ(ft.receive(answered.frames[0]).acknowledged, 1);
    EXPECT_EQ(decoded(ft.send({8}).frames.at(0)).link_number, 5);
}

TEST(lapc_b, window_is_three) {
    pair_of_b e;
    e.establish();
    std::vector<sim::bytes> sent;
    for (std::uint8_t i = 0; i < 5; ++i)
        for (auto& f : e.pt.send({i}).frames) sent.push_back(f);
    ASSERT_EQ(sent.size(), 3U);
    for (std::uint8_t i = 0; i < 3; ++i) EXPECT_EQ(decoded(sent[i]).send_number, i + 1);
    const auto rr = e.ft.receive(sent[0]);
    EXPECT_EQ(decoded(rr.frames.at(0)).receive_number, 2);
    const auto more = e.pt.receive(rr.frames[0]);
    ASSERT_EQ(more.frames.size(), 1U);
    EXPECT_EQ(decoded(more.frames[0]).send_number, 4);
    EXPECT_TRUE(more.start_timer);  // something is outstanding still
}

TEST(lapc_b, a_lost_frame_is_asked_for_once_by_rej) {
    pair_of_b e;
    e.establish();
    std::vector<sim::bytes> sent;
    for (std::uint8_t i = 0; i < 3; ++i) sent.push_back(e.pt.send({i}).frames.at(0));
    auto rej = e.ft.receive(sent[1]);  // the first one is lost
    ASSERT_EQ(rej.frames.size(), 1U);
    EXPECT_EQ(decoded(rej.frames[0]).kind, dlc_kind::rej);
    EXPECT_EQ(decoded(rej.frames[0]).receive_number, 1);
    EXPECT_TRUE(rej.messages.empty());
    EXPECT_TRUE(e.ft.receive(sent[2]).frames.empty());
    const auto again = e.pt.receive(rej.frames[0]);
    ASSERT_EQ(again.frames.size(), 3U);
    for (std::uint8_t i = 0; i < 3; ++i) {
        EXPECT_EQ(decoded(again.frames[i]).send_number, i + 1);
        EXPECT_EQ(e.ft.receive(again.frames[i]).messages.at(0), sim::bytes{i});
    }
}

TEST(lapc_b, a_lost_last_frame_is_found_by_asking) {
    pair_of_b e;
    e.establish();
    (void)e.pt.send({7});  // lost
    const auto ask = e.pt.timer_expired();
    EXPECT_EQ(e.pt.state(), lapc_b_state::timer_recovery);
    ASSERT_EQ(ask.frames.size(), 1U);
    EXPECT_EQ(decoded(ask.frames[0]).kind, dlc_kind::rr);
    EXPECT_TRUE(decoded(ask.frames[0]).poll_final);
    EXPECT_TRUE(e.pt.send({8}).frames.empty());  // waits, too
    const auto answer = e.ft.receive(ask.frames[0]);
    EXPECT_TRUE(decoded(answer.frames.at(0)).poll_final);
    const auto again = e.pt.receive(answer.frames[0]);
    ASSERT_EQ(again.frames.size(), 2U);
    EXPECT_EQ(e.ft.receive(again.frames[0]).messages.at(0), sim::bytes{7});
    EXPECT_EQ(e.ft.receive(again.frames[1]).messages.at(0), sim::bytes{8});
}

TEST(lapc_b, a_busy_receiver_stops_the_sender_and_starts_it_again) {
    pair_of_b e;
    e.establish();
    const auto busy = e.ft.set_busy(true);
    EXPECT_EQ(decoded(busy.frames.at(0)).kind, dlc_kind::rnr);
    const auto crossing = e.pt.send({1});
    EXPECT_TRUE(e.ft.receive(crossing.frames.at(0)).messages.empty());
    (void)e.pt.receive(busy.frames[0]);
    EXPECT_TRUE(e.pt.peer_busy());
    EXPECT_TRUE(e.pt.send({2}).frames.empty());
    // It asks for as long as it takes.
    for (int i = 0; i < 5; ++i) {
        const auto ask = e.pt.timer_expired();
        ASSERT_EQ(ask.frames.size(), 1U);
        const auto still = e.ft.receive(ask.frames[0]);
        EXPECT_EQ(decoded(still.frames.at(0)).kind, dlc_kind::rnr);
        EXPECT_TRUE(e.pt.receive(still.frames[0]).frames.empty());
        EXPECT_EQ(e.pt.state(), lapc_b_state::multi_frame);
    }
    const auto ready = e.ft.set_busy(false);
    EXPECT_EQ(decoded(ready.frames.at(0)).kind, dlc_kind::rr);
    (void)e.pt.receive(ready.frames[0]);
    EXPECT_FALSE(e.pt.peer_busy());
    const auto answer = e.ft.receive(e.pt.timer_expired().frames.at(0));
    const auto again = e.pt.receive(answer.frames.at(0));
    ASSERT_EQ(again.frames.size(), 2U);
    EXPECT_EQ(e.ft.receive(again.frames[0]).messages.at(0), sim::bytes{1});
    EXPECT_EQ(e.ft.receive(again.frames[1]).messages.at(0), sim::bytes{2});
}

TEST(lapc_b, n250_questions_in_vain_establish_it_anew_by_sabm) {
    pair_of_b e;
    e.establish();
    (void)e.pt.send({7});
    for (int i = 0; i < N250; ++i) EXPECT_EQ(decoded(e.pt.timer_expired().frames.at(0)).kind, dlc_kind::rr);
    const auto sabm = e.pt.timer_expired();
    EXPECT_EQ(e.pt.state(), lapc_b_state::re_establishing);
    EXPECT_EQ(sabm.frames.at(0)[0], 0xC1);
    EXPECT_EQ(sabm.frames.at(0)[1], 0x3F);
    const auto ua = e.ft.receive(sabm.frames[0]);
    EXPECT_EQ(ua.frames.at(0)[1], 0x73);
    EXPECT_TRUE(ua.reestablished);
    const auto done = e.pt.receive(ua.frames[0]);
    EXPECT_TRUE(done.reestablished);
    EXPECT_EQ(done.lost, 1);
    EXPECT_TRUE(e.pt.established() && e.ft.established());
    EXPECT_EQ(decoded(e.pt.send({8}).frames.at(0)).send_number, 0);
    // And if nobody answers SABM either:
    lapc_b alone(side::portable, 0);
    (void)alone.send({1});
    for (int i = 0; i < N250; ++i) EXPECT_EQ(alone.timer_expired().frames.size(), 1U);
    EXPECT_TRUE(alone.timer_expired().failed);
    EXPECT_EQ(alone.state(), lapc_b_state::failed);
}

TEST(lapc_b, a_number_that_cannot_be_establishes_it_anew) {
    pair_of_b e;
    e.establish();
    dlc_frame f;
    f.kind = dlc_kind::rr;
    f.link_number = 4;
    f.command_bit = command_bit_of(side::fixed, false);
    f.receive_number = 5;  // four were never sent
    const auto out = e.pt.receive(encode(f, 0).value());
    EXPECT_EQ(decoded(out.frames.at(0)).unnumbered, u_sabm);
    EXPECT_EQ(e.pt.state(), lapc_b_state::re_establishing);
}

TEST(lapc_b, is_released_by_disc_after_everything_was_taken) {
    pair_of_b e;
    e.establish();
    const auto sent = e.pt.send({3});
    EXPECT_TRUE(e.pt.release().frames.empty());
    const auto rr = e.ft.receive(sent.frames.at(0));
    const auto disc = e.pt.receive(rr.frames.at(0));
    ASSERT_EQ(disc.frames.size(), 1U);
    EXPECT_EQ(disc.frames[0][1], 0x53);
    EXPECT_EQ(e.pt.timer(), DL_00);
    const auto ua = e.ft.receive(disc.frames[0]);
    EXPECT_TRUE(ua.released);
    EXPECT_TRUE(e.pt.receive(ua.frames.at(0)).released);
    EXPECT_EQ(e.pt.state(), lapc_b_state::unlinked);
    const auto dm = e.ft.receive(disc.frames[0]);  // once more: nothing is there
    EXPECT_EQ(dm.frames.at(0)[1], 0x1F);
    // Nobody answers: over after DL.00 all the same.
    pair_of_b alone;
    alone.establish();
    (void)alone.pt.release();
    EXPECT_TRUE(alone.pt.timer_expired().released);
}

TEST(lapc_b, a_refusal_hands_the_messages_back_for_class_a) {
    for (const bool accepted : {true, false}) {
        lapc_b pt(side::portable, 0);
        (void)pt.send({1});
        (void)pt.send(sim::bytes(100, 2));
        const auto out = pt.receive(lapc_b::refusal(side::fixed, 0, accepted));
        EXPECT_TRUE(out.refused);
        EXPECT_TRUE(out.stop_timer);
        auto left = pt.take_unsent();
        ASSERT_EQ(left.size(), accepted ? 1U : 2U);
        EXPECT_EQ(left.back(), sim::bytes(100, 2));
    }
}

TEST(lapc_b, foreign_and_broken_frames_are_counted_and_ignored) {
    pair_of_b e;
    e.establish();
    const auto good = e.pt.send({1}).frames.at(0);
    EXPECT_TRUE(e.pt.receive(good).frames.empty());  // its own
    auto broken = good;
    broken[3] ^= 0x40;
    EXPECT_TRUE(e.ft.receive(broken).frames.empty());
    dlc_frame other = decoded(good);
    other.link_number = 3;
    EXPECT_TRUE(e.ft.receive(encode(other, 0).value()).frames.empty());
    EXPECT_TRUE(e.ft.receive({}).frames.empty());
    EXPECT_EQ(e.pt.discarded(), 1U);
    EXPECT_EQ(e.ft.discarded(), 3U);
    EXPECT_EQ(e.ft.receive(good).messages.at(0), sim::bytes{1});
}

/// Two entities and a way that loses some frames, until nothing is left to be done.
struct lossy_way {
    sim::random_stream r;
    lapc_b ft{side::fixed, 0x5A5A, lln_unassigned}, pt{side::portable, 0x5A5A};
    std::deque<std::pair<side, sim::bytes>> way;
    std::vector<sim::bytes> got[2];
    bool timer[2] = {false, false};
    int acknowledged = 0, most_outstanding = 0, rejects = 0, anew = 0;
    double loss;
    bool may_fail = false;
    lossy_way(std::uint64_t seed, double lost) : r(seed, "test", "lapc class b"), loss(lost) {}
    lapc_b& entity(side s) { return s == side::fixed ? ft : pt; }
    void apply(side s, lapc_actions a) {
        const auto i = static_cast<std::size_t>(s);
        if (a.stop_timer) timer[i] = false;
        if (a.start_timer) timer[i] = true;
        for (auto& m : a.messages) got[i].push_back(m);
        int i_frames = 0;
        for (auto& f : a.frames) {
            const auto d = decode_dlc_frame(f, 0x5A5A).value();
            i_frames += d.kind == dlc_kind::i ? 1 : 0;
            rejects += d.kind == dlc_kind::rej ? 1 : 0;
            if (!r.chance(loss)) way.emplace_back(s == side::fixed ? side::portable : side::fixed, f);
        }
        most_outstanding = std::max(most_outstanding, i_frames);
        acknowledged += a.acknowledged;
        anew += a.reestablished ? 1 : 0;
        ASSERT_TRUE(may_fail || !a.failed);
    }
    bool step() {
        if (!way.empty()) {
            auto [to, frame] = way.front();
            way.pop_front();
            apply(to, entity(to).receive(frame));
            return true;
        }
        for (side s : {side::fixed, side::portable})
            if (timer[static_cast<std::size_t>(s)]) {
                timer[static_cast<std::size_t>(s)] = false;
                apply(s, entity(s).timer_expired());
                return true;
            }
        return false;
    }
};

TEST(lapc_b, random_traffic_over_a_lossy_way_arrives_once_and_in_order) {
    int rejects = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        lossy_way w(seed, 0.03);
        std::vector<sim::bytes> sent[2];
        w.apply(side::portable, w.pt.send({0}));
        sent[1].push_back({0});
        while (!w.pt.established() || !w.ft.established()) ASSERT_TRUE(w.step());
        for (int i = 0; i < 60; ++i) {
            const side s = w.r.chance(0.5) ? side::fixed : side::portable;
            sim::bytes m(1 + w.r.below(200));
            for (auto& octet : m) octet = static_cast<std::uint8_t>(w.r.below(256));
            sent[static_cast<std::size_t>(s)].push_back(m);
            w.apply(s, w.entity(s).send(m));
            if (w.r.chance(0.05)) {
                w.apply(s, w.entity(s).set_busy(true));
                for (std::uint64_t k = w.r.below(5); k > 0; --k) (void)w.step();
                w.apply(s, w.entity(s).set_busy(false));
            }
            for (std::uint64_t k = w.r.below(6); k > 0; --k) (void)w.step();
        }
        for (int guard = 0; guard < 20'000 && w.step(); ++guard) {
        }
        ASSERT_EQ(w.anew, 0) << seed;
        ASSERT_TRUE(w.got[0] == sent[1]) << seed;
        ASSERT_TRUE(w.got[1] == sent[0]) << seed;
        ASSERT_EQ(w.acknowledged, 61) << seed;
        ASSERT_TRUE(w.pt.idle() && w.ft.idle());
        EXPECT_LE(w.most_outstanding, 3);
        rejects += w.rejects;
    }
    EXPECT_GT(rejects, 100);
}

TEST(lapc_b, a_very_bad_way_may_lose_messages_but_neither_order_nor_the_link) {
    int anew = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        lossy_way w(seed, 0.0);
        w.may_fail = true;
        w.apply(side::portable, w.pt.send({0}));
        while (!w.pt.established() || !w.ft.established()) ASSERT_TRUE(w.step());
        std::vector<std::uint8_t> sent;
        for (std::uint8_t i = 1; i < 100; ++i) {
            w.loss = i % 10 == 0 ? 0.7 : 0.05;
            w.apply(side::portable, w.pt.send({i}));
            for (int k = 0; k < 12; ++k) (void)w.step();
            if (w.pt.state() == lapc_b_state::failed || w.ft.state() == lapc_b_state::failed) break;
        }
        w.loss = 0;
        for (int guard = 0; guard < 2000 && w.step(); ++guard) {
        }
        for (std::size_t i = 1; i < w.got[0].size(); ++i) ASSERT_LT(w.got[0][i - 1][0], w.got[0][i][0]) << seed;
        ASSERT_GE(static_cast<int>(w.got[0].size()), w.acknowledged);
        anew += w.anew;
    }
    EXPECT_GT(anew, 0);
}

TEST(lapc_b, random_frames_do_no_harm) {
    sim::random_stream r(11, "test", "lapc class b noise");
    for (int round = 0; round < 300; ++round) {
        pair_of_b e;
        e.establish();
        for (int i = 0; i < 60; ++i) {
            dlc_frame f;
            f.kind = static_cast<dlc_kind>(r.below(5));
            f.link_number = static_cast<std::uint8_t>(r.chance(0.8) ? 4 : r.below(8));
            f.command_bit = r.chance(0.5);
            f.new_link = r.chance(0.3);
            f.poll_final = r.chance(0.5);
            f.receive_number = static_cast<std::uint8_t>(f.kind == dlc_kind::u ? 0 : r.below(8));
            f.send_number = static_cast<std::uint8_t>(f.kind == dlc_kind::i ? r.below(8) : 0);
            constexpr std::uint8_t kinds[] = {u_sabm, u_dm, u_disc, u_ua, 0x03};
            f.unnumbered = f.kind == dlc_kind::u ? kinds[r.below(5)] : std::uint8_t{0};
            f.information.resize(r.below(4));
            const auto octets = encode(f, 0).value();
            (void)e.pt.receive(octets);
            (void)e.ft.receive(octets);
            if (r.chance(0.2)) (void)e.pt.send({1});
            if (r.chance(0.2)) (void)e.pt.timer_expired();
            if (r.chance(0.05)) (void)e.pt.set_busy(r.chance(0.5));
            if (r.chance(0.02)) (void)e.pt.release();
        }
    }
}

}  // namespace
}  // namespace dectbed::radio
