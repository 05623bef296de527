// DHCP messages: RFC 2131 (format, section 2) and RFC 2132 (options). Pure codec.
//
//   0        1        2        3
//   op       htype    hlen     hops
//   xid
//   secs              flags (bit 15: broadcast)
//   ciaddr, yiaddr, siaddr, giaddr
//   chaddr (16), sname (64), file (128)
//   magic cookie 99.130.83.99, options: code, length, data; 0 pad; 255 end
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/network/address.h"
#include "sim/bytes.h"

namespace dectbed::models::network {

constexpr std::uint16_t dhcp_server_port = 67, dhcp_client_port = 68;

enum class dhcp_type : std::uint8_t {
    discover = 1,
    offer = 2,
    request = 3,
    decline = 4,
    ack = 5,
    nak = 6,
    release = 7,
    inform = 8
};
const char* to_text(dhcp_type t);  ///< "DISCOVER"
std::optional<dhcp_type> parse_dhcp_type(std::string_view name);

/// RFC 2132 option codes.
enum dhcp_option_code : std::uint8_t {
    dhcp_subnet_mask = 1,
    dhcp_time_offset = 2,
    dhcp_router = 3,
    dhcp_dns_servers = 6,
    dhcp_host_name = 12,
    dhcp_domain_name = 15,
    dhcp_static_routes = 33,
    dhcp_ntp_servers = 42,
    dhcp_vendor_specific = 43,
    dhcp_requested_address = 50,
    dhcp_lease_time = 51,
    dhcp_overload = 52,
    dhcp_message_type = 53,
    dhcp_server_identifier = 54,
    dhcp_parameter_request_list = 55,
    dhcp_message_text = 56,
    dhcp_maximum_message_size = 57,
    dhcp_renewal_time = 58,
    dhcp_rebinding_time = 59,
    dhcp_vendor_class = 60,
    dhcp_client_identifier = 61,
    dhcp_tftp_server_name = 66,
    dhcp_bootfile_name = 67,
    dhcp_user_class = 77,                 // RFC 3004
    dhcp_relay_agent_information = 82,    // RFC 3046
    dhcp_sip_servers = 120,               // RFC 3361
    dhcp_classless_routes = 121,          // RFC 3442
    dhcp_vendor_identifying_class = 124,  // RFC 3925
    dhcp_vendor_information = 125,        // RFC 3925
    dhcp_tftp_addresses = 150             // RFC 5859
};

struct dhcp_option {
    std::uint8_t code = 0;
    sim::bytes data;
    friend bool operator==(const dhcp_option& a, const dhcp_option& b) { return a.code == b.code && a.data == b.data; }
};

struct dhcp_message {
    std::uint8_t op = 1;  ///< 1 BOOTREQUEST, 2 BOOTREPLY
    std::uint8_t htype = 1, hlen = 6, hops = 0;
    std::uint32_t xid = 0;
    std::uint16_t secs = 0;
    bool broadcast = false;
    ipv4_address ciaddr, yiaddr, siaddr, giaddr;
    std::array<std::uint8_t, 16> chaddr{};
    std::string sname, file;           ///< without the zeros behind them
    std::vector<dhcp_option> options;  ///< each code once, in order of first appearance

    mac_address client_mac() const;
    void set_client_mac(const mac_address& m);

    const sim::bytes* find(std::uint8_t code) const;  ///< null if absent
    /// Null if absent or not of this form; RFC 2132 gives each option its length.
    std::optional<dhcp_type> type() const;
    std::optional<ipv4_address> address(std::uint8_t code) const;
    std::optional<std::uint32_t> number(std::uint8_t code) const;  ///< of 1, 2 or 4 octets
    std::string text(std::uint8_t code) const;                     ///< empty if absent

    void erase(std::uint8_t code);
    /// Each replaces an option of the same code.
    void set(std::uint8_t code, sim::bytes data);
    void set(std::uint8_t code, ipv4_address a);
    void set(std::uint8_t code, const std::vector<ipv4_address>& list);
    void set_u32(std::uint8_t code, std::uint32_t v);
    void set_text(std::uint8_t code, std::string_view text);
    void set_type(dhcp_type t);
};

/// Refuses: fewer octets than the fixed part, a missing cookie, no end option, an option that exceeds its field,
/// hlen above 16, reserved flags, op other than 1 or 2, an option 52 that is not 1..3 or appears in an
/// overloaded field, and fixed-length options of the wrong length. Overloaded sname and file (option 52) are
/// read as options; an option given in parts (RFC 3396) is joined. Octets behind the end are ignored.
sim::decoded<dhcp_message> decode_dhcp(sim::byte_view octets);

/// Why this cannot be an option of a message: its code is not for callers, or its length not RFC 2132's. Null: it can.
const char* dhcp_option_problem(const dhcp_option& o);

/// At least 300 octets (BOOTP's minimum, RFC 951, 3). Options above 255 octets are split (RFC 3396). Refuses
/// sname above 64 and file above 128 octets.
sim::encoded<sim::bytes> encode_dhcp(const dhcp_message& m);

}  // namespace dectbed::models::network
