// Frames of the DLC's C-plane: type FA, for the CS logical channel (EN 300 175-4, 6.1.2, 7).
//
//   octet 1  address   NLF | LLN 3 | SAPI 2 | C/R | 1
//   octet 2  control   I: N(R) 3 | P | N(S) 3 | 0     S: N(R) 3 | P/F | SS 2 | 01     U: .... 11
//   octet 3  length    LI 6 | M | 1
//   octets   information, 0..63; fill 0xF0, 0..4; two checksum octets; in all a multiple of 5, 5..70
#pragma once

#include <cstddef>
#include <cstdint>

#include "radio/a_field.h"
#include "sim/bytes.h"

namespace dectbed::radio {

constexpr std::size_t dlc_information_max = 63;
constexpr std::size_t segment_octets = 5;  ///< of the C-channel: one CT tail

enum class dlc_kind : std::uint8_t { i, rr, rnr, rej, u };

struct dlc_frame {
    bool new_link = false;         ///< NLF
    std::uint8_t link_number = 1;  ///< LLN 0..7: 0 class U, 1 class A, 2..6 class B, 7 unassigned
    std::uint8_t sapi = 0;         ///< 0 connection-oriented signalling, 3 connectionless
    bool command_bit = false;      ///< C/R as on air: see command_bit_of()
    dlc_kind kind = dlc_kind::i;
    std::uint8_t receive_number = 0;  ///< N(R), 0..7; unused in U
    std::uint8_t send_number = 0;     ///< N(S), 0..7; only in I
    bool poll_final = false;
    std::uint8_t unnumbered = 0;  ///< control octet of a U frame without P/F
    bool more = false;            ///< M: the message goes on in the next I frame
    sim::bytes information;
};

/// 7.3.2: a portable part's commands carry 0 and its responses 1; a fixed part's the opposite.
constexpr bool command_bit_of(side from, bool command) { return (from == side::fixed) == command; }

/// Octets of a whole frame with so much information on the CS channel.
constexpr std::size_t frame_octets(std::size_t information) {
    return (information + 5 + segment_octets - 1) / segment_octets * segment_octets;
}

sim::encoded<sim::bytes> encode(const dlc_frame& f, std::uint16_t lsig);
/// Takes exactly one frame. Refuses wrong length, fill, checksum, reserved bits.
sim::decoded<dlc_frame> decode_dlc_frame(sim::byte_view octets, std::uint16_t lsig);
/// Length of the frame that starts with these octets (at least 3), from its length indicator.
std::size_t announced_length(sim::byte_view first_octets);

}  // namespace dectbed::radio
