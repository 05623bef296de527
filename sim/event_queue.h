// The event list behind ns-3's simulator: a heap with four children a node.
//
// Against ns-3's own schedulers it adds what the kernel promises: equal times keep insertion order for
// more than 2^32 events, a limit is reached after everything of that instant, cancelled events that are
// all that is left end a run, and a loop that never lets time advance is noticed. Included by kernel.cpp only.
#pragma once

#include <ns3/event-impl.h>
#include <ns3/scheduler.h>

#include <cstdint>
#include <vector>

namespace dectbed::sim {

class event_queue : public ns3::Scheduler {
  public:
    static ns3::TypeId GetTypeId();
    event_queue();
    ~event_queue() override;

    /// The queue that ns-3 made last.
    static event_queue* current();

    /// The next insert is the run's limit: it comes after everything else of its instant, and alone it
    /// keeps no run going.
    void next_is_limit() { next_is_limit_ = true; }
    /// Applies to the run that starts now. With `end_when_idle`, IsEmpty() says so once when only
    /// cancelled events and the limit are left. Between runs IsEmpty() is about the heap itself, or what is
    /// left at the end would not be released.
    void begin_run(std::uint64_t same_instant_limit, bool end_when_idle);
    void end_run() { end_when_idle_ = false; }
    bool limit_exceeded() const { return limit_exceeded_; }

    void Insert(const Event& event) override;
    bool IsEmpty() const override;
    Event PeekNext() const override { return heap_.front().event; }
    Event RemoveNext() override;
    void Remove(const Event& event) override;

  private:
    struct node {
        std::uint64_t time, order;
        Event event;
    };
    static bool before(const node& a, const node& b) { return a.time != b.time ? a.time < b.time : a.order < b.order; }
    void rise(std::size_t at);
    void sink(std::size_t at);
    bool something_is_left() const;

    static constexpr std::size_t arity = 4;
    static constexpr std::uint64_t limit_order = ~std::uint64_t{0};

    std::vector<node> heap_;
    std::uint64_t inserted_ = 0;
    bool next_is_limit_ = false;
    mutable bool end_when_idle_ = false;
    /// An event known to be still to come, so that a long row of cancelled ones is not searched at each step.
    mutable std::uint64_t witness_order_ = limit_order;
    mutable ns3::EventImpl* witness_ = nullptr;
    std::uint64_t instant_ = 0, in_instant_ = 0, same_instant_limit_ = ~std::uint64_t{0};
    bool limit_exceeded_ = false;
};

}  // namespace dectbed::sim
