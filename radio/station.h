// What fixed and portable parts have in common: a place in the air, and callbacks that come in an event
// of their own, so that a user may do anything within one, even destroy the station.
#pragma once

#include <cstdint>
#include <memory>

#include "radio/medium.h"
#include "sim/simulation.h"

namespace dectbed::radio {

class station {
  public:
    station(medium& m, sim::entity_id who, const sim::position& place)
        : medium_(m), who_(who), index_(m.add_station(who, place)) {}
    station(const station&) = delete;
    station& operator=(const station&) = delete;

    sim::entity_id who() const { return who_; }
    station_index index() const { return index_; }
    medium& on_air() const { return medium_; }

  protected:
    ~station() = default;

    sim::kernel& kernel() const { return medium_.simulation().kernel(); }
    sim::time_point now() const { return medium_.simulation().now(); }
    template <class Record>
    void publish(Record what) const {
        medium_.simulation().publish(who_, std::move(what));
    }

    /// Runs `fn` soon, unless the station is gone or was switched off (forget_notices) by then.
    template <class F>
    void notify(F fn) {
        kernel().soon([weak = std::weak_ptr<bool>(life_), fn = std::move(fn)] {
            if (weak.lock()) fn();
        });
    }
    /// Expires when the station is gone or was switched off: for calls that others may still make.
    std::weak_ptr<bool> life() const { return life_; }
    void forget_notices() { life_ = std::make_shared<bool>(true); }

    medium& medium_;

  private:
    sim::entity_id who_;
    station_index index_;
    std::shared_ptr<bool> life_ = std::make_shared<bool>(true);
};

}  // namespace dectbed::radio
