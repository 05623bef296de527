// Messages to all portable parts: golden octets of EN 300 175-5, truncations and noise; radio/'s codec reads the same.
#include <gtest/gtest.h>

#include <random>

#include "models/firmware/lib/clms.h"
#include "radio/connectionless.h"
#include "radio/nwk/clms_fixed.h"
#include "radio/nwk/lce_page.h"
#include "radio/nwk/message.h"
#include "sim/bytes.h"

namespace dectbed::test {
namespace {

TEST(clms, a_text_has_the_octets_of_the_standard) {
    fw_nwk_writer w;
    fw_clms_write_text(&w, FW_CLMS_EVERYBODY, "Hi", 2);
    ASSERT_TRUE(w.ok);
    // 6.3.5.1; 7.7.30: TPUI, 20 bits; 7.7.3: standard 8-bit, even, ASCII
    EXPECT_EQ(sim::to_hex(sim::bytes(w.data, w.data + w.octets)), "06010505a0940ccfff7603164869");
    EXPECT_TRUE(radio::is_variable_message(sim::bytes(w.data, w.data + w.octets)));
    EXPECT_TRUE(radio::nwk::decode_message(sim::bytes(w.data, w.data + w.octets)));
    fw_nwk_message m;
    char text[FW_CLMS_TEXT_MAX + 1];
    ASSERT_TRUE(fw_nwk_parse(w.data, w.octets, &m));
    ASSERT_TRUE(fw_clms_read_text(&m, FW_CLMS_EVERYBODY, text));
    EXPECT_STREQ(text, "Hi");
    EXPECT_FALSE(fw_clms_read_text(&m, 0xCC001, text)) << "for others";
    for (std::size_t n = 0; n < w.octets; ++n)
        EXPECT_FALSE(fw_nwk_parse(w.data, n, &m) && fw_clms_read_text(&m, FW_CLMS_EVERYBODY, text)) << n;
}

TEST(clms, a_text_fits_or_is_refused) {
    fw_nwk_writer w;
    const std::string longest(FW_CLMS_TEXT_MAX, 'x');
    fw_clms_write_text(&w, FW_CLMS_EVERYBODY, longest.data(), longest.size());
    EXPECT_TRUE(w.ok);
    fw_clms_write_text(&w, FW_CLMS_EVERYBODY, longest.data(), longest.size() + 1);
    EXPECT_FALSE(w.ok);
    fw_clms_write_text(&w, FW_CLMS_EVERYBODY, "", 0);
    EXPECT_FALSE(w.ok);
    fw_nwk_message m;
    char text[FW_CLMS_TEXT_MAX + 1];
    fw_clms_write_text(&w, FW_CLMS_EVERYBODY, "\x07!", 2);
    ASSERT_TRUE(fw_nwk_parse(w.data, w.octets, &m));
    EXPECT_FALSE(fw_clms_read_text(&m, FW_CLMS_EVERYBODY, text)) << "nothing that a display cannot show";
}

TEST(clms, a_tone_alert_is_one_section) {
    for (std::uint8_t tone = 0; tone < FW_CLMS_TONES; ++tone) {
        std::uint8_t section[FW_CLMS_TONE_OCTETS];
        fw_clms_write_tone(section, FW_CLMS_EVERYBODY, tone);
        EXPECT_EQ(sim::to_hex(section), "09cfff010" + std::to_string(tone));
        EXPECT_EQ(fw_clms_read_tone(section, sizeof section, FW_CLMS_EVERYBODY), tone);
        EXPECT_EQ(fw_clms_read_tone(section, sizeof section - 1, FW_CLMS_EVERYBODY), -1);
        EXPECT_EQ(fw_clms_read_tone(section, sizeof section, 0xCC001), -1);
        const auto read = radio::nwk::decode_clms_fixed(section);
        ASSERT_TRUE(read);
        EXPECT_EQ(read.value().data, sim::bytes{tone});
        section[4] = 0x0A;
        EXPECT_EQ(fw_clms_read_tone(section, sizeof section, FW_CLMS_EVERYBODY), -1);
    }
}

TEST(clms, an_announcement_is_a_page_that_has_handsets_listen) {
    std::uint8_t page[FW_CLMS_PAGE_OCTETS];
    fw_clms_announce(page, FW_CLMS_EVERYBODY);
    EXPECT_EQ(sim::to_hex(page), "08cfff");
    EXPECT_TRUE(radio::nwk::announces_broadcast(radio::nwk::decode_lce_page(page).value()));
}

TEST(clms, noise_is_read_without_harm) {
    std::mt19937 r(7);
    for (int i = 0; i < 20'000; ++i) {
        sim::bytes noise(r() % 64);
        for (auto& o : noise) o = static_cast<std::uint8_t>(r());
        if (noise.size() > 1 && i % 2 == 0) noise[0] = 6, noise[1] = 1;
        fw_nwk_message m;
        char text[FW_CLMS_TEXT_MAX + 1];
        if (fw_nwk_parse(noise.data(), noise.size(), &m)) (void)fw_clms_read_text(&m, FW_CLMS_EVERYBODY, text);
        (void)fw_clms_read_tone(noise.data(), noise.size(), FW_CLMS_EVERYBODY);
    }
}

}  // namespace
}  // namespace dectbed::test
