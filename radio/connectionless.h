// When a fixed part sends what goes to many over the C_LS channel of a connectionless bearer (EN 300 175-3, 5.7.2,
// 9.1.2), and the class U frames in it (EN 300 175-4, 9.3). Pure: frames of the air in, frames out.
//
//   frame    1    2    3    4    5    6    7    8    9 ...        odd frames: MT > CT > NT (6.2.2.1)
//            CT        CT        CT        NT        CT
//            |- one message, n segments -| |  |- the next ...
//
// Segments have no numbers and nobody acknowledges them, so one that is lost loses its message. NT stands between two
// messages: whoever lost the end of one finds the beginning of the next.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "radio/dlc_frame.h"
#include "sim/bytes.h"
#include "sim/time.h"

namespace dectbed::radio {

/// FP capabilities: connectionless downlink (EN 300 175-3, table 7.10), CLMS (EN 300 175-5, annex F).
constexpr int connectionless_downlink = 22, message_service = 42;
/// Segments go out in every other frame, the odd ones.
constexpr std::int64_t frames_per_broadcast_segment = 2;
/// Ours: one that could not begin within so many frames is refused (5 s; the standard knows no flow control here).
constexpr std::int64_t broadcast_wait_frames_max = 500;
/// Ours: so long a portable part listens to odd frames after an announcement. The message follows LCE.03 (3 s) after
/// the page was asked for, and may wait for others.
constexpr sim::duration announced_listening = std::chrono::seconds(8);

/// Frames from the beginning of the longest message, or page, to its end.
constexpr std::int64_t broadcast_frames_max = 28;

class connectionless_schedule {
  public:
    /// Finds frames for a DLC frame, a multiple of 5 octets. `next` is the first frame not yet begun, counted from
    /// frame 0 of multiframe 0. Returns the frame of its first segment; none if that were too late.
    std::optional<std::int64_t> add(sim::bytes dlc_frame, std::int64_t next);

    struct segment {
        std::uint8_t packet_number = 1;  ///< either code will do (9.1.2.2): 1, 0, 1, ... so that no two look repeated
        std::array<std::uint8_t, 5> octets{};
    };
    /// What the bearer carries in that frame; none in most.
    std::optional<segment> at(std::int64_t frame) const;
    bool empty() const { return messages_.empty(); }
    /// Forgets messages whose last segment was sent before that frame.
    void forget_before(std::int64_t frame);

  private:
    struct message {
        std::int64_t first = 0, last = 0;
        sim::bytes octets;
    };
    std::vector<message> messages_;  // in the order in which they are sent; a deque takes room while empty
};

/// UI frame of class U for connectionless signalling (SAPI 3), unsigned (10.3.1); 1..63 octets.
sim::encoded<sim::bytes> broadcast_frame(const sim::bytes& nwk);
/// Its message; refuses other frames.
sim::decoded<sim::bytes> broadcast_message(sim::byte_view dlc_frame);

/// A {CLMS-VARIABLE} (EN 300 175-5, 6.3.5.1), which is all that a connectionless link carries (14.3.1).
bool is_variable_message(sim::byte_view nwk);

}  // namespace dectbed::radio
