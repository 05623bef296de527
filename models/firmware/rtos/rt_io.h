/* SPDX-License-Identifier: MIT-0
 *
 * The world for blocking tasks (rt.h): raw Ethernet frames, UDP and TCP sockets, flash. A call waits in its task until
 * the event is there or its time is over.
 *
 * One rt_io a kernel; its memory belongs to the caller. A socket is used by one task at a time.
 */
#ifndef RT_IO_H
#define RT_IO_H

#include "rt.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { RT_SOCKETS = 8, RT_DATAGRAMS = 4, RT_DATAGRAM_OCTETS = 1500, RT_FRAMES = 8, RT_FRAME_OCTETS = 1514 };
enum { RT_STREAM_OCTETS = 8192 }; /* received TCP data that waits to be read; more aborts the connection */

typedef struct rt_datagram {
    uint32_t address; /* sender */
    uint16_t port;
    uint16_t octets;
    uint8_t data[RT_DATAGRAM_OCTETS];
} rt_datagram;

typedef struct rt_frame {
    uint16_t octets;
    uint8_t data[RT_FRAME_OCTETS];
} rt_frame;

typedef struct rt_socket {
    uint32_t number; /* in the interface; 0: free */
    bool tcp, connected;
    uint32_t closed; /* enum dectbed_tcp_close_reason; 0: open */
    rt_semaphore changed;
    rt_queue datagrams;
    rt_datagram datagram_buffer[RT_DATAGRAMS];
    uint8_t stream[RT_STREAM_OCTETS];
    uint32_t stream_octets;
} rt_socket;

typedef struct rt_io {
    rt* os;
    uint32_t first_socket, token, next;
    rt_socket sockets[RT_SOCKETS];
    bool link;
    rt_semaphore link_changed;
    rt_queue frames;
    rt_frame frame_buffer[RT_FRAMES];
    rt_mutex flash;
    rt_semaphore flash_done;
    uint32_t flash_token, flash_status;
    uint8_t* flash_out;
    uint32_t flash_octets;
} rt_io;

/* Listens from now on. Its sockets have the numbers first_socket and up, used in turn so that no late event is
 * mistaken; `token` and the next one are of its flash requests and the rest. */
void rt_io_init(rt_io* io, rt* os, uint32_t first_socket, uint32_t token);

/* --- Ethernet --- */
bool rt_link_up(const rt_io* io);
bool rt_wait_link_change(rt_io* io, uint32_t ms); /* one task may wait */
void rt_ethernet_open(rt_io* io, uint16_t ethertype);
void rt_ethernet_close(rt_io* io); /* and forgets what waits */
void rt_ethernet_send(rt_io* io, const void* frame, size_t octets);
bool rt_ethernet_receive(rt_io* io, rt_frame* frame, uint32_t ms);
void rt_ip_configure(rt_io* io, uint32_t address, uint32_t prefix_length, uint32_t gateway);

/* --- sockets: NULL if there are too many --- */
rt_socket* rt_udp_open(rt_io* io, uint16_t port); /* 0: any */
void rt_udp_send(rt_io* io, rt_socket* s, uint32_t address, uint16_t port, const void* data, size_t octets);
bool rt_udp_receive(rt_io* io, rt_socket* s, rt_datagram* out, uint32_t ms);
rt_socket* rt_tcp_connect(rt_io* io, uint32_t address, uint16_t port,
                          uint32_t ms); /* NULL: also refused, or no answer */
void rt_tcp_send(rt_io* io, rt_socket* s, const void* data, size_t octets);
/* Octets read; 0: the peer has closed and all is read; -1: reset, lost or nothing came in time. */
int rt_tcp_receive(rt_io* io, rt_socket* s, void* out, size_t octets, uint32_t ms);
void rt_close(rt_io* io, rt_socket* s); /* either kind; aborts a connection that the peer has not closed */

/* --- flash: true if it was done --- */
bool rt_flash_read(rt_io* io, uint32_t address, void* out, uint32_t octets);
bool rt_flash_program(rt_io* io, uint32_t address, const void* data, uint32_t octets); /* within one page's size */
bool rt_flash_erase(rt_io* io, uint32_t address);

#ifdef __cplusplus
}
#endif
#endif
