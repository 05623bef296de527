// When a fixed part sends its pages (EN 300 175-3, 9.1.3.1): the frames of a multiframe that may carry PT tails, filled
// from frame 0 on, each but the last of a row with the extend flag. Pure: frames in, frames out.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "radio/frame_time.h"
#include "sim/bytes.h"

namespace dectbed::radio {

/// Frame numbers in which a fixed part may send PT tails (6.2.2.1); frame 8 is QT's, frame 14 NT's.
constexpr std::array<int, 6> page_frames{0, 2, 4, 6, 10, 12};
/// Place of a frame number in page_frames, -1 if none.
constexpr int page_place(int frame_number) {
    for (std::size_t i = 0; i < page_frames.size(); ++i)
        if (page_frames[i] == frame_number) return static_cast<int>(i);
    return -1;
}

/// Length indications of a long page's sections (table 7.17), of 36 bits each.
constexpr std::uint8_t long_page_middle = 4, long_page_first = 5, long_page_last = 6, long_page_all = 7;
constexpr std::size_t long_section_octets = 5, long_sections_max = 6;

class page_schedule {
  public:
    struct entry {
        sim::bytes message;
        bool fast = false;
        int transmission = 1;  ///< 1: the first
        /// Of a long page: length indication of this section (7.2.4.2.3), 0 in other pages; the message, in the last
        /// one.
        std::uint8_t section = 0;
        sim::bytes whole = {};
    };
    /// A place on air: multiframe and place in page_frames.
    struct position {
        std::int64_t multiframe = 0;
        int place = 0;
        std::int64_t frame() const {
            return multiframe * frames_per_multiframe + page_frames[static_cast<std::size_t>(place)];
        }
    };

    /// Finds places for a page. `next` is the first frame not yet begun, counted from frame 0 of multiframe 0. A
    /// normal page begins in a multiframe whose frame 0 has not begun; a fast one takes any PT frame. Repeated:
    /// three times more, in the multiframes that follow. Nothing is older than T204 when it is sent; an empty
    /// answer means there was no room within that time.
    std::vector<position> add(const sim::bytes& message, bool fast, bool repeated, std::int64_t next);

    /// Finds places for a long page of 1 to 6 sections of 5 octets: successive ones within one multiframe, behind its
    /// other normal pages, which it ends. It is sent once. The place of its last section; none if there was no room.
    std::optional<position> add_long(const sim::bytes& message, std::int64_t next);

    /// The page in a frame, null if none.
    const entry* at(std::int64_t frame) const;
    /// Extend flag of the page in that frame.
    bool extended(std::int64_t frame) const;
    /// Whether frame 0 of that multiframe carries a page.
    bool occupied(std::int64_t multiframe) const;
    bool empty() const { return multiframes_.empty(); }
    /// Forgets the multiframes before that one.
    void forget_before(std::int64_t multiframe);

  private:
    struct row {
        std::array<std::optional<entry>, page_frames.size()> pages;
        int normal = 0;      // pages from place 0 on, one after another
        bool ended = false;  // by a long page
    };
    bool identity_due(std::int64_t multiframe) const;
    std::optional<position> take(std::int64_t multiframe, const entry& e, std::int64_t latest_frame);

    std::map<std::int64_t, row> multiframes_;
};

}  // namespace dectbed::radio
