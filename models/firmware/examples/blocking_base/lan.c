/* SPDX-License-Identifier: MIT-0
 *
 * The cable: carrier, the voice VLAN that the switch names (ANSI/TIA-1057), somebody else who uses our address (RFC
 * 5227), and what DHCP options say about servers.
 */
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "lldp.h"

/* TIA-1057, 11.2.1: four announcements a second apart; 802.1AB, 9.2.5.22. */
enum { ANNOUNCEMENTS = 4, ANNOUNCE_MS = 1000, TTL_S = 121 };
#define DEFEND_US (10 * FW_SECOND_US) /* RFC 5227, 1.1: DEFEND_INTERVAL */

static void poke(base* b) {
    rt_frame nothing;
    nothing.octets = 0;
    rt_give(b->os, &b->lan_changed);
    rt_send(b->os, &b->net.frames, &nothing, RT_NOW); /* for whoever waits for a frame */
}

static void on_link(base* b, bool up) {
    if (up == b->carrier) return;
    b->carrier = up;
    b->void_ = true;
    b->vlan_known = false;
    if (!up && b->vlan != 0) {
        b->vlan = 0;
        fw_vlan(&b->io, 0, 0);
    }
    poke(b);
}

static void on_lldp(base* b, const fw_payload* frame) {
    fw_lldp_neighbour n;
    if (!b->carrier || !fw_lldp_read(frame->data, frame->octets, &n) || !n.has_policy) return;
    if (n.vlan != b->vlan) {
        fw_log(&b->io, FW_LOG_INFORMATION, "switch %s: voice in VLAN %u", n.system, n.vlan);
        b->vlan = n.vlan;
        b->priority = n.priority;
        fw_vlan(&b->io, n.vlan, n.priority);
        b->void_ = b->vlan_known; /* what was obtained in the other one does not count */
    }
    b->vlan_known = true;
    poke(b);
}

static void on_conflict(base* b, const dectbed_ev_address_conflict* e) {
    if (b->probed != 0 && e->address == b->probed) {
        b->conflict = true;
        poke(b);
        return;
    }
    if (b->me.address_probes == 0 || b->address == 0 || e->address != b->address) return;
    if (b->defended_us == 0 || b->io.now_us - b->defended_us >= DEFEND_US) {
        b->defended_us = b->io.now_us;
        fw_log(&b->io, FW_LOG_WARNING, "somebody claims our address: defended");
        fw_address_probe(&b->io, b->address);
        return;
    }
    b->conflict = true;
    poke(b);
}

bool lan_listener(void* context, const dectbed_event* e) {
    base* b = context;
    const fw_payload p = fw_event_payload(e);
    switch (e->record.type) {
        case DECTBED_EV_ETHERNET_LINK:
            on_link(b, ((const dectbed_ev_ethernet_link*)e)->up != 0);
            return false;
        case DECTBED_EV_ADDRESS_CONFLICT:
            on_conflict(b, (const dectbed_ev_address_conflict*)e);
            return true;
        case DECTBED_EV_ETHERNET_FRAME:
            if (p.octets < 14 || p.data[12] != FW_LLDP_ETHERTYPE >> 8 || p.data[13] != (FW_LLDP_ETHERTYPE & 0xFF))
                return false;
            on_lldp(b, &p);
            return true;
        default:
            return false;
    }
}

void lan_settle(base* b) {
    uint8_t frame[FW_LLDP_FRAME_MAX];
    if (!b->me.lldp) return;
    b->lan_changed.count = 0; /* old news */
    fw_ethernet_open(&b->io, FW_LLDP_ETHERTYPE);
    for (int i = 0; i < ANNOUNCEMENTS && !b->vlan_known && !b->void_; ++i) {
        fw_ethernet_send(&b->io, frame, fw_lldp_announce(frame, b->me.mac, b->me.model, TTL_S));
        rt_take(b->os, &b->lan_changed, ANNOUNCE_MS);
    }
    b->vlan_known = true;
}

void lan_heed(base* b, const fw_dhcp_lease* lease) {
    b->lan_registrar[0] = b->lan_url[0] = '\0';
    if (b->me.dhcp_overrides_sip) snprintf(b->lan_registrar, sizeof b->lan_registrar, "%s", lease->sip_server);
    if ((b->me.provisioning == DECTBED_PROVISIONING_DHCP || b->me.dhcp_overrides_url) &&
        fw_dhcp_provisioning_url(lease, b->lan_url, sizeof b->lan_url - 1)) {
        fw_log(&b->io, FW_LOG_INFORMATION, "provisioning server from DHCP: %s", b->lan_url);
    } else {
        b->lan_url[0] = '\0';
        if (b->me.provisioning == DECTBED_PROVISIONING_STATIC)
            snprintf(b->lan_url, sizeof b->lan_url - 1, "%s", b->me.provisioning_url);
    }
    const size_t n = strlen(b->lan_url);
    if (n > 0 && b->lan_url[n - 1] != '/') memcpy(b->lan_url + n, "/", 2);
}

bool lan_names_server(const base* b) {
    const bool replaces = b->me.dhcp_overrides_url || (b->url[0] == '\0' && !b->configured);
    return b->lan_url[0] != '\0' && replaces && strcmp(b->lan_url, b->url) != 0;
}
