#include "models/network/link/lan_switch.h"

#include "tests/models/network/link/links_fixture.h"

namespace dectbed::models::network {

namespace {

using namespace std::chrono_literals;

/// A switch with devices "lan/device[i]", MAC mac(i), all on.
struct lan : world {
    explicit lan(std::size_t n, lan_switch_parameters p = {})
        : site(s.journal().declare("lan", "site")), hub(s, s.journal().declare("lan/switch", "switch"), p) {
        for (std::size_t i = 0; i < n; ++i) {
            devices.push_back(s.journal().declare("lan/device[" + std::to_string(i) + "]", "base"));
            ports.push_back(&hub.add_port(devices.back()));
            got.push_back(std::make_unique<catcher>(s));
            ports.back()->connect(got.back()->sink());
            ports.back()->set_device_up(true);
        }
    }
    void send(std::size_t from, const mac_address& to, std::size_t octets = 60) {
        sim::bytes payload(octets - ethernet_header_octets);
        payload[0] = serial++;
        ports[from]->transmit(framed(to, mac(from), payload, 0x88B5));
    }
    std::vector<std::size_t> counts() const {
        std::vector<std::size_t> n;
        for (const auto& c : got) n.push_back(c->got.size());
        return n;
    }
    sim::entity_id site;
    lan_switch hub;
    std::vector<sim::entity_id> devices;
    std::vector<ethernet_port*> ports;
    std::vector<std::unique_ptr<catcher>> got;
    std::uint8_t serial = 0;
};

using counted = std::vector<std::size_t>;

}  // namespace

TEST(lan_switch, unknown_destinations_are_flooded_and_learned_ones_are_not) {
    lan l(4);
    l.send(0, mac(2));
    l.run_for(1ms);
    EXPECT_EQ(l.counts(), (counted{0, 1, 1, 1}));
    l.send(2, mac(0));
    l.run_for(1ms);
    EXPECT_EQ(l.counts(), (counted{1, 1, 1, 1}));
    l.send(0, mac(2));
    l.run_for(1ms);
    EXPECT_EQ(l.counts(), (counted{1, 1, 2, 1}));
    l.send(1, broadcast_mac);
    l.send(1, mac_address{{0x01, 0, 0x5E, 0, 0, 1}});
    l.run_for(1ms);
    EXPECT_EQ(l.counts(), (counted{3, 1, 4, 3}));
    EXPECT_EQ(l.hub.frames_flooded(), 3u);
    EXPECT_EQ(l.hub.frames_forwarded(), 2u);
}

TEST(lan_switch, an_address_that_moves_is_found_at_its_new_port) {
    lan l(3);
    l.send(0, broadcast_mac);
    l.run_for(1ms);
    l.ports[1]->transmit(framed(broadcast_mac, mac(0), sim::bytes(46), 0x88B5));
    l.run_for(1ms);
    const auto before = l.counts();
    l.send(2, mac(0));
    l.run_for(1ms);
    EXPECT_EQ(l.counts(), (counted{before[0], before[1] + 1, before[2]}));
}

TEST(lan_switch, addresses_age_after_300_s_and_not_before) {
    lan l(3);
    l.send(0, mac(9));
    l.run_for(300s);
    l.send(1, mac(0), 60);  // enters 300 s after the address was seen
    l.run_for(1ms);
    EXPECT_EQ(l.got[2]->got.size(), 1u) << "only the first frame was flooded";
    l.run_for(1s);
    l.send(1, mac(0));
    l.run_for(1ms);
    EXPECT_EQ(l.got[2]->got.size(), 2u);
}

// 60 octets: 8 + 60 + 4 octets to the last bit = 72 * 8 * 10 ns = 5.76 us; 84 octets occupy 6.72 us.
TEST(lan_switch, arrival_times_are_exact_to_the_picosecond) {
    lan l(2);
    l.send(1, mac(0));
    l.run_for(1s);
    ASSERT_EQ(l.got[0]->at.size(), 1u);
    EXPECT_EQ(l.got[0]->at[0].time_since_epoch(), 5760ns + 5us + 5760ns);

    const auto start = l.s.now();
    l.send(0, mac(1), 60);
    l.send(0, mac(1), 1514);
    l.send(0, mac(1), 60);
    l.send(0, mac(1), 20);  // padded to the minimum on the wire
    l.run_for(1s);
    ASSERT_EQ(l.got[1]->at.size(), 4u);
    const auto bits = [](std::int64_t octets) { return octets * 80ns; };
    const auto at = [&](std::size_t i) { return l.got[1]->at[i] - start; };
    EXPECT_EQ(at(0), bits(72) + 5us + bits(72));
    // The long frame is all in after 84 + 1526 octet times and then leaves an idle egress.
    EXPECT_EQ(at(1), bits(84) + bits(1526) + 5us + bits(1526));
    // The short ones wait behind it: its 1538 octet times, gap included.
    const auto egress_free = bits(84) + bits(1526) + 5us + bits(1538);
    EXPECT_EQ(at(2), egress_free + bits(72));
    EXPECT_EQ(at(3), egress_free + bits(84) + bits(72));
    EXPECT_EQ(l.got[1]->got[3]->size(), 20u) << "padding is the wire's affair";
}

TEST(lan_switch, frames_of_many_senders_leave_one_port_in_order_of_entry) {
    lan l(11);
    l.send(0, broadcast_mac);
    l.run_for(1ms);
    const auto start = l.s.now();
    for (std::size_t round = 0; round < 5; ++round)
        for (std::size_t i = 1; i < 11; ++i) l.send(i, mac(0), 1000);
    l.run_for(1s);
    ASSERT_EQ(l.got[0]->got.size(), 50u);
    for (std::size_t i = 0; i < 50; ++i) {
        EXPECT_EQ((*l.got[0]->got[i])[11], 1 + i % 10);
        EXPECT_EQ(l.got[0]->at[i] - start, 80ns * 1012 + 5us + static_cast<int>(i) * 80ns * 1024 + 80ns * 1012);
    }
}

TEST(lan_switch, a_full_egress_queue_drops_the_newest) {
    lan_switch_parameters p;
    p.egress_queue_octets = 3000;
    lan l(5, p);
    l.send(0, broadcast_mac);
    l.run_for(1ms);
    for (std::size_t i = 1; i < 5; ++i)
        for (int k = 0; k < 2; ++k) l.send(i, mac(0), 1000);
    l.run_for(1s);
    // Four frames enter at once: one is being sent, three wait (3000 octets). One leaves, before the next four.
    EXPECT_EQ(l.got[0]->got.size(), 5u);
    EXPECT_EQ(l.drops(), std::vector<std::string>(3, "egress queue full"));
}

TEST(lan_switch, slower_ports_get_their_own_pace) {
    lan l(2);
    const auto slow = l.s.journal().declare("lan/slow", "base");
    auto& port = l.hub.add_port(slow, {}, sim::bit_rate{10'000'000});
    catcher got(l.s);
    port.connect(got.sink());
    port.set_device_up(true);
    l.send(0, broadcast_mac);
    l.run_for(1s);
    ASSERT_EQ(got.at.size(), 1u);
    EXPECT_EQ(got.at[0].time_since_epoch(), 5760ns + 5us + 57600ns);
    EXPECT_EQ(l.got[1]->at[0].time_since_epoch(), 5760ns + 5us + 5760ns);
}

TEST(lan_switch, a_link_needs_both_ends_and_loses_what_is_under_way) {
    lan l(2);
    l.send(1, mac(0));
    l.run_for(1ms);
    std::vector<bool> seen;
    l.ports[0]->on_link_change([&](bool up) { seen.push_back(up); });
    EXPECT_TRUE(l.ports[0]->link_up());
    l.send(0, mac(1));
    l.run_for(6us);  // in the switch now
    l.ports[1]->set_device_up(false);
    l.ports[1]->set_device_up(true);
    l.run_for(1ms);
    EXPECT_EQ(l.got[1]->got.size(), 1u) << "it entered before the link came back, and was flooded to the new one";
    l.send(0, mac(1));
    l.run_for(12us);  // leaving the switch
    l.ports[1]->set_device_up(false);
    l.run_for(1ms);
    EXPECT_EQ(l.got[1]->got.size(), 1u);
    l.send(1, mac(0));
    EXPECT_EQ(l.drops(), std::vector<std::string>{"link down"});
    l.hub.set_power(false);
    EXPECT_FALSE(l.ports[0]->link_up());
    l.hub.set_power(true);
    EXPECT_TRUE(l.ports[0]->link_up());
    EXPECT_FALSE(l.ports[1]->link_up());
    EXPECT_EQ(seen, (std::vector<bool>{false, true}));
}

TEST(lan_switch, the_fault_link_down_unplugs_one_device) {
    lan l(3);
    l.arm("lan/device[1]", "link_down", {}, 1s, 2s);
    l.run_for(1500ms);
    EXPECT_FALSE(l.ports[1]->link_up());
    EXPECT_TRUE(l.ports[2]->link_up());
    l.send(0, broadcast_mac);
    l.run_for(500ms);
    EXPECT_EQ(l.counts(), (counted{0, 0, 1}));
    l.run_for(2s);
    EXPECT_TRUE(l.ports[1]->link_up());
    std::vector<std::string> causes;
    for (const auto& r : l.all<sim::record::link_changed>()) causes.push_back(r.cause);
    EXPECT_EQ(causes,
              (std::vector<std::string>{"device on", "device on", "device on", "cable unplugged", "cable plugged in"}));
}

TEST(lan_switch, negotiation_takes_its_time_and_starts_again_when_interrupted) {
    lan_switch_parameters p;
    p.negotiation = 2s;
    lan l(1, p);
    l.run_for(1s);
    l.ports[0]->set_device_up(false);
    l.ports[0]->set_device_up(true);
    l.run_for(1999ms);
    EXPECT_FALSE(l.ports[0]->link_up());
    l.run_for(1ms);
    EXPECT_TRUE(l.ports[0]->link_up());
}

TEST(lan_switch, a_broadcast_on_200_ports_is_two_events) {
    lan l(200);
    l.send(0, broadcast_mac);
    const auto before = l.s.kernel().executed_events();
    l.run_for(1ms);
    EXPECT_LE(l.s.kernel().executed_events() - before, 2u + 2) << "two, and the end of the span";
    for (std::size_t i = 1; i < 200; ++i) EXPECT_EQ(l.got[i]->got.size(), 1u);
}

TEST(lan_switch, unicast_costs_the_same_on_any_number_of_ports) {
    lan l(500);
    l.send(499, broadcast_mac);
    l.run_for(1ms);
    const auto before = l.s.kernel().executed_events();
    for (int i = 0; i < 100; ++i) l.send(0, mac(499));
    l.run_for(100ms);
    EXPECT_LE(l.s.kernel().executed_events() - before, 100u * 2 + 2) << "two each, and the end of the span";
    EXPECT_EQ(l.got[499]->got.size(), 100u);
}

TEST(lan_switch, taps_see_a_cable_both_ways_or_the_whole_switch_once) {
    lan l(3);
    catcher cable(l.s), whole(l.s);
    l.hub.capture(*l.ports[0], cable.sink());
    l.hub.capture(whole.sink());
    l.send(0, broadcast_mac);
    l.send(1, mac(0));
    l.send(2, mac(1));
    l.run_for(1ms);
    EXPECT_EQ(cable.got.size(), 2u) << "its own and the answer, not what the others exchange";
    EXPECT_EQ(whole.got.size(), 3u);
}

namespace {

flood_filter only(std::size_t i, ipv4_address address, std::vector<std::uint16_t> ports) {
    return {false, mac(i), address, std::move(ports)};
}

}  // namespace

TEST(lan_switch, floods_reach_those_who_could_make_anything_of_them) {
    lan l(5);
    const auto address = [](std::size_t i) {
        return ipv4_address{ip("10.0.0.1").value + static_cast<std::uint32_t>(i)};
    };
    for (std::size_t i = 1; i < 4; ++i) l.ports[i]->filter_floods(only(i, address(i), {}));
    l.ports[2]->filter_floods(only(2, address(2), {68}));
    counted expected(5);
    const auto send = [&](const frame& f, const std::vector<std::size_t>& to) {
        l.ports[0]->transmit(f);
        l.run_for(1ms);
        for (const std::size_t i : to) ++expected[i];
        EXPECT_EQ(l.counts(), expected);
    };
    const auto udp_to = [&](std::uint16_t port) {
        return framed(broadcast_mac, mac(0),
                      encode_udp({address(0), 67}, {broadcast_address, port}, sim::bytes(20, 1)).value());
    };
    send(arp(arp_request, mac(0), address(0), address(3)), {3, 4});
    send(arp(arp_request, mac(0), address(1), address(3)), {1, 3, 4});  // somebody else has its address
    send(arp(arp_request, mac(0), address(0), address(9)), {4});
    send(udp_to(68), {2, 4});
    send(udp_to(69), {4});
    send(framed(mac(3), mac(0), sim::bytes(46), 0x88B5), {3, 4});  // not learned yet
    // What no filter speaks of goes everywhere: other types, gratuitous ARP, broken frames.
    send(framed(broadcast_mac, mac(0), sim::bytes(46), 0x88B5), {1, 2, 3, 4});
    send(arp(arp_request, mac(0), address(0), address(0)), {1, 2, 3, 4});
    auto broken = sim::bytes(*udp_to(68));
    broken[30] ^= 1U;
    send(make_wire(broken), {1, 2, 3, 4});
    // Filters change with what the device does.
    l.ports[2]->filter_floods(only(2, address(2), {}));
    l.ports[3]->filter_floods({});
    send(udp_to(68), {3, 4});
}

TEST(lan_switch, a_flood_that_is_passed_over_keeps_its_place_in_the_queue) {
    // The same frames with and without filters: what arrives, arrives at the same instants.
    std::vector<std::vector<sim::time_point>> arrivals;
    std::vector<std::size_t> drops;
    for (const bool filtered : {false, true}) {
        lan_switch_parameters p;
        p.egress_queue_octets = 6000;
        lan l(4, p);
        l.send(1, broadcast_mac);
        l.run_for(1ms);
        if (filtered)
            for (std::size_t i = 1; i < 4; ++i) l.ports[i]->filter_floods(only(i, {}, {}));
        sim::random_stream draw(5, "lan", "test");
        const auto before = l.got[1]->got.size();
        std::vector<sim::time_point> unicast;
        for (int i = 0; i < 400; ++i) {
            if (draw.chance(0.4))
                l.ports[2]->transmit(
                    framed(broadcast_mac, mac(2),
                           encode_udp({ip("10.0.0.2"), 5}, {broadcast_address, 6}, sim::bytes(700, 1)).value()));
            else
                l.send(draw.chance(0.5) ? 0 : 3, mac(1), 900);
            l.run_for(sim::duration{static_cast<std::int64_t>(draw.below(90'000'000))});
        }
        l.run_for(10ms);
        for (std::size_t i = before; i < l.got[1]->got.size(); ++i)
            if (((*l.got[1]->got[i])[0] & 1) == 0) unicast.push_back(l.got[1]->at[i]);
        arrivals.push_back(unicast);
        drops.push_back(l.drops().size());
    }
    EXPECT_GT(arrivals[0].size(), 100u);
    EXPECT_EQ(arrivals[0], arrivals[1]);
    EXPECT_EQ(drops[0], drops[1]);
}

}  // namespace dectbed::models::network
