/* SPDX-License-Identifier: MIT-0 */
#include "dns_message.h"

#include <string.h>

enum { header_octets = 12, class_in = 1, label_max = 63, chain_max = 8, records_max = 64 };

static uint16_t get_u16(const uint8_t* p) { return (uint16_t)(p[0] << 8 | p[1]); }
static uint32_t get_u32(const uint8_t* p) { return (uint32_t)get_u16(p) << 16 | get_u16(p + 2); }
static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

bool fw_dns_same_name(const char* a, const char* b) {
    size_t i = 0;
    while (a[i] != '\0' && lower(a[i]) == lower(b[i])) ++i;
    if (a[i] == '\0' && b[i] == '\0') return true;
    return (a[i] == '.' && a[i + 1] == '\0' && b[i] == '\0') || (b[i] == '.' && b[i + 1] == '\0' && a[i] == '\0');
}

size_t fw_dns_write_query(uint8_t* out, size_t size, uint16_t id, const char* name, uint16_t type) {
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
    out[at++] = (uint8_t)(type >> 8);
    out[at++] = (uint8_t)type;
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

static bool collect(const uint8_t* data, size_t octets, size_t answers_at, unsigned count, uint16_t type,
                    fw_dns_answer* answer, bool* followed) {
    char owner[FW_DNS_NAME_OCTETS];
    size_t at = answers_at;
    *followed = false;
    for (unsigned i = 0; i < count; ++i) {
        record r;
        if (!read_record(data, octets, &at, owner, &r)) return answer->truncated;
        if (!fw_dns_same_name(owner, answer->canonical)) continue;
        if (r.type == FW_DNS_A && type == FW_DNS_A && r.data_octets == 4 &&
            answer->address_count < FW_DNS_ADDRESSES_MAX) {
            answer->addresses[answer->address_count++] = get_u32(data + r.data_at);
        }
        if (r.type == type && (type != FW_DNS_A || r.data_octets == 4)) {
            ++answer->record_count;
            if (r.ttl_s < answer->ttl_s) answer->ttl_s = r.ttl_s;
        } else if (r.type == FW_DNS_CNAME && answer->record_count == 0) {
            size_t target_at = r.data_at;
            if (!read_name(data, octets, &target_at, answer->canonical)) return false;
            if (r.ttl_s < answer->ttl_s) answer->ttl_s = r.ttl_s;
            *followed = true;
        }
    }
    return true;
}

/* RFC 2308, 5: the smaller one of the SOA's own time to live and its last field. */
static void read_negative_ttl(const uint8_t* data, size_t octets, size_t at, unsigned answers, unsigned authority,
                              fw_dns_answer* answer) {
    char owner[FW_DNS_NAME_OCTETS];
    record r;
    for (unsigned i = 0; i < answers; ++i) {
        if (!read_record(data, octets, &at, owner, &r)) return;
    }
    for (unsigned i = 0; i < authority; ++i) {
        if (!read_record(data, octets, &at, owner, &r)) return;
        if (r.type != FW_DNS_SOA || r.data_octets < 22) continue; /* two names and five numbers */
        const uint32_t minimum = get_u32(data + r.data_at + r.data_octets - 4);
        answer->negative_ttl_s = minimum < r.ttl_s ? minimum : r.ttl_s;
        return;
    }
}

static bool skip_question(const uint8_t* data, size_t octets, char name[FW_DNS_NAME_OCTETS], size_t* at) {
    *at = header_octets;
    if (octets < header_octets || !read_name(data, octets, at, name) || octets - *at < 4) return false;
    *at += 4;
    return true;
}

bool fw_dns_read_answer(const uint8_t* data, size_t octets, uint16_t id, const char* name, uint16_t type,
                        fw_dns_answer* answer) {
    memset(answer, 0, sizeof *answer);
    if (octets < header_octets || get_u16(data) != id) return false;
    if ((data[2] & 0xF8) != 0x80 || get_u16(data + 4) != 1) return false; /* a response to a query, one question */
    answer->rcode = data[3] & 0x0F;
    answer->truncated = data[2] & 0x02;
    size_t at = 0;
    char question[FW_DNS_NAME_OCTETS];
    if (!skip_question(data, octets, question, &at) || !fw_dns_same_name(question, name)) return false;
    if (get_u16(data + at - 4) != type || get_u16(data + at - 2) != class_in) return false;
    const unsigned count = get_u16(data + 6), authority = get_u16(data + 8);
    if (count > records_max || authority > records_max) return false;
    answer->ttl_s = 0x7FFFFFFFu;
    memcpy(answer->canonical, question, sizeof question);
    /* A chain may stand in any order; each pass that followed a link may make records of earlier passes count. */
    bool followed = true;
    for (int pass = 0; pass < chain_max && followed && answer->record_count == 0; ++pass) {
        if (!collect(data, octets, at, count, type, answer, &followed)) return false;
    }
    if (answer->ttl_s == 0x7FFFFFFFu) answer->ttl_s = 0;
    if (answer->record_count == 0) read_negative_ttl(data, octets, at, count, authority, answer);
    return true;
}

/* Finds record `number` of a type. */
static bool find_record(const uint8_t* data, size_t octets, const char* canonical, uint16_t type, unsigned number,
                        record* r) {
    char name[FW_DNS_NAME_OCTETS];
    size_t at = 0;
    if (!skip_question(data, octets, name, &at)) return false;
    const unsigned count = get_u16(data + 6);
    for (unsigned i = 0; i < count && i < records_max; ++i) {
        if (!read_record(data, octets, &at, name, r)) return false;
        if (r->type == type && fw_dns_same_name(name, canonical) && number-- == 0) return true;
    }
    return false;
}

bool fw_dns_read_srv(const uint8_t* data, size_t octets, const char* canonical, unsigned number, fw_dns_srv* out) {
    record r;
    if (!find_record(data, octets, canonical, FW_DNS_SRV, number, &r) || r.data_octets < 7) return false;
    out->priority = get_u16(data + r.data_at);
    out->weight = get_u16(data + r.data_at + 2);
    out->port = get_u16(data + r.data_at + 4);
    size_t at = r.data_at + 6;
    return read_name(data, octets, &at, out->target) && at == r.data_at + r.data_octets;
}

/* <character-string> (RFC 1035, 3.3) */
static bool read_string(const uint8_t* data, size_t end, size_t* at, char* out, size_t size) {
    if (*at >= end) return false;
    const size_t n = data[*at];
    if (n > end - *at - 1 || (size != 0 && n >= size)) return false;
    if (size != 0) {
        memcpy(out, data + *at + 1, n);
        out[n] = '\0';
        if (strlen(out) != n) return false;
    }
    *at += 1 + n;
    return true;
}

bool fw_dns_read_naptr(const uint8_t* data, size_t octets, const char* canonical, unsigned number, fw_dns_naptr* out) {
    record r;
    if (!find_record(data, octets, canonical, FW_DNS_NAPTR, number, &r) || r.data_octets < 8) return false;
    const size_t end = r.data_at + r.data_octets;
    size_t at = r.data_at + 4;
    out->order = get_u16(data + r.data_at);
    out->preference = get_u16(data + r.data_at + 2);
    return read_string(data, end, &at, out->flags, sizeof out->flags) &&
           read_string(data, end, &at, out->service, sizeof out->service) &&
           read_string(data, end, &at, NULL, 0) && /* a regular expression is not for SIP (RFC 3263, 4.1) */
           read_name(data, octets, &at, out->replacement) && at == end;
}
