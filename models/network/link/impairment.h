// Loss and delay that faults add to a path. Faults may overlap; each is taken back on its own.
#pragma once

#include <string>
#include <vector>

#include "sim/faults.h"
#include "sim/time.h"

namespace dectbed::models::network {

class impairment {
  public:
    /// Probability that one of `base` and all active losses strikes; they are independent.
    double loss(double base) const {
        double passes = 1 - base;
        for (double rate : losses_) passes *= 1 - rate;
        return 1 - passes;
    }
    sim::duration delay() const {
        sim::duration sum{0};
        for (auto d : delays_) sum += d;
        return sum;
    }
    void change_loss(double rate, bool begin) { change(losses_, rate, begin); }
    void change_delay(sim::duration by, bool begin) { change(delays_, by, begin); }

  private:
    template <class T>
    static void change(std::vector<T>& active, T value, bool begin) {
        if (begin) return active.push_back(value);
        for (auto it = active.begin(); it != active.end(); ++it)
            if (*it == value) {
                active.erase(it);
                return;
            }
    }
    std::vector<double> losses_;
    std::vector<sim::duration> delays_;
};

/// A number in [low, high] from a fault's arguments, or why there is none: "argument 'rate' is missing".
struct number_argument {
    double value = 0;
    std::string error;
};
number_argument read_number(const sim::fault_arguments& arguments, const std::string& name, double low, double high);

}  // namespace dectbed::models::network
