/* SPDX-License-Identifier: MIT-0 */
#include "stun_client.h"

#include <string.h>

#include "kv_store.h"

enum {
    header_octets = 20,
    attribute_header = 4,
    binding_request = 0x0001,
    binding_success = 0x0101,
    binding_error = 0x0111,
    mapped_address = 0x0001,
    message_integrity = 0x0008,
    message_integrity_sha256 = 0x001C,
    error_code = 0x0009,
    xor_mapped_address = 0x0020,
    fingerprint = 0x8028,
    first_optional = 0x8000,
    family_ipv4 = 1
};
static const uint32_t cookie = 0x2112A442, fingerprint_xor = 0x5354554E; /* RFC 8489, 5 and 14.7 */

/* RFC 8489, 6.2.1: RTO 500 ms, doubled; Rc 7 requests; after the last one Rm 16 RTO */
enum { requests_max = 7, last_wait = 16 };
static const uint64_t rto_us = 500000;

const char* fw_stun_error_text(enum fw_stun_error error) {
    switch (error) {
        case FW_STUN_OK:
            return "answered";
        case FW_STUN_NAME_NOT_FOUND:
            return "name not found";
        case FW_STUN_NAME_TIMEOUT:
            return "no answer from DNS";
        case FW_STUN_TIMEOUT:
            return "no answer";
        case FW_STUN_REFUSED:
            return "refused";
        case FW_STUN_MALFORMED:
            return "malformed answer";
    }
    return "?";
}

static void put16(uint8_t* at, uint32_t v) {
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}
static void put32(uint8_t* at, uint32_t v) {
    put16(at, v >> 16);
    put16(at + 2, v & 0xFFFF);
}
static uint32_t get16(const uint8_t* at) { return (uint32_t)at[0] << 8 | at[1]; }
static uint32_t get32(const uint8_t* at) { return get16(at) << 16 | get16(at + 2); }

void fw_stun_write_request(uint8_t out[FW_STUN_REQUEST_OCTETS], const uint8_t transaction[FW_STUN_TRANSACTION_OCTETS]) {
    put16(out, binding_request);
    put16(out + 2, FW_STUN_REQUEST_OCTETS - header_octets);
    put32(out + 4, cookie);
    memcpy(out + 8, transaction, FW_STUN_TRANSACTION_OCTETS);
    put16(out + header_octets, fingerprint);
    put16(out + header_octets + 2, 4);
    put32(out + header_octets + 4, fw_crc32(0, out, header_octets) ^ fingerprint_xor);
}

/* An IPv4 address; false: something else. */
static bool read_address(const uint8_t* value, size_t octets, uint32_t key, fw_stun_result* result) {
    if (octets != 8 || value[1] != family_ipv4) return false;
    result->port = (uint16_t)(get16(value + 2) ^ key >> 16);
    result->address = get32(value + 4) ^ key;
    return true;
}

bool fw_stun_read_answer(const uint8_t* data, size_t octets, const uint8_t transaction[FW_STUN_TRANSACTION_OCTETS],
                         fw_stun_result* result) {
    bool mapped = false, mapped_plain = false, unknown = false;
    fw_stun_result plain = {FW_STUN_OK, 0, 0, 0};
    memset(result, 0, sizeof *result);
    if (octets < header_octets || get32(data + 4) != cookie) return false;
    if (memcmp(data + 8, transaction, FW_STUN_TRANSACTION_OCTETS) != 0) return false;
    const uint32_t type = get16(data);
    if ((type != binding_success && type != binding_error) || get16(data + 2) != octets - header_octets) return false;
    result->error = FW_STUN_MALFORMED;
    for (size_t at = header_octets; at < octets;) {
        if (octets - at < attribute_header) return true;
        const uint32_t attribute = get16(data + at);
        const size_t value = get16(data + at + 2), padded = (value + 3) & ~(size_t)3;
        const uint8_t* const v = data + at + attribute_header;
        if (padded > octets - at - attribute_header) return true;
        if (attribute == fingerprint) {
            if (value != 4 || get32(v) != (fw_crc32(0, data, at) ^ fingerprint_xor)) return false;
        } else if (attribute == xor_mapped_address) {
            if (!mapped) mapped = read_address(v, value, cookie, result);
        } else if (attribute == mapped_address) {
            if (!mapped_plain) mapped_plain = read_address(v, value, 0, &plain);
        } else if (attribute == error_code) {
            if (value >= 4) result->code = (uint16_t)((v[2] & 7) * 100 + v[3] % 100);
        } else if (attribute < first_optional && attribute != message_integrity &&
                   attribute != message_integrity_sha256) {
            unknown = true; /* 6.3.3: what must be understood and is not ends the transaction */
        }
        at += attribute_header + padded;
    }
    if (type == binding_error) {
        result->address = 0;
        result->port = 0;
        if (result->code >= 300) result->error = FW_STUN_REFUSED;
        return true;
    }
    if (!mapped && mapped_plain) {
        result->address = plain.address;
        result->port = plain.port;
    }
    result->code = 0;
    if ((mapped || mapped_plain) && !unknown) {
        result->error = FW_STUN_OK;
    } else {
        result->address = 0;
        result->port = 0;
    }
    return true;
}

void fw_stun_init(fw_stun_client* c, fw_io* io, fw_dns_client* dns, const fw_stun_config* config) {
    memset(c, 0, sizeof *c);
    c->io = io;
    c->dns = dns;
    c->config = *config;
    c->query = -1;
}

static void finish(fw_stun_client* c, const fw_stun_result* result) {
    fw_stun_cancel(c);
    c->done(c->context, result); /* may start the next one */
}

static void fail(fw_stun_client* c, enum fw_stun_error error) {
    const fw_stun_result result = {error, 0, 0, 0};
    finish(c, &result);
}

static void ask(fw_stun_client* c) {
    uint8_t request[FW_STUN_REQUEST_OCTETS];
    fw_stun_write_request(request, c->transaction);
    fw_udp_send(c->io, c->config.token, c->config.socket, c->server, c->port, request, sizeof request);
    const bool last = c->io->naive || c->sent + 1 == requests_max;
    const uint64_t wait_us = last ? last_wait * rto_us : rto_us << c->sent;
    ++c->sent;
    fw_timer_start(c->io, c->config.timer, wait_us);
}

static void resolved(void* context, enum fw_dns_result result, uint32_t address) {
    fw_stun_client* const c = (fw_stun_client*)context;
    c->query = -1;
    if (result != FW_DNS_OK) {
        fail(c, result == FW_DNS_TIMEOUT ? FW_STUN_NAME_TIMEOUT : FW_STUN_NAME_NOT_FOUND);
        return;
    }
    c->state = FW_STUN_ASKING;
    c->server = address;
    c->sent = 0;
    for (size_t i = 0; i < FW_STUN_TRANSACTION_OCTETS; ++i) c->transaction[i] = (uint8_t)fw_random(c->io);
    fw_udp_open(c->io, c->config.token, c->config.socket, 0);
    ask(c);
}

void fw_stun_start(fw_stun_client* c, const char* host, uint16_t port, fw_stun_done done, void* context) {
    fw_stun_cancel(c);
    c->done = done;
    c->context = context;
    c->port = port != 0 ? port : FW_STUN_PORT;
    c->state = FW_STUN_RESOLVING;
    const int query = fw_dns_resolve(c->dns, host, resolved, c);
    if (query >= 0) c->query = query; /* else it has called back already, and may have begun anew */
}

void fw_stun_cancel(fw_stun_client* c) {
    if (c->state == FW_STUN_RESOLVING) fw_dns_cancel(c->dns, c->query);
    if (c->state == FW_STUN_ASKING) {
        fw_timer_stop(c->io, c->config.timer);
        fw_udp_close(c->io, c->config.socket);
    }
    c->query = -1;
    c->state = FW_STUN_IDLE;
}

bool fw_stun_handle(fw_stun_client* c, const dectbed_event* event) {
    if (event->record.type == DECTBED_EV_TIMER) {
        if (((const dectbed_ev_timer*)event)->timer != c->config.timer) return false;
        if (c->state != FW_STUN_ASKING) return true;
        if (c->io->naive || c->sent >= requests_max) {
            fail(c, FW_STUN_TIMEOUT);
        } else {
            ask(c);
        }
        return true;
    }
    if (event->record.type == DECTBED_EV_UDP_RECEIVED) {
        const dectbed_ev_udp_received* received = (const dectbed_ev_udp_received*)event;
        fw_stun_result result;
        if (received->socket != c->config.socket) return false;
        const fw_payload payload = fw_event_payload(event);
        if (c->state == FW_STUN_ASKING && received->address == c->server && received->port == c->port &&
            fw_stun_read_answer(payload.data, payload.octets, c->transaction, &result)) {
            finish(c, &result);
        }
        return true;
    }
    /* a refused request is like a lost datagram: the timer repeats it */
    return event->record.type == DECTBED_EV_REFUSED && event->record.token == c->config.token;
}
