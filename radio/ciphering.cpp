#include "radio/ciphering.h"

#include <algorithm>

namespace dectbed::radio {

std::array<std::uint8_t, 5> ciphering::mask(side from, int frame_number, std::int64_t multiframe) const {
    cipher_iv iv;
    iv.frame = static_cast<std::uint8_t>(frame_number);
    iv.multiframe = static_cast<std::uint32_t>(multiframe & 0xFF'FFFF);
    const full_slot_segments both = segments(generator_, iv);
    const auto& own = from == side::fixed ? both.fixed_part : both.portable_part;
    std::array<std::uint8_t, 5> tail{};
    std::copy_n(own.begin(), tail.size(), tail.begin());
    return tail;
}

std::optional<cipher_key> cipher_key_of(sim::byte_view key) {
    if (key.size() == 8) {
        std::array<std::uint8_t, 8> k{};
        std::copy(key.begin(), key.end(), k.begin());
        return extended_cipher_key(k);
    }
    cipher_key k{};
    if (static_cast<std::size_t>(key.size()) != k.size()) return std::nullopt;
    std::copy(key.begin(), key.end(), k.begin());
    return k;
}

}  // namespace dectbed::radio
