/* SPDX-License-Identifier: MIT-0 */
#include "cfg.h"

#include <string.h>

void fw_cfg_begin(fw_cfg_reader* r, const char* text, size_t length) {
    r->text = text;
    r->length = length;
    r->at = 0;
    r->line = 0;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static bool copy_trimmed(const char* from, const char* end, char* out, size_t size) {
    while (from < end && is_blank(*from)) ++from;
    while (end > from && is_blank(end[-1])) --end;
    const size_t n = (size_t)(end - from);
    if (n >= size || memchr(from, '\0', n) != NULL) return false;
    memcpy(out, from, n);
    out[n] = '\0';
    return true;
}

bool fw_cfg_next(fw_cfg_reader* r, fw_cfg_item* item) {
    while (r->at < r->length) {
        const char* line = r->text + r->at;
        const char* newline = (const char*)memchr(line, '\n', r->length - r->at);
        const char* end = newline != NULL ? newline : r->text + r->length;
        r->at = (size_t)(end - r->text) + (newline != NULL ? 1 : 0);
        ++r->line;
        const char* first = line;
        while (first < end && is_blank(*first)) ++first;
        if (first == end || *first == '#') continue;
        memset(item, 0, sizeof *item);
        const char* equals = (const char*)memchr(first, '=', (size_t)(end - first));
        if (equals != NULL && copy_trimmed(first, equals, item->key, sizeof item->key) && item->key[0] != '\0') {
            item->well_formed = copy_trimmed(equals + 1, end, item->value, sizeof item->value);
        }
        return true;
    }
    return false;
}

bool fw_cfg_expand(char* value, size_t size, const char* name, const char* with) {
    char out[512];
    size_t used = 0;
    const size_t name_length = strlen(name), with_length = strlen(with);
    if (size > sizeof out || name_length == 0) return false;
    for (const char* at = value; *at != '\0';) {
        const bool here = strncmp(at, name, name_length) == 0;
        const size_t n = here ? with_length : 1;
        if (used + n >= size) return false;
        memcpy(out + used, here ? with : at, n);
        used += n;
        at += here ? name_length : 1;
    }
    memcpy(value, out, used);
    value[used] = '\0';
    return true;
}

bool fw_cfg_number(const char* value, uint32_t low, uint32_t high, uint32_t* out) {
    uint64_t number = 0;
    size_t digits = 0;
    for (; value[digits] >= '0' && value[digits] <= '9' && digits < 10; ++digits) {
        number = number * 10 + (uint64_t)(value[digits] - '0');
    }
    if (digits == 0 || value[digits] != '\0' || number < low || number > high) return false;
    *out = (uint32_t)number;
    return true;
}
