#include <algorithm>

#include "radio/medium.h"
#include "sim/math.h"

namespace dectbed::radio {

namespace {
// How far ahead an outage by fading is looked for at once, and how likely it must be to be looked for at all.
constexpr sim::duration fade_look_ahead = std::chrono::minutes(10);
constexpr double outage_probability_min = 1e-9;
}  // namespace

signal_watch::signal_watch(medium& m, station_index receiver, sim::duration period, sim::db margin_min,
                           std::function<void()> lost)
    : medium_(m),
      serial_(++m.watches_made_),
      receiver_(receiver),
      period_(period),
      margin_min_(margin_min),
      lost_(std::move(lost)) {}

signal_watch::~signal_watch() { stop(); }

void signal_watch::watch(plan_ptr p) {
    if (plan_) medium_.detach(*this);
    plan_ = std::move(p);
    medium_.attach(*this);
    bad_ = false;
    good_from_ = fade_from_ = medium_.simulation().now();
    evaluate();
}

void signal_watch::stop() {
    if (plan_) medium_.detach(*this);
    plan_.reset();
    timer_.cancel();
    armed_for_ = never;
}

void signal_watch::station_moved() {
    const auto now = medium_.simulation().now();
    // An outage goes on only if the signal is out at the new place, too.
    if (medium_.quiet_margin(*plan_, receiver_) + medium_.fade(*plan_, receiver_, now) >= margin_min_) fade_from_ = now;
    evaluate();
}

void signal_watch::plan_ended(const plan&) { evaluate(); }

void signal_watch::plan_matured(const plan& p) {
    if (bad_ || plan_.get() == &p || p.since - a_field_at_most + period_ > medium_.simulation().now()) return;
    const auto when = medium_.jammed_at(*plan_, p, receiver_, good_from_, period_, margin_min_);
    if (when < armed_for_) arm(when);
}

void signal_watch::evaluate() {
    const auto now = medium_.simulation().now();
    // Fading may lift a signal that is too weak in the mean, but not by more than it can.
    const sim::db lift = medium_.fades().on() ? fading::gain_max : sim::db{0};
    const bool bad = plan_->until <= now || medium_.quiet_margin(*plan_, receiver_) + lift < margin_min_;
    if (bad && !bad_) bad_since_ = now;
    if (!bad && bad_) good_from_ = fade_from_ = now;
    bad_ = bad;
    arm(bad_ ? bad_since_ + period_ : due());
}

/// When the signal will have been away for the period, or when to ask again.
sim::time_point signal_watch::due() {
    const auto jammed = medium_.jammed_at(*plan_, receiver_, good_from_, period_, margin_min_);
    return medium_.fades().on() ? std::min(jammed, faded_at()) : jammed;
}

sim::time_point signal_watch::faded_at() {
    const fading& fades = medium_.fades();
    const sim::db limit = margin_min_ - medium_.quiet_margin(*plan_, receiver_);
    const double below = fades.probability_below(limit);
    const auto blocks = static_cast<double>((period_ + fades.coherence() - sim::duration{1}) / fades.coherence());
    const double windows = static_cast<double>(fade_look_ahead / fades.coherence()) + 1.0;
    if (below <= 0 || sim::repro::pow(below, blocks) * windows < outage_probability_min) return never;
    const auto now = medium_.simulation().now();
    const auto horizon = now + fade_look_ahead;
    const auto began =
        fades.first_outage(medium_.stations_[receiver_].key, medium_.stations_[plan_->transmitter].key,
                           plan_->centre_khz, limit, period_, std::max(fade_from_, now - period_), horizon);
    return began < horizon ? std::max(began + period_, now) : horizon;
}

void signal_watch::arm(sim::time_point when) {
    if (when == armed_for_ && timer_.pending()) return;
    timer_.cancel();
    armed_for_ = when;
    if (when == never) return;
    timer_ = medium_.simulation().kernel().at(std::max(when, medium_.simulation().now()), [this] { wake(); });
}

void signal_watch::wake() {
    armed_for_ = never;
    if (!bad_) {
        // The interferer may be gone by now, or another one is due later.
        const auto when = due();
        if (when > medium_.simulation().now()) {
            arm(when);
            return;
        }
    }
    stop();
    lost_();
}

}  // namespace dectbed::radio
