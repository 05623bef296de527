#include <gmock/gmock.h>

#include "dectbed/ip_routes.h"
#include "tests/models/base/base_bench.h"

namespace dectbed::test {
namespace {

using testing::ElementsAre;

constexpr std::uint32_t peer_address = 0xC0A80102;

TEST(base_network, when_the_base_gets_power_then_the_link_comes_up_and_the_firmware_hears_of_it) {
    base_bench b;
    b.power_on(nullptr);
    EXPECT_EQ(scripted_firmware::types(), (std::vector<std::uint16_t>{DECTBED_EV_BOOT, DECTBED_EV_ETHERNET_LINK}));
    EXPECT_EQ(scripted_firmware::events[1].as<dectbed_ev_ethernet_link>().up, 1u);
    b.base.unplug();
    b.run(10ms);
    EXPECT_FALSE(b.port.link_up());
}

TEST(base_network, when_the_firmware_sends_a_frame_then_those_octets_are_on_the_cable) {
    base_bench b;
    sim::bytes frame(64, 0x5A);
    for (std::size_t i = 0; i < 6; ++i) frame[i] = 0xFF;
    frame[12] = 0x88;
    frame[13] = 0xB5;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_ETHERNET_LINK) f.plain(DECTBED_REQ_ETHERNET_SEND, 0, frame);
    });
    ASSERT_EQ(b.cable.size(), 1u);
    EXPECT_EQ(*b.cable[0], frame);
}

TEST(base_network, when_frames_arrive_then_only_opened_ethertypes_reach_the_firmware) {
    base_bench b;
    auto frame = [](std::uint8_t type, std::uint8_t mark) {
        sim::bytes octets(60, mark);
        const auto to = base_bench::mac(1), from = base_bench::mac(0xFE);
        std::copy(to.octets.begin(), to.octets.end(), octets.begin());
        std::copy(from.octets.begin(), from.octets.end(), octets.begin() + 6);
        octets[12] = 0x88;
        octets[13] = type;
        return mn::make_wire(octets);
    };
    int links = 0;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_ETHERNET_LINK || ++links > 1) return;
        dectbed_req_ethernet_open open{};
        open.ethertype = 0x88CC;
        f.request(DECTBED_REQ_ETHERNET_OPEN, 0, open);
    });
    b.peer.transmit_frame(frame(0xCC, 1));
    b.peer.transmit_frame(frame(0xB5, 2));
    b.run(10ms);
    const auto frames = scripted_firmware::of_type(DECTBED_EV_ETHERNET_FRAME);
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0].data_after(sizeof(dectbed_ev_data)), std::string(sim::text(*frame(0xCC, 1))));
}

TEST(base_network, when_the_cable_is_out_then_sending_is_refused) {
    base_bench b;
    sim::fault_spec cut;
    cut.name = "cable";
    cut.target = "office/base[1]";
    cut.action = "link_down";
    cut.at = sim::time_point(1s);
    cut.lasts = sim::duration(1s);
    b.sim.faults().arm(cut);
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_ETHERNET_LINK && !e.as<dectbed_ev_ethernet_link>().up)
            f.plain(DECTBED_REQ_ETHERNET_SEND, 5, sim::bytes(60));
    });
    b.run(5s);
    std::vector<std::uint32_t> links;
    for (const auto& e : scripted_firmware::of_type(DECTBED_EV_ETHERNET_LINK))
        links.push_back(e.as<dectbed_ev_ethernet_link>().up);
    EXPECT_THAT(links, ElementsAre(1, 0, 1));
    const auto refused = scripted_firmware::of_type(DECTBED_EV_REFUSED);
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].as<dectbed_ev_refused>().reason, DECTBED_LINK_DOWN);
    EXPECT_EQ(refused[0].token, 5u);
}

TEST(base_network, when_there_is_no_address_yet_then_udp_broadcasts_from_zero) {
    base_bench b;
    std::vector<std::string> got;
    auto server = b.peer.open_udp(67);
    server->on_data = [&](mn::endpoint from, sim::byte_view data) {
        got.push_back(mn::to_text(from) + " " + std::string(sim::text(data)));
        server->send({mn::broadcast_address, 68}, sim::view("offer"));
    };
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_ETHERNET_LINK) return;
        open_udp(f, 7, 68);
        send_udp(f, 7, 0xFFFFFFFF, 67, "discover");
    });
    b.run(1s);
    EXPECT_THAT(got, ElementsAre("0.0.0.0:68 discover"));
    const auto offers = scripted_firmware::of_type(DECTBED_EV_UDP_RECEIVED);
    ASSERT_EQ(offers.size(), 1u);
    const auto offer = offers[0].as<dectbed_ev_udp_received>();
    EXPECT_EQ(offer.socket, 7u);
    EXPECT_EQ(offer.address, peer_address);
    EXPECT_EQ(offer.port, 67);
    EXPECT_EQ(offers[0].data_after(sizeof offer), "offer");
}

TEST(base_network, when_sockets_are_misused_then_each_request_is_refused_for_its_reason) {
    base_bench b;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_ETHERNET_LINK) return;
        configure(f);
        open_udp(f, 1, 68);
        open_udp(f, 1, 69, 1);                                    // number in use
        open_udp(f, 2, 68, 2);                                    // port in use
        open_udp(f, 0, 70, 3);                                    // no number
        open_udp(f, 65536, 70, 4);                                // no number
        send_udp(f, 9, peer_address, 67, "x", 5);                 // not open
        send_udp(f, 1, peer_address, 0, "x", 6);                  // no port
        send_udp(f, 1, 0, 67, "x", 7);                            // no address
        send_udp(f, 1, 0xE0000001, 67, "x", 8);                   // multicast
        tcp(f, DECTBED_REQ_TCP_CONNECT, 1, 9, peer_address, 80);  // number in use by UDP
        tcp(f, DECTBED_REQ_TCP_CONNECT, 3, 10, 0, 80);
        tcp(f, DECTBED_REQ_TCP_CLOSE, 1, 11);  // not TCP
        tcp(f, DECTBED_REQ_TCP_ABORT, 44, 12);
        send_tcp(f, 1, "x", 13);
        dectbed_req_ip_configure c{};
        c.address = 0xC0A801FF;
        c.prefix_length = 24;
        f.request(DECTBED_REQ_IP_CONFIGURE, 14, c);  // broadcast address
        c.address = 0xC0A80101;
        c.prefix_length = 31;
        f.request(DECTBED_REQ_IP_CONFIGURE, 15, c);
    });
    b.run(1s);
    std::vector<int> reasons;
    for (const auto& e : scripted_firmware::of_type(DECTBED_EV_REFUSED)) {
        EXPECT_EQ(e.token, reasons.size() + 1);
        reasons.push_back(e.as<dectbed_ev_refused>().reason);
    }
    constexpr int state = DECTBED_WRONG_STATE, field = DECTBED_BAD_FIELD, found = DECTBED_NOT_FOUND;
    EXPECT_THAT(reasons, ElementsAre(state, state, field, field, found, field, field, field, state, field, found, found,
                                     found, field, field));
}

TEST(base_network, when_routes_make_no_sense_then_the_configuration_is_refused) {
    base_bench b;
    const auto request = [](scripted_firmware& f, std::uint32_t token, const std::vector<dectbed_ip_route>& routes,
                            std::size_t more = 0) {
        dectbed_req_ip_configure c{};
        c.address = 0xC0A80101;
        c.prefix_length = 24;
        sim::bytes data(routes.size() * sizeof(dectbed_ip_route) + more);
        if (!routes.empty()) std::memcpy(data.data(), routes.data(), routes.size() * sizeof(dectbed_ip_route));
        f.request(DECTBED_REQ_IP_CONFIGURE, token, c, data);
    };
    const dectbed_ip_route good{0x0A000000, 8, 0xC0A80102, 0};
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_ETHERNET_LINK) return;
        request(f, 1, {good, {0x0A030405, 32, 0, 0}});
        request(f, 2, {good}, 1);
        request(f, 3, {{0x0A000001, 8, 0xC0A80102, 0}});
        request(f, 4, {{0x0A000000, 0, 0xC0A80102, 0}});
        request(f, 5, {{0x0A000000, 33, 0xC0A80102, 0}});
        request(f, 6, {{0xE0000000, 8, 0xC0A80102, 0}});
        request(f, 7, {good, {0x0B000000, 8, 0xFFFFFFFF, 0}});
        request(f, 8, std::vector<dectbed_ip_route>(DECTBED_IP_ROUTES_MAX + 1, good));
        request(f, 9, std::vector<dectbed_ip_route>(DECTBED_IP_ROUTES_MAX, good));
    });
    b.run(1s);
    std::vector<std::pair<std::uint32_t, int>> refused;
    for (const auto& e : scripted_firmware::of_type(DECTBED_EV_REFUSED))
        refused.emplace_back(e.token, e.as<dectbed_ev_refused>().reason);
    constexpr int field = DECTBED_BAD_FIELD;
    EXPECT_THAT(refused,
                ElementsAre(std::pair(2u, field), std::pair(3u, field), std::pair(4u, field), std::pair(5u, field),
                            std::pair(6u, field), std::pair(7u, field), std::pair(8u, int{DECTBED_TOO_MANY})));
}

TEST(base_network, when_a_server_answers_and_closes_then_the_firmware_gets_everything_and_then_the_close) {
    base_bench b;
    const std::string body(100'000, 'b');
    std::string asked;
    std::vector<mn::tcp_stream_ptr> streams;
    b.peer.listen(80, [&](mn::tcp_stream_ptr s) {
        streams.push_back(s);
        auto* stream = s.get();
        s->on_data = [&asked, stream, &body](sim::byte_view data) {
            asked += sim::text(data);
            stream->send(sim::to_bytes(sim::view(body)));
            stream->close();
        };
    });
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_ETHERNET_LINK) {
            configure(f);
            tcp(f, DECTBED_REQ_TCP_CONNECT, 5, 77, peer_address, 80);
        }
        if (e.type == DECTBED_EV_TCP_CONNECTED) send_tcp(f, 5, "GET");
        if (e.type == DECTBED_EV_TCP_CLOSED && e.token != 99)
            tcp(f, DECTBED_REQ_TCP_CONNECT, 5, 99, peer_address, 81);  // the number is free again; nobody listens
    });
    b.run(10s);
    EXPECT_EQ(asked, "GET");
    EXPECT_EQ(tcp_octets(), body);
    EXPECT_EQ(scripted_firmware::of_type(DECTBED_EV_TCP_CONNECTED).at(0).token, 77u);
    const auto closed = scripted_firmware::of_type(DECTBED_EV_TCP_CLOSED);
    ASSERT_EQ(closed.size(), 2u);
    EXPECT_EQ(closed[0].as<dectbed_ev_tcp_closed>().reason, DECTBED_TCP_CLOSED_BY_PEER);
    EXPECT_EQ(closed[1].as<dectbed_ev_tcp_closed>().reason, DECTBED_TCP_RESET);
    EXPECT_EQ(closed[1].token, 99u);
    // What was received is told without gaps.
    std::int64_t at = 0;
    for (const auto& entry : b.log.entries) {
        const auto* r = std::get_if<record::tcp_payload_received>(&entry.what);
        if (!r || entry.who != b.who) continue;
        EXPECT_EQ(r->remote, "192.168.1.2:80");
        EXPECT_EQ(r->from, at);
        at = r->to;
    }
    EXPECT_EQ(at, 100'000);
}

TEST(base_network, when_the_firmware_closes_then_it_hears_when_everything_is_acknowledged) {
    base_bench b;
    std::string got;
    std::vector<mn::tcp_stream_ptr> streams;
    b.peer.listen(80, [&](mn::tcp_stream_ptr s) {
        streams.push_back(s);
        auto* stream = s.get();
        s->on_data = [&](sim::byte_view data) { got += sim::text(data); };
        s->on_peer_finished = [stream] { stream->close(); };
    });
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_ETHERNET_LINK) return;
        configure(f);
        tcp(f, DECTBED_REQ_TCP_CONNECT, 5, 1, peer_address, 80);
        send_tcp(f, 5, "early");
        tcp(f, DECTBED_REQ_TCP_CLOSE, 5, 2);
    });
    b.run(10s);
    EXPECT_EQ(got, "early");
    const auto closed = scripted_firmware::of_type(DECTBED_EV_TCP_CLOSED);
    ASSERT_EQ(closed.size(), 1u);
    EXPECT_EQ(closed[0].as<dectbed_ev_tcp_closed>().reason, DECTBED_TCP_CLOSED_HERE);
    EXPECT_EQ(closed[0].token, 2u);
}

TEST(base_network, when_the_firmware_aborts_or_has_no_address_then_it_hears_at_once) {
    base_bench b;
    b.peer.listen(80, [](mn::tcp_stream_ptr) {});
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_ETHERNET_LINK) return;
        tcp(f, DECTBED_REQ_TCP_CONNECT, 5, 1, peer_address, 80);
        configure(f);
        tcp(f, DECTBED_REQ_TCP_CONNECT, 6, 2, peer_address, 80);
        tcp(f, DECTBED_REQ_TCP_ABORT, 6, 3);
    });
    b.run(60s);
    const auto closed = scripted_firmware::of_type(DECTBED_EV_TCP_CLOSED);
    ASSERT_EQ(closed.size(), 2u);
    EXPECT_EQ(closed[0].as<dectbed_ev_tcp_closed>().reason, DECTBED_TCP_UNREACHABLE);
    EXPECT_EQ(closed[0].token, 1u);
    EXPECT_EQ(closed[1].as<dectbed_ev_tcp_closed>().reason, DECTBED_TCP_RESET);
    EXPECT_EQ(closed[1].token, 3u);
}

TEST(base_network, when_power_is_cut_at_an_octet_of_a_body_then_the_firmware_never_sees_that_octet) {
    base_bench b;
    std::vector<mn::tcp_stream_ptr> streams;
    b.peer.listen(80, [&](mn::tcp_stream_ptr s) {
        streams.push_back(s);
        s->send(sim::bytes(50'000, 'b'));
    });
    sim::fault_spec cut;
    cut.name = "cut";
    cut.target = "office/base[1]";
    cut.action = "power_cut";
    sim::record_match at;
    at.record = "tcp_payload_received";
    at.who = "office/base[1]";
    at.octet = 30'000;
    cut.on = at;
    cut.lasts = sim::duration(2s);
    b.sim.faults().arm(cut);
    std::size_t before_cut = 0;
    int boots = 0;
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT && ++boots == 2) before_cut = tcp_octets().size();
        if (e.type == DECTBED_EV_ETHERNET_LINK && e.as<dectbed_ev_ethernet_link>().up) {
            configure(f);
            tcp(f, DECTBED_REQ_TCP_CONNECT, 5, 1, peer_address, 80);
        }
    });
    b.run(60s);
    EXPECT_EQ(boots, 2);
    EXPECT_GT(before_cut, 20'000u);
    EXPECT_LE(before_cut, 30'000u);
    // The second life starts with nothing of the first, and gets the whole body.
    EXPECT_EQ(tcp_octets().size() - before_cut, 50'000u);
    EXPECT_EQ(b.pool.lent(), 2u);
}

TEST(base_network, when_the_firmware_resets_then_its_sockets_are_gone_without_a_word) {
    base_bench b;
    bool peer_told = false;
    std::vector<mn::tcp_stream_ptr> streams;
    b.peer.listen(80, [&](mn::tcp_stream_ptr s) {
        streams.push_back(s);
        s->on_closed = [&](mn::close_reason) { peer_told = true; };
        s->on_peer_finished = [&] { peer_told = true; };
    });
    b.power_on([&](scripted_firmware& f, const received_event& e) {
        if (scripted_firmware::created > 1) return;
        if (e.type == DECTBED_EV_ETHERNET_LINK) {
            configure(f);
            tcp(f, DECTBED_REQ_TCP_CONNECT, 5, 1, peer_address, 80);
        }
        if (e.type == DECTBED_EV_TCP_CONNECTED) f.timer(1, 1000);  // the peer is to get the last ACK
        if (e.type == DECTBED_EV_TIMER) f.u32(DECTBED_REQ_RESET, DECTBED_RESET_SOFTWARE);
    });
    b.run(5s);
    EXPECT_EQ(streams.size(), 1u);
    EXPECT_FALSE(peer_told);
    EXPECT_EQ(scripted_firmware::of_type(DECTBED_EV_BOOT).size(), 2u);
}

/// A platform that drives a connector's socket from a SystemC process.
struct platform : sc_core::sc_module {
    platform(const sc_core::sc_module_name& name, mb::ethernet_transfer t)
        : sc_module(name), out("out"), in("in", [](mb::ethernet_transfer&) {}), transfer(std::move(t)) {
        SC_HAS_PROCESS(platform);
        SC_METHOD(say);
        dont_initialize();
        sensitive << when;
    }
    void say() { out.transport(transfer); }
    mb::out_socket<mb::ethernet_transfer> out;
    mb::in_socket<mb::ethernet_transfer> in;
    mb::ethernet_transfer transfer;
    sc_core::sc_event when;
};

struct counting_port : mn::ethernet_port {
    void transmit(const mn::frame& f) override {
        frames.push_back(f);
        inside_systemc = inside_systemc || bridge->inside();
    }
    void connect(mn::frame_sink) override {}
    void set_device_up(bool) override {}
    bool link_up() const override { return true; }
    void on_link_change(std::function<void(bool)>) override {}
    std::vector<mn::frame> frames;
    sim::systemc_bridge* bridge = nullptr;
    bool inside_systemc = false;
};

TEST(base_network, when_a_virtual_platform_sends_from_a_systemc_process_then_the_frame_leaves_in_a_kernel_event) {
    sim::simulation s(1);
    sim::systemc_bridge bridge(s.kernel());
    counting_port port;
    port.bridge = &bridge;
    const auto frame = mn::make_wire(sim::bytes(60, 9));
    platform p("platform", {mb::ethernet_transfer::kind::frame, frame, false});
    mb::ethernet_connector connector(s, bridge, port);
    connector.join(p.out, p.in);
    bridge.start();
    s.kernel().after(3ms, [&] { bridge.enter([&] { p.when.notify(sc_core::SC_ZERO_TIME); }); });
    s.kernel().run_until(sim::time_point(1s));
    ASSERT_EQ(port.frames.size(), 1u);
    EXPECT_EQ(port.frames[0], frame);  // the same shared octets, not a copy
    EXPECT_FALSE(port.inside_systemc);
}

}  // namespace
}  // namespace dectbed::test
