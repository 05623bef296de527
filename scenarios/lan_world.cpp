#include "scenarios/lan_world.h"

#include <algorithm>
#include <chrono>

#include "scenarios/language/entities.h"

namespace dectbed::scenarios {

namespace net = models::network;

namespace {

sim::bytes octets_of(const std::string& hex, const std::string& text, bool nul) {
    sim::bytes octets(text.begin(), text.end());
    if (nul) octets.push_back(0);
    if (auto decoded = sim::from_hex(hex); decoded && !hex.empty()) octets = std::move(decoded).value();
    return octets;
}

sim::encoded<sim::bytes> value_of(const dhcp_option_entry& o) {
    if (!o.addresses.empty()) {
        if (o.code == net::dhcp_sip_servers) return net::encode_sip_addresses(o.addresses);
        sim::byte_writer out;
        for (const auto a : o.addresses) out.u32(a.value);
        return out.take();
    }
    if (!o.sip_names.empty()) return net::encode_sip_names(o.sip_names);
    if (!o.routes.empty()) {
        std::vector<net::dhcp_route> routes;
        for (const auto& r : o.routes)
            routes.push_back(
                {r.to ? r.to->address : net::ipv4_address{}, r.to ? static_cast<unsigned>(r.to->prefix) : 0, r.by});
        return net::encode_routes(routes);
    }
    if (o.sub_options.empty()) return octets_of(o.hex, o.text, o.nul);
    std::vector<net::dhcp_option> list;
    for (const auto& sub : o.sub_options)
        list.push_back({static_cast<std::uint8_t>(sub.code), octets_of(sub.hex, sub.text, false)});
    if (o.enterprise) return net::encode_vendor_information(static_cast<std::uint32_t>(*o.enterprise), list);
    return net::encode_sub_options(list);
}

}  // namespace

std::shared_ptr<const std::vector<net::dhcp_offered_option>> offered_options(const std::vector<dhcp_option_entry>& list,
                                                                             const std::string& who) {
    if (list.empty()) return nullptr;
    auto offered = std::make_shared<std::vector<net::dhcp_offered_option>>();
    for (const auto& o : list) {
        auto value = value_of(o);
        if (!value) throw sim::run_failure(who, "DHCP option " + std::to_string(o.code) + ": " + value.error().reason);
        net::dhcp_offered_option out;
        out.code = static_cast<std::uint8_t>(o.code);
        out.data = std::move(value).value();
        if (const char* problem = net::dhcp_option_problem({out.code, out.data}))
            throw sim::run_failure(who, "DHCP option " + std::to_string(o.code) + ' ' + problem);
        out.unasked = o.unasked;
        out.vendor_class = o.vendor_class;
        out.user_class = o.user_class;
        out.mac_prefix = octets_of(o.mac_prefix, "", false);
        offered->push_back(std::move(out));
    }
    return offered;
}

net::dhcp_server_parameters dhcp_of(const site& s, net::ipv4_address server, net::ipv4_address dns,
                                    const std::string& who) {
    const dhcp_parameters& d = s.router.dhcp;
    net::dhcp_server_parameters p;
    p.server = server;
    p.router = server;
    p.prefix_length = static_cast<unsigned>(s.router.network.prefix);
    p.first = d.pool.first;
    p.last = d.pool.last;
    if (dns) p.dns = {dns};
    p.domain = d.domain;
    p.vendor_specific = std::string(sim::text(octets_of(d.vendor_specific, "", false)));
    p.tftp_server_name = d.tftp_server;
    p.lease_time = d.lease;
    p.offer_hold = d.offer_hold;
    p.response_delay = d.response;
    p.renewal_time = d.renew_after;
    p.rebinding_time = d.rebind_after;
    p.offered = offered_options(d.options, who);
    p.others = static_cast<std::uint32_t>(d.others);
    p.others_until = d.others_leave;
    return p;
}

std::shared_ptr<const net::managed_switch_parameters> managed_of(const lan_parameters& p, const net::mac_address& mac,
                                                                 const std::string& name) {
    if (!p.managed) return nullptr;
    auto m = std::make_shared<net::managed_switch_parameters>();
    m->uplink.access_vlan = static_cast<std::uint16_t>(p.managed->router_vlan);
    m->spanning_tree = p.managed->spanning_tree;
    m->forward_delay = p.managed->forward_delay;
    m->lldp = p.managed->lldp;
    m->lldp_interval = p.managed->lldp_interval;
    m->mac = mac;
    constexpr std::size_t name_octets_max = 255;
    m->system_name = name.substr(0, name_octets_max);
    return m;
}

net::lan_port_settings port_of(const site& s, std::int64_t base) {
    const managed_lan_parameters& m = *s.lan.managed;
    net::lan_port_settings out;
    out.access_vlan = static_cast<std::uint16_t>(m.access_vlan);
    out.edge = m.edge;
    if (base < 0) return out;
    out.voice_vlan = static_cast<std::uint16_t>(m.voice_vlan);
    out.admission = m.admission;
    for (const port_rule& rule : m.ports) {
        const auto members = chosen(rule.bases, count_of(s.bases), {});
        if (std::find(members.begin(), members.end(), base) == members.end()) continue;
        if (rule.access_vlan) out.access_vlan = static_cast<std::uint16_t>(*rule.access_vlan);
        if (rule.voice_vlan) out.voice_vlan = static_cast<std::uint16_t>(*rule.voice_vlan);
        if (rule.edge) out.edge = *rule.edge;
        if (rule.admission) out.admission = *rule.admission;
    }
    return out;
}

net::lan_station_parameters station_of(const site& s, const foreign_host_parameters& p, const net::mac_address& counted,
                                       const std::string& who) {
    net::lan_station_parameters out;
    out.mac = p.mac.value_or(counted);
    out.address = p.address;
    out.answers_arp = p.answers_arp;
    if (!p.dhcp) return out;
    net::dhcp_server_parameters d;
    d.server = p.address;
    d.prefix_length = static_cast<unsigned>(s.router.network.prefix);
    d.router = p.dhcp->gateway;
    d.first = p.dhcp->pool.first;
    d.last = p.dhcp->pool.last;
    d.dns = p.dhcp->dns;
    d.lease_time = p.dhcp->lease;
    d.response_delay = p.dhcp->response;
    d.authoritative = p.dhcp->authoritative;
    d.offered = offered_options(p.dhcp->options, who);
    out.dhcp = std::move(d);
    return out;
}

static_assert(static_cast<int>(provisioning_method::disabled) == DECTBED_PROVISIONING_DISABLED &&
              static_cast<int>(provisioning_method::static_) == DECTBED_PROVISIONING_STATIC &&
              static_cast<int>(provisioning_method::dhcp) == DECTBED_PROVISIONING_DHCP);

void add_to(models::firmware::manufacturing_data& m, const base_population& p) {
    m.address_probes = static_cast<std::uint8_t>(p.lan.address_probes);
    m.remembers_lease = p.lan.remembers_lease;
    m.lldp = p.lan.lldp;
    m.user_class = p.lan.user_class;
    m.settle_ms =
        static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(p.lan.settling).count());
    m.provisioning = static_cast<std::uint8_t>(p.provisioning.method);
    m.provisioning_url = p.provisioning.url;
    m.dhcp_overrides_url = p.provisioning.dhcp_overrides_url;
    m.dhcp_overrides_sip = p.provisioning.dhcp_overrides_sip;
}

}  // namespace dectbed::scenarios
