#include "sim/kernel.h"

#include <fmt/format.h>
#include <ns3/global-value.h>
#include <ns3/nstime.h>
#include <ns3/object-factory.h>
#include <ns3/simulator.h>
#include <ns3/string.h>

#include <exception>
#include <utility>

#include "sim/event_loop.h"
#include "sim/event_queue.h"

// libsystemc brings a main() that wants this; our executables have a main() of their own. It stands here
// because every program of ours links the kernel.
extern "C" int sc_main(int, char*[]) { return 0; }

namespace dectbed::sim {

namespace {

/// State of the process's one kernel (ns-3's simulator is a process-wide singleton too).
struct loop_state {
    bool exists = false;
    bool real_time = false;
    bool running = false;
    const event_queue* queue = nullptr;
    event_loop* events = nullptr;  ///< null in real time
    std::exception_ptr failure;
} loop;

void set_resolution_once() {
    // ns-3 allows it once a process and before anything runs; a second kernel finds it done.
    static const bool done = [] {
        ns3::Time::SetResolution(ns3::Time::PS);
        return true;
    }();
    (void)done;
}

ns3::Time to_ns3(duration d) { return ns3::TimeStep(static_cast<std::uint64_t>(d.count())); }

}  // namespace

namespace detail {

/// One event in ns-3's list. Releases its function as soon as it has run or was cancelled: the event
/// itself stays in the list until its time.
class scheduled_call final : public ns3::EventImpl {
  public:
    explicit scheduled_call(kernel::callback fn) : fn_(std::move(fn)) {}

    bool pending() const { return static_cast<bool>(fn_); }
    void drop() {
        Cancel();
        const kernel::callback released = std::exchange(fn_, nullptr);
    }

  private:
    void Notify() override {
        const kernel::callback fn = std::exchange(fn_, nullptr);
        // Nothing is thrown through ns-3: its real-time loop would stay "running" for ever.
        try {
            fn();
        } catch (...) {
            if (!loop.failure) loop.failure = std::current_exception();
            ns3::Simulator::Stop();
        }
    }
    kernel::callback fn_;
};

void intrusive_ptr_add_ref(scheduled_call* call) { call->Ref(); }
void intrusive_ptr_release(scheduled_call* call) { call->Unref(); }

}  // namespace detail

bool event_handle::pending() const { return call_ && call_->pending(); }

void event_handle::cancel() {
    if (call_ && call_->pending()) call_->drop();
    call_.reset();
}

kernel::kernel(pace p) {
    if (loop.exists) throw std::logic_error("a second kernel in one process");
    set_resolution_once();
    ns3::Simulator::Destroy();  // whatever used ns-3 before us
    const bool real_time = p == pace::real_time;
    ns3::GlobalValue::Bind(
        "SimulatorImplementationType",
        ns3::StringValue(real_time ? "ns3::RealtimeSimulatorImpl" : event_loop::GetTypeId().GetName()));
    ns3::ObjectFactory factory;
    factory.SetTypeId(event_queue::GetTypeId());
    ns3::Simulator::SetScheduler(factory);
    loop = loop_state{};
    loop.exists = true;
    loop.real_time = real_time;
    loop.queue = event_queue::current();
    loop.events = real_time ? nullptr : event_loop::current();
}

kernel::~kernel() {
    ns3::Simulator::Destroy();
    loop = loop_state{};
}

// ns-3's own answer takes fifty times as long, and everything asks for the time.
time_point kernel::now() const { return time_point{duration{static_cast<std::int64_t>(loop.queue->instant())}}; }

event_handle kernel::at(time_point when, callback fn) {
    const duration delay = when - now();
    if (delay < duration{0}) {
        throw run_failure(
            "", fmt::format("a call at {} was scheduled at {}, in its future", to_text(when), to_text(now())));
    }
    return after(delay, std::move(fn));
}

event_handle kernel::after(duration delay, callback fn) {
    if (delay < duration{0}) throw run_failure("", "a call was scheduled with a negative delay");
    if (delay > time_point::max() - now()) throw run_failure("", "a call was scheduled beyond the end of time");
    if (!fn) throw std::logic_error("an empty function was scheduled");
    // A new event counts one reference, ns-3's; the handle adds its own.
    auto* call = new detail::scheduled_call(std::move(fn));
    event_handle handle{boost::intrusive_ptr<detail::scheduled_call>(call)};
    if (loop.events != nullptr)
        loop.events->insert(static_cast<std::uint64_t>((now() + delay).time_since_epoch().count()), call);
    else
        ns3::Simulator::Schedule(to_ns3(delay), ns3::Ptr<ns3::EventImpl>(call, false));
    return handle;
}

void kernel::run_until(time_point limit) {
    if (loop.running) throw std::logic_error("run_until within run_until");
    if (limit < now()) throw run_failure("", "the limit of the run lies in its past");
    auto* queue = event_queue::current();
    queue->begin_run(same_instant_limit, !loop.real_time);
    queue->next_is_limit();
    event_handle end = at(limit, [] { ns3::Simulator::Stop(); });

    loop.running = true;
    try {
        ns3::Simulator::Run();
    } catch (...) {
        loop.running = false;
        queue->end_run();
        end.cancel();
        throw;  // from an event that ns-3 itself scheduled
    }
    loop.running = false;
    queue->end_run();
    end.cancel();
    if (loop.failure) std::rethrow_exception(std::exchange(loop.failure, nullptr));
    if (queue->limit_exceeded()) {
        throw run_failure("", fmt::format("more than {} calls at {} without time advancing: an unbounded exchange",
                                          same_instant_limit, to_text(now())));
    }
}

void kernel::stop() { ns3::Simulator::Stop(); }

std::uint64_t kernel::executed_events() const { return ns3::Simulator::GetEventCount(); }

}  // namespace dectbed::sim
