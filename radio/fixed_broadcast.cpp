// What a fixed part tells many at once: {CLMS-FIXED} by long pages, {CLMS-VARIABLE} over the connectionless link
// (EN 300 175-3, 9.1.2, 9.1.3.1; EN 300 175-5, 14.3). The dummy bearer carries both, as 9.1.2.1 lets it.
#include "radio/nwk/clms_fixed.h"
#include "radio/site_fixed_part.h"
#include "radio/site_portable_part.h"
#include "radio/timers.h"

namespace dectbed::radio {

namespace {
// Of the frames of which listeners ask; T205 is judged from the pages' rows.
constexpr std::int64_t look_back_frames = listeners_look_back / frame_nominal + frames_per_multiframe;
}  // namespace

bool site_fixed_part::broadcast(const sim::bytes& message) {
    if (!on_air()) return false;
    if (nwk::is_clms_fixed(message)) return broadcast_by_page(message);
    const bool offered = (information_.fixed_part_capabilities & capability_bit(connectionless_downlink)) != 0;
    return offered && is_variable_message(message) && broadcast_over_link(message);
}

bool site_fixed_part::broadcast_by_page(const sim::bytes& message) {
    const plan& p = *dummy_;
    const std::int64_t next = p.timing.frame_not_before(now(), p.slot);
    const std::int64_t number = p.timing.multiframe(next) * frames_per_multiframe + p.timing.frame_number(next);
    forget_old_pages(number);
    sim::bytes octets = message;
    for (std::size_t i = 0; i < octets.size(); i += long_section_octets) octets[i] &= 0x0F;  // the rest is not sent
    const auto last = beacon_->pages.add_long(octets, number);
    if (!last) {
        publish(sim::record::page_sent{sim::to_hex(octets), false, false});
        return false;
    }
    air_.used_broadcast(octets);
    const std::int64_t frame = next + last->frame() - number;
    hear_later(frame, [this, plan_now = dummy_, frame] { page_over(plan_now, frame); });
    return true;
}

bool site_fixed_part::broadcast_over_link(const sim::bytes& message) {
    auto octets = broadcast_frame(message);
    if (!octets) return false;  // longer than one frame
    const plan& p = *dummy_;
    const std::int64_t next = p.timing.frame_not_before(now(), p.slot);
    const std::int64_t number = p.timing.multiframe(next) * frames_per_multiframe + p.timing.frame_number(next);
    beacon_->connectionless.forget_before(number - look_back_frames);
    const auto segments = static_cast<std::int64_t>(octets.value().size() / segment_octets);
    const auto begin = beacon_->connectionless.add(octets.value(), number);
    if (!begin) {
        publish(sim::record::page_sent{sim::to_hex(message), false, false});
        return false;
    }
    air_.used_broadcast(message);
    const std::int64_t first = next + *begin - number;
    const std::int64_t last = first + (segments - 1) * frames_per_broadcast_segment;
    hear_later(last, [this, plan_now = dummy_, first, last, message, frame = std::move(octets.value())] {
        publish(sim::record::page_sent{sim::to_hex(message), true, false});
        for (site_portable_part* pp : listeners_) pp->broadcast_sent(plan_now, first, last, frame);
    });
    return true;
}

}  // namespace dectbed::radio
