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

static uint8_t place_in(const char* const* names, uint8_t count, const char* name) {
    uint8_t i = 0;
    while (i < count && strcmp(names[i], name) != 0) ++i;
    return i;
}

static bool copy(char* out, size_t size, const char* value) { return (size_t)snprintf(out, size, "%s", value) < size; }

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
    if (!c.domain[0]) memcpy(c.domain, c.registrar, sizeof c.domain);
    if (c.band == DECTBED_BAND_NONE || !c.registrar[0] || !c.user[0]) {
        fw_log(&b->io, FW_LOG_WARNING, "configuration refused: no band, registrar or user");
        return false;
    }
    *out = c;
    return true;
}

bool store_config(base* b, const char* text, size_t octets) {
    fw_cfg_reader r;
    fw_cfg_item item;
    size_t n = 0;
    char* brief;
    bool ok;
    if (octets <= FW_KV_VALUE_OCTETS_MAX) return store_set(b, CONFIG_KEY, text, octets);
    brief = malloc(FW_KV_VALUE_OCTETS_MAX + 1);
    if (brief == NULL) return false;
    fw_cfg_begin(&r, text, octets);
    ok = true;
    while (ok && fw_cfg_next(&r, &item)) {
        if (item.well_formed) ok = fw_append(brief, FW_KV_VALUE_OCTETS_MAX + 1, &n, "%s=%s\n", item.key, item.value);
    }
    ok = ok && store_set(b, CONFIG_KEY, brief, n);
    free(brief);
    return ok;
}
