#include "models/network/link/frame_guard.h"

#include "models/network/link/checksum.h"
#include "models/network/link/packets.h"

namespace dectbed::models::network {

using sim::byte_view;

namespace {

using verdict = std::optional<std::string_view>;

// Both IPv4 (RFC 791, 3.1) and TCP options are lists of kind, length, data with 0 "end" and 1 "no operation".
template <class Check>
verdict refuse_options(byte_view options, std::string_view malformed, Check&& right_length) {
    std::size_t at = 0;
    const auto size = static_cast<std::size_t>(options.size());
    while (at < size) {
        const auto kind = options[at];
        if (kind == 0) return std::nullopt;
        if (kind == 1) {
            ++at;
            continue;
        }
        if (at + 2 > size) return malformed;
        const std::size_t length = options[at + 1];
        if (length < 2 || at + length > size || !right_length(kind, length)) return malformed;
        at += length;
    }
    return std::nullopt;
}

bool right_tcp_option_length(std::uint8_t kind, std::size_t length) {
    switch (kind) {
        case 2:
            return length == 4;  // maximum segment size
        case 3:
            return length == 3;  // window scale (RFC 7323)
        case 4:
            return length == 2;  // SACK permitted (RFC 2018)
        case 5:
            return length >= 10 && length <= 34 && length % 8 == 2;  // SACK
        case 8:
            return length == 10;  // timestamps
        default:
            return true;
    }
}

verdict refuse_tcp(byte_view segment) {
    const auto size = static_cast<std::size_t>(segment.size());
    if (size < tcp_header_octets) return "TCP header truncated";
    const std::size_t header = 4u * (segment[12] >> 4);
    if (header < tcp_header_octets) return "TCP data offset below 5";
    if (header > size) return "TCP data offset beyond the segment";
    return refuse_options(segment.subspan(tcp_header_octets, header - tcp_header_octets), "TCP options malformed",
                          right_tcp_option_length);
}

verdict refuse_udp(byte_view segment, bool whole) {
    const auto size = static_cast<std::size_t>(segment.size());
    if (size < udp_header_octets) return "UDP header truncated";
    const std::size_t length = static_cast<std::size_t>(segment[4] << 8 | segment[5]);
    if (whole ? length != size : length < size) return "UDP length differs from the datagram's";
    return std::nullopt;
}

verdict refuse_icmp(byte_view message) {
    const auto size = static_cast<std::size_t>(message.size());
    if (size < icmp_header_octets) return "ICMP header truncated";
    return decode_icmp(message) ? verdict{} : verdict{"ICMP error quotes too little"};
}

// `exact`: a datagram outside a frame has no padding.
verdict refuse_ipv4(byte_view octets, bool exact) {
    const auto size = static_cast<std::size_t>(octets.size());
    if (size < 20) return "IPv4 header truncated";
    if (octets[0] >> 4 != 4) return "IP version is not 4";
    const std::size_t header = 4u * (octets[0] & 15);
    const std::size_t total = static_cast<std::size_t>(octets[2] << 8 | octets[3]);
    if (header < 20) return "IPv4 header length below 20 octets";
    if (total < header) return "IPv4 total length below its header length";
    if (total > size) return "IPv4 total length exceeds the octets received";
    if (exact && total != size) return "octets behind the IPv4 total length";
    if (internet_checksum(octets.first(header)) != 0) return "IPv4 header checksum wrong";
    if (header > 20) {
        const auto any_length = [](std::uint8_t, std::size_t) { return true; };
        if (auto reason = refuse_options(octets.subspan(20, header - 20), "IPv4 options malformed", any_length))
            return reason;
    }
    // RFC 1122, 3.2.1.3: loopback never appears outside a host, a source names one host (or none yet).
    if (octets[12] == 127 || octets[16] == 127) return "loopback address on a wire";
    if (octets[12] >= 224) return "source address names no single host";

    const std::size_t offset = 8u * (static_cast<std::size_t>(octets[6] << 8 | octets[7]) & 0x1FFFu);
    const bool more = (octets[6] & 0x20) != 0;
    const auto payload = octets.subspan(header, total - header);
    if (more || offset != 0) {
        if (payload.empty()) return "empty IPv4 fragment";
        if (more && payload.size() % 8 != 0) return "IPv4 fragment's length no multiple of 8";
        if (offset + static_cast<std::size_t>(payload.size()) > 65535 - header)
            return "IPv4 fragment reaches beyond 65535 octets";
        // RFC 1858, 3.2.2: a fragment inside the first one's TCP header could replace what was checked there.
        if (offset > 0 && offset < 64 && octets[9] == protocol_tcp) return "IPv4 fragment inside the TCP header";
        if (offset > 0) return std::nullopt;
    }
    switch (octets[9]) {
        case protocol_tcp:
            return refuse_tcp(payload);
        case protocol_udp:
            return refuse_udp(payload, !more);
        case protocol_icmp:
            return refuse_icmp(payload);
        default:
            return std::nullopt;
    }
}

}  // namespace

std::optional<std::string_view> refuse_datagram(byte_view octets) { return refuse_ipv4(octets, true); }

std::optional<std::string_view> refuse_frame(byte_view octets) {
    const auto size = static_cast<std::size_t>(octets.size());
    if (size < ethernet_header_octets) return "frame shorter than its header";
    if (size > ethernet_frame_octets_max) return "frame longer than 1514 octets";
    if ((octets[6] & 1) != 0) return "source MAC address is a group's";
    const auto type = static_cast<std::uint16_t>(octets[12] << 8 | octets[13]);
    const auto payload = octets.subspan(ethernet_header_octets);
    if (type == ether_type_ipv4) return refuse_ipv4(payload, false);
    if (type == ether_type_arp) {
        if (payload.size() < 28) return "ARP packet shorter than 28 octets";
        if (!decode_arp(payload)) return "ARP packet not for IPv4 over Ethernet";
        return std::nullopt;
    }
    if (type < 0x0600 && type > payload.size()) return "length field exceeds the frame";
    return std::nullopt;
}

void publish_drop(sim::simulation& s, sim::entity_id who, std::string where, std::string_view reason,
                  std::size_t octets) {
    sim::record::packet_dropped drop;
    drop.where = std::move(where);
    drop.reason = std::string(reason);
    drop.octets = static_cast<std::int64_t>(octets);
    s.publish(who, std::move(drop));
}

frame_sink guarded_frames(sim::simulation& s, sim::entity_id who, std::string where, frame_sink next) {
    return [&s, who, where = std::move(where), next = std::move(next)](const frame& f) {
        if (const auto reason = refuse_frame(*f)) return publish_drop(s, who, where, *reason, f->size());
        next(f);
    };
}

datagram_sink guarded_datagrams(sim::simulation& s, sim::entity_id who, std::string where, datagram_sink next) {
    return [&s, who, where = std::move(where), next = std::move(next)](const datagram& d) {
        if (const auto reason = refuse_datagram(*d)) return publish_drop(s, who, where, *reason, d->size());
        next(d);
    };
}

}  // namespace dectbed::models::network
