// Judges the expectations of a scenario while the journal goes by.
//
// Order of calls for each record: judge.before(record), device tracker, judge.after(record); so that "by
// 20 min" sees the devices as they were after the last record that is not later than 20 min.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "results/device_tracker.h"
#include "results/expectation.h"
#include "results/record_matcher.h"
#include "results/run_result.h"
#include "results/server_metrics.h"

namespace dectbed::results {

/// What a judgement may look at.
struct evidence {
    const device_tracker& devices;
    const server_metrics& servers;
    const entity_names& names;
};

/// One expectation being judged.
class judgement {
  public:
    virtual ~judgement() = default;
    /// Before the record reaches the tracker.
    virtual void before(const sim::journal_entry&, const evidence&) {}
    /// `number` counts the run's records from 1.
    virtual void on(const sim::journal_entry&, std::uint64_t number, const evidence&) { (void)number; }
    /// Record types that on() wants, by index of sim::record::any; empty: none.
    virtual std::vector<std::size_t> types() const { return {}; }
    virtual void conclude(expectation_result& result, const evidence&) = 0;
};

std::unique_ptr<judgement> make_judgement(const expectation& e);

class expectation_judge {
  public:
    /// `expectations` must outlive the judge.
    explicit expectation_judge(const std::vector<expectation>& expectations);

    void before(const sim::journal_entry& e, const evidence& ev);
    void after(const sim::journal_entry& e, const evidence& ev);
    std::vector<expectation_result> conclude(const evidence& ev);

  private:
    const std::vector<expectation>& expectations_;
    std::vector<std::unique_ptr<judgement>> judgements_;
    std::vector<std::vector<judgement*>> by_type_;
    std::vector<judgement*> at_instants_;  ///< those that want before()
    std::uint64_t records_ = 0;
};

}  // namespace dectbed::results
