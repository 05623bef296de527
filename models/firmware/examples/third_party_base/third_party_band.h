/* SPDX-License-Identifier: MIT-0
 *
 * A base that was made for no country in particular listens, band after band, until a handset names one, and says over
 * the air that it has understood. Only then it may transmit as a base.
 */
#ifndef THIRD_PARTY_BAND_H
#define THIRD_PARTY_BAND_H

#include "band_beacon.h"

typedef enum { BAND_IDLE, BAND_SCAN, BAND_REST, BAND_LOCK, BAND_OPEN, BAND_SAY, BAND_RELEASE, BAND_PAUSE } BandStep;

typedef struct {
    fw_io* io;
    uint32_t timer, token;
    uint16_t emc, bands;
    uint8_t ipei[5];
    void (*found)(void* ctx, uint8_t band);
    void* ctx;
    BandStep step;
    uint8_t scanned, band, rfpi[5];
    int locked, accepted;
    int32_t loudest;
    unsigned tries;
    uint32_t link;
    uint64_t since;
} BandSearch;

void bandSearch(BandSearch* s);
/* 1: the event was for the search. */
int bandHandle(BandSearch* s, const dectbed_event* e);

#endif
