// The command line: dectbed run | validate | list | report | decode | schema.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/runner.h"

namespace dectbed::cli {

/// Exit codes (docs/results.md).
enum exit_status : int {
    all_hold = 0,
    expectations_fail = 1,
    input_wrong = 2,
    not_completed = 3,
    interrupted = 130,  ///< 128 + SIGINT, as shells expect
};

int run_app(int argc, const char* const* argv, const runner& r);

/// "7", "1..50" or "1..3,7,9..10" as ascending list without duplicates; empty if it is not that.
std::vector<std::uint64_t> parse_seeds(const std::string& text);

/// "out/office" for one path, "out/batch" for several.
std::string default_out(const std::vector<std::string>& paths);

}  // namespace dectbed::cli
