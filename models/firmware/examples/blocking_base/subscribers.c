/* SPDX-License-Identifier: MIT-0
 *
 * Who may use this base: access rights, location, calls; a record in flash for each handset, stored before the handset
 * is told of it.
 */
#include <string.h>

#include "base.h"
#include "dsaa2.h"
#include "lce_paging.h"

enum { RECORD_VERSION = 1, TPUI_FIRST = 0x00100, AREA_LEVEL = 39, SPEECHLESS_S = 1 };

static int find_subscriber(const base* b, const fw_portable_identity* id) {
    uint8_t ipui[FW_IPUI_OCTETS];
    uint32_t tpui = 0;
    const bool by_ipui = fw_ipui_n(id, ipui), by_tpui = fw_tpui(id, &tpui);
    for (int i = 0; i < SUBSCRIBERS; ++i) {
        const subscriber_t* s = &b->subscribers[i];
        if (!s->used) continue;
        if (by_ipui && !memcmp(s->ipui, ipui, sizeof ipui)) return i;
        if (by_tpui && tpui == TPUI_FIRST + (uint32_t)i) return i;
    }
    return -1;
}

void load_subscribers(base* b) {
    for (int i = 0; i < SUBSCRIBERS; ++i) {
        size_t octets;
        const uint8_t* r = fw_kv_get(&b->store, (uint8_t)(FIRST_SUBSCRIBER_KEY + i), &octets);
        if (r == NULL || octets != 1 + sizeof(subscriber_t) || r[0] != RECORD_VERSION) continue;
        memcpy(&b->subscribers[i], r + 1, sizeof(subscriber_t));
    }
}

static bool save(base* b, int i) {
    uint8_t r[1 + sizeof(subscriber_t)] = {RECORD_VERSION};
    memcpy(r + 1, &b->subscribers[i], sizeof(subscriber_t));
    return store_set(b, (uint8_t)(FIRST_SUBSCRIBER_KEY + i), r, b->subscribers[i].used ? sizeof r : 0);
}

/* ---- access rights ------------------------------------------------------------------------------------------- */

static void rights_asked(base* b, air_link* l, const fw_portable_identity* id) {
    uint8_t ipui[FW_IPUI_OCTETS];
    int i = find_subscriber(b, id);
    if (b->phase != PH_SERVICE || !(b->config.open_always || b->window) || !fw_ipui_n(id, ipui)) {
        fw_mm_ft_reject(&l->mm, FW_REJECT_IPUI_NOT_ACCEPTED);
        return;
    }
    for (int free_one = 0; i < 0 && free_one < SUBSCRIBERS; ++free_one) {
        bool promised = false;
        for (unsigned k2 = 0; k2 < LINKS; ++k2) {
            const air_link* other = &b->links[k2];
            promised = promised ||
                       (other->id != 0 && other->mm.asked == FW_MM_FT_ACCESS_RIGHTS && other->subscriber == free_one);
        }
        if (!b->subscribers[free_one].used && !promised) i = free_one;
    }
    if (i < 0) {
        fw_mm_ft_reject(&l->mm, FW_REJECT_OVERLOAD);
        return;
    }
    l->subscriber = i;
    if (!b->subscribers[i].used) memcpy(b->subscribers[i].ipui, ipui, sizeof ipui);
    if (!fw_mm_ft_allocate_key_by_pin(&l->mm, b->config.pin)) fw_mm_ft_reject(&l->mm, FW_REJECT_KEY_NOT_SUPPORTED);
}

static void key_done(base* b, air_link* l, const fw_mm_event* e) {
    const uint32_t id = l->id;
    const int i = l->subscriber;
    subscriber_t* s = &b->subscribers[i];
    fw_park park = fw_park_of_rfpi(b->me.rfpi);
    bool kept;
    if (!e->ok) {
        fw_mm_ft_reject(&l->mm, e->reason != FW_REJECT_NONE ? e->reason : FW_REJECT_AUTHENTICATION_FAILED);
        return;
    }
    memcpy(s->uak, e->key, sizeof s->uak);
    s->used = 1;
    s->located = 0;
    kept = save(b, i); /* other links wait so long; the handset's timer is longer */
    if (l->id != id) return;
    if (kept) {
        fw_mm_ft_accept_access_rights(&l->mm, s->ipui, &park);
    } else {
        s->used = 0;
        fw_mm_ft_reject(&l->mm, FW_REJECT_MEMORY);
    }
}

/* ---- who is it? ---------------------------------------------------------------------------------------------- */

static bool authenticate(base* b, air_link* l, int who) {
    l->subscriber = who;
    return fw_mm_ft_authenticate_subscriber(&l->mm, who < 0 ? NULL : b->subscribers[who].uak);
}

static void authentication_asked(base* b, air_link* l, const fw_portable_identity* id, int purpose) {
    const int who = find_subscriber(b, id);
    l->purpose = purpose;
    if (who < 0) {
        fw_mm_ft_reject(&l->mm, FW_REJECT_IPUI_UNKNOWN);
    } else if (!authenticate(b, l, who)) {
        fw_mm_ft_reject(&l->mm, FW_REJECT_OVERLOAD);
    }
}

static void refuse_call(base* b, air_link* l, uint8_t transaction, uint8_t reason) {
    fw_nwk_writer w;
    fw_nwk_refuse_call(&w, transaction, reason);
    if (l->use != USE_CODE) { /* a verdict is due on that one */
        fw_mm_ft_stop(&l->mm);
        fw_cc_stop(&l->call);
        l->use = USE_CLOSING;
    }
    send_message(b, l, &w);
}

static void authenticated(base* b, air_link* l, const fw_mm_event* e) {
    const int purpose = l->purpose;
    subscriber_t* s = l->subscriber >= 0 ? &b->subscribers[l->subscriber] : NULL;
    l->purpose = FOR_NOTHING;
    if (purpose == FOR_CALL) {
        if (l->use != USE_CHALLENGED) return;
        if (!e->ok) {
            refuse_call(b, l, l->call_transaction, FW_RELEASE_AUTHENTICATION_FAILED);
            return;
        }
        l->use = USE_CALL;
        fw_cc_accept(&l->call);
        fw_cc_connect(&l->call);
        fw_timer_start(&b->io, FIRST_LINK_TIMER + (uint32_t)(l - b->links), SPEECHLESS_S * FW_SECOND_US);
        return;
    }
    if (!e->ok || s == NULL) {
        fw_mm_ft_reject(&l->mm, e->reason == FW_REJECT_TIMER_EXPIRY ? e->reason : FW_REJECT_AUTHENTICATION_FAILED);
        return;
    }
    if (purpose == FOR_LOCATION) {
        const bool news = !s->located;
        s->located = 1;
        fw_mm_ft_accept_location(&l->mm, TPUI_FIRST + (uint32_t)l->subscriber, AREA_LEVEL);
        if (news) save(b, l->subscriber);
    } else if (purpose == FOR_TERMINATION) {
        s->used = s->located = 0;
        fw_mm_ft_accept_termination(&l->mm);
        save(b, l->subscriber);
    }
}

/* ---- calls --------------------------------------------------------------------------------------------------- */

void call_message(base* b, air_link* l, const fw_nwk_message* m) {
    fw_portable_identity id;
    if (l->use == USE_CALL && fw_cc_handle(&l->call, l->id, m)) return;
    if (m->answer || m->type == FW_CC_RELEASE_COM) {
        if (m->type == FW_CC_RELEASE_COM && l->use == USE_CHALLENGED) close_link(b, l);
    } else if (m->type == FW_CC_RELEASE) {
        refuse_call(b, l, m->transaction, FW_RELEASE_NORMAL);
    } else if (m->type != FW_CC_SETUP) {
        refuse_call(b, l, m->transaction, FW_RELEASE_UNKNOWN_TRANSACTION);
    } else if (l->use == USE_CODE || l->mm.own != FW_MM_FT_IDLE) {
        fw_nwk_writer w;
        if (l->use == USE_CHALLENGED) return;
        fw_nwk_refuse_call(&w, m->transaction, FW_RELEASE_AUTHENTICATION_FAILED);
        send_message(b, l, &w);
    } else {
        l->use = USE_CHALLENGED;
        l->purpose = FOR_CALL;
        l->call_transaction = m->transaction;
        fw_timer_stop(&b->io, FIRST_LINK_TIMER + (uint32_t)(l - b->links));
        fw_cc_handle(&l->call, l->id, m);
        authenticate(b, l, fw_read_portable_identity(m, &id) ? find_subscriber(b, &id) : -1);
    }
}

/* ---- the machines of a link ---------------------------------------------------------------------------------- */

static void on_mobility(void* context, const fw_mm_event* e) {
    air_link* l = context;
    base* b = l->base;
    switch (e->what) {
        case FW_MM_ACCESS_RIGHTS_ASKED:
            rights_asked(b, l, e->identity);
            break;
        case FW_MM_TERMINATION_ASKED:
            authentication_asked(b, l, e->identity, FOR_TERMINATION);
            break;
        case FW_MM_LOCATION_ASKED:
            authentication_asked(b, l, e->identity, FOR_LOCATION);
            break;
        case FW_MM_DETACHED: {
            const int i = find_subscriber(b, e->identity);
            if (i >= 0 && b->subscribers[i].located) {
                b->subscribers[i].located = 0;
                save(b, i);
            }
            break;
        }
        case FW_MM_CIPHERING_SUGGESTED:
            fw_mm_ft_reject(&l->mm, FW_REJECT_NO_CIPHER_ALGORITHM);
            break;
        case FW_MM_AUTHENTICATION_DONE:
            authenticated(b, l, e);
            break;
        case FW_MM_KEY_DONE:
            key_done(b, l, e);
            break;
        default:
            break;
    }
}

static bool own_key(void* context, uint8_t key_type, uint8_t k[FW_AUTH_KEY_OCTETS]) {
    const air_link* l = context;
    if (key_type != FW_KEY_UAK || l->subscriber < 0) return false;
    return fw_auth_b1(l->base->subscribers[l->subscriber].uak, FW_AUTH_KEY_OCTETS, k);
}

static void on_call(void* context, enum fw_cc_what what, uint8_t reason) {
    air_link* l = context;
    (void)reason;
    if (what != FW_CC_ENDED || l->use != USE_CALL) return;
    l->use = USE_IDLE;
    fw_timer_start(&l->base->io, FIRST_LINK_TIMER + (uint32_t)(l - l->base->links), 30 * FW_SECOND_US);
}

void prepare_link(base* b, air_link* l) {
    const uint32_t number = (uint32_t)(l - b->links);
    fw_mm_ft_config mm;
    fw_cc_config call;
    memset(&mm, 0, sizeof mm);
    memset(&call, 0, sizeof call);
    mm.timer = FIRST_MM_TIMER + number;
    mm.token = MESSAGE_TOKEN + number;
    mm.algorithm = FW_AUTH_DSAA2;
    mm.context = l;
    mm.listener = on_mobility;
    mm.key = own_key;
    fw_mm_ft_init(&l->mm, &b->io, l->id, &mm);
    call.timer = FIRST_CALL_TIMER + number;
    call.token = MESSAGE_TOKEN + number;
    call.context = l;
    call.listener = on_call;
    fw_cc_init(&l->call, &b->io, &call);
}

/* ---- where are the handsets? --------------------------------------------------------------------------------- */

void find_handsets(base* b) {
    if (b->phase != PH_SERVICE) return;
    for (int i = 0; i < SUBSCRIBERS; ++i)
        b->pages_left[i] = b->subscribers[i].used && b->subscribers[i].located ? FW_LCE_N300 : 0;
    page(b);
}

void page(base* b) {
    bool any = false;
    for (int i = 0; i < SUBSCRIBERS; ++i) {
        uint8_t m[FW_LCE_SHORT_PAGE_OCTETS];
        if (b->pages_left[i] == 0) continue;
        fw_lce_short_page(m, TPUI_FIRST + (uint32_t)i);
        fw_radio_page(&b->io, MESSAGE_TOKEN, m, sizeof m);
        --b->pages_left[i];
        any = true;
    }
    if (any) fw_timer_start(&b->io, PAGE_TIMER, FW_LCE_03_US);
}

bool page_answered(base* b, air_link* l, const fw_nwk_message* m) {
    fw_portable_identity id;
    const int i = fw_read_portable_identity(m, &id) ? find_subscriber(b, &id) : -1;
    if (i < 0) return false;
    b->pages_left[i] = 0;
    close_link(b, l);
    return true;
}
