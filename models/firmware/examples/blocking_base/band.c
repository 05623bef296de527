/* SPDX-License-Identifier: MIT-0
 *
 * A base without a band listens for a handset's beacon, takes the band that most beacons name, and acknowledges it: as
 * a sequence of waits, where an event-driven firmware needs a state for each.
 */
#include <string.h>

#include "band_beacon.h"
#include "base.h"

enum { DWELL = 40, DWELL_EXTENDED = 56, BEACONS = 32, ATTEMPTS = 3, FLOOR_MILLI_DBM = -80000 };
enum {
    SCAN_MS = 30000,
    LOCK_MS = 15000,
    OPEN_MS = 10000,
    REPLY_MS = 8000,
    RELEASE_MS = 2000,
    LISTEN_S = 600,
    REST_MS = 120000
};

typedef struct {
    uint8_t rfpi[5], band;
    int32_t level;
} beacon_t;

/* The next event of this type within the time; others are dropped. False: none. */
static bool await(base* b, uint16_t type, uint16_t or_type, air_event* e, uint32_t ms) {
    const uint64_t end_us = b->io.now_us + ms * FW_MILLISECOND_US;
    while (b->io.now_us < end_us && rt_receive(b->os, &b->events, e, (uint32_t)((end_us - b->io.now_us) / 1000 + 1))) {
        if (e->event.record.type == type || e->event.record.type == or_type) return true;
    }
    return false;
}

static void heard(const base* b, const dectbed_ev_scan_result* r, beacon_t* list, unsigned* count) {
    beacon_t found;
    memcpy(found.rfpi, r->rfpi, 5);
    found.level = r->rssi_milli_dbm;
    if (r->rssi_milli_dbm < FLOOR_MILLI_DBM || *count == BEACONS) return;
    if (fw_band_beacon_read(&r->information, r->heard, b->me.emc, &found.band) != FW_BAND_BEACON_READ) return;
    if (found.band >= DECTBED_BANDS || !(b->me.bands >> found.band & 1)) return;
    for (unsigned i = 0; i < *count; ++i) {
        if (!memcmp(list[i].rfpi, found.rfpi, 5)) return;
    }
    list[(*count)++] = found;
}

static unsigned scan_all(base* b, beacon_t* list) {
    unsigned count = 0;
    for (uint8_t band = 1; band < DECTBED_BANDS; ++band) {
        air_event e;
        if (!(b->me.bands >> band & 1)) continue;
        fw_radio_scan(&b->io, RADIO_TOKEN, band, band == DECTBED_BAND_EU ? DWELL : DWELL_EXTENDED);
        while (await(b, DECTBED_EV_SCAN_RESULT, DECTBED_EV_SCAN_DONE, &e, SCAN_MS)) {
            if (e.event.record.type == DECTBED_EV_SCAN_DONE) break;
            heard(b, (const dectbed_ev_scan_result*)&e, list, &count);
        }
    }
    return count;
}

/* The band of most; of its beacons the strongest. */
static beacon_t choose(const beacon_t* list, unsigned count) {
    unsigned votes[DECTBED_BANDS] = {0}, most = 0;
    beacon_t best = list[0];
    for (unsigned i = 0; i < count; ++i) {
        if (++votes[list[i].band] > most) most = votes[list[i].band];
    }
    for (unsigned i = 0; i < count; ++i) {
        if (votes[list[i].band] == most) {
            best = list[i];
            break;
        }
    }
    for (unsigned i = 0; i < count; ++i) {
        if (list[i].band == best.band && list[i].level > best.level) best = list[i];
    }
    return best;
}

/* 1: acknowledged, or perhaps; 0: not this time. */
static bool acknowledge(base* b, const beacon_t* to) {
    fw_nwk_writer w;
    fw_nwk_message m;
    air_event e;
    uint32_t link;
    bool said = false;
    fw_radio_lock(&b->io, RADIO_TOKEN, to->band, to->rfpi);
    if (!await(b, DECTBED_EV_LOCKED, DECTBED_EV_LOCKED, &e, LOCK_MS) ||
        ((const dectbed_ev_locked*)&e)->status != DECTBED_OK) {
        return false;
    }
    fw_link_open(&b->io, RADIO_TOKEN);
    if (await(b, DECTBED_EV_LINK_ESTABLISHED, DECTBED_EV_LINK_RELEASED, &e, OPEN_MS) &&
        e.event.record.type == DECTBED_EV_LINK_ESTABLISHED) {
        link = ((const dectbed_ev_link*)&e)->link;
        fw_band_write_acknowledgement(&w, b->me.emc, b->me.ipei, to->band);
        fw_nwk_send(&b->io, RADIO_TOKEN, link, w.data, w.octets);
        said = true; /* a link that breaks now may have carried it */
        while (await(b, DECTBED_EV_NWK_RECEIVED, DECTBED_EV_LINK_RELEASED, &e, REPLY_MS)) {
            fw_payload p;
            if (e.event.record.type == DECTBED_EV_LINK_RELEASED) break;
            p = fw_event_payload(&e.event);
            if (!fw_nwk_parse(p.data, p.octets, &m)) continue;
            if (m.protocol == FW_NWK_MM && m.type == FW_MM_INFO_REJECT) said = false;
            if (!said || fw_band_read_acknowledgement(&m, b->me.emc, true) == to->band) {
                fw_link_release(&b->io, link);
                await(b, DECTBED_EV_LINK_RELEASED, DECTBED_EV_LINK_RELEASED, &e, RELEASE_MS);
                break;
            }
        }
    }
    fw_radio_unlock(&b->io);
    return said;
}

uint8_t search_band(base* b, bool for_ever) {
    for (;;) {
        const uint64_t end_us = b->io.now_us + LISTEN_S * FW_SECOND_US;
        while (b->io.now_us < end_us) {
            beacon_t list[BEACONS], chosen;
            const unsigned count = scan_all(b, list);
            if (count == 0) continue;
            chosen = choose(list, count);
            for (unsigned i = 0; i < ATTEMPTS; ++i) {
                if (acknowledge(b, &chosen)) return chosen.band;
                rt_delay(b->os, (uint32_t)fw_random_between(&b->io, 1000, 3000));
            }
        }
        fw_log(&b->io, FW_LOG_WARNING, "no beacon in range");
        if (!for_ever) return DECTBED_BAND_NONE;
        rt_delay(b->os, REST_MS);
    }
}
