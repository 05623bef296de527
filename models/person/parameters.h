// How a person behaves. Times in seconds unless typed; defaults are for an untrained adult.
#pragma once

#include "sim/distribution.h"
#include "sim/time.h"

namespace dectbed::models::person {

struct person_parameters {
    // --- hands and eyes
    /// Between two keys of a code read from a note. Assumption between the skilled (0.2 s) and the slow
    /// (1.2 s) typist of the keystroke-level model (Card, Moran, Newell 1980).
    sim::distribution key_interval_s = sim::distribution::lognormal(0.45, 0.9);
    double typo_probability = 0.01;        ///< per digit; 0..1
    double typo_notice_probability = 0.9;  ///< 0..1
    sim::distribution typo_notice_s = sim::distribution::lognormal(0.7, 1.5);
    /// From a change of the display to having understood it; the model's mental operator is 1.35 s.
    sim::distribution reaction_s = sim::distribution::lognormal(0.8, 2.0);
    sim::distribution pick_up_s = sim::distribution::lognormal(3.0, 8.0);
    sim::distribution look_round_s = sim::distribution::lognormal(4.0, 10.0);

    // --- feet
    double walking_speed_m_s = 1.3;  ///< comfortable gait of adults, 1.2 to 1.4 m/s; > 0
    double arm_length_m = 1.5;       ///< closer than this is "at" a device
    double sight_m = 0;              ///< how far LEDs are noticed; 0: everywhere on the site

    // --- patience
    sim::duration led_interval = std::chrono::seconds(10);     ///< between two looks at LEDs while waiting
    sim::duration led_patience = std::chrono::minutes(3);      ///< for bases that are busy
    sim::duration key_patience = std::chrono::seconds(5);      ///< for a handset that does not react
    sim::duration dark_patience = std::chrono::seconds(60);    ///< for a display that is dark
    sim::duration verdict_patience = std::chrono::minutes(4);  ///< without anything new on the display
    sim::duration no_base_wait = std::chrono::seconds(30);     ///< before looking for a base once more
    sim::duration locked_wait = std::chrono::seconds(75);      ///< what "Locked, wait" makes people do
    sim::duration beacon_patience = std::chrono::minutes(4);   ///< for a base that answers a beacon: some rounds of it
    sim::duration patience = std::chrono::minutes(45);         ///< for one activation in all
    int key_tries = 3;                                         ///< presses of a key that shows no effect
    int code_tries = 3;                                        ///< refused codes before giving up
    int repeats_max = 3;                                       ///< of an activation without confirmation
    int visits_max = 2;                                        ///< walks to one base that does not come into service
};

}  // namespace dectbed::models::person
