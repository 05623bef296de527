/* SPDX-License-Identifier: MIT-0
 *
 * The cut at HTTP as a service: for a firmware that has no HTTP client of its own and asks its host for whole
 * exchanges. A firmware chooses it in its manifest; then a network processor beside the base's own resolves names,
 * connects, does TLS with what the factory wrote, follows redirects, and gives back status, fields and body. Everything
 * it says is on the wire, and what it computes takes time on a processor as fast as the base's.
 *
 * The firmware still configures its address (IP_CONFIGURE) and may use sockets beside it.
 *
 * This file may be used, copied and changed without any condition.
 */
#ifndef DECTBED_HTTP_SERVICE_H
#define DECTBED_HTTP_SERVICE_H

#include "firmware.h"

/* In dectbed_firmware.flags. Bases only. */
enum { DECTBED_FLAG_HTTP_SERVICE = 4 };

enum dectbed_http_request {
    DECTBED_REQ_HTTP_SETUP = 0x0701, /* before the first exchange, and when the network is another */
    DECTBED_REQ_HTTP = 0x0702,
    DECTBED_REQ_HTTP_CANCEL = 0x0703, /* dectbed_req_u32: the exchange; no event of it follows */
    DECTBED_REQ_HTTP_BODY = 0x0704    /* more of the body of a POST */
};
enum dectbed_http_event {
    DECTBED_EV_HTTP_RESPONSE = 0x1701,
    DECTBED_EV_HTTP_BODY = 0x1702 /* pieces in order, until body_octets of the response have come */
};

typedef struct dectbed_req_http_setup {
    dectbed_record record;
    uint32_t dns[3]; /* as DHCP told them; 0: none */
    uint32_t reserved;
    char user_agent[96]; /* zero terminated, as is the next */
    char proxy[64];      /* "proxy.csp.example:3128" takes every request by http; "": none */
} dectbed_req_http_setup;

enum dectbed_http_method { DECTBED_HTTP_GET = 1, DECTBED_HTTP_POST = 2, DECTBED_HTTP_HEAD = 3 };

enum {
    DECTBED_HTTP_EXCHANGES_MAX = 4, /* at a time; more are refused "too many" */
    DECTBED_HTTP_URL_MAX = 255,
    DECTBED_HTTP_FIELDS_MAX = 512,
    DECTBED_HTTP_PIECE_MAX = 16384,  /* octets of a body in one record, either way */
    DECTBED_HTTP_BODY_MAX = 1048576, /* of a request, in all its pieces; longer ones fail with BODY_TOO_LARGE */
    DECTBED_HTTP_RESPONSE_MAX = 65536,
    DECTBED_HTTP_TIMEOUT_MAX_MS = 3600000
};

/* URL, fields and body follow, one after the other. Refused "bad field" if the lengths do not add up or are too long,
 * "wrong state" if this exchange is under way or nothing was set up. */
typedef struct dectbed_req_http {
    dectbed_record record;
    uint32_t exchange;        /* 1..65535, chosen by the firmware */
    uint32_t timeout_ms;      /* for all of it; 0: 60 s */
    uint32_t body_octets_max; /* longer answers fail with TOO_LARGE */
    uint8_t method;           /* enum dectbed_http_method */
    uint8_t reserved[3];
    uint16_t url_octets;
    uint16_t fields_octets; /* lines "Name: value", each ended by CR LF; Content-Type is one of them; not Host,
                               Content-Length, User-Agent, Connection */
    uint16_t body_octets;   /* POST only: what follows here, at most PIECE_MAX */
    uint16_t more; /* POST only, 1: HTTP_BODY brings the rest, and nothing is sent before its last piece; else 0 */
} dectbed_req_http;

/* At most PIECE_MAX octets of any kind follow. The patience of the exchange has begun already. Refused "not found" if
 * there is no such exchange (any more), "wrong state" if its body is whole. */
typedef struct dectbed_req_http_body {
    dectbed_record record;
    uint32_t exchange;
    uint32_t last; /* 1: that was all, and the request goes out; else 0 */
} dectbed_req_http_body;

enum dectbed_http_error {
    DECTBED_HTTP_OK = 0, /* there is a response; look at its status */
    DECTBED_HTTP_BAD_URL = 1,
    DECTBED_HTTP_NAME_NOT_FOUND = 2,
    DECTBED_HTTP_NAME_TIMEOUT = 3,
    DECTBED_HTTP_CONNECT_FAILED = 4,
    DECTBED_HTTP_CONNECT_TIMEOUT = 5,
    DECTBED_HTTP_RESPONSE_TIMEOUT = 6,
    DECTBED_HTTP_CLOSED_EARLY = 7,
    DECTBED_HTTP_MALFORMED = 8,
    DECTBED_HTTP_TOO_LARGE = 9,
    DECTBED_HTTP_TOO_MANY_REDIRECTS = 10,
    DECTBED_HTTP_TLS_FAILED = 11,
    DECTBED_HTTP_TIMEOUT = 12,       /* of the request's own */
    DECTBED_HTTP_BODY_TOO_LARGE = 13 /* of the request; nothing was sent */
};

/* Fields of the response follow, as lines; of an error, its name and what is known of it, for people. */
typedef struct dectbed_ev_http_response {
    dectbed_event event;
    uint32_t exchange;
    uint16_t error;  /* enum dectbed_http_error */
    uint16_t status; /* 0 with an error */
    uint32_t retry_after_s;
    uint32_t body_octets;
} dectbed_ev_http_response;

typedef struct dectbed_ev_http_body { /* at most PIECE_MAX octets follow */
    dectbed_event event;
    uint32_t exchange, offset;
} dectbed_ev_http_body;

#endif
