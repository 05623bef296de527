// The VLAN tag of an Ethernet frame: IEEE 802.1Q-2018, 9.3 to 9.6. Pure codec.
//
//   0           6        12              14                     16
//   destination source   TPID 0x8100     PCP 3, DEI 1, VID 12   the frame's own ether type
#pragma once

#include <cstdint>
#include <optional>

#include "sim/bytes.h"

namespace dectbed::models::network {

constexpr std::uint16_t ether_type_vlan = 0x8100;
constexpr std::size_t vlan_tag_octets = 4;
/// VIDs that a port can be a member of: 0 is a priority tag without a VLAN, 4095 is reserved (table 9-2).
constexpr std::uint16_t vlan_min = 1, vlan_max = 4094;

struct vlan_tag {
    std::uint16_t vlan = 0;     ///< VID, 12 bits; 0: only a priority
    std::uint8_t priority = 0;  ///< PCP, 0..7
    bool drop_eligible = false;
};

/// Nothing if the frame has no tag, or ends within it.
std::optional<vlan_tag> tag_of(sim::byte_view frame);
/// `frame` holds two addresses and an ether type at least.
sim::bytes with_tag(sim::byte_view frame, vlan_tag tag);
/// A frame for which tag_of() gives a tag, without that tag; an inner one stays.
sim::bytes without_tag(sim::byte_view frame);

}  // namespace dectbed::models::network
