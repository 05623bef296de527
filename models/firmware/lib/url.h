/* SPDX-License-Identifier: MIT-0
 *
 * Addresses of files and servers as provisioning menus take them:
 *
 *   [<protocol>://[<user>:<password>@]]<host>[:<port>][/<path>]
 *
 * with the protocols tftp, ftp, ftps, http and https, without regard to case. Credentials only behind a protocol; they
 * are taken as they are, without percent-decoding (the password may hold any printable character, an '@' too).
 */
#ifndef FW_URL_H
#define FW_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum fw_protocol {
    FW_PROTOCOL_NONE = 0, /* none was written: the menu's default counts */
    FW_PROTOCOL_TFTP,
    FW_PROTOCOL_FTP,
    FW_PROTOCOL_FTPS, /* FTP over TLS, RFC 4217 */
    FW_PROTOCOL_HTTP,
    FW_PROTOCOL_HTTPS
};
enum { FW_URL_HOST_OCTETS = 128, FW_URL_PATH_OCTETS = 192, FW_URL_CREDENTIAL_OCTETS = 64 };

typedef struct fw_url {
    enum fw_protocol protocol;
    bool has_credentials;
    char user[FW_URL_CREDENTIAL_OCTETS], password[FW_URL_CREDENTIAL_OCTETS];
    char host[FW_URL_HOST_OCTETS]; /* DNS name or dotted quad */
    uint16_t port;                 /* 0: the protocol's usual one */
    char path[FW_URL_PATH_OCTETS]; /* behind the host, with its leading slash; "" without one */
} fw_url;

/* False: not of the grammar above, another protocol, or a part that is too long. */
bool fw_url_parse(const char* text, fw_url* url);
const char* fw_protocol_name(enum fw_protocol protocol); /* "tftp"; "" for none */
uint16_t fw_protocol_port(enum fw_protocol protocol);    /* 69, 21, 21, 80, 443; 0 for none */
/* Whether user and password mean anything to it: not to TFTP. */
bool fw_protocol_has_credentials(enum fw_protocol protocol);

#ifdef __cplusplus
}
#endif
#endif
