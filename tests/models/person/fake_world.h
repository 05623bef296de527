// A handset and bases made of a few rules, for a person to handle.
#pragma once

#include <cctype>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/person/person.h"

namespace dectbed::test {

namespace pp = models::person;
using namespace std::chrono_literals;

class fake_base : public pp::visible_device {
  public:
    fake_base(sim::simulation& s, int number, sim::position place)
        : place_(place), entity_(s.journal().declare("office/base[" + std::to_string(number) + "]", "base")) {}
    sim::entity_id entity() const override { return entity_; }
    sim::position place() const override { return place_; }
    pp::look led() const override { return shows; }
    void plug_in() override { ++plugged; }
    void hold_button(sim::duration time) override { held.push_back(time); }

    pp::look shows = pp::look::blink_slow;
    int plugged = 0;
    std::vector<sim::duration> held;

  private:
    sim::position place_;
    sim::entity_id entity_;
};

/// The reference handset's menu; what a submitted code leads to is the test's to say.
class fake_handset : public pp::handset_ui {
  public:
    fake_handset(sim::simulation& s, sim::position place)
        : sim_(s), place_(place), entity_(s.journal().declare("office/handset[1]", "handset")) {}
    sim::entity_id entity() const override { return entity_; }
    sim::position place() const override { return place_; }
    void carry_to(const sim::position& p) override {
        place_ = p;
        ++carried;
    }
    std::string display() const override { return shown_; }
    void insert_battery() override { show("Not registered"); }
    void watch_display(std::function<void()> changed) override { watcher_ = std::move(changed); }

    void press(pp::key k) override {
        keys.push_back({sim_.now(), k});
        if (!reacts) return;
        // As the hardware: what follows from a key comes in events of its own.
        sim_.kernel().after(5ms, [this, k] { react(k); });
    }

    void show(const std::string& text) {
        if (text == shown_) return;
        shown_ = text;
        if (watcher_) watcher_();
    }

    /// Called with each submitted code (also when repeated); returns the final screen.
    std::function<std::string(const std::string& code)> on_submit;
    /// Called with each submitted PIN; returns the final screen.
    std::function<std::string(const std::string& pin)> on_pin;
    sim::duration verdict_after = 8s;
    bool reacts = true, has_activation = true;
    std::string call_result = "Not allowed";
    struct pressed {
        sim::time_point at;
        pp::key key;
    };
    std::vector<pressed> keys;
    std::vector<std::string> submitted;
    int carried = 0;

  private:
    void react(pp::key k) {
        const auto s = pp::read_screen(shown_).what;
        using pp::key;
        using pp::screen;
        if (s == screen::idle) {
            if (k == key::menu) show(has_activation ? "Menu\n1 Activation code" : "Menu\n1 Phone book");
            if (k == key::off_hook) {
                show("Calling");
                sim_.kernel().after(3s, [this] { show(call_result); });
            }
        } else if (s == screen::menu_with_activation || s == screen::menu_without) {
            if (k == key::ok && s == screen::menu_with_activation) entry("");
            if (k == key::clear) show("Not registered");
            if (k == key::down && on_pin) show("Menu\n2 Register");
        } else if (s == screen::menu_with_register) {
            if (k == key::ok) pin_entry("");
            if (k == key::clear) show("Not registered");
        } else if (s == screen::pin_entry) {
            if (k <= key::digit_9) pin_entry(code_ + static_cast<char>('0' + static_cast<int>(k)));
            if (k == key::clear)
                code_.empty() ? show("Menu\n2 Register") : pin_entry(code_.substr(0, code_.size() - 1));
            if (k == key::ok && code_.size() >= 4) {
                submitted.push_back(code_);
                show("Searching bases");
                sim_.kernel().after(verdict_after, [this] { show(on_pin(code_)); });
            }
        } else if (s == screen::registered || s == screen::wrong_pin || (s == screen::no_base_found && on_pin)) {
            if (k == key::clear) show("Not registered");
        } else if (s == screen::code_entry) {
            if (k <= key::digit_9) entry(code_ + static_cast<char>('0' + static_cast<int>(k)));
            if (k == key::clear) code_.empty() ? show("Not registered") : entry(code_.substr(0, code_.size() - 1));
            if (k == key::ok && code_.size() >= 6) submit();
        } else if (pp::is_activation_result(s)) {
            if (k == key::ok) submit();
            if (k == key::clear) show("Not registered");
        } else if (k == key::on_hook) {
            show("Not registered");
        }
    }
    void entry(const std::string& digits) {
        code_ = digits;
        show("Activation code:\n" + code_);
    }
    void pin_entry(const std::string& digits) {
        code_ = digits;
        show("PIN:\n" + std::string(code_.size(), '*'));
    }
    void submit() {
        submitted.push_back(code_);
        show("Searching bases");
        sim_.kernel().after(verdict_after / 2, [this] { show("Base 1 of 1\nSending"); });
        sim_.kernel().after(verdict_after, [this] { show(on_submit(code_)); });
    }

    sim::simulation& sim_;
    sim::position place_;
    sim::entity_id entity_;
    std::string shown_, code_;
    std::function<void()> watcher_;
};

struct person_bench {
    explicit person_bench(std::uint64_t seed = 1) : sim(seed), handset(sim, {0, 0, 0}) {
        who = sim.journal().declare("office/person/installer", "person");
        sim.journal().add_sink([this](const sim::journal_entry& e) {
            if (const auto* a = std::get_if<sim::record::person_action>(&e.what)) {
                actions.push_back(a->detail.empty() ? a->action : a->action + ": " + a->detail);
                times.push_back(e.at);
            }
        });
        handset.on_submit = [this](const std::string&) {
            for (auto& b : bases) b->shows = pp::look::on;
            return std::string("Activated: " + std::to_string(bases.size()) + "\nFailed: 0");
        };
        handset.insert_battery();
    }
    fake_base& add_base(sim::position place) {
        bases.push_back(std::make_unique<fake_base>(sim, static_cast<int>(bases.size()) + 1, place));
        return *bases.back();
    }
    pp::activation_plan plan(std::vector<std::string> codes = {"1234567890"}) {
        pp::activation_plan p;
        p.handset = &handset;
        p.codes = std::move(codes);
        for (auto& b : bases) p.bases.push_back(b.get());
        return p;
    }
    void run(std::vector<pp::task> tasks, sim::duration limit = 3h) {
        person = std::make_unique<pp::person>(sim, who, sim::position{3, 0, 0}, parameters, std::move(tasks));
        person->start();
        sim.kernel().run_until(sim.now() + limit);
    }
    void activate(std::vector<std::string> codes = {"1234567890"}) { run({{plan(std::move(codes)), {}}}); }
    bool did(const std::string& action) const {
        return std::find(actions.begin(), actions.end(), action) != actions.end();
    }
    int count(const std::string& action) const {
        return static_cast<int>(std::count(actions.begin(), actions.end(), action));
    }
    int walks() const { return count("walks to"); }

    sim::simulation sim;
    fake_handset handset;
    sim::entity_id who;
    std::vector<std::unique_ptr<fake_base>> bases;
    pp::person_parameters parameters;
    std::unique_ptr<pp::person> person;
    std::vector<std::string> actions;
    std::vector<sim::time_point> times;
};

}  // namespace dectbed::test
