#include "radio/medium.h"

#include <algorithm>
#include <cmath>

#include "radio/quick_math.h"
#include "radio/timers.h"
#include "radio/transmission_monitor.h"

namespace dectbed::radio {

namespace {

constexpr std::int64_t frame_ps = frame_nominal.count();
constexpr std::int64_t rounding_ps = 4;

// An indexing serves questions about instants this far before and after it. The longer, the seldomer it is made and
// the more bursts might have slid into each other meanwhile: longer where clocks go at nearly the same rate.
constexpr sim::duration index_span_min = 4s, index_span_max = 20s;
constexpr std::int64_t slide_usual_ps = 80'000'000;  // at 20 ppm apart in the shortest of them
constexpr sim::duration look_back = listeners_look_back + 200ms;

// Whom a plan's burst meets is worked out for receivers so far from it, and further only if one asks.
constexpr double near_radius_min_m = 100, near_radius_rounding_m = 0.01;

// Cells are half as wide as a base is heard, within limits.
constexpr double cell_min_m = 32, cell_max_m = 2000;
constexpr sim::dbm usual_power{24'000};

constexpr sim::duration bits_to_duration(std::int64_t bits) {  // rounded up
    return sim::duration{(bits * frame_ps + bits_per_frame - 1) / bits_per_frame};
}

std::int64_t modulo_frame(std::int64_t ps) {
    const std::int64_t r = ps % frame_ps;
    return r < 0 ? r + frame_ps : r;
}

double square(double x) { return x * x; }

double cell_size_m(const propagation& p, const receiver_parameters& r) {
    return std::clamp(p.reach_m(usual_power - r.sensitivity - margin_hopeless) / 2, cell_min_m, cell_max_m);
}

}  // namespace

const system_information& beacon::at(sim::time_point t) const {
    const change* found = &history.front();
    for (const change& c : history)
        if (c.since <= t) found = &c;
    return found->information;
}

void beacon::says(const system_information& information, sim::time_point t) {
    // The last state before what is looked back at stays.
    const auto oldest = t - listeners_look_back - 1s;
    while (history.size() > 1 && history[1].since < oldest) history.erase(history.begin());
    history.push_back({t, information});
}

medium::medium(sim::simulation& s, path_loss_parameters loss, receiver_parameters receiver, std::string_view place)
    : sim_(s),
      propagation_(loss, sim::stream_key(s.seed(), place, "radio shadowing")),
      fading_(loss.fades, sim::stream_key(s.seed(), place, "radio fading")),
      receiver_(receiver),
      grid_(cell_size_m(propagation_, receiver)),
      zones_(propagation_),
      power_max_(usual_power),
      index_span_(index_span_min) {
    work_out_reaches();
}

medium::~medium() {
    grid_.visit({}, std::numeric_limits<double>::infinity(), [](burst_grid::cell& c, double) {
        for (auto& channel : c.channels)
            for (auto& e : channel.bursts) e.what->maturity_.cancel();
    });
}

void medium::work_out_reaches() {
    reaches r;
    const sim::db lift = fading_.on() ? fading::gain_max : sim::db{0};
    const sim::dbm noise = receiver_.sensitivity - receiver_.co_channel;
    r.readable = propagation_.reach_m(power_max_ + lift - (receiver_.sensitivity + margin_hopeless));
    r.measurable = propagation_.reach_m(power_max_ + lift - receiver_.rssi_floor);
    for (int apart = 0; apart < 4; ++apart) {
        const auto i = static_cast<std::size_t>(apart);
        const sim::dbm felt = power_max_ - rejection_at(receiver_, apart);
        r.disturbing[i] = propagation_.reach_m(felt + lift - (noise - negligible));
        r.jamming[i] = propagation_.reach_m(felt - noise);  // a weaker one silences no readable signal
        r.disturbing2[i] = propagation_.reaches(felt + lift - (noise - negligible));
    }
    r.readable2 = propagation_.reaches(power_max_ + lift - (receiver_.sensitivity + margin_hopeless));
    r.measurable2 = propagation_.reaches(power_max_ + lift - receiver_.rssi_floor);
    static thread_local std::weak_ptr<const reaches> newest;
    reach_ = newest.lock();
    if (reach_ && *reach_ == r) return;
    reach_ = std::make_shared<const reaches>(r);
    newest = reach_;
}

/// True only if the loss between the two is greater than that for which the reach was worked out.
bool medium::beyond(const squared_reaches& reach, const spot& one, const spot& other) {
    const auto floors = static_cast<std::size_t>(std::abs(one.storey - other.storey));
    return squared_m2(one.place, other.place) > reach[std::min(floors, reach.size() - 1)];
}

station_index medium::add_station(sim::entity_id who, const sim::position& place) {
    station_state s;
    s.who = who;
    s.place = place;
    s.key = sim::stream_key(sim_.seed(), sim_.journal().path_of(who), "radio reception");
    s.cell = &grid_.at(place);
    stations_.push_back(std::move(s));
    spots_.push_back(spot_at(place));
    return static_cast<station_index>(stations_.size() - 1);
}

sim::db medium::loss(station_index a, station_index b) {
    const station_index younger = std::max(a, b), older = std::min(a, b);
    return losses_.of(younger, older, stations_[older].moves, [&] {
        for (station_state* st : {&stations_[younger], &stations_[older]})
            if (!st->view) st->view = std::make_unique<propagation::vantage>(propagation_.at(st->place));
        return propagation_.loss_between(*stations_[younger].view, *stations_[older].view);
    });
}

sim::db medium::fade(const plan& p, station_index receiver, sim::time_point t) const {
    if (!fading_.on()) return {};
    return fading_.gain(stations_[p.transmitter].key, stations_[receiver].key, p.centre_khz, fading_.block_of(t));
}

// --- plans -------------------------------------------------------------------------------------------

plan_ptr medium::insert(plan p) {
    p.serial = ++serials_;
    p.centre_khz = plan_of(p.region).centre_khz(p.carrier);
    note_rate(p.timing.ppb());
    bits_max_ = std::max(bits_max_, p.bits);
    if (p.power > power_max_) {
        power_max_ = p.power;
        work_out_reaches();
        index_anew();
    }
    auto made = std::make_shared<plan>(std::move(p));
    station_state& sender = stations_[made->transmitter];
    if (monitor_ != nullptr) made->against_rules_ = monitor_->began(made, sender.who);
    auto& sent = sender.plans;
    sent.erase(std::remove_if(sent.begin(), sent.end(), [](const auto& old) { return old.expired(); }), sent.end());
    sent.push_back(made);
    remember(made, *sender.cell);
    // Tell those whose bursts the newcomer may meet. Who looks further ahead than the index asks anew anyway.
    if (sim_.now() <= indexed_at_ + index_span_) {
        const burst_grid::entry newcomer = entry_of(made, true);
        const std::int64_t length_ps = bits_to_duration(made->bits).count();
        visit_near(*made, reach_->readable, false, [&](burst_grid::channel& c, int apart) {
            visit_overlapping(c, newcomer.phase, length_ps, newcomer.ppb, [&](const burst_grid::entry& other) {
                if (other.what->near_of_ == indexing_) note_neighbour(*other.what, newcomer, apart);
            });
        });
    }
    return made;
}

void medium::remember(const plan_ptr& p, burst_grid::cell& in) {
    p->cell_ = &in;
    burst_grid::channel& c = in.at(p->centre_khz);
    if (c.bursts.size() >= c.tidy_at) tidy(c);
    const bool sorted = c.sorted_for == indexing_;
    burst_grid::entry made = entry_of(p, sorted);
    if (!sorted) {
        c.bursts.push_back(std::move(made));
        return;
    }
    const auto place = std::upper_bound(c.bursts.begin(), c.bursts.end(), made.phase,
                                        [](std::int64_t v, const burst_grid::entry& e) { return v < e.phase; });
    c.bursts.insert(place, std::move(made));
}

burst_grid::entry medium::entry_of(const plan_ptr& p, bool in_phase) const {
    burst_grid::entry e;
    e.phase = in_phase ? phase_of(*p) : 0;
    e.bit_ps = p->timing.bit_ps();
    e.length_ps = e.bit_ps * static_cast<double>(p->bits);
    e.ppb = p->timing.ppb();
    e.transmitter = p->transmitter;
    e.power = p->power;
    e.from = spots_[p->transmitter];
    e.what = p;
    return e;
}

plan_ptr medium::begin(plan p) {
    static_assert(T201 == T207, "one maturity serves both");
    auto made = insert(std::move(p));
    // Whoever reacts sooner than by T201 looks at it sooner, if there is anybody. It lasts from its first burst on.
    const bool early = hasty_watches_ > 0;
    // What it silences may have begun before it: the burst in whose A-field it came on the air.
    const auto lasts_from = std::max(made->since, sim_.now()) - a_field_at_most;
    made->maturity_ = sim_.kernel().at(
        lasts_from + (early ? handover_reaction : T207), [this, early, weak = std::weak_ptr<plan>(made)] {
            const auto p_now = weak.lock();
            if (!p_now) return;
            tell_jammed(*p_now);
            if (!early) return;
            p_now->maturity_ = sim_.kernel().after(T207 - handover_reaction, [this, weak] {
                if (const auto p_then = weak.lock()) tell_jammed(*p_then);
            });
        });
    return made;
}

plan_ptr medium::begin_burst(plan p, std::int64_t frame) {
    p.since = p.burst_start(frame);
    p.until = p.since + sim::duration{1};
    return insert(std::move(p));
}

void medium::end(const plan_ptr& p) {
    p->until = std::min(p->until, sim_.now());
    p->maturity_.cancel();
    if (p->against_rules_ && monitor_ != nullptr) monitor_->ended(p);
    concerned_ = p->watches_;
    tell_concerned(&signal_watch::plan_ended, *p);
}

void medium::retime(const plan_ptr& p, const station_timing& timing) {
    ask_now();
    p->timing = timing;
    p->timed_since = sim_.now();
    note_rate(timing.ppb());
    index_anew();
    concerned_ = p->watches_;
    tell_concerned(&signal_watch::plan_ended, *p);  // they look at it anew
    tell_jammed(*p);
}

// --- late questions ----------------------------------------------------------------------------------------

sim::duration medium::patience() const { return std::min(listeners_look_back, span_of_indexing()); }

void medium::asks_later(late_asker& who) {
    if (std::find(late_askers_.begin(), late_askers_.end(), &who) == late_askers_.end()) late_askers_.push_back(&who);
}

void medium::has_asked(late_asker& who) {
    late_askers_.erase(std::remove(late_askers_.begin(), late_askers_.end(), &who), late_askers_.end());
}

void medium::ask_now() {
    const auto all = std::move(late_askers_);
    late_askers_.clear();
    for (late_asker* each : all) each->ask_now();
}

std::size_t medium::live_plans() const {
    std::size_t n = 0;
    for (const station_state& s : stations_)
        for (const auto& sent : s.plans)
            if (const auto p = sent.lock()) n += p->until > sim_.now() ? 1 : 0;
    return n;
}

/// The station's plans go with it. True if there are any.
bool medium::relocate(station_state& s, burst_grid::cell& to) {
    bool any = false;
    for (const auto& sent : s.plans) {
        const plan_ptr p = sent.lock();
        if (!p || p->cell_ == nullptr) continue;
        any = true;
        auto& bursts = p->cell_->at(p->centre_khz).bursts;
        const auto known = std::find_if(bursts.begin(), bursts.end(), [&](const auto& e) { return e.what == p; });
        if (p->cell_ == &to) {
            known->from = spots_[p->transmitter];
            continue;
        }
        bursts.erase(known);
        remember(p, to);
    }
    return any;
}

// --- which bursts meet -----------------------------------------------------------------------------------

std::int64_t medium::drift(sim::duration span, std::int32_t ppb) {
    return span.count() / 1'000'000'000 * ppb + ppb + rounding_ps;
}

std::int64_t medium::phase_of(const plan& p) const {
    const std::int64_t frame = p.timing.frame_not_before(indexed_at_, p.slot);
    return modulo_frame((p.burst_start(frame) - indexed_at_).count());
}

void medium::index_anew() {
    ++indexing_;
    forgotten_.clear();
}

void medium::note_rate(std::int32_t ppb) {
    ppb_low_ = std::min(ppb_low_, ppb);
    ppb_high_ = std::max(ppb_high_, ppb);
    // What was indexed for clocks that go at nearly the same rate does not serve as long for one that does not: in that
    // time it would slide by more than half a frame, and another of its bursts be the nearest.
    index_span_ = std::min(index_span_, span_of_indexing());
}

sim::duration medium::span_of_indexing() const {
    const std::int64_t apart_ppb = std::max(std::int64_t{ppb_high_} - ppb_low_, std::int64_t{1});
    return std::clamp(sim::duration{slide_usual_ps * 1'000'000'000 / apart_ppb}, index_span_min, index_span_max);
}

void medium::ensure_indexed(sim::time_point t) {
    if (t <= indexed_at_ + index_span_ && t >= indexed_at_ - index_span_) return;
    index_span_ = span_of_indexing();
    // Most questions are about the last few frames; what will be asked next lies after `t`.
    const auto now = sim_.now();
    indexed_at_ = t >= now - index_span_ ? now : t + index_span_;
    index_anew();
}

/// Forgets what ended too long ago for anybody to ask about it.
void medium::tidy(burst_grid::channel& c) {
    const auto oldest = std::min(indexed_at_, sim_.now()) - look_back;
    const auto old = [&](const burst_grid::entry& e) {
        if (e.what->until >= oldest) return false;
        e.what->cell_ = nullptr;
        forgotten_.push_back(e.what);
        return true;
    };
    c.bursts.erase(std::remove_if(c.bursts.begin(), c.bursts.end(), old), c.bursts.end());
    c.tidy_at = 2 * c.bursts.size() + 8;
}

void medium::index(burst_grid::channel& c) {
    if (c.sorted_for == indexing_) return;
    c.sorted_for = indexing_;
    tidy(c);
    for (burst_grid::entry& e : c.bursts) e = entry_of(plan_ptr(std::move(e.what)), true);
    std::sort(c.bursts.begin(), c.bursts.end(), [](const burst_grid::entry& a, const burst_grid::entry& b) {
        return a.phase != b.phase ? a.phase < b.phase : a.what->serial < b.what->serial;
    });
}

/// Bursts that may come near one with that phase and length while this indexing holds.
template <class Visitor>
void medium::visit_overlapping(const burst_grid::channel& in, std::int64_t phase, std::int64_t length_ps,
                               std::int32_t ppb, Visitor&& visit) const {
    if (in.bursts.empty()) return;
    // What lies on either side of the end of a frame is a frame of its own clock nearer than it seems.
    const std::int64_t slack = drift(index_span_ + 2 * frame_nominal, std::max(ppb_high_ - ppb, ppb - ppb_low_)) +
                               drift(2 * frame_nominal, std::max(std::abs(ppb_low_), std::abs(ppb_high_)));
    const std::int64_t before = bits_to_duration(bits_max_).count() + slack;
    const std::int64_t first = modulo_frame(phase - before);
    const std::int64_t width = std::min(before + length_ps + slack, frame_ps - 1);
    const auto begin = std::lower_bound(in.bursts.begin(), in.bursts.end(), first,
                                        [](const burst_grid::entry& e, std::int64_t v) { return e.phase < v; });
    auto i = static_cast<std::size_t>(begin - in.bursts.begin());
    for (std::size_t n = 0; n < in.bursts.size(); ++n, ++i) {
        if (i == in.bursts.size()) i = 0;
        const std::int64_t after = in.bursts[i].phase - first;  // both lie within one frame
        if ((after < 0 ? after + frame_ps : after) > width) return;
        visit(in.bursts[i]);
    }
}

/// Channels on which a plan may disturb, or be disturbed, at places that are so far from the disturbed one at most.
/// `all`: also those that must be indexed for that.
template <class Visitor>
void medium::visit_near(const plan& p, double radius_m, bool all, Visitor&& visit) {
    grid_.visit(
        spots_[p.transmitter].place, radius_m + reach_->disturbing[0], [&](burst_grid::cell& cell, double squared) {
            for (burst_grid::channel& c : cell.channels) {
                const int apart = channels_apart(c.centre_khz, p.centre_khz);
                const double reach = radius_m + reach_->disturbing[static_cast<std::size_t>(std::min(apart, 3))];
                if (c.bursts.empty() || squared > square(reach)) continue;
                if (all) index(c);
                if (c.sorted_for == indexing_) visit(c, apart);
            }
        });
}

/// Takes `other` into what may overlap `p` while this indexing holds.
void medium::note_neighbour(plan& p, const burst_grid::entry& other, std::int32_t apart) {
    if (other.transmitter == p.transmitter) return;
    const double frame_of_other = other.bit_ps * static_cast<double>(bits_per_frame);
    auto distance = static_cast<double>(other.phase - p.phase_);
    if (distance > frame_of_other / 2) distance -= frame_of_other;
    if (distance < -frame_of_other / 2) distance += frame_of_other;
    const double ours = p.timing.bit_ps() * static_cast<double>(p.bits);
    // How far the two slide against each other while this holds.
    const auto slack =
        static_cast<double>(drift(index_span_ + 2 * frame_nominal, std::abs(other.ppb - p.timing.ppb())));
    if (distance > ours + slack || distance + other.length_ps < -slack) return;
    const int near = std::min(apart, 3);
    const double reach = p.near_radius_ + reach_->disturbing[static_cast<std::size_t>(near)];
    if (squared_m2(spots_[p.transmitter].place, other.from.place) > square(reach)) return;
    plan::neighbour n;
    n.other = other.what.get();
    n.transmitter = other.transmitter;
    n.power = other.power - rejection_at(receiver_, apart);
    n.most_mw = most_milliwatt(n.power, near);
    n.apart = near;
    n.offset_ps = distance;
    n.slide = (other.bit_ps - p.timing.bit_ps()) / p.timing.bit_ps();
    n.length_ps = other.length_ps;
    n.from = other.from;
    p.near_.push_back(n);
}

/// Not less than a power may be at the best of fades. Most plans have the same.
float medium::most_milliwatt(sim::dbm power, int apart) {
    auto& [of, known] = most_mw_[static_cast<std::size_t>(apart)];
    if (known == 0 || of != power) {
        constexpr sim::db rounding{1};
        of = power;
        known = static_cast<float>(quick::milliwatt(power + (fading_.on() ? fading::gain_max : sim::db{0}) + rounding));
    }
    return known;
}

/// Those that matter to the receiver are among them.
const std::vector<plan::neighbour>& medium::neighbours(plan& p, station_index receiver) {
    const double away =
        std::sqrt(squared_m2(spots_[p.transmitter].place, spots_[receiver].place)) + near_radius_rounding_m;
    const bool holds = p.near_of_ == indexing_;
    if (!holds || away > p.near_radius_) {
        // A plan that many ask for far away is not asked for it again and again.
        p.near_radius_ =
            std::min(std::max(holds ? 2 * p.near_radius_ : near_radius_min_m, away), std::max(reach_->readable, away));
        p.near_of_ = indexing_;
        p.near_.clear();
        p.phase_ = phase_of(p);
        const std::int64_t length_ps = bits_to_duration(p.bits).count();
        visit_near(p, p.near_radius_, true, [&](burst_grid::channel& c, int apart) {
            visit_overlapping(c, p.phase_, length_ps, p.timing.ppb(), [&](const burst_grid::entry& other) {
                if (other.what.get() != &p) note_neighbour(p, other, apart);
            });
        });
    }
    return p.near_;
}

}  // namespace dectbed::radio
