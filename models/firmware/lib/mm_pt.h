/* SPDX-License-Identifier: MIT-0
 *
 * Mobility management of a portable part over its one link (EN 300 175-5 V2.7.1, 13).
 *
 * One procedure of ours at a time; what the fixed part asks is answered beside it, and the time that ours may take
 * begins anew after each answer (13.1). Key allocation ends in our own authentication of the fixed part: a UAK
 * counts only if the fixed part proved that it knows the AC too.
 *
 *   obtain   ACCESS-RIGHTS-REQUEST -> (KEY-ALLOCATE, AUTH-REQUEST with RES, AUTH-REPLY) -> ACCESS-RIGHTS-ACCEPT
 *   locate   LOCATE-REQUEST -> (AUTH-REQUEST, AUTH-REPLY) -> LOCATE-ACCEPT -> TEMPORARY-IDENTITY-ASSIGN-ACK
 */
#ifndef FW_MM_PT_H
#define FW_MM_PT_H

#include "mm_common.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fw_mm_pt_config {
    uint32_t timer; /* this and the next number, of this instance alone */
    uint32_t token; /* of its messages */
    uint8_t ipui[FW_IPUI_OCTETS];
    void* context;
    fw_mm_listener listener;
} fw_mm_pt_config;

/* What we can prove ourselves with: each a K, that is B1 or B2 of the key. */
typedef struct fw_mm_pt_keys {
    bool has_uak, has_ac;
    uint8_t uak[FW_AUTH_KEY_OCTETS], ac[FW_AUTH_KEY_OCTETS];
} fw_mm_pt_keys;

enum fw_mm_pt_own {
    FW_MM_PT_IDLE,
    FW_MM_PT_OBTAINING,
    FW_MM_PT_TERMINATING,
    FW_MM_PT_LOCATING,
    FW_MM_PT_AUTHENTICATING,
    FW_MM_PT_SUGGESTING_CIPHER
};

typedef struct fw_mm_pt {
    fw_mm_way way;
    fw_mm_pt_config config;
    fw_mm_pt_keys keys;
    fw_mm_exchange exchange; /* of the procedure of ours */
    fw_mm_exchange proof;    /* within a key allocation: the fixed part is to prove itself */
    enum fw_mm_pt_own own;
    bool new_uak;                                                /* allocated in this procedure */
    uint8_t algorithm, key_type;                                 /* of our authentication of the FT */
    uint8_t rand_p[FW_AUTH_RAND_OCTETS], ks[FW_AUTH_KEY_OCTETS]; /* ks: KS' of a key allocation */
    uint8_t rand_f[FW_AUTH_RAND_OCTETS], user_rand_f[FW_AUTH_RAND_OCTETS];
    uint8_t user_rs[FW_AUTH_RS_OCTETS_MAX], user_algorithm; /* a user authentication that waits for the UPI; 0: none */
    uint8_t dck[FW_AUTH_KEY_OCTETS];
    bool has_dck, wrong_ac; /* wrong_ac: the fixed part did not prove that it knows our AC */
    uint32_t tpui;          /* FW_NO_TPUI: none assigned */
} fw_mm_pt;

void fw_mm_pt_init(fw_mm_pt* mm, fw_io* io, const fw_mm_pt_config* config);
/* A link is there: from now on messages go to it. */
void fw_mm_pt_start(fw_mm_pt* mm, uint32_t link);
/* The link is gone: whatever was under way is forgotten, and no event follows. */
void fw_mm_pt_stop(fw_mm_pt* mm);

/* Procedures of ours. False: one is under way, there is no link, or there is no such key. */
bool fw_mm_pt_obtain(fw_mm_pt* mm); /* needs keys.ac */
bool fw_mm_pt_terminate(fw_mm_pt* mm);
bool fw_mm_pt_locate(fw_mm_pt* mm);
bool fw_mm_pt_authenticate(fw_mm_pt* mm, uint8_t algorithm, uint8_t key_type);
bool fw_mm_pt_suggest_cipher(fw_mm_pt* mm, bool on, uint8_t cipher_algorithm);
void fw_mm_pt_detach(fw_mm_pt* mm); /* nobody answers */
/* Answer to CIPHERING_ASKED. Refused: CIPHER-REJECT with this reason. */
void fw_mm_pt_ciphering(fw_mm_pt* mm, bool ok, uint8_t reason);
/* Answer to USER_KEY_ASKED: upi is of 1..16 octets; NULL: the person gave none. */
void fw_mm_pt_user_key(fw_mm_pt* mm, const uint8_t* upi, size_t octets);

/* False: no message of these procedures. */
bool fw_mm_pt_handle(fw_mm_pt* mm, const fw_nwk_message* message);
bool fw_mm_pt_timeout(fw_mm_pt* mm, uint32_t timer);

#ifdef __cplusplus
}
#endif
#endif
