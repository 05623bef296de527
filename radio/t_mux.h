// Which message the A-field of a fixed part carries in which frame (EN 300 175-3, 6.2.2.1 and 7.2.3.1).
//
// Frame 8 of each multiframe carries QT; the schedule below repeats every 8 multiframes, the target
// interval of all mandatory messages. Without pages the other frames of a dummy bearer carry NT.
#pragma once

#include <cstdint>

#include "radio/a_field.h"
#include "radio/band.h"
#include "radio/frame_time.h"

namespace dectbed::radio {

constexpr int qt_frame = 8;
constexpr std::int64_t qt_cycle_multiframes = 8;

enum class qt_kind : std::uint8_t {
    static_information,
    extended_carriers,
    capabilities,
    extended_capabilities,         ///< part 1: nothing of it is modelled, but part 2 comes after it
    extended_capabilities_part_2,  ///< long slots
    multiframe_number,
    escape
};

/// What frame 8 of a multiframe carries. An escape message, while there is one, has every other multiframe. On a band
/// with extended carriers these follow the static information in the next multiframe, and an escape message comes at
/// least in every third.
qt_kind scheduled_qt(std::int64_t multiframe, bool escape_set, bool extended = false);
/// The same with extended capabilities: both parts of them follow the capabilities, and an escape message comes at
/// least in every fourth multiframe.
qt_kind scheduled_qt(std::int64_t multiframe, const system_information& info, bool extended);

/// The A-field of a dummy bearer in a frame.
a_field dummy_bearer_content(const rfpi& id, const system_information& info, const band_plan& band, int carrier,
                             int slot, const station_timing& timing, std::int64_t frame);

/// True if C-channel data may be sent in a frame: fixed parts in odd, portable parts in even ones.
constexpr bool c_channel_frame(side from, int frame_number) { return (frame_number % 2 != 0) == (from == side::fixed); }

}  // namespace dectbed::radio
