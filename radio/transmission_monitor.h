// Counts what the stations of a site transmit against the rules of the country they truly are in.
//
// It looks at a transmission when it begins and when it ends: a comparison each time, no event and no cost per slot
// while everything is in order. The count of a lasting transmission follows from its clock.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "radio/medium.h"
#include "radio/regulation.h"

namespace dectbed::radio {

class transmission_monitor {
  public:
    transmission_monitor(sim::simulation& s, std::string_view country);
    ~transmission_monitor();
    transmission_monitor(const transmission_monitor&) = delete;
    transmission_monitor& operator=(const transmission_monitor&) = delete;

    const transmission_rules& rules() const { return rules_; }

    /// True if this is against the rules: then ended() must be told, too, if it ends otherwise than by `until`.
    bool began(const plan_ptr& p, sim::entity_id who);
    void ended(const plan_ptr& p);
    /// The run is over: counts what still goes on, up to now, and nothing after that.
    void close();

    /// Slots so far, not those of transmissions that still go on.
    std::int64_t slots_of(sim::entity_id station) const;
    std::int64_t slots() const { return slots_; }

  private:
    struct offence {
        plan_ptr what;
        sim::entity_id who;
        const char* reason = "";
        bool lasting = false;
        sim::event_handle over;
    };
    void count(const offence& o);

    sim::simulation& sim_;
    const transmission_rules rules_;
    std::vector<offence> going_on_;
    std::map<sim::entity_id, std::int64_t> by_station_;
    std::int64_t slots_ = 0;
    bool closed_ = false;
};

}  // namespace dectbed::radio
