/* SPDX-License-Identifier: MIT-0
 *
 * The radio task: everything that handsets say. It never waits for the network; a code goes to the main task.
 */
#include <stdio.h>
#include <string.h>

#include "base.h"

enum {
    IDLE_S = 30,
    CODE_S = 300,
    AFTER_VERDICT_S = 10,
    CLOSE_S = 2,
    RETRY_MS = 8000,
    BUSY_S = 10,
    BUTTON_S = 3,
    WINDOW_S = 120,
    REST_MIN_MS = 450000,
    REST_MAX_MS = 750000
};
#define ACCESS_RIGHTS_REQUESTS (1ull << (47 - 44)) /* FP capability a44 */

/* At interrupt level: the task will look at it. */
bool air_listener(void* context, const dectbed_event* e) {
    base* b = context;
    air_event copy;
    const bool known = (e->record.type >= DECTBED_EV_RADIO_STARTED && e->record.type <= DECTBED_EV_PAGED) ||
                       e->record.type == DECTBED_EV_KEY || e->record.type == DECTBED_EV_TIMER ||
                       e->record.type == DECTBED_EV_REFUSED;
    if (!known || e->record.size > sizeof copy) return false;
    memset(&copy, 0, sizeof copy);
    memcpy(&copy, e, e->record.size);
    rt_send(b->os, &b->events, &copy, RT_NOW);
    return true;
}

/* ---- what is announced --------------------------------------------------------------------------------------- */

void announce(base* b) {
    static const enum fw_service services[] = {
        FW_SERVICE_NOT_READY, FW_SERVICE_NOT_READY, FW_SERVICE_NOT_READY, FW_SERVICE_WAITING_FOR_CODE,
        FW_SERVICE_BUSY,      FW_SERVICE_BUSY,      FW_SERVICE_BUSY,      FW_SERVICE_BUSY,
        FW_SERVICE_NOT_READY, FW_SERVICE_NOT_READY, FW_SERVICE_IN_SERVICE};
    dectbed_system_information info = fw_announcement(b->me.emc, services[b->phase]);
    if (b->searching) return;
    if (b->phase == PH_SERVICE && (b->config.open_always || b->window))
        info.fixed_part_capabilities |= ACCESS_RIGHTS_REQUESTS;
    fw_radio_information(&b->io, &info);
}

/* ---- links --------------------------------------------------------------------------------------------------- */

static unsigned index_of(const base* b, const air_link* l) { return (unsigned)(l - b->links); }

static air_link* find_link(base* b, uint32_t id) {
    for (unsigned i = 0; i < LINKS; ++i) {
        if (b->links[i].id == id) return &b->links[i];
    }
    return NULL;
}

static void link_timer(base* b, const air_link* l, uint32_t s) {
    fw_timer_start(&b->io, FIRST_LINK_TIMER + index_of(b, l), s * FW_SECOND_US);
}

static void forget_link(base* b, air_link* l) {
    fw_timer_stop(&b->io, FIRST_LINK_TIMER + index_of(b, l));
    fw_mm_ft_stop(&l->mm);
    fw_cc_stop(&l->call);
    if (l->id == b->user) b->user = 0;
    memset(l, 0, sizeof *l);
}

void close_link(base* b, air_link* l) {
    fw_link_release(&b->io, l->id);
    forget_link(b, l);
}

void send_message(base* b, air_link* l, const fw_nwk_writer* w) {
    const uint32_t token = l->use == USE_CLOSING ? LAST_TOKEN : MESSAGE_TOKEN;
    if (l->use == USE_CLOSING) link_timer(b, l, CLOSE_S);
    fw_nwk_send(&b->io, token + index_of(b, l), l->id, w->data, w->octets);
}

/* ---- to handsets, from the main task too --------------------------------------------------------------------- */

void say_verdict(base* b, uint32_t link, enum fw_verdict v, uint32_t retry_after_s) {
    air_link* l = link != 0 ? find_link(b, link) : NULL;
    fw_nwk_writer w;
    if (l == NULL) return;
    fw_activation_write_verdict(&w, b->me.emc, v, (uint16_t)(retry_after_s > 0xFFFF ? 0xFFFF : retry_after_s));
    l->use = USE_IDLE;
    send_message(b, l, &w);
    link_timer(b, l, AFTER_VERDICT_S);
}

void say_progress(base* b, enum fw_activation_stage stage) {
    air_link* l = b->user != 0 ? find_link(b, b->user) : NULL;
    fw_nwk_writer w;
    if (l == NULL) return;
    fw_activation_write_progress(&w, b->me.emc, stage);
    send_message(b, l, &w);
}

/* ---- from handsets ------------------------------------------------------------------------------------------- */

static void answer(base* b, air_link* l, uint8_t pd, uint8_t transaction, uint8_t type, uint8_t element,
                   uint8_t value) {
    fw_nwk_writer w;
    fw_nwk_begin(&w, pd, transaction, true, type);
    fw_nwk_put_octet(&w, element, value);
    send_message(b, l, &w);
}

static void take_code(base* b, air_link* l, const char* code) {
    order_t order;
    if (b->configured || b->phase == PH_BYE) {
        say_verdict(b, l->id, FW_VERDICT_ALREADY_PROVISIONED, 0);
    } else if (l->id == b->user || l->use == USE_CODE) {
        answer(b, l, FW_NWK_MM, 0, FW_MM_INFO_REJECT, FW_IE_REJECT_REASON, FW_REJECT_INVALID_MESSAGE);
    } else if (b->phase != PH_WAIT_CODE || b->orders.used > 0) {
        say_verdict(b, l->id, FW_VERDICT_BUSY, BUSY_S);
    } else if (b->io.now_us < b->locked_until_us) {
        const uint64_t rest_us = b->locked_until_us - b->io.now_us;
        say_verdict(b, l->id, FW_VERDICT_LOCKED_OUT, (uint32_t)((rest_us + FW_SECOND_US - 1) / FW_SECOND_US));
    } else {
        memset(&order, 0, sizeof order);
        order.link = l->id;
        snprintf(order.code, sizeof order.code, "%s", code);
        l->use = USE_CODE;
        link_timer(b, l, CODE_S);
        rt_send(b->os, &b->orders, &order, RT_NOW);
        rt_give(b->os, &b->news);
    }
}

static void management(base* b, air_link* l, const fw_nwk_message* m) {
    fw_activation a;
    if (fw_mm_ft_handle(&l->mm, m)) {
        if (l->use == USE_IDLE) link_timer(b, l, IDLE_S);
        return;
    }
    if (m->type != FW_MM_INFO_REQUEST || m->answer) return;
    switch (fw_activation_read(m, b->me.emc, &a)) {
        case FW_ACTIVATION_NONE:
            answer(b, l, FW_NWK_MM, 0, FW_MM_INFO_REJECT, FW_IE_REJECT_REASON, FW_REJECT_INCOMPATIBLE_SERVICE);
            break;
        case FW_ACTIVATION_BROKEN:
            answer(b, l, FW_NWK_MM, 0, FW_MM_INFO_REJECT, FW_IE_REJECT_REASON, FW_REJECT_INVALID_CONTENTS);
            break;
        case FW_ACTIVATION_READ:
            if (a.opcode == FW_ACTIVATION_CODE) {
                take_code(b, l, a.code);
            } else {
                answer(b, l, FW_NWK_MM, 0, FW_MM_INFO_REJECT, FW_IE_REJECT_REASON, FW_REJECT_INVALID_MESSAGE);
            }
            break;
    }
}

static void received(base* b, const dectbed_event* e) {
    air_link* l = find_link(b, ((const dectbed_ev_link*)e)->link);
    const fw_payload p = fw_event_payload(e);
    fw_nwk_message m;
    fw_nwk_writer w;
    if (l == NULL || l->id == 0 || l->use == USE_CLOSING || !fw_nwk_parse(p.data, p.octets, &m)) return;
    if (m.protocol == FW_NWK_MM) management(b, l, &m);
    if (m.protocol == FW_NWK_CC) call_message(b, l, &m);
    if (m.protocol == FW_NWK_LCE && m.type == FW_LCE_PAGE_RESPONSE && page_answered(b, l, &m)) return;
    if (fw_nwk_refuse_unserved(&w, &m)) send_message(b, l, &w);
}

static void established(base* b, uint32_t id) {
    air_link* l = find_link(b, 0);
    if (l == NULL) {
        fw_link_release(&b->io, id);
        return;
    }
    l->base = b;
    l->id = id;
    l->use = USE_IDLE;
    l->subscriber = -1;
    prepare_link(b, l);
    link_timer(b, l, IDLE_S);
}

static void link_timeout(base* b, air_link* l) {
    if (l->id == 0 || l->use == USE_CHALLENGED) return; /* MM_auth.1 decides */
    if (l->use == USE_CALL) {
        fw_cc_release(&l->call, FW_RELEASE_NORMAL); /* there is no speech to wait for */
    } else {
        close_link(b, l);
    }
}

static void timeout(base* b, uint32_t t) {
    if (t == BUTTON_TIMER || t == WINDOW_TIMER) {
        b->window = t == BUTTON_TIMER;
        b->button = false;
        if (b->window) fw_timer_start(&b->io, WINDOW_TIMER, WINDOW_S * FW_SECOND_US);
        announce(b);
    } else if (t == PAGE_TIMER) {
        page(b);
    } else if (t - FIRST_LINK_TIMER < LINKS) {
        link_timeout(b, &b->links[t - FIRST_LINK_TIMER]);
    } else if (t - FIRST_MM_TIMER < LINKS) {
        fw_mm_ft_timeout(&b->links[t - FIRST_MM_TIMER].mm, t);
    } else if (t - FIRST_CALL_TIMER < LINKS) {
        fw_cc_timeout(&b->links[t - FIRST_CALL_TIMER].call, t);
    }
}

/* ---- the task ------------------------------------------------------------------------------------------------ */

/* One method after the other, until one names a band. */
static uint8_t find_band(base* b) {
    const uint8_t methods[] = {b->me.band_discovery, b->me.band_fallbacks[0], b->me.band_fallbacks[1],
                               b->me.band_fallbacks[2]};
    for (;;) {
        for (unsigned i = 0; i < sizeof methods && methods[i] != DECTBED_BAND_DISCOVERY_SKU; ++i) {
            const uint8_t band = methods[i] == DECTBED_BAND_DISCOVERY_BEACON
                                     ? search_band(b, methods[1] == DECTBED_BAND_DISCOVERY_SKU)
                                     : band_of_place(b, methods[i]);
            b->found_by = methods[i];
            if (band != DECTBED_BAND_NONE) return band;
        }
        fw_log(&b->io, FW_LOG_WARNING, "no way to find the band has worked: the transmitter stays off");
        rt_delay(b->os, (uint32_t)fw_random_between(&b->io, REST_MIN_MS, REST_MAX_MS));
    }
}

static uint8_t band_in_use(base* b) {
    if (b->configured) return b->config.band;
    if (b->me.band != DECTBED_BAND_NONE) return b->me.band;
    if (b->me.band_discovery == DECTBED_BAND_DISCOVERY_SKU) return DECTBED_BAND_NONE;
    if (b->found_band == DECTBED_BAND_NONE) {
        b->searching = true;
        show(b);
        b->found_band = find_band(b);
        b->searching = false;
        show(b);
    }
    return b->found_band;
}

static void transmit(base* b) {
    air_event e;
    const uint8_t band = band_in_use(b);
    if (band == DECTBED_BAND_NONE) return; /* nobody may say which: the transmitter stays off */
    announce(b);
    for (;;) {
        fw_radio_start_found(&b->io, RADIO_TOKEN, band, 24000, b->found_by);
        while (rt_receive(b->os, &b->events, &e, RT_FOREVER)) {
            if (e.event.record.type == DECTBED_EV_RADIO_STARTED) break;
            if (e.event.record.type == DECTBED_EV_REFUSED && e.event.record.token == RADIO_TOKEN) break;
        }
        if (e.event.record.type == DECTBED_EV_RADIO_STARTED &&
            ((const dectbed_ev_radio_started*)&e)->status == DECTBED_OK)
            return;
        rt_delay(b->os, (uint32_t)fw_random_between(&b->io, RETRY_MS / 2, RETRY_MS));
    }
}

static void dispatch(base* b, const air_event* e) {
    const dectbed_ev_link* link = (const dectbed_ev_link*)&e->event;
    const uint32_t last = e->event.record.token - LAST_TOKEN;
    air_link* l;
    switch (e->event.record.type) {
        case DECTBED_EV_LINK_ESTABLISHED:
            established(b, link->link);
            break;
        case DECTBED_EV_LINK_RELEASED:
            l = link->link != 0 ? find_link(b, link->link) : NULL;
            if (l != NULL) forget_link(b, l);
            break;
        case DECTBED_EV_NWK_RECEIVED:
            received(b, &e->event);
            break;
        case DECTBED_EV_NWK_SENT:
            if (last < LINKS && b->links[last].id != 0 && b->links[last].use == USE_CLOSING)
                close_link(b, &b->links[last]);
            break;
        case DECTBED_EV_TIMER:
            timeout(b, ((const dectbed_ev_timer*)&e->event)->timer);
            break;
        case DECTBED_EV_KEY:
            if (((const dectbed_ev_key*)&e->event)->pressed) {
                fw_timer_start(&b->io, BUTTON_TIMER, BUTTON_S * FW_SECOND_US);
            } else {
                fw_timer_stop(&b->io, BUTTON_TIMER);
                if (b->button) find_handsets(b); /* a short press */
            }
            b->button = ((const dectbed_ev_key*)&e->event)->pressed != 0;
            break;
        default:
            break;
    }
}

void air_task(void* context) {
    base* b = context;
    air_event e;
    rt_take(b->os, &b->radio_wanted, RT_FOREVER);
    transmit(b);
    while (rt_receive(b->os, &b->events, &e, RT_FOREVER)) dispatch(b, &e);
}
