/* SPDX-License-Identifier: MIT-0 */
#include "dsaa2.h"

#include <openssl/evp.h>
#include <string.h>

enum { block_octets = 16, half_octets = 8, d1_bits_max = 128, d2_bits_max = 64 };
enum { dsaa_dck_octets = 8, code_digits_max = 2 * FW_AUTH_CODE_OCTETS };

/* D3 of the stand-in, one for each kind of process, as DSAA has none. */
static const uint8_t stand_in_a1[half_octets] = {'n', 'o', 't', ' ', 'D', 'S', 'A', '1'};
static const uint8_t stand_in_a2[half_octets] = {'n', 'o', 't', ' ', 'D', 'S', 'A', '2'};

static bool aes_128(const uint8_t key[block_octets], const uint8_t in[block_octets], uint8_t out[block_octets]) {
    int octets = 0;
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    const bool ok = context && EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), NULL, key, NULL) == 1 &&
                    EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
                    EVP_EncryptUpdate(context, out, &octets, in, block_octets) == 1 && octets == block_octets;
    EVP_CIPHER_CTX_free(context);
    return ok;
}

/* Copies the bits to `to`, which is zero. */
static void put_bits(uint8_t* to, fw_dsaa2_input from) {
    const size_t whole = from.bits / 8, rest = from.bits % 8;
    if (whole > 0) memcpy(to, from.octets, whole);
    if (rest > 0) to[whole] = (uint8_t)(from.octets[whole] & 0xFF00 >> rest);
}

/* The common start of both variants: the AES key and W. */
static bool first_step(fw_dsaa2_input d1, fw_dsaa2_input d2, fw_dsaa2_input d3, uint8_t key[block_octets],
                       uint8_t w[block_octets]) {
    uint8_t block[block_octets] = {0};
    memset(key, 0, block_octets);
    if (d1.bits > d1_bits_max || d2.bits > d2_bits_max || d3.bits > d2_bits_max) return false;
    put_bits(key, d1);
    put_bits(block, d2);
    put_bits(block + half_octets, d3);
    return aes_128(key, block, w);
}

bool fw_dsaa2_1(fw_dsaa2_input d1, fw_dsaa2_input d2, fw_dsaa2_input d3, uint8_t e[16]) {
    uint8_t key[block_octets], w[block_octets];
    if (first_step(d1, d2, d3, key, w) && aes_128(key, w, e)) return true;
    memset(e, 0, block_octets);
    return false;
}

bool fw_dsaa2_2(fw_dsaa2_input d1, fw_dsaa2_input d2, fw_dsaa2_input d3, uint8_t e1[4], uint8_t e2[16]) {
    uint8_t key[block_octets], w[block_octets];
    memset(e1, 0, FW_AUTH_RES_OCTETS);
    memset(e2, 0, block_octets);
    if (!first_step(d1, d2, d3, key, w)) return false;
    memcpy(e1, w, FW_AUTH_RES_OCTETS);
    w[block_octets - 1] ^= 1;
    return aes_128(key, w, e2);
}

size_t fw_auth_rs_octets(uint8_t algorithm) {
    if (algorithm == FW_AUTH_DSAA2) return FW_AUTH_RS_OCTETS_MAX;
    return algorithm == FW_AUTH_DSAA_STAND_IN ? half_octets : 0;
}

size_t fw_auth_dck_octets(uint8_t algorithm) {
    if (algorithm == FW_AUTH_DSAA2) return FW_AUTH_KEY_OCTETS;
    return algorithm == FW_AUTH_DSAA_STAND_IN ? dsaa_dck_octets : 0;
}

bool fw_auth_code_from_digits(const char* digits, uint8_t ac[FW_AUTH_CODE_OCTETS]) {
    const size_t n = strlen(digits);
    memset(ac, 0xFF, FW_AUTH_CODE_OCTETS);
    if (n == 0 || n > code_digits_max) return false;
    for (size_t i = 0; i < n; ++i) {
        const char c = digits[n - 1 - i];
        if (c < '0' || c > '9') {
            memset(ac, 0xFF, FW_AUTH_CODE_OCTETS);
            return false;
        }
        uint8_t* octet = &ac[FW_AUTH_CODE_OCTETS - 1 - i / 2];
        const unsigned nibble = (unsigned)(c - '0');
        *octet = (uint8_t)(i % 2 == 0 ? (*octet & 0xF0) | nibble : (*octet & 0x0F) | nibble << 4);
    }
    return true;
}

bool fw_auth_b1(const uint8_t* key, size_t octets, uint8_t k[FW_AUTH_KEY_OCTETS]) {
    if (octets == 0 || octets > FW_AUTH_KEY_OCTETS) return false;
    for (size_t i = 0; i < FW_AUTH_KEY_OCTETS; ++i) k[i] = key[i % octets];
    return true;
}

bool fw_auth_b2(const uint8_t* uak, size_t uak_octets, const uint8_t* upi, size_t upi_octets,
                uint8_t k[FW_AUTH_KEY_OCTETS]) {
    uint8_t user[FW_AUTH_KEY_OCTETS];
    if (!fw_auth_b1(upi, upi_octets, user) || !fw_auth_b1(uak, uak_octets, k)) return false;
    for (size_t i = 0; i < FW_AUTH_KEY_OCTETS; ++i) k[i] ^= user[i];
    return true;
}

static fw_dsaa2_input input(const uint8_t* octets, size_t n) { return (fw_dsaa2_input){octets, 8 * n}; }

/* A number, most significant bit first, as a string that begins with bit 0; and back. */
static void turn_round(uint8_t* to, const uint8_t* from, size_t octets) {
    for (size_t i = 0; i < octets; ++i) {
        const unsigned x = from[octets - 1 - i];
        unsigned y = 0;
        for (unsigned bit = 0; bit < 8; ++bit) y |= (x >> bit & 1) << (7 - bit);
        to[i] = (uint8_t)y;
    }
}

/* A11 and A21 in DSAA2 are the same function: RS is never used twice. */
static bool session_key(uint8_t algorithm, const uint8_t* k, const uint8_t* rs, uint8_t* ks) {
    uint8_t d1[FW_AUTH_KEY_OCTETS], d2_d3[FW_AUTH_RS_OCTETS_MAX], e[FW_AUTH_KEY_OCTETS];
    const size_t rs_octets = fw_auth_rs_octets(algorithm);
    if (rs_octets == 0) return false;
    turn_round(d1, k, sizeof d1);
    memcpy(d2_d3 + half_octets, stand_in_a1, half_octets);
    turn_round(d2_d3, rs, rs_octets); /* RS1, the lower half of RS128, becomes D2 */
    if (!fw_dsaa2_1(input(d1, sizeof d1), input(d2_d3, half_octets), input(d2_d3 + half_octets, half_octets), e))
        return false;
    turn_round(ks, e, sizeof e);
    return true;
}

static bool answer(uint8_t algorithm, const uint8_t* ks, const uint8_t* challenge, const uint8_t* other, uint8_t* res,
                   uint8_t* dck) {
    uint8_t d1[FW_AUTH_KEY_OCTETS], d2[half_octets], d3[half_octets], e1[FW_AUTH_RES_OCTETS], e2[FW_AUTH_KEY_OCTETS];
    const size_t dck_octets = fw_auth_dck_octets(algorithm);
    if (dck_octets == 0) return false;
    turn_round(d1, ks, sizeof d1);
    turn_round(d2, challenge, sizeof d2);
    if (algorithm == FW_AUTH_DSAA2)
        turn_round(d3, other, sizeof d3);
    else
        memcpy(d3, stand_in_a2, sizeof d3);
    if (!fw_dsaa2_2(input(d1, sizeof d1), input(d2, sizeof d2), input(d3, sizeof d3), e1, e2)) return false;
    turn_round(res, e1, sizeof e1);
    memset(dck, 0, FW_AUTH_KEY_OCTETS);
    turn_round(dck, e2, dck_octets); /* DCK is the string's head, so the lower bits of its number */
    return true;
}

bool fw_auth_a11(uint8_t algorithm, const uint8_t k[FW_AUTH_KEY_OCTETS], const uint8_t* rs,
                 uint8_t ks[FW_AUTH_KEY_OCTETS]) {
    return session_key(algorithm, k, rs, ks);
}

bool fw_auth_a21(uint8_t algorithm, const uint8_t k[FW_AUTH_KEY_OCTETS], const uint8_t* rs,
                 uint8_t ks[FW_AUTH_KEY_OCTETS]) {
    /* With DSAA both directions may use one K and one RS: 5.2.2 keeps KS' apart by inverting the odd bits. */
    if (!session_key(algorithm, k, rs, ks)) return false;
    for (size_t i = 0; algorithm == FW_AUTH_DSAA_STAND_IN && i < FW_AUTH_KEY_OCTETS; ++i) ks[i] ^= 0xAA;
    return true;
}

bool fw_auth_a12(uint8_t algorithm, const uint8_t ks[FW_AUTH_KEY_OCTETS], const uint8_t* rand_f, const uint8_t* rand_p,
                 uint8_t res1[FW_AUTH_RES_OCTETS], uint8_t dck[FW_AUTH_KEY_OCTETS]) {
    return answer(algorithm, ks, rand_f, rand_p, res1, dck);
}

bool fw_auth_a22(uint8_t algorithm, const uint8_t ks[FW_AUTH_KEY_OCTETS], const uint8_t* rand_p, const uint8_t* rand_f,
                 uint8_t res2[FW_AUTH_RES_OCTETS]) {
    uint8_t unused[FW_AUTH_KEY_OCTETS];
    return answer(algorithm, ks, rand_p, rand_f, res2, unused);
}
