/* SPDX-License-Identifier: MIT-0
 *
 * DNS client: each query from a fresh port with a random identifier, several servers in turn, TCP for what does not fit
 * into a datagram. Addresses are kept for as long as their TTL says, and so is that there are none (RFC 2308).
 */
#ifndef FW_DNS_CLIENT_H
#define FW_DNS_CLIENT_H

#include "dns_message.h"
#include "fw_io.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_DNS_QUERIES_MAX = 2, FW_DNS_CACHE_MAX = 4, FW_DNS_SERVERS_MAX = 3, FW_DNS_SOCKETS = 8 };

enum fw_dns_result { FW_DNS_OK = 0, FW_DNS_NOT_FOUND = 1, FW_DNS_TIMEOUT = 2, FW_DNS_FAILED = 3 };

/* address is 0 unless result is FW_DNS_OK. */
typedef void (*fw_dns_callback)(void* context, enum fw_dns_result result, uint32_t address);
/* count is 0 unless result is FW_DNS_OK; the addresses are valid only during the call. */
typedef void (*fw_dns_list_callback)(void* context, enum fw_dns_result result, const uint32_t* addresses,
                                     uint32_t count);
/* Records of another type: a message for fw_dns_read_srv() or fw_dns_read_naptr(), valid only during the call. With
 * another result than FW_DNS_OK there is no message. */
typedef struct fw_dns_records {
    enum fw_dns_result result;
    const uint8_t* data;
    size_t octets;
    const char* canonical;
    uint32_t count, ttl_s; /* ttl_s: also of a "no" */
} fw_dns_records;
typedef void (*fw_dns_records_callback)(void* context, const fw_dns_records* records);

typedef struct fw_dns_config {
    uint32_t timer_first, socket_first; /* FW_DNS_QUERIES_MAX timers, FW_DNS_SOCKETS sockets */
    uint32_t token;
} fw_dns_config;

typedef struct fw_dns_query {
    bool active;
    uint16_t id, type;
    uint32_t tries, links;
    uint64_t ttl_limit_us; /* smallest time to live seen along the chain */
    uint32_t server;
    char* asked;              /* what the caller asked for; FW_DNS_NAME_OCTETS, while active */
    char* name;               /* likewise, behind it: where the chain has led so far */
    fw_dns_callback callback; /* one of the three */
    fw_dns_list_callback list_callback;
    fw_dns_records_callback records_callback;
    void* context;
    uint32_t tcp_socket; /* 0: none */
    uint8_t* reply;      /* what has come over it */
    size_t reply_octets;
} fw_dns_query;

typedef struct fw_dns_client {
    fw_io* io;
    fw_dns_config config;
    uint32_t servers[FW_DNS_SERVERS_MAX];
    uint32_t server_count;
    fw_dns_query queries[FW_DNS_QUERIES_MAX];
    char domain[64];   /* completes names without a dot (DHCP option 15); "": none */
    uint32_t tcp_turn; /* TCP sockets are used in turn, so that no late event is mistaken */
    struct {
        char* name; /* NULL: free */
        uint32_t addresses[FW_DNS_ADDRESSES_MAX];
        uint32_t count; /* 0: there are none */
        uint64_t expires_us;
    } cache[FW_DNS_CACHE_MAX];
} fw_dns_client;

void fw_dns_init(fw_dns_client* c, fw_io* io, const fw_dns_config* config);
/* Also forgets the cache when the servers are others than before. */
void fw_dns_set_servers(fw_dns_client* c, const uint32_t* servers, uint32_t count);
/* Names of one label are completed by it (RFC 2132, 3.17); too long a one counts as none. */
void fw_dns_set_domain(fw_dns_client* c, const char* domain);
/* Calls back exactly once, unless cancelled; from within this call when the answer is known at once: a dotted
 * quad, the cache, no server, no free query. Returns the query's number, or -1 when it has called back. */
int fw_dns_resolve(fw_dns_client* c, const char* name, fw_dns_callback callback, void* context);
/* The same with every address that the answer had room for, in its order. */
int fw_dns_resolve_all(fw_dns_client* c, const char* name, fw_dns_list_callback callback, void* context);
/* Records of type FW_DNS_SRV or FW_DNS_NAPTR; their owner keeps what he needs, the cache does not. */
int fw_dns_ask(fw_dns_client* c, const char* name, uint16_t type, fw_dns_records_callback callback, void* context);
void fw_dns_free(fw_dns_client* c);              /* releases memory, posts nothing */
void fw_dns_cancel(fw_dns_client* c, int query); /* -1 is ignored */
bool fw_dns_handle(fw_dns_client* c, const dectbed_event* event);

#ifdef __cplusplus
}
#endif
#endif
