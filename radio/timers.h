// Timers and counters of the air interface, by the standard's names.
#pragma once

#include <array>

#include "radio/frame_time.h"
#include "sim/time.h"
#include "sim/units.h"

namespace dectbed::radio {

using namespace std::chrono_literals;

// EN 300 175-3, Annex A.
constexpr sim::duration T200 = 3s;             ///< connection set-up
constexpr sim::duration T201 = 5s;             ///< bearer failure: no A-field with a good CRC
constexpr std::int64_t T204_multiframes = 6;   ///< T204: life of a page in the MAC
constexpr std::int64_t T205_multiframes = 62;  ///< T205: 10 s, in whole multiframes; NT in frame 0 at least so often
constexpr sim::duration T207 = 5s;             ///< locked: no good A-field in frame 0
constexpr sim::duration T202 = 3s;             ///< at most two bearer handovers within it
constexpr std::int64_t T203_frames = 16;       ///< T203: both bearers of a handover together
constexpr sim::duration T209 = 30s;            ///< age of a channel list
constexpr sim::duration T210 = 2s;             ///< window for N202
constexpr int N200 = 10;                       ///< re-attempts of a set-up, by either side
constexpr int N201 = 15;                       ///< re-attempts of a handover
constexpr int N202 = 10;                       ///< channel selections within T210

/// EN 300 175-3, 11.8: frames by which the secondary and the tertiary scan are behind the primary one.
constexpr std::array<std::int64_t, 3> receiver_scan_lag{0, 6, 3};

/// 11.9: frames by which the scan of a portable part that listens for set-ups is ahead of the primary one.
constexpr std::int64_t set_up_scan_lead = 1;

// EN 300 175-4, Annex A.
constexpr sim::duration DL_00 = 2s;  ///< class B release
constexpr sim::duration DL_02 = 2s;  ///< class B establishment
constexpr sim::duration DL_04 = 2s;  ///< retransmission of an I frame
constexpr sim::duration DL_07 = 2s;  ///< class A establishment
constexpr sim::duration DL_06 = 4s;  ///< least interval of connection handovers
constexpr int N250 = 3;              ///< retransmissions

// Ours; the standard leaves them open.
/// An unsynchronised receiver changes its carrier and waits for a whole frame, which shows it all slots.
constexpr sim::duration settle_time = frame_nominal;
/// RSSI scan of a starting fixed part: one frame to settle and one to measure per carrier.
constexpr std::int64_t rssi_frames_per_carrier = 2;
/// A locked-search stays on a carrier for one multiframe, within which NT must come, and the settling frame.
constexpr std::int64_t lock_dwell_frames = frames_per_multiframe + 1;
/// A set of mandatory QT messages must have come within the longest repeat interval (7.2.3.1).
constexpr std::int64_t lock_multiframes_max = 16;
/// Longest stay on a carrier in a scan.
constexpr std::int64_t scan_dwell_frames_max = 512;
/// So far back listeners ask what was sent: at the end of a stay on a carrier, or of a scan whose carriers they
/// compare.
constexpr sim::duration listeners_look_back = 16s;
static_assert(listeners_look_back > scan_dwell_frames_max * frame_nominal);
/// A handover begins when nothing readable came for so long (EN 300 175-3's example reacts in 30 to 40 ms), to
/// another fixed part when that is so much stronger and the present one within so much of the sensitivity.
constexpr sim::duration handover_reaction = 40ms;
constexpr sim::db margin_handover{0};
constexpr sim::db margin_roaming{10'000};
constexpr sim::db handover_hysteresis{6'000};
constexpr std::size_t handovers_in_T202 = 2;
/// EN 300 175-7, 6.4.6: START.REQ is sent so often.
constexpr int ciphering_requests_max = 5;
/// A portable part waits so many frames for the fixed part's "other" before it gives an attempt up.
constexpr int other_frames_max = 10;

}  // namespace dectbed::radio
