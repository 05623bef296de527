// Handover of bearers and connections, WAIT, several transceivers, ciphering: what happens to links that live on.
#include <algorithm>
#include <chrono>
#include <map>

#include "radio/ciphering.h"
#include "radio/site_air.h"
#include "radio/timers.h"
#include "tests/radio/locked_pair.h"

namespace dectbed::radio::test {
namespace {

sim::bytes text(std::size_t octets, std::uint8_t fill = 0x31) { return sim::bytes(octets, fill); }

// --- WAIT --------------------------------------------------------------------------------------------------

TEST(wait, a_busy_host_keeps_the_portable_part_waiting_until_it_is_free) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        locked_pair w(seed);
        w.b->part->set_host_busy(true);
        w.h->part->open_link();
        w.run(1500ms);
        EXPECT_EQ(w.h->count("established"), 0);
        EXPECT_EQ(w.h->count("released"), 0);
        const auto requests = w.all<sim::record::access_request>();
        ASSERT_EQ(requests.size(), 1U);
        EXPECT_EQ(requests[0].outcome, "wait");
        w.b->part->set_host_busy(false);
        const auto freed = w.s.now();
        w.run(1s);
        ASSERT_EQ(w.h->count("established"), 1);
        EXPECT_LE(w.h->last("established")->at - freed, 50ms);  // the next odd frame, and "other" both ways
        ASSERT_NE(last(*w.b, "established"), nullptr);
        w.h->part->send(w.h->link, text(20));
        w.run(1s);
        EXPECT_EQ(w.b->messages.size(), 1U);
    }
}

TEST(wait, t200_ends_it_on_both_sides) {
    locked_pair w;
    w.b->part->set_host_busy(true);
    w.h->part->open_link();
    const auto began = w.s.now();
    w.run(10s);
    ASSERT_EQ(w.h->count("released", "setup failed"), 1);
    EXPECT_GE(w.h->last("released")->at - began, T200);
    EXPECT_LE(w.h->last("released")->at - began, T200 + 150ms);
    EXPECT_EQ(last(*w.b, "established"), nullptr);
    w.b->part->set_host_busy(false);
    w.h->part->open_link();
    w.run(1s);
    EXPECT_EQ(w.h->count("established"), 1);
}

TEST(wait, either_side_may_vanish_meanwhile) {
    for (int when_ms = 10; when_ms < 3500; when_ms += 190) {
        locked_pair w(static_cast<std::uint64_t>(when_ms));
        w.b->part->set_host_busy(true);
        w.h->part->open_link();
        w.run(duration{when_ms * 1'000'000'000LL});
        if (when_ms % 20 == 0) {
            w.b->part->stop();
        } else {
            w.h->part->set_power(false);
        }
        w.run(20s);
        w.b->part->set_host_busy(false);
        w.run(1s);
        EXPECT_EQ(w.h->count("established"), 0);
    }
}

TEST(wait, a_link_that_had_to_wait_outlives_t200) {
    locked_pair w;
    w.b->part->set_host_busy(true);
    w.h->part->open_link();
    w.run(1s);
    w.b->part->set_host_busy(false);
    w.run(20s);
    EXPECT_EQ(w.h->count("established"), 1);
    EXPECT_EQ(w.h->count("released"), 0);
    w.h->part->send(w.h->link, text(20));
    w.run(1s);
    EXPECT_EQ(w.b->messages.size(), 1U);
}

// --- bearer handover ---------------------------------------------------------------------------------------

/// A base on the very channel of a link, as another system would come to be there: its clock slides.
struct jammed_link : world {
    base* b = nullptr;
    handset* h = nullptr;
    explicit jammed_link(std::uint64_t seed) : world(seed) {
        b = &add_base({0, 0, 0}, {duration{1}, 0, 0});
        h = &add_handset({60, 0, 0});
        start_all();
        run(1s);
        h->part->lock(band::eu, b->id);
        run(6s);
        h->part->open_link();
        run(1s);
        EXPECT_NE(h->link, 0U);
    }
    /// Bases of other systems near the handset, on many channels, and drifting against ours.
    void surround(int how_many) {
        for (int i = 0; i < how_many; ++i) {
            station_clock c;
            c.phase = duration{1'000'000 + static_cast<std::int64_t>(i) * 913'000'000};
            c.ppb = 4000 + 500 * i;
            base& other = add_base({61.0 + i % 3, 1.0 + i / 3, 0}, c);
            other.part->start(band::eu, sim::dbm::of(24));
        }
    }
};

TEST(bearer_handover, a_link_escapes_interferers_that_slide_over_it) {
    int done = 0, released = 0, messages = 0, sent = 0;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        jammed_link w(seed);
        w.surround(24);
        for (int i = 0; i < 120; ++i) {
            w.h->part->send(w.h->link, text(20, static_cast<std::uint8_t>(i)));
            ++sent;
            w.run(5s);
            if (w.h->count("released") != 0) break;
        }
        released += w.h->count("released");
        messages += static_cast<int>(w.b->messages.size());
        for (std::size_t i = 0; i < w.b->messages.size(); ++i)  // once, in order
            EXPECT_EQ(w.b->messages[i][0], static_cast<std::uint8_t>(i)) << "seed " << seed;
        for (const auto& r : w.all<sim::record::handover>()) {
            EXPECT_EQ(r.kind, "bearer");
            if (r.outcome != "done") continue;
            ++done;
            EXPECT_TRUE(r.from_carrier != r.to_carrier || r.from_slot != r.to_slot);
            EXPECT_NE(r.from_slot, r.to_slot);  // one transceiver: the own slot is blind
        }
    }
    EXPECT_GT(done, 3);
    EXPECT_LE(released, 1);
    EXPECT_GE(messages, sent - 6);
}

TEST(bearer_handover, leaves_a_channel_on_which_somebody_begins_to_transmit) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        jammed_link w(seed);
        const auto request = w.all<sim::record::access_request>().back();
        // In step with ours and louder, on the very channel.
        medium& m = static_cast<site_air&>(*w.on_air).on_air();
        plan p;
        p.transmitter = m.add_station(w.site, {61, 0, 0});
        p.carrier = static_cast<int>(request.carrier);
        p.slot = static_cast<int>(request.slot);
        p.bits = bits_p32;
        p.power = sim::dbm::of(24);
        p.timing = station_timing(station_clock{duration{1}, 0, 0});
        p.since = w.s.now();
        const auto began = w.s.now();
        const auto jammer = m.begin(std::move(p));
        w.run(10s);
        EXPECT_EQ(w.h->count("released"), 0) << seed;
        const auto handovers = w.records_of<sim::record::handover>();
        ASSERT_EQ(handovers.size(), 1U) << seed;
        const sim::record::handover& r = handovers[0].second;
        EXPECT_EQ(r.outcome, "done");
        EXPECT_EQ(r.reason, "interference");
        EXPECT_EQ(r.from_carrier, request.carrier);
        EXPECT_EQ(r.from_slot, request.slot);
        EXPECT_GE(handovers[0].first - began, handover_reaction);
        EXPECT_LE(handovers[0].first - began, handover_reaction + 150ms);  // and a set-up
        w.h->part->send(w.h->link, text(20));
        w.b->part->send(w.b->link, text(20));
        w.run(2s);
        EXPECT_EQ(w.b->messages.size(), 1U) << seed;
        EXPECT_EQ(w.h->messages.size(), 1U) << seed;
        m.end(jammer);
    }
}

TEST(bearer_handover, is_limited_to_two_in_t202) {
    jammed_link w(3);
    w.surround(40);
    w.run(600s);
    std::vector<time_point> when;
    for (const auto& r : w.records_of<sim::record::handover>())
        if (r.second.outcome == "done") when.push_back(r.first);
    for (std::size_t i = 2; i < when.size(); ++i) EXPECT_GE(when[i] - when[i - 2], T202);
}

TEST(bearer_handover, a_quiet_link_has_none_and_costs_nothing) {
    locked_pair w;
    w.link();
    w.run(10s);
    EXPECT_EQ(w.events_in(600s), 0U);
    EXPECT_TRUE(w.all<sim::record::handover>().empty());
}

// --- connection handover -------------------------------------------------------------------------------------

struct two_cells : world {
    base* near = nullptr;
    base* far = nullptr;
    handset* h = nullptr;
    explicit two_cells(std::uint64_t seed = 1, bool one_system = true) : world(seed) {
        near = &add_member(0, {0, 0, 0}, one_system);
        far = &add_member(1, {200, 0, 0}, one_system);
        h = &add_handset({10, 0, 0});
        start_all();
        run(1s);
        h->part->lock(band::eu, near->id);
        run(6s);
        h->part->open_link();
        run(1s);
        EXPECT_NE(h->link, 0U);
    }
    base& add_member(std::uint8_t rpn, const sim::position& place, bool one_system) {
        fixed_part::config c;
        c.identity = make_rfpi_class_a(vendor_emc, 77, rpn);
        c.place = place;
        c.clock.phase = duration{rpn * 3'000'000'017};
        c.clock.ppb = rpn * 2000;
        c.system = one_system ? 1 : 0;
        return add_configured_base(c);
    }
    void walk(double from, double to) {
        for (int i = 0; i <= 40; ++i) {
            h->part->move_to({from + (to - from) * i / 40.0, 0, 0});
            run(500ms);
        }
    }
};

TEST(connection_handover, the_data_link_goes_on_at_the_stronger_fixed_part) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        two_cells w(seed);
        w.h->part->send(w.h->link, text(20, 1));
        w.run(1s);
        w.walk(10, 195);
        EXPECT_EQ(w.h->count("released"), 0) << seed;
        const auto handovers = w.all<sim::record::handover>();
        ASSERT_GE(handovers.size(), 1U);
        EXPECT_EQ(handovers.back().kind, "connection");
        EXPECT_EQ(handovers.back().outcome, "done");
        EXPECT_EQ(w.s.journal().path_of(handovers.back().to), "office/base[1]");
        ASSERT_EQ(w.h->count("handed over"), 1);
        ASSERT_NE(last(*w.far, "arrived"), nullptr);
        ASSERT_NE(last(*w.near, "left"), nullptr);
        EXPECT_EQ(last(*w.near, "released"), nullptr);
        w.h->part->send(w.h->link, text(20, 2));
        w.far->part->send(w.far->link, text(20, 3));
        w.run(2s);
        ASSERT_EQ(w.far->messages.size(), 1U);
        EXPECT_EQ(w.far->messages[0], text(20, 2));
        ASSERT_EQ(w.h->messages.size(), 1U);
        EXPECT_EQ(w.h->messages[0], text(20, 3));
        // It is locked there, and a link of its own can be released and opened again.
        w.far->part->release(w.far->link);
        w.run(1s);
        EXPECT_EQ(w.h->count("released", "normal"), 1);
        w.h->part->open_link();
        w.run(1s);
        EXPECT_EQ(last(*w.far, "established")->what, "established");
    }
}

TEST(connection_handover, messages_under_way_arrive_once_and_in_order) {
    two_cells w(9);
    for (std::uint8_t i = 0; i < 100; ++i) {
        w.h->part->send(w.h->link, text(40, i));
        (w.far->link != 0 ? w.far : w.near)->part->send(w.far->link != 0 ? w.far->link : w.near->link, text(40, i));
    }
    w.walk(60, 195);
    w.run(20s);
    ASSERT_EQ(w.h->count("handed over"), 1);
    sim::bytes heard, told;
    for (base* b : {w.near, w.far})
        for (const auto& m : b->messages) heard.push_back(m[0]);
    for (const auto& m : w.h->messages) told.push_back(m[0]);
    ASSERT_EQ(heard.size(), 100U);
    ASSERT_EQ(told.size(), 100U);
    for (std::uint8_t i = 0; i < 100; ++i) {
        EXPECT_EQ(heard[i], i);
        EXPECT_EQ(told[i], i);
    }
    EXPECT_GT(w.near->messages.size(), 0U);
    EXPECT_GT(w.far->messages.size(), 0U);
}

TEST(connection_handover, there_is_none_to_a_fixed_part_of_another_system) {
    two_cells w(2, false);
    w.walk(10, 600);
    w.run(20s);
    EXPECT_EQ(w.h->count("handed over"), 0);
    EXPECT_EQ(w.h->count("released"), 1);
    for (const auto& r : w.all<sim::record::handover>()) EXPECT_NE(r.outcome, "done");
}

TEST(connection_handover, stations_may_vanish_in_the_middle_of_it) {
    for (int when = 0; when < 24; ++when) {
        two_cells w(static_cast<std::uint64_t>(when) + 1);
        w.h->part->move_to({150, 0, 0});
        w.run(duration{when * 11'000'000'000LL});
        switch (when % 4) {
            case 0:
                w.near->part->stop();
                break;
            case 1:
                w.far->part->stop();
                break;
            case 2:
                w.h->part->set_power(false);
                break;
            default:
                w.bases.clear();
        }
        w.run(20s);
        w.h->part->set_power(false);
        w.run(10s);
    }
}

TEST(connection_handover, a_busy_host_does_not_delay_it) {
    two_cells w;
    w.far->part->set_host_busy(true);
    w.walk(10, 195);
    w.run(5s);
    EXPECT_EQ(w.h->count("released"), 0);
    ASSERT_EQ(w.h->count("handed over"), 1);
    ASSERT_NE(last(*w.far, "arrived"), nullptr);
    w.h->part->send(w.h->link, text(20, 2));
    w.run(1s);
    EXPECT_EQ(w.far->messages.size(), 1U);
}

TEST(connection_handover, one_that_is_broken_off_leaves_nothing_on_the_air) {
    const auto beacons = [](two_cells& w) { return dynamic_cast<site_air&>(*w.on_air).on_air().live_plans(); };
    for (int when_ms = 100; when_ms < 400; when_ms += 3) {
        two_cells w;
        w.h->part->move_to({150, 0, 0});
        w.run(duration{when_ms * 1'000'000'000LL});
        if (when_ms % 2 == 0) {
            w.h->part->set_power(false);
        } else {
            w.h->part->unlock();
        }
        w.run(15s);
        EXPECT_EQ(beacons(w), 2U) << when_ms << " ms";
    }
}

TEST(connection_handover, none_begins_while_a_link_is_left) {
    two_cells w;
    w.h->part->unlock();
    w.h->part->move_to({150, 0, 0});
    w.run(5s);
    EXPECT_EQ(w.h->count("released", "normal"), 1);
    EXPECT_TRUE(w.all<sim::record::handover>().empty());
}

TEST(bearer_handover, is_not_tried_again_at_once_when_the_fixed_part_is_gone) {
    locked_pair w;
    w.link();
    for (int i = 0; i < 10; ++i) w.h->part->send(w.h->link, text(60));
    w.run(100ms);
    w.b->part->stop();
    w.run(10s);
    EXPECT_EQ(w.h->count("released", "signal lost"), 1);
    EXPECT_LE(w.all<sim::record::handover>().size(), 2U);  // one in T202
}

// --- several transceivers ------------------------------------------------------------------------------------

TEST(transceivers, two_of_them_serve_more_links_than_a_frame_has_slots) {
    world w(5);
    fixed_part::config c;
    c.identity = make_rfpi_class_a(vendor_emc, 5, 0);
    c.transceivers = 2;
    c.bearers_max = 20;
    base& b = w.add_configured_base(c);
    for (int i = 0; i < 16; ++i) w.add_handset({10.0, i * 0.3, 0});
    w.start_all();
    w.run(1s);
    for (auto& h : w.handsets) h->part->lock(band::eu, b.id);
    w.run(6s);
    int up = 0;
    for (auto& h : w.handsets) {
        h->part->open_link();
        w.run(2s);
        up += h->count("established");
    }
    EXPECT_EQ(up, 16);
    std::map<std::int64_t, int> per_slot;
    for (const auto& r : w.all<sim::record::access_request>())
        if (r.outcome == "confirmed") ++per_slot[r.slot];
    for (const auto& [slot, n] : per_slot) EXPECT_LE(n, 2);
}

// --- ciphering ---------------------------------------------------------------------------------------------

const sim::bytes dck{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF};

TEST(ciphering, starts_by_three_messages_and_hides_what_follows) {
    locked_pair w;
    w.link();
    EXPECT_TRUE(w.b->part->set_cipher_key(w.b->link, dck));
    EXPECT_TRUE(w.h->part->set_cipher_key(w.h->link, dck));
    EXPECT_FALSE(w.h->part->set_cipher_key(w.h->link, {1, 2, 3}));
    EXPECT_FALSE(w.h->part->set_cipher_key(w.h->link + 1, dck));
    const auto began = w.s.now();
    w.h->part->start_ciphering(w.h->link);
    w.run(1s);
    ASSERT_EQ(w.h->count("ciphering", "on"), 1);
    EXPECT_LE(w.h->last("ciphering")->at - began,
              50ms);  // request, confirm, grant: three frames, the first an even one
    ASSERT_NE(last(*w.b, "ciphering"), nullptr);
    for (std::uint8_t i = 0; i < 10; ++i) {
        w.h->part->send(w.h->link, text(60, i));
        w.b->part->send(w.b->link, text(33, i));
    }
    w.run(10s);
    ASSERT_EQ(w.b->messages.size(), 10U);
    ASSERT_EQ(w.h->messages.size(), 10U);
    for (std::uint8_t i = 0; i < 10; ++i) {
        EXPECT_EQ(w.b->messages[i], text(60, i));
        EXPECT_EQ(w.h->messages[i], text(33, i));
    }
}

TEST(ciphering, with_different_keys_nothing_is_understood_and_the_link_ends) {
    locked_pair w;
    w.link();
    auto other = dck;
    other[15] ^= 1;
    w.b->part->set_cipher_key(w.b->link, dck);
    w.h->part->set_cipher_key(w.h->link, other);
    w.h->part->start_ciphering(w.h->link);
    w.run(1s);
    w.h->part->send(w.h->link, text(20));
    w.run(30s);
    EXPECT_TRUE(w.b->messages.empty());
    EXPECT_EQ(w.h->count("released"), 1);
}

TEST(ciphering, a_fixed_part_without_a_key_does_not_confirm) {
    locked_pair w;
    w.link();
    w.h->part->set_cipher_key(w.h->link, dck);
    w.h->part->start_ciphering(w.h->link);
    w.run(1s);
    EXPECT_EQ(w.h->count("ciphering", "off"), 1);
    EXPECT_EQ(last(*w.b, "ciphering"), nullptr);
    w.h->part->send(w.h->link, text(20));
    w.run(1s);
    EXPECT_EQ(w.b->messages.size(), 1U);  // in clear
}

TEST(ciphering, masks_are_the_key_stream_of_the_frame) {
    const ciphering c(cipher_key_of(dck).value());
    const auto both = segments(dsc2(cipher_key_of(dck).value()), cipher_iv{5, 1234, std::nullopt});
    const auto down = c.mask(side::fixed, 5, 1234), up = c.mask(side::portable, 5, 1234);
    EXPECT_TRUE(std::equal(down.begin(), down.end(), both.fixed_part.begin()));
    EXPECT_TRUE(std::equal(up.begin(), up.end(), both.portable_part.begin()));
    EXPECT_NE(down, up);
    EXPECT_NE(down, c.mask(side::fixed, 6, 1234));
    EXPECT_EQ(down, c.mask(side::fixed, 5, 1234 + (1 << 24)));  // 24 bits count multiframes
    EXPECT_FALSE(cipher_key_of(sim::bytes(7, 0)));
    EXPECT_TRUE(cipher_key_of(sim::bytes(8, 0)));
}

TEST(ciphering, survives_a_bearer_handover) {
    jammed_link w(4);
    w.b->part->set_cipher_key(w.b->link, dck);
    w.h->part->set_cipher_key(w.h->link, dck);
    w.h->part->start_ciphering(w.h->link);
    w.run(1s);
    ASSERT_EQ(w.h->count("ciphering", "on"), 1);
    w.surround(24);
    std::uint8_t sent = 0;
    for (; sent < 100 && w.h->count("released") == 0; ++sent) {
        w.h->part->send(w.h->link, text(20, sent));
        w.run(5s);
    }
    EXPECT_GE(w.b->messages.size() + 1, static_cast<std::size_t>(sent));
}

}  // namespace
}  // namespace dectbed::radio::test
