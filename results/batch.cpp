#include "results/batch.h"

#include <fmt/format.h>

#include <algorithm>

#include "results/baseline.h"
#include "results/files.h"

namespace dectbed::results {

std::string program_version() { return DECTBED_VERSION; }

int exit_code(const batch_result& batch) {
    int code = 0;
    for (const run_result& run : batch.runs) {
        if (!counts_as_failed(run)) continue;
        if (run.outcome == verdict::not_completed) return 3;
        if (run.outcome == verdict::failed) code = 1;
    }
    return code;
}

const scenario_info* find_scenario(const batch_result& batch, const std::string& name) {
    const auto it = std::find_if(batch.scenarios.begin(), batch.scenarios.end(),
                                 [&](const scenario_info& s) { return s.name == name; });
    return it == batch.scenarios.end() ? nullptr : &*it;
}

std::string replay_command(const batch_result& batch, const run_result& run) {
    const scenario_info* scenario = find_scenario(batch, run.scenario);
    std::string command =
        fmt::format("dectbed run {} --seed {}", shell_word(scenario ? scenario->file : run.scenario), run.seed);
    if (scenario) command += scenario->arguments;
    for (const std::string& o : batch.overrides) command += " --set " + shell_word(o);
    return command + " --journal";
}

std::string seed_ranges(std::vector<std::uint64_t> seeds) {
    std::sort(seeds.begin(), seeds.end());
    std::string text;
    for (std::size_t i = 0; i < seeds.size();) {
        std::size_t last = i;
        while (last + 1 < seeds.size() && seeds[last + 1] == seeds[last] + 1) ++last;
        if (!text.empty()) text += ", ";
        text += std::to_string(seeds[i]);
        if (last > i) text += (last == i + 1 ? ", " : "..") + std::to_string(seeds[last]);
        i = last + 1;
    }
    return text;
}

std::filesystem::path folder_of(const std::filesystem::path& out, const std::string& scenario, std::uint64_t seed) {
    return out / scenario / std::to_string(seed);
}

std::string runs_csv(const batch_result& batch) {
    const auto quoted = [](const std::string& text) {
        if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
        std::string q = "\"";
        for (const char c : text) q += c == '"' ? std::string("\"\"") : std::string(1, c);
        return q + "\"";
    };
    std::string csv =
        "scenario,seed,outcome,bases,bases_ready,handsets,handsets_ready,ready_p50_s,ready_p95_s,ready_max_s,"
        "handset_ready_p95_s,expectations,expectations_failed,simulated_s,wall_s,events,records,journal_digest,"
        "failed_who,failed_reason\n";
    for (const run_result& run : batch.runs) {
        const device_count bases = count_devices(run, true), handsets = count_devices(run, false);
        spread ready, handset_ready;
        for (const phase_result& p : run.phases) {
            if (p.name == "ready") ready = p.took;
            if (p.name == "handset_ready") handset_ready = p.took;
        }
        const auto seconds = [](const spread& s, sim::duration d) {
            return s.n == 0 ? std::string() : fmt::format("{:.6f}", sim::to_seconds(d));
        };
        const auto failed = std::count_if(run.expectations.begin(), run.expectations.end(),
                                          [](const expectation_result& e) { return !e.passed; });
        csv += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{:.6f},{:.3f},{},{},{},{},{}\n",
                           quoted(run.scenario), run.seed, to_text(run.outcome), bases.total, bases.ready,
                           handsets.total, handsets.ready, seconds(ready, ready.p50), seconds(ready, ready.p95),
                           seconds(ready, ready.max), seconds(handset_ready, handset_ready.p95),
                           run.expectations.size(), failed, sim::to_seconds(run.simulated), run.wall_s, run.events,
                           run.records, run.journal_digest, quoted(run.failed_who), quoted(run.failed_reason));
    }
    return csv;
}

}  // namespace dectbed::results
