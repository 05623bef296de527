/* SPDX-License-Identifier: MIT-0 */
#include "file_store.h"

#include <stdlib.h>
#include <string.h>

#include "file_table.h"
#include "kv_store.h"

enum { BLOCK_HEAD = 16, RECORD_HEAD = FW_FILES_RECORD_HEAD, PIECE = 240, READ_MAX = 4096, SPARE_BLOCKS = 3 };
enum { OCTETS = FW_FILES_OCTETS, COMPLETE = FW_FILES_COMPLETE, DELETED = FW_FILES_DELETED };
/* Blocks that are free while nothing is being emptied: one that wears out leaves one to go on with. */
enum { RESERVE = 2 };
enum { DIRTY, ERASED, IN_LOG, WORN };
enum { NOTHING, READ_HEAD, READ_BLOCK, ERASE, SPOIL_HEAD, PROGRAM_HEAD, PROGRAM_RECORD, READ_PIECE };
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

const fw_file* fw_files_find(const fw_files* s, const char* name) {
    for (size_t i = 0; i < s->count; ++i) {
        if (s->files[i].complete && !strcmp(s->files[i].name, name)) return &s->files[i];
    }
    return NULL;
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

/* ---- flash operations ---------------------------------------------------------------------------------------- */

static void finish(fw_files* s, bool ok) {
    const fw_files_done done = s->done;
    fw_file* f = s->writing != 0 ? fw_files_numbered(s, s->writing) : NULL;
    if (f != NULL && !f->complete) fw_files_drop(s, f);
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

static void append(fw_files* s, const fw_file_record* r) {
    s->record_octets = fw_files_write_record(s->record, r);
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

static unsigned free_blocks(const fw_files* s) {
    unsigned n = 0;
    for (uint32_t i = 0; i < s->config.blocks; ++i) n += s->blocks[i].state == DIRTY || s->blocks[i].state == ERASED;
    return n;
}

/* In the order in which blocks are used, round and round: that wears all of them evenly. -1: none. */
static int next_block(const fw_files* s, uint8_t state, uint8_t or_state) {
    for (int n = 1; n <= (int)s->config.blocks; ++n) {
        const int i = (s->head + n) % (int)s->config.blocks;
        if (s->blocks[i].state == state || s->blocks[i].state == or_state) return i;
    }
    return -1;
}

static void open_block(fw_files* s, int block) {
    uint8_t head[BLOCK_HEAD];
    memcpy(head, magic, sizeof magic);
    put_u32(head + 4, s->sequence);
    put_u32(head + 8, s->blocks[block].erases);
    put_u32(head + 12, fw_crc32(0, head, 12));
    s->operation = PROGRAM_HEAD;
    s->block = block;
    fw_flash_program(s->io, s->config.token, address_of(s, block), head, sizeof head);
}

static void empty_oldest(fw_files* s, int oldest) {
    ++s->emptied;
    s->oldest = oldest;
    s->content_at = 0;
    read_block(s, oldest);
}

/* True: a record of that length fits at the end of the log. Else something is under way, after which step() comes. */
static bool have_room(fw_files* s, uint32_t length) {
    const unsigned free_ones = free_blocks(s);
    const int next = next_block(s, DIRTY, ERASED), dirty = next_block(s, DIRTY, DIRTY), oldest = oldest_block(s);
    if (s->head >= 0 && s->at + RECORD_HEAD + length <= s->config.block_octets) return true;
    if (dirty >= 0 && free_ones <= RESERVE + 1) {
        erase(s, dirty); /* may be a worn one: better known before it is relied on */
    } else if (s->oldest < 0 && oldest >= 0 && free_ones <= RESERVE && s->emptied < 2 * s->config.blocks) {
        empty_oldest(s, oldest);
    } else if (next < 0) {
        s->oldest = -1;
        finish(s, false); /* too many are worn */
    } else if (s->blocks[next].state == DIRTY) {
        erase(s, next);
    } else {
        open_block(s, next);
    }
    return false;
}

/* After a block wore out there is one less in reserve: another is emptied where that takes no further block. */
static bool regain_reserve(fw_files* s) {
    const int oldest = oldest_block(s);
    if (oldest < 0 || s->head < 0 || free_blocks(s) >= RESERVE || s->emptied >= s->config.blocks) return false;
    if (fw_files_live_octets(s, address_of(s, oldest)) + RECORD_HEAD + PIECE > s->config.block_octets - s->at)
        return false;
    empty_oldest(s, oldest);
    return true;
}

/* The next live record of the oldest block goes to the end of the log; behind the last the block is erased. */
static void clean(fw_files* s) {
    fw_file_record r;
    uint32_t octets;
    while ((octets = fw_files_parse(s, s->content, s->content_at, &r)) != 0 &&
           !fw_files_live(s, &r, address_of(s, s->oldest) + s->content_at))
        s->content_at += octets;
    if (octets == 0) {
        erase(s, s->oldest);
    } else if (have_room(s, r.length)) {
        s->content_at += octets;
        append(s, &r);
    }
}

static void write_on(fw_files* s) {
    const fw_file* f = fw_files_numbered(s, s->writing);
    fw_file_record r;
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
    const fw_file* f = fw_files_numbered(s, s->writing);
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

/* Everything in this block was copied from one that is still there. */
static bool only_copies(const fw_files* s, const uint8_t* block) {
    uint32_t at = BLOCK_HEAD, n;
    fw_file_record r;
    while ((n = fw_files_parse(s, block, at, &r)) != 0) {
        if (!fw_files_known(s, &r)) return false;
        at += n;
    }
    return true;
}

static bool is_last(const fw_files* s, int block) {
    for (uint32_t i = 0; i < s->config.blocks; ++i) {
        if (s->blocks[i].state == IN_LOG && s->blocks[i].sequence > s->blocks[block].sequence) return false;
    }
    return true;
}

/* Where the records of a block end; the block's end if something is torn there: the next goes into another block. */
static uint32_t end_of(const fw_files* s, const uint8_t* block) {
    uint32_t at = BLOCK_HEAD, n;
    fw_file_record r;
    while ((n = fw_files_parse(s, block, at, &r)) != 0) at += n;
    for (uint32_t i = at; i < s->config.block_octets; ++i) {
        if (block[i] != 0xFF) return s->config.block_octets;
    }
    return at;
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
            fw_files_drop(s, &s->files[i]);
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
        load_next(s);
    }
}

static void load_block(fw_files* s, const uint8_t* p, size_t octets) {
    uint32_t at = BLOCK_HEAD, n;
    fw_file_record r;
    const bool whole = octets == s->config.block_octets;
    const uint32_t end = whole ? end_of(s, p) : s->config.block_octets;
    /* A torn block of copies, and perhaps none free beside it: what was being emptied is emptied anew. */
    if (whole && s->head >= 0 && end == s->config.block_octets && is_last(s, s->block) && only_copies(s, p)) {
        erase(s, s->block);
        return;
    }
    s->head = s->block;
    s->at = end;
    while (whole && (n = fw_files_parse(s, p, at, &r)) != 0) {
        if (!fw_files_take(s, &r, address_of(s, s->block) + at)) break;
        at += n;
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
    fw_file_record r;
    memset(&r, 0, sizeof r);
    r.kind = s->record[1];
    r.length = s->record_octets - RECORD_HEAD;
    r.number = get_u32(s->record + 4);
    r.place = get_u32(s->record + 8);
    r.data = s->record + RECORD_HEAD;
    if (!fw_files_take(s, &r, address_of(s, s->head) + s->record_at)) {
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
    s->emptied = 0;
    step(s);
}

/* It does not erase; zeros can be written over anything. */
static void spoil_head(fw_files* s) {
    const uint8_t zeros[BLOCK_HEAD] = {0};
    s->operation = SPOIL_HEAD;
    fw_flash_program(s->io, s->config.token, address_of(s, s->block), zeros, sizeof zeros);
}

static void erased(fw_files* s) {
    const bool was_oldest = s->block == s->oldest;
    if (was_oldest) s->oldest = -1;
    if (s->job == FW_FILES_LOADING) {
        load_next(s);
    } else if (!was_oldest || !regain_reserve(s)) {
        step(s);
    }
}

static void have_done(fw_files* s, bool ok) {
    const uint8_t operation = s->operation;
    s->operation = NOTHING;
    switch (operation) {
        case ERASE:
            ++s->blocks[s->block].erases;
            if (!ok && s->blocks[s->block].state == IN_LOG) {
                spoil_head(s);
                return;
            }
            s->blocks[s->block].state = ok ? ERASED : WORN;
            erased(s);
            return;
        case SPOIL_HEAD:
            s->blocks[s->block].state = WORN;
            erased(s);
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
    while (s->count > 0) fw_files_drop(s, &s->files[0]);
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
    s->place = s->failures = s->emptied = 0;
    s->done = done;
    s->context = context;
    s->job = FW_FILES_WRITING;
    return true;
}

bool fw_files_write(fw_files* s, const char* name, const void* data, size_t octets, fw_files_done done, void* context) {
    fw_file* f;
    if (octets > fw_files_room(s) || !begin(s, name, data, octets, done, context)) return false;
    f = fw_files_add(s, s->writing);
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
