/* SPDX-License-Identifier: MIT-0
 *
 * What the parts of the SIP client share: sip_client.c registers, sip_stream.c connects by TCP and TLS, sip_service.c
 * keeps the way back alive and answers what comes by it. For these files only.
 */
#ifndef FW_SIP_CLIENT_INTERNAL_H
#define FW_SIP_CLIENT_INTERNAL_H

#include "fw_tls_socket.h"
#include "sip_client.h"
#include "stun_client.h"

/* Timer F of RFC 3261, 17.1.2: 64 T1 */
#define FW_SIP_TIMER_F_US (64 * 500 * FW_MILLISECOND_US)
enum { stream_octets_max = 4096, cnonce_octets = 8 };

struct fw_sip_extra {
    fw_digest_challenge challenge; /* nonce "": none */
    bool proxy;                    /* it is a proxy's */
    bool authorized;               /* the request under way carries credentials */
    uint32_t nc;
    char cnonce[2 * cnonce_octets + 1];

    fw_sip_lookup lookup;
    uint32_t target; /* in use */

    uint32_t stream, turn; /* socket of the connection, 0: none */
    uint32_t stream_address;
    uint16_t stream_port;
    bool connected; /* and, by TLS, secured */
    fw_tls_socket wire;
    char why[96]; /* the last session failed */
    char received[stream_octets_max];
    size_t received_octets;

    uint8_t transaction[FW_STUN_TRANSACTION_OCTETS]; /* of the keep-alive under way */
    bool waiting, answers;                           /* for one; the server has answered one before */
    uint32_t mapped_address;
    uint16_t mapped_port;
};

struct fw_sip_extra* fw_sip_extra_of(fw_sip_client* c); /* NULL: no memory */
bool fw_sip_by_stream(const fw_sip_client* c);
enum fw_sip_transport fw_sip_transport_of(const fw_sip_client* c);
uint16_t fw_sip_port_of(const fw_sip_client* c);
void fw_sip_begin_transaction(fw_sip_client* c);
/* RFC 3263, 4.3: what did not answer, or said 503, is followed by the next address, then the next target. */
void fw_sip_next_target(fw_sip_client* c, unsigned status, uint32_t retry_after_s);
void fw_sip_fail(fw_sip_client* c, unsigned status, uint32_t retry_after_s);
void fw_sip_message_received(fw_sip_client* c, uint32_t address, uint16_t port, const char* data, size_t octets);

/* Begins the transaction over the connection that is there, or makes one. */
void fw_sip_connect(fw_sip_client* c);
bool fw_sip_handle_stream(fw_sip_client* c, const dectbed_event* event);
void fw_sip_close_stream(fw_sip_client* c);
bool fw_sip_send(fw_sip_client* c, const void* data, size_t octets);

void fw_sip_wait_to_keep_alive(fw_sip_client* c);
void fw_sip_keep_alive(fw_sip_client* c);
void fw_sip_kept_alive(fw_sip_client* c);
/* The connection is gone, or the server is not there any more: registers anew after a while. */
void fw_sip_flow_lost(fw_sip_client* c);
void fw_sip_binding_seen(fw_sip_client* c, const fw_payload* p);
void fw_sip_request_received(fw_sip_client* c, uint32_t address, uint16_t port, const char* data, size_t octets);

#endif
