// The people of one site, and what they can see and touch of its devices.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/person/person.h"
#include "scenarios/site_world.h"

namespace dectbed::scenarios {

class people_world {
  public:
    /// Declares the people of the site. Devices need not exist yet.
    people_world(sim::simulation& s, site_world& site);
    ~people_world();

    /// Where each handset of the site is at the start: its own place, else with its owner, else the origin.
    std::vector<sim::position> handset_places() const;
    /// Devices exist now.
    void build();
    void start();
    bool all_finished() const;

  private:
    class base_view;
    class handset_view;
    struct plan {
        const person_population* population;
        sim::entity_id who;
        sim::position place;
        std::vector<std::size_t> own;  ///< handsets of the site
    };
    std::vector<std::size_t> choose(const selection& s, const plan& p, std::size_t population_size) const;
    std::vector<models::person::visible_device*> bases_of(const selection& s, const plan& p);
    /// The same; those who know the same bases share the list.
    std::shared_ptr<const std::vector<models::person::visible_device*>> shared_bases_of(const selection& s,
                                                                                        const plan& p);
    std::vector<models::person::handset_ui*> handsets_of(const selection& s, const plan& p);
    std::vector<models::person::task> tasks_of(const plan& p);

    sim::simulation& sim_;
    site_world& site_;
    std::vector<plan> plans_;
    std::vector<std::unique_ptr<base_view>> bases_;
    std::vector<std::unique_ptr<handset_view>> handsets_;
    std::shared_ptr<const std::vector<models::person::visible_device*>> last_bases_;  // that were shared
    const selection* last_selection_ = nullptr;                                       // by which they were chosen
    std::vector<std::unique_ptr<models::person::person>> people_;
};

}  // namespace dectbed::scenarios
