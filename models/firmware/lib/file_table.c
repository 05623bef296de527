/* SPDX-License-Identifier: MIT-0 */
#include "file_table.h"

#include <stdlib.h>
#include <string.h>

#include "kv_store.h"

enum { MARK = 0x5B };
enum {
    RECORD_HEAD = FW_FILES_RECORD_HEAD,
    OCTETS = FW_FILES_OCTETS,
    COMPLETE = FW_FILES_COMPLETE,
    DELETED = FW_FILES_DELETED
};

static uint32_t get_u32(const uint8_t* p) {
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
static void put_u32(uint8_t* p, uint32_t v) {
    for (int i = 0; i < 4; ++i) p[i] = (uint8_t)(v >> 8 * i);
}

/* ---- the table of files -------------------------------------------------------------------------------------- */

fw_file* fw_files_numbered(const fw_files* s, uint32_t number) {
    for (size_t i = 0; i < s->count; ++i) {
        if (s->files[i].number == number) return &s->files[i];
    }
    return NULL;
}

void fw_files_drop(fw_files* s, fw_file* f) {
    free(f->pieces);
    *f = s->files[--s->count];
}

fw_file* fw_files_add(fw_files* s, uint32_t number) {
    fw_file* f = fw_files_numbered(s, number);
    if (f != NULL) return f;
    if (s->count == s->capacity) {
        const size_t capacity = s->capacity > 0 ? 2 * s->capacity : 8;
        fw_file* more = (fw_file*)realloc(s->files, capacity * sizeof *more);
        if (more == NULL) return NULL;
        s->files = more;
        s->capacity = capacity;
    }
    f = &s->files[s->count++];
    memset(f, 0, sizeof *f);
    f->number = number;
    return f;
}

static const fw_file_piece* piece_at(const fw_file* f, uint32_t place) {
    for (size_t i = 0; i < f->count; ++i) {
        if (f->pieces[i].place == place) return &f->pieces[i];
    }
    return NULL;
}

/* Where these octets of the file lie now. */
static bool add_piece(fw_file* f, uint32_t place, uint32_t octets, uint32_t address) {
    size_t i = 0;
    while (i < f->count && f->pieces[i].place < place) ++i;
    if (i == f->count || f->pieces[i].place != place) {
        if (f->count == f->capacity) {
            const size_t capacity = f->capacity > 0 ? 2 * f->capacity : 4;
            fw_file_piece* more = (fw_file_piece*)realloc(f->pieces, capacity * sizeof *more);
            if (more == NULL) return false;
            f->pieces = more;
            f->capacity = capacity;
        }
        memmove(f->pieces + i + 1, f->pieces + i, (f->count - i) * sizeof *f->pieces);
        ++f->count;
    }
    f->pieces[i].place = place;
    f->pieces[i].octets = octets;
    f->pieces[i].address = address;
    return true;
}

/* Of files that were replaced, deleted or never completed. */
static void drop_old(fw_files* s, const char* name, uint32_t number) {
    for (size_t i = 0; i < s->count;) {
        fw_file* f = &s->files[i];
        if (f->complete && f->number < number && !strcmp(f->name, name)) {
            fw_files_drop(s, f);
        } else {
            ++i;
        }
    }
}

/* ---- records ------------------------------------------------------------------------------------------------- */

uint32_t fw_files_parse(const fw_files* s, const uint8_t* block, uint32_t at, fw_file_record* r) {
    const uint8_t* p = block + at;
    if (at + RECORD_HEAD > s->config.block_octets || p[0] != MARK || p[1] < OCTETS || p[1] > DELETED) return 0;
    r->kind = p[1];
    r->length = p[2] | (uint32_t)p[3] << 8;
    r->number = get_u32(p + 4);
    r->place = get_u32(p + 8);
    r->data = p + RECORD_HEAD;
    if (r->length > s->config.block_octets - at - RECORD_HEAD) return 0;
    if (r->kind != OCTETS && (r->length == 0 || r->length > FW_FILES_NAME_MAX)) return 0;
    if (get_u32(p + 12) != fw_crc32(fw_crc32(0, p, 12), r->data, r->length)) return 0;
    return RECORD_HEAD + r->length;
}

uint32_t fw_files_write_record(uint8_t* out, const fw_file_record* r) {
    out[0] = MARK;
    out[1] = r->kind;
    out[2] = (uint8_t)r->length;
    out[3] = (uint8_t)(r->length >> 8);
    put_u32(out + 4, r->number);
    put_u32(out + 8, r->place);
    memcpy(out + RECORD_HEAD, r->data, r->length);
    put_u32(out + 12, fw_crc32(fw_crc32(0, out, 12), r->data, r->length));
    return RECORD_HEAD + r->length;
}

bool fw_files_live(const fw_files* s, const fw_file_record* r, uint32_t address) {
    const fw_file* f = fw_files_numbered(s, r->number);
    if (f == NULL || r->kind == DELETED) return false;
    if (r->kind == COMPLETE) return f->complete && f->complete_at == address;
    const fw_file_piece* p = piece_at(f, r->place);
    return p != NULL && p->address == address + RECORD_HEAD;
}

bool fw_files_known(const fw_files* s, const fw_file_record* r) {
    const fw_file* f = fw_files_numbered(s, r->number);
    if (f == NULL || r->kind == DELETED) return false;
    return r->kind == COMPLETE ? f->complete : piece_at(f, r->place) != NULL;
}

uint32_t fw_files_live_octets(const fw_files* s, uint32_t address) {
    const uint32_t end = address + s->config.block_octets;
    uint32_t octets = 0;
    for (size_t i = 0; i < s->count; ++i) {
        const fw_file* f = &s->files[i];
        if (f->complete && f->complete_at >= address && f->complete_at < end)
            octets += RECORD_HEAD + (uint32_t)strlen(f->name);
        for (size_t k = 0; k < f->count; ++k) {
            const fw_file_piece* p = &f->pieces[k];
            if (p->address >= address && p->address < end) octets += RECORD_HEAD + p->octets;
        }
    }
    return octets;
}

bool fw_files_take(fw_files* s, const fw_file_record* r, uint32_t address) {
    char name[FW_FILES_NAME_MAX + 1] = {0};
    fw_file* f;
    if (r->number >= s->number) s->number = r->number + 1;
    if (r->kind == OCTETS) {
        f = fw_files_add(s, r->number);
        return f != NULL && add_piece(f, r->place, r->length, address + RECORD_HEAD);
    }
    memcpy(name, r->data, r->length);
    drop_old(s, name, r->number);
    if (r->kind == DELETED) return true;
    f = fw_files_add(s, r->number);
    if (f == NULL) return false;
    f->complete = true;
    f->complete_at = address;
    f->octets = r->place;
    memcpy(f->name, name, sizeof name);
    return true;
}
