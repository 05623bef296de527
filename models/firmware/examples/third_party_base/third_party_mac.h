/* SPDX-License-Identifier: MIT-0
 *
 * MAC and DLC of this base where its product has no more than a baseband: a lean set, basic connections on full slots,
 * LAPC in class A, above the bursts of dectbed/mac_bursts.h. It stands between the host and the rest of the base, which
 * goes on asking for its radio as ever (firmware.h) and does not notice.
 */
#ifndef THIRD_PARTY_MAC_H
#define THIRD_PARTY_MAC_H

#include <dectbed/mac_bursts.h>
#include <stddef.h>

enum { MAC_TIMERS = 96, MAC_SLOTS = 12, MAC_MESSAGES = 6, MAC_FRAMES = 4, MAC_FRAME_OCTETS = 70, MAC_MESSAGE_OCTETS = 63,
       MAC_LONGEST = 256, MAC_EVENTS = 16, MAC_EVENT_OCTETS = 320 };

typedef enum { MAC_FREE, MAC_OFFERED, MAC_UP, MAC_LEAVING } MacState;

typedef struct {
    uint32_t token;
    uint8_t octets, data[MAC_MESSAGE_OCTETS];
} MacMessage;

typedef struct {
    MacState state;
    uint32_t link, pmid, frame; /* frame: of the confirm; later of the second release */
    /* C-channel: numbers modulo 2, one segment at a time */
    uint8_t frames, sentOctets, number, expected, outstanding, accepted;
    uint32_t sentIn;
    struct {
        uint8_t octets, data[MAC_FRAME_OCTETS];
    } out[MAC_FRAMES];
    uint8_t inOctets, in[MAC_FRAME_OCTETS + 5];
    /* LAPC */
    uint8_t vs, vr, unacknowledged, retries, said;
    uint8_t messages;
    MacMessage queue[MAC_MESSAGES];
    uint16_t partOctets;
    uint8_t part[MAC_LONGEST];
} MacBearer;

typedef struct {
    dectbed_host above; /* what the rest of the base takes for its host */
    const dectbed_host *below;
    uint64_t now;
    uint32_t token, links;
    uint64_t luck;
    uint8_t rfpi[5], band, carrier, slot, measured, known;
    enum { MAC_OFF, MAC_STARTING, MAC_ON } life;
    int quietest;
    unsigned ties;
    dectbed_system_information information;
    MacBearer bearers[MAC_SLOTS];
    unsigned first, waiting; /* of the events for the rest of the base */
    uint64_t events[MAC_EVENTS][MAC_EVENT_OCTETS / 8];
} Mac;

const dectbed_host *macInit(Mac *m, const dectbed_host *host);
/* 1: the event was its own. */
int macHandle(Mac *m, const dectbed_event *e);
/* What it has to say to the rest of the base; NULL: nothing more. It holds until the next call. */
const dectbed_event *macTake(Mac *m);

#endif
