/* SPDX-License-Identifier: MIT-0
 *
 * The timing model of TLS: what a client and a server of this house say to each other in the place of TLS.
 *
 * Flights and records have the number and the sizes of a genuine handshake; what stands in them says with plain data
 * what cryptography would have proved. All records are of type application_data (RFC 8446, 5.1), so that no reader of
 * captures takes their content for handshake messages; alerts before the first secret are genuine (type alert).
 *
 *      0      1..2        3..4
 *   +------+-----------+---------+------------------------------
 *   |  23  |  0x0303   | length  | body; a flight's bodies, one after the other, are its content
 *   +------+-----------+---------+------------------------------
 *
 * Contents (integers big-endian, texts with a length octet before them; zeros follow up to the size):
 *   client hello   "dt" 1 1, version_max u16, versions u8 (bit 0: 1.2, bit 1: 1.3), server name, ticket
 *   server flight  "dt" 1 2, octets of the flight u16 (headers included), version u16, suite u16, resumed u8,
 *                  certificate asked u8 (0 no, 1 wanted, 2 demanded), the client's next flight without and with a
 *                  certificate (each: count u8, sizes u16 with headers), octets of the server's last flight u16 to
 *                  a client without and with one, client waits for it u8, certificates u8 (each: valid from i64,
 *                  valid to i64, id u64), id of the root u64, names u8 (each a text), new ticket, its lifetime in
 *                  seconds u32, octets of a genuine ticket u16
 *   client flight  "dt" 1 3, subject of the client's certificate (empty: none)
 *   alert          "dt" 1 4, code u8 (RFC 8446, 6)
 *   farewell       "dt" 1 5 (close_notify)
 *
 * The firmware library and the servers' models share this file and nothing else. It may be used, copied and changed
 * without any condition.
 */
#ifndef DECTBED_TLS_TIMING_H
#define DECTBED_TLS_TIMING_H

#include <stddef.h>
#include <stdint.h>

/* What both models offer and prefer, so that their sizes are the same (names of OpenSSL). */
#define DECTBED_TLS_GROUPS "X25519:P-256"
#define DECTBED_TLS_SUITES_1_3 "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256"
#define DECTBED_TLS_SUITES_1_2                                                                 \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:" \
    "ECDHE-RSA-CHACHA20-POLY1305"

enum {
    DECTBED_TLS_RECORD_HEAD = 5,
    DECTBED_TLS_TYPE_ALERT = 21,
    DECTBED_TLS_TYPE_DATA = 23,
    DECTBED_TLS_RECORD_MAX = 16384, /* of plain text, RFC 8446, 5.1 */
    /* Octets that a record adds to its plain text: head, type and tag (1.3); head, nonce and tag (1.2). */
    DECTBED_TLS_OVERHEAD_1_3 = 22,
    DECTBED_TLS_OVERHEAD_1_2 = 29,
    DECTBED_TLS_ALERT_OCTETS_1_3 = 24, /* an alert as a record of its own, protected */
    DECTBED_TLS_ALERT_OCTETS_1_2 = 31,
    DECTBED_TLS_TICKET_OCTETS = 20
};

enum dectbed_tls_content {
    DECTBED_TLS_CLIENT_HELLO = 1,
    DECTBED_TLS_SERVER_FLIGHT = 2,
    DECTBED_TLS_CLIENT_FLIGHT = 3,
    DECTBED_TLS_ALERT = 4,
    DECTBED_TLS_FAREWELL = 5
};

/* Alerts in use (RFC 8446, 6). */
enum dectbed_tls_alert {
    DECTBED_ALERT_UNEXPECTED_MESSAGE = 10,
    DECTBED_ALERT_HANDSHAKE_FAILURE = 40,
    DECTBED_ALERT_BAD_CERTIFICATE = 42,
    DECTBED_ALERT_CERTIFICATE_EXPIRED = 45,
    DECTBED_ALERT_UNKNOWN_CA = 48,
    DECTBED_ALERT_PROTOCOL_VERSION = 70,
    DECTBED_ALERT_CERTIFICATE_REQUIRED = 116
};

/* Octets of a ClientHello with its record's head, as OpenSSL 3.0 makes it with the lists above: for the versions
 * offered, a server name of so many octets (0: an address, none is sent), and a session to be resumed: the octets of
 * its ticket (0: none) and whether it is of TLS 1.3. A test compares it with genuine ones. */
static inline size_t dectbed_tls_client_hello_octets(int with_1_2, int with_1_3, size_t name, size_t ticket,
                                                     int ticket_1_3) {
    size_t n = !with_1_3 ? 136 : with_1_2 ? 229 : 207;
    if (name > 0) n += 9 + name;                    /* RFC 6066, 3 */
    if (ticket > 0 && ticket_1_3) n += 47 + ticket; /* pre_shared_key with one binder of 32 octets, RFC 8446, 4.2.11 */
    if (ticket > 0 && !ticket_1_3) n += ticket + (with_1_3 ? 0 : 32); /* RFC 5077, 3.4, with a session identifier */
    return n;
}

#endif
