// Connections and their bearers: set-up and handover (EN 300 175-3, 10.5, 10.6).
#include <algorithm>

#include "tests/radio_differential/plain/world.h"

namespace dectbed::radio::plain {

namespace {
side other(side s) { return s == side::fixed ? side::portable : side::fixed; }
constexpr ps bearer_failure = 5 * second;       // T201
constexpr ps both_bearers = 16 * frame_length;  // T203
constexpr ps waiting_for_host = 3 * second;     // T200
constexpr ps quality_reaction = 40 * millisecond;
}  // namespace

// --- bearers -------------------------------------------------------------------------------------------------

bearer_ptr world::make_bearer(base_station& b, handset_station& h, std::int64_t request_frame) {
    auto on = std::make_shared<bearer>();
    on->base = b.station;
    on->handset = h.station;
    on->carrier = h.request_carrier;
    on->slot = h.request_slot;
    on->powers[0] = b.power;
    on->powers[1] = h.config.power;
    open_side(*on, side::fixed, request_frame + 1);
    return on;
}

void world::open_side(bearer& b, side s, std::int64_t frame) {
    transmission t;
    t.what = transmission::kind::bearer;
    t.station = s == side::fixed ? b.base : b.handset;
    t.clock = b.base;
    t.carrier = b.carrier;
    t.slot = b.slot_of(s);
    t.bits = full_burst;
    t.power = b.powers[bearer::place(s)];
    t.since = bit(t.clock, frame, t.slot, 0);
    b.sends[bearer::place(s)] = air_.begin(t);
}

void world::close_side(bearer& b, side s) {
    if (!b.on(s)) return;
    air_.end(b.by(s), now_);
    transmission_ended(b.by(s));
}

std::int64_t world::next_frame(const bearer& b, side s) const {
    return first_frame_from(b.base, b.slot_of(s), std::max(now_, b.by(s)->since));
}

/// What a side gets of the other's burst in a frame.
heard world::hears(connection&, side s, const bearer_ptr& on, std::int64_t frame, std::int64_t bits, luck purpose) {
    const transmission_ptr& t = on->by(other(s));
    const burst_ptr b = t ? air_.sent_in(t, frame) : nullptr;
    return b ? air_.receive(*b, bits, s == side::fixed ? on->base : on->handset, purpose) : heard::not_sent;
}

// --- set-up --------------------------------------------------------------------------------------------------

connection_ptr world::make_connection(base_station& b, handset_station& h, std::int64_t request_frame, bool wait) {
    auto c = std::make_shared<connection>();
    c->base = b.station;
    c->handset = h.station;
    c->pmid = h.pmid;
    c->base_link = ++b.links_made;
    c->current = make_bearer(b, h, request_frame);
    c->began = now_;
    connection_end& fixed = c->of(side::fixed);
    fixed.active = true;
    fixed.station = b.station;
    fixed.on = c->current;
    c->waiting = wait;
    if (!wait) {
        c->other_in = request_frame + 1;
        c->other_on = c->current;
    } else {
        c->wait_timer = first_at(now_ + waiting_for_host, [this, c] {
            c->wait_timer = 0;
            close(*c, side::fixed, "setup failed", true);
        });
    }
    connections_.push_back(c);
    return c;
}

/// A bearer handover request for this connection; null if it has a handover already.
bearer_ptr world::hand_over(connection& c, handset_station& h, std::int64_t request_frame) {
    if (!c.of(side::fixed).established || c.next || c.old) return nullptr;
    c.next = make_bearer(base_at(c.base), h, request_frame);
    c.other_in = request_frame + 1;
    c.other_on = c.next;
    tell_slots(base_at(c.base));
    return c.next;
}

void world::join(connection& c, const bearer_ptr& b, std::int64_t frame) {
    open_side(*b, side::portable, frame);
    if (b != c.current) return;
    connection_end& e = c.of(side::portable);
    e.active = true;
    e.station = c.handset;
    e.on = b;
}

/// A frame's slot of this base is over so far: what falls due there.
void world::connection_slot(connection& c, base_station& b, moment stage) {
    const std::int64_t frame = b.frame;
    if (stage == moment::a_field_over) {
        for (side s : {side::fixed, side::portable})
            if (c.of(s).active && c.of(s).on->slot_of(s) == b.slot) a_field_of(c, s, frame);
        if (c.old && c.old_release_in == frame && c.old->slot_of(side::portable) == b.slot) old_release(c, frame);
        return;
    }
    if (c.by_base) called_slot(c, b);
    if (c.confirm_in == frame && c.current->slot == b.slot) confirm_sent(c, frame);
    if (c.other_in == frame && c.other_on->slot_of(side::portable) == b.slot) base_expects_other(c, frame);
}

void world::base_expects_other(connection& c, std::int64_t frame) {
    const bearer_ptr b = std::move(c.other_on);
    c.other_on = nullptr;
    c.other_in = -1;
    if (hears(c, side::fixed, b, frame, full_burst, luck::bearer) != heard::good) {
        if (b == c.next) {
            close_side(*b, side::fixed);
            close_side(*b, side::portable);
            c.next = nullptr;
            tell_slots(base_at(c.base));
        } else if (c.waiting) {
            confirm_again(c, frame + 2);
        } else {
            close(c, side::fixed, "setup failed", true);
        }
        return;
    }
    c.waiting = false;
    if (b == c.next) {
        c.old = std::move(c.current);
        c.current = std::move(c.next);
        c.next = nullptr;
        use(c, side::fixed, c.current);
        c.old_timer = first_at(now_ + both_bearers, [this, &c] {
            c.old_timer = 0;
            old_bearer_guard(c);
        });
        return;
    }
    established_at_base(c);
}

void world::established_at_base(connection& c) {
    connection_end& e = c.of(side::fixed);
    e.established = true;
    e.watch.receiver = c.base;
    e.watch.period = bearer_failure;
    e.watch.readable = margin_bearer;
    e.watch.lost = [this, &c](bool by_sliding) {
        ++air_.counts().link_losses;
        air_.counts().link_slide_losses += by_sliding ? 1 : 0;
        close(c, side::fixed, "signal lost", true);
    };
    make(e.watch);
    watch(e.watch, c.current->by(side::portable));
    base_station& b = base_at(c.base);
    base_link& l = b.links[c.base_link];
    l.established = true;
    if (l.by_base) b.calls.erase(c.pmid);
    if (c.came_from < 0) {
        soon(c.base, [this, &b, id = c.base_link, pmid = c.pmid] {
            b.latest_link = id;
            say(b.station, "established " + std::to_string(id) + " " + std::to_string(pmid));
        });
        return;
    }
    // By connection handover: the data link comes from the base that had it.
    base_station* from = holder_of(b, c.pmid);
    if (from == nullptr) return release(c, side::fixed, "setup failed");
    link_id there = 0;
    for (auto& [id, before] : from->links)
        if (before.established && !before.left && before.talk && before.on->pmid == c.pmid) {
            there = id;
            before.left = true;
            take_away(*before.on, side::fixed);
            l.talk = std::move(before.talk);
            before.talk = nullptr;
            break;
        }
    l.talk->station = c.base;
    l.talk->id = c.base_link;
    l.talk->peer = c.handset;
    carry(l.talk, c);
    if (defect_ != defect::resumed_link_sends_nothing) carry_out(l.talk, l.talk->link.once_more());
    tell(from->station, "left " + std::to_string(there) + " " + to_text(b.config.identity));
    soon(c.base, [this, &b, id = c.base_link, pmid = c.pmid, of = from->config.identity, there] {
        b.latest_link = id;
        say(b.station, "arrived " + std::to_string(id) + " " + std::to_string(pmid) + " " + to_text(of) + " " +
                           std::to_string(there));
    });
}

void world::confirm(connection& c) {
    if (!c.waiting || !c.of(side::fixed).active) return;
    cancel(c.wait_timer);
    c.other_in = -1;
    const std::int64_t next = next_frame(*c.current, side::fixed);
    confirm_again(c, defect_ == defect::confirm_in_any_frame ? next : turn_from(side::fixed, *c.current, next));
}

void world::confirm_again(connection& c, std::int64_t frame) {
    if (now_ - c.began >= waiting_for_host) return close(c, side::fixed, "setup failed", true);
    c.confirm_in = frame;
}

void world::confirm_sent(connection& c, std::int64_t frame) {
    c.confirm_in = -1;
    const bool good = hears(c, side::portable, c.current, frame, full_burst, luck::bearer) == heard::good;
    c.other_in = frame;
    c.other_on = c.current;
    handset_station& h = handset_at(c.handset);
    if (!good || !c.of(side::portable).active || !concerns(c, h) || h.linked) return;
    cancel(h.timer);
    h.request_frame = frame - 1;
    h.expects = handset_station::step::other;
    h.expects_in = frame + 1;
}

void world::established_at_handset(connection& c, const bearer_ptr& b) {
    connection_end& e = c.of(side::portable);
    if (!e.active) return;
    if (e.established) {
        if (e.release_in >= 0) return;
        const bearer_ptr before = e.on;
        use(c, side::portable, b);
        supervise_quality(c);
        if (before != b && before == c.old && defect_ != defect::old_bearer_kept) {
            c.old_release_in = next_frame(*c.old, side::portable);
            c.old_releases = 2;
        }
        return;
    }
    e.established = true;
    e.watch.receiver = c.handset;
    e.watch.period = bearer_failure;
    e.watch.readable = margin_bearer;
    e.watch.lost = [this, &c](bool by_sliding) {
        ++air_.counts().link_losses;
        air_.counts().link_slide_losses += by_sliding ? 1 : 0;
        close(c, side::portable, "signal lost", true);
    };
    make(e.watch);
    watch(e.watch, b->by(side::fixed));
    make(c.quality);
    c.quality.receiver = c.handset;
    c.quality.period = quality_reaction + (defect_ == defect::handover_after_50_ms ? frame_length : 0);
    c.quality.readable = sim::db{0};
    c.quality.lost = [this, &c](bool) {
        handset_station& h = handset_at(c.handset);
        if (concerns(c, h) && h.linked) quality_bad(h);
    };
    supervise_quality(c);
}

// --- two bearers ---------------------------------------------------------------------------------------------

/// An end sends and listens on that bearer from now on.
void world::use(connection& c, side s, const bearer_ptr& b) {
    connection_end& e = c.of(s);
    if (!e.active || e.on == b || e.release_in >= 0) return;
    e.on = b;
    if (e.established) watch(e.watch, b->by(other(s)));
    e.next_turn = -1;
    // One segment in two frames, whichever bearer carries it.
    if (!e.segments.empty())
        e.next_turn = turn_from(s, *b, std::max(next_frame(*b, s), e.sent_in >= 0 ? e.sent_in + 2 : 0));
    if (s == side::fixed) tell_slots(base_at(c.base));
}

/// T203 is over.
void world::old_bearer_guard(connection& c) {
    if (!c.old) return;
    if (!c.current->on(side::portable) && c.old->on(side::portable)) {
        std::swap(c.current, c.old);
        use(c, side::fixed, c.current);
    }
    close_side(*c.old, side::fixed);
    close_side(*c.old, side::portable);
    c.old = nullptr;
    if (c.of(side::fixed).active) tell_slots(base_at(c.base));
}

void world::old_release(connection& c, std::int64_t frame) {
    c.old_release_in = -1;
    if (hears(c, side::fixed, c.old, frame, short_burst, luck::segment) == heard::good) close_side(*c.old, side::fixed);
    if (--c.old_releases > 0) {
        c.old_release_in = frame + 1;
        return;
    }
    close_side(*c.old, side::portable);
    if (c.old->on(side::fixed)) return;
    cancel(c.old_timer);
    c.old = nullptr;
    if (c.of(side::fixed).active) tell_slots(base_at(c.base));
}

}  // namespace dectbed::radio::plain
