// What a fixed part tells many at once: the connectionless link, {CLMS-FIXED} by long pages; who hears them, when, and
// what they cost.
#include "radio/connectionless.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "radio/capture/burst_frame.h"
#include "radio/capture/observer.h"
#include "radio/capture/session.h"
#include "radio/nwk/clms_fixed.h"
#include "radio/nwk/lce_page.h"
#include "radio/page_schedule.h"
#include "radio/paging.h"
#include "radio/portable_identity.h"
#include "radio/timers.h"
#include "sim/random.h"
#include "tests/radio/locked_pair.h"

namespace dectbed::radio::test {
namespace {

using ::testing::HasSubstr;

constexpr duration multiframe = 16 * frame_nominal;

sim::bytes octets(const char* hex) { return sim::from_hex(hex).value(); }

/// {CLMS-VARIABLE} to everybody with so many octets in all: portable identity (TPUI CCFFF), then a proprietary element.
sim::bytes variable(std::size_t size) {
    sim::bytes m = octets(
        "0601"
        "0505a0940ccfff"
        "7b");
    m.push_back(static_cast<std::uint8_t>(size - m.size() - 1));
    while (m.size() < size) m.push_back(static_cast<std::uint8_t>(m.size()));
    return m;
}

sim::bytes announcement() { return nwk::encode(nwk::short_page{nwk::lce_header::no_u_plane, true, 0xCFFF}).value(); }

void offer_downlink(base& b) {
    auto i = waiting_information();
    i.fixed_part_capabilities |= capability_bit(connectionless_downlink) | capability_bit(message_service);
    b.part->set_information(i);
}

/// A base whose capabilities offer the connectionless downlink, and what its handset hears.
struct offering_pair : locked_pair {
    std::vector<std::pair<time_point, sim::bytes>> heard;
    explicit offering_pair(std::uint64_t seed = 1, double distance = 10) : locked_pair(seed, distance) {
        offer_downlink(*b);
        run(3s);
        h->on_broadcast = [this](sim::byte_view m) { heard.emplace_back(s.now(), sim::to_bytes(m)); };
    }
};

// --- octets ------------------------------------------------------------------------------------------------------

TEST(connectionless, a_message_is_one_ui_frame_of_class_u) {
    // EN 300 175-4: address NLF 0, LLN 0, SAPI 3, C/R 1 (7.3), UI (7.11.7), length 2 (7.6), fill, checksum unsigned.
    const auto frame = broadcast_frame(octets("0601"));
    ASSERT_TRUE(frame);
    EXPECT_EQ(sim::to_hex(frame.value()), "0f03090601f0f0f07f8b");
    ASSERT_TRUE(broadcast_message(frame.value()));
    EXPECT_EQ(broadcast_message(frame.value()).value(), octets("0601"));
    EXPECT_TRUE(broadcast_frame(sim::bytes(63, 6)));
    EXPECT_EQ(broadcast_frame(sim::bytes(63, 6)).value().size(), 70U);
    EXPECT_FALSE(broadcast_frame(sim::bytes(64, 6)));
    EXPECT_FALSE(broadcast_frame({}));
    for (std::size_t n = 0; n < frame.value().size(); ++n)
        EXPECT_FALSE(broadcast_message(sim::byte_view(frame.value()).first(static_cast<std::ptrdiff_t>(n)))) << n;
    dlc_frame other = decode_dlc_frame(frame.value(), 0).value();
    other.poll_final = true;  // ignored, as is NLF (9.3.3.2)
    other.new_link = true;
    EXPECT_TRUE(broadcast_message(encode(other, 0).value()));
    other.sapi = 0;
    EXPECT_FALSE(broadcast_message(encode(other, 0).value()));
    other.sapi = 3;
    other.link_number = 1;
    EXPECT_FALSE(broadcast_message(encode(other, 0).value()));
    EXPECT_FALSE(broadcast_message(encode(decode_dlc_frame(frame.value(), 0).value(), 0x1234).value())) << "signed";
}

TEST(clms_fixed, golden_octets_both_ways) {
    using nwk::clms_fixed;
    struct golden {
        clms_fixed message;
        const char* octets;
    };
    // EN 300 175-5, figures 104 and 105. Table 81: tone alert 5. Five characters: 40 bits, two data sections.
    const golden known[] = {
        {{clms_fixed::coding::standard, 0xCFFF, 1, octets("05")}, "09cfff0105"},
        {{clms_fixed::coding::alphanumeric, 0xCFFF, 1, sim::to_bytes(sim::view("Hello"))},
         "0ecfff0128"
         "0048656c6c"
         "016f000000"},
        {{clms_fixed::coding::bit_stream, 0xC012, 0x20, octets("0102030405060708090a0b0c0d0e0f1011121314")},
         "0cc01220a0"
         "0001020304"
         "0105060708"
         "02090a0b0c"
         "030d0e0f10"
         "0411121314"},
    };
    for (const golden& g : known) {
        const auto encoded = nwk::encode(g.message);
        ASSERT_TRUE(encoded) << g.octets;
        EXPECT_EQ(sim::to_hex(encoded.value()), g.octets);
        EXPECT_TRUE(nwk::is_clms_fixed(encoded.value()));
        EXPECT_FALSE(is_variable_message(encoded.value()));
        const auto back = nwk::decode_clms_fixed(encoded.value());
        ASSERT_TRUE(back) << g.octets;
        EXPECT_EQ(back.value().code, g.message.code);
        EXPECT_EQ(back.value().address, g.message.address);
        EXPECT_EQ(back.value().discriminator, g.message.discriminator);
        EXPECT_EQ(back.value().data, g.message.data);
        for (std::size_t n = 0; n < encoded.value().size(); ++n)
            EXPECT_FALSE(nwk::decode_clms_fixed(sim::byte_view(encoded.value()).first(static_cast<std::ptrdiff_t>(n))))
                << g.octets << " " << n;
    }
}

TEST(clms_fixed, refuses_what_the_standard_does_not_know) {
    EXPECT_FALSE(nwk::encode(nwk::clms_fixed{}));
    nwk::clms_fixed long_one;
    long_one.data.resize(21);
    EXPECT_FALSE(nwk::encode(long_one));
    for (const char* wrong : {
             "01cfff0105",                // no address section
             "08cfff0105", "0fcfff0105",  // reserved headers
             "0acfff0108",                // several sections, but one
             "09cfff010500010203"
             "04",  // one section, but two
             "0ecfff0100"
             "0048656c6c",  // no data
             "0ecfff0121"
             "0048656c6c",  // 33 bits
             "0ecfff0128"
             "0048656c6c",  // a section is missing
             "0ecfff0120"
             "0048656c6c"
             "016f000000",  // one too many
             "0ecfff0128"
             "0148656c6c"
             "006f000000",  // in another order
             "0ecfff0128"
             "0848656c6c"
             "016f000000",  // the address section again
         })
        EXPECT_FALSE(nwk::decode_clms_fixed(octets(wrong))) << wrong;
}

TEST(clms_fixed, comes_back_whatever_it_says_and_bears_any_noise) {
    sim::random_stream r(11, "test", "clms");
    for (int i = 0; i < 3000; ++i) {
        nwk::clms_fixed m;
        m.code = static_cast<nwk::clms_fixed::coding>(1 + 2 * r.below(3));
        m.address = static_cast<std::uint16_t>(r.below(0x10000));
        m.discriminator = static_cast<std::uint8_t>(r.below(256));
        m.data.resize(1 + r.below(20));
        for (auto& o : m.data) o = static_cast<std::uint8_t>(r.below(256));
        const auto encoded = nwk::encode(m);
        ASSERT_TRUE(encoded);
        EXPECT_EQ(nwk::decode_clms_fixed(encoded.value()).value().data, m.data);
        sim::bytes noise(r.below(36));
        for (auto& o : noise) o = static_cast<std::uint8_t>(r.below(256));
        if (const auto heard = nwk::decode_clms_fixed(noise)) {
            EXPECT_TRUE(nwk::encode(heard.value()));
        }
    }
}

TEST(connectionless, pages_that_announce_it_name_a_connectionless_tpui) {
    const auto page = [](const char* hex) { return nwk::decode_lce_page(octets(hex)).value(); };
    for (const char* announces : {"08cfff", "08c000", "0bc123", "084ccfff00"})
        EXPECT_TRUE(nwk::announces_broadcast(page(announces))) << announces;
    for (const char* not_so : {
             "00cfff",      // a default TPUI
             "0ccfff",      // voice
             "09cfff",      // ringing
             "08dfff",      // a call group
             "08b123",      // an individual one
             "084b123400",  // the same in full
             "084ddfff00",
         })
        EXPECT_FALSE(nwk::announces_broadcast(page(not_so))) << not_so;
}

// --- frames ------------------------------------------------------------------------------------------------------

TEST(connectionless_schedule, segments_take_the_odd_frames_and_leave_one_between_messages) {
    connectionless_schedule s;
    EXPECT_TRUE(s.empty());
    EXPECT_EQ(s.add(octets("0102030405060708090a"), 100), 101);
    EXPECT_EQ(s.add(octets("1112131415"), 100), 107);
    EXPECT_EQ(s.add(octets("2122232425"), 130), 131);
    for (std::int64_t frame = 90; frame < 140; ++frame) {
        const bool used = frame == 101 || frame == 103 || frame == 107 || frame == 131;
        EXPECT_EQ(s.at(frame).has_value(), used) << frame;
    }
    EXPECT_EQ(s.at(101)->octets[0], 0x01);
    EXPECT_EQ(s.at(103)->octets[4], 0x0A);
    EXPECT_EQ(s.at(107)->octets[0], 0x11);
    EXPECT_NE(s.at(101)->packet_number, s.at(103)->packet_number);
    s.forget_before(104);
    EXPECT_FALSE(s.at(101));
    EXPECT_TRUE(s.at(107));
}

TEST(connectionless_schedule, refuses_what_would_wait_too_long) {
    connectionless_schedule s;
    const sim::bytes longest(70, 1);
    std::int64_t first = 0;
    int taken = 0;
    while (const auto begin = s.add(longest, 0)) {
        EXPECT_LE(*begin, broadcast_wait_frames_max);
        EXPECT_GT(*begin, first);
        first = *begin;
        ++taken;
    }
    EXPECT_EQ(taken, 17);  // 500 frames, 30 for each
}

TEST(page_schedule, a_long_page_ends_the_normal_pages_of_its_multiframe) {
    page_schedule s;
    const sim::bytes short_one = octets("0c1234");
    ASSERT_EQ(s.add(short_one, false, false, 1).size(), 1U);
    const auto last = s.add_long(octets("0ecfff01280048656c6c016f000000"), 1);
    ASSERT_TRUE(last);
    EXPECT_EQ(last->frame(), 16 + 6);
    EXPECT_TRUE(s.extended(16));
    for (int frame : {18, 20, 22}) EXPECT_FALSE(s.extended(frame)) << frame;
    EXPECT_EQ(s.at(18)->section, long_page_first);
    EXPECT_EQ(s.at(20)->section, long_page_middle);
    EXPECT_EQ(s.at(22)->section, long_page_last);
    EXPECT_EQ(s.at(22)->whole.size(), 15U);
    EXPECT_EQ(s.at(26), nullptr);
    // Another page, long or not, waits for the next multiframe; a fast one does not interrupt it.
    EXPECT_EQ(s.add(short_one, false, false, 1)[0].frame(), 32);
    EXPECT_EQ(s.add_long(octets("09cfff0105"), 1)->frame(), 34);
    EXPECT_EQ(s.at(34)->section, long_page_all);
    EXPECT_EQ(s.add(short_one, true, false, 17)[0].frame(), 26);
    // Six sections fit one multiframe only without another page before them.
    const sim::bytes six(30, 0);
    EXPECT_EQ(s.add_long(six, 1)->frame(), 48 + 12);
    EXPECT_EQ(s.add_long(six, 1)->frame(), 64 + 12);
    EXPECT_EQ(s.add_long(six, 1)->frame(), 80 + 12);
    EXPECT_FALSE(s.add_long(six, 1)) << "T204";
}

// --- on the air --------------------------------------------------------------------------------------------------

TEST(connectionless, a_message_is_heard_after_its_announcement) {
    offering_pair w;
    ASSERT_TRUE(w.b->part->page(announcement()));
    w.run(3s);  // LCE.03
    const auto asked = w.s.now();
    ASSERT_TRUE(w.b->part->broadcast(variable(20)));
    w.run(1s);
    ASSERT_EQ(w.heard.size(), 1U);
    EXPECT_EQ(w.heard[0].second, variable(20));
    // 25 octets of frame: five segments, 20 ms apart, the first in the next odd frame.
    EXPECT_GT(w.heard[0].first - asked, 80ms);
    EXPECT_LE(w.heard[0].first - asked, 80ms + 20ms + 10ms);
    const auto told = w.all<sim::record::nwk_message>();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].message, "CLMS-VARIABLE");
    EXPECT_EQ(w.s.journal().path_of(told[0].sender), "office/base[0]");
    const auto sent = w.all<sim::record::page_sent>();
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[1].octets, sim::to_hex(variable(20)));
    w.run(10s);
    EXPECT_EQ(w.heard.size(), 1U) << "it is sent once";
}

TEST(connectionless, nobody_hears_it_who_was_not_told_or_whose_time_is_over) {
    offering_pair w;
    ASSERT_TRUE(w.b->part->broadcast(variable(20)));
    w.run(1s);
    EXPECT_EQ(w.heard.size(), 0U);
    ASSERT_TRUE(w.b->part->page(announcement()));
    w.run(announced_listening + multiframe + 10ms);
    ASSERT_TRUE(w.b->part->broadcast(variable(20)));
    w.run(1s);
    EXPECT_EQ(w.heard.size(), 0U);
}

TEST(connectionless, a_message_that_began_in_time_is_heard_though_the_next_announcement_comes_meanwhile) {
    offering_pair w;
    ASSERT_TRUE(w.b->part->page(announcement()));
    while (w.h->count("paged") == 0) w.run(1ms);
    // The second is heard when the time is over, and while the message is on its way, which takes 260 ms.
    const auto over = w.h->last("paged")->at + announced_listening;
    w.run(over - 90ms - w.s.now());
    ASSERT_TRUE(w.b->part->broadcast(variable(63)));
    w.run(110ms);
    ASSERT_TRUE(w.b->part->page(announcement()));
    w.run(1s);
    ASSERT_EQ(w.h->count("paged"), 2);
    EXPECT_GT(w.h->last("paged")->at, over);
    ASSERT_EQ(w.heard.size(), 1U);
    EXPECT_GT(w.heard[0].first, w.h->last("paged")->at);
}

TEST(connectionless, takes_a22_and_a_message_of_the_clms) {
    locked_pair w;
    EXPECT_FALSE(w.b->part->broadcast(variable(20))) << "a22 is not broadcast";
    EXPECT_TRUE(w.b->part->broadcast(octets("09cfff0105"))) << "a page needs no a22";
    offer_downlink(*w.b);
    EXPECT_TRUE(w.b->part->broadcast(variable(63)));
    EXPECT_FALSE(w.b->part->broadcast(variable(64)));
    EXPECT_FALSE(w.b->part->broadcast(octets("0550")));
    EXPECT_FALSE(w.b->part->broadcast({}));
    w.b->part->stop();
    EXPECT_FALSE(w.b->part->broadcast(variable(20)));
    EXPECT_FALSE(w.b->part->broadcast(octets("09cfff0105")));
}

TEST(connectionless, messages_that_queue_come_in_order_and_all) {
    offering_pair w;
    ASSERT_TRUE(w.b->part->page(announcement()));
    w.run(1s);
    for (std::size_t i = 0; i < 4; ++i) ASSERT_TRUE(w.b->part->broadcast(variable(20 + i)));
    w.run(2s);
    ASSERT_EQ(w.heard.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(w.heard[i].second, variable(20 + i));
}

TEST(connectionless, a_flood_is_refused_and_told) {
    offering_pair w;
    int taken = 0;
    for (int i = 0; i < 100; ++i) taken += w.b->part->broadcast(variable(63)) ? 1 : 0;
    EXPECT_EQ(taken, 17);
    const auto sent = w.all<sim::record::page_sent>();
    EXPECT_EQ(sent.size(), 83U);
    for (const auto& one : sent) EXPECT_FALSE(one.sent);
}

TEST(connectionless, is_heard_by_all_that_are_locked_here_and_idle) {
    world w;
    base& here = w.add_base({0, 0, 0});
    base& there = w.add_base({20, 0, 0});
    for (int i = 0; i < 5; ++i) w.add_handset({10, i * 1.0, 0});
    w.add_handset({5000, 5, 0});  // out of reach
    w.start_all();
    offer_downlink(here);
    offer_downlink(there);
    w.run(1s);
    std::vector<std::size_t> heard(w.handsets.size());
    for (std::size_t i = 0; i < w.handsets.size(); ++i) {
        w.handsets[i]->on_broadcast = [&heard, i](sim::byte_view) { ++heard[i]; };
        w.handsets[i]->part->lock(band::eu, i % 2 == 0 ? here.id : there.id);
    }
    w.run(8s);
    w.handsets[2]->part->open_link();
    w.run(1s);
    ASSERT_TRUE(here.part->page(announcement()));
    w.run(1s);
    ASSERT_TRUE(here.part->broadcast(variable(30)));
    w.run(1s);
    EXPECT_THAT(heard, ::testing::ElementsAre(1, 0, 0, 0, 1, 0)) << "the third has a link";
    ASSERT_TRUE(here.part->broadcast(octets("09cfff0105")));
    w.run(1s);
    EXPECT_THAT(heard, ::testing::ElementsAre(2, 0, 1, 0, 2, 0)) << "all bearers carry pages";
}

TEST(connectionless, each_segment_may_be_lost_and_with_it_the_message) {
    // At the edge of reach a long message needs fourteen A-fields, a short page one.
    int long_ones = 0, short_ones = 0, locked = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        offering_pair w(seed, 20);
        w.h->part->move_to({205, 0, 0});
        for (int i = 0; i < 5; ++i) {
            ASSERT_TRUE(w.b->part->page(announcement()));
            w.run(500ms);
            w.heard.clear();
            ASSERT_TRUE(w.b->part->broadcast(variable(63)));
            w.run(500ms);
            long_ones += static_cast<int>(w.heard.size());
            w.heard.clear();
            ASSERT_TRUE(w.b->part->broadcast(octets("09cfff0105")));
            w.run(500ms);
            short_ones += static_cast<int>(w.heard.size());
            locked += w.h->count("unlocked", "") == 0 ? 1 : 0;
        }
    }
    EXPECT_GT(short_ones, long_ones);
    EXPECT_LT(long_ones, 60);
}

TEST(long_page, is_heard_in_frame_0_of_the_next_multiframe_and_once) {
    for (const char* message : {"09cfff0105", "0ecfff01280048656c6c016f000000",
                                "0cc01220a000010203040105060708"
                                "02090a0b0c030d0e0f100411121314"}) {
        locked_pair w;
        std::vector<std::pair<time_point, sim::bytes>> heard;
        w.h->on_broadcast = [&](sim::byte_view m) { heard.emplace_back(w.s.now(), sim::to_bytes(m)); };
        const auto asked = w.s.now();
        ASSERT_TRUE(w.b->part->broadcast(octets(message)));
        w.run(3s);
        ASSERT_EQ(heard.size(), 1U) << message;
        EXPECT_EQ(heard[0].second, octets(message));
        EXPECT_LE(heard[0].first - asked, multiframe + 120ms + 1ms);
        EXPECT_EQ(w.all<sim::record::page_sent>().size(), 1U);
        EXPECT_EQ(w.all<sim::record::page_heard>().size(), 0U);
        const auto told = w.all<sim::record::nwk_message>();
        ASSERT_EQ(told.size(), 1U);
        EXPECT_EQ(told[0].message, "CLMS-FIXED");
        EXPECT_EQ(told[0].octets, message);
    }
}

TEST(long_page, follows_other_pages_of_its_multiframe) {
    locked_pair w;
    int broadcasts = 0, pages = 0;
    w.h->on_broadcast = [&](sim::byte_view) { ++broadcasts; };
    w.h->on_paged = [&](sim::byte_view) { ++pages; };
    ASSERT_TRUE(w.b->part->page(octets("0c1234")));
    ASSERT_TRUE(w.b->part->broadcast(octets("0ecfff01280048656c6c016f000000")));
    ASSERT_TRUE(w.b->part->page(octets("0c1235")));
    w.run(1s);
    EXPECT_EQ(broadcasts, 1);
    EXPECT_EQ(pages, 2);
}

TEST(connectionless, beacons_carry_its_segments_as_ct_and_everything_else_as_before) {
    struct bursts : burst_observer {
        std::vector<observed_burst> all;
        void observed(const observed_burst& b) override { all.push_back(b); }
    } seen;
    offering_pair w;
    ASSERT_TRUE(w.b->part->page(announcement()));
    w.run(1s);
    w.on_air->set_observer(&seen);
    ASSERT_TRUE(w.b->part->broadcast(variable(20)));
    w.run(1s);
    w.on_air->set_observer(nullptr);
    sim::bytes frame;
    for (const auto& b : seen.all) {
        const auto* c = std::get_if<tail::c_channel>(&b.content.content);
        if (c == nullptr) continue;
        EXPECT_EQ(b.frame_number % 2, 1);
        EXPECT_EQ(b.content.header.ba, 7) << "a short bearer: no B-field (EN 300 175-3, 5.7.2.1.1)";
        EXPECT_FALSE(b.content.header.q1 || b.content.header.q2);
        EXPECT_FALSE(b.full_slot);
        frame.insert(frame.end(), c->octets.begin(), c->octets.end());
    }
    EXPECT_EQ(frame, broadcast_frame(variable(20)).value());
}

TEST(connectionless, costs_an_event_for_each_message_and_one_for_each_listener) {
    offering_pair w;
    ASSERT_TRUE(w.b->part->page(announcement()));
    w.run(1s);
    EXPECT_EQ(w.events_in(1s), 0U) << "listening costs nothing";
    ASSERT_TRUE(w.b->part->broadcast(variable(63)));
    EXPECT_EQ(w.events_in(1s), 2U);  // its end, and telling the user
    ASSERT_TRUE(w.b->part->broadcast(octets("0ecfff01280048656c6c016f000000")));
    EXPECT_EQ(w.events_in(1s), 2U);
    EXPECT_EQ(w.heard.size(), 2U);
    EXPECT_EQ(w.events_in(60s), 0U);
}

TEST(connectionless, stations_may_vanish_with_messages_on_their_way) {
    for (int when_ms = 0; when_ms < 400; when_ms += 13) {
        offering_pair w(static_cast<std::uint64_t>(when_ms) + 1);
        w.b->part->page(announcement());
        w.run(1s);
        for (int i = 0; i < 3; ++i) w.b->part->broadcast(variable(63));
        w.b->part->broadcast(octets("0ecfff01280048656c6c016f000000"));
        w.run(std::chrono::milliseconds(when_ms));
        if (when_ms % 2 == 0) {
            w.b->part->stop();
        } else {
            w.h->part->set_power(false);
        }
        const auto heard = w.heard.size();
        w.run(2s);
        EXPECT_EQ(w.heard.size(), heard);
        EXPECT_LE(heard, 2U);
    }
}

// --- what others read --------------------------------------------------------------------------------------------

/// A beacon's burst as a capture has it.
sim::bytes captured(const tail::any& said, int frame_number) {
    a_field a;
    a.content = said;
    burst_frame f;
    f.destination = station_address(1);
    f.source = station_address(2);
    f.carrier = 3;
    f.slot = 4;
    f.frame_number = frame_number;
    f.rssi = rssi_octet(sim::dbm::of(-60));
    f.from = side::fixed;
    f.a_field = encode(a, side::fixed).value();
    f.rest = {0};
    return encode(f);
}

std::vector<std::string> nwk_of(const std::vector<std::pair<int, tail::any>>& bursts) {
    std::vector<std::string> out;
    session_decoder d([&](const decoded_item& i) {
        if (i.layer != decoded_layer::mac) out.push_back(i.text);
    });
    duration at = 0s;
    for (const auto& [frame, said] : bursts) d.packet(at += 10ms, captured(said, frame));
    d.finish();
    return out;
}

tail::c_channel segment_of(const sim::bytes& frame, std::size_t i) {
    tail::c_channel c;
    c.packet_number = i % 2 == 0 ? 1 : 0;
    std::copy_n(frame.begin() + static_cast<std::ptrdiff_t>(i * segment_octets), segment_octets, c.octets.begin());
    return c;
}

TEST(decode, prints_the_messages_of_a_connectionless_bearer) {
    const tail::identity nt{rfpi_from_text("02b6ec8aa5").value(), false};
    const auto frame = broadcast_frame(variable(20)).value();
    std::vector<std::pair<int, tail::any>> bursts;
    for (std::size_t i = 0; i < frame.size() / segment_octets; ++i) {
        bursts.emplace_back(static_cast<int>(2 * i + 1), segment_of(frame, i));
        bursts.emplace_back(static_cast<int>(2 * i + 2), nt);
    }
    const auto all = nwk_of(bursts);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_THAT(all[0], HasSubstr("UI, command, class U, SAPI 3"));
    EXPECT_THAT(all[0], HasSubstr("checksum good"));
    EXPECT_THAT(all[1], HasSubstr("CLMS-VARIABLE"));
    // One that breaks off, and the next one, which does not suffer.
    auto broken = bursts;
    broken.erase(broken.begin() + 4, broken.end());
    broken.emplace_back(5, nt);
    broken.insert(broken.end(), bursts.begin(), bursts.end());
    const auto two = nwk_of(broken);
    ASSERT_EQ(two.size(), 3U);
    EXPECT_THAT(two[0], HasSubstr("frame lost after 10 octets"));
    EXPECT_THAT(two[2], HasSubstr("CLMS-VARIABLE"));
}

TEST(decode, prints_the_messages_of_long_pages) {
    const auto message = octets("0ecfff01280048656c6c016f000000");
    const auto section = [&](std::size_t i, std::uint8_t indication) {
        return long_page_tail(sim::byte_view(message).subspan(static_cast<std::ptrdiff_t>(5 * i), 5), indication)
            .value();
    };
    const auto all = nwk_of({{0, section(0, long_page_first)},
                             {2, section(1, long_page_middle)},
                             {4, section(2, long_page_last)},
                             {6, section(1, long_page_middle)},  // of a page whose beginning was not heard
                             {10, section(2, long_page_last)}});
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0], "CLMS-FIXED to ..cfff, alphanumeric, 5 octets: 48 65 6c 6c 6f");
}

}  // namespace
}  // namespace dectbed::radio::test
