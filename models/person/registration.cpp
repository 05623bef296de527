#include "models/person/registration.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace dectbed::models::person {

void registration::start(std::function<void()> done) {
    if (!plan_.handset || plan_.pins.empty()) throw std::logic_error("a registration needs a handset and a PIN");
    done_ = std::move(done);
    patience_ = body_.simulation().kernel().after(body_.parameters().patience, [this] {
        finish(false, state_ == state::looking ? "no base in service" : "out of patience");
    });
    choose_bases();
    look();
}

/// The nearest bases in sight: whoever stands among two hundred does not look at all of them.
void registration::choose_bases() {
    constexpr std::size_t looked_at_max = 3;
    next_bases_.clear();
    if (!plan_.bases) return;
    struct candidate {
        double distance;
        visible_device* what;
    };
    std::vector<candidate> nearest;  // in order, those found so far
    for (auto* b : *plan_.bases) {
        const sim::position place = b->place();
        const candidate c{body_.distance_to(place), b};
        if (nearest.size() == looked_at_max && c.distance > nearest.back().distance) continue;
        if (!body_.sees(place)) continue;
        const auto after =
            std::upper_bound(nearest.begin(), nearest.end(), c, [](const candidate& x, const candidate& y) {
                return x.distance != y.distance ? x.distance < y.distance
                                                : x.what->entity().value < y.what->entity().value;
            });
        nearest.insert(after, c);
        if (nearest.size() > looked_at_max) nearest.pop_back();
    }
    for (const candidate& c : nearest) next_bases_.push_back(c.what);
}

/// Before a base is in service there is nothing to register at.
void registration::look() {
    const bool in_service = std::any_of(next_bases_.begin(), next_bases_.end(),
                                        [](const visible_device* b) { return b->led() == person::look::on; });
    if (in_service || next_bases_.empty()) return begin();
    if (state_ != state::looking) body_.act("waits", {}, "for a base in service");
    state_ = state::looking;
    body_.then(body_.parameters().led_interval, [this] { look(); });
}

void registration::begin() {
    state_ = state::taking;
    body_.take(*plan_.handset, [this] { wake(); });
}

void registration::press(key k) {
    shown_before_ = plan_.handset->display();
    plan_.handset->press(k);
}

void registration::wake() {
    state_ = state::waking;
    watch_.await(
        *plan_.handset, body_.parameters().dark_patience, false,
        [this](const reading& r) {
            if (r.what == screen::dark) return false;
            if (r.what == screen::idle) {
                state_ = state::in_menu;
                body_.act("opens menu", plan_.handset->entity());
                press(key::menu);
                look_for_entry();
                return true;
            }
            // Somebody left it in a menu or with a result.
            const bool call = r.what == screen::calling || r.what == screen::call_not_allowed;
            plan_.handset->press(call ? key::on_hook : key::clear);
            return false;
        },
        [this] { finish(false, "handset does not get ready"); });
}

/// Goes down in the menu until "Register" is shown.
void registration::look_for_entry() {
    watch_.await(
        *plan_.handset, body_.parameters().key_patience, true,
        [this](const reading& r) {
            switch (r.what) {
                case screen::menu_with_register:
                    press(key::ok);
                    look_for_entry();
                    return true;
                case screen::menu_with_activation:
                case screen::menu_without:
                    press(key::down);
                    look_for_entry();
                    return true;
                case screen::pin_entry:
                    type_pin();
                    return true;
                default:
                    return false;
            }
        },
        [this] {
            if (++key_tries_ >= body_.parameters().key_tries) return finish(false, "no way to register");
            wake();
        });
}

void registration::type_pin() {
    state_ = state::typing;
    key_tries_ = 0;
    const auto which = std::min(static_cast<std::size_t>(refusals_), plan_.pins.size() - 1);
    body_.act("types PIN", plan_.handset->entity(),
              fmt::format("try {} of {}", refusals_ + 1, body_.parameters().code_tries));
    typist_.type(*plan_.handset, plan_.pins[which], [this](const std::string&) {
        body_.act("submits PIN", plan_.handset->entity());
        submit();
    });
}

void registration::submit() {
    state_ = state::watching;
    press(key::ok);
    watch_.await(
        *plan_.handset, body_.parameters().key_patience, true,
        [this](const reading& r) {
            watch_.extend(body_.parameters().verdict_patience);
            if (r.what == screen::dark || r.what == screen::idle) {
                wake();  // empty battery, reset: what was typed is lost
                return true;
            }
            if (r.what != screen::registered && r.what != screen::wrong_pin && r.what != screen::no_base_found)
                return false;
            decide(r.what);
            return true;
        },
        [this] { wait_and_repeat("nothing happens"); });
}

void registration::decide(screen result) {
    const auto& p = body_.parameters();
    body_.act("reads", plan_.handset->entity(), to_text(result));
    if (result == screen::registered) return finish(true, "registered");
    if (result == screen::no_base_found) return wait_and_repeat("no base found");
    if (++refusals_ >= p.code_tries) return finish(false, "wrong PIN");
    plan_.handset->press(key::clear);
    wake();
}

void registration::wait_and_repeat(const char* what_for) {
    const auto& p = body_.parameters();
    if (++repeats_ > p.repeats_max) return finish(false, what_for);
    state_ = state::waiting;
    body_.act("waits", {}, what_for);
    body_.then(p.no_base_wait, [this] {
        plan_.handset->press(key::clear);
        wake();
    });
}

void registration::finish(bool succeeded, const std::string& detail) {
    patience_.cancel();
    watch_.stop();
    body_.rest();
    succeeded_ = succeeded;
    body_.act(succeeded ? "is satisfied" : "gives up", plan_.handset->entity(), detail);
    if (state_ == state::looking) {  // nothing was touched
        state_ = state::idle;
        return done_();
    }
    constexpr int steps_max = 20;  // a field takes one CLEAR for each digit before it goes back
    body_.then(body_.parameters().reaction_s, [this] { clear_display(steps_max); });
}

void registration::clear_display(int steps_left) {
    const auto shown = read_screen(plan_.handset->display()).what;
    if (steps_left > 0 && shown != screen::dark && shown != screen::idle && shown != screen::working) {
        plan_.handset->press(key::clear);
        return body_.then(body_.parameters().key_interval_s, [this, steps_left] { clear_display(steps_left - 1); });
    }
    body_.put_down();
    state_ = state::idle;
    done_();
}

}  // namespace dectbed::models::person
