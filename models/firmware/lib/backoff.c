/* SPDX-License-Identifier: MIT-0 */
#include "backoff.h"

void fw_backoff_init(fw_backoff* b, const fw_backoff_policy* policy) {
    b->policy = *policy;
    fw_backoff_reset(b);
}

void fw_backoff_reset(fw_backoff* b) {
    b->next_us = b->policy.first_us;
    b->taken = 0;
}

uint64_t fw_backoff_next(fw_backoff* b, fw_io* io, uint64_t at_least_us) {
    const uint64_t delay = b->next_us;
    const uint64_t grown = delay * b->policy.factor;
    b->next_us = grown > b->policy.cap_us ? b->policy.cap_us : grown;
    ++b->taken;
    const uint64_t swing = delay * b->policy.jitter_percent / 100;
    const uint64_t jittered = fw_random_between(io, delay - swing, delay + swing);
    if (jittered >= at_least_us) return jittered;
    return at_least_us + fw_random_between(io, 0, at_least_us * b->policy.jitter_percent / 100);
}
