#include "models/network/link/checksum.h"

namespace dectbed::models::network {

std::uint64_t checksum_sum(sim::byte_view octets, std::uint64_t sum) {
    const std::uint8_t* p = octets.data();
    std::size_t left = static_cast<std::size_t>(octets.size());
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
