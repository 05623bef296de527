// Information elements of NWK messages as plain structs (EN 300 175-5, 7.6 and 7.7).
//
// Each has an encoder that gives an `element` and a decoder that takes one; the decoder checks the code,
// every length and range, and refuses trailing octets. Offsets in errors count from the contents' start.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "radio/identity.h"
#include "radio/nwk/message.h"

namespace dectbed::radio::nwk {

namespace ie {
constexpr std::uint8_t info_type = 0x01, identity_type = 0x02, portable_identity = 0x05, fixed_identity = 0x06,
                       location_area = 0x07, nwk_assigned_identity = 0x09, auth_type = 0x0A, allocation_type = 0x0B,
                       rand = 0x0C, res = 0x0D, rs = 0x0E, cipher_info = 0x19, multi_display = 0x28,
                       multi_keypad = 0x2C, key = 0x56, reject_reason = 0x60, setup_capability = 0x62,
                       terminal_capability = 0x63, calling_party_number = 0x6C, called_party_number = 0x70,
                       duration = 0x72, iwu_to_iwu = 0x77, model_identifier = 0x78, escape_to_proprietary = 0x7B,
                       codec_list = 0x7C, basic_service = 0xE0, release_reason = 0xE2, signal = 0xE4,
                       timer_restart = 0xE5, single_display = 0xE8, single_keypad = 0xE9;
}

/// <<PORTABLE-IDENTITY>> (7.7.30): 1 type 7 | 1 bit length 7 | value, type nibble of an IPUI first.
enum class portable_identity_type : std::uint8_t { ipui = 0x00, ipei = 0x10, tpui = 0x20 };
struct portable_identity {
    portable_identity_type type = portable_identity_type::ipui;
    std::uint8_t bits = 0;  ///< 0..127; unused bits of the last octet are 0
    sim::bytes value;       ///< (bits + 7) / 8 octets
};
portable_identity ipui_n(const ipei& id);  ///< 40 bits
sim::encoded<element> encode(const portable_identity& p);
sim::decoded<portable_identity> decode_portable_identity(const element& e);
/// The IPEI in an IPUI of type N; refuses other identities.
sim::decoded<ipei> ipei_of(const portable_identity& p);

/// <<INFO-TYPE>> (7.7.20): parameter types of 7 bits, the last marked by bit 8.
sim::encoded<element> encode_info_type(const std::vector<std::uint8_t>& parameter_types);
sim::decoded<std::vector<std::uint8_t>> decode_info_type(const element& e);

/// <<REJECT-REASON>> (7.7.34).
namespace reject_reason {
constexpr std::uint8_t ipui_unknown = 0x02, ipei_not_accepted = 0x05, ipui_not_accepted = 0x06,
                       authentication_failed = 0x10, incompatible_service = 0x20, overload = 0x30,
                       invalid_message = 0x5F, information_element_error = 0x60,
                       invalid_information_element_contents = 0x64, timer_expiry = 0x70;
}
element encode_reject_reason(std::uint8_t reason);
sim::decoded<std::uint8_t> decode_reject_reason(const element& e);

/// <<ESCAPE-TO-PROPRIETARY>> (7.7.45) with an EMC as discriminator: 0x81 | EMC 2 | the vendor's octets.
struct proprietary {
    std::uint16_t emc = 0;
    sim::bytes contents;  ///< 0..252 octets
};
sim::encoded<element> encode(const proprietary& p);
sim::decoded<proprietary> decode_proprietary(const element& e);

/// <<AUTH-TYPE>> (7.7.4): algorithm | key type 4, key number 4 | INC DEF TXC UPC, cipher key number 4
/// | default cipher key index 2 if DEF | its algorithm, optional.
struct auth_type {
    std::uint8_t algorithm = 1;                         ///< 1 DSAA, 2 DSAA2, 0x20 UMTS, 0x40 GSM, 0x7F proprietary
    std::optional<std::uint8_t> proprietary_algorithm;  ///< exactly with 0x7F
    std::uint8_t key_type = 1;                          ///< 1 UAK, 3 UPI, 4 AC
    std::uint8_t key_number = 0;
    bool increment = false, default_cipher_key = false, transmit_cipher_key = false, update_cipher_key = false;
    std::uint8_t cipher_key_number = 0;
    std::optional<std::uint16_t> default_cipher_key_index;  ///< exactly with default_cipher_key
    std::optional<std::uint8_t> default_cipher_key_algorithm;
};
sim::encoded<element> encode(const auth_type& a);
sim::decoded<auth_type> decode_auth_type(const element& e);

/// <<RAND>> 8 octets, or 16 (DSAA2); <<RS>> the same; <<RES>> 4 octets: a number of the code's lengths.
sim::encoded<element> encode_number(std::uint8_t code, sim::byte_view octets);
sim::decoded<sim::bytes> decode_number(std::uint8_t code, const element& e);

}  // namespace dectbed::radio::nwk
