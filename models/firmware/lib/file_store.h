/* SPDX-License-Identifier: MIT-0
 *
 * Files on a few blocks of flash, as a log that goes round: power may fail at any octet of any write, and every block
 * is erased as often as any other.
 *
 *   block   +0  'F' 'W' 'F' 'S'
 *           +4  sequence, 32 bits: the order of blocks in the log
 *           +8  how often the block was erased, as far as is known
 *          +12  CRC-32 of the 12 octets before
 *          +16  records, one behind the other
 *   record  +0  0x5B
 *           +1  kind: 1 octets of a file, 2 a file is complete, 3 a file is deleted
 *           +2  length of what follows the head, 16 bits
 *           +4  number of the file: each write of a file has a new one
 *           +8  kind 1: their place in the file; kind 2: octets of the whole file
 *          +12  CRC-32 of the 12 octets before and of what follows
 *          +16  kind 1: the octets; else the file's name
 *
 * Numbers are little-endian. A file is written as a whole and replaces the one of its name in one step, by its record
 * of kind 2: until that is there, the old one is. When two blocks are left, what is live in the oldest is copied to the
 * end of the log, and the oldest erased; a power cut in between leaves the same records twice: the later ones count,
 * and if the last of them is torn, that block of copies is erased at once. A block that does not erase gets zeros over
 * its head, so that nobody reads it again, and is not used again in this life; as long as it leaves two others free the
 * next one may wear out, too. One that does not take a record is left at that.
 *
 * One file is being written or read at a time. Blocks have at most 4096 octets.
 */
#ifndef FW_FILE_STORE_H
#define FW_FILE_STORE_H

#include "fw_io.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_FILES_NAME_MAX = 31, FW_FILES_BLOCKS_MIN = 5, FW_FILES_BLOCKS_MAX = 64 };

typedef void (*fw_files_done)(void* context, bool ok);

typedef struct fw_files_config {
    uint32_t token;   /* of these files alone */
    uint32_t address; /* of the first block */
    uint32_t blocks, block_octets, page_octets;
} fw_files_config;

typedef struct fw_file_piece {
    uint32_t place, octets, address; /* in the file; in the flash */
} fw_file_piece;

typedef struct fw_file {
    uint32_t number, octets;
    bool complete;
    uint32_t complete_at; /* address of the record that says so */
    char name[FW_FILES_NAME_MAX + 1];
    fw_file_piece* pieces; /* by place */
    size_t count, capacity;
} fw_file;

enum fw_files_job { FW_FILES_CLOSED, FW_FILES_LOADING, FW_FILES_IDLE, FW_FILES_WRITING, FW_FILES_READING };

typedef struct fw_files {
    fw_io* io;
    fw_files_config config;
    enum fw_files_job job;
    struct {
        uint8_t state;
        uint32_t sequence, erases;
    } blocks[FW_FILES_BLOCKS_MAX];
    int head;                  /* block that is written to; -1: none yet */
    uint32_t at;               /* in it */
    uint32_t sequence, number; /* the next ones */
    fw_file* files;
    size_t count, capacity;
    /* the flash operation under way, and what it is for */
    uint8_t operation;
    int block;
    uint8_t* record; /* being programmed */
    uint32_t record_octets, record_done, record_at;
    /* the oldest block, being emptied */
    int oldest;       /* -1: none */
    unsigned emptied; /* blocks, for one record of the user */
    uint8_t* content;
    uint32_t content_at;
    /* of the user */
    uint32_t writing; /* number of the file */
    uint8_t* data;
    uint8_t* out;
    uint32_t octets, place;
    unsigned failures; /* of records, in this write */
    fw_files_done done;
    void* context;
} fw_files;

void fw_files_init(fw_files* s, fw_io* io, const fw_files_config* config);
void fw_files_free(fw_files* s); /* releases memory, posts nothing */
/* Finds what is there; a blank or spoilt flash holds no files. False in `done`: blocks that cannot be used so. */
void fw_files_load(fw_files* s, fw_files_done done, void* context);

/* NULL: no such file. Valid until the next event or call. */
const fw_file* fw_files_find(const fw_files* s, const char* name);
/* Octets of one more file that would fit. */
uint32_t fw_files_room(const fw_files* s);

/* These answer once. False: busy, not loaded, no such file, or no room; then nothing is done. */
bool fw_files_write(fw_files* s, const char* name, const void* data, size_t octets, fw_files_done done, void* context);
bool fw_files_remove(fw_files* s, const char* name, fw_files_done done, void* context);
/* Octets `place`.. of the file; `out` stays the store's until the answer. */
bool fw_files_read(fw_files* s, const char* name, uint32_t place, void* out, size_t octets, fw_files_done done,
                   void* context);
bool fw_files_handle(fw_files* s, const dectbed_event* event);

#ifdef __cplusplus
}
#endif
#endif
