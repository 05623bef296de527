/* SPDX-License-Identifier: MIT-0
 *
 * Where a DECT multicell system pulls the files of its users from (the server never pushes): one file of all users when
 * the system starts, and one of each user when he logs in. The files lie on the general provisioning server, or on a
 * specific one; the address is protocol://server/path/file, the path being relative to the server's root.
 */
#ifndef FW_USER_FILES_H
#define FW_USER_FILES_H

#include "url.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fw_file_source {
    enum fw_protocol protocol; /* TFTP, FTP, FTPS, HTTP, HTTPS */
    char server[FW_URL_HOST_OCTETS];
    uint16_t port;                 /* 0: the usual one */
    char path[FW_URL_PATH_OCTETS]; /* folder, with or without slashes around it; "": the root */
    char user[FW_URL_CREDENTIAL_OCTETS], password[FW_URL_CREDENTIAL_OCTETS];
    bool validates_certificates; /* FTPS and HTTPS: only servers whose certificate verifies */
} fw_file_source;

typedef struct fw_user_file_settings {
    fw_file_source general; /* of the whole system's provisioning; its validation is the system's */
    bool specific_source;   /* "Configure specific source" */
    fw_file_source specific;
    bool system_security; /* "Use provisioning security configuration" */
} fw_user_file_settings;

typedef struct fw_user_file {
    char url[FW_URL_HOST_OCTETS + FW_URL_PATH_OCTETS + 2 * FW_URL_CREDENTIAL_OCTETS + 80];
    bool validates_certificates;
} fw_user_file;

/* `login` NULL: the file of all users, user_common.cfg; else "<login>.cfg". False: no server is set, a protocol that
 * cannot be used, a login that is no file name, or it does not fit. */
bool fw_user_file_locate(const fw_user_file_settings* settings, const char* login, fw_user_file* out);

#ifdef __cplusplus
}
#endif
#endif
