// The reference handset as a beacon: menu, list of bands, transmission, acknowledgement, and back.
#include <gtest/gtest.h>

#include "models/firmware/reference/reference_firmware.h"
#include "tests/models/firmware/fake/fake_host.h"

namespace dectbed::test {
namespace {

constexpr std::uint64_t second_us = 1000000;

class bench {
  public:
    explicit bench(std::uint8_t linger_s = 0, bool plain = false, bool beacon = true)
        : firmware_(plain ? dectbed_reference_plain_handset() : dectbed_reference_handset()) {
        host.deliver = [this](const dectbed_event* event) { firmware_->handle(instance_, event); };
        host.on[DECTBED_REQ_DISPLAY] = [this](const request& r) { screen = text_of(r.data<dectbed_record>()); };
        host.on[DECTBED_REQ_RADIO_SCAN] = [this](const request& r) {
            host.post(DECTBED_EV_SCAN_DONE, dectbed_ev_scan_done{}, 4000000, {}, r.token());
        };
        host.on[DECTBED_REQ_RADIO_START] = [this](const request& r) {
            dectbed_ev_radio_started event{};
            event.status = free_channels-- > 0 ? DECTBED_OK : DECTBED_NO_CHANNEL;
            on_air = event.status == DECTBED_OK;
            host.post(DECTBED_EV_RADIO_STARTED, event, 200000, {}, r.token());
        };
        host.on[DECTBED_REQ_RADIO_STOP] = [this](const request&) { on_air = false; };
        host.on[DECTBED_REQ_RADIO_SYSTEM_INFORMATION] = [this](const request& r) {
            information = r.as<dectbed_req_radio_system_information>().information;
        };
        host.on[DECTBED_REQ_LINK_RELEASE] = [this](const request& r) {
            dectbed_ev_link event{};
            event.link = r.as<dectbed_req_link>().link;
            event.reason = DECTBED_RELEASE_NORMAL;
            host.post(DECTBED_EV_LINK_RELEASED, event, 20000);
        };
        auto identity = fake_host::handset_identity();
        identity.band_discovery = beacon ? DECTBED_BAND_DISCOVERY_BEACON : DECTBED_BAND_DISCOVERY_SKU;
        identity.beacon_linger_s = linger_s;
        identity.bands = (1u << DECTBED_BANDS) - 2;
        instance_ = firmware_->create(&host.api);
        host.boot_event(identity);
        host.run_for(20 * second_us);
    }
    ~bench() { firmware_->destroy(instance_); }
    void press(std::uint32_t k) {
        host.key(k);
        host.run_for(200000);
    }
    void pick(int downs) {
        press(DECTBED_KEY_MENU);
        press(DECTBED_KEY_DOWN);
        press(DECTBED_KEY_DOWN);
        press(DECTBED_KEY_OK);
        for (int i = 0; i < downs; ++i) press(DECTBED_KEY_DOWN);
        press(DECTBED_KEY_OK);
        host.run_for(6 * second_us);
    }
    void base_links(std::uint32_t link) {
        dectbed_ev_link event{};
        event.link = link;
        host.post(DECTBED_EV_LINK_ESTABLISHED, event);
        host.run_for(100000);
    }
    void base_says(std::uint32_t link, const std::string& message) {
        dectbed_ev_link event{};
        event.link = link;
        host.post(DECTBED_EV_NWK_RECEIVED, event, 0, from_hex(message));
        host.run_for(100000);
    }
    void base_leaves(std::uint32_t link) {
        dectbed_ev_link event{};
        event.link = link;
        host.post(DECTBED_EV_LINK_RELEASED, event);
        host.run_for(100000);
    }
    void base_acknowledges(std::uint32_t link, const std::string& band = "02") {
        base_links(link);
        base_says(link, "0550 010186 0507 80a8 00db080001 7b06 810db0 0104" + band);
    }
    std::string last_sent() const {
        const auto sent = host.of(DECTBED_REQ_NWK_SEND);
        return sent.empty() ? "" : hex(sent.back().data<dectbed_req_link>());
    }

    fake_host host;
    std::string screen;
    bool on_air = false;
    int free_channels = 100;
    dectbed_system_information information{};

  private:
    const dectbed_firmware* firmware_;
    void* instance_ = nullptr;
};

TEST(handset_beacon, ACT_41_when_a_band_is_picked_then_it_is_named_without_pause_on_that_band) {
    bench b;
    b.press(DECTBED_KEY_MENU);
    b.press(DECTBED_KEY_DOWN);
    b.press(DECTBED_KEY_DOWN);
    EXPECT_EQ(b.screen, "Menu\n3 Band beacon");
    b.press(DECTBED_KEY_OK);
    EXPECT_EQ(b.screen, "Band:\nEU");
    b.press(DECTBED_KEY_DOWN);
    EXPECT_EQ(b.screen, "Band:\nUS");
    b.press(DECTBED_KEY_OK);
    b.host.run_for(6 * second_us);
    EXPECT_EQ(b.screen, "Beacon US\nWaiting");
    EXPECT_TRUE(b.on_air);
    const auto starts = b.host.of(DECTBED_REQ_RADIO_START);
    ASSERT_EQ(starts.size(), 1u);
    EXPECT_EQ(starts[0].as<dectbed_req_radio_start>().band, DECTBED_BAND_US);
    EXPECT_EQ(b.information.escape_emc, 0x0DB0);
    EXPECT_EQ(b.information.escape_data, 0x14002u);
    EXPECT_EQ(b.information.fixed_part_capabilities >> 3 & 1, 0u) << "a44: nobody can register";
    b.host.run_for(1500 * second_us);
    EXPECT_TRUE(b.on_air);
    EXPECT_EQ(b.host.count(DECTBED_REQ_RADIO_STOP), 0u);
}

TEST(handset_beacon, ACT_41_the_list_goes_through_all_bands_both_ways_and_the_menu_has_ends) {
    bench b;
    b.press(DECTBED_KEY_MENU);
    b.press(DECTBED_KEY_UP);
    EXPECT_EQ(b.screen, "Menu\n1 Activation code");
    b.press(3);
    EXPECT_EQ(b.screen, "Band:\nEU");
    b.press(DECTBED_KEY_UP);
    EXPECT_EQ(b.screen, "Band:\nThailand");
    b.press(DECTBED_KEY_DOWN);
    EXPECT_EQ(b.screen, "Band:\nEU");
    b.press(DECTBED_KEY_CLEAR);
    EXPECT_EQ(b.screen, "Menu\n3 Band beacon");
    b.press(DECTBED_KEY_DOWN);
    EXPECT_EQ(b.screen, "Menu\n3 Band beacon");
}

TEST(handset_beacon, ACT_41_without_the_capability_there_is_no_such_menu) {
    for (const bool plain : {false, true}) {
        bench b(0, plain, plain);
        b.press(DECTBED_KEY_MENU);
        b.press(DECTBED_KEY_DOWN);
        b.press(DECTBED_KEY_DOWN);
        EXPECT_EQ(b.screen, "Menu\n2 Register");
        b.press(3);
        EXPECT_EQ(b.host.count(DECTBED_REQ_RADIO_START), 0u);
    }
}

TEST(handset_beacon, ACT_43_when_a_base_acknowledges_then_the_beacon_ends_and_the_handset_is_an_ordinary_one) {
    bench b;
    b.pick(1);
    const auto scans = b.host.count(DECTBED_REQ_RADIO_SCAN);
    b.base_acknowledges(1);
    EXPECT_EQ(b.last_sent(), "85510101867b06810db0010402");
    EXPECT_EQ(b.screen, "Beacon US\nBase found: 1");
    b.base_leaves(1);
    EXPECT_FALSE(b.on_air);
    EXPECT_EQ(b.screen, "Base found: 1");
    b.press(DECTBED_KEY_CLEAR);
    EXPECT_EQ(b.screen, "Not registered");
    b.host.run_for(20 * second_us);
    const auto after = b.host.of(DECTBED_REQ_RADIO_SCAN);
    ASSERT_GT(after.size(), scans);
    EXPECT_EQ(after.back().as<dectbed_req_radio_scan>().band, DECTBED_BAND_US) << "on the band that was picked";
}

TEST(handset_beacon, ACT_44_when_the_base_does_not_leave_then_the_link_is_ended) {
    bench b;
    b.pick(0);
    b.base_acknowledges(1, "01");
    b.host.run_for(10 * second_us);
    EXPECT_FALSE(b.on_air);
    EXPECT_EQ(b.screen, "Base found: 1");
}

TEST(handset_beacon, ACT_44_when_it_lingers_then_further_bases_are_answered_until_none_has_come_for_that_long) {
    bench b(30);
    b.pick(1);
    for (std::uint32_t base = 1; base <= 3; ++base) {
        b.base_acknowledges(base);
        b.base_leaves(base);
        b.host.run_for(25 * second_us);
        EXPECT_TRUE(b.on_air);
    }
    EXPECT_EQ(b.screen, "Beacon US\nBase found: 3");
    b.host.run_for(6 * second_us);
    EXPECT_FALSE(b.on_air);
    EXPECT_EQ(b.screen, "Base found: 3");
}

TEST(handset_beacon,
     ACT_44_when_no_acknowledgement_comes_then_it_goes_on_until_its_user_stops_it_or_half_an_hour_is_over) {
    bench b;
    b.pick(1);
    b.host.run_for(600 * second_us);
    EXPECT_TRUE(b.on_air);
    b.press(DECTBED_KEY_CLEAR);
    EXPECT_FALSE(b.on_air);
    EXPECT_EQ(b.screen, "Not registered");
    bench c;
    c.pick(1);
    c.host.run_for(1801 * second_us);
    EXPECT_FALSE(c.on_air);
    EXPECT_EQ(c.screen, "No base found");
    c.press(DECTBED_KEY_OK);  // repeats
    c.host.run_for(10 * second_us);
    EXPECT_TRUE(c.on_air);
}

TEST(handset_beacon, ACT_44_what_is_no_acknowledgement_of_this_band_is_rejected_and_the_link_ended) {
    for (const char* message : {"0550 010186 0507 80a8 00db080001 7b06 810db0 010401",  // another band
                                "0550 010186 0507 80a8 00db080001 7b06 811111 010402",  // another manufacturer
                                "0550 010186 0507 80a8 00db080001 7b05 810db0 0104", "0550 010186", "0305 0507",
                                "0550 010186 0507 80a8 00db080001 7b08 810db0 0101 06313233"}) {
        bench b;
        b.pick(1);
        b.base_links(1);
        b.base_says(1, message);
        EXPECT_EQ(b.host.count(DECTBED_REQ_LINK_RELEASE), 1u) << message;
        EXPECT_EQ(b.screen, "Beacon US\nWaiting");
        EXPECT_TRUE(b.on_air);
        b.base_acknowledges(2);
        b.base_leaves(2);
        EXPECT_EQ(b.screen, "Base found: 1");
    }
}

TEST(handset_beacon, ACT_41_when_no_channel_is_free_then_it_tries_again) {
    bench b;
    b.free_channels = 0;
    b.pick(1);
    EXPECT_EQ(b.screen, "Beacon US\nStarting");
    b.free_channels = 1;
    b.host.run_for(6 * second_us);
    EXPECT_EQ(b.screen, "Beacon US\nWaiting");
}

TEST(handset_beacon, ACT_41_a_beacon_is_no_base_for_another_handset) {
    bench b;
    b.host.on[DECTBED_REQ_RADIO_SCAN] = [&b](const request& r) {
        dectbed_ev_scan_result event{};
        event.heard = 3;
        event.rssi_milli_dbm = -40000;
        event.information.fixed_part_capabilities = 1ull << 3;
        event.information.escape_emc = 0x0DB0;
        event.information.escape_data = 0x14001;
        b.host.post(DECTBED_EV_SCAN_RESULT, event, 4000000, {}, r.token());
        b.host.post(DECTBED_EV_SCAN_DONE, dectbed_ev_scan_done{}, 4000000, {}, r.token());
    };
    b.press(DECTBED_KEY_OFF_HOOK);
    b.host.run_for(30 * second_us);
    EXPECT_EQ(b.screen, "No base");
    EXPECT_EQ(b.host.count(DECTBED_REQ_RADIO_LOCK), 0u);
}

TEST(handset_beacon, ACT_41_any_event_while_it_is_a_beacon_does_no_harm) {
    bench b(10);
    b.pick(1);
    for (int i = 0; i < 40; ++i) {
        if (i % 7 == 3) b.base_links(static_cast<std::uint32_t>(i));
        for (std::uint16_t type = DECTBED_EV_RADIO_STARTED; type <= DECTBED_EV_PAGED; ++type) {
            b.host.post(type, dectbed_ev_scan_result{}, 1000, from_hex("0550"));
        }
        b.host.run_for(400000);
    }
    b.host.run_for(20 * second_us);
    b.base_acknowledges(99);
    b.base_leaves(99);
    b.host.run_for(30 * second_us);
    EXPECT_EQ(b.screen, "Base found: 1");
}

}  // namespace
}  // namespace dectbed::test
