/* SPDX-License-Identifier: MIT-0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

enum { BOOT_MS = 2500, DOG_MS = 60000, DOG_FEED_MS = 20000, STACK = 131072 };

/* ---- what the world sees ------------------------------------------------------------------------------------- */

void show(base* b) {
    static const uint8_t leds[] = {DECTBED_LED_BLINK_FAST, DECTBED_LED_BLINK_FAST, DECTBED_LED_BLINK_FAST,
                                   DECTBED_LED_BLINK_SLOW, DECTBED_LED_FLASH,      DECTBED_LED_FLASH,
                                   DECTBED_LED_FLASH,      DECTBED_LED_FLASH,      DECTBED_LED_BLINK_FAST,
                                   DECTBED_LED_BLINK_FAST, DECTBED_LED_ON};
    fw_led(&b->io, 0, b->searching && b->phase == PH_WAIT_CODE ? DECTBED_LED_BLINK_FAST : leds[b->phase]);
    announce(b);
}

void set_phase(base* b, phase_t p, const char* why) {
    static const char* const names[] = {"boot",  "network", "ask_mac", "wait_code", "ask",    "fetch",
                                        "store", "bye",     "update",  "register",  "service"};
    b->phase = p;
    fw_state(&b->io, "blocking", names[p], why);
    show(b);
}

/* Who we say we are. */
void name_version(base* b, const char* version) {
    char mac[18];
    fw_mac_colons(b->me.mac, mac);
    snprintf(b->version, sizeof b->version, "%s", version);
    snprintf(b->agent, sizeof b->agent, "%s/%s (%s)", b->me.model, b->version, mac);
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

bool file_write(base* b, const char* name, const void* data, size_t octets) {
    bool ok;
    rt_lock(b->os, &b->store_lock, RT_FOREVER);
    ok = fw_files_write(&b->files, name, data, octets, stored, b) && rt_take(b->os, &b->store_done, 60000) &&
         b->store_ok;
    rt_unlock(b->os, &b->store_lock);
    return ok;
}

size_t file_read(base* b, const char* name, void* out, size_t size) {
    size_t octets = 0;
    const fw_file* f;
    rt_lock(b->os, &b->store_lock, RT_FOREVER);
    f = fw_files_find(&b->files, name);
    if (f != NULL && f->octets <= size) octets = f->octets;
    if (octets > 0 && !(fw_files_read(&b->files, name, 0, out, octets, stored, b) &&
                        rt_take(b->os, &b->store_done, 60000) && b->store_ok))
        octets = 0;
    rt_unlock(b->os, &b->store_lock);
    return octets;
}

static void load_files(base* b) {
    const fw_files_config c = {FILES_TOKEN, fw_boot_files_address(b->me.flash_octets, b->me.flash_block_octets),
                               FW_BOOT_FILES_BLOCKS, b->me.flash_block_octets, b->me.flash_page_octets};
    if (fw_boot_slot_octets(b->me.flash_octets, b->me.flash_block_octets) == 0) return; /* a small flash has none */
    fw_files_init(&b->files, &b->io, &c);
    fw_files_load(&b->files, stored, b);
    rt_take(b->os, &b->store_done, RT_FOREVER);
}

static void load_all(base* b) {
    const uint8_t* value;
    size_t octets;
    fw_kv_load(&b->store, loaded, b);
    rt_take(b->os, &b->store_done, RT_FOREVER);
    value = fw_kv_get(&b->store, URL_KEY, &octets);
    if (value != NULL && octets < sizeof b->url) memcpy(b->url, value, octets);
    value = fw_kv_get(&b->store, LEASE_KEY, &octets);
    if (value != NULL && octets == sizeof b->remembered && b->me.remembers_lease)
        memcpy(&b->remembered, value, sizeof b->remembered);
    load_files(b);
    char* text = stored_config(b, &octets);
    b->configured = text != NULL && read_config(b, text, octets, &b->config);
    free(text);
    load_subscribers(b);
    load_slots(b);
}

static void main_task(void* context) {
    base* b = context;
    set_phase(b, PH_BOOT, "reset");
    load_all(b);
    rt_delay(b->os, BOOT_MS);
    rt_give(b->os, &b->radio_wanted);
    rt_start(b->os, "lease", 3, STACK, lease_task, b);
    for (;;) {
        set_phase(b, PH_NETWORK, "no lease");
        while (b->address == 0) rt_take(b->os, &b->news, RT_FOREVER);
        if (b->me.settle_ms != 0) rt_delay(b->os, b->me.settle_ms);
        if (b->address != 0 && (!b->configured || lan_names_server(b))) onboard(b);
        while (b->address != 0 && b->configured) {
            update(b);
            serve(b);
        }
        if (b->user != 0) say_verdict(b, b->user, FW_VERDICT_REDIRECTION_UNREACHABLE, 0);
        b->user = 0;
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

static bool on_store(void* context, const dectbed_event* e) {
    base* b = context;
    return fw_kv_handle(&b->store, e) || fw_files_handle(&b->files, e) || fw_slots_handle(&b->slots, e);
}

static void boot(base* b, const dectbed_ev_boot* e) {
    const fw_kv_config store = {STORE_TOKEN, 0, e->flash_block_octets, e->flash_page_octets};
    b->me = *e;
    b->me.model[31] = b->me.serial[31] = b->me.redirection_url[127] = b->me.provisioning_url[127] = '\0';
    b->me.user_class[sizeof b->me.user_class - 1] = b->me.geolocation_url[sizeof b->me.geolocation_url - 1] = '\0';
    b->me.stun_server[63] = b->me.http_proxy[63] = b->me.time_server[63] = '\0';
    name_version(b, VERSION);
    fw_kv_init(&b->store, &b->io, &store);
    rt_semaphore_init(&b->news, 0, 1);
    rt_semaphore_init(&b->lan_changed, 0, 1);
    rt_semaphore_init(&b->store_done, 0, 1);
    rt_semaphore_init(&b->slots_done, 0, 1);
    rt_semaphore_init(&b->radio_wanted, 0, 1);
    rt_mutex_init(&b->store_lock);
    rt_mutex_init(&b->frames);
    rt_queue_init(&b->orders, b->order_buffer, sizeof b->order_buffer[0], 2);
    rt_queue_init(&b->events, b->event_buffer, sizeof b->event_buffer[0], AIR_EVENTS);
    rt_listen(b->os, on_store, b);
    web_init(b);
    rt_listen(b->os, web_listener, b);
    rt_listen(b->os, lan_listener, b);
    rt_io_init(&b->net, b->os, FIRST_SOCKET, NET_TOKEN);
    rt_listen(b->os, air_listener, b);
    rt_start(b->os, "dog", 1, STACK, dog_task, b);
    rt_start(b->os, "main", 2, STACK, main_task, b);
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
    web_free(b);
    fw_sip_free(&b->sip);
    fw_kv_free(&b->store);
    fw_files_free(&b->files);
    fw_slots_free(&b->slots);
    fw_image_free(&b->image);
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
