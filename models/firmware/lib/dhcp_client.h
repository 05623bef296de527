/* SPDX-License-Identifier: MIT-0
 *
 * DHCP client (RFC 2131, options of RFC 2132): gets a lease, keeps it, loses it in an orderly way.
 *
 * It configures the interface itself (IP_CONFIGURE) and tells its owner of every lease by a callback. The
 * random wait before the first DISCOVER, the 4, 8, 16, 32, 64 s retransmission with +-1 s of jitter and the
 * renewal timing are those of RFC 2131, 4.1, 4.4.1 and 4.4.5. Addresses are not probed by ARP and hence
 * never declined. The socket is open while an answer may come, and closed for the life of a lease until then.
 */
#ifndef FW_DHCP_CLIENT_H
#define FW_DHCP_CLIENT_H

#include "fw_io.h"

#ifdef __cplusplus
extern "C" {
#endif

enum fw_dhcp_message_type {
    FW_DHCP_DISCOVER = 1,
    FW_DHCP_OFFER = 2,
    FW_DHCP_REQUEST = 3,
    FW_DHCP_DECLINE = 4,
    FW_DHCP_ACK = 5,
    FW_DHCP_NAK = 6
};

typedef struct fw_dhcp_lease {
    uint32_t address;
    uint32_t prefix_length; /* 1..30 */
    uint32_t router;        /* 0: none */
    uint32_t dns[3];
    uint32_t dns_count;
    uint32_t server;
    uint32_t lease_s, renewal_s, rebinding_s; /* 0xFFFFFFFF: for ever */
    uint8_t vendor_specific[128];             /* option 43, cut to fit */
    uint32_t vendor_specific_octets;
    char boot_server[128]; /* option 66 or the sname field; "" if none */
} fw_dhcp_lease;

/* What a reply says; fields that are absent are 0. */
typedef struct fw_dhcp_reply {
    uint8_t type;
    uint32_t xid;
    fw_dhcp_lease lease;
} fw_dhcp_reply;

/* False: not a well-formed reply for this hardware address. Never reads past `octets`. */
bool fw_dhcp_parse(const uint8_t* data, size_t octets, const uint8_t mac[6], fw_dhcp_reply* reply);

enum fw_dhcp_state {
    FW_DHCP_STOPPED,
    FW_DHCP_INIT,
    FW_DHCP_SELECTING,
    FW_DHCP_REQUESTING,
    FW_DHCP_BOUND,
    FW_DHCP_RENEWING,
    FW_DHCP_REBINDING
};

typedef struct fw_dhcp_config {
    uint32_t timer, socket, token; /* one of each, for this client alone */
    uint8_t mac[6];
    char vendor_class[64];                           /* option 60; "" leaves it out */
    uint64_t start_delay_min_us, start_delay_max_us; /* RFC 2131, 4.4.1: 1 to 10 s */
    void* context;
    void (*bound)(void* context, const fw_dhcp_lease* lease); /* new or changed lease; not for a mere renewal */
    void (*lost)(void* context, const char* cause);
} fw_dhcp_config;

typedef struct fw_dhcp_client {
    fw_io* io;
    fw_dhcp_config config;
    enum fw_dhcp_state state;
    bool listening; /* the socket is open */
    uint32_t xid;
    uint32_t tries;
    uint64_t began_us;     /* of this transaction, for `secs` */
    uint64_t requested_us; /* of the last REQUEST */
    uint64_t renew_at_us, rebind_at_us, expires_at_us;
    fw_dhcp_lease lease; /* offered, then held */
} fw_dhcp_client;

void fw_dhcp_init(fw_dhcp_client* c, fw_io* io, const fw_dhcp_config* config);
void fw_dhcp_start(fw_dhcp_client* c);
void fw_dhcp_stop(fw_dhcp_client* c); /* takes the address away; no callback */
/* True if the event was for this client. */
bool fw_dhcp_handle(fw_dhcp_client* c, const dectbed_event* event);
const char* fw_dhcp_state_name(enum fw_dhcp_state state);

#ifdef __cplusplus
}
#endif
#endif
