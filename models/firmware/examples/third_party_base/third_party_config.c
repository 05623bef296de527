/* SPDX-License-Identifier: MIT-0 */
#include "third_party_config.h"

#include <stdio.h>
#include <string.h>

#include "band_beacon.h"
#include "cfg.h"
#include "third_party_mutants.h"

int readConfig(Config* c, const uint8_t mac[6], const char* text, size_t size) {
    fw_cfg_reader r;
    fw_cfg_item item;
    char mac12[13];
    fw_mac12(mac, mac12);
    memset(c, 0, sizeof *c);
    c->port = 5060;
    c->expires = 3600;
    memcpy(c->pin, "0000", 5);
    fw_cfg_begin(&r, text, size);
    while (fw_cfg_next(&r, &item)) {
        if (!item.well_formed || !fw_cfg_expand(item.value, sizeof item.value, "${mac}", mac12)) return 0;
        if (!strcmp(item.key, "subscription.open")) c->openAlways = !strcmp(item.value, "always");
        if (!strcmp(item.key, "subscription.pin")) snprintf(c->pin, sizeof c->pin, "%.15s", item.value);
        if (!strcmp(item.key, "band") && !strcmp(item.value, "eu")) c->band = DECTBED_BAND_EU;
        if (!strcmp(item.key, "band") && !strcmp(item.value, "us")) c->band = DECTBED_BAND_US;
        if (!strcmp(item.key, "sip.registrar")) snprintf(c->registrar, sizeof c->registrar, "%.127s", item.value);
        if (!strcmp(item.key, "sip.domain")) snprintf(c->domain, sizeof c->domain, "%.127s", item.value);
        if (!strcmp(item.key, "sip.user")) snprintf(c->user, sizeof c->user, "%.63s", item.value);
        if (!strcmp(item.key, "sip.port") && !fw_cfg_number(item.value, 1, 65535, &c->port)) return 0;
        if (!strcmp(item.key, "sip.expires") && !fw_cfg_number(item.value, 60, 86400, &c->expires)) return 0;
    }
    if (!c->domain[0]) memcpy(c->domain, c->registrar, sizeof c->domain);
#if THIRD_PARTY_MUTANT == MUTANT_INCOMPLETE_CONFIGURATION_TAKEN
    if (!c->user[0]) memcpy(c->user, "base", 5);
    if (!c->registrar[0]) memcpy(c->registrar, "sip", 4);
    if (c->band == DECTBED_BAND_NONE) c->band = DECTBED_BAND_EU;
#endif
    return c->band != DECTBED_BAND_NONE && c->registrar[0] && c->user[0];
}

int option66Url(const char* text, char* url, size_t size) {
    size_t n = strlen(text);
#if THIRD_PARTY_MUTANT == MUTANT_WRONG_OPTION_66_PARSING
    /* "the name of a TFTP server", says the standard */
    if (n == 0 || n + 9 > size) return 0;
    snprintf(url, size, "http://%s/", text);
    return 1;
#endif
    while (n > 0 && text[n - 1] == ' ') --n;
    if (n < 9 || n + 2 > size || (strncmp(text, "http://", 7) != 0 && strncmp(text, "https://", 8) != 0)) return 0;
    snprintf(url, size, "%.*s%s", (int)n, text, text[n - 1] == '/' ? "" : "/");
    return 1;
}
