// {LCE-REQUEST-PAGE}, the B-format messages that the Lb broadcast carries in PT tails (EN 300 175-5 V2.7.1, 8.2).
//
//   short  3 octets   X X X X W header 3 | 16 bits
//                     header 001: ring pattern 4, 12 bits of group mask (W 1) or group TPUI (W 0)
//   full   5 octets   W 1, or header 001: X X X X W header 3 | slot type 4, 20 bits | setup 4, info 4
//                     W 0:                X X X X W header 3 | IPUI type 4, 28 low bits of the IPUI
//
// The four bits X are not sent; they are 0 here and ignored on reception. Nobody can tell from a short page whose the
// 16 bits are: a portable part compares them with the low bits of its own identities.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "radio/portable_identity.h"
#include "sim/bytes.h"

namespace dectbed::radio::nwk {

/// LCE header (8.2.4.1).
enum class lce_header : std::uint8_t {
    no_u_plane = 0,
    ringing = 1,
    escape = 2,
    general = 3,
    voice = 4,
    auxiliary = 5,
    dprs_setup = 6,
    dprs_resume = 7
};

struct short_page {
    lce_header header = lce_header::no_u_plane;
    bool w = false;             ///< 1: assigned TPUI or CBI; 0: default individual TPUI. With ringing 1: group mask
    std::uint16_t address = 0;  ///< 16 low bits; with ringing pattern 4 and 12 bits
};
struct full_page {
    lce_header header = lce_header::no_u_plane;
    bool w = true;              ///< 0 only with ringing
    std::uint8_t slot = 4;      ///< 0 half, 1 long 640, 2 long 672, 4 full, 5 double
    std::uint32_t address = 0;  ///< TPUI, 20 bits; with ringing pattern 4 and 16 bits of mask or group TPUI
    std::uint8_t setup = 0;     ///< 0 nothing said, 1..5: 8.2.4.2
    std::uint8_t info = 0;      ///< LCN of a DPRS resume, or a profile's discriminator
};
struct ipui_page {
    lce_header header = lce_header::no_u_plane;  ///< not ringing
    ipui_type type = ipui_type::n;
    std::uint32_t address = 0;  ///< 28 low bits of the IPUI
};
using lce_page = std::variant<short_page, full_page, ipui_page>;

sim::encoded<sim::bytes> encode(const lce_page& p);
sim::decoded<lce_page> decode_lce_page(sim::byte_view octets);
/// "LCE-REQUEST-PAGE short, voice, assigned TPUI ..b47"
std::string describe(const lce_page& p);

/// Whether a page tells those whom it addresses to listen to the connectionless bearer (14.3.2, 14.3.3).
bool announces_broadcast(const lce_page& p);

/// Whether a page calls the portable part of this IPUI and assigned TPUI (none: over 20 bits). Ringing by group is
/// no call for a link and never addressed here. Its default TPUI calls it even if it has an assigned one (14.2.3).
bool addresses(const lce_page& p, const ipui& id, std::uint32_t assigned_tpui);

}  // namespace dectbed::radio::nwk
