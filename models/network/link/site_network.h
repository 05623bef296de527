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
    lan_switch& lan() { return lan_; }
    site_router& router() { return router_; }
    access_line& line() { return line_; }

  private:
    lan_switch lan_;
    site_router router_;
    access_line line_;
};

}  // namespace dectbed::models::network
