/* SPDX-License-Identifier: MIT-0
 *
 * The base processor's end of the mailbox (module_mail.h): one command at a time, repeated with the same sequence until
 * its answer comes; answers to the module's mails, which are handed on once however often they come; and the reset line
 * when the module says nothing any more. Whoever uses it sets the module up anew each time that `up` is called: it is a
 * module that knows nothing but its band and its handsets.
 *
 *   DOWN -- STARTED-UP --> UP -- no answer to a command and its repetitions --> reset line, DOWN
 *   DOWN -- nothing for longer than any module takes to start --> reset line, DOWN
 */
#ifndef FW_MODULE_CLIENT_H
#define FW_MODULE_CLIENT_H

#include "dectbed/module.h"
#include "fw_io.h"
#include "module_mail.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FW_MODULE_ANSWER_US \
    (300 * FW_MILLISECOND_US)                 /* a mail takes some 20 ms each way on a slow line, and storing 5 */
#define FW_MODULE_START_US (8 * FW_SECOND_US) /* longest time from reset to STARTED-UP (assumed) */
#define FW_MODULE_LOOK_US (20 * FW_SECOND_US) /* silence after which it is asked whether it lives */
enum { FW_MODULE_TRIES = 4, FW_MODULE_QUEUE = 12 };

typedef struct fw_module_config {
    uint32_t timer, token; /* of this instance alone */
    /* Sends everything once, resets nothing, checks no sequence: how not to do it. */
    bool careless;
    void* context;
    void (*up)(void* context, const fw_mail* started_up); /* what it was told before is forgotten */
    void (*down)(void* context, const char* why);         /* links are gone */
    void (*mail)(void* context, const fw_mail* m);        /* from the module, no answer */
    void (*answered)(void* context, const fw_mail* command, const fw_mail* answer);
} fw_module_config;

typedef struct fw_module_client {
    fw_io* io;
    fw_module_config config;
    bool is_up;
    uint16_t starts; /* the module's own count when it came up */
    fw_mail_reader reader;
    fw_mail queue[FW_MODULE_QUEUE]; /* first: under way if `tries` is not 0 */
    unsigned queued, tries;
    uint8_t sequence;
    bool heard_any;
    uint8_t heard; /* sequence of the module's last mail */
    uint32_t resets;
} fw_module_client;

/* At boot: the module starts together with the processor. */
void fw_module_init(fw_module_client* c, fw_io* io, const fw_module_config* config);
/* A command with its payload in it; its sequence is filled in. False: too many wait. */
bool fw_module_send(fw_module_client* c, const fw_mail* command);
void fw_module_reset(fw_module_client* c, const char* why);
bool fw_module_handle(fw_module_client* c, const dectbed_event* event);

/* A command without payload. */
fw_mail fw_mail_of(uint16_t opcode);
/* The requests themselves. False: too long. */
bool fw_mail_send(fw_io* io, uint32_t token, const void* octets, size_t size);
void fw_module_reset_line(fw_io* io, uint32_t token);

#ifdef __cplusplus
}
#endif
#endif
