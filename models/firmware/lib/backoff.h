/* SPDX-License-Identifier: MIT-0
 *
 * Bounded exponential back-off with jitter. The same policy serves every retry of a device, so that a fleet
 * that lost its server together does not come back together.
 */
#ifndef FW_BACKOFF_H
#define FW_BACKOFF_H

#include "fw_io.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fw_backoff_policy {
    uint64_t first_us;       /* before jitter */
    uint32_t factor;         /* each further delay is this many times the last, 1 = constant */
    uint64_t cap_us;         /* before jitter */
    uint32_t jitter_percent; /* uniform in +- this share of the delay, 0..100 */
} fw_backoff_policy;

typedef struct fw_backoff {
    fw_backoff_policy policy;
    uint64_t next_us;
    uint32_t taken; /* delays handed out since the last reset */
} fw_backoff;

void fw_backoff_init(fw_backoff* b, const fw_backoff_policy* policy);
void fw_backoff_reset(fw_backoff* b);
/* The next delay. `at_least_us` is what the server asked for (Retry-After), 0 if nothing: it is never gone
 * below, and up to the jitter share above it. */
uint64_t fw_backoff_next(fw_backoff* b, fw_io* io, uint64_t at_least_us);

#ifdef __cplusplus
}
#endif
#endif
