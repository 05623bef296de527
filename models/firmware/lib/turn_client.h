/* SPDX-License-Identifier: MIT-0
 *
 * TURN client (RFC 8656), as far as an allocation goes: one Allocate with long-term credentials (RFC 8489, 9.2) over
 * UDP. Its answer tells the relayed address and, as STUN does, the address under which the Internet sees this device.
 * The allocation is given back with fw_turn_release(), or ends by itself.
 */
#ifndef FW_TURN_CLIENT_H
#define FW_TURN_CLIENT_H

#include "dns_client.h"
#include "fw_io.h"
#include "stun_client.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_TURN_TEXT_OCTETS = 128, FW_TURN_KEY_OCTETS = 16, FW_TURN_REQUEST_OCTETS_MAX = 600 };

typedef struct fw_turn_result {
    enum fw_stun_error error; /* REFUSED: see code; 401 after credentials were sent: they are wrong */
    uint16_t code;            /* 486: quota, 437, 441, 442, 508 (RFC 8656, 19) */
    uint32_t mapped_address, relayed_address;
    uint16_t mapped_port, relayed_port;
    uint32_t lifetime_s;
} fw_turn_result;
typedef void (*fw_turn_done)(void* context, const fw_turn_result* result);

typedef struct fw_turn_config {
    uint32_t timer, token, socket;
    char user[64], password[64];
} fw_turn_config;

typedef struct fw_turn_client {
    fw_io* io;
    fw_dns_client* dns;
    fw_turn_config config;
    enum { FW_TURN_IDLE, FW_TURN_RESOLVING, FW_TURN_ASKING, FW_TURN_ALLOCATED } state;
    int query;
    uint32_t server;
    uint16_t port;
    unsigned sent, challenges;
    uint8_t transaction[FW_STUN_TRANSACTION_OCTETS];
    char realm[FW_TURN_TEXT_OCTETS], nonce[FW_TURN_TEXT_OCTETS]; /* nonce "": not challenged yet */
    uint8_t key[FW_TURN_KEY_OCTETS];
    fw_turn_done done;
    void* context;
} fw_turn_client;

void fw_turn_init(fw_turn_client* c, fw_io* io, fw_dns_client* dns, const fw_turn_config* config);
/* `port` 0: 3478. Calls back exactly once unless cancelled, possibly from within this call. What is under way is
 * cancelled. */
void fw_turn_allocate(fw_turn_client* c, const char* host, uint16_t port, fw_turn_done done, void* context);
/* Ends an allocation (Refresh with a lifetime of 0, sent once) and closes the socket; nothing without one. */
void fw_turn_release(fw_turn_client* c);
void fw_turn_cancel(fw_turn_client* c); /* silent; what was allocated ends by itself */
bool fw_turn_handle(fw_turn_client* c, const dectbed_event* event);

/* MD5 of "user:realm:password" (RFC 8489, 9.2.2); false: too long. */
bool fw_turn_key(const char* user, const char* realm, const char* password, uint8_t out[FW_TURN_KEY_OCTETS]);
/* HMAC-SHA1 over a message up to its MESSAGE-INTEGRITY at `at`, with the length it has there (14.5). */
bool fw_turn_integrity(const uint8_t* message, size_t at, const uint8_t* key, size_t key_octets, uint8_t out[20]);

#ifdef __cplusplus
}
#endif
#endif
