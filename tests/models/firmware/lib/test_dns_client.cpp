#include "models/firmware/lib/dns_client.h"
#include "tests/models/firmware/lib/client_bench.h"

namespace dectbed::test {
namespace {

bool reads(const octets& data, std::uint16_t id, const char* name, fw_dns_answer* answer) {
    const exact e(data);
    return fw_dns_read_answer(e.data(), e.size(), id, name, FW_DNS_A, answer);
}

TEST(dns_message, when_query_is_written_then_the_octets_are_those_of_rfc_1035) {
    std::uint8_t out[280];
    const std::size_t n = fw_dns_write_query(out, sizeof out, 0xBEEF, "prov.csp.example", FW_DNS_A);
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
        EXPECT_EQ(fw_dns_write_query(out, sizeof out, 1, name.c_str(), FW_DNS_A), 0u) << name;
    }
    EXPECT_EQ(fw_dns_write_query(out, 20, 1, "prov.csp.example", FW_DNS_A), 0u);
    EXPECT_NE(fw_dns_write_query(out, sizeof out, 1, long_name.substr(0, 253).c_str(), FW_DNS_A), 0u);
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
    ~dns_bench() { fw_dns_free(&client); }
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

// "_sip._udp.ex" with two services and an alias before them
const char* const services =
    "1234 8180 0001 0003 0000 0000"
    "04 5f736970 04 5f756470 02 6578 00 0021 0001"            // _sip._udp.ex SRV?     at 12
    "c00c 0005 0001 0000012c 0004 01 73 c016"                 // CNAME s.ex            its data at 42
    "c02a 0021 0001 0000003c 000a 000a 003c 13c4 01 61 c016"  // s.ex SRV 10 60 5060 a.ex
    "c02a 0021 0001 00000078 0007 0014 0000 13c6 00";         // s.ex SRV 20 0 5062 .

TEST(dns_message, when_services_are_asked_for_then_each_record_is_read) {
    const exact e(from_hex(services));
    fw_dns_answer a;
    fw_dns_srv s;
    ASSERT_TRUE(fw_dns_read_answer(e.data(), e.size(), 0x1234, "_sip._udp.EX", FW_DNS_SRV, &a));
    EXPECT_EQ(a.record_count, 2u);
    EXPECT_EQ(a.ttl_s, 60u);
    EXPECT_STREQ(a.canonical, "s.ex");
    ASSERT_TRUE(fw_dns_read_srv(e.data(), e.size(), a.canonical, 0, &s));
    EXPECT_EQ(s.priority, 10);
    EXPECT_EQ(s.weight, 60);
    EXPECT_EQ(s.port, 5060);
    EXPECT_STREQ(s.target, "a.ex");
    ASSERT_TRUE(fw_dns_read_srv(e.data(), e.size(), a.canonical, 1, &s));
    EXPECT_STREQ(s.target, "") << "decidedly no service";
    EXPECT_FALSE(fw_dns_read_srv(e.data(), e.size(), a.canonical, 2, &s));
    EXPECT_FALSE(fw_dns_read_answer(e.data(), e.size(), 0x1234, "_sip._udp.ex", FW_DNS_A, &a));
}

const char* const pointers =
    "1234 8180 0001 0002 0000 0000"
    "02 6578 00 0023 0001"
    "c00c 0023 0001 0000003c 0014 0014 0032 01 73 07 5349502b443254 00 01 74 c00c 00"  // a stray octet at the end
    "c00c 0023 0001 0000003c 0013 000a 0032 01 73 07 5349502b443255 00 01 75 c00c";

TEST(dns_message, when_a_pointer_to_services_has_octets_too_many_then_it_alone_is_refused) {
    const exact e(from_hex(pointers));
    fw_dns_answer a;
    fw_dns_naptr n;
    ASSERT_TRUE(fw_dns_read_answer(e.data(), e.size(), 0x1234, "ex", FW_DNS_NAPTR, &a));
    EXPECT_EQ(a.record_count, 2u);
    EXPECT_FALSE(fw_dns_read_naptr(e.data(), e.size(), a.canonical, 0, &n));
    ASSERT_TRUE(fw_dns_read_naptr(e.data(), e.size(), a.canonical, 1, &n));
    EXPECT_EQ(n.order, 10);
    EXPECT_EQ(n.preference, 50);
    EXPECT_STREQ(n.flags, "s");
    EXPECT_STREQ(n.service, "SIP+D2U");
    EXPECT_STREQ(n.replacement, "u.ex");
}

TEST(dns_message, when_records_are_spoilt_or_cut_then_reading_is_never_harmful) {
    noise random(11);
    fw_dns_answer a;
    fw_dns_srv s;
    fw_dns_naptr n;
    for (int i = 0; i < 50000; ++i) {
        const bool service = i % 2 == 0;
        const exact e(random.spoil(from_hex(service ? services : pointers)));
        if (!fw_dns_read_answer(e.data(), e.size(), 0x1234, service ? "_sip._udp.ex" : "ex",
                                service ? FW_DNS_SRV : FW_DNS_NAPTR, &a))
            continue;
        for (unsigned k = 0; k < 3; ++k) {
            (void)fw_dns_read_srv(e.data(), e.size(), a.canonical, k, &s);
            (void)fw_dns_read_naptr(e.data(), e.size(), a.canonical, k, &n);
        }
    }
}

/// NXDOMAIN with the SOA of "ex": 60 s, its last field 20 s.
octets no_such_name(octets query) {
    query[2] = 0x81;
    query[3] = 0x83;
    query[9] = 1;
    const octets soa =
        from_hex("02 6578 00 0006 0001 0000003c 0018 00 00 00000001 00000002 00000003 00000004 00000014");
    query.insert(query.end(), soa.begin(), soa.end());
    // two names of one octet and five numbers are 22 octets
    query[query.size() - 23] = 22;
    return query;
}

TEST(dns_client, when_there_is_no_such_name_then_that_is_remembered_as_long_as_the_zone_says) {
    dns_bench b;
    b.answer = [&](const request& r) { b.reply(r, no_such_name(dns_bench::query_of(r))); };
    b.resolve("a.ex");
    b.host.run_for(second_us);
    EXPECT_EQ(b.result, FW_DNS_NOT_FOUND);
    b.io.now_us = b.host.now_us + 18 * second_us;
    EXPECT_EQ(b.resolve("a.ex"), -1);
    EXPECT_EQ(b.result, FW_DNS_NOT_FOUND);
    b.io.now_us = b.host.now_us + 22 * second_us;
    EXPECT_GE(b.resolve("a.ex"), 0);
}

TEST(dns_client, when_several_addresses_come_then_all_are_told_and_kept) {
    dns_bench b;
    b.answer = [&](const request& r) {
        octets m = dns_reply(dns_bench::query_of(r), 0, 11, 60);
        m[7] = 2;
        const octets second = from_hex("c00c 0001 0001 0000003c 0004 0000000c");
        m.insert(m.end(), second.begin(), second.end());
        b.reply(r, m);
    };
    std::vector<std::uint32_t> seen;
    const auto take = [](void* context, fw_dns_result r, const std::uint32_t* list, std::uint32_t count) {
        EXPECT_EQ(r, FW_DNS_OK);
        static_cast<std::vector<std::uint32_t>*>(context)->assign(list, list + count);
    };
    fw_dns_resolve_all(&b.client, "a.ex", take, &seen);
    b.host.run_for(second_us);
    EXPECT_EQ(seen, (std::vector<std::uint32_t>{11, 12}));
    seen.clear();
    EXPECT_EQ(fw_dns_resolve_all(&b.client, "a.ex", take, &seen), -1);
    EXPECT_EQ(seen, (std::vector<std::uint32_t>{11, 12}));
}

/// Answers over TCP in pieces of `piece` octets.
struct tcp_dns {
    explicit tcp_dns(dns_bench& b, std::size_t piece) {
        b.answer = [&b](const request& r) {
            octets m = dns_bench::query_of(r);
            m[2] = 0x83;  // truncated
            m[3] = 0x80;
            b.reply(r, m);
        };
        b.host.on[DECTBED_REQ_TCP_CONNECT] = [&b](const request& r) {
            dectbed_ev_tcp event{};
            event.socket = r.as<dectbed_req_socket>().socket;
            b.host.post(DECTBED_EV_TCP_CONNECTED, event, 1000);
        };
        b.host.on[DECTBED_REQ_TCP_SEND] = [this, &b, piece](const request& r) {
            const octets framed = r.data<dectbed_req_tcp_send>();
            octets m(framed.begin() + 2, framed.end());
            EXPECT_EQ(framed[0] << 8 | framed[1], static_cast<int>(m.size()));
            m = reply(m);
            m.insert(m.begin(), {static_cast<std::uint8_t>(m.size() >> 8), static_cast<std::uint8_t>(m.size())});
            dectbed_ev_tcp event{};
            event.socket = r.as<dectbed_req_tcp_send>().socket;
            for (std::size_t at = 0; at < m.size(); at += piece) {
                const octets part(m.begin() + static_cast<std::ptrdiff_t>(at),
                                  m.begin() + static_cast<std::ptrdiff_t>(std::min(at + piece, m.size())));
                b.host.post(DECTBED_EV_TCP_RECEIVED, event, 1000 + at, part);
            }
        };
    }
    std::function<octets(octets)> reply = [](const octets& q) { return dns_reply(q, 0, 77, 60); };
};

TEST(dns_client, when_an_answer_is_truncated_then_it_is_asked_for_by_tcp) {
    for (const std::size_t piece : {1u, 7u, 1000u}) {
        dns_bench b;
        tcp_dns tcp(b, piece);
        b.resolve("a.ex");
        b.host.run_for(second_us);
        EXPECT_EQ(b.result, FW_DNS_OK) << piece;
        EXPECT_EQ(b.address, 77u);
        EXPECT_EQ(b.host.count(DECTBED_REQ_TCP_ABORT), 1u);
        fw_dns_free(&b.client);
    }
}

TEST(dns_client, when_tcp_brings_rubbish_or_nothing_then_it_gives_up_after_its_tries) {
    dns_bench rubbish;
    tcp_dns tcp(rubbish, 1000);
    tcp.reply = [](const octets&) { return octets(40, 0xEE); };
    rubbish.resolve("a.ex");
    rubbish.host.run_for(100 * second_us);
    EXPECT_EQ(rubbish.result, FW_DNS_FAILED);
    dns_bench silent;
    tcp_dns unused(silent, 1);
    silent.host.on[DECTBED_REQ_TCP_CONNECT] = [](const request&) {};
    silent.resolve("a.ex");
    silent.host.run_for(100 * second_us);
    EXPECT_EQ(silent.result, FW_DNS_TIMEOUT);
}

}  // namespace
}  // namespace dectbed::test
