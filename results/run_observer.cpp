#include "results/run_observer.h"

#include <algorithm>
#include <variant>

namespace dectbed::results {

void run_observer::on(const sim::journal_entry& e) {
    const evidence ev{devices_, servers_, names_};
    now_ = e.at;
    ++records_;
    names_.on(e);
    judge_.before(e, ev);
    devices_.on(e);
    evidence_.on(e);
    servers_.on(e);
    activity_.on(e);
    judge_.after(e, ev);
    if (const auto* started = std::get_if<sim::record::run_started>(&e.what)) started_ = *started;
    if (const auto* ended = std::get_if<sim::record::run_ended>(&e.what)) end_reason_ = ended->reason;
}

run_result run_observer::conclude() {
    run_result run;
    run.scenario = started_.scenario;
    run.seed = started_.seed;
    run.version = started_.version;
    run.scenario_digest = started_.scenario_digest;
    run.end_reason = end_reason_;
    run.simulated = now_.time_since_epoch();
    run.records = records_;
    run.devices.reserve(devices_.devices().size());
    for (const tracked_device& d : devices_.devices()) {
        std::string seen = d.ready ? std::string() : evidence_.about(d.id, names_);
        run.devices.push_back(
            {std::string(names_.path_of(d.id)), d.is_base, d.ready, devices_.cause(d), std::move(seen), d.first});
    }
    for (const tracked_device& d : devices_.devices()) {
        if (!d.provider) continue;
        if (!run.misdirected) run.misdirected.emplace();
        if (d.misdirected_to) run.misdirected->emplace_back(names_.path_of(d.id), names_.path_of(d.misdirected_to));
    }
    run.phases = phases_of(run.devices);
    run.bin_s = servers_.bin_s();
    run.servers = servers_.results();
    run.radio = activity_.radio();
    run.people = activity_.people();
    run.assumptions = activity_.assumptions();
    run.faults = activity_.faults();
    run.expectations = judge_.conclude({devices_, servers_, names_});
    const bool all = std::all_of(run.expectations.begin(), run.expectations.end(),
                                 [](const expectation_result& e) { return e.passed; });
    run.outcome = all ? verdict::passed : verdict::failed;
    return run;
}

}  // namespace dectbed::results
