// A person: does a list of tasks, one after the other, in human time.
//
// Perceives and touches the world through surroundings.h only. Publishes person_action. A person who has
// nothing left to do, and one who has not begun, cost no events.
#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "models/person/activation.h"
#include "models/person/band_setting.h"
#include "models/person/body.h"
#include "models/person/call.h"
#include "models/person/registration.h"

namespace dectbed::models::person {

/// Comes to the site so long after the start of the run.
struct arrive {
    sim::distribution at_s;
};
/// Does nothing for a while.
struct pause {
    sim::distribution time_s;
};
/// Walks to the place of each base, unpacks it and plugs it in.
struct plug_bases {
    std::vector<visible_device*> bases;
    sim::distribution each_s = sim::distribution::lognormal(60.0, 180.0);  ///< unpack, place, connect two cables
};
/// Walks to each base and holds its button that long: the reference base then takes registrations for a while.
struct hold_buttons {
    std::vector<visible_device*> bases;
    sim::distribution hold_s = sim::distribution::constant(4.0);
};
struct insert_batteries {
    std::vector<handset_ui*> handsets;
    sim::distribution each_s = sim::distribution::lognormal(25.0, 60.0);
};

struct task {
    std::variant<arrive, pause, plug_bases, insert_batteries, hold_buttons, activation_plan, call_plan,
                 registration_plan, band_plan>
        what;
    std::optional<sim::distribution> not_before_s;  ///< since the start of the run
};

class person {
  public:
    person(sim::simulation& s, sim::entity_id who, const sim::position& place, const person_parameters& p,
           std::vector<task> tasks);
    /// Begins with the first task.
    void start();
    bool finished() const { return finished_; }
    const sim::position& place() const { return body_.place(); }
    /// The activations so far: true for each that ended with every base in service.
    const std::vector<bool>& activations() const { return activations_; }

  private:
    void next_task();
    void begin(const arrive& t);
    void begin(const pause& t);
    void begin(const plug_bases& t);
    void begin(const insert_batteries& t);
    void begin(const hold_buttons& t);
    void begin(const activation_plan& t);
    void begin(const call_plan& t);
    void begin(const registration_plan& t);
    void begin(const band_plan& t);
    void plug_from(std::size_t i);
    void insert_from(std::size_t i);
    void hold_from(std::size_t i);

    sim::simulation& sim_;
    body body_;
    const std::vector<task> tasks_;
    std::size_t current_ = 0;
    sim::random_stream plans_;
    bool started_ = false, finished_ = false;
    std::unique_ptr<activation> activation_;
    std::unique_ptr<call> call_;
    std::unique_ptr<registration> registration_;
    std::unique_ptr<band_setting> band_setting_;
    std::vector<bool> activations_;
};

}  // namespace dectbed::models::person
