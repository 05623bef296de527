// Mails between a base's processor and its DECT module, as octets; and the client that repeats, answers and resets.
#include <random>

#include "models/firmware/lib/module_client.h"
#include "models/firmware/lib/module_mail.h"
#include "tests/models/firmware/lib/client_bench.h"

namespace dectbed::test {
namespace {

octets written(const fw_mail& m) {
    octets out(FW_MAIL_OCTETS_MAX);
    out.resize(fw_mail_write(&m, out.data()));
    return out;
}
fw_mail mail_of(std::uint16_t opcode, std::uint8_t sequence, const octets& payload = {}) {
    fw_mail m = fw_mail_of(opcode);
    m.sequence = sequence;
    fw_mail_put_octets(&m, payload.data(), payload.size());
    return m;
}
std::string described(const fw_mail& m) {
    char text[600];
    EXPECT_TRUE(fw_mail_describe(&m, text, sizeof text));
    return text;
}
std::vector<fw_mail> read(fw_mail_reader& r, const octets& data) {
    std::vector<fw_mail> all;
    fw_mail_read(
        &r, data.data(), data.size(),
        [](void* context, const fw_mail* m) { static_cast<std::vector<fw_mail>*>(context)->push_back(*m); }, &all);
    return all;
}

TEST(module_mail, the_checksum_is_that_of_iso_13239) {
    const std::string text = "123456789";  // the usual check value of CRC-16/ISO-HDLC
    EXPECT_EQ(fw_mail_crc(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()), 0x906E);
}

TEST(module_mail, golden_octets_both_ways) {
    const struct {
        fw_mail m;
        const char *octets, *text;
    } all[] = {
        {mail_of(FW_MAIL_HELLO, 1), "100200010100fb9a", "HELLO #1"},
        {mail_of(FW_MAIL_SET_BAND, 3, {1}), "10030003030001d220", "SET-BAND #3: band 1"},
        {mail_of(FW_MAIL_SET_BAND | FW_MAIL_ANSWER, 3, {0}), "1003000303800097bd", "SET-BAND answer #3: status 0"},
        {mail_of(FW_MAIL_STARTED_UP, 7, {1, 3, 2, 1, 0, 0, 1, 2, 3, 4, 5, 1, 0}),
         "100f0007014001030201000001020304050100034b",
         "STARTED-UP #7: interface 1, module 2.3, band 1, state 0, 0 handsets, RFPI 0102030405, start 1"},
        {mail_of(FW_MAIL_VENDOR_MM_UP, 0x42,
                 {0, 0x50, 0, 0x86, 0xD0, 0, 1, 0xB0, 0x0D, 1, 1, 6, '6', '5', '4', '3', '2', '1'}),
         "10140042094000500086d00001b00d01010636353433323156cb",
         "VENDOR-MM-UP #66: link 0, type 50, IPUI 0086d00001, EMC 0db0, 010106363534333231"},
    };
    for (const auto& one : all) {
        EXPECT_EQ(hex(written(one.m)), one.octets);
        EXPECT_EQ(described(one.m), one.text);
        fw_mail back;
        const char* why = nullptr;
        const octets data = written(one.m);
        ASSERT_TRUE(fw_mail_decode(data.data(), data.size(), &back, &why)) << why;
        EXPECT_EQ(back.opcode, one.m.opcode);
        EXPECT_EQ(back.sequence, one.m.sequence);
        EXPECT_EQ(octets(back.payload, back.payload + back.octets),
                  octets(one.m.payload, one.m.payload + one.m.octets));
    }
}

TEST(module_mail, what_is_cut_or_spoilt_is_no_mail_and_does_not_hide_the_next) {
    const octets whole = written(mail_of(FW_MAIL_VENDOR_MM, 9, {1, 0x52, 0, 0xB0, 0x0D, 1, 2, 1}));
    const octets next = written(mail_of(FW_MAIL_STOP, 10));
    for (std::size_t n = 0; n < whole.size(); ++n) {
        fw_mail m;
        const char* why = nullptr;
        const exact cut(octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)));
        EXPECT_FALSE(fw_mail_decode(cut.data(), cut.size(), &m, &why));
        EXPECT_STRNE(why, "");
        // On the line the octets after it are the next mails'; enough of them, and all but the cut one come through.
        fw_mail_reader r{};
        octets line(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
        for (int i = 0; i < 30; ++i) line.insert(line.end(), next.begin(), next.end());
        EXPECT_GE(read(r, line).size(), 29u) << n;
    }
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
        octets spoilt = whole;
        spoilt[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        fw_mail m;
        const char* why = nullptr;
        EXPECT_FALSE(fw_mail_decode(spoilt.data(), spoilt.size(), &m, &why)) << bit;
    }
}

TEST(module_mail, random_octets_are_read_within_their_bounds) {
    std::mt19937 random(1);
    fw_mail_reader r{};
    for (int round = 0; round < 20'000; ++round) {
        octets data(random() % 40);
        for (auto& o : data) o = static_cast<std::uint8_t>(random() % 4 == 0 ? 0x10u : random());
        for (const fw_mail& m : read(r, data)) described(m);
        ASSERT_LT(r.used, sizeof r.data);
    }
    EXPECT_GT(r.skipped, 0u);
}

TEST(module_mail, a_payload_has_room_for_what_fits_and_no_more) {
    fw_mail m = fw_mail_of(FW_MAIL_VENDOR_MM);
    const octets much(FW_MAIL_PAYLOAD_MAX - 1, 0xAA);
    fw_mail_put_octets(&m, much.data(), much.size());
    fw_mail_put(&m, 0x1234, 2);
    EXPECT_EQ(m.octets, much.size()) << "does not fit";
    fw_mail_put(&m, 0x12, 1);
    EXPECT_EQ(m.octets, FW_MAIL_PAYLOAD_MAX);
    EXPECT_EQ(fw_mail_get(&m, FW_MAIL_PAYLOAD_MAX - 1, 1), 0x12u);
    EXPECT_EQ(fw_mail_get(&m, FW_MAIL_PAYLOAD_MAX - 1, 2), 0u) << "beyond its end";
    EXPECT_EQ(written(m).size(), static_cast<std::size_t>(FW_MAIL_OCTETS_MAX));
}

// --- the client ------------------------------------------------------------------------------------------------

/// A client, and a module that a test plays: it answers what is in `answers`.
struct module_side {
    module_side() {
        fw_io_init(&io, &host.api);
        host.deliver = [this](const dectbed_event* e) {
            if (!fw_io_begin(&io, e)) return;
            if (e->record.type == DECTBED_EV_BOOT) {
                fw_module_config c{};
                c.timer = 7;
                c.token = 8;
                c.context = this;
                c.up = [](void* s, const fw_mail*) { ++static_cast<module_side*>(s)->ups; };
                c.down = [](void* s, const char* why) { static_cast<module_side*>(s)->downs.emplace_back(why); };
                c.mail = [](void* s, const fw_mail* m) { static_cast<module_side*>(s)->mails.push_back(*m); };
                c.answered = [](void* s, const fw_mail* asked, const fw_mail*) {
                    static_cast<module_side*>(s)->answered.push_back(asked->opcode);
                };
                fw_module_init(&client, &io, &c);
            }
            fw_module_handle(&client, e);
        };
        host.on[DECTBED_REQ_MAIL_SEND] = [this](const request& r) {
            const octets data = r.data<dectbed_record>();
            fw_mail m;
            const char* why = "";
            ASSERT_TRUE(fw_mail_decode(data.data(), data.size(), &m, &why)) << why;
            said.push_back(m);
            if (answers && (m.opcode & FW_MAIL_ANSWER) == 0)
                tell(mail_of(static_cast<std::uint16_t>(m.opcode | FW_MAIL_ANSWER), m.sequence, {FW_MAIL_OK}));
        };
        host.on[DECTBED_REQ_MODULE_RESET] = [this](const request&) { ++resets; };
        host.boot_event(fake_host::base_identity());
        host.run_for(1000);
    }
    void tell(const fw_mail& m) { host.post(DECTBED_EV_MAIL, dectbed_ev_data{}, 1000, written(m)); }
    void start(std::uint8_t starts) {
        tell(mail_of(FW_MAIL_STARTED_UP, 200, {1, 3, 2, 1, 0, 0, 1, 2, 3, 4, 5, starts, 0}));
        host.run_for(2000);
    }
    std::size_t times(std::uint16_t opcode) const {
        return static_cast<std::size_t>(
            std::count_if(said.begin(), said.end(), [opcode](const fw_mail& m) { return m.opcode == opcode; }));
    }

    fake_host host;
    fw_io io{};
    fw_module_client client{};
    std::vector<fw_mail> said, mails;
    std::vector<std::uint16_t> answered;
    std::vector<std::string> downs;
    int ups = 0, resets = 0;
    bool answers = true;
};

TEST(module_client, a_module_that_does_not_start_is_reset_after_eight_seconds_not_before) {
    module_side m;
    m.host.run_for(FW_MODULE_START_US - 5000);
    EXPECT_EQ(m.resets, 0);
    m.host.run_for(10'000);
    EXPECT_EQ(m.resets, 1);
    m.start(1);
    EXPECT_EQ(m.ups, 1);
    EXPECT_TRUE(m.downs.empty()) << "it had never been up";
}

TEST(module_client, a_command_is_said_four_times_with_one_sequence_then_the_line_is_pulled) {
    module_side m;
    m.start(1);
    m.answers = false;
    const fw_mail stop = fw_mail_of(FW_MAIL_STOP);
    ASSERT_TRUE(fw_module_send(&m.client, &stop));
    m.host.run_for(4 * FW_MODULE_ANSWER_US - 5000);
    EXPECT_EQ(m.times(FW_MAIL_STOP), 4u);
    EXPECT_EQ(m.resets, 0);
    m.host.run_for(10'000);
    EXPECT_EQ(m.resets, 1);
    EXPECT_EQ(m.downs, std::vector<std::string>{"the module does not answer"});
    for (const auto& s : m.said) EXPECT_TRUE(s.opcode != FW_MAIL_STOP || s.sequence == 1);
    EXPECT_FALSE(fw_module_send(&m.client, &stop)) << "nobody is there";
}

TEST(module_client, commands_wait_for_one_another) {
    module_side m;
    m.start(1);
    for (const std::uint16_t opcode : {FW_MAIL_HANDSETS, FW_MAIL_STOP}) {
        const fw_mail c = fw_mail_of(opcode);
        fw_module_send(&m.client, &c);
    }
    EXPECT_EQ(m.times(FW_MAIL_STOP), 0u);
    m.host.run_for(10'000);
    EXPECT_EQ(m.answered, (std::vector<std::uint16_t>{FW_MAIL_HANDSETS, FW_MAIL_STOP}));
}

TEST(module_client, a_mail_that_comes_twice_is_handed_on_once_and_answered_twice) {
    module_side m;
    m.start(1);
    for (int i = 0; i < 2; ++i) m.tell(mail_of(FW_MAIL_LINK_CLOSED, 77, {3}));
    m.host.run_for(10'000);
    EXPECT_EQ(m.mails.size(), 1u);
    EXPECT_EQ(m.times(FW_MAIL_LINK_CLOSED | FW_MAIL_ANSWER), 2u);
}

TEST(module_client, a_start_is_told_from_its_repetition_by_its_number) {
    module_side m;
    m.start(1);
    m.start(1);
    EXPECT_EQ(m.ups, 1);
    m.start(2);
    EXPECT_EQ(m.ups, 2);
    EXPECT_EQ(m.downs, std::vector<std::string>{"the module has started anew"});
}

TEST(module_client, a_silent_module_is_asked_whether_it_lives) {
    module_side m;
    m.start(1);
    m.host.run_for(FW_MODULE_LOOK_US - 10'000);
    EXPECT_EQ(m.times(FW_MAIL_HELLO), 0u);
    m.host.run_for(20'000);
    EXPECT_EQ(m.times(FW_MAIL_HELLO), 1u);
    m.answers = false;
    m.host.run_for(FW_MODULE_LOOK_US + 5 * FW_MODULE_ANSWER_US);
    EXPECT_EQ(m.resets, 1);
}

}  // namespace
}  // namespace dectbed::test
