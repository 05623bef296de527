/* SPDX-License-Identifier: MIT-0
 *
 * A base firmware in blocking style, as a product has it: tasks that wait for what they need, one after the other, with
 * a DHCP client of its own on raw Ethernet frames. It onboards like the reference base, with timers of its own.
 *
 *   main   boot, address, redirection, configuration, registration at the SIP registrar
 *   lease  DHCP on raw frames: obtains, checks with ARP, renews
 *   air    band search, links, messages of handsets
 *   dog    feeds the watchdog as long as the others let it run
 */
#ifndef BLOCKING_BASE_H
#define BLOCKING_BASE_H

#include "activation.h"
#include "cc_call.h"
#include "fw_io.h"
#include "kv_store.h"
#include "mm_ft.h"
#include "rt.h"
#include "rt_io.h"

#define VERSION "2.0"

enum {
    TASK_TIMERS = 1,
    FIRST_MM_TIMER = 32,
    FIRST_CALL_TIMER = 40,
    FIRST_LINK_TIMER = 48,
    BUTTON_TIMER = 56,
    WINDOW_TIMER
};
enum { NET_TOKEN = 1, STORE_TOKEN = 4, RADIO_TOKEN, MESSAGE_TOKEN = 16, LAST_TOKEN = 32 };
enum { FIRST_SOCKET = 16, DHCP_CLIENT = 68, DHCP_SERVER = 67, SIP_PORT = 5060 };
enum { URL_KEY = 1, CONFIG_KEY = 2, FIRST_SUBSCRIBER_KEY = 16 };
enum { LINKS = 8, SUBSCRIBERS = 20, URL_OCTETS = 256, NAME_OCTETS = 128, FILE_OCTETS = 3072, AIR_EVENTS = 64 };

typedef enum {
    PH_BOOT,
    PH_NETWORK,
    PH_ASK_MAC,
    PH_WAIT_CODE,
    PH_ASK,
    PH_FETCH,
    PH_STORE,
    PH_BYE,
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
    char registrar[NAME_OCTETS], domain[NAME_OCTETS], user[64], pin[16];
    uint32_t port, expires_s;
    bool open_always;
} config_t;

typedef struct base {
    rt* os;
    fw_io io; /* requests and random numbers */
    rt_io net;
    dectbed_ev_boot me;
    char agent[96];
    phase_t phase;

    /* lease */
    rt_semaphore lease_changed;
    uint32_t address, dns[2]; /* 0: none */

    /* flash */
    fw_kv_store store;
    rt_mutex store_lock;
    rt_semaphore store_done;
    bool store_ok;

    /* onboarding */
    config_t config;
    bool configured, mac_asked;
    char url[URL_OCTETS];
    uint32_t user; /* link that waits for a verdict */
    unsigned refused;
    uint64_t locked_until_us;
    rt_queue orders;
    order_t order_buffer[2];

    /* SIP */
    char call_id[33], from_tag[17];
    uint32_t cseq;

    /* air */
    rt_queue events;
    air_event event_buffer[AIR_EVENTS];
    rt_semaphore radio_wanted;
    uint8_t found_band;
    bool searching, window;
    air_link links[LINKS];
    subscriber_t subscribers[SUBSCRIBERS];
} base;

/* main.c */
void set_phase(base* b, phase_t p, const char* why);
void show(base* b); /* LED and announcement */
bool store_set(base* b, uint8_t key, const void* value, size_t octets);

/* dhcp.c */
void lease_task(void* b);

/* web.c */
typedef struct {
    unsigned status; /* 0: no answer */
    uint32_t retry_after_s;
    bool too_large;
    size_t octets;
    char body[FILE_OCTETS + 1];
} web_answer;
bool resolve(base* b, const char* name, uint32_t* address);
void web_exchange(base* b, const char* url, const char* json, web_answer* out);

/* sip.c: returns seconds until the refresh, 0: failed (then *retry_after_s may be set) */
uint32_t sip_register(base* b, uint32_t* retry_after_s);

/* band.c: returns when a band is known */
uint8_t search_band(base* b);

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

#endif
