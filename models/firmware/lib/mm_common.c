/* SPDX-License-Identifier: MIT-0 */
#include "mm_common.h"

#include <string.h>

bool fw_mm_send(fw_mm_way* way, const fw_nwk_writer* message) {
    return message->ok && fw_nwk_send(way->io, way->token, way->link, message->data, message->octets);
}

void fw_mm_ask(fw_mm_way* way, fw_mm_exchange* x, const fw_nwk_writer* message, uint64_t timeout_us) {
    x->message = *message;
    x->timeout_us = timeout_us;
    x->waiting = true;
    x->repeated = false;
    fw_mm_send(way, message);
    fw_timer_start(way->io, x->timer, timeout_us);
}

bool fw_mm_ask_again(fw_mm_way* way, fw_mm_exchange* x) {
    if (!x->waiting) return true;
    if (x->repeated) {
        x->waiting = false;
        return false;
    }
    x->repeated = true;
    fw_mm_send(way, &x->message);
    fw_timer_start(way->io, x->timer, x->timeout_us);
    return true;
}

void fw_mm_answered(fw_mm_way* way, fw_mm_exchange* x) {
    if (x->waiting) fw_timer_stop(way->io, x->timer);
    x->waiting = false;
}

void fw_mm_wait_on(fw_mm_way* way, const fw_mm_exchange* x) {
    if (x->waiting) fw_timer_start(way->io, x->timer, x->timeout_us);
}

void fw_mm_reject(fw_mm_way* way, uint8_t type, uint8_t reason) {
    fw_nwk_writer w;
    fw_nwk_begin(&w, FW_NWK_MM, 0, true, type);
    fw_nwk_put_octet(&w, FW_IE_REJECT_REASON, reason);
    fw_mm_send(way, &w);
}

void fw_mm_random(fw_io* io, uint8_t* out, size_t octets) {
    for (size_t i = 0; i < octets; i += 8) {
        const uint64_t bits = fw_random(io);
        for (size_t k = 0; k < 8 && i + k < octets; ++k) out[i + k] = (uint8_t)(bits >> 8 * k);
    }
}

bool fw_mm_equal(const uint8_t* a, const uint8_t* b, size_t octets) {
    uint8_t difference = 0;
    for (size_t i = 0; i < octets; ++i) difference |= (uint8_t)(a[i] ^ b[i]);
    return difference == 0;
}

fw_mm_event fw_mm_event_of(enum fw_mm_what what, bool ok, uint8_t reason) {
    fw_mm_event e;
    memset(&e, 0, sizeof e);
    e.what = what;
    e.ok = ok;
    e.reason = reason;
    e.tpui = FW_NO_TPUI;
    return e;
}
