#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/terminal.h"
#include "results/files.h"

namespace dectbed::cli {

namespace {

using results::batch_result;
using results::milestone;
using results::run_result;
using results::verdict;

/// Problems of one scenario that are described one by one; the report has them all.
constexpr std::size_t problems_shown_max = 12;
/// Longer observations are cut; summary.json and the report have them whole.
constexpr std::size_t text_shown_max = 160;

std::string cut(const std::string& text) {
    if (text.size() <= text_shown_max) return text;
    std::size_t end = text_shown_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not within a UTF-8 character
    return text.substr(0, end) + "...";
}

using runs_view = std::vector<const run_result*>;

std::string counted(std::int64_t n, const std::string& one) {
    return fmt::format("{} {}{}", n, one, n == 1 ? "" : "s");
}

struct population {
    std::int64_t total = 0, ready = 0;
    std::vector<sim::duration> took;
    struct failure {
        std::int64_t devices = 0;
        std::string example, evidence;
    };
    std::map<std::string, failure> causes;
};

population gather(const runs_view& runs, bool bases) {
    population p;
    for (const run_result* r : runs) {
        for (const results::device_result& d : r->devices) {
            if (d.is_base != bases) continue;
            ++p.total;
            if (d.ready) {
                ++p.ready;
            } else {
                population::failure& f = p.causes[d.cause];
                if (f.devices++ == 0) f = {1, d.path, d.evidence};
            }
            if (const auto took = results::phase_of(d.first, milestone::ready)) p.took.push_back(*took);
        }
    }
    return p;
}

std::string device_words(const population& p, const std::string& one) {
    if (p.total == 0) return {};
    std::string text = "  ";
    if (p.ready == p.total) {
        text +=
            p.total == 1 ? fmt::format("The {} is ready", one) : fmt::format("All {} are ready", counted(p.total, one));
    } else {
        text += fmt::format("{} of {} ready", p.ready, counted(p.total, one));
    }
    if (!p.took.empty()) {
        const results::spread s = results::spread_of(p.took);
        if (s.n == 1) {
            text += fmt::format(", {} after power-on", time_text(s.p50));
        } else {
            text += fmt::format(", half of them {} after power-on, 95 % after {}", time_text(s.p50), time_text(s.p95));
        }
    }
    text += ".\n";
    if (p.causes.empty()) return text;
    std::vector<std::pair<std::string, population::failure>> causes(p.causes.begin(), p.causes.end());
    std::stable_sort(causes.begin(), causes.end(),
                     [](const auto& a, const auto& b) { return a.second.devices > b.second.devices; });
    text += "    Not ready:";
    for (std::size_t i = 0; i < causes.size(); ++i) {
        text += fmt::format("{} {} ({})", i ? "," : "", causes[i].first, causes[i].second.devices);
    }
    text += "\n";
    if (const auto& [cause, f] = causes.front(); !f.evidence.empty())
        text += fmt::format("    For example {}, {}: {}.\n", f.example, cause, f.evidence);
    return text;
}

/// What went wrong in the same way in several runs is said once, with what the first of them saw.
std::string failure_words(const batch_result& batch, const runs_view& runs, const colours& c) {
    struct problem {
        std::string text;
        std::vector<std::uint64_t> seeds;
    };
    std::vector<std::pair<std::string, problem>> problems;
    const auto add = [&](const std::string& key, const std::string& text, std::uint64_t seed) {
        auto it = std::find_if(problems.begin(), problems.end(), [&](const auto& p) { return p.first == key; });
        if (it == problems.end()) it = problems.insert(problems.end(), {key, {text, {}}});
        it->second.seeds.push_back(seed);
    };
    const run_result* first = nullptr;
    for (const run_result* r : runs) {
        if (r->outcome == verdict::passed) continue;
        if (!first) first = r;
        if (!r->failed_known.empty()) {
            add("known " + r->failed_reason,
                fmt::format("could not be completed: {}; {}", r->failed_reason, r->failed_known), r->seed);
            continue;
        }
        if (r->outcome == verdict::not_completed) {
            const std::string text = (r->failed_who.empty() ? "" : r->failed_who + ": ") + r->failed_reason;
            add("not completed " + r->failed_reason, fmt::format("{}: {}", c.bad("could not be completed"), text),
                r->seed);
        }
        for (const results::expectation_result& e : r->expectations) {
            if (e.passed) continue;
            if (!e.known.empty()) {
                add("known " + e.name, fmt::format("failed \"{}\": {}", e.name, e.known), r->seed);
                continue;
            }
            add("failed " + e.name,
                fmt::format("{} \"{}\": expected {}; observed {}", c.bad("failed"), e.name, cut(e.limit),
                            cut(e.observed)),
                r->seed);
        }
    }
    if (!first) return {};
    std::string text;
    for (std::size_t i = 0; i < problems.size() && i < problems_shown_max; ++i) {
        const problem& p = problems[i].second;
        text += fmt::format("  Seed{} {} {}\n", p.seeds.size() == 1 ? "" : "s", results::seed_ranges(p.seeds), p.text);
    }
    if (problems.size() > problems_shown_max) {
        text += fmt::format("  ... and {} more; the report has them all.\n",
                            counted(static_cast<std::int64_t>(problems.size() - problems_shown_max), "problem"));
    }
    return text + fmt::format("  Replay{}: {}\n", runs.size() > 1 ? fmt::format(" seed {}", first->seed) : "",
                              results::replay_command(batch, *first));
}

std::string scenario_words(const batch_result& batch, const results::scenario_info& info, const runs_view& runs,
                           const colours& c) {
    std::map<verdict, std::int64_t> outcomes;
    std::vector<std::uint64_t> seeds;
    for (const run_result* r : runs) {
        ++outcomes[r->outcome];
        seeds.push_back(r->seed);
    }
    const auto n = static_cast<std::int64_t>(runs.size());
    std::string state;
    if (outcomes[verdict::passed] == n) {
        state = c.good(n == 1 ? "passed" : fmt::format("all {} passed", counted(n, "run")));
    } else if (n == 1) {
        state = c.bad(outcomes[verdict::failed] ? "failed" : "could not be completed");
    } else {
        const std::int64_t bad = outcomes[verdict::failed], broken = outcomes[verdict::not_completed];
        if (bad) state = fmt::format("{} of {} failed", bad, counted(n, "run"));
        if (broken)
            state += fmt::format("{}{} of {} could not be completed", bad ? ", " : "", broken, counted(n, "run"));
        state = c.bad(state);
    }
    std::string text =
        fmt::format("{} (seed{} {}): {}\n", c.strong(info.name), n == 1 ? "" : "s", results::seed_ranges(seeds), state);
    text += device_words(gather(runs, true), "base");
    text += device_words(gather(runs, false), "handset");
    const std::size_t demanded = runs.front()->expectations.size();
    if (outcomes[verdict::passed] == n && demanded > 0) {
        text +=
            demanded == 1 ? "  The one expectation holds.\n" : fmt::format("  All {} expectations hold.\n", demanded);
    }
    return text + failure_words(batch, runs, c);
}

}  // namespace

std::string plain_words(const batch_result& batch, const std::filesystem::path& out, const colours& c) {
    std::string text;
    std::int64_t points = 0, points_passed = 0;
    for (const results::scenario_info& info : batch.scenarios) {
        runs_view runs;
        for (const run_result& r : batch.runs) {
            if (r.scenario == info.name) runs.push_back(&r);
        }
        if (runs.empty()) continue;
        if (!info.point.empty()) {
            ++points;
            const bool passed = std::all_of(runs.begin(), runs.end(),
                                            [](const run_result* r) { return r->outcome == verdict::passed; });
            points_passed += passed ? 1 : 0;
            if (passed) continue;  // of a sweep only what it found; the report has every point
        }
        text += scenario_words(batch, info, runs, c);
    }
    if (points > 0) {
        const std::string all = fmt::format("{} of {} points of the sweep passed", points_passed, points);
        text += (points == points_passed ? c.good(all) : c.bad(all)) + ".\n";
    }
    if (batch.interrupted) {
        text += fmt::format("Interrupted: {} of {} ended; their results are complete.\n", batch.runs.size(),
                            counted(static_cast<std::int64_t>(batch.planned), "run"));
    } else if (batch.runs.size() < batch.planned) {
        text += fmt::format("Stopped at the first failure, after {} of {}.\n", batch.runs.size(),
                            counted(static_cast<std::int64_t>(batch.planned), "run"));
    }
    return text + fmt::format("Report: {}\n", (out / "report.html").string());
}

}  // namespace dectbed::cli
