/* SPDX-License-Identifier: MIT-0 */
#include "rt_io.h"

#include <string.h>

enum { FLASH_READ_MAX = 4096, FLASH_WAIT_MS = 10000, UDP_OCTETS_MAX = 1472 };

/* ---- requests -------------------------------------------------------------------------------------------- */

static void head(dectbed_record* r, uint16_t type, size_t size, uint32_t token) {
    r->type = type;
    r->size = (uint16_t)size;
    r->token = token;
}

static void socket_request(rt_io* io, uint16_t type, uint32_t number, uint32_t address, uint16_t port) {
    dectbed_req_socket r;
    memset(&r, 0, sizeof r);
    head(&r.record, type, sizeof r, io->token + 1);
    r.socket = number;
    r.address = address;
    r.port = port;
    rt_request(io->os, &r.record);
}

void rt_ethernet_open(rt_io* io, uint16_t ethertype) {
    dectbed_req_ethernet_open r;
    memset(&r, 0, sizeof r);
    head(&r.record, DECTBED_REQ_ETHERNET_OPEN, sizeof r, io->token + 1);
    r.ethertype = ethertype;
    rt_request(io->os, &r.record);
}

void rt_ethernet_close(rt_io* io) {
    rt_ethernet_open(io, 0xFFFF);
    io->frames.first = io->frames.used = 0;
}

void rt_ethernet_send(rt_io* io, const void* frame, size_t octets) {
    struct {
        dectbed_record record;
        uint8_t frame[RT_FRAME_OCTETS];
    } r;
    if (octets > sizeof r.frame) return;
    head(&r.record, DECTBED_REQ_ETHERNET_SEND, sizeof r.record + octets, io->token + 1);
    memcpy(r.frame, frame, octets);
    rt_request(io->os, &r.record);
}

void rt_ip_configure(rt_io* io, uint32_t address, uint32_t prefix_length, uint32_t gateway) {
    dectbed_req_ip_configure r;
    memset(&r, 0, sizeof r);
    head(&r.record, DECTBED_REQ_IP_CONFIGURE, sizeof r, io->token + 1);
    r.address = address;
    r.prefix_length = prefix_length;
    r.gateway = gateway;
    rt_request(io->os, &r.record);
}

/* ---- events ---------------------------------------------------------------------------------------------- */

static rt_socket* find(rt_io* io, uint32_t number) {
    for (unsigned i = 0; i < RT_SOCKETS; ++i) {
        if (number != 0 && io->sockets[i].number == number) return &io->sockets[i];
    }
    return NULL;
}

static void on_datagram(rt_io* io, const dectbed_ev_udp_received* e) {
    rt_socket* s = find(io, e->socket);
    rt_datagram d;
    const size_t octets = e->event.record.size - sizeof *e;
    if (s == NULL || s->tcp || octets > sizeof d.data) return;
    d.address = e->address;
    d.port = e->port;
    d.octets = (uint16_t)octets;
    memcpy(d.data, e + 1, octets);
    rt_send(io->os, &s->datagrams, &d, RT_NOW); /* a full queue loses it, as a full buffer does */
}

static void on_stream(rt_io* io, const dectbed_ev_tcp* e) {
    rt_socket* s = find(io, e->socket);
    const size_t octets = e->event.record.size - sizeof *e;
    if (s == NULL) return;
    if (octets > RT_STREAM_OCTETS - s->stream_octets) {
        socket_request(io, DECTBED_REQ_TCP_ABORT, s->number, 0, 0);
        s->closed = DECTBED_TCP_RESET;
    } else {
        memcpy(s->stream + s->stream_octets, e + 1, octets);
        s->stream_octets += (uint32_t)octets;
    }
    rt_give(io->os, &s->changed);
}

static void on_frame(rt_io* io, const dectbed_event* e) {
    rt_frame f;
    const size_t octets = e->record.size - sizeof *e;
    if (octets > sizeof f.data) return;
    f.octets = (uint16_t)octets;
    memcpy(f.data, e + 1, octets);
    rt_send(io->os, &io->frames, &f, RT_NOW);
}

static bool on_flash(rt_io* io, const dectbed_event* e) {
    const dectbed_ev_flash* f = (const dectbed_ev_flash*)e;
    if (e->record.token != io->flash_token) return false;
    if (e->record.type == DECTBED_EV_REFUSED) {
        io->flash_status = DECTBED_BAD_FIELD;
    } else {
        const size_t octets = e->record.size - sizeof *f;
        io->flash_status = f->status;
        if (io->flash_out != NULL && octets <= io->flash_octets) memcpy(io->flash_out, f + 1, octets);
    }
    rt_give(io->os, &io->flash_done);
    return true;
}

static bool on_event(void* context, const dectbed_event* e) {
    rt_io* io = context;
    rt_socket* s;
    switch (e->record.type) {
        case DECTBED_EV_ETHERNET_LINK:
            io->link = ((const dectbed_ev_ethernet_link*)e)->up != 0;
            rt_give(io->os, &io->link_changed);
            return false; /* others may want to know, too */
        case DECTBED_EV_ETHERNET_FRAME:
            on_frame(io, e);
            return true;
        case DECTBED_EV_UDP_RECEIVED:
            on_datagram(io, (const dectbed_ev_udp_received*)e);
            return true;
        case DECTBED_EV_TCP_CONNECTED:
            s = find(io, ((const dectbed_ev_tcp*)e)->socket);
            if (s == NULL) return true;
            s->connected = true;
            rt_give(io->os, &s->changed);
            return true;
        case DECTBED_EV_TCP_RECEIVED:
            on_stream(io, (const dectbed_ev_tcp*)e);
            return true;
        case DECTBED_EV_TCP_CLOSED:
            s = find(io, ((const dectbed_ev_tcp_closed*)e)->socket);
            if (s == NULL) return true;
            s->closed = ((const dectbed_ev_tcp_closed*)e)->reason;
            rt_give(io->os, &s->changed);
            return true;
        case DECTBED_EV_FLASH_DATA:
        case DECTBED_EV_FLASH_DONE:
            return on_flash(io, e);
        case DECTBED_EV_REFUSED:
            if (e->record.token == io->token + 1) return true;
            return on_flash(io, e);
        default:
            return false;
    }
}

void rt_io_init(rt_io* io, rt* os, uint32_t first_socket, uint32_t token) {
    memset(io, 0, sizeof *io);
    io->os = os;
    io->first_socket = first_socket;
    io->token = token;
    rt_semaphore_init(&io->link_changed, 0, 1);
    rt_queue_init(&io->frames, io->frame_buffer, sizeof io->frame_buffer[0], RT_FRAMES);
    rt_mutex_init(&io->flash);
    rt_semaphore_init(&io->flash_done, 0, 1);
    rt_listen(os, on_event, io);
}

/* ---- Ethernet and sockets -------------------------------------------------------------------------------- */

bool rt_link_up(const rt_io* io) { return io->link; }
bool rt_wait_link_change(rt_io* io, uint32_t ms) { return rt_take(io->os, &io->link_changed, ms); }
bool rt_ethernet_receive(rt_io* io, rt_frame* frame, uint32_t ms) { return rt_receive(io->os, &io->frames, frame, ms); }

static rt_socket* open_socket(rt_io* io, bool tcp) {
    for (unsigned i = 0; i < RT_SOCKETS; ++i) {
        rt_socket* s = &io->sockets[i];
        if (s->number != 0) continue;
        s->number = io->first_socket + io->next++ % 1024u;
        s->tcp = tcp;
        s->connected = false;
        s->closed = 0;
        s->stream_octets = 0;
        rt_semaphore_init(&s->changed, 0, 1);
        rt_queue_init(&s->datagrams, s->datagram_buffer, sizeof s->datagram_buffer[0], RT_DATAGRAMS);
        return s;
    }
    return NULL;
}

rt_socket* rt_udp_open(rt_io* io, uint16_t port) {
    rt_socket* s = open_socket(io, false);
    if (s != NULL) socket_request(io, DECTBED_REQ_UDP_OPEN, s->number, 0, port);
    return s;
}

void rt_udp_send(rt_io* io, rt_socket* s, uint32_t address, uint16_t port, const void* data, size_t octets) {
    struct {
        dectbed_req_udp_send udp;
        uint8_t data[UDP_OCTETS_MAX];
    } r;
    if (octets > sizeof r.data) return;
    memset(&r.udp, 0, sizeof r.udp);
    head(&r.udp.record, DECTBED_REQ_UDP_SEND, sizeof r.udp + octets, io->token + 1);
    r.udp.socket = s->number;
    r.udp.address = address;
    r.udp.port = port;
    memcpy(r.data, data, octets);
    rt_request(io->os, &r.udp.record);
}

bool rt_udp_receive(rt_io* io, rt_socket* s, rt_datagram* out, uint32_t ms) {
    return rt_receive(io->os, &s->datagrams, out, ms);
}

rt_socket* rt_tcp_connect(rt_io* io, uint32_t address, uint16_t port, uint32_t ms) {
    rt_socket* s = open_socket(io, true);
    if (s == NULL) return NULL;
    socket_request(io, DECTBED_REQ_TCP_CONNECT, s->number, address, port);
    rt_take(io->os, &s->changed, ms);
    if (s->connected) return s;
    rt_close(io, s);
    return NULL;
}

void rt_tcp_send(rt_io* io, rt_socket* s, const void* data, size_t octets) {
    enum { PART = 1024 };
    struct {
        dectbed_req_tcp_send tcp;
        uint8_t data[PART];
    } r;
    const uint8_t* from = data;
    while (octets > 0) {
        const size_t n = octets < PART ? octets : PART;
        memset(&r.tcp, 0, sizeof r.tcp);
        head(&r.tcp.record, DECTBED_REQ_TCP_SEND, sizeof r.tcp + n, io->token + 1);
        r.tcp.socket = s->number;
        memcpy(r.data, from, n);
        rt_request(io->os, &r.tcp.record);
        from += n;
        octets -= n;
    }
}

int rt_tcp_receive(rt_io* io, rt_socket* s, void* out, size_t octets, uint32_t ms) {
    while (s->stream_octets == 0) {
        if (s->closed != 0) return s->closed == DECTBED_TCP_CLOSED_BY_PEER ? 0 : -1;
        if (!rt_take(io->os, &s->changed, ms)) return -1;
    }
    if (octets > s->stream_octets) octets = s->stream_octets;
    memcpy(out, s->stream, octets);
    s->stream_octets -= (uint32_t)octets;
    memmove(s->stream, s->stream + octets, s->stream_octets);
    return (int)octets;
}

void rt_close(rt_io* io, rt_socket* s) {
    if (!s->tcp) {
        socket_request(io, DECTBED_REQ_UDP_CLOSE, s->number, 0, 0);
    } else if (s->closed == 0) {
        socket_request(io, DECTBED_REQ_TCP_ABORT, s->number, 0, 0);
    }
    s->number = 0;
}

/* ---- flash ----------------------------------------------------------------------------------------------- */

static bool flash(rt_io* io, uint16_t type, uint32_t address, uint32_t length, const void* data, uint32_t octets,
                  void* out) {
    struct {
        dectbed_req_flash flash;
        uint8_t data[FLASH_READ_MAX];
    } r;
    bool done;
    if (octets > sizeof r.data) return false;
    rt_lock(io->os, &io->flash, RT_FOREVER);
    memset(&r.flash, 0, sizeof r.flash);
    head(&r.flash.record, type, sizeof r.flash + octets, io->token);
    r.flash.address = address;
    r.flash.length = length;
    if (octets > 0) memcpy(r.data, data, octets);
    io->flash_token = io->token;
    io->flash_out = out;
    io->flash_octets = length;
    io->flash_done.count = 0;
    rt_request(io->os, &r.flash.record);
    done = rt_take(io->os, &io->flash_done, FLASH_WAIT_MS) && io->flash_status == DECTBED_OK;
    io->flash_token = 0;
    io->flash_out = NULL;
    rt_unlock(io->os, &io->flash);
    return done;
}

bool rt_flash_read(rt_io* io, uint32_t address, void* out, uint32_t octets) {
    uint8_t* to = out;
    while (octets > 0) {
        const uint32_t n = octets < FLASH_READ_MAX ? octets : FLASH_READ_MAX;
        if (!flash(io, DECTBED_REQ_FLASH_READ, address, n, NULL, 0, to)) return false;
        address += n;
        to += n;
        octets -= n;
    }
    return true;
}

bool rt_flash_program(rt_io* io, uint32_t address, const void* data, uint32_t octets) {
    return flash(io, DECTBED_REQ_FLASH_PROGRAM, address, 0, data, octets, NULL);
}

bool rt_flash_erase(rt_io* io, uint32_t address) {
    return flash(io, DECTBED_REQ_FLASH_ERASE, address, 0, NULL, 0, NULL);
}
