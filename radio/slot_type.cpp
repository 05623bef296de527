#include "radio/slot_type.h"

#include <fmt/format.h>

namespace dectbed::radio {

const char* to_text(slot_type t) {
    switch (t) {
        case slot_type::full:
            return "full";
        case slot_type::half:
            return "half";
        case slot_type::double_slot:
            return "double";
        case slot_type::long_640:
            return "long 640";
        case slot_type::long_672:
            return "long 672";
    }
    return "full";
}

namespace {

/// Bit of the B-field that is test bit i.
std::int64_t test_bit(slot_type t, std::int64_t i) {
    switch (t) {
        case slot_type::half:
            return i;
        case slot_type::double_slot:
            return i + 64 * (1 + i / 16);
        case slot_type::full:
        case slot_type::long_640:
        case slot_type::long_672:
            return i + 48 * (1 + i / 16);
    }
    return i;
}

/// m - 4, by table 6.38.
std::int64_t test_bits(slot_type t) { return t == slot_type::full || t == slot_type::half ? 80 : 160; }

}  // namespace

sim::encoded<std::uint8_t> x_crc(slot_type t, sim::byte_view b) {
    const auto needed = static_cast<std::size_t>(b_field_bits(t) / 8);
    if (static_cast<std::size_t>(b.size()) != needed)
        return sim::encode_error{
            fmt::format("a {} slot's B-field has {} octets, not {}", to_text(t), needed, b.size())};
    // Division by x^4 + 1 leaves four interleaved parities; X0 is bit 3.
    std::uint8_t parity = 0;
    for (std::int64_t i = 0; i < test_bits(t); ++i) {
        const std::int64_t at = test_bit(t, i);
        const unsigned bit = b[static_cast<std::size_t>(at / 8)] >> (7 - at % 8) & 1U;
        parity = static_cast<std::uint8_t>(parity ^ bit << (3 - i % 4));
    }
    return parity;
}

sim::bytes scrambling_sequence(slot_type t, int frame_number) {
    // Five stages Q0..Q4 as bits 0..4; Q4 goes out through an inverter that starts inverting and toggles each time the
    // register has been all ones.
    unsigned q = 0x18U | (static_cast<unsigned>(frame_number) & 7U);
    bool inverting = true;
    sim::bytes out(static_cast<std::size_t>(b_field_bits(t) / 8));
    for (std::size_t i = 0; i < out.size() * 8; ++i) {
        const unsigned top = q >> 4 & 1U;
        out[i / 8] = static_cast<std::uint8_t>(out[i / 8] | (inverting ? top ^ 1U : top) << (7 - i % 8));
        const bool all_ones = q == 0x1F;
        q = (q << 1 | (top ^ (q >> 1 & 1U))) & 0x1F;
        if (all_ones) inverting = !inverting;
    }
    return out;
}

}  // namespace dectbed::radio
