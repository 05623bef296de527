#include "radio/identity.h"

#include <fmt/format.h>

#include "sim/bytes.h"

namespace dectbed::radio {

namespace {
constexpr std::uint32_t psn_max = 0xFFFFF;
}

std::array<std::uint8_t, 5> ipei::octets() const {
    return {static_cast<std::uint8_t>(emc >> 12), static_cast<std::uint8_t>(emc >> 4),
            static_cast<std::uint8_t>((emc & 0xF) << 4 | (psn >> 16 & 0xF)), static_cast<std::uint8_t>(psn >> 8),
            static_cast<std::uint8_t>(psn)};
}

sim::decoded<ipei> ipei::from_octets(sim::byte_view five) {
    if (five.size() != 5) return sim::decode_error{0, fmt::format("an IPEI has 5 octets, not {}", five.size())};
    if (five[0] >> 4 != 0) return sim::decode_error{0, fmt::format("IPUI type {:X} is not N", five[0] >> 4)};
    ipei id;
    id.emc = static_cast<std::uint16_t>((five[0] & 0xF) << 12 | five[1] << 4 | five[2] >> 4);
    id.psn = static_cast<std::uint32_t>((five[2] & 0xF) << 16 | five[3] << 8 | five[4]);
    return id;
}

char ipei_check_character(std::string_view twelve_digits) {
    unsigned sum = 0, place = 1;
    for (char digit : twelve_digits) sum += static_cast<unsigned>(digit - '0') * place++;
    const unsigned rest = sum % 11;
    return rest == 10 ? '*' : static_cast<char>('0' + rest);
}

std::string to_text(const ipei& id) {
    const std::string digits = fmt::format("{:05}{:07}", id.emc, id.psn & psn_max);
    return fmt::format("{} {} {}", digits.substr(0, 5), digits.substr(5), ipei_check_character(digits));
}

namespace {

/// 12 decimal digits or, if there are 13 characters, a check character behind them; blanks do not count.
sim::decoded<ipei> from_decimal(std::string_view text, bool check_wanted) {
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == ' ') continue;
        const bool last = digits.size() == 12;
        if (digits.size() > 12) return sim::decode_error{i, "more than 13 characters"};
        if (!(c >= '0' && c <= '9') && !(last && c == '*'))
            return sim::decode_error{i, fmt::format("'{}' is no digit", c)};
        digits += c;
    }
    if (digits.size() != 13 && (check_wanted || digits.size() != 12))
        return sim::decode_error{text.size(), fmt::format("{} of 13 characters", digits.size())};
    const char check = ipei_check_character(std::string_view(digits).substr(0, 12));
    if (digits.size() == 13 && digits[12] != check)
        return sim::decode_error{text.size() - 1,
                                 fmt::format("check character is '{}', expected '{}'", digits[12], check)};
    const auto number = [&](std::size_t from, std::size_t n) {
        std::uint32_t v = 0;
        for (char c : std::string_view(digits).substr(from, n)) v = v * 10 + static_cast<std::uint32_t>(c - '0');
        return v;
    };
    const std::uint32_t emc = number(0, 5), psn = number(5, 7);
    if (emc > 0xFFFF) return sim::decode_error{0, "EMC exceeds 65535"};
    if (psn > psn_max) return sim::decode_error{5, "PSN exceeds 1048575"};
    return ipei{static_cast<std::uint16_t>(emc), psn};
}

sim::decoded<ipei> from_hexadecimal(std::string_view ten_digits) {
    const auto octets = sim::from_hex(ten_digits);
    if (!octets) return octets.error();
    return ipei::from_octets(octets.value());
}

}  // namespace

sim::decoded<ipei> ipei_from_text(std::string_view text) { return from_decimal(text, true); }

sim::decoded<ipei> ipei_from_any_text(std::string_view text) {
    if (text.empty()) return sim::decode_error{0, "no IPEI given"};
    if (text.find(',') != std::string_view::npos) {  // 0xHH,0xHH,0xHH,0xHH,0xHH
        std::string digits;
        std::size_t at = 0;
        for (int octet = 0; octet < 5; ++octet) {
            if (octet > 0) {
                if (at >= text.size() || text[at] != ',')
                    return sim::decode_error{at, "a list of 5 octets has 4 commas"};
                ++at;
                while (at < text.size() && text[at] == ' ') ++at;
            }
            const auto part = text.substr(at, 4);
            if (part.size() < 4 || part[0] != '0' || (part[1] != 'x' && part[1] != 'X'))
                return sim::decode_error{at, "an octet of the list is written 0xHH"};
            digits += part.substr(2);
            at += 4;
        }
        if (at != text.size()) return sim::decode_error{at, "more than 5 octets"};
        return from_hexadecimal(digits);
    }
    const bool pairs = text.size() == 14 && text[2] == ' ' && text[5] == ' ' && text[8] == ' ' && text[11] == ' ';
    if (pairs || text.size() == 10) return from_hexadecimal(text);
    return from_decimal(text, false);
}

std::string to_text(const ipei& id, ipei_spelling spelling) {
    const auto o = id.octets();
    switch (spelling) {
        case ipei_spelling::printed:
            return to_text(id);
        case ipei_spelling::printed_without_check:
            return to_text(id).substr(0, 13);
        case ipei_spelling::hexadecimal:
            return sim::to_hex(sim::byte_view(o));
        case ipei_spelling::octet_list:
            return fmt::format("0x{:02X},0x{:02X},0x{:02X},0x{:02X},0x{:02X}", o[0], o[1], o[2], o[3], o[4]);
        case ipei_spelling::octets_apart:
            return fmt::format("{:02X} {:02X} {:02X} {:02X} {:02X}", o[0], o[1], o[2], o[3], o[4]);
    }
    return {};
}

rfpi make_rfpi_class_a(std::uint16_t emc, std::uint32_t fpn, std::uint8_t rpn) {
    // E | ARC 000 | EMC 16 | FPN 17 | RPN 3
    const std::uint64_t bits =
        static_cast<std::uint64_t>(emc) << 20 | static_cast<std::uint64_t>(fpn & 0x1FFFF) << 3 | (rpn & 7U);
    rfpi id;
    for (int i = 0; i < 5; ++i)
        id.octets[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(bits >> (32 - 8 * i));
    return id;
}

std::string to_text(const rfpi& id) { return sim::to_hex(sim::byte_view(id.octets)); }

sim::decoded<rfpi> rfpi_from_text(std::string_view ten_hex_digits) {
    auto octets = sim::from_hex(ten_hex_digits);
    if (!octets) return octets.error();
    if (octets.value().size() != 5)
        return sim::decode_error{0, fmt::format("an RFPI has 5 octets, not {}", octets.value().size())};
    rfpi id;
    std::copy(octets.value().begin(), octets.value().end(), id.octets.begin());
    return id;
}

}  // namespace dectbed::radio
