/* SPDX-License-Identifier: MIT-0
 *
 * What this vendor's bases and handsets say to one another in his own octets, and announce in the 20 bits that are his. Which
 * layout it is follows from the manufacturer code (EMC) that the factory burned in: devices sold under the brand of the
 * reference vendor speak as his do; all others speak ours.
 *
 *   announcement  bits 19..14 101101 | 13..4 zero | 3..0 state: 1 not ready, 7 wants a code, 9 in service, 4 busy
 *
 *   element       0x81, EMC (2), then tag, length, value, and the exclusive or of tag, length and value
 *     A5          code: digits as BCD, the first in the high nibble, padded with F
 *     5B          progress: 'R' asking redirection, 'C' fetching the configuration
 *     C3          verdict: a bit each, see the table; then how soon to try again, in units of 5 s
 *
 * Messages are those that the standard has for it: {MM-INFO-REQUEST}, {MM-INFO-SUGGEST}, {MM-INFO-ACCEPT} for good news and
 * {MM-INFO-REJECT} for other (EN 300 175-5, 6.3.6).
 */
#ifndef THIRD_PARTY_PAYLOAD_H
#define THIRD_PARTY_PAYLOAD_H

#include "activation.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { REFERENCE_VENDOR_EMC = 0x0DB0 };

dectbed_system_information payloadAnnouncement(uint16_t emc, enum fw_service service);
bool payloadAnnounced(const dectbed_system_information* info, uint8_t heard, uint16_t emc, enum fw_service* service);
enum fw_activation_reading payloadRead(const fw_nwk_message* m, uint16_t emc, fw_activation* out);
bool payloadWriteCode(fw_nwk_writer* w, uint16_t emc, const uint8_t ipei[5], const char* code);
void payloadWriteProgress(fw_nwk_writer* w, uint16_t emc, enum fw_activation_stage stage);
void payloadWriteVerdict(fw_nwk_writer* w, uint16_t emc, enum fw_verdict v, uint16_t retryAfter);

#ifdef __cplusplus
}
#endif
#endif
