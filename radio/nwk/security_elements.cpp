#include "radio/nwk/security_elements.h"

#include "radio/nwk/element_checks.h"

namespace dectbed::radio::nwk {

namespace {

constexpr std::size_t index_octets = 2;

bool is_default(transferred_key t) { return t == transferred_key::default_dsc || t == transferred_key::default_dsc2; }

/// Octets of a key of this type: 64 bits in DSC, 128 otherwise.
std::size_t key_octets(transferred_key t) {
    return t == transferred_key::dck_dsc || t == transferred_key::default_dsc ? 8 : 16;
}

bool cipher_key_type_ok(std::uint8_t t) { return t == key_type::derived || t == key_type::static_key; }

bool known(transferred_key t) {
    switch (t) {
        case transferred_key::dck_dsc:
        case transferred_key::dck_dsc2:
        case transferred_key::ccm:
        case transferred_key::default_dsc:
        case transferred_key::default_dsc2:
            return true;
    }
    return false;
}

}  // namespace

sim::encoded<element> encode(const allocation_type& a) {
    if (a.algorithm != algorithm::dsaa && a.algorithm != algorithm::dsaa2)
        return sim::encode_error{"key allocation is defined for DSAA and DSAA2"};
    if (a.uak_number > 15 || a.ac_number > 15) return sim::encode_error{"a key's number exceeds 4 bits"};
    return element{ie::allocation_type, {a.algorithm, static_cast<std::uint8_t>(a.uak_number << 4 | a.ac_number)}};
}

sim::decoded<allocation_type> decode_allocation_type(const element& e) {
    if (auto wrong = wrong_code(e, ie::allocation_type)) return *wrong;
    sim::byte_reader r(e.contents);
    allocation_type a;
    a.algorithm = r.u8();
    const std::uint8_t numbers = r.u8();
    if (!r.ok()) return at_end(r, "the numbers of the keys");
    if (r.left() != 0) return trailing(r);
    if (a.algorithm != algorithm::dsaa && a.algorithm != algorithm::dsaa2)
        return sim::decode_error{0, fmt::format("authentication algorithm {:02x} is reserved", a.algorithm)};
    a.uak_number = numbers >> 4;
    a.ac_number = numbers & 0x0F;
    return a;
}

sim::encoded<element> encode(const cipher_info& c) {
    if (c.algorithm > 0x7F) return sim::encode_error{"cipher algorithm exceeds 7 bits"};
    if (c.proprietary_algorithm.has_value() != (c.algorithm == algorithm::proprietary))
        return sim::encode_error{"a proprietary algorithm goes with identifier 7f, and only with it"};
    if (!cipher_key_type_ok(c.key_type)) return sim::encode_error{"a cipher key is derived (9) or static (10)"};
    if (c.key_number > 15) return sim::encode_error{"a key's number exceeds 4 bits"};
    element e{ie::cipher_info, {static_cast<std::uint8_t>((c.enable ? 0x80 : 0) | c.algorithm)}};
    if (c.proprietary_algorithm) e.contents.push_back(*c.proprietary_algorithm);
    e.contents.push_back(static_cast<std::uint8_t>(c.key_type << 4 | c.key_number));
    return e;
}

sim::decoded<cipher_info> decode_cipher_info(const element& e) {
    if (auto wrong = wrong_code(e, ie::cipher_info)) return *wrong;
    sim::byte_reader r(e.contents);
    cipher_info c;
    const std::uint8_t first = r.u8();
    c.enable = (first & 0x80) != 0;
    c.algorithm = first & 0x7F;
    if (c.algorithm == algorithm::proprietary) c.proprietary_algorithm = r.u8();
    const std::uint8_t key = r.u8();
    if (!r.ok()) return at_end(r, "the cipher key");
    if (r.left() != 0) return trailing(r);
    c.key_type = key >> 4;
    c.key_number = key & 0x0F;
    if (!cipher_key_type_ok(c.key_type))
        return sim::decode_error{r.offset() - 1, fmt::format("cipher key type {} is reserved", c.key_type)};
    return c;
}

sim::encoded<element> encode(const key& k) {
    if (!known(k.type)) return sim::encode_error{"key type is reserved"};
    if (!k.value.empty() && k.value.size() != key_octets(k.type))
        return sim::encode_error{
            fmt::format("a key of this type has {} octets, not {}", key_octets(k.type), k.value.size())};
    if (k.default_cipher_key_index && !is_default(k.type))
        return sim::encode_error{"only default cipher keys have an index"};
    if (is_default(k.type) && !k.value.empty() && !k.default_cipher_key_index)
        return sim::encode_error{"a default cipher key needs its index"};
    sim::byte_writer w;
    w.u8(static_cast<std::uint8_t>(k.type));
    w.octets(k.value);
    if (k.default_cipher_key_index) w.u16(*k.default_cipher_key_index);
    return element{ie::key, w.take()};
}

sim::decoded<key> decode_key(const element& e) {
    if (auto wrong = wrong_code(e, ie::key)) return *wrong;
    sim::byte_reader r(e.contents);
    key k;
    const std::uint8_t type = r.u8();
    if (!r.ok()) return at_end(r, "the key type");
    k.type = static_cast<transferred_key>(type);
    if (!known(k.type)) return sim::decode_error{0, fmt::format("key type {:02x} is reserved", type)};
    const std::size_t index = is_default(k.type) && r.left() > 0 ? index_octets : 0;
    if (r.left() != index && r.left() != index + key_octets(k.type))
        return sim::decode_error{r.offset(), fmt::format("{} octets are no length of a key of this type", r.left())};
    k.value = sim::to_bytes(r.octets(r.left() - index));
    if (index != 0) k.default_cipher_key_index = r.u16();
    return k;
}

}  // namespace dectbed::radio::nwk
