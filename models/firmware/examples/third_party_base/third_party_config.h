/* SPDX-License-Identifier: MIT-0
 *
 * What this base is told: its configuration file, and option 66 of DHCP.
 */
#ifndef THIRD_PARTY_CONFIG_H
#define THIRD_PARTY_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "dectbed/firmware.h"

typedef struct {
    char registrar[128], domain[128], user[64], pin[16]; /* registrar "": there is no configuration */
    uint32_t port, expires;
    int openAlways; /* for registrations of handsets */
    uint8_t band; /* enum dectbed_band; DECTBED_BAND_NONE: not said */
} Config;

/* 0: the file is not usable; what *c holds then does not matter. */
int readConfig(Config* c, const uint8_t mac[6], const char* text, size_t size);

/* A whole URL in option 66 is where this base's file lies; anything else is for other people's devices. */
int option66Url(const char* text, char* url, size_t size);

#endif
