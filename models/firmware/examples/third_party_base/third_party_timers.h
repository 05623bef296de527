/* SPDX-License-Identifier: MIT-0
 *
 * How patient this base is, and what it calls its phases. THIRD_PARTY_VARIANT has other habits, which are as good.
 */
#ifndef THIRD_PARTY_TIMERS_H
#define THIRD_PARTY_TIMERS_H

#include "third_party_mutants.h"

#if THIRD_PARTY_VARIANT
static const char* const phaseName[] = {"p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9"};
enum { TRIES = 4, PATIENCE_S = 60, BOOT_MS = 3500, START_MIN_MS = 2000, START_MAX_MS = 9000 };
enum { AGAIN_MIN_S = 300, AGAIN_MAX_S = 600, BACKOFF_FIRST_S = 3, BACKOFF_FACTOR = 3, BACKOFF_CAP_S = 90, JITTER = 40, LINK_S = 20 };
#else
static const char* const phaseName[] = {"boot",  "net_down", "ask_mac", "wait_code", "ask",
                                        "fetch", "store",    "bye",     "register",  "service"};
enum { TRIES = 3, PATIENCE_S = 40, BOOT_MS = 2000, START_MIN_MS = 1000, START_MAX_MS = 10000 };
enum { AGAIN_MIN_S = 450, AGAIN_MAX_S = 750, BACKOFF_FIRST_S = 2, BACKOFF_FACTOR = 2, BACKOFF_CAP_S = 64, JITTER = 25, LINK_S = 30 };
#endif

#if THIRD_PARTY_MUTANT == MUTANT_WATCHDOG_STARVED_BY_ERASE
enum { DOG_MS = 2000, FEED_MS = 1000 };
#else
enum { DOG_MS = 60000, FEED_MS = 25000 };
#endif

#endif
