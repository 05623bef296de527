// At most so many events a key within a sliding window.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "sim/time.h"

namespace dectbed::models::servers {

struct rate_limit {
    std::size_t count = 0;  ///< 0: no limit
    sim::duration window = std::chrono::seconds{60};
};

class rate_limiter {
  public:
    explicit rate_limiter(rate_limit limit) : limit_(limit) {}

    /// True and counted if `key` may go on; otherwise false, not counted, and `wait` says how long until it may.
    bool admit(const std::string& key, sim::time_point now, sim::duration& wait);

  private:
    rate_limit limit_;
    std::map<std::string, std::deque<sim::time_point>> seen_;
};

}  // namespace dectbed::models::servers
