/* SPDX-License-Identifier: MIT-0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dectbed/tls_timing.h"
#include "fw_tls_internal.h"

enum { flights_records_max = 16, flight_octets_max = 65536, subject_octets_max = 64 };

enum step { awaiting_server_flight, awaiting_last_flight, in_session };

typedef struct timing {
    enum step step;
    bool tls_1_3;
    fw_tls_bytes in;     /* records that are not complete */
    fw_tls_bytes flight; /* content of the flight that is coming */
    size_t flight_octets;
    size_t last_octets; /* of the server's last flight */
    fw_tls_bytes plain;
} timing;

/* --- octets --- */

typedef struct cursor {
    const uint8_t* data;
    size_t left;
    bool good;
} cursor;

static uint64_t number(cursor* c, size_t octets) {
    uint64_t value = 0;
    if (c->left < octets) {
        c->good = false;
        c->left = 0;
        return 0;
    }
    for (size_t i = 0; i < octets; ++i) value = value << 8 | c->data[i];
    c->data += octets;
    c->left -= octets;
    return value;
}

static size_t text(cursor* c, const uint8_t** out) {
    const size_t size = (size_t)number(c, 1);
    if (size > c->left) {
        c->good = false;
        c->left = 0;
        return 0;
    }
    *out = c->data;
    c->data += size;
    c->left -= size;
    return size;
}

static void put(fw_tls* t, const void* data, size_t octets) {
    if (!fw_tls_append(&t->out, data, octets)) fw_tls_fail(t, "no memory");
}

static void put_zeros(fw_tls* t, size_t octets) {
    static const uint8_t zeros[256];
    for (; octets > sizeof zeros; octets -= sizeof zeros) put(t, zeros, sizeof zeros);
    put(t, zeros, octets);
}

static void put_head(fw_tls* t, size_t body) {
    const uint8_t head[DECTBED_TLS_RECORD_HEAD] = {DECTBED_TLS_TYPE_DATA, 3, 3, (uint8_t)(body >> 8), (uint8_t)body};
    put(t, head, sizeof head);
}

/* A record of this size, head included; content that does not fit is cut, and what was used is given back. */
static size_t put_record(fw_tls* t, size_t size, const uint8_t* content, size_t octets) {
    const size_t body = size - DECTBED_TLS_RECORD_HEAD;
    const size_t n = octets < body ? octets : body;
    put_head(t, body);
    put(t, content, n);
    put_zeros(t, body - n);
    return n;
}

static size_t overhead(const timing* m) { return m->tls_1_3 ? DECTBED_TLS_OVERHEAD_1_3 : DECTBED_TLS_OVERHEAD_1_2; }
static size_t alert_octets(const timing* m) {
    return m->tls_1_3 ? DECTBED_TLS_ALERT_OCTETS_1_3 : DECTBED_TLS_ALERT_OCTETS_1_2;
}

/* --- checks by data --- */

/* FNV-1a over the base64 text of each certificate in PEM. */
static bool is_anchor(const fw_tls_device* d, uint64_t id) {
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    const char* at = d->items[FW_TLS_ITEM_ANCHORS];
    while (at != NULL && (at = strstr(at, begin)) != NULL) {
        uint64_t hash = 0xCBF29CE484222325u;
        for (at += sizeof begin - 1; *at != '\0' && *at != '-'; ++at) {
            if (*at > ' ') hash = (hash ^ (uint8_t)*at) * 0x100000001B3u;
        }
        if (hash == id) return true;
    }
    return false;
}

/* RFC 9525, 6.3: without regard to case; a star for the whole first label only. */
static bool name_matches(const char* host, const uint8_t* name, size_t octets) {
    const size_t length = strlen(host);
    if (octets == length && strncasecmp(host, (const char*)name, octets) == 0) return true;
    const char* dot = strchr(host, '.');
    if (octets < 3 || name[0] != '*' || name[1] != '.' || dot == NULL || dot == host) return false;
    return strlen(dot) == octets - 1 && strncasecmp(dot, (const char*)name + 1, octets - 1) == 0;
}

static void refuse(fw_tls* t, uint8_t code, const char* why) {
    const timing* m = (const timing*)t->own;
    const uint8_t content[] = {'d', 't', 1, DECTBED_TLS_ALERT, code};
    put_record(t, alert_octets(m), content, sizeof content);
    fw_tls_fail(t, why);
}

/* Reads the certificates; false: refused. */
static bool certificates_good(fw_tls* t, cursor* c, size_t* count) {
    const fw_tls_device* d = t->device;
    const bool clock = t->now_unix != FW_TLS_CLOCK_UNKNOWN;
    const int64_t now = clock ? t->now_unix : d->built_unix;
    uint64_t id = 0;
    const char* why = NULL;
    uint8_t code = 0;
    *count = (size_t)number(c, 1);
    for (size_t i = 0; i < *count; ++i) {
        const int64_t from = (int64_t)number(c, 8), to = (int64_t)number(c, 8);
        id = number(c, 8);
        if (why == NULL && clock && now < from) {
            why = "certificate not yet valid";
            code = DECTBED_ALERT_BAD_CERTIFICATE;
        }
        if (why == NULL && now > to) {
            why = "certificate expired";
            code = DECTBED_ALERT_CERTIFICATE_EXPIRED;
        }
    }
    const uint64_t root = number(c, 8);
    const size_t names = (size_t)number(c, 1);
    bool name_found = false;
    for (size_t i = 0; i < names; ++i) {
        const uint8_t* name = NULL;
        const size_t octets = text(c, &name);
        if (octets > 0) name_found |= name_matches(t->host, name, octets);
    }
    if (!c->good || t->resumed || !d->verify) return true;
    /* OpenSSL builds the chain before it looks at names and dates. */
    if (root == 0 || !is_anchor(d, root)) {
        why = *count == 1 && root == id && root != 0 ? "self-signed certificate" : "unknown issuer";
        code = DECTBED_ALERT_UNKNOWN_CA;
    } else if (!name_found && !d->any_name) {
        why = "wrong name";
        code = DECTBED_ALERT_BAD_CERTIFICATE;
    }
    if (why != NULL) refuse(t, code, why);
    return why == NULL;
}

/* --- flights --- */

static void say_hello(fw_tls* t) {
    const fw_tls_device* d = t->device;
    const fw_tls_session* s = fw_tls_session_for(t);
    const size_t name = t->host_is_address ? 0 : strlen(t->host);
    const size_t size = dectbed_tls_client_hello_octets(
        d->versions & 1, d->versions & 2, name, s != NULL ? s->ticket_octets : 0, s != NULL && s->version == 0x0304);
    uint8_t content[16 + FW_TLS_NAME_OCTETS + DECTBED_TLS_TICKET_OCTETS];
    size_t n = 0;
    const uint8_t head[] = {'d', 't', 1, DECTBED_TLS_CLIENT_HELLO, 3, 4, d->versions, (uint8_t)name};
    memcpy(content, head, sizeof head);
    n += sizeof head;
    memcpy(content + n, t->host, name);
    n += name;
    const size_t ticket = s != NULL && s->size == DECTBED_TLS_TICKET_OCTETS ? s->size : 0;
    content[n++] = (uint8_t)ticket;
    if (ticket > 0) memcpy(content + n, s->octets, ticket);
    put_record(t, size, content, n + ticket);
}

static void say_flight(fw_tls* t, const uint16_t* sizes, size_t records, bool certificate) {
    uint8_t content[8 + subject_octets_max] = {'d', 't', 1, DECTBED_TLS_CLIENT_FLIGHT};
    size_t n = 5, at = 0;
    if (certificate) {
        /* Before a certificate in PEM there may be text, such as its subject. */
        static const char key[] = "subject=";
        const char* subject = strstr(t->device->items[FW_TLS_ITEM_CERTIFICATE], key);
        subject = subject != NULL ? subject + sizeof key - 1 : "a certificate";
        size_t octets = strcspn(subject, "\r\n");
        if (octets > subject_octets_max) octets = subject_octets_max;
        content[4] = (uint8_t)octets;
        memcpy(content + 5, subject, octets);
        n += octets;
    }
    for (size_t i = 0; i < records; ++i) {
        if (sizes[i] <= DECTBED_TLS_RECORD_HEAD) continue;
        at += put_record(t, sizes[i], content + at, n - at);
    }
}

static size_t read_sizes(cursor* c, uint16_t sizes[flights_records_max]) {
    const size_t count = (size_t)number(c, 1);
    for (size_t i = 0; i < count; ++i) {
        const uint16_t size = (uint16_t)number(c, 2);
        if (i < flights_records_max) sizes[i] = size;
    }
    return count < flights_records_max ? count : flights_records_max;
}

/* The server's flight is complete. */
static void answer(fw_tls* t) {
    timing* m = (timing*)t->own;
    cursor c = {m->flight.data, m->flight.size, true};
    uint16_t sizes[2][flights_records_max];
    size_t records[2], certificates = 0;
    const uint8_t* ticket = NULL;
    number(&c, 6); /* content and size are known */
    const uint16_t version = (uint16_t)number(&c, 2);
    m->tls_1_3 = version == 0x0304;
    number(&c, 2);
    t->resumed = number(&c, 1) != 0;
    const unsigned asks = (unsigned)number(&c, 1);
    for (int i = 0; i < 2; ++i) records[i] = read_sizes(&c, sizes[i]);
    size_t last_octets[2];
    for (int i = 0; i < 2; ++i) last_octets[i] = (size_t)number(&c, 2);
    const bool waits = number(&c, 1) != 0;
    const bool good = certificates_good(t, &c, &certificates);
    const bool certificate = asks != 0 && t->device->item_octets[FW_TLS_ITEM_CERTIFICATE] > 0;
    fw_tls_charge_answer(t, (unsigned)certificates, good && certificate);
    if (!good) return;
    const size_t ticket_size = text(&c, &ticket);
    const uint32_t lifetime_s = (uint32_t)number(&c, 4);
    const uint16_t genuine_ticket = (uint16_t)number(&c, 2);
    if (!c.good) {
        refuse(t, DECTBED_ALERT_UNEXPECTED_MESSAGE, "broken handshake");
        return;
    }
    m->last_octets = last_octets[certificate];
    say_flight(t, sizes[certificate], records[certificate], certificate);
    if (ticket_size == DECTBED_TLS_TICKET_OCTETS) {
        fw_tls_session* s = fw_tls_session_keep(t, ticket, ticket_size, lifetime_s);
        if (s != NULL) {
            s->version = version;
            s->ticket_octets = genuine_ticket;
        }
    }
    m->step = waits || m->last_octets > 0 ? awaiting_last_flight : in_session;
    m->flight.size = 0;
    m->flight_octets = 0;
    if (!waits) t->state = FW_TLS_OPEN;
}

static void content_came(fw_tls* t, const uint8_t* body, size_t octets) {
    timing* m = (timing*)t->own;
    if (m->step == in_session) {
        const size_t added = overhead(m) - DECTBED_TLS_RECORD_HEAD;
        if (octets < added) {
            fw_tls_fail(t, "broken record");
        } else if (body[octets - 1] == DECTBED_TLS_FAREWELL) {
            t->state = FW_TLS_FINISHED;
        } else if (!fw_tls_append(&m->plain, body, octets - added)) {
            fw_tls_fail(t, "no memory");
        }
        return;
    }
    m->flight_octets += DECTBED_TLS_RECORD_HEAD + octets;
    if (m->step == awaiting_last_flight) {
        if (m->flight_octets < m->last_octets) return;
        m->step = in_session;
        t->state = FW_TLS_OPEN;
        return;
    }
    if (!fw_tls_append(&m->flight, body, octets) || m->flight.size > flight_octets_max) {
        fw_tls_fail(t, "broken handshake");
        return;
    }
    cursor c = {m->flight.data, m->flight.size, true};
    if (number(&c, 4) != ((uint32_t)'d' << 24 | (uint32_t)'t' << 16 | 1u << 8 | DECTBED_TLS_SERVER_FLIGHT)) {
        if (m->flight.size >= 4) fw_tls_fail(t, "broken handshake");
        return;
    }
    const size_t whole = (size_t)number(&c, 2);
    if (c.good && m->flight_octets >= whole) answer(t);
}

static const char* alert_text(uint8_t code) {
    switch (code) {
        case DECTBED_ALERT_HANDSHAKE_FAILURE:
            return "alert: handshake failure";
        case DECTBED_ALERT_PROTOCOL_VERSION:
            return "alert: protocol version";
        case DECTBED_ALERT_CERTIFICATE_REQUIRED:
            return "alert: certificate required";
        default:
            return "alert: unexpected_message";
    }
}

static void timing_receive(fw_tls* t, const uint8_t* data, size_t octets) {
    timing* m = (timing*)t->own;
    if (!fw_tls_append(&m->in, data, octets)) {
        fw_tls_fail(t, "no memory");
        return;
    }
    size_t used = 0;
    while (t->state == FW_TLS_HANDSHAKING || t->state == FW_TLS_OPEN) {
        if (m->in.size - used < DECTBED_TLS_RECORD_HEAD) break;
        const uint8_t* head = m->in.data + used;
        const size_t body = (size_t)head[3] << 8 | head[4];
        if (head[1] != 3 || body > DECTBED_TLS_RECORD_MAX + 256) {
            fw_tls_fail(t, "broken record");
            break;
        }
        if (m->in.size - used < DECTBED_TLS_RECORD_HEAD + body) break;
        used += DECTBED_TLS_RECORD_HEAD + body;
        if (head[0] == DECTBED_TLS_TYPE_DATA) {
            content_came(t, head + DECTBED_TLS_RECORD_HEAD, body);
        } else if (head[0] == DECTBED_TLS_TYPE_ALERT && body == 2) {
            fw_tls_fail(t, alert_text(head[DECTBED_TLS_RECORD_HEAD + 1]));
        } else {
            refuse(t, DECTBED_ALERT_UNEXPECTED_MESSAGE, "the server speaks TLS, this device the timing model");
        }
    }
    fw_tls_drop_front(&m->in, used);
}

static size_t timing_read(fw_tls* t, void* out, size_t room) {
    timing* m = (timing*)t->own;
    const size_t n = m->plain.size < room ? m->plain.size : room;
    if (n == 0) return 0;
    memcpy(out, m->plain.data, n);
    fw_tls_drop_front(&m->plain, n);
    return n;
}

static bool timing_write(fw_tls* t, const void* data, size_t octets) {
    const timing* m = (const timing*)t->own;
    const uint8_t* from = (const uint8_t*)data;
    while (octets > 0) {
        const size_t n = octets < DECTBED_TLS_RECORD_MAX ? octets : DECTBED_TLS_RECORD_MAX;
        put_record(t, n + overhead(m), from, n);
        from += n;
        octets -= n;
    }
    return t->state == FW_TLS_OPEN;
}

static void timing_finish(fw_tls* t) {
    const size_t size = alert_octets((const timing*)t->own);
    const uint8_t last = DECTBED_TLS_FAREWELL;
    put_head(t, size - DECTBED_TLS_RECORD_HEAD);
    put_zeros(t, size - DECTBED_TLS_RECORD_HEAD - 1);
    put(t, &last, 1);
}

static void timing_free(void* own) {
    timing* m = (timing*)own;
    free(m->in.data);
    free(m->flight.data);
    free(m->plain.data);
    free(m);
}

static void* timing_open(fw_tls* t) {
    timing* m = (timing*)calloc(1, sizeof *m);
    if (m == NULL) return NULL;
    m->tls_1_3 = true;
    fw_tls_charge_hello(t);
    say_hello(t);
    return m;
}

const fw_tls_model fw_tls_timing = {timing_open, timing_free, timing_receive, timing_read, timing_write, timing_finish};
