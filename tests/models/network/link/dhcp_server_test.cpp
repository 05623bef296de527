#include "models/network/link/dhcp_server.h"

#include "tests/models/network/link/links_fixture.h"

namespace dectbed::models::network {

namespace {

using namespace std::chrono_literals;

dhcp_server_parameters office() {
    dhcp_server_parameters p;
    p.server = ip("192.168.1.1");
    p.router = ip("192.168.1.1");
    p.first = ip("192.168.1.100");
    p.last = ip("192.168.1.103");
    p.dns = {ip("198.51.100.53")};
    p.domain = "lan";
    p.vendor_specific = std::string("\x01\x02\x0a\x0b", 4);
    p.tftp_server_name = "prov.csp.example";
    p.lease_time = 1000s;
    p.response_delay = sim::distribution::constant(0.01);
    return p;
}

struct answer {
    dhcp_reply to;
    dhcp_message m;
};

struct office_lan : world {
    explicit office_lan(dhcp_server_parameters p = office())
        : who(s.journal().declare("office/router", "router")),
          server(s, who, std::move(p), [this](const dhcp_reply& r) {
              auto decoded = decode_dhcp(r.payload);
              ASSERT_TRUE(decoded) << decoded.assume_error().reason;
              answers.push_back({r, std::move(decoded).assume_value()});
          }) {}

    dhcp_message message(dhcp_type type, std::uint64_t client) {
        dhcp_message m;
        m.xid = ++xid;
        m.set_client_mac(mac(client));
        m.set_type(type);
        return m;
    }
    /// What came back, after 1 s.
    std::vector<answer> send(const dhcp_message& m) {
        answers.clear();
        server.receive(encode_dhcp(m).value());
        run_for(1s);
        return answers;
    }
    /// DISCOVER and REQUEST; the address, or 0.
    ipv4_address join(std::uint64_t client) {
        const auto offers = send(message(dhcp_type::discover, client));
        if (offers.empty()) return {};
        auto request = message(dhcp_type::request, client);
        request.set(dhcp_server_identifier, ip("192.168.1.1"));
        request.set(dhcp_requested_address, offers[0].m.yiaddr);
        const auto acks = send(request);
        return acks.empty() || acks[0].m.type() != dhcp_type::ack ? ipv4_address{} : acks[0].m.yiaddr;
    }
    std::optional<dhcp_type> answer_to(const dhcp_message& m) {
        const auto all = send(m);
        EXPECT_LE(all.size(), 1u);
        return all.empty() ? std::nullopt : all[0].m.type();
    }
    dhcp_message init_reboot(std::uint64_t client, ipv4_address a) {
        auto m = message(dhcp_type::request, client);
        m.set(dhcp_requested_address, a);
        return m;
    }
    dhcp_message renewal(std::uint64_t client, ipv4_address a) {
        auto m = message(dhcp_type::request, client);
        m.ciaddr = a;
        return m;
    }

    sim::entity_id who;
    std::vector<answer> answers;
    dhcp_server server;
    std::uint32_t xid = 0;
};

}  // namespace

TEST(dhcp_server, discover_offer_request_ack) {
    office_lan l;
    const auto base = l.s.journal().declare("office/base[0]", "base", {}, to_text(mac(1)));
    auto discover = l.message(dhcp_type::discover, 1);
    const auto sent = l.s.now();
    const auto offers = l.send(discover);
    ASSERT_EQ(offers.size(), 1u);
    const auto offered_at = l.entries.back().at;
    EXPECT_EQ(offers[0].m.type(), dhcp_type::offer);
    EXPECT_EQ(offers[0].m.xid, discover.xid);
    EXPECT_EQ(offers[0].m.op, 2);
    EXPECT_EQ(offers[0].m.yiaddr, ip("192.168.1.100"));
    EXPECT_EQ(offers[0].m.address(dhcp_server_identifier), ip("192.168.1.1"));
    EXPECT_EQ(l.server.leases(), 0u);

    auto request = l.message(dhcp_type::request, 1);
    request.set(dhcp_server_identifier, ip("192.168.1.1"));
    request.set(dhcp_requested_address, ip("192.168.1.100"));
    const auto acks = l.send(request);
    ASSERT_EQ(acks.size(), 1u);
    EXPECT_EQ(acks[0].m.type(), dhcp_type::ack);
    EXPECT_EQ(acks[0].m.number(dhcp_lease_time), 1000u);
    EXPECT_EQ(acks[0].m.number(dhcp_renewal_time), 500u);
    EXPECT_EQ(acks[0].m.number(dhcp_rebinding_time), 875u);
    EXPECT_EQ(acks[0].m.address(dhcp_subnet_mask), ip("255.255.255.0"));
    EXPECT_EQ(acks[0].m.address(dhcp_router), ip("192.168.1.1"));
    EXPECT_EQ(acks[0].m.address(dhcp_dns_servers), ip("198.51.100.53"));
    EXPECT_EQ(acks[0].m.text(dhcp_domain_name), "lan");
    EXPECT_EQ(acks[0].m.text(dhcp_tftp_server_name), "prov.csp.example");
    EXPECT_EQ(l.server.leases(), 1u);

    const auto records = l.all<sim::record::dhcp_message>();
    ASSERT_EQ(records.size(), 4u);
    const std::vector<std::string> types{"DISCOVER", "OFFER", "REQUEST", "ACK"};
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(records[i].type, types[i]);
        EXPECT_EQ(records[i].client, base);
        EXPECT_EQ(records[i].client_mac, to_text(mac(1)));
    }
    EXPECT_EQ(records[1].address, "192.168.1.100");
    EXPECT_EQ(offered_at - sent, 10ms);
}

TEST(dhcp_server, answers_hold_what_was_asked_for_in_that_order) {
    office_lan l;
    auto m = l.message(dhcp_type::discover, 1);
    m.set(dhcp_parameter_request_list, hex("42060143"));  // 66 6 1 and 67, which is not known
    m.set(dhcp_client_identifier, hex("01020000000001"));
    const auto all = l.send(m);
    ASSERT_EQ(all.size(), 1u);
    std::vector<int> codes;
    for (const auto& o : all[0].m.options) codes.push_back(o.code);
    EXPECT_EQ(codes, (std::vector<int>{53, 54, 51, 58, 59, 61, 66, 6, 1}));
    EXPECT_EQ(*all[0].m.find(dhcp_client_identifier), hex("01020000000001"));
}

TEST(dhcp_server, vendor_options_go_to_the_vendor_only_if_so_configured) {
    auto p = office();
    p.vendor_class_prefix = "base-";
    office_lan l(p);
    auto m = l.message(dhcp_type::discover, 1);
    m.set(dhcp_parameter_request_list, hex("2b"));
    EXPECT_EQ(l.send(m)[0].m.find(dhcp_vendor_specific), nullptr);
    m.set_text(dhcp_vendor_class, "other");
    EXPECT_EQ(l.send(m)[0].m.find(dhcp_vendor_specific), nullptr);
    m.set_text(dhcp_vendor_class, "base-1");
    ASSERT_NE(l.send(m)[0].m.find(dhcp_vendor_specific), nullptr);
    EXPECT_EQ(l.send(m)[0].m.text(dhcp_vendor_specific), p.vendor_specific);
}

TEST(dhcp_server, answers_stay_within_what_the_client_takes) {
    auto p = office();
    p.vendor_specific = std::string(400, 'v');
    office_lan l(p);
    auto m = l.message(dhcp_type::discover, 1);
    m.set(dhcp_parameter_request_list, hex("01032b42"));
    auto all = l.send(m);
    EXPECT_EQ(all[0].m.find(dhcp_vendor_specific), nullptr) << "400 octets do not fit into 576";
    EXPECT_NE(all[0].m.find(dhcp_tftp_server_name), nullptr);
    EXPECT_LE(all[0].to.payload.size() + 28, 576u);
    m.set(dhcp_maximum_message_size, hex("05dc"));
    all = l.send(m);
    EXPECT_EQ(all[0].m.text(dhcp_vendor_specific), p.vendor_specific);
}

TEST(dhcp_server, replies_go_where_rfc_2131_says) {
    office_lan l;
    auto m = l.message(dhcp_type::discover, 1);
    auto to = l.send(m)[0].to;
    EXPECT_EQ(to.mac, mac(1));
    EXPECT_EQ(to.to, ip("192.168.1.100"));
    m.broadcast = true;
    auto all = l.send(m);
    EXPECT_EQ(all[0].to.mac, broadcast_mac);
    EXPECT_EQ(all[0].to.to, broadcast_address);
    EXPECT_TRUE(all[0].m.broadcast);

    ASSERT_EQ(l.join(1), ip("192.168.1.100"));
    auto renew = l.renewal(1, ip("192.168.1.100"));
    renew.broadcast = true;
    all = l.send(renew);
    EXPECT_EQ(all[0].m.type(), dhcp_type::ack);
    EXPECT_EQ(all[0].to.to, ip("192.168.1.100")) << "ciaddr comes before the broadcast flag";
    EXPECT_EQ(all[0].m.ciaddr, ip("192.168.1.100"));

    all = l.send(l.renewal(2, ip("192.168.1.100")));
    EXPECT_EQ(all[0].m.type(), dhcp_type::nak);
    EXPECT_EQ(all[0].to.to, broadcast_address);
    EXPECT_EQ(all[0].to.mac, broadcast_mac);
    EXPECT_EQ(all[0].m.find(dhcp_lease_time), nullptr);
    EXPECT_EQ(all[0].m.yiaddr, ipv4_address{});
}

TEST(dhcp_server, clients_keep_their_addresses) {
    office_lan l;
    EXPECT_EQ(l.join(1), ip("192.168.1.100"));
    EXPECT_EQ(l.join(2), ip("192.168.1.101"));
    EXPECT_EQ(l.join(1), ip("192.168.1.100"));
    EXPECT_EQ(l.answer_to(l.init_reboot(2, ip("192.168.1.101"))), dhcp_type::ack);
    EXPECT_EQ(l.answer_to(l.init_reboot(2, ip("192.168.1.100"))), dhcp_type::nak);
    EXPECT_EQ(l.answer_to(l.init_reboot(2, ip("10.0.0.7"))), dhcp_type::nak) << "another network";
    l.run_for(2000s);
    EXPECT_EQ(l.server.leases(), 0u);
    EXPECT_EQ(l.answer_to(l.renewal(2, ip("192.168.1.101"))), dhcp_type::ack) << "expired but still free";
    EXPECT_EQ(l.join(1), ip("192.168.1.100"));
}

TEST(dhcp_server, client_identifier_comes_before_the_hardware_address) {
    office_lan l;
    EXPECT_EQ(l.join(1), ip("192.168.1.100"));
    auto m = l.message(dhcp_type::discover, 1);
    m.set(dhcp_client_identifier, hex("00616263"));
    EXPECT_EQ(l.send(m)[0].m.yiaddr, ip("192.168.1.101"));
    m.set_client_mac(mac(5));
    EXPECT_EQ(l.send(m)[0].m.yiaddr, ip("192.168.1.101"));
}

TEST(dhcp_server, an_offer_holds_its_address_for_a_while) {
    office_lan l;
    for (std::uint64_t c = 1; c <= 4; ++c) EXPECT_EQ(l.send(l.message(dhcp_type::discover, c)).size(), 1u);
    EXPECT_TRUE(l.send(l.message(dhcp_type::discover, 5)).empty());
    EXPECT_EQ(l.drops(), std::vector<std::string>{"pool exhausted"});
    l.run_for(120s);
    const auto all = l.send(l.message(dhcp_type::discover, 5));
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].m.yiaddr, ip("192.168.1.100")) << "the one that expired first";

    auto late = l.message(dhcp_type::request, 1);
    late.set(dhcp_server_identifier, ip("192.168.1.1"));
    late.set(dhcp_requested_address, ip("192.168.1.100"));
    EXPECT_EQ(l.answer_to(late), dhcp_type::nak);
}

TEST(dhcp_server, choosing_another_server_frees_the_offer) {
    office_lan l;
    for (std::uint64_t c = 1; c <= 4; ++c) l.send(l.message(dhcp_type::discover, c));
    auto elsewhere = l.message(dhcp_type::request, 2);
    elsewhere.set(dhcp_server_identifier, ip("192.168.1.2"));
    elsewhere.set(dhcp_requested_address, ip("192.168.1.50"));
    EXPECT_EQ(l.answer_to(elsewhere), std::nullopt);
    EXPECT_EQ(l.send(l.message(dhcp_type::discover, 5))[0].m.yiaddr, ip("192.168.1.101"));
}

TEST(dhcp_server, release_and_decline) {
    office_lan l;
    EXPECT_EQ(l.join(1), ip("192.168.1.100"));
    auto release = l.message(dhcp_type::release, 1);
    release.ciaddr = ip("192.168.1.100");
    release.set(dhcp_server_identifier, ip("192.168.1.1"));
    EXPECT_EQ(l.answer_to(release), std::nullopt);
    EXPECT_EQ(l.server.leases(), 0u);
    EXPECT_EQ(l.join(1), ip("192.168.1.100")) << "the same again";

    auto decline = l.message(dhcp_type::decline, 1);
    decline.set(dhcp_server_identifier, ip("192.168.1.1"));
    decline.set(dhcp_requested_address, ip("192.168.1.100"));
    EXPECT_EQ(l.answer_to(decline), std::nullopt);
    EXPECT_EQ(l.join(1), ip("192.168.1.101"));
    EXPECT_EQ(l.answer_to(l.init_reboot(2, ip("192.168.1.100"))), dhcp_type::nak);
    l.run_for(24h);
    EXPECT_EQ(l.answer_to(l.init_reboot(2, ip("192.168.1.100"))), dhcp_type::ack);
}

TEST(dhcp_server, inform_is_answered_without_a_lease) {
    office_lan l;
    auto m = l.message(dhcp_type::inform, 1);
    m.ciaddr = ip("192.168.1.20");
    const auto all = l.send(m);
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].m.type(), dhcp_type::ack);
    EXPECT_EQ(all[0].m.yiaddr, ipv4_address{});
    EXPECT_EQ(all[0].m.find(dhcp_lease_time), nullptr);
    EXPECT_EQ(all[0].m.text(dhcp_domain_name), "lan");
    EXPECT_EQ(all[0].to.to, ip("192.168.1.20"));
    EXPECT_EQ(l.server.leases(), 0u);
}

TEST(dhcp_server, the_only_server_of_a_lan_answers_unknown_clients) {
    office_lan l;
    EXPECT_EQ(l.answer_to(l.init_reboot(1, ip("192.168.1.102"))), dhcp_type::ack) << "leases lost in a restart";
    EXPECT_EQ(l.answer_to(l.init_reboot(2, ip("192.168.1.102"))), dhcp_type::nak);
    EXPECT_EQ(l.answer_to(l.init_reboot(2, ip("192.168.1.7"))), dhcp_type::nak) << "outside the pool";
}

TEST(dhcp_server, one_server_of_several_is_silent_to_unknown_clients) {
    auto p = office();
    p.authoritative = false;
    office_lan l(p);
    EXPECT_EQ(l.answer_to(l.init_reboot(1, ip("192.168.1.102"))), std::nullopt);
    EXPECT_EQ(l.answer_to(l.renewal(1, ip("192.168.1.102"))), std::nullopt);
    EXPECT_EQ(l.answer_to(l.init_reboot(1, ip("192.168.2.102"))), dhcp_type::nak);
}

TEST(dhcp_server, addresses_that_no_client_may_have_are_not_given_out) {
    auto p = office();
    p.first = ip("192.168.1.0");
    p.last = ip("192.168.1.2");
    office_lan l(p);
    EXPECT_EQ(l.join(1), ip("192.168.1.2"));
    EXPECT_EQ(l.join(2), ipv4_address{});
    for (const char* a : {"192.168.1.0", "192.168.1.1", "192.168.1.255"})
        EXPECT_EQ(l.answer_to(l.init_reboot(3, ip(a))), dhcp_type::nak) << a;
}

TEST(dhcp_server, what_is_no_client_message_is_dropped_and_journalled) {
    office_lan l;
    auto m = l.message(dhcp_type::discover, 1);
    m.op = 2;
    EXPECT_EQ(l.answer_to(m), std::nullopt);
    m = l.message(dhcp_type::discover, 1);
    m.hlen = 8;
    EXPECT_EQ(l.answer_to(m), std::nullopt);
    m = l.message(dhcp_type::discover, 1);
    m.options.clear();
    EXPECT_EQ(l.answer_to(m), std::nullopt);
    l.server.receive(sim::bytes(10));
    EXPECT_EQ(l.answer_to(l.message(dhcp_type::ack, 1)), std::nullopt);
    EXPECT_EQ(l.drops(), (std::vector<std::string>{
                             "not a request", "client address is no Ethernet address", "message type unknown",
                             "message shorter than its fixed part of 240 octets", "message type is not a client's"}));
}

TEST(dhcp_server, outage_is_silence_and_forgets_nothing) {
    office_lan l;
    EXPECT_EQ(l.join(1), ip("192.168.1.100"));
    l.arm("office/router", "outage", {}, 0s, 10s);
    l.run_for(1ms);
    EXPECT_EQ(l.answer_to(l.message(dhcp_type::discover, 1)), std::nullopt);
    l.run_for(10s);
    EXPECT_EQ(l.answer_to(l.renewal(1, ip("192.168.1.100"))), dhcp_type::ack);
}

TEST(dhcp_server, drop_next_loses_so_many_messages_of_a_type) {
    office_lan l;
    l.arm("office/router", "drop_next", {{"type", "OFFER"}, {"count", "2"}}, 0s, 1h);
    l.arm("office/router", "drop_next", {{"type", "REQUEST"}}, 0s, 1h);
    l.run_for(1ms);
    EXPECT_EQ(l.answer_to(l.message(dhcp_type::discover, 1)), std::nullopt);
    EXPECT_EQ(l.answer_to(l.message(dhcp_type::discover, 1)), std::nullopt);
    EXPECT_EQ(l.answer_to(l.message(dhcp_type::discover, 1)), dhcp_type::offer);
    EXPECT_EQ(l.answer_to(l.init_reboot(1, ip("192.168.1.100"))), std::nullopt);
    EXPECT_EQ(l.answer_to(l.init_reboot(1, ip("192.168.1.100"))), dhcp_type::ack);
    EXPECT_EQ(l.drops(), (std::vector<std::string>{"fault: lost OFFER", "fault: lost OFFER", "fault: lost REQUEST"}));
    std::size_t offers = 0;
    for (const auto& r : l.all<sim::record::dhcp_message>()) offers += r.type == "OFFER" ? 1u : 0u;
    EXPECT_EQ(offers, 1u) << "a lost OFFER was never seen by anyone";
}

TEST(dhcp_server, a_restart_loses_replies_under_way_and_leases_if_told_to) {
    office_lan l;
    EXPECT_EQ(l.join(1), ip("192.168.1.100"));
    l.answers.clear();
    l.server.receive(encode_dhcp(l.message(dhcp_type::discover, 2)).value());
    l.server.restart(false);
    l.run_for(1s);
    EXPECT_TRUE(l.answers.empty());
    EXPECT_EQ(l.server.leases(), 1u);
    l.server.restart(true);
    EXPECT_EQ(l.server.leases(), 0u);
    EXPECT_EQ(l.join(3), ip("192.168.1.100"));
}

TEST(dhcp_server, another_client_changes_nobodys_response_time) {
    const auto times = [](bool with_other) {
        auto p = office();
        p.response_delay = sim::distribution::uniform(0.01, 0.5);
        office_lan l(p);
        std::vector<sim::time_point> at;
        if (with_other)
            l.server.receive(encode_dhcp([&] {
                                 auto m = l.message(dhcp_type::discover, 9);
                                 m.xid = 77;
                                 return m;
                             }())
                                 .value());
        auto m = l.message(dhcp_type::discover, 1);
        m.xid = 4711;
        l.send(m);
        for (const auto& e : l.entries)
            if (const auto* r = std::get_if<sim::record::dhcp_message>(&e.what))
                if (r->type == "OFFER" && r->client_mac == to_text(mac(1))) at.push_back(e.at);
        return at;
    };
    ASSERT_EQ(times(false).size(), 1u);
    EXPECT_EQ(times(false), times(true));
}

TEST(dhcp_server, impossible_pools_are_refused) {
    world w;
    const auto who = w.s.journal().declare("r", "router");
    const auto make = [&](const char* first, const char* last, unsigned prefix) {
        auto p = office();
        p.first = ip(first);
        p.last = ip(last);
        p.prefix_length = prefix;
        dhcp_server server(w.s, who, p, [](const dhcp_reply&) {});
    };
    EXPECT_THROW(make("192.168.1.9", "192.168.1.8", 24), std::invalid_argument);
    EXPECT_THROW(make("192.168.2.1", "192.168.2.8", 24), std::invalid_argument);
    EXPECT_THROW(make("192.168.0.0", "192.169.0.0", 8), std::invalid_argument);
    EXPECT_THROW(make("192.168.1.8", "192.168.1.9", 31), std::invalid_argument);
    EXPECT_NO_THROW(make("192.168.0.0", "192.168.255.255", 16));
}

}  // namespace dectbed::models::network
