/* SPDX-License-Identifier: MIT-0
 *
 * The reference firmwares, as a host that links them in finds them. Each call gives the same constant record;
 * all three are re-entrant.
 */
#ifndef DECTBED_REFERENCE_FIRMWARE_H
#define DECTBED_REFERENCE_FIRMWARE_H

#include "dectbed/firmware.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A base without keys and display that finds its provider by MAC or by a code from an unregistered handset. */
const dectbed_firmware* dectbed_reference_base(void);
/* A handset with the activation menu. */
const dectbed_firmware* dectbed_reference_handset(void);
/* A handset that knows nothing of codes: the negative control. */
const dectbed_firmware* dectbed_reference_plain_handset(void);

#ifdef __cplusplus
}
#endif
#endif
