#include "radio/identity.h"

#include <gtest/gtest.h>

#include "sim/random.h"

namespace dectbed::radio {
namespace {

TEST(identity, ipei_text_and_octets) {
    // EN 300 175-6, 10.1: the standard's own example, and one that is in circulation.
    EXPECT_EQ(to_text(ipei{12, 137}), "00012 0000137 9");
    const auto id = ipei_from_text("03586 0017017 7").value();
    EXPECT_EQ(id.emc, 0x0E02);
    EXPECT_EQ(id.psn, 0x04279U);
    const auto o = id.octets();
    EXPECT_EQ(sim::to_hex(sim::byte_view(o)), "00e0204279");
    EXPECT_EQ(ipei::from_octets(o).value(), id);
    EXPECT_EQ(to_text(ipei{0x2B6E, 0xC8AA5}), "11118 0821925 6");
}

TEST(identity, ipei_text_is_checked) {
    EXPECT_FALSE(ipei_from_text("00012 0000137 8"));
    EXPECT_FALSE(ipei_from_text("00012 0000137"));
    EXPECT_FALSE(ipei_from_text("00012 0000137 99"));
    EXPECT_FALSE(ipei_from_text("0001x 0000137 9"));
    EXPECT_EQ(ipei_from_text("0001x 0000137 9").error().offset, 4U);
    EXPECT_FALSE(ipei::from_octets(sim::from_hex("10e0204279").value()));
    EXPECT_FALSE(ipei::from_octets(sim::from_hex("00e02042").value()));
}

TEST(identity, ipei_goes_there_and_back_with_every_check_character) {
    sim::random_stream r(9, "test", "ipei");
    bool star = false;
    for (int i = 0; i < 5000; ++i) {
        const ipei id{static_cast<std::uint16_t>(r.below(0x10000)), static_cast<std::uint32_t>(r.below(0x100000))};
        const auto text = to_text(id);
        star = star || text.back() == '*';
        ASSERT_EQ(ipei_from_text(text).value(), id) << text;
        ASSERT_EQ(ipei::from_octets(id.octets()).value(), id);
    }
    EXPECT_TRUE(star);
}

TEST(identity, class_a_rfpi) {
    const auto id = make_rfpi_class_a(0x2B6E, 0x19154, 5);
    EXPECT_EQ(to_text(id), "02b6ec8aa5");
    EXPECT_EQ(id.fmid(), 0xAA5);
    EXPECT_EQ(rfpi_from_text("02b6ec8aa5").value(), id);
    EXPECT_FALSE(rfpi_from_text("02b6ec8a"));
    EXPECT_EQ(default_pmid(0x1234), 0xE1234U);
    EXPECT_EQ(link_signature(0xE1234), 0);
    EXPECT_EQ(link_signature(0x01234), 0x1234);
}

}  // namespace
}  // namespace dectbed::radio
