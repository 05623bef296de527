/* SPDX-License-Identifier: MIT-0
 *
 * A device whose firmware is a Linux program that knows nothing of dectbed: what its shim has between the program's
 * calls and the host. linux_device.c speaks firmware_process.h, has a lease and resolves names; linux_calls.c stands in
 * for the C library's functions; linux_program.c starts a program with both.
 *
 * The program's calls run at one instant of simulated time each. Whatever would wait ends the device's turn, as often
 * as it takes until what it waits for has come, or its time is over.
 */
#ifndef LINUX_DEVICE_H
#define LINUX_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DEVICE_SOCKETS = 32, DEVICE_DATAGRAMS = 16, DEVICE_NAME_ADDRESSES = 4 };
#define DEVICE_FOR_EVER UINT64_MAX

typedef enum { SOCKET_NEW, SOCKET_CONNECTING, SOCKET_OPEN, SOCKET_FINISHED, SOCKET_FAILED } socket_state;

typedef struct {
    uint32_t address;
    uint16_t port, octets;
    uint8_t* data;
} datagram;

/* One socket of the program; its number at the host is its place in the table and a turn, so that none is mistaken. */
typedef struct {
    int fd; /* of the program; 0: free */
    uint32_t number;
    uint32_t via; /* datagrams: whose port it sends from; its own number, or that of an older socket with this port */
    bool stream, bound;
    bool packets; /* of a link: IP packets as they stand in frames, with the link's address of their sender */
    socket_state state;
    int error; /* errno of what became of it; told once */
    uint32_t peer;
    uint16_t peer_port, port;
    uint8_t* data; /* of a stream: received and not read */
    size_t octets;
    datagram queue[DEVICE_DATAGRAMS];
    unsigned queued;
} device_socket;

void device_warn(const char* text); /* in the device's log */
/* Says hello and waits until there is an address; without a lease of ours: until there is a link. */
void device_begin(bool lease);
bool device_active(void);
uint64_t device_now_us(void);
int64_t device_unix_us(void); /* of the wall clock, as the hardware has it */
const char* device_mac(void); /* "02:1b:2c:00:00:01" */
const uint8_t* device_mac_octets(void);
/* The program has got a lease itself. Address 0: it has lost it. */
void device_configure(uint32_t address, uint32_t mask, uint32_t router, const uint32_t* servers, uint32_t count);
/* In a child of the program: it is nobody's firmware. */
void device_forget(void);
uint32_t device_address(void);
void device_random(void* out, size_t octets);

/* One turn, at most until then. False: the time is over. */
bool device_wait(uint64_t until_us);
/* Never returns: the program has ended, its device goes on with nothing to do. */
void device_rest(int status) __attribute__((noreturn));

device_socket* device_find(int fd);
device_socket* device_open(int fd, bool stream);
void device_open_packets(device_socket* s);
void device_send_packet(const uint8_t to[6], const void* packet, size_t octets);
void device_close(device_socket* s);
void device_connect(device_socket* s, uint32_t address, uint16_t port);
void device_bind(device_socket* s, uint16_t port);
void device_send(device_socket* s, const void* data, size_t octets, uint32_t address, uint16_t port);
void device_shutdown(device_socket* s);
/* Number of addresses, 0: none; waits. */
unsigned device_resolve(const char* name, uint32_t addresses[DEVICE_NAME_ADDRESSES]);

#endif
