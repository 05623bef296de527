// A fixed part's place in the tree of those that are in step (radio/synchronisation.h): it looks for a source before it
// transmits, follows what the source's clock does, notices within T207 that the source is gone, and runs free until
// there is another one.
//
// Nothing ticks. It looks round when somebody begins to transmit within earshot or changes its place in a tree; while
// the tree stands, it costs no events.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "radio/medium.h"
#include "radio/synchronisation.h"
#include "sim/random.h"

namespace dectbed::radio {

class site_air;
class site_fixed_part;

class synchroniser {
  public:
    synchroniser(site_fixed_part& part, site_air& air, const synchronisation& config, std::int32_t own_ppb);
    ~synchroniser();
    synchroniser(const synchroniser&) = delete;
    synchroniser& operator=(const synchroniser&) = delete;

    bool used() const { return config_.by != synchronisation::method::none; }
    synchronisation_state state() const { return state_; }

    // Told by its fixed part.
    void begin();           ///< is ready to transmit but for its timing; answered by site_fixed_part::timed()
    void went_on_air();     ///< and listens where it is told to
    void stop();            ///< off the air
    void links_ended();     ///< the last one has
    void timing_changed();  ///< of its fixed part: whoever follows it does so

    /// Slot in which the receiver must hear the source; -1: none.
    int listens_in() const;
    /// Slots (bit 11: pair 0) in which possible sources were heard, which a dummy bearer had better leave alone.
    std::uint16_t slots_of_sources() const;

  private:
    struct candidate {
        synchroniser* source = nullptr;
        chain_place place;
        sim::dbm level;
    };
    /// Expires when it is switched off: for what was begun with it.
    std::weak_ptr<bool> life() const { return life_; }
    sim::kernel& kernel() const;
    sim::time_point now() const;
    bool is_root() const { return config_.level == 1; }
    bool follows(const synchroniser& other) const;
    bool offers() const;
    std::vector<candidate> heard(bool* unclear) const;
    void look();
    void look_soon();
    void acquire(synchroniser& from, std::int64_t multiframes_left);
    void acquired(synchroniser& from);
    void follow(synchroniser& source);
    void leave_source();
    void source_lost();
    void source_changed();
    void track();
    void run_free();
    void renumber();
    void enter(synchronisation_state next, std::int64_t corrected_ns = 0);
    void tell_neighbours();

    site_fixed_part& part_;
    site_air& air_;
    const synchronisation config_;
    const std::int32_t own_ppb_;
    sim::random_stream choice_;
    synchronisation_state state_ = synchronisation_state::none;
    synchroniser* source_ = nullptr;
    chain_place place_;
    sim::duration error_{0};
    std::shared_ptr<bool> life_ = std::make_shared<bool>(true);
    std::vector<synchroniser*> followers_;  // in the order of their stations
    std::unique_ptr<signal_watch> watch_;   // of the source, over the air
    sim::event_handle deadline_, look_, acquiring_, adjusting_, absence_;
    struct {
        synchronisation_state state = synchronisation_state::none;
        const synchroniser* source = nullptr;
        int hops = 0;
    } told_;
};

}  // namespace dectbed::radio
