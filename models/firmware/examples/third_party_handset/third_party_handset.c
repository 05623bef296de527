/* SPDX-License-Identifier: MIT-0
 *
 * A handset as somebody outside this project might write it: one task that does one thing after the other, on the small
 * kernel of rtos/. It brings the code on the user's note to every base that waits for one, in its maker's own payload
 * (third_party_payload.h), registers with a PIN, and locates at its base whenever it has found it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activation.h"
#include "dsaa2.h"
#include "kv_store.h"
#include "lce_paging.h"
#include "mm_pt.h"
#include "rt.h"
#include "third_party_payload.h"

#define VERSION "1.3"
/* FP capability a44, EN 300 175-5, F.2: access rights requests are supported. */
#define ACCESS_RIGHTS_REQUESTS (1ull << (47 - 44))

enum { TASK_TIMERS = 1, MM_TIMERS = 32 };
enum { TOK_STORE = 1, TOK_RADIO, TOK_MSG };
enum { KEY_SUBSCRIPTION = 1, RECORD = 3 };
enum { EVENTS = 64, HEARD_MAX = 128, STACK = 65536 };
enum { BOOT_MS = 1500, KEY_MS = 45000, RESULT_MS = 300000, SCAN_MS = 40000, LOCK_MS = 12000, OPEN_MS = 8000, VERDICT_MS = 90000,
       RIGHTS_MS = 130000, RELEASE_MS = 2000, PAUSE_MIN_MS = 1000, PAUSE_MAX_MS = 3000, SEARCH_FIRST_MS = 9000,
       SEARCH_LAST_MS = 100000 };
/* Frames on a carrier: for announcements alone, and for all that is broadcast (16 multiframes have all of it). */
enum { DWELL = 60, DWELL_LONG = 140, CANDIDATES = 12, TRIES = 3, FLOOR_MILLI_DBM = -80000 };

typedef union {
    dectbed_event event;
    uint8_t octets[192];
} Event;

typedef struct {
    uint8_t rfpi[5];
    int32_t level;
    int announced, open;
    enum fw_service service;
} Heard;

typedef struct {
    rt* os;
    fw_io io;
    dectbed_ev_boot me;
    rt_queue events;
    Event buffer[EVENTS];
    fw_kv_store kv;
    rt_semaphore stored;
    int storedWell;

    fw_mm_pt mm;
    uint32_t link; /* 0: none */
    int done, well, located; /* of the procedure under way; located: our base knows us */
    fw_park park;            /* 0 bits: not registered */
    uint8_t uak[FW_AUTH_KEY_OCTETS];

    Heard heard[HEARD_MAX];
    unsigned heardCount;
    int locked;
    uint8_t lock[5];
    uint32_t searchMs;
} Phone;

static void show(Phone* p, const char* text) { fw_display(&p->io, text); }

/* ---- waiting -------------------------------------------------------------------------------------------------- */

/* At interrupt level: everything that the task may want to know. */
static bool onEvent(void* ctx, const dectbed_event* e) {
    Phone* p = ctx;
    Event copy;
    if (e->record.type == DECTBED_EV_BOOT) return false;
    if (fw_kv_handle(&p->kv, e)) return true;
    if (e->record.size > sizeof copy) return false;
    memset(&copy, 0, sizeof copy);
    memcpy(&copy, e, e->record.size);
    rt_send(p->os, &p->events, &copy, RT_NOW);
    return true;
}

static void setLocked(Phone* p, int locked) {
    if (!locked && p->locked) fw_radio_unlock(&p->io);
    p->locked = locked;
    if (!locked) p->located = 0;
}

/* What has to be done with an event whatever the task waits for. */
static void always(Phone* p, const Event* e) {
    const dectbed_ev_link* link = (const dectbed_ev_link*)&e->event;
    const fw_payload text = fw_event_payload(&e->event);
    fw_nwk_message m;
    switch (e->event.record.type) {
        case DECTBED_EV_TIMER: fw_mm_pt_timeout(&p->mm, ((const dectbed_ev_timer*)&e->event)->timer); break;
        case DECTBED_EV_UNLOCKED:
            p->locked = p->located = 0;
            break;
        case DECTBED_EV_LINK_RELEASED:
            if (link->link != p->link || p->link == 0) break;
            fw_mm_pt_stop(&p->mm);
            p->link = 0;
            break;
        case DECTBED_EV_NWK_RECEIVED:
            if (link->link == p->link && p->link && fw_nwk_parse(text.data, text.octets, &m)) fw_mm_pt_handle(&p->mm, &m);
            break;
        default: break;
    }
}

/* The next event before that time; 0: there was none. */
static int next(Phone* p, Event* e, uint64_t until) {
    const uint64_t now = rt_now_us(p->os);
    if (now >= until || !rt_receive(p->os, &p->events, e, (uint32_t)((until - now + 999) / 1000))) return 0;
    always(p, e);
    return 1;
}

static uint64_t in(const Phone* p, uint32_t ms) { return rt_now_us(p->os) + ms * FW_MILLISECOND_US; }

static int await(Phone* p, Event* e, uint32_t type, uint32_t ms) {
    const uint64_t until = in(p, ms);
    while (next(p, e, until)) {
        if (e->event.record.type == type) return 1;
    }
    return 0;
}

static void pause(Phone* p) {
    Event e;
    const uint64_t until = in(p, (uint32_t)fw_random_between(&p->io, PAUSE_MIN_MS, PAUSE_MAX_MS));
    while (next(p, &e, until)) {
    }
}

/* ---- the store ------------------------------------------------------------------------------------------------ */

static void onStored(void* ctx, bool ok) {
    Phone* p = ctx;
    p->storedWell = ok;
    rt_give(p->os, &p->stored);
}

static void onLoaded(void* ctx) { onStored(ctx, true); }

static void remember(Phone* p) {
    uint8_t r[2 + sizeof p->park.value + sizeof p->uak] = {RECORD, p->park.bits};
    memcpy(r + 2, p->park.value, sizeof p->park.value);
    memcpy(r + 2 + sizeof p->park.value, p->uak, sizeof p->uak);
    if (fw_kv_set(&p->kv, KEY_SUBSCRIPTION, r, p->park.bits ? sizeof r : 0, onStored, p)) {
        rt_take(p->os, &p->stored, RT_FOREVER);
    }
}

static void recall(Phone* p) {
    size_t n;
    const uint8_t* r;
    fw_kv_load(&p->kv, onLoaded, p);
    rt_take(p->os, &p->stored, RT_FOREVER);
    r = fw_kv_get(&p->kv, KEY_SUBSCRIPTION, &n);
    if (r == NULL || n != 2 + sizeof p->park.value + sizeof p->uak || r[0] != RECORD) return;
    p->park.bits = r[1];
    memcpy(p->park.value, r + 2, sizeof p->park.value);
    memcpy(p->uak, r + 2 + sizeof p->park.value, sizeof p->uak);
}

static void useKey(Phone* p) {
    memset(&p->mm.keys, 0, sizeof p->mm.keys);
    p->mm.keys.has_uak = p->park.bits && fw_auth_b1(p->uak, sizeof p->uak, p->mm.keys.uak);
}

/* ---- the air -------------------------------------------------------------------------------------------------- */

static void take(Phone* p, const dectbed_ev_scan_result* r) {
    Heard h;
    memset(&h, 0, sizeof h);
    if (r->rssi_milli_dbm < FLOOR_MILLI_DBM) return;
    memcpy(h.rfpi, r->rfpi, sizeof h.rfpi);
    h.level = r->rssi_milli_dbm;
    h.announced = payloadAnnounced(&r->information, r->heard, p->me.emc, &h.service);
    h.open = (r->heard & 1) && (r->information.fixed_part_capabilities & ACCESS_RIGHTS_REQUESTS) != 0;
    for (unsigned i = 0; i < p->heardCount; ++i) {
        if (memcmp(p->heard[i].rfpi, h.rfpi, sizeof h.rfpi) != 0) continue;
        if (h.announced || !p->heard[i].announced) p->heard[i] = h;
        return;
    }
    if (p->heardCount < HEARD_MAX) p->heard[p->heardCount++] = h;
}

static int louder(const void* a, const void* b) {
    const Heard *x = a, *y = b;
    if (x->level != y->level) return x->level > y->level ? -1 : 1;
    return memcmp(x->rfpi, y->rfpi, sizeof x->rfpi);
}

static void scan(Phone* p, int all) {
    Event e;
    const uint64_t until = in(p, SCAN_MS);
    setLocked(p, 0);
    p->heardCount = 0;
    if (all) {
        fw_radio_scan(&p->io, TOK_RADIO, p->me.band, DWELL);
    } else {
        fw_radio_scan_strongest(&p->io, TOK_RADIO, p->me.band, DWELL_LONG, CANDIDATES);
    }
    while (next(p, &e, until) && e.event.record.type != DECTBED_EV_SCAN_DONE) {
        if (e.event.record.type == DECTBED_EV_SCAN_RESULT) take(p, (const dectbed_ev_scan_result*)&e.event);
    }
    qsort(p->heard, p->heardCount, sizeof p->heard[0], louder);
}

static int lockTo(Phone* p, const uint8_t rfpi[5]) {
    Event e;
    memcpy(p->lock, rfpi, 5);
    fw_radio_lock(&p->io, TOK_RADIO, p->me.band, rfpi);
    p->locked = await(p, &e, DECTBED_EV_LOCKED, LOCK_MS) && ((const dectbed_ev_locked*)&e.event)->status == DECTBED_OK;
    return p->locked;
}

static int openLink(Phone* p) {
    Event e;
    const uint64_t until = in(p, OPEN_MS);
    fw_link_open(&p->io, TOK_RADIO);
    while (next(p, &e, until)) {
        const dectbed_ev_link* link = (const dectbed_ev_link*)&e.event;
        if (e.event.record.type == DECTBED_EV_LINK_RELEASED && link->link == 0) return 0;
        if (e.event.record.type != DECTBED_EV_LINK_ESTABLISHED) continue;
        p->link = link->link;
        useKey(p);
        fw_mm_pt_start(&p->mm, p->link);
        return 1;
    }
    return 0;
}

static void closeLink(Phone* p) {
    Event e;
    if (p->link == 0) return;
    fw_link_release(&p->io, p->link);
    await(p, &e, DECTBED_EV_LINK_RELEASED, RELEASE_MS);
    fw_mm_pt_stop(&p->mm);
    p->link = 0;
}

/* A procedure of mobility management, until it ends or the link does. */
static int procedure(Phone* p, bool begun, uint32_t ms) {
    Event e;
    const uint64_t until = in(p, ms);
    if (!begun) return 0;
    while (!p->done && p->link && next(p, &e, until)) {
    }
    return p->done && p->well;
}

static void onMobility(void* ctx, const fw_mm_event* e) {
    Phone* p = ctx;
    switch (e->what) {
        case FW_MM_ACCESS_RIGHTS_DONE:
            p->well = e->ok && e->key != NULL;
            p->done = 1;
            if (!p->well) break;
            p->park = *e->park;
            memcpy(p->uak, e->key, sizeof p->uak);
            break;
        case FW_MM_LOCATION_DONE:
            p->well = p->located = e->ok;
            p->done = 1;
            break;
        case FW_MM_TERMINATED_BY_FT: memset(&p->park, 0, sizeof p->park); break;
        case FW_MM_USER_KEY_ASKED: fw_mm_pt_user_key(&p->mm, NULL, 0); break;
        case FW_MM_CIPHERING_ASKED: fw_mm_pt_ciphering(&p->mm, false, FW_REJECT_NO_CIPHER_ALGORITHM); break;
        case FW_MM_LOCATE_SUGGESTED: fw_mm_pt_locate(&p->mm); break;
        default: break;
    }
}

static int locate(Phone* p) {
    p->done = p->well = 0;
    return procedure(p, fw_mm_pt_locate(&p->mm), RIGHTS_MS);
}

/* ---- what the user wants: a code for every base that waits for one ---------------------------------------------- */

enum { NO_ANSWER = -1 };

/* The verdict of the base that we are locked to. */
static int bring(Phone* p, const char* code, const char* checking) {
    Event e;
    fw_nwk_writer w;
    fw_nwk_message m;
    fw_activation a;
    uint64_t until;
    int verdict = NO_ANSWER;
    if (!openLink(p) || !payloadWriteCode(&w, p->me.emc, p->me.ipei, code)) return NO_ANSWER;
    fw_nwk_send(&p->io, TOK_MSG, p->link, w.data, w.octets);
    until = in(p, VERDICT_MS);
    while (verdict == NO_ANSWER && p->link && next(p, &e, until)) {
        const fw_payload text = fw_event_payload(&e.event);
        if (e.event.record.type == DECTBED_EV_NWK_SENT) show(p, checking);
        if (e.event.record.type != DECTBED_EV_NWK_RECEIVED || !fw_nwk_parse(text.data, text.octets, &m)) continue;
        if (payloadRead(&m, p->me.emc, &a) != FW_ACTIVATION_READ) {
            if (m.protocol == FW_NWK_MM && m.type == FW_MM_INFO_REJECT) verdict = FW_VERDICT_BUSY;
        } else if (a.opcode == FW_ACTIVATION_VERDICT) {
            verdict = a.verdict;
        } else {
            until = in(p, VERDICT_MS);
        }
    }
    closeLink(p);
    return verdict;
}

static void activate(Phone* p, const char* code, char* result, size_t size) {
    Heard targets[16];
    unsigned count = 0, good = 0, bad = 0, unsure = 0;
    char text[48], checking[48];
    show(p, "Searching bases");
    scan(p, 1);
    for (unsigned i = 0; i < p->heardCount && count < 16; ++i) {
        const Heard* h = &p->heard[i];
        if (h->announced && h->service == FW_SERVICE_WAITING_FOR_CODE) targets[count++] = *h;
    }
    if (count == 0) {
        snprintf(result, size, "No base found");
        return;
    }
    for (unsigned i = 0; i < count; ++i) {
        int verdict = NO_ANSWER;
        snprintf(text, sizeof text, "Base %u of %u\nSending", i + 1, count);
        snprintf(checking, sizeof checking, "Base %u of %u\nChecking", i + 1, count);
        show(p, text);
        for (int tries = 0; tries < TRIES && (verdict == NO_ANSWER || verdict == FW_VERDICT_BUSY); ++tries) {
            if (tries) pause(p);
            if (lockTo(p, targets[i].rfpi)) verdict = bring(p, code, checking);
            setLocked(p, 0);
        }
        good += verdict == FW_VERDICT_ACTIVATED || verdict == FW_VERDICT_ALREADY_PROVISIONED;
        unsure += verdict == NO_ANSWER;
        bad += verdict > 0 && verdict != FW_VERDICT_ALREADY_PROVISIONED;
        if (verdict == FW_VERDICT_CODE_REFUSED || verdict == FW_VERDICT_LOCKED_OUT) {
            snprintf(result, size, verdict == FW_VERDICT_CODE_REFUSED ? "Code refused" : "Locked, wait");
            return;
        }
    }
    if (good == 0 && bad == 0) {
        snprintf(result, size, "No confirmation");
    } else {
        snprintf(result, size, "Activated: %u\nFailed: %u", good, bad + unsure);
    }
}

/* ---- registration --------------------------------------------------------------------------------------------- */

static int obtain(Phone* p, const char* pin) {
    uint8_t ac[FW_AUTH_CODE_OCTETS];
    p->done = p->well = 0;
    memset(&p->mm.keys, 0, sizeof p->mm.keys);
    p->mm.keys.has_ac = fw_auth_code_from_digits(pin, ac) && fw_auth_b1(ac, sizeof ac, p->mm.keys.ac);
    return procedure(p, fw_mm_pt_obtain(&p->mm), RIGHTS_MS);
}

static void registerAt(Phone* p, const char* pin, char* result, size_t size) {
    int refused = 0;
    show(p, "Searching bases");
    scan(p, 0);
    for (unsigned i = 0; i < p->heardCount; ++i) {
        const Heard h = p->heard[i];
        if (!h.open || (h.announced && h.service != FW_SERVICE_IN_SERVICE)) continue;
        show(p, "Registering");
        for (int tries = 0; tries < TRIES; ++tries) {
            if (tries) pause(p);
            if (!lockTo(p, h.rfpi) || !openLink(p)) continue;
            if (obtain(p, pin)) {
                useKey(p);
                remember(p);
                locate(p);
                closeLink(p);
                if (!p->located) setLocked(p, 0);
                snprintf(result, size, "Registered");
                return;
            }
            refused |= p->done;
            closeLink(p);
            if (refused) break;
        }
        setLocked(p, 0);
        if (refused) break;
    }
    useKey(p);
    snprintf(result, size, refused ? "Wrong PIN" : "No base found");
}

/* ---- its own base --------------------------------------------------------------------------------------------- */

static void lookForBase(Phone* p) {
    scan(p, 1);
    for (unsigned i = 0; i < p->heardCount; ++i) {
        const Heard h = p->heard[i];
        if (!h.announced || h.service != FW_SERVICE_IN_SERVICE) continue;
        if (p->park.bits && !fw_park_matches(&p->park, h.rfpi)) continue;
        if (!lockTo(p, h.rfpi)) continue;
        if (p->park.bits) {
            if (openLink(p)) locate(p);
            closeLink(p);
            if (!p->located) setLocked(p, 0);
        }
        break;
    }
    p->searchMs = p->locked ? SEARCH_FIRST_MS : p->searchMs * 2;
    if (p->searchMs > SEARCH_LAST_MS) p->searchMs = SEARCH_LAST_MS;
}

static void answerPage(Phone* p, const Event* page) {
    const fw_payload text = fw_event_payload(&page->event);
    fw_nwk_writer w;
    Event e;
    if (!p->located || !fw_lce_page_is_for(text.data, text.octets, p->mm.tpui, p->me.ipei) || !openLink(p)) return;
    fw_nwk_begin(&w, FW_NWK_LCE, 0, true, FW_LCE_PAGE_RESPONSE);
    fw_nwk_put_ipui(&w, p->me.ipei);
    fw_nwk_send(&p->io, TOK_MSG, p->link, w.data, w.octets);
    await(p, &e, DECTBED_EV_LINK_RELEASED, OPEN_MS);
    closeLink(p);
}

/* The base that we are locked to says that it is no longer in service. */
static void heardNews(Phone* p, const dectbed_ev_scan_result* r) {
    enum fw_service service;
    if (!p->locked || memcmp(r->rfpi, p->lock, sizeof p->lock) != 0) return;
    if (payloadAnnounced(&r->information, r->heard, p->me.emc, &service) && service != FW_SERVICE_IN_SERVICE) setLocked(p, 0);
}

/* ---- screens -------------------------------------------------------------------------------------------------- */

/* The next key that goes down, or -1. */
static int key(Phone* p, uint32_t ms) {
    Event e;
    const uint64_t until = in(p, ms);
    while (next(p, &e, until)) {
        const dectbed_ev_key* k = (const dectbed_ev_key*)&e.event;
        if (e.event.record.type == DECTBED_EV_KEY && k->pressed) return (int)k->key;
    }
    return -1;
}

/* Digits, hidden or not. 0: the user has changed his mind. */
static int digits(Phone* p, const char* title, int hidden, unsigned min, unsigned max, char* out) {
    unsigned n = 0;
    for (;;) {
        char text[64], stars[20];
        int k;
        out[n] = '\0';
        memset(stars, '*', sizeof stars);
        snprintf(text, sizeof text, "%s\n%.*s", title, (int)n, hidden ? stars : out);
        show(p, text);
        k = key(p, KEY_MS);
        if (k >= 0 && k <= 9 && n < max) out[n++] = (char)('0' + k);
        if (k == DECTBED_KEY_OK && n >= min) return 1;
        if (k == -1 || k == DECTBED_KEY_ON_HOOK || (k == DECTBED_KEY_CLEAR && n == 0)) return 0;
        if (k == DECTBED_KEY_CLEAR) --n;
    }
}

/* Does it once, and again for as long as the user wants it again. */
static void carryOut(Phone* p, int registration, const char* typed) {
    char result[64];
    int k;
    do {
        if (registration) {
            registerAt(p, typed, result, sizeof result);
        } else {
            activate(p, typed, result, sizeof result);
        }
        show(p, result);
        k = key(p, RESULT_MS);
    } while (k == DECTBED_KEY_OK);
}

static void menu(Phone* p) {
    char typed[FW_CODE_DIGITS_MAX + 1];
    int entry = 1;
    for (;;) {
        int k;
        show(p, entry == 1 ? "Menu\n1 Activation code" : "Menu\n2 Register");
        k = key(p, KEY_MS);
        if (k == DECTBED_KEY_DOWN) entry = 2;
        if (k == DECTBED_KEY_UP) entry = 1;
        if (k == 1 || k == 2) entry = k;
        if (k == -1 || k == DECTBED_KEY_CLEAR || k == DECTBED_KEY_ON_HOOK) return;
        if (k != DECTBED_KEY_OK && k != 1 && k != 2) continue;
        if (entry == 1 && digits(p, "Activation code:", 0, FW_CODE_DIGITS_MIN, FW_CODE_DIGITS_MAX, typed)) {
            carryOut(p, 0, typed);
            return;
        }
        if (entry == 2 && digits(p, "PIN:", 1, 4, 8, typed)) {
            carryOut(p, 1, typed);
            return;
        }
    }
}

static void phone(void* ctx) {
    Phone* p = ctx;
    Event e;
    uint64_t again;
    recall(p);
    useKey(p);
    rt_delay(p->os, BOOT_MS + (uint32_t)fw_random_between(&p->io, 0, BOOT_MS));
    p->searchMs = SEARCH_FIRST_MS;
    show(p, "Searching");
    again = rt_now_us(p->os);
    for (;;) {
        const int served = p->locked && (p->located || !p->park.bits);
        if (!served && rt_now_us(p->os) >= again) {
            lookForBase(p);
            again = in(p, (uint32_t)fw_random_between(&p->io, p->searchMs * 3 / 4, p->searchMs));
            show(p, p->locked ? "In service" : "Not registered");
            continue;
        }
        if (!next(p, &e, served ? in(p, RESULT_MS) : again)) continue;
        if (e.event.record.type == DECTBED_EV_PAGED) answerPage(p, &e);
        if (e.event.record.type == DECTBED_EV_SYSTEM_INFORMATION) heardNews(p, (const dectbed_ev_scan_result*)&e.event);
        if (e.event.record.type == DECTBED_EV_KEY && ((const dectbed_ev_key*)&e.event)->pressed &&
            ((const dectbed_ev_key*)&e.event)->key == DECTBED_KEY_MENU) {
            menu(p);
            p->searchMs = SEARCH_FIRST_MS;
            again = in(p, (uint32_t)fw_random_between(&p->io, SEARCH_FIRST_MS / 2, SEARCH_FIRST_MS));
        }
        if (served != (p->locked && (p->located || !p->park.bits)) || e.event.record.type == DECTBED_EV_KEY) {
            show(p, p->locked ? "In service" : "Not registered");
        }
    }
}

/* ---- life ----------------------------------------------------------------------------------------------------- */

static void boot(Phone* p, const dectbed_ev_boot* e) {
    fw_mm_pt_config mm;
    const fw_kv_config kv = {TOK_STORE, 0, e->flash_block_octets, e->flash_page_octets};
    p->me = *e;
    if (p->me.band == DECTBED_BAND_NONE) p->me.band = DECTBED_BAND_EU;
    memset(&mm, 0, sizeof mm);
    mm.timer = MM_TIMERS;
    mm.token = TOK_MSG;
    memcpy(mm.ipui, e->ipei, sizeof mm.ipui);
    mm.context = p;
    mm.listener = onMobility;
    fw_mm_pt_init(&p->mm, &p->io, &mm);
    fw_kv_init(&p->kv, &p->io, &kv);
    rt_semaphore_init(&p->stored, 0, 1);
    rt_queue_init(&p->events, p->buffer, sizeof p->buffer[0], EVENTS);
    rt_listen(p->os, onEvent, p);
    rt_start(p->os, "phone", 1, STACK, phone, p);
}

static void handle(void* instance, const dectbed_event* e) {
    Phone* p = instance;
    if (!fw_io_begin(&p->io, e)) return;
    if (e->record.type == DECTBED_EV_BOOT) boot(p, (const dectbed_ev_boot*)e);
    rt_handle(p->os, e);
}

static void destroy(void* instance) {
    Phone* p = instance;
    rt_destroy(p->os);
    fw_kv_free(&p->kv);
    free(p);
}

static void* create(const dectbed_host* host) {
    Phone* p = calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    fw_io_init(&p->io, host);
    p->os = rt_create(host, TASK_TIMERS);
    if (p->os == NULL) {
        free(p);
        return NULL;
    }
    return p;
}

__attribute__((visibility("default"))) const dectbed_firmware* dectbed_firmware_entry(void) {
    static const dectbed_firmware firmware = {
        DECTBED_FIRMWARE_ABI, DECTBED_KIND_HANDSET, DECTBED_FLAG_REENTRANT, 0, "third-party-handset", VERSION, create, handle,
        destroy};
    return &firmware;
}
