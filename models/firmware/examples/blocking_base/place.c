/* SPDX-License-Identifier: MIT-0
 *
 * A base without a band asks under which address the Internet sees it, in which country that is, and looks the band up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "country_band.h"
#include "json.h"

enum { NETWORK_S = 90, TRIES = 3, FIRST_MS = 4000 };

typedef enum { KNOWN, TRY_AGAIN, HOPELESS } outcome;

/* RFC 1918, 6598, 3927 and the like: a database cannot know them. */
static bool is_public(uint32_t a) {
    return a >> 24 != 0 && a >> 24 != 10 && a >> 24 != 127 && a >> 20 != 0xAC1 && a >> 16 != 0xC0A8 &&
           a >> 22 != 0x191 && a >> 16 != 0xA9FE && a >> 28 < 0xE;
}

static outcome ask_address(base* b, uint8_t method, web_answer* a, uint32_t* address) {
    char url[FW_URL_OCTETS + 8], text[16];
    const char* end = strrchr(b->me.redirection_url, '/');
    if (method == DECTBED_BAND_DISCOVERY_STUN) {
        if (b->me.stun_server[0] == '\0') return HOPELESS;
        *address = web_stun(b, b->me.stun_server);
        return *address != 0 ? KNOWN : TRY_AGAIN;
    }
    if (end == NULL) return HOPELESS;
    /* The echo stands beside the redirections. */
    snprintf(url, sizeof url, "%.*saddress", (int)(end + 1 - b->me.redirection_url), b->me.redirection_url);
    web_exchange(b, url, NULL, a);
    if (a->status != 200) return a->status == 404 ? HOPELESS : TRY_AGAIN;
    if (!fw_json_string(a->body, a->octets, "address", text, sizeof text)) return TRY_AGAIN;
    return fw_ipv4_parse(text, strlen(text), address) ? KNOWN : TRY_AGAIN;
}

static outcome ask_band(base* b, uint8_t method, web_answer* a, uint8_t* band) {
    char url[FW_URL_OCTETS], text[16], country[3];
    uint32_t address = 0;
    outcome o = ask_address(b, method, a, &address);
    if (o != KNOWN) return o;
    fw_ipv4_text(address, text);
    fw_log(&b->io, FW_LOG_INFORMATION, "public address %s", text);
    if (!is_public(address) || b->me.geolocation_url[0] == '\0') return HOPELESS;
    snprintf(url, sizeof url, "%s%s", b->me.geolocation_url, text);
    web_exchange(b, url, NULL, a);
    if (a->status != 200) return a->status == 404 ? HOPELESS : TRY_AGAIN;
    if (!fw_json_string(a->body, a->octets, "country", country, sizeof country)) return TRY_AGAIN;
    *band = fw_country_band(country);
    fw_log(&b->io, FW_LOG_INFORMATION, "country %s", country);
    return *band != DECTBED_BAND_NONE && (b->me.bands >> *band & 1) ? KNOWN : HOPELESS;
}

uint8_t band_of_place(base* b, uint8_t method) {
    uint8_t band = DECTBED_BAND_NONE;
    web_answer* a = malloc(sizeof *a);
    outcome o = TRY_AGAIN;
    for (int tries = 0; a != NULL && o == TRY_AGAIN && tries < TRIES; ++tries) {
        const uint64_t ms = (uint64_t)FIRST_MS << tries;
        if (tries > 0) rt_delay(b->os, (uint32_t)fw_random_between(&b->io, ms - ms / 4, ms + ms / 4));
        for (int s = 0; s < NETWORK_S && b->address == 0; ++s) rt_delay(b->os, 1000);
        if (b->address != 0) o = ask_band(b, method, a, &band);
    }
    free(a);
    return o == KNOWN ? band : DECTBED_BAND_NONE;
}
