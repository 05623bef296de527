// What every activity of a person needs: one thing at a time, in that person's own time.
//
// Publishes person_action. Manual minutes follow from it: an action lasts until the next one; "waits" and
// "gives up" begin time that is not work.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "models/person/parameters.h"
#include "models/person/surroundings.h"
#include "sim/simulation.h"

namespace dectbed::models::person {

class body {
  public:
    using next = std::function<void()>;

    body(sim::simulation& s, sim::entity_id who, const sim::position& place, const person_parameters& p);
    ~body() { rest(); }
    body(const body&) = delete;
    body& operator=(const body&) = delete;

    /// Says in the journal what the person does now.
    void act(std::string_view action, sim::entity_id object = {}, std::string detail = {});
    /// Does something later, in place of whatever was to be done next.
    void then(sim::duration delay, next fn);
    void then(const sim::distribution& delay_s, next fn) { then(delay_s.sample_time(mind_), std::move(fn)); }
    bool has_next() const { return next_.pending(); }
    /// Drops what was to be done next.
    void rest() { next_.cancel(); }

    /// Walks to within arm's length, with the handset in hand if there is one.
    void walk_to(const sim::position& to, sim::entity_id object, next arrived);
    bool is_at(const sim::position& place) const;
    double distance_to(const sim::position& other) const { return sim::distance_m(place_, other); }
    bool sees(const sim::position& place) const;

    /// Walks to the handset and takes it.
    void take(handset_ui& handset, next taken);
    void put_down() { in_hand_ = nullptr; }

    sim::simulation& simulation() { return sim_; }
    sim::entity_id who() const { return who_; }
    const person_parameters& parameters() const { return parameters_; }
    const sim::position& place() const { return place_; }
    sim::random_stream& hands() { return hands_; }

  private:
    void walk_on(const sim::position& to, next arrived);

    sim::simulation& sim_;
    const sim::entity_id who_;
    sim::position place_;
    const person_parameters parameters_;
    sim::random_stream mind_, hands_;
    sim::event_handle next_;
    handset_ui* in_hand_ = nullptr;
};

}  // namespace dectbed::models::person
