// What a scenario says about a site's LAN and its DHCP servers; part of scenario.h. Rows GS-32 to GS-37, SPL-03,
// ACT-12, 13.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/network/address.h"
#include "models/network/link/managed_port.h"
#include "scenarios/language/notations.h"
#include "sim/distribution.h"
#include "sim/time.h"

namespace dectbed::scenarios {

using models::network::port_admission;

/// Ports of a managed switch that differ from the rest.
struct port_rule {
    selection bases{{{}}, "all", ""};
    std::optional<std::int64_t> access_vlan, voice_vlan;
    std::optional<bool> edge;
    std::optional<port_admission> admission;
};
struct managed_lan_parameters {
    std::int64_t access_vlan = 1;  ///< of bases and foreign hosts, untagged
    std::int64_t voice_vlan = 0;   ///< tagged; 0: none
    std::int64_t router_vlan = 1;
    bool lldp = false;
    sim::duration lldp_interval = std::chrono::seconds{30};
    bool spanning_tree = false;
    sim::duration forward_delay = std::chrono::seconds{15};
    bool edge = true;
    port_admission admission = port_admission::open;
    std::vector<port_rule> ports;
};

struct dhcp_sub_option {
    std::int64_t code = 0;
    std::string hex, text;
};
struct dhcp_route_entry {
    std::optional<ipv4_network> to;  ///< unset: the default route
    models::network::ipv4_address by;
};
/// One more DHCP option; exactly one of the members after `code` that hold a value is set.
struct dhcp_option_entry {
    std::int64_t code = 0;
    std::string hex, text;
    bool nul = false;  ///< a NUL follows the text
    std::vector<models::network::ipv4_address> addresses;
    std::vector<std::string> sip_names;
    std::vector<dhcp_route_entry> routes;
    std::vector<dhcp_sub_option> sub_options;
    std::optional<std::int64_t> enterprise;  ///< in front of the sub-options
    bool unasked = false;
    std::string vendor_class, user_class, mac_prefix;  ///< for whom
};

enum class dhcp_administrator { user, provider, isp, nobody };
enum class provisioning_method { default_, disabled, static_, dhcp };

/// Another DHCP server on the LAN, at a foreign host.
struct foreign_dhcp_parameters {
    ipv4_range pool{{0xC0A80164}, {0xC0A801C7}};
    sim::duration lease = std::chrono::hours{24};
    sim::distribution response = sim::distribution::constant(0.001);
    models::network::ipv4_address gateway;  ///< resolved: itself if not written
    std::vector<models::network::ipv4_address> dns;
    bool authoritative = true;
    std::vector<dhcp_option_entry> options;
};
struct foreign_host_parameters {
    models::network::ipv4_address address;
    std::optional<models::network::mac_address> mac;  ///< unset: counted from 02:1b:2e:00:00:01
    bool answers_arp = true;
    std::optional<std::int64_t> vlan;  ///< unset: as the bases
    std::optional<foreign_dhcp_parameters> dhcp;
};

/// What a base does on its LAN, from manufacture.
struct base_lan_parameters {
    std::int64_t address_probes = 0;
    bool remembers_lease = false;
    bool lldp = false;
    std::string user_class;     ///< option 77
    sim::duration settling{0};  ///< from the lease to the first request
};
struct base_provisioning_parameters {
    provisioning_method method = provisioning_method::default_;
    std::string url;                  ///< of static_
    bool dhcp_overrides_url = false;  ///< GS-32
    bool dhcp_overrides_sip = false;  ///< GS-32, option 120
};

}  // namespace dectbed::scenarios
