// Which walls a path between two parts of a site crosses, wherever in them it begins and ends.
//
// A zone is what lies on the same side of the lines of all walls: mostly a building, or a side of its corridor. Of each
// the rectangle is known in which stations have been, and for two rectangles the walls that every path between them
// crosses. So a bound on the loss of many paths costs one look.
#pragma once

#include <cstdint>
#include <vector>

#include "radio/propagation.h"

namespace dectbed::radio {

class wall_zones {
  public:
    explicit wall_zones(const propagation& p) : propagation_(p) {}

    /// Zone of a place where a station is; beyond `zones_max` of them, and where there are no walls: one about which
    /// nothing is known.
    std::int32_t of(const sim::position& place);
    /// No path between two zones loses less in walls.
    const propagation::least& between(std::int32_t a, std::int32_t b) {
        static constexpr propagation::least nothing{};
        if (a == unknown || b == unknown) return nothing;
        bound& known = zones_[static_cast<std::size_t>(a)].to[static_cast<std::size_t>(b)];
        if (!known.worked_out) work_out(known, a, b);
        return known.value;
    }
    static constexpr std::size_t zones_max = 64;
    static constexpr std::int32_t unknown = -1;

  private:
    struct bound {
        propagation::least value;
        bool worked_out = false;
    };
    struct zone {
        std::vector<std::uint64_t> left_of;
        double x1_m, y1_m, x2_m, y2_m;
        std::vector<bound> to;  ///< as many as there are zones
    };
    void work_out(bound& b, std::int32_t one, std::int32_t other) const;

    const propagation& propagation_;
    std::vector<zone> zones_;
};

}  // namespace dectbed::radio
