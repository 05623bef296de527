// Fast set-up at the fixed part, which initiates it (EN 300 175-3, 10.2.3, 10.2.4.2, 10.5.1.2.2, 11.4.3, 11.9): the
// bearer request goes out in a frame and on a carrier in which the portable part is known to listen.
#include <limits>

#include "radio/identity.h"
#include "radio/paging.h"
#include "radio/site_fixed_part.h"
#include "radio/site_portable_part.h"
#include "radio/timers.h"

namespace dectbed::radio {

bool site_fixed_part::connect(std::uint32_t pmid) {
    if (!on_air() || listening_.count(pmid) == 0 || set_ups_.count(pmid) != 0) return false;
    for (const auto& [id, l] : links_)
        if (l.on->pmid() == pmid) return false;
    set_ups_[pmid].began = now();
    try_set_up(pmid);
    return true;
}

void site_fixed_part::try_set_up(std::uint32_t pmid) {
    set_up& s = set_ups_[pmid];
    s.on.reset();
    s.refusal.reset();
    s.waits = false;
    if (fully_loaded(slot_type::full)) {
        set_up_failed(pmid, release_reason::base_busy);
        return;
    }
    ++s.attempts;
    if (!choose_set_up_channel(s, listening_[pmid])) {
        s.next = kernel().after(frame_nominal, [this, pmid] { set_up_attempt_failed(pmid); });
        return;
    }
    s.next = kernel().at(timing_.instant_of({s.frame, s.slot, 0}), [this, pmid] { send_set_up_request(pmid); });
}

/// 11.4.3: one of the quietest channels not tried yet that the portable part listens to and a transceiver is left for.
bool site_fixed_part::choose_set_up_channel(set_up& s, std::uint8_t listens_in) {
    const auto map = medium_.measure(index(), timing_, *band_,
                                     std::vector<sim::time_point>(static_cast<std::size_t>(band_->carriers), now()));
    const receiver_parameters& r = medium_.receiver();
    for (int round = 0; round < 2; ++round, s.tried.clear()) {
        std::vector<int> quietest;
        int quietest_step = std::numeric_limits<int>::max();
        for (int c = 0; c < band_->carriers; ++c)
            for (int slot = 0; slot < duplex_slots; ++slot) {
                const bool listened = listens_in == tail::listen_everywhere || listens_in == slot;
                if (!listened || slot == dummy_->slot || slot_blind(slot) || sending_in(slot) ||
                    s.tried.count(c * duplex_slots + slot) != 0)
                    continue;
                const auto& carrier = map.at[static_cast<std::size_t>(c)];
                const sim::dbm heard = std::max(carrier[static_cast<std::size_t>(slot)],
                                                carrier[static_cast<std::size_t>(slot + duplex_slots)]);
                if (heard >= r.rssi_ceiling) continue;
                const int step = (heard.milli - r.rssi_floor.milli + r.rssi_step.milli - 1) / r.rssi_step.milli;
                if (step < quietest_step) {
                    quietest.clear();
                    quietest_step = step;
                }
                if (step == quietest_step) quietest.push_back(c * duplex_slots + slot);
            }
        if (quietest.empty()) continue;
        const int chosen = quietest[channel_choice_.below(quietest.size())];
        s.tried.insert(chosen);
        s.carrier = band_->numbers[static_cast<std::size_t>(chosen / duplex_slots)];
        s.slot = chosen % duplex_slots;
        // One frame to check the channel and to prepare.
        const std::int64_t first = timing_.frame_not_before(now() + frame_nominal, s.slot);
        s.frame = first + band_->frames_until_scanned(s.carrier, first + set_up_scan_lead);
        return true;
    }
    return false;
}

bool site_fixed_part::sending_in(int slot) const {
    for (const auto& [pmid, s] : set_ups_)
        if (s.sending && s.slot == slot) return true;
    return false;
}

void site_fixed_part::send_set_up_request(std::uint32_t pmid) {
    set_up& s = set_ups_[pmid];
    if (slot_blind(s.slot) || sending_in(s.slot)) {  // taken meanwhile
        set_up_attempt_failed(pmid);
        return;
    }
    plan p;
    p.transmitter = index();
    p.region = band_->which;
    p.carrier = s.carrier;
    p.slot = s.slot;
    p.bits = packet_bits(slot_type::full);
    p.power = power_;
    p.timing = timing_;
    s.sending = true;
    s.request = medium_.begin_burst(std::move(p), s.frame);
    s.next = kernel().at(s.request->burst_end(s.frame, s.request->bits), [this, pmid] { set_up_request_over(pmid); });
}

void site_fixed_part::set_up_request_over(std::uint32_t pmid) {
    set_up& s = set_ups_[pmid];
    const plan_ptr sent = std::move(s.request);
    connection::parameters p;
    p.fixed = index();
    p.region = band_->which;
    p.timing = timing_;
    p.carrier = s.carrier;
    p.slot = s.slot;
    p.fixed_power = power_;
    p.pmid = pmid;
    p.identity = config_.identity;
    p.request_frame = s.frame;
    s.heard = reception::blind;
    for (site_portable_part* pp : listeners_) {
        auto reply = pp->called(sent, p);
        if (!reply) continue;
        s.heard = reply->heard;
        s.on = std::move(reply->on);
        s.waits = reply->waits;
        s.refusal = std::move(reply->refusal);
        a_field said;
        said.header.ba = static_cast<std::uint8_t>(b_field::u_type);
        said.content = tail::basic_control{tail::basic_command::access_request, config_.identity.fmid(), pmid, true};
        if (medium_.observer() != nullptr)
            tell_burst(medium_, *sent, s.frame, pp->index(), s.heard == reception::good, side::fixed, said);
        break;
    }
    const auto answered = timing_.instant_of_bits(s.frame * bits_per_frame + (s.slot + duplex_slots) * bits_per_slot +
                                                  packet_bits(slot_type::full));
    s.next = kernel().at(answered, [this, pmid] { set_up_answer_over(pmid); });
}

/// The half-frame in which the portable part must have answered is over.
void site_fixed_part::set_up_answer_over(std::uint32_t pmid) {
    set_up& s = set_ups_[pmid];
    s.sending = false;
    const auto lost = [](reception r) {
        return r == reception::too_weak ? "too weak" : r == reception::interfered ? "collision" : "not listening";
    };
    if (s.refusal) {
        const auto heard = medium_.receive(s.refusal, s.frame, s.refusal->bits, index(), draw_purpose::bearer);
        if (medium_.observer() != nullptr) {
            a_field said;
            said.header.ba = static_cast<std::uint8_t>(b_field::u_type);
            said.content = tail::basic_release{0, 15, tail::release_code::setup_or_handover_failed, pmid, true};
            tell_burst(medium_, *s.refusal, s.frame, index(), heard == reception::good, side::portable, said);
        }
        publish_set_up(s, heard == reception::good ? "refused" : lost(heard));
        if (heard == reception::good) {
            set_up_failed(pmid, release_reason::setup_failed);
        } else {
            set_up_attempt_failed(pmid);
        }
        return;
    }
    if (!s.on || !s.on->alive(side::portable)) {
        publish_set_up(s, lost(s.on ? reception::not_sent : s.heard));
        set_up_attempt_failed(pmid);
        return;
    }
    const auto& b = s.on->bearer();
    const auto heard = b->receive(side::fixed, s.frame, b->bits(), draw_purpose::bearer);
    b->tell(side::portable, s.frame, heard == reception::good,
            tail::basic_control{s.waits ? tail::basic_command::wait : tail::basic_command::bearer_confirm,
                                config_.identity.fmid(), pmid, true});
    if (heard != reception::good) {  // the portable part gives up when nothing follows
        publish_set_up(s, "too weak");
        set_up_attempt_failed(pmid);
        return;
    }
    publish_set_up(s, s.waits ? "wait" : "confirmed");
    const link_id id = ++links_made_;
    link& l = links_[id];
    l.on = std::move(s.on);
    l.portable = b->settings().portable;
    l.calling = true;
    l.on->answer_heard(connection_events_of(id, pmid, nullptr), s.began);
    l.dlc = std::make_shared<dlc_link>(kernel(), side::fixed, link_signature(pmid), dlc_events_of(id, l.portable),
                                       config_.class_b);
    l.on->attach(side::fixed, l.dlc, false);
    slots_changed();
}

/// 10.2.4.2: N200 re-attempts, within T200.
void site_fixed_part::set_up_attempt_failed(std::uint32_t pmid) {
    const auto found = set_ups_.find(pmid);
    if (found == set_ups_.end()) return;
    if (found->second.attempts > N200 || now() - found->second.began >= T200) {
        set_up_failed(pmid, release_reason::setup_failed);
        return;
    }
    try_set_up(pmid);
}

/// Whoever does not answer is not thought to listen any more: what is left is to page it (EN 300 175-5, 14.2.4).
void site_fixed_part::set_up_failed(std::uint32_t pmid, release_reason why) {
    set_ups_.erase(pmid);
    listening_.erase(pmid);
    if (!has_links()) synchroniser_.links_ended();
    notify([this, pmid, why] {
        if (events_.connect_failed) events_.connect_failed(pmid, why);
    });
}

void site_fixed_part::publish_set_up(const set_up& s, const char* outcome) const {
    publish(sim::record::access_request{who(), s.carrier, s.slot, s.attempts, outcome});
}

void site_fixed_part::forget_set_ups() {
    for (auto& [pmid, s] : set_ups_) {
        s.next.cancel();
        if (s.request) medium_.end(s.request);
    }
    set_ups_.clear();
}

}  // namespace dectbed::radio
