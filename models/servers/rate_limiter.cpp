#include "models/servers/rate_limiter.h"

namespace dectbed::models::servers {

bool rate_limiter::admit(const std::string& key, sim::time_point now, sim::duration& wait) {
    if (limit_.count == 0) return true;
    auto& times = seen_[key];
    while (!times.empty() && now - times.front() >= limit_.window) times.pop_front();
    if (times.size() >= limit_.count) {
        wait = limit_.window - (now - times.front());
        return false;
    }
    times.push_back(now);
    return true;
}

}  // namespace dectbed::models::servers
