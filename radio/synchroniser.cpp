#include "radio/synchroniser.h"

#include <algorithm>
#include <cstdlib>

#include "radio/paging.h"
#include "radio/site_air.h"
#include "radio/site_fixed_part.h"
#include "radio/t_mux.h"
#include "radio/timers.h"

namespace dectbed::radio {

namespace {

/// One look round: each carrier for as long as a search for a lock stays there, between the own slots.
sim::duration look_time(int carriers) { return carriers * lock_dwell_frames * frame_nominal; }

std::int64_t next_multiframe_number(const plan& p, std::int64_t frame) {
    const beacon& b = *p.broadcast;
    std::int64_t next = p.timing.next_frame_numbered(frame, qt_frame);
    for (int i = 0; i < qt_cycle_multiframes; ++i, next += frames_per_multiframe) {
        const system_information& sent = b.history.back().information;
        if (scheduled_qt(p.timing.multiframe(next), sent, b.band->extended()) == qt_kind::multiframe_number)
            return next;
    }
    return next;
}

}  // namespace

synchroniser::synchroniser(site_fixed_part& part, site_air& air, const synchronisation& config, std::int32_t own_ppb)
    : part_(part),
      air_(air),
      config_(config),
      own_ppb_(own_ppb),
      choice_(air.on_air().simulation().stream(part.who(), "radio synchronisation")) {
    if (used()) air_.chain(config_.system).push_back(this);
    if (config_.by == synchronisation::method::air)
        watch_ =
            std::make_unique<signal_watch>(air.on_air(), part.index(), T207, margin_lock, [this] { source_lost(); });
}

synchroniser::~synchroniser() {
    stop();
    for (synchroniser* f : followers_) {
        f->source_ = nullptr;
        if (f->watch_) f->watch_->stop();
        f->absence_ = kernel().after(T207, [f] { f->source_lost(); });
    }
    if (!used()) return;
    auto& members = air_.chain(config_.system);
    members.erase(std::remove(members.begin(), members.end(), this), members.end());
}

sim::kernel& synchroniser::kernel() const { return air_.on_air().simulation().kernel(); }
sim::time_point synchroniser::now() const { return air_.on_air().simulation().now(); }

// --- before it transmits -----------------------------------------------------------------------------------

void synchroniser::begin() {
    place_ = {static_cast<std::uint8_t>(is_root() ? 0 : 1), part_.identity().number(), 0};
    if (is_root()) {
        enter(synchronisation_state::free_running);
        part_.timed();
        return;
    }
    enter(synchronisation_state::searching);
    // Not all at the same instant, if all get power at the same instant.
    const auto patience = config_.search + sim::duration{choice_.between(0, config_.search.count())};
    deadline_ = kernel().after(patience, [this] {
        look_.cancel();
        acquiring_.cancel();
        enter(synchronisation_state::free_running);
        part_.timed();
    });
    look();
}

/// The source's multiframe number makes the timing complete; over the LAN its clock must settle.
void synchroniser::acquire(synchroniser& from, std::int64_t multiframes_left) {
    if (config_.by == synchronisation::method::lan) {
        acquiring_ = kernel().after(lan_settling, [this, weak = from.life(), &from] {
            if (weak.lock() && from.offers())
                acquired(from);
            else
                look();
        });
        return;
    }
    const plan_ptr p = from.part_.dummy_bearer();
    const std::int64_t frame = next_multiframe_number(*p, p->timing.frame_not_before(now(), p->slot));
    acquiring_ =
        kernel().at(p->burst_end(frame, bits_p00), [this, p, frame, multiframes_left, weak = from.life(), &from] {
            if (!weak.lock() || p->until <= now() || !from.offers()) {
                look();
                return;
            }
            const auto heard =
                air_.on_air().receive(p, frame, bits_p00, part_.index(), draw_purpose::beacon) == reception::good;
            if (heard)
                acquired(from);
            else if (multiframes_left > 0)
                acquire(from, multiframes_left - qt_cycle_multiframes);
            else
                look_soon();
        });
}

void synchroniser::acquired(synchroniser& from) {
    deadline_.cancel();
    look_.cancel();
    follow(from);
    part_.take_timing(from.part_.timing().shifted(error_));
    enter(synchronisation_state::synchronised);
    part_.timed();
}

void synchroniser::went_on_air() {
    // Whoever followed it before it was off follows another timing now.
    const auto stale = followers_;
    for (synchroniser* f : stale) f->source_lost();
    if (source_ == nullptr) {
        tell_neighbours();
    } else if (!source_->part_.on_air()) {
        source_lost();
    } else {
        if (watch_) watch_->watch(source_->part_.dummy_bearer());
        track();
        tell_neighbours();
    }
}

void synchroniser::stop() {
    for (sim::event_handle* h : {&deadline_, &look_, &acquiring_, &adjusting_, &absence_}) h->cancel();
    leave_source();
    life_ = std::make_shared<bool>(true);
    enter(synchronisation_state::none);
    if (config_.by != synchronisation::method::lan) return;
    // Over the air the others notice for themselves.
    for (synchroniser* f : followers_) f->absence_ = kernel().after(T207, [f] { f->source_lost(); });
}

// --- whom to follow ----------------------------------------------------------------------------------------

bool synchroniser::offers() const {
    return part_.on_air() &&
           (state_ == synchronisation_state::synchronised || state_ == synchronisation_state::free_running);
}

/// Whether the settings allow it to follow that one, and it does not follow this one itself.
bool synchroniser::follows(const synchroniser& other) const {
    if (&other == this || other.config_.by != config_.by || !other.offers()) return false;
    if (config_.level > 0 && (other.config_.level == 0 || other.config_.level >= config_.level)) return false;
    if (other.place_.hops >= config_.hops_max) return false;
    return other.place_.root != part_.identity().number();
}

/// `unclear`: somebody was there who could not be understood.
std::vector<synchroniser::candidate> synchroniser::heard(bool* unclear) const {
    std::vector<candidate> found;
    if (config_.by == synchronisation::method::lan) {
        for (synchroniser* s : air_.chain(config_.system))
            if (s->source_ == nullptr && follows(*s)) found.push_back({s, s->place_, {}});
        return found;
    }
    medium& m = air_.on_air();
    const band_plan& band = part_.carriers();
    std::vector<plan*> beacons;
    for (int c = 0; c < band.carriers; ++c) {
        m.beacons(band.centre[static_cast<std::size_t>(c)], part_.index(), now(), now() + sim::duration{1}, beacons);
        for (plan* p : beacons) {
            const fixed_peer* there = air_.fixed_part_at(p->transmitter);
            const site_fixed_part* fp = there == nullptr ? nullptr : there->own_mac();
            if (fp == nullptr || fp->dummy_bearer().get() != p) continue;
            synchroniser& s = fp->synchronisation_of();
            if (s.config_.system != config_.system || !follows(s)) continue;
            const sim::dbm level = m.level(*p, part_.index());
            if (level < config_.weakest) continue;
            const std::int64_t frame = p->timing.at(now()).frame - 1;
            const plan_ptr kept = p->shared_from_this();
            if (p->burst_start(frame) >= p->since &&
                m.receive(kept, frame, bits_p00, part_.index(), draw_purpose::beacon) != reception::good) {
                *unclear = true;
                continue;
            }
            found.push_back({&s, s.place_, level});
        }
    }
    return found;
}

void synchroniser::look_soon() {
    if (!used() || is_root() || look_.pending() || state_ == synchronisation_state::none) return;
    look_ = kernel().after(look_time(part_.carriers().carriers), [this] { look(); });
}

void synchroniser::look() {
    if (acquiring_.pending() || (state_ != synchronisation_state::searching && !part_.on_air())) return;
    bool unclear = false;
    const candidate* best = nullptr;
    const auto found = heard(&unclear);
    for (const candidate& c : found) {
        const bool equal = best != nullptr && !better(c.place, best->place) && !better(best->place, c.place);
        if (best == nullptr || better(c.place, best->place) ||
            (equal && (c.level > best->level ||
                       (c.level == best->level && c.source->part_.identity() < best->source->part_.identity()))))
            best = &c;
    }
    if (unclear && !look_.pending()) look_ = kernel().after(source_retry, [this] { look(); });
    if (best == nullptr) return;
    if (state_ == synchronisation_state::searching) {
        acquire(*best->source, lock_multiframes_max);
        return;
    }
    chain_place there = best->place;
    ++there.hops;
    if (!better(there, place_)) return;
    follow(*best->source);
    if (watch_) watch_->watch(source_->part_.dummy_bearer());
    track();
}

void synchroniser::follow(synchroniser& source) {
    leave_source();
    source_ = &source;
    const auto place = std::lower_bound(
        source.followers_.begin(), source.followers_.end(), this,
        [](const synchroniser* a, const synchroniser* b) { return a->part_.index() < b->part_.index(); });
    source.followers_.insert(place, this);
    const auto most = config_.by == synchronisation::method::lan ? lan_error : air_error(config_.hops_max);
    error_ = sim::duration{choice_.between(-most.count(), most.count())};
}

void synchroniser::leave_source() {
    absence_.cancel();
    adjusting_.cancel();
    if (watch_) watch_->stop();
    if (source_ == nullptr) return;
    auto& others = source_->followers_;
    others.erase(std::remove(others.begin(), others.end(), this), others.end());
    source_ = nullptr;
}

void synchroniser::source_lost() {
    leave_source();
    if (!part_.on_air()) return;
    run_free();
    enter(synchronisation_state::free_running);
    look_soon();
}

// --- in step -----------------------------------------------------------------------------------------------

/// The source's clock, or what it is on the air, has changed.
void synchroniser::source_changed() {
    if (!part_.on_air()) return;
    if (watch_ && watch_->watched() != source_->part_.dummy_bearer()) watch_->watch(source_->part_.dummy_bearer());
    track();
}

void synchroniser::timing_changed() {
    const auto all = followers_;
    for (synchroniser* f : all) f->source_changed();
}

void synchroniser::links_ended() {
    if (state_ == synchronisation_state::adjusting && !adjusting_.pending()) track();
}

void synchroniser::run_free() { part_.retime(part_.timing().retuned(now(), own_ppb_)); }

/// Towards the source's timing: what receivers bear at once; up to half a frame by 4.2.7's two bits a frame; more by
/// one long frame, which ends all bearers, when no link depends on them.
void synchroniser::track() {
    adjusting_.cancel();
    const station_timing theirs = source_->part_.timing(), own = part_.timing();
    const std::int64_t off = theirs.counted_bits_at(now()) - own.counted_bits_at(now());
    const std::int64_t distance = std::abs(off);
    const auto ns = static_cast<std::int64_t>(static_cast<double>(off) * own.bit_ps() / 1000.0);
    if (distance <= receiver_window_bits) {
        part_.retime(own.following(theirs, error_));
        enter(synchronisation_state::synchronised);
    } else if (distance <= adjustment_bits_max) {
        part_.retime(own.retuned(now(), theirs.ppb() + (off > 0 ? adjustment_ppb : -adjustment_ppb)));
        adjusting_ = kernel().after(distance * frame_nominal / adjustment_bits_per_frame, [this] { track(); });
        enter(synchronisation_state::adjusting, ns);
    } else if (!part_.has_links()) {
        part_.leap(theirs.shifted(error_));
        enter(synchronisation_state::synchronised, ns);
    } else {
        if (own.ppb() != own_ppb_) run_free();
        enter(synchronisation_state::adjusting);
    }
}

/// Its place, and that of all that follow it.
void synchroniser::renumber() {
    chain_place next{static_cast<std::uint8_t>(is_root() ? 0 : 1), part_.identity().number(), 0};
    if (source_ != nullptr) {
        next = source_->place_;
        ++next.hops;
    }
    place_ = next;
}

void synchroniser::enter(synchronisation_state next, std::int64_t corrected_ns) {
    state_ = next;
    if (!used()) return;
    const chain_place before = place_;
    if (next != synchronisation_state::none) renumber();
    if (told_.state == next && told_.source == source_ && told_.hops == place_.hops && corrected_ns == 0 &&
        same_root(before, place_))
        return;
    const bool moved = told_.hops != place_.hops || !same_root(before, place_);
    told_.state = next;
    told_.source = source_;
    told_.hops = place_.hops;
    sim::record::synchronisation_changed r;
    r.state = to_text(next);
    r.method = config_.by == synchronisation::method::lan ? "lan" : "air";
    if (source_ != nullptr) r.source = source_->part_.who();
    r.hops = place_.hops;
    r.corrected_ns = corrected_ns;
    air_.on_air().simulation().publish(part_.who(), r);
    if (!part_.on_air()) return;
    if (moved) {
        const auto all = followers_;
        for (synchroniser* f : all) f->enter(f->state_);
    }
    part_.slots_in_use_changed();
    tell_neighbours();
}

/// Whoever may hear it, and may follow it, looks round.
void synchroniser::tell_neighbours() {
    if (!used() || !offers()) return;
    medium& m = air_.on_air();
    const bool lan = config_.by == synchronisation::method::lan;
    if (lan && source_ != nullptr) return;  // nobody follows a follower there
    const plan& sent = *part_.dummy_bearer();
    const sim::position& here = m.place_of(part_.index());
    for (synchroniser* s : air_.chain(config_.system)) {
        if (s == this || s->config_.by != config_.by) continue;
        if (!lan) {
            const sim::position& there = m.place_of(s->part_.index());
            const double reach = m.losses().reach_m(sent.power - s->config_.weakest);
            const double dx = here.x_m - there.x_m, dy = here.y_m - there.y_m, dz = here.z_m - there.z_m;
            if (dx * dx + dy * dy + dz * dz > reach * reach || m.level(sent, s->part_.index()) < s->config_.weakest)
                continue;
        }
        s->look_soon();
    }
}

int synchroniser::listens_in() const {
    if (source_ == nullptr || !watch_ || !part_.on_air() || !source_->part_.on_air()) return -1;
    // In step, the source's slot is the own slot of the same number; else it slides through them.
    return state_ == synchronisation_state::synchronised ? source_->part_.dummy_bearer()->slot : -1;
}

std::uint16_t synchroniser::slots_of_sources() const {
    std::uint16_t slots = 0;
    if (config_.by != synchronisation::method::air || source_ == nullptr) return slots;
    bool unclear = false;
    for (const candidate& c : heard(&unclear))
        slots = static_cast<std::uint16_t>(slots | slot_bit(c.source->part_.dummy_bearer()->slot));
    if (!source_->part_.on_air()) return slots == all_slots_available ? std::uint16_t{0} : slots;
    const std::uint16_t needed = slot_bit(source_->part_.dummy_bearer()->slot);
    return slots == all_slots_available ? needed : static_cast<std::uint16_t>(slots | needed);
}

}  // namespace dectbed::radio
