// What every processor does alike, a device's own and a second one: the timers of a firmware, and how long the work
// takes that it says it does.
#pragma once

#include <map>

#include "models/firmware/host/records.h"
#include "sim/simulation.h"

namespace dectbed::models::firmware {

/// `Owner` has post(sim::bytes), which gets each event when its time has passed. The timers end with it.
template <class Owner>
class firmware_timers {
  public:
    explicit firmware_timers(Owner& owner) : owner_(owner) {}
    ~firmware_timers() { clear(); }
    firmware_timers(const firmware_timers&) = delete;
    firmware_timers& operator=(const firmware_timers&) = delete;

    /// A timer of that number that runs starts anew.
    void start(sim::kernel& clock, const dectbed_req_timer& t, std::uint32_t token) {
        auto& timer = timers_[t.timer];
        timer.cancel();
        // What is kept until then fits into a callback without memory of its own.
        timer = clock.after(std::chrono::microseconds(static_cast<std::int64_t>(t.delay_us)),
                            [this, number = t.timer, token] {
                                timers_.erase(number);
                                dectbed_ev_timer e{};
                                e.timer = number;
                                owner_.post(make_event(DECTBED_EV_TIMER, token, e));
                            });
    }
    void stop(std::uint32_t number) {
        const auto timer = timers_.find(number);
        if (timer == timers_.end()) return;
        timer->second.cancel();
        timers_.erase(timer);
    }
    void clear() {
        for (auto& [number, timer] : timers_) timer.cancel();
        timers_.clear();
    }
    bool running(std::uint32_t number) const { return timers_.count(number) != 0; }
    std::size_t size() const { return timers_.size(); }

  private:
    Owner& owner_;
    std::map<std::uint32_t, sim::event_handle> timers_;
};

/// An event of that timer, which has run out and waits to be handled: stopping or starting the timer takes it back.
bool is_event_of_timer(const sim::bytes& event, std::uint32_t number);

/// How long the work takes that a request of CONSUME_CPU stands for; nothing for a malformed one. `slowness`: 1 over
/// the processor's speed.
std::optional<sim::duration> work_of(const request& r, double slowness);

}  // namespace dectbed::models::firmware
