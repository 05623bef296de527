// Everything that watches a run: one sink of the journal that feeds trackers, metrics and expectations,
// and makes the run's result of them.
#pragma once

#include <vector>

#include "results/activity_metrics.h"
#include "results/device_evidence.h"
#include "results/device_tracker.h"
#include "results/expectation_judge.h"
#include "results/run_result.h"
#include "results/server_metrics.h"

namespace dectbed::results {

class run_observer {
  public:
    /// `expectations` must outlive the observer.
    explicit run_observer(const std::vector<expectation>& expectations) : judge_(expectations) {}
    run_observer(const run_observer&) = delete;
    run_observer& operator=(const run_observer&) = delete;

    void on(const sim::journal_entry& e);

    const device_tracker& devices() const { return devices_; }
    const server_metrics& servers() const { return servers_; }
    sim::time_point now() const { return now_; }
    std::uint64_t records() const { return records_; }

    /// The result so far, expectations judged. The caller adds what the journal does not say: digest, events,
    /// wall time.
    run_result conclude();

  private:
    entity_names names_;
    device_tracker devices_;
    device_evidence evidence_;
    server_metrics servers_{names_};
    activity_metrics activity_{&names_};
    expectation_judge judge_;
    sim::record::run_started started_;
    std::string end_reason_;
    sim::time_point now_;
    std::uint64_t records_ = 0;
};

}  // namespace dectbed::results
