// The world of one run: every model of a scenario, made and wired once, and run to its end.
//
// Building publishes run_started and an entity_declared for everything; run() ends with run_ended. One world a
// process (SystemC); the scenario must outlive it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "results/device_tracker.h"
#include "scenarios/language/scenario.h"
#include "sim/simulation.h"

namespace dectbed::scenarios {

struct world_options {
    std::string version;          ///< of the program, for run_started
    std::string scenario_digest;  ///< language/digest
    /// Every record as it is published; added before the first one.
    std::function<void(const sim::journal_entry&)> sink;
    /// Counts of ready devices while the run goes on; must be fed by `sink`. Ends a run that has settled.
    const results::device_tracker* devices = nullptr;
    std::string files_folder;  ///< exists; certificates are written there; empty: nowhere
    std::string pcap_folder;   ///< exists; empty: no captures
    bool pcap_all = false;     ///< every link, not only those the scenario names
    /// Called about four times a second of the machine's time or seldomer, never from within a model.
    std::function<void(sim::time_point)> progress;
    sim::kernel::pace pace = sim::kernel::pace::virtual_time;
};

class world {
  public:
    /// Throws sim::run_failure if something cannot be built (a firmware that does not load).
    world(const scenario& s, std::uint64_t seed, world_options o);
    ~world();
    world(const world&) = delete;
    world& operator=(const world&) = delete;

    /// To the end of the run. Throws sim::run_failure if it cannot be completed.
    void run();

    std::string digest() const;
    std::uint64_t events() const;
    sim::time_point now() const;

  private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace dectbed::scenarios
