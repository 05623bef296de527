// SystemC on ns-3's clock.
//
// One bridge per process keeps a single pending kernel event at SystemC's next activity; when it fires,
// the bridge calls sc_start up to that instant. Nothing else touches both clocks. Rules it enforces:
// sc_start never nests; what SystemC wants from the network goes through kernel::soon(); what the
// network wants from SystemC first brings SystemC to the kernel's now (`enter`), then notifies; delta
// cycles at one instant are run until quiet, with a bound, beyond which the run fails.
#pragma once

#include <cstdint>
#include <functional>
#include <systemc>

#include "sim/kernel.h"

namespace dectbed::sim {

sc_core::sc_time to_sc_time(duration d);

class systemc_bridge {
  public:
    explicit systemc_bridge(kernel& k);
    ~systemc_bridge();
    systemc_bridge(const systemc_bridge&) = delete;
    systemc_bridge& operator=(const systemc_bridge&) = delete;

    /// Elaborates and runs the initialisation phase. All sc_modules exist by now; none can be added
    /// later (SystemC, E529). Like everything here, throws run_failure on an error that SystemC reports.
    void start();

    /// Brings SystemC to the kernel's now, runs `notify` (which notifies events and never waits), and
    /// makes sure that what follows from it runs in this instant, in an event of its own.
    void enter(const std::function<void()>& notify);

    /// True while SystemC processes run; kernel-side code reached from there must use kernel::soon().
    bool inside() const { return inside_; }

    std::uint64_t activations() const { return activations_; }
    std::uint64_t delta_limit = 100'000;  ///< per instant

  private:
    void arm();
    void advance();
    void bring_to_now();
    void run_systemc(sc_core::sc_time span);

    kernel& kernel_;
    event_handle pending_;
    time_point pending_at_{};
    time_point delta_instant_{};
    std::uint64_t deltas_ = 0;  ///< delta cycles run at delta_instant_
    bool started_ = false, inside_ = false;
    std::uint64_t activations_ = 0;
};

}  // namespace dectbed::sim
