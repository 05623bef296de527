#include "models/person/call.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace dectbed::models::person {

namespace {
/// How long one listens to nothing. Assumption.
constexpr sim::duration call_patience = std::chrono::seconds(60);
}  // namespace

void call::start(std::function<void()> done) {
    if (!plan_.handset) throw std::logic_error("a call needs a handset");
    done_ = std::move(done);
    body_.take(*plan_.handset, [this] { attempt(); });
}

void call::attempt() {
    body_.act("calls", plan_.handset->entity(), fmt::format("{} of {}", made_ + 1, plan_.times));
    plan_.handset->press(key::off_hook);
    watch_.await(
        *plan_.handset, call_patience, false,
        [this](const reading& r) {
            if (r.what != screen::call_not_allowed && r.what != screen::call_no_base && r.what != screen::call_ended)
                return false;
            body_.act("reads", plan_.handset->entity(), to_text(r.what));
            hang_up();
            return true;
        },
        [this] {
            body_.act("reads", plan_.handset->entity(), "nothing");
            hang_up();
        });
}

void call::hang_up() {
    plan_.handset->press(key::on_hook);
    if (++made_ < plan_.times) return body_.then(plan_.interval_s, [this] { attempt(); });
    body_.put_down();
    body_.then(sim::duration{0}, [this] { std::exchange(done_, nullptr)(); });
}

}  // namespace dectbed::models::person
