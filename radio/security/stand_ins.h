// The algorithms that are not public and what takes their place.
//
// DSAA (authentication) and DSC (ciphering with 64 bits) are given to members of ETSI only. A deployment that uses
// them still runs: lengths, messages and timing are theirs, the functions are not.
//   stand-in for DSAA  models/firmware/lib/dsaa2.h: DSAA2 with a constant in place of D3
//   stand-in for DSC   below: DSC2 with an IV that DSC2 never has
// A run in which one of them was used says so by assumption_used.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "radio/nwk/message.h"
#include "radio/security/dsc2.h"

namespace dectbed::radio {

/// Texts for sim::record::assumption_used.
constexpr std::string_view dsaa_stand_in_used =
    "DSAA is not public: authentication uses a stand-in of its sizes, derived from DSAA2";
constexpr std::string_view dsc_stand_in_used =
    "DSC is not public: ciphering uses a stand-in of its sizes, derived from DSC2";

/// The assumption under which a model can follow this message: its <<AUTH-TYPE>> or <<ALLOCATION-TYPE>> names DSAA, or
/// its <<CIPHER-INFO>> switches DSC on. Nothing for all other messages.
std::optional<std::string_view> stand_in_named_by(const nwk::message& m);

/// Stand-in for DSC. Not the DECT Standard Cipher, and no statement about its strength.
class stand_in_dsc {
  public:
    explicit stand_in_dsc(const std::array<std::uint8_t, 8>& key) : generator_(extended_cipher_key(key)) {}
    void key_stream(const cipher_iv& iv, gsl::span<std::uint8_t> out) const;

  private:
    dsc2 generator_;
};

}  // namespace dectbed::radio
