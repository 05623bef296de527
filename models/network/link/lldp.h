// Link Layer Discovery Protocol: IEEE Std 802.1AB-2016, clause 8, with the 802.1Q port VLAN (annex D.2.1) and LLDP-MED
// (ANSI/TIA-1057, 10.2). Pure codec of LLDPDUs, the payload of frames of ether type 0x88CC.
//
//   TLV:   type 7 | length 9 | value        127: OUI 3, subtype 1, value
//   MED network policy (subtype 2): application 8 | U 1 | T 1 | X 1 | VLAN 12 | priority 3 | DSCP 6
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/network/address.h"
#include "sim/bytes.h"

namespace dectbed::models::network {

constexpr std::uint16_t ether_type_lldp = 0x88CC;
/// Nearest bridge (802.1AB, table 7-1); no bridge forwards it (802.1D-2004, table 7-10).
constexpr mac_address lldp_group{{0x01, 0x80, 0xC2, 0x00, 0x00, 0x0E}};

/// TIA-1057, 10.2.2.3.
enum class med_device : std::uint8_t {
    undefined = 0,
    endpoint_generic = 1,
    endpoint_media = 2,
    endpoint_communication = 3,
    network_connectivity = 4
};

struct med_policy {
    std::uint8_t application = 1;  ///< 1: voice
    bool unknown = false, tagged = true;
    std::uint16_t vlan = 0;     ///< 12 bits
    std::uint8_t priority = 5;  ///< 802.1Q priority, 0..7
    std::uint8_t dscp = 46;     ///< 0..63
};

struct lldpdu {
    mac_address chassis;  ///< chassis ID, subtype 4; other subtypes: zero
    std::string port;     ///< port ID, whatever its subtype; 1 to 255 octets
    std::uint16_t ttl_s = 120;
    std::string system_name;                 ///< empty: absent; at most 255 octets
    std::optional<std::uint16_t> port_vlan;  ///< 802.1: untagged VLAN of the port
    std::optional<med_device> med;           ///< MED capabilities; absent: no LLDP-MED
    std::optional<med_policy> policy;        ///< MED network policy for voice; needs `med`
};

/// Refuses: a TLV that exceeds the PDU, other than chassis ID, port ID, TTL in front (8.2), wrong lengths of those, and
/// a network policy or capabilities TLV that is too short. Unknown TLVs are passed over; octets behind the end TLV too.
sim::decoded<lldpdu> decode_lldp(sim::byte_view payload);
/// Port ID of subtype 7, locally assigned.
sim::encoded<sim::bytes> encode_lldp(const lldpdu& p);

}  // namespace dectbed::models::network
