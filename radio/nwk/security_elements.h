// Elements of key allocation and ciphering (EN 300 175-5 V2.7.1, 7.7). AUTH-TYPE, RAND, RS, RES are in elements.h.
// Bit 4 of a key's number: 0 belongs to the IPUI, 1 to the pair of IPUI and PARK.
#pragma once

#include <cstdint>
#include <optional>

#include "radio/nwk/elements.h"

namespace dectbed::radio::nwk {

namespace algorithm {
constexpr std::uint8_t dsaa = 1, dsaa2 = 2, umts = 0x20, gsm = 0x40;  ///< authentication
constexpr std::uint8_t dsc = 1, dsc2 = 2;                             ///< ciphering
constexpr std::uint8_t proprietary = 0x7F;
}  // namespace algorithm
namespace key_type {
constexpr std::uint8_t uak = 1, upi = 3, ac = 4;      ///< authentication
constexpr std::uint8_t derived = 9, static_key = 10;  ///< ciphering
}  // namespace key_type

/// <<ALLOCATION-TYPE>> (7.7.2): algorithm | UAK number 4, AC number 4.
struct allocation_type {
    std::uint8_t algorithm = algorithm::dsaa2;  ///< DSAA or DSAA2
    std::uint8_t uak_number = 0;                ///< 0..15, under which the new UAK is kept
    std::uint8_t ac_number = 0;                 ///< 0..15, from which it is made
};
sim::encoded<element> encode(const allocation_type& a);
sim::decoded<allocation_type> decode_allocation_type(const element& e);

/// <<CIPHER-INFO>> (7.7.10): Y/N, algorithm 7 [| proprietary algorithm] | key type 4, key number 4.
struct cipher_info {
    bool enable = true;
    std::uint8_t algorithm = algorithm::dsc2;           ///< 7 bits; GPRS algorithms pass as they are
    std::optional<std::uint8_t> proprietary_algorithm;  ///< exactly with 0x7F
    std::uint8_t key_type = key_type::derived;          ///< 9 derived, 10 static
    std::uint8_t key_number = 0;                        ///< 0..15
};
sim::encoded<element> encode(const cipher_info& c);
sim::decoded<cipher_info> decode_cipher_info(const element& e);

/// <<KEY>> (7.7.24): key type | key [| default cipher key index 2]. Without a key in an {MM-INFO-REQUEST}.
enum class transferred_key : std::uint8_t {
    dck_dsc = 0x90,
    dck_dsc2 = 0x91,
    ccm = 0x92,
    default_dsc = 0x94,
    default_dsc2 = 0x95
};
struct key {
    transferred_key type = transferred_key::dck_dsc2;
    sim::bytes value;                                       ///< most significant octet first; 0 to 16 octets
    std::optional<std::uint16_t> default_cipher_key_index;  ///< only with default cipher keys, there always with a key
};
sim::encoded<element> encode(const key& k);
sim::decoded<key> decode_key(const element& e);

}  // namespace dectbed::radio::nwk
