/* SPDX-License-Identifier: MIT-0
 *
 * What this base says on the air, and what becomes of what handsets say.
 */
#include <string.h>

#include "third_party_base.h"
#include "third_party_timers.h"

/* FP capability a44, EN 300 175-5, F.2: access rights requests are supported. */
#define ACCESS_RIGHTS_REQUESTS (1ull << (47 - 44))
enum { CODE_S = 300, AFTER_VERDICT_S = 10, CLOSE_S = 2 };

void announce(Base* b) {
    static const enum fw_service services[] = {
        FW_SERVICE_NOT_READY, FW_SERVICE_NOT_READY, FW_SERVICE_NOT_READY, FW_SERVICE_WAITING_FOR_CODE, FW_SERVICE_BUSY,
        FW_SERVICE_BUSY,      FW_SERVICE_BUSY,      FW_SERVICE_BUSY,      FW_SERVICE_NOT_READY,        FW_SERVICE_IN_SERVICE};
#if MUTANT == MUTANT_ALWAYS_WAITING_FOR_CODE
    dectbed_system_information info = payloadAnnouncement(b->me.emc, FW_SERVICE_WAITING_FOR_CODE);
    (void)services;
#else
    dectbed_system_information info = payloadAnnouncement(b->me.emc, services[b->phase]);
#endif
    if (takesUsers(b)) info.fixed_part_capabilities |= ACCESS_RIGHTS_REQUESTS;
    fw_radio_information(&b->io, &info);
}

void radioBoot(Base* b) { (void)b; }

void radioStart(Base* b, uint8_t band) { fw_radio_start(&b->io, TOK_RADIO, band, 24000); }

/* ---- links ---------------------------------------------------------------------------------------------------- */

static void forgetLink(Base* b, Link* l) {
    if (l->id == b->user) {
        b->user = 0;
        if (b->phase == BYE) fw_timer_start(&b->io, T_PHASE, 1);
    }
    fw_timer_stop(&b->io, T_LINK + (uint32_t)(l - b->links));
    fw_mm_ft_stop(&l->mm);
    fw_cc_stop(&l->cc);
    memset(l, 0, sizeof *l);
}

void closeLink(Base* b, Link* l) {
    fw_link_release(&b->io, l->id);
    forgetLink(b, l);
}

static void established(Base* b, uint32_t id) {
    Link* l = findLink(b, 0);
    if (l == NULL) {
        fw_link_release(&b->io, id);
        return;
    }
    l->base = b;
    l->id = id;
    l->user = -1;
    openLink(b, l);
    linkTimer(b, l, LINK_S);
}

/* ---- to handsets ---------------------------------------------------------------------------------------------- */

void tell(Base* b, uint32_t link, enum fw_verdict v, uint32_t retryAfter) {
    Link* l = link ? findLink(b, link) : NULL;
    fw_nwk_writer w;
    if (l == NULL) return;
    payloadWriteVerdict(&w, b->me.emc, v, (uint16_t)(retryAfter > 0xFFFF ? 0xFFFF : retryAfter));
    fw_nwk_send(&b->io, TOK_MSG, link, w.data, w.octets);
    l->use = FOR_NOTHING;
    linkTimer(b, l, AFTER_VERDICT_S);
}

void progress(Base* b, enum fw_activation_stage stage) {
    fw_nwk_writer w;
    if (b->user == 0) return;
    payloadWriteProgress(&w, b->me.emc, stage);
    fw_nwk_send(&b->io, TOK_MSG, b->user, w.data, w.octets);
}

static void answer(Base* b, const Link* l, uint8_t pd, uint8_t transaction, uint8_t type, uint8_t ie, uint8_t why) {
    fw_nwk_writer w;
    fw_nwk_begin(&w, pd, transaction, true, type);
    fw_nwk_put_octet(&w, ie, why);
    fw_nwk_send(&b->io, l->use == QUIET ? TOK_LAST : TOK_MSG, l->id, w.data, w.octets);
}

/* An answer after which a link that is QUIET has no more use. */
void lastWords(Base* b, Link* l, uint8_t pd, uint8_t transaction, uint8_t type, uint8_t ie, uint8_t why) {
    answer(b, l, pd, transaction, type, ie, why);
    if (l->use == QUIET) linkTimer(b, l, CLOSE_S);
}

/* ---- from handsets -------------------------------------------------------------------------------------------- */

static void management(Base* b, Link* l, const fw_nwk_message* m) {
    fw_activation a;
    if (fw_mm_ft_handle(&l->mm, m)) {
        if (l->use == FOR_NOTHING) linkTimer(b, l, LINK_S);
        return;
    }
    if (m->type != FW_MM_INFO_REQUEST || m->answer) return;
    if (payloadRead(m, b->me.emc, &a) != FW_ACTIVATION_READ || a.opcode != FW_ACTIVATION_CODE) {
        answer(b, l, FW_NWK_MM, 0, FW_MM_INFO_REJECT, FW_IE_REJECT_REASON, FW_REJECT_INCOMPATIBLE_SERVICE);
    } else if (l->id != b->user) {
        linkTimer(b, l, CODE_S);
        takeCode(b, l, a.code);
    }
}

static void message(Base* b, Link* l, const fw_nwk_message* m) {
    if (m->protocol == FW_NWK_MM) management(b, l, m);
    if (m->protocol == FW_NWK_CC) callMessage(b, l, m);
    if (m->protocol == FW_NWK_LCE && m->type == FW_LCE_PAGE_RESPONSE) {
        if (pageAnswered(b, m)) {
            closeLink(b, l);
        } else {
            answer(b, l, FW_NWK_LCE, 0, FW_LCE_PAGE_REJECT, FW_IE_REJECT_REASON, FW_REJECT_IPUI_UNKNOWN);
        }
    }
    /* whatever else: ignored */
}

int airTimer(Base* b, uint32_t t) {
    Link* l = t - T_LINK < MAX_LINKS ? &b->links[t - T_LINK] : NULL;
    if (l == NULL) return usersTimer(b, t);
    if (l->id == 0 || l->use == FOR_CHALLENGE) return 1;
    if (l->use == FOR_CALL) {
        fw_cc_release(&l->cc, FW_RELEASE_NORMAL); /* there is no speech to wait for */
    } else {
        closeLink(b, l);
    }
    return 1;
}

int airHandle(Base* b, const dectbed_event* e) {
    const dectbed_ev_link* on = (const dectbed_ev_link*)e; /* where it is about a link */
    Link* l;
    fw_nwk_message m;
    fw_payload p;
    switch (e->record.type) {
        case DECTBED_EV_KEY: button(b, ((const dectbed_ev_key*)e)->pressed != 0); return 1;
        case DECTBED_EV_LINK_ESTABLISHED: established(b, on->link); return 1;
        case DECTBED_EV_LINK_RELEASED:
            l = on->link ? findLink(b, on->link) : NULL;
            if (l != NULL) forgetLink(b, l);
            return 1;
        case DECTBED_EV_NWK_RECEIVED:
            l = on->link ? findLink(b, on->link) : NULL;
            p = fw_event_payload(e);
            if (l != NULL && l->use != QUIET && fw_nwk_parse(p.data, p.octets, &m)) message(b, l, &m);
            return 1;
        case DECTBED_EV_NWK_SENT:
            l = e->record.token == TOK_LAST && on->link ? findLink(b, on->link) : NULL;
            if (l != NULL && l->use == QUIET) closeLink(b, l);
            return 1;
        default: return 0;
    }
}
