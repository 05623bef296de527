#include "radio/fixed_identity.h"

#include <fmt/format.h>

#include <algorithm>

namespace dectbed::radio {

namespace {

constexpr std::uint32_t class_e_fill = 0x5555;
constexpr int rfpi_bits = 40, pari_and_rpn_bits = 39, ari_bits_max = 36;

int code_bits(ari_class c) { return c == ari_class::d ? 20 : 16; }
int number_bits(ari_class c) { return ari_bits(c) - 3 - code_bits(c); }

const char* code_name(ari_class c) {
    switch (c) {
        case ari_class::a:
            return "EMC";
        case ari_class::b:
            return "EIC";
        case ari_class::c:
            return "POC";
        case ari_class::d:
            return "GOP";
        case ari_class::e:
            return "FIL";
    }
    return "?";
}

bool decimal_digits(std::uint32_t nibbles) {
    for (; nibbles != 0; nibbles >>= 4)
        if ((nibbles & 0xF) > 9) return false;
    return true;
}

std::uint64_t leading(std::uint64_t number, int bits, int wanted) {
    return wanted <= 0 ? 0 : number >> (bits - wanted);
}

std::uint64_t number_of(const ari& a) {
    return (static_cast<std::uint64_t>(a.arc) << code_bits(a.arc) | a.code) << number_bits(a.arc) | a.number;
}

}  // namespace

sim::encoded<std::uint64_t> to_number(const ari& a) {
    if (a.arc > ari_class::e) return sim::encode_error{"access rights class is not defined"};
    if (a.code >> code_bits(a.arc) != 0)
        return sim::encode_error{fmt::format("{} exceeds {} bits", code_name(a.arc), code_bits(a.arc))};
    if (a.number >> number_bits(a.arc) != 0)
        return sim::encode_error{fmt::format("FPN exceeds {} bits", number_bits(a.arc))};
    if (a.code == 0) return sim::encode_error{fmt::format("{} 0 shall not be used", code_name(a.arc))};
    if (a.number == 0) return sim::encode_error{"FPN 0 shall not be used"};
    if (a.arc == ari_class::e && (a.code != class_e_fill || !decimal_digits(a.number)))
        return sim::encode_error{"class E has the fill pattern 5555 and an FPN of three decimal digits"};
    return number_of(a);
}

sim::decoded<ari> ari_from_number(std::uint64_t number, int bits) {
    const int arc = bits >= 3 && bits <= ari_bits_max ? static_cast<int>(number >> (bits - 3)) : -1;
    if (arc < 0 || arc > static_cast<int>(ari_class::e))
        return sim::decode_error{0, "access rights class is not defined"};
    ari a;
    a.arc = static_cast<ari_class>(arc);
    if (bits != ari_bits(a.arc))
        return sim::decode_error{0, fmt::format("an ARI of this class has {} bits, not {}", ari_bits(a.arc), bits)};
    a.number = static_cast<std::uint32_t>(number & ((std::uint64_t{1} << number_bits(a.arc)) - 1));
    a.code = static_cast<std::uint32_t>(number >> number_bits(a.arc) & ((std::uint64_t{1} << code_bits(a.arc)) - 1));
    return a;
}

sim::encoded<rfpi> to_rfpi(const radio_fixed_part_identity& id) {
    const auto pari = to_number(id.pari);
    if (!pari) return pari.error();
    const int rpn = rpn_bits(id.pari.arc);
    if (id.rpn >> rpn != 0) return sim::encode_error{fmt::format("RPN exceeds {} bits", rpn)};
    const std::uint64_t bits = (id.sari_available ? std::uint64_t{1} << 39 : 0) | pari.value() << rpn | id.rpn;
    rfpi out;
    for (std::size_t i = 0; i < 5; ++i) out.octets[i] = static_cast<std::uint8_t>(bits >> (32 - 8 * i));
    return out;
}

sim::decoded<radio_fixed_part_identity> from_rfpi(const rfpi& id) {
    const std::uint64_t n = id.number();
    const int arc = static_cast<int>(n >> 36 & 7);
    if (arc > static_cast<int>(ari_class::e)) return sim::decode_error{0, "access rights class is not defined"};
    const auto c = static_cast<ari_class>(arc);
    const int rpn = rpn_bits(c);
    const auto pari = ari_from_number((n & ((std::uint64_t{1} << pari_and_rpn_bits) - 1)) >> rpn, ari_bits(c));
    if (!pari) return pari.error();
    radio_fixed_part_identity out;
    out.pari = pari.value();
    out.rpn = static_cast<std::uint8_t>(n & ((1U << rpn) - 1));
    out.sari_available = n >> (rfpi_bits - 1) != 0;
    return out;
}

std::string describe(const ari& a) {
    return fmt::format("{}: {} {:0{}x}, FPN {:0{}x}", static_cast<char>('A' + static_cast<int>(a.arc)),
                       code_name(a.arc), a.code, code_bits(a.arc) / 4, a.number, (number_bits(a.arc) + 3) / 4);
}

std::string describe(const rfpi& id) {
    const auto parts = from_rfpi(id);
    if (!parts) return fmt::format("{} ({})", to_text(id), parts.error().reason);
    return fmt::format("{}, RPN {}{}", describe(parts.value().pari), parts.value().rpn,
                       parts.value().sari_available ? ", SARIs" : "");
}

sim::encoded<park> make_park(const ari& a, int pli) {
    const auto number = to_number(a);
    if (!number) return number.error();
    const int bits = ari_bits(a.arc);
    if (pli > bits) return sim::encode_error{fmt::format("PLI {} exceeds the {} bits of the ARI", pli, bits)};
    if (pli < 0) pli = bits;
    return park{leading(number.value(), bits, pli), static_cast<std::uint8_t>(pli)};
}

bool covers(const park& p, const ari& a) {
    const int bits = ari_bits(a.arc);
    return p.pli <= bits && leading(number_of(a), bits, p.pli) == p.bits;
}

bool covers(const park& p, const rfpi& id) {
    const auto parts = from_rfpi(id);
    return parts && covers(p, parts.value().pari);
}

std::string describe(const park& p) {
    if (const auto a = ari_from_number(p.bits, p.pli)) return fmt::format("{} bits, {}", p.pli, describe(a.value()));
    return fmt::format("{} bits, {:0{}b}", p.pli, p.bits, static_cast<int>(p.pli));
}

int default_location_area_level(const rfpi& id) {
    return ari_bits((id.octets[0] >> 4 & 7) == 0 ? ari_class::a : ari_class::b);
}

bool same_location_area(const rfpi& a, const rfpi& b, int level) {
    constexpr std::uint64_t mask = (std::uint64_t{1} << pari_and_rpn_bits) - 1;
    level = std::clamp(level, 0, pari_and_rpn_bits);
    return leading(a.number() & mask, pari_and_rpn_bits, level) == leading(b.number() & mask, pari_and_rpn_bits, level);
}

}  // namespace dectbed::radio
