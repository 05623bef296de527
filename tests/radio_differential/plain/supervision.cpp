// Supervision: whether a station can still read a signal, burst by burst, and block by block where signals fade.
#include <algorithm>

#include "tests/radio_differential/plain/world.h"

namespace dectbed::radio::plain {

std::vector<supervision*> world::supervisions() {
    auto all = supervisions_;
    std::sort(all.begin(), all.end(), [](const auto* a, const auto* b) { return a->serial < b->serial; });
    return all;
}

void world::watch(supervision& w, const transmission_ptr& t) {
    if (!w.watched) supervisions_.push_back(&w);
    w.watched = t;
    w.gone = false;
    w.good_from = w.fade_from = now_;
    w.hit_since.clear();
    w.due = forever;
    reconsider(w);
}

void world::unwatch(supervision& w) {
    supervisions_.erase(std::remove(supervisions_.begin(), supervisions_.end(), &w), supervisions_.end());
    w.watched = nullptr;
    w.due = forever;
}

/// Something moved or ended.
void world::reconsider(supervision& w) {
    const bool gone = w.watched->until <= now_ || air_.quiet_margin(*w.watched, w.receiver) + air_.lift() < w.readable;
    if (gone && !w.gone) w.gone_since = now_;
    if (!gone && w.gone) {
        w.good_from = w.fade_from = now_;
        w.hit_since.clear();
    }
    w.gone = gone;
    work_out_due(w);
}

/// A burst of the watched transmission has been on the air: who else was there, too loud for it?
void world::burst_watched(supervision& w, const burst& b) {
    if (w.gone || b.start < w.good_from || b.start < air_.moved_at(w.receiver) ||
        b.start < air_.moved_at(b.of->station))
        return;
    for (const transmission_ptr& other : air_.transmissions()) {
        if (other->only_frame >= 0 || other->until <= b.start || other->station == b.of->station ||
            other->station == w.receiver || b.start < air_.moved_at(other->station))
            continue;
        const bool loud = air_.level(*b.of, w.receiver) - air_.disturbing_level(*other, *b.of, w.receiver) -
                              air_.receiver().co_channel <
                          w.readable;
        if (loud && air_.meets(b, short_burst, *other)) {
            w.hit_since.try_emplace(other->number, other, b.start);
        } else {
            w.hit_since.erase(other->number);
        }
    }
    work_out_due(w);
}

/// Start of the row of blocks, up to now, in which the signal is out; forever if it is not.
ps world::faded_since(const supervision& w) const {
    if (!air_.fades().on()) return forever;
    const ps coherence = air_.fades().coherence().count();
    const sim::db limit = w.readable - air_.quiet_margin(*w.watched, w.receiver);
    ps since = forever;
    for (ps block = now_ / coherence * coherence; block + coherence > std::max(w.fade_from, now_ - w.period);
         block -= coherence) {
        if (air_.fade(*w.watched, w.receiver, block) >= limit) break;
        since = std::max(block, w.fade_from);
    }
    return since;
}

void world::work_out_due(supervision& w) {
    ps due = forever;
    if (w.gone) {
        due = w.gone_since + w.period;
    } else {
        for (const auto& [number, hit] : w.hit_since) due = std::min(due, hit.second + w.period);
        if (const ps since = faded_since(w); since != forever) due = std::min(due, std::max(since + w.period, now_));
    }
    if (due == w.due) return;
    w.due = due;
    w.turn = ++turns_;
}

void world::supervision_over(supervision& w) {
    bool by_sliding = false;
    if (!w.gone) {
        for (auto i = w.hit_since.begin(); i != w.hit_since.end();)
            i = i->second.first->until <= now_ ? w.hit_since.erase(i) : std::next(i);
        work_out_due(w);
        if (w.due > now_) return;
        for (const auto& [number, hit] : w.hit_since) by_sliding = by_sliding || hit.second + w.period <= now_;
    }
    unwatch(w);
    w.lost(by_sliding);
}

void world::transmission_ended(const transmission_ptr& t) {
    for (supervision* w : supervisions())
        if (w->watched == t) reconsider(*w);
}

/// Whoever moves is given the whole period again to hear, and to disturb.
void world::station_moved(int station, const sim::position& place) {
    air_.move(station, place, now_);
    for (supervision* w : supervisions()) {
        if (w->receiver == station || w->watched->station == station) {
            w->hit_since.clear();
            const sim::db here =
                air_.quiet_margin(*w->watched, w->receiver) + air_.fade(*w->watched, w->receiver, now_);
            if (here >= w->readable) w->fade_from = now_;
            reconsider(*w);
        } else {
            for (auto i = w->hit_since.begin(); i != w->hit_since.end();)
                i = i->second.first->station == station ? w->hit_since.erase(i) : std::next(i);
            work_out_due(*w);
        }
    }
}

}  // namespace dectbed::radio::plain
