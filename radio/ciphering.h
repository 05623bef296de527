// What ciphering makes of a C-channel: the mask of a CT tail, by DSC2 (EN 300 175-7, 6.4.4, 6.4.5).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "radio/a_field.h"
#include "radio/security/dsc2.h"
#include "sim/bytes.h"

namespace dectbed::radio {

class ciphering {
  public:
    explicit ciphering(const cipher_key& key) : generator_(key) {}

    /// For the burst of that side in a frame; ciphering and deciphering are the same.
    std::array<std::uint8_t, 5> mask(side from, int frame_number, std::int64_t multiframe) const;

  private:
    dsc2 generator_;
};

/// A derived or static cipher key as NWK gives it: 16 octets, or 8 (DSAA), which are extended. Nothing for others.
std::optional<cipher_key> cipher_key_of(sim::byte_view key);

}  // namespace dectbed::radio
