// A DHCP server of a provider that serves many LANs through their relay agents: one address in the Internet, one
// dhcp_server for each LAN, made when its first message comes.
#pragma once

#include <memory>
#include <unordered_map>

#include "models/network/link/dhcp_server.h"
#include "models/network/stream.h"

namespace dectbed::models::network {

/// Fault actions on its entity: those of dhcp_server, for all LANs.
class dhcp_central {
  public:
    /// Opens UDP port 67 of `stack`, which outlives it.
    dhcp_central(sim::simulation& s, sim::entity_id who, ip_stack& stack);
    dhcp_central(const dhcp_central&) = delete;
    dhcp_central& operator=(const dhcp_central&) = delete;

    /// What the relay agent with this giaddr asks for is answered so. `p.server` is the relay's address on its LAN: it
    /// overrides the server's identity (RFC 5107). Unknown relays get no answer.
    void serve(ipv4_address relay, dhcp_server_parameters p);

  private:
    struct lan {
        dhcp_server_parameters parameters;
        std::unique_ptr<dhcp_server> server;
    };
    void receive(sim::byte_view payload);

    sim::simulation& sim_;
    sim::entity_id who_;
    udp_socket_ptr socket_;
    std::shared_ptr<dhcp_faults> faults_ = std::make_shared<dhcp_faults>();
    std::unordered_map<ipv4_address, lan> lans_;  // looked up, never iterated
};

}  // namespace dectbed::models::network
