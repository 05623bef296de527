/* SPDX-License-Identifier: MIT-0
 *
 * When the configuration file is asked for again: so long after the last time, or at a time of day.
 */
#include "base.h"

enum { DAY_S = 86400, ASK_CLOCK_S = 3600 };

uint64_t next_poll_us(base* b) {
    const config_t* c = &b->config;
    const uint64_t spread_us = fw_random_between(&b->io, 0, c->poll_spread_s * FW_SECOND_US);
    if (b->url[0] == '\0' || (c->poll_s == 0 && c->poll_at_s < 0)) return UINT64_MAX;
    if (c->poll_at_s < 0) return b->io.now_us + c->poll_s * FW_SECOND_US + spread_us;
    web_want_time(b);
    if (!b->clock.set) return b->io.now_us + ASK_CLOCK_S * FW_SECOND_US;
    const int64_t local_s = (fw_clock_unix_s(&b->clock) + b->lease.time_offset_s) % DAY_S;
    const int64_t wait_s = (c->poll_at_s - local_s + 2 * DAY_S - 1) % DAY_S + 1; /* never at once */
    return b->io.now_us + (uint64_t)wait_s * FW_SECOND_US + spread_us;
}
