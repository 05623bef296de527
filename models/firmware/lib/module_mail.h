/* SPDX-License-Identifier: MIT-0
 *
 * Mails between a base's processor and its DECT module, as octets on a serial line. The layout is this project's own
 * and has what such mailboxes have (docs/models/dect_module.md):
 *
 *      0     0x10, start
 *      1- 2  n: octets of opcode and payload, 2..200
 *      3     sequence, counted by each side for what it begins
 *      4- 5  opcode; bit 15: the answer to the mail with this opcode and sequence
 *      6..   payload, n - 2 octets
 *      n+4.. CRC-16 of octets 1 to n+3 (ISO/IEC 13239: reflected 0x1021, preset and complemented)
 *
 * Numbers of more than one octet: least significant octet first. Every mail that is no answer is answered.
 */
#ifndef FW_MODULE_MAIL_H
#define FW_MODULE_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    FW_MAIL_FIRST_OCTET = 0x10,
    FW_MAIL_HEAD = 6, /* octets before the payload */
    FW_MAIL_OVERHEAD = 8,
    FW_MAIL_PAYLOAD_MAX = 198,
    FW_MAIL_OCTETS_MAX = FW_MAIL_OVERHEAD + FW_MAIL_PAYLOAD_MAX,
    FW_MAIL_ANSWER = 0x8000
};

/* Payloads stand behind each; lengths in octets in parentheses. Every answer to a command begins with a status (1). */
enum fw_mail_opcode {
    /* to the module */
    FW_MAIL_HELLO = 0x0001,        /* - ; answer: status, then as FW_MAIL_STARTED_UP */
    FW_MAIL_RESET = 0x0002,        /* - ; the answer comes first */
    FW_MAIL_SET_BAND = 0x0003,     /* band (1, enum dectbed_band); kept over resets. Not while on the air */
    FW_MAIL_START = 0x0004,        /* power in 1/10 dBm (2); ON_AIR follows */
    FW_MAIL_STOP = 0x0005,         /* - */
    FW_MAIL_RECEIVE_ONLY = 0x0006, /* band (1), 10 ms frames on each carrier (2); HEARD.., LISTENED follow */
    FW_MAIL_REGISTRATION = 0x0007, /* open (1), seconds (2, 0: until closed), digits of the PIN (1..8, ASCII) */
    FW_MAIL_ANNOUNCE = 0x0008,     /* EMC (2), 20 bits of the vendor's (4) */
    FW_MAIL_HANDSETS = 0x0009,     /* - ; answer: status, count (1), then each: number (1), located (1), IPUI (5) */
    FW_MAIL_DELETE = 0x000A,       /* number (1) */
    FW_MAIL_VENDOR_MM = 0x000B,    /* link (1), type (1, 0x51 accept, 0x52 suggest, 0x53 reject), reject reason (1),
                                      EMC (2), the vendor's octets (1..40) */
    FW_MAIL_CLOSE_LINK = 0x000C,   /* link (1) */
    FW_MAIL_PAGE = 0x000D,         /* number (1), 0xFF: everybody who is located */
    /* from the module */
    FW_MAIL_STARTED_UP = 0x4001, /* interface version (1), module version (2), band (1), state (1), handsets (1),
                                    RFPI (5), starts (2): how often it has started since it was made */
    FW_MAIL_ON_AIR = 0x4002,     /* status (1), carrier (1), slot (1) */
    FW_MAIL_HEARD = 0x4003,      /* RFPI (5), level in 1/10 dBm (2), EMC (2), 20 bits (4) */
    FW_MAIL_LISTENED = 0x4004,   /* band (1), how many were heard (1) */
    FW_MAIL_REGISTERED = 0x4005, /* number (1), IPUI (5), as the next three */
    FW_MAIL_DEREGISTERED = 0x4006,
    FW_MAIL_LOCATED = 0x4007,
    FW_MAIL_LOST = 0x4008,         /* number (1), IPUI (5), cause (1): 1 it said so, 2 does not answer its page */
    FW_MAIL_VENDOR_MM_UP = 0x4009, /* link (1), type (1), IPUI (5), EMC (2), the vendor's octets */
    FW_MAIL_LINK_CLOSED = 0x400A,  /* link (1) of a vendor's message */
    FW_MAIL_REGISTRATION_CLOSED = 0x400B, /* - ; by time */
    FW_MAIL_VENDOR_MM_SENT = 0x400C       /* link (1): the handset has acknowledged a vendor's message */
};

enum fw_mail_status {
    FW_MAIL_OK = 0,
    FW_MAIL_BAD_FIELD = 1,
    FW_MAIL_WRONG_STATE = 2,
    FW_MAIL_UNKNOWN = 3,
    FW_MAIL_NOT_FOUND = 4,
    FW_MAIL_NO_CHANNEL = 5
};
enum fw_module_state { FW_MODULE_IDLE = 0, FW_MODULE_ON_AIR = 1, FW_MODULE_RECEIVE_ONLY = 2 };
enum { FW_MODULE_INTERFACE = 1, FW_MODULE_STARTED_UP_OCTETS = 13, FW_MAIL_VENDOR_MAX = 40 };
enum { FW_MODULE_LOST_DETACHED = 1, FW_MODULE_LOST_SILENT = 2 };

typedef struct fw_mail {
    uint16_t opcode;
    uint8_t sequence;
    uint8_t octets; /* of the payload */
    uint8_t payload[FW_MAIL_PAYLOAD_MAX];
} fw_mail;

uint16_t fw_mail_crc(const uint8_t* data, size_t octets);
/* "SET-BAND", "unknown" */
const char* fw_mail_name(uint16_t opcode);

/* Octets written; 0: the payload is too long. */
size_t fw_mail_write(const fw_mail* m, uint8_t out[FW_MAIL_OCTETS_MAX]);

/* Appends to a payload; what does not fit leaves the mail as it was. */
void fw_mail_put(fw_mail* m, uint32_t value, unsigned octets);
void fw_mail_put_octets(fw_mail* m, const void* data, size_t octets);
/* `octets` (1..4) of the payload from `at` on; 0 beyond its end. */
uint32_t fw_mail_get(const fw_mail* m, unsigned at, unsigned octets);

/* Finds mails in a stream. All zero at first. */
typedef struct fw_mail_reader {
    uint8_t data[FW_MAIL_OCTETS_MAX];
    size_t used;
    uint32_t skipped; /* octets that belonged to no mail */
    uint32_t spoilt;  /* mails whose checksum was wrong */
} fw_mail_reader;
typedef void (*fw_mail_taker)(void* context, const fw_mail* m);
void fw_mail_read(fw_mail_reader* r, const uint8_t* data, size_t octets, fw_mail_taker take, void* context);

/* One mail and nothing else. False: `why` says what is wrong. */
bool fw_mail_decode(const uint8_t* data, size_t octets, fw_mail* m, const char** why);

/* A line for people: "SET-BAND #3: band 1". Terminated; false: it was cut. */
bool fw_mail_describe(const fw_mail* m, char* out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
