/* SPDX-License-Identifier: MIT-0 */
#include "nwk.h"

#include <string.h>

enum { extended_transaction = 7, first_double = 0xE0, last_double = 0xEF, shift_first = 0x90, shift_last = 0x9F };
enum { identity_type_ipui = 0x80, ipui_n_bits = 0x80 | 40 };

void fw_nwk_begin(fw_nwk_writer* w, enum fw_nwk_protocol protocol, uint8_t transaction, bool answer, uint8_t type) {
    memset(w, 0, sizeof *w);
    w->ok = transaction < extended_transaction;
    w->data[0] = (uint8_t)((answer ? 0x80 : 0) | (transaction & 7) << 4 | (uint8_t)protocol);
    w->data[1] = type;
    w->octets = 2;
}

void fw_nwk_put(fw_nwk_writer* w, uint8_t code, const void* value, size_t octets) {
    if (!w->ok || octets > sizeof w->data || 2 + octets > sizeof w->data - w->octets) {
        w->ok = false;
        return;
    }
    w->data[w->octets++] = code;
    w->data[w->octets++] = (uint8_t)octets;
    memcpy(w->data + w->octets, value, octets);
    w->octets += octets;
}

void fw_nwk_put_octet(fw_nwk_writer* w, uint8_t code, uint8_t value) {
    if (code < 0x80) {
        fw_nwk_put(w, code, &value, 1);
        return;
    }
    if (!w->ok || sizeof w->data - w->octets < 2) {
        w->ok = false;
        return;
    }
    w->data[w->octets++] = code;
    w->data[w->octets++] = value;
}

void fw_nwk_put_ipui(fw_nwk_writer* w, const uint8_t ipei[5]) {
    uint8_t value[7] = {identity_type_ipui, ipui_n_bits, 0, 0, 0, 0, 0};
    memcpy(value + 2, ipei, 5);
    fw_nwk_put(w, FW_IE_PORTABLE_IDENTITY, value, sizeof value);
}

typedef struct element {
    uint8_t code;
    const uint8_t* value;
    size_t octets;
} element;

/* 1: an element, 0: the end, -1: it reaches past the end */
static int next_element(const uint8_t* data, size_t octets, size_t* at, element* e) {
    if (*at >= octets) return 0;
    e->code = data[(*at)++];
    e->octets = 0;
    e->value = data + *at;
    if (e->code >= first_double && e->code <= last_double) {
        e->octets = 1;
    } else if (e->code < 0x80) {
        if (*at >= octets) return -1;
        e->octets = data[(*at)++];
        e->value = data + *at;
    }
    if (e->octets > octets - *at) return -1;
    *at += e->octets;
    return 1;
}

bool fw_nwk_parse(const uint8_t* data, size_t octets, fw_nwk_message* message) {
    if (octets < 2) return false;
    message->answer = data[0] & 0x80;
    message->transaction = data[0] >> 4 & 7;
    message->protocol = data[0] & 0x0F;
    message->type = data[1];
    message->elements = data + 2;
    message->elements_octets = octets - 2;
    if (message->transaction == extended_transaction) return false;
    size_t at = 0;
    element e;
    int step;
    while ((step = next_element(message->elements, message->elements_octets, &at, &e)) > 0) {
    }
    return step == 0;
}

bool fw_nwk_find(const fw_nwk_message* message, uint8_t code, const uint8_t** value, size_t* octets) {
    uint8_t locked = 0, once = 0;
    size_t at = 0;
    element e;
    while (next_element(message->elements, message->elements_octets, &at, &e) > 0) {
        if (e.code >= shift_first && e.code <= shift_last) { /* 7.5.4: bit 4 = 1: for the next element only */
            if (e.code & 8) {
                once = (e.code & 7) | 8;
            } else {
                locked = e.code & 7;
            }
            continue;
        }
        const uint8_t set = once ? once & 7 : locked;
        once = 0;
        if (set != 0 || e.code != code) continue;
        *value = e.value;
        *octets = e.octets;
        return true;
    }
    return false;
}

void fw_nwk_refuse_call(fw_nwk_writer* w, uint8_t transaction, uint8_t release_reason) {
    fw_nwk_begin(w, FW_NWK_CC, transaction, true, FW_CC_RELEASE_COM);
    fw_nwk_put_octet(w, FW_IE_RELEASE_REASON, release_reason);
}

bool fw_nwk_refuse_unserved(fw_nwk_writer* w, const fw_nwk_message* message) {
    const bool ciss = message->protocol == FW_NWK_CISS && message->type == FW_CISS_REGISTER;
    const bool coms = message->protocol == FW_NWK_COMS && message->type == FW_COMS_SETUP;
    if (message->protocol == FW_NWK_LCE && message->type == FW_LCE_PAGE_RESPONSE) {
        fw_nwk_begin(w, FW_NWK_LCE, 0, true, FW_LCE_PAGE_REJECT);
        fw_nwk_put_octet(w, FW_IE_REJECT_REASON, FW_REJECT_IPUI_UNKNOWN);
        return true;
    }
    if ((!ciss && !coms) || message->answer) return false;
    fw_nwk_begin(w, ciss ? FW_NWK_CISS : FW_NWK_COMS, message->transaction, true,
                 ciss ? FW_CISS_RELEASE_COM : FW_COMS_RELEASE_COM);
    fw_nwk_put_octet(w, FW_IE_RELEASE_REASON, FW_RELEASE_SERVICE_NOT_IMPLEMENTED);
    return true;
}
