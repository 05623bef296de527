// Registration of handsets, both reference firmwares against each other: message by message, in adversity, across
// power cuts, and what a registered handset may then do.
#include "tests/models/firmware/reference/pair_bench.h"

namespace dectbed::test {
namespace {

int type_of(const pair_bench::message& m) { return m.data[1]; }

TEST(subscription, when_the_pin_is_right_then_the_messages_come_in_the_order_of_the_standard) {
    for (const bool plain : {false, true}) {
        pair_bench p(plain);
        p.begin();
        EXPECT_TRUE(p.open_to_all());
        const auto before = p.said.size();
        EXPECT_TRUE(p.registers());
        // rights: request, key allocate, authentication request with RES, reply, accept; then the location
        EXPECT_EQ(p.story(before), " >44 <42 >40 <41 <45 >54 <40 >41 <55 >5d");
        p.press(DECTBED_KEY_CLEAR);
        EXPECT_TRUE(p.shows("In service"));
    }
}

TEST(subscription, when_the_pin_is_wrong_then_the_handset_says_so_and_the_right_one_still_works) {
    pair_bench p;
    p.begin();
    const auto before = p.said.size();
    p.enter_pin("1111");
    ASSERT_TRUE(p.shows("Wrong PIN"));
    EXPECT_EQ(p.story(before), " >44 <42 >40 <43 <47");
    EXPECT_EQ(hex(p.said.back().data), "8547600110");
    p.press(DECTBED_KEY_CLEAR);
    p.run_for(20 * second_us);
    EXPECT_TRUE(p.registers());
}

TEST(subscription, when_no_base_takes_registrations_then_none_is_found) {
    pair_bench p(false, "");
    p.begin();
    EXPECT_FALSE(p.open_to_all());
    p.enter_pin("0000");
    EXPECT_TRUE(p.shows("No base found"));
}

TEST(subscription, when_the_button_is_held_then_it_is_open_for_two_minutes) {
    pair_bench p(false, "subscription.open = window\nsubscription.pin = 4711\n");
    p.begin();
    p.base_button(2 * second_us);
    EXPECT_FALSE(p.open_to_all());
    p.base_button(4 * second_us);
    EXPECT_TRUE(p.open_to_all());
    EXPECT_TRUE(p.registers("4711"));
    p.run_for(100 * second_us);
    EXPECT_TRUE(p.open_to_all());
    p.run_for(20 * second_us);
    EXPECT_FALSE(p.open_to_all());
}

TEST(subscription, when_a_registered_handset_calls_then_it_is_challenged_and_the_call_is_set_up_and_ended) {
    pair_bench p;
    p.begin();
    ASSERT_TRUE(p.registers());
    const auto before = p.said.size();
    p.press(DECTBED_KEY_OFF_HOOK);
    EXPECT_TRUE(p.shows("Connected"));
    EXPECT_TRUE(p.shows("Call ended"));
    EXPECT_EQ(p.story(before), " >05 <40 >41 <02 <07 <4d >5a");
    p.press(DECTBED_KEY_CLEAR);
    EXPECT_TRUE(p.shows("In service"));
}

TEST(subscription, when_an_unregistered_handset_calls_then_it_is_challenged_and_refused) {
    pair_bench p;
    p.begin();
    const auto before = p.said.size();
    p.press(DECTBED_KEY_OFF_HOOK);
    EXPECT_TRUE(p.shows("Not allowed"));
    EXPECT_EQ(p.story(before), " >05 <40 >43 <5a");
}

TEST(subscription, when_both_sides_lose_power_then_the_handset_locates_again_without_a_pin) {
    pair_bench p;
    p.begin();
    ASSERT_TRUE(p.registers());
    p.handset_off();
    p.base_off();
    p.base_on();
    ASSERT_TRUE(p.run_until([&] { return p.base.state == "in_service"; }, 100 * second_us));
    const auto before = p.said.size();
    p.handset_on();
    EXPECT_TRUE(p.shows("In service"));
    EXPECT_EQ(p.story(before), " >54 <40 >41 <55 >5d");
}

TEST(subscription, when_the_base_returns_then_the_handset_locates_again) {
    pair_bench p;
    p.begin();
    ASSERT_TRUE(p.registers());
    p.press(DECTBED_KEY_CLEAR);
    ASSERT_TRUE(p.shows("In service"));
    p.base_off();
    p.run_for(5 * second_us);
    EXPECT_NE(p.screen, "In service");
    p.base_on();
    const auto before = p.said.size();
    EXPECT_TRUE(p.shows("In service", 400 * second_us));
    EXPECT_EQ(p.story(before), " >54 <40 >41 <55 >5d");
}

TEST(subscription, when_any_one_message_is_lost_then_it_is_repeated_and_all_ends_well) {
    for (const int lost : {0x44, 0x42, 0x40, 0x45, 0x54, 0x55, 0x5D}) {
        pair_bench p;
        p.begin();
        bool once = false;
        p.lose = [&](const pair_bench::message& m) {
            if (once || type_of(m) != lost) return false;
            return once = true;
        };
        p.enter_pin("0000");
        EXPECT_TRUE(p.shows("Registered", 200 * second_us)) << std::hex << lost;
        EXPECT_TRUE(once);
        p.press(DECTBED_KEY_CLEAR);
        EXPECT_TRUE(p.shows("In service", 200 * second_us)) << std::hex << lost;
    }
}

TEST(subscription, when_power_fails_at_any_octet_of_the_record_then_it_is_there_whole_or_not_at_all) {
    int promised = 0;
    for (std::uint64_t cut = 0; cut < 34; ++cut) {
        pair_bench p;
        p.begin();
        p.base.host.flash.octets_until_cut = p.base.host.flash.written + cut;
        p.enter_pin("0000");
        p.run_until([&] { return p.base.host.flash.dead || p.screen == "Registered"; }, 40 * second_us);
        const bool told = p.screen == "Registered";
        promised += told;
        p.base_off();
        p.base.host.flash.dead = false;
        p.base.host.flash.octets_until_cut = ~0ull;
        p.base_on();
        ASSERT_TRUE(p.run_until([&] { return p.base.state == "in_service"; }, 100 * second_us)) << cut;
        p.press(DECTBED_KEY_ON_HOOK);
        p.run_for(60 * second_us);
        if (told) {
            EXPECT_TRUE(p.shows("In service", 400 * second_us)) << cut;
        } else {
            p.press(DECTBED_KEY_CLEAR);
            p.press(DECTBED_KEY_CLEAR);
            EXPECT_TRUE(p.registers()) << "the next attempt succeeds, " << cut;
        }
    }
    EXPECT_LT(promised, 34);
}

TEST(subscription, when_the_handset_is_switched_off_then_it_detaches_and_comes_back) {
    pair_bench p;
    p.begin();
    ASSERT_TRUE(p.registers());
    p.press(DECTBED_KEY_CLEAR);
    ASSERT_TRUE(p.shows("In service"));
    const auto before = p.said.size();
    p.hold(DECTBED_KEY_ON_HOOK, 4 * second_us);
    EXPECT_TRUE(p.shows(""));
    EXPECT_EQ(p.story(before), " >56");
    p.run_for(60 * second_us);
    EXPECT_EQ(p.screen, "");
    p.hold(DECTBED_KEY_ON_HOOK, 4 * second_us);
    EXPECT_TRUE(p.shows("In service"));
}

TEST(subscription, when_the_button_is_pressed_shortly_then_located_handsets_answer_the_page) {
    pair_bench p;
    p.begin();
    p.base_button(500000);
    EXPECT_EQ(p.pages, 0) << "nobody is registered";
    ASSERT_TRUE(p.registers());
    p.press(DECTBED_KEY_CLEAR);
    ASSERT_TRUE(p.shows("In service"));
    p.run_for(2 * second_us);
    const auto before = p.said.size();
    p.base_button(500000);
    p.run_for(20 * second_us);
    EXPECT_EQ(p.pages, 1);
    EXPECT_EQ(p.story(before), " >71");
    EXPECT_EQ(p.screen, "In service");
    p.deaf = true;
    p.base_button(500000);
    p.run_for(20 * second_us);
    EXPECT_EQ(p.pages, 1 + 3) << "N300";
}

TEST(subscription, when_a_handset_registers_once_more_then_it_takes_no_second_place) {
    pair_bench p;
    p.begin();
    for (int n = 0; n < 25; ++n) {
        ASSERT_TRUE(p.registers()) << n;
        p.press(DECTBED_KEY_CLEAR);
        p.run_for(second_us);
    }
}

TEST(subscription, when_a_stranger_asks_to_end_the_rights_of_a_handset_then_he_is_challenged) {
    pair_bench p;
    p.begin();
    ASSERT_TRUE(p.registers());
    p.press(DECTBED_KEY_CLEAR);
    p.run_for(5 * second_us);
    p.base.world.establish(77);
    octets request = from_hex("0548 0507 80a8");
    const auto me = fake_host::handset_identity();
    request.insert(request.end(), std::begin(me.ipei), std::end(me.ipei));
    p.base.world.say(77, request);
    p.run_for(second_us);
    p.base.world.say(77, from_hex("8541 0c08 0000000000000000 0d04 00000000"));
    p.run_for(2 * second_us);
    p.press(DECTBED_KEY_OFF_HOOK);
    EXPECT_TRUE(p.shows("Connected")) << "the rights are still there";
}

}  // namespace
}  // namespace dectbed::test
