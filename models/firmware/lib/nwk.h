/* SPDX-License-Identifier: MIT-0
 *
 * S-format messages of the DECT network layer (EN 300 175-5 V2.7.1, 6 and 7).
 *
 *   octet 1   bit 8 F (0: from the side that began the transaction), bits 7..5 transaction value, 4..1 protocol
 *   octet 2   message type
 *   then information elements: bit 8 = 0: code, length, value; 0xE0..0xEF: code and one octet; else one octet
 */
#ifndef FW_NWK_H
#define FW_NWK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_NWK_OCTETS_MAX = 63 }; /* one FA frame of the DLC: EN 300 175-4, 7.2 */

enum fw_nwk_protocol {
    FW_NWK_LCE = 0,
    FW_NWK_CC = 3,
    FW_NWK_CISS = 4,
    FW_NWK_MM = 5,
    FW_NWK_CLMS = 6,
    FW_NWK_COMS = 7
};

enum fw_nwk_mm {
    FW_MM_AUTH_REQUEST = 0x40,
    FW_MM_AUTH_REPLY = 0x41,
    FW_MM_KEY_ALLOCATE = 0x42,
    FW_MM_AUTH_REJECT = 0x43,
    FW_MM_ACCESS_RIGHTS_REQUEST = 0x44,
    FW_MM_ACCESS_RIGHTS_ACCEPT = 0x45,
    FW_MM_ACCESS_RIGHTS_REJECT = 0x47,
    FW_MM_ACCESS_RIGHTS_TERMINATE_REQUEST = 0x48,
    FW_MM_ACCESS_RIGHTS_TERMINATE_ACCEPT = 0x49,
    FW_MM_ACCESS_RIGHTS_TERMINATE_REJECT = 0x4B,
    FW_MM_CIPHER_REQUEST = 0x4C,
    FW_MM_CIPHER_SUGGEST = 0x4E,
    FW_MM_CIPHER_REJECT = 0x4F,
    FW_MM_INFO_REQUEST = 0x50,
    FW_MM_INFO_ACCEPT = 0x51,
    FW_MM_INFO_SUGGEST = 0x52,
    FW_MM_INFO_REJECT = 0x53,
    FW_MM_LOCATE_REQUEST = 0x54,
    FW_MM_LOCATE_ACCEPT = 0x55,
    FW_MM_DETACH = 0x56,
    FW_MM_LOCATE_REJECT = 0x57,
    FW_MM_IDENTITY_REQUEST = 0x58,
    FW_MM_IDENTITY_REPLY = 0x59,
    FW_MM_TEMPORARY_IDENTITY_ASSIGN = 0x5C,
    FW_MM_TEMPORARY_IDENTITY_ASSIGN_ACK = 0x5D,
    FW_MM_TEMPORARY_IDENTITY_ASSIGN_REJECT = 0x5F
};

enum fw_nwk_cc {
    FW_CC_ALERTING = 0x01,
    FW_CC_CALL_PROC = 0x02,
    FW_CC_SETUP = 0x05,
    FW_CC_CONNECT = 0x07,
    FW_CC_SETUP_ACK = 0x0D,
    FW_CC_CONNECT_ACK = 0x0F,
    FW_CC_RELEASE = 0x4D,
    FW_CC_RELEASE_COM = 0x5A
};
enum fw_nwk_other {
    FW_LCE_PAGE_RESPONSE = 0x71,
    FW_LCE_PAGE_REJECT = 0x72,
    FW_CISS_REGISTER = 0x64,
    FW_CISS_RELEASE_COM = 0x5A,
    FW_COMS_SETUP = 0x05,
    FW_COMS_RELEASE_COM = 0x5A
};

enum fw_nwk_element_code {
    FW_IE_INFO_TYPE = 0x01,
    FW_IE_IDENTITY_TYPE = 0x02,
    FW_IE_PORTABLE_IDENTITY = 0x05,
    FW_IE_FIXED_IDENTITY = 0x06,
    FW_IE_LOCATION_AREA = 0x07,
    FW_IE_AUTH_TYPE = 0x0A,
    FW_IE_ALLOCATION_TYPE = 0x0B,
    FW_IE_RAND = 0x0C,
    FW_IE_RES = 0x0D,
    FW_IE_RS = 0x0E,
    FW_IE_CIPHER_INFO = 0x19,
    FW_IE_REJECT_REASON = 0x60,
    FW_IE_ESCAPE_TO_PROPRIETARY = 0x7B,
    FW_IE_BASIC_SERVICE = 0xE0,
    FW_IE_RELEASE_REASON = 0xE2
};

/* <<REJECT-REASON>>, 7.7.34, and <<RELEASE-REASON>>, 7.6.7 */
enum {
    FW_REJECT_NONE = 0x00,
    FW_REJECT_TPUI_UNKNOWN = 0x01,
    FW_REJECT_IPUI_UNKNOWN = 0x02,
    FW_REJECT_IPUI_NOT_ACCEPTED = 0x06,
    FW_REJECT_AUTHENTICATION_FAILED = 0x10,
    FW_REJECT_ALGORITHM_NOT_SUPPORTED = 0x12,
    FW_REJECT_KEY_NOT_SUPPORTED = 0x13,
    FW_REJECT_NO_UPI = 0x14,
    FW_REJECT_NO_CIPHER_ALGORITHM = 0x17,
    FW_REJECT_INCOMPATIBLE_SERVICE = 0x20,
    FW_REJECT_INVALID_TPUI = 0x23,
    FW_REJECT_MEMORY = 0x2F,
    FW_REJECT_OVERLOAD = 0x30,
    FW_REJECT_INVALID_MESSAGE = 0x5F,
    FW_REJECT_ELEMENT_ERROR = 0x60,
    FW_REJECT_INVALID_CONTENTS = 0x64,
    FW_REJECT_TIMER_EXPIRY = 0x70
};
enum {
    FW_RELEASE_NORMAL = 0x00,
    FW_RELEASE_UNKNOWN_TRANSACTION = 0x02,
    FW_RELEASE_SERVICE_NOT_IMPLEMENTED = 0x06,
    FW_RELEASE_AUTHENTICATION_FAILED = 0x09
};

/* --- writing: begin, elements, then look at `ok` once --- */

typedef struct fw_nwk_writer {
    uint8_t data[FW_NWK_OCTETS_MAX];
    size_t octets;
    bool ok; /* everything fitted */
} fw_nwk_writer;

/* answer: we are not the side that began the transaction (F = 1). transaction: 0..6, in MM and LCE 0. */
void fw_nwk_begin(fw_nwk_writer* w, enum fw_nwk_protocol protocol, uint8_t transaction, bool answer, uint8_t type);
void fw_nwk_put(fw_nwk_writer* w, uint8_t code, const void* value, size_t octets); /* code < 0x80 */
void fw_nwk_put_octet(fw_nwk_writer* w, uint8_t code, uint8_t value); /* length 1, or double octet from 0xE0 on */
/* IPUI type N from the 40 bits of manufacturing data: 7.7.30 */
void fw_nwk_put_ipui(fw_nwk_writer* w, const uint8_t ipei[5]);

/* --- reading --- */

typedef struct fw_nwk_message {
    uint8_t protocol, transaction, type;
    bool answer;
    const uint8_t* elements;
    size_t elements_octets;
} fw_nwk_message;

/* False: too short, an extended transaction value, or an element that reaches past the end. */
bool fw_nwk_parse(const uint8_t* data, size_t octets, fw_nwk_message* message);
/* First element of this code in code set 0. False: absent. */
bool fw_nwk_find(const fw_nwk_message* message, uint8_t code, const uint8_t** value, size_t* octets);

/* --- refusing --- */

/* A call that is not taken: {CC-RELEASE-COM} with its reason. */
void fw_nwk_refuse_call(fw_nwk_writer* w, uint8_t transaction, uint8_t release_reason);
/* What a fixed part has for nobody: {CISS-REGISTER} and {COMS-SETUP} are answered by RELEASE-COM, "service not
 * implemented" (EN 300 175-5, 10.4.2, 11.3.2), the {LCE-PAGE-RESPONSE} of somebody whom it does not know by
 * {LCE-PAGE-REJECT} (14.2.3). False: to this message nothing of that kind is to be said. */
bool fw_nwk_refuse_unserved(fw_nwk_writer* w, const fw_nwk_message* message);

#ifdef __cplusplus
}
#endif
#endif
