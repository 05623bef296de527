// What a run's process does: watch the run, judge it, hand the result back.
#pragma once

#include <filesystem>
#include <string>

#include "cli/process_pool.h"
#include "cli/runner.h"

namespace dectbed::cli {

struct run_order {
    const loaded_scenario* scenario = nullptr;
    std::uint64_t seed = 1;
    std::filesystem::path folder;    ///< exists; for servers.csv and what a world leaves; empty: neither
    std::filesystem::path journal;   ///< empty: no journal is written
    bool flush_each_record = false;  ///< journal of a run that is expected to die
    std::string pcap_folder;         ///< empty: no captures
    bool pcap_all = false;
    checkpoint expected;  ///< of the run that this one replays; records 0: none
};

/// Runs, and returns results::pack() of its result. A sim::run_failure becomes a result "not completed".
std::string run_and_judge(const runner& r, const run_order& order, run_slot& slot);

/// Records after which a checkpoint is taken: powers of two, and every 128.
constexpr bool is_checkpoint(std::uint64_t records) { return (records & 127) == 0 || (records & (records - 1)) == 0; }

}  // namespace dectbed::cli
