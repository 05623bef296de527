// What goes over the air while a link changes: burst by burst, as an observer sees it.
#include <algorithm>
#include <functional>

#include "radio/capture/observer.h"
#include "radio/frame_time.h"
#include "radio/site_air.h"
#include "tests/radio/locked_pair.h"

namespace dectbed::radio::test {
namespace {

struct burst_log final : burst_observer {
    std::vector<observed_burst> all;
    std::function<void(const observed_burst&)> on_burst;

    void observed(const observed_burst& b) override {
        all.push_back(b);
        if (on_burst) on_burst(b);
    }
    template <class Tail>
    std::vector<observed_burst> with(side from) const {
        std::vector<observed_burst> found;
        for (const auto& b : all)
            if (b.from == from && std::holds_alternative<Tail>(b.content.content)) found.push_back(b);
        return found;
    }
};

medium& medium_of(world& w) { return static_cast<site_air&>(*w.on_air).on_air(); }

/// In step with a base whose clock is that, from a place of its own: a lasting one, or, with a frame, a single burst.
plan_ptr jam(world& w, const station_clock& clock, const sim::position& place, int carrier, int slot,
             std::int64_t frame = -1) {
    medium& m = medium_of(w);
    plan p;
    p.transmitter = m.add_station(w.site, place);
    p.carrier = carrier;
    p.slot = slot;
    p.bits = bits_p32;
    p.power = sim::dbm::of(24);
    p.timing = station_timing(clock);
    p.since = w.s.now();
    return frame < 0 ? m.begin(std::move(p)) : m.begin_burst(std::move(p), frame);
}

bool is_confirm(const observed_burst& b) {
    const auto* c = std::get_if<tail::basic_control>(&b.content.content);
    return c != nullptr && b.from == side::fixed && c->command == tail::basic_command::bearer_confirm;
}

TEST(wait, a_confirm_that_is_repeated_establishes_the_link_once) {
    const station_clock clock{duration{1}, 0, 0};
    for (int lost = 1; lost <= 3; ++lost) {
        locked_pair w(static_cast<std::uint64_t>(lost), 40, clock);
        burst_log log;
        w.on_air->set_observer(&log);
        int jammed = 0, confirms = 0;
        log.on_burst = [&](const observed_burst& b) {
            if (!is_confirm(b)) return;
            ++confirms;
            EXPECT_TRUE(b.heard);
            if (jammed == lost) return;
            ++jammed;  // the answer that follows half a frame later does not reach the base
            const std::int64_t frame = station_timing(clock).at(b.start).frame;
            (void)jam(w, clock, {1, 0, 0}, b.carrier, b.slot + duplex_slots, frame);
        };
        w.b->part->set_host_busy(true);
        w.h->part->open_link();
        w.run(1s);
        w.b->part->set_host_busy(false);
        w.run(2s);
        EXPECT_EQ(jammed, lost);
        EXPECT_EQ(confirms, lost + 1);
        EXPECT_EQ(w.h->count("established"), 1);
        EXPECT_EQ(
            std::count_if(w.b->log.begin(), w.b->log.end(), [](const told& t) { return t.what == "established"; }), 1);
        EXPECT_EQ(w.h->count("released"), 0);
        w.h->part->send(w.h->link, sim::bytes(20, 0x31));
        w.b->part->send(w.b->link, sim::bytes(20, 0x32));
        w.run(1s);
        EXPECT_EQ(w.b->messages.size(), 1U);
        EXPECT_EQ(w.h->messages.size(), 1U);
        w.on_air->set_observer(nullptr);
    }
}

/// A link whose channel somebody else takes, in step, near the handset: the fixed part is not heard any more.
struct taken_channel : locked_pair {
    burst_log log;
    time_point began;
    explicit taken_channel(std::uint64_t seed, std::int64_t messages = 0)
        : locked_pair(seed, 60, station_clock{duration{1}, 0, 0}) {
        link();
        const auto request = all<sim::record::access_request>().back();
        on_air->set_observer(&log);
        for (std::int64_t i = 0; i < messages; ++i) {
            h->part->send(h->link, sim::bytes(60, static_cast<std::uint8_t>(i)));
            b->part->send(b->link, sim::bytes(60, static_cast<std::uint8_t>(i)));
        }
        if (messages > 0) run(duration{static_cast<std::int64_t>(seed) * 7'300'000'000});
        began = s.now();
        (void)jam(*this, station_clock{duration{1}, 0, 0}, {61, 0, 0}, static_cast<int>(request.carrier),
                  static_cast<int>(request.slot));
    }
    ~taken_channel() { on_air->set_observer(nullptr); }
    int handovers(const char* outcome) const {
        const auto all_of_them = all<sim::record::handover>();
        return static_cast<int>(
            std::count_if(all_of_them.begin(), all_of_them.end(), [&](const auto& r) { return r.outcome == outcome; }));
    }
};

TEST(bearer_handover, a_release_stays_on_the_bearer_on_which_it_began) {
    int during = 0, after = 0;
    for (int ms = 30; ms < 130; ms += 1) {
        taken_channel w(static_cast<std::uint64_t>(ms));
        w.run(duration{ms * 1'000'000'000LL});
        const auto requests = w.all<sim::record::access_request>().size();
        const bool done = w.handovers("done") > 0;
        const auto moved = done ? w.all<sim::record::handover>().back() : sim::record::handover{};
        const auto first = w.all<sim::record::access_request>().front();
        w.log.all.clear();
        w.h->part->release(w.h->link);
        w.run(1s);
        const auto released = w.log.with<tail::basic_release>(side::portable);
        std::vector<observed_burst> ends;  // without the release of a bearer that had been handed over
        for (const auto& b : released)
            if (std::get<tail::basic_release>(b.content.content).reason == tail::release_code::connection)
                ends.push_back(b);
        ASSERT_FALSE(ends.empty()) << ms;
        ASSERT_LE(ends.size(), 2U) << ms;
        for (const auto& b : ends) {
            EXPECT_EQ(b.carrier, ends[0].carrier) << ms;
            EXPECT_EQ(b.slot, ends[0].slot) << ms;
        }
        EXPECT_EQ(ends[0].carrier, done ? moved.to_carrier : first.carrier) << ms;
        EXPECT_EQ(ends[0].slot, (done ? moved.to_slot : first.slot) + duplex_slots) << ms;
        const auto frame = ends.back().start - ends.front().start;
        EXPECT_NEAR(static_cast<double>(frame.count()), ends.size() == 2 ? 1e10 : 0, 2.0) << ms;
        EXPECT_EQ(w.h->count("released"), 1) << ms;
        EXPECT_NE(last(*w.b, "released"), nullptr) << ms;
        EXPECT_EQ(medium_of(w).live_plans(), 2U) << ms;  // the beacon and the intruder: no bearer is left behind
        (done ? after : during) += requests > 1 ? 1 : 0;
    }
    EXPECT_GT(during, 10);
    EXPECT_GT(after, 10);
}

TEST(bearer_handover, never_sends_two_segments_within_two_frames) {
    int done = 0, across = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        taken_channel w(seed, 6);
        w.run(8s);
        done += w.handovers("done");
        for (const side from : {side::fixed, side::portable}) {
            auto sent = w.log.with<tail::c_channel>(from);
            std::sort(sent.begin(), sent.end(),
                      [](const observed_burst& a, const observed_burst& b) { return a.start < b.start; });
            for (std::size_t i = 1; i < sent.size(); ++i) {
                const auto frame = [](const observed_burst& b) {
                    return station_timing(station_clock{duration{1}, 0, 0}).at(b.start).frame;
                };
                EXPECT_GE(frame(sent[i]) - frame(sent[i - 1]), 2) << "seed " << seed;
                across += sent[i].slot != sent[i - 1].slot || sent[i].carrier != sent[i - 1].carrier ? 1 : 0;
            }
        }
        EXPECT_EQ(w.b->messages.size(), 6U) << seed;
        EXPECT_EQ(w.h->messages.size(), 6U) << seed;
    }
    EXPECT_GT(done, 20);
    EXPECT_GT(across, 30);
}

}  // namespace
}  // namespace dectbed::radio::test
