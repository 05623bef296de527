/* SPDX-License-Identifier: MIT-0 */
#include "json.h"

#include <stdint.h>
#include <string.h>

#include "fw_io.h"

enum { depth_max = 16 };

typedef struct reader {
    const char* text;
    size_t length, at;
} reader;

static int peek(const reader* r) { return r->at < r->length ? (unsigned char)r->text[r->at] : -1; }
static bool take(reader* r, char c) {
    if (peek(r) != (unsigned char)c) return false;
    ++r->at;
    return true;
}
static void skip_space(reader* r) {
    while (peek(r) == ' ' || peek(r) == '\t' || peek(r) == '\r' || peek(r) == '\n') ++r->at;
}

static bool put(char* out, size_t size, size_t* used, char c) {
    if (out == NULL) return true; /* only skipping */
    if (*used + 1 >= size) return false;
    out[(*used)++] = c;
    return true;
}

static bool read_hex4(reader* r, uint32_t* value) {
    *value = 0;
    for (int i = 0; i < 4; ++i) {
        const int c = peek(r);
        uint32_t digit;
        if (c >= '0' && c <= '9')
            digit = (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (uint32_t)(c - 'a' + 10);
        else if (c >= 'A' && c <= 'F')
            digit = (uint32_t)(c - 'A' + 10);
        else
            return false;
        *value = *value << 4 | digit;
        ++r->at;
    }
    return true;
}

static bool put_utf8(char* out, size_t size, size_t* used, uint32_t code) {
    if (code < 0x80) return put(out, size, used, (char)code);
    if (code < 0x800) {
        return put(out, size, used, (char)(0xC0 | code >> 6)) && put(out, size, used, (char)(0x80 | (code & 63)));
    }
    if (code < 0x10000) {
        return put(out, size, used, (char)(0xE0 | code >> 12)) &&
               put(out, size, used, (char)(0x80 | (code >> 6 & 63))) &&
               put(out, size, used, (char)(0x80 | (code & 63)));
    }
    return put(out, size, used, (char)(0xF0 | code >> 18)) && put(out, size, used, (char)(0x80 | (code >> 12 & 63))) &&
           put(out, size, used, (char)(0x80 | (code >> 6 & 63))) && put(out, size, used, (char)(0x80 | (code & 63)));
}

static bool read_escape(reader* r, char* out, size_t size, size_t* used) {
    const int c = peek(r);
    ++r->at;
    switch (c) {
        case '"':
        case '\\':
        case '/':
            return put(out, size, used, (char)c);
        case 'b':
            return put(out, size, used, '\b');
        case 'f':
            return put(out, size, used, '\f');
        case 'n':
            return put(out, size, used, '\n');
        case 'r':
            return put(out, size, used, '\r');
        case 't':
            return put(out, size, used, '\t');
        case 'u':
            break;
        default:
            return false;
    }
    uint32_t code, low;
    if (!read_hex4(r, &code) || code == 0) return false; /* U+0000 has no place in terminated text */
    if (code >= 0xD800 && code < 0xDC00) {
        if (!take(r, '\\') || !take(r, 'u') || !read_hex4(r, &low) || low < 0xDC00 || low > 0xDFFF) return false;
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xDC00 && code < 0xE000) {
        return false;
    }
    return put_utf8(out, size, used, code);
}

/* out = NULL: read over it */
static bool read_string(reader* r, char* out, size_t size) {
    size_t used = 0;
    if (!take(r, '"')) return false;
    for (;;) {
        const int c = peek(r);
        if (c < 0x20) return false; /* end of the text, or a bare control character */
        ++r->at;
        if (c == '"') break;
        if (c == '\\' ? !read_escape(r, out, size, &used) : !put(out, size, &used, (char)c)) return false;
    }
    if (out != NULL) out[used] = '\0';
    return true;
}

static bool skip_value(reader* r, int depth);

static bool skip_container(reader* r, int depth, char open, char close) {
    if (depth >= depth_max || !take(r, open)) return false;
    skip_space(r);
    if (take(r, close)) return true;
    do {
        skip_space(r);
        if (open == '{') {
            if (!read_string(r, NULL, 0)) return false;
            skip_space(r);
            if (!take(r, ':')) return false;
        }
        if (!skip_value(r, depth + 1)) return false;
        skip_space(r);
    } while (take(r, ','));
    return take(r, close);
}

static bool skip_value(reader* r, int depth) {
    skip_space(r);
    const int c = peek(r);
    if (c == '"') return read_string(r, NULL, 0);
    if (c == '{') return skip_container(r, depth, '{', '}');
    if (c == '[') return skip_container(r, depth, '[', ']');
    const size_t from = r->at; /* number or word; its letters are not judged */
    while ((peek(r) >= '0' && peek(r) <= '9') || (peek(r) >= 'a' && peek(r) <= 'z') || peek(r) == '-' ||
           peek(r) == '+' || peek(r) == '.' || peek(r) == 'E') {
        ++r->at;
    }
    return r->at > from;
}

bool fw_json_string(const char* text, size_t length, const char* key, char* out, size_t size) {
    reader r = {text, length, 0};
    char name[64];
    bool found = false;
    if (size == 0) return false;
    out[0] = '\0';
    skip_space(&r);
    if (!take(&r, '{')) return false;
    skip_space(&r);
    if (take(&r, '}')) return false;
    do {
        skip_space(&r);
        const size_t key_at = r.at;
        if (!read_string(&r, name, sizeof name)) { /* longer than any key we know: read over it */
            r.at = key_at;
            name[0] = '\0';
            if (!read_string(&r, NULL, 0)) return false;
        }
        skip_space(&r);
        if (!take(&r, ':')) return false;
        skip_space(&r);
        if (!found && strcmp(name, key) == 0 && peek(&r) == '"') {
            if (!read_string(&r, out, size)) return false;
            found = true;
        } else if (!skip_value(&r, 1)) {
            return false;
        }
        skip_space(&r);
    } while (take(&r, ','));
    return take(&r, '}') && found;
}

bool fw_json_append(char* out, size_t size, size_t* used, const char* value) {
    if (!fw_append(out, size, used, "\"")) return false;
    for (; *value != '\0'; ++value) {
        const unsigned char c = (unsigned char)*value;
        const bool fits = c == '"' || c == '\\' ? fw_append(out, size, used, "\\%c", c)
                          : c < 0x20            ? fw_append(out, size, used, "\\u%04x", c)
                                                : fw_append(out, size, used, "%c", c);
        if (!fits) return false;
    }
    return fw_append(out, size, used, "\"");
}
