/* SPDX-License-Identifier: MIT-0
 *
 * HTTP/1.1 client (RFC 9110, RFC 9112): one exchange at a time, http or https. Follows redirects; answers Basic and
 * Digest challenges with the user and password of the address; reads Content-Length, chunked and until-close bodies
 * into memory up to a limit, or hands them on piece by piece; goes on with a download that broke off (Range, If-Range);
 * asks conditionally (If-None-Match); reports Retry-After; keeps its connection for the next exchange if told to.
 */
#ifndef FW_HTTP_CLIENT_H
#define FW_HTTP_CLIENT_H

#include "dns_client.h"
#include "fw_io.h"
#include "fw_tls.h"
#include "http_text.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    FW_HTTP_REQUEST_BODY_MAX = 512, /* of a text, with its end; fw_http_post takes any number of octets */
    FW_HTTP_SOCKETS = 8,
    FW_HTTP_REDIRECTS_MAX = 5,
    FW_HTTP_RESUMES_MAX = 5,
    FW_HTTP_ETAG_OCTETS = 96
};

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
    FW_HTTP_TOO_MANY_REDIRECTS,
    FW_HTTP_TLS_FAILED /* `detail` says why */
};
const char* fw_http_error_text(enum fw_http_error error);

typedef struct fw_http_result {
    enum fw_http_error error;
    unsigned status;        /* 0 unless error is FW_HTTP_OK; 200 for a download that was resumed */
    uint32_t retry_after_s; /* 0: not asked for; at most a day */
    const char* body;       /* terminated behind its end; valid only during the callback; "" with a sink */
    size_t body_octets;     /* with a sink: of what it was given */
    const char* etag;       /* "" if none; valid only during the callback */
    const char* modified;   /* of the field Last-Modified, likewise */
    int64_t date_unix;      /* of the field Date; -1 without */
    bool secure;            /* came by https */
    const char* detail;     /* more about an error, or "" */
    const char* fields;     /* all of them as lines, if they were to be kept; "" else; valid only during the callback */
} fw_http_result;
typedef void (*fw_http_done)(void* context, const fw_http_result* result);
typedef fw_sink fw_http_sink; /* of a body of status 200 */

typedef struct fw_http_config {
    uint32_t timer, token;
    uint32_t socket_first; /* FW_HTTP_SOCKETS of them, used in turn so that no late event is mistaken */
    char user_agent[96];
    uint32_t body_octets_max;
    char proxy[64]; /* "proxy.csp.example:3128" takes every request by http, in absolute form (RFC 9112, 3.2.2); https
                       goes to its server directly; "": none */
    fw_tls_device* tls;                 /* NULL: https is a bad address */
    int64_t (*now_unix)(void* context); /* wall clock for certificates; NULL or FW_TLS_CLOCK_UNKNOWN: not known */
    void* context;
    uint64_t keep_us; /* a connection is kept so long for the next exchange; 0: closed after each */
} fw_http_config;

enum { FW_HTTP_KEPT_FIELDS_OCTETS = 4096 }; /* what does not fit is left out, line by line */

/* Of one exchange; all zero: none. */
typedef struct fw_http_options {
    const char* if_none_match;     /* literal, or valid until the exchange is over; NULL or "": unconditional */
    const char* if_modified_since; /* the same; only counts without if_none_match (RFC 9110, 13.1.3) */
    fw_http_sink sink;             /* NULL: the body is collected */
    bool head;                     /* HEAD instead of GET */
    const char* fields;            /* further ones, lines ended by CR LF, valid as above; NULL: none */
    bool keep_fields;              /* of the response */
} fw_http_options;

enum fw_http_state {
    FW_HTTP_IDLE,
    FW_HTTP_RESOLVING,
    FW_HTTP_PREPARING, /* TLS reads what the factory wrote */
    FW_HTTP_CONNECTING,
    FW_HTTP_SECURING, /* TLS handshake */
    FW_HTTP_EXCHANGING
};

/* Few servers ask for a password, so few devices keep one of these. */
typedef struct fw_http_challenged {
    fw_http_challenge challenge;
    char host[FW_HTTP_HOST_OCTETS];
} fw_http_challenged;

typedef struct fw_http_client {
    fw_io* io;
    fw_dns_client* dns;
    fw_http_config config;
    enum fw_http_state state;
    int query;
    uint32_t turn;
    unsigned redirects, resumes, challenges;
    bool post;
    uint64_t deadline_us;
    uint32_t address; /* of whom we connect to: the host, or the proxy */
    char* url;        /* FW_URL_OCTETS, and behind it the text to be posted; NULL before the first */
    fw_http_address to;
    const char* content_type;
    const char* request_body; /* behind the URL, or the owner's; NULL: none */
    size_t request_body_octets;
    fw_http_options options;
    fw_http_done done;
    void* context;
    struct fw_http_response* response;
    /* what is left of a broken download */
    char* body;
    size_t body_capacity;
    uint64_t body_octets, body_total;
    char validator[FW_HTTP_ETAG_OCTETS];
    /* the connection */
    bool connected, reused;
    uint32_t socket;
    fw_tls* tls;
    uint32_t generation; /* counts connections */
    char at_host[FW_HTTP_HOST_OCTETS];
    uint16_t at_port;
    bool at_secure;
    fw_http_challenged* challenged; /* the server's last challenge, for the requests after it; NULL: none yet */
    char detail[96];
} fw_http_client;

void fw_http_init(fw_http_client* c, fw_io* io, fw_dns_client* dns, const fw_http_config* config);
/* `body` NULL: GET, else POST; content_type must be a literal. Calls back exactly once unless cancelled, possibly
 * from within this call. A request under way is cancelled first. */
void fw_http_start(fw_http_client* c, const char* url, const char* content_type, const char* body, fw_http_done done,
                   void* context);
/* The same with options; a GET, or HEAD. */
void fw_http_get(fw_http_client* c, const char* url, const fw_http_options* options, fw_http_done done, void* context);
/* A POST whose Content-Type stands among the fields of the options. `body` is not copied: any octets, valid until the
 * exchange is over. */
void fw_http_post(fw_http_client* c, const char* url, const fw_http_options* options, const void* body,
                  size_t body_octets, fw_http_done done, void* context);
void fw_http_cancel(fw_http_client* c); /* also when the network goes away; silent; closes a kept connection, too */
void fw_http_free(fw_http_client* c);   /* releases memory, posts nothing */
bool fw_http_handle(fw_http_client* c, const dectbed_event* event);

#ifdef __cplusplus
}
#endif
#endif
