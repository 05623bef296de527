/* SPDX-License-Identifier: MIT-0
 *
 * Mutants that pass over an event which a client of the library would have needed. A correct base heeds everything.
 */
#ifndef THIRD_PARTY_HEEDED_H
#define THIRD_PARTY_HEEDED_H

#include "dhcp_client.h"
#include "dns_client.h"
#include "sip_client.h"
#include "third_party_mutants.h"

static int heeded(const dectbed_event* e, uint32_t dhcpTimer, uint32_t sipTimer, const fw_dhcp_client* dhcp,
                  fw_dns_client* dns, const fw_sip_client* sip) {
#if THIRD_PARTY_MUTANT == MUTANT_DNS_ANSWER_CACHED_FOR_EVER
    for (int i = 0; i < FW_DNS_CACHE_MAX; ++i) {
        if (dns->cache[i].count) dns->cache[i].expires_us = UINT64_MAX;
    }
#else
    (void)dns;
#endif
    if (e->record.type == DECTBED_EV_TIMER) {
        const uint32_t t = ((const dectbed_ev_timer*)e)->timer;
        const int offer = t == dhcpTimer && dhcp->state == FW_DHCP_SELECTING;
        const int renewal = t == dhcpTimer && dhcp->state == FW_DHCP_BOUND;
        const int refresh = t == sipTimer && sip->state == FW_SIP_REGISTERED;
        if (THIRD_PARTY_MUTANT == MUTANT_NO_RETRY_AFTER_LOST_OFFER && offer) return 0;
        if (THIRD_PARTY_MUTANT == MUTANT_LEASE_NEVER_RENEWED && renewal) return 0;
        if (THIRD_PARTY_MUTANT == MUTANT_REGISTRATION_NEVER_REFRESHED && refresh) return 0;
    }
    return 1;
}

#endif
