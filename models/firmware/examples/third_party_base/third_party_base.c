/* SPDX-License-Identifier: MIT-0
 *
 * A base firmware as somebody outside this project might write it: one C file, one struct, one switch. It speaks
 * the reference vendor's activation protocol and onboards like the reference base, with simpler habits: it keeps
 * one configuration, asks by its MAC address once a life, and restarts when in doubt.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "third_party_base.h"
#include "third_party_heeded.h"
#include "third_party_timers.h"

/* 2025-06-01: certificates that ended before are bad whatever the time is. */
#define BUILT 1748736000

static void httpDone(void *ctx, const fw_http_result *r);

static void setPhase(Base *b, Phase p, const char *why) {
    static const uint8_t leds[] = {DECTBED_LED_BLINK_FAST, DECTBED_LED_BLINK_FAST, DECTBED_LED_BLINK_FAST,
                                   DECTBED_LED_BLINK_SLOW, DECTBED_LED_FLASH,      DECTBED_LED_FLASH,
                                   DECTBED_LED_FLASH,      DECTBED_LED_FLASH,      DECTBED_LED_BLINK_FAST,
                                   DECTBED_LED_ON};
    b->phase = p;
    fw_timer_stop(&b->io, T_PHASE);
    fw_state(&b->io, "base", phaseName[p], why);
    fw_led(&b->io, 0, leds[p]);
    announce(b);
}

static void giveUp(Base *b, enum fw_verdict v, uint32_t retryAfter) {
    tell(b, b->user, v, retryAfter);
    b->user = 0;
    setPhase(b, WAIT_CODE, fw_verdict_text(v));
    /* a known address is tried again without a code, some day */
    if (b->url[0]) fw_timer_start(&b->io, T_PHASE, fw_random_between(&b->io, AGAIN_MIN_S, AGAIN_MAX_S) * FW_SECOND_US);
}

static void sayGoodbye(void *ctx, bool ok) {
    Base *b = ctx;
    if (!ok) {
        giveUp(b, FW_VERDICT_PROVISIONING_FAILED, 0);
        return;
    }
    setPhase(b, BYE, "stored");
    tell(b, b->user, FW_VERDICT_ACTIVATED, 0);
    fw_timer_start(&b->io, T_PHASE, b->user ? 2 * FW_SECOND_US : 1);
}

/* ---- servers -------------------------------------------------------------------------------------------------- */

static void ask(Base *b);
static void fetch(Base *b);

static void timeKnown(void *ctx, bool set) {
    Base *b = ctx;
    (void)set; /* nobody told it: then without */
    if (b->phase == ASK_MAC || b->phase == ASK) ask(b);
    if (b->phase == FETCH) fetch(b);
}

/* Certificates mean little without the time. 1: it has been asked for, and the exchange waits. */
static int wantsTime(Base *b, const char *url) {
#if MUTANT == MUTANT_CLOCK_1970
    return 0;
#endif
    if (strncmp(url, "https://", 8) != 0 || b->clock.set || b->timeAsked) return 0;
    b->timeAsked = 1;
    fw_clock_forget_sources(&b->clock);
    fw_clock_add_source(&b->clock, b->me.time_server);
    fw_clock_want(&b->clock, timeKnown, b);
    return 1;
}

static int64_t wallClock(void *ctx) {
    const Base *b = ctx;
#if MUTANT == MUTANT_CLOCK_1970
    return (int64_t)(b->io.now_us / FW_SECOND_US); /* the clock of the hardware begins with 1970 */
#endif
    return b->clock.set ? fw_clock_unix_s(&b->clock) : FW_TLS_CLOCK_UNKNOWN;
}

/* Of this vendor's own redirection service: GET <url>?id=<mac>&model=<model>[&pin=<code>], answered "goto <address>". */
static void askOwn(Base *b) {
    char mac[13], url[FW_URL_OCTETS];
    size_t n = 0;
    fw_mac12(b->me.mac, mac);
    fw_append(url, sizeof url, &n, "%s?id=%s&model=%s", b->me.redirection_url, mac, b->me.model);
    if (b->phase == ASK) fw_append(url, sizeof url, &n, "&pin=%s", b->code);
    webAsk(&b->web, url, NULL, NULL, httpDone, b);
}

Link *findLink(Base *b, uint32_t id) {
    for (int i = 0; i < MAX_LINKS; ++i) {
        if (b->links[i].id == id) return &b->links[i];
    }
    return NULL;
}

void linkTimer(Base *b, const Link *l, uint32_t seconds) {
    fw_timer_start(&b->io, T_LINK + (uint32_t)(l - b->links), seconds * FW_SECOND_US);
}

/* The address that an answer names; 0: none. */
static int addressIn(const Base *b, const fw_http_result *r, char *url, size_t size) {
    size_t n;
    if (b->me.emc == REFERENCE_VENDOR_EMC) return fw_json_string(r->body, r->body_octets, "provisioning_url", url, size);
    if (strncmp(r->body, "goto http", 9) != 0) return 0;
    n = strcspn(r->body + 5, " \r\n");
    if (n + 1 > size) return 0;
    memcpy(url, r->body + 5, n);
    url[n] = '\0';
    return 1;
}

static void ask(Base *b) {
    char body[256], mac[18];
    size_t n = 0;
    if (wantsTime(b, b->me.redirection_url)) return;
    fw_mac_colons(b->me.mac, mac);
    fw_append(body, sizeof body, &n, "{\"mac\":\"%s\",\"model\":", mac);
    fw_json_append(body, sizeof body, &n, b->me.model);
    fw_append(body, sizeof body, &n, ",\"serial\":");
    fw_json_append(body, sizeof body, &n, b->me.serial);
    if (b->phase == ASK) fw_append(body, sizeof body, &n, ",\"code\":\"%s\"", b->code);
    fw_append(body, sizeof body, &n, "}");
#if MUTANT == MUTANT_LEAK_PER_RETRY
    if (b->buffersLost >= REQUEST_BUFFERS) return; /* none is left to write the request into */
#endif
    progress(b, FW_STAGE_REDIRECTION);
    if (b->me.emc != REFERENCE_VENDOR_EMC) {
        askOwn(b);
        return;
    }
    webAsk(&b->web, b->me.redirection_url, "application/json", body, httpDone, b);
}

static void fetch(Base *b) {
    char mac[13], url[FW_URL_OCTETS];
    if (wantsTime(b, b->url)) return;
#if MUTANT == MUTANT_LEAK_PER_RETRY
    if (b->buffersLost >= REQUEST_BUFFERS) return;
#endif
    fw_mac12(b->me.mac, mac);
    snprintf(url, sizeof url, "%.*s%s.cfg", (int)sizeof url - 32, b->url, b->common ? "common" : mac);
    webAsk(&b->web, url, NULL, NULL, httpDone, b);
}

static void startFetch(void *ctx, bool ok) {
    (void)ok; /* not kept: then it will be asked for again */
    fetch(ctx);
}

static void again(Base *b, const fw_http_result *r, enum fw_verdict v) {
    uint32_t asked = r->retry_after_s;
    uint64_t delay;
#if MUTANT == MUTANT_RETRY_AFTER_IGNORED
    asked = 0;
#endif
#if MUTANT == MUTANT_RETRY_STORM_ON_503
    if (r->status == 503) {
        fw_timer_start(&b->io, T_PHASE, 200 * FW_MILLISECOND_US);
        return;
    }
#endif
    ++b->buffersLost;
    delay = fw_backoff_next(&b->backoff, &b->io, asked * FW_SECOND_US);
    if (b->backoff.taken >= TRIES || delay > PATIENCE_S * FW_SECOND_US) {
        giveUp(b, v, r->retry_after_s);
    } else {
        fw_timer_start(&b->io, T_PHASE, delay);
    }
}

static void httpDone(void *ctx, const fw_http_result *r) {
    Base *b = ctx;
    Config fresh;
    const int definite = r->status >= 400 && r->status < 500 && r->status != 429 && r->status != 408;
    const int asking = b->phase == ASK || b->phase == ASK_MAC;
    b->timeAsked = 0;
    if (r->secure && !b->clock.set && r->date_unix >= 0 && MUTANT != MUTANT_CLOCK_1970) {
        fw_clock_set(&b->clock, r->date_unix * 1000000); /* from a server that has proved who it is */
    }
    if (r->error == FW_HTTP_TLS_FAILED) fw_log(&b->io, FW_LOG_WARNING, "tls failed: %s", r->detail);
    if (asking && r->status == 200 && addressIn(b, r, b->url, sizeof b->url)) {
        b->refused = 0;
        b->common = 0;
        fw_backoff_reset(&b->backoff);
        setPhase(b, FETCH, "address known");
        progress(b, FW_STAGE_CONFIGURATION);
        if (!fw_kv_set(&b->kv, KEY_URL, b->url, strlen(b->url), startFetch, b)) fetch(b);
    } else if (b->phase == ASK && definite) {
        const int lock = ++b->refused >= 3;
        if (lock) {
            b->refused = 0;
            b->lockedUntil = b->io.now_us + 60 * FW_SECOND_US;
        }
#if MUTANT == MUTANT_CODE_KEPT_AFTER_REFUSAL
        tell(b, b->user, FW_VERDICT_CODE_REFUSED, 0);
        b->user = 0;
        fw_timer_start(&b->io, T_PHASE, 20 * FW_SECOND_US);
        return;
#endif
        giveUp(b, FW_VERDICT_CODE_REFUSED, lock ? 60 : 0);
    } else if (b->phase == ASK_MAC && definite) {
        setPhase(b, WAIT_CODE, "mac unknown");
    } else if (asking) {
        again(b, r, FW_VERDICT_REDIRECTION_UNREACHABLE);
    } else if (b->phase == FETCH && r->status == 404 && !b->common) {
        b->common = 1;
        fetch(b);
    } else if (b->phase == FETCH && r->status == 200 && readConfig(&fresh, b->me.mac, r->body, r->body_octets)) {
        setPhase(b, STORE, "file is good");
        fw_timer_start(&b->io, T_PHASE, 30 * FW_SECOND_US);
#if MUTANT == MUTANT_CONFIGURATION_IN_PLACE
        if (!placeStore(&b->place, r->body, r->body_octets)) sayGoodbye(b, false);
        return;
#endif
        if (!fw_kv_set(&b->kv, KEY_CONFIG, r->body, r->body_octets, sayGoodbye, b)) sayGoodbye(b, false);
    } else if (b->phase == FETCH && (definite || r->status == 200)) {
        giveUp(b, FW_VERDICT_PROVISIONING_FAILED, 0);
    } else if (b->phase == FETCH) {
        again(b, r, FW_VERDICT_PROVISIONING_FAILED);
    }
}

/* ---- service -------------------------------------------------------------------------------------------------- */

static void onRegistered(void *ctx, uint32_t expires) {
    Base *b = ctx;
    (void)expires;
    fw_backoff_reset(&b->backoff);
    if (b->phase != SERVICE) setPhase(b, SERVICE, "registered");
}

static void onRegisterFailed(void *ctx, unsigned status, uint32_t retryAfter) {
    Base *b = ctx;
    (void)status;
    if (b->phase == SERVICE && b->io.now_us >= b->sip.bound_until_us) setPhase(b, REGISTER, "binding ran out");
    fw_timer_start(&b->io, T_PHASE, fw_backoff_next(&b->backoff, &b->io, retryAfter * FW_SECOND_US));
}

static void initSip(Base *b) {
    fw_sip_config c;
    char mac[13];
    memset(&c, 0, sizeof c);
    fw_mac12(b->me.mac, mac);
    c.timer = T_SIP;
    c.socket = SOCK_SIP;
    c.token = TOK_SIP;
    c.registrar_port = (uint16_t)b->config.port;
    c.local_port = 5060;
    c.expires_s = b->config.expires;
    memcpy(c.registrar, b->config.registrar, sizeof c.registrar);
    memcpy(c.domain, b->config.domain, sizeof c.domain);
    memcpy(c.user, b->config.user, sizeof c.user);
    memcpy(c.user_agent, b->web.config.user_agent, sizeof c.user_agent);
    snprintf(c.instance, sizeof c.instance, "00000000-0000-1000-8000-%s", mac);
    c.context = b;
    c.registered = onRegistered;
    c.failed = onRegisterFailed;
    fw_sip_free(&b->sip); /* of the registrar before */
    fw_sip_init(&b->sip, &b->io, &b->dns, &c);
}

static void onLease(void *ctx, const fw_dhcp_lease *lease) {
    Base *b = ctx;
    b->ip = lease->address;
    fw_dns_set_servers(&b->dns, lease->dns, lease->dns_count);
    webNetwork(&b->web, lease->dns, lease->dns_count);
    fw_backoff_reset(&b->backoff);
    if (b->config.registrar[0] || b->configured) {
        setPhase(b, REGISTER, "lease");
        fw_sip_register_now(&b->sip, b->ip);
    } else if (b->url[0]) {
        setPhase(b, FETCH, "stored address");
        b->common = 0;
        fetch(b);
    } else if (option66Url(lease->boot_server, b->url, sizeof b->url)) {
        setPhase(b, FETCH, "address from option 66");
        b->common = 0;
        fetch(b);
    } else {
        const int mac = b->me.redirection_by_mac && b->me.redirection_url[0];
        setPhase(b, mac ? ASK_MAC : WAIT_CODE, "nothing stored");
        if (mac) ask(b);
    }
}

/* The network went away: the simplest thing that is right is to begin anew, once whoever waits has been told. */
static void onLeaseLost(void *ctx, const char *why) {
    Base *b = ctx;
    if (b->phase == STORE || b->phase == BYE) return;
    webCancel(&b->web);
    fw_clock_cancel(&b->clock);
    tell(b, b->user, FW_VERDICT_REDIRECTION_UNREACHABLE, 0);
    setPhase(b, BYE, why);
    fw_timer_start(&b->io, T_PHASE, 2 * FW_SECOND_US);
}

/* ---- boot ----------------------------------------------------------------------------------------------------- */

static void netUp(Base *b) {
    setPhase(b, NET_DOWN, "waiting for a lease");
    if (b->carrier) fw_dhcp_start(&b->dhcp);
}

static void bandFound(void *ctx, uint8_t band) {
    Base *b = ctx;
    radioStart(b, band);
}

static void ready(Base *b) {
    size_t n;
    const void *p;
    if (!b->bootDone || !b->flashDone || b->erasing || b->phase != BOOT) return;
    p = fw_kv_get(&b->kv, KEY_URL, &n);
    if (p != NULL && n < sizeof b->url) memcpy(b->url, p, n);
    loadUsers(b);
    p = fw_kv_get(&b->kv, KEY_CONFIG, &n);
#if MUTANT != MUTANT_CONFIGURATION_IN_PLACE
    if (p == NULL || !readConfig(&b->config, b->me.mac, p, n)) b->config.registrar[0] = '\0';
#endif
    if (b->config.registrar[0] || b->configured) initSip(b);
    if (b->config.registrar[0]) {
        bandFound(b, b->config.band);
    } else if (b->me.band != DECTBED_BAND_NONE) {
        bandFound(b, b->me.band);
    } else if (b->me.band_discovery == DECTBED_BAND_DISCOVERY_BEACON && !THIRD_PARTY_MODULE) {
        bandSearch(&b->band); /* a module's mailbox has no links of a portable part's, by which to say thanks */
    }
    netUp(b);
}

static void flashLoaded(void *ctx) {
    Base *b = ctx;
    size_t n;
    b->flashDone = 1;
    if (fw_kv_get(&b->kv, KEY_URL, &n) == NULL) { /* brand new: the crash log gets a clean block */
        b->erasing = 1;
        fw_flash_erase(&b->io, TOK_ERASE, CRASH_BLOCK * b->me.flash_block_octets);
    }
#if MUTANT == MUTANT_CONFIGURATION_IN_PLACE
    ++b->erasing;
    placeLoad(&b->place);
#endif
    ready(b);
}

static void boot(Base *b, const dectbed_ev_boot *e) {
    static const fw_backoff_policy policy = {BACKOFF_FIRST_S * FW_SECOND_US, BACKOFF_FACTOR, BACKOFF_CAP_S * FW_SECOND_US,
                                             MUTANT == MUTANT_NO_JITTER ? 0 : JITTER};
    fw_dhcp_config dhcp;
    fw_http_config http;
    const fw_dns_config dns = {T_DNS, SOCK_DNS, TOK_DNS};
    const fw_clock_config clock = {T_CLOCK, TOK_CLOCK, SOCK_CLOCK};
    const fw_kv_config kv = {TOK_FLASH, 0, e->flash_block_octets, e->flash_page_octets};
    char mac[18];
    b->me = *e;
    b->me.model[31] = b->me.serial[31] = b->me.redirection_url[127] = '\0';
    b->me.time_server[sizeof b->me.time_server - 1] = '\0';
    b->me.http_proxy[sizeof b->me.http_proxy - 1] = '\0';
    fw_mac_colons(e->mac, mac);
    memset(&dhcp, 0, sizeof dhcp);
    memset(&http, 0, sizeof http);
    dhcp.timer = T_DHCP;
    dhcp.socket = SOCK_DHCP;
    dhcp.token = TOK_DHCP;
    memcpy(dhcp.mac, e->mac, 6);
    snprintf(dhcp.vendor_class, sizeof dhcp.vendor_class, "%s", b->me.model);
    dhcp.start_delay_min_us = START_MIN_MS * FW_MILLISECOND_US;
    dhcp.start_delay_max_us = (MUTANT == MUTANT_NO_JITTER ? START_MIN_MS : START_MAX_MS) * FW_MILLISECOND_US;
    dhcp.context = b;
    dhcp.bound = onLease;
    dhcp.lost = onLeaseLost;
    http.timer = T_HTTP;
    http.token = TOK_HTTP;
    http.socket_first = SOCK_HTTP;
    http.body_octets_max = 2048;
    http.tls = &b->tls;
    http.now_unix = wallClock;
    http.context = b;
    memcpy(http.proxy, b->me.http_proxy, sizeof http.proxy);
    snprintf(http.user_agent, sizeof http.user_agent, "%s/" VERSION " (%s)", b->me.model, mac);
    fw_backoff_init(&b->backoff, &policy);
    fw_dhcp_init(&b->dhcp, &b->io, &dhcp);
    fw_dns_init(&b->dns, &b->io, &dns);
    fw_clock_init(&b->clock, &b->io, &b->dns, &clock);
    fw_tls_device_init(&b->tls, &b->io, TOK_TLS, e->tls_model, BUILT);
    b->tls.versions = e->tls_versions;
    b->tls.any_name = MUTANT == MUTANT_CERTIFICATE_NAME_NOT_CHECKED;
    webInit(&b->web, &b->io, &b->dns, &http);
    fw_kv_init(&b->kv, &b->io, &kv);
    b->place = (Place){&b->io, TOK_PLACE, PLACE_BLOCK * e->flash_block_octets, e->flash_page_octets, {0}, 0, 0};
    b->band.io = &b->io;
    b->band.timer = T_BAND;
    b->band.token = TOK_BAND;
    b->band.emc = e->emc;
    b->band.bands = e->bands & ((1u << DECTBED_BANDS) - 2);
    memcpy(b->band.ipei, e->ipei, sizeof b->band.ipei);
    b->band.found = bandFound;
    b->band.ctx = b;
    radioBoot(b);
    fw_kv_load(&b->kv, flashLoaded, b);
    fw_led(&b->io, 0, DECTBED_LED_BLINK_FAST);
    fw_timer_start(&b->io, T_BOOT, BOOT_MS * FW_MILLISECOND_US);
    fw_watchdog(&b->io, DOG_MS);
    fw_timer_start(&b->io, T_DOG, FEED_MS * FW_MILLISECOND_US);
}

/* ---- events --------------------------------------------------------------------------------------------------- */

void takeCode(Base *b, Link *l, const char *code) {
    if (b->config.registrar[0] && b->phase >= REGISTER) {
        tell(b, l->id, FW_VERDICT_ALREADY_PROVISIONED, 0);
    } else if (b->phase != WAIT_CODE) {
        tell(b, l->id, FW_VERDICT_BUSY, 10);
    } else if (b->io.now_us < b->lockedUntil) {
        tell(b, l->id, FW_VERDICT_LOCKED_OUT, (uint32_t)((b->lockedUntil - b->io.now_us) / FW_SECOND_US + 1));
    } else {
        l->use = FOR_CODE;
        snprintf(b->code, sizeof b->code, "%s", code);
        b->user = l->id;
        fw_backoff_reset(&b->backoff);
        setPhase(b, ASK, "code");
        ask(b);
    }
}

static void phaseTimer(Base *b) {
    switch (b->phase) {
        case ASK_MAC:
        case ASK: ask(b); break;
        case FETCH: fetch(b); break;
        case WAIT_CODE:
            b->common = 0;
            fw_backoff_reset(&b->backoff);
            setPhase(b, FETCH, "stored address, again");
            fetch(b);
            break;
        case STORE:
        case BYE: fw_reset(&b->io, DECTBED_RESET_SOFTWARE); break;
        case REGISTER:
        case SERVICE: fw_sip_register_now(&b->sip, b->ip); break;
        default: break;
    }
}

static void timer(Base *b, uint32_t t) {
    if (t == T_BOOT) {
        b->bootDone = 1;
        ready(b);
    } else if (t == T_DOG) {
#if MUTANT == MUTANT_WATCHDOG_STARVED_BY_ERASE
        if (!b->erasing)
#endif
            fw_watchdog(&b->io, DOG_MS);
        fw_timer_start(&b->io, T_DOG, FEED_MS * FW_MILLISECOND_US);
    } else if (t == T_PHASE) {
        phaseTimer(b);
    } else {
        airTimer(b, t);
    }
}

static void handle(void *instance, const dectbed_event *e) {
    Base *b = instance;
    if (!fw_io_begin(&b->io, e)) return;
    if (e->record.type == DECTBED_EV_BOOT) boot(b, (const dectbed_ev_boot *)e);
    if (!heeded(e, T_DHCP, T_SIP, &b->dhcp, &b->dns, &b->sip)) return;
    if (b->dhcp.io == NULL || fw_kv_handle(&b->kv, e) || fw_dhcp_handle(&b->dhcp, e) || fw_dns_handle(&b->dns, e) ||
        fw_clock_handle(&b->clock, e) || webHandle(&b->web, e) || bandHandle(&b->band, e) ||
        (b->sip.io != NULL && fw_sip_handle(&b->sip, e)) || airHandle(b, e)) {
        return;
    }
    switch (e->record.type) {
        case DECTBED_EV_TIMER: timer(b, ((const dectbed_ev_timer *)e)->timer); break;
        case DECTBED_EV_FLASH_DONE:
            if (e->record.token == TOK_ERASE) {
                --b->erasing;
                ready(b);
            }
#if MUTANT == MUTANT_CONFIGURATION_IN_PLACE
            if (e->record.token == TOK_PLACE && placeGoOn(&b->place)) sayGoodbye(b, true);
            break;
        case DECTBED_EV_FLASH_DATA: {
            size_t n = 0;
            const char *text = placeText(fw_event_payload(e), &n);
            --b->erasing;
            b->configured = text != NULL;
            if (text != NULL) readConfig(&b->config, b->me.mac, text, n);
            ready(b);
            break;
        }
#endif
            break;
        case DECTBED_EV_ETHERNET_LINK:
            b->carrier = ((const dectbed_ev_ethernet_link *)e)->up != 0;
            if (b->phase == NET_DOWN && b->carrier) netUp(b);
            if (b->phase > NET_DOWN && !b->carrier) onLeaseLost(b, "cable pulled");
            break;
        default: break;
    }
}

#if THIRD_PARTY_MAC
/* What it says to the base may have the base ask it for more. */
static void handleAboveMac(void *instance, const dectbed_event *e) {
    Base *b = instance;
    if (!macHandle(&b->mac, e)) handle(b, e);
    while ((e = macTake(&b->mac)) != NULL) handle(b, e);
}
#define handle handleAboveMac
#endif

static void *create(const dectbed_host *host) {
    Base *b = calloc(1, sizeof *b);
#if THIRD_PARTY_MAC
    if (b != NULL) host = macInit(&b->mac, host);
#endif
    if (b != NULL) fw_io_init(&b->io, host);
    return b;
}

static void destroy(void *instance) {
    Base *b = instance;
    webFree(&b->web);
    fw_sip_free(&b->sip);
    fw_dns_free(&b->dns);
    fw_dhcp_free(&b->dhcp);
    fw_tls_device_free(&b->tls);
    fw_kv_free(&b->kv);
    free(b);
}

enum {
    FLAGS = DECTBED_FLAG_REENTRANT | (THIRD_PARTY_MODULE ? DECTBED_FLAG_MODULE : 0) |
            (THIRD_PARTY_HTTP_SERVICE ? DECTBED_FLAG_HTTP_SERVICE : 0) | (THIRD_PARTY_MAC ? DECTBED_FLAG_MAC_BURSTS : 0)
};

__attribute__((visibility("default"))) const dectbed_firmware *dectbed_firmware_entry(void) {
    static const dectbed_firmware firmware = {
        DECTBED_FIRMWARE_ABI, DECTBED_KIND_BASE, FLAGS, 0,
        THIRD_PARTY_MODULE ? "third-party-module-base" : THIRD_PARTY_MAC ? "third-party-mac-base" : "third-party-base", VERSION, create, handle,
        destroy};
    return &firmware;
}
