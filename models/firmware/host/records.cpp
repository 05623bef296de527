#include "models/firmware/host/records.h"

namespace dectbed::models::firmware {

namespace {

/// Octets of the well-formed UTF-8 character at `at` (RFC 3629, section 4), or 0.
std::size_t character_octets(sim::byte_view text, std::size_t at) {
    const auto size = static_cast<std::size_t>(text.size());
    auto octet = [&](std::size_t i) -> unsigned { return text[static_cast<std::ptrdiff_t>(i)]; };
    auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
        return i < size && octet(i) >= low && octet(i) <= high;
    };
    const unsigned first = octet(at);
    if (first < 0x80) return first == '\n' || (first >= 0x20 && first != 0x7F) ? 1 : 0;
    if (first >= 0xC2 && first <= 0xDF) return tail(at + 1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const unsigned low = first == 0xE0 ? 0xA0 : 0x80, high = first == 0xED ? 0x9F : 0xBF;
        return tail(at + 1, low, high) && tail(at + 2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const unsigned low = first == 0xF0 ? 0x90 : 0x80, high = first == 0xF4 ? 0x8F : 0xBF;
        return tail(at + 1, low, high) && tail(at + 2) && tail(at + 3) ? 4 : 0;
    }
    return 0;
}

}  // namespace

std::string clean_text(sim::byte_view text, std::size_t octets_max) {
    const auto size = static_cast<std::size_t>(text.size());
    // Nearly all of it is printable ASCII from end to end.
    const auto* first = reinterpret_cast<const char*>(text.data());
    std::size_t plain = 0;
    while (plain < size && plain < octets_max && first[plain] >= ' ' && first[plain] <= '~') ++plain;
    std::string out(first, plain);
    for (std::size_t at = plain; at < size;) {
        const std::size_t n = character_octets(text, at);
        if (out.size() + (n == 0 ? 1 : n) > octets_max) break;
        if (n == 0) {
            out.push_back('?');
            ++at;
        } else {
            out.append(reinterpret_cast<const char*>(text.data()) + at, n);
            at += n;
        }
    }
    return out;
}

}  // namespace dectbed::models::firmware
