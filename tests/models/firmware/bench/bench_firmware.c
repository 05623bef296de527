/* The least that a firmware does with an event: it starts a timer. */
#include <string.h>

#include "dectbed/firmware.h"

static void *create(const dectbed_host *host) { return (void *)host; }

static void handle(void *instance, const dectbed_event *event) {
    const dectbed_host *host = instance;
    dectbed_req_timer r;
    (void)event;
    memset(&r, 0, sizeof r);
    r.record.type = DECTBED_REQ_TIMER_START;
    r.record.size = sizeof r;
    r.delay_us = 1000;
    host->request(host->context, &r.record);
}

static void destroy(void *instance) { (void)instance; }

__attribute__((visibility("default"))) const dectbed_firmware *dectbed_firmware_entry(void) {
    static const dectbed_firmware firmware = {DECTBED_FIRMWARE_ABI, DECTBED_KIND_BASE, DECTBED_FLAG_REENTRANT, 0, "bench", "1", create, handle, destroy};
    return &firmware;
}
