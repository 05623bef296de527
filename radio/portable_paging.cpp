// What a portable part in Idle_Locked or Active_Locked takes from the PT tails of its fixed part: pages and blind
// slots (EN 300 175-3, 9.1.3.2, 11.3.3.1).
#include <algorithm>

#include "radio/broadcast.h"
#include "radio/connectionless.h"
#include "radio/nwk/clms_fixed.h"
#include "radio/nwk/lce_page.h"
#include "radio/paging.h"
#include "radio/site_fixed_part.h"
#include "radio/site_portable_part.h"
#include "radio/timers.h"

namespace dectbed::radio {

namespace {
constexpr int page_repetition = 19;          // capability bit
constexpr std::int64_t low_duty_cycle = 4;   // multiframes, 11.3.3.1
constexpr std::int64_t blind_look_back = 8;  // multiframes; what is older than that counts as unknown
constexpr sim::duration page_life = T204_multiframes * frames_per_multiframe * frame_nominal;
}  // namespace

bool site_portable_part::listens_in(std::int64_t multiframe) const {
    const bool repeated = (entry_.information.fixed_part_capabilities & capability_bit(page_repetition)) != 0;
    if (config_.duty != paging_duty::low || !repeated || linked_) return true;
    return multiframe % low_duty_cycle == config_.ipei.back() % low_duty_cycle;
}

/// A burst with a page is over; of a long one, that with its last section.
void site_portable_part::page_sent(const plan_ptr& p, std::int64_t frame, const page_schedule::entry& page) {
    if (p != locked_to_) return;
    const bool of_long = !page.whole.empty();
    const int number = p->timing.frame_number(frame);
    const auto sections = of_long ? static_cast<int>(page.whole.size() / long_section_octets) : 1;
    const int begin = page_place(number) + 1 - sections;
    if (linked_)
        return page_in_link(frame - number, begin, page_place(number), of_long ? page.whole : page.message, of_long);
    if (of_long && p->burst_start(frame - number) < locked_since_) return;  // was not there for all of the multiframe
    if (!row_heard(p, frame, begin)) return;
    if (of_long) {
        broadcast_heard(page.whole);
    } else {
        page_heard(page.message);
    }
}

/// Before it moves: what it hears here of pages and messages whose end is yet to come, as they are judged at their end.
void site_portable_part::hear_before_move() {
    if (!locked() || (locked_to_->broadcast->pages.empty() && locked_to_->broadcast->connectionless.empty())) return;
    const plan_ptr p = locked_to_;
    const std::int64_t now_in = p->timing.at(now()).frame;
    const std::int64_t oldest = now_in - broadcast_frames_max;
    auto& heard = heard_before_move_;
    heard.erase(std::remove_if(heard.begin(), heard.end(), [&](const auto& one) { return one.first < oldest; }),
                heard.end());
    for (std::int64_t frame = heard.empty() ? oldest : heard.back().first + 1; frame <= now_in; ++frame) {
        if (p->burst_end(frame, bits_p00) > now()) return;
        const std::int64_t counted =
            p->timing.multiframe(frame) * frames_per_multiframe + p->timing.frame_number(frame);
        if (p->broadcast->pages.at(counted) == nullptr && !p->broadcast->connectionless.at(counted)) continue;
        heard.emplace_back(frame, arrives(p, frame));
    }
}

bool site_portable_part::arrives(const plan_ptr& p, std::int64_t frame) const {
    for (const auto& [before, good] : heard_before_move_)
        if (before == frame && p == locked_to_) return good;
    return medium_.receive(p, frame, bits_p00, index(), draw_purpose::beacon) == reception::good;
}

/// Whether it heard the page in this frame, and, where its duty needs that, every earlier place of the multiframe,
/// which must have said that another page follows. Of a long page `begin` is the place of the first section.
bool site_portable_part::row_heard(const plan_ptr& p, std::int64_t frame, int begin) const {
    const int number = p->timing.frame_number(frame);
    const auto frame_at = [&](int place) { return frame - number + page_frames[static_cast<std::size_t>(place)]; };
    if (config_.duty != paging_duty::high) {
        if (!listens_in(p->timing.multiframe(frame))) return false;
        const std::int64_t counted = p->timing.multiframe(frame) * frames_per_multiframe;  // as the schedule counts
        for (int place = 0; place < begin; ++place)
            if (!p->broadcast->pages.extended(counted + page_frames[static_cast<std::size_t>(place)]) ||
                !arrives(p, frame_at(place)))
                return false;
    }
    for (int place = begin; place <= page_place(number); ++place)
        if (!arrives(p, frame_at(place))) return false;
    return true;
}

/// All bearers carry the same page. This one's burst may come later in the frame than the dummy bearer's.
void site_portable_part::page_in_link(std::int64_t first, int begin, int end, const sim::bytes& message, bool of_long) {
    const auto c = link_on_.lock();
    if (!c) return;
    const auto on = c->bearer();
    const auto frame_at = [first](int place) { return first + page_frames[static_cast<std::size_t>(place)]; };
    const auto check = [this, on, frame_at, begin, end, message, of_long] {
        const auto still = link_on_.lock();
        if (!linked_ || !still || still->bearer() != on) return;
        for (int place = begin; place <= end; ++place)
            if (still->says_release(side::fixed, *on, frame_at(place)) ||
                on->receive(side::portable, frame_at(place), bits_p00, draw_purpose::bearer) != reception::good)
                return;
        if (of_long) {
            broadcast_heard(message);
        } else {
            page_heard(message);
        }
    };
    const auto over = on->burst_end(side::fixed, frame_at(end), bits_p00);
    if (over <= now()) return check();
    page_on_bearer_ = kernel().at(over, check);
}

void site_portable_part::broadcast_sent(const plan_ptr& p, std::int64_t first, std::int64_t last,
                                        const sim::bytes& dlc_frame) {
    // With a link, or while one is set up, its receiver is elsewhere.
    if (p != locked_to_ || state_ != portable_part_state::idle_locked) return;
    const auto began = p->burst_start(first);
    const auto within = [began](const span& told) { return began >= told.from && began < told.until; };
    if (!within(announced_) && !within(announced_before_)) return;
    for (std::int64_t frame = first; frame <= last; frame += frames_per_broadcast_segment)
        if (!arrives(p, frame)) return;
    if (const auto message = broadcast_message(dlc_frame)) broadcast_heard(message.value());
}

void site_portable_part::broadcast_heard(const sim::bytes& message) {
    auto record = nwk_record(locked_to_->broadcast->who, message);
    if (nwk::is_clms_fixed(message)) {  // a B-format message
        record.message = "CLMS-FIXED";
        record.proprietary = false;
    }
    publish(std::move(record));
    notify([this, message] {
        if (events_.broadcast_received) events_.broadcast_received(message);
    });
}

void site_portable_part::page_heard(const sim::bytes& message) {
    while (!pages_.empty() && pages_.front().first + page_life < now()) pages_.pop_front();
    for (const auto& [when, octets] : pages_)
        if (octets == message) return;  // a repeat
    pages_.emplace_back(now(), message);
    const bool offered = (entry_.information.fixed_part_capabilities & capability_bit(connectionless_downlink)) != 0;
    if (const auto page = nwk::decode_lce_page(message); offered && page && nwk::announces_broadcast(page.value())) {
        if (now() >= announced_.until) {
            announced_before_ = announced_;  // a message that began within it may still be on the way
            announced_.from = now();
        }
        announced_.until = now() + announced_listening;
    }
    publish(sim::record::page_heard{locked_to_->broadcast->who, sim::to_hex(message)});
    notify([this, message] {
        if (events_.paged) events_.paged(message);
    });
}

/// Slot pairs the fixed part called available when it was heard last: in a zero page, or by sending NT again in its
/// place.
std::uint16_t site_portable_part::slots_available(const plan_ptr& at) const {
    if (at != locked_to_) return all_slots_available;  // it has not listened there
    const plan_ptr p = at;
    std::int64_t frame = p->timing.at(now()).frame;
    frame -= p->timing.frame_number(frame);
    int identities = 0;
    for (std::int64_t i = 0; i < blind_look_back; ++i, frame -= frames_per_multiframe) {
        if (p->burst_end(frame, bits_p00) > now()) continue;
        if (!listens_in(p->timing.multiframe(frame))) continue;
        const auto slots = zero_page_slots(*p, frame);
        const bool identity = !slots && broadcasts_identity(*p, frame);
        if (!slots && !identity) continue;  // a page
        if (medium_.receive(p, frame, bits_p00, index(), draw_purpose::beacon) != reception::good) continue;
        if (slots) return *slots;
        // One NT may stand where a zero page was due (T205); two in a row say that there is none.
        if (++identities == 2) break;
    }
    return all_slots_available;
}

}  // namespace dectbed::radio
