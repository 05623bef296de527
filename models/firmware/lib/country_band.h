/* SPDX-License-Identifier: MIT-0
 *
 * In which country a base may use which band: the table that a base carries with it from the factory. It knows what its
 * maker knew; a country that is not in it has no band.
 */
#ifndef FW_COUNTRY_BAND_H
#define FW_COUNTRY_BAND_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `country`: ISO 3166 alpha-2, capital letters, terminated. DECTBED_BAND_NONE: not in the table, or no country. */
uint8_t fw_country_band(const char* country);

#ifdef __cplusplus
}
#endif
#endif
