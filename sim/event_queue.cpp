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
    if (added.time >> window_bits == window_) return put_into_window(added);
    far_[added.time >> window_bits].push_back(added);
}

void event_queue::put_into_window(const node& n) {
    const std::size_t at = (n.time >> bin_bits) % window_bins;
    window_bins_[at].push_back(n);
    used_[at / 64] |= std::uint64_t{1} << (at % 64);
}

std::size_t event_queue::first_used(std::size_t from) const {
    for (std::size_t word = from / 64; word < used_.size(); ++word) {
        const std::uint64_t here = word == from / 64 ? used_[word] >> (from % 64) << (from % 64) : used_[word];
        if (here != 0) return word * 64 + static_cast<std::size_t>(__builtin_ctzll(here));
    }
    return window_bins;
}

void event_queue::next_window() {
    const auto next = far_.begin();
    window_ = next->first;
    for (const node& n : next->second) put_into_window(n);
    far_.erase(next);
}

void event_queue::next_bin() {
    std::size_t at = first_used(0);
    if (at == window_bins) {
        next_window();
        at = first_used(0);
    }
    horizon_ = ((window_ << (window_bits - bin_bits)) + at + 1) << bin_bits;
    bin& next = window_bins_[at];
    // In order is a heap, too.
    heap_.insert(heap_.end(), next.begin(), next.end());
    std::sort(heap_.begin() + root, heap_.end(), before);
    next.clear();
    if (next.capacity() > kept_nodes) next = {};
    used_[at / 64] &= ~(std::uint64_t{1} << (at % 64));
}

bool event_queue::IsEmpty() const {
    if (!end_when_idle_) return heap_.size() == root && first_used(0) == window_bins && far_.empty();
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
    for (std::size_t at = first_used(0); at < window_bins; at = first_used(at + 1))
        if (some_keeps_going(window_bins_[at])) return true;
    for (const auto& [number, nodes] : far_)
        if (some_keeps_going(nodes)) return true;
    return false;
}

bool event_queue::some_keeps_going(const bin& nodes) const {
    return std::any_of(nodes.begin(), nodes.end(), [this](const node& n) { return keeps_going(n); });
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
    const bool near = event.key.m_ts >> window_bits == window_;
    const auto far = near ? far_.end() : far_.find(event.key.m_ts >> window_bits);
    if (!near && far == far_.end()) return;
    const std::size_t at = (event.key.m_ts >> bin_bits) % window_bins;
    bin& nodes = near ? window_bins_[at] : far->second;
    for (node& n : nodes) {
        if (n.time != event.key.m_ts) continue;
        const Event& here = events_[slot_of(n)];
        if (here.impl != event.impl || here.key.m_uid != event.key.m_uid) continue;
        if (order_of(n) == witness_order_) witness_ = nullptr;
        free_.push_back(static_cast<std::uint32_t>(slot_of(n)));
        n = nodes.back();
        nodes.pop_back();
        if (!nodes.empty()) return;
        if (near)
            used_[at / 64] &= ~(std::uint64_t{1} << (at % 64));
        else
            far_.erase(far);
        return;
    }
}

ns3::Scheduler::Event event_queue::PeekNext() const {
    if (heap_.size() > root) return events_[slot_of(heap_[root])];
    const std::size_t at = first_used(0);
    const bin& nodes = at == window_bins ? far_.begin()->second : window_bins_[at];
    return events_[slot_of(*std::min_element(nodes.begin(), nodes.end(), before))];
}

void event_queue::prefetch_root() const {
    if (heap_.size() > root) __builtin_prefetch(events_[slot_of(heap_[root])].impl);
}

ns3::Scheduler::Event event_queue::RemoveNext() {
    if (heap_.size() == root) next_bin();
    const node first = heap_[root];
    const Event event = events_[slot_of(first)];
    take_out(root);
    prefetch_root();

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
