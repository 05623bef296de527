// A fixed part's paging broadcast, and what it tells about its blind slots (EN 300 175-3, 9.1.3.1, 7.2.4.3.3).
#include <algorithm>

#include "radio/paging.h"
#include "radio/site_fixed_part.h"
#include "radio/site_portable_part.h"
#include "radio/timers.h"

namespace dectbed::radio {

namespace {
constexpr int page_repetition = 19;  // capability bit
// Of the frames of which listeners ask, T205 is judged from its length.
constexpr std::int64_t schedule_memory_multiframes =
    T205_multiframes + 2 + listeners_look_back / (frames_per_multiframe * frame_nominal);
}  // namespace

void site_fixed_part::forget_old_pages(std::int64_t number) {
    beacon_->pages.forget_before(number / frames_per_multiframe - schedule_memory_multiframes);
}

bool site_fixed_part::page(const sim::bytes& message, bool fast) {
    if (!on_air() || (message.size() != short_page_octets && message.size() != full_page_octets)) return false;
    const plan& p = *dummy_;
    const std::int64_t next = p.timing.frame_not_before(now(), p.slot);
    const std::int64_t number = p.timing.multiframe(next) * frames_per_multiframe + p.timing.frame_number(next);
    const bool repeated = (information_.fixed_part_capabilities & capability_bit(page_repetition)) != 0;
    forget_old_pages(number);
    sim::bytes on_air_octets = message;
    on_air_octets[0] &= 0x0F;  // the upper half is not sent
    const auto places = beacon_->pages.add(on_air_octets, fast, repeated, number);
    if (places.empty()) publish(sim::record::page_sent{sim::to_hex(on_air_octets), false, fast});
    for (const auto& place : places) {
        const std::int64_t frame = next + place.frame() - number;
        hear_later(frame, [this, plan_now = dummy_, frame] { page_over(plan_now, frame); });
    }
    return !places.empty();
}

/// At the end of the dummy bearer's burst in that frame.
void site_fixed_part::hear_later(std::int64_t frame, std::function<void()> what) {
    page_bursts_.erase(std::remove_if(page_bursts_.begin(), page_bursts_.end(),
                                      [](const sim::event_handle& e) { return !e.pending(); }),
                       page_bursts_.end());
    page_bursts_.push_back(kernel().at(dummy_->burst_end(frame, bits_p00), std::move(what)));
}

void site_fixed_part::page_over(const plan_ptr& p, std::int64_t frame) {
    const auto* sent =
        beacon_->pages.at(p->timing.multiframe(frame) * frames_per_multiframe + p->timing.frame_number(frame));
    if (sent == nullptr) return;
    if (sent->transmission == 1)
        publish(
            sim::record::page_sent{sim::to_hex(sent->section != 0 ? sent->whole : sent->message), true, sent->fast});
    // A copy: whoever hears it may do anything, but only in an event of its own.
    for (site_portable_part* pp : listeners_) pp->page_sent(p, frame, *sent);
}

/// Tells portable parts which slot pairs are of no use here, while traffic bearers make some.
void site_fixed_part::slots_changed() {
    if (!beacon_) return;
    std::uint16_t available = all_slots_available;
    if (!links_.empty() || synchroniser_.listens_in() >= 0)
        for (int s = 0; s < duplex_slots; ++s)
            if (slot_blind(s)) available = static_cast<std::uint16_t>(available & ~slot_bit(s));
    auto& history = beacon_->slots;
    const auto oldest = now() - listeners_look_back - 1s;
    while (history.size() > 1 && history[1].first < oldest) history.erase(history.begin());
    history.emplace_back(now(), available);
}

}  // namespace dectbed::radio
