/* SPDX-License-Identifier: MIT-0 */
#include "sip_lookup.h"

#include <string.h>
#include <strings.h>

enum { naptr_max = 16 };
/* Targets that DNS gave no time for (the domain itself) are looked up again after this; RFC 3263 leaves it open. */
static const uint64_t fallback_life_us = 300 * FW_SECOND_US;

void fw_sip_lookup_order(fw_io* io, fw_sip_target* targets, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
        uint32_t sum = 0, lowest = 0xFFFF;
        for (uint32_t k = i; k < count; ++k) {
            if (targets[k].priority < lowest) lowest = targets[k].priority;
        }
        for (uint32_t k = i; k < count; ++k) {
            if (targets[k].priority == lowest) sum += targets[k].weight;
        }
        /* records of weight 0 come first in the running sum, so that they have a small chance too */
        uint32_t left = (uint32_t)fw_random_between(io, 0, sum);
        uint32_t chosen = count;
        for (int weightless = 1; weightless >= 0 && chosen == count; --weightless) {
            for (uint32_t k = i; k < count && chosen == count; ++k) {
                if (targets[k].priority != lowest || (targets[k].weight == 0) != (weightless == 1)) continue;
                if (left <= targets[k].weight) {
                    chosen = k;
                } else {
                    left -= targets[k].weight;
                }
            }
        }
        if (chosen == count) return; /* cannot be: the sum covers them all */
        const fw_sip_target first = targets[chosen];
        for (uint32_t k = chosen; k > i; --k) targets[k] = targets[k - 1];
        targets[i] = first;
    }
}

static void finish(fw_sip_lookup* l) {
    l->query = -1;
    l->done(l->context);
}

static void only_the_domain(fw_sip_lookup* l) {
    memset(&l->targets[0], 0, sizeof l->targets[0]);
    memcpy(l->targets[0].host, l->domain, sizeof l->domain);
    l->targets[0].transport = (uint8_t)l->transport;
    l->count = 1;
    l->expires_us = l->io->now_us + fallback_life_us;
    finish(l);
}

static void services_found(void* context, const fw_dns_records* r) {
    fw_sip_lookup* l = (fw_sip_lookup*)context;
    l->count = 0;
    if (r->result == FW_DNS_NOT_FOUND) {
        only_the_domain(l);
        return;
    }
    for (unsigned i = 0; r->result == FW_DNS_OK && i < r->count && l->count < FW_SIP_TARGETS_MAX; ++i) {
        fw_dns_srv service;
        if (!fw_dns_read_srv(r->data, r->octets, r->canonical, i, &service)) continue;
        const size_t length = strlen(service.target);
        if (length == 0 || length >= FW_SIP_HOST_OCTETS) continue; /* "." says that there is no such service */
        fw_sip_target* t = &l->targets[l->count++];
        memcpy(t->host, service.target, length + 1);
        t->port = service.port;
        t->transport = (uint8_t)l->transport;
        t->priority = service.priority;
        t->weight = service.weight;
    }
    fw_sip_lookup_order(l->io, l->targets, l->count);
    l->expires_us = l->io->now_us + r->ttl_s * FW_SECOND_US;
    finish(l);
}

static void ask_for_services(fw_sip_lookup* l, const char* name) {
    const int query = fw_dns_ask(l->dns, name, FW_DNS_SRV, services_found, l);
    if (query >= 0) l->query = query;
}

static void ask_for_usual_services(fw_sip_lookup* l) {
    static const char* const prefix[FW_SIP_TRANSPORTS] = {"_sip._udp.", "_sip._tcp.", "_sips._tcp."};
    char name[FW_SIP_HOST_OCTETS + 16];
    size_t used = 0;
    (void)fw_append(name, sizeof name, &used, "%s%s", prefix[l->transport], l->domain); /* there is room for any */
    ask_for_services(l, name);
}

static int transport_of(const char* service) {
    static const char* const names[FW_SIP_TRANSPORTS] = {"SIP+D2U", "SIP+D2T", "SIPS+D2T"};
    for (int i = 0; i < FW_SIP_TRANSPORTS; ++i) {
        if (strcasecmp(service, names[i]) == 0) return i;
    }
    return -1;
}

/* The record of the lowest order (then preference) that names a transport of ours. */
static void transports_found(void* context, const fw_dns_records* r) {
    fw_sip_lookup* l = (fw_sip_lookup*)context;
    fw_dns_naptr best, record;
    bool any = false;
    l->query = -1;
    if (r->result != FW_DNS_OK && r->result != FW_DNS_NOT_FOUND) {
        l->count = 0;
        finish(l);
        return;
    }
    for (unsigned i = 0; i < r->count && i < naptr_max; ++i) {
        if (!fw_dns_read_naptr(r->data, r->octets, r->canonical, i, &record)) continue;
        const int transport = transport_of(record.service);
        if (transport < 0 || strcasecmp(record.flags, "s") != 0 || record.replacement[0] == '\0') continue;
        if (transport == FW_SIP_TLS && !l->speaks_tls) continue;
        if (!l->any_transport && transport != (int)l->transport) continue;
        if (any &&
            (record.order > best.order || (record.order == best.order && record.preference >= best.preference))) {
            continue;
        }
        best = record;
        any = true;
    }
    if (!any) {
        ask_for_usual_services(l);
        return;
    }
    l->transport = (enum fw_sip_transport)transport_of(best.service);
    ask_for_services(l, best.replacement);
}

void fw_sip_lookup_start(fw_sip_lookup* l) {
    uint32_t address = 0;
    fw_sip_lookup_cancel(l);
    l->count = 0;
    if (l->mode == FW_SIP_LOOKUP_A || fw_ipv4_parse(l->domain, strlen(l->domain), &address)) {
        only_the_domain(l);
    } else if (l->mode == FW_SIP_LOOKUP_SRV) {
        ask_for_usual_services(l);
    } else {
        const int query = fw_dns_ask(l->dns, l->domain, FW_DNS_NAPTR, transports_found, l);
        /* the answer may have come at once, and the next question with it */
        if (query >= 0) l->query = query;
    }
}

void fw_sip_lookup_cancel(fw_sip_lookup* l) {
    fw_dns_cancel(l->dns, l->query);
    l->query = -1;
}
