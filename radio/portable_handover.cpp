// Handover at the portable part, which alone may begin one (EN 300 175-3, 10.6.2; 175-4, 10): of the bearer to another
// channel of its fixed part, and of the connection to another fixed part of the same system.
#include <algorithm>

#include "radio/broadcast.h"
#include "radio/paging.h"
#include "radio/site_fixed_part.h"
#include "radio/site_portable_part.h"
#include "radio/timers.h"

namespace dectbed::radio {

namespace {

/// Bits of an RFPI that fixed parts of one system may differ in: the RPN (EN 300 175-6, 5).
std::uint64_t rpn_mask(const rfpi& id) { return (id.octets[0] >> 4 & 7) == 0 ? 0x07 : 0xFF; }

bool same_system(const rfpi& a, const rfpi& b) {
    return (a.number() | rpn_mask(a)) == (b.number() | rpn_mask(b)) && rpn_mask(a) == rpn_mask(b);
}

}  // namespace

void site_portable_part::quality_bad() {
    const auto c = link_on_.lock();
    if (!c || !stays_linked() || handover_ || supervision_again_.pending()) return;
    const plan_ptr& heard = c->bearer()->sent_by(side::fixed);
    if (medium_.quiet_margin(*heard, index()) < margin_roaming) {
        look_for_better();  // another channel would be as weak
        return;
    }
    while (!handovers_.empty() && handovers_.front() + T202 <= now()) handovers_.pop_front();
    if (handovers_.size() >= handovers_in_T202) {
        supervise_again_at(handovers_.front() + T202);
        return;
    }
    const auto& s = c->bearer()->settings();
    handover_ = handover{
        link_, tail::basic_command::bearer_handover_request, "interference", 0, s.carrier, s.slot, locked_to_, {}};
    try_handover();
}

/// One instant at a time: a later one replaces it.
void site_portable_part::supervise_again_at(sim::time_point when) {
    supervision_again_.cancel();
    supervision_again_ = kernel().at(when, [this] { supervise_again(); });
}

void site_portable_part::supervise_again() {
    if (const auto c = link_on_.lock(); c && linked_) c->supervise_quality();
}

/// A fixed part of the same system that is well above the present one, if that is weak.
void site_portable_part::look_for_better() {
    const auto c = link_on_.lock();
    if (!c || !stays_linked() || handover_) return;
    if (medium_.quiet_margin(*c->bearer()->sent_by(side::fixed), index()) >= margin_roaming) return;
    if (looked_round_ != sim::time_point{} && now() - looked_round_ < DL_06) return;
    looked_round_ = now();
    const auto& s = c->bearer()->settings();
    handover_ = handover{
        link_, tail::basic_command::connection_handover_request, "weak signal", 0, s.carrier, s.slot, nullptr, {}};
    // Between its own slots it hears one carrier a frame.
    activity_ = kernel().after(band_->carriers * frame_nominal, [this] { looked_round(); });
}

void site_portable_part::looked_round() {
    const auto c = link_on_.lock();
    if (!c || !handover_) return;
    sim::dbm best = medium_.level(*c->bearer()->sent_by(side::fixed), index()) + handover_hysteresis;
    const auto from = now() - band_->carriers * frame_nominal;
    std::vector<plan*> beacons;
    for (int place = 0; place < band_->carriers; ++place) {
        beacons.clear();
        medium_.beacons(band_->centre[static_cast<std::size_t>(place)], index(), from, now(), beacons);
        for (plan* p : beacons) {
            if (p->until <= now() || p->transmitter == locked_to_->transmitter ||
                !same_system(p->broadcast->identity, entry_.identity))
                continue;
            const sim::dbm heard = medium_.level(*p, index());
            if (heard < best) continue;
            const plan_ptr kept = p->shared_from_this();
            std::int64_t frame = p->timing.at(now()).frame - 1;
            if (!broadcasts_identity(*p, frame)) --frame;
            if (medium_.receive(kept, frame, bits_p00, index(), draw_purpose::beacon) != reception::good) continue;
            best = heard;
            handover_->target = kept;
        }
    }
    if (!handover_->target) {
        handover_.reset();  // nobody better; it looks again when it moves, or when the signal has been bad anew
        return;
    }
    try_handover();
}

void site_portable_part::try_handover() {
    const auto c = link_on_.lock();
    if (!c || !handover_) return;
    attempt a;
    a.command = handover_->kind;
    a.at = handover_->target;
    a.number = ++handover_->attempts;
    a.pmid = c->pmid();
    a.kind = c->bearer()->settings().kind;
    if (a.at->until <= now() || !choose_channel(a)) {
        handover_attempt_failed(a);
        return;
    }
    send_request(std::move(a));
}

void site_portable_part::handover_attempt_failed(const attempt& a) {
    if (a.bearer) {
        const auto c = a.on.lock();
        if (a.command == tail::basic_command::bearer_handover_request) {
            if (c) c->abandon_handover(a.bearer);
        } else if (c && c->alive(side::portable)) {
            c->release(side::portable, release_reason::setup_failed);
        }
    }
    if (a.number <= N201 && a.at->until > now()) {
        activity_ = kernel().after(frame_nominal, [this] { try_handover(); });
        return;
    }
    end_handover("failed");
    supervise_again_at(now() + T202);
}

/// The fixed part's "other" has come on the new bearer.
void site_portable_part::handover_done(const attempt& a) {
    const auto c = a.on.lock();
    // A fixed part that finds no data link to take over releases at once, and "other" may come all the same.
    if (!c || !c->alive(side::fixed) || !c->alive(side::portable) || !linked_) {
        handover_attempt_failed(a);
        return;
    }
    publish_handover("done", &a);
    const bool elsewhere = a.command == tail::basic_command::connection_handover_request;
    handover_.reset();
    if (!elsewhere) {
        handovers_.push_back(now());
        c->established_for_portable(a.bearer);
        return;
    }
    const auto old = link_on_.lock();
    link_on_ = c;
    link_peer_ = medium_.entity_of(a.bearer->settings().fixed);
    if (old) old->detach(side::portable);
    c->attach(side::portable, dlc_, true);
    c->established_for_portable(a.bearer);
    if (old) old->release(side::portable, release_reason::normal, tail::release_code::to_other_cluster);
    publish_lock(false, "handover");
    information_.cancel();
    forget_fixed_part();
    entry_ = {};
    entry_.identity = a.at->broadcast->identity;
    entry_.carrier = a.at->carrier;
    entry_.slot = a.at->slot;
    lock_to(a.at, "handover");
    follow_information();
    notify([this, id = link_, entry = entry_] {
        if (events_.handed_over) events_.handed_over(id, entry);
    });
}

void site_portable_part::end_handover(const char* outcome) {
    if (!handover_) return;
    activity_.cancel();
    withdraw_request();
    publish_handover(outcome, nullptr);
    const auto elsewhere = handover_->joined.lock();
    handover_.reset();
    if (!elsewhere) return;
    if (state_ == portable_part_state::off) {
        elsewhere->drop(side::portable);
    } else {
        elsewhere->release(side::portable, release_reason::setup_failed);
    }
}

void site_portable_part::publish_handover(const char* outcome, const attempt* a) const {
    sim::record::handover r;
    r.kind = handover_->kind == tail::basic_command::bearer_handover_request ? "bearer" : "connection";
    r.reason = handover_->reason;
    r.outcome = outcome;
    r.attempts = handover_->attempts;
    r.from = locked_to_->broadcast->who;
    r.from_carrier = handover_->carrier;
    r.from_slot = handover_->slot;
    if (handover_->target) r.to = handover_->target->broadcast->who;
    if (a != nullptr) {
        r.to_carrier = a->carrier;
        r.to_slot = a->slot;
    }
    publish(std::move(r));
}

/// Slot pairs of a fixed part's frame in which the own bearer leaves the transceiver free.
std::uint16_t site_portable_part::own_slots_free(const station_timing& theirs) const {
    std::uint16_t free = all_slots_available;
    const auto c = link_on_.lock();
    if (!c || !linked_) return free;
    const auto& s = c->bearer()->settings();
    const slot_time begins = theirs.at(s.timing.instant_of({s.timing.at(now()).frame, s.slot, 0}));
    const auto pair = [](int slot) { return slot % duplex_slots; };
    free = static_cast<std::uint16_t>(free & ~slot_bit(pair(begins.slot)));
    for (std::int64_t covered = bits_per_slot - begins.bit, n = 1; covered < packet_bits(s.kind);
         covered += bits_per_slot, ++n)
        free = static_cast<std::uint16_t>(free & ~slot_bit(pair(begins.slot + static_cast<int>(n))));
    return free;
}

}  // namespace dectbed::radio
