#include "sim/event_queue.h"

#include <ns3/simulator.h>

#include <stdexcept>
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

event_queue::event_queue() : heap_(root) { newest = this; }

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
    std::size_t slot = events_.size();
    if (free_.empty()) {
        if (slot == slots_max) throw std::length_error("more events are to come than the list can number");
        events_.push_back(event);
    } else {
        slot = free_.back();
        free_.pop_back();
        events_[slot] = event;
    }
    heap_.push_back({event.key.m_ts, order << slot_bits | slot});
    rise(heap_.size() - 1);
}

bool event_queue::IsEmpty() const {
    if (!end_when_idle_) return heap_.size() == root;
    if (something_is_left()) return false;
    // Said once: what ns-3 asks after the loop (is anything left to release?) is about the heap itself.
    end_when_idle_ = false;
    return true;
}

bool event_queue::something_is_left() const {
    if (witness_ != nullptr && !witness_->IsCancelled()) return true;
    witness_ = nullptr;
    for (std::size_t i = root; i < heap_.size(); ++i) {
        ns3::EventImpl* impl = events_[slot_of(heap_[i])].impl;
        if (order_of(heap_[i]) == limit_order || impl->IsCancelled()) continue;
        witness_ = impl;
        witness_order_ = order_of(heap_[i]);
        return true;
    }
    return false;
}

void event_queue::take_out(std::size_t at) {
    if (order_of(heap_[at]) == witness_order_) witness_ = nullptr;
    free_.push_back(static_cast<std::uint32_t>(slot_of(heap_[at])));
    heap_[at] = heap_.back();
    heap_.pop_back();
    if (at < heap_.size()) sink(at);
}

ns3::Scheduler::Event event_queue::RemoveNext() {
    const node first = heap_[root];
    const Event event = events_[slot_of(first)];
    take_out(root);

    if (first.time != instant_) {
        instant_ = first.time;
        in_instant_ = 0;
    }
    if (++in_instant_ > same_instant_limit_ && !limit_exceeded_) {
        limit_exceeded_ = true;
        ns3::Simulator::Stop();
    }
    return event;
}

void event_queue::Remove(const Event& event) {
    for (std::size_t i = root; i < heap_.size(); ++i) {
        const Event& here = events_[slot_of(heap_[i])];
        if (here.impl != event.impl || here.key.m_uid != event.key.m_uid) continue;
        return take_out(i);
    }
}

void event_queue::rise(std::size_t at) {
    const node moving = heap_[at];
    while (at > root) {
        const std::size_t above = parent(at);
        if (!before(moving, heap_[above])) break;
        heap_[at] = heap_[above];
        at = above;
    }
    heap_[at] = moving;
}

/// What comes from the end of the heap nearly always goes back to its bottom: the hole sinks without a look at it.
void event_queue::sink(std::size_t at) {
    const node moving = heap_[at];
    const std::size_t size = heap_.size();
    for (;;) {
        const std::size_t child = first_child(at);
        std::size_t least = child;
        if (child + arity <= size) {
            const std::size_t left = child + (before(heap_[child + 1], heap_[child]) ? 1 : 0);
            const std::size_t right = child + (before(heap_[child + 3], heap_[child + 2]) ? 3 : 2);
            least = before(heap_[right], heap_[left]) ? right : left;
        } else if (child < size) {
            for (std::size_t other = child + 1; other < size; ++other)
                if (before(heap_[other], heap_[least])) least = other;
        } else {
            break;
        }
        heap_[at] = heap_[least];
        at = least;
    }
    heap_[at] = moving;
    rise(at);
}

}  // namespace dectbed::sim
