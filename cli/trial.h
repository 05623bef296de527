// One try of `dectbed explore`: faults that were drawn, and what has been taken away from the scenario to make it
// smaller. As keys of an extending file it is a scenario that anybody can run.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/runner.h"

namespace dectbed::cli {

struct drawn_fault {
    std::string action, target;  ///< target: a path
    std::vector<std::pair<std::string, std::string>> arguments;
    // Either at a time, or at the n-th of a device's records.
    std::optional<sim::duration> at;
    std::string record, role, device;  ///< role: "who" or the field that names the device
    std::uint64_t nth = 1;
    sim::duration delay{0};
    std::optional<sim::duration> lasts;
};

struct trial {
    std::uint64_t seed = 1;  ///< of the run
    std::vector<drawn_fault> faults;
    std::map<std::string, std::int64_t> counts;  ///< by a population's key
    std::set<std::string> without;               ///< keys of populations, people and sites
    std::set<std::string> dropped;               ///< names of expectations
    std::optional<sim::duration> duration;
};

/// True if this population, or the site that it belongs to, was taken away.
bool is_without(const trial& t, const std::string& key);

/// What a run without faults shows: when its devices publish what.
struct run_profile {
    struct series {
        std::string device, record, role;
        std::uint64_t count = 0;
        std::vector<std::int64_t> takes_ps;  ///< of each, for records of what takes time
    };
    sim::duration length{0};
    std::vector<series> all;  ///< by device, then record
};

/// Draws the faults of try number `n`. Depends on nothing but its arguments.
trial draw(std::uint64_t explore_seed, std::uint64_t n, std::uint64_t run_seed, const loaded_scenario& s,
           const std::vector<action_choice>& actions, const run_profile& profile);

/// The clause of the scenario that an expectation is of: one with several limits makes several, "name: p95".
std::string clause_of(const std::string& name, const loaded_scenario& s);

/// The action on the population's first member, a second after the start of a run that ends soon after and expects
/// nothing: it can be completed if the member offers the action and its arguments can be drawn.
trial probe(const population_facts& p, const action_choice& a, const loaded_scenario& s);

/// Keys of an extending file, as YAML; with_faults false: only what was taken away.
std::string changes_of(const trial& t, const loaded_scenario& original, bool with_faults = true);

/// "power_cut of office/base[0] at flash_write 2 of office/base[0], for 20 s"
std::string words_of(const drawn_fault& f);

/// "90 s", "1500 ms", "12 ps": exact.
std::string exact_text(sim::duration d);

}  // namespace dectbed::cli
