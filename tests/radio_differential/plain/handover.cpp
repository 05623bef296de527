// Handover at the handset, which alone may begin one (EN 300 175-3, 10.6).
#include <algorithm>

#include "tests/radio_differential/plain/world.h"

namespace dectbed::radio::plain {

namespace {
constexpr int bucket_at_first = 16, bucket_size = 32, bucket_per_good = 1, bucket_per_bad = 8;
constexpr std::size_t handovers_max = 2;  // in T202
constexpr ps handovers_in = 3 * second;   // T202
constexpr int handover_reattempts = 15;   // N201
constexpr ps between_looks = 4 * second;  // DL.06
constexpr sim::db weak{10'000}, well_above{6'000};
}  // namespace

void world::supervise_quality(connection& c) {
    if (!c.of(side::portable).active) return;
    c.bucket = bucket_at_first + (defect_ == defect::leaky_bucket_one_larger ? 1 : 0);
    watch(c.quality, c.of(side::portable).on->by(side::fixed));
}

void world::supervise_quality_at(handset_station& h, ps when) {
    cancel(h.quality_timer);
    // T202 began at the end of a burst, and where the clock is exact it ends with one: that one counts again.
    h.quality_timer = first_at(when, [this, &h] {
        h.quality_timer = 0;
        if (h.on && h.linked) supervise_quality(*h.on);
    });
}

/// The leaky bucket: what came at the handset, and what the base's Q bits say came there.
void world::judge(connection& c, bool good) {
    if (!c.of(side::portable).established) return;
    c.bucket = good ? std::min(c.bucket + bucket_per_good, bucket_size) : c.bucket - bucket_per_bad;
    if (c.bucket > 0) return;
    c.bucket = bucket_at_first;
    handset_station& h = handset_at(c.handset);
    if (concerns(c, h) && h.linked) quality_bad(h);
}

void world::quality_bad(handset_station& h) {
    if (!h.on || h.is != handset_station::state::linked || h.handing_over || h.quality_timer != 0) return;
    if (air_.quiet_margin(*h.on->current->by(side::fixed), h.station) < weak) return look_for_better(h);
    while (!h.handovers.empty() && h.handovers.front() + handovers_in <= now_) h.handovers.pop_front();
    if (h.handovers.size() >= handovers_max) return supervise_quality_at(h, h.handovers.front() + handovers_in);
    h.handing_over =
        handset_station::handover{command::bearer_handover, "interference",      0,           h.locked_to->station,
                                  h.on->current->carrier,   h.on->current->slot, h.locked_to, nullptr};
    try_handover(h);
}

void world::look_for_better(handset_station& h) {
    if (!h.on || h.is != handset_station::state::linked || h.handing_over) return;
    if (air_.quiet_margin(*h.on->current->by(side::fixed), h.station) >= weak) return;
    if (h.looked_round >= 0 && now_ - h.looked_round < between_looks) return;
    h.looked_round = now_;
    h.handing_over =
        handset_station::handover{command::connection_handover, "weak signal",       0,       h.locked_to->station,
                                  h.on->current->carrier,       h.on->current->slot, nullptr, nullptr};
    // A carrier a frame. It began at the end of a burst, and where the clock is exact it ends with one, like T202.
    h.timer = first_at(now_ + carriers * frame_length, [this, &h] {
        h.timer = 0;
        looked_round(h);
    });
}

void world::looked_round(handset_station& h) {
    if (!h.on || !h.handing_over) return;
    const sim::db above = defect_ == defect::roaming_without_hysteresis ? sim::db{0} : well_above;
    sim::dbm best = air_.level(*h.on->current->by(side::fixed), h.station) + above;
    const auto system_of = [&](int base) {
        rfpi id = base_at(base).config.identity;
        id.octets[4] = static_cast<std::uint8_t>(id.octets[4] & ~7U);  // of class A: the RPN has three bits
        return id;
    };
    const std::vector<transmission_ptr> all = air_.transmissions();
    for (int carrier = 0; carrier < carriers; ++carrier)
        for (const transmission_ptr& t : all) {
            if (t->what != transmission::kind::dummy || t->carrier != carrier || t->until <= now_ ||
                t->station == h.locked_to->station || system_of(t->station) != system_of(h.locked_to->station))
                continue;
            const sim::dbm loud = air_.level(*t, h.station);
            if (loud < best || air_.quiet_margin(*t, h.station) + air_.lift() <= margin_hopeless) continue;
            // It must have said its name in its last whole frame but one, or in that before.
            std::int64_t frame = air_.clock(t->clock).bit_at(now_) / frame_bits - 1;
            const bool named = air_.clock(t->clock).frame_number(frame) != 8 &&
                               !tells_slots(base_at(t->station), frame) && !broadcast_in(base_at(t->station), frame);
            const burst_ptr b = air_.sent_in(t, named ? frame : frame - 1);
            if (!b || air_.receive(*b, short_burst, h.station, luck::beacon) != heard::good) continue;
            best = loud;
            h.handing_over->target = t;
        }
    if (!h.handing_over->target) {
        h.handing_over.reset();
        return;
    }
    try_handover(h);
}

void world::try_handover(handset_station& h) {
    if (!h.on || !h.handing_over) return;
    h.asks = h.handing_over->kind;
    h.asked = h.handing_over->target;
    h.attempt = ++h.handing_over->attempts;
    h.pmid = h.on->pmid;
    h.answer = nullptr;
    h.answer_on = nullptr;
    if (h.asked->until <= now_ || !choose_channel(h)) return handover_attempt_failed(h);
    send_request(h);
}

void world::handover_attempt_failed(handset_station& h) {
    if (h.answer_on) {
        if (h.asks == command::bearer_handover) {
            if (h.answer_on != h.answer->of(side::portable).on) close_side(*h.answer_on, side::portable);
        } else {
            release(*h.answer, side::portable, "setup failed");
        }
    }
    if (h.attempt <= handover_reattempts && h.asked->until > now_) {
        h.timer = at(now_ + frame_length, [this, &h] {
            h.timer = 0;
            try_handover(h);
        });
        return;
    }
    ++air_.counts().handovers_failed;
    end_handover(h, "failed");
    supervise_quality_at(h, now_ + handovers_in);
}

void world::handover_done(handset_station& h) {
    const connection_ptr c = h.answer;
    if (!c || !c->of(side::fixed).active || !c->of(side::portable).active || !h.linked)
        return handover_attempt_failed(h);
    say_handover(h, "done", true);
    h.handing_over.reset();
    if (h.asks == command::bearer_handover) {
        ++air_.counts().bearer_handovers;
        h.handovers.push_back(now_);
        return established_at_handset(*c, h.answer_on);
    }
    ++air_.counts().connection_handovers;
    const connection_ptr old = std::move(h.on);
    h.on = c;
    h.link_base = c->base;
    if (old) take_away(*old, side::portable);
    h.talk->peer = h.link_base;
    carry(h.talk, *c);
    if (defect_ != defect::resumed_link_sends_nothing) carry_out(h.talk, h.talk->link.once_more());
    established_at_handset(*c, h.answer_on);
    if (old) release(*old, side::portable, "normal", "normal");
    say_lock(h, false, "handover");
    h.known = {};
    h.known.identity = base_at(c->base).config.identity;
    h.known.carrier = h.asked->carrier;
    h.known.slot = h.asked->slot;
    h.listens_in = -1;
    forget_broadcasts(h);
    lock_to(h, h.asked, "handover");
    tell(h.station, "handed over " + std::to_string(h.link) + " " + text_of(h.known));
}

void world::end_handover(handset_station& h, const char* outcome) {
    if (!h.handing_over) return;
    cancel(h.timer);
    h.expects = handset_station::step::none;
    withdraw_request(h);
    say_handover(h, outcome, false);
    const connection_ptr joined = h.handing_over->joined;
    h.handing_over.reset();
    if (!joined) return;
    if (h.is == handset_station::state::off) {
        close(*joined, side::portable, "radio off", false);
    } else {
        release(*joined, side::portable, "setup failed");
    }
}

void world::say_handover(handset_station& h, const char* outcome, bool done) {
    const auto& o = *h.handing_over;
    const auto channel = [](int carrier, int slot) { return std::to_string(carrier) + "/" + std::to_string(slot); };
    say(h.station, std::string("handover ") + (o.kind == command::bearer_handover ? "bearer " : "connection ") +
                       o.reason + " " + outcome + " " + std::to_string(o.attempts) + " " + std::to_string(o.from) +
                       " " + channel(o.carrier, o.slot) + " to " + std::to_string(o.target ? o.target->station : -1) +
                       " " + (done ? channel(h.request_carrier, h.request_slot) : channel(-1, -1)));
}

}  // namespace dectbed::radio::plain
