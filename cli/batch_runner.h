// Runs scenarios with seeds over a pool of processes, replays what failed, and writes what there is to keep.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/process_pool.h"
#include "cli/run_body.h"
#include "cli/runner.h"
#include "results/batch.h"

namespace dectbed::cli {

struct batch_options {
    std::vector<std::uint64_t> seeds;  ///< empty: each scenario's own
    unsigned jobs = 1;
    std::filesystem::path out;
    std::vector<std::string> overrides;  ///< as given, for replay commands
    bool pcap = false, journal = false, fail_fast = false;
    run_limits limits;
    /// Failed runs that are run again for their journals, the first ones of the batch.
    std::size_t replays_max = 20;
    std::chrono::milliseconds firmware_cpu_max{10'000};
    std::string debugged_device, debugger;  ///< as in child_settings
    std::chrono::milliseconds firmware_blocked_max{60'000};
};

/// How far a batch is.
struct batch_progress {
    std::size_t done = 0, planned = 0, failed = 0;
    bool replaying = false;
    struct current_run {
        const loaded_scenario* scenario;
        std::uint64_t seed;
        const run_slot* slot;
    };
    std::vector<current_run> running;
};

struct batch_hooks {
    std::function<void(const batch_progress&)> progress;
    std::function<bool()> cancelled;
    /// A run that failed: notes which of its failures are known, and says whether it counts. Unset: it does.
    std::function<bool(results::run_result&)> counts;
};

/// Runs everything and writes each run's folder as it ends. Throws std::runtime_error if results cannot be
/// written and std::system_error if no process can be made.
results::batch_result run_batch(const runner& r, const std::vector<loaded_scenario>& scenarios, const batch_options& o,
                                const batch_hooks& hooks);

/// Writes what belongs to the batch as a whole: results.sqlite, runs.csv, junit.xml, report.html.
void write_batch(const results::batch_result& batch, const std::filesystem::path& out,
                 const std::filesystem::path& junit);

}  // namespace dectbed::cli
