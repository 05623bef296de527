#include "models/firmware/lib/lldp.h"
#include "tests/models/firmware/lib/client_bench.h"

namespace dectbed::test {
namespace {

const std::uint8_t mac[6] = {0x02, 0x1B, 0x2C, 0, 0, 1};

TEST(lldp, when_it_announces_then_the_octets_are_those_of_802_1ab_and_tia_1057) {
    std::uint8_t out[FW_LLDP_FRAME_MAX];
    const std::size_t n = fw_lldp_announce(out, mac, "DB-100", 121);
    EXPECT_EQ(hex(octets(out, out + n)),
              hex(from_hex("0180c200000e 021b2c000001 88cc"
                           "0207 04021b2c000001 0407 03021b2c000001 0602 0079 0a06 44422d313030"
                           "fe07 0012bb01 0003 03 fe08 0012bb02 01 800000 0000")));
}

octets an_lldp_frame() {
    return from_hex(
        "0180c200000e 021b2f000001 88cc 0207 04021b2f000001 0402 0733 0602 0079 0a06 737769746368"
        "fe06 0080c201 0001 fe07 0012bb01 0003 04 fe08 0012bb02 01 40296e 0000");
}

TEST(lldp, when_the_switch_names_a_voice_vlan_then_it_is_read) {
    const exact e(an_lldp_frame());
    fw_lldp_neighbour n;
    ASSERT_TRUE(fw_lldp_read(e.data(), e.size(), &n));
    EXPECT_TRUE(n.has_policy);
    EXPECT_TRUE(n.tagged);
    EXPECT_EQ(n.vlan, 20);
    EXPECT_EQ(n.priority, 5);
    EXPECT_EQ(n.dscp, 46);
    EXPECT_STREQ(n.system, "switch");
    EXPECT_EQ(n.ttl_s, 121);
}

TEST(lldp, when_a_frame_is_cut_or_spoilt_then_nothing_is_read_past_its_end) {
    fw_lldp_neighbour n;
    const octets whole = an_lldp_frame();
    for (std::size_t i = 0; i < whole.size(); ++i) {
        const exact e(octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(i)));
        EXPECT_FALSE(fw_lldp_read(e.data(), e.size(), &n)) << i;
    }
    noise random(6);
    for (int i = 0; i < 50000; ++i) {
        const exact spoilt(random.spoil(whole)), garbage(random.garbage(100));
        (void)fw_lldp_read(garbage.data(), garbage.size(), &n);
        if (fw_lldp_read(spoilt.data(), spoilt.size(), &n) && n.has_policy) {
            EXPECT_LE(n.vlan, 4094);
        }
    }
}

}  // namespace
}  // namespace dectbed::test
