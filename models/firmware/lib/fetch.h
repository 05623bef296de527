/* SPDX-License-Identifier: MIT-0
 *
 * One file by its address, whatever the protocol: HTTP and HTTPS by http_client.h, TFTP, FTP and FTPS by clients that
 * are made when they are first needed and know the same TLS and time as the HTTP client. The outcome is told in HTTP's
 * terms, so that an owner has one set of rules: status 404 for a file that is not there, 401 for a refused log-in, 403
 * for what may not be read, 503 for "not now".
 */
#ifndef FW_FETCH_H
#define FW_FETCH_H

#include "ftp_client.h"
#include "http_client.h"
#include "tftp_client.h"
#include "url.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fw_fetch_config {
    uint32_t timer, token; /* of TFTP and FTP */
    uint32_t tftp_sockets; /* FW_TFTP_SOCKETS of them */
    uint32_t ftp_sockets;  /* FW_FTP_SOCKETS of them */
    uint32_t body_octets_max;
} fw_fetch_config;

typedef struct fw_fetch {
    fw_io* io;
    fw_dns_client* dns;
    fw_http_client* http;
    fw_fetch_config config;
    fw_tftp_client* tftp;
    fw_ftp_client* ftp;
    fw_sink sink; /* of TFTP and FTP */
    fw_http_done done;
    void* context;
} fw_fetch;

void fw_fetch_init(fw_fetch* f, fw_io* io, fw_dns_client* dns, fw_http_client* http, const fw_fetch_config* config);
/* Calls back exactly once unless cancelled, possibly from within this call. What is under way is cancelled first. */
void fw_fetch_start(fw_fetch* f, const char* url, fw_http_done done, void* context);
/* The same with the options of http_client.h: TFTP and FTP know the sink, and neither conditions nor HEAD. */
void fw_fetch_get(fw_fetch* f, const char* url, const fw_http_options* options, fw_http_done done, void* context);
void fw_fetch_cancel(fw_fetch* f); /* the HTTP client's exchange too; silent */
void fw_fetch_free(fw_fetch* f);   /* releases memory, posts nothing; leaves the HTTP client alone */
/* Of TFTP and FTP; the HTTP client's events are its own. */
bool fw_fetch_handle(fw_fetch* f, const dectbed_event* event);
/* Whether a file could be fetched from there: a protocol that it knows. */
bool fw_fetch_can(const fw_fetch* f, const char* url);

#ifdef __cplusplus
}
#endif
#endif
