/* SPDX-License-Identifier: MIT-0
 *
 * Routes beside the own subnet and the default gateway, as DHCP options 33 and 121 bring them. They follow the fixed
 * part of IP_CONFIGURE, whose `size` covers them, one after the other, and last as long as that configuration. Of the
 * routes that fit a destination the longest prefix decides (RFC 1812, 5.2.4.3); the subnet and the gateway count as
 * such routes, too.
 *
 * This file may be used, copied and changed without any condition.
 */
#ifndef DECTBED_IP_ROUTES_H
#define DECTBED_IP_ROUTES_H

#include "firmware.h"

enum { DECTBED_IP_ROUTES_MAX = 16 }; /* in one configuration; more are refused "too many" */

typedef struct dectbed_ip_route {
    uint32_t network;       /* without host bits, else refused "bad field" */
    uint32_t prefix_length; /* 1..32 */
    uint32_t gateway;       /* a router on the LAN; 0: the network itself is on the LAN (RFC 3442) */
    uint32_t reserved;
} dectbed_ip_route;

#endif
