#include "cli/app.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <optional>
#include <thread>

#include "cli/batch_runner.h"
#include "cli/decode.h"
#include "cli/explain.h"
#include "cli/explore.h"
#include "cli/suggestions.h"
#include "cli/sweep.h"
#include "cli/terminal.h"
#include "results/baseline.h"
#include "results/batch.h"
#include "results/files.h"

namespace dectbed::cli {

namespace fs = std::filesystem;

namespace {

/// More seeds than this in one command are a slip of the finger.
constexpr std::uint64_t seeds_max = 1'000'000;

volatile std::sig_atomic_t interrupt_seen = 0;
void on_interrupt(int) { interrupt_seen = 1; }

/// The first interrupt lets the batch write what it has; a second one ends the program at once.
class interrupt_guard {
  public:
    interrupt_guard() {
        interrupt_seen = 0;
        struct sigaction action {};
        action.sa_handler = on_interrupt;
        action.sa_flags = static_cast<int>(SA_RESETHAND);
        ::sigemptyset(&action.sa_mask);
        ::sigaction(SIGINT, &action, &before_[0]);
        ::sigaction(SIGTERM, &action, &before_[1]);
    }
    ~interrupt_guard() {
        ::sigaction(SIGINT, &before_[0], nullptr);
        ::sigaction(SIGTERM, &before_[1], nullptr);
    }
    interrupt_guard(const interrupt_guard&) = delete;
    interrupt_guard& operator=(const interrupt_guard&) = delete;

  private:
    struct sigaction before_[2]{};
};

int complain(const std::string& text) {
    std::fprintf(stderr, "%s: %s\n", colours(stderr).bad("error").c_str(), text.c_str());
    return input_wrong;
}

/// What `run` was told.
struct run_arguments {
    std::vector<std::string> paths, overrides;
    std::string seed, seeds, out, junit, sweep, baseline, baseline_out, today;
    unsigned jobs = 0;
    std::size_t replays = batch_options{}.replays_max;
    std::size_t sweep_points = sweep_options{}.points_max;
    double firmware_cpu_s = 10, simulated_s = 0;
    std::string debugged_device, debugger = "gdb -q --args";
    std::uint64_t events = 0, memory_mib = 0;
    bool pcap = false, journal = false, fail_fast = false;
};

/// The day, where this program runs: known failures end on some day.
std::string today() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char text[16];
    std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
    return text;
}

/// Loads everything that the paths stand for, or says everything that is wrong.
problems load_all(const runner& r, const std::vector<std::string>& paths, const std::vector<std::string>& overrides,
                  std::vector<loaded_scenario>& out) {
    problems wrong;
    std::vector<std::string> files;
    for (const std::string& path : paths) {
        std::error_code error;
        if (!fs::exists(path, error)) {
            wrong.push_back(path + ": there is no such file or folder");
            continue;
        }
        const std::vector<std::string> found = r.files(path);
        if (found.empty()) wrong.push_back(path + ": this folder holds no scenario (*.yaml that is not abstract)");
        for (const std::string& file : found) {
            if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
        }
    }
    for (const std::string& file : files) {
        auto loaded = r.load(file, overrides);
        if (auto* scenario = std::get_if<loaded_scenario>(&loaded)) {
            const auto same =
                std::find_if(out.begin(), out.end(), [&](const auto& s) { return s.name == scenario->name; });
            if (same != out.end()) {
                wrong.push_back(
                    fmt::format("{}: its name \"{}\" is also that of {}; results of both would share a folder", file,
                                scenario->name, same->file));
            } else {
                out.push_back(std::move(*scenario));
            }
        } else {
            const auto& list = std::get<problems>(loaded);
            wrong.insert(wrong.end(), list.begin(), list.end());
        }
    }
    return wrong;
}

int say(const problems& wrong) {
    for (const std::string& line : wrong) std::fprintf(stderr, "%s\n", line.c_str());
    if (wrong.size() > 1) std::fprintf(stderr, "%zu problems; nothing was run.\n", wrong.size());
    return input_wrong;
}

/// Puts the points of a sweep in the place of the scenarios; or says what is wrong with it.
std::optional<int> take_sweep(const runner& r, const run_arguments& a, const batch_options& o,
                              std::vector<loaded_scenario>& scenarios) {
    const auto parsed = parse_sweep(a.sweep);
    if (const auto* wrong = std::get_if<std::string>(&parsed)) return complain(*wrong);
    sweep_options options;
    options.seeds = o.seeds;
    options.overrides = a.overrides;
    options.points_max = a.sweep_points;
    options.jobs = o.jobs;
    if (r.warm_up) r.warm_up();
    sweep_plan plan = plan_sweep(r, scenarios, std::get<sweep_text>(parsed), options);
    if (!plan.wrong.empty()) {
        for (const std::string& line : plan.wrong) complain(line);
        return plan.not_completed ? not_completed : input_wrong;
    }
    for (const std::string& note : plan.notes) std::fprintf(stderr, "%s\n", note.c_str());
    scenarios = std::move(plan.scenarios);
    return std::nullopt;
}

int run_command(const runner& r, const run_arguments& a) {
    batch_options o;
    if (!a.seed.empty() || !a.seeds.empty()) {
        o.seeds = parse_seeds(a.seed.empty() ? a.seeds : a.seed);
        if (o.seeds.empty()) {
            return complain(
                fmt::format("\"{}\" does not say seeds; expected a number, a range such as 1..50, or both: "
                            "1..3,7 (at most {} seeds)",
                            a.seed.empty() ? a.seeds : a.seed, seeds_max));
        }
    }
    std::vector<loaded_scenario> scenarios;
    const problems wrong = load_all(r, a.paths, a.overrides, scenarios);
    if (!wrong.empty()) return say(wrong);
    o.out = a.out.empty() ? default_out(a.paths) : a.out;
    const std::string unwritable = results::why_not_writable(o.out);
    if (!unwritable.empty()) return complain(unwritable);
    const fs::path junit_folder = fs::path(a.junit).parent_path();
    if (!junit_folder.empty()) {
        const std::string junit_unwritable = results::why_not_writable(junit_folder);
        if (!junit_unwritable.empty()) return complain(junit_unwritable);
    }
    o.jobs = a.jobs != 0 ? a.jobs : std::max(1u, std::thread::hardware_concurrency());
    o.overrides = a.overrides;
    if (!a.sweep.empty()) {
        if (const auto status = take_sweep(r, a, o, scenarios)) return *status;
    }
    o.limits.events = a.events;
    o.limits.simulated = sim::from_seconds(a.simulated_s);
    o.limits.memory_octets = a.memory_mib << 20;
    o.pcap = a.pcap;
    o.journal = a.journal;
    o.fail_fast = a.fail_fast;
    o.replays_max = a.replays;
    o.debugged_device = a.debugged_device;
    o.debugger = a.debugger;
    if (!a.debugged_device.empty()) o.jobs = 1;
    o.firmware_cpu_max = std::chrono::milliseconds(static_cast<std::int64_t>(a.firmware_cpu_s * 1000));

    std::optional<results::baseline> known;
    if (!a.today.empty() && !results::is_date(a.today))
        return complain(fmt::format("\"{}\" is no day; expected such as 2026-12-31", a.today));
    if (!a.baseline.empty()) {
        try {
            known = results::load_baseline(a.baseline, a.today.empty() ? today() : a.today);
        } catch (const std::runtime_error& e) {
            return complain(e.what());
        }
    }

    results::batch_result batch;
    {
        const interrupt_guard guard;
        progress_line line(stderr);
        batch_hooks hooks;
        hooks.progress = [&](const batch_progress& p) { line.show(p); };
        hooks.cancelled = [] { return interrupt_seen != 0; };
        if (known) hooks.counts = [&](results::run_result& run) { return results::mark_known(run, *known); };
        batch = run_batch(r, scenarios, o, hooks);
        line.clear();
        write_batch(batch, o.out, a.junit);
    }
    if (!a.baseline_out.empty()) results::write_file(a.baseline_out, results::baseline_of(batch));
    std::fputs(plain_words(batch, o.out, colours(stdout)).c_str(), stdout);
    if (known) {
        for (const std::string& line : results::baseline_words(batch, *known)) std::printf("%s.\n", line.c_str());
    }
    return batch.interrupted ? static_cast<int>(interrupted) : results::exit_code(batch);
}

int validate_command(const runner& r, const std::vector<std::string>& paths, const std::vector<std::string>& overrides,
                     bool resolved) {
    std::vector<loaded_scenario> scenarios;
    const problems wrong = load_all(r, paths, overrides, scenarios);
    if (!wrong.empty()) {
        for (const std::string& line : wrong) std::fprintf(stderr, "%s\n", line.c_str());
        std::fprintf(stderr, "%zu problem%s found.\n", wrong.size(), wrong.size() == 1 ? "" : "s");
        return input_wrong;
    }
    if (resolved) {
        for (const loaded_scenario& s : scenarios) std::fputs(r.resolved(s).c_str(), stdout);
    } else {
        std::printf("%zu scenario%s, no problems.\n", scenarios.size(), scenarios.size() == 1 ? "" : "s");
    }
    return all_hold;
}

int list_command(const runner& r, const std::vector<std::string>& paths) {
    std::vector<loaded_scenario> scenarios;
    const problems wrong = load_all(r, paths, {}, scenarios);
    std::size_t width = 0;
    for (const loaded_scenario& s : scenarios) width = std::max(width, s.name.size());
    const colours c(stdout);
    for (const loaded_scenario& s : scenarios) {
        const std::string first = s.description.substr(0, s.description.find('\n'));
        std::printf("%s%s  %s\n", c.strong(s.name).c_str(), std::string(width - s.name.size(), ' ').c_str(),
                    first.c_str());
    }
    for (const std::string& line : wrong) std::fprintf(stderr, "%s\n", line.c_str());
    return wrong.empty() ? all_hold : input_wrong;
}

int report_command(const std::string& folder) {
    results::batch_result batch;
    try {
        batch = results::load_store(fs::path(folder) / "results.sqlite");
    } catch (const std::runtime_error& e) {
        return complain(std::string(e.what()) + "; expected a folder that \"dectbed run --out\" made");
    }
    const std::string unwritable = results::why_not_writable(folder);
    if (!unwritable.empty()) return complain(unwritable);
    results::write_file(fs::path(folder) / "report.html", results::html_report(batch));
    std::printf("Report: %s\n", (fs::path(folder) / "report.html").string().c_str());
    return all_hold;
}

constexpr const char* examples = R"(Examples:
  dectbed run scenarios/library/office_activation_code.yaml
  dectbed run scenarios/library --seeds 1..50 --jobs 2 --junit out.xml
  dectbed run office.yaml --set code=1111111111 --pcap --out out/wrong
  dectbed run office.yaml --sweep 'power_cut @ flash_write[*]'
  dectbed explore office.yaml --budget 10min
  dectbed validate my_scenario.yaml
  dectbed report out/library
  dectbed explain out/wrong/office/1 "office/base[3]"

Exit codes: 0 all expectations hold; 1 some do not; 2 the input is wrong; 3 a run could not be completed.
In a batch the gravest wins: 2, then 3, then 1. Interrupted: 130.
)";

}  // namespace

std::vector<std::uint64_t> parse_seeds(const std::string& text) {
    std::vector<std::uint64_t> seeds;
    const auto number = [](std::string_view s, std::uint64_t& v) {
        const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), v);
        return error == std::errc() && end == s.data() + s.size();
    };
    std::string_view rest = text;
    for (;;) {
        const std::size_t comma = rest.find(',');
        const std::string_view part = rest.substr(0, comma);
        const std::size_t dots = part.find("..");
        std::uint64_t first = 0, last = 0;
        if (!number(part.substr(0, dots), first)) return {};
        last = first;
        if (dots != std::string_view::npos && !number(part.substr(dots + 2), last)) return {};
        if (last < first || last - first >= seeds_max || seeds.size() + (last - first) >= seeds_max) return {};
        for (std::uint64_t s = first; s <= last; ++s) {
            seeds.push_back(s);
            if (s == last) break;  // the highest number has no successor
        }
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 1);
    }
    std::sort(seeds.begin(), seeds.end());
    seeds.erase(std::unique(seeds.begin(), seeds.end()), seeds.end());
    return seeds;
}

std::string default_out(const std::vector<std::string>& paths) {
    if (paths.size() != 1) return "out/batch";
    fs::path path = fs::path(paths[0]).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();  // "library/"
    std::error_code error;
    std::string name = fs::is_directory(path, error) ? path.filename().string() : path.stem().string();
    if (name.empty() || name == "." || name == "..") name = "batch";
    return "out/" + name;
}

int run_app(int argc, const char* const* argv, const runner& r) {
    CLI::App app{"Simulates out-of-box deployments of IP-DECT: runs scenarios, judges them, explains them.", "dectbed"};
    app.set_version_flag("--version", "dectbed " + results::program_version());
    app.footer(examples);
    app.require_subcommand(1);
    app.get_formatter()->column_width(34);

    run_arguments a;
    auto* run = app.add_subcommand("run", "Run scenarios, judge their expectations, write results and a report");
    run->add_option("SCENARIO", a.paths, "Scenario files, or folders that stand for their scenarios")->required();
    auto* seed = run->add_option("--seed", a.seed, "One seed (default: each scenario's own)")->option_text("N");
    run->add_option("--seeds", a.seeds, "Several seeds: 1..50, or 1..3,7")->option_text("A..B")->excludes(seed);
    run->add_option("--jobs,-j", a.jobs, "Runs at a time (default: one for each processor)")
        ->option_text("N")
        ->check(CLI::Range(1u, 4096u));
    run->add_option("--out,-o", a.out, "Folder for the results (default: out/<name of the scenario or folder>)")
        ->option_text("DIR");
    run->add_option("--set", a.overrides, "Set a parameter or any key of the scenario; may be repeated")
        ->option_text("PATH=VALUE")
        ->allow_extra_args(false);
    run->add_option("--sweep", a.sweep,
                    "One fault at every point: 'power_cut @ flash_write[*]', "
                    "'ACTION(ARGUMENTS) @ RECORD[N or A..B or *]{FIELDS} on TARGET for TIME delay TIME'")
        ->option_text("TEXT");
    run->add_option("--sweep-limit", a.sweep_points,
                    "At most so many points of each run, at even distances (default: 1000)")
        ->option_text("N")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}));
    run->add_option("--junit", a.junit, "Also write the JUnit XML there")->option_text("FILE");
    run->add_option("--baseline", a.baseline, "Known failures, which do not count: the batch fails only of new ones")
        ->option_text("FILE");
    run->add_option("--write-baseline", a.baseline_out, "Write a baseline of everything that fails now")
        ->option_text("FILE");
    run->add_option("--today", a.today,
                    "The day on which it is looked whether a known failure has expired (default: today)")
        ->option_text("DATE");
    run->add_flag("--pcap", a.pcap, "Capture the packets of every link, for Wireshark");
    run->add_flag("--journal", a.journal, "Write the journal of every run (failed runs have theirs anyway)");
    run->add_flag("--fail-fast", a.fail_fast, "Stop at the first run that fails");
    run->add_option("--replays", a.replays, "Failed runs to run again for their journals (default: 20)")
        ->option_text("N");
    run->add_option("--firmware-cpu-limit", a.firmware_cpu_s,
                    "Seconds of processor time after which a firmware event counts as a hang (default: 10)")
        ->option_text("S")
        ->check(CLI::Range(0.01, 86400.0));
    run->add_option("--gdb", a.debugged_device,
                    "Run the firmware of this device, such as office/base[0], under the debugger, without limits. It "
                    "must run in a process of its own")
        ->option_text("DEVICE");
    run->add_option("--debugger", a.debugger,
                    "Command for --gdb (default: \"gdb -q --args\"; from elsewhere: \"gdbserver --once :2345\")")
        ->option_text("COMMAND");
    run->add_option("--max-events", a.events, "A run that needs more events is not completed (default: no limit)")
        ->option_text("N");
    run->add_option("--max-simulated", a.simulated_s, "The same for seconds of simulated time")
        ->option_text("S")
        ->check(CLI::Range(0.0, 1e7));
    run->add_option("--max-memory", a.memory_mib, "The same for the memory of a run's process, in MiB")
        ->option_text("N")
        ->check(CLI::Range(0u, 1u << 24));
    run->footer(examples);

    std::vector<std::string> paths, overrides;
    bool resolved = false;
    auto* validate =
        app.add_subcommand("validate", "Check scenarios and say everything that is wrong, with line and column");
    validate->add_option("SCENARIO", paths, "Scenario files or folders")->required();
    validate->add_option("--set", overrides, "As for run")->option_text("PATH=VALUE")->allow_extra_args(false);
    validate->add_flag("--resolved", resolved, "Print the scenario with every default written out");
    std::vector<std::string> list_paths{"scenarios/library"};
    auto* list = app.add_subcommand("list", "List scenarios with what they are about");
    list->add_option("SCENARIO", list_paths, "Scenario files or folders (default: scenarios/library)");
    std::string folder;
    auto* report = app.add_subcommand("report", "Make the HTML report of a results folder anew");
    report->add_option("DIR", folder, "Folder that \"dectbed run\" wrote")->required();
    decode_arguments what;
    auto* decode = add_decode(app, what);
    explain_arguments whom;
    auto* explain = add_explain(app, whom);
    explore_arguments what_else;
    auto* explore = add_explore(app, what_else);
    auto* schema = app.add_subcommand("schema", "Print the JSON Schema of the scenario language, for editors");

    const std::string slip = slip_of_the_finger(app, argc, argv);
    if (!slip.empty()) return complain(slip);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& e) {
        return app.exit(e);
    } catch (const CLI::ParseError& e) {
        return complain(std::string(e.what()) + "\nSee dectbed --help.");
    }
    try {
        if (run->parsed()) return run_command(r, a);
        if (validate->parsed()) return validate_command(r, paths, overrides, resolved);
        if (list->parsed()) return list_command(r, list_paths);
        if (report->parsed()) return report_command(folder);
        if (decode->parsed()) return decode_command(what);
        if (explain->parsed()) return explain_command(whom);
        if (explore->parsed()) {
            const interrupt_guard guard;
            return explore_command(r, what_else, [] { return interrupt_seen != 0; });
        }
        if (schema->parsed()) std::fputs(r.schema().c_str(), stdout);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s: %s\n", colours(stderr).bad("error").c_str(), e.what());
        return not_completed;
    }
    return all_hold;
}

}  // namespace dectbed::cli
