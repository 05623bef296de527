/* SPDX-License-Identifier: MIT-0
 *
 * What genuine TLS (fw_tls_openssl.c) and its timing model (fw_tls_timing.c) have in common.
 */
#ifndef FW_TLS_INTERNAL_H
#define FW_TLS_INTERNAL_H

#include "fw_tls.h"

/* What handshakes cost a device: orders of magnitude of an ARM9 class processor at 400 MHz without an accelerator; a
 * stand-in for measurements of a product. */
enum {
    FW_TLS_COST_KEY_SHARE_US = 6000, /* one X25519 operation; two in each handshake */
    FW_TLS_COST_VERIFY_US = 14000,   /* one ECDSA P-256 verification: each certificate, and the server's own */
    FW_TLS_COST_SIGN_US = 7000,      /* with the certificate from manufacture */
    FW_TLS_COST_SCHEDULE_US = 1500,  /* key schedule and Finished */
    FW_TLS_COST_OCTETS_PER_US = 10,  /* AES-GCM, both directions */
    FW_TLS_FAILURE_OCTETS = 96
};

typedef struct fw_tls_bytes {
    uint8_t* data;
    size_t size, capacity;
} fw_tls_bytes;
bool fw_tls_append(fw_tls_bytes* b, const void* data, size_t octets); /* false: no memory */
void fw_tls_drop_front(fw_tls_bytes* b, size_t octets);

typedef struct fw_tls_model {
    void* (*open)(fw_tls* t);
    void (*free)(void* own);
    void (*receive)(fw_tls* t, const uint8_t* data, size_t octets);
    size_t (*read)(fw_tls* t, void* out, size_t room);
    bool (*write)(fw_tls* t, const void* data, size_t octets);
    void (*finish)(fw_tls* t);
} fw_tls_model;
extern const fw_tls_model fw_tls_openssl, fw_tls_timing;

struct fw_tls {
    fw_tls_device* device;
    const fw_tls_model* model;
    void* own;
    enum fw_tls_state state;
    char host[FW_TLS_NAME_OCTETS];
    bool host_is_address;
    int64_t now_unix;
    bool resumed;
    uint64_t cpu_us, cpu_octets;
    fw_tls_bytes out, taken;
    char failure[FW_TLS_FAILURE_OCTETS];
};

enum { FW_TLS_ITEM_ANCHORS = 0, FW_TLS_ITEM_CERTIFICATE = 1, FW_TLS_ITEM_KEY = 2 };

/* Of a handshake's work: before the server answers, and when it has. */
void fw_tls_charge_hello(fw_tls* t);
void fw_tls_charge_answer(fw_tls* t, unsigned certificates, bool signs);
void fw_tls_fail(fw_tls* t, const char* why);
/* NULL: none to be resumed. */
fw_tls_session* fw_tls_session_for(fw_tls* t);
/* Keeps a copy of the octets, instead of an older one of that host or of the oldest. */
fw_tls_session* fw_tls_session_keep(fw_tls* t, const uint8_t* octets, size_t size, uint32_t lifetime_s);
void fw_tls_session_forget(fw_tls* t);

#endif
