#include <gmock/gmock.h>

#include "tests/models/base/base_bench.h"

namespace dectbed::test {
namespace {

using testing::ElementsAre;

void start_radio(scripted_firmware& f, std::uint8_t band = DECTBED_BAND_EU, std::int32_t power = 24'000,
                 std::uint32_t token = 1) {
    dectbed_req_radio_start s{};
    s.band = band;
    s.power_milli_dbm = power;
    f.request(DECTBED_REQ_RADIO_START, token, s);
}

void nwk(scripted_firmware& f, std::uint32_t link, const std::string& data, std::uint32_t token) {
    dectbed_req_link l{};
    l.link = link;
    f.request(DECTBED_REQ_NWK_SEND, token, l, sim::view(data));
}

TEST(base_radio, when_a_message_goes_through_a_link_then_every_step_crosses_the_sockets) {
    base_bench b;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) {
            dectbed_req_radio_system_information i{};
            i.information = {0x123456789, 0x0DB0, 0, 0x11000};
            f.request(DECTBED_REQ_RADIO_SYSTEM_INFORMATION, 0, i);
            start_radio(f);
        }
        if (e.type == DECTBED_EV_NWK_RECEIVED) {
            nwk(f, 9, "one", 101);
            nwk(f, 9, "two", 102);
        }
        if (e.type == DECTBED_EV_NWK_SENT && e.token == 102) {
            dectbed_req_link l{};
            l.link = 9;
            f.request(DECTBED_REQ_LINK_RELEASE, 0, l);
        }
    });
    auto& radio = b.radio();
    EXPECT_EQ(radio.configured.identity.octets, (std::array<std::uint8_t, 5>{1, 2, 3, 4, 5}));
    EXPECT_EQ(radio.information.fixed_part_capabilities, 0x123456789u);
    EXPECT_EQ(radio.information.escape_data, 0x11000u);
    radio.on.started(true, 3, 7);
    radio.on.link_established(9, 0xABCDE);
    radio.on.received(9, sim::view("hello"));
    b.run(10ms);
    radio.on.sent(9);
    radio.on.sent(9);
    b.run(10ms);
    radio.on.link_released(9, radio::release_reason::normal);
    radio.on.link_released(9, radio::release_reason::normal);  // said twice
    b.run(10ms);
    EXPECT_THAT(radio.calls, ElementsAre("information", "start 24000", "send 9 one", "send 9 two", "release 9"));
    const auto started = scripted_firmware::of_type(DECTBED_EV_RADIO_STARTED).at(0);
    EXPECT_EQ(started.token, 1u);
    EXPECT_EQ(started.as<dectbed_ev_radio_started>().status, DECTBED_OK);
    EXPECT_EQ(started.as<dectbed_ev_radio_started>().carrier, 3);
    EXPECT_EQ(started.as<dectbed_ev_radio_started>().slot, 7);
    EXPECT_EQ(scripted_firmware::of_type(DECTBED_EV_LINK_ESTABLISHED).at(0).as<dectbed_ev_link>().pmid, 0xABCDEu);
    EXPECT_EQ(scripted_firmware::of_type(DECTBED_EV_NWK_RECEIVED).at(0).data_after(sizeof(dectbed_ev_link)), "hello");
    std::vector<std::uint32_t> sent;
    for (const auto& e : scripted_firmware::of_type(DECTBED_EV_NWK_SENT)) sent.push_back(e.token);
    EXPECT_THAT(sent, ElementsAre(101, 102));
    EXPECT_EQ(scripted_firmware::of_type(DECTBED_EV_LINK_RELEASED).size(), 1u);
}

TEST(base_radio, when_a_message_is_for_no_link_then_it_is_broadcast_if_it_may_be) {
    base_bench b;
    const auto octets = [](const char* hex) { return std::string(sim::text(sim::from_hex(hex).value())); };
    const std::string fixed = octets("09cfff0105"), variable = octets("06010505a0940ccfff");
    const auto offer = [](scripted_firmware& f, std::uint64_t capabilities) {
        dectbed_req_radio_system_information i{};
        i.information.fixed_part_capabilities = capabilities;
        f.request(DECTBED_REQ_RADIO_SYSTEM_INFORMATION, 0, i);
    };
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) {
            nwk(f, 0, fixed, 1);     // not on the air
            nwk(f, 0, variable, 2);  // nor offered
            start_radio(f, DECTBED_BAND_EU, 24'000, 3);
        }
        if (e.type != DECTBED_EV_RADIO_STARTED) return;
        nwk(f, 0, fixed, 4);
        nwk(f, 0, variable, 5);            // a22 is not broadcast
        nwk(f, 0, octets("0550"), 6);      // MM needs a link
        nwk(f, 0, octets("09cfff01"), 7);  // no section
        offer(f, radio::capability_bit(22));
        nwk(f, 0, variable, 8);
        offer(f, 0);
        nwk(f, 0, variable, 9);
    });
    b.run(10ms);
    b.radio().on.started(true, 3, 7);
    b.run(10ms);
    EXPECT_THAT(b.radio().calls, ElementsAre("start 24000", "broadcast 09cfff0105", "information",
                                             "broadcast 06010505a0940ccfff", "information"));
    std::vector<std::pair<std::uint32_t, std::uint32_t>> refused;
    for (const auto& e : scripted_firmware::of_type(DECTBED_EV_REFUSED))
        refused.emplace_back(e.token, e.as<dectbed_ev_refused>().reason);
    using refusal = std::pair<std::uint32_t, std::uint32_t>;
    EXPECT_THAT(refused, ElementsAre(refusal{1, DECTBED_WRONG_STATE}, refusal{2, DECTBED_NOT_AVAILABLE},
                                     refusal{5, DECTBED_NOT_AVAILABLE}, refusal{6, DECTBED_BAD_FIELD},
                                     refusal{7, DECTBED_BAD_FIELD}, refusal{9, DECTBED_NOT_AVAILABLE}));
    EXPECT_EQ(scripted_firmware::of_type(DECTBED_EV_NWK_SENT).size(), 0u);
}

TEST(base_radio, when_no_channel_is_free_then_the_firmware_may_start_again) {
    base_bench b;
    int starts = 0;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT || (e.type == DECTBED_EV_RADIO_STARTED && ++starts == 1)) start_radio(f);
    });
    b.radio().on.started(false, 0, 0);
    b.run(10ms);
    b.radio().on.started(true, 1, 1);
    b.run(10ms);
    const auto started = scripted_firmware::of_type(DECTBED_EV_RADIO_STARTED);
    ASSERT_EQ(started.size(), 2u);
    EXPECT_EQ(started[0].as<dectbed_ev_radio_started>().status, DECTBED_NO_CHANNEL);
    EXPECT_EQ(started[1].as<dectbed_ev_radio_started>().status, DECTBED_OK);
}

TEST(base_radio, when_requests_are_wrong_then_each_is_refused_for_its_reason) {
    base_bench b;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_BOOT) return;
        start_radio(f, DECTBED_BAND_EU, 24'001, 1);
        start_radio(f, DECTBED_BANDS, 24'000, 2);
        start_radio(f, DECTBED_BAND_NONE, 24'000, 3);
        nwk(f, 1, "x", 4);  // no such link
        nwk(f, 1, "", 5);
        nwk(f, 1, std::string(64, 'x'), 6);
        dectbed_req_radio_system_information i{};
        i.information.escape_data = 1u << 20;
        f.request(DECTBED_REQ_RADIO_SYSTEM_INFORMATION, 7, i);
        i.information = {};
        i.information.fixed_part_capabilities = std::uint64_t{1} << 36;
        f.request(DECTBED_REQ_RADIO_SYSTEM_INFORMATION, 8, i);
        f.request(DECTBED_REQ_RADIO_SCAN, 9, dectbed_req_radio_scan{});
        f.request(DECTBED_REQ_RADIO_LOCK, 10, dectbed_req_radio_lock{});
        f.request(DECTBED_REQ_LINK_OPEN, 11, dectbed_req_link{});
        f.request(DECTBED_REQ_LINK_RELEASE, 12, dectbed_req_link{});
        start_radio(f, DECTBED_BAND_EU, 24'000, 0);
        start_radio(f, DECTBED_BAND_EU, 24'000, 13);  // is starting already
    });
    b.run(1s);
    std::vector<int> reasons;
    for (const auto& e : scripted_firmware::of_type(DECTBED_EV_REFUSED)) {
        EXPECT_EQ(e.token, reasons.size() + 1);
        reasons.push_back(e.as<dectbed_ev_refused>().reason);
    }
    constexpr int state = DECTBED_WRONG_STATE, field = DECTBED_BAD_FIELD, found = DECTBED_NOT_FOUND,
                  none = DECTBED_NOT_AVAILABLE;
    EXPECT_THAT(reasons,
                ElementsAre(field, field, field, found, field, field, field, field, none, none, none, found, state));
}

TEST(base_radio, when_the_device_resets_or_loses_power_then_the_transmitter_is_off) {
    base_bench b;
    int boots = 0;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT && ++boots == 1) start_radio(f);
        if (e.type == DECTBED_EV_LINK_ESTABLISHED) f.u32(DECTBED_REQ_RESET, DECTBED_RESET_SOFTWARE);
    });
    b.radio().on.started(true, 0, 0);
    b.radio().on.link_established(1, 2);
    b.run(10ms);
    EXPECT_FALSE(b.radio().on_air());
    EXPECT_EQ(b.radio().information, radio::system_information{});
    // What the transceiver still has to say about the old life is not for the new one.
    b.radio().on.started(true, 0, 0);
    b.radio().on.link_released(1, radio::release_reason::radio_off);
    b.radio().on.sent(1);
    b.run(10ms);
    EXPECT_EQ(boots, 2);
    EXPECT_EQ(scripted_firmware::events.back().type, DECTBED_EV_ETHERNET_LINK);
    b.base.unplug();
    EXPECT_FALSE(b.radio().on_air());
}

TEST(base, when_twenty_thousand_garbage_requests_come_then_the_base_lives_on) {
    base_bench b;
    sim::random_stream stream(9, "garbage", "test");
    auto draw = [&] { return stream.u32(); };
    int sent = 0;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_BOOT && e.type != DECTBED_EV_TIMER) return;
        if (sent == 0) {
            configure(f);
            start_radio(f);
        }
        if (sent >= 20'000) return;
        for (int i = 0; i < 100; ++i, ++sent) {
            static constexpr std::size_t sizes[] = {8, 16, 24, 32, 14, 60, 200, 1514};
            sim::bytes octets(draw() % 2 ? sizes[draw() % 8] : 8 + draw() % 2000);
            for (auto& octet : octets) octet = static_cast<std::uint8_t>(draw() % 3 ? 0 : draw());
            const bool network = draw() % 2;
            const dectbed_record header{static_cast<std::uint16_t>((network ? 0x0201 : 0x0301) + draw() % 10),
                                        static_cast<std::uint16_t>(octets.size()), draw()};
            std::memcpy(octets.data(), &header, sizeof header);
            // Small numbers where sockets and links are named, so that some requests get further.
            if (octets.size() > 12 && draw() % 2) octets[8] = static_cast<std::uint8_t>(draw() % 4);
            f.raw(octets);
        }
        f.timer(1, 1000);
    });
    b.run(20s);
    EXPECT_EQ(sent, 20'000);
    EXPECT_GT(scripted_firmware::of_type(DECTBED_EV_REFUSED).size(), 10'000u);
    EXPECT_TRUE(b.base.hardware().board().running());
}

}  // namespace
}  // namespace dectbed::test
