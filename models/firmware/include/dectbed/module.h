/* SPDX-License-Identifier: MIT-0
 *
 * The cut at a DECT module's mailbox: for a base whose product has a DECT module, which runs the protocol, and a
 * processor that talks to it over a serial line. A firmware chooses this cut in its manifest; then it has no radio
 * requests (they are refused "not available"), and its base has a module with a reset line.
 *
 * What goes over the line are octets. The layout of mails stands in docs/models/dect_module.md; module_mail.h of the
 * client library reads and writes it.
 *
 * This file may be used, copied and changed without any condition.
 */
#ifndef DECTBED_MODULE_H
#define DECTBED_MODULE_H

#include "firmware.h"

/* In dectbed_firmware.flags. Bases only. */
enum { DECTBED_FLAG_MODULE = 2 };

enum dectbed_module_request {
    /* dectbed_record, then octets for the module, at most DECTBED_MAIL_OCTETS_MAX; they take their time on the line.
     * Whole mails, pieces of them or several: the module reads a stream. Refused "too many" while more than four such
     * requests wait for the line. */
    DECTBED_REQ_MAIL_SEND = 0x0601,
    /* A bare record: pulls the module's reset line. It starts anew and says so by a mail when it is up. */
    DECTBED_REQ_MODULE_RESET = 0x0602
};

enum dectbed_module_event {
    /* dectbed_event, then what came from the module: one mail, when its last octet has come. A firmware should not
     * rely on that and read a stream. */
    DECTBED_EV_MAIL = 0x1601
};

#define DECTBED_MAIL_OCTETS_MAX 256

#endif
