// {LCE-REQUEST-PAGE} and its way through the Lb broadcast: B-format octets (EN 300 175-5, 8.2) to and from the PT
// tail of a fixed part's A-field (EN 300 175-3, 7.2.4).
//
//   short, 3 octets   XXXX W HHH | TPUI 16                                20 bits on air
//   full,  5 octets   XXXX 1 HHH | slot type 4 | TPUI 20 | set-up info 4 | 0000    36 bits on air
//                     XXXX 0 HHH | IPUI class 4 | IPUI 28                 36 bits on air
//
//   long,  5..30      the same 36 bits in each section of 5 octets: a {CLMS-FIXED} (radio/nwk/clms_fixed.h)
//
// X is not sent; it arrives as 0.
#pragma once

#include <cstddef>
#include <cstdint>

#include "radio/a_field.h"
#include "sim/bytes.h"

namespace dectbed::radio {

constexpr std::size_t short_page_octets = 3, full_page_octets = 5;

/// LCE header (EN 300 175-5, 8.2.4.1). 1 asks groups to ring and has another address format: see `value`.
enum class page_header : std::uint8_t {
    none = 0,
    unknown_and_ringing = 1,
    escape = 2,
    general = 3,
    voice = 4,
    auxiliary = 5,
    dprs_setup = 6,
    dprs_resume = 7
};

struct request_page {
    enum class address : std::uint8_t {
        tpui_low,  ///< short: 16 low bits of the TPUI
        tpui,      ///< full: 20 bits
        ipui       ///< full: class and 28 low bits
    };
    address by = address::tpui_low;
    page_header header = page_header::voice;
    bool assigned = true;         ///< W of a short page: an assigned TPUI or the CBI, else the default individual one
    std::uint32_t value = 0;      ///< 16, 20 or 28 bits
    std::uint8_t slot_type = 4;   ///< by TPUI: 4 is a full slot
    std::uint8_t setup_info = 0;  ///< by TPUI
    std::uint8_t ipui_class = 0;  ///< by IPUI
    friend bool operator==(const request_page& a, const request_page& b) {
        return a.by == b.by && a.header == b.header && a.assigned == b.assigned && a.value == b.value &&
               a.slot_type == b.slot_type && a.setup_info == b.setup_info && a.ipui_class == b.ipui_class;
    }
};

/// Refuses values that do not fit, and IPUI addresses with the header 1, which has none.
sim::encoded<sim::bytes> encode(const request_page& p);
/// Takes 3 or 5 octets. A full page with header 1 is read as one by TPUI whatever its W.
sim::decoded<request_page> decode_request_page(sim::byte_view octets);

/// PT tail of a message of 3 or 5 octets; refuses other lengths. A short one has room for MAC information.
sim::encoded<tail::page_other> page_tail(sim::byte_view message, bool extend, std::uint8_t information_type = 0,
                                         std::uint16_t information = 0);
/// The message in a short or full page's tail; refuses other lengths of pages.
sim::decoded<sim::bytes> paged_message(const tail::page_other& t);
/// PT tail of a long page's section of 5 octets, and back. `indication`: radio/page_schedule.h.
sim::encoded<tail::page_other> long_page_tail(sim::byte_view section, std::uint8_t indication);
sim::decoded<sim::bytes> long_page_section(const tail::page_other& t);
/// Whether a page tells those whom it addresses to listen to the connectionless bearer (EN 300 175-5, 14.3.2, 14.3.3).
bool announces_broadcast(const request_page& p);

/// 7.2.4.3.3: information type and bits of the blind full slots; slot pair 0 as bit 11, 1 = available.
constexpr std::uint8_t blind_full_slots = 1;
constexpr std::uint16_t all_slots_available = 0x0FFF;
constexpr std::uint16_t slot_bit(int slot) { return static_cast<std::uint16_t>(0x0800U >> slot); }

}  // namespace dectbed::radio
