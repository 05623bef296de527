/* SPDX-License-Identifier: MIT-0 */
#include "clms.h"

#include <string.h>

#include "nwk_elements.h"

enum { assigned_no_u_plane = 0x08, alphanumeric = 0x76, ascii = 0x16, clms_variable = 0x01 };
enum { one_section_standard = 0x09, address_section = 0x0F, standard_elements = 0x01, tone_alert = 0 };

void fw_clms_announce(uint8_t out[FW_CLMS_PAGE_OCTETS], uint32_t tpui) {
    out[0] = assigned_no_u_plane;
    out[1] = (uint8_t)(tpui >> 8);
    out[2] = (uint8_t)tpui;
}

void fw_clms_write_text(fw_nwk_writer* w, uint32_t tpui, const char* text, size_t characters) {
    const fw_portable_identity everybody = fw_identity_of_tpui(tpui);
    uint8_t value[1 + FW_CLMS_TEXT_MAX];
    fw_nwk_begin(w, FW_NWK_CLMS, 0, false, clms_variable);
    fw_put_portable_identity(w, &everybody);
    if (characters == 0 || characters > FW_CLMS_TEXT_MAX) {
        w->ok = false;
        return;
    }
    value[0] = ascii;
    memcpy(value + 1, text, characters);
    fw_nwk_put(w, alphanumeric, value, 1 + characters);
}

bool fw_clms_read_text(const fw_nwk_message* m, uint32_t tpui, char out[FW_CLMS_TEXT_MAX + 1]) {
    fw_portable_identity id;
    uint32_t address = 0;
    size_t octets = 0;
    const uint8_t* value = NULL;
    if (m->protocol != FW_NWK_CLMS || m->type != clms_variable) return false;
    if (!fw_read_portable_identity(m, &id) || !fw_tpui(&id, &address) || address != tpui) return false;
    if (!fw_nwk_find(m, alphanumeric, &value, &octets) || octets < 2 || octets > 1 + FW_CLMS_TEXT_MAX ||
        value[0] != ascii)
        return false;
    for (size_t i = 1; i < octets; ++i) {
        if (value[i] < ' ' || value[i] > '~') return false;
    }
    memcpy(out, value + 1, octets - 1);
    out[octets - 1] = 0;
    return true;
}

void fw_clms_write_tone(uint8_t out[FW_CLMS_TONE_OCTETS], uint32_t tpui, uint8_t tone) {
    out[0] = one_section_standard;
    out[1] = (uint8_t)(tpui >> 8);
    out[2] = (uint8_t)tpui;
    out[3] = standard_elements;
    out[4] = (uint8_t)(tone_alert << 4 | (tone & 15));
}

int fw_clms_read_tone(const uint8_t* message, size_t octets, uint32_t tpui) {
    if (octets != FW_CLMS_TONE_OCTETS || (message[0] & address_section) != one_section_standard) return -1;
    if (message[1] != (uint8_t)(tpui >> 8) || message[2] != (uint8_t)tpui || message[3] != standard_elements) return -1;
    return message[4] >> 4 == tone_alert && (message[4] & 15) < FW_CLMS_TONES ? message[4] & 15 : -1;
}
