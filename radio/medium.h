// The air: who transmits what, where and when, and what a receiver makes of it.
//
// A transmission is a plan: in the owner's clock, one burst a frame in a slot of a carrier, from `since`
// until it is ended. Nothing ticks. Whether a burst arrives, and how loud a channel is, is computed when
// somebody asks; bursts of stations whose clocks drift against each other overlap exactly as their
// clocks say. Ended plans are remembered for a while, so that questions may look back.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "radio/air_interface.h"
#include "radio/band.h"
#include "radio/capture/observer.h"
#include "radio/frame_time.h"
#include "radio/reception.h"
#include "sim/simulation.h"

namespace dectbed::radio {

using station_index = std::uint32_t;
constexpr sim::time_point never{sim::duration{std::numeric_limits<std::int64_t>::max()}};

/// What a beacon said when: kept with its plan, because listeners may look back.
struct beacon {
    rfpi identity;
    sim::entity_id who;
    const band_plan* band = nullptr;
    station_timing timing;
    struct change {
        sim::time_point since;
        system_information information;
    };
    std::vector<change> history;
    const system_information& at(sim::time_point t) const;
};

struct plan {
    std::uint64_t serial = 0;
    station_index transmitter = 0;
    band region = band::eu;
    int carrier = 0;              ///< number in that band
    std::int32_t centre_khz = 0;  ///< worked out from both when the plan begins
    int slot = 0;                 ///< 0..23, in the timing below
    std::int64_t bits = 0;        ///< length of a burst
    sim::dbm power;
    station_timing timing;
    sim::time_point since{}, until = never;   ///< bursts that start in [since, until) are sent
    std::shared_ptr<const beacon> broadcast;  ///< set for a dummy bearer

    sim::time_point burst_start(std::int64_t frame) const { return timing.instant_of({frame, slot, 0}); }
    sim::time_point burst_end(std::int64_t frame, std::int64_t length) const {
        return timing.instant_of_bits(frame * bits_per_frame + slot * bits_per_slot + length);
    }
    /// Whether the burst that would start at `start` is sent.
    bool sends_at(sim::time_point start) const { return start >= since && start < until; }

  private:
    friend class medium;
    struct neighbour {
        std::shared_ptr<plan> other;
        bool certainly = false;  // its bursts overlap ours whatever the clocks do before the next indexing
    };
    std::vector<neighbour> near_;  // whose bursts may overlap ours before the next indexing
    std::uint64_t near_of_ = 0;    // indexing for which near_ holds
    bool against_rules_ = false;
    sim::event_handle maturity_;
};
using plan_ptr = std::shared_ptr<plan>;

enum class reception : std::uint8_t { good, too_weak, interfered, not_sent, blind };

/// What a draw is for; part of its counter, so that draws for different purposes are independent.
enum class draw_purpose : std::uint8_t { beacon = 1, access = 2, bearer = 3, segment = 4, acknowledgement = 5 };

class signal_watch;
class transmission_monitor;

class medium {
  public:
    medium(sim::simulation& s, path_loss_parameters loss, receiver_parameters receiver);
    ~medium();
    medium(const medium&) = delete;
    medium& operator=(const medium&) = delete;

    station_index add_station(sim::entity_id who, const sim::position& place);
    void move(station_index station, const sim::position& place);
    const sim::position& place_of(station_index station) const { return stations_[station].place; }
    sim::entity_id entity_of(station_index station) const { return stations_[station].who; }

    /// Starts to transmit. Watchers look at it when it has lasted for T201 (= T207): before that it can
    /// have silenced nobody.
    plan_ptr begin(plan p);
    /// One burst, in one frame.
    plan_ptr begin_burst(plan p, std::int64_t frame);
    void end(const plan_ptr& p);

    sim::dbm level(const plan& p, station_index receiver);
    sim::db loss(station_index a, station_index b);
    /// Margin of a plan at a receiver against BER 1e-3 without any interferer.
    sim::db quiet_margin(const plan& p, station_index receiver) { return level(p, receiver) - receiver_.sensitivity; }

    /// The first `bits` of the plan's burst in a frame, as the receiver gets them.
    /// `hopeless` tells whether no luck could have helped.
    reception receive(const plan_ptr& p, std::int64_t frame, std::int64_t bits, station_index receiver,
                      draw_purpose purpose, bool* hopeless = nullptr);
    /// The same of a burst that is sent, by whoever knows when it starts.
    reception receive_sent(const plan_ptr& p, std::int64_t frame, sim::time_point start, std::int64_t bits,
                           station_index receiver, draw_purpose purpose, bool* hopeless = nullptr);
    /// Of the burst in that frame, which starts at `from`, with all that overlaps; margin_hopeless or less if nothing
    /// arrives, exact between that and margin_certain, which stands for all above it where there is a disturbance.
    sim::db margin(const plan_ptr& p, std::int64_t frame, sim::time_point from, std::int64_t bits,
                   station_index receiver, bool& interfered, bool& blind);

    /// Loudest signal per channel, slot numbers in the given timing; floor where it is quiet.
    struct rssi_map {
        std::vector<std::array<sim::dbm, slots_per_frame>> at;  ///< by the carrier's place in its band
    };
    /// The carrier at place i of the band is measured at when[i].
    rssi_map measure(station_index receiver, const station_timing& timing, const band_plan& in,
                     const std::vector<sim::time_point>& when);

    /// Dummy bearers on a centre frequency, in the order they began, ended ones included.
    const std::vector<plan_ptr>& beacons(std::int32_t centre_khz) const;

    /// Instant from which on `p` has been unreadable at the receiver for `period`, by the interferer's
    /// sliding alone; never if it does not come to that. `good_from`: it was readable then.
    sim::time_point jammed_at(const plan& p, const plan& interferer, station_index receiver, sim::time_point good_from,
                              sim::duration period, sim::db margin_min);
    sim::time_point jammed_at(const plan& p, station_index receiver, sim::time_point good_from, sim::duration period,
                              sim::db margin_min);

    const receiver_parameters& receiver() const { return receiver_; }
    /// Told of bursts while one is set; must outlive what happens. Null, and no cost, without a capture.
    void set_observer(burst_observer* o) { observer_ = o; }
    burst_observer* observer() const { return observer_; }
    sim::simulation& simulation() const { return sim_; }
    /// Looks at every transmission as it begins and ends; may be null.
    void set_monitor(transmission_monitor* m) { monitor_ = m; }
    const path_loss_parameters& losses() const { return loss_parameters_; }
    std::size_t live_plans() const;

  private:
    friend class signal_watch;
    struct station_state {
        sim::entity_id who;
        sim::position place;
        std::uint64_t key = 0;
        std::vector<std::int32_t> losses;  // to stations with a smaller index, 1/1000 dB; unknown_loss if unknown
    };
    struct indexed {
        std::int64_t phase = 0;  // start of a burst after the indexing instant, modulo one nominal frame, in ps
        plan_ptr what;
    };

    struct disturber {
        const plan* what = nullptr;
        bool certainly = false;
        double milliwatt = 0;
    };

    plan_ptr insert(plan p);
    void reindex(sim::time_point around);
    void ensure_indexed(sim::time_point t);
    static std::int64_t drift(sim::duration span, std::int32_t ppb);
    template <class Visitor>
    void visit_overlapping(sim::time_point from, sim::duration length, std::int64_t slack, Visitor&& visit) const;
    const std::vector<plan::neighbour>& neighbours(const plan_ptr& p);
    bool overlaps(const plan& p, sim::time_point from, sim::time_point to) const;
    std::int64_t phase_of(const plan& p) const;
    void matured(const plan_ptr& p);
    void forget_before(sim::time_point t);

    sim::simulation& sim_;
    path_loss_parameters loss_parameters_;
    receiver_parameters receiver_;
    std::vector<station_state> stations_;
    std::vector<plan_ptr> plans_;
    std::map<std::int32_t, std::vector<plan_ptr>> beacons_;  // by centre frequency
    std::vector<indexed> index_;
    std::vector<disturber> audible_;  // of margin(), to save an allocation
    sim::time_point indexed_at_{};
    std::uint64_t indexing_ = 0;
    bool dirty_ = true;
    std::uint64_t serials_ = 0;
    std::int32_t ppb_max_ = 0;
    std::vector<signal_watch*> watches_;
    burst_observer* observer_ = nullptr;
    transmission_monitor* monitor_ = nullptr;
};

/// Supervises one station's reception of one plan, without an event per frame: tells when no burst has
/// been readable for a whole period, because the plan ended, a station moved, or an interferer slid over it.
class signal_watch {
  public:
    signal_watch(medium& m, station_index receiver, sim::duration period, sim::db margin_min,
                 std::function<void()> lost);
    ~signal_watch();
    signal_watch(const signal_watch&) = delete;
    signal_watch& operator=(const signal_watch&) = delete;

    void watch(plan_ptr p);  ///< good as of now
    void stop();
    bool watching() const { return plan_ != nullptr; }
    const plan_ptr& watched() const { return plan_; }
    bool signal_bad() const { return bad_; }

  private:
    friend class medium;
    void station_moved(station_index station);
    void plan_ended(const plan& p);
    void plan_matured(const plan& p);
    void evaluate();
    void arm(sim::time_point when);
    void wake();

    medium& medium_;
    station_index receiver_;
    sim::duration period_;
    sim::db margin_min_;
    std::function<void()> lost_;
    plan_ptr plan_;
    bool bad_ = false;  // no signal at all since bad_since_
    sim::time_point good_from_{}, bad_since_{};
    sim::time_point armed_for_ = never;
    sim::event_handle timer_;
};

}  // namespace dectbed::radio
