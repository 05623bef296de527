// DLC frames on a LAN: ethertype 0xA000, as some makers' base stations pass them to their controller.
//
//   octets  0..13   Ethernet: destination, source, a0 00
//   octets 14..15   length of what follows them
//   octets 16..17   not interpreted
//   octet  18       layer: 79 for DLC frames, 7a for MAC
//   octet  19       primitive: 05 frame to be sent (fixed to portable part), 06 frame received; 01 connection
//   indication octet  20       MCEI: which connection octet  21       subfield octet  22       length of the DLC frame,
//   which follows
//
// A connection indication has the low 16 bits of the PMID in octets 22..23. These places come from reading other
// programs' sources and were not tried with such a base station: unconfirmed.
#pragma once

#include <cstdint>
#include <optional>

#include "radio/a_field.h"
#include "sim/bytes.h"

namespace dectbed::radio {

constexpr std::uint16_t ethertype_lan_dlc = 0xA000;

struct lan_frame {
    enum class primitive : std::uint8_t { connection = 1, data_request = 5, data_indication = 6 };
    primitive what = primitive::data_request;
    std::uint8_t connection = 0;  ///< MCEI
    std::uint16_t pmid_low = 0;   ///< of a connection indication
    sim::bytes dlc;               ///< of a data request or indication
};

/// Refuses DLC frames of more than 255 octets.
sim::encoded<sim::bytes> encode(const lan_frame& f);
/// From the Ethernet header on. Nothing, without being an error, for the many other primitives.
sim::decoded<std::optional<lan_frame>> decode_lan_frame(sim::byte_view ethernet);

}  // namespace dectbed::radio
