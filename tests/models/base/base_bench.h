// A base on a real switched LAN with a peer host, and on an air that a test plays.
#pragma once

#include <gtest/gtest.h>

#include "models/base/base_station.h"
#include "models/network/link/lan_switch.h"
#include "tests/models/base/fake_air.h"
#include "tests/models/firmware/host/scripted_firmware.h"

namespace dectbed::test {

namespace mb = models::base;
namespace mn = models::network;
using namespace std::chrono_literals;
namespace record = sim::record;

struct base_bench {
    /// `adapt` may change what the base is built like.
    explicit base_bench(void (*adapt)(mb::base_config&) = nullptr)
        : sim(1),
          bridge(sim.kernel()),
          log(sim.journal()),
          pool(sim),
          lan(sim, sim.journal().declare("office/switch", "switch")),
          who(sim.journal().declare("office/base[1]", "base", {}, "02:00:00:00:00:01")),
          peer_who(sim.journal().declare("office/peer", "host")),
          port(lan.add_port(who)),
          peer(sim, pool, peer_who, mac(0xFE), lan.add_port(peer_who)),
          base("base_1", sim, bridge, config(adapt), pool, port, air) {
        lan.capture(port, [this](const mn::frame& f) { cable.push_back(f); });
        bridge.start();
        peer.power_on();
        peer.configure({0xC0A80102}, 24, {});
        scripted_firmware::events.clear();
    }
    static mn::mac_address mac(std::uint8_t last) { return {{2, 0, 0, 0, 0, last}}; }
    mb::base_config config(void (*adapt)(mb::base_config&)) {
        mb::base_config c;
        c.board.who = who;
        c.board.firmware = scripted_firmware::image(DECTBED_KIND_BASE);
        c.board.factory.mac = mac(1).octets;
        c.board.factory.rfpi = {1, 2, 3, 4, 5};
        c.board.reset_hold = sim::duration{0};
        if (adapt != nullptr) adapt(c);
        return c;
    }
    /// Runs until the firmware is up and the link too.
    void power_on(scripted_firmware::script script) {
        scripted_firmware::on_event = std::move(script);
        base.plug_in();
        run(10ms);
    }
    void run(sim::duration time) { sim.kernel().run_until(sim.now() + time); }
    fake_fixed_part& radio() { return *air.fixed.at(0); }

    sim::simulation sim;
    sim::systemc_bridge bridge;
    journal_log log;
    mn::host_pool pool;
    mn::lan_switch lan;
    fake_air air;
    sim::entity_id who, peer_who;
    mn::ethernet_port& port;
    mn::device_host peer;
    mb::base_station base;
    std::vector<mn::frame> cable;
};

inline void configure(scripted_firmware& f, std::uint32_t address = 0xC0A80101) {
    dectbed_req_ip_configure c{};
    c.address = address;
    c.prefix_length = 24;
    f.request(DECTBED_REQ_IP_CONFIGURE, 0, c);
}
inline void open_udp(scripted_firmware& f, std::uint32_t socket, std::uint16_t port, std::uint32_t token = 0) {
    dectbed_req_socket s{};
    s.socket = socket;
    s.port = port;
    f.request(DECTBED_REQ_UDP_OPEN, token, s);
}
inline void send_udp(scripted_firmware& f, std::uint32_t socket, std::uint32_t address, std::uint16_t port,
                     const std::string& data, std::uint32_t token = 0) {
    dectbed_req_udp_send s{};
    s.socket = socket;
    s.address = address;
    s.port = port;
    f.request(DECTBED_REQ_UDP_SEND, token, s, sim::view(data));
}
inline void tcp(scripted_firmware& f, std::uint16_t type, std::uint32_t socket, std::uint32_t token = 0,
                std::uint32_t address = 0, std::uint16_t port = 0) {
    dectbed_req_socket s{};
    s.socket = socket;
    s.address = address;
    s.port = port;
    f.request(type, token, s);
}
inline void send_tcp(scripted_firmware& f, std::uint32_t socket, const std::string& data, std::uint32_t token = 0) {
    dectbed_req_tcp_send s{};
    s.socket = socket;
    f.request(DECTBED_REQ_TCP_SEND, token, s, sim::view(data));
}
/// Octets of all TCP_RECEIVED events so far.
inline std::string tcp_octets() {
    std::string all;
    for (const auto& e : scripted_firmware::of_type(DECTBED_EV_TCP_RECEIVED))
        all += e.data_after(sizeof(dectbed_ev_tcp));
    return all;
}

}  // namespace dectbed::test
