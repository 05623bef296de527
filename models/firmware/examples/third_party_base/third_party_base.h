/* SPDX-License-Identifier: MIT-0
 *
 * What the files of this base share. third_party_base.c has its life from boot to service, third_party_air.c what
 * handsets say, third_party_users.c who may use it. A product with a DECT module has third_party_module.c in the place of
 * the last two, and is built with THIRD_PARTY_MODULE=1. One with nothing but a baseband has third_party_mac.c below
 * everything, and is built with THIRD_PARTY_MAC=1.
 */
#ifndef THIRD_PARTY_BASE_H
#define THIRD_PARTY_BASE_H

#include "backoff.h"
#include "cc_call.h"
#include "dhcp_client.h"
#include "dns_client.h"
#include "fw_clock.h"
#include "kv_store.h"
#include "mm_ft.h"
#include "module_client.h"
#include "sip_client.h"
#include "third_party_band.h"
#include "third_party_config.h"
#include "third_party_mac.h"
#include "third_party_payload.h"
#include "third_party_place.h"
#include "third_party_web.h"

#define VERSION "0.9"
#ifndef THIRD_PARTY_MODULE
#define THIRD_PARTY_MODULE 0
#endif
#ifndef THIRD_PARTY_MAC
#define THIRD_PARTY_MAC 0
#endif

typedef enum { BOOT, NET_DOWN, ASK_MAC, WAIT_CODE, ASK, FETCH, STORE, BYE, REGISTER, SERVICE } Phase;
enum { T_BOOT = 1, T_PHASE, T_DOG, T_DHCP, T_HTTP, T_SIP, T_BAND, T_CLOCK, T_BUTTON, T_WINDOW, T_PAGE, T_DNS = 16,
       T_LINK = 32, T_MM = 48, T_CALL = 64 };
enum { SOCK_DHCP = 1, SOCK_SIP = 2, SOCK_CLOCK = 3, SOCK_DNS = 16, SOCK_HTTP = 32 };
enum { TOK_DHCP = 1, TOK_DNS, TOK_HTTP, TOK_SIP, TOK_FLASH, TOK_RADIO, TOK_MSG, TOK_LAST, TOK_ERASE, TOK_PLACE, TOK_BAND,
       TOK_TLS, TOK_CLOCK };
enum { KEY_URL = 1, KEY_CONFIG = 2, KEY_USERS = 4 }; /* and as many more as there are users */
enum { MAX_LINKS = 8, MAX_USERS = 20, REQUEST_BUFFERS = 8 };
/* Blocks of flash: two of the key-value store, one for the story of the last crash. */
enum { CRASH_BLOCK = 2, PLACE_BLOCK = 3 };

struct Base;

/* What a link is used for. QUIET: the last message has been said on it. */
typedef enum { FOR_NOTHING, FOR_CODE, FOR_CHALLENGE, FOR_CALL, QUIET } Use;
typedef enum { WHY_NOT, WHY_LOCATION, WHY_TERMINATION, WHY_CALL } Why;

typedef struct {
    struct Base* base;
    uint32_t id; /* 0: free */
    Use use;
    Why why;  /* somebody is being authenticated */
    int user; /* -1: nobody we know */
    uint8_t call;
    fw_mm_ft mm;
    fw_cc cc;
} Link;

typedef struct {
    uint8_t used, located, dirty, pages;
    uint32_t waits; /* link that is to be told once this is stored; 0: none */
    uint8_t ipui[FW_IPUI_OCTETS], uak[FW_AUTH_KEY_OCTETS];
} User;

typedef struct Base {
    fw_io io;
    dectbed_ev_boot me;
    Phase phase;
    int carrier, bootDone, flashDone, erasing, common, window, buttonDown;
    unsigned buffersLost;
    int configured; /* only of the mutant that keeps it in place */
    Place place;
    BandSearch band;
    Config config;
    uint32_t ip, user; /* user: link that waits for a verdict */
    char code[FW_CODE_DIGITS_MAX + 1], url[FW_URL_OCTETS];
    unsigned refused;
    uint64_t lockedUntil;
    int timeAsked;
    Link links[MAX_LINKS];
    User users[MAX_USERS];
    int saving; /* user whose record is on its way to the flash; -1: none */
#if THIRD_PARTY_MODULE
    fw_module_client module;
    uint8_t wantedBand, moduleBand;
    int open; /* as the module was told, likewise */
    uint32_t announced;
#endif
#if THIRD_PARTY_MAC
    Mac mac;
#endif
    fw_backoff backoff;
    fw_kv_store kv;
    fw_dhcp_client dhcp;
    fw_dns_client dns;
    fw_clock clock;
    fw_tls_device tls;
    Web web;
    fw_sip_client sip;
} Base;

/* third_party_base.c */
void takeCode(Base* b, Link* l, const char* code);

/* third_party_air.c, or third_party_module.c */
void radioBoot(Base* b);
void radioStart(Base* b, uint8_t band);
void announce(Base* b);
int airHandle(Base* b, const dectbed_event* e); /* 1: the event was for the air */
int airTimer(Base* b, uint32_t timer);
void tell(Base* b, uint32_t link, enum fw_verdict v, uint32_t retryAfter);
void progress(Base* b, enum fw_activation_stage stage);
void closeLink(Base* b, Link* l);
void lastWords(Base* b, Link* l, uint8_t pd, uint8_t transaction, uint8_t type, uint8_t ie, uint8_t why);
void linkTimer(Base* b, const Link* l, uint32_t seconds);
Link* findLink(Base* b, uint32_t id);

/* third_party_users.c */
void loadUsers(Base* b);
int takesUsers(const Base* b); /* may handsets be registered now? */
void openLink(Base* b, Link* l);
void callMessage(Base* b, Link* l, const fw_nwk_message* m);
int pageAnswered(Base* b, const fw_nwk_message* m);
void button(Base* b, int pressed);
int usersTimer(Base* b, uint32_t timer);

#endif
