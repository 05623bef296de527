// Half, full, long and double slots: figures of EN 300 175-2, redundancy of EN 300 175-3, and links that use them.
#include "radio/slot_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "radio/checksums.h"
#include "radio/connection.h"
#include "radio/dlc_frame.h"
#include "radio/paging.h"
#include "radio/site_fixed_part.h"
#include "sim/random.h"
#include "tests/radio/world.h"

namespace dectbed::radio::test {
namespace {

constexpr slot_type all_types[] = {slot_type::half, slot_type::full, slot_type::long_640, slot_type::long_672,
                                   slot_type::double_slot};

TEST(slot_type, packets_last_as_long_as_the_standard_says) {
    // EN 300 175-2, 4.4.2 to 4.4.4: p0..p(103 + j), p0..p423, p0..p903.
    EXPECT_EQ(packet_bits(slot_type::half), 184);
    EXPECT_EQ(packet_bits(slot_type::full), 424);
    EXPECT_EQ(packet_bits(slot_type::long_640), 744);
    EXPECT_EQ(packet_bits(slot_type::long_672), 776);
    EXPECT_EQ(packet_bits(slot_type::double_slot), 904);
    // On an exact clock, at 1,152 bits a millisecond: to the picosecond.
    const station_timing t{station_clock{}};
    const auto lasts = [&](std::int64_t bits) { return t.instant_of_bits(bits).time_since_epoch().count(); };
    EXPECT_EQ(lasts(bits_p00), 83'333'333);
    EXPECT_EQ(lasts(packet_bits(slot_type::half)), 159'722'222);
    EXPECT_EQ(lasts(packet_bits(slot_type::full)), 368'055'556);
    EXPECT_EQ(lasts(packet_bits(slot_type::long_640)), 645'833'333);
    EXPECT_EQ(lasts(packet_bits(slot_type::long_672)), 673'611'111);
    EXPECT_EQ(lasts(packet_bits(slot_type::double_slot)), 784'722'222);
    // The guard space is the same in half, full and double slots: 56 bits.
    EXPECT_EQ(bits_per_half_slot - packet_bits(slot_type::half), 56);
    EXPECT_EQ(bits_per_slot - packet_bits(slot_type::full), 56);
    EXPECT_EQ(2 * bits_per_slot - packet_bits(slot_type::double_slot), 56);
}

TEST(slot_type, fields_and_positions) {
    EXPECT_EQ(x_field_at(slot_type::half), 176);
    EXPECT_EQ(x_field_at(slot_type::full), 416);
    EXPECT_EQ(x_field_at(slot_type::double_slot), 896);
    EXPECT_EQ(packet_start(slot_type::half, false), 0);
    EXPECT_EQ(packet_start(slot_type::half, true), 240);
    EXPECT_EQ(packet_start(slot_type::full, true), 0);
    EXPECT_EQ(pairs_taken(slot_type::half, 0), 0x0800);
    EXPECT_EQ(pairs_taken(slot_type::double_slot, 2), 0x0300);
    EXPECT_EQ(pairs_taken(slot_type::long_640, 10), 0x0003);
    for (slot_type t : all_types) {
        int places = 0;
        for (int pair = -2; pair < 15; ++pair) {
            if (!may_begin_at(t, pair)) continue;
            ++places;
            EXPECT_EQ(pairs_taken(t, pair) & ~all_slots_available, 0);
        }
        // Double slots at K = 0, 2, .. 10; long ones at K = 0 .. 10; the others anywhere.
        EXPECT_EQ(places, t == slot_type::double_slot ? 6 : full_slots(t) == 2 ? 11 : 12) << to_text(t);
        EXPECT_EQ(requested_slot(requesting_ba(t)), t);
        EXPECT_EQ(slot_type_of_attribute(attribute_code(t)), t);
    }
    EXPECT_EQ(requesting_ba(slot_type::double_slot), 2);
    EXPECT_EQ(requesting_ba(slot_type::half), 4);
    EXPECT_EQ(attribute_code(slot_type::long_672), 4);
    EXPECT_FALSE(slot_type_of_attribute(5));
    EXPECT_EQ(load_half_slots(slot_type::half), 2);
    EXPECT_EQ(load_half_slots(slot_type::full), 4);
    EXPECT_EQ(load_half_slots(slot_type::long_672), 8);
}

TEST(slot_type, x_crc_is_the_remainder_of_the_test_bits) {
    sim::random_stream r(7, "test", "slot types");
    for (slot_type t : all_types) {
        const auto octets = static_cast<std::size_t>(b_field_bits(t) / 8);
        EXPECT_EQ(x_crc(t, sim::bytes(octets, 0)).value(), 0);
        EXPECT_FALSE(x_crc(t, sim::bytes(octets - 1, 0)));
        EXPECT_FALSE(x_crc(t, sim::bytes(octets + 1, 0)));
        sim::bytes b(octets);
        for (auto& octet : b) octet = static_cast<std::uint8_t>(r.below(256));
        // Each test bit turns one parity, the others none: 80 or 160 of them, spread evenly.
        const std::uint8_t before = x_crc(t, b).value();
        int turned[4] = {};
        for (std::size_t bit = 0; bit < octets * 8; ++bit) {
            b[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> bit % 8);
            const unsigned change = before ^ x_crc(t, b).value();
            b[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> bit % 8);
            for (unsigned parity = 0; parity < 4; ++parity) turned[parity] += change == 8U >> parity ? 1 : 0;
            ASSERT_EQ(change & (change - 1), 0U);
        }
        const int each = t == slot_type::half || t == slot_type::full ? 20 : 40;
        for (int n : turned) EXPECT_EQ(n, each) << to_text(t);
        if (t == slot_type::full) {
            EXPECT_EQ(before, x_crc_full_slot(b));
        }
    }
    // First and last test bit of each (table 6.40): b0 and b79 of a half slot, b64 and b799 of a double one.
    const auto turns = [](slot_type t, std::size_t bit) {
        sim::bytes b(static_cast<std::size_t>(b_field_bits(t) / 8));
        b[bit / 8] = static_cast<std::uint8_t>(0x80U >> bit % 8);
        return x_crc(t, b).value();
    };
    EXPECT_EQ(turns(slot_type::half, 0), 8);
    EXPECT_EQ(turns(slot_type::half, 79), 1);
    EXPECT_EQ(turns(slot_type::double_slot, 63), 0);
    EXPECT_EQ(turns(slot_type::double_slot, 64), 8);
    EXPECT_EQ(turns(slot_type::double_slot, 799), 1);
    EXPECT_EQ(turns(slot_type::long_640, 639), 1);
    EXPECT_EQ(turns(slot_type::long_672, 639), 1);
    EXPECT_EQ(turns(slot_type::long_672, 640), 0);
}

/// tests/system/x_crc.py wrote them, from the standard's text and on its own; test_x_crc.py asks tshark about them.
TEST(slot_type, x_crc_is_that_of_a_second_implementation) {
    std::ifstream vectors(std::string(DECTBED_SOURCE_DIR) + "/tests/radio/x_crc_vectors.txt");
    std::string slot, octets, x;
    std::map<std::string, int> checked;
    while (vectors >> slot >> octets >> x) {
        for (slot_type t : all_types) {
            std::string name = to_text(t);
            std::replace(name.begin(), name.end(), ' ', '_');
            if (name != slot) continue;
            ++checked[slot];
            EXPECT_EQ(fmt::format("{:x}", x_crc(t, sim::from_hex(octets).value()).value()), x) << slot;
        }
    }
    EXPECT_EQ(checked.size(), std::size(all_types));
    for (const auto& [name, n] : checked) EXPECT_EQ(n, 4) << name;
}

TEST(slot_type, scrambling_goes_on_where_a_full_slot_ends) {
    for (int frame = 0; frame < 16; ++frame) {
        const auto full = scrambling_sequence(frame);
        for (slot_type t : all_types) {
            const auto s = scrambling_sequence(t, frame);
            ASSERT_EQ(s.size() * 8, static_cast<std::size_t>(b_field_bits(t)));
            for (std::size_t i = 0; i < std::min(s.size(), full.size()); ++i) ASSERT_EQ(s[i], full[i]);
        }
    }
}

// --- links ---------------------------------------------------------------------------------------------------

struct slots_world : world {
    base* b = nullptr;
    explicit slots_world(std::uint8_t offered, int transceivers = 1) : world(5) {
        fixed_part::config c;
        c.identity = make_rfpi_class_a(vendor_emc, 1, 0);
        c.bearers_max = 12;
        c.transceivers = transceivers;
        c.slot_types = offered;
        b = &add_configured_base(c);
    }
    handset& add(slot_type wanted) {
        const auto n = handsets_made++;
        portable_part::config c;
        c.ipei = ipei{vendor_emc, static_cast<std::uint32_t>(n)}.octets();
        c.place = {6.0 + static_cast<double>(n), 1, 0};
        c.slot = wanted;
        const auto who = s.journal().declare(fmt::format("office/handset[{}]", n), "handset", site);
        handsets.push_back(std::make_unique<handset>(s, *on_air, who, c));
        return *handsets.back();
    }
    int open_all() {
        start_all();
        run(1s);
        for (auto& h : handsets) h->part->lock(band::eu, b->id);
        run(6s);
        for (auto& h : handsets) {
            h->part->open_link();
            run(4s);
        }
        int links = 0;
        for (auto& h : handsets) links += h->link != 0 ? 1 : 0;
        return links;
    }
};

constexpr std::uint8_t offers_all = 0x1F;

TEST(slot_type_link, is_set_up_and_carries_messages_in_any_slot) {
    for (slot_type t : all_types) {
        slots_world w(offers_all);
        auto& h = w.add(t);
        ASSERT_EQ(w.open_all(), 1) << to_text(t);
        for (std::uint8_t i = 0; i < 5; ++i) {
            h.part->send(h.link, {0x05, 0x50, 0x78, 1, i});
            w.b->part->send(w.b->link, {0x85, 0x52, 0x78, 1, i});
        }
        w.run(5s);
        EXPECT_EQ(w.b->messages.size(), 5U);
        EXPECT_EQ(h.messages.size(), 5U);
        const auto& part = static_cast<site_fixed_part&>(*w.b->part);
        int blind = 0;
        for (int s = 0; s < duplex_slots; ++s) blind += part.slot_blind(s) ? 1 : 0;
        EXPECT_EQ(blind, 1 + full_slots(t)) << to_text(t);
        h.part->release(h.link);
        w.run(1s);
        EXPECT_EQ(h.count("released", "normal"), 1);
    }
}

TEST(slot_type_link, two_slots_each_leave_room_for_five_or_less) {
    // Twelve pairs, one for the dummy bearer: at most five times two of those that are left.
    for (slot_type t : {slot_type::double_slot, slot_type::long_640}) {
        slots_world w(offers_all);
        for (int i = 0; i < 8; ++i) w.add(t);
        const int links = w.open_all();
        EXPECT_LE(links, 5);
        EXPECT_GE(links, t == slot_type::double_slot ? 5 : 3);
        for (const auto& r : w.all<sim::record::access_request>())
            if (r.outcome == "confirmed") {
                EXPECT_TRUE(may_begin_at(t, static_cast<int>(r.slot)));
                EXPECT_EQ(pairs_taken(t, static_cast<int>(r.slot)) & slot_bit(w.b->slot), 0);
            }
        // All of them go on undisturbed.
        w.run(60s);
        int still = 0;
        for (auto& h : w.handsets)
            still += h->link != 0 && h->count("released") <= h->count("released", "setup failed");
        EXPECT_GE(still, links);
    }
}

TEST(slot_type_link, what_is_not_offered_is_not_asked_for_or_refused) {
    slots_world w(slot_type_bit(slot_type::full));
    for (const slot_type t : all_types) w.add(t);
    EXPECT_EQ(w.open_all(), 5);  // in full slots, because the capabilities offer no others
    for (const auto& r : w.all<sim::record::access_request>()) EXPECT_NE(r.outcome, "slot type refused");
    for (const auto& h : w.handsets) {
        EXPECT_EQ(h->locked.information.fixed_part_capabilities & capability_bit(12), 0U);
        EXPECT_EQ(h->locked.information.extended_capabilities, 0U);
    }
}

TEST(slot_type_link, one_kind_of_long_slot_is_refused_to_whoever_has_not_heard_yet_which_is_offered) {
    for (const bool at_once : {true, false}) {
        slots_world w(slot_type_bit(slot_type::full) | slot_type_bit(slot_type::long_640));
        auto& other = w.add(slot_type::long_672);
        auto& offered = w.add(slot_type::long_640);
        w.start_all();
        w.run(1s);
        const auto lock = [&](handset& h) {
            const int before = h.count("locked", "ok");
            h.part->lock(band::eu, w.b->id);
            while (h.count("locked", "ok") == before) w.run(10ms);
        };
        lock(offered);
        lock(other);
        // Who begins to listen between the capabilities and part 2 hears that before the static information.
        for (int i = 0; i < 8 && at_once && other.locked.information.extended_capabilities != 0; ++i) {
            w.run(480ms);
            lock(other);
        }
        if (!at_once) w.run(2s);  // eight multiframes, in which everything is broadcast
        for (auto& h : w.handsets) {
            h->part->open_link();
            w.run(at_once ? 200ms : 3s);
        }
        w.run(3s);
        bool refused = false;
        for (const auto& r : w.all<sim::record::access_request>())
            refused = refused || r.outcome == "slot type refused";
        EXPECT_EQ(refused, at_once);
        EXPECT_EQ(other.count("released", "setup failed"), at_once ? 1 : 0);
        EXPECT_EQ(other.count("established"), at_once ? 0 : 1);
        EXPECT_EQ(offered.count("established"), 1);
        if (!at_once) {
            EXPECT_EQ(
                other.locked.information.extended_capabilities | other.information.information.extended_capabilities,
                capability_bit(12));
        }
    }
}

TEST(slot_type_link, the_offer_is_broadcast) {
    slots_world w(offers_all);
    auto& h = w.add(slot_type::full);
    w.start_all();
    w.run(1s);
    h.part->lock(band::eu, w.b->id);
    w.run(6s);
    const std::uint64_t bits = h.locked.information.fixed_part_capabilities;
    EXPECT_NE(bits & capability_bit(15), 0U);
    EXPECT_NE(bits & capability_bit(16), 0U);
    EXPECT_NE(bits & capability_bit(17), 0U);
    EXPECT_NE(bits & capability_bit(12), 0U);  // extended ones follow
    w.run(2s);
    EXPECT_EQ(h.information.information.extended_capabilities, capability_bit(12) | capability_bit(13));
}

TEST(slot_type_medium, a_long_burst_disturbs_the_slot_that_follows) {
    // One bearer in pair 2, a stranger in step with it whose double slot begins at 2 or long slot at 1: it covers both.
    sim::simulation s(1);
    medium m(s, {}, {});
    const auto at = [&](const char* name, double x) {
        return m.add_station(s.journal().declare(name, "x"), {x, 0, 0});
    };
    const auto wanted = at("wanted", 0), receiver = at("receiver", 20), stranger = at("stranger", 21);
    const auto begin = [&](station_index who, int slot, std::int64_t bits) {
        plan p;
        p.transmitter = who;
        p.carrier = 3;
        p.slot = slot;
        p.bits = bits;
        p.power = sim::dbm::of(24);
        return m.begin(std::move(p));
    };
    for (slot_type t : all_types)
        for (int slot : {0, 1, 2, 3}) {
            const auto ours = begin(wanted, 2, bits_p32);
            const auto theirs = begin(stranger, slot, packet_bits(t));
            s.kernel().run_until(s.now() + 1s);
            const std::int64_t frame = ours->timing.at(s.now()).frame - 2;
            const bool hit = m.receive(ours, frame, bits_p32, receiver, draw_purpose::bearer) != reception::good;
            EXPECT_EQ(hit, slot == 2 || (slot == 1 && full_slots(t) == 2)) << to_text(t) << ' ' << slot;
            m.end(ours);
            m.end(theirs);
        }
}

// --- scans of several receivers ----------------------------------------------------------------------------------

TEST(receiver_scans, a_portable_part_that_uses_all_of_them_waits_less) {
    // Ten carriers: on the primary scan a request waits 4.5 frames in the mean; with two more, 3 and 6 frames behind,
    // (0 + 1 + 2 + 3) / 10 + 2 * (0 + 1 + 2) / 10 = 1.2 frames.
    double mean_ms[4] = {};
    constexpr int rounds = 200;
    for (int scans : {1, 2, 3}) {
        world w(77);
        fixed_part::config c;
        c.identity = make_rfpi_class_a(vendor_emc, 1, 0);
        c.transceivers = 3;
        auto& b = w.add_configured_base(c);
        portable_part::config p;
        p.ipei = ipei{vendor_emc, 1}.octets();
        p.place = {10, 0, 0};
        p.scans_used = scans;
        const auto who = w.s.journal().declare("office/handset[0]", "handset", w.site);
        w.handsets.push_back(std::make_unique<handset>(w.s, *w.on_air, who, p));
        auto& h = *w.handsets.back();
        w.start_all();
        w.run(1s);
        h.part->lock(band::eu, b.id);
        w.run(6s);
        for (int i = 0; i < rounds; ++i) {
            const auto began = w.s.now();
            h.part->open_link();
            w.run(400ms + duration{i * 1'234'567'891LL % 10'000'000'000});
            ASSERT_EQ(h.count("established"), i + 1);
            mean_ms[scans] += static_cast<double>((h.last("established")->at - began).count()) / 1e9 / rounds;
            h.part->release(h.link);
            w.run(200ms);
        }
        EXPECT_EQ(w.all<sim::record::access_request>().size(), static_cast<std::size_t>(rounds));
    }
    EXPECT_NEAR(mean_ms[1] - mean_ms[3], 33, 8);
    EXPECT_LT(mean_ms[2], mean_ms[1] - 10);
    EXPECT_LT(mean_ms[3], mean_ms[2] - 3);
}

// --- class B over the air ---------------------------------------------------------------------------------------

struct class_b_world : world {
    base* b = nullptr;
    handset* h = nullptr;
    class_b_world(bool granted, bool asked, std::uint64_t seed = 1) : world(seed) {
        fixed_part::config c;
        c.identity = make_rfpi_class_a(vendor_emc, 1, 0);
        c.class_b = granted;
        b = &add_configured_base(c);
        portable_part::config p;
        p.ipei = ipei{vendor_emc, 1}.octets();
        p.place = {10, 0, 0};
        p.class_b = asked;
        const auto who = s.journal().declare("office/handset[0]", "handset", site);
        handsets.push_back(std::make_unique<handset>(s, *on_air, who, p));
        h = handsets.back().get();
        start_all();
        run(1s);
        h->part->lock(band::eu, b->id);
        run(6s);
        h->part->open_link();
        run(2s);
    }
};

TEST(class_b_link, carries_messages_both_ways_whoever_wants_it) {
    for (const bool granted : {false, true})
        for (const bool asked : {false, true})
            for (const bool base_first : {false, true}) {
                class_b_world w(granted, asked);
                ASSERT_NE(w.h->link, 0U);
                for (std::uint8_t i = 0; i < 12; ++i) {
                    if (base_first) w.b->part->send(w.b->link, {0x85, 0x52, 0x78, 1, i});
                    w.h->part->send(w.h->link, {0x05, 0x50, 0x78, 1, i});
                    if (!base_first) w.b->part->send(w.b->link, {0x85, 0x52, 0x78, 1, i});
                }
                w.h->part->send(w.h->link, sim::bytes(150, 0x55));
                w.run(15s);
                ASSERT_EQ(w.b->messages.size(), 13U) << granted << asked << base_first;
                ASSERT_EQ(w.h->messages.size(), 12U) << granted << asked << base_first;
                for (std::uint8_t i = 0; i < 12; ++i) {
                    EXPECT_EQ(w.b->messages[i].back(), i);
                    EXPECT_EQ(w.h->messages[i].back(), i);
                }
                EXPECT_EQ(w.b->messages[12], sim::bytes(150, 0x55));
                EXPECT_EQ(w.h->count("sent"), 13);
                w.h->part->release(w.h->link);
                w.run(3s);
                EXPECT_EQ(w.h->count("released", "normal"), 1);
                ASSERT_NE(last(*w.b, "released"), nullptr);
                EXPECT_EQ(last(*w.b, "released")->detail, "normal");
            }
}

TEST(class_b_link, keeps_the_c_channel_full) {
    // 30 frames of two segments are 1.2 s without a pause. The acknowledgement of class A comes half a frame after its
    // frame, so with nothing else on the way back neither class waits.
    for (const bool class_b : {false, true}) {
        class_b_world w(class_b, class_b);
        const auto began = w.s.now();
        for (std::uint8_t i = 0; i < 30; ++i) w.h->part->send(w.h->link, {0x05, 0x50, 0x78, 1, i});
        w.run(15s);
        ASSERT_EQ(w.h->count("sent"), 30);
        const duration took = w.h->last("sent")->at - began;
        EXPECT_GT(took, (30 * 2 - 1) * 20ms);
        EXPECT_LE(took, 30 * 2 * 20ms + 100ms);
    }
}

TEST(class_b_link, the_fixed_part_may_end_it) {
    class_b_world w(true, true);
    w.h->part->send(w.h->link, {0x05, 0x50});
    w.run(1s);
    w.b->part->send(w.b->link, {0x85, 0x52});
    w.b->part->release(w.b->link);
    w.run(2s);
    EXPECT_EQ(w.h->messages.size(), 1U);
    EXPECT_EQ(w.h->count("released", "normal"), 1);
}

}  // namespace
}  // namespace dectbed::radio::test
