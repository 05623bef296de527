#include "models/network/address.h"

#include <charconv>

namespace dectbed::models::network {

std::string to_text(ipv4_address a) {
    char text[16];
    char* p = text;
    for (int shift = 24; shift >= 0; shift -= 8) {
        p = std::to_chars(p, text + sizeof text, (a.value >> shift) & 0xFF).ptr;
        if (shift > 0) *p++ = '.';
    }
    return {text, p};
}

std::string to_text(const mac_address& m) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(17);
    for (auto octet : m.octets) {
        if (!text.empty()) text += ':';
        text += digits[octet >> 4];
        text += digits[octet & 15];
    }
    return text;
}

std::string to_text(endpoint e) { return to_text(e.address) + ':' + std::to_string(e.port); }

std::optional<ipv4_address> parse_ipv4(std::string_view text) {
    std::uint32_t value = 0;
    const char* p = text.data();
    const char* const end = p + text.size();
    for (int part = 0; part < 4; ++part) {
        if (part > 0) {
            if (p == end || *p != '.') return std::nullopt;
            ++p;
        }
        unsigned octet = 0;
        const auto [next, error] = std::from_chars(p, end, octet);
        // "010" would be octal to some readers; it is refused instead of guessed.
        if (error != std::errc{} || octet > 255 || next - p > 3 || (*p == '0' && next - p > 1)) return std::nullopt;
        value = value << 8 | octet;
        p = next;
    }
    if (p != end) return std::nullopt;
    return ipv4_address{value};
}

std::optional<mac_address> parse_mac(std::string_view text) {
    if (text.size() != 17) return std::nullopt;
    mac_address mac;
    for (std::size_t i = 0; i < 6; ++i) {
        if (i > 0 && text[3 * i - 1] != ':' && text[3 * i - 1] != '-') return std::nullopt;
        const char* p = text.data() + 3 * i;
        if (std::from_chars(p, p + 2, mac.octets[i], 16).ptr != p + 2) return std::nullopt;
    }
    return mac;
}

std::string mac_in(std::string_view text) {
    constexpr std::size_t length = 17;
    for (std::size_t begin = 0; begin + length <= text.size(); ++begin) {
        if (text[begin + 2] != ':') continue;
        const auto word = text.substr(begin, length);
        if (word.find('-') != word.npos) continue;  // parse_mac() takes these, too
        if (const auto mac = parse_mac(word)) return to_text(*mac);
    }
    return {};
}

}  // namespace dectbed::models::network
