/* SPDX-License-Identifier: MIT-0
 *
 * What a dynamically linked program finds in the place of the C library's sockets, clocks and waits. Everything else,
 * files above all, is the machine's. Whatever would bring real time or the machine's network in behind our back,
 * because the program made the system call itself, ends the program (SIGSYS): see guard().
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "linux_shim.h"

enum { NANO = 1000000000, MICRO = 1000000 };

void* shim_real(const char* name) {
    void* found = dlsym(RTLD_NEXT, name);
    if (found == NULL) abort();
    return found;
}

int shim_failed(int error) {
    errno = error;
    return -1;
}

/* ---- clocks and sleep ----------------------------------------------------------------------------------------- */

/* A machine that has been up for a second when its firmware begins. */
static uint64_t uptime_us(void) { return device_now_us() + MICRO; }

int clock_gettime(clockid_t clock, struct timespec* t) {
    uint64_t us;
    if (!device_active() || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID)
        return REAL(clock_gettime)(clock, t);
    us = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ? (uint64_t)device_unix_us() : uptime_us();
    t->tv_sec = (time_t)(us / MICRO);
    t->tv_nsec = (long)(us % MICRO) * 1000;
    return 0;
}

int gettimeofday(struct timeval* restrict t, void* restrict zone) {
    if (!device_active()) return REAL(gettimeofday)(t, zone);
    t->tv_sec = (time_t)(device_unix_us() / MICRO);
    t->tv_usec = (suseconds_t)(device_unix_us() % MICRO);
    return 0;
}

time_t time(time_t* t) {
    time_t now;
    if (!device_active()) return REAL(time)(t);
    now = (time_t)(device_unix_us() / MICRO);
    if (t != NULL) *t = now;
    return now;
}

static void sleep_us(uint64_t us) {
    const uint64_t until = device_now_us() + us;
    while (device_wait(until)) {
    }
}

static uint64_t us_of(const struct timespec* t) {
    return (uint64_t)t->tv_sec * MICRO + ((uint64_t)t->tv_nsec + 999) / 1000;
}

int nanosleep(const struct timespec* t, struct timespec* left) {
    if (!device_active()) return REAL(nanosleep)(t, left);
    if (t->tv_sec < 0 || t->tv_nsec < 0 || t->tv_nsec >= NANO) return shim_failed(EINVAL);
    sleep_us(us_of(t));
    return 0;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec* t, struct timespec* left) {
    uint64_t now, until;
    if (!device_active()) return REAL(clock_nanosleep)(clock, flags, t, left);
    if (t->tv_sec < 0 || t->tv_nsec < 0 || t->tv_nsec >= NANO) return EINVAL;
    now = clock == CLOCK_REALTIME ? (uint64_t)device_unix_us() : uptime_us();
    until = us_of(t);
    sleep_us(!(flags & TIMER_ABSTIME) ? until : until > now ? until - now : 0);
    return 0;
}

unsigned sleep(unsigned s) {
    if (!device_active()) return REAL(sleep)(s);
    sleep_us((uint64_t)s * MICRO);
    return 0;
}

int usleep(useconds_t us) {
    if (!device_active()) return REAL(usleep)(us);
    sleep_us(us);
    return 0;
}

/* ---- threads: a new one runs to its end before who made it goes on ---------------------------------------------- */

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*entry)(void*), void* argument) {
    if (!device_active()) return REAL(pthread_create)(thread, attributes, entry, argument);
    *thread = pthread_self();
    entry(argument);
    return 0;
}

int pthread_join(pthread_t thread, void** result) {
    if (!device_active() || !pthread_equal(thread, pthread_self())) return REAL(pthread_join)(thread, result);
    if (result != NULL) *result = NULL;
    return 0;
}

int pthread_detach(pthread_t thread) {
    if (!device_active() || !pthread_equal(thread, pthread_self())) return REAL(pthread_detach)(thread);
    return 0;
}

/* ---- waiting for several --------------------------------------------------------------------------------------- */

static int look(struct pollfd* fds, nfds_t count) {
    int ready = 0;
    for (nfds_t i = 0; i < count; ++i) {
        const device_socket* s = device_find(fds[i].fd);
        struct pollfd one = {fds[i].fd, fds[i].events, 0};
        fds[i].revents = 0;
        if (s == NULL) {
            if (fds[i].fd >= 0 && REAL(poll)(&one, 1, 0) > 0) fds[i].revents = one.revents;
        } else {
            if (shim_readable(s)) fds[i].revents |= POLLIN | POLLRDNORM;
            if (shim_writable(s)) fds[i].revents |= POLLOUT | POLLWRNORM;
            fds[i].revents &= fds[i].events;
            if (s->state == SOCKET_FAILED && s->error) fds[i].revents |= POLLERR | POLLHUP;
        }
        ready += fds[i].revents != 0;
    }
    return ready;
}

static int poll_until(struct pollfd* fds, nfds_t count, uint64_t until) {
    for (;;) {
        const int ready = look(fds, count);
        if (ready > 0) return ready;
        if (!device_wait(until)) return look(fds, count);
    }
}

int poll(struct pollfd* fds, nfds_t count, int ms) {
    if (!device_active()) return REAL(poll)(fds, count, ms);
    return poll_until(fds, count, ms < 0 ? DEVICE_FOR_EVER : device_now_us() + (uint64_t)ms * 1000);
}

int ppoll(struct pollfd* fds, nfds_t count, const struct timespec* t, const sigset_t* mask) {
    if (!device_active()) return REAL(ppoll)(fds, count, t, mask);
    return poll_until(fds, count, t == NULL ? DEVICE_FOR_EVER : device_now_us() + us_of(t));
}

int select(int count, fd_set* restrict in, fd_set* restrict out, fd_set* restrict odd, struct timeval* restrict t) {
    struct pollfd fds[FD_SETSIZE];
    nfds_t used = 0;
    int ready = 0;
    if (!device_active()) return REAL(select)(count, in, out, odd, t);
    for (int fd = 0; fd < count && fd < FD_SETSIZE; ++fd) {
        const short events =
            (short)((in != NULL && FD_ISSET(fd, in) ? POLLIN : 0) | (out != NULL && FD_ISSET(fd, out) ? POLLOUT : 0));
        if (events) fds[used++] = (struct pollfd){fd, events, 0};
    }
    poll_until(fds, used,
               t == NULL ? DEVICE_FOR_EVER : device_now_us() + (uint64_t)t->tv_sec * MICRO + (uint64_t)t->tv_usec);
    if (in != NULL) FD_ZERO(in);
    if (out != NULL) FD_ZERO(out);
    if (odd != NULL) FD_ZERO(odd);
    for (nfds_t i = 0; i < used; ++i) {
        if (in != NULL && (fds[i].events & POLLIN) && (fds[i].revents & (POLLIN | POLLERR | POLLHUP)) && ++ready)
            FD_SET(fds[i].fd, in);
        if (out != NULL && (fds[i].events & POLLOUT) && (fds[i].revents & (POLLOUT | POLLERR)) && ++ready)
            FD_SET(fds[i].fd, out);
    }
    return ready;
}

/* ---- names ---------------------------------------------------------------------------------------------------- */

int getaddrinfo(const char* restrict name, const char* restrict service, const struct addrinfo* restrict hints,
                struct addrinfo** restrict out) {
    uint32_t found[DEVICE_NAME_ADDRESSES];
    unsigned count = 1;
    struct in_addr literal;
    if (!device_active()) return REAL(getaddrinfo)(name, service, hints, out);
    *out = NULL;
    if (hints != NULL && hints->ai_family != AF_UNSPEC && hints->ai_family != AF_INET) return EAI_NONAME;
    if (name == NULL) {
        found[0] = hints != NULL && (hints->ai_flags & AI_PASSIVE) ? INADDR_ANY : INADDR_LOOPBACK;
    } else if (inet_aton(name, &literal)) {
        found[0] = ntohl(literal.s_addr);
    } else if (hints != NULL && (hints->ai_flags & AI_NUMERICHOST)) {
        return EAI_NONAME;
    } else {
        count = device_resolve(name, found);
    }
    for (unsigned i = count; i-- > 0;) {
        struct addrinfo* a = calloc(1, sizeof *a + sizeof(struct sockaddr_in));
        socklen_t size = sizeof(struct sockaddr_in);
        if (a == NULL) return EAI_MEMORY;
        a->ai_family = AF_INET;
        a->ai_socktype = hints != NULL && hints->ai_socktype ? hints->ai_socktype : SOCK_STREAM;
        a->ai_protocol = a->ai_socktype == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
        a->ai_addrlen = size;
        a->ai_addr = (struct sockaddr*)(a + 1);
        shim_address(a->ai_addr, &size, found[i], (uint16_t)(service != NULL ? atoi(service) : 0));
        a->ai_next = *out;
        *out = a;
    }
    return count > 0 ? 0 : EAI_NONAME;
}

void freeaddrinfo(struct addrinfo* a) {
    if (!device_active()) {
        REAL(freeaddrinfo)(a);
        return;
    }
    while (a != NULL) {
        struct addrinfo* next = a->ai_next;
        free(a);
        a = next;
    }
}

/* ---- children: scripts of a DHCP client ------------------------------------------------------------------------- */

static uint32_t variable(const char* name) {
    const char* text = getenv(name);
    struct in_addr a;
    return text != NULL && inet_aton(text, &a) ? ntohl(a.s_addr) : 0;
}

/* What udhcpc tells its script is what the device's interface is set to: no child of a program could do it. */
static void take_lease(void) {
    uint32_t servers[3], count = 0;
    char list[256], *rest = NULL;
    if (getenv("interface") == NULL) return;
    snprintf(list, sizeof list, "%s", getenv("dns") != NULL ? getenv("dns") : "");
    for (char* one = strtok_r(list, " ", &rest); one != NULL && count < 3; one = strtok_r(NULL, " ", &rest)) {
        struct in_addr a;
        if (inet_aton(one, &a)) servers[count++] = ntohl(a.s_addr);
    }
    device_configure(variable("ip"), variable("subnet"), variable("router"), servers, count);
}

/* The machine's own process, outside simulated time; the guard is with it. */
pid_t fork(void) {
    pid_t child;
    if (!device_active()) return REAL(fork)();
    take_lease();
    child = REAL(fork)();
    if (child == 0) device_forget();
    return child;
}

pid_t vfork(void) { return fork(); }

/* Programs that go past the C library, but through it. */
long syscall(long number, ...) {
    long a[6];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 6; ++i) a[i] = va_arg(list, long);
    va_end(list);
    if (device_active() && number == SYS_clock_gettime) return clock_gettime((clockid_t)a[0], (struct timespec*)a[1]);
    if (device_active() && number == SYS_getrandom) return getrandom((void*)a[0], (size_t)a[1], (unsigned)a[2]);
    return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* ---- beginning and end ---------------------------------------------------------------------------------------- */

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset))
#define WHEN(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), yes, no)
#define GIVE(what) BPF_STMT(BPF_RET | BPF_K, (uint32_t)(what))

/* System calls by which real time or the machine's network would come in: they do not. Calls of ours that look whether
 * a file is ready wait for 0 ms. */
static void guard(void) {
    static struct sock_filter rules[] = {
        LOAD(offsetof(struct seccomp_data, nr)),
        WHEN(SYS_poll, 0, 4),
        LOAD(offsetof(struct seccomp_data, args[2])),
        WHEN(0, 0, 1),
        GIVE(SECCOMP_RET_ALLOW),
        GIVE(SECCOMP_RET_KILL_PROCESS),
        WHEN(SYS_socket, 0, 4),
        LOAD(offsetof(struct seccomp_data, args[0])),
        WHEN(AF_UNIX, 0, 1),
        GIVE(SECCOMP_RET_ALLOW),
        GIVE(SECCOMP_RET_KILL_PROCESS),
        WHEN(SYS_clone3, 0, 1),
        GIVE(SECCOMP_RET_ERRNO | ENOSYS), /* then the C library takes the older one */
        WHEN(SYS_nanosleep, 9, 0),
        WHEN(SYS_clock_nanosleep, 8, 0),
        WHEN(SYS_ppoll, 7, 0),
        WHEN(SYS_select, 6, 0),
        WHEN(SYS_pselect6, 5, 0),
        WHEN(SYS_epoll_wait, 4, 0),
        WHEN(SYS_epoll_pwait, 3, 0),
        WHEN(SYS_timerfd_create, 2, 0),
        WHEN(SYS_setitimer, 1, 0),
        WHEN(SYS_clock_gettime, 0, 1),
        GIVE(SECCOMP_RET_KILL_PROCESS),
        GIVE(SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof rules / sizeof rules[0], rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        fputs("this machine has no seccomp: real time could come in unseen\n", stderr);
        _exit(1);
    }
}

static void ended(int status, void* nothing) {
    (void)nothing;
    fflush(NULL);
    device_rest(status);
}

/* "{mac}" and "{mac12}" in arguments, by which the device tells servers who it is. */
static char* filled(const char* argument) {
    char* out = malloc(strlen(argument) * 4 + 64);
    char* to = out;
    if (out == NULL) return NULL;
    for (const char* at = argument; *at != '\0';) {
        const int twelve = !strncmp(at, "{mac12}", 7);
        if (twelve || !strncmp(at, "{mac}", 5)) {
            for (const char* m = device_mac(); *m != '\0'; ++m) {
                if (!twelve || *m != ':') *to++ = *m;
            }
            at += twelve ? 7 : 5;
        } else {
            *to++ = *at++;
        }
    }
    *to = '\0';
    return out;
}

/* Before the constructors of all other libraries (-z initfirst), the C library's too, which would tell getenv() of the
 * environment: what they draw and ask the processor is the device's. */
__attribute__((constructor)) static void begin(int argc, char** argv, char** environment) {
    const char* how;
    int lease, hidden;
    if (environ == NULL) environ = environment;
    how = getenv("DECTBED_LINUX_PROGRAM");
    lease = how != NULL && strcmp(how, "lease") == 0;
    if (how == NULL) return;
    hidden = shim_hide_chance();
    unsetenv("DECTBED_LINUX_PROGRAM");
    unsetenv("LD_PRELOAD");
    signal(SIGPIPE, SIG_IGN);
    device_begin(lease);
    if (!hidden)
        device_warn(
            "this machine cannot hide its processor's random numbers: a program that asks for them differs from run to "
            "run");
    for (int i = 1; i < argc; ++i) {
        if (strchr(argv[i], '{') != NULL) argv[i] = filled(argv[i]);
    }
    on_exit(ended, NULL);
    shim_openssl();
    guard();
}
