#include "models/network/link/packets.h"

#include <algorithm>

#include "models/network/link/checksum.h"

namespace dectbed::models::network {

using sim::byte_reader;
using sim::byte_view;
using sim::byte_writer;
using sim::bytes;
using sim::decode_error;
using sim::encode_error;

namespace {

std::size_t size_of(byte_view b) { return static_cast<std::size_t>(b.size()); }
mac_address read_mac(byte_reader& in) { return mac_address::from_number(in.u48()); }

/// By pointers: the span's own iterators check each octet, which the compiler cannot turn into one copy of them all.
void append(bytes& out, byte_view b) { out.insert(out.end(), b.data(), b.data() + b.size()); }
void put_u16(bytes& out, std::size_t at, std::size_t value) {
    out[at] = static_cast<std::uint8_t>(value >> 8);
    out[at + 1] = static_cast<std::uint8_t>(value);
}
void put_u32(bytes& out, std::size_t at, std::uint32_t value) {
    put_u16(out, at, value >> 16);
    put_u16(out, at + 2, value & 0xFFFF);
}

}  // namespace

// --- Ethernet ------------------------------------------------------------------------------------

sim::decoded<ethernet_packet> decode_ethernet(byte_view octets) {
    if (size_of(octets) < ethernet_header_octets) return decode_error{size_of(octets), "frame shorter than its header"};
    if (size_of(octets) > ethernet_frame_octets_max)
        return decode_error{ethernet_frame_octets_max, "frame longer than 1514 octets"};
    byte_reader in(octets);
    ethernet_packet p;
    p.destination = read_mac(in);
    p.source = read_mac(in);
    p.type = in.u16();
    p.payload = octets.subspan(ethernet_header_octets);
    if (p.type < 0x0600 && p.type > size_of(p.payload)) return decode_error{12, "length field exceeds the frame"};
    return p;
}

sim::encoded<bytes> encode_ethernet(const mac_address& destination, const mac_address& source, std::uint16_t type,
                                    byte_view payload) {
    if (size_of(payload) > ethernet_mtu) return encode_error{"payload exceeds 1500 octets"};
    bytes out;
    out.reserve(ethernet_header_octets + size_of(payload));
    append(out, destination.octets);
    append(out, source.octets);
    out.push_back(static_cast<std::uint8_t>(type >> 8));
    out.push_back(static_cast<std::uint8_t>(type));
    append(out, payload);
    return out;
}

// --- ARP -------------------------------------------------------------------------------------------

sim::decoded<arp_packet> decode_arp(byte_view payload) {
    byte_reader in(payload);
    const auto hardware = in.u16(), protocol = in.u16();
    const auto hardware_octets = in.u8(), protocol_octets = in.u8();
    arp_packet p;
    p.operation = in.u16();
    p.sender_mac = read_mac(in);
    p.sender.value = in.u32();
    p.target_mac = read_mac(in);
    p.target.value = in.u32();
    if (!in.ok()) return decode_error{in.offset(), "ARP packet shorter than 28 octets"};
    if (hardware != 1 || hardware_octets != 6) return decode_error{0, "ARP hardware type is not Ethernet"};
    if (protocol != ether_type_ipv4 || protocol_octets != 4) return decode_error{2, "ARP protocol type is not IPv4"};
    if (p.operation != arp_request && p.operation != arp_reply)
        return decode_error{6, "ARP operation is neither request nor reply"};
    return p;
}

bytes encode_arp(const arp_packet& p) {
    byte_writer out;
    out.u16(1);
    out.u16(ether_type_ipv4);
    out.u8(6);
    out.u8(4);
    out.u16(p.operation);
    out.u48(p.sender_mac.number());
    out.u32(p.sender.value);
    out.u48(p.target_mac.number());
    out.u32(p.target.value);
    return out.take();
}

bool is_arp_request_for_other(byte_view octets, ipv4_address own) {
    if (size_of(octets) < ethernet_header_octets + 28 || octets[12] != 0x08 || octets[13] != 0x06) return false;
    byte_reader in(octets.subspan(ethernet_header_octets + 6));
    const auto operation = in.u16();
    in.skip(6);
    const ipv4_address sender{in.u32()};
    in.skip(6);
    const ipv4_address target{in.u32()};
    return operation == arp_request && target != own && sender != own && sender != target;
}

// --- IPv4 ------------------------------------------------------------------------------------------

sim::decoded<ipv4_packet> decode_ipv4(byte_view octets) {
    if (size_of(octets) < 20) return decode_error{size_of(octets), "IPv4 header truncated"};
    byte_reader in(octets);
    const auto version_and_length = in.u8();
    if (version_and_length >> 4 != 4) return decode_error{0, "IP version is not 4"};
    const std::size_t header = 4u * (version_and_length & 15);
    if (header < 20) return decode_error{0, "IPv4 header length below 20 octets"};
    ipv4_packet p;
    p.type_of_service = in.u8();
    p.total_octets = in.u16();
    p.identification = in.u16();
    const auto flags = in.u16();
    p.dont_fragment = (flags & 0x4000) != 0;
    p.more_fragments = (flags & 0x2000) != 0;
    p.fragment_offset = 8u * (flags & 0x1FFFu);
    p.ttl = in.u8();
    p.protocol = in.u8();
    p.checksum = in.u16();
    p.source.value = in.u32();
    p.destination.value = in.u32();
    if (p.total_octets < header) return decode_error{2, "IPv4 total length below its header length"};
    if (p.total_octets > size_of(octets)) return decode_error{2, "IPv4 total length exceeds the octets received"};
    if (p.is_fragment() && p.fragment_offset + p.total_octets - header > 65535)
        return decode_error{6, "IPv4 fragment reaches beyond 65535 octets"};
    p.options = octets.subspan(20, header - 20);
    p.payload = octets.subspan(header, p.total_octets - header);
    return p;
}

sim::encoded<bytes> encode_ipv4(const ipv4_packet& p) {
    if (size_of(p.options) % 4 != 0 || size_of(p.options) > 40)
        return encode_error{"IPv4 options must be a multiple of 4 and at most 40 octets"};
    if (p.fragment_offset % 8 != 0 || p.fragment_offset > 8 * 0x1FFF)
        return encode_error{"fragment offset must be a multiple of 8 and at most 65528"};
    const std::size_t header = p.header_octets(), total = header + size_of(p.payload);
    if (total > 65535) return encode_error{"datagram exceeds 65535 octets"};
    bytes out;
    out.reserve(total);
    out.resize(20);
    out[0] = static_cast<std::uint8_t>(0x40 | header / 4);
    out[1] = p.type_of_service;
    put_u16(out, 2, total);
    put_u16(out, 4, p.identification);
    put_u16(out, 6, (p.dont_fragment ? 0x4000u : 0u) | (p.more_fragments ? 0x2000u : 0u) | p.fragment_offset / 8);
    out[8] = p.ttl;
    out[9] = p.protocol;
    put_u32(out, 12, p.source.value);
    put_u32(out, 16, p.destination.value);
    append(out, p.options);
    put_u16(out, 10, internet_checksum(out));
    append(out, p.payload);
    return out;
}

// --- UDP --------------------------------------------------------------------------------------------

sim::decoded<udp_packet> decode_udp(byte_view ip_payload) {
    if (size_of(ip_payload) < udp_header_octets) return decode_error{size_of(ip_payload), "UDP header truncated"};
    byte_reader in(ip_payload);
    udp_packet p;
    p.source_port = in.u16();
    p.destination_port = in.u16();
    const auto length = in.u16();
    p.checksum = in.u16();
    if (length != size_of(ip_payload)) return decode_error{4, "UDP length differs from the datagram's"};
    p.data = ip_payload.subspan(udp_header_octets);
    return p;
}

sim::encoded<bytes> encode_udp(endpoint from, endpoint to, byte_view data, std::uint16_t identification,
                               std::uint8_t ttl) {
    if (size_of(data) > 65535 - 28) return encode_error{"UDP data exceeds 65507 octets"};
    bytes segment;
    segment.reserve(udp_header_octets + size_of(data));
    segment.resize(udp_header_octets);
    put_u16(segment, 0, from.port);
    put_u16(segment, 2, to.port);
    put_u16(segment, 4, udp_header_octets + size_of(data));
    append(segment, data);
    const auto sum = transport_checksum(from.address, to.address, protocol_udp, segment);
    put_u16(segment, 6, sum == 0 ? 0xFFFF : sum);  // 0 would say "no checksum"
    ipv4_packet ip;
    ip.identification = identification;
    ip.ttl = ttl;
    ip.protocol = protocol_udp;
    ip.source = from.address;
    ip.destination = to.address;
    ip.payload = segment;
    return encode_ipv4(ip);
}

// --- TCP ----------------------------------------------------------------------------------------------

sim::decoded<tcp_packet> decode_tcp(byte_view ip_payload) {
    if (size_of(ip_payload) < tcp_header_octets) return decode_error{size_of(ip_payload), "TCP header truncated"};
    byte_reader in(ip_payload);
    tcp_packet p;
    p.source_port = in.u16();
    p.destination_port = in.u16();
    p.sequence = in.u32();
    p.acknowledgement = in.u32();
    const std::size_t header = 4u * (in.u8() >> 4);
    p.flags = in.u8();
    p.window = in.u16();
    p.checksum = in.u16();
    p.urgent = in.u16();
    if (header < tcp_header_octets) return decode_error{12, "TCP data offset below 5"};
    if (header > size_of(ip_payload)) return decode_error{12, "TCP data offset beyond the segment"};
    p.options = ip_payload.subspan(tcp_header_octets, header - tcp_header_octets);
    p.data = ip_payload.subspan(header);
    return p;
}

sim::encoded<bytes> encode_tcp(endpoint from, endpoint to, const tcp_packet& p, std::uint16_t identification,
                               std::uint8_t ttl) {
    if (size_of(p.options) % 4 != 0 || size_of(p.options) > 40)
        return encode_error{"TCP options must be a multiple of 4 and at most 40 octets"};
    const std::size_t header = tcp_header_octets + size_of(p.options);
    if (header + size_of(p.data) > 65515) return encode_error{"TCP segment exceeds 65515 octets"};
    byte_writer segment;
    segment.u16(from.port);
    segment.u16(to.port);
    segment.u32(p.sequence);
    segment.u32(p.acknowledgement);
    segment.u8(static_cast<std::uint8_t>(header / 4 << 4));
    segment.u8(p.flags);
    segment.u16(p.window);
    segment.u16(0);
    segment.u16(p.urgent);
    segment.octets(p.options);
    segment.octets(p.data);
    segment.patch_u16(16, transport_checksum(from.address, to.address, protocol_tcp, segment.data()));
    ipv4_packet ip;
    ip.identification = identification;
    ip.dont_fragment = true;
    ip.ttl = ttl;
    ip.protocol = protocol_tcp;
    ip.source = from.address;
    ip.destination = to.address;
    ip.payload = segment.data();
    return encode_ipv4(ip);
}

// --- ICMP ------------------------------------------------------------------------------------------------

sim::decoded<icmp_packet> decode_icmp(byte_view ip_payload) {
    if (size_of(ip_payload) < icmp_header_octets) return decode_error{size_of(ip_payload), "ICMP header truncated"};
    byte_reader in(ip_payload);
    icmp_packet p;
    p.type = in.u8();
    p.code = in.u8();
    p.checksum = in.u16();
    p.rest = in.u32();
    p.data = ip_payload.subspan(icmp_header_octets);
    if (p.is_error()) {
        if (size_of(p.data) < 20) return decode_error{8, "ICMP error quotes less than an IPv4 header"};
        const std::size_t quoted_header = 4u * (p.data[0] & 15);
        if (p.data[0] >> 4 != 4 || quoted_header < 20) return decode_error{8, "ICMP error quotes no IPv4 header"};
        if (size_of(p.data) < quoted_header + 8)
            return decode_error{8, "ICMP error quotes less than 8 octets of the datagram's payload"};
    }
    return p;
}

sim::encoded<bytes> encode_icmp(ipv4_address from, ipv4_address to, const icmp_packet& p, std::uint16_t identification,
                                std::uint8_t ttl) {
    if (size_of(p.data) > 65535 - 28) return encode_error{"ICMP data exceeds 65507 octets"};
    byte_writer message;
    message.u8(p.type);
    message.u8(p.code);
    message.u16(0);
    message.u32(p.rest);
    message.octets(p.data);
    message.patch_u16(2, internet_checksum(message.data()));
    ipv4_packet ip;
    ip.identification = identification;
    ip.ttl = ttl;
    ip.protocol = protocol_icmp;
    ip.source = from;
    ip.destination = to;
    ip.payload = message.data();
    return encode_ipv4(ip);
}

std::optional<bytes> make_icmp_error(ipv4_address from, std::uint8_t type, std::uint8_t code, byte_view offending,
                                     std::uint32_t rest) {
    const auto decoded = decode_ipv4(offending);
    if (!decoded) return std::nullopt;
    const auto& ip = decoded.assume_value();
    const bool one_source = ip.source.value >> 24 != 0 && ip.source.value >> 24 != 127 && ip.source.value >> 28 < 0xE;
    if (!one_source || ip.destination.value >> 28 >= 0xE || ip.fragment_offset != 0) return std::nullopt;
    // Eight octets of payload are the least that a quotation must hold; without them there is no port.
    if (size_of(ip.payload) < 8) return std::nullopt;
    if (ip.protocol == protocol_icmp) {
        const auto icmp = decode_icmp(ip.payload);
        if (!icmp || !icmp.assume_value().is_echo()) return std::nullopt;
    }
    icmp_packet error;
    error.type = type;
    error.code = code;
    error.rest = rest;
    error.data = offending.first(ip.header_octets() + 8);
    auto datagram = encode_icmp(from, ip.source, error);
    return std::move(datagram).assume_value();  // 48 to 96 octets always fit
}

// --- whole datagrams ---------------------------------------------------------------------------------------

std::optional<std::string_view> wrong_checksum(byte_view octets) {
    const auto decoded = decode_ipv4(octets);
    if (!decoded) return "IPv4 header";
    const auto& ip = decoded.assume_value();
    if (internet_checksum(octets.first(ip.header_octets())) != 0) return "IPv4 header";
    if (ip.is_fragment()) return std::nullopt;
    const auto segment_sum = [&] { return transport_checksum(ip.source, ip.destination, ip.protocol, ip.payload); };
    if (ip.protocol == protocol_tcp && segment_sum() != 0) return "TCP";
    if (ip.protocol == protocol_icmp && internet_checksum(ip.payload) != 0) return "ICMP";
    if (ip.protocol == protocol_udp) {
        const auto udp = decode_udp(ip.payload);
        if (!udp || (udp.assume_value().checksum != 0 && segment_sum() != 0)) return "UDP";
    }
    return std::nullopt;
}

bool decrement_ttl(bytes& datagram, std::uint8_t hops) {
    const std::uint8_t ttl = datagram[8];
    if (ttl <= hops) return false;
    const auto word = [&] { return static_cast<std::uint16_t>(datagram[8] << 8 | datagram[9]); };
    const auto old_word = word();
    datagram[8] = static_cast<std::uint8_t>(ttl - hops);
    const auto sum = checksum_update(static_cast<std::uint16_t>(datagram[10] << 8 | datagram[11]), old_word, word());
    datagram[10] = static_cast<std::uint8_t>(sum >> 8);
    datagram[11] = static_cast<std::uint8_t>(sum);
    return true;
}

}  // namespace dectbed::models::network
