// A handset's hardware that may play the fixed part.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "models/handset/handset_hardware.h"
#include "tests/models/base/fake_air.h"
#include "tests/models/firmware/host/scripted_firmware.h"

namespace dectbed::test {
namespace {

namespace mh = models::handset;
using namespace std::chrono_literals;
using testing::ElementsAre;

struct beacon_handset {
    explicit beacon_handset(bool beacon = true, sim::dbm power = sim::dbm::of(20))
        : sim(1), bridge(sim.kernel()), rack("handsets", 1) {
        mh::handset_config c;
        c.board.who = sim.journal().declare("office/handset[1]", "handset");
        c.board.firmware = scripted_firmware::image(DECTBED_KIND_HANDSET);
        c.board.factory.rfpi = {0x45, 0x55, 0x50, 1, 1};
        if (beacon) c.board.factory.band_discovery = DECTBED_BAND_DISCOVERY_BEACON;
        c.board.factory.beacon_linger_s = 60;
        c.board.reset_hold = sim::duration{0};
        c.place = {1, 2, 0};
        c.power = power;
        handset = std::make_unique<mh::handset_hardware>(sim, bridge, rack, c, air);
        bridge.start();
        scripted_firmware::events.clear();
    }
    void power_on(scripted_firmware::script script) {
        scripted_firmware::on_event = std::move(script);
        handset->insert_battery();
        run(10ms);
    }
    void run(sim::duration time) { sim.kernel().run_until(sim.now() + time); }

    sim::simulation sim;
    sim::systemc_bridge bridge;
    mh::handset_rack rack;
    fake_air air;
    std::unique_ptr<mh::handset_hardware> handset;
};

void start(scripted_firmware& f, std::uint32_t token) {
    dectbed_req_radio_start s{};
    s.band = DECTBED_BAND_US;
    s.power_milli_dbm = 24000;
    f.request(DECTBED_REQ_RADIO_START, token, s);
}
void scan(scripted_firmware& f, std::uint32_t token) {
    dectbed_req_radio_scan s{};
    s.band = DECTBED_BAND_EU;
    s.dwell_frames = 40;
    f.request(DECTBED_REQ_RADIO_SCAN, token, s);
}

TEST(handset_beacon, ACT_41_43_it_transmits_takes_one_link_and_is_an_ordinary_handset_again) {
    beacon_handset b;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) {
            dectbed_req_radio_system_information i{};
            i.information = {0, 0x0DB0, 0, 0x14002};
            f.request(DECTBED_REQ_RADIO_SYSTEM_INFORMATION, 1, i);
            start(f, 2);
            scan(f, 3);  // not while it transmits
        }
        if (e.type == DECTBED_EV_NWK_RECEIVED) {
            dectbed_req_link l{};
            l.link = e.as<dectbed_ev_link>().link;
            f.request(DECTBED_REQ_NWK_SEND, 4, l, sim::view("reply"));
        }
        if (e.type == DECTBED_EV_LINK_RELEASED) {
            f.plain(DECTBED_REQ_RADIO_STOP);
            scan(f, 5);
        }
    });
    ASSERT_EQ(b.air.fixed.size(), 1u);
    auto& fixed = *b.air.fixed[0];
    EXPECT_EQ(fixed.configured.bearers_max, 1);
    EXPECT_EQ(fixed.configured.identity.octets[0], 0x45);
    EXPECT_EQ(fixed.information.escape_data, 0x14002u);
    fixed.on.started(true, 23, 2);
    fixed.on.link_established(1, 5);
    fixed.on.received(1, sim::view("ack"));
    b.run(10ms);
    fixed.on.link_released(1, radio::release_reason::normal);
    b.run(10ms);
    EXPECT_THAT(fixed.calls, ElementsAre("information", "start 20000", "send 1 reply", "stop"));
    EXPECT_THAT(b.air.portable.at(0)->calls, ElementsAre("power on", "scan 40"));
    const auto refused = scripted_firmware::of_type(DECTBED_EV_REFUSED);
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].token, 3u);
    EXPECT_EQ(scripted_firmware::of_type(DECTBED_EV_BOOT).at(0).as<dectbed_ev_boot>().beacon_linger_s, 60);
}

TEST(handset_beacon, ACT_41_a_handset_without_the_capability_cannot_transmit_as_a_base) {
    beacon_handset b(false);
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) start(f, 1);
    });
    EXPECT_TRUE(b.air.fixed.empty());
    EXPECT_EQ(scripted_firmware::of_type(DECTBED_EV_REFUSED).at(0).as<dectbed_ev_refused>().reason,
              DECTBED_NOT_AVAILABLE);
}

TEST(handset_beacon, ACT_44_in_a_lift_it_is_where_it_is_and_out_of_everybodys_reach) {
    beacon_handset b;
    b.handset->move_to({3, 4, 0});
    b.handset->set_shielded(true);
    EXPECT_GT(b.air.portable.at(0)->at.x_m, 1e5);
    b.handset->move_to({5, 6, 0});
    EXPECT_DOUBLE_EQ(b.handset->place().x_m, 5);
    EXPECT_GT(b.air.portable.at(0)->at.x_m, 1e5);
    b.handset->set_shielded(false);
    EXPECT_DOUBLE_EQ(b.air.portable.at(0)->at.x_m, 5);
}

}  // namespace
}  // namespace dectbed::test
