// DSC2, the ciphering of bearers by AES-128 in counter form (EN 300 175-7 V2.4.0, 6.4 and Annex M).
//
// Once a frame and pair of bursts the generator is started anew with the cipher key and an IV of 35 bits, and gives
// two segments of m bits: SF(N) for the fixed part's burst, SP(N) for the portable part's. m is 40 (the tail of the
// A-field) and the bits of the B-field: 360 in a full slot.
//
//   segment   0..39    on a8..a47, if the tail is CT; otherwise these bits are thrown away
//             40..m-1  on b0..; what protects a subfield is never ciphered, and its bits are thrown away
//
// Header, R-CRC and X-CRC are never ciphered; both are computed from what is on air. Deciphering is the same as
// ciphering. Bit 0 of keys and IVs is the least significant one (6.4.5), and bit 0 leads the blocks of Annex M.
#pragma once

#include <array>
#include <cstdint>
#include <gsl/span>
#include <memory>
#include <optional>

#include "sim/bytes.h"

struct evp_cipher_ctx_st;

namespace dectbed::radio {

/// DCK, SCK or default cipher key as a number, most significant bit first, as in <<KEY>>.
using cipher_key = std::array<std::uint8_t, 16>;
/// A key of 64 bits (of DSAA, or static) in DSC2: zeros in its 64 most significant bits (4.4.3.3).
cipher_key extended_cipher_key(const std::array<std::uint8_t, 8>& key);

/// IV of 6.4.5.2.
struct cipher_iv {
    std::uint8_t frame = 0;           ///< 0..15
    std::uint32_t multiframe = 0;     ///< 24 bits
    std::optional<std::uint8_t> lbn;  ///< 0..15: only in advanced connections
};
/// As the 64 bits at the head of Annex M's counter block.
std::array<std::uint8_t, 8> octets(const cipher_iv& iv);

/// How the B-field is protected (6.4.3).
enum class b_field_protection : std::uint8_t {
    none,   ///< I_N: all data bits are ciphered
    multi,  ///< I_P and E-type: subfields of 64 bits, each with 16 bits of CRC
    single  ///< I_PQ: one subfield, 16 bits of CRC at the end
};

class dsc2 {
  public:
    explicit dsc2(const cipher_key& key);
    /// With Annex M's string: CK[0] first.
    static dsc2 with_bits(const std::array<std::uint8_t, 16>& ck);

    /// The first bits of the key stream: out becomes KSS[0].. of this IV. Any length.
    void key_stream(const cipher_iv& iv, gsl::span<std::uint8_t> out) const;
    /// The same with the 64 bits of Annex M as they are.
    void key_stream(const std::array<std::uint8_t, 8>& iv, gsl::span<std::uint8_t> out) const;

  private:
    dsc2() = default;
    struct release {
        void operator()(evp_cipher_ctx_st* c) const;
    };
    std::unique_ptr<evp_cipher_ctx_st, release> context_;
};

/// SF and SP of one frame in full slots: 5 octets for the tail, 40 for the B-field.
struct full_slot_segments {
    std::array<std::uint8_t, 45> fixed_part, portable_part;  ///< for the burst that this side transmits
};
full_slot_segments segments(const dsc2& generator, const cipher_iv& iv);

/// Ciphers the tail of a whole A-field (8 octets) if it is CT (TA 000 or 001). The R-CRC becomes wrong by that and is
/// to be computed again. Returns whether anything was ciphered.
bool cipher_a_field(gsl::span<const std::uint8_t> segment, gsl::span<std::uint8_t> a_field);
/// Ciphers a B-field (data without X). segment holds 5 octets more than the B-field.
void cipher_b_field(gsl::span<const std::uint8_t> segment, b_field_protection protection,
                    gsl::span<std::uint8_t> b_field);

}  // namespace dectbed::radio
