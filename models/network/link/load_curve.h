// How busy a line is over a day.
#pragma once

namespace dectbed::models::network {

enum class load_curve {
    residential,  ///< an evening's peak, a quiet night
    business,     ///< office hours
    flat          ///< the peak all day
};

}  // namespace dectbed::models::network
