/* SPDX-License-Identifier: MIT-0
 *
 * DHCP client (RFC 2131, options of RFC 2132): gets a lease, keeps it, loses it in an orderly way.
 *
 * It configures the interface itself (IP_CONFIGURE) and tells its owner of every lease by a callback. The
 * random wait before the first DISCOVER, the 4, 8, 16, 32, 64 s retransmission with +-1 s of jitter and the
 * renewal timing are those of RFC 2131, 4.1, 4.4.1 and 4.4.5. If told to, it probes an address before use (RFC 5227,
 * 2.1) and declines one that somebody else has, and asks for a remembered address first (INIT-REBOOT). The socket is
 * open while an answer may come, and closed for the life of a lease until then.
 */
#ifndef FW_DHCP_CLIENT_H
#define FW_DHCP_CLIENT_H

#include "dectbed/ip_routes.h"
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
    FW_DHCP_NAK = 6,
    FW_DHCP_RELEASE = 7,
    FW_DHCP_INFORM = 8
};

typedef struct fw_dhcp_lease {
    uint32_t address;
    uint32_t prefix_length; /* 1..30 */
    uint32_t router;        /* 0: none; with option 121 its default route, not option 3: RFC 3442 */
    uint32_t dns[3];
    uint32_t dns_count;
    uint32_t ntp[2]; /* option 42 */
    uint32_t ntp_count;
    uint32_t server;
    uint32_t lease_s, renewal_s, rebinding_s; /* 0xFFFFFFFF: for ever */
    uint8_t vendor_specific[128];             /* option 43, cut to fit */
    uint32_t vendor_specific_octets;
    char boot_server[128]; /* option 66 or the sname field, without NULs and blanks at the end; "" if none */
    char boot_file[64];    /* option 67 or the file field, likewise */
    char sip_server[64];   /* first one of option 120, a name or a dotted address */
    char vendor_url[128];  /* option 125: sub-option 1 of the enterprise the owner named */
    uint32_t tftp_address; /* first one of option 150 */
    char host_name[64];    /* option 12 */
    char domain[64];       /* option 15 */
    int32_t time_offset_s; /* option 2: local time less UTC */
    bool has_time_offset;
} fw_dhcp_lease;

enum { FW_DHCP_ROUTES_MAX = 12 }; /* kept; the first ones of a longer list */

/* Apart from the lease, as most networks have none. */
typedef struct fw_dhcp_routes {
    uint32_t count;
    dectbed_ip_route route[FW_DHCP_ROUTES_MAX];
} fw_dhcp_routes;

/* What a reply says; fields that are absent are 0. */
typedef struct fw_dhcp_reply {
    uint8_t type;
    uint32_t xid;
    fw_dhcp_lease lease;
    fw_dhcp_routes routes; /* option 121 less its default route; without it option 33 */
} fw_dhcp_reply;

/* False: not a well-formed reply for this hardware address. Never reads past `octets`. Options in parts are joined (RFC
 * 3396), overloaded fields are read (option 52). `enterprise`: whose block of option 125 counts. */
bool fw_dhcp_parse(const uint8_t* data, size_t octets, const uint8_t mac[6], uint32_t enterprise, fw_dhcp_reply* reply);

/* Finds a sub-option (RFC 2132, 8.4): null if it is not there, or the field is not made of sub-options. */
const uint8_t* fw_dhcp_sub_option(const uint8_t* field, size_t octets, uint8_t code, size_t* length);

/* The provisioning address that a lease names: option 66, 43 (text, or sub-option 1), 125, 150, in this order. Writes a
 * URL, or "tftp://host/" for a bare host or address. False: none. */
bool fw_dhcp_provisioning_url(const fw_dhcp_lease* lease, char* out, size_t size);

enum fw_dhcp_state {
    FW_DHCP_STOPPED,
    FW_DHCP_INIT,
    FW_DHCP_REBOOTING,
    FW_DHCP_SELECTING,
    FW_DHCP_REQUESTING,
    FW_DHCP_PROBING, /* acknowledged, not yet in use */
    FW_DHCP_BOUND,
    FW_DHCP_RENEWING,
    FW_DHCP_REBINDING
};

typedef struct fw_dhcp_config {
    uint32_t timer, socket, token; /* one of each, for this client alone */
    uint8_t mac[6];
    char vendor_class[64];                           /* option 60; "" leaves it out */
    char user_class[32];                             /* option 77; "" leaves it out */
    uint32_t enterprise;                             /* whose block of option 125 counts */
    bool remembers;                                  /* a lost address is asked for first */
    uint32_t probes;                                 /* ARP probes before use; 0: none */
    uint64_t start_delay_min_us, start_delay_max_us; /* RFC 2131, 4.4.1: 1 to 10 s */
    void* context;
    void (*bound)(void* context, const fw_dhcp_lease* lease); /* new or changed lease; not for a mere renewal */
    void (*lost)(void* context, const char* cause);
    void (*informed)(void* context, const fw_dhcp_lease* options); /* answer to an INFORM; may be null */
} fw_dhcp_config;

/* What a client itself goes by of its lease; the rest it tells its owner, once. */
typedef struct fw_dhcp_held {
    uint32_t address, prefix_length, router, server;
    uint32_t dns[3], dns_count;
    uint32_t lease_s, renewal_s, rebinding_s;
    char* host_name; /* NULL: none */
} fw_dhcp_held;

typedef struct fw_dhcp_client {
    fw_io* io;
    fw_dhcp_config config;
    enum fw_dhcp_state state;
    bool listening; /* the socket is open */
    bool informing; /* an INFORM is unanswered */
    uint32_t xid;
    uint32_t tries;
    uint32_t probes_left;
    uint32_t remembered;   /* address to ask for first; 0: none */
    uint64_t began_us;     /* of this transaction, for `secs` */
    uint64_t requested_us; /* of the last REQUEST */
    uint64_t renew_at_us, rebind_at_us, expires_at_us;
    uint64_t defended_us;
    fw_dhcp_held lease;     /* offered, then held */
    fw_dhcp_lease* untold;  /* all of it, while the address is probed; NULL: none */
    fw_dhcp_routes* routes; /* of the lease in use; NULL: none */
} fw_dhcp_client;

void fw_dhcp_init(fw_dhcp_client* c, fw_io* io, const fw_dhcp_config* config);
void fw_dhcp_start(fw_dhcp_client* c);
void fw_dhcp_stop(fw_dhcp_client* c); /* takes the address away; no callback */
void fw_dhcp_free(fw_dhcp_client* c); /* releases memory, posts nothing */
/* Before start: the address of the former life, asked for first. */
void fw_dhcp_remember(fw_dhcp_client* c, uint32_t address);
/* Gives the lease back (RFC 2131, 4.4.6) and stops. */
void fw_dhcp_release(fw_dhcp_client* c);
/* Asks for options only (RFC 2131, 4.4.3); only with an address. */
void fw_dhcp_inform(fw_dhcp_client* c);
/* True if the event was for this client. */
bool fw_dhcp_handle(fw_dhcp_client* c, const dectbed_event* event);
const char* fw_dhcp_state_name(enum fw_dhcp_state state);

#ifdef __cplusplus
}
#endif
#endif
