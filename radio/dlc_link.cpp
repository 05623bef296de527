#include "radio/dlc_link.h"

namespace dectbed::radio {

namespace {
std::uint8_t link_number_of(const sim::bytes& frame) { return frame.empty() ? 0 : frame[0] >> 4 & 7; }
bool asks_for_class_b(const sim::bytes& frame) {
    const std::uint8_t n = link_number_of(frame);
    return n >= lln_class_b_first && n <= lln_class_b_last;
}
}  // namespace

void dlc_link::stop_timers() {
    timer_.cancel();
    timer_b_.cancel();
}

void dlc_link::resume(carrier c) {
    carrier_ = std::move(c);
    apply(lapc_.repeat());
    if (b_) apply_b(b_->repeat());
}

void dlc_link::suspend() {
    carrier_ = {};
    stop_timers();
}

void dlc_link::send(sim::bytes message) {
    if (!carrier_.transmit || finishing_) return;
    if (!b_ && class_b_ && !class_a_only_ && own_ == side::portable) b_.emplace(own_, lsig_);
    if (b_) {
        apply_b(b_->send(std::move(message)));
        return;
    }
    class_a_only_ = true;
    apply(lapc_.send(std::move(message)));
}

void dlc_link::receive(const sim::bytes& frame) {
    if (!carrier_.transmit) return;
    if (own_ == side::fixed && !b_ && asks_for_class_b(frame)) {
        if (!class_b_ || class_a_only_) {
            refuse(frame);
            return;
        }
        b_.emplace(own_, lsig_, lln_unassigned);
    }
    // While it waits for an answer to its request, an RR of class A is one.
    const bool answer = b_ && b_->state() == lapc_b_state::establishing && frame.size() > 1 && (frame[1] & 3) == 1;
    if (b_ && (link_number_of(frame) != lln_class_a || answer)) {
        apply_b(b_->receive(frame));
        return;
    }
    if (!b_) class_a_only_ = true;
    apply(lapc_.receive(frame));
}

/// The fixed part wants no class B. It takes a whole message as the first one of class A, unless that is there already.
void dlc_link::refuse(const sim::bytes& request) {
    const auto decoded = decode_dlc_frame(request, lsig_);
    if (!decoded || decoded.value().kind != dlc_kind::i || !decoded.value().new_link || decoded.value().sapi != 0)
        return;
    const bool first = !class_a_only_ && !decoded.value().more;
    class_a_only_ = true;
    if (first) {
        lapc_ = lapc::after_first(own_, lsig_, false);
        took_request_ = true;
    }
    lapc_actions actions;
    actions.frames.push_back(lapc_b::refusal(own_, lsig_, took_request_));
    if (first) actions.messages.push_back(decoded.value().information);
    apply(std::move(actions));
}

/// The portable part goes on in class A.
void dlc_link::refused() {
    auto unsent = b_->take_unsent();
    if (b_->first_accepted()) lapc_ = lapc::after_first(own_, lsig_, true);
    b_.reset();
    class_a_only_ = true;
    for (sim::bytes& message : unsent) apply(lapc_.send(std::move(message)));
}

void dlc_link::pass_on(lapc_actions& actions) {
    for (int i = 0; i < actions.acknowledged; ++i) events_.sent();
    for (sim::bytes& message : actions.messages) events_.received(std::move(message));
    if (actions.failed) events_.failed();
}

void dlc_link::apply(lapc_actions actions) {
    for (const sim::bytes& frame : actions.frames)
        if (carrier_.transmit) carrier_.transmit(frame);
    if (actions.stop_timer || actions.start_timer) timer_.cancel();
    if (actions.start_timer) timer_ = kernel_.after(lapc_.timer(), [this] { apply(lapc_.timer_expired()); });
    pass_on(actions);
    check_finished();
}

void dlc_link::apply_b(lapc_actions actions) {
    for (const sim::bytes& frame : actions.frames)
        if (carrier_.transmit) carrier_.transmit(frame);
    if (actions.stop_timer || actions.start_timer) timer_b_.cancel();
    if (actions.start_timer) timer_b_ = kernel_.after(b_->timer(), [this] { apply_b(b_->timer_expired()); });
    pass_on(actions);
    if (actions.refused) refused();
    check_finished();
}

void dlc_link::finish() {
    finishing_ = true;
    check_finished();
}

void dlc_link::check_finished() {
    if (!finishing_ || !carrier_.drained || !lapc_.idle()) return;
    if (b_ && b_->state() != lapc_b_state::unlinked && b_->state() != lapc_b_state::failed) {
        // DISC comes after everything else; its UA, or DL.00, ends the link.
        if (b_->idle()) apply_b(b_->release());
        return;
    }
    if (carrier_.drained()) events_.finished();
}

}  // namespace dectbed::radio
