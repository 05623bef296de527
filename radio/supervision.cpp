// The medium's part in the supervision of signals: who must look when a plan ends, lasts or moves, and when bursts that
// slide into each other will have silenced a signal.
#include <algorithm>
#include <cmath>

#include "radio/medium.h"
#include "radio/timers.h"

namespace dectbed::radio {

namespace {

double square(double x) { return x * x; }

std::size_t class_of(std::int32_t khz, std::int32_t other_khz) {
    return static_cast<std::size_t>(std::min(channels_apart(khz, other_khz), 3));
}

void erase(std::vector<signal_watch*>& from, const signal_watch* w) {
    from.erase(std::remove(from.begin(), from.end(), w), from.end());
}

}  // namespace

// --- who is concerned ------------------------------------------------------------------------------------

void medium::attach(signal_watch& w) {
    station_state& s = stations_[w.receiver_];
    if (w.period_ < T201) ++hasty_watches_;
    s.watches.push_back(&w);
    s.cell->at(w.plan_->centre_khz).watches.push_back(&w);
    w.plan_->watches_.push_back(&w);
}

void medium::detach(signal_watch& w) {
    station_state& s = stations_[w.receiver_];
    if (w.period_ < T201) --hasty_watches_;
    erase(s.watches, &w);
    erase(s.cell->at(w.plan_->centre_khz).watches, &w);
    erase(w.plan_->watches_, &w);
}

/// In the order in which the watches were made, each once.
void medium::tell_concerned(void (signal_watch::*notice)(const plan&), const plan& p) {
    auto ordered = std::move(concerned_);
    concerned_ = {};
    std::sort(ordered.begin(), ordered.end(),
              [](const signal_watch* a, const signal_watch* b) { return a->serial_ < b->serial_; });
    for (signal_watch* w : ordered) (w->*notice)(p);
}

void medium::move(station_index moved, const sim::position& place) {
    station_state& s = stations_[moved];
    // What was sent from the old place was sent from there.
    if (std::any_of(s.plans.begin(), s.plans.end(), [](const auto& sent) { return !sent.expired(); })) ask_now();
    s.place = place;
    s.moved_at = sim_.now();
    spots_[moved] = spot_at(place);
    ++s.moves;
    s.view.reset();
    losses_.forget(moved);
    burst_grid::cell& cell = grid_.at(place);
    // Whom its bursts may meet where, and whose they meet, has changed.
    if (relocate(s, cell)) index_anew();
    std::vector<signal_watch*> concerned = s.watches;
    if (&cell != s.cell)
        for (signal_watch* w : s.watches) {
            erase(s.cell->at(w->plan_->centre_khz).watches, w);
            cell.at(w->plan_->centre_khz).watches.push_back(w);
        }
    s.cell = &cell;
    for (const auto& sent : s.plans)
        if (const auto p = sent.lock()) concerned.insert(concerned.end(), p->watches_.begin(), p->watches_.end());
    std::sort(concerned.begin(), concerned.end(),
              [](const signal_watch* a, const signal_watch* b) { return a->serial_ < b->serial_; });
    concerned.erase(std::unique(concerned.begin(), concerned.end()), concerned.end());
    for (signal_watch* w : concerned) w->station_moved();
    for (const auto& sent : std::vector<std::weak_ptr<plan>>(s.plans))
        if (const auto p = sent.lock(); p && p->until == never) tell_jammed(*p);
}

/// A transmission has lasted for long enough to have silenced others, or comes from another place.
void medium::tell_jammed(const plan& p) {
    const sim::position& place = stations_[p.transmitter].place;
    concerned_.clear();
    grid_.visit(place, reach_->jamming[0], [&](burst_grid::cell& cell, double squared) {
        for (const burst_grid::channel& c : cell.channels) {
            const double reach2 = square(reach_->jamming[class_of(c.centre_khz, p.centre_khz)]);
            if (squared > reach2) continue;
            for (signal_watch* w : c.watches)
                if (squared_m2(stations_[w->receiver_].place, place) <= reach2) concerned_.push_back(w);
        }
    });
    tell_concerned(&signal_watch::plan_matured, p);
}

// --- sliding ---------------------------------------------------------------------------------------------

sim::time_point medium::jammed_at(const plan& p, const plan& other, station_index receiver, sim::time_point good_from,
                                  sim::duration period, sim::db margin_min) {
    if (other.transmitter == p.transmitter || other.transmitter == receiver) return never;
    const auto now = sim_.now();
    if (other.until != never) return never;  // only what lasts
    const sim::dbm heard =
        level(other, receiver) - rejection_at(receiver_, channels_apart(other.centre_khz, p.centre_khz));
    if (level(p, receiver) - heard - receiver_.co_channel >= margin_min) return never;

    // Start of the other's burst after ours, in picoseconds, and how that changes in a frame. They overlap while
    // -length(other) < distance < length(A-field): a stretch of frames, counted from ours at present.
    const std::int64_t frame = p.timing.frame_not_before(now, p.slot);
    const auto start = p.burst_start(frame);
    const std::int64_t others_frame = other.timing.frame_not_before(start - frame_nominal / 2, other.slot);
    const auto theirs = other.burst_start(others_frame);
    auto distance = static_cast<double>((theirs - start).count());
    const double ours_ps = p.timing.bit_ps() * static_cast<double>(bits_p00);
    const double theirs_ps = other.timing.bit_ps() * static_cast<double>(other.bits);
    const double step = (other.timing.bit_ps() - p.timing.bit_ps()) * static_cast<double>(bits_per_frame);
    const auto hit = [&](std::int64_t f) { return overlaps(other, p.burst_start(f), p.burst_end(f, bits_p00)); };
    const auto counts_from = std::max({p.since, good_from, other.since - frame_nominal, stations_[receiver].moved_at,
                                       stations_[p.transmitter].moved_at, stations_[other.transmitter].moved_at,
                                       p.timed_since, other.timed_since});
    const std::int64_t earliest = p.timing.frame_not_before(counts_from, p.slot);
    // The first burst that is hit within a stretch of frames, and whether the last one within the period is.
    const auto silenced_within = [&](double enters, double leaves) {
        constexpr double foreseen = 3.6e8;  // 1000 hours: one that begins later is asked for again before that
        if (enters > foreseen) return never;
        std::int64_t first = earliest;
        if (enters > -foreseen) first = std::max(first, frame + static_cast<std::int64_t>(std::floor(enters)) - 1);
        if (static_cast<double>(first + period / frame_nominal - frame) > leaves + 4) return never;
        for (int i = 0; !hit(first); ++first)
            if (++i > 4) return never;
        const auto at = p.burst_start(first) + period;
        std::int64_t last = p.timing.frame_not_before(at - frame_nominal, p.slot);
        if (p.burst_end(last, bits_p00) >= at) --last;
        return last <= first || hit(last) ? std::max(at, now) : never;
    };
    constexpr double endless = std::numeric_limits<double>::infinity();
    if (p.timing.ppb() == other.timing.ppb())
        return distance > -theirs_ps && distance < ours_ps ? silenced_within(-endless, endless) : never;
    // The slide that is on, or was until just now; if nothing comes of it, that over the burst of theirs which follows.
    auto at = never;
    for (int slide = 0; slide < 2 && at == never; ++slide) {
        at = silenced_within(((step > 0 ? -theirs_ps : ours_ps) - distance) / step,
                             ((step > 0 ? ours_ps : -theirs_ps) - distance) / step);
        distance -= std::copysign(other.timing.bit_ps() * static_cast<double>(bits_per_frame), step);
    }
    return at;
}

sim::time_point medium::jammed_at(const plan& p, station_index receiver, sim::time_point good_from,
                                  sim::duration period, sim::db margin_min) {
    // A weaker one does not matter; further away than these, by how many channels it is apart, it must be weaker.
    const sim::dbm harmless = level(p, receiver) - receiver_.co_channel - margin_min;
    std::array<double, 4> reach{};
    for (int apart = 0; apart < 4; ++apart)
        reach[static_cast<std::size_t>(apart)] =
            propagation_.reach_m(power_max_ - rejection_at(receiver_, apart) - harmless);
    const sim::position& place = stations_[receiver].place;
    auto soonest = never;
    grid_.visit(place, reach[0], [&](burst_grid::cell& cell, double squared) {
        for (const burst_grid::channel& c : cell.channels) {
            const double reach2 = square(reach[class_of(c.centre_khz, p.centre_khz)]);
            if (squared > reach2) continue;
            for (const burst_grid::entry& e : c.bursts) {
                const plan& other = *e.what;
                if (&other == &p || other.until != never ||
                    squared_m2(stations_[other.transmitter].place, place) > reach2)
                    continue;
                soonest = std::min(soonest, jammed_at(p, other, receiver, good_from, period, margin_min));
            }
        }
    });
    return soonest;
}

}  // namespace dectbed::radio
