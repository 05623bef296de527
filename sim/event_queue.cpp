#include "sim/event_queue.h"

#include <ns3/simulator.h>

#include <utility>

namespace dectbed::sim {

namespace {
event_queue* newest = nullptr;
}

ns3::TypeId event_queue::GetTypeId() {
    static const ns3::TypeId id = ns3::TypeId("dectbed::sim::event_queue")
                                      .SetParent<ns3::Scheduler>()
                                      .SetGroupName("dectbed")
                                      .AddConstructor<event_queue>();
    return id;
}

event_queue::event_queue() { newest = this; }

event_queue::~event_queue() {
    if (newest == this) newest = nullptr;
}

event_queue* event_queue::current() { return newest; }

void event_queue::begin_run(std::uint64_t same_instant_limit, bool end_when_idle) {
    same_instant_limit_ = same_instant_limit;
    end_when_idle_ = end_when_idle;
    limit_exceeded_ = false;
}

void event_queue::Insert(const Event& event) {
    const std::uint64_t order = std::exchange(next_is_limit_, false) ? limit_order : inserted_++;
    heap_.push_back({event.key.m_ts, order, event});
    rise(heap_.size() - 1);
}

bool event_queue::IsEmpty() const {
    if (!end_when_idle_) return heap_.empty();
    if (something_is_left()) return false;
    // Said once: what ns-3 asks after the loop (is anything left to release?) is about the heap itself.
    end_when_idle_ = false;
    return true;
}

bool event_queue::something_is_left() const {
    if (witness_ != nullptr && !witness_->IsCancelled()) return true;
    witness_ = nullptr;
    for (const node& n : heap_) {
        if (n.order == limit_order || n.event.impl->IsCancelled()) continue;
        witness_ = n.event.impl;
        witness_order_ = n.order;
        return true;
    }
    return false;
}

ns3::Scheduler::Event event_queue::RemoveNext() {
    const node first = heap_.front();
    heap_.front() = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sink(0);
    if (first.order == witness_order_) witness_ = nullptr;

    if (first.time != instant_) {
        instant_ = first.time;
        in_instant_ = 0;
    }
    if (++in_instant_ > same_instant_limit_ && !limit_exceeded_) {
        limit_exceeded_ = true;
        ns3::Simulator::Stop();
    }
    return first.event;
}

void event_queue::Remove(const Event& event) {
    for (std::size_t i = 0; i < heap_.size(); ++i) {
        if (heap_[i].event.impl != event.impl || heap_[i].event.key.m_uid != event.key.m_uid) continue;
        if (heap_[i].order == witness_order_) witness_ = nullptr;
        heap_[i] = heap_.back();
        heap_.pop_back();
        if (i < heap_.size()) {
            rise(i);
            sink(i);
        }
        return;
    }
}

void event_queue::rise(std::size_t at) {
    const node moving = heap_[at];
    while (at > 0) {
        const std::size_t parent = (at - 1) / arity;
        if (!before(moving, heap_[parent])) break;
        heap_[at] = heap_[parent];
        at = parent;
    }
    heap_[at] = moving;
}

void event_queue::sink(std::size_t at) {
    const node moving = heap_[at];
    for (;;) {
        const std::size_t first_child = at * arity + 1;
        if (first_child >= heap_.size()) break;
        std::size_t least = first_child;
        const std::size_t end = std::min(first_child + arity, heap_.size());
        for (std::size_t child = first_child + 1; child < end; ++child) {
            if (before(heap_[child], heap_[least])) least = child;
        }
        if (!before(heap_[least], moving)) break;
        heap_[at] = heap_[least];
        at = least;
    }
    heap_[at] = moving;
}

}  // namespace dectbed::sim
