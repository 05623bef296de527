/* SPDX-License-Identifier: MIT-0
 *
 * SIP REGISTER (RFC 3261, 10.2 and 17.1.2) over UDP, TCP or TLS: finds the registrar, registers, answers challenges,
 * keeps the binding and the way back through address translators alive, and tells its owner what became of each
 * attempt. The wait between failed attempts is the owner's (backoff.h). Requests that come to it: OPTIONS, and NOTIFY
 * of check-sync; only from the registrar in use.
 */
#ifndef FW_SIP_CLIENT_H
#define FW_SIP_CLIENT_H

#include "dns_client.h"
#include "fw_io.h"
#include "fw_tls.h"
#include "sip_lookup.h"
#include "sip_message.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_SIP_TCP_SOCKETS = 4 };

typedef struct fw_sip_config {
    uint32_t timer, socket, token;
    char registrar[FW_SIP_HOST_OCTETS];  /* name or dotted quad */
    uint16_t registrar_port, local_port; /* registrar_port 0: as DNS says, else the usual one */
    char domain[128], user[64];
    uint32_t expires_s; /* wanted */
    char instance[40], user_agent[96];
    void* context;
    void (*registered)(void* context, uint32_t expires_s);
    /* status 0: no answer, or no address for the registrar */
    void (*failed)(void* context, unsigned status, uint32_t retry_after_s);

    /* All further ones may stay 0. */
    char password[64];                              /* "": a challenge is a failure with its status */
    enum fw_sip_transport transport;                /* as configured */
    bool any_transport;                             /* NAPTR may choose another one */
    enum fw_sip_lookup_mode lookup;                 /* without effect with a port or an address */
    uint32_t keep_alive_s;                          /* 0: none */
    uint32_t keep_alive_timer;                      /* its number */
    uint32_t stream_sockets;                        /* FW_SIP_TCP_SOCKETS of them, used in turn; only for TCP */
    void (*check_sync)(void* context, bool reboot); /* the server asks to look at the configuration again */
    /* RFC 3261, 26.3.2: the registrar's certificate must name `registrar`, which is what DNS was asked for, whatever
     * host it named (RFC 5922, 7.3). */
    fw_tls_device* tls;                 /* NULL: a target by TLS is out of reach */
    int64_t (*now_unix)(void* context); /* wall clock for certificates; NULL or FW_TLS_CLOCK_UNKNOWN: not known */
    /* Before a handshake: true if the owner looks for the time first and calls fw_sip_register_now() then. */
    bool (*wants_time)(void* context);
    bool sips; /* SIPS addresses: by TLS only */
} fw_sip_config;

/* The same as a client keeps it: texts as long as they are, in one piece that begins with the registrar. */
typedef struct fw_sip_settings {
    uint32_t timer, socket, token;
    uint16_t registrar_port, local_port;
    const char *registrar, *domain, *user, *instance, *user_agent, *password; /* never NULL */
    uint32_t expires_s;
    void* context;
    void (*registered)(void* context, uint32_t expires_s);
    void (*failed)(void* context, unsigned status, uint32_t retry_after_s);
    enum fw_sip_transport transport;
    enum fw_sip_lookup_mode lookup;
    bool any_transport, sips;
    uint32_t keep_alive_s, keep_alive_timer, stream_sockets;
    void (*check_sync)(void* context, bool reboot);
    fw_tls_device* tls;
    int64_t (*now_unix)(void* context);
    bool (*wants_time)(void* context);
} fw_sip_settings;

enum fw_sip_state {
    FW_SIP_IDLE,
    FW_SIP_RESOLVING,
    FW_SIP_PREPARING, /* TLS reads what the factory wrote */
    FW_SIP_CONNECTING,
    FW_SIP_SECURING, /* TLS handshake */
    FW_SIP_TRYING,
    FW_SIP_PROCEEDING,
    FW_SIP_REGISTERED
};

typedef struct fw_sip_client {
    fw_io* io;
    fw_dns_client* dns;
    fw_sip_settings config;
    char* texts; /* of config; NULL: there are none */
    enum fw_sip_state state;
    bool open;
    int query;
    uint32_t address, registrar_address;
    uint32_t addresses[FW_DNS_ADDRESSES_MAX]; /* of the host in use */
    uint32_t address_count, address_index;
    char host[16], branch[32], tag[20], call_id[64], contact[128];
    uint32_t cseq;
    uint32_t wanted_s; /* after a 423 more than configured */
    uint64_t retransmit_us, deadline_us;
    uint64_t bound_until_us;    /* the last binding that a registrar confirmed; 0: none */
    uint64_t last_request;      /* that came to us: told again, it is answered again, but not acted on */
    unsigned challenges;        /* in the attempt under way */
    struct fw_sip_extra* extra; /* for what not every client needs; made when it is needed */
} fw_sip_client;

void fw_sip_init(fw_sip_client* c, fw_io* io, fw_dns_client* dns, const fw_sip_config* config);
/* Registers from this address of ours; a new address makes a new Call-ID and socket. */
void fw_sip_register_now(fw_sip_client* c, uint32_t address);
void fw_sip_stop(fw_sip_client* c); /* without a word to the registrar: the network is gone */
void fw_sip_free(fw_sip_client* c); /* releases memory, posts nothing */
/* More about a failure with status 0, or "": "tls failed: wrong name". */
const char* fw_sip_why(const fw_sip_client* c);
bool fw_sip_handle(fw_sip_client* c, const dectbed_event* event);

#ifdef __cplusplus
}
#endif
#endif
