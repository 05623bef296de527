/* SPDX-License-Identifier: MIT-0 */
#include "dns_client.h"

#include <string.h>

enum { dns_port = 53, tries_max = 4, links_max = 8, query_octets_max = 280 };
/* First wait; doubled when every server has been asked once. The usual stub resolver waits 5 s (resolv.conf(5));
 * a device whose user stands beside it waits less: 2, 2, 4, 4 s with two servers, 2, 4, 8, 16 s with one. */
static const uint64_t first_wait_us = 2 * FW_SECOND_US;
/* RFC 2181, 8 allows 68 years; a device should notice a move within a day */
static const uint32_t ttl_max_s = 86400;

void fw_dns_init(fw_dns_client* c, fw_io* io, const fw_dns_config* config) {
    memset(c, 0, sizeof *c);
    c->io = io;
    c->config = *config;
}

void fw_dns_set_servers(fw_dns_client* c, const uint32_t* servers, uint32_t count) {
    if (count > FW_DNS_SERVERS_MAX) count = FW_DNS_SERVERS_MAX;
    if (count == c->server_count && (count == 0 || memcmp(servers, c->servers, count * sizeof *servers) == 0)) return;
    if (count > 0) memcpy(c->servers, servers, count * sizeof *servers);
    c->server_count = count;
    memset(c->cache, 0, sizeof c->cache);
}

static void finish(fw_dns_client* c, int number, enum fw_dns_result result, uint32_t address) {
    fw_dns_query* q = &c->queries[number];
    fw_timer_stop(c->io, c->config.timer_first + (uint32_t)number);
    fw_udp_close(c->io, c->config.socket_first + (uint32_t)number);
    q->active = false;
    q->callback(q->context, result, address); /* may start the next query in this place */
}

static bool ask(fw_dns_client* c, int number) {
    fw_dns_query* q = &c->queries[number];
    uint8_t out[query_octets_max];
    const uint32_t socket = c->config.socket_first + (uint32_t)number;
    const size_t octets = fw_dns_write_query(out, sizeof out, q->id, q->name);
    if (octets == 0) return false;
    q->server = c->servers[q->tries % c->server_count];
    fw_udp_send(c->io, c->config.token, socket, q->server, dns_port, out, octets);
    fw_timer_start(c->io, c->config.timer_first + (uint32_t)number, first_wait_us << (q->tries / c->server_count));
    return true;
}

/* Each name of a chain has an identifier and a port of its own, so that no late answer is taken for it. */
static bool begin_name(fw_dns_client* c, int number) {
    fw_dns_query* q = &c->queries[number];
    q->id = (uint16_t)fw_random(c->io);
    q->tries = 0;
    fw_udp_open(c->io, c->config.token, c->config.socket_first + (uint32_t)number, 0);
    return ask(c, number);
}

static void remember(fw_dns_client* c, const char* name, uint32_t address, uint64_t ttl_us) {
    if (ttl_us == 0) return;
    size_t oldest = 0;
    for (size_t i = 0; i < FW_DNS_CACHE_MAX; ++i) {
        if (fw_dns_same_name(c->cache[i].name, name)) {
            oldest = i;
            break;
        }
        if (c->cache[i].expires_us < c->cache[oldest].expires_us) oldest = i;
    }
    memcpy(c->cache[oldest].name, name, strnlen(name, FW_DNS_NAME_OCTETS - 1) + 1);
    c->cache[oldest].address = address;
    c->cache[oldest].expires_us = c->io->now_us + ttl_us;
}

int fw_dns_resolve(fw_dns_client* c, const char* name, fw_dns_callback callback, void* context) {
    uint32_t address = 0;
    const size_t length = strnlen(name, FW_DNS_NAME_OCTETS);
    if (fw_ipv4_parse(name, length, &address)) {
        callback(context, FW_DNS_OK, address);
        return -1;
    }
    for (size_t i = 0; i < FW_DNS_CACHE_MAX; ++i) {
        if (c->cache[i].expires_us > c->io->now_us && fw_dns_same_name(c->cache[i].name, name)) {
            callback(context, FW_DNS_OK, c->cache[i].address);
            return -1;
        }
    }
    int number = -1;
    for (int i = 0; i < FW_DNS_QUERIES_MAX && number < 0; ++i) {
        if (!c->queries[i].active) number = i;
    }
    uint8_t scratch[query_octets_max];
    if (number < 0 || c->server_count == 0 || fw_dns_write_query(scratch, sizeof scratch, 0, name) == 0) {
        callback(context, FW_DNS_FAILED, 0);
        return -1;
    }
    fw_dns_query* q = &c->queries[number];
    memset(q, 0, sizeof *q);
    q->active = true;
    q->callback = callback;
    q->context = context;
    q->ttl_limit_us = (uint64_t)ttl_max_s * FW_SECOND_US;
    memcpy(q->asked, name, length);
    memcpy(q->name, name, length);
    begin_name(c, number);
    return number;
}

void fw_dns_cancel(fw_dns_client* c, int query) {
    if (query < 0 || query >= FW_DNS_QUERIES_MAX || !c->queries[query].active) return;
    fw_timer_stop(c->io, c->config.timer_first + (uint32_t)query);
    fw_udp_close(c->io, c->config.socket_first + (uint32_t)query);
    c->queries[query].active = false;
}

static void retry(fw_dns_client* c, int number, enum fw_dns_result verdict) {
    fw_dns_query* q = &c->queries[number];
    if (c->io->naive || ++q->tries >= tries_max || !ask(c, number)) finish(c, number, verdict, 0);
}

static void receive(fw_dns_client* c, int number, uint32_t from, const uint8_t* data, size_t octets) {
    fw_dns_query* q = &c->queries[number];
    fw_dns_answer answer;
    if (from != q->server || !fw_dns_read_answer(data, octets, q->id, q->name, &answer)) return;
    const uint64_t ttl_us = answer.ttl_s * FW_SECOND_US;
    if (answer.rcode == FW_DNS_NO_SUCH_NAME) {
        finish(c, number, FW_DNS_NOT_FOUND, 0);
        return;
    }
    if (answer.rcode != FW_DNS_NO_ERROR) {
        retry(c, number, FW_DNS_FAILED);
        return;
    }
    if (ttl_us < q->ttl_limit_us) q->ttl_limit_us = ttl_us;
    if (answer.address_count > 0) {
        const uint32_t address = answer.addresses[0];
        remember(c, q->asked, address, q->ttl_limit_us);
        finish(c, number, FW_DNS_OK, address);
        return;
    }
    if (fw_dns_same_name(answer.canonical, q->name)) { /* the name has no address */
        finish(c, number, FW_DNS_NOT_FOUND, 0);
        return;
    }
    memcpy(q->name, answer.canonical, sizeof q->name);
    fw_udp_close(c->io, c->config.socket_first + (uint32_t)number);
    if (++q->links > links_max || !begin_name(c, number)) finish(c, number, FW_DNS_FAILED, 0);
}

bool fw_dns_handle(fw_dns_client* c, const dectbed_event* event) {
    if (event->record.type == DECTBED_EV_TIMER) {
        const uint32_t number = ((const dectbed_ev_timer*)event)->timer - c->config.timer_first;
        if (number >= FW_DNS_QUERIES_MAX) return false;
        if (c->queries[number].active) retry(c, (int)number, FW_DNS_TIMEOUT);
        return true;
    }
    if (event->record.type == DECTBED_EV_UDP_RECEIVED) {
        const dectbed_ev_udp_received* received = (const dectbed_ev_udp_received*)event;
        const uint32_t number = received->socket - c->config.socket_first;
        if (number >= FW_DNS_QUERIES_MAX) return false;
        const fw_payload payload = fw_event_payload(event);
        if (c->queries[number].active && received->port == dns_port) {
            receive(c, (int)number, received->address, payload.data, payload.octets);
        }
        return true;
    }
    /* a refused request is like a lost datagram: the timer repeats it */
    return event->record.type == DECTBED_EV_REFUSED && event->record.token == c->config.token;
}
