/* A base as products are: all its state in globals and static locals, and a mix of everything it has seen that any mix-up
 * of two instances would spoil. Uses nothing of a C library but string.h, so that it is also built for 32 bits without
 * one. */
#include <string.h>

#include "dectbed/firmware_process.h"

static const dectbed_host *host;
static unsigned char history[256];
static unsigned history_used, events_seen, timers_seen;
static uint32_t mix = 2166136261u;
static struct {
    unsigned char mac[6];
    uint32_t cause;
    char model[32];
} me;

static void request(void *r, uint16_t type, uint16_t size) {
    dectbed_record *head = r;
    head->type = type;
    head->size = size;
    head->token = 0;
    host->request(host->context, head);
}

static void stir(const unsigned char *octets, unsigned n) {
    for (unsigned i = 0; i < n; ++i) {
        mix = (mix ^ octets[i]) * 16777619u;
        history[history_used++ % sizeof history] = octets[i];
    }
}

static void report(void) {
    static struct {
        dectbed_req_log log;
        char text[24];
    } r;
    static const char digits[] = "0123456789abcdef";
    unsigned n = 0, value = mix;
    r.log.level = 2;
    for (unsigned i = 0; i < sizeof history; ++i) value = (value ^ history[i]) * 16777619u;
    for (int shift = 28; shift >= 0; shift -= 4) r.text[n++] = digits[value >> shift & 15];
    r.text[n++] = ' ';
    r.text[n++] = digits[events_seen & 15];
    r.text[n++] = digits[timers_seen & 15];
    request(&r, DECTBED_REQ_LOG, (uint16_t)(sizeof r.log + n));
}

static void *create(const dectbed_host *h) {
    host = h;
    return &me;
}

static void handle(void *instance, const dectbed_event *event) {
    static dectbed_req_timer timer;
    (void)instance;
    ++events_seen;
    stir((const unsigned char *)event, event->record.size);
    if (event->record.type == DECTBED_EV_BOOT) {
        const dectbed_ev_boot *boot = (const dectbed_ev_boot *)event;
        memcpy(me.mac, boot->mac, sizeof me.mac);
        memcpy(me.model, boot->model, sizeof me.model);
        me.cause = boot->reset_cause;
        stir((const unsigned char *)&me, sizeof me);
    }
    if (event->record.type == DECTBED_EV_TIMER) ++timers_seen;
    timer.timer = 7;
    timer.delay_us = 1000u * (mix % 97u + 1u);
    if (timers_seen < 9) request(&timer, DECTBED_REQ_TIMER_START, sizeof timer);
    report();
}

static void destroy(void *instance) { (void)instance; }

__attribute__((visibility("default"))) const dectbed_firmware *dectbed_firmware_entry(void) {
    static const dectbed_firmware firmware = {DECTBED_FIRMWARE_ABI, DECTBED_KIND_BASE, 0, 0, "globals", "1", create, handle, destroy};
    return &firmware;
}

#ifdef PROGRAM
int main(void);
int main(void) { return dectbed_process_main(dectbed_firmware_entry()); }
#endif
