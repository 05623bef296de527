/* SPDX-License-Identifier: MIT-0 */
#include "third_party_band.h"

#include <string.h>

#include "third_party_mutants.h"

enum { DWELL = 40, DWELL_WIDE = 56, LISTEN_S = 600, REST_S = 120, ATTEMPTS = 3, WEAKEST = -80000 };

static void go(BandSearch* s, BandStep step, uint64_t timeout) {
    s->step = step;
    fw_timer_start(s->io, s->timer, timeout);
}

static void nextBand(BandSearch* s);

static void beginRound(BandSearch* s) {
    s->scanned = 0;
    s->band = DECTBED_BAND_NONE;
    s->loudest = WEAKEST;
    s->tries = 0;
    s->accepted = 0;
    nextBand(s);
}

static void finish(BandSearch* s) {
    fw_timer_stop(s->io, s->timer);
    if (s->locked) fw_radio_unlock(s->io);
    s->locked = 0;
    s->step = BAND_IDLE;
    s->found(s->ctx, s->band);
}

static void approach(BandSearch* s) {
    if (s->locked) {
        go(s, BAND_OPEN, 10 * FW_SECOND_US);
        fw_link_open(s->io, s->token);
    } else {
        go(s, BAND_LOCK, 15 * FW_SECOND_US);
        fw_radio_lock(s->io, s->token, s->band, s->rfpi);
    }
}

static void nextBand(BandSearch* s) {
    do ++s->scanned;
    while (s->scanned < DECTBED_BANDS && !(s->bands >> s->scanned & 1));
    if (s->scanned < DECTBED_BANDS) {
        go(s, BAND_SCAN, 30 * FW_SECOND_US);
        fw_radio_scan(s->io, s->token, s->scanned, s->scanned == DECTBED_BAND_EU ? DWELL : DWELL_WIDE);
    } else if (s->band != DECTBED_BAND_NONE) {
#if THIRD_PARTY_MUTANT == MUTANT_BAND_SWITCHED_BEFORE_ACKNOWLEDGEMENT
        finish(s);
#else
        approach(s);
#endif
    } else if (s->io->now_us - s->since < LISTEN_S * FW_SECOND_US) {
        beginRound(s);
    } else {
        go(s, BAND_REST, REST_S * FW_SECOND_US);
    }
}

static void again(BandSearch* s) {
    s->link = 0;
    if (++s->tries < ATTEMPTS) {
        go(s, BAND_PAUSE, fw_random_between(s->io, FW_SECOND_US, 3 * FW_SECOND_US));
        return;
    }
    if (s->locked) fw_radio_unlock(s->io);
    s->locked = 0;
    beginRound(s);
}

static void heard(BandSearch* s, const dectbed_ev_scan_result* r) {
    uint8_t band = DECTBED_BAND_NONE;
    if (fw_band_beacon_read(&r->information, r->heard, s->emc, &band) != FW_BAND_BEACON_READ) return;
    if (!(s->bands >> band & 1) || r->rssi_milli_dbm <= s->loudest) return;
    s->loudest = r->rssi_milli_dbm;
    s->band = band;
    memcpy(s->rfpi, r->rfpi, sizeof s->rfpi);
}

static void said(BandSearch* s, const dectbed_event* e) {
    const fw_payload p = fw_event_payload(e);
    fw_nwk_message m;
    if (s->step != BAND_SAY || !fw_nwk_parse(p.data, p.octets, &m)) return;
    s->accepted = fw_band_read_acknowledgement(&m, s->emc, true) == s->band;
    if (!s->accepted && !(m.protocol == FW_NWK_MM && m.type == FW_MM_INFO_REJECT)) return;
    go(s, BAND_RELEASE, 2 * FW_SECOND_US);
    fw_link_release(s->io, s->link);
}

static void over(BandSearch* s) {
    if (s->accepted) {
        finish(s);
    } else {
        again(s);
    }
}

static void timeout(BandSearch* s) {
    switch (s->step) {
        case BAND_IDLE:
            break;
        case BAND_SCAN:
            nextBand(s);
            break;
        case BAND_REST:
            bandSearch(s);
            break;
        case BAND_LOCK:
        case BAND_OPEN:
            again(s);
            break;
        case BAND_SAY: /* said, and perhaps heard */
            fw_link_release(s->io, s->link);
            finish(s);
            break;
        case BAND_RELEASE:
            over(s);
            break;
        case BAND_PAUSE:
            approach(s);
            break;
    }
}

void bandSearch(BandSearch* s) {
    s->since = s->io->now_us;
    beginRound(s);
}

static void opened(BandSearch* s, uint32_t link) {
    fw_nwk_writer w;
    if (s->step != BAND_OPEN) {
        fw_link_release(s->io, link);
        return;
    }
    s->link = link;
    fw_band_write_acknowledgement(&w, s->emc, s->ipei, s->band);
    go(s, BAND_SAY, 8 * FW_SECOND_US);
    fw_nwk_send(s->io, s->token, link, w.data, w.octets);
}

static void closed(BandSearch* s, uint32_t link) {
    if (s->step == BAND_OPEN && link == 0) again(s);
    if (s->step == BAND_SAY && link == s->link) {
        finish(s);
    } else if (s->step == BAND_RELEASE && link == s->link) {
        over(s);
    }
}

int bandHandle(BandSearch* s, const dectbed_event* e) {
    if (s->step == BAND_IDLE) return 0;
    switch (e->record.type) {
        case DECTBED_EV_TIMER:
            if (((const dectbed_ev_timer*)e)->timer != s->timer) return 0;
            timeout(s);
            return 1;
        case DECTBED_EV_SCAN_RESULT:
            if (s->step == BAND_SCAN) heard(s, (const dectbed_ev_scan_result*)e);
            return 1;
        case DECTBED_EV_SCAN_DONE:
            if (s->step == BAND_SCAN) nextBand(s);
            return 1;
        case DECTBED_EV_LOCKED:
            if (s->step != BAND_LOCK) return 1;
            s->locked = ((const dectbed_ev_locked*)e)->status == DECTBED_OK;
            if (s->locked) {
                approach(s);
            } else {
                again(s);
            }
            return 1;
        case DECTBED_EV_UNLOCKED:
            s->locked = 0;
            if (s->step == BAND_OPEN) again(s);
            return 1;
        case DECTBED_EV_LINK_ESTABLISHED:
            opened(s, ((const dectbed_ev_link*)e)->link);
            return 1;
        case DECTBED_EV_LINK_RELEASED:
            closed(s, ((const dectbed_ev_link*)e)->link);
            return 1;
        case DECTBED_EV_NWK_RECEIVED:
            said(s, e);
            return 1;
        case DECTBED_EV_NWK_SENT:
        case DECTBED_EV_SYSTEM_INFORMATION:
            return 1;
        default:
            return 0;
    }
}
