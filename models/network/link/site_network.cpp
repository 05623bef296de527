#include "models/network/link/site_network.h"

namespace dectbed::models::network {

site_network::site_network(sim::simulation& s, site_network_entities who, site_network_parameters p,
                           datagram_network& core)
    : lan_(s, who.lan_switch, p.lan), router_(s, who.router, p.router), line_(s, who.access_line, p.line) {
    router_.connect_lan(lan_.add_port(who.router));
    router_.connect_wan([this](const datagram& d) { line_.send_up(d); });
    line_.connect_site([this](const datagram& d) { router_.from_wan(d); });
    line_.connect_internet(core.attach(p.router.wan_address, [this](const datagram& d) { line_.send_down(d); }));
}

}  // namespace dectbed::models::network
