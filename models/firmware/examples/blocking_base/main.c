/* SPDX-License-Identifier: MIT-0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "cfg.h"
#include "json.h"

enum { BOOT_MS = 2500, TRIES = 3, PATIENCE_S = 40, LOCK_S = 60, REFUSED_MAX = 3, DOG_MS = 60000, DOG_FEED_MS = 20000 };

/* ---- what the world sees ------------------------------------------------------------------------------------- */

void show(base* b) {
    static const uint8_t leds[] = {DECTBED_LED_BLINK_FAST, DECTBED_LED_BLINK_FAST, DECTBED_LED_BLINK_FAST,
                                   DECTBED_LED_BLINK_SLOW, DECTBED_LED_FLASH,      DECTBED_LED_FLASH,
                                   DECTBED_LED_FLASH,      DECTBED_LED_FLASH,      DECTBED_LED_BLINK_FAST,
                                   DECTBED_LED_ON};
    fw_led(&b->io, 0, b->searching && b->phase == PH_WAIT_CODE ? DECTBED_LED_BLINK_FAST : leds[b->phase]);
    announce(b);
}

void set_phase(base* b, phase_t p, const char* why) {
    static const char* const names[] = {"boot",  "network", "ask_mac", "wait_code", "ask",
                                        "fetch", "store",   "bye",     "register",  "service"};
    b->phase = p;
    fw_state(&b->io, "blocking", names[p], why);
    show(b);
}

/* ---- flash: the store answers by events, a task waits for them ----------------------------------------------- */

static void stored(void* context, bool ok) {
    base* b = context;
    b->store_ok = ok;
    rt_give(b->os, &b->store_done);
}
static void loaded(void* context) { stored(context, true); }

bool store_set(base* b, uint8_t key, const void* value, size_t octets) {
    bool ok;
    rt_lock(b->os, &b->store_lock, RT_FOREVER);
    ok = fw_kv_set(&b->store, key, value, octets, stored, b) && rt_take(b->os, &b->store_done, 30000) && b->store_ok;
    rt_unlock(b->os, &b->store_lock);
    return ok;
}

/* ---- configuration ------------------------------------------------------------------------------------------- */

static uint8_t band_named(const char* name) {
    static const char* const names[] = {"",      "eu",    "us",     "latin_america", "brazil",
                                        "japan", "korea", "taiwan", "china",         "thailand"};
    for (uint8_t i = 1; i < sizeof names / sizeof *names; ++i) {
        if (!strcmp(name, names[i])) return i;
    }
    return DECTBED_BAND_NONE;
}

static bool read_config(base* b, const char* text, size_t octets, config_t* out) {
    fw_cfg_reader r;
    fw_cfg_item item;
    char mac[13];
    config_t c;
    memset(&c, 0, sizeof c);
    c.port = 5060;
    c.expires_s = 3600;
    snprintf(c.pin, sizeof c.pin, "0000");
    fw_mac12(b->me.mac, mac);
    fw_cfg_begin(&r, text, octets);
    while (fw_cfg_next(&r, &item)) {
        if (!item.well_formed || !fw_cfg_expand(item.value, sizeof item.value, "${mac}", mac)) return false;
        if (!strcmp(item.key, "band") && (c.band = band_named(item.value)) == DECTBED_BAND_NONE) return false;
        if (!strcmp(item.key, "sip.registrar")) snprintf(c.registrar, sizeof c.registrar, "%.127s", item.value);
        if (!strcmp(item.key, "sip.domain")) snprintf(c.domain, sizeof c.domain, "%.127s", item.value);
        if (!strcmp(item.key, "sip.user")) snprintf(c.user, sizeof c.user, "%.63s", item.value);
        if (!strcmp(item.key, "sip.port") && !fw_cfg_number(item.value, 1, 65535, &c.port)) return false;
        if (!strcmp(item.key, "sip.expires") && !fw_cfg_number(item.value, 60, 86400, &c.expires_s)) return false;
        if (!strcmp(item.key, "subscription.open")) c.open_always = !strcmp(item.value, "always");
        if (!strcmp(item.key, "subscription.pin")) snprintf(c.pin, sizeof c.pin, "%.15s", item.value);
    }
    if (!c.domain[0]) memcpy(c.domain, c.registrar, sizeof c.domain);
    *out = c;
    return c.band != DECTBED_BAND_NONE && c.registrar[0] && c.user[0];
}

/* ---- onboarding: one thing after the other ------------------------------------------------------------------- */

static bool is_final(const web_answer* a) {
    return a->status >= 400 && a->status < 500 && a->status != 408 && a->status != 425 && a->status != 429;
}

/* Waits before the next try; false: that is enough. */
static bool patience(base* b, unsigned tries, const web_answer* a) {
    uint64_t ms = (uint64_t)3000 << tries;
    ms = fw_random_between(&b->io, ms - ms / 4, ms + ms / 4);
    if (a->retry_after_s * 1000ull > ms) {
        ms = a->retry_after_s * 1000ull + fw_random_between(&b->io, 0, a->retry_after_s * 250ull);
    }
    if (tries + 1 >= TRIES || ms > PATIENCE_S * 1000ull) return false;
    rt_delay(b->os, (uint32_t)ms);
    return b->address != 0;
}

/* By code, or by the MAC address alone. True: *b->url is known. */
static bool ask(base* b, const char* code, web_answer* a) {
    char body[320], mac[18];
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
        if (a->status == 200 && fw_json_string(a->body, a->octets, "provisioning_url", b->url, sizeof b->url)) {
            const size_t length = strlen(b->url);
            if (length > 0 && b->url[length - 1] != '/' && length + 1 < sizeof b->url) strcat(b->url, "/");
            if (!strncmp(b->url, "http://", 7) && strlen(b->url) + 24 < sizeof b->url) return true;
            b->url[0] = '\0';
            return false;
        }
        if (is_final(a) || !patience(b, tries, a)) return false;
    }
}

/* The base's own file, else everybody's. True: a good one is stored. */
static bool fetch(base* b, web_answer* a) {
    char mac[13], url[URL_OCTETS + 24];
    config_t checked;
    bool common = false;
    fw_mac12(b->me.mac, mac);
    for (unsigned tries = 0;;) {
        snprintf(url, sizeof url, "%s%s.cfg", b->url, common ? "common" : mac);
        web_exchange(b, url, NULL, a);
        if (a->status == 200) break;
        if (a->status == 404 && !common) {
            common = true;
        } else if (is_final(a) || a->too_large || !patience(b, tries++, a)) {
            return false;
        }
    }
    if (!read_config(b, a->body, a->octets, &checked)) return false;
    set_phase(b, PH_STORE, "file is good");
    return store_set(b, CONFIG_KEY, a->body, a->octets);
}

static void goodbye(base* b) {
    set_phase(b, PH_BYE, "stored");
    say_verdict(b, b->user, FW_VERDICT_ACTIVATED, 0);
    for (int i = 0; i < 20 && b->user != 0; ++i) rt_delay(b->os, 100); /* so that the handset hears it */
    fw_reset(&b->io, DECTBED_RESET_SOFTWARE);
    for (;;) rt_delay(b->os, 3600000); /* the reset ends this life */
}

static void verdict(base* b, enum fw_verdict v, uint32_t retry_after_s) {
    say_verdict(b, b->user, v, retry_after_s);
    b->user = 0;
}

static void try_code(base* b, const order_t* order) {
    web_answer* a = malloc(sizeof *a);
    if (a == NULL) return;
    b->user = order->link;
    set_phase(b, PH_ASK, "code");
    if (ask(b, order->code, a)) {
        b->refused = 0;
        set_phase(b, PH_FETCH, "address known");
        say_progress(b, FW_STAGE_CONFIGURATION);
        store_set(b, URL_KEY, b->url, strlen(b->url)); /* not kept: then it will be asked for again */
        if (fetch(b, a)) goodbye(b);
        verdict(b, FW_VERDICT_PROVISIONING_FAILED, a->retry_after_s);
    } else if (is_final(a)) {
        const bool lock = ++b->refused >= REFUSED_MAX;
        if (lock) {
            b->refused = 0;
            b->locked_until_us = b->io.now_us + LOCK_S * FW_SECOND_US;
        }
        verdict(b, FW_VERDICT_CODE_REFUSED, lock ? LOCK_S : 0);
    } else {
        verdict(b, FW_VERDICT_REDIRECTION_UNREACHABLE, a->retry_after_s);
    }
    free(a);
}

/* Without a person: by what is stored, else by the MAC address. Returns how long to wait for a code before the next. */
static uint32_t try_alone(base* b, phase_t shown) {
    web_answer* a = malloc(sizeof *a);
    uint32_t ms = (uint32_t)fw_random_between(&b->io, 450000, 750000);
    if (a == NULL) return ms;
    a->status = 0;
    a->retry_after_s = 0;
    if (b->url[0] == '\0' && b->me.redirection_by_mac && b->me.redirection_url[0] && !b->mac_asked) {
        if (shown == PH_ASK_MAC) set_phase(b, PH_ASK_MAC, "nothing stored");
        if (ask(b, NULL, a)) {
            store_set(b, URL_KEY, b->url, strlen(b->url));
        } else if (is_final(a)) {
            b->mac_asked = true;
        }
    }
    if (b->url[0] != '\0') {
        if (shown == PH_ASK_MAC) set_phase(b, PH_FETCH, "address known");
        if (fetch(b, a)) goodbye(b);
    }
    if (a->retry_after_s > ms / 1000) ms = a->retry_after_s * 1000 + (uint32_t)fw_random_between(&b->io, 0, 60000);
    free(a);
    return b->mac_asked && b->url[0] == '\0' ? RT_FOREVER : ms;
}

static void onboard(base* b) {
    order_t order;
    uint32_t wait = try_alone(b, PH_ASK_MAC);
    while (b->address != 0) {
        set_phase(b, PH_WAIT_CODE, "code wanted");
        /* Also a look now and then whether there is a network at all. */
        const uint32_t slice = wait < 30000 ? wait : 30000;
        if (rt_receive(b->os, &b->orders, &order, slice)) {
            try_code(b, &order);
            wait = (uint32_t)fw_random_between(&b->io, 450000, 750000);
        } else if (wait != RT_FOREVER && (wait -= slice) == 0) {
            wait = try_alone(b, PH_WAIT_CODE);
        }
    }
}

/* ---- service ------------------------------------------------------------------------------------------------- */

static void serve(base* b) {
    uint64_t bound_until_us = 0;
    unsigned failed = 0;
    set_phase(b, PH_REGISTER, "lease");
    while (b->address != 0) {
        uint32_t retry_after_s = 0;
        const uint32_t refresh_s = sip_register(b, &retry_after_s);
        uint64_t ms;
        if (refresh_s > 0) {
            failed = 0;
            bound_until_us = b->io.now_us + refresh_s * 2 * FW_SECOND_US;
            if (b->phase != PH_SERVICE) set_phase(b, PH_SERVICE, "registered");
            ms = fw_random_between(&b->io, refresh_s * 900ull, refresh_s * 1000ull);
        } else {
            if (b->phase == PH_SERVICE && b->io.now_us >= bound_until_us) set_phase(b, PH_REGISTER, "binding ran out");
            ms = (uint64_t)3000 << (failed < 4 ? failed++ : 4);
            ms = fw_random_between(&b->io, ms - ms / 4, ms + ms / 4);
            if (retry_after_s * 1000ull > ms)
                ms = retry_after_s * 1000ull + fw_random_between(&b->io, 0, retry_after_s * 250ull);
        }
        rt_take(b->os, &b->lease_changed, (uint32_t)ms); /* a new lease: register at once, with the new address */
    }
}

static void main_task(void* context) {
    base* b = context;
    const uint8_t* value;
    size_t octets;
    set_phase(b, PH_BOOT, "reset");
    fw_kv_load(&b->store, loaded, b);
    rt_take(b->os, &b->store_done, RT_FOREVER);
    rt_delay(b->os, BOOT_MS);
    value = fw_kv_get(&b->store, URL_KEY, &octets);
    if (value != NULL && octets < sizeof b->url) memcpy(b->url, value, octets);
    value = fw_kv_get(&b->store, CONFIG_KEY, &octets);
    b->configured = value != NULL && read_config(b, (const char*)value, octets, &b->config);
    load_subscribers(b);
    rt_give(b->os, &b->radio_wanted);
    for (;;) {
        set_phase(b, PH_NETWORK, "no lease");
        while (b->address == 0) rt_take(b->os, &b->lease_changed, RT_FOREVER);
        if (b->configured) {
            serve(b);
        } else {
            onboard(b);
        }
        if (b->user != 0) verdict(b, FW_VERDICT_REDIRECTION_UNREACHABLE, 0);
    }
}

static void dog_task(void* context) {
    base* b = context;
    for (;;) {
        fw_watchdog(&b->io, DOG_MS);
        rt_delay(b->os, DOG_FEED_MS);
    }
}

/* ---- life ---------------------------------------------------------------------------------------------------- */

static bool on_store(void* context, const dectbed_event* e) { return fw_kv_handle(&((base*)context)->store, e); }

static void boot(base* b, const dectbed_ev_boot* e) {
    enum { STACK = 65536 };
    const fw_kv_config store = {STORE_TOKEN, 0, e->flash_block_octets, e->flash_page_octets};
    char mac[18];
    b->me = *e;
    b->me.model[31] = b->me.serial[31] = b->me.redirection_url[127] = '\0';
    fw_mac_colons(e->mac, mac);
    snprintf(b->agent, sizeof b->agent, "%s/" VERSION " (%s)", b->me.model, mac);
    fw_kv_init(&b->store, &b->io, &store);
    rt_semaphore_init(&b->lease_changed, 0, 1);
    rt_semaphore_init(&b->store_done, 0, 1);
    rt_semaphore_init(&b->radio_wanted, 0, 1);
    rt_mutex_init(&b->store_lock);
    rt_queue_init(&b->orders, b->order_buffer, sizeof b->order_buffer[0], 2);
    rt_queue_init(&b->events, b->event_buffer, sizeof b->event_buffer[0], AIR_EVENTS);
    rt_listen(b->os, on_store, b);
    rt_io_init(&b->net, b->os, FIRST_SOCKET, NET_TOKEN);
    rt_listen(b->os, air_listener, b);
    rt_start(b->os, "dog", 1, STACK, dog_task, b);
    rt_start(b->os, "main", 2, STACK, main_task, b);
    rt_start(b->os, "lease", 3, STACK, lease_task, b);
    rt_start(b->os, "air", 4, STACK, air_task, b);
}

static void handle(void* instance, const dectbed_event* e) {
    base* b = instance;
    if (!fw_io_begin(&b->io, e)) return;
    if (e->record.type == DECTBED_EV_BOOT) boot(b, (const dectbed_ev_boot*)e);
    rt_handle(b->os, e);
}

static void destroy(void* instance) {
    base* b = instance;
    rt_destroy(b->os);
    fw_kv_free(&b->store);
    free(b);
}

static void* create(const dectbed_host* host) {
    base* b = calloc(1, sizeof *b);
    if (b == NULL) return NULL;
    fw_io_init(&b->io, host);
    b->os = rt_create(host, TASK_TIMERS);
    if (b->os == NULL) {
        free(b);
        return NULL;
    }
    return b;
}

__attribute__((visibility("default"))) const dectbed_firmware* dectbed_firmware_entry(void) {
    static const dectbed_firmware firmware = {
        DECTBED_FIRMWARE_ABI, DECTBED_KIND_BASE, 0, 0, "blocking-base", VERSION, create, handle, destroy};
    return &firmware;
}
