/* SPDX-License-Identifier: MIT-0 */
#include "user_files.h"

#include <string.h>

#include "fw_io.h"

enum { login_octets_max = 32 };

static bool is_file_name(const char* login) {
    const size_t length = strnlen(login, login_octets_max + 1);
    if (length == 0 || length > login_octets_max || login[0] == '.') return false;
    return strspn(login, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.*#+") == length;
}

bool fw_user_file_locate(const fw_user_file_settings* settings, const char* login, fw_user_file* out) {
    const fw_file_source* source = settings->specific_source ? &settings->specific : &settings->general;
    const bool secure = source->protocol == FW_PROTOCOL_FTPS || source->protocol == FW_PROTOCOL_HTTPS;
    size_t used = 0, from = 0, length = strlen(source->path);
    fw_url parsed;
    memset(out, 0, sizeof *out);
    if (fw_protocol_port(source->protocol) == 0 || source->server[0] == '\0') return false;
    if (login != NULL && !is_file_name(login)) return false;
    while (from < length && source->path[from] == '/') ++from;
    while (length > from && source->path[length - 1] == '/') --length;
    bool fits = fw_append(out->url, sizeof out->url, &used, "%s://", fw_protocol_name(source->protocol));
    if (fits && fw_protocol_has_credentials(source->protocol) && source->user[0] != '\0') {
        fits = fw_append(out->url, sizeof out->url, &used, "%s:%s@", source->user, source->password);
    }
    fits = fits && fw_append(out->url, sizeof out->url, &used, "%s", source->server);
    if (fits && source->port != 0) fits = fw_append(out->url, sizeof out->url, &used, ":%u", source->port);
    if (fits && length > from) {
        fits = fw_append(out->url, sizeof out->url, &used, "/%.*s", (int)(length - from), source->path + from);
    }
    fits = fits && fw_append(out->url, sizeof out->url, &used, "/%s.cfg", login != NULL ? login : "user_common");
    /* A source of its own decides for itself, unless it is told to do as the system does. */
    const bool as_system = !settings->specific_source || settings->system_security;
    out->validates_certificates =
        secure && (as_system ? settings->general.validates_certificates : source->validates_certificates);
    return fits && fw_url_parse(out->url, &parsed);
}
