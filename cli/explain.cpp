#include "cli/explain.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>

#include "cli/app.h"
#include "cli/suggestions.h"
#include "cli/terminal.h"
#include "results/batch.h"
#include "results/narrative.h"

namespace dectbed::cli {

namespace fs = std::filesystem;

namespace {

constexpr const char* explain_examples = R"(Examples:
  dectbed run office.yaml --seed 3 --journal --out out/office
  dectbed explain out/office/office/3 "office/base[4]"
)";

int wrong_input(const std::string& text) {
    fmt::print(stderr, "{}: {}\n", colours(stderr).bad("error"), text);
    return input_wrong;
}

std::string clock(sim::time_point t) {
    const std::int64_t ms = sim::picoseconds_of(t) / 1'000'000'000;
    return fmt::format("{}:{:02}:{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
}

/// What the store beside the run says of the device; null if there is no store or no such run in it.
const results::device_result* find_result(const results::batch_result& batch, const fs::path& folder,
                                          const std::string& device) {
    for (const results::run_result& run : batch.runs) {
        if (folder.filename() != std::to_string(run.seed) || folder.parent_path().filename() != run.scenario) continue;
        for (const results::device_result& d : run.devices) {
            if (d.path == device) return &d;
        }
    }
    return nullptr;
}

std::optional<sim::time_point> reached(const results::device_result& d, results::milestone m) {
    return d.first[static_cast<std::size_t>(m)];
}

void say_verdict(const results::device_result& d, const colours& c) {
    if (d.ready) {
        fmt::print("{} is {}", d.path, c.good("ready"));
        if (const auto took = results::phase_of(d.first, results::milestone::ready))
            fmt::print(", {:.3f} s after power-on", sim::to_seconds(*took));
        fmt::print(".\n");
        return;
    }
    fmt::print("{} is {}: {}.\n", d.path, c.bad("not ready"), d.cause);
    if (!d.evidence.empty()) fmt::print("  Seen of it: {}.\n", d.evidence);
    std::optional<results::milestone> furthest;
    for (std::size_t m = 0; m < results::milestone_count; ++m) {
        const auto candidate = static_cast<results::milestone>(m);
        if (reached(d, candidate) && (!furthest || *reached(d, candidate) >= *reached(d, *furthest)))
            furthest = candidate;
    }
    if (furthest)
        fmt::print("  It got as far as \"{}\", first at {}.\n", results::to_text(*furthest),
                   clock(*reached(d, *furthest)));
}

}  // namespace

CLI::App* add_explain(CLI::App& app, explain_arguments& a) {
    auto* explain = app.add_subcommand("explain", "Tell what happened to a device and why it is not ready");
    explain->add_option("RUN", a.folder, "Folder of one run: <out>/<scenario>/<seed>, with its journal.jsonl")
        ->required();
    explain->add_option("DEVICE", a.device, "Path of a base or handset: \"office/base[3]\"")->required();
    explain->add_option("--last", a.last, "Only so many lines, the last ones")->option_text("N");
    explain->footer(explain_examples);
    return explain;
}

int explain_command(const explain_arguments& a) {
    const fs::path folder = fs::path(a.folder) / "";
    const fs::path run = folder.parent_path();
    const fs::path journal = run / "journal.jsonl";
    std::error_code error;
    if (!fs::exists(journal, error)) {
        return wrong_input(
            fmt::format("{}: there is no journal.jsonl; expected the folder of one run, "
                        "<out>/<scenario>/<seed>, made with \"dectbed run --journal\"",
                        run.string()));
    }
    results::narrative story;
    try {
        story = results::tell(journal, a.device);
    } catch (const std::runtime_error& e) {
        return wrong_input(e.what());
    }
    if (!story.known) {
        const std::string meant = nearest_word(a.device, story.devices);
        return wrong_input(fmt::format("this run has no device \"{}\"; it has {} ({}){}", a.device,
                                       story.devices.size(),
                                       story.devices.empty() ? "none" : story.devices.front() + " ...",
                                       meant.empty() ? "" : fmt::format("; did you mean \"{}\"?", meant)));
    }
    const colours c(stdout);
    const fs::path absolute = fs::absolute(run);
    const fs::path store = absolute.parent_path().parent_path() / "results.sqlite";
    if (fs::exists(store, error)) {
        const results::batch_result batch = results::load_store(store);
        if (const auto* d = find_result(batch, absolute, a.device)) say_verdict(*d, c);
    }
    const std::size_t all = story.lines.size();
    const std::size_t skipped = a.last != 0 && a.last < all ? all - a.last : 0;
    if (skipped != 0) fmt::print("{} earlier lines are left out.\n", skipped);
    for (std::size_t i = skipped; i < all; ++i) {
        const results::told_line& l = story.lines[i];
        fmt::print("{:>13}  {}", clock(l.from), l.text);
        if (l.times > 1) fmt::print("  ({} times, until {})", l.times, clock(l.to));
        fmt::print("\n");
    }
    if (all == 0) fmt::print("Nothing happened to {}.\n", a.device);
    return all_hold;
}

}  // namespace dectbed::cli
