/* SPDX-License-Identifier: MIT-0 */
#include <string.h>

#include "sip_client_internal.h"

/* RFC 5626, 4.4.1: a server answers a keep-alive on a connection within 10 s */
static const uint64_t pong_us = 10 * FW_SECOND_US;
/* RFC 5626, 4.5: a lost flow is made anew after 50 to 100 % of 30 s, so that a server that restarts is not run down */
static const uint64_t flow_recovery_us = 30 * FW_SECOND_US;
/* RFC 5626, 4.4.1 and 4.4.2: between 80 and 100 % of the interval */
enum { keep_alive_jitter_percent = 20 };

/* --- keep-alive: RFC 5626, 4.4 --- */

void fw_sip_wait_to_keep_alive(fw_sip_client* c) {
    if (c->config.keep_alive_s == 0) return;
    const uint64_t interval_us = c->config.keep_alive_s * FW_SECOND_US;
    const uint64_t earliest_us = interval_us / 100 * (100 - keep_alive_jitter_percent);
    fw_timer_start(c->io, c->config.keep_alive_timer, fw_random_between(c->io, earliest_us, interval_us));
}

void fw_sip_flow_lost(fw_sip_client* c) {
    fw_sip_close_stream(c);
    if (c->state != FW_SIP_REGISTERED) return;
    fw_timer_start(c->io, c->config.timer, fw_random_between(c->io, flow_recovery_us / 2, flow_recovery_us));
}

void fw_sip_keep_alive(fw_sip_client* c) {
    struct fw_sip_extra* e = fw_sip_extra_of(c);
    if (e == NULL || c->state == FW_SIP_IDLE || c->bound_until_us == 0) return;
    if (e->waiting) {
        /* The last one was not answered. That says something only of a server that does answer them. */
        e->waiting = false;
        if (e->answers) {
            e->answers = false;
            fw_sip_flow_lost(c);
            return;
        }
    }
    e->waiting = true;
    if (fw_sip_by_stream(c)) {
        if (!e->connected) return;
        fw_sip_send(c, "\r\n\r\n", 4);
        if (e->answers) {
            fw_timer_start(c->io, c->config.keep_alive_timer, pong_us);
            return;
        }
    } else {
        uint8_t request[FW_STUN_REQUEST_OCTETS];
        for (size_t i = 0; i < sizeof e->transaction; ++i) e->transaction[i] = (uint8_t)fw_random(c->io);
        fw_stun_write_request(request, e->transaction);
        fw_sip_send(c, request, sizeof request);
    }
    fw_sip_wait_to_keep_alive(c);
}

void fw_sip_kept_alive(fw_sip_client* c) {
    c->extra->waiting = false;
    c->extra->answers = true;
    fw_sip_wait_to_keep_alive(c);
}

/* An answer tells where the server sees us; that it is another place means that the old way back is gone. */
void fw_sip_binding_seen(fw_sip_client* c, const fw_payload* p) {
    fw_stun_result r;
    struct fw_sip_extra* e = c->extra;
    if (e == NULL || !e->waiting || !fw_stun_read_answer(p->data, p->octets, e->transaction, &r)) return;
    fw_sip_kept_alive(c);
    if (r.error != FW_STUN_OK) return;
    const bool moved = e->mapped_address != 0 && (r.address != e->mapped_address || r.port != e->mapped_port);
    e->mapped_address = r.address;
    e->mapped_port = r.port;
    if (moved && c->state == FW_SIP_REGISTERED) fw_sip_register_now(c, c->address);
}

/* --- requests that come to us --- */

/* FNV-1a; two requests in a row that collide would cost one check-sync. */
static uint64_t identity_of(const fw_sip_request* r) {
    uint64_t h = 0xcbf29ce484222325u ^ r->cseq;
    for (const char* p = r->branch; *p != '\0'; ++p) h = (h ^ (uint8_t)*p) * 0x100000001b3u;
    return h;
}

void fw_sip_request_received(fw_sip_client* c, uint32_t address, uint16_t port, const char* data, size_t octets) {
    fw_sip_request r;
    char out[FW_SIP_OCTETS_MAX], tag[17], source[16];
    if (!fw_sip_read_request(data, octets, &r) || strcmp(r.method, "ACK") == 0) return;
    const bool check_sync = strcmp(r.method, "NOTIFY") == 0 && strcmp(r.event, "check-sync") == 0;
    const char* status = check_sync || strcmp(r.method, "OPTIONS") == 0 ? "200 OK"
                         : strcmp(r.method, "NOTIFY") == 0              ? "489 Bad Event"
                                                                        : "405 Method Not Allowed";
    const char* fields = "Allow: OPTIONS, NOTIFY\r\nAllow-Events: check-sync\r\n";
    fw_random_hex(c->io, tag, 8);
    fw_ipv4_text(address, source);
    const size_t n = fw_sip_write_response(out, sizeof out, data, octets, status, tag, fields, source, port);
    if (n == 0) return;
    if (fw_sip_by_stream(c)) {
        fw_sip_send(c, out, n);
    } else {
        fw_udp_send(c->io, c->config.token, c->config.socket, address, port, out, n);
    }
    const uint64_t identity = identity_of(&r);
    const bool again = identity == c->last_request;
    c->last_request = identity;
    if (check_sync && !again && c->config.check_sync != NULL) c->config.check_sync(c->config.context, r.reboot);
}
