/* SPDX-License-Identifier: MIT-0
 *
 * Requests to the world in one call each, and safe reading of its events.
 *
 * Everything in this folder is a client library: a firmware links it if it likes. Nothing here has globals,
 * knows the simulator or includes anything but dectbed's own headers; every instance belongs to its caller.
 * Durations are microseconds (`_us`), addresses and ports are integers in host order.
 */
#ifndef FW_IO_H
#define FW_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dectbed/ip_routes.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FW_SECOND_US 1000000ull
#define FW_MILLISECOND_US 1000ull

/* The way to the host, the instant of the event in hand, and a random stream seeded from the entropy that
 * came with the boot event (so that jitter costs no further events). */
typedef struct fw_io {
    const dectbed_host* host;
    uint64_t now_us;
    uint64_t random[4];
    /* Set by a firmware that sends everything once and spreads nothing over time: no client of this library
     * retransmits, and fw_random_between() gives its lower end. The negative control of every retry and jitter. */
    bool naive;
} fw_io;

void fw_io_init(fw_io* io, const dectbed_host* host);

/* Call first for every event: checks that the record is as long as its kind demands (false: drop the event),
 * takes over the time and, from BOOT, the entropy. */
bool fw_io_begin(fw_io* io, const dectbed_event* event);

uint64_t fw_random(fw_io* io);
/* For delays. Uniform in [low, high]; high >= low. `low` itself in a naive firmware. */
uint64_t fw_random_between(fw_io* io, uint64_t low, uint64_t high);
/* `octets` random octets as lower-case hexadecimal, zero terminated: out has 2 * octets + 1 characters. */
void fw_random_hex(fw_io* io, char* out, size_t octets);

/* Takes a piece of a file that is too large for memory; `offset` is its place, 0 (again) when a file begins. False:
 * stop. */
typedef bool (*fw_sink)(void* context, uint64_t offset, const void* data, size_t octets);

/* Trailing data of an event that fw_io_begin() accepted. */
typedef struct fw_payload {
    const uint8_t* data;
    size_t octets;
} fw_payload;
fw_payload fw_event_payload(const dectbed_event* event);

/* system */
void fw_timer_start(fw_io* io, uint32_t timer, uint64_t delay_us);
void fw_timer_stop(fw_io* io, uint32_t timer);
void fw_wall_clock_set(fw_io* io, int64_t unix_us);
void fw_wall_clock_get(fw_io* io, uint32_t token);
void fw_entropy(fw_io* io, uint32_t token, uint32_t octets);
void fw_factory_read(fw_io* io, uint32_t token, uint32_t item, uint32_t offset);
void fw_consume_cpu(fw_io* io, uint32_t us);
void fw_watchdog(fw_io* io, uint32_t timeout_ms);
void fw_watchdog_awake(fw_io* io, uint32_t timeout_ms); /* needs no feeding */
void fw_reset(fw_io* io, uint32_t cause);
enum { FW_LOG_ERROR = 0, FW_LOG_WARNING = 1, FW_LOG_INFORMATION = 2, FW_LOG_DEBUG = 3 };
void fw_log(fw_io* io, uint32_t level, const char* format, ...) __attribute__((format(printf, 3, 4)));
void fw_state(fw_io* io, const char* machine, const char* state, const char* cause);

/* network */
void fw_ethernet_open(fw_io* io, uint16_t ethertype);
void fw_ethernet_send(fw_io* io, const void* frame, size_t octets); /* at most 1514 */
void fw_ip_configure(fw_io* io, uint32_t address, uint32_t prefix_length, uint32_t gateway);
/* With at most DECTBED_IP_ROUTES_MAX routes more. */
void fw_ip_configure_routes(fw_io* io, uint32_t address, uint32_t prefix_length, uint32_t gateway,
                            const dectbed_ip_route* routes, uint32_t count);
void fw_address_probe(fw_io* io, uint32_t address); /* 0: watch no more */
void fw_vlan(fw_io* io, uint16_t vlan, uint16_t priority);
void fw_udp_open(fw_io* io, uint32_t token, uint32_t socket, uint16_t port);
void fw_udp_close(fw_io* io, uint32_t socket);
/* At most 1472 octets; false: too long, nothing sent. */
bool fw_udp_send(fw_io* io, uint32_t token, uint32_t socket, uint32_t address, uint16_t port, const void* data,
                 size_t octets);
void fw_tcp_connect(fw_io* io, uint32_t token, uint32_t socket, uint32_t address, uint16_t port);
void fw_tcp_send(fw_io* io, uint32_t token, uint32_t socket, const void* data, size_t octets);
void fw_tcp_close(fw_io* io, uint32_t socket);
void fw_tcp_abort(fw_io* io, uint32_t socket);

/* radio */
void fw_radio_start(fw_io* io, uint32_t token, uint8_t band, int32_t power_milli_dbm);
/* The same, and says how the band was found (enum dectbed_band_discovery). */
void fw_radio_start_found(fw_io* io, uint32_t token, uint8_t band, int32_t power_milli_dbm, uint8_t found_by);
void fw_radio_stop(fw_io* io);
void fw_radio_information(fw_io* io, const dectbed_system_information* information);
void fw_radio_scan(fw_io* io, uint32_t token, uint8_t band, uint32_t dwell_frames);
void fw_radio_scan_strongest(fw_io* io, uint32_t token, uint8_t band, uint32_t dwell_frames, uint8_t strongest);
void fw_radio_lock(fw_io* io, uint32_t token, uint8_t band, const uint8_t rfpi[5]);
void fw_radio_unlock(fw_io* io);
void fw_link_open(fw_io* io, uint32_t token);
void fw_link_release(fw_io* io, uint32_t link);
/* Of a base; answered by LINK_ESTABLISHED or LINK_RELEASED with that pmid. */
void fw_link_call(fw_io* io, uint32_t pmid);
/* The handset is to listen for such calls from then on, if the transceiver can. */
void fw_link_release_to_listen(fw_io* io, uint32_t link, uint32_t pmid);
/* One S-format message of at most 63 octets; false: too long, nothing sent. */
bool fw_nwk_send(fw_io* io, uint32_t token, uint32_t link, const void* message, size_t octets);

/* An {LCE-REQUEST-PAGE} of 3 or 5 octets; false: another length, nothing sent. */
bool fw_radio_page(fw_io* io, uint32_t token, const uint8_t* page, size_t octets);

/* people */
void fw_led(fw_io* io, uint32_t led, uint32_t pattern);
void fw_display(fw_io* io, const char* text); /* at most 500 characters are shown */

/* flash */
void fw_flash_read(fw_io* io, uint32_t token, uint32_t address, uint32_t octets);
bool fw_flash_program(fw_io* io, uint32_t token, uint32_t address, const void* data, size_t octets);
void fw_flash_erase(fw_io* io, uint32_t token, uint32_t address);

/* "192.0.2.1" <-> 0xC0000201; parse: false if it is no dotted quad. Text has 16 characters. */
void fw_ipv4_text(uint32_t address, char out[16]);
bool fw_ipv4_parse(const char* text, size_t length, uint32_t* address);
/* "021b2c000001" and "02:1b:2c:00:00:01" */
void fw_mac12(const uint8_t mac[6], char out[13]);
void fw_mac_colons(const uint8_t mac[6], char out[18]);

/* Appends formatted text at *used; false and *used unchanged when it does not fit with its terminator. */
bool fw_append(char* out, size_t size, size_t* used, const char* format, ...) __attribute__((format(printf, 4, 5)));

#ifdef __cplusplus
}
#endif
#endif
