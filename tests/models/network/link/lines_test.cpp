// Access line and Internet.
#include "models/network/link/access_line.h"
#include "models/network/link/internet.h"
#include "models/network/link/site_network.h"
#include "tests/models/network/link/links_fixture.h"

namespace dectbed::models::network {

namespace {

using namespace std::chrono_literals;

const endpoint site{{0x64400001}, 1}, far{{0xC6336435}, 80};

access_line_parameters slow() {
    access_line_parameters p;
    p.up.rate = {1'000'000};
    p.up.delay = sim::distribution::constant(0.010);
    p.up.queue_octets = 3000;
    p.down.rate = {8'000'000};
    p.down.delay = sim::distribution::constant(0.020);
    return p;
}
sim::bytes sized(endpoint from, endpoint to, std::size_t octets) {
    return udp(from, to, std::string(octets - 28, 'x'));
}

struct one_line : world {
    explicit one_line(access_line_parameters p = slow())
        : line(s, s.journal().declare("office/access_line", "access_line"), p), above(s), below(s) {
        line.connect_internet(above.sink());
        line.connect_site(below.sink());
    }
    access_line line;
    catcher above, below;
};

struct core : world {
    explicit core(internet_parameters p = {}) : net(s, s.journal().declare("internet", "internet"), p), a(s), b(s) {
        from_a = net.attach(site.address, a.sink());
        from_b = net.attach(far.address, b.sink());
    }
    internet net;
    catcher a, b;
    datagram_sink from_a, from_b;
};

}  // namespace

TEST(access_line, arrival_is_sending_time_and_delay_exactly) {
    one_line l;
    l.line.send_up(make_wire(sized(site, far, 1000)));
    l.line.send_up(make_wire(sized(site, far, 500)));
    l.line.send_down(make_wire(sized(far, site, 1000)));
    l.run_for(1s);
    ASSERT_EQ(l.above.at.size(), 2u);
    EXPECT_EQ(l.above.at[0].time_since_epoch(), 8ms + 10ms);
    EXPECT_EQ(l.above.at[1].time_since_epoch(), 12ms + 10ms);
    EXPECT_EQ(l.below.at[0].time_since_epoch(), 1ms + 20ms);
}

TEST(access_line, overhead_of_lower_layers_takes_its_time) {
    auto p = slow();
    p.up.overhead_octets = 25;
    one_line l(p);
    l.line.send_up(make_wire(sized(site, far, 100)));
    l.run_for(1s);
    EXPECT_EQ(l.above.at[0].time_since_epoch(), 1ms + 10ms);
}

TEST(access_line, a_full_queue_drops_what_comes_last) {
    one_line l;
    for (int i = 0; i < 6; ++i) l.line.send_up(make_wire(sized(site, far, 1000)));
    EXPECT_EQ(l.line.datagrams_dropped(), 2u) << "one is being sent, three wait";
    l.run_for(8ms);
    l.line.send_up(make_wire(sized(site, far, 1000)));
    l.line.send_up(make_wire(sized(site, far, 28)));
    l.run_for(1s);
    EXPECT_EQ(l.above.got.size(), 5u);
    EXPECT_EQ(l.drops(), std::vector<std::string>(3, "queue full"));
}

TEST(access_line, varying_delay_keeps_the_order) {
    auto p = slow();
    p.up.rate = {1'000'000'000};
    p.up.queue_octets = 1 << 20;
    p.up.delay = sim::distribution::exponential(0.05);
    one_line l(p);
    for (int i = 0; i < 500; ++i) {
        auto d = sized(site, far, 40);
        d[4] = static_cast<std::uint8_t>(i >> 8);
        d[5] = static_cast<std::uint8_t>(i);
        l.line.send_up(make_wire(d));
        l.run_for(1ms);
    }
    l.run_for(10s);
    ASSERT_EQ(l.above.got.size(), 500u);
    for (int i = 0; i < 500; ++i) EXPECT_EQ((*l.above.got[static_cast<std::size_t>(i)])[5], i & 0xFF);
}

TEST(access_line, loses_as_often_as_told_and_the_same_packets_each_time) {
    auto p = slow();
    p.up.rate = {1'000'000'000};
    p.up.loss = 0.1;
    std::vector<std::size_t> counts;
    for (int run = 0; run < 2; ++run) {
        one_line l(p);
        for (int i = 0; i < 10'000; ++i) {
            l.line.send_up(make_wire(sized(site, far, 40)));
            l.run_for(1us);
        }
        l.run_for(1s);
        counts.push_back(l.above.got.size());
    }
    EXPECT_NEAR(static_cast<double>(counts[0]), 9000, 120);
    EXPECT_EQ(counts[0], counts[1]);
}

TEST(access_line, link_down_loses_what_is_under_way) {
    one_line l;
    l.arm("office/access_line", "link_down", {}, 15ms, 1s);
    l.line.send_up(make_wire(sized(site, far, 1000)));  // would arrive at 18 ms
    l.run_for(20ms);
    l.line.send_down(make_wire(sized(far, site, 1000)));
    EXPECT_FALSE(l.line.is_up());
    l.run_for(2s);
    EXPECT_TRUE(l.line.is_up());
    EXPECT_TRUE(l.above.got.empty());
    EXPECT_TRUE(l.below.got.empty());
    EXPECT_EQ(l.drops(), std::vector<std::string>(2, "line down"));
    const auto links = l.all<sim::record::link_changed>();
    ASSERT_EQ(links.size(), 2u);
    EXPECT_FALSE(links[0].up);
    EXPECT_TRUE(links[1].up);
    l.line.send_up(make_wire(sized(site, far, 1000)));
    l.run_for(1s);
    EXPECT_EQ(l.above.got.size(), 1u);
}

TEST(access_line, faults_of_loss_and_delay_add_up_and_are_taken_back) {
    one_line l;
    l.arm("office/access_line", "delay", {{"by", "0.1"}}, 0ms, 1s);
    l.arm("office/access_line", "delay", {{"by", "0.2"}, {"direction", "up"}}, 0ms, 500ms);
    l.arm("office/access_line", "loss", {{"rate", "1"}, {"direction", "down"}}, 0ms, 1s);
    l.run_for(1ms);
    const auto took = [&] {
        const auto start = l.s.now();
        const auto n = l.above.at.size();
        l.line.send_up(make_wire(sized(site, far, 125)));
        l.run_for(600ms);
        return l.above.at.size() == n + 1 ? l.above.at.back() - start : sim::duration{-1};
    };
    l.line.send_down(make_wire(sized(far, site, 1000)));
    EXPECT_EQ(took(), 1ms + 10ms + 300ms);
    EXPECT_EQ(took(), 1ms + 10ms + 100ms);
    EXPECT_TRUE(l.below.got.empty());
    l.line.send_down(make_wire(sized(far, site, 1000)));
    EXPECT_EQ(took(), 1ms + 10ms);
    EXPECT_EQ(l.below.got.size(), 1u);
}

TEST(access_line, fault_arguments_are_checked) {
    for (auto [action, arguments] :
         std::vector<std::pair<std::string, sim::fault_arguments>>{{"loss", {}},
                                                                   {"loss", {{"rate", "2"}}},
                                                                   {"loss", {{"rate", "x"}}},
                                                                   {"delay", {{"by", "-1"}}},
                                                                   {"link_down", {{"direction", "sideways"}}}}) {
        one_line l;
        l.arm("office/access_line", action, arguments, 1ms, 1s);
        EXPECT_THROW(l.run_for(1s), sim::run_failure) << action;
    }
}

TEST(access_line, the_tap_sees_what_the_site_sends_and_gets) {
    one_line l;
    catcher tap(l.s);
    l.line.capture(tap.sink());
    l.line.send_up(make_wire(sized(site, far, 100)));
    l.line.send_down(make_wire(sized(far, site, 100)));
    l.run_for(1s);
    ASSERT_EQ(tap.at.size(), 2u);
    EXPECT_EQ(tap.at[0].time_since_epoch(), 0s);
    EXPECT_EQ(tap.at[1], l.below.at[0]);
}

TEST(internet, delivers_after_the_latency_with_fewer_hops) {
    core c;
    c.from_a(make_wire(udp(site, far, "hi")));
    c.run_for(1s);
    ASSERT_EQ(c.b.got.size(), 1u);
    EXPECT_EQ(c.b.at[0].time_since_epoch(), 10ms);
    EXPECT_EQ(c.b.last(), udp(site, far, "hi", default_ttl - 8));
    EXPECT_TRUE(checksums_right(c.b.last()));
    c.from_b(make_wire(udp(far, site, "hello")));
    c.run_for(1s);
    EXPECT_EQ(c.a.got.size(), 1u);
}

TEST(internet, farther_addresses_and_varying_latency_keep_the_order) {
    internet_parameters p;
    p.latency = sim::distribution::exponential(0.05);
    core c(p);
    catcher remote(c.s);
    const endpoint moon{ip("192.0.2.99"), 9};
    c.net.attach(moon.address, remote.sink(), 1300ms);
    for (int i = 0; i < 200; ++i) {
        auto text = std::to_string(i);
        c.from_a(make_wire(udp(site, moon, text)));
        c.run_for(1ms);
    }
    c.run_for(10s);
    ASSERT_EQ(remote.got.size(), 200u);
    EXPECT_GE(remote.at[0].time_since_epoch(), 1300ms);
    for (int i = 0; i < 200; ++i)
        EXPECT_EQ(*remote.got[static_cast<std::size_t>(i)], udp(site, moon, std::to_string(i), default_ttl - 8));
}

TEST(internet, nobody_home_is_answered_with_icmp_after_the_way_there_and_back) {
    core c;
    const auto d = udp(site, {ip("192.0.2.200"), 5}, "anybody");
    c.from_a(make_wire(d));
    c.run_for(1s);
    ASSERT_EQ(c.a.got.size(), 1u);
    EXPECT_EQ(c.a.last(), make_icmp_error(ip("203.0.113.254"), icmp_unreachable, icmp_host_unreachable, d));
    const auto short_lived = udp(site, far, "x", 8);
    c.from_a(make_wire(short_lived));
    c.run_for(1s);
    EXPECT_EQ(c.a.last(), make_icmp_error(ip("203.0.113.254"), icmp_time_exceeded, 0, short_lived));
    c.from_a(make_wire(udp(site, {ip("192.168.1.1"), 5})));
    c.run_for(1s);
    EXPECT_EQ(c.a.got.size(), 3u);
    EXPECT_EQ(c.drops(), (std::vector<std::string>{"nobody has this address", "time to live exceeded",
                                                   "nobody has this address"}));
}

TEST(internet, silent_if_so_configured) {
    internet_parameters p;
    p.answers_unreachable = false;
    core c(p);
    c.from_a(make_wire(udp(site, {ip("192.0.2.200"), 5})));
    c.run_for(1s);
    EXPECT_TRUE(c.a.got.empty());
}

TEST(internet, lets_only_the_senders_own_address_out_and_only_well_formed_datagrams) {
    core c;
    c.from_a(make_wire(udp(far, {far.address, 7})));
    auto broken = udp(site, far);
    broken.pop_back();
    c.from_a(make_wire(broken));
    c.run_for(1s);
    EXPECT_TRUE(c.b.got.empty());
    EXPECT_EQ(c.drops(), (std::vector<std::string>{"source address is not the sender's",
                                                   "IPv4 total length exceeds the octets received"}));
}

TEST(internet, attaching_twice_or_impossible_addresses_is_refused) {
    core c;
    EXPECT_THROW(c.net.attach(site.address, {}), std::invalid_argument);
    EXPECT_THROW(c.net.attach({}, {}), std::invalid_argument);
    EXPECT_THROW(c.net.attach(ip("224.0.0.5"), {}), std::invalid_argument);
    EXPECT_THROW(c.net.capture(ip("192.0.2.1"), {}), std::invalid_argument);
    c.from_a(make_wire(udp(site, far)));
    c.net.detach(far.address);
    c.run_for(1s);
    EXPECT_EQ(c.drops(), std::vector<std::string>{"receiver is detached"});
    c.from_b(make_wire(udp(far, site)));
    c.net.attach(far.address, c.b.sink());
    c.from_a(make_wire(udp(site, far)));
    c.run_for(1s);
    EXPECT_EQ(c.b.got.size(), 1u);
}

TEST(internet, outage_and_loss_of_all_or_of_one_address) {
    core c;
    catcher third(c.s);
    const endpoint other{ip("192.0.2.3"), 1};
    c.net.attach(other.address, third.sink());
    c.arm("internet", "outage", {{"address", "198.51.100.53"}}, 0ms, 1s);
    c.arm("internet", "outage", {}, 2s, 1s);
    c.arm("internet", "loss", {{"rate", "1"}, {"address", "192.0.2.3"}}, 4s, 1s);
    const auto both = [&] {
        c.from_a(make_wire(udp(site, far)));
        c.from_a(make_wire(udp(site, other)));
        c.run_for(500ms);
        return std::pair{c.b.got.size(), third.got.size()};
    };
    c.run_for(500ms);
    EXPECT_EQ(both(), std::pair(std::size_t{0}, std::size_t{1}));
    c.run_for(500ms);
    EXPECT_EQ(both(), std::pair(std::size_t{1}, std::size_t{2}));
    c.run_for(500ms);
    EXPECT_EQ(both(), std::pair(std::size_t{1}, std::size_t{2}));
    c.run_for(1500ms);
    EXPECT_EQ(both(), std::pair(std::size_t{2}, std::size_t{2}));
    c.run_for(1s);
    EXPECT_EQ(both(), std::pair(std::size_t{3}, std::size_t{3}));
}

TEST(internet, a_datagram_costs_one_event_from_10_to_10000_addresses) {
    for (std::uint32_t n : {10u, 100u, 1000u, 10'000u}) {
        core c;
        std::uint64_t got = 0;
        std::vector<datagram_sink> from;
        for (std::uint32_t i = 0; i < n; ++i)
            from.push_back(c.net.attach({0x64500000 + i}, [&got](const datagram&) { ++got; }));
        const auto before = c.s.kernel().executed_events();
        for (std::uint32_t i = 0; i < 1000; ++i) {
            const std::uint32_t a = i * 7919 % n, b = (i * 104729 + 1) % n;
            from[a](make_wire(udp({{0x64500000 + a}, 1}, {{0x64500000 + b}, 2})));
        }
        c.run_for(1s);
        EXPECT_EQ(got, 1000u);
        EXPECT_LE(c.s.kernel().executed_events() - before, 1000u + 2) << n << " addresses; two for the span";
    }
}

TEST(site_network, a_host_reaches_a_server_through_switch_router_line_and_core) {
    core c;
    site_network_parameters p;
    p.router.lan_mac = mac(0xFF);
    p.router.lan_address = ip("192.168.1.1");
    p.router.wan_address = ip("100.64.0.2");
    site_network office(
        c.s,
        {c.s.journal().declare("office/switch", "switch"), c.s.journal().declare("office/router", "router"),
         c.s.journal().declare("office/access_line", "access_line")},
        p, c.net);
    auto& port = office.add_port(c.s.journal().declare("office/base[0]", "base"));
    catcher base(c.s);
    port.connect(base.sink());
    port.set_device_up(true);
    const endpoint host{ip("192.168.1.50"), 777};
    port.transmit(framed(mac(0xFF), mac(1), udp(host, far, "ping")));
    c.run_for(1s);
    ASSERT_EQ(c.b.got.size(), 1u);
    EXPECT_EQ(c.b.last(), udp({ip("100.64.0.2"), 777}, far, "ping", default_ttl - 9));
    c.from_b(make_wire(udp(far, {ip("100.64.0.2"), 777}, "pong")));
    c.run_for(1s);
    ASSERT_EQ(base.got.size(), 1u);
    EXPECT_EQ(inside(base.last()), udp(far, host, "pong", default_ttl - 9));
    // Switch 2, line 1, core 1, each way; two for each span.
    EXPECT_LE(c.s.kernel().executed_events(), 8u + 4);
}

}  // namespace dectbed::models::network
