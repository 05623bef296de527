// Fast set-up: a base calls a handset that listens (EN 300 175-3, 10.5.1.2.2, 11.4.3, 11.9).
#include <algorithm>

#include "tests/radio_differential/plain/world.h"

namespace dectbed::radio::plain {

namespace {
constexpr ps within_t200 = 3 * second;
constexpr int attempts_max = 11;  // N200 re-attempts
constexpr int everywhere = 15;
}  // namespace

// --- the base ------------------------------------------------------------------------------------------------

void world::call(base_station& b, std::uint32_t pmid) {
    bool can = b.is == base_station::state::on_air && b.listening.count(pmid) != 0 && b.calls.count(pmid) == 0;
    for (const auto& [id, l] : b.links) can = can && l.on->pmid != pmid;
    if (!can) return say(b.station, "cannot connect");
    b.calls[pmid].since = now_;
    try_call(b, pmid);
}

void world::try_call(base_station& b, std::uint32_t pmid) {
    calling& c = b.calls[pmid];
    c.answer = nullptr;
    c.refusal = c.request = nullptr;
    c.frame = -1;
    const int room = b.config.bearers_max + (defect_ == defect::one_link_too_many ? 1 : 0);
    if (static_cast<int>(b.links.size()) >= room) return call_failed(b, pmid, "base busy");
    ++c.attempts;
    if (choose_call_channel(b, c, b.listening[pmid])) return;
    c.timer = at(now_ + frame_length, [this, &b, pmid] {
        b.calls[pmid].timer = 0;
        call_attempt_failed(b, pmid);
    });
}

bool world::calls_in(const base_station& b, int slot) const {
    return std::any_of(b.calls.begin(), b.calls.end(),
                       [slot](const auto& c) { return c.second.sending && c.second.slot == slot; });
}

bool world::choose_call_channel(base_station& b, calling& c, int listens_in) {
    std::array<ps, carriers> when{};
    when.fill(now_);
    const loudness map = measure(b.station, b.station, when);
    for (int pass = 0; pass < 2; ++pass, c.tried.clear()) {
        std::map<int, std::vector<int>> by_step;
        for (int channel = 0; channel < carriers * slot_pairs; ++channel) {
            const int slot = channel % slot_pairs;
            const auto& of_carrier = map[static_cast<std::size_t>(channel / slot_pairs)];
            const sim::dbm loud = std::max(of_carrier[static_cast<std::size_t>(slot)],
                                           of_carrier[static_cast<std::size_t>(slot + slot_pairs)]);
            const bool possible = (listens_in == everywhere || listens_in == slot) && slot != b.dummy->slot &&
                                  receivers_free(b, slot) > 0 && !calls_in(b, slot);
            if (possible && loud < air_.receiver().rssi_ceiling && c.tried.count(channel) == 0)
                by_step[step_of(loud)].push_back(channel);
        }
        if (by_step.empty()) continue;
        const std::vector<int>& quietest = by_step.begin()->second;
        const int chosen = quietest[b.choice.below(quietest.size())];
        c.tried.insert(chosen);
        c.chosen = ++b.channels_chosen;
        c.carrier = chosen / slot_pairs;
        c.slot = chosen % slot_pairs;
        c.frame = first_frame_from(b.station, c.slot, now_ + frame_length);
        // The handset listens on the carrier that the base scans in the next frame.
        const int ahead = defect_ == defect::call_without_lead ? 0 : 1;
        while ((c.frame + ahead) % carriers != c.carrier) ++c.frame;
        return true;
    }
    return false;
}

/// A slot begins: what is due in it goes on the air, unless the slot has been taken meanwhile.
void world::send_calls(base_station& b) {
    std::vector<std::uint32_t> due;
    for (const auto& [pmid, c] : b.calls)
        if (c.frame == b.frame && c.slot == b.slot && !c.sending && !c.request) due.push_back(pmid);
    // It goes to the one for which it was chosen first.
    std::sort(due.begin(), due.end(),
              [&b](std::uint32_t x, std::uint32_t y) { return b.calls[x].chosen < b.calls[y].chosen; });
    for (const std::uint32_t pmid : due) {
        calling& c = b.calls[pmid];
        if (receivers_free(b, c.slot) <= 0 || calls_in(b, c.slot)) {
            call_attempt_failed(b, pmid);
            continue;
        }
        ++air_.counts().calls;
        transmission t;
        t.what = transmission::kind::call;
        t.station = t.clock = b.station;
        t.carrier = c.carrier;
        t.slot = c.slot;
        t.bits = full_burst;
        t.power = b.power;
        t.only_frame = c.frame;
        t.since = now_;
        t.until = t.since + 1;
        a_field a;
        a.header.ba = 0;
        a.content = tail::basic_control{tail::basic_command::access_request, b.config.identity.fmid(), pmid, true};
        t.a_field = encode(a, side::fixed).value();
        c.request = air_.begin(t);
        c.sending = true;
    }
}

void world::call_over(const burst& request) {
    base_station& b = base_at(request.of->station);
    const auto said = decode_a_field(request.a_field, side::fixed);
    const auto& asked = std::get<tail::basic_control>(said.value().content);
    const auto found = b.calls.find(asked.pmid);
    if (found == b.calls.end() || found->second.request != request.of) return;
    calling& c = found->second;
    c.got = heard::blind;
    for (handset_station& h : handsets_) {
        const bool listens = h.is == handset_station::state::locked && h.locked_to->station == b.station &&
                             h.locked_to->until == forever && h.assigned_pmid == asked.pmid &&
                             (h.listens_in == everywhere || h.listens_in == c.slot) &&
                             (c.frame + 1) % carriers == c.carrier;
        if (!listens) continue;
        c.got = air_.receive(request, full_burst, h.station, luck::access);
        if (c.got == heard::good) answered_by(b, h, c, asked.pmid, request);
        return;
    }
}

/// Who has heard it answers in the second half of the frame.
void world::answered_by(base_station& b, handset_station& h, calling& c, std::uint32_t pmid, const burst& request) {
    if (h.answers == 2) {
        transmission t;
        t.what = transmission::kind::refusal;
        t.station = h.station;
        t.clock = b.station;
        t.carrier = c.carrier;
        t.slot = c.slot + slot_pairs;
        t.bits = full_burst;
        t.power = h.config.power;
        t.only_frame = request.frame;
        t.since = bit(b.station, t.only_frame, t.slot, 0);
        t.until = t.since + 1;
        c.refusal = air_.begin(t);
        return;
    }
    const auto on = std::make_shared<connection>();
    on->base = b.station;
    on->handset = h.station;
    on->pmid = pmid;
    on->by_base = true;
    on->handset_busy = h.answers == 1;
    on->began = now_;
    on->request_in = request.frame;
    on->current = std::make_shared<bearer>();
    on->current->base = b.station;
    on->current->handset = h.station;
    on->current->carrier = c.carrier;
    on->current->slot = c.slot;
    on->current->powers[0] = b.power;
    on->current->powers[1] = h.config.power;
    h.is = handset_station::state::setting_up;
    h.called = true;
    h.link = ++h.links_made;
    h.link_base = b.station;
    h.on = on;
    on->handset_link = h.link;
    on->handset_life = lives_[static_cast<std::size_t>(h.station)];
    join(*on, on->current, request.frame);
    // The PMID is assigned: it signs the checksum.
    h.talk = std::make_shared<conversation>(side::portable, static_cast<std::uint16_t>(pmid & 0xFFFF));
    h.talk->station = h.station;
    h.talk->peer = b.station;
    h.talk->id = h.link;
    h.talk->life = on->handset_life;
    carry(h.talk, *on);
    on->attributes_in = defect_ == defect::attributes_at_once ? request.frame + 1
                                                              : turn_from(side::fixed, *on->current, request.frame + 1);
    connections_.push_back(on);
    c.answer = on;
}

void world::call_answers_due(base_station& b) {
    std::vector<std::uint32_t> due;
    for (const auto& [pmid, c] : b.calls)
        if (c.sending && c.frame == b.frame && c.slot + slot_pairs == b.slot) due.push_back(pmid);
    for (const std::uint32_t pmid : due) call_answer_over(b, pmid);
}

void world::call_answer_over(base_station& b, std::uint32_t pmid) {
    calling& c = b.calls[pmid];
    c.sending = false;
    const auto say_outcome = [&](const char* outcome) {
        say(b.station, "access " + std::to_string(b.station) + " " + std::to_string(c.carrier) + "/" +
                           std::to_string(c.slot) + " " + std::to_string(c.attempts) + " " + outcome);
    };
    const auto lost = [](heard h) {
        return h == heard::too_weak ? "too weak" : h == heard::interfered ? "collision" : "not listening";
    };
    if (c.refusal) {
        const burst_ptr sent = air_.sent_in(c.refusal, c.frame);
        const heard got = sent ? air_.receive(*sent, full_burst, b.station, luck::bearer) : heard::not_sent;
        say_outcome(got == heard::good ? "refused" : lost(got));
        if (got != heard::good) return call_attempt_failed(b, pmid);
        ++air_.counts().calls_refused;
        return call_failed(b, pmid, "setup failed");
    }
    if (!c.answer || !c.answer->of(side::portable).active) {
        say_outcome(lost(c.answer ? heard::not_sent : c.got));
        return call_attempt_failed(b, pmid);
    }
    if (hears(*c.answer, side::fixed, c.answer->current, c.frame, full_burst, luck::bearer) != heard::good) {
        say_outcome("too weak");
        return call_attempt_failed(b, pmid);
    }
    ++air_.counts().calls_answered;
    air_.counts().calls_waiting += c.answer->handset_busy ? 1 : 0;
    say_outcome(c.answer->handset_busy ? "wait" : "confirmed");
    const connection_ptr on = std::move(c.answer);
    c.answer = nullptr;
    on->base_link = ++b.links_made;
    connection_end& fixed = on->of(side::fixed);
    fixed.active = true;
    fixed.station = b.station;
    fixed.on = on->current;
    open_side(*on->current, side::fixed, c.frame + 1);
    base_link& l = b.links[on->base_link];
    l.on = on;
    l.handset = on->handset;
    l.by_base = true;
    l.talk = std::make_shared<conversation>(side::fixed, static_cast<std::uint16_t>(pmid & 0xFFFF));
    l.talk->station = b.station;
    l.talk->peer = on->handset;
    l.talk->id = on->base_link;
    carry(l.talk, *on);
    if (on->handset_busy) {
        on->wait_timer = first_at(std::max(c.since + within_t200, now_), [this, on] {
            on->wait_timer = 0;
            release(*on, side::fixed, "setup failed");
        });
    } else {
        on->agreed_in = on->attributes_in + 1;
    }
    tell_slots(b);
}

void world::call_attempt_failed(base_station& b, std::uint32_t pmid) {
    const auto found = b.calls.find(pmid);
    if (found == b.calls.end()) return;
    if (found->second.attempts >= attempts_max || now_ - found->second.since >= within_t200)
        return call_failed(b, pmid, "setup failed");
    try_call(b, pmid);
}

void world::call_failed(base_station& b, std::uint32_t pmid, const char* why) {
    ++air_.counts().calls_in_vain;
    cancel(b.calls[pmid].timer);
    b.calls.erase(pmid);
    b.listening.erase(pmid);
    tell(b.station, "connect failed " + std::to_string(pmid) + " " + why);
}

// --- both ends, from the answer on ---------------------------------------------------------------------------

bool world::came(connection& c, side to, std::int64_t frame) {
    const connection_end& from = c.of(to == side::fixed ? side::portable : side::fixed);
    return hears(c, to, c.current, frame, full_burst, luck::bearer) == heard::good && from.active &&
           from.release_in < 0;
}

/// A slot of a base has passed in which something may have been due.
void world::called_slot(connection& c, const base_station& b) {
    const std::int64_t frame = b.frame;
    const auto due = [&](std::int64_t& in) {
        const bool now = in == frame;
        if (now) in = -1;
        return now;
    };
    if (b.slot == c.current->slot) {
        if (due(c.attributes_in)) {
            if (!came(c, side::portable, frame)) return release(c, side::portable, "setup failed");
            if (!c.handset_busy) {
                c.other_at_handset_in = frame + 2;
            } else {
                c.handset_timer = first_at(c.began + within_t200, [this, &c] {
                    c.handset_timer = 0;
                    release(c, side::portable, "setup failed");
                });
            }
        } else if (due(c.other_at_handset_in)) {
            handset_station& h = handset_at(c.handset);
            if (!came(c, side::portable, frame)) return release(c, side::portable, "setup failed");
            if (!concerns(c, h)) return;
            h.is = handset_station::state::linked;
            h.linked = true;
            h.called = false;
            ++air_.counts().links;
            ++air_.counts().calls_established;
            established_at_handset(c, c.current);
            say(h.station, "bearer up " + std::to_string(h.link_base));
            told_user_of_link(h);
        }
    } else if (b.slot == c.current->slot + slot_pairs) {
        if (due(c.agreed_in)) {
            if (!came(c, side::fixed, frame)) return release(c, side::fixed, "setup failed");
            c.other_at_base_in = frame + 1;
        } else if (due(c.other_at_base_in)) {
            if (!came(c, side::fixed, frame)) return release(c, side::fixed, "setup failed");
            established_at_base(c);
        } else if (due(c.late_confirm_in)) {
            const connection_end& fixed = c.of(side::fixed);
            if (!came(c, side::fixed, frame) || !fixed.active || fixed.release_in >= 0)
                return late_confirm(c, frame + 2);
            c.handset_busy = false;
            cancel(c.wait_timer);
            c.attributes_in = frame + 1;
            c.agreed_in = frame + 2;
        }
    }
}

void world::answer_calls(handset_station& h, int how) {
    if (h.is == handset_station::state::off) return;
    h.answers = how;
    if (!h.called || how != 0 || !h.on) return;
    connection& c = *h.on;
    if (!c.handset_busy || !c.of(side::portable).active || c.of(side::portable).release_in >= 0) return;
    const std::int64_t attributes = turn_from(side::fixed, *c.current, c.request_in + 1);
    c.attributes_in = -1;
    cancel(c.handset_timer);
    late_confirm(
        c, turn_from(side::portable, *c.current, std::max(next_frame(*c.current, side::portable), attributes + 1)));
}

void world::late_confirm(connection& c, std::int64_t frame) {
    if (now_ - c.began >= within_t200) return release(c, side::portable, "setup failed");
    c.late_confirm_in = frame;
}

void world::forget_call_steps(connection& c, side s) {
    if (s == side::fixed) {
        c.agreed_in = c.other_at_base_in = -1;
        if (c.by_base) cancel(c.wait_timer);
        return;
    }
    c.attributes_in = c.other_at_handset_in = c.late_confirm_in = -1;
    cancel(c.handset_timer);
}

}  // namespace dectbed::radio::plain
