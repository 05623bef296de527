// Finds out that a server is down, and up again, as checks at regular intervals do: after so many in a row that failed,
// or succeeded. The checks cost nothing: between two changes of the server they would all say the same, so only the
// one that decides is worked out.
//
// Publishes server_health in the name of the watcher. Draws the phase of the checks from the watcher's stream "health".
#pragma once

#include <functional>

#include "sim/simulation.h"

namespace dectbed::models::servers {

struct health_check_parameters {
    sim::duration interval = std::chrono::seconds(10);
    int failures = 3, successes = 2;  ///< in a row, at least 1
};

class health_watch {
  public:
    /// `decided` is told when the belief changes. The server counts as up at first.
    health_watch(sim::simulation& s, sim::entity_id watcher, sim::entity_id member, health_check_parameters p,
                 std::function<void(bool healthy)> decided);
    ~health_watch() { deciding_.cancel(); }
    health_watch(const health_watch&) = delete;
    health_watch& operator=(const health_watch&) = delete;

    /// The server is up, or down, from now on.
    void changed(bool up);
    bool healthy() const { return healthy_; }

  private:
    sim::simulation& sim_;
    sim::entity_id watcher_, member_;
    health_check_parameters parameters_;
    std::function<void(bool)> decided_;
    sim::duration phase_;
    bool healthy_ = true;
    sim::event_handle deciding_;
};

}  // namespace dectbed::models::servers
