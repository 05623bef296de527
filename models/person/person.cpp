#include "models/person/person.h"

#include <algorithm>

namespace dectbed::models::person {

person::person(sim::simulation& s, sim::entity_id who, const sim::position& place, const person_parameters& p,
               std::vector<task> tasks)
    : sim_(s), body_(s, who, place, p), tasks_(std::move(tasks)), plans_(s.stream(who, "plans")) {}

void person::start() { next_task(); }

void person::next_task() {
    if (current_ >= tasks_.size()) {
        finished_ = true;
        if (started_) body_.act("finishes");
        return;
    }
    const auto& t = tasks_[current_];
    auto work = [this, &t] {
        ++current_;
        if (!started_ && !std::holds_alternative<arrive>(t.what) && !std::holds_alternative<pause>(t.what)) {
            started_ = true;
            body_.act("starts");
        }
        std::visit([this](const auto& what) { begin(what); }, t.what);
    };
    if (!t.not_before_s) return work();
    const auto at = sim::time_point{} + t.not_before_s->sample_time(plans_);
    if (at <= sim_.now()) return work();
    if (started_) body_.act("waits", {}, "until it is time");
    body_.then(at - sim_.now(), work);
}

void person::begin(const arrive& t) {
    const auto at = sim::time_point{} + t.at_s.sample_time(plans_);
    body_.then(std::max(at - sim_.now(), sim::duration{0}), [this] {
        started_ = true;
        body_.act("starts");
        next_task();
    });
}

void person::begin(const pause& t) {
    if (started_) body_.act("waits", {}, "pause");
    body_.then(t.time_s.sample_time(plans_), [this] { next_task(); });
}

// Tasks with several objects look theirs up again: current_ is already the next one.

void person::begin(const plug_bases&) { plug_from(0); }

void person::plug_from(std::size_t i) {
    const auto& t = std::get<plug_bases>(tasks_[current_ - 1].what);
    if (i >= t.bases.size()) return next_task();
    auto* base = t.bases[i];
    body_.walk_to(base->place(), base->entity(), [this, &t, base, i] {
        body_.act("unpacks", base->entity());
        body_.then(t.each_s.sample_time(plans_), [this, base, i] {
            body_.act("plugs in", base->entity());
            base->plug_in();
            plug_from(i + 1);
        });
    });
}

void person::begin(const insert_batteries&) { insert_from(0); }

void person::insert_from(std::size_t i) {
    const auto& t = std::get<insert_batteries>(tasks_[current_ - 1].what);
    if (i >= t.handsets.size()) return next_task();
    auto* handset = t.handsets[i];
    body_.walk_to(handset->place(), handset->entity(), [this, &t, handset, i] {
        body_.act("unpacks", handset->entity());
        body_.then(t.each_s.sample_time(plans_), [this, handset, i] {
            body_.act("inserts battery", handset->entity());
            handset->insert_battery();
            insert_from(i + 1);
        });
    });
}

void person::begin(const hold_buttons&) { hold_from(0); }

void person::hold_from(std::size_t i) {
    const auto& t = std::get<hold_buttons>(tasks_[current_ - 1].what);
    if (i >= t.bases.size()) return next_task();
    auto* base = t.bases[i];
    body_.walk_to(base->place(), base->entity(), [this, &t, base, i] {
        const auto time = t.hold_s.sample_time(plans_);
        body_.act("holds button", base->entity());
        base->hold_button(time);
        body_.then(time, [this, i] { hold_from(i + 1); });
    });
}

void person::begin(const activation_plan& t) {
    activation_ = std::make_unique<activation>(body_, t);
    activation_->start([this] {
        activations_.push_back(activation_->succeeded());
        next_task();
    });
}

void person::begin(const registration_plan& t) {
    registration_ = std::make_unique<registration>(body_, t);
    registration_->start([this] { next_task(); });
}

void person::begin(const band_plan& t) {
    band_setting_ = std::make_unique<band_setting>(body_, t);
    band_setting_->start([this] { next_task(); });
}

void person::begin(const call_plan& t) {
    call_ = std::make_unique<call>(body_, t);
    call_->start([this] { next_task(); });
}

}  // namespace dectbed::models::person
