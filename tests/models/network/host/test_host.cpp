// A device host besides TCP: UDP before and after there is an address, ARP, ICMP, power, pooling, determinism.
#include <algorithm>

#include "bench.h"
#include "models/network/host/fragments.h"

using namespace dectbed;
using namespace dectbed::models::network;
using namespace dectbed::models::network::bench;

namespace {

struct host : ::testing::Test {
    two_hosts lan;
    std::vector<bytes> wire;
    void SetUp() override {
        lan.on_wire = [this](const bytes& f) { wire.push_back(f); };
    }
    bool any_arp() const {
        return std::any_of(wire.begin(), wire.end(), [](const bytes& f) { return f[12] == 8 && f[13] == 6; });
    }
};

}  // namespace

TEST_F(host, when_there_is_no_address_then_udp_is_broadcast_from_zero_and_answers_come_in) {
    lan.a.deconfigure();
    const auto client = lan.a.open_udp(68);
    const auto server = lan.b.open_udp(67);
    std::vector<std::pair<endpoint, bytes>> at_client, at_server;
    client->on_data = [&](endpoint from, byte_view d) { at_client.emplace_back(from, sim::to_bytes(d)); };
    server->on_data = [&](endpoint from, byte_view d) { at_server.emplace_back(from, sim::to_bytes(d)); };

    client->send({broadcast_address, 67}, pattern(300));
    client->send({ip_b, 67}, pattern(1));  // nowhere to go
    lan.run_for(10ms);
    ASSERT_EQ(at_server.size(), 1u);
    EXPECT_EQ(at_server[0].first, (endpoint{{}, 68}));
    EXPECT_EQ(at_server[0].second, pattern(300));
    ASSERT_EQ(wire.size(), 1u);
    EXPECT_TRUE(std::equal(wire[0].begin(), wire[0].begin() + 6, broadcast_mac.octets.begin()));

    // An offer as broadcast, and one to the address that is only offered.
    server->send({broadcast_address, 68}, pattern(310));
    const auto offer = encode_udp({ip_b, 67}, {ipv4_address{0xC0A80063}, 68}, pattern(320)).assume_value();
    lan.b.transmit_frame(make_wire(encode_ethernet(mac_a, mac_b, ether_type_ipv4, offer).assume_value()));
    lan.run_for(10ms);
    ASSERT_EQ(at_client.size(), 2u);
    EXPECT_EQ(at_client[0].second, pattern(310));
    EXPECT_EQ(at_client[1].second, pattern(320));
    EXPECT_EQ(at_client[1].first, (endpoint{ip_b, 67}));
    EXPECT_FALSE(any_arp());
    EXPECT_EQ(client->local(), (endpoint{{}, 68}));
}

TEST_F(host, when_it_has_an_address_then_udp_goes_both_ways_after_one_arp_each) {
    const auto at_a = lan.a.open_udp(0), at_b = lan.b.open_udp(5060);
    bytes got, answer;
    at_b->on_data = [&](endpoint from, byte_view d) {
        got = sim::to_bytes(d);
        at_b->send(from, pattern(200));
    };
    at_a->on_data = [&](endpoint, byte_view d) { answer = sim::to_bytes(d); };
    EXPECT_GE(at_a->local().port, 49152);
    at_a->send({ip_b, 5060}, pattern(100));
    lan.run_for(50ms);
    EXPECT_EQ(got, pattern(100));
    EXPECT_EQ(answer, pattern(200));
    EXPECT_EQ(wire.size(), 6u);  // two ARP exchanges, two datagrams
    at_a->send({ip_b, 5060}, pattern(100));
    lan.run_for(50ms);
    EXPECT_EQ(wire.size(), 8u);
}

TEST_F(host, when_a_datagram_is_longer_than_a_frame_then_it_travels_in_fragments) {
    const auto at_a = lan.a.open_udp(7000), at_b = lan.b.open_udp(7000);
    bytes got;
    int times = 0;
    at_b->on_data = [&](endpoint, byte_view d) {
        got = sim::to_bytes(d);
        ++times;
    };
    for (const std::size_t size : {1472u, 1473u, 4000u, 60'000u}) {
        wire.clear();
        const int before = times;
        at_a->send({ip_b, 7000}, pattern(size));
        lan.run_for(50ms);
        if (size > 10'000) {
            EXPECT_GE(wire.size(), 40u);
        }
        EXPECT_EQ(times, before + 1) << size;
        EXPECT_EQ(got, pattern(size));
    }
    lan.a.deconfigure();
    at_a->send({broadcast_address, 7000}, pattern(3000));
    lan.run_for(50ms);
    EXPECT_EQ(got, pattern(3000));
}

TEST_F(host, when_a_udp_port_is_taken_then_opening_it_gives_null_until_it_is_released) {
    auto first = lan.a.open_udp(1234);
    ASSERT_TRUE(first);
    EXPECT_FALSE(lan.a.open_udp(1234));
    first->on_data = [&](endpoint, byte_view) { first.reset(); };  // a socket may go within its own handler
    const auto b = lan.b.open_udp(0);
    b->send({ip_a, 1234}, pattern(3));
    lan.run_for(20ms);
    EXPECT_FALSE(first);
    EXPECT_TRUE(lan.a.open_udp(1234));
}

TEST_F(host, when_nobody_has_a_udp_port_then_icmp_says_so_but_not_to_a_broadcast) {
    const auto a = lan.a.open_udp(0);
    a->send({broadcast_address, 9}, pattern(3));
    lan.run_for(20ms);
    EXPECT_EQ(wire.size(), 1u);
    a->send({ip_b, 9}, pattern(3));
    lan.run_for(20ms);
    const auto ip = decode_ipv4(byte_view(wire.back()).subspan(14)).assume_value();
    EXPECT_EQ(ip.protocol, protocol_icmp);
    const auto icmp = decode_icmp(ip.payload).assume_value();
    EXPECT_EQ(icmp.type, icmp_unreachable);
    EXPECT_EQ(icmp.code, icmp_port_unreachable);
}

TEST_F(host, when_pinged_then_it_answers) {
    icmp_packet ping;
    ping.type = icmp_echo;
    ping.rest = 0x12340001;
    const bytes data = pattern(56);
    ping.data = data;
    const auto d = encode_icmp(ip_a, ip_b, ping).assume_value();
    lan.a.transmit_frame(make_wire(encode_ethernet(mac_b, mac_a, ether_type_ipv4, d).assume_value()));
    lan.run_for(20ms);
    const auto ip = decode_ipv4(byte_view(wire.back()).subspan(14)).assume_value();
    ASSERT_EQ(ip.destination, ip_a);
    const auto pong = decode_icmp(ip.payload).assume_value();
    EXPECT_EQ(pong.type, icmp_echo_reply);
    EXPECT_EQ(pong.rest, ping.rest);
    EXPECT_EQ(sim::to_bytes(pong.data), data);
}

TEST_F(host, when_the_gateway_answers_no_arp_then_later_packets_ask_again) {
    const auto a = lan.a.open_udp(0);
    a->send({{0x08080808}, 53}, pattern(3));
    lan.run_for(10s);
    const auto asked = wire.size();
    EXPECT_EQ(asked, 4u);
    a->send({{0x08080808}, 53}, pattern(3));
    lan.run_for(10s);
    EXPECT_GT(wire.size(), asked);
}

TEST_F(host, when_frames_are_raw_then_they_pass_as_they_are_and_group_and_own_frames_are_seen) {
    std::vector<bytes> seen;
    lan.b.on_frame([&](const frame& f) { seen.push_back(*f); });
    bytes own = encode_ethernet(mac_b, mac_a, 0x88CC, pattern(50)).assume_value();
    bytes group = encode_ethernet(broadcast_mac, mac_a, 0x88B5, pattern(50)).assume_value();
    bytes other = encode_ethernet(mac_a, mac_a, 0x88B5, pattern(50)).assume_value();
    for (const auto* f : {&own, &group, &other}) lan.a.transmit_frame(make_wire(*f));
    lan.run_for(20ms);
    ASSERT_EQ(seen.size(), 2u);
    EXPECT_EQ(seen[0], own);
    EXPECT_EQ(seen[1], group);
}

TEST_F(host, when_power_goes_then_nothing_is_sent_and_the_next_life_knows_nothing_of_it) {
    lan.b.listen(80, [](tcp_stream_ptr s) { s->abort(); });
    watcher server;
    lan.a.listen(8080, [&](tcp_stream_ptr s) { server.watch(std::move(s)); });
    auto socket = lan.a.open_udp(4000);
    watcher outgoing(lan.b.connect({ip_a, 8080}));
    lan.run_for(50ms);
    ASSERT_EQ(outgoing.connected, 1);
    auto pending = lan.a.open_udp(0);
    pending->send({ip_gateway, 1}, pattern(3));  // waits for ARP
    lan.a.power_off();
    wire.clear();
    lan.run_for(100s);
    EXPECT_TRUE(std::none_of(wire.begin(), wire.end(), [](const bytes& f) {
        return std::equal(f.begin() + 6, f.begin() + 12, mac_a.octets.begin());
    }));
    socket->send({ip_b, 1}, pattern(1));
    EXPECT_EQ(lan.a.address(), ipv4_address{});
    EXPECT_FALSE(lan.a.open_udp(1));
    watcher none(lan.a.connect({ip_b, 80}));
    lan.run_for(1ms);
    EXPECT_EQ(none.reason, close_reason::unreachable);

    lan.a.power_on();
    EXPECT_EQ(lan.a.tcp_endpoints(), 0u);
    EXPECT_EQ(lan.a.address(), ipv4_address{});
    EXPECT_TRUE(lan.a.open_udp(4000));  // free again, though the old handle is still held
    lan.a.configure(ip_a, 24, ip_gateway);
    wire.clear();
    watcher refused(lan.b.connect({ip_a, 8080}));
    lan.run_for(2s);
    EXPECT_EQ(refused.reason, close_reason::reset);  // nobody listens any more
    EXPECT_EQ(lan.pool.created(), 2u);
}

TEST_F(host, when_it_has_more_routes_then_the_longest_prefix_decides_whom_it_asks_for) {
    const ipv4_address by_prefix{0xC0A80007}, by_host{0xC0A80008}, far{0x0A010203}, farther{0x0A020304},
        elsewhere{0x08080808}, here{0xC0A80042}, on_link{0x0A030001};
    const auto routes =
        std::make_shared<std::vector<host_route>>(std::vector<host_route>{{{0x0A000000}, 8, by_prefix},
                                                                          {far, 32, by_host},
                                                                          {here, 32, by_host},
                                                                          {{0x0A030000}, 16, {}},
                                                                          {{0xC0000000}, 8, by_prefix}});
    lan.a.configure(ip_a, 24, ip_gateway, routes);
    const auto udp = lan.a.open_udp(0);
    std::vector<std::uint32_t> asked;
    for (const auto to : {far, farther, elsewhere, here, on_link, ip_b}) {
        wire.clear();
        udp->send({to, 9}, pattern(1));
        lan.run_for(1ms);
        for (const auto& f : wire) {
            if (f.size() < 42 || f[12] != 8 || f[13] != 6 || f[21] != 1) continue;
            asked.push_back(std::uint32_t{f[38]} << 24 | f[39] << 16 | f[40] << 8 | f[41]);
        }
    }
    EXPECT_EQ(asked,
              (std::vector<std::uint32_t>{by_host.value, by_prefix.value, ip_gateway.value, on_link.value, ip_b.value}))
        << "the last but two by one that is known already, and its own subnet before a wider route";
    lan.a.configure(ip_a, 24, ip_gateway);
    wire.clear();
    udp->send({far, 9}, pattern(1));
    lan.run_for(1ms);
    ASSERT_FALSE(wire.empty());
    EXPECT_EQ(wire[0][41], ip_gateway.value & 0xFF) << "routes go with their configuration";
}

TEST_F(host, when_power_goes_within_a_handler_then_nothing_breaks) {
    const auto udp = lan.a.open_udp(4000);
    int heard = 0;
    udp->on_data = [&](endpoint, byte_view) {
        ++heard;
        lan.a.power_off();
    };
    const auto b = lan.b.open_udp(0);
    b->send({ip_a, 4000}, pattern(3));
    lan.run_for(50ms);
    EXPECT_EQ(heard, 1);

    lan.a.power_on();
    lan.a.configure(ip_a, 24, ip_gateway);
    watcher server;
    lan.a.listen(80, [&](tcp_stream_ptr s) {
        server.watch(std::move(s));
        server.stream->on_data = [&](byte_view) { lan.a.power_off(); };
    });
    watcher client(lan.b.connect({ip_a, 80}));
    client.stream->send(pattern(100));
    lan.run_for(5s);
    EXPECT_FALSE(lan.a.powered());
    EXPECT_EQ(server.closed, 0);
    lan.a.power_on();
    lan.a.on_frame([&](const frame&) { lan.a.power_off(); });
    b->send({broadcast_address, 1}, pattern(3));
    lan.run_for(5s);
    EXPECT_FALSE(lan.a.powered());
}

TEST(host_pool, when_hosts_come_and_go_a_thousand_times_then_nothing_grows) {
    two_hosts lan;
    const auto server = lan.b.open_udp(9);
    lan.b.listen(80,
                 [](tcp_stream_ptr s) { s->on_data = [s](byte_view d) { s->send(sim::to_bytes(d)), s->close(); }; });
    std::size_t bound = 0;
    for (int i = 0; i < 1000; ++i) {
        lan.a.power_off();
        lan.a.power_on();
        lan.a.configure({ip_a.value + static_cast<std::uint32_t>(i % 50) * 2}, 24, ip_gateway);
        lan.a.listen(81, [](tcp_stream_ptr) {});
        const auto udp = lan.a.open_udp(0);
        udp->send({ip_b, 9}, pattern(30));
        watcher client(lan.a.connect({ip_b, 80}));
        client.stream->send(pattern(100));
        lan.run_for(i % 3 == 0 ? 5ms : 30ms);
        EXPECT_LE(lan.a.tcp_endpoints(), 2u);
        bound = std::max(bound, lan.b.tcp_endpoints());
    }
    EXPECT_LE(lan.pool.created(), 3u);
    lan.run_for(600s);
    EXPECT_EQ(lan.b.tcp_endpoints(), 1u);
    lan.a.power_off();
    lan.b.power_off();
    lan.run_for(0s);
    EXPECT_EQ(lan.pool.lent(), 0u);
}

namespace {

std::uint64_t run_of(std::uint64_t seed, bool another_life_first = false) {
    two_hosts lan(seed);
    if (another_life_first) {
        // A third host uses and returns a node that `a` will get: its octets must not show it.
        cable_end end(lan.s.kernel());
        device_host c(lan.s, lan.pool, lan.s.journal().declare("lan/c", "base"), {{2, 0, 0, 0, 0, 12}}, end);
        c.power_on();
        c.configure({0x0A000001}, 8, {0x0A000002});
        for (int i = 0; i < 5; ++i) c.open_udp(0)->send({{0x0A000003}, 1}, pattern(5000));
        const auto stream = c.connect({{0x0A000003}, 1});
        lan.run_for(500ms);
        c.power_off();
        lan.run_for(500ms);
    } else {
        lan.run_for(1s);
    }
    lan.a.power_off();
    lan.run_for(1ms);
    lan.a.power_on();
    lan.a.configure(ip_a, 24, ip_gateway);
    watcher server, client;
    lan.b.listen(80, [&](tcp_stream_ptr s) { server.watch(std::move(s)); });
    client.watch(lan.a.connect({ip_b, 80}));
    client.stream->send(pattern(30'000));
    const auto udp = lan.a.open_udp(0);
    udp->send({ip_b, 4}, pattern(5000));
    lan.run_for(1s);
    client.stream->close();
    lan.run_for(1s);
    EXPECT_EQ(server.received, pattern(30'000));
    return lan.digest.value();
}

}  // namespace

TEST(determinism, when_the_seed_is_the_same_then_so_is_every_octet_on_the_wire) {
    const auto once = run_of(7);
    EXPECT_EQ(once, run_of(7));
    EXPECT_NE(once, run_of(8));
    EXPECT_EQ(once, run_of(7, true));
}

TEST(determinism, when_hosts_have_worked_then_no_ns3_object_has_drawn_from_an_automatic_stream) {
    const auto before = ns3::RngSeedManager::GetNextStreamIndex();
    run_of(1, true);
    {
        sim::simulation s(1);
        host_pool pool(s);
        server_farm farm(s, pool, s.journal().declare("server", "server"), ip_server, [](const datagram&) {});
        farm.listen(80, [](tcp_stream_ptr) {});
        const auto stream = farm.connect({ip_a, 1});
        s.kernel().run_until(s.now() + 10s);
    }
    EXPECT_EQ(ns3::RngSeedManager::GetNextStreamIndex(), before + 1);
}

TEST(fragments, when_parts_come_in_any_order_then_the_whole_is_the_same) {
    const auto whole = encode_udp({ip_a, 1}, {ip_b, 2}, pattern(5000), 77).assume_value();
    auto parts = split_datagram(whole, 576);
    EXPECT_EQ(parts.size(), 10u);
    for (int rotation = 0; rotation < 10; ++rotation) {
        std::rotate(parts.begin(), parts.begin() + 3, parts.end());
        reassembly r;
        std::optional<bytes> got;
        for (const auto& p : parts) {
            EXPECT_FALSE(got);
            EXPECT_FALSE(refuse_datagram(p));
            got = r.add(decode_ipv4(p).assume_value(), {});
        }
        ASSERT_TRUE(got);
        EXPECT_EQ(r.pending(), 0u);
        const auto ip = decode_ipv4(*got).assume_value();
        EXPECT_EQ(sim::to_bytes(decode_udp(ip.payload).assume_value().data), pattern(5000));
        EXPECT_FALSE(wrong_checksum(*got));
    }
}

TEST(fragments, when_parts_overlap_or_are_too_old_or_too_many_then_nothing_comes_of_them) {
    const auto parts = split_datagram(encode_udp({ip_a, 1}, {ip_b, 2}, pattern(3000), 77).assume_value(), 1500);
    const auto packet = [&](std::size_t i) { return decode_ipv4(parts[i]).assume_value(); };
    reassembly r;
    EXPECT_FALSE(r.add(packet(0), {}));
    auto overlapping = packet(1);
    overlapping.fragment_offset -= 8;
    EXPECT_FALSE(r.add(overlapping, {}));
    EXPECT_EQ(r.pending(), 0u);
    EXPECT_FALSE(r.add(packet(0), sim::time_point{}));
    EXPECT_FALSE(r.add(packet(1), sim::time_point{reassembly::timeout}));
    EXPECT_FALSE(r.add(packet(2), sim::time_point{reassembly::timeout + 1ms}));
    for (std::uint16_t id = 0; id < 100; ++id) {
        auto other = packet(0);
        other.identification = id;
        EXPECT_FALSE(r.add(other, sim::time_point{60s}));
        EXPECT_LE(r.pending(), reassembly::datagrams_max);
    }
}
