/* SPDX-License-Identifier: MIT-0 */
#include "mm_ft.h"

#include <string.h>

static void tell(fw_mm_ft* mm, const fw_mm_event* e) {
    if (mm->config.listener) mm->config.listener(mm->config.context, e);
}

void fw_mm_ft_init(fw_mm_ft* mm, fw_io* io, uint32_t link, const fw_mm_ft_config* config) {
    memset(mm, 0, sizeof *mm);
    mm->config = *config;
    mm->way.io = io;
    mm->way.link = link;
    mm->way.token = config->token;
    mm->exchange.timer = config->timer;
}

void fw_mm_ft_stop(fw_mm_ft* mm) {
    if (mm->way.io) fw_mm_answered(&mm->way, &mm->exchange);
    mm->own = FW_MM_FT_IDLE;
    mm->asked = FW_MM_FT_NOTHING;
}

static bool begin(fw_mm_ft* mm, enum fw_mm_ft_own own, const fw_nwk_writer* w, uint64_t timeout_us) {
    mm->own = own;
    fw_mm_ask(&mm->way, &mm->exchange, w, timeout_us);
    return true;
}

/* Ends the procedure of ours before its event is told, so that the listener may begin the next one. */
static enum fw_mm_ft_own end_own(fw_mm_ft* mm) {
    const enum fw_mm_ft_own was = mm->own;
    fw_mm_answered(&mm->way, &mm->exchange);
    mm->own = FW_MM_FT_IDLE;
    return was;
}

static enum fw_mm_what end_of(enum fw_mm_ft_own own) {
    switch (own) {
        case FW_MM_FT_AUTHENTICATING_USER:
            return FW_MM_USER_AUTHENTICATION_DONE;
        case FW_MM_FT_ALLOCATING_KEY:
            return FW_MM_KEY_DONE;
        case FW_MM_FT_IDENTIFYING:
            return FW_MM_IDENTITY_DONE;
        case FW_MM_FT_ASSIGNING:
            return FW_MM_TPUI_DONE;
        case FW_MM_FT_CIPHERING:
            return FW_MM_CIPHERING_DONE;
        case FW_MM_FT_TERMINATING:
            return FW_MM_TERMINATION_DONE;
        case FW_MM_FT_IDLE:
        case FW_MM_FT_AUTHENTICATING:
            break;
    }
    return FW_MM_AUTHENTICATION_DONE;
}

static void finish(fw_mm_ft* mm, bool ok, uint8_t reason) {
    const fw_mm_event e = fw_mm_event_of(end_of(end_own(mm)), ok, reason);
    tell(mm, &e);
}

/* --- procedures of ours --- */

static bool challenge(fw_mm_ft* mm, enum fw_mm_ft_own own, uint8_t key_type, const uint8_t* k, uint64_t timeout_us) {
    if (mm->own != FW_MM_FT_IDLE) return false;
    const uint8_t algorithm = k ? mm->config.algorithm : FW_AUTH_DSAA_STAND_IN;
    const size_t rs_octets = fw_auth_rs_octets(algorithm);
    fw_nwk_writer w;
    fw_mm_random(mm->way.io, mm->rand_f, sizeof mm->rand_f);
    fw_mm_random(mm->way.io, mm->rs, rs_octets);
    mm->algorithm = 0;
    if (k && fw_auth_a11(algorithm, k, mm->rs, mm->ks)) mm->algorithm = algorithm;
    fw_nwk_begin(&w, FW_NWK_MM, 0, false, FW_MM_AUTH_REQUEST);
    fw_put_auth_type(&w, algorithm, key_type);
    fw_nwk_put(&w, FW_IE_RAND, mm->rand_f, sizeof mm->rand_f);
    fw_nwk_put(&w, FW_IE_RS, mm->rs, rs_octets);
    return begin(mm, own, &w, timeout_us);
}

bool fw_mm_ft_authenticate(fw_mm_ft* mm, uint8_t key_type, const uint8_t* k) {
    return challenge(mm, FW_MM_FT_AUTHENTICATING, key_type, k, FW_MM_AUTH_1_US);
}

bool fw_mm_ft_authenticate_subscriber(fw_mm_ft* mm, const uint8_t* uak) {
    uint8_t k[FW_AUTH_KEY_OCTETS];
    if (uak == NULL) return fw_mm_ft_authenticate(mm, FW_KEY_UAK, NULL);
    return fw_auth_b1(uak, FW_AUTH_KEY_OCTETS, k) && fw_mm_ft_authenticate(mm, FW_KEY_UAK, k);
}

bool fw_mm_ft_authenticate_user(fw_mm_ft* mm, const uint8_t k[FW_AUTH_KEY_OCTETS]) {
    return challenge(mm, FW_MM_FT_AUTHENTICATING_USER, FW_KEY_UPI, k, FW_MM_AUTH_2_US);
}

bool fw_mm_ft_allocate_key(fw_mm_ft* mm, const uint8_t ac_k[FW_AUTH_KEY_OCTETS]) {
    if (mm->own != FW_MM_FT_IDLE) return false;
    const size_t rs_octets = fw_auth_rs_octets(mm->config.algorithm);
    fw_nwk_writer w;
    mm->algorithm = mm->config.algorithm;
    memcpy(mm->k, ac_k, sizeof mm->k);
    fw_mm_random(mm->way.io, mm->rand_f, sizeof mm->rand_f);
    fw_mm_random(mm->way.io, mm->rs, rs_octets);
    fw_nwk_begin(&w, FW_NWK_MM, 0, false, FW_MM_KEY_ALLOCATE);
    fw_put_allocation_type(&w, mm->algorithm);
    fw_nwk_put(&w, FW_IE_RAND, mm->rand_f, sizeof mm->rand_f);
    fw_nwk_put(&w, FW_IE_RS, mm->rs, rs_octets);
    return begin(mm, FW_MM_FT_ALLOCATING_KEY, &w, FW_MM_KEY_1_US);
}

bool fw_mm_ft_allocate_key_by_pin(fw_mm_ft* mm, const char* digits) {
    uint8_t ac[FW_AUTH_CODE_OCTETS], k[FW_AUTH_KEY_OCTETS];
    return fw_auth_code_from_digits(digits, ac) && fw_auth_b1(ac, sizeof ac, k) && fw_mm_ft_allocate_key(mm, k);
}

bool fw_mm_ft_identify(fw_mm_ft* mm, uint8_t portable_identity_type) {
    if (mm->own != FW_MM_FT_IDLE) return false;
    fw_nwk_writer w;
    fw_nwk_begin(&w, FW_NWK_MM, 0, false, FW_MM_IDENTITY_REQUEST);
    fw_put_identity_type(&w, FW_IDENTITY_GROUP_PORTABLE, portable_identity_type);
    return begin(mm, FW_MM_FT_IDENTIFYING, &w, FW_MM_IDENT_2_US);
}

bool fw_mm_ft_assign(fw_mm_ft* mm, uint32_t tpui) {
    if (mm->own != FW_MM_FT_IDLE) return false;
    const fw_portable_identity id = fw_identity_of_tpui(tpui);
    fw_nwk_writer w;
    fw_nwk_begin(&w, FW_NWK_MM, 0, false, FW_MM_TEMPORARY_IDENTITY_ASSIGN);
    fw_put_portable_identity(&w, &id);
    return begin(mm, FW_MM_FT_ASSIGNING, &w, FW_MM_IDENT_1_US);
}

bool fw_mm_ft_cipher(fw_mm_ft* mm, bool on, uint8_t cipher_algorithm) {
    if (mm->own != FW_MM_FT_IDLE || (on && !mm->has_dck)) return false;
    fw_nwk_writer w;
    fw_nwk_begin(&w, FW_NWK_MM, 0, mm->asked == FW_MM_FT_CIPHER_SUGGESTION, FW_MM_CIPHER_REQUEST);
    fw_put_cipher_info(&w, on, cipher_algorithm);
    if (mm->asked == FW_MM_FT_CIPHER_SUGGESTION) mm->asked = FW_MM_FT_NOTHING;
    return begin(mm, FW_MM_FT_CIPHERING, &w, FW_MM_CIPHER_1_US);
}

void fw_mm_ft_ciphering(fw_mm_ft* mm, bool ok) {
    if (mm->own == FW_MM_FT_CIPHERING) finish(mm, ok, FW_REJECT_NONE);
}

bool fw_mm_ft_terminate(fw_mm_ft* mm, const uint8_t ipui[FW_IPUI_OCTETS]) {
    if (mm->own != FW_MM_FT_IDLE) return false;
    fw_nwk_writer w;
    fw_nwk_begin(&w, FW_NWK_MM, 0, false, FW_MM_ACCESS_RIGHTS_TERMINATE_REQUEST);
    fw_nwk_put_ipui(&w, ipui);
    return begin(mm, FW_MM_FT_TERMINATING, &w, FW_MM_ACCESS_2_FT_US);
}

void fw_mm_ft_suggest_location(fw_mm_ft* mm) {
    fw_nwk_writer w;
    fw_nwk_begin(&w, FW_NWK_MM, 0, false, FW_MM_INFO_SUGGEST);
    fw_put_info_type(&w, FW_INFO_LOCATE_SUGGEST);
    fw_mm_send(&mm->way, &w);
}

/* --- answers --- */

void fw_mm_ft_accept_access_rights(fw_mm_ft* mm, const uint8_t ipui[FW_IPUI_OCTETS], const fw_park* park) {
    if (mm->asked != FW_MM_FT_ACCESS_RIGHTS) return;
    fw_nwk_writer w;
    mm->asked = FW_MM_FT_NOTHING;
    fw_nwk_begin(&w, FW_NWK_MM, 0, true, FW_MM_ACCESS_RIGHTS_ACCEPT);
    fw_nwk_put_ipui(&w, ipui);
    fw_put_park(&w, park);
    fw_mm_send(&mm->way, &w);
}

void fw_mm_ft_accept_location(fw_mm_ft* mm, uint32_t tpui, uint8_t location_area_level) {
    if (mm->asked != FW_MM_FT_LOCATION) return;
    const bool assign = tpui != FW_NO_TPUI && mm->own == FW_MM_FT_IDLE;
    const fw_portable_identity id = assign ? fw_identity_of_tpui(tpui) : fw_identity_empty();
    fw_nwk_writer w;
    mm->asked = FW_MM_FT_NOTHING;
    fw_nwk_begin(&w, FW_NWK_MM, 0, true, FW_MM_LOCATE_ACCEPT);
    fw_put_portable_identity(&w, &id);
    fw_put_location_area(&w, location_area_level);
    if (assign) {
        begin(mm, FW_MM_FT_ASSIGNING, &w, FW_MM_IDENT_1_US);
    } else {
        fw_mm_send(&mm->way, &w);
    }
}

void fw_mm_ft_accept_termination(fw_mm_ft* mm) {
    if (mm->asked != FW_MM_FT_TERMINATION) return;
    fw_nwk_writer w;
    mm->asked = FW_MM_FT_NOTHING;
    fw_nwk_begin(&w, FW_NWK_MM, 0, true, FW_MM_ACCESS_RIGHTS_TERMINATE_ACCEPT);
    fw_mm_send(&mm->way, &w);
}

void fw_mm_ft_reject(fw_mm_ft* mm, uint8_t reason) {
    const enum fw_mm_ft_asked asked = mm->asked;
    mm->asked = FW_MM_FT_NOTHING;
    switch (asked) {
        case FW_MM_FT_NOTHING:
            return;
        case FW_MM_FT_ACCESS_RIGHTS:
            fw_mm_reject(&mm->way, FW_MM_ACCESS_RIGHTS_REJECT, reason);
            return;
        case FW_MM_FT_TERMINATION:
            fw_mm_reject(&mm->way, FW_MM_ACCESS_RIGHTS_TERMINATE_REJECT, reason);
            return;
        case FW_MM_FT_LOCATION:
            fw_mm_reject(&mm->way, FW_MM_LOCATE_REJECT, reason);
            return;
        case FW_MM_FT_CIPHER_SUGGESTION:
            fw_mm_reject(&mm->way, FW_MM_CIPHER_REJECT, reason);
            return;
    }
}

/* --- what the portable part says --- */

static void asks(fw_mm_ft* mm, enum fw_mm_ft_asked asked, enum fw_mm_what what, const fw_nwk_message* m) {
    fw_portable_identity id = fw_identity_empty();
    if (m->answer || mm->asked == asked) return; /* said again while we are at it */
    const enum fw_mm_ft_asked before = mm->asked;
    mm->asked = asked;
    if (before != FW_MM_FT_NOTHING) { /* one at a time, 13.1 */
        fw_mm_ft_reject(mm, FW_REJECT_INVALID_MESSAGE);
        mm->asked = before;
        return;
    }
    if (!fw_read_portable_identity(m, &id)) id = fw_identity_empty(); /* of nobody: the caller will refuse it */
    fw_mm_event e = fw_mm_event_of(what, true, FW_REJECT_NONE);
    e.identity = &id;
    tell(mm, &e);
}

static void detached(fw_mm_ft* mm, const fw_nwk_message* m) {
    fw_portable_identity id;
    if (m->answer || !fw_read_portable_identity(m, &id)) return;
    fw_mm_event e = fw_mm_event_of(FW_MM_DETACHED, true, FW_REJECT_NONE);
    e.identity = &id;
    tell(mm, &e);
}

static void authentication_reply(fw_mm_ft* mm, const fw_nwk_message* m) {
    uint8_t res[FW_AUTH_RES_OCTETS], expected[FW_AUTH_RES_OCTETS], rand_p[FW_AUTH_RAND_OCTETS];
    if (mm->own != FW_MM_FT_AUTHENTICATING && mm->own != FW_MM_FT_AUTHENTICATING_USER) return;
    const bool has_rand = fw_read_octets(m, FW_IE_RAND, sizeof rand_p, rand_p);
    uint8_t dck[FW_AUTH_KEY_OCTETS];
    const bool ok = mm->algorithm != 0 && fw_read_octets(m, FW_IE_RES, sizeof res, res) &&
                    fw_auth_a12(mm->algorithm, mm->ks, mm->rand_f, has_rand ? rand_p : NULL, expected, dck) &&
                    fw_mm_equal(res, expected, sizeof res);
    if (ok) {
        memcpy(mm->dck, dck, sizeof dck);
        mm->has_dck = true;
    }
    finish(mm, ok, ok ? FW_REJECT_NONE : FW_REJECT_AUTHENTICATION_FAILED);
}

/* EN 300 175-7, 6.3.7: the portable part proves the AC and asks for our proof; KS' becomes the UAK. */
static void key_answered(fw_mm_ft* mm, const fw_nwk_message* m) {
    uint8_t res[FW_AUTH_RES_OCTETS], expected[FW_AUTH_RES_OCTETS], rand_p[FW_AUTH_RAND_OCTETS];
    uint8_t ks[FW_AUTH_KEY_OCTETS], uak[FW_AUTH_KEY_OCTETS], dck[FW_AUTH_KEY_OCTETS];
    const bool right =
        fw_read_octets(m, FW_IE_RES, sizeof res, res) && fw_read_octets(m, FW_IE_RAND, sizeof rand_p, rand_p) &&
        fw_auth_a11(mm->algorithm, mm->k, mm->rs, ks) &&
        fw_auth_a12(mm->algorithm, ks, mm->rand_f, rand_p, expected, dck) && fw_mm_equal(res, expected, sizeof res);
    uint8_t proof[FW_AUTH_RES_OCTETS];
    if (!right || !fw_auth_a21(mm->algorithm, mm->k, mm->rs, uak) ||
        !fw_auth_a22(mm->algorithm, uak, rand_p, mm->rand_f, proof)) {
        fw_mm_reject(&mm->way, FW_MM_AUTH_REJECT, FW_REJECT_AUTHENTICATION_FAILED);
        finish(mm, false, FW_REJECT_AUTHENTICATION_FAILED);
        return;
    }
    fw_nwk_writer w;
    fw_nwk_begin(&w, FW_NWK_MM, 0, !m->answer, FW_MM_AUTH_REPLY);
    fw_nwk_put(&w, FW_IE_RES, proof, sizeof proof);
    fw_mm_send(&mm->way, &w);
    fw_mm_event e = fw_mm_event_of(end_of(end_own(mm)), true, FW_REJECT_NONE);
    e.key = uak;
    tell(mm, &e);
}

/* The portable part wants to know who we are: before everything else, and beside whatever is under way. */
static void prove(fw_mm_ft* mm, const fw_nwk_message* m) {
    fw_auth_type type;
    uint8_t rand_p[FW_AUTH_RAND_OCTETS], rand_f[FW_AUTH_RAND_OCTETS], rs[FW_AUTH_RS_OCTETS_MAX];
    uint8_t k[FW_AUTH_KEY_OCTETS], ks[FW_AUTH_KEY_OCTETS], res[FW_AUTH_RES_OCTETS];
    const bool readable = fw_read_auth_type(m, &type) && fw_read_octets(m, FW_IE_RAND, sizeof rand_p, rand_p);
    if (!mm->config.key || !mm->config.key(mm->config.context, readable ? type.key_type : FW_KEY_UAK, k)) {
        fw_mm_reject(&mm->way, FW_MM_AUTH_REJECT, FW_REJECT_KEY_NOT_SUPPORTED);
        return;
    }
    if (!readable) {
        fw_mm_reject(&mm->way, FW_MM_AUTH_REJECT, FW_REJECT_ELEMENT_ERROR);
        return;
    }
    const size_t rs_octets = fw_auth_rs_octets(type.algorithm);
    fw_mm_random(mm->way.io, rs, rs_octets);
    fw_mm_random(mm->way.io, rand_f, sizeof rand_f);
    if (rs_octets == 0 || type.algorithm != mm->config.algorithm || !fw_auth_a21(type.algorithm, k, rs, ks) ||
        !fw_auth_a22(type.algorithm, ks, rand_p, rand_f, res)) {
        fw_mm_reject(&mm->way, FW_MM_AUTH_REJECT, FW_REJECT_ALGORITHM_NOT_SUPPORTED);
        return;
    }
    fw_nwk_writer w;
    fw_nwk_begin(&w, FW_NWK_MM, 0, true, FW_MM_AUTH_REPLY);
    if (type.algorithm == FW_AUTH_DSAA2) fw_nwk_put(&w, FW_IE_RAND, rand_f, sizeof rand_f);
    fw_nwk_put(&w, FW_IE_RES, res, sizeof res);
    fw_nwk_put(&w, FW_IE_RS, rs, rs_octets);
    fw_mm_send(&mm->way, &w);
}

static void identity_reply(fw_mm_ft* mm, const fw_nwk_message* m) {
    fw_portable_identity id = fw_identity_empty();
    if (mm->own != FW_MM_FT_IDENTIFYING) return;
    const bool ok = fw_read_portable_identity(m, &id) && id.bits > 0;
    fw_mm_event e = fw_mm_event_of(end_of(end_own(mm)), ok, FW_REJECT_NONE);
    e.identity = &id;
    tell(mm, &e);
}

static void refused(fw_mm_ft* mm, const fw_nwk_message* m, bool concerns) {
    if (concerns) finish(mm, false, fw_read_reject_reason(m));
}

bool fw_mm_ft_handle(fw_mm_ft* mm, const fw_nwk_message* m) {
    if (m->protocol != FW_NWK_MM) return false;
    switch (m->type) {
        case FW_MM_ACCESS_RIGHTS_REQUEST:
            asks(mm, FW_MM_FT_ACCESS_RIGHTS, FW_MM_ACCESS_RIGHTS_ASKED, m);
            return true;
        case FW_MM_ACCESS_RIGHTS_TERMINATE_REQUEST:
            asks(mm, FW_MM_FT_TERMINATION, FW_MM_TERMINATION_ASKED, m);
            return true;
        case FW_MM_LOCATE_REQUEST:
            asks(mm, FW_MM_FT_LOCATION, FW_MM_LOCATION_ASKED, m);
            return true;
        case FW_MM_CIPHER_SUGGEST:
            asks(mm, FW_MM_FT_CIPHER_SUGGESTION, FW_MM_CIPHERING_SUGGESTED, m);
            return true;
        case FW_MM_DETACH:
            detached(mm, m);
            return true;
        case FW_MM_AUTH_REQUEST:
            if (mm->own == FW_MM_FT_ALLOCATING_KEY) {
                key_answered(mm, m);
            } else {
                prove(mm, m);
            }
            return true;
        case FW_MM_AUTH_REPLY:
            authentication_reply(mm, m);
            return true;
        case FW_MM_AUTH_REJECT:
            refused(mm, m,
                    mm->own == FW_MM_FT_AUTHENTICATING || mm->own == FW_MM_FT_AUTHENTICATING_USER ||
                        mm->own == FW_MM_FT_ALLOCATING_KEY);
            return true;
        case FW_MM_IDENTITY_REPLY:
            identity_reply(mm, m);
            return true;
        case FW_MM_TEMPORARY_IDENTITY_ASSIGN_ACK:
            if (mm->own == FW_MM_FT_ASSIGNING) finish(mm, true, FW_REJECT_NONE);
            return true;
        case FW_MM_TEMPORARY_IDENTITY_ASSIGN_REJECT:
            refused(mm, m, mm->own == FW_MM_FT_ASSIGNING);
            return true;
        case FW_MM_CIPHER_REJECT:
            refused(mm, m, mm->own == FW_MM_FT_CIPHERING);
            return true;
        case FW_MM_ACCESS_RIGHTS_TERMINATE_ACCEPT:
            if (mm->own == FW_MM_FT_TERMINATING) finish(mm, true, FW_REJECT_NONE);
            return true;
        case FW_MM_ACCESS_RIGHTS_TERMINATE_REJECT:
            refused(mm, m, mm->own == FW_MM_FT_TERMINATING);
            return true;
        default:
            return false;
    }
}

bool fw_mm_ft_timeout(fw_mm_ft* mm, uint32_t timer) {
    if (mm->way.io == NULL || timer != mm->config.timer) return false;
    if (!fw_mm_ask_again(&mm->way, &mm->exchange)) finish(mm, false, FW_REJECT_TIMER_EXPIRY);
    return true;
}
