#include "radio/security/dsc2.h"

#include <openssl/evp.h>

#include <algorithm>
#include <gsl/assert>

namespace dectbed::radio {

namespace {

constexpr std::size_t tail_octets = 5, a_field_octets = 8, subfield_octets = 8, crc_octets = 2;
constexpr std::size_t block_octets = 16;

void exclusive_or(gsl::span<std::uint8_t> data, gsl::span<const std::uint8_t> key) {
    std::transform(data.begin(), data.end(), key.begin(), data.begin(),
                   [](std::uint8_t x, std::uint8_t y) { return static_cast<std::uint8_t>(x ^ y); });
}

/// A number, most significant bit first, as a string that begins with bit 0.
std::array<std::uint8_t, 16> turned_round(const cipher_key& number) {
    std::array<std::uint8_t, 16> bits{};
    for (unsigned i = 0; i < 128; ++i)
        if (number[15 - i / 8] >> i % 8 & 1) bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | 0x80U >> i % 8);
    return bits;
}

}  // namespace

cipher_key extended_cipher_key(const std::array<std::uint8_t, 8>& key) {
    cipher_key extended{};
    std::copy(key.begin(), key.end(), extended.begin() + 8);
    return extended;
}

std::array<std::uint8_t, 8> octets(const cipher_iv& iv) {
    Expects(iv.frame < 16 && iv.multiframe < 1U << 24 && iv.lbn.value_or(0) < 16);
    const std::uint64_t number = iv.frame | static_cast<std::uint64_t>(iv.multiframe) << 4 |
                                 (iv.lbn ? static_cast<std::uint64_t>(15U - *iv.lbn) << 28 : 0);
    std::array<std::uint8_t, 8> out{};
    for (unsigned i = 0; i < 35; ++i)
        if (number >> i & 1) out[i / 8] = static_cast<std::uint8_t>(out[i / 8] | 0x80U >> i % 8);
    return out;
}

void dsc2::release::operator()(evp_cipher_ctx_st* c) const { EVP_CIPHER_CTX_free(c); }

dsc2::dsc2(const cipher_key& key) : dsc2(with_bits(turned_round(key))) {}

dsc2 dsc2::with_bits(const std::array<std::uint8_t, 16>& ck) {
    dsc2 generator;
    generator.context_.reset(EVP_CIPHER_CTX_new());
    Ensures(generator.context_ &&
            EVP_EncryptInit_ex(generator.context_.get(), EVP_aes_128_ctr(), nullptr, ck.data(), nullptr) == 1);
    return generator;
}

void dsc2::key_stream(const cipher_iv& iv, gsl::span<std::uint8_t> out) const { key_stream(octets(iv), out); }

void dsc2::key_stream(const std::array<std::uint8_t, 8>& iv, gsl::span<std::uint8_t> out) const {
    std::array<std::uint8_t, block_octets> counter{};  // IV and the number 0 of the first block
    std::copy(iv.begin(), iv.end(), counter.begin());
    std::fill(out.begin(), out.end(), std::uint8_t{0});
    int written = 0;
    const bool ok =
        EVP_EncryptInit_ex(context_.get(), nullptr, nullptr, nullptr, counter.data()) == 1 &&
        EVP_EncryptUpdate(context_.get(), out.data(), &written, out.data(), static_cast<int>(out.size())) == 1;
    Ensures(ok && written == static_cast<int>(out.size()));
}

full_slot_segments segments(const dsc2& generator, const cipher_iv& iv) {
    full_slot_segments s;
    std::array<std::uint8_t, 90> stream;
    generator.key_stream(iv, stream);
    std::copy_n(stream.begin(), s.fixed_part.size(), s.fixed_part.begin());
    std::copy_n(stream.begin() + s.fixed_part.size(), s.portable_part.size(), s.portable_part.begin());
    return s;
}

bool cipher_a_field(gsl::span<const std::uint8_t> segment, gsl::span<std::uint8_t> a_field) {
    Expects(segment.size() >= tail_octets && a_field.size() == a_field_octets);
    const int ta = a_field[0] >> 5;
    if (ta > 1) return false;
    exclusive_or(a_field.subspan(1, tail_octets), segment.subspan(0, tail_octets));
    return true;
}

void cipher_b_field(gsl::span<const std::uint8_t> segment, b_field_protection protection,
                    gsl::span<std::uint8_t> b_field) {
    Expects(segment.size() >= tail_octets + b_field.size());
    const auto key = segment.subspan(tail_octets);
    switch (protection) {
        case b_field_protection::none:
            exclusive_or(b_field, key);
            return;
        case b_field_protection::single:
            Expects(b_field.size() >= crc_octets);
            exclusive_or(b_field.subspan(0, b_field.size() - crc_octets), key);
            return;
        case b_field_protection::multi:
            for (std::size_t at = 0; at + subfield_octets + crc_octets <= b_field.size();
                 at += subfield_octets + crc_octets)
                exclusive_or(b_field.subspan(at, subfield_octets), key.subspan(at));
            return;
    }
}

}  // namespace dectbed::radio
