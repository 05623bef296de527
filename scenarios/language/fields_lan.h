// Keys of LANs and DHCP. See spec.h for how the lists are used.
#pragma once

#include "scenarios/language/spec.h"

namespace dectbed::scenarios {

template <>
inline const std::vector<std::pair<std::string, port_admission>>& choices<port_admission>() {
    static const std::vector<std::pair<std::string, port_admission>> c = {
        {"open", port_admission::open},
        {"closed", port_admission::closed},
        {"unauthorised", port_admission::unauthorised}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, dhcp_administrator>>& choices<dhcp_administrator>() {
    static const std::vector<std::pair<std::string, dhcp_administrator>> c = {
        {"user", dhcp_administrator::user},
        {"provider", dhcp_administrator::provider},
        {"isp", dhcp_administrator::isp},
        {"nobody", dhcp_administrator::nobody}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, provisioning_method>>& choices<provisioning_method>() {
    static const std::vector<std::pair<std::string, provisioning_method>> c = {
        {"default", provisioning_method::default_},
        {"disabled", provisioning_method::disabled},
        {"static", provisioning_method::static_},
        {"dhcp", provisioning_method::dhcp}};
    return c;
}

constexpr double vlan_id_max = 4094;  // IEEE 802.1Q, table 9-2

template <class V>
void describe(V& v, port_rule& x) {
    v("bases", x.bases, plain().required(), "Whose ports: all, base[3], base[0..4], or a list.");
    v("access_vlan", x.access_vlan, integer(1, vlan_id_max), "Instead of the switch's.");
    v("voice_vlan", x.voice_vlan, integer(0, vlan_id_max), "Instead of the switch's.");
    v("edge", x.edge, plain(), "Instead of the switch's.");
    v("admission", x.admission, plain(), "Instead of the switch's.");
}
template <class V>
void describe(V& v, managed_lan_parameters& x) {
    v("access_vlan", x.access_vlan, integer(1, vlan_id_max),
      "VLAN of untagged frames at the ports of bases and foreign hosts (IEEE 802.1Q).");
    v("voice_vlan", x.voice_vlan, integer(0, vlan_id_max), "VLAN of tagged frames at the ports of bases; 0: none.");
    v("router_vlan", x.router_vlan, integer(1, vlan_id_max), "VLAN of the router's port, untagged.");
    v("lldp", x.lldp, plain(), "Sends LLDP to whoever listens, with the voice VLAN for LLDP-MED endpoints.");
    v("lldp_interval", x.lldp_interval, time().from(1), "Between two LLDP frames (802.1AB: 30 s).");
    v("spanning_tree", x.spanning_tree, plain(), "Ports listen and learn before they forward (IEEE 802.1D).");
    v("forward_delay", x.forward_delay, time().from(4).to(30), "Of listening, and of learning (802.1D, table 17-1).");
    v("edge", x.edge, plain(), "Ports of bases and foreign hosts forward at once (\"portfast\").");
    v("admission", x.admission, plain(),
      "closed: switched off, no link; unauthorised: link, but no traffic (IEEE 802.1X).");
    v("ports", x.ports, plain(), "Ports that differ; a later entry goes before an earlier one.");
}
template <class V>
void describe(V& v, dhcp_sub_option& x) {
    v("code", x.code, integer(1, 254).required(), "Code.");
    v("hex", x.hex, text(text_kind::hex).maybe(), "Octets.");
    v("text", x.text, plain().maybe(), "Or text.");
    v.rule("", [&]() -> std::string {
        constexpr std::size_t octets_max = 255;
        if (x.hex.empty() == x.text.empty()) return "expected exactly one of hex and text";
        return x.text.size() <= octets_max && x.hex.size() <= 2 * octets_max ? "" : "exceeds 255 octets";
    });
}
template <class V>
void describe(V& v, dhcp_route_entry& x) {
    v("to", x.to, plain(), "Network; unset: the default route.");
    v("by", x.by, plain().required(), "Router.");
}
template <class V>
void describe(V& v, dhcp_option_entry& x) {
    v("code", x.code, integer(1, 254).required(), "Number of the option (RFC 2132 and later).");
    v("hex", x.hex, text(text_kind::hex).maybe(), "Octets as they are.");
    v("text", x.text, plain().maybe(), "Or text.");
    v("nul", x.nul, plain(), "A NUL follows the text, as some servers send it.");
    v("addresses", x.addresses, plain(), "Or IPv4 addresses; of option 120 with its encoding 1 (RFC 3361).");
    v("sip_names", x.sip_names, text(text_kind::host), "Or DNS names in wire form: option 120, encoding 0 (RFC 3361).");
    v("routes", x.routes, plain(), "Or routes: option 121 (RFC 3442).");
    v("sub_options", x.sub_options, plain(), "Or encapsulated options: 43 (RFC 2132), 125 (RFC 3925).");
    v("enterprise", x.enterprise, integer(0, 4294967295.0), "Enterprise number before the sub-options (RFC 3925).");
    v("unasked", x.unasked, plain(), "Also to clients that do not ask for it.");
    v("vendor_class", x.vendor_class, plain().maybe(), "Only to clients whose option 60 starts so; unset: all.");
    v("user_class", x.user_class, plain().maybe(), "Only to clients with this option 77; unset: all.");
    v("mac_prefix", x.mac_prefix, text(text_kind::hex).maybe(), "Only to clients whose MAC starts so; unset: all.");
    v.rule("code", [&]() -> std::string {
        // Types, overload, identifiers and relay information are the server's business.
        for (const std::int64_t own : {52, 53, 54, 55, 61, 82})
            if (x.code == own) return "this option is the server's own business";
        return "";
    });
    v.rule("", [&]() -> std::string {
        constexpr std::size_t octets_max = 255, mac_octets = 6;
        const int forms = !x.hex.empty() + !x.text.empty() + !x.addresses.empty() + !x.sip_names.empty() +
                          !x.routes.empty() + !x.sub_options.empty();
        if (forms != 1) return "expected exactly one of hex, text, addresses, sip_names, routes and sub_options";
        if (x.nul && x.text.empty()) return "nul is meaningful only with text";
        if (x.enterprise && x.sub_options.empty()) return "enterprise is meaningful only with sub_options";
        if (x.text.size() + (x.nul ? 1 : 0) > octets_max || x.hex.size() > 2 * octets_max) return "exceeds 255 octets";
        return x.mac_prefix.size() <= 2 * mac_octets ? "" : "mac_prefix exceeds six octets";
    });
}
template <class V>
void describe(V& v, foreign_dhcp_parameters& x) {
    v("pool", x.pool, plain(), "Addresses it leases.");
    v("lease", x.lease, time().from(1), "Lease time (option 51).");
    v("response", x.response, time(), "Delay of each answer: who is faster is taken.");
    v("gateway", x.gateway, plain(), "Router it names (option 3); unset: itself, which forwards nothing.");
    v("dns", x.dns, plain(), "DNS servers it names (option 6).");
    v("authoritative", x.authoritative, plain(), "Answers clients that it does not know (RFC 2131, 4.3.2).");
    v("options", x.options, plain(), "More options.");
}
template <class V>
void describe(V& v, foreign_host_parameters& x) {
    v("address", x.address, plain().required(), "IPv4 address that it uses, whoever leases it to others.");
    v("mac", x.mac, plain(), "MAC address; unset: counted from 02:1b:2e:00:00:01 over all sites.");
    v("answers_arp", x.answers_arp, plain(), "Answers ARP for its address and defends it.");
    v("vlan", x.vlan, integer(1, vlan_id_max), "Untagged VLAN of its port; unset: as the bases.");
    v("dhcp", x.dhcp, plain(), "It runs a DHCP server; unset: it does not.");
}
template <class V>
void describe(V& v, base_lan_parameters& x) {
    v("address_probes", x.address_probes, integer(0, 10),
      "ARP probes before a leased address is used (RFC 5227: 3); a used one is declined; 0: none.");
    v("remembers_lease", x.remembers_lease, plain(), "Asks for its former address after a restart (RFC 2131, 3.2).");
    v("lldp", x.lldp, plain(), "Joins the voice VLAN that the switch names (LLDP-MED).");
    v("user_class", x.user_class, text(text_kind::short_text).maybe(), "DHCP option 77; unset: not sent.");
    v("settling", x.settling, time().to(3600),
      "From a lease to the first request that needs it (GS-37 measured 20.5 s).");
}
template <class V>
void describe(V& v, base_provisioning_parameters& x) {
    v("method", x.method, plain(),
      "default: the redirection server, then a code; disabled: waits for a code; static: url; dhcp: options 66, 43, "
      "125, 150.");
    v("url", x.url, text(text_kind::url).maybe(), "Provisioning address of method static.");
    v("dhcp_overrides_url", x.dhcp_overrides_url, plain(),
      "Options 66 and 43 replace the address of the provisioning server, also a configured one (GS-32).");
    v("dhcp_overrides_sip", x.dhcp_overrides_sip, plain(), "Option 120 replaces the registrar (GS-32).");
    v.rule("url", [&]() -> std::string {
        return x.url.empty() == (x.method != provisioning_method::static_) ? ""
                                                                           : "goes with method static, and only then";
    });
}

}  // namespace dectbed::scenarios
