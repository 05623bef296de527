/* SPDX-License-Identifier: MIT-0 */
#include "file_store.h"

#include <stdlib.h>
#include <string.h>

#include "kv_store.h"

enum { BLOCK_HEAD = 16, RECORD_HEAD = 16, MARK = 0x5B, PIECE = 240, READ_MAX = 4096, SPARE_BLOCKS = 3 };
enum { OCTETS = 1, COMPLETE = 2, DELETED = 3 };
enum { DIRTY, ERASED, IN_LOG, WORN };
enum { NOTHING, READ_HEAD, READ_BLOCK, ERASE, PROGRAM_HEAD, PROGRAM_RECORD, READ_PIECE };
static const uint8_t magic[4] = {'F', 'W', 'F', 'S'};

static void step(fw_files* s);

static uint32_t get_u32(const uint8_t* p) {
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
static void put_u32(uint8_t* p, uint32_t v) {
    for (int i = 0; i < 4; ++i) p[i] = (uint8_t)(v >> 8 * i);
}
static uint32_t address_of(const fw_files* s, int block) {
    return s->config.address + (uint32_t)block * s->config.block_octets;
}

/* ---- the table of files -------------------------------------------------------------------------------------- */

static fw_file* numbered(const fw_files* s, uint32_t number) {
    for (size_t i = 0; i < s->count; ++i) {
        if (s->files[i].number == number) return &s->files[i];
    }
    return NULL;
}

static void drop(fw_files* s, fw_file* f) {
    free(f->pieces);
    *f = s->files[--s->count];
}

static fw_file* add(fw_files* s, uint32_t number) {
    fw_file* f = numbered(s, number);
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

const fw_file* fw_files_find(const fw_files* s, const char* name) {
    for (size_t i = 0; i < s->count; ++i) {
        if (s->files[i].complete && !strcmp(s->files[i].name, name)) return &s->files[i];
    }
    return NULL;
}

/* Of files that were replaced, deleted or never completed. */
static void drop_old(fw_files* s, const char* name, uint32_t number) {
    for (size_t i = 0; i < s->count;) {
        fw_file* f = &s->files[i];
        if (f->complete && f->number < number && !strcmp(f->name, name)) {
            drop(s, f);
        } else {
            ++i;
        }
    }
}

static uint32_t records_of(uint32_t octets, size_t name) {
    return octets + (octets + PIECE - 1) / PIECE * RECORD_HEAD + RECORD_HEAD + (uint32_t)name;
}

uint32_t fw_files_room(const fw_files* s) {
    uint32_t good = 0, used = records_of(0, FW_FILES_NAME_MAX);
    /* the last record of a block may not fit into it */
    const uint32_t each = s->config.block_octets - BLOCK_HEAD - (RECORD_HEAD + PIECE);
    for (uint32_t i = 0; i < s->config.blocks; ++i) good += s->blocks[i].state != WORN;
    for (size_t i = 0; i < s->count; ++i) used += records_of(s->files[i].octets, strlen(s->files[i].name));
    if (s->job == FW_FILES_CLOSED || good <= SPARE_BLOCKS || (good - SPARE_BLOCKS) * each <= used) return 0;
    return ((good - SPARE_BLOCKS) * each - used) / (PIECE + RECORD_HEAD) * PIECE;
}

/* ---- records ------------------------------------------------------------------------------------------------- */

typedef struct {
    uint8_t kind;
    uint32_t length, number, place;
    const uint8_t* data;
} record_t;

/* Its octets in the block; 0: no record. */
static uint32_t parse(const fw_files* s, const uint8_t* block, uint32_t at, record_t* r) {
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

static uint32_t write_record(uint8_t* out, const record_t* r) {
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

static bool live(const fw_files* s, const record_t* r) {
    const fw_file* f = numbered(s, r->number);
    return f != NULL && (r->kind == OCTETS || (r->kind == COMPLETE && f->complete));
}

/* What a record says that was found or is written; false: no memory. */
static bool take_record(fw_files* s, const record_t* r, uint32_t address) {
    char name[FW_FILES_NAME_MAX + 1] = {0};
    fw_file* f;
    if (r->number >= s->number) s->number = r->number + 1;
    if (r->kind == OCTETS) {
        f = add(s, r->number);
        return f != NULL && add_piece(f, r->place, r->length, address + RECORD_HEAD);
    }
    memcpy(name, r->data, r->length);
    drop_old(s, name, r->number);
    if (r->kind == DELETED) return true;
    f = add(s, r->number);
    if (f == NULL) return false;
    f->complete = true;
    f->octets = r->place;
    memcpy(f->name, name, sizeof name);
    return true;
}

/* ---- flash operations ---------------------------------------------------------------------------------------- */

static void finish(fw_files* s, bool ok) {
    const fw_files_done done = s->done;
    fw_file* f = s->writing != 0 ? numbered(s, s->writing) : NULL;
    if (f != NULL && !f->complete) drop(s, f);
    free(s->data);
    s->data = NULL;
    s->writing = 0;
    s->job = FW_FILES_IDLE;
    s->done = NULL;
    done(s->context, ok);
}

static void program_next(fw_files* s) {
    const uint32_t address = address_of(s, s->head) + s->record_at + s->record_done;
    const uint32_t room = s->config.page_octets - address % s->config.page_octets;
    const uint32_t rest = s->record_octets - s->record_done;
    s->operation = PROGRAM_RECORD;
    fw_flash_program(s->io, s->config.token, address, s->record + s->record_done, rest < room ? rest : room);
    s->record_done += rest < room ? rest : room;
}

static void append(fw_files* s, const record_t* r) {
    s->record_octets = write_record(s->record, r);
    s->record_done = 0;
    s->record_at = s->at;
    s->at += s->record_octets;
    program_next(s);
}

static int oldest_block(const fw_files* s) {
    int oldest = -1;
    for (int i = 0; i < (int)s->config.blocks; ++i) {
        if (s->blocks[i].state != IN_LOG || i == s->head) continue;
        if (oldest < 0 || s->blocks[i].sequence < s->blocks[oldest].sequence) oldest = i;
    }
    return oldest;
}

static void read_block(fw_files* s, int block) {
    s->operation = READ_BLOCK;
    s->block = block;
    fw_flash_read(s->io, s->config.token, address_of(s, block), s->config.block_octets);
}

static void erase(fw_files* s, int block) {
    s->operation = ERASE;
    s->block = block;
    fw_flash_erase(s->io, s->config.token, address_of(s, block));
}

/* True: a record of that length fits at the end of the log. Else something is under way, after which step() comes. */
static bool have_room(fw_files* s, uint32_t length) {
    int free_one = -1;
    unsigned free_blocks = 0;
    uint8_t head[BLOCK_HEAD];
    if (s->head >= 0 && s->at + RECORD_HEAD + length <= s->config.block_octets) return true;
    for (int n = 1; n <= (int)s->config.blocks; ++n) { /* round and round: that wears all of them evenly */
        const int i = (s->head + n) % (int)s->config.blocks;
        if (s->blocks[i].state != DIRTY && s->blocks[i].state != ERASED) continue;
        ++free_blocks;
        if (free_one < 0) free_one = i;
    }
    if (s->oldest < 0 && free_blocks < 2) {
        s->oldest = oldest_block(s);
        if (s->oldest < 0) {
            finish(s, false);
        } else {
            s->content_at = 0;
            read_block(s, s->oldest);
        }
    } else if (free_one < 0) {
        s->oldest = -1;
        finish(s, false); /* too many are worn */
    } else if (s->blocks[free_one].state == DIRTY) {
        erase(s, free_one);
    } else {
        memcpy(head, magic, sizeof magic);
        put_u32(head + 4, s->sequence);
        put_u32(head + 8, s->blocks[free_one].erases);
        put_u32(head + 12, fw_crc32(0, head, 12));
        s->operation = PROGRAM_HEAD;
        s->block = free_one;
        fw_flash_program(s->io, s->config.token, address_of(s, free_one), head, sizeof head);
    }
    return false;
}

/* The next live record of the oldest block goes to the end of the log; behind the last the block is erased. */
static void clean(fw_files* s) {
    record_t r;
    uint32_t octets;
    while ((octets = parse(s, s->content, s->content_at, &r)) != 0 && !live(s, &r)) s->content_at += octets;
    if (octets == 0) {
        erase(s, s->oldest);
    } else if (have_room(s, r.length)) {
        s->content_at += octets;
        append(s, &r);
    }
}

static void write_on(fw_files* s) {
    const fw_file* f = numbered(s, s->writing);
    record_t r;
    memset(&r, 0, sizeof r);
    r.number = s->writing;
    if (s->place < s->octets) {
        r.kind = OCTETS;
        r.length = s->octets - s->place < PIECE ? s->octets - s->place : PIECE;
        r.place = s->place;
        r.data = s->data + s->place;
    } else { /* the name stands behind the octets */
        r.kind = f != NULL ? COMPLETE : DELETED;
        r.place = f != NULL ? s->octets : 0;
        r.data = s->data + s->octets;
        r.length = (uint32_t)strlen((const char*)r.data);
    }
    if (have_room(s, r.length)) append(s, &r);
}

static void read_on(fw_files* s) {
    const fw_file* f = numbered(s, s->writing);
    for (size_t i = 0; i < f->count; ++i) {
        const fw_file_piece* p = &f->pieces[i];
        uint32_t n;
        if (s->place < p->place || s->place >= p->place + p->octets) continue;
        n = p->octets - (s->place - p->place);
        if (n > s->octets) n = s->octets;
        s->operation = READ_PIECE;
        fw_flash_read(s->io, s->config.token, p->address + (s->place - p->place), n);
        return;
    }
    finish(s, s->octets == 0);
}

static void step(fw_files* s) {
    if (s->job == FW_FILES_WRITING && s->oldest >= 0) {
        clean(s);
    } else if (s->job == FW_FILES_WRITING) {
        write_on(s);
    } else if (s->job == FW_FILES_READING) {
        read_on(s);
    }
}

/* ---- loading ------------------------------------------------------------------------------------------------- */

static void read_head(fw_files* s) {
    s->operation = READ_HEAD;
    fw_flash_read(s->io, s->config.token, address_of(s, s->block), BLOCK_HEAD);
}

/* Only while the oldest block is being emptied there is none to spare: then the last holds copies of that, and perhaps
 * a torn one. That is erased before anything else, and done again. True: it is under way. */
static bool discard_copies(fw_files* s) {
    int last = 0;
    for (int i = 0; i < (int)s->config.blocks; ++i) {
        if (s->blocks[i].state != IN_LOG) return false;
        if (s->blocks[i].sequence > s->blocks[last].sequence) last = i;
    }
    erase(s, last);
    return true;
}

/* The block that follows in the log; behind the last, everything is known. */
static void load_next(fw_files* s) {
    int next = -1;
    for (int i = 0; i < (int)s->config.blocks; ++i) {
        if (s->blocks[i].state != IN_LOG) continue;
        if (s->head >= 0 && s->blocks[i].sequence <= s->blocks[s->head].sequence) continue;
        if (next < 0 || s->blocks[i].sequence < s->blocks[next].sequence) next = i;
    }
    if (next >= 0) {
        read_block(s, next);
        return;
    }
    for (size_t i = 0; i < s->count;) {
        if (s->files[i].complete) {
            ++i;
        } else {
            drop(s, &s->files[i]);
        }
    }
    finish(s, true);
}

static void have_head(fw_files* s, const uint8_t* p, size_t octets) {
    const bool good = octets == BLOCK_HEAD && !memcmp(p, magic, sizeof magic) &&
                      get_u32(p + 12) == fw_crc32(0, p, 12) && get_u32(p + 4) != UINT32_MAX;
    if (good) {
        s->blocks[s->block].state = IN_LOG;
        s->blocks[s->block].sequence = get_u32(p + 4);
        s->blocks[s->block].erases = get_u32(p + 8);
        if (s->blocks[s->block].sequence >= s->sequence) s->sequence = s->blocks[s->block].sequence + 1;
    }
    if (++s->block < (int)s->config.blocks) {
        read_head(s);
    } else {
        if (!discard_copies(s)) load_next(s);
    }
}

static void load_block(fw_files* s, const uint8_t* p, size_t octets) {
    uint32_t at = BLOCK_HEAD, n;
    record_t r;
    bool blank = true;
    s->head = s->block;
    s->at = s->config.block_octets;
    if (octets == s->config.block_octets) {
        while ((n = parse(s, p, at, &r)) != 0) {
            if (!take_record(s, &r, address_of(s, s->block) + at)) break;
            at += n;
        }
        for (uint32_t i = at; i < s->config.block_octets; ++i) blank = blank && p[i] == 0xFF;
        if (blank) s->at = at; /* else something was torn there: the next record goes into another block */
    }
    load_next(s);
}

/* ---- answers ------------------------------------------------------------------------------------------------- */

static void have_read(fw_files* s, const uint8_t* data, size_t octets) {
    const uint8_t operation = s->operation;
    s->operation = NOTHING;
    if (operation == READ_HEAD) {
        have_head(s, data, octets);
    } else if (operation == READ_BLOCK && s->job == FW_FILES_LOADING) {
        load_block(s, data, octets);
    } else if (operation == READ_BLOCK) {
        if (octets == s->config.block_octets) memcpy(s->content, data, octets);
        s->content_at = octets == s->config.block_octets ? BLOCK_HEAD : s->config.block_octets;
        step(s);
    } else if (operation == READ_PIECE) {
        if (octets == 0 || octets > s->octets) {
            finish(s, false);
            return;
        }
        memcpy(s->out, data, octets);
        s->out += octets;
        s->place += (uint32_t)octets;
        s->octets -= (uint32_t)octets;
        step(s);
    }
}

static void record_done(fw_files* s) {
    record_t r;
    memset(&r, 0, sizeof r);
    r.kind = s->record[1];
    r.length = s->record_octets - RECORD_HEAD;
    r.number = get_u32(s->record + 4);
    r.place = get_u32(s->record + 8);
    r.data = s->record + RECORD_HEAD;
    if (!take_record(s, &r, address_of(s, s->head) + s->record_at)) {
        finish(s, false);
        return;
    }
    if (s->oldest >= 0) {
        step(s);
        return;
    }
    if (r.kind != OCTETS) {
        finish(s, true);
        return;
    }
    s->place += r.length;
    step(s);
}

static void have_done(fw_files* s, bool ok) {
    const uint8_t operation = s->operation;
    s->operation = NOTHING;
    switch (operation) {
        case ERASE:
            s->blocks[s->block].state = ok ? ERASED : WORN;
            ++s->blocks[s->block].erases;
            if (s->block == s->oldest) s->oldest = -1;
            if (s->job == FW_FILES_LOADING) {
                load_next(s);
            } else {
                step(s);
            }
            return;
        case PROGRAM_HEAD:
            s->blocks[s->block].state = ok ? IN_LOG : WORN;
            if (ok) {
                s->blocks[s->block].sequence = s->sequence++;
                s->head = s->block;
                s->at = BLOCK_HEAD;
            }
            step(s);
            return;
        case PROGRAM_RECORD:
            if (!ok && ++s->failures > s->config.blocks) {
                s->at = s->config.block_octets;
                s->oldest = -1;
                finish(s, false);
            } else if (!ok) { /* once more, in another block */
                s->at = s->config.block_octets;
                if (s->oldest >= 0) s->content_at -= s->record_octets;
                step(s);
            } else if (s->record_done < s->record_octets) {
                program_next(s);
            } else {
                record_done(s);
            }
            return;
        default:
            return;
    }
}

bool fw_files_handle(fw_files* s, const dectbed_event* event) {
    if (s->io == NULL || event->record.token != s->config.token) return false;
    if (event->record.type == DECTBED_EV_FLASH_DATA) {
        const fw_payload p = fw_event_payload(event);
        have_read(s, p.data, ((const dectbed_ev_flash*)event)->status == DECTBED_OK ? p.octets : 0);
        return true;
    }
    if (event->record.type == DECTBED_EV_REFUSED) {
        const bool reads = s->operation == READ_HEAD || s->operation == READ_BLOCK || s->operation == READ_PIECE;
        if (reads) {
            have_read(s, NULL, 0);
        } else {
            have_done(s, false);
        }
        return true;
    }
    if (event->record.type != DECTBED_EV_FLASH_DONE) return false;
    have_done(s, ((const dectbed_ev_flash*)event)->status == DECTBED_OK);
    return true;
}

/* ---- for users ----------------------------------------------------------------------------------------------- */

void fw_files_init(fw_files* s, fw_io* io, const fw_files_config* config) {
    memset(s, 0, sizeof *s);
    s->io = io;
    s->config = *config;
    s->head = s->oldest = -1;
    s->sequence = s->number = 1;
}

void fw_files_free(fw_files* s) {
    while (s->count > 0) drop(s, &s->files[0]);
    free(s->files);
    free(s->record);
    free(s->content);
    free(s->data);
    s->files = NULL;
    s->record = s->content = s->data = NULL;
    s->capacity = 0;
    s->job = FW_FILES_CLOSED;
}

void fw_files_load(fw_files* s, fw_files_done done, void* context) {
    const fw_files_config* c = &s->config;
    const bool fits = c->blocks >= FW_FILES_BLOCKS_MIN && c->blocks <= FW_FILES_BLOCKS_MAX && c->page_octets > 0 &&
                      c->block_octets <= READ_MAX && c->block_octets >= BLOCK_HEAD + 2 * (RECORD_HEAD + PIECE);
    if (s->record == NULL) s->record = (uint8_t*)malloc(RECORD_HEAD + PIECE);
    if (s->content == NULL && fits) s->content = (uint8_t*)malloc(c->block_octets);
    if (!fits || s->record == NULL || s->content == NULL) {
        done(context, false);
        return;
    }
    s->done = done;
    s->context = context;
    s->job = FW_FILES_LOADING;
    s->block = 0;
    read_head(s);
}

static bool begin(fw_files* s, const char* name, const void* data, size_t octets, fw_files_done done, void* context) {
    const size_t n = strlen(name);
    if (s->job != FW_FILES_IDLE || n == 0 || n > FW_FILES_NAME_MAX) return false;
    s->data = (uint8_t*)malloc(octets + n + 1);
    if (s->data == NULL) return false;
    if (octets > 0) memcpy(s->data, data, octets);
    memcpy(s->data + octets, name, n + 1);
    s->writing = s->number++;
    s->octets = (uint32_t)octets;
    s->place = s->failures = 0;
    s->done = done;
    s->context = context;
    s->job = FW_FILES_WRITING;
    return true;
}

bool fw_files_write(fw_files* s, const char* name, const void* data, size_t octets, fw_files_done done, void* context) {
    fw_file* f;
    if (octets > fw_files_room(s) || !begin(s, name, data, octets, done, context)) return false;
    f = add(s, s->writing);
    if (f == NULL) {
        free(s->data);
        s->data = NULL;
        s->job = FW_FILES_IDLE;
        return false;
    }
    f->octets = (uint32_t)octets;
    step(s);
    return true;
}

bool fw_files_remove(fw_files* s, const char* name, fw_files_done done, void* context) {
    if (fw_files_find(s, name) == NULL || !begin(s, name, NULL, 0, done, context)) return false;
    step(s);
    return true;
}

bool fw_files_read(fw_files* s, const char* name, uint32_t place, void* out, size_t octets, fw_files_done done,
                   void* context) {
    const fw_file* f = fw_files_find(s, name);
    if (s->job != FW_FILES_IDLE || f == NULL || place > f->octets || octets > f->octets - place) return false;
    s->writing = f->number;
    s->out = (uint8_t*)out;
    s->octets = (uint32_t)octets;
    s->place = place;
    s->done = done;
    s->context = context;
    s->job = FW_FILES_READING;
    step(s);
    return true;
}
