/* SPDX-License-Identifier: MIT-0
 *
 * Who may use this base: access rights, location, calls, pages; each user has a record in flash, which is stored before the
 * handset hears of it.
 */
#include <string.h>

#include "dsaa2.h"
#include "lce_paging.h"
#include "third_party_base.h"
#include "third_party_mutants.h"
#include "third_party_timers.h"

enum { RECORD = 2, RECORD_OCTETS = 2 + FW_IPUI_OCTETS + FW_AUTH_KEY_OCTETS };
/* First of our temporary identities: "assigned, individual", EN 300 175-6, table 6.1. */
enum { TPUI_FIRST = 0x00200, AREA_LEVEL = 39, SPEECHLESS_S = 1, BUTTON_S = 3, WINDOW_S = 120 };

static uint32_t tpuiOf(int user) { return TPUI_FIRST + (uint32_t)user; }

static int findUser(const Base* b, const fw_portable_identity* id) {
    uint8_t ipui[FW_IPUI_OCTETS];
    uint32_t tpui = 0;
    const bool byIpui = fw_ipui_n(id, ipui), byTpui = fw_tpui(id, &tpui);
    for (int i = 0; i < MAX_USERS; ++i) {
        const User* u = &b->users[i];
        if (!u->used) continue;
        if (byIpui && !memcmp(u->ipui, ipui, sizeof ipui)) return i;
        if (byTpui && tpui == tpuiOf(i)) return i;
    }
    return -1;
}

/* ---- records in flash ----------------------------------------------------------------------------------------- */

void loadUsers(Base* b) {
    b->saving = -1;
    for (int i = 0; MUTANT != MUTANT_HANDSETS_FORGOTTEN && i < MAX_USERS; ++i) {
        size_t n;
        const uint8_t* r = fw_kv_get(&b->kv, (uint8_t)(KEY_USERS + i), &n);
        if (r == NULL || n != RECORD_OCTETS || r[0] != RECORD) continue;
        b->users[i].used = 1;
        b->users[i].located = r[1];
        memcpy(b->users[i].ipui, r + 2, FW_IPUI_OCTETS);
        memcpy(b->users[i].uak, r + 2 + FW_IPUI_OCTETS, FW_AUTH_KEY_OCTETS);
    }
}

static void saveUsers(Base* b);

static void userSaved(void* ctx, bool ok) {
    Base* b = ctx;
    User* u = &b->users[b->saving];
    Link* l = u->waits ? findLink(b, u->waits) : NULL;
    const fw_park park = fw_park_of_rfpi(b->me.rfpi);
    b->saving = -1;
    u->waits = 0;
    if (l != NULL && ok) fw_mm_ft_accept_access_rights(&l->mm, u->ipui, &park);
    if (l != NULL && !ok) {
        u->used = 0;
        fw_mm_ft_reject(&l->mm, FW_REJECT_MEMORY);
    }
    saveUsers(b);
}

static void saveUsers(Base* b) {
    for (int i = 0; i < MAX_USERS && b->saving < 0; ++i) {
        uint8_t r[RECORD_OCTETS] = {RECORD, b->users[i].located};
        if (!b->users[i].dirty) continue;
        memcpy(r + 2, b->users[i].ipui, FW_IPUI_OCTETS);
        memcpy(r + 2 + FW_IPUI_OCTETS, b->users[i].uak, FW_AUTH_KEY_OCTETS);
        b->users[i].dirty = 0;
        b->saving = i;
        if (!fw_kv_set(&b->kv, (uint8_t)(KEY_USERS + i), r, b->users[i].used ? sizeof r : 0, userSaved, b)) userSaved(b, false);
        return; /* the answer goes on, perhaps it has done so already */
    }
}

/* ---- access rights -------------------------------------------------------------------------------------------- */

int takesUsers(const Base* b) {
#if MUTANT == MUTANT_REGISTERS_WITHOUT_BUTTON
    return b->phase == SERVICE;
#endif
    return b->phase == SERVICE && (b->config.openAlways || b->window);
}

static int promised(const Base* b, int user) {
    for (int i = 0; i < MAX_LINKS; ++i) {
        const Link* l = &b->links[i];
        if (l->id && l->user == user && l->mm.asked == FW_MM_FT_ACCESS_RIGHTS) return 1;
    }
    return 0;
}

static void rightsAsked(Base* b, Link* l, const fw_portable_identity* id) {
    uint8_t ipui[FW_IPUI_OCTETS];
    int i = findUser(b, id);
    if (!takesUsers(b) || !fw_ipui_n(id, ipui)) {
        fw_mm_ft_reject(&l->mm, FW_REJECT_IPUI_NOT_ACCEPTED);
        return;
    }
    for (int k2 = 0; k2 < MAX_USERS && i < 0; ++k2) {
        if (!b->users[k2].used && !promised(b, k2)) i = k2;
    }
    if (i < 0) {
        fw_mm_ft_reject(&l->mm, FW_REJECT_OVERLOAD);
        return;
    }
    l->user = i;
    if (!b->users[i].used) memcpy(b->users[i].ipui, ipui, sizeof ipui);
    if (!fw_mm_ft_allocate_key_by_pin(&l->mm, b->config.pin)) fw_mm_ft_reject(&l->mm, FW_REJECT_KEY_NOT_SUPPORTED);
}

static void keyDone(Base* b, Link* l, const fw_mm_event* e) {
    User* u = &b->users[l->user];
    if (!e->ok) {
        fw_mm_ft_reject(&l->mm, e->reason != FW_REJECT_NONE ? e->reason : FW_REJECT_AUTHENTICATION_FAILED);
        return;
    }
    memcpy(u->uak, e->key, sizeof u->uak);
    u->used = u->dirty = 1;
    u->located = 0;
    u->waits = l->id;
    saveUsers(b);
}

/* ---- who is it? ----------------------------------------------------------------------------------------------- */

static int authenticate(Base* b, Link* l, int user, Why why) {
    l->user = user;
    l->why = why;
    return fw_mm_ft_authenticate_subscriber(&l->mm, user < 0 ? NULL : b->users[user].uak);
}

static void proofAsked(Base* b, Link* l, const fw_portable_identity* id, Why why) {
    const int user = findUser(b, id);
    if (user < 0) {
        fw_mm_ft_reject(&l->mm, FW_REJECT_IPUI_UNKNOWN);
    } else if (!authenticate(b, l, user, why)) {
        fw_mm_ft_reject(&l->mm, FW_REJECT_OVERLOAD);
    }
}

static void refuseCall(Base* b, Link* l, uint8_t transaction, uint8_t why) {
    if (l->use != FOR_CODE) { /* a verdict is due on that one */
        fw_mm_ft_stop(&l->mm);
        fw_cc_stop(&l->cc);
        l->use = QUIET;
    }
    lastWords(b, l, FW_NWK_CC, transaction, FW_CC_RELEASE_COM, FW_IE_RELEASE_REASON, why);
}

static void proved(Base* b, Link* l, const fw_mm_event* e) {
    const Why why = l->why;
    User* u = l->user >= 0 ? &b->users[l->user] : NULL;
    l->why = WHY_NOT;
    if (why == WHY_CALL) {
        if (l->use != FOR_CHALLENGE) return;
        if (!e->ok) {
            refuseCall(b, l, l->call, FW_RELEASE_AUTHENTICATION_FAILED);
            return;
        }
        l->use = FOR_CALL;
        fw_cc_accept(&l->cc);
        fw_cc_connect(&l->cc);
        linkTimer(b, l, SPEECHLESS_S);
        return;
    }
    if (!e->ok || u == NULL) {
        fw_mm_ft_reject(&l->mm, e->reason == FW_REJECT_TIMER_EXPIRY ? e->reason : FW_REJECT_AUTHENTICATION_FAILED);
    } else if (why == WHY_LOCATION) {
        u->dirty |= !u->located;
        u->located = 1;
        fw_mm_ft_accept_location(&l->mm, tpuiOf(l->user), AREA_LEVEL);
    } else if (why == WHY_TERMINATION) {
        u->used = u->located = 0;
        u->dirty = 1;
        fw_mm_ft_accept_termination(&l->mm);
    }
    saveUsers(b);
}

/* ---- calls ---------------------------------------------------------------------------------------------------- */

void callMessage(Base* b, Link* l, const fw_nwk_message* m) {
    fw_portable_identity id;
    if (l->use == FOR_CALL && fw_cc_handle(&l->cc, l->id, m)) return;
    if (m->answer || m->type == FW_CC_RELEASE_COM) {
        if (m->type == FW_CC_RELEASE_COM && l->use == FOR_CHALLENGE) closeLink(b, l);
    } else if (m->type == FW_CC_RELEASE) {
        refuseCall(b, l, m->transaction, FW_RELEASE_NORMAL);
    } else if (m->type != FW_CC_SETUP) {
        refuseCall(b, l, m->transaction, FW_RELEASE_UNKNOWN_TRANSACTION);
    } else if (l->use == FOR_CODE || l->mm.own != FW_MM_FT_IDLE) {
        fw_nwk_writer w;
        if (l->use == FOR_CHALLENGE) return;
        fw_nwk_refuse_call(&w, m->transaction, FW_RELEASE_AUTHENTICATION_FAILED);
        fw_nwk_send(&b->io, TOK_MSG, l->id, w.data, w.octets);
    } else {
#if MUTANT == MUTANT_CALL_FROM_UNREGISTERED_HANDSET
        fw_nwk_writer w;
        (void)id;
        fw_nwk_begin(&w, FW_NWK_CC, m->transaction, true, FW_CC_CONNECT);
        fw_nwk_send(&b->io, TOK_MSG, l->id, w.data, w.octets);
        return;
#endif
        l->use = FOR_CHALLENGE;
        l->call = m->transaction;
        fw_timer_stop(&b->io, T_LINK + (uint32_t)(l - b->links)); /* MM_auth.1 decides */
        fw_cc_handle(&l->cc, l->id, m);
        authenticate(b, l, fw_read_portable_identity(m, &id) ? findUser(b, &id) : -1, WHY_CALL);
    }
}

/* ---- the machines of a link ----------------------------------------------------------------------------------- */

static void onMobility(void* ctx, const fw_mm_event* e) {
    Link* l = ctx;
    Base* b = l->base;
    int i;
    switch (e->what) {
        case FW_MM_ACCESS_RIGHTS_ASKED: rightsAsked(b, l, e->identity); break;
        case FW_MM_TERMINATION_ASKED: proofAsked(b, l, e->identity, WHY_TERMINATION); break;
        case FW_MM_LOCATION_ASKED: proofAsked(b, l, e->identity, WHY_LOCATION); break;
        case FW_MM_DETACHED:
            i = findUser(b, e->identity);
            if (i < 0 || !b->users[i].located) break;
            b->users[i].located = 0;
            b->users[i].dirty = 1;
            saveUsers(b);
            break;
        case FW_MM_CIPHERING_SUGGESTED: fw_mm_ft_reject(&l->mm, FW_REJECT_NO_CIPHER_ALGORITHM); break;
        case FW_MM_AUTHENTICATION_DONE: proved(b, l, e); break;
        case FW_MM_KEY_DONE: keyDone(b, l, e); break;
        default: break;
    }
}

static bool ownKey(void* ctx, uint8_t keyType, uint8_t k[FW_AUTH_KEY_OCTETS]) {
    const Link* l = ctx;
    if (keyType != FW_KEY_UAK || l->user < 0) return false;
    return fw_auth_b1(l->base->users[l->user].uak, FW_AUTH_KEY_OCTETS, k);
}

static void onCall(void* ctx, enum fw_cc_what what, uint8_t reason) {
    Link* l = ctx;
    (void)reason;
    if (what != FW_CC_ENDED || l->use != FOR_CALL) return;
    l->use = FOR_NOTHING;
    linkTimer(l->base, l, LINK_S);
}

void openLink(Base* b, Link* l) {
    const uint32_t n = (uint32_t)(l - b->links);
    fw_mm_ft_config mm;
    fw_cc_config cc;
    memset(&mm, 0, sizeof mm);
    memset(&cc, 0, sizeof cc);
    mm.timer = T_MM + n;
    mm.token = TOK_MSG;
    mm.algorithm = FW_AUTH_DSAA2;
    mm.context = l;
    mm.listener = onMobility;
    mm.key = ownKey;
    fw_mm_ft_init(&l->mm, &b->io, l->id, &mm);
    cc.timer = T_CALL + n;
    cc.token = TOK_MSG;
    cc.context = l;
    cc.listener = onCall;
    fw_cc_init(&l->cc, &b->io, &cc);
}

/* ---- the button: held, it opens the base for handsets; pressed, they are searched ------------------------------- */

static void page(Base* b) {
    int any = 0;
    for (int i = 0; i < MAX_USERS; ++i) {
        uint8_t text[FW_LCE_SHORT_PAGE_OCTETS];
        if (!b->users[i].pages) continue;
        fw_lce_short_page(text, tpuiOf(i));
        fw_radio_page(&b->io, TOK_MSG, text, sizeof text);
        --b->users[i].pages;
        any = 1;
    }
    if (any) fw_timer_start(&b->io, T_PAGE, FW_LCE_03_US);
}

int pageAnswered(Base* b, const fw_nwk_message* m) {
    fw_portable_identity id;
    const int i = fw_read_portable_identity(m, &id) ? findUser(b, &id) : -1;
    if (i < 0) return 0;
    b->users[i].pages = 0;
    return 1;
}

void button(Base* b, int pressed) {
    if (pressed) {
        fw_timer_start(&b->io, T_BUTTON, BUTTON_S * FW_SECOND_US);
    } else {
        fw_timer_stop(&b->io, T_BUTTON);
        for (int i = 0; b->buttonDown && b->phase == SERVICE && i < MAX_USERS; ++i) {
            b->users[i].pages = b->users[i].used && b->users[i].located ? FW_LCE_N300 : 0;
        }
        if (b->buttonDown && b->phase == SERVICE) page(b);
    }
    b->buttonDown = pressed;
}

int usersTimer(Base* b, uint32_t timer) {
    if (timer == T_PAGE) {
        page(b);
    } else if (timer == T_BUTTON || timer == T_WINDOW) {
        b->window = timer == T_BUTTON;
        b->buttonDown = 0;
        if (b->window) fw_timer_start(&b->io, T_WINDOW, WINDOW_S * FW_SECOND_US);
        announce(b);
    } else if (timer - T_MM < MAX_LINKS) {
        if (b->links[timer - T_MM].id) fw_mm_ft_timeout(&b->links[timer - T_MM].mm, timer);
    } else if (timer - T_CALL < MAX_LINKS) {
        if (b->links[timer - T_CALL].id) fw_cc_timeout(&b->links[timer - T_CALL].cc, timer);
    } else {
        return 0;
    }
    return 1;
}
