// What the decoders of elements have in common.
#pragma once

#include <fmt/format.h>

#include <optional>

#include "radio/nwk/message.h"

namespace dectbed::radio::nwk {

constexpr std::uint8_t extension_end = 0x80;  ///< bit 8 of an octet: nothing of its group follows

inline std::optional<sim::decode_error> wrong_code(const element& e, std::uint8_t code) {
    if (e.code == code) return std::nullopt;
    return sim::decode_error{0, fmt::format("element {} is not {}", element_name(e.code), element_name(code))};
}

inline sim::decode_error at_end(const sim::byte_reader& r, const char* what) {
    return {r.offset(), fmt::format("ends before {}", what)};
}

inline sim::decode_error trailing(const sim::byte_reader& r) {
    return {r.offset(), fmt::format("{} octets too many", r.left())};
}

/// Bit 8 of octets 3 and 4 of an identity, which is always 1.
inline std::optional<sim::decode_error> no_marker(std::uint8_t octet, std::size_t offset) {
    if ((octet & 0x80) != 0) return std::nullopt;
    return sim::decode_error{offset, "bit 8 is not 1"};
}

}  // namespace dectbed::radio::nwk
