// What the command line needs of the rest of the house: scenarios by path, and one run. Behind functions, so
// that the pool, the batch and the words can be tested with a runner that does what a test wants.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "results/device_tracker.h"
#include "results/expectation.h"
#include "sim/journal/journal.h"

namespace dectbed::cli {

/// What a scenario has several of, or one: "sites.office.bases", "sites.office.people.user", "sites.home".
struct population_facts {
    std::string key;    ///< in the scenario; empty: nothing there to be set (a router, the Internet)
    std::string kind;   ///< "base", "handset", "person", "site", "router", "access_line", "server", "internet"
    std::string first;  ///< path of its first member
    std::int64_t count = 1;
    bool listed = false;           ///< the key's last step is the name of an item in a list
    std::set<std::string> cannot{};  ///< actions for its kind that its members do not offer, as far as that was tried
};

/// An action of the scenario language that needs a target.
struct action_choice {
    struct argument {
        enum class type { quantity, integer, choice, text };
        std::string name;
        type what = type::quantity;
        std::string unit;  ///< of the figures below, as a scenario writes it: "s", "%", ""
        double low = 0, high = 0;
        std::vector<std::string> choices;
        bool required = false;
    };
    std::string name;
    std::vector<std::string> kinds;  ///< of targets
    bool momentary = false;          ///< is over at once: cannot last
    std::vector<argument> arguments;
};

struct loaded_scenario {
    std::string name, file, description, digest;
    std::string arguments;                          ///< further words of the command that runs it: " --sweep '...'"
    std::string point;                              ///< of a sweep: "home/base[0], 3 of 12"; else empty
    std::vector<std::uint64_t> seeds;               ///< only these, whatever the batch's seeds are; empty: those
    std::vector<results::record_pattern> triggers;  ///< of its timeline
    std::vector<population_facts> populations;
    sim::duration duration{0}, linger{0};
    sim::duration faults_last{0};                                ///< the longest, with its delay
    std::vector<std::pair<std::string, std::string>> firmwares;  ///< loaded from files: name and hash
    std::uint64_t seed = 1;                                      ///< unless the command line says otherwise
    bool wants_captures = false;                                 ///< names links whose packets are always captured
    std::vector<results::expectation> expectations;
    std::shared_ptr<const void> world;  ///< the runner's own
};

/// One sentence each: "office.yaml:12:3: ...".
using problems = std::vector<std::string>;

/// How a run is watched from outside.
struct run_watch {
    std::function<void(const sim::journal_entry&)> sink;  ///< every record, in order
    const results::device_tracker* devices = nullptr;     ///< fed by `sink`
    std::function<void(sim::time_point)> progress;        ///< now and then
    std::string files_folder;                             ///< of the run; empty: it leaves no files
    std::string pcap_folder;                              ///< empty: no captures
    bool pcap_all = false;
    /// Set by the runner when the journal exists: its digest so far. Stays usable after run() has thrown.
    std::function<std::string()> digest;
    std::function<std::uint64_t()> events;  ///< the same: events executed so far
};

struct run_facts {
    std::string journal_digest;
    std::uint64_t events = 0;
    sim::time_point ended;
};

struct runner {
    /// Files that a path stands for: itself, or a folder's scenarios without the abstract ones, sorted.
    std::function<std::vector<std::string>(const std::string& path)> files;
    std::function<std::variant<loaded_scenario, problems>(const std::string& file,
                                                          const std::vector<std::string>& overrides)>
        load;
    /// A tiny simulation, so that processes forked from this one start warm.
    std::function<void()> warm_up;
    /// One run, in a process of its own. Throws sim::run_failure if it cannot be completed.
    std::function<run_facts(const loaded_scenario& s, std::uint64_t seed, run_watch& watch)> run;
    /// The scenario of `file` with `changes`, keys as an extending file writes them, as a text that will stand in the
    /// file `as`; overrides become part of it. Throws std::runtime_error if the file cannot be read.
    std::function<std::string(const std::string& file, const std::vector<std::string>& overrides,
                              const std::string& changes, const std::string& as)>
        derive;
    /// A text as if it stood in that file.
    std::function<std::variant<loaded_scenario, problems>(const std::string& text, const std::string& as)> load_text;
    std::function<std::vector<action_choice>()> actions;
    std::function<std::string(const loaded_scenario&)> resolved;  ///< YAML with every default
    std::function<std::string()> schema;
};

}  // namespace dectbed::cli
