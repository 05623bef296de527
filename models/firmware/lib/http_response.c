/* SPDX-License-Identifier: MIT-0 */
#include "http_response.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const uint32_t retry_after_max_s = 86400;

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
        case FW_HTTP_TLS_FAILED:
            return "tls failed";
    }
    return "unknown";
}

static void copy_span(char* out, size_t size, const char* from, size_t length) {
    const size_t n = length < size ? length : size - 1;
    memcpy(out, from, n);
    out[n] = '\0';
}

/* A date is turned into a delay by the response's own Date: the device need not know what time it is. */
uint32_t fw_http_retry_after_s(const fw_http_response* r) {
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

static fw_http_response* of(http_parser* parser) { return (fw_http_response*)parser->data; }

static void read_content_range(fw_http_response* r) {
    unsigned long long from, to, total;
    if (sscanf(r->value, "bytes %llu-%llu/%llu", &from, &to, &total) != 3 || from > to || to >= total) return;
    r->range_from = from;
    r->range_total = total;
    r->partial = true;
}

static void keep_line(fw_http_response* r) {
    if (r->fields == NULL || r->field[0] == '\0') return;
    fw_append(r->fields, FW_HTTP_KEPT_FIELDS_OCTETS, &r->fields_octets, "%s: %s\r\n", r->field, r->value);
}

static void end_header_line(fw_http_response* r) {
    keep_line(r);
    const struct {
        const char* field;
        char* to;
        size_t size;
    } kept[] = {{"location", r->location, sizeof r->location},
                {"retry-after", r->retry_after, sizeof r->retry_after},
                {"date", r->date, sizeof r->date},
                {"etag", r->etag, sizeof r->etag},
                {"last-modified", r->modified, sizeof r->modified}};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; ++i) {
        if (strcasecmp(r->field, kept[i].field) == 0) copy_span(kept[i].to, kept[i].size, r->value, strlen(r->value));
    }
    if (strcasecmp(r->field, "www-authenticate") == 0) fw_http_read_challenge(r->value, &r->challenge);
    if (strcasecmp(r->field, "content-range") == 0) read_content_range(r);
    r->field[0] = r->value[0] = '\0';
    r->in_value = false;
}

static void append_span(char* out, size_t size, const char* at, size_t length) {
    const size_t used = strlen(out);
    copy_span(out + used, size - used, at, length);
}

static int on_header_field(http_parser* parser, const char* at, size_t length) {
    fw_http_response* r = of(parser);
    if (r->in_value) end_header_line(r);
    append_span(r->field, sizeof r->field, at, length);
    return 0;
}

static int on_header_value(http_parser* parser, const char* at, size_t length) {
    fw_http_response* r = of(parser);
    r->in_value = true;
    append_span(r->value, sizeof r->value, at, length);
    return 0;
}

static bool streams(const fw_http_response* r) {
    const unsigned status = r->parser.status_code;
    return r->client->options.sink != NULL && (status == 200 || status == 206);
}

static int on_headers_complete(http_parser* parser) {
    fw_http_response* r = of(parser);
    fw_http_client* c = r->client;
    end_header_line(r);
    if (parser->status_code < 200) return 0; /* the response is still to come */
    const bool sized = (parser->flags & F_CONTENTLENGTH) != 0;
    if (parser->status_code == 206) {
        /* Only what continues what is there already is of use. */
        r->misplaced = !r->partial || r->range_from != c->body_octets || c->body_octets == 0;
        if (r->misplaced) return -1;
        c->body_total = r->range_total;
    } else {
        c->body_octets = 0; /* a body begins anew */
        c->body_total = sized ? parser->content_length : 0;
        if (parser->status_code == 200) memcpy(c->validator, r->etag, sizeof c->validator);
    }
    if (c->options.head) return 1; /* no body, whatever the header says */
    if (sized && !streams(r) && c->body_octets + parser->content_length > c->config.body_octets_max) {
        r->too_large = true;
        return -1;
    }
    return 0;
}

static int on_body(http_parser* parser, const char* at, size_t length) {
    fw_http_response* r = of(parser);
    fw_http_client* c = r->client;
    if (streams(r)) {
        const uint64_t offset = c->body_octets;
        c->body_octets += length;
        if (c->options.sink(c->context, offset, at, length)) return 0;
        r->too_large = true;
        return -1;
    }
    if (length > c->config.body_octets_max - c->body_octets) {
        r->too_large = true;
        return -1;
    }
    const size_t used = (size_t)c->body_octets;
    if (used + length + 1 > c->body_capacity) {
        const size_t wanted = 2 * (used + length) + 1;
        char* grown = (char*)realloc(c->body, wanted);
        if (grown == NULL) return -1;
        c->body = grown;
        c->body_capacity = wanted;
    }
    memcpy(c->body + used, at, length);
    c->body_octets += length;
    c->body[c->body_octets] = '\0';
    return 0;
}

static int on_message_complete(http_parser* parser) {
    fw_http_response* r = of(parser);
    if (parser->status_code >= 200) {
        r->complete = true;
        r->keep = http_should_keep_alive(parser) != 0;
        http_parser_pause(parser, 1);
    }
    return 0;
}

fw_http_response* fw_http_response_new(fw_http_client* c) {
    fw_http_response* r = (fw_http_response*)calloc(1, sizeof *r);
    if (r == NULL) return NULL;
    http_parser_init(&r->parser, HTTP_RESPONSE);
    r->parser.data = r;
    r->client = c;
    if (c->options.keep_fields) r->fields = (char*)calloc(1, FW_HTTP_KEPT_FIELDS_OCTETS);
    return r;
}

void fw_http_response_free(fw_http_response* r) {
    if (r == NULL) return;
    free(r->fields);
    free(r);
}

void fw_http_response_read(fw_http_response* r, const char* data, size_t octets) {
    http_parser_settings s;
    http_parser_settings_init(&s);
    s.on_header_field = on_header_field;
    s.on_header_value = on_header_value;
    s.on_headers_complete = on_headers_complete;
    s.on_body = on_body;
    s.on_message_complete = on_message_complete;
    if (octets > 0) r->started = true;
    http_parser_execute(&r->parser, &s, data, octets);
}
