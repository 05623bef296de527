#include "models/network/link/lan_switch.h"
#include "models/network/link/lldp.h"
#include "models/network/link/vlan_tag.h"
#include "tests/models/network/link/links_fixture.h"

namespace dectbed::models::network {

namespace {

using namespace std::chrono_literals;

managed_switch_parameters managed() {
    managed_switch_parameters p;
    p.uplink.access_vlan = 20;
    p.lldp = true;
    p.mac = mac(99);
    p.system_name = "cupboard";
    return p;
}

/// Device 0 is the router, in VLAN 20; the others have access VLAN 1 and voice VLAN 20 unless told otherwise.
struct managed_lan : world {
    explicit managed_lan(std::size_t n, managed_switch_parameters p = managed(), lan_port_settings port = usual())
        : hub(s, s.journal().declare("lan/switch", "switch"), with(p)) {
        for (std::size_t i = 0; i < n; ++i) {
            ports.push_back(&hub.add_port(s.journal().declare("lan/device[" + std::to_string(i) + "]", "base")));
            if (i > 0) hub.set_up_port(*ports.back(), port);
            got.push_back(std::make_unique<catcher>(s));
            ports.back()->connect(got.back()->sink());
        }
    }
    static lan_port_settings usual() {
        lan_port_settings port;
        port.voice_vlan = 20;
        return port;
    }
    static lan_switch_parameters with(managed_switch_parameters p) {
        lan_switch_parameters all;
        all.managed = std::make_shared<const managed_switch_parameters>(std::move(p));
        return all;
    }
    void all_up() {
        for (auto* p : ports) p->set_device_up(true);
        run_for(1ms);
    }
    void send(std::size_t from, const mac_address& to, std::uint16_t vlan = 0) {
        auto f = encode_ethernet(to, mac(from), 0x88B5, sim::bytes(46, 7)).value();
        ports[from]->transmit(make_wire(vlan ? with_tag(f, {vlan, 5, false}) : f));
        run_for(1ms);
    }
    void announce(std::size_t from) {
        lldpdu pdu;
        pdu.chassis = mac(from);
        pdu.port = "1";
        pdu.med = med_device::endpoint_communication;
        ports[from]->transmit(
            make_wire(encode_ethernet(lldp_group, mac(from), ether_type_lldp, encode_lldp(pdu).value()).value()));
        run_for(1ms);
    }
    std::vector<std::size_t> counts() const {
        std::vector<std::size_t> n;
        for (const auto& c : got) n.push_back(c->got.size());
        return n;
    }
    std::vector<std::string> states(const std::string& device) {
        std::vector<std::string> found;
        for (const auto& e : entries)
            if (const auto* r = std::get_if<sim::record::switch_port_changed>(&e.what))
                if (s.journal().path_of(r->device) == device) found.push_back(r->state);
        return found;
    }
    lan_switch hub;
    std::vector<ethernet_port*> ports;
    std::vector<std::unique_ptr<catcher>> got;
};

using counted = std::vector<std::size_t>;

}  // namespace

TEST(vlan_tag, golden_octets_both_ways) {
    const auto plain = hex("ffffffffffff 021b2c000001 0806 0102");
    const auto tagged = hex("ffffffffffff 021b2c000001 8100 b014 0806 0102");
    EXPECT_EQ(with_tag(plain, {20, 5, true}), tagged);
    EXPECT_EQ(without_tag(tagged), plain);
    const auto tag = tag_of(tagged);
    ASSERT_TRUE(tag);
    EXPECT_EQ(tag->vlan, 20);
    EXPECT_EQ(tag->priority, 5);
    EXPECT_TRUE(tag->drop_eligible);
    EXPECT_FALSE(tag_of(plain));
    for (std::size_t n = 0; n < 18; ++n) EXPECT_FALSE(tag_of(sim::byte_view(tagged).first(n))) << n;
}

TEST(managed_switch, frames_stay_in_their_vlan) {
    managed_lan l(4);
    l.all_up();
    l.send(1, broadcast_mac);  // untagged: VLAN 1, the router is in 20
    EXPECT_EQ(l.counts(), (counted{0, 0, 1, 1}));
    l.send(0, broadcast_mac);  // the router's: VLAN 20, tagged for the others
    EXPECT_EQ(l.counts(), (counted{0, 1, 2, 2}));
    ASSERT_TRUE(tag_of(l.got[1]->last()));
    EXPECT_EQ(tag_of(l.got[1]->last())->vlan, 20);
    l.send(1, mac(0), 20);  // tagged in, untagged to the router
    EXPECT_EQ(l.counts(), (counted{1, 1, 2, 2}));
    EXPECT_FALSE(tag_of(l.got[0]->last()));
    l.send(0, mac(1));  // learned in VLAN 20
    EXPECT_EQ(l.counts(), (counted{1, 2, 2, 2}));
    EXPECT_TRUE(tag_of(l.got[1]->last()));
}

TEST(managed_switch, an_address_is_learned_for_its_vlan_only) {
    managed_lan l(3);
    l.all_up();
    l.send(1, broadcast_mac, 20);
    const auto before = l.counts();
    l.send(2, mac(1));  // in VLAN 1 it is unknown: flooded there
    EXPECT_EQ(l.counts(), (counted{before[0], before[1] + 1, before[2]}));
    EXPECT_EQ(l.hub.frames_forwarded(), 0u);
}

TEST(managed_switch, a_tag_of_a_foreign_vlan_is_dropped_and_a_priority_tag_is_none) {
    managed_lan l(3);
    l.all_up();
    l.send(1, broadcast_mac, 77);
    EXPECT_EQ(l.counts(), (counted{0, 0, 0}));
    EXPECT_EQ(l.drops(), std::vector<std::string>{"port is no member of VLAN 77"});
    auto f = encode_ethernet(broadcast_mac, mac(1), 0x88B5, sim::bytes(46, 7)).value();
    l.ports[1]->transmit(make_wire(with_tag(f, {0, 6, false})));
    l.run_for(1ms);
    EXPECT_EQ(l.counts(), (counted{0, 0, 1}));
}

TEST(managed_switch, spanning_tree_listens_and_learns_for_the_forward_delay_each) {
    auto p = managed();
    p.spanning_tree = true;
    auto port = managed_lan::usual();
    port.edge = false;
    managed_lan l(3, p, port);
    l.all_up();
    EXPECT_EQ(l.states("lan/device[0]"), std::vector<std::string>{"forwarding"}) << "the uplink is an edge port";
    l.send(1, broadcast_mac);
    EXPECT_EQ(l.drops(), std::vector<std::string>{"spanning tree: listening"});
    l.run_for(15s - 2ms - 1ns);
    EXPECT_EQ(l.states("lan/device[1]"), std::vector<std::string>{"listening"});
    l.run_for(1ns);
    EXPECT_EQ(l.states("lan/device[1]"), (std::vector<std::string>{"listening", "learning"}));
    l.run_for(15s);
    EXPECT_EQ(l.states("lan/device[1]"), (std::vector<std::string>{"listening", "learning", "forwarding"}));
    l.send(1, broadcast_mac);
    EXPECT_EQ(l.counts(), (counted{0, 0, 1}));
}

TEST(managed_switch, closed_and_unauthorised_ports_pass_nothing) {
    managed_lan l(3);
    l.all_up();
    l.arm("lan/switch", "close_port", {{"device", "lan/device[1]"}}, 0s, 10s);
    l.arm("lan/switch", "close_port", {{"device", "lan/device[2]"}, {"reason", "unauthorised"}}, 0s, 10s);
    l.run_for(1s);
    EXPECT_FALSE(l.ports[1]->link_up());
    EXPECT_TRUE(l.ports[2]->link_up());
    l.send(2, broadcast_mac);
    l.send(0, broadcast_mac);
    EXPECT_EQ(l.counts(), (counted{0, 0, 0}));
    EXPECT_EQ(l.states("lan/device[2]").back(), "unauthorised");
    EXPECT_EQ(l.states("lan/device[1]").back(), "closed");
    l.run_for(10s);
    EXPECT_TRUE(l.ports[1]->link_up());
    l.send(0, broadcast_mac);
    EXPECT_EQ(l.counts(), (counted{0, 1, 1}));
}

TEST(managed_switch, lldp_goes_to_those_who_listen_and_med_to_those_who_speak_it) {
    managed_lan l(3);
    flood_filter nothing;
    nothing.everything = false;
    for (std::size_t i : {1u, 2u}) l.ports[i]->filter_floods(nothing);
    l.all_up();
    l.run_for(100s);
    EXPECT_EQ(l.counts(), (counted{0, 0, 0})) << "nobody listens, nothing is sent";
    l.announce(1);
    EXPECT_EQ(l.counts(), (counted{0, 1, 0})) << "and LLDP is never passed on";
    const auto pdu = decode_lldp(inside(l.got[1]->last()));
    ASSERT_TRUE(pdu) << pdu.error().reason;
    EXPECT_EQ(pdu.value().system_name, "cupboard");
    EXPECT_EQ(pdu.value().port_vlan, 1);
    EXPECT_EQ(pdu.value().ttl_s, 121);
    ASSERT_TRUE(pdu.value().policy);
    EXPECT_EQ(pdu.value().policy->vlan, 20);
    l.run_for(30s);
    EXPECT_EQ(l.counts(), (counted{0, 2, 0}));
    flood_filter listener = nothing;
    listener.discovery = true;
    l.ports[2]->filter_floods(listener);
    l.run_for(1s);
    EXPECT_EQ(l.counts(), (counted{0, 2, 1}));
    EXPECT_FALSE(decode_lldp(inside(l.got[2]->last())).value().policy) << "it has not said that it is an endpoint";
}

TEST(managed_switch, a_power_cut_takes_every_link_down) {
    managed_lan l(2);
    l.all_up();
    l.arm("lan/switch", "power_cut", {}, 0s, 5s);
    l.run_for(1s);
    EXPECT_FALSE(l.ports[1]->link_up());
    l.run_for(5s);
    EXPECT_TRUE(l.ports[1]->link_up());
}

// --- LLDP ---------------------------------------------------------------------------------------------------

namespace {

const char* const golden_pdu =
    "0207 04 021b2f000001 0402 07 33 0602 0079 0a06 737769746368 fe06 0080c2 01 0001 fe07 0012bb 01 0003 04"
    "fe08 0012bb 02 01 40296e 0000";

}  // namespace

TEST(lldp, golden_octets_both_ways) {
    lldpdu p;
    p.chassis = mac_address::from_number(0x021B2F000001);
    p.port = "3";
    p.ttl_s = 121;
    p.system_name = "switch";
    p.port_vlan = 1;
    p.med = med_device::network_connectivity;
    p.policy = med_policy{1, false, true, 20, 5, 46};
    EXPECT_EQ(encode_lldp(p).value(), hex(golden_pdu));
    const auto back = decode_lldp(hex(golden_pdu));
    ASSERT_TRUE(back) << back.error().reason;
    EXPECT_EQ(encode_lldp(back.value()).value(), hex(golden_pdu));
}

TEST(lldp, every_truncation_and_what_is_out_of_order_is_refused) {
    const auto whole = hex(golden_pdu);
    for (std::size_t n = 0; n < whole.size(); ++n) EXPECT_FALSE(decode_lldp(sim::byte_view(whole).first(n))) << n;
    for (const char* bad :
         {"0402 0733 0207 04021b2f000001 0602 0079 0000", "0207 04021b2f000001 0402 0733 0601 00 0000",
          "0207 04021b2f000001 0402 0733 0602 0079 0602 0079 0000", "0206 04021b2f0000 0402 0733 0602 0079 0000",
          "0207 04021b2f000001 0402 0733 0602 0079 fe06 0012bb 02 0140 0000",
          "0207 04021b2f000001 0402 0733 0602 0079 fe03 0012bb 0000"})
        EXPECT_FALSE(decode_lldp(hex(bad))) << bad;
}

TEST(lldp, what_does_not_fit_is_not_encoded) {
    lldpdu p;
    EXPECT_FALSE(encode_lldp(p)) << "no port ID";
    p.port = "1";
    EXPECT_TRUE(encode_lldp(p));
    p.policy = med_policy{};
    EXPECT_FALSE(encode_lldp(p)) << "a policy without MED";
    p.med = med_device::network_connectivity;
    p.policy->vlan = 4096;
    EXPECT_FALSE(encode_lldp(p));
    p.policy->vlan = 4094;
    EXPECT_TRUE(encode_lldp(p));
    p.system_name.assign(256, 'x');
    EXPECT_FALSE(encode_lldp(p));
}

}  // namespace dectbed::models::network
