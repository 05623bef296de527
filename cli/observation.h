// Runs that are only looked at: each in a process of its own, nothing is written, and what one wants to know of the
// journal comes back as a text.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cli/runner.h"
#include "results/run_result.h"

namespace dectbed::cli {

/// Made and used in the run's process.
struct observation {
    std::function<void(const sim::journal_entry&)> on;
    std::function<std::string()> answer;
};
struct observation_order {
    const loaded_scenario* scenario = nullptr;
    std::uint64_t seed = 1;
    std::function<observation()> make;  ///< empty: only the result is wanted
};
struct observed {
    bool completed = false;  ///< the run came to its end; else `reason`
    results::run_result result;
    std::string answer, reason;
};

/// In the order of the orders, whatever the number of jobs. `cancelled`: then what has not ended is not completed.
std::vector<observed> observe(const runner& r, const std::vector<observation_order>& orders, unsigned jobs,
                              const std::function<bool()>& cancelled = {},
                              const std::function<void(std::size_t done)>& progress = {});

}  // namespace dectbed::cli
