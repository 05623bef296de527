#include "models/network/link/checksum.h"

#include <cstring>

namespace dectbed::models::network {

std::uint64_t checksum_sum(sim::byte_view octets, std::uint64_t sum) {
    const std::uint8_t* p = octets.data();
    std::size_t left = static_cast<std::size_t>(octets.size());
    // Eight octets at a time in the machine's own order: a ones' complement sum turns with its octets (RFC 1071, 2
    // (B)).
    if (left >= 16) {
        std::uint64_t own = 0;
        for (; left >= 8; left -= 8, p += 8) {
            std::uint64_t word;
            std::memcpy(&word, p, 8);
            own += word;
            own += own < word ? 1 : 0;  // the carry comes in again at the other end
        }
        own = (own & 0xFFFFFFFF) + (own >> 32);
        while (own >> 16 != 0) own = (own & 0xFFFF) + (own >> 16);
        const auto folded = static_cast<std::uint16_t>(own);
        std::uint8_t turned[2];
        std::memcpy(turned, &folded, 2);
        sum += static_cast<std::uint32_t>(turned[0] << 8 | turned[1]);
    }
    for (; left >= 2; left -= 2, p += 2) sum += static_cast<std::uint32_t>(p[0] << 8 | p[1]);
    if (left != 0) sum += static_cast<std::uint32_t>(p[0] << 8);
    return sum;
}

std::uint16_t checksum_finish(std::uint64_t sum) {
    while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

std::uint16_t transport_checksum(ipv4_address source, ipv4_address destination, std::uint8_t protocol,
                                 sim::byte_view segment) {
    std::uint64_t sum = (source.value >> 16) + (source.value & 0xFFFF);
    sum += (destination.value >> 16) + (destination.value & 0xFFFF);
    sum += protocol;
    sum += static_cast<std::uint64_t>(segment.size());
    return checksum_finish(checksum_sum(segment, sum));
}

std::uint16_t checksum_update(std::uint16_t checksum, std::uint16_t old_word, std::uint16_t new_word) {
    std::uint32_t sum = static_cast<std::uint16_t>(~checksum);
    sum += static_cast<std::uint16_t>(~old_word);
    sum += new_word;
    sum = (sum & 0xFFFF) + (sum >> 16);
    sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

}  // namespace dectbed::models::network
