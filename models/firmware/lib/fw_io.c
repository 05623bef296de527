/* SPDX-License-Identifier: MIT-0 */
#include "fw_io.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dectbed/http_service.h"
#include "dectbed/mac_bursts.h"
#include "dectbed/module.h"

enum { udp_octets_max = 1472, frame_octets_max = 1514, tcp_piece_octets = 4096, nwk_octets_max = 63 };
enum { log_octets_max = 240, display_octets_max = 500, flash_piece_octets_max = 4096 };

void fw_io_init(fw_io* io, const dectbed_host* host) {
    memset(io, 0, sizeof *io);
    io->host = host;
    io->random[0] = 1; /* xoshiro must not start from all zeros */
}

static size_t fixed_octets(uint16_t type) {
    switch (type) {
        case DECTBED_EV_BOOT:
            return sizeof(dectbed_ev_boot);
        case DECTBED_EV_TIMER:
            return sizeof(dectbed_ev_timer);
        case DECTBED_EV_WALL_CLOCK:
            return sizeof(dectbed_ev_wall_clock);
        case DECTBED_EV_ENTROPY:
            return sizeof(dectbed_ev_data);
        case DECTBED_EV_REFUSED:
            return sizeof(dectbed_ev_refused);
        case DECTBED_EV_FACTORY_DATA:
            return sizeof(dectbed_ev_factory_data);
        case DECTBED_EV_ETHERNET_LINK:
            return sizeof(dectbed_ev_ethernet_link);
        case DECTBED_EV_ETHERNET_FRAME:
        case DECTBED_EV_PAGED:
        case DECTBED_EV_MAIL:
            return sizeof(dectbed_ev_data);
        case DECTBED_EV_UDP_RECEIVED:
            return sizeof(dectbed_ev_udp_received);
        case DECTBED_EV_TCP_CONNECTED:
        case DECTBED_EV_TCP_RECEIVED:
            return sizeof(dectbed_ev_tcp);
        case DECTBED_EV_TCP_CLOSED:
            return sizeof(dectbed_ev_tcp_closed);
        case DECTBED_EV_ADDRESS_CONFLICT:
            return sizeof(dectbed_ev_address_conflict);
        case DECTBED_EV_RADIO_STARTED:
            return sizeof(dectbed_ev_radio_started);
        case DECTBED_EV_SCAN_RESULT:
        case DECTBED_EV_SYSTEM_INFORMATION:
            return sizeof(dectbed_ev_scan_result);
        case DECTBED_EV_SCAN_DONE:
            return sizeof(dectbed_ev_scan_done);
        case DECTBED_EV_LOCKED:
        case DECTBED_EV_UNLOCKED:
            return sizeof(dectbed_ev_locked);
        case DECTBED_EV_LINK_ESTABLISHED:
        case DECTBED_EV_LINK_RELEASED:
        case DECTBED_EV_NWK_SENT:
        case DECTBED_EV_NWK_RECEIVED:
            return sizeof(dectbed_ev_link);
        case DECTBED_EV_KEY:
            return sizeof(dectbed_ev_key);
        case DECTBED_EV_FLASH_DATA:
        case DECTBED_EV_FLASH_DONE:
            return sizeof(dectbed_ev_flash);
        case DECTBED_EV_HTTP_RESPONSE:
            return sizeof(dectbed_ev_http_response);
        case DECTBED_EV_HTTP_BODY:
            return sizeof(dectbed_ev_http_body);
        case DECTBED_EV_MAC_STARTED:
        case DECTBED_EV_MAC_ACCEPTED:
        case DECTBED_EV_MAC_SILENT:
            return sizeof(dectbed_ev_mac_frame);
        case DECTBED_EV_MAC_RSSI:
            return sizeof(dectbed_ev_mac_rssi);
        case DECTBED_EV_MAC_BURST:
            return sizeof(dectbed_ev_mac_burst);
        default:
            return 0; /* of a later version of the interface: not for us */
    }
}

bool fw_io_begin(fw_io* io, const dectbed_event* event) {
    const size_t fixed = fixed_octets(event->record.type);
    if (fixed == 0 || event->record.size < fixed) return false;
    io->now_us = event->now_us;
    if (event->record.type == DECTBED_EV_BOOT) {
        memcpy(io->random, ((const dectbed_ev_boot*)event)->entropy, sizeof io->random);
        if ((io->random[0] | io->random[1] | io->random[2] | io->random[3]) == 0) io->random[0] = 1;
    }
    return true;
}

fw_payload fw_event_payload(const dectbed_event* event) {
    const size_t fixed = fixed_octets(event->record.type);
    fw_payload payload = {(const uint8_t*)event + fixed, 0};
    if (fixed != 0 && event->record.size > fixed) payload.octets = event->record.size - fixed;
    return payload;
}

static uint64_t rotate_left(uint64_t value, int by) { return value << by | value >> (64 - by); }

/* xoshiro256** (Blackman, Vigna 2018) */
uint64_t fw_random(fw_io* io) {
    uint64_t* s = io->random;
    const uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t fw_random_between(fw_io* io, uint64_t low, uint64_t high) {
    const uint64_t span = high - low + 1;
    if (io->naive) return low;
    /* the bias of the remainder is below 2^-24 for spans under an hour in microseconds */
    return span == 0 ? fw_random(io) : low + fw_random(io) % span;
}

void fw_random_hex(fw_io* io, char* out, size_t octets) {
    static const char digits[] = "0123456789abcdef";
    uint64_t bits = 0;
    for (size_t i = 0; i < octets; ++i, bits >>= 8) {
        if (i % 8 == 0) bits = fw_random(io);
        out[2 * i] = digits[bits >> 4 & 15];
        out[2 * i + 1] = digits[bits & 15];
    }
    out[2 * octets] = '\0';
}

static void post(fw_io* io, uint16_t type, uint32_t token, void* record, size_t octets) {
    dectbed_record* r = (dectbed_record*)record;
    r->type = type;
    r->size = (uint16_t)octets;
    r->token = token;
    io->host->request(io->host->context, r);
}

static void post_empty(fw_io* io, uint16_t type) {
    dectbed_record record = {0};
    post(io, type, 0, &record, sizeof record);
}

static void post_u32(fw_io* io, uint16_t type, uint32_t token, uint32_t value) {
    dectbed_req_u32 request = {0};
    request.value = value;
    post(io, type, token, &request, sizeof request);
}

/* --- system --- */

void fw_timer_start(fw_io* io, uint32_t timer, uint64_t delay_us) {
    dectbed_req_timer request = {0};
    request.timer = timer;
    request.delay_us = delay_us;
    post(io, DECTBED_REQ_TIMER_START, 0, &request, sizeof request);
}

void fw_timer_stop(fw_io* io, uint32_t timer) {
    dectbed_req_timer request = {0};
    request.timer = timer;
    post(io, DECTBED_REQ_TIMER_STOP, 0, &request, sizeof request);
}

void fw_wall_clock_set(fw_io* io, int64_t unix_us) {
    dectbed_req_wall_clock_set request = {0};
    request.unix_us = unix_us;
    post(io, DECTBED_REQ_WALL_CLOCK_SET, 0, &request, sizeof request);
}

void fw_wall_clock_get(fw_io* io, uint32_t token) {
    dectbed_record record = {0};
    post(io, DECTBED_REQ_WALL_CLOCK_GET, token, &record, sizeof record);
}

void fw_entropy(fw_io* io, uint32_t token, uint32_t octets) { post_u32(io, DECTBED_REQ_ENTROPY, token, octets); }
void fw_factory_read(fw_io* io, uint32_t token, uint32_t item, uint32_t offset) {
    dectbed_req_factory_read request = {0};
    request.item = item;
    request.offset = offset;
    post(io, DECTBED_REQ_FACTORY_READ, token, &request, sizeof request);
}
void fw_consume_cpu(fw_io* io, uint32_t us) { post_u32(io, DECTBED_REQ_CONSUME_CPU, 0, us); }
void fw_watchdog(fw_io* io, uint32_t timeout_ms) { post_u32(io, DECTBED_REQ_WATCHDOG, 0, timeout_ms); }
void fw_watchdog_awake(fw_io* io, uint32_t timeout_ms) { post_u32(io, DECTBED_REQ_WATCHDOG_AWAKE, 0, timeout_ms); }
void fw_reset(fw_io* io, uint32_t cause) { post_u32(io, DECTBED_REQ_RESET, 0, cause); }

void fw_log(fw_io* io, uint32_t level, const char* format, ...) {
    struct {
        dectbed_req_log head;
        char text[log_octets_max];
    } request;
    memset(&request, 0, sizeof request);
    request.head.level = level;
    va_list arguments;
    va_start(arguments, format);
    const int wanted = vsnprintf(request.text, sizeof request.text, format, arguments);
    va_end(arguments);
    if (wanted < 0) return;
    const size_t length = (size_t)wanted < sizeof request.text ? (size_t)wanted : sizeof request.text - 1;
    post(io, DECTBED_REQ_LOG, 0, &request, sizeof request.head + length);
}

static void copy_text(char* out, size_t size, const char* text) {
    const size_t length = strnlen(text, size - 1);
    memcpy(out, text, length);
    out[length] = '\0';
}

void fw_state(fw_io* io, const char* machine, const char* state, const char* cause) {
    dectbed_req_state request;
    memset(&request, 0, sizeof request);
    copy_text(request.machine, sizeof request.machine, machine);
    copy_text(request.state, sizeof request.state, state);
    copy_text(request.cause, sizeof request.cause, cause);
    post(io, DECTBED_REQ_STATE, 0, &request, sizeof request);
}

/* --- network --- */

void fw_ethernet_open(fw_io* io, uint16_t ethertype) {
    dectbed_req_ethernet_open request = {0};
    request.ethertype = ethertype;
    post(io, DECTBED_REQ_ETHERNET_OPEN, 0, &request, sizeof request);
}

void fw_ethernet_send(fw_io* io, const void* frame, size_t octets) {
    struct {
        dectbed_record head;
        uint8_t data[frame_octets_max];
    } request;
    if (octets > sizeof request.data) return;
    memcpy(request.data, frame, octets);
    post(io, DECTBED_REQ_ETHERNET_SEND, 0, &request, sizeof request.head + octets);
}

void fw_ip_configure(fw_io* io, uint32_t address, uint32_t prefix_length, uint32_t gateway) {
    fw_ip_configure_routes(io, address, prefix_length, gateway, NULL, 0);
}

void fw_ip_configure_routes(fw_io* io, uint32_t address, uint32_t prefix_length, uint32_t gateway,
                            const dectbed_ip_route* routes, uint32_t count) {
    struct {
        dectbed_req_ip_configure head;
        dectbed_ip_route routes[DECTBED_IP_ROUTES_MAX];
    } request = {0};
    if (count > DECTBED_IP_ROUTES_MAX) count = DECTBED_IP_ROUTES_MAX;
    request.head.address = address;
    request.head.prefix_length = prefix_length;
    request.head.gateway = gateway;
    if (count > 0) memcpy(request.routes, routes, count * sizeof *routes);
    post(io, DECTBED_REQ_IP_CONFIGURE, 0, &request, sizeof request.head + count * sizeof *routes);
}

void fw_address_probe(fw_io* io, uint32_t address) {
    dectbed_req_address request = {0};
    request.address = address;
    post(io, DECTBED_REQ_ADDRESS_PROBE, 0, &request, sizeof request);
}

void fw_vlan(fw_io* io, uint16_t vlan, uint16_t priority) {
    dectbed_req_address request = {0};
    request.vlan = vlan;
    request.priority = priority;
    post(io, DECTBED_REQ_VLAN, 0, &request, sizeof request);
}

static void post_socket(fw_io* io, uint16_t type, uint32_t token, uint32_t socket, uint32_t address, uint16_t port) {
    dectbed_req_socket request = {0};
    request.socket = socket;
    request.address = address;
    request.port = port;
    post(io, type, token, &request, sizeof request);
}

void fw_udp_open(fw_io* io, uint32_t token, uint32_t socket, uint16_t port) {
    post_socket(io, DECTBED_REQ_UDP_OPEN, token, socket, 0, port);
}
void fw_udp_close(fw_io* io, uint32_t socket) { post_socket(io, DECTBED_REQ_UDP_CLOSE, 0, socket, 0, 0); }

bool fw_udp_send(fw_io* io, uint32_t token, uint32_t socket, uint32_t address, uint16_t port, const void* data,
                 size_t octets) {
    struct {
        dectbed_req_udp_send head;
        uint8_t data[udp_octets_max];
    } request;
    if (octets > sizeof request.data) return false;
    memset(&request.head, 0, sizeof request.head);
    request.head.socket = socket;
    request.head.address = address;
    request.head.port = port;
    memcpy(request.data, data, octets);
    post(io, DECTBED_REQ_UDP_SEND, token, &request, sizeof request.head + octets);
    return true;
}

void fw_tcp_connect(fw_io* io, uint32_t token, uint32_t socket, uint32_t address, uint16_t port) {
    post_socket(io, DECTBED_REQ_TCP_CONNECT, token, socket, address, port);
}

void fw_tcp_send(fw_io* io, uint32_t token, uint32_t socket, const void* data, size_t octets) {
    struct {
        dectbed_req_tcp_send head;
        uint8_t data[tcp_piece_octets];
    } request;
    const uint8_t* from = (const uint8_t*)data;
    while (octets > 0) {
        const size_t piece = octets < sizeof request.data ? octets : sizeof request.data;
        memset(&request.head, 0, sizeof request.head);
        request.head.socket = socket;
        memcpy(request.data, from, piece);
        post(io, DECTBED_REQ_TCP_SEND, token, &request, sizeof request.head + piece);
        from += piece;
        octets -= piece;
    }
}

void fw_tcp_close(fw_io* io, uint32_t socket) { post_socket(io, DECTBED_REQ_TCP_CLOSE, 0, socket, 0, 0); }
void fw_tcp_abort(fw_io* io, uint32_t socket) { post_socket(io, DECTBED_REQ_TCP_ABORT, 0, socket, 0, 0); }

/* --- radio --- */

void fw_radio_start(fw_io* io, uint32_t token, uint8_t band, int32_t power_milli_dbm) {
    fw_radio_start_found(io, token, band, power_milli_dbm, DECTBED_BAND_DISCOVERY_SKU);
}

void fw_radio_start_found(fw_io* io, uint32_t token, uint8_t band, int32_t power_milli_dbm, uint8_t found_by) {
    dectbed_req_radio_start request = {0};
    request.band = band;
    request.found_by = found_by;
    request.power_milli_dbm = power_milli_dbm;
    post(io, DECTBED_REQ_RADIO_START, token, &request, sizeof request);
}

void fw_radio_stop(fw_io* io) { post_empty(io, DECTBED_REQ_RADIO_STOP); }

void fw_radio_information(fw_io* io, const dectbed_system_information* information) {
    dectbed_req_radio_system_information request;
    memset(&request, 0, sizeof request);
    request.information = *information;
    post(io, DECTBED_REQ_RADIO_SYSTEM_INFORMATION, 0, &request, sizeof request);
}

void fw_radio_scan(fw_io* io, uint32_t token, uint8_t band, uint32_t dwell_frames) {
    fw_radio_scan_strongest(io, token, band, dwell_frames, 0);
}

void fw_radio_scan_strongest(fw_io* io, uint32_t token, uint8_t band, uint32_t dwell_frames, uint8_t strongest) {
    dectbed_req_radio_scan request = {0};
    request.band = band;
    request.strongest = strongest;
    request.dwell_frames = dwell_frames;
    post(io, DECTBED_REQ_RADIO_SCAN, token, &request, sizeof request);
}

void fw_radio_lock(fw_io* io, uint32_t token, uint8_t band, const uint8_t rfpi[5]) {
    dectbed_req_radio_lock request = {0};
    request.band = band;
    memcpy(request.rfpi, rfpi, sizeof request.rfpi);
    post(io, DECTBED_REQ_RADIO_LOCK, token, &request, sizeof request);
}

void fw_radio_unlock(fw_io* io) {
    dectbed_req_radio_lock request = {0};
    post(io, DECTBED_REQ_RADIO_UNLOCK, 0, &request, sizeof request);
}

static void post_link(fw_io* io, uint16_t type, uint32_t token, uint32_t link, uint32_t pmid) {
    dectbed_req_link request = {0};
    request.link = link;
    request.pmid = pmid;
    post(io, type, token, &request, sizeof request);
}
void fw_link_open(fw_io* io, uint32_t token) { post_link(io, DECTBED_REQ_LINK_OPEN, token, 0, 0); }
void fw_link_release(fw_io* io, uint32_t link) { post_link(io, DECTBED_REQ_LINK_RELEASE, 0, link, 0); }
void fw_link_call(fw_io* io, uint32_t pmid) { post_link(io, DECTBED_REQ_LINK_OPEN, 0, 0, pmid); }
void fw_link_release_to_listen(fw_io* io, uint32_t link, uint32_t pmid) {
    post_link(io, DECTBED_REQ_LINK_RELEASE, 0, link, pmid);
}

bool fw_radio_page(fw_io* io, uint32_t token, const uint8_t* page, size_t octets) {
    enum { short_octets = 3, full_octets = 5 };
    struct {
        dectbed_record head;
        uint8_t data[full_octets];
    } request;
    if (octets != short_octets && octets != full_octets) return false;
    memcpy(request.data, page, octets);
    post(io, DECTBED_REQ_RADIO_PAGE, token, &request, sizeof request.head + octets);
    return true;
}

bool fw_nwk_send(fw_io* io, uint32_t token, uint32_t link, const void* message, size_t octets) {
    struct {
        dectbed_req_link head;
        uint8_t data[nwk_octets_max];
    } request;
    if (octets > sizeof request.data) return false;
    memset(&request.head, 0, sizeof request.head);
    request.head.link = link;
    memcpy(request.data, message, octets);
    post(io, DECTBED_REQ_NWK_SEND, token, &request, sizeof request.head + octets);
    return true;
}

/* --- people --- */

void fw_led(fw_io* io, uint32_t led, uint32_t pattern) {
    dectbed_req_led request = {0};
    request.led = led;
    request.pattern = pattern;
    post(io, DECTBED_REQ_LED, 0, &request, sizeof request);
}

void fw_display(fw_io* io, const char* text) {
    struct {
        dectbed_record head;
        char text[display_octets_max];
    } request;
    const size_t length = strnlen(text, sizeof request.text);
    memcpy(request.text, text, length);
    post(io, DECTBED_REQ_DISPLAY, 0, &request, sizeof request.head + length);
}

/* --- flash --- */

static void post_flash(fw_io* io, uint16_t type, uint32_t token, uint32_t address, uint32_t length) {
    dectbed_req_flash request = {0};
    request.address = address;
    request.length = length;
    post(io, type, token, &request, sizeof request);
}
void fw_flash_read(fw_io* io, uint32_t token, uint32_t address, uint32_t octets) {
    post_flash(io, DECTBED_REQ_FLASH_READ, token, address, octets);
}
void fw_flash_erase(fw_io* io, uint32_t token, uint32_t address) {
    post_flash(io, DECTBED_REQ_FLASH_ERASE, token, address, 0);
}

bool fw_flash_program(fw_io* io, uint32_t token, uint32_t address, const void* data, size_t octets) {
    struct {
        dectbed_req_flash head;
        uint8_t data[flash_piece_octets_max];
    } request;
    if (octets > sizeof request.data) return false;
    memset(&request.head, 0, sizeof request.head);
    request.head.address = address;
    request.head.length = (uint32_t)octets;
    memcpy(request.data, data, octets);
    post(io, DECTBED_REQ_FLASH_PROGRAM, token, &request, sizeof request.head + octets);
    return true;
}

/* --- text --- */

void fw_ipv4_text(uint32_t address, char out[16]) {
    snprintf(out, 16, "%u.%u.%u.%u", address >> 24 & 255, address >> 16 & 255, address >> 8 & 255, address & 255);
}

bool fw_ipv4_parse(const char* text, size_t length, uint32_t* address) {
    uint32_t value = 0;
    size_t at = 0;
    for (int part = 0; part < 4; ++part) {
        if (part > 0 && (at >= length || text[at++] != '.')) return false;
        uint32_t number = 0;
        size_t digits = 0;
        while (at < length && text[at] >= '0' && text[at] <= '9' && digits < 3) {
            number = number * 10 + (uint32_t)(text[at++] - '0');
            ++digits;
        }
        if (digits == 0 || number > 255) return false;
        value = value << 8 | number;
    }
    if (at != length) return false;
    *address = value;
    return true;
}

static void mac_text(const uint8_t mac[6], const char* between, char* out) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < 6; ++i) {
        if (i > 0 && *between != '\0') *out++ = *between;
        *out++ = digits[mac[i] >> 4];
        *out++ = digits[mac[i] & 15];
    }
    *out = '\0';
}
void fw_mac12(const uint8_t mac[6], char out[13]) { mac_text(mac, "", out); }
void fw_mac_colons(const uint8_t mac[6], char out[18]) { mac_text(mac, ":", out); }

bool fw_append(char* out, size_t size, size_t* used, const char* format, ...) {
    if (*used >= size) return false;
    va_list arguments;
    va_start(arguments, format);
    const int wanted = vsnprintf(out + *used, size - *used, format, arguments);
    va_end(arguments);
    if (wanted < 0 || (size_t)wanted >= size - *used) {
        out[*used] = '\0';
        return false;
    }
    *used += (size_t)wanted;
    return true;
}
