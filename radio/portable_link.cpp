// The portable part's side of a link: channel choice, basic bearer set-up (EN 300 175-3, 10.5.1.1 and
// 11.4.2), release.
#include <algorithm>
#include <limits>
#include <utility>

#include "radio/fixed_peer.h"
#include "radio/identity.h"
#include "radio/paging.h"
#include "radio/site_portable_part.h"
#include "radio/timers.h"

namespace dectbed::radio {

namespace {

const char* outcome_text(reception heard) {
    switch (heard) {
        case reception::good:
            return "confirmed";
        case reception::too_weak:
            return "too weak";
        case reception::interfered:
            return "collision";
        case reception::not_sent:
            return "not listening";
        case reception::blind:
            return "not listening";
    }
    return "not listening";
}

}  // namespace

void site_portable_part::open_link() {
    if (state_ == portable_part_state::off) return;
    if (state_ != portable_part_state::idle_locked) {
        notify([this] {
            if (events_.link_released) events_.link_released(0, release_reason::setup_failed);
        });
        return;
    }
    state_ = portable_part_state::setting_up;
    attempts_ = 0;
    tried_.clear();
    setup_began_ = now();
    try_access();
}

void site_portable_part::try_access() {
    // At most N202 selections in T210.
    while (!selections_.empty() && selections_.front() + T210 <= now()) selections_.pop_front();
    if (selections_.size() >= static_cast<std::size_t>(N202)) {
        activity_ = kernel().at(selections_.front() + T210, [this] { try_access(); });
        return;
    }
    selections_.push_back(now());
    ++attempts_;
    attempt a;
    a.at = locked_to_;
    a.number = attempts_;
    a.kind = slot_to_ask_for();
    // An identity that was not confirmed is not used again (EN 300 175-6, 11.7.2).
    if (!choose_channel(a)) {
        activity_ = kernel().after(frame_nominal, [this] { retry(); });
        return;
    }
    a.pmid = default_pmid(static_cast<std::uint16_t>(pmid_choice_.below(0x10000)));
    send_request(std::move(a));
}

/// Only what is offered. Of long slots it asks before it has heard which of them are, if there are extended
/// capabilities at all: the answer tells.
slot_type site_portable_part::slot_to_ask_for() const {
    const system_information& known = entry_.information;
    const auto offers = [&](int a) { return (known.fixed_part_capabilities & capability_bit(a)) != 0; };
    switch (config_.slot) {
        case slot_type::full:
            return slot_type::full;
        case slot_type::double_slot:
            return offers(15) ? config_.slot : slot_type::full;
        case slot_type::half:
            return offers(16) ? config_.slot : slot_type::full;
        case slot_type::long_640:
        case slot_type::long_672:
            if (!offers(extended_capabilities_follow)) return slot_type::full;
            return known.extended_capabilities == 0 ||
                           (known.extended_capabilities & capability_bit(long_slot_bit(config_.slot))) != 0
                       ? config_.slot
                       : slot_type::full;
    }
    return slot_type::full;
}

/// The bearer request of an attempt goes on the air.
void site_portable_part::send_request(attempt a) {
    plan p;
    p.transmitter = index();
    p.region = band_->which;
    p.carrier = a.carrier;
    p.slot = a.slot + duplex_slots;
    p.bits = packet_bits(a.kind);
    p.power = power();
    p.timing = a.at->timing;
    a.request = medium_.begin_burst(std::move(p), a.frame);
    request_ = a.request;
    activity_ = kernel().at(a.request->burst_end(a.frame, a.request->bits), [this, a] { request_over(a); });
}

/// 11.4.2: one of the quietest channels not tried yet, in the frame in which the fixed part's receiver
/// is on its carrier. The slot pair of the dummy bearer is not allowed, and pairs the fixed part calls
/// blind are of no use.
bool site_portable_part::choose_channel(attempt& a) {
    const station_timing& t = a.at->timing;
    if (now() - list_measured_ > T209 || a.number == 1) tried_.clear();
    list_measured_ = now();
    const auto map = medium_.measure(index(), t, *band_,
                                     std::vector<sim::time_point>(static_cast<std::size_t>(band_->carriers), now()));
    const receiver_parameters& r = medium_.receiver();
    const std::uint16_t available = slots_available(a.at) & own_slots_free(t);
    for (int round = 0; round < 2; ++round) {
        std::vector<int> quietest;
        int quietest_step = std::numeric_limits<int>::max();
        for (int c = 0; c < band_->carriers; ++c)
            for (int s = 0; s < duplex_slots; ++s) {
                const std::uint16_t taken = pairs_taken(a.kind, s);
                if (!may_begin_at(a.kind, s) || (taken & slot_bit(a.at->slot)) != 0 ||
                    tried_.count(c * duplex_slots + s) != 0 || (available & taken) != taken)
                    continue;
                const auto& carrier = map.at[static_cast<std::size_t>(c)];
                sim::dbm heard = carrier[static_cast<std::size_t>(s)];
                if (full_slots(a.kind) > 1) heard = std::max(heard, carrier[static_cast<std::size_t>(s + 1)]);
                if (heard >= r.rssi_ceiling) continue;
                const int step = (heard.milli - r.rssi_floor.milli + r.rssi_step.milli - 1) / r.rssi_step.milli;
                if (step < quietest_step) {
                    quietest.clear();
                    quietest_step = step;
                }
                if (step == quietest_step) quietest.push_back(c * duplex_slots + s);
            }
        if (quietest.empty()) {
            tried_.clear();  // the list has been measured anew
            continue;
        }
        const int chosen = quietest[channel_choice_.below(quietest.size())];
        tried_.insert(chosen);
        a.carrier = band_->numbers[static_cast<std::size_t>(chosen / duplex_slots)];
        a.slot = chosen % duplex_slots;
        // One frame to check the channel and to prepare.
        const std::int64_t first = t.frame_not_before(now() + frame_nominal, a.slot + duplex_slots);
        a.frame = first + band_->frames_until_scanned(a.carrier, first);
        // The static information tells how many transceivers there are; whether one is free for a scan it does not.
        const int scans = std::min(config_.scans_used, a.at->broadcast->transceivers);
        for (int i = 1; i < std::min(scans, static_cast<int>(receiver_scan_lag.size())); ++i) {
            const std::int64_t lag = receiver_scan_lag[static_cast<std::size_t>(i)];
            a.frame = std::min(a.frame, first + band_->frames_until_scanned(a.carrier, first - lag));
        }
        return true;
    }
    return false;
}

void site_portable_part::request_over(attempt a) {
    request_.reset();
    fixed_peer* fp = air_.fixed_part_at(a.at->transmitter);
    a.outcome = outcome_text(reception::blind);
    bool heard = false;
    if (fp != nullptr) {
        auto answer = fp->bearer_request({a.request, a.frame, index(), power(), a.pmid, a.command, a.kind});
        a.on = answer.on;
        a.bearer = answer.bearer;
        a.refusal = answer.refusal;
        a.refused_for = answer.why;
        a.waiting = answer.what == fixed_peer::answer::kind::wait;
        heard = answer.what != fixed_peer::answer::kind::none;
        if (!heard) a.outcome = outcome_text(answer.heard);
    }
    if (medium_.observer() != nullptr && fp != nullptr) {
        a_field said;
        said.header.ba = requesting_ba(a.kind);
        said.first_transmission = true;
        // Another slot is asked for by the advanced set (7.1.4), and another bearer of an advanced connection.
        const auto handed_over = link_on_.lock();
        const bool advanced = a.kind != slot_type::full || (handed_over && handed_over->advanced());
        said.content = tail::basic_control{a.command, fp->identity().fmid(), a.pmid, advanced};
        tell_burst(medium_, *a.request, a.frame, fp->station_at(), heard, side::portable, said);
    }
    const station_timing& t = a.at->timing;
    const auto answered =
        t.instant_of_bits((a.frame + 1) * bits_per_frame + a.slot * bits_per_slot + packet_bits(a.kind));
    activity_ = kernel().at(answered, [this, a] { answer_over(a); });
}

/// The half-frame in which the fixed part must have answered is over.
void site_portable_part::answer_over(attempt a) {
    if (const auto c = a.on.lock(); c && c->by_bursts()) {  // what it is, only the burst itself has said
        a.waiting = c->waiting();
        a.refusal = c->refusal();
        a.refused_for = c->refused_for();
    }
    if (a.refusal) {
        const auto heard = medium_.receive(a.refusal, a.frame + 1, a.refusal->bits, index(), draw_purpose::bearer);
        if (medium_.observer() != nullptr) {
            a_field said;
            said.header.ba = static_cast<std::uint8_t>(b_field::u_type);
            said.content = tail::basic_release{0, 15, a.refused_for, a.pmid};
            tell_burst(medium_, *a.refusal, a.frame + 1, index(), heard == reception::good, side::fixed, said);
        }
        const bool busy = a.refused_for == tail::release_code::base_busy;
        a.outcome = heard != reception::good ? outcome_text(heard) : busy ? "no free slot" : "slot type refused";
        publish_access(a);
        if (heard == reception::good && !handover_) {
            setup_failed(busy ? release_reason::base_busy : release_reason::setup_failed);
        } else {
            attempt_failed(a);
        }
        return;
    }
    const auto c = a.on.lock();
    if (!c || !a.bearer->alive(side::fixed) || (c->by_bursts() && !c->answer_understood())) {
        publish_access(a);
        attempt_failed(a);
        return;
    }
    const bool good = heard_by_portable(
        a, a.frame + 1,
        tail::basic_control{a.waiting ? tail::basic_command::wait : tail::basic_command::bearer_confirm,
                            a.bearer->settings().identity.fmid(), a.pmid});
    if (!good) {
        a.outcome = "too weak";
        publish_access(a);
        attempt_failed(a);
        return;
    }
    a.outcome = a.waiting ? "wait" : "confirmed";
    publish_access(a);
    if (handover_) {
        if (a.command == tail::basic_command::connection_handover_request) handover_->joined = a.on;
        c->join(a.bearer, a.frame + 1, connection_events_of(handover_->link, a));
        activity_ = kernel().at(a.bearer->burst_end(side::fixed, a.frame + 2, a.bearer->bits()),
                                [this, a] { other_over(a, a.frame + 2); });
        return;
    }
    link_on_ = c;
    link_ = ++links_made_;
    link_peer_ = medium_.entity_of(a.bearer->settings().fixed);
    c->join(a.bearer, a.frame + 1, connection_events_of(link_, a));
    dlc_ = std::make_shared<dlc_link>(kernel(), side::portable, link_signature(a.pmid), dlc_events_of(link_),
                                      config_.class_b);
    c->attach(side::portable, dlc_, false);
    if (a.waiting) {  // WAITs both ways until the confirm comes; T200 ends it
        activity_ = kernel().at(std::max(setup_began_ + T200, now()), [this] {
            abandon();
            retry();
        });
        return;
    }
    activity_ = kernel().at(a.bearer->burst_end(side::fixed, a.frame + 2, a.bearer->bits()),
                            [this, a] { other_over(a, a.frame + 2); });
}

/// The confirm that ended the WAITs was in this frame.
void site_portable_part::confirmed(attempt a, std::int64_t frame) {
    activity_.cancel();
    a.waiting = false;
    a.frame = frame - 1;
    activity_ = kernel().at(a.bearer->burst_end(side::fixed, frame + 1, a.bearer->bits()),
                            [this, a, frame] { other_over(a, frame + 1); });
}

bool site_portable_part::heard_by_portable(const attempt& a, std::int64_t frame, const tail::any& said) {
    const auto r = a.bearer->receive(side::portable, frame, a.bearer->bits(), draw_purpose::bearer);
    if (r != reception::not_sent) a.bearer->tell(side::fixed, frame, r == reception::good, said);
    return r == reception::good;
}

/// The fixed part's "other" makes the bearer established; the portable part uses it from its own next burst on.
void site_portable_part::other_over(const attempt& a, std::int64_t frame) {
    const auto c = a.on.lock();
    const bool alive = c && c->alive(side::fixed) && a.bearer->alive(side::fixed);
    if (alive && heard_by_portable(a, frame, tail::identity{a.bearer->settings().identity, false})) {
        activity_ = kernel().at(a.bearer->burst_start(side::portable, frame),
                                [this, a] { handover_ ? handover_done(a) : established(a); });
    } else if (alive && frame < a.frame + 1 + other_frames_max) {
        activity_ = kernel().at(a.bearer->burst_end(side::fixed, frame + 1, a.bearer->bits()),
                                [this, a, frame] { other_over(a, frame + 1); });
    } else {
        attempt_failed(a);
    }
}

void site_portable_part::established(const attempt& a) {
    const auto c = a.on.lock();
    if (!c || !c->alive(side::fixed)) {
        attempt_failed(a);
        return;
    }
    state_ = portable_part_state::linked;
    linked_ = true;
    publish(sim::record::bearer_changed{true, link_peer_, "set up"});
    c->established_for_portable(a.bearer);
    notify([this, id = link_] {
        if (events_.link_established) events_.link_established(id);
    });
}

void site_portable_part::attempt_failed(const attempt& a) {
    if (handover_) {
        handover_attempt_failed(a);
        return;
    }
    abandon();
    retry();
}

/// Takes back what an unfinished set-up has on the air.
void site_portable_part::abandon() {
    const auto c = link_on_.lock();
    link_on_.reset();
    link_ = 0;
    dlc_.reset();
    if (c) c->release(side::portable, release_reason::setup_failed);
    withdraw_request();
}

void site_portable_part::withdraw_request() {
    if (request_) medium_.end(request_);
    request_.reset();
}

void site_portable_part::retry() {
    if (attempts_ > N200 || now() - setup_began_ >= T200) {
        setup_failed(release_reason::setup_failed);
        return;
    }
    try_access();
}

void site_portable_part::setup_failed(release_reason why) {
    activity_.cancel();
    abandon();
    state_ = portable_part_state::idle_locked;
    if (std::exchange(called_, false)) return;  // its user asked for nothing
    notify([this, why] {
        if (events_.link_released) events_.link_released(0, why);
    });
}

connection_events site_portable_part::connection_events_of(link_id id, const attempt& a) {
    connection_events e;
    // A connection that is being released may outlive this station, or the link that went on in another one.
    const auto mine = [this, id, alive = life(), on = a.on] {
        return alive.lock() && id == link_ && on.lock() == link_on_.lock();
    };
    e.established = [] {};
    e.confirmed = [this, mine, a](std::int64_t frame) {
        if (mine() && !linked_) confirmed(a, frame);  // a repeated one says nothing new
    };
    e.closed = [this, mine](release_reason why) {
        if (mine()) link_closed(why);
    };
    e.bearers_changed = [] {};
    e.quality_bad = [this, mine] {
        if (mine() && linked_) quality_bad();
    };
    e.ciphering = [this, id, mine](bool on) {
        if (!mine()) return;
        notify([this, id, on] {
            if (events_.ciphering) events_.ciphering(id, on);
        });
    };
    e.told_to_listen = [this, mine](std::uint8_t slot) {
        if (mine()) told_to_listen(slot);
    };
    return e;
}

dlc_link::events site_portable_part::dlc_events_of(link_id id) {
    dlc_link::events e;
    const auto mine = [this, id, alive = life()] { return alive.lock() && id == link_; };
    e.received = [this, id, mine](sim::bytes message) {
        if (!mine()) return;
        air_.used(message);
        publish(nwk_record(link_peer_, message));
        notify([this, id, message = std::move(message)] {
            if (events_.received) events_.received(id, message);
        });
    };
    e.sent = [this, id, mine] {
        if (!mine()) return;
        notify([this, id] {
            if (events_.sent) events_.sent(id);
        });
    };
    e.failed = [this, mine] {
        if (!mine()) return;
        if (const auto c = link_on_.lock()) c->release(side::portable, release_reason::signal_lost);
    };
    e.finished = [this, mine] {
        if (!mine()) return;
        if (const auto c = link_on_.lock()) c->release(side::portable, release_reason::normal);
    };
    return e;
}

void site_portable_part::link_closed(release_reason why) {
    const link_id id = link_;
    link_ = 0;
    link_on_.reset();
    dlc_.reset();
    if (called_) {  // by its fixed part, in vain
        called_ = false;
        state_ = portable_part_state::idle_locked;
        return;
    }
    if (!linked_) {  // released while it was being set up
        activity_.cancel();
        retry();
        return;
    }
    end_handover("link lost");
    supervision_again_.cancel();
    linked_ = false;
    if (state_ == portable_part_state::linked) state_ = portable_part_state::idle_locked;
    publish(sim::record::bearer_changed{false, link_peer_, to_text(why)});
    notify([this, id, why] {
        if (events_.link_released) events_.link_released(id, why);
    });
}

void site_portable_part::publish_access(const attempt& a) const {
    publish(sim::record::access_request{a.at->broadcast->who, a.carrier, a.slot, a.number, a.outcome});
}

void site_portable_part::send(link_id id, sim::bytes nwk) {
    if (linked_ && id == link_ && dlc_) dlc_->send(std::move(nwk));
}

void site_portable_part::release(link_id id) {
    if (linked_ && id == link_ && dlc_) dlc_->finish();
}

bool site_portable_part::set_cipher_key(link_id id, const sim::bytes& key) {
    const auto octets = cipher_key_of(key);
    const auto c = link_on_.lock();
    if (!linked_ || id != link_ || !octets || !c) return false;
    c->set_cipher(side::portable, std::make_shared<const ciphering>(*octets));
    return true;
}

void site_portable_part::start_ciphering(link_id id) {
    const auto c = link_on_.lock();
    if (linked_ && id == link_ && c) c->start_ciphering();
}

}  // namespace dectbed::radio
