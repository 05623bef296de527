/* SPDX-License-Identifier: MIT-0
 *
 * Chance, for a program that asks the C library, a file, or OpenSSL: all of it is the device's. OpenSSL would mix in
 * the processor's counter and its generator; so its method is replaced as a whole, when the program begins, or when a
 * library that was loaded later first asks.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "linux_shim.h"
#include "openssl_generator.h"

ssize_t getrandom(void* out, size_t octets, unsigned flags) {
    if (!device_active()) return REAL(getrandom)(out, octets, flags);
    device_random(out, octets);
    return (ssize_t)octets;
}

int getentropy(void* out, size_t octets) {
    if (!device_active()) return REAL(getentropy)(out, octets);
    device_random(out, octets);
    return 0;
}

uint32_t arc4random(void) {
    uint32_t drawn;
    if (!device_active()) return REAL(arc4random)();
    device_random(&drawn, sizeof drawn);
    return drawn;
}

void arc4random_buf(void* out, size_t octets) {
    if (!device_active()) {
        REAL(arc4random_buf)(out, octets);
        return;
    }
    device_random(out, octets);
}

/* Without a bias: what lies in the last, incomplete turn of `end` numbers is drawn again. */
uint32_t arc4random_uniform(uint32_t end) {
    uint32_t drawn;
    if (!device_active()) return REAL(arc4random_uniform)(end);
    if (end < 2) return 0;
    do drawn = arc4random();
    while (drawn < -end % end);
    return drawn % end;
}

/* ---- files ----------------------------------------------------------------------------------------------------- */

/* Nobody reads so much of it. */
enum { FILE_OCTETS = 65536 };

/* -1: not that file, or it is the machine's business. */
static int chance_file(const char* path) {
    unsigned char octets[4096];
    int fd;
    if (!device_active() || path == NULL || (strcmp(path, "/dev/urandom") != 0 && strcmp(path, "/dev/random") != 0))
        return -1;
    fd = memfd_create("random", MFD_CLOEXEC);
    for (size_t written = 0; fd >= 0 && written < FILE_OCTETS; written += sizeof octets) {
        device_random(octets, sizeof octets);
        if (write(fd, octets, sizeof octets) != (ssize_t)sizeof octets) {
            close(fd);
            return -1;
        }
    }
    if (fd >= 0) lseek(fd, 0, SEEK_SET);
    return fd;
}

static int mode_of(int flags, va_list list) {
    return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(list, int) : 0;
}

#define OPEN(name)                                           \
    int name(const char* path, int flags, ...) {             \
        const int fd = chance_file(path);                    \
        va_list list;                                        \
        va_start(list, flags);                               \
        const int mode = mode_of(flags, list);               \
        va_end(list);                                        \
        return fd >= 0 ? fd : REAL(name)(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPEN_AT(name)                                                \
    int name(int folder, const char* path, int flags, ...) {         \
        const int fd = chance_file(path);                            \
        va_list list;                                                \
        va_start(list, flags);                                       \
        const int mode = mode_of(flags, list);                       \
        va_end(list);                                                \
        return fd >= 0 ? fd : REAL(name)(folder, path, flags, mode); \
    }
OPEN_AT(openat)
OPEN_AT(openat64)

FILE* fopen(const char* restrict path, const char* restrict mode) {
    const int fd = chance_file(path);
    return fd >= 0 ? fdopen(fd, "r") : REAL(fopen)(path, mode);
}
FILE* fopen64(const char* restrict path, const char* restrict mode) {
    const int fd = chance_file(path);
    return fd >= 0 ? fdopen(fd, "r") : REAL(fopen64)(path, mode);
}

/* ---- OpenSSL --------------------------------------------------------------------------------------------------- */

static int draw(unsigned char* out, int n) { return n >= 0 && getrandom(out, (size_t)n, 0) == n; }

void shim_openssl(void) {
    static int done;
    if (!done) done = dectbed_openssl_draws_from(draw);
}

static int asked(unsigned char* out, size_t n) {
    shim_openssl(); /* what asks next may be within OpenSSL itself */
    return getrandom(out, n, 0) == (ssize_t)n;
}

/* What libraries call of it: found here first, whenever they were loaded. The program sees them as OpenSSL's. */
int RAND_bytes(unsigned char* out, int n) { return n < 0 ? 0 : asked(out, (size_t)n); }
int RAND_priv_bytes(unsigned char* out, int n) { return n < 0 ? 0 : asked(out, (size_t)n); }
int RAND_bytes_ex(void* library, unsigned char* out, size_t n, unsigned strength) {
    (void)library;
    (void)strength;
    return asked(out, n);
}
int RAND_priv_bytes_ex(void* library, unsigned char* out, size_t n, unsigned strength) {
    return RAND_bytes_ex(library, out, n, strength);
}
