/* SPDX-License-Identifier: MIT-0 */
#include "turn_client.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

enum {
    header_octets = 20,
    attribute_header = 4,
    allocate_request = 0x0003,
    allocate_success = 0x0103,
    allocate_error = 0x0113,
    refresh_request = 0x0004,
    username = 0x0006,
    message_integrity = 0x0008,
    error_code = 0x0009,
    lifetime = 0x000D,
    realm_attribute = 0x0014,
    nonce_attribute = 0x0015,
    xor_relayed_address = 0x0016,
    requested_transport = 0x0019,
    xor_mapped_address = 0x0020,
    protocol_udp = 17,
    integrity_octets = 20,
    challenges_max = 2 /* one to learn realm and nonce, one for a nonce that grew old meanwhile */
};
static const uint32_t cookie = 0x2112A442;
/* RFC 8489, 6.2.1, as stun_client.c */
enum { requests_max = 7, last_wait = 16 };
static const uint64_t rto_us = 500000;

static void put16(uint8_t* at, uint32_t v) {
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}
static uint32_t get16(const uint8_t* at) { return (uint32_t)at[0] << 8 | at[1]; }
static uint32_t get32(const uint8_t* at) { return get16(at) << 16 | get16(at + 2); }

bool fw_turn_key(const char* user, const char* realm, const char* password, uint8_t out[FW_TURN_KEY_OCTETS]) {
    char text[FW_TURN_TEXT_OCTETS + 160];
    size_t used = 0;
    unsigned size = 0;
    return fw_append(text, sizeof text, &used, "%s:%s:%s", user, realm, password) &&
           EVP_Digest(text, used, out, &size, EVP_md5(), NULL) == 1;
}

bool fw_turn_integrity(const uint8_t* message, size_t at, const uint8_t* key, size_t key_octets, uint8_t out[20]) {
    uint8_t covered[FW_TURN_REQUEST_OCTETS_MAX];
    unsigned size = 0;
    if (at > sizeof covered || at < header_octets) return false;
    memcpy(covered, message, at);
    put16(covered + 2, (uint32_t)(at - header_octets) + attribute_header + integrity_octets);
    return HMAC(EVP_sha1(), key, (int)key_octets, covered, at, out, &size) != NULL && size == integrity_octets;
}

static bool put_attribute(uint8_t* out, size_t* used, uint16_t type, const void* value, size_t octets) {
    const size_t padded = (octets + 3) & ~(size_t)3;
    if (*used + attribute_header + padded + attribute_header + integrity_octets > FW_TURN_REQUEST_OCTETS_MAX)
        return false;
    put16(out + *used, type);
    put16(out + *used + 2, (uint32_t)octets);
    memset(out + *used + attribute_header, 0, padded);
    memcpy(out + *used + attribute_header, value, octets);
    *used += attribute_header + padded;
    put16(out + 2, (uint32_t)(*used - header_octets));
    return true;
}

/* 0: does not fit. */
static size_t write_request(const fw_turn_client* c, uint16_t type, uint8_t out[FW_TURN_REQUEST_OCTETS_MAX]) {
    static const uint8_t transport[4] = {protocol_udp, 0, 0, 0}, none[4] = {0, 0, 0, 0};
    static const uint8_t magic[4] = {0x21, 0x12, 0xA4, 0x42};
    uint8_t sum[integrity_octets];
    size_t used = header_octets;
    put16(out, type);
    put16(out + 2, 0);
    memcpy(out + 4, magic, sizeof magic);
    memcpy(out + 8, c->transaction, sizeof c->transaction);
    bool fits = type == allocate_request ? put_attribute(out, &used, requested_transport, transport, sizeof transport)
                                         : put_attribute(out, &used, lifetime, none, sizeof none);
    if (c->nonce[0] == '\0') return fits ? used : 0;
    fits = fits && put_attribute(out, &used, username, c->config.user, strlen(c->config.user)) &&
           put_attribute(out, &used, realm_attribute, c->realm, strlen(c->realm)) &&
           put_attribute(out, &used, nonce_attribute, c->nonce, strlen(c->nonce)) &&
           fw_turn_integrity(out, used, c->key, sizeof c->key, sum) &&
           put_attribute(out, &used, message_integrity, sum, sizeof sum);
    return fits ? used : 0;
}

void fw_turn_init(fw_turn_client* c, fw_io* io, fw_dns_client* dns, const fw_turn_config* config) {
    memset(c, 0, sizeof *c);
    c->io = io;
    c->dns = dns;
    c->config = *config;
    c->query = -1;
}

void fw_turn_cancel(fw_turn_client* c) {
    if (c->state == FW_TURN_RESOLVING) fw_dns_cancel(c->dns, c->query);
    if (c->state == FW_TURN_ASKING) fw_timer_stop(c->io, c->config.timer);
    if (c->state == FW_TURN_ASKING || c->state == FW_TURN_ALLOCATED) fw_udp_close(c->io, c->config.socket);
    c->query = -1;
    c->state = FW_TURN_IDLE;
}

static void fail(fw_turn_client* c, enum fw_stun_error error, uint16_t code) {
    fw_turn_result result;
    memset(&result, 0, sizeof result);
    result.error = error;
    result.code = code;
    fw_turn_cancel(c);
    c->done(c->context, &result); /* may start the next one */
}

static void ask(fw_turn_client* c) {
    uint8_t request[FW_TURN_REQUEST_OCTETS_MAX];
    const size_t octets = write_request(c, allocate_request, request);
    if (octets == 0) {
        fail(c, FW_STUN_MALFORMED, 0);
        return;
    }
    fw_udp_send(c->io, c->config.token, c->config.socket, c->server, c->port, request, octets);
    const uint64_t wait_us = c->sent + 1 == requests_max ? last_wait * rto_us : rto_us << c->sent;
    ++c->sent;
    fw_timer_start(c->io, c->config.timer, wait_us);
}

static void begin(fw_turn_client* c) {
    c->sent = 0;
    for (size_t i = 0; i < sizeof c->transaction; ++i) c->transaction[i] = (uint8_t)fw_random(c->io);
    ask(c);
}

static void resolved(void* context, enum fw_dns_result result, uint32_t address) {
    fw_turn_client* const c = (fw_turn_client*)context;
    c->query = -1;
    if (result != FW_DNS_OK) {
        fail(c, result == FW_DNS_TIMEOUT ? FW_STUN_NAME_TIMEOUT : FW_STUN_NAME_NOT_FOUND, 0);
        return;
    }
    c->state = FW_TURN_ASKING;
    c->server = address;
    fw_udp_open(c->io, c->config.token, c->config.socket, 0);
    begin(c);
}

void fw_turn_allocate(fw_turn_client* c, const char* host, uint16_t port, fw_turn_done done, void* context) {
    fw_turn_cancel(c);
    c->done = done;
    c->context = context;
    c->port = port != 0 ? port : FW_STUN_PORT;
    c->nonce[0] = '\0';
    c->challenges = 0;
    c->state = FW_TURN_RESOLVING;
    const int query = fw_dns_resolve(c->dns, host, resolved, c);
    if (query >= 0) c->query = query;
}

void fw_turn_release(fw_turn_client* c) {
    uint8_t request[FW_TURN_REQUEST_OCTETS_MAX];
    if (c->state != FW_TURN_ALLOCATED) return;
    for (size_t i = 0; i < sizeof c->transaction; ++i) c->transaction[i] = (uint8_t)fw_random(c->io);
    const size_t octets = write_request(c, refresh_request, request);
    if (octets != 0) fw_udp_send(c->io, c->config.token, c->config.socket, c->server, c->port, request, octets);
    fw_turn_cancel(c);
}

/* --- answers --- */

typedef struct turn_answer {
    fw_turn_result result;
    char realm[FW_TURN_TEXT_OCTETS], nonce[FW_TURN_TEXT_OCTETS];
    size_t integrity_at; /* 0: none */
    const uint8_t* integrity;
} turn_answer;

static void read_address(const uint8_t* v, size_t octets, uint32_t* address, uint16_t* port) {
    if (octets != 8 || v[1] != 1) return; /* IPv4 */
    *port = (uint16_t)(get16(v + 2) ^ cookie >> 16);
    *address = get32(v + 4) ^ cookie;
}

static void read_text(const uint8_t* v, size_t octets, char out[FW_TURN_TEXT_OCTETS]) {
    if (octets >= FW_TURN_TEXT_OCTETS || memchr(v, 0, octets) != NULL) return;
    memcpy(out, v, octets);
    out[octets] = '\0';
}

/* False: attributes out of place. */
static bool read_attributes(const uint8_t* data, size_t octets, turn_answer* a) {
    memset(a, 0, sizeof *a);
    for (size_t at = header_octets; at < octets;) {
        if (octets - at < attribute_header) return false;
        const uint32_t type = get16(data + at);
        const size_t value = get16(data + at + 2), padded = (value + 3) & ~(size_t)3;
        const uint8_t* const v = data + at + attribute_header;
        if (padded > octets - at - attribute_header) return false;
        if (a->integrity_at != 0) return true; /* behind it only FINGERPRINT counts (14.5), which we do not need */
        if (type == xor_mapped_address) read_address(v, value, &a->result.mapped_address, &a->result.mapped_port);
        if (type == xor_relayed_address) read_address(v, value, &a->result.relayed_address, &a->result.relayed_port);
        if (type == lifetime && value == 4) a->result.lifetime_s = get32(v);
        if (type == error_code && value >= 4) a->result.code = (uint16_t)((v[2] & 7) * 100 + v[3] % 100);
        if (type == realm_attribute) read_text(v, value, a->realm);
        if (type == nonce_attribute) read_text(v, value, a->nonce);
        if (type == message_integrity && value == integrity_octets) {
            a->integrity_at = at;
            a->integrity = v;
        }
        at += attribute_header + padded;
    }
    return true;
}

static void challenged(fw_turn_client* c, const turn_answer* a) {
    const bool wrong = c->nonce[0] != '\0' && a->result.code == 401; /* with credentials already */
    if (wrong || ++c->challenges > challenges_max || a->nonce[0] == '\0' || a->realm[0] == '\0' ||
        !fw_turn_key(c->config.user, a->realm, c->config.password, c->key)) {
        fail(c, FW_STUN_REFUSED, a->result.code);
        return;
    }
    memcpy(c->realm, a->realm, sizeof c->realm);
    memcpy(c->nonce, a->nonce, sizeof c->nonce);
    begin(c);
}

static void receive(fw_turn_client* c, const uint8_t* data, size_t octets) {
    turn_answer a;
    uint8_t sum[integrity_octets];
    if (octets < header_octets || get32(data + 4) != cookie || get16(data + 2) != octets - header_octets) return;
    if (memcmp(data + 8, c->transaction, sizeof c->transaction) != 0) return;
    const uint32_t type = get16(data);
    if ((type != allocate_success && type != allocate_error) || !read_attributes(data, octets, &a)) return;
    if (type == allocate_error) {
        if (a.result.code == 401 || a.result.code == 438) {
            challenged(c, &a);
        } else {
            fail(c, FW_STUN_REFUSED, a.result.code);
        }
        return;
    }
    /* 9.2.5: a success without the right integrity is somebody else's and ignored */
    if (a.integrity_at == 0 || !fw_turn_integrity(data, a.integrity_at, c->key, sizeof c->key, sum) ||
        memcmp(sum, a.integrity, sizeof sum) != 0) {
        return;
    }
    if (a.result.mapped_address == 0 || a.result.relayed_address == 0 || a.result.lifetime_s == 0) {
        fail(c, FW_STUN_MALFORMED, 0);
        return;
    }
    fw_timer_stop(c->io, c->config.timer);
    c->state = FW_TURN_ALLOCATED;
    c->done(c->context, &a.result);
}

bool fw_turn_handle(fw_turn_client* c, const dectbed_event* event) {
    if (event->record.type == DECTBED_EV_TIMER) {
        if (((const dectbed_ev_timer*)event)->timer != c->config.timer) return false;
        if (c->state != FW_TURN_ASKING) return true;
        if (c->io->naive || c->sent >= requests_max) {
            fail(c, FW_STUN_TIMEOUT, 0);
        } else {
            ask(c);
        }
        return true;
    }
    if (event->record.type == DECTBED_EV_UDP_RECEIVED) {
        const dectbed_ev_udp_received* received = (const dectbed_ev_udp_received*)event;
        if (received->socket != c->config.socket) return false;
        const fw_payload payload = fw_event_payload(event);
        if (c->state == FW_TURN_ASKING && received->address == c->server && received->port == c->port) {
            receive(c, payload.data, payload.octets);
        }
        return true;
    }
    /* a refused request is like a lost datagram: the timer repeats it */
    return event->record.type == DECTBED_EV_REFUSED && event->record.token == c->config.token;
}
