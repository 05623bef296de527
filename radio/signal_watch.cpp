#include <algorithm>

#include "radio/medium.h"

namespace dectbed::radio {

signal_watch::signal_watch(medium& m, station_index receiver, sim::duration period, sim::db margin_min,
                           std::function<void()> lost)
    : medium_(m), receiver_(receiver), period_(period), margin_min_(margin_min), lost_(std::move(lost)) {
    medium_.watches_.push_back(this);
}

signal_watch::~signal_watch() {
    timer_.cancel();
    auto& all = medium_.watches_;
    all.erase(std::remove(all.begin(), all.end(), this), all.end());
}

void signal_watch::watch(plan_ptr p) {
    plan_ = std::move(p);
    bad_ = false;
    good_from_ = medium_.simulation().now();
    evaluate();
}

void signal_watch::stop() {
    plan_.reset();
    timer_.cancel();
    armed_for_ = never;
}

void signal_watch::station_moved(station_index station) {
    if (plan_ && (station == receiver_ || station == plan_->transmitter)) evaluate();
}

void signal_watch::plan_ended(const plan& p) {
    if (plan_ && plan_.get() == &p) evaluate();
}

void signal_watch::plan_matured(const plan& p) {
    if (!plan_ || bad_ || plan_.get() == &p) return;
    const auto when = medium_.jammed_at(*plan_, p, receiver_, good_from_, period_, margin_min_);
    if (when < armed_for_) arm(when);
}

void signal_watch::evaluate() {
    const auto now = medium_.simulation().now();
    const bool bad = plan_->until <= now || medium_.quiet_margin(*plan_, receiver_) < margin_min_;
    if (bad && !bad_) bad_since_ = now;
    if (!bad && bad_) good_from_ = now;
    bad_ = bad;
    arm(bad_ ? bad_since_ + period_ : medium_.jammed_at(*plan_, receiver_, good_from_, period_, margin_min_));
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
        const auto when = medium_.jammed_at(*plan_, receiver_, good_from_, period_, margin_min_);
        // Two computations of a slide agree to within the time between two bursts.
        if (when > medium_.simulation().now() + 2 * frame_nominal) {
            arm(when);
            return;
        }
    }
    stop();
    lost_();
}

}  // namespace dectbed::radio
