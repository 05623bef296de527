/* SPDX-License-Identifier: MIT-0
 *
 * LLDP of an endpoint (IEEE 802.1AB, ANSI/TIA-1057): says that here is a LLDP-MED endpoint of class III, and reads what
 * the switch answers: the VLAN, priority and DSCP of voice. Pure functions; when to send is the caller's business.
 */
#ifndef FW_LLDP_H
#define FW_LLDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_LLDP_ETHERTYPE = 0x88CC, FW_LLDP_FRAME_MAX = 160 };

typedef struct fw_lldp_neighbour {
    char system[33]; /* name of the switch, cut to fit; "" if it has none */
    uint16_t ttl_s;
    bool has_policy; /* a network policy for voice that is known */
    bool tagged;
    uint16_t vlan; /* 1..4094 if tagged; 0: priority only */
    uint8_t priority, dscp;
} fw_lldp_neighbour;

/* `frame` from its destination address on. False: no well-formed LLDPDU. Never reads past `octets`. */
bool fw_lldp_read(const uint8_t* frame, size_t octets, fw_lldp_neighbour* out);

/* A whole frame that announces this endpoint; gives its octets. `model` is cut to 32 characters. */
size_t fw_lldp_announce(uint8_t out[FW_LLDP_FRAME_MAX], const uint8_t mac[6], const char* model, uint16_t ttl_s);

#ifdef __cplusplus
}
#endif
#endif
