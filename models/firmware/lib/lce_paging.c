/* SPDX-License-Identifier: MIT-0 */
#include "lce_paging.h"

enum { assigned = 0x08, header_voice = 4, header_mask = 7, header_ringing = 1 };

void fw_lce_short_page(uint8_t out[FW_LCE_SHORT_PAGE_OCTETS], uint32_t tpui) {
    out[0] = assigned | header_voice;
    out[1] = (uint8_t)(tpui >> 8);
    out[2] = (uint8_t)tpui;
}

bool fw_lce_page_is_for(const uint8_t* page, size_t octets, uint32_t tpui, const uint8_t ipui[5]) {
    const bool has_tpui = tpui <= 0xFFFFF;
    if (octets != FW_LCE_SHORT_PAGE_OCTETS && octets != FW_LCE_FULL_PAGE_OCTETS) return false;
    if ((page[0] & header_mask) == header_ringing) return false; /* it rings, and wants no link */
    if (octets == FW_LCE_SHORT_PAGE_OCTETS) {
        const uint32_t low = (uint32_t)page[1] << 8 | page[2];
        const uint32_t own_low = page[0] & assigned ? tpui & 0xFFFF : (uint32_t)ipui[3] << 8 | ipui[4];
        return (has_tpui || !(page[0] & assigned)) && low == own_low;
    }
    if (page[0] & assigned) {
        const uint32_t paged = (uint32_t)(page[1] & 15) << 16 | (uint32_t)page[2] << 8 | page[3];
        return has_tpui && paged == tpui;
    }
    return page[1] >> 4 == 0 && (page[1] & 15) == (ipui[1] & 15) && page[2] == ipui[2] && page[3] == ipui[3] &&
           page[4] == ipui[4];
}
