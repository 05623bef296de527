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
    if (m->authorization != NULL && strpbrk(m->authorization, "\r\n") != NULL) return 0;
    /* a URI without the parameter means UDP (19.1.1) */
    const char* scheme = m->secure ? "sips" : "sip";
    const char* stream = strcmp(m->transport, "TCP") == 0                 ? ";transport=tcp"
                         : strcmp(m->transport, "TLS") == 0 && !m->secure ? ";transport=tls" /* RFC 5630, 3.1.3 */
                                                                          : "";
    const bool fits =
        fw_append(out, size, &used, "REGISTER %s:%s SIP/2.0\r\n", scheme, m->domain) &&
        fw_append(out, size, &used, "Via: SIP/2.0/%s %s:%u;branch=%s;rport\r\n", m->transport, m->host, m->port,
                  m->branch) &&
        fw_append(out, size, &used, "Max-Forwards: 70\r\n") &&
        fw_append(out, size, &used, "From: <%s:%s@%s>;tag=%s\r\n", scheme, m->user, m->domain, m->from_tag) &&
        fw_append(out, size, &used, "To: <%s:%s@%s>\r\n", scheme, m->user, m->domain) &&
        fw_append(out, size, &used, "Call-ID: %s\r\nCSeq: %u REGISTER\r\n", m->call_id, m->cseq) &&
        fw_append(out, size, &used, "Contact: <%s:%s@%s:%u%s>;+sip.instance=\"<urn:uuid:%s>\"\r\n", scheme, m->user,
                  m->host, m->port, stream, m->instance) &&
        (m->authorization == NULL ||
         fw_append(out, size, &used, "%sAuthorization: %s\r\n", m->proxy ? "Proxy-" : "", m->authorization)) &&
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

/* Splits a line into name and value; NULL: no header field. */
static const char* field_of(const char* line, size_t* name_octets) {
    *name_octets = strcspn(line, " \t:");
    const char* colon = skip_space(line + *name_octets);
    return *colon == ':' ? skip_space(colon + 1) : NULL;
}

bool fw_sip_read_challenge(const char* data, size_t octets, fw_digest_challenge* challenge, bool* proxy) {
    lines l = {data, octets, 0};
    char line[line_octets_max];
    size_t n = 0;
    if (!next_line(&l, line)) return false;
    while (next_line(&l, line)) {
        const char* value = field_of(line, &n);
        if (value == NULL) continue;
        *proxy = is(line, n, "proxy-authenticate", '\0');
        if ((*proxy || is(line, n, "www-authenticate", '\0')) && fw_digest_read_challenge(value, challenge))
            return true;
    }
    return false;
}

bool fw_sip_read_request(const char* data, size_t octets, fw_sip_request* r) {
    enum { via = 1, from = 2, to = 4, call_id = 8, cseq = 16, all = 31 };
    lines l = {data, octets, 0};
    char line[line_octets_max], method[sizeof r->method];
    unsigned seen = 0;
    size_t n = 0;
    memset(r, 0, sizeof *r);
    if (!next_line(&l, line) || !copy_token(line, " ", r->method, sizeof r->method)) return false;
    n = strlen(line);
    if (n < 8 || strcmp(line + n - 8, " SIP/2.0") != 0) return false;
    while (next_line(&l, line)) {
        const char* value = field_of(line, &n);
        if (value == NULL) continue;
        if (is(line, n, "via", 'v') && (seen & via) == 0) {
            const char* branch = find_parameter(value, element_end(value), "branch");
            if (branch == NULL || !copy_token(branch, "; ,\t", r->branch, sizeof r->branch)) return false;
            seen |= via;
        } else if (is(line, n, "from", 'f')) {
            seen |= from;
        } else if (is(line, n, "to", 't')) {
            seen |= to;
        } else if (is(line, n, "call-id", 'i')) {
            seen |= call_id;
        } else if (is(line, n, "cseq", '\0')) {
            if (!read_number(&value, &r->cseq) || !copy_token(skip_space(value), " \t", method, sizeof method))
                return false;
            if (strcmp(method, r->method) != 0) return false;
            seen |= cseq;
        } else if (is(line, n, "event", 'o')) {
            (void)copy_token(value, "; \t", r->event, sizeof r->event);
            const char* reboot = find_parameter(value, value + strlen(value), "reboot");
            r->reboot = reboot != NULL && strncasecmp(reboot, "true", 4) == 0;
        }
    }
    return seen == all;
}

/* An open ";rport" in the first element of a Via; NULL: none. */
static const char* open_rport(const char* value) {
    for (const char* p = strstr(value, ";rport"); p != NULL && p < element_end(value); p = strstr(p + 1, ";rport")) {
        if (p[6] == '\0' || strchr(";, \t", p[6]) != NULL) return p;
    }
    return NULL;
}

size_t fw_sip_write_response(char* out, size_t size, const char* data, size_t octets, const char* status_line,
                             const char* tag, const char* fields, const char* source, uint16_t port) {
    lines l = {data, octets, 0};
    char line[line_octets_max];
    size_t used = 0, n = 0;
    bool first = true;
    if (!next_line(&l, line) || !fw_append(out, size, &used, "SIP/2.0 %s\r\n", status_line)) return 0;
    while (next_line(&l, line)) {
        const char* value = field_of(line, &n);
        if (value == NULL) continue;
        bool fits = true;
        if (is(line, n, "via", 'v')) {
            const char* rport = first ? open_rport(value) : NULL;
            first = false;
            fits = rport == NULL ? fw_append(out, size, &used, "Via: %s\r\n", value)
                                 : fw_append(out, size, &used, "Via: %.*s;rport=%u;received=%s%s\r\n",
                                             (int)(rport - value), value, port, source, rport + 6);
        } else if (is(line, n, "to", 't')) {
            const char* close = strchr(value, '>');
            const char* from = close != NULL ? close : value;
            const bool tagged = find_parameter(from, from + strlen(from), "tag") != NULL;
            fits = fw_append(out, size, &used, "To: %s%s%s\r\n", value, tagged ? "" : ";tag=", tagged ? "" : tag);
        } else if (is(line, n, "from", 'f') || is(line, n, "call-id", 'i') || is(line, n, "cseq", '\0')) {
            const char* name = is(line, n, "from", 'f') ? "From" : is(line, n, "call-id", 'i') ? "Call-ID" : "CSeq";
            fits = fw_append(out, size, &used, "%s: %s\r\n", name, value);
        }
        if (!fits) return 0;
    }
    return fw_append(out, size, &used, "%sContent-Length: 0\r\n\r\n", fields) ? used : 0;
}

long fw_sip_frame(const char* data, size_t octets) {
    enum { header_octets_max = 4096, body_octets_max = 4096 };
    lines l = {data, octets, 0};
    char line[line_octets_max];
    uint32_t body = 0;
    size_t n = 0, end = 3;
    for (; end < octets; ++end) {
        if (memcmp(data + end - 3, "\r\n\r\n", 4) == 0) break;
    }
    if (end >= octets) return octets > header_octets_max ? -1 : 0;
    l.octets = end + 1;
    if (!next_line(&l, line)) return -1;
    bool length = false;
    while (next_line(&l, line)) {
        const char* value = field_of(line, &n);
        if (value != NULL && is(line, n, "content-length", 'l')) length = read_number(&value, &body);
    }
    if (!length || body > body_octets_max) return -1; /* mandatory on streams (20.14) */
    return octets - (end + 1) < body ? 0 : (long)(end + 1 + body);
}
