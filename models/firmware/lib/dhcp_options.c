/* SPDX-License-Identifier: MIT-0 */
#include "dhcp_options.h"

#include <string.h>

enum { options_at = 240, sname_at = 44, sname_octets = 64, file_at = 108, file_octets = 128 };
enum { overload_file = 1, overload_sname = 2 };

static bool find_in(fw_dhcp_options* o, const uint8_t* at, size_t octets, bool outer) {
    size_t i = 0;
    while (i < octets) {
        const uint8_t code = at[i++];
        if (code == FW_DHCP_OPTION_PAD) continue;
        if (code == FW_DHCP_OPTION_END) return true;
        if (i >= octets) return false;
        const size_t length = at[i++];
        if (length > octets - i || o->pieces == FW_DHCP_PIECES_MAX) return false;
        if (code == FW_DHCP_OPTION_OVERLOAD) {
            if (length != 1) return false;
            if (outer) o->overload = at[i];
        } else {
            o->piece[o->pieces].code = code;
            o->piece[o->pieces].octets = (uint8_t)length;
            o->piece[o->pieces].value = at + i;
            ++o->pieces;
        }
        i += length;
    }
    return true; /* the end option is missing: what was read counts */
}

bool fw_dhcp_options_find(fw_dhcp_options* o, const uint8_t* message, size_t octets) {
    o->pieces = 0;
    o->overload = 0;
    if (!find_in(o, message + options_at, octets - options_at, true)) return false;
    if ((o->overload & overload_file) && !find_in(o, message + file_at, file_octets, false)) return false;
    return !(o->overload & overload_sname) || find_in(o, message + sname_at, sname_octets, false);
}

const uint8_t* fw_dhcp_option(fw_dhcp_options* o, uint8_t code, size_t* octets) {
    const uint8_t* value = NULL;
    size_t found = 0;
    *octets = 0;
    for (size_t i = 0; i < o->pieces; ++i) {
        if (o->piece[i].code != code) continue;
        if (++found == 1) {
            value = o->piece[i].value;
            *octets = o->piece[i].octets;
            continue;
        }
        if (found == 2) {
            memcpy(o->joined, value, *octets);
            value = o->joined;
        }
        size_t n = o->piece[i].octets;
        if (n > FW_DHCP_VALUE_MAX - *octets) n = FW_DHCP_VALUE_MAX - *octets;
        memcpy(o->joined + *octets, o->piece[i].value, n);
        *octets += n;
    }
    return value;
}

const uint8_t* fw_dhcp_option_last(const fw_dhcp_options* o, uint8_t code, size_t* octets) {
    for (size_t i = o->pieces; i > 0; --i) {
        if (o->piece[i - 1].code != code) continue;
        *octets = o->piece[i - 1].octets;
        return o->piece[i - 1].value;
    }
    *octets = 0;
    return NULL;
}
