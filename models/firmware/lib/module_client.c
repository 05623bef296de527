/* SPDX-License-Identifier: MIT-0 */
#include "module_client.h"

#include <string.h>

fw_mail fw_mail_of(uint16_t opcode) {
    fw_mail m;
    memset(&m, 0, sizeof m);
    m.opcode = opcode;
    return m;
}

bool fw_mail_send(fw_io* io, uint32_t token, const void* octets, size_t size) {
    struct {
        dectbed_record head;
        uint8_t data[DECTBED_MAIL_OCTETS_MAX];
    } request;
    if (size > sizeof request.data) return false;
    request.head.type = DECTBED_REQ_MAIL_SEND;
    request.head.size = (uint16_t)(sizeof request.head + size);
    request.head.token = token;
    memcpy(request.data, octets, size);
    io->host->request(io->host->context, &request.head);
    return true;
}

void fw_module_reset_line(fw_io* io, uint32_t token) {
    const dectbed_record r = {DECTBED_REQ_MODULE_RESET, sizeof r, token};
    io->host->request(io->host->context, &r);
}

static void put_on_line(fw_module_client* c, const fw_mail* m) {
    uint8_t octets[FW_MAIL_OCTETS_MAX];
    const size_t n = fw_mail_write(m, octets);
    fw_mail_send(c->io, c->config.token, octets, n);
}

static void wait_for(fw_module_client* c, uint64_t us) {
    if (!c->config.careless) fw_timer_start(c->io, c->config.timer, us);
}

static void say_first(fw_module_client* c) {
    ++c->tries;
    put_on_line(c, &c->queue[0]);
    wait_for(c, FW_MODULE_ANSWER_US);
}

static void next(fw_module_client* c) {
    if (c->queued > 0) {
        say_first(c);
    } else {
        wait_for(c, FW_MODULE_LOOK_US);
    }
}

static void remove_first(fw_module_client* c) {
    c->tries = 0;
    if (--c->queued > 0) memmove(c->queue, c->queue + 1, c->queued * sizeof c->queue[0]);
}

void fw_module_init(fw_module_client* c, fw_io* io, const fw_module_config* config) {
    memset(c, 0, sizeof *c);
    c->io = io;
    c->config = *config;
    wait_for(c, FW_MODULE_START_US);
}

bool fw_module_send(fw_module_client* c, const fw_mail* command) {
    if (!c->is_up || c->queued == FW_MODULE_QUEUE) return false;
    c->queue[c->queued] = *command;
    c->queue[c->queued].sequence = ++c->sequence;
    if (c->config.careless) {
        put_on_line(c, &c->queue[0]);
    } else if (++c->queued == 1) {
        say_first(c);
    }
    return true;
}

static void went_down(fw_module_client* c, const char* why) {
    const bool was_up = c->is_up;
    c->is_up = c->heard_any = false;
    c->queued = c->tries = 0;
    wait_for(c, FW_MODULE_START_US);
    if (was_up) c->config.down(c->config.context, why);
}

void fw_module_reset(fw_module_client* c, const char* why) {
    ++c->resets;
    memset(&c->reader, 0, sizeof c->reader);
    fw_module_reset_line(c->io, c->config.token);
    went_down(c, why);
}

/* `m` as STARTED-UP. The count tells a start from its repetition, and from a start that went unheard. */
static void started_up(fw_module_client* c, const fw_mail* m) {
    const uint16_t starts = (uint16_t)fw_mail_get(m, FW_MODULE_STARTED_UP_OCTETS - 2, 2);
    if (m->octets != FW_MODULE_STARTED_UP_OCTETS || (c->is_up && starts == c->starts)) return;
    if (c->config.careless && c->resets++ > 0) return; /* it has been set up already, has it not? */
    if (c->is_up) went_down(c, "the module has started anew");
    c->is_up = true;
    c->starts = starts;
    wait_for(c, FW_MODULE_LOOK_US);
    c->config.up(c->config.context, m);
}

static void taken(void* context, const fw_mail* m) {
    fw_module_client* c = (fw_module_client*)context;
    if ((m->opcode & FW_MAIL_ANSWER) != 0) {
        const fw_mail command = c->queue[0];
        if (c->config.careless || c->tries == 0 || m->sequence != command.sequence ||
            m->opcode != (command.opcode | FW_MAIL_ANSWER)) {
            return; /* to an earlier repetition */
        }
        remove_first(c);
        if (command.opcode == FW_MAIL_HELLO && m->octets == FW_MODULE_STARTED_UP_OCTETS + 1) {
            fw_mail as_mail = fw_mail_of(FW_MAIL_STARTED_UP);
            fw_mail_put_octets(&as_mail, m->payload + 1, FW_MODULE_STARTED_UP_OCTETS);
            started_up(c, &as_mail);
        } else {
            c->config.answered(c->config.context, &command, m);
        }
        if (c->is_up && c->tries == 0) next(c);
        return;
    }
    fw_mail answer = fw_mail_of((uint16_t)(m->opcode | FW_MAIL_ANSWER));
    answer.sequence = m->sequence;
    fw_mail_put(&answer, FW_MAIL_OK, 1);
    put_on_line(c, &answer);
    if (m->opcode == FW_MAIL_STARTED_UP) {
        started_up(c, m);
        return;
    }
    const bool again = c->heard_any && c->heard == m->sequence && !c->config.careless;
    c->heard = m->sequence;
    c->heard_any = true;
    if (!again && c->is_up) {
        if (c->tries == 0) wait_for(c, FW_MODULE_LOOK_US);
        c->config.mail(c->config.context, m);
    }
}

static void timed_out(fw_module_client* c) {
    if (!c->is_up) {
        fw_module_reset(c, "the module does not start");
    } else if (c->queued == 0) {
        const fw_mail hello = fw_mail_of(FW_MAIL_HELLO);
        fw_module_send(c, &hello);
    } else if (c->tries < FW_MODULE_TRIES) {
        say_first(c);
    } else {
        fw_module_reset(c, "the module does not answer");
    }
}

bool fw_module_handle(fw_module_client* c, const dectbed_event* event) {
    if (c->io == NULL) return false;
    if (event->record.type == DECTBED_EV_MAIL) {
        const fw_payload p = fw_event_payload(event);
        fw_mail_read(&c->reader, p.data, p.octets, taken, c);
        return true;
    }
    if (event->record.type != DECTBED_EV_TIMER || ((const dectbed_ev_timer*)event)->timer != c->config.timer) {
        return false;
    }
    timed_out(c);
    return true;
}
