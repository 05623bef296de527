// A second processor within a device, whose program is linked in: a DECT module's, or the network's where a firmware
// has none of its own. The program is a firmware (firmware.h) and has nothing but its timers and what its owner
// performs.
//
// Run to completion in kernel events; CONSUME_CPU holds back what follows it, as in a device's own processor. A program
// that fails is our own bug and ends the run.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "models/firmware/host/executor.h"
#include "models/firmware/host/firmware_timers.h"
#include "models/firmware/host/records.h"
#include "sim/simulation.h"

namespace dectbed::models::firmware {

class coprocessor {
  public:
    /// Every request but timers and CONSUME_CPU; may start, halt, or post.
    using perform_handler = std::function<void(const request&)>;
    /// `speed`: CONSUME_CPU takes its time divided by it.
    coprocessor(sim::simulation& s, std::string name, const dectbed_firmware* program, double speed,
                perform_handler perform);
    ~coprocessor() { halt(); }
    coprocessor(const coprocessor&) = delete;
    coprocessor& operator=(const coprocessor&) = delete;

    void start(sim::bytes boot);
    void halt();
    bool running() const { return running_; }
    void post(sim::bytes event);

  private:
    void schedule();
    void run();
    void perform_from(std::size_t offset);
    void serve(const request& r);

    sim::simulation& sim_;
    const std::string name_;
    const dectbed_firmware* program_;
    const double slowness_;
    const perform_handler perform_;
    std::unique_ptr<executor> executor_;  ///< made at the first start
    bool running_ = false, busy_ = false;
    std::uint64_t life_ = 0;
    sim::time_point started_{};
    std::deque<sim::bytes> queue_;
    sim::bytes performing_;
    sim::event_handle next_;
    firmware_timers<coprocessor> timers_{*this};
};

}  // namespace dectbed::models::firmware
