// A server and those that stand in for it: whoever of them is healthy first, in the order of the scenario, gets the
// requests.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "models/servers/health_watch.h"
#include "models/servers/service_station.h"

namespace dectbed::scenarios {

class fail_over_group {
  public:
    explicit fail_over_group(sim::simulation& s) : sim_(s) {}

    /// `activate` makes this member the one that requests find. The first member is active at first, without a call.
    /// Its health is told by its station; the checks are those of `watcher`.
    void add(sim::entity_id watcher, sim::entity_id member, const models::servers::health_check_parameters& checks,
             models::servers::service_station& station, std::function<void()> activate);

  private:
    struct member {
        std::unique_ptr<models::servers::health_watch> health;
        std::function<void()> activate;
    };
    void choose();

    sim::simulation& sim_;
    std::vector<member> members_;
    std::size_t active_ = 0;
};

}  // namespace dectbed::scenarios
