// The payload that the third-party base and handset speak: octets as drawn, every verdict, every truncation.
#include "models/firmware/examples/third_party_base/third_party_payload.h"
#include "tests/models/firmware/lib/client_bench.h"

namespace dectbed::test {
namespace {

constexpr std::uint16_t emc = 0x2C41;
const std::uint8_t ipei[5] = {0x02, 0xC4, 0x11, 0x23, 0x45};

octets of(const fw_nwk_writer& w) { return octets(w.data, w.data + w.octets); }

fw_activation_reading read(const octets& data, fw_activation* out, std::uint16_t code = emc) {
    const exact e(data);
    fw_nwk_message m;
    return fw_nwk_parse(e.data(), e.size(), &m) ? payloadRead(&m, code, out) : FW_ACTIVATION_NONE;
}

TEST(third_party_payload, when_messages_are_written_then_octets_are_as_drawn_and_read_back) {
    fw_nwk_writer w;
    fw_activation a;
    ASSERT_TRUE(payloadWriteCode(&w, emc, ipei, "1234567890"));
    EXPECT_EQ(hex(of(w)), "0550010186050780a802c41123457b0b812c41a505123456789038");
    ASSERT_EQ(read(of(w), &a), FW_ACTIVATION_READ);
    EXPECT_STREQ(a.code, "1234567890");
    ASSERT_TRUE(payloadWriteCode(&w, emc, ipei, "1234567"));
    EXPECT_EQ(hex(of(w)), "0550010186050780a802c41123457b0a812c41a5041234567fae");
    ASSERT_EQ(read(of(w), &a), FW_ACTIVATION_READ);
    EXPECT_STREQ(a.code, "1234567");
    payloadWriteProgress(&w, emc, FW_STAGE_CONFIGURATION);
    EXPECT_EQ(hex(of(w)), "05520101867b07812c415b014319");
    payloadWriteVerdict(&w, emc, FW_VERDICT_ACTIVATED, 0);
    EXPECT_EQ(hex(of(w)), "85510101867b08812c41c302800041");
    payloadWriteVerdict(&w, emc, FW_VERDICT_LOCKED_OUT, 298);
    EXPECT_EQ(hex(of(w)), "85536001207b08812c41c302083cf5");
    ASSERT_EQ(read(of(w), &a), FW_ACTIVATION_READ);
    EXPECT_EQ(a.retry_after_s, 300);
}

TEST(third_party_payload, every_verdict_comes_back) {
    for (int v = FW_VERDICT_ACTIVATED; v <= FW_VERDICT_BUSY; ++v) {
        fw_nwk_writer w;
        fw_activation a;
        payloadWriteVerdict(&w, emc, static_cast<fw_verdict>(v), 10);
        ASSERT_EQ(read(of(w), &a), FW_ACTIVATION_READ) << v;
        EXPECT_EQ(a.verdict, v);
        EXPECT_EQ(a.retry_after_s, 10);
    }
}

TEST(third_party_payload, what_is_cut_off_changed_or_not_ours_is_not_taken) {
    fw_nwk_writer w;
    fw_activation a;
    for (const char* bad : {"12345", "12345678901234567", "12345a", ""})
        EXPECT_FALSE(payloadWriteCode(&w, emc, ipei, bad)) << bad;
    ASSERT_TRUE(payloadWriteCode(&w, emc, ipei, "1234567890"));
    const octets whole = of(w);
    const std::size_t element = whole.size() - 11;  // its contents
    EXPECT_EQ(read(whole, &a, 0x1234), FW_ACTIVATION_NONE);
    EXPECT_EQ(read(whole, &a, REFERENCE_VENDOR_EMC), FW_ACTIVATION_NONE);
    for (std::size_t n = 0; n < whole.size(); ++n)
        EXPECT_NE(read(octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)), &a), FW_ACTIVATION_READ)
            << n;
    for (std::size_t n = 0; n < 11; ++n) {  // a shorter element, its length being right
        octets cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(element + n));
        cut[element - 1] = static_cast<std::uint8_t>(n);
        EXPECT_NE(read(cut, &a), FW_ACTIVATION_READ) << n;
    }
    for (std::size_t i = element; i < whole.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            octets changed = whole;
            changed[i] = static_cast<std::uint8_t>(changed[i] ^ 1 << bit);
            EXPECT_NE(read(changed, &a), FW_ACTIVATION_READ) << i;
        }
    }
}

TEST(third_party_payload, announcements_are_the_vendors_own) {
    for (int s = FW_SERVICE_NOT_READY; s <= FW_SERVICE_BUSY; ++s) {
        const auto service = static_cast<fw_service>(s);
        const dectbed_system_information ours = payloadAnnouncement(emc, service);
        fw_service heard = FW_SERVICE_NOT_READY;
        EXPECT_TRUE(payloadAnnounced(&ours, 3, emc, &heard));
        EXPECT_EQ(heard, service);
        EXPECT_FALSE(payloadAnnounced(&ours, 1, emc, &heard)) << "no escape message was heard";
        EXPECT_FALSE(payloadAnnounced(&ours, 3, 0x1234, &heard));
        EXPECT_FALSE(fw_announced_service(&ours, 3, emc, &heard)) << "not the reference vendor's layout";
        const dectbed_system_information theirs = payloadAnnouncement(REFERENCE_VENDOR_EMC, service);
        EXPECT_TRUE(fw_announced_service(&theirs, 3, REFERENCE_VENDOR_EMC, &heard));
        EXPECT_EQ(heard, service);
    }
    EXPECT_EQ(payloadAnnouncement(emc, FW_SERVICE_WAITING_FOR_CODE).escape_data, 0xB4007u);
}

}  // namespace
}  // namespace dectbed::test
