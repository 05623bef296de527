// LAPC in class A operation: acknowledged transfer with window 1, modulo 2 (EN 300 175-4, 9.2.3).
//
// A pure state machine: events in, actions out; its user owns the timer and the way to the peer.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "radio/dlc_frame.h"
#include "sim/bytes.h"
#include "sim/time.h"

namespace dectbed::radio {

/// A peer that never ends a message does not fill memory.
constexpr std::size_t lapc_message_octets_max = 4096;

enum class lapc_state : std::uint8_t {
    unlinked,      ///< nothing sent or received yet
    establishing,  ///< first I frame (NLF = 1) is on its way
    established,
    failed  ///< N250 retransmissions without an answer
};
const char* to_text(lapc_state s);

struct lapc_actions {
    std::vector<sim::bytes> frames;                ///< to the peer, in this order
    std::vector<sim::bytes> messages;              ///< complete NWK messages from the peer
    int acknowledged = 0;                          ///< own messages the peer now has
    bool start_timer = false, stop_timer = false;  ///< at most one is set; start means restart
    bool failed = false;
    // Class B only (radio/lapc_class_b.h).
    bool refused = false;        ///< the peer wants class A
    bool released = false;       ///< by either end
    bool reestablished = false;  ///< after an error
    int lost = 0;                ///< own messages that the peer may not have, given up by that
};

class lapc {
  public:
    lapc(side own, std::uint16_t lsig) : own_(own), lsig_(lsig) {}
    /// As it stands after the first I frame: a request for class B that was refused, but whose message was taken.
    static lapc after_first(side own, std::uint16_t lsig, bool sent_it);

    lapc_actions send(sim::bytes message);       ///< 1.. octets; longer than 63: several I frames
    lapc_actions receive(sim::byte_view frame);  ///< broken or foreign frames are counted and ignored
    lapc_actions repeat();                       ///< what is outstanding, once more: another connection carries it now
    lapc_actions timer_expired();                ///< DL.07 or DL.04
    sim::duration timer() const;                 ///< period of the timer to start now
    lapc_state state() const { return state_; }
    std::uint64_t discarded() const { return discarded_; }
    bool idle() const { return !outstanding_ && queue_.empty(); }

  private:
    struct chunk {
        sim::bytes octets;
        bool more = false;
    };
    void transmit_next(lapc_actions& out);
    void transmit(lapc_actions& out);
    void receive_number(std::uint8_t nr, lapc_actions& out);
    sim::bytes encode_own(dlc_frame f) const;

    side own_;
    std::uint16_t lsig_;
    lapc_state state_ = lapc_state::unlinked;
    std::uint8_t vs_ = 0;  ///< V(S): number of the next I frame
    std::uint8_t vr_ = 0;  ///< V(R): number expected next
    bool first_sent_ = false;
    bool outstanding_new_link_ = false;
    bool outstanding_ = false;  ///< front of the queue is sent and not acknowledged
    int retransmissions_ = 0;
    std::deque<chunk> queue_;
    sim::bytes partial_;
    std::uint64_t discarded_ = 0;
};

}  // namespace dectbed::radio
