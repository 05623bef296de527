/* SPDX-License-Identifier: MIT-0 */
#include "third_party_payload.h"

#include <string.h>

enum { TAG_CODE = 0xA5, TAG_PROGRESS = 0x5B, TAG_VERDICT = 0xC3 };
enum { DISCRIMINATOR = 0x81, HEAD = 5, MARK = 0x2D, HEARD_ESCAPE = 2, RETRY_UNIT_S = 5, INFO_TYPE = 0x86 };

static const uint8_t stateOf[] = {[FW_SERVICE_NOT_READY] = 1,
                                  [FW_SERVICE_WAITING_FOR_CODE] = 7,
                                  [FW_SERVICE_IN_SERVICE] = 9,
                                  [FW_SERVICE_BUSY] = 4};
/* In the order of enum fw_verdict. */
static const uint8_t bitOf[] = {0x80, 0x01, 0x02, 0x04, 0x40, 0x08, 0x10};

dectbed_system_information payloadAnnouncement(uint16_t emc, enum fw_service service) {
    dectbed_system_information info = fw_announcement(emc, service); /* its capabilities are ours */
    if (emc != REFERENCE_VENDOR_EMC) info.escape_data = (uint32_t)MARK << 14 | stateOf[service];
    return info;
}

bool payloadAnnounced(const dectbed_system_information* info, uint8_t heard, uint16_t emc, enum fw_service* service) {
    if (emc == REFERENCE_VENDOR_EMC) return fw_announced_service(info, heard, emc, service);
    if (!(heard & HEARD_ESCAPE) || info->escape_emc != emc || info->escape_data >> 4 != (uint32_t)MARK << 10) return false;
    for (unsigned s = 0; s < sizeof stateOf; ++s) {
        if ((info->escape_data & 15) != stateOf[s]) continue;
        *service = (enum fw_service)s;
        return true;
    }
    return false;
}

/* ---- messages ------------------------------------------------------------------------------------------------- */

static void put(fw_nwk_writer* w, uint16_t emc, uint8_t tag, const uint8_t* value, uint8_t octets) {
    uint8_t e[HEAD + FW_CODE_DIGITS_MAX / 2 + 1] = {DISCRIMINATOR, (uint8_t)(emc >> 8), (uint8_t)emc, tag, octets};
    uint8_t sum = tag ^ octets;
    memcpy(e + HEAD, value, octets);
    for (int i = 0; i < octets; ++i) sum ^= value[i];
    e[HEAD + octets] = sum;
    fw_nwk_put(w, FW_IE_ESCAPE_TO_PROPRIETARY, e, HEAD + octets + 1u);
}

bool payloadWriteCode(fw_nwk_writer* w, uint16_t emc, const uint8_t ipei[5], const char* code) {
    uint8_t bcd[FW_CODE_DIGITS_MAX / 2];
    const size_t n = strnlen(code, FW_CODE_DIGITS_MAX + 1);
    if (emc == REFERENCE_VENDOR_EMC) return fw_activation_write_code(w, emc, ipei, code);
    if (n < FW_CODE_DIGITS_MIN || n > FW_CODE_DIGITS_MAX || strspn(code, "0123456789") != n) return false;
    for (size_t i = 0; i < n; i += 2) {
        bcd[i / 2] = (uint8_t)((code[i] - '0') << 4 | (i + 1 < n ? code[i + 1] - '0' : 15));
    }
    fw_nwk_begin(w, FW_NWK_MM, 0, false, FW_MM_INFO_REQUEST);
    fw_nwk_put_octet(w, FW_IE_INFO_TYPE, INFO_TYPE);
    fw_nwk_put_ipui(w, ipei);
    put(w, emc, TAG_CODE, bcd, (uint8_t)((n + 1) / 2));
    return w->ok;
}

void payloadWriteProgress(fw_nwk_writer* w, uint16_t emc, enum fw_activation_stage stage) {
    const uint8_t letter = stage == FW_STAGE_REDIRECTION ? 'R' : 'C';
    if (emc == REFERENCE_VENDOR_EMC) {
        fw_activation_write_progress(w, emc, stage);
        return;
    }
    fw_nwk_begin(w, FW_NWK_MM, 0, false, FW_MM_INFO_SUGGEST);
    fw_nwk_put_octet(w, FW_IE_INFO_TYPE, INFO_TYPE);
    put(w, emc, TAG_PROGRESS, &letter, 1);
}

void payloadWriteVerdict(fw_nwk_writer* w, uint16_t emc, enum fw_verdict v, uint16_t retryAfter) {
    const unsigned units = (retryAfter + RETRY_UNIT_S - 1u) / RETRY_UNIT_S;
    const uint8_t value[2] = {bitOf[v], (uint8_t)(units > 255 ? 255 : units)};
    const bool good = v == FW_VERDICT_ACTIVATED;
    if (emc == REFERENCE_VENDOR_EMC) {
        fw_activation_write_verdict(w, emc, v, retryAfter);
        return;
    }
    fw_nwk_begin(w, FW_NWK_MM, 0, true, good ? FW_MM_INFO_ACCEPT : FW_MM_INFO_REJECT);
    fw_nwk_put_octet(w, good ? FW_IE_INFO_TYPE : FW_IE_REJECT_REASON, good ? INFO_TYPE : FW_REJECT_INCOMPATIBLE_SERVICE);
    put(w, emc, TAG_VERDICT, value, sizeof value);
}

static bool readCode(const uint8_t* bcd, size_t octets, fw_activation* out) {
    size_t n = 0;
    if (octets == 0 || octets > FW_CODE_DIGITS_MAX / 2) return false;
    for (size_t i = 0; i < 2 * octets; ++i) {
        const int nibble = i % 2 ? bcd[i / 2] & 15 : bcd[i / 2] >> 4;
        if (nibble == 15 && i + 1 == 2 * octets) break;
        if (nibble > 9) return false;
        out->code[n++] = (char)('0' + nibble);
    }
    out->opcode = FW_ACTIVATION_CODE;
    return n >= FW_CODE_DIGITS_MIN;
}

enum fw_activation_reading payloadRead(const fw_nwk_message* m, uint16_t emc, fw_activation* out) {
    const uint8_t* e;
    size_t n;
    uint8_t sum = 0;
    if (emc == REFERENCE_VENDOR_EMC) return fw_activation_read(m, emc, out);
    memset(out, 0, sizeof *out);
    if (m->protocol != FW_NWK_MM || !fw_nwk_find(m, FW_IE_ESCAPE_TO_PROPRIETARY, &e, &n)) return FW_ACTIVATION_NONE;
    if (n < 3 || e[0] != DISCRIMINATOR || (e[1] << 8 | e[2]) != emc) return FW_ACTIVATION_NONE;
    if (n < HEAD + 1 || n != HEAD + 1u + e[4]) return FW_ACTIVATION_BROKEN;
    for (size_t i = 3; i < n; ++i) sum ^= e[i];
    if (sum != 0) return FW_ACTIVATION_BROKEN;
    if (e[3] == TAG_CODE && m->type == FW_MM_INFO_REQUEST) {
        return readCode(e + HEAD, e[4], out) ? FW_ACTIVATION_READ : FW_ACTIVATION_BROKEN;
    }
    if (e[3] == TAG_PROGRESS && m->type == FW_MM_INFO_SUGGEST && e[4] == 1) {
        out->opcode = FW_ACTIVATION_PROGRESS;
        out->stage = e[HEAD] == 'R' ? FW_STAGE_REDIRECTION : FW_STAGE_CONFIGURATION;
        return FW_ACTIVATION_READ;
    }
    if (e[3] != TAG_VERDICT || e[4] != 2) return FW_ACTIVATION_BROKEN;
    for (uint8_t v = 0; v < sizeof bitOf; ++v) {
        const uint8_t carrier = v == FW_VERDICT_ACTIVATED ? FW_MM_INFO_ACCEPT : FW_MM_INFO_REJECT;
        if (e[HEAD] != bitOf[v] || m->type != carrier) continue;
        out->opcode = FW_ACTIVATION_VERDICT;
        out->verdict = v;
        out->retry_after_s = (uint16_t)(e[HEAD + 1] * RETRY_UNIT_S);
        return FW_ACTIVATION_READ;
    }
    return FW_ACTIVATION_BROKEN;
}
