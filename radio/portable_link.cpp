// The portable part's side of a link: channel choice, basic bearer set-up (EN 300 175-3, 10.5.1.1 and
// 11.4.2), release.
#include <algorithm>
#include <limits>

#include "radio/identity.h"
#include "radio/site_fixed_part.h"
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
    if (!choose_channel(a)) {
        activity_ = kernel().after(frame_nominal, [this] { retry(); });
        return;
    }
    // An identity that was not confirmed is not used again (EN 300 175-6, 11.7.2).
    a.pmid = default_pmid(static_cast<std::uint16_t>(pmid_choice_.below(0x10000)));
    plan p;
    p.transmitter = index();
    p.region = band_->which;
    p.carrier = a.carrier;
    p.slot = a.slot + duplex_slots;
    p.bits = bits_p32;
    p.power = power();
    p.timing = locked_to_->timing;
    a.request = medium_.begin_burst(std::move(p), a.frame);
    request_ = a.request;
    activity_ = kernel().at(a.request->burst_end(a.frame, bits_p32), [this, a] { request_over(a); });
}

/// 11.4.2: one of the quietest channels not tried yet, in the frame in which the fixed part's receiver
/// is on its carrier. The slot pair of the dummy bearer is not allowed, and pairs the fixed part calls
/// blind are of no use.
bool site_portable_part::choose_channel(attempt& a) {
    const station_timing& t = locked_to_->timing;
    const auto map = medium_.measure(index(), t, *band_,
                                     std::vector<sim::time_point>(static_cast<std::size_t>(band_->carriers), now()));
    const receiver_parameters& r = medium_.receiver();
    const site_fixed_part* fp = fixed_part_locked_to();
    for (int round = 0; round < 2; ++round) {
        std::vector<int> quietest;
        int quietest_step = std::numeric_limits<int>::max();
        for (int c = 0; c < band_->carriers; ++c)
            for (int s = 0; s < duplex_slots; ++s) {
                const sim::dbm heard = map.at[static_cast<std::size_t>(c)][static_cast<std::size_t>(s)];
                if (s == locked_to_->slot || heard >= r.rssi_ceiling || tried_.count(c * duplex_slots + s) != 0 ||
                    (fp != nullptr && fp->slot_blind(s)))
                    continue;
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
        return true;
    }
    return false;
}

void site_portable_part::request_over(attempt a) {
    request_.reset();
    site_fixed_part* fp = fixed_part_locked_to();
    a.outcome = outcome_text(reception::blind);
    if (fp != nullptr) {
        auto answer = fp->access_request(a.request, a.frame, index(), power(), a.pmid);
        switch (answer.what) {
            case site_fixed_part::answer::kind::confirmed:
                a.on = answer.made;
                break;
            case site_fixed_part::answer::kind::busy:
                a.refusal = answer.refusal;
                break;
            case site_fixed_part::answer::kind::none:
                a.outcome = outcome_text(answer.heard);
                break;
        }
    }
    if (medium_.observer() != nullptr && fp != nullptr) {
        a_field said;
        said.header.ba = static_cast<std::uint8_t>(b_field::u_type);
        said.first_transmission = true;
        said.content = tail::basic_control{tail::basic_command::access_request, fp->identity().fmid(), a.pmid};
        const bool heard = a.refusal || a.on.lock();
        tell_burst(medium_, *a.request, a.frame, fp->index(), heard, side::portable, said);
    }
    const station_timing& t = locked_to_->timing;
    const auto answered = t.instant_of_bits((a.frame + 1) * bits_per_frame + a.slot * bits_per_slot + bits_p32);
    activity_ = kernel().at(answered, [this, a] { answer_over(a); });
}

/// The half-frame in which the fixed part must have answered is over.
void site_portable_part::answer_over(attempt a) {
    if (a.refusal) {
        const auto heard = medium_.receive(a.refusal, a.frame + 1, bits_p32, index(), draw_purpose::bearer);
        a.outcome = heard == reception::good ? "no free slot" : outcome_text(heard);
        a_field said;
        said.header.ba = static_cast<std::uint8_t>(b_field::u_type);
        said.content = tail::basic_release{0, 15, tail::release_code::base_busy, a.pmid};
        tell_burst(medium_, *a.refusal, a.frame + 1, index(), heard == reception::good, side::fixed, said);
        publish_access(a);
        if (heard == reception::good) {
            setup_failed(release_reason::base_busy);
        } else {
            retry();
        }
        return;
    }
    const auto b = a.on.lock();
    if (!b) {
        publish_access(a);
        retry();
        return;
    }
    if (!b->heard_by_portable(a.frame + 1)) {
        a.outcome = "too weak";
        publish_access(a);
        retry();
        return;
    }
    a.outcome = "confirmed";
    publish_access(a);
    link_on_ = b;
    link_ = ++links_made_;
    link_peer_ = medium_.entity_of(b->settings().fixed);
    b->confirm_received(link_events());
    activity_ = kernel().at(b->fixed_burst_end(a.frame + 2), [this, a] { other_over(a, a.frame + 2); });
}

/// The fixed part's "other" makes the bearer established; the portable part uses it from its own next burst on.
void site_portable_part::other_over(const attempt& a, std::int64_t frame) {
    const auto b = link_on_.lock();
    if (b && b->fixed_part_alive() && b->heard_by_portable(frame)) {
        activity_ = kernel().at(b->portable_burst_start(frame), [this] { established(); });
    } else if (b && b->fixed_part_alive() && frame < a.frame + 1 + other_frames_max) {
        activity_ = kernel().at(b->fixed_burst_end(frame + 1), [this, a, frame] { other_over(a, frame + 1); });
    } else {
        abandon();
        retry();
    }
}

void site_portable_part::established() {
    const auto b = link_on_.lock();
    if (!b || !b->fixed_part_alive()) {
        abandon();
        retry();
        return;
    }
    state_ = portable_part_state::linked;
    linked_ = true;
    publish(sim::record::bearer_changed{true, link_peer_, "set up"});
    b->established_for_portable();
    notify([this, id = link_] {
        if (events_.link_established) events_.link_established(id);
    });
}

/// Takes back what an unfinished set-up has on the air.
void site_portable_part::abandon() {
    const auto b = link_on_.lock();
    link_on_.reset();
    link_ = 0;
    if (b) b->release(side::portable);
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
    notify([this, why] {
        if (events_.link_released) events_.link_released(0, why);
    });
}

bearer_events site_portable_part::link_events() {
    bearer_events e;
    const link_id id = link_;
    // A bearer that is being released may outlive this station.
    const auto mine = [this, id, alive = life()] { return alive.lock() && id == link_; };
    e.established = [] {};
    e.received = [this, id, mine](sim::bytes message) {
        if (!mine()) return;
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
    e.closed = [this, mine](release_reason why) {
        if (mine()) link_closed(why);
    };
    return e;
}

void site_portable_part::link_closed(release_reason why) {
    const link_id id = link_;
    link_ = 0;
    link_on_.reset();
    if (!linked_) {  // released while it was being set up
        activity_.cancel();
        retry();
        return;
    }
    linked_ = false;
    if (state_ == portable_part_state::linked) state_ = portable_part_state::idle_locked;
    publish(sim::record::bearer_changed{false, link_peer_, to_text(why)});
    notify([this, id, why] {
        if (events_.link_released) events_.link_released(id, why);
    });
}

void site_portable_part::publish_access(const attempt& a) const {
    publish(sim::record::access_request{locked_to_->broadcast->who, a.carrier, a.slot, attempts_, a.outcome});
}

void site_portable_part::send(link_id id, sim::bytes nwk) {
    if (!linked_ || id != link_) return;
    if (auto b = link_on_.lock()) b->send(side::portable, std::move(nwk));
}

void site_portable_part::release(link_id id) {
    if (!linked_ || id != link_) return;
    if (auto b = link_on_.lock()) b->finish(side::portable);
}

}  // namespace dectbed::radio
