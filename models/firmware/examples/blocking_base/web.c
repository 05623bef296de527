/* SPDX-License-Identifier: MIT-0
 *
 * Names and files: a DNS query, then one HTTP/1.1 exchange on a connection of its own (RFC 1035, 9112).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base.h"
#include "dns_message.h"

enum {
    DNS_PORT = 53,
    DNS_TRIES = 4,
    DNS_MS = 2000,
    ALIASES = 4,
    CONNECT_MS = 10000,
    SILENCE_MS = 15000,
    HEADER_OCTETS = 2048,
    REDIRECTS = 5
};

/* ---- names --------------------------------------------------------------------------------------------------- */

static bool query(base* b, rt_socket* s, const char* name, fw_dns_answer* answer) {
    uint8_t m[512];
    rt_datagram d;
    for (unsigned tries = 0; tries < DNS_TRIES; ++tries) {
        const uint32_t server = b->dns[1] != 0 ? b->dns[tries % 2] : b->dns[0];
        const uint16_t id = (uint16_t)fw_random(&b->io);
        const size_t octets = fw_dns_write_query(m, sizeof m, id, name);
        const uint64_t end_us = b->io.now_us + ((uint64_t)DNS_MS << tries / 2) * 1000;
        if (octets == 0 || server == 0) return false;
        rt_udp_send(&b->net, s, server, DNS_PORT, m, octets);
        while (b->io.now_us < end_us &&
               rt_udp_receive(&b->net, s, &d, (uint32_t)((end_us - b->io.now_us) / 1000 + 1))) {
            if (d.address != server || d.port != DNS_PORT) continue;
            if (!fw_dns_read_answer(d.data, d.octets, id, name, answer)) continue;
            if (answer->rcode == FW_DNS_NO_ERROR || answer->rcode == FW_DNS_NO_SUCH_NAME) return true;
            break; /* a server in trouble: the next */
        }
    }
    return false;
}

bool resolve(base* b, const char* name, uint32_t* address) {
    fw_dns_answer answer;
    char wanted[FW_DNS_NAME_OCTETS];
    bool found = false;
    rt_socket* s;
    if (fw_ipv4_parse(name, strlen(name), address)) return true;
    s = rt_udp_open(&b->net, 0);
    if (s == NULL) return false;
    snprintf(wanted, sizeof wanted, "%s", name);
    for (int hops = 0; hops < ALIASES && !found; ++hops) {
        if (!query(b, s, wanted, &answer) || answer.rcode != FW_DNS_NO_ERROR) break;
        if (answer.address_count > 0) {
            *address = answer.addresses[0];
            found = true;
        } else if (fw_dns_same_name(answer.canonical, wanted)) {
            break;
        }
        memcpy(wanted, answer.canonical, sizeof wanted);
    }
    rt_close(&b->net, s);
    return found;
}

/* ---- HTTP ---------------------------------------------------------------------------------------------------- */

/* "http://host[:port]/path"; false: not of that form. */
static bool split(const char* url, char* host, size_t size, uint16_t* port, const char** path) {
    const char *begin = url + 7, *end, *colon;
    if (strncmp(url, "http://", 7) != 0) return false;
    end = begin + strcspn(begin, "/");
    colon = memchr(begin, ':', (size_t)(end - begin));
    *port = 80;
    if (colon != NULL) {
        const long number = strtol(colon + 1, NULL, 10);
        if (number < 1 || number > 65535) return false;
        *port = (uint16_t)number;
    }
    if ((size_t)((colon ? colon : end) - begin) >= size || end == begin) return false;
    snprintf(host, size, "%.*s", (int)((colon ? colon : end) - begin), begin);
    *path = *end ? end : "/";
    return true;
}

typedef struct {
    base* b;
    rt_socket* s;
    char octets[HEADER_OCTETS];
    size_t have, at;
    bool ended;
} reader;

/* The next octet, or -1: the stream ended, or nothing came in time. */
static int next(reader* r) {
    if (r->at == r->have) {
        const int n = rt_tcp_receive(&r->b->net, r->s, r->octets, sizeof r->octets, SILENCE_MS);
        r->ended = n == 0;
        if (n <= 0) return -1;
        r->have = (size_t)n;
        r->at = 0;
    }
    return (uint8_t)r->octets[r->at++];
}

static bool read_line(reader* r, char* line, size_t size) {
    size_t n = 0;
    int c;
    while ((c = next(r)) >= 0 && c != '\n') {
        if (n + 1 >= size) return false;
        line[n++] = (char)c;
    }
    if (n > 0 && line[n - 1] == '\r') --n;
    line[n] = '\0';
    return c == '\n';
}

static bool read_octets(reader* r, web_answer* out, size_t n) {
    for (; n > 0; --n) {
        const int c = next(r);
        if (c < 0) return false;
        if (out->octets == FILE_OCTETS) {
            out->too_large = true;
            return false;
        }
        out->body[out->octets++] = (char)c;
    }
    return true;
}

static bool read_chunks(reader* r, web_answer* out) {
    char line[80], *end;
    for (;;) {
        unsigned long n;
        if (!read_line(r, line, sizeof line)) return false;
        n = strtoul(line, &end, 16);
        if (end == line || n > 1u << 20) return false;
        if (n == 0) return true;
        if (!read_octets(r, out, n) || !read_line(r, line, sizeof line) || line[0] != '\0') return false;
    }
}

static bool read_response(reader* r, web_answer* out, char* location, size_t size) {
    char line[512];
    long length = -1;
    bool chunked = false;
    unsigned status = 0;
    if (!read_line(r, line, sizeof line) || sscanf(line, "HTTP/1.%*1[01] %3u", &status) != 1 || status < 100)
        return false;
    for (;;) {
        char* value;
        if (!read_line(r, line, sizeof line)) return false;
        if (line[0] == '\0') break;
        value = strchr(line, ':');
        if (value == NULL) return false;
        *value++ = '\0';
        value += strspn(value, " \t");
        if (!strcasecmp(line, "content-length")) length = strtol(value, NULL, 10);
        if (!strcasecmp(line, "transfer-encoding")) chunked = !strcasecmp(value, "chunked");
        if (!strcasecmp(line, "retry-after")) out->retry_after_s = (uint32_t)strtoul(value, NULL, 10);
        if (!strcasecmp(line, "location")) snprintf(location, size, "%s", value);
    }
    if (out->retry_after_s > 86400) out->retry_after_s = 86400;
    if (chunked) {
        if (!read_chunks(r, out)) return false;
    } else if (length >= 0) {
        if (length > FILE_OCTETS) out->too_large = true;
        if (!read_octets(r, out, (size_t)length)) return false;
    } else {
        while (read_octets(r, out, 1)) continue;
        if (!r->ended || out->too_large) return false;
    }
    out->status = status;
    return true;
}

static bool once(base* b, const char* url, const char* json, web_answer* out, char* location, size_t size) {
    char host[NAME_OCTETS], request[1200];
    const char* path;
    uint32_t address;
    uint16_t port;
    size_t n = 0;
    reader* r;
    bool done;
    memset(out, 0, sizeof *out);
    location[0] = '\0';
    if (!split(url, host, sizeof host, &port, &path) || !resolve(b, host, &address)) return false;
    fw_append(request, sizeof request, &n, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nConnection: close\r\n",
              json ? "POST" : "GET", path, host, b->agent);
    if (json != NULL)
        fw_append(request, sizeof request, &n, "Content-Type: application/json\r\nContent-Length: %u\r\n",
                  (unsigned)strlen(json));
    if (!fw_append(request, sizeof request, &n, "\r\n%s", json ? json : "")) return false;
    r = calloc(1, sizeof *r);
    if (r == NULL) return false;
    r->b = b;
    r->s = rt_tcp_connect(&b->net, address, port, CONNECT_MS);
    if (r->s == NULL) {
        free(r);
        return false;
    }
    rt_tcp_send(&b->net, r->s, request, n);
    done = read_response(r, out, location, size);
    rt_close(&b->net, r->s);
    free(r);
    out->body[out->octets] = '\0';
    if (!done) out->status = 0;
    return done;
}

void web_exchange(base* b, const char* url, const char* json, web_answer* out) {
    char location[URL_OCTETS], at[URL_OCTETS + 24];
    snprintf(at, sizeof at, "%s", url);
    for (int i = 0; i <= REDIRECTS; ++i) {
        if (!once(b, at, json, out, location, sizeof location)) return;
        if (out->status < 301 || out->status > 308 || out->status == 304 || strncmp(location, "http://", 7) != 0)
            return;
        if (out->status == 303) json = NULL;
        snprintf(at, sizeof at, "%s", location);
    }
}
