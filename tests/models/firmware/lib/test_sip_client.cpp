#include "tests/models/firmware/lib/sip_bench.h"

namespace dectbed::test {
namespace {

const char* const golden =
    "REGISTER sip:csp.example SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.168.1.20:5060;branch=z9hG4bK0011223344556677;rport\r\n"
    "Max-Forwards: 70\r\n"
    "From: <sip:base-021b2c000001@csp.example>;tag=a1b2c3\r\n"
    "To: <sip:base-021b2c000001@csp.example>\r\n"
    "Call-ID: deadbeef@192.168.1.20\r\n"
    "CSeq: 7 REGISTER\r\n"
    "Contact: <sip:base-021b2c000001@192.168.1.20:5060>;"
    "+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-021b2c000001>\"\r\n"
    "Expires: 3600\r\n"
    "User-Agent: DB100/1.0.0 (02:1b:2c:00:00:01)\r\n"
    "Content-Length: 0\r\n\r\n";

fw_sip_register a_register() {
    return {"csp.example",
            "base-021b2c000001",
            "192.168.1.20",
            5060,
            "z9hG4bK0011223344556677",
            "a1b2c3",
            "deadbeef@192.168.1.20",
            7,
            "00000000-0000-1000-8000-021b2c000001",
            "DB100/1.0.0 (02:1b:2c:00:00:01)",
            3600,
            "UDP",
            nullptr,
            false,
            false};
}

TEST(sip_message, when_register_is_written_then_it_is_just_this) {
    char out[FW_SIP_OCTETS_MAX];
    const auto message = a_register();
    const std::size_t n = fw_sip_write_register(out, sizeof out, &message);
    EXPECT_EQ(std::string(out, n), golden);
    for (std::size_t size = 0; size <= n; ++size) EXPECT_EQ(fw_sip_write_register(out, size, &message), 0u);
}

TEST(sip_message, when_a_text_would_break_out_of_its_line_then_nothing_is_written) {
    char out[FW_SIP_OCTETS_MAX];
    for (const char* bad : {"", "a b", "a\r\nX: y", "a>b", "a;b", "a@b", "a\"b"}) {
        auto message = a_register();
        message.user = bad;
        EXPECT_EQ(fw_sip_write_register(out, sizeof out, &message), 0u) << bad;
    }
}

const char* const contact = "sip:base@192.168.1.20:5060";
const char* const response_text =
    "SIP/2.0 200 OK\r\n"
    "v: SIP/2.0/UDP 192.168.1.20:5060;rport=5060\r\n"
    " ;branch = z9hG4bKabc;received=192.168.1.20, SIP/2.0/UDP other;branch=z9hG4bKxyz\r\n"
    "Via: SIP/2.0/UDP third;branch=z9hG4bKfoo\r\n"
    "f: <sip:base@csp.example>;tag=1\r\nt: <sip:base@csp.example>;tag=2\r\n"
    "i: call@here\r\n"
    "cseq:  12   REGISTER\r\n"
    "Contact: \"x, y\" <sip:other@1.2.3.4:5060>;expires=11, <sip:base@192.168.1.20:5060;ob>;q=1;Expires=900\r\n"
    "Expires: 3600\r\nMin-Expires: 60\r\nRetry-After: 5 (busy)\r\nl: 0\r\n\r\nbody: ignored\r\n";

bool reads(const octets& data, fw_sip_response* r) {
    const exact e(data);
    return fw_sip_read_response(e.text(), e.size(), contact, r);
}

TEST(sip_message, when_response_is_compact_and_folded_then_it_is_understood) {
    fw_sip_response r;
    ASSERT_TRUE(reads(bytes_of(response_text), &r));
    EXPECT_EQ(r.status, 200u);
    EXPECT_STREQ(r.branch, "z9hG4bKabc");
    EXPECT_STREQ(r.call_id, "call@here");
    EXPECT_EQ(r.cseq, 12u);
    EXPECT_STREQ(r.method, "REGISTER");
    EXPECT_TRUE(r.has_contact_expires);
    EXPECT_EQ(r.contact_expires_s, 900u);
    EXPECT_EQ(r.expires_s, 3600u);
    EXPECT_EQ(r.min_expires_s, 60u);
    EXPECT_EQ(r.retry_after_s, 5u);
}

TEST(sip_message, when_contact_only_begins_like_ours_then_it_is_not_ours) {
    fw_sip_response r;
    std::string text = response_text;
    text.replace(text.find("192.168.1.20:5060;ob"), 20, "192.168.1.20:50601;o");
    ASSERT_TRUE(reads(bytes_of(text), &r));
    EXPECT_FALSE(r.has_contact_expires);
}

TEST(sip_message, when_response_is_cut_anywhere_then_it_is_refused_or_whole_enough) {
    fw_sip_response r;
    const std::string text = response_text;
    const std::size_t enough = text.find("REGISTER\r\n");
    for (std::size_t n = 0; n < text.size(); ++n) {
        const bool ok = reads(bytes_of(text.substr(0, n)), &r);
        if (n <= enough) {
            EXPECT_FALSE(ok) << n;
        }
    }
}

TEST(sip_message, when_response_is_spoilt_then_it_is_never_harmful) {
    noise random(21);
    fw_sip_response r;
    for (int i = 0; i < 50000; ++i) {
        reads(random.spoil(bytes_of(response_text)), &r);
        reads(random.garbage(300), &r);
    }
}

TEST(sip_message, when_mandatory_fields_are_missing_then_it_is_refused) {
    fw_sip_response r;
    for (const char* line : {"v: SIP", "i: call", "cseq:"}) {
        std::string text = response_text;
        text[text.find(line)] = 'x';
        if (std::string(line) == "v: SIP") text[text.find("Via:")] = 'x';
        EXPECT_FALSE(reads(bytes_of(text), &r)) << line;
    }
    for (const char* first :
         {"SIP/3.0 200 OK\r\n", "SIP/2.0 99 X\r\n", "SIP/2.0 700 X\r\n", "OPTIONS sip:x SIP/2.0\r\n"}) {
        std::string text = response_text;
        text.replace(0, 16, first);
        EXPECT_FALSE(reads(bytes_of(text), &r)) << first;
    }
}

TEST(sip_client, when_registrar_accepts_then_it_refreshes_within_a_tenth_before_half_of_the_life) {
    sip_bench b;
    b.start();
    b.host.run_for(second_us);
    EXPECT_EQ(b.registered, 1);
    EXPECT_EQ(b.expires_s, 3600u);
    b.host.run_for(1619 * second_us);
    EXPECT_EQ(b.world.registers.size(), 1u);
    b.host.run_for(182 * second_us);
    ASSERT_EQ(b.world.registers.size(), 2u);
    const auto &first = b.world.registers[0].second, &second = b.world.registers[1].second;
    EXPECT_EQ(sip_header(first, "Call-ID"), sip_header(second, "Call-ID"));
    EXPECT_EQ(sip_header(first, "CSeq"), "1 REGISTER");
    EXPECT_EQ(sip_header(second, "CSeq"), "2 REGISTER");
    EXPECT_NE(sip_header(first, "Via"), sip_header(second, "Via"));
}

TEST(sip_client, when_registrar_shortens_the_life_then_its_value_counts) {
    sip_bench b;
    b.world.sip = [](const std::string& r) { return sip_reply(r, "200 OK", "Expires: 60\r\n"); };
    b.start();
    b.host.run_for(second_us);
    EXPECT_EQ(b.expires_s, 60u);
    b.host.run_for(100 * second_us);
    EXPECT_GE(b.world.registers.size(), 4u);
}

TEST(sip_client, when_nobody_answers_then_it_retransmits_as_rfc_3261_says_and_fails_after_32_s) {
    sip_bench b;
    b.world.sip = [](const std::string&) { return std::string(); };
    b.start();
    b.host.run_for(40 * second_us);
    const std::uint64_t waits_ms[] = {500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000, 4000};
    ASSERT_EQ(b.world.registers.size(), 11u);
    for (std::size_t i = 0; i < 10; ++i) {
        EXPECT_EQ(b.world.registers[i + 1].first - b.world.registers[i].first, waits_ms[i] * 1000) << i;
        EXPECT_EQ(b.world.registers[i + 1].second, b.world.registers[i].second);
    }
    EXPECT_EQ(b.failed, 1);
    EXPECT_EQ(b.status, 0u);
}

TEST(sip_client, when_a_provisional_response_comes_then_it_waits_t2_between_retransmissions) {
    sip_bench b;
    b.world.sip = [](const std::string& r) { return sip_reply(r, "100 Trying", ""); };
    b.start();
    b.host.run_for(40 * second_us);
    EXPECT_LE(b.world.registers.size(), 9u);
    EXPECT_EQ(b.failed, 1);
}

TEST(sip_client, when_response_belongs_to_something_else_then_it_is_ignored) {
    const std::vector<std::pair<std::string, std::string>> changes = {
        {"z9hG4bK", "z9hG4bX"}, {"1 REGISTER", "2 REGISTER"}, {"1 REGISTER", "1 OPTIONS"}, {"Call-ID: ", "Call-ID: 0"}};
    for (const auto& [from, to] : changes) {
        sip_bench b;
        const auto usual = b.world.sip;
        b.world.sip = [&, from = from, to = to](const std::string& r) {
            std::string text = usual(r);
            return text.replace(text.find(from), from.size(), to);
        };
        b.start();
        b.host.run_for(40 * second_us);
        EXPECT_EQ(b.registered, 0) << to;
        EXPECT_EQ(b.failed, 1) << to;
    }
}

TEST(sip_client, when_interval_is_too_brief_then_it_asks_for_what_the_registrar_wants) {
    sip_bench b;
    b.world.sip = [](const std::string& r) {
        return sip_header(r, "Expires") == "7200" ? sip_reply(r, "200 OK", "Expires: 7200\r\n")
                                                  : sip_reply(r, "423 Interval Too Brief", "Min-Expires: 7200\r\n");
    };
    b.start();
    b.host.run_for(second_us);
    EXPECT_EQ(b.registered, 1);
    EXPECT_EQ(b.expires_s, 7200u);
}

TEST(sip_client, when_registrar_refuses_then_owner_learns_status_and_retry_after) {
    sip_bench b;
    b.world.sip = [](const std::string& r) { return sip_reply(r, "503 No", "Retry-After: 17\r\n"); };
    b.start();
    b.host.run_for(second_us);
    EXPECT_EQ(b.status, 503u);
    EXPECT_EQ(b.retry_after_s, 17u);
    EXPECT_FALSE(b.host.timer_running(5));
}

TEST(sip_client, when_address_changes_then_it_is_a_new_binding) {
    sip_bench b;
    b.start();
    b.host.run_for(second_us);
    fw_sip_register_now(&b.client, 0x0A000001);
    b.host.run_for(second_us);
    ASSERT_EQ(b.world.registers.size(), 2u);
    EXPECT_NE(sip_header(b.world.registers[0].second, "Call-ID"), sip_header(b.world.registers[1].second, "Call-ID"));
    EXPECT_NE(b.world.registers[1].second.find("@10.0.0.1:5060>"), std::string::npos);
    EXPECT_EQ(b.registered, 2);
}

TEST(sip_client, when_stopped_then_it_is_silent) {
    sip_bench b;
    b.start();
    b.host.run_for(second_us);
    fw_sip_stop(&b.client);
    b.host.run_for(7200 * second_us);
    EXPECT_EQ(b.world.registers.size(), 1u);
}

}  // namespace
}  // namespace dectbed::test
