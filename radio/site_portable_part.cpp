#include "radio/site_portable_part.h"

#include <algorithm>

#include "radio/broadcast.h"
#include "radio/fixed_peer.h"
#include "radio/slot_type.h"
#include "radio/timers.h"

namespace dectbed::radio {

namespace {
bool announces_extended(const system_information& i) {
    return (i.fixed_part_capabilities & capability_bit(extended_capabilities_follow)) != 0;
}
}  // namespace

site_portable_part::site_portable_part(site_air& air, sim::entity_id who, const config& c)
    : station(air.on_air(), who, c.place),
      air_(air),
      config_(c),
      channel_choice_(air.on_air().simulation().stream(who, "radio channel selection")),
      pmid_choice_(air.on_air().simulation().stream(who, "radio pmid")),
      band_(&plan_of(band::none)),
      lock_watch_(std::make_unique<signal_watch>(medium_, index(), T207, margin_lock, [this] { lock_lost(); })) {}

site_portable_part::~site_portable_part() {
    events_ = {};
    set_power(false);
}

void site_portable_part::set_power(bool on) {
    if (on == (state_ != portable_part_state::off)) return;
    if (on) {
        state_ = portable_part_state::idle_unlocked;
        return;
    }
    forget_notices();
    activity_.cancel();
    information_.cancel();
    supervision_again_.cancel();
    withdraw_request();
    state_ = portable_part_state::off;
    end_handover(to_text(release_reason::radio_off));
    if (auto c = link_on_.lock()) c->drop(side::portable);
    dlc_.reset();
    if (linked_) publish(sim::record::bearer_changed{false, link_peer_, to_text(release_reason::radio_off)});
    if (locked()) publish_lock(false, to_text(unlock_reason::radio_off));
    linked_ = called_ = false;
    assigned_pmid_ = 0;
    answer_ = call_answer::confirm;
    link_on_.reset();
    lock_watch_->stop();
    forget_fixed_part();
    seen_ = {};
    seen_when_ = {};
    found_.clear();
    stays_.clear();
    medium_.has_asked(*this);
}

void site_portable_part::move_to(const sim::position& place) {
    hear_stays();
    hear_before_move();
    medium_.move(index(), place);
    if (linked_) look_for_better();
}

void site_portable_part::leave(unlock_reason why) {
    if (state_ == portable_part_state::off) return;
    activity_.cancel();
    information_.cancel();
    hear_stays();
    if (state_ == portable_part_state::setting_up) setup_failed(release_reason::setup_failed);
    end_handover("link lost");
    if (auto c = link_on_.lock(); c && linked_) c->release(side::portable, release_reason::normal);
    state_ = portable_part_state::idle_unlocked;
    if (!locked()) return;
    publish_lock(false, to_text(why));
    lock_watch_->stop();
    forget_fixed_part();
    notify([this, why] {
        if (events_.unlocked) events_.unlocked(why);
    });
}

void site_portable_part::publish_lock(bool locked_now, const char* reason) const {
    publish(sim::record::lock_changed{locked_now, locked_to_->broadcast->who, to_text(entry_.identity), reason,
                                      entry_.rssi.milli});
}

void site_portable_part::forget_fixed_part() {
    if (fixed_peer* fp = fixed_part_locked_to()) fp->listen(*this, false);
    locked_to_.reset();
    listens_in_ = listens_nowhere;
    pages_.clear();
    announced_ = announced_before_ = {};
    page_on_bearer_.cancel();
    heard_before_move_.clear();
}

fixed_peer* site_portable_part::fixed_part_locked_to() const {
    return locked() ? air_.fixed_part_at(locked_to_->transmitter) : nullptr;
}

// --- scan --------------------------------------------------------------------------------------------------

void site_portable_part::scan(band b, int dwell_frames, int strongest) {
    if (state_ == portable_part_state::off) return;
    leave(unlock_reason::requested);
    state_ = portable_part_state::scanning;
    band_ = &plan_of(b);
    air_.used(*band_);
    // Less than two frames show nothing, because the first one is lost to settling.
    dwell_frames_ = std::clamp(dwell_frames, 2, static_cast<int>(scan_dwell_frames_max));
    found_max_ = strongest > 0 ? static_cast<std::size_t>(strongest) : no_bound;
    carrier_ = -1;
    found_.clear();
    forget_sightings();
    began_ = carrier_began_ = now();
    scan_next_carrier();
}

void site_portable_part::scan_next_carrier() {
    if (carrier_ >= 0) {
        stays_.push_back({carrier_, carrier_began_, now()});
        if (may_ask_later())
            medium_.asks_later(*this);
        else
            hear_stays();
    }
    if (++carrier_ >= band_->carriers) {
        hear_stays();
        scan_done();
        return;
    }
    carrier_began_ = now();
    activity_ = kernel().after(dwell_frames_ * frame_nominal, [this] { scan_next_carrier(); });
}

/// Whoever wants the strongest asks at the end of the scan: what is weaker than so many on other carriers need not be
/// received. Not while a capture shows what was received when.
bool site_portable_part::may_ask_later() const {
    const auto next = now() + dwell_frames_ * frame_nominal;
    return bounded() && medium_.observer() == nullptr && next - stays_.front().from <= medium_.patience();
}

/// What came on carriers between two instants each. The receiver has no frame of its own yet: it decodes
/// whatever begins with a synchronisation word and is not drowned.
void site_portable_part::hear_stays() {
    if (stays_.empty()) return;
    const auto stays = std::move(stays_);
    stays_.clear();
    medium_.has_asked(*this);
    if (bounded()) {
        hear_strongest(stays);
        return;
    }
    for (const stay& s : stays) hear_all(s);
}

void site_portable_part::hear_all(const stay& s) {
    std::vector<plan*> beacons;
    medium_.beacons(band_->centre[static_cast<std::size_t>(s.carrier)], index(), s.from, s.to, beacons);
    for (plan* p : beacons) {
        const auto heard = hear(p, s);
        if (!heard) continue;
        note_sighting(heard->identity, p->carrier, s.to);
        found_.push_back(*heard);
    }
}

/// In the order of their levels, until so many are found. How loud one is, is asked when it may be its turn.
void site_portable_part::hear_strongest(const std::vector<stay>& stays) {
    struct candidate {
        sim::dbm level;
        bool exact;
        std::size_t during;
        plan* what;
    };
    const auto later = [](const candidate& a, const candidate& b) {
        if (a.level != b.level) return a.level < b.level;
        if (a.exact != b.exact) return a.exact;
        return a.during != b.during ? a.during > b.during : a.what->serial > b.what->serial;
    };
    const auto louder = [](const scan_entry& a, const scan_entry& b) { return a.rssi > b.rssi; };
    const auto enough = [this] { return found_.size() >= found_max_; };  // with the weakest in front, then
    std::vector<candidate> open;
    std::vector<medium::possible_beacon> beacons;
    for (std::size_t i = 0; i < stays.size(); ++i) {
        beacons.clear();
        medium_.possible_beacons(band_->centre[static_cast<std::size_t>(stays[i].carrier)], index(), stays[i].from,
                                 stays[i].to, enough() ? found_.front().rssi : medium::nothing_weaker, beacons);
        for (const auto& b : beacons) open.push_back({b.most, false, i, b.what});
    }
    std::make_heap(open.begin(), open.end(), later);
    std::vector<medium::drowner> strongest(stays.size() * static_cast<std::size_t>(slots_per_frame));
    std::vector<std::pair<std::size_t, plan*>> sighted;
    while (!open.empty()) {
        std::pop_heap(open.begin(), open.end(), later);
        candidate& next = open.back();
        if (enough() && next.level <= found_.front().rssi) break;
        if (!next.exact) {
            next.level = medium_.level(*next.what, index());
            next.exact = true;
            if (medium_.may_be_read(next.level))
                std::push_heap(open.begin(), open.end(), later);
            else
                open.pop_back();
            continue;
        }
        const candidate c = next;
        open.pop_back();
        // Mostly the strongest in the same slot drowns the others there.
        auto& there =
            strongest[c.during * static_cast<std::size_t>(slots_per_frame) + static_cast<std::size_t>(c.what->slot)];
        const auto heard = hear(c.what, stays[c.during], there);
        if (there.what == nullptr) there = {c.what, c.level};
        if (!heard) continue;
        sighted.emplace_back(c.during, c.what);
        found_.push_back(*heard);
        std::push_heap(found_.begin(), found_.end(), louder);
        if (found_.size() <= found_max_) continue;
        std::pop_heap(found_.begin(), found_.end(), louder);
        found_.pop_back();
    }
    std::stable_sort(sighted.begin(), sighted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [during, p] : sighted) note_sighting(p->broadcast->identity, p->carrier, stays[during].to);
}

void site_portable_part::note_sighting(const rfpi& identity, int carrier, sim::time_point at) {
    if (seen_when_.empty() || seen_when_.back().second != at) seen_when_.emplace_back(seen_.size(), at);
    seen_.push_back(identity.number() << 8 | static_cast<std::uint64_t>(carrier));
}

/// What is older than T209 is of no use any more.
void site_portable_part::forget_sightings() {
    std::size_t old = 0;
    while (old < seen_when_.size() && seen_when_[old].second + T209 < now()) ++old;
    if (old == 0) return;
    const std::size_t first = old < seen_when_.size() ? seen_when_[old].first : seen_.size();
    seen_.erase(seen_.begin(), seen_.begin() + static_cast<std::ptrdiff_t>(first));
    seen_when_.erase(seen_when_.begin(), seen_when_.begin() + static_cast<std::ptrdiff_t>(old));
    for (auto& when : seen_when_) when.first -= first;
}

/// Carrier on which a fixed part was heard last, within T209; -1: on none.
int site_portable_part::carrier_seen(const rfpi& identity) const {
    for (std::size_t i = seen_.size(), group = seen_when_.size(); i-- > 0;) {
        while (seen_when_[group - 1].first > i) --group;
        if (seen_[i] >> 8 != identity.number()) continue;
        return seen_when_[group - 1].second + T209 >= now() ? static_cast<int>(seen_[i] & 0xFF) : -1;
    }
    return -1;
}

std::optional<scan_entry> site_portable_part::hear(plan* p, const stay& s, medium::drowner by) {
    const station_timing& t = p->timing;
    const std::int64_t first = t.frame_not_before(std::max(s.from + settle_time, p->since), p->slot);
    sim::time_point start{};
    const auto in_time = [&](std::int64_t frame) {
        start = p->burst_start(frame);
        return p->sends_at(start) && (s.to - start >= frame_nominal || p->burst_end(frame, bits_p00) <= s.to);
    };
    const auto received = [&](std::int64_t frame, bool* hopeless) {
        return medium_.receive_sent(*p, frame, start, bits_p00, index(), draw_purpose::beacon, hopeless, &by) ==
               reception::good;
    };
    bool identified = false;
    for (std::int64_t frame = first, step = 1; in_time(frame) && !identified; frame += step) {
        step = 1;
        if (!broadcasts_identity(*p, frame)) continue;
        bool hopeless = false;
        identified = received(frame, &hopeless);
        // What drowns it does not slide away within a multiframe, nor does it fade before the next block begins.
        if (hopeless && !medium_.fades().on()) step = frames_per_multiframe;
        if (hopeless && medium_.fades().on() && bounded()) {
            const auto left = medium_.fades().start_of(medium_.fades().block_of(start) + 1) - start;
            step = std::clamp<std::int64_t>(left / frame_nominal + 1, 1, frames_per_multiframe);
        }
    }
    if (!identified) return std::nullopt;

    scan_entry e;
    e.identity = p->broadcast->identity;
    e.who = p->broadcast->who;
    e.carrier = p->carrier;
    e.slot = p->slot;
    e.rssi = medium_.level(*p, index());
    for (std::int64_t frame = t.next_frame_numbered(first, qt_frame); in_time(frame); frame += frames_per_multiframe) {
        const system_information& info = p->broadcast->at(start);
        const bool escape_set = info.escape_emc != 0;
        if (e.heard_capabilities && (e.heard_escape || !escape_set)) break;
        const qt_kind kind = scheduled_qt(t.multiframe(frame), info, p->broadcast->band->extended());
        const bool wanted =
            (kind == qt_kind::capabilities && !e.heard_capabilities) || (kind == qt_kind::escape && !e.heard_escape);
        if (!wanted || !received(frame, nullptr)) continue;
        learn(e, kind, info);
    }
    return e;
}

/// Takes one QT message into what is known of a fixed part.
void site_portable_part::learn(scan_entry& e, qt_kind kind, const system_information& info) {
    switch (kind) {
        case qt_kind::capabilities:
            e.heard_capabilities = true;
            e.information.fixed_part_capabilities = info.fixed_part_capabilities;
            if (!announces_extended(info)) e.information.extended_capabilities = 0;
            return;
        case qt_kind::escape:
            e.heard_escape = true;
            e.information.escape_emc = info.escape_emc;
            e.information.escape_data = info.escape_data;
            return;
        case qt_kind::static_information:
            if (info.escape_emc != 0) return;  // the ESC bit: no escape message is sent any more
            e.heard_escape = false;
            e.information.escape_emc = 0;
            e.information.escape_data = 0;
            return;
        case qt_kind::extended_capabilities_part_2:
            e.information.extended_capabilities = info.extended_capabilities;
            return;
        case qt_kind::extended_carriers:
        case qt_kind::extended_capabilities:
        case qt_kind::multiframe_number:
            return;
    }
}

void site_portable_part::scan_done() {
    state_ = portable_part_state::idle_unlocked;
    // A fixed part that was heard twice, because it began anew, counts where it was loudest, or last.
    std::stable_sort(found_.begin(), found_.end(), [this](const scan_entry& a, const scan_entry& b) {
        return a.identity != b.identity ? a.identity < b.identity
                                        : band_->place_of(a.carrier) < band_->place_of(b.carrier);
    });
    std::size_t kept = 0;
    for (std::size_t i = 0; i < found_.size(); ++i) {
        if (kept > 0 && found_[kept - 1].identity == found_[i].identity) {
            if (found_[i].rssi >= found_[kept - 1].rssi) found_[kept - 1] = found_[i];
        } else {
            found_[kept++] = found_[i];
        }
    }
    found_.resize(kept);
    seen_.shrink_to_fit();
    std::stable_sort(found_.begin(), found_.end(), [](const scan_entry& a, const scan_entry& b) {
        return a.rssi != b.rssi ? a.rssi > b.rssi : a.identity < b.identity;
    });
    publish(sim::record::scan_finished{static_cast<std::int64_t>(found_.size()), now() - began_});
    notify([this, found = std::move(found_)] {
        if (events_.scanned) events_.scanned(found);
    });
    found_.clear();
}

// --- lock --------------------------------------------------------------------------------------------------

void site_portable_part::lock(band b, const rfpi& identity) {
    if (state_ == portable_part_state::off) return;
    leave(unlock_reason::requested);
    state_ = portable_part_state::searching;
    band_ = &plan_of(b);
    air_.used(*band_);
    wanted_ = identity;
    search_order_.clear();
    search_at_ = 0;
    const int likely = band_->place_of(carrier_seen(identity));
    if (likely >= 0) search_order_.push_back(likely);
    for (int c = 0; c < band_->carriers; ++c)
        if (c != likely) search_order_.push_back(c);
    search_carrier();
}

void site_portable_part::search_carrier() {
    if (search_at_ >= search_order_.size()) {
        search_failed();
        return;
    }
    carrier_ = search_order_[search_at_];
    carrier_began_ = now();
    std::vector<plan*> beacons;
    const auto this_instant = now();
    medium_.beacons(band_->centre[static_cast<std::size_t>(carrier_)], index(), this_instant,
                    this_instant + sim::duration{1}, beacons, medium::nothing_weaker, &wanted_);
    plan_ptr best;
    for (plan* p : beacons)
        if (!best || medium_.level(*p, index()) > medium_.level(*best, index())) best = p->shared_from_this();
    if (!best) {
        activity_ = kernel().after(lock_dwell_frames * frame_nominal, [this] { search_next_carrier(); });
        return;
    }
    const std::int64_t frame = best->timing.frame_not_before(now() + settle_time, best->slot);
    activity_ = kernel().at(best->burst_end(frame, bits_p00), [this, best, frame] { try_identity(best, frame); });
}

void site_portable_part::search_next_carrier() {
    ++search_at_;
    search_carrier();
}

void site_portable_part::try_identity(const plan_ptr& p, std::int64_t frame) {
    if (broadcasts_identity(*p, frame) &&
        medium_.receive(p, frame, bits_p00, index(), draw_purpose::beacon) == reception::good) {
        note_sighting(wanted_, p->carrier, now());
        entry_ = {};
        entry_.identity = wanted_;
        entry_.carrier = p->carrier;
        entry_.slot = p->slot;
        heard_static_ = heard_extended_ = false;
        qt_deadline_frame_ = frame + lock_multiframes_max * frames_per_multiframe;
        await_qt(p, frame + 1);
        return;
    }
    const auto again = p->burst_end(frame + 1, bits_p00);
    const auto window_end = carrier_began_ + lock_dwell_frames * frame_nominal;
    if (again <= window_end) {
        activity_ = kernel().at(again, [this, p, frame] { try_identity(p, frame + 1); });
    } else {
        activity_ = kernel().at(window_end, [this] { search_next_carrier(); });
    }
}

void site_portable_part::await_qt(const plan_ptr& p, std::int64_t frame) {
    const std::int64_t next = p->timing.next_frame_numbered(frame, qt_frame);
    if (next > qt_deadline_frame_) {
        search_next_carrier();
        return;
    }
    activity_ = kernel().at(p->burst_end(next, bits_p00), [this, p, next] { hear_qt(p, next); });
}

void site_portable_part::hear_qt(const plan_ptr& p, std::int64_t frame) {
    const reception r = medium_.receive(p, frame, bits_p00, index(), draw_purpose::beacon);
    if (r == reception::not_sent) {
        search_next_carrier();
        return;
    }
    if (r == reception::good) {
        const system_information& info = p->broadcast->at(p->burst_start(frame));
        const qt_kind kind = scheduled_qt(p->timing.multiframe(frame), info, band_->extended());
        learn(entry_, kind, info);
        if (kind == qt_kind::static_information) heard_static_ = true;
        if (kind == qt_kind::extended_carriers) heard_extended_ = true;
        if (heard_static_ && (heard_extended_ || !band_->extended()) && entry_.heard_capabilities) {
            locked_now(p);
            return;
        }
    }
    await_qt(p, frame + 1);
}

void site_portable_part::locked_now(const plan_ptr& p) {
    state_ = portable_part_state::idle_locked;
    lock_to(p, "found");
    notify([this, entry = entry_] {
        if (events_.locked) events_.locked(true, entry);
    });
    follow_information();
}

void site_portable_part::lock_to(const plan_ptr& p, const char* reason) {
    locked_to_ = p;
    locked_since_ = now();
    if (fixed_peer* fp = fixed_part_locked_to()) fp->listen(*this, true);
    entry_.rssi = medium_.level(*p, index());
    lock_watch_->watch(p);
    publish_lock(true, reason);
}

void site_portable_part::search_failed() {
    state_ = portable_part_state::idle_unlocked;
    scan_entry nothing;
    nothing.identity = wanted_;
    notify([this, nothing] {
        if (events_.locked) events_.locked(false, nothing);
    });
}

void site_portable_part::lock_lost() {
    if (linked_ || state_ == portable_part_state::setting_up) {
        lock_watch_->watch(locked_to_);  // Active_Locked: the bearer is what counts
        return;
    }
    leave(unlock_reason::signal_lost);
}

void site_portable_part::fixed_part_returned(const fixed_peer& part) {
    if (!locked() || !lock_watch_->signal_bad() || part.station_at() != locked_to_->transmitter) return;
    const plan& now_sent = *part.dummy_bearer();
    if (now_sent.carrier != locked_to_->carrier || now_sent.slot != locked_to_->slot) return;
    locked_to_ = part.dummy_bearer();  // as if it had never been away
    heard_before_move_.clear();
    lock_watch_->watch(locked_to_);
    follow_information();
}

// --- what the fixed part broadcasts, while locked -------------------------------------------------------------

void site_portable_part::information_changed_at(const fixed_peer& part) {
    if (locked() && locked_to_->transmitter == part.station_at()) follow_information();
}

/// Arranges to hear the next QT message that tells something new; nothing is arranged if there is none.
void site_portable_part::follow_information() {
    information_.cancel();
    const plan_ptr p = locked_to_;
    if (!p || p->until <= now()) return;
    const system_information& sent = p->broadcast->history.back().information;
    const system_information& known = entry_.information;
    const bool escape_set = sent.escape_emc != 0;
    const bool capabilities =
        !entry_.heard_capabilities || known.fixed_part_capabilities != sent.fixed_part_capabilities;
    const bool escape = escape_set && (!entry_.heard_escape || known.escape_emc != sent.escape_emc ||
                                       known.escape_data != sent.escape_data);
    const bool no_escape = !escape_set && entry_.heard_escape;
    const bool extended = sent.extended_capabilities != 0 && known.extended_capabilities != sent.extended_capabilities;
    if (!capabilities && !escape && !no_escape && !extended) return;
    std::int64_t frame = p->timing.next_frame_numbered(p->timing.frame_not_before(now(), p->slot), qt_frame);
    for (int i = 0; i < qt_cycle_multiframes; ++i, frame += frames_per_multiframe) {
        const qt_kind kind = scheduled_qt(p->timing.multiframe(frame), sent, band_->extended());
        if (!(capabilities && kind == qt_kind::capabilities) && !(escape && kind == qt_kind::escape) &&
            !(no_escape && kind == qt_kind::static_information) &&
            !(extended && kind == qt_kind::extended_capabilities_part_2))
            continue;
        information_ = kernel().at(p->burst_end(frame, bits_p00), [this, p, frame] { hear_change(p, frame); });
        return;
    }
}

void site_portable_part::hear_change(const plan_ptr& p, std::int64_t frame) {
    if (medium_.receive(p, frame, bits_p00, index(), draw_purpose::beacon) == reception::good) {
        const system_information& info = p->broadcast->at(p->burst_start(frame));
        const scan_entry before = entry_;
        learn(entry_, scheduled_qt(p->timing.multiframe(frame), info, band_->extended()), info);
        entry_.rssi = medium_.level(*p, index());
        if (!(before.information == entry_.information) || before.heard_escape != entry_.heard_escape ||
            before.heard_capabilities != entry_.heard_capabilities)
            notify([this, entry = entry_] {
                if (events_.information_changed) events_.information_changed(entry);
            });
    }
    follow_information();
}

}  // namespace dectbed::radio
