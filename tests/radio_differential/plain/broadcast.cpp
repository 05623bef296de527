// What bases tell many at once, and who hears it: pages, short and long, and the connectionless link.
//
// A handset takes what it is sent burst by burst, as a receiver does that remembers nothing else: it reads A-fields,
// follows the flags of pages, and finds the frames of the connectionless link by trying every fragment as the first.
#include <algorithm>

#include "radio/connectionless.h"
#include "radio/nwk/clms_fixed.h"
#include "radio/nwk/lce_page.h"
#include "radio/page_schedule.h"
#include "radio/paging.h"
#include "tests/radio_differential/plain/world.h"

namespace dectbed::radio::plain {

namespace {
constexpr std::array<int, 6> frames_for_pages{0, 2, 4, 6, 10, 12};
constexpr std::int64_t pages_live = 96;      // frames: T204
constexpr std::int64_t segments_wait = 500;  // frames
constexpr ps told_for = 8 * second;
constexpr std::uint16_t all_pairs = 0x0FFF;
constexpr std::uint64_t downlink_offered = std::uint64_t{1} << 25;  // a22

/// -1: no page in a frame of that number.
int place_of(int frame_number) {
    const auto found = std::find(frames_for_pages.begin(), frames_for_pages.end(), frame_number);
    return found == frames_for_pages.end() ? -1 : static_cast<int>(found - frames_for_pages.begin());
}
std::int64_t number_of(const oscillator& clock, std::int64_t frame) {
    return clock.multiframe(frame) * 16 + clock.frame_number(frame);
}
}  // namespace

// --- bases -------------------------------------------------------------------------------------------------------

void world::say_broadcast(const base_station& b, const sim::bytes& message, bool sent) {
    say(b.station, "page " + sim::to_hex(message) + (sent ? " sent" : " refused"));
}

/// The multiframe of its pages that has room for so many more, one after another; -1: none in time.
std::int64_t world::room_for_pages(base_station& b, std::int64_t next, std::size_t count) {
    for (std::int64_t m = (next + 15) / 16; m * 16 <= next + pages_live; ++m) {
        const std::vector<base_station::due_page>& row = b.pages[m];
        // A long page is the last one.
        if (!row.empty() && row.back().part != 0 && defect_ != defect::long_pages_without_room) continue;
        if (row.size() + count > frames_for_pages.size()) continue;
        if (m * 16 + frames_for_pages[row.size() + count - 1] <= next + pages_live) return m;
        if (count > 1) return -1;
    }
    return -1;
}

void world::base_page(base_station& b, const sim::bytes& message) {
    if (b.is != base_station::state::on_air) return;
    const oscillator& clock = air_.clock(b.station);
    const std::int64_t next = number_of(clock, first_frame_from(b.station, b.dummy->slot, now_));
    const std::int64_t m = room_for_pages(b, next, 1);
    if (m < 0) return say_broadcast(b, message, false);
    b.pages[m].push_back({message, 0, {}});
}

void world::base_broadcast(base_station& b, const sim::bytes& message) {
    if (b.is != base_station::state::on_air) return;
    const oscillator& clock = air_.clock(b.station);
    const std::int64_t next = number_of(clock, first_frame_from(b.station, b.dummy->slot, now_));
    if (nwk::is_clms_fixed(message)) {
        const std::size_t sections = message.size() / 5;
        const std::int64_t m = room_for_pages(b, next, sections);
        if (m < 0) return say_broadcast(b, message, false);
        for (std::size_t i = 0; i < sections; ++i) {
            const bool first = i == 0, last = i + 1 == sections;
            base_station::due_page d;
            d.octets.assign(message.begin() + static_cast<std::ptrdiff_t>(5 * i),
                            message.begin() + static_cast<std::ptrdiff_t>(5 * i + 5));
            d.part = first && last ? 7 : first ? 5 : last ? 6 : 4;  // table 7.17
            if (last) d.whole = message;
            b.pages[m].push_back(d);
        }
        return;
    }
    if ((b.information.fixed_part_capabilities & downlink_offered) == 0) return;
    const sim::bytes octets = broadcast_frame(message).value();
    std::int64_t first = std::max(next, b.last_segment + 4);  // NT between two messages
    first += first % 2 == 0 ? 1 : 0;
    if (first - next > segments_wait) return say_broadcast(b, message, false);
    for (std::size_t i = 0; i < octets.size() / 5; ++i) {
        base_station::segment s;
        s.odd_one = i % 2 != 0;
        std::copy_n(octets.begin() + static_cast<std::ptrdiff_t>(5 * i), 5, s.octets.begin());
        b.last_segment = first + 2 * static_cast<std::int64_t>(i);
        if (5 * (i + 1) == octets.size()) s.whole = message;
        b.segments[b.last_segment] = s;
    }
}

bool world::pages_in(const base_station& b, std::int64_t multiframe) const {
    const auto row = b.pages.find(multiframe);
    return row != b.pages.end() && !row->second.empty();
}

const base_station::due_page* world::page_in(const base_station& b, std::int64_t frame) const {
    const oscillator& clock = air_.clock(b.station);
    const auto row = b.pages.find(clock.multiframe(frame));
    const int place = place_of(clock.frame_number(frame));
    if (row == b.pages.end() || place < 0 || static_cast<std::size_t>(place) >= row->second.size()) return nullptr;
    return &row->second[static_cast<std::size_t>(place)];
}

/// A page or a segment, if one is due in that frame: nothing else is said then.
std::optional<tail::any> world::broadcast_in(const base_station& b, std::int64_t frame) const {
    const oscillator& clock = air_.clock(b.station);
    if (const base_station::due_page* page = page_in(b, frame)) {
        if (page->part != 0) return long_page_tail(page->octets, page->part).value();
        const auto& row = b.pages.at(clock.multiframe(frame));
        const bool more = page != &row.back();
        const bool blind = b.told_free != all_pairs;
        return page_tail(page->octets, more, blind ? 1 : 0, blind ? b.told_free : std::uint16_t{0}).value();
    }
    const std::int64_t shift =
        defect_ == defect::segments_in_every_frame ? number_of(clock, frame) % 2 == 0 ? 1 : 0 : 0;
    const auto segment = b.segments.find(number_of(clock, frame) + shift);
    if (segment == b.segments.end() || (shift != 0 && place_of(clock.frame_number(frame)) >= 0) ||
        (shift != 0 && clock.frame_number(frame) == 8))
        return std::nullopt;
    return tail::c_channel{static_cast<std::uint8_t>(segment->second.odd_one ? 0 : 1), segment->second.octets};
}

/// The dummy bearer's burst is over.
void world::broadcast_over(base_station& b, std::int64_t frame) {
    const oscillator& clock = air_.clock(b.station);
    if (const base_station::due_page* page = page_in(b, frame)) {
        const bool last = page->part == 0 || page->part == 6 || page->part == 7;
        if (last) say_broadcast(b, page->part == 0 ? page->octets : page->whole, true);
    }
    const auto segment = b.segments.find(number_of(clock, frame));
    if (segment != b.segments.end() && !segment->second.whole.empty()) say_broadcast(b, segment->second.whole, true);
}

// --- handsets ----------------------------------------------------------------------------------------------------

void world::forget_broadcasts(handset_station& h) {
    h.told_from = h.told_until = 0;
    h.page_expected_in = -1;
    h.row.clear();
    h.sections.clear();
    h.fragments.clear();
    h.pages_heard.clear();
    cancel(h.bearer_timer);
}

/// A burst of the dummy bearer it is locked to is over.
void world::hear_broadcast(handset_station& h, const burst_ptr& b) {
    if (h.listened_to != b->of) {
        h.listened_to = b->of;
        h.page_expected_in = -1;
        h.row.clear();
        h.sections.clear();
        h.fragments.clear();
    }
    const int number = air_.clock(b->of->clock).frame_number(b->frame);
    const auto said = decode_a_field(b->a_field, side::fixed);
    if (const int place = place_of(number); place >= 0) {
        if (place == 0) {
            h.page_expected_in = b->frame;
            h.row.clear();
            h.sections.clear();
        }
        if (h.page_expected_in == b->frame || (h.linked && page_in(base_at(b->of->station), b->frame) != nullptr))
            hear_page(h, b, said.value().content, place);
    }
    if (number % 2 != 0) hear_fragment(h, b, said.value().content);
}

bool world::judged_good(const handset_station& h, const handset_station::to_judge& j) {
    return j.good ? *j.good : air_.receive(*j.of, short_burst, h.station, luck::beacon) == heard::good;
}

void world::judge_before_move(handset_station& h) {
    for (auto* those : {&h.row, &h.fragments})
        for (handset_station::to_judge& j : *those) j.good = judged_good(h, j);
}

void world::hear_page(handset_station& h, const burst_ptr& b, const tail::any& content, int place) {
    const bool listening = h.page_expected_in == b->frame;
    h.page_expected_in = -1;
    const auto* page = std::get_if<tail::page_other>(&content);
    if (page == nullptr) return;
    const bool of_long = page->length >= 4, ends = page->length == 6 || page->length == 7;
    if (listening) {
        h.row.push_back({b, {}, std::nullopt});
        if (page->extend || (of_long && !ends))
            h.page_expected_in = b->frame - frames_for_pages[static_cast<std::size_t>(place)] +
                                 frames_for_pages[static_cast<std::size_t>(place) + 1];
        if (of_long) {
            const sim::bytes section = long_page_section(*page).value();
            h.sections.insert(h.sections.end(), section.begin(), section.end());
        }
    }
    if (of_long && !ends) return;
    if (h.linked) return page_in_link(h, *b);
    if (!listening) return;
    for (const handset_station::to_judge& j : h.row)
        if (!judged_good(h, j)) return;
    if (of_long) {
        broadcast_came(h, h.sections);
    } else {
        page_came(h, paged_message(*page).value());
    }
}

/// All bearers carry the same pages: the one of its link brings it.
void world::page_in_link(handset_station& h, const burst& b) {
    const base_station& base = base_at(b.of->station);
    const base_station::due_page* page = page_in(base, b.frame);
    const bearer_ptr on = h.on->current;
    const std::size_t sections = std::max<std::size_t>(1, page->whole.size() / 5);
    const oscillator& clock = air_.clock(b.of->clock);
    const int number = clock.frame_number(b.frame), place = place_of(number);
    const auto check = [this, &h, on, sections, first = b.frame - number, place, page = *page] {
        h.bearer_timer = 0;
        if (!h.linked || !h.on || h.on->current != on) return;
        const connection_end& fixed = h.on->of(side::fixed);
        for (int at = place + 1 - static_cast<int>(sections); at <= place; ++at) {
            // RELEASE may take any frame (EN 300 175-3, 7.2.5.3), and there is one message in a burst.
            if (fixed.on == on && fixed.says_release_from >= 0 &&
                first + frames_for_pages[static_cast<std::size_t>(at)] >= fixed.says_release_from)
                return;
            const transmission_ptr t = on->by(side::fixed);
            const burst_ptr sent =
                t ? air_.sent_in(t, first + frames_for_pages[static_cast<std::size_t>(at)]) : burst_ptr();
            if (!sent || air_.receive(*sent, short_burst, h.station, luck::bearer) != heard::good) return;
        }
        if (page.part == 0) return page_came(h, page.octets);
        broadcast_came(h, page.whole);
    };
    const ps over = bit(b.of->clock, b.frame, on->slot, short_burst);
    if (over <= now_) return check();
    h.bearer_timer = at(over, check);
}

void world::page_came(handset_station& h, const sim::bytes& message) {
    while (!h.pages_heard.empty() && h.pages_heard.front().first + pages_live * frame_length < now_)
        h.pages_heard.pop_front();
    for (const auto& [when, octets] : h.pages_heard)
        if (octets == message) return;
    h.pages_heard.emplace_back(now_, message);
    const auto page = nwk::decode_lce_page(message);
    if ((h.known.information.fixed_part_capabilities & downlink_offered) != 0 && page &&
        nwk::announces_broadcast(page.value())) {
        if (now_ >= h.told_until) h.told_from = now_;
        h.told_until = now_ + told_for;
    }
    say(h.station, "paged " + std::to_string(h.locked_to->station) + " " + sim::to_hex(message));
}

/// EN 300 175-4, 6.1.2: every fragment may be the first of a frame; the checksum tells.
void world::hear_fragment(handset_station& h, const burst_ptr& b, const tail::any& content) {
    const auto* c = std::get_if<tail::c_channel>(&content);
    const bool listens = (b->start >= h.told_from && b->start < h.told_until) || !h.fragments.empty();
    if (c == nullptr || !listens) return h.fragments.clear();
    if (air_.receive(*b, short_burst, h.station, luck::beacon) != heard::good) ++air_.counts().segments_lost;
    h.fragments.push_back({b, c->octets, std::nullopt});
    for (std::size_t first = 0; first < h.fragments.size(); ++first) {
        if (h.fragments[first].of->start >= h.told_until) return;
        sim::bytes octets;
        bool good = true;
        for (std::size_t i = first; i < h.fragments.size(); ++i) {
            octets.insert(octets.end(), h.fragments[i].octets.begin(), h.fragments[i].octets.end());
            good = good && judged_good(h, h.fragments[i]);
        }
        if (!good || announced_length(octets) != octets.size()) continue;
        const auto message = broadcast_message(octets);
        if (!message) continue;
        h.fragments.clear();
        if (h.is == handset_station::state::locked) {
            ++air_.counts().over_the_link;
            broadcast_came(h, message.value());
        }
        return;
    }
}

void world::broadcast_came(handset_station& h, const sim::bytes& message) {
    if (nwk::is_clms_fixed(message)) ++air_.counts().long_pages;
    say(h.station, "nwk " + std::to_string(h.locked_to->station) + " " + sim::to_hex(message));
    tell(h.station, "broadcast " + sim::to_hex(message));
}

}  // namespace dectbed::radio::plain
