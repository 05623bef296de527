/* SPDX-License-Identifier: MIT-0 */
#include "third_party_web.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#if !THIRD_PARTY_HTTP_SERVICE

void webInit(Web* w, fw_io* io, fw_dns_client* dns, const fw_http_config* c) {
    w->io = io;
    w->config = *c;
    fw_http_init(&w->client, io, dns, c);
}

void webNetwork(Web* w, const uint32_t* dns, uint32_t count) {
    (void)w; /* its resolver is told of them anyway */
    (void)dns;
    (void)count;
}

void webAsk(Web* w, const char* url, const char* type, const char* body, fw_http_done done, void* ctx) {
    fw_http_start(&w->client, url, type, body, done, ctx);
}

void webCancel(Web* w) { fw_http_cancel(&w->client); }
int webHandle(Web* w, const dectbed_event* e) { return fw_http_handle(&w->client, e); }
void webFree(Web* w) { fw_http_free(&w->client); }

#else

enum { PATIENCE_MS = 60000 };

static void post(Web* w, uint16_t type, void* record, size_t octets) {
    dectbed_record* r = record;
    r->type = type;
    r->size = (uint16_t)octets;
    r->token = w->config.token;
    w->io->host->request(w->io->host->context, r);
}

void webInit(Web* w, fw_io* io, fw_dns_client* dns, const fw_http_config* c) {
    (void)dns;
    memset(w, 0, sizeof *w);
    w->io = io;
    w->config = *c;
}

void webNetwork(Web* w, const uint32_t* dns, uint32_t count) {
    dectbed_req_http_setup s;
    memset(&s, 0, sizeof s);
    for (uint32_t i = 0; i < count && i < sizeof s.dns / sizeof *s.dns; ++i) s.dns[i] = dns[i];
    memcpy(s.user_agent, w->config.user_agent, sizeof s.user_agent);
    memcpy(s.proxy, w->config.proxy, sizeof s.proxy);
    post(w, DECTBED_REQ_HTTP_SETUP, &s, sizeof s);
}

static void finish(Web* w) {
    w->exchange = 0;
    w->done(w->ctx, &w->result); /* may ask again */
}

static void failed(Web* w, enum fw_http_error error) {
    w->result.error = error;
    w->result.status = 0;
    finish(w);
}

void webAsk(Web* w, const char* url, const char* type, const char* body, fw_http_done done, void* ctx) {
    struct {
        dectbed_req_http head;
        char text[DECTBED_HTTP_URL_MAX + DECTBED_HTTP_FIELDS_MAX + FW_HTTP_REQUEST_BODY_MAX];
    } r;
    char fields[128] = "";
    int n;
    static const char nothing[] = "";
    webCancel(w);
    memset(&r, 0, sizeof r);
    memset(&w->result, 0, sizeof w->result);
    w->result.body = w->result.etag = w->result.modified = w->result.detail = w->result.fields = nothing;
    w->result.date_unix = -1;
    w->done = done;
    w->ctx = ctx;
    w->secure = strncmp(url, "https://", 8) == 0;
    if (type != NULL) snprintf(fields, sizeof fields, "Content-Type: %s\r\n", type);
    if (strlen(url) > DECTBED_HTTP_URL_MAX || (body != NULL && strlen(body) >= FW_HTTP_REQUEST_BODY_MAX)) {
        failed(w, FW_HTTP_BAD_URL);
        return;
    }
    w->number = w->number % 65535 + 1;
    w->exchange = w->number;
    r.head.exchange = w->exchange;
    r.head.timeout_ms = PATIENCE_MS;
    r.head.body_octets_max = WEB_BODY_MAX;
    r.head.method = body != NULL ? DECTBED_HTTP_POST : DECTBED_HTTP_GET;
    r.head.url_octets = (uint16_t)strlen(url);
    r.head.fields_octets = (uint16_t)strlen(fields);
    r.head.body_octets = (uint16_t)(body != NULL ? strlen(body) : 0);
    n = snprintf(r.text, sizeof r.text, "%s%s%s", url, fields, body != NULL ? body : "");
    post(w, DECTBED_REQ_HTTP, &r, sizeof r.head + (size_t)n);
}

void webCancel(Web* w) {
    dectbed_req_u32 r;
    if (w->exchange == 0) return;
    memset(&r, 0, sizeof r);
    r.value = w->exchange;
    w->exchange = 0;
    post(w, DECTBED_REQ_HTTP_CANCEL, &r, sizeof r);
}

static void readDate(Web* w) {
    for (const char* line = w->fields; *line != '\0'; line = strchr(line, '\n') + 1) {
        char value[64];
        if (strncasecmp(line, "Date: ", 6) == 0) {
            snprintf(value, sizeof value, "%.*s", (int)strcspn(line + 6, "\r"), line + 6);
            if (!fw_http_parse_date(value, &w->result.date_unix)) w->result.date_unix = -1;
        }
        if (strchr(line, '\n') == NULL) return;
    }
}

static void response(Web* w, const dectbed_ev_http_response* r, fw_payload text) {
    const size_t n = text.octets < WEB_FIELDS_MAX ? text.octets : WEB_FIELDS_MAX;
    memcpy(w->fields, text.data, n);
    w->fields[n] = '\0';
    if (r->error != DECTBED_HTTP_OK) {
        w->result.detail = w->fields;
        failed(w, r->error == DECTBED_HTTP_TIMEOUT ? FW_HTTP_RESPONSE_TIMEOUT : (enum fw_http_error)r->error);
        return;
    }
    w->result.status = r->status;
    w->result.retry_after_s = r->retry_after_s;
    w->result.secure = w->secure != 0;
    w->result.fields = w->fields;
    w->result.body = w->body;
    w->expected = r->body_octets;
    w->body[0] = '\0';
    readDate(w);
    if (w->expected == 0) finish(w);
}

int webHandle(Web* w, const dectbed_event* e) {
    const fw_payload p = fw_event_payload(e);
    if (e->record.type == DECTBED_EV_HTTP_RESPONSE) {
        const dectbed_ev_http_response* r = (const dectbed_ev_http_response*)e;
        if (w->exchange != 0 && r->exchange == w->exchange) response(w, r, p);
        return 1;
    }
    if (e->record.type == DECTBED_EV_HTTP_BODY) {
        const dectbed_ev_http_body* b = (const dectbed_ev_http_body*)e;
        const size_t at = w->result.body_octets;
        if (w->exchange == 0 || b->exchange != w->exchange) return 1;
        if (b->offset != at || p.octets > WEB_BODY_MAX - at) {
            failed(w, FW_HTTP_TOO_LARGE);
            return 1;
        }
        memcpy(w->body + at, p.data, p.octets);
        w->body[at + p.octets] = '\0';
        w->result.body_octets += p.octets;
        if (w->result.body_octets == w->expected) finish(w);
        return 1;
    }
    if (e->record.type == DECTBED_EV_REFUSED && e->record.token == w->config.token) {
        if (((const dectbed_ev_refused*)e)->request_type == DECTBED_REQ_HTTP && w->exchange != 0)
            failed(w, FW_HTTP_CONNECT_FAILED);
        return 1;
    }
    return 0;
}

void webFree(Web* w) { (void)w; }

#endif
