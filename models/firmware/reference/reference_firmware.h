/* SPDX-License-Identifier: MIT-0
 *
 * The reference firmwares, as a host that links them in finds them. Each call gives the same constant record;
 * all of them are re-entrant.
 */
#ifndef DECTBED_REFERENCE_FIRMWARE_H
#define DECTBED_REFERENCE_FIRMWARE_H

#include "dectbed/firmware.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A base without keys and display that finds its provider by MAC or by a code from an unregistered handset. */
const dectbed_firmware* dectbed_reference_base(void);
/* The same base without any retry and jitter: every message is sent once, the first failure is the last word until
 * its power or its link comes anew, and nothing is spread over time. The negative control of networks and loads. */
const dectbed_firmware* dectbed_naive_base(void);
/* A handset with the activation menu. */
const dectbed_firmware* dectbed_reference_handset(void);
/* A handset that knows nothing of codes: the negative control. */
const dectbed_firmware* dectbed_reference_plain_handset(void);

#ifdef __cplusplus
}
#endif
#endif
