// The sending side of a line: one octet stream at a fixed rate behind a drop-tail queue.
#pragma once

#include <optional>
#include <vector>

#include "sim/time.h"
#include "sim/units.h"

namespace dectbed::models::network {

/// Computes when a packet is on the line; the owner schedules what follows. First in, first out. Holds state
/// for waiting packets only, and costs no events of its own.
class transmit_queue {
  public:
    /// `rate` > 0. `octets_max` bounds what waits; the packet being sent is not counted.
    transmit_queue(sim::bit_rate rate, std::int64_t octets_max) : rate_(rate), octets_max_(octets_max) {}

    /// Takes a packet of `octets` that occupies the line for the time of `occupied_octets`; gives the instant
    /// at which its first bit is sent, or nothing if the queue is full.
    std::optional<sim::time_point> take(sim::time_point now, std::int64_t octets, std::int64_t occupied_octets) {
        if (free_at_ <= now) {
            forget_all();
            free_at_ = now + rate_.time_for_octets(occupied_octets);
            return now;
        }
        forget_started(now);
        if (waiting_octets_ + octets > octets_max_) return std::nullopt;
        const auto start = free_at_;
        waiting_.push_back({start, octets});
        waiting_octets_ += octets;
        free_at_ = start + rate_.time_for_octets(occupied_octets);
        return start;
    }

    std::int64_t waiting_octets(sim::time_point now) {
        forget_started(now);
        return waiting_octets_;
    }
    /// Whatever waits or is being sent is lost.
    void reset() {
        forget_all();
        free_at_ = sim::time_point{};
    }
    sim::bit_rate rate() const { return rate_; }

  private:
    struct entry {
        sim::time_point start;
        std::int64_t octets;
    };
    void forget_all() {
        waiting_.clear();
        first_ = 0;
        waiting_octets_ = 0;
    }
    void forget_started(sim::time_point now) {
        while (first_ < waiting_.size() && waiting_[first_].start <= now) waiting_octets_ -= waiting_[first_++].octets;
        if (first_ == waiting_.size()) {
            waiting_.clear();
            first_ = 0;
        } else if (first_ >= compact_at && 2 * first_ >= waiting_.size()) {
            waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(first_));
            first_ = 0;
        }
    }

    static constexpr std::size_t compact_at = 64;
    sim::bit_rate rate_;
    std::int64_t octets_max_;
    sim::time_point free_at_{};
    std::int64_t waiting_octets_ = 0;
    /// From first_ on. Not a deque: an idle port, of which there are many, must cost no memory.
    std::vector<entry> waiting_;
    std::size_t first_ = 0;
};

}  // namespace dectbed::models::network
