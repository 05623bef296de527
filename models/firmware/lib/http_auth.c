/* SPDX-License-Identifier: MIT-0 */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "http_text.h"

/* --- challenges (RFC 9110, 11.6.1) --- */

static bool is_token(char c) { return c > ' ' && c < 0x7F && strchr("()<>@,;:\\\"/[]?={}", c) == NULL; }

static const char* skip(const char* at, const char* set) { return at + strspn(at, set); }

/* One token or quoted text; what does not fit is cut. */
static const char* read_value(const char* at, char* out, size_t size) {
    size_t n = 0;
    if (*at == '"') {
        for (++at; *at != '\0' && *at != '"'; ++at) {
            if (*at == '\\' && at[1] != '\0') ++at;
            if (n + 1 < size) out[n++] = *at;
        }
        if (*at == '"') ++at;
    } else {
        for (; *at != '\0' && *at != ',' && *at != ' ' && *at != '\t'; ++at) {
            if (n + 1 < size) out[n++] = *at;
        }
    }
    out[n] = '\0';
    return at;
}

static bool offers_auth(const char* list) {
    for (const char* at = list; *at != '\0';) {
        at = skip(at, " \t,");
        const size_t n = strcspn(at, " \t,");
        if (n == 4 && strncasecmp(at, "auth", 4) == 0) return true;
        at += n;
    }
    return false;
}

static void take_better(fw_http_challenge* best, const fw_http_challenge* c) {
    if (c->scheme <= best->scheme) return;
    if (c->scheme != FW_HTTP_BASIC && c->nonce[0] == '\0') return;
    *best = *c;
}

void fw_http_read_challenge(const char* value, fw_http_challenge* c) {
    fw_http_challenge current;
    memset(&current, 0, sizeof current);
    bool digest = false;
    const char* at = skip(value, " \t,");
    while (*at != '\0') {
        char word[32], text[128];
        size_t n = 0;
        const char* begin = at;
        for (; is_token(*at); ++at) {
            if (n + 1 < sizeof word) word[n++] = *at;
        }
        word[n] = '\0';
        if (at == begin) { /* nothing that we know stands here */
            ++at;
            continue;
        }
        const char* next = skip(at, " \t");
        if (*next != '=') { /* a scheme begins */
            take_better(c, &current);
            memset(&current, 0, sizeof current);
            digest = strcasecmp(word, "Digest") == 0;
            current.scheme = digest                           ? FW_HTTP_DIGEST_MD5
                             : strcasecmp(word, "Basic") == 0 ? FW_HTTP_BASIC
                                                              : FW_HTTP_NO_SCHEME;
            at = skip(next, " \t,");
            continue;
        }
        at = read_value(skip(next + 1, " \t"), text, sizeof text);
        if (strcasecmp(word, "realm") == 0) snprintf(current.realm, sizeof current.realm, "%.95s", text);
        if (strcasecmp(word, "nonce") == 0) snprintf(current.nonce, sizeof current.nonce, "%.127s", text);
        if (strcasecmp(word, "opaque") == 0) snprintf(current.opaque, sizeof current.opaque, "%.95s", text);
        if (strcasecmp(word, "stale") == 0) current.stale = strcasecmp(text, "true") == 0;
        if (strcasecmp(word, "qop") == 0) current.qop = offers_auth(text);
        if (digest && strcasecmp(word, "algorithm") == 0) {
            current.scheme = strcasecmp(text, "SHA-256") == 0 ? FW_HTTP_DIGEST_SHA256
                             : strcasecmp(text, "MD5") == 0   ? FW_HTTP_DIGEST_MD5
                                                              : FW_HTTP_NO_SCHEME;
        }
        at = skip(at, " \t,");
    }
    take_better(c, &current);
}

/* --- answers --- */

enum { hash_octets_max = 32, hash_text_octets = 2 * hash_octets_max + 1 };

/* Hash of the texts, joined by colons, in lower-case hexadecimal. */
static bool hash_of(const EVP_MD* kind, const char* const* texts, const size_t* octets, size_t count,
                    char out[hash_text_octets]) {
    static const char digits[] = "0123456789abcdef";
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    bool good = context != NULL && EVP_DigestInit_ex(context, kind, NULL) == 1;
    for (size_t i = 0; i < count; ++i) {
        if (i > 0) good = good && EVP_DigestUpdate(context, ":", 1) == 1;
        good = good && EVP_DigestUpdate(context, texts[i], octets[i]) == 1;
    }
    good = good && EVP_DigestFinal_ex(context, hash, &size) == 1 && size <= hash_octets_max;
    EVP_MD_CTX_free(context);
    for (unsigned i = 0; good && i < size; ++i) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[good ? 2 * size : 0] = '\0';
    return good;
}

static bool hash_texts(const EVP_MD* kind, const char* const* texts, size_t count, char out[hash_text_octets]) {
    size_t octets[8];
    for (size_t i = 0; i < count; ++i) octets[i] = strlen(texts[i]);
    return hash_of(kind, texts, octets, count, out);
}

static bool basic(const char* user, const char* password, char* out, size_t size) {
    char pair[2 * FW_HTTP_USER_OCTETS + 2];
    unsigned char encoded[4 * (sizeof pair / 3 + 1) + 1];
    const int octets = snprintf(pair, sizeof pair, "%s:%s", user, password);
    if (octets < 0 || (size_t)octets >= sizeof pair) return false;
    EVP_EncodeBlock(encoded, (const unsigned char*)pair, octets);
    const int n = snprintf(out, size, "Basic %s", (const char*)encoded);
    return n > 0 && (size_t)n < size;
}

bool fw_http_authorize(fw_http_challenge* c, const char* user, const char* password, const char* method,
                       const char* target, size_t target_octets, const char* cnonce, char* out, size_t size) {
    if (c->scheme == FW_HTTP_NO_SCHEME) return false;
    ++c->uses;
    if (c->scheme == FW_HTTP_BASIC) return basic(user, password, out, size);
    const bool sha = c->scheme == FW_HTTP_DIGEST_SHA256;
    const EVP_MD* kind = sha ? EVP_sha256() : EVP_md5();
    if (strpbrk(user, "\"\\") != NULL || strpbrk(c->realm, "\"\\") != NULL) return false; /* needs escapes */
    char a1[hash_text_octets], a2[hash_text_octets], response[hash_text_octets], count[9];
    snprintf(count, sizeof count, "%08x", c->uses);
    const char* who[] = {user, c->realm, password};
    const char* what[] = {method, target};
    const size_t what_octets[] = {strlen(method), target_octets};
    bool good = hash_texts(kind, who, 3, a1) && hash_of(kind, what, what_octets, 2, a2);
    const char* with_qop[] = {a1, c->nonce, count, cnonce, "auth", a2};
    const char* without[] = {a1, c->nonce, a2};
    good = good && (c->qop ? hash_texts(kind, with_qop, 6, response) : hash_texts(kind, without, 3, response));
    size_t used = 0;
    good = good &&
           fw_append(out, size, &used, "Digest username=\"%s\", realm=\"%s\", uri=\"%.*s\", algorithm=%s, nonce=\"%s\"",
                     user, c->realm, (int)target_octets, target, sha ? "SHA-256" : "MD5", c->nonce);
    if (c->qop) good = good && fw_append(out, size, &used, ", nc=%s, cnonce=\"%s\", qop=auth", count, cnonce);
    good = good && fw_append(out, size, &used, ", response=\"%s\"", response);
    if (c->opaque[0] != '\0') good = good && fw_append(out, size, &used, ", opaque=\"%s\"", c->opaque);
    return good;
}
