// What a fixed part's bearers broadcast frame by frame: the T-MUX with its pages (EN 300 175-3, 6.2.2.1).
//
//   frames 0, 2, 4, 6, 10, 12   PT if there is a page; else, in frame 0, a zero page with the blind slots while traffic
//                               bearers make some; else NT
//   frame 8                     QT
//   odd frames                  CT while a message goes over the connectionless link; else NT
//   14                          NT
#pragma once

#include <optional>

#include "radio/a_field.h"
#include "radio/medium.h"

namespace dectbed::radio {

/// The A-field of a beacon's burst in a frame.
a_field broadcast_content(const plan& p, std::int64_t frame);
/// True if that frame carries NT: what identifies a fixed part.
bool broadcasts_identity(const plan& p, std::int64_t frame);
/// Slot pairs (bit 11: pair 0) that frame 0 of a multiframe calls available; nothing unless it carries a zero page.
std::optional<std::uint16_t> zero_page_slots(const plan& p, std::int64_t frame);

}  // namespace dectbed::radio
