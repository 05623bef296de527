/* SPDX-License-Identifier: MIT-0 */
#include "dns_client.h"

#include <stdlib.h>
#include <string.h>

enum { dns_port = 53, tries_max = 4, links_max = 8, query_octets_max = 280, tcp_reply_max = 8192, length_octets = 2 };
/* First wait; doubled when every server has been asked once. The usual stub resolver waits 5 s (resolv.conf(5));
 * a device whose user stands beside it waits less: 2, 2, 4, 4 s with two servers, 2, 4, 8, 16 s with one. */
static const uint64_t first_wait_us = 2 * FW_SECOND_US;
/* A connection takes a round trip more and its own retransmissions. */
static const uint64_t tcp_wait_us = 10 * FW_SECOND_US;
/* RFC 2181, 8 allows 68 years; a device should notice a move within a day */
static const uint32_t ttl_max_s = 86400;
/* RFC 2308, 5: values of one to three hours have been found to work well, longer ones not */
static const uint32_t negative_ttl_max_s = 3600;

void fw_dns_init(fw_dns_client* c, fw_io* io, const fw_dns_config* config) {
    memset(c, 0, sizeof *c);
    c->io = io;
    c->config = *config;
}

static void forget(fw_dns_client* c) {
    for (size_t i = 0; i < FW_DNS_CACHE_MAX; ++i) free(c->cache[i].name);
    memset(c->cache, 0, sizeof c->cache);
}

void fw_dns_set_servers(fw_dns_client* c, const uint32_t* servers, uint32_t count) {
    if (count > FW_DNS_SERVERS_MAX) count = FW_DNS_SERVERS_MAX;
    if (count == c->server_count && (count == 0 || memcmp(servers, c->servers, count * sizeof *servers) == 0)) return;
    if (count > 0) memcpy(c->servers, servers, count * sizeof *servers);
    c->server_count = count;
    forget(c);
}

static void drop_names(fw_dns_query* q) {
    free(q->asked);
    q->asked = q->name = NULL;
}

static void end_stream(fw_dns_client* c, fw_dns_query* q) {
    if (q->tcp_socket != 0) fw_tcp_abort(c->io, q->tcp_socket);
    free(q->reply);
    q->tcp_socket = 0;
    q->reply = NULL;
    q->reply_octets = 0;
}

/* Leaves the wire without a word to the owner. */
static void leave(fw_dns_client* c, int number) {
    fw_timer_stop(c->io, c->config.timer_first + (uint32_t)number);
    fw_udp_close(c->io, c->config.socket_first + (uint32_t)number);
    end_stream(c, &c->queries[number]);
    drop_names(&c->queries[number]);
    c->queries[number].active = false;
}

static void tell(const fw_dns_query* q, enum fw_dns_result result, const uint32_t* addresses, uint32_t count) {
    if (q->callback != NULL) {
        q->callback(q->context, result, count > 0 ? addresses[0] : 0);
    } else if (q->list_callback != NULL) {
        q->list_callback(q->context, result, addresses, count);
    } else {
        const fw_dns_records none = {result, NULL, 0, "", 0, 0};
        q->records_callback(q->context, &none);
    }
}

static void finish(fw_dns_client* c, int number, enum fw_dns_result result, const uint32_t* addresses, uint32_t count) {
    leave(c, number);
    const fw_dns_query done = c->queries[number]; /* the owner may start the next query in this place */
    tell(&done, result, addresses, count);
}

static bool ask(fw_dns_client* c, int number) {
    fw_dns_query* q = &c->queries[number];
    uint8_t out[query_octets_max];
    const uint32_t socket = c->config.socket_first + (uint32_t)number;
    const size_t octets = fw_dns_write_query(out, sizeof out, q->id, q->name, q->type);
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

static void remember(fw_dns_client* c, const char* name, const uint32_t* addresses, uint32_t count, uint64_t ttl_us) {
    if (ttl_us == 0) return;
    size_t oldest = 0;
    for (size_t i = 0; i < FW_DNS_CACHE_MAX; ++i) {
        if (c->cache[i].name != NULL && fw_dns_same_name(c->cache[i].name, name)) {
            oldest = i;
            break;
        }
        if (c->cache[i].expires_us < c->cache[oldest].expires_us) oldest = i;
    }
    const size_t length = strnlen(name, FW_DNS_NAME_OCTETS - 1);
    char* const copy = (char*)malloc(length + 1);
    if (copy == NULL) return;
    memcpy(copy, name, length);
    copy[length] = '\0';
    free(c->cache[oldest].name);
    c->cache[oldest].name = copy;
    if (count > 0) memcpy(c->cache[oldest].addresses, addresses, count * sizeof *addresses);
    c->cache[oldest].count = count;
    c->cache[oldest].expires_us = c->io->now_us + ttl_us;
}

void fw_dns_set_domain(fw_dns_client* c, const char* domain) {
    const size_t length = strnlen(domain, sizeof c->domain);
    c->domain[0] = '\0';
    if (length < sizeof c->domain) memcpy(c->domain, domain, length + 1);
}

static int begin(fw_dns_client* c, const char* name, uint16_t type, const fw_dns_query* owner) {
    char completed[FW_DNS_NAME_OCTETS];
    size_t used = 0;
    if (c->domain[0] != '\0' && strchr(name, '.') == NULL &&
        fw_append(completed, sizeof completed, &used, "%s.%s", name, c->domain)) {
        name = completed;
    }
    const size_t length = strnlen(name, FW_DNS_NAME_OCTETS);
    uint32_t address = 0;
    if (type == FW_DNS_A && fw_ipv4_parse(name, length, &address)) {
        tell(owner, FW_DNS_OK, &address, 1);
        return -1;
    }
    for (size_t i = 0; i < FW_DNS_CACHE_MAX && type == FW_DNS_A; ++i) {
        if (c->cache[i].expires_us <= c->io->now_us || !fw_dns_same_name(c->cache[i].name, name)) continue;
        uint32_t addresses[FW_DNS_ADDRESSES_MAX];
        memcpy(addresses, c->cache[i].addresses, sizeof addresses);
        const uint32_t count = c->cache[i].count;
        tell(owner, count > 0 ? FW_DNS_OK : FW_DNS_NOT_FOUND, addresses, count);
        return -1;
    }
    int number = -1;
    for (int i = 0; i < FW_DNS_QUERIES_MAX && number < 0; ++i) {
        if (!c->queries[i].active) number = i;
    }
    uint8_t scratch[query_octets_max];
    if (number < 0 || c->server_count == 0 || fw_dns_write_query(scratch, sizeof scratch, 0, name, type) == 0) {
        tell(owner, FW_DNS_FAILED, NULL, 0);
        return -1;
    }
    fw_dns_query* q = &c->queries[number];
    char* const names = (char*)calloc(2, FW_DNS_NAME_OCTETS);
    if (names == NULL) {
        tell(owner, FW_DNS_FAILED, NULL, 0);
        return -1;
    }
    *q = *owner;
    q->asked = names;
    q->name = names + FW_DNS_NAME_OCTETS;
    q->active = true;
    q->type = type;
    q->ttl_limit_us = (uint64_t)ttl_max_s * FW_SECOND_US;
    memcpy(q->asked, name, length);
    memcpy(q->name, name, length);
    begin_name(c, number);
    return number;
}

int fw_dns_resolve(fw_dns_client* c, const char* name, fw_dns_callback callback, void* context) {
    fw_dns_query owner = {0};
    owner.callback = callback;
    owner.context = context;
    return begin(c, name, FW_DNS_A, &owner);
}

int fw_dns_resolve_all(fw_dns_client* c, const char* name, fw_dns_list_callback callback, void* context) {
    fw_dns_query owner = {0};
    owner.list_callback = callback;
    owner.context = context;
    return begin(c, name, FW_DNS_A, &owner);
}

int fw_dns_ask(fw_dns_client* c, const char* name, uint16_t type, fw_dns_records_callback callback, void* context) {
    fw_dns_query owner = {0};
    owner.records_callback = callback;
    owner.context = context;
    return begin(c, name, type, &owner);
}

void fw_dns_cancel(fw_dns_client* c, int query) {
    if (query < 0 || query >= FW_DNS_QUERIES_MAX || !c->queries[query].active) return;
    leave(c, query);
}

void fw_dns_free(fw_dns_client* c) {
    for (int i = 0; i < FW_DNS_QUERIES_MAX; ++i) {
        free(c->queries[i].reply);
        c->queries[i].reply = NULL;
        drop_names(&c->queries[i]);
        c->queries[i].active = false;
    }
    forget(c);
}

static void retry(fw_dns_client* c, int number, enum fw_dns_result verdict) {
    fw_dns_query* q = &c->queries[number];
    end_stream(c, q);
    if (c->io->naive || ++q->tries >= tries_max || !ask(c, number)) finish(c, number, verdict, NULL, 0);
}

/* What did not fit is asked for again over a connection (RFC 7766, 5). */
static void ask_by_tcp(fw_dns_client* c, int number) {
    fw_dns_query* q = &c->queries[number];
    end_stream(c, q);
    q->tcp_socket = c->config.socket_first + FW_DNS_QUERIES_MAX + c->tcp_turn++ % (FW_DNS_SOCKETS - FW_DNS_QUERIES_MAX);
    fw_tcp_connect(c->io, c->config.token, q->tcp_socket, q->server, dns_port);
    fw_timer_start(c->io, c->config.timer_first + (uint32_t)number, tcp_wait_us);
}

static void follow_alias(fw_dns_client* c, int number, const fw_dns_answer* answer) {
    fw_dns_query* q = &c->queries[number];
    memcpy(q->name, answer->canonical, FW_DNS_NAME_OCTETS);
    end_stream(c, q);
    fw_udp_close(c->io, c->config.socket_first + (uint32_t)number);
    if (++q->links > links_max || !begin_name(c, number)) finish(c, number, FW_DNS_FAILED, NULL, 0);
}

static void found_nothing(fw_dns_client* c, int number, uint32_t ttl_s) {
    fw_dns_query* q = &c->queries[number];
    if (ttl_s > negative_ttl_max_s) ttl_s = negative_ttl_max_s;
    uint64_t ttl_us = ttl_s * FW_SECOND_US;
    if (q->ttl_limit_us < ttl_us) ttl_us = q->ttl_limit_us;
    if (q->records_callback == NULL) {
        remember(c, q->asked, NULL, 0, ttl_us);
        finish(c, number, FW_DNS_NOT_FOUND, NULL, 0);
        return;
    }
    leave(c, number);
    const fw_dns_records none = {FW_DNS_NOT_FOUND, NULL, 0, "", 0, (uint32_t)(ttl_us / FW_SECOND_US)};
    q->records_callback(q->context, &none);
}

static void found_records(fw_dns_client* c, int number, const uint8_t* data, size_t octets,
                          const fw_dns_answer* answer) {
    fw_dns_query* q = &c->queries[number];
    const fw_dns_records records = {
        FW_DNS_OK, data, octets, answer->canonical, answer->record_count, (uint32_t)(q->ttl_limit_us / FW_SECOND_US)};
    uint8_t* const reply = q->reply; /* `data` may lie in it */
    q->reply = NULL;
    leave(c, number);
    q->records_callback(q->context, &records);
    free(reply);
}

static void receive(fw_dns_client* c, int number, const uint8_t* data, size_t octets, bool by_tcp) {
    fw_dns_query* q = &c->queries[number];
    fw_dns_answer answer;
    if (!fw_dns_read_answer(data, octets, q->id, q->name, q->type, &answer)) {
        if (by_tcp) retry(c, number, FW_DNS_FAILED); /* nothing better will come */
        return;
    }
    if (answer.rcode == FW_DNS_NO_SUCH_NAME) {
        found_nothing(c, number, answer.negative_ttl_s);
        return;
    }
    if (answer.rcode != FW_DNS_NO_ERROR) {
        retry(c, number, FW_DNS_FAILED);
        return;
    }
    /* Some addresses of many will do; the records of a service are wanted whole. */
    if (answer.truncated && !by_tcp && answer.address_count == 0) {
        ask_by_tcp(c, number);
        return;
    }
    const uint64_t ttl_us = answer.ttl_s * FW_SECOND_US;
    const bool chain = !fw_dns_same_name(answer.canonical, q->name);
    if ((answer.record_count > 0 || chain) && ttl_us < q->ttl_limit_us) q->ttl_limit_us = ttl_us;
    if (answer.address_count > 0) {
        remember(c, q->asked, answer.addresses, answer.address_count, q->ttl_limit_us);
        finish(c, number, FW_DNS_OK, answer.addresses, answer.address_count);
    } else if (answer.record_count > 0) {
        found_records(c, number, data, octets, &answer);
    } else if (!chain) { /* the name has nothing of that type */
        found_nothing(c, number, answer.negative_ttl_s);
    } else {
        follow_alias(c, number, &answer);
    }
}

/* --- over a connection: each message behind its length (RFC 1035, 4.2.2) --- */

static int query_of_stream(const fw_dns_client* c, uint32_t socket) {
    for (int i = 0; i < FW_DNS_QUERIES_MAX; ++i) {
        if (c->queries[i].active && c->queries[i].tcp_socket == socket) return i;
    }
    return -1;
}

static void stream_connected(fw_dns_client* c, int number) {
    fw_dns_query* q = &c->queries[number];
    uint8_t out[length_octets + query_octets_max];
    const size_t octets = fw_dns_write_query(out + length_octets, query_octets_max, q->id, q->name, q->type);
    out[0] = (uint8_t)(octets >> 8);
    out[1] = (uint8_t)octets;
    fw_tcp_send(c->io, c->config.token, q->tcp_socket, out, length_octets + octets);
}

static void stream_received(fw_dns_client* c, int number, fw_payload p) {
    fw_dns_query* q = &c->queries[number];
    if (q->reply == NULL) q->reply = (uint8_t*)malloc(tcp_reply_max);
    if (q->reply == NULL || p.octets > tcp_reply_max - q->reply_octets) {
        retry(c, number, FW_DNS_FAILED);
        return;
    }
    memcpy(q->reply + q->reply_octets, p.data, p.octets);
    q->reply_octets += p.octets;
    if (q->reply_octets < length_octets) return;
    const size_t octets = (size_t)(q->reply[0] << 8 | q->reply[1]);
    if (octets > tcp_reply_max - length_octets) {
        retry(c, number, FW_DNS_FAILED);
    } else if (q->reply_octets >= length_octets + octets) {
        receive(c, number, q->reply + length_octets, octets, true);
    }
}

static bool handle_stream(fw_dns_client* c, const dectbed_event* event) {
    const uint32_t socket = ((const dectbed_ev_tcp*)event)->socket; /* at the same place in TCP_CLOSED */
    if (socket - c->config.socket_first >= FW_DNS_SOCKETS) return false;
    const int number = query_of_stream(c, socket);
    if (number < 0) return true; /* of a query that is over */
    if (event->record.type == DECTBED_EV_TCP_CONNECTED) {
        stream_connected(c, number);
    } else if (event->record.type == DECTBED_EV_TCP_RECEIVED) {
        stream_received(c, number, fw_event_payload(event));
    } else {
        c->queries[number].tcp_socket = 0;
        retry(c, number, FW_DNS_FAILED);
    }
    return true;
}

bool fw_dns_handle(fw_dns_client* c, const dectbed_event* event) {
    switch (event->record.type) {
        case DECTBED_EV_TIMER: {
            const uint32_t number = ((const dectbed_ev_timer*)event)->timer - c->config.timer_first;
            if (number >= FW_DNS_QUERIES_MAX) return false;
            if (c->queries[number].active) retry(c, (int)number, FW_DNS_TIMEOUT);
            return true;
        }
        case DECTBED_EV_UDP_RECEIVED: {
            const dectbed_ev_udp_received* received = (const dectbed_ev_udp_received*)event;
            const uint32_t number = received->socket - c->config.socket_first;
            if (number >= FW_DNS_QUERIES_MAX) return false;
            const fw_dns_query* q = &c->queries[number];
            const fw_payload payload = fw_event_payload(event);
            if (q->active && q->tcp_socket == 0 && received->port == dns_port && received->address == q->server) {
                receive(c, (int)number, payload.data, payload.octets, false);
            }
            return true;
        }
        case DECTBED_EV_TCP_CONNECTED:
        case DECTBED_EV_TCP_RECEIVED:
        case DECTBED_EV_TCP_CLOSED:
            return handle_stream(c, event);
        default:
            /* a refused request is like a lost datagram: the timer repeats it */
            return event->record.type == DECTBED_EV_REFUSED && event->record.token == c->config.token;
    }
}
