// How much of a signal is lost between two places: log-distance, walls and floors.
//
// Same in both directions, constant in time, quantised to 1/1000 dB. Floors follow COST 231's
// multi-wall model: n floors cost n^((n+2)/(n+1) - 0.46) times the loss of one.
#pragma once

#include "radio/air_interface.h"

namespace dectbed::radio {

sim::db path_loss(const path_loss_parameters& p, const sim::position& a, const sim::position& b);

/// Walls whose line the straight line between two places crosses, seen from above.
double wall_loss_db(const path_loss_parameters& p, const sim::position& a, const sim::position& b);
/// Floors between two heights.
int floors_between(const path_loss_parameters& p, double z1_m, double z2_m);

}  // namespace dectbed::radio
