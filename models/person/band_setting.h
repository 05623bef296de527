// One person makes a handset a beacon for bases without a band: goes to "Band beacon" in the menu, down the list to
// the band of the country, and waits until the display says that a base has answered (screens.h). If none does, the
// person stops it and tries again, some times.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "models/person/body.h"
#include "models/person/display_watch.h"

namespace dectbed::models::person {

struct band_plan {
    handset_ui* handset = nullptr;
    std::string band;  ///< as the display names it: "EU", "Latin America"
    int times = 3;     ///< tries
};

/// "eu" -> "EU", "latin_america" -> "Latin America": names of bands as the leaflet and the display have them.
std::string band_on_display(std::string_view name);

class band_setting {
  public:
    band_setting(body& b, band_plan p) : body_(b), plan_(std::move(p)), watch_(b) {}
    ~band_setting() { patience_.cancel(); }
    band_setting(const band_setting&) = delete;
    band_setting& operator=(const band_setting&) = delete;

    void start(std::function<void()> done);
    bool succeeded() const { return succeeded_; }

  private:
    void wake();
    void find_band();
    void await_base();
    void try_again(const char* why);
    void finish(bool succeeded, const std::string& detail);
    void clear_display(int steps_left);

    body& body_;
    const band_plan plan_;
    display_watch watch_;
    std::function<void()> done_;
    bool succeeded_ = false;
    sim::event_handle patience_;
    std::string first_band_;  ///< where the list began; met again, it has no such band
    int key_tries_ = 0, tries_ = 0;
};

}  // namespace dectbed::models::person
