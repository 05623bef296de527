// Somebody else's device on a site's LAN: has an address that nobody leased to it, answers ARP for it and defends it
// (RFC 826, RFC 5227), and may run a DHCP server that nobody asked for. It forwards nothing and answers nothing else.
#pragma once

#include <memory>
#include <optional>

#include "models/network/link/dhcp_server.h"
#include "models/network/wire.h"
#include "sim/simulation.h"

namespace dectbed::models::network {

struct lan_station_parameters {
    mac_address mac;
    ipv4_address address;
    bool answers_arp = true;
    std::optional<dhcp_server_parameters> dhcp;  ///< its own server; `server` is its address
};

/// Fault actions on its entity: "power_cut"; with a DHCP server those of dhcp_server.
class lan_station {
  public:
    /// Takes the device's end of the cable and has power at once.
    lan_station(sim::simulation& s, sim::entity_id who, lan_station_parameters p, ethernet_port& port);
    lan_station(const lan_station&) = delete;
    lan_station& operator=(const lan_station&) = delete;

    const lan_station_parameters& parameters() const { return parameters_; }

  private:
    void receive(const frame& f);
    void on_arp(sim::byte_view payload);
    void on_ip(sim::byte_view payload);
    void send(const mac_address& to, std::uint16_t type, sim::byte_view payload);

    sim::simulation& sim_;
    sim::entity_id who_;
    lan_station_parameters parameters_;
    ethernet_port& port_;
    std::unique_ptr<dhcp_server> dhcp_;
    int power_cuts_ = 0;
    std::optional<sim::time_point> defended_;
    std::uint16_t identification_ = 0;
};

}  // namespace dectbed::models::network
