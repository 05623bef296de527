/* SPDX-License-Identifier: MIT-0
 *
 * The device's clock and randomness (device_environment.h) for every library in a firmware's process. The functions
 * below come before the C library's for all that is loaded, because the program itself defines them; OpenSSL's
 * generator is replaced as a whole when the first event comes, if the firmware brought OpenSSL.
 *
 * Not reached: files such as /dev/urandom, system calls made without the C library, and the C library's own uses.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "device_environment.h"
#include "openssl_generator.h"
#include "process_hooks.h"

static dectbed_environment environment;

/* ---- OpenSSL ------------------------------------------------------------------------------------------------- */

static int draw(unsigned char* out, int n) {
    if (n < 0) return 0;
    dectbed_environment_fill(&environment, out, (size_t)n);
    return 1;
}

/* ---- called by dectbed_process_main() ------------------------------------------------------------------------ */

void dectbed_process_event(const dectbed_event* event) {
    dectbed_environment_event(&environment, event);
    if (event->record.type == DECTBED_EV_BOOT) dectbed_openssl_draws_from(draw);
}
void dectbed_process_request(const dectbed_record* request) { dectbed_environment_request(&environment, request); }

/* ---- the C library's ----------------------------------------------------------------------------------------- */

time_t time(time_t* out) {
    const time_t now = (time_t)(dectbed_environment_unix_us(&environment) / 1000000);
    if (out != NULL) *out = now;
    return now;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
    const int64_t us = dectbed_environment_unix_us(&environment);
    (void)zone;
    now->tv_sec = (time_t)(us / 1000000);
    now->tv_usec = (suseconds_t)(us % 1000000);
    return 0;
}

/* Also the monotonic ones: they count from power-on. Processor time stays what it is. */
int clock_gettime(clockid_t id, struct timespec* out) {
    int64_t us;
    switch (id) {
        case CLOCK_REALTIME:
        case CLOCK_REALTIME_COARSE:
            us = dectbed_environment_unix_us(&environment);
            break;
        case CLOCK_MONOTONIC:
        case CLOCK_MONOTONIC_COARSE:
        case CLOCK_MONOTONIC_RAW:
        case CLOCK_BOOTTIME:
            us = (int64_t)environment.now_us;
            break;
        default:
            return (int)syscall(SYS_clock_gettime, id, out);
    }
    out->tv_sec = (time_t)(us / 1000000);
    out->tv_nsec = (long)(us % 1000000) * 1000;
    return 0;
}

ssize_t getrandom(void* out, size_t octets, unsigned flags) {
    (void)flags;
    dectbed_environment_fill(&environment, out, octets);
    return (ssize_t)octets;
}

int getentropy(void* out, size_t octets) {
    dectbed_environment_fill(&environment, out, octets);
    return 0;
}

void arc4random_buf(void* out, size_t octets) { dectbed_environment_fill(&environment, out, octets); }

uint32_t arc4random(void) {
    uint32_t word;
    dectbed_environment_fill(&environment, &word, sizeof word);
    return word;
}

uint32_t arc4random_uniform(uint32_t bound) {
    uint32_t word;
    const uint32_t too_low = bound == 0 ? 0 : -bound % bound; /* so many words would favour low results */
    do word = arc4random();
    while (word < too_low);
    return bound == 0 ? 0 : word % bound;
}
