/* SPDX-License-Identifier: MIT-0 */
#include "dhcp_client.h"

#include <string.h>

enum { server_port = 67, client_port = 68, header_octets = 236, message_octets_min = 300 }; /* RFC 951: 300 */
enum {
    option_mask = 1,
    option_router = 3,
    option_dns = 6,
    option_vendor_specific = 43,
    option_requested_address = 50,
    option_lease = 51,
    option_overload = 52,
    option_type = 53,
    option_server = 54,
    option_parameters = 55,
    option_renewal = 58,
    option_rebinding = 59,
    option_vendor_class = 60,
    option_client_id = 61,
    option_boot_server = 66,
    option_pad = 0,
    option_end = 255
};
static const uint8_t wanted[] = {option_mask,   option_router,  option_dns,       option_vendor_specific, option_lease,
                                 option_server, option_renewal, option_rebinding, option_boot_server};
static const uint8_t cookie[4] = {99, 130, 83, 99};
static const uint32_t forever_s = 0xFFFFFFFFu;
static const uint32_t broadcast = 0xFFFFFFFFu;

/* RFC 2131, 4.1: 4 s, doubled up to 64 s, each +- 1 s */
enum { first_wait_s = 4, longest_wait_s = 64 };
/* 4 + 8 + 16 + 32 s of REQUESTs, then from the start again: 3.1, 5 */
enum { request_tries = 4 };
/* 4.4.5: renewal is retried after half of what is left, but not more often than each 60 s */
static const uint64_t renewal_wait_min_us = 60 * FW_SECOND_US;

static uint32_t get_u32(const uint8_t* p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static void put_u32(uint8_t* p, uint32_t v) {
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

/* --- reading --- */

static bool read_option(uint8_t code, const uint8_t* value, size_t octets, fw_dhcp_reply* r, uint8_t* overload) {
    fw_dhcp_lease* lease = &r->lease;
    switch (code) {
        case option_type:
            if (octets != 1) return false;
            r->type = value[0];
            return true;
        case option_overload:
            if (octets != 1) return false;
            *overload = value[0];
            return true;
        case option_mask: {
            if (octets != 4) return false;
            const uint32_t mask = get_u32(value);
            uint32_t ones = 0;
            while (ones < 32 && (mask << ones & 0x80000000u)) ++ones;
            if (ones < 1 || ones > 30 || mask != (uint32_t)(0xFFFFFFFFu << (32 - ones))) return false;
            lease->prefix_length = ones;
            return true;
        }
        case option_router:
            if (octets < 4 || octets % 4 != 0) return false;
            lease->router = get_u32(value);
            return true;
        case option_dns:
            if (octets < 4 || octets % 4 != 0) return false;
            lease->dns_count = 0;
            for (size_t i = 0; i < octets && lease->dns_count < 3; i += 4) {
                lease->dns[lease->dns_count++] = get_u32(value + i);
            }
            return true;
        case option_vendor_specific: {
            const size_t n = octets < sizeof lease->vendor_specific ? octets : sizeof lease->vendor_specific;
            memcpy(lease->vendor_specific, value, n);
            lease->vendor_specific_octets = (uint32_t)n;
            return true;
        }
        case option_boot_server: {
            const size_t n = octets < sizeof lease->boot_server ? octets : sizeof lease->boot_server - 1;
            memcpy(lease->boot_server, value, n);
            lease->boot_server[n] = '\0';
            return true;
        }
        case option_lease:
        case option_renewal:
        case option_rebinding:
        case option_server: {
            if (octets != 4) return false;
            const uint32_t number = get_u32(value);
            if (code == option_lease) lease->lease_s = number;
            if (code == option_renewal) lease->renewal_s = number;
            if (code == option_rebinding) lease->rebinding_s = number;
            if (code == option_server) lease->server = number;
            return true;
        }
        default:
            return true; /* an option that nobody asked for */
    }
}

static bool read_options(const uint8_t* at, size_t octets, fw_dhcp_reply* r, uint8_t* overload) {
    size_t i = 0;
    while (i < octets) {
        const uint8_t code = at[i++];
        if (code == option_pad) continue;
        if (code == option_end) return true;
        if (i >= octets) return false;
        const size_t length = at[i++];
        if (length > octets - i) return false;
        if (!read_option(code, at + i, length, r, overload)) return false;
        i += length;
    }
    return true; /* the end option is missing: what was read counts */
}

bool fw_dhcp_parse(const uint8_t* data, size_t octets, const uint8_t mac[6], fw_dhcp_reply* reply) {
    memset(reply, 0, sizeof *reply);
    if (octets < header_octets + sizeof cookie) return false;
    if (data[0] != 2 || data[1] != 1 || data[2] != 6) return false; /* BOOTREPLY, Ethernet */
    if (memcmp(data + 28, mac, 6) != 0 || memcmp(data + header_octets, cookie, sizeof cookie) != 0) return false;
    reply->xid = get_u32(data + 4);
    reply->lease.address = get_u32(data + 16);
    uint8_t overload = 0, nested = 0;
    const size_t options_at = header_octets + sizeof cookie;
    if (!read_options(data + options_at, octets - options_at, reply, &overload)) return false;
    if ((overload & 1) && !read_options(data + 108, 128, reply, &nested)) return false; /* file */
    if ((overload & 2) && !read_options(data + 44, 64, reply, &nested)) return false;   /* sname */
    if (!(overload & 2) && reply->lease.boot_server[0] == '\0') {
        const size_t n = strnlen((const char*)data + 44, 63);
        memcpy(reply->lease.boot_server, data + 44, n);
    }
    return reply->type != 0;
}

/* --- writing --- */

static void put_option(uint8_t* out, size_t* at, uint8_t code, const void* value, size_t octets) {
    out[(*at)++] = code;
    out[(*at)++] = (uint8_t)octets;
    memcpy(out + *at, value, octets);
    *at += octets;
}

static void send_message(fw_dhcp_client* c, uint8_t type) {
    if (type == FW_DHCP_REQUEST) c->requested_us = c->io->now_us; /* the lease counts from here: 4.4.1 */
    uint8_t out[512] = {0}; /* header, cookie, and options of at most 140 octets */
    const bool has_address = c->state == FW_DHCP_RENEWING || c->state == FW_DHCP_REBINDING;
    const uint64_t secs = (c->io->now_us - c->began_us) / FW_SECOND_US;
    out[0] = 1; /* BOOTREQUEST */
    out[1] = 1; /* Ethernet */
    out[2] = 6;
    put_u32(out + 4, c->xid);
    out[8] = (uint8_t)((secs > 0xFFFF ? 0xFFFF : secs) >> 8);
    out[9] = (uint8_t)(secs > 0xFFFF ? 0xFFFF : secs);
    if (!has_address) out[10] = 0x80; /* without an address we hear broadcasts only */
    if (has_address) put_u32(out + 12, c->lease.address);
    memcpy(out + 28, c->config.mac, 6);
    memcpy(out + header_octets, cookie, sizeof cookie);

    size_t at = header_octets + sizeof cookie;
    uint8_t value[8];
    put_option(out, &at, option_type, &type, 1);
    value[0] = 1;
    memcpy(value + 1, c->config.mac, 6);
    put_option(out, &at, option_client_id, value, 7);
    if (c->state == FW_DHCP_REQUESTING) {
        put_u32(value, c->lease.address);
        put_option(out, &at, option_requested_address, value, 4);
        put_u32(value, c->lease.server);
        put_option(out, &at, option_server, value, 4);
    }
    if (c->config.vendor_class[0] != '\0') {
        put_option(out, &at, option_vendor_class, c->config.vendor_class,
                   strnlen(c->config.vendor_class, sizeof c->config.vendor_class - 1));
    }
    put_option(out, &at, option_parameters, wanted, sizeof wanted);
    out[at++] = option_end;
    if (at < message_octets_min) at = message_octets_min;

    const bool unicast = c->state == FW_DHCP_RENEWING;
    fw_udp_send(c->io, c->config.token, c->config.socket, unicast ? c->lease.server : broadcast, server_port, out, at);
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

static void enter_init(fw_dhcp_client* c) {
    listen(c, true);
    c->state = FW_DHCP_INIT;
    fw_timer_start(c->io, c->config.timer,
                   fw_random_between(c->io, c->config.start_delay_min_us, c->config.start_delay_max_us));
}

static void enter_selecting(fw_dhcp_client* c) {
    c->state = FW_DHCP_SELECTING;
    c->xid = (uint32_t)fw_random(c->io);
    c->tries = 0;
    c->began_us = c->io->now_us;
    send_message(c, FW_DHCP_DISCOVER);
    wait_for_answer(c);
}

static void lose(fw_dhcp_client* c, const char* cause) {
    fw_ip_configure(c->io, 0, 0, 0);
    enter_init(c);
    c->config.lost(c->config.context, cause);
}

static uint64_t half_of_rest(const fw_dhcp_client* c, uint64_t end_us) {
    const uint64_t rest = end_us > c->io->now_us ? end_us - c->io->now_us : 0;
    const uint64_t half = rest / 2 > renewal_wait_min_us ? rest / 2 : renewal_wait_min_us;
    return half < rest ? half : rest;
}

static void enter_bound(fw_dhcp_client* c, const fw_dhcp_lease* lease) {
    const bool changed = c->state == FW_DHCP_REQUESTING || lease->address != c->lease.address ||
                         lease->prefix_length != c->lease.prefix_length || lease->router != c->lease.router ||
                         lease->dns_count != c->lease.dns_count ||
                         memcmp(lease->dns, c->lease.dns, sizeof lease->dns) != 0;
    c->lease = *lease;
    c->state = FW_DHCP_BOUND;
    listen(c, false);
    if (lease->lease_s == forever_s) {
        fw_timer_stop(c->io, c->config.timer);
    } else {
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
    if (changed) {
        fw_ip_configure(c->io, lease->address, lease->prefix_length, lease->router);
        c->config.bound(c->config.context, &c->lease);
    }
}

static bool usable(const fw_dhcp_reply* r) {
    return r->lease.address != 0 && r->lease.address != broadcast && r->lease.server != 0;
}

static void complete(fw_dhcp_lease* lease) {
    if (lease->prefix_length == 0) lease->prefix_length = 24; /* no mask given: assume a small office */
}

static void receive(fw_dhcp_client* c, const uint8_t* data, size_t octets) {
    fw_dhcp_reply reply;
    if (!fw_dhcp_parse(data, octets, c->config.mac, &reply) || reply.xid != c->xid) return;
    complete(&reply.lease);
    switch (c->state) {
        case FW_DHCP_SELECTING:
            if (reply.type != FW_DHCP_OFFER || !usable(&reply)) return;
            c->lease = reply.lease; /* the first offer is as good as any */
            c->state = FW_DHCP_REQUESTING;
            c->tries = 0;
            send_message(c, FW_DHCP_REQUEST);
            wait_for_answer(c);
            return;
        case FW_DHCP_REQUESTING:
            if (reply.type == FW_DHCP_NAK) {
                if (reply.lease.server == 0 || reply.lease.server == c->lease.server) enter_init(c);
                return;
            }
            if (reply.type == FW_DHCP_ACK && usable(&reply) && reply.lease.lease_s != 0) enter_bound(c, &reply.lease);
            return;
        case FW_DHCP_RENEWING:
        case FW_DHCP_REBINDING:
            if (reply.type == FW_DHCP_NAK) lose(c, "lease refused");
            if (reply.type == FW_DHCP_ACK && usable(&reply) && reply.lease.lease_s != 0) enter_bound(c, &reply.lease);
            return;
        case FW_DHCP_STOPPED:
        case FW_DHCP_INIT:
        case FW_DHCP_BOUND:
            return; /* late or repeated */
    }
}

static void begin_renewal(fw_dhcp_client* c) {
    listen(c, true);
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
            enter_selecting(c);
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
    if (c->state >= FW_DHCP_BOUND) fw_ip_configure(c->io, 0, 0, 0);
    c->state = FW_DHCP_STOPPED;
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
    /* a refused request is like a lost datagram: the timer repeats it */
    return event->record.type == DECTBED_EV_REFUSED && event->record.token == c->config.token;
}

const char* fw_dhcp_state_name(enum fw_dhcp_state state) {
    switch (state) {
        case FW_DHCP_STOPPED:
            return "stopped";
        case FW_DHCP_INIT:
            return "init";
        case FW_DHCP_SELECTING:
            return "selecting";
        case FW_DHCP_REQUESTING:
            return "requesting";
        case FW_DHCP_BOUND:
            return "bound";
        case FW_DHCP_RENEWING:
            return "renewing";
        case FW_DHCP_REBINDING:
            return "rebinding";
    }
    return "unknown";
}
