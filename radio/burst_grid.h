// Where the plans of a medium are: by place, by centre frequency, and by the phase of their bursts.
//
// The site is cut into square cells (storeys share them). Whoever looks for what can matter at a place within a
// reach looks into the cells that the reach touches, and nowhere else. Phases are worked out, and old plans are
// forgotten, where somebody looks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "sim/units.h"

namespace dectbed::radio {

struct plan;
class signal_watch;

/// Where a station is, for whoever asks of many.
struct spot {
    sim::position place;
    std::int16_t storey = 0, zone = -1;  ///< -1: nothing is known (radio/wall_zones.h)
};

class burst_grid {
  public:
    /// A plan, and what of it is asked for of many at once.
    struct entry {
        std::int64_t phase = 0;  ///< start of a burst after the indexing instant, modulo one nominal frame, in ps
        double bit_ps = 0, length_ps = 0;  ///< of its clock; of its burst. They hold while the phase does.
        std::int32_t ppb = 0;              ///< of its clock; likewise
        std::uint32_t transmitter = 0;
        sim::dbm power;
        spot from;  ///< where it is sent, as the medium knows it: whoever looks through many need not look it up
        std::shared_ptr<plan> what;
    };
    /// What is sent, and who supervises what, on one frequency in one cell.
    struct channel {
        std::int32_t centre_khz = 0;
        std::vector<entry> bursts;
        std::uint64_t sorted_for = 0;  ///< indexing for which the phases hold and are in order
        std::size_t tidy_at = 8;       ///< so many entries are reason to forget old ones
        std::vector<signal_watch*> watches;
    };
    class cell {
      public:
        channel& at(std::int32_t centre_khz);
        std::vector<channel> channels;  ///< in the order they were first used

      private:
        friend class burst_grid;
        double x_m_ = 0, y_m_ = 0;  // lowest corner
    };

    explicit burst_grid(double cell_m) : size_m_(cell_m) {}

    /// The cell of a place; its address stays.
    cell& at(const sim::position& p);
    std::size_t cells() const { return cells_.size(); }

    /// Calls visit(cell, distance²) for all cells that have a point within the reach, in an order that depends on
    /// nothing but when which cell was first used.
    template <class Visitor>
    void visit(const sim::position& p, double reach_m, Visitor&& visit) {
        const double across = 2 * reach_m / size_m_ + 2;
        if (across * across >= static_cast<double>(cells_.size())) {
            for (const auto& c : cells_) look(*c, p, reach_m, visit);
            return;
        }
        const std::int32_t x_end = index_of(p.x_m + reach_m), y_end = index_of(p.y_m + reach_m);
        for (std::int32_t y = index_of(p.y_m - reach_m); y <= y_end; ++y)
            for (std::int32_t x = index_of(p.x_m - reach_m); x <= x_end; ++x)
                if (const auto found = by_index_.find(key_of(x, y)); found != by_index_.end())
                    look(*found->second, p, reach_m, visit);
    }

  private:
    template <class Visitor>
    void look(cell& c, const sim::position& p, double reach_m, Visitor&& visit) {
        const double x = outside(p.x_m, c.x_m_), y = outside(p.y_m, c.y_m_), squared = x * x + y * y;
        if (squared <= reach_m * reach_m) visit(c, squared);
    }
    double outside(double at, double low) const {
        return at < low ? low - at : at > low + size_m_ ? at - low - size_m_ : 0;
    }
    std::int32_t index_of(double at_m) const;
    static std::uint64_t key_of(std::int32_t x, std::int32_t y) {
        return static_cast<std::uint64_t>(static_cast<std::uint32_t>(x)) << 32 | static_cast<std::uint32_t>(y);
    }

    double size_m_;
    std::vector<std::unique_ptr<cell>> cells_;
    std::unordered_map<std::uint64_t, cell*> by_index_;  // never iterated
};

}  // namespace dectbed::radio
