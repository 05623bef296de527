// Synchronisation between the fixed parts of a system: from whom one takes its timing.
//
// EN 300 175-2, 4.2.5 demands frames, multiframes and receiver scan in step, and less than 4 us between any two, where
// handover is offered; 4.2.7 says how a timer may be adjusted. How the timing is found the standard leaves to makers.
// This is their practice: a tree, in which each fixed part listens to the dummy bearer of one that is nearer to the
// root, or in which all follow one over the LAN (IEEE 1588). Pure: who is to be preferred, and the figures.
#pragma once

#include <cstdint>

#include "radio/frame_time.h"
#include "sim/time.h"

namespace dectbed::radio {

/// What a fixed part offers as a source, or has: the smaller, the better.
struct chain_place {
    std::uint8_t root_class = 1;  ///< 0: a root by its level
    std::uint64_t root = 0;       ///< RFPI
    int hops = 0;
};
/// A place under another root is better if that root is; of two under one root the one with fewer hops is.
bool better(const chain_place& a, const chain_place& b);
constexpr bool same_root(const chain_place& a, const chain_place& b) {
    return a.root_class == b.root_class && a.root == b.root;
}

/// EN 300 175-2, 4.2.5: between any two fixed parts of a system.
constexpr sim::duration synchronism = std::chrono::microseconds(4);
/// Ours: what a follower's timing is off from its source's at most. Over the air two branches of so many hops stay
/// within `synchronism`; over the LAN what IEEE 1588 with time stamps in hardware is expected to keep.
constexpr sim::duration air_error(int hops_max) { return synchronism / (2 * hops_max); }
constexpr sim::duration lan_error = std::chrono::nanoseconds(500);
/// EN 300 175-2, 4.2.7: successive frames may be so much longer or shorter; 4.2.5: receivers stand so much at once.
constexpr std::int64_t adjustment_bits_per_frame = 2;
constexpr std::int64_t receiver_window_bits = 4;
constexpr std::int32_t adjustment_ppb =
    static_cast<std::int32_t>((adjustment_bits_per_frame * 1'000'000'000 + bits_per_frame / 2) / bits_per_frame);
/// Ours: up to half a frame is made up for in this way; more at once, when no link depends on it.
constexpr std::int64_t adjustment_bits_max = bits_per_frame / 2;
/// Ours: a few announcements of the LAN's clock, one a second.
constexpr sim::duration lan_settling = std::chrono::seconds(4);
/// Ours: a source that was heard, but not understood, is tried again.
constexpr sim::duration source_retry = std::chrono::seconds(30);

}  // namespace dectbed::radio
