/* SPDX-License-Identifier: MIT-0
 *
 * The configuration file: what this base understands of it, and how it is kept.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "cfg.h"
#include "dsaa2.h"

enum { POLL_MIN_S = 60, DAILY_SPREAD_S = 900 };
#define UNWRITTEN UINT32_MAX

static uint8_t place_in(const char* const* names, uint8_t count, const char* name) {
    uint8_t i = 0;
    while (i < count && strcmp(names[i], name) != 0) ++i;
    return i;
}

static bool copy(char* out, size_t size, const char* value) { return (size_t)snprintf(out, size, "%s", value) < size; }

/* "HH:MM" in seconds after midnight; -1: not that. */
static int32_t time_of_day(const char* text) {
    uint32_t hour = 0, minute = 0;
    if (strlen(text) != 5 || text[2] != ':') return -1;
    const char h[] = {text[0], text[1], '\0'};
    return fw_cfg_number(h, 0, 23, &hour) && fw_cfg_number(text + 3, 0, 59, &minute)
               ? (int32_t)(hour * 3600 + minute * 60)
               : -1;
}

static bool set(base* b, const fw_cfg_item* item, config_t* c) {
    static const char* const bands[] = {"",      "eu",    "us",     "latin_america", "brazil",
                                        "japan", "korea", "taiwan", "china",         "thailand"};
    static const char* const transports[] = {"udp", "tcp", "tls"};
    static const char* const schemes[] = {"sip", "sips"};
    static const char* const lookups[] = {"a", "srv", "naptr"};
    static const char* const opens[] = {"window", "always"};
    uint8_t code[FW_AUTH_CODE_OCTETS];
    const char *key = item->key, *value = item->value;
    if (!strcmp(key, "band")) return (c->band = place_in(bands, DECTBED_BANDS, value)) % DECTBED_BANDS != 0;
    if (!strcmp(key, "sip.registrar")) return copy(c->registrar, sizeof c->registrar, value);
    if (!strcmp(key, "sip.domain")) return copy(c->domain, sizeof c->domain, value);
    if (!strcmp(key, "sip.user")) return copy(c->user, sizeof c->user, value);
    if (!strcmp(key, "sip.password")) return copy(c->password, sizeof c->password, value);
    if (!strcmp(key, "sip.port")) return fw_cfg_number(value, 1, 65535, &c->port);
    if (!strcmp(key, "sip.expires")) return fw_cfg_number(value, 60, 86400, &c->expires_s);
    if (!strcmp(key, "sip.keep_alive")) return fw_cfg_number(value, 0, 3600, &c->keep_alive_s);
    if (!strcmp(key, "sip.transport")) {
        c->any_transport = false;
        return (c->transport = place_in(transports, 3, value)) < 3;
    }
    if (!strcmp(key, "sip.scheme")) {
        const uint8_t scheme = place_in(schemes, 2, value);
        c->sips = scheme == 1;
        return scheme < 2;
    }
    if (!strcmp(key, "sip.lookup")) return (c->lookup = place_in(lookups, 3, value)) < 3;
    if (!strcmp(key, "firmware.version")) return copy(c->version, sizeof c->version, value);
    if (!strcmp(key, "firmware.url")) return copy(c->image, sizeof c->image, value);
    if (!strcmp(key, "provisioning.period"))
        return fw_cfg_number(value, 0, 604800, &c->poll_s) && (c->poll_s == 0 || c->poll_s >= POLL_MIN_S);
    if (!strcmp(key, "provisioning.at")) return (c->poll_at_s = time_of_day(value)) >= 0;
    if (!strcmp(key, "provisioning.spread")) return fw_cfg_number(value, 0, 86400, &c->poll_spread_s);
    if (!strcmp(key, "subscription.open")) {
        const uint8_t open = place_in(opens, 2, value);
        c->open_always = open == 1;
        return open < 2;
    }
    if (!strcmp(key, "subscription.pin"))
        return strlen(value) >= 4 && fw_auth_code_from_digits(value, code) && copy(c->pin, sizeof c->pin, value);
    if (strcmp(key, "name") != 0) fw_log(&b->io, FW_LOG_INFORMATION, "key %s is unknown here", key);
    return true;
}

bool read_config(base* b, const char* text, size_t octets, config_t* out) {
    fw_cfg_reader r;
    fw_cfg_item item;
    char mac[13];
    config_t c;
    memset(&c, 0, sizeof c);
    c.expires_s = 3600;
    c.poll_at_s = -1;
    c.poll_spread_s = UNWRITTEN;
    c.any_transport = true;
    copy(c.pin, sizeof c.pin, "0000");
    fw_mac12(b->me.mac, mac);
    fw_cfg_begin(&r, text, octets);
    while (fw_cfg_next(&r, &item)) {
        const bool good = item.well_formed && fw_cfg_expand(item.value, sizeof item.value, "${mac}", mac);
        if (!good || !set(b, &item, &c)) {
            fw_log(&b->io, FW_LOG_WARNING, "configuration refused: line %u", r.line);
            return false;
        }
    }
    /* A fleet that asks as one is a load. */
    if (c.poll_spread_s == UNWRITTEN) c.poll_spread_s = c.poll_at_s >= 0 ? DAILY_SPREAD_S : c.poll_s / 10;
    if (!c.domain[0]) memcpy(c.domain, c.registrar, sizeof c.domain);
    if (c.band == DECTBED_BAND_NONE || !c.registrar[0] || !c.user[0]) {
        fw_log(&b->io, FW_LOG_WARNING, "configuration refused: no band, registrar or user");
        return false;
    }
    *out = c;
    return true;
}

static const char file_name[] = "configuration";

/* The store's value counts, if there is one: so the change from one to the other is a single step, too. */
bool store_config(base* b, const char* text, size_t octets) {
    if (octets <= FW_KV_VALUE_OCTETS_MAX) return store_set(b, CONFIG_KEY, text, octets);
    return file_write(b, file_name, text, octets) && store_set(b, CONFIG_KEY, NULL, 0);
}

char* stored_config(base* b, size_t* octets) {
    const uint8_t* value = fw_kv_get(&b->store, CONFIG_KEY, octets);
    char* out = malloc(FILE_OCTETS);
    if (out == NULL) return NULL;
    if (value != NULL) {
        memcpy(out, value, *octets);
    } else {
        *octets = file_read(b, file_name, out, FILE_OCTETS);
    }
    if (*octets > 0) return out;
    free(out);
    return NULL;
}
