/* SPDX-License-Identifier: MIT-0
 *
 * Puts a firmware image into the slot that does not run, and makes the boot loader start it (boot_control.h). What
 * comes faster than the flash writes waits in memory. A block is erased when the image reaches it, then programmed page
 * by page; when all is written, the slot is read back and its digest checked, and only then the control record is
 * written. Power may fail at any octet of any of that: until the record is whole, the old firmware is what runs.
 *
 * After the restart the new firmware confirms itself, when it does what it is for; one that is not confirmed in as many
 * starts as it is given is not started again.
 */
#ifndef FW_BOOT_SLOTS_H
#define FW_BOOT_SLOTS_H

#include "boot_control.h"
#include "firmware_image.h"
#include "fw_io.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `why` is NULL when all went well. */
typedef void (*fw_slots_done)(void* context, const char* why);

typedef struct fw_slots_config {
    uint32_t token; /* of these slots alone */
    uint32_t flash_octets, block_octets, page_octets;
} fw_slots_config;

enum fw_slots_state {
    FW_SLOTS_CLOSED,
    FW_SLOTS_LOADING,
    FW_SLOTS_IDLE,
    FW_SLOTS_FILLING,
    FW_SLOTS_CHECKING,
    FW_SLOTS_CLEARING, /* the control block */
    FW_SLOTS_RECORDING
};

typedef struct fw_slots {
    fw_io* io;
    fw_slots_config config;
    enum fw_slots_state state;
    fw_boot_record records[2];
    int reading;
    uint8_t slot;
    uint32_t taken, written, erased; /* octets of the image; `erased`: blocks up to there are */
    uint8_t* waiting;                /* what is taken and not written */
    size_t waiting_from, waiting_to, waiting_capacity;
    bool busy, stale, erasing; /* an operation is under way; it is of no more interest; it is an erase */
    bool ended, failed;
    fw_image_check check;
    char model[FW_IMAGE_MODEL_OCTETS + 1];
    fw_boot_record next;
    fw_slots_done done;
    void* context;
} fw_slots;

void fw_slots_init(fw_slots* s, fw_io* io, const fw_slots_config* config);
void fw_slots_free(fw_slots* s); /* releases memory, posts nothing */
/* Reads the control records. */
void fw_slots_load(fw_slots* s, fw_slots_done done, void* context);

/* Of what runs, once loaded; NULL: the factory's. */
const fw_boot_record* fw_slots_running(const fw_slots* s);
bool fw_slots_on_trial(const fw_slots* s);
/* This version was started and did not work out. */
bool fw_slots_rejected(const fw_slots* s, const char* version);
uint32_t fw_slots_room(const fw_slots* s); /* octets of an image, at most */

/* From the first octet of an image; forgets what has come so far. False: not now (not loaded, on trial, or at the end
 * of another), or no room for any. */
bool fw_slots_begin(fw_slots* s);
/* False: no room, no memory, or the flash is worn. */
bool fw_slots_take(fw_slots* s, const void* data, size_t octets);
void fw_slots_abandon(fw_slots* s);
/* All has come. Answers once, when the boot loader would start it, or it cannot be done. False: nothing was begun. */
bool fw_slots_finish(fw_slots* s, const char* model, const char* version, fw_slots_done done, void* context);
/* What runs is good. */
void fw_slots_confirm(fw_slots* s);
bool fw_slots_handle(fw_slots* s, const dectbed_event* event);

#ifdef __cplusplus
}
#endif
#endif
