/* SPDX-License-Identifier: MIT-0
 *
 * A TCP socket with or without TLS over it, for clients whose protocol is a stream: fw_tls.h between fw_tcp_* and them.
 * The owner opens the TCP connection and hands on what its events bring.
 */
#ifndef FW_TLS_SOCKET_H
#define FW_TLS_SOCKET_H

#include "fw_io.h"
#include "fw_tls.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fw_tls_socket {
    fw_io* io;
    uint32_t token, socket;
    fw_tls* tls; /* NULL: plain TCP */
} fw_tls_socket;

/* Of a connection that is there: plain from now on. */
void fw_tls_socket_init(fw_tls_socket* s, fw_io* io, uint32_t token, uint32_t socket);
/* Begins a handshake on it; `host` is whom the certificate must name. False: no memory. */
bool fw_tls_socket_secure(fw_tls_socket* s, fw_tls_device* device, const char* host, int64_t now_unix);
/* Octets from the wire, and what TLS has to say to them. Then read until 0, then look at the state. */
void fw_tls_socket_receive(fw_tls_socket* s, const void* data, size_t octets);
size_t fw_tls_socket_read(fw_tls_socket* s, void* out, size_t room);
enum fw_tls_state fw_tls_socket_state(const fw_tls_socket* s); /* FW_TLS_OPEN without TLS */
void fw_tls_socket_send(fw_tls_socket* s, const void* data, size_t octets);
/* Says farewell, if TLS is there, and closes behind everything sent; the socket is of no more use. */
void fw_tls_socket_close(fw_tls_socket* s);
void fw_tls_socket_abort(fw_tls_socket* s);
/* Releases memory, posts nothing: the connection is gone already. */
void fw_tls_socket_forget(fw_tls_socket* s);

#ifdef __cplusplus
}
#endif
#endif
