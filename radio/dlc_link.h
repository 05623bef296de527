// One end of a data link (EN 300 175-4): LAPC with its timer, and where its frames go. A MAC connection carries it; at
// a connection handover another one takes it over, and the link does not notice but for frames sent again.
#pragma once

#include <functional>
#include <memory>

#include "radio/lapc.h"
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

    dlc_link(sim::kernel& k, side own, std::uint16_t lsig, events e)
        : kernel_(k), lapc_(own, lsig), events_(std::move(e)) {}
    ~dlc_link() { timer_.cancel(); }
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
    void apply(lapc_actions actions);

    sim::kernel& kernel_;
    lapc lapc_;
    events events_;
    carrier carrier_;
    bool finishing_ = false;
    sim::event_handle timer_;
};

}  // namespace dectbed::radio
