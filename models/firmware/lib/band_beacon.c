/* SPDX-License-Identifier: MIT-0 */
#include "band_beacon.h"

#include <string.h>

enum { version = 1, service = 4, discriminator_emc = 0x81, value_octets = 6, heard_escape = 2 };
/* As in activation.c: mandatory in these messages, and no value of it is meant for vendors. */
enum { info_type_dynamic_parameters = 0x80 | 0x06 };

#define CAPABILITY(a) (1ull << (47 - (a)))

dectbed_system_information fw_band_beacon(uint16_t emc, uint8_t band) {
    dectbed_system_information information;
    memset(&information, 0, sizeof information);
    information.fixed_part_capabilities = CAPABILITY(17) | CAPABILITY(23);
    information.escape_emc = emc;
    information.escape_data = (uint32_t)version << 16 | (uint32_t)service << 12 | band;
    return information;
}

enum fw_band_beacon_reading fw_band_beacon_read(const dectbed_system_information* information, uint8_t heard,
                                                uint16_t emc, uint8_t* band) {
    const uint32_t bits = information->escape_data;
    *band = DECTBED_BAND_NONE;
    if (!(heard & heard_escape) || bits >> 12 != (version << 4 | service)) return FW_BAND_BEACON_NONE;
    const uint8_t named = (uint8_t)bits;
    const bool well_formed = (bits >> 8 & 15) == 0 && named != DECTBED_BAND_NONE && named < DECTBED_BANDS;
    if (well_formed) *band = named;
    if (information->escape_emc != emc) return FW_BAND_BEACON_FOREIGN;
    return well_formed ? FW_BAND_BEACON_READ : FW_BAND_BEACON_BROKEN;
}

static void put_band(fw_nwk_writer* w, uint16_t emc, uint8_t band) {
    const uint8_t value[value_octets] = {discriminator_emc, (uint8_t)(emc >> 8),  (uint8_t)emc,
                                         version,           FW_BAND_ACKNOWLEDGED, band};
    fw_nwk_put(w, FW_IE_ESCAPE_TO_PROPRIETARY, value, sizeof value);
}

void fw_band_write_acknowledgement(fw_nwk_writer* w, uint16_t emc, const uint8_t ipei[5], uint8_t band) {
    fw_nwk_begin(w, FW_NWK_MM, 0, false, FW_MM_INFO_REQUEST);
    fw_nwk_put_octet(w, FW_IE_INFO_TYPE, info_type_dynamic_parameters);
    fw_nwk_put_ipui(w, ipei);
    put_band(w, emc, band);
}

void fw_band_write_reply(fw_nwk_writer* w, uint16_t emc, uint8_t band) {
    fw_nwk_begin(w, FW_NWK_MM, 0, true, FW_MM_INFO_ACCEPT);
    fw_nwk_put_octet(w, FW_IE_INFO_TYPE, info_type_dynamic_parameters);
    put_band(w, emc, band);
}

uint8_t fw_band_read_acknowledgement(const fw_nwk_message* message, uint16_t emc, bool reply) {
    const uint8_t* v;
    size_t n;
    if (message->protocol != FW_NWK_MM || message->answer != reply) return DECTBED_BAND_NONE;
    if (message->type != (reply ? FW_MM_INFO_ACCEPT : FW_MM_INFO_REQUEST)) return DECTBED_BAND_NONE;
    if (!fw_nwk_find(message, FW_IE_ESCAPE_TO_PROPRIETARY, &v, &n) || n != value_octets) return DECTBED_BAND_NONE;
    if (v[0] != discriminator_emc || (v[1] << 8 | v[2]) != emc || v[3] != version || v[4] != FW_BAND_ACKNOWLEDGED) {
        return DECTBED_BAND_NONE;
    }
    return v[5] < DECTBED_BANDS ? v[5] : DECTBED_BAND_NONE;
}

const char* fw_band_name(uint8_t band) {
    static const char* const names[DECTBED_BANDS] = {"",      "EU",    "US",     "Latin America", "Brazil",
                                                     "Japan", "Korea", "Taiwan", "China",         "Thailand"};
    return band < DECTBED_BANDS ? names[band] : "";
}
