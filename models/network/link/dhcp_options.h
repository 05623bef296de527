// Inner formats of DHCP options that are more than text, numbers and addresses. Pure codecs.
//
//   43, 82           code, length, data, ... (RFC 2132, 8.4; RFC 3046, 2)
//   120              encoding 0: DNS names in wire form; 1: addresses (RFC 3361, 3)
//   121              prefix length, significant octets of the destination, router (RFC 3442)
//   124              enterprise number (4), length (1), data, ...; 125: data is code, length, data, ... (RFC 3925)
#pragma once

#include <string>
#include <vector>

#include "models/network/link/dhcp_message.h"

namespace dectbed::models::network {

struct dhcp_route {
    ipv4_address destination;
    unsigned prefix_length = 0;  ///< 0..32; 0: the default route
    ipv4_address router;
};

/// Codes 1 to 254, at most 255 octets each.
sim::encoded<sim::bytes> encode_sub_options(const std::vector<dhcp_option>& list);
/// Refuses a length that exceeds the field; 0 is padding, 255 ends (RFC 2132, 8.4).
sim::decoded<std::vector<dhcp_option>> decode_sub_options(sim::byte_view field);

/// Names: labels of 1 to 63 octets, 255 octets in all, without compression.
sim::encoded<sim::bytes> encode_sip_names(const std::vector<std::string>& names);
sim::bytes encode_sip_addresses(const std::vector<ipv4_address>& list);
/// Names or dotted addresses, as the encoding octet says.
sim::decoded<std::vector<std::string>> decode_sip_servers(sim::byte_view field);

sim::encoded<sim::bytes> encode_routes(const std::vector<dhcp_route>& list);
sim::decoded<std::vector<dhcp_route>> decode_routes(sim::byte_view field);

/// One enterprise's block of option 125.
sim::encoded<sim::bytes> encode_vendor_information(std::uint32_t enterprise, const std::vector<dhcp_option>& list);

/// Option 82 as routers send it: circuit and remote ID (RFC 3046), link selection (RFC 3527), server identifier
/// override (RFC 5107). Zero or empty: absent.
struct relay_information {
    std::string circuit, remote;
    ipv4_address link, server_override;
};
sim::bytes encode_relay_information(const relay_information& r);
sim::decoded<relay_information> decode_relay_information(sim::byte_view field);

/// One more option that a server offers.
struct dhcp_offered_option {
    std::uint8_t code = 0;
    sim::bytes data;
    bool unasked = false;  ///< also to clients whose option 55 does not name it
    /// Only for clients with all of these; empty: any.
    std::string vendor_class;  ///< start of option 60
    std::string user_class;    ///< option 77, as one text or as one of its instances (RFC 3004)
    sim::bytes mac_prefix;     ///< start of the hardware address
};
bool is_for(const dhcp_offered_option& o, const dhcp_message& request);

}  // namespace dectbed::models::network
