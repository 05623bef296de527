/* SPDX-License-Identifier: MIT-0
 *
 * Link control entity: timers of links, and the {LCE-REQUEST-PAGE} by which a fixed part calls a portable part
 * (EN 300 175-5 V2.7.1, 14, 8.2 and annex A).
 *
 *   short, 3 octets   0000 W HHH | TPUI, low 16 bits
 *   full,  5 octets   0000 1 HHH | slot type 4, TPUI 20, set-up 4, 0000   or   0000 0 HHH | IPUI class 4, IPUI 28
 */
#ifndef FW_LCE_PAGING_H
#define FW_LCE_PAGING_H

#include "fw_io.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FW_LCE_01_US (5 * FW_SECOND_US)  /* release of a link */
#define FW_LCE_02_US (10 * FW_SECOND_US) /* partial release: a link nobody uses is kept so long */
#define FW_LCE_03_US (3 * FW_SECOND_US)  /* from a page to its repetition */
enum { FW_LCE_N300 = 3 };                /* pages in all: 3 recommended for voice */
enum { FW_LCE_SHORT_PAGE_OCTETS = 3, FW_LCE_FULL_PAGE_OCTETS = 5 };

/* For an assigned TPUI, header "voice". */
void fw_lce_short_page(uint8_t out[FW_LCE_SHORT_PAGE_OCTETS], uint32_t tpui);
/* Is this page for the portable part with this TPUI (20 bits; any other value: none) and this IPUI of type N? */
bool fw_lce_page_is_for(const uint8_t* page, size_t octets, uint32_t tpui, const uint8_t ipui[5]);

#ifdef __cplusplus
}
#endif
#endif
