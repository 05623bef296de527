#include "models/person/display_watch.h"

#include <utility>

namespace dectbed::models::person {

void display_watch::await(handset_ui& handset, sim::duration patience, bool only_changed,
                          std::function<bool(const reading&)> on_read, std::function<void()> on_deadline) {
    stop();
    ++serial_;
    handset_ = &handset;
    on_read_ = std::move(on_read);
    on_deadline_ = std::move(on_deadline);
    extend(patience);
    handset.watch_display([this] {
        // Changes during the reaction time are seen when it ends: one looks at what is there then.
        if (!body_.has_next()) look();
    });
    if (!only_changed) look();
}

void display_watch::extend(sim::duration patience) {
    deadline_.cancel();
    deadline_ = body_.simulation().kernel().after(patience, [this] {
        auto give_up = std::move(on_deadline_);
        stop();
        body_.rest();
        give_up();
    });
}

void display_watch::look() {
    body_.then(body_.parameters().reaction_s, [this] {
        const auto serial = serial_;
        // The reader may start another watch, which replaces the function that is running.
        const auto reader = on_read_;
        if (reader(read_screen(handset_->display())) && serial == serial_) stop();
    });
}

void display_watch::stop() {
    if (!handset_) return;
    ++serial_;
    deadline_.cancel();
    handset_->watch_display(nullptr);
    handset_ = nullptr;
}

}  // namespace dectbed::models::person
