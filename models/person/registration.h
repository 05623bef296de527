// One person registers one handset at a base: waits until one of the next bases is in service (its LED is steady),
// opens the menu, goes to "Register", types the PIN, reads what comes of it, and tries again as long as there is hope
// (screens.h).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/person/body.h"
#include "models/person/display_watch.h"
#include "models/person/typist.h"

namespace dectbed::models::person {

struct registration_plan {
    handset_ui* handset = nullptr;
    /// What the person believes the PIN is: the first at first, the next after each "Wrong PIN", then the last.
    std::vector<std::string> pins;
    /// The person begins when one of those of these that are next to it has a steady LED. None in sight: begins at
    /// once. Shared, because ten thousand people may know the same four thousand bases; null: none.
    std::shared_ptr<const std::vector<visible_device*>> bases;
};

class registration {
  public:
    enum class state { idle, looking, taking, waking, in_menu, typing, watching, waiting };

    registration(body& b, registration_plan p) : body_(b), plan_(std::move(p)), watch_(b), typist_(b) {}
    ~registration() { patience_.cancel(); }
    registration(const registration&) = delete;
    registration& operator=(const registration&) = delete;

    void start(std::function<void()> done);
    state now() const { return state_; }
    bool succeeded() const { return succeeded_; }

  private:
    void choose_bases();
    void look();
    void begin();
    void wake();
    void look_for_entry();
    void type_pin();
    void submit();
    void decide(screen result);
    void wait_and_repeat(const char* what_for);
    void press(key k);
    void finish(bool succeeded, const std::string& detail);
    void clear_display(int steps_left);

    body& body_;
    const registration_plan plan_;
    display_watch watch_;
    typist typist_;
    std::vector<visible_device*> next_bases_;
    std::function<void()> done_;
    state state_ = state::idle;
    bool succeeded_ = false;
    sim::event_handle patience_;
    std::string shown_before_;  ///< the display when the last key was pressed
    int key_tries_ = 0, refusals_ = 0, repeats_ = 0;
};

}  // namespace dectbed::models::person
