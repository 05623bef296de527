// "power_cut @ flash_write[*]": one fault at every point of a run where a record matches.
//
//   ACTION[(argument: value, ...)] @ RECORD[n or * or a..b][{field: value, ...}] [on TARGET] [for TIME] [delay TIME]
//
// A run without the fault counts the matching records of each device; then there is one scenario for each of them,
// the given one with one more clause on its timeline. A record belongs to its `who` if that is of a kind that offers
// the action, else to its `client`. Where no TARGET is written, the first member of each population is swept; a TARGET
// to which none of the records belongs gets the fault at each of them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cli/process_pool.h"
#include "cli/runner.h"

namespace dectbed::cli {

struct sweep_text {
    std::string action, record, target;  ///< target: glob; empty: the first member of each population
    std::vector<std::pair<std::string, std::string>> arguments, where;
    std::uint64_t first = 1, last = 0;  ///< last 0: to the end
    std::string lasts, delay;           ///< as written; empty: not written
    std::string text;                   ///< the whole
    /// Columns, from 1, of what the language may complain about: "do", "on.record", "target", "for", "delay",
    /// "on.where.<field>", "with.<argument>".
    std::map<std::string, int> columns;
};

/// The parts, or why they cannot be told apart: a sentence with the column, and the text with a mark under it.
std::variant<sweep_text, std::string> parse_sweep(std::string_view text);

/// The text with a mark under a column.
std::string with_mark(std::string_view text, int column, const std::string& message);

/// One scenario for each point. `problems`: what is wrong with the sweep, or no point was found.
struct sweep_plan {
    problems wrong;
    std::vector<loaded_scenario> scenarios;  ///< each scenario's own run first, then its points in the order of time
    std::vector<std::string> notes;          ///< what a reader should know of how they were chosen
    bool not_completed = false;              ///< `wrong` because a run without the fault could not be completed
};
struct sweep_options {
    std::vector<std::uint64_t> seeds;  ///< empty: each scenario's own
    std::vector<std::string> overrides;
    std::size_t points_max = 1000;  ///< of each run; of more, so many are taken at even distances
    unsigned jobs = 1;
};
sweep_plan plan_sweep(const runner& r, const std::vector<loaded_scenario>& scenarios, const sweep_text& sweep,
                      const sweep_options& o);

/// For so long a fault lasts where nothing is written and its action is one that is undone.
inline constexpr const char* sweep_lasts_default = "20 s";

}  // namespace dectbed::cli
