#include "models/person/activation.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace dectbed::models::person {

void activation::start(std::function<void()> done) {
    if (!plan_.handset || plan_.codes.empty()) throw std::logic_error("an activation needs a handset and a code");
    done_ = std::move(done);
    bases_.assign(plan_.bases.size(), {});
    await_code();
}

void activation::await_code() {
    auto post = body_.simulation().stream(body_.who(), "code delivery");
    const bool lost = plan_.code_lost_probability > 0 && post.unit() < plan_.code_lost_probability;
    const auto arrives = sim::time_point{plan_.code_arrives_s.sample_time(post)};
    const auto now = body_.simulation().now();
    if (!lost && arrives <= now) return begin();
    state_ = state::without_code;
    body_.act("waits", {}, "for the code");
    if (lost) return body_.then(body_.parameters().patience, [this] { finish(false, "the code never came"); });
    body_.then(arrives - now, [this] {
        body_.act("receives code");
        begin();
    });
}

void activation::begin() {
    home_ = plan_.handset->place();
    patience_ =
        body_.simulation().kernel().after(body_.parameters().patience, [this] { finish(false, "out of patience"); });
    state_ = state::taking;
    body_.take(*plan_.handset, [this] { wake(); });
}

// --- the handset's menu -------------------------------------------------------------------------------

void activation::wake() {
    state_ = state::waking;
    watch_.await(
        *plan_.handset, body_.parameters().dark_patience, false,
        [this](const reading& r) {
            if (r.what == screen::dark) return false;
            if (r.what == screen::idle) {
                key_tries_ = 0;
                open_menu();
                return true;
            }
            // Somebody left it in a menu or with a result.
            plan_.handset->press(r.what == screen::calling || r.what == screen::call_not_allowed ? key::on_hook
                                                                                                 : key::clear);
            return false;
        },
        [this] { finish(false, "handset does not get ready"); });
}

/// A key had no visible effect: press it again, some times.
void activation::try_key(key k, void (activation::*again)()) {
    if (++key_tries_ > body_.parameters().key_tries) return finish(false, "handset does not react");
    shown_before_ = plan_.handset->display();
    plan_.handset->press(k);
    (this->*again)();
}

void activation::open_menu() {
    if (state_ != state::opening_menu) {
        state_ = state::opening_menu;
        body_.act("opens menu", plan_.handset->entity());
        return try_key(key::menu, &activation::open_menu);
    }
    watch_.await(
        *plan_.handset, body_.parameters().key_patience, false,
        [this](const reading& r) {
            if (r.what == screen::menu_without) {
                finish(false, "no activation menu");
                return true;
            }
            if (r.what != screen::menu_with_activation) return false;
            key_tries_ = 0;
            open_entry();
            return true;
        },
        [this] { try_key(key::menu, &activation::open_menu); });
}

void activation::open_entry() {
    if (state_ != state::opening_entry) {
        state_ = state::opening_entry;
        return try_key(key::ok, &activation::open_entry);
    }
    watch_.await(
        *plan_.handset, body_.parameters().key_patience, false,
        [this](const reading& r) {
            if (r.what != screen::code_entry) return false;
            type_code();
            return true;
        },
        [this] { try_key(key::ok, &activation::open_entry); });
}

void activation::type_code() {
    state_ = state::typing;
    const auto& p = body_.parameters();
    const auto which = std::min(static_cast<std::size_t>(refusals_), plan_.codes.size() - 1);
    body_.act("types code", plan_.handset->entity(), fmt::format("try {} of {}", refusals_ + 1, p.code_tries));
    typist_.type(*plan_.handset, plan_.codes[which], [this](const std::string& typed) {
        body_.act("submits code", plan_.handset->entity(), typed);
        submit();
    });
}

void activation::submit() {
    state_ = state::submitting;
    key_tries_ = 0;
    try_key(key::ok, &activation::await_verdict);
}

void activation::await_verdict() {
    // The result of the last round may still be there: only a change counts.
    const bool unchanged = plan_.handset->display() == shown_before_;
    watch_.await(
        *plan_.handset, body_.parameters().key_patience, unchanged,
        [this](const reading& r) {
            // As long as the display says something new, there is hope.
            state_ = state::watching;
            watch_.extend(body_.parameters().verdict_patience);
            if (r.what == screen::dark || r.what == screen::idle) {
                // Empty battery, reset: what was typed is lost.
                wake();
                return true;
            }
            if (!is_activation_result(r.what)) return false;
            decide(r);
            return true;
        },
        [this] {
            if (state_ == state::submitting) return try_key(key::ok, &activation::await_verdict);
            decide({screen::no_confirmation});
        });
}

// --- the verdict --------------------------------------------------------------------------------------

void activation::decide(const reading& r) {
    const auto& p = body_.parameters();
    body_.act(
        "reads", plan_.handset->entity(),
        r.what == screen::activated ? fmt::format("activated {}, failed {}", r.activated, r.failed) : to_text(r.what));
    switch (r.what) {
        case screen::activated:
            repeats_ = 0;
            look_round();
            return;
        case screen::no_base_found:
            look_for_base();
            return;
        case screen::code_refused:
            if (++refusals_ >= p.code_tries) return finish(false, "code refused");
            plan_.handset->press(key::clear);
            wake();
            return;
        case screen::locked_out:
            wait_and_repeat(p.locked_wait, "locked out");
            return;
        case screen::no_confirmation:
            if (++repeats_ > p.repeats_max) return finish(false, "no confirmation");
            wait_and_repeat(p.no_base_wait, "no confirmation");
            return;
        case screen::dark:
        case screen::idle:
        case screen::menu_with_activation:
        case screen::menu_without:
        case screen::code_entry:
        case screen::working:
        case screen::calling:
        case screen::call_not_allowed:
        case screen::call_no_base:
        case screen::call_ended:
        case screen::menu_with_register:
        case screen::pin_entry:
        case screen::registered:
        case screen::wrong_pin:
        case screen::menu_with_beacon:
        case screen::band_list:
        case screen::beaconing:
        case screen::base_found:
        case screen::unknown:
            break;
    }
    throw std::logic_error("not a verdict");
}

void activation::look_round() {
    state_ = state::looking_round;
    waited_ = sim::duration{0};
    body_.act("looks round");
    body_.then(body_.parameters().look_round_s, [this] { judge_leds(); });
}

std::vector<std::size_t> activation::not_in_service(bool lit_only) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < plan_.bases.size(); ++i) {
        if (!body_.sees(plan_.bases[i]->place())) continue;
        const look led = plan_.bases[i]->led();
        if (led != look::off) bases_[i].seen_lit = true;
        // A base that was never seen lit has no power; that is not what this person looks after.
        if (led == look::on || (led == look::off && (lit_only || !bases_[i].seen_lit))) continue;
        found.push_back(i);
    }
    return found;
}

void activation::judge_leds() {
    const auto& p = body_.parameters();
    const auto open = not_in_service(false);
    if (open.empty()) return finish(true, "all bases in service");
    const bool busy = std::any_of(open.begin(), open.end(),
                                  [this](std::size_t i) { return plan_.bases[i]->led() != look::blink_slow; });
    if (busy && waited_ < p.led_patience) {
        if (state_ != state::waiting) body_.act("waits", {}, "bases are busy");
        state_ = state::waiting;
        waited_ += p.led_interval;
        return body_.then(p.led_interval, [this] { judge_leds(); });
    }
    const auto next = nearest(not_in_service(true));
    if (next < 0)
        return finish(false, fmt::format("{} base{} without service", open.size(), open.size() == 1 ? "" : "s"));
    go_and_repeat(static_cast<std::size_t>(next));
}

void activation::look_for_base() {
    state_ = state::looking_round;
    body_.act("looks round");
    body_.then(body_.parameters().look_round_s, [this] { judge_leds_after_no_base(); });
}

void activation::judge_leds_after_no_base() {
    const auto open = not_in_service(true);
    const bool any_lit = std::any_of(bases_.begin(), bases_.end(), [](const observed& b) { return b.seen_lit; });
    if (open.empty() && any_lit && not_in_service(false).empty()) return finish(true, "all bases in service");
    std::vector<std::size_t> waiting;
    for (const auto i : open)
        if (plan_.bases[i]->led() == look::blink_slow && !body_.is_at(plan_.bases[i]->place())) waiting.push_back(i);
    const auto next = nearest(waiting);
    if (next >= 0) return go_and_repeat(static_cast<std::size_t>(next));
    wait_and_repeat(body_.parameters().no_base_wait, "no base found");
}

std::ptrdiff_t activation::nearest(const std::vector<std::size_t>& candidates) const {
    std::ptrdiff_t best = -1;
    for (const auto i : candidates) {
        if (bases_[i].visits >= body_.parameters().visits_max) continue;
        if (best < 0 || body_.distance_to(plan_.bases[i]->place()) <
                            body_.distance_to(plan_.bases[static_cast<std::size_t>(best)]->place()))
            best = static_cast<std::ptrdiff_t>(i);
    }
    return best;
}

void activation::go_and_repeat(std::size_t base) {
    ++bases_[base].visits;
    state_ = state::walking;
    body_.walk_to(plan_.bases[base]->place(), plan_.bases[base]->entity(), [this, base] {
        body_.act("repeats code", plan_.bases[base]->entity());
        submit();
    });
}

void activation::wait_and_repeat(sim::duration time, const std::string& what_for) {
    state_ = state::waiting;
    body_.act("waits", {}, what_for);
    body_.then(time, [this] {
        body_.act("repeats code", plan_.handset->entity());
        submit();
    });
}

// --- the end ------------------------------------------------------------------------------------------

void activation::finish(bool succeeded, const std::string& detail) {
    patience_.cancel();
    watch_.stop();
    body_.rest();
    succeeded_ = succeeded;
    body_.act(succeeded ? "is satisfied" : "gives up", plan_.handset->entity(), detail);
    if (state_ == state::without_code) {  // nothing was touched
        state_ = state::idle;
        return done_();
    }
    state_ = state::returning;
    // A code field takes one CLEAR for each digit before it goes back to the idle screen.
    constexpr int steps_max = 20;
    body_.then(body_.parameters().reaction_s, [this] { clear_display(steps_max); });
}

void activation::clear_display(int steps_left) {
    const auto shown = read_screen(plan_.handset->display()).what;
    if (steps_left == 0 || shown == screen::dark || shown == screen::idle || shown == screen::working)
        return put_back();
    plan_.handset->press(key::clear);
    body_.then(body_.parameters().key_interval_s, [this, steps_left] { clear_display(steps_left - 1); });
}

void activation::put_back() {
    auto end = [this] {
        body_.put_down();
        state_ = state::idle;
        done_();
    };
    if (plan_.bring_back)
        body_.walk_to(home_, plan_.handset->entity(), end);
    else
        end();
}

}  // namespace dectbed::models::person
