/* SPDX-License-Identifier: MIT-0 */
#include "fw_clock.h"

#include <string.h>

/* RFC 5905, 7.2 spaces the requests of a burst 2 s apart; doubled each time as RFC 4330, 10 asks. */
static const uint64_t first_wait_us = 2 * FW_SECOND_US;
enum { requests_max = 4, header_octets = 48 };
static const int64_t era_s = 4294967296ll;               /* 2^32 */
static const int64_t from_1900_to_1970_s = 2208988800ll; /* RFC 5905, figure 4 */

static void ask_source(fw_clock* c);

static uint64_t get64(const uint8_t* at) {
    uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | at[i];
    return value;
}

void fw_ntp_write_request(uint8_t out[FW_NTP_OCTETS], uint64_t cookie) {
    memset(out, 0, FW_NTP_OCTETS);
    out[0] = 4 << 3 | 3; /* version 4, client */
    for (int i = 0; i < 8; ++i) out[40 + i] = (uint8_t)(cookie >> (56 - 8 * i));
}

/* RFC 4330, 3: with the first bit clear the time lies in the era from 2036 on. */
static int64_t unix_us_of(uint64_t timestamp) {
    int64_t seconds = (int64_t)(timestamp >> 32);
    if (seconds < era_s / 2) seconds += era_s;
    const int64_t micro = (int64_t)(((timestamp & 0xFFFFFFFFu) * 1000000u) >> 32);
    return (seconds - from_1900_to_1970_s) * 1000000 + micro;
}

enum fw_ntp_answer fw_ntp_read_answer(const uint8_t* data, size_t octets, uint64_t cookie, int64_t* received_us,
                                      int64_t* transmitted_us) {
    if (octets < header_octets || (data[0] & 7) != 4 || get64(data + 24) != cookie) return FW_NTP_FOREIGN;
    const unsigned leap = data[0] >> 6, stratum = data[1];
    if (leap == 3 || stratum == 0 || stratum > 15 || get64(data + 40) == 0) return FW_NTP_UNUSABLE;
    *received_us = unix_us_of(get64(data + 32));
    *transmitted_us = unix_us_of(get64(data + 40));
    return FW_NTP_GOOD;
}

void fw_clock_init(fw_clock* c, fw_io* io, fw_dns_client* dns, const fw_clock_config* config) {
    memset(c, 0, sizeof *c);
    c->io = io;
    c->dns = dns;
    c->config = *config;
    c->query = -1;
}

void fw_clock_forget_sources(fw_clock* c) { c->source_count = 0; }

void fw_clock_add_source(fw_clock* c, const char* host) {
    const size_t length = strnlen(host, sizeof c->sources[0]);
    if (length == 0 || length == sizeof c->sources[0] || c->source_count == FW_CLOCK_SOURCES) return;
    memcpy(c->sources[c->source_count++], host, length + 1);
}

static void finish(fw_clock* c) {
    fw_clock_cancel(c);
    c->done(c->context, c->set);
}

static void ask(fw_clock* c) {
    uint8_t request[FW_NTP_OCTETS];
    c->cookie = fw_random(c->io);
    c->asked_us = c->io->now_us;
    fw_ntp_write_request(request, c->cookie);
    fw_udp_send(c->io, c->config.token, c->config.socket, c->server, FW_NTP_PORT, request, sizeof request);
    fw_timer_start(c->io, c->config.timer, first_wait_us << c->sent++);
}

static void next_source(fw_clock* c) {
    if (c->state == FW_CLOCK_ASKING) {
        fw_timer_stop(c->io, c->config.timer);
        fw_udp_close(c->io, c->config.socket);
    }
    ++c->source;
    ask_source(c);
}

static void resolved(void* context, enum fw_dns_result result, uint32_t address) {
    fw_clock* c = (fw_clock*)context;
    c->query = -1;
    if (result != FW_DNS_OK) {
        next_source(c);
        return;
    }
    c->state = FW_CLOCK_ASKING;
    c->server = address;
    c->sent = 0;
    fw_udp_open(c->io, c->config.token, c->config.socket, 0);
    ask(c);
}

static void ask_source(fw_clock* c) {
    if (c->source >= c->source_count) {
        c->state = FW_CLOCK_IDLE;
        finish(c);
        return;
    }
    c->state = FW_CLOCK_RESOLVING;
    c->query = -1;
    const int query = fw_dns_resolve(c->dns, c->sources[c->source], resolved, c);
    if (query >= 0) c->query = query;
}

void fw_clock_want(fw_clock* c, void (*done)(void* context, bool set), void* context) {
    fw_clock_cancel(c);
    c->done = done;
    c->context = context;
    if (c->set) {
        done(context, true);
        return;
    }
    c->state = FW_CLOCK_ASKING_HARDWARE;
    fw_wall_clock_get(c->io, c->config.token);
}

void fw_clock_cancel(fw_clock* c) {
    if (c->state == FW_CLOCK_RESOLVING && c->query >= 0) fw_dns_cancel(c->dns, c->query);
    if (c->state == FW_CLOCK_ASKING) {
        fw_timer_stop(c->io, c->config.timer);
        fw_udp_close(c->io, c->config.socket);
    }
    c->query = -1;
    c->state = FW_CLOCK_IDLE;
}

void fw_clock_set(fw_clock* c, int64_t unix_us) {
    c->set = true;
    c->offset_us = unix_us - (int64_t)c->io->now_us;
    fw_wall_clock_set(c->io, unix_us);
}

int64_t fw_clock_unix_s(const fw_clock* c) { return (c->offset_us + (int64_t)c->io->now_us) / 1000000; }

static void answered(fw_clock* c, const fw_payload* payload) {
    int64_t received_us = 0, transmitted_us = 0;
    switch (fw_ntp_read_answer(payload->data, payload->octets, c->cookie, &received_us, &transmitted_us)) {
        case FW_NTP_FOREIGN:
            return;
        case FW_NTP_UNUSABLE:
            next_source(c);
            return;
        case FW_NTP_GOOD:
            break;
    }
    /* RFC 4330, 5: the way back took half of what was neither spent here nor there. */
    const int64_t away_us = (int64_t)(c->io->now_us - c->asked_us) - (transmitted_us - received_us);
    const int64_t now_us = transmitted_us + (away_us > 0 ? away_us / 2 : 0);
    if (now_us < 0) {
        next_source(c);
        return;
    }
    fw_clock_set(c, now_us);
    finish(c);
}

bool fw_clock_handle(fw_clock* c, const dectbed_event* event) {
    switch (event->record.type) {
        case DECTBED_EV_WALL_CLOCK: {
            if (event->record.token != c->config.token) return false;
            const dectbed_ev_wall_clock* e = (const dectbed_ev_wall_clock*)event;
            if (c->state != FW_CLOCK_ASKING_HARDWARE) return true;
            if (e->is_set) {
                c->set = true;
                c->offset_us = e->unix_us - (int64_t)c->io->now_us;
                finish(c);
            } else {
                c->source = 0;
                ask_source(c);
            }
            return true;
        }
        case DECTBED_EV_TIMER:
            if (((const dectbed_ev_timer*)event)->timer != c->config.timer) return false;
            if (c->state != FW_CLOCK_ASKING) return true;
            if (c->sent >= requests_max || c->io->naive) {
                next_source(c);
            } else {
                ask(c);
            }
            return true;
        case DECTBED_EV_UDP_RECEIVED: {
            const dectbed_ev_udp_received* received = (const dectbed_ev_udp_received*)event;
            if (received->socket != c->config.socket) return false;
            const fw_payload payload = fw_event_payload(event);
            if (c->state == FW_CLOCK_ASKING && received->address == c->server && received->port == FW_NTP_PORT)
                answered(c, &payload);
            return true;
        }
        case DECTBED_EV_REFUSED: /* a refused datagram is like a lost one: the timer repeats it */
            return event->record.token == c->config.token;
        default:
            return false;
    }
}
