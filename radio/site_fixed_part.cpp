#include "radio/site_fixed_part.h"

#include <algorithm>

#include "radio/paging.h"
#include "radio/site_portable_part.h"
#include "radio/timers.h"
#include "radio/vendor_announcement.h"

namespace dectbed::radio {

namespace {
constexpr int advanced_set_up = 24;  // capability bit
}

site_fixed_part::site_fixed_part(site_air& air, sim::entity_id who, const config& c)
    : station(air.on_air(), who, c.place),
      air_(air),
      config_(c),
      timing_(c.clock),
      synchroniser_(*this, air, c.timing, c.clock.ppb),
      channel_choice_(air.on_air().simulation().stream(who, "radio channel selection")),
      band_(&plan_of(band::none)) {
    config_.transceivers = std::clamp(config_.transceivers, 1, 4);
}

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
    if (synchroniser_.used()) {
        timing_ = station_timing(config_.clock);
        synchroniser_.begin();
        return;
    }
    timed();
}

void site_fixed_part::timed() {
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
    const std::uint16_t kept_free = synchroniser_.slots_of_sources();
    std::vector<channel> quietest;
    int quietest_step = std::numeric_limits<int>::max();
    for (int c = 0; c < band_->carriers; ++c)
        for (int s = 0; s < duplex_slots; ++s) {
            const auto& carrier = map.at[static_cast<std::size_t>(c)];
            const sim::dbm heard =
                std::max(carrier[static_cast<std::size_t>(s)], carrier[static_cast<std::size_t>(s + duplex_slots)]);
            if (heard >= r.rssi_ceiling || (kept_free & slot_bit(s)) != 0) continue;
            const int step = (heard.milli - r.rssi_floor.milli + r.rssi_step.milli - 1) / r.rssi_step.milli;
            if (step < quietest_step) {
                quietest.clear();
                quietest_step = step;
            }
            if (step == quietest_step) quietest.push_back({c, s});
        }
    if (quietest.empty()) {
        state_ = fixed_part_state::off;
        synchroniser_.stop();
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
    beacon_ = std::make_shared<beacon>();
    beacon_->identity = config_.identity;
    beacon_->who = who();
    beacon_->band = band_;
    beacon_->transceivers = config_.transceivers;
    beacon_->history.push_back({now(), information_});
    begin_dummy(carrier, slot);
    publish(sim::record::transmitter_changed{true, to_text(band_->which), carrier, slot});
    publish_information();
    // Those that still wait for it; whoever heard another signal meanwhile is no listener any more.
    const auto waiting = listeners_;
    for (site_portable_part* pp : waiting) pp->fixed_part_returned(*this);
    synchroniser_.went_on_air();
    notify([this, carrier, slot] {
        if (events_.started) events_.started(true, carrier, slot);
    });
}

void site_fixed_part::begin_dummy(int carrier, int slot) {
    beacon_->timing = timing_;
    dummy_ = medium_.begin(dummy_plan(index(), *band_, carrier, slot, power_, timing_, now(), beacon_));
}

void site_fixed_part::retime(const station_timing& timing) {
    if (timing == timing_) return;
    timing_ = timing;
    beacon_->timing = timing;
    medium_.retime(dummy_, timing);
    for (auto& [id, l] : links_) l.on->retime(timing);
    synchroniser_.timing_changed();
}

void site_fixed_part::leap(const station_timing& timing) {
    // Pages that were waiting for their frames are lost: the frames have other numbers now.
    for (sim::event_handle& burst : page_bursts_) burst.cancel();
    page_bursts_.clear();
    auto next = std::make_shared<beacon>(*beacon_);
    next->pages = {};
    next->connectionless = {};
    medium_.end(dummy_);
    beacon_ = std::move(next);
    timing_ = timing;
    begin_dummy(dummy_->carrier, dummy_->slot);
    // Those that still wait for it; whoever heard another signal meanwhile is no listener any more.
    const auto waiting = listeners_;
    for (site_portable_part* pp : waiting) pp->fixed_part_returned(*this);
    synchroniser_.timing_changed();
}

void site_fixed_part::stop() {
    if (state_ == fixed_part_state::off) return;
    const bool was_on_air = on_air();
    state_ = fixed_part_state::off;
    selection_.cancel();
    synchroniser_.stop();
    forget_notices();
    auto links = std::move(links_);
    links_.clear();
    host_busy_ = false;
    forget_set_ups();
    listening_.clear();
    for (auto& [id, l] : links) l.on->drop(side::fixed);
    for (sim::event_handle& burst : page_bursts_) burst.cancel();
    page_bursts_.clear();
    if (!was_on_air) return;
    publish(sim::record::transmitter_changed{false, to_text(band_->which), dummy_->carrier, dummy_->slot});
    medium_.end(dummy_);
    dummy_.reset();
    beacon_.reset();
}

// --- broadcast ---------------------------------------------------------------------------------------------

/// What the transceiver can do besides full slots belongs to the capabilities, whatever the user says.
std::uint64_t site_fixed_part::offered_slots() const {
    const auto bit = [&](slot_type t, int a) {
        return (config_.slot_types & slot_type_bit(t)) != 0 ? capability_bit(a) : std::uint64_t{0};
    };
    const bool advanced = config_.fast_set_up != set_up_detection::none;
    return bit(slot_type::double_slot, 15) | bit(slot_type::half, 16) |
           (advanced ? capability_bit(advanced_set_up) : std::uint64_t{0});
}

std::uint64_t site_fixed_part::offered_long_slots() const {
    const auto bit = [&](slot_type t) {
        return (config_.slot_types & slot_type_bit(t)) != 0 ? capability_bit(long_slot_bit(t)) : std::uint64_t{0};
    };
    return bit(slot_type::long_640) | bit(slot_type::long_672);
}

void site_fixed_part::set_information(const system_information& info) {
    system_information next = info;
    next.fixed_part_capabilities |= offered_slots();
    next.extended_capabilities |= offered_long_slots();
    if (next.extended_capabilities != 0) next.fixed_part_capabilities |= capability_bit(extended_capabilities_follow);
    if (next == information_) return;
    information_ = next;
    if (!on_air()) return;
    beacon_->says(information_, now());
    publish_information();
    for (site_portable_part* pp : listeners_) pp->information_changed_at(*this);
}

void site_fixed_part::publish_information() {
    publish(sim::record::system_information_changed{announcement_text(information_),
                                                    (information_.fixed_part_capabilities & capability_bit(44)) != 0});
}

}  // namespace dectbed::radio
