#include "tests/radio_differential/plain/world.h"

#include <algorithm>

namespace dectbed::radio::plain {

namespace {
// A scan looks back over one carrier; nobody asks for anything older.
constexpr ps remembered = 2 * second;
}  // namespace

world::world(const script& s, defect d) : script_(s), defect_(d), air_(s.loss, s.receiver, s.seed, d) {
    const auto stream = [&](const std::string& path, const char* purpose) {
        return sim::random_stream(s.seed, path, purpose);
    };
    for (std::size_t i = 0; i < s.bases.size(); ++i) {
        const script::base& c = s.bases[i];
        base_station b(static_cast<int>(i), c, stream(s.base_path(i), "radio channel selection"));
        air_.add_station(c.place, sim::stream_key(s.seed, s.base_path(i), "radio reception"));
        air_.add_clock({c.phase, d == defect::drift_ignored ? 0 : c.ppb, c.first_frame});
        b.next = air_.clock(b.station).instant(0);
        clocks_.insert({b.next, b.station});
        bases_.push_back(std::move(b));
    }
    for (std::size_t i = 0; i < s.handsets.size(); ++i) {
        const script::handset& c = s.handsets[i];
        const std::string path = s.handset_path(i);
        handset_station h(static_cast<int>(s.bases.size() + i), c, stream(path, "radio channel selection"),
                          stream(path, "radio pmid"));
        air_.add_station(c.place, sim::stream_key(s.seed, path, "radio reception"));
        handsets_.push_back(std::move(h));
    }
    for (handset_station& h : handsets_) {
        make(h.watch);
        h.watch.receiver = h.station;
        h.watch.period = d == defect::t207_one_second_short ? 4 * second : 5 * second;  // T207
        h.watch.readable = margin_lock;
        h.watch.lost = [this, &h](bool by_sliding) {
            if (h.linked || h.is == handset_station::state::setting_up) return watch(h.watch, h.locked_to);
            ++air_.counts().lock_losses;
            air_.counts().lock_slide_losses += by_sliding ? 1 : 0;
            leave(h, "signal lost");
        };
    }
    if (air_.fades().on()) next_block_ = 0;
    lives_.resize(s.bases.size() + s.handsets.size());
}

int world::at(ps when, std::function<void()> what) {
    timers_.push_back({++timers_made_, when, std::move(what)});
    return timers_made_;
}

int world::first_at(ps when, std::function<void()> what) {
    const int number = at(when, std::move(what));
    timers_.back().first = true;
    return number;
}

void world::cancel(int& number) {
    for (std::size_t i = 0; i < timers_.size(); ++i)
        if (timers_[i].number == number) {
            timers_.erase(timers_.begin() + static_cast<std::ptrdiff_t>(i));
            break;
        }
    number = 0;
}

void world::say(int who, std::string text) { journal_.push_back({now_, who, std::move(text)}); }

void world::tell(int who, std::string text) {
    soon(who, [this, who, text = std::move(text)] { say(who, text); });
}

std::int64_t world::first_frame_from(int clock, int slot, ps when) const {
    std::int64_t frame = std::max<std::int64_t>(0, bases_[static_cast<std::size_t>(clock)].frame - 2);
    while (bit(clock, frame, slot, 0) < when) ++frame;
    return frame;
}

const burst_ptr* world::sent_now(const transmission_ptr& t) {
    if (!t) return nullptr;
    for (const burst_ptr& b : bases_[static_cast<std::size_t>(t->clock)].now_sent)
        if (b->of == t) return &b;
    return nullptr;
}

const journal& world::run() {
    std::size_t next_action = 0;
    for (;;) {
        ++steps_;
        // Whatever comes next: a clock's next step, then what waits for an instant, then what people do.
        base_station& ticking = bases_[static_cast<std::size_t>(clocks_.begin()->second)];
        ps soonest = ticking.next;
        std::size_t timer_at = timers_.size();
        for (std::size_t i = 0; i < timers_.size(); ++i)
            if (timers_[i].when < soonest ||
                (timers_[i].first && timers_[i].when == soonest && timer_at == timers_.size())) {
                soonest = timers_[i].when;
                timer_at = i;
            }
        supervision* expiring = nullptr;
        for (supervision* w : supervisions_)
            if (w->due < soonest || (expiring != nullptr && w->due == soonest && w->turn < expiring->turn)) {
                soonest = w->due;
                expiring = w;
            }
        const bool fading_changes = next_block_ < soonest;
        if (fading_changes) soonest = next_block_;
        const bool acting = next_action < script_.actions.size() && script_.actions[next_action].at < soonest;
        if (acting) soonest = script_.actions[next_action].at;
        if (soonest > now_ && !notices_.empty()) {
            tell_users();
            continue;
        }
        if (soonest > script_.duration) return journal_;
        now_ = soonest;
        if (acting) {
            act(script_.actions[next_action++]);
        } else if (fading_changes) {
            next_block_ += air_.fades().coherence().count();
            for (supervision* w : supervisions_) work_out_due(*w);
        } else if (expiring != nullptr) {
            supervision_over(*expiring);
        } else if (timer_at < timers_.size()) {
            const auto what = std::move(timers_[timer_at].what);
            timers_.erase(timers_.begin() + static_cast<std::ptrdiff_t>(timer_at));
            what();
        } else {
            clocks_.erase(clocks_.begin());
            step_clock(ticking);
            clocks_.insert({ticking.next, ticking.station});
        }
        bury();
    }
}

/// What users are told, and do about it, comes after all that happens in an instant.
void world::tell_users() {
    while (!notices_.empty()) {
        const notice n = std::move(notices_.front());
        notices_.pop_front();
        if (n.life == lives_[static_cast<std::size_t>(n.who)]) n.what();
    }
}

/// Connections that have ended at both sides.
void world::bury() {
    for (const connection_ptr& c : connections_)
        if (!c->alive()) cancel(c->old_timer);
    connections_.erase(
        std::remove_if(connections_.begin(), connections_.end(), [](const connection_ptr& c) { return !c->alive(); }),
        connections_.end());
}

void world::step_clock(base_station& b) {
    const std::int64_t frame = b.frame;
    const int slot = b.slot;
    switch (b.stage) {
        case moment::slot_start: {
            b.now_sent.clear();
            send_calls(b);
            const std::vector<transmission_ptr>& here = air_.in_slot(b.station, slot);
            for (int carrier = 0; carrier < carriers; ++carrier)
                for (const transmission_ptr& t : here) {
                    if (t->carrier != carrier) continue;
                    if (t->only_frame >= 0 ? t->only_frame != frame || t->until <= t->since
                                           : now_ < t->since || now_ >= t->until)
                        continue;
                    b.now_sent.push_back(air_.send(t, frame, now_));
                    b.now_sent.back()->a_field = t->a_field;
                    if (t->what != transmission::kind::dummy) continue;
                    b.now_sent.back()->a_field = dummy_a_field(b, frame);
                    b.now_sent.back()->escape_broadcast = b.information.escape_emc != 0;
                }
            // What came first is answered first, whatever the carrier.
            std::sort(b.now_sent.begin(), b.now_sent.end(),
                      [](const burst_ptr& x, const burst_ptr& y) { return x->of->number < y->of->number; });
            for (handset_station& h : handsets_)
                if (h.expects == handset_station::step::own_burst && h.asked->clock == b.station &&
                    h.request_slot + slot_pairs == slot && h.expects_in == frame)
                    own_burst_due(h);
            if (slot == 0 && frame % 100 == 0) air_.forget_before(now_ - remembered);
            b.stage = moment::a_field_over;
            b.next = bit(b.station, frame, slot, short_burst);
            return;
        }
        case moment::a_field_over: {
            if (b.dummy && b.dummy->slot == slot && sent_now(b.dummy) != nullptr) broadcast_over(b, frame);
            if (!b.now_sent.empty())
                for (supervision* w : supervisions_)
                    if (w->watched->clock == b.station && w->watched->slot == slot)
                        if (const burst_ptr* sent = sent_now(w->watched)) burst_watched(*w, **sent);
            for (handset_station& h : handsets_) {
                if (h.is == handset_station::state::searching && h.target && h.target->clock == b.station &&
                    h.target->slot == slot) {
                    const burst_ptr* sent = sent_now(h.target);
                    searching_slot_over(h, frame, sent != nullptr ? sent->get() : nullptr);
                } else if (h.locked_to && h.locked_to->clock == b.station) {
                    if (const burst_ptr* sent = sent_now(h.locked_to)) {
                        locked_burst(h, **sent);
                        hear_broadcast(h, *sent);
                    }
                }
            }
            const std::vector<connection_ptr> all = connections_;
            for (const connection_ptr& c : all)
                if (c->base == b.station) connection_slot(*c, b, b.stage);
            b.stage = moment::burst_over;
            b.next = bit(b.station, frame, slot, full_burst);
            return;
        }
        case moment::burst_over: {
            const std::vector<burst_ptr> sent = b.now_sent;
            for (const burst_ptr& one : sent)
                if (one->of->what == transmission::kind::request) {
                    hear_request(*one);
                } else if (one->of->what == transmission::kind::call) {
                    call_over(*one);
                }
            call_answers_due(b);
            for (handset_station& h : handsets_) {
                if (!h.asked || h.asked->clock != b.station || h.expects_in != frame || h.request_slot != slot)
                    continue;
                if (h.expects == handset_station::step::answer) {
                    answer_due(h);
                } else if (h.expects == handset_station::step::other) {
                    other_due(h);
                }
            }
            const std::vector<connection_ptr> all = connections_;
            for (const connection_ptr& c : all)
                if (c->base == b.station) connection_slot(*c, b, b.stage);
            b.now_sent.clear();
            b.stage = moment::slot_start;
            if (++b.slot == slots) {
                b.slot = 0;
                ++b.frame;
            }
            b.next = bit(b.station, b.frame, b.slot, 0);
            return;
        }
    }
}

void world::act(const script::action& a) {
    using kind = script::action::kind;
    const auto who = static_cast<std::size_t>(a.who);
    switch (a.what) {
        case kind::base_start:
            return base_start(bases_[who], a.power);
        case kind::base_stop:
            return base_stop(bases_[who]);
        case kind::base_information:
            return base_information(bases_[who], a.information);
        case kind::base_busy:
            return base_busy(bases_[who], a.number != 0);
        case kind::base_page:
            for (const sim::bytes& m : a.messages) base_page(bases_[who], m);
            return;
        case kind::base_broadcast:
            for (const sim::bytes& m : a.messages) base_broadcast(bases_[who], m);
            return;
        case kind::base_connect:
            return call(bases_[who], pmid_assigned_to(static_cast<std::size_t>(a.number)));
        case kind::answer_calls:
            return answer_calls(handsets_[who], a.number);
        case kind::base_send:
        case kind::base_release_to_listen:
        case kind::base_release: {
            base_station& b = bases_[who];
            const auto found = b.links.find(b.latest_link);
            if (found == b.links.end()) return;
            const conversation_ptr t = found->second.talk;
            if (a.what == kind::base_release_to_listen && b.config.fast_set_up != set_up_detection::none)
                found->second.listens_as = pmid_assigned_to(static_cast<std::size_t>(a.number));
            if (!t) return;
            if (a.what != kind::base_send) return finish(t);
            for (const sim::bytes& m : a.messages) send(t, m);
            return;
        }
        case kind::power_on: {
            auto& is = handsets_[who].is;
            if (is == handset_station::state::off) is = handset_station::state::idle;
            if (handsets_[who].config.detects != set_up_detection::none)
                handsets_[who].assigned_pmid = pmid_assigned_to(who);
            return;
        }
        case kind::power_off:
            return handset_off(handsets_[who]);
        case kind::move: {
            handset_station& h = handsets_[who];
            judge_before_move(h);
            station_moved(h.station, a.place);
            if (h.linked) look_for_better(h);
            return;
        }
        case kind::scan: {
            handset_station& h = handsets_[who];
            if (h.is == handset_station::state::off) return;
            leave(h, "requested");
            h.is = handset_station::state::scanning;
            h.dwell_frames = a.number;
            h.carrier = 0;
            h.found.clear();
            h.scan_since = now_;
            return scan_carrier(h);
        }
        case kind::lock: {
            handset_station& h = handsets_[who];
            if (h.is == handset_station::state::off) return;
            leave(h, "requested");
            h.is = handset_station::state::searching;
            h.wanted = script_.bases[static_cast<std::size_t>(a.number)].identity;
            h.order.clear();
            h.order_at = 0;
            const auto before = h.heard_before.find(h.wanted.number());
            // A channel list is good for T209, 30 s.
            if (before != h.heard_before.end() && before->second.second + 30 * second >= now_)
                h.order.push_back(before->second.first);
            for (int c = 0; c < carriers; ++c)
                if (h.order.empty() || h.order.front() != c) h.order.push_back(c);
            return search_carrier(h);
        }
        case kind::unlock:
            return leave(handsets_[who], "requested");
        case kind::open_link:
            handsets_[who].first_messages = a.messages;
            return open_link(handsets_[who]);
        case kind::send:
        case kind::release: {
            handset_station& h = handsets_[who];
            if (!h.linked || h.link != h.latest_link || !h.talk) return;
            const conversation_ptr t = h.talk;
            if (a.what == kind::release) return finish(t);
            for (const sim::bytes& m : a.messages) send(t, m);
            return;
        }
    }
}

}  // namespace dectbed::radio::plain
