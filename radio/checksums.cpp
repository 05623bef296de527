#include "radio/checksums.h"

namespace dectbed::radio {

std::uint16_t r_crc(sim::byte_view octets) {
    std::uint16_t crc = 0;
    for (std::uint8_t octet : octets) {
        crc = static_cast<std::uint16_t>(crc ^ octet << 8);
        for (int i = 0; i < 8; ++i)
            crc = static_cast<std::uint16_t>((crc & 0x8000) != 0 ? crc << 1 ^ 0x0589 : crc << 1);
    }
    return crc ^ 0x0001;
}

std::uint8_t x_crc_full_slot(sim::byte_view b) {
    std::uint8_t parity = 0;  // bit 3 is X0
    for (int i = 0; i < 80; ++i) {
        const int at = i + 48 * (1 + i / 16);
        const unsigned bit = b[static_cast<std::size_t>(at / 8)] >> (7 - at % 8) & 1U;
        parity = static_cast<std::uint8_t>(parity ^ bit << (3 - i % 4));
    }
    return parity;
}

std::array<std::uint8_t, 40> scrambling_sequence(int frame_number) {
    // Five stages Q0..Q4 as bits 0..4; Q4 goes out through an inverter that starts inverting and toggles
    // each time the register has been all ones.
    unsigned q = 0x18U | ((frame_number & 1) != 0 ? 1U : 0U) | ((frame_number & 2) != 0 ? 2U : 0U) |
                 ((frame_number & 4) != 0 ? 4U : 0U);
    bool inverting = true;
    std::array<std::uint8_t, 40> out{};
    for (std::size_t i = 0; i < 320; ++i) {
        const unsigned top = q >> 4 & 1U;
        const unsigned bit = inverting ? top ^ 1U : top;
        out[i / 8] = static_cast<std::uint8_t>(out[i / 8] | bit << (7 - i % 8));
        const bool all_ones = q == 0x1F;
        q = (q << 1 | (top ^ (q >> 1 & 1U))) & 0x1F;
        if (all_ones) inverting = !inverting;
    }
    return out;
}

std::array<std::uint8_t, 2> fletcher_checksum(sim::byte_view frame, std::uint16_t lsig) {
    // With n counted from 1: x + y = -s and (L-1) x + L y = -w (mod 255), where L is the whole length.
    const auto length = static_cast<unsigned>(frame.size()) + 2;
    unsigned s = 0, w = 0, n = 1;
    for (std::uint8_t octet : frame) {
        s = (s + octet) % 255;
        w = (w + n++ % 255 * octet) % 255;
    }
    const unsigned x = (w + (255 - s) * (length % 255)) % 255;  // x = w - L s
    const unsigned y = (2 * 255 - s - x) % 255;
    return {static_cast<std::uint8_t>(x ^ lsig >> 8), static_cast<std::uint8_t>(y ^ (lsig & 0xFF))};
}

bool fletcher_holds(sim::byte_view frame, std::uint16_t lsig) {
    const auto length = static_cast<std::size_t>(frame.size());
    if (length < 2) return false;
    unsigned s = 0, w = 0;
    for (std::size_t i = 0; i < length; ++i) {
        unsigned octet = frame[i];
        if (i == length - 2) octet ^= lsig >> 8;
        if (i == length - 1) octet ^= lsig & 0xFFU;
        s = (s + octet) % 255;
        w = (w + static_cast<unsigned>(i + 1) % 255 * octet) % 255;
    }
    return s == 0 && w == 0;
}

}  // namespace dectbed::radio
