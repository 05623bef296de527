/* SPDX-License-Identifier: MIT-0
 *
 * The wall clock of a device, and how it is set: SNTP client (RFC 4330, RFC 5905 section 14) in unicast. The hardware's
 * clock survives a reset but no loss of power; when somebody wants to know the time, it is asked first, then the time
 * servers one after the other.
 */
#ifndef FW_CLOCK_H
#define FW_CLOCK_H

#include "dns_client.h"
#include "fw_io.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FW_CLOCK_SOURCES = 4, FW_NTP_OCTETS = 48, FW_NTP_PORT = 123 };

/* A request with this transmit timestamp, which is any number: nobody learns our clock, and an answer proves that it
 * is one (RFC 5905, 14; draft-ietf-ntp-data-minimization). */
void fw_ntp_write_request(uint8_t out[FW_NTP_OCTETS], uint64_t cookie);

enum fw_ntp_answer {
    FW_NTP_FOREIGN,  /* no answer to this request: ignored */
    FW_NTP_UNUSABLE, /* from a server that has no time, or wants to be left alone */
    FW_NTP_GOOD
};
/* Receive and transmit time of the server in microseconds since 1970. */
enum fw_ntp_answer fw_ntp_read_answer(const uint8_t* data, size_t octets, uint64_t cookie, int64_t* received_us,
                                      int64_t* transmitted_us);

typedef struct fw_clock_config {
    uint32_t timer, token, socket;
} fw_clock_config;

typedef struct fw_clock {
    fw_io* io;
    fw_dns_client* dns;
    fw_clock_config config;
    enum { FW_CLOCK_IDLE, FW_CLOCK_ASKING_HARDWARE, FW_CLOCK_RESOLVING, FW_CLOCK_ASKING } state;
    bool set;
    int64_t offset_us; /* of the wall clock to fw_io's time */
    char sources[FW_CLOCK_SOURCES][64];
    unsigned source_count, source, sent;
    int query;
    uint32_t server;
    uint64_t cookie, asked_us;
    void (*done)(void* context, bool set);
    void* context;
} fw_clock;

void fw_clock_init(fw_clock* c, fw_io* io, fw_dns_client* dns, const fw_clock_config* config);
/* Names or dotted addresses; what does not fit is left out. */
void fw_clock_forget_sources(fw_clock* c);
void fw_clock_add_source(fw_clock* c, const char* host);
/* Calls back once, possibly at once: whether the clock is set. */
void fw_clock_want(fw_clock* c, void (*done)(void* context, bool set), void* context);
void fw_clock_cancel(fw_clock* c); /* silent */
/* From another source, such as the Date of an answer that came by TLS. */
void fw_clock_set(fw_clock* c, int64_t unix_us);
int64_t fw_clock_unix_s(const fw_clock* c); /* valid while `set` */
bool fw_clock_handle(fw_clock* c, const dectbed_event* event);

#ifdef __cplusplus
}
#endif
#endif
