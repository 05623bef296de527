// Codecs of Ethernet II, ARP, IPv4, UDP, TCP and ICMP. Pure: no log, no clock, no state.
//
// Decoded packets are views into the octets that they were decoded from and live no longer. Lengths are
// checked, checksums are not (a router forwards what it cannot vouch for): see wrong_checksum(). Encoders
// compute lengths and checksums.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "models/network/address.h"
#include "sim/bytes.h"

namespace dectbed::models::network {

// --- Ethernet II ---------------------------------------------------------------------------------

constexpr std::size_t ethernet_header_octets = 14;
constexpr std::size_t ethernet_mtu = 1500;  ///< largest payload (IEEE 802.3-2018, 3.2.7)
constexpr std::size_t ethernet_frame_octets_max = ethernet_header_octets + ethernet_mtu;
constexpr std::size_t ethernet_frame_octets_min = 60;  ///< without FCS; shorter ones are padded on the wire
constexpr std::uint16_t ether_type_ipv4 = 0x0800, ether_type_arp = 0x0806;

struct ethernet_packet {
    mac_address destination, source;
    std::uint16_t type = 0;  ///< below 0x0600 it is a length (IEEE 802.3, 3.2.6)
    sim::byte_view payload;
};
sim::decoded<ethernet_packet> decode_ethernet(sim::byte_view octets);
/// `payload` may not exceed ethernet_mtu. No padding: lengths in the payload tell where it ends.
sim::encoded<sim::bytes> encode_ethernet(const mac_address& destination, const mac_address& source, std::uint16_t type,
                                         sim::byte_view payload);

// --- ARP for IPv4 over Ethernet (RFC 826) ------------------------------------------------------------

constexpr std::uint16_t arp_request = 1, arp_reply = 2;
struct arp_packet {
    std::uint16_t operation = arp_request;
    mac_address sender_mac;
    ipv4_address sender;
    mac_address target_mac;
    ipv4_address target;
};
/// Octets after the packet are Ethernet's padding and tolerated.
sim::decoded<arp_packet> decode_arp(sim::byte_view payload);
sim::bytes encode_arp(const arp_packet& p);
/// True if `octets` are an ARP request for an address other than `own` (or a gratuitous one): nothing that a
/// host with address `own` must see. Lets a device ignore a LAN's broadcasts without decoding them.
bool is_arp_request_for_other(sim::byte_view octets, ipv4_address own);

// --- IPv4 (RFC 791, 3.1) ---------------------------------------------------------------------------

constexpr std::uint8_t protocol_icmp = 1, protocol_tcp = 6, protocol_udp = 17;
constexpr std::uint8_t default_ttl = 64;  ///< RFC 1700's recommendation

struct ipv4_packet {
    std::uint8_t type_of_service = 0;
    std::uint16_t total_octets = 0, identification = 0;
    bool dont_fragment = false, more_fragments = false;
    std::uint32_t fragment_offset = 0;  ///< octets
    std::uint8_t ttl = default_ttl, protocol = 0;
    std::uint16_t checksum = 0;
    ipv4_address source, destination;
    sim::byte_view options, payload;

    bool is_fragment() const { return more_fragments || fragment_offset != 0; }
    std::size_t header_octets() const { return 20 + static_cast<std::size_t>(options.size()); }
};
/// Octets after total_octets are padding and not part of `payload`.
sim::decoded<ipv4_packet> decode_ipv4(sim::byte_view octets);
/// Ignores total_octets and checksum; options must be a multiple of 4 and at most 40 octets.
sim::encoded<sim::bytes> encode_ipv4(const ipv4_packet& p);

// --- UDP (RFC 768) -----------------------------------------------------------------------------------

constexpr std::size_t udp_header_octets = 8;
struct udp_packet {
    std::uint16_t source_port = 0, destination_port = 0, checksum = 0;
    sim::byte_view data;
};
sim::decoded<udp_packet> decode_udp(sim::byte_view ip_payload);
/// A whole datagram.
sim::encoded<sim::bytes> encode_udp(endpoint from, endpoint to, sim::byte_view data, std::uint16_t identification = 0,
                                    std::uint8_t ttl = default_ttl);

// --- TCP (RFC 9293, 3.1) --------------------------------------------------------------------------------

constexpr std::size_t tcp_header_octets = 20;
constexpr std::uint8_t tcp_fin = 0x01, tcp_syn = 0x02, tcp_rst = 0x04, tcp_psh = 0x08, tcp_ack = 0x10;
struct tcp_packet {
    std::uint16_t source_port = 0, destination_port = 0;
    std::uint32_t sequence = 0, acknowledgement = 0;
    std::uint8_t flags = 0;
    std::uint16_t window = 0, checksum = 0, urgent = 0;
    sim::byte_view options, data;

    bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};
sim::decoded<tcp_packet> decode_tcp(sim::byte_view ip_payload);
/// A whole datagram. Ports and checksum of `p` are ignored; options must be a multiple of 4, at most 40.
sim::encoded<sim::bytes> encode_tcp(endpoint from, endpoint to, const tcp_packet& p, std::uint16_t identification = 0,
                                    std::uint8_t ttl = default_ttl);

// --- ICMP (RFC 792) --------------------------------------------------------------------------------------

constexpr std::size_t icmp_header_octets = 8;
constexpr std::uint8_t icmp_echo_reply = 0, icmp_unreachable = 3, icmp_echo = 8, icmp_time_exceeded = 11;
constexpr std::uint8_t icmp_host_unreachable = 1, icmp_port_unreachable = 3;
constexpr std::uint8_t icmp_fragmentation_needed = 4;          ///< RFC 1191: `rest` is the next hop's MTU
constexpr std::uint8_t icmp_administratively_prohibited = 13;  ///< RFC 1812, 5.2.7.1
struct icmp_packet {
    std::uint8_t type = 0, code = 0;
    std::uint16_t checksum = 0;
    std::uint32_t rest = 0;  ///< echo: identifier and sequence number; errors: unused, or next-hop MTU
    sim::byte_view data;     ///< errors: the offending datagram's header and at least 8 octets

    bool is_error() const { return type == 3 || type == 4 || type == 5 || type == 11 || type == 12; }
    bool is_echo() const { return type == icmp_echo || type == icmp_echo_reply; }
    std::uint16_t identifier() const { return static_cast<std::uint16_t>(rest >> 16); }
};
sim::decoded<icmp_packet> decode_icmp(sim::byte_view ip_payload);
/// A whole datagram.
sim::encoded<sim::bytes> encode_icmp(ipv4_address from, ipv4_address to, const icmp_packet& p,
                                     std::uint16_t identification = 0, std::uint8_t ttl = default_ttl);
/// An ICMP error about `offending`, or nothing where RFC 1122, 3.2.2 forbids one: about an ICMP error, a
/// fragment that is not the first, or a source or destination that names no single host.
std::optional<sim::bytes> make_icmp_error(ipv4_address from, std::uint8_t type, std::uint8_t code,
                                          sim::byte_view offending, std::uint32_t rest = 0);

// --- whole datagrams ---------------------------------------------------------------------------------------

/// Which checksum of a datagram is wrong ("IPv4 header", "UDP", "TCP", "ICMP"), if one is. Lengths must be
/// acceptable (frame_guard.h). Of fragments only the header is checked.
std::optional<std::string_view> wrong_checksum(sim::byte_view octets);

/// Takes `hops` off the time to live and corrects the header checksum; false, and nothing changed, if
/// nothing of it would be left. `datagram` holds at least an IPv4 header.
bool decrement_ttl(sim::bytes& datagram, std::uint8_t hops = 1);

}  // namespace dectbed::models::network
