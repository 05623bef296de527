// dectbed explore: looks for faults under which a scenario's expectations fail, and makes what it finds small.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cli/runner.h"

namespace CLI {
class App;
}

namespace dectbed::cli {

struct explore_arguments {
    std::string scenario, budget, out, seeds;
    std::vector<std::string> overrides;
    std::uint64_t seed = 1, tries = 0;  ///< tries 0: as many as the budget allows
    std::size_t findings = 3;           ///< different failures that are made small
    unsigned jobs = 0;
};

CLI::App* add_explore(CLI::App& app, explore_arguments& a);

/// Exit codes as of `run`: 0 nothing was found, 1 something was, 2 the input is wrong, 3 a run without faults could not
/// be completed, 130 interrupted (with what was found until then).
int explore_command(const runner& r, const explore_arguments& a, const std::function<bool()>& cancelled);

/// "10min", "90 s", "2 h" in seconds; 0 if it is none.
double budget_seconds(const std::string& text);

}  // namespace dectbed::cli
