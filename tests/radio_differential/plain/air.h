// The plain engine's air: every burst of every transmitter, one by one, each held against every other.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "radio/air_interface.h"
#include "radio/fading.h"
#include "radio/propagation.h"
#include "radio/reception.h"
#include "tests/radio_differential/plain/clock.h"
#include "tests/radio_differential/plain/defect.h"

namespace dectbed::radio::plain {

/// Somebody sends a burst in every frame, or in one.
struct transmission {
    enum class kind { dummy, request, refusal, bearer, call } what = kind::dummy;
    int number = 0;
    int station = 0;  ///< who transmits
    int clock = 0;    ///< whose slots it keeps to
    int carrier = 0, slot = 0;
    std::int64_t bits = 0;
    sim::dbm power;
    ps since = 0, until = forever;
    std::int64_t only_frame = -1;           ///< of a single burst
    std::array<std::uint8_t, 8> a_field{};  ///< what a single burst says
};
using transmission_ptr = std::shared_ptr<transmission>;

struct burst {
    transmission_ptr of;
    std::int64_t frame = 0;
    ps start = 0, end = 0;
    std::array<std::uint8_t, 8> a_field{};
    bool escape_broadcast = false;  ///< its sender has a QT escape message in its schedule
};
using burst_ptr = std::shared_ptr<burst>;

enum class heard { good, too_weak, interfered, not_sent, blind };
/// What a draw is for (part of its key).
enum class luck { beacon = 1, access = 2, bearer = 3, segment = 4, acknowledgement = 5 };

/// What happened on the air, so that agreement is not agreement on quiet air.
struct happenings {
    std::uint64_t bursts = 0, receptions = 0, drawn = 0;
    std::uint64_t overlapped = 0;         ///< receptions during which another audible burst was on the air
    std::uint64_t partly_overlapped = 0;  ///< ... for a part of the time
    std::uint64_t captured = 0;           ///< good although another burst on the same carrier was on the air
    std::uint64_t interfered = 0;         ///< lost to others
    std::uint64_t blinded = 0;            ///< lost to an own transmission
    std::uint64_t faded = 0;              ///< lost to nothing but a fade
    std::uint64_t access_requests = 0;
    std::uint64_t access_collisions = 0;     ///< access requests lost to others
    std::uint64_t unheard_requests = 0;      ///< in a slot in which the base had no receiver for them
    std::uint64_t waits = 0, base_busy = 0;  ///< answers
    std::uint64_t locks = 0, lock_losses = 0, lock_slide_losses = 0;
    std::uint64_t links = 0, link_losses = 0, link_slide_losses = 0;
    std::uint64_t calls = 0, calls_answered = 0, calls_established = 0;  ///< fast set-up: requests of bases
    std::uint64_t calls_waiting = 0, calls_refused = 0, calls_in_vain = 0;
    std::uint64_t bearer_handovers = 0, connection_handovers = 0, handovers_failed = 0;
    std::uint64_t messages = 0, repeated_segments = 0;
    std::uint64_t long_pages = 0, over_the_link = 0, segments_lost = 0;  ///< broadcasts heard; segments not
    happenings& operator+=(const happenings& o);
};
std::string to_text(const happenings& h);

class plain_air {
  public:
    plain_air(const path_loss_parameters& loss, receiver_parameters receiver, std::uint64_t seed, defect d);

    void add_station(const sim::position& place, std::uint64_t luck_key);
    void move(int station, const sim::position& place, ps now);
    ps moved_at(int who) const { return stations_[static_cast<std::size_t>(who)].moved_at; }
    void add_clock(const oscillator& o);
    const oscillator& clock(int of) const { return clocks_[static_cast<std::size_t>(of)]; }

    transmission_ptr begin(transmission t);
    void end(const transmission_ptr& t, ps now);

    /// Transmissions of a clock in a slot, in the order in which they began.
    const std::vector<transmission_ptr>& in_slot(int clock, int slot) const {
        return by_slot_[static_cast<std::size_t>(clock * slots + slot)];
    }
    burst_ptr send(const transmission_ptr& t, std::int64_t frame, ps start);
    /// The burst of a frame, if it was sent.
    burst_ptr sent_in(const transmission_ptr& t, std::int64_t frame) const;
    sim::dbm level(const transmission& t, int receiver) const;  ///< in the mean
    sim::db fade(const transmission& t, int receiver, ps when) const;
    const fading& fades() const { return fading_; }
    /// By how much a fade may lift a signal.
    sim::db lift() const { return fading_.on() ? fading::gain_max : sim::db{0}; }
    sim::db quiet_margin(const transmission& t, int receiver) const;
    sim::dbm disturbing_level(const transmission& other, const transmission& wanted, int receiver) const;

    /// The first bits of a burst at a receiver. To be asked when they are over, or later.
    heard receive(const burst& b, std::int64_t bits, int receiver, luck purpose, bool* hopeless = nullptr);
    /// Whether a burst of `other` is on the air during the first bits of `b`.
    bool meets(const burst& b, std::int64_t bits, const transmission& other) const;

    const std::vector<transmission_ptr>& transmissions() const { return transmissions_; }
    const std::deque<burst_ptr>& bursts() const { return bursts_; }
    const receiver_parameters& receiver() const { return receiver_; }
    happenings& counts() { return counts_; }
    void forget_before(ps t);

  private:
    struct station {
        sim::position place;
        std::uint64_t luck_key = 0;
        ps moved_at = 0;
    };
    bool on_air_together(const burst& wanted, ps from, ps to, const burst& other) const;

    receiver_parameters receiver_;
    propagation losses_;
    fading fading_;
    defect defect_;
    std::vector<station> stations_;
    mutable std::vector<std::vector<std::optional<sim::db>>> loss_;  // by pair, once worked out
    std::vector<oscillator> clocks_;
    std::vector<transmission_ptr> transmissions_;  // in the order in which they began
    std::vector<std::vector<transmission_ptr>> by_slot_;
    std::deque<burst_ptr> bursts_;  // in the order in which they started
    int numbers_ = 0;
    happenings counts_;
};

}  // namespace dectbed::radio::plain
