#include "scenarios/people_world.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/identities.h"

namespace dectbed::scenarios {

namespace psn = models::person;

namespace {

psn::look look_of(dectbed_led_pattern pattern) {
    switch (pattern) {
        case DECTBED_LED_OFF:
            return psn::look::off;
        case DECTBED_LED_ON:
            return psn::look::on;
        case DECTBED_LED_BLINK_SLOW:
            return psn::look::blink_slow;
        case DECTBED_LED_BLINK_FAST:
            return psn::look::blink_fast;
        case DECTBED_LED_FLASH:
            return psn::look::flash;
    }
    return psn::look::off;
}

std::uint32_t key_of(psn::key k) {
    switch (k) {
        case psn::key::menu:
            return DECTBED_KEY_MENU;
        case psn::key::ok:
            return DECTBED_KEY_OK;
        case psn::key::clear:
            return DECTBED_KEY_CLEAR;
        case psn::key::off_hook:
            return DECTBED_KEY_OFF_HOOK;
        case psn::key::on_hook:
            return DECTBED_KEY_ON_HOOK;
        case psn::key::down:
            return DECTBED_KEY_DOWN;
        default:
            return DECTBED_KEY_0 + static_cast<std::uint32_t>(k) - static_cast<std::uint32_t>(psn::key::digit_0);
    }
}

}  // namespace

class people_world::base_view final : public psn::visible_device {
  public:
    explicit base_view(models::base::base_station& b) : base_(b), place_(b.place()) {}
    sim::entity_id entity() const override { return base_.who(); }
    sim::position place() const override { return place_; }
    psn::look led() const override { return look_of(base_.hardware().board().led()); }
    void plug_in() override { base_.plug_in(); }
    void hold_button(sim::duration time) override { base_.hardware().board().press(DECTBED_KEY_BUTTON, time); }

  private:
    models::base::base_station& base_;
    const sim::position place_;  // thousands of people ask thousands of bases
};

class people_world::handset_view final : public psn::handset_ui {
  public:
    explicit handset_view(models::handset::handset_hardware& h) : handset_(h) {}
    sim::entity_id entity() const override { return handset_.who(); }
    sim::position place() const override { return handset_.place(); }
    void carry_to(const sim::position& place) override { handset_.move_to(place); }
    std::string display() const override { return handset_.display(); }
    void press(psn::key k) override { handset_.press(key_of(k)); }
    void insert_battery() override { handset_.insert_battery(); }
    void watch_display(std::function<void()> changed) override {
        handset_.board().on_display_changed = std::move(changed);
    }

  private:
    models::handset::handset_hardware& handset_;
};

people_world::people_world(sim::simulation& s, site_world& site) : sim_(s), site_(site) {
    for (const auto& [name, population] : site.parameters().people) {
        const std::size_t count = population.count ? static_cast<std::size_t>(*population.count) : 1;
        // "own" is a share of what the population has; choose() takes it from a plan without any.
        const auto shared = choose(population.handsets, plan{}, site.handset_count());
        for (std::size_t i = 0; i < count; ++i) {
            const std::string path = population.count ? fmt::format("{}/person/{}[{}]", site.path(), name, i)
                                                      : fmt::format("{}/person/{}", site.path(), name);
            plan p;
            p.population = &population;
            p.who = s.journal().declare(path, "person", site.who());
            p.place = place_of(population.places, i, s.stream(p.who, "place"));
            const std::size_t from = i * shared.size() / count, to = (i + 1) * shared.size() / count;
            p.own.assign(shared.begin() + static_cast<std::ptrdiff_t>(from),
                         shared.begin() + static_cast<std::ptrdiff_t>(to));
            plans_.push_back(std::move(p));
        }
    }
}

people_world::~people_world() = default;

std::vector<sim::position> people_world::handset_places() const {
    std::vector<sim::position> places(site_.handset_count());
    for (const auto& p : plans_) {
        for (std::size_t own : p.own) places[own] = p.place;
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (const auto fixed = site_.place_of_handset(i)) places[i] = *fixed;
    }
    return places;
}

std::vector<std::size_t> people_world::choose(const selection& s, const plan& p, std::size_t population_size) const {
    std::vector<std::size_t> chosen;
    std::vector<bool> taken(population_size);
    const auto add = [&](std::size_t i) {
        if (i >= population_size || taken[i]) return;
        taken[i] = true;
        chosen.push_back(i);
    };
    for (const auto& term : s.terms) {
        switch (term.what) {
            case selection::term::kind::all:
                for (std::size_t i = 0; i < population_size; ++i) add(i);
                break;
            case selection::term::kind::own:
                for (std::size_t i : p.own) add(i);
                break;
            case selection::term::kind::range:
                for (auto i = term.first; i <= term.last; ++i) add(static_cast<std::size_t>(i));
                break;
        }
    }
    return chosen;
}

std::vector<psn::visible_device*> people_world::bases_of(const selection& s, const plan& p) {
    std::vector<psn::visible_device*> out;
    for (std::size_t i : choose(s, p, bases_.size())) out.push_back(bases_[i].get());
    return out;
}

std::shared_ptr<const std::vector<psn::visible_device*>> people_world::shared_bases_of(const selection& s,
                                                                                       const plan& p) {
    // A population's people have one selection between them.
    const auto is_own = [](const selection::term& t) { return t.what == selection::term::kind::own; };
    const bool same_for_all = std::none_of(s.terms.begin(), s.terms.end(), is_own);
    if (last_bases_ && same_for_all && last_selection_ == &s) return last_bases_;
    auto bases = bases_of(s, p);
    if (!last_bases_ || *last_bases_ != bases)
        last_bases_ = std::make_shared<const std::vector<psn::visible_device*>>(std::move(bases));
    last_selection_ = &s;
    return last_bases_;
}

std::vector<psn::handset_ui*> people_world::handsets_of(const selection& s, const plan& p) {
    std::vector<psn::handset_ui*> out;
    for (std::size_t i : choose(s, p, handsets_.size())) out.push_back(handsets_[i].get());
    return out;
}

std::vector<psn::task> people_world::tasks_of(const plan& p) {
    std::vector<psn::task> tasks;
    tasks.push_back({psn::arrive{p.population->arrives}, {}});
    for (const auto& t : p.population->tasks) {
        psn::task task;
        task.not_before_s = t.not_before;
        if (t.plugs_in) {
            task.what = psn::plug_bases{bases_of(t.plugs_in->bases, p), t.plugs_in->each};
        } else if (t.inserts_battery) {
            task.what = psn::insert_batteries{handsets_of(t.inserts_battery->handsets, p), t.inserts_battery->each};
        } else if (t.activates) {
            const auto handsets = handsets_of(t.activates->handset, p);
            if (handsets.empty()) continue;
            task.what = psn::activation_plan{
                handsets.front(),         t.activates->codes,        bases_of(t.activates->bases, p),
                t.activates->brings_back, t.activates->code_arrives, t.activates->code_lost};
        } else if (t.calls) {
            const auto handsets = handsets_of(t.calls->handset, p);
            if (handsets.empty()) continue;
            task.what = psn::call_plan{handsets.front(), static_cast<int>(t.calls->times), t.calls->interval};
        } else if (t.registers) {
            const auto handsets = handsets_of(t.registers->handset, p);
            if (handsets.empty()) continue;
            task.what =
                psn::registration_plan{handsets.front(), t.registers->pins, shared_bases_of(t.registers->bases, p)};
        } else if (t.holds_button) {
            task.what = psn::hold_buttons{bases_of(t.holds_button->bases, p), t.holds_button->time};
        } else if (t.sets_band) {
            const auto handsets = handsets_of(t.sets_band->handset, p);
            if (handsets.empty()) continue;
            const auto band = static_cast<radio::band>(t.sets_band->band);
            task.what = psn::band_plan{handsets.front(), psn::band_on_display(radio::to_text(band)),
                                       static_cast<int>(t.sets_band->times)};
        } else if (t.waits) {
            task.what = psn::pause{*t.waits};
        }
        tasks.push_back(std::move(task));
    }
    return tasks;
}

void people_world::build() {
    for (auto& b : site_.bases()) bases_.push_back(std::make_unique<base_view>(*b));
    for (auto& h : site_.handsets()) handsets_.push_back(std::make_unique<handset_view>(*h));
    for (const auto& p : plans_) {
        people_.push_back(std::make_unique<psn::person>(sim_, p.who, p.place, p.population->pace, tasks_of(p)));
    }
}

void people_world::start() {
    for (auto& p : people_) p->start();
}

bool people_world::all_finished() const {
    for (const auto& p : people_) {
        if (!p->finished()) return false;
    }
    return true;
}

}  // namespace dectbed::scenarios
