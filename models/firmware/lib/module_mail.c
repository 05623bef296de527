/* SPDX-License-Identifier: MIT-0 */
#include "module_mail.h"

#include <string.h>

#include "fw_io.h"

enum { crc_polynomial_reflected = 0x8408, opcode_octets = 2 };

uint16_t fw_mail_crc(const uint8_t* data, size_t octets) {
    uint16_t crc = 0xFFFF;
    for (size_t i = 0; i < octets; ++i) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; ++bit) {
            crc = (uint16_t)(crc & 1 ? crc >> 1 ^ crc_polynomial_reflected : crc >> 1);
        }
    }
    return (uint16_t)~crc;
}

const char* fw_mail_name(uint16_t opcode) {
    switch (opcode & ~(unsigned)FW_MAIL_ANSWER) {
        case FW_MAIL_HELLO:
            return "HELLO";
        case FW_MAIL_RESET:
            return "RESET";
        case FW_MAIL_SET_BAND:
            return "SET-BAND";
        case FW_MAIL_START:
            return "START";
        case FW_MAIL_STOP:
            return "STOP";
        case FW_MAIL_RECEIVE_ONLY:
            return "RECEIVE-ONLY";
        case FW_MAIL_REGISTRATION:
            return "REGISTRATION";
        case FW_MAIL_ANNOUNCE:
            return "ANNOUNCE";
        case FW_MAIL_HANDSETS:
            return "HANDSETS";
        case FW_MAIL_DELETE:
            return "DELETE";
        case FW_MAIL_VENDOR_MM:
            return "VENDOR-MM";
        case FW_MAIL_CLOSE_LINK:
            return "CLOSE-LINK";
        case FW_MAIL_PAGE:
            return "PAGE";
        case FW_MAIL_STARTED_UP:
            return "STARTED-UP";
        case FW_MAIL_ON_AIR:
            return "ON-AIR";
        case FW_MAIL_HEARD:
            return "HEARD";
        case FW_MAIL_LISTENED:
            return "LISTENED";
        case FW_MAIL_REGISTERED:
            return "REGISTERED";
        case FW_MAIL_DEREGISTERED:
            return "DEREGISTERED";
        case FW_MAIL_LOCATED:
            return "LOCATED";
        case FW_MAIL_LOST:
            return "LOST";
        case FW_MAIL_VENDOR_MM_UP:
            return "VENDOR-MM-UP";
        case FW_MAIL_LINK_CLOSED:
            return "LINK-CLOSED";
        case FW_MAIL_REGISTRATION_CLOSED:
            return "REGISTRATION-CLOSED";
        case FW_MAIL_VENDOR_MM_SENT:
            return "VENDOR-MM-SENT";
        default:
            return "unknown";
    }
}

size_t fw_mail_write(const fw_mail* m, uint8_t out[FW_MAIL_OCTETS_MAX]) {
    if (m->octets > FW_MAIL_PAYLOAD_MAX) return 0;
    const size_t n = opcode_octets + m->octets;
    out[0] = FW_MAIL_FIRST_OCTET;
    out[1] = (uint8_t)n;
    out[2] = (uint8_t)(n >> 8);
    out[3] = m->sequence;
    out[4] = (uint8_t)m->opcode;
    out[5] = (uint8_t)(m->opcode >> 8);
    memcpy(out + FW_MAIL_HEAD, m->payload, m->octets);
    const uint16_t crc = fw_mail_crc(out + 1, n + 3);
    out[n + 4] = (uint8_t)crc;
    out[n + 5] = (uint8_t)(crc >> 8);
    return FW_MAIL_OVERHEAD + m->octets;
}

void fw_mail_put(fw_mail* m, uint32_t value, unsigned octets) {
    uint8_t data[4];
    for (unsigned i = 0; i < 4; ++i) data[i] = (uint8_t)(value >> 8 * i);
    fw_mail_put_octets(m, data, octets < 4 ? octets : 4);
}

void fw_mail_put_octets(fw_mail* m, const void* data, size_t octets) {
    if (octets > (size_t)FW_MAIL_PAYLOAD_MAX - m->octets) return;
    memcpy(m->payload + m->octets, data, octets);
    m->octets = (uint8_t)(m->octets + octets);
}

uint32_t fw_mail_get(const fw_mail* m, unsigned at, unsigned octets) {
    uint32_t value = 0;
    if (octets > 4 || at + octets > m->octets) return 0;
    for (unsigned i = 0; i < octets; ++i) value |= (uint32_t)m->payload[at + i] << 8 * i;
    return value;
}

/* Octets of the mail that begins here; 0: none can. Needs three octets. */
static size_t octets_of(const uint8_t* data) {
    const size_t n = (size_t)(data[1] | data[2] << 8);
    const bool good = data[0] == FW_MAIL_FIRST_OCTET && n >= opcode_octets && n <= opcode_octets + FW_MAIL_PAYLOAD_MAX;
    return good ? n + FW_MAIL_OVERHEAD - opcode_octets : 0;
}

static bool take_over(const uint8_t* data, size_t octets, fw_mail* m) {
    const uint16_t crc = (uint16_t)(data[octets - 2] | data[octets - 1] << 8);
    if (fw_mail_crc(data + 1, octets - 3) != crc) return false;
    memset(m, 0, sizeof *m);
    m->sequence = data[3];
    m->opcode = (uint16_t)(data[4] | data[5] << 8);
    m->octets = (uint8_t)(octets - FW_MAIL_OVERHEAD);
    memcpy(m->payload, data + FW_MAIL_HEAD, m->octets);
    return true;
}

static void drop(fw_mail_reader* r, size_t octets) {
    r->used -= octets;
    memmove(r->data, r->data + octets, r->used);
}

void fw_mail_read(fw_mail_reader* r, const uint8_t* data, size_t octets, fw_mail_taker take, void* context) {
    for (size_t i = 0; i < octets; ++i) {
        r->data[r->used++] = data[i];
        /* What is left of a mail that turned out to be none may hold the next one. */
        while (r->used > 0) {
            fw_mail m;
            if (r->data[0] != FW_MAIL_FIRST_OCTET || (r->used >= 3 && octets_of(r->data) == 0)) {
                ++r->skipped;
                drop(r, 1);
                continue;
            }
            const size_t whole = r->used >= 3 ? octets_of(r->data) : FW_MAIL_OCTETS_MAX;
            if (r->used < whole) break;
            if (take_over(r->data, whole, &m)) {
                drop(r, whole);
                take(context, &m);
            } else {
                ++r->spoilt;
                ++r->skipped;
                drop(r, 1);
            }
        }
    }
}

bool fw_mail_decode(const uint8_t* data, size_t octets, fw_mail* m, const char** why) {
    const size_t whole = octets >= FW_MAIL_OVERHEAD ? octets_of(data) : 0;
    *why = "";
    if (octets < FW_MAIL_OVERHEAD) {
        *why = "a mail has eight octets at least";
    } else if (data[0] != FW_MAIL_FIRST_OCTET) {
        *why = "a mail begins with 10";
    } else if (whole == 0) {
        *why = "its length is out of range";
    } else if (whole != octets) {
        *why = "its length differs from what is there";
    } else if (!take_over(data, octets, m)) {
        *why = "its checksum is wrong";
    }
    return **why == '\0';
}

/* --- for people --- */

enum { hex_characters = 2 * FW_MAIL_PAYLOAD_MAX + 1 };

static void hex_text(const fw_mail* m, unsigned from, unsigned octets, char out[hex_characters]) {
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;
    for (unsigned i = from; i < from + octets && i < m->octets; ++i) {
        out[n++] = digits[m->payload[i] >> 4];
        out[n++] = digits[m->payload[i] & 15];
    }
    out[n] = '\0';
}

static bool describe_payload(const fw_mail* m, char* out, size_t size, size_t* used) {
    char a[hex_characters], b[hex_characters];
    const unsigned rest = m->octets;
    switch (m->opcode) {
        case FW_MAIL_SET_BAND:
            if (rest != 1) break;
            return fw_append(out, size, used, "band %u", m->payload[0]);
        case FW_MAIL_START:
            if (rest != 2) break;
            return fw_append(out, size, used, "%d/10 dBm", (int16_t)fw_mail_get(m, 0, 2));
        case FW_MAIL_RECEIVE_ONLY:
            if (rest != 3) break;
            return fw_append(out, size, used, "band %u, %u frames a carrier", m->payload[0], fw_mail_get(m, 1, 2));
        case FW_MAIL_REGISTRATION:
            if (rest < 3) break;
            if (m->payload[0] == 0) return fw_append(out, size, used, "closed");
            return fw_append(out, size, used, "open, %u s, PIN of %u digits", fw_mail_get(m, 1, 2), rest - 3);
        case FW_MAIL_ANNOUNCE:
            if (rest != 6) break;
            return fw_append(out, size, used, "EMC %04x, %05x", fw_mail_get(m, 0, 2), fw_mail_get(m, 2, 4));
        case FW_MAIL_VENDOR_MM:
            if (rest < 5) break;
            hex_text(m, 5, rest, a);
            return fw_append(out, size, used, "link %u, type %02x, EMC %04x, %s", m->payload[0], m->payload[1],
                             fw_mail_get(m, 3, 2), a);
        case FW_MAIL_DELETE:
        case FW_MAIL_PAGE:
            if (rest != 1) break;
            return fw_append(out, size, used, "handset %u", m->payload[0]);
        case FW_MAIL_CLOSE_LINK:
        case FW_MAIL_LINK_CLOSED:
        case FW_MAIL_VENDOR_MM_SENT:
            if (rest != 1) break;
            return fw_append(out, size, used, "link %u", m->payload[0]);
        case FW_MAIL_STARTED_UP:
            if (rest != FW_MODULE_STARTED_UP_OCTETS) break;
            hex_text(m, 6, 5, a);
            return fw_append(out, size, used,
                             "interface %u, module %u.%u, band %u, state %u, %u handsets, RFPI %s, start %u",
                             m->payload[0], m->payload[2], m->payload[1], m->payload[3], m->payload[4], m->payload[5],
                             a, fw_mail_get(m, 11, 2));
        case FW_MAIL_ON_AIR:
            if (rest != 3) break;
            return fw_append(out, size, used, "status %u, carrier %u, slot %u", m->payload[0], m->payload[1],
                             m->payload[2]);
        case FW_MAIL_HEARD:
            if (rest != 13) break;
            hex_text(m, 0, 5, a);
            return fw_append(out, size, used, "RFPI %s, %d/10 dBm, EMC %04x, %05x", a, (int16_t)fw_mail_get(m, 5, 2),
                             fw_mail_get(m, 7, 2), fw_mail_get(m, 9, 4));
        case FW_MAIL_LISTENED:
            if (rest != 2) break;
            return fw_append(out, size, used, "band %u, %u heard", m->payload[0], m->payload[1]);
        case FW_MAIL_REGISTERED:
        case FW_MAIL_DEREGISTERED:
        case FW_MAIL_LOCATED:
            if (rest != 6) break;
            hex_text(m, 1, 5, a);
            return fw_append(out, size, used, "handset %u, IPUI %s", m->payload[0], a);
        case FW_MAIL_LOST:
            if (rest != 7) break;
            hex_text(m, 1, 5, a);
            return fw_append(out, size, used, "handset %u, IPUI %s, %s", m->payload[0], a,
                             m->payload[6] == FW_MODULE_LOST_DETACHED ? "it said so" : "does not answer its page");
        case FW_MAIL_VENDOR_MM_UP:
            if (rest < 9) break;
            hex_text(m, 2, 5, a);
            hex_text(m, 9, rest, b);
            return fw_append(out, size, used, "link %u, type %02x, IPUI %s, EMC %04x, %s", m->payload[0], m->payload[1],
                             a, fw_mail_get(m, 7, 2), b);
        default:
            if ((m->opcode & FW_MAIL_ANSWER) != 0 && (m->opcode & 0x4000) == 0 && rest >= 1) {
                hex_text(m, 1, rest, a);
                return fw_append(out, size, used, "status %u%s%s", m->payload[0], rest > 1 ? ", " : "", a);
            }
            if (rest == 0) return true;
            hex_text(m, 0, rest, a);
            return fw_append(out, size, used, "%s", a);
    }
    hex_text(m, 0, rest, a);
    return fw_append(out, size, used, "not as long as it should be: %s", a);
}

bool fw_mail_describe(const fw_mail* m, char* out, size_t size) {
    size_t used = 0;
    const bool answer = (m->opcode & FW_MAIL_ANSWER) != 0;
    if (size == 0) return false;
    out[0] = '\0';
    return fw_append(out, size, &used, "%s%s #%u%s", fw_mail_name(m->opcode), answer ? " answer" : "", m->sequence,
                     m->octets > 0 ? ": " : "") &&
           describe_payload(m, out, size, &used);
}
