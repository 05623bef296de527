#include "radio/propagation.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "radio/quick_math.h"
#include "sim/math.h"

namespace dectbed::radio {

namespace {

constexpr double reference_distance_m = 1.0;  // nearer than that the loss no longer falls
constexpr double floor_exponent_b = 0.46;     // COST 231, multi-wall model

/// Twice the signed area of a triangle: positive if c lies to the left of the line from a to b.
double side_of(double ax, double ay, double bx, double by, double cx, double cy) {
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
}

// "On the line" counts as right of it for both ends, so a path through the corner of two walls that meet there crosses
// one of them, not both or none.
template <class Wall>
bool left_of(const Wall& w, const sim::position& p) {
    return side_of(w.x1_m, w.y1_m, w.x2_m, w.y2_m, p.x_m, p.y_m) > 0;
}

/// Whether the ends of a wall lie on either side of a path.
template <class Wall>
bool lies_across(const Wall& w, const sim::position& a, const sim::position& b) {
    return (side_of(a.x_m, a.y_m, b.x_m, b.y_m, w.x1_m, w.y1_m) > 0) !=
           (side_of(a.x_m, a.y_m, b.x_m, b.y_m, w.x2_m, w.y2_m) > 0);
}

}  // namespace

double wall_loss_db(const path_loss_parameters& p, const sim::position& a, const sim::position& b) {
    double loss = 0;
    for (const auto& w : p.walls)
        if (left_of(w, a) != left_of(w, b) && lies_across(w, a, b)) loss += w.loss_db;
    return loss;
}

int floors_between(const path_loss_parameters& p, double z1_m, double z2_m) {
    const auto storey = [&](double z) { return static_cast<int>(std::floor(z / p.storey_height_m)); };
    return std::abs(storey(z1_m) - storey(z2_m));
}

namespace {

double log_distance_db(const path_loss_parameters& p, const sim::position& a, const sim::position& b) {
    const double d = std::max(sim::distance_m(a, b), reference_distance_m);
    return p.reference_db + 10.0 * p.exponent * sim::repro::log10(d);
}

double floors_loss_db(const path_loss_parameters& p, int n) {
    if (n == 0) return 0;
    if (n == 1) return p.floor_loss_db;
    const double exponent = static_cast<double>(n + 2) / static_cast<double>(n + 1) - floor_exponent_b;
    return p.floor_loss_db * sim::repro::pow(static_cast<double>(n), exponent);
}

}  // namespace

sim::db path_loss(const path_loss_parameters& p, const sim::position& a, const sim::position& b) {
    double loss = log_distance_db(p, a, b) + wall_loss_db(p, a, b);
    loss += floors_loss_db(p, floors_between(p, a.z_m, b.z_m));
    return sim::db::of(loss);
}

sim::db free_space_loss(double distance_m, double frequency_hz) {
    constexpr double pi = 3.141592653589793, light_m_s = 299'792'458.0;
    return sim::db::of(20.0 * sim::repro::log10(4.0 * pi * distance_m * frequency_hz / light_m_s));
}

propagation::propagation(path_loss_parameters p, std::uint64_t key)
    : parameters_(std::move(p)), shadowing_(parameters_.shadowing_db, parameters_.shadowing_correlation_m, key) {}

int propagation::storey_of(const sim::position& p) const {
    return static_cast<int>(std::floor(p.z_m / parameters_.storey_height_m));
}

double propagation::floors_db(int n) const {
    const auto i = static_cast<std::size_t>(n);
    if (i < floors_db_.size()) return floors_db_[i];
    constexpr int usual_floors = 64;
    if (n >= usual_floors) return floors_loss_db(parameters_, n);
    while (floors_db_.size() <= i)
        floors_db_.push_back(floors_loss_db(parameters_, static_cast<int>(floors_db_.size())));
    return floors_db_[i];
}

std::vector<std::uint64_t> propagation::sides_of(const sim::position& p) const {
    const auto& walls = parameters_.walls;
    std::vector<std::uint64_t> sides((walls.size() + 63) / 64);
    for (std::size_t i = 0; i < walls.size(); ++i)
        if (left_of(walls[i], p)) sides[i / 64] |= std::uint64_t{1} << i % 64;
    return sides;
}

propagation::vantage propagation::at(const sim::position& p) const {
    vantage v;
    v.place = p;
    v.storey = storey_of(p);
    v.left_of = sides_of(p);
    v.shadow = shadowing_.at(p);
    return v;
}

sim::db propagation::loss_between(const vantage& a, const vantage& b) const {
    double walls = 0;
    for (std::size_t word = 0; word < a.left_of.size(); ++word)
        for (std::uint64_t apart = a.left_of[word] ^ b.left_of[word]; apart != 0; apart &= apart - 1) {
            const auto& w = parameters_.walls[word * 64 + static_cast<std::size_t>(__builtin_ctzll(apart))];
            if (lies_across(w, a.place, b.place)) walls += w.loss_db;
        }
    const double floors = floors_db(std::abs(a.storey - b.storey));
    // Near enough mostly tells what the exact sum is rounded to.
    const double squared = std::max(squared_m2(a.place, b.place), reference_distance_m * reference_distance_m);
    const double open = parameters_.reference_db + 5.0 * parameters_.exponent * quick::log10(squared) + walls + floors;
    constexpr double error_db = 1e-8;
    sim::db rounded;
    double shadow = 0;
    if (shadowing_.on()) {
        const double about = open + shadowing_.about_loss_db(a.shadow, b.shadow);
        const double error = error_db + shadowing_.about_error_db();
        if (about > error && quick::thousandths(about, error, rounded.milli)) return rounded;
        shadow = shadowing_.loss_db(a.shadow, b.shadow);
    }
    const double about = open + shadow;
    if (about > error_db && quick::thousandths(about, error_db, rounded.milli)) return rounded;

    double loss = log_distance_db(parameters_, a.place, b.place) + walls;
    loss += floors;
    if (!shadowing_.on()) return sim::db::of(loss);
    // A shadow may be brighter than usual, but nothing between two places amplifies.
    return sim::db::of(std::max(loss + shadow, 0.0));
}

namespace {
// Squares of distances by powers of two, each in eight parts of the same width.
constexpr int parts_bits = 3;
std::uint64_t bits_of(double x) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &x, sizeof bits);
    return bits;
}
constexpr std::uint64_t bits_of_one = 0x3FF0000000000000ULL;
}  // namespace

std::vector<propagation::least> propagation::least_over(std::size_t floors) const {
    constexpr std::size_t ranges = 24U << parts_bits;  // up to 2^12 m
    constexpr sim::db rounding{2};
    std::vector<least> by_distance(ranges);
    for (std::size_t i = 0; i < ranges; ++i) {
        const std::uint64_t bits = bits_of_one + (static_cast<std::uint64_t>(i) << (52 - parts_bits));
        double squared = 0;
        std::memcpy(&squared, &bits, sizeof squared);
        const double loss = parameters_.reference_db + 5.0 * parameters_.exponent * sim::repro::log10(squared) +
                            floors_db(static_cast<int>(floors)) - shadowing_.limit_db();
        const sim::db lost = sim::db::of(loss) - rounding;
        by_distance[i] = {lost, sim::repro::exp10(-lost.value() / 10.0)};
    }
    return by_distance;
}

const propagation::least& propagation::at_least(double squared_m2, int floors) {
    if (!least_) least_ = std::make_unique<std::array<std::vector<least>, 8>>();
    const auto known = std::min(static_cast<std::size_t>(floors), least_->size() - 1);
    auto& row = (*least_)[known];
    if (row.empty()) row = least_over(known);
    if (squared_m2 <= 1.0) return row.front();
    return row[std::min(static_cast<std::size_t>((bits_of(squared_m2) - bits_of_one) >> (52 - parts_bits)),
                        row.size() - 1)];
}

double propagation::reach_m(sim::db loss) const {
    // The formula without walls and floors, solved for the distance; a little is added for rounding.
    constexpr double rounding = 1.001, decades_max = 12;
    const double left_db = loss.value() + shadowing_.limit_db() - parameters_.reference_db;
    if (left_db < 0) return 0;
    return rounding * sim::repro::exp10(std::min(left_db / (10.0 * parameters_.exponent), decades_max));
}

squared_reaches propagation::reaches(sim::db loss) const {
    squared_reaches squared{};
    for (std::size_t n = 0; n < squared.size(); ++n) {
        const double lost = floors_db(static_cast<int>(n));
        if (n > 0 && lost <= floors_db_[n - 1]) {
            squared[n] = squared[n - 1];  // floors that cost nothing
            continue;
        }
        constexpr sim::db rounding{1};
        const double reach = reach_m(loss - sim::db::of(lost) + rounding);
        squared[n] = reach * reach;
    }
    return squared;
}

}  // namespace dectbed::radio
