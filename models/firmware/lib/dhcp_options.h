/* SPDX-License-Identifier: MIT-0
 *
 * The options of a DHCP reply (RFC 2131, 2132), found once and then read by code. For dhcp_client.c.
 */
#ifndef FW_DHCP_OPTIONS_H
#define FW_DHCP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* RFC 2132 and its successors */
enum {
    FW_DHCP_OPTION_MASK = 1,
    FW_DHCP_OPTION_TIME_OFFSET = 2,
    FW_DHCP_OPTION_ROUTER = 3,
    FW_DHCP_OPTION_DNS = 6,
    FW_DHCP_OPTION_HOST_NAME = 12,
    FW_DHCP_OPTION_DOMAIN = 15,
    FW_DHCP_OPTION_STATIC_ROUTES = 33,
    FW_DHCP_OPTION_NTP = 42,
    FW_DHCP_OPTION_VENDOR_SPECIFIC = 43,
    FW_DHCP_OPTION_REQUESTED_ADDRESS = 50,
    FW_DHCP_OPTION_LEASE = 51,
    FW_DHCP_OPTION_OVERLOAD = 52,
    FW_DHCP_OPTION_TYPE = 53,
    FW_DHCP_OPTION_SERVER = 54,
    FW_DHCP_OPTION_PARAMETERS = 55,
    FW_DHCP_OPTION_MESSAGE_SIZE = 57,
    FW_DHCP_OPTION_RENEWAL = 58,
    FW_DHCP_OPTION_REBINDING = 59,
    FW_DHCP_OPTION_VENDOR_CLASS = 60,
    FW_DHCP_OPTION_CLIENT_ID = 61,
    FW_DHCP_OPTION_BOOT_SERVER = 66,
    FW_DHCP_OPTION_BOOT_FILE = 67,
    FW_DHCP_OPTION_USER_CLASS = 77,
    FW_DHCP_OPTION_SIP_SERVERS = 120,
    FW_DHCP_OPTION_CLASSLESS_ROUTES = 121,
    FW_DHCP_OPTION_VENDOR_INFORMATION = 125,
    FW_DHCP_OPTION_TFTP_ADDRESSES = 150,
    FW_DHCP_OPTION_PAD = 0,
    FW_DHCP_OPTION_END = 255
};

enum { FW_DHCP_PIECES_MAX = 96, FW_DHCP_VALUE_MAX = 512 };

typedef struct fw_dhcp_options {
    struct {
        uint8_t code;
        uint8_t octets;
        const uint8_t* value;
    } piece[FW_DHCP_PIECES_MAX];
    size_t pieces;
    uint8_t overload;                  /* option 52: 1 file, 2 sname, 3 both hold options */
    uint8_t joined[FW_DHCP_VALUE_MAX]; /* of the option read last, if it came in parts */
} fw_dhcp_options;

/* `message` is a whole DHCP message of at least 240 octets. False: an option exceeds its field, or there are too many.
 */
bool fw_dhcp_options_find(fw_dhcp_options* o, const uint8_t* message, size_t octets);

/* Null if the option is absent. Parts are joined in the order of RFC 3396: options, file, sname; what exceeds
 * FW_DHCP_VALUE_MAX is cut. Valid until the next call. */
const uint8_t* fw_dhcp_option(fw_dhcp_options* o, uint8_t code, size_t* octets);

/* For options of fixed length, which are never in parts: a later one replaces an earlier one. */
const uint8_t* fw_dhcp_option_last(const fw_dhcp_options* o, uint8_t code, size_t* octets);

#ifdef __cplusplus
}
#endif
#endif
