// A connection whose fixed end a firmware makes burst by burst: what its bursts do to the portable part.
#include "radio/connection.h"

namespace dectbed::radio {

connection::connection(medium& m, const parameters& p, burst_end& fixed, std::function<void()> retired)
    : medium_(m),
      bearer_(std::make_shared<duplex_bearer>(m, p)),
      setup_began_(m.simulation().now()),
      retired_(std::move(retired)),
      by_bursts_(true),
      bursts_(&fixed) {
    end& e = end_of(side::fixed);
    e.active = true;
    e.on = bearer_;
    e.events.closed = [](release_reason) {};  // whoever makes the bursts finds out by them
    e.events.bearers_changed = [] {};
}

void connection::refused(plan_ptr burst, tail::release_code why) {
    refusal_ = std::move(burst);
    refused_for_ = why;
}

void connection::burst_said(std::int64_t frame, const tail::any& said, bool heard) {
    end& fixed = end_of(side::fixed);
    end& portable = end_of(side::portable);
    fixed.outstanding = true;  // for the Q2 of the answer
    fixed.sent_in = frame;
    fixed.peer_received = heard && portable.active;
    if (!fixed.peer_received) return;
    if (const auto* c = std::get_if<tail::c_channel>(&said)) {
        if (portable.expected_number != c->packet_number) return;
        portable.expected_number ^= 1U;
        deliver(side::portable, c->octets);
    } else if (const auto* control = std::get_if<tail::basic_control>(&said)) {
        if (control->command != tail::basic_command::bearer_confirm || control->pmid != pmid() || !waiting_) return;
        waiting_ = false;
        portable.events.confirmed(frame);
    } else if (const auto* release = std::get_if<tail::basic_release>(&said)) {
        if (release->pmid != pmid()) return;
        close(side::portable, portable.established ? release_reason_of(release->reason) : release_reason::setup_failed,
              true);
    }
}

std::optional<bool> connection::idle_answer(std::int64_t frame) const {
    const end& portable = end_of(side::portable);
    if (portable.releasing) return std::nullopt;
    const end& fixed = end_of(side::fixed);
    return !fixed.outstanding || fixed.sent_in != frame || fixed.peer_received;
}

}  // namespace dectbed::radio
