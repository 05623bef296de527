/* SPDX-License-Identifier: MIT-0
 *
 * Files, the time, and where the Internet sees us, as calls that wait. The clients work at interrupt level, one
 * exchange at a time; a task that wants the next one waits for its turn.
 */
#include <stdio.h>
#include <string.h>

#include "base.h"

enum { TRIES = 3, PATIENCE_S = 40, FIRST_MS = 3000 };
#define BUILT_UNIX_S 1735689600 /* 2025-01-01: a certificate that ended before is bad whatever the time is */
#define KEEP_US FW_SECOND_US    /* a connection, for the next file */

/* For certificates; a base that does not know the time says so. */
int64_t web_clock(void* context) {
    const base* b = context;
    return b->clock.set ? fw_clock_unix_s(&b->clock) : FW_TLS_CLOCK_UNKNOWN;
}

void web_init(base* b) {
    const fw_dns_config dns = {DNS_TIMERS, DNS_SOCKETS, DNS_TOKEN};
    const fw_clock_config clock = {CLOCK_TIMER, CLOCK_TOKEN, CLOCK_SOCKET};
    const fw_fetch_config fetch = {FETCH_TIMER, FETCH_TOKEN, TFTP_SOCKETS, FTP_SOCKETS, FILE_OCTETS};
    const fw_stun_config stun = {STUN_TIMER, STUN_TOKEN, STUN_SOCKET};
    fw_http_config http;
    memset(&http, 0, sizeof http);
    http.timer = HTTP_TIMER;
    http.token = HTTP_TOKEN;
    http.socket_first = HTTP_SOCKETS;
    memcpy(http.user_agent, b->agent, sizeof http.user_agent);
    memcpy(http.proxy, b->me.http_proxy, sizeof http.proxy);
    http.body_octets_max = FILE_OCTETS;
    http.tls = &b->tls;
    http.now_unix = web_clock;
    http.context = b;
    http.keep_us = KEEP_US;
    rt_mutex_init(&b->web);
    rt_semaphore_init(&b->web_done, 0, 1);
    fw_tls_device_init(&b->tls, &b->io, TLS_TOKEN, b->me.tls_model, BUILT_UNIX_S);
    b->tls.versions = b->me.tls_versions;
    b->tls.handshake_us = b->me.cost_tls_handshake_us;
    b->tls.resumption_us = b->me.cost_tls_resumption_us;
    fw_dns_init(&b->dns, &b->io, &dns);
    fw_clock_init(&b->clock, &b->io, &b->dns, &clock);
    fw_http_init(&b->http, &b->io, &b->dns, &http);
    fw_fetch_init(&b->fetch, &b->io, &b->dns, &b->http, &fetch);
    fw_stun_init(&b->stun, &b->io, &b->dns, &stun);
}

void web_free(base* b) {
    fw_http_free(&b->http);
    fw_fetch_free(&b->fetch);
    fw_dns_free(&b->dns);
    fw_tls_device_free(&b->tls);
}

bool web_listener(void* context, const dectbed_event* e) {
    base* b = context;
    return fw_dns_handle(&b->dns, e) || fw_clock_handle(&b->clock, e) || fw_http_handle(&b->http, e) ||
           fw_fetch_handle(&b->fetch, e) || fw_stun_handle(&b->stun, e) ||
           (b->sip.io != NULL && fw_sip_handle(&b->sip, e));
}

/* ---- one thing at a time ------------------------------------------------------------------------------------- */

/* False: there is no network. */
static bool begin(base* b) {
    rt_lock(b->os, &b->web, RT_FOREVER);
    b->web_done.count = 0;
    b->web_busy = b->address != 0;
    if (!b->web_busy) rt_unlock(b->os, &b->web);
    return b->web_busy;
}

static void done(base* b) {
    if (!b->web_busy) return;
    b->web_busy = false;
    rt_give(b->os, &b->web_done);
}

static void wait(base* b) {
    if (b->web_busy) rt_take(b->os, &b->web_done, RT_FOREVER);
    b->web_busy = false;
    b->answer = NULL;
    rt_unlock(b->os, &b->web);
}

void web_network_gone(base* b) {
    fw_fetch_cancel(&b->fetch);
    fw_clock_cancel(&b->clock);
    fw_stun_cancel(&b->stun);
    done(b);
}

/* ---- the time ------------------------------------------------------------------------------------------------ */

static void clock_answered(void* context, bool set) {
    base* b = context;
    if (!set) fw_log(&b->io, FW_LOG_WARNING, "nobody tells the time");
    done(b);
}

/* Certificates mean little without it. */
void web_want_time(base* b) {
    if (b->clock.set || !begin(b)) return;
    fw_clock_forget_sources(&b->clock);
    fw_clock_add_source(&b->clock, b->me.time_server);
    fw_clock_want(&b->clock, clock_answered, b);
    wait(b);
}

/* ---- files --------------------------------------------------------------------------------------------------- */

static void answered(void* context, const fw_http_result* r) {
    base* b = context;
    web_answer* a = b->answer;
    if (a != NULL) {
        a->error = r->error;
        a->status = r->error == FW_HTTP_OK ? r->status : 0;
        a->retry_after_s = r->retry_after_s;
        a->octets = r->body_octets <= FILE_OCTETS ? r->body_octets : 0;
        memcpy(a->body, r->body, a->octets);
        a->body[a->octets] = '\0';
        /* Better than no clock: what a server says that has proved who it is. */
        if (r->secure && !b->clock.set && r->date_unix >= 0) fw_clock_set(&b->clock, r->date_unix * 1000000);
        snprintf(a->etag, sizeof a->etag, "%s", r->etag);
        snprintf(a->modified, sizeof a->modified, "%s", r->modified);
        if (a->status != 200 && a->status != 304)
            fw_log(&b->io, FW_LOG_WARNING, "no file: %s%s%s, status %u", fw_http_error_text(r->error),
                   r->detail[0] ? ": " : "", r->detail, a->status);
    }
    done(b);
}

static bool prepare(base* b, const char* url, web_answer* out) {
    memset(out, 0, sizeof *out);
    out->error = FW_HTTP_NAME_TIMEOUT;
    if (!strncmp(url, "https:", 6)) web_want_time(b);
    if (!begin(b)) return false;
    b->answer = out;
    return true;
}

void web_get(base* b, const char* url, const fw_http_options* options, web_answer* out) {
    if (!prepare(b, url, out)) return;
    fw_fetch_get(&b->fetch, url, options, answered, b);
    wait(b);
}

void web_exchange(base* b, const char* url, const char* json, web_answer* out) {
    static const fw_http_options none;
    if (json == NULL) {
        web_get(b, url, &none, out);
        return;
    }
    if (!prepare(b, url, out)) return;
    fw_http_start(&b->http, url, "application/json", json, answered, b);
    wait(b);
}

bool web_is_final(const web_answer* a) {
    return a->status >= 400 && a->status < 500 && a->status != 408 && a->status != 425 && a->status != 429;
}

bool web_patience(base* b, unsigned tries, const web_answer* a) {
    uint64_t ms = (uint64_t)FIRST_MS << tries;
    ms = fw_random_between(&b->io, ms - ms / 4, ms + ms / 4);
    if (a->retry_after_s * 1000ull > ms)
        ms = a->retry_after_s * 1000ull + fw_random_between(&b->io, 0, a->retry_after_s * 250ull);
    if (tries + 1 >= TRIES || ms > PATIENCE_S * 1000ull) return false;
    rt_delay(b->os, (uint32_t)ms);
    return b->address != 0;
}

/* ---- STUN ---------------------------------------------------------------------------------------------------- */

static void stun_answered(void* context, const fw_stun_result* r) {
    base* b = context;
    b->seen_as = r->error == FW_STUN_OK ? r->address : 0;
    if (r->error != FW_STUN_OK) fw_log(&b->io, FW_LOG_WARNING, "STUN: %s", fw_stun_error_text(r->error));
    done(b);
}

uint32_t web_stun(base* b, const char* server) {
    char host[64];
    unsigned port = 0;
    const size_t n = strcspn(server, ":");
    if (n == 0 || n >= sizeof host || !begin(b)) return 0;
    memcpy(host, server, n);
    host[n] = '\0';
    if (server[n] == ':') sscanf(server + n + 1, "%5u", &port);
    b->seen_as = 0;
    fw_stun_start(&b->stun, host, (uint16_t)port, stun_answered, b);
    wait(b);
    return b->seen_as;
}
