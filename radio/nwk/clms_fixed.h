// {CLMS-FIXED}, the B-format message of 1 to 6 sections that goes to many by a long page (EN 300 175-5, 8.3).
//
//   address section   X X X X 1 header 3 | address 16 | discriminator 8 | one section: data 8; else length in bits 8
//   data section      X X X X 0 number 3 | data 32
//
// The header of the address section: 1, 3, 5 one section; 2, 4, 6 several; with standard codes, a stream of bits,
// characters. The four bits X are not sent. Only whole octets of data are handled here.
#pragma once

#include <cstdint>
#include <string>

#include "sim/bytes.h"

namespace dectbed::radio::nwk {

constexpr std::size_t section_octets = 5, sections_max = 6, clms_fixed_data_max = 20;

struct clms_fixed {
    enum class coding : std::uint8_t { standard = 1, bit_stream = 3, alphanumeric = 5 };
    coding code = coding::bit_stream;
    std::uint16_t address = 0;       ///< 16 low bits of a connectionless TPUI; CFFF: everybody
    std::uint8_t discriminator = 1;  ///< octet 4; 1: elements of the standard
    sim::bytes data;                 ///< 1..20 octets; one alone needs no data section
};

/// Refuses no data and more than 20 octets; fills the last section up with zeros, as no code of a fill is given.
sim::encoded<sim::bytes> encode(const clms_fixed& m);
/// Takes 5..30 octets. Refuses another number of sections than the length says, data sections out of order, reserved
/// headers, a length that is no number of whole octets. The fill is not looked at.
sim::decoded<clms_fixed> decode_clms_fixed(sim::byte_view octets);
/// Whether octets are of this format and not an S-format message: no protocol has such a discriminator.
bool is_clms_fixed(sim::byte_view octets);
/// "CLMS-FIXED to ..cfff, alphanumeric, 5 octets: 48 65 6c 6c 6f"
std::string describe(const clms_fixed& m);

}  // namespace dectbed::radio::nwk
