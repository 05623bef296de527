/* SPDX-License-Identifier: MIT-0 */
#include "nwk_elements.h"

#include <string.h>

enum { last = 0x80, park_type = 0x20, class_a_bits = 37, other_class_bits = 32, derived_key = 9, level_max = 63 };
enum { ipui_n_bits = 40, ipui_n_nibble = 0, level_only = 1 };

static size_t octets_of(uint8_t bits) { return (bits + 7u) / 8u; }

/* Unused bits behind the last one must be 0, so that equal identities have equal octets. */
static bool padding_is_zero(const uint8_t* value, uint8_t bits) {
    return bits % 8 == 0 || (value[bits / 8] & (0xFF >> bits % 8)) == 0;
}

bool fw_read_portable_identity(const fw_nwk_message* m, fw_portable_identity* out) {
    const uint8_t* v;
    size_t n;
    if (!fw_nwk_find(m, FW_IE_PORTABLE_IDENTITY, &v, &n)) return false;
    if (n == 0) { /* an empty element is an empty identity */
        *out = fw_identity_empty();
        return true;
    }
    if (n < 2 || !(v[0] & last) || !(v[1] & last)) return false;
    const uint8_t bits = v[1] & 0x7F;
    /* The 20 bits of a TPUI stand at the end: an assignment type goes before them. */
    const bool at_the_end = (v[0] & 0x7F) == FW_PORTABLE_TPUI;
    if (octets_of(bits) != n - 2 || n - 2 > FW_PORTABLE_OCTETS_MAX) return false;
    if (at_the_end ? bits == FW_TPUI_BITS && v[2] >> 4 > 1 : !padding_is_zero(v + 2, bits)) return false;
    memset(out, 0, sizeof *out);
    out->type = v[0] & 0x7F;
    out->bits = bits;
    memcpy(out->value, v + 2, n - 2);
    return true;
}

bool fw_ipui_n(const fw_portable_identity* id, uint8_t ipui[FW_IPUI_OCTETS]) {
    if (id->type != FW_PORTABLE_IPUI || id->bits != ipui_n_bits || id->value[0] >> 4 != ipui_n_nibble) return false;
    memcpy(ipui, id->value, FW_IPUI_OCTETS);
    return true;
}

bool fw_tpui(const fw_portable_identity* id, uint32_t* tpui) {
    if (id->type != FW_PORTABLE_TPUI || id->bits != FW_TPUI_BITS) return false;
    /* EN 300 175-5, figure 72: assignment type 4 (0 and 1 are a TPUI) | TPUI 20. */
    *tpui = (uint32_t)(id->value[0] & 0x0F) << 16 | (uint32_t)id->value[1] << 8 | id->value[2];
    return true;
}

void fw_put_portable_identity(fw_nwk_writer* w, const fw_portable_identity* id) {
    uint8_t value[2 + FW_PORTABLE_OCTETS_MAX];
    value[0] = (uint8_t)(last | id->type);
    value[1] = (uint8_t)(last | id->bits);
    memcpy(value + 2, id->value, FW_PORTABLE_OCTETS_MAX);
    fw_nwk_put(w, FW_IE_PORTABLE_IDENTITY, value, 2 + octets_of(id->bits));
}

fw_portable_identity fw_identity_of_ipui(const uint8_t ipui[FW_IPUI_OCTETS]) {
    fw_portable_identity id = {FW_PORTABLE_IPUI, ipui_n_bits, {0}};
    memcpy(id.value, ipui, FW_IPUI_OCTETS);
    return id;
}

fw_portable_identity fw_identity_of_tpui(uint32_t tpui) {
    fw_portable_identity id = {FW_PORTABLE_TPUI, FW_TPUI_BITS, {0}};
    id.value[0] = (uint8_t)(tpui >> 16 & 0x0F);
    id.value[1] = (uint8_t)(tpui >> 8);
    id.value[2] = (uint8_t)tpui;
    return id;
}

fw_portable_identity fw_identity_empty(void) {
    const fw_portable_identity id = {FW_PORTABLE_TPUI, 0, {0}};
    return id;
}

fw_park fw_park_of_rfpi(const uint8_t rfpi[5]) {
    fw_park park;
    memcpy(park.value, rfpi, 5);
    park.value[0] &= 0x7F; /* the E bit is no part of an identity */
    park.bits = (rfpi[0] & 0x70) == 0 ? class_a_bits : other_class_bits;
    for (size_t bit = park.bits; bit < 40; ++bit) park.value[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
    return park;
}

bool fw_park_matches(const fw_park* park, const uint8_t rfpi[5]) {
    if (park->bits == 0 || park->bits > 40) return false;
    for (size_t bit = 1; bit < park->bits; ++bit) {
        if ((park->value[bit / 8] ^ rfpi[bit / 8]) & 0x80 >> bit % 8) return false;
    }
    return true;
}

void fw_put_park(fw_nwk_writer* w, const fw_park* park) {
    uint8_t value[7] = {last | park_type, (uint8_t)(last | park->bits), 0, 0, 0, 0, 0};
    memcpy(value + 2, park->value, 5);
    fw_nwk_put(w, FW_IE_FIXED_IDENTITY, value, 2 + octets_of(park->bits));
}

bool fw_read_park(const fw_nwk_message* m, fw_park* out) {
    const uint8_t* v;
    size_t n;
    if (!fw_nwk_find(m, FW_IE_FIXED_IDENTITY, &v, &n)) return false;
    if (n < 3 || v[0] != (last | park_type) || !(v[1] & last)) return false;
    const uint8_t bits = v[1] & 0x7F;
    if (bits < 2 || bits > 40 || octets_of(bits) != n - 2 || (v[2] & 0x80) || !padding_is_zero(v + 2, bits)) {
        return false;
    }
    memset(out, 0, sizeof *out);
    out->bits = bits;
    memcpy(out->value, v + 2, n - 2);
    return true;
}

void fw_put_auth_type(fw_nwk_writer* w, uint8_t algorithm, uint8_t key_type) {
    const uint8_t value[3] = {algorithm, (uint8_t)(key_type << 4), 0};
    fw_nwk_put(w, FW_IE_AUTH_TYPE, value, sizeof value);
}

bool fw_read_auth_type(const fw_nwk_message* m, fw_auth_type* out) {
    const uint8_t* v;
    size_t n;
    /* the octets behind the third are the default cipher key's, which we do not use */
    if (!fw_nwk_find(m, FW_IE_AUTH_TYPE, &v, &n) || n < 3 || v[0] == 0x7F) return false;
    out->algorithm = v[0];
    out->key_type = v[1] >> 4;
    out->key_number = v[1] & 15;
    return true;
}

void fw_put_allocation_type(fw_nwk_writer* w, uint8_t algorithm) {
    const uint8_t value[2] = {algorithm, 0};
    fw_nwk_put(w, FW_IE_ALLOCATION_TYPE, value, sizeof value);
}

bool fw_read_allocation_type(const fw_nwk_message* m, uint8_t* algorithm) {
    const uint8_t* v;
    size_t n;
    if (!fw_nwk_find(m, FW_IE_ALLOCATION_TYPE, &v, &n) || n != 2) return false;
    *algorithm = v[0];
    return true;
}

void fw_put_cipher_info(fw_nwk_writer* w, bool on, uint8_t algorithm) {
    const uint8_t value[2] = {(uint8_t)((on ? 0x80 : 0) | algorithm), derived_key << 4};
    fw_nwk_put(w, FW_IE_CIPHER_INFO, value, sizeof value);
}

bool fw_read_cipher_info(const fw_nwk_message* m, bool* on, uint8_t* algorithm) {
    const uint8_t* v;
    size_t n;
    if (!fw_nwk_find(m, FW_IE_CIPHER_INFO, &v, &n) || n != 2) return false;
    *on = v[0] & 0x80;
    *algorithm = v[0] & 0x7F;
    return true;
}

void fw_put_location_area(fw_nwk_writer* w, uint8_t level) {
    fw_nwk_put_octet(w, FW_IE_LOCATION_AREA, (uint8_t)(level_only << 6 | (level & level_max)));
}

bool fw_read_location_area(const fw_nwk_message* m, uint8_t* level) {
    const uint8_t* v;
    size_t n;
    if (!fw_nwk_find(m, FW_IE_LOCATION_AREA, &v, &n) || n < 1) return false;
    *level = v[0] & level_max;
    return true;
}

void fw_put_identity_type(fw_nwk_writer* w, uint8_t group, uint8_t type) {
    const uint8_t value[2] = {(uint8_t)(last | group), (uint8_t)(last | type)};
    fw_nwk_put(w, FW_IE_IDENTITY_TYPE, value, sizeof value);
}

bool fw_read_identity_type(const fw_nwk_message* m, uint8_t* group, uint8_t* type) {
    const uint8_t* v;
    size_t n;
    if (!fw_nwk_find(m, FW_IE_IDENTITY_TYPE, &v, &n) || n != 2) return false;
    *group = v[0] & 15;
    *type = v[1] & 0x7F;
    return true;
}

void fw_put_info_type(fw_nwk_writer* w, uint8_t type) { fw_nwk_put_octet(w, FW_IE_INFO_TYPE, (uint8_t)(last | type)); }

bool fw_read_info_type(const fw_nwk_message* m, uint8_t* type) {
    const uint8_t* v;
    size_t n;
    if (!fw_nwk_find(m, FW_IE_INFO_TYPE, &v, &n) || n < 1) return false;
    *type = v[0] & 0x7F;
    return true;
}

bool fw_read_octets(const fw_nwk_message* m, uint8_t code, size_t octets, uint8_t* out) {
    const uint8_t* v;
    size_t n;
    if (!fw_nwk_find(m, code, &v, &n) || n != octets) return false;
    memcpy(out, v, octets);
    return true;
}

uint8_t fw_read_reject_reason(const fw_nwk_message* m) {
    uint8_t reason;
    return fw_read_octets(m, FW_IE_REJECT_REASON, 1, &reason) ? reason : FW_REJECT_NONE;
}
