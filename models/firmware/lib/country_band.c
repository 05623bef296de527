/* SPDX-License-Identifier: MIT-0 */
#include "country_band.h"

#include <string.h>

#include "dectbed/firmware.h"

/* Sources: docs/models/bands.md, "Rules of countries"; a test compares the two country by country. */
static const struct {
    uint8_t band;
    const char* countries;
} table[] = {
    {DECTBED_BAND_EU,
     "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE CH AU NZ HK ZA"},
    {DECTBED_BAND_EU, "GB NO IS LI TR UA RS BA MK AL ME"},
    {DECTBED_BAND_EU, "AE BH EG IL JO KW LB OM QA SA"},
    {DECTBED_BAND_EU, "BW CI CM DZ ET GH KE MA MU MZ NA NG SN TN TZ UG ZM ZW"},
    {DECTBED_BAND_EU, "BN ID KH LA MM MY PH SG VN CW"},
    {DECTBED_BAND_US, "US CA PR"},
    {DECTBED_BAND_LATIN_AMERICA, "AR CL CO MX PE VE UY EC BO PY"},
    {DECTBED_BAND_BRAZIL, "BR"},
    {DECTBED_BAND_JAPAN, "JP"},
    {DECTBED_BAND_KOREA, "KR"},
    {DECTBED_BAND_TAIWAN, "TW"},
    {DECTBED_BAND_CHINA, "CN"},
    {DECTBED_BAND_THAILAND, "TH"},
};

uint8_t fw_country_band(const char* country) {
    if (strlen(country) != 2) return DECTBED_BAND_NONE;
    for (size_t i = 0; i < sizeof table / sizeof *table; ++i) {
        for (const char* at = table[i].countries; *at != '\0'; at += at[2] == '\0' ? 2 : 3) {
            if (at[0] == country[0] && at[1] == country[1]) return table[i].band;
        }
    }
    return DECTBED_BAND_NONE;
}
