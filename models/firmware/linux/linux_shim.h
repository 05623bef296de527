/* SPDX-License-Identifier: MIT-0
 *
 * What the shim's files share: the C library's own functions behind ours, and what a socket is ready for.
 */
#ifndef LINUX_SHIM_H
#define LINUX_SHIM_H

#include <errno.h>
#include <sys/socket.h>

#include "linux_device.h"

/* The function of this name that the program would have got without us. */
#define REAL(name) ((__typeof__(&name))shim_real(#name))

void* shim_real(const char* name);
int shim_failed(int error); /* errno, and -1 */
void shim_openssl(void);    /* its generator is the device's, if the program has brought OpenSSL */
int shim_hide_chance(void); /* the processor's; 0: this machine cannot */
int shim_readable(const device_socket* s);
int shim_writable(const device_socket* s);
void shim_address(struct sockaddr* out, socklen_t* size, uint32_t address, uint16_t port);

#endif
