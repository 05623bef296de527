/* SPDX-License-Identifier: MIT-0
 *
 * The program's side of firmware_process.h: any table of firmware.h becomes a program. Needs read(), write() and the
 * three functions of string.h, nothing else, so that it also fits a program without a C library.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "dectbed/firmware_process.h"
#include "process_hooks.h"

/* Records of one event go out in as few writes as fit here. */
#define OUT_OCTETS 32768u
#define RECORD_OCTETS_MAX 65536u

static unsigned char out[OUT_OCTETS];
static size_t out_used;
static int broken; /* the host is gone */

/* Aligned for the widest field of an event. */
static union {
    unsigned char octets[RECORD_OCTETS_MAX];
    uint64_t align;
} in;

static int put(const unsigned char* octets, size_t n) {
    while (n > 0) {
        ssize_t done = write(DECTBED_PROCESS_DESCRIPTOR, octets, n);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return -1;
        octets += done;
        n -= (size_t)done;
    }
    return 0;
}

static void flush(void) {
    if (!broken && out_used > 0 && put(out, out_used) != 0) broken = 1;
    out_used = 0;
}

static void add(const void* record, size_t size) {
    if (out_used + size > OUT_OCTETS) flush();
    if (size > OUT_OCTETS) {
        if (!broken && put(record, size) != 0) broken = 1;
        return;
    }
    memcpy(out + out_used, record, size);
    out_used += size;
}

/* 1: n octets are there; 0: the stream ended before the first; -1: it ended within. */
static int get(unsigned char* octets, size_t n) {
    size_t have = 0;
    while (have < n) {
        ssize_t done = read(DECTBED_PROCESS_DESCRIPTOR, octets + have, n - have);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return have == 0 && done == 0 ? 0 : -1;
        have += (size_t)done;
    }
    return 1;
}

/* A record that has no size of its own is told as one of no known kind, which the host refuses. */
static void request(void* context, const dectbed_record* r) {
    dectbed_record empty;
    (void)context;
    if (dectbed_process_request) dectbed_process_request(r);
    if (r && r->size >= sizeof *r) {
        add(r, r->size);
        return;
    }
    memset(&empty, 0, sizeof empty);
    empty.size = sizeof empty;
    if (r) empty.token = r->token;
    add(&empty, sizeof empty);
}

static void text(char* field, size_t octets, const char* value) {
    size_t n = strlen(value);
    memcpy(field, value, n < octets ? n : octets - 1);
}

static void hello(const dectbed_firmware* firmware) {
    dectbed_process_hello h;
    memset(&h, 0, sizeof h);
    h.record.type = DECTBED_PROCESS_HELLO;
    h.record.size = sizeof h;
    h.magic = DECTBED_PROCESS_MAGIC;
    h.abi = firmware->abi;
    h.kind = firmware->kind;
    h.flags = firmware->flags;
    text(h.name, sizeof h.name, firmware->name);
    text(h.version, sizeof h.version, firmware->version);
    add(&h, sizeof h);
    flush();
}

static int turns(const dectbed_firmware* firmware) {
    static dectbed_host host;
    dectbed_record end;
    void* instance = 0;
    host.abi = DECTBED_FIRMWARE_ABI;
    host.request = request;
    memset(&end, 0, sizeof end);
    end.type = DECTBED_PROCESS_END_OF_TURN;
    end.size = sizeof end;
    for (;;) {
        dectbed_record head;
        int there = get(in.octets, sizeof head);
        if (there == 0) break;
        if (there < 0) return 1;
        memcpy(&head, in.octets, sizeof head);
        if (head.size < sizeof(dectbed_event)) return 1;
        if (get(in.octets + sizeof head, head.size - sizeof head) != 1) return 1;
        if (dectbed_process_event) dectbed_process_event((const dectbed_event*)(const void*)in.octets);
        if (!instance) instance = firmware->create(&host);
        if (!instance) return 1;
        firmware->handle(instance, (const dectbed_event*)(const void*)in.octets);
        add(&end, sizeof end);
        flush();
        if (broken) return 1;
    }
    if (instance) firmware->destroy(instance);
    return 0;
}

int dectbed_process_main(const dectbed_firmware* firmware) {
    hello(firmware);
    return broken ? 1 : turns(firmware);
}

int dectbed_process_refuse(const char* why) {
    dectbed_record head;
    size_t n = strlen(why);
    if (n > 4096) n = 4096;
    memset(&head, 0, sizeof head);
    head.type = DECTBED_PROCESS_REFUSAL;
    head.size = (uint16_t)(sizeof head + n);
    add(&head, sizeof head);
    add(why, n);
    flush();
    return 1;
}
