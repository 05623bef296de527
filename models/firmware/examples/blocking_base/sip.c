/* SPDX-License-Identifier: MIT-0
 *
 * In service: registered with the SIP registrar, as one loop that waits for what becomes of it.
 */
#include <stdio.h>
#include <string.h>

#include "base.h"

enum { FIRST_MS = 3000, DOUBLINGS = 4, FORBIDDEN_S = 60, CHECK_SPREAD_MS = 2000, DAY_MS = 86400000 };
#define NEVER UINT64_MAX

static void on_registered(void* context, uint32_t expires_s) {
    base* b = context;
    (void)expires_s;
    b->registered = true;
    rt_give(b->os, &b->news);
}

static void on_failed(void* context, unsigned status, uint32_t retry_after_s) {
    base* b = context;
    b->register_failed = true;
    b->sip_status = status;
    b->sip_retry_after_s = retry_after_s;
    rt_give(b->os, &b->news);
}

/* The client is about to check a certificate: the task finds out the time first, once for each try. */
static bool on_wants_time(void* context) {
    base* b = context;
    if (b->clock.set || b->time_asked) return false;
    b->time_asked = b->time_wanted = true;
    rt_give(b->os, &b->news);
    return true;
}

static void on_check_sync(void* context, bool restart) {
    base* b = context;
    if (b->check_wanted) return;
    b->check_wanted = true;
    b->check_restarts = restart;
    rt_give(b->os, &b->news);
}

static void open_client(base* b) {
    fw_sip_config c;
    char mac[13];
    memset(&c, 0, sizeof c);
    fw_mac12(b->me.mac, mac);
    c.timer = SIP_TIMER;
    c.socket = SIP_SOCKET;
    c.token = SIP_TOKEN;
    c.registrar_port = (uint16_t)b->config.port;
    const bool secure = b->config.sips || b->config.transport == FW_SIP_TLS;
    c.local_port = secure ? SIPS_PORT : SIP_PORT;
    c.sips = b->config.sips;
    c.tls = &b->tls;
    c.now_unix = web_clock;
    c.wants_time = on_wants_time;
    c.expires_s = b->config.expires_s;
    c.transport = (enum fw_sip_transport)b->config.transport;
    c.any_transport = b->config.any_transport;
    c.lookup = (enum fw_sip_lookup_mode)b->config.lookup;
    c.keep_alive_s = b->config.keep_alive_s;
    c.keep_alive_timer = SIP_KEEP_ALIVE_TIMER;
    c.stream_sockets = SIP_STREAM_SOCKETS;
    snprintf(c.registrar, sizeof c.registrar, "%s", b->lan_registrar[0] ? b->lan_registrar : b->config.registrar);
    memcpy(c.domain, b->config.domain, sizeof c.domain);
    memcpy(c.user, b->config.user, sizeof c.user);
    memcpy(c.password, b->config.password, sizeof c.password);
    memcpy(c.user_agent, b->agent, sizeof c.user_agent);
    snprintf(c.instance, sizeof c.instance, "00000000-0000-1000-8000-%s", mac);
    c.context = b;
    c.registered = on_registered;
    c.failed = on_failed;
    c.check_sync = on_check_sync;
    fw_sip_init(&b->sip, &b->io, &b->dns, &c);
}

static void close_client(base* b) {
    fw_sip_stop(&b->sip);
    fw_sip_free(&b->sip);
    memset(&b->sip, 0, sizeof b->sip);
}

/* How long to wait before the next try. */
static uint32_t rest_ms(base* b, unsigned failed) {
    uint64_t ms = (uint64_t)FIRST_MS << (failed < DOUBLINGS ? failed : DOUBLINGS);
    uint64_t asked_s = b->sip_retry_after_s;
    const bool forbidden = b->sip_status == 401 || b->sip_status == 403 || b->sip_status == 407;
    if (forbidden && asked_s < FORBIDDEN_S) asked_s = FORBIDDEN_S; /* a password does not get right by being repeated */
    ms = fw_random_between(&b->io, ms - ms / 4, ms + ms / 4);
    if (asked_s * 1000 > ms) ms = asked_s * 1000 + fw_random_between(&b->io, 0, asked_s * 250);
    return (uint32_t)ms;
}

/* True: everything is to begin anew, with the new configuration. */
static bool look_at_config(base* b) {
    bool changed;
    rt_delay(b->os, (uint32_t)fw_random_between(&b->io, 1, CHECK_SPREAD_MS)); /* many are asked at once */
    changed = b->address != 0 && check_config(b);
    if (changed && b->check_restarts) {
        fw_reset(&b->io, DECTBED_RESET_SOFTWARE);
        for (;;) rt_delay(b->os, 3600000); /* the reset ends this life */
    }
    b->check_wanted = false;
    return changed;
}

/* False: it is time. */
static bool news_until(base* b, uint64_t us) {
    uint64_t ms = 0;
    if (us == NEVER) return rt_take(b->os, &b->news, RT_FOREVER);
    if (us > b->io.now_us) ms = (us - b->io.now_us + 999) / 1000;
    return rt_take(b->os, &b->news, ms < DAY_MS ? (uint32_t)ms : DAY_MS);
}

void serve(base* b) {
    const uint32_t address = b->address;
    unsigned failed = 0;
    uint64_t register_us = b->io.now_us, poll_us = NEVER;
    set_phase(b, PH_REGISTER, "lease");
    open_client(b);
    b->registered = b->register_failed = b->check_wanted = b->time_wanted = b->time_asked = false;
    while (b->address == address) {
        if (!news_until(b, register_us < poll_us ? register_us : poll_us)) {
            if (b->io.now_us >= register_us) {
                register_us = NEVER;
                b->time_asked = false;
                fw_sip_register_now(&b->sip, b->address);
            } else if (b->io.now_us >= poll_us) {
                if (check_config(b)) break;
                poll_us = next_poll_us(b);
            }
        }
        if (b->time_wanted) {
            b->time_wanted = false;
            web_want_time(b);
            if (b->address == address) fw_sip_register_now(&b->sip, b->address);
        }
        if (b->registered) {
            b->registered = b->register_failed = false;
            failed = 0;
            register_us = NEVER; /* the client refreshes by itself */
            if (b->phase != PH_SERVICE) {
                set_phase(b, PH_SERVICE, "registered");
                confirm_firmware(b);
                poll_us = next_poll_us(b);
            }
        } else if (b->register_failed) {
            b->register_failed = false;
            if (b->phase == PH_SERVICE && b->io.now_us >= b->sip.bound_until_us)
                set_phase(b, PH_REGISTER, "binding ran out");
            fw_log(&b->io, FW_LOG_WARNING, "registration failed, status %u %s", b->sip_status,
                   b->sip_status == 0 ? fw_sip_why(&b->sip) : "");
            register_us = b->io.now_us + rest_ms(b, failed++) * FW_MILLISECOND_US;
        }
        if (b->check_wanted && look_at_config(b)) break;
    }
    close_client(b);
}
