/* SPDX-License-Identifier: MIT-0
 *
 * SIP messages (RFC 3261) as far as a REGISTER and its responses go.
 */
#ifndef FW_SIP_MESSAGE_H
#define FW_SIP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_SIP_OCTETS_MAX = 1300 }; /* RFC 3261, 18.1.1: longer requests need TCP */

typedef struct fw_sip_register {
    const char* domain; /* request URI and address of record */
    const char* user;
    const char* host; /* our address, "192.168.1.20" */
    uint16_t port;
    const char* branch; /* with its magic cookie */
    const char *from_tag, *call_id;
    uint32_t cseq;
    const char* instance; /* "00000000-0000-1000-8000-021b2c000001" */
    const char* user_agent;
    uint32_t expires_s;
} fw_sip_register;

/* Octets written, 0: does not fit or a text would break out of its header line. */
size_t fw_sip_write_register(char* out, size_t size, const fw_sip_register* message);

typedef struct fw_sip_response {
    unsigned status;
    char branch[64], call_id[96], method[16]; /* of the top Via, Call-ID, CSeq */
    uint32_t cseq;
    uint32_t expires_s;         /* header field */
    uint32_t min_expires_s;     /* 423 */
    uint32_t retry_after_s;     /* 5xx, 600 */
    uint32_t contact_expires_s; /* parameter of the Contact that names `user@host:port` */
    bool has_expires, has_contact_expires;
} fw_sip_response;

/* contact: "sip:user@host:port" as written in our REGISTER. False: no response, or Via, Call-ID or CSeq missing
 * or not readable. Compact and folded header fields are understood. */
bool fw_sip_read_response(const char* data, size_t octets, const char* contact, fw_sip_response* response);

#ifdef __cplusplus
}
#endif
#endif
