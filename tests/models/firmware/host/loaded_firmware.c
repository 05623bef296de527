/* A firmware with a mutable global: it counts the events of all instances that share this copy and says
 * the count in its log. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dectbed/firmware.h"

#ifndef ABI
#define ABI DECTBED_FIRMWARE_ABI
#endif
#ifndef HANDLE
#define HANDLE handle
#endif

static int events_seen;

static void *create(const dectbed_host *host) {
    const dectbed_host **self = malloc(sizeof *self);
    *self = host;
    return self;
}

void handle(void *instance, const dectbed_event *event);
void handle(void *instance, const dectbed_event *event) {
    const dectbed_host *host = *(const dectbed_host **)instance;
    struct {
        dectbed_req_log log;
        char text[32];
    } r;
    (void)event;
    memset(&r, 0, sizeof r);
    int n = snprintf(r.text, sizeof r.text, "%d", ++events_seen);
    r.log.record.type = DECTBED_REQ_LOG;
    r.log.record.size = (uint16_t)(sizeof r.log + (size_t)n);
    r.log.level = 2;
    host->request(host->context, &r.log.record);
}

static void destroy(void *instance) { free(instance); }

static const dectbed_firmware firmware = {
    ABI, DECTBED_KIND_BASE, FLAGS, 0, "counting", "1.2", create, HANDLE, destroy,
};

const dectbed_firmware *dectbed_firmware_entry(void);
const dectbed_firmware *dectbed_firmware_entry(void) { return &firmware; }
