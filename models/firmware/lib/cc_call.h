/* SPDX-License-Identifier: MIT-0
 *
 * One call, as far as signalling goes: set-up by the portable part and release by either side (EN 300 175-5
 * V2.7.1, 9). The same machine serves both sides; states carry the standard's numbers, T at the portable and
 * F at the fixed part.
 *
 *   PT   null(T-00) -> initiated(T-01) -> proceeding(T-03) -> active(T-10) -> releasing(T-19) -> null
 *   FT   null(F-00) -> initiated(F-01) -> proceeding(F-03) -> active(F-10) -> releasing(F-19) -> null
 *
 * There is no transfer of keys or speech: overlap sending, alerting of a called portable part and the U-plane
 * are not here.
 */
#ifndef FW_CC_CALL_H
#define FW_CC_CALL_H

#include "fw_io.h"
#include "nwk.h"

#ifdef __cplusplus
extern "C" {
#endif

/* EN 300 175-5, annex A */
#define FW_CC_02_US (36 * FW_SECOND_US)  /* release */
#define FW_CC_03_US (20 * FW_SECOND_US)  /* set-up */
#define FW_CC_04_US (100 * FW_SECOND_US) /* completion */

enum fw_cc_state { FW_CC_NULL, FW_CC_INITIATED, FW_CC_PROCEEDING, FW_CC_ACTIVE, FW_CC_RELEASING };

enum fw_cc_what {
    FW_CC_ASKED,     /* FT: a set-up; answer with fw_cc_accept() or fw_cc_refuse() */
    FW_CC_PROGRESS,  /* PT: the network is at it */
    FW_CC_CONNECTED, /* PT */
    FW_CC_ENDED      /* reason: of the peer, or FW_RELEASE_TIMER_EXPIRY */
};
enum { FW_RELEASE_TIMER_EXPIRY = 0x03 };

typedef void (*fw_cc_listener)(void* context, enum fw_cc_what what, uint8_t reason);

typedef struct fw_cc_config {
    uint32_t timer; /* of this instance alone */
    uint32_t token;
    bool portable; /* which side this is */
    void* context;
    fw_cc_listener listener;
} fw_cc_config;

typedef struct fw_cc {
    fw_io* io;
    fw_cc_config config;
    enum fw_cc_state state;
    uint32_t link;
    uint8_t transaction;
    bool repeated; /* RELEASE: once more at the first expiry */
} fw_cc;

void fw_cc_init(fw_cc* cc, fw_io* io, const fw_cc_config* config);
/* The link is gone: no event follows. */
void fw_cc_stop(fw_cc* cc);

/* PT: CC-SETUP with our identity, the fixed part's and a normal call. False: a call is there already. */
bool fw_cc_setup(fw_cc* cc, uint32_t link, const uint8_t ipui[5], const uint8_t rfpi[5]);
/* FT: CC-CALL-PROC; then fw_cc_connect() or fw_cc_release(). */
void fw_cc_accept(fw_cc* cc);
void fw_cc_connect(fw_cc* cc);
/* FT, of a set-up that is not accepted: CC-RELEASE-COM. ENDED does not follow. */
void fw_cc_refuse(fw_cc* cc, uint8_t reason);
/* Either side: CC-RELEASE, and ENDED once the peer has answered or CC.02 ran out twice. */
void fw_cc_release(fw_cc* cc, uint8_t reason);
/* Somebody else's business (as an authentication) takes its time: CC.03 begins anew. */
void fw_cc_wait_on(fw_cc* cc);

/* False: no CC message, or one of another transaction that the caller has to refuse. */
bool fw_cc_handle(fw_cc* cc, uint32_t link, const fw_nwk_message* message);
bool fw_cc_timeout(fw_cc* cc, uint32_t timer);

#ifdef __cplusplus
}
#endif
#endif
