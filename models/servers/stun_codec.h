// STUN messages (RFC 8489), with the attributes by which a server helps to find out how an address translator
// behaves (RFC 5780, clause 7), and the checks of integrity (HMAC-SHA1) and of the kind of message (CRC-32).
//
// Pure functions of octets. Vectors: RFC 5769. Not modelled: USERHASH, MESSAGE-INTEGRITY-SHA256, IPv6 as the transport
// (IPv6 addresses in attributes are read and written).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/network/address.h"
#include "sim/bytes.h"

namespace dectbed::models::servers {

enum class stun_class : std::uint8_t { request = 0, indication = 1, success = 2, error = 3 };

constexpr std::uint16_t stun_binding = 0x001;  ///< method; RFC 8489, 18.2
constexpr std::uint32_t stun_cookie = 0x2112A442;
constexpr std::size_t stun_header_octets = 20;

/// RFC 8489, 18.3; RFC 5780, 7; RFC 8445 for PRIORITY.
enum stun_attribute_type : std::uint16_t {
    stun_mapped_address = 0x0001,
    stun_change_request = 0x0003,
    stun_username = 0x0006,
    stun_message_integrity = 0x0008,
    stun_error_code = 0x0009,
    stun_unknown_attributes = 0x000A,
    stun_realm = 0x0014,
    stun_nonce = 0x0015,
    stun_xor_mapped_address = 0x0020,
    stun_padding = 0x0026,
    stun_response_port = 0x0027,
    stun_software = 0x8022,
    stun_alternate_server = 0x8023,
    stun_fingerprint = 0x8028,
    stun_response_origin = 0x802B,
    stun_other_address = 0x802C
};

struct stun_attribute {
    std::uint16_t type = 0;
    sim::bytes value;    ///< without padding
    std::size_t at = 0;  ///< offset of its header in the message that was read
};

struct stun_message {
    stun_class kind = stun_class::request;
    std::uint16_t method = stun_binding;  ///< 0..0xFFF
    std::array<std::uint8_t, 12> transaction{};
    std::vector<stun_attribute> attributes;

    /// The first of that type; null: none.
    const stun_attribute* find(std::uint16_t type) const;
    void add(std::uint16_t type, sim::byte_view value);
    void add_text(std::uint16_t type, std::string_view value) { add(type, sim::view(value)); }
};

/// Are these octets STUN at all (RFC 8489, 6.3: two zero bits, cookie, a length that is a multiple of four)?
bool looks_like_stun(sim::byte_view octets);
/// Every attribute in its place; FINGERPRINT is checked where there is one. Nothing may follow it.
sim::decoded<stun_message> decode_stun(sim::byte_view octets);
/// Attributes in their order; INTEGRITY and FINGERPRINT are added last by the following two.
sim::encoded<sim::bytes> encode_stun(const stun_message& m);

/// Adds MESSAGE-INTEGRITY (RFC 8489, 14.5) under a key: a password, or long_term_key().
void add_integrity(sim::bytes& message, sim::byte_view key);
/// Adds FINGERPRINT (RFC 8489, 14.7).
void add_fingerprint(sim::bytes& message);
/// Whether the MESSAGE-INTEGRITY of a message that decode_stun() has taken is right; false without one.
bool integrity_right(sim::byte_view message, sim::byte_view key);
/// MD5 of "user:realm:password" (RFC 8489, 9.2.2).
sim::bytes long_term_key(std::string_view user, std::string_view realm, std::string_view password);

/// MAPPED-ADDRESS, RESPONSE-ORIGIN, OTHER-ADDRESS (RFC 8489, 14.1) of IPv4; nothing if it is something else.
sim::bytes stun_address(network::endpoint e);
std::optional<network::endpoint> read_stun_address(sim::byte_view value);
/// XOR-MAPPED-ADDRESS (14.2).
sim::bytes stun_xor_address(network::endpoint e);
std::optional<network::endpoint> read_stun_xor_address(sim::byte_view value);
/// ERROR-CODE (14.8): 300..699.
sim::bytes stun_error(int code, std::string_view reason);

}  // namespace dectbed::models::servers
