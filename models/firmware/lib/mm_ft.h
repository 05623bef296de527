/* SPDX-License-Identifier: MIT-0
 *
 * Mobility management of a fixed part over one link (EN 300 175-5 V2.7.1, 13).
 *
 * One instance a link. Procedures of ours and of the portable part may run side by side, one of each; what the
 * portable part asks for comes as an event and is answered by accept or reject, then or later. A request to
 * prove who we are goes before everything else (13.1).
 *
 *   access rights   ASKED -> allocate_key(AC) -> KEY_DONE -> accept_access_rights() or reject()
 *   location        ASKED -> authenticate(UAK) -> AUTHENTICATION_DONE -> accept_location() -> TPUI_DONE
 *
 * Procedures of ours: authentication of PT and user, key allocation, identity request, temporary identity
 * assignment, ciphering, termination of access rights, suggestion of a location registration.
 */
#ifndef FW_MM_FT_H
#define FW_MM_FT_H

#include "mm_common.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fw_mm_ft_config {
    uint32_t timer;    /* one, of this instance alone */
    uint32_t token;    /* of its messages */
    uint8_t algorithm; /* FW_AUTH_* */
    void* context;
    fw_mm_listener listener;
    /* K by which to prove ourselves to this PT with a key of this type (FW_KEY_*); NULL or false: we have none */
    bool (*key)(void* context, uint8_t key_type, uint8_t k[FW_AUTH_KEY_OCTETS]);
} fw_mm_ft_config;

enum fw_mm_ft_own {
    FW_MM_FT_IDLE,
    FW_MM_FT_AUTHENTICATING,
    FW_MM_FT_AUTHENTICATING_USER,
    FW_MM_FT_ALLOCATING_KEY,
    FW_MM_FT_IDENTIFYING,
    FW_MM_FT_ASSIGNING,
    FW_MM_FT_CIPHERING,
    FW_MM_FT_TERMINATING
};
enum fw_mm_ft_asked {
    FW_MM_FT_NOTHING,
    FW_MM_FT_ACCESS_RIGHTS,
    FW_MM_FT_TERMINATION,
    FW_MM_FT_LOCATION,
    FW_MM_FT_CIPHER_SUGGESTION
};

typedef struct fw_mm_ft {
    fw_mm_way way;
    fw_mm_ft_config config;
    fw_mm_exchange exchange;
    enum fw_mm_ft_own own;
    enum fw_mm_ft_asked asked; /* of us, not answered yet */
    uint8_t algorithm;         /* of the authentication under way; 0: no answer can be right */
    uint8_t k[FW_AUTH_KEY_OCTETS], ks[FW_AUTH_KEY_OCTETS];
    uint8_t rs[FW_AUTH_RS_OCTETS_MAX], rand_f[FW_AUTH_RAND_OCTETS];
    uint8_t dck[FW_AUTH_KEY_OCTETS]; /* of the last successful authentication */
    bool has_dck;
} fw_mm_ft;

void fw_mm_ft_init(fw_mm_ft* mm, fw_io* io, uint32_t link, const fw_mm_ft_config* config);
/* The link is gone: no event follows. */
void fw_mm_ft_stop(fw_mm_ft* mm);

/* Procedures of ours. False: one is under way already. */
/* k NULL: a PT that nobody knows; whatever it answers is wrong (its algorithm is DSAA, which every PT has). */
bool fw_mm_ft_authenticate(fw_mm_ft* mm, uint8_t key_type, const uint8_t* k);
/* The same by the key of its subscription; NULL: nobody's. */
bool fw_mm_ft_authenticate_subscriber(fw_mm_ft* mm, const uint8_t* uak);
/* k is B2 of UAK and UPI. */
bool fw_mm_ft_authenticate_user(fw_mm_ft* mm, const uint8_t k[FW_AUTH_KEY_OCTETS]);
bool fw_mm_ft_allocate_key(fw_mm_ft* mm, const uint8_t ac_k[FW_AUTH_KEY_OCTETS]);
/* The same by the PIN that a person types at the portable part. False, besides: no code can be made of these digits. */
bool fw_mm_ft_allocate_key_by_pin(fw_mm_ft* mm, const char* digits);
bool fw_mm_ft_identify(fw_mm_ft* mm, uint8_t portable_identity_type); /* FW_PORTABLE_* */
bool fw_mm_ft_assign(fw_mm_ft* mm, uint32_t tpui);
bool fw_mm_ft_cipher(fw_mm_ft* mm, bool on, uint8_t cipher_algorithm); /* end it with fw_mm_ft_ciphering() */
void fw_mm_ft_ciphering(fw_mm_ft* mm, bool ok);                        /* what the MAC says of it */
bool fw_mm_ft_terminate(fw_mm_ft* mm, const uint8_t ipui[FW_IPUI_OCTETS]);
void fw_mm_ft_suggest_location(fw_mm_ft* mm);

/* Answers to what was asked; nothing happens if nothing was. */
void fw_mm_ft_accept_access_rights(fw_mm_ft* mm, const uint8_t ipui[FW_IPUI_OCTETS], const fw_park* park);
/* tpui FW_NO_TPUI: none is assigned. */
void fw_mm_ft_accept_location(fw_mm_ft* mm, uint32_t tpui, uint8_t location_area_level);
void fw_mm_ft_accept_termination(fw_mm_ft* mm);
void fw_mm_ft_reject(fw_mm_ft* mm, uint8_t reason);

/* False: no message of these procedures (others of MM, as MM-INFO, are the caller's). */
bool fw_mm_ft_handle(fw_mm_ft* mm, const fw_nwk_message* message);
bool fw_mm_ft_timeout(fw_mm_ft* mm, uint32_t timer);

#ifdef __cplusplus
}
#endif
#endif
