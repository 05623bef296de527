// What an unregistered handset gets from the reference base: the code transfer and nothing else.
#include "tests/models/firmware/reference/base_bench.h"

namespace dectbed::test {
namespace {

/// A base that waits for a code, or one in service, with one link established.
void prepare(base_bench& b, bool in_service) {
    if (in_service) b.mac_url = "http://prov.csp.example/office/";
    b.power_on();
    ASSERT_TRUE(b.reaches(in_service ? "in_service" : "waiting_for_code"));
    b.world.establish(5);
    b.run_for(1000);
}

std::vector<std::string> answers(const base_bench& b) {
    std::vector<std::string> out;
    for (const auto& m : b.world.air) out.push_back(hex(m.data));
    return out;
}

const char* const setup = "0305 0507 80a8 00db012345 0607 81a8 000db00008 e080";

TEST(base_air, ACT_25_when_unregistered_handset_calls_then_it_is_challenged_twice_and_refused) {
    for (const bool in_service : {false, true}) {
        base_bench b;
        prepare(b, in_service);
        b.world.say(5, from_hex(setup));
        b.run_for(1000);
        ASSERT_EQ(b.world.air.size(), 1u);
        const std::string challenge = answers(b)[0];
        EXPECT_EQ(challenge.substr(0, 18), "05400a030110000c08");
        EXPECT_EQ(challenge.substr(34, 4), "0e08");
        b.run_for(10 * second_us - 3000);  // MM_auth.1
        EXPECT_EQ(b.world.air.size(), 1u);
        b.run_for(3000);
        ASSERT_EQ(b.world.air.size(), 2u);
        EXPECT_EQ(answers(b)[1], challenge);
        b.run_for(10 * second_us - 3000);
        EXPECT_EQ(b.world.air.size(), 2u);
        b.run_for(3000);
        ASSERT_EQ(b.world.air.size(), 3u);
        EXPECT_EQ(answers(b)[2], "835ae209");
        b.run_for(second_us);
        EXPECT_EQ(b.host.count(DECTBED_REQ_LINK_RELEASE), 1u);
    }
}

TEST(base_air, ACT_25_when_handset_invents_an_answer_to_the_challenge_then_the_call_is_refused) {
    for (const char* answer : {"8541 0d04 01020304", "8541", "8543 600111", "0541 0d04 00000000"}) {
        base_bench b;
        prepare(b, true);
        b.world.say(5, from_hex(setup));
        b.run_for(second_us);
        b.world.say(5, from_hex(answer));
        b.run_for(second_us);
        ASSERT_EQ(b.world.air.size(), 2u) << answer;
        EXPECT_EQ(answers(b)[1], "835ae209") << answer;
        EXPECT_EQ(b.host.count(DECTBED_REQ_LINK_RELEASE), 1u);
    }
}

TEST(base_air, when_two_challenges_are_made_then_they_differ) {
    base_bench b;
    prepare(b, true);
    b.world.establish(6);
    b.world.say(5, from_hex(setup));
    b.world.say(6, from_hex(setup));
    b.run_for(second_us);
    ASSERT_EQ(b.world.air.size(), 2u);
    EXPECT_NE(answers(b)[0], answers(b)[1]);
}

struct refusal {
    const char *what, *sent, *expected;  ///< expected "": no answer
};
const refusal refusals[] = {
    {"ACCESS-RIGHTS-REQUEST", "0544 0507 80a8 00db012345", "8547600106"},
    {"AR-TERMINATE-REQUEST", "0548 0507 80a8 00db012345", "854b600102"},
    {"LOCATE-REQUEST", "0554 0507 80a8 00db012345", "8557600102"},
    {"AUTH-REQUEST of the handset", "0540 0a03 011000 0c08 0000000000000000", "8543600113"},
    {"CIPHER-SUGGEST", "054e 1902 8198", "854f600117"},
    {"KEY-ALLOCATE in the wrong direction", "0542", ""},
    {"DETACH", "0556 0507 80a8 00db012345", ""},
    {"IDENTITY-REPLY to nothing", "8559", ""},
    {"TEMPORARY-IDENTITY-ASSIGN-ACK", "055d", ""},
    {"unknown MM message", "057f", ""},
    {"MM-INFO-REQUEST without vendor part", "0550 010180 0507 80a8 00db012345", "8553600120"},
    {"MM-INFO-REQUEST of another maker", "0550 010186 7b06 81 1234 01 01 00", "8553600120"},
    {"vendor message, version 2", "0550 010186 7b0c 81 0db0 02 01 06 313233343536", "8553600164"},
    {"vendor message, unknown opcode", "0550 010186 7b05 81 0db0 01 7f", "8553600164"},
    {"code of five digits", "0550 010186 7b0b 81 0db0 01 01 05 3132333435", "8553600164"},
    {"code with a letter", "0550 010186 7b0c 81 0db0 01 01 06 313233343541", "8553600164"},
    {"code shorter than it says", "0550 010186 7b0c 81 0db0 01 01 07 313233343536", "8553600164"},
    {"code in an MM-INFO-SUGGEST", "0552 010186 7b0c 81 0db0 01 01 06 313233343536", ""},
    {"verdict sent to the base", "0551 7b08 81 0db0 01 03 00 0000", ""},
    {"CC-RELEASE of no call", "034d e200", "835ae200"},
    {"CC-INFO of no call", "037b", "835ae202"},
    {"CC-CONNECT", "1307", "935ae202"},
    {"CC-RELEASE-COM", "035a", ""},
    {"CISS-REGISTER", "0464", "845ae206"},
    {"CISS-FACILITY", "0462", ""},
    {"COMS-SETUP", "0705", "875ae206"},
    {"CLMS-VARIABLE", "0601", ""},
    {"LCE-PAGE-RESPONSE", "0071 0507 80a8 00db012345", "8072600102"},
    {"LCE, anything else", "0001", ""},
    {"unknown protocol", "0c01", ""},
    {"extended transaction", "7505", ""},
    {"element beyond the end", "0550 0505 80", ""},
    {"one octet", "05", ""},
    {"nothing", "", ""},
};

TEST(base_air, ACT_26_when_unregistered_handset_tries_anything_else_then_it_is_refused_or_ignored) {
    for (const bool in_service : {false, true}) {
        for (const auto& r : refusals) {
            base_bench b;
            prepare(b, in_service);
            const auto calls = b.world.calls.size();
            const std::string before = b.state;
            b.world.say(5, from_hex(r.sent));
            b.run_for(second_us);
            const auto all = answers(b);
            EXPECT_EQ(all.size(), *r.expected ? 1u : 0u) << r.what;
            if (!all.empty()) {
                EXPECT_EQ(all[0], r.expected) << r.what;
            }
            EXPECT_EQ(b.state, before) << r.what;
            EXPECT_EQ(b.world.calls.size(), calls) << r.what;
        }
    }
}

TEST(base_air, ACT_26_when_any_mm_or_cc_type_is_sent_then_no_answer_grants_anything) {
    base_bench b;
    prepare(b, true);
    const auto calls = b.world.calls.size();
    for (const int protocol : {0, 3, 4, 5, 6, 7}) {
        for (int type = 0; type < 256; ++type) {
            b.world.establish(100);
            b.world.say(100, {static_cast<std::uint8_t>(protocol), static_cast<std::uint8_t>(type)});
            b.run_for(second_us);
            b.world.release(100);
        }
    }
    for (const auto& m : b.world.air) {
        const int protocol = m.data[0] & 15, type = m.data[1];
        EXPECT_FALSE(protocol == 5 && (type == 0x42 || type == 0x45 || type == 0x4C || type == 0x51 || type == 0x55));
        EXPECT_FALSE(protocol == 3 && type != 0x5A) << "a call went further than its refusal";
    }
    EXPECT_EQ(b.world.calls.size(), calls);
    EXPECT_EQ(b.state, "in_service");
}

TEST(base_air, ACT_25_when_a_call_is_tried_on_the_activation_link_then_the_verdict_still_comes) {
    base_bench b;
    prepare(b, false);
    b.world.say(5, base_bench::code_message("1234567890"));
    ASSERT_TRUE(b.reaches("asking_by_code"));
    b.world.say(5, from_hex(setup));
    b.world.say(5, base_bench::code_message("1111111111"));
    ASSERT_TRUE(b.gets_verdict(5));
    EXPECT_EQ(b.verdict_on(5), 0);
    EXPECT_EQ(answers(b)[1], "835ae209");
    EXPECT_EQ(answers(b)[2], "855360015f");
}

TEST(base_air, when_a_link_is_idle_then_it_is_released_after_thirty_seconds) {
    base_bench b;
    prepare(b, false);
    b.run_for(30 * second_us - 2000);
    EXPECT_EQ(b.host.count(DECTBED_REQ_LINK_RELEASE), 0u);
    b.run_for(2000);
    EXPECT_EQ(b.host.count(DECTBED_REQ_LINK_RELEASE), 1u);
}

TEST(base_air, when_more_links_come_than_it_can_serve_then_the_rest_is_released) {
    base_bench b;
    prepare(b, false);
    for (std::uint32_t link = 10; link < 18; ++link) b.world.establish(link);
    b.run_for(1000);
    ASSERT_EQ(b.host.count(DECTBED_REQ_LINK_RELEASE), 1u);
    EXPECT_EQ(b.host.of(DECTBED_REQ_LINK_RELEASE)[0].as<dectbed_req_link>().link, 17u);
}

TEST(base_air, when_messages_are_cut_or_garbled_then_nothing_breaks) {
    base_bench b;
    prepare(b, false);
    const octets whole = base_bench::code_message("9876543210");
    for (std::size_t n = 0; n < whole.size(); ++n) {
        b.world.say(5, octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)));
        b.run_for(1000);
        EXPECT_EQ(b.state, "waiting_for_code") << n;
    }
    std::uint64_t seed = 1;
    for (int i = 0; i < 20000; ++i) {
        octets m(i % 2 ? whole : octets(static_cast<std::size_t>(i) % 63));
        for (auto& o : m) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            if (i % 2 == 0 || (seed >> 60) == 0) o = static_cast<std::uint8_t>(seed >> 40);
        }
        b.world.establish(200);
        b.world.say(200, m);
        b.run_for(1000);
        b.world.release(200);
    }
    b.run_for(100 * second_us);
    EXPECT_EQ(b.state, "waiting_for_code") << "it is where it was, and can be talked to";
}

TEST(base_air, when_capabilities_are_announced_then_nobody_can_subscribe) {
    base_bench b;
    prepare(b, true);
    for (const auto& r : b.host.of(DECTBED_REQ_RADIO_SYSTEM_INFORMATION)) {
        const auto information = r.as<dectbed_req_radio_system_information>().information;
        const auto bit = [&](int a) { return information.fixed_part_capabilities >> (47 - a) & 1; };
        EXPECT_EQ(bit(17) + bit(23) + bit(36) + bit(38), 4u);
        EXPECT_EQ(bit(44), 0u);
        EXPECT_EQ(information.escape_emc, 0x0DB0);
        EXPECT_EQ(information.escape_data >> 16, 1u);
        EXPECT_EQ(information.escape_data & 0xFFF, 0u);
    }
}

}  // namespace
}  // namespace dectbed::test
