/* SPDX-License-Identifier: MIT-0
 *
 * The same base in a product with a DECT module: in the place of third_party_air.c and third_party_users.c. The module
 * runs the protocol, and knows who may use the base; what is left to this side is what to announce, when handsets may be
 * registered, and what this vendor's handsets say in his own octets.
 */
#include <stdio.h>
#include <string.h>

#include "third_party_base.h"
#include "third_party_timers.h"

enum { CODE_S = 300, AFTER_VERDICT_S = 10, BUTTON_S = 3, WINDOW_S = 120, NO_CHANNEL_S = 5, POWER_TENTHS = 240 };
enum { DISCRIMINATOR = 0x81, INFO_TYPE = 0x86, EVERYBODY = 0xFF };

#ifndef THIRD_PARTY_CARELESS
#define THIRD_PARTY_CARELESS 0 /* 1: trusts the line and the module, and has no plan for the rest */
#endif

static void command(Base* b, const fw_mail* m) {
    if (!fw_module_send(&b->module, m)) fw_log(&b->io, FW_LOG_DEBUG, "no %s: the module is not up", fw_mail_name(m->opcode));
}

/* ---- what it is told ------------------------------------------------------------------------------------------ */

static void registration(Base* b) {
    fw_mail m = fw_mail_of(FW_MAIL_REGISTRATION);
    const int open = b->phase == SERVICE && (b->config.openAlways || b->window);
    fw_mail_put(&m, open ? 1 : 0, 1);
    fw_mail_put(&m, 0, 2);
    if (open) fw_mail_put_octets(&m, b->config.pin, strnlen(b->config.pin, 8));
    command(b, &m);
    b->open = open;
}

void announce(Base* b) {
    static const enum fw_service services[] = {
        FW_SERVICE_NOT_READY, FW_SERVICE_NOT_READY, FW_SERVICE_NOT_READY, FW_SERVICE_WAITING_FOR_CODE, FW_SERVICE_BUSY,
        FW_SERVICE_BUSY,      FW_SERVICE_BUSY,      FW_SERVICE_BUSY,      FW_SERVICE_NOT_READY,        FW_SERVICE_IN_SERVICE};
    const dectbed_system_information info = payloadAnnouncement(b->me.emc, services[b->phase]);
    fw_mail m = fw_mail_of(FW_MAIL_ANNOUNCE);
    if (!b->module.is_up) return; /* it is told when it comes up */
    if (info.escape_data != b->announced) {
        fw_mail_put(&m, info.escape_emc, 2);
        fw_mail_put(&m, info.escape_data, 4);
        command(b, &m);
        b->announced = info.escape_data;
    }
    if (b->open != (b->phase == SERVICE && (b->config.openAlways || b->window))) registration(b);
}

static void start(Base* b) {
    fw_mail m = fw_mail_of(FW_MAIL_START);
    fw_mail_put(&m, POWER_TENTHS, 2);
    command(b, &m);
}

/* A module that has just started knows nothing but its band and its handsets. */
static void setUp(Base* b) {
    fw_mail band = fw_mail_of(FW_MAIL_SET_BAND);
    b->announced = ~0u;
    b->open = 0;
    announce(b);
    if (b->wantedBand == DECTBED_BAND_NONE) return; /* not known yet: nothing may be transmitted */
    if (b->moduleBand == b->wantedBand) {
        start(b);
        return;
    }
    fw_mail_put(&band, b->wantedBand, 1);
    command(b, &band);
    if (THIRD_PARTY_CARELESS) start(b);
}

void radioStart(Base* b, uint8_t band) {
    b->wantedBand = band;
    if (b->module.is_up) setUp(b);
}

/* ---- links ---------------------------------------------------------------------------------------------------- */

static void forgetLink(Base* b, Link* l) {
    if (l->id == b->user) {
        b->user = 0;
        if (b->phase == BYE) fw_timer_start(&b->io, T_PHASE, 1);
    }
    fw_timer_stop(&b->io, T_LINK + (uint32_t)(l - b->links));
    memset(l, 0, sizeof *l);
}

/* Our number of a link is one more than the module's: 0 is nobody. */
void closeLink(Base* b, Link* l) {
    fw_mail m = fw_mail_of(FW_MAIL_CLOSE_LINK);
    fw_mail_put(&m, l->id - 1, 1);
    command(b, &m);
    forgetLink(b, l);
}

/* A message of this vendor's, as the mailbox takes it. */
static void vendorDown(Base* b, const Link* l, const fw_nwk_writer* w) {
    fw_nwk_message said;
    const uint8_t* e;
    size_t n;
    fw_mail m = fw_mail_of(FW_MAIL_VENDOR_MM);
    if (!fw_nwk_parse(w->data, w->octets, &said) || !fw_nwk_find(&said, FW_IE_ESCAPE_TO_PROPRIETARY, &e, &n) || n < 4) return;
    fw_mail_put(&m, l->id - 1, 1);
    fw_mail_put(&m, said.type, 1);
    fw_mail_put(&m, fw_read_reject_reason(&said), 1);
    fw_mail_put(&m, (uint32_t)(e[1] << 8 | e[2]), 2);
    fw_mail_put_octets(&m, e + 3, n - 3);
    command(b, &m);
}

void tell(Base* b, uint32_t link, enum fw_verdict v, uint32_t retryAfter) {
    Link* l = link ? findLink(b, link) : NULL;
    fw_nwk_writer w;
    if (l == NULL) return;
    payloadWriteVerdict(&w, b->me.emc, v, (uint16_t)(retryAfter > 0xFFFF ? 0xFFFF : retryAfter));
    vendorDown(b, l, &w);
    l->use = FOR_NOTHING;
    linkTimer(b, l, AFTER_VERDICT_S);
}

void progress(Base* b, enum fw_activation_stage stage) {
    Link* l = b->user ? findLink(b, b->user) : NULL;
    fw_nwk_writer w;
    if (l == NULL) return;
    payloadWriteProgress(&w, b->me.emc, stage);
    vendorDown(b, l, &w);
}

static void vendorUp(Base* b, const fw_mail* m) {
    enum { HEAD = 9 };
    uint8_t escape[3 + FW_MAIL_VENDOR_MAX] = {DISCRIMINATOR, m->payload[8], m->payload[7]};
    const uint32_t id = 1u + m->payload[0];
    Link* l = findLink(b, id);
    fw_nwk_writer w;
    fw_nwk_message said;
    fw_activation a;
    if (m->octets <= HEAD || m->octets > HEAD + FW_MAIL_VENDOR_MAX) return;
    if (l == NULL) l = findLink(b, 0);
    if (l == NULL) return;
    l->base = b;
    l->id = id;
    memcpy(escape + 3, m->payload + HEAD, m->octets - HEAD);
    fw_nwk_begin(&w, FW_NWK_MM, 0, false, m->payload[1]);
    fw_nwk_put_octet(&w, FW_IE_INFO_TYPE, INFO_TYPE);
    fw_nwk_put_ipui(&w, m->payload + 2);
    fw_nwk_put(&w, FW_IE_ESCAPE_TO_PROPRIETARY, escape, 3u + m->octets - HEAD);
    if (!w.ok || !fw_nwk_parse(w.data, w.octets, &said) || payloadRead(&said, b->me.emc, &a) != FW_ACTIVATION_READ ||
        a.opcode != FW_ACTIVATION_CODE) {
        closeLink(b, l);
    } else if (l->id != b->user) {
        linkTimer(b, l, CODE_S);
        takeCode(b, l, a.code);
    }
}

/* ---- the module's side ---------------------------------------------------------------------------------------- */

static void onUp(void* ctx, const fw_mail* m) {
    Base* b = ctx;
    b->moduleBand = m->payload[3];
    fw_log(&b->io, FW_LOG_INFORMATION, "module %u.%u is up, band %u, %u handsets", m->payload[2], m->payload[1], m->payload[3],
           m->payload[5]);
    setUp(b);
}

static void onDown(void* ctx, const char* why) {
    Base* b = ctx;
    fw_log(&b->io, FW_LOG_WARNING, "%s", why);
    for (int i = 0; i < MAX_LINKS; ++i) {
        if (b->links[i].id != 0) forgetLink(b, &b->links[i]);
    }
}

static void onAnswer(void* ctx, const fw_mail* asked, const fw_mail* answer) {
    Base* b = ctx;
    const uint8_t status = answer->octets > 0 ? answer->payload[0] : FW_MAIL_UNKNOWN;
    if (status != FW_MAIL_OK && asked->opcode != FW_MAIL_CLOSE_LINK && asked->opcode != FW_MAIL_VENDOR_MM)
        fw_log(&b->io, FW_LOG_WARNING, "the module refuses %s: %u", fw_mail_name(asked->opcode), status);
    if (asked->opcode == FW_MAIL_SET_BAND && status == FW_MAIL_OK) {
        b->moduleBand = b->wantedBand;
        start(b);
    }
}

static void onMail(void* ctx, const fw_mail* m) {
    Base* b = ctx;
    Link* l;
    switch (m->opcode) {
        case FW_MAIL_VENDOR_MM_UP: vendorUp(b, m); break;
        case FW_MAIL_LINK_CLOSED:
            l = findLink(b, 1u + m->payload[0]);
            if (l != NULL) forgetLink(b, l);
            break;
        case FW_MAIL_ON_AIR:
            if (m->payload[0] != FW_MAIL_OK) fw_timer_start(&b->io, T_BAND, NO_CHANNEL_S * FW_SECOND_US);
            break;
        case FW_MAIL_REGISTERED:
        case FW_MAIL_DEREGISTERED:
        case FW_MAIL_LOCATED:
        case FW_MAIL_LOST:
            fw_log(&b->io, FW_LOG_INFORMATION, "handset %u: %s", m->payload[0], fw_mail_name(m->opcode));
            break;
        default: break;
    }
}

void radioBoot(Base* b) {
    fw_module_config c;
    memset(&c, 0, sizeof c);
    c.timer = T_PAGE;
    c.token = TOK_RADIO;
    c.careless = THIRD_PARTY_CARELESS != 0;
    c.context = b;
    c.up = onUp;
    c.down = onDown;
    c.mail = onMail;
    c.answered = onAnswer;
    fw_module_init(&b->module, &b->io, &c);
}

void loadUsers(Base* b) { (void)b; /* the module knows them */ }

/* ---- events --------------------------------------------------------------------------------------------------- */

void button(Base* b, int pressed) {
    fw_mail m = fw_mail_of(FW_MAIL_PAGE);
    if (pressed) {
        fw_timer_start(&b->io, T_BUTTON, BUTTON_S * FW_SECOND_US);
    } else {
        fw_timer_stop(&b->io, T_BUTTON);
        fw_mail_put(&m, EVERYBODY, 1);
        if (b->buttonDown && b->phase == SERVICE) command(b, &m);
    }
    b->buttonDown = pressed;
}

int airTimer(Base* b, uint32_t t) {
    if (t - T_LINK < MAX_LINKS) {
        Link* l = &b->links[t - T_LINK];
        if (l->id != 0) closeLink(b, l);
    } else if (t == T_BAND) {
        start(b);
    } else if (t == T_BUTTON || t == T_WINDOW) {
        b->window = t == T_BUTTON;
        b->buttonDown = 0;
        if (b->window) fw_timer_start(&b->io, T_WINDOW, WINDOW_S * FW_SECOND_US);
        announce(b);
    } else {
        return 0;
    }
    return 1;
}

int airHandle(Base* b, const dectbed_event* e) {
    if (fw_module_handle(&b->module, e)) return 1;
    if (e->record.type != DECTBED_EV_KEY) return 0;
    button(b, ((const dectbed_ev_key*)e)->pressed != 0);
    return 1;
}
