#include "scenarios/fail_over.h"

#include <algorithm>

namespace dectbed::scenarios {

void fail_over_group::add(sim::entity_id watcher, sim::entity_id who,
                          const models::servers::health_check_parameters& checks,
                          models::servers::service_station& station, std::function<void()> activate) {
    auto health =
        std::make_unique<models::servers::health_watch>(sim_, watcher, who, checks, [this](bool) { choose(); });
    station.watch_health([watch = health.get()](bool up) { watch->changed(up); });
    members_.push_back({std::move(health), std::move(activate)});
}

void fail_over_group::choose() {
    const auto healthy =
        std::find_if(members_.begin(), members_.end(), [](const member& m) { return m.health->healthy(); });
    if (healthy == members_.end()) return;  // wherever requests go, nobody answers
    const auto index = static_cast<std::size_t>(healthy - members_.begin());
    if (index == active_) return;
    active_ = index;
    healthy->activate();
}

}  // namespace dectbed::scenarios
