/* SPDX-License-Identifier: MIT-0 */
#include "ftp_client.h"

#include <stdlib.h>
#include <string.h>

/* Generous for a slow access line, short for a person who waits beside the device: as http_client.c. */
static const uint64_t connect_timeout_us = 10 * FW_SECOND_US;
static const uint64_t silence_timeout_us = 15 * FW_SECOND_US;

const char* fw_ftp_error_text(enum fw_ftp_error error) {
    switch (error) {
        case FW_FTP_OK:
            return "ok";
        case FW_FTP_NAME_NOT_FOUND:
            return "name not found";
        case FW_FTP_NAME_TIMEOUT:
            return "no answer from dns";
        case FW_FTP_CONNECT_FAILED:
            return "connection refused";
        case FW_FTP_TIMEOUT:
            return "no answer";
        case FW_FTP_REFUSED:
            return "refused";
        case FW_FTP_CLOSED_EARLY:
            return "connection closed early";
        case FW_FTP_MALFORMED:
            return "malformed reply";
        case FW_FTP_TOO_LARGE:
            return "file too large";
        case FW_FTP_BAD_PATH:
            return "bad path";
    }
    return "unknown";
}

void fw_ftp_init(fw_ftp_client* c, fw_io* io, fw_dns_client* dns, const fw_ftp_config* config) {
    memset(c, 0, sizeof *c);
    c->io = io;
    c->dns = dns;
    c->config = *config;
    c->query = -1;
}

static uint32_t next_socket(fw_ftp_client* c) { return c->config.socket_first + c->turn++ % FW_FTP_SOCKETS; }

static void leave(fw_ftp_client* c, bool orderly) {
    if (c->state == FW_FTP_IDLE) return;
    fw_timer_stop(c->io, c->config.timer);
    fw_dns_cancel(c->dns, c->query);
    c->query = -1;
    if (c->data != 0) fw_tcp_abort(c->io, c->data);
    if (c->control != 0 && orderly) {
        fw_tcp_send(c->io, c->config.token, c->control, "QUIT\r\n", 6);
        fw_tcp_close(c->io, c->control);
    } else if (c->control != 0) {
        fw_tcp_abort(c->io, c->control);
    }
    c->data = c->control = 0;
    c->state = FW_FTP_IDLE;
}

static void finish(fw_ftp_client* c, enum fw_ftp_error error, unsigned code) {
    static const char nothing[] = "";
    fw_ftp_result result = {error, code, nothing, 0};
    leave(c, error == FW_FTP_OK || error == FW_FTP_REFUSED);
    char* const body = c->body; /* the owner may start the next transfer */
    c->body = NULL;
    if (error == FW_FTP_OK && body != NULL) {
        body[c->octets] = '\0';
        result.body = body;
        result.body_octets = c->octets;
    }
    c->done(c->context, &result);
    free(body);
}

static void wait(fw_ftp_client* c) { fw_timer_start(c->io, c->config.timer, silence_timeout_us); }

static void say(fw_ftp_client* c, const char* verb, const char* argument) {
    char out[FW_FTP_PATH_OCTETS + 16];
    size_t used = 0;
    (void)fw_append(out, sizeof out, &used, argument[0] != '\0' ? "%s %s\r\n" : "%s%s\r\n", verb, argument);
    fw_tcp_send(c->io, c->config.token, c->control, out, used);
    wait(c);
}

static bool harmless(const char* text, size_t octets_max) {
    const size_t length = strnlen(text, octets_max);
    if (length == octets_max) return false;
    for (size_t i = 0; i < length; ++i) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F) return false;
    }
    return true;
}

static void resolved(void* context, enum fw_dns_result result, uint32_t address) {
    fw_ftp_client* c = (fw_ftp_client*)context;
    c->query = -1;
    if (result != FW_DNS_OK) {
        finish(c, result == FW_DNS_NOT_FOUND ? FW_FTP_NAME_NOT_FOUND : FW_FTP_NAME_TIMEOUT, 0);
        return;
    }
    c->server = address;
    c->state = FW_FTP_CONNECTING;
    c->control = next_socket(c);
    fw_tcp_connect(c->io, c->config.token, c->control, address, c->port);
    fw_timer_start(c->io, c->config.timer, connect_timeout_us);
}

void fw_ftp_start(fw_ftp_client* c, const char* host, uint16_t port, const char* user, const char* password,
                  const char* path, fw_ftp_done done, void* context) {
    fw_ftp_cancel(c);
    c->done = done;
    c->context = context;
    c->port = port != 0 ? port : FW_FTP_PORT;
    c->begun = c->data_done = c->complete = false;
    c->multiline = 0;
    c->line_octets = c->octets = 0;
    c->state = FW_FTP_RESOLVING;
    while (*path == '/') ++path;
    if (user[0] == '\0') {
        user = "anonymous";
        password = "anonymous@"; /* RFC 1635 */
    }
    if (*path == '\0' || !harmless(path, sizeof c->path) || !harmless(user, sizeof c->user) ||
        !harmless(password, sizeof c->password)) {
        finish(c, FW_FTP_BAD_PATH, 0);
        return;
    }
    memcpy(c->path, path, strlen(path) + 1);
    memcpy(c->user, user, strlen(user) + 1);
    memcpy(c->password, password, strlen(password) + 1);
    const int query = fw_dns_resolve(c->dns, host, resolved, c);
    if (query >= 0) c->query = query;
}

void fw_ftp_cancel(fw_ftp_client* c) {
    leave(c, false);
    free(c->body);
    c->body = NULL;
}

void fw_ftp_free(fw_ftp_client* c) {
    free(c->body);
    c->body = NULL;
    c->state = FW_FTP_IDLE;
}

/* --- replies --- */

static bool read_number(const char** at, uint32_t high, uint32_t* out) {
    uint32_t value = 0;
    const char* p = *at;
    if (*p < '0' || *p > '9') return false;
    for (; *p >= '0' && *p <= '9'; ++p) {
        value = value * 10 + (uint32_t)(*p - '0');
        if (value > high) return false;
    }
    *at = p;
    *out = value;
    return true;
}

bool fw_ftp_read_passive(const char* line, uint16_t* port) {
    /* RFC 1123, 4.1.2.6: the parentheses may be missing; the first digit behind the code counts */
    uint32_t number[6];
    const char* p = strlen(line) > 4 ? line + 4 : "";
    p += strcspn(p, "0123456789");
    for (int i = 0; i < 6; ++i) {
        if (i > 0 && *p++ != ',') return false;
        if (!read_number(&p, 255, &number[i])) return false;
    }
    *port = (uint16_t)(number[4] << 8 | number[5]);
    return *port != 0;
}

bool fw_ftp_read_extended_passive(const char* line, uint16_t* port) {
    const char* p = strchr(line, '(');
    uint32_t value = 0;
    if (p == NULL) return false;
    const char mark = p[1];
    if (mark < 33 || mark > 126 || p[2] != mark || p[3] != mark) return false;
    p += 4;
    if (!read_number(&p, 65535, &value) || p[0] != mark || p[1] != ')') return false;
    *port = (uint16_t)value;
    return value != 0;
}

static void open_data(fw_ftp_client* c, uint16_t port) {
    c->state = FW_FTP_OPENING;
    c->data = next_socket(c);
    fw_tcp_connect(c->io, c->config.token, c->data, c->server, port);
    fw_timer_start(c->io, c->config.timer, connect_timeout_us);
}

static void reply_received(fw_ftp_client* c, unsigned code, const char* line) {
    const unsigned kind = code / 100;
    uint16_t port = 0;
    if (kind == 1 && c->state != FW_FTP_RETR) return; /* 120: ready in some minutes */
    switch (c->state) {
        case FW_FTP_GREETING:
            if (kind != 2) break;
            c->state = FW_FTP_USER;
            say(c, "USER", c->user);
            return;
        case FW_FTP_USER:
            if (code == 331) {
                c->state = FW_FTP_PASS;
                say(c, "PASS", c->password);
                return;
            }
            if (kind != 2) break; /* 230: no password is wanted */
            c->state = FW_FTP_TYPE;
            say(c, "TYPE", "I");
            return;
        case FW_FTP_PASS:
            if (kind != 2) break;
            c->state = FW_FTP_TYPE;
            say(c, "TYPE", "I");
            return;
        case FW_FTP_TYPE:
            if (kind != 2) break;
            c->state = FW_FTP_EPSV;
            say(c, "EPSV", "");
            return;
        case FW_FTP_EPSV:
            if (code == 229 && fw_ftp_read_extended_passive(line, &port)) {
                open_data(c, port);
            } else {
                c->state = FW_FTP_PASV;
                say(c, "PASV", "");
            }
            return;
        case FW_FTP_PASV:
            if (code != 227) break;
            if (fw_ftp_read_passive(line, &port)) {
                open_data(c, port);
            } else {
                finish(c, FW_FTP_MALFORMED, code);
            }
            return;
        case FW_FTP_RETR:
            if (kind == 1) {
                c->begun = true;
                wait(c);
                return;
            }
            if (kind != 2) break;
            c->complete = true;
            if (c->data_done) {
                finish(c, FW_FTP_OK, code);
            } else {
                wait(c); /* for the rest of the data */
            }
            return;
        case FW_FTP_IDLE:
        case FW_FTP_RESOLVING:
        case FW_FTP_CONNECTING:
        case FW_FTP_OPENING:
            if (kind < 4) return;
            break;
    }
    finish(c, FW_FTP_REFUSED, code);
}

/* RFC 959, 4.2: "123-First line", any lines, "123 Last line". False: the client has finished, or this is no reply. */
static bool line_received(fw_ftp_client* c) {
    const char* line = c->line;
    const bool coded = line[0] >= '1' && line[0] <= '5' && line[1] >= '0' && line[1] <= '9' && line[2] >= '0' &&
                       line[2] <= '9' && (line[3] == ' ' || line[3] == '-' || line[3] == '\0');
    const unsigned code = coded ? (unsigned)((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0')) : 0;
    if (c->multiline != 0) {
        if (code != c->multiline || line[3] == '-') return true;
        c->multiline = 0;
    } else if (!coded) {
        finish(c, FW_FTP_MALFORMED, 0);
        return false;
    } else if (line[3] == '-') {
        c->multiline = code;
        return true;
    }
    reply_received(c, code, line);
    return c->state != FW_FTP_IDLE;
}

static void control_received(fw_ftp_client* c, const fw_payload* p) {
    const uint32_t control = c->control;
    for (size_t i = 0; i < p->octets; ++i) {
        const char octet = (char)p->data[i];
        if (octet != '\n') {
            /* of a longer line the beginning counts */
            if (c->line_octets + 1 < sizeof c->line && octet != '\0') c->line[c->line_octets++] = octet;
            continue;
        }
        if (c->line_octets > 0 && c->line[c->line_octets - 1] == '\r') --c->line_octets;
        c->line[c->line_octets] = '\0';
        c->line_octets = 0;
        if (!line_received(c) || c->control != control) return;
    }
}

static void data_received(fw_ftp_client* c, const fw_payload* p) {
    if (p->octets > c->config.body_octets_max - c->octets) {
        finish(c, FW_FTP_TOO_LARGE, 0);
        return;
    }
    if (c->body == NULL || c->octets + p->octets + 1 > c->capacity) {
        const size_t wanted = 2 * (c->octets + p->octets) + 1;
        char* grown = (char*)realloc(c->body, wanted);
        if (grown == NULL) {
            finish(c, FW_FTP_TOO_LARGE, 0);
            return;
        }
        c->body = grown;
        c->capacity = wanted;
    }
    memcpy(c->body + c->octets, p->data, p->octets);
    c->octets += p->octets;
    wait(c);
}

static void closed(fw_ftp_client* c, uint32_t socket, uint32_t reason) {
    if (socket == c->control) {
        c->control = 0;
        finish(c, c->state == FW_FTP_CONNECTING ? FW_FTP_CONNECT_FAILED : FW_FTP_CLOSED_EARLY, 0);
        return;
    }
    c->data = 0;
    if (c->state == FW_FTP_RETR && !c->begun) { /* the reply tells why: refused, or over before its 150 came */
        c->data_done = reason == DECTBED_TCP_CLOSED_BY_PEER;
        return;
    }
    if (reason != DECTBED_TCP_CLOSED_BY_PEER || c->state != FW_FTP_RETR) {
        finish(c, c->state == FW_FTP_OPENING ? FW_FTP_CONNECT_FAILED : FW_FTP_CLOSED_EARLY, 0);
        return;
    }
    c->data_done = true;
    if (c->complete) finish(c, FW_FTP_OK, 226);
}

bool fw_ftp_handle(fw_ftp_client* c, const dectbed_event* event) {
    switch (event->record.type) {
        case DECTBED_EV_TIMER:
            if (((const dectbed_ev_timer*)event)->timer != c->config.timer) return false;
            if (c->state != FW_FTP_IDLE) finish(c, FW_FTP_TIMEOUT, 0);
            return true;
        case DECTBED_EV_TCP_CONNECTED:
        case DECTBED_EV_TCP_RECEIVED:
        case DECTBED_EV_TCP_CLOSED: {
            const uint32_t socket = ((const dectbed_ev_tcp*)event)->socket; /* at the same place in TCP_CLOSED */
            if (socket - c->config.socket_first >= FW_FTP_SOCKETS) return false;
            if (c->state == FW_FTP_IDLE || (socket != c->control && socket != c->data)) return true; /* over */
            const fw_payload payload = fw_event_payload(event);
            if (event->record.type == DECTBED_EV_TCP_CLOSED) {
                closed(c, socket, ((const dectbed_ev_tcp_closed*)event)->reason);
            } else if (event->record.type == DECTBED_EV_TCP_RECEIVED) {
                if (socket == c->control) {
                    control_received(c, &payload);
                } else {
                    data_received(c, &payload);
                }
            } else if (socket == c->control) {
                c->state = FW_FTP_GREETING;
                wait(c);
            } else {
                c->state = FW_FTP_RETR;
                say(c, "RETR", c->path);
            }
            return true;
        }
        default:
            return event->record.type == DECTBED_EV_REFUSED && event->record.token == c->config.token;
    }
}
