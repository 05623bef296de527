#include "radio/medium.h"

#include <algorithm>
#include <cassert>

#include "radio/propagation.h"
#include "radio/timers.h"
#include "radio/transmission_monitor.h"

namespace dectbed::radio {

namespace {

__extension__ typedef __int128 wide;

constexpr std::int64_t frame_ps = frame_nominal.count();
constexpr std::int32_t unknown_loss = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t rounding_ps = 4;

// An indexing serves questions about instants this far before and after it. The longer, the seldomer it is made and
// the more bursts might have slid into each other meanwhile.
constexpr sim::duration index_span = 1s;
// Questions reach this far back: a receiver that stayed on one carrier asks at the end.
constexpr sim::duration look_back = scan_dwell_frames_max * frame_nominal + 200ms;

// A disturbance so far below the noise changes a margin by less than 0.05 dB.
constexpr sim::db negligible{20'000};

constexpr sim::duration bits_to_duration(std::int64_t bits) {  // rounded up
    return sim::duration{(bits * frame_ps + bits_per_frame - 1) / bits_per_frame};
}

std::int64_t modulo_frame(std::int64_t ps) {
    const std::int64_t r = ps % frame_ps;
    return r < 0 ? r + frame_ps : r;
}

}  // namespace

const system_information& beacon::at(sim::time_point t) const {
    const change* found = &history.front();
    for (const change& c : history)
        if (c.since <= t) found = &c;
    return found->information;
}

medium::medium(sim::simulation& s, path_loss_parameters loss, receiver_parameters receiver)
    : sim_(s), loss_parameters_(std::move(loss)), receiver_(receiver) {}

medium::~medium() {
    for (const plan_ptr& p : plans_) {
        p->maturity_.cancel();
        p->near_.clear();  // plans name each other
    }
}

station_index medium::add_station(sim::entity_id who, const sim::position& place) {
    station_state s;
    s.who = who;
    s.place = place;
    s.key = sim::stream_key(sim_.seed(), sim_.journal().path_of(who), "radio reception");
    stations_.push_back(std::move(s));
    return static_cast<station_index>(stations_.size() - 1);
}

void medium::move(station_index moved, const sim::position& place) {
    stations_[moved].place = place;
    stations_[moved].losses.clear();
    for (std::size_t i = moved + 1; i < stations_.size(); ++i)
        if (stations_[i].losses.size() > moved) stations_[i].losses[moved] = unknown_loss;
    for (std::size_t i = 0; i < watches_.size(); ++i) watches_[i]->station_moved(moved);
}

sim::db medium::loss(station_index a, station_index b) {
    const station_index high = std::max(a, b), low = std::min(a, b);
    auto& row = stations_[high].losses;
    if (row.size() <= low) row.resize(low + 1, unknown_loss);
    if (row[low] == unknown_loss)
        row[low] = path_loss(loss_parameters_, stations_[high].place, stations_[low].place).milli;
    return {row[low]};
}

sim::dbm medium::level(const plan& p, station_index receiver) { return p.power - loss(p.transmitter, receiver); }

// --- plans -------------------------------------------------------------------------------------------

plan_ptr medium::insert(plan p) {
    p.serial = ++serials_;
    p.centre_khz = plan_of(p.region).centre_khz(p.carrier);
    const std::int32_t ppb = p.timing.ppb() < 0 ? -p.timing.ppb() : p.timing.ppb();
    if (ppb > ppb_max_) {
        ppb_max_ = ppb;
        dirty_ = true;
    }
    auto made = std::make_shared<plan>(std::move(p));
    if (monitor_ != nullptr) made->against_rules_ = monitor_->began(made, stations_[made->transmitter].who);
    plans_.push_back(made);
    if (made->broadcast) beacons_[made->centre_khz].push_back(made);
    if (dirty_) return made;
    if (const auto now = sim_.now(); now > indexed_at_ + index_span) {
        dirty_ = true;
        return made;
    }
    // Keep the index: put the newcomer in its place, and tell those whose bursts it may meet.
    const std::int64_t phase = phase_of(*made);
    visit_overlapping(indexed_at_ + sim::duration{phase}, bits_to_duration(made->bits), 2 * drift(index_span, ppb_max_),
                      [&](const indexed& other) {
                          if (other.what->near_of_ == indexing_) other.what->near_.push_back({made, false});
                      });
    const auto place = std::upper_bound(index_.begin(), index_.end(), phase,
                                        [](std::int64_t v, const indexed& e) { return v < e.phase; });
    index_.insert(place, {phase, made});
    return made;
}

plan_ptr medium::begin(plan p) {
    static_assert(T201 == T207, "one maturity serves both");
    auto made = insert(std::move(p));
    made->maturity_ = sim_.kernel().after(T207, [this, weak = std::weak_ptr<plan>(made)] {
        if (auto p_now = weak.lock()) matured(p_now);
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
    for (std::size_t i = 0; i < watches_.size(); ++i) watches_[i]->plan_ended(*p);
}

void medium::matured(const plan_ptr& p) {
    for (std::size_t i = 0; i < watches_.size(); ++i) watches_[i]->plan_matured(*p);
}

std::size_t medium::live_plans() const {
    std::size_t n = 0;
    for (const plan_ptr& p : plans_) n += p->until > sim_.now() ? 1 : 0;
    return n;
}

// --- which bursts meet -----------------------------------------------------------------------------------

std::int64_t medium::drift(sim::duration span, std::int32_t ppb) {
    return span.count() / 1'000'000'000 * ppb + ppb + rounding_ps;
}

std::int64_t medium::phase_of(const plan& p) const {
    const std::int64_t frame = p.timing.frame_not_before(indexed_at_, p.slot);
    return modulo_frame((p.burst_start(frame) - indexed_at_).count());
}

void medium::forget_before(sim::time_point t) {
    const auto old = [&](const plan_ptr& p) { return p->until < t; };
    for (const plan_ptr& p : plans_) p->near_.clear();
    plans_.erase(std::remove_if(plans_.begin(), plans_.end(), old), plans_.end());
    for (auto& [khz, list] : beacons_) list.erase(std::remove_if(list.begin(), list.end(), old), list.end());
}

void medium::reindex(sim::time_point around) {
    indexed_at_ = around;
    ++indexing_;
    dirty_ = false;
    forget_before(std::min(around, sim_.now()) - look_back);
    index_.clear();
    index_.reserve(plans_.size());
    for (const plan_ptr& p : plans_) index_.push_back({phase_of(*p), p});
    std::stable_sort(index_.begin(), index_.end(),
                     [](const indexed& a, const indexed& b) { return a.phase < b.phase; });
}

void medium::ensure_indexed(sim::time_point t) {
    if (!dirty_ && t <= indexed_at_ + index_span && t >= indexed_at_ - index_span) return;
    // Most questions are about the last few frames; what will be asked next lies after `t`.
    const auto now = sim_.now();
    reindex(t >= now - index_span ? now : t + index_span);
}

template <class Visitor>
void medium::visit_overlapping(sim::time_point from, sim::duration length, std::int64_t slack, Visitor&& visit) const {
    if (index_.empty()) return;
    const std::int64_t before = bits_to_duration(bits_p32).count() + slack;
    const std::int64_t first = modulo_frame((from - indexed_at_).count() - before);
    const std::int64_t width = std::min(before + length.count() + slack, frame_ps - 1);
    const auto begin = std::lower_bound(index_.begin(), index_.end(), first,
                                        [](const indexed& e, std::int64_t v) { return e.phase < v; });
    std::size_t i = static_cast<std::size_t>(begin - index_.begin());
    for (std::size_t n = 0; n < index_.size(); ++n, ++i) {
        if (i == index_.size()) i = 0;
        if (modulo_frame(index_[i].phase - first) > width) return;
        visit(index_[i]);
    }
}

const std::vector<plan::neighbour>& medium::neighbours(const plan_ptr& p) {
    if (p->near_of_ != indexing_) {
        p->near_of_ = indexing_;
        p->near_.clear();
        const std::int64_t ours = phase_of(*p);
        const std::int64_t least_ps = bits_to_duration(bits_p00).count();  // the least that anybody receives
        const std::int64_t most_ps = bits_to_duration(p->bits).count();
        visit_overlapping(
            indexed_at_ + sim::duration{ours}, bits_to_duration(p->bits), 2 * drift(index_span, ppb_max_),
            [&](const indexed& other) {
                if (other.what == p) return;
                std::int64_t distance = modulo_frame(other.phase - ours);
                if (distance > frame_ps / 2) distance -= frame_ps;
                const std::int64_t theirs_ps = other.what->bits * frame_ps / bits_per_frame;
                // How far the two slide against each other while this holds.
                const std::int64_t slack = drift(index_span, std::abs(other.what->timing.ppb() - p->timing.ppb()));
                if (distance > most_ps + slack || distance + theirs_ps < -slack) return;
                p->near_.push_back({other.what, distance < least_ps - slack && distance + theirs_ps > slack});
            });
    }
    return p->near_;
}

bool medium::overlaps(const plan& p, sim::time_point from, sim::time_point to) const {
    // The last burst that starts before `to`; an earlier one ended a frame ago.
    std::int64_t frame = p.timing.at(to).frame;
    auto start = p.burst_start(frame);
    if (start >= to) start = p.burst_start(--frame);
    return p.sends_at(start) && (start >= from || p.burst_end(frame, p.bits) > from);
}

// --- reception -------------------------------------------------------------------------------------------

sim::db medium::margin(const plan_ptr& p, std::int64_t frame, sim::time_point from, std::int64_t bits,
                       station_index receiver, bool& interfered, bool& blind) {
    interfered = blind = false;
    const sim::dbm wanted = level(*p, receiver);
    const sim::db quiet = wanted - receiver_.sensitivity;
    if (quiet <= margin_hopeless) return quiet;
    ensure_indexed(from);
    sim::time_point end{};  // worked out when something needs it
    const auto to = [&] { return end > from ? end : end = p->burst_end(frame, bits); };
    const sim::dbm noise = receiver_.sensitivity - receiver_.co_channel;
    double disturbance_mw = noise.milliwatt();
    // First all that might overlap: mostly it is too weak to matter, and no clocks need be compared.
    audible_.clear();
    for (const auto& [other, certainly] : neighbours(p)) {
        if (other->transmitter == p->transmitter || other->until <= from - frame_nominal) continue;
        if (other->transmitter == receiver) {
            if (overlaps(*other, from, to())) {
                blind = true;
                return margin_hopeless;
            }
            continue;
        }
        const int apart = channels_apart(other->centre_khz, p->centre_khz);
        const sim::dbm heard = level(*other, receiver) - rejection_at(receiver_, apart);
        if (heard < noise - negligible) continue;
        audible_.push_back({other.get(), certainly, heard.milliwatt()});
        disturbance_mw += audible_.back().milliwatt;
    }
    if (audible_.empty()) return quiet;
    // Far beyond either limit the exact margin, and its logarithm, tells nobody anything.
    constexpr sim::db rounding{10};
    const sim::dbm bearable = wanted - receiver_.co_channel;  // disturbance at margin 0
    const double certain_mw = (bearable - margin_certain - rounding).milliwatt();
    if (disturbance_mw < certain_mw) return margin_certain;

    disturbance_mw = noise.milliwatt();
    bool overlapped = false;
    for (const disturber& d : audible_) {
        const bool throughout = d.certainly && d.what->since <= from - frame_nominal && d.what->until > to();
        if (!throughout && !overlaps(*d.what, from, to())) continue;
        disturbance_mw += d.milliwatt;
        overlapped = true;
    }
    if (!overlapped) return quiet;
    if (disturbance_mw < certain_mw) return margin_certain;
    interfered = true;
    if (disturbance_mw > (bearable - margin_hopeless + rounding).milliwatt()) return margin_hopeless;
    const sim::db m = bearable - sim::dbm::of_milliwatt(disturbance_mw);
    interfered = m < margin_certain;
    return m;
}

reception medium::receive(const plan_ptr& p, std::int64_t frame, std::int64_t bits, station_index receiver,
                          draw_purpose purpose, bool* hopeless) {
    if (hopeless != nullptr) *hopeless = false;
    const auto start = p->burst_start(frame);
    return p->sends_at(start) ? receive_sent(p, frame, start, bits, receiver, purpose, hopeless) : reception::not_sent;
}

reception medium::receive_sent(const plan_ptr& p, std::int64_t frame, sim::time_point start, std::int64_t bits,
                               station_index receiver, draw_purpose purpose, bool* hopeless) {
    bool interfered = false, blind = false;
    const sim::db m = margin(p, frame, start, bits, receiver, interfered, blind);
    if (blind) return reception::blind;
    const double error = a_field_error_probability(m);
    bool good = error == 0.0;
    if (hopeless != nullptr) *hopeless = error == 1.0;
    if (error > 0.0 && error < 1.0) {
        // The draw belongs to transmitter, receiver, carrier, slot and purpose, whoever else is there.
        const auto slot_count = static_cast<std::uint64_t>(frame * slots_per_frame + p->slot);
        const std::uint64_t what = static_cast<std::uint64_t>(purpose) << 8 | static_cast<std::uint64_t>(p->carrier);
        good =
            sim::random_unit(stations_[receiver].key, stations_[p->transmitter].key, slot_count << 12 | what) >= error;
    }
    if (observer_ != nullptr && purpose == draw_purpose::beacon) tell_beacon(*this, *p, frame, receiver, good);
    if (good) return reception::good;
    return interfered ? reception::interfered : reception::too_weak;
}

const std::vector<plan_ptr>& medium::beacons(std::int32_t centre_khz) const {
    static const std::vector<plan_ptr> none;
    const auto found = beacons_.find(centre_khz);
    return found == beacons_.end() ? none : found->second;
}

medium::rssi_map medium::measure(station_index receiver, const station_timing& timing, const band_plan& in,
                                 const std::vector<sim::time_point>& when) {
    const std::size_t carriers = std::min(static_cast<std::size_t>(in.carriers), when.size());
    rssi_map map;
    map.at.resize(carriers);
    for (auto& carrier : map.at) carrier.fill(receiver_.rssi_floor);
    for (const plan_ptr& p : plans_) {
        if (p->transmitter == receiver) continue;
        const sim::dbm own = level(*p, receiver);
        if (own <= receiver_.rssi_floor) continue;
        int first = -1, last = 0;
        for (std::size_t c = 0; c < carriers; ++c) {
            const sim::dbm heard = own - leakage_at(receiver_, channels_apart(in.centre[c], p->centre_khz));
            const auto t = when[c];
            if (heard <= receiver_.rssi_floor || p->since > t || p->until <= t) continue;
            if (first < 0) {  // where its bursts lie in our slots; they do not move much in one measurement
                const auto start = timing.at(p->burst_start(p->timing.frame_not_before(t, p->slot)));
                first = start.slot;
                last = static_cast<int>((start.slot * bits_per_slot + start.bit + p->bits - 1) / bits_per_slot);
            }
            for (int s = first; s <= last; ++s) {
                auto& cell = map.at[c][static_cast<std::size_t>(s) % static_cast<std::size_t>(slots_per_frame)];
                cell = std::max(cell, heard);
            }
        }
    }
    return map;
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
    const std::int64_t ours_ps = bits_to_duration(bits_p00).count(), theirs_ps = bits_to_duration(other.bits).count();
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
    auto soonest = never;
    for (const plan_ptr& other : plans_) {
        // Younger transmissions are looked at when they have lasted for the period.
        if (other.get() == &p || other->since + period > sim_.now()) continue;
        soonest = std::min(soonest, jammed_at(p, *other, receiver, good_from, period, margin_min));
    }
    return soonest;
}

}  // namespace dectbed::radio
