// The one clock and the one event loop of a run.
//
// ns-3 owns the loop; this class is the only door to it for models, which therefore include neither
// ns-3 nor SystemC. Events at equal times run in the order in which they were scheduled and never
// merge. The kernel works unchanged under ns-3's default and real-time simulator implementations.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

#include "sim/time.h"

namespace dectbed::sim {

/// A run that cannot be completed: the simulator, an adapter or a firmware failed. It ends the run
/// with exit code 3; it is never thrown for a peer or an input that misbehaves.
class run_failure : public std::runtime_error {
  public:
    run_failure(std::string who, const std::string& reason)
        : std::runtime_error(who.empty() ? reason : who + ": " + reason), who_(std::move(who)) {}
    /// Path of the entity at fault; empty if it is the simulator itself.
    const std::string& who() const { return who_; }

  private:
    std::string who_;
};

namespace detail {
class scheduled_call;
void intrusive_ptr_add_ref(scheduled_call*);
void intrusive_ptr_release(scheduled_call*);
}  // namespace detail

/// Names one scheduled call. Copies name the same call; a default-made handle names none.
class event_handle {
  public:
    event_handle() = default;
    /// True while the call is still to come.
    bool pending() const;
    /// The call will not happen; harmless if it has happened or was cancelled.
    void cancel();

  private:
    friend class kernel;
    explicit event_handle(boost::intrusive_ptr<detail::scheduled_call> call) : call_(std::move(call)) {}
    boost::intrusive_ptr<detail::scheduled_call> call_;
};

class kernel {
  public:
    using callback = std::function<void()>;

    enum class pace {
        virtual_time,  ///< as fast as the processor allows
        real_time      ///< simulated time follows the wall clock (emulation)
    };

    /// One kernel a process at a time. Sets ns-3's resolution to 1 ps before anything runs.
    explicit kernel(pace p = pace::virtual_time);
    ~kernel();
    kernel(const kernel&) = delete;
    kernel& operator=(const kernel&) = delete;

    time_point now() const;
    event_handle at(time_point when, callback fn);    ///< `when` must not lie in the past
    event_handle after(duration delay, callback fn);  ///< `delay` must not be negative
    /// Runs in this instant, after everything already scheduled for it. This is the way from
    /// SystemC to ns-3: no nesting.
    event_handle soon(callback fn) { return after(duration{0}, std::move(fn)); }

    /// Runs until `limit`, until stop(), or until nothing is left to happen. May be called again.
    /// Throws run_failure if more than `same_instant_limit` calls happen without time advancing.
    void run_until(time_point limit);
    void stop();

    std::uint64_t executed_events() const;  ///< of ns-3's loop, this run
    std::uint64_t same_instant_limit = 2'000'000;
};

}  // namespace dectbed::sim
