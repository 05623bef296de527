/* SPDX-License-Identifier: MIT-0
 *
 * STUN client (RFC 8489): one Binding transaction over UDP, to learn the address under which the Internet sees this
 * device. The answer must come from the server that was asked, with the transaction's identifier; XOR-MAPPED-ADDRESS is
 * taken, and MAPPED-ADDRESS from servers that know nothing else. No credentials, no IPv6.
 */
#ifndef FW_STUN_CLIENT_H
#define FW_STUN_CLIENT_H

#include "dns_client.h"
#include "fw_io.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_STUN_PORT = 3478, FW_STUN_TRANSACTION_OCTETS = 12, FW_STUN_REQUEST_OCTETS = 28 };

enum fw_stun_error {
    FW_STUN_OK = 0,
    FW_STUN_NAME_NOT_FOUND,
    FW_STUN_NAME_TIMEOUT,
    FW_STUN_TIMEOUT,  /* no answer 39.5 s after the first request */
    FW_STUN_REFUSED,  /* an error response; see code */
    FW_STUN_MALFORMED /* an answer to our question that cannot be used */
};
const char* fw_stun_error_text(enum fw_stun_error error);

typedef struct fw_stun_result {
    enum fw_stun_error error;
    uint32_t address; /* 0 unless error is FW_STUN_OK */
    uint16_t port;
    uint16_t code; /* of an error response, 300..699 */
} fw_stun_result;
typedef void (*fw_stun_done)(void* context, const fw_stun_result* result);

typedef struct fw_stun_config {
    uint32_t timer, token, socket;
} fw_stun_config;

typedef struct fw_stun_client {
    fw_io* io;
    fw_dns_client* dns;
    fw_stun_config config;
    enum { FW_STUN_IDLE, FW_STUN_RESOLVING, FW_STUN_ASKING } state;
    int query;
    uint32_t server;
    uint16_t port;
    unsigned sent; /* requests so far */
    uint8_t transaction[FW_STUN_TRANSACTION_OCTETS];
    fw_stun_done done;
    void* context;
} fw_stun_client;

void fw_stun_init(fw_stun_client* c, fw_io* io, fw_dns_client* dns, const fw_stun_config* config);
/* `port` 0: 3478. Calls back exactly once unless cancelled, possibly from within this call. A transaction under way is
 * cancelled first. */
void fw_stun_start(fw_stun_client* c, const char* host, uint16_t port, fw_stun_done done, void* context);
void fw_stun_cancel(fw_stun_client* c); /* silent */
bool fw_stun_handle(fw_stun_client* c, const dectbed_event* event);

/* A Binding request with FINGERPRINT. */
void fw_stun_write_request(uint8_t out[FW_STUN_REQUEST_OCTETS], const uint8_t transaction[FW_STUN_TRANSACTION_OCTETS]);
/* False: not an answer to this transaction (or a wrong FINGERPRINT), to be ignored. Else result says what it is. */
bool fw_stun_read_answer(const uint8_t* data, size_t octets, const uint8_t transaction[FW_STUN_TRANSACTION_OCTETS],
                         fw_stun_result* result);

#ifdef __cplusplus
}
#endif
#endif
