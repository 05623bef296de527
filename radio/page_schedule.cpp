#include "radio/page_schedule.h"

#include "radio/timers.h"

namespace dectbed::radio {

namespace {
constexpr int repeats = 3;  // 9.1.3.1
}

/// T205: if frame 0 had nothing but pages for so long, the next one is NT's.
bool page_schedule::identity_due(std::int64_t multiframe) const {
    std::int64_t row_of_pages = 0;
    while (row_of_pages + 1 < T205_multiframes && occupied(multiframe - 1 - row_of_pages)) ++row_of_pages;
    return row_of_pages + 1 >= T205_multiframes;
}

std::optional<page_schedule::position> page_schedule::take(std::int64_t multiframe, const entry& e,
                                                           std::int64_t latest_frame) {
    if (identity_due(multiframe)) return std::nullopt;
    row& r = multiframes_[multiframe];
    if (r.ended || r.normal == static_cast<int>(page_frames.size())) return std::nullopt;
    const position p{multiframe, r.normal};
    if (p.frame() > latest_frame) return std::nullopt;
    r.pages[static_cast<std::size_t>(r.normal++)] = e;
    return p;
}

std::vector<page_schedule::position> page_schedule::add(const sim::bytes& message, bool fast, bool repeated,
                                                        std::int64_t next) {
    std::vector<position> out;
    entry e{message, fast, 1};
    const std::int64_t latest_frame = next + T204_multiframes * frames_per_multiframe;
    std::int64_t first = (next + frames_per_multiframe - 1) / frames_per_multiframe;
    if (fast && first * frames_per_multiframe != next) {
        // The multiframe under way: no normal page can be added to it any more, so whatever is free will do.
        row& r = multiframes_[first - 1];
        for (std::size_t place = 0; place < page_frames.size(); ++place) {
            const position p{first - 1, static_cast<int>(place)};
            if (p.frame() < next || r.pages[place]) continue;
            r.pages[place] = e;
            out.push_back(p);
            return out;
        }
    }
    for (std::int64_t m = first; m * frames_per_multiframe <= latest_frame; ++m) {
        const auto taken = take(m, e, latest_frame);
        if (!taken) continue;
        out.push_back(*taken);
        if (!repeated || fast) return out;
        for (int i = 1; i <= repeats; ++i) {
            e.transmission = i + 1;
            if (const auto again = take(m + i, e, latest_frame)) out.push_back(*again);
        }
        return out;
    }
    return out;
}

std::optional<page_schedule::position> page_schedule::add_long(const sim::bytes& message, std::int64_t next) {
    const auto sections = static_cast<int>(message.size() / long_section_octets);
    const std::int64_t latest_frame = next + T204_multiframes * frames_per_multiframe;
    const std::int64_t first = (next + frames_per_multiframe - 1) / frames_per_multiframe;
    for (std::int64_t m = first; m * frames_per_multiframe <= latest_frame; ++m) {
        if (identity_due(m)) continue;
        row& r = multiframes_[m];
        if (r.ended || r.normal + sections > static_cast<int>(page_frames.size())) continue;
        if (position{m, r.normal + sections - 1}.frame() > latest_frame) return std::nullopt;
        r.ended = true;
        for (int i = 0; i < sections; ++i) {
            const auto* octets = message.data() + static_cast<std::size_t>(i) * long_section_octets;
            entry e{sim::bytes(octets, octets + long_section_octets), false, 1};
            e.section = sections == 1      ? long_page_all
                        : i == 0           ? long_page_first
                        : i + 1 < sections ? long_page_middle
                                           : long_page_last;
            if (i + 1 == sections) e.whole = message;
            r.pages[static_cast<std::size_t>(r.normal++)] = std::move(e);
        }
        return position{m, r.normal - 1};
    }
    return std::nullopt;
}

const page_schedule::entry* page_schedule::at(std::int64_t frame) const {
    const int place = page_place(static_cast<int>(frame & (frames_per_multiframe - 1)));
    if (place < 0) return nullptr;
    const auto found = multiframes_.find(frame >> 4);
    if (found == multiframes_.end() || !found->second.pages[static_cast<std::size_t>(place)]) return nullptr;
    return &*found->second.pages[static_cast<std::size_t>(place)];
}

bool page_schedule::extended(std::int64_t frame) const {
    const auto found = multiframes_.find(frame >> 4);
    if (found == multiframes_.end()) return false;
    const int place = page_place(static_cast<int>(frame & (frames_per_multiframe - 1)));
    if (place < 0 || place + 1 >= found->second.normal) return false;
    const auto& page = found->second.pages[static_cast<std::size_t>(place)];
    return page && page->section == 0;  // sections of a long page need no flag (9.1.3.1)
}

bool page_schedule::occupied(std::int64_t multiframe) const {
    const auto found = multiframes_.find(multiframe);
    return found != multiframes_.end() && found->second.pages[0].has_value();
}

void page_schedule::forget_before(std::int64_t multiframe) {
    multiframes_.erase(multiframes_.begin(), multiframes_.lower_bound(multiframe));
}

}  // namespace dectbed::radio
