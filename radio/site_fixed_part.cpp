#include "radio/site_fixed_part.h"

#include <algorithm>

#include "radio/nwk/elements.h"
#include "radio/site_portable_part.h"
#include "radio/timers.h"
#include "radio/vendor_announcement.h"

namespace dectbed::radio {

site_fixed_part::site_fixed_part(site_air& air, sim::entity_id who, const config& c)
    : station(air.on_air(), who, c.place),
      air_(air),
      config_(c),
      timing_(c.clock),
      channel_choice_(air.on_air().simulation().stream(who, "radio channel selection")),
      band_(&plan_of(band::none)) {}

site_fixed_part::~site_fixed_part() {
    events_ = {};
    stop();
    air_.forget(*this);
}

// --- on and off the air ------------------------------------------------------------------------------------

void site_fixed_part::start(band b, sim::dbm power) {
    stop();
    band_ = &plan_of(b);
    if (band_->carriers == 0) {
        notify([this] {
            if (events_.started) events_.started(false, -1, -1);
        });
        return;
    }
    air_.used(*band_);
    power_ = std::min(power, band_->power_max);
    state_ = fixed_part_state::selecting;
    selection_began_ = now();
    selection_ =
        kernel().after(band_->carriers * rssi_frames_per_carrier * frame_nominal, [this] { select_channel(); });
}

/// EN 300 175-3, 11.4.3: one of the least interfered channels; not a busy one.
void site_fixed_part::select_channel() {
    std::vector<sim::time_point> measured;
    for (int c = 0; c < band_->carriers; ++c)
        measured.push_back(selection_began_ + (c * rssi_frames_per_carrier + 1) * frame_nominal + frame_nominal / 2);
    const auto map = medium_.measure(index(), timing_, *band_, measured);
    const receiver_parameters& r = medium_.receiver();

    struct channel {
        int carrier, slot;
    };
    std::vector<channel> quietest;
    int quietest_step = std::numeric_limits<int>::max();
    for (int c = 0; c < band_->carriers; ++c)
        for (int s = 0; s < duplex_slots; ++s) {
            const auto& carrier = map.at[static_cast<std::size_t>(c)];
            const sim::dbm heard =
                std::max(carrier[static_cast<std::size_t>(s)], carrier[static_cast<std::size_t>(s + duplex_slots)]);
            if (heard >= r.rssi_ceiling) continue;
            const int step = (heard.milli - r.rssi_floor.milli + r.rssi_step.milli - 1) / r.rssi_step.milli;
            if (step < quietest_step) {
                quietest.clear();
                quietest_step = step;
            }
            if (step == quietest_step) quietest.push_back({c, s});
        }
    if (quietest.empty()) {
        state_ = fixed_part_state::off;
        notify([this] {
            if (events_.started) events_.started(false, -1, -1);
        });
        return;
    }
    const channel chosen = quietest[channel_choice_.below(quietest.size())];
    go_on_air(band_->numbers[static_cast<std::size_t>(chosen.carrier)], chosen.slot);
}

void site_fixed_part::go_on_air(int carrier, int slot) {
    state_ = fixed_part_state::on_air;
    slot_used_[static_cast<std::size_t>(slot)] = true;
    beacon_ = std::make_shared<beacon>();
    beacon_->identity = config_.identity;
    beacon_->who = who();
    beacon_->band = band_;
    beacon_->timing = timing_;
    beacon_->history.push_back({now(), information_});
    plan p;
    p.transmitter = index();
    p.region = band_->which;
    p.carrier = carrier;
    p.slot = slot;
    p.bits = bits_p00;
    p.power = power_;
    p.timing = timing_;
    p.since = now();
    p.broadcast = beacon_;
    dummy_ = medium_.begin(std::move(p));
    publish(sim::record::transmitter_changed{true, to_text(band_->which), carrier, slot});
    publish_information();
    for (site_portable_part* pp : air_.portable_parts()) pp->fixed_part_returned(*this);
    notify([this, carrier, slot] {
        if (events_.started) events_.started(true, carrier, slot);
    });
}

void site_fixed_part::stop() {
    if (state_ == fixed_part_state::off) return;
    const bool was_on_air = on_air();
    state_ = fixed_part_state::off;
    selection_.cancel();
    forget_notices();
    auto links = std::move(links_);
    links_.clear();
    for (auto& [id, l] : links) l.on->drop(side::fixed);
    slot_used_.fill(false);
    if (!was_on_air) return;
    publish(sim::record::transmitter_changed{false, to_text(band_->which), dummy_->carrier, dummy_->slot});
    medium_.end(dummy_);
    dummy_.reset();
    beacon_.reset();
}

// --- broadcast ---------------------------------------------------------------------------------------------

void site_fixed_part::set_information(const system_information& info) {
    if (info == information_) return;
    information_ = info;
    if (!on_air()) return;
    auto& history = beacon_->history;
    // Nobody looks back further than the longest stay of a scan; keep the last state before that.
    const auto oldest = now() - scan_dwell_frames_max * frame_nominal - 1s;
    while (history.size() > 1 && history[1].since < oldest) history.erase(history.begin());
    history.push_back({now(), information_});
    publish_information();
    for (site_portable_part* pp : air_.portable_parts()) pp->information_changed_at(*this);
}

void site_fixed_part::publish_information() {
    publish(sim::record::system_information_changed{announcement_text(information_),
                                                    (information_.fixed_part_capabilities & capability_bit(44)) != 0});
}

// --- links -------------------------------------------------------------------------------------------------

site_fixed_part::answer site_fixed_part::access_request(const plan_ptr& request, std::int64_t frame,
                                                        station_index portable, sim::dbm portable_power,
                                                        std::uint32_t pmid) {
    answer a;
    const int slot = request->slot - duplex_slots;
    // The one receiver listens on the scanned carrier in every slot in which no bearer of its own runs.
    if (!on_air() || slot_blind(slot) || band_->scanned_carrier(frame) != request->carrier) {
        a.heard = reception::blind;
        return a;
    }
    a.heard = medium_.receive(request, frame, bits_p32, index(), draw_purpose::access);
    if (a.heard != reception::good) return a;
    if (static_cast<int>(links_.size()) >= config_.bearers_max) {
        // 10.5.1.1, note 3: a RELEASE (base busy) in the half-frame that follows.
        plan refusal;
        refusal.transmitter = index();
        refusal.region = band_->which;
        refusal.carrier = request->carrier;
        refusal.slot = slot;
        refusal.bits = bits_p32;
        refusal.power = power_;
        refusal.timing = timing_;
        a.refusal = medium_.begin_burst(std::move(refusal), frame + 1);
        a.what = answer::kind::busy;
        return a;
    }
    bearer::parameters p;
    p.fixed = index();
    p.portable = portable;
    p.region = band_->which;
    p.timing = timing_;
    p.carrier = request->carrier;
    p.slot = slot;
    p.fixed_power = power_;
    p.portable_power = portable_power;
    p.pmid = pmid;
    p.identity = config_.identity;
    p.request_frame = frame;
    const link_id id = ++links_made_;
    bearer_events e;
    e.established = [this, id, pmid] {
        links_[id].established = true;
        notify([this, id, pmid] {
            if (events_.link_established) events_.link_established(id, pmid);
        });
    };
    e.received = [this, id, portable](sim::bytes message) {
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
    e.closed = [this, id](release_reason why) { link_closed(id, why); };
    a.made = air_.make_bearer(p, std::move(e));
    a.what = answer::kind::confirmed;
    slot_used_[static_cast<std::size_t>(slot)] = true;
    links_[id] = {a.made, slot, false};
    return a;
}

void site_fixed_part::link_closed(link_id id, release_reason why) {
    const auto found = links_.find(id);
    if (found == links_.end()) return;
    const bool established = found->second.established;
    slot_used_[static_cast<std::size_t>(found->second.slot)] = false;
    links_.erase(found);
    if (!established) return;  // nobody above knew of it
    notify([this, id, why] {
        if (events_.link_released) events_.link_released(id, why);
    });
}

void site_fixed_part::send(link_id id, sim::bytes nwk) {
    const auto found = links_.find(id);
    if (found != links_.end()) found->second.on->send(side::fixed, std::move(nwk));
}

void site_fixed_part::release(link_id id) {
    const auto found = links_.find(id);
    if (found != links_.end()) found->second.on->finish(side::fixed);
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
