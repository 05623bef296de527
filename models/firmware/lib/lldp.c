/* SPDX-License-Identifier: MIT-0 */
#include "lldp.h"

#include <string.h>

enum { ethernet_octets = 14, name_octets_max = 32 };
enum tlv { tlv_end = 0, tlv_chassis = 1, tlv_port = 2, tlv_ttl = 3, tlv_system_name = 5, tlv_organisation = 127 };
enum { subtype_mac = 4, port_subtype_mac = 3, med_capabilities = 1, med_policy = 2, application_voice = 1 };
enum { class_communication = 3, can_capabilities_and_policy = 3, vlan_max = 4094 };
static const uint8_t group[6] = {0x01, 0x80, 0xC2, 0x00, 0x00, 0x0E}; /* nearest bridge */
static const uint8_t oui_tia[3] = {0x00, 0x12, 0xBB};

/* TIA-1057, 10.2.3: application 8, U 1, T 1, X 1, VLAN 12, priority 3, DSCP 6 */
static bool read_organisation(const uint8_t* value, size_t octets, fw_lldp_neighbour* out) {
    if (octets < 4) return false;
    if (memcmp(value, oui_tia, sizeof oui_tia) != 0 || value[3] != med_policy) return true;
    if (octets < 8) return false;
    const uint32_t bits = (uint32_t)value[5] << 16 | (uint32_t)value[6] << 8 | value[7];
    const uint16_t vlan = (uint16_t)(bits >> 9 & 0xFFF);
    if (value[4] != application_voice || (bits & 0x800000) != 0 || vlan > vlan_max) return true;
    out->has_policy = true;
    out->tagged = (bits & 0x400000) != 0 && vlan != 0;
    out->vlan = out->tagged ? vlan : 0;
    out->priority = (uint8_t)(bits >> 6 & 7);
    out->dscp = (uint8_t)(bits & 63);
    return true;
}

bool fw_lldp_read(const uint8_t* frame, size_t octets, fw_lldp_neighbour* out) {
    memset(out, 0, sizeof *out);
    if (octets < ethernet_octets || frame[12] != FW_LLDP_ETHERTYPE >> 8 || frame[13] != (FW_LLDP_ETHERTYPE & 0xFF))
        return false;
    size_t at = ethernet_octets;
    for (unsigned number = 0;; ++number) {
        if (octets - at < 2) return false;
        const unsigned type = frame[at] >> 1;
        const size_t length = (size_t)(frame[at] & 1) << 8 | frame[at + 1];
        const uint8_t* value = frame + at + 2;
        if (length > octets - at - 2) return false;
        at += 2 + length;
        if (number < 3 && type != number + 1) return false; /* 8.2: chassis ID, port ID, time to live come first */
        switch (type) {
            case tlv_end:
                return true;
            case tlv_chassis:
            case tlv_port:
                if (number >= 3 || length < 2) return false;
                break;
            case tlv_ttl:
                if (number >= 3 || length < 2) return false;
                out->ttl_s = (uint16_t)(value[0] << 8 | value[1]);
                break;
            case tlv_system_name: {
                const size_t n = length < sizeof out->system ? length : sizeof out->system - 1;
                memcpy(out->system, value, n);
                out->system[n] = '\0';
                break;
            }
            case tlv_organisation:
                if (!read_organisation(value, length, out)) return false;
                break;
            default:
                break;
        }
    }
}

static void put(uint8_t* out, size_t* at, unsigned type, const void* value, size_t octets) {
    out[(*at)++] = (uint8_t)(type << 1 | octets >> 8);
    out[(*at)++] = (uint8_t)octets;
    if (octets > 0) memcpy(out + *at, value, octets);
    *at += octets;
}

size_t fw_lldp_announce(uint8_t out[FW_LLDP_FRAME_MAX], const uint8_t mac[6], const char* model, uint16_t ttl_s) {
    uint8_t id[7], ttl[2] = {(uint8_t)(ttl_s >> 8), (uint8_t)ttl_s};
    const uint8_t capabilities[7] = {oui_tia[0], oui_tia[1], oui_tia[2], med_capabilities,
                                     0,          can_capabilities_and_policy, class_communication};
    /* what it asks for is unknown to it: U set (10.2.3.2) */
    const uint8_t policy[8] = {oui_tia[0], oui_tia[1], oui_tia[2], med_policy, application_voice, 0x80, 0, 0};
    size_t at = ethernet_octets, name = 0;
    memcpy(out, group, sizeof group);
    memcpy(out + 6, mac, 6);
    out[12] = FW_LLDP_ETHERTYPE >> 8;
    out[13] = FW_LLDP_ETHERTYPE & 0xFF;
    id[0] = subtype_mac;
    memcpy(id + 1, mac, 6);
    put(out, &at, tlv_chassis, id, sizeof id);
    id[0] = port_subtype_mac;
    put(out, &at, tlv_port, id, sizeof id);
    put(out, &at, tlv_ttl, ttl, sizeof ttl);
    while (name < name_octets_max && model[name] != '\0') ++name;
    if (name > 0) put(out, &at, tlv_system_name, model, name);
    put(out, &at, tlv_organisation, capabilities, sizeof capabilities);
    put(out, &at, tlv_organisation, policy, sizeof policy);
    put(out, &at, tlv_end, NULL, 0);
    return at;
}
