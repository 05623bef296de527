#include "radio/medium.h"

#include <algorithm>
#include <cmath>

#include "radio/timers.h"
#include "radio/transmission_monitor.h"

namespace dectbed::radio {

namespace {

constexpr std::int64_t frame_ps = frame_nominal.count();
constexpr std::int64_t rounding_ps = 4;
// Where bursts lie to each other is worked out in floating point; so near the edge of one, exactly.
constexpr double edge_ps = 8;

// An indexing serves questions about instants this far before and after it. The longer, the seldomer it is made and
// the more bursts might have slid into each other meanwhile.
constexpr sim::duration index_span = 2s;
// Questions reach this far back: a receiver that stayed on one carrier asks at the end.
constexpr sim::duration look_back = scan_dwell_frames_max * frame_nominal + 200ms;

// A disturbance so far below the noise changes a margin by less than 0.05 dB.
constexpr sim::db negligible{20'000};

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

double squared_m2(const sim::position& a, const sim::position& b) {
    return square(a.x_m - b.x_m) + square(a.y_m - b.y_m) + square(a.z_m - b.z_m);
}

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

medium::medium(sim::simulation& s, path_loss_parameters loss, receiver_parameters receiver, std::string_view place)
    : sim_(s),
      propagation_(loss, sim::stream_key(s.seed(), place, "radio shadowing")),
      fading_(loss.fades, sim::stream_key(s.seed(), place, "radio fading")),
      receiver_(receiver),
      grid_(cell_size_m(propagation_, receiver)),
      power_max_(usual_power) {
    work_out_reaches();
}

medium::~medium() {
    grid_.visit({}, std::numeric_limits<double>::infinity(), [](burst_grid::cell& c, double) {
        for (auto& channel : c.channels)
            for (auto& e : channel.bursts) e.what->maturity_.cancel();
    });
}

void medium::work_out_reaches() {
    const sim::db lift = fading_.on() ? fading::gain_max : sim::db{0};
    const sim::dbm noise = receiver_.sensitivity - receiver_.co_channel;
    reach_.readable = propagation_.reach_m(power_max_ + lift - (receiver_.sensitivity + margin_hopeless));
    reach_.measurable = propagation_.reach_m(power_max_ + lift - receiver_.rssi_floor);
    for (int apart = 0; apart < 4; ++apart) {
        const auto i = static_cast<std::size_t>(apart);
        const sim::dbm felt = power_max_ - rejection_at(receiver_, apart);
        reach_.disturbing[i] = propagation_.reach_m(felt + lift - (noise - negligible));
        reach_.jamming[i] = propagation_.reach_m(felt - noise);  // a weaker one silences no readable signal
        reach_.disturbing2[i] = propagation_.reaches(felt + lift - (noise - negligible));
    }
    reach_.readable2 = propagation_.reaches(power_max_ + lift - (receiver_.sensitivity + margin_hopeless));
    reach_.measurable2 = propagation_.reaches(power_max_ + lift - receiver_.rssi_floor);
}

/// True only if the loss between the two is greater than that for which the reach was worked out.
bool medium::beyond(const squared_reaches& reach, const station_state& a, const station_state& b) const {
    const auto floors = static_cast<std::size_t>(std::abs(a.storey - b.storey));
    return squared_m2(a.place, b.place) > reach[std::min(floors, reach.size() - 1)];
}

station_index medium::add_station(sim::entity_id who, const sim::position& place) {
    station_state s;
    s.who = who;
    s.place = place;
    s.storey = propagation_.storey_of(place);
    s.key = sim::stream_key(sim_.seed(), sim_.journal().path_of(who), "radio reception");
    s.cell = &grid_.at(place);
    stations_.push_back(std::move(s));
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
    ppb_max_ = std::max(ppb_max_, std::abs(p.timing.ppb()));
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
    if (sim_.now() <= indexed_at_ + index_span) {
        const std::int64_t phase = phase_of(*made);
        const std::int64_t length_ps = bits_to_duration(made->bits).count();
        visit_near(*made, false, [&](burst_grid::channel& c, int apart) {
            visit_overlapping(c, phase, length_ps, [&](const burst_grid::entry& other) {
                if (other.what->near_of_ == indexing_) note_neighbour(*other.what, *made, phase, apart);
            });
        });
    }
    return made;
}

void medium::remember(const plan_ptr& p, burst_grid::cell& in) {
    p->cell_ = &in;
    burst_grid::channel& c = in.at(p->centre_khz);
    if (c.bursts.size() >= c.tidy_at) tidy(c);
    if (c.sorted_for != indexing_) {
        c.bursts.push_back({0, p});
        return;
    }
    const std::int64_t phase = phase_of(*p);
    const auto place = std::upper_bound(c.bursts.begin(), c.bursts.end(), phase,
                                        [](std::int64_t v, const burst_grid::entry& e) { return v < e.phase; });
    c.bursts.insert(place, {phase, p});
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
    p->timing = timing;
    p->timed_since = sim_.now();
    ppb_max_ = std::max(ppb_max_, std::abs(timing.ppb()));
    index_anew();
    concerned_ = p->watches_;
    tell_concerned(&signal_watch::plan_ended, *p);  // they look at it anew
    tell_jammed(*p);
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
        if (p->cell_ == &to) continue;
        auto& bursts = p->cell_->at(p->centre_khz).bursts;
        bursts.erase(std::find_if(bursts.begin(), bursts.end(), [&](const auto& e) { return e.what == p; }));
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

void medium::ensure_indexed(sim::time_point t) {
    if (t <= indexed_at_ + index_span && t >= indexed_at_ - index_span) return;
    // Most questions are about the last few frames; what will be asked next lies after `t`.
    const auto now = sim_.now();
    indexed_at_ = t >= now - index_span ? now : t + index_span;
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
    for (burst_grid::entry& e : c.bursts) e.phase = phase_of(*e.what);
    std::sort(c.bursts.begin(), c.bursts.end(), [](const burst_grid::entry& a, const burst_grid::entry& b) {
        return a.phase != b.phase ? a.phase < b.phase : a.what->serial < b.what->serial;
    });
}

/// Bursts that may come near one with that phase and length while this indexing holds.
template <class Visitor>
void medium::visit_overlapping(const burst_grid::channel& in, std::int64_t phase, std::int64_t length_ps,
                               Visitor&& visit) const {
    if (in.bursts.empty()) return;
    const std::int64_t slack = 2 * drift(index_span + 2 * frame_nominal, ppb_max_);
    const std::int64_t before = bits_to_duration(bits_max_).count() + slack;
    const std::int64_t first = modulo_frame(phase - before);
    const std::int64_t width = std::min(before + length_ps + slack, frame_ps - 1);
    const auto begin = std::lower_bound(in.bursts.begin(), in.bursts.end(), first,
                                        [](const burst_grid::entry& e, std::int64_t v) { return e.phase < v; });
    auto i = static_cast<std::size_t>(begin - in.bursts.begin());
    for (std::size_t n = 0; n < in.bursts.size(); ++n, ++i) {
        if (i == in.bursts.size()) i = 0;
        if (modulo_frame(in.bursts[i].phase - first) > width) return;
        visit(in.bursts[i]);
    }
}

/// Channels on which a plan may disturb, or be disturbed, at a place where the disturbed one is readable. `all`:
/// also those that must be indexed for that.
template <class Visitor>
void medium::visit_near(const plan& p, bool all, Visitor&& visit) {
    grid_.visit(stations_[p.transmitter].place, reach_.readable + reach_.disturbing[0],
                [&](burst_grid::cell& cell, double squared) {
                    for (burst_grid::channel& c : cell.channels) {
                        const int apart = channels_apart(c.centre_khz, p.centre_khz);
                        const double reach =
                            reach_.readable + reach_.disturbing[static_cast<std::size_t>(std::min(apart, 3))];
                        if (c.bursts.empty() || squared > square(reach)) continue;
                        if (all) index(c);
                        if (c.sorted_for == indexing_) visit(c, apart);
                    }
                });
}

/// Takes `other` into what may overlap `p` while this indexing holds.
void medium::note_neighbour(plan& p, const plan& other, std::int64_t others_phase, std::int32_t apart) const {
    if (other.transmitter == p.transmitter) return;
    const double frame_of_other = other.timing.bit_ps() * static_cast<double>(bits_per_frame);
    auto distance = static_cast<double>(others_phase - p.phase_);
    if (distance > frame_of_other / 2) distance -= frame_of_other;
    if (distance < -frame_of_other / 2) distance += frame_of_other;
    const double ours = p.timing.bit_ps() * static_cast<double>(p.bits);
    const double theirs = other.timing.bit_ps() * static_cast<double>(other.bits);
    // How far the two slide against each other while this holds.
    const auto slack =
        static_cast<double>(drift(index_span + 2 * frame_nominal, std::abs(other.timing.ppb() - p.timing.ppb())));
    if (distance > ours + slack || distance + theirs < -slack) return;
    plan::neighbour n;
    n.other = &other;
    n.transmitter = other.transmitter;
    n.power = other.power - rejection_at(receiver_, apart);
    n.apart = std::min(apart, 3);
    n.offset_ps = distance;
    n.slide = (other.timing.bit_ps() - p.timing.bit_ps()) / p.timing.bit_ps();
    n.length_ps = theirs;
    p.near_.push_back(n);
}

const std::vector<plan::neighbour>& medium::neighbours(plan& p) {
    if (p.near_of_ != indexing_) {
        p.near_of_ = indexing_;
        p.near_.clear();
        p.phase_ = phase_of(p);
        const std::int64_t length_ps = bits_to_duration(p.bits).count();
        visit_near(p, true, [&](burst_grid::channel& c, int apart) {
            visit_overlapping(c, p.phase_, length_ps, [&](const burst_grid::entry& other) {
                if (other.what.get() != &p) note_neighbour(p, *other.what, other.phase, apart);
            });
        });
    }
    return p.near_;
}

bool medium::overlaps(const plan& p, sim::time_point from, sim::time_point to) const {
    // The last burst that starts before `to`; an earlier one ended a frame ago.
    std::int64_t frame = p.timing.at(to).frame;
    auto start = p.burst_start(frame);
    if (start >= to) start = p.burst_start(--frame);
    return p.sends_at(start) && (start >= from || p.burst_end(frame, p.bits) > from);
}

// --- reception -------------------------------------------------------------------------------------------

sim::db medium::margin(plan& p, std::int64_t frame, sim::time_point from, std::int64_t bits, station_index receiver,
                       bool& interfered, bool& blind) {
    interfered = blind = false;
    const bool fades = fading_.on();
    const sim::dbm wanted = level(p, receiver) + fade(p, receiver, from);
    const sim::db quiet = wanted - receiver_.sensitivity;
    if (quiet <= margin_hopeless) return quiet;
    ensure_indexed(from);
    const auto& near = neighbours(p);
    const double elapsed_ps = static_cast<double>((from - indexed_at_).count() - p.phase_);
    const double length_ps = p.timing.bit_ps() * static_cast<double>(bits);
    sim::time_point end{};  // worked out when something needs it
    const auto to = [&] { return end > from ? end : end = p.burst_end(frame, bits); };
    const sim::dbm weakest = receiver_.sensitivity - receiver_.co_channel - negligible;
    disturbances_.clear();
    for (const plan::neighbour& n : near) {
        const double start_ps = n.offset_ps + n.slide * elapsed_ps, end_ps = start_ps + n.length_ps;
        if (start_ps > length_ps + edge_ps || end_ps < -edge_ps) continue;
        const bool own = n.transmitter == receiver;
        sim::dbm heard;
        if (!own) {
            if (beyond(reach_.disturbing2[static_cast<std::size_t>(n.apart)], stations_[n.transmitter],
                       stations_[receiver]))
                continue;
            heard = n.power - loss(n.transmitter, receiver);
            if ((fades ? heard + fading::gain_max : heard) < weakest) continue;
        }
        const bool certainly = start_ps < length_ps - edge_ps && end_ps > edge_ps &&
                               n.other->since <= from - frame_nominal && n.other->until > from + frame_nominal;
        if (!certainly && !overlaps(*n.other, from, to())) continue;
        if (own) {
            blind = true;
            return margin_hopeless;
        }
        disturbances_.push_back({n.other, heard, (fades ? heard + fading::gain_max : heard).milliwatt()});
    }
    return disturbances_.empty() ? quiet : margin_among(wanted, receiver, from, interfered);
}

/// Far beyond either limit the exact margin tells nobody anything: what each disturbance can be at most, and what the
/// strongest are, mostly decide.
sim::db medium::margin_among(sim::dbm wanted, station_index receiver, sim::time_point at, bool& interfered) {
    constexpr sim::db rounding{10};
    const sim::dbm noise = receiver_.sensitivity - receiver_.co_channel;
    const sim::dbm bearable = wanted - receiver_.co_channel;  // disturbance at margin 0
    const double certain_mw = (bearable - margin_certain - rounding).milliwatt();
    const double hopeless_mw = (bearable - margin_hopeless + rounding).milliwatt();
    double rest_mw = 0;
    for (const disturbance& d : disturbances_) rest_mw += d.most_mw;
    double sum_mw = noise.milliwatt();
    for (std::size_t left = disturbances_.size(); left > 0; --left) {
        if (sum_mw + rest_mw < certain_mw) return margin_certain;
        disturbance* strongest = nullptr;
        for (disturbance& d : disturbances_)
            if (d.exact_mw < 0 && (strongest == nullptr || d.mean > strongest->mean)) strongest = &d;
        const sim::dbm heard = strongest->mean + fade(*strongest->what, receiver, at);
        strongest->exact_mw = heard < noise - negligible ? 0 : heard.milliwatt();
        sum_mw += strongest->exact_mw;
        rest_mw -= strongest->most_mw;
        if (sum_mw > hopeless_mw) {
            interfered = true;
            return margin_hopeless;
        }
    }
    double disturbance_mw = noise.milliwatt();
    bool any = false;
    for (const disturbance& d : disturbances_) {  // in the order in which they were found
        disturbance_mw += d.exact_mw;
        any = any || d.exact_mw > 0;
    }
    if (!any) return wanted - receiver_.sensitivity;
    if (disturbance_mw < certain_mw) return margin_certain;
    const sim::db m = bearable - sim::dbm::of_milliwatt(disturbance_mw);
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
                               station_index receiver, draw_purpose purpose, bool* hopeless) {
    bool interfered = false, blind = false;
    const sim::db m = margin(p, frame, start, bits, receiver, interfered, blind);
    if (blind) return reception::blind;
    const double error = a_field_error_probability(m);
    bool good = error == 0.0;
    if (hopeless != nullptr) *hopeless = error == 1.0;  // while the fades are what they are
    if (error > 0.0 && error < 1.0) {
        // The draw belongs to transmitter, receiver, carrier, slot and purpose, whoever else is there.
        const auto slot_count = static_cast<std::uint64_t>(frame * slots_per_frame + p.slot);
        const std::uint64_t what = static_cast<std::uint64_t>(purpose) << 8 | static_cast<std::uint64_t>(p.carrier);
        good =
            sim::random_unit(stations_[receiver].key, stations_[p.transmitter].key, slot_count << 12 | what) >= error;
    }
    if (observer_ != nullptr && purpose == draw_purpose::beacon) tell_beacon(*this, p, frame, receiver, good);
    if (good) return reception::good;
    return interfered ? reception::interfered : reception::too_weak;
}

void medium::beacons(std::int32_t centre_khz, station_index receiver, sim::time_point from, sim::time_point to,
                     std::vector<plan*>& found, sim::dbm weakest) {
    found.clear();
    const station_state& here = stations_[receiver];
    const sim::db least = fading_.on() ? margin_hopeless - fading::gain_max : margin_hopeless;
    const bool bounded = receiver_.sensitivity + least < weakest;
    const squared_reaches reach = bounded ? propagation_.reaches(power_max_ - weakest) : reach_.readable2;
    grid_.visit(here.place, bounded ? std::sqrt(reach[0]) : reach_.readable, [&](burst_grid::cell& cell, double) {
        for (const burst_grid::channel& c : cell.channels) {
            if (c.centre_khz != centre_khz) continue;
            for (const burst_grid::entry& e : c.bursts) {
                plan& p = *e.what;
                if (!p.broadcast || p.until <= from || p.since >= to || p.transmitter == receiver ||
                    beyond(reach, stations_[p.transmitter], here))
                    continue;
                const sim::dbm heard = level(p, receiver);
                if (heard - receiver_.sensitivity <= least || heard < weakest) continue;
                found.push_back(&p);
            }
        }
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
    const auto [earliest, latest] = std::minmax_element(when.begin(), when.end());
    const station_state& here = stations_[receiver];
    grid_.visit(here.place, reach_.measurable, [&](burst_grid::cell& cell, double) {
        for (const burst_grid::channel& c : cell.channels)
            for (const burst_grid::entry& e : c.bursts) {
                const plan& p = *e.what;
                if (p.transmitter == receiver || p.until <= *earliest || p.since > *latest ||
                    beyond(reach_.measurable2, stations_[p.transmitter], here))
                    continue;
                show(map, p, receiver, timing, in, when);
            }
    });
    return map;
}

/// What one plan shows in a measurement.
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
