// The outcome of one run as plain data: everything that summaries, stores and reports say of it.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "results/activity_metrics.h"
#include "results/device_tracker.h"
#include "results/percentile.h"
#include "results/server_metrics.h"

namespace dectbed::results {

enum class verdict {
    passed,         ///< every expectation holds
    failed,         ///< some do not
    not_completed,  ///< the simulator, an adapter or a firmware failed
};
std::string_view to_text(verdict v);

struct expectation_result {
    std::string name, position;
    bool passed = false;
    std::string observed, limit;
    std::string known = {};  ///< not passed: why that does not count (results/baseline.h); empty: it does
};

struct device_result {
    std::string path;
    bool is_base = false, ready = false;
    std::string cause;     ///< empty if ready
    std::string evidence;  ///< what was seen of it, in one line; empty if ready
    milestone_times first;
};

struct phase_result {
    std::string name;  ///< one of results::phase_names, or "handset_ready", "handset_subscribed", "handset_located"
    spread took;
};

struct run_result {
    std::string scenario;  ///< name
    std::uint64_t seed = 0;
    std::string version, scenario_digest, journal_digest, end_reason;
    verdict outcome = verdict::passed;
    std::string failed_who, failed_reason;  ///< outcome not_completed: path (may be empty) and reason
    std::string failed_known;               ///< outcome not_completed: why that does not count; empty: it does
    sim::duration simulated{0};
    double wall_s = 0;  ///< the only figure that differs from one execution to the next
    std::uint64_t events = 0, records = 0;
    std::vector<device_result> devices;
    std::vector<phase_result> phases;
    std::int64_t bin_s = 1;
    std::vector<server_result> servers;
    radio_result radio;
    people_result people;
    std::vector<expectation_result> expectations;
    std::vector<std::string> assumptions, faults;
    /// Bases that asked another provisioning server than their provider's: base and server. Set only in a run that has
    /// bases with providers.
    std::optional<std::vector<std::pair<std::string, std::string>>> misdirected;
    std::vector<std::pair<std::string, std::string>> firmwares;  ///< loaded from files: name and hash of the octets
};

/// Duration of each phase over the devices that completed it, in the order of results::phase_names; then
/// "handset_ready", "handset_subscribed" and "handset_located" if there are handsets.
std::vector<phase_result> phases_of(const std::vector<device_result>& devices);

/// Duration of one phase of one device: `ready` and a handset's own since power-on, every other since the latest
/// milestone before it in the list that had been reached by then. Unset if the device did not get there.
std::optional<sim::duration> phase_of(const milestone_times& first, milestone m);

struct device_count {
    std::int64_t total = 0, ready = 0;
    struct failure {
        std::string cause;
        std::vector<std::string> paths;
        std::string evidence;  ///< of the first of them
    };
    std::vector<failure> failed;  ///< most frequent cause first, equal ones by name
};
device_count count_devices(const run_result& run, bool bases);

/// Compact form for the pipe between a run's process and its parent; both are the same program.
std::string pack(const run_result& run);
run_result unpack(const std::string& packed);  ///< throws std::runtime_error if it is not what pack() made

}  // namespace dectbed::results
