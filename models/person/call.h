// A person tries to call somebody: lifts off, reads what the display says, hangs up.
#pragma once

#include "models/person/body.h"
#include "models/person/display_watch.h"

namespace dectbed::models::person {

struct call_plan {
    handset_ui* handset = nullptr;
    int times = 1;
    sim::distribution interval_s = sim::distribution::constant(20.0);  ///< between two attempts
};

class call {
  public:
    call(body& b, const call_plan& p) : body_(b), plan_(p), watch_(b) {}
    call(const call&) = delete;
    call& operator=(const call&) = delete;
    void start(std::function<void()> done);

  private:
    void attempt();
    void hang_up();

    body& body_;
    const call_plan plan_;
    display_watch watch_;
    std::function<void()> done_;
    int made_ = 0;
};

}  // namespace dectbed::models::person
