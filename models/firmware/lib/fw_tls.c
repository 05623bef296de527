/* SPDX-License-Identifier: MIT-0 */
#include "fw_tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fw_tls_internal.h"

enum { item_octets_max = 256 * 1024 };

/* --- octets --- */

bool fw_tls_append(fw_tls_bytes* b, const void* data, size_t octets) {
    if (octets == 0) return true;
    if (b->size + octets > b->capacity) {
        const size_t wanted = 2 * (b->size + octets);
        uint8_t* grown = (uint8_t*)realloc(b->data, wanted);
        if (grown == NULL) return false;
        b->data = grown;
        b->capacity = wanted;
    }
    memcpy(b->data + b->size, data, octets);
    b->size += octets;
    return true;
}

void fw_tls_drop_front(fw_tls_bytes* b, size_t octets) {
    if (octets > b->size) octets = b->size;
    if (octets == 0) return;
    memmove(b->data, b->data + octets, b->size - octets);
    b->size -= octets;
}

/* --- device --- */

void fw_tls_device_init(fw_tls_device* d, fw_io* io, uint32_t token, uint32_t model, int64_t built_unix) {
    memset(d, 0, sizeof *d);
    d->io = io;
    d->token = token;
    d->model = model;
    d->versions = 3;
    d->verify = true;
    d->built_unix = built_unix;
}

static void drop_items(fw_tls_device* d) {
    for (int i = 0; i < 3; ++i) {
        free(d->items[i]);
        d->items[i] = NULL;
        d->item_octets[i] = 0;
    }
}

static void drop_session(fw_tls_session* s) {
    free(s->host);
    free(s->octets);
    memset(s, 0, sizeof *s);
}

void fw_tls_device_free(fw_tls_device* d) {
    drop_items(d);
    for (int i = 0; i < FW_TLS_SESSIONS; ++i) {
        drop_session(&d->sessions[i]);
    }
    d->load = FW_TLS_LOAD_NOT;
}

bool fw_tls_device_set(fw_tls_device* d, const char* anchors, const char* certificate, const char* key) {
    const char* texts[3] = {anchors, certificate, key};
    drop_items(d);
    for (int i = 0; i < 3; ++i) {
        if (texts[i] == NULL) continue;
        const size_t octets = strlen(texts[i]);
        d->items[i] = (char*)malloc(octets + 1);
        if (d->items[i] == NULL) return false;
        memcpy(d->items[i], texts[i], octets + 1);
        d->item_octets[i] = octets;
    }
    d->load = FW_TLS_LOADED;
    return true;
}

void fw_tls_device_load(fw_tls_device* d, void (*loaded)(void* context), void* context) {
    if (d->load == FW_TLS_LOADED) {
        loaded(context);
        return;
    }
    fw_tls_device_cancel(d, context);
    for (int i = 0; i < FW_TLS_WAITERS; ++i) {
        if (d->waiters[i].loaded != NULL) continue;
        d->waiters[i].loaded = loaded;
        d->waiters[i].context = context;
        break;
    }
    if (d->load == FW_TLS_LOADING) return;
    drop_items(d);
    d->load = FW_TLS_LOADING;
    d->item = 0;
    fw_factory_read(d->io, d->token, DECTBED_FACTORY_TRUST_ANCHORS, 0);
}

void fw_tls_device_cancel(fw_tls_device* d, void* context) {
    for (int i = 0; i < FW_TLS_WAITERS; ++i) {
        if (d->waiters[i].context == context) d->waiters[i].loaded = NULL;
    }
}

static void next_item(fw_tls_device* d) {
    if (++d->item < 3) {
        fw_factory_read(d->io, d->token, DECTBED_FACTORY_TRUST_ANCHORS + d->item, 0);
        return;
    }
    d->load = FW_TLS_LOADED;
    for (int i = 0; i < FW_TLS_WAITERS; ++i) {
        void (*const loaded)(void*) = d->waiters[i].loaded;
        d->waiters[i].loaded = NULL;
        if (loaded != NULL) loaded(d->waiters[i].context);
    }
}

bool fw_tls_device_handle(fw_tls_device* d, const dectbed_event* event) {
    if (event->record.token != d->token || d->load != FW_TLS_LOADING) return false;
    if (event->record.type == DECTBED_EV_REFUSED) { /* an older host: no such data */
        if (((const dectbed_ev_refused*)event)->request_type != DECTBED_REQ_FACTORY_READ) return false;
        next_item(d);
        return true;
    }
    if (event->record.type != DECTBED_EV_FACTORY_DATA) return false;
    const dectbed_ev_factory_data* e = (const dectbed_ev_factory_data*)event;
    const fw_payload payload = fw_event_payload(event);
    const uint32_t i = d->item;
    if (e->item != DECTBED_FACTORY_TRUST_ANCHORS + i || e->offset != d->item_octets[i]) return true;
    const size_t size = d->item_octets[i] + payload.octets;
    if (payload.octets == 0 || size > item_octets_max) {
        next_item(d);
        return true;
    }
    char* grown = (char*)realloc(d->items[i], size + 1);
    if (grown == NULL) {
        next_item(d);
        return true;
    }
    memcpy(grown + d->item_octets[i], payload.data, payload.octets);
    grown[size] = '\0';
    d->items[i] = grown;
    d->item_octets[i] = size;
    if (size < e->total) {
        fw_factory_read(d->io, d->token, e->item, (uint32_t)size);
    } else {
        next_item(d);
    }
    return true;
}

/* --- sessions --- */

static fw_tls_session* session_of(fw_tls_device* d, const char* host) {
    for (int i = 0; i < FW_TLS_SESSIONS; ++i) {
        if (d->sessions[i].octets != NULL && strcmp(d->sessions[i].host, host) == 0) return &d->sessions[i];
    }
    return NULL;
}

fw_tls_session* fw_tls_session_for(fw_tls* t) {
    fw_tls_session* s = session_of(t->device, t->host);
    return s != NULL && t->device->io->now_us < s->until_us ? s : NULL;
}

fw_tls_session* fw_tls_session_keep(fw_tls* t, const uint8_t* octets, size_t size, uint32_t lifetime_s) {
    fw_tls_device* d = t->device;
    fw_tls_session* s = session_of(d, t->host);
    const size_t name = strlen(t->host) + 1;
    char* host = (char*)malloc(name);
    uint8_t* copy = (uint8_t*)malloc(size);
    if (copy == NULL || host == NULL) {
        free(copy);
        free(host);
        return NULL;
    }
    memcpy(copy, octets, size);
    memcpy(host, t->host, name);
    if (s == NULL) s = &d->sessions[d->turn++ % FW_TLS_SESSIONS];
    drop_session(s);
    s->host = host;
    s->octets = copy;
    s->size = size;
    s->until_us = d->io->now_us + lifetime_s * FW_SECOND_US;
    return s;
}

void fw_tls_session_forget(fw_tls* t) {
    fw_tls_session* s = session_of(t->device, t->host);
    if (s != NULL) drop_session(s);
}

/* --- connection --- */

void fw_tls_fail(fw_tls* t, const char* why) {
    if (t->state == FW_TLS_FAILED) return;
    t->state = FW_TLS_FAILED;
    snprintf(t->failure, sizeof t->failure, "%s", why);
    fw_tls_session_forget(t);
}

fw_tls* fw_tls_open(fw_tls_device* d, const char* host, int64_t now_unix) {
    uint32_t address;
    const size_t length = strnlen(host, FW_TLS_NAME_OCTETS);
    if (length == FW_TLS_NAME_OCTETS) return NULL;
    fw_tls* t = (fw_tls*)calloc(1, sizeof *t);
    if (t == NULL) return NULL;
    t->device = d;
    t->model = d->model == DECTBED_TLS_TIMING ? &fw_tls_timing : &fw_tls_openssl;
    memcpy(t->host, host, length + 1);
    t->host_is_address = fw_ipv4_parse(host, length, &address);
    t->now_unix = now_unix;
    t->own = t->model->open(t);
    if (t->own != NULL) return t;
    fw_tls_free(t);
    return NULL;
}

void fw_tls_free(fw_tls* t) {
    if (t == NULL) return;
    if (t->own != NULL) t->model->free(t->own);
    free(t->out.data);
    free(t->taken.data);
    free(t);
}

enum fw_tls_state fw_tls_state_of(const fw_tls* t) { return t->state; }

enum fw_tls_state fw_tls_receive(fw_tls* t, const void* data, size_t octets) {
    if (t->state == FW_TLS_HANDSHAKING || t->state == FW_TLS_OPEN) {
        t->cpu_octets += octets;
        t->model->receive(t, (const uint8_t*)data, octets);
    }
    return t->state;
}

size_t fw_tls_read(fw_tls* t, void* out, size_t room) {
    return t->state == FW_TLS_HANDSHAKING ? 0 : t->model->read(t, out, room);
}

bool fw_tls_write(fw_tls* t, const void* data, size_t octets) {
    t->cpu_octets += octets;
    return t->state == FW_TLS_OPEN && t->model->write(t, data, octets);
}

void fw_tls_finish(fw_tls* t) {
    if (t->state == FW_TLS_OPEN || t->state == FW_TLS_FINISHED) t->model->finish(t);
}

size_t fw_tls_take(fw_tls* t, const uint8_t** data) {
    const fw_tls_bytes waiting = t->out;
    t->out = t->taken;
    t->out.size = 0;
    t->taken = waiting;
    *data = waiting.data;
    return waiting.size;
}

void fw_tls_charge_hello(fw_tls* t) {
    if (t->device->handshake_us == 0) t->cpu_us += FW_TLS_COST_KEY_SHARE_US;
}

void fw_tls_charge_answer(fw_tls* t, unsigned certificates, bool signs) {
    const uint32_t figure = t->resumed ? t->device->resumption_us : t->device->handshake_us;
    if (figure != 0) {
        t->cpu_us += figure;
        return;
    }
    t->cpu_us += FW_TLS_COST_KEY_SHARE_US + FW_TLS_COST_SCHEDULE_US;
    if (t->resumed) return;
    t->cpu_us += (uint64_t)FW_TLS_COST_VERIFY_US * (1 + (uint64_t)certificates);
    if (signs) t->cpu_us += FW_TLS_COST_SIGN_US;
}

uint32_t fw_tls_cpu_us(fw_tls* t) {
    const uint64_t us = t->cpu_us + t->cpu_octets / FW_TLS_COST_OCTETS_PER_US;
    t->cpu_us = 0;
    t->cpu_octets %= FW_TLS_COST_OCTETS_PER_US;
    return (uint32_t)us;
}

const char* fw_tls_failure(const fw_tls* t) { return t->failure; }
bool fw_tls_resumed(const fw_tls* t) { return t->resumed; }
