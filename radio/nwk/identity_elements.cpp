#include "radio/nwk/identity_elements.h"

#include "radio/nwk/element_checks.h"

namespace dectbed::radio::nwk {

namespace {

constexpr int rfpi_bits = 40, tpui_bits = 20, tmsi_bits_max = 32;
constexpr std::uint8_t level_included = 0x40, extended_included = 0x80;

std::uint64_t number_of(sim::byte_view octets) {
    std::uint64_t n = 0;
    for (auto o : octets) n = n << 8 | o;
    return n;
}

/// A number of so many bits, left-aligned in octets.
sim::bytes left_aligned(std::uint64_t number, int bits) {
    sim::bytes out(static_cast<std::size_t>((bits + 7) / 8));
    number <<= 8 * static_cast<int>(out.size()) - bits;
    for (std::size_t i = out.size(); i-- > 0; number >>= 8) out[i] = static_cast<std::uint8_t>(number);
    return out;
}

bool clear_past_the_end(const sim::bytes& value, int bits) {
    return bits % 8 == 0 || (value.back() & (0xFFU >> bits % 8)) == 0;
}

bool defined(time_limit t) { return t == time_limit::defined_1 || t == time_limit::defined_2; }

bool known(fixed_identity_type t) {
    switch (t) {
        case fixed_identity_type::ari:
        case fixed_identity_type::ari_and_rpn:
        case fixed_identity_type::ari_and_wrs_rpn:
        case fixed_identity_type::park:
            return true;
    }
    return false;
}

/// Why the length or value does not suit; empty if it does. One rule for both directions.
std::string misfit(const fixed_identity& f) {
    if (f.bits == 0 || f.bits > rfpi_bits) return fmt::format("{} bits are no length of a fixed identity", f.bits);
    const bool with_rpn = f.type == fixed_identity_type::ari_and_rpn || f.type == fixed_identity_type::ari_and_wrs_rpn;
    if (with_rpn && f.bits != rfpi_bits) return fmt::format("ARI and RPN have 40 bits, not {}", f.bits);
    if (f.type == fixed_identity_type::ari && f.bits != 1 + ari_bits(ari_class::a) &&
        f.bits != 1 + ari_bits(ari_class::b))
        return fmt::format("an ARI has 37 or 32 bits, not {}", f.bits);
    if (f.type == fixed_identity_type::park && f.bits > 1 + ari_bits(ari_class::a))
        return fmt::format("a PARK has at most 37 bits, not {}", f.bits);
    if (f.value.size() != static_cast<std::size_t>((f.bits + 7) / 8))
        return fmt::format("{} octets do not hold {} bits", f.value.size(), f.bits);
    if ((f.value[0] & 0x80) != 0) return "the bit before the ARC is not 0";
    return clear_past_the_end(f.value, f.bits) ? "" : "bits past the identity's end are not 0";
}

std::string misfit(const network_identity& n) {
    if (n.bits > 127) return "identity exceeds 127 bits";
    if (n.type == network_identity_type::tmsi && n.bits > tmsi_bits_max)
        return fmt::format("a TMSI has at most 32 bits, not {}", n.bits);
    return n.value.size() == static_cast<std::size_t>((n.bits + 7) / 8)
               ? ""
               : fmt::format("{} octets do not hold {} bits", n.value.size(), n.bits);
}

}  // namespace

sim::encoded<portable_identity> portable_identity_of(const ipui& id) {
    const auto e = radio::encode(id);
    if (!e) return e.error();
    return portable_identity{portable_identity_type::ipui, e.value().bits, e.value().value};
}

sim::encoded<portable_identity> portable_identity_of_tpui(std::uint32_t tpui, bool assigned_number) {
    if (tpui >> tpui_bits != 0) return sim::encode_error{"TPUI exceeds 20 bits"};
    return portable_identity{portable_identity_type::tpui,
                             tpui_bits,
                             {static_cast<std::uint8_t>((assigned_number ? 0x10 : 0) | tpui >> 16),
                              static_cast<std::uint8_t>(tpui >> 8), static_cast<std::uint8_t>(tpui)}};
}

sim::decoded<ipui> ipui_of(const portable_identity& p) {
    if (p.type == portable_identity_type::tpui) return sim::decode_error{0, "identity is no IPUI"};
    auto id = decode_ipui(p.value, p.bits);
    if (!id) return sim::decode_error{id.error().offset + 2, id.error().reason};
    if (p.type == portable_identity_type::ipei && id.value().type != ipui_type::n)
        return sim::decode_error{2, "an IPEI is coded as IPUI type N"};
    return id;
}

sim::decoded<std::uint32_t> tpui_of(const portable_identity& p) {
    if (p.type != portable_identity_type::tpui) return sim::decode_error{0, "identity is no TPUI"};
    if (p.bits != tpui_bits || p.value.size() != 3)
        return sim::decode_error{1, fmt::format("a TPUI has 20 bits, not {}", p.bits)};
    if (p.value[0] >> 4 > 1)
        return sim::decode_error{2, fmt::format("assignment type {} is reserved", p.value[0] >> 4)};
    return static_cast<std::uint32_t>(number_of(p.value)) & 0xFFFFF;
}

sim::encoded<element> encode(const fixed_identity& f) {
    if (!known(f.type)) return sim::encode_error{"type of fixed identity is reserved"};
    if (auto reason = misfit(f); !reason.empty()) return sim::encode_error{reason};
    element e{ie::fixed_identity,
              {static_cast<std::uint8_t>(0x80 | static_cast<std::uint8_t>(f.type)),
               static_cast<std::uint8_t>(0x80 | f.bits)}};
    e.contents.insert(e.contents.end(), f.value.begin(), f.value.end());
    return e;
}

sim::decoded<fixed_identity> decode_fixed_identity(const element& e) {
    if (auto wrong = wrong_code(e, ie::fixed_identity)) return *wrong;
    sim::byte_reader r(e.contents);
    const std::uint8_t type = r.u8(), length = r.u8();
    if (!r.ok()) return at_end(r, "the length of the identity");
    if (auto wrong = no_marker(type, 0)) return *wrong;
    if (auto wrong = no_marker(length, 1)) return *wrong;
    fixed_identity f;
    f.type = static_cast<fixed_identity_type>(type & 0x7F);
    if (!known(f.type)) return sim::decode_error{0, fmt::format("type {:02x} is reserved", type & 0x7F)};
    f.bits = length & 0x7F;
    f.value = sim::to_bytes(r.octets((f.bits + 7U) / 8U));
    if (!r.ok()) return at_end(r, "the identity does");
    if (r.left() != 0) return trailing(r);
    if (auto reason = misfit(f); !reason.empty()) return sim::decode_error{1, reason};
    return f;
}

sim::encoded<fixed_identity> fixed_identity_of(const ari& a) {
    const auto number = to_number(a);
    if (!number) return number.error();
    const int bits = 1 + ari_bits(a.arc);
    return fixed_identity{fixed_identity_type::ari, static_cast<std::uint8_t>(bits),
                          left_aligned(number.value(), bits)};
}

sim::encoded<fixed_identity> fixed_identity_of(const park& p) {
    const int bits = 1 + p.pli;
    if (p.pli > ari_bits(ari_class::a) || p.bits >> p.pli != 0)
        return sim::encode_error{fmt::format("PARK does not fit into PLI {}", p.pli)};
    return fixed_identity{fixed_identity_type::park, static_cast<std::uint8_t>(bits), left_aligned(p.bits, bits)};
}

fixed_identity fixed_identity_of(const rfpi& id) {
    fixed_identity f{fixed_identity_type::ari_and_rpn, rfpi_bits, sim::bytes(id.octets.begin(), id.octets.end())};
    f.value[0] &= 0x7F;
    return f;
}

sim::decoded<ari> ari_of(const fixed_identity& f) {
    if (f.type == fixed_identity_type::park) return sim::decode_error{0, "identity is a PARK, not an ARI"};
    if (f.type != fixed_identity_type::ari) {
        const auto id = rfpi_of(f);
        if (!id) return id.error();
        const auto parts = from_rfpi(id.value());
        if (!parts) return parts.error();
        return parts.value().pari;
    }
    if (auto reason = misfit(f); !reason.empty()) return sim::decode_error{1, reason};
    return ari_from_number(number_of(f.value) >> (8 * static_cast<int>(f.value.size()) - f.bits), f.bits - 1);
}

sim::decoded<park> park_of(const fixed_identity& f) {
    if (f.type != fixed_identity_type::park) return sim::decode_error{0, "identity is no PARK"};
    if (auto reason = misfit(f); !reason.empty()) return sim::decode_error{1, reason};
    return park{number_of(f.value) >> (8 * static_cast<int>(f.value.size()) - f.bits),
                static_cast<std::uint8_t>(f.bits - 1)};
}

sim::decoded<rfpi> rfpi_of(const fixed_identity& f) {
    if (f.bits != rfpi_bits || f.value.size() != 5) return sim::decode_error{1, "identity has no RPN"};
    rfpi id;
    std::copy(f.value.begin(), f.value.end(), id.octets.begin());
    return id;
}

sim::encoded<element> encode(const location_area& l) {
    if (!l.level && !l.extended) return sim::encode_error{"a location area has a level or extended information"};
    if (l.level.value_or(0) > 63) return sim::encode_error{"level exceeds 63"};
    if (l.extended && l.extended->empty()) return sim::encode_error{"extended information is empty"};
    if (l.extended && l.extended->size() > 254) return sim::encode_error{"extended information exceeds 254 octets"};
    element e{ie::location_area,
              {static_cast<std::uint8_t>((l.level ? level_included : 0) | (l.extended ? extended_included : 0) |
                                         l.level.value_or(0))}};
    if (l.extended) e.contents.insert(e.contents.end(), l.extended->begin(), l.extended->end());
    return e;
}

sim::decoded<location_area> decode_location_area(const element& e) {
    if (auto wrong = wrong_code(e, ie::location_area)) return *wrong;
    sim::byte_reader r(e.contents);
    const std::uint8_t first = r.u8();
    if (!r.ok()) return at_end(r, "the location area's type");
    if (first >> 6 == 0) return sim::decode_error{0, "location information type 0 is reserved"};
    location_area l;
    if ((first & level_included) != 0) l.level = static_cast<std::uint8_t>(first & 0x3F);
    if ((first & extended_included) != 0) {
        if (r.left() == 0) return at_end(r, "the extended location information");
        l.extended = sim::to_bytes(r.octets(r.left()));
    }
    if (r.left() != 0) return trailing(r);
    if (!l.level && (first & 0x3F) != 0) return sim::decode_error{0, "a level that is not included is not 0"};
    return l;
}

sim::encoded<element> encode(const identity_type& i) {
    if (i.type > 0x7F) return sim::encode_error{"type exceeds 7 bits"};
    return element{ie::identity_type,
                   {static_cast<std::uint8_t>(0x80 | static_cast<std::uint8_t>(i.group)),
                    static_cast<std::uint8_t>(0x80 | i.type)}};
}

sim::decoded<identity_type> decode_identity_type(const element& e) {
    if (auto wrong = wrong_code(e, ie::identity_type)) return *wrong;
    sim::byte_reader r(e.contents);
    const std::uint8_t group = r.u8(), type = r.u8();
    if (!r.ok()) return at_end(r, "the type");
    if (r.left() != 0) return trailing(r);
    if (group >> 4 != 8) return sim::decode_error{0, "bits 8 to 5 of the group are not 1000"};
    if (auto wrong = no_marker(type, 1)) return *wrong;
    switch (static_cast<identity_group>(group & 0x0F)) {
        case identity_group::portable:
        case identity_group::network_assigned:
        case identity_group::fixed:
        case identity_group::application:
        case identity_group::proprietary:
            return identity_type{static_cast<identity_group>(group & 0x0F), static_cast<std::uint8_t>(type & 0x7F)};
    }
    return sim::decode_error{0, fmt::format("identity group {} is reserved", group & 0x0F)};
}

sim::encoded<element> encode(const network_identity& n) {
    if (auto reason = misfit(n); !reason.empty()) return sim::encode_error{reason};
    element e{ie::nwk_assigned_identity,
              {static_cast<std::uint8_t>(0x80 | static_cast<std::uint8_t>(n.type)),
               static_cast<std::uint8_t>(0x80 | n.bits)}};
    e.contents.insert(e.contents.end(), n.value.begin(), n.value.end());
    return e;
}

sim::decoded<network_identity> decode_network_identity(const element& e) {
    if (auto wrong = wrong_code(e, ie::nwk_assigned_identity)) return *wrong;
    sim::byte_reader r(e.contents);
    const std::uint8_t type = r.u8(), length = r.u8();
    if (!r.ok()) return at_end(r, "the length of the identity");
    if (auto wrong = no_marker(type, 0)) return *wrong;
    if (auto wrong = no_marker(length, 1)) return *wrong;
    network_identity n;
    n.type = static_cast<network_identity_type>(type & 0x7F);
    if (n.type != network_identity_type::tmsi && n.type != network_identity_type::proprietary)
        return sim::decode_error{0, fmt::format("type {:02x} is reserved", type & 0x7F)};
    n.bits = length & 0x7F;
    n.value = sim::to_bytes(r.octets((n.bits + 7U) / 8U));
    if (!r.ok()) return at_end(r, "the identity does");
    if (r.left() != 0) return trailing(r);
    if (auto reason = misfit(n); !reason.empty()) return sim::decode_error{1, reason};
    return n;
}

sim::encoded<element> encode(const duration& d) {
    if (!defined(d.time) && d.units != 0) return sim::encode_error{"units go with a defined time limit only"};
    element e{ie::duration,
              {static_cast<std::uint8_t>((defined(d.time) ? 0 : extension_end) |
                                         static_cast<std::uint8_t>(d.lock) << 4 | static_cast<std::uint8_t>(d.time))}};
    if (defined(d.time)) e.contents.push_back(d.units);
    return e;
}

sim::decoded<duration> decode_duration(const element& e) {
    if (auto wrong = wrong_code(e, ie::duration)) return *wrong;
    sim::byte_reader r(e.contents);
    const std::uint8_t first = r.u8();
    if (!r.ok()) return at_end(r, "the limits");
    duration d;
    d.lock = static_cast<lock_limit>(first >> 4 & 7);
    d.time = static_cast<time_limit>(first & 0x0F);
    if (d.lock < lock_limit::temporary_2)
        return sim::decode_error{0, fmt::format("lock limit {} is reserved", first >> 4 & 7)};
    switch (d.time) {
        case time_limit::erase:
        case time_limit::standard:
        case time_limit::infinite:
        case time_limit::defined_1:
        case time_limit::defined_2:
            break;
        default:
            return sim::decode_error{0, fmt::format("time limit {} is reserved", first & 0x0F)};
    }
    if (((first & extension_end) == 0) != defined(d.time))
        return sim::decode_error{0, "bit 8 does not suit the time limit"};
    if (defined(d.time)) d.units = r.u8();
    if (!r.ok()) return at_end(r, "the time duration");
    if (r.left() != 0) return trailing(r);
    return d;
}

}  // namespace dectbed::radio::nwk
