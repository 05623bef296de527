// The Internet checksum: RFC 1071, and its incremental update, RFC 1624.
#pragma once

#include <cstdint>

#include "models/network/address.h"
#include "sim/bytes.h"

namespace dectbed::models::network {

/// Ones' complement sum of big-endian 16-bit words, not yet folded; an odd last octet is padded with 0.
/// Parts may be summed one after the other if all but the last have an even length.
std::uint64_t checksum_sum(sim::byte_view octets, std::uint64_t sum = 0);

/// Folds a sum and complements it: the value for the checksum field.
std::uint16_t checksum_finish(std::uint64_t sum);

inline std::uint16_t internet_checksum(sim::byte_view octets) { return checksum_finish(checksum_sum(octets)); }

/// Of a whole TCP or UDP segment with its pseudo header (RFC 9293, 3.1; RFC 768). 0 if the checksum in
/// the segment is right; the value for the field if the field is 0.
std::uint16_t transport_checksum(ipv4_address source, ipv4_address destination, std::uint8_t protocol,
                                 sim::byte_view segment);

/// The checksum after one 16-bit word of what it covers has changed (RFC 1624, equation 3).
std::uint16_t checksum_update(std::uint16_t checksum, std::uint16_t old_word, std::uint16_t new_word);
inline std::uint16_t checksum_update(std::uint16_t checksum, ipv4_address old_value, ipv4_address new_value) {
    checksum = checksum_update(checksum, static_cast<std::uint16_t>(old_value.value >> 16),
                               static_cast<std::uint16_t>(new_value.value >> 16));
    return checksum_update(checksum, static_cast<std::uint16_t>(old_value.value),
                           static_cast<std::uint16_t>(new_value.value));
}

}  // namespace dectbed::models::network
