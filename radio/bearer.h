// One duplex bearer between a fixed and a portable part, with the C-channel and the data link on it.
//
// Each end lives and dies by itself: an end that loses power says nothing, and the other finds out by
// T201. While nothing is transferred a bearer costs no events; a transfer costs one per segment.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "radio/lapc.h"
#include "radio/medium.h"

namespace dectbed::radio {

/// What an end tells its station. Called within kernel events; the station defers what it passes on.
struct bearer_events {
    std::function<void()> established;
    std::function<void(sim::bytes)> received;
    std::function<void()> sent;
    std::function<void(release_reason)> closed;
};

class bearer {
  public:
    struct parameters {
        station_index fixed = 0, portable = 0;
        station_timing timing;  ///< of the fixed part; the portable part follows it
        band region = band::eu;
        int carrier = 0, slot = 0;
        sim::dbm fixed_power, portable_power;
        std::uint32_t pmid = 0;
        rfpi identity;  ///< of the fixed part
        std::int64_t request_frame = 0;  ///< the access request was in slot + 12 of this frame
    };
    /// Called right after the access request was received: the fixed part answers in the next frame, and
    /// takes the bearer for established when the portable part's "other" arrives in its second half.
    bearer(medium& m, const parameters& p, bearer_events fixed, std::function<void()> retired);
    ~bearer();
    bearer(const bearer&) = delete;
    bearer& operator=(const bearer&) = delete;

    const parameters& settings() const { return p_; }

    /// The portable part heard the confirm: it transmits from this frame on.
    void confirm_received(bearer_events portable);
    /// Did the fixed part's burst in this frame reach the portable part?
    bool heard_by_portable(std::int64_t frame);
    sim::time_point fixed_burst_end(std::int64_t frame) const;
    sim::time_point portable_burst_start(std::int64_t frame) const;
    bool fixed_part_alive() const { return end_of(side::fixed).active; }
    /// The portable part heard "other": the bearer is established for it, too.
    void established_for_portable();

    void send(side from, sim::bytes message);
    /// Normal release (EN 300 175-4, 9.2.3.7): as release(), once the peer has everything.
    void finish(side from);
    /// Says so on the air, twice in successive frames; what was not sent yet is lost. `why` is what this end reports.
    void release(side from, release_reason why = release_reason::normal);
    /// Silently: power loss.
    void drop(side from);

  private:
    struct end {
        bool active = false, established = false, finishing = false, releasing = false;
        bearer_events events;
        plan_ptr transmission;
        station_index own = 0;
        std::unique_ptr<lapc> link;
        std::unique_ptr<signal_watch> watch;
        // Transmitting side of the C-channel (EN 300 175-3, 10.8.2): modulo-2 packet numbers.
        std::deque<std::array<std::uint8_t, 5>> segments;
        bool outstanding = false, peer_received = false;
        std::uint8_t packet_number = 1;
        std::int64_t sent_in = 0;
        // Receiving side.
        std::uint8_t expected_number = 1;
        sim::bytes frame;
        sim::event_handle opportunity, link_timer, setup, releasing_burst;
    };

    static side other(side s) { return s == side::fixed ? side::portable : side::fixed; }
    end& end_of(side s) { return ends_[static_cast<std::size_t>(s)]; }
    const end& end_of(side s) const { return ends_[static_cast<std::size_t>(s)]; }
    int slot_of(side s) const { return p_.slot + (s == side::fixed ? 0 : duplex_slots); }

    void tell(side s, std::int64_t frame, bool heard, const tail::any& said);
    void open_end(side s, bearer_events events, std::int64_t first_frame);
    void other_expected(std::int64_t frame);
    void apply(side s, lapc_actions actions);
    void enqueue(side s, const sim::bytes& frame);
    void schedule_opportunity(side s, std::int64_t not_before);
    void opportunity(side s, std::int64_t frame);
    bool acknowledged(side s);
    void release_if_finished(side s);
    void deliver(side to, const std::array<std::uint8_t, 5>& segment);
    void release_burst(side s, std::int64_t frame, int remaining, release_reason why);
    void close(side s, release_reason why, bool tell);

    medium& medium_;
    parameters p_;
    std::array<end, 2> ends_;
    std::function<void()> retired_;
};

}  // namespace dectbed::radio
