/* SPDX-License-Identifier: MIT-0 */
#include "device_environment.h"

#include <string.h>

enum { ROUNDS = 10, BLOCK_OCTETS = 16 };

static uint32_t word(const uint8_t* p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void block(const dectbed_environment* e, uint64_t number, uint8_t out[BLOCK_OCTETS]) {
    uint32_t c[4] = {(uint32_t)number, (uint32_t)(number >> 32), e->entropy[2], e->entropy[3]};
    uint32_t k0 = e->entropy[0], k1 = e->entropy[1];
    for (int i = 0; i < ROUNDS; ++i) {
        const uint64_t p = 0xD2511F53ull * c[0], q = 0xCD9E8D57ull * c[2];
        const uint32_t c0 = (uint32_t)(q >> 32) ^ c[1] ^ k0, c2 = (uint32_t)(p >> 32) ^ c[3] ^ k1;
        c[0] = c0;
        c[1] = (uint32_t)q;
        c[2] = c2;
        c[3] = (uint32_t)p;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    for (int i = 0; i < BLOCK_OCTETS; ++i) out[i] = (uint8_t)(c[i / 4] >> 8 * (i % 4));
}

void dectbed_environment_event(dectbed_environment* e, const dectbed_event* event) {
    if (event->record.type == DECTBED_EV_BOOT && event->record.size >= sizeof(dectbed_ev_boot)) {
        const uint8_t* entropy = ((const dectbed_ev_boot*)event)->entropy;
        memset(e, 0, sizeof *e);
        for (int i = 0; i < 4; ++i) e->entropy[i] = word(entropy + 4 * i);
    }
    e->now_us = event->now_us;
    if (event->record.type == DECTBED_EV_WALL_CLOCK && event->record.size >= sizeof(dectbed_ev_wall_clock)) {
        const dectbed_ev_wall_clock* told = (const dectbed_ev_wall_clock*)event;
        if (told->is_set) e->offset_us = told->unix_us - (int64_t)e->now_us;
    }
}

void dectbed_environment_request(dectbed_environment* e, const dectbed_record* request) {
    dectbed_req_wall_clock_set set;
    if (request == 0 || request->type != DECTBED_REQ_WALL_CLOCK_SET || request->size != sizeof set) return;
    memcpy(&set, request, sizeof set);
    e->offset_us = set.unix_us - (int64_t)e->now_us;
}

void dectbed_environment_fill(dectbed_environment* e, void* out, size_t octets) {
    uint8_t* to = out;
    while (octets > 0) {
        uint8_t b[BLOCK_OCTETS];
        const size_t at = (size_t)(e->drawn % BLOCK_OCTETS);
        size_t n = BLOCK_OCTETS - at;
        if (n > octets) n = octets;
        block(e, e->drawn / BLOCK_OCTETS, b);
        memcpy(to, b + at, n);
        e->drawn += n;
        to += n;
        octets -= n;
    }
}

int64_t dectbed_environment_unix_us(const dectbed_environment* e) { return (int64_t)e->now_us + e->offset_us; }
