// The air: who transmits what, where and when, and what a receiver makes of it.
//
// A transmission is a plan: in the owner's clock, one burst a frame in a slot of a carrier, from `since`
// until it is ended. Nothing ticks. Whether a burst arrives, and how loud a channel is, is computed when
// somebody asks; bursts of stations whose clocks drift against each other overlap exactly as their
// clocks say. Ended plans are remembered for a while, so that questions may look back.
//
// Only what can matter at a place is looked at. From the greatest power on the air, the least loss at a distance and
// the receiver's parameters follow the distances beyond which a signal is unreadable, a disturbance lies 20 dB below
// the noise, a jammer silences nobody, and RSSI shows nothing; plans and watches are found by place and frequency
// within them (burst_grid.h). So a question costs what is near it, whatever else exists.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "radio/air_interface.h"
#include "radio/band.h"
#include "radio/burst_grid.h"
#include "radio/capture/observer.h"
#include "radio/connectionless.h"
#include "radio/fading.h"
#include "radio/frame_time.h"
#include "radio/loss_cache.h"
#include "radio/page_schedule.h"
#include "radio/propagation.h"
#include "radio/reception.h"
#include "radio/wall_zones.h"
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
    /// From `t` on; what listeners no longer look back at is forgotten.
    void says(const system_information& information, sim::time_point t);
    int transceivers = 1;
    page_schedule pages;
    connectionless_schedule connectionless;
    /// Slot pairs a portable part may use (bit 11: pair 0), since when; all before the first entry.
    std::vector<std::pair<sim::time_point, std::uint16_t>> slots;
    std::uint16_t slots_at(sim::time_point t) const {
        std::uint16_t found = 0x0FFF;
        for (const auto& [since, available] : slots)
            if (since <= t) found = available;
        return found;
    }
};

class signal_watch;

struct plan : std::enable_shared_from_this<plan> {
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
    sim::time_point timed_since{};            ///< `timing` holds since then
    std::shared_ptr<const beacon> broadcast;  ///< set for a dummy bearer

    sim::time_point burst_start(std::int64_t frame) const { return timing.instant_of({frame, slot, 0}); }
    sim::time_point burst_end(std::int64_t frame, std::int64_t length) const {
        return timing.instant_of_bits(frame * bits_per_frame + slot * bits_per_slot + length);
    }
    /// Whether the burst that would start at `start` is sent.
    bool sends_at(sim::time_point start) const { return start >= since && start < until; }

  private:
    friend class medium;
    // One whose bursts may overlap ours before the next indexing. It is not forgotten before that.
    struct neighbour {
        const plan* other = nullptr;
        // The start of its burst after ours, at the indexing; how that grows, per ps; the length of its burst.
        double offset_ps = 0, slide = 0, length_ps = 0;
        sim::dbm power;     // less what the distance in frequency takes
        float most_mw = 0;  // the same at the best of fades
        station_index transmitter = 0;
        std::int32_t apart = 0;  // by so many channels, 3 for more
        spot from;               // whoever moves makes all of this void
    };
    std::vector<neighbour> near_;
    std::uint64_t near_of_ = 0;         // indexing for which near_ holds
    double near_radius_ = 0;            // in metres: for receivers so far away at most
    std::int64_t phase_ = 0;            // of our own burst then
    burst_grid::cell* cell_ = nullptr;  // where the medium remembers it
    std::vector<signal_watch*> watches_;
    bool against_rules_ = false;
    sim::event_handle maturity_;
    friend class signal_watch;
};
using plan_ptr = std::shared_ptr<plan>;

enum class reception : std::uint8_t { good, too_weak, interfered, not_sent, blind };

/// What a draw is for; part of its counter, so that draws for different purposes are independent.
enum class draw_purpose : std::uint8_t { beacon = 1, access = 2, bearer = 3, segment = 4, acknowledgement = 5 };

class transmission_monitor;

class medium {
  public:
    /// `place` names the air among those of a run: shadowing and fading are drawn for it.
    medium(sim::simulation& s, path_loss_parameters loss, receiver_parameters receiver, std::string_view place = "");
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
    /// Its transmitter's clock has been adjusted. The new timing continues the old one to within a few bits.
    void retime(const plan_ptr& p, const station_timing& timing);

    /// In the mean, without fading.
    sim::dbm level(const plan& p, station_index receiver) { return p.power - loss(p.transmitter, receiver); }
    sim::db loss(station_index a, station_index b);
    /// Gain over the mean by fading at that instant.
    sim::db fade(const plan& p, station_index receiver, sim::time_point t) const;
    const fading& fades() const { return fading_; }
    /// Mean margin of a plan at a receiver against BER 1e-3 without any interferer.
    sim::db quiet_margin(const plan& p, station_index receiver) { return level(p, receiver) - receiver_.sensitivity; }

    /// The first `bits` of the plan's burst in a frame, as the receiver gets them.
    /// `hopeless` tells whether no luck could have helped.
    reception receive(const plan_ptr& p, std::int64_t frame, std::int64_t bits, station_index receiver,
                      draw_purpose purpose, bool* hopeless = nullptr);
    /// What drowned a burst, for whoever asks for the next one of the same plan at the same place.
    struct drowner {
        const plan* what = nullptr;
        sim::dbm mean;  ///< as a disturbance, without fading
    };
    /// The same of a burst that is sent, by whoever knows when it starts. With `by`, what is not good is not told
    /// apart, and may be hopeless without being called so.
    reception receive_sent(plan& p, std::int64_t frame, sim::time_point start, std::int64_t bits,
                           station_index receiver, draw_purpose purpose, bool* hopeless = nullptr,
                           drowner* by = nullptr);
    /// How exactly a margin must be known: between the two, which stand for what lies beyond. `only_whether`: neither
    /// where it is below `enough`, nor by what.
    struct accuracy {
        sim::db too_little = margin_hopeless, enough = margin_certain;
        bool only_whether = false;
    };
    /// Of the burst in that frame, which starts at `from`, with all that overlaps; margin_hopeless or less if nothing
    /// arrives, exact between that and margin_certain, which stands for all above it where there is a disturbance;
    /// or as exact as is said.
    sim::db margin(plan& p, std::int64_t frame, sim::time_point from, std::int64_t bits, station_index receiver,
                   bool& interfered, bool& blind, drowner* by, const accuracy& needed);
    sim::db margin(plan& p, std::int64_t frame, sim::time_point from, std::int64_t bits, station_index receiver,
                   bool& interfered, bool& blind) {
        return margin(p, frame, from, bits, receiver, interfered, blind, nullptr, {});
    }

    /// Loudest signal per channel, slot numbers in the given timing; floor where it is quiet.
    struct rssi_map {
        std::vector<std::array<sim::dbm, slots_per_frame>> at;  ///< by the carrier's place in its band
    };
    /// The carrier at place i of the band is measured at when[i].
    rssi_map measure(station_index receiver, const station_timing& timing, const band_plan& in,
                     const std::vector<sim::time_point>& when);

    /// Dummy bearers on a centre frequency that the receiver might understand, and that sent within [from, to), in the
    /// order they began. They stay alive while `from` is not further back than the medium remembers.
    /// Those that are weaker than `weakest` in the mean may be left out. `only`: with no other identity than that.
    void beacons(std::int32_t centre_khz, station_index receiver, sim::time_point from, sim::time_point to,
                 std::vector<plan*>& found, sim::dbm weakest = nothing_weaker, const rfpi* only = nullptr);
    static constexpr sim::dbm nothing_weaker{-1'000'000};

    /// Beacons as above, each with the level that it does not exceed in the mean.
    struct possible_beacon {
        sim::dbm most;
        plan* what;
    };
    void possible_beacons(std::int32_t centre_khz, station_index receiver, sim::time_point from, sim::time_point to,
                          sim::dbm weakest, std::vector<possible_beacon>& found);
    /// Whether luck may lift a signal of that mean level to where something is understood.
    bool may_be_read(sim::dbm mean) const { return mean - receiver_.sensitivity > hopeless_quiet_margin(); }

    /// Whoever puts questions about the past off until it knows which of them matter. Before anything changes by which
    /// the answers would be others, it has to ask.
    class late_asker {
      public:
        virtual void ask_now() = 0;

      protected:
        ~late_asker() = default;
    };
    /// So long questions may be put off at no cost. While clocks slide that is not long.
    sim::duration patience() const;
    void asks_later(late_asker& who);
    void has_asked(late_asker& who);

    /// Instant from which on `p` has been unreadable at the receiver for `period`, by the interferer's
    /// sliding alone; never if it does not come to that. `good_from`: it was readable then. Exact: the period begins
    /// with the first burst that is hit, and every one within it is. When one of the three moves, it begins anew.
    sim::time_point jammed_at(const plan& p, const plan& interferer, station_index receiver, sim::time_point good_from,
                              sim::duration period, sim::db margin_min);
    sim::time_point jammed_at(const plan& p, station_index receiver, sim::time_point good_from, sim::duration period,
                              sim::db margin_min);

    const receiver_parameters& receiver() const { return receiver_; }
    sim::simulation& simulation() const { return sim_; }
    /// Told of bursts while one is set; must outlive what happens. Null, and no cost, without a capture.
    void set_observer(burst_observer* o) { observer_ = o; }
    burst_observer* observer() const { return observer_; }
    /// Looks at every transmission as it begins and ends; may be null.
    void set_monitor(transmission_monitor* m) { monitor_ = m; }
    /// What a planner would compute, shadowing included.
    const propagation& losses() const { return propagation_; }
    std::size_t live_plans() const;  ///< asks every station

  private:
    friend class signal_watch;
    struct station_state {
        sim::entity_id who;
        sim::position place;
        std::uint64_t key = 0;
        std::uint32_t moves = 0;
        sim::time_point moved_at{};
        burst_grid::cell* cell = nullptr;
        std::unique_ptr<propagation::vantage> view;  // worked out when first asked for
        std::vector<std::weak_ptr<plan>> plans;      // sent from here; some may have been forgotten
        std::vector<signal_watch*> watches;          // receiving here
    };
    /// How far, in metres, anything on the air at present can matter; by how many channels it is apart.
    struct reaches {
        double readable = 0, measurable = 0;
        std::array<double, 4> disturbing{}, jamming{};
        // The same with floors between, for pairs of stations; in front of the floor of RSSI for each leakage.
        squared_reaches readable2{}, measurable2{};
        std::array<squared_reaches, 4> disturbing2{};
        friend bool operator==(const reaches& a, const reaches& b) {
            return a.readable == b.readable && a.measurable == b.measurable && a.disturbing == b.disturbing &&
                   a.jamming == b.jamming && a.readable2 == b.readable2 && a.measurable2 == b.measurable2 &&
                   a.disturbing2 == b.disturbing2;
        }
    };
    /// One whose burst may overlap the wanted one.
    struct disturbance {
        enum class knowledge : std::uint8_t { bound, mean, all };
        const plan::neighbour* from;
        double most_mw = 0;   // by what is known of it
        double exact_mw = 0;  // what it adds
        sim::dbm mean;        // at the receiver
        knowledge known = knowledge::bound;
        bool certainly_meets = false;
    };
    struct burst {
        sim::time_point start, end;
    };

    plan_ptr insert(plan p);
    void ask_now();
    sim::db hopeless_quiet_margin() const {
        return fading_.on() ? margin_hopeless - fading::gain_max : margin_hopeless;
    }
    template <class Visitor>
    void visit_beacons(std::int32_t centre_khz, station_index receiver, sim::time_point from, sim::time_point to,
                       sim::dbm weakest, Visitor&& visit);
    void work_out_reaches();
    static bool beyond(const squared_reaches& reach, const spot& one, const spot& other);
    propagation::least at_least_between(const spot& a, const spot& b);
    spot spot_at(const sim::position& place) {
        return {place, static_cast<std::int16_t>(propagation_.storey_of(place)),
                static_cast<std::int16_t>(zones_.of(place))};
    }
    bool drowned(sim::dbm wanted, station_index receiver, const burst& b, const drowner& by) const;
    sim::db margin_among(sim::dbm wanted, station_index receiver, const burst& b, bool& interfered, drowner* by,
                         const accuracy& needed);
    bool may_show(const rssi_map& map, const plan& p, sim::dbm most, const station_timing& timing, const band_plan& in,
                  const std::vector<sim::time_point>& when) const;
    void show(rssi_map& map, const plan& p, station_index receiver, const station_timing& timing, const band_plan& in,
              const std::vector<sim::time_point>& when);
    sim::duration span_of_indexing() const;
    void ensure_indexed(sim::time_point t);
    void index_anew();
    void tidy(burst_grid::channel& c);
    void index(burst_grid::channel& c);
    void remember(const plan_ptr& p, burst_grid::cell& in);
    bool relocate(station_state& s, burst_grid::cell& to);
    void tell_concerned(void (signal_watch::*notice)(const plan&), const plan& p);
    void attach(signal_watch& w);
    void detach(signal_watch& w);
    static std::int64_t drift(sim::duration span, std::int32_t ppb);
    void note_rate(std::int32_t ppb);
    template <class Visitor>
    void visit_overlapping(const burst_grid::channel& in, std::int64_t phase, std::int64_t length_ps, std::int32_t ppb,
                           Visitor&& visit) const;
    template <class Visitor>
    void visit_near(const plan& p, double radius_m, bool all, Visitor&& visit);
    burst_grid::entry entry_of(const plan_ptr& p, bool in_phase) const;
    void note_neighbour(plan& p, const burst_grid::entry& other, std::int32_t apart);
    const std::vector<plan::neighbour>& neighbours(plan& p, station_index receiver);
    float most_milliwatt(sim::dbm power, int apart);
    bool overlaps(const plan& p, sim::time_point from, sim::time_point to) const;
    std::int64_t phase_of(const plan& p) const;
    void tell_jammed(const plan& p);

    sim::simulation& sim_;
    propagation propagation_;
    fading fading_;
    receiver_parameters receiver_;
    std::vector<station_state> stations_;
    std::vector<spot> spots_;  // of each
    loss_cache losses_;
    burst_grid grid_;
    wall_zones zones_;
    sim::dbm power_max_;
    int hasty_watches_ = 0;                 // with a shorter period than T201
    std::shared_ptr<const reaches> reach_;  // airs alike share them: there may be a hundred thousand
    sim::time_point indexed_at_{};
    std::uint64_t indexing_ = 1;
    std::vector<plan_ptr> forgotten_;                       // since the indexing began: plans may still name them
    std::vector<signal_watch*> concerned_;                  // by a notice
    std::vector<disturbance> disturbances_;                 // of the burst that is being received
    std::vector<disturbance*> open_;                        // those of which not all is known, as a heap
    std::array<std::pair<sim::dbm, float>, 4> most_mw_{};   // of a power: the last answers
    std::vector<std::pair<sim::db, const plan*>> audible_;  // in a measurement: at so little loss
    std::uint64_t serials_ = 0, watches_made_ = 0;
    std::vector<late_asker*> late_askers_;
    // Of all plans so far.
    std::int32_t ppb_low_ = std::numeric_limits<std::int32_t>::max();
    std::int32_t ppb_high_ = std::numeric_limits<std::int32_t>::min();
    sim::duration index_span_;          // of the present indexing
    std::int64_t bits_max_ = bits_p32;  // of a burst so far
    transmission_monitor* monitor_ = nullptr;
    burst_observer* observer_ = nullptr;
};

/// Supervises one station's reception of one plan, without an event per frame: tells when no burst has
/// been readable for a whole period, because the plan ended, a station moved, an interferer slid over it, or the
/// signal faded for so long. Of fading it asks ahead, and only where so long an outage is conceivable: one draw for
/// each period, an event of its own at the end of what it looked at.
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
    void station_moved();
    void plan_ended(const plan& p);
    void plan_matured(const plan& p);
    void evaluate();
    void arm(sim::time_point when);
    sim::time_point due();
    sim::time_point faded_at();
    void wake();

    medium& medium_;
    const std::uint64_t serial_;  // notices come in the order in which watches were made
    station_index receiver_;
    sim::duration period_;
    sim::db margin_min_;
    std::function<void()> lost_;
    plan_ptr plan_;
    bool bad_ = false;  // no signal at all since bad_since_
    sim::time_point good_from_{}, bad_since_{};
    sim::time_point fade_from_{};  // no outage by fading began before
    sim::time_point armed_for_ = never;
    sim::event_handle timer_;
};

}  // namespace dectbed::radio
