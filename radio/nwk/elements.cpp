#include "radio/nwk/elements.h"

#include <fmt/format.h>

#include "radio/nwk/element_checks.h"

namespace dectbed::radio::nwk {

namespace {

constexpr std::uint8_t escape_algorithm = 0x7F, emc_discriminator = 0x81;

bool number_length_ok(std::uint8_t code, std::size_t octets) {
    return code == ie::res ? octets == 4 : (code == ie::rand || code == ie::rs) && (octets == 8 || octets == 16);
}

}  // namespace

portable_identity ipui_n(const ipei& id) {
    const auto octets = id.octets();
    return {portable_identity_type::ipui, 40, sim::bytes(octets.begin(), octets.end())};
}

sim::encoded<element> encode(const portable_identity& p) {
    if (p.bits > 127) return sim::encode_error{"identity exceeds 127 bits"};
    if (p.value.size() != (p.bits + 7U) / 8U)
        return sim::encode_error{fmt::format("{} octets do not hold {} bits", p.value.size(), p.bits)};
    element e{ie::portable_identity,
              {static_cast<std::uint8_t>(0x80 | static_cast<std::uint8_t>(p.type)),
               static_cast<std::uint8_t>(0x80 | p.bits)}};
    e.contents.insert(e.contents.end(), p.value.begin(), p.value.end());
    return e;
}

sim::decoded<portable_identity> decode_portable_identity(const element& e) {
    if (auto wrong = wrong_code(e, ie::portable_identity)) return *wrong;
    sim::byte_reader r(e.contents);
    portable_identity p;
    const std::uint8_t type = r.u8();
    if (!r.ok()) return at_end(r, "the type");
    if ((type & 0x80) == 0) return sim::decode_error{0, "bit 8 of the type is 0"};
    switch (static_cast<portable_identity_type>(type & 0x7F)) {
        case portable_identity_type::ipui:
        case portable_identity_type::ipei:
        case portable_identity_type::tpui:
            break;
        default:
            return sim::decode_error{0, fmt::format("type {:02x} is reserved", type & 0x7F)};
    }
    p.type = static_cast<portable_identity_type>(type & 0x7F);
    const std::uint8_t length = r.u8();
    if (!r.ok()) return at_end(r, "the length of the identity");
    if ((length & 0x80) == 0) return sim::decode_error{1, "bit 8 of the length is 0"};
    p.bits = length & 0x7F;
    p.value = sim::to_bytes(r.octets((p.bits + 7U) / 8U));
    if (!r.ok()) return at_end(r, "the identity does");
    if (r.left() != 0) return trailing(r);
    return p;
}

sim::decoded<ipei> ipei_of(const portable_identity& p) {
    if (p.type != portable_identity_type::ipui) return sim::decode_error{0, "identity is no IPUI"};
    if (p.bits != 40) return sim::decode_error{1, fmt::format("IPUI type N has 40 bits, not {}", p.bits)};
    return ipei::from_octets(p.value);
}

sim::encoded<element> encode_info_type(const std::vector<std::uint8_t>& types) {
    if (types.empty()) return sim::encode_error{"an INFO-TYPE has at least one parameter type"};
    element e{ie::info_type, {}};
    for (std::size_t i = 0; i < types.size(); ++i) {
        if (types[i] > 0x7F) return sim::encode_error{"parameter type exceeds 7 bits"};
        e.contents.push_back(static_cast<std::uint8_t>(types[i] | (i + 1 == types.size() ? 0x80 : 0)));
    }
    return e;
}

sim::decoded<std::vector<std::uint8_t>> decode_info_type(const element& e) {
    if (auto wrong = wrong_code(e, ie::info_type)) return *wrong;
    std::vector<std::uint8_t> types;
    for (std::size_t i = 0; i < e.contents.size(); ++i) {
        types.push_back(e.contents[i] & 0x7F);
        if ((e.contents[i] & 0x80) == 0) continue;
        if (i + 1 != e.contents.size())
            return sim::decode_error{i + 1, fmt::format("{} octets too many", e.contents.size() - i - 1)};
        return types;
    }
    return sim::decode_error{e.contents.size(), "ends before the last parameter type"};
}

element encode_reject_reason(std::uint8_t reason) { return {ie::reject_reason, {reason}}; }

sim::decoded<std::uint8_t> decode_reject_reason(const element& e) {
    if (auto wrong = wrong_code(e, ie::reject_reason)) return *wrong;
    if (e.contents.empty()) return sim::decode_error{0, "ends before the reason"};
    if (e.contents.size() > 1) return sim::decode_error{1, fmt::format("{} octets too many", e.contents.size() - 1)};
    return e.contents[0];
}

sim::encoded<element> encode(const proprietary& p) {
    if (p.contents.size() > 252) return sim::encode_error{fmt::format("{} octets exceed 252", p.contents.size())};
    element e{ie::escape_to_proprietary,
              {emc_discriminator, static_cast<std::uint8_t>(p.emc >> 8), static_cast<std::uint8_t>(p.emc)}};
    e.contents.insert(e.contents.end(), p.contents.begin(), p.contents.end());
    return e;
}

sim::decoded<proprietary> decode_proprietary(const element& e) {
    if (auto wrong = wrong_code(e, ie::escape_to_proprietary)) return *wrong;
    sim::byte_reader r(e.contents);
    proprietary p;
    const std::uint8_t discriminator = r.u8();
    if (!r.ok()) return at_end(r, "the discriminator type");
    if (discriminator != emc_discriminator)
        return sim::decode_error{0, fmt::format("discriminator type {:02x} is no EMC", discriminator)};
    p.emc = r.u16();
    if (!r.ok()) return at_end(r, "the EMC does");
    p.contents = sim::to_bytes(r.octets(r.left()));
    return p;
}

sim::encoded<element> encode(const auth_type& a) {
    if (a.proprietary_algorithm.has_value() != (a.algorithm == escape_algorithm))
        return sim::encode_error{"a proprietary algorithm goes with identifier 7f, and only with it"};
    if (a.key_type > 15 || a.key_number > 15 || a.cipher_key_number > 15)
        return sim::encode_error{"a key's type or number exceeds 4 bits"};
    if (a.default_cipher_key_index.has_value() != a.default_cipher_key)
        return sim::encode_error{"a default cipher key index goes with DEF, and only with it"};
    if (a.default_cipher_key_algorithm && !a.default_cipher_key_index)
        return sim::encode_error{"a default cipher key algorithm needs its index"};
    sim::byte_writer w;
    w.u8(a.algorithm);
    if (a.proprietary_algorithm) w.u8(*a.proprietary_algorithm);
    w.u8(static_cast<std::uint8_t>(a.key_type << 4 | a.key_number));
    w.u8(static_cast<std::uint8_t>((a.increment ? 0x80 : 0) | (a.default_cipher_key ? 0x40 : 0) |
                                   (a.transmit_cipher_key ? 0x20 : 0) | (a.update_cipher_key ? 0x10 : 0) |
                                   a.cipher_key_number));
    if (a.default_cipher_key_index) w.u16(*a.default_cipher_key_index);
    if (a.default_cipher_key_algorithm) w.u8(*a.default_cipher_key_algorithm);
    return element{ie::auth_type, w.take()};
}

sim::decoded<auth_type> decode_auth_type(const element& e) {
    if (auto wrong = wrong_code(e, ie::auth_type)) return *wrong;
    sim::byte_reader r(e.contents);
    auth_type a;
    a.algorithm = r.u8();
    if (a.algorithm == escape_algorithm) a.proprietary_algorithm = r.u8();
    const std::uint8_t key = r.u8();
    const std::uint8_t flags = r.u8();
    if (!r.ok()) return at_end(r, "the cipher key number");
    a.key_type = key >> 4;
    a.key_number = key & 0xF;
    a.increment = (flags & 0x80) != 0;
    a.default_cipher_key = (flags & 0x40) != 0;
    a.transmit_cipher_key = (flags & 0x20) != 0;
    a.update_cipher_key = (flags & 0x10) != 0;
    a.cipher_key_number = flags & 0xF;
    if (a.default_cipher_key) {
        a.default_cipher_key_index = r.u16();
        if (!r.ok()) return at_end(r, "the default cipher key index");
        if (r.left() > 0) a.default_cipher_key_algorithm = r.u8();
    }
    if (r.left() != 0) return trailing(r);
    return a;
}

sim::encoded<element> encode_number(std::uint8_t code, sim::byte_view octets) {
    if (!number_length_ok(code, static_cast<std::size_t>(octets.size())))
        return sim::encode_error{fmt::format("{} has not {} octets", element_name(code), octets.size())};
    return element{code, sim::to_bytes(octets)};
}

sim::decoded<sim::bytes> decode_number(std::uint8_t code, const element& e) {
    if (auto wrong = wrong_code(e, code)) return *wrong;
    if (!number_length_ok(code, e.contents.size()))
        return sim::decode_error{e.contents.size(),
                                 fmt::format("{} has not {} octets", element_name(code), e.contents.size())};
    return e.contents;
}

}  // namespace dectbed::radio::nwk
