/* SPDX-License-Identifier: MIT-0 */
#include "boot_slots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { attempts = 3, read_octets = 4096, waiting_first = 65536 };

static uint32_t control_address(const fw_slots* s, int record) {
    return (uint32_t)(FW_BOOT_CONTROL_BLOCK + record) * s->config.block_octets;
}
static uint32_t slot_address(const fw_slots* s) {
    return fw_boot_slot_address(s->config.flash_octets, s->config.block_octets, s->slot);
}
/* The record that may be overwritten: not that of what runs. */
static int spare_record(const fw_slots* s) {
    const int running = fw_boot_running(s->records);
    return running < 0 ? 0 : 1 - running;
}

static void forget(fw_slots* s) {
    free(s->waiting);
    s->waiting = NULL;
    s->waiting_from = s->waiting_to = s->waiting_capacity = 0;
    s->taken = s->written = s->erased = 0;
    s->ended = s->failed = false;
    s->stale = s->busy;
    fw_image_free(&s->check);
}

void fw_slots_init(fw_slots* s, fw_io* io, const fw_slots_config* config) {
    memset(s, 0, sizeof *s);
    s->io = io;
    s->config = *config;
}

void fw_slots_free(fw_slots* s) {
    forget(s);
    s->state = FW_SLOTS_CLOSED;
}

void fw_slots_load(fw_slots* s, fw_slots_done done, void* context) {
    s->done = done;
    s->context = context;
    s->reading = 0;
    if (fw_slots_room(s) == 0) {
        done(context, "no room for slots");
        return;
    }
    s->state = FW_SLOTS_LOADING;
    fw_flash_read(s->io, s->config.token, control_address(s, 0), FW_BOOT_AREA_OCTETS);
}

const fw_boot_record* fw_slots_running(const fw_slots* s) {
    const int running = fw_boot_running(s->records);
    return running < 0 ? NULL : &s->records[running];
}

bool fw_slots_on_trial(const fw_slots* s) {
    const fw_boot_record* r = fw_slots_running(s);
    return r != NULL && !r->confirmed;
}

bool fw_slots_rejected(const fw_slots* s, const char* version) {
    for (int i = 0; i < 2; ++i) {
        if (s->records[i].valid && s->records[i].rejected && !strcmp(s->records[i].version, version)) return true;
    }
    return false;
}

uint32_t fw_slots_room(const fw_slots* s) {
    return s->config.page_octets > 0 ? fw_boot_slot_octets(s->config.flash_octets, s->config.block_octets) : 0;
}

/* ---- filling ------------------------------------------------------------------------------------------------- */

static void finish(fw_slots* s, const char* why) {
    const fw_slots_done done = s->done;
    forget(s);
    s->state = FW_SLOTS_IDLE;
    s->done = NULL;
    if (done != NULL) done(s->context, why);
}

static void read_back(fw_slots* s) {
    const uint32_t rest = s->taken - s->written;
    fw_flash_read(s->io, s->config.token, slot_address(s) + s->written, rest < read_octets ? rest : read_octets);
}

static void begin_check(fw_slots* s) {
    s->state = FW_SLOTS_CHECKING;
    s->written = 0; /* now: read */
    fw_image_begin(&s->check);
    read_back(s);
}

/* One operation at a time: the next page, its block first, or the check when there is no more. */
static void pump(fw_slots* s) {
    const size_t waiting = s->waiting_to - s->waiting_from;
    size_t n = s->config.page_octets;
    if (s->busy || s->state != FW_SLOTS_FILLING) return;
    if (s->failed) {
        if (s->ended) finish(s, "the flash does not take it");
        return;
    }
    if (waiting == 0 && s->ended) {
        begin_check(s);
        return;
    }
    if (waiting < n) {
        if (!s->ended) return;
        n = waiting;
    }
    s->busy = true;
    s->erasing = s->written == s->erased;
    if (s->erasing) {
        fw_flash_erase(s->io, s->config.token, slot_address(s) + s->erased);
        return;
    }
    fw_flash_program(s->io, s->config.token, slot_address(s) + s->written, s->waiting + s->waiting_from, n);
    s->waiting_from += n;
    s->written += (uint32_t)n;
}

bool fw_slots_begin(fw_slots* s) {
    const fw_boot_record* running = fw_slots_running(s);
    if (s->state == FW_SLOTS_FILLING && !s->ended) {
        forget(s);
        return true;
    }
    if (s->state != FW_SLOTS_IDLE || fw_slots_on_trial(s) || fw_slots_room(s) == 0) return false;
    forget(s);
    s->slot = running != NULL ? 1 - running->slot : 1;
    s->state = FW_SLOTS_FILLING;
    return true;
}

bool fw_slots_take(fw_slots* s, const void* data, size_t octets) {
    if (s->state != FW_SLOTS_FILLING || s->ended || s->failed || octets > fw_slots_room(s) - s->taken) return false;
    if (s->waiting_from == s->waiting_to) s->waiting_from = s->waiting_to = 0;
    if (octets > s->waiting_capacity - s->waiting_to) {
        const size_t used = s->waiting_to - s->waiting_from;
        if (used > 0) memmove(s->waiting, s->waiting + s->waiting_from, used);
        s->waiting_from = 0;
        s->waiting_to = used;
    }
    while (octets > s->waiting_capacity - s->waiting_to) {
        const size_t capacity = s->waiting_capacity > 0 ? s->waiting_capacity * 2 : waiting_first;
        uint8_t* more = (uint8_t*)realloc(s->waiting, capacity);
        if (more == NULL) return false;
        s->waiting = more;
        s->waiting_capacity = capacity;
    }
    memcpy(s->waiting + s->waiting_to, data, octets);
    s->waiting_to += octets;
    s->taken += (uint32_t)octets;
    pump(s);
    return true;
}

void fw_slots_abandon(fw_slots* s) {
    if (s->state != FW_SLOTS_FILLING || s->ended) return;
    forget(s);
    s->state = FW_SLOTS_IDLE;
}

bool fw_slots_finish(fw_slots* s, const char* model, const char* version, fw_slots_done done, void* context) {
    const int latest = fw_boot_latest(s->records);
    if (s->state != FW_SLOTS_FILLING || s->ended || s->taken == 0) return false;
    memset(&s->next, 0, sizeof s->next);
    s->next.valid = true;
    s->next.sequence = latest < 0 ? 1 : s->records[latest].sequence + 1;
    s->next.octets = s->taken;
    s->next.slot = s->slot;
    s->next.attempts = attempts;
    snprintf(s->next.version, sizeof s->next.version, "%s", version);
    snprintf(s->model, sizeof s->model, "%s", model);
    s->done = done;
    s->context = context;
    s->ended = true;
    pump(s);
    return true;
}

void fw_slots_confirm(fw_slots* s) {
    static const uint8_t good = 0;
    const int running = fw_boot_running(s->records);
    if (s->state != FW_SLOTS_IDLE || !fw_slots_on_trial(s)) return;
    s->records[running].confirmed = true;
    s->busy = s->stale = true;
    fw_flash_program(s->io, s->config.token, control_address(s, running) + FW_BOOT_CONFIRMED_AT, &good, 1);
}

/* ---- the flash's answers ------------------------------------------------------------------------------------- */

static void have_read(fw_slots* s, const uint8_t* data, size_t octets, bool ok) {
    if (s->state == FW_SLOTS_LOADING) {
        fw_boot_read(data, ok ? octets : 0, &s->records[s->reading]);
        if (++s->reading < 2) {
            fw_flash_read(s->io, s->config.token, control_address(s, 1), FW_BOOT_AREA_OCTETS);
        } else {
            finish(s, NULL);
        }
        return;
    }
    if (s->state != FW_SLOTS_CHECKING) return;
    if (!ok || octets == 0 || !fw_image_take(&s->check, s->model, s->next.version, data, octets)) {
        finish(s, "the flash does not hold the image that is wanted");
        return;
    }
    s->written += (uint32_t)octets;
    if (s->written < s->taken) {
        read_back(s);
    } else if (!fw_image_good(&s->check)) {
        finish(s, "the flash does not hold a whole image");
    } else {
        s->state = FW_SLOTS_CLEARING;
        fw_flash_erase(s->io, s->config.token, control_address(s, spare_record(s)));
    }
}

static void have_written(fw_slots* s, bool ok) {
    uint8_t record[FW_BOOT_RECORD_OCTETS];
    const int spare = spare_record(s);
    switch (s->state) {
        case FW_SLOTS_FILLING:
        case FW_SLOTS_IDLE: /* of something that was abandoned, or a mark */
            s->failed |= !ok && !s->stale;
            if (!s->stale && s->erasing) s->erased += s->config.block_octets;
            s->busy = s->stale = false;
            pump(s);
            return;
        case FW_SLOTS_CLEARING:
            if (!ok) {
                finish(s, "the control block is worn");
                return;
            }
            memset(&s->records[spare], 0, sizeof s->records[spare]);
            s->state = FW_SLOTS_RECORDING;
            fw_boot_write(&s->next, record);
            fw_flash_program(s->io, s->config.token, control_address(s, spare), record, sizeof record);
            return;
        case FW_SLOTS_RECORDING:
            if (ok) s->records[spare] = s->next;
            finish(s, ok ? NULL : "the control record was not written");
            return;
        case FW_SLOTS_CLOSED:
        case FW_SLOTS_LOADING:
        case FW_SLOTS_CHECKING:
            return;
    }
}

bool fw_slots_handle(fw_slots* s, const dectbed_event* event) {
    const dectbed_ev_flash* e = (const dectbed_ev_flash*)event;
    if (s->io == NULL || event->record.token != s->config.token) return false;
    if (event->record.type == DECTBED_EV_REFUSED) {
        if (s->state == FW_SLOTS_LOADING || s->state == FW_SLOTS_CHECKING) {
            have_read(s, NULL, 0, false);
        } else {
            have_written(s, false);
        }
        return true;
    }
    if (event->record.type == DECTBED_EV_FLASH_DATA) {
        const fw_payload p = fw_event_payload(event);
        have_read(s, p.data, p.octets, e->status == DECTBED_OK);
        return true;
    }
    if (event->record.type != DECTBED_EV_FLASH_DONE) return false;
    have_written(s, e->status == DECTBED_OK);
    return true;
}
