#include "models/firmware/lib/dns_client.h"
#include "tests/models/firmware/lib/client_bench.h"

namespace dectbed::test {
namespace {

bool reads(const octets& data, std::uint16_t id, const char* name, fw_dns_answer* answer) {
    const exact e(data);
    return fw_dns_read_answer(e.data(), e.size(), id, name, answer);
}

TEST(dns_message, when_query_is_written_then_the_octets_are_those_of_rfc_1035) {
    std::uint8_t out[280];
    const std::size_t n = fw_dns_write_query(out, sizeof out, 0xBEEF, "prov.csp.example");
    EXPECT_EQ(hex(octets(out, out + n)),
              "beef01000001000000000000"
              "0470726f76036373700765786"
              "1"
              "6d706c6500"
              "00010001");
}

TEST(dns_message, when_name_is_no_host_name_then_no_query_is_written) {
    std::uint8_t out[280];
    const std::string long_label(64, 'a'), long_name = std::string(63, 'a') + "." + std::string(63, 'b') + "." +
                                                       std::string(63, 'c') + "." + std::string(62, 'd');
    for (const std::string& name : {std::string(), std::string("."), std::string("a..b"), long_label, long_name}) {
        EXPECT_EQ(fw_dns_write_query(out, sizeof out, 1, name.c_str()), 0u) << name;
    }
    EXPECT_EQ(fw_dns_write_query(out, 20, 1, "prov.csp.example"), 0u);
    EXPECT_NE(fw_dns_write_query(out, sizeof out, 1, long_name.substr(0, 253).c_str()), 0u);
}

const char* const chain =
    "1234 8180 0001 0003 0000 0000"
    "01 61 02 6578 00 0001 0001"               // a.ex?            at 12
    "c00c 0005 0001 0000012c 0004 01 62 c00e"  // a.ex CNAME b.ex  its data at 34
    "c022 0005 0001 0000003c 0004 01 63 c00e"  // b.ex CNAME c.ex  its data at 50
    "c032 0001 0001 00000e10 0004 c6336402";   // c.ex A

TEST(dns_message, when_answer_is_a_chain_of_aliases_then_the_address_at_its_end_is_found) {
    fw_dns_answer a;
    ASSERT_TRUE(reads(from_hex(chain), 0x1234, "A.EX", &a));
    ASSERT_EQ(a.address_count, 1u);
    EXPECT_EQ(a.addresses[0], 0xC6336402u);
    EXPECT_EQ(a.ttl_s, 60u) << "the smallest along the chain";
    EXPECT_STREQ(a.canonical, "c.ex");
}

TEST(dns_message, when_records_stand_in_any_order_then_the_chain_is_still_followed) {
    fw_dns_answer a;
    ASSERT_TRUE(reads(from_hex("1234 8180 0001 0002 0000 0000 01 61 02 6578 00 0001 0001"
                               "01 62 c00e 0001 0001 00000e10 0004 c6336402"
                               "c00c 0005 0001 0000012c 0004 01 62 c00e"),
                      0x1234, "a.ex", &a));
    ASSERT_EQ(a.address_count, 1u);
}

TEST(dns_message, when_answer_is_not_to_our_question_then_it_is_refused) {
    fw_dns_answer a;
    const octets good = from_hex(chain);
    EXPECT_FALSE(reads(good, 0x1235, "a.ex", &a));
    EXPECT_FALSE(reads(good, 0x1234, "b.ex", &a));
    for (const std::size_t at : {2u, 5u, 18u, 20u, 22u}) {
        octets m = good;
        m[at] ^= at == 2 ? 0x80 : 0x02;
        EXPECT_FALSE(reads(m, 0x1234, "a.ex", &a)) << at;
    }
}

TEST(dns_message, when_pointers_lead_in_circles_or_forward_then_reading_ends) {
    fw_dns_answer a;
    for (const char* name : {"c00c", "c016", "c0ff", "c017", "0161c017", "c0"}) {
        EXPECT_FALSE(reads(from_hex(std::string("1234 8180 0001 0001 0000 0000") + name +
                                    "0001 0001"
                                    "c00c 0001 0001 00000e10 0004 c6336402"),
                           0x1234, "a", &a))
            << name;
    }
    // an alias to itself: no address, no endless pursuit
    EXPECT_TRUE(reads(from_hex("1234 8180 0001 0001 0000 0000 0161 00 0001 0001"
                               "c00c 0005 0001 0000003c 0002 c00c"),
                      0x1234, "a", &a));
    EXPECT_EQ(a.address_count, 0u);
}

TEST(dns_message, when_answer_is_cut_at_any_length_then_it_is_refused) {
    fw_dns_answer a;
    const octets whole = from_hex(chain);
    for (std::size_t n = 0; n < whole.size(); ++n) {
        EXPECT_FALSE(reads(octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)), 0x1234, "a.ex", &a))
            << n;
    }
}

TEST(dns_message, when_answer_is_spoilt_then_it_is_never_harmful) {
    noise random(9);
    fw_dns_answer a;
    for (int i = 0; i < 100000; ++i) {
        reads(random.spoil(from_hex(chain)), 0x1234, "a.ex", &a);
        EXPECT_LE(a.address_count, 4u);
        EXPECT_LT(strnlen(a.canonical, sizeof a.canonical), sizeof a.canonical);
    }
}

class dns_bench {
  public:
    dns_bench() {
        fw_io_init(&io, &host.api);
        host.deliver = [this](const dectbed_event* event) {
            if (fw_io_begin(&io, event)) fw_dns_handle(&client, event);
        };
        const fw_dns_config config{16, 32, 3};
        fw_dns_init(&client, &io, &config);
        servers({0xC0A80101});
        host.on[DECTBED_REQ_UDP_SEND] = [this](const request& r) {
            asked.push_back(r);
            if (answer) answer(r);
        };
    }
    void servers(const std::vector<std::uint32_t>& list) {
        fw_dns_set_servers(&client, list.data(), static_cast<std::uint32_t>(list.size()));
    }
    int resolve(const char* name) {
        result = -1;
        return fw_dns_resolve(
            &client, name,
            [](void* context, fw_dns_result r, std::uint32_t a) {
                auto& self = *static_cast<dns_bench*>(context);
                self.result = r;
                self.address = a;
            },
            this);
    }
    void reply(const request& r, const octets& message, std::uint32_t from = 0) {
        const auto u = r.as<dectbed_req_udp_send>();
        dectbed_ev_udp_received event{};
        event.socket = u.socket;
        event.address = from != 0 ? from : u.address;
        event.port = 53;
        host.post(DECTBED_EV_UDP_RECEIVED, event, 5000, message);
    }
    static octets query_of(const request& r) { return r.data<dectbed_req_udp_send>(); }
    fake_host host;
    fw_io io{};
    fw_dns_client client{};
    std::function<void(const request&)> answer;
    std::vector<request> asked;
    int result = -1;
    std::uint32_t address = 0;
};

TEST(dns_client, when_answered_then_address_is_kept_for_its_time_to_live) {
    dns_bench b;
    b.answer = [&](const request& r) { b.reply(r, dns_reply(dns_bench::query_of(r), 0, 0xC6336401, 60)); };
    EXPECT_GE(b.resolve("redirect.vendor.example"), 0);
    b.host.run_for(second_us);
    EXPECT_EQ(b.result, FW_DNS_OK);
    EXPECT_EQ(b.address, 0xC6336401u);
    b.host.run_for(50 * second_us);
    b.io.now_us = b.host.now_us;
    EXPECT_EQ(b.resolve("REDIRECT.vendor.example"), -1);
    EXPECT_EQ(b.result, FW_DNS_OK);
    EXPECT_EQ(b.asked.size(), 1u);
    b.io.now_us = b.host.now_us + 20 * second_us;
    EXPECT_GE(b.resolve("redirect.vendor.example"), 0);
    EXPECT_EQ(b.asked.size(), 2u);
    EXPECT_NE(hex(dns_bench::query_of(b.asked[0])).substr(0, 4), hex(dns_bench::query_of(b.asked[1])).substr(0, 4));
}

TEST(dns_client, when_time_to_live_is_zero_then_nothing_is_kept) {
    dns_bench b;
    b.answer = [&](const request& r) { b.reply(r, dns_reply(dns_bench::query_of(r), 0, 1, 0)); };
    b.resolve("a.example");
    b.host.run_for(second_us);
    EXPECT_EQ(b.result, FW_DNS_OK);
    EXPECT_GE(b.resolve("a.example"), 0);
}

TEST(dns_client, when_a_dotted_quad_is_asked_for_then_nobody_is) {
    dns_bench b;
    EXPECT_EQ(b.resolve("198.51.100.7"), -1);
    EXPECT_EQ(b.address, 0xC6336407u);
    EXPECT_TRUE(b.asked.empty());
}

TEST(dns_client, when_servers_are_silent_then_each_is_asked_in_turn_and_then_it_gives_up) {
    dns_bench b;
    b.servers({1, 2});
    b.resolve("a.example");
    b.host.run_for(60 * second_us);
    EXPECT_EQ(b.result, FW_DNS_TIMEOUT);
    ASSERT_EQ(b.asked.size(), 4u);
    const std::uint64_t waits[] = {2, 2, 4};
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(b.asked[i].as<dectbed_req_udp_send>().address, 1 + i % 2);
        if (i > 0) {
            EXPECT_EQ(b.asked[i].at_us - b.asked[i - 1].at_us, waits[i - 1] * second_us);
        }
    }
}

TEST(dns_client, when_a_server_fails_then_the_next_is_asked_at_once) {
    dns_bench b;
    b.servers({1, 2});
    b.answer = [&](const request& r) {
        const bool first = r.as<dectbed_req_udp_send>().address == 1;
        b.reply(r, dns_reply(dns_bench::query_of(r), first ? 2 : 0, 77, 60));
    };
    b.resolve("a.example");
    b.host.run_for(second_us);
    EXPECT_EQ(b.result, FW_DNS_OK);
    EXPECT_EQ(b.address, 77u);
}

TEST(dns_client, when_name_does_not_exist_then_it_is_not_asked_again) {
    dns_bench b;
    b.answer = [&](const request& r) { b.reply(r, dns_reply(dns_bench::query_of(r), 3, 0, 0)); };
    b.resolve("a.example");
    b.host.run_for(30 * second_us);
    EXPECT_EQ(b.result, FW_DNS_NOT_FOUND);
    EXPECT_EQ(b.asked.size(), 1u);
}

TEST(dns_client, when_a_stranger_answers_then_the_answer_is_ignored) {
    dns_bench b;
    b.answer = [&](const request& r) { b.reply(r, dns_reply(dns_bench::query_of(r), 0, 66, 60), 0x01020304); };
    b.resolve("a.example");
    b.host.run_for(60 * second_us);
    EXPECT_EQ(b.result, FW_DNS_TIMEOUT);
}

TEST(dns_client, when_only_an_alias_comes_back_then_its_target_is_asked_for_and_the_alias_remembered) {
    dns_bench b;
    b.answer = [&](const request& r) {
        octets m = dns_bench::query_of(r);
        if (m[13] == 'a') {  // "a.example": an alias to b.example and nothing else
            m[2] = 0x81;
            m[3] = 0x80;
            m[7] = 1;
            const octets alias = from_hex("c00c 0005 0001 00000014 0004 0162 c00e");
            m.insert(m.end(), alias.begin(), alias.end());
            b.reply(r, m);
            return;
        }
        b.reply(r, dns_reply(dns_bench::query_of(r), 0, 55, 3600));
    };
    b.resolve("a.example");
    b.host.run_for(second_us);
    EXPECT_EQ(b.result, FW_DNS_OK);
    EXPECT_EQ(b.address, 55u);
    EXPECT_EQ(b.asked.size(), 2u);
    b.io.now_us = b.host.now_us + 15 * second_us;
    EXPECT_EQ(b.resolve("a.example"), -1);
    b.io.now_us = b.host.now_us + 25 * second_us;
    EXPECT_GE(b.resolve("a.example"), 0) << "the alias lived twenty seconds";
}

TEST(dns_client, when_there_is_no_server_or_no_place_then_it_fails_at_once) {
    dns_bench b;
    b.resolve("a.example");
    b.resolve("b.example");
    EXPECT_EQ(b.resolve("c.example"), -1);
    EXPECT_EQ(b.result, FW_DNS_FAILED);
    dns_bench none;
    none.servers({});
    EXPECT_EQ(none.resolve("a.example"), -1);
    EXPECT_EQ(none.result, FW_DNS_FAILED);
}

TEST(dns_client, when_cancelled_then_nobody_is_called_back) {
    dns_bench b;
    b.answer = [&](const request& r) { b.reply(r, dns_reply(dns_bench::query_of(r), 0, 1, 60)); };
    fw_dns_cancel(&b.client, b.resolve("a.example"));
    b.host.run_for(60 * second_us);
    EXPECT_EQ(b.result, -1);
}

}  // namespace
}  // namespace dectbed::test
