#include "models/servers/health_watch.h"

#include <fmt/format.h>

namespace dectbed::models::servers {

health_watch::health_watch(sim::simulation& s, sim::entity_id watcher, sim::entity_id member, health_check_parameters p,
                           std::function<void(bool)> decided)
    : sim_(s), watcher_(watcher), member_(member), parameters_(p), decided_(std::move(decided)) {
    auto draws = s.stream(watcher, "health");
    phase_ = sim::duration{static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(p.interval.count())))};
}

void health_watch::changed(bool up) {
    deciding_.cancel();
    if (up == healthy_) return;
    const sim::duration since = (sim_.now().time_since_epoch() + parameters_.interval - phase_) % parameters_.interval;
    const int more = (up ? parameters_.successes : parameters_.failures) - 1;
    deciding_ = sim_.kernel().after(parameters_.interval - since + parameters_.interval * more, [this, up, more] {
        healthy_ = up;
        sim_.publish(watcher_,
                     sim::record::server_health{
                         member_, up, fmt::format("{} checks in a row {}", more + 1, up ? "succeeded" : "failed")});
        decided_(up);
    });
}

}  // namespace dectbed::models::servers
