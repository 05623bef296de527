// The band beacon and its acknowledgement as octets.
#include "models/firmware/lib/band_beacon.h"
#include "tests/models/firmware/lib/client_bench.h"

namespace dectbed::test {
namespace {

constexpr std::uint16_t emc = 0x0DB0;
const std::uint8_t ipei[5] = {0x00, 0xDB, 0x08, 0x00, 0x01};

std::string written(const fw_nwk_writer& w) { return hex(octets(w.data, w.data + w.octets)); }

std::uint8_t acknowledged(const octets& data, bool reply) {
    const exact e(data);
    fw_nwk_message m;
    return fw_nwk_parse(e.data(), e.size(), &m) ? fw_band_read_acknowledgement(&m, emc, reply) : 0;
}

TEST(band_beacon, ACT_41_the_twenty_bits_are_as_drawn_and_read_back) {
    std::uint8_t band = 0;
    const auto beacon = fw_band_beacon(emc, DECTBED_BAND_US);
    EXPECT_EQ(beacon.escape_emc, emc);
    EXPECT_EQ(beacon.escape_data, 0x14002u);
    EXPECT_EQ(fw_band_beacon_read(&beacon, 3, emc, &band), FW_BAND_BEACON_READ);
    EXPECT_EQ(band, DECTBED_BAND_US);
    EXPECT_EQ(fw_band_beacon_read(&beacon, 1, emc, &band), FW_BAND_BEACON_NONE) << "the escape message was not heard";
    EXPECT_EQ(fw_band_beacon_read(&beacon, 3, 0x1111, &band), FW_BAND_BEACON_FOREIGN);
}

TEST(band_beacon, ACT_44_every_other_pattern_of_twenty_bits_is_refused) {
    dectbed_system_information i{};
    i.escape_emc = emc;
    int good = 0, broken = 0;
    for (std::uint32_t bits = 0; bits < 1u << 20; ++bits) {
        std::uint8_t band = 0;
        i.escape_data = bits;
        const auto reading = fw_band_beacon_read(&i, 2, emc, &band);
        const bool beacon = bits >> 12 == 0x14;
        const bool valid = beacon && (bits & 0xF00) == 0 && (bits & 0xFF) >= 1 && (bits & 0xFF) < DECTBED_BANDS;
        if ((reading == FW_BAND_BEACON_READ) != valid || (reading == FW_BAND_BEACON_NONE) == beacon ||
            (band != 0) != valid)
            ADD_FAILURE() << bits;
        good += reading == FW_BAND_BEACON_READ;
        broken += reading == FW_BAND_BEACON_BROKEN;
    }
    EXPECT_EQ(good, 9);
    EXPECT_EQ(broken, 4096 - 9);
}

TEST(band_beacon, ACT_43_the_acknowledgement_and_its_reply_are_as_drawn_and_read_back) {
    fw_nwk_writer w;
    fw_band_write_acknowledgement(&w, emc, ipei, DECTBED_BAND_KOREA);
    ASSERT_TRUE(w.ok);
    EXPECT_EQ(written(w), "0550010186050780a800db0800017b06810db0010406");
    const octets request(w.data, w.data + w.octets);
    EXPECT_EQ(acknowledged(request, false), DECTBED_BAND_KOREA);
    EXPECT_EQ(acknowledged(request, true), 0);
    fw_band_write_reply(&w, emc, DECTBED_BAND_KOREA);
    EXPECT_EQ(written(w), "85510101867b06810db0010406");
    const octets reply(w.data, w.data + w.octets);
    EXPECT_EQ(acknowledged(reply, true), DECTBED_BAND_KOREA);
    EXPECT_EQ(acknowledged(reply, false), 0);
}

TEST(band_beacon, ACT_44_what_is_cut_or_changed_is_no_acknowledgement) {
    const octets whole = from_hex("0550010186050780a800db0800017b06810db0010406");
    for (std::size_t n = 0; n < whole.size(); ++n)
        EXPECT_EQ(acknowledged(octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)), false), 0) << n;
    for (const char* other :
         {"0550010186050780a800db0800017b0681111101 0406", "0550010186050780a800db0800017b06810db0020406",
          "0550010186050780a800db0800017b06810db0010506", "0550010186050780a800db0800017b06810db001040a",
          "0550010186050780a800db0800017b07810db001040606", "0551010186050780a800db0800017b06810db0010406"})
        EXPECT_EQ(acknowledged(from_hex(other), false), 0) << other;
}

TEST(band_beacon, ACT_41_bands_have_names_for_people) {
    EXPECT_STREQ(fw_band_name(DECTBED_BAND_LATIN_AMERICA), "Latin America");
    for (std::uint8_t band = 1; band < DECTBED_BANDS; ++band) EXPECT_STRNE(fw_band_name(band), "");
    EXPECT_STREQ(fw_band_name(0), "");
    EXPECT_STREQ(fw_band_name(200), "");
}

}  // namespace
}  // namespace dectbed::test
