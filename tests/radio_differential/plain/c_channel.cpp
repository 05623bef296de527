// The C-channel's repetition (EN 300 175-3, 10.8), and how an end of a connection ends.
#include "radio/dlc_frame.h"
#include "tests/radio_differential/plain/world.h"

namespace dectbed::radio::plain {

namespace {
side other(side s) { return s == side::fixed ? side::portable : side::fixed; }
}  // namespace

// --- C-channel -----------------------------------------------------------------------------------------------

/// Bases have their turn in odd frames, handsets in even ones.
std::int64_t world::turn_from(side s, const bearer& b, std::int64_t frame) const {
    const bool odd = (s == side::fixed) != (defect_ == defect::odd_and_even_swapped);
    return (air_.clock(b.base).frame_number(frame) % 2 == 1) == odd ? frame : frame + 1;
}

/// The A-field of one end's burst is over.
void world::a_field_of(connection& c, side s, std::int64_t frame) {
    connection_end& e = c.of(s);
    connection_end& peer = c.of(other(s));
    if (e.release_in >= 0) {
        if (frame < e.release_in) return;
        const bool last = frame > e.release_in;
        if (peer.active && hears(c, other(s), e.on, frame, short_burst, luck::segment) == heard::good) {
            handset_station& h = handset_at(c.handset);
            if (s == side::fixed && e.release_listen >= 0 && concerns(c, h) &&
                (h.config.detects == set_up_detection::complete ||
                 (h.config.detects == set_up_detection::selective && e.release_listen < slot_pairs)))
                h.listens_in = e.release_listen;
            close(c, other(s), peer.established ? e.release_says : "setup failed", true);
        }
        if (last) close(c, s, e.release_reason, true);
    } else if (e.next_turn == frame) {
        ct_turn(c, s, frame);
    }
}

/// The peer had the segment, and its next burst, half a frame later, said so.
bool world::acknowledged(connection& c, side s) {
    connection_end& e = c.of(s);
    if (!e.taken || defect_ == defect::acknowledgement_taken_for_granted) return e.taken;
    const std::int64_t answered_in = s == side::fixed ? e.sent_in : e.sent_in + 1;
    const bool good = hears(c, s, e.sent_on, answered_in, short_burst, luck::acknowledgement) == heard::good;
    if (s == side::portable) judge(c, good);
    return good;
}

void world::ct_turn(connection& c, side s, std::int64_t frame) {
    connection_end& e = c.of(s);
    connection_end& peer = c.of(other(s));
    e.next_turn = -1;
    if (e.sent_in >= 0 && acknowledged(c, s)) {
        e.segments.pop_front();
        e.packet = 1 - e.packet;
        e.sent_in = -1;
    }
    if (e.segments.empty()) {
        if (const conversation_ptr t = e.talk) finish_if_done(t);
        return;
    }
    air_.counts().repeated_segments += e.sent_in >= 0 ? 1 : 0;
    e.sent_in = frame;
    e.sent_on = e.on;
    e.next_turn = frame + 2;
    a_field a;
    a.header.ba = 0;
    a.content = tail::c_channel{static_cast<std::uint8_t>(e.packet), e.segments.front()};
    const auto on_air = encode(a, s).value();

    const bool good = hears(c, other(s), e.on, frame, short_burst, luck::segment) == heard::good;
    e.taken = peer.active && good;
    judge(c, e.taken);
    if (!e.taken) return;
    const auto said = decode_a_field(on_air, s);
    const auto& segment = std::get<tail::c_channel>(said.value().content);
    if (segment.packet_number != peer.expected_packet) return;
    peer.expected_packet = 1 - peer.expected_packet;
    peer.frame.insert(peer.frame.end(), segment.octets.begin(), segment.octets.end());
    if (peer.frame.size() < announced_length(peer.frame)) return;
    const sim::bytes whole = std::move(peer.frame);
    peer.frame.clear();
    if (const conversation_ptr t = peer.talk; t && peer.release_in < 0 && t->carried_by != nullptr)
        carry_out(t, t->link.frame_came(whole));
}

// --- end of an end -------------------------------------------------------------------------------------------

void world::release(connection& c, side s, const char* why, const char* says) {
    connection_end& e = c.of(s);
    if (!e.active || e.release_in >= 0) return;
    e.segments.clear();
    e.sent_in = e.next_turn = -1;
    if (e.talk) {
        e.talk->carried_by = nullptr;
        cancel(e.talk->timer);
    }
    if (c.by_base) forget_call_steps(c, s);
    e.release_in = e.says_release_from = next_frame(*e.on, s);
    e.release_reason = why;
    e.release_says = says != nullptr ? says : e.established ? why : "setup failed";
}

void world::close(connection& c, side s, const char* why, bool tell_user) {
    connection_end& e = c.of(s);
    if (!e.active) return;
    e.active = e.established = false;
    e.release_in = e.next_turn = -1;
    if (s == side::fixed) {
        c.other_in = c.confirm_in = -1;
        cancel(c.wait_timer);
    }
    forget_call_steps(c, s);
    if (e.talk && e.talk->carried_by == &c) {
        e.talk->carried_by = nullptr;
        cancel(e.talk->timer);
    }
    unwatch(e.watch);
    if (s == side::portable) unwatch(c.quality);
    for (const bearer_ptr& b : {c.current, c.next, c.old})
        if (b) close_side(*b, s);
    if (!tell_user) return;
    if (s == side::fixed) {
        closed_at_base(c, why);
    } else {
        closed_at_handset(c, why);
    }
}

void world::closed_at_base(connection& c, const char* why) {
    base_station& b = base_at(c.base);
    const auto found = b.links.find(c.base_link);
    if (found == b.links.end()) return;
    const bool known = found->second.established && !found->second.left && found->second.talk;
    const bool called_in_vain = found->second.by_base && !found->second.established;
    b.links.erase(found);
    tell_slots(b);
    if (called_in_vain) call_attempt_failed(b, c.pmid);
    if (known) tell(c.base, "released " + std::to_string(c.base_link) + " " + why);
}

bool world::concerns(const connection& c, const handset_station& h) const {
    return c.handset_link != 0 && c.handset_link == h.link && h.on.get() == &c &&
           c.handset_life == lives_[static_cast<std::size_t>(h.station)];
}

void world::closed_at_handset(connection& c, const char* why) {
    handset_station& h = handset_at(c.handset);
    if (!concerns(c, h)) return;
    const link_id id = h.link;
    h.link = 0;
    h.on = nullptr;
    h.talk = nullptr;
    if (h.called) {
        h.called = false;
        h.is = handset_station::state::locked;
        return;
    }
    if (!h.linked) {  // released while it was being set up
        h.expects = handset_station::step::none;
        cancel(h.timer);
        return retry(h);
    }
    end_handover(h, "link lost");
    cancel(h.quality_timer);
    h.linked = false;
    if (h.is == handset_station::state::linked) h.is = handset_station::state::locked;
    say(h.station, "bearer down " + std::to_string(h.link_base) + " " + why);
    tell(h.station, "released " + std::to_string(id) + " " + why);
}

}  // namespace dectbed::radio::plain
