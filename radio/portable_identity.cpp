#include "radio/portable_identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace dectbed::radio {

namespace {

constexpr std::uint32_t psn_max = 0xFFFFF, member_max = 0xFFF;
constexpr int n_bits = 40, type_bits = 4;

bool has_code(ipui_type t) { return t == ipui_type::n || t == ipui_type::p || t == ipui_type::t; }
bool is_binary(ipui_type t) { return t == ipui_type::o || t == ipui_type::p; }
int head_bits(ipui_type t) { return has_code(t) ? type_bits + 16 : type_bits; }

/// Longest number after the head, in bits.
int number_bits_max(ipui_type t) {
    switch (t) {
        case ipui_type::n:
            return 20;
        case ipui_type::t:
            return 44;
        case ipui_type::p:
        case ipui_type::q:
        case ipui_type::u:
            return 80;
        case ipui_type::o:
        case ipui_type::r:
        case ipui_type::s:
            return 60;
    }
    return 0;
}

std::optional<unsigned> nibble_of(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    return std::nullopt;
}

class nibble_writer {
  public:
    void put(unsigned nibble) {
        if (count_++ % 2 == 0)
            out_.push_back(static_cast<std::uint8_t>(nibble << 4));
        else
            out_.back() = static_cast<std::uint8_t>(out_.back() | nibble);
    }
    void put(std::uint32_t number, int nibbles) {
        while (nibbles-- > 0) put(number >> 4 * nibbles & 0xF);
    }
    sim::bytes take(unsigned fill) {
        if (count_ % 2 != 0) put(fill);
        return std::move(out_);
    }

  private:
    sim::bytes out_;
    std::size_t count_ = 0;
};

unsigned nibble_at(sim::byte_view value, int i) {
    const unsigned octet = value[static_cast<std::size_t>(i / 2)];
    return i % 2 == 0 ? octet >> 4 : octet & 0xF;
}

/// The least significant bits of the IPUI's value.
sim::encoded<std::uint32_t> low_bits(const ipui& id, int wanted) {
    const auto e = encode(id);
    if (!e) return e.error();
    std::uint32_t low = 0;
    for (int i = std::max(0, e.value().bits - wanted); i < e.value().bits; ++i)
        low = low << 1 | (e.value().value[static_cast<std::size_t>(i / 8)] >> (7 - i % 8) & 1U);
    return low;
}

}  // namespace

ipui make_ipui(const ipei& id) {
    ipui out;
    out.code = id.emc;
    out.psn = id.psn;
    return out;
}

sim::encoded<identity_bits> encode(const ipui& id) {
    if (id.type > ipui_type::u) return sim::encode_error{"IPUI type is reserved"};
    if (!has_code(id.type) && id.code != 0) return sim::encode_error{"this type of IPUI has no code"};
    nibble_writer w;
    w.put(static_cast<unsigned>(id.type));
    if (has_code(id.type)) w.put(id.code, 4);
    if (id.type == ipui_type::n) {
        if (id.psn > psn_max) return sim::encode_error{"PSN exceeds 20 bits"};
        if (!id.digits.empty() || id.number_bits != 0) return sim::encode_error{"an IPUI N has no other number"};
        w.put(id.psn, 5);
        return identity_bits{w.take(0), n_bits};
    }
    if (id.psn != 0) return sim::encode_error{"only an IPUI N has a PSN"};
    const bool binary = is_binary(id.type);
    const int bits = binary ? id.number_bits : static_cast<int>(4 * id.digits.size());
    if (!binary && id.number_bits != 0) return sim::encode_error{"decimal digits need no count of bits"};
    if (bits > number_bits_max(id.type))
        return sim::encode_error{fmt::format("number exceeds {} bits", number_bits_max(id.type))};
    if (id.digits.size() != static_cast<std::size_t>((bits + 3) / 4))
        return sim::encode_error{fmt::format("{} digits do not hold {} bits", id.digits.size(), bits)};
    for (char c : id.digits) {
        const auto nibble = nibble_of(c);
        if (!nibble || (!binary && *nibble > 9)) return sim::encode_error{fmt::format("'{}' is no digit", c)};
        w.put(*nibble);
    }
    if (bits % 4 != 0 && (*nibble_of(id.digits.back()) & (0xFU >> bits % 4)) != 0)
        return sim::encode_error{"bits past the number's end are not 0"};
    return identity_bits{w.take(binary ? 0 : 0xF), static_cast<std::uint8_t>(head_bits(id.type) + bits)};
}

sim::decoded<ipui> decode_ipui(sim::byte_view value, int bits) {
    if (bits < type_bits || value.size() != static_cast<std::size_t>((bits + 7) / 8))
        return sim::decode_error{0, fmt::format("{} octets do not hold an IPUI of {} bits", value.size(), bits)};
    if (value[0] >> 4 > static_cast<int>(ipui_type::u))
        return sim::decode_error{0, fmt::format("IPUI type {:x} is reserved", value[0] >> 4)};
    ipui id;
    id.type = static_cast<ipui_type>(value[0] >> 4);
    const int number = bits - head_bits(id.type), most = number_bits_max(id.type);
    const bool binary = is_binary(id.type);
    if (number < 0 || number > most || (id.type == ipui_type::n && number != most) || (!binary && number % 4 != 0))
        return sim::decode_error{0, fmt::format("{} bits are no length of this type of IPUI", bits)};
    int at = 1;
    if (has_code(id.type))
        for (; at < 5; ++at) id.code = static_cast<std::uint16_t>(id.code << 4 | nibble_at(value, at));
    const int end = at + (number + 3) / 4;
    for (; at < end; ++at) {
        const unsigned nibble = nibble_at(value, at);
        if (id.type == ipui_type::n) {
            id.psn = id.psn << 4 | nibble;
            continue;
        }
        if (!binary && nibble > 9)
            return sim::decode_error{static_cast<std::size_t>(at / 2), fmt::format("{:x} is no decimal digit", nibble)};
        id.digits += "0123456789abcdef"[nibble];
    }
    if (binary) id.number_bits = static_cast<std::uint8_t>(number);
    const unsigned partial = number % 4 == 0 ? 0 : nibble_at(value, end - 1) & (0xFU >> number % 4);
    const unsigned fill = end % 2 == 0 ? (binary || id.type == ipui_type::n ? 0 : 0xF) : nibble_at(value, end);
    if (partial != 0 || fill != (binary || id.type == ipui_type::n ? 0U : 0xFU))
        return sim::decode_error{static_cast<std::size_t>(value.size()) - 1,
                                 "the last octet is not filled as it should"};
    return id;
}

std::string describe(const ipui& id) {
    const char letter = static_cast<char>('N' + static_cast<int>(id.type));
    switch (id.type) {
        case ipui_type::n:
            return fmt::format("N {}", to_text(ipei{id.code, id.psn}));
        case ipui_type::o:
            return fmt::format("O {} ({} bits)", id.digits, id.number_bits);
        case ipui_type::p:
            return fmt::format("P POC {:04x}, account {} ({} bits)", id.code, id.digits, id.number_bits);
        case ipui_type::t:
            return fmt::format("T EIC {:04x}, {}", id.code, id.digits);
        case ipui_type::q:
        case ipui_type::r:
        case ipui_type::s:
        case ipui_type::u:
            return fmt::format("{} {}", letter, id.digits);
    }
    return "?";
}

tpui_kind kind_of(std::uint32_t tpui) {
    const unsigned first = tpui >> 16 & 0xF, second = tpui >> 12 & 0xF;
    if (first <= 0xB) return second <= 0xB ? tpui_kind::assigned_individual : tpui_kind::reserved;
    if (first == 0xC) return second == 0xC ? tpui_kind::connectionless_group : tpui_kind::reserved;
    if (first == 0xD) return second == 0xD ? tpui_kind::call_group : tpui_kind::reserved;
    if (first == 0xE) return tpui_kind::default_individual;
    if (second == 0) return tpui_kind::not_available;
    return second == 1 ? tpui_kind::emergency : tpui_kind::reserved;
}

const char* to_text(tpui_kind k) {
    switch (k) {
        case tpui_kind::assigned_individual:
            return "assigned individual";
        case tpui_kind::connectionless_group:
            return "connectionless group";
        case tpui_kind::call_group:
            return "call group";
        case tpui_kind::default_individual:
            return "default individual";
        case tpui_kind::emergency:
            return "emergency";
        case tpui_kind::not_available:
            return "not available";
        case tpui_kind::reserved:
            return "reserved";
    }
    return "?";
}

sim::encoded<std::uint32_t> default_tpui(const ipui& id) {
    const auto low = low_bits(id, 16);
    if (!low) return low.error();
    return 0xE0000U | low.value();
}

sim::encoded<std::uint32_t> emergency_tpui(const ipui& id) {
    const auto low = low_bits(id, 12);
    if (!low) return low.error();
    return 0xF1000U | low.value();
}

sim::encoded<std::uint32_t> tpui_of_extension(std::string_view digits) {
    if (digits.empty() || digits.size() > 5) return sim::encode_error{"an extension number has 1 to 5 digits"};
    std::uint32_t tpui = 0xBBBBB;
    for (char c : digits) {
        if (c < '0' || c > '9') return sim::encode_error{fmt::format("'{}' is no digit", c)};
        tpui = (tpui << 4 | static_cast<std::uint32_t>(c - '0')) & 0xFFFFF;
    }
    return tpui;
}

sim::encoded<std::uint32_t> connectionless_group_tpui(std::uint32_t member) {
    if (member > member_max) return sim::encode_error{"a group has members 0 to 4095"};
    return 0xCC000U | member;
}

sim::encoded<std::uint32_t> call_group_tpui(std::uint32_t member) {
    if (member > member_max) return sim::encode_error{"a group has members 0 to 4095"};
    return 0xDD000U | member;
}

}  // namespace dectbed::radio
