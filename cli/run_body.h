// What a run's process does: watch the run, judge it, hand the result back.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "cli/process_pool.h"
#include "cli/runner.h"

namespace dectbed::cli {

/// What one run may take; 0: no limit. Looked at between steps of simulated time, so that all but the memory limit end
/// a run at the same point everywhere.
struct run_limits {
    std::uint64_t events = 0;
    sim::duration simulated{0};
    std::uint64_t memory_octets = 0;  ///< resident memory of the run's process
};

struct run_order {
    const loaded_scenario* scenario = nullptr;
    std::uint64_t seed = 1;
    std::filesystem::path folder;    ///< exists; for servers.csv and what a world leaves; empty: neither
    std::filesystem::path journal;   ///< empty: no journal is written
    bool flush_each_record = false;  ///< journal of a run that is expected to die
    std::string pcap_folder;         ///< empty: no captures
    bool pcap_all = false;
    std::function<void(const sim::journal_entry&)> sink;  ///< sees every record too
    run_limits limits;
    checkpoint expected;  ///< of the run that this one replays; records 0: none
};

/// Runs, and returns results::pack() of its result. A sim::run_failure becomes a result "not completed".
std::string run_and_judge(const runner& r, const run_order& order, run_slot& slot);

/// Records after which a checkpoint is taken: powers of two, and every 128.
constexpr bool is_checkpoint(std::uint64_t records) { return (records & 127) == 0 || (records & (records - 1)) == 0; }

}  // namespace dectbed::cli
