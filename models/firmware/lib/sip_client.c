/* SPDX-License-Identifier: MIT-0 */
#include "sip_client.h"

#include <stdio.h>
#include <string.h>

/* RFC 3261, 17.1.1.1 and table 4: T1 500 ms, T2 4 s, timer F 64 T1 */
static const uint64_t t1_us = 500 * FW_MILLISECOND_US;
static const uint64_t t2_us = 4 * FW_SECOND_US;
static const uint64_t timer_f_us = 64 * 500 * FW_MILLISECOND_US;
/* A registrar that asks for more than a day is not followed (423). */
static const uint32_t expires_max_s = 86400;
/* Refresh at half of the life, up to a tenth of it earlier, so that a fleet does not refresh as one. */
enum { refresh_jitter_percent = 10 };

void fw_sip_init(fw_sip_client* c, fw_io* io, fw_dns_client* dns, const fw_sip_config* config) {
    memset(c, 0, sizeof *c);
    c->io = io;
    c->dns = dns;
    c->config = *config;
    c->query = -1;
    c->wanted_s = config->expires_s;
}

static void fail(fw_sip_client* c, unsigned status, uint32_t retry_after_s) {
    fw_timer_stop(c->io, c->config.timer);
    c->state = FW_SIP_IDLE;
    c->config.failed(c->config.context, status, retry_after_s);
}

static bool send_register(fw_sip_client* c) {
    char out[FW_SIP_OCTETS_MAX];
    const fw_sip_register message = {c->config.domain,     c->config.user, c->host,
                                     c->config.local_port, c->branch,      c->tag,
                                     c->call_id,           c->cseq,        c->config.instance,
                                     c->config.user_agent, c->wanted_s};
    const size_t octets = fw_sip_write_register(out, sizeof out, &message);
    return octets != 0 && fw_udp_send(c->io, c->config.token, c->config.socket, c->registrar_address,
                                      c->config.registrar_port, out, octets);
}

static void wait_to_retransmit(fw_sip_client* c) {
    const uint64_t rest = c->deadline_us > c->io->now_us ? c->deadline_us - c->io->now_us : 0;
    fw_timer_start(c->io, c->config.timer, c->retransmit_us < rest ? c->retransmit_us : rest);
}

static void begin_transaction(fw_sip_client* c) {
    memcpy(c->branch, "z9hG4bK", 7);
    fw_random_hex(c->io, c->branch + 7, 8);
    ++c->cseq;
    c->state = FW_SIP_TRYING;
    c->retransmit_us = t1_us;
    c->deadline_us = c->io->now_us + timer_f_us;
    if (!send_register(c)) {
        fail(c, 0, 0);
        return;
    }
    wait_to_retransmit(c);
}

static void resolved(void* context, enum fw_dns_result result, uint32_t address) {
    fw_sip_client* c = (fw_sip_client*)context;
    c->query = -1;
    if (result != FW_DNS_OK) {
        fail(c, 0, 0);
        return;
    }
    c->registrar_address = address;
    begin_transaction(c);
}

static void close_socket(fw_sip_client* c) {
    if (c->open) fw_udp_close(c->io, c->config.socket);
    c->open = false;
}

void fw_sip_register_now(fw_sip_client* c, uint32_t address) {
    fw_timer_stop(c->io, c->config.timer);
    fw_dns_cancel(c->dns, c->query);
    c->query = -1;
    if (address != c->address || !c->open) {
        char unique[33];
        close_socket(c);
        fw_udp_open(c->io, c->config.token, c->config.socket, c->config.local_port);
        c->open = true;
        c->address = address;
        c->bound_until_us = 0;
        c->cseq = 0;
        fw_ipv4_text(address, c->host);
        fw_random_hex(c->io, c->tag, 6);
        fw_random_hex(c->io, unique, 16);
        snprintf(c->call_id, sizeof c->call_id, "%s@%s", unique, c->host);
        snprintf(c->contact, sizeof c->contact, "sip:%s@%s:%u", c->config.user, c->host, c->config.local_port);
    }
    c->state = FW_SIP_RESOLVING;
    const int query = fw_dns_resolve(c->dns, c->config.registrar, resolved, c);
    if (query >= 0) c->query = query;
}

void fw_sip_stop(fw_sip_client* c) {
    fw_timer_stop(c->io, c->config.timer);
    fw_dns_cancel(c->dns, c->query);
    c->query = -1;
    close_socket(c);
    c->bound_until_us = 0;
    c->state = FW_SIP_IDLE;
}

static void accepted(fw_sip_client* c, const fw_sip_response* r) {
    uint32_t expires_s = c->wanted_s;
    if (r->has_expires) expires_s = r->expires_s;
    if (r->has_contact_expires) expires_s = r->contact_expires_s;
    if (expires_s == 0) { /* accepted, but bound for no time */
        fail(c, r->status, 0);
        return;
    }
    if (expires_s > expires_max_s) expires_s = expires_max_s;
    const uint64_t life_us = expires_s * FW_SECOND_US;
    const uint64_t early_us = fw_random_between(c->io, 0, life_us / 2 * refresh_jitter_percent / 100);
    c->state = FW_SIP_REGISTERED;
    c->bound_until_us = c->io->now_us + life_us;
    fw_timer_start(c->io, c->config.timer, life_us / 2 - early_us);
    c->config.registered(c->config.context, expires_s);
}

static void receive(fw_sip_client* c, const char* data, size_t octets) {
    fw_sip_response r;
    if (c->state != FW_SIP_TRYING && c->state != FW_SIP_PROCEEDING) return;
    if (!fw_sip_read_response(data, octets, c->contact, &r)) return;
    if (strcmp(r.branch, c->branch) != 0 || strcmp(r.call_id, c->call_id) != 0) return;
    if (r.cseq != c->cseq || strcmp(r.method, "REGISTER") != 0) return;
    if (r.status < 200) {
        c->state = FW_SIP_PROCEEDING;
        c->retransmit_us = t2_us;
        wait_to_retransmit(c);
    } else if (r.status < 300) {
        accepted(c, &r);
    } else if (r.status == 423 && r.min_expires_s > c->wanted_s && r.min_expires_s <= expires_max_s) {
        c->wanted_s = r.min_expires_s;
        begin_transaction(c);
    } else {
        fail(c, r.status, r.retry_after_s);
    }
}

static void timeout(fw_sip_client* c) {
    switch (c->state) {
        case FW_SIP_IDLE:
        case FW_SIP_RESOLVING:
            return;
        case FW_SIP_REGISTERED:
            fw_sip_register_now(c, c->address);
            return;
        case FW_SIP_TRYING:
            c->retransmit_us = 2 * c->retransmit_us < t2_us ? 2 * c->retransmit_us : t2_us;
            break;
        case FW_SIP_PROCEEDING:
            break;
    }
    if (c->io->now_us >= c->deadline_us) {
        fail(c, 0, 0);
        return;
    }
    if (!c->io->naive) send_register(c);
    wait_to_retransmit(c);
}

bool fw_sip_handle(fw_sip_client* c, const dectbed_event* event) {
    if (event->record.type == DECTBED_EV_TIMER) {
        if (((const dectbed_ev_timer*)event)->timer != c->config.timer) return false;
        timeout(c);
        return true;
    }
    if (event->record.type == DECTBED_EV_UDP_RECEIVED) {
        const dectbed_ev_udp_received* received = (const dectbed_ev_udp_received*)event;
        if (received->socket != c->config.socket) return false;
        const fw_payload payload = fw_event_payload(event);
        if (received->address == c->registrar_address) receive(c, (const char*)payload.data, payload.octets);
        return true;
    }
    /* a refused request is like a lost datagram: the timer repeats it */
    return event->record.type == DECTBED_EV_REFUSED && event->record.token == c->config.token;
}
