// Makes a failing try smaller: fewer faults, fewer devices, less time, simpler arguments, for as long as it still
// fails. Greedy and deterministic: of each round's candidates the first that still fails is taken.
#pragma once

#include <functional>
#include <vector>

#include "cli/trial.h"

namespace dectbed::cli {

/// For each candidate whether it still fails in the same way, while it passes without its faults.
using failing = std::function<std::vector<bool>(const std::vector<trial>&)>;

struct shrink_facts {
    const loaded_scenario* scenario = nullptr;
    std::string expectation;       ///< what fails; the others are dropped. Empty: the run is not completed
    sim::duration undisturbed{0};  ///< length of the run without faults
};

/// `candidates_max`: no more tries than so many are judged.
trial shrink(trial t, const shrink_facts& facts, const failing& still_fails, std::size_t candidates_max = 400);

}  // namespace dectbed::cli
