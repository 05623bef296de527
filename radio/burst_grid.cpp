#include "radio/burst_grid.h"

#include <algorithm>
#include <cmath>

namespace dectbed::radio {

namespace {
constexpr double index_limit = 1e9;  // further away than any site; keeps the conversion defined
}

burst_grid::channel& burst_grid::cell::at(std::int32_t centre_khz) {
    for (channel& c : channels)
        if (c.centre_khz == centre_khz) return c;
    channels.emplace_back();
    channels.back().centre_khz = centre_khz;
    return channels.back();
}

std::int32_t burst_grid::index_of(double at_m) const {
    return static_cast<std::int32_t>(std::clamp(std::floor(at_m / size_m_), -index_limit, index_limit));
}

burst_grid::cell& burst_grid::at(const sim::position& p) {
    const std::int32_t x = index_of(p.x_m), y = index_of(p.y_m);
    cell*& found = by_index_[key_of(x, y)];
    if (found == nullptr) {
        cells_.push_back(std::make_unique<cell>());
        found = cells_.back().get();
        found->x_m_ = x * size_m_;
        found->y_m_ = y * size_m_;
    }
    return *found;
}

}  // namespace dectbed::radio
