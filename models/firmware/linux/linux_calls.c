/* SPDX-License-Identifier: MIT-0
 *
 * What a dynamically linked program finds in the place of the C library's sockets, clocks and waits. Everything else, files
 * above all, is the machine's. Whatever would bring real time or the machine's network in behind our back, because the
 * program made the system call itself, ends the program (SIGSYS): see guard().
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/seccomp.h>
#include <net/if.h>
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
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "linux_device.h"

#define REAL(name) ((__typeof__(&name))real(#name))
enum { NANO = 1000000000, MICRO = 1000000 };

static void* real(const char* name) {
    void* found = dlsym(RTLD_NEXT, name);
    if (found == NULL) abort();
    return found;
}

static int failed(int error) {
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

static uint64_t us_of(const struct timespec* t) { return (uint64_t)t->tv_sec * MICRO + ((uint64_t)t->tv_nsec + 999) / 1000; }

int nanosleep(const struct timespec* t, struct timespec* left) {
    if (!device_active()) return REAL(nanosleep)(t, left);
    if (t->tv_sec < 0 || t->tv_nsec < 0 || t->tv_nsec >= NANO) return failed(EINVAL);
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

/* ---- chance --------------------------------------------------------------------------------------------------- */

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

/* ---- sockets -------------------------------------------------------------------------------------------------- */

static int blocks(int fd) { return !(REAL(fcntl)(fd, F_GETFL) & O_NONBLOCK); }

static int readable(const device_socket* s) {
    return s->octets > 0 || s->queued > 0 || s->state == SOCKET_FINISHED || s->state == SOCKET_FAILED;
}
static int writable(const device_socket* s) { return !s->stream || (s->state != SOCKET_CONNECTING && s->state != SOCKET_NEW); }

/* Until the socket is ready; false: it does not wait. */
static int wait_for(int fd, device_socket* s, int (*ready)(const device_socket*)) {
    while (!ready(s)) {
        if (!blocks(fd)) return 0;
        device_wait(DEVICE_FOR_EVER);
    }
    return 1;
}

static int told(device_socket* s) {
    const int error = s->error;
    s->error = 0;
    return error;
}

int socket(int domain, int type, int protocol) {
    int fd;
    const int kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
    /* One of IPPROTO_RAW is for asking about interfaces; nothing is ever sent on it. */
    const int good = domain == AF_PACKET ? kind == SOCK_DGRAM
                                         : kind == SOCK_STREAM || kind == SOCK_DGRAM || (kind == SOCK_RAW && protocol == IPPROTO_RAW);
    if (!device_active() || domain == AF_UNIX) return REAL(socket)(domain, type, protocol);
    if (domain != AF_INET && domain != AF_PACKET) return failed(EAFNOSUPPORT);
    if (!good) return failed(EPROTONOSUPPORT);
    /* A number that is nobody else's. */
    fd = open("/dev/null", O_RDWR | (type & SOCK_NONBLOCK ? O_NONBLOCK : 0) | (type & SOCK_CLOEXEC ? O_CLOEXEC : 0));
    if (fd < 0) return -1;
    if (device_open(fd, kind == SOCK_STREAM) == NULL) {
        REAL(close)(fd);
        return failed(EMFILE);
    }
    if (domain == AF_PACKET) device_open_packets(device_find(fd));
    return fd;
}

int close(int fd) {
    device_socket* s = device_find(fd);
    if (s != NULL) device_close(s);
    return REAL(close)(fd);
}

int connect(int fd, const struct sockaddr* to, socklen_t octets) {
    device_socket* s = device_find(fd);
    const struct sockaddr_in* in = (const struct sockaddr_in*)to;
    if (s == NULL) return REAL(connect)(fd, to, octets);
    if (octets < sizeof *in || to->sa_family != AF_INET) return failed(EAFNOSUPPORT);
    if (s->state == SOCKET_CONNECTING) return failed(EALREADY);
    if (s->stream && s->state != SOCKET_NEW) return failed(EISCONN);
    device_connect(s, ntohl(in->sin_addr.s_addr), ntohs(in->sin_port));
    if (!s->stream) return 0;
    if (!wait_for(fd, s, writable)) return failed(EINPROGRESS);
    return s->state == SOCKET_FAILED ? failed(told(s)) : 0;
}

int bind(int fd, const struct sockaddr* at, socklen_t octets) {
    device_socket* s = device_find(fd);
    if (s == NULL) return REAL(bind)(fd, at, octets);
    if (s->packets) return 0; /* there is one link */
    if (octets < sizeof(struct sockaddr_in) || at->sa_family != AF_INET) return failed(EAFNOSUPPORT);
    device_bind(s, ntohs(((const struct sockaddr_in*)at)->sin_port));
    return 0;
}

int listen(int fd, int backlog) { return device_find(fd) != NULL ? failed(EOPNOTSUPP) : REAL(listen)(fd, backlog); }

ssize_t sendto(int fd, const void* data, size_t octets, int flags, const struct sockaddr* to, socklen_t size) {
    enum { DATAGRAM_MAX = 1472, PIECE = 16384 };
    device_socket* s = device_find(fd);
    const struct sockaddr_in* in = (const struct sockaddr_in*)to;
    if (s == NULL) return REAL(sendto)(fd, data, octets, flags, to, size);
    if (s->packets) {
        if (to == NULL || size < offsetof(struct sockaddr_ll, sll_addr) + 6) return failed(EDESTADDRREQ);
        device_send_packet(((const struct sockaddr_ll*)to)->sll_addr, data, octets);
        return (ssize_t)octets;
    }
    if (!s->stream) {
        if (octets > DATAGRAM_MAX) return failed(EMSGSIZE);
        if (in == NULL && s->state != SOCKET_OPEN) return failed(EDESTADDRREQ);
        device_send(s, data, octets, in != NULL ? ntohl(in->sin_addr.s_addr) : s->peer,
                    in != NULL ? ntohs(in->sin_port) : s->peer_port);
        return (ssize_t)octets;
    }
    if (!wait_for(fd, s, writable)) return failed(EAGAIN);
    if (s->state == SOCKET_FAILED && s->error) return failed(told(s));
    if (s->state != SOCKET_OPEN) return failed(EPIPE);
    if (octets > PIECE) octets = PIECE;
    device_send(s, data, octets, 0, 0);
    return (ssize_t)octets;
}

ssize_t send(int fd, const void* data, size_t octets, int flags) {
    return device_find(fd) != NULL ? sendto(fd, data, octets, flags, NULL, 0) : REAL(send)(fd, data, octets, flags);
}

ssize_t write(int fd, const void* data, size_t octets) {
    return device_find(fd) != NULL ? sendto(fd, data, octets, 0, NULL, 0) : REAL(write)(fd, data, octets);
}

static void put_address(struct sockaddr* out, socklen_t* size, uint32_t address, uint16_t port) {
    struct sockaddr_in in;
    if (out == NULL || size == NULL) return;
    memset(&in, 0, sizeof in);
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(address);
    in.sin_port = htons(port);
    memcpy(out, &in, *size < sizeof in ? *size : sizeof in);
    *size = sizeof in;
}

ssize_t recvfrom(int fd, void* out, size_t room, int flags, struct sockaddr* from, socklen_t* size) {
    device_socket* s = device_find(fd);
    size_t n;
    if (s == NULL) return REAL(recvfrom)(fd, out, room, flags, from, size);
    if (s->stream && s->state == SOCKET_NEW) return failed(ENOTCONN);
    if ((flags & MSG_DONTWAIT) && !readable(s)) return failed(EAGAIN);
    if (!wait_for(fd, s, readable)) return failed(EAGAIN);
    if (!s->stream) {
        datagram d = s->queue[0];
        n = d.octets < room ? d.octets : room;
        memcpy(out, d.data, n);
        put_address(from, size, d.address, d.port);
        if (flags & MSG_PEEK) return (ssize_t)n;
        free(d.data);
        memmove(s->queue, s->queue + 1, --s->queued * sizeof s->queue[0]);
        return (ssize_t)n;
    }
    put_address(from, size, s->peer, s->peer_port);
    if (s->octets == 0) return s->state == SOCKET_FAILED && s->error ? failed(told(s)) : 0;
    n = s->octets < room ? s->octets : room;
    memcpy(out, s->data, n);
    if (flags & MSG_PEEK) return (ssize_t)n;
    s->octets -= n;
    memmove(s->data, s->data + n, s->octets);
    return (ssize_t)n;
}

ssize_t recv(int fd, void* out, size_t room, int flags) {
    return device_find(fd) != NULL ? recvfrom(fd, out, room, flags, NULL, NULL) : REAL(recv)(fd, out, room, flags);
}

ssize_t read(int fd, void* out, size_t room) {
    return device_find(fd) != NULL ? recvfrom(fd, out, room, 0, NULL, NULL) : REAL(read)(fd, out, room);
}

ssize_t recvmsg(int fd, struct msghdr* m, int flags) {
    device_socket* s = device_find(fd);
    socklen_t size = m->msg_namelen;
    ssize_t n;
    if (s == NULL) return REAL(recvmsg)(fd, m, flags);
    if (m->msg_iovlen != 1) return failed(EOPNOTSUPP);
    n = recvfrom(fd, m->msg_iov[0].iov_base, m->msg_iov[0].iov_len, flags, m->msg_name, m->msg_name != NULL ? &size : NULL);
    m->msg_namelen = m->msg_name != NULL ? size : 0;
    m->msg_controllen = 0;
    m->msg_flags = 0;
    return n;
}

ssize_t sendmsg(int fd, const struct msghdr* m, int flags) {
    if (device_find(fd) == NULL) return REAL(sendmsg)(fd, m, flags);
    if (m->msg_iovlen != 1) return failed(EOPNOTSUPP);
    return sendto(fd, m->msg_iov[0].iov_base, m->msg_iov[0].iov_len, flags, m->msg_name, m->msg_namelen);
}

/* A stream of the C library's would read and write by itself. */
static ssize_t cookie_read(void* cookie, char* out, size_t room) { return recvfrom((int)(intptr_t)cookie, out, room, 0, NULL, NULL); }
static ssize_t cookie_write(void* cookie, const char* data, size_t octets) {
    const ssize_t n = sendto((int)(intptr_t)cookie, data, octets, 0, NULL, 0);
    return n < 0 ? 0 : n;
}
static int cookie_close(void* cookie) { return close((int)(intptr_t)cookie); }

FILE* fdopen(int fd, const char* mode) {
    const cookie_io_functions_t functions = {cookie_read, cookie_write, NULL, cookie_close};
    if (device_find(fd) == NULL) return REAL(fdopen)(fd, mode);
    return fopencookie((void*)(intptr_t)fd, mode, functions);
}

int shutdown(int fd, int how) {
    device_socket* s = device_find(fd);
    if (s == NULL) return REAL(shutdown)(fd, how);
    if (how != SHUT_RD) device_shutdown(s);
    return 0;
}

int getpeername(int fd, struct sockaddr* out, socklen_t* size) {
    device_socket* s = device_find(fd);
    if (s == NULL) return REAL(getpeername)(fd, out, size);
    if (s->state == SOCKET_NEW || s->state == SOCKET_CONNECTING) return failed(ENOTCONN);
    put_address(out, size, s->peer, s->peer_port);
    return 0;
}

int getsockname(int fd, struct sockaddr* out, socklen_t* size) {
    device_socket* s = device_find(fd);
    if (s == NULL) return REAL(getsockname)(fd, out, size);
    put_address(out, size, device_address(), s->port);
    return 0;
}

int getsockopt(int fd, int level, int name, void* out, socklen_t* size) {
    device_socket* s = device_find(fd);
    int value = 0;
    if (s == NULL) return REAL(getsockopt)(fd, level, name, out, size);
    if (level == SOL_SOCKET && name == SO_ERROR) value = told(s);
    if (level == SOL_SOCKET && name == SO_TYPE) value = s->stream ? SOCK_STREAM : SOCK_DGRAM;
    memcpy(out, &value, *size < sizeof value ? *size : sizeof value);
    *size = sizeof value;
    return 0;
}

/* Options of speed and of keeping alive make no difference here. */
int setsockopt(int fd, int level, int name, const void* value, socklen_t size) {
    return device_find(fd) != NULL ? 0 : REAL(setsockopt)(fd, level, name, value, size);
}

/* Of the one interface, whatever it is called. */
static int about_interface(unsigned long what, struct ifreq* r) {
    enum { INDEX = 2, MTU = 1500, ETHERNET = 1 };
    struct sockaddr_in in;
    switch (what) {
        case SIOCGIFINDEX: r->ifr_ifindex = INDEX; return 0;
        case SIOCGIFMTU: r->ifr_mtu = MTU; return 0;
        case SIOCGIFFLAGS: r->ifr_flags = IFF_UP | IFF_RUNNING | IFF_BROADCAST; return 0;
        case SIOCGIFHWADDR:
            r->ifr_hwaddr.sa_family = ETHERNET;
            memcpy(r->ifr_hwaddr.sa_data, device_mac_octets(), 6);
            return 0;
        case SIOCGIFADDR:
            if (device_address() == 0) return failed(EADDRNOTAVAIL);
            memset(&in, 0, sizeof in);
            in.sin_family = AF_INET;
            in.sin_addr.s_addr = htonl(device_address());
            memcpy(&r->ifr_addr, &in, sizeof in);
            return 0;
        default: return failed(ENOTTY);
    }
}

int ioctl(int fd, unsigned long what, ...) {
    va_list list;
    void* argument;
    va_start(list, what);
    argument = va_arg(list, void*);
    va_end(list);
    if (device_find(fd) != NULL && what == FIONBIO) {
        const int flags = REAL(fcntl)(fd, F_GETFL);
        return REAL(fcntl)(fd, F_SETFL, *(int*)argument ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
    }
    if (device_find(fd) != NULL) return about_interface(what, argument);
    return REAL(ioctl)(fd, what, argument);
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
            if (readable(s)) fds[i].revents |= POLLIN | POLLRDNORM;
            if (writable(s)) fds[i].revents |= POLLOUT | POLLWRNORM;
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
        const short events = (short)((in != NULL && FD_ISSET(fd, in) ? POLLIN : 0) | (out != NULL && FD_ISSET(fd, out) ? POLLOUT : 0));
        if (events) fds[used++] = (struct pollfd){fd, events, 0};
    }
    poll_until(fds, used, t == NULL ? DEVICE_FOR_EVER : device_now_us() + (uint64_t)t->tv_sec * MICRO + (uint64_t)t->tv_usec);
    if (in != NULL) FD_ZERO(in);
    if (out != NULL) FD_ZERO(out);
    if (odd != NULL) FD_ZERO(odd);
    for (nfds_t i = 0; i < used; ++i) {
        if (in != NULL && (fds[i].events & POLLIN) && (fds[i].revents & (POLLIN | POLLERR | POLLHUP)) && ++ready) FD_SET(fds[i].fd, in);
        if (out != NULL && (fds[i].events & POLLOUT) && (fds[i].revents & (POLLOUT | POLLERR)) && ++ready) FD_SET(fds[i].fd, out);
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
        put_address(a->ai_addr, &size, found[i], (uint16_t)(service != NULL ? atoi(service) : 0));
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

/* System calls by which real time or the machine's network would come in: they do not. Calls of ours that look whether a
 * file is ready wait for 0 ms. */
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

__attribute__((constructor)) static void begin(int argc, char** argv) {
    const char* how = getenv("DECTBED_LINUX_PROGRAM");
    const int lease = how != NULL && strcmp(how, "lease") == 0;
    if (how == NULL) return;
    unsetenv("DECTBED_LINUX_PROGRAM");
    unsetenv("LD_PRELOAD");
    signal(SIGPIPE, SIG_IGN);
    device_begin(lease);
    for (int i = 1; i < argc; ++i) {
        if (strchr(argv[i], '{') != NULL) argv[i] = filled(argv[i]);
    }
    on_exit(ended, NULL);
    guard();
}
