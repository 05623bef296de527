// A batch: several runs of one or more scenarios, in the order in which they were asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "results/run_result.h"

namespace dectbed::results {

struct scenario_info {
    std::string name, file, description;
    std::string arguments = {};  ///< further words of the command that runs it
    std::string point = {};      ///< of a sweep; empty: the scenario as it is
};

struct batch_result {
    std::string version;
    std::vector<std::string> overrides;  ///< as given to --set
    std::vector<scenario_info> scenarios;
    std::vector<run_result> runs;  ///< scenario by scenario, seeds ascending; only those that ended
    std::uint64_t planned = 0;     ///< runs asked for; more than `runs` after an interrupt or --fail-fast
    bool interrupted = false;
};

/// Program's version, "0.1.0".
std::string program_version();

/// 0 all expectations hold, 1 some do not, 3 a run could not be completed. Known failures (baseline.h) do not count.
int exit_code(const batch_result& batch);

/// "dectbed run scenarios/library/office.yaml --seed 3 --set code=1 --journal"
std::string replay_command(const batch_result& batch, const run_result& run);

const scenario_info* find_scenario(const batch_result& batch, const std::string& name);

/// "1..5, 7": the seeds of a list in ascending order.
std::string seed_ranges(std::vector<std::uint64_t> seeds);

// --- what a batch leaves on disk (docs/results.md has every field) -------------------------------------------

std::string summary_json(const run_result& run);  ///< <out>/<scenario>/<seed>/summary.json
std::string runs_csv(const batch_result& batch);  ///< <out>/runs.csv
std::string junit_xml(const batch_result& batch, const std::filesystem::path& out);  ///< <out>/junit.xml
std::string html_report(const batch_result& batch);                                  ///< <out>/report.html
void save_store(const batch_result& batch, const std::filesystem::path& file);       ///< <out>/results.sqlite
/// Throws std::runtime_error if the file is missing or is not such a store.
batch_result load_store(const std::filesystem::path& file);

std::filesystem::path folder_of(const std::filesystem::path& out, const std::string& scenario, std::uint64_t seed);

}  // namespace dectbed::results
