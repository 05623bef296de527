/* SPDX-License-Identifier: MIT-0
 *
 * HTTP/1.1 client (RFC 9112): one GET or POST at a time over a connection of its own. Follows redirects, reads
 * Content-Length, chunked and until-close bodies up to a limit, reports Retry-After. http only, no TLS.
 */
#ifndef FW_HTTP_CLIENT_H
#define FW_HTTP_CLIENT_H

#include "dns_client.h"
#include "fw_io.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_URL_OCTETS = 256, FW_HTTP_REQUEST_BODY_MAX = 512, FW_HTTP_SOCKETS = 8, FW_HTTP_REDIRECTS_MAX = 5 };

enum fw_http_error {
    FW_HTTP_OK = 0, /* a response was read; look at its status */
    FW_HTTP_BAD_URL,
    FW_HTTP_NAME_NOT_FOUND,
    FW_HTTP_NAME_TIMEOUT,
    FW_HTTP_CONNECT_FAILED,
    FW_HTTP_CONNECT_TIMEOUT,
    FW_HTTP_RESPONSE_TIMEOUT,
    FW_HTTP_CLOSED_EARLY,
    FW_HTTP_MALFORMED,
    FW_HTTP_TOO_LARGE,
    FW_HTTP_TOO_MANY_REDIRECTS
};
const char* fw_http_error_text(enum fw_http_error error);

typedef struct fw_http_result {
    enum fw_http_error error;
    unsigned status;        /* 0 unless error is FW_HTTP_OK */
    uint32_t retry_after_s; /* 0: not asked for; at most a day */
    const char* body;       /* terminated behind its end; valid only during the callback */
    size_t body_octets;
} fw_http_result;
typedef void (*fw_http_done)(void* context, const fw_http_result* result);

typedef struct fw_http_config {
    uint32_t timer, token;
    uint32_t socket_first; /* FW_HTTP_SOCKETS of them, used in turn so that no late event is mistaken */
    char user_agent[96];
    uint32_t body_octets_max;
    char proxy[64]; /* "proxy.csp.example:3128" takes every request, in absolute form (RFC 9112, 3.2.2); "": none */
} fw_http_config;

enum fw_http_state { FW_HTTP_IDLE, FW_HTTP_RESOLVING, FW_HTTP_CONNECTING, FW_HTTP_EXCHANGING };

typedef struct fw_http_client {
    fw_io* io;
    fw_dns_client* dns;
    fw_http_config config;
    enum fw_http_state state;
    uint32_t socket; /* in use */
    int query;
    uint32_t turn;
    unsigned redirects;
    bool post;
    uint64_t deadline_us;
    uint16_t port;
    char url[FW_URL_OCTETS], host[128];
    const char* content_type;
    char request_body[FW_HTTP_REQUEST_BODY_MAX];
    size_t request_body_octets;
    fw_http_done done;
    void* context;
    struct fw_http_response* response;
} fw_http_client;

void fw_http_init(fw_http_client* c, fw_io* io, fw_dns_client* dns, const fw_http_config* config);
/* `body` NULL: GET, else POST; content_type must be a literal. Calls back exactly once unless cancelled, possibly
 * from within this call. A request under way is cancelled first. */
void fw_http_start(fw_http_client* c, const char* url, const char* content_type, const char* body, fw_http_done done,
                   void* context);
void fw_http_cancel(fw_http_client* c); /* also when the network goes away; silent */
void fw_http_free(fw_http_client* c);   /* releases memory, posts nothing */
bool fw_http_handle(fw_http_client* c, const dectbed_event* event);

/* Target of a Location field that came with `base`; false: too long or another scheme than http. */
bool fw_http_resolve_location(const char* base, const char* location, char out[FW_URL_OCTETS]);
/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7) to seconds since 1970. */
bool fw_http_parse_date(const char* text, int64_t* unix_s);

#ifdef __cplusplus
}
#endif
#endif
