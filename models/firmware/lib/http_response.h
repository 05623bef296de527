/* SPDX-License-Identifier: MIT-0
 *
 * Reads one response for http_client.c: header fields that matter, and the body into memory or into a sink.
 */
#ifndef FW_HTTP_RESPONSE_H
#define FW_HTTP_RESPONSE_H

#include <http_parser.h>

#include "http_client.h"

enum { FW_HTTP_FIELD_OCTETS = 32, FW_HTTP_VALUE_OCTETS = FW_HTTP_CHALLENGE_OCTETS };

typedef struct fw_http_response {
    http_parser parser;
    fw_http_client* client;
    bool complete, too_large, started, in_value, partial, keep, misplaced;
    char field[FW_HTTP_FIELD_OCTETS], value[FW_HTTP_VALUE_OCTETS]; /* the header line being read */
    char location[FW_URL_OCTETS], retry_after[64], date[64], etag[FW_HTTP_ETAG_OCTETS], modified[64];
    uint64_t range_from, range_total;
    fw_http_challenge challenge;
    char* fields; /* NULL: not to be kept */
    size_t fields_octets;
} fw_http_response;

/* NULL: no memory. */
fw_http_response* fw_http_response_new(fw_http_client* c);
void fw_http_response_free(fw_http_response* r); /* NULL: nothing */
/* `octets` 0: the connection has ended. */
void fw_http_response_read(fw_http_response* r, const char* data, size_t octets);
uint32_t fw_http_retry_after_s(const fw_http_response* r);

#endif
