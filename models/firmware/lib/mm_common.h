/* SPDX-License-Identifier: MIT-0
 *
 * Mobility management, what both sides share (EN 300 175-5 V2.7.1, 13 and annex A): timers, events, and one
 * procedure of our own with its message, its timer and its one repetition.
 */
#ifndef FW_MM_COMMON_H
#define FW_MM_COMMON_H

#include "dsaa2.h"
#include "fw_io.h"
#include "nwk_elements.h"

#ifdef __cplusplus
extern "C" {
#endif

/* EN 300 175-5, annex A */
#define FW_MM_ACCESS_1_US (60 * FW_SECOND_US)    /* PT: access rights */
#define FW_MM_ACCESS_2_FT_US (10 * FW_SECOND_US) /* termination begun by the FT */
#define FW_MM_ACCESS_2_PT_US (20 * FW_SECOND_US) /* ... by the PT */
#define FW_MM_AUTH_1_US (10 * FW_SECOND_US)      /* authentication of PT or FT */
#define FW_MM_AUTH_2_US (100 * FW_SECOND_US)     /* of the user: somebody has to type */
#define FW_MM_CIPHER_1_US (10 * FW_SECOND_US)    /* FT */
#define FW_MM_CIPHER_2_US (10 * FW_SECOND_US)    /* PT */
#define FW_MM_IDENT_1_US (10 * FW_SECOND_US)     /* assignment of a temporary identity */
#define FW_MM_IDENT_2_US (10 * FW_SECOND_US)     /* identity request */
#define FW_MM_KEY_1_US (10 * FW_SECOND_US)       /* key allocation */
#define FW_MM_LOCATE_1_US (20 * FW_SECOND_US)    /* PT: location registration */
#define FW_MM_INFO_1_US (5 * FW_SECOND_US)       /* PT: parameter retrieval */

enum fw_mm_what {
    /* at the FT: the PT asks; answer with accept or reject */
    FW_MM_ACCESS_RIGHTS_ASKED, /* identity */
    FW_MM_TERMINATION_ASKED,   /* identity */
    FW_MM_LOCATION_ASKED,      /* identity */
    FW_MM_DETACHED,            /* identity; no answer */
    FW_MM_CIPHERING_SUGGESTED,
    /* at the PT: the FT asks */
    FW_MM_TERMINATED_BY_FT, /* identity; it has been accepted: forget the subscription */
    FW_MM_CHALLENGED,       /* ok: answered; else refused, with reason */
    FW_MM_CIPHERING_ASKED,  /* ok: switch it on (else off); answer with fw_mm_pt_ciphering() */
    FW_MM_LOCATE_SUGGESTED, /* begin location registration */
    FW_MM_USER_KEY_ASKED,   /* the person's UPI is wanted: fw_mm_pt_user_key() */
    FW_MM_IDENTITY_CHANGED, /* tpui */
    /* the end of a procedure of our own: ok, or reason */
    FW_MM_ACCESS_RIGHTS_DONE, /* PT: identity, park, key (NULL: no UAK was allocated) */
    FW_MM_TERMINATION_DONE,
    FW_MM_LOCATION_DONE,       /* PT: tpui (FW_NO_TPUI: none) */
    FW_MM_AUTHENTICATION_DONE, /* FT: of the PT; PT: of the FT */
    FW_MM_USER_AUTHENTICATION_DONE,
    FW_MM_KEY_DONE,      /* FT: key, the UAK */
    FW_MM_IDENTITY_DONE, /* FT: identity */
    FW_MM_TPUI_DONE,     /* FT */
    FW_MM_CIPHERING_DONE
};

#define FW_NO_TPUI 0xFFFFFFFFu

typedef struct fw_mm_event {
    enum fw_mm_what what;
    bool ok;
    uint8_t reason; /* FW_REJECT_* of the peer, FW_REJECT_TIMER_EXPIRY, or FW_REJECT_NONE */
    uint32_t tpui;
    const fw_portable_identity* identity; /* these three live until the call returns */
    const fw_park* park;
    const uint8_t* key; /* FW_AUTH_KEY_OCTETS */
} fw_mm_event;

/* May call any function of its machine; comes from within handle(), timeout() or a function that began something. */
typedef void (*fw_mm_listener)(void* context, const fw_mm_event* event);

/* A message of our own that wants an answer: sent once more when its timer runs out for the first time. */
typedef struct fw_mm_exchange {
    fw_nwk_writer message;
    uint64_t timeout_us;
    uint32_t timer;
    bool waiting, repeated;
} fw_mm_exchange;

typedef struct fw_mm_way {
    fw_io* io;
    uint32_t link, token; /* where messages go, and with which token */
} fw_mm_way;

bool fw_mm_send(fw_mm_way* way, const fw_nwk_writer* message);
void fw_mm_ask(fw_mm_way* way, fw_mm_exchange* x, const fw_nwk_writer* message, uint64_t timeout_us);
/* True: sent once more. False: that was the end. */
bool fw_mm_ask_again(fw_mm_way* way, fw_mm_exchange* x);
void fw_mm_answered(fw_mm_way* way, fw_mm_exchange* x);
/* The peer has a word first: the time to wait begins anew when that is over. */
void fw_mm_wait_on(fw_mm_way* way, const fw_mm_exchange* x);
void fw_mm_reject(fw_mm_way* way, uint8_t type, uint8_t reason);
void fw_mm_random(fw_io* io, uint8_t* out, size_t octets);
/* In constant time: false if one of `octets` differs. */
bool fw_mm_equal(const uint8_t* a, const uint8_t* b, size_t octets);

/* Without identity, key, or TPUI. */
fw_mm_event fw_mm_event_of(enum fw_mm_what what, bool ok, uint8_t reason);

#ifdef __cplusplus
}
#endif
#endif
