/* SPDX-License-Identifier: MIT-0 */
#include "kv_store.h"

#include <stdlib.h>
#include <string.h>

enum { header_octets = 16, entry_head_octets = 8, entry_mark = 0x5A, area_max = 4096, erased_octet = 0xFF };
static const uint8_t magic[4] = {'F', 'W', 'K', 'V'};

uint32_t fw_crc32(uint32_t crc, const uint8_t* data, size_t octets) {
    crc = ~crc;
    for (size_t i = 0; i < octets; ++i) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1)));
    }
    return ~crc;
}

static uint32_t get_u32(const uint8_t* p) {
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
static void put_u32(uint8_t* p, uint32_t v) {
    for (int i = 0; i < 4; ++i) p[i] = (uint8_t)(v >> 8 * i);
}
static bool all_erased(const uint8_t* data, size_t octets) {
    /* All are equal to their neighbours: the C library compares many at a time. */
    return octets == 0 || (data[0] == erased_octet && memcmp(data, data + 1, octets - 1) == 0);
}

/* --- the table of live values --- */

static fw_kv_entry* find(fw_kv_store* s, uint8_t key) {
    for (size_t i = 0; i < s->places; ++i) {
        if (s->entries[i].key == key) return &s->entries[i];
    }
    return NULL;
}

static void drop(fw_kv_entry* e) {
    free(e->value);
    memset(e, 0, sizeof *e);
}

static void drop_all(fw_kv_store* s) {
    for (size_t i = 0; i < s->places; ++i) drop(&s->entries[i]);
}

static uint8_t* duplicate(const uint8_t* value, size_t octets) {
    uint8_t* copy = (uint8_t*)malloc(octets);
    if (copy != NULL) memcpy(copy, value, octets);
    return copy;
}

/* A free place; NULL: there is none, nor memory for one. */
static fw_kv_entry* free_place(fw_kv_store* s) {
    fw_kv_entry* e = find(s, 0);
    if (e != NULL || s->places == FW_KV_KEYS_MAX) return e;
    e = (fw_kv_entry*)realloc(s->entries, (s->places + 1) * sizeof *e);
    if (e == NULL) return NULL;
    s->entries = e;
    e += s->places++;
    memset(e, 0, sizeof *e);
    return e;
}

/* Takes over `value` (from malloc); NULL or no octets: deleted. */
static void put(fw_kv_store* s, uint8_t key, uint8_t* value, uint16_t octets) {
    fw_kv_entry* e = find(s, key);
    if (e != NULL) drop(e);
    if (e == NULL && value != NULL && octets != 0) e = free_place(s);
    if (value == NULL || octets == 0 || e == NULL) {
        free(value);
        return;
    }
    e->key = key;
    e->octets = octets;
    e->value = value;
}

const uint8_t* fw_kv_get(const fw_kv_store* s, uint8_t key, size_t* octets) {
    *octets = 0;
    for (size_t i = 0; key != 0 && i < s->places; ++i) {
        if (s->entries[i].key != key) continue;
        *octets = s->entries[i].octets;
        return s->entries[i].value;
    }
    return NULL;
}

/* --- reading --- */

static uint32_t entry_crc(const uint8_t* entry, uint32_t value_octets) {
    return fw_crc32(fw_crc32(0, entry + 1, 3), entry + entry_head_octets, value_octets);
}

static bool header_valid(const uint8_t* data, size_t octets) {
    return octets >= header_octets && memcmp(data, magic, sizeof magic) == 0 &&
           get_u32(data + 8) == fw_crc32(0, data, 8);
}

static void read_entries(fw_kv_store* s, const uint8_t* data, uint32_t octets) {
    uint32_t at = header_octets;
    drop_all(s);
    while (octets - at >= entry_head_octets && data[at] == entry_mark) {
        const uint32_t length = data[at + 2] | (uint32_t)data[at + 3] << 8;
        if (length > octets - at - entry_head_octets || data[at + 1] == 0) break;
        if (entry_crc(data + at, length) != get_u32(data + at + 4)) break;
        put(s, data[at + 1], length > 0 ? duplicate(data + at + entry_head_octets, length) : NULL, (uint16_t)length);
        at += entry_head_octets + length;
    }
    s->tail = at;
    s->tail_clean = all_erased(data + at, octets - at);
}

static void read_block(fw_kv_store* s, int block, const uint8_t* data, uint32_t octets) {
    s->erased[block] = octets == s->area && all_erased(data, octets);
    if (octets != s->area || !header_valid(data, octets)) return;
    const uint32_t sequence = get_u32(data + 4);
    if (s->active >= 0 && (int32_t)(sequence - s->sequence) <= 0) return;
    s->active = block;
    s->sequence = sequence;
    read_entries(s, data, octets);
}

static uint32_t block_address(const fw_kv_store* s, int block) {
    return s->config.address + (uint32_t)block * s->config.block_octets;
}

static void read_next(fw_kv_store* s) {
    fw_flash_read(s->io, s->config.token, block_address(s, (int)s->reading), s->area);
}

static void block_read(fw_kv_store* s, const uint8_t* data, size_t octets) {
    read_block(s, (int)s->reading, data, (uint32_t)octets);
    if (++s->reading < 2) {
        read_next(s);
        return;
    }
    s->state = FW_KV_IDLE;
    s->loaded(s->context);
}

/* --- writing --- */

static size_t write_entry(uint8_t* out, uint8_t key, const uint8_t* value, uint16_t octets) {
    out[0] = entry_mark;
    out[1] = key;
    out[2] = (uint8_t)octets;
    out[3] = (uint8_t)(octets >> 8);
    if (octets > 0) memcpy(out + entry_head_octets, value, octets);
    put_u32(out + 4, entry_crc(out, octets));
    return entry_head_octets + (size_t)octets;
}

static void finish(fw_kv_store* s, bool ok) {
    const fw_kv_stored stored = s->stored;
    free(s->image);
    s->image = NULL;
    s->state = FW_KV_IDLE;
    if (ok) {
        put(s, s->key, s->value, s->octets);
    } else {
        free(s->value);
    }
    s->value = NULL;
    stored(s->context, ok);
}

/* No program request crosses a page boundary. */
static void program_next(fw_kv_store* s) {
    const uint32_t address = s->image_address + s->image_done;
    const uint32_t room = s->config.page_octets - address % s->config.page_octets;
    const uint32_t rest = s->image_octets - s->image_done;
    const uint32_t piece = rest < room ? rest : room;
    fw_flash_program(s->io, s->config.token, address, s->image + s->image_done, piece);
    s->image_done += piece;
}

static void program(fw_kv_store* s, enum fw_kv_state state, uint32_t address, uint32_t octets) {
    s->state = state;
    s->image_address = address;
    s->image_octets = octets;
    s->image_done = 0;
    program_next(s);
}

static uint32_t moved_octets(const fw_kv_store* s, uint8_t key, size_t octets) {
    uint32_t sum = header_octets + (octets > 0 ? entry_head_octets + (uint32_t)octets : 0);
    for (size_t i = 0; i < s->places; ++i) {
        if (s->entries[i].key != 0 && s->entries[i].key != key) sum += entry_head_octets + s->entries[i].octets;
    }
    return sum;
}

static int target_block(const fw_kv_store* s) { return s->active == 0 ? 1 : 0; }

static void seal(fw_kv_store* s) {
    memset(s->image, erased_octet, header_octets);
    memcpy(s->image, magic, sizeof magic);
    put_u32(s->image + 4, s->sequence + 1);
    put_u32(s->image + 8, fw_crc32(0, s->image, 8));
    program(s, FW_KV_SEALING, block_address(s, target_block(s)), 12);
}

static void move(fw_kv_store* s) {
    size_t at = 0;
    for (size_t i = 0; i < s->places; ++i) {
        const fw_kv_entry* e = &s->entries[i];
        if (e->key != 0 && e->key != s->key) at += write_entry(s->image + at, e->key, e->value, e->octets);
    }
    if (s->octets > 0) at += write_entry(s->image + at, s->key, s->value, s->octets);
    s->erased[target_block(s)] = false;
    if (at == 0) {
        seal(s); /* the last value was deleted */
        return;
    }
    program(s, FW_KV_MOVING, block_address(s, target_block(s)) + header_octets, (uint32_t)at);
}

static void begin_move(fw_kv_store* s) {
    if (s->erased[target_block(s)]) {
        move(s);
        return;
    }
    s->state = FW_KV_ERASING;
    fw_flash_erase(s->io, s->config.token, block_address(s, target_block(s)));
}

bool fw_kv_set(fw_kv_store* s, uint8_t key, const void* value, size_t octets, fw_kv_stored stored, void* context) {
    if (s->state != FW_KV_IDLE || key == 0 || key == erased_octet || octets > FW_KV_VALUE_OCTETS_MAX) return false;
    size_t old_octets;
    const uint8_t* old = fw_kv_get(s, key, &old_octets);
    if (old_octets == octets && (octets == 0 || memcmp(old, value, octets) == 0)) {
        stored(context, true);
        return true;
    }
    if (moved_octets(s, key, octets) > s->area || (old == NULL && free_place(s) == NULL)) return false;
    uint8_t* copy = octets > 0 ? duplicate((const uint8_t*)value, octets) : NULL;
    uint8_t* image = (uint8_t*)malloc(s->area);
    if (image == NULL || (octets > 0 && copy == NULL)) {
        free(copy);
        free(image);
        return false;
    }
    s->key = key;
    s->value = copy;
    s->octets = (uint16_t)octets;
    s->image = image;
    s->stored = stored;
    s->context = context;
    if (s->active >= 0 && s->tail_clean && entry_head_octets + octets <= s->area - s->tail) {
        s->tail_clean = false; /* until all of the entry is there */
        const size_t length = write_entry(s->image, key, copy, (uint16_t)octets);
        program(s, FW_KV_APPENDING, block_address(s, s->active) + s->tail, (uint32_t)length);
    } else {
        begin_move(s);
    }
    return true;
}

static void operation_done(fw_kv_store* s, bool ok) {
    switch (s->state) {
        case FW_KV_CLOSED:
        case FW_KV_IDLE:
        case FW_KV_LOADING:
            return;
        case FW_KV_ERASING:
            if (ok) {
                move(s);
            } else {
                finish(s, false);
            }
            return;
        case FW_KV_APPENDING:
        case FW_KV_MOVING:
        case FW_KV_SEALING:
            break;
    }
    if (!ok) {
        if (s->state == FW_KV_APPENDING) {
            begin_move(s); /* the place was not blank: the other block will do */
        } else {
            finish(s, false);
        }
        return;
    }
    if (s->image_done < s->image_octets) {
        program_next(s);
    } else if (s->state == FW_KV_APPENDING) {
        s->tail += s->image_octets;
        s->tail_clean = true;
        finish(s, true);
    } else if (s->state == FW_KV_MOVING) {
        s->tail = header_octets + s->image_octets;
        seal(s);
    } else {
        if (moved_octets(s, s->key, s->octets) == header_octets) s->tail = header_octets;
        s->active = target_block(s);
        ++s->sequence;
        s->tail_clean = true;
        finish(s, true);
    }
}

void fw_kv_init(fw_kv_store* s, fw_io* io, const fw_kv_config* config) {
    memset(s, 0, sizeof *s);
    s->io = io;
    s->config = *config;
    s->area = config->block_octets < area_max ? config->block_octets : area_max;
    s->active = -1;
}

void fw_kv_free(fw_kv_store* s) {
    drop_all(s);
    free(s->entries);
    free(s->value);
    free(s->image);
    s->entries = NULL;
    s->places = 0;
    s->value = NULL;
    s->image = NULL;
    s->state = FW_KV_CLOSED;
}

void fw_kv_load(fw_kv_store* s, fw_kv_loaded loaded, void* context) {
    drop_all(s);
    s->active = -1;
    s->reading = 0;
    s->loaded = loaded;
    s->context = context;
    s->state = FW_KV_LOADING;
    read_next(s);
}

bool fw_kv_handle(fw_kv_store* s, const dectbed_event* event) {
    if (event->record.token != s->config.token) return false;
    if (event->record.type == DECTBED_EV_REFUSED) {
        if (s->state == FW_KV_LOADING) {
            block_read(s, NULL, 0);
        } else {
            operation_done(s, false);
        }
        return true;
    }
    if (event->record.type == DECTBED_EV_FLASH_DATA) {
        const fw_payload payload = fw_event_payload(event);
        const bool ok = ((const dectbed_ev_flash*)event)->status == DECTBED_OK;
        if (s->state == FW_KV_LOADING) block_read(s, payload.data, ok ? payload.octets : 0);
        return true;
    }
    if (event->record.type == DECTBED_EV_FLASH_DONE) {
        operation_done(s, ((const dectbed_ev_flash*)event)->status == DECTBED_OK);
        return true;
    }
    return false;
}
