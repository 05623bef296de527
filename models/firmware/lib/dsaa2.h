/* SPDX-License-Identifier: MIT-0
 *
 * Keys and answers of DECT authentication (EN 300 175-7 V2.4.0, 4.5, 5 and Annex L).
 *
 * Keys, codes and the contents of <<RAND>>, <<RS>> and <<RES>> are numbers as EN 300 175-5 sends them: most
 * significant bit first. Bit 0 of a number is its least significant bit (5.1), and bit 0 leads the strings of Annex L;
 * so numbers are turned round on their way into and out of the algorithm. That is the standard to the letter; which
 * way real devices do it is unconfirmed. Only fw_dsaa2_1 and fw_dsaa2_2 speak in Annex L's own strings.
 *
 * DSAA, the first standard algorithm, is given only to members of ETSI. Where a deployment uses it, the model has
 * FW_AUTH_DSAA_STAND_IN: lengths and message flow are DSAA's, and so is the rule that KS' has every second bit of
 * E inverted, but the function is DSAA2 with a constant in place of D3. It does not interoperate with real devices
 * and says nothing about DSAA's strength.
 *
 *   AC, UAK [, UPI] --B1, B2--> K --A11(RS)--> KS  --A12(RAND_F [, RAND_P])--> RES1, DCK
 *                               K --A21(RS)--> KS' --A22(RAND_P [, RAND_F])--> RES2        key allocation: UAK = KS'
 */
#ifndef FW_DSAA2_H
#define FW_DSAA2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    FW_AUTH_KEY_OCTETS = 16, /* K, KS, KS', and the largest UAK and DCK */
    FW_AUTH_CODE_OCTETS = 4,
    FW_AUTH_RAND_OCTETS = 8,
    FW_AUTH_RES_OCTETS = 4,
    FW_AUTH_RS_OCTETS_MAX = 16
};

/* As in <<AUTH-TYPE>> and <<ALLOCATION-TYPE>>: EN 300 175-5, 7.7.4 */
enum fw_auth_algorithm { FW_AUTH_DSAA_STAND_IN = 0x01, FW_AUTH_DSAA2 = 0x02 };

/* Length of RS: 8 or 16 octets. 0: no such algorithm. */
size_t fw_auth_rs_octets(uint8_t algorithm);
/* Length of DCK: 8 or 16 octets. 0: no such algorithm. */
size_t fw_auth_dck_octets(uint8_t algorithm);

/* AC from the 1..8 digits that a person types: a nibble each, right-aligned, filled with F (the coding of GAP;
 * unconfirmed, EN 300 444 was not at hand). False: no digits, too many, or something else than digits. */
bool fw_auth_code_from_digits(const char* digits, uint8_t ac[FW_AUTH_CODE_OCTETS]);

/* B1: AC or UAK, 1..16 octets, repeated to 128 bits. False: another length. */
bool fw_auth_b1(const uint8_t* key, size_t octets, uint8_t k[FW_AUTH_KEY_OCTETS]);
/* B2: UAK and UPI, each 1..16 octets and repeated, added modulo 2. False: another length. */
bool fw_auth_b2(const uint8_t* uak, size_t uak_octets, const uint8_t* upi, size_t upi_octets,
                uint8_t k[FW_AUTH_KEY_OCTETS]);

/* The four processes. rs has fw_auth_rs_octets; dck is a number of fw_auth_dck_octets, the rest of it zeros.
 * In DSAA the stand-in leaves the other side's RAND unused; it may be NULL then. False: no such algorithm. */
bool fw_auth_a11(uint8_t algorithm, const uint8_t k[FW_AUTH_KEY_OCTETS], const uint8_t* rs,
                 uint8_t ks[FW_AUTH_KEY_OCTETS]);
bool fw_auth_a12(uint8_t algorithm, const uint8_t ks[FW_AUTH_KEY_OCTETS], const uint8_t* rand_f, const uint8_t* rand_p,
                 uint8_t res1[FW_AUTH_RES_OCTETS], uint8_t dck[FW_AUTH_KEY_OCTETS]);
bool fw_auth_a21(uint8_t algorithm, const uint8_t k[FW_AUTH_KEY_OCTETS], const uint8_t* rs,
                 uint8_t ks[FW_AUTH_KEY_OCTETS]);
bool fw_auth_a22(uint8_t algorithm, const uint8_t ks[FW_AUTH_KEY_OCTETS], const uint8_t* rand_p, const uint8_t* rand_f,
                 uint8_t res2[FW_AUTH_RES_OCTETS]);

/* --- the algorithm itself: Annex L.2 --- */

/* A bit string of an input, first bit first; bits of the last octet beyond its length are ignored. */
typedef struct fw_dsaa2_input {
    const uint8_t* octets;
    size_t bits;
} fw_dsaa2_input;

/* DSAA2-1: E. d1 up to 128 bits, d2 and d3 up to 64. False: longer, and e is all zeros. */
bool fw_dsaa2_1(fw_dsaa2_input d1, fw_dsaa2_input d2, fw_dsaa2_input d3, uint8_t e[16]);
/* DSAA2-2: tag E1, and the 128 bits from which E2 is cut. False: as above. */
bool fw_dsaa2_2(fw_dsaa2_input d1, fw_dsaa2_input d2, fw_dsaa2_input d3, uint8_t e1[4], uint8_t e2[16]);

#ifdef __cplusplus
}
#endif
#endif
