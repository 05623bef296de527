// Path losses that have been worked out, for as many pairs of stations as there is room: what has not been asked for
// lately is forgotten, and worked out again when somebody asks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/units.h"

namespace dectbed::radio {

class loss_cache {
  public:
    /// Room for that many pairs in all; 12 octets each, half of them in use at least.
    explicit loss_cache(std::size_t room = std::size_t{1} << 22) : room_(room) {}

    /// Of `owner` and `other`; the version of `other` changes when it moves. A row belongs to the one that listens to
    /// many: by convention the younger station of the two.
    template <class Work>
    sim::db of(std::uint32_t owner, std::uint32_t other, std::uint32_t version, Work&& work) {
        if (owner >= rows_.size()) rows_.resize(owner + 1);
        row& r = rows_[owner];
        r.used_in = period_;
        if (!r.slots.empty()) {
            for (std::size_t i = home_of(r, other);; i = (i + 1) & (r.slots.size() - 1)) {
                const slot& s = r.slots[i];
                if (s.other == free_slot) break;
                if (s.other == other && s.version == version) return {s.milli};
            }
        }
        const sim::db made = work();
        put(r, {other, version, made.milli});
        return made;
    }
    /// The owner has moved.
    void forget(std::uint32_t owner);

    std::size_t slots() const { return slots_; }

  private:
    static constexpr std::uint32_t free_slot = ~std::uint32_t{0};
    struct slot {
        std::uint32_t other = free_slot;
        std::uint32_t version = 0;
        std::int32_t milli = 0;
    };
    struct row {
        std::vector<slot> slots;  // open addressing; a power of two, at most three quarters in use
        std::uint32_t used = 0;
        std::uint32_t used_in = 0;
    };
    static std::size_t home_of(const row& r, std::uint32_t other) {
        return static_cast<std::size_t>((other * 0x9E3779B97F4A7C15ULL) >> 32) & (r.slots.size() - 1);
    }
    void put(row& r, const slot& s);
    void grow(row& r);
    void drop(row& r);
    void make_room(const row& but);

    std::size_t room_, slots_ = 0;
    std::uint32_t period_ = 0;  // since rows were dropped last
    std::vector<row> rows_;
};

}  // namespace dectbed::radio
