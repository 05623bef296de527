/* SPDX-License-Identifier: MIT-0
 *
 * Texts of HTTP: addresses, dates, and what a client answers to a challenge (Basic, RFC 7617; Digest, RFC 7616 with
 * MD5 and SHA-256 and qop=auth). Pure functions.
 */
#ifndef FW_HTTP_TEXT_H
#define FW_HTTP_TEXT_H

#include "fw_io.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_URL_OCTETS = 256, FW_HTTP_HOST_OCTETS = 128, FW_HTTP_USER_OCTETS = 64, FW_HTTP_CHALLENGE_OCTETS = 512 };

typedef struct fw_http_address {
    bool secure; /* https */
    uint16_t port;
    char host[FW_HTTP_HOST_OCTETS];
    char user[FW_HTTP_USER_OCTETS], password[FW_HTTP_USER_OCTETS]; /* percent-decoded; user "": none */
    const char* target; /* in the text that was split: path and query; no terminator */
    size_t target_octets;
} fw_http_address;

/* http[s]://[user:password@]host[:port]/path?query; false: none of these. `target` points into `url`. */
bool fw_http_split(const char* url, fw_http_address* out);
/* Target of a Location field that came with `base`; false: too long or another scheme. User and password of `base`
 * go along to the same host and port only. */
bool fw_http_resolve_location(const char* base, const char* location, char out[FW_URL_OCTETS]);
/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7) to seconds since 1970. */
bool fw_http_parse_date(const char* text, int64_t* unix_s);

enum fw_http_scheme { FW_HTTP_NO_SCHEME, FW_HTTP_BASIC, FW_HTTP_DIGEST_MD5, FW_HTTP_DIGEST_SHA256 };

typedef struct fw_http_challenge {
    enum fw_http_scheme scheme;
    bool stale, qop; /* qop: auth is offered */
    char realm[96], nonce[128], opaque[96];
    uint32_t uses; /* of this nonce */
} fw_http_challenge;

/* The best challenge of one WWW-Authenticate value, kept if it is better than what `c` already holds. */
void fw_http_read_challenge(const char* value, fw_http_challenge* c);
/* Value of the Authorization field; counts the use. `cnonce` is any text without quotes. False: does not fit. */
bool fw_http_authorize(fw_http_challenge* c, const char* user, const char* password, const char* method,
                       const char* target, size_t target_octets, const char* cnonce, char* out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
