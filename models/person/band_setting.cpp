#include "models/person/band_setting.h"

#include <fmt/format.h>

#include <cctype>
#include <stdexcept>

namespace dectbed::models::person {

std::string band_on_display(std::string_view name) {
    std::string text(name);
    if (name.size() == 2) {
        for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        return text;
    }
    bool first = true;
    for (char& c : text) {
        if (c == '_') c = ' ';
        if (first) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        first = c == ' ';
    }
    return text;
}

void band_setting::start(std::function<void()> done) {
    if (!plan_.handset || plan_.band.empty()) throw std::logic_error("setting a band needs a handset and a band");
    done_ = std::move(done);
    patience_ =
        body_.simulation().kernel().after(body_.parameters().patience, [this] { finish(false, "out of patience"); });
    body_.take(*plan_.handset, [this] { wake(); });
}

void band_setting::wake() {
    first_band_.clear();
    watch_.await(
        *plan_.handset, body_.parameters().dark_patience, false,
        [this](const reading& r) {
            if (r.what == screen::dark) return false;
            if (r.what == screen::idle) {
                body_.act("opens menu", plan_.handset->entity());
                plan_.handset->press(key::menu);
                find_band();
                return true;
            }
            // Somebody left it in a menu or with a result.
            const bool call = r.what == screen::calling || r.what == screen::call_not_allowed;
            plan_.handset->press(call ? key::on_hook : key::clear);
            return false;
        },
        [this] { finish(false, "handset does not get ready"); });
}

/// Down in the menu to "Band beacon", down in the list to the band.
void band_setting::find_band() {
    watch_.await(
        *plan_.handset, body_.parameters().key_patience, true,
        [this](const reading& r) {
            switch (r.what) {
                case screen::menu_with_activation:
                case screen::menu_without:
                case screen::menu_with_register:
                    plan_.handset->press(key::down);
                    find_band();
                    return true;
                case screen::menu_with_beacon:
                    plan_.handset->press(key::ok);
                    find_band();
                    return true;
                case screen::band_list:
                    if (r.band == plan_.band) {
                        body_.act("sets band", plan_.handset->entity(), plan_.band);
                        await_base();
                        return true;
                    }
                    if (r.band == first_band_) {
                        finish(false, "no such band");
                        return true;
                    }
                    if (first_band_.empty()) first_band_ = r.band;
                    plan_.handset->press(key::down);
                    find_band();
                    return true;
                default:
                    return false;
            }
        },
        [this] {
            if (++key_tries_ >= body_.parameters().key_tries) return finish(false, "no way to set a band");
            wake();
        });
}

void band_setting::await_base() {
    key_tries_ = 0;
    plan_.handset->press(key::ok);
    watch_.await(
        *plan_.handset, body_.parameters().key_patience, true,
        [this](const reading& r) {
            // Whatever new there is on the display is worth waiting a little longer.
            watch_.extend(body_.parameters().beacon_patience);
            if (r.what == screen::dark || r.what == screen::idle) {
                try_again("handset has stopped");  // empty battery, reset
                return true;
            }
            if (r.what != screen::base_found && r.what != screen::no_base_found) return false;
            body_.act("reads", plan_.handset->entity(), to_text(r.what));
            if (r.what == screen::base_found)
                finish(true, "base found");
            else
                try_again("no base found");
            return true;
        },
        [this] { try_again("no base answers"); });
}

void band_setting::try_again(const char* why) {
    if (++tries_ >= plan_.times) return finish(false, why);
    body_.act("tries again", plan_.handset->entity(), why);
    plan_.handset->press(key::clear);
    wake();
}

void band_setting::finish(bool succeeded, const std::string& detail) {
    patience_.cancel();
    watch_.stop();
    body_.rest();
    succeeded_ = succeeded;
    body_.act(succeeded ? "is satisfied" : "gives up", plan_.handset->entity(), detail);
    constexpr int steps_max = 5;
    body_.then(body_.parameters().reaction_s, [this] { clear_display(steps_max); });
}

void band_setting::clear_display(int steps_left) {
    const auto shown = read_screen(plan_.handset->display()).what;
    if (steps_left > 0 && shown != screen::dark && shown != screen::idle && shown != screen::working) {
        plan_.handset->press(key::clear);
        return body_.then(body_.parameters().key_interval_s, [this, steps_left] { clear_display(steps_left - 1); });
    }
    body_.put_down();
    done_();
}

}  // namespace dectbed::models::person
