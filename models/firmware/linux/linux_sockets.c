/* SPDX-License-Identifier: MIT-0
 *
 * Sockets of the program: TCP and UDP of the device, frames of its one link, and what can be asked about them.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "linux_shim.h"

/* ---- sockets -------------------------------------------------------------------------------------------------- */

static int blocks(int fd) { return !(REAL(fcntl)(fd, F_GETFL) & O_NONBLOCK); }

int shim_readable(const device_socket* s) {
    return s->octets > 0 || s->queued > 0 || s->state == SOCKET_FINISHED || s->state == SOCKET_FAILED;
}
int shim_writable(const device_socket* s) {
    return !s->stream || (s->state != SOCKET_CONNECTING && s->state != SOCKET_NEW);
}

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
    const int good = domain == AF_PACKET
                         ? kind == SOCK_DGRAM
                         : kind == SOCK_STREAM || kind == SOCK_DGRAM || (kind == SOCK_RAW && protocol == IPPROTO_RAW);
    if (!device_active() || domain == AF_UNIX) return REAL(socket)(domain, type, protocol);
    if (domain != AF_INET && domain != AF_PACKET) return shim_failed(EAFNOSUPPORT);
    if (!good) return shim_failed(EPROTONOSUPPORT);
    /* A number that is nobody else's. */
    fd = open("/dev/null", O_RDWR | (type & SOCK_NONBLOCK ? O_NONBLOCK : 0) | (type & SOCK_CLOEXEC ? O_CLOEXEC : 0));
    if (fd < 0) return -1;
    if (device_open(fd, kind == SOCK_STREAM) == NULL) {
        REAL(close)(fd);
        return shim_failed(EMFILE);
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
    if (octets < sizeof *in || to->sa_family != AF_INET) return shim_failed(EAFNOSUPPORT);
    if (s->state == SOCKET_CONNECTING) return shim_failed(EALREADY);
    if (s->stream && s->state != SOCKET_NEW) return shim_failed(EISCONN);
    device_connect(s, ntohl(in->sin_addr.s_addr), ntohs(in->sin_port));
    if (!s->stream) return 0;
    if (!wait_for(fd, s, shim_writable)) return shim_failed(EINPROGRESS);
    return s->state == SOCKET_FAILED ? shim_failed(told(s)) : 0;
}

int bind(int fd, const struct sockaddr* at, socklen_t octets) {
    device_socket* s = device_find(fd);
    if (s == NULL) return REAL(bind)(fd, at, octets);
    if (s->packets) return 0; /* there is one link */
    if (octets < sizeof(struct sockaddr_in) || at->sa_family != AF_INET) return shim_failed(EAFNOSUPPORT);
    device_bind(s, ntohs(((const struct sockaddr_in*)at)->sin_port));
    return 0;
}

int listen(int fd, int backlog) {
    return device_find(fd) != NULL ? shim_failed(EOPNOTSUPP) : REAL(listen)(fd, backlog);
}

ssize_t sendto(int fd, const void* data, size_t octets, int flags, const struct sockaddr* to, socklen_t size) {
    enum { DATAGRAM_MAX = 1472, PIECE = 16384 };
    device_socket* s = device_find(fd);
    const struct sockaddr_in* in = (const struct sockaddr_in*)to;
    if (s == NULL) return REAL(sendto)(fd, data, octets, flags, to, size);
    if (s->packets) {
        if (to == NULL || size < offsetof(struct sockaddr_ll, sll_addr) + 6) return shim_failed(EDESTADDRREQ);
        device_send_packet(((const struct sockaddr_ll*)to)->sll_addr, data, octets);
        return (ssize_t)octets;
    }
    if (!s->stream) {
        if (octets > DATAGRAM_MAX) return shim_failed(EMSGSIZE);
        if (in == NULL && s->state != SOCKET_OPEN) return shim_failed(EDESTADDRREQ);
        device_send(s, data, octets, in != NULL ? ntohl(in->sin_addr.s_addr) : s->peer,
                    in != NULL ? ntohs(in->sin_port) : s->peer_port);
        return (ssize_t)octets;
    }
    if (!wait_for(fd, s, shim_writable)) return shim_failed(EAGAIN);
    if (s->state == SOCKET_FAILED && s->error) return shim_failed(told(s));
    if (s->state != SOCKET_OPEN) return shim_failed(EPIPE);
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

void shim_address(struct sockaddr* out, socklen_t* size, uint32_t address, uint16_t port) {
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
    if (s->stream && s->state == SOCKET_NEW) return shim_failed(ENOTCONN);
    if ((flags & MSG_DONTWAIT) && !shim_readable(s)) return shim_failed(EAGAIN);
    if (!wait_for(fd, s, shim_readable)) return shim_failed(EAGAIN);
    if (!s->stream) {
        datagram d = s->queue[0];
        n = d.octets < room ? d.octets : room;
        memcpy(out, d.data, n);
        shim_address(from, size, d.address, d.port);
        if (flags & MSG_PEEK) return (ssize_t)n;
        free(d.data);
        memmove(s->queue, s->queue + 1, --s->queued * sizeof s->queue[0]);
        return (ssize_t)n;
    }
    shim_address(from, size, s->peer, s->peer_port);
    if (s->octets == 0) return s->state == SOCKET_FAILED && s->error ? shim_failed(told(s)) : 0;
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
    if (m->msg_iovlen != 1) return shim_failed(EOPNOTSUPP);
    n = recvfrom(fd, m->msg_iov[0].iov_base, m->msg_iov[0].iov_len, flags, m->msg_name,
                 m->msg_name != NULL ? &size : NULL);
    m->msg_namelen = m->msg_name != NULL ? size : 0;
    m->msg_controllen = 0;
    m->msg_flags = 0;
    return n;
}

ssize_t sendmsg(int fd, const struct msghdr* m, int flags) {
    if (device_find(fd) == NULL) return REAL(sendmsg)(fd, m, flags);
    if (m->msg_iovlen != 1) return shim_failed(EOPNOTSUPP);
    return sendto(fd, m->msg_iov[0].iov_base, m->msg_iov[0].iov_len, flags, m->msg_name, m->msg_namelen);
}

/* A stream of the C library's would read and write by itself. */
static ssize_t cookie_read(void* cookie, char* out, size_t room) {
    return recvfrom((int)(intptr_t)cookie, out, room, 0, NULL, NULL);
}
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
    if (s->state == SOCKET_NEW || s->state == SOCKET_CONNECTING) return shim_failed(ENOTCONN);
    shim_address(out, size, s->peer, s->peer_port);
    return 0;
}

int getsockname(int fd, struct sockaddr* out, socklen_t* size) {
    device_socket* s = device_find(fd);
    if (s == NULL) return REAL(getsockname)(fd, out, size);
    shim_address(out, size, device_address(), s->port);
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
        case SIOCGIFINDEX:
            r->ifr_ifindex = INDEX;
            return 0;
        case SIOCGIFMTU:
            r->ifr_mtu = MTU;
            return 0;
        case SIOCGIFFLAGS:
            r->ifr_flags = IFF_UP | IFF_RUNNING | IFF_BROADCAST;
            return 0;
        case SIOCGIFHWADDR:
            r->ifr_hwaddr.sa_family = ETHERNET;
            memcpy(r->ifr_hwaddr.sa_data, device_mac_octets(), 6);
            return 0;
        case SIOCGIFADDR:
            if (device_address() == 0) return shim_failed(EADDRNOTAVAIL);
            memset(&in, 0, sizeof in);
            in.sin_family = AF_INET;
            in.sin_addr.s_addr = htonl(device_address());
            memcpy(&r->ifr_addr, &in, sizeof in);
            return 0;
        default:
            return shim_failed(ENOTTY);
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
