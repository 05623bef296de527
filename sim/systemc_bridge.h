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
#include <string>
#include <systemc>
#include <vector>

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

    /// Modules of somebody else, a device's virtual platform: what they do wrong is told under the device's name, and
    /// who keeps an instant from ending is stopped alone.
    class guest {
      public:
        virtual ~guest() = default;
        virtual const std::string& device() const = 0;
        /// SystemC's name of the module that all of it is in.
        virtual const char* module() const = 0;
        virtual bool held() const = 0;
        /// From now on none of its processes runs, or all may again.
        virtual void hold(bool still) = 0;
        /// It was held for good, because the instant did not end with it.
        virtual void restless(const std::string& why) = 0;
        /// SystemC runs from now on, or no longer, and this guest was the last one that something was said to or by.
        virtual void running(bool yes) = 0;
    };
    /// Must be removed before it ends.
    void add(guest& g) { guests_.push_back(&g); }
    void remove(guest& g);
    void touched(guest& g);

  private:
    void arm();
    void advance();
    void bring_to_now();
    void run_systemc(sc_core::sc_time span);
    bool comes_to_rest();
    bool stop_restless_guests();
    std::string device_in(const std::string& text) const;
    [[noreturn]] void rethrow(const sc_core::sc_report& report) const;

    kernel& kernel_;
    event_handle pending_;
    time_point pending_at_{};
    time_point delta_instant_{};
    std::uint64_t deltas_ = 0;  ///< delta cycles run at delta_instant_
    bool started_ = false, inside_ = false;
    std::uint64_t activations_ = 0;
    std::vector<guest*> guests_;
    guest* touched_ = nullptr;
};

}  // namespace dectbed::sim
