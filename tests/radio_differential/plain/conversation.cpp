// Data links: what their frames become on the C-channel, and what users are told.
#include <algorithm>

#include "tests/radio_differential/plain/world.h"

namespace dectbed::radio::plain {

void world::carry(const conversation_ptr& t, connection& by) {
    by.of(t->end).talk = t;
    t->carried_by = &by;
}

conversation_ptr world::take_away(connection& c, side s) {
    connection_end& e = c.of(s);
    e.segments.clear();
    e.sent_in = e.next_turn = -1;
    const conversation_ptr t = std::move(e.talk);
    e.talk = nullptr;
    if (t) {
        t->carried_by = nullptr;
        cancel(t->timer);
    }
    return t;
}

bool world::concerns(const conversation& t) const {
    if (t.end == side::fixed) return true;
    const handset_station& h = handsets_[static_cast<std::size_t>(t.station) - bases_.size()];
    return t.id == h.link && t.life == lives_[static_cast<std::size_t>(t.station)];
}

void world::send(const conversation_ptr& t, const sim::bytes& message) {
    if (t->carried_by != nullptr && !t->finishing) carry_out(t, t->link.send(message));
}

void world::put_segments(connection& c, side s, const sim::bytes& frame) {
    connection_end& e = c.of(s);
    if (!e.active || e.release_in >= 0) return;
    for (std::size_t i = 0; i < frame.size(); i += 5) {
        std::array<std::uint8_t, 5> segment{};
        std::copy_n(frame.begin() + static_cast<std::ptrdiff_t>(i), 5, segment.begin());
        e.segments.push_back(segment);
    }
    if (e.next_turn < 0) e.next_turn = turn_from(s, *e.on, next_frame(*e.on, s));
}

void world::carry_out(const conversation_ptr& t, const data_link::wishes& w) {
    for (const sim::bytes& frame : w.frames)
        if (t->carried_by != nullptr) put_segments(*t->carried_by, t->end, frame);
    if (w.clock != data_link::wishes::timer::as_it_is) cancel(t->timer);
    if (w.clock == data_link::wishes::timer::start) {
        const ps period = defect_ == defect::dl_timer_short ? second : 2 * second;  // DL.07, DL.04
        // It began with a burst, and where the clock is exact it runs out with one, which comes too late.
        t->timer = first_at(now_ + period, [this, t] {
            t->timer = 0;
            carry_out(t, t->link.timer_ran_out());
        });
    }
    for (int i = 0; i < w.confirmed; ++i)
        if (concerns(*t)) tell(t->station, "sent " + std::to_string(t->id));
    for (const sim::bytes& m : w.received) {
        ++air_.counts().messages;
        if (!concerns(*t)) continue;
        const std::string octets = sim::to_hex(m);
        say(t->station, "nwk " + std::to_string(t->peer) + " " + octets);
        if (t->end == side::fixed) {
            came_at_base(t, m);
        } else {
            tell(t->station, "received " + std::to_string(t->id) + " " + octets);
        }
    }
    if (w.given_up && t->carried_by != nullptr && concerns(*t)) release(*t->carried_by, t->end, "signal lost");
    finish_if_done(t);
}

void world::came_at_base(const conversation_ptr& t, const sim::bytes& m) {
    soon(t->station, [this, base = t->station, id = t->id, m] {
        say(base, "received " + std::to_string(id) + " " + sim::to_hex(m));
        const auto& links = base_at(base).links;
        const auto found = links.find(id);
        if (const sim::bytes answer = answer_to(m); !answer.empty() && found != links.end() && found->second.talk)
            send(found->second.talk, answer);
    });
}

void world::finish(const conversation_ptr& t) {
    t->finishing = true;
    finish_if_done(t);
}

void world::finish_if_done(const conversation_ptr& t) {
    if (!t->finishing || t->carried_by == nullptr || !t->link.everything_confirmed() || !concerns(*t)) return;
    connection& c = *t->carried_by;
    if (!c.of(t->end).segments.empty()) return;
    if (t->end == side::fixed) {
        base_station& b = base_at(c.base);
        const auto found = b.links.find(c.base_link);
        if (found != b.links.end() && found->second.listens_as != 0) {
            const int slot = b.config.fast_set_up == set_up_detection::selective ? c.current->slot : 15;
            b.listening[found->second.listens_as] = slot;
            c.of(side::fixed).release_listen = slot;
        }
    }
    release(c, t->end, "normal");
}

}  // namespace dectbed::radio::plain
