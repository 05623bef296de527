/* SPDX-License-Identifier: MIT-0
 *
 * The DHCP client of this base (RFC 2131) with its own Ethernet, ARP, IPv4 and UDP. Frames are received only while an
 * exchange is under way; in between the interface belongs to the sockets.
 */
#include <string.h>

#include "base.h"

enum { DISCOVER = 1, OFFER = 2, REQUEST = 3, DECLINE = 4, ACK = 5, NAK = 6 };
enum { ETHERNET = 14, IP = 20, UDP = 8, BOOTP = 236, MESSAGE_MIN = 300, TYPE_IP = 0x0800, TYPE_ARP = 0x0806 };
enum { FIRST_MS = 4000, LAST_MS = 64000, SPREAD_MS = 1000, REQUESTS = 4, CONFLICT_MS = 10000, PROBE_MS = 500 };
enum { RENEW_MIN_S = 60 };
#define EVERYBODY 0xFFFFFFFFu
static const uint8_t broadcast[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

typedef struct {
    uint32_t address, mask, gateway, server, dns[2], lease_s, t1_s, t2_s;
    uint8_t server_mac[6]; /* who sent the frame: the server, or the router on the way to it */
} lease_t;

typedef enum { GOT_IT, REFUSED, NOTHING } outcome;

/* ---- numbers ------------------------------------------------------------------------------------------------- */

static uint16_t get16(const uint8_t* p) { return (uint16_t)(p[0] << 8 | p[1]); }
static uint32_t get32(const uint8_t* p) { return (uint32_t)get16(p) << 16 | get16(p + 2); }
static void put16(uint8_t* p, uint32_t v) {
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}
static void put32(uint8_t* p, uint32_t v) {
    put16(p, v >> 16);
    put16(p + 2, v & 0xFFFF);
}

static uint32_t sum(uint32_t s, const uint8_t* p, size_t n) {
    for (; n > 1; p += 2, n -= 2) s += get16(p);
    if (n > 0) s += (uint32_t)p[0] << 8;
    return s;
}
static uint16_t fold(uint32_t s) {
    while (s >> 16) s = (s & 0xFFFF) + (s >> 16);
    return (uint16_t)~s;
}
static uint32_t pseudo_header(const uint8_t* ip, size_t udp_octets) {
    return sum(17 + (uint32_t)udp_octets, ip + 12, 8);
}

/* ---- frames -------------------------------------------------------------------------------------------------- */

static void send_udp(base* b, const uint8_t to[6], uint32_t from_ip, uint32_t to_ip, const uint8_t* data, size_t n) {
    uint8_t f[ETHERNET + IP + UDP + 600];
    uint8_t *ip = f + ETHERNET, *udp = ip + IP;
    memset(f, 0, sizeof f);
    memcpy(f, to, 6);
    memcpy(f + 6, b->me.mac, 6);
    put16(f + 12, TYPE_IP);
    ip[0] = 0x45;
    put16(ip + 2, (uint32_t)(IP + UDP + n));
    put16(ip + 4, (uint32_t)fw_random(&b->io) & 0xFFFF);
    ip[8] = 64;
    ip[9] = 17;
    put32(ip + 12, from_ip);
    put32(ip + 16, to_ip);
    put16(ip + 10, fold(sum(0, ip, IP)));
    put16(udp, DHCP_CLIENT);
    put16(udp + 2, DHCP_SERVER);
    put16(udp + 4, (uint32_t)(UDP + n));
    memcpy(udp + UDP, data, n);
    put16(udp + 6, fold(sum(pseudo_header(ip, UDP + n), udp, UDP + n)));
    if (get16(udp + 6) == 0) put16(udp + 6, 0xFFFF);
    rt_ethernet_send(&b->net, f, ETHERNET + IP + UDP + n);
}

/* The payload of a datagram to the DHCP client's port, checked as an IP stack checks it; NULL: something else. */
static const uint8_t* datagram(const rt_frame* f, size_t* octets) {
    const uint8_t *ip = f->data + ETHERNET, *udp;
    size_t header, total, length;
    if (f->octets < ETHERNET + IP + UDP || get16(f->data + 12) != TYPE_IP || ip[0] >> 4 != 4) return NULL;
    header = (size_t)(ip[0] & 15) * 4;
    total = get16(ip + 2);
    if (header < IP || total < header + UDP || total > (size_t)f->octets - ETHERNET) return NULL;
    if (fold(sum(0, ip, header)) != 0 || (get16(ip + 6) & 0x3FFF) != 0 || ip[9] != 17) return NULL;
    udp = ip + header;
    length = get16(udp + 4);
    if (length < UDP || length > total - header || get16(udp + 2) != DHCP_CLIENT) return NULL;
    if (get16(udp + 6) != 0 && fold(sum(pseudo_header(ip, length), udp, length)) != 0) return NULL;
    *octets = length - UDP;
    return udp + UDP;
}

/* Does anybody use this address? (RFC 5227, with one probe.) */
static bool in_use(base* b, uint32_t address) {
    uint8_t f[60];
    rt_frame answer;
    const uint64_t end_us = b->io.now_us + PROBE_MS * FW_MILLISECOND_US;
    memset(f, 0, sizeof f);
    memcpy(f, broadcast, 6);
    memcpy(f + 6, b->me.mac, 6);
    put16(f + 12, TYPE_ARP);
    put16(f + 14, 1); /* Ethernet, IPv4, 6 and 4 octets, request */
    put16(f + 16, TYPE_IP);
    f[18] = 6;
    f[19] = 4;
    put16(f + 20, 1);
    memcpy(f + 22, b->me.mac, 6);
    put32(f + 38, address);
    rt_ethernet_send(&b->net, f, sizeof f);
    while (b->io.now_us < end_us) {
        if (!rt_ethernet_receive(&b->net, &answer, (uint32_t)((end_us - b->io.now_us) / 1000 + 1))) break;
        if (answer.octets >= 42 && get16(answer.data + 12) == TYPE_ARP && get32(answer.data + 28) == address &&
            memcmp(answer.data + 22, b->me.mac, 6) != 0) {
            return true;
        }
    }
    return false;
}

/* ---- messages ------------------------------------------------------------------------------------------------ */

static size_t put_option(uint8_t* m, size_t n, uint8_t code, const void* value, size_t octets) {
    m[n] = code;
    m[n + 1] = (uint8_t)octets;
    memcpy(m + n + 2, value, octets);
    return n + 2 + octets;
}

/* `client`: our address, once we use it; else `wanted` and `server` say what is asked for. */
static size_t write_message(base* b, uint8_t* m, uint8_t type, uint32_t xid, uint32_t client, uint32_t wanted,
                            uint32_t server) {
    static const uint8_t parameters[] = {1, 3, 6, 51, 58, 59};
    static const uint8_t size_max[] = {0x05, 0xC0};
    uint8_t id[7] = {1}, number[4];
    size_t n = BOOTP;
    memset(m, 0, 590);
    m[0] = m[1] = 1;
    m[2] = 6;
    put32(m + 4, xid);
    if (client == 0) put16(m + 10, 0x8000); /* answers by broadcast: we have no address yet */
    put32(m + 12, client);
    memcpy(m + 28, b->me.mac, 6);
    put32(m + n, 0x63825363);
    n += 4;
    memcpy(id + 1, b->me.mac, 6);
    n = put_option(m, n, 53, &type, 1);
    n = put_option(m, n, 61, id, sizeof id);
    if (wanted != 0) {
        put32(number, wanted);
        n = put_option(m, n, 50, number, 4);
    }
    if (server != 0) {
        put32(number, server);
        n = put_option(m, n, 54, number, 4);
    }
    if (type != DECLINE) {
        n = put_option(m, n, 55, parameters, sizeof parameters);
        n = put_option(m, n, 57, size_max, sizeof size_max);
        n = put_option(m, n, 60, b->me.model, strlen(b->me.model));
    }
    m[n++] = 255;
    return n < MESSAGE_MIN ? MESSAGE_MIN : n;
}

/* Type of the message, 0: none for us. */
static uint8_t read_message(const base* b, const uint8_t* m, size_t octets, uint32_t xid, lease_t* out) {
    uint8_t type = 0;
    size_t at = BOOTP + 4;
    if (octets < BOOTP + 4 || m[0] != 2 || m[1] != 1 || m[2] != 6 || get32(m + 4) != xid) return 0;
    if (memcmp(m + 28, b->me.mac, 6) != 0 || get32(m + BOOTP) != 0x63825363) return 0;
    memset(out, 0, sizeof *out);
    out->address = get32(m + 16);
    while (at < octets && m[at] != 255) {
        const uint8_t* v = m + at + 2;
        size_t n;
        if (m[at] == 0) {
            ++at;
            continue;
        }
        if (at + 2 > octets || at + 2 + m[at + 1] > octets) return 0;
        n = m[at + 1];
        if (m[at] == 53 && n == 1) type = v[0];
        if (m[at] == 1 && n == 4) out->mask = get32(v);
        if (m[at] == 3 && n >= 4) out->gateway = get32(v);
        if (m[at] == 6 && n >= 4) out->dns[0] = get32(v);
        if (m[at] == 6 && n >= 8) out->dns[1] = get32(v + 4);
        if (m[at] == 51 && n == 4) out->lease_s = get32(v);
        if (m[at] == 54 && n == 4) out->server = get32(v);
        if (m[at] == 58 && n == 4) out->t1_s = get32(v);
        if (m[at] == 59 && n == 4) out->t2_s = get32(v);
        at += 2 + n;
    }
    return type;
}

static bool usable(const lease_t* l) {
    return l->address != 0 && l->lease_s > 0 && l->server != 0 && l->mask != 0 && (~l->mask & (~l->mask + 1)) == 0;
}

/* Waits for an answer of one of two types. */
static uint8_t await(base* b, uint32_t xid, uint8_t one, uint8_t other, lease_t* out, uint32_t ms) {
    const uint64_t end_us = b->io.now_us + ms * FW_MILLISECOND_US;
    rt_frame f;
    while (b->io.now_us < end_us && b->net.link) {
        const uint8_t* m;
        size_t octets;
        uint8_t type;
        if (!rt_ethernet_receive(&b->net, &f, (uint32_t)((end_us - b->io.now_us) / 1000 + 1))) break;
        m = datagram(&f, &octets);
        if (m == NULL) continue;
        type = read_message(b, m, octets, xid, out);
        memcpy(out->server_mac, f.data + 6, 6);
        if (type == other) return type;
        if (type == one && usable(out)) return type;
    }
    return 0;
}

/* 4, 8, 16, 32, 64, 64.. s, each a second more or less (4.1). */
static uint32_t wait_of(base* b, unsigned tries) {
    const uint32_t ms = tries < 4 ? (uint32_t)FIRST_MS << tries : LAST_MS;
    return (uint32_t)fw_random_between(&b->io, ms - SPREAD_MS, ms + SPREAD_MS);
}

/* ---- exchanges ----------------------------------------------------------------------------------------------- */

static void open_frames(base* b) {
    rt_ethernet_open(&b->net, TYPE_IP);
    rt_ethernet_open(&b->net, TYPE_ARP);
}

/* DISCOVER until there is an offer, REQUEST until there is an answer; false: begin anew. */
static bool obtain(base* b, lease_t* l) {
    uint8_t m[600];
    lease_t offer;
    unsigned tries;
    const uint32_t xid = (uint32_t)fw_random(&b->io);
    for (tries = 0;; ++tries) {
        if (!b->net.link) return false;
        send_udp(b, broadcast, 0, EVERYBODY, m, write_message(b, m, DISCOVER, xid, 0, 0, 0));
        if (await(b, xid, OFFER, OFFER, &offer, wait_of(b, tries)) && usable(&offer)) break;
    }
    for (tries = 0; tries < REQUESTS; ++tries) {
        uint8_t type;
        send_udp(b, broadcast, 0, EVERYBODY, m, write_message(b, m, REQUEST, xid, 0, offer.address, offer.server));
        type = await(b, xid, ACK, NAK, l, wait_of(b, tries));
        if (type == NAK || !b->net.link) return false;
        if (type != ACK) continue;
        if (!in_use(b, l->address)) return true;
        send_udp(b, broadcast, 0, EVERYBODY, m, write_message(b, m, DECLINE, xid, 0, l->address, l->server));
        fw_log(&b->io, FW_LOG_WARNING, "the leased address is in use");
        rt_delay(b->os, CONFLICT_MS);
        return false;
    }
    return false;
}

/* T1: the server itself; T2: anybody (4.4.5). */
static outcome extend(base* b, lease_t* l, bool rebinding) {
    uint8_t m[600];
    lease_t fresh;
    const uint32_t xid = (uint32_t)fw_random(&b->io);
    uint8_t type;
    open_frames(b);
    send_udp(b, rebinding ? broadcast : l->server_mac, l->address, rebinding ? EVERYBODY : l->server, m,
             write_message(b, m, REQUEST, xid, l->address, 0, 0));
    type = await(b, xid, ACK, NAK, &fresh, FIRST_MS);
    rt_ethernet_close(&b->net);
    if (type == NAK) return REFUSED;
    if (type != ACK || fresh.address != l->address) return NOTHING;
    *l = fresh;
    return GOT_IT;
}

static void use(base* b, const lease_t* l) {
    uint32_t prefix = 0;
    while (prefix < 32 && l->mask << prefix >> 31) ++prefix;
    rt_ip_configure(&b->net, l->address, prefix, l->gateway);
    b->address = l->address;
    memcpy(b->dns, l->dns, sizeof b->dns);
    rt_give(b->os, &b->lease_changed);
}

/* False: the carrier went. */
static bool pause_with_link(base* b, uint64_t us) {
    const uint64_t end_us = b->io.now_us + us;
    while (b->net.link && b->io.now_us < end_us) {
        const uint64_t ms = (end_us - b->io.now_us + 999) / 1000;
        rt_wait_link_change(&b->net, ms < 86400000u ? (uint32_t)ms : 86400000u);
    }
    return b->net.link;
}

/* Keeps a lease until it ends, for whatever reason. */
static void keep(base* b, lease_t* l) {
    uint64_t begin_us = b->io.now_us;
    /* Answers that come later than we listened for them: nobody shall be told that the port is closed. */
    rt_socket* quiet = rt_udp_open(&b->net, DHCP_CLIENT);
    for (;;) {
        const uint64_t end_us = begin_us + l->lease_s * FW_SECOND_US, now_us = b->io.now_us;
        const uint64_t t1_us = begin_us + (l->t1_s && l->t1_s < l->lease_s ? l->t1_s : l->lease_s / 2) * FW_SECOND_US;
        const uint64_t t2_us =
            begin_us + (l->t2_s && l->t2_s < l->lease_s ? l->t2_s : l->lease_s / 8 * 7) * FW_SECOND_US;
        const uint64_t next_us = now_us < t1_us ? t1_us : now_us < t2_us ? t2_us : end_us;
        uint64_t wait_us = next_us - now_us;
        outcome got;
        if (now_us >= end_us) break;
        if (now_us >= t1_us && wait_us / 2 > RENEW_MIN_S * FW_SECOND_US) wait_us /= 2;
        if (!pause_with_link(b, wait_us) || b->io.now_us >= end_us) break;
        got = extend(b, l, b->io.now_us >= t2_us);
        if (got == REFUSED) break;
        if (got == GOT_IT) {
            begin_us = b->io.now_us;
            memcpy(b->dns, l->dns, sizeof b->dns);
        }
    }
    if (quiet != NULL) rt_close(&b->net, quiet);
}

void lease_task(void* context) {
    base* b = context;
    for (;;) {
        lease_t lease;
        while (!b->net.link) rt_wait_link_change(&b->net, RT_FOREVER);
        /* 4.4.1: a whole building gets power at once */
        if (!pause_with_link(b, fw_random_between(&b->io, FW_SECOND_US, 10 * FW_SECOND_US))) continue;
        open_frames(b);
        while (b->net.link && !obtain(b, &lease)) continue;
        rt_ethernet_close(&b->net);
        if (!b->net.link) continue;
        use(b, &lease);
        keep(b, &lease);
        b->address = 0;
        rt_ip_configure(&b->net, 0, 0, 0);
        rt_give(b->os, &b->lease_changed);
    }
}
