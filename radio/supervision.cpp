// The medium's part in the supervision of signals: who must look when a plan ends, lasts or moves, and when bursts that
// slide into each other will have silenced a signal.
#include <algorithm>

#include "radio/medium.h"
#include "radio/timers.h"

namespace dectbed::radio {

namespace {

__extension__ typedef __int128 wide;

constexpr std::int64_t frame_ps = frame_nominal.count();

constexpr std::int64_t ps_of_bits(std::int64_t bits) {  // rounded up
    return (bits * frame_ps + bits_per_frame - 1) / bits_per_frame;
}

std::int64_t modulo_frame(std::int64_t ps) {
    const std::int64_t r = ps % frame_ps;
    return r < 0 ? r + frame_ps : r;
}

double square(double x) { return x * x; }

double squared_m2(const sim::position& a, const sim::position& b) {
    return square(a.x_m - b.x_m) + square(a.y_m - b.y_m) + square(a.z_m - b.z_m);
}

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
    s.place = place;
    ++s.moves;
    s.shadow.reset();
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
}

void medium::matured(const plan_ptr& p) {
    const sim::position& place = stations_[p->transmitter].place;
    concerned_.clear();
    grid_.visit(place, reach_.jamming[0], [&](burst_grid::cell& cell, double squared) {
        for (const burst_grid::channel& c : cell.channels) {
            const double reach2 = square(reach_.jamming[class_of(c.centre_khz, p->centre_khz)]);
            if (squared > reach2) continue;
            for (signal_watch* w : c.watches)
                if (squared_m2(stations_[w->receiver_].place, place) <= reach2) concerned_.push_back(w);
        }
    });
    tell_concerned(&signal_watch::plan_matured, *p);
}

// --- sliding ---------------------------------------------------------------------------------------------

sim::time_point medium::jammed_at(const plan& p, const plan& other, station_index receiver, sim::time_point good_from,
                                  sim::duration period, sim::db margin_min) {
    if (other.transmitter == p.transmitter || other.transmitter == receiver) return never;
    const auto now = sim_.now();
    if (other.until <= now) return never;
    const sim::dbm heard =
        level(other, receiver) - rejection_at(receiver_, channels_apart(other.centre_khz, p.centre_khz));
    if (level(p, receiver) - heard - receiver_.co_channel >= margin_min) return never;

    // Start of the other's burst after ours, modulo a frame, and how fast it changes: positive if the
    // other runs slow. They overlap while -length(other) < distance < length(A-field).
    const auto start = p.burst_start(p.timing.frame_not_before(now, p.slot));
    const auto theirs = other.burst_start(other.timing.frame_not_before(now, other.slot));
    std::int64_t distance = modulo_frame((theirs - start).count());
    const std::int64_t ours_ps = ps_of_bits(bits_p00), theirs_ps = ps_of_bits(other.bits);
    if (distance > frame_ps / 2) distance -= frame_ps;
    const bool overlapping = distance > -theirs_ps && distance < ours_ps;
    const std::int64_t rate = p.timing.ppb() - other.timing.ppb();  // 1e-9
    const auto time_for = [&](std::int64_t ps) {                    // to slide so far
        const wide span = static_cast<wide>(ps) * 1'000'000'000 / (rate < 0 ? -rate : rate);
        constexpr std::int64_t longest = std::numeric_limits<std::int64_t>::max() / 2;
        return sim::duration{span > longest ? longest : static_cast<std::int64_t>(span)};
    };
    sim::time_point from, to = never;
    if (rate == 0) {
        if (!overlapping) return never;
        from = other.since;
    } else {
        // Distance yet to go to the edges of the overlap, in the direction of the slide.
        std::int64_t enter = rate > 0 ? -theirs_ps - distance : distance - ours_ps;
        std::int64_t leave = rate > 0 ? ours_ps - distance : distance + theirs_ps;
        if (leave < 0) {
            enter += frame_ps;
            leave += frame_ps;
        }
        from = enter <= 0 ? now - std::min(time_for(-enter), now.time_since_epoch()) : now + time_for(enter);
        to = now + time_for(leave);
    }
    const auto at = std::max({from, other.since, good_from}) + period;
    return at <= to ? std::max(at, now) : never;
}

sim::time_point medium::jammed_at(const plan& p, station_index receiver, sim::time_point good_from,
                                  sim::duration period, sim::db margin_min) {
    // A weaker one does not matter; further away than these, by how many channels it is apart, it must be weaker.
    const sim::dbm harmless = level(p, receiver) - receiver_.co_channel - margin_min;
    std::array<double, 4> reach{};
    for (int apart = 0; apart < 4; ++apart)
        reach[static_cast<std::size_t>(apart)] =
            propagation_.reach_m(power_max_ - rejection_at(receiver_, apart) - harmless);
    const auto now = sim_.now();
    const sim::position& place = stations_[receiver].place;
    auto soonest = never;
    grid_.visit(place, reach[0], [&](burst_grid::cell& cell, double squared) {
        for (const burst_grid::channel& c : cell.channels) {
            const double reach2 = square(reach[class_of(c.centre_khz, p.centre_khz)]);
            if (squared > reach2) continue;
            for (const burst_grid::entry& e : c.bursts) {
                const plan& other = *e.what;
                // Younger transmissions are looked at when they have lasted for the period.
                if (&other == &p || other.until <= now || other.since + period > now ||
                    squared_m2(stations_[other.transmitter].place, place) > reach2)
                    continue;
                soonest = std::min(soonest, jammed_at(p, other, receiver, good_from, period, margin_min));
            }
        }
    });
    return soonest;
}

}  // namespace dectbed::radio
