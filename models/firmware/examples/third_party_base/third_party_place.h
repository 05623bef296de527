/* SPDX-License-Identifier: MIT-0
 *
 * How not to keep a configuration: at one fixed place, erased and then written over, with "provisioned" standing in
 * front of it and hence written first. Only MUTANT_CONFIGURATION_IN_PLACE does it.
 */
#ifndef THIRD_PARTY_PLACE_H
#define THIRD_PARTY_PLACE_H

#include "fw_io.h"

enum { PLACE_TEXT_MAX = 2048, PLACE_HEAD = 6 };

typedef struct {
    fw_io* io;
    uint32_t token, address, page;
    uint8_t image[PLACE_HEAD + PLACE_TEXT_MAX];
    uint32_t octets, done;
} Place;

void placeLoad(Place* p); /* asks for FLASH_DATA */
/* NULL: nothing there; else as many octets of text as it says. */
const char* placeText(fw_payload data, size_t* octets);
int placeStore(Place* p, const char* text, size_t octets); /* 0: too long */
int placeGoOn(Place* p);                                   /* at each FLASH_DONE; 1: all is written */

#endif
