/* SPDX-License-Identifier: MIT-0
 *
 * From a MAC address or a code to a stored configuration: one thing after the other.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "json.h"

enum { LOCK_S = 60, REFUSED_MAX = 3, AGAIN_MIN_MS = 450000, AGAIN_MAX_MS = 750000, AGAIN_ASKED_MIN_S = 30 };
enum { FILE_CPU_US = 20000, GOODBYE_MS = 2000 };

static bool take_url(base* b, const char* url) {
    size_t n = (size_t)snprintf(b->url, sizeof b->url, "%s", url);
    if (n > 0 && n + 1 < sizeof b->url && b->url[n - 1] != '/') memcpy(b->url + n++, "/", 2);
    if (n + 24 < sizeof b->url && fw_fetch_can(&b->fetch, b->url)) return true;
    fw_log(&b->io, FW_LOG_WARNING, "provisioning address of no use: %s", url);
    b->url[0] = '\0';
    return false;
}

/* By code, or by the MAC address alone. True: *b->url is known. */
static bool ask(base* b, const char* code, bool patient, web_answer* a) {
    char body[FW_HTTP_REQUEST_BODY_MAX], mac[18], url[FW_URL_OCTETS];
    size_t n = 0;
    fw_mac_colons(b->me.mac, mac);
    fw_append(body, sizeof body, &n, "{\"mac\":\"%s\",\"model\":", mac);
    fw_json_append(body, sizeof body, &n, b->me.model);
    fw_append(body, sizeof body, &n, ",\"serial\":");
    fw_json_append(body, sizeof body, &n, b->me.serial);
    if (code != NULL) fw_append(body, sizeof body, &n, ",\"code\":\"%s\"", code);
    fw_append(body, sizeof body, &n, "}");
    for (unsigned tries = 0;; ++tries) {
        if (code != NULL) say_progress(b, FW_STAGE_REDIRECTION);
        web_exchange(b, b->me.redirection_url, body, a);
        if (a->status == 200 && fw_json_string(a->body, a->octets, "provisioning_url", url, sizeof url))
            return take_url(b, url);
        if (web_is_final(a) || !patient || !web_patience(b, tries, a)) return false;
    }
}

/* The base's own file, else everybody's. */
static bool load(base* b, bool patient, web_answer* a) {
    char mac[13], url[FW_URL_OCTETS];
    bool common = false;
    fw_http_options condition;
    fw_mac12(b->me.mac, mac);
    for (unsigned tries = 0;;) {
        snprintf(url, sizeof url, "%.*s%s.cfg", (int)sizeof url - 24, b->url, common ? "common" : mac);
        memset(&condition, 0, sizeof condition);
        if (b->configured && !strcmp(url, b->seen_url)) { /* only what has changed */
            condition.if_none_match = b->seen_etag;
            condition.if_modified_since = b->seen_modified;
        }
        web_get(b, url, &condition, a);
        if (a->status == 200) {
            memcpy(b->seen_url, url, sizeof b->seen_url);
            memcpy(b->seen_etag, a->etag, sizeof b->seen_etag);
            memcpy(b->seen_modified, a->modified, sizeof b->seen_modified);
            return true;
        }
        if (a->status == 404 && !common) {
            common = true;
        } else if (web_is_final(a) || a->error == FW_HTTP_TOO_LARGE || !patient || !web_patience(b, tries++, a)) {
            return false;
        }
    }
}

/* True: a good file is stored. */
static bool fetch(base* b, bool patient, web_answer* a) {
    config_t checked;
    if (!load(b, patient, a)) return false;
    fw_consume_cpu(&b->io, FILE_CPU_US);
    if (!read_config(b, a->body, a->octets, &checked)) return false;
    set_phase(b, PH_STORE, "file is good");
    return store_config(b, a->body, a->octets);
}

bool check_config(base* b) {
    web_answer* a = malloc(sizeof *a);
    config_t fresh;
    size_t octets;
    bool changed = false;
    if (a != NULL && b->url[0] != '\0' && load(b, false, a)) {
        char* kept = stored_config(b, &octets);
        const bool same = kept != NULL && octets == a->octets && !memcmp(kept, a->body, octets);
        changed = !same && read_config(b, a->body, a->octets, &fresh) && store_config(b, a->body, a->octets);
        if (changed) b->config = fresh;
        free(kept);
    }
    fw_log(&b->io, FW_LOG_INFORMATION, "configuration %s", changed ? "changed and stored" : "unchanged");
    free(a);
    return changed;
}

static void goodbye(base* b) {
    set_phase(b, PH_BYE, "stored");
    say_verdict(b, b->user, FW_VERDICT_ACTIVATED, 0);
    for (int ms = 0; ms < GOODBYE_MS && b->user != 0; ms += 100)
        rt_delay(b->os, 100); /* so that the handset hears it */
    fw_reset(&b->io, DECTBED_RESET_SOFTWARE);
    for (;;) rt_delay(b->os, 3600000); /* the reset ends this life */
}

static void verdict(base* b, enum fw_verdict v, uint32_t retry_after_s) {
    say_verdict(b, b->user, v, retry_after_s);
    b->user = 0;
}

static void try_code(base* b, const order_t* order, web_answer* a) {
    b->user = order->link;
    set_phase(b, PH_ASK, "code");
    if (ask(b, order->code, true, a)) {
        b->refused = 0;
        set_phase(b, PH_FETCH, "address known");
        say_progress(b, FW_STAGE_CONFIGURATION);
        store_set(b, URL_KEY, b->url, strlen(b->url)); /* not kept: then it will be asked for again */
        if (fetch(b, true, a)) goodbye(b);
        verdict(b, FW_VERDICT_PROVISIONING_FAILED, a->retry_after_s);
    } else if (web_is_final(a)) {
        const bool lock = ++b->refused >= REFUSED_MAX;
        if (lock) {
            b->refused = 0;
            b->locked_until_us = b->io.now_us + LOCK_S * FW_SECOND_US;
        }
        verdict(b, FW_VERDICT_CODE_REFUSED, lock ? LOCK_S : 0);
    } else {
        verdict(b, a->status == 200 ? FW_VERDICT_PROVISIONING_FAILED : FW_VERDICT_REDIRECTION_UNREACHABLE,
                a->retry_after_s);
    }
}

/* Without a person: by what the LAN names, by what is stored, else by the MAC address. Fails, or does not return. */
static void try_alone(base* b, bool background, web_answer* a) {
    const bool by_mac = b->me.provisioning == DECTBED_PROVISIONING_DEFAULT && b->me.redirection_by_mac &&
                        b->me.redirection_url[0] != '\0';
    memset(a, 0, sizeof *a);
    if (background && b->url[0] == '\0' && b->me.provisioning == DECTBED_PROVISIONING_DHCP) dhcp_inform(b);
    if (lan_names_server(b)) {
        if (!background) set_phase(b, PH_FETCH, "the LAN names a server");
        if (take_url(b, b->lan_url)) store_set(b, URL_KEY, b->url, strlen(b->url));
    } else if (b->url[0] == '\0' && by_mac && (background || !b->mac_asked)) {
        if (!background) set_phase(b, PH_ASK_MAC, "nothing stored");
        if (ask(b, NULL, !background, a)) {
            store_set(b, URL_KEY, b->url, strlen(b->url));
        } else if (web_is_final(a)) {
            b->mac_asked = true;
        }
    }
    if (b->url[0] == '\0') return;
    if (!background) set_phase(b, PH_FETCH, "address known");
    if (fetch(b, !background, a)) goodbye(b);
    if (b->phase == PH_STORE) set_phase(b, PH_WAIT_CODE, "not stored");
}

/* Until the next try without a code. */
static uint32_t pause_ms(base* b, const web_answer* a) {
    uint64_t asked_ms = a->retry_after_s;
    if (asked_ms == 0) return (uint32_t)fw_random_between(&b->io, AGAIN_MIN_MS, AGAIN_MAX_MS);
    if (asked_ms < AGAIN_ASKED_MIN_S) asked_ms = AGAIN_ASKED_MIN_S;
    asked_ms *= 1000;
    return (uint32_t)(asked_ms + fw_random_between(&b->io, 0, asked_ms / 4));
}

void onboard(base* b) {
    order_t order;
    web_answer* a = malloc(sizeof *a);
    uint64_t again_us;
    if (a == NULL) return;
    try_alone(b, false, a);
    again_us = b->io.now_us + pause_ms(b, a) * FW_MILLISECOND_US;
    while (b->address != 0 && !b->configured) {
        if (b->phase != PH_WAIT_CODE) set_phase(b, PH_WAIT_CODE, "code wanted");
        if (b->io.now_us >= again_us) {
            try_alone(b, true, a);
            again_us = b->io.now_us + pause_ms(b, a) * FW_MILLISECOND_US;
        } else if (rt_take(b->os, &b->news, (uint32_t)((again_us - b->io.now_us) / 1000 + 1)) &&
                   rt_receive(b->os, &b->orders, &order, RT_NOW)) {
            try_code(b, &order, a);
            again_us = b->io.now_us + pause_ms(b, a) * FW_MILLISECOND_US;
        }
    }
    free(a);
}
