// LAPC in class B operation: acknowledged transfer of several frames at a time (EN 300 175-4, 9.2.4 to 9.2.9): modulo
// 8, window 3, RNR, reject and time-out recovery. Established by the first I frame (P set, NLF set) and its RR; SABM
// and UA establish it anew after an error; DISC and UA end it.
//
// A pure state machine like class A (radio/lapc.h), with the same actions; its user owns the timer and the way.
#pragma once

#include <cstdint>
#include <deque>

#include "radio/dlc_frame.h"
#include "radio/lapc.h"

namespace dectbed::radio {

/// LLN, 7.3.5.
constexpr std::uint8_t lln_class_a = 1, lln_class_b_first = 2, lln_class_b_last = 6, lln_unassigned = 7;
/// Control octets without P/F, 7.11.
constexpr std::uint8_t u_sabm = 0x2F, u_dm = 0x0F, u_disc = 0x43, u_ua = 0x63;

enum class lapc_b_state : std::uint8_t {
    unlinked,         ///< ULI
    establishing,     ///< the first I frame waits for its RR (DL.02)
    multi_frame,      ///< ASM
    timer_recovery,   ///< ASM; asked the peer where it stands (DL.04)
    re_establishing,  ///< SABM waits for UA (DL.02)
    releasing,        ///< DISC waits for UA or DM (DL.00)
    refused,          ///< the peer wants class A: its user goes on there
    failed            ///< N250 attempts in vain, or DM
};
const char* to_text(lapc_b_state s);

class lapc_b {
  public:
    /// `link_number`: 2..6, which only a portable part chooses; a fixed part that begins uses lln_unassigned.
    lapc_b(side own, std::uint16_t lsig, std::uint8_t link_number = lln_class_b_first)
        : own_(own), lsig_(lsig), link_number_(link_number) {}

    lapc_actions send(sim::bytes message);
    lapc_actions receive(sim::byte_view frame);
    lapc_actions timer_expired();      ///< DL.00, DL.02 or DL.04
    lapc_actions repeat();             ///< another connection carries the link now: asks the peer where it stands
    lapc_actions set_busy(bool busy);  ///< own receiver: RNR; no longer: RR or REJ
    lapc_actions release();            ///< DISC, once everything sent before is acknowledged
    sim::duration timer() const;
    lapc_b_state state() const { return state_; }
    bool idle() const { return queue_.empty() && !release_wanted_; }
    bool established() const { return state_ == lapc_b_state::multi_frame || state_ == lapc_b_state::timer_recovery; }
    bool peer_busy() const { return peer_busy_; }
    std::uint64_t discarded() const { return discarded_; }
    /// After a refusal: what was to be sent, the first message without `accepted` if the peer took it.
    std::deque<sim::bytes> take_unsent();

    bool first_accepted() const { return first_accepted_; }

    /// What answers a request for class B that is not wanted: an RR of class A (9.2.4.3). `accepted`: its I frame
    /// counts as the first one of class A.
    static sim::bytes refusal(side own, std::uint16_t lsig, bool accepted);

  private:
    struct chunk {
        sim::bytes octets;
        bool more = false;
    };
    dlc_frame frame(dlc_kind kind, bool command) const;
    void give(dlc_frame f, lapc_actions& out) const;
    void give_supervisory(bool command, bool poll_final, lapc_actions& out);
    void give_unnumbered(std::uint8_t which, bool command, bool poll_final, lapc_actions& out) const;
    void give_front(lapc_actions& out);
    bool transmit(lapc_actions& out);
    void start(lapc_actions& out);
    void stop(lapc_actions& out);
    bool number_valid(std::uint8_t nr) const;
    void acknowledge(std::uint8_t nr, bool keep_timer, lapc_actions& out);
    void receive_i(const dlc_frame& f, lapc_actions& out);
    void receive_s(const dlc_frame& f, bool command, lapc_actions& out);
    void receive_u(const dlc_frame& f, bool command, lapc_actions& out);
    void receive_first(const dlc_frame& f, lapc_actions& out);
    void receive_answer(const dlc_frame& f, bool command, lapc_actions& out);
    void take(const dlc_frame& f, lapc_actions& out);
    void begin_anew(lapc_actions& out);
    void anew(lapc_actions& out);
    void clear_exceptions();
    void fail(lapc_actions& out);
    void check_release(lapc_actions& out);

    side own_;
    std::uint16_t lsig_;
    std::uint8_t link_number_;
    lapc_b_state state_ = lapc_b_state::unlinked;
    std::uint8_t vs_ = 0, va_ = 0, vr_ = 0;  ///< V(S), V(A), V(R)
    int retransmissions_ = 0;
    bool timer_on_ = false;
    bool own_busy_ = false, peer_busy_ = false;
    bool rejecting_ = false;       ///< REJ was sent, and what it asked for has not come
    bool sequence_error_ = false;  ///< not reported by REJ yet, because of the own receiver
    bool release_wanted_ = false, first_accepted_ = false;
    std::deque<chunk> queue_;  ///< the front has N(S) = V(A)
    sim::bytes partial_;
    std::uint64_t discarded_ = 0;
};

}  // namespace dectbed::radio
