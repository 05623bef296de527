#include "models/network/link/path_mtu.h"

#include <algorithm>

#include "models/network/link/checksum.h"
#include "models/network/link/packets.h"

namespace dectbed::models::network {

std::vector<sim::bytes> split_datagram(sim::bytes datagram, std::size_t mtu) {
    std::vector<sim::bytes> parts;
    if (datagram.size() <= mtu) {
        parts.push_back(std::move(datagram));
        return parts;
    }
    constexpr std::size_t header = 20;
    const auto decoded = decode_ipv4(datagram);
    if (!decoded) return parts;
    const auto& whole = decoded.assume_value();
    const std::size_t step = (mtu - header) / 8 * 8;
    const auto size = static_cast<std::size_t>(whole.payload.size());
    for (std::size_t at = 0; at < size; at += step) {
        ipv4_packet part = whole;
        part.options = {};
        part.payload = whole.payload.subspan(at, std::min(step, size - at));
        part.fragment_offset = whole.fragment_offset + static_cast<std::uint32_t>(at);
        part.more_fragments = whole.more_fragments || at + step < size;
        auto octets = encode_ipv4(part);
        if (!octets) return {};
        parts.push_back(std::move(octets).assume_value());
    }
    return parts;
}

mtu_outcome fit_to_mtu(sim::bytes octets, std::size_t mtu, bool tells, ipv4_address reporter) {
    mtu_outcome out;
    if (octets.size() <= mtu) {
        out.parts.push_back(std::move(octets));
        return out;
    }
    const bool dont_fragment = (octets[6] & 0x40) != 0;
    if (!dont_fragment) {
        out.parts = split_datagram(std::move(octets), mtu);
        if (out.parts.empty()) out.reason = "cannot be fragmented";
        return out;
    }
    out.reason = "longer than the line's MTU";
    if (tells)
        out.error = make_icmp_error(reporter, icmp_unreachable, icmp_fragmentation_needed, octets,
                                    static_cast<std::uint32_t>(mtu));
    return out;
}

bool clamp_mss(sim::bytes& octets, std::size_t mtu) {
    const std::size_t header = 4u * (octets[0] & 15);
    const bool fragment = ((octets[6] & 0x1F) | octets[7]) != 0;
    if (octets[9] != protocol_tcp || fragment || (octets[header + 13] & tcp_syn) == 0) return false;
    const std::size_t end = header + 4u * (octets[header + 12] >> 4);
    const auto most = static_cast<std::uint16_t>(mtu - 40);
    for (std::size_t at = header + tcp_header_octets; at < end;) {
        if (octets[at] == 0) return false;
        if (octets[at] == 1) {
            ++at;
            continue;
        }
        if (at + 1 >= end || octets[at + 1] < 2) return false;
        const std::size_t length = octets[at + 1];
        if (octets[at] == 2 && length == 4 && at + 4 <= end) {
            const auto mss = static_cast<std::uint16_t>(octets[at + 2] << 8 | octets[at + 3]);
            if (mss <= most) return false;
            octets[at + 2] = static_cast<std::uint8_t>(most >> 8);
            octets[at + 3] = static_cast<std::uint8_t>(most);
            // The option may stand at an odd offset: the sum of swapped octets is the swapped sum (RFC 1071).
            const bool odd = (at + 2 - header) % 2 != 0;
            const auto swapped = [odd](std::uint16_t v) {
                return odd ? static_cast<std::uint16_t>(v << 8 | v >> 8) : v;
            };
            const auto sum = static_cast<std::uint16_t>(octets[header + 16] << 8 | octets[header + 17]);
            const auto fresh = checksum_update(sum, swapped(mss), swapped(most));
            octets[header + 16] = static_cast<std::uint8_t>(fresh >> 8);
            octets[header + 17] = static_cast<std::uint8_t>(fresh);
            return true;
        }
        at += length;
    }
    return false;
}

}  // namespace dectbed::models::network
