// Log-normal shadowing: what stands between two places and is in no plan, as a random field.
//
// A deterministic function of a key and both places, the same in both directions. Moving either end by d changes it
// like Gudmundson's model (correlation exp(-d / correlation distance)), and the ends act independently: the sum of
// sinusoids of Wang, Tameh and Nix ("Joint shadowing process in urban peer-to-peer radio channels", IEEE Trans. Veh.
// Technol. 57, 2008), made symmetric, with wave vectors drawn from the spectrum of that correlation in three
// dimensions.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/units.h"

namespace dectbed::radio {

class shadow_field {
  public:
    /// deviation_db >= 0: standard deviation; 0: no shadowing. correlation_m > 0.
    shadow_field(double deviation_db, double correlation_m, std::uint64_t key);

    /// What the field needs to know of a place: cosines and sines of every wave there, worked out once.
    struct local {
        std::vector<double> waves;  ///< cosines, then sines, at one end; the same at the other end
        std::vector<float> rounded;
    };
    local at(const sim::position& p) const;

    bool on() const { return deviation_db_ > 0; }
    /// Additional loss in dB, negative where the path is better than usual; within +-limit_db().
    double loss_db(const local& a, const local& b) const;
    double loss_db(const sim::position& a, const sim::position& b) const { return loss_db(at(a), at(b)); }
    /// Within about_error_db() of it, in half the time.
    double about_loss_db(const local& a, const local& b) const;
    double about_error_db() const;
    /// Beyond three standard deviations the field is cut off, so that a reach can be bounded.
    double limit_db() const { return 3 * deviation_db_; }

  private:
    struct vector3 {
        double x, y, z;
        double times(const sim::position& p) const { return x * p.x_m + y * p.y_m + z * p.z_m; }
    };
    struct wave {
        vector3 one, other;  // rad/m, at either end
        double phase;
    };
    double deviation_db_;
    std::vector<wave> waves_;
};

}  // namespace dectbed::radio
