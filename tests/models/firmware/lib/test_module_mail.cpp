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

}  // namespace
}  // namespace dectbed::test
