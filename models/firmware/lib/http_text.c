/* SPDX-License-Identifier: MIT-0 */
#include "http_text.h"

#include <http_parser.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { http_port = 80, https_port = 443 };

static void copy_span(char* out, size_t size, const char* from, size_t length) {
    const size_t n = length < size ? length : size - 1;
    memcpy(out, from, n);
    out[n] = '\0';
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 3986, 2.1; false: does not fit, or holds a control character. */
static bool decode_percent(const char* from, size_t length, char* out, size_t size) {
    size_t n = 0;
    for (size_t i = 0; i < length; ++i) {
        char c = from[i];
        if (c == '%') {
            if (i + 2 >= length || hex_value(from[i + 1]) < 0 || hex_value(from[i + 2]) < 0) return false;
            c = (char)(hex_value(from[i + 1]) * 16 + hex_value(from[i + 2]));
            i += 2;
        }
        if ((unsigned char)c < ' ' || n + 1 >= size) return false;
        out[n++] = c;
    }
    out[n] = '\0';
    return true;
}

bool fw_http_split(const char* url, fw_http_address* out) {
    struct http_parser_url parts;
    const size_t length = strlen(url);
    memset(out, 0, sizeof *out);
    http_parser_url_init(&parts);
    if (http_parser_parse_url(url, length, 0, &parts) != 0) return false;
    if (!(parts.field_set & 1 << UF_SCHEMA) || !(parts.field_set & 1 << UF_HOST)) return false;
    const char* scheme = url + parts.field_data[UF_SCHEMA].off;
    const size_t scheme_octets = parts.field_data[UF_SCHEMA].len;
    out->secure = scheme_octets == 5 && strncasecmp(scheme, "https", 5) == 0;
    if (!out->secure && !(scheme_octets == 4 && strncasecmp(scheme, "http", 4) == 0)) return false;
    if (parts.field_data[UF_HOST].len == 0 || parts.field_data[UF_HOST].len >= sizeof out->host) return false;
    copy_span(out->host, sizeof out->host, url + parts.field_data[UF_HOST].off, parts.field_data[UF_HOST].len);
    if (parts.field_set & 1 << UF_USERINFO) {
        const char* info = url + parts.field_data[UF_USERINFO].off;
        const size_t octets = parts.field_data[UF_USERINFO].len;
        const char* colon = (const char*)memchr(info, ':', octets);
        const size_t user_octets = colon != NULL ? (size_t)(colon - info) : octets;
        if (!decode_percent(info, user_octets, out->user, sizeof out->user)) return false;
        if (colon != NULL &&
            !decode_percent(colon + 1, octets - user_octets - 1, out->password, sizeof out->password)) {
            return false;
        }
    }
    out->port = parts.field_set & 1 << UF_PORT ? parts.port : out->secure ? https_port : http_port;
    out->target = "/";
    out->target_octets = 1;
    if (parts.field_set & 1 << UF_PATH) {
        const size_t begin = parts.field_data[UF_PATH].off;
        out->target = url + begin;
        out->target_octets = parts.field_data[UF_PATH].len;
        if (parts.field_set & 1 << UF_QUERY) {
            out->target_octets = parts.field_data[UF_QUERY].off + parts.field_data[UF_QUERY].len - begin;
        }
    }
    return out->port != 0;
}

/* Puts the user and password of `base` into `url` if both lead to the same server and `url` has none. */
static bool keep_user(const char* base, char url[FW_URL_OCTETS]) {
    fw_http_address from, to;
    if (!fw_http_split(base, &from) || !fw_http_split(url, &to)) return true;
    if (from.user[0] == '\0' || to.user[0] != '\0') return true;
    if (strcasecmp(from.host, to.host) != 0 || from.port != to.port || from.secure != to.secure) return true;
    const char* info = strstr(base, "://") + 3;
    const size_t info_octets = (size_t)(strchr(info, '@') - info) + 1;
    const size_t head = (size_t)(strstr(url, "://") - url) + 3, rest = strlen(url + head);
    if (head + info_octets + rest >= FW_URL_OCTETS) return false;
    memmove(url + head + info_octets, url + head, rest + 1);
    memcpy(url + head, info, info_octets);
    return true;
}

static bool resolve(const char* base, const char* location, char out[FW_URL_OCTETS]) {
    size_t used = 0;
    const char* scheme_end = strstr(location, "://");
    if (scheme_end != NULL && strcspn(location, "/?#") > (size_t)(scheme_end - location)) {
        const bool ours = strncasecmp(location, "http://", 7) == 0 || strncasecmp(location, "https://", 8) == 0;
        return ours && fw_append(out, FW_URL_OCTETS, &used, "%s", location);
    }
    const char* authority = strstr(base, "://");
    if (authority == NULL) return false;
    const int scheme_octets = (int)(authority - base);
    authority += 3;
    if (strncmp(location, "//", 2) == 0) {
        return fw_append(out, FW_URL_OCTETS, &used, "%.*s:%s", scheme_octets, base, location);
    }
    const size_t root = (size_t)(authority - base) + strcspn(authority, "/?#");
    if (location[0] == '/') return fw_append(out, FW_URL_OCTETS, &used, "%.*s%s", (int)root, base, location);
    size_t folder = root; /* behind the last slash of the path */
    for (size_t i = root; base[i] != '\0' && base[i] != '?' && base[i] != '#'; ++i) {
        if (base[i] == '/') folder = i + 1;
    }
    return fw_append(out, FW_URL_OCTETS, &used, "%.*s%s%s", (int)folder, base, folder == root ? "/" : "", location);
}

bool fw_http_resolve_location(const char* base, const char* location, char out[FW_URL_OCTETS]) {
    return resolve(base, location, out) && keep_user(base, out);
}

bool fw_http_parse_date(const char* text, int64_t* unix_s) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4];
    unsigned day, year, hour, minute, second;
    if (sscanf(text, "%*3c, %2u %3s %4u %2u:%2u:%2u GMT", &day, month, &year, &hour, &minute, &second) != 6)
        return false;
    const char* at = strstr(months, month);
    if (at == NULL || strlen(month) != 3 || (at - months) % 3 != 0) return false;
    if (day < 1 || day > 31 || year < 1970 || hour > 23 || minute > 59 || second > 60) return false;
    /* days from civil, with the year beginning in March */
    const int m = (int)(at - months) / 3 + 1;
    const int64_t y = (int64_t)year - (m <= 2);
    const int64_t era = y / 400, of_era = y - era * 400;
    const int64_t of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;
    const int64_t days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
    *unix_s = days * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}
