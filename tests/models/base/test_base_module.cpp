// A base with a DECT module: mails over its line, what the module does with them on the air, and its faults.
#include <gmock/gmock.h>

#include "models/firmware/lib/module_mail.h"
#include "models/firmware/lib/nwk.h"
#include "models/module/dect_module.h"
#include "tests/models/base/base_bench.h"

namespace dectbed::test {
namespace {

using testing::Contains;
using testing::Not;

sim::bytes octets_of(std::uint16_t opcode, std::uint8_t sequence, const sim::bytes& payload = {}) {
    fw_mail m{};
    m.opcode = opcode;
    m.sequence = sequence;
    fw_mail_put_octets(&m, payload.data(), payload.size());
    sim::bytes out(FW_MAIL_OCTETS_MAX);
    out.resize(fw_mail_write(&m, out.data()));
    return out;
}

/// A firmware that answers every mail of the module and sends what a test tells it to.
struct module_bench : base_bench {
    explicit module_bench(void (*adapt)(mb::base_config&) = nullptr) : base_bench(adapt ? adapt : usual) {
        power_on([this](scripted_firmware& f, const received_event& e) {
            if (e.type == DECTBED_EV_TIMER) {
                for (const auto& o : waiting) f.plain(DECTBED_REQ_MAIL_SEND, 5, o);
                if (pulls) f.plain(DECTBED_REQ_MODULE_RESET, 6);
                waiting.clear();
                pulls = false;
            }
            if (e.type == DECTBED_EV_BOOT || e.type == DECTBED_EV_TIMER) f.timer(1, 1000);
            if (e.type != DECTBED_EV_MAIL) return;
            const std::string data = e.data_after(sizeof(dectbed_ev_data));
            fw_mail m{};
            const char* why = nullptr;
            ASSERT_TRUE(fw_mail_decode(reinterpret_cast<const std::uint8_t*>(data.data()), data.size(), &m, &why))
                << why;
            got.push_back(m);
            if ((m.opcode & FW_MAIL_ANSWER) == 0 && answers)
                f.plain(DECTBED_REQ_MAIL_SEND, 5,
                        octets_of(static_cast<std::uint16_t>(m.opcode | FW_MAIL_ANSWER), m.sequence, {0}));
        });
    }
    static void usual(mb::base_config& c) {
        c.module.emplace();
        c.board.factory.bands = 2 | 4;
    }
    void send(const sim::bytes& o) {
        waiting.push_back(o);
        run(50ms);
    }
    /// Payload of the last answer to this command; empty: none.
    sim::bytes ask(std::uint16_t opcode, const sim::bytes& payload = {}) {
        send(octets_of(opcode, ++sequence, payload));
        for (auto m = got.rbegin(); m != got.rend(); ++m)
            if (m->opcode == (opcode | FW_MAIL_ANSWER) && m->sequence == sequence)
                return {m->payload, m->payload + m->octets};
        return {};
    }
    std::vector<fw_mail> of(std::uint16_t opcode) const {
        std::vector<fw_mail> out;
        for (const auto& m : got)
            if (m.opcode == opcode) out.push_back(m);
        return out;
    }
    void fault(const char* action, sim::fault_arguments with = {}) {
        sim::fault_spec f;
        f.name = f.action = action;
        f.target = "office/base[1]";
        f.arguments = std::move(with);
        f.at = sim.now();
        sim.faults().arm(f);
        run(1ms);
    }
    void on_air() {
        run(2s);
        EXPECT_EQ(ask(FW_MAIL_SET_BAND, {1}), sim::bytes{0});
        EXPECT_EQ(ask(FW_MAIL_START, {240, 0}), sim::bytes{0});
        radio().on.started(true, 3, 7);
        run(50ms);
    }

    std::vector<sim::bytes> waiting;
    std::vector<fw_mail> got;
    bool answers = true, pulls = false;
    std::uint8_t sequence = 0;
};

TEST(base_module, when_the_base_gets_power_then_the_module_says_hello_after_its_time) {
    module_bench b;
    b.run(1150ms);
    EXPECT_TRUE(b.got.empty());
    b.run(100ms);
    const auto up = b.of(FW_MAIL_STARTED_UP);
    ASSERT_EQ(up.size(), 1u);
    EXPECT_EQ(up[0].payload[3], DECTBED_BAND_NONE);
    EXPECT_EQ(up[0].payload[6], 1) << "RFPI";
    b.run(5s);
    EXPECT_EQ(b.of(FW_MAIL_STARTED_UP).size(), 1u) << "it was answered";
}

TEST(base_module, a_mail_takes_ten_bits_an_octet_on_the_line) {
    module_bench b;
    b.run(2s);
    b.got.clear();
    b.waiting.push_back(octets_of(FW_MAIL_HELLO, 1));
    b.run(10ms);
    const auto mails = b.log.all<record::module_mail>();
    // 8 octets there and 22 back at 115,200 bit/s are 0.69 and 1.9 ms.
    ASSERT_EQ(b.of(FW_MAIL_HELLO | FW_MAIL_ANSWER).size(), 1u);
    EXPECT_EQ(mails.back().direction, "from module");
    EXPECT_EQ(mails.back().fate, "delivered");
}

TEST(base_module, a_mail_that_is_not_answered_is_repeated_four_times_with_its_sequence) {
    module_bench b;
    b.answers = false;
    b.run(10s);
    const auto up = b.of(FW_MAIL_STARTED_UP);
    ASSERT_EQ(up.size(), 4u);
    for (const auto& m : up) EXPECT_EQ(m.sequence, up[0].sequence);
}

TEST(base_module, a_command_that_comes_twice_is_done_once_and_answered_twice) {
    module_bench b;
    b.run(2s);
    b.send(octets_of(FW_MAIL_SET_BAND, 9, {1}));
    b.send(octets_of(FW_MAIL_SET_BAND, 9, {1}));
    EXPECT_EQ(b.of(FW_MAIL_SET_BAND | FW_MAIL_ANSWER).size(), 2u);
}

TEST(base_module, nothing_is_transmitted_without_a_band_and_the_band_outlives_power) {
    module_bench b;
    b.run(2s);
    EXPECT_EQ(b.ask(FW_MAIL_START, {240, 0}), sim::bytes{FW_MAIL_WRONG_STATE});
    EXPECT_EQ(b.ask(FW_MAIL_SET_BAND, {5}), sim::bytes{FW_MAIL_BAD_FIELD}) << "its transceiver cannot";
    EXPECT_EQ(b.ask(FW_MAIL_SET_BAND, {2}), sim::bytes{0});
    EXPECT_EQ(b.ask(FW_MAIL_START, {240, 0}), sim::bytes{0});
    EXPECT_THAT(b.radio().calls, Contains("start 24000"));
    b.base.unplug();
    b.run(1s);
    b.base.plug_in();
    b.run(3s);
    EXPECT_EQ(b.of(FW_MAIL_STARTED_UP).back().payload[3], DECTBED_BAND_US);
}

TEST(base_module, registration_and_announcement_are_heard_on_the_air) {
    module_bench b;
    b.on_air();
    ASSERT_EQ(b.of(FW_MAIL_ON_AIR).size(), 1u);
    EXPECT_EQ(b.of(FW_MAIL_ON_AIR)[0].payload[1], 3);
    EXPECT_EQ(b.ask(FW_MAIL_ANNOUNCE, {0xB0, 0x0D, 0, 0x11, 1, 0}), sim::bytes{0});
    EXPECT_EQ(b.radio().information.escape_emc, 0x0DB0);
    EXPECT_EQ(b.radio().information.escape_data, 0x11100u);
    EXPECT_EQ(b.radio().information.fixed_part_capabilities >> 3 & 1, 0u);
    EXPECT_EQ(b.ask(FW_MAIL_REGISTRATION, {1, 2, 0, '0', '0', '0', '0'}), sim::bytes{0});
    EXPECT_EQ(b.radio().information.fixed_part_capabilities >> 3 & 1, 1u) << "a44";
    b.run(3s);
    EXPECT_EQ(b.of(FW_MAIL_REGISTRATION_CLOSED).size(), 1u);
    EXPECT_EQ(b.radio().information.fixed_part_capabilities >> 3 & 1, 0u);
    EXPECT_EQ(b.ask(FW_MAIL_REGISTRATION, {1, 2, 0, 'x'}), sim::bytes{FW_MAIL_BAD_FIELD});
    EXPECT_EQ(b.ask(0x0777), sim::bytes{FW_MAIL_UNKNOWN});
}

TEST(base_module, a_vendors_message_goes_up_and_its_answer_down) {
    module_bench b;
    b.on_air();
    fw_nwk_writer w;
    const std::uint8_t ipei[5] = {0x00, 0xDB, 0x08, 0x00, 0x01};
    const std::uint8_t value[] = {0x81, 0x0D, 0xB0, 7, 8, 9};
    fw_nwk_begin(&w, FW_NWK_MM, 0, false, FW_MM_INFO_REQUEST);
    fw_nwk_put_octet(&w, FW_IE_INFO_TYPE, 0x86);
    fw_nwk_put_ipui(&w, ipei);
    fw_nwk_put(&w, FW_IE_ESCAPE_TO_PROPRIETARY, value, sizeof value);
    b.radio().on.link_established(9, 0xABCDE);
    b.radio().on.received(9, sim::byte_view(w.data, static_cast<std::ptrdiff_t>(w.octets)));
    b.run(50ms);
    const auto up = b.of(FW_MAIL_VENDOR_MM_UP);
    ASSERT_EQ(up.size(), 1u);
    EXPECT_EQ(up[0].payload[1], FW_MM_INFO_REQUEST);
    EXPECT_EQ(fw_mail_get(&up[0], 7, 2), 0x0DB0u);
    EXPECT_EQ(sim::bytes(up[0].payload + 9, up[0].payload + up[0].octets), (sim::bytes{7, 8, 9}));
    EXPECT_EQ(b.ask(FW_MAIL_VENDOR_MM, {up[0].payload[0], FW_MM_INFO_ACCEPT, 0, 0xB0, 0x0D, 1}), sim::bytes{0});
    const std::string sent = b.radio().calls.back();
    ASSERT_EQ(sent.substr(0, 7), "send 9 ");
    fw_nwk_message m;
    const std::string nwk = sent.substr(7);
    ASSERT_TRUE(fw_nwk_parse(reinterpret_cast<const std::uint8_t*>(nwk.data()), nwk.size(), &m));
    EXPECT_EQ(m.type, FW_MM_INFO_ACCEPT);
    b.radio().on.sent(9);
    b.run(50ms);
    EXPECT_EQ(b.of(FW_MAIL_VENDOR_MM_SENT).size(), 1u);
    b.radio().on.link_released(9, radio::release_reason::normal);
    b.run(50ms);
    EXPECT_EQ(b.of(FW_MAIL_LINK_CLOSED).size(), 1u);
    EXPECT_EQ(b.ask(FW_MAIL_VENDOR_MM, {up[0].payload[0], FW_MM_INFO_ACCEPT, 0, 0xB0, 0x0D, 1}),
              sim::bytes{FW_MAIL_NOT_FOUND});
}

TEST(base_module, receive_only_listens_and_says_what_was_heard) {
    module_bench b;
    b.run(2s);
    EXPECT_EQ(b.ask(FW_MAIL_RECEIVE_ONLY, {1, 40, 0}), sim::bytes{0});
    EXPECT_THAT(b.air.portable.at(0)->calls, Contains("scan 40"));
    EXPECT_EQ(b.ask(FW_MAIL_START, {240, 0}), sim::bytes{FW_MAIL_WRONG_STATE});
    radio::scan_entry e;
    e.identity.octets = {9, 8, 7, 6, 5};
    e.rssi = sim::dbm{-61'200};
    e.heard_escape = true;
    e.information = {0, 0x1234, 0x54321};
    b.air.portable.at(0)->on.scanned({e});
    b.run(50ms);
    ASSERT_EQ(b.of(FW_MAIL_HEARD).size(), 1u);
    const auto heard = b.of(FW_MAIL_HEARD)[0];
    EXPECT_EQ(heard.payload[0], 9);
    EXPECT_EQ(static_cast<std::int16_t>(fw_mail_get(&heard, 5, 2)), -612);
    EXPECT_EQ(fw_mail_get(&heard, 7, 2), 0x1234u);
    EXPECT_EQ(fw_mail_get(&heard, 9, 4), 0x54321u);
    EXPECT_EQ(b.of(FW_MAIL_LISTENED).size(), 1u);
    EXPECT_THAT(b.radio().calls, Not(Contains("start 24000")));
}

TEST(base_module, who_hangs_answers_nothing_until_its_reset_line_is_pulled) {
    module_bench b;
    b.on_air();
    b.fault("module_hang");
    EXPECT_TRUE(b.ask(FW_MAIL_HELLO).empty());
    EXPECT_TRUE(b.radio().up) << "its dummy bearer goes on";
    b.pulls = true;
    b.run(2s);
    EXPECT_FALSE(b.radio().up);
    EXPECT_EQ(b.of(FW_MAIL_STARTED_UP).size(), 2u);
    EXPECT_EQ(b.of(FW_MAIL_STARTED_UP).back().payload[3], DECTBED_BAND_EU) << "the band is in its EEPROM";
}

TEST(base_module, mails_are_lost_as_they_are_told_to_be) {
    module_bench b;
    b.run(2s);
    b.fault("module_drop_mail", {{"mail", "HELLO"}, {"direction", "to module"}, {"skip", "1"}});
    EXPECT_FALSE(b.ask(FW_MAIL_HELLO).empty());
    EXPECT_TRUE(b.ask(FW_MAIL_HELLO).empty()) << "the second one";
    EXPECT_FALSE(b.ask(FW_MAIL_HELLO).empty());
    b.fault("module_lost_mail", {{"direction", "from module"}});
    EXPECT_TRUE(b.ask(FW_MAIL_HELLO).empty());
    EXPECT_EQ(b.log.all<record::module_mail>().back().fate, "lost");
}

TEST(base_module, a_band_that_ends_in_a_reset_is_not_stored) {
    module_bench b;
    b.run(2s);
    b.fault("module_band_reset");
    EXPECT_TRUE(b.ask(FW_MAIL_SET_BAND, {1}).empty());
    b.run(2s);
    ASSERT_EQ(b.of(FW_MAIL_STARTED_UP).size(), 2u);
    EXPECT_EQ(b.of(FW_MAIL_STARTED_UP).back().payload[3], DECTBED_BAND_NONE);
    EXPECT_EQ(fw_mail_get(&b.of(FW_MAIL_STARTED_UP).back(), 11, 2), 2u) << "it counts its starts";
    EXPECT_EQ(b.ask(FW_MAIL_SET_BAND, {1}), sim::bytes{0});
}

TEST(base_module, a_kind_that_takes_its_band_by_a_reset_has_it_afterwards) {
    module_bench b([](mb::base_config& c) {
        module_bench::usual(c);
        c.module->resets_on_band_change = true;
    });
    b.run(2s);
    EXPECT_TRUE(b.ask(FW_MAIL_SET_BAND, {1}).empty());
    b.run(2s);
    EXPECT_EQ(b.of(FW_MAIL_STARTED_UP).back().payload[3], DECTBED_BAND_EU);
    EXPECT_EQ(b.ask(FW_MAIL_SET_BAND, {1}), sim::bytes{0}) << "no change, no reset";
}

/// What a base refuses of one request of each cut, and why.
std::vector<std::pair<std::uint16_t, std::uint16_t>> refused_by(void (*adapt)(mb::base_config&)) {
    base_bench b(adapt);
    b.power_on([](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_BOOT) return;
        f.plain(DECTBED_REQ_RADIO_STOP);
        f.plain(DECTBED_REQ_MAIL_SEND, 0, octets_of(FW_MAIL_HELLO, 1));
    });
    std::vector<std::pair<std::uint16_t, std::uint16_t>> all;
    for (const auto& e : scripted_firmware::of_type(DECTBED_EV_REFUSED)) {
        const auto r = e.as<dectbed_ev_refused>();
        all.emplace_back(r.request_type, r.reason);
    }
    return all;
}

TEST(base_module, a_firmware_with_a_mailbox_has_no_radio) {
    EXPECT_THAT(refused_by(module_bench::usual),
                testing::ElementsAre(testing::Pair(DECTBED_REQ_RADIO_STOP, DECTBED_NOT_AVAILABLE)));
}

TEST(base_module, a_firmware_with_a_radio_has_no_mailbox) {
    EXPECT_THAT(refused_by(nullptr), testing::ElementsAre(testing::Pair(DECTBED_REQ_MAIL_SEND, DECTBED_NOT_AVAILABLE)));
}

}  // namespace
}  // namespace dectbed::test
