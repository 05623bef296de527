/* SPDX-License-Identifier: MIT-0 */
#include "dns_message.h"

#include <string.h>

enum { header_octets = 12, type_a = 1, type_cname = 5, class_in = 1, label_max = 63, chain_max = 8, records_max = 64 };

static uint16_t get_u16(const uint8_t* p) { return (uint16_t)(p[0] << 8 | p[1]); }
static uint32_t get_u32(const uint8_t* p) { return (uint32_t)get_u16(p) << 16 | get_u16(p + 2); }
static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

bool fw_dns_same_name(const char* a, const char* b) {
    size_t i = 0;
    while (a[i] != '\0' && lower(a[i]) == lower(b[i])) ++i;
    if (a[i] == '\0' && b[i] == '\0') return true;
    return (a[i] == '.' && a[i + 1] == '\0' && b[i] == '\0') || (b[i] == '.' && b[i + 1] == '\0' && a[i] == '\0');
}

size_t fw_dns_write_query(uint8_t* out, size_t size, uint16_t id, const char* name) {
    const size_t length = strnlen(name, FW_DNS_NAME_OCTETS);
    if (length == 0 || length > 253 || size < header_octets + length + 2 + 4) return 0;
    memset(out, 0, header_octets);
    out[0] = (uint8_t)(id >> 8);
    out[1] = (uint8_t)id;
    out[2] = 1; /* recursion desired */
    out[5] = 1; /* one question */
    size_t at = header_octets;
    const char* label = name;
    while (*label != '\0') {
        const size_t n = strcspn(label, ".");
        if (n == 0 || n > label_max) return 0;
        out[at++] = (uint8_t)n;
        memcpy(out + at, label, n);
        at += n;
        label += n;
        if (*label == '.') ++label;
    }
    out[at++] = 0;
    out[at++] = 0;
    out[at++] = type_a;
    out[at++] = 0;
    out[at++] = class_in;
    return at;
}

/* Reads the name at *at as text and moves *at behind it. */
static bool read_name(const uint8_t* data, size_t octets, size_t* at, char out[FW_DNS_NAME_OCTETS]) {
    size_t from = *at, used = 0, lowest = *at;
    bool jumped = false;
    for (;;) {
        if (from >= octets) return false;
        const uint8_t length = data[from];
        if ((length & 0xC0) == 0xC0) {
            if (from + 1 >= octets) return false;
            const size_t target = get_u16(data + from) & 0x3FFF;
            if (!jumped) *at = from + 2;
            if (target >= lowest) return false;
            jumped = true;
            lowest = target;
            from = target;
            continue;
        }
        if (length & 0xC0) return false;
        if (length == 0) break;
        if (length > octets - from - 1 || used + length + 1 >= FW_DNS_NAME_OCTETS) return false;
        if (used > 0) out[used++] = '.';
        for (size_t i = 0; i < length; ++i) {
            const char c = (char)data[from + 1 + i];
            if (c == '\0' || c == '.') return false; /* no host name */
            out[used++] = c;
        }
        from += 1 + (size_t)length;
    }
    out[used] = '\0';
    if (!jumped) *at = from + 1;
    return true;
}

typedef struct record {
    uint16_t type;
    uint32_t ttl_s;
    size_t data_at, data_octets;
} record;

static bool read_record(const uint8_t* data, size_t octets, size_t* at, char owner[FW_DNS_NAME_OCTETS], record* r) {
    if (!read_name(data, octets, at, owner) || octets - *at < 10) return false;
    const uint16_t class = get_u16(data + *at + 2);
    r->type = class == class_in ? get_u16(data + *at) : 0;
    r->ttl_s = get_u32(data + *at + 4);
    if (r->ttl_s > 0x7FFFFFFFu) r->ttl_s = 0; /* RFC 2181, 8 */
    r->data_octets = get_u16(data + *at + 8);
    r->data_at = *at + 10;
    if (r->data_octets > octets - r->data_at) return false;
    *at = r->data_at + r->data_octets;
    return true;
}

static bool collect(const uint8_t* data, size_t octets, size_t answers_at, unsigned count, fw_dns_answer* answer,
                    bool* followed) {
    char owner[FW_DNS_NAME_OCTETS];
    size_t at = answers_at;
    *followed = false;
    for (unsigned i = 0; i < count; ++i) {
        record r;
        if (!read_record(data, octets, &at, owner, &r)) return answer->truncated && answer->address_count > 0;
        if (!fw_dns_same_name(owner, answer->canonical)) continue;
        if (r.type == type_a && r.data_octets == 4 && answer->address_count < FW_DNS_ADDRESSES_MAX) {
            answer->addresses[answer->address_count++] = get_u32(data + r.data_at);
            if (r.ttl_s < answer->ttl_s) answer->ttl_s = r.ttl_s;
        }
        if (r.type == type_cname && answer->address_count == 0) {
            size_t target_at = r.data_at;
            if (!read_name(data, octets, &target_at, answer->canonical)) return false;
            if (r.ttl_s < answer->ttl_s) answer->ttl_s = r.ttl_s;
            *followed = true;
        }
    }
    return true;
}

bool fw_dns_read_answer(const uint8_t* data, size_t octets, uint16_t id, const char* name, fw_dns_answer* answer) {
    memset(answer, 0, sizeof *answer);
    if (octets < header_octets || get_u16(data) != id) return false;
    if ((data[2] & 0xF8) != 0x80 || get_u16(data + 4) != 1) return false; /* a response to a query, one question */
    answer->rcode = data[3] & 0x0F;
    answer->truncated = data[2] & 0x02;
    size_t at = header_octets;
    char question[FW_DNS_NAME_OCTETS];
    if (!read_name(data, octets, &at, question) || octets - at < 4) return false;
    if (!fw_dns_same_name(question, name)) return false;
    if (get_u16(data + at) != type_a || get_u16(data + at + 2) != class_in) return false;
    at += 4;
    const unsigned count = get_u16(data + 6);
    if (count > records_max) return false;
    answer->ttl_s = 0x7FFFFFFFu;
    memcpy(answer->canonical, question, sizeof question);
    /* A chain may stand in any order; each pass that followed a link may make records of earlier passes count. */
    bool followed = true;
    for (int pass = 0; pass < chain_max && followed && answer->address_count == 0; ++pass) {
        if (!collect(data, octets, at, count, answer, &followed)) return false;
    }
    if (answer->ttl_s == 0x7FFFFFFFu) answer->ttl_s = 0;
    return true;
}
