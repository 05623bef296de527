// A fixed part's answers to bearer requests, and its links (EN 300 175-3, 10.5.1.1, 10.6, 11.8).
#include <algorithm>

#include "radio/identity.h"
#include "radio/nwk/elements.h"
#include "radio/site_fixed_part.h"
#include "radio/site_portable_part.h"
#include "radio/timers.h"

namespace dectbed::radio {

namespace {
// 11.6: traffic bearers fill at most 14.4 half slots a frame for each carrier.
constexpr int load_max_tenths = 144;
}  // namespace

int site_fixed_part::transceivers_used(int slot) const {
    int used = dummy_ && dummy_->slot == slot ? 1 : 0;
    if (synchroniser_.listens_in() == slot) ++used;
    for (const auto& [id, l] : links_)
        if ((l.on->slots() & 0x0800U >> slot) != 0) ++used;
    return used;
}

/// 11.8: the primary scan, a secondary one six frames behind it, a tertiary one three frames behind, as far as
/// receivers are free in that slot.
bool site_fixed_part::listens(int carrier, int slot, std::int64_t frame) const {
    const int free = config_.transceivers - transceivers_used(slot) - (sending_in(slot) ? 1 : 0);
    for (int receiver = 0; receiver < free && receiver < static_cast<int>(receiver_scan_lag.size()); ++receiver)
        if (band_->scanned_carrier(frame - receiver_scan_lag[static_cast<std::size_t>(receiver)]) == carrier)
            return true;
    return false;
}

bool site_fixed_part::fully_loaded(slot_type wanted) const {
    int bearers = 0, half_slots = load_half_slots(wanted);
    for (const auto& [id, l] : links_) {
        if (!l.on->alive(side::fixed)) continue;
        ++bearers;
        half_slots += load_half_slots(l.on->bearer()->settings().kind);
    }
    return bearers >= config_.bearers_max || half_slots * 10 > load_max_tenths * band_->carriers;
}

/// A slot that no transceiver is left for cannot be listened to, or answered in.
bool site_fixed_part::free_for(slot_type wanted, int slot) const {
    if (!may_begin_at(wanted, slot)) return false;
    for (int s = slot; s < slot + full_slots(wanted); ++s)
        if (slot_blind(s)) return false;
    return true;
}

site_fixed_part::answer site_fixed_part::bearer_request(const request& r) {
    answer a;
    const int slot = r.burst->slot - duplex_slots;
    if (!on_air() || !free_for(r.kind, slot) || !listens(r.burst->carrier, slot, r.frame)) {
        a.heard = reception::blind;
        return a;
    }
    a.heard = medium_.receive(r.burst, r.frame, r.burst->bits, index(), draw_purpose::access);
    if (a.heard != reception::good) return a;
    const connection::parameters p = asked_for(r, *band_, timing_, power_);
    if (r.command == tail::basic_command::bearer_handover_request) {
        for (auto& [id, l] : links_)
            if (l.established && !l.left && l.on->pmid() == r.pmid && (a.bearer = l.on->hand_over(p)) != nullptr) {
                a.on = l.on;
                a.what = answer::kind::confirmed;
                return a;
            }
        a.heard = reception::not_sent;  // no such connection here: nobody answers
        return a;
    }
    site_fixed_part* from = nullptr;
    if (r.command == tail::basic_command::connection_handover_request) {
        from = air_.holder_of(config_.system, r.pmid, *this);
        if (from == nullptr) {
            a.heard = reception::not_sent;
            return a;
        }
    }
    const bool unknown_slot = ((config_.slot_types | slot_type_bit(slot_type::full)) & slot_type_bit(r.kind)) == 0;
    if (unknown_slot || fully_loaded(r.kind)) {
        // 10.5.1.1, note 3: a RELEASE (base busy) in the half-frame that follows; 7.2.5.3.8, note 1: for the slot type.
        plan refusal;
        refusal.transmitter = index();
        refusal.region = band_->which;
        refusal.carrier = r.burst->carrier;
        refusal.slot = slot;
        refusal.bits = r.burst->bits;
        refusal.power = power_;
        refusal.timing = timing_;
        a.refusal = medium_.begin_burst(std::move(refusal), r.frame + 1);
        a.what = answer::kind::busy;
        a.why = unknown_slot ? tail::release_code::slot_type : tail::release_code::base_busy;
        return a;
    }
    const link_id id = ++links_made_;
    const bool wait = host_busy_ && from == nullptr;  // a handover asks nothing of the host
    a.on = air_.make_connection(p, wait, connection_events_of(id, r.pmid, from));
    a.bearer = a.on->bearer();
    a.what = wait ? answer::kind::wait : answer::kind::confirmed;
    link& l = links_[id];
    l.on = a.on;
    l.portable = r.portable;
    if (from == nullptr) {
        l.dlc = std::make_shared<dlc_link>(kernel(), side::fixed, link_signature(r.pmid), dlc_events_of(id, r.portable),
                                           config_.class_b);
        l.on->attach(side::fixed, l.dlc, false);
    }
    slots_changed();
    return a;
}

connection_events site_fixed_part::connection_events_of(link_id id, std::uint32_t pmid, site_fixed_part* from) {
    connection_events e;
    e.established = [this, id, pmid, came = from != nullptr] {
        link& l = links_[id];
        l.established = true;
        if (l.calling) set_ups_.erase(pmid);
        if (came) {
            arrive(id, pmid);
            return;
        }
        notify([this, id, pmid] {
            if (events_.link_established) events_.link_established(id, pmid);
        });
    };
    e.closed = [this, id](release_reason why) { link_closed(id, why); };
    e.bearers_changed = [this] { slots_changed(); };
    e.quality_bad = [] {};
    e.confirmed = [](std::int64_t) {};
    e.ciphering = [this, id](bool on) {
        notify([this, id, on] {
            if (events_.ciphering) events_.ciphering(id, on);
        });
    };
    return e;
}

dlc_link::events site_fixed_part::dlc_events_of(link_id id, station_index portable) {
    dlc_link::events e;
    e.received = [this, id, portable](sim::bytes message) {
        air_.used(message);
        publish(nwk_record(medium_.entity_of(portable), message));
        notify([this, id, message = std::move(message)] {
            if (events_.received) events_.received(id, message);
        });
    };
    e.sent = [this, id] {
        notify([this, id] {
            if (events_.sent) events_.sent(id);
        });
    };
    e.failed = [this, id] { release_link(id, release_reason::signal_lost); };
    e.finished = [this, id] { release_link(id, release_reason::normal); };
    return e;
}

void site_fixed_part::release_link(link_id id, release_reason why) {
    const auto found = links_.find(id);
    if (found == links_.end()) return;
    const link& l = found->second;
    if (l.listens_as == 0 || why != release_reason::normal) {
        l.on->release(side::fixed, why);
        return;
    }
    const bool selective = config_.fast_set_up == set_up_detection::selective;
    const std::uint8_t slot =
        selective ? static_cast<std::uint8_t>(l.on->bearer()->settings().slot) : tail::listen_everywhere;
    listening_[l.listens_as] = slot;
    air_.used_fast_set_up();
    l.on->release(side::fixed, why, tail::release_code::stay_on_listen, slot);
}

// --- connection handover -----------------------------------------------------------------------------------

bool site_fixed_part::holds(std::uint32_t pmid) const {
    for (const auto& [id, l] : links_)
        if (l.established && !l.left && l.dlc && l.on->pmid() == pmid) return true;
    return false;
}

/// The data link that was carried by another fixed part of this system comes here with the connection.
void site_fixed_part::arrive(link_id id, std::uint32_t pmid) {
    link& l = links_[id];
    site_fixed_part* from = air_.holder_of(config_.system, pmid, *this);
    if (from == nullptr) {  // it ended meanwhile
        l.on->release(side::fixed, release_reason::setup_failed);
        return;
    }
    link_id there = 0;
    for (auto& [old_id, old] : from->links_)
        if (old.established && !old.left && old.dlc && old.on->pmid() == pmid) {
            there = old_id;
            old.left = true;
            old.on->detach(side::fixed);
            l.dlc = std::move(old.dlc);
            break;
        }
    l.dlc->set_events(dlc_events_of(id, l.portable));
    l.on->attach(side::fixed, l.dlc, true);
    from->notify([from, there, to = config_.identity] {
        if (from->events_.link_left) from->events_.link_left(there, to);
    });
    notify([this, id, pmid, of = from->config_.identity, there] {
        if (events_.link_arrived) events_.link_arrived(id, pmid, of, there);
    });
}

// --- what the user does with links ---------------------------------------------------------------------------

void site_fixed_part::link_closed(link_id id, release_reason why) {
    const auto found = links_.find(id);
    if (found == links_.end()) return;
    const bool known = found->second.established && !found->second.left && found->second.dlc;
    const bool in_vain = found->second.calling && !found->second.established;
    const std::uint32_t pmid = found->second.on->pmid();
    links_.erase(found);
    slots_changed();
    if (in_vain) set_up_attempt_failed(pmid);
    if (!has_links()) synchroniser_.links_ended();
    if (!known) return;  // nobody above knew of it, or it went on elsewhere
    notify([this, id, why] {
        if (events_.link_released) events_.link_released(id, why);
    });
}

void site_fixed_part::send(link_id id, sim::bytes nwk) {
    const auto found = links_.find(id);
    if (found != links_.end() && found->second.dlc) found->second.dlc->send(std::move(nwk));
}

void site_fixed_part::release(link_id id) {
    const auto found = links_.find(id);
    if (found != links_.end() && found->second.dlc) found->second.dlc->finish();
}

void site_fixed_part::release_to_listen(link_id id, std::uint32_t pmid) {
    const auto found = links_.find(id);
    if (found != links_.end() && config_.fast_set_up != set_up_detection::none) found->second.listens_as = pmid;
    release(id);
}

void site_fixed_part::set_host_busy(bool busy) {
    if (busy == host_busy_) return;
    host_busy_ = busy;
    if (busy) return;
    for (auto& [id, l] : links_) l.on->confirm();
}

bool site_fixed_part::set_cipher_key(link_id id, const sim::bytes& key) {
    const auto found = links_.find(id);
    const auto octets = cipher_key_of(key);
    if (found == links_.end() || !octets) return false;
    found->second.on->set_cipher(side::fixed, std::make_shared<const ciphering>(*octets));
    return true;
}

sim::record::nwk_message nwk_record(sim::entity_id sender, const sim::bytes& message) {
    sim::record::nwk_message r;
    r.sender = sender;
    r.octets = sim::to_hex(message);
    if (auto decoded = nwk::decode_message(message)) {
        r.message = nwk::name_of(decoded.value().pd, decoded.value().type);
        r.proprietary = decoded.value().find(nwk::ie::escape_to_proprietary) != nullptr;
    } else {
        r.message = "invalid";
    }
    return r;
}

}  // namespace dectbed::radio
