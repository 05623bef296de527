// Failures that are known and do not count: a batch fails only of what is new.
//
// A JSON file: {"known": [{"scenario": glob, "expectation": glob, "seeds": "1..5", "until": "2026-12-31",
// "reason": text}, ...]}. `seeds`, `until` and `reason` may be left out; after the day `until` the failure counts
// again. A run that could not be completed is the expectation "(completed)".
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "results/batch.h"

namespace dectbed::results {

struct known_failure {
    std::string scenario, expectation;
    std::vector<std::uint64_t> seeds;  ///< empty: all
    std::string until;                 ///< "2026-12-31", the last day on which it is known; empty: for ever
    std::string reason;
};

struct baseline {
    std::vector<known_failure> known;
    std::string today;  ///< "2026-11-21"
};

inline constexpr const char* completed_expectation = "(completed)";

/// Throws std::runtime_error with file and reason if it is not such a file.
baseline load_baseline(const std::filesystem::path& file, const std::string& today);
/// A baseline of everything that fails in this batch.
std::string baseline_of(const batch_result& batch);

/// Notes with each failed expectation whether it is known (`known`); true if something failed that is not.
bool mark_known(run_result& run, const baseline& b);

/// What became of the known failures in a batch whose runs are marked: sentences.
std::vector<std::string> baseline_words(const batch_result& batch, const baseline& b);

/// A failure of the run counts: it failed, and not everything that failed is known.
bool counts_as_failed(const run_result& run);

/// "2026-02-28": a day that exists.
bool is_date(const std::string& text);

}  // namespace dectbed::results
