/* SPDX-License-Identifier: MIT-0 */
#include "http_client.h"

#include <http_parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Generous for a slow access line, short for a person who waits beside the device. */
static const uint64_t connect_timeout_us = 10 * FW_SECOND_US;
static const uint64_t silence_timeout_us = 15 * FW_SECOND_US;
static const uint64_t exchange_timeout_us = 60 * FW_SECOND_US;
static const uint32_t retry_after_max_s = 86400;
enum {
    default_port = 80,
    default_proxy_port = 3128,
    request_octets_max = 1536,
    field_octets = 32,
    value_octets = FW_URL_OCTETS
};

struct fw_http_response {
    http_parser parser;
    fw_http_client* client;
    char* body;
    size_t octets, capacity;
    bool complete, too_large, in_value;
    char field[field_octets], value[value_octets]; /* the header line being read */
    char location[value_octets], retry_after[64], date[64];
};

const char* fw_http_error_text(enum fw_http_error error) {
    switch (error) {
        case FW_HTTP_OK:
            return "ok";
        case FW_HTTP_BAD_URL:
            return "bad url";
        case FW_HTTP_NAME_NOT_FOUND:
            return "name not found";
        case FW_HTTP_NAME_TIMEOUT:
            return "no answer from dns";
        case FW_HTTP_CONNECT_FAILED:
            return "connection refused";
        case FW_HTTP_CONNECT_TIMEOUT:
            return "connection timed out";
        case FW_HTTP_RESPONSE_TIMEOUT:
            return "no response";
        case FW_HTTP_CLOSED_EARLY:
            return "connection closed early";
        case FW_HTTP_MALFORMED:
            return "malformed response";
        case FW_HTTP_TOO_LARGE:
            return "response too large";
        case FW_HTTP_TOO_MANY_REDIRECTS:
            return "too many redirects";
    }
    return "unknown";
}

/* --- text --- */

static void copy_span(char* out, size_t size, const char* from, size_t length) {
    const size_t n = length < size ? length : size - 1;
    memcpy(out, from, n);
    out[n] = '\0';
}

bool fw_http_parse_date(const char* text, int64_t* unix_s) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4];
    unsigned day, year, hour, minute, second;
    if (sscanf(text, "%*3c, %2u %3s %4u %2u:%2u:%2u GMT", &day, month, &year, &hour, &minute, &second) != 6)
        return false;
    const char* at = strstr(months, month);
    if (at == NULL || strlen(month) != 3 || (at - months) % 3 != 0) return false;
    if (day < 1 || day > 31 || year < 1970 || hour > 23 || minute > 59 || second > 60) return false;
    /* days from civil, with the year beginning in March */
    const int m = (int)(at - months) / 3 + 1;
    const int64_t y = (int64_t)year - (m <= 2);
    const int64_t era = y / 400, of_era = y - era * 400;
    const int64_t of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;
    const int64_t days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
    *unix_s = days * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

/* A date is turned into a delay by the response's own Date: the device need not know what time it is. */
static uint32_t retry_after_s(const struct fw_http_response* r) {
    const char* text = r->retry_after;
    int64_t seconds = 0, then, now;
    if (*text >= '0' && *text <= '9') {
        for (; *text >= '0' && *text <= '9' && seconds <= retry_after_max_s; ++text)
            seconds = seconds * 10 + (*text - '0');
    } else if (fw_http_parse_date(text, &then) && fw_http_parse_date(r->date, &now)) {
        seconds = then - now;
    }
    if (seconds < 0) return 0;
    return seconds > retry_after_max_s ? retry_after_max_s : (uint32_t)seconds;
}

/* Splits http://host[:port]/path?query; path gets its leading slash. */
static bool split_url(const char* url, char* host, size_t host_size, uint16_t* port, const char** path,
                      size_t* path_octets) {
    struct http_parser_url parts;
    const size_t length = strlen(url);
    http_parser_url_init(&parts);
    if (http_parser_parse_url(url, length, 0, &parts) != 0) return false;
    if (!(parts.field_set & 1 << UF_SCHEMA) || !(parts.field_set & 1 << UF_HOST)) return false;
    if (parts.field_data[UF_SCHEMA].len != 4 || strncasecmp(url + parts.field_data[UF_SCHEMA].off, "http", 4) != 0) {
        return false;
    }
    if (parts.field_data[UF_HOST].len == 0 || parts.field_data[UF_HOST].len >= host_size) return false;
    copy_span(host, host_size, url + parts.field_data[UF_HOST].off, parts.field_data[UF_HOST].len);
    *port = parts.field_set & 1 << UF_PORT ? parts.port : default_port;
    *path = "/";
    *path_octets = 1;
    if (parts.field_set & 1 << UF_PATH) {
        *path = url + parts.field_data[UF_PATH].off;
        *path_octets = parts.field_data[UF_PATH].len;
        if (parts.field_set & 1 << UF_QUERY) {
            *path_octets =
                parts.field_data[UF_QUERY].off + parts.field_data[UF_QUERY].len - parts.field_data[UF_PATH].off;
        }
    }
    return *port != 0;
}

bool fw_http_resolve_location(const char* base, const char* location, char out[FW_URL_OCTETS]) {
    size_t used = 0;
    const char* scheme_end = strstr(location, "://");
    if (scheme_end != NULL && strcspn(location, "/?#") > (size_t)(scheme_end - location)) {
        return strncasecmp(location, "http://", 7) == 0 && fw_append(out, FW_URL_OCTETS, &used, "%s", location);
    }
    const char* authority = strstr(base, "://");
    if (authority == NULL) return false;
    authority += 3;
    if (strncmp(location, "//", 2) == 0) return fw_append(out, FW_URL_OCTETS, &used, "http:%s", location);
    const size_t root = (size_t)(authority - base) + strcspn(authority, "/?#");
    if (location[0] == '/') return fw_append(out, FW_URL_OCTETS, &used, "%.*s%s", (int)root, base, location);
    size_t folder = root; /* behind the last slash of the path */
    for (size_t i = root; base[i] != '\0' && base[i] != '?' && base[i] != '#'; ++i) {
        if (base[i] == '/') folder = i + 1;
    }
    return fw_append(out, FW_URL_OCTETS, &used, "%.*s%s%s", (int)folder, base, folder == root ? "/" : "", location);
}

/* --- parser callbacks --- */

static struct fw_http_response* of(http_parser* parser) { return (struct fw_http_response*)parser->data; }

static void end_header_line(struct fw_http_response* r) {
    if (strcasecmp(r->field, "location") == 0) copy_span(r->location, sizeof r->location, r->value, strlen(r->value));
    if (strcasecmp(r->field, "retry-after") == 0) {
        copy_span(r->retry_after, sizeof r->retry_after, r->value, strlen(r->value));
    }
    if (strcasecmp(r->field, "date") == 0) copy_span(r->date, sizeof r->date, r->value, strlen(r->value));
    r->field[0] = r->value[0] = '\0';
    r->in_value = false;
}

static void append_span(char* out, size_t size, const char* at, size_t length) {
    const size_t used = strlen(out);
    copy_span(out + used, size - used, at, length);
}

static int on_header_field(http_parser* parser, const char* at, size_t length) {
    struct fw_http_response* r = of(parser);
    if (r->in_value) end_header_line(r);
    append_span(r->field, sizeof r->field, at, length);
    return 0;
}

static int on_header_value(http_parser* parser, const char* at, size_t length) {
    struct fw_http_response* r = of(parser);
    r->in_value = true;
    append_span(r->value, sizeof r->value, at, length);
    return 0;
}

static int on_headers_complete(http_parser* parser) {
    struct fw_http_response* r = of(parser);
    end_header_line(r);
    if ((parser->flags & F_CONTENTLENGTH) && parser->content_length > r->client->config.body_octets_max) {
        r->too_large = true;
        return -1;
    }
    return 0;
}

static int on_body(http_parser* parser, const char* at, size_t length) {
    struct fw_http_response* r = of(parser);
    if (length > r->client->config.body_octets_max - r->octets) {
        r->too_large = true;
        return -1;
    }
    if (r->octets + length + 1 > r->capacity) {
        const size_t wanted = 2 * (r->octets + length) + 1;
        char* grown = (char*)realloc(r->body, wanted);
        if (grown == NULL) return -1;
        r->body = grown;
        r->capacity = wanted;
    }
    memcpy(r->body + r->octets, at, length);
    r->octets += length;
    r->body[r->octets] = '\0';
    return 0;
}

static int on_message_complete(http_parser* parser) {
    struct fw_http_response* r = of(parser);
    if (parser->status_code >= 200) {
        r->complete = true;
        http_parser_pause(parser, 1);
    }
    return 0;
}

static void parser_settings(http_parser_settings* s) {
    http_parser_settings_init(s);
    s->on_header_field = on_header_field;
    s->on_header_value = on_header_value;
    s->on_headers_complete = on_headers_complete;
    s->on_body = on_body;
    s->on_message_complete = on_message_complete;
}

/* --- the exchange --- */

static void drop_response(fw_http_client* c) {
    if (c->response != NULL) free(c->response->body);
    free(c->response);
    c->response = NULL;
}

/* Leaves whatever is under way without a word to the owner. */
static void leave(fw_http_client* c, bool orderly) {
    if (c->state == FW_HTTP_IDLE) return;
    fw_timer_stop(c->io, c->config.timer);
    if (c->state == FW_HTTP_RESOLVING) fw_dns_cancel(c->dns, c->query);
    if (c->state == FW_HTTP_CONNECTING || c->state == FW_HTTP_EXCHANGING) {
        if (orderly) {
            fw_tcp_close(c->io, c->socket);
        } else {
            fw_tcp_abort(c->io, c->socket);
        }
    }
    c->query = -1;
    c->state = FW_HTTP_IDLE;
}

static void finish(fw_http_client* c, enum fw_http_error error) {
    static const char nothing[] = "";
    fw_http_result result = {error, 0, 0, nothing, 0};
    struct fw_http_response* response = c->response;
    c->response = NULL; /* the callback may start the next request */
    if (error == FW_HTTP_OK && response != NULL) {
        result.status = response->parser.status_code;
        result.retry_after_s = retry_after_s(response);
        if (response->body != NULL) result.body = response->body;
        result.body_octets = response->octets;
    }
    c->done(c->context, &result);
    if (response != NULL) free(response->body);
    free(response);
}

static void fail(fw_http_client* c, enum fw_http_error error) {
    leave(c, false);
    finish(c, error);
}

static bool proxy_of(const fw_http_client* c, char* host, size_t host_size, uint16_t* port);

static void connect_to(fw_http_client* c, uint32_t address) {
    char proxy[sizeof c->config.proxy];
    uint16_t port = c->port;
    proxy_of(c, proxy, sizeof proxy, &port);
    c->socket = c->config.socket_first + c->turn++ % FW_HTTP_SOCKETS;
    c->state = FW_HTTP_CONNECTING;
    fw_tcp_connect(c->io, c->config.token, c->socket, address, port);
    fw_timer_start(c->io, c->config.timer, connect_timeout_us);
}

static void resolved(void* context, enum fw_dns_result result, uint32_t address) {
    fw_http_client* c = (fw_http_client*)context;
    c->query = -1;
    switch (result) {
        case FW_DNS_OK:
            connect_to(c, address);
            return;
        case FW_DNS_NOT_FOUND:
            c->state = FW_HTTP_IDLE;
            finish(c, FW_HTTP_NAME_NOT_FOUND);
            return;
        case FW_DNS_TIMEOUT:
        case FW_DNS_FAILED:
            c->state = FW_HTTP_IDLE;
            finish(c, FW_HTTP_NAME_TIMEOUT);
            return;
    }
}

/* "proxy.example:3128" into its host and, unless `port` is null, its port; false: no proxy, or not one. */
static bool proxy_of(const fw_http_client* c, char* host, size_t host_size, uint16_t* port) {
    const size_t length = strnlen(c->config.proxy, sizeof c->config.proxy);
    const char* const colon = (const char*)memchr(c->config.proxy, ':', length);
    const size_t host_octets = colon != NULL ? (size_t)(colon - c->config.proxy) : length;
    unsigned long number = default_proxy_port;
    if (host_octets == 0 || host_octets >= host_size) return false;
    if (colon != NULL) number = strtoul(colon + 1, NULL, 10);
    if (number == 0 || number > 65535) return false;
    copy_span(host, host_size, c->config.proxy, host_octets);
    if (port != NULL) *port = (uint16_t)number;
    return true;
}

static void begin_url(fw_http_client* c) {
    const char* path;
    size_t path_octets;
    if (!split_url(c->url, c->host, sizeof c->host, &c->port, &path, &path_octets)) {
        c->state = FW_HTTP_IDLE;
        finish(c, FW_HTTP_BAD_URL);
        return;
    }
    char proxy[sizeof c->config.proxy];
    const bool through_proxy = proxy_of(c, proxy, sizeof proxy, NULL);
    c->state = FW_HTTP_RESOLVING;
    c->query = -1;
    const int query = fw_dns_resolve(c->dns, through_proxy ? proxy : c->host, resolved, c);
    if (query >= 0) c->query = query;
}

static void send_request(fw_http_client* c) {
    char out[request_octets_max], proxy[sizeof c->config.proxy];
    const char* path = "/";
    size_t used = 0, path_octets = 1;
    bool fits = split_url(c->url, c->host, sizeof c->host, &c->port, &path, &path_octets);
    fits = fits && fw_append(out, sizeof out, &used, "%s ", c->post ? "POST" : "GET");
    if (proxy_of(c, proxy, sizeof proxy, NULL)) {
        fits = fits && fw_append(out, sizeof out, &used, "http://%s:%u", c->host, c->port);
    }
    fits = fits && fw_append(out, sizeof out, &used, "%s%.*s HTTP/1.1\r\nHost: %s", path[0] == '/' ? "" : "/",
                             (int)path_octets, path, c->host);
    if (c->port != default_port) fits = fits && fw_append(out, sizeof out, &used, ":%u", c->port);
    fits = fits && fw_append(out, sizeof out, &used, "\r\nUser-Agent: %s\r\nAccept: */*\r\nConnection: close\r\n",
                             c->config.user_agent);
    if (c->post) {
        fits = fits && fw_append(out, sizeof out, &used, "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
                                 c->content_type, c->request_body_octets, c->request_body);
    } else {
        fits = fits && fw_append(out, sizeof out, &used, "\r\n");
    }
    struct fw_http_response* r = fits ? (struct fw_http_response*)calloc(1, sizeof *r) : NULL;
    if (r == NULL) {
        fail(c, FW_HTTP_BAD_URL);
        return;
    }
    http_parser_init(&r->parser, HTTP_RESPONSE);
    r->parser.data = r;
    r->client = c;
    c->response = r;
    c->state = FW_HTTP_EXCHANGING;
    c->deadline_us = c->io->now_us + exchange_timeout_us;
    fw_tcp_send(c->io, c->config.token, c->socket, out, used);
    fw_timer_start(c->io, c->config.timer, silence_timeout_us);
}

static bool is_redirect(unsigned status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static void complete(fw_http_client* c) {
    const unsigned status = c->response->parser.status_code;
    char target[FW_URL_OCTETS];
    leave(c, true);
    if (!is_redirect(status) || c->response->location[0] == '\0') {
        finish(c, FW_HTTP_OK);
        return;
    }
    const bool good = fw_http_resolve_location(c->url, c->response->location, target);
    drop_response(c);
    if (!good || ++c->redirects > FW_HTTP_REDIRECTS_MAX) {
        finish(c, good ? FW_HTTP_TOO_MANY_REDIRECTS : FW_HTTP_BAD_URL);
        return;
    }
    if (status != 307 && status != 308) c->post = false; /* RFC 9110, 15.4 */
    memcpy(c->url, target, sizeof c->url);
    begin_url(c);
}

static void receive(fw_http_client* c, const char* data, size_t octets) {
    http_parser_settings settings;
    parser_settings(&settings);
    http_parser_execute(&c->response->parser, &settings, data, octets);
    const enum http_errno error = HTTP_PARSER_ERRNO(&c->response->parser);
    if (c->response->complete) {
        complete(c);
    } else if (c->response->too_large) {
        drop_response(c);
        fail(c, FW_HTTP_TOO_LARGE);
    } else if (error != HPE_OK || c->response->parser.upgrade) {
        const bool at_end = octets == 0 && error == HPE_INVALID_EOF_STATE;
        drop_response(c);
        fail(c, at_end ? FW_HTTP_CLOSED_EARLY : FW_HTTP_MALFORMED);
    } else if (octets == 0) {
        drop_response(c);
        fail(c, FW_HTTP_CLOSED_EARLY);
    } else if (c->io->now_us >= c->deadline_us) {
        drop_response(c);
        fail(c, FW_HTTP_RESPONSE_TIMEOUT);
    } else {
        const uint64_t rest = c->deadline_us - c->io->now_us;
        fw_timer_start(c->io, c->config.timer, rest < silence_timeout_us ? rest : silence_timeout_us);
    }
}

static void closed(fw_http_client* c, uint32_t reason) {
    if (c->state == FW_HTTP_EXCHANGING && reason == DECTBED_TCP_CLOSED_BY_PEER) {
        receive(c, NULL, 0); /* ends a body that lasts until the connection closes */
        return;
    }
    const bool connecting = c->state == FW_HTTP_CONNECTING;
    drop_response(c);
    fw_timer_stop(c->io, c->config.timer);
    c->state = FW_HTTP_IDLE; /* the socket is gone already */
    finish(c, !connecting                     ? FW_HTTP_CLOSED_EARLY
              : reason == DECTBED_TCP_TIMEOUT ? FW_HTTP_CONNECT_TIMEOUT
                                              : FW_HTTP_CONNECT_FAILED);
}

void fw_http_init(fw_http_client* c, fw_io* io, fw_dns_client* dns, const fw_http_config* config) {
    memset(c, 0, sizeof *c);
    c->io = io;
    c->dns = dns;
    c->config = *config;
    c->query = -1;
}

void fw_http_start(fw_http_client* c, const char* url, const char* content_type, const char* body, fw_http_done done,
                   void* context) {
    fw_http_cancel(c);
    const size_t url_octets = strnlen(url, FW_URL_OCTETS);
    const size_t body_octets = body != NULL ? strnlen(body, FW_HTTP_REQUEST_BODY_MAX) : 0;
    c->done = done;
    c->context = context;
    c->redirects = 0;
    c->post = body != NULL;
    c->content_type = content_type;
    if (url_octets == FW_URL_OCTETS || body_octets == FW_HTTP_REQUEST_BODY_MAX) {
        finish(c, FW_HTTP_BAD_URL);
        return;
    }
    memcpy(c->url, url, url_octets + 1);
    if (body != NULL) memcpy(c->request_body, body, body_octets + 1);
    c->request_body_octets = body_octets;
    begin_url(c);
}

void fw_http_cancel(fw_http_client* c) {
    leave(c, false);
    drop_response(c);
}

void fw_http_free(fw_http_client* c) {
    drop_response(c);
    c->state = FW_HTTP_IDLE;
}

bool fw_http_handle(fw_http_client* c, const dectbed_event* event) {
    switch (event->record.type) {
        case DECTBED_EV_TIMER: {
            if (((const dectbed_ev_timer*)event)->timer != c->config.timer) return false;
            if (c->state == FW_HTTP_CONNECTING) fail(c, FW_HTTP_CONNECT_TIMEOUT);
            if (c->state == FW_HTTP_EXCHANGING) {
                drop_response(c);
                fail(c, FW_HTTP_RESPONSE_TIMEOUT);
            }
            return true;
        }
        case DECTBED_EV_TCP_CONNECTED:
        case DECTBED_EV_TCP_RECEIVED: {
            const uint32_t socket = ((const dectbed_ev_tcp*)event)->socket;
            if (socket - c->config.socket_first >= FW_HTTP_SOCKETS) return false;
            if (socket != c->socket) return true; /* of an exchange that is over */
            if (event->record.type == DECTBED_EV_TCP_CONNECTED) {
                if (c->state == FW_HTTP_CONNECTING) send_request(c);
            } else if (c->state == FW_HTTP_EXCHANGING) {
                const fw_payload payload = fw_event_payload(event);
                if (payload.octets > 0) receive(c, (const char*)payload.data, payload.octets);
            }
            return true;
        }
        case DECTBED_EV_TCP_CLOSED: {
            const dectbed_ev_tcp_closed* e = (const dectbed_ev_tcp_closed*)event;
            if (e->socket - c->config.socket_first >= FW_HTTP_SOCKETS) return false;
            const bool ours = c->state == FW_HTTP_CONNECTING || c->state == FW_HTTP_EXCHANGING;
            if (ours && e->socket == c->socket) closed(c, e->reason);
            return true;
        }
        case DECTBED_EV_REFUSED: {
            if (event->record.token != c->config.token) return false;
            const dectbed_ev_refused* e = (const dectbed_ev_refused*)event;
            if (e->request_type == DECTBED_REQ_TCP_CONNECT && c->state == FW_HTTP_CONNECTING) {
                closed(c, DECTBED_TCP_UNREACHABLE);
            }
            return true;
        }
        default:
            return false;
    }
}
