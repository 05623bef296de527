/* SPDX-License-Identifier: MIT-0
 *
 * Where a SIP domain's servers are (RFC 3263, 4): NAPTR chooses the transport, SRV gives hosts and ports in the order
 * of RFC 2782. Addresses are asked for when a host is used (dns_client.h).
 */
#ifndef FW_SIP_LOOKUP_H
#define FW_SIP_LOOKUP_H

#include "dns_client.h"
#include "fw_io.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_SIP_TARGETS_MAX = 4, FW_SIP_HOST_OCTETS = 128 };
enum fw_sip_transport { FW_SIP_UDP = 0, FW_SIP_TCP = 1, FW_SIP_TLS = 2 };
enum { FW_SIP_TRANSPORTS = 3 };

/* How far a client goes for a name without a port: addresses only, services too, or transports too. */
enum fw_sip_lookup_mode { FW_SIP_LOOKUP_A = 0, FW_SIP_LOOKUP_SRV = 1, FW_SIP_LOOKUP_NAPTR = 2 };

typedef struct fw_sip_target {
    char host[FW_SIP_HOST_OCTETS];
    uint16_t port; /* 0: the transport's usual one */
    uint8_t transport;
    uint16_t priority, weight;
} fw_sip_target;

typedef struct fw_sip_lookup {
    fw_io* io;
    fw_dns_client* dns;
    enum fw_sip_lookup_mode mode;
    enum fw_sip_transport transport; /* wanted without NAPTR */
    bool any_transport;              /* NAPTR may choose another one */
    bool speaks_tls;                 /* else what needs it is left out */
    char domain[FW_SIP_HOST_OCTETS];
    int query;
    fw_sip_target targets[FW_SIP_TARGETS_MAX]; /* in the order in which to try them */
    uint32_t count;
    uint64_t expires_us;         /* of the targets */
    void (*done)(void* context); /* count 0: DNS does not answer */
    void* context;
} fw_sip_lookup;

/* Without any SRV record the domain itself is the only target (RFC 3263, 4.2). Calls back exactly once unless
 * cancelled, possibly from within this call. */
void fw_sip_lookup_start(fw_sip_lookup* l);
void fw_sip_lookup_cancel(fw_sip_lookup* l);

/* Orders targets as RFC 2782 says: by priority, among equals at random by weight. */
void fw_sip_lookup_order(fw_io* io, fw_sip_target* targets, uint32_t count);

#ifdef __cplusplus
}
#endif
#endif
