// What a managed switch is told, and what it remembers of one port: VLANs (IEEE 802.1Q), spanning-tree states (802.1D),
// admission, LLDP neighbour.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "models/network/address.h"
#include "sim/kernel.h"
#include "sim/time.h"

namespace dectbed::models::network {

enum class port_admission {
    open,
    closed,       ///< switched off by an administrator: no link
    unauthorised  ///< IEEE 802.1X-2020: link, but nothing passes except LLDP
};

struct lan_port_settings {
    std::uint16_t access_vlan = 1;  ///< untagged frames: 1..4094 (802.1Q: PVID, default 1)
    std::uint16_t voice_vlan = 0;   ///< tagged frames; 0: none
    /// 802.1D-2004, 17.13.1 AdminEdge ("portfast"): forwards at once.
    bool edge = true;
    port_admission admission = port_admission::open;
};

struct managed_switch_parameters {
    lan_port_settings uplink;  ///< of the port that is added first: the router's
    bool spanning_tree = false;
    sim::duration forward_delay = std::chrono::seconds(15);  ///< 802.1D-2004, table 17-1
    /// LLDP is sent and heard.
    bool lldp = false;
    mac_address mac;                                         ///< chassis ID and source of LLDP
    std::string system_name = "switch";                      ///< at most 255 octets
    sim::duration lldp_interval = std::chrono::seconds(30);  ///< msgTxInterval, 802.1AB-2016, 9.2.5.7
    unsigned lldp_hold = 4;  ///< msgTxHold, 9.2.5.6: time to live is so many intervals and a second
    std::uint8_t voice_priority = 5, voice_dscp = 46;  ///< told in the network policy; usual for voice (RFC 4594)
};

/// IEEE 802.1D-1998, 8.4.
enum class port_state { closed, unauthorised, listening, learning, forwarding };
const char* to_text(port_state s);

struct managed_port {
    lan_port_settings settings;
    port_state state = port_state::closed;
    bool discovers = false;     ///< the device listens to LLDP, or has sent some
    bool med_endpoint = false;  ///< it has said so (TIA-1057, 11.2.1: only then it is told MED TLVs)
    sim::event_handle next_state, next_lldp;
};

}  // namespace dectbed::models::network
