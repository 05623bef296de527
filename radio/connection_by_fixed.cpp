// A connection that the fixed part sets up: fast set-up (EN 300 175-3, 10.2.3, 10.5.1.2.2). The A-field procedure of
// the advanced set with its directions exchanged:
//
//   frame       fixed part, slot n           portable part, slot n + 12
//   request     ACCESS_REQUEST               BEARER_CONFIRM, or WAIT until its host is free
//   next odd    ATTRIBUTES_T request
//   + 1                                      ATTRIBUTES_T confirm
//   + 2         "other": established for     "other": established for
//               the portable part            the fixed part
//
// Request and first answer may be in any frame; what follows is in those that the T-MUX has for MT: odd ones of fixed,
// even ones of portable parts. A message that is missed ends the set-up by RELEASE of whom it was for, after WAITs too,
// where the standard would forgive every other one.
#include <algorithm>

#include "radio/connection.h"
#include "radio/t_mux.h"
#include "radio/timers.h"

namespace dectbed::radio {

connection::connection(medium& m, const parameters& p, called, bool waiting, std::function<void()> retired)
    : medium_(m),
      bearer_(std::make_shared<duplex_bearer>(m, p)),
      waiting_(waiting),
      advanced_(true),
      setup_began_(m.simulation().now()),
      retired_(std::move(retired)) {
    end& e = end_of(side::portable);
    e.active = true;
    e.on = bearer_;
    bearer_->open(side::portable, p.request_frame);
    await_attributes(attributes_frame(p.request_frame));
}

/// First frame in which the fixed part may send MT after the answer.
std::int64_t connection::attributes_frame(std::int64_t answered) const {
    const std::int64_t next = answered + 1;
    return c_channel_frame(side::fixed, bearer_->settings().timing.frame_number(next)) ? next : next + 1;
}

bool connection::heard_in_set_up(side to, std::int64_t frame, const tail::any& said) {
    const end& from = end_of(other(to));
    const auto r = bearer_->receive(to, frame, bearer_->bits(), draw_purpose::bearer);
    const bool heard = r == reception::good && from.active && !from.releasing;
    if (r != reception::not_sent && from.active && !from.releasing) bearer_->tell(other(to), frame, heard, said);
    return heard;
}

void connection::answer_heard(connection_events fixed, sim::time_point began) {
    const std::int64_t answered = bearer_->settings().request_frame;
    end& e = end_of(side::fixed);
    e.active = true;
    e.events = std::move(fixed);
    e.on = bearer_;
    bearer_->open(side::fixed, answered + 1);
    if (!waiting_) {
        await_attributes_confirm(attributes_frame(answered) + 1);
        return;
    }
    const auto now = medium_.simulation().now();
    e.setup = kernel().at(std::max(began + T200, now), [this] { release(side::fixed, release_reason::setup_failed); });
}

/// The portable part hears the request for attributes; while it waits for its host, a first WAIT in return.
void connection::await_attributes(std::int64_t frame) {
    end& portable = end_of(side::portable);
    portable.setup = kernel().at(bearer_->burst_end(side::fixed, frame, bearer_->bits()), [this, frame] {
        const tail::any wait =
            tail::basic_control{tail::basic_command::wait, bearer_->settings().identity.fmid(), pmid(), true};
        if (!heard_in_set_up(side::portable, frame, waiting_ ? wait : tail::any{tail::attributes{}})) {
            release(side::portable, release_reason::setup_failed);
        } else if (waiting_) {
            end_of(side::portable).setup =
                kernel().at(setup_began_ + T200, [this] { release(side::portable, release_reason::setup_failed); });
        } else {
            await_others(frame + 2);
        }
    });
}

void connection::await_attributes_confirm(std::int64_t frame) {
    end_of(side::fixed).setup = kernel().at(bearer_->burst_end(side::portable, frame, bearer_->bits()), [this, frame] {
        tail::attributes agreed;
        agreed.confirm = true;
        if (!heard_in_set_up(side::fixed, frame, agreed)) {
            release(side::fixed, release_reason::setup_failed);
            return;
        }
        end_of(side::fixed).setup =
            kernel().at(bearer_->burst_end(side::portable, frame + 1, bearer_->bits()), [this, frame] {
                if (heard_in_set_up(side::fixed, frame + 1, tail::identity{bearer_->settings().identity, false})) {
                    established_for_fixed(bearer_);
                } else {
                    release(side::fixed, release_reason::setup_failed);
                }
            });
    });
}

/// The fixed part's "other" makes the bearer established for the portable part, whose own follows at once.
void connection::await_others(std::int64_t frame) {
    end_of(side::portable).setup = kernel().at(bearer_->burst_end(side::fixed, frame, bearer_->bits()), [this, frame] {
        if (heard_in_set_up(side::portable, frame, tail::identity{bearer_->settings().identity, false})) {
            established_for_portable(bearer_);
        } else {
            release(side::portable, release_reason::setup_failed);
        }
    });
}

void connection::confirm_call() {
    end& portable = end_of(side::portable);
    if (!waiting_ || !portable.active || portable.releasing) return;
    const auto& s = bearer_->settings();
    std::int64_t frame = std::max(bearer_->next_frame(side::portable), attributes_frame(s.request_frame) + 1);
    if (!c_channel_frame(side::portable, s.timing.frame_number(frame))) ++frame;
    portable.setup.cancel();
    confirm_call_in(frame);
}

/// Until the fixed part has it, or T200 is over.
void connection::confirm_call_in(std::int64_t frame) {
    end& portable = end_of(side::portable);
    if (medium_.simulation().now() - setup_began_ >= T200) {
        release(side::portable, release_reason::setup_failed);
        return;
    }
    portable.setup = kernel().at(bearer_->burst_end(side::portable, frame, bearer_->bits()), [this, frame] {
        const tail::basic_control confirm{tail::basic_command::bearer_confirm, bearer_->settings().identity.fmid(),
                                          pmid(), true};
        const end& fixed = end_of(side::fixed);
        if (!heard_in_set_up(side::fixed, frame, confirm) || !fixed.active || fixed.releasing) {
            confirm_call_in(frame + 2);
            return;
        }
        waiting_ = false;
        end_of(side::fixed).setup.cancel();
        await_attributes(frame + 1);
        await_attributes_confirm(frame + 2);
    });
}

}  // namespace dectbed::radio
