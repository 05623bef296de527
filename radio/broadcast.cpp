#include "radio/broadcast.h"

#include "radio/paging.h"
#include "radio/t_mux.h"
#include "radio/timers.h"

namespace dectbed::radio {

namespace {

// Frame 0 is NT's in these multiframes of every T205, whatever zero page there is: one for each phase of a portable
// part that listens to one multiframe in four (9.1.3.1, note 4).
constexpr std::int64_t identity_cycle = 60;
static_assert(identity_cycle < T205_multiframes && identity_cycle % 4 == 0);
constexpr bool turn_of_identity(std::int64_t multiframe) {
    const std::int64_t place = multiframe % identity_cycle;
    return place == 0 || place == 13 || place == 26 || place == 39;
}

/// The turn came in this multiframe, or in one before that pages took away.
bool identity_turn(const beacon& b, std::int64_t multiframe) {
    std::int64_t m = multiframe;
    while (!turn_of_identity(m))
        if (!b.pages.occupied(--m)) return false;
    return true;
}

std::int64_t absolute(const plan& p, std::int64_t frame) {
    return p.timing.multiframe(frame) * frames_per_multiframe + p.timing.frame_number(frame);
}

}  // namespace

std::optional<std::uint16_t> zero_page_slots(const plan& p, std::int64_t frame) {
    const beacon& b = *p.broadcast;
    if (p.timing.frame_number(frame) != 0) return std::nullopt;
    const std::int64_t multiframe = p.timing.multiframe(frame);
    if (b.slots.empty() || b.pages.occupied(multiframe)) return std::nullopt;
    const std::uint16_t slots = b.slots_at(p.burst_start(frame));
    if (slots == all_slots_available || identity_turn(b, multiframe)) return std::nullopt;
    return slots;
}

bool broadcasts_identity(const plan& p, std::int64_t frame) {
    const int number = p.timing.frame_number(frame);
    if (number == qt_frame) return false;
    if (p.broadcast->pages.at(absolute(p, frame)) != nullptr) return false;
    if (!p.broadcast->connectionless.empty() && p.broadcast->connectionless.at(absolute(p, frame))) return false;
    return number != 0 || !zero_page_slots(p, frame);
}

a_field broadcast_content(const plan& p, std::int64_t frame) {
    const beacon& b = *p.broadcast;
    const std::int64_t here = absolute(p, frame);
    a_field a;
    a.header.ba = static_cast<std::uint8_t>(b_field::none);
    if (!b.connectionless.empty()) {
        if (const auto segment = b.connectionless.at(here)) {
            a.content = tail::c_channel{segment->packet_number, segment->octets};
            return a;
        }
    }
    if (const auto* page = b.pages.at(here); page != nullptr && page->section != 0) {
        a.content = long_page_tail(page->message, page->section).value();  // the schedule makes no others
        return a;
    }
    if (const auto* page = b.pages.at(here)) {
        // A short page has room to tell about blind slots, too.
        const std::uint16_t slots = b.slots_at(p.burst_start(frame));
        const bool tell = slots != all_slots_available;
        a.content = page_tail(page->message, b.pages.extended(here), tell ? blind_full_slots : 0, tell ? slots : 0)
                        .value();  // page() took no other lengths
        return a;
    }
    if (const auto slots = zero_page_slots(p, frame)) {
        a.content =
            tail::zero_page{false, static_cast<std::uint32_t>(b.identity.number() & 0xFFFFF), blind_full_slots, *slots};
        return a;
    }
    a = dummy_bearer_content(b.identity, b.at(p.burst_start(frame)), *b.band, p.carrier, p.slot, p.timing, frame);
    if (auto* s = std::get_if<tail::static_information>(&a.content))
        s->transceivers = static_cast<std::uint8_t>(b.transceivers);
    return a;
}

}  // namespace dectbed::radio
