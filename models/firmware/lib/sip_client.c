/* SPDX-License-Identifier: MIT-0 */
#include "sip_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sip_client_internal.h"

/* RFC 3261, 17.1.2 and table 4: T1 500 ms, T2 4 s; timer E begins with T1 and doubles up to T2, timer F is 64 T1 */
static const uint64_t t1_us = 500 * FW_MILLISECOND_US;
static const uint64_t t2_us = 4 * FW_SECOND_US;
static const uint64_t timer_f_us = FW_SIP_TIMER_F_US;
/* A registrar that asks for more than a day is not followed (423). */
static const uint32_t expires_max_s = 86400;
/* Refresh at half of the life, up to a tenth of it earlier, so that a fleet does not refresh as one. */
enum { refresh_jitter_percent = 10 };
/* A nonce may grow old between two requests; more often than that somebody plays games. */
enum { challenges_max = 3 };
enum { sip_port = 5060, sips_port = 5061 };

static void use_address(fw_sip_client* c);

static void keep_texts(fw_sip_client* c, const fw_sip_config* config) {
    const struct {
        const char** kept;
        const char* told;
        size_t room;
    } texts[] = {{&c->config.registrar, config->registrar, sizeof config->registrar},
                 {&c->config.domain, config->domain, sizeof config->domain},
                 {&c->config.user, config->user, sizeof config->user},
                 {&c->config.instance, config->instance, sizeof config->instance},
                 {&c->config.user_agent, config->user_agent, sizeof config->user_agent},
                 {&c->config.password, config->password, sizeof config->password}};
    enum { count = sizeof texts / sizeof texts[0] };
    size_t octets = 0, at = 0;
    for (size_t i = 0; i < count; ++i) octets += strnlen(texts[i].told, texts[i].room - 1) + 1;
    c->texts = (char*)calloc(1, octets);
    for (size_t i = 0; i < count; ++i) {
        const size_t length = strnlen(texts[i].told, texts[i].room - 1);
        *texts[i].kept = c->texts != NULL ? c->texts + at : ""; /* without memory nobody is found */
        if (c->texts != NULL) memcpy(c->texts + at, texts[i].told, length);
        at += length + 1;
    }
}

void fw_sip_init(fw_sip_client* c, fw_io* io, fw_dns_client* dns, const fw_sip_config* config) {
    memset(c, 0, sizeof *c);
    c->io = io;
    c->dns = dns;
    keep_texts(c, config);
    c->config.timer = config->timer;
    c->config.socket = config->socket;
    c->config.token = config->token;
    c->config.registrar_port = config->registrar_port;
    c->config.local_port = config->local_port;
    c->config.expires_s = config->expires_s;
    c->config.context = config->context;
    c->config.registered = config->registered;
    c->config.failed = config->failed;
    c->config.transport = config->transport;
    c->config.lookup = config->lookup;
    c->config.any_transport = config->any_transport;
    c->config.sips = config->sips;
    c->config.keep_alive_s = config->keep_alive_s;
    c->config.keep_alive_timer = config->keep_alive_timer;
    c->config.stream_sockets = config->stream_sockets;
    c->config.check_sync = config->check_sync;
    c->config.tls = config->tls;
    c->config.now_unix = config->now_unix;
    c->config.wants_time = config->wants_time;
    c->query = -1;
    c->wanted_s = config->expires_s;
}

struct fw_sip_extra* fw_sip_extra_of(fw_sip_client* c) {
    if (c->extra == NULL) {
        c->extra = (struct fw_sip_extra*)calloc(1, sizeof *c->extra);
        if (c->extra == NULL) return NULL;
        c->extra->lookup.query = -1;
    }
    return c->extra;
}

void fw_sip_free(fw_sip_client* c) {
    if (c->extra != NULL) fw_tls_socket_forget(&c->extra->wire);
    free(c->extra);
    free(c->texts);
    c->extra = NULL;
    c->texts = NULL;
    c->config.registrar = c->config.domain = c->config.user = c->config.instance = "";
    c->config.user_agent = c->config.password = "";
    c->state = FW_SIP_IDLE;
}

/* The target in use; without a look-up there is only what is configured. */
static bool looks_up(const fw_sip_client* c) {
    return c->config.lookup != FW_SIP_LOOKUP_A && c->config.registrar_port == 0;
}
static const fw_sip_target* target_of(const fw_sip_client* c) {
    return looks_up(c) && c->extra != NULL && c->extra->lookup.count > 0 ? &c->extra->lookup.targets[c->extra->target]
                                                                         : NULL;
}
enum fw_sip_transport fw_sip_transport_of(const fw_sip_client* c) {
    const fw_sip_target* t = target_of(c);
    return t != NULL ? (enum fw_sip_transport)t->transport : c->config.sips ? FW_SIP_TLS : c->config.transport;
}
uint16_t fw_sip_port_of(const fw_sip_client* c) {
    const fw_sip_target* t = target_of(c);
    const uint16_t port = t != NULL ? t->port : c->config.registrar_port;
    if (port != 0) return port;
    return fw_sip_transport_of(c) == FW_SIP_TLS ? sips_port : sip_port;
}
bool fw_sip_by_stream(const fw_sip_client* c) { return fw_sip_transport_of(c) != FW_SIP_UDP; }

void fw_sip_fail(fw_sip_client* c, unsigned status, uint32_t retry_after_s) {
    fw_timer_stop(c->io, c->config.timer);
    c->state = FW_SIP_IDLE;
    c->config.failed(c->config.context, status, retry_after_s);
}

/* --- requests --- */

bool fw_sip_send(fw_sip_client* c, const void* data, size_t octets) {
    if (fw_sip_by_stream(c)) {
        if (c->extra == NULL || !c->extra->connected) return false;
        fw_tls_socket_send(&c->extra->wire, data, octets);
        return true;
    }
    return fw_udp_send(c->io, c->config.token, c->config.socket, c->registrar_address, fw_sip_port_of(c), data, octets);
}

static bool send_register(fw_sip_client* c) {
    static const char* const names[FW_SIP_TRANSPORTS] = {"UDP", "TCP", "TLS"};
    char out[FW_SIP_OCTETS_MAX], uri[140], credentials[900];
    fw_sip_register message = {c->config.domain,
                               c->config.user,
                               c->host,
                               c->config.local_port,
                               c->branch,
                               c->tag,
                               c->call_id,
                               c->cseq,
                               c->config.instance,
                               c->config.user_agent,
                               c->wanted_s,
                               names[fw_sip_transport_of(c)],
                               NULL,
                               false,
                               c->config.sips};
    if (c->extra != NULL && c->extra->challenge.nonce[0] != '\0') {
        snprintf(uri, sizeof uri, "%s:%s", c->config.sips ? "sips" : "sip", c->config.domain);
        const fw_digest_request request = {c->config.user,   c->config.password, "REGISTER", uri,
                                           c->extra->cnonce, c->extra->nc};
        if (fw_digest_write(credentials, sizeof credentials, &c->extra->challenge, &request) == 0) return false;
        message.authorization = credentials;
        message.proxy = c->extra->proxy;
    }
    const size_t octets = fw_sip_write_register(out, sizeof out, &message);
    return octets != 0 && fw_sip_send(c, out, octets);
}

static void wait_to_retransmit(fw_sip_client* c) {
    const uint64_t rest = c->deadline_us > c->io->now_us ? c->deadline_us - c->io->now_us : 0;
    const bool retransmits = !fw_sip_by_stream(c); /* timer E is for unreliable transports */
    fw_timer_start(c->io, c->config.timer, retransmits && c->retransmit_us < rest ? c->retransmit_us : rest);
}

void fw_sip_begin_transaction(fw_sip_client* c) {
    memcpy(c->branch, "z9hG4bK", 7);
    fw_random_hex(c->io, c->branch + 7, 8);
    ++c->cseq;
    c->state = FW_SIP_TRYING;
    c->retransmit_us = t1_us;
    c->deadline_us = c->io->now_us + timer_f_us;
    if (c->extra != NULL) {
        c->extra->authorized = c->extra->challenge.nonce[0] != '\0';
        if (c->extra->authorized) {
            ++c->extra->nc;
            fw_random_hex(c->io, c->extra->cnonce, cnonce_octets);
        }
    }
    if (!send_register(c)) {
        fw_sip_fail(c, 0, 0);
        return;
    }
    wait_to_retransmit(c);
}

/* --- the way to a registrar --- */

static void use_address(fw_sip_client* c) {
    c->registrar_address = c->addresses[c->address_index];
    if (fw_sip_by_stream(c)) {
        fw_sip_connect(c);
    } else {
        fw_sip_begin_transaction(c);
    }
}

static void resolved(void* context, enum fw_dns_result result, const uint32_t* addresses, uint32_t count) {
    fw_sip_client* c = (fw_sip_client*)context;
    c->query = -1;
    if (result != FW_DNS_OK) {
        c->address_count = 0;
        fw_sip_next_target(c, 0, 0);
        return;
    }
    memcpy(c->addresses, addresses, count * sizeof *addresses);
    c->address_count = count;
    c->address_index = 0;
    for (uint32_t i = 0; i < count; ++i) { /* who answered before is asked first */
        if (addresses[i] == c->registrar_address) c->address_index = i;
    }
    if (c->address_index != 0) {
        c->addresses[c->address_index] = c->addresses[0];
        c->addresses[0] = c->registrar_address;
        c->address_index = 0;
    }
    use_address(c);
}

static void use_target(fw_sip_client* c) {
    const fw_sip_target* t = target_of(c);
    c->state = FW_SIP_RESOLVING;
    const int query = fw_dns_resolve_all(c->dns, t != NULL ? t->host : c->config.registrar, resolved, c);
    if (query >= 0) c->query = query;
}

/* RFC 3263, 4.3: what did not answer, or said 503, is followed by the next address, then the next target. */
void fw_sip_next_target(fw_sip_client* c, unsigned status, uint32_t retry_after_s) {
    fw_sip_close_stream(c);
    if (!c->io->naive && ++c->address_index < c->address_count) {
        use_address(c);
        return;
    }
    c->registrar_address = 0;
    if (!c->io->naive && target_of(c) != NULL && ++c->extra->target < c->extra->lookup.count) {
        use_target(c);
        return;
    }
    if (c->extra != NULL) { /* from the first one again, and asked for anew */
        c->extra->target = 0;
        c->extra->lookup.count = 0;
    }
    fw_sip_fail(c, status, retry_after_s);
}

static void looked_up(void* context) {
    fw_sip_client* c = (fw_sip_client*)context;
    c->extra->target = 0;
    if (c->extra->lookup.count == 0) {
        fw_sip_fail(c, 0, 0);
        return;
    }
    use_target(c);
}

static void find_registrar(fw_sip_client* c) {
    c->state = FW_SIP_RESOLVING;
    if (!looks_up(c) || fw_sip_extra_of(c) == NULL) {
        use_target(c);
        return;
    }
    fw_sip_lookup* l = &c->extra->lookup;
    if (l->count > 0 && l->expires_us > c->io->now_us) {
        use_target(c);
        return;
    }
    l->io = c->io;
    l->dns = c->dns;
    l->mode = c->config.lookup;
    l->transport = c->config.sips ? FW_SIP_TLS : c->config.transport;
    l->any_transport = c->config.any_transport && !c->config.sips;
    l->speaks_tls = c->config.tls != NULL;
    snprintf(l->domain, sizeof l->domain, "%s", c->config.registrar);
    l->done = looked_up;
    l->context = c;
    fw_sip_lookup_start(l);
}

static void cancel_questions(fw_sip_client* c) {
    if (c->state == FW_SIP_PREPARING) fw_tls_device_cancel(c->config.tls, c);
    fw_dns_cancel(c->dns, c->query);
    c->query = -1;
    if (c->extra != NULL && c->extra->lookup.dns != NULL) fw_sip_lookup_cancel(&c->extra->lookup);
}

static void close_socket(fw_sip_client* c) {
    if (c->open) fw_udp_close(c->io, c->config.socket);
    c->open = false;
    fw_sip_close_stream(c);
}

void fw_sip_register_now(fw_sip_client* c, uint32_t address) {
    fw_timer_stop(c->io, c->config.timer);
    cancel_questions(c);
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
        snprintf(c->contact, sizeof c->contact, "%s:%s@%s:%u", c->config.sips ? "sips" : "sip", c->config.user, c->host,
                 c->config.local_port);
    }
    c->challenges = 0;
    find_registrar(c);
}

void fw_sip_stop(fw_sip_client* c) {
    fw_timer_stop(c->io, c->config.timer);
    if (c->config.keep_alive_s != 0) fw_timer_stop(c->io, c->config.keep_alive_timer);
    cancel_questions(c);
    close_socket(c);
    c->bound_until_us = 0;
    c->state = FW_SIP_IDLE;
}

/* --- responses --- */

static void accepted(fw_sip_client* c, const fw_sip_response* r) {
    uint32_t expires_s = c->wanted_s;
    if (r->has_expires) expires_s = r->expires_s;
    if (r->has_contact_expires) expires_s = r->contact_expires_s;
    if (expires_s == 0) { /* accepted, but bound for no time */
        fw_sip_fail(c, r->status, 0);
        return;
    }
    if (expires_s > expires_max_s) expires_s = expires_max_s;
    const uint64_t life_us = expires_s * FW_SECOND_US;
    const uint64_t early_us = fw_random_between(c->io, 0, life_us / 2 * refresh_jitter_percent / 100);
    c->state = FW_SIP_REGISTERED;
    c->bound_until_us = c->io->now_us + life_us;
    c->challenges = 0;
    fw_timer_start(c->io, c->config.timer, life_us / 2 - early_us);
    fw_sip_wait_to_keep_alive(c);
    c->config.registered(c->config.context, expires_s);
}

/* RFC 3261, 22: the same request again with credentials. What was refused with credentials is refused for good, unless
 * only their nonce was too old. */
static void challenged(fw_sip_client* c, unsigned status, const char* data, size_t octets) {
    fw_digest_challenge challenge;
    bool proxy = false;
    struct fw_sip_extra* e = c->config.password[0] != '\0' ? fw_sip_extra_of(c) : NULL;
    const bool readable = e != NULL && fw_sip_read_challenge(data, octets, &challenge, &proxy);
    const bool answered = readable && e->authorized && !challenge.stale;
    if (!readable || answered || ++c->challenges > challenges_max) {
        if (e != NULL) e->challenge.nonce[0] = '\0';
        fw_sip_fail(c, status, 0);
        return;
    }
    e->challenge = challenge;
    e->proxy = proxy;
    e->nc = 0;
    fw_sip_begin_transaction(c);
}

static void response_received(fw_sip_client* c, const char* data, size_t octets) {
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
    } else if (r.status == 401 || r.status == 407) {
        challenged(c, r.status, data, octets);
    } else if (r.status == 423 && r.min_expires_s > c->wanted_s && r.min_expires_s <= expires_max_s) {
        c->wanted_s = r.min_expires_s;
        fw_sip_begin_transaction(c);
    } else if (r.status == 503) {
        fw_sip_next_target(c, r.status, r.retry_after_s);
    } else {
        fw_sip_fail(c, r.status, r.retry_after_s);
    }
}

void fw_sip_message_received(fw_sip_client* c, uint32_t address, uint16_t port, const char* data, size_t octets) {
    if (octets >= 8 && memcmp(data, "SIP/2.0 ", 8) == 0) {
        response_received(c, data, octets);
    } else {
        fw_sip_request_received(c, address, port, data, octets);
    }
}

/* --- events --- */

static void timeout(fw_sip_client* c) {
    switch (c->state) {
        case FW_SIP_IDLE:
        case FW_SIP_RESOLVING:
            return;
        case FW_SIP_PREPARING:
        case FW_SIP_CONNECTING:
        case FW_SIP_SECURING:
            fw_sip_next_target(c, 0, 0);
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
        fw_sip_next_target(c, 0, 0);
        return;
    }
    if (!c->io->naive) send_register(c);
    wait_to_retransmit(c);
}

static void datagram_received(fw_sip_client* c, const dectbed_event* event) {
    const dectbed_ev_udp_received* received = (const dectbed_ev_udp_received*)event;
    const fw_payload payload = fw_event_payload(event);
    if (received->address != c->registrar_address || payload.octets == 0) return;
    if (payload.data[0] < 4) { /* STUN beside SIP: RFC 5626, 4.4.2 */
        fw_sip_binding_seen(c, &payload);
    } else {
        fw_sip_message_received(c, received->address, received->port, (const char*)payload.data, payload.octets);
    }
}

bool fw_sip_handle(fw_sip_client* c, const dectbed_event* event) {
    if (c->config.tls != NULL && fw_tls_device_handle(c->config.tls, event)) return true;
    switch (event->record.type) {
        case DECTBED_EV_TIMER: {
            const uint32_t timer = ((const dectbed_ev_timer*)event)->timer;
            if (c->config.keep_alive_s != 0 && timer == c->config.keep_alive_timer) {
                fw_sip_keep_alive(c);
                return true;
            }
            if (timer != c->config.timer) return false;
            timeout(c);
            return true;
        }
        case DECTBED_EV_UDP_RECEIVED:
            if (((const dectbed_ev_udp_received*)event)->socket != c->config.socket) return false;
            datagram_received(c, event);
            return true;
        case DECTBED_EV_TCP_CONNECTED:
        case DECTBED_EV_TCP_RECEIVED:
        case DECTBED_EV_TCP_CLOSED:
            return fw_sip_handle_stream(c, event);
        default:
            /* a refused request is like a lost datagram: the timer repeats it */
            return event->record.type == DECTBED_EV_REFUSED && event->record.token == c->config.token;
    }
}
