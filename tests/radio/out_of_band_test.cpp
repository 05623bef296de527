// Stations on every band, interference between bands, and the count of what is sent where it is not allowed.
#include <chrono>

#include "radio/regulation.h"
#include "radio/site_air.h"
#include "radio/timers.h"
#include "tests/radio/locked_pair.h"

namespace dectbed::radio::test {
namespace {

using out_of_band = sim::record::out_of_band_transmission;

struct world_in : world {
    explicit world_in(const char* country, std::uint64_t seed = 1) : world(seed) {
        records.clear();
        on_air = make_air(s, site, {}, {}, country);
    }
    const transmission_monitor& monitor() { return static_cast<site_air&>(*on_air).monitor(); }
    std::int64_t counted() const {
        std::int64_t n = 0;
        for (const auto& r : all<out_of_band>()) n += r.slots;
        return n;
    }
    std::vector<std::string> assumptions() const {
        std::vector<std::string> out;
        for (const auto& a : all<sim::record::assumption_used>())
            if (a.text.rfind("radio:", 0) != 0) out.push_back(a.text);
        return out;
    }
};

struct home {
    band where;
    const char* country;
};
class every_band : public testing::TestWithParam<home> {};

TEST_P(every_band, ACT_38_ACT_39_bases_and_handsets_work_and_break_no_rule_at_home) {
    const auto [where, country] = GetParam();
    world_in w(country);
    base& b = w.add_base({0, 0, 0});
    handset& h = w.add_handset({5, 0, 0});
    b.part->start(where, sim::dbm::of(24));
    w.run(2s);
    ASSERT_TRUE(b.part->on_air());
    EXPECT_TRUE(plan_of(where).contains(b.carrier));
    h.part->scan(where, 128);
    w.run(30s);
    ASSERT_EQ(h.scanned.size(), 1U);
    EXPECT_EQ(h.scanned[0].carrier, b.carrier);
    EXPECT_TRUE(h.scanned[0].heard_escape);
    EXPECT_TRUE(h.scanned[0].heard_capabilities);
    h.part->lock(where, b.id);
    w.run(10s);
    ASSERT_EQ(h.count("locked", "ok"), 1);
    h.part->open_link();
    w.run(2s);
    ASSERT_EQ(h.count("established"), 1);
    h.part->send(h.link, {0x05, 0x50, 0x01, 0x02});
    w.run(2s);
    EXPECT_EQ(b.messages.size(), 1U);
    for (const auto& a : w.all<sim::record::access_request>()) EXPECT_TRUE(plan_of(where).contains(a.carrier));
    w.on_air->close_accounts();
    EXPECT_TRUE(w.all<out_of_band>().empty());
    EXPECT_EQ(w.monitor().slots(), 0);
    // What is unconfirmed is said once, whoever uses it how often.
    auto expected = assumptions_of(transmission_rules(country));
    for (const auto& text : assumptions_of(plan_of(where))) expected.push_back(text);
    EXPECT_EQ(w.assumptions(), expected);
}

INSTANTIATE_TEST_SUITE_P(bands, every_band,
                         testing::Values(home{band::eu, "DE"}, home{band::us, "US"}, home{band::latin_america, "AR"},
                                         home{band::brazil, "BR"}, home{band::japan, "JP"}, home{band::korea, "KR"},
                                         home{band::taiwan, "TW"}, home{band::china, "CN"}, home{band::thailand, "TH"}),
                         [](const auto& p) { return std::string(to_text(p.param.where)); });

TEST(out_of_band, ACT_39_ACT_40_a_dummy_bearer_of_the_wrong_band_is_counted_slot_by_slot) {
    world_in w("DE");
    base& b = w.add_base({0, 0, 0}, {1ms, 0, 0});
    b.part->start(band::us, sim::dbm::of(24));
    w.run(1s);
    ASSERT_TRUE(b.part->on_air());
    auto seen = w.all<out_of_band>();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_TRUE(seen[0].began);
    EXPECT_EQ(seen[0].band, "us");
    EXPECT_EQ(seen[0].carrier, b.carrier);
    EXPECT_EQ(seen[0].centre_khz, plan_of(band::us).centre_khz(b.carrier));
    EXPECT_EQ(seen[0].reason, "outside the band");
    EXPECT_EQ(seen[0].slots, 0);
    // 5 carriers of 20 ms each, then one burst a frame.
    w.run(9s);
    b.part->stop();
    seen = w.all<out_of_band>();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_FALSE(seen[1].began);
    EXPECT_EQ(seen[1].slots, 990);
    EXPECT_EQ(seen[1].on_air.count(), 82'500'000'000);  // P00: 990 times 96 bits of 11520 in 10 ms
    EXPECT_EQ(w.monitor().slots(), 990);
    EXPECT_EQ(w.monitor().slots_of(w.s.journal().find("office/base[0]")), 990);
    w.run(10s);
    w.on_air->close_accounts();
    EXPECT_EQ(w.all<out_of_band>().size(), 2U);  // silent stations cost nothing
}

TEST(out_of_band, ACT_39_both_ends_of_a_link_and_every_single_burst_are_counted) {
    world_in w("DE");
    base& b = w.add_base({0, 0, 0});
    handset& h = w.add_handset({5, 0, 0});
    b.part->start(band::us, sim::dbm::of(20));
    w.run(1s);
    h.part->scan(band::us, 128);
    w.run(10s);
    h.part->lock(band::us, b.id);
    w.run(5s);
    ASSERT_EQ(h.count("locked", "ok"), 1);
    const auto handset_id = w.s.journal().find("office/handset[0]");
    EXPECT_EQ(w.monitor().slots_of(handset_id), 0);  // it has only listened
    h.part->open_link();
    w.run(3s);
    ASSERT_EQ(h.count("established"), 1);
    const auto attempts = static_cast<std::int64_t>(w.all<sim::record::access_request>().size());
    EXPECT_EQ(w.monitor().slots_of(handset_id), attempts);
    const auto before = w.monitor().slots();
    h.part->release(h.link);
    w.run(1s);
    EXPECT_GT(w.monitor().slots_of(handset_id), attempts + 250);  // a bearer of about 3 s
    EXPECT_GT(w.monitor().slots(), before + 500);
    w.on_air->close_accounts();
    EXPECT_EQ(w.counted(), w.monitor().slots());
}

TEST(out_of_band, ACT_39_what_goes_on_at_the_end_is_counted_up_to_the_end) {
    world_in w("US");
    base& b = w.add_base({0, 0, 0});
    b.part->start(band::eu, sim::dbm::of(24));
    w.run(200ms + 60s);
    EXPECT_EQ(w.counted(), 0);
    w.on_air->close_accounts();
    EXPECT_EQ(w.counted(), 6000);
    w.on_air->close_accounts();
    w.handsets.clear();
    w.bases.clear();
    EXPECT_EQ(w.counted(), 6000);
}

TEST(out_of_band, ACT_39_too_much_power_is_counted_too) {
    // Latin America's 24 dBm on a frequency that the United States allow at 20.7 dBm.
    world_in w("US", 3);
    for (int i = 0; i < 12; ++i) w.add_base({i * 4.0, 0, 0});
    for (auto& b : w.bases) b->part->start(band::latin_america, sim::dbm::of(24));
    w.run(2s);
    int loud = 0, outside = 0;
    for (const auto& r : w.all<out_of_band>()) {
        const bool in_us = r.carrier >= 23;
        EXPECT_EQ(r.reason, in_us ? "too much power" : "outside the band");
        ++(in_us ? loud : outside);
    }
    EXPECT_GT(loud, 0);
    EXPECT_GT(outside, 0);
    EXPECT_EQ(loud + outside, 12);
}

TEST(out_of_band, ACT_38_a_transceiver_goes_no_louder_than_its_band_allows) {
    world_in w("US");
    base& b = w.add_base({0, 0, 0});
    handset& h = w.add_handset({5, 0, 0});
    b.part->start(band::us, sim::dbm::of(24));
    w.run(1s);
    h.part->lock(band::us, b.id);
    w.run(6s);
    h.part->open_link();
    w.run(2s);
    ASSERT_EQ(h.count("established"), 1);
    EXPECT_TRUE(w.all<out_of_band>().empty());
}

TEST(out_of_band, ACT_39_an_unknown_country_is_named_and_nothing_is_counted) {
    world_in w("XX");
    base& b = w.add_base({0, 0, 0});
    b.part->start(band::us, sim::dbm::of(24));
    w.run(10s);
    w.on_air->close_accounts();
    EXPECT_TRUE(w.all<out_of_band>().empty());
    const auto said = w.assumptions();
    ASSERT_FALSE(said.empty());
    EXPECT_EQ(said[0], "country XX: its rules are unknown, so nothing sent there counts as out of band");
}

TEST(out_of_band, ACT_39_counting_costs_no_events) {
    for (const band where : {band::eu, band::us}) {
        world_in w("DE");
        for (int i = 0; i < 20; ++i) w.add_base({i * 5.0, 0, 0}).part->start(where, sim::dbm::of(24));
        w.run(10s);
        EXPECT_EQ(w.events_in(3600s), 0U);
        w.on_air->close_accounts();
        // 20 bases, 100 bursts a second, from the end of their scan of 5 carriers on.
        EXPECT_NEAR(static_cast<double>(w.counted()), where == band::us ? 20 * 360'990.0 : 0.0, 20.0 * 20);
    }
}

// --- what bands do to each other ------------------------------------------------------------------------------

struct two_bursts {
    sim::simulation s{1};
    medium m{s, path_loss_parameters{}, receiver_parameters{}};
    std::uint32_t made = 0;

    station_index at(double x_m) {
        return m.add_station(s.journal().declare("station[" + std::to_string(made++) + "]", "base"), {x_m, 0, 0});
    }
    plan_ptr sends(station_index who, band where, int carrier) {
        plan p;
        p.transmitter = who;
        p.region = where;
        p.carrier = carrier;
        p.slot = 3;
        p.bits = bits_p32;
        p.power = sim::dbm::of(20);
        return m.begin(std::move(p));
    }
    /// Margin lost to an interferer as strong as the wanted signal.
    bool drowned_by(band wanted_band, int wanted, band other_band, int other) {
        const auto rx = at(0);
        const auto w = sends(at(30), wanted_band, wanted);
        const auto o = sends(at(30), other_band, other);
        const auto frame = w->timing.frame_not_before(s.now() + 20ms, w->slot);
        bool interfered = false, blind = false;
        const auto margin = m.margin(*w, frame, w->burst_start(frame), bits_p32, rx, interfered, blind);
        m.end(w);
        m.end(o);
        return margin < sim::db{0};
    }
};

TEST(bands, ACT_38_interference_follows_from_frequency_not_from_carrier_numbers) {
    EXPECT_TRUE(two_bursts().drowned_by(band::eu, 3, band::eu, 3));
    // The same number on another band lies elsewhere, another number may be the same frequency.
    EXPECT_FALSE(two_bursts().drowned_by(band::eu, 0, band::korea, 0));
    EXPECT_TRUE(two_bursts().drowned_by(band::eu, 5, band::taiwan, 5));
    EXPECT_TRUE(two_bursts().drowned_by(band::latin_america, 21, band::brazil, 21));
    EXPECT_TRUE(two_bursts().drowned_by(band::china, 12, band::japan, 12));
    EXPECT_FALSE(two_bursts().drowned_by(band::us, 25, band::eu, 5));
}

TEST(bands, ACT_38_a_starting_base_hears_other_bands_where_they_overlap) {
    sim::simulation s(1);
    medium m(s, path_loss_parameters{}, receiver_parameters{});
    const auto rx = m.add_station(s.journal().declare("a", "base"), {0, 0, 0});
    plan p;
    p.transmitter = m.add_station(s.journal().declare("b", "base"), {5, 0, 0});
    p.region = band::latin_america;
    p.carrier = 23;
    p.slot = 4;
    p.bits = bits_p32;
    p.power = sim::dbm::of(24);
    (void)m.begin(std::move(p));
    (void)s.kernel().at(s.now() + 50ms, [] {});
    s.kernel().run_until(s.now() + 50ms);
    const auto heard = [&](band b, std::size_t place) {
        const auto map = m.measure(rx, station_timing{}, plan_of(b), std::vector<sim::time_point>(16, s.now()));
        EXPECT_EQ(map.at.size(), static_cast<std::size_t>(plan_of(b).carriers));
        return map.at[place][4];
    };
    const auto floor = sim::dbm::of(-93);
    EXPECT_EQ(heard(band::us, 0), sim::dbm{24'000} - m.loss(0, 1));                    // carrier 23
    EXPECT_EQ(heard(band::us, 1), sim::dbm{24'000} - m.loss(0, 1) - sim::db::of(32));  // its neighbour
    EXPECT_EQ(heard(band::us, 4), floor);
    EXPECT_EQ(heard(band::eu, 0), floor);
    EXPECT_EQ(heard(band::brazil, 4), sim::dbm{24'000} - m.loss(0, 1) - sim::db::of(54));  // carrier 21
}

}  // namespace
}  // namespace dectbed::radio::test
