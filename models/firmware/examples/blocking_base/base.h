/* SPDX-License-Identifier: MIT-0
 *
 * A base firmware in blocking style, as a product has it: tasks that wait for what they need, one after the other, with
 * a DHCP client of its own on raw Ethernet frames. It onboards like the reference base, with timers of its own.
 *
 *   main   boot, address, redirection, configuration, another firmware, registration at the SIP registrar; asks for its
 *          configuration again when that says so
 *   lease  voice VLAN (LLDP-MED), then DHCP on raw frames: obtains, checks with ARP, renews
 *   air    band search, links, messages of handsets
 *   dog    feeds the watchdog as long as the others let it run
 *
 * The clients of the library (DNS, HTTP, TLS, NTP, SIP, STUN) run at interrupt level; web.c and sip.c make calls of
 * them that wait.
 */
#ifndef BLOCKING_BASE_H
#define BLOCKING_BASE_H

#include "activation.h"
#include "boot_slots.h"
#include "cc_call.h"
#include "dhcp_client.h"
#include "fetch.h"
#include "file_store.h"
#include "fw_clock.h"
#include "fw_io.h"
#include "kv_store.h"
#include "mm_ft.h"
#include "rt.h"
#include "rt_io.h"
#include "sip_client.h"
#include "stun_client.h"

#define VERSION "2.0"

enum {
    TASK_TIMERS = 1, /* RT_TASKS_MAX */
    CLOCK_TIMER = 20,
    HTTP_TIMER,
    FETCH_TIMER,
    SIP_TIMER,
    SIP_KEEP_ALIVE_TIMER,
    STUN_TIMER,
    DNS_TIMERS, /* 2 */
    FIRST_MM_TIMER = 32,
    FIRST_CALL_TIMER = 40,
    FIRST_LINK_TIMER = 48,
    BUTTON_TIMER = 56,
    WINDOW_TIMER,
    PAGE_TIMER
};
enum {
    NET_TOKEN = 1,
    STORE_TOKEN = 4,
    RADIO_TOKEN,
    CLOCK_TOKEN,
    DNS_TOKEN,
    HTTP_TOKEN,
    FETCH_TOKEN,
    SIP_TOKEN,
    TLS_TOKEN,
    STUN_TOKEN,
    SLOTS_TOKEN,
    FILES_TOKEN,
    MESSAGE_TOKEN = 16,
    LAST_TOKEN = 32
};
enum {
    CLOCK_SOCKET = 1,
    SIP_SOCKET,
    STUN_SOCKET,
    DNS_SOCKETS = 16,
    HTTP_SOCKETS = 32,
    SIP_STREAM_SOCKETS = 48,
    TFTP_SOCKETS = 64,
    FTP_SOCKETS = 96,
    FIRST_SOCKET = 1024 /* of rt_io */
};
enum { DHCP_CLIENT = 68, DHCP_SERVER = 67, SIP_PORT = 5060, SIPS_PORT = 5061 };
enum { URL_KEY = 1, CONFIG_KEY = 2, LEASE_KEY = 5, FIRST_SUBSCRIBER_KEY = 16 };
enum { LINKS = 8, SUBSCRIBERS = 20, NAME_OCTETS = 128, FILE_OCTETS = 16384, AIR_EVENTS = 64 };

typedef enum {
    PH_BOOT,
    PH_NETWORK,
    PH_ASK_MAC,
    PH_WAIT_CODE,
    PH_ASK,
    PH_FETCH,
    PH_STORE,
    PH_BYE,
    PH_UPDATE,
    PH_REGISTER,
    PH_SERVICE
} phase_t;

/* Any event of the radio, the button, or a timer of the air task. */
typedef union {
    dectbed_event event;
    uint8_t octets[128];
} air_event;

typedef struct {
    uint32_t link;
    char code[FW_CODE_DIGITS_MAX + 1];
} order_t;

struct base;
typedef struct {
    struct base* base;
    uint32_t id; /* 0: free */
    enum { USE_IDLE, USE_CODE, USE_CHALLENGED, USE_CALL, USE_CLOSING } use;
    enum { FOR_NOTHING, FOR_LOCATION, FOR_TERMINATION, FOR_CALL } purpose;
    int subscriber; /* -1: nobody we know */
    uint8_t call_transaction;
    fw_mm_ft mm;
    fw_cc call;
} air_link;

typedef struct {
    uint8_t used, located;
    uint8_t ipui[FW_IPUI_OCTETS], uak[FW_AUTH_KEY_OCTETS];
} subscriber_t;

typedef struct {
    uint8_t band;
    char registrar[NAME_OCTETS], domain[NAME_OCTETS], user[64], password[64], pin[16];
    uint32_t port, expires_s, keep_alive_s;
    uint8_t transport, lookup;
    bool any_transport, open_always, sips;
    uint32_t poll_s, poll_spread_s;                                  /* 0: no polling */
    int32_t poll_at_s;                                               /* or each day at this local time; < 0: not */
    char version[FW_IMAGE_VERSION_OCTETS + 1], image[FW_URL_OCTETS]; /* of the firmware that is wanted */
} config_t;

/* What an exchange by HTTP, TFTP or FTP brought. */
typedef struct {
    enum fw_http_error error;
    unsigned status; /* 0: no answer */
    uint32_t retry_after_s;
    bool secure;
    int64_t date_unix;
    char etag[FW_HTTP_ETAG_OCTETS], modified[40];
    size_t octets;
    char body[FILE_OCTETS + 1];
} web_answer;

typedef struct base {
    rt* os;
    fw_io io; /* requests and random numbers */
    rt_io net;
    dectbed_ev_boot me;
    char agent[96];
    phase_t phase;

    /* lan.c, dhcp.c */
    rt_semaphore lan_changed;
    rt_semaphore news; /* for the main task: a lease, or none any more, or a code */
    rt_mutex frames;   /* who uses raw frames */
    bool carrier, vlan_known;
    bool void_;    /* carrier or VLAN are not what they were when this try began */
    bool conflict; /* somebody insists on our address */
    uint64_t defended_us;
    uint16_t vlan, priority;
    uint32_t address; /* 0: none */
    uint32_t remembered, probed;
    fw_dhcp_lease lease;
    char lan_url[FW_URL_OCTETS], lan_registrar[64];

    /* flash */
    fw_kv_store store;
    fw_files files; /* what is too large for it */
    rt_mutex store_lock;
    rt_semaphore store_done;
    bool store_ok;

    /* web.c */
    fw_dns_client dns;
    fw_clock clock;
    fw_tls_device tls;
    fw_http_client http;
    fw_fetch fetch;
    fw_stun_client stun;
    rt_mutex web;
    rt_semaphore web_done;
    bool web_busy;
    web_answer* answer;
    uint32_t seen_as;

    /* update.c */
    fw_slots slots;
    rt_semaphore slots_done;
    fw_image_check image;
    const char* slots_why;
    char version[FW_IMAGE_VERSION_OCTETS + 1];
    bool update_given_up; /* until the next restart */

    /* onboarding */
    config_t config;
    bool configured, mac_asked;
    char url[FW_URL_OCTETS];
    char seen_url[FW_URL_OCTETS], seen_etag[FW_HTTP_ETAG_OCTETS], seen_modified[40]; /* of the file in use */
    uint32_t user;                                                                   /* link that waits for a verdict */
    unsigned refused;
    uint64_t locked_until_us;
    rt_queue orders;
    order_t order_buffer[2];

    /* sip.c */
    fw_sip_client sip;
    bool registered, register_failed, check_wanted, time_wanted, time_asked, check_restarts;
    unsigned sip_status;
    uint32_t sip_retry_after_s;

    /* air */
    rt_queue events;
    air_event event_buffer[AIR_EVENTS];
    rt_semaphore radio_wanted;
    uint8_t found_band, found_by;
    bool searching, window, button;
    air_link links[LINKS];
    subscriber_t subscribers[SUBSCRIBERS];
    uint8_t pages_left[SUBSCRIBERS];
} base;

/* main.c */
void set_phase(base* b, phase_t p, const char* why);
void show(base* b); /* LED and announcement */
void name_version(base* b, const char* version);
bool store_set(base* b, uint8_t key, const void* value, size_t octets);
bool file_write(base* b, const char* name, const void* data, size_t octets);
/* Its octets; 0: there is none, or it has more. */
size_t file_read(base* b, const char* name, void* out, size_t size);

/* config.c: false: of no use. */
bool read_config(base* b, const char* text, size_t octets, config_t* out);
/* Stores a file that read_config() took: in the store, or as a file if it is too large for that. */
bool store_config(base* b, const char* text, size_t octets);
/* What is stored; the caller frees it. NULL: nothing. */
char* stored_config(base* b, size_t* octets);

/* onboard.c: returns when a configuration is needed no more, or the network is gone. */
void onboard(base* b);
/* The file at b->url again; true: it differs from what is stored, and is stored now. */
bool check_config(base* b);

/* lan.c */
bool lan_listener(void* b, const dectbed_event* e);
void lan_settle(base* b); /* waits until the VLAN is known, or nobody names one */
void lan_heed(base* b, const fw_dhcp_lease* lease);
bool lan_names_server(const base* b); /* one that this base may use, and not the one it has */

/* dhcp.c */
void lease_task(void* b);
/* Asks for options again, with an address; answers are heeded. */
void dhcp_inform(base* b);

/* web.c */
void web_init(base* b);
void web_free(base* b);
bool web_listener(void* b, const dectbed_event* e);
void web_network_gone(base* b); /* whoever waits gets no answer */
/* `json` NULL: a file by any protocol, else a POST. */
void web_exchange(base* b, const char* url, const char* json, web_answer* out);
/* A file, and what is sent with the request; what comes goes to `sink`, or into `out`. */
void web_get(base* b, const char* url, const fw_http_options* options, web_answer* out);
bool web_is_final(const web_answer* a); /* the server understood, and it means no */
/* Waits before the next try; false: that is enough. */
bool web_patience(base* b, unsigned tries, const web_answer* a);
/* Under which address the Internet sees this base, as a STUN server says; 0: not known. */
/* For certificates: FW_TLS_CLOCK_UNKNOWN if nobody has told it; asks for it and waits. */
int64_t web_clock(void* b);
void web_want_time(base* b);
uint32_t web_stun(base* b, const char* server);

/* update.c */
void load_slots(base* b);
/* Gets the firmware that the configuration names, if it is another one; then it does not return. */
void update(base* b);
void confirm_firmware(base* b);

/* poll.c: when the file is asked for again, in time since the start; UINT64_MAX: never. */
uint64_t next_poll_us(base* b);

/* sip.c: serves until the network or the configuration is another one. */
void serve(base* b);

/* band.c and place.c: DECTBED_BAND_NONE: not found, and everything tried. */
uint8_t search_band(base* b, bool for_ever);
uint8_t band_of_place(base* b, uint8_t method);

/* air.c */
void air_task(void* b);
bool air_listener(void* b, const dectbed_event* e);
void say_verdict(base* b, uint32_t link, enum fw_verdict v, uint32_t retry_after_s);
void say_progress(base* b, enum fw_activation_stage stage);
void announce(base* b);
void close_link(base* b, air_link* l);
void send_message(base* b, air_link* l, const fw_nwk_writer* w);

/* subscribers.c */
void load_subscribers(base* b);
void prepare_link(base* b, air_link* l);
void call_message(base* b, air_link* l, const fw_nwk_message* m);
void find_handsets(base* b);
void page(base* b);
bool page_answered(base* b, air_link* l, const fw_nwk_message* m);

#endif
