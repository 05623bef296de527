#include "radio/propagation.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "sim/math.h"

namespace dectbed::radio {

namespace {

constexpr double reference_distance_m = 1.0;  // nearer than that the loss no longer falls
constexpr double floor_exponent_b = 0.46;     // COST 231, multi-wall model

/// Twice the signed area of a triangle: positive if c lies to the left of the line from a to b.
double side_of(double ax, double ay, double bx, double by, double cx, double cy) {
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
}

}  // namespace

double wall_loss_db(const path_loss_parameters& p, const sim::position& a, const sim::position& b) {
    double loss = 0;
    for (const auto& w : p.walls) {
        // "On the line" counts as right of it for both ends, so a path through the corner of two walls
        // that meet there crosses one of them, not both or none.
        const bool a_left = side_of(w.x1_m, w.y1_m, w.x2_m, w.y2_m, a.x_m, a.y_m) > 0;
        const bool b_left = side_of(w.x1_m, w.y1_m, w.x2_m, w.y2_m, b.x_m, b.y_m) > 0;
        if (a_left == b_left) continue;
        const bool first_left = side_of(a.x_m, a.y_m, b.x_m, b.y_m, w.x1_m, w.y1_m) > 0;
        const bool second_left = side_of(a.x_m, a.y_m, b.x_m, b.y_m, w.x2_m, w.y2_m) > 0;
        if (first_left != second_left) loss += w.loss_db;
    }
    return loss;
}

int floors_between(const path_loss_parameters& p, double z1_m, double z2_m) {
    const auto storey = [&](double z) { return static_cast<int>(std::floor(z / p.storey_height_m)); };
    return std::abs(storey(z1_m) - storey(z2_m));
}

namespace {

double formula_db(const path_loss_parameters& p, const sim::position& a, const sim::position& b) {
    const double d = std::max(sim::distance_m(a, b), reference_distance_m);
    double loss = p.reference_db + 10.0 * p.exponent * sim::repro::log10(d) + wall_loss_db(p, a, b);
    if (const int n = floors_between(p, a.z_m, b.z_m); n == 1) {
        loss += p.floor_loss_db;
    } else if (n > 1) {
        const double exponent = static_cast<double>(n + 2) / static_cast<double>(n + 1) - floor_exponent_b;
        loss += p.floor_loss_db * sim::repro::pow(static_cast<double>(n), exponent);
    }
    return loss;
}

}  // namespace

sim::db path_loss(const path_loss_parameters& p, const sim::position& a, const sim::position& b) {
    return sim::db::of(formula_db(p, a, b));
}

sim::db free_space_loss(double distance_m, double frequency_hz) {
    constexpr double pi = 3.141592653589793, light_m_s = 299'792'458.0;
    return sim::db::of(20.0 * sim::repro::log10(4.0 * pi * distance_m * frequency_hz / light_m_s));
}

propagation::propagation(path_loss_parameters p, std::uint64_t key)
    : parameters_(std::move(p)), shadowing_(parameters_.shadowing_db, parameters_.shadowing_correlation_m, key) {}

sim::db propagation::loss(const sim::position& a, const sim::position& b) const {
    if (!shadowing_.on()) return path_loss(parameters_, a, b);
    return loss(a, b, shadowing_.at(a), shadowing_.at(b));
}

sim::db propagation::loss(const sim::position& a, const sim::position& b, const shadow_field::local& at_a,
                          const shadow_field::local& at_b) const {
    // A shadow may be brighter than usual, but nothing between two places amplifies.
    return sim::db::of(std::max(formula_db(parameters_, a, b) + shadowing_.loss_db(at_a, at_b), 0.0));
}

double propagation::reach_m(sim::db loss) const {
    // The formula without walls and floors, solved for the distance; a little is added for rounding.
    constexpr double rounding = 1.001, decades_max = 12;
    const double left_db = loss.value() + shadowing_.limit_db() - parameters_.reference_db;
    if (left_db < 0) return 0;
    return rounding * sim::repro::exp10(std::min(left_db / (10.0 * parameters_.exponent), decades_max));
}

}  // namespace dectbed::radio
