/* SPDX-License-Identifier: MIT-0
 *
 * TLS client (RFC 8446, RFC 5246) between a transport that is given to it and plain octets. It knows no sockets: its
 * owner feeds it what came from the wire and sends what it wants sent.
 *
 * fw_tls_device: what all connections of one device share: trust anchors, the certificate from manufacture, and
 * sessions to be resumed, in RAM. fw_tls: one connection. Certificates are checked at the wall clock that the owner
 * tells. While the clock is not set, a certificate may begin in the future, but must not have ended before the
 * firmware was built.
 *
 * Genuine TLS is OpenSSL's. Its randomness and time() are whatever the process gives it. DECTBED_TLS_TIMING is the
 * timing model of dectbed/tls_timing.h.
 */
#ifndef FW_TLS_H
#define FW_TLS_H

#include "fw_io.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_TLS_NAME_OCTETS = 128, FW_TLS_SESSIONS = 3, FW_TLS_WAITERS = 4 };
#define FW_TLS_CLOCK_UNKNOWN (-1)

/* One session that can be resumed; owned by the device. */
typedef struct fw_tls_session {
    char* host;
    uint8_t* octets; /* NULL: free */
    size_t size;
    uint64_t until_us;      /* of fw_io's time */
    uint16_t version;       /* timing model */
    uint16_t ticket_octets; /* timing model: of a genuine ticket */
} fw_tls_session;

enum fw_tls_load { FW_TLS_LOAD_NOT, FW_TLS_LOADING, FW_TLS_LOADED };

typedef struct fw_tls_device {
    fw_io* io;
    uint32_t token;     /* of its FACTORY_READ requests */
    uint32_t model;     /* enum dectbed_tls_model */
    uint8_t versions;   /* bit 0: 1.2, bit 1: 1.3 */
    bool verify;        /* false: whoever answers is believed */
    bool any_name;      /* true: the certificate of any server of a trusted issuer will do */
    int64_t built_unix; /* when this firmware was built */
    /* What a handshake costs, whole or resumed, instead of this library's own figures; 0: those. */
    uint32_t handshake_us, resumption_us;
    enum fw_tls_load load;
    uint32_t item; /* being read */
    char* items[3];
    size_t item_octets[3];
    struct {
        void (*loaded)(void* context); /* NULL: free */
        void* context;
    } waiters[FW_TLS_WAITERS];
    fw_tls_session sessions[FW_TLS_SESSIONS];
    uint32_t turn;
} fw_tls_device;

/* Versions 0: both. */
void fw_tls_device_init(fw_tls_device* d, fw_io* io, uint32_t token, uint32_t model, int64_t built_unix);
/* Releases memory, posts nothing. */
void fw_tls_device_free(fw_tls_device* d);
/* Reads trust anchors and certificate from the factory data, once; calls back, possibly at once. Several clients may
 * wait, each with a context of its own. */
void fw_tls_device_load(fw_tls_device* d, void (*loaded)(void* context), void* context);
void fw_tls_device_cancel(fw_tls_device* d, void* context); /* no call back to whom this is */
bool fw_tls_device_handle(fw_tls_device* d, const dectbed_event* event);
/* Where there is no factory data: texts in PEM, or NULL. They are copied. */
bool fw_tls_device_set(fw_tls_device* d, const char* anchors, const char* certificate, const char* key);

enum fw_tls_state {
    FW_TLS_HANDSHAKING,
    FW_TLS_OPEN,
    FW_TLS_FINISHED, /* the server said close_notify */
    FW_TLS_FAILED
};

typedef struct fw_tls fw_tls;

/* NULL: no memory. `now_unix` may be FW_TLS_CLOCK_UNKNOWN. The hello waits to be sent. */
fw_tls* fw_tls_open(fw_tls_device* d, const char* host, int64_t now_unix);
void fw_tls_free(fw_tls* t);
enum fw_tls_state fw_tls_state_of(const fw_tls* t);
/* Octets from the wire. */
enum fw_tls_state fw_tls_receive(fw_tls* t, const void* data, size_t octets);
/* Plain octets that have arrived; 0: no more at present. */
size_t fw_tls_read(fw_tls* t, void* out, size_t room);
bool fw_tls_write(fw_tls* t, const void* data, size_t octets); /* only while open */
void fw_tls_finish(fw_tls* t);                                 /* close_notify waits to be sent */
/* What waits to be sent; valid until the next call, then considered sent. */
size_t fw_tls_take(fw_tls* t, const uint8_t** data);
/* Processor time of what was done since the last call, to be spent before sending. */
uint32_t fw_tls_cpu_us(fw_tls* t);
/* Why it failed, for people: "unknown CA", "certificate expired", "alert: handshake failure". */
const char* fw_tls_failure(const fw_tls* t);
bool fw_tls_resumed(const fw_tls* t);

#ifdef __cplusplus
}
#endif
#endif
