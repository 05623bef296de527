/* SPDX-License-Identifier: MIT-0 */
#include <stdio.h>
#include <string.h>

#include "sip_client_internal.h"

enum { plain_octets = 2048 };

static void drop(struct fw_sip_extra* e) {
    e->stream = 0;
    e->connected = false;
    e->received_octets = 0;
}

void fw_sip_close_stream(fw_sip_client* c) {
    if (c->extra == NULL) return;
    if (c->extra->stream != 0) fw_tls_socket_abort(&c->extra->wire);
    drop(c->extra);
}

const char* fw_sip_why(const fw_sip_client* c) { return c->extra != NULL ? c->extra->why : ""; }

/* What is under way goes on elsewhere; without anything under way the flow is made anew. */
static void lost(fw_sip_client* c) {
    switch (c->state) {
        case FW_SIP_CONNECTING:
        case FW_SIP_SECURING:
        case FW_SIP_TRYING:
        case FW_SIP_PROCEEDING:
            fw_sip_next_target(c, 0, 0);
            return;
        case FW_SIP_IDLE:
        case FW_SIP_RESOLVING:
        case FW_SIP_PREPARING:
        case FW_SIP_REGISTERED:
            fw_sip_flow_lost(c);
            return;
    }
}

/* --- the way there --- */

static void open_stream(fw_sip_client* c) {
    struct fw_sip_extra* e = c->extra;
    fw_sip_close_stream(c);
    e->stream = c->config.stream_sockets + e->turn++ % FW_SIP_TCP_SOCKETS;
    e->stream_address = c->registrar_address;
    e->stream_port = fw_sip_port_of(c);
    fw_tls_socket_init(&e->wire, c->io, c->config.token, e->stream);
    c->state = FW_SIP_CONNECTING;
    fw_tcp_connect(c->io, c->config.token, e->stream, e->stream_address, e->stream_port);
    fw_timer_start(c->io, c->config.timer, FW_SIP_TIMER_F_US);
}

static int64_t wall_clock(const fw_sip_client* c) {
    return c->config.now_unix != NULL ? c->config.now_unix(c->config.context) : FW_TLS_CLOCK_UNKNOWN;
}

static void prepared(void* context) {
    fw_sip_client* c = (fw_sip_client*)context;
    if (c->state == FW_SIP_PREPARING) open_stream(c);
}

void fw_sip_connect(fw_sip_client* c) {
    struct fw_sip_extra* e = fw_sip_extra_of(c);
    if (e == NULL) {
        fw_sip_fail(c, 0, 0);
        return;
    }
    if (e->connected && e->stream_address == c->registrar_address && e->stream_port == fw_sip_port_of(c)) {
        fw_sip_begin_transaction(c);
        return;
    }
    if (fw_sip_transport_of(c) != FW_SIP_TLS) {
        open_stream(c);
    } else if (c->config.tls == NULL) {
        fw_sip_next_target(c, 0, 0);
    } else if (c->config.wants_time != NULL && c->config.wants_time(c->config.context)) {
        c->state = FW_SIP_IDLE;
    } else {
        c->state = FW_SIP_PREPARING;
        fw_tls_device_load(c->config.tls, prepared, c);
    }
}

static void connected(fw_sip_client* c) {
    struct fw_sip_extra* e = c->extra;
    if (c->state != FW_SIP_CONNECTING) return;
    if (fw_sip_transport_of(c) != FW_SIP_TLS) {
        e->connected = true;
        fw_sip_begin_transaction(c);
        return;
    }
    c->state = FW_SIP_SECURING;
    if (!fw_tls_socket_secure(&e->wire, c->config.tls, c->config.registrar, wall_clock(c))) fw_sip_next_target(c, 0, 0);
}

/* --- what comes --- */

static void take(fw_sip_client* c, const uint8_t* data, size_t octets) {
    struct fw_sip_extra* e = c->extra;
    if (octets > sizeof e->received - e->received_octets) {
        fw_sip_flow_lost(c); /* nobody has so much to say to us */
        return;
    }
    memcpy(e->received + e->received_octets, data, octets);
    e->received_octets += octets;
    const uint32_t stream = e->stream;
    while (e->stream == stream && e->received_octets > 0) {
        size_t used = 0;
        long message = 0;
        while (used + 2 <= e->received_octets && memcmp(e->received + used, "\r\n", 2) == 0) used += 2;
        if (used > 0) {
            if (e->waiting) fw_sip_kept_alive(c);
        } else {
            message = fw_sip_frame(e->received, e->received_octets);
            if (message == 0) return;
            if (message < 0) {
                fw_sip_flow_lost(c);
                return;
            }
            used = (size_t)message;
            fw_sip_message_received(c, e->stream_address, e->stream_port, e->received, used);
            if (e->stream != stream) return; /* closed for what it said */
        }
        e->received_octets -= used;
        memmove(e->received, e->received + used, e->received_octets);
    }
}

static void take_secured(fw_sip_client* c, const fw_payload* p) {
    struct fw_sip_extra* e = c->extra;
    const uint32_t stream = e->stream;
    uint8_t plain[plain_octets];
    size_t n = 0;
    fw_tls_socket_receive(&e->wire, p->data, p->octets);
    if (c->state == FW_SIP_SECURING && fw_tls_socket_state(&e->wire) == FW_TLS_OPEN) {
        e->connected = true;
        e->why[0] = '\0';
        fw_sip_begin_transaction(c);
    }
    while (e->stream == stream && (n = fw_tls_socket_read(&e->wire, plain, sizeof plain)) > 0) take(c, plain, n);
    if (e->stream != stream) return;
    const enum fw_tls_state state = fw_tls_socket_state(&e->wire);
    if (state != FW_TLS_FAILED && state != FW_TLS_FINISHED) return;
    if (state == FW_TLS_FAILED) {
        snprintf(e->why, sizeof e->why, "tls failed: %s", fw_tls_failure(e->wire.tls));
        fw_log(c->io, FW_LOG_WARNING, "registrar: %s", e->why);
    }
    fw_tls_socket_close(&e->wire); /* an alert goes first */
    drop(e);
    lost(c);
}

bool fw_sip_handle_stream(fw_sip_client* c, const dectbed_event* event) {
    const uint32_t socket = ((const dectbed_ev_tcp*)event)->socket; /* at the same place in TCP_CLOSED */
    if (c->config.stream_sockets == 0 || socket - c->config.stream_sockets >= FW_SIP_TCP_SOCKETS) return false;
    if (c->extra == NULL || c->extra->stream == 0 || socket != c->extra->stream)
        return true; /* of a connection that we have left */
    if (event->record.type == DECTBED_EV_TCP_CONNECTED) {
        connected(c);
    } else if (event->record.type == DECTBED_EV_TCP_RECEIVED) {
        const fw_payload payload = fw_event_payload(event);
        if (c->extra->wire.tls != NULL) {
            take_secured(c, &payload);
        } else {
            take(c, payload.data, payload.octets);
        }
    } else {
        fw_tls_socket_forget(&c->extra->wire);
        drop(c->extra);
        lost(c);
    }
    return true;
}
