// What the command line needs of the rest of the house: scenarios by path, and one run. Behind functions, so
// that the pool, the batch and the words can be tested with a runner that does what a test wants.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "results/device_tracker.h"
#include "results/expectation.h"
#include "sim/journal/journal.h"

namespace dectbed::cli {

struct loaded_scenario {
    std::string name, file, description, digest;
    std::uint64_t seed = 1;       ///< unless the command line says otherwise
    bool wants_captures = false;  ///< names links whose packets are always captured
    std::vector<results::expectation> expectations;
    std::shared_ptr<const void> world;  ///< the runner's own
};

/// One sentence each: "office.yaml:12:3: ...".
using problems = std::vector<std::string>;

/// How a run is watched from outside.
struct run_watch {
    std::function<void(const sim::journal_entry&)> sink;  ///< every record, in order
    const results::device_tracker* devices = nullptr;     ///< fed by `sink`
    std::function<void(sim::time_point)> progress;        ///< now and then
    std::string files_folder;                             ///< of the run; empty: it leaves no files
    std::string pcap_folder;                              ///< empty: no captures
    bool pcap_all = false;
    /// Set by the runner when the journal exists: its digest so far. Stays usable after run() has thrown.
    std::function<std::string()> digest;
};

struct run_facts {
    std::string journal_digest;
    std::uint64_t events = 0;
    sim::time_point ended;
};

struct runner {
    /// Files that a path stands for: itself, or a folder's scenarios without the abstract ones, sorted.
    std::function<std::vector<std::string>(const std::string& path)> files;
    std::function<std::variant<loaded_scenario, problems>(const std::string& file,
                                                          const std::vector<std::string>& overrides)>
        load;
    /// A tiny simulation, so that processes forked from this one start warm.
    std::function<void()> warm_up;
    /// One run, in a process of its own. Throws sim::run_failure if it cannot be completed.
    std::function<run_facts(const loaded_scenario& s, std::uint64_t seed, run_watch& watch)> run;
    std::function<std::string(const loaded_scenario&)> resolved;  ///< YAML with every default
    std::function<std::string()> schema;
};

}  // namespace dectbed::cli
