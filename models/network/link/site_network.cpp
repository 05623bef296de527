#include "models/network/link/site_network.h"

#include <stdexcept>

#include "models/network/link/packets.h"

namespace dectbed::models::network {

site_network::site_network(sim::simulation& s, site_network_entities who, site_network_parameters p,
                           datagram_network& core)
    : sim_(s),
      core_(core),
      line_entity_(who.access_line),
      mtu_(static_cast<std::uint16_t>(p.mtu)),
      tells_(p.fragmentation_needed),
      lan_(s, who.lan_switch, p.lan),
      router_(s, who.router, p.router),
      line_(s, who.access_line, p.line) {
    router_.connect_lan(lan_.add_port(who.router));
    router_.connect_wan([this](const datagram& d) { line_.send_up(d); });
    line_.connect_site([this](const datagram& d) { router_.from_wan(d); });
    attach(p.router.wan_address);
}

void site_network::attach(ipv4_address a) {
    line_.connect_internet(core_.attach(a, [this](const datagram& d) { line_.send_down(d); }));
    if (mtu_ < ethernet_mtu) core_.set_mtu(a, mtu_, tells_);
}

std::string site_network::reconnect(ipv4_address a) {
    const ipv4_address before = router_.wan_address();
    line_.interrupt();
    core_.detach(before);
    try {
        attach(a);
    } catch (const std::invalid_argument& e) {
        attach(before);
        return e.what();
    }
    router_.set_wan_address(a);
    sim::record::link_changed r;
    r.up = true;
    r.cause = "reconnected as " + to_text(a);
    sim_.publish(line_entity_, std::move(r));
    return {};
}

void site_network::offer_line_faults(std::function<ipv4_address()> fresh) {
    line_.offer_flapping();
    sim_.faults().offer(line_entity_, "reconnect",
                        [this, fresh = std::move(fresh)](const sim::fault_arguments& a, bool begin) -> std::string {
                            if (!begin) return {};
                            const auto written = a.find("address");
                            if (written == a.end()) return reconnect(fresh());
                            const auto address = parse_ipv4(written->second);
                            if (!address) return "argument 'address' is no IPv4 address: " + written->second;
                            return reconnect(*address);
                        });
}

}  // namespace dectbed::models::network
