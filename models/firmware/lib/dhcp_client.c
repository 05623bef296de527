/* SPDX-License-Identifier: MIT-0 */
#include "dhcp_client.h"

#include <stdlib.h>
#include <string.h>

#include "dhcp_options.h"

enum { server_port = 67, client_port = 68, header_octets = 236, message_octets_min = 300 }; /* RFC 951: 300 */
/* Option 121 before 3 and 33: RFC 3442, "DHCP Client Behavior" */
static const uint8_t wanted[] = {FW_DHCP_OPTION_MASK,          FW_DHCP_OPTION_CLASSLESS_ROUTES,
                                 FW_DHCP_OPTION_TIME_OFFSET,   FW_DHCP_OPTION_ROUTER,
                                 FW_DHCP_OPTION_DNS,           FW_DHCP_OPTION_HOST_NAME,
                                 FW_DHCP_OPTION_DOMAIN,        FW_DHCP_OPTION_STATIC_ROUTES,
                                 FW_DHCP_OPTION_NTP,           FW_DHCP_OPTION_VENDOR_SPECIFIC,
                                 FW_DHCP_OPTION_LEASE,         FW_DHCP_OPTION_SERVER,
                                 FW_DHCP_OPTION_RENEWAL,       FW_DHCP_OPTION_REBINDING,
                                 FW_DHCP_OPTION_BOOT_SERVER,   FW_DHCP_OPTION_BOOT_FILE,
                                 FW_DHCP_OPTION_SIP_SERVERS,   FW_DHCP_OPTION_VENDOR_INFORMATION,
                                 FW_DHCP_OPTION_TFTP_ADDRESSES};
static const uint8_t cookie[4] = {99, 130, 83, 99};
static const uint32_t forever_s = 0xFFFFFFFFu;
static const uint32_t broadcast = 0xFFFFFFFFu;
enum { message_octets_max = 576 }; /* RFC 2131, 2: what every client takes; said in option 57 */

/* RFC 2131, 4.1: 4 s, doubled up to 64 s, each +- 1 s */
enum { first_wait_s = 4, longest_wait_s = 64 };
/* 4 + 8 + 16 + 32 s of REQUESTs, then from the start again: 3.1, 5 */
enum { request_tries = 4 };
/* INIT-REBOOT: 4 + 8 s, then as if nothing were remembered */
enum { reboot_tries = 2 };
/* RFC 5227, 1.1: PROBE_WAIT, PROBE_MIN, PROBE_MAX, ANNOUNCE_WAIT, DEFEND_INTERVAL */
static const uint64_t probe_wait_us = 1 * FW_SECOND_US, probe_min_us = 1 * FW_SECOND_US,
                      probe_max_us = 2 * FW_SECOND_US, announce_wait_us = 2 * FW_SECOND_US,
                      defend_interval_us = 10 * FW_SECOND_US;
static const uint64_t declined_wait_us = 10 * FW_SECOND_US; /* RFC 2131, 3.1, 5 */
/* 4.4.5: renewal is retried after half of what is left, but not more often than each 60 s */
static const uint64_t renewal_wait_min_us = 60 * FW_SECOND_US;

static void put_u32(uint8_t* p, uint32_t v) {
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

/* --- writing --- */

static void put_option(uint8_t* out, size_t* at, uint8_t code, const void* value, size_t octets) {
    out[(*at)++] = code;
    out[(*at)++] = (uint8_t)octets;
    memcpy(out + *at, value, octets);
    *at += octets;
}

static size_t put_header(const fw_dhcp_client* c, uint8_t* out, uint32_t ciaddr) {
    const uint64_t secs = (c->io->now_us - c->began_us) / FW_SECOND_US;
    out[0] = 1; /* BOOTREQUEST */
    out[1] = 1; /* Ethernet */
    out[2] = 6;
    put_u32(out + 4, c->xid);
    out[8] = (uint8_t)((secs > 0xFFFF ? 0xFFFF : secs) >> 8);
    out[9] = (uint8_t)(secs > 0xFFFF ? 0xFFFF : secs);
    if (ciaddr == 0) out[10] = 0x80; /* without an address we hear broadcasts only */
    put_u32(out + 12, ciaddr);
    memcpy(out + 28, c->config.mac, 6);
    memcpy(out + header_octets, cookie, sizeof cookie);
    return header_octets + sizeof cookie;
}

static void put_identity(const fw_dhcp_client* c, uint8_t* out, size_t* at, uint8_t type) {
    uint8_t value[7];
    put_option(out, at, FW_DHCP_OPTION_TYPE, &type, 1);
    value[0] = 1;
    memcpy(value + 1, c->config.mac, 6);
    put_option(out, at, FW_DHCP_OPTION_CLIENT_ID, value, 7);
}

static void put_address(uint8_t* out, size_t* at, uint8_t code, uint32_t address) {
    uint8_t value[4];
    put_u32(value, address);
    put_option(out, at, code, value, 4);
}

static void finish(fw_dhcp_client* c, uint32_t to, uint8_t* out, size_t at) {
    out[at++] = FW_DHCP_OPTION_END;
    if (at < message_octets_min) at = message_octets_min;
    fw_udp_send(c->io, c->config.token, c->config.socket, to, server_port, out, at);
}

/* DISCOVER, REQUEST, INFORM; see table 5 of RFC 2131 for what goes with which. */
static void send_message(fw_dhcp_client* c, uint8_t type) {
    uint8_t out[512] = {0}, size[2] = {message_octets_max >> 8, message_octets_max & 0xFF};
    const bool has_address = c->state >= FW_DHCP_BOUND;
    size_t at = put_header(c, out, has_address ? c->lease.address : 0);
    if (type == FW_DHCP_REQUEST) c->requested_us = c->io->now_us; /* the lease counts from here: 4.4.1 */
    put_identity(c, out, &at, type);
    if (c->state == FW_DHCP_REQUESTING) {
        put_address(out, &at, FW_DHCP_OPTION_REQUESTED_ADDRESS, c->lease.address);
        put_address(out, &at, FW_DHCP_OPTION_SERVER, c->lease.server);
    }
    if (c->state == FW_DHCP_REBOOTING) put_address(out, &at, FW_DHCP_OPTION_REQUESTED_ADDRESS, c->remembered);
    put_option(out, &at, FW_DHCP_OPTION_MESSAGE_SIZE, size, 2);
    if (c->config.vendor_class[0] != '\0') {
        put_option(out, &at, FW_DHCP_OPTION_VENDOR_CLASS, c->config.vendor_class,
                   strnlen(c->config.vendor_class, sizeof c->config.vendor_class - 1));
    }
    if (c->config.user_class[0] != '\0') {
        put_option(out, &at, FW_DHCP_OPTION_USER_CLASS, c->config.user_class,
                   strnlen(c->config.user_class, sizeof c->config.user_class - 1));
    }
    /* Called so by the server, it says so itself from then on: RFC 2131, 4.3.6 lets a client name any option again. */
    if (has_address && c->lease.host_name != NULL)
        put_option(out, &at, FW_DHCP_OPTION_HOST_NAME, c->lease.host_name, strlen(c->lease.host_name));
    put_option(out, &at, FW_DHCP_OPTION_PARAMETERS, wanted, sizeof wanted);
    finish(c, c->state == FW_DHCP_RENEWING ? c->lease.server : broadcast, out, at);
}

static void send_decline(fw_dhcp_client* c) {
    uint8_t out[512] = {0};
    size_t at = put_header(c, out, 0);
    out[10] = 0; /* nobody answers */
    put_identity(c, out, &at, FW_DHCP_DECLINE);
    put_address(out, &at, FW_DHCP_OPTION_REQUESTED_ADDRESS, c->lease.address);
    put_address(out, &at, FW_DHCP_OPTION_SERVER, c->lease.server);
    finish(c, broadcast, out, at);
}

static void send_release(fw_dhcp_client* c) {
    uint8_t out[512] = {0};
    c->xid = (uint32_t)fw_random(c->io);
    c->began_us = c->io->now_us;
    size_t at = put_header(c, out, c->lease.address);
    put_identity(c, out, &at, FW_DHCP_RELEASE);
    put_address(out, &at, FW_DHCP_OPTION_SERVER, c->lease.server);
    finish(c, c->lease.server, out, at);
}

/* --- states --- */

static void wait_for_answer(fw_dhcp_client* c) {
    uint64_t seconds = first_wait_s;
    for (uint32_t i = 0; i < c->tries && seconds < longest_wait_s; ++i) seconds *= 2;
    const uint64_t base = seconds * FW_SECOND_US;
    fw_timer_start(c->io, c->config.timer, fw_random_between(c->io, base - FW_SECOND_US, base + FW_SECOND_US));
}

/* With a lease there is nothing to hear until it is to be renewed: everybody else's answers are not for us. */
static void listen(fw_dhcp_client* c, bool on) {
    if (on == c->listening) return;
    c->listening = on;
    if (on) {
        fw_udp_open(c->io, c->config.token, c->config.socket, client_port);
    } else {
        fw_udp_close(c->io, c->config.socket);
    }
}

static void drop_routes(fw_dhcp_client* c) {
    free(c->routes);
    c->routes = NULL;
}

static void forget_untold(fw_dhcp_client* c) {
    free(c->untold);
    c->untold = NULL;
}

static void enter_init(fw_dhcp_client* c) {
    listen(c, true);
    c->state = FW_DHCP_INIT;
    fw_timer_start(c->io, c->config.timer,
                   fw_random_between(c->io, c->config.start_delay_min_us, c->config.start_delay_max_us));
}

/* DISCOVER, or REQUEST for the address of the former life (INIT-REBOOT). */
static void begin(fw_dhcp_client* c) {
    c->state = c->remembered != 0 ? FW_DHCP_REBOOTING : FW_DHCP_SELECTING;
    c->xid = (uint32_t)fw_random(c->io);
    c->tries = 0;
    c->began_us = c->io->now_us;
    send_message(c, c->remembered != 0 ? FW_DHCP_REQUEST : FW_DHCP_DISCOVER);
    wait_for_answer(c);
}

static void lose(fw_dhcp_client* c, const char* cause) {
    drop_routes(c);
    forget_untold(c);
    fw_ip_configure(c->io, 0, 0, 0);
    enter_init(c);
    c->config.lost(c->config.context, cause);
}

static uint64_t half_of_rest(const fw_dhcp_client* c, uint64_t end_us) {
    const uint64_t rest = end_us > c->io->now_us ? end_us - c->io->now_us : 0;
    const uint64_t half = rest / 2 > renewal_wait_min_us ? rest / 2 : renewal_wait_min_us;
    return half < rest ? half : rest;
}

static void set_times(fw_dhcp_client* c) {
    const fw_dhcp_held* lease = &c->lease;
    if (lease->lease_s == forever_s) {
        fw_timer_stop(c->io, c->config.timer);
        return;
    }
    /* defaults of 4.4.5; a server's own values only if they are in order */
    uint64_t t1 = lease->renewal_s, t2 = lease->rebinding_s;
    if (t2 == 0 || t2 >= lease->lease_s) t2 = (uint64_t)lease->lease_s * 7 / 8;
    if (t1 == 0 || t1 >= t2) t1 = lease->lease_s / 2 < t2 ? lease->lease_s / 2 : t2;
    c->renew_at_us = c->requested_us + t1 * FW_SECOND_US;
    c->rebind_at_us = c->requested_us + t2 * FW_SECOND_US;
    c->expires_at_us = c->requested_us + (uint64_t)lease->lease_s * FW_SECOND_US;
    fw_timer_start(c->io, c->config.timer,
                   c->renew_at_us > c->io->now_us ? c->renew_at_us - c->io->now_us : FW_SECOND_US);
}

static void hold(fw_dhcp_client* c, const fw_dhcp_lease* lease) {
    fw_dhcp_held* h = &c->lease;
    const size_t name = strnlen(lease->host_name, sizeof lease->host_name - 1);
    forget_untold(c);
    h->address = lease->address;
    h->prefix_length = lease->prefix_length;
    h->router = lease->router;
    h->server = lease->server;
    memcpy(h->dns, lease->dns, sizeof h->dns);
    h->dns_count = lease->dns_count;
    h->lease_s = lease->lease_s;
    h->renewal_s = lease->renewal_s;
    h->rebinding_s = lease->rebinding_s;
    free(h->host_name);
    h->host_name = name > 0 ? malloc(name + 1) : NULL;
    if (h->host_name == NULL) return;
    memcpy(h->host_name, lease->host_name, name);
    h->host_name[name] = '\0';
}

/* The lease in hand is in use from here on; `all` of it, if there is something to tell. */
static void use(fw_dhcp_client* c, const fw_dhcp_lease* all) {
    c->state = FW_DHCP_BOUND;
    if (c->config.remembers) c->remembered = c->lease.address; /* asked for again, should the lease be lost */
    c->defended_us = 0;
    listen(c, false);
    set_times(c);
    if (all == NULL) return;
    fw_ip_configure_routes(c->io, c->lease.address, c->lease.prefix_length, c->lease.router,
                           c->routes != NULL ? c->routes->route : NULL, c->routes != NULL ? c->routes->count : 0);
    if (c->config.probes > 0) fw_address_probe(c->io, c->lease.address); /* announces it: RFC 5227, 2.3 */
    c->config.bound(c->config.context, all);
}

static void probe(fw_dhcp_client* c) {
    if (c->probes_left == 0) {
        fw_dhcp_lease* all = c->untold;
        c->untold = NULL; /* its owner may stop the client */
        use(c, all);
        free(all);
        return;
    }
    --c->probes_left;
    fw_address_probe(c->io, c->lease.address);
    fw_timer_start(c->io, c->config.timer,
                   c->probes_left > 0 ? fw_random_between(c->io, probe_min_us, probe_max_us) : announce_wait_us);
}

/* True: other routes than before. Without memory for them there are none: their networks are then behind the default
 * route, or out of reach. */
static bool keep_routes(fw_dhcp_client* c, const fw_dhcp_routes* routes) {
    const size_t octets = sizeof *routes;
    if (routes->count == 0) {
        const bool had = c->routes != NULL;
        drop_routes(c);
        return had;
    }
    if (c->routes != NULL && memcmp(c->routes, routes, octets) == 0) return false;
    if (c->routes == NULL) c->routes = malloc(octets);
    if (c->routes == NULL) return false;
    memcpy(c->routes, routes, octets);
    for (uint32_t i = 0; i < routes->count; ++i) {
        const dectbed_ip_route* r = routes->route + i;
        char network[16], gateway[16];
        fw_ipv4_text(r->network, network);
        fw_ipv4_text(r->gateway, gateway);
        fw_log(c->io, FW_LOG_INFORMATION, "route from DHCP: %s/%u by %s", network, (unsigned)r->prefix_length, gateway);
    }
    return true;
}

static void acknowledged(fw_dhcp_client* c, const fw_dhcp_reply* reply) {
    const fw_dhcp_lease* lease = &reply->lease;
    const bool other_routes = keep_routes(c, &reply->routes);
    const bool first = c->state == FW_DHCP_REQUESTING || c->state == FW_DHCP_REBOOTING;
    const bool changed = first || other_routes || lease->address != c->lease.address ||
                         lease->prefix_length != c->lease.prefix_length || lease->router != c->lease.router ||
                         lease->dns_count != c->lease.dns_count ||
                         memcmp(lease->dns, c->lease.dns, sizeof lease->dns) != 0;
    hold(c, lease);
    if (!first || c->config.probes == 0) {
        use(c, changed ? lease : NULL);
        return;
    }
    c->untold = malloc(sizeof *lease);
    if (c->untold == NULL) return; /* no answer, then: it is asked for again */
    *c->untold = *lease;
    c->state = FW_DHCP_PROBING;
    c->probes_left = c->config.probes;
    fw_timer_start(c->io, c->config.timer, fw_random_between(c->io, 0, probe_wait_us));
}

/* RFC 2131, 3.1, 5: DECLINE, then at least 10 s of nothing. */
static void decline(fw_dhcp_client* c) {
    fw_address_probe(c->io, 0);
    send_decline(c);
    c->remembered = 0;
    enter_init(c);
    fw_timer_start(c->io, c->config.timer,
                   declined_wait_us + fw_random_between(c->io, 0, c->config.start_delay_max_us));
}

static void conflict(fw_dhcp_client* c, const dectbed_ev_address_conflict* e) {
    char text[16], mac[18];
    if (e->address != c->lease.address) return;
    fw_ipv4_text(e->address, text);
    fw_mac_colons(e->mac, mac);
    if (c->state == FW_DHCP_PROBING) {
        fw_log(c->io, FW_LOG_WARNING, "address %s is used by %s: declined", text, mac);
        decline(c);
        return;
    }
    if (c->state < FW_DHCP_BOUND || c->config.probes == 0) return;
    /* RFC 5227, 2.4 (b): defended once; somebody who insists gets it. */
    if (c->defended_us == 0 || c->io->now_us - c->defended_us >= defend_interval_us) {
        c->defended_us = c->io->now_us;
        fw_log(c->io, FW_LOG_WARNING, "address %s is claimed by %s: defended", text, mac);
        fw_address_probe(c->io, c->lease.address);
        return;
    }
    fw_log(c->io, FW_LOG_WARNING, "address %s is claimed by %s again: given up", text, mac);
    listen(c, true);
    send_decline(c);
    c->remembered = 0;
    lose(c, "address conflict");
}

static bool usable(const fw_dhcp_reply* r) {
    return r->lease.address != 0 && r->lease.address != broadcast && r->lease.server != 0;
}

static void complete(fw_dhcp_lease* lease) {
    if (lease->prefix_length == 0) lease->prefix_length = 24; /* no mask given: assume a small office */
}

static bool acknowledges(const fw_dhcp_reply* r) {
    return r->type == FW_DHCP_ACK && usable(r) && r->lease.lease_s != 0;
}

static void request(fw_dhcp_client* c) {
    c->state = FW_DHCP_REQUESTING;
    c->tries = 0;
    send_message(c, FW_DHCP_REQUEST);
    wait_for_answer(c);
}

static void offered(fw_dhcp_client* c, const fw_dhcp_reply* reply) {
    if (reply->type != FW_DHCP_OFFER || !usable(reply)) return;
    hold(c, &reply->lease); /* the first offer is as good as any */
    request(c);
}

static void receive(fw_dhcp_client* c, const uint8_t* data, size_t octets) {
    fw_dhcp_reply reply;
    if (!fw_dhcp_parse(data, octets, c->config.mac, c->config.enterprise, &reply) || reply.xid != c->xid) return;
    complete(&reply.lease);
    switch (c->state) {
        case FW_DHCP_REBOOTING:
            if (reply.type == FW_DHCP_NAK) {
                fw_log(c->io, FW_LOG_INFORMATION, "the remembered address is refused");
                c->remembered = 0;
                begin(c);
            } else if (acknowledges(&reply)) {
                acknowledged(c, &reply);
            }
            return;
        case FW_DHCP_SELECTING:
            offered(c, &reply);
            return;
        case FW_DHCP_REQUESTING:
            if (reply.type == FW_DHCP_NAK) {
                if (reply.lease.server == 0 || reply.lease.server == c->lease.server) enter_init(c);
                return;
            }
            if (acknowledges(&reply)) acknowledged(c, &reply);
            return;
        case FW_DHCP_RENEWING:
        case FW_DHCP_REBINDING:
            if (reply.type == FW_DHCP_NAK) {
                c->remembered = 0;
                lose(c, "lease refused");
            } else if (acknowledges(&reply)) {
                acknowledged(c, &reply);
            }
            return;
        case FW_DHCP_BOUND:
            if (!c->informing || reply.type != FW_DHCP_ACK) return;
            c->informing = false;
            listen(c, false);
            if (c->config.informed != NULL) c->config.informed(c->config.context, &reply.lease);
            return;
        case FW_DHCP_STOPPED:
        case FW_DHCP_INIT:
        case FW_DHCP_PROBING:
            return; /* late or repeated */
    }
}

static void begin_renewal(fw_dhcp_client* c) {
    listen(c, true);
    c->informing = false;
    c->state = FW_DHCP_RENEWING;
    c->xid = (uint32_t)fw_random(c->io);
    c->began_us = c->io->now_us;
    send_message(c, FW_DHCP_REQUEST);
    fw_timer_start(c->io, c->config.timer,
                   c->io->naive ? c->expires_at_us - c->io->now_us : half_of_rest(c, c->rebind_at_us));
}

static void timeout(fw_dhcp_client* c) {
    switch (c->state) {
        case FW_DHCP_STOPPED:
            return;
        case FW_DHCP_INIT:
            begin(c);
            return;
        case FW_DHCP_REBOOTING:
            if (c->io->naive) {
                fw_dhcp_stop(c);
                return;
            }
            if (++c->tries >= reboot_tries) {
                c->remembered = 0;
                begin(c);
                return;
            }
            send_message(c, FW_DHCP_REQUEST);
            wait_for_answer(c);
            return;
        case FW_DHCP_PROBING:
            probe(c);
            return;
        case FW_DHCP_SELECTING:
            if (c->io->naive) {
                fw_dhcp_stop(c);
                return;
            }
            ++c->tries;
            send_message(c, FW_DHCP_DISCOVER);
            wait_for_answer(c);
            return;
        case FW_DHCP_REQUESTING:
            if (c->io->naive) {
                fw_dhcp_stop(c);
                return;
            }
            if (++c->tries >= request_tries) {
                enter_init(c);
                return;
            }
            send_message(c, FW_DHCP_REQUEST);
            wait_for_answer(c);
            return;
        case FW_DHCP_BOUND:
            begin_renewal(c);
            return;
        case FW_DHCP_RENEWING:
            if (c->io->naive) {
                lose(c, "lease ran out");
                return;
            }
            if (c->io->now_us >= c->rebind_at_us) c->state = FW_DHCP_REBINDING;
            break;
        case FW_DHCP_REBINDING:
            if (c->io->now_us >= c->expires_at_us) {
                lose(c, "lease ran out");
                return;
            }
            break;
    }
    send_message(c, FW_DHCP_REQUEST);
    const uint64_t end_us = c->state == FW_DHCP_RENEWING ? c->rebind_at_us : c->expires_at_us;
    fw_timer_start(c->io, c->config.timer, half_of_rest(c, end_us));
}

void fw_dhcp_init(fw_dhcp_client* c, fw_io* io, const fw_dhcp_config* config) {
    memset(c, 0, sizeof *c);
    c->io = io;
    c->config = *config;
}

void fw_dhcp_start(fw_dhcp_client* c) {
    if (c->state != FW_DHCP_STOPPED) fw_dhcp_stop(c);
    enter_init(c);
}

void fw_dhcp_stop(fw_dhcp_client* c) {
    if (c->state == FW_DHCP_STOPPED) return;
    fw_timer_stop(c->io, c->config.timer);
    listen(c, false);
    c->informing = false;
    drop_routes(c);
    forget_untold(c);
    if (c->state == FW_DHCP_PROBING) fw_address_probe(c->io, 0);
    if (c->state >= FW_DHCP_BOUND) fw_ip_configure(c->io, 0, 0, 0);
    c->state = FW_DHCP_STOPPED;
}

void fw_dhcp_free(fw_dhcp_client* c) {
    drop_routes(c);
    forget_untold(c);
    free(c->lease.host_name);
    c->lease.host_name = NULL;
}

void fw_dhcp_remember(fw_dhcp_client* c, uint32_t address) { c->remembered = address; }

void fw_dhcp_release(fw_dhcp_client* c) {
    if (c->state >= FW_DHCP_BOUND) {
        listen(c, true);
        send_release(c);
    }
    fw_dhcp_stop(c);
}

void fw_dhcp_inform(fw_dhcp_client* c) {
    if (c->state != FW_DHCP_BOUND) return;
    listen(c, true);
    c->informing = true;
    c->xid = (uint32_t)fw_random(c->io);
    c->began_us = c->io->now_us;
    send_message(c, FW_DHCP_INFORM);
}

bool fw_dhcp_handle(fw_dhcp_client* c, const dectbed_event* event) {
    if (event->record.type == DECTBED_EV_TIMER) {
        if (((const dectbed_ev_timer*)event)->timer != c->config.timer) return false;
        timeout(c);
        return true;
    }
    if (event->record.type == DECTBED_EV_UDP_RECEIVED) {
        const dectbed_ev_udp_received* received = (const dectbed_ev_udp_received*)event;
        if (received->socket != c->config.socket) return false;
        const fw_payload payload = fw_event_payload(event);
        if (received->port == server_port) receive(c, payload.data, payload.octets);
        return true;
    }
    if (event->record.type == DECTBED_EV_ADDRESS_CONFLICT) {
        conflict(c, (const dectbed_ev_address_conflict*)event);
        return true;
    }
    /* a refused request is like a lost datagram: the timer repeats it */
    return event->record.type == DECTBED_EV_REFUSED && event->record.token == c->config.token;
}

const char* fw_dhcp_state_name(enum fw_dhcp_state state) {
    switch (state) {
        case FW_DHCP_STOPPED:
            return "stopped";
        case FW_DHCP_INIT:
            return "init";
        case FW_DHCP_REBOOTING:
            return "init-reboot";
        case FW_DHCP_SELECTING:
            return "selecting";
        case FW_DHCP_REQUESTING:
            return "requesting";
        case FW_DHCP_PROBING:
            return "probing";
        case FW_DHCP_BOUND:
            return "bound";
        case FW_DHCP_RENEWING:
            return "renewing";
        case FW_DHCP_REBINDING:
            return "rebinding";
    }
    return "unknown";
}
