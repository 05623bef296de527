// What a receiver makes of what is on the air: bursts, beacons, RSSI.
#include <algorithm>
#include <cmath>

#include "radio/medium.h"
#include "radio/quick_math.h"

namespace dectbed::radio {

namespace {

// Where bursts lie to each other is worked out in floating point; so near the edge of one, exactly.
constexpr double edge_ps = 8;
// What is decided by sums of powers keeps so far from the limits.
constexpr sim::db margin_rounding{10};

/// The very level that dbm::of_milliwatt gives; mostly the quick logarithm tells what it is rounded to.
sim::dbm level_of(double mw) {
    constexpr double error_db = 1e-8;
    sim::dbm rounded;
    return quick::thousandths(10.0 * quick::log10(mw), error_db, rounded.milli) ? rounded : sim::dbm::of_milliwatt(mw);
}

}  // namespace

bool medium::overlaps(const plan& p, sim::time_point from, sim::time_point to) const {
    // The last burst that starts before `to`; an earlier one ended a frame ago.
    std::int64_t frame = p.timing.at(to).frame;
    auto start = p.burst_start(frame);
    if (start >= to) start = p.burst_start(--frame);
    return p.sends_at(start) && (start >= from || p.burst_end(frame, p.bits) > from);
}

propagation::least medium::at_least_between(const spot& a, const spot& b) {
    const auto& open = propagation_.at_least(squared_m2(a.place, b.place), std::abs(a.storey - b.storey));
    const auto& walls = zones_.between(a.zone, b.zone);
    return {std::max(open.loss + walls.loss, sim::db{0}), std::min(open.gain * walls.gain, 1.0)};
}

/// What drowned the burst before, alone and surely, drowns this one, too.
bool medium::drowned(sim::dbm wanted, station_index receiver, const burst& b, const drowner& by) const {
    const auto& own = stations_[receiver].plans;  // the receiver might be blind
    return by.what != nullptr && std::all_of(own.begin(), own.end(), [](const auto& p) { return p.expired(); }) &&
           overlaps(*by.what, b.start, b.end) &&
           by.mean + fade(*by.what, receiver, b.start) >
               wanted - receiver_.co_channel - margin_hopeless + margin_rounding;
}

sim::db medium::margin(plan& p, std::int64_t frame, sim::time_point from, std::int64_t bits, station_index receiver,
                       bool& interfered, bool& blind, drowner* by, const accuracy& needed) {
    interfered = blind = false;
    const sim::dbm wanted = level(p, receiver) + fade(p, receiver, from);
    const sim::db quiet = wanted - receiver_.sensitivity;
    if (quiet <= margin_hopeless || (needed.only_whether && quiet < needed.enough)) return quiet;
    const burst wanted_burst{from, p.burst_end(frame, bits)};
    if (by != nullptr && drowned(wanted, receiver, wanted_burst, *by)) {
        interfered = true;
        return margin_hopeless;
    }
    ensure_indexed(from);
    const auto& near = neighbours(p, receiver);
    const double elapsed_ps = static_cast<double>((from - indexed_at_).count() - p.phase_);
    const double length_ps = p.timing.bit_ps() * static_cast<double>(bits);
    const spot& here = spots_[receiver];
    const double negligible_mw =
        quick::milliwatt(receiver_.sensitivity - receiver_.co_channel - negligible - margin_rounding);
    disturbances_.clear();
    for (const plan::neighbour& n : near) {
        const double start_ps = n.offset_ps + n.slide * elapsed_ps, end_ps = start_ps + n.length_ps;
        if (start_ps > length_ps + edge_ps || end_ps < -edge_ps) continue;
        if (n.transmitter == receiver) {
            if (!overlaps(*n.other, wanted_burst.start, wanted_burst.end)) continue;
            blind = true;
            return margin_hopeless;
        }
        const spot& there = n.from;
        const int floors = std::abs(there.storey - here.storey);
        const double squared = squared_m2(there.place, here.place);
        const auto& reach = reach_->disturbing2[static_cast<std::size_t>(n.apart)];
        if (squared > reach[std::min(static_cast<std::size_t>(floors), reach.size() - 1)]) continue;
        disturbance d;
        d.from = &n;
        d.most_mw = static_cast<double>(n.most_mw) * at_least_between(there, here).gain;
        if (d.most_mw < negligible_mw) continue;
        d.certainly_meets = start_ps < length_ps - edge_ps && end_ps > edge_ps;
        disturbances_.push_back(d);
    }
    return disturbances_.empty() ? quiet : margin_among(wanted, receiver, wanted_burst, interfered, by, needed);
}

/// Beyond either limit the exact margin tells nobody anything: what each disturbance can be at most, by its
/// distance and then by its mean level, and what the strongest are, mostly decide.
sim::db medium::margin_among(sim::dbm wanted, station_index receiver, const burst& b, bool& interfered, drowner* by,
                             const accuracy& needed) {
    using knowledge = disturbance::knowledge;
    const sim::db lift = fading_.on() ? fading::gain_max : sim::db{0};
    const sim::dbm noise = receiver_.sensitivity - receiver_.co_channel;
    const sim::dbm bearable = wanted - receiver_.co_channel;  // disturbance at margin 0
    // At most so much is borne, and more than that is not.
    const double borne_mw = quick::milliwatt(bearable - needed.enough - margin_rounding);
    const double too_much_mw = quick::milliwatt(bearable - needed.too_little + margin_rounding);
    const auto weaker = [](const disturbance* x, const disturbance* y) { return x->most_mw < y->most_mw; };
    double rest_mw = 0, sum_mw = quick::milliwatt(noise);
    open_.clear();
    for (disturbance& d : disturbances_) {
        rest_mw += d.most_mw;
        open_.push_back(&d);
    }
    if (sum_mw + rest_mw < borne_mw) return needed.enough;
    std::make_heap(open_.begin(), open_.end(), weaker);
    while (!open_.empty()) {
        std::pop_heap(open_.begin(), open_.end(), weaker);
        disturbance& strongest = *open_.back();
        rest_mw -= strongest.most_mw;
        if (strongest.known == knowledge::bound) {
            const plan::neighbour& n = *strongest.from;
            const plan& other = *n.other;
            const bool meets = (strongest.certainly_meets && other.since <= b.start - frame_nominal &&
                                other.until > b.start + frame_nominal) ||
                               overlaps(other, b.start, b.end);
            if (meets) strongest.mean = n.power - loss(n.transmitter, receiver);
            if (meets && strongest.mean + lift >= noise - negligible) {
                strongest.known = knowledge::mean;
                strongest.most_mw = quick::milliwatt(strongest.mean + lift);
                rest_mw += strongest.most_mw;
                std::push_heap(open_.begin(), open_.end(), weaker);
            } else {
                strongest.known = knowledge::all;
                open_.pop_back();
            }
        } else {
            const sim::dbm heard = strongest.mean + fade(*strongest.from->other, receiver, b.start);
            strongest.known = knowledge::all;
            strongest.exact_mw = heard < noise - negligible ? 0 : heard.milliwatt();
            sum_mw += strongest.exact_mw;
            open_.pop_back();
            if (strongest.exact_mw > 0 && sum_mw > too_much_mw) {  // noise alone interferes with nothing
                interfered = true;
                if (sum_mw <= quick::milliwatt(bearable - margin_hopeless + margin_rounding)) return needed.too_little;
                if (by != nullptr) *by = {strongest.from->other, strongest.mean};
                return margin_hopeless;
            }
        }
        if (!open_.empty() && sum_mw + rest_mw < borne_mw) return needed.enough;
    }
    double disturbance_mw = noise.milliwatt();
    bool any = false;
    for (const disturbance& d : disturbances_) {  // in the order in which they were found
        disturbance_mw += d.exact_mw;
        any = any || d.exact_mw > 0;
    }
    if (!any) return wanted - receiver_.sensitivity;
    if (disturbance_mw < borne_mw) return needed.enough;
    const sim::db m = bearable - level_of(disturbance_mw);
    interfered = m < margin_certain;
    return m;
}

reception medium::receive(const plan_ptr& p, std::int64_t frame, std::int64_t bits, station_index receiver,
                          draw_purpose purpose, bool* hopeless) {
    if (hopeless != nullptr) *hopeless = false;
    const auto start = p->burst_start(frame);
    return p->sends_at(start) ? receive_sent(*p, frame, start, bits, receiver, purpose, hopeless) : reception::not_sent;
}

reception medium::receive_sent(plan& p, std::int64_t frame, sim::time_point start, std::int64_t bits,
                               station_index receiver, draw_purpose purpose, bool* hopeless, drowner* by) {
    bool interfered = false, blind = false;
    // The draw belongs to transmitter, receiver, carrier, slot and purpose, whoever else is there. It tells what margin
    // is needed this time.
    const auto slot_count = static_cast<std::uint64_t>(frame * slots_per_frame + p.slot);
    const std::uint64_t what = static_cast<std::uint64_t>(purpose) << 8 | static_cast<std::uint64_t>(p.carrier);
    const sim::db enough =
        margin_needed(sim::random_unit(stations_[receiver].key, stations_[p.transmitter].key, slot_count << 12 | what));
    // Where nothing fades, whoever asks for many bursts goes on from the hopeless ones by whole multiframes.
    const bool only_whether = by != nullptr && fading_.on();
    const bool tell_hopeless = hopeless != nullptr && !only_whether;
    const accuracy needed{tell_hopeless ? margin_hopeless : enough - sim::db{1}, enough, only_whether};
    const sim::db m = margin(p, frame, start, bits, receiver, interfered, blind, by, needed);
    if (blind) return reception::blind;
    if (hopeless != nullptr) *hopeless = m <= margin_hopeless;  // while the fades are what they are
    const bool good = m >= enough;
    if (observer_ != nullptr && purpose == draw_purpose::beacon) tell_beacon(*this, p, frame, receiver, good);
    if (good) return reception::good;
    return interfered ? reception::interfered : reception::too_weak;
}

/// Calls visit(most, plan) for beacons that may be heard and are not weaker than that for their distance alone.
template <class Visitor>
void medium::visit_beacons(std::int32_t centre_khz, station_index receiver, sim::time_point from, sim::time_point to,
                           sim::dbm weakest, Visitor&& visit) {
    const bool bounded = may_be_read(weakest);
    const squared_reaches reach = bounded ? propagation_.reaches(power_max_ - weakest) : reach_->readable2;
    const spot here = spots_[receiver];
    grid_.visit(here.place, bounded ? std::sqrt(reach[0]) : reach_->readable, [&](burst_grid::cell& cell, double) {
        for (const burst_grid::channel& c : cell.channels) {
            if (c.centre_khz != centre_khz) continue;
            for (const burst_grid::entry& e : c.bursts) {
                if (e.transmitter == receiver || beyond(reach, e.from, here)) continue;
                const sim::dbm most = e.power - at_least_between(e.from, here).loss;
                if (!may_be_read(most) || most < weakest) continue;
                plan& p = *e.what;
                if (p.broadcast && p.until > from && p.since < to) visit(most, p);
            }
        }
    });
}

void medium::possible_beacons(std::int32_t centre_khz, station_index receiver, sim::time_point from, sim::time_point to,
                              sim::dbm weakest, std::vector<possible_beacon>& found) {
    visit_beacons(centre_khz, receiver, from, to, weakest, [&](sim::dbm most, plan& p) {
        found.push_back({most, &p});
    });
}

void medium::beacons(std::int32_t centre_khz, station_index receiver, sim::time_point from, sim::time_point to,
                     std::vector<plan*>& found, sim::dbm weakest, const rfpi* only) {
    found.clear();
    visit_beacons(centre_khz, receiver, from, to, weakest, [&](sim::dbm, plan& p) {
        if (only != nullptr && p.broadcast->identity != *only) return;
        const sim::dbm heard = level(p, receiver);
        if (may_be_read(heard) && heard >= weakest) found.push_back(&p);
    });
    std::sort(found.begin(), found.end(), [](const plan* a, const plan* b) { return a->serial < b->serial; });
}

medium::rssi_map medium::measure(station_index receiver, const station_timing& timing, const band_plan& in,
                                 const std::vector<sim::time_point>& when) {
    const std::size_t carriers = std::min(static_cast<std::size_t>(in.carriers), when.size());
    rssi_map map;
    map.at.resize(carriers);
    for (auto& carrier : map.at) carrier.fill(receiver_.rssi_floor);
    if (carriers == 0) return map;
    const auto span = std::minmax_element(when.begin(), when.end());
    const sim::time_point earliest = *span.first, latest = *span.second;
    audible_.clear();
    const sim::db lift = fading_.on() ? fading::gain_max : sim::db{0};
    const spot& here = spots_[receiver];
    grid_.visit(here.place, reach_->measurable, [&](burst_grid::cell& cell, double) {
        for (const burst_grid::channel& c : cell.channels)
            for (const burst_grid::entry& e : c.bursts) {
                if (e.transmitter == receiver || beyond(reach_->measurable2, e.from, here)) continue;
                const plan& p = *e.what;
                if (p.until <= earliest || p.since > latest) continue;
                const sim::db least = at_least_between(e.from, here).loss;
                if (e.power - least + lift > receiver_.rssi_floor) audible_.emplace_back(least, &p);
            }
    });
    // The order does not matter to what is shown. The nearest first: next to them most others cannot be heard.
    std::sort(audible_.begin(), audible_.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first < b.first : a.second->serial < b.second->serial;
    });
    for (const auto& [least, p] : audible_)
        if (may_show(map, *p, p->power - least + lift, timing, in, when)) show(map, *p, receiver, timing, in, when);
    return map;
}

/// Whether a plan that arrives with so much at most is louder anywhere than what is known so far.
bool medium::may_show(const rssi_map& map, const plan& p, sim::dbm most, const station_timing& timing,
                      const band_plan& in, const std::vector<sim::time_point>& when) const {
    std::int64_t first = -1, last = 0;
    sim::time_point known_at{};
    for (std::size_t c = 0; c < map.at.size(); ++c) {
        const sim::dbm here = most - leakage_at(receiver_, channels_apart(in.centre[c], p.centre_khz));
        if (here <= receiver_.rssi_floor) continue;
        if (first < 0 || when[c] != known_at) {
            known_at = when[c];
            const auto start = timing.at(p.burst_start(p.timing.frame_not_before(known_at, p.slot)));
            first = start.slot;
            last = (start.slot * bits_per_slot + start.bit + p.bits - 1) / bits_per_slot;
            if (when.front() != when.back()) {  // it may slide meanwhile
                first += slots_per_frame - 1;
                last += slots_per_frame + 1;
            }
        }
        for (std::int64_t s = first; s <= last; ++s)
            if (here > map.at[c][static_cast<std::size_t>(s % slots_per_frame)]) return true;
    }
    return false;
}

/// What one plan shows in it.
void medium::show(rssi_map& map, const plan& p, station_index receiver, const station_timing& timing,
                  const band_plan& in, const std::vector<sim::time_point>& when) {
    const sim::dbm own = level(p, receiver);
    const sim::dbm best = fading_.on() ? own + fading::gain_max : own;
    if (best <= receiver_.rssi_floor) return;
    int first = -1, last = 0;
    for (std::size_t c = 0; c < map.at.size(); ++c) {
        const auto t = when[c];
        const sim::db leaked = leakage_at(receiver_, channels_apart(in.centre[c], p.centre_khz));
        if (best - leaked <= receiver_.rssi_floor || p.since > t || p.until <= t) continue;
        if (first < 0) {  // where its bursts lie in our slots; they do not move much in one measurement
            const auto start = timing.at(p.burst_start(p.timing.frame_not_before(t, p.slot)));
            first = start.slot;
            last = static_cast<int>((start.slot * bits_per_slot + start.bit + p.bits - 1) / bits_per_slot);
        }
        // Mostly something else is louder there, however lucky the fade.
        const auto shown = [&](int s) -> sim::dbm& {
            return map.at[c][static_cast<std::size_t>(s) % static_cast<std::size_t>(slots_per_frame)];
        };
        bool audible = false;
        for (int s = first; s <= last && !audible; ++s) audible = best - leaked > shown(s);
        if (!audible) continue;
        const sim::dbm heard = own + fade(p, receiver, t) - leaked;
        for (int s = first; s <= last; ++s) shown(s) = std::max(shown(s), heard);
    }
}

}  // namespace dectbed::radio
