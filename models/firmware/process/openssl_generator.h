/* SPDX-License-Identifier: MIT-0 */
#ifndef DECTBED_OPENSSL_GENERATOR_H
#define DECTBED_OPENSSL_GENERATOR_H

/* From now on the generator of the OpenSSL in this process (1.1 or 3), if it has one by now, gives what `draw` gives:
 * that many octets, 1 for success. Returns whether it has been replaced. */
int dectbed_openssl_draws_from(int (*draw)(unsigned char* out, int octets));

#endif
