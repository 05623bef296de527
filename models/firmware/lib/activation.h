/* SPDX-License-Identifier: MIT-0
 *
 * The reference vendor's activation protocol: what a base announces on the air, and the messages by which an
 * unregistered handset hands it a code. Bases and handsets of other makers with the same manufacturer code may
 * speak it too.
 *
 * Announcement, the 20 vendor bits of the Q-channel's escape message:
 *   bits 19..16 version (1)   15..12 service   11..0 zero
 *
 * Messages: MM messages with the element <<ESCAPE-TO-PROPRIETARY>> = 0x81, EMC (2 octets), version (1), opcode,
 * operands:
 *   01 ACTIVATION-CODE  {MM-INFO-REQUEST} PT to FT: octet n (6..16), n ASCII digits
 *   02 PROGRESS         {MM-INFO-SUGGEST} FT to PT: octet stage
 *   03 VERDICT          {MM-INFO-ACCEPT} or {MM-INFO-REJECT} FT to PT: octet result, 16 bits retry-after seconds
 * All numbers most significant octet first.
 */
#ifndef FW_ACTIVATION_H
#define FW_ACTIVATION_H

#include "fw_io.h"
#include "nwk.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_CODE_DIGITS_MIN = 6, FW_CODE_DIGITS_MAX = 16 };

enum fw_service {
    FW_SERVICE_NOT_READY = 0,
    FW_SERVICE_WAITING_FOR_CODE = 1,
    FW_SERVICE_IN_SERVICE = 2,
    FW_SERVICE_BUSY = 3 /* verifying a code */
};

/* What a base of this vendor broadcasts: full slot, basic A-field set-up, authentication required, location
 * registration; nobody can subscribe (a44 = 0). */
dectbed_system_information fw_announcement(uint16_t emc, enum fw_service service);
/* False: no announcement of this manufacturer code and version. `heard` as in dectbed_ev_scan_result. */
bool fw_announced_service(const dectbed_system_information* information, uint8_t heard, uint16_t emc,
                          enum fw_service* service);

enum fw_activation_opcode { FW_ACTIVATION_CODE = 1, FW_ACTIVATION_PROGRESS = 2, FW_ACTIVATION_VERDICT = 3 };
enum fw_activation_stage { FW_STAGE_REDIRECTION = 1, FW_STAGE_CONFIGURATION = 2 };
enum fw_verdict {
    FW_VERDICT_ACTIVATED = 0,
    FW_VERDICT_CODE_REFUSED = 1,
    FW_VERDICT_REDIRECTION_UNREACHABLE = 2,
    FW_VERDICT_PROVISIONING_FAILED = 3,
    FW_VERDICT_ALREADY_PROVISIONED = 4,
    FW_VERDICT_LOCKED_OUT = 5,
    FW_VERDICT_BUSY = 6
};

typedef struct fw_activation {
    enum fw_activation_opcode opcode;
    char code[FW_CODE_DIGITS_MAX + 1]; /* opcode 1 */
    uint8_t stage;                     /* opcode 2 */
    uint8_t verdict;                   /* opcode 3 */
    uint16_t retry_after_s;            /* opcode 3 */
} fw_activation;

enum fw_activation_reading {
    FW_ACTIVATION_NONE,   /* no element of this manufacturer code: not for us */
    FW_ACTIVATION_BROKEN, /* ours, but unknown version or opcode, wrong length, no digits, wrong carrier message */
    FW_ACTIVATION_READ
};
enum fw_activation_reading fw_activation_read(const fw_nwk_message* message, uint16_t emc, fw_activation* out);

/* False: the code is no 6..16 digits. */
bool fw_activation_write_code(fw_nwk_writer* w, uint16_t emc, const uint8_t ipei[5], const char* code);
void fw_activation_write_progress(fw_nwk_writer* w, uint16_t emc, enum fw_activation_stage stage);
void fw_activation_write_verdict(fw_nwk_writer* w, uint16_t emc, enum fw_verdict verdict, uint16_t retry_after_s);
const char* fw_verdict_text(uint8_t verdict);

#ifdef __cplusplus
}
#endif
#endif
