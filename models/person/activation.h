// One person activates a site's bases with one handset: opens the menu, types the code, reads the verdict,
// looks at the bases' LEDs, walks to those that still wait and repeats.
//
// The person knows what the leaflet says: LED steady is good, slow blinking waits for the code, anything
// else means busy; and what the display says (screens.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/person/body.h"
#include "models/person/display_watch.h"
#include "models/person/typist.h"

namespace dectbed::models::person {

struct activation_plan {
    handset_ui* handset = nullptr;
    /// What the person believes the code is: the first at first, the next after each refusal, and the last
    /// for ever. Digits only, at least one code.
    std::vector<std::string> codes;
    std::vector<visible_device*> bases;  ///< of this site
    bool bring_back = true;              ///< carries the handset back to where it was
    /// The provider's letter or mail with the code: when it comes, after the start of the run, and how likely it
    /// never does, 0..1 (ACT-08).
    sim::distribution code_arrives_s = sim::distribution::constant(0.0);
    double code_lost_probability = 0;
};

class activation {
  public:
    enum class state {
        idle,
        without_code,  ///< waits for the letter
        taking,
        waking,  ///< waits for a display that shows its idle screen
        opening_menu,
        opening_entry,
        typing,
        submitting,  ///< OK pressed, the display has not reacted yet
        watching,    ///< waits for the verdict
        looking_round,
        waiting,  ///< for bases, for a lock-out to end, or before another try
        walking,
        returning
    };

    activation(body& b, activation_plan p) : body_(b), plan_(std::move(p)), watch_(b), typist_(b) {}
    ~activation() { patience_.cancel(); }
    activation(const activation&) = delete;
    activation& operator=(const activation&) = delete;

    void start(std::function<void()> done);
    state now() const { return state_; }
    /// True if the person believes that every base is in service.
    bool succeeded() const { return succeeded_; }

  private:
    void await_code();
    void begin();
    struct observed {
        bool seen_lit = false;
        int visits = 0;
    };

    void wake();
    void open_menu();
    void open_entry();
    void type_code();
    void submit();
    void await_verdict();
    void decide(const reading& r);
    void look_round();
    void look_for_base();
    void judge_leds();
    void judge_leds_after_no_base();
    std::vector<std::size_t> not_in_service(bool lit_only);
    /// Nearest of `candidates` that was not visited too often; -1 if there is none.
    std::ptrdiff_t nearest(const std::vector<std::size_t>& candidates) const;
    void go_and_repeat(std::size_t base);
    void wait_and_repeat(sim::duration time, const std::string& what_for);
    void try_key(key k, void (activation::*again)());
    void finish(bool succeeded, const std::string& detail);
    void clear_display(int steps_left);
    void put_back();

    body& body_;
    const activation_plan plan_;
    display_watch watch_;
    typist typist_;
    std::function<void()> done_;
    state state_ = state::idle;
    bool succeeded_ = false;
    sim::position home_{};
    sim::event_handle patience_;
    std::vector<observed> bases_;
    std::string shown_before_;  ///< the display when the last key was pressed
    int key_tries_ = 0, refusals_ = 0, repeats_ = 0;
    sim::duration waited_{0};
};

}  // namespace dectbed::models::person
