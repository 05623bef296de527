// A base whose firmware runs MAC: its records, on a true air with a true portable part.
#include <gmock/gmock.h>

#include <random>

#include "dectbed/mac_bursts.h"
#include "models/base/base_station.h"
#include "models/network/link/lan_switch.h"
#include "radio/a_field.h"
#include "radio/band.h"
#include "radio/identity.h"
#include "tests/models/firmware/host/scripted_firmware.h"

namespace dectbed::test {
namespace {

namespace mb = models::base;
namespace mn = models::network;
using namespace std::chrono_literals;
using testing::Each;

constexpr std::uint8_t carrier = 4, slot = 2;

template <std::size_t n>
void put(std::uint8_t (&to)[n], const radio::tail::any& t, bool dummy) {
    radio::a_field a;
    a.header.ba = static_cast<std::uint8_t>(dummy ? radio::b_field::none : radio::b_field::u_type);
    a.header.q2 = !dummy;
    a.content = t;
    const auto octets = radio::encode(a, radio::side::fixed).value();
    std::copy_n(octets.begin(), 6, std::begin(to));
}

struct burst_bench {
    explicit burst_bench(bool bursts = true)
        : sim(1),
          bridge(sim.kernel()),
          pool(sim),
          lan(sim, sim.journal().declare("office/switch", "switch")),
          who(sim.journal().declare("office/base[1]", "base", {}, "02:00:00:00:00:01")),
          air(radio::make_air(sim, sim.journal().declare("office", "site"), {})),
          base("base_1", sim, bridge, config(bursts), pool, lan.add_port(who), *air) {
        radio::portable_part::config p;
        p.place = {5, 0, 0};
        handset = air->make_portable_part(sim.journal().declare("office/handset[1]", "handset"), p);
        handset->set_power(true);
        bridge.start();
        scripted_firmware::events.clear();
    }
    mb::base_config config(bool bursts) {
        mb::base_config c;
        c.board.who = who;
        c.board.firmware = scripted_firmware::image(DECTBED_KIND_BASE);
        c.board.factory.rfpi = id.octets;
        c.board.reset_hold = sim::duration{0};
        c.mac_bursts = bursts;
        return c;
    }
    void power_on(scripted_firmware::script script) {
        scripted_firmware::on_event = std::move(script);
        base.plug_in();
        run(10ms);
    }
    void run(sim::duration time) { sim.kernel().run_until(sim.now() + time); }
    std::vector<std::pair<std::uint16_t, std::uint16_t>> refusals() const {
        std::vector<std::pair<std::uint16_t, std::uint16_t>> out;
        for (const auto& e : scripted_firmware::of_type(DECTBED_EV_REFUSED))
            out.emplace_back(e.as<dectbed_ev_refused>().request_type, e.as<dectbed_ev_refused>().reason);
        return out;
    }

    dectbed_req_radio_start tuned() const {
        dectbed_req_radio_start s{};
        s.band = DECTBED_BAND_EU;
        s.power_milli_dbm = 24'000;
        return s;
    }
    dectbed_req_mac_broadcast set() const {
        dectbed_req_mac_broadcast q{};
        q.carrier = carrier;
        q.slot = slot;
        q.count = 4;
        radio::tail::static_information fixed;
        fixed.carrier = carrier;
        fixed.slot = slot;
        fixed.rf_carriers = radio::plan_of(radio::band::eu).rf_carriers;
        put(q.a_fields[0], radio::tail::identity{id, false}, true);
        put(q.a_fields[1], fixed, true);
        put(q.a_fields[2], radio::tail::capabilities{1}, true);
        put(q.a_fields[3], radio::tail::multiframe_number{0}, true);
        return q;
    }
    dectbed_req_mac_open open(const dectbed_ev_mac_burst& asked) const {
        dectbed_req_mac_open q{};
        q.carrier = asked.carrier;
        q.slot = asked.slot;
        q.silence_frames = 500;
        q.frame = asked.frame + 1;
        put(q.idle, radio::tail::identity{id, false}, false);
        return q;
    }
    dectbed_req_mac_burst burst(std::uint8_t in, const radio::tail::any& t,
                                std::uint32_t frame = DECTBED_MAC_NEXT_FRAME) const {
        dectbed_req_mac_burst q{};
        q.slot = in;
        q.frame = frame;
        q.frame_numbers = 0xAAAA;
        put(q.a_field, t, false);
        return q;
    }

    sim::simulation sim;
    sim::systemc_bridge bridge;
    mn::host_pool pool;
    mn::lan_switch lan;
    sim::entity_id who;
    std::unique_ptr<radio::air> air;
    radio::rfpi id = radio::make_rfpi_class_a(0x0DB0, 5, 0);
    mb::base_station base;
    std::unique_ptr<radio::portable_part> handset;
};

TEST(base_bursts, when_a_handset_asks_for_a_bearer_then_every_step_is_a_record) {
    burst_bench b;
    bool locked = false;
    radio::link_id link = 0;
    radio::portable_part::events e;
    e.locked = [&](bool ok, const radio::scan_entry&) { locked = ok; };
    e.link_established = [&](radio::link_id l) { link = l; };
    b.handset->set_events(e);
    b.power_on([&](scripted_firmware& f, const received_event& ev) {
        if (ev.type == DECTBED_EV_BOOT) f.request(DECTBED_REQ_MAC_START, 7, b.tuned());
        if (ev.type == DECTBED_EV_MAC_STARTED) f.plain(DECTBED_REQ_MAC_MEASURE, 8);
        if (ev.type == DECTBED_EV_MAC_RSSI && scripted_firmware::of_type(DECTBED_EV_MAC_RSSI).size() == 10)
            f.request(DECTBED_REQ_MAC_BROADCAST, 9, b.set());
        if (ev.type != DECTBED_EV_MAC_BURST) return;
        const auto got = ev.as<dectbed_ev_mac_burst>();
        if (!got.request) return;
        const auto a = radio::decode_a_field(got.a_field, radio::side::portable).value();
        const auto asked = std::get<radio::tail::basic_control>(a.content);
        EXPECT_TRUE(a.first_transmission);
        EXPECT_EQ(asked.fmid, b.id.fmid());
        f.request(DECTBED_REQ_MAC_OPEN, 10, b.open(got));
        f.request(
            DECTBED_REQ_MAC_BURST, 11,
            b.burst(got.slot,
                    radio::tail::basic_control{radio::tail::basic_command::bearer_confirm, asked.fmid, asked.pmid},
                    got.frame + 1));
    });
    b.run(1s);
    EXPECT_EQ(scripted_firmware::of_type(DECTBED_EV_MAC_STARTED).at(0).token, 7u);
    const auto rssi = scripted_firmware::of_type(DECTBED_EV_MAC_RSSI);
    ASSERT_EQ(rssi.size(), 10u);
    for (std::size_t i = 0; i < rssi.size(); ++i) {
        EXPECT_EQ(rssi[i].as<dectbed_ev_mac_rssi>().carrier, i);
        EXPECT_THAT(rssi[i].as<dectbed_ev_mac_rssi>().dbm, Each(-93));
    }
    b.handset->lock(radio::band::eu, b.id);
    b.run(6s);
    ASSERT_TRUE(locked);
    b.handset->open_link();
    b.run(1s);
    EXPECT_NE(link, 0u);
    const auto taken = scripted_firmware::of_type(DECTBED_EV_MAC_ACCEPTED);
    ASSERT_GE(taken.size(), 1u);
    EXPECT_EQ(taken.back().token, 11u);
    const auto bursts = scripted_firmware::of_type(DECTBED_EV_MAC_BURST);
    const auto last = bursts.back().as<dectbed_ev_mac_burst>();
    EXPECT_EQ(last.frame, taken.back().as<dectbed_ev_mac_frame>().frame);
    EXPECT_EQ(last.good, 1);
    EXPECT_EQ(last.request, 0);
    EXPECT_GT(last.rssi_milli_dbm, -60'000);
    EXPECT_THAT(b.refusals(), testing::IsEmpty());
    // Power is lost, and comes back: nothing of before is left.
    b.base.unplug();
    b.run(10s);
    b.base.plug_in();
    b.run(1s);
    EXPECT_EQ(scripted_firmware::of_type(DECTBED_EV_MAC_STARTED).size(), 2u);
    EXPECT_THAT(b.refusals(), testing::IsEmpty());
}

TEST(base_bursts, what_cannot_be_done_is_refused_with_its_reason) {
    burst_bench b;
    using refusal = std::pair<std::uint16_t, std::uint16_t>;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_BOOT) return;
        f.plain(DECTBED_REQ_MAC_MEASURE);
        f.request(DECTBED_REQ_MAC_BROADCAST, 0, b.set());
        auto start = b.tuned();
        start.power_milli_dbm = 24'001;
        f.request(DECTBED_REQ_MAC_START, 0, start);
        start = b.tuned();
        f.request(DECTBED_REQ_MAC_START, 0, start);
        f.request(DECTBED_REQ_MAC_START, 0, start);
        auto set = b.set();
        set.carrier = 30;
        f.request(DECTBED_REQ_MAC_BROADCAST, 0, set);
        set = b.set();
        set.a_fields[5][3] = 1;  // not counted
        f.request(DECTBED_REQ_MAC_BROADCAST, 0, set);
        set = b.set();
        set.count = 7;
        f.request(DECTBED_REQ_MAC_BROADCAST, 0, set);
        f.request(DECTBED_REQ_MAC_BURST, 0, b.burst(12, radio::tail::identity{b.id, false}));
        f.request(DECTBED_REQ_MAC_BURST, 0, b.burst(3, radio::tail::identity{b.id, false}));
        f.u32(DECTBED_REQ_MAC_CLOSE, 3);
        f.u32(DECTBED_REQ_MAC_CLOSE, 12);
        f.request(DECTBED_REQ_RADIO_START, 0, b.tuned());
        f.plain(DECTBED_REQ_RADIO_STOP);
        f.plain(0x0808);
    });
    b.run(10ms);
    EXPECT_THAT(
        b.refusals(),
        testing::UnorderedElementsAre(
            refusal{DECTBED_REQ_MAC_MEASURE, DECTBED_WRONG_STATE},
            refusal{DECTBED_REQ_MAC_BROADCAST, DECTBED_WRONG_STATE}, refusal{DECTBED_REQ_MAC_START, DECTBED_BAD_FIELD},
            refusal{DECTBED_REQ_MAC_START, DECTBED_WRONG_STATE}, refusal{DECTBED_REQ_MAC_BROADCAST, DECTBED_NO_CHANNEL},
            refusal{DECTBED_REQ_MAC_BROADCAST, DECTBED_BAD_FIELD},
            refusal{DECTBED_REQ_MAC_BROADCAST, DECTBED_BAD_FIELD}, refusal{DECTBED_REQ_MAC_BURST, DECTBED_BAD_FIELD},
            refusal{DECTBED_REQ_MAC_BURST, DECTBED_NOT_FOUND}, refusal{DECTBED_REQ_MAC_CLOSE, DECTBED_NOT_FOUND},
            refusal{DECTBED_REQ_MAC_CLOSE, DECTBED_BAD_FIELD}, refusal{DECTBED_REQ_RADIO_START, DECTBED_NOT_AVAILABLE},
            refusal{DECTBED_REQ_RADIO_STOP, DECTBED_NOT_AVAILABLE}, refusal{0x0808, DECTBED_BAD_FIELD}));
}

TEST(base_bursts, a_base_whose_firmware_leaves_mac_to_us_has_no_baseband) {
    burst_bench b(false);
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) f.request(DECTBED_REQ_MAC_START, 0, b.tuned());
    });
    b.run(10ms);
    ASSERT_EQ(b.refusals().size(), 1u);
    EXPECT_EQ(b.refusals()[0].second, DECTBED_NOT_AVAILABLE);
}

TEST(base_bursts, records_of_any_length_and_content_are_refused_or_served) {
    burst_bench b;
    std::mt19937 random(1);
    std::size_t sent = 0;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) f.request(DECTBED_REQ_MAC_START, 0, b.tuned());
        if (e.type == DECTBED_EV_MAC_STARTED) f.request(DECTBED_REQ_MAC_BROADCAST, 0, b.set());
        if (e.type != DECTBED_EV_BOOT && e.type != DECTBED_EV_TIMER) return;
        f.timer(1, 3000);
        for (int i = 0; i < 20; ++i, ++sent) {
            sim::bytes record(sizeof(dectbed_record) + random() % 72);
            for (auto& o : record) o = static_cast<std::uint8_t>(random() % 4 == 0 ? random() : random() % 12);
            dectbed_record header{static_cast<std::uint16_t>(DECTBED_REQ_MAC_MEASURE + random() % 5),
                                  static_cast<std::uint16_t>(record.size()), 0};
            std::memcpy(record.data(), &header, sizeof header);
            f.raw(record);
        }
    });
    b.handset->lock(radio::band::eu, b.id);
    b.run(3s);
    b.handset->open_link();
    b.run(3s);
    EXPECT_GT(sent, 10'000u);
    EXPECT_TRUE(b.base.hardware().board().powered());
}

}  // namespace
}  // namespace dectbed::test
