// Fast set-up: a fixed part sets a link up with a portable part that listens (EN 300 175-3, 10.2.3, 10.5.1.2.2, 11.9).
#include <algorithm>
#include <set>

#include "radio/band.h"
#include "radio/capture/describe.h"
#include "radio/capture/observer.h"
#include "radio/paging.h"
#include "radio/timers.h"
#include "tests/radio/world.h"

namespace dectbed::radio::test {
namespace {

constexpr std::uint32_t pmid = 0x10123;
constexpr duration frame = frame_nominal;
// A frame to prepare and one to reach the slot, ten until the carrier is scanned, four of procedure.
constexpr duration longest_attempt = 16 * frame;

struct listening : world {
    base* b = nullptr;
    std::vector<handset*> h;

    explicit listening(std::uint64_t seed = 1, set_up_detection offered = set_up_detection::complete,
                       set_up_detection able = set_up_detection::complete, int crowd = 1, int bearers_max = 8)
        : world(seed) {
        fixed_part::config c;
        c.identity = make_rfpi_class_a(vendor_emc, 1, 0);
        c.clock.phase = duration{1};
        c.bearers_max = bearers_max;
        c.fast_set_up = offered;
        b = &add_configured_base(c);
        for (int i = 0; i < crowd; ++i) {
            portable_part::config p;
            p.ipei = ipei{vendor_emc, static_cast<std::uint32_t>(i)}.octets();
            p.place = {10.0 + i, 0, 0};
            p.detects = able;
            h.push_back(&add_configured_handset(p));
            h.back()->part->assign_pmid(pmid + static_cast<std::uint32_t>(i));
        }
        start_all();
        run(1s);
        for (handset* one : h) one->part->lock(band::eu, b->id);
        run(6s);
        for (std::size_t i = 0; i < h.size(); ++i) tell_to_listen(i);
        record_times.clear();
        records.clear();
        b->log.clear();
    }
    /// Over a link of its own, as after its location registration.
    void tell_to_listen(std::size_t i) {
        h[i]->part->open_link();
        run(500ms);
        b->part->release_to_listen(b->link, pmid + static_cast<std::uint32_t>(i));
        run(200ms);
        EXPECT_EQ(h[i]->count("released", "normal"), 1);
        h[i]->log.clear();
    }
    std::vector<sim::record::access_request> requests() const { return all<sim::record::access_request>(); }
};

TEST(fast_set_up, a_link_stands_without_a_page_and_sooner_than_after_one) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        listening w(seed);
        const auto began = w.s.now();
        ASSERT_TRUE(w.b->part->connect(pmid));
        w.run(1s);
        const told* at_base = last(*w.b, "established");
        ASSERT_NE(at_base, nullptr) << seed;
        ASSERT_NE(w.h[0]->last("established"), nullptr) << seed;
        EXPECT_EQ(at_base->detail, "10123");
        EXPECT_LE(at_base->at - began, longest_attempt) << seed;
        EXPECT_GE(at_base->at - began, 3 * frame) << seed;
        EXPECT_EQ(w.all<sim::record::page_sent>().size(), 0U);
        ASSERT_EQ(w.requests().size(), 1U);
        EXPECT_EQ(w.requests()[0].outcome, "confirmed");
        EXPECT_EQ(w.all<sim::record::bearer_changed>()[0].reason, "set up by the fixed part");

        w.b->part->send(w.b->link, sim::bytes(20, 0x31));
        w.h[0]->part->send(w.h[0]->link, sim::bytes(20, 0x32));
        w.run(1s);
        EXPECT_EQ(w.b->messages, std::vector<sim::bytes>{sim::bytes(20, 0x32)});
        EXPECT_EQ(w.h[0]->messages, std::vector<sim::bytes>{sim::bytes(20, 0x31)});
        w.h[0]->part->release(w.h[0]->link);
        w.run(1s);
        EXPECT_EQ(last(*w.b, "released")->detail, "normal");
        EXPECT_TRUE(w.b->part->connect(pmid)) << "it listens on";
        w.run(1s);
        EXPECT_EQ(w.h[0]->count("established"), 2);
    }
}

struct burst_log final : burst_observer {
    std::vector<observed_burst> all;
    void observed(const observed_burst& b) override {
        if (b.full_slot) all.push_back(b);
    }
};

TEST(fast_set_up, its_messages_come_in_the_frames_and_on_the_carrier_of_the_standard) {
    std::set<bool> in_odd_frames;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        listening w(seed);
        burst_log log;
        w.on_air->set_observer(&log);
        ASSERT_TRUE(w.b->part->connect(pmid));
        w.run(500ms);
        w.on_air->set_observer(nullptr);
        ASSERT_GE(log.all.size(), 6U);
        const auto said = [&](std::size_t i) {
            const auto octets = encode(log.all[i].content, log.all[i].from).value();
            return describe_a_field(octets, log.all[i].from);
        };
        EXPECT_NE(said(0).find("advanced access request, FMID 008, PMID 10123"), std::string::npos) << said(0);
        EXPECT_NE(said(1).find("advanced bearer confirm, FMID 008, PMID 10123"), std::string::npos) << said(1);
        EXPECT_NE(said(2).find("attributes request: ECN 0, LBN 15, symmetric single bearer, service 00, full slot"),
                  std::string::npos)
            << said(2);
        EXPECT_NE(said(3).find("attributes confirm: ECN 0"), std::string::npos) << said(3);
        EXPECT_NE(said(4).find("NT  RFPI"), std::string::npos) << said(4);
        EXPECT_NE(said(5).find("NT  RFPI"), std::string::npos) << said(5);
        const station_timing timing{station_clock{duration{1}, 0, 0}};
        const std::int64_t asked = timing.at(log.all[0].start).frame;
        EXPECT_EQ(plan_of(band::eu).scanned_carrier(asked + 1), log.all[0].carrier);
        const int number = timing.frame_number(asked);
        in_odd_frames.insert(number % 2 != 0);
        const std::int64_t attributes = asked + (number % 2 == 0 ? 1 : 2);
        const std::int64_t expected[] = {asked, asked, attributes, attributes + 1, attributes + 2, attributes + 2};
        for (std::size_t i = 0; i < 6; ++i) {
            EXPECT_EQ(timing.at(log.all[i].start).frame, expected[i]) << i;
            EXPECT_EQ(log.all[i].slot, log.all[0].slot + (i % 2 == 0 ? 0 : duplex_slots)) << i;
            EXPECT_EQ(log.all[i].carrier, log.all[0].carrier) << i;
            EXPECT_EQ(log.all[i].from, i % 2 == 0 ? side::fixed : side::portable) << i;
            EXPECT_FALSE(log.all[i].content.first_transmission) << i;
            EXPECT_TRUE(log.all[i].heard) << i;
        }
    }
    EXPECT_EQ(in_odd_frames.size(), 2U) << "requests go out in any frame";
}

TEST(fast_set_up, waits_for_a_busy_host_until_it_is_free) {
    listening w;
    w.h[0]->part->answer_calls(call_answer::wait);
    ASSERT_TRUE(w.b->part->connect(pmid));
    w.run(1s);
    ASSERT_EQ(w.requests().size(), 1U);
    EXPECT_EQ(w.requests()[0].outcome, "wait");
    EXPECT_EQ(last(*w.b, "established"), nullptr);
    const auto freed = w.s.now();
    w.h[0]->part->answer_calls(call_answer::confirm);
    w.run(1s);
    ASSERT_NE(last(*w.b, "established"), nullptr);
    EXPECT_LE(last(*w.b, "established")->at - freed, 6 * frame);
    EXPECT_EQ(w.h[0]->count("established"), 1);
}

TEST(fast_set_up, T200_ends_the_waiting) {
    listening w;
    w.h[0]->part->answer_calls(call_answer::wait);
    const auto began = w.s.now();
    ASSERT_TRUE(w.b->part->connect(pmid));
    w.run(T200 - 50ms);
    EXPECT_EQ(last(*w.b, "connect failed"), nullptr);
    w.run(1s);
    ASSERT_NE(last(*w.b, "connect failed"), nullptr);
    EXPECT_EQ(last(*w.b, "connect failed")->detail, "10123 setup failed");
    EXPECT_NEAR(std::chrono::duration<double>(last(*w.b, "connect failed")->at - began).count(), 3.02, 0.02);
    EXPECT_EQ(w.h[0]->count("established"), 0);
    EXPECT_EQ(w.h[0]->count("released"), 0) << "its user asked for nothing";
    EXPECT_FALSE(w.b->part->connect(pmid)) << "it is not thought to listen any more";
    w.h[0]->part->open_link();
    w.run(1s);
    EXPECT_EQ(w.h[0]->count("established"), 1) << "basic set-up is left";
}

TEST(fast_set_up, who_is_refused_pages_instead) {
    listening w;
    w.h[0]->part->answer_calls(call_answer::refuse);
    w.h[0]->on_paged = [&](sim::byte_view) { w.h[0]->part->open_link(); };
    const auto began = w.s.now();
    ASSERT_TRUE(w.b->part->connect(pmid));
    w.run(1s);
    ASSERT_EQ(w.requests().size(), 1U);
    EXPECT_EQ(w.requests()[0].outcome, "refused");
    ASSERT_NE(last(*w.b, "connect failed"), nullptr);
    EXPECT_LE(last(*w.b, "connect failed")->at - began, longest_attempt);
    ASSERT_TRUE(w.b->part->page(sim::bytes(short_page_octets, 0)));
    w.run(1s);
    EXPECT_EQ(w.h[0]->count("established"), 1);
    EXPECT_NE(last(*w.b, "established")->detail, "10123") << "by the portable part, with an arbitrary PMID";
}

TEST(fast_set_up, nobody_who_listens_is_asked_N200_times_more) {
    listening w;
    w.h[0]->part->set_power(false);
    ASSERT_TRUE(w.b->part->connect(pmid));
    EXPECT_FALSE(w.b->part->connect(pmid)) << "once at a time";
    w.run(T200 + 1s);
    const auto all = w.requests();
    ASSERT_NE(last(*w.b, "connect failed"), nullptr);
    EXPECT_EQ(all.size(), static_cast<std::size_t>(N200 + 1));
    std::set<std::pair<std::int64_t, std::int64_t>> channels;
    for (const auto& r : all) {
        EXPECT_EQ(r.outcome, "not listening");
        EXPECT_NE(r.slot, w.b->slot);
        channels.insert({r.carrier, r.slot});
    }
    EXPECT_EQ(channels.size(), all.size()) << "a new channel each time";
}

TEST(fast_set_up, selective_detection_hears_one_slot) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        listening w(seed, set_up_detection::selective, set_up_detection::selective);
        ASSERT_TRUE(w.b->part->connect(pmid));
        w.run(1s);
        ASSERT_EQ(w.h[0]->count("established"), 1) << seed;
        const auto slot = w.requests()[0].slot;
        w.h[0]->part->release(w.h[0]->link);
        w.run(1s);
        ASSERT_TRUE(w.b->part->connect(pmid));
        w.run(1s);
        EXPECT_EQ(w.h[0]->count("established"), 2) << seed;
        EXPECT_EQ(w.requests()[1].slot, slot);
    }
}

TEST(fast_set_up, who_cannot_listen_everywhere_does_not) {
    listening w(1, set_up_detection::complete, set_up_detection::selective);
    ASSERT_TRUE(w.b->part->connect(pmid));
    w.run(T200 + 1s);
    EXPECT_NE(last(*w.b, "connect failed"), nullptr);
    EXPECT_EQ(w.h[0]->count("established"), 0);
}

TEST(fast_set_up, two_at_once_take_slots_of_their_own_and_none_that_is_in_use) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        listening w(seed, set_up_detection::complete, set_up_detection::complete, 4);
        for (std::uint32_t i = 0; i < 4; ++i) ASSERT_TRUE(w.b->part->connect(pmid + i));
        w.run(2s);
        std::set<std::int64_t> slots{w.b->slot};
        for (const auto& r : w.requests())
            if (r.outcome == "confirmed") slots.insert(r.slot);
        EXPECT_EQ(slots.size(), 5U) << seed;
        for (const handset* h : w.h) EXPECT_EQ(h->count("established"), 1) << seed;
    }
}

TEST(fast_set_up, a_full_base_says_so_to_its_own_user) {
    listening w(1, set_up_detection::complete, set_up_detection::complete, 2, 1);
    w.h[0]->part->open_link();
    w.run(1s);
    ASSERT_TRUE(w.b->part->connect(pmid + 1));
    w.run(100ms);
    ASSERT_NE(last(*w.b, "connect failed"), nullptr);
    EXPECT_EQ(last(*w.b, "connect failed")->detail, "10124 base busy");
}

TEST(fast_set_up, listening_ends_with_the_lock) {
    listening w;
    w.h[0]->part->unlock();
    w.run(1s);
    w.h[0]->part->lock(band::eu, w.b->id);
    w.run(6s);
    ASSERT_TRUE(w.b->part->connect(pmid));
    w.run(T200 + 1s);
    EXPECT_EQ(w.h[0]->count("established"), 0);
}

TEST(fast_set_up, whoever_is_switched_off_in_the_middle_leaves_nothing_behind) {
    for (int ms = 1; ms < 200; ms += 2) {
        for (const bool handset_goes : {false, true}) {
            listening w(static_cast<std::uint64_t>(ms));
            w.h[0]->part->answer_calls(ms % 3 == 0 ? call_answer::wait : call_answer::confirm);
            ASSERT_TRUE(w.b->part->connect(pmid));
            w.run(duration{ms * 1'000'000'000LL});
            if (handset_goes) {
                w.h[0]->part->set_power(false);
            } else {
                w.b->part->stop();
            }
            w.run(10s);
            if (handset_goes) w.h[0]->part->set_power(true);
            w.h[0]->part->unlock();
            w.b->part->start(band::eu, sim::dbm::of(24));
            w.run(1s);
            w.h[0]->part->lock(band::eu, w.b->id);
            w.run(6s);
            w.h[0]->log.clear();
            w.h[0]->part->open_link();
            w.run(1s);
            EXPECT_EQ(w.h[0]->count("established"), 1) << ms;
        }
    }
}

TEST(fast_set_up, listening_costs_nothing_while_nobody_calls) {
    listening w;
    w.run(10s);  // what the link left behind has run out
    EXPECT_EQ(w.events_in(1000s), 0U);
}

TEST(fast_set_up, is_off_unless_a_base_offers_it) {
    for (const auto offered : {set_up_detection::none, set_up_detection::complete}) {
        const bool on = offered != set_up_detection::none;
        listening w(1, offered);
        EXPECT_EQ(w.b->part->connect(pmid), on);
        EXPECT_EQ((w.h[0]->locked.information.fixed_part_capabilities & capability_bit(24)) != 0, on);
    }
}

}  // namespace
}  // namespace dectbed::radio::test
