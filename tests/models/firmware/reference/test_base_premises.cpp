// What a base is before anybody has configured it: no means of its own to take a code, and one address burned in.
#include <cstring>

#include "tests/models/firmware/reference/base_bench.h"

namespace dectbed::test {
namespace {

TEST(base_premises, ACT_02_the_base_onboards_without_a_display_and_deaf_to_keys) {
    base_bench b;
    int displayed = 0;
    b.host.on[DECTBED_REQ_DISPLAY] = [&](const request&) { ++displayed; };
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    for (const char digit : b.right_code) {  // as if a keypad had been soldered on
        b.host.key(static_cast<std::uint32_t>(digit - '0'));
        b.run_for(second_us);
    }
    EXPECT_EQ(b.state, "waiting_for_code");
    EXPECT_EQ(b.calls_to("redirect.vendor.example"), 1);  // the one with the MAC alone
    b.send_code(7, b.right_code);
    ASSERT_TRUE(b.reaches("in_service"));
    EXPECT_EQ(displayed, 0);
}

TEST(base_premises, ACT_03_an_empty_base_knows_the_redirection_server_burned_in_and_nobody_else) {
    base_bench b;
    b.world.names["other.vendor.example"] = b.world.names.at("redirect.vendor.example");
    std::strcpy(b.identity.redirection_url, "http://other.vendor.example/v1/redirections");
    b.power_on();
    ASSERT_TRUE(b.run_until([&] { return !b.world.calls.empty(); }, 60 * second_us));
    b.run_for(30 * second_us);
    EXPECT_EQ(b.calls_to("other.vendor.example"), static_cast<int>(b.world.calls.size()));
}

TEST(base_premises, ACT_24_nothing_of_the_code_entry_reaches_the_call_server) {
    base_bench b;
    b.power_on();
    ASSERT_TRUE(b.reaches("waiting_for_code"));
    b.send_code(7, b.right_code);
    ASSERT_TRUE(b.gets_verdict(7));
    b.run_for(second_us);  // until the restart nothing but redirection and provisioning has been spoken to
    EXPECT_EQ(b.resets, 0);
    EXPECT_TRUE(b.world.registers.empty());
    EXPECT_EQ(b.calls_to("sip.csp.example"), 0);
    ASSERT_TRUE(b.reaches("in_service"));
    ASSERT_FALSE(b.world.registers.empty());
    EXPECT_EQ(b.world.registers[0].second.find(b.right_code), std::string::npos);
}

}  // namespace
}  // namespace dectbed::test
