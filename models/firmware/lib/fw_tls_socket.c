/* SPDX-License-Identifier: MIT-0 */
#include "fw_tls_socket.h"

void fw_tls_socket_init(fw_tls_socket* s, fw_io* io, uint32_t token, uint32_t socket) {
    s->io = io;
    s->token = token;
    s->socket = socket;
    s->tls = NULL;
}

static void flush(fw_tls_socket* s) {
    const uint8_t* data = NULL;
    const uint32_t cpu_us = fw_tls_cpu_us(s->tls);
    if (cpu_us > 0) fw_consume_cpu(s->io, cpu_us);
    const size_t octets = fw_tls_take(s->tls, &data);
    if (octets > 0) fw_tcp_send(s->io, s->token, s->socket, data, octets);
}

bool fw_tls_socket_secure(fw_tls_socket* s, fw_tls_device* device, const char* host, int64_t now_unix) {
    s->tls = fw_tls_open(device, host, now_unix);
    if (s->tls == NULL) return false;
    flush(s);
    return true;
}

void fw_tls_socket_receive(fw_tls_socket* s, const void* data, size_t octets) {
    if (s->tls == NULL) return;
    fw_tls_receive(s->tls, data, octets);
    flush(s);
}

size_t fw_tls_socket_read(fw_tls_socket* s, void* out, size_t room) {
    if (s->tls == NULL) return 0;
    const size_t n = fw_tls_read(s->tls, out, room);
    if (n == 0) flush(s); /* what reading gave it to say */
    return n;
}

enum fw_tls_state fw_tls_socket_state(const fw_tls_socket* s) {
    return s->tls != NULL ? fw_tls_state_of(s->tls) : FW_TLS_OPEN;
}

void fw_tls_socket_send(fw_tls_socket* s, const void* data, size_t octets) {
    if (s->tls == NULL) {
        fw_tcp_send(s->io, s->token, s->socket, data, octets);
    } else if (fw_tls_write(s->tls, data, octets)) {
        flush(s);
    }
}

void fw_tls_socket_forget(fw_tls_socket* s) {
    fw_tls_free(s->tls);
    s->tls = NULL;
}

void fw_tls_socket_close(fw_tls_socket* s) {
    if (s->tls != NULL) {
        fw_tls_finish(s->tls);
        flush(s);
    }
    fw_tcp_close(s->io, s->socket);
    fw_tls_socket_forget(s);
}

void fw_tls_socket_abort(fw_tls_socket* s) {
    fw_tcp_abort(s->io, s->socket);
    fw_tls_socket_forget(s);
}
