// What our reference vendor's fixed parts say in the 20 vendor bits of the QT escape message: the state of
// their service. The format is that vendor's own; who understands it checks the EMC first.
//
//   a28..a31 version (1) | a32..a35 service | a36..a47 zero
//
// A handset that helps bases without a band transmits as service 4, "band beacon", which band that is:
//
//   a28..a31 version (1) | a32..a35 4 | a36..a39 zero | a40..a47 band (1..9, as in band)
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "radio/air_interface.h"
#include "sim/bytes.h"

namespace dectbed::radio {

enum class announced_service : std::uint8_t { not_ready = 0, waiting_for_code = 1, in_service = 2, busy = 3 };
const char* to_text(announced_service s);  ///< "not_ready", "waiting_for_code", "in_service", "busy"

std::uint32_t encode_announcement(announced_service s);
/// Offsets in errors are octets of the 20 bits, from a28.
sim::decoded<announced_service> decode_announcement(std::uint32_t twenty_bits);

std::uint32_t encode_band_beacon(band named);
/// True if it claims to be a band beacon, well-formed or not.
bool claims_band_beacon(std::uint32_t twenty_bits);
/// Refuses what is none, reserved bits that are not zero, and numbers that name no band.
sim::decoded<band> decode_band_beacon(std::uint32_t twenty_bits);

/// What another vendor's 20 bits mean, under his manufacturer code.
struct vendor_announcement {
    std::uint16_t emc = 0;
    std::uint32_t mask = 0xFFFFF;                          ///< bits that say the service; the others do not matter
    std::array<std::optional<std::uint32_t>, 4> services;  ///< what the masked bits are, by announced_service
};
/// For announcement_text(), in all of this process; a run has one of its own. Codes that are not among them are taken
/// for the reference vendor's.
void set_vendor_announcements(std::vector<vendor_announcement> known);

/// For the journal: "band beacon eu", "none" without an escape message, the service's name, or "vendor xxxxx" for other
/// formats.
std::string announcement_text(const system_information& info);

}  // namespace dectbed::radio
