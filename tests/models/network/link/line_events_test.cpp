// What happens to an access line: others' traffic by the time of day, flapping, a new address, a shorter MTU.
#include "models/network/link/internet.h"
#include "models/network/link/site_network.h"
#include "tests/models/network/link/links_fixture.h"

namespace dectbed::models::network {
namespace {

using namespace std::chrono_literals;

const endpoint server{{0xC6336435}, 80}, host{{0xC0A80164}, 40000};

TEST(line_load, follows_the_clock_of_the_day) {
    line_load_parameters p{0.8, load_curve::residential, 0s};
    const auto at = [&](sim::duration d) { return utilisation(p, sim::time_point{d}); };
    EXPECT_NEAR(at(21h), 0.8, 1e-9) << "the peak";
    EXPECT_LT(at(5h), 0.1 * 2) << "a quiet night";
    EXPECT_NEAR(at(20h + 30min), 0.8 * (0.97 + 1.0) / 2, 1e-9) << "evenly in between";
    EXPECT_NEAR(at(45h), at(21h), 1e-9) << "every day alike";
    p.begins_at = 21h;
    EXPECT_NEAR(at(0s), 0.8, 1e-9);
    p.curve = load_curve::business;
    EXPECT_NEAR(at(14h), 0.8, 1e-9) << "21 h and 14 h are eleven in the morning";
    p.curve = load_curve::flat;
    for (auto t = 0h; t < 24h; t += 1h) EXPECT_EQ(at(t), 0.8);
    for (const auto curve : {load_curve::residential, load_curve::business}) {
        p = {0.95, curve, 0s};
        for (auto t = 0min; t < 48h; t += 7min) {
            EXPECT_GE(at(t), 0);
            EXPECT_LE(at(t), 0.95);
        }
    }
}

/// Mean time of 200 datagrams through a line, sent one a second.
double mean_way_s(double peak) {
    world w;
    access_line_parameters p;
    p.load = {peak, load_curve::flat, 0s};
    access_line line(w.s, w.s.journal().declare("o/access_line", "access_line"), p);
    catcher far(w.s);
    line.connect_internet(far.sink());
    double sum = 0;
    for (int i = 0; i < 200; ++i) {
        const auto sent = w.s.now();
        line.send_up(make_wire(udp(host, server, std::string(1172, 'x'))));
        w.run_for(1s);
        sum += sim::to_seconds(far.at.back() - sent);
    }
    EXPECT_EQ(far.got.size(), 200u);
    return sum / 200;
}

TEST(line_load, takes_rate_and_adds_the_wait_of_a_queue) {
    // 1200 octets at 5 Mbit/s take 1.92 ms, and 8 ms of delay; u / (1 - u) packets of 1000 octets wait before it.
    EXPECT_NEAR(mean_way_s(0), 0.00992, 1e-6);
    EXPECT_NEAR(mean_way_s(0.5), 0.008 + 0.00384 + 0.0016, 0.0004);
    EXPECT_NEAR(mean_way_s(0.9), 0.008 + 0.0192 + 0.0144, 0.004);
}

struct site : world {
    explicit site(std::size_t mtu = 1500, bool tells = true)
        : net(s, s.journal().declare("internet", "internet")), far(s), base(s) {
        site_network_parameters p;
        p.router.lan_mac = mac(0xFF);
        p.router.lan_address = ip("192.168.1.1");
        p.router.wan_address = ip("100.64.0.1");
        p.mtu = mtu;
        p.fragmentation_needed = tells;
        network = std::make_unique<site_network>(
            s,
            site_network_entities{s.journal().declare("o/switch", "switch"), s.journal().declare("o/router", "router"),
                                  s.journal().declare("o/access_line", "access_line")},
            p, net);
        network->offer_line_faults([this] { return ipv4_address{0x64407F00 + fresh++}; });
        port = &network->add_port(s.journal().declare("o/base[0]", "base"));
        port->connect(base.sink());
        port->set_device_up(true);
        to_net = net.attach(server.address, far.sink());
    }
    void out(std::uint16_t from_port = 40000) {
        port->transmit(framed(mac(0xFF), mac(1), udp({host.address, from_port}, server)));
        run_for(100ms);
    }
    ipv4_address seen() const { return decode_ipv4(far.last()).value().source; }
    internet net;
    catcher far, base;
    std::unique_ptr<site_network> network;
    ethernet_port* port = nullptr;
    datagram_sink to_net;
    std::uint32_t fresh = 1;
};

TEST(line_events, a_reconnected_line_has_another_address_and_no_translations) {
    site o;
    o.out();
    EXPECT_EQ(o.seen(), ip("100.64.0.1"));
    o.arm("o/access_line", "reconnect", {}, 0s, 1s);
    o.run_for(2s);
    o.to_net(make_wire(udp(server, {ip("100.64.0.1"), 40000})));
    o.run_for(100ms);
    EXPECT_TRUE(o.base.got.empty()) << "nobody has the old address";
    o.to_net(make_wire(udp(server, {ip("100.64.127.1"), 40000})));
    o.run_for(100ms);
    EXPECT_TRUE(o.base.got.empty()) << "the translation is gone";
    o.out();
    EXPECT_EQ(o.seen(), ip("100.64.127.1"));
    o.to_net(make_wire(udp(server, {ip("100.64.127.1"), 40000})));
    o.run_for(100ms);
    EXPECT_EQ(o.base.got.size(), 1u);
    EXPECT_EQ(o.all<sim::record::link_changed>().back().cause, "reconnected as 100.64.127.1");
    o.arm("o/access_line", "reconnect", {{"address", "203.0.113.9"}}, 0s, 1s);
    o.run_for(2s);
    o.out();
    EXPECT_EQ(o.seen(), ip("203.0.113.9"));
}

TEST(line_events, an_address_that_somebody_has_is_no_new_one) {
    site o;
    o.arm("o/access_line", "reconnect", {{"address", to_text(server.address)}}, 0s, 1s);
    EXPECT_THROW(o.run_for(2s), sim::run_failure);
}

TEST(line_events, a_flapping_line_goes_down_first_and_keeps_its_time) {
    site o;
    o.arm("o/access_line", "flap", {{"up", "40"}, {"down", "20"}}, 10s, 100s);
    std::vector<bool> up;
    for (int i = 0; i < 16; ++i) {
        o.run_for(9900ms);
        const auto before = o.far.got.size();
        o.out();
        up.push_back(o.far.got.size() > before);
    }
    // Down from 10 s to 30 s, from 70 s to 90 s; the action ends at 110 s, while it is up.
    const std::vector<bool> expected{true,  false, false, true, true, true, true, false,
                                     false, true,  true,  true, true, true, true, true};
    EXPECT_EQ(up, expected);
    EXPECT_TRUE(o.network->line().is_up());
}

TEST(line_events, a_line_that_flaps_is_up_when_the_action_ends) {
    site o;
    o.arm("o/access_line", "flap", {{"up", "40"}, {"down", "20"}}, 0s, 70s);
    o.run_for(65s);
    EXPECT_FALSE(o.network->line().is_up());
    o.run_for(10s);
    EXPECT_TRUE(o.network->line().is_up());
    o.run_for(300s);
    EXPECT_TRUE(o.network->line().is_up());
}

TEST(line_events, a_server_is_told_of_a_short_mtu_by_the_providers_router) {
    const auto d = tcp(server, {ip("100.64.0.1"), 40000}, tcp_ack, std::string(1460, 'x'));
    {
        site o(1400);
        o.out();
        o.far.got.clear();
        o.to_net(make_wire(d));
        o.run_for(100ms);
        ASSERT_EQ(o.far.got.size(), 1u);
        EXPECT_TRUE(checksums_right(o.far.last()));
        const auto error = decode_ipv4(o.far.last()).value();
        EXPECT_EQ(error.source, internet_parameters{}.core);
        EXPECT_EQ(decode_icmp(error.payload).value().rest, 1400u);
        EXPECT_EQ(o.all<sim::record::icmp_sent>().size(), 1u);
    }
    site hole(1400, false);
    hole.to_net(make_wire(d));
    hole.run_for(100ms);
    EXPECT_TRUE(hole.far.got.empty());
    EXPECT_EQ(hole.drops(), (std::vector<std::string>{"longer than the line's MTU"}));
}

}  // namespace
}  // namespace dectbed::models::network
