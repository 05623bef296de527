/* SPDX-License-Identifier: MIT-0
 *
 * Another firmware: fetched piece by piece into the slot that does not run, going on where a download broke off;
 * checked; started by the boot loader on trial; confirmed when this base is in service with it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

enum { HASH_MEGABYTE_US = 30000 }; /* where the device does not say */

static void slots_done(void* context, const char* why) {
    base* b = context;
    b->slots_why = why;
    rt_give(b->os, &b->slots_done);
}

void load_slots(base* b) {
    const fw_slots_config c = {SLOTS_TOKEN, b->me.flash_octets, b->me.flash_block_octets, b->me.flash_page_octets};
    const fw_boot_record* runs;
    fw_slots_init(&b->slots, &b->io, &c);
    fw_slots_load(&b->slots, slots_done, b);
    rt_take(b->os, &b->slots_done, RT_FOREVER);
    runs = fw_slots_running(&b->slots);
    if (runs == NULL) return;
    name_version(b, runs->version);
    memcpy(b->http.config.user_agent, b->agent, sizeof b->http.config.user_agent);
}

void confirm_firmware(base* b) {
    if (!fw_slots_on_trial(&b->slots)) return;
    fw_log(&b->io, FW_LOG_INFORMATION, "in service with firmware %s: it stays", b->version);
    fw_slots_confirm(&b->slots);
}

/* At interrupt level, for every piece. */
static bool take(void* context, uint64_t offset, const void* data, size_t octets) {
    base* b = context;
    if (offset != b->image.octets) {
        fw_image_begin(&b->image);
        fw_slots_begin(&b->slots);
    }
    return offset == b->image.octets && fw_image_take(&b->image, b->me.model, b->config.version, data, octets) &&
           fw_slots_take(&b->slots, data, octets);
}

/* True: a whole image is on its way into the flash. */
static bool download(base* b, const char* url, web_answer* a) {
    const uint64_t megabyte_us = b->me.cost_hash_megabyte_us ? b->me.cost_hash_megabyte_us : HASH_MEGABYTE_US;
    fw_http_options options;
    memset(&options, 0, sizeof options);
    options.sink = take;
    for (unsigned tries = 0;; ++tries) {
        bool good, bad;
        fw_image_begin(&b->image);
        if (!fw_slots_begin(&b->slots)) return false;
        web_get(b, url, &options, a);
        fw_consume_cpu(&b->io, (uint32_t)(b->image.octets * megabyte_us / 1000000));
        good = a->status == 200 && fw_image_good(&b->image);
        fw_image_free(&b->image);
        if (good) return true;
        fw_slots_abandon(&b->slots);
        bad = a->status == 200 || a->error == FW_HTTP_TOO_LARGE;
        if (bad) fw_log(&b->io, FW_LOG_WARNING, "firmware %s: that was not it, or too large", b->config.version);
        if (bad || web_is_final(a) || !web_patience(b, tries, a)) return false;
    }
}

void update(base* b) {
    char url[FW_URL_OCTETS];
    web_answer* a;
    const config_t* c = &b->config;
    if (!c->version[0] || !c->image[0] || !strcmp(c->version, b->version) || b->update_given_up ||
        fw_slots_rejected(&b->slots, c->version) || (a = malloc(sizeof *a)) == NULL)
        return;
    fw_log(&b->io, FW_LOG_INFORMATION, "firmware %s is wanted, %s runs", c->version, b->version);
    set_phase(b, PH_UPDATE, "another firmware");
    const bool whole = strstr(c->image, "://") != NULL;
    const int n = snprintf(url, sizeof url, "%s%s", whole ? "" : b->url, c->image);
    b->slots_done.count = 0;
    if (n > 0 && (size_t)n < sizeof url && download(b, url, a) &&
        fw_slots_finish(&b->slots, b->me.model, c->version, slots_done, b)) {
        rt_take(b->os, &b->slots_done, RT_FOREVER);
        if (b->slots_why == NULL) {
            fw_reset(&b->io, DECTBED_RESET_UPDATE);
            for (;;) rt_delay(b->os, 3600000); /* the reset ends this life */
        }
        fw_log(&b->io, FW_LOG_WARNING, "firmware %s: %s", c->version, b->slots_why);
    }
    b->update_given_up = b->address != 0; /* without a network it was not the server's fault */
    free(a);
}
