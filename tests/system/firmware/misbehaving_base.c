/* A base firmware that crashes, hangs or eats memory in its second event, for the tests of what becomes of such a run. */
#include <stdlib.h>
#include <string.h>

#include "dectbed/firmware.h"

struct instance {
    unsigned events;
};

static void *create(const dectbed_host *host) {
    (void)host;
    return calloc(1, sizeof(struct instance));
}

static void handle(void *instance, const dectbed_event *event) {
    struct instance *self = instance;
    (void)event;
    if (++self->events < 2) return;
#if defined(CRASHES)
    abort();
#elif defined(EATS)
    for (;;) {
        void *volatile eaten = malloc(1 << 20); /* nobody looks at the pointer: many do not */
        memset(eaten, 1, 1 << 20);
    }
#else
    for (volatile unsigned turns = 0;; ++turns) {
    }
#endif
}

static void destroy(void *instance) { free(instance); }

__attribute__((visibility("default"))) const dectbed_firmware *dectbed_firmware_entry(void) {
    static const dectbed_firmware table = {
        DECTBED_FIRMWARE_ABI, DECTBED_KIND_BASE, DECTBED_FLAG_REENTRANT, 0, "misbehaving-base", "1.0", create, handle, destroy};
    return &table;
}
