/* SPDX-License-Identifier: MIT-0 */
#include "url.h"

#include <string.h>
#include <strings.h>

enum { label_max = 63, port_digits_max = 5 };

static const struct {
    const char* name;
    enum fw_protocol protocol;
    uint16_t port;
} protocols[] = {{"tftp", FW_PROTOCOL_TFTP, 69},
                 {"ftp", FW_PROTOCOL_FTP, 21},
                 {"ftps", FW_PROTOCOL_FTPS, 21}, /* explicit TLS on the usual port (RFC 4217) */
                 {"http", FW_PROTOCOL_HTTP, 80},
                 {"https", FW_PROTOCOL_HTTPS, 443}};
enum { protocol_count = sizeof protocols / sizeof protocols[0] };

const char* fw_protocol_name(enum fw_protocol protocol) {
    for (size_t i = 0; i < protocol_count; ++i) {
        if (protocols[i].protocol == protocol) return protocols[i].name;
    }
    return "";
}

uint16_t fw_protocol_port(enum fw_protocol protocol) {
    for (size_t i = 0; i < protocol_count; ++i) {
        if (protocols[i].protocol == protocol) return protocols[i].port;
    }
    return 0;
}

bool fw_protocol_has_credentials(enum fw_protocol protocol) {
    return protocol != FW_PROTOCOL_TFTP && protocol != FW_PROTOCOL_NONE;
}

static bool copy(char* out, size_t size, const char* from, size_t length) {
    if (length >= size) return false;
    memcpy(out, from, length);
    out[length] = '\0';
    return true;
}

static bool printable(const char* text, size_t length) {
    for (size_t i = 0; i < length; ++i) {
        if (text[i] <= ' ' || text[i] == 0x7F) return false;
    }
    return true;
}

static bool read_host(const char* text, size_t length, char out[FW_URL_HOST_OCTETS]) {
    size_t label = 0;
    for (size_t i = 0; i < length; ++i) {
        const char c = text[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (c == '.') {
            if (label == 0) return false;
            label = 0;
        } else if (!letter && c != '-') {
            return false;
        } else if (++label > label_max) {
            return false;
        }
    }
    return label > 0 && copy(out, FW_URL_HOST_OCTETS, text, length);
}

static bool read_port(const char* text, size_t length, uint16_t* out) {
    uint32_t port = 0;
    if (length == 0 || length > port_digits_max) return false;
    for (size_t i = 0; i < length; ++i) {
        if (text[i] < '0' || text[i] > '9') return false;
        port = port * 10 + (uint32_t)(text[i] - '0');
    }
    *out = (uint16_t)port;
    return port >= 1 && port <= 65535;
}

bool fw_url_parse(const char* text, fw_url* u) {
    memset(u, 0, sizeof *u);
    const char* mark = strstr(text, "://");
    const char* slash = strchr(text, '/');
    if (mark != NULL && slash == mark + 1) {
        for (size_t i = 0; i < protocol_count; ++i) {
            const size_t length = strlen(protocols[i].name);
            if (length == (size_t)(mark - text) && strncasecmp(text, protocols[i].name, length) == 0) {
                u->protocol = protocols[i].protocol;
            }
        }
        if (u->protocol == FW_PROTOCOL_NONE) return false;
        text = mark + 3;
    }
    size_t authority = strcspn(text, "/");
    if (u->protocol != FW_PROTOCOL_NONE) { /* user and password may hold an '@', the host may not */
        size_t at = authority;
        while (at > 0 && text[at - 1] != '@') --at;
        if (at > 0) {
            const char* colon = (const char*)memchr(text, ':', at - 1);
            if (colon == NULL || colon == text || !printable(text, at - 1)) return false;
            const size_t user = (size_t)(colon - text);
            if (!copy(u->user, sizeof u->user, text, user) ||
                !copy(u->password, sizeof u->password, colon + 1, at - 1 - user - 1)) {
                return false;
            }
            u->has_credentials = true;
            text += at;
            authority -= at;
        }
    }
    const char* colon = (const char*)memchr(text, ':', authority);
    const size_t host = colon != NULL ? (size_t)(colon - text) : authority;
    if (!read_host(text, host, u->host)) return false;
    if (colon != NULL && !read_port(colon + 1, authority - host - 1, &u->port)) return false;
    const size_t path = strlen(text + authority);
    return printable(text + authority, path) && copy(u->path, sizeof u->path, text + authority, path);
}
