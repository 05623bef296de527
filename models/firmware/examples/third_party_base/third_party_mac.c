/* SPDX-License-Identifier: MIT-0 */
#include "third_party_mac.h"

#include <string.h>

enum { SILENCE_FRAMES = 500, LAPC_US = 2000000, LAPC_TRIES = 3 }; /* T201; DL.04, DL.07; N250 */
enum { ODD = 0xAAAA, ANY = 0xFFFF, LINKS_MAX = 6 };
enum { TOKEN = 0x4D410000, TOKEN_RELEASE = 0x4D420000 };
enum { CONFIRM = 4, RELEASE = 15, WHY_NORMAL = 2, WHY_BUSY = 10, WHY_TIMEOUT = 6 };
enum { TA_NT = 3, TA_QT = 4, TA_MT = 6, TA_FIRST_MT = 7, BEARER = 0, DUMMY = 7 };
enum { I_COMMAND = 0x13, RESPONSE = 0x11, NEW_LINK = 0x80, FILL = 0xF0 };

/* ---- to the baseband ------------------------------------------------------------------------------------------ */

static void ask(Mac *m, uint16_t type, uint32_t token, void *record, size_t octets) {
    dectbed_record *r = record;
    r->type = type;
    r->size = (uint16_t)octets;
    r->token = token;
    m->below->request(m->below->context, r);
}

static void header(uint8_t a[8], unsigned ta, unsigned ba) { a[0] = (uint8_t)(ta << 5 | ba << 1 | (ba == BEARER)); }

static void burst(Mac *m, unsigned slot, uint32_t token, uint32_t frame, uint16_t numbers, const uint8_t a[8]) {
    dectbed_req_mac_burst q;
    memset(&q, 0, sizeof q);
    q.slot = (uint8_t)slot;
    q.frame_numbers = numbers;
    q.frame = frame;
    memcpy(q.a_field, a, 6);
    ask(m, DECTBED_REQ_MAC_BURST, token, &q, sizeof q);
}

static void control(uint8_t a[8], unsigned command, unsigned twelve, uint32_t pmid) {
    memset(a, 0, 8);
    header(a, TA_MT, BEARER);
    a[1] = (uint8_t)command;
    a[2] = (uint8_t)(twelve >> 4);
    a[3] = (uint8_t)(twelve << 4 | pmid >> 16);
    a[4] = (uint8_t)(pmid >> 8);
    a[5] = (uint8_t)pmid;
}

static unsigned fmid(const Mac *m) { return (m->rfpi[3] & 15u) << 8 | m->rfpi[4]; }

static void lapcTimer(Mac *m, unsigned slot, uint64_t us) {
    dectbed_req_timer t;
    memset(&t, 0, sizeof t);
    t.timer = MAC_TIMERS + slot;
    t.delay_us = us;
    ask(m, us ? DECTBED_REQ_TIMER_START : DECTBED_REQ_TIMER_STOP, TOKEN, &t, sizeof t);
}

/* ---- to the rest of the base ------------------------------------------------------------------------------------ */

static void say(Mac *m, uint16_t type, uint32_t token, void *event, size_t fixed, const void *data, size_t octets) {
    dectbed_event *e = event;
    uint8_t *to = (uint8_t *)m->events[(m->first + m->waiting) % MAC_EVENTS];
    if (m->waiting == MAC_EVENTS || fixed + octets > MAC_EVENT_OCTETS) return;
    ++m->waiting;
    e->record.type = type;
    e->record.size = (uint16_t)(fixed + octets);
    e->record.token = token;
    e->now_us = m->now;
    memcpy(to, event, fixed);
    if (octets) memcpy(to + fixed, data, octets);
}

static void sayLink(Mac *m, uint16_t type, uint32_t token, const MacBearer *b, uint32_t reason, const void *nwk, size_t n) {
    dectbed_ev_link e;
    memset(&e, 0, sizeof e);
    e.link = b->link;
    e.reason = reason;
    e.pmid = b->pmid;
    say(m, type, token, &e, sizeof e, nwk, n);
}

static void sayStarted(Mac *m, uint16_t status) {
    dectbed_ev_radio_started e;
    memset(&e, 0, sizeof e);
    e.status = status;
    e.carrier = m->carrier;
    e.slot = m->slot;
    m->life = status == DECTBED_OK ? MAC_ON : MAC_OFF;
    say(m, DECTBED_EV_RADIO_STARTED, m->token, &e, sizeof e, NULL, 0);
}

const dectbed_event *macTake(Mac *m) {
    const dectbed_event *e = (const dectbed_event *)m->events[m->first];
    if (m->waiting == 0) return NULL;
    m->first = (m->first + 1) % MAC_EVENTS;
    --m->waiting;
    return e;
}

/* ---- dummy bearer ----------------------------------------------------------------------------------------------- */

/* Bands of 10 carriers from number 0 on, and the US one: carriers 23 to 27 of RF band 00001. */
static unsigned carriersOf(uint8_t band) { return band == DECTBED_BAND_EU ? 10 : band == DECTBED_BAND_US ? 5 : 0; }

static uint8_t *next(dectbed_req_mac_broadcast *q, unsigned ta) {
    uint8_t *a = q->a_fields[q->count++];
    header(a, ta, DUMMY);
    return a + 1;
}

static void broadcast(Mac *m) {
    const dectbed_system_information *i = &m->information;
    const unsigned us = m->band == DECTBED_BAND_US, own = us ? 0 : 0x3FF;
    dectbed_req_mac_broadcast q;
    uint8_t *t;
    memset(&q, 0, sizeof q);
    q.carrier = m->carrier;
    q.slot = m->slot;
    memcpy(next(&q, TA_NT), m->rfpi, 5);
    t = next(&q, TA_QT); /* static information */
    t[0] = m->slot;
    t[1] = (uint8_t)((i->escape_emc ? 0x20 : 0) | us << 2 | own >> 8);
    t[2] = (uint8_t)own;
    t[3] = m->carrier;
    if (us) { /* extended carriers: 23 bits from 10 on, RF band, how many are scanned */
        const uint32_t used = 0x1Fu << (22 - 17);
        t = next(&q, TA_QT);
        t[0] = (uint8_t)(0x20 | used >> 19);
        t[1] = (uint8_t)(used >> 11);
        t[2] = (uint8_t)(used >> 3);
        t[3] = (uint8_t)(used << 5 | 1);
        t[4] = 5;
    }
    t = next(&q, TA_QT);
    t[0] = (uint8_t)(0x30 | (i->fixed_part_capabilities >> 32 & 15));
    for (int n = 1; n < 5; ++n) t[n] = (uint8_t)(i->fixed_part_capabilities >> (32 - 8 * n));
    t = next(&q, TA_QT); /* the number is filled in */
    t[0] = 0x6F;
    t[1] = 0x0F;
    if (i->escape_emc) {
        t = next(&q, TA_QT);
        t[0] = (uint8_t)(0x70 | i->escape_emc >> 12);
        t[1] = (uint8_t)(i->escape_emc >> 4);
        t[2] = (uint8_t)(i->escape_emc << 4 | (i->escape_data >> 16 & 15));
        t[3] = (uint8_t)(i->escape_data >> 8);
        t[4] = (uint8_t)i->escape_data;
    }
    ask(m, DECTBED_REQ_MAC_BROADCAST, TOKEN, &q, sizeof q);
}

static void start(Mac *m, const dectbed_req_radio_start *q) {
    dectbed_req_radio_start s = *q;
    m->token = q->record.token;
    m->band = q->band;
    m->life = MAC_STARTING;
    m->measured = 0;
    m->quietest = 1;
    m->ties = 0;
    if (carriersOf(m->band) == 0) {
        sayStarted(m, DECTBED_NO_CHANNEL);
        return;
    }
    ask(m, DECTBED_REQ_MAC_START, TOKEN, &s, sizeof s);
}

/* One of the quietest channels, drawn as they come. */
static void measured(Mac *m, const dectbed_ev_mac_rssi *e) {
    for (uint8_t s = 0; s < MAC_SLOTS; ++s) {
        const int heard = e->dbm[s] > e->dbm[s + MAC_SLOTS] ? e->dbm[s] : e->dbm[s + MAC_SLOTS];
        if (m->quietest == 1 || heard < m->quietest) {
            m->quietest = heard;
            m->ties = 0;
        }
        if (heard > m->quietest) continue;
        m->luck = m->luck * 6364136223846793005u + 1442695040888963407u;
        if ((m->luck >> 33) % ++m->ties != 0) continue;
        m->carrier = e->carrier;
        m->slot = s;
    }
    if (++m->measured < carriersOf(m->band) || m->life != MAC_STARTING) return;
    broadcast(m);
    sayStarted(m, DECTBED_OK);
}

/* ---- LAPC, class A (EN 300 175-4, 9.2) --------------------------------------------------------------------------- */

static uint16_t signature(const MacBearer *b) { return (b->pmid >> 16 & 15) == 14 ? 0 : (uint16_t)b->pmid; }

static void sums(const uint8_t *data, size_t octets, unsigned *c0, unsigned *c1) {
    *c0 = *c1 = 0;
    for (size_t i = 0; i < octets; ++i) {
        *c0 = (*c0 + data[i]) % 255;
        *c1 = (*c1 + *c0) % 255;
    }
}

static int sound(const MacBearer *b, uint8_t *frame, size_t octets) {
    unsigned c0, c1;
    frame[octets - 2] ^= (uint8_t)(signature(b) >> 8);
    frame[octets - 1] ^= (uint8_t)signature(b);
    sums(frame, octets, &c0, &c1);
    return c0 == 0 && c1 == 0;
}

static void pump(Mac *m, unsigned slot);

static void frameOut(MacBearer *b, uint8_t address, uint8_t command, const uint8_t *data, size_t octets) {
    const size_t whole = (octets + 5 + 4) / 5 * 5;
    unsigned c0, c1;
    uint8_t *f;
    if (b->frames == MAC_FRAMES) return; /* LAPC repeats it */
    b->out[b->frames].octets = (uint8_t)whole;
    f = b->out[b->frames++].data;
    f[0] = (uint8_t)(address | (b->said ? 0 : NEW_LINK));
    f[1] = command;
    f[2] = (uint8_t)(octets << 2 | 1);
    if (octets) memcpy(f + 3, data, octets);
    memset(f + 3 + octets, FILL, whole - 3 - octets);
    f[whole - 2] = f[whole - 1] = 0;
    sums(f, whole, &c0, &c1);
    f[whole - 2] = (uint8_t)(((c0 + 255 - c1) % 255) ^ signature(b) >> 8);
    f[whole - 1] = (uint8_t)(((c1 + 2 * (255 - c0)) % 255) ^ (signature(b) & 0xFF));
    b->said = 1;
}

static void transmit(Mac *m, unsigned slot) {
    MacBearer *b = &m->bearers[slot];
    const unsigned number = b->unacknowledged ? b->vs ^ 1u : b->vs;
    frameOut(b, I_COMMAND, (uint8_t)(b->vr << 5 | number << 1), b->queue[0].data, b->queue[0].octets);
    if (!b->unacknowledged) b->vs ^= 1;
    b->unacknowledged = 1;
    lapcTimer(m, slot, LAPC_US);
}

static void leave(Mac *m, unsigned slot) {
    MacBearer *b = &m->bearers[slot];
    uint8_t a[8];
    control(a, RELEASE, b->retries > LAPC_TRIES ? 0x0F0 | WHY_TIMEOUT : 0x0F0 | WHY_NORMAL, b->pmid);
    a[2] = 0x0F;
    a[3] = (uint8_t)((b->retries > LAPC_TRIES ? WHY_TIMEOUT : WHY_NORMAL) << 4 | b->pmid >> 16);
    b->frame = 0;
    burst(m, slot, TOKEN_RELEASE + slot, DECTBED_MAC_NEXT_FRAME, ANY, a);
    burst(m, slot, TOKEN_RELEASE + slot, DECTBED_MAC_NEXT_FRAME, ANY, a);
    b->messages = b->frames = 0;
}

static void goOn(Mac *m, unsigned slot) {
    MacBearer *b = &m->bearers[slot];
    if (b->messages && !b->unacknowledged) {
        b->retries = 0;
        transmit(m, slot);
    }
    pump(m, slot);
}

static void acknowledged(Mac *m, unsigned slot, unsigned number) {
    MacBearer *b = &m->bearers[slot];
    if (!b->unacknowledged || number != b->vs) return;
    b->unacknowledged = 0;
    lapcTimer(m, slot, 0);
    sayLink(m, DECTBED_EV_NWK_SENT, b->queue[0].token, b, 0, NULL, 0);
    memmove(b->queue, b->queue + 1, sizeof b->queue[0] * --b->messages);
}

static void frameIn(Mac *m, unsigned slot, uint8_t *f, size_t octets) {
    MacBearer *b = &m->bearers[slot];
    const size_t n = f[2] >> 2;
    if (!sound(b, f, octets) || (f[0] & 0x7C) != 0x10 || (f[1] >> 5) > 1) return;
    if ((f[1] & 0x1F) == 0x01) { /* RR */
        acknowledged(m, slot, f[1] >> 5);
        return;
    }
    if ((f[1] & 0x1D) != 0 || (f[0] & 2) != 0) return; /* no I frame of a portable part, modulo 2 */
    acknowledged(m, slot, f[1] >> 5);
    if ((f[1] >> 1 & 1) == b->vr) {
        b->vr ^= 1;
        if (b->partOctets + n <= MAC_LONGEST) memcpy(b->part + b->partOctets, f + 3, n);
        b->partOctets = (uint16_t)(b->partOctets + n <= MAC_LONGEST ? b->partOctets + n : MAC_LONGEST + 1);
        if ((f[2] & 2) == 0) {
            if (b->partOctets <= MAC_LONGEST) sayLink(m, DECTBED_EV_NWK_RECEIVED, 0, b, 0, b->part, b->partOctets);
            b->partOctets = 0;
        }
    }
    frameOut(b, (uint8_t)(RESPONSE | (f[0] & NEW_LINK)), (uint8_t)(b->vr << 5 | 1), NULL, 0);
}

static void expired(Mac *m, unsigned slot) {
    MacBearer *b = &m->bearers[slot];
    if ((b->state != MAC_UP && b->state != MAC_LEAVING) || !b->unacknowledged) return;
    if (++b->retries <= LAPC_TRIES) {
        transmit(m, slot);
        pump(m, slot);
        return;
    }
    b->state = MAC_LEAVING;
    b->unacknowledged = 0;
    leave(m, slot);
}

/* ---- C-channel (EN 300 175-3, 10.8) -------------------------------------------------------------------------------- */

static void segment(Mac *m, unsigned slot) {
    MacBearer *b = &m->bearers[slot];
    uint8_t a[8] = {0};
    header(a, b->number, BEARER);
    memcpy(a + 1, b->out[0].data + b->sentOctets, 5);
    b->outstanding = 1;
    b->accepted = 0;
    burst(m, slot, TOKEN + slot, DECTBED_MAC_NEXT_FRAME, ODD, a);
}

static void pump(Mac *m, unsigned slot) {
    MacBearer *b = &m->bearers[slot];
    if (b->outstanding) return;
    if (b->frames) {
        segment(m, slot);
    } else if (b->state == MAC_LEAVING && b->messages == 0 && b->frame == 1) {
        leave(m, slot);
    }
}

static void segmentTaken(MacBearer *b) {
    b->outstanding = 0;
    b->number ^= 1;
    b->sentOctets = (uint8_t)(b->sentOctets + 5);
    if (b->sentOctets < b->out[0].octets) return;
    b->sentOctets = 0;
    memmove(b->out, b->out + 1, sizeof b->out[0] * --b->frames);
}

static void segmentIn(Mac *m, unsigned slot, const uint8_t a[8]) {
    MacBearer *b = &m->bearers[slot];
    size_t whole;
    if (a[0] >> 5 != b->expected) return; /* sent again */
    b->expected ^= 1;
    memcpy(b->in + b->inOctets, a + 1, 5);
    b->inOctets = (uint8_t)(b->inOctets + 5);
    whole = ((b->in[2] >> 2) + 9u) / 5 * 5;
    if (b->inOctets < whole) return;
    b->inOctets = 0;
    frameIn(m, slot, b->in, whole);
}

/* ---- bearers ------------------------------------------------------------------------------------------------------- */

static void shut(Mac *m, unsigned slot, uint32_t why) {
    MacBearer *b = &m->bearers[slot];
    const MacState was = b->state;
    dectbed_req_u32 q;
    memset(&q, 0, sizeof q);
    q.value = slot;
    ask(m, DECTBED_REQ_MAC_CLOSE, TOKEN, &q, sizeof q);
    lapcTimer(m, slot, 0);
    b->state = MAC_FREE;
    if (was == MAC_UP || was == MAC_LEAVING) sayLink(m, DECTBED_EV_LINK_RELEASED, 0, b, why, NULL, 0);
}

static void asked(Mac *m, const dectbed_ev_mac_burst *e) {
    MacBearer *b = &m->bearers[e->slot];
    const uint8_t *t = e->a_field + 1;
    const uint32_t pmid = (t[2] & 15u) << 16 | (uint32_t)t[3] << 8 | t[4];
    dectbed_req_mac_open q;
    uint8_t a[8];
    unsigned busy = 0;
    if (e->a_field[0] >> 5 != TA_FIRST_MT || t[0] != 0 || (unsigned)(t[1] << 4 | t[2] >> 4) != fmid(m)) return;
    for (unsigned s = 0; s < MAC_SLOTS; ++s) busy += m->bearers[s].state != MAC_FREE;
    if (busy >= LINKS_MAX) {
        control(a, RELEASE, 0, pmid);
        a[2] = 0x0F;
        a[3] = (uint8_t)(WHY_BUSY << 4 | pmid >> 16);
        burst(m, e->slot, TOKEN, e->frame + 1, 0, a);
        return;
    }
    memset(b, 0, sizeof *b);
    b->state = MAC_OFFERED;
    b->pmid = pmid;
    b->frame = e->frame + 1;
    b->number = b->expected = 1;
    memset(&q, 0, sizeof q);
    q.carrier = e->carrier;
    q.slot = e->slot;
    q.silence_frames = SILENCE_FRAMES;
    q.frame = b->frame;
    header(q.idle, TA_NT, BEARER);
    memcpy(q.idle + 1, m->rfpi, 5);
    ask(m, DECTBED_REQ_MAC_OPEN, TOKEN, &q, sizeof q);
    control(a, CONFIRM, fmid(m), pmid);
    burst(m, e->slot, TOKEN, b->frame, 0, a);
}

static void received(Mac *m, const dectbed_ev_mac_burst *e) {
    const unsigned slot = e->slot, ta = e->a_field[0] >> 5;
    MacBearer *b = &m->bearers[slot];
    if (e->request) {
        if (e->good) asked(m, e);
        return;
    }
    switch (b->state) {
        case MAC_FREE: return;
        case MAC_OFFERED:
            if (!e->good) { /* the confirm was missed; the handset asks again */
                shut(m, slot, 0);
                return;
            }
            b->state = MAC_UP;
            b->link = ++m->links;
            sayLink(m, DECTBED_EV_LINK_ESTABLISHED, 0, b, 0, NULL, 0);
            return;
        case MAC_LEAVING:
            if (b->frame > 1 && e->frame == b->frame) {
                shut(m, slot, b->retries > LAPC_TRIES ? DECTBED_RELEASE_SIGNAL_LOST : DECTBED_RELEASE_NORMAL);
                return;
            }
            break;
        case MAC_UP: break;
    }
    if (b->outstanding && b->accepted && e->frame == b->sentIn) {
        if (e->good && (e->a_field[0] & 1)) {
            segmentTaken(b);
        } else {
            b->outstanding = 0; /* again */
        }
    }
    if (e->good && ta <= 1) segmentIn(m, slot, e->a_field);
    if (e->good && ta == TA_MT && (e->a_field[1] & 15) == RELEASE) {
        shut(m, slot, DECTBED_RELEASE_NORMAL);
        return;
    }
    goOn(m, slot);
}

/* ---- what the rest of the base asks for ------------------------------------------------------------------------------ */

static int slotOf(const Mac *m, uint32_t link) {
    for (int s = 0; s < MAC_SLOTS; ++s) {
        if (m->bearers[s].link == link && (m->bearers[s].state == MAC_UP || m->bearers[s].state == MAC_LEAVING)) return s;
    }
    return -1;
}

static void release(Mac *m, uint32_t link) {
    const int s = slotOf(m, link);
    if (s < 0 || m->bearers[s].state != MAC_UP) return;
    m->bearers[s].state = MAC_LEAVING;
    m->bearers[s].frame = 1; /* once everything is sent */
    pump(m, (unsigned)s);
}

static void send(Mac *m, const dectbed_req_link *q) {
    const int s = slotOf(m, q->link);
    const size_t n = q->record.size - sizeof *q;
    MacMessage *to;
    if (s < 0 || m->bearers[s].state != MAC_UP || n == 0 || n > MAC_MESSAGE_OCTETS ||
        m->bearers[s].messages == MAC_MESSAGES)
        return;
    to = &m->bearers[s].queue[m->bearers[s].messages++];
    to->token = q->record.token;
    to->octets = (uint8_t)n;
    memcpy(to->data, q + 1, n);
    goOn(m, (unsigned)s);
}

/* Short pages have 20 bits, full ones 36 (EN 300 175-3, 7.2.4.2); the first half octet is not sent. */
static void page(Mac *m, const uint8_t *message, size_t octets) {
    uint8_t a[8] = {0};
    if (m->life != MAC_ON || (octets != 3 && octets != 5)) return;
    header(a, TA_FIRST_MT, DUMMY);
    a[1] = (uint8_t)((octets == 3 ? 0x10 : 0x20) | (message[0] & 15));
    memcpy(a + 2, message + 1, octets - 1);
    burst(m, m->slot, TOKEN, DECTBED_MAC_NEXT_FRAME, 1, a);
}

static void off(Mac *m) {
    dectbed_record r = {0, 0, 0};
    ask(m, DECTBED_REQ_MAC_STOP, TOKEN, &r, sizeof r);
    memset(m->bearers, 0, sizeof m->bearers);
    m->life = MAC_OFF;
}

static void request(void *context, const dectbed_record *r) {
    Mac *m = context;
    switch (r->type) {
        case DECTBED_REQ_RADIO_START:
            off(m);
            start(m, (const dectbed_req_radio_start *)r);
            break;
        case DECTBED_REQ_RADIO_STOP: off(m); break;
        case DECTBED_REQ_RADIO_SYSTEM_INFORMATION:
            m->information = ((const dectbed_req_radio_system_information *)r)->information;
            if (m->life == MAC_ON) broadcast(m);
            break;
        case DECTBED_REQ_LINK_RELEASE: release(m, ((const dectbed_req_link *)r)->link); break;
        case DECTBED_REQ_NWK_SEND: send(m, (const dectbed_req_link *)r); break;
        case DECTBED_REQ_RADIO_PAGE: page(m, (const uint8_t *)(r + 1), r->size - sizeof *r); break;
        default: m->below->request(m->below->context, r); break;
    }
}

const dectbed_host *macInit(Mac *m, const dectbed_host *host) {
    m->below = host;
    m->above = *host;
    m->above.context = m;
    m->above.request = request;
    return &m->above;
}

/* ---- events -------------------------------------------------------------------------------------------------------- */

static void accepted(Mac *m, const dectbed_ev_mac_frame *e) {
    MacBearer *b = &m->bearers[e->slot % MAC_SLOTS];
    if (e->event.record.token == TOKEN_RELEASE + (uint32_t)e->slot && b->state == MAC_LEAVING) b->frame = e->frame;
    if (e->event.record.token != TOKEN + (uint32_t)e->slot || !b->outstanding) return;
    b->accepted = 1;
    b->sentIn = e->frame;
}

int macHandle(Mac *m, const dectbed_event *e) {
    const size_t octets = e->record.size;
    m->now = e->now_us;
    switch (e->record.type) {
        case DECTBED_EV_BOOT:
            if (octets < sizeof(dectbed_ev_boot)) return 0;
            memcpy(m->rfpi, ((const dectbed_ev_boot *)e)->rfpi, sizeof m->rfpi);
            memcpy(&m->luck, ((const dectbed_ev_boot *)e)->entropy, sizeof m->luck);
            return 0;
        case DECTBED_EV_MAC_STARTED: {
            dectbed_record r = {0, 0, 0};
            if (m->life == MAC_STARTING) ask(m, DECTBED_REQ_MAC_MEASURE, TOKEN, &r, sizeof r);
            return 1;
        }
        case DECTBED_EV_MAC_RSSI:
            if (octets >= sizeof(dectbed_ev_mac_rssi)) measured(m, (const dectbed_ev_mac_rssi *)e);
            return 1;
        case DECTBED_EV_MAC_ACCEPTED:
            if (octets >= sizeof(dectbed_ev_mac_frame)) accepted(m, (const dectbed_ev_mac_frame *)e);
            return 1;
        case DECTBED_EV_MAC_BURST: {
            const dectbed_ev_mac_burst *b = (const dectbed_ev_mac_burst *)e;
            if (octets >= sizeof *b && b->slot < MAC_SLOTS) received(m, b);
            return 1;
        }
        case DECTBED_EV_MAC_SILENT: {
            const dectbed_ev_mac_frame *s = (const dectbed_ev_mac_frame *)e;
            if (octets >= sizeof *s && s->slot < MAC_SLOTS && m->bearers[s->slot].state != MAC_FREE)
                shut(m, s->slot, DECTBED_RELEASE_SIGNAL_LOST);
            return 1;
        }
        case DECTBED_EV_TIMER: {
            const uint32_t t = octets >= sizeof(dectbed_ev_timer) ? ((const dectbed_ev_timer *)e)->timer : 0;
            if (t < MAC_TIMERS || t >= MAC_TIMERS + MAC_SLOTS) return 0;
            expired(m, t - MAC_TIMERS);
            return 1;
        }
        case DECTBED_EV_REFUSED: {
            const dectbed_ev_refused *r = (const dectbed_ev_refused *)e;
            if (octets < sizeof *r || r->request_type < DECTBED_REQ_MAC_START) return 0;
            if (r->request_type == DECTBED_REQ_MAC_START) sayStarted(m, DECTBED_NO_CHANNEL);
            if (r->request_type == DECTBED_REQ_MAC_BURST && e->record.token - TOKEN < MAC_SLOTS)
                m->bearers[e->record.token - TOKEN].outstanding = 0; /* LAPC repeats what is missing */
            if (r->request_type == DECTBED_REQ_MAC_BURST && e->record.token - TOKEN_RELEASE < MAC_SLOTS &&
                m->bearers[e->record.token - TOKEN_RELEASE].state == MAC_LEAVING)
                shut(m, e->record.token - TOKEN_RELEASE, DECTBED_RELEASE_SIGNAL_LOST);
            return 1;
        }
        default: return 0;
    }
}
