// How much of a signal is lost between two places: log-distance, walls, floors, shadowing.
//
// Same in both directions, constant in time (fading, which is not, stands in fading.h), quantised to 1/1000 dB.
// Floors follow COST 231's multi-wall model: n floors cost n^((n+2)/(n+1) - 0.46) times the loss of one.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "radio/air_interface.h"
#include "radio/shadowing.h"

namespace dectbed::radio {

inline double squared_m2(const sim::position& a, const sim::position& b) {
    const double x = a.x_m - b.x_m, y = a.y_m - b.y_m, z = a.z_m - b.z_m;
    return x * x + y * y + z * z;
}

/// By the formula alone, without shadowing.
sim::db path_loss(const path_loss_parameters& p, const sim::position& a, const sim::position& b);

/// Loss in free space, 20 log10(4 pi d f / c); an exponent of 2 with its value at 1 m gives the same. d, f > 0.
sim::db free_space_loss(double distance_m, double frequency_hz);

/// Walls whose line the straight line between two places crosses, seen from above.
double wall_loss_db(const path_loss_parameters& p, const sim::position& a, const sim::position& b);
/// Floors between two heights.
int floors_between(const path_loss_parameters& p, double z1_m, double z2_m);

/// Squares of distances in m², by how many floors lie between; the last one is for all above.
using squared_reaches = std::array<double, 8>;

/// The loss between places of one site. A field of shadowing belongs to it, drawn from the key.
class propagation {
  public:
    propagation(path_loss_parameters p, std::uint64_t key);

    /// What is worked out of a place once, however many paths begin there.
    struct vantage {
        sim::position place;
        int storey = 0;
        std::vector<std::uint64_t> left_of;  // bit i: left of the line of wall i
        shadow_field::local shadow;
    };
    vantage at(const sim::position& p) const;
    /// Bit i: it lies left of the line of wall i.
    std::vector<std::uint64_t> sides_of(const sim::position& p) const;

    sim::db loss_between(const vantage& a, const vantage& b) const;
    sim::db loss(const sim::position& a, const sim::position& b) const { return loss_between(at(a), at(b)); }
    int storey_of(const sim::position& p) const;
    const shadow_field& shadowing() const { return shadowing_; }
    /// Places further apart than this lose more than that, whatever lies between them. 0: even 1 m loses more.
    double reach_m(sim::db loss) const;
    /// The same with what floors are known to add.
    squared_reaches reaches(sim::db loss) const;
    /// No path loses less in the open at that distance (its square), with so many floors between. May be negative:
    /// walls may come to it, but in the end nothing amplifies.
    struct least {
        sim::db loss{};
        double gain = 1;  ///< the same as a ratio of powers
    };
    const least& at_least(double squared_m2, int floors);
    const path_loss_parameters& parameters() const { return parameters_; }

  private:
    double floors_db(int n) const;
    std::vector<least> least_over(std::size_t floors) const;

    path_loss_parameters parameters_;
    mutable std::vector<double> floors_db_;  // of so many floors; as many as were asked for: most sites have none
    shadow_field shadowing_;
    /// By floors; worked out when first asked for, as in most homes never.
    std::unique_ptr<std::array<std::vector<least>, 8>> least_;
};

}  // namespace dectbed::radio
