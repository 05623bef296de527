// What a portable part in Idle_Locked or Active_Locked takes from the PT tails of its fixed part: pages and blind
// slots (EN 300 175-3, 9.1.3.2, 11.3.3.1).
#include "radio/broadcast.h"
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

/// A burst with a page is over.
void site_portable_part::page_sent(const plan_ptr& p, std::int64_t frame, const page_schedule::entry& page) {
    if (p != locked_to_) return;
    if (linked_) {  // all bearers carry the same page
        const auto c = link_on_.lock();
        if (c && c->bearer()->receive(side::portable, frame, bits_p00, draw_purpose::bearer) == reception::good)
            page_heard(page.message);
        return;
    }
    const int number = p->timing.frame_number(frame);
    const auto arrives = [&](std::int64_t f) {
        return medium_.receive(p, f, bits_p00, index(), draw_purpose::beacon) == reception::good;
    };
    if (config_.duty != paging_duty::high) {
        if (!listens_in(p->timing.multiframe(frame))) return;
        // Every earlier place must have said that another page follows.
        const std::int64_t first = p->timing.multiframe(frame) * frames_per_multiframe;
        for (int place = 0; place < page_place(number); ++place) {
            const int before = page_frames[static_cast<std::size_t>(place)];
            if (!p->broadcast->pages.extended(first + before) || !arrives(frame - number + before)) return;
        }
    }
    if (arrives(frame)) page_heard(page.message);
}

void site_portable_part::page_heard(const sim::bytes& message) {
    while (!pages_.empty() && pages_.front().first + page_life < now()) pages_.pop_front();
    for (const auto& [when, octets] : pages_)
        if (octets == message) return;  // a repeat
    pages_.emplace_back(now(), message);
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
