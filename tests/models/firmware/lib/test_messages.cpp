// NWK messages, the activation protocol, JSON, configuration files, back-off, and the small things.
#include "models/firmware/lib/activation.h"
#include "models/firmware/lib/backoff.h"
#include "models/firmware/lib/cfg.h"
#include "models/firmware/lib/json.h"
#include "models/firmware/lib/nwk.h"
#include "tests/models/firmware/lib/client_bench.h"

namespace dectbed::test {
namespace {

constexpr std::uint16_t emc = 0x0DB0;
const std::uint8_t ipei[5] = {0x00, 0xDB, 0x01, 0x23, 0x45};

std::string written(const fw_nwk_writer& w) { return hex(octets(w.data, w.data + w.octets)); }

fw_activation_reading read(const octets& data, fw_activation* out) {
    const exact e(data);
    fw_nwk_message m;
    return fw_nwk_parse(e.data(), e.size(), &m) ? fw_activation_read(&m, emc, out) : FW_ACTIVATION_NONE;
}

TEST(activation, when_messages_are_written_then_octets_are_as_drawn_and_read_back) {
    fw_nwk_writer w;
    fw_activation a;
    ASSERT_TRUE(fw_activation_write_code(&w, emc, ipei, "1234567890"));
    EXPECT_EQ(written(w), "0550010186050780a800db0123457b10810db001010a31323334353637383930");
    ASSERT_EQ(read(octets(w.data, w.data + w.octets), &a), FW_ACTIVATION_READ);
    EXPECT_STREQ(a.code, "1234567890");

    fw_activation_write_progress(&w, emc, FW_STAGE_CONFIGURATION);
    EXPECT_EQ(written(w), "05520101867b06810db0010202");
    ASSERT_EQ(read(octets(w.data, w.data + w.octets), &a), FW_ACTIVATION_READ);
    EXPECT_EQ(a.stage, 2);

    fw_activation_write_verdict(&w, emc, FW_VERDICT_ACTIVATED, 0);
    EXPECT_EQ(written(w), "85510101867b08810db00103000000");
    fw_activation_write_verdict(&w, emc, FW_VERDICT_LOCKED_OUT, 300);
    EXPECT_EQ(written(w), "85536001307b08810db0010305012c");
    ASSERT_EQ(read(octets(w.data, w.data + w.octets), &a), FW_ACTIVATION_READ);
    EXPECT_EQ(a.verdict, FW_VERDICT_LOCKED_OUT);
    EXPECT_EQ(a.retry_after_s, 300);
}

TEST(activation, when_code_has_the_wrong_length_or_letters_then_it_is_not_written) {
    fw_nwk_writer w;
    for (const char* bad : {"", "12345", "12345678901234567", "12345a", "123 456"}) {
        EXPECT_FALSE(fw_activation_write_code(&w, emc, ipei, bad)) << bad;
    }
    EXPECT_TRUE(fw_activation_write_code(&w, emc, ipei, "123456"));
    EXPECT_TRUE(fw_activation_write_code(&w, emc, ipei, "1234567890123456"));
}

TEST(activation, when_messages_are_cut_or_spoilt_then_reading_is_safe) {
    noise random(2);
    fw_activation a;
    for (const char* text : {"0550010186050780a800db0123457b10810db001010a31323334353637383930",
                             "05520101867b06810db0010202", "85536001307b08810db0010305012c"}) {
        const octets whole = from_hex(text);
        for (std::size_t n = 0; n < whole.size(); ++n) {
            EXPECT_NE(read(octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)), &a),
                      FW_ACTIVATION_READ);
        }
        for (int i = 0; i < 30000; ++i) read(random.spoil(whole), &a);
    }
}

TEST(activation, when_announcement_is_written_then_it_reads_back_for_this_maker_only) {
    for (int s = 0; s <= 3; ++s) {
        const auto information = fw_announcement(emc, static_cast<fw_service>(s));
        fw_service service;
        ASSERT_TRUE(fw_announced_service(&information, 3, emc, &service));
        EXPECT_EQ(service, s);
        EXPECT_EQ(information.escape_data, 0x10000u | static_cast<std::uint32_t>(s) << 12);
        EXPECT_FALSE(fw_announced_service(&information, 1, emc, &service)) << "escape was not heard";
        EXPECT_FALSE(fw_announced_service(&information, 3, 0x1234, &service));
    }
    auto odd = fw_announcement(emc, FW_SERVICE_BUSY);
    fw_service service;
    odd.escape_data = 0x20000;
    EXPECT_FALSE(fw_announced_service(&odd, 3, emc, &service));
    odd.escape_data = 0x14000;
    EXPECT_FALSE(fw_announced_service(&odd, 3, emc, &service));
}

TEST(nwk, when_elements_exceed_a_frame_then_the_writer_says_so) {
    fw_nwk_writer w;
    std::uint8_t value[63] = {};
    fw_nwk_begin(&w, FW_NWK_MM, 0, false, FW_MM_AUTH_REQUEST);
    fw_nwk_put(&w, FW_IE_RAND, value, 59);
    EXPECT_TRUE(w.ok);
    EXPECT_EQ(w.octets, 63u);
    fw_nwk_put_octet(&w, FW_IE_BASIC_SERVICE, 0);
    EXPECT_FALSE(w.ok);
    fw_nwk_begin(&w, FW_NWK_MM, 0, false, FW_MM_AUTH_REQUEST);
    fw_nwk_put(&w, FW_IE_RAND, value, 60);
    EXPECT_FALSE(w.ok);
    EXPECT_EQ(w.octets, 2u);
}

TEST(nwk, when_nobody_serves_a_request_then_it_is_refused_in_its_own_transaction) {
    const auto refusal_of = [](const octets& data) {
        const exact e(data);
        fw_nwk_message m;
        fw_nwk_writer w;
        return fw_nwk_parse(e.data(), e.size(), &m) && fw_nwk_refuse_unserved(&w, &m) && w.ok ? written(w) : "";
    };
    EXPECT_EQ(refusal_of({0x24, 0x64}), "a45ae206");  // CISS-REGISTER
    EXPECT_EQ(refusal_of({0x37, 0x05}), "b75ae206");  // COMS-SETUP
    EXPECT_EQ(refusal_of({0x00, 0x71}), "8072600102");
    EXPECT_EQ(refusal_of({0xA4, 0x64}), "");  // of a transaction that the fixed part began
    EXPECT_EQ(refusal_of({0x24, 0x5A}), "");
    EXPECT_EQ(refusal_of({0x05, 0x54}), "");  // MM has an entity of its own
}

TEST(nwk, when_elements_are_found_then_shifts_and_single_octets_are_respected) {
    const exact e(from_hex("9305 a1 e080 9902 6002aabb 600177 0c021122"));
    fw_nwk_message m;
    ASSERT_FALSE(fw_nwk_parse(e.data(), e.size(), &m)) << "02 claims 0x60 octets";
    const exact good(from_hex("9305 a1 e080 99 6002aabb 600177 0c021122 91 0d0133"));
    ASSERT_TRUE(fw_nwk_parse(good.data(), good.size(), &m));
    EXPECT_TRUE(m.answer);
    EXPECT_EQ(m.transaction, 1);
    EXPECT_EQ(m.protocol, FW_NWK_CC);
    const std::uint8_t* v;
    std::size_t n;
    ASSERT_TRUE(fw_nwk_find(&m, FW_IE_BASIC_SERVICE, &v, &n));
    EXPECT_EQ(v[0], 0x80);
    ASSERT_TRUE(fw_nwk_find(&m, FW_IE_REJECT_REASON, &v, &n));
    EXPECT_EQ(v[0], 0x77) << "the first one is of another code set";
    EXPECT_FALSE(fw_nwk_find(&m, FW_IE_RES, &v, &n)) << "behind a locking shift";
}

TEST(json, when_members_are_read_then_strings_come_out_unescaped) {
    char out[64];
    const auto get = [&](const std::string& text, const char* key) {
        const exact e(bytes_of(text));
        return fw_json_string(e.text(), e.size(), key, out, sizeof out);
    };
    const std::string text =
        R"( {"a" : [1, {"url":"no"}, -2.5e+3, true], "n":null,"url":"http:\/\/x\u002fy\n\u00e9\ud83d\ude00","e":""} )";
    ASSERT_TRUE(get(text, "url"));
    EXPECT_STREQ(out, "http://x/y\n\xC3\xA9\xF0\x9F\x98\x80");
    EXPECT_TRUE(get(text, "e"));
    EXPECT_FALSE(get(text, "a"));
    EXPECT_FALSE(get(text, "none"));
    for (const char* bad :
         {"", "{", "{}", "[]", "{\"url\":\"x\"", "{\"url\" \"x\"}", "{\"url\":\"x\",}", "{\"url\":\"\\ud800\"}",
          "{\"url\":\"\\u0000\"}", "{\"url\":\"\\q\"}", "{\"url\":\"a\nb\"}", "nonsense"}) {
        EXPECT_FALSE(get(bad, "url")) << bad;
    }
    EXPECT_FALSE(get("{\"url\":\"" + std::string(64, 'x') + "\"}", "url")) << "does not fit";
    EXPECT_TRUE(get("{\"" + std::string(100, 'k') + "\":1,\"url\":\"x\"}", "url"));
    EXPECT_FALSE(get("{\"a\":" + std::string(50, '[') + std::string(50, ']') + ",\"url\":\"x\"}", "url")) << "too deep";
    for (std::size_t n = 0; n < text.size() - 2; ++n) EXPECT_FALSE(get(text.substr(0, n), "url")) << n;
    noise random(1);
    for (int i = 0; i < 50000; ++i) get(text_of(random.spoil(bytes_of(text))), "url");
}

TEST(json, when_a_string_is_written_then_it_is_escaped) {
    char out[64];
    std::size_t used = 0;
    ASSERT_TRUE(fw_json_append(out, sizeof out, &used, "a\"b\\c\nd"));
    EXPECT_STREQ(out, "\"a\\\"b\\\\c\\u000ad\"");
    used = 60;
    EXPECT_FALSE(fw_json_append(out, sizeof out, &used, "abc"));
}

TEST(cfg, when_a_file_is_read_then_each_line_is_an_item_or_malformed) {
    const std::string text =
        "# c\r\n\n a = b = c \r\nno sign\n= empty\nk=\n" + std::string(70, 'k') + "=v\nv=" + std::string(200, 'v');
    fw_cfg_reader r;
    fw_cfg_item item;
    const exact e(bytes_of(text));
    fw_cfg_begin(&r, e.text(), e.size());
    ASSERT_TRUE(fw_cfg_next(&r, &item));
    EXPECT_STREQ(item.key, "a");
    EXPECT_STREQ(item.value, "b = c");
    EXPECT_TRUE(item.well_formed);
    EXPECT_EQ(r.line, 3u);
    for (const bool good : {false, false, true, false, false}) {
        ASSERT_TRUE(fw_cfg_next(&r, &item));
        EXPECT_EQ(item.well_formed, good) << r.line;
    }
    EXPECT_FALSE(fw_cfg_next(&r, &item));
    noise random(8);
    for (int i = 0; i < 20000; ++i) {
        const exact spoilt(random.spoil(bytes_of(text)));
        fw_cfg_begin(&r, spoilt.text(), spoilt.size());
        while (fw_cfg_next(&r, &item)) {
        }
    }
}

TEST(cfg, when_names_are_expanded_then_the_result_fits_or_nothing_changes) {
    char value[20] = "a-${mac}-${mac}";
    EXPECT_TRUE(fw_cfg_expand(value, sizeof value, "${mac}", "1234"));
    EXPECT_STREQ(value, "a-1234-1234");
    char small[12] = "${m}${m}";
    EXPECT_FALSE(fw_cfg_expand(small, sizeof small, "${m}", "123456"));
    EXPECT_STREQ(small, "${m}${m}");
}

TEST(cfg, when_numbers_are_read_then_only_plain_ones_in_range_count) {
    std::uint32_t n = 0;
    EXPECT_TRUE(fw_cfg_number("65535", 1, 65535, &n));
    EXPECT_EQ(n, 65535u);
    for (const char* bad : {"", "0", "65536", "-1", "1 ", "0x10", "99999999999999999999"}) {
        EXPECT_FALSE(fw_cfg_number(bad, 1, 65535, &n)) << bad;
    }
}

TEST(backoff, when_delays_are_taken_then_they_double_to_the_cap_within_their_jitter) {
    fake_host host;
    fw_io io;
    fw_io_init(&io, &host.api);
    fw_backoff b;
    const fw_backoff_policy policy{2000000, 2, 64000000, 25};
    fw_backoff_init(&b, &policy);
    for (const std::uint64_t nominal : {2, 4, 8, 16, 32, 64, 64, 64}) {
        const auto delay = fw_backoff_next(&b, &io, 0);
        EXPECT_GE(delay, nominal * 750000);
        EXPECT_LE(delay, nominal * 1250000);
    }
    EXPECT_EQ(b.taken, 8u);
    fw_backoff_reset(&b);
    const auto asked = fw_backoff_next(&b, &io, 30 * second_us);
    EXPECT_GE(asked, 30 * second_us);
    EXPECT_LE(asked, 37500000u);
}

TEST(io, when_events_are_too_short_or_unknown_then_they_are_dropped) {
    fake_host host;
    fw_io io;
    fw_io_init(&io, &host.api);
    dectbed_ev_timer event{};
    event.event.record.type = DECTBED_EV_TIMER;
    event.event.record.size = sizeof event;
    event.event.now_us = 77;
    EXPECT_TRUE(fw_io_begin(&io, &event.event));
    EXPECT_EQ(io.now_us, 77u);
    event.event.record.size = sizeof event - 1;
    EXPECT_FALSE(fw_io_begin(&io, &event.event));
    event.event.record.type = 0x7777;
    EXPECT_FALSE(fw_io_begin(&io, &event.event));
}

TEST(io, when_requests_are_long_then_they_are_cut_or_split_but_never_overrun) {
    fake_host host;
    fw_io io;
    fw_io_init(&io, &host.api);
    const std::string text(10000, 'x');
    fw_log(&io, FW_LOG_ERROR, "%s", text.c_str());
    fw_display(&io, text.c_str());
    fw_state(&io, text.c_str(), text.c_str(), text.c_str());
    EXPECT_FALSE(fw_udp_send(&io, 1, 1, 1, 1, text.data(), 1473));
    EXPECT_FALSE(fw_nwk_send(&io, 1, 1, text.data(), 64));
    fw_tcp_send(&io, 1, 1, text.data(), text.size());
    std::size_t sent = 0;
    for (const auto& r : host.of(DECTBED_REQ_TCP_SEND)) sent += r.data<dectbed_req_tcp_send>().size();
    EXPECT_EQ(sent, text.size());
    EXPECT_EQ(host.of(DECTBED_REQ_STATE)[0].as<dectbed_req_state>().machine[23], '\0');
    EXPECT_EQ(host.of(DECTBED_REQ_DISPLAY)[0].data<dectbed_record>().size(), 500u);
    EXPECT_EQ(host.count(DECTBED_REQ_UDP_SEND) + host.count(DECTBED_REQ_NWK_SEND), 0u);
}

TEST(io, when_addresses_are_text_then_both_ways_agree) {
    char out[16];
    std::uint32_t a = 0;
    fw_ipv4_text(0xC0000201, out);
    EXPECT_STREQ(out, "192.0.2.1");
    EXPECT_TRUE(fw_ipv4_parse("192.0.2.1", 9, &a));
    EXPECT_EQ(a, 0xC0000201u);
    for (const char* bad : {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1..2.3", "a.b.c.d", "1.2.3.4x", "1234.1.1.1"}) {
        EXPECT_FALSE(fw_ipv4_parse(bad, std::strlen(bad), &a)) << bad;
    }
}

}  // namespace
}  // namespace dectbed::test
