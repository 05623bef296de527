/* SPDX-License-Identifier: MIT-0 */
#include "sip_message.h"

#include <string.h>
#include <strings.h>

#include "fw_io.h"

enum { line_octets_max = 512 };

/* --- writing --- */

static bool harmless(const char* text) {
    for (; *text != '\0'; ++text) {
        if ((unsigned char)*text <= 0x20 || *text == 0x7F || strchr("<>\"@;,", *text) != NULL) return false;
    }
    return true;
}

size_t fw_sip_write_register(char* out, size_t size, const fw_sip_register* m) {
    size_t used = 0;
    if (!harmless(m->domain) || !harmless(m->user) || m->user[0] == '\0' || m->domain[0] == '\0') return 0;
    if (strpbrk(m->user_agent, "\r\n") != NULL) return 0;
    const bool fits =
        fw_append(out, size, &used, "REGISTER sip:%s SIP/2.0\r\n", m->domain) &&
        fw_append(out, size, &used, "Via: SIP/2.0/UDP %s:%u;branch=%s;rport\r\n", m->host, m->port, m->branch) &&
        fw_append(out, size, &used, "Max-Forwards: 70\r\n") &&
        fw_append(out, size, &used, "From: <sip:%s@%s>;tag=%s\r\n", m->user, m->domain, m->from_tag) &&
        fw_append(out, size, &used, "To: <sip:%s@%s>\r\n", m->user, m->domain) &&
        fw_append(out, size, &used, "Call-ID: %s\r\nCSeq: %u REGISTER\r\n", m->call_id, m->cseq) &&
        fw_append(out, size, &used, "Contact: <sip:%s@%s:%u>;+sip.instance=\"<urn:uuid:%s>\"\r\n", m->user, m->host,
                  m->port, m->instance) &&
        fw_append(out, size, &used, "Expires: %u\r\nUser-Agent: %s\r\nContent-Length: 0\r\n\r\n", m->expires_s,
                  m->user_agent);
    return fits ? used : 0;
}

/* --- reading --- */

typedef struct lines {
    const char* data;
    size_t octets, at;
} lines;

/* Copies the next line, unfolded (RFC 3261, 7.3.1), without its end. False: end of the header, or a line too
 * long to matter to us is cut. */
static bool next_line(lines* l, char out[line_octets_max]) {
    size_t used = 0;
    bool any = false;
    while (l->at < l->octets) {
        const char* from = l->data + l->at;
        const char* newline = (const char*)memchr(from, '\n', l->octets - l->at);
        size_t n = newline != NULL ? (size_t)(newline - from) : l->octets - l->at;
        l->at += n + (newline != NULL ? 1 : 0);
        if (n > 0 && from[n - 1] == '\r') --n;
        if (!any && n == 0) return false; /* the empty line before the body */
        any = true;
        for (size_t i = 0; i < n && used + 1 < line_octets_max; ++i) out[used++] = from[i] == '\0' ? ' ' : from[i];
        if (l->at >= l->octets || (l->data[l->at] != ' ' && l->data[l->at] != '\t')) break;
    }
    out[used] = '\0';
    return any;
}

static const char* skip_space(const char* p) {
    while (*p == ' ' || *p == '\t') ++p;
    return p;
}

static bool read_number(const char** at, uint32_t* out) {
    uint64_t value = 0;
    const char* p = *at;
    if (*p < '0' || *p > '9') return false;
    for (; *p >= '0' && *p <= '9'; ++p) {
        value = value * 10 + (uint64_t)(*p - '0');
        if (value > 0xFFFFFFFFu) value = 0xFFFFFFFFu; /* 20: out of range means the largest */
    }
    *at = p;
    *out = (uint32_t)value;
    return true;
}

static bool copy_token(const char* from, const char* stop, char* out, size_t size) {
    const size_t n = strcspn(from, stop);
    if (n == 0 || n >= size) return false;
    memcpy(out, from, n);
    out[n] = '\0';
    return true;
}

/* Value of parameter `name` in ";a=b;c" up to `end`; NULL: absent. */
static const char* find_parameter(const char* from, const char* end, const char* name) {
    const size_t length = strlen(name);
    bool quoted = false;
    for (const char* p = from; p < end; ++p) {
        if (*p == '"') quoted = !quoted;
        if (quoted || *p != ';') continue;
        const char* q = skip_space(p + 1);
        if (q + length > end || strncasecmp(q, name, length) != 0) continue;
        q = skip_space(q + length);
        if (*q == '=') return skip_space(q + 1);
    }
    return NULL;
}

/* End of one element of a comma-separated list. */
static const char* element_end(const char* p) {
    bool quoted = false, angled = false;
    for (; *p != '\0'; ++p) {
        if (*p == '"') quoted = !quoted;
        if (quoted) continue;
        if (*p == '<') angled = true;
        if (*p == '>') angled = false;
        if (*p == ',' && !angled) break;
    }
    return p;
}

static void read_contacts(const char* p, const char* contact, fw_sip_response* r) {
    const size_t length = strlen(contact);
    while (*p != '\0') {
        const char* end = element_end(p);
        const char* open = (const char*)memchr(p, '<', (size_t)(end - p));
        const char* uri = open != NULL ? open + 1 : skip_space(p);
        const bool ours = uri + length <= end && strncasecmp(uri, contact, length) == 0 &&
                          strchr(">;, \t", uri[length]) != NULL; /* also the terminator */
        const char* close = open != NULL ? (const char*)memchr(open, '>', (size_t)(end - open)) : p;
        if (ours && close != NULL) {
            const char* value = find_parameter(close, end, "expires");
            if (value != NULL) r->has_contact_expires = read_number(&value, &r->contact_expires_s);
        }
        p = *end == ',' ? end + 1 : end;
    }
}

static bool is(const char* name, size_t length, const char* full, char compact) {
    if (length == 1 && compact != '\0') return (name[0] | 0x20) == compact;
    return length == strlen(full) && strncasecmp(name, full, length) == 0;
}

bool fw_sip_read_response(const char* data, size_t octets, const char* contact, fw_sip_response* r) {
    lines l = {data, octets, 0};
    char line[line_octets_max];
    bool via = false, cseq = false, call_id = false;
    memset(r, 0, sizeof *r);
    if (!next_line(&l, line) || strncasecmp(line, "SIP/2.0 ", 8) != 0) return false;
    const char* at = line + 8;
    uint32_t status;
    if (!read_number(&at, &status) || status < 100 || status > 699) return false;
    r->status = status;
    while (next_line(&l, line)) {
        const size_t name_length = strcspn(line, " \t:");
        const char* colon = skip_space(line + name_length);
        if (*colon != ':') continue; /* not a header field: ignored */
        const char* value = skip_space(colon + 1);
        if (is(line, name_length, "via", 'v') && !via) {
            const char* branch = find_parameter(value, element_end(value), "branch");
            via = branch != NULL && copy_token(branch, "; ,\t", r->branch, sizeof r->branch);
            if (!via) return false; /* only the top one counts */
        } else if (is(line, name_length, "call-id", 'i') && !call_id) {
            call_id = copy_token(value, " \t", r->call_id, sizeof r->call_id);
        } else if (is(line, name_length, "cseq", '\0') && !cseq) {
            cseq = read_number(&value, &r->cseq) && copy_token(skip_space(value), " \t", r->method, sizeof r->method);
        } else if (is(line, name_length, "contact", 'm')) {
            read_contacts(value, contact, r);
        } else if (is(line, name_length, "expires", '\0')) {
            r->has_expires = read_number(&value, &r->expires_s);
        } else if (is(line, name_length, "min-expires", '\0')) {
            read_number(&value, &r->min_expires_s);
        } else if (is(line, name_length, "retry-after", '\0')) {
            read_number(&value, &r->retry_after_s);
        }
    }
    return via && cseq && call_id;
}
