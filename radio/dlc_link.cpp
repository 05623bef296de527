#include "radio/dlc_link.h"

namespace dectbed::radio {

void dlc_link::resume(carrier c) {
    carrier_ = std::move(c);
    apply(lapc_.repeat());
}

void dlc_link::suspend() {
    carrier_ = {};
    timer_.cancel();
}

void dlc_link::send(sim::bytes message) {
    if (!carrier_.transmit || finishing_) return;
    apply(lapc_.send(std::move(message)));
}

void dlc_link::receive(const sim::bytes& frame) {
    if (carrier_.transmit) apply(lapc_.receive(frame));
}

void dlc_link::apply(lapc_actions actions) {
    for (const sim::bytes& frame : actions.frames)
        if (carrier_.transmit) carrier_.transmit(frame);
    if (actions.stop_timer || actions.start_timer) timer_.cancel();
    if (actions.start_timer) timer_ = kernel_.after(lapc_.timer(), [this] { apply(lapc_.timer_expired()); });
    for (int i = 0; i < actions.acknowledged; ++i) events_.sent();
    for (sim::bytes& message : actions.messages) events_.received(std::move(message));
    if (actions.failed) events_.failed();
    check_finished();
}

void dlc_link::finish() {
    finishing_ = true;
    check_finished();
}

void dlc_link::check_finished() {
    if (finishing_ && carrier_.drained && lapc_.idle() && carrier_.drained()) events_.finished();
}

}  // namespace dectbed::radio
