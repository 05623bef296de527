/* SPDX-License-Identifier: MIT-0
 *
 * What is known of the files of a file_store.h, and its records as octets. For file_store.c.
 */
#ifndef FW_FILE_TABLE_H
#define FW_FILE_TABLE_H

#include "file_store.h"

enum { FW_FILES_RECORD_HEAD = 16 };
enum { FW_FILES_OCTETS = 1, FW_FILES_COMPLETE = 2, FW_FILES_DELETED = 3 };

typedef struct fw_file_record {
    uint8_t kind;
    uint32_t length, number, place;
    const uint8_t* data;
} fw_file_record;

/* Its octets in the block; 0: no record. */
uint32_t fw_files_parse(const fw_files* s, const uint8_t* block, uint32_t at, fw_file_record* r);
uint32_t fw_files_write_record(uint8_t* out, const fw_file_record* r);

fw_file* fw_files_numbered(const fw_files* s, uint32_t number);
/* The one of that number, made if need be; NULL: no memory. */
fw_file* fw_files_add(fw_files* s, uint32_t number);
void fw_files_drop(fw_files* s, fw_file* f);

/* What a record says that was found, or was written, at this address; false: no memory. */
bool fw_files_take(fw_files* s, const fw_file_record* r, uint32_t address);
/* The record at this address is the one that counts: no later copy of it is known. */
bool fw_files_live(const fw_files* s, const fw_file_record* r, uint32_t address);
/* Somewhere in the log the same is said already. */
bool fw_files_known(const fw_files* s, const fw_file_record* r);
/* Octets of the records of a block that count. */
uint32_t fw_files_live_octets(const fw_files* s, uint32_t address);

#endif
