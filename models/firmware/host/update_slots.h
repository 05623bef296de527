// Two slots for a firmware, as a boot loader keeps them: the one that is proven, and an update on trial. An image on
// trial that makes the watchdog bite as often as it is given attempts is taken back; one that runs for the time of the
// trial without that stays. Slot, attempts and trial are flags in flash: they outlive power.
#pragma once

#include <memory>

#include "models/firmware/host/firmware_library.h"
#include "sim/time.h"

namespace dectbed::models::firmware {

/// What an update brings; many devices share it.
struct firmware_update {
    firmware_image_ptr image;
    int attempts = 3;  ///< watchdog bites on trial, the last of which ends it
    sim::duration trial = std::chrono::minutes(10);
};

class update_slots {
  public:
    explicit update_slots(std::shared_ptr<const firmware_update> update) : update_(std::move(update)) {}
    /// False: there is nothing newer.
    bool install() {
        if (!update_ || updated_) return false;
        updated_ = on_trial_ = true;
        bites_ = 0;
        return true;
    }
    /// True: that was the last attempt, and the old image is to run again.
    bool bitten() {
        if (!on_trial_ || ++bites_ < update_->attempts) return false;
        updated_ = on_trial_ = false;
        return true;
    }
    void proved() { on_trial_ = false; }

    bool on_trial() const { return on_trial_; }
    int bites() const { return bites_; }
    const char* slot() const { return updated_ ? "b" : "a"; }
    /// Valid while the update is installed.
    const firmware_update& update() const { return *update_; }

  private:
    std::shared_ptr<const firmware_update> update_;
    bool updated_ = false, on_trial_ = false;
    int bites_ = 0;
};

}  // namespace dectbed::models::firmware
