#include "radio/site_air.h"

#include <algorithm>
#include <utility>

#include "radio/air_assumptions.h"
#include "radio/nwk/clms_fixed.h"
#include "radio/propagation.h"
#include "radio/site_fixed_part.h"
#include "radio/site_portable_part.h"

namespace dectbed::radio {

site_air::site_air(sim::simulation& s, sim::entity_id site, const path_loss_parameters& loss,
                   const receiver_parameters& receiver, std::string_view country)
    : site_(site), monitor_(s, country), medium_(s, loss, receiver, s.journal().path_of(site)) {
    medium_.set_monitor(&monitor_);
    assume("radio: bit errors follow non-coherent FSK through the one point EN 300 175-2 gives (BER 1e-3 at 11 dB)");
    assume("radio: portable parts extrapolate the scanned carrier (PSCN) by one carrier a frame");
    const bool shadowed = loss.shadowing_db > 0, fades = loss.fades.kind != fading_kind::none;
    if (!shadowed && !fades) assume("radio: path loss is a planning formula without shadowing or fading");
    if (shadowed != fades)
        assume(shadowed ? "radio: path loss is a planning formula with shadowing, without fading"
                        : "radio: path loss is a planning formula with fading, without shadowing");
    if (fades) assume("radio: fading is constant for the coherence time, and independent on every carrier");
    if (receiver.sensitivity != receiver_parameters{}.sensitivity)
        assume("radio: receivers have another sensitivity than EN 300 175-2 demands");
    for (const std::string& text : assumptions_of(monitor_.rules())) assume(text);
}

void site_air::assume(const std::string& text) const {
    medium_.simulation().publish(site_, sim::record::assumption_used{text});
}

void site_air::used(const band_plan& plan) {
    const std::uint32_t bit = 1U << static_cast<unsigned>(plan.which);
    if ((bands_used_ & bit) != 0) return;
    bands_used_ |= bit;
    for (const std::string& text : assumptions_of(plan)) assume(text);
}

void site_air::used(const sim::bytes& nwk) {
    const auto message = nwk::decode_message(nwk);
    if (!message) return;
    for (const air_assumption a : assumptions_of(message.value())) {
        const std::uint32_t bit = 1U << static_cast<unsigned>(a);
        if ((air_assumptions_used_ & bit) == 0) assume(std::string(text_of(a)));
        air_assumptions_used_ |= bit;
    }
}

site_air::~site_air() { burial_.cancel(); }

std::unique_ptr<fixed_part> site_air::make_fixed_part(sim::entity_id who, const fixed_part::config& c) {
    if (c.timing.by != synchronisation::method::none && !synchronised_) {
        synchronised_ = true;
        assume(
            "radio: how a fixed part finds whom to take its timing from, and how exactly, is practice, not EN 300 175");
    }
    auto part = std::make_unique<site_fixed_part>(*this, who, c);
    fixed_parts_[part->index()] = part.get();
    if (c.system != 0) systems_[c.system].push_back(part.get());
    return part;
}

std::unique_ptr<portable_part> site_air::make_portable_part(sim::entity_id who, const portable_part::config& c) {
    return std::make_unique<site_portable_part>(*this, who, c);
}

sim::dbm site_air::level(const sim::position& from, const sim::position& to, sim::dbm power) const {
    return power - medium_.losses().loss(from, to);
}

fixed_peer* site_air::fixed_part_at(station_index station) const {
    const auto found = fixed_parts_.find(station);
    return found == fixed_parts_.end() ? nullptr : found->second;
}

void site_air::forget(site_fixed_part& part) {
    fixed_parts_.erase(part.index());
    auto& members = systems_[part.system()];
    members.erase(std::remove(members.begin(), members.end(), &part), members.end());
}

std::shared_ptr<connection> site_air::make_connection(const connection::parameters& p, bool waiting,
                                                      connection_events fixed) {
    return keep([&](std::function<void()> retired) {
        return std::make_shared<connection>(medium_, p, waiting, std::move(fixed), std::move(retired));
    });
}

void site_air::joins(fixed_peer& part) { fixed_parts_[part.station_at()] = &part; }

void site_air::leaves(const fixed_peer& part) { fixed_parts_.erase(part.station_at()); }

std::shared_ptr<connection> site_air::make_connection(const connection::parameters& p, burst_end& fixed) {
    return keep([&](std::function<void()> retired) {
        return std::make_shared<connection>(medium_, p, fixed, std::move(retired));
    });
}

std::shared_ptr<connection> site_air::make_called_connection(const connection::parameters& p, bool waiting) {
    return keep([&](std::function<void()> retired) {
        return std::make_shared<connection>(medium_, p, connection::called{}, waiting, std::move(retired));
    });
}

std::shared_ptr<connection> site_air::keep(
    std::function<std::shared_ptr<connection>(std::function<void()> retired)> make) {
    // The connection learns its own address only after it is made; it cannot be retired before that.
    auto self = std::make_shared<connection*>(nullptr);
    auto made = make([this, self] { retire(*self); });
    *self = made.get();
    connections_[made.get()] = made;
    return made;
}

void site_air::used_fast_set_up() {
    if (fast_set_up_) return;
    fast_set_up_ = true;
    assume(
        "radio: fast set-up: that a fixed part may end a connection of the basic set by the advanced set's RELEASE, to "
        "have the portable part listen, is unconfirmed");
}

void site_air::used_broadcast(const sim::bytes& message) {
    if (!nwk::is_clms_fixed(message) && !std::exchange(announced_, true))
        assume(
            "radio: connectionless link: that a portable part listens to odd frames for 8 s after the announcement, "
            "and "
            "that NT separates two messages, is practice; EN 300 175 leaves it open");
    if (message.size() > nwk::section_octets && nwk::is_clms_fixed(message) && !std::exchange(filled_, true))
        assume("radio: the fill of a {CLMS-FIXED} is zeros, as EN 300 175-5 gives it no code");
}

void site_air::retire(connection* c) {
    const auto found = connections_.find(c);
    if (found == connections_.end()) return;
    retired_.push_back(std::move(found->second));
    connections_.erase(found);
    if (!burial_.pending()) burial_ = medium_.simulation().kernel().soon([this] { retired_.clear(); });
}

site_fixed_part* site_air::holder_of(std::uint32_t system, std::uint32_t pmid, const site_fixed_part& but) const {
    const auto found = systems_.find(system);
    if (system == 0 || found == systems_.end()) return nullptr;
    for (site_fixed_part* part : found->second)
        if (part != &but && part->holds(pmid)) return part;
    return nullptr;
}

std::unique_ptr<air> make_air(sim::simulation& s, sim::entity_id site, const path_loss_parameters& loss,
                              const receiver_parameters& receiver, std::string_view country) {
    return std::make_unique<site_air>(s, site, loss, receiver, country);
}

const char* to_text(release_reason r) {
    switch (r) {
        case release_reason::normal:
            return "normal";
        case release_reason::setup_failed:
            return "setup failed";
        case release_reason::base_busy:
            return "base busy";
        case release_reason::signal_lost:
            return "signal lost";
        case release_reason::radio_off:
            return "radio off";
    }
    return "normal";
}

const char* to_text(unlock_reason r) {
    switch (r) {
        case unlock_reason::requested:
            return "requested";
        case unlock_reason::signal_lost:
            return "signal lost";
        case unlock_reason::radio_off:
            return "radio off";
    }
    return "requested";
}

}  // namespace dectbed::radio
