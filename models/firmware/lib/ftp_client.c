/* SPDX-License-Identifier: MIT-0 */
#include "ftp_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Generous for a slow access line, short for a person who waits beside the device: as http_client.c. */
static const uint64_t connect_timeout_us = 10 * FW_SECOND_US;
static const uint64_t silence_timeout_us = 15 * FW_SECOND_US;
enum { plain_octets = 2048 };

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
        case FW_FTP_TLS_FAILED:
            return "tls failed";
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
    if (c->state == FW_FTP_PREPARING) fw_tls_device_cancel(c->config.tls, c);
    c->query = -1;
    if (c->data != 0) fw_tls_socket_abort(&c->data_wire);
    if (c->control != 0 && orderly) {
        fw_tls_socket_send(&c->control_wire, "QUIT\r\n", 6);
        fw_tls_socket_close(&c->control_wire);
    } else if (c->control != 0) {
        fw_tls_socket_abort(&c->control_wire);
    }
    fw_tls_socket_forget(&c->data_wire);
    fw_tls_socket_forget(&c->control_wire);
    c->data = c->control = 0;
    c->state = FW_FTP_IDLE;
}

static void finish(fw_ftp_client* c, enum fw_ftp_error error, unsigned code) {
    static const char nothing[] = "";
    fw_ftp_result result = {error, code, nothing, 0, c->detail};
    leave(c, error == FW_FTP_OK || error == FW_FTP_REFUSED);
    char* const body = c->body; /* the owner may start the next transfer */
    c->body = NULL;
    if (error == FW_FTP_OK && body != NULL) {
        body[c->octets] = '\0';
        result.body = body;
    }
    if (error == FW_FTP_OK) result.body_octets = c->octets;
    c->done(c->context, &result);
    free(body);
}

static void wait(fw_ftp_client* c) { fw_timer_start(c->io, c->config.timer, silence_timeout_us); }

static void say(fw_ftp_client* c, const char* verb, const char* argument) {
    char out[FW_FTP_PATH_OCTETS + 16];
    size_t used = 0;
    (void)fw_append(out, sizeof out, &used, argument[0] != '\0' ? "%s %s\r\n" : "%s%s\r\n", verb, argument);
    fw_tls_socket_send(&c->control_wire, out, used);
    wait(c);
}

/* An alert goes before the connection. */
static void tls_failed(fw_ftp_client* c, fw_tls_socket* wire) {
    snprintf(c->detail, sizeof c->detail, "%s", wire->tls != NULL ? fw_tls_failure(wire->tls) : "no memory");
    fw_tls_socket_close(wire);
    if (wire == &c->control_wire) {
        c->control = 0;
    } else {
        c->data = 0;
    }
    finish(c, FW_FTP_TLS_FAILED, 0);
}

static bool secure(fw_ftp_client* c, fw_tls_socket* wire) {
    const int64_t now = c->config.now_unix != NULL ? c->config.now_unix(c->config.context) : FW_TLS_CLOCK_UNKNOWN;
    wait(c);
    if (fw_tls_socket_secure(wire, c->config.tls, c->host, now)) return true;
    tls_failed(c, wire);
    return false;
}

static bool harmless(const char* text, size_t octets_max) {
    const size_t length = strnlen(text, octets_max);
    if (length == octets_max) return false;
    for (size_t i = 0; i < length; ++i) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F) return false;
    }
    return true;
}

static void connect_control(fw_ftp_client* c) {
    c->state = FW_FTP_CONNECTING;
    c->control = next_socket(c);
    fw_tls_socket_init(&c->control_wire, c->io, c->config.token, c->control);
    fw_tcp_connect(c->io, c->config.token, c->control, c->server, c->port);
    fw_timer_start(c->io, c->config.timer, connect_timeout_us);
}

static void prepared(void* context) {
    fw_ftp_client* c = (fw_ftp_client*)context;
    if (c->state == FW_FTP_PREPARING) connect_control(c);
}

static void resolved(void* context, enum fw_dns_result result, uint32_t address) {
    fw_ftp_client* c = (fw_ftp_client*)context;
    c->query = -1;
    if (result != FW_DNS_OK) {
        finish(c, result == FW_DNS_NOT_FOUND ? FW_FTP_NAME_NOT_FOUND : FW_FTP_NAME_TIMEOUT, 0);
        return;
    }
    c->server = address;
    if (!c->options.secure) {
        connect_control(c);
        return;
    }
    c->state = FW_FTP_PREPARING;
    fw_tls_device_load(c->config.tls, prepared, c);
}

void fw_ftp_start(fw_ftp_client* c, const char* host, uint16_t port, const char* user, const char* password,
                  const char* path, fw_ftp_done done, void* context) {
    fw_ftp_get(c, host, port, user, password, path, NULL, done, context);
}

void fw_ftp_get(fw_ftp_client* c, const char* host, uint16_t port, const char* user, const char* password,
                const char* path, const fw_ftp_options* options, fw_ftp_done done, void* context) {
    static const fw_ftp_options plain;
    fw_ftp_cancel(c);
    c->options = options != NULL ? *options : plain;
    c->detail[0] = '\0';
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
    const size_t host_octets = strnlen(host, sizeof c->host);
    const bool can = !c->options.secure || c->config.tls != NULL;
    if (!can || host_octets == sizeof c->host || *path == '\0' || !harmless(path, sizeof c->path) ||
        !harmless(user, sizeof c->user) || !harmless(password, sizeof c->password)) {
        finish(c, FW_FTP_BAD_PATH, 0);
        return;
    }
    memcpy(c->host, host, host_octets + 1);
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
    fw_tls_socket_forget(&c->control_wire);
    fw_tls_socket_forget(&c->data_wire);
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
    fw_tls_socket_init(&c->data_wire, c->io, c->config.token, c->data);
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
            c->state = c->options.secure ? FW_FTP_AUTH : FW_FTP_USER;
            say(c, c->options.secure ? "AUTH" : "USER", c->options.secure ? "TLS" : c->user);
            return;
        case FW_FTP_AUTH:
            if (code != 234) break; /* never in the clear */
            c->state = FW_FTP_SECURING;
            (void)secure(c, &c->control_wire);
            return;
        case FW_FTP_PBSZ:
            if (kind != 2) break;
            c->state = FW_FTP_PROT;
            say(c, "PROT", "P");
            return;
        case FW_FTP_PROT:
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
        case FW_FTP_PREPARING:
        case FW_FTP_CONNECTING:
        case FW_FTP_SECURING:
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

static void control_received(fw_ftp_client* c, const uint8_t* data, size_t octets) {
    const uint32_t control = c->control;
    for (size_t i = 0; i < octets; ++i) {
        const char octet = (char)data[i];
        if (octet != '\n') {
            /* of a longer line the beginning counts */
            if (c->line_octets + 1 < sizeof c->line && octet != '\0') c->line[c->line_octets++] = octet;
            continue;
        }
        if (c->line_octets > 0 && c->line[c->line_octets - 1] == '\r') --c->line_octets;
        c->line[c->line_octets] = '\0';
        c->line_octets = 0;
        if (!line_received(c) || c->control != control) return;
        /* what was said in the clear behind 234 must not count as said under TLS */
        if (c->state == FW_FTP_SECURING) return;
    }
}

static void data_received(fw_ftp_client* c, const uint8_t* data, size_t octets) {
    if (c->options.sink != NULL) {
        const uint64_t offset = c->octets;
        c->octets += octets;
        if (c->options.sink(c->context, offset, data, octets)) {
            wait(c);
        } else {
            finish(c, FW_FTP_TOO_LARGE, 0);
        }
        return;
    }
    if (octets > c->config.body_octets_max - c->octets) {
        finish(c, FW_FTP_TOO_LARGE, 0);
        return;
    }
    if (c->body == NULL || c->octets + octets + 1 > c->capacity) {
        const size_t wanted = 2 * (c->octets + octets) + 1;
        char* grown = (char*)realloc(c->body, wanted);
        if (grown == NULL) {
            finish(c, FW_FTP_TOO_LARGE, 0);
            return;
        }
        c->body = grown;
        c->capacity = wanted;
    }
    memcpy(c->body + c->octets, data, octets);
    c->octets += octets;
    wait(c);
}

static void data_is_whole(fw_ftp_client* c) {
    c->data = 0;
    c->data_done = true;
    if (c->complete) finish(c, FW_FTP_OK, 226);
}

static void received(fw_ftp_client* c, uint32_t socket, const fw_payload* p) {
    const bool of_control = socket == c->control;
    fw_tls_socket* wire = of_control ? &c->control_wire : &c->data_wire;
    const uint32_t* in_use = of_control ? &c->control : &c->data;
    uint8_t plain[plain_octets];
    size_t n = 0;
    if (wire->tls == NULL) {
        if (of_control) {
            control_received(c, p->data, p->octets);
        } else {
            data_received(c, p->data, p->octets);
        }
        return;
    }
    fw_tls_socket_receive(wire, p->data, p->octets);
    if (of_control && c->state == FW_FTP_SECURING && fw_tls_socket_state(wire) == FW_TLS_OPEN) {
        c->state = FW_FTP_PBSZ;
        say(c, "PBSZ", "0");
    }
    while (*in_use == socket && (n = fw_tls_socket_read(wire, plain, sizeof plain)) > 0) {
        if (of_control) {
            control_received(c, plain, n);
        } else {
            data_received(c, plain, n);
        }
    }
    if (*in_use != socket) return;
    const enum fw_tls_state state = fw_tls_socket_state(wire);
    if (state == FW_TLS_FAILED) {
        tls_failed(c, wire);
    } else if (state == FW_TLS_FINISHED && !of_control) {
        fw_tls_socket_close(wire);
        data_is_whole(c);
    } else if (state == FW_TLS_FINISHED) {
        finish(c, FW_FTP_CLOSED_EARLY, 0);
    }
}

static void closed(fw_ftp_client* c, uint32_t socket, uint32_t reason) {
    if (socket == c->control) {
        c->control = 0;
        fw_tls_socket_forget(&c->control_wire);
        finish(c, c->state == FW_FTP_CONNECTING ? FW_FTP_CONNECT_FAILED : FW_FTP_CLOSED_EARLY, 0);
        return;
    }
    const bool secured = c->data_wire.tls != NULL; /* then only close_notify ends a file */
    c->data = 0;
    fw_tls_socket_forget(&c->data_wire);
    if (secured && c->begun) {
        finish(c, FW_FTP_CLOSED_EARLY, 0);
        return;
    }
    if (c->state == FW_FTP_RETR && !c->begun) { /* the reply tells why: refused, or over before its 150 came */
        c->data_done = !secured && reason == DECTBED_TCP_CLOSED_BY_PEER;
        return;
    }
    if (reason != DECTBED_TCP_CLOSED_BY_PEER || c->state != FW_FTP_RETR) {
        finish(c, c->state == FW_FTP_OPENING ? FW_FTP_CONNECT_FAILED : FW_FTP_CLOSED_EARLY, 0);
        return;
    }
    data_is_whole(c);
}

bool fw_ftp_handle(fw_ftp_client* c, const dectbed_event* event) {
    if (c->config.tls != NULL && fw_tls_device_handle(c->config.tls, event)) return true;
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
                received(c, socket, &payload);
            } else if (socket == c->control) {
                c->state = FW_FTP_GREETING;
                wait(c);
            } else {
                c->state = FW_FTP_RETR;
                say(c, "RETR", c->path);
                if (c->options.secure) (void)secure(c, &c->data_wire);
            }
            return true;
        }
        default:
            return event->record.type == DECTBED_EV_REFUSED && event->record.token == c->config.token;
    }
}
