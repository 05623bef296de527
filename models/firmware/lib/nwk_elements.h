/* SPDX-License-Identifier: MIT-0
 *
 * Information elements of the mobility management messages as plain structs (EN 300 175-5 V2.7.1, 7.6 and 7.7).
 * Readers check every length and give false for an element that is absent or malformed; nothing is changed then.
 */
#ifndef FW_NWK_ELEMENTS_H
#define FW_NWK_ELEMENTS_H

#include "nwk.h"

#ifdef __cplusplus
extern "C" {
#endif

/* <<PORTABLE-IDENTITY>>, 7.7.30: 1 type | 1 length in bits | value, its first nibble first, unused bits at the end 0 */
enum { FW_PORTABLE_IPUI = 0x00, FW_PORTABLE_IPEI = 0x10, FW_PORTABLE_TPUI = 0x20 };
enum { FW_PORTABLE_OCTETS_MAX = 16, FW_IPUI_OCTETS = 5, FW_TPUI_BITS = 20 };

typedef struct fw_portable_identity {
    uint8_t type; /* FW_PORTABLE_* */
    uint8_t bits; /* 0: an empty identity, as LOCATE-ACCEPT may carry it */
    uint8_t value[FW_PORTABLE_OCTETS_MAX];
} fw_portable_identity;

bool fw_read_portable_identity(const fw_nwk_message* m, fw_portable_identity* out);
/* False: no IPUI of type N with 40 bits. */
bool fw_ipui_n(const fw_portable_identity* id, uint8_t ipui[FW_IPUI_OCTETS]);
bool fw_tpui(const fw_portable_identity* id, uint32_t* tpui);
void fw_put_portable_identity(fw_nwk_writer* w, const fw_portable_identity* id);
fw_portable_identity fw_identity_of_ipui(const uint8_t ipui[FW_IPUI_OCTETS]);
fw_portable_identity fw_identity_of_tpui(uint32_t tpui); /* 20 bits */
fw_portable_identity fw_identity_empty(void);

/* PARK, in <<FIXED-IDENTITY>> (7.7.18) with type 0x20: 1 type | 1 length in bits | 0, ARC, ARD. Class A has 37 bits,
 * the other classes 32 (EN 300 175-6, 6.2). */
typedef struct fw_park {
    uint8_t bits;
    uint8_t value[5]; /* E bit 0, unused bits at the end 0 */
} fw_park;
fw_park fw_park_of_rfpi(const uint8_t rfpi[5]);
bool fw_park_matches(const fw_park* park, const uint8_t rfpi[5]);
void fw_put_park(fw_nwk_writer* w, const fw_park* park);
bool fw_read_park(const fw_nwk_message* m, fw_park* out);

/* <<AUTH-TYPE>>, 7.7.4 */
enum { FW_ALGORITHM_DSAA = 0x01, FW_ALGORITHM_DSAA2 = 0x02 };
enum { FW_KEY_UAK = 1, FW_KEY_UPI = 3, FW_KEY_AC = 4 };
typedef struct fw_auth_type {
    uint8_t algorithm, key_type, key_number;
} fw_auth_type;
void fw_put_auth_type(fw_nwk_writer* w, uint8_t algorithm, uint8_t key_type);
bool fw_read_auth_type(const fw_nwk_message* m, fw_auth_type* out);

/* <<ALLOCATION-TYPE>>, 7.7.2: algorithm | UAK number, AC number */
void fw_put_allocation_type(fw_nwk_writer* w, uint8_t algorithm);
bool fw_read_allocation_type(const fw_nwk_message* m, uint8_t* algorithm);

/* <<CIPHER-INFO>>, 7.7.10: Y/N and algorithm | key type and number (9: derived) */
enum { FW_CIPHER_DSC = 1, FW_CIPHER_DSC2 = 2 };
void fw_put_cipher_info(fw_nwk_writer* w, bool on, uint8_t algorithm);
bool fw_read_cipher_info(const fw_nwk_message* m, bool* on, uint8_t* algorithm);

/* <<LOCATION-AREA>>, 7.7.25: level only, 1..39 bits of PARI and RPN */
void fw_put_location_area(fw_nwk_writer* w, uint8_t level);
bool fw_read_location_area(const fw_nwk_message* m, uint8_t* level);

/* <<IDENTITY-TYPE>>, 7.7.19: group | type within it */
enum { FW_IDENTITY_GROUP_PORTABLE = 0 };
void fw_put_identity_type(fw_nwk_writer* w, uint8_t group, uint8_t type);
bool fw_read_identity_type(const fw_nwk_message* m, uint8_t* group, uint8_t* type);

/* <<INFO-TYPE>>, 7.7.20: the first parameter type */
enum { FW_INFO_LOCATE_SUGGEST = 0x00 };
void fw_put_info_type(fw_nwk_writer* w, uint8_t type);
bool fw_read_info_type(const fw_nwk_message* m, uint8_t* type);

/* <<RAND>>, <<RES>>, <<RS>>: exactly this many octets */
bool fw_read_octets(const fw_nwk_message* m, uint8_t code, size_t octets, uint8_t* out);
/* <<REJECT-REASON>> or FW_REJECT_NONE */
uint8_t fw_read_reject_reason(const fw_nwk_message* m);

#ifdef __cplusplus
}
#endif
#endif
