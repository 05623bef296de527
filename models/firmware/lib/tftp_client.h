/* SPDX-License-Identifier: MIT-0
 *
 * TFTP client (RFC 1350) with the options blksize, tsize and windowsize (RFC 2348, 2349, 7440): reads one file at a
 * time into memory. A server without options is taken as it is. The answer comes from a port of the server's choice: a
 * translator that lets in nothing from ports that were not asked first keeps it out, and the transfer times out.
 */
#ifndef FW_TFTP_CLIENT_H
#define FW_TFTP_CLIENT_H

#include "dns_client.h"
#include "fw_io.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_TFTP_PORT = 69, FW_TFTP_SOCKETS = 4, FW_TFTP_PATH_OCTETS = 192, FW_TFTP_TEXT_OCTETS = 64 };

enum fw_tftp_error {
    FW_TFTP_OK = 0,
    FW_TFTP_NAME_NOT_FOUND,
    FW_TFTP_NAME_TIMEOUT,
    FW_TFTP_TIMEOUT,
    FW_TFTP_REFUSED,   /* the server's ERROR; see code and text */
    FW_TFTP_MALFORMED, /* options that we did not ask for */
    FW_TFTP_TOO_LARGE,
    FW_TFTP_BAD_PATH
};
const char* fw_tftp_error_text(enum fw_tftp_error error);

typedef struct fw_tftp_result {
    enum fw_tftp_error error;
    uint16_t code; /* 1: file not found */
    char text[FW_TFTP_TEXT_OCTETS];
    const char* body; /* terminated behind its end; valid only during the callback */
    size_t body_octets;
} fw_tftp_result;
typedef void (*fw_tftp_done)(void* context, const fw_tftp_result* result);

typedef struct fw_tftp_config {
    uint32_t timer, token;
    uint32_t socket_first; /* FW_TFTP_SOCKETS of them, used in turn: a fresh port for each transfer */
    uint32_t body_octets_max;
    uint16_t block_octets; /* asked for; 512: the option is not sent */
    uint16_t window;       /* blocks, asked for; 1: the option is not sent */
} fw_tftp_config;

typedef struct fw_tftp_client {
    fw_io* io;
    fw_dns_client* dns;
    fw_tftp_config config;
    enum { FW_TFTP_IDLE, FW_TFTP_RESOLVING, FW_TFTP_ASKING, FW_TFTP_RECEIVING } state;
    int query;
    uint32_t socket, turn, server;
    fw_sink sink;
    uint16_t port, transfer_port; /* of the server; transfer_port 0: it has not answered yet */
    bool plain;                   /* without options: the server refused them */
    uint16_t block_octets, window;
    uint16_t expected; /* block */
    uint16_t unacknowledged;
    bool gap; /* told the server already that something is missing */
    unsigned tries;
    char path[FW_TFTP_PATH_OCTETS];
    char* body;
    size_t octets, capacity;
    fw_tftp_done done;
    void* context;
} fw_tftp_client;

void fw_tftp_init(fw_tftp_client* c, fw_io* io, fw_dns_client* dns, const fw_tftp_config* config);
/* `port` 0: 69. Calls back exactly once unless cancelled, possibly from within this call. A transfer under way is
 * cancelled first. */
void fw_tftp_start(fw_tftp_client* c, const char* host, uint16_t port, const char* path, fw_tftp_done done,
                   void* context);
/* The same; `sink`, if it is not NULL, takes the file with the context of `done`. */
void fw_tftp_get(fw_tftp_client* c, const char* host, uint16_t port, const char* path, fw_sink sink, fw_tftp_done done,
                 void* context);
void fw_tftp_cancel(fw_tftp_client* c); /* silent */
void fw_tftp_free(fw_tftp_client* c);   /* releases memory, posts nothing */
bool fw_tftp_handle(fw_tftp_client* c, const dectbed_event* event);

#ifdef __cplusplus
}
#endif
#endif
