// Redundancy of the MAC layer (EN 300 175-3, 6.2.5.2 and 6.2.5.4) and of the DLC (EN 300 175-4, 7.10).
#pragma once

#include <array>
#include <cstdint>

#include "sim/bytes.h"

namespace dectbed::radio {

/// R-CRC over the A-field's header and tail: x^16+x^10+x^8+x^7+x^3+1, initial value 0, last bit inverted.
std::uint16_t r_crc(sim::byte_view octets);

/// X-CRC of a full slot's scrambled B-field (40 octets): four interleaved parities over 80 test bits
/// b[i + 48 * (1 + i / 16)]; low nibble.
std::uint8_t x_crc_full_slot(sim::byte_view forty_octets);

/// The 320 scrambling bits of a frame number (0..15; its three low bits count), in octets for the B-field.
std::array<std::uint8_t, 40> scrambling_sequence(int frame_number);

/// The two checksum octets that make both sums over the whole frame zero modulo 255, XORed with LSIG.
std::array<std::uint8_t, 2> fletcher_checksum(sim::byte_view frame_without_checksum, std::uint16_t lsig);
/// True if the last two octets are right.
bool fletcher_holds(sim::byte_view frame, std::uint16_t lsig);

}  // namespace dectbed::radio
