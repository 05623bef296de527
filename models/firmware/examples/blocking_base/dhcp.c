/* SPDX-License-Identifier: MIT-0
 *
 * The DHCP client of this base (RFC 2131) with its own Ethernet, IPv4 and UDP. Frames are received only while an
 * exchange is under way; in between the interface belongs to the sockets.
 */
#include <string.h>

#include "base.h"
#include "lldp.h"

enum { DISCOVER = 1, OFFER = 2, REQUEST = 3, DECLINE = 4, ACK = 5, NAK = 6, INFORM = 8 };
enum { ETHERNET = 14, IP = 20, UDP = 8, BOOTP = 236, MESSAGE_MIN = 300, TYPE_IP = 0x0800, TYPE_VLAN = 0x8100 };
enum { FIRST_MS = 4000, LAST_MS = 64000, SPREAD_MS = 1000, REQUESTS = 4, CONFLICT_MS = 10000 };
#define PROBE_US (1500 * FW_MILLISECOND_US) /* RFC 5227, 1.1: PROBE_MIN to PROBE_MAX */
enum { RENEW_MIN_S = 60, PROBES = 1, REBOOT_REQUESTS = 2, ENTERPRISE = 32473, MESSAGE_MAX = 600 };
#define EVERYBODY 0xFFFFFFFFu
static const uint8_t broadcast[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

typedef struct {
    fw_dhcp_lease l;
    uint64_t asked_us;     /* it counts from here (4.4.1) */
    uint8_t server_mac[6]; /* who sent the frame: the server, or the router on the way to it */
} lease_t;

typedef enum { GOT_IT, REFUSED, NOTHING } outcome;

/* ---- numbers ------------------------------------------------------------------------------------------------- */

static uint16_t get16(const uint8_t* p) { return (uint16_t)(p[0] << 8 | p[1]); }
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

/* Out, in the VLAN that we are in: 802.1Q's tag goes behind the addresses. */
static void transmit(base* b, const uint8_t* f, size_t octets) {
    uint8_t tagged[RT_FRAME_OCTETS];
    if (b->vlan == 0) {
        rt_ethernet_send(&b->net, f, octets);
        return;
    }
    memcpy(tagged, f, 12);
    put16(tagged + 12, TYPE_VLAN);
    put16(tagged + 14, (uint32_t)b->priority << 13 | b->vlan);
    memcpy(tagged + 16, f + 12, octets - 12);
    rt_ethernet_send(&b->net, tagged, octets + 4);
}

/* False: nothing came in time, or there is no point in waiting any longer. */
static bool receive(base* b, rt_frame* f, uint64_t end_us) {
    while (b->io.now_us < end_us && !b->void_) {
        if (!rt_ethernet_receive(&b->net, f, (uint32_t)((end_us - b->io.now_us) / 1000 + 1))) return false;
        if (f->octets < ETHERNET) continue;
        const bool tagged = get16(f->data + 12) == TYPE_VLAN && f->octets >= ETHERNET + 4;
        if ((tagged ? get16(f->data + 14) & 0xFFF : 0) != b->vlan) continue;
        if (tagged) {
            f->octets = (uint16_t)(f->octets - 4);
            memmove(f->data + 12, f->data + 16, (size_t)f->octets - 12);
        }
        return true;
    }
    return false;
}

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
    transmit(b, f, ETHERNET + IP + UDP + n);
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

/* False: nothing may be sent for a while. */
static bool pause(base* b, uint64_t us) {
    const uint64_t end_us = b->io.now_us + us;
    while (!b->void_ && !b->conflict && b->io.now_us < end_us) {
        const uint64_t ms = (end_us - b->io.now_us + 999) / 1000;
        rt_take(b->os, &b->lan_changed, ms < 86400000u ? (uint32_t)ms : 86400000u);
    }
    return !b->void_ && !b->conflict;
}

/* Does anybody use this address? (RFC 5227, 2.1.1; the network chip asks, and tells.) */
static bool in_use(base* b, uint32_t address) {
    b->probed = address;
    b->conflict = false;
    for (uint32_t i = 0; i < PROBES || i < b->me.address_probes; ++i) {
        fw_address_probe(&b->io, address);
        if (!pause(b, PROBE_US)) break;
    }
    b->probed = 0;
    return b->conflict;
}

/* ---- messages ------------------------------------------------------------------------------------------------ */

static size_t put_option(uint8_t* m, size_t n, uint8_t code, const void* value, size_t octets) {
    if (octets == 0) return n;
    m[n] = code;
    m[n + 1] = (uint8_t)octets;
    memcpy(m + n + 2, value, octets);
    return n + 2 + octets;
}

static size_t put_address(uint8_t* m, size_t n, uint8_t code, uint32_t address) {
    uint8_t value[4];
    put32(value, address);
    return address != 0 ? put_option(m, n, code, value, sizeof value) : n;
}

/* `client`: our address, once we use it; else `wanted` and `server` say what is asked for. */
static size_t write_message(base* b, uint8_t* m, uint8_t type, uint32_t xid, uint32_t client, uint32_t wanted,
                            uint32_t server) {
    static const uint8_t parameters[] = {1, 2, 3, 6, 42, 43, 51, 54, 58, 59, 66, 67, 120, 121, 125, 150};
    static const uint8_t size_max[] = {0x05, 0xC0};
    uint8_t id[7] = {1};
    size_t n = BOOTP;
    memset(m, 0, MESSAGE_MAX);
    m[0] = m[1] = 1;
    m[2] = 6;
    put32(m + 4, xid);
    if (client == 0 && type != DECLINE) put16(m + 10, 0x8000); /* answers by broadcast: we have no address yet */
    put32(m + 12, client);
    memcpy(m + 28, b->me.mac, 6);
    put32(m + n, 0x63825363);
    n += 4;
    memcpy(id + 1, b->me.mac, 6);
    n = put_option(m, n, 53, &type, 1);
    n = put_option(m, n, 61, id, sizeof id);
    n = put_address(m, n, 50, wanted);
    n = put_address(m, n, 54, server);
    if (type != DECLINE) {
        n = put_option(m, n, 55, parameters, sizeof parameters);
        n = put_option(m, n, 57, size_max, sizeof size_max);
        n = put_option(m, n, 60, b->me.model, strlen(b->me.model));
        n = put_option(m, n, 77, b->me.user_class, strlen(b->me.user_class));
    }
    m[n++] = 255;
    return n < MESSAGE_MIN ? MESSAGE_MIN : n;
}

/* Waits for an answer of one of two types. */
static uint8_t await(base* b, uint32_t xid, uint8_t one, uint8_t other, lease_t* out, uint32_t ms) {
    const uint64_t end_us = b->io.now_us + ms * FW_MILLISECOND_US;
    fw_dhcp_reply r;
    rt_frame f;
    while (receive(b, &f, end_us)) {
        size_t octets;
        const uint8_t* m = datagram(&f, &octets);
        if (m == NULL || !fw_dhcp_parse(m, octets, b->me.mac, ENTERPRISE, &r) || r.xid != xid) continue;
        if (r.type != one && r.type != other) continue;
        out->l = r.lease;
        memcpy(out->server_mac, f.data + 6, 6);
        if (out->l.prefix_length == 0) out->l.prefix_length = 24; /* no mask given: assume a small office */
        if (r.type == NAK || (out->l.address != 0 && out->l.address != EVERYBODY && out->l.server != 0)) return r.type;
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
    rt_lock(b->os, &b->frames, RT_FOREVER);
    rt_ethernet_open(&b->net, TYPE_IP);
    if (b->vlan != 0) rt_ethernet_open(&b->net, TYPE_VLAN);
}

static void close_frames(base* b) {
    rt_ethernet_close(&b->net);
    if (b->me.lldp) fw_ethernet_open(&b->io, FW_LLDP_ETHERTYPE);
    rt_unlock(b->os, &b->frames);
}

static void decline(base* b, const fw_dhcp_lease* l) {
    uint8_t m[MESSAGE_MAX];
    b->remembered = 0;
    send_udp(b, broadcast, 0, EVERYBODY, m,
             write_message(b, m, DECLINE, (uint32_t)fw_random(&b->io), 0, l->address, l->server));
}

static uint8_t request(base* b, uint32_t xid, uint32_t address, uint32_t server, unsigned tries_max, lease_t* out) {
    uint8_t m[MESSAGE_MAX], type = 0;
    for (unsigned tries = 0; tries < tries_max && !b->void_; ++tries) {
        out->asked_us = b->io.now_us;
        send_udp(b, broadcast, 0, EVERYBODY, m, write_message(b, m, REQUEST, xid, 0, address, server));
        type = await(b, xid, ACK, NAK, out, wait_of(b, tries));
        if (type == NAK && server != 0 && out->l.server != 0 && out->l.server != server) type = 0; /* somebody else's */
        if (type == NAK || (type == ACK && out->l.lease_s != 0)) return type;
    }
    return 0;
}

/* DISCOVER until there is an offer, REQUEST until there is an answer; false: begin anew. */
static bool obtain(base* b, lease_t* l) {
    uint8_t m[MESSAGE_MAX], type = 0;
    const uint32_t xid = (uint32_t)fw_random(&b->io);
    if (b->remembered != 0) {
        type = request(b, xid, b->remembered, 0, REBOOT_REQUESTS, l);
        b->remembered = 0;
        if (b->void_) return false;
    }
    if (type != ACK) {
        lease_t offer;
        for (unsigned tries = 0;; ++tries) {
            if (b->void_) return false;
            send_udp(b, broadcast, 0, EVERYBODY, m, write_message(b, m, DISCOVER, xid, 0, 0, 0));
            if (await(b, xid, OFFER, OFFER, &offer, wait_of(b, tries))) break;
        }
        type = request(b, xid, offer.l.address, offer.l.server, REQUESTS, l);
    }
    if (type != ACK) return false;
    if (!in_use(b, l->l.address)) return !b->void_;
    fw_log(&b->io, FW_LOG_WARNING, "the leased address is in use: declined");
    fw_address_probe(&b->io, 0);
    decline(b, &l->l);
    b->conflict = false;
    pause(b, CONFLICT_MS * FW_MILLISECOND_US);
    return false;
}

/* T1: the server itself; T2: anybody (4.4.5). */
static outcome extend(base* b, lease_t* l, bool rebinding) {
    uint8_t m[MESSAGE_MAX], type;
    lease_t fresh;
    const uint32_t xid = (uint32_t)fw_random(&b->io);
    open_frames(b);
    fresh.asked_us = b->io.now_us;
    send_udp(b, rebinding ? broadcast : l->server_mac, l->l.address, rebinding ? EVERYBODY : l->l.server, m,
             write_message(b, m, REQUEST, xid, l->l.address, 0, 0));
    type = await(b, xid, ACK, NAK, &fresh, FIRST_MS);
    close_frames(b);
    if (type == NAK) return REFUSED;
    if (type != ACK || fresh.l.address != l->l.address || fresh.l.lease_s == 0) return NOTHING;
    *l = fresh;
    return GOT_IT;
}

void dhcp_inform(base* b) {
    uint8_t m[MESSAGE_MAX];
    lease_t told;
    const uint32_t xid = (uint32_t)fw_random(&b->io), address = b->address;
    if (address == 0) return;
    open_frames(b);
    send_udp(b, broadcast, address, EVERYBODY, m, write_message(b, m, INFORM, xid, address, 0, 0));
    const uint64_t end_us = b->io.now_us + FIRST_MS * FW_MILLISECOND_US;
    rt_frame f;
    while (receive(b, &f, end_us)) {
        fw_dhcp_reply r;
        size_t octets;
        const uint8_t* answer = datagram(&f, &octets);
        if (answer == NULL || !fw_dhcp_parse(answer, octets, b->me.mac, ENTERPRISE, &r) || r.xid != xid) continue;
        if (r.type != ACK) continue;
        told.l = r.lease;
        lan_heed(b, &told.l);
        break;
    }
    close_frames(b);
}

static void use(base* b, const fw_dhcp_lease* l) {
    rt_ip_configure(&b->net, l->address, l->prefix_length, l->router);
    fw_dns_set_servers(&b->dns, l->dns, l->dns_count);
    b->lease = *l;
    b->conflict = false;
    b->defended_us = 0;
    if (b->me.address_probes > 0) fw_address_probe(&b->io, l->address); /* announces it */
    lan_heed(b, l);
    if (b->me.remembers_lease) {
        b->remembered = l->address;
        store_set(b, LEASE_KEY, &l->address, sizeof l->address); /* a restart asks for it again */
        if (b->void_) return;
    }
    b->address = l->address;
    rt_give(b->os, &b->news);
}

static bool same_network(const fw_dhcp_lease* a, const fw_dhcp_lease* z) {
    return a->prefix_length == z->prefix_length && a->router == z->router && a->dns_count == z->dns_count &&
           !memcmp(a->dns, z->dns, sizeof a->dns);
}

/* Keeps a lease until it ends, for whatever reason. */
static void keep(base* b, lease_t* l) {
    /* Answers that come later than we listened for them: nobody shall be told that the port is closed. */
    rt_socket* quiet = rt_udp_open(&b->net, DHCP_CLIENT);
    while (!b->void_) {
        const bool for_ever = l->l.lease_s == 0xFFFFFFFFu;
        const uint64_t lease_s = l->l.lease_s, now_us = b->io.now_us, end_us = l->asked_us + lease_s * FW_SECOND_US;
        uint64_t t2_s = l->l.rebinding_s, t1_s = l->l.renewal_s;
        if (t2_s == 0 || t2_s >= lease_s) t2_s = lease_s * 7 / 8;
        if (t1_s == 0 || t1_s >= t2_s) t1_s = lease_s / 2 < t2_s ? lease_s / 2 : t2_s;
        const uint64_t t1_us = l->asked_us + t1_s * FW_SECOND_US, t2_us = l->asked_us + t2_s * FW_SECOND_US;
        const uint64_t next_us = now_us < t1_us ? t1_us : now_us < t2_us ? t2_us : end_us;
        uint64_t wait_us = for_ever ? 30 * 86400 * FW_SECOND_US : next_us > now_us ? next_us - now_us : 0;
        if (!for_ever && now_us >= end_us) break;
        if (now_us >= t1_us && wait_us / 2 > RENEW_MIN_S * FW_SECOND_US) wait_us /= 2;
        if (!pause(b, wait_us)) break;
        if (for_ever) continue;
        if (b->io.now_us >= end_us) break;
        const fw_dhcp_lease before = l->l;
        const outcome got = extend(b, l, b->io.now_us >= t2_us);
        if (got == REFUSED) {
            b->remembered = 0;
            break;
        }
        if (got == GOT_IT && !same_network(&before, &l->l)) use(b, &l->l);
    }
    if (b->conflict) decline(b, &l->l);
    if (quiet != NULL) rt_close(&b->net, quiet);
}

void lease_task(void* context) {
    base* b = context;
    for (;;) {
        lease_t lease;
        bool got;
        b->void_ = b->conflict = false;
        while (!b->carrier) rt_take(b->os, &b->lan_changed, RT_FOREVER);
        b->void_ = false;
        if (!b->vlan_known) lan_settle(b);
        /* 4.4.1: a whole building gets power at once */
        if (!pause(b, fw_random_between(&b->io, FW_SECOND_US, 10 * FW_SECOND_US))) continue;
        open_frames(b);
        got = obtain(b, &lease);
        close_frames(b);
        if (!got) continue;
        use(b, &lease.l);
        keep(b, &lease);
        b->address = 0;
        web_network_gone(b);
        rt_ip_configure(&b->net, 0, 0, 0);
        rt_give(b->os, &b->news);
    }
}
