/* SPDX-License-Identifier: MIT-0 */
#define _GNU_SOURCE
#include "linux_device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dectbed/firmware_process.h"
#include "dhcp_client.h"
#include "dns_client.h"

enum { T_WAKE = 1, T_DHCP = 2, T_DNS = 16, SOCK_DHCP = 1, SOCK_DNS = 16, SOCK_PROGRAM = 64, SOCK_LAST = 65000 };
enum { LINK_HEAD = 14, ETHERTYPE_IP = 0x0800, NO_ETHERTYPE = 0xFFFF };
enum { TOK = 1, TOK_CLOCK = 2, OUT_OCTETS = 65536 };

static int active, to_host; /* to_host: descriptor */
static fw_io io;
static dectbed_host host;
static dectbed_ev_boot me;
static fw_dhcp_client dhcp;
static fw_dns_client dns;
static uint32_t address;
static int carrier, woken, own_lease;
static char mac[18];
static int64_t wall_offset_us;
static device_socket sockets[DEVICE_SOCKETS];
static uint32_t next_number = SOCK_PROGRAM;
static unsigned char out[OUT_OCTETS];
static size_t used;
static union {
    unsigned char octets[65536];
    dectbed_event event;
} in;

bool device_active(void) { return active; }
uint64_t device_now_us(void) { return io.now_us; }
int64_t device_unix_us(void) { return (int64_t)io.now_us + wall_offset_us; }
const char* device_mac(void) { return mac; }
const uint8_t* device_mac_octets(void) { return me.mac; }
uint32_t device_address(void) { return address; }

/* ---- the stream to the host; by system calls, since read() and write() are the program's now ---- */

static void flush(void) {
    for (size_t done = 0; done < used;) {
        const long n = syscall(SYS_write, to_host, out + done, used - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) _exit(0);
        done += (size_t)n;
    }
    used = 0;
}

static void add(const void* record, size_t octets) {
    if (used + octets > sizeof out) flush();
    memcpy(out + used, record, octets);
    used += octets;
}

static void get(unsigned char* to, size_t octets) {
    while (octets > 0) {
        const long n = syscall(SYS_read, to_host, to, octets);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) _exit(0); /* reset, or loss of power */
        to += n;
        octets -= (size_t)n;
    }
}

static void request(void* context, const dectbed_record* r) {
    (void)context;
    add(r, r->size);
}

/* ---- what happens --------------------------------------------------------------------------------------------- */

static device_socket* of_number(uint32_t number) {
    for (int i = 0; i < DEVICE_SOCKETS; ++i) {
        if (sockets[i].fd && sockets[i].number == number) return &sockets[i];
    }
    return NULL;
}

static void received(device_socket* s, const fw_payload* p, uint32_t from, uint16_t port) {
    if (s->stream) {
        uint8_t* more = realloc(s->data, s->octets + p->octets);
        if (more == NULL) return;
        memcpy(more + s->octets, p->data, p->octets);
        s->data = more;
        s->octets += p->octets;
    } else if (s->queued < DEVICE_DATAGRAMS) {
        datagram* d = &s->queue[s->queued];
        d->data = malloc(p->octets + 1);
        if (d->data == NULL) return;
        memcpy(d->data, p->data, p->octets);
        d->octets = (uint16_t)p->octets;
        d->address = from;
        d->port = port;
        ++s->queued;
    }
}

static void closed(device_socket* s, uint32_t reason) {
    const int connecting = s->state == SOCKET_CONNECTING;
    s->state =
        reason == DECTBED_TCP_CLOSED_BY_PEER || reason == DECTBED_TCP_CLOSED_HERE ? SOCKET_FINISHED : SOCKET_FAILED;
    if (s->state == SOCKET_FAILED) {
        s->error = reason == DECTBED_TCP_RESET     ? (connecting ? ECONNREFUSED : ECONNRESET)
                   : reason == DECTBED_TCP_TIMEOUT ? ETIMEDOUT
                                                   : EHOSTUNREACH;
    }
}

static void bound(void* context, const fw_dhcp_lease* lease) {
    (void)context;
    address = lease->address;
    fw_dns_set_servers(&dns, lease->dns, lease->dns_count);
}

static void lost(void* context, const char* why) {
    (void)context;
    (void)why;
    address = 0;
}

static void boot(const dectbed_ev_boot* e) {
    const fw_dns_config names = {T_DNS, SOCK_DNS, TOK};
    fw_dhcp_config lease;
    me = *e;
    fw_mac_colons(me.mac, mac);
    memset(&lease, 0, sizeof lease);
    lease.timer = T_DHCP;
    lease.socket = SOCK_DHCP;
    lease.token = TOK;
    memcpy(lease.mac, me.mac, sizeof lease.mac);
    lease.start_delay_min_us = 1 * FW_SECOND_US;
    lease.start_delay_max_us = 10 * FW_SECOND_US;
    lease.bound = bound;
    lease.lost = lost;
    fw_dhcp_init(&dhcp, &io, &lease);
    fw_dns_init(&dns, &io, &names);
    fw_wall_clock_get(&io, TOK_CLOCK);
}

static void handle(const dectbed_event* e) {
    const fw_payload p = fw_event_payload(e);
    device_socket* s;
    if (e->record.type == DECTBED_EV_BOOT) boot((const dectbed_ev_boot*)e);
    if (dhcp.io == NULL || fw_dhcp_handle(&dhcp, e) || fw_dns_handle(&dns, e)) return;
    switch (e->record.type) {
        case DECTBED_EV_TIMER:
            woken |= ((const dectbed_ev_timer*)e)->timer == T_WAKE;
            break;
        case DECTBED_EV_ETHERNET_LINK:
            carrier = ((const dectbed_ev_ethernet_link*)e)->up != 0;
            if (!own_lease) break;
            if (carrier) {
                fw_dhcp_start(&dhcp);
            } else {
                fw_dhcp_stop(&dhcp);
                address = 0;
            }
            break;
        case DECTBED_EV_ETHERNET_FRAME:
            for (int i = 0; i < DEVICE_SOCKETS && p.octets > LINK_HEAD; ++i) {
                const fw_payload packet = {p.data + LINK_HEAD, p.octets - LINK_HEAD};
                if (sockets[i].fd && sockets[i].packets && (p.data[12] << 8 | p.data[13]) == ETHERTYPE_IP)
                    received(&sockets[i], &packet, 0, 0);
            }
            break;
        case DECTBED_EV_WALL_CLOCK:
            if (((const dectbed_ev_wall_clock*)e)->is_set)
                wall_offset_us = ((const dectbed_ev_wall_clock*)e)->unix_us - (int64_t)io.now_us;
            break;
        case DECTBED_EV_UDP_RECEIVED: {
            const dectbed_ev_udp_received* d = (const dectbed_ev_udp_received*)e;
            s = of_number(d->socket);
            if (s != NULL) received(s, &p, d->address, d->port);
            break;
        }
        case DECTBED_EV_TCP_CONNECTED:
            s = of_number(((const dectbed_ev_tcp*)e)->socket);
            if (s != NULL) s->state = SOCKET_OPEN;
            break;
        case DECTBED_EV_TCP_RECEIVED:
            s = of_number(((const dectbed_ev_tcp*)e)->socket);
            if (s != NULL) received(s, &p, 0, 0);
            break;
        case DECTBED_EV_TCP_CLOSED:
            s = of_number(((const dectbed_ev_tcp_closed*)e)->socket);
            if (s != NULL) closed(s, ((const dectbed_ev_tcp_closed*)e)->reason);
            break;
        default:
            break;
    }
}

static void one_event(void) {
    dectbed_record head;
    get(in.octets, sizeof head);
    memcpy(&head, in.octets, sizeof head);
    if (head.size < sizeof(dectbed_event)) _exit(1);
    get(in.octets + sizeof head, head.size - sizeof head);
    if (io.host == NULL) {
        host.abi = DECTBED_FIRMWARE_ABI;
        host.request = request;
        fw_io_init(&io, &host);
    }
    if (fw_io_begin(&io, &in.event)) handle(&in.event);
}

static void turn(void) {
    dectbed_record end;
    memset(&end, 0, sizeof end);
    end.type = DECTBED_PROCESS_END_OF_TURN;
    end.size = sizeof end;
    add(&end, sizeof end);
    flush();
    one_event();
}

bool device_wait(uint64_t until_us) {
    if (io.now_us >= until_us) return false;
    woken = 0;
    if (until_us != DEVICE_FOR_EVER) fw_timer_start(&io, T_WAKE, until_us - io.now_us);
    turn();
    if (until_us != DEVICE_FOR_EVER && !woken) fw_timer_stop(&io, T_WAKE);
    return io.now_us < until_us;
}

void device_begin(bool lease) {
    enum { OUT_OF_THE_WAY = 200 }; /* small numbers are taken over by programs */
    dectbed_process_hello h;
    to_host = fcntl(DECTBED_PROCESS_DESCRIPTOR, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
    syscall(SYS_close, DECTBED_PROCESS_DESCRIPTOR);
    memset(&h, 0, sizeof h);
    h.record.type = DECTBED_PROCESS_HELLO;
    h.record.size = sizeof h;
    h.magic = DECTBED_PROCESS_MAGIC;
    h.abi = DECTBED_FIRMWARE_ABI;
    h.kind = DECTBED_KIND_BASE;
    memcpy(h.name, "linux-program", 14);
    memcpy(h.version, "1", 2);
    add(&h, sizeof h);
    flush();
    active = 1;
    own_lease = lease;
    one_event();
    while (lease ? address == 0 : !carrier) device_wait(DEVICE_FOR_EVER);
}

void device_configure(uint32_t to, uint32_t mask, uint32_t router, const uint32_t* servers, uint32_t count) {
    uint32_t prefix = 0;
    while (prefix < 32 && (mask >> (31 - prefix) & 1)) ++prefix;
    address = to;
    fw_ip_configure(&io, to, to ? prefix : 0, router);
    fw_dns_set_servers(&dns, servers, count);
}

void device_forget(void) {
    active = 0;
    syscall(SYS_close, to_host);
}

void device_warn(const char* text) { fw_log(&io, FW_LOG_WARNING, "%s", text); }

void device_rest(int status) {
    fw_log(&io, status == 0 ? FW_LOG_INFORMATION : FW_LOG_WARNING, "program ended with %d", status);
    for (;;) device_wait(DEVICE_FOR_EVER);
}

void device_random(void* to, size_t octets) {
    uint8_t* p = to;
    while (octets > 0) {
        const uint64_t r = fw_random(&io);
        const size_t n = octets < sizeof r ? octets : sizeof r;
        memcpy(p, &r, n);
        p += n;
        octets -= n;
    }
}

/* ---- sockets -------------------------------------------------------------------------------------------------- */

device_socket* device_find(int fd) {
    for (int i = 0; active && fd > 0 && i < DEVICE_SOCKETS; ++i) {
        if (sockets[i].fd == fd) return &sockets[i];
    }
    return NULL;
}

device_socket* device_open(int fd, bool stream) {
    for (int i = 0; i < DEVICE_SOCKETS; ++i) {
        if (sockets[i].fd) continue;
        memset(&sockets[i], 0, sizeof sockets[i]);
        sockets[i].fd = fd;
        sockets[i].stream = stream;
        sockets[i].number = next_number;
        next_number = next_number < SOCK_LAST ? next_number + 1 : SOCK_PROGRAM;
        return &sockets[i];
    }
    return NULL;
}

void device_open_packets(device_socket* s) {
    s->packets = true;
    fw_ethernet_open(&io, ETHERTYPE_IP);
}

void device_send_packet(const uint8_t to[6], const void* packet, size_t octets) {
    uint8_t frame[1514];
    if (octets + LINK_HEAD > sizeof frame) return;
    memcpy(frame, to, 6);
    memcpy(frame + 6, me.mac, 6);
    frame[12] = ETHERTYPE_IP >> 8;
    frame[13] = ETHERTYPE_IP & 255;
    memcpy(frame + LINK_HEAD, packet, octets);
    fw_ethernet_send(&io, frame, octets + LINK_HEAD);
}

static int packets_wanted(void) {
    for (int i = 0; i < DEVICE_SOCKETS; ++i) {
        if (sockets[i].fd && sockets[i].packets) return 1;
    }
    return 0;
}

void device_close(device_socket* s) {
    const int packets = s->packets;
    if (s->stream && (s->state == SOCKET_OPEN || s->state == SOCKET_CONNECTING)) fw_tcp_close(&io, s->number);
    if (!s->stream && s->bound && s->via == s->number) fw_udp_close(&io, s->number);
    free(s->data);
    for (unsigned i = 0; i < s->queued; ++i) free(s->queue[i].data);
    memset(s, 0, sizeof *s);
    if (packets && !packets_wanted()) fw_ethernet_open(&io, NO_ETHERTYPE);
}

void device_bind(device_socket* s, uint16_t port) {
    if (s->bound) return;
    s->bound = true;
    s->via = s->number;
    for (int i = 0; !s->stream && port != 0 && i < DEVICE_SOCKETS; ++i) {
        const device_socket* other = &sockets[i];
        if (other != s && other->fd && !other->stream && other->bound && other->port == port) s->via = other->via;
    }
    s->port = port;
    if (!s->stream && s->via == s->number) fw_udp_open(&io, TOK, s->number, port);
}

void device_connect(device_socket* s, uint32_t to, uint16_t port) {
    s->peer = to;
    s->peer_port = port;
    if (!s->stream) {
        device_bind(s, s->port);
        s->state = SOCKET_OPEN;
        return;
    }
    s->state = SOCKET_CONNECTING;
    fw_tcp_connect(&io, TOK, s->number, to, port);
}

void device_send(device_socket* s, const void* data, size_t octets, uint32_t to, uint16_t port) {
    if (s->stream) {
        fw_tcp_send(&io, TOK, s->number, data, octets);
    } else {
        device_bind(s, s->port);
        fw_udp_send(&io, TOK, s->via, to, port, data, octets);
    }
}

void device_shutdown(device_socket* s) {
    if (s->stream && s->state == SOCKET_OPEN) fw_tcp_close(&io, s->number);
}

/* ---- names ---------------------------------------------------------------------------------------------------- */

typedef struct {
    int done;
    unsigned count;
    uint32_t* addresses;
} lookup;

static void resolved(void* context, enum fw_dns_result result, const uint32_t* list, uint32_t count) {
    lookup* l = context;
    l->done = 1;
    for (uint32_t i = 0; result == FW_DNS_OK && i < count && i < DEVICE_NAME_ADDRESSES; ++i)
        l->addresses[l->count++] = list[i];
}

unsigned device_resolve(const char* name, uint32_t addresses[DEVICE_NAME_ADDRESSES]) {
    lookup l = {0, 0, addresses};
    fw_dns_resolve_all(&dns, name, resolved, &l);
    while (!l.done) device_wait(DEVICE_FOR_EVER);
    return l.count;
}
