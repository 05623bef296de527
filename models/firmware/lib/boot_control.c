/* SPDX-License-Identifier: MIT-0 */
#include "boot_control.h"

#include <string.h>

#include "kv_store.h"

enum { sequence_at = 4, slot_at = 8, attempts_at = 9, octets_at = 12, version_at = 16, crc_at = 28, erased = 0xFF };
static const uint8_t magic[4] = {'F', 'W', 'B', 'C'};

static uint32_t get_u32(const uint8_t* p) {
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
static void put_u32(uint8_t* p, uint32_t v) {
    for (int i = 0; i < 4; ++i) p[i] = (uint8_t)(v >> 8 * i);
}

void fw_boot_write(const fw_boot_record* r, uint8_t out[FW_BOOT_RECORD_OCTETS]) {
    memset(out, 0, FW_BOOT_RECORD_OCTETS);
    memcpy(out, magic, sizeof magic);
    put_u32(out + sequence_at, r->sequence);
    out[slot_at] = r->slot;
    out[attempts_at] = r->attempts;
    put_u32(out + octets_at, r->octets);
    memcpy(out + version_at, r->version, strnlen(r->version, FW_BOOT_VERSION_OCTETS));
    put_u32(out + crc_at, fw_crc32(0, out, crc_at));
}

void fw_boot_read(const uint8_t* area, size_t octets, fw_boot_record* out) {
    memset(out, 0, sizeof *out);
    if (octets < FW_BOOT_AREA_OCTETS || memcmp(area, magic, sizeof magic) != 0) return;
    if (get_u32(area + crc_at) != fw_crc32(0, area, crc_at)) return;
    if (area[slot_at] > 1 || area[attempts_at] == 0 || area[attempts_at] > FW_BOOT_ATTEMPTS_MAX) return;
    out->valid = true;
    out->sequence = get_u32(area + sequence_at);
    out->slot = area[slot_at];
    out->attempts = area[attempts_at];
    out->octets = get_u32(area + octets_at);
    memcpy(out->version, area + version_at, FW_BOOT_VERSION_OCTETS);
    for (int i = 0; i < FW_BOOT_ATTEMPTS_MAX; ++i) out->tries += area[FW_BOOT_TRIES_AT + i] != erased;
    out->confirmed = area[FW_BOOT_CONFIRMED_AT] != erased;
    out->rejected = area[FW_BOOT_REJECTED_AT] != erased;
}

int fw_boot_latest(const fw_boot_record r[2]) {
    if (!r[0].valid || !r[1].valid) return r[0].valid ? 0 : r[1].valid ? 1 : -1;
    return (int32_t)(r[1].sequence - r[0].sequence) > 0;
}

int fw_boot_running(const fw_boot_record r[2]) {
    const int latest = fw_boot_latest(r);
    if (latest < 0 || !r[latest].rejected) return latest;
    return r[1 - latest].valid && !r[1 - latest].rejected ? 1 - latest : -1;
}

uint32_t fw_boot_slot_octets(uint32_t flash_octets, uint32_t block_octets) {
    const uint32_t blocks = block_octets > 0 ? flash_octets / block_octets : 0;
    const uint32_t others = FW_BOOT_SLOTS_BLOCK + FW_BOOT_FILES_BLOCKS;
    return blocks > others ? (blocks - others) / 2 * block_octets : 0;
}

uint32_t fw_boot_slot_address(uint32_t flash_octets, uint32_t block_octets, uint8_t slot) {
    return FW_BOOT_SLOTS_BLOCK * block_octets + (slot ? fw_boot_slot_octets(flash_octets, block_octets) : 0);
}

uint32_t fw_boot_files_address(uint32_t flash_octets, uint32_t block_octets) {
    return (flash_octets / block_octets - FW_BOOT_FILES_BLOCKS) * block_octets;
}
