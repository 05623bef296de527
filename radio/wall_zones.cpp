#include "radio/wall_zones.h"

#include <algorithm>
#include <utility>

#include "sim/math.h"

namespace dectbed::radio {

namespace {

/// Which side of the lines from anywhere in one rectangle to anywhere in another a point is on: -1 or 1, if it is the
/// same for all. The signed area is linear in either end, so the corners tell.
template <class Zone>
int side_of_all(const Zone& from, const Zone& to, double x, double y) {
    constexpr double rounding_m2 = 1e-3;
    bool left = true, right = true;
    for (const double ax : {from.x1_m, from.x2_m})
        for (const double ay : {from.y1_m, from.y2_m})
            for (const double bx : {to.x1_m, to.x2_m})
                for (const double by : {to.y1_m, to.y2_m}) {
                    const double area = (bx - ax) * (y - ay) - (by - ay) * (x - ax);
                    left = left && area > rounding_m2;
                    right = right && area < -rounding_m2;
                }
    return left ? 1 : right ? -1 : 0;
}

}  // namespace

std::int32_t wall_zones::of(const sim::position& place) {
    if (propagation_.parameters().walls.empty()) return unknown;
    auto sides = propagation_.sides_of(place);
    auto z = std::find_if(zones_.begin(), zones_.end(), [&](const zone& each) { return each.left_of == sides; });
    if (z == zones_.end()) {
        if (zones_.size() == zones_max) return unknown;
        zones_.push_back({std::move(sides), place.x_m, place.y_m, place.x_m, place.y_m, {}});
        for (zone& each : zones_) each.to.resize(zones_.size());
        return static_cast<std::int32_t>(zones_.size() - 1);
    }
    const auto number = static_cast<std::size_t>(z - zones_.begin());
    if (place.x_m < z->x1_m || place.x_m > z->x2_m || place.y_m < z->y1_m || place.y_m > z->y2_m) {
        z->x1_m = std::min(z->x1_m, place.x_m);
        z->x2_m = std::max(z->x2_m, place.x_m);
        z->y1_m = std::min(z->y1_m, place.y_m);
        z->y2_m = std::max(z->y2_m, place.y_m);
        for (std::size_t other = 0; other < zones_.size(); ++other)
            z->to[other].worked_out = zones_[other].to[number].worked_out = false;
    }
    return static_cast<std::int32_t>(number);
}

void wall_zones::work_out(bound& b, std::int32_t one, std::int32_t other) const {
    const zone &from = zones_[static_cast<std::size_t>(one)], &to = zones_[static_cast<std::size_t>(other)];
    const auto& walls = propagation_.parameters().walls;
    double loss = 0;
    for (std::size_t i = 0; i < walls.size(); ++i) {
        const auto& w = walls[i];
        if (((from.left_of[i / 64] ^ to.left_of[i / 64]) >> i % 64 & 1) == 0) continue;
        const int begin = side_of_all(from, to, w.x1_m, w.y1_m), end = side_of_all(from, to, w.x2_m, w.y2_m);
        if (w.loss_db < 0 || begin * end < 0) loss += w.loss_db;
    }
    constexpr sim::db rounding{1};
    b.value.loss = sim::db::of(loss) - rounding;
    b.value.gain = sim::repro::exp10(-b.value.loss.value() / 10.0);
    b.worked_out = true;
}

}  // namespace dectbed::radio
