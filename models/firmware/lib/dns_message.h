/* SPDX-License-Identifier: MIT-0
 *
 * DNS messages (RFC 1035, 4) as far as a client that asks for A records needs them.
 */
#ifndef FW_DNS_MESSAGE_H
#define FW_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_DNS_NAME_OCTETS = 256, FW_DNS_ADDRESSES_MAX = 4 }; /* text of a name with its terminator */
enum { FW_DNS_NO_ERROR = 0, FW_DNS_SERVER_FAILURE = 2, FW_DNS_NO_SUCH_NAME = 3 };

typedef struct fw_dns_answer {
    uint8_t rcode;
    bool truncated;
    uint32_t addresses[FW_DNS_ADDRESSES_MAX];
    uint32_t address_count;
    uint32_t ttl_s;                     /* smallest of the records used */
    char canonical[FW_DNS_NAME_OCTETS]; /* end of the CNAME chain within this answer; the name itself without one */
} fw_dns_answer;

/* Octets written, 0: the name is no host name (labels of 1..63, 253 in all) or does not fit. */
size_t fw_dns_write_query(uint8_t* out, size_t size, uint16_t id, const char* name);

/* False: malformed, or not the answer to (id, name). Compression pointers may only lead backwards, so that no
 * message can keep the reader busy. */
bool fw_dns_read_answer(const uint8_t* data, size_t octets, uint16_t id, const char* name, fw_dns_answer* answer);

/* Equal without regard to case (RFC 4343) and to a final dot. */
bool fw_dns_same_name(const char* a, const char* b);

#ifdef __cplusplus
}
#endif
#endif
