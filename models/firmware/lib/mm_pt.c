/* SPDX-License-Identifier: MIT-0 */
#include "mm_pt.h"

#include <string.h>

static void tell(fw_mm_pt* mm, const fw_mm_event* e) {
    if (mm->config.listener) mm->config.listener(mm->config.context, e);
}

static void say(fw_mm_pt* mm, enum fw_mm_what what, bool ok, uint8_t reason) {
    const fw_mm_event e = fw_mm_event_of(what, ok, reason);
    tell(mm, &e);
}

void fw_mm_pt_init(fw_mm_pt* mm, fw_io* io, const fw_mm_pt_config* config) {
    memset(mm, 0, sizeof *mm);
    mm->config = *config;
    mm->way.io = io;
    mm->way.token = config->token;
    mm->exchange.timer = config->timer;
    mm->proof.timer = config->timer + 1;
    mm->tpui = FW_NO_TPUI;
}

void fw_mm_pt_start(fw_mm_pt* mm, uint32_t link) {
    fw_mm_pt_stop(mm);
    mm->way.link = link;
}

void fw_mm_pt_stop(fw_mm_pt* mm) {
    fw_mm_answered(&mm->way, &mm->exchange);
    fw_mm_answered(&mm->way, &mm->proof);
    mm->way.link = 0;
    mm->own = FW_MM_PT_IDLE;
    mm->new_uak = mm->wrong_ac = mm->has_dck = false;
    mm->user_algorithm = 0;
}

static enum fw_mm_pt_own end_own(fw_mm_pt* mm) {
    const enum fw_mm_pt_own was = mm->own;
    fw_mm_answered(&mm->way, &mm->exchange);
    fw_mm_answered(&mm->way, &mm->proof);
    mm->own = FW_MM_PT_IDLE;
    return was;
}

static enum fw_mm_what end_of(enum fw_mm_pt_own own) {
    switch (own) {
        case FW_MM_PT_OBTAINING:
            return FW_MM_ACCESS_RIGHTS_DONE;
        case FW_MM_PT_TERMINATING:
            return FW_MM_TERMINATION_DONE;
        case FW_MM_PT_LOCATING:
            return FW_MM_LOCATION_DONE;
        case FW_MM_PT_SUGGESTING_CIPHER:
            return FW_MM_CIPHERING_DONE;
        case FW_MM_PT_IDLE:
        case FW_MM_PT_AUTHENTICATING:
            break;
    }
    return FW_MM_AUTHENTICATION_DONE;
}

static void finish(fw_mm_pt* mm, bool ok, uint8_t reason) {
    const enum fw_mm_pt_own was = end_own(mm);
    if (!ok && was == FW_MM_PT_OBTAINING && mm->new_uak) { /* what was allocated counts only with the rights */
        mm->new_uak = mm->keys.has_uak = false;
    }
    say(mm, end_of(was), ok, reason);
}

static bool may_begin(const fw_mm_pt* mm) { return mm->own == FW_MM_PT_IDLE && mm->way.link != 0; }

static bool begin(fw_mm_pt* mm, enum fw_mm_pt_own own, const fw_nwk_writer* w, uint64_t timeout_us) {
    mm->own = own;
    fw_mm_ask(&mm->way, &mm->exchange, w, timeout_us);
    return true;
}

/* --- procedures of ours --- */

bool fw_mm_pt_obtain(fw_mm_pt* mm) {
    if (!may_begin(mm) || !mm->keys.has_ac) return false;
    fw_nwk_writer w;
    mm->new_uak = mm->wrong_ac = false;
    fw_nwk_begin(&w, FW_NWK_MM, 0, false, FW_MM_ACCESS_RIGHTS_REQUEST);
    fw_nwk_put_ipui(&w, mm->config.ipui);
    return begin(mm, FW_MM_PT_OBTAINING, &w, FW_MM_ACCESS_1_US);
}

bool fw_mm_pt_terminate(fw_mm_pt* mm) {
    if (!may_begin(mm)) return false;
    fw_nwk_writer w;
    fw_nwk_begin(&w, FW_NWK_MM, 0, false, FW_MM_ACCESS_RIGHTS_TERMINATE_REQUEST);
    fw_nwk_put_ipui(&w, mm->config.ipui);
    return begin(mm, FW_MM_PT_TERMINATING, &w, FW_MM_ACCESS_2_PT_US);
}

bool fw_mm_pt_locate(fw_mm_pt* mm) {
    if (!may_begin(mm)) return false;
    fw_nwk_writer w;
    fw_nwk_begin(&w, FW_NWK_MM, 0, false, FW_MM_LOCATE_REQUEST);
    fw_nwk_put_ipui(&w, mm->config.ipui);
    return begin(mm, FW_MM_PT_LOCATING, &w, FW_MM_LOCATE_1_US);
}

static const uint8_t* key_of(const fw_mm_pt* mm, uint8_t key_type) {
    if (key_type == FW_KEY_UAK && mm->keys.has_uak) return mm->keys.uak;
    if (key_type == FW_KEY_AC && mm->keys.has_ac) return mm->keys.ac;
    return NULL;
}

bool fw_mm_pt_authenticate(fw_mm_pt* mm, uint8_t algorithm, uint8_t key_type) {
    if (!may_begin(mm) || key_of(mm, key_type) == NULL || fw_auth_rs_octets(algorithm) == 0) return false;
    fw_nwk_writer w;
    mm->algorithm = algorithm;
    mm->key_type = key_type;
    fw_mm_random(mm->way.io, mm->rand_p, sizeof mm->rand_p);
    fw_nwk_begin(&w, FW_NWK_MM, 0, false, FW_MM_AUTH_REQUEST);
    fw_put_auth_type(&w, algorithm, key_type);
    fw_nwk_put(&w, FW_IE_RAND, mm->rand_p, sizeof mm->rand_p);
    return begin(mm, FW_MM_PT_AUTHENTICATING, &w, FW_MM_AUTH_1_US);
}

bool fw_mm_pt_suggest_cipher(fw_mm_pt* mm, bool on, uint8_t cipher_algorithm) {
    if (!may_begin(mm)) return false;
    fw_nwk_writer w;
    fw_nwk_begin(&w, FW_NWK_MM, 0, false, FW_MM_CIPHER_SUGGEST);
    fw_put_cipher_info(&w, on, cipher_algorithm);
    return begin(mm, FW_MM_PT_SUGGESTING_CIPHER, &w, FW_MM_CIPHER_2_US);
}

void fw_mm_pt_detach(fw_mm_pt* mm) {
    const fw_portable_identity id =
        mm->tpui == FW_NO_TPUI ? fw_identity_of_ipui(mm->config.ipui) : fw_identity_of_tpui(mm->tpui);
    fw_nwk_writer w;
    if (mm->way.link == 0) return;
    fw_nwk_begin(&w, FW_NWK_MM, 0, false, FW_MM_DETACH);
    fw_put_portable_identity(&w, &id);
    fw_mm_send(&mm->way, &w);
}

/* --- what the fixed part asks --- */

/* RES1 for a challenge; the DCK is kept. */
static bool answer_challenge(fw_mm_pt* mm, uint8_t algorithm, const uint8_t* k, const uint8_t* rs,
                             const uint8_t* rand_f) {
    uint8_t ks[FW_AUTH_KEY_OCTETS], res[FW_AUTH_RES_OCTETS], rand_p[FW_AUTH_RAND_OCTETS];
    fw_mm_random(mm->way.io, rand_p, sizeof rand_p);
    if (!fw_auth_a11(algorithm, k, rs, ks) || !fw_auth_a12(algorithm, ks, rand_f, rand_p, res, mm->dck)) return false;
    mm->has_dck = true;
    fw_nwk_writer w;
    fw_nwk_begin(&w, FW_NWK_MM, 0, true, FW_MM_AUTH_REPLY);
    if (algorithm == FW_AUTH_DSAA2) fw_nwk_put(&w, FW_IE_RAND, rand_p, sizeof rand_p);
    fw_nwk_put(&w, FW_IE_RES, res, sizeof res);
    fw_mm_send(&mm->way, &w);
    return true;
}

static void refuse_challenge(fw_mm_pt* mm, uint8_t reason) {
    fw_mm_reject(&mm->way, FW_MM_AUTH_REJECT, reason);
    say(mm, FW_MM_CHALLENGED, false, reason);
}

static void challenged(fw_mm_pt* mm, const fw_nwk_message* m) {
    fw_auth_type type;
    uint8_t rand_f[FW_AUTH_RAND_OCTETS], rs[FW_AUTH_RS_OCTETS_MAX];
    if (!fw_read_auth_type(m, &type) || !fw_read_octets(m, FW_IE_RAND, sizeof rand_f, rand_f)) {
        refuse_challenge(mm, FW_REJECT_ELEMENT_ERROR);
        return;
    }
    const size_t rs_octets = fw_auth_rs_octets(type.algorithm);
    if (rs_octets == 0) {
        refuse_challenge(mm, FW_REJECT_ALGORITHM_NOT_SUPPORTED);
        return;
    }
    if (!fw_read_octets(m, FW_IE_RS, rs_octets, rs)) {
        refuse_challenge(mm, FW_REJECT_ELEMENT_ERROR);
        return;
    }
    if (type.key_type == FW_KEY_UPI && mm->keys.has_uak) {
        mm->user_algorithm = type.algorithm;
        memcpy(mm->user_rand_f, rand_f, sizeof rand_f);
        memcpy(mm->user_rs, rs, rs_octets);
        say(mm, FW_MM_USER_KEY_ASKED, true, FW_REJECT_NONE);
        return;
    }
    const uint8_t* k = key_of(mm, type.key_type);
    if (k == NULL) {
        refuse_challenge(mm, FW_REJECT_KEY_NOT_SUPPORTED);
        return;
    }
    answer_challenge(mm, type.algorithm, k, rs, rand_f);
    say(mm, FW_MM_CHALLENGED, true, FW_REJECT_NONE);
}

void fw_mm_pt_user_key(fw_mm_pt* mm, const uint8_t* upi, size_t octets) {
    uint8_t k[FW_AUTH_KEY_OCTETS];
    const uint8_t algorithm = mm->user_algorithm;
    if (algorithm == 0) return;
    mm->user_algorithm = 0;
    if (upi == NULL || !fw_auth_b2(mm->keys.uak, sizeof mm->keys.uak, upi, octets, k)) {
        refuse_challenge(mm, FW_REJECT_NO_UPI);
        return;
    }
    answer_challenge(mm, algorithm, k, mm->user_rs, mm->user_rand_f);
    say(mm, FW_MM_CHALLENGED, true, FW_REJECT_NONE);
}

/* EN 300 175-7, 6.3.7: prove the AC, and ask the fixed part to prove it as well. */
static void key_offered(fw_mm_pt* mm, const fw_nwk_message* m) {
    uint8_t rs[FW_AUTH_RS_OCTETS_MAX], ks[FW_AUTH_KEY_OCTETS], res[FW_AUTH_RES_OCTETS], algorithm;
    if (mm->proof.waiting) return; /* said again: our answer is on its way */
    if (!mm->keys.has_ac) {
        refuse_challenge(mm, FW_REJECT_KEY_NOT_SUPPORTED);
        return;
    }
    if (!fw_read_allocation_type(m, &algorithm) || !fw_read_octets(m, FW_IE_RAND, sizeof mm->rand_f, mm->rand_f)) {
        refuse_challenge(mm, FW_REJECT_ELEMENT_ERROR);
        return;
    }
    const size_t rs_octets = fw_auth_rs_octets(algorithm);
    if (rs_octets == 0) {
        refuse_challenge(mm, FW_REJECT_ALGORITHM_NOT_SUPPORTED);
        return;
    }
    fw_mm_random(mm->way.io, mm->rand_p, sizeof mm->rand_p);
    mm->algorithm = algorithm;
    if (!fw_read_octets(m, FW_IE_RS, rs_octets, rs) || !fw_auth_a11(algorithm, mm->keys.ac, rs, ks) ||
        !fw_auth_a12(algorithm, ks, mm->rand_f, mm->rand_p, res, mm->dck) ||
        !fw_auth_a21(algorithm, mm->keys.ac, rs, mm->ks)) {
        refuse_challenge(mm, FW_REJECT_ELEMENT_ERROR);
        return;
    }
    fw_nwk_writer w;
    fw_nwk_begin(&w, FW_NWK_MM, 0, true, FW_MM_AUTH_REQUEST);
    fw_put_auth_type(&w, algorithm, FW_KEY_AC);
    fw_nwk_put(&w, FW_IE_RAND, mm->rand_p, sizeof mm->rand_p);
    fw_nwk_put(&w, FW_IE_RES, res, sizeof res);
    fw_timer_stop(mm->way.io, mm->exchange.timer); /* ours waits until this is over */
    fw_mm_ask(&mm->way, &mm->proof, &w, FW_MM_AUTH_1_US);
}

static void proof_received(fw_mm_pt* mm, const fw_nwk_message* m) {
    uint8_t res[FW_AUTH_RES_OCTETS], expected[FW_AUTH_RES_OCTETS];
    fw_mm_answered(&mm->way, &mm->proof);
    const bool right = fw_read_octets(m, FW_IE_RES, sizeof res, res) &&
                       fw_auth_a22(mm->algorithm, mm->ks, mm->rand_p, mm->rand_f, expected) &&
                       fw_mm_equal(res, expected, sizeof res);
    if (!right) {
        mm->wrong_ac = true;
        if (mm->own == FW_MM_PT_OBTAINING) finish(mm, false, FW_REJECT_AUTHENTICATION_FAILED);
        return;
    }
    memcpy(mm->keys.uak, mm->ks, sizeof mm->ks);
    mm->keys.has_uak = mm->new_uak = true;
    fw_mm_wait_on(&mm->way, &mm->exchange);
}

static void authentication_reply(fw_mm_pt* mm, const fw_nwk_message* m) {
    uint8_t rs[FW_AUTH_RS_OCTETS_MAX], res[FW_AUTH_RES_OCTETS], expected[FW_AUTH_RES_OCTETS];
    uint8_t rand_f[FW_AUTH_RAND_OCTETS], ks[FW_AUTH_KEY_OCTETS];
    if (mm->proof.waiting) {
        proof_received(mm, m);
        return;
    }
    if (mm->own != FW_MM_PT_AUTHENTICATING) return;
    const bool has_rand = fw_read_octets(m, FW_IE_RAND, sizeof rand_f, rand_f);
    const uint8_t* k = key_of(mm, mm->key_type);
    const bool right = k != NULL && fw_read_octets(m, FW_IE_RES, sizeof res, res) &&
                       fw_read_octets(m, FW_IE_RS, fw_auth_rs_octets(mm->algorithm), rs) &&
                       fw_auth_a21(mm->algorithm, k, rs, ks) &&
                       fw_auth_a22(mm->algorithm, ks, mm->rand_p, has_rand ? rand_f : NULL, expected) &&
                       fw_mm_equal(res, expected, sizeof res);
    finish(mm, right, right ? FW_REJECT_NONE : FW_REJECT_AUTHENTICATION_FAILED);
}

static void authentication_reject(fw_mm_pt* mm, const fw_nwk_message* m) {
    const uint8_t reason = fw_read_reject_reason(m);
    if (mm->proof.waiting) { /* ACCESS-RIGHTS-REJECT follows */
        mm->wrong_ac = reason == FW_REJECT_AUTHENTICATION_FAILED;
        fw_mm_answered(&mm->way, &mm->proof);
        fw_mm_wait_on(&mm->way, &mm->exchange);
    } else if (mm->own == FW_MM_PT_AUTHENTICATING) {
        finish(mm, false, reason);
    }
}

static void rights_accepted(fw_mm_pt* mm, const fw_nwk_message* m) {
    fw_portable_identity id;
    fw_park park;
    if (mm->own != FW_MM_PT_OBTAINING) return;
    if (mm->proof.waiting || !fw_read_park(m, &park) || !fw_read_portable_identity(m, &id)) {
        finish(mm, false, FW_REJECT_ELEMENT_ERROR);
        return;
    }
    fw_mm_event e = fw_mm_event_of(end_of(end_own(mm)), true, FW_REJECT_NONE);
    e.identity = &id;
    e.park = &park;
    e.key = mm->new_uak ? mm->keys.uak : NULL;
    tell(mm, &e);
}

static void acknowledge(fw_mm_pt* mm, uint8_t type) {
    fw_nwk_writer w;
    fw_nwk_begin(&w, FW_NWK_MM, 0, true, type);
    fw_mm_send(&mm->way, &w);
}

static void location_accepted(fw_mm_pt* mm, const fw_nwk_message* m) {
    fw_portable_identity id;
    uint32_t tpui = FW_NO_TPUI;
    if (fw_read_portable_identity(m, &id) && fw_tpui(&id, &tpui)) { /* also when it is said again */
        mm->tpui = tpui;
        acknowledge(mm, FW_MM_TEMPORARY_IDENTITY_ASSIGN_ACK);
    }
    if (mm->own != FW_MM_PT_LOCATING) return;
    fw_mm_event e = fw_mm_event_of(end_of(end_own(mm)), true, FW_REJECT_NONE);
    e.tpui = tpui;
    tell(mm, &e);
}

static void identity_asked(fw_mm_pt* mm, const fw_nwk_message* m) {
    uint8_t group, type;
    fw_portable_identity id = fw_identity_of_ipui(mm->config.ipui);
    const bool known = fw_read_identity_type(m, &group, &type) && group == FW_IDENTITY_GROUP_PORTABLE;
    fw_nwk_writer w;
    fw_nwk_begin(&w, FW_NWK_MM, 0, true, FW_MM_IDENTITY_REPLY);
    if (known && type == FW_PORTABLE_IPEI) { /* the IPUI of type N without its type nibble */
        id.type = FW_PORTABLE_IPEI;
        id.bits = 36;
        for (int i = 0; i < 5; ++i) {
            const uint8_t next = i < 4 ? mm->config.ipui[i + 1] : 0;
            id.value[i] = (uint8_t)(mm->config.ipui[i] << 4 | next >> 4);
        }
        fw_put_portable_identity(&w, &id);
    } else if (known && type == FW_PORTABLE_IPUI) {
        fw_put_portable_identity(&w, &id);
    } else if (known && type == FW_PORTABLE_TPUI && mm->tpui != FW_NO_TPUI) {
        id = fw_identity_of_tpui(mm->tpui);
        fw_put_portable_identity(&w, &id);
    } /* else: a reply without identity says that there is none, 13.2.1 */
    fw_mm_send(&mm->way, &w);
}

static void identity_assigned(fw_mm_pt* mm, const fw_nwk_message* m) {
    fw_portable_identity id;
    uint32_t tpui;
    if (!fw_read_portable_identity(m, &id) || !fw_tpui(&id, &tpui)) {
        fw_mm_reject(&mm->way, FW_MM_TEMPORARY_IDENTITY_ASSIGN_REJECT, FW_REJECT_INVALID_TPUI);
        return;
    }
    mm->tpui = tpui;
    acknowledge(mm, FW_MM_TEMPORARY_IDENTITY_ASSIGN_ACK);
    fw_mm_event e = fw_mm_event_of(FW_MM_IDENTITY_CHANGED, true, FW_REJECT_NONE);
    e.tpui = tpui;
    tell(mm, &e);
}

static void cipher_asked(fw_mm_pt* mm, const fw_nwk_message* m) {
    bool on;
    uint8_t algorithm;
    if (!fw_read_cipher_info(m, &on, &algorithm)) {
        fw_mm_reject(&mm->way, FW_MM_CIPHER_REJECT, FW_REJECT_ELEMENT_ERROR);
        return;
    }
    if (on && !mm->has_dck) {
        fw_mm_reject(&mm->way, FW_MM_CIPHER_REJECT, FW_REJECT_KEY_NOT_SUPPORTED);
        return;
    }
    say(mm, FW_MM_CIPHERING_ASKED, on, FW_REJECT_NONE);
}

void fw_mm_pt_ciphering(fw_mm_pt* mm, bool ok, uint8_t reason) {
    if (!ok) fw_mm_reject(&mm->way, FW_MM_CIPHER_REJECT, reason);
    if (mm->own == FW_MM_PT_SUGGESTING_CIPHER) finish(mm, ok, reason);
}

/* 13.5: a termination is proved before it is obeyed. Who can challenge us has the key; who did not, has to wait for
 * our own authentication of him, which is the caller's. Here only the identity is checked. */
static void termination_asked(fw_mm_pt* mm, const fw_nwk_message* m) {
    fw_portable_identity id;
    uint8_t ipui[FW_IPUI_OCTETS];
    const bool ours =
        fw_read_portable_identity(m, &id) && fw_ipui_n(&id, ipui) && memcmp(ipui, mm->config.ipui, sizeof ipui) == 0;
    if (!ours) {
        fw_mm_reject(&mm->way, FW_MM_ACCESS_RIGHTS_TERMINATE_REJECT, FW_REJECT_IPUI_UNKNOWN);
        return;
    }
    acknowledge(mm, FW_MM_ACCESS_RIGHTS_TERMINATE_ACCEPT);
    fw_mm_event e = fw_mm_event_of(FW_MM_TERMINATED_BY_FT, true, FW_REJECT_NONE);
    e.identity = &id;
    tell(mm, &e);
}

static void refused(fw_mm_pt* mm, const fw_nwk_message* m, enum fw_mm_pt_own concerned) {
    if (mm->own == concerned) finish(mm, false, fw_read_reject_reason(m));
}

bool fw_mm_pt_handle(fw_mm_pt* mm, const fw_nwk_message* m) {
    uint8_t type;
    if (m->protocol != FW_NWK_MM || mm->way.link == 0) return false;
    switch (m->type) {
        case FW_MM_AUTH_REQUEST:
            challenged(mm, m);
            fw_mm_wait_on(&mm->way, &mm->exchange);
            return true;
        case FW_MM_KEY_ALLOCATE:
            key_offered(mm, m);
            return true;
        case FW_MM_AUTH_REPLY:
            authentication_reply(mm, m);
            return true;
        case FW_MM_AUTH_REJECT:
            authentication_reject(mm, m);
            return true;
        case FW_MM_ACCESS_RIGHTS_ACCEPT:
            rights_accepted(mm, m);
            return true;
        case FW_MM_ACCESS_RIGHTS_REJECT:
            refused(mm, m, FW_MM_PT_OBTAINING);
            return true;
        case FW_MM_ACCESS_RIGHTS_TERMINATE_ACCEPT:
            if (mm->own == FW_MM_PT_TERMINATING) finish(mm, true, FW_REJECT_NONE);
            return true;
        case FW_MM_ACCESS_RIGHTS_TERMINATE_REJECT:
            refused(mm, m, FW_MM_PT_TERMINATING);
            return true;
        case FW_MM_ACCESS_RIGHTS_TERMINATE_REQUEST:
            if (!m->answer) termination_asked(mm, m);
            return true;
        case FW_MM_LOCATE_ACCEPT:
            location_accepted(mm, m);
            return true;
        case FW_MM_LOCATE_REJECT:
            refused(mm, m, FW_MM_PT_LOCATING);
            return true;
        case FW_MM_IDENTITY_REQUEST:
            identity_asked(mm, m);
            fw_mm_wait_on(&mm->way, &mm->exchange);
            return true;
        case FW_MM_TEMPORARY_IDENTITY_ASSIGN:
            identity_assigned(mm, m);
            return true;
        case FW_MM_CIPHER_REQUEST:
            cipher_asked(mm, m);
            return true;
        case FW_MM_CIPHER_REJECT:
            refused(mm, m, FW_MM_PT_SUGGESTING_CIPHER);
            return true;
        case FW_MM_INFO_SUGGEST:
            if (!fw_read_info_type(m, &type) || type != FW_INFO_LOCATE_SUGGEST) return false;
            say(mm, FW_MM_LOCATE_SUGGESTED, true, FW_REJECT_NONE);
            return true;
        default:
            return false;
    }
}

bool fw_mm_pt_timeout(fw_mm_pt* mm, uint32_t timer) {
    if (mm->way.io == NULL) return false;
    if (timer == mm->config.timer) {
        if (!fw_mm_ask_again(&mm->way, &mm->exchange)) finish(mm, false, FW_REJECT_TIMER_EXPIRY);
        return true;
    }
    if (timer != mm->config.timer + 1) return false;
    if (!fw_mm_ask_again(&mm->way, &mm->proof) && mm->own != FW_MM_PT_IDLE) {
        finish(mm, false, FW_REJECT_TIMER_EXPIRY);
    }
    return true;
}
