/* SPDX-License-Identifier: MIT-0
 *
 * What libraries in a firmware get in place of the machine's randomness and clock, so that a run can be repeated: a
 * generator that is keyed by the entropy of the boot event, and the device's wall clock. The same code serves firmwares
 * within the process of a run and in processes of their own (process_environment.c); programs that do without the
 * latter must do as it does, or runs differ.
 *
 * Randomness: Philox4x32-10 (Salmon and others, SC11). With the entropy as little-endian words e0, e1, .., the key is
 * e0, e1, and block n is computed from the counter n (low), n (high), e2, e3; its four words, each little endian, are
 * octets 16n to 16n + 15 of a stream that is handed out without gaps.
 *
 * Clock: now_us of the event in hand plus the offset that WALL_CLOCK_SET or an answered WALL_CLOCK_GET gave. Before, it
 * shows the time since power-on, as if that had been the beginning of 1970.
 */
#ifndef DECTBED_DEVICE_ENVIRONMENT_H
#define DECTBED_DEVICE_ENVIRONMENT_H

#include <stddef.h>

#include "dectbed/firmware.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All zero before the first event. */
typedef struct dectbed_environment {
    uint32_t entropy[4];
    uint64_t drawn; /* octets */
    uint64_t now_us;
    int64_t offset_us; /* 0: the clock is not known to be set */
} dectbed_environment;

/* Before an event is handled; BOOT begins a life. */
void dectbed_environment_event(dectbed_environment* e, const dectbed_event* event);
/* When the firmware makes a request. */
void dectbed_environment_request(dectbed_environment* e, const dectbed_record* request);
void dectbed_environment_fill(dectbed_environment* e, void* out, size_t octets);
int64_t dectbed_environment_unix_us(const dectbed_environment* e);

#ifdef __cplusplus
}
#endif
#endif
