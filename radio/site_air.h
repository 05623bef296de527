// The air of a site, inside: the medium, the stations on it and the bearers between them.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "radio/air_interface.h"
#include "radio/connection.h"
#include "radio/medium.h"
#include "radio/transmission_monitor.h"

namespace dectbed::radio {

class fixed_peer;
class site_fixed_part;
class site_portable_part;
class synchroniser;

class site_air final : public air {
  public:
    site_air(sim::simulation& s, sim::entity_id site, const path_loss_parameters& loss,
             const receiver_parameters& receiver, std::string_view country);
    ~site_air() override;

    std::unique_ptr<fixed_part> make_fixed_part(sim::entity_id who, const fixed_part::config& c) override;
    std::unique_ptr<portable_part> make_portable_part(sim::entity_id who, const portable_part::config& c) override;
    sim::dbm level(const sim::position& from, const sim::position& to, sim::dbm power) const override;
    void set_observer(burst_observer* o) override { medium_.set_observer(o); }

    void close_accounts() override { monitor_.close(); }

    medium& on_air() { return medium_; }
    const transmission_monitor& monitor() const { return monitor_; }
    /// A station begins to work on a band: what is not confirmed about it goes into the journal once.
    void used(const band_plan& plan);
    /// A message arrived: what it stands on that no source confirms goes into the journal once.
    void used(const sim::bytes& nwk);

    /// Fixed part whose station that is; null if it is gone.
    fixed_peer* fixed_part_at(station_index station) const;
    void forget(site_fixed_part& part);
    /// One whose MAC a firmware runs comes, or goes.
    void joins(fixed_peer& part);
    void leaves(const fixed_peer& part);

    /// Members of a synchronised system, in the order in which they were made.
    std::vector<synchroniser*>& chain(std::uint32_t system) { return chains_[system]; }

    /// `waiting`: the fixed part answers by WAIT at first.
    std::shared_ptr<connection> make_connection(const connection::parameters& p, bool waiting, connection_events fixed);
    /// One whose fixed end a firmware makes burst by burst.
    std::shared_ptr<connection> make_connection(const connection::parameters& p, burst_end& fixed);
    /// One that a fixed part sets up; the portable part has heard its request.
    std::shared_ptr<connection> make_called_connection(const connection::parameters& p, bool waiting);
    /// A fixed part tells a portable part to listen for such requests.
    void used_fast_set_up();
    /// A fixed part broadcasts a message.
    void used_broadcast(const sim::bytes& message);
    /// Fixed part of that system, not `but`, that has an established link with that PMID; null: none.
    site_fixed_part* holder_of(std::uint32_t system, std::uint32_t pmid, const site_fixed_part& but) const;

  private:
    void retire(connection* c);

    std::shared_ptr<connection> keep(std::function<std::shared_ptr<connection>(std::function<void()> retired)> make);
    void assume(const std::string& text) const;

    const sim::entity_id site_;
    transmission_monitor monitor_;
    medium medium_;
    std::uint32_t bands_used_ = 0;             // bit of each band
    std::uint32_t air_assumptions_used_ = 0;   // bit of each air_assumption
    bool fast_set_up_ = false;                 // asked of anybody
    bool announced_ = false, filled_ = false;  // broadcasts: over a link, in sections
    bool synchronised_ = false;                // some fixed part takes its timing from others
    std::map<station_index, fixed_peer*> fixed_parts_;
    std::map<std::uint32_t, std::vector<site_fixed_part*>> systems_;
    std::map<std::uint32_t, std::vector<synchroniser*>> chains_;
    std::map<connection*, std::shared_ptr<connection>> connections_;  // never iterated: pointer order has no effect
    std::vector<std::shared_ptr<connection>> retired_;                // until the event that retired them is over
    sim::event_handle burial_;
};

}  // namespace dectbed::radio
