// Identities of DECT (EN 300 175-6): IPEI, IPUI type N, RFPI class A, PMID.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "radio/air_interface.h"
#include "sim/bytes.h"

namespace dectbed::radio {

/// International Portable Equipment Identity, 36 bits, held as the 40 bits of an IPUI type N: a zero
/// nibble, EMC (16), PSN (20) (EN 300 175-6, 6.2 and 10).
struct ipei {
    std::uint16_t emc = 0;  ///< manufacturer code
    std::uint32_t psn = 0;  ///< portable serial number, 20 bits

    std::array<std::uint8_t, 5> octets() const;
    /// Refuses octets whose type nibble is not 0 (IPUI type N).
    static sim::decoded<ipei> from_octets(sim::byte_view five);
    friend bool operator==(const ipei& a, const ipei& b) { return a.emc == b.emc && a.psn == b.psn; }
};

/// "00012 0000137 9": 5 digits EMC, 7 digits PSN, check character (EN 300 175-6, 10.1).
std::string to_text(const ipei& id);
/// Accepts digits with or without blanks; the check character must be right.
sim::decoded<ipei> ipei_from_text(std::string_view text);

/// The spellings that vendors' files, screens and labels use for the same 40 bits (row XC-04).
enum class ipei_spelling : std::uint8_t {
    printed,                ///< 03586 0017017 7
    printed_without_check,  ///< 03586 0017017
    hexadecimal,            ///< 00e0204279
    octet_list,             ///< 0x00,0xE0,0x20,0x42,0x79
    octets_apart            ///< 00 E0 20 42 79
};
std::string to_text(const ipei& id, ipei_spelling spelling);
/// Takes any of the spellings, hexadecimal digits in either case, decimal ones with blanks anywhere. Ten characters
/// are always hexadecimal. A check character is verified where there is one; other lengths are refused.
sim::decoded<ipei> ipei_from_any_text(std::string_view text);
/// Sum of digit times place (1..12), modulo 11; 10 is written '*'.
char ipei_check_character(std::string_view twelve_digits);

/// RFPI of ARI class A (EN 300 175-6, 5.2): E bit, ARC 000, EMC 16, FPN 17, RPN 3.
rfpi make_rfpi_class_a(std::uint16_t emc, std::uint32_t fpn, std::uint8_t rpn);
sim::decoded<rfpi> rfpi_from_text(std::string_view ten_hex_digits);

/// Default PMID: hexadecimal E and 16 random bits (EN 300 175-6, 11.7.2).
constexpr std::uint32_t default_pmid(std::uint16_t random) { return 0xE0000U | random; }
/// Link signature of the DLC checksum: 0 unless the PMID was assigned (EN 300 175-4, 10.3.1).
constexpr std::uint16_t link_signature(std::uint32_t pmid) {
    return (pmid >> 16 & 0xF) == 0xE ? 0 : static_cast<std::uint16_t>(pmid);
}

}  // namespace dectbed::radio
