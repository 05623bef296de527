#include "cli/explore.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <thread>

#include "cli/app.h"
#include "cli/observation.h"
#include "cli/shrink.h"
#include "cli/terminal.h"
#include "cli/trial.h"
#include "results/files.h"
#include "results/record_matcher.h"

namespace dectbed::cli {

namespace fs = std::filesystem;

namespace {

using json = nlohmann::json;
using results::verdict;

constexpr const char* explore_examples = R"(Examples:
  dectbed explore scenarios/library/home_single_base.yaml --budget 10min
  dectbed explore office.yaml --tries 500 --seed 7 --set sites.office.bases.firmware=build/base.so
)";

/// Seeds of runs, where nothing else is said: so many from the scenario's own on.
constexpr std::uint64_t run_seeds = 4;
/// Tries between two looks at the clock.
constexpr std::uint64_t tries_at_a_time = 32;
/// Without --tries and --budget.
constexpr double budget_default_s = 600;

/// Says of a run which records each device publishes, as run_profile.
observation make_profiler() {
    struct state {
        results::entity_names names;
        std::map<std::pair<std::string, std::string>, run_profile::series> all;  ///< by device, then record
    };
    auto s = std::make_shared<state>();
    observation o;
    o.on = [s](const sim::journal_entry& e) {
        s->names.on(e);
        const std::string record = std::visit([](const auto& r) { return std::string(r.name); }, e.what);
        // Before the run, or a firmware's own words: nothing that could be told from outside.
        static const std::set<std::string> unfit = {"run_started",     "run_ended",     "entity_declared",
                                                    "assumption_used", "fault_applied", "state_changed",
                                                    "firmware_log",    "marker"};
        if (unfit.count(record) != 0) return;
        const sim::entity_id client = sim::entity_field(e.what, "client");
        const sim::entity_id whose = client ? client : e.who;
        if (!whose) return;
        const std::string path(s->names.path_of(whose));
        auto& one = s->all[{path, record}];
        one.device = path;
        one.record = record;
        one.role = client ? "client" : "who";
        ++one.count;
        if (const auto takes = sim::duration_field(e.what, "takes")) one.takes_ps.push_back(takes->count());
    };
    o.answer = [s] {
        json out = json::array();
        for (const auto& [key, one] : s->all)
            out.push_back({one.device, one.record, one.role, one.count, one.takes_ps});
        return out.dump();
    };
    return o;
}

run_profile profile_of(const observed& seen) {
    run_profile p;
    p.length = seen.result.simulated;
    for (const json& one : json::parse(seen.answer)) p.all.push_back({one[0], one[1], one[2], one[3], one[4]});
    return p;
}

/// What fails first: an expectation's name; "" if the run was not completed.
std::optional<std::string> failure_of(const results::run_result& r) {
    if (r.outcome == verdict::not_completed) return std::string();
    for (const auto& e : r.expectations)
        if (!e.passed) return e.name;
    return std::nullopt;
}

bool fails_like(const results::run_result& r, const std::string& expectation) {
    if (expectation.empty()) return r.outcome == verdict::not_completed;
    return std::any_of(r.expectations.begin(), r.expectations.end(),
                       [&](const auto& e) { return !e.passed && e.name == expectation; });
}
bool passes(const results::run_result& r, const std::string& expectation) {
    if (r.outcome == verdict::not_completed) return false;
    if (expectation.empty()) return true;
    return std::any_of(r.expectations.begin(), r.expectations.end(),
                       [&](const auto& e) { return e.passed && e.name == expectation; });
}

struct finding {
    std::uint64_t number = 0;
    trial found;
    std::string expectation;
};

class explorer {
  public:
    explorer(const runner& r, const explore_arguments& a, loaded_scenario s, const std::function<bool()>& cancelled)
        : runner_(r),
          a_(a),
          scenario_(std::move(s)),
          cancelled_(cancelled),
          actions_(r.actions()),
          out_(a.out.empty() ? "out/explore" : a.out),
          line_(stderr),
          jobs_(a.jobs != 0 ? a.jobs : std::max(1u, std::thread::hardware_concurrency())) {}

    int run() {
        fs::create_directories(out_);
        if (runner_.warm_up) runner_.warm_up();
        if (!profiles()) return not_completed;
        if (seeds_.empty()) {
            fmt::print("{}: fails without any fault, with every seed; nothing to explore.\n", scenario_.name);
            return expectations_fail;
        }
        leave_out_what_cannot_be_done();
        look();
        line_.clear();
        const colours c(stdout);
        const std::string failed = failing_ == 0 ? c.good("none failed") : c.bad(fmt::format("{} failed", failing_));
        fmt::print("{}: {} tries with drawn faults, {}.\n", scenario_.name, tried_, failed);
        for (const finding& f : found_) make_small(f, c);
        if (cancelled_()) return interrupted;
        return found_.empty() ? all_hold : expectations_fail;
    }

  private:
    std::string file_of(const std::string& name) const { return (out_ / (name + ".yaml")).string(); }

    /// The runs without faults.
    bool profiles() {
        std::vector<std::uint64_t> seeds = parse_seeds(a_.seeds);
        for (std::uint64_t i = 0; seeds.size() < run_seeds && a_.seeds.empty(); ++i)
            seeds.push_back(scenario_.seed + i);
        std::vector<observation_order> orders;
        for (const std::uint64_t seed : seeds) orders.push_back({&scenario_, seed, make_profiler});
        const auto seen = observe(runner_, orders, jobs_, cancelled_);
        for (std::size_t i = 0; i < seen.size(); ++i) {
            if (!seen[i].completed) {
                fmt::print(stderr, "{}: {}, seed {}, could not be completed without any fault: {}\n",
                           colours(stderr).bad("error"), scenario_.name, seeds[i], seen[i].reason);
                return false;
            }
            if (seen[i].result.outcome != verdict::passed) {
                fmt::print("{}: seed {} fails without any fault (\"{}\") and is left out.\n", scenario_.name, seeds[i],
                           failure_of(seen[i].result).value_or(""));
                continue;
            }
            seeds_.push_back(seeds[i]);
            profiles_.push_back(profile_of(seen[i]));
        }
        return true;
    }

    /// Some devices of a kind offer more than others: a managed switch, a base with a DECT module. Each action is tried
    /// once on one of each population; where that ends the run it would only be found again and again.
    void leave_out_what_cannot_be_done() {
        std::vector<trial> probes;
        std::vector<std::pair<population_facts*, const action_choice*>> of;
        for (population_facts& p : scenario_.populations) {
            for (const action_choice& a : actions_) {
                if (std::find(a.kinds.begin(), a.kinds.end(), p.kind) == a.kinds.end()) continue;
                probes.push_back(probe(p, a, scenario_));
                of.emplace_back(&p, &a);
            }
        }
        const auto ends = judge(probes);
        std::string left_out;
        for (std::size_t i = 0; i < ends.size(); ++i) {
            if (!ends[i] || ends[i]->outcome != verdict::not_completed) continue;
            of[i].first->cannot.insert(of[i].second->name);
            left_out += fmt::format("{}{} of {}", left_out.empty() ? "" : ", ", of[i].second->name, of[i].first->first);
        }
        if (!left_out.empty()) fmt::print("Not drawn, because it cannot be done here: {}.\n", left_out);
    }

    void look() {
        const auto started = std::chrono::steady_clock::now();
        const double budget = a_.budget.empty() ? (a_.tries != 0 ? 0 : budget_default_s) : budget_seconds(a_.budget);
        const auto over = [&] {
            const std::chrono::duration<double> used = std::chrono::steady_clock::now() - started;
            return cancelled_() || (a_.tries != 0 && tried_ >= a_.tries) || (budget > 0 && used.count() >= budget) ||
                   (a_.tries == 0 && found_.size() >= a_.findings);
        };
        while (!over()) {
            const std::uint64_t n = a_.tries == 0 ? tries_at_a_time : std::min(tries_at_a_time, a_.tries - tried_);
            std::vector<trial> trials;
            for (std::uint64_t i = 0; i < n; ++i) {
                const std::size_t which = static_cast<std::size_t>((tried_ + i) % seeds_.size());
                trials.push_back(draw(a_.seed, tried_ + i, seeds_[which], scenario_, actions_, profiles_[which]));
            }
            const auto ends = judge(trials);
            for (std::size_t i = 0; i < trials.size(); ++i) {
                if (!ends[i]) continue;
                const auto failure = failure_of(*ends[i]);
                if (!failure) continue;
                ++failing_;
                const bool known = std::any_of(found_.begin(), found_.end(),
                                               [&](const finding& f) { return f.expectation == *failure; });
                if (!known && found_.size() < a_.findings) found_.push_back({tried_ + i + 1, trials[i], *failure});
            }
            tried_ += n;
            line_.show_text(fmt::format("{}{} tries, {} failed", tried_,
                                        a_.tries ? fmt::format(" of {}", a_.tries) : "", failing_));
        }
    }

    /// Results of the trials that make a scenario, in their order.
    std::vector<std::optional<results::run_result>> judge(const std::vector<trial>& trials, bool with_faults = true) {
        std::vector<std::optional<results::run_result>> out(trials.size());
        std::vector<loaded_scenario> scenarios;
        std::vector<std::size_t> of;
        scenarios.reserve(trials.size());
        for (std::size_t i = 0; i < trials.size(); ++i) {
            const std::string as = file_of("candidate");
            auto loaded = runner_.load_text(
                runner_.derive(scenario_.file, a_.overrides, changes_of(trials[i], scenario_, with_faults), as), as);
            if (auto* s = std::get_if<loaded_scenario>(&loaded)) {
                scenarios.push_back(std::move(*s));
                of.push_back(i);
            }
        }
        std::vector<observation_order> orders;
        for (std::size_t i = 0; i < scenarios.size(); ++i) orders.push_back({&scenarios[i], trials[of[i]].seed, {}});
        auto seen = observe(runner_, orders, jobs_, cancelled_);
        for (std::size_t i = 0; i < seen.size(); ++i) {
            if (seen[i].reason != "interrupted") out[of[i]] = std::move(seen[i].result);
        }
        return out;
    }

    /// What was taken away must leave a scenario that passes without its faults.
    std::vector<bool> still_fails(const std::vector<trial>& candidates, const std::string& expectation) {
        const auto with = judge(candidates);
        std::vector<bool> out(candidates.size(), false);
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            if (!with[i] || !fails_like(*with[i], expectation)) continue;
            const std::string without = changes_of(candidates[i], scenario_, false);
            auto known = sound_.find(without);
            if (known == sound_.end()) {
                const auto plain = judge({candidates[i]}, false);
                known = sound_.emplace(without, plain[0] && passes(*plain[0], expectation)).first;
            }
            out[i] = known->second;
            if (out[i]) break;  // the first is taken
        }
        line_.show_text(fmt::format("making it small, {} candidates tried", candidates_ += candidates.size()));
        return out;
    }

    void make_small(const finding& f, const colours& c) {
        const std::string what =
            f.expectation.empty() ? "the run cannot be completed" : fmt::format("\"{}\"", f.expectation);
        fmt::print("\nTry {} (seed {}) {}: {}\n", f.number, f.found.seed, c.bad("fails"), what);
        for (const drawn_fault& x : f.found.faults) fmt::print("    {}\n", words_of(x));
        const auto which = std::find(seeds_.begin(), seeds_.end(), f.found.seed) - seeds_.begin();
        const shrink_facts facts{&scenario_, f.expectation, profiles_[static_cast<std::size_t>(which)].length};
        const trial small =
            shrink(f.found, facts, [&](const std::vector<trial>& t) { return still_fails(t, f.expectation); });
        line_.clear();
        const std::string name = fmt::format("{}_{}", scenario_.name, f.number);
        const std::string file = file_of(name);
        std::string text = fmt::format("# Found by dectbed explore (seed {}, try {}) and made small: fails {}.\n",
                                       a_.seed, f.number, what);
        text += runner_.derive(scenario_.file, a_.overrides, changes_of(small, scenario_), file);
        results::write_file(file, text);
        auto loaded = runner_.load(file, {});
        const auto* s = std::get_if<loaded_scenario>(&loaded);
        if (s == nullptr) {
            fmt::print(stderr, "{}: {}\n", colours(stderr).bad("error"), std::get<problems>(loaded).front());
            return;
        }
        const auto seen = observe(runner_, {{s, small.seed, {}}}, 1, cancelled_);
        std::int64_t devices = 0;
        for (const results::device_result& d : seen[0].result.devices) devices += d.path.empty() ? 0 : 1;
        fmt::print("  Made small: {} fault{}, {} device{}:\n", small.faults.size(), small.faults.size() == 1 ? "" : "s",
                   devices, devices == 1 ? "" : "s");
        for (const drawn_fault& x : small.faults) fmt::print("    {}\n", words_of(x));
        const bool fails = fails_like(seen[0].result, f.expectation);
        fmt::print("  {}\n", fails ? "Replay: dectbed run " + results::shell_word(file)
                                   : c.bad("It does not fail when it is run from its file: ") + file);
    }

    const runner& runner_;
    const explore_arguments& a_;
    loaded_scenario scenario_;
    const std::function<bool()>& cancelled_;
    std::vector<action_choice> actions_;
    fs::path out_;
    progress_line line_;
    unsigned jobs_;
    std::vector<std::uint64_t> seeds_;
    std::vector<run_profile> profiles_;
    std::vector<finding> found_;
    std::uint64_t tried_ = 0, failing_ = 0;
    std::size_t candidates_ = 0;
    std::map<std::string, bool> sound_;
};

int wrong_input(const std::string& text) {
    fmt::print(stderr, "{}: {}\n", colours(stderr).bad("error"), text);
    return input_wrong;
}

}  // namespace

double budget_seconds(const std::string& text) {
    double n = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (problem != std::errc() || n <= 0) return 0;
    std::string unit(end, text.data() + text.size());
    unit.erase(std::remove(unit.begin(), unit.end(), ' '), unit.end());
    if (unit == "s" || unit.empty()) return n;
    if (unit == "min") return n * 60;
    if (unit == "h") return n * 3600;
    return 0;
}

CLI::App* add_explore(CLI::App& app, explore_arguments& a) {
    auto* explore = app.add_subcommand(
        "explore",
        "Draw random faults, find some under which the scenario fails, and write a minimal scenario that does");
    explore->add_option("SCENARIO", a.scenario, "One scenario file")->required();
    explore->add_option("--budget", a.budget, "Time for the tries: 10min, 90s, 2h (default: 10min, unless --tries)")
        ->option_text("TIME");
    explore->add_option("--tries", a.tries, "So many tries, whatever the machine; then the same is found everywhere")
        ->option_text("N");
    explore->add_option("--seed", a.seed, "Of the drawing (default: 1)")->option_text("N");
    explore->add_option("--seeds", a.seeds, "Seeds of the runs, in turn (default: four from the scenario's own on)")
        ->option_text("A..B");
    explore->add_option("--findings", a.findings, "Different failures that are made small (default: 3)")
        ->option_text("N")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1000}));
    explore->add_option("--set", a.overrides, "As for run")->option_text("PATH=VALUE")->allow_extra_args(false);
    explore->add_option("--out,-o", a.out, "Folder for the minimal scenarios (default: out/explore)")
        ->option_text("DIR");
    explore->add_option("--jobs,-j", a.jobs, "Runs at a time (default: one for each processor)")
        ->option_text("N")
        ->check(CLI::Range(1u, 4096u));
    explore->footer(explore_examples);
    return explore;
}

int explore_command(const runner& r, const explore_arguments& a, const std::function<bool()>& cancelled) {
    if (!a.budget.empty() && budget_seconds(a.budget) <= 0)
        return wrong_input(fmt::format("\"{}\" is no time; expected such as 10min, 90s or 2h", a.budget));
    if (!a.seeds.empty() && parse_seeds(a.seeds).empty())
        return wrong_input(
            fmt::format("\"{}\" does not say seeds; expected a number or a range such as 1..4", a.seeds));
    const auto files = r.files(a.scenario);
    std::error_code error;
    if (!fs::exists(a.scenario, error) || files.size() != 1)
        return wrong_input(fmt::format("{}: expected one scenario file", a.scenario));
    auto loaded = r.load(files.front(), a.overrides);
    if (const auto* wrong = std::get_if<problems>(&loaded)) {
        for (const std::string& line : *wrong) fmt::print(stderr, "{}\n", line);
        return input_wrong;
    }
    const std::string unwritable = results::why_not_writable(a.out.empty() ? "out/explore" : a.out);
    if (!unwritable.empty()) return wrong_input(unwritable);
    return explorer(r, a, std::move(std::get<loaded_scenario>(loaded)), cancelled).run();
}

}  // namespace dectbed::cli
