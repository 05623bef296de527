/* SPDX-License-Identifier: MIT-0 */
#include "cc_call.h"

#include <string.h>

#include "nwk_elements.h"

/* <<BASIC-SERVICE>>, 7.6.4: normal call set-up, default service; <<FIXED-IDENTITY>>, 7.7.18: ARI and RPN, 40 bits */
enum { normal_call = 0x80, ari_and_rpn = 0x81, forty_bits = 0x80 | 40 };

void fw_cc_init(fw_cc* cc, fw_io* io, const fw_cc_config* config) {
    memset(cc, 0, sizeof *cc);
    cc->io = io;
    cc->config = *config;
}

static void enter(fw_cc* cc, enum fw_cc_state state, uint64_t timeout_us) {
    cc->state = state;
    if (timeout_us > 0) {
        fw_timer_start(cc->io, cc->config.timer, timeout_us);
    } else {
        fw_timer_stop(cc->io, cc->config.timer);
    }
}

void fw_cc_stop(fw_cc* cc) {
    if (cc->io == NULL || cc->state == FW_CC_NULL) return;
    enter(cc, FW_CC_NULL, 0);
}

/* The portable part began the transaction: what it says has F = 0. */
static void send(fw_cc* cc, uint8_t type, int reason) {
    fw_nwk_writer w;
    fw_nwk_begin(&w, FW_NWK_CC, cc->transaction, !cc->config.portable, type);
    if (reason >= 0) fw_nwk_put_octet(&w, FW_IE_RELEASE_REASON, (uint8_t)reason);
    if (w.ok) fw_nwk_send(cc->io, cc->config.token, cc->link, w.data, w.octets);
}

static void end(fw_cc* cc, uint8_t reason) {
    enter(cc, FW_CC_NULL, 0);
    cc->config.listener(cc->config.context, FW_CC_ENDED, reason);
}

bool fw_cc_setup(fw_cc* cc, uint32_t link, const uint8_t ipui[5], const uint8_t rfpi[5]) {
    if (cc->state != FW_CC_NULL) return false;
    uint8_t identity[7] = {ari_and_rpn, forty_bits, 0, 0, 0, 0, 0};
    memcpy(identity + 2, rfpi, 5);
    fw_nwk_writer w;
    cc->link = link;
    cc->transaction = 0;
    fw_nwk_begin(&w, FW_NWK_CC, cc->transaction, false, FW_CC_SETUP);
    fw_nwk_put_ipui(&w, ipui);
    fw_nwk_put(&w, FW_IE_FIXED_IDENTITY, identity, sizeof identity);
    fw_nwk_put_octet(&w, FW_IE_BASIC_SERVICE, normal_call);
    enter(cc, FW_CC_INITIATED, FW_CC_03_US);
    return fw_nwk_send(cc->io, cc->config.token, link, w.data, w.octets);
}

void fw_cc_accept(fw_cc* cc) {
    if (cc->config.portable || cc->state != FW_CC_INITIATED) return;
    send(cc, FW_CC_CALL_PROC, -1);
    enter(cc, FW_CC_PROCEEDING, FW_CC_04_US);
}

void fw_cc_connect(fw_cc* cc) {
    if (cc->config.portable || cc->state != FW_CC_PROCEEDING) return;
    send(cc, FW_CC_CONNECT, -1);
    enter(cc, FW_CC_ACTIVE, 0);
}

void fw_cc_refuse(fw_cc* cc, uint8_t reason) {
    if (cc->config.portable || cc->state == FW_CC_NULL) return;
    send(cc, FW_CC_RELEASE_COM, reason);
    enter(cc, FW_CC_NULL, 0);
}

void fw_cc_release(fw_cc* cc, uint8_t reason) {
    if (cc->state == FW_CC_NULL || cc->state == FW_CC_RELEASING) return;
    send(cc, FW_CC_RELEASE, reason);
    cc->repeated = false;
    enter(cc, FW_CC_RELEASING, FW_CC_02_US);
}

void fw_cc_wait_on(fw_cc* cc) {
    if (cc->state == FW_CC_INITIATED) fw_timer_start(cc->io, cc->config.timer, FW_CC_03_US);
}

static uint8_t reason_of(const fw_nwk_message* m) {
    uint8_t reason;
    return fw_read_octets(m, FW_IE_RELEASE_REASON, 1, &reason) ? reason : FW_RELEASE_NORMAL;
}

bool fw_cc_handle(fw_cc* cc, uint32_t link, const fw_nwk_message* m) {
    if (m->protocol != FW_NWK_CC) return false;
    /* answer: F = 1, not said by the side that began; ours are the portable part's transactions only */
    if (m->answer != cc->config.portable) return false;
    if (!cc->config.portable && m->type == FW_CC_SETUP && cc->state == FW_CC_NULL) {
        cc->link = link;
        cc->transaction = m->transaction;
        enter(cc, FW_CC_INITIATED, 0);
        cc->config.listener(cc->config.context, FW_CC_ASKED, 0);
        return true;
    }
    if (cc->state == FW_CC_NULL || m->transaction != cc->transaction || link != cc->link) return false;
    switch (m->type) {
        case FW_CC_RELEASE:
            send(cc, FW_CC_RELEASE_COM, -1);
            end(cc, reason_of(m));
            return true;
        case FW_CC_RELEASE_COM:
            end(cc, reason_of(m));
            return true;
        case FW_CC_SETUP_ACK:
        case FW_CC_CALL_PROC:
        case FW_CC_ALERTING:
            if (cc->config.portable && (cc->state == FW_CC_INITIATED || cc->state == FW_CC_PROCEEDING)) {
                enter(cc, FW_CC_PROCEEDING, FW_CC_04_US);
                cc->config.listener(cc->config.context, FW_CC_PROGRESS, 0);
            }
            return true;
        case FW_CC_CONNECT:
            if (cc->config.portable && (cc->state == FW_CC_INITIATED || cc->state == FW_CC_PROCEEDING)) {
                enter(cc, FW_CC_ACTIVE, 0);
                cc->config.listener(cc->config.context, FW_CC_CONNECTED, 0);
            }
            return true;
        default:
            return true; /* of this call, and of no consequence here */
    }
}

bool fw_cc_timeout(fw_cc* cc, uint32_t timer) {
    if (cc->io == NULL || timer != cc->config.timer) return false;
    switch (cc->state) {
        case FW_CC_NULL:
        case FW_CC_ACTIVE:
            return true;
        case FW_CC_INITIATED:
        case FW_CC_PROCEEDING:
            send(cc, FW_CC_RELEASE, FW_RELEASE_TIMER_EXPIRY);
            cc->repeated = false;
            enter(cc, FW_CC_RELEASING, FW_CC_02_US);
            return true;
        case FW_CC_RELEASING:
            if (!cc->repeated) {
                cc->repeated = true;
                send(cc, FW_CC_RELEASE, FW_RELEASE_NORMAL);
                fw_timer_start(cc->io, cc->config.timer, FW_CC_02_US);
            } else {
                end(cc, FW_RELEASE_TIMER_EXPIRY);
            }
            return true;
    }
    return true;
}
