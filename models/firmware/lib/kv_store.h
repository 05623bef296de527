/* SPDX-License-Identifier: MIT-0
 *
 * A key-value store on two blocks of flash that a power cut cannot spoil: at any octet of any write it leaves
 * either the old value or the new one.
 *
 *   block   +0  magic 'F' 'W' 'K' 'V'
 *           +4  sequence, 32 bits: the valid block with the higher one counts
 *           +8  CRC-32 of the 8 octets before
 *          +12  four octets 0xFF
 *          +16  entries, one behind the other
 *   entry   +0  0x5A
 *           +1  key, 1..254
 *           +2  length of the value, 16 bits; 0: the key is deleted
 *           +4  CRC-32 of key, length and value
 *           +8  value
 *
 * All numbers little-endian. An entry whose CRC is wrong was torn; it and whatever follows in the block is
 * ignored, and the next write moves all live values to the other block. There, the header is written last:
 * it makes the move effective in one step. Up to 4096 octets of each block are used.
 *
 * In flash writes, counted as a scenario counts them: the first value ever set is two programs (entry, header),
 * each further value one, plus one for each page boundary that it crosses.
 */
#ifndef FW_KV_STORE_H
#define FW_KV_STORE_H

#include "fw_io.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_KV_KEYS_MAX = 24, FW_KV_VALUE_OCTETS_MAX = 3072 };

typedef void (*fw_kv_loaded)(void* context);
typedef void (*fw_kv_stored)(void* context, bool ok);

typedef struct fw_kv_config {
    uint32_t token;        /* of this store alone */
    uint32_t address;      /* of the first of two neighbouring blocks */
    uint32_t block_octets; /* unit of erase, >= 64 */
    uint32_t page_octets;  /* longest program request, 1..4096 */
} fw_kv_config;

enum fw_kv_state {
    FW_KV_CLOSED,
    FW_KV_LOADING,
    FW_KV_IDLE,
    FW_KV_APPENDING,
    FW_KV_ERASING,
    FW_KV_MOVING,
    FW_KV_SEALING
};

typedef struct fw_kv_entry {
    uint8_t key; /* 0: free place */
    uint16_t octets;
    uint8_t* value;
} fw_kv_entry;

typedef struct fw_kv_store {
    fw_io* io;
    fw_kv_config config;
    enum fw_kv_state state;
    uint32_t area; /* octets used of each block */
    int active;    /* block that counts; -1: none yet */
    uint32_t sequence;
    uint32_t tail;   /* offset behind the last good entry of the active block */
    bool tail_clean; /* all of the active block behind the tail is erased */
    bool erased[2];  /* the whole area of this block reads erased */
    uint32_t reading;
    fw_kv_entry* entries; /* as many places as were ever needed at a time */
    uint32_t places;
    /* the write under way */
    uint8_t key;
    uint16_t octets;
    uint8_t* value;
    uint8_t* image; /* what is being programmed */
    uint32_t image_octets, image_done, image_address;
    fw_kv_loaded loaded;
    fw_kv_stored stored;
    void* context;
} fw_kv_store;

void fw_kv_init(fw_kv_store* s, fw_io* io, const fw_kv_config* config);
void fw_kv_free(fw_kv_store* s);
/* Reads both blocks; answers through `loaded`. An unreadable or blank flash is an empty store. */
void fw_kv_load(fw_kv_store* s, fw_kv_loaded loaded, void* context);
/* NULL: not set. Valid until the next event or fw_kv_set(). */
const uint8_t* fw_kv_get(const fw_kv_store* s, uint8_t key, size_t* octets);
/* Sets a value (octets 0: deletes it); answers once through `stored`, at once when nothing changes. False: busy,
 * not loaded, or it cannot fit; then nothing is done. get() gives the new value only after `stored`. */
bool fw_kv_set(fw_kv_store* s, uint8_t key, const void* value, size_t octets, fw_kv_stored stored, void* context);
bool fw_kv_handle(fw_kv_store* s, const dectbed_event* event);

uint32_t fw_crc32(uint32_t crc, const uint8_t* data, size_t octets); /* IEEE 802.3; start with 0 */

#ifdef __cplusplus
}
#endif
#endif
