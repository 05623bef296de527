/* SPDX-License-Identifier: MIT-0
 *
 * A firmware as a program in a process of its own, version 1
 * ==========================================================
 *
 * The same records as in firmware.h go over a connected stream socket, which the program finds as its file
 * descriptor 3. All numbers are little endian.
 *
 *   program                                   host
 *      | -- HELLO ------------------------------> |
 *      | <--------------------- event (BOOT) ---- |
 *      | -- request, request, ..., END_OF_TURN -> |
 *      | <--------------------- event ----------- |
 *      | -- END_OF_TURN ------------------------> |
 *      |                 ...                      |
 *      | <--------------------- end of stream --- |  reset, or loss of power: exit with 0
 *
 * Simulated time stands still while the program has the turn. The program is started anew for each life, so it
 * begins with fresh memory as after any reset. It must say nothing out of turn.
 *
 * This file may be used, copied and changed without any condition.
 */
#ifndef DECTBED_FIRMWARE_PROCESS_H
#define DECTBED_FIRMWARE_PROCESS_H

#include "dectbed/firmware.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { DECTBED_PROCESS_DESCRIPTOR = 3 };

/* Types of records from the program to the host, beside the requests of firmware.h. The header's token is 0. */
enum dectbed_process_record {
    DECTBED_PROCESS_HELLO = 0x0001,       /* the first record of all */
    DECTBED_PROCESS_END_OF_TURN = 0x0002, /* a bare header: the event is handled */
    DECTBED_PROCESS_REFUSAL = 0x0003      /* instead of HELLO: a header, then text that says why there is no firmware */
};

#define DECTBED_PROCESS_MAGIC 0x42544344u /* octets 44 43 54 42, "DCTB" */

typedef struct dectbed_process_hello {
    dectbed_record record;
    uint32_t magic; /* DECTBED_PROCESS_MAGIC */
    uint32_t abi;   /* DECTBED_FIRMWARE_ABI */
    uint32_t kind;  /* DECTBED_KIND_* */
    uint32_t flags; /* DECTBED_FLAG_*; without meaning for a program, told for a shared library */
    char name[64];  /* zero terminated */
    char version[32];
} dectbed_process_hello;

/* The whole of a program's main(): says hello, creates an instance at the first event, hands it one event after the
 * other, and destroys it at the end of the stream. Returns the exit code: 0, or 1 if the host is not there or broke
 * the protocol. */
int dectbed_process_main(const dectbed_firmware* firmware);

/* Tells the host why there is no firmware to run; for programs that look for one. Returns the exit code. */
int dectbed_process_refuse(const char* why);

#ifdef __cplusplus
}
#endif
#endif /* DECTBED_FIRMWARE_PROCESS_H */
