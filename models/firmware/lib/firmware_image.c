/* SPDX-License-Identifier: MIT-0 */
#include "firmware_image.h"

#include <openssl/evp.h>
#include <string.h>

static const uint8_t magic[8] = {'D', 'B', 'F', 'W', 1, 0, 0, 0};
enum { size_at = 8, model_at = 12, version_at = 36 };

void fw_image_free(fw_image_check* c) {
    EVP_MD_CTX_free((EVP_MD_CTX*)c->hash);
    c->hash = NULL;
}

void fw_image_begin(fw_image_check* c) {
    fw_image_free(c);
    memset(c, 0, sizeof *c);
    EVP_MD_CTX* hash = EVP_MD_CTX_new();
    c->broken = hash == NULL || EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1;
    c->hash = hash;
}

/* A field that is filled with zeros says just this text. */
static bool says(const uint8_t* field, size_t size, const char* text) {
    const size_t n = strnlen(text, size + 1);
    if (n > size || memcmp(field, text, n) != 0) return false;
    for (size_t i = n; i < size; ++i) {
        if (field[i] != 0) return false;
    }
    return true;
}

static bool read_head(fw_image_check* c, const char* model, const char* version) {
    const uint8_t* p = c->head + size_at;
    c->content = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    return memcmp(c->head, magic, sizeof magic) == 0 && c->content <= FW_IMAGE_CONTENT_MAX &&
           says(c->head + model_at, FW_IMAGE_MODEL_OCTETS, model) &&
           says(c->head + version_at, FW_IMAGE_VERSION_OCTETS, version);
}

bool fw_image_take(fw_image_check* c, const char* model, const char* version, const void* data, size_t octets) {
    const uint8_t* p = (const uint8_t*)data;
    while (octets > 0 && !c->broken) {
        size_t n = octets;
        const uint64_t signed_octets = FW_IMAGE_HEAD_OCTETS + (uint64_t)c->content;
        if (c->octets < FW_IMAGE_HEAD_OCTETS) {
            const size_t room = FW_IMAGE_HEAD_OCTETS - (size_t)c->octets;
            if (n > room) n = room;
            memcpy(c->head + c->octets, p, n);
        } else if (c->octets < signed_octets) {
            if (n > signed_octets - c->octets) n = (size_t)(signed_octets - c->octets);
        } else {
            const size_t at = (size_t)(c->octets - signed_octets);
            if (n > FW_IMAGE_DIGEST_OCTETS - at) { /* something behind its end */
                c->broken = true;
                break;
            }
            memcpy(c->digest + at, p, n);
        }
        if (c->octets < signed_octets) c->broken = EVP_DigestUpdate((EVP_MD_CTX*)c->hash, p, n) != 1;
        c->octets += n;
        p += n;
        octets -= n;
        if (c->octets == FW_IMAGE_HEAD_OCTETS && c->content == 0) c->broken |= !read_head(c, model, version);
    }
    return !c->broken;
}

bool fw_image_good(fw_image_check* c) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    const uint64_t whole = FW_IMAGE_HEAD_OCTETS + (uint64_t)c->content + FW_IMAGE_DIGEST_OCTETS;
    if (c->hash == NULL || c->broken || c->octets != whole) return false;
    c->broken = true; /* it cannot be asked twice */
    return EVP_DigestFinal_ex((EVP_MD_CTX*)c->hash, digest, &size) == 1 && size == sizeof c->digest &&
           memcmp(digest, c->digest, size) == 0;
}
