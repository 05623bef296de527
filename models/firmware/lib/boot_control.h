/* SPDX-License-Identifier: MIT-0
 *
 * Which of two slots of the flash a boot loader starts: records that firmware and boot loader share.
 *
 *   block 0, 1   the firmware's own (kv_store.h)
 *   block 2, 3   one control record each; the valid one with the higher sequence is the latest
 *   block 4..    slot a, then slot b: each half of the blocks that are left
 *   the last 16  files (file_store.h)
 *
 *   record  +0  'F' 'W' 'B' 'C'
 *           +4  sequence, 32 bits
 *           +8  slot: 0 a, 1 b
 *           +9  attempts, 1..4
 *          +10  0, 0
 *          +12  octets of the image in the slot (firmware_image.h)
 *          +16  version, 12 octets filled with zeros
 *          +28  CRC-32 of the 28 octets before
 *          +32  four octets, one of which the boot loader programs to 0 at each start of a slot on trial
 *          +36  programmed to 0 by the firmware: it works, the slot stays
 *          +37  programmed to 0 by the boot loader: broken, or not confirmed in all its attempts
 *
 * Numbers are little-endian. A record counts once its CRC is right, so that a power cut leaves the old state or the
 * new one; the marks behind it only ever change from 0xFF. The former record stays in the other block: it is what
 * runs again if the latest is rejected. Without any record the factory's firmware runs, from slot a.
 */
#ifndef FW_BOOT_CONTROL_H
#define FW_BOOT_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    FW_BOOT_CONTROL_BLOCK = 2,
    FW_BOOT_SLOTS_BLOCK = 4,
    FW_BOOT_FILES_BLOCKS = 16,
    FW_BOOT_RECORD_OCTETS = 32, /* as written */
    FW_BOOT_AREA_OCTETS = 38,   /* with its marks */
    FW_BOOT_TRIES_AT = 32,
    FW_BOOT_CONFIRMED_AT = 36,
    FW_BOOT_REJECTED_AT = 37,
    FW_BOOT_ATTEMPTS_MAX = 4,
    FW_BOOT_VERSION_OCTETS = 12
};

typedef struct fw_boot_record {
    bool valid;
    uint32_t sequence, octets;
    uint8_t slot, attempts;
    char version[FW_BOOT_VERSION_OCTETS + 1];
    uint8_t tries;
    bool confirmed, rejected;
} fw_boot_record;

void fw_boot_write(const fw_boot_record* r, uint8_t out[FW_BOOT_RECORD_OCTETS]);
/* From the first FW_BOOT_AREA_OCTETS of a control block. */
void fw_boot_read(const uint8_t* area, size_t octets, fw_boot_record* out);
/* 0 or 1; -1: there is none. */
int fw_boot_latest(const fw_boot_record r[2]);
/* What runs, or is to run next: 0 or 1; -1: what the factory wrote. */
int fw_boot_running(const fw_boot_record r[2]);

/* Octets of each slot of a flash, in whole blocks; 0: it is too small for slots. */
uint32_t fw_boot_slot_octets(uint32_t flash_octets, uint32_t block_octets);
uint32_t fw_boot_slot_address(uint32_t flash_octets, uint32_t block_octets, uint8_t slot);
/* Of the blocks for files; meaningless where there is no room for slots. */
uint32_t fw_boot_files_address(uint32_t flash_octets, uint32_t block_octets);

#ifdef __cplusplus
}
#endif
#endif
