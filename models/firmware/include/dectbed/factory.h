/* SPDX-License-Identifier: MIT-0
 *
 * Further manufacturing data, too long for the boot event; part of firmware.h, which includes it.
 * It may be used, copied and changed without any condition.
 */
#ifndef DECTBED_FACTORY_H
#define DECTBED_FACTORY_H

#include "firmware.h"

enum dectbed_factory_item {
    DECTBED_FACTORY_TRUST_ANCHORS = 1, /* certificates in PEM: those burned in, then those imported */
    DECTBED_FACTORY_CERTIFICATE = 2,   /* of this device, with its chain, in PEM; text may stand before it */
    DECTBED_FACTORY_KEY = 3            /* private key of that certificate, in PEM */
};

typedef struct dectbed_req_factory_read {
    dectbed_record record;
    uint32_t item; /* enum dectbed_factory_item */
    uint32_t offset;
} dectbed_req_factory_read;

/* data follows, at most 16384 octets; none: there is no more, or no such item */
typedef struct dectbed_ev_factory_data {
    dectbed_event event;
    uint32_t item, offset;
    uint32_t total; /* octets of the whole item */
    uint32_t reserved;
} dectbed_ev_factory_data;

#endif
