/* SPDX-License-Identifier: MIT-0
 *
 * Configuration files of lines `key = value` with `#` comments.
 */
#ifndef FW_CFG_H
#define FW_CFG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fw_cfg_reader {
    const char* text;
    size_t length, at;
    unsigned line; /* of the last item, from 1 */
} fw_cfg_reader;

typedef struct fw_cfg_item {
    char key[64], value[192]; /* trimmed; a line that does not fit is malformed */
    bool well_formed;
} fw_cfg_item;

void fw_cfg_begin(fw_cfg_reader* r, const char* text, size_t length);
/* Next line that is neither blank nor comment; false at the end. */
bool fw_cfg_next(fw_cfg_reader* r, fw_cfg_item* item);
/* Replaces each `name` (as "${mac}") in value; false and value unchanged if the result does not fit. */
bool fw_cfg_expand(char* value, size_t size, const char* name, const char* with);
/* Decimal digits only, low..high. */
bool fw_cfg_number(const char* value, uint32_t low, uint32_t high, uint32_t* out);

#ifdef __cplusplus
}
#endif
#endif
