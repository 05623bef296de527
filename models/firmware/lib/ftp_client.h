/* SPDX-License-Identifier: MIT-0
 *
 * FTP client (RFC 959): reads one file at a time, in passive mode (EPSV of RFC 2428, else PASV), as image; under TLS,
 * too: explicit, with private data connections (AUTH TLS, PBSZ 0, PROT P of RFC 4217), and never in the clear if the
 * server does not want to. The data connection goes to the server that was asked, whatever address PASV names: behind a
 * translator that one may be wrong, and a hostile server could name anybody's.
 */
#ifndef FW_FTP_CLIENT_H
#define FW_FTP_CLIENT_H

#include "dns_client.h"
#include "fw_io.h"
#include "fw_tls_socket.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_FTP_PORT = 21, FW_FTP_SOCKETS = 8, FW_FTP_PATH_OCTETS = 192, FW_FTP_CREDENTIAL_OCTETS = 64 };
enum { FW_FTP_LINE_OCTETS = 256 };

enum fw_ftp_error {
    FW_FTP_OK = 0,
    FW_FTP_NAME_NOT_FOUND,
    FW_FTP_NAME_TIMEOUT,
    FW_FTP_CONNECT_FAILED,
    FW_FTP_TIMEOUT,
    FW_FTP_REFUSED, /* by a reply; see code */
    FW_FTP_CLOSED_EARLY,
    FW_FTP_MALFORMED,
    FW_FTP_TOO_LARGE,
    FW_FTP_BAD_PATH,
    FW_FTP_TLS_FAILED /* see detail */
};
const char* fw_ftp_error_text(enum fw_ftp_error error);

typedef struct fw_ftp_result {
    enum fw_ftp_error error;
    unsigned code;    /* of the reply that ended it: 550 no such file, 530 not logged in, 450 not now */
    const char* body; /* terminated behind its end; valid only during the callback */
    size_t body_octets;
    const char* detail; /* why TLS failed, or "" */
} fw_ftp_result;
typedef void (*fw_ftp_done)(void* context, const fw_ftp_result* result);

typedef struct fw_ftp_config {
    uint32_t timer, token;
    uint32_t socket_first; /* FW_FTP_SOCKETS of them, used in turn so that no late event is mistaken */
    uint32_t body_octets_max;
    fw_tls_device* tls;                 /* NULL: no TLS */
    int64_t (*now_unix)(void* context); /* wall clock for certificates; NULL or FW_TLS_CLOCK_UNKNOWN: not known */
    void* context;                      /* of now_unix */
} fw_ftp_config;

/* Of one transfer; all zero: plain FTP into memory. */
typedef struct fw_ftp_options {
    bool secure;
    fw_sink sink; /* with the context of `done`; NULL: the file is collected */
} fw_ftp_options;

typedef struct fw_ftp_client {
    fw_io* io;
    fw_dns_client* dns;
    fw_ftp_config config;
    enum {
        FW_FTP_IDLE,
        FW_FTP_RESOLVING,
        FW_FTP_PREPARING, /* TLS reads what the factory wrote */
        FW_FTP_CONNECTING,
        FW_FTP_GREETING, /* each of these waits for the reply to what its name says */
        FW_FTP_AUTH,
        FW_FTP_SECURING, /* the handshake */
        FW_FTP_PBSZ,
        FW_FTP_PROT,
        FW_FTP_USER,
        FW_FTP_PASS,
        FW_FTP_TYPE,
        FW_FTP_EPSV,
        FW_FTP_PASV,
        FW_FTP_OPENING, /* of the data connection */
        FW_FTP_RETR
    } state;
    int query;
    uint32_t control, data, turn, server; /* sockets, 0: none */
    uint16_t port;
    bool begun;         /* 150 or 125 came */
    bool data_done;     /* the server has closed the data connection */
    bool complete;      /* 226 or 250 came */
    unsigned multiline; /* code of a reply of several lines under way; 0: none */
    char user[FW_FTP_CREDENTIAL_OCTETS], password[FW_FTP_CREDENTIAL_OCTETS];
    char path[FW_FTP_PATH_OCTETS], line[FW_FTP_LINE_OCTETS];
    size_t line_octets;
    char* body;
    size_t octets, capacity;
    fw_ftp_options options;
    fw_tls_socket control_wire, data_wire;
    char host[FW_TLS_NAME_OCTETS], detail[96];
    fw_ftp_done done;
    void* context;
} fw_ftp_client;

void fw_ftp_init(fw_ftp_client* c, fw_io* io, fw_dns_client* dns, const fw_ftp_config* config);
/* `port` 0: 21; user "": anonymous. `path` is relative to where the log-in leads (RFC 1738, 3.2.2). Calls back exactly
 * once unless cancelled, possibly from within this call. A transfer under way is cancelled first. */
void fw_ftp_start(fw_ftp_client* c, const char* host, uint16_t port, const char* user, const char* password,
                  const char* path, fw_ftp_done done, void* context);
void fw_ftp_get(fw_ftp_client* c, const char* host, uint16_t port, const char* user, const char* password,
                const char* path, const fw_ftp_options* options, fw_ftp_done done, void* context);
void fw_ftp_cancel(fw_ftp_client* c); /* silent */
void fw_ftp_free(fw_ftp_client* c);   /* releases memory, posts nothing */
bool fw_ftp_handle(fw_ftp_client* c, const dectbed_event* event);

/* "227 Entering Passive Mode (192,0,2,1,195,80)" and "229 Entering Extended Passive Mode (|||50000|)": the port; false:
 * none that can be used. */
bool fw_ftp_read_passive(const char* line, uint16_t* port);
bool fw_ftp_read_extended_passive(const char* line, uint16_t* port);

#ifdef __cplusplus
}
#endif
#endif
