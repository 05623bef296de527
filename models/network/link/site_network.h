// What every site has: a switch, a router on its first port, and the line to the Internet, wired together.
#pragma once

#include "models/network/link/access_line.h"
#include "models/network/link/lan_switch.h"
#include "models/network/link/site_router.h"

namespace dectbed::models::network {

struct site_network_entities {
    sim::entity_id lan_switch, router, access_line;
};
struct site_network_parameters {
    lan_switch_parameters lan;
    site_router_parameters router;
    access_line_parameters line;
    std::size_t mtu = 1500;            ///< of the line, IPv4 octets, both ways
    bool fragmentation_needed = true;  ///< senders of longer datagrams are told
};

class site_network {
  public:
    /// Attaches the router's WAN address to `core`, which outlives the site.
    site_network(sim::simulation& s, site_network_entities who, site_network_parameters p, datagram_network& core);
    site_network(const site_network&) = delete;
    site_network& operator=(const site_network&) = delete;

    /// A cable for one more device; see lan_switch::add_port.
    ethernet_port& add_port(sim::entity_id device, sim::entity_id fault_target = {}) {
        return lan_.add_port(device, fault_target);
    }
    /// Offers the fault action "reconnect", optional argument "address", on the access line: the access provider ends
    /// the session, and the router comes back under that address or a `fresh` one, without its translations. And
    /// "flap", see access_line. Not every site does: it would cost memory.
    void offer_line_faults(std::function<ipv4_address()> fresh);

    lan_switch& lan() { return lan_; }
    site_router& router() { return router_; }
    access_line& line() { return line_; }

  private:
    void attach(ipv4_address a);
    std::string reconnect(ipv4_address a);

    sim::simulation& sim_;
    datagram_network& core_;
    sim::entity_id line_entity_;
    std::uint16_t mtu_;
    bool tells_;
    lan_switch lan_;
    site_router router_;
    access_line line_;
};

}  // namespace dectbed::models::network
