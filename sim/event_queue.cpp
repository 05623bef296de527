#include "sim/event_queue.h"

#include <ns3/simulator.h>

#include <algorithm>
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
    const node added{event.key.m_ts, order << slot_bits | slot};
    if (added.time < horizon_) {
        heap_.push_back(added);
        return rise(heap_.size() - 1);
    }
    bins_[added.time >> bin_bits].push_back(added);
}

void event_queue::next_bin() {
    const auto next = bins_.begin();
    horizon_ = (next->first + 1) << bin_bits;
    // In order is a heap, too.
    heap_.insert(heap_.end(), next->second.begin(), next->second.end());
    std::sort(heap_.begin() + root, heap_.end(), before);
    bins_.erase(next);
}

bool event_queue::IsEmpty() const {
    if (!end_when_idle_) return heap_.size() == root && bins_.empty();
    if (something_is_left()) return false;
    // Said once: what ns-3 asks after the loop (is anything left to release?) is about the heap itself.
    end_when_idle_ = false;
    return true;
}

bool event_queue::something_is_left() const {
    if (witness_ != nullptr && !witness_->IsCancelled()) return true;
    witness_ = nullptr;
    for (std::size_t i = root; i < heap_.size(); ++i)
        if (keeps_going(heap_[i])) return true;
    for (const auto& [number, nodes] : bins_)
        for (const node& n : nodes)
            if (keeps_going(n)) return true;
    return false;
}

bool event_queue::keeps_going(const node& n) const {
    ns3::EventImpl* impl = events_[slot_of(n)].impl;
    if (order_of(n) == limit_order || impl->IsCancelled()) return false;
    witness_ = impl;
    witness_order_ = order_of(n);
    return true;
}

void event_queue::take_out(std::size_t at) {
    if (order_of(heap_[at]) == witness_order_) witness_ = nullptr;
    free_.push_back(static_cast<std::uint32_t>(slot_of(heap_[at])));
    heap_[at] = heap_.back();
    heap_.pop_back();
    if (at < heap_.size()) sink(at);
}

void event_queue::take_from_bin(const Event& event) {
    const auto found = bins_.find(event.key.m_ts >> bin_bits);
    if (found == bins_.end()) return;
    auto& nodes = found->second;
    for (node& n : nodes) {
        const Event& here = events_[slot_of(n)];
        if (here.impl != event.impl || here.key.m_uid != event.key.m_uid) continue;
        if (order_of(n) == witness_order_) witness_ = nullptr;
        free_.push_back(static_cast<std::uint32_t>(slot_of(n)));
        n = nodes.back();
        nodes.pop_back();
        if (nodes.empty()) bins_.erase(found);
        return;
    }
}

ns3::Scheduler::Event event_queue::PeekNext() const {
    if (heap_.size() > root) return events_[slot_of(heap_[root])];
    const auto& nodes = bins_.begin()->second;
    return events_[slot_of(*std::min_element(nodes.begin(), nodes.end(), before))];
}

ns3::Scheduler::Event event_queue::RemoveNext() {
    if (heap_.size() == root) next_bin();
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
    if (event.key.m_ts >= horizon_) return take_from_bin(event);
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
