// Messages in B-format on their way through the Lb broadcast: to and from the PT tail of a fixed part's A-field
// (EN 300 175-3, 7.2.4). What they say: radio/nwk/lce_page.h, radio/nwk/clms_fixed.h.
//
//   short, 3 octets   20 bits on air: the four high bits of a message's first octet are not sent, and arrive as 0
//   full,  5 octets   36 bits on air
//   long,  5..30      the same 36 bits in each section of 5 octets
#pragma once

#include <cstddef>
#include <cstdint>

#include "radio/a_field.h"
#include "sim/bytes.h"

namespace dectbed::radio {

constexpr std::size_t short_page_octets = 3, full_page_octets = 5;

/// PT tail of a message of 3 or 5 octets; refuses other lengths. A short one has room for MAC information.
sim::encoded<tail::page_other> page_tail(sim::byte_view message, bool extend, std::uint8_t information_type = 0,
                                         std::uint16_t information = 0);
/// The message in a short or full page's tail; refuses other lengths of pages.
sim::decoded<sim::bytes> paged_message(const tail::page_other& t);
/// PT tail of a long page's section of 5 octets, and back. `indication`: radio/page_schedule.h.
sim::encoded<tail::page_other> long_page_tail(sim::byte_view section, std::uint8_t indication);
sim::decoded<sim::bytes> long_page_section(const tail::page_other& t);

/// 7.2.4.3.3: information type and bits of the blind full slots; slot pair 0 as bit 11, 1 = available.
constexpr std::uint8_t blind_full_slots = 1;
constexpr std::uint16_t all_slots_available = 0x0FFF;
constexpr std::uint16_t slot_bit(int slot) { return static_cast<std::uint16_t>(0x0800U >> slot); }

}  // namespace dectbed::radio
