#include "models/person/body.h"

#include <algorithm>

namespace dectbed::models::person {

namespace {
/// A handset in motion is placed anew after each stretch; about the distance over which indoor levels
/// change by a few decibels.
constexpr double stretch_m = 4.0;
}  // namespace

body::body(sim::simulation& s, sim::entity_id who, const sim::position& place, const person_parameters& p)
    : sim_(s), who_(who), place_(place), parameters_(p), mind_(s.stream(who, "mind")), hands_(s.stream(who, "hands")) {}

void body::act(std::string_view action, sim::entity_id object, std::string detail) {
    sim_.publish(who_, sim::record::person_action{std::string(action), object, std::move(detail)});
}

void body::then(sim::duration delay, next fn) {
    next_.cancel();
    next_ = sim_.kernel().after(delay, std::move(fn));
}

bool body::is_at(const sim::position& place) const { return distance_to(place) <= parameters_.arm_length_m; }

bool body::sees(const sim::position& place) const {
    return parameters_.sight_m <= 0 || distance_to(place) <= parameters_.sight_m;
}

void body::walk_to(const sim::position& to, sim::entity_id object, next arrived) {
    if (is_at(to)) return then(sim::duration{0}, std::move(arrived));
    act("walks to", object);
    walk_on(to, std::move(arrived));
}

void body::walk_on(const sim::position& to, next arrived) {
    const double left = distance_to(to) - parameters_.arm_length_m;
    const double go = std::min(left, stretch_m);
    const auto takes = sim::from_seconds(go / parameters_.walking_speed_m_s);
    then(takes, [this, to, go, last = left <= stretch_m, arrived = std::move(arrived)]() mutable {
        const double part = go / distance_to(to);
        place_ = {place_.x_m + (to.x_m - place_.x_m) * part, place_.y_m + (to.y_m - place_.y_m) * part,
                  place_.z_m + (to.z_m - place_.z_m) * part};
        if (in_hand_) in_hand_->carry_to(place_);
        if (last)
            arrived();
        else
            walk_on(to, std::move(arrived));
    });
}

void body::take(handset_ui& handset, next taken) {
    walk_to(handset.place(), handset.entity(), [this, &handset, taken = std::move(taken)]() mutable {
        act("takes", handset.entity());
        then(parameters_.pick_up_s, [this, &handset, taken = std::move(taken)] {
            in_hand_ = &handset;
            taken();
        });
    });
}

}  // namespace dectbed::models::person
