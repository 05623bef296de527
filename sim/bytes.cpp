#include "sim/bytes.h"

namespace dectbed::sim {

std::string to_hex(byte_view b) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(static_cast<std::size_t>(b.size()) * 2);
    for (auto octet : b) {
        out.push_back(digits[octet >> 4]);
        out.push_back(digits[octet & 15]);
    }
    return out;
}

decoded<bytes> from_hex(std::string_view hex) {
    bytes out;
    out.reserve(hex.size() / 2);
    int high = -1;
    for (std::size_t i = 0; i < hex.size(); ++i) {
        const char c = hex[i];
        int value = 0;
        if (c >= '0' && c <= '9') {
            value = c - '0';
        } else if (c >= 'a' && c <= 'f') {
            value = c - 'a' + 10;
        } else if (c >= 'A' && c <= 'F') {
            value = c - 'A' + 10;
        } else if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
            continue;
        } else {
            return decode_error{i, "not a hexadecimal digit"};
        }
        if (high < 0) {
            high = value;
        } else {
            out.push_back(static_cast<std::uint8_t>(high << 4 | value));
            high = -1;
        }
    }
    if (high >= 0) return decode_error{hex.size(), "odd number of hexadecimal digits"};
    return out;
}

}  // namespace dectbed::sim
