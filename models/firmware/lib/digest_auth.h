/* SPDX-License-Identifier: MIT-0
 *
 * Digest access authentication, the client's side (RFC 7616; SIP: RFC 3261, 22 and RFC 8760): reads a challenge and
 * writes the credentials. MD5 and SHA-256; qop "auth", or none as RFC 2069 had it. No auth-int, no session variants,
 * no hashed user names.
 */
#ifndef FW_DIGEST_AUTH_H
#define FW_DIGEST_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_DIGEST_TEXT_OCTETS = 128, FW_DIGEST_RESPONSE_OCTETS = 65 };
enum fw_digest_algorithm { FW_DIGEST_MD5 = 1, FW_DIGEST_SHA256 = 2 };

/* Texts as they stand between their quotes, escapes included. */
typedef struct fw_digest_challenge {
    char realm[FW_DIGEST_TEXT_OCTETS], nonce[FW_DIGEST_TEXT_OCTETS], opaque[FW_DIGEST_TEXT_OCTETS];
    enum fw_digest_algorithm algorithm;
    bool algorithm_named, qop_auth, has_opaque, stale;
} fw_digest_challenge;

typedef struct fw_digest_request {
    const char *user, *password, *method, *uri;
    const char* cnonce; /* used only with qop */
    uint32_t nc;        /* counts the requests with this nonce from 1 */
} fw_digest_request;

/* The value of one WWW-Authenticate or Proxy-Authenticate field with one challenge. False: another scheme, no realm or
 * nonce, an algorithm or qop we cannot do, a text that is too long. */
bool fw_digest_read_challenge(const char* value, fw_digest_challenge* challenge);

/* The "response" of a request in lower-case hexadecimal; false: the library of hash functions fails. */
bool fw_digest_response(const fw_digest_challenge* challenge, const fw_digest_request* request,
                        char out[FW_DIGEST_RESPONSE_OCTETS]);

/* The value of Authorization or Proxy-Authorization. 0: does not fit, or user or URI would break out of its quotes. */
size_t fw_digest_write(char* out, size_t size, const fw_digest_challenge* challenge, const fw_digest_request* request);

#ifdef __cplusplus
}
#endif
#endif
