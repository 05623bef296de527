/* SPDX-License-Identifier: MIT-0
 *
 * The cut at MAC bursts: for a base whose firmware runs MAC and DLC itself, above a baseband (burst-mode controller)
 * that takes and gives bursts. A firmware chooses this cut in its manifest; then it has no other radio requests (they
 * are refused "not available"). Its handsets are the same as everybody's.
 *
 * Nothing ticks. What repeats is a plan until it is changed, and only bursts that say something are told:
 *   - The dummy bearer repeats a set of A-fields by the T-MUX (EN 300 175-3, 6.2.2.1, 7.2.3.1): NT, and in frame 8 the
 * QT messages. The baseband fills in what counts: the multiframe number, and PSCN, the carrier of its receiver in the
 *     next frame. The receiver is on the primary scan wherever a slot pair has no bearer.
 *   - A bearer repeats its idle A-field, NT. Every other burst is asked for, by its frame.
 *   - A handset's burst is told if its tail is not NT, or if it follows, half a frame later, a burst that was asked
 * for, received or not. Others say nothing new; that nothing at all comes any more is told once (MAC_SILENT). The
 * baseband adds the R-CRC, and clears Q2 of a burst where the one half a frame before did not arrive.
 *
 * Frames are numbered from frame 0 of multiframe 0: frame / 16 is the multiframe number, frame % 16 the frame number.
 * Slots are slot pairs 0..11: the base transmits in that slot, its handset 12 slots later. Carriers have their numbers
 * in the band (EN 300 175-2, Annex F). An A-field is 8 octets, a0 the most significant bit of the first one: header,
 * tail of 5 octets, R-CRC. Basic connections on full slots, with signalling in the A-field only.
 *
 * This file may be used, copied and changed without any condition.
 */
#ifndef DECTBED_MAC_BURSTS_H
#define DECTBED_MAC_BURSTS_H

#include "firmware.h"

/* In dectbed_firmware.flags. Bases only; not with DECTBED_FLAG_MODULE. */
enum { DECTBED_FLAG_MAC_BURSTS = 8 };

enum dectbed_mac_request {
    DECTBED_REQ_MAC_START = 0x0801,     /* dectbed_req_radio_start: tunes the baseband; transmits nothing yet */
    DECTBED_REQ_MAC_STOP = 0x0802,      /* a bare record: silent at once, bearers included */
    DECTBED_REQ_MAC_MEASURE = 0x0803,   /* a bare record: RSSI of all channels; before the dummy bearer is sent */
    DECTBED_REQ_MAC_BROADCAST = 0x0804, /* dectbed_req_mac_broadcast: sends a dummy bearer, or changes what it says */
    DECTBED_REQ_MAC_OPEN = 0x0805,      /* dectbed_req_mac_open: a bearer for whoever has asked for it */
    DECTBED_REQ_MAC_BURST = 0x0806,     /* dectbed_req_mac_burst: one burst */
    DECTBED_REQ_MAC_CLOSE = 0x0807      /* dectbed_req_u32: the slot whose bearer ends, at once */
};

enum dectbed_mac_event {
    DECTBED_EV_MAC_STARTED = 0x1801,  /* dectbed_ev_mac_frame: answers MAC_START; the frame it is in */
    DECTBED_EV_MAC_RSSI = 0x1802,     /* dectbed_ev_mac_rssi: answers MAC_MEASURE, one for each carrier of the band */
    DECTBED_EV_MAC_ACCEPTED = 0x1803, /* dectbed_ev_mac_frame: answers MAC_BURST: the frame in which it is sent */
    DECTBED_EV_MAC_BURST = 0x1804,    /* dectbed_ev_mac_burst: received, or missed */
    DECTBED_EV_MAC_SILENT = 0x1805    /* dectbed_ev_mac_frame: nothing good came in that slot for as long as was said */
};

/* Refusals: "bad field": content that cannot be sent there or contradicts what the baseband is tuned to; "no channel":
 * the band, or the band has no such carrier; "wrong state": not started, started already, or that frame has begun, is
 * more than 16 frames away or has a burst; "not found": nobody has asked for a bearer there, or none is open; "too
 * many": the transceiver serves no more bearers; "not available": what is not offered: connectionless bearers,
 * handover, fast set-up, ciphering messages, long pages. */

enum { DECTBED_MAC_A_FIELD_OCTETS = 8, DECTBED_MAC_BROADCAST_MAX = 6, DECTBED_MAC_SILENCE_FRAMES_MAX = 6000 };
#define DECTBED_MAC_NEXT_FRAME 0xFFFFFFFFu

/* The set that a dummy bearer repeats, in any order, each once: NT, static information, capabilities, multiframe
 * number; extended carriers where the band has such; escape, if there is one. Headers have BA = 111. What the static
 * information says of carrier, slot and carriers must be so. While it is sent, carrier, slot and RFPI cannot be
 * changed. */
typedef struct dectbed_req_mac_broadcast {
    dectbed_record record;
    uint8_t carrier, slot;
    uint8_t count; /* of A-fields */
    uint8_t reserved[5];
    uint8_t a_fields[DECTBED_MAC_BROADCAST_MAX][DECTBED_MAC_A_FIELD_OCTETS]; /* R-CRC: zero; so are those not counted */
} dectbed_req_mac_broadcast;

/* Opens the bearer that an access request asked for, in the frame after it. On one that is open: another idle A-field.
 */
typedef struct dectbed_req_mac_open {
    dectbed_record record;
    uint8_t carrier, slot;   /* of the request */
    uint16_t silence_frames; /* 1..6000: MAC_SILENT after so many without a good A-field; of the first OPEN */
    uint32_t frame;          /* that after the request's */
    uint8_t idle[DECTBED_MAC_A_FIELD_OCTETS]; /* NT, BA = 000; R-CRC: zero */
} dectbed_req_mac_open;

/* On a bearer that is open: CT, NT, or MT of the basic set, BA = 000. As the only answer to an access request: a
 * RELEASE. In the slot of the dummy bearer: PT with a short or full page, BA = 111; frame 0 is everybody's, other
 * frames of the T-MUX are heard by handsets in high duty. A handset takes CT and MT from whichever frame they are in.
 */
typedef struct dectbed_req_mac_burst {
    dectbed_record record;
    uint8_t slot;
    uint8_t reserved[1];
    uint16_t frame_numbers; /* with NEXT_FRAME: the first one, without a burst yet, whose number n has bit n set here */
    uint32_t frame;         /* or DECTBED_MAC_NEXT_FRAME */
    uint8_t a_field[DECTBED_MAC_A_FIELD_OCTETS]; /* R-CRC: zero */
} dectbed_req_mac_burst;

typedef struct dectbed_ev_mac_frame {
    dectbed_event event;
    uint32_t frame;
    uint8_t slot; /* ACCEPTED, SILENT */
    uint8_t reserved[3];
} dectbed_ev_mac_frame;

typedef struct dectbed_ev_mac_rssi {
    dectbed_event event;
    uint8_t carrier;
    uint8_t reserved[7];
    int8_t dbm[24]; /* the loudest in each slot; -93: quiet */
} dectbed_ev_mac_rssi;

typedef struct dectbed_ev_mac_burst {
    dectbed_event event;
    uint32_t frame;
    uint8_t slot; /* the pair: it came 12 slots later */
    uint8_t carrier;
    uint8_t good;    /* 1: the R-CRC holds; 0: it does not, or nothing came: then the A-field is zero */
    uint8_t request; /* 1: in a slot that has no bearer */
    int32_t rssi_milli_dbm;
    uint32_t reserved;
    uint8_t a_field[DECTBED_MAC_A_FIELD_OCTETS];
} dectbed_ev_mac_burst;

#endif
