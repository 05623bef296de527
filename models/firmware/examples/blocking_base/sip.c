/* SPDX-License-Identifier: MIT-0
 *
 * REGISTER over UDP (RFC 3261, 10.2 and 17.1.2), as one call that waits for its final answer.
 */
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "sip_message.h"

enum { T1_MS = 500, T2_MS = 4000, TIMER_F_MS = 32000 };

/* One transaction; false: no final answer. */
static bool transact(base* b, rt_socket* s, uint32_t registrar, uint32_t expires_s, fw_sip_response* r) {
    char host[16], branch[32] = "z9hG4bK", instance[40], mac[13], contact[128], out[FW_SIP_OCTETS_MAX];
    const uint64_t end_us = b->io.now_us + TIMER_F_MS * FW_MILLISECOND_US;
    uint32_t wait_ms = T1_MS;
    fw_sip_register m;
    rt_datagram d;
    size_t n;
    memset(&m, 0, sizeof m);
    fw_ipv4_text(b->address, host);
    fw_mac12(b->me.mac, mac);
    fw_random_hex(&b->io, branch + 7, 8);
    snprintf(instance, sizeof instance, "00000000-0000-1000-8000-%s", mac);
    snprintf(contact, sizeof contact, "sip:%s@%s:%u", b->config.user, host, (unsigned)SIP_PORT);
    m.domain = b->config.domain;
    m.user = b->config.user;
    m.host = host;
    m.port = SIP_PORT;
    m.branch = branch;
    m.from_tag = b->from_tag;
    m.call_id = b->call_id;
    m.cseq = ++b->cseq;
    m.instance = instance;
    m.user_agent = b->agent;
    m.expires_s = expires_s;
    n = fw_sip_write_register(out, sizeof out, &m);
    if (n == 0) return false;
    while (b->io.now_us < end_us && b->address != 0) {
        const uint64_t again_us = b->io.now_us + wait_ms * FW_MILLISECOND_US;
        rt_udp_send(&b->net, s, registrar, (uint16_t)b->config.port, out, n);
        while (b->io.now_us < again_us &&
               rt_udp_receive(&b->net, s, &d, (uint32_t)((again_us - b->io.now_us) / 1000 + 1))) {
            if (!fw_sip_read_response((const char*)d.data, d.octets, contact, r)) continue;
            if (strcmp(r->branch, branch) != 0 || strcmp(r->call_id, b->call_id) != 0 || r->cseq != m.cseq) continue;
            if (r->status >= 200) return true;
            wait_ms = T2_MS; /* provisional: repeated, but slower */
        }
        wait_ms = wait_ms * 2 > T2_MS ? T2_MS : wait_ms * 2;
    }
    return false;
}

uint32_t sip_register(base* b, uint32_t* retry_after_s) {
    uint32_t registrar, expires_s = b->config.expires_s, granted_s = 0;
    fw_sip_response r;
    rt_socket* s;
    *retry_after_s = 0;
    if (!resolve(b, b->config.registrar, &registrar)) return 0;
    if (b->call_id[0] == '\0') {
        fw_random_hex(&b->io, b->call_id, 16);
        fw_random_hex(&b->io, b->from_tag, 8);
    }
    s = rt_udp_open(&b->net, SIP_PORT);
    if (s == NULL) return 0;
    for (int tries = 0; tries < 2 && granted_s == 0; ++tries) {
        if (!transact(b, s, registrar, expires_s, &r)) break;
        if (r.status == 423 && r.min_expires_s > expires_s) {
            expires_s = r.min_expires_s;
            continue;
        }
        if (r.status == 200) {
            granted_s = r.has_contact_expires ? r.contact_expires_s : r.has_expires ? r.expires_s : expires_s;
        } else {
            *retry_after_s = r.retry_after_s;
            break;
        }
    }
    rt_close(&b->net, s);
    return granted_s > 1 ? granted_s / 2 : granted_s;
}
