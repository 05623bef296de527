/* SPDX-License-Identifier: MIT-0
 *
 * What dectbed_process_main() tells whoever stands in for the machine's clock and randomness. Weak: a program without a
 * C library does without.
 */
#ifndef DECTBED_PROCESS_HOOKS_H
#define DECTBED_PROCESS_HOOKS_H

#include "dectbed/firmware.h"

void dectbed_process_event(const dectbed_event* event) __attribute__((weak));
void dectbed_process_request(const dectbed_record* request) __attribute__((weak));

#endif
