/* SPDX-License-Identifier: MIT-0
 *
 * DNS messages (RFC 1035, 4) as far as a client needs them: A records with their aliases, SRV (RFC 2782), NAPTR (RFC
 * 3403), and how long a "no" may be remembered (RFC 2308).
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
enum { FW_DNS_A = 1, FW_DNS_CNAME = 5, FW_DNS_SOA = 6, FW_DNS_SRV = 33, FW_DNS_NAPTR = 35 };
enum { FW_DNS_NO_ERROR = 0, FW_DNS_SERVER_FAILURE = 2, FW_DNS_NO_SUCH_NAME = 3 };

typedef struct fw_dns_answer {
    uint8_t rcode;
    bool truncated;
    uint32_t addresses[FW_DNS_ADDRESSES_MAX];
    uint32_t address_count;
    uint32_t record_count;              /* of the type asked for; for A as far as there was room */
    uint32_t negative_ttl_s;            /* of a "no": by the zone's SOA, 0 without one */
    uint32_t ttl_s;                     /* smallest of the records used */
    char canonical[FW_DNS_NAME_OCTETS]; /* end of the CNAME chain within this answer; the name itself without one */
} fw_dns_answer;

/* Octets written, 0: the name is no host name (labels of 1..63, 253 in all) or does not fit. */
size_t fw_dns_write_query(uint8_t* out, size_t size, uint16_t id, const char* name, uint16_t type);

/* False: malformed, or not the answer to (id, name, type). Compression pointers may only lead backwards, so that no
 * message can keep the reader busy. */
bool fw_dns_read_answer(const uint8_t* data, size_t octets, uint16_t id, const char* name, uint16_t type,
                        fw_dns_answer* answer);

typedef struct fw_dns_srv {
    uint16_t priority, weight, port;
    char target[FW_DNS_NAME_OCTETS]; /* "": decidedly no such service */
} fw_dns_srv;
typedef struct fw_dns_naptr {
    uint16_t order, preference;
    char flags[8], service[32], replacement[FW_DNS_NAME_OCTETS];
} fw_dns_naptr;
/* Record `number` (from 0) of the type asked for in a message that fw_dns_read_answer() took. False: no such record, or
 * malformed. */
bool fw_dns_read_srv(const uint8_t* data, size_t octets, const char* canonical, unsigned number, fw_dns_srv* out);
bool fw_dns_read_naptr(const uint8_t* data, size_t octets, const char* canonical, unsigned number, fw_dns_naptr* out);

/* Equal without regard to case (RFC 4343) and to a final dot. */
bool fw_dns_same_name(const char* a, const char* b);

#ifdef __cplusplus
}
#endif
#endif
