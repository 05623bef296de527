/* SPDX-License-Identifier: MIT-0 */
#include "tftp_client.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    read_request = 1,
    data_packet = 3,
    acknowledgement = 4,
    error_packet = 5,
    option_acknowledgement = 6,
    unknown_transfer = 5,
    option_refused = 8,
    usual_block_octets = 512,
    tries_max = 6,
    request_octets_max = 512
};
/* RFC 1123, 4.2.3.2 asks for an adaptive wait that grows; 1, 2, 4, 8, 16 and 16 s. */
static const uint64_t first_wait_us = 1 * FW_SECOND_US, wait_max_us = 16 * FW_SECOND_US;

const char* fw_tftp_error_text(enum fw_tftp_error error) {
    switch (error) {
        case FW_TFTP_OK:
            return "ok";
        case FW_TFTP_NAME_NOT_FOUND:
            return "name not found";
        case FW_TFTP_NAME_TIMEOUT:
            return "no answer from dns";
        case FW_TFTP_TIMEOUT:
            return "no answer";
        case FW_TFTP_REFUSED:
            return "refused";
        case FW_TFTP_MALFORMED:
            return "malformed answer";
        case FW_TFTP_TOO_LARGE:
            return "file too large";
        case FW_TFTP_BAD_PATH:
            return "bad path";
    }
    return "unknown";
}

void fw_tftp_init(fw_tftp_client* c, fw_io* io, fw_dns_client* dns, const fw_tftp_config* config) {
    memset(c, 0, sizeof *c);
    c->io = io;
    c->dns = dns;
    c->config = *config;
    c->query = -1;
}

static void leave(fw_tftp_client* c) {
    if (c->state == FW_TFTP_IDLE) return;
    fw_timer_stop(c->io, c->config.timer);
    fw_dns_cancel(c->dns, c->query);
    c->query = -1;
    if (c->state != FW_TFTP_RESOLVING) fw_udp_close(c->io, c->socket);
    c->state = FW_TFTP_IDLE;
}

static void finish(fw_tftp_client* c, enum fw_tftp_error error, uint16_t code, const char* text) {
    static const char nothing[] = "";
    fw_tftp_result result = {error, code, "", nothing, 0};
    size_t used = 0;
    (void)fw_append(result.text, sizeof result.text, &used, "%s", text);
    leave(c);
    char* const body = c->body; /* the owner may start the next transfer */
    c->body = NULL;
    if (error == FW_TFTP_OK && body != NULL) {
        body[c->octets] = '\0';
        result.body = body;
    }
    if (error == FW_TFTP_OK) result.body_octets = c->octets;
    c->done(c->context, &result);
    free(body);
}

static void wait(fw_tftp_client* c) {
    uint64_t delay_us = first_wait_us << (c->tries < 5 ? c->tries : 5);
    if (delay_us > wait_max_us) delay_us = wait_max_us;
    fw_timer_start(c->io, c->config.timer, delay_us);
}

static bool put_option(char* out, size_t* used, const char* name, uint32_t value) {
    /* each text is followed by a zero, which fw_append() writes but does not count */
    if (!fw_append(out, request_octets_max, used, "%s", name)) return false;
    ++*used;
    if (!fw_append(out, request_octets_max, used, "%u", value)) return false;
    ++*used;
    return true;
}

static bool ask(fw_tftp_client* c) {
    char out[request_octets_max] = {0, read_request};
    size_t used = 2;
    bool fits = fw_append(out, sizeof out, &used, "%s", c->path);
    ++used;
    fits = fits && fw_append(out, sizeof out, &used, "octet");
    ++used;
    if (!c->plain) {
        if (c->config.block_octets != usual_block_octets)
            fits = fits && put_option(out, &used, "blksize", c->config.block_octets);
        fits = fits && put_option(out, &used, "tsize", 0);
        if (c->config.window > 1) fits = fits && put_option(out, &used, "windowsize", c->config.window);
    }
    return fits && fw_udp_send(c->io, c->config.token, c->socket, c->server, c->port, out, used);
}

static void acknowledge(fw_tftp_client* c, uint16_t block) {
    const uint8_t out[4] = {0, acknowledgement, (uint8_t)(block >> 8), (uint8_t)block};
    fw_udp_send(c->io, c->config.token, c->socket, c->server, c->transfer_port, out, sizeof out);
    c->unacknowledged = 0;
}

static void refuse(fw_tftp_client* c, uint16_t port, uint8_t code, const char* text) {
    char out[64] = {0, error_packet, 0, (char)code};
    size_t used = 4;
    if (fw_append(out, sizeof out, &used, "%s", text)) {
        fw_udp_send(c->io, c->config.token, c->socket, c->server, port, out, used + 1);
    }
}

static void begin(fw_tftp_client* c) {
    c->state = FW_TFTP_ASKING;
    c->socket = c->config.socket_first + c->turn++ % FW_TFTP_SOCKETS;
    c->transfer_port = 0;
    c->expected = 1;
    c->unacknowledged = 0;
    c->gap = false;
    c->tries = 0;
    c->block_octets = usual_block_octets;
    c->window = 1;
    c->octets = 0;
    fw_udp_open(c->io, c->config.token, c->socket, 0);
    if (!ask(c)) {
        finish(c, FW_TFTP_BAD_PATH, 0, "");
        return;
    }
    wait(c);
}

static void resolved(void* context, enum fw_dns_result result, uint32_t address) {
    fw_tftp_client* c = (fw_tftp_client*)context;
    c->query = -1;
    if (result != FW_DNS_OK) {
        finish(c, result == FW_DNS_NOT_FOUND ? FW_TFTP_NAME_NOT_FOUND : FW_TFTP_NAME_TIMEOUT, 0, "");
        return;
    }
    c->server = address;
    begin(c);
}

void fw_tftp_start(fw_tftp_client* c, const char* host, uint16_t port, const char* path, fw_tftp_done done,
                   void* context) {
    fw_tftp_get(c, host, port, path, NULL, done, context);
}

void fw_tftp_get(fw_tftp_client* c, const char* host, uint16_t port, const char* path, fw_sink sink, fw_tftp_done done,
                 void* context) {
    fw_tftp_cancel(c);
    c->sink = sink;
    c->done = done;
    c->context = context;
    c->port = port != 0 ? port : FW_TFTP_PORT;
    c->plain = false;
    const size_t length = strnlen(path, FW_TFTP_PATH_OCTETS);
    c->state = FW_TFTP_RESOLVING;
    if (length == 0 || length == FW_TFTP_PATH_OCTETS) {
        finish(c, FW_TFTP_BAD_PATH, 0, "");
        return;
    }
    memcpy(c->path, path, length + 1);
    const int query = fw_dns_resolve(c->dns, host, resolved, c);
    if (query >= 0) c->query = query;
}

void fw_tftp_cancel(fw_tftp_client* c) {
    leave(c);
    free(c->body);
    c->body = NULL;
}

void fw_tftp_free(fw_tftp_client* c) {
    free(c->body);
    c->body = NULL;
    c->state = FW_TFTP_IDLE;
}

/* --- answers --- */

/* Next text of a packet; NULL: it does not end. */
static const char* next_text(const uint8_t* data, size_t octets, size_t* at) {
    const uint8_t* end = *at < octets ? (const uint8_t*)memchr(data + *at, 0, octets - *at) : NULL;
    if (end == NULL) return NULL;
    const char* text = (const char*)data + *at;
    *at = (size_t)(end - data) + 1;
    return text;
}

static bool number_of(const char* text, uint32_t high, uint32_t* out) {
    uint32_t value = 0;
    if (*text == '\0' || strlen(text) > 9) return false;
    for (; *text != '\0'; ++text) {
        if (*text < '0' || *text > '9') return false;
        value = value * 10 + (uint32_t)(*text - '0');
    }
    *out = value;
    return value <= high;
}

static void options_received(fw_tftp_client* c, const uint8_t* data, size_t octets) {
    size_t at = 2;
    uint32_t value = 0;
    while (at < octets) {
        const char* name = next_text(data, octets, &at);
        const char* text = name != NULL ? next_text(data, octets, &at) : NULL;
        bool good = text != NULL && !c->plain;
        if (good && strcasecmp(name, "blksize") == 0) {
            good = number_of(text, c->config.block_octets, &value) && value >= 8;
            c->block_octets = (uint16_t)value;
        } else if (good && strcasecmp(name, "windowsize") == 0) {
            good = number_of(text, c->config.window, &value) && value >= 1;
            c->window = (uint16_t)value;
        } else if (good && strcasecmp(name, "tsize") == 0) {
            const bool collects = c->sink == NULL;
            if (number_of(text, 0xFFFFFFFFu, &value) && collects && value > c->config.body_octets_max) {
                refuse(c, c->transfer_port, 3, "Disk full or allocation exceeded");
                finish(c, FW_TFTP_TOO_LARGE, 0, "");
                return;
            }
        } else {
            good = false;
        }
        if (!good) {
            refuse(c, c->transfer_port, option_refused, "Option not asked for");
            finish(c, FW_TFTP_MALFORMED, 0, "");
            return;
        }
    }
    c->state = FW_TFTP_RECEIVING;
    c->tries = 0;
    acknowledge(c, 0);
    wait(c);
}

static bool keep(fw_tftp_client* c, const uint8_t* data, size_t octets) {
    if (c->sink != NULL) {
        const uint64_t offset = c->octets;
        c->octets += octets;
        return octets == 0 || c->sink(c->context, offset, data, octets);
    }
    if (octets > c->config.body_octets_max - c->octets) return false;
    if (c->octets + octets + 1 > c->capacity || c->body == NULL) {
        const size_t wanted = 2 * (c->octets + octets) + 1;
        char* grown = (char*)realloc(c->body, wanted);
        if (grown == NULL) return false;
        c->body = grown;
        c->capacity = wanted;
    }
    memcpy(c->body + c->octets, data, octets);
    c->octets += octets;
    return true;
}

static void block_received(fw_tftp_client* c, const uint8_t* data, size_t octets) {
    const uint16_t block = (uint16_t)(data[2] << 8 | data[3]);
    if (octets - 4 > c->block_octets) return;
    c->state = FW_TFTP_RECEIVING;
    if (block != c->expected) {
        /* Something is missing, or came twice: the server hears once where to go on (RFC 7440, 4). */
        if (!c->gap) acknowledge(c, (uint16_t)(c->expected - 1));
        c->gap = true;
        return;
    }
    if (!keep(c, data + 4, octets - 4)) {
        refuse(c, c->transfer_port, 3, "Disk full or allocation exceeded");
        finish(c, FW_TFTP_TOO_LARGE, 0, "");
        return;
    }
    c->gap = false;
    c->tries = 0;
    ++c->expected;
    ++c->unacknowledged;
    const bool last = octets - 4 < c->block_octets;
    if (last || c->unacknowledged >= c->window) acknowledge(c, block);
    if (last) {
        finish(c, FW_TFTP_OK, 0, "");
        return;
    }
    wait(c);
}

static void receive(fw_tftp_client* c, uint16_t port, const uint8_t* data, size_t octets) {
    if (octets < 4 || data[0] != 0) return;
    if (c->transfer_port == 0) {
        c->transfer_port = port;
    } else if (port != c->transfer_port) { /* RFC 1350, 4 */
        if (data[1] != error_packet) refuse(c, port, unknown_transfer, "Unknown transfer ID");
        return;
    }
    if (data[1] == error_packet) {
        const uint16_t code = (uint16_t)(data[2] << 8 | data[3]);
        size_t at = 4;
        const char* text = next_text(data, octets, &at);
        if (code == option_refused && !c->plain && c->state == FW_TFTP_ASKING) {
            fw_udp_close(c->io, c->socket);
            c->plain = true;
            begin(c);
            return;
        }
        finish(c, FW_TFTP_REFUSED, code, text != NULL ? text : "");
    } else if (data[1] == option_acknowledgement && c->state == FW_TFTP_ASKING) {
        options_received(c, data, octets);
    } else if (data[1] == option_acknowledgement && c->expected == 1) {
        acknowledge(c, 0); /* it did not get ours */
    } else if (data[1] == data_packet) {
        block_received(c, data, octets);
    }
}

static void timeout(fw_tftp_client* c) {
    if (c->state != FW_TFTP_ASKING && c->state != FW_TFTP_RECEIVING) return;
    if (c->io->naive || ++c->tries >= tries_max) {
        finish(c, FW_TFTP_TIMEOUT, 0, "");
        return;
    }
    if (c->state == FW_TFTP_ASKING) {
        (void)ask(c);
    } else {
        acknowledge(c, (uint16_t)(c->expected - 1));
        c->gap = false;
    }
    wait(c);
}

bool fw_tftp_handle(fw_tftp_client* c, const dectbed_event* event) {
    if (event->record.type == DECTBED_EV_TIMER) {
        if (((const dectbed_ev_timer*)event)->timer != c->config.timer) return false;
        timeout(c);
        return true;
    }
    if (event->record.type == DECTBED_EV_UDP_RECEIVED) {
        const dectbed_ev_udp_received* received = (const dectbed_ev_udp_received*)event;
        if (received->socket - c->config.socket_first >= FW_TFTP_SOCKETS) return false;
        const bool ours = c->state == FW_TFTP_ASKING || c->state == FW_TFTP_RECEIVING;
        const fw_payload payload = fw_event_payload(event);
        if (ours && received->socket == c->socket && received->address == c->server) {
            receive(c, received->port, payload.data, payload.octets);
        }
        return true;
    }
    /* a refused request is like a lost datagram: the timer repeats it */
    return event->record.type == DECTBED_EV_REFUSED && event->record.token == c->config.token;
}
