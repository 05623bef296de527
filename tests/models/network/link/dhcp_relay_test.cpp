#include "models/network/link/dhcp_relay.h"

#include "models/network/link/lan_station.h"
#include "models/network/link/lan_switch.h"
#include "models/network/link/site_router.h"
#include "tests/models/network/link/links_fixture.h"

namespace dectbed::models::network {

namespace {

using namespace std::chrono_literals;

dhcp_message discover(std::uint64_t client) {
    dhcp_message m;
    m.xid = static_cast<std::uint32_t>(client);
    m.broadcast = true;
    m.set_client_mac(mac(client));
    m.set_type(dhcp_type::discover);
    return m;
}

dhcp_server_parameters pool() {
    dhcp_server_parameters p;
    p.server = p.router = ip("192.168.1.1");
    p.first = ip("192.168.1.100");
    p.last = ip("192.168.1.199");
    p.lease_time = 1000s;
    p.response_delay = sim::distribution::constant(0.001);
    return p;
}

}  // namespace

// --- inner formats -----------------------------------------------------------------------------------------

TEST(dhcp_options, sip_servers_as_in_the_examples_of_rfc_3361) {
    const auto names = hex("00 07 6578616d706c65 03 636f6d 00 07 6578616d706c65 03 6e6574 00");
    EXPECT_EQ(encode_sip_names({"example.com", "example.net"}).value(), names);
    EXPECT_EQ(decode_sip_servers(names).value(), (std::vector<std::string>{"example.com", "example.net"}));
    const auto addresses = hex("01 c0000201 c0000202");
    EXPECT_EQ(encode_sip_addresses({ip("192.0.2.1"), ip("192.0.2.2")}), addresses);
    EXPECT_EQ(decode_sip_servers(addresses).value(), (std::vector<std::string>{"192.0.2.1", "192.0.2.2"}));
    for (const char* bad : {"", "02", "01", "01c00002", "0001", "000161", "0000", "0040"})
        EXPECT_FALSE(decode_sip_servers(hex(bad))) << bad;
    EXPECT_FALSE(encode_sip_names({"a..b"}));
    EXPECT_FALSE(encode_sip_names({std::string(64, 'a')}));
}

TEST(dhcp_options, routes_as_in_the_examples_of_rfc_3442) {
    const ipv4_address by = ip("10.0.0.1");
    const std::vector<dhcp_route> routes = {{{}, 0, by},
                                            {ip("10.0.0.0"), 8, by},
                                            {ip("10.0.0.0"), 24, by},
                                            {ip("10.17.0.0"), 16, by},
                                            {ip("10.27.129.0"), 24, by},
                                            {ip("10.229.0.128"), 25, by},
                                            {ip("10.198.122.47"), 32, by}};
    const auto octets =
        hex("00 0a000001 080a 0a000001 180a0000 0a000001 100a11 0a000001 180a1b81 0a000001 190ae50080 0a000001"
            "200ac67a2f 0a000001");
    EXPECT_EQ(encode_routes(routes).value(), octets);
    const auto back = decode_routes(octets);
    ASSERT_TRUE(back);
    EXPECT_EQ(encode_routes(back.value()).value(), octets);
    EXPECT_FALSE(decode_routes(hex("21 0a000001 0a000001")));
    EXPECT_FALSE(decode_routes(hex("08 0a 0a0000")));
}

TEST(dhcp_options, relay_and_vendor_information_both_ways) {
    const relay_information r{"lan", "router", ip("192.168.1.0"), ip("192.168.1.1")};
    const auto octets = hex("01 03 6c616e 02 06 726f75746572 05 04 c0a80100 0b 04 c0a80101");
    EXPECT_EQ(encode_relay_information(r), octets);
    const auto back = decode_relay_information(octets);
    ASSERT_TRUE(back);
    EXPECT_EQ(back.value().circuit, "lan");
    EXPECT_EQ(back.value().remote, "router");
    EXPECT_EQ(back.value().link, r.link);
    EXPECT_EQ(back.value().server_override, r.server_override);
    for (std::size_t n = 1; n < octets.size(); ++n) {
        const auto cut = decode_relay_information(sim::byte_view(octets).first(n));
        if (n != 5 && n != 13 && n != 19) {
            EXPECT_FALSE(cut) << n;
        }
    }
    EXPECT_EQ(encode_vendor_information(32473, {{1, hex("4142")}}).value(), hex("00007ed9 04 01 02 4142"));
}

// --- classes -----------------------------------------------------------------------------------------------

TEST(dhcp_server, options_go_to_the_class_of_client_that_they_are_for) {
    world w;
    auto p = pool();
    p.tftp_server_name = "everybody";
    const auto text = [](const char* t) { return sim::to_bytes(sim::view(t)); };
    auto offered = std::make_shared<std::vector<dhcp_offered_option>>();
    offered->push_back({66, text("for DB"), false, "DB-", "", {}});
    offered->push_back({66, text("for voip"), false, "", "voip", {}});
    offered->push_back({66, text("for mac"), false, "", "", {0x02, 0, 0, 0, 0, 9}});
    offered->push_back({67, text("unasked"), true, "", "", {}});
    p.offered = offered;
    std::vector<dhcp_message> answers;
    dhcp_server server(w.s, w.s.journal().declare("r", "router"), p,
                       [&](const dhcp_reply& r) { answers.push_back(decode_dhcp(r.payload).value()); });
    const auto ask = [&](dhcp_message m) {
        m.set(dhcp_parameter_request_list, hex("42"));
        server.receive(encode_dhcp(m).value());
        w.run_for(1s);
        EXPECT_EQ(answers.back().text(67), "unasked");
        return answers.back().text(66);
    };
    EXPECT_EQ(ask(discover(1)), "everybody");
    auto m = discover(2);
    m.set_text(dhcp_vendor_class, "DB-100");
    EXPECT_EQ(ask(m), "for DB");
    m = discover(3);
    m.set_text(dhcp_user_class, "voip");
    EXPECT_EQ(ask(m), "for voip");
    m = discover(4);
    m.set(dhcp_user_class, hex("016104766f6970"));  // instances as in RFC 3004
    EXPECT_EQ(ask(m), "for voip");
    EXPECT_EQ(ask(discover(9)), "for mac");
}

TEST(dhcp_server, GS_36_times_of_the_reply_are_as_configured) {
    world w;
    auto p = pool();
    p.lease_time = 8 * 24h;
    p.renewal_time = 4 * 24h;
    p.rebinding_time = 7 * 24h;
    std::vector<dhcp_message> answers;
    dhcp_server server(w.s, w.s.journal().declare("r", "router"), p,
                       [&](const dhcp_reply& r) { answers.push_back(decode_dhcp(r.payload).value()); });
    server.receive(encode_dhcp(discover(1)).value());
    w.run_for(1s);
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(answers[0].number(51), 691200u);
    EXPECT_EQ(answers[0].number(58), 345600u);
    EXPECT_EQ(answers[0].number(59), 604800u);
    EXPECT_TRUE(answers[0].address(54));
    EXPECT_TRUE(answers[0].address(3));
}

// --- relay -------------------------------------------------------------------------------------------------

TEST(dhcp_relay, marks_requests_and_undoes_it_in_answers) {
    const relay_information own{"lan", "r", ip("192.168.1.0"), ip("192.168.1.1")};
    const auto giaddr = ip("100.64.0.1");
    const auto relayed = dhcp_towards_server(encode_dhcp(discover(1)).value(), giaddr, own);
    ASSERT_TRUE(relayed) << relayed.error().reason;
    const auto m = decode_dhcp(relayed.value()).value();
    EXPECT_EQ(m.hops, 1);
    EXPECT_EQ(m.giaddr, giaddr);
    EXPECT_EQ(decode_relay_information(*m.find(82)).value().server_override, own.server_override);
    EXPECT_FALSE(dhcp_towards_server(relayed.value(), giaddr, own)) << "relayed already";
    auto spoofed = discover(1);
    spoofed.set(82, hex("010161"));
    EXPECT_FALSE(dhcp_towards_server(encode_dhcp(spoofed).value(), giaddr, own));
    auto far = discover(1);
    far.hops = 16;
    EXPECT_FALSE(dhcp_towards_server(encode_dhcp(far).value(), giaddr, own));

    dhcp_message answer = m;
    answer.op = 2;
    answer.set_type(dhcp_type::offer);
    answer.yiaddr = ip("192.168.1.100");
    const auto back = dhcp_towards_client(encode_dhcp(answer).value(), giaddr);
    ASSERT_TRUE(back);
    EXPECT_EQ(back.value().mac, broadcast_mac);
    const auto seen = decode_dhcp(back.value().payload).value();
    EXPECT_EQ(seen.find(82), nullptr);
    EXPECT_FALSE(seen.giaddr);
    EXPECT_FALSE(dhcp_towards_client(encode_dhcp(answer).value(), ip("100.64.0.2"))) << "another relay's";
    EXPECT_FALSE(dhcp_towards_client(encode_dhcp(m).value(), giaddr)) << "a request";
}

TEST(dhcp_relay, a_lan_behind_a_relay_gets_its_leases_from_the_server_and_knows_the_relay_only) {
    world w;
    site_router_parameters p;
    p.lan_mac = mac(100);
    p.lan_address = ip("192.168.1.1");
    p.wan_address = ip("100.64.0.1");
    p.dhcp_enabled = false;
    p.dhcp_relay_to = ip("198.51.100.67");
    lan_switch hub(w.s, w.s.journal().declare("lan/switch", "switch"));
    site_router router(w.s, w.s.journal().declare("lan/router", "router"), p);
    router.connect_lan(hub.add_port(w.s.journal().declare("lan/router_port", "router")));
    std::vector<dhcp_reply> replies;
    dhcp_server server(w.s, w.s.journal().declare("internet/dhcp", "server"), pool(), [&](const dhcp_reply& r) {
        EXPECT_EQ(r.relay, p.wan_address);
        router.from_wan(make_wire(encode_udp({p.dhcp_relay_to, 67}, {r.relay, 67}, r.payload).value()));
    });
    router.connect_wan([&](const datagram& d) {
        const auto sent = decode_ipv4(*d).value();
        EXPECT_EQ(sent.source, p.wan_address);
        server.receive(decode_udp(sent.payload).value().data);
    });
    auto& port = hub.add_port(w.s.journal().declare("lan/base[0]", "base", {}, to_text(mac(1))));
    catcher got(w.s);
    port.connect(got.sink());
    port.set_device_up(true);
    const auto send = [&](const dhcp_message& m) {
        port.transmit(framed(broadcast_mac, mac(1),
                             encode_udp({{}, 68}, {broadcast_address, 67}, encode_dhcp(m).value()).value()));
        w.run_for(1s);
        return decode_dhcp(decode_udp(decode_ipv4(inside(got.last())).value().payload).value().data).value();
    };
    const auto offer = send(discover(1));
    EXPECT_EQ(offer.type(), dhcp_type::offer);
    EXPECT_EQ(offer.address(dhcp_server_identifier), p.lan_address);
    auto request = discover(1);
    request.set_type(dhcp_type::request);
    request.set(dhcp_server_identifier, *offer.address(dhcp_server_identifier));
    request.set(dhcp_requested_address, offer.yiaddr);
    EXPECT_EQ(send(request).type(), dhcp_type::ack);
    EXPECT_EQ(server.leases(), 1u);
    const auto records = w.all<sim::record::dhcp_message>();
    ASSERT_EQ(records.size(), 4u);
    EXPECT_EQ(records[3].type, "ACK");
    EXPECT_EQ(records[3].relay, "100.64.0.1");
    EXPECT_EQ(records[3].server, "192.168.1.1");
    EXPECT_EQ(records[3].lease_s, 1000);
}

// --- other people's devices ----------------------------------------------------------------------------------

namespace {

struct station_lan : world {
    explicit station_lan(std::optional<dhcp_server_parameters> dhcp = {})
        : hub(s, s.journal().declare("lan/switch", "switch")),
          station(s, s.journal().declare("lan/foreign[0]", "foreign_host"),
                  {mac(50), ip("192.168.1.100"), true, std::move(dhcp)}, hub.add_port(s.journal().declare("p", "x"))),
          port(hub.add_port(s.journal().declare("lan/base[0]", "base"))),
          got(s) {
        port.connect(got.sink());
        port.set_device_up(true);
    }
    lan_switch hub;
    lan_station station;
    ethernet_port& port;
    catcher got;
};

}  // namespace

TEST(lan_station, answers_a_probe_for_its_address_and_for_no_other) {
    station_lan l;
    l.port.transmit(arp(arp_request, mac(1), {}, ip("192.168.1.101")));
    l.run_for(1s);
    EXPECT_TRUE(l.got.got.empty());
    l.port.transmit(arp(arp_request, mac(1), {}, ip("192.168.1.100")));
    l.run_for(1s);
    ASSERT_EQ(l.got.got.size(), 1u);
    const auto answer = decode_arp(inside(l.got.last())).value();
    EXPECT_EQ(answer.operation, arp_reply);
    EXPECT_EQ(answer.sender, ip("192.168.1.100"));
    EXPECT_EQ(answer.sender_mac, mac(50));
}

TEST(lan_station, defends_its_address_once_in_ten_seconds) {
    station_lan l;
    const auto claim = arp(arp_request, mac(1), ip("192.168.1.100"), ip("192.168.1.1"));
    l.port.transmit(claim);
    l.run_for(1s);
    l.port.transmit(claim);
    l.run_for(1s);
    EXPECT_EQ(l.got.got.size(), 1u);
    EXPECT_EQ(l.all<sim::record::address_conflict>().size(), 2u);
    l.run_for(9s);
    l.port.transmit(claim);
    l.run_for(1s);
    EXPECT_EQ(l.got.got.size(), 2u);
}

TEST(lan_station, may_lease_addresses_that_nobody_asked_it_for) {
    auto p = pool();
    p.router = ip("192.168.1.250");
    station_lan l(p);
    l.port.transmit(framed(broadcast_mac, mac(1),
                           encode_udp({{}, 68}, {broadcast_address, 67}, encode_dhcp(discover(1)).value()).value()));
    l.run_for(1s);
    ASSERT_EQ(l.got.got.size(), 1u);
    const auto sent = decode_ipv4(inside(l.got.last())).value();
    const auto offer = decode_dhcp(decode_udp(sent.payload).value().data).value();
    EXPECT_EQ(offer.address(dhcp_server_identifier), ip("192.168.1.100"));
    EXPECT_EQ(offer.address(dhcp_router), ip("192.168.1.250"));
    EXPECT_NE(offer.yiaddr, ip("192.168.1.100")) << "its own address is not leased";
    l.arm("lan/foreign[0]", "power_cut", {}, 0s, 100s);
    l.run_for(1s);
    l.port.transmit(arp(arp_request, mac(1), {}, ip("192.168.1.100")));
    l.run_for(1s);
    EXPECT_EQ(l.got.got.size(), 1u);
}

}  // namespace dectbed::models::network
