#include "models/servers/stun_codec.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <boost/crc.hpp>

namespace dectbed::models::servers {

namespace {

constexpr std::size_t attribute_header_octets = 4, integrity_octets = 20, fingerprint_octets = 4;
constexpr std::uint32_t fingerprint_xor = 0x5354554E;  // RFC 8489, 14.7
constexpr std::uint8_t family_ipv4 = 1;

std::size_t padded(std::size_t n) { return (n + 3) & ~std::size_t{3}; }

std::uint16_t u16_at(sim::byte_view o, std::size_t at) { return static_cast<std::uint16_t>(o[at] << 8 | o[at + 1]); }

/// The 14 bits of method and class (RFC 8489, 5, figure 3).
std::uint16_t type_of(stun_class kind, std::uint16_t method) {
    const unsigned m = method, c = static_cast<unsigned>(kind);
    return static_cast<std::uint16_t>((m & 0x00F) | (m & 0x070) << 1 | (m & 0xF80) << 2 | (c & 1) << 4 | (c & 2) << 7);
}
stun_class class_of(std::uint16_t type) { return static_cast<stun_class>((type >> 4 & 1) | (type >> 7 & 2)); }
std::uint16_t method_of(std::uint16_t type) {
    return static_cast<std::uint16_t>((type & 0x00F) | (type >> 1 & 0x070) | (type >> 2 & 0xF80));
}

/// Of the message up to `end`.
std::uint32_t fingerprint_of(sim::byte_view message, std::size_t end) {
    boost::crc_32_type sum;
    sum.process_bytes(message.data(), end);
    return sum.checksum() ^ fingerprint_xor;
}

sim::bytes integrity_of(sim::byte_view message, std::size_t end, sim::byte_view key) {
    // The length counts as if the message ended after this attribute (14.5).
    sim::bytes covered(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(end));
    const auto length =
        static_cast<std::uint16_t>(end - stun_header_octets + attribute_header_octets + integrity_octets);
    covered[2] = static_cast<std::uint8_t>(length >> 8);
    covered[3] = static_cast<std::uint8_t>(length);
    sim::bytes sum(integrity_octets);
    unsigned octets = 0;
    HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), covered.data(), covered.size(), sum.data(), &octets);
    return sum;
}

void append_attribute(sim::bytes& message, std::uint16_t type, sim::byte_view value) {
    sim::byte_writer w;
    w.u16(type);
    w.u16(static_cast<std::uint16_t>(value.size()));
    w.octets(value);
    w.zeros(padded(static_cast<std::size_t>(value.size())) - static_cast<std::size_t>(value.size()));
    message.insert(message.end(), w.data().begin(), w.data().end());
    const auto length = static_cast<std::uint16_t>(message.size() - stun_header_octets);
    message[2] = static_cast<std::uint8_t>(length >> 8);
    message[3] = static_cast<std::uint8_t>(length);
}

sim::bytes address_octets(std::uint16_t port, std::uint32_t address) {
    sim::byte_writer w;
    w.u8(0);
    w.u8(family_ipv4);
    w.u16(port);
    w.u32(address);
    return w.take();
}

}  // namespace

const stun_attribute* stun_message::find(std::uint16_t type) const {
    const auto found =
        std::find_if(attributes.begin(), attributes.end(), [type](const stun_attribute& a) { return a.type == type; });
    return found == attributes.end() ? nullptr : &*found;
}

void stun_message::add(std::uint16_t type, sim::byte_view value) {
    attributes.push_back({type, sim::to_bytes(value), 0});
}

bool looks_like_stun(sim::byte_view octets) {
    if (static_cast<std::size_t>(octets.size()) < stun_header_octets || (octets[0] & 0xC0) != 0) return false;
    return sim::byte_reader(octets.subspan(4)).u32() == stun_cookie && (octets[3] & 3) == 0;
}

sim::decoded<stun_message> decode_stun(sim::byte_view octets) {
    const auto size = static_cast<std::size_t>(octets.size());
    if (!looks_like_stun(octets)) return sim::decode_error{0, "not a STUN message"};
    const std::size_t length = u16_at(octets, 2);
    if (stun_header_octets + length != size)
        return sim::decode_error{2, "length " + std::to_string(length) + ", but " +
                                        std::to_string(size - stun_header_octets) + " octets follow"};
    stun_message m;
    m.kind = class_of(u16_at(octets, 0));
    m.method = method_of(u16_at(octets, 0));
    std::copy_n(octets.begin() + 8, m.transaction.size(), m.transaction.begin());
    for (std::size_t at = stun_header_octets; at < size;) {
        if (size - at < attribute_header_octets) return sim::decode_error{at, "attribute header cut short"};
        const std::uint16_t type = u16_at(octets, at);
        const std::size_t value = u16_at(octets, at + 2);
        if (padded(value) > size - at - attribute_header_octets)
            return sim::decode_error{at + 2, "attribute of " + std::to_string(value) + " octets exceeds the message"};
        if (m.find(stun_fingerprint) != nullptr) return sim::decode_error{at, "attribute after FINGERPRINT"};
        if (type == stun_message_integrity && value != integrity_octets)
            return sim::decode_error{at, "MESSAGE-INTEGRITY is not of 20 octets"};
        if (type == stun_fingerprint) {
            if (value != fingerprint_octets) return sim::decode_error{at, "FINGERPRINT is not of 4 octets"};
            const auto sum = sim::byte_reader(octets.subspan(at + attribute_header_octets)).u32();
            if (sum != fingerprint_of(octets, at)) return sim::decode_error{at, "FINGERPRINT is wrong"};
        }
        m.attributes.push_back({type, sim::to_bytes(octets.subspan(at + attribute_header_octets, value)), at});
        at += attribute_header_octets + padded(value);
    }
    return m;
}

sim::encoded<sim::bytes> encode_stun(const stun_message& m) {
    if (m.method > 0xFFF) return sim::encode_error{"method exceeds 12 bits"};
    std::size_t length = 0;
    for (const auto& a : m.attributes) {
        if (a.value.size() > 0xFFFF) return sim::encode_error{"attribute longer than 65535 octets"};
        length += attribute_header_octets + padded(a.value.size());
    }
    if (length + 2 * attribute_header_octets + integrity_octets + fingerprint_octets > 0xFFFF)
        return sim::encode_error{"message longer than 65535 octets"};
    sim::byte_writer w;
    w.u16(type_of(m.kind, m.method));
    w.u16(0);
    w.u32(stun_cookie);
    w.octets(sim::byte_view(m.transaction.data(), m.transaction.size()));
    sim::bytes out = w.take();
    for (const auto& a : m.attributes) append_attribute(out, a.type, a.value);
    return out;
}

void add_integrity(sim::bytes& message, sim::byte_view key) {
    append_attribute(message, stun_message_integrity, integrity_of(message, message.size(), key));
}

void add_fingerprint(sim::bytes& message) {
    const std::size_t end = message.size();
    append_attribute(message, stun_fingerprint, sim::bytes(fingerprint_octets));  // first: its length counts (14.7)
    const std::uint32_t sum = fingerprint_of(message, end);
    for (std::size_t i = 0; i < fingerprint_octets; ++i)
        message[end + attribute_header_octets + i] = static_cast<std::uint8_t>(sum >> (24 - 8 * i));
}

bool integrity_right(sim::byte_view message, sim::byte_view key) {
    const auto decoded = decode_stun(message);
    if (!decoded) return false;
    const stun_attribute* claimed = decoded.assume_value().find(stun_message_integrity);
    return claimed != nullptr && claimed->value == integrity_of(message, claimed->at, key);
}

sim::bytes long_term_key(std::string_view user, std::string_view realm, std::string_view password) {
    std::string text(user);
    text.append(":").append(realm).append(":").append(password);
    sim::bytes key(16);
    unsigned octets = 0;
    EVP_Digest(text.data(), text.size(), key.data(), &octets, EVP_md5(), nullptr);
    return key;
}

sim::bytes stun_address(network::endpoint e) { return address_octets(e.port, e.address.value); }

std::optional<network::endpoint> read_stun_address(sim::byte_view value) {
    sim::byte_reader r(value);
    r.skip(1);
    const auto family = r.u8();
    network::endpoint e;
    e.port = r.u16();
    e.address.value = r.u32();
    if (!r.ok() || family != family_ipv4 || r.left() != 0) return std::nullopt;
    return e;
}

sim::bytes stun_xor_address(network::endpoint e) {
    return address_octets(static_cast<std::uint16_t>(e.port ^ stun_cookie >> 16), e.address.value ^ stun_cookie);
}

std::optional<network::endpoint> read_stun_xor_address(sim::byte_view value) {
    auto e = read_stun_address(value);
    if (!e) return e;
    e->port = static_cast<std::uint16_t>(e->port ^ stun_cookie >> 16);
    e->address.value ^= stun_cookie;
    return e;
}

sim::bytes stun_error(int code, std::string_view reason) {
    sim::byte_writer w;
    w.u16(0);
    w.u8(static_cast<std::uint8_t>(code / 100));
    w.u8(static_cast<std::uint8_t>(code % 100));
    w.octets(reason);
    return w.take();
}

}  // namespace dectbed::models::servers
