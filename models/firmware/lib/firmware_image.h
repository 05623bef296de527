/* SPDX-License-Identifier: MIT-0
 *
 * The image format of the reference devices, checked while it arrives, so that no device holds a whole image in memory.
 *
 *   0  4  "DBFW"
 *   4  4  1, 0, 0, 0: version of the format
 *   8  4  octets of the content, big endian
 *  12 24  model, filled with zeros
 *  36 12  version, filled with zeros
 *  48  n  content
 *  ..  32 SHA-256 of everything before
 */
#ifndef FW_FIRMWARE_IMAGE_H
#define FW_FIRMWARE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    FW_IMAGE_HEAD_OCTETS = 48,
    FW_IMAGE_MODEL_OCTETS = 24,
    FW_IMAGE_VERSION_OCTETS = 12,
    FW_IMAGE_DIGEST_OCTETS = 32,
    FW_IMAGE_CONTENT_MAX = 64 * 1024 * 1024 /* more is no image of a base */
};

typedef struct fw_image_check {
    void* hash; /* under way; NULL: none */
    uint8_t head[FW_IMAGE_HEAD_OCTETS], digest[FW_IMAGE_DIGEST_OCTETS];
    uint64_t octets; /* taken */
    uint32_t content;
    bool broken;
} fw_image_check;

/* Also to begin anew. */
void fw_image_begin(fw_image_check* c);
/* The next octets. False: this is no image, or of another model or version than wanted. */
bool fw_image_take(fw_image_check* c, const char* model, const char* version, const void* data, size_t octets);
/* Everything has come, and its digest is right. */
bool fw_image_good(fw_image_check* c);
void fw_image_free(fw_image_check* c);

#ifdef __cplusplus
}
#endif
#endif
