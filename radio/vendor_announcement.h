// What our reference vendor's fixed parts say in the 20 vendor bits of the QT escape message: the state of
// their service. The format is that vendor's own; who understands it checks the EMC first.
//
//   a28..a31 version (1) | a32..a35 service | a36..a47 zero
#pragma once

#include <cstdint>
#include <string>

#include "radio/air_interface.h"
#include "sim/bytes.h"

namespace dectbed::radio {

enum class announced_service : std::uint8_t { not_ready = 0, waiting_for_code = 1, in_service = 2, busy = 3 };
const char* to_text(announced_service s);  ///< "not_ready", "waiting_for_code", "in_service", "busy"

std::uint32_t encode_announcement(announced_service s);
/// Offsets in errors are octets of the 20 bits, from a28.
sim::decoded<announced_service> decode_announcement(std::uint32_t twenty_bits);

/// For the journal: "none" without an escape message, the service's name, or "vendor xxxxx" for other formats.
std::string announcement_text(const system_information& info);

}  // namespace dectbed::radio
