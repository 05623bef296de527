// What every model is given: the clock, the journal, the fault board and the run's seed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/faults.h"
#include "sim/journal/journal.h"
#include "sim/kernel.h"
#include "sim/random.h"

namespace dectbed::sim {

class simulation {
  public:
    explicit simulation(std::uint64_t seed, kernel::pace pace = kernel::pace::virtual_time)
        : seed_(seed), kernel_(pace), journal_(kernel_), faults_(kernel_, journal_) {}

    sim::kernel& kernel() { return kernel_; }
    sim::journal& journal() { return journal_; }
    fault_board& faults() { return faults_; }
    std::uint64_t seed() const { return seed_; }
    time_point now() const { return kernel_.now(); }

    template <class Record>
    void publish(entity_id who, Record what) {
        journal_.publish(who, std::move(what));
    }
    random_stream stream(std::string_view entity_path, std::string_view purpose) const {
        return {seed_, entity_path, purpose};
    }
    random_stream stream(entity_id who, std::string_view purpose) const {
        return {seed_, journal_.path_of(who), purpose};
    }

  private:
    std::uint64_t seed_;
    sim::kernel kernel_;
    sim::journal journal_;
    fault_board faults_;
};

}  // namespace dectbed::sim
