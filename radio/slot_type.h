// Slots and the physical packets that fill them (EN 300 175-2, 4.2.1 and 4.4; 175-3, 6.2.1.1, 6.2.5.4, 7.1.4).
//
//   packet  slot            symbols, with Z   S   A   B    X  Z    begins at         takes
//   P00     short           96                32  64  -    -  -    f0                -
//   P00j    half, j = 80    184               32  64  80   4  4    f0 or f240        half a full slot
//   P32     full            424               32  64  320  4  4    f0                a full slot
//   P00j    long, j = 640   744               32  64  640  4  4    f0                two full slots, not 11 and 12
//   P00j    long, j = 672   776               32  64  672  4  4    f0                the same
//   P80     double          904               32  64  800  4  4    f0 of an even one the same
//
// Pure: figures, positions and the redundancy of the B-field in each.
#pragma once

#include <cstdint>
#include <optional>

#include "radio/frame_time.h"
#include "sim/bytes.h"

namespace dectbed::radio {

const char* to_text(slot_type t);

constexpr std::int64_t s_field_bits = 32, a_field_bits = 64, x_field_bits = 4, z_field_bits = 4;

constexpr std::int64_t b_field_bits(slot_type t) {
    switch (t) {
        case slot_type::full:
            return 320;
        case slot_type::half:
            return 80;
        case slot_type::double_slot:
            return 800;
        case slot_type::long_640:
            return 640;
        case slot_type::long_672:
            return 672;
    }
    return 320;
}
/// On the air, with the Z-field.
constexpr std::int64_t packet_bits(slot_type t) {
    return s_field_bits + a_field_bits + b_field_bits(t) + x_field_bits + z_field_bits;
}
/// First bit after the S-field of what the A-CRC and the X-CRC protect.
constexpr std::int64_t x_field_at(slot_type t) { return s_field_bits + a_field_bits + b_field_bits(t); }
static_assert(packet_bits(slot_type::full) == bits_p32 && s_field_bits + a_field_bits == bits_p00);

constexpr std::int64_t bits_per_half_slot = bits_per_slot / 2;
/// Where p0 lies in a full slot.
constexpr std::int64_t packet_start(slot_type t, bool second_half) {
    return t == slot_type::half && second_half ? bits_per_half_slot : 0;
}
/// Full slots that are touched.
constexpr int full_slots(slot_type t) { return packet_bits(t) > bits_per_slot ? 2 : 1; }
/// Pair of slots (0..11) at which such a bearer may begin: two slots must follow each other in one half of the frame.
constexpr bool may_begin_at(slot_type t, int pair) {
    if (full_slots(t) == 1) return pair >= 0 && pair < duplex_slots;
    if (t == slot_type::double_slot && pair % 2 != 0) return false;
    return pair >= 0 && pair < duplex_slots - 1;
}
/// Pairs that are taken, pair 0 as bit 11.
constexpr std::uint16_t pairs_taken(slot_type t, int pair) {
    return static_cast<std::uint16_t>((full_slots(t) == 2 ? 0x0C00U : 0x0800U) >> pair);
}
/// 175-3, 11.6: how much of a fixed part's load such a bearer is, in half slots of a frame.
constexpr int load_half_slots(slot_type t) {
    switch (t) {
        case slot_type::half:
            return 2;
        case slot_type::full:
            return 4;
        case slot_type::double_slot:
        case slot_type::long_640:
        case slot_type::long_672:
            return 8;
    }
    return 4;
}

/// 175-3, 7.1.4: BA of a bearer request of the advanced set, and of its answer, that asks for this slot.
constexpr std::uint8_t requesting_ba(slot_type t) {
    switch (t) {
        case slot_type::double_slot:
            return 2;
        case slot_type::half:
            return 4;
        case slot_type::long_640:
            return 5;
        case slot_type::long_672:
            return 6;
        case slot_type::full:
            return 0;
    }
    return 0;
}
/// The slot that a bearer request of the advanced set asks for.
constexpr slot_type requested_slot(std::uint8_t ba) {
    switch (ba) {
        case 2:
            return slot_type::double_slot;
        case 4:
            return slot_type::half;
        case 5:
            return slot_type::long_640;
        case 6:
            return slot_type::long_672;
        default:
            return slot_type::full;
    }
}
/// 175-3, table 7.33: slot type in an ATTRIBUTES_T message, 4 bits.
constexpr std::uint8_t attribute_code(slot_type t) {
    switch (t) {
        case slot_type::full:
            return 0;
        case slot_type::half:
            return 1;
        case slot_type::double_slot:
            return 2;
        case slot_type::long_640:
            return 3;
        case slot_type::long_672:
            return 4;
    }
    return 0;
}
constexpr std::optional<slot_type> slot_type_of_attribute(std::uint8_t code) {
    for (slot_type t :
         {slot_type::full, slot_type::half, slot_type::double_slot, slot_type::long_640, slot_type::long_672})
        if (attribute_code(t) == code) return t;
    return std::nullopt;
}

/// A fixed part that offers long slots says so in part 2 of its extended capabilities (175-5, annex F): in this bit.
/// a12 of its capabilities tells that there are extended ones.
constexpr int extended_capabilities_follow = 12;
constexpr int long_slot_bit(slot_type t) { return t == slot_type::long_672 ? 13 : 12; }

/// X-CRC (175-3, 6.2.5.4) of a scrambled B-field; low nibble. The octets must be b_field_bits(t) / 8.
sim::encoded<std::uint8_t> x_crc(slot_type t, sim::byte_view b_field);
/// The scrambling bits of a frame number (175-3, 6.2.4) for a B-field of that slot.
sim::bytes scrambling_sequence(slot_type t, int frame_number);

}  // namespace dectbed::radio
