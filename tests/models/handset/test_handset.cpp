#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "models/base/base_station.h"
#include "models/handset/handset_hardware.h"
#include "models/network/link/lan_switch.h"
#include "tests/models/base/fake_air.h"
#include "tests/models/firmware/host/scripted_firmware.h"

namespace dectbed::test {
namespace {

namespace mh = models::handset;
using namespace std::chrono_literals;
using testing::ElementsAre;

struct handset_bench {
    handset_bench() : sim(1), bridge(sim.kernel()), log(sim.journal()), rack("handsets", 2) {
        mh::handset_config c;
        c.board.who = sim.journal().declare("office/handset[1]", "handset");
        c.board.firmware = scripted_firmware::image(DECTBED_KIND_HANDSET);
        c.board.factory.ipei = {5, 4, 3, 2, 1};
        c.board.reset_hold = sim::duration{0};
        c.place = {1, 2, 0};
        handset = std::make_unique<mh::handset_hardware>(sim, bridge, rack, c, air);
        bridge.start();
    }
    void power_on(scripted_firmware::script script) {
        scripted_firmware::on_event = std::move(script);
        handset->insert_battery();
        run(10ms);
    }
    void run(sim::duration time) { sim.kernel().run_until(sim.now() + time); }
    fake_portable_part& radio() { return *air.portable.at(0); }

    sim::simulation sim;
    sim::systemc_bridge bridge;
    journal_log log;
    mh::handset_rack rack;
    fake_air air;
    std::unique_ptr<mh::handset_hardware> handset;
};

radio::scan_entry entry(std::uint8_t last, int rssi) {
    radio::scan_entry e;
    e.identity.octets[4] = last;
    e.rssi = sim::dbm::of(rssi);
    e.heard_escape = true;
    e.information.escape_emc = 0x0DB0;
    e.information.escape_data = 0x11000;
    return e;
}

void scan(scripted_firmware& f, std::uint32_t dwell, std::uint32_t token, std::uint8_t band = DECTBED_BAND_EU) {
    dectbed_req_radio_scan s{};
    s.band = band;
    s.dwell_frames = dwell;
    f.request(DECTBED_REQ_RADIO_SCAN, token, s);
}

void lock(scripted_firmware& f, std::uint8_t last, std::uint32_t token) {
    dectbed_req_radio_lock l{};
    l.band = DECTBED_BAND_EU;
    l.rfpi[4] = last;
    f.request(DECTBED_REQ_RADIO_LOCK, token, l);
}

TEST(handset, when_a_code_is_to_be_delivered_then_scan_lock_link_and_message_go_their_way) {
    handset_bench b;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) scan(f, 64, 1);
        if (e.type == DECTBED_EV_SCAN_DONE) lock(f, 7, 2);
        if (e.type == DECTBED_EV_LOCKED) f.request(DECTBED_REQ_LINK_OPEN, 3, dectbed_req_link{});
        if (e.type == DECTBED_EV_LINK_ESTABLISHED) {
            dectbed_req_link l{};
            l.link = e.as<dectbed_ev_link>().link;
            f.request(DECTBED_REQ_NWK_SEND, 4, l, sim::view("code"));
        }
    });
    auto& radio = b.radio();
    radio.on.scanned({entry(7, -50), entry(8, -60)});
    b.run(10ms);
    radio.on.locked(true, entry(7, -51));
    b.run(10ms);
    radio.on.link_established(33);
    b.run(10ms);
    radio.on.sent(33);
    radio.on.received(33, sim::view("verdict"));
    radio.on.information_changed(entry(7, -52));
    b.run(10ms);
    EXPECT_THAT(radio.calls, ElementsAre("power on", "scan 64", "lock 7", "open", "send 33 code"));
    EXPECT_THAT(scripted_firmware::types(),
                ElementsAre(DECTBED_EV_BOOT, DECTBED_EV_SCAN_RESULT, DECTBED_EV_SCAN_RESULT, DECTBED_EV_SCAN_DONE,
                            DECTBED_EV_LOCKED, DECTBED_EV_SYSTEM_INFORMATION, DECTBED_EV_LINK_ESTABLISHED,
                            DECTBED_EV_NWK_SENT, DECTBED_EV_NWK_RECEIVED, DECTBED_EV_SYSTEM_INFORMATION));
    const auto& events = scripted_firmware::events;
    EXPECT_EQ(events[0].as<dectbed_ev_boot>().ipei[0], 5);
    const auto first = events[1].as<dectbed_ev_scan_result>();
    EXPECT_EQ(first.rfpi[4], 7);
    EXPECT_EQ(first.rssi_milli_dbm, -50'000);
    EXPECT_EQ(first.heard, 2);
    EXPECT_EQ(first.information.escape_data, 0x11000u);
    EXPECT_EQ(events[1].token, 1u);
    EXPECT_EQ(events[3].as<dectbed_ev_scan_done>().found, 2u);
    EXPECT_EQ(events[4].token, 2u);
    EXPECT_EQ(events[4].as<dectbed_ev_locked>().status, DECTBED_OK);
    EXPECT_EQ(events[6].token, 3u);
    EXPECT_EQ(events[7].token, 4u);
    EXPECT_EQ(events[8].data_after(sizeof(dectbed_ev_link)), "verdict");
}

TEST(handset, when_a_message_goes_to_all_then_a_locked_one_gets_it_without_a_link) {
    handset_bench b;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) lock(f, 7, 1);
        if (e.type == DECTBED_EV_LOCKED) f.request(DECTBED_REQ_NWK_SEND, 2, dectbed_req_link{}, sim::view("up"));
    });
    auto& radio = b.radio();
    radio.on.broadcast_received(sim::view("too early"));
    b.run(10ms);
    radio.on.locked(true, entry(7, -51));
    b.run(10ms);
    radio.on.broadcast_received(sim::view("to all"));
    b.run(10ms);
    const auto heard = scripted_firmware::of_type(DECTBED_EV_NWK_RECEIVED);
    ASSERT_EQ(heard.size(), 1u);
    EXPECT_EQ(heard[0].as<dectbed_ev_link>().link, 0u);
    EXPECT_EQ(heard[0].data_after(sizeof(dectbed_ev_link)), "to all");
    const auto refused = scripted_firmware::of_type(DECTBED_EV_REFUSED);
    ASSERT_EQ(refused.size(), 1u) << "there is no connectionless uplink";
    EXPECT_EQ(refused[0].as<dectbed_ev_refused>().reason, DECTBED_NOT_AVAILABLE);
}

TEST(handset, when_set_up_fails_or_the_signal_is_lost_then_the_firmware_hears_why) {
    handset_bench b;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) lock(f, 7, 1);
        if (e.type == DECTBED_EV_LOCKED) f.request(DECTBED_REQ_LINK_OPEN, 2, dectbed_req_link{});
        if (e.type == DECTBED_EV_LINK_RELEASED && e.token == 2) f.request(DECTBED_REQ_LINK_OPEN, 3, dectbed_req_link{});
    });
    auto& radio = b.radio();
    radio.on.locked(true, entry(7, -51));
    b.run(10ms);
    radio.on.link_released(0, radio::release_reason::setup_failed);
    b.run(10ms);
    radio.on.link_established(2);
    radio.on.unlocked(radio::unlock_reason::signal_lost);
    b.run(10ms);
    const auto released = scripted_firmware::of_type(DECTBED_EV_LINK_RELEASED);
    ASSERT_EQ(released.size(), 2u);
    EXPECT_EQ(released[0].as<dectbed_ev_link>().reason, DECTBED_RELEASE_SETUP_FAILED);
    EXPECT_EQ(released[0].as<dectbed_ev_link>().link, 0u);
    EXPECT_EQ(released[1].as<dectbed_ev_link>().reason, DECTBED_RELEASE_SIGNAL_LOST);
    EXPECT_EQ(scripted_firmware::of_type(DECTBED_EV_UNLOCKED).at(0).as<dectbed_ev_locked>().status,
              DECTBED_UNLOCK_SIGNAL_LOST);
}

TEST(handset, when_it_unlocks_itself_then_that_is_answered_once) {
    handset_bench b;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) lock(f, 7, 1);
        if (e.type == DECTBED_EV_LOCKED) f.request(DECTBED_REQ_RADIO_UNLOCK, 5, dectbed_req_radio_lock{});
    });
    b.radio().on.locked(true, entry(7, -51));
    b.run(10ms);
    b.radio().on.unlocked(radio::unlock_reason::requested);  // a portable part that says so later
    b.run(10ms);
    const auto unlocked = scripted_firmware::of_type(DECTBED_EV_UNLOCKED);
    ASSERT_EQ(unlocked.size(), 1u);
    EXPECT_EQ(unlocked[0].token, 5u);
    EXPECT_EQ(unlocked[0].as<dectbed_ev_locked>().status, DECTBED_UNLOCK_REQUESTED);
}

TEST(handset, when_requests_are_wrong_then_each_is_refused_for_its_reason) {
    handset_bench b;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_BOOT) return;
        scan(f, 15, 1);
        scan(f, 513, 2);
        scan(f, 64, 3, DECTBED_BANDS);
        f.request(DECTBED_REQ_LINK_OPEN, 4, dectbed_req_link{});
        f.request(DECTBED_REQ_RADIO_UNLOCK, 5, dectbed_req_radio_lock{});
        f.request(DECTBED_REQ_RADIO_START, 6, dectbed_req_radio_start{});
        f.plain(DECTBED_REQ_ETHERNET_SEND, 7, sim::bytes(60));
        f.request(DECTBED_REQ_UDP_OPEN, 8, dectbed_req_socket{});
        scan(f, 64, 0);
        scan(f, 64, 9);
        lock(f, 1, 10);
        dectbed_req_led led{};
        led.led = 1;
        f.request(DECTBED_REQ_LED, 11, led);
    });
    std::vector<int> reasons;
    for (const auto& e : scripted_firmware::of_type(DECTBED_EV_REFUSED)) {
        EXPECT_EQ(e.token, reasons.size() + 1);
        reasons.push_back(e.as<dectbed_ev_refused>().reason);
    }
    constexpr int state = DECTBED_WRONG_STATE, field = DECTBED_BAD_FIELD, none = DECTBED_NOT_AVAILABLE;
    EXPECT_THAT(reasons, ElementsAre(field, field, field, state, state, none, none, none, state, state, field));
}

TEST(handset, when_the_battery_goes_then_everything_is_forgotten_and_a_new_life_is_clean) {
    handset_bench b;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) {
            f.plain(DECTBED_REQ_DISPLAY, 0, sim::view("Not registered"));
            scan(f, 64, 1);
        }
    });
    EXPECT_EQ(b.handset->display(), "Not registered");
    b.handset->remove_battery();
    EXPECT_EQ(b.handset->display(), "");
    b.radio().on.scanned({entry(7, -50)});
    b.run(10ms);
    b.handset->insert_battery();
    b.run(10ms);
    b.radio().on.unlocked(radio::unlock_reason::radio_off);
    b.run(10ms);
    EXPECT_THAT(scripted_firmware::types(), ElementsAre(DECTBED_EV_BOOT, DECTBED_EV_BOOT));
    EXPECT_EQ(b.radio().calls.back(), "scan 64");
    b.handset->move_to({9, 9, 0});
    EXPECT_EQ(b.handset->place().x_m, 9);
}

TEST(handset, when_hundreds_of_devices_are_idle_then_they_cost_nothing) {
    sim::simulation s(1);
    sim::systemc_bridge bridge(s.kernel());
    models::network::host_pool pool(s);
    models::network::lan_switch lan(s, s.journal().declare("office/switch", "switch"));
    fake_air air;
    const auto image = scripted_firmware::image(DECTBED_KIND_HANDSET),
               base_image = scripted_firmware::image(DECTBED_KIND_BASE);
    mh::handset_rack rack("handsets", 600);
    std::vector<std::unique_ptr<models::base::base_station>> bases;
    std::vector<std::unique_ptr<mh::handset_hardware>> handsets;
    for (int i = 0; i < 200; ++i) {
        models::base::base_config c;
        c.board.who = s.journal().declare("office/base[" + std::to_string(i) + "]", "base");
        c.board.firmware = base_image;
        c.board.factory.mac = {2, 0, 0, 0, 1, static_cast<std::uint8_t>(i)};
        bases.push_back(std::make_unique<models::base::base_station>("base_" + std::to_string(i), s, bridge, c, pool,
                                                                     lan.add_port(c.board.who), air));
    }
    for (int i = 0; i < 600; ++i) {
        mh::handset_config c;
        c.board.who = s.journal().declare("office/handset[" + std::to_string(i) + "]", "handset");
        c.board.firmware = image;
        handsets.push_back(std::make_unique<mh::handset_hardware>(s, bridge, rack, c, air));
    }
    bridge.start();
    for (auto& base : bases) base->plug_in();
    for (auto& handset : handsets) handset->insert_battery();
    s.kernel().run_until(sim::time_point(2s));
    const auto events = s.kernel().executed_events();
    s.kernel().run_until(sim::time_point(1h));
    EXPECT_LE(s.kernel().executed_events() - events, 1u);
}

}  // namespace
}  // namespace dectbed::test
