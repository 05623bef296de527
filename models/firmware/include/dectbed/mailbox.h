/* SPDX-License-Identifier: MIT-0
 *
 * The mailbox by which the program of a virtual platform exchanges the records of firmware.h with its host: registers
 * at whatever address the platform's bus has them. Little endian; for programs in C and for the models around them.
 * It may be used, copied and changed without any condition.
 *
 *   +0x0000  WORD     write, 1 to 4 octets: what comes next of a request
 *   +0x0004  SEND     write: that was all of it, so many octets; the size in the record must be the same
 *   +0x0008  WAITING  read: octets of the event in the window, 0: none. While there is one, the interrupt is high
 *   +0x000C  NEXT     write: that event has been seen
 *   +0x0010  FAULT    write, up to 120 octets of text: the processor cannot go on, and why. The device has failed
 *   +0x1000  WINDOW   read, any place and length: that event, zeros behind it
 *
 * An access takes DECTBED_MAILBOX_ACCESS_NS, and what it says holds from its own time on, also where that is ahead of
 * the simulation's (temporal decoupling). Anything else at these addresses is an address error.
 */
#ifndef DECTBED_MAILBOX_H
#define DECTBED_MAILBOX_H

enum dectbed_mailbox {
    DECTBED_MAILBOX_WORD = 0x0000,
    DECTBED_MAILBOX_SEND = 0x0004,
    DECTBED_MAILBOX_WAITING = 0x0008,
    DECTBED_MAILBOX_NEXT = 0x000C,
    DECTBED_MAILBOX_FAULT = 0x0010,
    DECTBED_MAILBOX_WINDOW = 0x1000,
    DECTBED_MAILBOX_OCTETS = 0x11000, /* of address space */
    DECTBED_MAILBOX_FAULT_OCTETS = 120,
    DECTBED_MAILBOX_ACCESS_NS = 40 /* a few cycles of a peripheral bus of 100 MHz (assumed) */
};

#endif
