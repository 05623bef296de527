/* SPDX-License-Identifier: MIT-0
 *
 * The reference vendor's band beacon: a handset whose user has picked a radio band transmits it like a base, so
 * that a base which knows none, and only listens, learns where it may transmit.
 *
 * Beacon, the 20 vendor bits of the Q-channel's escape message (activation.h has the other services):
 *   bits 19..16 version (1)   15..12 service (4)   11..8 zero   7..0 band (DECTBED_BAND_*)
 *
 * The base locks to the beacon as a handset would, opens a link, and says that it has understood:
 *   04 BAND-ACKNOWLEDGED  {MM-INFO-REQUEST} base to handset: octet band
 *                         {MM-INFO-ACCEPT} handset to base: octet band, the same
 * in an element <<ESCAPE-TO-PROPRIETARY>> as in activation.h. A handset that transmits another band, or nothing any
 * more, answers by {MM-INFO-REJECT} without the element.
 */
#ifndef FW_BAND_BEACON_H
#define FW_BAND_BEACON_H

#include "fw_io.h"
#include "nwk.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_BAND_ACKNOWLEDGED = 4 };

/* Capabilities: full slot, basic A-field set-up. Nobody can subscribe at a beacon or call through it. */
dectbed_system_information fw_band_beacon(uint16_t emc, uint8_t band);

enum fw_band_beacon_reading {
    FW_BAND_BEACON_NONE,    /* something else, or not heard */
    FW_BAND_BEACON_FOREIGN, /* of another manufacturer */
    FW_BAND_BEACON_BROKEN,  /* reserved bits, or a number that names no band */
    FW_BAND_BEACON_READ
};
/* `heard` as in dectbed_ev_scan_result; *band is set if it is not BROKEN or NONE. */
enum fw_band_beacon_reading fw_band_beacon_read(const dectbed_system_information* information, uint8_t heard,
                                                uint16_t emc, uint8_t* band);

void fw_band_write_acknowledgement(fw_nwk_writer* w, uint16_t emc, const uint8_t ipei[5], uint8_t band);
void fw_band_write_reply(fw_nwk_writer* w, uint16_t emc, uint8_t band);
/* The band of an acknowledgement (reply: of its answer); 0: this message is none, or a broken one. */
uint8_t fw_band_read_acknowledgement(const fw_nwk_message* message, uint16_t emc, bool reply);

/* "EU", "US", "Latin America", ...: for people. "" for a number that names none. */
const char* fw_band_name(uint8_t band);

#ifdef __cplusplus
}
#endif
#endif
