/* SPDX-License-Identifier: MIT-0 */
#include "digest_auth.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fw_io.h"

enum { hash_octets_max = 32, input_octets_max = 1024, name_octets = 16 };

/* --- challenge --- */

static const char* skip_space(const char* p) {
    while (*p == ' ' || *p == '\t') ++p;
    return p;
}

/* One auth-param: name, and value without its quotes. NULL: not one. Else what follows it. Escapes stay
 * as they are: what is hashed and sent back is what came. */
static const char* read_parameter(const char* p, char name[name_octets], char* value, size_t size) {
    const size_t length = strcspn(p, " \t=,\"");
    if (length == 0) return NULL;
    const size_t kept = length < name_octets ? length : name_octets - 1; /* a longer name is none of ours */
    memcpy(name, p, kept);
    name[kept] = '\0';
    p = skip_space(p + length);
    if (*p != '=') return NULL;
    p = skip_space(p + 1);
    size_t used = 0;
    const bool quoted = *p == '"';
    if (quoted) ++p;
    for (; *p != '\0' && (quoted ? *p != '"' : strchr(" \t,", *p) == NULL); ++p) {
        if (used + 2 >= size) return NULL;
        if (quoted && *p == '\\' && p[1] != '\0') value[used++] = *p++;
        value[used++] = *p;
    }
    value[used] = '\0';
    if (quoted && *p++ != '"') return NULL;
    return skip_space(p);
}

static bool lists(const char* list, const char* wanted) {
    const size_t length = strlen(wanted);
    while (*list != '\0') {
        list += strspn(list, " \t,");
        const size_t n = strcspn(list, " \t,");
        if (n == length && strncasecmp(list, wanted, n) == 0) return true;
        list += n;
    }
    return false;
}

bool fw_digest_read_challenge(const char* value, fw_digest_challenge* c) {
    char name[name_octets], text[FW_DIGEST_TEXT_OCTETS];
    bool realm = false, usable = true;
    memset(c, 0, sizeof *c);
    c->algorithm = FW_DIGEST_MD5;
    value = skip_space(value);
    if (strncasecmp(value, "Digest", 6) != 0 || (value[6] != ' ' && value[6] != '\t')) return false;
    for (const char* p = skip_space(value + 6); *p != '\0';) {
        if (*p == ',') {
            p = skip_space(p + 1);
            continue;
        }
        p = read_parameter(p, name, text, sizeof text);
        if (p == NULL) return false;
        if (strcasecmp(name, "realm") == 0) {
            realm = true;
            memcpy(c->realm, text, sizeof text);
        } else if (strcasecmp(name, "nonce") == 0) {
            memcpy(c->nonce, text, sizeof text);
        } else if (strcasecmp(name, "opaque") == 0) {
            c->has_opaque = true;
            memcpy(c->opaque, text, sizeof text);
        } else if (strcasecmp(name, "stale") == 0) {
            c->stale = strcasecmp(text, "true") == 0;
        } else if (strcasecmp(name, "algorithm") == 0) {
            c->algorithm_named = true;
            c->algorithm = strcasecmp(text, "SHA-256") == 0 ? FW_DIGEST_SHA256 : FW_DIGEST_MD5;
            usable = usable && (c->algorithm == FW_DIGEST_SHA256 || strcasecmp(text, "MD5") == 0);
        } else if (strcasecmp(name, "qop") == 0) {
            c->qop_auth = lists(text, "auth");
            usable = usable && c->qop_auth;
        }
    }
    return usable && realm && c->nonce[0] != '\0';
}

/* --- credentials --- */

static bool hash(enum fw_digest_algorithm algorithm, const char* text, size_t octets,
                 char out[FW_DIGEST_RESPONSE_OCTETS]) {
    uint8_t digest[hash_octets_max];
    unsigned size = 0;
    const EVP_MD* function = algorithm == FW_DIGEST_SHA256 ? EVP_sha256() : EVP_md5();
    if (EVP_Digest(text, octets, digest, &size, function, NULL) != 1 || size > sizeof digest) return false;
    for (unsigned i = 0; i < size; ++i) snprintf(out + 2 * i, 3, "%02x", digest[i]);
    return true;
}

bool fw_digest_response(const fw_digest_challenge* c, const fw_digest_request* r, char out[FW_DIGEST_RESPONSE_OCTETS]) {
    char input[input_octets_max], secret[FW_DIGEST_RESPONSE_OCTETS], message[FW_DIGEST_RESPONSE_OCTETS];
    size_t used = 0;
    if (!fw_append(input, sizeof input, &used, "%s:%s:%s", r->user, c->realm, r->password) ||
        !hash(c->algorithm, input, used, secret)) {
        return false;
    }
    used = 0;
    if (!fw_append(input, sizeof input, &used, "%s:%s", r->method, r->uri) ||
        !hash(c->algorithm, input, used, message)) {
        return false;
    }
    used = 0;
    const bool fits = c->qop_auth ? fw_append(input, sizeof input, &used, "%s:%s:%08x:%s:auth:%s", secret, c->nonce,
                                              r->nc, r->cnonce, message)
                                  : fw_append(input, sizeof input, &used, "%s:%s:%s", secret, c->nonce, message);
    return fits && hash(c->algorithm, input, used, out);
}

size_t fw_digest_write(char* out, size_t size, const fw_digest_challenge* c, const fw_digest_request* r) {
    char response[FW_DIGEST_RESPONSE_OCTETS];
    size_t used = 0;
    if (strpbrk(r->user, "\"\\\r\n") != NULL || strpbrk(r->uri, "\"\\\r\n") != NULL) return 0;
    if (!fw_digest_response(c, r, response)) return 0;
    bool fits =
        fw_append(out, size, &used, "Digest username=\"%s\",realm=\"%s\",nonce=\"%s\",uri=\"%s\",response=\"%s\"",
                  r->user, c->realm, c->nonce, r->uri, response);
    if (fits && c->algorithm_named) {
        fits = fw_append(out, size, &used, ",algorithm=%s", c->algorithm == FW_DIGEST_SHA256 ? "SHA-256" : "MD5");
    }
    if (fits && c->has_opaque) fits = fw_append(out, size, &used, ",opaque=\"%s\"", c->opaque);
    if (fits && c->qop_auth) {
        fits = fw_append(out, size, &used, ",qop=auth,nc=%08x,cnonce=\"%s\"", r->nc, r->cnonce);
    }
    return fits ? used : 0;
}
