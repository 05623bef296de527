/* SPDX-License-Identifier: MIT-0 */
#include <string.h>

#include "dhcp_client.h"
#include "dhcp_options.h"

enum { header_octets = 236 };
enum { provisioning_sub_option = 1 }; /* of options 43 and 125: this vendor's own choice */
static const uint8_t cookie[4] = {99, 130, 83, 99};

static uint32_t get_u32(const uint8_t* p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool read_number(const fw_dhcp_options* o, uint8_t code, uint32_t* out) {
    size_t octets;
    const uint8_t* value = fw_dhcp_option_last(o, code, &octets);
    if (value == NULL) return true;
    if (octets != 4) return false;
    *out = get_u32(value);
    return true;
}

static bool read_mask(const fw_dhcp_options* o, fw_dhcp_lease* lease) {
    uint32_t mask = 0, ones = 0;
    size_t octets;
    if (fw_dhcp_option_last(o, FW_DHCP_OPTION_MASK, &octets) == NULL) return true;
    if (!read_number(o, FW_DHCP_OPTION_MASK, &mask)) return false;
    while (ones < 32 && (mask << ones & 0x80000000u)) ++ones;
    if (ones < 1 || ones > 30 || mask != (uint32_t)(0xFFFFFFFFu << (32 - ones))) return false;
    lease->prefix_length = ones;
    return true;
}

/* At most `room` addresses; false: not a list of addresses. */
static bool read_addresses(fw_dhcp_options* o, uint8_t code, uint32_t* list, uint32_t room, uint32_t* count) {
    size_t octets;
    const uint8_t* value = fw_dhcp_option(o, code, &octets);
    *count = 0;
    if (value == NULL) return true;
    if (octets < 4 || octets % 4 != 0) return false;
    for (size_t i = 0; i < octets && *count < room; i += 4) list[(*count)++] = get_u32(value + i);
    return true;
}

/* Text as servers send it: with a NUL or blanks at the end, or without. */
static void copy_text(char* out, size_t size, const uint8_t* value, size_t octets) {
    size_t n = 0;
    while (n < octets && n + 1 < size && value[n] != '\0') {
        out[n] = (char)value[n];
        ++n;
    }
    while (n > 0 && out[n - 1] == ' ') --n;
    out[n] = '\0';
}

/* RFC 3361: the first name, or the first address. What is malformed is as good as absent. */
static void read_sip_server(fw_dhcp_options* o, char* out, size_t size) {
    size_t octets, i = 1, n = 0;
    const uint8_t* value = fw_dhcp_option(o, FW_DHCP_OPTION_SIP_SERVERS, &octets);
    out[0] = '\0';
    if (value == NULL || octets < 2) return;
    if (value[0] == 1 && octets >= 5) {
        char text[16];
        fw_ipv4_text(get_u32(value + 1), text);
        copy_text(out, size, (const uint8_t*)text, sizeof text);
    }
    if (value[0] != 0) return;
    while (i < octets && value[i] != 0) {
        const size_t label = value[i++];
        if (label > 63 || label > octets - i || n + label + 2 > size) {
            out[0] = '\0';
            return;
        }
        if (n > 0) out[n++] = '.';
        memcpy(out + n, value + i, label);
        n += label;
        out[n] = '\0';
        i += label;
    }
    if (i >= octets) out[0] = '\0'; /* no end */
}

/* What no host could use is left out, so that the rest of the list still counts. */
static void add_route(fw_dhcp_routes* routes, uint32_t network, uint32_t prefix_length, uint32_t gateway) {
    dectbed_ip_route* route = routes->route + routes->count;
    if (network >> 24 == 0 || network >> 24 == 127 || network >> 28 >= 0xE || routes->count == FW_DHCP_ROUTES_MAX)
        return;
    if (gateway != 0 && (gateway >> 24 == 0 || gateway >> 24 == 127 || gateway >> 28 >= 0xE)) return;
    route->network = network;
    route->prefix_length = prefix_length;
    route->gateway = gateway;
    ++routes->count;
}

/* RFC 2132, 5.8: pairs of destination and router, without masks. A destination is the network of its class, or a host
 * if it has bits beyond that. There is no default route here. */
static void read_static_routes(fw_dhcp_options* o, fw_dhcp_routes* routes) {
    size_t octets;
    const uint8_t* value = fw_dhcp_option(o, FW_DHCP_OPTION_STATIC_ROUTES, &octets);
    if (value == NULL || octets % 8 != 0) return;
    for (size_t i = 0; i < octets; i += 8) {
        const uint32_t to = get_u32(value + i), by = get_u32(value + i + 4);
        const uint32_t class_bits = to >> 31 == 0 ? 8 : to >> 30 == 2 ? 16 : 24;
        if (by != 0) add_route(routes, to, (to & 0xFFFFFFFFu >> class_bits) == 0 ? class_bits : 32, by);
    }
}

/* RFC 3442: option 121, if there is one, is the only source of routes. */
static void read_routes(fw_dhcp_options* o, fw_dhcp_lease* lease, fw_dhcp_routes* routes) {
    size_t octets, i = 0;
    const uint8_t* value = fw_dhcp_option(o, FW_DHCP_OPTION_CLASSLESS_ROUTES, &octets);
    if (value == NULL || octets < 5) {
        read_static_routes(o, routes);
        return;
    }
    lease->router = 0;
    while (i < octets) {
        const size_t prefix = value[i++], significant = (prefix + 7) / 8;
        uint8_t network[4] = {0};
        if (prefix > 32 || significant + 4 > octets - i) return;
        memcpy(network, value + i, significant);
        i += significant;
        if (prefix == 0) {
            lease->router = get_u32(value + i);
        } else {
            /* bits beyond the prefix are padding (RFC 3442: "compact encoding") */
            add_route(routes, get_u32(network) & (uint32_t)(0xFFFFFFFFu << (32 - prefix)), (uint32_t)prefix,
                      get_u32(value + i));
        }
        i += 4;
    }
}

const uint8_t* fw_dhcp_sub_option(const uint8_t* field, size_t octets, uint8_t code, size_t* length) {
    const uint8_t* found = NULL;
    size_t i = 0;
    *length = 0;
    while (i < octets) {
        const uint8_t sub = field[i++];
        if (sub == FW_DHCP_OPTION_PAD) continue;
        if (sub == FW_DHCP_OPTION_END) break;
        if (i >= octets) return NULL;
        const size_t n = field[i++];
        if (n > octets - i) return NULL;
        if (sub == code && found == NULL) {
            found = field + i;
            *length = n;
        }
        i += n;
    }
    return found;
}

/* RFC 3925, 4 */
static void read_vendor_information(fw_dhcp_options* o, uint32_t enterprise, fw_dhcp_lease* lease) {
    size_t octets, i = 0;
    const uint8_t* value = fw_dhcp_option(o, FW_DHCP_OPTION_VENDOR_INFORMATION, &octets);
    while (value != NULL && octets - i >= 5) {
        const uint32_t whose = get_u32(value + i);
        const size_t length = value[i + 4];
        i += 5;
        if (length > octets - i) return;
        if (whose == enterprise && enterprise != 0) {
            size_t n;
            const uint8_t* url = fw_dhcp_sub_option(value + i, length, provisioning_sub_option, &n);
            if (url != NULL) copy_text(lease->vendor_url, sizeof lease->vendor_url, url, n);
        }
        i += length;
    }
}

bool fw_dhcp_parse(const uint8_t* data, size_t octets, const uint8_t mac[6], uint32_t enterprise,
                   fw_dhcp_reply* reply) {
    fw_dhcp_options o;
    fw_dhcp_lease* lease = &reply->lease;
    const uint8_t* value;
    size_t n;
    uint32_t count, routers[1] = {0};
    memset(reply, 0, sizeof *reply);
    if (octets < header_octets + sizeof cookie) return false;
    if (data[0] != 2 || data[1] != 1 || data[2] != 6) return false; /* BOOTREPLY, Ethernet */
    if (memcmp(data + 28, mac, 6) != 0 || memcmp(data + header_octets, cookie, sizeof cookie) != 0) return false;
    reply->xid = get_u32(data + 4);
    lease->address = get_u32(data + 16);
    if (!fw_dhcp_options_find(&o, data, octets)) return false;

    value = fw_dhcp_option_last(&o, FW_DHCP_OPTION_TYPE, &n);
    if (value == NULL || n != 1) return false;
    reply->type = value[0];
    if (!read_mask(&o, lease) || !read_number(&o, FW_DHCP_OPTION_LEASE, &lease->lease_s) ||
        !read_number(&o, FW_DHCP_OPTION_RENEWAL, &lease->renewal_s) ||
        !read_number(&o, FW_DHCP_OPTION_REBINDING, &lease->rebinding_s) ||
        !read_number(&o, FW_DHCP_OPTION_SERVER, &lease->server))
        return false;
    if (!read_addresses(&o, FW_DHCP_OPTION_ROUTER, routers, 1, &count)) return false;
    lease->router = routers[0];
    if (!read_addresses(&o, FW_DHCP_OPTION_DNS, lease->dns, 3, &lease->dns_count)) return false;
    if (!read_addresses(&o, FW_DHCP_OPTION_NTP, lease->ntp, 2, &lease->ntp_count)) lease->ntp_count = 0;
    if (!read_addresses(&o, FW_DHCP_OPTION_TFTP_ADDRESSES, &lease->tftp_address, 1, &count)) lease->tftp_address = 0;
    read_routes(&o, lease, &reply->routes);
    value = fw_dhcp_option(&o, FW_DHCP_OPTION_HOST_NAME, &n);
    if (value != NULL) copy_text(lease->host_name, sizeof lease->host_name, value, n);
    value = fw_dhcp_option(&o, FW_DHCP_OPTION_DOMAIN, &n);
    if (value != NULL) copy_text(lease->domain, sizeof lease->domain, value, n);
    value = fw_dhcp_option_last(&o, FW_DHCP_OPTION_TIME_OFFSET, &n);
    if (value != NULL && n == 4) { /* RFC 2132, 3.4: a signed number of seconds */
        lease->time_offset_s = (int32_t)get_u32(value);
        lease->has_time_offset = true;
    }

    value = fw_dhcp_option(&o, FW_DHCP_OPTION_VENDOR_SPECIFIC, &n);
    if (value != NULL) {
        if (n > sizeof lease->vendor_specific) n = sizeof lease->vendor_specific;
        memcpy(lease->vendor_specific, value, n);
        lease->vendor_specific_octets = (uint32_t)n;
    }
    value = fw_dhcp_option(&o, FW_DHCP_OPTION_BOOT_SERVER, &n);
    if (value != NULL) copy_text(lease->boot_server, sizeof lease->boot_server, value, n);
    if (lease->boot_server[0] == '\0' && !(o.overload & 2)) copy_text(lease->boot_server, 65, data + 44, 64);
    value = fw_dhcp_option(&o, FW_DHCP_OPTION_BOOT_FILE, &n);
    if (value != NULL) copy_text(lease->boot_file, sizeof lease->boot_file, value, n);
    if (lease->boot_file[0] == '\0' && !(o.overload & 1))
        copy_text(lease->boot_file, sizeof lease->boot_file, data + 108, 128);
    read_sip_server(&o, lease->sip_server, sizeof lease->sip_server);
    read_vendor_information(&o, enterprise, lease);
    return true;
}

/* A URL stays as it is; a host is TFTP's (RFC 2132, 9.4). */
static bool as_url(const char* text, char* out, size_t size) {
    size_t used = 0;
    if (text[0] == '\0') return false;
    if (strstr(text, "://") != NULL) return fw_append(out, size, &used, "%s", text);
    return fw_append(out, size, &used, "tftp://%s/", text);
}

/* Octets before the scheme are the code and length of a sub-option. */
static bool has_scheme(const char* text) {
    const size_t letters = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return letters > 0 && strncmp(text + letters, "://", 3) == 0;
}

bool fw_dhcp_provisioning_url(const fw_dhcp_lease* lease, char* out, size_t size) {
    char text[sizeof lease->vendor_specific + 1];
    size_t n;
    const uint8_t* sub;
    if (as_url(lease->boot_server, out, size)) return true;
    copy_text(text, sizeof text, lease->vendor_specific, lease->vendor_specific_octets);
    if (has_scheme(text)) return as_url(text, out, size);
    sub = fw_dhcp_sub_option(lease->vendor_specific, lease->vendor_specific_octets, provisioning_sub_option, &n);
    if (sub != NULL) {
        copy_text(text, sizeof text, sub, n);
        if (as_url(text, out, size)) return true;
    }
    if (as_url(lease->vendor_url, out, size)) return true;
    if (lease->tftp_address == 0) return false;
    fw_ipv4_text(lease->tftp_address, text);
    return as_url(text, out, size);
}
