// Identities of portable parts beyond the IPEI (EN 300 175-6 V2.7.1, 6.2, 6.3, 7.3; coded as in 175-5, 7.7.30).
//
//   IPUI  PUT 4 | PUN    N: EMC 16, PSN 20 · O: number 0..60 bits · P: POC 16, account 0..80 bits
//                        Q, U: 0..20 decimal digits · R, S: 0..15 digits · T: EIC 16, 0..11 digits
//   TPUI  20 bits, told apart by the first one or two hexadecimal digits
//   PMID  20 bits of the MAC: the assigned TPUI, or E and 16 random bits (identity.h)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "radio/identity.h"
#include "sim/bytes.h"

namespace dectbed::radio {

enum class ipui_type : std::uint8_t { n = 0, o = 1, p = 2, q = 3, r = 4, s = 5, t = 6, u = 7 };

struct ipui {
    ipui_type type = ipui_type::n;
    std::uint16_t code = 0;  ///< EMC (N), POC (P), EIC (T); else 0
    std::uint32_t psn = 0;   ///< N only, 20 bits
    /// Q, R, S, T, U: decimal digits. O and P: hexadecimal digits, the first most significant; bits past the end 0.
    std::string digits;
    std::uint8_t number_bits = 0;  ///< O and P: how many bits of `digits` count
    friend bool operator==(const ipui& x, const ipui& y) {
        return x.type == y.type && x.code == y.code && x.psn == y.psn && x.digits == y.digits &&
               x.number_bits == y.number_bits;
    }
};
ipui make_ipui(const ipei& id);  ///< type N

/// Value as on air: PUT first, the last octet filled with 0, or with F after decimal digits.
struct identity_bits {
    sim::bytes value;
    std::uint8_t bits = 0;
};
sim::encoded<identity_bits> encode(const ipui& id);
/// Refuses reserved types, lengths beyond the type's, digits beyond 9 and wrong fill. Offsets count octets.
sim::decoded<ipui> decode_ipui(sim::byte_view value, int bits);
/// "N 03586 0017017 7", "O 1234 (16 bits)", "R 262011234567890", "P POC 1234, account 00ff (16 bits)".
std::string describe(const ipui& id);

enum class tpui_kind : std::uint8_t {
    assigned_individual,
    connectionless_group,
    call_group,
    default_individual,
    emergency,
    not_available,  ///< F0...: used by the MAC
    reserved
};
/// Of the 20 bits of a TPUI (table 6.1).
tpui_kind kind_of(std::uint32_t tpui);
const char* to_text(tpui_kind k);

/// E and the 16 least significant bits of the IPUI; F1 and its 12 least significant bits.
sim::encoded<std::uint32_t> default_tpui(const ipui& id);
sim::encoded<std::uint32_t> emergency_tpui(const ipui& id);
/// Assigned TPUI that spells an extension number of 1..5 digits, filled with B in front (6.3.2, note 1).
sim::encoded<std::uint32_t> tpui_of_extension(std::string_view digits);
/// Members 0..4095 of the groups; the last connectionless one is the collective broadcast identifier.
sim::encoded<std::uint32_t> connectionless_group_tpui(std::uint32_t member);
sim::encoded<std::uint32_t> call_group_tpui(std::uint32_t member);
constexpr std::uint32_t collective_broadcast_tpui = 0xCCFFF;

}  // namespace dectbed::radio
