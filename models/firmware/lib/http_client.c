/* SPDX-License-Identifier: MIT-0 */
#include "http_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http_response.h"

/* Generous for a slow access line, short for a person who waits beside the device. */
static const uint64_t connect_timeout_us = 10 * FW_SECOND_US;
static const uint64_t silence_timeout_us = 15 * FW_SECOND_US;
static const uint64_t exchange_timeout_us = 60 * FW_SECOND_US; /* of what is collected; a download may take longer */
enum {
    upload_octets_per_s = 8000, /* of a slow access line: a long request takes its time before any answer can come */
    default_proxy_port = 3128,
    request_octets_max = 2048,
    authorization_octets = 768,
    cnonce_octets = 8,
    plain_octets = 4096,
    challenges_max = 3
};

static void begin_url(fw_http_client* c);
static void reconnect(fw_http_client* c);

/* --- the connection --- */

/* "proxy.example:3128" into its host and port; false: no proxy, or not one. Not for https: this client knows no
 * CONNECT (RFC 9110, 9.3.6), and TLS would end at the proxy. */
static bool proxy_of(const fw_http_client* c, char host[FW_HTTP_HOST_OCTETS], uint16_t* port) {
    const size_t length = strnlen(c->config.proxy, sizeof c->config.proxy);
    const char* const colon = (const char*)memchr(c->config.proxy, ':', length);
    const size_t host_octets = colon != NULL ? (size_t)(colon - c->config.proxy) : length;
    unsigned long number = default_proxy_port;
    if (c->to.secure || host_octets == 0) return false;
    if (colon != NULL) number = strtoul(colon + 1, NULL, 10);
    if (number == 0 || number > 65535) return false;
    memcpy(host, c->config.proxy, host_octets);
    host[host_octets] = '\0';
    *port = (uint16_t)number;
    return true;
}

/* Whom to connect to: the proxy, or the host of the address. */
static void next_hop(const fw_http_client* c, char host[FW_HTTP_HOST_OCTETS], uint16_t* port) {
    if (proxy_of(c, host, port)) return;
    memcpy(host, c->to.host, sizeof c->to.host);
    *port = c->to.port;
}

static void flush_tls(fw_http_client* c) {
    const uint8_t* data = NULL;
    const uint32_t cpu_us = fw_tls_cpu_us(c->tls);
    if (cpu_us > 0) fw_consume_cpu(c->io, cpu_us);
    const size_t octets = fw_tls_take(c->tls, &data);
    if (octets > 0) fw_tcp_send(c->io, c->config.token, c->socket, data, octets);
}

/* Forgets a connection that is gone already. */
static void forget_connection(fw_http_client* c) {
    fw_tls_free(c->tls);
    c->tls = NULL;
    c->connected = false;
    ++c->generation;
}

static void drop_connection(fw_http_client* c, bool orderly) {
    if (!c->connected) return;
    if (orderly) {
        if (c->tls != NULL) {
            fw_tls_finish(c->tls);
            flush_tls(c);
        }
        fw_tcp_close(c->io, c->socket);
    } else {
        fw_tcp_abort(c->io, c->socket);
    }
    forget_connection(c);
}

static void drop_response(fw_http_client* c) {
    fw_http_response_free(c->response);
    c->response = NULL;
}

/* Leaves whatever is under way without a word to the owner. */
static void leave(fw_http_client* c, bool orderly) {
    if (c->state == FW_HTTP_RESOLVING && c->query >= 0) fw_dns_cancel(c->dns, c->query);
    if (c->state == FW_HTTP_PREPARING) fw_tls_device_cancel(c->config.tls, c);
    if (c->state != FW_HTTP_IDLE || c->connected) fw_timer_stop(c->io, c->config.timer);
    drop_connection(c, orderly);
    c->query = -1;
    c->state = FW_HTTP_IDLE;
}

static void finish(fw_http_client* c, enum fw_http_error error) {
    static const char nothing[] = "";
    fw_http_result result = {error, 0, 0, nothing, 0, nothing, nothing, -1, false, c->detail, nothing};
    struct fw_http_response* response = c->response;
    char* body = c->body;
    c->response = NULL; /* the callback may start the next request */
    c->body = NULL;
    c->body_capacity = 0;
    if (error == FW_HTTP_OK && response != NULL) {
        result.status = response->parser.status_code == 206 ? 200 : response->parser.status_code;
        result.retry_after_s = fw_http_retry_after_s(response);
        result.body_octets = (size_t)c->body_octets;
        if (body != NULL && c->body_octets > 0) result.body = body;
        result.etag = response->etag;
        result.modified = response->modified;
        result.secure = c->to.secure;
        if (response->fields != NULL) result.fields = response->fields;
        if (!fw_http_parse_date(response->date, &result.date_unix)) result.date_unix = -1;
    }
    c->done(c->context, &result);
    free(body);
    fw_http_response_free(response);
}

static void fail(fw_http_client* c, enum fw_http_error error) {
    leave(c, false);
    finish(c, error);
}

/* What can be taken up again is; else the exchange ends. The connection is of no more use. */
static void interrupted(fw_http_client* c, enum fw_http_error error) {
    const bool stale = c->reused && (c->response == NULL || !c->response->started);
    leave(c, false);
    if (stale) { /* the server closed a kept connection when nothing was under way, as it may */
        drop_response(c);
        reconnect(c);
        return;
    }
    const bool broken = error == FW_HTTP_CLOSED_EARLY || error == FW_HTTP_RESPONSE_TIMEOUT;
    const bool strong = c->validator[0] == '"';
    if (broken && !c->io->naive && !c->post && strong && c->body_octets > 0 && c->response != NULL &&
        (c->response->parser.status_code == 200 || c->response->parser.status_code == 206) &&
        c->resumes < FW_HTTP_RESUMES_MAX && c->io->now_us < c->deadline_us) {
        ++c->resumes;
        drop_response(c);
        reconnect(c);
        return;
    }
    drop_response(c);
    finish(c, error);
}

/* --- requests --- */

static bool append_authorization(fw_http_client* c, char* out, size_t size, size_t* used, const char* method) {
    if (c->to.user[0] == '\0' || c->challenged == NULL) return true;
    if (strcmp(c->challenged->host, c->to.host) != 0) return true;
    char value[authorization_octets], cnonce[2 * cnonce_octets + 1];
    fw_random_hex(c->io, cnonce, cnonce_octets);
    return fw_http_authorize(&c->challenged->challenge, c->to.user, c->to.password, method, c->to.target,
                             c->to.target_octets, cnonce, value, sizeof value) &&
           fw_append(out, size, used, "Authorization: %s\r\n", value);
}

static uint64_t upload_us(const fw_http_client* c) {
    if (!c->post || c->request_body_octets <= FW_HTTP_REQUEST_BODY_MAX) return 0;
    return (uint64_t)c->request_body_octets * FW_SECOND_US / upload_octets_per_s;
}

static void send_octets(fw_http_client* c, const char* octets, size_t size) {
    if (c->tls == NULL) {
        fw_tcp_send(c->io, c->config.token, c->socket, octets, size);
    } else {
        fw_tls_write(c->tls, octets, size);
        flush_tls(c);
    }
}

static void send_request(fw_http_client* c) {
    char out[request_octets_max], proxy[FW_HTTP_HOST_OCTETS];
    size_t used = 0;
    uint16_t proxy_port;
    const char* method = c->post ? "POST" : c->options.head ? "HEAD" : "GET";
    const uint16_t usual_port = c->to.secure ? 443 : 80;
    bool fits = fw_append(out, sizeof out, &used, "%s ", method);
    if (proxy_of(c, proxy, &proxy_port)) {
        fits = fits && fw_append(out, sizeof out, &used, "http://%s:%u", c->to.host, c->to.port);
    }
    fits = fits && fw_append(out, sizeof out, &used, "%s%.*s HTTP/1.1\r\nHost: %s", c->to.target[0] == '/' ? "" : "/",
                             (int)c->to.target_octets, c->to.target, c->to.host);
    if (c->to.port != usual_port) fits = fits && fw_append(out, sizeof out, &used, ":%u", c->to.port);
    fits = fits && fw_append(out, sizeof out, &used, "\r\nUser-Agent: %s\r\nAccept: */*\r\n", c->config.user_agent);
    if (c->config.keep_us == 0) fits = fits && fw_append(out, sizeof out, &used, "Connection: close\r\n");
    fits = fits && append_authorization(c, out, sizeof out, &used, method);
    const char* etag = c->options.if_none_match != NULL ? c->options.if_none_match : "";
    const char* since = c->options.if_modified_since != NULL ? c->options.if_modified_since : "";
    if (etag[0] != '\0' && c->body_octets == 0) {
        fits = fits && fw_append(out, sizeof out, &used, "If-None-Match: %s\r\n", etag);
    } else if (since[0] != '\0' && c->body_octets == 0) {
        fits = fits && fw_append(out, sizeof out, &used, "If-Modified-Since: %s\r\n", since);
    }
    if (c->body_octets > 0) {
        fits = fits && fw_append(out, sizeof out, &used, "Range: bytes=%llu-\r\nIf-Range: %s\r\n",
                                 (unsigned long long)c->body_octets, c->validator);
    }
    if (c->options.fields != NULL) fits = fits && fw_append(out, sizeof out, &used, "%s", c->options.fields);
    if (c->post) {
        if (c->content_type != NULL)
            fits = fits && fw_append(out, sizeof out, &used, "Content-Type: %s\r\n", c->content_type);
        fits = fits && fw_append(out, sizeof out, &used, "Content-Length: %zu\r\n\r\n", c->request_body_octets);
    } else {
        fits = fits && fw_append(out, sizeof out, &used, "\r\n");
    }
    drop_response(c);
    c->response = fits ? fw_http_response_new(c) : NULL;
    if (c->response == NULL) {
        fail(c, FW_HTTP_BAD_URL);
        return;
    }
    c->state = FW_HTTP_EXCHANGING;
    const char* body = c->request_body;
    size_t body_octets = c->post ? c->request_body_octets : 0;
    if (body_octets > 0 && body_octets <= sizeof out - used) { /* a short one goes along with its header */
        memcpy(out + used, body, body_octets);
        used += body_octets;
        body_octets = 0;
    }
    send_octets(c, out, used);
    if (body_octets > 0) send_octets(c, body, body_octets);
    fw_timer_start(c->io, c->config.timer, silence_timeout_us + upload_us(c));
}

static void connect_now(fw_http_client* c) {
    c->socket = c->config.socket_first + c->turn++ % FW_HTTP_SOCKETS;
    c->state = FW_HTTP_CONNECTING;
    c->connected = true;
    c->reused = false;
    next_hop(c, c->at_host, &c->at_port);
    c->at_secure = c->to.secure;
    fw_tcp_connect(c->io, c->config.token, c->socket, c->address, c->at_port);
    fw_timer_start(c->io, c->config.timer, connect_timeout_us);
}

static void prepared(void* context) { connect_now((fw_http_client*)context); }

static void reconnect(fw_http_client* c) {
    if (!c->to.secure) {
        connect_now(c);
        return;
    }
    c->state = FW_HTTP_PREPARING;
    fw_tls_device_load(c->config.tls, prepared, c);
}

static void resolved(void* context, enum fw_dns_result result, uint32_t address) {
    fw_http_client* c = (fw_http_client*)context;
    c->query = -1;
    switch (result) {
        case FW_DNS_OK:
            c->address = address;
            reconnect(c);
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

static void begin_url(fw_http_client* c) {
    c->resumes = 0;
    c->body_octets = 0;
    c->validator[0] = '\0';
    if (!fw_http_split(c->url, &c->to) || (c->to.secure && c->config.tls == NULL)) {
        leave(c, true);
        finish(c, FW_HTTP_BAD_URL);
        return;
    }
    char host[FW_HTTP_HOST_OCTETS];
    uint16_t port;
    next_hop(c, host, &port);
    const bool same = strcmp(c->at_host, host) == 0 && c->at_port == port && c->at_secure == c->to.secure;
    if (c->connected && same) {
        c->reused = true;
        send_request(c);
        return;
    }
    leave(c, true);
    c->state = FW_HTTP_RESOLVING;
    c->query = -1;
    const int query = fw_dns_resolve(c->dns, host, resolved, c);
    if (query >= 0) c->query = query;
}

static void secure(fw_http_client* c) {
    const int64_t now = c->config.now_unix != NULL ? c->config.now_unix(c->config.context) : FW_TLS_CLOCK_UNKNOWN;
    c->tls = fw_tls_open(c->config.tls, c->to.host, now);
    if (c->tls == NULL) {
        snprintf(c->detail, sizeof c->detail, "no memory");
        fail(c, FW_HTTP_TLS_FAILED);
        return;
    }
    c->state = FW_HTTP_SECURING;
    flush_tls(c);
    fw_timer_start(c->io, c->config.timer, silence_timeout_us);
}

/* --- responses --- */

static bool is_redirect(unsigned status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* The connection after a whole response: kept, or closed. The exchange may go on. */
static void release_connection(fw_http_client* c) {
    if (c->config.keep_us > 0 && c->connected && c->response->keep) {
        c->state = FW_HTTP_IDLE;
        fw_timer_start(c->io, c->config.timer, c->config.keep_us);
    } else {
        leave(c, true);
    }
}

static void ask_again(fw_http_client* c) {
    drop_response(c);
    if (c->connected) {
        c->reused = true;
        send_request(c);
    } else {
        reconnect(c);
    }
}

static void follow(fw_http_client* c, unsigned status) {
    char target[FW_URL_OCTETS];
    const bool good = fw_http_resolve_location(c->url, c->response->location, target);
    drop_response(c);
    if (!good || ++c->redirects > FW_HTTP_REDIRECTS_MAX) {
        finish(c, good ? FW_HTTP_TOO_MANY_REDIRECTS : FW_HTTP_BAD_URL);
        return;
    }
    if (status != 307 && status != 308) c->post = false; /* RFC 9110, 15.4 */
    c->challenges = 0;
    memcpy(c->url, target, FW_URL_OCTETS);
    begin_url(c);
}

static void complete(fw_http_client* c) {
    struct fw_http_response* r = c->response;
    const unsigned status = r->parser.status_code;
    if (status == 206 && c->body_octets < c->body_total) {
        interrupted(c, FW_HTTP_CLOSED_EARLY);
        return;
    }
    release_connection(c);
    if (status == 401 && c->to.user[0] != '\0' && r->challenge.scheme != FW_HTTP_NO_SCHEME) {
        /* Once; and again if only the nonce had become old (RFC 7616, 3.3). */
        const bool again = c->challenges == 0 || (r->challenge.stale && c->challenges < challenges_max);
        if (again && c->challenged == NULL) c->challenged = (fw_http_challenged*)calloc(1, sizeof *c->challenged);
        if (again && c->challenged != NULL) {
            ++c->challenges;
            c->challenged->challenge = r->challenge;
            c->challenged->challenge.uses = 0;
            memcpy(c->challenged->host, c->to.host, sizeof c->challenged->host);
            c->body_octets = 0;
            ask_again(c);
            return;
        }
    }
    if (status == 416 && c->resumes > 0 && c->resumes < FW_HTTP_RESUMES_MAX) { /* it is another file by now */
        ++c->resumes;
        c->body_octets = 0;
        c->validator[0] = '\0';
        ask_again(c);
        return;
    }
    if (is_redirect(status) && r->location[0] != '\0') {
        follow(c, status);
        return;
    }
    finish(c, FW_HTTP_OK);
}

static void receive(fw_http_client* c, const char* data, size_t octets) {
    struct fw_http_response* r = c->response;
    fw_http_response_read(r, data, octets);
    const enum http_errno error = HTTP_PARSER_ERRNO(&r->parser);
    if (r->complete) {
        complete(c);
    } else if (r->too_large) {
        drop_response(c);
        fail(c, FW_HTTP_TOO_LARGE);
    } else if (octets == 0) {
        interrupted(c, error == HPE_OK || error == HPE_INVALID_EOF_STATE ? FW_HTTP_CLOSED_EARLY : FW_HTTP_MALFORMED);
    } else if (error != HPE_OK || r->parser.upgrade || r->misplaced) {
        drop_response(c);
        fail(c, FW_HTTP_MALFORMED);
    } else if (c->io->now_us >= c->deadline_us) {
        drop_response(c);
        fail(c, FW_HTTP_RESPONSE_TIMEOUT);
    } else {
        const uint64_t rest = c->deadline_us - c->io->now_us;
        fw_timer_start(c->io, c->config.timer, rest < silence_timeout_us ? rest : silence_timeout_us);
    }
}

static void receive_secure(fw_http_client* c, const uint8_t* data, size_t octets) {
    const uint32_t generation = c->generation;
    fw_tls_receive(c->tls, data, octets);
    flush_tls(c);
    if (c->state == FW_HTTP_SECURING && fw_tls_state_of(c->tls) == FW_TLS_OPEN) send_request(c);
    char plain[plain_octets];
    size_t n;
    while (c->generation == generation && (n = fw_tls_read(c->tls, plain, sizeof plain)) > 0) {
        if (c->state != FW_HTTP_EXCHANGING) { /* nobody asked */
            leave(c, false);
            return;
        }
        receive(c, plain, n);
    }
    if (c->generation != generation) return;
    flush_tls(c);
    const enum fw_tls_state state = fw_tls_state_of(c->tls);
    if (state == FW_TLS_FAILED) {
        snprintf(c->detail, sizeof c->detail, "%s", fw_tls_failure(c->tls));
        const bool idle = c->state == FW_HTTP_IDLE;
        fw_tcp_close(c->io, c->socket); /* the alert goes first */
        forget_connection(c);
        drop_response(c);
        leave(c, true);
        if (!idle) finish(c, FW_HTTP_TLS_FAILED);
    } else if (state == FW_TLS_FINISHED) {
        if (c->state == FW_HTTP_EXCHANGING) {
            receive(c, NULL, 0); /* ends a body that lasts until the connection closes */
        } else {
            leave(c, true);
        }
    }
}

static void closed(fw_http_client* c, uint32_t reason) {
    const enum fw_http_state state = c->state;
    /* Under TLS only close_notify ends a body: whoever cuts the connection must not cut the file. */
    const bool orderly = reason == DECTBED_TCP_CLOSED_BY_PEER && c->tls == NULL;
    forget_connection(c); /* the socket is gone already */
    if (state == FW_HTTP_IDLE) {
        fw_timer_stop(c->io, c->config.timer);
    } else if (state == FW_HTTP_EXCHANGING && orderly) {
        receive(c, NULL, 0);
    } else if (state == FW_HTTP_EXCHANGING) {
        interrupted(c, FW_HTTP_CLOSED_EARLY);
    } else if (state == FW_HTTP_SECURING) {
        leave(c, false);
        finish(c, FW_HTTP_CLOSED_EARLY);
    } else {
        leave(c, false);
        finish(c, reason == DECTBED_TCP_TIMEOUT ? FW_HTTP_CONNECT_TIMEOUT : FW_HTTP_CONNECT_FAILED);
    }
}

static void timed_out(fw_http_client* c) {
    if (c->state == FW_HTTP_IDLE) leave(c, true); /* a kept connection nobody wanted */
    if (c->state == FW_HTTP_CONNECTING) fail(c, FW_HTTP_CONNECT_TIMEOUT);
    if (c->state == FW_HTTP_SECURING) fail(c, FW_HTTP_RESPONSE_TIMEOUT);
    if (c->state == FW_HTTP_EXCHANGING) interrupted(c, FW_HTTP_RESPONSE_TIMEOUT);
}

/* --- interface --- */

void fw_http_init(fw_http_client* c, fw_io* io, fw_dns_client* dns, const fw_http_config* config) {
    memset(c, 0, sizeof *c);
    c->io = io;
    c->dns = dns;
    c->config = *config;
    c->query = -1;
}

/* `text` is kept here, `body` is not; one of them at most. */
static void start(fw_http_client* c, const char* url, const fw_http_options* options, const char* content_type,
                  const char* text, const char* body, size_t body_octets, fw_http_done done, void* context) {
    if (c->state != FW_HTTP_IDLE) fw_http_cancel(c);
    const size_t url_octets = strnlen(url, FW_URL_OCTETS);
    const size_t text_octets = text != NULL ? strnlen(text, FW_HTTP_REQUEST_BODY_MAX) : 0;
    static const fw_http_options none;
    c->options = options != NULL ? *options : none;
    c->done = done;
    c->context = context;
    c->redirects = c->challenges = 0;
    c->post = text != NULL || body != NULL;
    c->request_body_octets = text != NULL ? text_octets : body_octets;
    c->content_type = content_type;
    c->detail[0] = '\0';
    c->deadline_us = c->options.sink != NULL ? UINT64_MAX : c->io->now_us + exchange_timeout_us + upload_us(c);
    if (url_octets == FW_URL_OCTETS || text_octets == FW_HTTP_REQUEST_BODY_MAX) {
        finish(c, FW_HTTP_BAD_URL);
        return;
    }
    char* const texts = (char*)malloc(FW_URL_OCTETS + text_octets + 1);
    if (texts == NULL) {
        snprintf(c->detail, sizeof c->detail, "no memory");
        finish(c, FW_HTTP_CONNECT_FAILED);
        return;
    }
    memcpy(texts, url, url_octets + 1);
    if (text != NULL) memcpy(texts + FW_URL_OCTETS, text, text_octets + 1);
    free(c->url); /* now: a caller may ask again by what he was given */
    c->url = texts;
    c->request_body = text != NULL ? texts + FW_URL_OCTETS : body;
    begin_url(c);
}

void fw_http_start(fw_http_client* c, const char* url, const char* content_type, const char* body, fw_http_done done,
                   void* context) {
    start(c, url, NULL, content_type, body, NULL, 0, done, context);
}

void fw_http_get(fw_http_client* c, const char* url, const fw_http_options* options, fw_http_done done, void* context) {
    start(c, url, options, NULL, NULL, NULL, 0, done, context);
}

void fw_http_post(fw_http_client* c, const char* url, const fw_http_options* options, const void* body,
                  size_t body_octets, fw_http_done done, void* context) {
    start(c, url, options, NULL, NULL, body_octets > 0 ? (const char*)body : "", body_octets, done, context);
}

void fw_http_cancel(fw_http_client* c) {
    leave(c, false);
    drop_response(c);
}

void fw_http_free(fw_http_client* c) {
    drop_response(c);
    free(c->body);
    free(c->url);
    free(c->challenged);
    c->body = c->url = NULL;
    c->request_body = NULL;
    c->challenged = NULL;
    c->body_capacity = 0;
    forget_connection(c);
    c->state = FW_HTTP_IDLE;
}

bool fw_http_handle(fw_http_client* c, const dectbed_event* event) {
    if (c->config.tls != NULL && fw_tls_device_handle(c->config.tls, event)) return true;
    switch (event->record.type) {
        case DECTBED_EV_TIMER: {
            if (((const dectbed_ev_timer*)event)->timer != c->config.timer) return false;
            timed_out(c);
            return true;
        }
        case DECTBED_EV_TCP_CONNECTED:
        case DECTBED_EV_TCP_RECEIVED: {
            const uint32_t socket = ((const dectbed_ev_tcp*)event)->socket;
            if (socket - c->config.socket_first >= FW_HTTP_SOCKETS) return false;
            if (!c->connected || socket != c->socket) return true; /* of an exchange that is over */
            if (event->record.type == DECTBED_EV_TCP_CONNECTED) {
                if (c->state != FW_HTTP_CONNECTING) return true;
                if (c->to.secure) {
                    secure(c);
                } else {
                    send_request(c);
                }
                return true;
            }
            const fw_payload payload = fw_event_payload(event);
            if (payload.octets == 0) return true;
            if (c->tls != NULL) {
                receive_secure(c, payload.data, payload.octets);
            } else if (c->state == FW_HTTP_EXCHANGING) {
                receive(c, (const char*)payload.data, payload.octets);
            } else if (c->state == FW_HTTP_IDLE) {
                leave(c, false); /* nobody asked */
            }
            return true;
        }
        case DECTBED_EV_TCP_CLOSED: {
            const dectbed_ev_tcp_closed* e = (const dectbed_ev_tcp_closed*)event;
            if (e->socket - c->config.socket_first >= FW_HTTP_SOCKETS) return false;
            if (c->connected && e->socket == c->socket) closed(c, e->reason);
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
