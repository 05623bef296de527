// A MAC connection between a fixed and a portable part: one duplex bearer, two while one is handed over to the other,
// with the C-channel on it (EN 300 175-3, 10). It carries a data link's frames and knows nothing of their meaning.
//
// Each end lives and dies by itself: an end that loses power says nothing, and the other finds out by T201. While
// nothing is transferred a connection costs no events; a transfer costs one per segment.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <optional>

#include "radio/ciphering.h"
#include "radio/dlc_link.h"
#include "radio/duplex_bearer.h"

namespace dectbed::radio {

/// What an end tells its station. Called within kernel events; the station defers what it passes on.
struct connection_events {
    std::function<void()> established;
    /// After WAIT: the confirm came in this frame.
    std::function<void(std::int64_t frame)> confirmed;
    std::function<void(release_reason)> closed;
    /// A bearer came or went: slots in use have changed.
    std::function<void()> bearers_changed;
    /// What this end receives has become bad for long enough to do something about it (10.6.1).
    std::function<void()> quality_bad;
    std::function<void(bool on)> ciphering;
    /// The fixed part's RELEASE said so: the slot for selective set-up detection, or tail::listen_everywhere.
    std::function<void(std::uint8_t slot)> told_to_listen;
};

/// The fixed part's end of a connection where a firmware makes the bursts (burst_fixed_part.h).
class burst_end {
  public:
    /// The portable part's burst in that frame said something of its own, and arrived, or not.
    virtual void heard(std::int64_t frame, const tail::any& said, bool q2, bool good) = 0;
    /// Q2 of the fixed part's burst in that frame.
    virtual bool acknowledges(std::int64_t frame) const = 0;

  protected:
    ~burst_end() = default;
};

class connection {
  public:
    using parameters = duplex_bearer::parameters;
    /// Called right after the access request was received. The fixed part answers in the next frame: by a confirm, or
    /// by WAIT until confirm() (`waiting`). It takes the bearer for established when the portable part's "other"
    /// arrives in the second half of the frame of the confirm.
    connection(medium& m, const parameters& p, bool waiting, connection_events fixed, std::function<void()> retired);
    /// Set up by the fixed part (connection_by_fixed.cpp): called right after the portable part received the bearer
    /// request, in the slot of `request_frame`. It answers half a frame later by its confirm, or by WAIT until
    /// confirm_call() (`waiting`).
    struct called {};
    connection(medium& m, const parameters& p, called, bool waiting, std::function<void()> retired);
    /// Right after the access request was received, where a firmware answers it (connection_by_bursts.cpp). Nothing is
    /// sent by the fixed part but what its owner opens on the bearer; drop() ends that. `fixed` is used until then.
    connection(medium& m, const parameters& p, burst_end& fixed, std::function<void()> retired);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// The bearer in use; of the one end that changed last, while it is handed over.
    const std::shared_ptr<duplex_bearer>& bearer() const { return bearer_; }
    std::uint32_t pmid() const { return bearer_->settings().pmid; }
    /// Slot pairs the fixed part uses for it, bit 11 for pair 0.
    std::uint16_t slots() const;
    bool alive(side s) const { return end_of(s).active; }
    bool established(side s) const { return end_of(s).established; }

    // Set-up, fixed part.
    bool waiting() const { return waiting_; }
    void confirm();
    /// Bearer handover request for this connection: the new bearer is answered like that of an access request.
    std::shared_ptr<duplex_bearer> hand_over(const parameters& p);

    /// Set up by the fixed part: it heard the portable part's answer, and transmits from the next frame on. By T200
    /// after `began` the portable part must have confirmed.
    void answer_heard(connection_events fixed, sim::time_point began);
    /// The connection is one of the advanced set, as all are that a fixed part sets up.
    bool advanced() const { return advanced_; }

    // Fixed end by bursts.
    bool by_bursts() const { return by_bursts_; }
    /// The burst that answers the access request is over: WAIT, or the confirm.
    void answered(bool wait) {
        understood_ = true;
        waiting_ = wait;
    }
    bool answer_understood() const { return understood_; }
    /// Or a RELEASE in a burst of its own.
    void refused(plan_ptr burst, tail::release_code why);
    const plan_ptr& refusal() const { return refusal_; }
    tail::release_code refused_for() const { return refused_for_; }
    /// A later burst is over, which the portable part got, or not.
    void burst_said(std::int64_t frame, const tail::any& said, bool heard);
    /// Q2 of the portable part's burst in that frame; nothing if that is not idle: heard() tells.
    std::optional<bool> idle_answer(std::int64_t frame) const;

    // Set-up, portable part.
    /// Of one that was called, as soon as there is the connection.
    void set_portable_events(connection_events e) { end_of(side::portable).events = std::move(e); }
    /// Its host is free.
    void confirm_call();
    /// It heard WAIT or the confirm: it transmits from this frame on. On a bearer of a handover no events are given.
    void join(const std::shared_ptr<duplex_bearer>& b, std::int64_t frame, connection_events portable);
    /// It heard "other": the bearer is established for it, too; one that is handed over replaces the old one, which it
    /// releases.
    void established_for_portable(const std::shared_ptr<duplex_bearer>& b);
    /// It gives a bearer handover up.
    void abandon_handover(const std::shared_ptr<duplex_bearer>& b);

    /// From now on the end's C-channel carries that link; null: none, what arrives is lost.
    void attach(side s, std::shared_ptr<dlc_link> link, bool resumed);
    std::shared_ptr<dlc_link> detach(side s);

    /// Key for ciphering the connection; the portable part starts it (EN 300 175-7, 6.4.6).
    void set_cipher(side s, std::shared_ptr<const ciphering> c);
    void start_ciphering();
    bool ciphered(side s) const { return end_of(s).cipher_on; }

    /// Says so on the air, twice in successive frames; what was not sent yet is lost. `why` is what this end reports,
    /// and what it sends as the reason unless another one is given.
    /// `listen`: what stay_on_listen says besides.
    void release(side from, release_reason why, std::optional<tail::release_code> said = std::nullopt,
                 std::uint8_t listen = 0);
    /// Whether this end's burst on that bearer says RELEASE in that frame: there is no room for a page then.
    bool says_release(side s, const duplex_bearer& b, std::int64_t frame) const {
        return end_of(s).on.get() == &b && frame >= end_of(s).says_release_from;
    }
    /// Silently: power loss.
    void drop(side from);
    /// The fixed part's clock has been adjusted.
    void retime(const station_timing& timing);
    /// The portable part looks at its receiving quality again after quality_bad.
    void supervise_quality();

  private:
    struct end {
        bool active = false, established = false, releasing = false, cipher_on = false;
        connection_events events;
        std::shared_ptr<duplex_bearer> on;
        std::unique_ptr<signal_watch> watch, quality;
        std::shared_ptr<dlc_link> link;
        std::shared_ptr<const ciphering> cipher;
        // Transmitting side of the C-channel (10.8.2): modulo-2 packet numbers.
        std::deque<std::array<std::uint8_t, 5>> segments;
        bool outstanding = false, peer_received = false;
        std::uint8_t packet_number = 1;
        std::int64_t sent_in = 0;
        std::int64_t says_release_from = std::numeric_limits<std::int64_t>::max();  // frame; also when it is closed
        std::shared_ptr<duplex_bearer> sent_on;
        // Receiving side.
        std::uint8_t expected_number = 1;
        int bucket = 0;  // quality by the leaky bucket of 10.6.1's example
        sim::bytes frame;
        sim::event_handle opportunity, setup, releasing_burst, ciphering_step;
    };

    end& end_of(side s) { return ends_[static_cast<std::size_t>(s)]; }
    const end& end_of(side s) const { return ends_[static_cast<std::size_t>(s)]; }
    sim::kernel& kernel() const { return medium_.simulation().kernel(); }

    void expect_other(const std::shared_ptr<duplex_bearer>& b, std::int64_t frame);
    void other_expected(const std::shared_ptr<duplex_bearer>& b, std::int64_t frame);
    void confirm_again(std::int64_t frame);
    void established_for_fixed(const std::shared_ptr<duplex_bearer>& b);

    // Set-up by the fixed part: what follows the answer, in frames of the T-MUX for MT.
    std::int64_t attributes_frame(std::int64_t answered) const;
    bool heard_in_set_up(side to, std::int64_t frame, const tail::any& said);
    void await_attributes(std::int64_t frame);
    void await_attributes_confirm(std::int64_t frame);
    void await_others(std::int64_t frame);
    void confirm_call_in(std::int64_t frame);

    void use(side s, const std::shared_ptr<duplex_bearer>& b);
    void retire_bearer(const std::shared_ptr<duplex_bearer>& b);
    void release_old(std::int64_t frame, int remaining);

    void transmit(side s, const sim::bytes& frame);
    void schedule_opportunity(side s, std::int64_t not_before);
    void opportunity(side s, std::int64_t frame);
    bool acknowledged(side s);
    void deliver(side to, const std::array<std::uint8_t, 5>& segment);
    void judge(side s, bool good);
    void ciphering_message(int step, std::int64_t frame);
    struct farewell {
        release_reason why;
        tail::release_code said;
        std::uint8_t listen;
    };
    void release_burst(side s, std::int64_t frame, int remaining, farewell f);
    void close(side s, release_reason why, bool tell);

    medium& medium_;
    std::array<end, 2> ends_;
    std::shared_ptr<duplex_bearer> bearer_, next_, old_;
    bool waiting_ = false, advanced_ = false;
    int ciphering_requests_ = 0;
    sim::time_point setup_began_{};
    sim::event_handle old_release_, old_guard_;
    std::function<void()> retired_;
    bool by_bursts_ = false, understood_ = false;
    burst_end* bursts_ = nullptr;  // until its end is closed
    plan_ptr refusal_;
    tail::release_code refused_for_ = tail::release_code::base_busy;
};

/// How the reason on the air reads to the end that is released, and the other way round (EN 300 175-3, 7.2.5.3).
tail::release_code release_code_of(release_reason r);
release_reason release_reason_of(tail::release_code c);

}  // namespace dectbed::radio
