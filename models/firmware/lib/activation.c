/* SPDX-License-Identifier: MIT-0 */
#include "activation.h"

#include <string.h>

enum { version = 1, discriminator_emc = 0x81, head_octets = 5, heard_escape = 2 };
/* <<INFO-TYPE>> is mandatory in {MM-INFO-REQUEST} and {MM-INFO-SUGGEST}; "dynamic parameters allocation" is the
 * value whose meaning comes nearest */
enum { info_type_dynamic_parameters = 0x80 | 0x06 };

#define CAPABILITY(a) (1ull << (47 - (a)))

dectbed_system_information fw_announcement(uint16_t emc, enum fw_service service) {
    dectbed_system_information information;
    memset(&information, 0, sizeof information);
    information.fixed_part_capabilities = CAPABILITY(17) | CAPABILITY(23) | CAPABILITY(36) | CAPABILITY(38);
    information.escape_emc = emc;
    information.escape_data = (uint32_t)version << 16 | (uint32_t)service << 12;
    return information;
}

bool fw_announced_service(const dectbed_system_information* information, uint8_t heard, uint16_t emc,
                          enum fw_service* service) {
    if (!(heard & heard_escape) || information->escape_emc != emc) return false;
    if ((information->escape_data >> 16 & 15) != version) return false;
    const uint32_t value = information->escape_data >> 12 & 15;
    if (value > FW_SERVICE_BUSY) return false;
    *service = (enum fw_service)value;
    return true;
}

static bool all_digits(const uint8_t* text, size_t n) {
    for (size_t i = 0; i < n; ++i) {
        if (text[i] < '0' || text[i] > '9') return false;
    }
    return true;
}

enum fw_activation_reading fw_activation_read(const fw_nwk_message* message, uint16_t emc, fw_activation* out) {
    const uint8_t* v;
    size_t n;
    memset(out, 0, sizeof *out);
    if (message->protocol != FW_NWK_MM || !fw_nwk_find(message, FW_IE_ESCAPE_TO_PROPRIETARY, &v, &n)) {
        return FW_ACTIVATION_NONE;
    }
    if (n < 3 || v[0] != discriminator_emc || (v[1] << 8 | v[2]) != emc) return FW_ACTIVATION_NONE;
    if (n < head_octets || v[3] != version) return FW_ACTIVATION_BROKEN;
    const uint8_t* operand = v + head_octets;
    const size_t octets = n - head_octets;
    switch (v[4]) {
        case FW_ACTIVATION_CODE:
            if (message->type != FW_MM_INFO_REQUEST || octets < 1 || operand[0] != octets - 1) break;
            if (octets - 1 < FW_CODE_DIGITS_MIN || octets - 1 > FW_CODE_DIGITS_MAX) break;
            if (!all_digits(operand + 1, octets - 1)) break;
            memcpy(out->code, operand + 1, octets - 1);
            out->opcode = FW_ACTIVATION_CODE;
            return FW_ACTIVATION_READ;
        case FW_ACTIVATION_PROGRESS:
            if (message->type != FW_MM_INFO_SUGGEST || octets != 1) break;
            out->stage = operand[0];
            out->opcode = FW_ACTIVATION_PROGRESS;
            return FW_ACTIVATION_READ;
        case FW_ACTIVATION_VERDICT:
            if ((message->type != FW_MM_INFO_ACCEPT && message->type != FW_MM_INFO_REJECT) || octets != 3) break;
            out->verdict = operand[0];
            out->retry_after_s = (uint16_t)(operand[1] << 8 | operand[2]);
            out->opcode = FW_ACTIVATION_VERDICT;
            /* only an accept activates */
            if ((out->verdict == FW_VERDICT_ACTIVATED) != (message->type == FW_MM_INFO_ACCEPT)) break;
            return FW_ACTIVATION_READ;
        default:
            break;
    }
    return FW_ACTIVATION_BROKEN;
}

static void put_vendor(fw_nwk_writer* w, uint16_t emc, uint8_t opcode, const void* operand, size_t octets) {
    uint8_t value[head_octets + 1 + FW_CODE_DIGITS_MAX] = {discriminator_emc, (uint8_t)(emc >> 8), (uint8_t)emc,
                                                           version, opcode};
    memcpy(value + head_octets, operand, octets);
    fw_nwk_put(w, FW_IE_ESCAPE_TO_PROPRIETARY, value, head_octets + octets);
}

bool fw_activation_write_code(fw_nwk_writer* w, uint16_t emc, const uint8_t ipei[5], const char* code) {
    const size_t n = strnlen(code, FW_CODE_DIGITS_MAX + 1);
    if (n < FW_CODE_DIGITS_MIN || n > FW_CODE_DIGITS_MAX || !all_digits((const uint8_t*)code, n)) return false;
    uint8_t operand[1 + FW_CODE_DIGITS_MAX];
    operand[0] = (uint8_t)n;
    memcpy(operand + 1, code, n);
    fw_nwk_begin(w, FW_NWK_MM, 0, false, FW_MM_INFO_REQUEST);
    fw_nwk_put_octet(w, FW_IE_INFO_TYPE, info_type_dynamic_parameters);
    fw_nwk_put_ipui(w, ipei);
    put_vendor(w, emc, FW_ACTIVATION_CODE, operand, 1 + n);
    return w->ok;
}

void fw_activation_write_progress(fw_nwk_writer* w, uint16_t emc, enum fw_activation_stage stage) {
    const uint8_t operand = (uint8_t)stage;
    fw_nwk_begin(w, FW_NWK_MM, 0, false, FW_MM_INFO_SUGGEST);
    fw_nwk_put_octet(w, FW_IE_INFO_TYPE, info_type_dynamic_parameters);
    put_vendor(w, emc, FW_ACTIVATION_PROGRESS, &operand, 1);
}

static uint8_t reject_reason(enum fw_verdict verdict) {
    switch (verdict) {
        case FW_VERDICT_CODE_REFUSED:
            return FW_REJECT_INVALID_CONTENTS;
        case FW_VERDICT_LOCKED_OUT:
        case FW_VERDICT_BUSY:
            return 0x30; /* overload */
        case FW_VERDICT_ACTIVATED:
        case FW_VERDICT_REDIRECTION_UNREACHABLE:
        case FW_VERDICT_PROVISIONING_FAILED:
        case FW_VERDICT_ALREADY_PROVISIONED:
            break;
    }
    return FW_REJECT_INCOMPATIBLE_SERVICE;
}

void fw_activation_write_verdict(fw_nwk_writer* w, uint16_t emc, enum fw_verdict verdict, uint16_t retry_after_s) {
    const uint8_t operand[3] = {(uint8_t)verdict, (uint8_t)(retry_after_s >> 8), (uint8_t)retry_after_s};
    const bool accepted = verdict == FW_VERDICT_ACTIVATED;
    fw_nwk_begin(w, FW_NWK_MM, 0, true, accepted ? FW_MM_INFO_ACCEPT : FW_MM_INFO_REJECT);
    if (accepted) {
        fw_nwk_put_octet(w, FW_IE_INFO_TYPE, info_type_dynamic_parameters);
    } else {
        fw_nwk_put_octet(w, FW_IE_REJECT_REASON, reject_reason(verdict));
    }
    put_vendor(w, emc, FW_ACTIVATION_VERDICT, operand, sizeof operand);
}

const char* fw_verdict_text(uint8_t verdict) {
    switch (verdict) {
        case FW_VERDICT_ACTIVATED:
            return "activated";
        case FW_VERDICT_CODE_REFUSED:
            return "code refused";
        case FW_VERDICT_REDIRECTION_UNREACHABLE:
            return "redirection unreachable";
        case FW_VERDICT_PROVISIONING_FAILED:
            return "provisioning failed";
        case FW_VERDICT_ALREADY_PROVISIONED:
            return "already provisioned";
        case FW_VERDICT_LOCKED_OUT:
            return "locked out";
        case FW_VERDICT_BUSY:
            return "busy";
        default:
            return "unknown verdict";
    }
}
