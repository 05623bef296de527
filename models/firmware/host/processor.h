// A device's processor: it runs a firmware to completion, one event at a time, as a SystemC process.
//
// Events from the world queue here and wake the process through the bridge. What the firmware requests
// while it handles an event is collected and performed after handle() returned, in order, in a kernel
// event of its own (from SystemC to the network there is no nesting). The next event is delivered when
// the last request was performed, so a CONSUME_CPU in the middle delays what follows it: the requests
// after it and the next event.
//
// A firmware that fails (executor.h) ends its own life: what it requested in that event is lost, the processor stands
// still, and its owner is told.
//
// A virtual platform (platform_port.h) is a processor itself: it gets the events one after the other in its mailbox,
// and its requests are performed when it makes them.
#pragma once

#include <functional>
#include <string>
#include <systemc>

#include "models/firmware/host/executor.h"
#include "models/firmware/host/firmware_library.h"
#include "models/firmware/host/records.h"
#include "sim/lean_queue.h"
#include "sim/simulation.h"
#include "sim/systemc_bridge.h"

namespace dectbed::models::firmware {

/// One SystemC process (SC_METHOD) that waits to run a firmware. SystemC allows none to be added after the
/// start, so slots are made within the constructor of an sc_module, while the world is built.
class processor_slot {
  public:
    /// `alone`: the only one in its module. A name that SystemC makes unique costs more than the slot.
    explicit processor_slot(bool alone = false);
    processor_slot(const processor_slot&) = delete;
    processor_slot& operator=(const processor_slot&) = delete;

  private:
    friend class processor;
    sc_core::sc_event wake_;
    std::function<void()> run_;
};

class processor {
  public:
    /// Performs one request, in a kernel event. May call reset or power functions of the processor.
    using perform_handler = std::function<void(const request&)>;
    /// The firmware failed, in a kernel event; the processor does not run any more.
    using failure_handler = std::function<void(const firmware_failure&)>;

    processor(sim::simulation& s, sim::systemc_bridge& bridge, processor_slot& slot, sim::entity_id who,
              firmware_image_ptr image, perform_handler perform, failure_handler failed);
    ~processor();
    processor(const processor&) = delete;
    processor& operator=(const processor&) = delete;

    /// A new life: its first event is `boot`. `powered_since` is the zero of now_us.
    void start(sim::time_point powered_since, sim::bytes boot);
    /// Ends the life at once: the instance is destroyed, events and requests still to come are lost.
    void halt();
    bool running() const { return running_; }

    /// Queues an event; ignored while not running.
    void post(sim::bytes event);
    /// The same for what the network may lose: false if the receive queue is full.
    bool post_or_drop(sim::bytes event);
    /// Removes queued timer events of that timer.
    void forget_timer_events(std::uint32_t timer);

    /// A spell of work (from an event that wakes the processor until nothing is left to do) that would take longer than
    /// this calls `on_overrun` at that moment; the rest of the spell is lost, so `on_overrun` must reset. 0: no limit.
    /// A platform's spell ends when it has seen all events.
    void limit_work(sim::duration longest);
    sim::duration work_limit() const { return work_limit_; }
    std::function<void()> on_overrun;

    /// What is asked for by CONSUME_CPU takes so many times as long; 1 at first.
    void slow_down(double times) { slowness_ = times; }
    /// Other code from the next start on; only while not running, and no other platform.
    void use(firmware_image_ptr image);
    bool on_platform() const { return image_->platform() != nullptr; }

    std::uint64_t events_handled() const { return handled_; }

    /// Received frames and datagrams that wait for the processor; a network buffer's size.
    static constexpr std::size_t receive_queue_max = 256;
    /// Events in one instant; beyond it host and firmware are in a loop, which is a hang.
    static constexpr std::uint64_t same_instant_max = 30'000;

  private:
    struct platform_seat;
    struct queued {
        sim::bytes octets;
        bool droppable = false;
    };
    const std::string& path() const { return sim_.journal().path_of(who_); }
    void wake();
    void run();  ///< in the SystemC process
    bool too_many_at_once();
    queued next_event();
    void call_firmware();
    void offer();        ///< the next event to the platform, if it has seen the last one
    void event_seen();   ///< by the platform
    void limit_spell();  ///< of the platform, that has begun
    void fall_asleep();
    void perform_from(std::size_t offset);
    void fail(firmware_failure f);

    sim::simulation& sim_;
    sim::systemc_bridge& bridge_;
    processor_slot& slot_;
    const sim::entity_id who_;
    firmware_image_ptr image_;
    std::unique_ptr<platform_seat> platform_;  ///< null: the first image is none
    std::unique_ptr<executor> executor_;       ///< made at the first start: devices which never get power cost little
    perform_handler perform_;
    failure_handler on_failure_;

    bool running_ = false, busy_ = false, woken_ = false;
    sim::duration work_limit_{0};
    double slowness_ = 1;
    sim::time_point awake_since_{};
    bool asleep_ = true;
    std::uint64_t life_ = 0;  ///< counts starts and halts; what belongs to an earlier one is void
    sim::time_point powered_since_{};
    sim::lean_queue<queued> queue_;
    std::size_t droppable_waiting_ = 0;
    sim::bytes collected_;  ///< requests of the running call, one after the other
    sim::bytes performing_;
    std::uint64_t handled_ = 0;
    sim::time_point instant_{};
    std::uint64_t in_this_instant_ = 0;
};

}  // namespace dectbed::models::firmware
