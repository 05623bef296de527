// What a DHCP relay agent does to a message: RFC 1542, 4.1 and RFC 3046. Pure: octets in, octets out.
//
// The relay stands before a translator, so its giaddr is its outside address, which the server can answer. Link
// selection (RFC 3527) names the LAN, and the server identifier override (RFC 5107) makes clients renew at the relay.
#pragma once

#include "models/network/link/dhcp_server.h"

namespace dectbed::models::network {

/// RFC 1542, 4.1.1: what has passed more relays is dropped.
constexpr std::uint8_t dhcp_hops_max = 16;

/// A client's message with giaddr, one hop more and option 82. Refuses what is no request, has too many hops, is
/// relayed already, or brings an option 82 of its own (RFC 3046, 2.1: not trusted).
sim::decoded<sim::bytes> dhcp_towards_server(sim::byte_view payload, ipv4_address giaddr, const relay_information& own);

/// A server's answer without option 82, and where it goes on the LAN. Refuses what is no reply for this giaddr.
sim::decoded<dhcp_reply> dhcp_towards_client(sim::byte_view payload, ipv4_address giaddr);

}  // namespace dectbed::models::network
