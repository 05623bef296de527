// One burst as a packet of a capture that Wireshark's "dect" dissector reads: an Ethernet frame of ethertype 0x2323.
//
//   octets  0..13   Ethernet: destination, source, 23 23
//   octet   14      mode: 0 received; 1 sent, and in our captures received by nobody it was meant for
//   octet   15      carrier
//   octets  16..17  slot 0..23 (12..23: portable part to fixed part)
//   octet   18      frame number 0..15
//   octet   19      RSSI: ours is the level in dBm + 128; other programs have other scales
//   octets  20..22  preamble, low three octets: aaaaaa from a fixed, 555555 from a portable part
//   octets  23..24  synchronisation: e98a or 1675
//   octets  25..32  A-field
//   then            nothing or padding (BA 111); B-field, and its X-CRC in the high bits of one more octet
//
// The Ethernet addresses have no meaning on the air. Ours name the stations, 02:de:c7 and the number of the station
// in its site, so that bearers of several bases on one channel can be told apart.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "radio/a_field.h"
#include "sim/bytes.h"
#include "sim/units.h"

namespace dectbed::radio {

constexpr std::uint16_t ethertype_dect = 0x2323;
constexpr std::size_t ethernet_header_octets = 14, burst_pseudo_header_octets = 11;

struct burst_frame {
    std::array<std::uint8_t, 6> destination{}, source{};
    std::uint8_t mode = 0;
    std::uint8_t carrier = 0;
    std::uint16_t slot = 0;
    std::uint8_t frame_number = 0;
    std::uint8_t rssi = 0;
    side from = side::fixed;
    std::array<std::uint8_t, 8> a_field{};
    sim::bytes rest;  ///< B-field with X-CRC, or padding

    bool ours() const;  ///< the addresses are of the kind that we write
    /// Of ours: level in dBm.
    std::optional<int> level_dbm() const;
};

std::array<std::uint8_t, 6> station_address(std::uint32_t station);
constexpr std::array<std::uint8_t, 6> everybody{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
std::uint8_t rssi_octet(sim::dbm level);

sim::bytes encode(const burst_frame& b);
/// From the Ethernet header on. Takes any A-field, right or wrong; refuses short frames, another ethertype and another
/// synchronisation word than the two.
sim::decoded<burst_frame> decode_burst_frame(sim::byte_view ethernet);

/// A scrambled B-field of a full slot that carries nothing, with its X-CRC and the padding of half an octet.
sim::bytes idle_b_field(int frame_number);
/// True if the X-CRC of a full slot's B-field (41 octets or more) is right.
bool x_crc_holds(sim::byte_view b_field);

}  // namespace dectbed::radio
