#include "models/network/address.h"

#include <gtest/gtest.h>

namespace dectbed::models::network {

TEST(address, ipv4_text_goes_both_ways) {
    for (const char* text : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "10.0.0.200"})
        EXPECT_EQ(to_text(parse_ipv4(text).value()), text);
    EXPECT_EQ(parse_ipv4("192.0.2.1")->value, 0xC0000201u);
    EXPECT_EQ(to_text(endpoint{{0xC0000201}, 80}), "192.0.2.1:80");
}

TEST(address, text_that_is_no_ipv4_address_is_refused) {
    for (const char* text : {"", "1.2.3", "1.2.3.4.", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4", "1.2.3.4 ", " 1.2.3.4",
                             "01.2.3.4", "1..3.4", "a.b.c.d", "1.2.3.0004", "1,2,3,4"})
        EXPECT_FALSE(parse_ipv4(text)) << text;
}

TEST(address, mac_text_goes_both_ways) {
    const auto m = parse_mac("02:1B:2c:00:00:0f");
    ASSERT_TRUE(m);
    EXPECT_EQ(m->number(), 0x021B2C00000Full);
    EXPECT_EQ(to_text(*m), "02:1b:2c:00:00:0f");
    EXPECT_EQ(parse_mac("02-1b-2c-00-00-0f"), m);
    EXPECT_EQ(mac_address::from_number(m->number()), *m);
}

TEST(address, text_that_is_no_mac_address_is_refused) {
    for (const char* text : {"", "02:1b:2c:00:00", "02:1b:2c:00:00:0", "02:1b:2c:00:00:0g", "021b2c00000f",
                             "02:1b:2c:00:00:0f:", "02.1b.2c.00.00.0f", "+2:1b:2c:00:00:0f", " 2:1b:2c:00:00:0f"})
        EXPECT_FALSE(parse_mac(text)) << text;
}

TEST(mac_in, finds_the_first_address_whatever_its_case) {
    EXPECT_EQ(mac_in("RB-1/1.0.0 (02:1B:2c:00:00:01)"), "02:1b:2c:00:00:01");
    EXPECT_EQ(mac_in("02:1b:2c:00:00:0"), "");
    EXPECT_EQ(mac_in("a02:1b:2c:00:00:01"), "02:1b:2c:00:00:01");
    EXPECT_EQ(mac_in("CN=DB-100, serialNumber=02-1b-2c-00-00-01 02:1b:2c:00:00:02"), "02:1b:2c:00:00:02");
    EXPECT_EQ(mac_in("zz:02:1b:2c:00:00-01"), "");
    EXPECT_EQ(mac_in(""), "");
}

}  // namespace dectbed::models::network
