// One end of a data link (EN 300 175-4): LAPC with its timer, and where its frames go. A MAC connection carries it; at
// a connection handover another one takes it over, and the link does not notice but for frames sent again.
//
// Class A, unless the portable part asks for class B; a fixed part that has none refuses, and class A it is (9.2.4).
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "radio/lapc.h"
#include "radio/lapc_class_b.h"
#include "sim/kernel.h"

namespace dectbed::radio {

class dlc_link {
  public:
    struct events {
        std::function<void(sim::bytes message)> received;
        std::function<void()> sent;
        std::function<void()> failed;    ///< N250 retransmissions in vain
        std::function<void()> finished;  ///< after finish(): the peer has everything
    };
    /// `transmit` takes a whole frame; `drained` tells whether nothing is left of those it took.
    struct carrier {
        std::function<void(const sim::bytes& frame)> transmit;
        std::function<bool()> drained;
    };

    /// `class_b`: a portable part asks for it, a fixed part grants it.
    dlc_link(sim::kernel& k, side own, std::uint16_t lsig, events e, bool class_b = false)
        : kernel_(k), own_(own), lsig_(lsig), class_b_(class_b), lapc_(own, lsig), events_(std::move(e)) {}
    ~dlc_link() { stop_timers(); }
    dlc_link(const dlc_link&) = delete;
    dlc_link& operator=(const dlc_link&) = delete;

    void set_events(events e) { events_ = std::move(e); }
    void carry(carrier c) { carrier_ = std::move(c); }
    /// Another MAC connection carries the link from now on: what the peer may have missed is sent again at once.
    void resume(carrier c);
    /// Nothing carries it any more.
    void suspend();

    void send(sim::bytes message);
    void receive(const sim::bytes& frame);
    void finish();
    /// To be called when the carrier has drained.
    void check_finished();

  private:
    void stop_timers();
    void apply(lapc_actions actions);
    void apply_b(lapc_actions actions);
    void pass_on(lapc_actions& actions);
    void refused();
    void refuse(const sim::bytes& request);

    sim::kernel& kernel_;
    const side own_;
    const std::uint16_t lsig_;
    const bool class_b_;
    lapc lapc_;
    std::optional<lapc_b> b_;    // since one end asked for it, until it was refused
    bool class_a_only_ = false;  // it was refused, or class A was there first
    bool took_request_ = false;  // refused, but took the message that asked
    events events_;
    carrier carrier_;
    bool finishing_ = false;
    sim::event_handle timer_, timer_b_;
};

}  // namespace dectbed::radio
