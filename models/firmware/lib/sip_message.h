/* SPDX-License-Identifier: MIT-0
 *
 * SIP messages (RFC 3261) as far as a REGISTER and its responses go, and the few requests that a device answers.
 */
#ifndef FW_SIP_MESSAGE_H
#define FW_SIP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest_auth.h"

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
    const char* transport;     /* "UDP", "TCP", "TLS" */
    const char* authorization; /* credentials, or NULL */
    bool proxy;                /* they are for a proxy */
    bool secure;               /* SIPS addresses (RFC 3261, 19.1; RFC 5630) */
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

/* The first challenge in a 401 or 407 that can be answered; the registrar puts the one it likes best first (RFC
 * 8760, 2.4). `proxy`: it is a proxy's. False: none. */
bool fw_sip_read_challenge(const char* data, size_t octets, fw_digest_challenge* challenge, bool* proxy);

typedef struct fw_sip_request {
    char method[16], branch[64];
    uint32_t cseq;
    char event[32]; /* package of Event, "" without one */
    bool reboot;    /* ;reboot=true */
} fw_sip_request;

/* False: no request, or without Via, From, To, Call-ID or CSeq of its method. */
bool fw_sip_read_request(const char* data, size_t octets, fw_sip_request* request);
/* The answer to a request that fw_sip_read_request() took: its Via, From, To (with `tag` if it has none), Call-ID and
 * CSeq again. `fields`: further lines, each with its end. A Via with an open rport gets address and port of the source
 * (RFC 3581). 0: does not fit. */
size_t fw_sip_write_response(char* out, size_t size, const char* data, size_t octets, const char* status_line,
                             const char* tag, const char* fields, const char* source, uint16_t port);

/* One message at the start of a stream (RFC 3261, 18.3): its octets, 0: not all there, -1: none that can be read. */
long fw_sip_frame(const char* data, size_t octets);

#ifdef __cplusplus
}
#endif
#endif
