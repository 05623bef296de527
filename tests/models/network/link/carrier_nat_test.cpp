#include "models/network/link/carrier_nat.h"

#include <set>

#include "models/network/link/site_network.h"
#include "tests/models/network/link/links_fixture.h"

namespace dectbed::models::network {
namespace {

using namespace std::chrono_literals;

const endpoint server{{0xC6336435}, 80};
const ipv4_address first_outside{0xCB007171};  // 203.0.113.113

endpoint source_of(const sim::bytes& d) {
    sim::byte_reader address(sim::byte_view(d).subspan(12)), port(sim::byte_view(d).subspan(20));
    return {{address.u32()}, port.u16()};
}

struct provider : world {
    explicit provider(std::uint32_t ports_each = 1024, std::uint32_t addresses = 1)
        : net(s, s.journal().declare("internet", "internet")), far(s) {
        carrier_nat_parameters p;
        p.first = first_outside;
        p.addresses = addresses;
        p.ports_each = ports_each;
        p.nat.filtering = nat_behaviour::address_and_port_dependent;
        box = std::make_unique<carrier_nat>(s, s.journal().declare("internet/isp", "gateway"), p, net);
        to_net = net.attach(server.address, far.sink());
    }
    ipv4_address inside(std::uint32_t i) const { return {0x64400001 + i}; }
    void subscribe(std::uint32_t count) {
        for (std::uint32_t i = 0; i < count; ++i) {
            home.push_back(std::make_unique<catcher>(s));
            line.push_back(box->attach(inside(i), home.back()->sink()));
        }
    }
    internet net;
    catcher far;
    std::unique_ptr<carrier_nat> box;
    datagram_sink to_net;
    std::vector<std::unique_ptr<catcher>> home;
    std::vector<datagram_sink> line;
};

TEST(carrier_nat, each_site_has_a_block_of_its_own_and_is_found_again) {
    provider p;
    p.subscribe(5);
    std::set<std::uint16_t> ports;
    for (std::uint32_t i = 0; i < 5; ++i) {
        p.line[i](make_wire(udp({p.inside(i), 5060}, server, "hello")));
        p.run_for(100ms);
        ASSERT_EQ(p.far.got.size(), i + 1);
        EXPECT_TRUE(checksums_right(p.far.last()));
        const endpoint seen = source_of(p.far.last());
        EXPECT_EQ(seen.address, first_outside);
        EXPECT_GE(seen.port, 1024 + 1024 * i);
        EXPECT_LT(seen.port, 2048 + 1024 * i);
        p.to_net(make_wire(udp(server, seen, "back")));
        p.run_for(100ms);
        ASSERT_EQ(p.home[i]->got.size(), 1u);
        EXPECT_EQ(decode_ipv4(p.home[i]->last()).value().destination, p.inside(i));
    }
    EXPECT_EQ(p.all<sim::record::middlebox_action>().size(), 5u);
}

TEST(carrier_nat, a_site_that_sends_nothing_costs_nothing) {
    provider p(64, 4);
    p.subscribe(4000);
    EXPECT_EQ(p.box->translators(), 0u);
    p.line[3999](make_wire(udp({p.inside(3999), 5060}, server)));
    p.run_for(100ms);
    EXPECT_EQ(p.box->translators(), 1u);
    EXPECT_EQ(source_of(p.far.last()).address.value, first_outside.value + 3999 / 1008);
}

TEST(carrier_nat, blocks_are_limited_and_come_back) {
    provider p(32256);
    p.subscribe(2);
    EXPECT_THROW(p.box->attach(p.inside(7), [](const datagram&) {}), std::invalid_argument);
    EXPECT_THROW(p.box->attach(p.inside(1), [](const datagram&) {}), std::invalid_argument);
    p.box->detach(p.inside(0));
    const auto back = p.box->attach(p.inside(7), [](const datagram&) {});
    back(make_wire(udp({p.inside(7), 2000}, server)));
    p.run_for(100ms);
    EXPECT_EQ(source_of(p.far.last()), (endpoint{first_outside, 2000})) << "the block of who has left";
}

TEST(carrier_nat, a_block_that_is_used_up_refuses_and_the_neighbour_goes_on) {
    provider p(64);
    p.subscribe(2);
    for (std::uint16_t port = 5000; port < 5200; ++port) p.line[0](make_wire(udp({p.inside(0), port}, server)));
    p.run_for(100ms);
    EXPECT_EQ(p.far.got.size(), 64u);
    const auto drops = p.drops();
    EXPECT_EQ(std::count(drops.begin(), drops.end(), "no free outside port"), 136);
    p.line[1](make_wire(udp({p.inside(1), 5000}, server)));
    p.run_for(100ms);
    EXPECT_EQ(p.far.got.size(), 65u);
}

TEST(carrier_nat, neighbours_reach_one_another_by_their_outside_addresses_only) {
    provider p;
    p.subscribe(2);
    p.line[1](make_wire(udp({p.inside(1), 5000}, server)));
    p.run_for(100ms);
    const endpoint seen = source_of(p.far.last());
    p.line[0](make_wire(udp({p.inside(0), 6000}, seen)));
    p.run_for(100ms);
    EXPECT_TRUE(p.home[1]->got.empty()) << "filtered: nothing was sent there";
    p.line[0](make_wire(udp({p.inside(0), 6000}, {p.inside(1), 5000})));
    p.line[0](make_wire(udp({p.inside(1), 6000}, server)));  // a forged source
    p.run_for(100ms);
    EXPECT_TRUE(p.home[1]->got.empty());
    const auto drops = p.drops();
    EXPECT_EQ(std::count(drops.begin(), drops.end(), "source address is not the sender's"), 1);
}

TEST(carrier_nat, an_outage_forgets_translations) {
    provider p;
    p.subscribe(1);
    p.line[0](make_wire(udp({p.inside(0), 5000}, server)));
    p.run_for(100ms);
    const endpoint seen = source_of(p.far.last());
    p.arm("internet/isp", "outage", {}, 0s, 1s);
    p.run_for(2s);
    p.to_net(make_wire(udp(server, seen)));
    p.run_for(100ms);
    EXPECT_TRUE(p.home[0]->got.empty());
    p.line[0](make_wire(udp({p.inside(0), 5000}, server)));
    p.run_for(100ms);
    EXPECT_EQ(p.far.got.size(), 2u);
}

TEST(carrier_nat, senders_of_what_is_too_long_for_a_line_are_told_by_the_public_address) {
    provider p;
    p.subscribe(1);
    p.box->set_mtu(p.inside(0), 1400, true);
    p.line[0](make_wire(tcp({p.inside(0), 5000}, server, tcp_syn)));
    p.run_for(100ms);
    const endpoint seen = source_of(p.far.last());
    p.to_net(make_wire(tcp(server, seen, tcp_ack, std::string(1460, 'x'))));
    p.run_for(100ms);
    EXPECT_TRUE(p.home[0]->got.empty());
    ASSERT_EQ(p.far.got.size(), 2u);
    EXPECT_TRUE(checksums_right(p.far.last()));
    const auto d = decode_ipv4(p.far.last()).value();
    const auto icmp = decode_icmp(d.payload).value();
    EXPECT_EQ(d.source, first_outside);
    EXPECT_EQ(icmp.code, icmp_fragmentation_needed);
    EXPECT_EQ(icmp.rest, 1400u);
    EXPECT_EQ(sim::byte_reader(icmp.data.subspan(16)).u32(), first_outside.value) << "what the sender sent";
    EXPECT_EQ(sim::byte_reader(icmp.data.subspan(22)).u16(), seen.port);
}

TEST(carrier_nat, a_hundred_thousand_random_datagrams_do_no_harm) {
    provider p(64, 2);
    p.subscribe(20);
    sim::random_stream draws(4, "test", "hostile");
    for (int i = 0; i < 100'000; ++i) {
        const auto who = static_cast<std::uint32_t>(draws.below(20));
        const endpoint out{{first_outside.value + static_cast<std::uint32_t>(draws.below(3))},
                           static_cast<std::uint16_t>(draws.below(4000))};
        const endpoint in{p.inside(who), static_cast<std::uint16_t>(draws.below(300))};
        sim::bytes d;
        switch (draws.below(6)) {
            case 0:
                d = udp(in, draws.chance(0.3) ? out : server);
                break;
            case 1:
                d = tcp(in, server, static_cast<std::uint8_t>(draws.below(64)));
                break;
            case 2:
                d = echo(in.address, server.address, icmp_echo, in.port);
                break;
            case 3:
                d = udp(server, out);
                break;
            case 4:
                d = *make_icmp_error(server.address, icmp_unreachable, 4, udp(out, server), 1300);
                break;
            default:
                d = echo(server.address, out.address, icmp_echo_reply, out.port);
                break;
        }
        for (std::uint64_t n = draws.below(4); n > 0; --n)
            d[draws.below(d.size())] ^= static_cast<std::uint8_t>(1 + draws.below(255));
        if (draws.chance(0.5))
            p.line[who](make_wire(d));
        else
            p.to_net(make_wire(d));
        if (i % 16 == 0) p.run_for(1ms);
    }
    p.run_for(10min);  // until the ports are free again
    p.far.got.clear();
    p.line[3](make_wire(udp({p.inside(3), 7777}, server)));
    p.run_for(100ms);
    EXPECT_EQ(p.far.got.size(), 1u) << "and traffic goes on";
}

}  // namespace
}  // namespace dectbed::models::network
