/* Enough of a C library for a 32-bit program on Linux that reads and writes: so a firmware for a 32-bit processor is built
 * and run without one for it being installed. */
#include <stddef.h>

int main(void);
static int last_error;
int *__errno_location(void) { return &last_error; }

static long call(long number, long a, long b, long c) {
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
    if (result < 0) {
        last_error = (int)-result;
        return -1;
    }
    return result;
}

long read(int fd, void *octets, size_t n) { return call(3, fd, (long)octets, (long)n); }
long write(int fd, const void *octets, size_t n) { return call(4, fd, (long)octets, (long)n); }

void *memcpy(void *to, const void *from, size_t n) {
    unsigned char *t = to;
    const unsigned char *f = from;
    while (n-- > 0) *t++ = *f++;
    return to;
}
void *memset(void *to, int value, size_t n) {
    unsigned char *t = to;
    while (n-- > 0) *t++ = (unsigned char)value;
    return to;
}
size_t strlen(const char *text) {
    size_t n = 0;
    while (text[n]) ++n;
    return n;
}

__attribute__((force_align_arg_pointer)) void _start(void) { call(1, main(), 0, 0); }
