// Waiting for a display to show something: each change is understood after a reaction time; if what was
// awaited does not come, the waiting ends by a deadline.
#pragma once

#include <functional>

#include "models/person/body.h"
#include "models/person/screens.h"

namespace dectbed::models::person {

class display_watch {
  public:
    explicit display_watch(body& b) : body_(b) {}
    ~display_watch() { stop(); }
    display_watch(const display_watch&) = delete;
    display_watch& operator=(const display_watch&) = delete;

    /// Reads the display as it is and after every change. `on_read` returns true when it has what it waited
    /// for and has decided what to do next; `on_deadline` runs after `patience` without that.
    /// With `only_changed`, what is shown now does not count.
    void await(handset_ui& handset, sim::duration patience, bool only_changed,
               std::function<bool(const reading&)> on_read, std::function<void()> on_deadline);
    /// Starts the deadline anew.
    void extend(sim::duration patience);
    void stop();

  private:
    void look();

    body& body_;
    handset_ui* handset_ = nullptr;
    std::function<bool(const reading&)> on_read_;
    std::function<void()> on_deadline_;
    sim::event_handle deadline_;
    std::uint64_t serial_ = 0;
};

}  // namespace dectbed::models::person
