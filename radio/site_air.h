// The air of a site, inside: the medium, the stations on it and the bearers between them.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "radio/air_interface.h"
#include "radio/bearer.h"
#include "radio/medium.h"
#include "radio/transmission_monitor.h"

namespace dectbed::radio {

class site_fixed_part;
class site_portable_part;

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
    transmission_monitor& monitor() { return monitor_; }
    /// A station begins to work on a band: what is not confirmed about it goes into the journal once.
    void used(const band_plan& plan);

    /// Fixed part whose station that is; null if it is gone.
    site_fixed_part* fixed_part_at(station_index station) const;
    void forget(site_fixed_part& part);
    void forget(site_portable_part& part);
    const std::vector<site_portable_part*>& portable_parts() const { return portable_parts_; }

    std::shared_ptr<bearer> make_bearer(const bearer::parameters& p, bearer_events fixed);

  private:
    void retire(bearer* b);

    void assume(const std::string& text) const;

    const sim::entity_id site_;
    transmission_monitor monitor_;
    medium medium_;
    std::uint32_t bands_used_ = 0;  // bit of each band
    std::map<station_index, site_fixed_part*> fixed_parts_;
    std::vector<site_portable_part*> portable_parts_;
    std::map<bearer*, std::shared_ptr<bearer>> bearers_;  // never iterated: pointer order has no effect
    std::vector<std::shared_ptr<bearer>> retired_;        // until the event that retired them is over
    sim::event_handle burial_;
};

}  // namespace dectbed::radio
