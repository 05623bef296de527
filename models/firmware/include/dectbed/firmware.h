/* SPDX-License-Identifier: MIT-0
 *
 * dectbed firmware interface, version 1
 * =====================================
 *
 * The one door between the logic of a DECT base or handset and the world it runs in. A firmware is run to
 * completion: the host calls handle() with one event, the firmware posts any number of requests, returns,
 * and waits for the next event. It never blocks and never looks up the time.
 *
 * Requests and events are records of fixed-width fields in little-endian order, without pointers and
 * without padding that matters, so that the same firmware can be linked in, loaded as a shared library or
 * run in a process of its own. Where a record ends in data, the data follows the fixed part directly and
 * `size` covers both. Addresses (IPv4) and ports are integers in host order: 192.0.2.1 is 0xC0000201.
 *
 * Every answer carries the `token` of the request it answers. A request with a bad field is answered by
 * DECTBED_EV_REFUSED; it never stops the device.
 *
 * This file may be used, copied and changed without any condition.
 */
#ifndef DECTBED_FIRMWARE_H
#define DECTBED_FIRMWARE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DECTBED_FIRMWARE_ABI 1u

/* ---- records -------------------------------------------------------------------------------------- */

typedef struct dectbed_record {
    uint16_t type;  /* enum dectbed_request or enum dectbed_event_type */
    uint16_t size;  /* octets of the whole record, this header and trailing data included */
    uint32_t token; /* chosen by the firmware in a request, echoed in its answers; 0 in happenings */
} dectbed_record;

/* Every event starts with this. */
typedef struct dectbed_event {
    dectbed_record record;
    uint64_t now_us; /* monotonic time since this device got power, microseconds */
} dectbed_event;

/* ---- the two sides -------------------------------------------------------------------------------- */

typedef struct dectbed_host {
    uint32_t abi; /* DECTBED_FIRMWARE_ABI */
    uint32_t reserved;
    void* context;
    /* Posts one request; the record is copied before the call returns. Only within create() and handle(). */
    void (*request)(void* context, const dectbed_record* request);
} dectbed_host;

enum { DECTBED_KIND_BASE = 1, DECTBED_KIND_HANDSET = 2 };
/* Instances may share one copy of this library: no mutable globals. Without this flag every device gets a
 * private copy of the shared library. */
enum { DECTBED_FLAG_REENTRANT = 1 };

typedef struct dectbed_firmware {
    uint32_t abi;  /* DECTBED_FIRMWARE_ABI */
    uint32_t kind; /* DECTBED_KIND_* */
    uint32_t flags;
    uint32_t reserved;
    const char* name;    /* "reference-base" */
    const char* version; /* "1.0.0" */
    /* At power-on and after each reset; the first event is DECTBED_EV_BOOT. *host lives as long as the instance. */
    void* (*create)(const dectbed_host* host);
    void (*handle)(void* instance, const dectbed_event* event);
    /* At power loss or reset. No requests from here. */
    void (*destroy)(void* instance);
} dectbed_firmware;

/* The symbol that a shared library exports. */
const dectbed_firmware* dectbed_firmware_entry(void);
typedef const dectbed_firmware* (*dectbed_firmware_entry_fn)(void);

/* ---- kinds of records -------------------------------------------------------------------------------- */

enum dectbed_request {
    DECTBED_REQ_TIMER_START = 0x0101,
    DECTBED_REQ_TIMER_STOP = 0x0102,
    DECTBED_REQ_WALL_CLOCK_SET = 0x0103,
    DECTBED_REQ_WALL_CLOCK_GET = 0x0104,
    DECTBED_REQ_ENTROPY = 0x0105,
    DECTBED_REQ_CONSUME_CPU = 0x0106,
    DECTBED_REQ_WATCHDOG = 0x0107,
    DECTBED_REQ_RESET = 0x0108,
    DECTBED_REQ_LOG = 0x0109,
    DECTBED_REQ_STATE = 0x010A,
    DECTBED_REQ_WATCHDOG_AWAKE = 0x010B,
    DECTBED_REQ_FACTORY_READ = 0x010C,

    DECTBED_REQ_ETHERNET_OPEN = 0x0201,
    DECTBED_REQ_ETHERNET_SEND = 0x0202,
    DECTBED_REQ_IP_CONFIGURE = 0x0203,
    DECTBED_REQ_UDP_OPEN = 0x0204,
    DECTBED_REQ_UDP_SEND = 0x0205,
    DECTBED_REQ_UDP_CLOSE = 0x0206,
    DECTBED_REQ_TCP_CONNECT = 0x0207,
    DECTBED_REQ_TCP_SEND = 0x0208,
    DECTBED_REQ_TCP_CLOSE = 0x0209,
    DECTBED_REQ_TCP_ABORT = 0x020A,
    DECTBED_REQ_ADDRESS_PROBE = 0x0210,
    DECTBED_REQ_VLAN = 0x0211,

    DECTBED_REQ_RADIO_START = 0x0301,
    DECTBED_REQ_RADIO_STOP = 0x0302,
    DECTBED_REQ_RADIO_SYSTEM_INFORMATION = 0x0303,
    DECTBED_REQ_RADIO_SCAN = 0x0304,
    DECTBED_REQ_RADIO_LOCK = 0x0305,
    DECTBED_REQ_RADIO_UNLOCK = 0x0306,
    DECTBED_REQ_LINK_OPEN = 0x0307,
    DECTBED_REQ_LINK_RELEASE = 0x0308,
    DECTBED_REQ_NWK_SEND = 0x0309,
    DECTBED_REQ_RADIO_PAGE = 0x030A,

    DECTBED_REQ_LED = 0x0401,
    DECTBED_REQ_DISPLAY = 0x0402,

    DECTBED_REQ_FLASH_READ = 0x0501,
    DECTBED_REQ_FLASH_PROGRAM = 0x0502,
    DECTBED_REQ_FLASH_ERASE = 0x0503
};

enum dectbed_event_type {
    DECTBED_EV_BOOT = 0x1101,
    DECTBED_EV_TIMER = 0x1102,
    DECTBED_EV_WALL_CLOCK = 0x1103,
    DECTBED_EV_ENTROPY = 0x1104,
    DECTBED_EV_REFUSED = 0x1105,
    DECTBED_EV_FACTORY_DATA = 0x1106,

    DECTBED_EV_ETHERNET_LINK = 0x1201,
    DECTBED_EV_ETHERNET_FRAME = 0x1202,
    DECTBED_EV_UDP_RECEIVED = 0x1203,
    DECTBED_EV_TCP_CONNECTED = 0x1204,
    DECTBED_EV_TCP_RECEIVED = 0x1205,
    DECTBED_EV_TCP_CLOSED = 0x1206,
    DECTBED_EV_ADDRESS_CONFLICT = 0x1210,

    DECTBED_EV_RADIO_STARTED = 0x1301,
    DECTBED_EV_SCAN_RESULT = 0x1302,
    DECTBED_EV_SCAN_DONE = 0x1303,
    DECTBED_EV_LOCKED = 0x1304,
    DECTBED_EV_UNLOCKED = 0x1305,
    DECTBED_EV_SYSTEM_INFORMATION = 0x1306,
    DECTBED_EV_LINK_ESTABLISHED = 0x1307,
    DECTBED_EV_LINK_RELEASED = 0x1308,
    DECTBED_EV_NWK_RECEIVED = 0x1309,
    DECTBED_EV_NWK_SENT = 0x130A,
    DECTBED_EV_PAGED = 0x130B,

    DECTBED_EV_KEY = 0x1401,

    DECTBED_EV_FLASH_DATA = 0x1501,
    DECTBED_EV_FLASH_DONE = 0x1502
};

/* ---- system ------------------------------------------------------------------------------------------ */

enum dectbed_reset_cause {
    DECTBED_RESET_POWER_ON = 1,
    DECTBED_RESET_BROWN_OUT = 2,
    DECTBED_RESET_WATCHDOG = 3,
    DECTBED_RESET_SOFTWARE = 4,
    DECTBED_RESET_UPDATE = 5
};

/* First event of a life. Manufacturing data is what the factory wrote and no firmware can change. */
typedef struct dectbed_ev_boot {
    dectbed_event event;
    uint32_t reset_cause;
    uint32_t flash_octets;       /* whole device */
    uint32_t flash_block_octets; /* unit of erase */
    uint32_t flash_page_octets;  /* largest unit of one program request */
    uint8_t entropy[32];         /* fresh at every boot */
    uint8_t mac[6];              /* base; zero in a handset */
    uint8_t rfpi[5];             /* base, and a handset that can be a beacon; else zero */
    uint8_t ipei[5]; /* handset (IPUI type N layout, 40 bits), and a base that looks for a beacon; else zero */
    uint16_t emc;    /* equipment manufacturer code of the vendor messages */
    uint8_t band;    /* DECTBED_BAND_* of this commercial reference; 0: none, learn it */
    uint8_t redirection_by_mac; /* 1: ask the redirection server with the MAC address alone before waiting for a code */
    uint8_t band_discovery; /* enum dectbed_band_discovery: how a base without a band finds one; a handset: whether it
                               can help with that */
    uint8_t
        beacon_linger_s; /* handset: goes on with its beacon for so long after an acknowledgement; 0: ends at once */
    uint16_t bands;      /* what the transceiver can be tuned to: bit n for band n */
    char model[32];      /* zero terminated, like all text here */
    char serial[32];
    char redirection_url[128]; /* burned in: "http://redirect.vendor.example/v1/redirections" */

    uint8_t address_probes;     /* ARP probes before a leased address is used (RFC 5227: 3); 0: none */
    uint8_t remembers_lease;    /* 1: asks for its former address after a restart (RFC 2131, 3.2) */
    uint8_t lldp;               /* 1: joins the voice VLAN that the switch names (LLDP-MED) */
    uint8_t provisioning;       /* enum dectbed_provisioning */
    uint8_t dhcp_overrides_url; /* 1: options 66 and 43 replace the address of the provisioning server */
    uint8_t dhcp_overrides_sip; /* 1: option 120 replaces the registrar */
    uint8_t reserved_network[2];
    uint32_t settle_ms;         /* from a lease to the first request that needs it */
    char user_class[32];        /* DHCP option 77; "" leaves it out */
    char provisioning_url[128]; /* DECTBED_PROVISIONING_STATIC */
    /* enum dectbed_band_discovery: what is tried where band_discovery has found nothing, in this order; 0: no more */
    uint8_t band_fallbacks[3];
    uint8_t reserved[1];
    char stun_server[64];      /* of method STUN: "stun.vendor.example", also with ":3478"; empty: none */
    char geolocation_url[128]; /* of methods STUN and REDIRECTION_ECHO; the dotted address is appended; empty: none */
    char http_proxy[64];       /* every request by http (not https) goes to it: "proxy.csp.example:3128"; empty: none */
    char time_server[64];      /* burned in: name or address of an NTP server; "": none */
    uint8_t tls_model;         /* enum dectbed_tls_model */
    uint8_t tls_versions;      /* bit 0: TLS 1.2, bit 1: TLS 1.3 */
    uint8_t reserved_tls[6];
    /* What computing costs on this device, for CONSUME_CPU; 0: the firmware's own figures. */
    uint32_t cost_tls_handshake_us;
    uint32_t cost_tls_resumption_us;
    uint32_t cost_hash_megabyte_us; /* SHA-256 of 10^6 octets */
    uint32_t reserved_cost;
} dectbed_ev_boot;

/* Where a base without a configuration looks for its provisioning server. */
enum dectbed_provisioning {
    DECTBED_PROVISIONING_DEFAULT = 0,  /* the redirection server, then a code */
    DECTBED_PROVISIONING_DISABLED = 1, /* nowhere: waits for a code */
    DECTBED_PROVISIONING_STATIC = 2,   /* provisioning_url */
    DECTBED_PROVISIONING_DHCP = 3      /* DHCP options 66, 43, 125, 150 */
};

/* How this world does TLS. A firmware that brings a TLS stack of its own needs DECTBED_TLS_GENUINE. */
enum dectbed_tls_model {
    DECTBED_TLS_GENUINE = 0,
    DECTBED_TLS_TIMING = 1 /* dectbed/tls_timing.h */
};

typedef struct dectbed_req_timer {
    dectbed_record record;
    uint32_t timer; /* any number; starting a running timer starts it anew */
    uint32_t reserved;
    uint64_t delay_us; /* START only */
} dectbed_req_timer;

typedef struct dectbed_ev_timer {
    dectbed_event event;
    uint32_t timer;
    uint32_t reserved;
} dectbed_ev_timer;

/* The wall clock starts unset at power-on; it has nothing to do with timers. */
typedef struct dectbed_req_wall_clock_set {
    dectbed_record record;
    int64_t unix_us;
} dectbed_req_wall_clock_set;

typedef struct dectbed_ev_wall_clock {
    dectbed_event event;
    int64_t unix_us; /* 0 while not set */
    uint32_t is_set;
    uint32_t reserved;
} dectbed_ev_wall_clock;

/* WATCHDOG_AWAKE sets up the watchdog that many microcontrollers have beside the other: it rests while the processor
 * sleeps and starts anew when an event wakes it, so it needs no feeding; it bites when one spell of work takes longer.
 */
typedef struct dectbed_req_u32 { /* ENTROPY: octets wanted (<= 1024); WATCHDOG: timeout ms from now, 0 = off; */
    dectbed_record record;       /* WATCHDOG_AWAKE: ms of work, 0 = off; CONSUME_CPU: us; RESET: SOFTWARE or UPDATE */
    uint32_t value;
    uint32_t reserved;
} dectbed_req_u32;

/* Also ENTROPY's answer and every other event that is only data. */
typedef struct dectbed_ev_data {
    dectbed_event event; /* data follows */
} dectbed_ev_data;

typedef struct dectbed_ev_refused {
    dectbed_event event;
    uint16_t request_type;
    uint16_t reason; /* enum dectbed_status */
    uint32_t reserved;
} dectbed_ev_refused;

enum dectbed_status {
    DECTBED_OK = 0,
    DECTBED_BAD_FIELD = 1,
    DECTBED_NOT_AVAILABLE = 2, /* this device has no such part */
    DECTBED_WRONG_STATE = 3,
    DECTBED_LINK_DOWN = 4,
    DECTBED_NO_CHANNEL = 5,
    DECTBED_NOT_FOUND = 6,
    DECTBED_FLASH_NOT_ERASED = 7,
    DECTBED_TOO_MANY = 8
};

typedef struct dectbed_req_log { /* text follows, no terminator needed */
    dectbed_record record;
    uint32_t level; /* 0 error, 1 warning, 2 information, 3 debug */
    uint32_t reserved;
} dectbed_req_log;

/* Names the state of one of the firmware's machines; a diagnostic that nothing is judged by. */
typedef struct dectbed_req_state {
    dectbed_record record;
    char machine[24];
    char state[40];
    char cause[64];
} dectbed_req_state;

/* ---- network ------------------------------------------------------------------------------------------- */

typedef struct dectbed_ev_ethernet_link {
    dectbed_event event;
    uint32_t up;
    uint32_t reserved;
} dectbed_ev_ethernet_link;

/* OPEN: deliver received frames of this ethertype as ETHERNET_FRAME events (0 = all, 0xFFFF = none any more). */
typedef struct dectbed_req_ethernet_open {
    dectbed_record record;
    uint16_t ethertype;
    uint16_t reserved[3];
} dectbed_req_ethernet_open;

/* ETHERNET_SEND: dectbed_record, then the frame from its destination address on, without FCS.
 * ETHERNET_FRAME: dectbed_event, then the frame. */

/* Address 0 takes the configuration away; UDP sockets then still broadcast from 0.0.0.0. More routes: ip_routes.h. */
typedef struct dectbed_req_ip_configure {
    dectbed_record record;
    uint32_t address;
    uint32_t prefix_length; /* 1..30 */
    uint32_t gateway;       /* 0: none */
    uint32_t reserved;
} dectbed_req_ip_configure;

/* ADDRESS_PROBE: sends an ARP probe for the address (RFC 5227, 2.1.1) or, if it is the configured one, an announcement,
 * and watches for others that use it until another address is probed or configured; 0 ends that. The configured address
 * is watched always. VLAN: from now on IP frames are tagged with VLAN 1..4094 and only frames of that VLAN are taken;
 * 0: untagged. Frames of ETHERNET_SEND are sent as they are. */
typedef struct dectbed_req_address { /* ADDRESS_PROBE, VLAN */
    dectbed_record record;
    uint32_t address;  /* ADDRESS_PROBE */
    uint16_t vlan;     /* VLAN */
    uint16_t priority; /* VLAN: 0..7 */
} dectbed_req_address;

/* Somebody else uses, or probes, the address that is watched. */
typedef struct dectbed_ev_address_conflict {
    dectbed_event event;
    uint32_t address;
    uint8_t mac[6];
    uint8_t reserved[2];
} dectbed_ev_address_conflict;

/* Sockets are numbered by the firmware, 1..65535, UDP and TCP from one space. Open before send. */
typedef struct dectbed_req_socket { /* UDP_OPEN, UDP_CLOSE, TCP_CONNECT, TCP_CLOSE, TCP_ABORT */
    dectbed_record record;
    uint32_t socket;
    uint32_t address; /* TCP_CONNECT: remote */
    uint16_t port;    /* TCP_CONNECT: remote; UDP_OPEN: local, 0 = ephemeral */
    uint16_t reserved[3];
} dectbed_req_socket;

typedef struct dectbed_req_udp_send { /* data follows; address 0xFFFFFFFF broadcasts on the LAN */
    dectbed_record record;
    uint32_t socket;
    uint32_t address;
    uint16_t port;
    uint16_t reserved[3];
} dectbed_req_udp_send;

typedef struct dectbed_ev_udp_received { /* data follows */
    dectbed_event event;
    uint32_t socket;
    uint32_t address; /* sender */
    uint16_t port;    /* sender */
    uint16_t reserved[3];
} dectbed_ev_udp_received;

typedef struct dectbed_req_tcp_send { /* data follows; queued without limit short of memory */
    dectbed_record record;
    uint32_t socket;
    uint32_t reserved;
} dectbed_req_tcp_send;

typedef struct dectbed_ev_tcp { /* TCP_CONNECTED; TCP_RECEIVED: data follows */
    dectbed_event event;
    uint32_t socket;
    uint32_t reserved;
} dectbed_ev_tcp;

enum dectbed_tcp_close_reason {
    DECTBED_TCP_CLOSED_BY_PEER = 1, /* orderly */
    DECTBED_TCP_RESET = 2,
    DECTBED_TCP_TIMEOUT = 3, /* no answer to SYN, or data not acknowledged */
    DECTBED_TCP_UNREACHABLE = 4,
    DECTBED_TCP_CLOSED_HERE = 5 /* after TCP_CLOSE, when all is acknowledged */
};

typedef struct dectbed_ev_tcp_closed { /* the socket number is free again */
    dectbed_event event;
    uint32_t socket;
    uint32_t reason;
} dectbed_ev_tcp_closed;

/* ---- radio ----------------------------------------------------------------------------------------------- */

enum dectbed_band {
    DECTBED_BAND_NONE = 0,
    DECTBED_BAND_EU = 1,            /* 1880 to 1900 MHz */
    DECTBED_BAND_US = 2,            /* 1920 to 1930 MHz, Canada too */
    DECTBED_BAND_LATIN_AMERICA = 3, /* 1910 to 1930 MHz */
    DECTBED_BAND_BRAZIL = 4,        /* 1910 to 1920 MHz */
    DECTBED_BAND_JAPAN = 5,         /* 1893 to 1906 MHz */
    DECTBED_BAND_KOREA = 6,         /* 1786 to 1792 MHz */
    DECTBED_BAND_TAIWAN = 7,        /* 1880 to 1895 MHz */
    DECTBED_BAND_CHINA = 8,         /* 1900 to 1920 MHz */
    DECTBED_BAND_THAILAND = 9       /* 1900 to 1906 MHz */
};
#define DECTBED_BANDS 10 /* codes below it name a band, or none */

/* How a base learns its band before it has a configuration. */
enum dectbed_band_discovery {
    DECTBED_BAND_DISCOVERY_SKU = 0, /* the commercial reference says it, or nobody */
    /* A handset transmits a beacon that names the band. A base of this kind may scan, lock and open links as a
     * handset may, while it does not transmit as a base; such a handset has an RFPI and may start its radio and
     * transmit system information as a base may, with one link, while it neither scans nor has a lock. */
    DECTBED_BAND_DISCOVERY_BEACON = 1,
    /* The public address says in which country this is: as a STUN server saw it, or as the redirection server did. */
    DECTBED_BAND_DISCOVERY_STUN = 2,
    DECTBED_BAND_DISCOVERY_REDIRECTION_ECHO = 3
};

typedef struct dectbed_req_radio_start { /* base: select a channel and transmit a dummy bearer */
    dectbed_record record;
    uint8_t band;
    uint8_t found_by; /* enum dectbed_band_discovery, where nothing but that says the band; only for whoever watches */
    uint8_t reserved[2];
    int32_t power_milli_dbm; /* 24000 at most; the transceiver goes no higher than its band allows */
} dectbed_req_radio_start;

typedef struct dectbed_ev_radio_started {
    dectbed_event event;
    uint16_t status; /* enum dectbed_status */
    uint8_t carrier;
    uint8_t slot;
    uint32_t reserved;
} dectbed_ev_radio_started;

/* What a fixed part broadcasts in its Q-channel (EN 300 175-3, 7.2.3). The escape message (QH 0111) carries
 * the vendor's announcement: EMC and 20 further bits of the vendor's own. */
typedef struct dectbed_system_information {
    uint64_t fixed_part_capabilities; /* bits a12..a47 of the FP capabilities message, a12 as bit 35 */
    uint16_t escape_emc;              /* 0: no escape message is sent */
    uint16_t reserved;
    uint32_t escape_data; /* bits a28..a47, a28 as bit 19 */
} dectbed_system_information;

typedef struct dectbed_req_radio_system_information {
    dectbed_record record;
    dectbed_system_information information;
} dectbed_req_radio_system_information;

typedef struct dectbed_req_radio_scan { /* handset: all carriers of a band, one after the other */
    dectbed_record record;
    uint8_t band;
    uint8_t strongest; /* so many results at most, the strongest in the mean; 0: all */
    uint8_t reserved[2];
    uint32_t dwell_frames; /* 10 ms frames spent on each carrier, 16..512 */
} dectbed_req_radio_scan;

typedef struct dectbed_ev_scan_result { /* one per fixed part whose RFPI was received; also SYSTEM_INFORMATION */
    dectbed_event event;
    uint8_t rfpi[5];
    uint8_t carrier;
    uint8_t slot;
    uint8_t heard; /* bit 0: capabilities were received, bit 1: escape was received */
    int32_t rssi_milli_dbm;
    uint32_t reserved;
    dectbed_system_information information;
} dectbed_ev_scan_result;

typedef struct dectbed_ev_scan_done {
    dectbed_event event;
    uint32_t found;
    uint32_t reserved;
} dectbed_ev_scan_done;

typedef struct dectbed_req_radio_lock { /* handset: UNLOCK ignores rfpi */
    dectbed_record record;
    uint8_t band;
    uint8_t rfpi[5];
    uint8_t reserved[2];
} dectbed_req_radio_lock;

typedef struct dectbed_ev_locked { /* LOCKED and UNLOCKED */
    dectbed_event event;
    uint8_t rfpi[5];
    uint8_t reserved;
    uint16_t status; /* LOCKED: DECTBED_OK or NOT_FOUND; UNLOCKED: why (enum dectbed_unlock_reason) */
    int32_t rssi_milli_dbm;
    uint32_t reserved2;
} dectbed_ev_locked;

enum dectbed_unlock_reason {
    DECTBED_UNLOCK_REQUESTED = 1,
    DECTBED_UNLOCK_SIGNAL_LOST = 2 /* T207 or T208 of EN 300 175-3 ran out */
};

/* LINK_OPEN (handset, while locked): bearer set-up and a class A link. One link at a time in a handset.
 * LINK_OPEN (base, on the air): fast set-up, without a page, of a link with a handset that listens: LINK_ESTABLISHED
 * with its pmid, or LINK_RELEASED with it and link = 0; the handset gets LINK_ESTABLISHED unasked. If the transceiver
 * offers it. LINK_RELEASE (base) with a pmid, the handset's assigned TPUI: it is told to listen, and LINK_RELEASED has
 * it, too. Links are numbered by the host. */
typedef struct dectbed_req_link { /* LINK_OPEN (link = 0), LINK_RELEASE */
    dectbed_record record;
    uint32_t link;
    uint32_t pmid; /* 20 bits; of a base only, else 0 */
} dectbed_req_link;

typedef struct dectbed_ev_link { /* LINK_ESTABLISHED; LINK_RELEASED; NWK_SENT: the peer acknowledged it */
    dectbed_event event;
    uint32_t link;   /* 0 in LINK_RELEASED: set-up failed */
    uint32_t reason; /* LINK_RELEASED: enum dectbed_release_reason */
    uint32_t pmid;   /* 20 bits */
    uint32_t reserved;
} dectbed_ev_link;

enum dectbed_release_reason {
    DECTBED_RELEASE_NORMAL = 1,       /* by either side's LINK_RELEASE */
    DECTBED_RELEASE_SETUP_FAILED = 2, /* N200 attempts or T200 */
    DECTBED_RELEASE_BASE_BUSY = 3,
    DECTBED_RELEASE_SIGNAL_LOST = 4, /* T201 */
    DECTBED_RELEASE_RADIO_OFF = 5
};

/* NWK_SEND: dectbed_req_link, then one S-format message (EN 300 175-5), carried at 5 octets each 20 ms. NWK_RECEIVED:
 * dectbed_ev_link, then the message. Link 0: a base's CLMS message to all (docs/models/firmware_interface.md). */

/* RADIO_PAGE (base, on the air): dectbed_record, then an {LCE-REQUEST-PAGE} of 3 or 5 octets (EN 300 175-5, 8.2), sent
 * from the next frame 0 on. PAGED (handset, locked): dectbed_event, then the page, whomever it is for. */

/* ---- people ------------------------------------------------------------------------------------------------ */

enum dectbed_key {
    DECTBED_KEY_0 = 0, /* .. 9 */
    DECTBED_KEY_STAR = 10,
    DECTBED_KEY_HASH = 11,
    DECTBED_KEY_MENU = 12,
    DECTBED_KEY_OK = 13,
    DECTBED_KEY_CLEAR = 14, /* short press: last character; in an empty field: back */
    DECTBED_KEY_OFF_HOOK = 15,
    DECTBED_KEY_ON_HOOK = 16,
    DECTBED_KEY_UP = 17,
    DECTBED_KEY_DOWN = 18,
    DECTBED_KEY_BUTTON = 32 /* the one button of a base */
};

typedef struct dectbed_ev_key {
    dectbed_event event;
    uint32_t key;
    uint32_t pressed; /* 1 down, 0 up */
} dectbed_ev_key;

enum dectbed_led_pattern {
    DECTBED_LED_OFF = 0,
    DECTBED_LED_ON = 1,
    DECTBED_LED_BLINK_SLOW = 2, /* 0.5 Hz */
    DECTBED_LED_BLINK_FAST = 3, /* 4 Hz */
    DECTBED_LED_FLASH = 4       /* 50 ms each 2 s */
};

typedef struct dectbed_req_led {
    dectbed_record record;
    uint32_t led; /* 0 .. number of LEDs - 1 */
    uint32_t pattern;
} dectbed_req_led;

/* DISPLAY: dectbed_record, then UTF-8 text of the whole display, lines separated by '\n'. */

/* ---- flash ---------------------------------------------------------------------------------------------------- */

/* Erased octets read 0xFF; programming can only clear bits. Operations queue and run one after the other; a
 * power cut during one leaves a prefix done, one octet undefined and the rest as it was. */
typedef struct dectbed_req_flash { /* READ, ERASE (block at address); PROGRAM: data follows */
    dectbed_record record;
    uint32_t address;
    uint32_t length; /* READ: octets, at most 4096 */
} dectbed_req_flash;

typedef struct dectbed_ev_flash { /* FLASH_DATA: data follows; FLASH_DONE */
    dectbed_event event;
    uint32_t address;
    uint32_t status; /* enum dectbed_status */
} dectbed_ev_flash;

#include "factory.h"

#ifdef __cplusplus
}
#endif
#endif /* DECTBED_FIRMWARE_H */
