/* SPDX-License-Identifier: MIT-0
 *
 * Just enough JSON (RFC 8259) for short answers of servers: string members of one object.
 */
#ifndef FW_JSON_H
#define FW_JSON_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Finds member `key` of the object that is the text and copies its string value, unescaped and terminated.
 * False: no well-formed object, no such member, no string, or it does not fit. Nesting to 16 levels. */
bool fw_json_string(const char* text, size_t length, const char* key, char* out, size_t size);

/* Appends `value` as a JSON string with its quotes. False: it does not fit. */
bool fw_json_append(char* out, size_t size, size_t* used, const char* value);

#ifdef __cplusplus
}
#endif
#endif
