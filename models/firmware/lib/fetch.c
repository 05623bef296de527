/* SPDX-License-Identifier: MIT-0 */
#include "fetch.h"

#include <stdlib.h>
#include <string.h>

/* What fits Ethernet, and a few blocks in flight: 8 kB in two round trips. */
enum { tftp_block_octets = 1428, tftp_window = 4 };

void fw_fetch_init(fw_fetch* f, fw_io* io, fw_dns_client* dns, fw_http_client* http, const fw_fetch_config* config) {
    memset(f, 0, sizeof *f);
    f->io = io;
    f->dns = dns;
    f->http = http;
    f->config = *config;
}

static void finish(fw_fetch* f, enum fw_http_error error, unsigned status, const char* body, size_t octets,
                   const char* detail) {
    fw_http_result result;
    memset(&result, 0, sizeof result);
    result.error = error;
    result.status = status;
    result.body = body;
    result.body_octets = octets;
    result.etag = "";
    result.modified = "";
    result.date_unix = -1;
    result.detail = detail;
    f->done(f->context, &result);
}

static void tftp_done(void* context, const fw_tftp_result* r) {
    fw_fetch* f = (fw_fetch*)context;
    enum { file_not_found = 1, access_violation = 2, no_such_user = 7 };
    if (r->error != FW_TFTP_OK && r->text[0] != '\0') fw_log(f->io, FW_LOG_WARNING, "tftp: %s", r->text);
    switch (r->error) {
        case FW_TFTP_OK:
            finish(f, FW_HTTP_OK, 200, r->body, r->body_octets, "");
            return;
        case FW_TFTP_NAME_NOT_FOUND:
            finish(f, FW_HTTP_NAME_NOT_FOUND, 0, "", 0, "");
            return;
        case FW_TFTP_NAME_TIMEOUT:
            finish(f, FW_HTTP_NAME_TIMEOUT, 0, "", 0, "");
            return;
        case FW_TFTP_TIMEOUT:
            finish(f, FW_HTTP_RESPONSE_TIMEOUT, 0, "", 0, "");
            return;
        case FW_TFTP_REFUSED:
            finish(f, FW_HTTP_OK,
                   r->code == file_not_found                                ? 404
                   : r->code == access_violation || r->code == no_such_user ? 403
                                                                            : 500,
                   "", 0, "");
            return;
        case FW_TFTP_MALFORMED:
            finish(f, FW_HTTP_MALFORMED, 0, "", 0, "");
            return;
        case FW_TFTP_TOO_LARGE:
            finish(f, FW_HTTP_TOO_LARGE, 0, "", 0, "");
            return;
        case FW_TFTP_BAD_PATH:
            finish(f, FW_HTTP_BAD_URL, 0, "", 0, "");
            return;
    }
}

static void ftp_done(void* context, const fw_ftp_result* r) {
    fw_fetch* f = (fw_fetch*)context;
    enum { not_logged_in = 530, no_file = 550 };
    if (r->error == FW_FTP_REFUSED) fw_log(f->io, FW_LOG_WARNING, "ftp: reply %u", r->code);
    switch (r->error) {
        case FW_FTP_OK:
            finish(f, FW_HTTP_OK, 200, r->body, r->body_octets, "");
            return;
        case FW_FTP_NAME_NOT_FOUND:
            finish(f, FW_HTTP_NAME_NOT_FOUND, 0, "", 0, "");
            return;
        case FW_FTP_NAME_TIMEOUT:
            finish(f, FW_HTTP_NAME_TIMEOUT, 0, "", 0, "");
            return;
        case FW_FTP_CONNECT_FAILED:
            finish(f, FW_HTTP_CONNECT_FAILED, 0, "", 0, "");
            return;
        case FW_FTP_TIMEOUT:
            finish(f, FW_HTTP_RESPONSE_TIMEOUT, 0, "", 0, "");
            return;
        case FW_FTP_REFUSED:
            finish(f, FW_HTTP_OK,
                   r->code == no_file         ? 404
                   : r->code == not_logged_in ? 401
                   : r->code < 500            ? 503
                                              : 500,
                   "", 0, "");
            return;
        case FW_FTP_CLOSED_EARLY:
            finish(f, FW_HTTP_CLOSED_EARLY, 0, "", 0, "");
            return;
        case FW_FTP_MALFORMED:
            finish(f, FW_HTTP_MALFORMED, 0, "", 0, "");
            return;
        case FW_FTP_TOO_LARGE:
            finish(f, FW_HTTP_TOO_LARGE, 0, "", 0, "");
            return;
        case FW_FTP_BAD_PATH:
            finish(f, FW_HTTP_BAD_URL, 0, "", 0, "");
            return;
        case FW_FTP_TLS_FAILED:
            finish(f, FW_HTTP_TLS_FAILED, 0, "", 0, r->detail);
            return;
    }
}

static bool have_tftp(fw_fetch* f) {
    const fw_tftp_config config = {f->config.timer,           f->config.token,   f->config.tftp_sockets,
                                   f->config.body_octets_max, tftp_block_octets, tftp_window};
    if (f->tftp != NULL) return true;
    f->tftp = (fw_tftp_client*)malloc(sizeof *f->tftp);
    if (f->tftp != NULL) fw_tftp_init(f->tftp, f->io, f->dns, &config);
    return f->tftp != NULL;
}

static bool have_ftp(fw_fetch* f) {
    const fw_http_config* web = &f->http->config;
    const fw_ftp_config config = {f->config.timer, f->config.token, f->config.ftp_sockets, f->config.body_octets_max,
                                  web->tls,        web->now_unix,   web->context};
    if (f->ftp != NULL) return true;
    f->ftp = (fw_ftp_client*)malloc(sizeof *f->ftp);
    if (f->ftp != NULL) fw_ftp_init(f->ftp, f->io, f->dns, &config);
    return f->ftp != NULL;
}

static void cancel_others(fw_fetch* f) {
    if (f->tftp != NULL) fw_tftp_cancel(f->tftp);
    if (f->ftp != NULL) fw_ftp_cancel(f->ftp);
}

static bool pass_on(void* context, uint64_t offset, const void* data, size_t octets) {
    fw_fetch* f = (fw_fetch*)context;
    return f->sink(f->context, offset, data, octets);
}

void fw_fetch_start(fw_fetch* f, const char* url, fw_http_done done, void* context) {
    static const fw_http_options none;
    fw_fetch_get(f, url, &none, done, context);
}

void fw_fetch_get(fw_fetch* f, const char* url, const fw_http_options* options, fw_http_done done, void* context) {
    fw_url parsed;
    const bool good = fw_url_parse(url, &parsed);
    const bool http = good && (parsed.protocol == FW_PROTOCOL_HTTP || parsed.protocol == FW_PROTOCOL_HTTPS);
    cancel_others(f);
    if (!http) fw_http_cancel(f->http); /* else it cancels its own, and may keep the connection */
    f->done = done;
    f->context = context;
    if (!good || !fw_fetch_can(f, url)) {
        finish(f, FW_HTTP_BAD_URL, 0, "", 0, "");
        return;
    }
    f->sink = options->sink;
    const fw_sink sink = options->sink != NULL ? pass_on : NULL;
    const fw_ftp_options ftp = {parsed.protocol == FW_PROTOCOL_FTPS, sink};
    switch (parsed.protocol) {
        case FW_PROTOCOL_TFTP:
            if (!have_tftp(f)) break;
            /* the path is relative to the server's root */
            fw_tftp_get(f->tftp, parsed.host, parsed.port, parsed.path + (parsed.path[0] == '/' ? 1 : 0), sink,
                        tftp_done, f);
            return;
        case FW_PROTOCOL_FTP:
        case FW_PROTOCOL_FTPS:
            if (!have_ftp(f)) break;
            fw_ftp_get(f->ftp, parsed.host, parsed.port, parsed.user, parsed.password, parsed.path, &ftp, ftp_done, f);
            return;
        case FW_PROTOCOL_HTTP:
        case FW_PROTOCOL_HTTPS:
            fw_http_get(f->http, url, options, done, context);
            return;
        case FW_PROTOCOL_NONE:
            break;
    }
    finish(f, FW_HTTP_BAD_URL, 0, "", 0, "");
}

void fw_fetch_cancel(fw_fetch* f) {
    cancel_others(f);
    fw_http_cancel(f->http);
}

void fw_fetch_free(fw_fetch* f) {
    if (f->tftp != NULL) fw_tftp_free(f->tftp);
    if (f->ftp != NULL) fw_ftp_free(f->ftp);
    free(f->tftp);
    free(f->ftp);
    f->tftp = NULL;
    f->ftp = NULL;
}

bool fw_fetch_handle(fw_fetch* f, const dectbed_event* event) {
    /* They share a timer and a token: whoever is at work takes the event. */
    const bool timer = event->record.type == DECTBED_EV_TIMER;
    if (timer && ((const dectbed_ev_timer*)event)->timer != f->config.timer) return false;
    if (f->tftp != NULL && f->tftp->state != FW_TFTP_IDLE && fw_tftp_handle(f->tftp, event)) return true;
    if (f->ftp != NULL && f->ftp->state != FW_FTP_IDLE && fw_ftp_handle(f->ftp, event)) return true;
    if (timer) return true;
    /* what comes late */
    return (f->tftp != NULL && fw_tftp_handle(f->tftp, event)) || (f->ftp != NULL && fw_ftp_handle(f->ftp, event));
}

bool fw_fetch_can(const fw_fetch* f, const char* url) {
    fw_url parsed;
    if (!fw_url_parse(url, &parsed)) return false;
    switch (parsed.protocol) {
        case FW_PROTOCOL_TFTP:
        case FW_PROTOCOL_FTP:
        case FW_PROTOCOL_HTTP:
            return true;
        case FW_PROTOCOL_FTPS:
        case FW_PROTOCOL_HTTPS:
            return f->http->config.tls != NULL;
        case FW_PROTOCOL_NONE:
            break;
    }
    return false;
}
